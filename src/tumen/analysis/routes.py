"""What a changed transport link is worth: trade, real income, pay-back, flows, capacity."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from tumen.analysis.gradient import gradient
from tumen.errors import ShockError
from tumen.results.result import Result
from tumen.scenario.network import Change, Network
from tumen.scenario.rerouting import PairRoutes, Rerouting
from tumen.scenario.route_costs import RouteCosts, goods_of, route_costs
from tumen.scenario.shocks import Shock
from tumen.solver.solve import Closure, solve
from tumen.world.world import World


@dataclass(frozen=True)
class Carried:
    """What one mode of a link carries in a year, before and after; None where not known."""

    a: str
    b: str
    mode: str
    value_before: float  # million USD
    value_after: float
    tonnes_before: float | None
    tonnes_after: float | None
    capacity: float | None  # tonnes a year

    @property
    def use(self) -> float | None:
        """Share of the capacity that is used after."""
        if self.capacity is None or self.tonnes_after is None:
            return None
        return self.tonnes_after / self.capacity

    @property
    def verdict(self) -> str:
        """Whether capacity binds, in plain words."""
        where = f"{self.a}-{self.b} by {self.mode}"
        if self.use is None:
            return f"{where}: whether capacity binds is not known"
        words = (
            "binds: costs understate what holds trade back" if self.use >= 1 else "does not bind"
        )
        return (
            f"{where}: capacity {words} ({self.tonnes_after:,.0f} of {self.capacity:,.0f} t a "
            f"year, {100 * self.use:.0f} %)"
        )


@dataclass(frozen=True)
class RouteResult:
    """Two equilibria, before and after the changes of links, and the routings behind them."""

    world: World
    network: Network
    changes: tuple[Change, ...]
    costs: RouteCosts
    base: Result
    result: Result

    @property
    def gain(self) -> xr.DataArray:
        """Real income gained a year, million USD of the benchmark, over region."""
        found = self.result.equivalent_variation - self.base.equivalent_variation
        return found.assign_attrs(units="million USD", long_name="real income gained a year")

    def cost_change(self, exporter: str, importer: str) -> float:
        """Change of a pair's trade cost, per cent, the mean over its goods by benchmark flow."""
        goods = self.goods(exporter, importer)
        where = {"exporter": exporter, "importer": importer, "sector": goods}
        flow = self.base.trade_flow.sel(where)
        hat = np.log(self.costs.cost.sel(where))
        return 100 * math.expm1(float((flow * hat).sum() / flow.sum()))

    def response(self, exporter: str, importer: str) -> float:
        """Change of a pair's trade over the network's sectors, per cent."""
        where = {
            "exporter": exporter,
            "importer": importer,
            "sector": self.goods(exporter, importer),
        }
        before = float(self.base.trade_flow.sel(where).sum())
        return 100 * (float(self.result.trade_flow.sel(where).sum()) / before - 1)

    def goods(self, exporter: str, importer: str) -> list[str]:
        """Sectors of a pair that travel over the network."""
        for pair in self.network.pairs:
            if (pair.exporter, pair.importer) == (exporter, importer):
                return goods_of(pair, self.world)
        raise ShockError(f"the network does not cover {exporter} to {importer}; see pairs.csv")

    def moving(self) -> Iterable[tuple[Rerouting, PairRoutes, float, float]]:
        """Routing, pair and its flow on the network before and after, million USD, by sector."""
        before, after = self.base.trade_flow, self.result.trade_flow
        for sector, routing in self.costs.by_sector.items():
            for (exporter, importer), one in routing.pairs.items():
                if sector not in goods_of(one.pair, self.world):
                    continue
                cell = {"exporter": exporter, "importer": importer, "sector": sector}
                yield (
                    routing,
                    one,
                    float(before.sel(cell)) * one.pair.share,
                    float(after.sel(cell)) * one.on_network,
                )

    def carried(self) -> list[Carried]:
        """Value and tonnes on each mode of each link, both ways, of the pairs covered."""
        first = next(iter(self.costs.by_sector.values()))
        rows = max((r.rows for r in self.costs.by_sector.values()), key=len, default=first.rows)
        keys = list(dict.fromkeys((*row.track.ends, row.track.mode) for row in rows))
        totals = {key: np.zeros(4) for key in keys}
        known = dict.fromkeys(keys, True)
        for routing, one, before, after in self.moving():
            per_tonne = one.pair.usd_per_tonne
            for number, row in enumerate(routing.rows):
                at = routing.links.index(row.track.ends)
                shares = (
                    before * one.link_before[at] * routing.mode_before[number],
                    after * one.link_after[at] * routing.mode_after[number],
                )
                if not any(shares):
                    continue
                key = (*row.track.ends, row.track.mode)
                known[key] &= per_tonne is not None
                tonnes = [1e6 * share / (per_tonne or math.inf) for share in shares]
                totals[key] += np.array([*shares, *tonnes])
        capacity = {(*t.ends, t.mode): t.capacity for t in self.network.tracks}
        return [
            Carried(
                *key,
                float(totals[key][0]),
                float(totals[key][1]),
                float(totals[key][2]) if known[key] else None,
                float(totals[key][3]) if known[key] else None,
                capacity.get(key),
            )
            for key in keys
        ]

    def transit(self) -> dict[str, tuple[float, float]]:
        """Goods of others that pass through each third state, million USD before and after."""
        found: dict[str, np.ndarray] = {}
        for _, one, before, after in self.moving():
            for number, states in enumerate(one.through):
                passing = np.array([before * one.before[number], after * one.after[number]])
                for state in states:
                    found[state] = found.get(state, np.zeros(2)) + passing
        return {state: (float(v[0]), float(v[1])) for state, v in found.items() if v.any()}


def routes(
    world: World,
    network: Network,
    changes: Sequence[Change],
    shocks: Iterable[Shock] = (),
    closure: Closure = "fixed",
    tolerance: float = 1e-10,
    *,
    congestion: float = 0.0,
) -> RouteResult:
    """Solve the world before and after changes of links, on top of other shocks.

    Raises `ShockError` for a change the network cannot take, `SolveError` without equilibrium.
    """
    listed = list(shocks)
    costs = route_costs(network, changes, world, congestion=congestion)
    base = solve(world, listed, closure, tolerance)
    result = solve(world, [*listed, *costs.shocks], closure, tolerance)
    return RouteResult(world, network, tuple(changes), costs, base, result)


def pay_back(cost: float, yearly: float, rate: float = 0.0) -> float:
    r"""Years until yearly gains have paid for a cost, in the same unit; infinite when never.

    With a discount rate r, $T = -\ln(1 - rC/g)/\ln(1 + r)$.
    """
    if not (cost > 0 and rate >= 0):
        raise ShockError(f"pay-back needs a cost above 0 and a rate of at least 0: {cost}, {rate}")
    if yearly <= cost * rate or yearly <= 0:
        return math.inf
    return cost / yearly if rate == 0 else -math.log1p(-rate * cost / yearly) / math.log1p(rate)


def link_slopes(
    world: World,
    network: Network,
    region: str,
    changes: Sequence[Change] = (),
    shocks: Iterable[Shock] = (),
    closure: Closure = "fixed",
    tolerance: float = 1e-10,
) -> dict[tuple[str, str, str], float]:
    r"""Elasticity of real income to the cost of each mode of each link, after the changes.

    $$\frac{d\ln W_n}{d\ln t_{kl}} = \sum_{ijs} \frac{d\ln W_n}{d\ln\tau_{ijs}}\,
    \frac{d\ln\tau_{ijs}}{d\ln\tau^{net}_{ijs}}\,u^{kl}_{ijs}$$

    The first factor is the adjoint's, u the share of the traffic that uses the link (and mode).
    No re-solve is needed, however many links there are. Keys are (a, b, mode).
    """
    costs = route_costs(network, changes, world)
    slope = gradient(
        world,
        [*shocks, *costs.shocks],
        "real_income",
        closure=closure,
        tolerance=tolerance,
        region=region,
    )
    per_log = slope.trade_cost / (100 + slope.attrs["value"])
    found: dict[tuple[str, str, str], float] = {}
    for sector, routing in costs.by_sector.items():
        for (exporter, importer), one in routing.pairs.items():
            if sector not in goods_of(one.pair, world):
                continue
            cell = {"exporter": exporter, "importer": importer, "sector": sector}
            factor = float(per_log.sel(cell)) * one.on_network
            for number, row in enumerate(routing.rows):
                key = (*row.track.ends, row.track.mode)
                use = one.link_after[routing.links.index(row.track.ends)]
                found[key] = found.get(key, 0.0) + factor * use * routing.mode_after[number]
    return found
