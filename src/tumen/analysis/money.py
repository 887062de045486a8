"""Transfers of a tie: who pays, who receives, and what is paid in goods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tumen.analysis.switch import PaidInKind, Setting, Switch, add
from tumen.codes import resolve
from tumen.scenario.effects import InKind, TransferEffect
from tumen.scenario.shocks import Shock, Transfer
from tumen.world.arrays import economy_of, labelled
from tumen.world.world import World


def transfers(amounts: Mapping[str, float]) -> list[Shock]:
    """Shocks that give each region its amount; the amounts sum to zero.

    Written as one transfer from every payer to every receiver in proportion.
    """
    giving = {region: -value for region, value in amounts.items() if value < 0}
    taking = {region: value for region, value in amounts.items() if value > 0}
    total = sum(taking.values())
    if not total:
        return []
    matrix = np.outer(list(giving.values()), list(taking.values())) / total
    names = (tuple(giving), tuple(taking))
    return [Transfer(value=labelled(matrix, ("source", "destination"), names))]


def shares_of_payers(
    effect: TransferEffect, world: World, targets: Sequence[str]
) -> dict[str, float]:
    """Who pays: one region, or everyone but the targets and the receivers by value added."""
    if effect.payer != "everyone":
        return {effect.payer: 1.0}
    free = (*targets, effect.receiver, effect.rest_to)
    paying = [at for at, region in enumerate(world.regions) if region not in free]
    added = np.asarray(economy_of(world.shared).value_added)[paying]
    total = float(added.sum())
    return {
        world.regions[at]: value / total for at, value in zip(paying, added.tolist(), strict=True)
    }


def amounts(
    effect: TransferEffect, world: World, targets: Sequence[str], received: float, share: float
) -> dict[str, float]:
    """Net inflow of each region when the receiver gets `received`, `share` of what is taken.

    With a named keeper of the rest the payers lose the gross value; without one nobody pays it.
    """
    paid = received / share if effect.rest_to is not None else received
    flows = {
        region: -paid * part for region, part in shares_of_payers(effect, world, targets).items()
    }
    add(flows, effect.receiver, received)
    if effect.rest_to is not None:
        add(flows, effect.rest_to, paid - received)
    return flows


def in_kind(part: InKind, receiver: str, paid: float, setting: Setting) -> PaidInKind:
    """What is paid in one kind of goods; counts as money up to what the receiver buys of it."""
    world = setting.world
    names = resolve(part.sector, world.sectors, None, field="paid_in")
    sectors = [world.sectors.index(name) for name in names]
    spent = np.asarray(economy_of(world.shared).expenditure)
    bought = float(spent[sectors, world.regions.index(receiver)].sum())
    value = paid * part.share.at(setting.end)
    return PaidInKind(part.title, receiver, value, min(value, bought))


def add_transfer(switch: Switch, effect: TransferEffect, setting: Setting) -> None:
    """Transfer with the tie, less what the benchmark already holds of it.

    What is paid in goods beyond what the receiver buys of them is worth nothing to it, and the
    payer gives it away outside the market.
    """
    world, targets, end = setting.world, setting.targets, setting.end
    share = effect.realised.at(end)
    paid = setting.level * effect.gross.at(end) * share
    goods = [in_kind(part, effect.receiver, paid, setting) for part in effect.paid_in]
    beyond = sum(part.value - part.counted for part in goods)
    switch.in_kind += goods
    on = amounts(effect, world, targets, paid - beyond, share)
    held = amounts(effect, world, targets, effect.in_benchmark.at(end), share)
    if beyond:
        for region, part in shares_of_payers(effect, world, targets).items():
            add(switch.received, region, -beyond * part)
    switch.on += transfers({region: on[region] - held[region] for region in on})
    switch.off += transfers({region: -held[region] for region in held})
    for region in on:
        add(switch.ledger, region, on[region])
        add(switch.in_benchmark, region, held[region])
