"""What draws are made from: distributions, ranges widened by reliability, correlated groups."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats

from tumen.scenario.copula import pearson_of, rank_of, together
from tumen.scenario.distributions import NORMAL_95, Range, quantile, widened
from tumen.scenario.evidence import Evidence
from tumen.scenario.figure import Figure, Share
from tumen.scenario.schema import Correlated
from tumen.scenario.uncertainty import STRETCH, row_range

MIDDLE = np.linspace(0, 1, 20_001)[:-1] + 0.5 / 20_000


def moments(within):
    """Mean and standard deviation by the quantile function, integrated over probabilities."""
    values = quantile(within, MIDDLE)
    return values.mean(), values.std()


def test_pert_has_the_mean_and_spread_of_its_formula():
    mean, spread = moments(Range(2.0, 3.0, 8.0, "pert"))
    assert mean == pytest.approx((2 + 4 * 3 + 8) / 6, rel=1e-4)
    # A beta with parameters a and b over a width h has variance h^2 ab / [(a + b)^2 (a + b + 1)].
    a, b = 1 + 4 / 6, 1 + 4 * 5 / 6
    assert spread == pytest.approx(6 * math.sqrt(a * b / 36 / 7), rel=1e-3)


def test_triangular_and_uniform_have_the_moments_of_their_formulas():
    mean, spread = moments(Range(1.0, 2.0, 6.0, "triangular"))
    assert mean == pytest.approx(3.0, rel=1e-4)
    assert spread == pytest.approx(math.sqrt((1 + 4 + 36 - 2 - 6 - 12) / 18), rel=1e-3)
    mean, spread = moments(Range(1.0, 2.0, 7.0, "uniform"))
    assert mean == pytest.approx(4.0)
    assert spread == pytest.approx(6 / math.sqrt(12), rel=1e-4)


@pytest.mark.parametrize("kind", ["normal", "lognormal"])
def test_ends_of_a_normal_are_its_fifth_and_ninety_fifth_percentile(kind):
    within = Range(2.0, 3.0, 7.0, kind)
    assert quantile(within, np.array([0.05, 0.5, 0.95])) == pytest.approx([2.0, 3.0, 7.0])
    ranks = quantile(within, MIDDLE)
    assert np.mean((ranks >= 2.0) & (ranks <= 7.0)) == pytest.approx(0.9, abs=1e-3)


def test_a_symmetric_lognormal_is_scipys():
    within = Range(2.0, 4.0, 8.0, "lognormal")
    other = stats.lognorm(s=math.log(2) / NORMAL_95, scale=4.0)
    assert quantile(within, MIDDLE) == pytest.approx(other.ppf(MIDDLE), rel=1e-9)


@given(
    ends=st.tuples(*[st.floats(0.01, 0.99)] * 3).map(sorted).filter(lambda e: e[2] - e[0] > 1e-3),
    kind=st.sampled_from(["pert", "triangular", "uniform"]),
    p=st.lists(st.floats(1e-6, 1 - 1e-6), min_size=2, max_size=20).map(sorted),
)
def test_values_rise_with_the_probability_and_stay_inside(ends, kind, p):
    values = quantile(Range(*ends, kind), np.array(p))
    assert (np.diff(values) >= -1e-12).all()
    assert values.min() >= ends[0] - 1e-12
    assert values.max() <= ends[2] + 1e-12


def test_widening_multiplies_odds_of_shares_and_ratios_of_amounts():
    share = widened(Share(low=0.04, central=0.1, high=0.196, unit="share"), 1.5)

    def odds(value):
        return math.log(value / (1 - value))

    for end, stated in ((share.low, 0.04), (share.high, 0.196)):
        assert odds(end) - odds(0.1) == pytest.approx(1.5 * (odds(stated) - odds(0.1)))
    amount = widened(Figure(low=50, central=100, high=400, unit="USD"), 1.5)
    assert (amount.low, amount.high) == pytest.approx((100 / 2**1.5, 800))
    change = widened(Figure(low=-1, central=0, high=2, unit="points"), 1.5)
    assert (change.low, change.high) == (-1.5, 3.0)


@given(
    ends=st.tuples(*[st.floats(0, 1)] * 3).map(sorted),
    factor=st.floats(1, 2),
)
def test_a_widened_share_stays_a_share_and_keeps_its_bounds(ends, factor):
    low, centre, high = ends
    found = widened(Share(low=low, central=centre, high=high, unit="share"), factor)
    assert 0 <= found.low <= low + 1e-12
    assert high - 1e-12 <= found.high <= 1
    assert found.central == centre
    if low == 0:
        assert found.low == 0
    if high == 1:
        assert found.high == 1


def test_the_better_the_source_the_narrower_the_range():
    assert STRETCH["A"] == 1 < STRETCH["B"] < STRETCH["C"]
    assert STRETCH["D"] <= STRETCH["M"]


def row(low, central, high, reliability="A"):
    return Evidence("X001", "a fall", low, central, high, "%", "", "p", "t", "", "", reliability,
                    *[""] * (len(Evidence.__dataclass_fields__) - 12))  # fmt: skip


def test_a_row_of_falls_runs_from_the_smaller_to_the_larger_number():
    within = row_range(row("-55", "-59", "-61"))
    assert (within.low, within.central, within.high) == (-61, -59, -55)
    wider = row_range(row("-55", "-59", "-61", "C"))
    assert (wider.low, wider.high) == (-62, -53)


@pytest.mark.parametrize("cells", [("", "5", ""), ("5", "5", "5"), ("a", "b", "c"), ("1", "", "2")])
def test_a_row_without_a_range_is_not_drawn(cells):
    assert row_range(row(*cells)) is None


@pytest.mark.parametrize("rank", [-0.3, 0.0, 0.5, 0.8])
def test_groups_have_the_stated_rank_correlation(rank):
    points = stats.qmc.Sobol(3, rng=np.random.default_rng(1)).random(4096) + 1e-9
    drawn = together(points, rank)
    found = stats.spearmanr(drawn).statistic
    assert found[np.triu_indices(3, 1)] == pytest.approx(rank, abs=0.01)
    # Each on its own is as uniform as before.
    for column in drawn.T:
        assert stats.kstest(column, "uniform").statistic < 0.01


@given(st.floats(-0.99, 0.99))
def test_rank_and_product_moment_correlation_are_each_others_inverse(rank):
    assert rank_of(pearson_of(rank)) == pytest.approx(rank, abs=1e-12)


def test_a_correlation_that_cannot_be_is_refused():
    with pytest.raises(ValidationError, match="3 inputs cannot all have a rank correlation"):
        Correlated(id="x", inputs=["a", "b", "c"], rank_correlation=-0.9, reason="none")
    with pytest.raises(ValidationError, match="stands twice"):
        Correlated(id="x", inputs=["a", "a"], rank_correlation=0.5, reason="none")


def test_a_lognormal_from_zero_is_refused():
    with pytest.raises(ValidationError, match="a lognormal needs low above zero"):
        Figure(low=0, central=1, high=2, unit="x", distribution="lognormal")
