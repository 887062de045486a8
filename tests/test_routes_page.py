"""The page of routes: links closed one by one, true to the engine, with and without script."""

import csv
import io
import itertools
import math

import numpy as np
import pytest

import accessibility
import tumen
import web
from tumen.analysis.link_switches import (
    Switches,
    canonical,
    changes_of,
    cut_off,
    link_id,
    network_of,
    switched,
)
from tumen.errors import ShockError
from tumen.report.switched import per_cent, sentence
from tumen.scenario.load import load_case
from tumen.scenario.route_costs import trade_costs

LINK = "/cases/moscow-pyongyang/routes"
API = "/api/v1/scenarios/moscow-pyongyang/routes"
TUMEN = "KHA-TUM-rail"


@pytest.fixture(scope="module")
def case():
    return load_case("moscow-pyongyang")


@pytest.fixture(scope="module")
def network(case):
    return network_of(case)


def into_korea(network):
    """Ids of all links that are open and lead into North Korea."""
    home = {place.code for place in network.places if place.region == "PRK"}
    return tuple(
        link_id(track)
        for track in network.tracks
        if track.opens is None and len(home & {track.a, track.b}) == 1
    )


def test_no_switch_changes_nothing(case):
    found = switched(case, Switches())
    assert all(found.change(region) == 0 for region in found.regions)
    assert all(pair.cost == 0 and pair.after == pair.before for pair in found.pairs())
    assert found.cut == ()
    assert "as it is" in sentence(found)


def test_switches_are_the_engines_own_changes(case, network):
    found = switched(case, Switches((TUMEN,)))
    direct = tumen.routes(
        case.world,
        network,
        [tumen.Link("TUM", "KHA", "rail", closed=True)],
        closure=case.scenario.closure,
    )
    for region in ("PRK", "RUS", "CHN"):
        assert found.million(region) == pytest.approx(float(direct.gain.sel(region=region)))
        # The gain in money is the change of real income on benchmark income.
        income = float(case.world.income.sel(region=region))
        assert found.change(region) * income / 100 == pytest.approx(found.million(region))
    assert found.change("PRK") < 0
    by_pair = {(pair.exporter, pair.importer): pair for pair in found.pairs()}
    assert by_pair["RUS", "PRK"].cost == pytest.approx(direct.cost_change("RUS", "PRK"))
    assert by_pair["RUS", "PRK"].change == pytest.approx(direct.response("RUS", "PRK"))
    carried = {link_id(item): item for item in found.routed.carried()}
    assert carried[TUMEN].value_after == 0 < carried[TUMEN].value_before


def test_closing_more_never_makes_trade_cheaper(case, network):
    rng = np.random.default_rng(5)
    ids = [link_id(track) for track in network.tracks if track.opens is None]
    for _ in range(5):
        order = list(rng.permutation(ids))[:4]
        costs = []
        for count in range(5):
            changes = changes_of(network, Switches(tuple(order[:count])))
            routed = trade_costs(network, changes, case.world)
            costs.append(routed.values)
        for before, after in itertools.pairwise(costs):
            assert (after >= before * (1 - 1e-12)).all()


def test_pairs_without_a_route_are_named(case, network):
    closed = into_korea(network)
    changes = changes_of(network, Switches(closed))
    cut = cut_off(network, changes, case.world)
    assert set(cut) == {("RUS", "PRK"), ("PRK", "RUS"), ("CHN", "PRK"), ("PRK", "CHN")}
    # One way left is enough.
    assert cut_off(network, changes_of(network, Switches(closed[1:])), case.world) == []


def test_ids_hold_whichever_way_they_are_written(network):
    assert canonical("TUM-KHA-rail") == TUMEN
    assert changes_of(network, Switches(("TUM-KHA-rail", TUMEN))) == changes_of(
        network, Switches((TUMEN,))
    )
    for given, said in (
        ("KHA-TUM-sea", "no link"),
        ("nonsense", "no link"),
        ("KHA-TUM-road", "not open yet"),
    ):
        with pytest.raises(ShockError, match=said):
            changes_of(network, Switches((given,)))
    with pytest.raises(ShockError, match="open already"):
        changes_of(network, Switches((), (TUMEN,)))


@pytest.mark.parametrize(
    ("value", "shown"), [(-0.00394, "0.0039 %"), (12.3456, "12.35 %"), (0.5, "0.50 %")]
)
def test_small_changes_keep_two_digits(value, shown):
    assert per_cent(value) == shown


def test_api_answers_with_the_numbers_of_the_engine(asker, case):
    found = asker.get(API, params={"closed": "TUM-KHA-rail"}).json()
    direct = switched(case, Switches((TUMEN,)))
    assert found["closed"] == [TUMEN]
    assert found["sentence"] == sentence(direct)
    assert found["stamp"]["status"] == "converged"
    gained = {row["region"]: row["gain"] for row in found["real_income"]}
    assert gained["PRK"] == pytest.approx(direct.million("PRK"))
    assert all(row["route_left"] for row in found["pairs"])
    after = {row["id"]: row["after"] for row in found["links"]}
    assert after[TUMEN] == 0


def test_api_says_in_words_when_there_is_no_solution(asker, network):
    answer = asker.get(API, params={"closed": ",".join(into_korea(network))})
    assert answer.status_code == 422
    assert "No route is left from" in answer.json()["detail"]
    page = asker.get(LINK, params={"closed": ",".join(into_korea(network))})
    assert page.status_code == 200
    assert "No route is left from" in page.text
    assert 'id="map"' not in page.text


@pytest.mark.parametrize(
    ("link", "status", "said"),
    [
        (f"{LINK}?closed=nonsense", 422, "no link"),
        (f"{LINK}?day=noon", 422, "day"),
        (f"{API}?closed=KHA-TUM-road", 422, "not open yet"),
        ("/api/v1/scenarios/atlantis/routes", 404, "atlantis"),
        ("/api/v1/scenarios/minsk-moscow/routes", 404, "no transport network"),
        (f"{LINK}/secret.csv", 422, "what"),
        (f"{API}?" + "&".join(f"closed={i}-b-rail" for i in range(401)), 422, "closed"),
    ],
)
def test_bad_input_is_told_in_a_sentence(asker, link, status, said):
    answer = asker.get(link)
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_a_case_without_a_network_says_so(asker):
    answer = asker.get("/cases/minsk-moscow/routes")
    assert answer.status_code == 200
    assert "no transport network" in answer.text


def test_switches_work_without_script_and_csv_is_unrounded(asker, case):
    text = asker.get(f"{LINK}?closed={TUMEN}&closed=VVO-KHA-rail").text
    for key in (TUMEN, "KHA-VVO-rail"):
        assert f'value="{key}" id="link-{key}" checked' in text
    lines = asker.get(f"{LINK}/map.csv?closed={TUMEN}").text.splitlines(keepends=True)
    rows = csv.DictReader(io.StringIO("".join(line for line in lines if line[0] != "#")))
    direct = {link_id(item): item for item in switched(case, Switches((TUMEN,))).routed.carried()}
    for row in rows:
        item = direct[row["link"]]
        assert float(row["value after, million USD"]) == pytest.approx(item.value_after, rel=1e-9)
        assert row["switched"] == ("closed" if row["link"] == TUMEN else "")


def test_python_under_the_map_gives_its_numbers(asker, case, capsys):
    document = asker.get(f"{LINK}/map.json?closed={TUMEN}&day=high").json()
    exec(document["python"], {})
    gained = switched(case, Switches((TUMEN,), (), "high")).million("PRK")
    assert f"{gained:.4f}"[:6] in capsys.readouterr().out
    assert math.isfinite(gained)


def test_a_switch_moves_sentence_numbers_map_and_link(chromium, server):
    from playwright.sync_api import expect

    expect.set_options(timeout=30_000)
    with web.watched(chromium, server) as watched:
        watched.go(LINK)
        page = watched.page
        assert watched.fits()
        assert accessibility.grave(watched.page) == []
        assert page.locator("#map .main-svg").count() > 0
        watched.shoot("routes-open-desktop")
        before = page.locator("#sentence").inner_text()
        page.get_by_label("Close Khasan to Tumangang by rail").check()
        expect(page.locator("#sentence")).to_contain_text("North Korea loses")
        expect(page).to_have_url(server + LINK + f"?closed={TUMEN}")
        expect(page.locator(f"[data-link='{TUMEN}']")).to_have_text("0.0")
        expect(page.locator("#map figcaption")).to_contain_text(
            "Khasan to Tumangang by rail closed"
        )
        assert page.locator("#map .main-svg").count() > 0
        watched.shoot("routes-desktop")
        said = page.locator("#sentence").inner_text()
        page.reload()
        assert page.locator("#sentence").inner_text() == said
        assert page.get_by_label("Close Khasan to Tumangang by rail").is_checked()
        page.go_back()
        expect(page.locator("#sentence")).to_have_text(before)
        assert watched.errors == []
        assert watched.outside == []


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_fits_a_phone(chromium, server, scheme):
    with web.watched(chromium, server, web.PHONE, color_scheme=scheme) as watched:
        watched.go(f"{LINK}?closed={TUMEN}&opened=KHA-TUM-road")
        assert watched.fits()
        assert accessibility.grave(watched.page) == []
        watched.shoot(f"routes-phone-{scheme}")
        watched.go("/cases/tehran-moscow/routes")
        assert watched.fits()
        assert accessibility.grave(watched.page) == []
        watched.shoot(f"routes-none-phone-{scheme}")
        assert watched.errors == []
