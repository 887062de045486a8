r"""Who depends on whom in a benchmark: trade, direct exposure, and exposure through inputs.

Direct exposure of buyer n to origin i is the share of all that n spends, final and on inputs, that
it buys from i. Total exposure is the share of n's final spending that pays value added of i,
wherever the goods were finished: inputs of inputs are counted. Values are million USD of the
benchmark year, shares are fractions.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from tumen.errors import WorldError, nearest
from tumen.model.content import MOST_ROUNDS, SETTLED
from tumen.world.arrays import economy_of
from tumen.world.world import World

Flow = Literal["exports", "imports"]


class Exposure(NamedTuple):
    """Exposure of every region to every region, over (buyer, origin)."""

    direct: xr.DataArray  # share of all spending, duty paid
    total: xr.DataArray  # share of final spending; what is left of one is tariff revenue
    earned: xr.DataArray  # value added of the origin in final spending of the buyer, million USD


def known(world: World, region: str) -> str:
    """The region, if the world holds it. Raises `WorldError` with the nearest one."""
    if region not in world.regions:
        raise WorldError(f"{world.name} has no region {region!r}{nearest(region, world.regions)}")
    return region


def multipliers(world: World) -> np.ndarray:
    r"""Value added of region r in a unit of output of sector k of region i; [r, k, i].

    $m_{r,ki} = g_{ki}[r = i] + \sum_{jn}\gamma_{ik,j}\frac{\pi_{inj}}{1+\tau_{inj}} m_{r,jn}$: its
    own, and that of the inputs it buys from every sector j of every region n. Summed over r it is
    one in a world without tariffs.

    Source: Leontief, W. (1936); Johnson & Noguera (2012), Accounting for intermediates, Journal of
    International Economics 86(2).
    """
    economy = economy_of(world)
    net = np.asarray(economy.trade_share) / (1 + np.asarray(economy.tariff))  # [j, i, n]
    inputs = np.asarray(economy.input_share)  # [i, k, j]
    own = np.asarray(economy.value_added_share)  # [k, i]
    count = own.shape[1]
    added = np.zeros((count, *own.shape))
    added[np.arange(count), :, np.arange(count)] = own.T
    fresh, made = added, added
    for _ in range(MOST_ROUNDS):
        bought = np.einsum("jin,rjn->rij", net, fresh, optimize=True)
        fresh = np.einsum("ikj,rij->rki", inputs, bought, optimize=True)
        made = made + fresh
        if np.abs(fresh).max() < SETTLED:
            break
    return made


@lru_cache(maxsize=8)
def exposure(world: World) -> Exposure:
    r"""Direct and total exposure of every region to every other.

    Direct: $\sum_j \pi_{nij}X_{nj} / \sum_j X_{nj}$. Total:
    $\sum_{jm} \alpha_{nj}\frac{\pi_{nmj}}{1+\tau_{nmj}} m_{i,jm}$ with the multipliers m. What i
    earns is total exposure times final spending; over all buyers it sums to i's value added.
    """
    economy = economy_of(world)
    share, spent = np.asarray(economy.trade_share), np.asarray(economy.expenditure)
    direct = np.einsum("jni,jn->ni", share, spent) / spent.sum(axis=0)[:, None]
    net = share / (1 + np.asarray(economy.tariff))
    total = np.einsum(
        "jn,jnm,rjm->nr", np.asarray(economy.final_share), net, multipliers(world), optimize=True
    )
    income = world.income.sel(region=world.regions).values
    labels = {"buyer": world.regions, "origin": world.regions}

    def over(values: np.ndarray) -> xr.DataArray:
        return xr.DataArray(values, labels, ("buyer", "origin"))

    return Exposure(over(direct), over(total), over(total * income[:, None]))


def traded(world: World, region: str, flow: Flow) -> pd.DataFrame:
    """Trade of a region with each other: sectors down, partners across, before tariff."""
    own, other = ("exporter", "importer") if flow == "exports" else ("importer", "exporter")
    found = world.trade_flow.sel({own: known(world, region)}).transpose("sector", other)
    frame = pd.DataFrame(
        found.values,
        index=[str(label) for label in found["sector"].values],
        columns=[str(label) for label in found[other].values],
    )
    return frame[[label for label in world.regions if label != region]].loc[world.sectors]


def economies(world: World) -> pd.DataFrame:
    """Every region: value added, final spending, exports, imports and net transfer received."""
    flow = world.trade_flow.sum("sector")
    flow = flow.sel(importer=world.regions, exporter=world.regions)
    values = flow.transpose("importer", "exporter").values.copy()
    np.fill_diagonal(values, 0.0)
    data = world.dataset
    return pd.DataFrame(
        {
            "value_added": data["value_added"].sel(region=world.regions).values,
            "income": world.income.sel(region=world.regions).values,
            "exports": values.sum(axis=0),
            "imports": values.sum(axis=1),
            "transfer": data["transfer"].sel(region=world.regions).values,
        },
        index=world.regions,
    )


def sectors(world: World, region: str) -> pd.DataFrame:
    """What a region makes and trades, by sector."""
    output = world.gross_output.sel(region=known(world, region), sector=world.sectors).values
    added = world.dataset["value_added_share"].sel(region=region, sector=world.sectors).values
    return pd.DataFrame(
        {
            "gross_output": output,
            "value_added": output * added,
            "exports": traded(world, region, "exports").sum(axis=1).to_numpy(),
            "imports": traded(world, region, "imports").sum(axis=1).to_numpy(),
        },
        index=world.sectors,
    )


def partners(world: World, region: str) -> pd.DataFrame:
    """Trade of a region with each other and exposure both ways, largest trade first.

    `theirs` is the partner's exposure to the region, `own` the region's to the partner, and
    `earned` the part of the region's value added that the partner's final spending pays.
    """
    found = exposure(world)
    exports = traded(world, region, "exports").sum()
    others = list(exports.index)
    earned = found.earned.sel(origin=region)
    frame = pd.DataFrame(
        {
            "exports": exports,
            "imports": traded(world, region, "imports").sum(),
            "theirs_direct": found.direct.sel(buyer=others, origin=region).values,
            "theirs_total": found.total.sel(buyer=others, origin=region).values,
            "own_direct": found.direct.sel(buyer=region, origin=others).values,
            "own_total": found.total.sel(buyer=region, origin=others).values,
            "earned": (earned.sel(buyer=others) / earned.sum()).values,
        },
        index=others,
    )
    order = (-(frame["exports"] + frame["imports"])).to_numpy().argsort(kind="stable")
    return frame.iloc[order]


def pair(world: World, region: str, partner: str) -> pd.DataFrame:
    """Exports and imports of a region with one partner, by sector. Raises `WorldError`."""
    if known(world, partner) == region:
        raise WorldError(f"{region!r} is no partner of itself; name another region")
    return pd.DataFrame(
        {
            "exports": traded(world, region, "exports")[partner],
            "imports": traded(world, region, "imports")[partner],
        }
    )
