"""Shapley values: the axioms, a game with known values, and the split of real income."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import random_world

import tumen
from tumen.analysis.shapley import shapley, subsets, values_of


def test_glove_game():
    """One left glove, two right ones: the left is worth 2/3, each right 1/6 (a textbook case)."""
    names = ["left", "right 1", "right 2"]
    worth = lambda chosen: np.array(float("left" in chosen and len(chosen) > 1))  # noqa: E731
    parts = shapley(names, values_of(names, worth))
    assert parts["left"] == pytest.approx(2 / 3)
    assert parts["right 1"] == pytest.approx(1 / 6)


def test_additive_game_gives_each_its_own():
    own = {"a": 1.0, "b": -2.0, "c": 0.0, "d": 5.5}
    worth = lambda chosen: np.array(sum(own[name] for name in chosen))  # noqa: E731
    parts = shapley(list(own), values_of(list(own), worth))
    for name, value in own.items():
        assert parts[name] == pytest.approx(value, abs=1e-12)


def test_all_subsets_once():
    found = subsets(["a", "b", "c"])
    assert len(found) == len(set(found)) == 8


def test_parts_of_real_income_sum_to_the_whole():
    w = random_world(np.random.default_rng(5), 3, 2, tariffs=True, deficits=True, inputs=True)
    a, b, c = w.regions
    groups = {
        "tariff": [tumen.Tariff(a, b, change=0.3)],
        "cost": [tumen.TradeCost(None, c, factor=1.2)],
        "money": [tumen.Transfer(a, b, value=20.0)],
    }
    always = [tumen.Productivity(c, factor=1.1)]
    parts = tumen.attribute(w, groups, always)
    before = tumen.solve(w, always)
    after = tumen.solve(w, always + [shock for listed in groups.values() for shock in listed])
    whole = after.real_income - before.real_income
    assert parts.sum("group").values == pytest.approx(whole.values, abs=1e-9)
    assert float(parts.sel(group="money", region=b)) > 0 > float(parts.sel(group="money", region=a))


def test_a_group_that_does_nothing_gets_nothing():
    w = random_world(np.random.default_rng(5), 3, 2, tariffs=True, deficits=True, inputs=True)
    parts = tumen.attribute(
        w, {"nothing": [], "something": [tumen.TradeCost(w.regions[0], factor=1.5)]}
    )
    assert float(abs(parts.sel(group="nothing")).max()) == 0


def test_too_many_groups_are_refused():
    w = random_world(np.random.default_rng(5), 3, 2, tariffs=True, deficits=True, inputs=True)
    with pytest.raises(tumen.ShockError, match="at most 12"):
        tumen.attribute(w, {str(number): [] for number in range(13)})
