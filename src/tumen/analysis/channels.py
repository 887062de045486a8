"""From the channels of a scenario to shocks: what a tie does when it is on and when it is off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from tumen.analysis.calibrate import calibrate
from tumen.scenario.figure import End
from tumen.scenario.schema import (
    Channel,
    GoodsEffect,
    LabourEffect,
    ProductivityEffect,
    TradeEffect,
    TransferEffect,
)
from tumen.scenario.shocks import (
    Embargo,
    LabourForce,
    MarketEntry,
    Productivity,
    Shock,
    Transfer,
)
from tumen.world.world import World


@dataclass
class Switch:
    """A channel as shocks to the benchmark: with the tie, and without it."""

    on: list[Shock] = field(default_factory=list)
    off: list[Shock] = field(default_factory=list)
    received: dict[str, float] = field(default_factory=dict)  # goods outside the market, when on
    ledger: dict[str, float] = field(default_factory=dict)  # transfers when on, by region
    in_benchmark: dict[str, float] = field(default_factory=dict)


def transfers(amounts: Mapping[str, float]) -> list[Shock]:
    """Shocks that give each region its amount; the amounts sum to zero.

    Written as one transfer from every payer to every receiver in proportion.
    """
    giving = {region: -value for region, value in amounts.items() if value < 0}
    taking = {region: value for region, value in amounts.items() if value > 0}
    total = sum(taking.values())
    if not total:
        return []
    matrix = xr.DataArray(
        np.outer(list(giving.values()), list(taking.values())) / total,
        dims=("source", "destination"),
        coords={"source": list(giving), "destination": list(taking)},
    )
    return [Transfer(value=matrix)]


def shares_of_payers(effect: TransferEffect, world: World, targets: list[str]) -> dict[str, float]:
    """Who pays: one region, or everyone but the targets and the receivers by value added."""
    if effect.payer != "everyone":
        return {effect.payer: 1.0}
    added = world.dataset["value_added"]
    paying = [
        region
        for region in world.regions
        if region not in (*targets, effect.receiver, effect.rest_to)
    ]
    total = float(added.sel(region=paying).sum())
    return {region: float(added.sel(region=region)) / total for region in paying}


def amounts(
    effect: TransferEffect, world: World, targets: list[str], received: float, share: float
) -> dict[str, float]:
    """Net inflow of each region when the receiver gets `received`, `share` of what is taken.

    With a named keeper of the rest the payers lose the gross value; without one nobody pays it.
    """
    paid = received / share if effect.rest_to is not None else received
    flows = {
        region: -paid * part for region, part in shares_of_payers(effect, world, targets).items()
    }
    flows[effect.receiver] = flows.get(effect.receiver, 0.0) + received
    if effect.rest_to is not None:
        flows[effect.rest_to] = flows.get(effect.rest_to, 0.0) + paid - received
    return flows


def add_transfer(
    switch: Switch,
    effect: TransferEffect,
    world: World,
    targets: list[str],
    end: End,
    level: float,
) -> None:
    """Transfer with the tie, less what the benchmark already holds of it."""
    share = effect.realised.at(end)
    on = amounts(effect, world, targets, level * effect.gross.at(end) * share, share)
    held = amounts(effect, world, targets, effect.in_benchmark.at(end), share)
    switch.on += transfers({region: on[region] - held[region] for region in on})
    switch.off += transfers({region: -held[region] for region in held})
    for region in on:
        switch.ledger[region] = switch.ledger.get(region, 0.0) + on[region]
        switch.in_benchmark[region] = switch.in_benchmark.get(region, 0.0) + held[region]


def trade_at(effect: TradeEffect, world: World, ratio: float) -> list[Shock]:
    """Shocks that bring the pair's flows, both ways, to `ratio` of the benchmark's."""
    first, second = effect.between
    pairs = ((first, second), (second, first))
    if ratio == 0:
        return [Embargo(importer, exporter) for importer, exporter in pairs]
    flow = world.trade_flow
    wanted = xr.full_like(flow, np.nan)
    for importer, exporter in pairs:
        wanted.loc[{"importer": importer, "exporter": exporter}] = ratio
    return [calibrate(world, wanted.where(flow > 0)).shock]


def trade_shocks(
    effect: TradeEffect, world: World, end: End, level: float
) -> tuple[list[Shock], list[Shock]]:
    """Trade with the tie, at its level between without and full, and trade without it."""
    full = effect.flow_hat.at(end)
    on = effect.without + level * (full - effect.without)
    return trade_at(effect, world, on), trade_at(effect, world, effect.without)


def switch_of(
    channel: Channel,
    world: World,
    targets: list[str],
    end: End = "central",
    level: float = 1.0,
) -> Switch:
    """Turn a channel into its two lists of shocks, at one end of its figures.

    `level` scales what the tie brings: 1 at its height, its persistence afterwards.
    """
    switch = Switch()
    for effect in channel.effects:
        if isinstance(effect, TransferEffect):
            add_transfer(switch, effect, world, targets, end, level)
        elif isinstance(effect, GoodsEffect):
            got = switch.received.get(effect.receiver, 0.0)
            switch.received[effect.receiver] = got + level * effect.value.at(end)
        elif isinstance(effect, TradeEffect):
            on, off = trade_shocks(effect, world, end, level)
            switch.on += on
            switch.off += off
        elif isinstance(effect, ProductivityEffect):
            factor = 1 + level * effect.change.at(end)
            switch.on.append(Productivity(effect.region, effect.sector, factor=factor))
        elif isinstance(effect, LabourEffect):
            moved = level * effect.persons.at(end)
            switch.on += [
                LabourForce(effect.home, factor=1 - moved / effect.home_workforce.at(end)),
                LabourForce(effect.host, factor=1 + moved / effect.host_workforce.at(end)),
            ]
    return switch


def lifting(
    world: World, records: xr.DataArray, earlier: xr.DataArray, closure: str, tolerance: float
) -> tuple[list[Shock], int, float]:
    """What undoes the recorded pressure: falls reversed, and closed flows opened, all at once.

    `records` [importer, exporter, sector] holds the recorded ratios of the flows that are lifted,
    `earlier` the earlier shares of those that are reopened; both missing elsewhere. Returns the
    shocks, the maps of the calibration and its largest relative gap.
    """
    entry: list[Shock] = []
    if bool(earlier.notnull().any()):
        entry.append(MarketEntry(share=earlier.fillna(0.0)))
    found = calibrate(world, 1 / records, entry, closure, tolerance)  # type: ignore[arg-type]
    return [*entry, found.shock], found.maps, found.error
