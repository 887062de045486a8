"""Maps of flows: true to the numbers, to the earth, and legible at any width."""

import html
import itertools
import json
import math
import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import browser
from networks import triangle
from test_report import Reader
from tumen.analysis.corridor import Corridor, corridor
from tumen.analysis.evasion import evasion
from tumen.analysis.routes import routes
from tumen.errors import ReportError
from tumen.report import document, geography, mapmarks, maps, panels
from tumen.report.case_maps import evasion_map, link_map
from tumen.report.document import Figure, Page, Section
from tumen.report.geography import Box
from tumen.report.panels import Spot, Way
from tumen.report.placing import Name, Sheet, place
from tumen.report.rows import GAIN, LOSS
from tumen.scenario.load import load_case
from tumen.scenario.network import Link
from tumen.scenario.questions import RoutesQuestion
from worlds import random_world

HOSTILE = "<img src=http://example.org/x>"
SPOTS = (
    Spot("MOW", "Moscow", "Russia", 55.76, 37.62),
    Spot("VVO", "Vladivostok", "Russia", 43.12, 131.89),
    Spot("KHA", "Khasan", "Russia", 42.43, 130.64),
    Spot("TUM", "Tumangang", "North Korea", 42.42, 130.61),
    Spot("RJN", HOSTILE, "North Korea & others", 42.25, 130.3, 580.5),
    Spot("SHA", "Shanghai", "China", 31.23, 121.47, 12345.6),
)
WAYS = (
    Way("MOW", "VVO", "rail", 900.0, 1000.0),
    Way("VVO", "KHA", "rail", 1.0, 8.0),
    Way("VVO", "KHA", "road", 2.0, 64.0),
    Way("KHA", "TUM", "road", 0.0, 27.0, "changed", "new road: 27.0"),
    Way("KHA", "TUM", "rail", 40.0, 0.0, "closed"),
    Way("RJN", "SHA", "sea", 5.0, 0.0),
    Way("VVO", "SHA", "sea", 5.0, 125.0),
)
NEAR = ("VVO", "KHA", "TUM", "RJN")


def drawn(**options):
    settings = {"title": "T", "unit": "million USD", "close_to": NEAR, "decimals": 1}
    return maps.flow_map(SPOTS, WAYS, **settings | {"headings": ("All", "Part")} | options)


def lines_of(figure, axis="x"):
    """Lines between places by what the pointer says of them."""
    return {
        trace.hovertext: trace
        for trace in figure.data
        if trace.mode == "lines" and trace.hovertext and trace.xaxis == axis
    }


def texts_of(figure):
    """What is written on the figure, without its own marks."""
    bare = [re.sub(r"</?(b|i|span)\b[^>]*>", "", note.text) for note in figure.layout.annotations]
    return [html.unescape(text.replace("<br>", " ")) for text in bare]


@cache
def bridge():
    found = corridor(load_case("moscow-pyongyang"))
    assert found is not None
    return found


@cache
def bridge_map():
    return link_map(bridge(), [])


@pytest.mark.parametrize("middle", [0.0, 38.5, 42.4, 60.0])
def test_near_the_middle_distances_are_true_to_half_a_per_cent(middle):
    start = geography.project(np.array([130.0]), np.array([middle]), middle)
    for angle in np.linspace(0, 2 * math.pi, 16):
        lat = middle + 1.0 * math.sin(angle)
        lon = 130.0 + 1.0 * math.cos(angle) / math.cos(math.radians(middle))
        there = geography.project(np.array([lon]), np.array([lat]), middle)
        flat = float(np.hypot(*(there - start)[0])) * math.pi * geography.EARTH / 180
        true = geography.kilometres((middle, 130.0), (lat, lon))
        # Off the middle latitude a degree of longitude is longer or shorter by the tangent.
        assert flat == pytest.approx(true, rel=0.005 + 0.01 * math.tan(math.radians(middle)))
    assert geography.kilometres((0, 0), (0, 180)) == pytest.approx(math.pi * geography.EARTH)


def test_places_on_both_shores_of_an_ocean_stay_together():
    assert geography.side_by_side([10, 30, 20]) == [10, 30, 20]
    assert geography.side_by_side([170, -170]) == [170, 190]
    assert geography.side_by_side([129.0, -118.2, 121.5]) == [129.0, 241.8, 121.5]
    assert geography.side_by_side([5.0]) == [5.0]


def test_the_outline_is_small_whole_and_where_the_land_is():
    assert geography.COAST.stat().st_size < 60_000
    rings = geography.coast()
    for ring in rings:
        assert (ring[0] == ring[-1]).all()
        assert np.abs(ring[:, 1]).max() <= 90
        assert np.abs(np.diff(ring[:, 0])).max() < 30
    ashore = [(37.62, 55.76), (116.41, 39.9), (126.65, 45.76), (-100, 40), (179.5, 67), (25, -25)]
    afloat = [(134, 40), (-150, 20), (51, 42), (-30, 40), (3, 56), (-179.5, 60)]
    points = geography.project(*np.array(ashore + afloat).T, 0.0)
    found = geography.on_land(points, geography.land(Box(-180, 180, -60, 85), 0.0))
    assert list(found) == [True] * len(ashore) + [False] * len(afloat)


def test_a_clipped_ring_is_the_part_within_the_box():
    square = np.array([(0.0, 0), (4, 0), (4, 4), (0, 4), (0, 0)])
    part = geography.clip(square, Box(1, 9, -1, 2))
    x, y = np.concatenate([part, part[:1]]).T
    assert abs(float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))) / 2 == pytest.approx(3 * 2)
    assert geography.clip(square, Box(5, 6, 0, 1)).shape[0] == 0
    view = Box(100, 110, 30, 45)
    for ring in geography.land(view, 40.0):
        assert (ring >= [view.left - 1e-9, view.low - 1e-9]).all()
        assert (ring <= [view.right + 1e-9, view.high + 1e-9]).all()


def test_a_way_by_sea_keeps_off_the_land_where_a_curve_can():
    rings = geography.land(Box(0, 150, 0, 80), 40.0)
    ends = geography.project(np.array([131.89, 121.47]), np.array([43.12, 31.23]), 40.0)
    straight = np.linspace(*ends, geography.CURVE)
    bend = geography.bend_at_sea(*ends, rings)
    bent = geography.curve(*ends, bend)
    assert (bent[[0, -1]] == ends).all()
    assert geography.on_land(bent, rings).mean() < 0.5 * geography.on_land(straight, rings).mean()
    back = geography.curve(*ends[::-1], geography.bend_at_sea(*ends[::-1], rings))
    np.testing.assert_allclose(back[::-1], bent)
    # Between oceans it passes to the south of the land mass.
    far = geography.project(np.array([10.0, 121.47]), np.array([53.5, 31.23]), 40.0)
    assert geography.curve(*far, geography.bend_at_sea(*far, rings))[:, 1].min() < 25


@pytest.mark.parametrize("count", [2, 5, 9])
def test_places_in_one_spot_are_drawn_apart_and_others_stay(count):
    points = np.zeros((count + 1, 2))
    points[-1] = (1000.0, 0.0)
    moved = geography.spread(points, 30.0)
    for a, b in itertools.combinations(moved, 2):
        assert np.hypot(*(a - b)) >= 30 * 0.99
    assert (moved[-1] == points[-1]).all()
    assert np.abs(moved[:-1].mean(axis=0)).max() < 1e-9
    assert (geography.spread(points[-2:], 30.0) == points[-2:]).all()


@pytest.mark.parametrize(("axis", "widest"), [("x", 4.0), ("x2", 12.0)])
def test_widths_grow_with_the_cube_root_of_what_is_carried(axis, widest):
    names, found = {spot.code: spot.name for spot in SPOTS}, lines_of(drawn(), axis)
    used = [way for way in WAYS if way.state != "closed" and way.after > 0]
    assert len(used) == 5
    for way in used:
        line = found[maps.said(way, names, "million USD", 1)].line
        assert line.width == pytest.approx(widest * (way.after / 1000) ** (1 / 3), abs=0.01)


def test_closed_changed_and_idle_links_are_told_apart():
    figure = drawn()
    for axis in ("x", "x2"):
        found = lines_of(figure, axis)
        shut = found["Khasan to Tumangang, rail: 0.0 million USD (before: 40.0)"]
        new = found["Khasan to Tumangang, road: 27.0 million USD (before: 0.0)"]
        assert (shut.line.color, shut.line.dash) == (LOSS, "5px,3px")
        assert new.line.color == GAIN
        marks = {t.marker.symbol: t for t in figure.data if t.xaxis == axis and t.marker.symbol}
        for symbol, line, colour in (("x", shut, LOSS), ("circle-open", new, GAIN)):
            assert marks[symbol].marker.color == colour
            middle = np.array([np.mean(line.x), np.mean(line.y)])
            assert np.array([marks[symbol].x[0], marks[symbol].y[0]]) == pytest.approx(middle)
    (idle,) = (t for text, t in lines_of(figure).items() if "0.0 million USD (before: 5.0)" in text)
    assert (idle.line.color, idle.line.width) == (mapmarks.FAINT, panels.SLIM)
    key = " ".join(texts_of(figure))
    for word in ("rail", "road", "sea", "changed", "closed", "carries nothing", "Width: million"):
        assert word in key
    assert "air" not in key
    colours = {trace.line.color for trace in lines_of(figure).values()}
    assert colours == {maps.MODES[mode][0] for mode in ("rail", "road", "sea")} | {
        GAIN, LOSS, mapmarks.FAINT,
    }  # fmt: skip


def test_every_place_is_named_once_and_every_number_is_in_the_table():
    figure = drawn()
    texts = texts_of(figure)
    for spot in SPOTS:
        # Names wrap in the figure, so spaces and breaks count for nothing.
        shown = [text for text in texts if spot.name.replace(" ", "") in text.replace(" ", "")]
        assert len(shown) == 1
    cells = {cell for row in figure.layout.meta["table"]["rows"] for cell in row}
    numbers = {
        figure_number
        for text in (*texts, *lines_of(figure), *lines_of(figure, "x2"))
        for figure_number in re.findall(r"\d[\d,]*\.\d", text)
    }
    assert {"580.5", "12,345.6", "27.0", "1,000.0"} <= numbers <= cells
    rows = figure.layout.meta["table"]["rows"]
    assert rows[0] == ["through Shanghai, China", "", "", "12,345.6"]
    assert rows[2] == ["Khasan to Tumangang", "road, changed", "0.0", "27.0"]
    assert rows[3] == ["Khasan to Tumangang", "rail, closed", "40.0", "0.0"]
    assert len(rows) == 2 + len(WAYS)


def test_the_widths_in_the_key_are_those_of_the_lines():
    assert maps.samples(6155.0) == [6000.0, 700.0, 90.0]
    assert maps.samples(0.064) == pytest.approx([0.06, 0.008, 0.001])
    figure = drawn()
    keyed = [shape for shape in figure.layout.shapes if shape.type == "line"]
    widths = [panels.width_of(value, 1000.0, maps.WIDEST) for value in maps.samples(1000.0)]
    assert [shape.line.width for shape in keyed] == pytest.approx(widths, abs=0.01)
    assert {"1,000", "100", "10"} <= set(texts_of(figure))


def test_one_map_where_no_part_needs_another():
    figure = drawn(close_to=())
    assert "xaxis2" not in figure.layout.to_plotly_json()
    assert not [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert len(lines_of(figure)) == len(WAYS)
    both = drawn()
    assert both.layout.height > figure.layout.height
    (overview, part) = (shape for shape in both.layout.shapes if shape.type == "rect")
    assert (overview.xref, part.xref) == ("x", "x2")
    view = both.layout.xaxis2.autorangeoptions
    assert (part.x0, part.x1) == (view.clipmin, view.clipmax)
    # A place that lies within the frame is on the map of the part, asked for or not.
    assert len(lines_of(drawn(close_to=("VVO", "RJN")), "x2")) == len(lines_of(both, "x2"))


def test_a_map_keeps_its_shape_and_shows_all_at_any_width():
    layout = drawn().layout
    for x, y in ((layout.xaxis, layout.yaxis), (layout.xaxis2, layout.yaxis2)):
        assert y.scaleanchor.startswith("x")
        assert y.constrain == "range"
        for axis in (x, y):
            ends = axis.autorangeoptions
            assert axis.autorange is True
            assert tuple(ends.include) == (ends.clipmin, ends.clipmax)
    for trace in drawn().data:
        if trace.mode != "lines" or trace.hovertext:
            number = trace.xaxis.removeprefix("x")
            ends = layout[f"xaxis{number}"].autorangeoptions
            assert min(trace.x) >= ends.clipmin
            assert max(trace.x) <= ends.clipmax


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ReportError, match="the way MOW-LED leads to an unknown place"):
        maps.flow_map(SPOTS, [Way("MOW", "LED", "rail", 1, 1)], title="T", unit="1")
    with pytest.raises(ReportError, match="unknown mode 'canal'; one of rail, road, sea, air"):
        maps.flow_map(SPOTS, [Way("MOW", "VVO", "canal", 1, 1)], title="T", unit="1")
    with pytest.raises(ReportError, match="no way carries anything"):
        maps.flow_map(SPOTS, [Way("MOW", "VVO", "rail", 1, 0)], title="T", unit="1")


@pytest.mark.parametrize("seed", range(6))
def test_names_on_random_maps_are_apart_at_every_scale_and_within_the_sheet(seed):
    rng = np.random.default_rng(seed)
    points = rng.uniform(-1, 1, (10, 2)) * (120, 60)
    size = np.column_stack([rng.uniform(30, 90, 10), np.full(10, 17.6)])
    named = [Name(*points[i], *size[i], i) for i in range(10)]
    ink = rng.uniform(-1, 1, (60, 2)) * (120, 60)
    sheet = Sheet((1.0, 1.5), ((320.0, 240.0), (480.0, 240.0)), points, ink, np.ones(60))
    offsets = np.array(place(named, sheet))
    for scale in np.linspace(1.0, 1.5, 7):
        middles = scale * points + offsets
        assert (np.abs(middles) + size / 2 <= np.array([160 * scale, 120])).all()
        for i, j in itertools.combinations(range(10), 2):
            assert (np.abs(middles[i] - middles[j]) >= (size[i] + size[j]) / 2).any()
        # No name lies on a place either.
        for i, j in itertools.product(range(10), repeat=2):
            assert (np.abs(middles[i] - scale * points[j]) >= size[i] / 2).any()
    assert place([], sheet) == []


def test_the_map_of_the_first_case_says_what_its_network_carries():
    figure, routed = bridge_map(), bridge().by_end["central"]
    carried = routed.carried()
    crossing = [item for item in carried if {item.a, item.b} == {"KHA", "TUM"}]
    (road,) = (item.value_after for item in crossing if item.mode == "road")
    share = 100 * road / sum(item.value_after for item in crossing)
    title = figure.figure.layout.meta["title"]
    assert f"carries {road:,.1f} million USD a year, {share:.0f} % of what passes" in title
    rows = figure.figure.layout.meta["table"]["rows"]
    places = {spot.code: spot.name for spot in routed.network.places}
    expected = [
        (
            f"{places[i.a]} to {places[i.b]}",
            i.mode,
            f"{i.value_before:,.1f}",
            f"{i.value_after:,.1f}",
        )
        for i in carried
    ]
    assert sorted((row[0], row[1].split(",")[0], *row[2:]) for row in rows) == sorted(expected)
    texts = " ".join(texts_of(figure.figure))
    for name in places.values():
        assert texts.count(name) == 1 or name in title
    assert f"new road: {road:,.1f}" in texts
    assert "Natural Earth" in figure.sources[-1].label
    assert "coal mining alone" in figure.caption


def test_a_ban_is_drawn_with_what_passes_its_hubs():
    world, network = random_world(np.random.default_rng(7), 3, 2), triangle()
    sectors = [str(name) for name in world.sectors]
    found = evasion(
        world, network, [Link("q", "a", closed=True, sector=sectors)], ["Quay"], "Alder", sectors
    )
    figure = evasion_map(found, [])
    rows = figure.figure.layout.meta["table"]["rows"]
    hubs = {row[0]: float(row[3].replace(",", "")) for row in rows if row[0].startswith("through")}
    assert sum(hubs.values()) == pytest.approx(sum(found.by_hub.values()), rel=0.01)
    assert "through h, Hub" in hubs
    closed = [row for row in rows if row[1].endswith("closed")]
    assert {row[0] for row in closed} == {"a to q"}
    assert all(float(row[3].replace(",", "")) == 0 for row in closed)
    share = 100 * sum(sorted(found.by_hub.values())[-2:]) / sum(found.by_hub.values())
    assert figure.figure.layout.meta["title"].startswith(f"{share:.0f} % of the banned goods")


def test_a_link_that_nothing_uses_is_drawn_and_said_to_carry_nothing():
    world, network = random_world(np.random.default_rng(7), 3, 2), triangle()
    pairs = tuple(replace(pair, sectors=("tools",)) for pair in network.pairs)
    network = replace(network, pairs=pairs)
    routed = routes(world, network, [Link("q", "a", "road", open=True, sector="grain")])
    cost = {"low": 1, "central": 1, "high": 1, "unit": "million USD", "evidence": ["E1"]}
    asked = RoutesQuestion(
        title="The bridge", opens=[("q", "a", "road")], states=["Quay", "Alder"], cost=cost
    )
    figure = link_map(Corridor(asked, dict.fromkeys(("low", "central", "high"), routed)), [])
    assert figure.figure.layout.meta["title"] == "The bridge carries 0 million USD a year"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The map of the first case, and one with a hostile name, in a document."""
    path = tmp_path_factory.mktemp("maps") / "maps.html"
    blocks = [bridge_map(), Figure(drawn(words=(HOSTILE, "closed to goods under the ban " * 3)))]
    document.write(Page("Maps", [], [Section("All", blocks)]), path)
    return path


def test_a_page_with_maps_asks_for_nothing_and_escapes_every_name(page):
    whole = Reader(page.read_text(encoding="utf-8"))
    assert not {"img", "link", "iframe", "object"} & {tag for tag, _ in whole.elements}
    for tag, attrs in whole.elements:
        assert "src" not in attrs
        assert tag == "a" or "href" not in attrs
    data = [text for tag, text in whole.text if tag == "script" and text.startswith("{")]
    assert len(data) == 2
    for text in data:
        figure = json.loads(text)
        assert "<" not in text
        assert {trace["type"] for trace in figure["data"]} == {"scatter"}
        assert not {"geo", "map", "mapbox", "images"} & set(figure["layout"])
        for note in figure["layout"]["annotations"]:
            assert "<img" not in note["text"]
    labels = [a["aria-label"] for a in whole.of("div") if a.get("class") == "plot"]
    assert labels[0].startswith("Map. The road bridge over the Tumen carries")
    assert "Khasan to Tumangang road, changed 0.0" in labels[0]


@pytest.mark.parametrize("width", [640, 343, 328], ids=["desktop and paper", "tests", "phone"])
def test_no_text_is_cut_or_covered(page, width):
    console, found = browser.measured(page, width)
    assert console == []
    assert found["count"] >= 40
    assert found["resources"] == 0
    assert found["cut"] == []
    assert found["crossed"] == []  # neither by another text nor by a place or a mark
