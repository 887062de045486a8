"""Goods under sanctions that reach their buyer through third states, and what enforcement does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tumen.analysis.routes import RouteResult, routes
from tumen.errors import ShockError
from tumen.scenario.network import Change, Link, Network, Transit
from tumen.scenario.shocks import Shock
from tumen.solver.solve import Closure
from tumen.world.world import World


@dataclass(frozen=True)
class Evasion:
    """Leakage after direct links are closed to some goods."""

    routed: RouteResult
    sectors: tuple[str, ...]
    senders: tuple[str, ...]
    target: str
    before: float  # million USD a year that the senders sold before the ban
    direct: float  # million USD that still goes through no third state
    by_hub: dict[str, float]  # million USD through each hub
    cost: float  # factor on delivered cost, mean over the flows by value before

    @property
    def leaked(self) -> float:
        """Share of the trade before the ban that arrives all the same."""
        return (self.direct + sum(self.by_hub.values())) / self.before

    @property
    def leakage(self) -> dict[str, float]:
        """The same by hub, largest first; without what still goes direct."""
        ordered = sorted(self.by_hub, key=lambda hub: -self.by_hub[hub])
        return {hub: self.by_hub[hub] / self.before for hub in ordered}


def evasion(
    world: World,
    network: Network,
    bans: Sequence[Change],
    senders: Sequence[str],
    target: str,
    sectors: Sequence[str],
    *,
    enforcement: Mapping[str, float] | float = 1.0,
    shocks: Iterable[Shock] = (),
    closure: Closure = "fixed",
    tolerance: float = 1e-10,
) -> Evasion:
    """Close links to goods under sanctions and follow what goes round through third states.

    `enforcement` multiplies the premium of the places outside senders and target, all or by
    place. Values are what the senders are paid: the premium itself stays with the hubs and on the
    way. A flow through several third states counts for the one with the dearest premium.

    Raises `ShockError` for a pair the network does not cover, `SolveError` without equilibrium.
    """
    known = {(pair.exporter, pair.importer) for pair in network.pairs}
    for sender in senders:
        if (sender, target) not in known:
            raise ShockError(
                f"the network does not cover {sender} to {target}; add the pair to pairs.csv"
            )
    for ban in bans:
        if isinstance(ban, Link) and ban.sector is None:
            raise ShockError(
                f"Link {ban.a}-{ban.b}: say which sectors the ban is for, or ordinary trade is "
                "closed with it"
            )
    outside = [p for p in network.places if p.region not in (*senders, target)]
    factor = (
        enforcement
        if isinstance(enforcement, Mapping)
        else {place.code: float(enforcement) for place in outside}
    )
    stricter = [
        Transit(code, value, sector=tuple(sectors)) for code, value in factor.items() if value != 1
    ]
    routed = routes(world, network, [*bans, *stricter], shocks, closure, tolerance)
    premium: dict[str, float] = {}
    for place in network.places:
        held = premium.get(place.region, 0.0)
        premium[place.region] = max(held, place.premium * factor.get(place.code, 1.0))
    before = direct = logs = 0.0
    by_hub: dict[str, float] = {}
    where = {"exporter": list(senders), "importer": target, "sector": list(sectors)}
    before = float(routed.base.trade_flow.sel(where).sum())
    for sector in sectors:
        if sector not in routed.costs.by_sector:
            raise ShockError(f"no pair of the network carries {sector}; see pairs.csv")
        rerouting = routed.costs.by_sector[sector]
        for sender in senders:
            one = rerouting.pairs[sender, target]
            cell = {"exporter": sender, "importer": target, "sector": sector}
            left = float(routed.result.trade_flow.sel(cell))
            logs += float(routed.base.trade_flow.sel(cell)) * one.log_hat
            direct += left * (1 - one.on_network)
            for number in np.flatnonzero(one.after):
                value = left * one.on_network * float(one.after[number])
                states = one.through[number] - set(senders)
                if not states:
                    direct += value
                    continue
                hub = max(sorted(states), key=lambda state: premium[state])
                by_hub[hub] = by_hub.get(hub, 0.0) + value
    return Evasion(
        routed, tuple(sectors), tuple(senders), target, before, direct, by_hub,
        math.exp(logs / before),
    )  # fmt: skip
