"""From changed links to trade costs of the pairs a network covers, as shocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from tumen.errors import ShockError, nearest
from tumen.scenario.network import Change, Link, Network, Pair
from tumen.scenario.rerouting import Rerouting, reroute
from tumen.scenario.shocks import Embargo, Shock, TradeCost
from tumen.world.world import World


def goods_of(pair: Pair, world: World) -> list[str]:
    """Sectors of a pair that travel on the network."""
    for sector in pair.sectors:
        if sector not in world.sectors:
            raise ShockError(
                f"pair {pair.exporter} to {pair.importer}: unknown sector {sector!r}"
                f"{nearest(sector, world.sectors)}"
            )
    return list(pair.sectors) or world.sectors


@dataclass(frozen=True)
class RouteCosts:
    """Trade costs after over before [importer, exporter, sector], and the routings behind them."""

    cost: xr.DataArray  # 1 where nothing changes, infinite where no way is left
    by_sector: dict[str, Rerouting]  # sectors told the same changes share one routing

    @property
    def shocks(self) -> list[Shock]:
        """The same as shocks: `TradeCost`, and `Embargo` where no way is left."""
        open_cells = self.cost.where(np.isfinite(self.cost), 1.0)
        found: list[Shock] = [TradeCost(factor=open_cells)]
        if bool(np.isinf(self.cost).any()):
            found.append(Embargo(share=xr.where(np.isinf(self.cost), 1.0, 0.0)))
        return found


def route_costs(
    network: Network,
    changes: Sequence[Change],
    world: World,
    *,
    congestion: float = 0.0,
) -> RouteCosts:
    """Turn changed links into trade costs of the pairs that the network covers.

    Raises `ShockError` for a region, sector or place that world or network lacks.
    """
    regions = list(dict.fromkeys(r for p in network.pairs for r in (p.importer, p.exporter)))
    for region in regions:
        if region not in world.regions:
            raise ShockError(
                f"the network's region {region!r} is not in the world"
                f"{nearest(region, world.regions)}"
            )
    for change in changes:
        named = [change.sector] if isinstance(change.sector, str) else list(change.sector or ())
        for sector in named:
            if sector not in world.sectors:
                kind = "Link" if isinstance(change, Link) else "Transit"
                raise ShockError(
                    f"{kind}: unknown sector {sector!r}{nearest(sector, world.sectors)}"
                )
    cost = xr.DataArray(
        np.ones((len(regions), len(regions), len(world.sectors))),
        dims=("importer", "exporter", "sector"),
        coords={"importer": regions, "exporter": regions, "sector": world.sectors},
        name="trade cost, after over before",
    )
    carried = {(p.exporter, p.importer): goods_of(p, world) for p in network.pairs}
    flow = world.trade_flow
    told: dict[tuple[bool, ...], list[str]] = {}
    for sector in world.sectors:
        if any(sector in sectors for sectors in carried.values()):
            hears = tuple(change.applies(sector) for change in changes)
            takes = tuple(track.carries(sector) for track in network.tracks)
            told.setdefault(hears + takes, []).append(sector)
    flows = {
        key: float(flow.sel(exporter=key[0], importer=key[1], sector=sectors).sum())
        for key, sectors in carried.items()
    }
    by_sector: dict[str, Rerouting] = {}
    for sectors in told.values():
        found = reroute(network, changes, sectors[0], congestion=congestion, flows=flows)
        for (exporter, importer), one in found.pairs.items():
            inside = [s for s in sectors if s in carried[exporter, importer]]
            place = {"importer": importer, "exporter": exporter, "sector": inside}
            cost.loc[place] = math.exp(one.log_hat)
        by_sector |= dict.fromkeys(sectors, found)
    return RouteCosts(cost, by_sector)
