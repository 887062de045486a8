"""The scorecard: bands at stated horizons against the record, and what so many hits say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import tumen
from cases import write_case
from tumen.analysis.backtest import Setting, backtest
from tumen.analysis.channels import shocks_of
from tumen.analysis.chunks import of_backtests
from tumen.analysis.coverage import Coverage, distance
from tumen.analysis.drawing import Drawing
from tumen.analysis.drawn_backtests import backtested, name_of_test
from tumen.analysis.draws import Band
from tumen.analysis.phases import lifted, switches_of, with_ties
from tumen.analysis.scorecard import Score, Scorecard, scorecard
from tumen.errors import ReportError
from tumen.report import scorecard_words as words
from tumen.report.case_scorecard import scorecard_blocks, scorecard_document
from tumen.report.document import Page, Section, render
from tumen.report.record_bands import Banded, bands, stretched, ticks
from tumen.scenario.backtests import BacktestQuestion
from tumen.scenario.load import load_case
from tumen.scenario.uncertainty import BACKTEST_PARTS
from tumen.world.horizon import SETTINGS, with_horizon

YEARS = {"low": 0.25, "central": 0.5, "high": 10, "unit": "years", "assumption": "both ends"}
LATE = {"low": 10, "central": 10, "high": 12, "unit": "years", "assumption": "once settled"}


def question(*compared):
    """A backtest of the small case's measure."""
    listed = [{"what": "gdp", "title": "A Bureau", "value": -1.0} | one for one in compared]
    return {"title": "The measure", "region": "Quay", "measures": ["measure"], "compare": listed}


def case_of(folder, *compared):
    """The small case with this backtest and an uncertain pressure."""
    folder.mkdir(exist_ok=True)

    def change(scenario):
        scenario["horizons"] = [0.25, 10]
        scenario["backtests"] = [question(*compared)]
        scenario["pressure"][0]["strength"] = {
            "low": 0.8, "central": 1.0, "high": 1.1, "unit": "part", "assumption": "a guess",
        }  # fmt: skip

    return load_case(write_case(folder, change))


@pytest.mark.parametrize("of", [1, 2, 5, 7, 12])
def test_intervals_are_those_of_scipy(of):
    for inside in range(of + 1):
        found = Coverage(inside, of)
        wanted = stats.binomtest(inside, of).proportion_ci(0.95, method="exact")
        assert found.interval == pytest.approx((wanted.low, wanted.high), abs=1e-12)
        assert found.chance == pytest.approx(stats.binom.cdf(inside, of, 0.9), rel=1e-9)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.97])
@pytest.mark.parametrize("of", [3, 13, 40])
def test_the_interval_holds_the_true_share_as_often_as_it_says(share, of):
    """Exact: over all counts, weighted by their binomial probability, at least 95 %."""
    holds = [
        low <= share <= high for low, high in (Coverage(k, of).interval for k in range(of + 1))
    ]
    assert stats.binom.pmf(np.arange(of + 1), of, share) @ np.array(holds) >= 0.95


def test_no_record_says_nothing():
    empty = Coverage(0, 0)
    assert (empty.interval, empty.chance, empty.expected) == ((0.0, 1.0), 1.0, 0.0)


def made(record, low, high, **compared):
    """A score of a record against the quantiles of draws between low and high."""
    given = {"value": record, "years": 1} | compared
    asked = BacktestQuestion.model_validate(question(given))
    return Score(asked, asked.compare[0], Band(low, (low + high) / 2, high, 64, 0, 0))


def test_bands_with_known_coverage():
    """Records drawn from the model's own distribution lie in its band nine times in ten."""
    end = stats.norm.ppf(0.95)
    records = stats.norm.ppf((np.arange(1000) + 0.5) / 1000)  # as evenly as can be
    scores = tuple(made(float(record), -end, end) for record in records)
    card = Scorecard(None, 0, 64, scores, (), 0)
    assert card.coverage("record") == Coverage(900, 1000)
    narrow = tuple(made(float(record), -end / 2, end / 2) for record in records)
    half = Scorecard(None, 0, 64, narrow, (), 0).coverage("record")
    assert half.inside == pytest.approx(1000 * (2 * stats.norm.cdf(end / 2) - 1), abs=1)
    assert half.interval[1] < 0.9
    assert "too narrow" in words.coverage_in_words(half, "record")


def test_misses_are_told_with_their_side():
    assert [distance(record, -5, -2) for record in (-7, -5, -3, -1)] == [-2, 0, 0, 1]
    assert words.verdict_of(made(-7, -5, -2)) == "missed by 2.0 points, the model falls too little"
    assert words.verdict_of(made(-1.5, -5, -2)) == "missed by 0.5 points, the model falls too much"
    assert words.verdict_of(made(3, -5, -2)) == "missed by 5.0 points, the model too low"
    wide = {"low": -9, "central": -7, "high": -4, "unit": "per cent", "assumption": "as said"}
    assert "own range reaches the band" in words.verdict_of(made(wide, -5, -2))
    none = made(-1, math.nan, math.nan)
    none = Score(none.question, none.compared, Band(*(math.nan,) * 3, 0, 64, 0))
    assert not none.inside
    assert "no equilibrium" in words.verdict_of(none)


def test_what_made_the_pressure_is_shown_and_not_counted():
    entered, test = made(-3, -5, -2, in_weights=True), made(-9, -5, -2)
    card = Scorecard(None, 0, 64, (entered, test), (), 0)
    assert card.coverage("record") == Coverage(0, 1)
    assert card.coverage("study") == Coverage(0, 0)
    assert "no test" in words.verdict_of(entered)


def test_years_are_drawn_for_backtests_alone(tmp_path):
    wide = {"low": -3, "central": -1, "high": 0, "unit": "per cent", "evidence": ["E1"]}
    case = case_of(tmp_path, {"value": wide, "years": YEARS})
    names = {one.name for one in Drawing(case, BACKTEST_PARTS).inputs}
    years = "backtests.n1.compare.n1.years"
    assert {years, "pressure.measure.strength"} < names
    assert all(f"horizon.{one.variable}" in names for one in SETTINGS if one.least < one.most)
    assert not [name for name in names if name.startswith("ties") or name.endswith("value")]
    run = {one.name for one in Drawing(case).inputs}
    assert not [name for name in run if name.startswith(("backtests", "horizon"))]


@pytest.mark.slow
def test_a_draw_is_the_backtest_at_its_years(tmp_path):
    """At a horizon of the table the draw has the figure of the table; growth lies between two."""
    case = case_of(
        tmp_path,
        {"years": 0.25},
        {"years": 10},
        {"years": 10, "since": 0.25},
        {"what": "real income", "years": 10},
    )
    off = shocks_of(switches_of(case, with_ties(case)[0]), on=False)
    first, second, last = backtest(case, lifted(case)[0], off)
    found = backtested(case, {})
    assert found.status == "converged"
    short, long, growth, income = (found.values[name_of_test(0, at)] for at in range(4))
    assert short == pytest.approx(first.model[Setting(0.25)], abs=1e-7)
    assert long == pytest.approx(second.model[Setting(10)], abs=1e-7)
    assert (1 + short / 100) * (1 + growth / 100) == pytest.approx(1 + long / 100)
    assert income == pytest.approx(last.model[Setting(10)], abs=1e-7)
    other = backtested(case, {"trade_elasticity": 0.43}).values
    assert other[name_of_test(0, 0)] != pytest.approx(short, abs=1e-4)
    assert other[name_of_test(0, 1)] == pytest.approx(long, abs=1e-7)  # settled by then


def test_the_first_months_take_other_settings():
    world = tumen.load_world("tumen-31", floor=2)
    loose = with_horizon(world, 0.25, first={"input_substitution": 0.15})
    assert float(loose.dataset["input_substitution"]) == 0.15
    assert float(loose.dataset["value_added_substitution"]) == 0.5
    assert all(one.least <= one.first <= one.most for one in SETTINGS)


@pytest.mark.slow
def test_scorecards_hold_the_quantiles_of_the_draws(tmp_path):
    case = case_of(tmp_path, {"years": YEARS}, {"years": LATE})
    card = scorecard(case, 8, workers=1, folder=tmp_path / "draws")
    drawing = Drawing(case, BACKTEST_PARTS)
    points = drawing.by_place(drawing.points(0, 8, 0))
    found = [
        of_backtests(drawing, {place: float(v[at]) for place, v in points.items()}).values
        for at in range(8)
    ]
    for at, one in enumerate(card.scores):
        values = [draw[name_of_test(0, at)] for draw in found]
        wanted = np.quantile(values, (0.05, 0.5, 0.95))
        assert (one.band.low, one.band.median, one.band.high) == pytest.approx(tuple(wanted))
    early, late = (one.band for one in card.scores)
    assert early.high - early.low > late.high - late.low  # years matter before all has adjusted
    again = scorecard(case, 8, workers=1, folder=tmp_path / "draws")  # from what is kept
    assert [one.band for one in again.scores] == [one.band for one in card.scores]
    told = scorecard_document(card)
    assert told["coverage"]["records"]["of"] == 2
    assert told["scores"][0]["years"] == [0.25, 0.5, 10]
    page = render(Page("t", ["a"], [Section("s", scorecard_blocks(card))]))
    assert "would be expected of a perfect model" in page


BAD = {
    "years before the first horizon": ({"years": {**YEARS, "low": 0.1}}, r"years.*0\.25 and 100"),
    "years without a unit": (
        {"years": {k: v for k, v in YEARS.items() if k != "unit"}},
        "a range needs a unit",
    ),
    "years in months": ({"years": {**YEARS, "unit": "months"}}, "the unit is years, not 'months'"),
    "years without support": (
        {"years": {k: v for k, v in YEARS.items() if k != "assumption"}},
        "nothing stands behind the range 0.25 to 10",
    ),
    "growth that ends before it begins": ({"years": 1, "since": 2}, "begin no earlier than"),
    "growth without an end": ({"since": 2}, "`since` needs `years`"),
}


@pytest.mark.parametrize("name", BAD)
def test_horizons_that_cannot_be(tmp_path, name):
    given, message = BAD[name]
    with pytest.raises(tumen.ScenarioError, match=rf"case\.yaml, line \d+.*{message}"):
        case_of(tmp_path, given)


def test_a_band_needs_a_stated_horizon(tmp_path):
    case = case_of(tmp_path, {"years": 1}, {})
    with pytest.raises(
        tumen.ScenarioError, match=r"case\.yaml, line \d+, field backtests\.0\.compare\.1: a band"
    ):
        scorecard(case, 8)
    with pytest.raises(tumen.SampleError, match="draws must be at least 1"):
        scorecard(case, 0)


def test_the_axis_is_stretched_near_zero():
    assert [stretched(value) for value in (-100, 0, 4)] == [-10, 0, 2]
    marked = ticks(stretched(-100), stretched(5))
    numbers = [float(text.replace("−", "-")) for text in marked["ticktext"]]
    assert numbers == sorted(numbers)
    assert 0 in numbers
    assert marked["tickvals"] == [stretched(value) for value in numbers]
    with pytest.raises(ReportError, match="no figure"):
        bands([], title="t", unit="u", axis="a", marks=("x", "y"))
    one = Banded("Here", -4.0, -3.0, -1.0, -9.0, -9.0, -9.0, "missed")
    figure = bands([one], title="t", unit="per cent", axis="a", marks=("x", "y"))
    assert figure.data[0].base[0] == -2.0
    assert figure.data[0].x[0] == 1.0
    assert figure.data[1].x[0] == -3.0
    assert figure.layout.meta["table"]["rows"][0][1:] == ["−9.0", "−3.0", "−4.0", "−1.0", "missed"]


@pytest.fixture(scope="module")
def first_case():
    return scorecard("moscow-pyongyang", 8, workers=1)


@pytest.mark.slow
def test_the_first_case(first_case):
    """What the model gets right and wrong, told as such."""
    scores = {(one.question.region, one.compared.title): one for one in first_case.scores}
    assert first_case.coverage("record").of == 5
    assert first_case.coverage("study").of == 7
    assert first_case.failed == 0
    exports, imports = first_case.scores[:2]
    assert not exports.counted  # the pressure was made from these
    assert not imports.inside
    assert imports.off > 10  # imports fell by far less than in the model
    gap = scores["RUS", "GAO, shortfall of 2022"]
    assert -3 < gap.off < -1.5
    growth = scores["RUS", "GAO, growth of 2023 and 2024 as expected"]
    assert 0 < growth.band.low < growth.band.high < 1.5
    assert growth.meets


@pytest.mark.slow
def test_its_picture_has_room(first_case, tmp_path):
    from browser import measured

    page = tmp_path / "page.html"
    blocks = scorecard_blocks(first_case)
    page.write_text(render(Page("t", ["a"], [Section("s", blocks)])), encoding="utf-8")
    for width in (360, 900):
        _, found = measured(page, width)
        assert found["count"] > 30
        assert found["cut"] == []
        assert found["crossed"] == []
