"""Figures of paths: true to the numbers, and legible at any width."""

import math
import re

import numpy as np
import pandas as pd
import pytest

import browser
from test_report import Reader
from tumen.errors import ReportError
from tumen.report import document
from tumen.report.curves import apart
from tumen.report.document import Figure, Page, Section
from tumen.report.lines import paths

YEARS = range(2022, 2036)
HOSTILE = "<script>alert(1)</script>"


def states() -> pd.DataFrame:
    """Two states with and without ties; lines that end close together, and a gap."""
    time = np.arange(14.0)
    frame = pd.DataFrame(
        {
            "North Korea with ties": 3.0 * (time < 5) + 0.1,
            "North Korea without ties": -0.02 * time,
            "Russia with ties": -0.21 + 0 * time,
            HOSTILE: -0.22 + 0 * time,
        },
        index=list(YEARS),
    )
    frame.loc[2024, "Russia with ties"] = math.nan
    return frame


def timeline():
    frame = states()
    return paths(
        frame,
        title="While the war lasts, the ties more than make up for the pressure on North Korea",
        unit="per cent",
        axis="Real income against the path without shocks",
        low=frame[["North Korea with ties"]] - 0.5,
        high=frame[["North Korea with ties"]] + 0.5,
        marks={2022: "war", 2023.5: "war with ties and arms", 2024: HOSTILE, 2035: "horizon ends"},
        dashed={"North Korea without ties": "North Korea with ties", HOSTILE: "Russia with ties"},
    )


def lines_of(figure):
    return [trace for trace in figure.data if trace.fill is None]


def test_lines_are_the_numbers_with_their_bands():
    frame, figure = states(), timeline()
    lines = lines_of(figure)
    assert len(lines) == 4
    for line, name in zip(lines, frame.columns, strict=True):
        assert list(line.x) == list(YEARS)
        np.testing.assert_array_equal(line.y, frame[name].to_numpy())
    (band,) = (trace for trace in figure.data if trace.fill)
    assert list(band.x) == [*YEARS, *reversed(YEARS)]
    first = frame["North Korea with ties"].to_numpy()
    assert list(band.y) == pytest.approx([*(first - 0.5), *(first[::-1] + 0.5)])
    assert band.fillcolor.startswith("rgba(47,109,168,")
    least, most = figure.layout.yaxis.range
    assert least < -0.4
    assert most > 3.6
    assert lines[0].line.color == lines[1].line.color != lines[2].line.color
    assert [line.line.dash for line in lines] == ["solid", "dash", "solid", "dash"]


def test_the_table_has_a_row_for_each_year():
    table = timeline().layout.meta["table"]
    assert table["columns"][1] == "North Korea with ties, per cent"
    assert len(table["rows"]) == len(YEARS)
    assert table["rows"][0][:3] == ["2022", "3.10 (2.60 to 3.60)", "0.00"]
    assert table["rows"][2][3] == "none"


def test_each_line_is_named_at_its_last_value():
    frame = states()
    frame.loc[2033:, "Russia with ties"] = math.nan
    figure = paths(frame, title="T", unit="per cent")
    named = [note for note in figure.layout.annotations if note.showarrow]
    texts = [re.sub(r"<br>", " ", note.text) for note in named]
    assert "North Korea with ties 0.10" in texts[0]
    assert "Russia with ties −0.21" in texts[2]
    assert [note.x for note in named] == [2035, 2035, 2032, 2035]
    assert named[2].y == -0.21
    assert "<script" not in "".join(texts)


def test_names_stay_apart_and_as_near_as_they_can():
    assert apart([10, 200], [20, 20], 240) == [10, 200]
    assert apart([100, 101], [20, 30], 240) == [100, 125]
    assert apart([239, 238], [20, 20], 240) == [230, 210]
    assert apart([0, 0, 0], [40, 40, 40], 120) == [20, 60, 100]


def test_marks_stand_at_their_years_above_those_they_reach():
    figure = timeline()
    drawn = [shape for shape in figure.layout.shapes if shape.yref == "paper"]
    assert [shape.x0 for shape in drawn] == [2035, 2024, 2023.5, 2022]
    # The last mark is out of reach of all but those before it that run on.
    assert drawn[0].y1 < drawn[2].y1 < drawn[3].y1
    assert drawn[1].y1 < drawn[2].y1
    wide = paths(states(), title="T", unit="1", marks={2022: "a", 2034: "b"})
    first, second = (shape for shape in wide.layout.shapes if shape.yref == "paper")
    assert first.y1 == second.y1


def test_the_axis_shows_its_base_and_ratios_their_distance_from_one():
    frame = pd.DataFrame({"K": [1.0, 1.004, 1.003]}, index=[2022, 2023, 2024])
    figure = paths(frame, title="T", unit="1", base=1.0)
    least, most = figure.layout.yaxis.range
    assert 0.99 < least < 1 < 1.004 < most < 1.01
    assert figure.layout.meta["table"]["rows"][1] == ["2023", "1.00400"]
    assert list(figure.layout.xaxis.ticktext) == ["2022", "2023", "2024"]
    bare = paths(frame + 5, title="T", unit="1", base=None)
    assert bare.layout.yaxis.range[0] > 5.9
    long = pd.DataFrame({"K": np.ones(60)}, index=range(1980, 2040))
    assert list(paths(long, title="T", unit="1").layout.xaxis.ticktext) == ["1980", "2000", "2020"]


def test_what_cannot_be_shown_is_refused():
    frame = states()
    with pytest.raises(ReportError, match="two years or more, in rising order"):
        paths(frame.iloc[::-1], title="T", unit="1")
    with pytest.raises(ReportError, match="two years or more"):
        paths(frame.iloc[:1], title="T", unit="1")
    with pytest.raises(ReportError, match="must be years"):
        paths(frame.set_axis([f"y{i}" for i in YEARS]), title="T", unit="1")
    with pytest.raises(ReportError, match="mark at 2040 lies outside 2022 to 2035"):
        paths(frame, title="T", unit="1", marks={2040: "late"})
    with pytest.raises(ReportError, match="5 colours"):
        paths(frame.assign(fifth=1.0), title="T", unit="1")
    with pytest.raises(ReportError, match="'Russia with ties' has no value"):
        paths(frame.assign(**{"Russia with ties": math.nan}), title="T", unit="1")
    with pytest.raises(ReportError, match="dashed names 'Iran'"):
        paths(frame, title="T", unit="1", dashed={"Iran": "Russia with ties"})


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Two figures of paths in a document."""
    capital = pd.DataFrame(
        {"PRK": np.linspace(1, 1.004, 14), "RUS": np.linspace(1, 0.999, 14)}, index=list(YEARS)
    )
    second = paths(capital, title="Capital lasts", unit="ratio", base=1.0, marks={2028: "after"})
    path = tmp_path_factory.mktemp("paths") / "paths.html"
    document.write(Page("Paths", [], [Section("All", [Figure(timeline()), Figure(second)])]), path)
    return path


def test_those_who_cannot_see_it_hear_what_it_is(page):
    plots = [a for a in Reader(page.read_text()).of("div") if a.get("class") == "plot"]
    assert plots[0]["aria-label"].startswith("Line chart. While the war lasts")
    assert "2022 3.10 (2.60 to 3.60)" in plots[0]["aria-label"]


@pytest.mark.parametrize("width", [640, 343], ids=["desktop and paper", "phone"])
def test_no_text_is_cut_or_covered(page, width):
    console, found = browser.measured(page, width)
    assert console == []
    assert found["count"] >= 20
    assert found["resources"] == 0
    assert found["cut"] == []
    assert found["crossed"] == []
