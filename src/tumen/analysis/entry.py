"""What opening closed flows does: flows, variety and real income, and a bound on a claim.

The potential shares come with their case; `tumen.analysis.entering` makes shocks of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import xarray as xr

from tumen.analysis.entering import Weights, entry_shocks, weights
from tumen.errors import ShockError
from tumen.results.result import Result
from tumen.scenario.figure import End
from tumen.scenario.potentials import Potential
from tumen.scenario.shocks import Shock
from tumen.solver.solve import Closure, solve
from tumen.world.world import World

ENDS: tuple[End, ...] = ("low", "central", "high")
NORMAL_95 = NormalDist().inv_cdf(0.95)


@dataclass(frozen=True)
class Entered:
    """One flow with the market open: levels in million USD, changes in per cent.

    `real_income` and `million` are the importer's gain when this flow alone is open.
    """

    importer: str
    exporter: str
    sector: str
    share: float  # of the buyer's spending at benchmark prices, after taste
    flow_before: float
    flow: float
    import_share: float  # of what the importer buys abroad of this sector
    variety_gain: float  # fall of the buyers' price from the new varieties alone
    real_income: float
    million: float


@dataclass(frozen=True)
class Effect:
    """What entry does to one importer: goods are the sectors the world marks as goods."""

    region: str
    flow: float  # goods from the entering sellers, million USD
    import_share: float  # their part of all goods that the region buys abroad
    variety_gain: float  # per cent, at the region's final spending
    real_income: float  # per cent, all flows together
    million: float
    gdp_percent: float  # the gain over benchmark value added, per cent


@dataclass(frozen=True)
class Entry:
    """Effects of all flows together: by flow and by importer."""

    end: End
    taste: float
    flows: tuple[Entered, ...]
    regions: dict[str, Effect]
    left: tuple[Potential, ...]  # flows already as large as their potential; not touched


@dataclass(frozen=True)
class Opening:
    """The worlds before and after, from which every effect is read."""

    world: World
    before: Result
    after: Result
    found: Weights
    taste: float

    def gain(self, region: str, after: Result | None = None) -> tuple[float, float]:
        """Gain of real income in per cent, and in million USD of benchmark income."""
        hats = [
            1 + float(result.real_income.sel(region=region)) / 100
            for result in (self.before, after or self.after)
        ]
        income = float(self.world.income.sel(region=region))
        return 100 * (hats[1] / hats[0] - 1), income * (hats[1] - hats[0])

    def variety(self, added: xr.DataArray) -> xr.DataArray:
        """Fall of buyers' prices from new varieties alone, (1 + e/W)^(1/theta) - 1, per cent."""
        theta = self.world.dataset["trade_elasticity"]
        return 100 * ((1 + self.taste * added / self.found.whole) ** (1 / theta) - 1)

    def by_flow(self, item: Potential, alone: Result) -> Entered:
        """One flow's row; `alone` is the world in which it alone is open."""
        cell = {"importer": item.importer, "exporter": item.exporter, "sector": item.sector}
        bought = self.after.trade_flow.sel(importer=item.importer, sector=item.sector)
        flow = float(bought.sel(exporter=item.exporter))
        percent, million = self.gain(item.importer, alone)
        return Entered(
            item.importer,
            item.exporter,
            item.sector,
            share=float(self.found.shares(self.taste).sel(cell)),
            flow_before=float(self.before.trade_flow.sel(cell)),
            flow=flow,
            import_share=flow / float(bought.drop_sel(exporter=item.importer).sum()),
            variety_gain=float(self.variety(self.found.enters).sel(cell)),
            real_income=percent,
            million=million,
        )

    def by_region(self, region: str, sellers: list[str]) -> Effect:
        """What one importer gains from all of its new suppliers together."""
        data = self.world.dataset
        bought = self.after.trade_flow.sel(importer=region)
        if "goods" in data.coords:
            bought = bought.where(data["goods"], 0.0)
        flow = float(bought.sel(exporter=sellers).sum())
        abroad = float(bought.drop_sel(exporter=region).sum())
        added = self.found.enters.sum("exporter").broadcast_like(self.found.whole)
        gains = self.variety(added).sel(importer=region, exporter=region)
        percent, million = self.gain(region)
        return Effect(
            region,
            flow=flow,
            import_share=flow / abroad,
            variety_gain=float((gains * data["final_share"].sel(region=region)).sum()),
            real_income=percent,
            million=million,
            gdp_percent=100 * million / float(data["value_added"].sel(region=region)),
        )


def open_up(
    world: World,
    potentials: Sequence[Potential],
    end: End,
    taste: float,
    closure: Closure,
    tolerance: float,
    before: Sequence[Shock] = (),
) -> Opening:
    """Solve the world before the flows open and after."""
    shocks = [*before, *entry_shocks(world, potentials, end, taste, before)]
    return Opening(
        world,
        solve(world, before, closure, tolerance),
        solve(world, shocks, closure, tolerance),
        weights(world, potentials, end, before),
        taste,
    )


def entry(
    world: World,
    potentials: Sequence[Potential],
    end: End = "central",
    taste: float = 1.0,
    closure: Closure = "fixed",
    tolerance: float = 1e-10,
    before: Iterable[Shock] = (),
) -> Entry:
    """Open the flows and report what that does, against the world after the shocks `before`.

    Real income is exact; each flow is also opened on its own, so that gains by flow need not add
    up to the gain of all together. Raises `ShockError` and `SolveError` as `tumen.solve` does.
    """
    before = list(before)
    opening = open_up(world, potentials, end, taste, closure, tolerance, before)
    flows, left = [], []
    for item in potentials:
        cell = {"importer": item.importer, "exporter": item.exporter, "sector": item.sector}
        if float(opening.found.enters.sel(cell)) > 0:
            shocks = [*before, *entry_shocks(world, [item], end, taste, before)]
            flows.append(opening.by_flow(item, solve(world, shocks, closure, tolerance)))
        else:
            left.append(item)
    regions = {
        region: opening.by_region(
            region, sorted({item.exporter for item in potentials if item.importer == region})
        )
        for region in dict.fromkeys(item.importer for item in potentials)
    }
    return Entry(end, taste, tuple(flows), regions, tuple(left))


def lankov_bound(
    world: World,
    potentials: Sequence[Potential],
    buyer: str = "RUS",
    seller: str = "PRK",
    closure: Closure = "fixed",
    tolerance: float = 1e-10,
    ends: Sequence[End] = ENDS,
) -> dict[End, Effect]:
    """What the buyer gains from the seller's goods when nothing but distance stands in their way.

    The flows open to their potential at the open cost, without sanctions, and with a taste of one:
    an upper bound for whoever holds that the goods have little appeal (Andrei Lankov), at each end
    of the potentials.
    """
    pair = [item for item in potentials if (item.importer, item.exporter) == (buyer, seller)]
    if not pair:
        raise ShockError(f"the potentials name no sale of {seller} to {buyer}")
    return {
        end: open_up(world, pair, end, 1.0, closure, tolerance).by_region(buyer, [seller])
        for end in ends
    }


def chance_below(bound: dict[End, Effect], gdp_percent: float) -> float:
    """Chance that the gain stays below a share of GDP, per cent, if all flows miss together.

    The ends are read as the 5th, 50th and 95th percentile, straight lines in the log between and
    beyond them.
    """
    gains = np.log([bound[end].gdp_percent for end in ENDS])
    at = np.log(gdp_percent)
    side = 0 if at < gains[1] else 1
    slope = NORMAL_95 / (gains[side + 1] - gains[side])
    return NormalDist().cdf(float((at - gains[1]) * slope))


def revealed_taste(potentials: Sequence[Potential], importer: str, exporter: str) -> float:
    """Recorded trade of 2016 over potential trade: what taste would make of the gap.

    Everything else that keeps the two apart is in it too, so that it is a floor of taste, not an
    estimate. Raises `ShockError` where the potentials name no such trade.
    """
    pair = [item for item in potentials if (item.importer, item.exporter) == (importer, exporter)]
    if not pair:
        raise ShockError(f"the potentials name no sale of {exporter} to {importer}")
    return sum(item.recorded_2016_musd for item in pair) / sum(item.flow_musd for item in pair)
