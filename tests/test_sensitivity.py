"""Shares of variance, tornado and expected bands against functions whose answers are known."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import draws
from draws import FakeInput, sample
from tumen.analysis.factors import columns_of, factors, factors_of
from tumen.analysis.sensitivity import jackknife_error, sensitivity
from tumen.errors import TumenError


def by_name(found):
    return {one.factor.name: one for one in found.effects}


def linear(*weights):
    return lambda unit: unit[:, : len(weights)] @ np.array(weights, float)


def test_ishigami_among_sixty_inputs():
    found = sensitivity(sample(draws.ishigami, 60), "y")
    shares = by_name(found)
    for name, true in zip(("x1", "x2", "x3"), draws.ISHIGAMI_FIRST, strict=True):
        one = shares[name]
        assert one.share == pytest.approx(true, abs=max(3 * one.share_error, 0.01))
        assert one.share == pytest.approx(true, abs=0.04)
    assert found.alone == pytest.approx(sum(draws.ISHIGAMI_FIRST), abs=0.05)
    assert [one.factor.name for one in found.narrowing()] == ["x2", "x1"]


def test_g_function_among_sixty_inputs():
    weight = np.r_[0, 1, 4.5, 9, np.full(56, 99.0)]
    found = sensitivity(sample(lambda unit: draws.g_function(unit, weight), 60), "y")
    shares = by_name(found)
    for i, true in enumerate(draws.g_first(weight)[:4]):
        one = shares[f"x{i + 1}"]
        assert one.share == pytest.approx(true, abs=max(3 * one.share_error, 0.02))
    # Together with others the factors do what they do not do one by one.
    assert found.alone < draws.g_total(weight).sum() - 0.1


@pytest.mark.parametrize("size", [256, 1024])
def test_inputs_without_effect_are_zero_within_their_error(size):
    shares = by_name(sensitivity(sample(draws.ishigami, 60, size), "y"))
    idle = [shares[f"x{i}"] for i in range(4, 61)]
    assert np.mean([one.share for one in idle]) == pytest.approx(0, abs=0.003)
    assert np.sqrt(np.mean([one.share**2 for one in idle])) < 0.01
    assert np.mean([one.told for one in idle]) < 0.1


def test_the_error_is_about_the_spread_over_other_seeds():
    weight = np.array([0, 1, 4.5])
    found = [
        by_name(sensitivity(sample(lambda unit: draws.g_function(unit, weight), 3, 512, seed), "y"))
        for seed in range(16)
    ]
    for name in ("x1", "x2"):
        spread = np.std([one[name].share for one in found], ddof=1)
        said = np.mean([one[name].share_error for one in found])
        assert 0.6 * spread < said < 1.7 * spread


def test_tornado_of_a_linear_outcome():
    weights = (5, -4, 3, 2, 1, 0)
    found = sensitivity(sample(linear(*weights), 6), "y")
    mean = sum(weights) / 2
    for i, weight in enumerate(weights):
        one = by_name(found)[f"x{i + 1}"]
        # The middle of the lowest tenth is 0.05, of the highest 0.95.
        assert one.low == pytest.approx(mean - 0.45 * weight, abs=0.01)
        assert one.high == pytest.approx(mean + 0.45 * weight, abs=0.01)
    assert [one.factor.name for one in found.tornado()] == ["x1", "x2", "x3", "x4", "x5"]
    assert len(found.tornado(2)) == 2


def test_tornado_and_narrowing_rank_differently_where_an_effect_turns():
    found = sensitivity(sample(lambda u: 4 * (u[:, 0] - 0.5) ** 2 + 0.6 * u[:, 1], 3), "y")
    longest, turning = found.tornado()
    assert longest.factor.name == "x2"
    # Both ends of x1 lie on the same side of the mean of 1/3: its bar has a length all the same.
    assert turning.low == pytest.approx(turning.high, abs=0.02)
    assert turning.reach(found.mean) == pytest.approx(4 * (0.25 - 0.05 + 1 / 300) - 1 / 3, abs=0.02)
    assert found.narrowing()[0].factor.name == "x1"


def test_narrowing_of_a_quadratic_with_known_conditional_variance():
    found = sensitivity(sample(lambda u: 4 * (u[:, 0] - 0.5) ** 2 + 0.5 * u[:, 1], 5, 2048), "y")
    first, second = found.narrowing()
    curved, straight = 16 * (1 / 80 - 1 / 144), 0.25 / 12
    assert (first.factor.name, second.factor.name) == ("x1", "x2")
    assert first.share == pytest.approx(curved / (curved + straight), abs=0.01)
    assert second.share == pytest.approx(straight / (curved + straight), abs=0.01)
    assert first.known_band == pytest.approx(0.5 * 0.9, rel=0.03)
    assert second.known_band == pytest.approx(0.95**2 - 0.05**2, rel=0.03)
    assert found.width > first.known_band
    idle = by_name(found)["x3"]
    assert idle.known_band == pytest.approx(found.width, rel=0.03)


def test_narrowing_where_the_spread_depends_on_the_input():
    """Given x1 the outcome is uniform over plus or minus x1: 0.9 times the mean of 2 x1."""
    found = sensitivity(sample(lambda u: u[:, 0] * (2 * u[:, 1] - 1), 3, 2048), "y")
    one = by_name(found)["x1"]
    assert one.share == pytest.approx(0, abs=0.01)
    assert one.known_band == pytest.approx(0.9, rel=0.04)
    assert by_name(found)["x3"].known_band == pytest.approx(found.width, rel=0.04)


@pytest.mark.parametrize(("correlation", "together"), [(1.0, 1), (0.8, 3)])
def test_a_correlated_group_is_one_factor(correlation, together):
    inputs = [
        FakeInput(f"x{i}", f"Figure {i}", correlated="gas" if i < 3 else "") for i in range(8)
    ]
    held = sample(linear(1, 1, 1, 2), inputs, 1024, correlation=correlation)
    group = factors_of(held.inputs)[0]
    assert (group.name, group.inputs) == ("gas", ("x0", "x1", "x2"))
    assert group.title == "Figure 0, and 2 drawn with it"
    assert columns_of(group, held.unit).shape[1] == together
    found = by_name(sensitivity(held, "y"))
    assert set(found) == {"gas", "x3", "x4", "x5", "x6", "x7"}
    own = (held.unit[:, :3].sum(axis=1)).var() / held.outcomes["y"].var()
    assert found["gas"].share == pytest.approx(own, abs=0.02)
    assert found["gas"].share + found["x3"].share == pytest.approx(1, abs=0.02)
    assert found["gas"].low < found["gas"].high


def test_what_a_group_does_among_its_own_counts_as_its_own():
    inputs = [FakeInput(f"x{i}", correlated="pair" if i < 2 else "") for i in range(4)]
    held = sample(lambda u: (u[:, 0] - 0.5) * (u[:, 1] - 0.5), inputs, correlation=0.0)
    assert by_name(sensitivity(held, "y"))["pair"].share == pytest.approx(1, abs=0.01)


@settings(max_examples=12, deadline=None)
@given(
    weights=st.lists(st.floats(-5, 5).filter(lambda w: abs(w) > 0.2), min_size=2, max_size=5),
    scale=st.floats(0.01, 1e6),
    shift=st.floats(-1e3, 1e3),
)
def test_shares_are_those_of_any_unit(weights, scale, shift):
    held = sample(linear(*weights), 8, 256)
    moved = replace(held, outcomes={"y": shift + scale * held.outcomes["y"]})
    plain, other = by_name(sensitivity(held, "y")), by_name(sensitivity(moved, "y"))
    squares = np.square(weights) / np.square(weights).sum()
    for i, true in enumerate(squares):
        one = plain[f"x{i + 1}"]
        assert one.share == pytest.approx(true, abs=0.08)
        assert other[f"x{i + 1}"].share == pytest.approx(one.share, abs=1e-3)
        assert other[f"x{i + 1}"].known_band == pytest.approx(
            scale * one.known_band, rel=0.05, abs=1e-6 * scale
        )


def test_failed_draws_and_undefined_outcomes_are_counted():
    held = sample(linear(2, 1), 4)
    values = held.outcomes["y"].copy()
    values[:30] = np.nan
    status = held.status.copy()
    status[:10] = "no convergence"
    found = sensitivity(replace(held, outcomes={"y": values}, status=status), "y")
    assert (found.used, found.failed, found.undefined) == (1024 - 30, 10, 20)
    assert by_name(found)["x1"].share == pytest.approx(0.8, abs=0.02)


def test_a_dear_outcome_on_the_first_draws():
    held = sample(linear(2, 1), 4)
    found = sensitivity(replace(held, outcomes={"y": held.outcomes["y"][:128]}), "y")
    assert found.used == 128
    assert by_name(found)["x1"].share == pytest.approx(0.8, abs=0.1)


def test_what_cannot_be_told_is_refused():
    held = sample(linear(2, 1), 4)
    y = held.outcomes["y"]
    failed = np.where(np.arange(1024) < 60, "no convergence", "converged")
    with pytest.raises(TumenError, match="60 of 1024 draws did not converge, more than 5 %"):
        sensitivity(replace(held, status=failed), "y")
    with pytest.raises(TumenError, match="does not exist in 600 of 1024 draws"):
        sensitivity(replace(held, outcomes={"y": np.where(np.arange(1024) < 600, np.nan, y)}), "y")
    with pytest.raises(TumenError, match="40 draws are too few"):
        sensitivity(replace(held, outcomes={"y": y[:40]}), "y")
    with pytest.raises(TumenError, match="the same in every draw"):
        sensitivity(replace(held, outcomes={"y": np.full(1024, 3.0)}), "y")


def test_jackknife_of_means_is_the_classical_error():
    values = np.random.default_rng(3).normal(size=8)
    left_out = np.array([np.delete(values, i).mean() for i in range(8)])
    assert jackknife_error(left_out) == pytest.approx(values.std(ddof=1) / np.sqrt(8))


def test_no_salib_is_needed(monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib", None)
    assert sensitivity(sample(linear(2, 1), 4), "y").narrowing()


TIED = [
    FakeInput("ties.arms.gross", "Arms: gross value", channel="arms"),
    FakeInput("ties.arms.realised", "Arms: share that arrives", channel="arms"),
    FakeInput("ties.oil.gross", "Oil: gross value", channel="oil", correlated="energy"),
    FakeInput("ties.gas.gross", "Gas: gross value", channel="gas", correlated="energy"),
    FakeInput("elasticity.AGR", "Trade elasticity: farming"),
    FakeInput("elasticity.MIN", "Trade elasticity: mining"),
    FakeInput("E7", "Days lost at the border"),
]


def test_groups_by_tie_elasticities_and_rest():
    found = {one.name: one for one in factors(TIED)}
    assert list(found) == ["arms", "energy", "elasticities", "rest"]
    assert found["arms"].members == (0, 1)
    assert found["energy"].members == (2, 3)  # drawn together, so no tie of its own
    assert found["elasticities"].title == "Trade elasticities"
    assert found["rest"].inputs == ("E7",)


def test_groups_of_the_strongest_and_the_rest():
    found = factors(TIED, ["E7", "energy"])
    assert [(one.name, one.members) for one in found] == [
        ("energy", (2, 3)),
        ("E7", (6,)),
        ("rest", (0, 1, 4, 5)),
    ]
    with pytest.raises(TumenError, match=r"'energi', which is no input.*did you mean energy"):
        factors(TIED, ["energi"])
