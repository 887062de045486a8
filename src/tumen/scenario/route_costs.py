"""From changed links to trade costs of the pairs a network covers, as shocks."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from tumen.errors import ShockError, nearest
from tumen.scenario.network import Change, Link, Network, Pair
from tumen.scenario.rerouting import Rerouting, log_costs, reroute
from tumen.scenario.shocks import Embargo, Shock, TradeCost
from tumen.scenario.ways import Ends
from tumen.vocabulary import BILATERAL
from tumen.world.arrays import labelled
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


def check_labels(network: Network, changes: Sequence[Change], world: World) -> list[str]:
    """Regions that trade over the network. Raises `ShockError` for a label the world lacks."""
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
    return regions


def told_alike(
    network: Network, changes: Sequence[Change], world: World, carried: dict[Ends, list[str]]
) -> list[list[str]]:
    """Sectors on the network, in groups that hear of the same changes and take the same links."""
    choosy = [track for track in network.tracks if track.sectors]  # others carry everything
    told: dict[tuple[bool, ...], list[str]] = {}
    for sector in world.sectors:
        if any(sector in sectors for sectors in carried.values()):
            hears = tuple(change.applies(sector) for change in changes)
            takes = tuple(track.carries(sector) for track in choosy)
            told.setdefault(hears + takes, []).append(sector)
    return list(told.values())


def labelled_cost(
    regions: list[str], world: World, found: Iterable[tuple[list[str], Ends, float]]
) -> xr.DataArray:
    """Costs [importer, exporter, sector] from their logs by sectors and pair; one elsewhere."""
    place = {label: at for at, label in enumerate(regions)}
    goods = {label: at for at, label in enumerate(world.sectors)}
    cost = np.ones((len(regions), len(regions), len(goods)))
    for sectors, (exporter, importer), log_hat in found:
        cost[place[importer], place[exporter], [goods[name] for name in sectors]] = math.exp(
            log_hat
        )
    labels = (tuple(regions), tuple(regions), tuple(world.sectors))
    return labelled(cost, BILATERAL, labels).rename("trade cost, after over before")


def trade_costs(network: Network, changes: Sequence[Change], world: World) -> xr.DataArray:
    """The trade costs of `route_costs` without the routings behind them, in a fraction of the time.

    Raises `ShockError` as `route_costs` does.
    """
    return remembered_costs(network, tuple(changes), world.shared).copy()


@functools.lru_cache(maxsize=64)
def remembered_costs(network: Network, changes: tuple[Change, ...], world: World) -> xr.DataArray:
    """`trade_costs`, remembered; not to be changed by who reads it."""
    regions = check_labels(network, changes, world)
    carried = {(p.exporter, p.importer): goods_of(p, world) for p in network.pairs}
    return labelled_cost(
        regions,
        world,
        (
            ([name for name in sectors if name in carried[pair]], pair, log_hat)
            for sectors in told_alike(network, changes, world, carried)
            for pair, log_hat in log_costs(network, tuple(changes), sectors[0])
        ),
    )


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
    regions = check_labels(network, changes, world)
    carried = {(p.exporter, p.importer): goods_of(p, world) for p in network.pairs}
    flow = world.trade_flow
    flows = {
        key: float(flow.sel(exporter=key[0], importer=key[1], sector=sectors).sum())
        for key, sectors in carried.items()
    }
    by_sector: dict[str, Rerouting] = {}
    logs: list[tuple[list[str], Ends, float]] = []
    for sectors in told_alike(network, changes, world, carried):
        found = reroute(network, changes, sectors[0], congestion=congestion, flows=flows)
        for pair, one in found.pairs.items():
            logs.append(([s for s in sectors if s in carried[pair]], pair, one.log_hat))
        by_sector |= dict.fromkeys(sectors, found)
    return RouteCosts(labelled_cost(regions, world, logs), by_sector)
