"""The value of a coalition: each member's part of the loss that all their measures cause."""

from __future__ import annotations

import numpy as np
import pytest

import tumen
from worlds import random_world


@pytest.fixture(scope="module")
def world():
    return random_world(np.random.default_rng(9), 4, 2, tariffs=False)


def measures(world, target, members):
    return {
        name: [tumen.Embargo(name, target, share=0.8), tumen.Embargo(target, name, share=0.8)]
        for name in members
    }


def test_parts_and_characteristic_function(world):
    target, *members = world.regions
    shocks = measures(world, target, members)
    always = [tumen.TradeCost(members[0], members[1], factor=1.1)]
    found = tumen.coalition_value(world, target, members, shocks, always=always)
    before = 1 + float(tumen.solve(world, always).real_income.sel(region=target)) / 100
    assert found.sizes == {"member": 3, "coalition": 8}
    for chosen in found.coalition.values:
        inside = found.includes.sel(coalition=chosen)
        names = [name for name in members if bool(inside.sel(member=name))]
        assert str(chosen) == ("+".join(names) or "none")
        result = tumen.solve(world, [*always, *(s for name in names for s in shocks[name])])
        after = 1 + float(result.real_income.sel(region=target)) / 100
        loss = 100 * (1 - after / before)
        assert float(found.value.sel(coalition=chosen)) == pytest.approx(loss, abs=1e-9)
    whole = float(found.value.sel(coalition="+".join(members)))
    assert whole > 0
    assert float(found.shapley.sum()) == pytest.approx(whole, abs=1e-12)
    assert (found.shapley > 0).all()


def test_two_members_by_hand(world):
    """Half of what a member adds first and half of what it adds last."""
    target, a, b, _ = world.regions
    found = tumen.coalition_value(world, target, [a, b], measures(world, target, [a, b]))
    value = {str(name): float(found.value.sel(coalition=name)) for name in found.coalition.values}
    assert value["none"] == 0
    wanted = (value[a] + value[f"{a}+{b}"] - value[b]) / 2
    assert float(found.shapley.sel(member=a)) == pytest.approx(wanted, abs=1e-12)


def test_drawn_orders_keep_the_sum(world):
    target, *members = world.regions
    shocks = measures(world, target, members)
    exact = tumen.coalition_value(world, target, members, shocks)
    drawn = tumen.coalition_value(world, target, members, shocks, permutations=6, seed=2)
    assert float(drawn.shapley.sum()) == pytest.approx(float(exact.shapley.sum()), abs=1e-12)
    assert (exact.standard_error == 0).all()
    assert exact.attrs["exact"] == 1
    assert drawn.attrs["exact"] == 0


def test_bad_input_is_named(world):
    target, a, b, _ = world.regions
    shocks = measures(world, target, [a])
    with pytest.raises(tumen.ShockError, match="unknown region"):
        tumen.coalition_value(world, "Atlantis", [a], shocks)
    with pytest.raises(tumen.ShockError, match="has no measures"):
        tumen.coalition_value(world, target, [a, b], shocks)
    with pytest.raises(tumen.ShockError, match="named twice"):
        tumen.coalition_value(world, target, [a, a], shocks)
    with pytest.raises(tumen.ShockError, match="empty"):
        tumen.coalition_value(world, target, [], shocks)
