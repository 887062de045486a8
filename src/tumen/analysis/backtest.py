"""Backtests: what the model says of a past measure, held against what was recorded or computed.

Nothing is tuned. The measure falls, alone, on the world without pressure and ties, at every
horizon that the case names, and at the shortest with wages that do not fall as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import xarray as xr

from tumen.analysis.impose import Imposed
from tumen.errors import SolveError
from tumen.results.result import Result
from tumen.scenario.backtests import BacktestQuestion, Compared
from tumen.scenario.load import Case
from tumen.scenario.shocks import Embargo, MarketEntry, Shock, TradeCost, Transfer
from tumen.world.horizon import RIGID, with_horizon
from tumen.world.world import World

# Sectors of the shipped worlds that are farms, and that are mines; industry is all other goods.
FARMS, MINES = ("AGR", "FSH"), ("COA", "OGS", "MIN")
# Behind a closed border home producers of what was only imported start at this share.
HOME_FLOOR = 0.01


@dataclass(frozen=True)
class Setting:
    """One way in which the world may answer: years since the measure, and a floor under wages."""

    years: float
    rigid: float | None = None


@dataclass(frozen=True)
class Row:
    """One recorded or computed figure beside the model's at every setting, per cent."""

    question: BacktestQuestion
    compared: Compared
    model: dict[Setting, float | str]  # per cent, or why there is no number

    @property
    def nearest(self) -> Setting | None:
        """The setting whose figure is nearest to the record; None where there is none."""
        known = {at: value for at, value in self.model.items() if not isinstance(value, str)}
        record = self.compared.value.central
        if not known:
            return None
        # Of two that are equally near, the one with fewer assumptions.
        return min(known, key=lambda at: (round(abs(known[at] - record), 3), at.rigid or 0.0))


def settings_of(case: Case) -> list[Setting]:
    """Every horizon of the case, and the shortest with each floor under wages."""
    years = sorted(case.scenario.horizons)
    return [*map(Setting, years), *(Setting(years[0], floor) for floor in RIGID)]


def measured_cells(case: Case, asked: BacktestQuestion) -> list[dict[str, str]]:
    """Flows of the measures asked for, in the direction asked for."""
    return [
        {"importer": one.importer, "exporter": one.exporter, "sector": one.sector}
        for one in case.records
        if one.measure in asked.measures
        and (asked.flows == "both"
             or (one.exporter if asked.flows == "exports" else one.importer) == asked.region)
    ]  # fmt: skip


def with_cells(values: xr.DataArray, cells: list[dict[str, str]], number: float) -> xr.DataArray:
    """A copy with one number in these cells."""
    made = values.copy(deep=True)
    places = tuple(
        made.indexes[dim].get_indexer([cell[str(dim)] for cell in cells]) for dim in made.dims
    )
    made.values[places] = number
    return made


def still_lifted(lift: list[Shock], cells: list[dict[str, str]]) -> list[Shock]:
    """What undoes all pressure, without what undoes it in these cells."""
    kept: list[Shock] = []
    for shock in lift:
        if isinstance(shock, MarketEntry):
            kept.append(MarketEntry(share=with_cells(shock.share, cells, 0.0)))  # type: ignore[arg-type]
        else:
            assert isinstance(shock, TradeCost)
            kept.append(TradeCost(factor=with_cells(shock.factor, cells, 1.0)))  # type: ignore[arg-type]
    return kept


def closed(world: World, region: str) -> list[Shock]:
    """All trade of a region stopped, and with it what it receives beyond its means."""
    deficit = float(world.dataset["transfer"].sel(region=region))
    others = world.dataset["value_added"].drop_sel(region=region)
    share = (deficit * others / others.sum()).rename(region="destination")
    return [Embargo(region, None), Embargo(None, region), Transfer(region, value=share)]


def outcome(start: World, result: Result, region: str, what: str) -> float:
    """One figure of the model, per cent change from the world the measure fell on."""
    if what == "real income":
        return float(result.real_income.sel(region=region))
    if what == "gdp":
        added = float(result.value_added.sel(region=region))
        base = float(start.dataset["value_added"].sel(region=region))
        return 100 * (added / base / float(result.consumer_price_hat.sel(region=region)) - 1)
    if what in ("exports", "imports"):
        goods = start.dataset["goods"] if "goods" in start.dataset.coords else None
        side, other = ("exporter", "importer") if what == "exports" else ("importer", "exporter")

        def total(flow: xr.DataArray) -> float:
            abroad = flow.sel({side: region}).drop_sel({other: region})
            return float(abroad.where(goods, 0.0).sum() if goods is not None else abroad.sum())

        return 100 * (total(result.trade_flow) / total(start.trade_flow) - 1)
    flags = start.dataset["goods"].to_series()
    made = [sector for sector in start.sectors if flags[sector] and sector not in FARMS]
    chosen = MINES if what == "mining" else made
    weight = start.dataset["value_added_share"] * start.gross_output
    weight = weight.sel(region=region, sector=list(chosen))
    grown = result.gross_output / result.unit_cost_hat / start.gross_output
    volume = grown.sel(region=region, sector=list(chosen)).where(weight > 0, 1.0)
    return 100 * (float((weight * volume).sum() / weight.sum()) - 1)


def measure_alone(
    case: Case, asked: BacktestQuestion, free: World, lift: list[Shock], off: list[Shock]
) -> list[Shock]:
    """The world in which the measure of a backtest stands alone; `free` is the one without it."""
    if asked.closed:
        return [*lift, *off, *closed(free, asked.region)]
    return [*still_lifted(lift, measured_cells(case, asked)), *off]


def after_measure(asked: BacktestQuestion, start: Imposed, shocks: list[Shock]) -> Result:
    """What `measure_alone` brings within the horizon of the world to start from.

    Raises `SolveError` where there is no equilibrium.
    """
    return start.solve(shocks, HOME_FLOOR if asked.closed else None)


def backtest(case: Case, lift: list[Shock], off: list[Shock]) -> list[Row]:
    """Every backtest of the case. `lift` undoes all pressure, `off` takes the ties out.

    Figures without an equilibrium carry its reason instead of a number. Growth between two horizons
    has no figure at one of them and is left to the scorecard. None is made where senders abstain:
    the record knows them all.
    """
    scenario, found = case.scenario, []
    if not scenario.backtests or scenario.abstain:
        return []
    free = Imposed(case.world, [*lift, *off], scenario.closure, scenario.tolerance)
    starts: Mapping[Setting, Imposed] = {
        at: free.adapted(partial(with_horizon, years=at.years, rigid=at.rigid))
        for at in settings_of(case)
    }
    for asked in scenario.backtests:
        shocks = measure_alone(case, asked, free.world, lift, off)
        solved: dict[Setting, Result | str] = {}
        for at, start in starts.items():
            try:
                solved[at] = after_measure(asked, start, shocks)
            except SolveError as error:
                solved[at] = str(error)
        for compared in (one for one in asked.compare if one.since is None):
            model: dict[Setting, float | str] = {}
            for at, one in solved.items():
                model[at] = (
                    one
                    if isinstance(one, str)
                    else outcome(starts[at].world, one, asked.region, compared.what)
                )
            found.append(Row(asked, compared, model))
    return found
