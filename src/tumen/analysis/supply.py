"""What a main supplier's goods are worth: how much is bought from it, and what less would cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from tumen.errors import SolveError
from tumen.results.result import Result
from tumen.scenario.load import Case
from tumen.scenario.questions import SupplyQuestion
from tumen.scenario.shocks import Embargo, Shock, TradeCost
from tumen.solver.solve import solve
from tumen.world.world import World


@dataclass(frozen=True)
class Supply:
    """A buyer's structure, what it buys from one seller, and real income as that changes."""

    question: SupplyQuestion
    structure: xr.DataArray  # [sector] share of the buyer's value added
    bought: xr.DataArray  # [sector] share of its spending that goes to the seller
    imports: xr.DataArray  # [sector] the same of what it buys abroad; missing where it buys none
    real_income: dict[float, float | str]  # per cent of before, by weight; or why there is none


def weighted(asked: SupplyQuestion, world: World, weight: float) -> list[Shock]:
    r"""The seller's weights times w: a factor $w^{-1/\theta}$ on its delivered cost; 0 is a ban."""
    if weight == 0:
        return [Embargo(asked.buyer, asked.seller)]
    factor = weight ** (-1 / world.dataset["trade_elasticity"])
    return [TradeCost(asked.buyer, asked.seller, factor=factor)]


def reason(error: SolveError) -> str:
    """Why there is no equilibrium: the first sentence of the message, without the remedy."""
    message = error.result.message if error.result is not None else str(error)
    return message.split(". ")[0].rstrip(".") + "."


def supply(case: Case, shocks: list[Shock]) -> Supply | None:
    """Answer the case's question in the world after `shocks`; None where it asks none.

    A factor without an equilibrium is told by its reason instead of a number.
    """
    asked = case.scenario.supply
    if asked is None:
        return None
    world, scenario = case.world, case.scenario
    before = solve(world, shocks, scenario.closure, scenario.tolerance)

    def level(result: Result) -> float:
        return 1 + float(result.real_income.sel(region=asked.buyer)) / 100

    found: dict[float, float | str] = {}
    for weight in asked.weights:
        try:
            after = solve(
                world, [*shocks, *weighted(asked, world, weight)], scenario.closure,
                scenario.tolerance,
            )  # fmt: skip
        except SolveError as error:
            found[weight] = reason(error)
            continue
        found[weight] = 100 * (level(after) / level(before) - 1)
    data = world.dataset
    added = data["value_added_share"].sel(region=asked.buyer) * world.gross_output.sel(
        region=asked.buyer
    )
    flow = world.trade_flow.sel(importer=asked.buyer)
    abroad = flow.sum("exporter") - flow.sel(exporter=asked.buyer)
    seller = flow.sel(exporter=asked.seller)
    return Supply(
        asked,
        structure=added / added.sum(),
        bought=seller / flow.sum("exporter"),
        imports=(seller / abroad.where(abroad > 0)).where(abroad > 0, np.nan),
        real_income=found,
    )
