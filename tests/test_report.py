"""Pages: self-contained, escaped, stamped, true to the numbers, legible on a phone and on paper."""

import base64
import hashlib
import html
import json
import math
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from markupsafe import Markup

import browser
import tumen
import worlds
from tumen.errors import ReportError
from tumen.report import document, figures, single
from tumen.report.document import Column, Figure, Page, Section, Source, Table, Text
from tumen.report.text import decimals_for, figure_text, number, wrapped

HOSTILE = "<script>alert(1)</script>"
QUOTED = "\"'><img src=http://example.org/x onerror=alert(2)>"
SHOCKS = (
    tumen.Tariff("Quay", "Alder", rate=0.3),
    tumen.Embargo("Moor", "Quay", "tools"),
    tumen.Productivity("Moor", factor=1.2),
)


@pytest.fixture(scope="module")
def result() -> tumen.Result:
    data = worlds.three_by_two().dataset
    data = data.assign_coords(region_name=("region", [HOSTILE, QUOTED, "Moor"]))
    data.attrs |= {"name": "three <by> two", "version": "7"}
    return tumen.solve(tumen.World(data), SHOCKS)


class Reader(HTMLParser):
    """Collects what a page holds."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in ("meta", "link", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"{tag} closes out of turn"

    def handle_data(self, data):
        if self.open:
            self.text.append((self.open[-1], data))

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.elements if name == tag]

    def words(self) -> str:
        shown = (text for tag, text in self.text if tag not in ("script", "style"))
        return " ".join(" ".join(shown).split())


def scripts(page: Reader) -> tuple[list[str], list[str]]:
    """Code and data of the script elements."""
    kinds = [attrs.get("type", "") for attrs in page.of("script")]
    bodies = [text for tag, text in page.text if tag == "script"]
    assert len(kinds) == len(bodies)
    code = [body for kind, body in zip(kinds, bodies, strict=True) if not kind]
    data = [body for kind, body in zip(kinds, bodies, strict=True) if kind == "application/json"]
    assert len(code) + len(data) == len(bodies)
    return code, data


@pytest.fixture(scope="module")
def page(result) -> Reader:
    return Reader(document.render(single.page(result)))


def sample() -> Page:
    """Every kind of block, with long and hostile words."""
    losses = pd.DataFrame(
        {"Without ties": [1.6, 1.1, math.nan], HOSTILE: [0.7, 0.95, -0.2]},
        index=["North Korea, while the war lasts", "Russia & others", "2024"],
    )
    parts = {"Munitions paid for in cash, oil and food": 0.52, "Troops": 0.21, "Upkeep": -0.33}
    marks = figures.paired_bars(
        losses,
        title="The ties undo more than half",
        unit="per cent",
        low=losses - 0.3,
        high=losses + 0.4,
    )
    steps = figures.waterfall(
        parts,
        -1.2,
        start=("Loss without ties", -1.6),
        title="Munitions matter most",
        unit="per cent",
    )
    ranks = figures.ranked_bars(
        {"2024": 12345.6, HOSTILE: -99999.0, QUOTED: 5.0, "Democratic People's Republic": 0.0},
        title=f"Labels like {HOSTILE}",
        unit="million USD",
        highlight=["2024"],
    )
    table = Table(
        "Flows", [Column("Origin", numeric=False), Column("Value", "per cent")], [["A", 1.0]]
    )
    return Page(
        "A page",
        [f"Answer {HOSTILE}"],
        [
            Section(
                "One",
                [Text(["Words."]), Figure(marks, "Caption", [Source("BACI", "https://x.org/a")])],
            ),
            Section("Two", [Figure(steps), Figure(ranks), table], new_page=True),
            Section(
                "Three",
                [
                    document.Bullets(["Point"]),
                    document.Note("Mind."),
                    document.Stamp([("a", "b", "c")]),
                ],
            ),
        ],
        stamp={"status": "converged"},
    )


def test_numbers_as_people_read_them():
    assert number(-1234.567, 1) == "−1,234.6"
    assert number(0.5, 2, signed=True) == "+0.50"
    assert number(-0.0004, 2, signed=True) == "0.00"
    assert number(math.nan) == number(None) == "none"
    assert decimals_for([0.8819, -0.01]) == 3
    assert decimals_for([12345.0, math.nan]) == 0
    assert decimals_for([1e-9]) == 6
    assert decimals_for([]) == decimals_for([0.0]) == 0
    assert wrapped("Democratic People's Republic", 12) == ["Democratic", "People's", "Republic"]
    assert "".join(wrapped("x" * 50, 20)) == "x" * 50
    assert figure_text("a < b", 20) == "a &lt; b"


def test_ranked_bars_rank_and_keep_every_number():
    values = pd.Series({"a": 0.4, "b": -0.9, "c": math.nan, "d": -0.1})
    figure = figures.ranked_bars(values, title="T", unit="per cent", axis="Change")
    assert list(figure.layout.yaxis.ticktext) == ["b", "d", "a"]
    assert list(figure.data[0].x) == [-0.9, -0.1, 0.4]
    assert list(figure.data[0].y) == sorted(figure.data[0].y)
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1] == 0
    assert "Change, per cent" in figure.layout.xaxis.title.text
    texts = [note.text for note in figure.layout.annotations]
    assert texts[:3] == ["−0.900", "−0.100", "+0.400"]
    with pytest.raises(ReportError, match="no value to show"):
        figures.ranked_bars({"c": math.nan}, title="T", unit="per cent")


def test_ranked_bars_leave_out_the_middle_and_say_so():
    values = {f"r{i}": float(i - 30) for i in range(61)}
    figure = figures.ranked_bars(values, title="T", unit="per cent", most=10)
    shown = list(figure.layout.yaxis.ticktext)
    assert shown == [f"r{i}" for i in (0, 1, 2, 3, 4, 56, 57, 58, 59, 60)]
    assert "(51 from −25.000 to 25.000 left out)" in figure.layout.xaxis.title.text


def test_paired_bars_show_each_series_in_each_group_with_its_range():
    values = pd.DataFrame({"x": [1.0, math.nan], "y": [3.0, -4.0]}, index=["g", "h"])
    low, high = values - 0.5, values + 1.0
    figure = figures.paired_bars(values, title="T", unit="per cent", low=low, high=high)
    rows = figure.layout.meta["table"]["rows"]
    assert rows[0] == ["g", "x", "1.00", "0.50", "2.00"]
    assert rows[2] == ["h", "x", "none", "none", "none"]
    (without, ranged) = figure.data
    assert np.isnan(without.x).all()
    assert list(ranged.x) == [1.0, 3.0, -4.0]
    assert list(ranged.error_x.array) == [1.0, 1.0, 1.0]
    assert list(ranged.error_x.arrayminus) == [0.5, 0.5, 0.5]
    colours = list(ranged.marker.color)
    assert colours[0] != colours[1] == colours[2]
    least, most = figure.layout.xaxis.range
    assert least < -4.5
    assert most > 4.0
    with pytest.raises(ReportError, match="5 series"):
        figures.paired_bars(pd.DataFrame(np.ones((1, 5))), title="T", unit="1")


def test_waterfall_begins_where_the_last_part_ends_and_must_add_up():
    parts = {"small": 0.1, "large": 0.5, "back": -0.2}
    figure = figures.waterfall(parts, -0.6, start=("from", -1.0), title="T", unit="per cent")
    assert list(figure.layout.yaxis.ticktext) == ["from", "large", "back", "small", "Total"]
    bars = figure.data[0]
    assert bars.base == pytest.approx([0.0, -1.0, -0.5, -0.7, 0.0])
    assert bars.x == pytest.approx([-1.0, 0.5, -0.2, 0.1, -0.6])
    connectors = [shape for shape in figure.layout.shapes if shape.yref is None]
    assert [shape.x0 for shape in connectors] == pytest.approx([-1.0, -0.5, -0.7, -0.6])
    kept = figures.waterfall(parts, 0.4, title="T", unit="per cent", sort=False)
    assert list(kept.layout.yaxis.ticktext) == ["small", "large", "back", "Total"]
    with pytest.raises(ReportError, match=r"add up to 0\.4, not to the total 0\.5"):
        figures.waterfall(parts, 0.5, title="T", unit="per cent")


@pytest.mark.parametrize("scale", [1e-7, 0.03, 1.0, 77.0, 1e6])
@pytest.mark.parametrize("reach", [(-1.0, 0.0), (0.0, 1.0), (-0.9, 0.4), (0.0, 0.0)])
def test_axis_numbers_are_few_distinct_and_true(scale, reach):
    figure = figures.ranked_bars(
        {"a": scale * reach[0], "b": scale * reach[1]}, title="T", unit="per cent"
    )
    axis = figure.layout.xaxis
    assert 1 <= len(axis.tickvals) <= 4
    assert len(set(axis.ticktext)) == len(axis.ticktext)
    least, most = axis.range
    assert least <= min(axis.tickvals) <= max(axis.tickvals) <= most
    for value, text in zip(axis.tickvals, axis.ticktext, strict=True):
        assert float(text.replace("−", "-").replace(",", "")) == pytest.approx(value, abs=1e-12)


def test_the_page_loads_nothing_from_anywhere(page):
    for _, attrs in page.elements:
        assert not {"src", "srcset", "data", "poster", "action", "background"} & set(attrs)
        assert not [name for name in attrs if name.startswith("on")]
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & {
        tag for tag, _ in page.elements
    }
    (style,) = (text for tag, text in page.text if tag == "style")
    assert not re.search(r"url\(|@import", style)
    for attrs in page.of("a"):
        assert re.match(r"https?://|#", attrs["href"])


def test_the_policy_allows_the_pages_own_scripts_and_nothing_else(page):
    (policy,) = (
        attrs["content"]
        for attrs in page.of("meta")
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    code, _ = scripts(page)
    digests = [
        f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'"
        for body in code
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"].split() == digests
    assert not re.search(r"https?:|\*", policy)


def test_the_plotting_library_is_there_exactly_once_and_only_where_needed(page):
    from plotly.offline import get_plotlyjs

    code, _ = scripts(page)
    assert code[0] == get_plotlyjs()
    assert len(code) == 2
    plain = document.render(Page("Words", [], [Section("One", [Text(["only"])])]))
    assert not Reader(plain).of("script")
    assert len(plain) < 20_000


def test_every_name_is_escaped(page, result):
    assert HOSTILE in page.words()
    assert QUOTED in page.words()
    assert not page.of("img")
    whole = Reader(document.render(sample()))
    assert not whole.of("img")
    _, data = scripts(whole)
    assert len(data) == 3
    for text in data:
        assert "<" not in text
        for note in json.loads(text)["layout"]["annotations"]:
            assert "<script" not in note["text"]
    labels = json.loads(data[2])["layout"]["yaxis"]["ticktext"]
    joined = [html.unescape(label.replace("<br>", "")) for label in labels]
    assert HOSTILE in joined
    assert document.render(Page("T", [Markup("<em>meant</em>")], [])).count("<em>meant</em>") == 1


def test_the_page_is_stamped_for_people_and_for_programs(page, result):
    metas = {attrs["name"]: attrs["content"] for attrs in page.of("meta") if "name" in attrs}
    words = page.words()
    for field, value in result.stamp.items():
        assert metas[f"tumen:{field}"] == str(value)
        shown = f"{value:.3g}" if isinstance(value, float) else str(value)
        assert shown in words
    assert "Import tariff: importer Quay; exporter Alder; rate 0.3" in words


def table_rows(text: str) -> list[list[str]]:
    """Rows of every table outside the figures' own, cell by cell."""
    text = re.sub(r"<details>.*?</details>", "", text, flags=re.S)
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", text, flags=re.S)
    return [
        [
            html.unescape(re.sub(r"<[^>]+>", "", cell))
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, flags=re.S)
        ]
        for row in rows
    ]


def test_the_page_shows_the_results_numbers(result):
    rows = table_rows(document.render(single.page(result)))
    names = dict(zip(result.world.regions, [HOSTILE, QUOTED, "Moor"], strict=True))
    decimals = decimals_for(result.real_income.values)
    for region, name in names.items():
        exact = float(result.real_income.sel(region=region))
        amount = float(result.equivalent_variation.sel(region=region))
        own = [row for row in rows if row[0] == name]
        assert own[0][1] == number(exact, decimals, signed=True)
        places = decimals_for(result.equivalent_variation.values)
        assert own[0][4] == number(amount, places, signed=True)
        first = float(result.first_order["terms_of_trade"].sel(region=region))
        assert own[1][1] == number(first, decimals, signed=True)
        assert own[1][-1] == number(exact, decimals, signed=True)
        creation = float(result.trade_creation.sel(region=region).sum())
        if len(own) > 2:
            places = decimals_for(result.trade_creation.sum("sector").values)
            assert own[2][1] == number(creation, places, signed=True)
    assert sum(len(row) == 3 and row[0] in names.values() for row in rows) == 2


def test_first_order_parts_are_labelled_and_a_full_ban_has_none(result):
    text = document.render(single.page(result))
    header = next(row for row in table_rows(text) if "Technology" in " ".join(row))
    assert all("first order, per\u00a0cent" in cell for cell in header[1:-1])
    assert header[-1] == "Real income exact, per\u00a0cent"
    moor = [row for row in table_rows(text) if row[0] == "Moor"][1]
    assert moor.count("none") == 2
    assert '"None": the region takes part in a full ban.' in html.unescape(text)


def test_the_answer_names_who_loses_and_who_gains_most(result):
    content = single.page(result)
    ranked = result.real_income.sortby(result.real_income)
    names = dict(zip(result.world.regions, [HOSTILE, QUOTED, "Moor"], strict=True))
    worst, best = (names[str(ranked["region"].values[end])] for end in (0, -1))
    assert float(ranked[0]) < 0 < float(ranked[-1])
    assert f"{worst} loses most: " in content.answer[0]
    assert f"{best} gains most: " in content.answer[0]
    losing = int((ranked < 0).sum())
    assert f"Of 3 regions {losing} lose and {3 - losing} gain" in content.answer[0]


def test_no_shock_is_reported_as_no_change():
    content = single.page(tumen.solve(worlds.three_by_two()))
    assert content.title == "No region's real income changes"
    text = document.render(content)
    assert "no shock" in text
    assert "No region&#39;s access to any foreign partner changed." in text


def test_a_result_that_did_not_converge_has_no_page(tmp_path):
    failed = tumen.solve(worlds.three_by_two(), SHOCKS, throw=False, max_maps=2)
    with pytest.raises(tumen.SolveError, match="stalled"):
        failed.report(tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_the_page_is_written_as_rendered(result, tmp_path):
    result.report(tmp_path / "page.html")
    written = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert written == document.render(single.page(result))
    assert written.startswith("<!DOCTYPE html>")


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ReportError, match="no web address"):
        Source("trap", "javascript:alert(1)")
    ragged = Table("Ragged", [Column("A"), Column("B")], [[1.0]])
    with pytest.raises(ReportError, match="'Ragged': a row has 1 cells for 2 columns"):
        document.render(Page("T", [], [Section("S", [ragged])]))
    frame = pd.DataFrame({"a": [1.0], "b": ["x"]})
    with pytest.raises(ReportError, match="1 columns described for 2"):
        document.table_from_frame(frame, "F", columns=[Column("a")])
    import plotly.graph_objects as go

    with pytest.raises(ReportError, match=r"made by tumen\.report\.figures"):
        document.render(Page("T", [], [Section("S", [Figure(go.Figure())])]))


def test_a_frame_becomes_a_table_with_numbers_flush_right():
    frame = pd.DataFrame({"name": ["x", "y"], "value": [1.5, math.nan]})
    text = document.render(Page("T", [], [Section("S", [document.table_from_frame(frame, "F")])]))
    assert table_rows(text) == [["name", "value"], ["x", "1.50"], ["y", "none"]]
    assert '<td class="number">1.50</td>' in text


@pytest.fixture(scope="module")
def pages(result, tmp_path_factory):
    """The two pages on disk."""
    folder = tmp_path_factory.mktemp("pages")
    result.report(folder / "single.html")
    document.write(sample(), folder / "sample.html")
    return folder


@pytest.mark.parametrize(("name", "count"), [("single", 1), ("sample", 3)])
def test_a_browser_draws_every_figure_without_complaint(pages, name, count):
    seen = browser.look(pages / f"{name}.html")
    assert seen.console == []
    drawn = re.sub(r"<script.*?</script>", "", seen.dom, flags=re.S)
    assert drawn.count('class="plot js-plotly-plot"') == count
    assert drawn.count('class="point"') >= 3 * count
    widths = [float(width) for width in re.findall(r'main-svg"[^>]* width="([\d.]+)"', drawn)]
    assert max(widths) <= 642  # what fits on A4 between the margins


def test_a_browser_refuses_whatever_a_page_might_smuggle_in(pages):
    """The control for the tests around it: a load and a script not our own are both reported."""
    text = (pages / "sample.html").read_text(encoding="utf-8")
    trap = '<img src="http://127.0.0.1:9/x.png"><script>document.title = "run"</script></main>'
    (pages / "trap.html").write_text(text.replace("</main>", trap), encoding="utf-8")
    seen = browser.look(pages / "trap.html")
    assert len(seen.console) == 2
    assert "<title>A page</title>" in seen.dom


@pytest.mark.parametrize("width", [640, 343], ids=["desktop and paper", "phone"])
def test_no_text_in_a_figure_is_cut_or_covered(pages, width):
    """Measured in the browser with the policy off: even then the page asks for nothing."""
    _, found = browser.measured(pages / "sample.html", width)
    assert found["count"] >= 40
    assert found["resources"] == 0
    assert found["cut"] == []
    assert found["crossed"] == []
