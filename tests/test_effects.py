"""What each kind of effect does, one at a time: amounts, sums, limits, and what leaves no trace."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import tumen
from tumen.analysis.channels import switch_of
from tumen.analysis.switch import Setting, Switch
from tumen.model.content import value_added_content
from tumen.scenario.load import load_case
from tumen.scenario.schema import Channel
from tumen.scenario.shocks import apply_all
from tumen.world.arrays import economy_of
from worlds import random_world, three_by_two

CELL = {"importer": "Quay", "exporter": "Alder"}


@pytest.fixture(scope="module")
def world() -> tumen.World:
    return random_world(np.random.default_rng(5), 3, 2, tariffs=False, deficits=True, inputs=True)


def switched(world: tumen.World, effect: dict, level: float = 1.0) -> Switch:
    channel = Channel.model_validate({"id": "one", "title": "One", "effects": [effect]})
    return switch_of(channel, Setting(world, ["Quay"], level=level))


def transfer(**more) -> dict:
    given = {"kind": "transfer", "payer": "Alder", "receiver": "Quay", "gross": 100, "realised": 1}
    return given | more


def gains(world: tumen.World, shocks: list) -> xr.DataArray:
    return tumen.solve(world, shocks).equivalent_variation


EFFECTS = {
    "transfer": transfer(),
    "goods received": {"kind": "goods received", "receiver": "Quay", "value": 30},
    "outlay": {"kind": "outlay", "region": "Quay", "value": 30},
    "production": {
        "kind": "production", "region": "Quay", "sector": "tools", "value": 40, "from_stock": 0.25,
        "home_cost": 0.5,
    },
    "trade cost": {"kind": "trade cost", **CELL, "change": -0.1},
    "weight": {"kind": "trade cost", **CELL, "weight": 1.4},
    "entry": {"kind": "entry", **CELL, "sector": "tools", "share": 0.02},
    "productivity": {
        "kind": "productivity", "region": "Quay", "sector": "grain", "change": 0.05,
    },
    "labour": {
        "kind": "labour", "home": "Quay", "host": "Alder", "persons": 10, "home_workforce": 1000,
        "host_workforce": 5000,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", EFFECTS)
def test_a_tie_of_which_nothing_is_left_does_nothing(world, name):
    """At level 0 every world is the benchmark, exactly."""
    switch = switched(world, EFFECTS[name], level=0.0)
    assert gains(world, switch.on).values == pytest.approx(0, abs=1e-6)
    assert not any(switch.received.values())
    assert not any(switch.ledger.values())


@pytest.mark.parametrize("name", ["transfer", "goods received", "outlay", "production"])
def test_ledgers_are_proportional_to_the_level(world, name):
    whole, half = (switched(world, EFFECTS[name], level) for level in (1.0, 0.5))
    for field in ("received", "ledger", "from_stock", "withdrawn"):
        for region, value in getattr(whole, field).items():
            assert getattr(half, field)[region] == pytest.approx(value / 2)


def test_payment_in_goods_counts_up_to_what_the_receiver_buys(world):
    bought = float(world.dataset["expenditure"].sel(region="Quay", sector="grain"))
    gross = 3 * bought
    oil = {"title": "Grain", "sector": "grain", "share": 0.5}
    switch = switched(world, transfer(gross=gross, paid_in=[oil]))
    beyond = gross / 2 - bought
    (part,) = switch.in_kind
    assert (part.value, part.counted) == pytest.approx((gross / 2, bought))
    assert switch.ledger == pytest.approx({"Quay": gross - beyond, "Alder": beyond - gross})
    # The payer gives the whole away all the same: the rest leaves its absorption.
    assert switch.received == pytest.approx({"Alder": -beyond})


def test_payment_in_goods_that_are_bought_anyway_is_money(world):
    oil = {"title": "Grain", "sector": "grain", "share": 0.5}
    plain, paid = switched(world, transfer()), switched(world, transfer(paid_in=[oil]))
    assert paid.ledger == plain.ledger
    assert not paid.received


def test_what_comes_from_stock_costs_nothing_in_the_year(world):
    switch = switched(world, EFFECTS["production"] | {"from_stock": 1})
    assert switch.from_stock == {"Quay": 40}
    assert switch.withdrawn == {"Quay": 0}
    assert gains(world, switch.on).values == pytest.approx(0, abs=1e-6)


def test_what_is_newly_made_costs_its_maker_and_nobody_else(world):
    """The maker loses the labour and inputs; those who sell it inputs are paid what they cost."""
    small = EFFECTS["production"] | {"value": 2}
    switch = switched(world, small)
    cost = switch.withdrawn["Quay"]
    assert cost == pytest.approx(2 * 0.75 * 0.5)
    gained = gains(world, switch.on)
    assert float(gained.sel(region="Quay")) == pytest.approx(-cost, rel=0.1)
    assert abs(float(gained.sel(region=["Alder", "Moor"]).sum())) < 0.1 * cost


def test_content_is_the_leontief_inverse(world):
    """Value added by origin, against a dense inverse built cell by cell."""
    economy, count, kinds = economy_of(world), 3, 2
    inputs = np.zeros((count, kinds, count, kinds))  # [i, k, n, j]
    for n in range(count):
        for j in range(kinds):
            for k in range(kinds):
                inputs[:, k, n, j] = economy.trade_share[k, n] * economy.input_share[n, j, k]
    inverse = np.linalg.inv(np.eye(count * kinds) - inputs.reshape(count * kinds, -1))
    for j in range(kinds):
        for n in range(count):
            made = inverse[:, n * kinds + j].reshape(count, kinds)
            wanted = (made * np.asarray(economy.value_added_share).T).sum(axis=1)
            found = value_added_content(economy, j, n)
            assert found == pytest.approx(wanted, abs=1e-12)
            assert found.sum() == pytest.approx(1, abs=1e-12)


def test_production_beyond_what_there_is_is_refused(world):
    with pytest.raises(tumen.ScenarioError, match="more than there is"):
        switched(world, EFFECTS["production"] | {"value": 1e6})


def test_entry_by_sales_sells_as_much_at_benchmark_prices(world):
    effect = {"kind": "entry", **CELL, "sector": ["tools", "grain"], "sales": 12}
    to = apply_all(world, switched(world, effect).on)
    n, i = world.regions.index("Quay"), world.regions.index("Alder")
    weight = to.entry[:, n, i]
    spent = world.dataset["expenditure"].sel(region="Quay", sector=world.sectors).values
    assert float((weight / (1 + weight) * spent).sum()) == pytest.approx(12)
    assert np.count_nonzero(to.entry) == 2


def test_entry_does_not_depend_on_the_order_of_ties():
    """A trade tie takes out what the benchmark holds; a market entered is another tie's."""
    data = three_by_two().dataset
    share = data["trade_share"].copy(deep=True)
    cell = {**CELL, "sector": "tools"}
    own = {"importer": "Quay", "exporter": "Quay", "sector": "tools"}
    share.loc[own] = share.sel(own) + share.sel(cell)
    share.loc[cell] = 0.0
    world = tumen.balance(data.assign(trade_share=share)).world
    entry = switched(world, {"kind": "entry", **CELL, "sector": "tools", "share": 0.05}).on
    off = switched(world, {"kind": "trade", "between": ["Quay", "Alder"], "flow_hat": 1.2}).off
    one, other = (apply_all(world, shocks) for shocks in ([*off, *entry], [*entry, *off]))
    assert np.array_equal(one.entry, other.entry)
    assert float(one.entry.sum()) == pytest.approx(0.05 / 0.95)


def test_trade_can_be_one_way(world):
    """Only what the first sells to the second moves, to the recorded ratio; the rest may follow."""
    effect = {"kind": "trade", "between": ["Quay", "Alder"], "flow_hat": 1.2, "without": 0.6}
    for one_way, count in ((True, 2), (False, 4)):
        switch = switched(world, effect | {"one_way": one_way})
        for shocks, ratio in ((switch.on, 1.2), (switch.off, 0.6)):
            (shock,) = shocks
            assert int((shock.factor != 1).sum()) == count
            flow = tumen.solve(world, shocks).trade_flow / world.trade_flow
            cell = {"importer": "Alder", "exporter": "Quay"}
            assert flow.sel(cell).values == pytest.approx(ratio, rel=1e-8)


def test_a_weight_is_the_growth_of_sales_at_given_prices(world):
    to = apply_all(world, switched(world, EFFECTS["weight"]).on)
    theta = np.asarray(economy_of(world).trade_elasticity)
    n, i = world.regions.index("Quay"), world.regions.index("Alder")
    assert to.cost_factor[:, n, i] ** -theta == pytest.approx(np.full(2, 1.4))
    assert np.count_nonzero(to.cost_factor != 1) == 2


def test_the_bridge_cuts_the_cost_of_what_travels_by_truck():
    """Ores, coal and oil do not go by truck: their cost stays, exactly; no cost rises."""
    case = load_case("moscow-pyongyang")
    (bridge,) = (channel for channel in case.scenario.ties if channel.id == "bridge")
    setting = Setting(case.world, ["PRK", "RUS"], case.path.parent)
    (shock,) = switch_of(bridge, setting).on
    pair = shock.factor.sel(importer=["RUS", "PRK"], exporter=["PRK", "RUS"])
    assert float(pair.max()) <= 1
    there = shock.factor.sel(importer="RUS", exporter="PRK")
    assert (there.sel(sector=["COA", "MIN", "OGS", "PET"]) == 1).all()
    assert (there.sel(sector=["FOD", "TEX", "OMF", "AGR"]) < 1).all()
    (half,) = switch_of(bridge, setting._replace(level=0.5)).on
    assert (half.factor**2 - shock.factor).values == pytest.approx(0, abs=1e-12)
    assert switch_of(bridge, setting._replace(level=0.0)).on == []


BAD = {
    "paid in more than all": (
        transfer(paid_in=[{"title": "a", "sector": "grain", "share": 0.7}] * 2),
        "the shares add up to 1.4",
    ),
    "entry without a measure": (
        {"kind": "entry", **CELL, "sector": "tools"}, "exactly one of share, sales, of_potential",
    ),
    "two measures of a cost": (
        EFFECTS["trade cost"] | {"weight": 1.1}, "exactly one of change, weight",
    ),
    "cost below nothing": (EFFECTS["trade cost"] | {"change": -1}, "above -1"),
    "closed by a tie": (EFFECTS["weight"] | {"weight": 0}, "must be above 0"),
    "stock above one": (EFFECTS["production"] | {"from_stock": 1.5}, "between 0 and 1"),
    "negative outlay": (EFFECTS["outlay"] | {"value": -1}, "must not be negative"),
    "link that does nothing": (
        {"kind": "routes", "changes": [{"a": "q", "b": "a", "mode": "road"}]},
        "exactly one of open, days_saved, cheaper",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_effects_that_mean_nothing_are_refused(world, name):
    effect, words = BAD[name]
    with pytest.raises(ValueError, match=words):
        switched(world, effect)


def test_market_entry_takes_a_share_or_a_weight(world):
    for given in ({}, {"share": 0.1, "weight": 0.1}):
        with pytest.raises(tumen.ShockError, match="either share= or weight="):
            apply_all(world, [tumen.MarketEntry("Quay", "Alder", "tools", **given)])
    with pytest.raises(tumen.ShockError, match="at least 0"):
        apply_all(world, [tumen.MarketEntry("Quay", "Alder", "tools", weight=-0.1)])
