"""The page of a case as the server makes it: answer, numbers, links, and what it refuses."""

import csv
import io
import re

import pytest

import tumen
import web
from tumen.analysis.answer import answer_to
from tumen.app.jobs.sending import request_for
from tumen.app.pages.case_state import carried
from tumen.errors import SolveError
from tumen.report.bands import loss_reach
from tumen.report.words import finding_of, share
from tumen.scenario.load import kept_case
from tumen.scenario.variation import Variation, from_query

CASE = "minsk-moscow"
HTML = {"accept": "text/html"}
STATE = "market.war=50&without=JPN,KOR&elasticities=uniform-4&horizon=1"
VARIED = {
    "levels": {"market": {"war": 0.5}},
    "abstain": ["JPN", "KOR"],
    "elasticities": "uniform-4",
    "horizon": 1.0,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with web.client(tmp_path_factory.mktemp("pages")) as made:
        yield made


def words(html):
    """The text of a page in one line, as it is read."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).replace("\u00a0", " ").split())


def table(client, block, query=STATE):
    """Header and rows of the numbers of a block."""
    response = client.get(f"/cases/{CASE}/figures/{block}.csv?{query}")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/csv")
    lines = [line for line in response.text.splitlines() if not line.startswith("#")]
    rows = list(csv.reader(io.StringIO("\n".join(lines))))
    return rows[0], rows[1:]


@pytest.mark.parametrize("name", ["moscow-pyongyang", "minsk-moscow", "tehran-moscow"])
def test_every_case_has_its_page(client, name):
    response = client.get(f"/cases/{name}", headers=HTML)
    assert response.status_code == 200
    case, answer = kept_case(name), tumen.answer(name)
    for region in case.scenario.targets:
        assert finding_of(answer, region) in words(response.text)
    controls = len(case.scenario.ties) * len(case.scenario.tied_phases)
    assert len(re.findall(r'<input type="range" id="[^"]*" name=', response.text)) == controls
    assert 'data-at="loss.' in response.text
    assert "This is the case as it stands." in response.text


def test_the_page_loads_nothing_from_elsewhere(client):
    html = client.get(f"/cases/{CASE}").text
    loaded = re.findall(r'<(?:script|img|iframe)[^>]*\ssrc="([^"]*)"', html)
    loaded += re.findall(r'<link[^>]*\shref="([^"]*)"', html)
    assert loaded
    assert all(link.startswith("/static/") for link in loaded)
    assert "<style" not in html
    assert not re.search(r"\son[a-z]+=", html)
    assert all("application/json" in tag for tag in re.findall(r"<script(?![^>]*src)[^>]*>", html))


def test_the_state_of_a_link_is_on_the_page(client):
    html = client.get(f"/cases/{CASE}?{STATE}", headers=HTML).text
    answer = tumen.answer(CASE, **VARIED)
    assert finding_of(answer, "BLR") in words(html)
    assert "Within one year" in words(html)
    assert "takes no part" not in words(html)
    assert "Japan and South Korea take no part" in words(html)
    assert 'name="market.war" min="0" max="200" step="5" value="50" data-case="100"' in html
    for code in ("JPN", "KOR"):
        assert f'name="with" value="{code}">' in html
    assert 'name="with" value="USA" checked>' in html
    assert '<option value="uniform-4" selected>' in html
    assert '<option value="1" selected>' in html
    escaped = STATE.replace("&", "&amp;")
    assert f'href="/cases/{CASE}/claims?{escaped}"' in html
    assert f"/cases/{CASE}/figures/losses.csv?{escaped}" in html


def test_the_gist_says_what_the_case_itself_says(client):
    html = client.get(f"/cases/{CASE}?market.war=0").text
    base, now = tumen.answer(CASE), tumen.answer(CASE, levels={"market": {"war": 0}})
    cell = re.search(r'data-at="offset_ratio.war.BLR">(.*?)</td>', html, flags=re.S)[1]
    shown = [share(each.main.offset_ratio("BLR")["central"]) for each in (base, now)]
    assert words(cell).startswith(f"case: {shown[0]} % {shown[1]} %")
    loss = re.search(r'data-at="loss.BLR">(.*?)</td>', html, flags=re.S)[1]
    assert "case:" not in loss


def test_losses_are_those_of_the_answer(client):
    answer = tumen.answer(CASE, **VARIED)
    header, rows = table(client, "losses")
    assert header[0] == "code"
    assert len(rows) == 3
    for row, (name, view) in zip(
        rows,
        [item for item in answer.views.items() if item[0].startswith("pressure")],
        strict=True,
    ):
        reach = loss_reach(answer, view.phase, "BLR", view.state)
        assert row[:3] == ["BLR", "Belarus", view.title], name
        found = [float(cell) for cell in row[3:]]
        assert found == pytest.approx([-reach.central, -reach.high, -reach.low], abs=1e-12)


def test_the_other_tables_are_those_of_the_answer(client):
    answer = tumen.answer(CASE, **VARIED)
    _, rows = table(client, "undone")
    undone = next(row for row in rows if row[0] == "Belarus: the war")
    ratio = answer.main.offset_ratio("BLR")
    expected = [100 * ratio[end] for end in ("low", "central", "high")]
    assert [float(cell) for cell in undone[3:6]] == pytest.approx(expected, rel=1e-12)
    _, rows = table(client, "senders")
    found = {row[0]: float(row[2]) for row in rows}
    assert "BLR" not in found
    assert list(found.values()) == sorted(found.values())
    for region in ("POL", "JPN", "CHN"):
        assert found[region] == pytest.approx(answer.main.change("pressure", region), abs=1e-12)
    _, rows = table(client, "income")
    belarus = next(row for row in rows if row[0] == "Belarus" and row[1] == "pressure")
    assert float(belarus[2]) == pytest.approx(answer.main.change("pressure", "BLR"), abs=1e-12)
    assert float(belarus[3]) == pytest.approx(answer.main.million("pressure", "BLR"), rel=1e-12)


def test_a_waterfall_adds_up_to_what_the_ties_add(client):
    answer = tumen.answer(CASE, **VARIED, split=True)
    _, rows = table(client, "waterfall.after.BLR")
    parts = {row[0]: float(row[2]) for row in rows}
    phase = answer.phases["after"]
    for unit in phase.units.titles:
        expected = float(phase.shapley.sel(group=unit, region="BLR"))
        assert parts[unit] == pytest.approx(expected, abs=1e-9)
    assert sum(parts.values()) - parts["all"] == pytest.approx(parts["all"], abs=1e-12)


def test_numbers_as_json_say_what_made_them(client):
    found = client.get(f"/cases/{CASE}/figures/losses.json?{STATE}").json()
    answer = tumen.answer(CASE, **VARIED)
    assert found["stamp"]["scenario_hash"] == answer.case.digest
    assert found["stamp"]["status"] == "converged"
    assert found["sources"]
    assert "tumen.answer(" in found["python"]
    assert found["yaml"].startswith(f"extends: {CASE}")
    namespace = {}
    exec(found["python"], namespace)
    assert namespace["answer"].case.digest == answer.case.digest


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("market.war=500", "market.war"),
        ("market.war=much", "no number"),
        ("nothing.war=5", "nothing"),
        ("without=XYZ", "XYZ"),
        ("elasticities=guessed", "guessed"),
        ("horizon=-1", "horizon"),
        ("colour=red", "colour"),
        ("%3Cb%3E.war=5", "&lt;b&gt;"),
    ],
)
def test_a_wrong_link_is_told_what_is_wrong(client, query, sentence):
    response = client.get(f"/cases/{CASE}?{query}", headers=HTML)
    assert response.status_code == 422
    assert sentence in response.text
    assert f'href="/cases/{CASE}"' in response.text
    assert "<b>" not in response.text.replace("<b></b>", "")
    numbers = client.get(f"/cases/{CASE}/figures/losses.csv?{query}")
    assert numbers.status_code == 422
    assert numbers.json()["detail"]


def test_what_there_is_not_is_not_found(client):
    assert client.get("/cases/nowhere", headers=HTML).status_code == 404
    for path in ("figures/profits.csv", "figures/losses.xml", "figures/waterfall.peace.BLR.csv"):
        response = client.get(f"/cases/{CASE}/{path}")
        assert response.status_code == 404, path
        assert "losses" in response.json()["detail"]
    assert client.get("/cases/..%2F..%2Fetc/figures/losses.csv").status_code == 404


def test_a_world_without_equilibrium_shows_no_numbers(client, monkeypatch):
    def refused(case, variation, *, split=False):
        if variation.fields():
            raise SolveError("minsk-moscow, pressure: no equilibrium; lower the embargo")
        return answer_to(case, variation, split=split)

    monkeypatch.setattr("tumen.app.pages.case.answer_to", refused)
    response = client.get(f"/cases/{CASE}?market.war=50", headers=HTML)
    assert response.status_code == 422
    assert "no equilibrium; lower the embargo" in response.text
    assert 'class="shown' not in response.text
    assert "In the long run" not in response.text
    assert re.search(r'data-at="loss.BLR">.*?<b>–</b>', response.text, flags=re.S)
    assert 'data-case="100" data-now="50"' in response.text


def test_a_browser_without_scripts_sends_its_form(client):
    html = client.get(f"/cases/{CASE}").text
    fields = re.findall(r'<input type="range" id="[^"]*" name="([^"]*)"[^>]*value="([^"]*)"', html)
    taken = [("with", code) for code in re.findall(r'name="with" value="(\w+)" checked', html)]
    rest = [("form", "1"), ("horizon", ""), ("elasticities", "fontagne2022")]

    def sent(moved, members):
        pairs = [(name, moved.get(name, value)) for name, value in fields]
        response = client.get(
            f"/cases/{CASE}", params=[*rest, *pairs, *members], follow_redirects=False
        )
        assert response.status_code == 303
        return response.headers["location"]

    assert sent({}, taken) == f"/cases/{CASE}"
    assert sent({"gas.after": "20"}, taken[1:]) == f"/cases/{CASE}?gas.after=20&without=USA"


def test_the_split_comes_at_once_where_it_is_asked_for(client):
    plain = client.get(f"/cases/{CASE}").text
    assert 'class="shown waiting" id="waterfall.war.BLR"' in plain
    assert "split=true" in plain
    split = client.get(f"/cases/{CASE}?split=true").text
    assert 'class="shown waiting"' not in split
    assert "the largest part is" in split


def test_other_pages_carry_the_state_and_nothing_else(client):
    class Asked:
        query_params = web.httpx.QueryParams("closed=A-B&market.war=50&C1.1=3&without=JPN,KOR")

    assert carried(kept_case(CASE), Asked()) == "market.war=50&without=JPN,KOR"


def test_a_run_of_just_this_question_is_linked(client):
    case = kept_case("tehran-moscow")
    varied = from_query(case, "drones.war=25")
    assert client.get("/cases/tehran-moscow/drawn?drones.war=25").json() is None
    store = client.app.state.shelf.store
    run = store.submit(request_for(case, varied, "case", {"draws": 256}))
    found = client.get("/cases/tehran-moscow/drawn?drones.war=25").json()
    assert found["link"] == f"/runs/{run.id}"
    assert "256" in found["words"]
    assert f'href="/runs/{run.id}"' in client.get("/cases/tehran-moscow?drones.war=25").text
    assert client.get("/cases/tehran-moscow/drawn").json() is None
    store.cancel(run.id)
    assert client.get("/cases/tehran-moscow/drawn?drones.war=25").json() is None


def test_the_answer_of_the_interface_is_that_of_the_page(client):
    found = client.get(f"/api/v1/scenarios/{CASE}/answer?{STATE}").json()
    html = client.get(f"/cases/{CASE}?{STATE}").text
    assert set(found["blocks"]) == {"losses", "undone", "senders", "income"}
    for block in found["blocks"].values():
        assert block["title"] in words(html).replace("&#39;", "'")
    for at, (now, _) in found["gist"].items():
        assert re.search(rf'data-at="{re.escape(at)}">.*?<b>{re.escape(now)}</b>', html, flags=re.S)
    assert Variation.model_validate(found["variation"]).abstain == ("JPN", "KOR")
