"""Pages of worlds and countries: true to the world, each state a link, legible at any width."""

import csv
import io

import pytest

import accessibility
import tumen
import web
from tumen.analysis import exposure
from tumen.report import country, trade_maps
from tumen.report.country import Asked
from worlds import three_by_two

RUSSIA = "/worlds/tumen-31/RUS"
FIGURES = ("trade", "map", "theirs", "own", "pair")


def rows_of(text):
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
    return list(csv.DictReader(io.StringIO("".join(lines))))


def test_every_economy_of_a_world_has_its_link_and_its_page(asker):
    world = tumen.load_world("wiod-2011-20")
    text = asker.get("/worlds/wiod-2011-20").text
    for region in world.regions:
        assert f'href="/worlds/wiod-2011-20/{region}"' in text
    for region in ("AUS", "EUR", "RoW"):
        assert asker.get(f"/worlds/wiod-2011-20/{region}").status_code == 200
    assert all(
        f'href="/worlds/{name}"' in asker.get("/worlds").text for name in tumen.list_worlds()
    )


@pytest.mark.parametrize("what", ["sectors", "trade", "map", "theirs", "own", "partners"])
def test_csv_is_unrounded_and_that_of_the_world(asker, what):
    world = tumen.load_world("tumen-31")
    frame = exposure.sectors if what == "sectors" else exposure.partners
    found = frame(world, "RUS")
    rows = rows_of(asker.get(f"{RUSSIA}/{what}.csv").text)
    key = "sector" if what == "sectors" else "partner"
    assert {row[key] for row in rows} == set(found.index)
    for row in rows:
        for column, cell in list(row.items())[2:]:
            assert float(cell) == found.loc[row[key], column.partition(",")[0]]


def test_state_of_the_link_decides_pair_and_matrix(asker):
    world = tumen.load_world("tumen-31")
    link = f"{RUSSIA}?partner=PRK&flow=imports"
    text = asker.get(link).text
    assert '<option value="PRK" selected>' in text
    assert "/worlds/tumen-31/RUS/pair.csv?partner=PRK&amp;flow=imports" in text
    rows = rows_of(asker.get(f"{RUSSIA}/pair.csv?partner=PRK").text)
    expected = exposure.pair(world, "RUS", "PRK")
    got = [float(row["exports, million USD"]) for row in rows]
    assert got == expected["exports"].tolist()
    rows = rows_of(asker.get(f"{RUSSIA}/matrix.csv?flow=imports").text)
    bought = exposure.traded(world, "RUS", "imports")
    assert [float(row["CHN, million USD"]) for row in rows] == bought["CHN"].tolist()


def test_python_under_a_figure_gives_its_numbers(asker, capsys):
    for what in ("sectors", "partners", "matrix", "pair"):
        document = asker.get(f"{RUSSIA}/{what}.json?partner=PRK").json()
        exec(document["python"], {})
        printed = capsys.readouterr().out
        assert document["rows"][0][0] in printed
        assert "scenario ." not in document["citation"]


@pytest.mark.parametrize(
    ("link", "status", "said"),
    [
        ("/worlds/atlantis", 404, "tumen-31"),
        ("/worlds/tumen-31/RU", 404, "RUS"),
        (f"{RUSSIA}?partner=RUS", 422, "partner"),
        (f"{RUSSIA}?partner=XXX", 422, "partner"),
        (f"{RUSSIA}?flow=sideways", 422, "flow"),
        (f"{RUSSIA}/secret.csv", 404, "secret"),
        ("/worlds/..%2F..%2Fetc%2Fpasswd", 404, ""),
    ],
)
def test_bad_input_is_told_in_a_sentence(asker, link, status, said):
    answer = asker.get(link)
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_map_is_true_to_the_flows_and_names_what_it_leaves_out():
    world = tumen.load_world("tumen-31")
    asked = Asked(world, "RUS", "CHN")
    view = country.mapped(asked)
    assert view is not None
    hover = [trace.hovertext for trace in view.block.figure.data if trace.hovertext]
    placed = [code for code in asked.partners.index if code in trade_maps.centres()]
    positive = sum(
        (asked.partners.loc[code, flow] > 0) for code in placed for flow in ("exports", "imports")
    )
    assert len(hover) == positive
    assert "China, exports: 135,002 million USD" in hover
    assert "Not drawn: Rest of the world" in view.block.caption
    assert country.mapped(Asked(three_by_two(), "Quay", "Moor")) is None


def test_every_region_of_the_shipped_worlds_but_the_rest_has_a_place():
    for name in tumen.list_worlds():
        missing = set(tumen.load_world(name).regions) - set(trade_maps.centres())
        assert missing <= {"ROW", "RoW"}


def test_a_world_with_tariffs_and_without_names_can_be_shown():
    world = three_by_two()
    for region in world.regions:
        partner = next(label for label in world.regions if label != region)
        for make in country.VIEWS.values():
            make(Asked(world, region, partner))


def test_choosing_a_partner_changes_figure_and_link(chromium, server):
    with web.watched(chromium, server) as watched:
        watched.go(RUSSIA)
        page = watched.page
        assert watched.fits()
        assert accessibility.grave(watched.page) == []
        for name in FIGURES:
            assert page.locator(f"#{name} .plot .main-svg").count() > 0
        watched.shoot("country-desktop")
        page.get_by_label("Partner").select_option("PRK")
        page.wait_for_url("**/RUS?partner=PRK&flow=exports")
        assert "North Korea" in page.locator("#pair figcaption").inner_text()
        page.go_back()
        assert "North Korea" not in page.locator("#pair figcaption").inner_text()
        assert watched.errors == []
        assert watched.outside == []


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_fits_a_phone(chromium, server, scheme):
    with web.watched(chromium, server, web.PHONE, color_scheme=scheme) as watched:
        for link, name in (
            ("/worlds", "worlds"),
            ("/worlds/tumen-31", "world"),
            ("/worlds/tumen-31/PRK?partner=RUS", "country"),
        ):
            watched.go(link)
            assert watched.fits()
            assert accessibility.grave(watched.page) == []
            watched.shoot(f"{name}-phone-{scheme}")
        assert watched.errors == []


def test_world_on_a_desktop(chromium, server):
    with web.watched(chromium, server) as watched:
        for link in ("/worlds", "/worlds/tumen-31"):
            watched.go(link)
            assert watched.fits()
            assert accessibility.grave(watched.page) == []
            watched.shoot(f"world{link.count('/')}-desktop")
        assert watched.errors == []
