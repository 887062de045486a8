"""From the channels of a scenario to shocks: what a tie does when it is on and when it is off."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tumen.analysis.calibrate import calibrated_weights
from tumen.analysis.entering import block, weight_arrays
from tumen.analysis.money import add_transfer, transfers
from tumen.analysis.switch import Setting, Switch, add
from tumen.codes import resolve
from tumen.errors import ScenarioError
from tumen.model.content import value_added_content
from tumen.scenario.effects import (
    CostEffect,
    Effect,
    EntryEffect,
    GoodsEffect,
    LabourEffect,
    LinkChange,
    OutlayEffect,
    ProductionEffect,
    ProductivityEffect,
    RoutesEffect,
    TradeEffect,
    TransferEffect,
)
from tumen.scenario.figure import OPPOSITE
from tumen.scenario.network import Link
from tumen.scenario.network_file import read_network
from tumen.scenario.potentials import read_potentials
from tumen.scenario.route_costs import trade_costs
from tumen.scenario.schema import Channel
from tumen.scenario.shocks import (
    MOST_ENTERED,
    Embargo,
    LabourForce,
    MarketEntry,
    Productivity,
    Shock,
    TradeCost,
)
from tumen.vocabulary import BILATERAL
from tumen.world.arrays import economy_of, open_flows, to_labels
from tumen.world.world import World


def add_goods(switch: Switch, effect: GoodsEffect, setting: Setting) -> None:
    """Goods outside the market, at the cost their receiver avoids."""
    add(switch.received, effect.receiver, setting.level * effect.value.at(setting.end))


def add_outlay(switch: Switch, effect: OutlayEffect, setting: Setting) -> None:
    """What is put into something is not there to be consumed; it yields through other ties."""
    add(switch.received, effect.region, -setting.level * effect.value.at(setting.end))


@functools.lru_cache(maxsize=64)
def content_of(world: World, sector: str, region: str) -> np.ndarray:
    """Whose value added the goods of a region's sector are made of; no elasticity enters."""
    content = value_added_content(
        economy_of(world), world.sectors.index(sector), world.regions.index(region)
    )
    content.flags.writeable = False
    return content


def add_production(switch: Switch, effect: ProductionEffect, setting: Setting) -> None:
    r"""Goods given: stock run down, or labour and inputs withdrawn wherever they come from.

    Each region's part of the cost is its value added in such goods. It withdraws as much labour,
    $\hat L_i = 1 - cost_i/V_i$, and is paid for it by the maker, if it is another region.
    """
    world, end = setting.world, setting.end
    economy = economy_of(world.shared)
    value = setting.level * effect.value.at(end)
    stock = value * effect.from_stock.at(end)
    cost = (value - stock) * effect.home_cost.at(end)
    drawn = cost * content_of(world.shared, effect.sector, effect.region)
    left = 1 - drawn / np.asarray(economy.value_added)
    if not (left > 0).all():
        raise ScenarioError(
            f"production in {effect.region}: {cost:,.0f} million USD of labour and inputs is more "
            "than there is; lower home_cost or value"
        )
    taken = dict(zip(world.regions, drawn.tolist(), strict=True))
    abroad = {region: value for region, value in taken.items() if region != effect.region}
    switch.on += [
        LabourForce(factor=to_labels(world, left, ("region",))),
        *transfers({**abroad, effect.region: -sum(abroad.values())}),
    ]
    add(switch.from_stock, effect.region, stock)
    add(switch.withdrawn, effect.region, cost)


def trade_at(effect: TradeEffect, world: World, ratio: float) -> list[Shock]:
    """Shocks that bring the pair's flows, both ways or one, to `ratio` of the benchmark's."""
    first, second = (world.regions.index(region) for region in effect.between)
    names = resolve(effect.sector, world.sectors, None, field="sector")
    sectors = [world.sectors.index(name) for name in names]
    chosen = np.zeros(open_flows(world.shared).shape, dtype=bool)
    for importer, exporter in [(first, second), (second, first)][int(effect.one_way) :]:
        chosen[sectors, importer, exporter] = True
    chosen &= open_flows(world.shared)
    if ratio == 0:
        # Only what is there: a market that another tie enters is that tie's.
        return [Embargo(share=to_labels(world, chosen.astype(float), BILATERAL))]
    positions = np.argwhere(chosen)
    return [calibrated_weights(world, positions, np.full(len(positions), ratio)).shock(world)]


def add_trade(switch: Switch, effect: TradeEffect, setting: Setting) -> None:
    """Trade with the tie, at its level between without and full, and trade without it.

    The more trade there would be without it, the less the tie is worth: `without` is taken at the
    opposite end, so that the low end of all figures is the low end of the tie.
    """
    full, without = effect.flow_hat.at(setting.end), effect.without.at(OPPOSITE[setting.end])
    switch.on += trade_at(effect, setting.world, without + setting.level * (full - without))
    switch.off += trade_at(effect, setting.world, without)


def add_cost(switch: Switch, effect: CostEffect, setting: Setting) -> None:
    r"""Delivered cost with the tie; a weight w is the cost factor $w^{-1/\theta}$."""
    where = {"importer": effect.importer, "exporter": effect.exporter, "sector": effect.sector}
    if effect.change is not None:
        factor: Any = 1 + setting.level * effect.change.at(setting.end)
    else:
        assert effect.weight is not None
        weight = 1 + setting.level * (effect.weight.at(setting.end) - 1)
        power = -1 / np.asarray(economy_of(setting.world).trade_elasticity)
        factor = to_labels(setting.world, weight**power, ("sector",))
    switch.on.append(TradeCost(**where, factor=factor))


def add_entry(switch: Switch, effect: EntryEffect, setting: Setting) -> None:
    """Goods that enter a market: the weight that gives them their share at benchmark prices."""
    world, end, level = setting.world, setting.end, setting.level
    sectors = resolve(effect.sector, world.sectors, None, field="sector")
    if effect.of_potential is not None:
        taste = level * effect.of_potential.at(end)
        assert setting.folder is not None
        pair = [
            item
            for item in read_potentials(setting.folder)
            if (item.importer, item.exporter) == (effect.importer, effect.exporter)
            and item.sector in sectors
        ]
        # The figure's range stands for the whole uncertainty; the potential stays central.
        enters = taste * weight_arrays(world, pair, "central")[1]
        if (enters > 0).any():
            switch.on.append(MarketEntry(weight=block(world, enters, enters > 0)))
        return
    if effect.share is not None:
        share = level * effect.share.at(end)
    else:
        assert effect.sales is not None
        goods = [world.sectors.index(name) for name in sectors]
        spent = np.asarray(economy_of(world.shared).expenditure)
        bought = float(spent[goods, world.regions.index(effect.importer)].sum())
        share = level * effect.sales.at(end) / bought
    if share > MOST_ENTERED:
        raise ScenarioError(
            f"goods of {effect.exporter} would take {100 * share:.4g} % of what {effect.importer} "
            f"spends on them; at most {100 * MOST_ENTERED:g} % may, others must be left something"
        )
    if share > 0:
        weight = share / (1 - share)
        switch.on.append(MarketEntry(effect.importer, effect.exporter, sectors, weight=weight))


def link_of(change: LinkChange, setting: Setting) -> Link:
    """A change of a link at one end of its figure."""
    ends = (change.a, change.b, change.mode)
    if change.open:
        return Link(*ends, open=True)
    if change.days_saved is not None:
        return Link(*ends, days=-change.days_saved.at(setting.end))
    assert change.cheaper is not None
    return Link(*ends, factor=1 - change.cheaper.at(setting.end))


def add_routes(switch: Switch, effect: RoutesEffect, setting: Setting) -> None:
    """Links that change: the pairs' trade costs that routing gives, to the power of the level."""
    assert setting.folder is not None
    network = read_network(setting.folder, value_of_day=setting.value_of_day)
    cost = trade_costs(network, [link_of(one, setting) for one in effect.changes], setting.world)
    if setting.level > 0:
        cost.values **= setting.level
        switch.on.append(TradeCost(factor=cost))


def add_productivity(switch: Switch, effect: ProductivityEffect, setting: Setting) -> None:
    """Support that makes inputs go further."""
    factor = 1 + setting.level * effect.change.at(setting.end)
    switch.on.append(Productivity(effect.region, effect.sector, factor=factor))


def add_labour(switch: Switch, effect: LabourEffect, setting: Setting) -> None:
    """People at work abroad: down at home, up there."""
    end = setting.end
    moved = setting.level * effect.persons.at(end)
    switch.on += [
        LabourForce(effect.home, factor=1 - moved / effect.home_workforce.at(end)),
        LabourForce(effect.host, factor=1 + moved / effect.host_workforce.at(end)),
    ]


ADD: dict[type, Callable[[Switch, Any, Setting], None]] = {
    TransferEffect: add_transfer,
    GoodsEffect: add_goods,
    OutlayEffect: add_outlay,
    ProductionEffect: add_production,
    TradeEffect: add_trade,
    CostEffect: add_cost,
    EntryEffect: add_entry,
    RoutesEffect: add_routes,
    ProductivityEffect: add_productivity,
    LabourEffect: add_labour,
}


def switch_of(channel: Channel, setting: Setting) -> Switch:
    """Turn a channel into its two lists of shocks, at one end of its figures and one level.

    Raises `ScenarioError` or `ShockError` for an effect that the world cannot take.
    """
    return switched(channel.effects, setting)


def switched(effects: Iterable[Effect], setting: Setting) -> Switch:
    """The same of effects alone: nothing else of a channel enters but its level."""
    switch = Switch()
    for effect in effects:
        ADD[type(effect)](switch, effect, setting)
    return switch


def shocks_of(switches: dict[str, Switch], *, on: bool) -> list[Shock]:
    """All ties on, or all off."""
    return [shock for switch in switches.values() for shock in (switch.on if on else switch.off)]
