"""Total effects by a Saltelli design, against functions whose answers are known."""

import sys

import numpy as np
import pytest

import draws
from draws import FakeInput, sample
from test_sensitivity import TIED, linear
from tumen.analysis.factors import factors, factors_of
from tumen.analysis.saltelli import rbd_fast_shares, sobol_design, sobol_indices
from tumen.errors import TumenError


def plain(count):
    return [FakeInput(f"x{i + 1}", f"Figure {i + 1}") for i in range(count)]


def indices(inputs, function, base=1024, seed=1, groups=None):
    design = sobol_design(inputs, base, seed, groups or factors_of(inputs))
    return {
        one.group.name: one for one in sobol_indices(design, inputs, function(design.unit)).effects
    }


def test_totals_of_ishigami():
    found = indices(plain(3), draws.ishigami, 2048)
    for i, name in enumerate(("x1", "x2", "x3")):
        one = found[name]
        assert one.first == pytest.approx(draws.ISHIGAMI_FIRST[i], abs=0.03)
        assert one.total == pytest.approx(draws.ISHIGAMI_TOTAL[i], abs=0.03)
        assert abs(one.total - draws.ISHIGAMI_TOTAL[i]) < 1.5 * one.total_half_width


def test_totals_of_the_g_function():
    weight = np.array([0, 1, 4.5, 9, 99, 99])
    found = indices(plain(6), lambda unit: draws.g_function(unit, weight))
    for i, one in enumerate(found[f"x{k}"] for k in range(1, 7)):
        assert one.first == pytest.approx(draws.g_first(weight)[i], abs=0.04)
        assert one.total == pytest.approx(draws.g_total(weight)[i], abs=0.04)


def test_groups_add_up_where_the_outcome_does():
    function = linear(3, 2, 1, 1, 1, 1, 2)
    found = indices(TIED, function, groups=factors(TIED))
    whole = 9 + 4 + 1 + 1 + 1 + 1 + 4
    expected = {"arms": 13, "energy": 2, "elasticities": 2, "rest": 4}
    for name, part in expected.items():
        assert found[name].total == pytest.approx(part / whole, abs=0.02)
        assert found[name].first == pytest.approx(found[name].total, abs=0.03)


def test_groups_may_come_in_any_order():
    inputs = plain(3)
    groups = [factors_of(inputs)[i] for i in (2, 0, 1)]
    found = indices(inputs, linear(3, 2, 1), groups=groups)
    assert found["x1"].total > found["x2"].total > found["x3"].total


def test_correlation_may_be_put_on_within_a_group():
    """x1 and x2 made equal after the design: together they are (1 + 1) squared of 4 + 1 parts."""
    inputs = [FakeInput("a", correlated="g"), FakeInput("b", correlated="g"), FakeInput("c")]

    def tied(unit):
        return 2 * unit[:, 0] + unit[:, 2]

    found = indices(inputs, tied)
    assert found["g"].total == pytest.approx(4 / 5, abs=0.02)


def test_points_lie_inside_and_follow_the_seed():
    first, again, other = (sobol_design(TIED, 64, seed) for seed in (5, 5, 6))
    assert first.unit.shape == (64 * 6, 7)
    assert ((first.unit > 0) & (first.unit < 1)).all()
    assert np.array_equal(first.unit, again.unit)
    assert not np.array_equal(first.unit, other.unit)
    block = first.unit[: first.block]
    for at, group in enumerate(first.groups):
        changed = np.flatnonzero(block[1 + at] != block[0])
        assert tuple(changed) == group.members


def test_blocks_with_a_lost_point_are_left_out_and_counted():
    inputs = plain(3)
    design = sobol_design(inputs, 512, 3, factors_of(inputs))
    values = linear(3, 2, 1)(design.unit)
    values[[0, 1, 700]] = np.nan
    found = sobol_indices(design, inputs, values)
    assert (found.blocks, found.lost) == (512, 2)
    assert found.effects[0].total == pytest.approx(9 / 14, abs=0.03)
    values[::40] = np.nan
    with pytest.raises(TumenError, match="of 512 blocks hold a point without an outcome"):
        sobol_indices(design, inputs, values)


def test_what_makes_no_design_is_refused():
    inputs = plain(3)
    with pytest.raises(TumenError, match="power of two"):
        sobol_design(inputs, 100, 1, factors_of(inputs))
    with pytest.raises(TumenError, match="every input must stand in one group"):
        sobol_design(inputs, 64, 1, factors_of(inputs)[:2])
    apart = factors_of([FakeInput(one.name) for one in TIED])
    with pytest.raises(TumenError, match="drawn together and must stand in one group"):
        sobol_design(TIED, 64, 1, apart)
    with pytest.raises(TumenError, match="two groups at least"):
        sobol_design(inputs, 64, 1, factors(inputs, []))
    design = sobol_design(inputs, 64, 1, factors_of(inputs))
    with pytest.raises(TumenError, match="has 320 points"):
        sobol_indices(design, inputs, np.ones(7))
    with pytest.raises(TumenError, match="the same at every point"):
        sobol_indices(design, inputs, np.ones(320))


def test_without_salib_one_sentence_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "SALib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "SALib", None)
    with pytest.raises(TumenError, match=r"pip install tumen\[sensitivity\]"):
        sobol_design(plain(3), 64, 1, factors_of(plain(3)))


def test_another_method_agrees_on_single_inputs():
    shares = rbd_fast_shares(sample(draws.ishigami, 20, 2048), "y")
    for i, true in enumerate(draws.ISHIGAMI_FIRST):
        assert shares[f"x{i + 1}"] == pytest.approx(true, abs=0.04)
    assert len(shares) == 20
