"""Verdicts over draws: shares that are known beforehand, their errors, and what decides them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tumen
from fake_sample import REPLICATES, FakeInput, FakeSample, bare_case
from tumen.analysis.deciding import strongest
from tumen.analysis.shares import capability, close_to, estimate, word_for
from tumen.analysis.thresholds import threshold_curve
from tumen.analysis.verdicts import verdicts
from tumen.scenario.claims import Claim, ClaimTest, Ledger

MONEY = FakeInput("ties.money.effects.n1.gross", "Money: value", 0, 100, evidence=("E1",))
OTHER = FakeInput("ties.other.effects.n1.gross", "Other: value", 0, 10)
KEYS = {"gain": "x", "title": "y"}


def probe(prediction, threshold=None, **more):
    return ClaimTest(
        title="Test",
        prediction=prediction,
        threshold=threshold,
        unit="points",
        reason="any",
        **more,
    )


def ledger_of(*tests, kind="likelihood", modality="statement"):
    claim = Claim(
        id="C1", speaker="A", claim="B", modality=modality, kind=kind, fails_if="C", tests=tests
    )
    document = type("Document", (), {"where": lambda self, place: f"claims.yaml, {place}"})()
    return Ledger((claim,), {}, document)


@pytest.fixture
def sample():
    """`loss.X` is even between 0 and 100, of which money undoes the drawn part."""
    made = FakeSample(bare_case(("money", "other")), (MONEY, OTHER))
    money, other = made.drawn(MONEY.name), made.drawn(OTHER.name)
    made.outcomes["loss.X"] = money + 0.0 * other
    made.outcomes["real_income.X"] = money + other
    made.deep["leverage.X"] = other[:512]
    made.off = {
        "money": {"loss.X": 0 * money[:512], "real_income.X": other[:512]},
        "other": {"loss.X": money[:512], "real_income.X": money[:512]},
    }
    return made


def only(sample, test, **more):
    thresholds = more.pop("thresholds", None)
    (found,) = verdicts(ledger_of(test, **more), sample, thresholds)
    return found


@pytest.mark.parametrize("share", [0.05, 0.25, 0.5, 0.75, 0.95])
def test_the_share_of_an_even_figure_is_where_the_threshold_stands(sample, share):
    found = only(sample, probe("loss.X < threshold", 100 * share))
    assert found.estimate.share == pytest.approx(share, abs=2 / 512)
    assert found.estimate.rule == "scramblings"
    assert found.draws == 4096
    assert found.undefined == found.unconverged == 0
    assert found.word == word_for(share)


def test_the_error_is_the_spread_of_the_scramblings():
    generator = np.random.default_rng(3)
    held = generator.random(8000) < 0.3
    replicate = np.repeat(np.arange(8), 1000)
    means = held.reshape(8, 1000).mean(axis=1)
    found = estimate(held, replicate)
    expected = math.sqrt(((means - means.mean()) ** 2).sum() / 7 / 8)
    assert found.error == pytest.approx(expected, rel=1e-12)
    # Independent draws spread as the binomial has it; eight shares tell that to a factor of two.
    assert 0.5 < found.error / math.sqrt(0.3 * 0.7 / 8000) < 2


@given(st.floats(0.1, 0.9), st.integers(0, 10_000))
def test_the_error_covers_the_truth(share, seed):
    generator = np.random.default_rng(seed)
    held = generator.random((8, 200)) < share
    found = estimate(held.ravel(), np.repeat(np.arange(8), 200))
    # Student's t on seven degrees of freedom leaves six errors in a thousand at 3.9.
    assert abs(found.share - share) < 8 * found.error + 0.01


def test_where_all_draws_agree_the_error_is_three_over_their_number(sample):
    for threshold, share in ((-1, 1.0), (101, 0.0)):
        found = only(sample, probe("loss.X > threshold", threshold))
        assert found.estimate.share == share
        assert found.estimate.error == 3 / 4096
        assert found.estimate.rule == "rule of three"


WORDS = {
    1.0: "supported", 0.8: "supported", 0.79: "leans towards", 0.6: "leans towards",
    0.59: "open", 0.4: "open", 0.39: "leans against", 0.2: "leans against",
    0.19: "not supported", 0.0: "not supported",
}  # fmt: skip


@pytest.mark.parametrize("share", WORDS)
def test_one_rule_gives_the_word(share):
    assert word_for(share) == WORDS[share]


@given(st.floats(0, 1), st.floats(0, 0.1))
def test_close_is_where_the_error_reaches_another_word(share, error):
    near = close_to(share, error)
    reached = {word_for(max(share - error, 0)), word_for(min(share + error, 1))} - {word_for(share)}
    if near:
        assert near != word_for(share)
    assert reached <= {near}


def test_what_could_be_so_is_told_from_what_is_likely(sample):
    test = probe("loss.X > threshold", 90)
    likely, could = only(sample, test), only(sample, test, kind="capability", modality="could")
    assert (likely.word, likely.likely) == ("not supported", "")
    assert (could.word, could.likely) == ("possible", "not supported")
    assert could.estimate == likely.estimate
    rare = only(sample, probe("loss.X > threshold", 97), kind="capability")
    assert rare.word == "not possible"
    edge = only(sample, probe("loss.X > threshold", 95), kind="capability")
    assert edge.close_to in ("possible", "not possible")
    assert (capability(0.05), capability(0.0499)) == ("possible", "not possible")
    # One test of a claim may ask for another thing than the rest.
    own = only(sample, probe("loss.X > threshold", 90, kind="likelihood"), kind="capability")
    assert own.word == "not supported"


def test_draws_without_a_value_are_counted_and_too_many_end_the_verdict(sample):
    lost = sample.outcomes["loss.X"].copy()
    lost[:40] = np.nan
    sample.status[:10] = "stalled"
    sample.outcomes["loss.X"] = lost
    found = only(sample, probe("loss.X > threshold", 50))
    assert (found.draws, found.undefined, found.unconverged) == (4056, 30, 10)
    assert found.word == "open"
    lost[:500] = np.nan
    found = only(sample, probe("loss.X > threshold", 50))
    assert found.word == "not defined"
    assert found.estimate is None
    assert found.why == "490 of 4,096 draws have no value, more than one in ten"
    sample.status[:] = "stalled"
    lost[:] = np.nan
    found = only(sample, probe("loss.X > threshold", 50))
    assert found.why == "no draw has a value: 4,096 of 4,096 did not converge"


def test_what_does_not_vary_has_no_probability(sample):
    sample.outcomes["fixed.X"] = np.full(4096, 3.0)
    for sign, word in ((">", "holds, no range known"), ("<", "fails, no range known")):
        found = only(sample, probe(f"fixed.X {sign} threshold", 2))
        assert (found.word, found.estimate) == (word, None)
        assert found.found.median == 3
    assert only(sample, ClaimTest(title="No", undecided="Nobody knows.")).why == "Nobody knows."


def test_dear_results_are_judged_on_the_draws_that_have_them(sample):
    found = only(sample, probe("leverage.X + 0 * loss.X > threshold", 5))
    assert found.draws == 512
    assert found.estimate.share == pytest.approx(0.5, abs=0.02)


def test_the_group_that_decides_is_the_one_whose_loss_moves_the_probability(sample):
    found = only(sample, probe("real_income.X > threshold", 55))
    assert [effect.group for effect in found.channels] == ["money", "other"]
    money, other = found.channels
    assert money.without == 0
    assert money.change.share == pytest.approx(-money.before)
    assert money.before == pytest.approx(0.5, abs=0.02)
    assert other.change.share == pytest.approx(-0.05, abs=0.02)
    assert money.draws == 512
    assert strongest(found.channels) is money
    # Nothing moves what holds whatever is taken out.
    sure = only(sample, probe("real_income.X >= threshold", 0))
    assert strongest(sure.channels) is None
    assert only(sample, probe("leverage.X > threshold", 5)).channels is None


def test_the_figure_that_decides_separates_holding_from_failing(sample):
    found = only(sample, probe("real_income.X > threshold", 55))
    first = found.figures[0]
    assert first.input is MONEY
    assert first.separation > 0.9
    assert (first.below, first.above) == pytest.approx((100 / 3, 200 / 3), abs=0.5)
    assert first.low == 0
    assert first.high == 1
    against = only(sample, probe("real_income.X < threshold", 55))
    assert against.figures[0].separation == pytest.approx(-first.separation)


@pytest.mark.parametrize("prediction", ["loss.X > threshold", "-loss.X < threshold"])
def test_where_all_draws_agree_the_margin_names_the_figure(sample, prediction):
    threshold = -1 if prediction.startswith("loss") else 1
    found = only(sample, probe(prediction, threshold))
    assert found.estimate.share == 1
    assert [one.input for one in found.figures] == [MONEY]
    # The margin is largest, and the test safest, where the figure is high.
    assert found.figures[0].separation == pytest.approx(1)


def test_a_figure_that_has_no_part_in_it_never_decides(sample):
    for seed in range(5):
        bare = FakeSample(sample.case, (MONEY, OTHER), seed=20 * seed + 100)
        generator = np.random.default_rng(seed)
        bare.outcomes["noise.X"] = generator.random(4096)
        assert only(bare, probe("noise.X > threshold", 0.5)).figures == ()


def test_thresholds_can_be_moved(sample):
    ledger = ledger_of(
        probe("loss.X > threshold", 50), probe("loss.X > 1"), ClaimTest(title="No", undecided="-.")
    )
    first = verdicts(ledger, sample, {"C1.1": 25})[0]
    assert first.estimate.share == pytest.approx(0.75, abs=0.01)
    assert (first.moved_from, first.test.threshold) == (50, 25)
    assert verdicts(ledger, sample)[0].moved_from is None
    for key, value, words in (
        ("C1.9", 1, "no such test; did you mean C1"),
        ("C1.2", 1, "compares with no threshold"),
        ("C1.3", 1, "no model decides it"),
        ("C1.1", math.inf, "no finite number"),
    ):
        with pytest.raises(tumen.ScenarioError, match=words):
            verdicts(ledger, sample, {key: value})


@pytest.mark.parametrize(("sign", "falls"), [(">=", True), (">", True), ("<", False)])
def test_the_curve_of_a_threshold(sample, sign, falls):
    test = probe(f"loss.X {sign} threshold", 42)
    curve = threshold_curve(test, sample)
    assert 42 in curve.thresholds
    steps = np.diff(curve.probability)
    assert (steps <= 0).all() if falls else (steps >= 0).all()
    expected = 1 - curve.thresholds / 100 if falls else curve.thresholds / 100
    assert curve.probability == pytest.approx(expected, abs=0.01)
    at = int(np.searchsorted(curve.thresholds, 42))
    one = only(sample, test).estimate
    assert (curve.probability[at], curve.error[at]) == (one.share, one.error)


def test_a_curve_needs_a_plain_threshold(sample):
    for test in (
        probe("threshold < loss.X", 1),
        probe("loss.X - threshold > threshold", 1),
        probe("loss.X > threshold and loss.X < 9", 1),
        ClaimTest(title="No", undecided="-."),
    ):
        with pytest.raises(tumen.ScenarioError, match="no comparison with a single threshold"):
            threshold_curve(test, sample)


def test_an_unknown_result_is_named_with_its_place(sample):
    with pytest.raises(tumen.ScenarioError) as caught:
        verdicts(ledger_of(probe("los.X > threshold", 1)), sample)
    assert "'prediction'" in str(caught.value)
    assert "no result 'los.X'; did you mean loss.X" in str(caught.value)


def test_the_draws_of_the_fake_are_eight_scramblings(sample):
    assert np.bincount(sample.replicate).tolist() == [512] * REPLICATES
