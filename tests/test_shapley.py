"""Shapley values: the axioms, a game with known values, and the split of real income."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import xarray as xr

import tumen
from tumen.analysis.attribution import large_interactions
from tumen.analysis.shapley import interactions_of, sampled, shapley, subsets, values_of
from worlds import random_world


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


def random_game(rng, count):
    """A game over `count` players with every subset's value drawn at will."""
    names = [f"p{number}" for number in range(count)]
    return names, {chosen: rng.normal(size=2) + len(chosen) for chosen in subsets(names)}


def pairwise_game(rng, count):
    """Values made of what players do alone and in pairs: a, b with v = sum a + sum b."""
    names = [f"p{number}" for number in range(count)]
    alone = dict(zip(names, rng.normal(size=count), strict=True))
    pairs = {pair: rng.normal() for pair in combinations(names, 2)}
    value = {
        chosen: np.array(
            sum(alone[name] for name in chosen)
            + sum(amount for pair, amount in pairs.items() if set(pair) <= chosen)
        )
        for chosen in subsets(names)
    }
    return names, alone, pairs, value


def test_glove_game_interactions():
    """Left and right complete each other, +1/2; the rights replace each other, -1/2."""
    names = ["left", "right 1", "right 2"]
    worth = lambda chosen: np.array(float("left" in chosen and len(chosen) > 1))  # noqa: E731
    found = interactions_of(names, values_of(names, worth))
    assert found["left", "right 1"] == pytest.approx(1 / 2)
    assert found["left", "right 2"] == pytest.approx(1 / 2)
    assert found["right 1", "right 2"] == pytest.approx(-1 / 2)


def test_interactions_of_a_pairwise_game_are_its_pairs():
    """They are the pairs' own values, and a player's part is its own plus half of its pairs."""
    names, alone, pairs, value = pairwise_game(np.random.default_rng(2), 6)
    found, parts = interactions_of(names, value), shapley(names, value)
    for pair, amount in pairs.items():
        assert found[pair] == pytest.approx(amount, abs=1e-12)
    for name in names:
        half = sum(amount for pair, amount in pairs.items() if name in pair) / 2
        assert parts[name] == pytest.approx(alone[name] + half, abs=1e-12)


def test_interaction_is_what_a_partner_changes_in_ones_part():
    """I_ij is i's Shapley value with j always in the game, less that without j (recursion)."""
    names, value = random_game(np.random.default_rng(8), 5)
    found = interactions_of(names, value)
    for i, j in combinations(names, 2):
        rest = [name for name in names if name != j]
        present = {chosen: value[chosen | {j}] for chosen in subsets(rest)}
        absent = {chosen: value[chosen] for chosen in subsets(rest)}
        wanted = shapley(rest, present)[i] - shapley(rest, absent)[i]
        np.testing.assert_allclose(found[i, j], wanted, atol=1e-12)


def test_drawn_orders_agree_with_all_subsets_within_their_error():
    names, value = random_game(np.random.default_rng(4), 8)
    parts, whole = shapley(names, value), value[frozenset(names)] - value[frozenset()]
    found = sampled(names, value.__getitem__, permutations=400, seed=1)
    np.testing.assert_allclose(sum(found.parts.values()), whole, atol=1e-12)
    for name in names:
        assert (found.error[name] > 0).all()
        assert (abs(found.parts[name] - parts[name]) < 4 * found.error[name]).all()


def test_stated_error_is_the_spread_of_the_estimate():
    """Over many seeds, the misses over their stated errors have a standard deviation near one."""
    names, value = random_game(np.random.default_rng(4), 8)
    parts = shapley(names, value)
    scores = []
    for seed in range(80):
        found = sampled(names, value.__getitem__, permutations=60, seed=seed)
        scores += [(found.parts[name] - parts[name]) / found.error[name] for name in names]
    assert 0.9 < np.std(scores) < 1.15
    assert abs(np.mean(scores)) < 0.1


def test_reversed_orders_make_pairwise_games_exact():
    names, _, _, value = pairwise_game(np.random.default_rng(3), 8)
    found, parts = sampled(names, value.__getitem__, permutations=4), shapley(names, value)
    for name in names:
        assert found.parts[name] == pytest.approx(parts[name], abs=1e-12)
        assert found.error[name] == pytest.approx(0, abs=1e-12)


def test_the_seed_decides_the_draw():
    names, value = random_game(np.random.default_rng(4), 6)
    one, two, other = (
        sampled(names, value.__getitem__, permutations=10, seed=seed).parts for seed in (7, 7, 8)
    )
    assert all((one[name] == two[name]).all() for name in names)
    assert any((one[name] != other[name]).any() for name in names)


def two_groups(world):
    a, b, c = world.regions
    return {
        "tariff": [tumen.Tariff(a, b, change=0.3)],
        "cost": [tumen.TradeCost(None, c, factor=1.2)],
        "ban": [tumen.Embargo(a, c, share=0.5)],
    }


@pytest.mark.parametrize("closure", ["fixed", "zero"])
def test_interactions_of_shocks(closure):
    """With two groups the interaction is what both do beyond one by one, whatever the closure."""
    w = random_world(np.random.default_rng(5), 3, 2, tariffs=True, deficits=True, inputs=True)
    groups = {name: shocks for name, shocks in two_groups(w).items() if name != "ban"}
    found = tumen.attribute(w, groups, closure=closure, interactions=True)
    alone = {name: tumen.solve(w, shocks, closure).real_income for name, shocks in groups.items()}
    both = tumen.solve(w, [*groups["tariff"], *groups["cost"]], closure).real_income
    wanted = both - alone["tariff"] - alone["cost"]
    pair = found.interaction.sel(group="tariff", other="cost")
    np.testing.assert_allclose(pair, wanted, atol=1e-9)
    np.testing.assert_allclose(found.interaction.sel(group="cost", other="tariff"), pair)
    assert found.interaction.sel(group="cost", other="cost").isnull().all()
    np.testing.assert_allclose(found.whole, both, atol=1e-9)
    np.testing.assert_allclose(found.shapley.sum("group"), both, atol=1e-9)


def test_large_interactions_are_listed():
    labels = {"group": ["x", "y", "z"], "other": ["x", "y", "z"], "region": ["R"]}
    table = xr.DataArray(np.zeros((3, 3, 1)), dims=tuple(labels), coords=labels)
    table.loc[{"group": "x", "other": "y"}] = -0.3
    table.loc[{"group": "y", "other": "z"}] = 0.15
    table.loc[{"group": "x", "other": "z"}] = 0.05
    whole = xr.DataArray([-1.0], dims=("region",), coords={"region": ["R"]})
    first, second = large_interactions(table, whole)
    assert (first.first, first.second, first.share) == ("x", "y", pytest.approx(0.3))
    assert (second.first, second.second, second.value) == ("y", "z", pytest.approx(0.15))


def test_drawn_orders_of_shocks_sum_to_the_whole():
    w = random_world(np.random.default_rng(5), 3, 2, tariffs=True, deficits=True, inputs=True)
    groups = two_groups(w)
    parts = tumen.attribute(w, groups)
    drawn = tumen.attribute(w, groups, permutations=60, seed=3)
    np.testing.assert_allclose(drawn.sum("group"), parts.sum("group"), atol=1e-12)
    gap = abs(drawn - parts)
    assert (gap <= 4 * drawn.standard_error + 1e-9).all()
    assert float(parts.standard_error.max()) == 0
    assert parts.attrs["exact"] == 1
    assert drawn.attrs["exact"] == 0


def test_more_than_twelve_groups_are_drawn():
    w = random_world(np.random.default_rng(5), 3, 2, tariffs=True, deficits=True, inputs=True)
    a, b, _ = w.regions
    groups = {"tariff": [tumen.Tariff(a, b, change=0.3)]} | {str(k): [] for k in range(12)}
    parts = tumen.attribute(w, groups, permutations=4)
    whole = tumen.solve(w, groups["tariff"]).real_income
    np.testing.assert_allclose(parts.sel(group="tariff"), whole, atol=1e-9)
    with pytest.raises(tumen.ShockError, match="at most 12"):
        tumen.attribute(w, groups, interactions=True)
    with pytest.raises(tumen.ShockError, match="pairs"):
        tumen.attribute(w, groups, permutations=5)


def test_a_subset_without_equilibrium_is_named():
    w = random_world(np.random.default_rng(5), 3, 2, tariffs=True, deficits=True, inputs=True)
    a, b, _ = w.regions
    groups = {"fine": [tumen.Tariff(a, b, change=0.1)], "ruin": [tumen.Transfer(a, b, value=1e6)]}
    with pytest.raises(tumen.SolveError, match="with ruin: absorption_negative"):
        tumen.attribute(w, groups)
