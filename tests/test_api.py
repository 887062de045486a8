"""The programming interface: what it answers, what it refuses, who sees what."""

import json
import threading
import time

import pytest

import tumen
import web
from tumen.analysis import answer as answering
from tumen.app.api import runs as runs_module
from tumen.app.gate import Gate
from tumen.app.recent import GoneError, Recent
from tumen.app.server import visitor as visitor_module
from tumen.app.server.build import create_app
from tumen.app.server.problems import PROBLEM, Problem
from tumen.app.server.settings import Limits, Settings
from tumen.app.server.visitor import Visitor
from tumen.scenario.load import load_case
from tumen.scenario.schema import level_of

CASE = "tehran-moscow"
PATH = {"kind": "path", "scenario": CASE}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """A client of the application, for what is only read."""
    with web.client(tmp_path_factory.mktemp("api")) as made:
        yield made


@pytest.fixture
def fresh(tmp_path):
    """A client of the application with an empty store."""
    with web.client(tmp_path) as made:
        yield made


def store_of(client):
    return client.app.state.shelf.store


def problem(reply, status):
    """The sentence of a problem of this status."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == PROBLEM
    told = reply.json()
    assert told["status"] == status
    return told["detail"]


# Worlds and cases.


def test_worlds_are_those_of_the_package(api):
    listed = api.get("/api/v1/worlds").json()["worlds"]
    assert [one["name"] for one in listed] == tumen.list_worlds()
    world, told = tumen.load_world("tumen-31"), api.get("/api/v1/worlds/tumen-31").json()
    assert [one["code"] for one in told["regions"]] == world.regions
    assert {one["code"]: one["members"] for one in told["regions"]}["EFT"] == ["CHE", "ISL", "NOR"]
    assert {"code": "FSH", "name": "Fishing and aquaculture"} in told["sectors"]
    theta = float(world.dataset["trade_elasticity"].sel(sector="OGS"))
    assert told["elasticities"]["fontagne2022"]["OGS"] == theta
    assert "What to keep in mind" in told["page"]


@pytest.mark.parametrize("name", ["tumen-32", "..%2F..%2Fetc%2Fpasswd", "README.md", "%00"])
def test_no_other_world_is_read(api, name):
    problem(api.get(f"/api/v1/worlds/{name}"), 404)
    problem(api.get(f"/api/v1/scenarios/{name}"), 404)
    problem(api.get(f"/api/v1/scenarios/{name}/answer"), 404)


def test_a_case_says_all_that_a_variation_may_change(api):
    case = load_case("moscow-pyongyang")
    told = api.get("/api/v1/scenarios/moscow-pyongyang").json()
    assert told["targets"] == [
        {"code": "RUS", "name": "Russia"},
        {"code": "PRK", "name": "North Korea"},
    ]
    phases = {phase.id: phase for phase in case.scenario.phases}
    for tie, one in zip(case.scenario.ties, told["ties"], strict=True):
        assert one["id"] == tie.id
        assert set(one["levels"]) == {phase.id for phase in case.scenario.tied_phases}
        for phase, level in one["levels"].items():
            for end, value in level.items():
                assert value == level_of(tie, phases[phase], end)
    senders = {one["code"] for one in told["senders"]}
    assert {"USA", "JPN", "KOR"} <= senders
    assert not {"PRK", "ROW"} & senders
    assert "uniform-4" in told["elasticity_sets"]
    assert {"rail", "road"} <= {link["mode"] for link in told["links"]}
    assert api.get(f"/api/v1/scenarios/{CASE}").json()["links"] == []


# The quick answer.


def test_the_answer_is_that_of_python(api):
    told = api.get(
        f"/api/v1/scenarios/{CASE}/answer",
        params={"drones.war": "50", "without": "JPN", "elasticities": "uniform-4"},
    ).json()
    found = tumen.answer(
        CASE, levels={"drones": {"war": 0.5}}, abstain=["JPN"], elasticities="uniform-4"
    )
    assert told["status"] == "converged"
    assert told["scenario_hash"] == found.case.digest
    assert "drones.war=50" in told["query"]
    for region in found.world.regions:
        expected = found.views["pressure_ties"].change(region)
        assert told["real_income"]["pressure_ties"][region] == pytest.approx(expected, abs=1e-9)
    assert told["loss"]["IRN"]["pressure"]["central"] > 0
    assert {"losses", "undone", "income", "senders"} <= set(told["blocks"])
    assert told["blocks"]["losses"]["figure"]["data"]
    assert told["channels"] is None


def test_the_split_comes_when_it_is_asked_for(api):
    told = api.get(f"/api/v1/scenarios/{CASE}/answer?split=true").json()
    assert {"id", "points_of_real_income"} <= set(told["channels"][0])
    assert "waterfall.war.IRN" in told["blocks"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("drones.war=250", "parameter drones.war: a level must lie between 0 and 2"),
        ("drones.war=much", "parameter drones.war: 'much' is no number"),
        ("drones.wax=50", "did you mean war?"),
        ("drones=50", "parameter 'drones' is unknown; known: without"),
        ("without=JPX", "without"),
        ("elasticities=nonsense", "elasticities"),
        ("horizon=0.01", "horizon"),
        ("horizon=nan", "horizon"),
        ("split=perhaps", "parameter split: give true or false"),
        ("drones.war=50&drones.war=60", "parameter drones.war stands twice"),
    ],
)
def test_a_parameter_that_means_nothing_is_named(api, query, words):
    assert words in problem(api.get(f"/api/v1/scenarios/{CASE}/answer?{query}"), 422)


def counted(monkeypatch, seconds=0.0):
    """How often an answer is worked out, and how many at once."""
    seen = {"calls": 0, "now": 0, "most": 0}
    original, lock = answering.answer_to, threading.Lock()

    def slow(*arguments, **settings):
        with lock:
            seen["calls"] += 1
            seen["now"] += 1
            seen["most"] = max(seen["most"], seen["now"])
        time.sleep(seconds)
        try:
            return original(*arguments, **settings)
        finally:
            with lock:
                seen["now"] -= 1

    monkeypatch.setattr(answering, "answer_to", slow)
    return seen


def asked_at_once(client, links):
    """Statuses and bodies of questions asked at the same time."""
    replies = [None] * len(links)

    def ask(at):
        replies[at] = client.get(links[at])

    threads = [threading.Thread(target=ask, args=(at,)) for at in range(len(links))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [reply.status_code for reply in replies] == [200] * len(links)
    return [reply.json() for reply in replies]


def test_equal_questions_at_once_are_one(fresh, monkeypatch):
    seen = counted(monkeypatch, seconds=0.3)
    link = f"/api/v1/scenarios/{CASE}/answer"
    first, *others = asked_at_once(fresh, [f"{link}?drones.war=45"] * 6)
    assert seen["calls"] == 1
    assert all(other == first for other in others)
    # The same question in other words, later.
    again = fresh.get(f"{link}?drones.war=45.0").json()
    assert again == first
    assert seen["calls"] == 1


def test_no_more_solve_at_once_than_there_are_slots(fresh, monkeypatch):
    fresh.app.state.shelf.gate = Gate(2)
    seen = counted(monkeypatch, seconds=0.1)
    link = f"/api/v1/scenarios/{CASE}/answer?drones.war="
    asked_at_once(fresh, [f"{link}{level}" for level in range(61, 68)])
    assert seen == {"calls": 7, "now": 0, "most": 2}


def test_a_busy_server_says_so(fresh):
    gate = fresh.app.state.shelf.gate = Gate(1, patience=0.05)
    with gate.turn():
        reply = fresh.get(f"/api/v1/scenarios/{CASE}/answer?drones.war=77")
        assert "busy" in problem(reply, 503)
        assert reply.headers["retry-after"] == "5"
        assert "busy" in problem(fresh.post("/api/v1/solve", json={}), 503)
    assert fresh.get(f"/api/v1/scenarios/{CASE}/answer?drones.war=77").status_code == 200


def test_a_gate_lets_go_after_a_fault():
    gate = Gate(1, patience=0.01)
    with pytest.raises(ValueError, match="x"), gate.turn():
        raise ValueError("x")
    with gate.turn(), pytest.raises(Problem), gate.turn():
        pass


def test_who_hangs_up_is_not_solved_for_unless_others_wait():
    recent, others = Recent(), []
    leader_in, go_on = threading.Event(), threading.Event()

    def leaves(waited_for):
        leader_in.set()
        go_on.wait(10)
        if not waited_for():
            raise GoneError
        return b"answer"

    def lead():
        others.append(recent.get("q", leaves))

    thread = threading.Thread(target=lead)
    thread.start()
    leader_in.wait(10)
    joined = threading.Thread(target=lambda: others.append(recent.get("q", lambda _: b"own")))
    joined.start()
    while recent.flights["q"].waiting == 0:
        time.sleep(0.001)
    go_on.set()
    thread.join(10)
    joined.join(10)
    assert others == [b"answer", b"answer"]
    with pytest.raises(GoneError):
        recent.get("other", lambda _: (_ for _ in ()).throw(GoneError))
    assert recent.flights == {}


def test_only_so_many_answers_are_kept():
    recent = Recent(most_bytes=250)
    for number in range(5):
        recent.get(number, lambda _: b"x" * 100)
    assert list(recent.kept) == [3, 4]
    assert recent.size == 200


# Solving and checking.

EMBARGO = {"kind": "Embargo", "importer": "west", "exporter": "RUS", "sector": ["PET"]}


def test_a_solve_is_that_of_python(api):
    told = api.post("/api/v1/solve", json={"world": "tumen-31", "shocks": [EMBARGO]}).json()
    shock = tumen.Embargo(importer="west", exporter="RUS", sector=["PET"])
    found = tumen.solve(tumen.load_world("tumen-31"), [shock])
    assert told["scenario_hash"] == found.scenario_hash
    for name in ("real_income", "real_wage", "equivalent_variation"):
        values = getattr(found, name)
        for region, value in told[name].items():
            assert value == pytest.approx(float(values.sel(region=region)), abs=1e-9)
    assert set(told["first_order"]) == set(found.first_order.data_vars)
    # A full ban has no first-order value.
    assert None in told["first_order"]["total"].values()


def test_what_does_not_converge_has_a_status_and_no_number(api):
    reply = api.post("/api/v1/solve", json={"shocks": [{"kind": "Embargo", "exporter": "RUS"}]})
    assert "RUS" in problem(reply, 422)
    assert reply.json()["solve_status"] == "no_equilibrium"
    assert "real_income" not in reply.text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"shocks": [{"kind": "Embargo", "exporter": "RUX"}]}', "shocks.0: exporter: unknown"),
        ('{"shocks": [{"kind": "Embargo", "share": NaN}]}', "finite"),
        ('{"shocks": [{"kind": "Embargo", "share": 1e999}]}', "finite"),
        ('{"shocks": [{"kind": "Embargo", "colour": 1}]}', "colour"),
        ('{"closure": "half"}', "closure"),
        ('{"tolerance": 1e-30}', "tolerance"),
        ('{"horizon": 1000}', "horizon"),
        ('{"elasticities": "none"}', "elasticities"),
        ('{"\\ud800": 1}', "unicode"),
        ("[1, 2]", "body"),
    ],
)
def test_a_bad_solve_is_told_in_a_sentence(api, body, words):
    reply = api.post("/api/v1/solve", content=body, headers={"content-type": "application/json"})
    assert words in problem(reply, 422)


@pytest.mark.parametrize("body", ["{", "[" * 100_000, "9" * 5000, b"\xff\xfe"])
def test_what_is_no_json_is_refused(api, body):
    reply = api.post("/api/v1/solve", content=body, headers={"content-type": "application/json"})
    assert reply.status_code in (400, 422)
    assert reply.json()["detail"]


@pytest.mark.parametrize("world", ["../tumen-31", "/etc/passwd", "tumen-31.nc", "README.md"])
def test_a_solve_reads_no_path(api, world):
    problem(api.post("/api/v1/solve", json={"world": world}), 404)


def test_faults_of_a_text_stand_beside_their_lines(api):
    text = "title: Mine\nwurld: tumen-31\ntargets: IRN\n"
    told = api.post("/api/v1/validate", json={"text": text}).json()
    assert told["valid"] is False
    found = {error["field"]: error for error in told["errors"]}
    assert found["wurld"]["line"] == 2
    assert "did you mean world" in found["wurld"]["message"]
    assert found["targets"]["line"] == 3
    assert found["ties"]["message"] == "this field is missing"
    (broken,) = api.post("/api/v1/validate", json={"text": "a: [1\nb: 2"}).json()["errors"]
    assert broken["file"] == "case.yaml"
    assert broken["line"] == 2


def test_a_variation_as_a_text(api):
    text = f"extends: {CASE}\nlevels:\n  drones: {{war: 0.5}}\n"
    told = api.post("/api/v1/validate", json={"text": text}).json()
    assert told["valid"], told["errors"]
    text = text.replace("0.5", "2.5")
    (wrong,) = api.post("/api/v1/validate", json={"text": text}).json()["errors"]
    assert (wrong["line"], wrong["field"]) == (3, "levels.drones.war")


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("extends: /etc/passwd", {}),
        ("extends: ../../../etc/passwd", {}),
        ("extends: Makefile", {}),
        ("extends: base.yaml", {"base.yaml": "evidence: /etc/passwd"}),
        ("extends: sub/base.yaml", {"sub/base.yaml": "evidence: ../../x.csv"}),
        ("extends: sub/base.yaml", {"sub/base.yaml": "evidence: x.csv", "x.csv": ""}),
        ("extends: a.yaml", {"a.yaml": "extends: b.yaml", "b.yaml": "world: /tmp/x.nc"}),
        ("world: pyproject.toml", {}),
        ("evasion: {folder: ../..}", {}),
        ("pressure: [{records: ../../other/recorded.csv}]", {}),
    ],
)
def test_a_text_reads_nothing_but_what_came_with_it(api, text, files):
    told = api.post("/api/v1/validate", json={"text": text, "files": files}).json()
    (error,) = told["errors"]
    assert "did not come with the scenario" in error["message"]
    asked = {"kind": "path", "text": text, "files": files}
    assert "did not come with" in problem(api.post("/api/v1/runs", json=asked), 422)


def test_a_text_may_extend_what_came_with_it(api):
    files = {"sub/base.yaml": f"extends: {CASE}\nlevels: {{drones: {{war: 0.5}}}}"}
    text = "extends: sub/base.yaml\ntitle: Mine"
    told = api.post("/api/v1/validate", json={"text": text, "files": files}).json()
    assert told["valid"], told["errors"]


def test_shocks_as_a_text(api):
    text = "shocks:\n  - {kind: Embargo, exporter: RUS}\n  - {kind: Embargo, exporter: RUX}\n"
    (wrong,) = api.post("/api/v1/validate", json={"kind": "shocks", "text": text}).json()["errors"]
    assert (wrong["line"], wrong["field"]) == (3, "shocks.1")
    assert "did you mean RUS?" in wrong["message"]


# Runs.


def worked(store, run, steps=0, pause=0.3, found=None):
    """What a worker does to a run."""
    time.sleep(pause)
    assert store.claim("worker").id == run
    for step in range(steps):
        store.beat(run, "worker", step + 1, steps, "drawing")
        time.sleep(pause)
    store.finish(run, "worker", found or {"path.json": b"{}"}, {"headline": "told"})


def test_the_same_question_is_one_run(fresh):
    first = fresh.post("/api/v1/runs", json=PATH)
    assert first.status_code == 202
    run = first.json()["id"]
    assert first.headers["location"] == f"/api/v1/runs/{run}"
    assert first.json()["status"] == "queued"
    again = fresh.post("/api/v1/runs", json=PATH | {"variation": {}})
    assert (again.status_code, again.json()["id"]) == (200, run)
    half = PATH | {"variation": {"levels": {"drones": {"war": 0.5}}}}
    other = fresh.post("/api/v1/runs", json=half)
    assert other.status_code == 202
    assert other.json()["id"] != run
    assert "at 50 %" in other.json()["title"]
    assert [one["id"] for one in fresh.get("/api/v1/runs").json()["runs"]] == [
        other.json()["id"],
        run,
    ]
    text = f"extends: {CASE}\nlevels:\n  drones:\n    war: 0.5\n"
    asked = {"kind": "path", "text": text, "name": CASE}
    assert fresh.post("/api/v1/runs", json=asked).json()["id"] == other.json()["id"]


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"scenario": "nowhere"}, 404, "There is no case 'nowhere'"),
        ({"scenario": None}, 422, "either scenario"),
        ({"text": "a: b"}, 422, "either scenario"),
        ({"kind": "dance"}, 422, "kind"),
        ({"kind": "sample", "settings": {"draws": 10**6}}, 422, "at most 20,000"),
        ({"kind": "case", "settings": {"total_effects": 4096}}, 422, "at most 20,000"),
        ({"settings": {"draws": 5}}, 422, "draws"),
        ({"files": {"a.csv": ""}}, 422, "files belong to a text"),
        ({"variation": {"levels": {"drones": {"wax": 1}}}}, 422, "did you mean war?"),
        ({"variation": {"colour": 1}}, 422, "colour"),
        ({"colour": 1}, 422, "colour"),
        ({"scenario": None, "text": "extends: /etc/passwd"}, 422, "did not come with"),
        ({"scenario": None, "text": "title: x"}, 422, "case.yaml, line 1, field world"),
        ({"scenario": None, "text": "a: b", "name": "../x"}, 422, "name"),
    ],
)
def test_what_cannot_be_run_is_refused(fresh, change, status, words):
    asked = {key: value for key, value in (PATH | change).items() if value is not None}
    sentence = problem(fresh.post("/api/v1/runs", json=asked), status)
    assert words in sentence
    assert "/tmp" not in sentence
    assert fresh.get("/api/v1/runs").json() == {"runs": []}


def test_only_so_many_wait(tmp_path):
    with web.client(tmp_path, limits=Limits(queued_each=1)) as client:
        run = client.post("/api/v1/runs", json=PATH).json()["id"]
        other = {"kind": "path", "scenario": "minsk-moscow"}
        reply = client.post("/api/v1/runs", json=other)
        assert "wait already" in problem(reply, 429)
        assert int(reply.headers["retry-after"]) > 0
        assert client.post("/api/v1/runs", json=PATH).status_code == 200
        client.post(f"/api/v1/runs/{run}/cancel")
        assert client.post("/api/v1/runs", json=other).status_code == 202
        assert "wait already" in problem(client.post(f"/api/v1/runs/{run}/retry"), 429)


def test_the_life_of_a_run(fresh):
    run = fresh.post("/api/v1/runs", json=PATH).json()["id"]
    link = f"/api/v1/runs/{run}"
    assert "nothing to retry" in problem(fresh.post(f"{link}/retry"), 409)
    assert fresh.post(f"{link}/cancel").json()["status"] == "cancelled"
    assert fresh.post(f"{link}/retry").json()["status"] == "queued"
    worked(store_of(fresh), run, pause=0)
    done = fresh.get(link).json()
    assert (done["status"], done["summary"]) == ("finished", {"headline": "told"})
    assert "worker" not in done
    assert "nothing to cancel" in problem(fresh.post(f"{link}/cancel"), 409)
    assert fresh.get("/api/v1/runs?status=finished").json()["runs"] == [done]
    assert fresh.get(f"/api/v1/runs?before={run}").json()["runs"] == []
    gone = fresh.delete(link)
    assert (gone.status_code, gone.content) == (204, b"")
    problem(fresh.get(link), 404)
    problem(fresh.delete(link), 404)


@pytest.mark.parametrize("run", ["x", "0" * 20, "..%2f..%2fetc", "%00", "A" * 300])
@pytest.mark.parametrize("end", ["", "/events", "/artefacts", "/artefacts/run.json"])
def test_there_are_no_other_runs(api, run, end):
    problem(api.get(f"/api/v1/runs/{run}{end}"), 404)


def events_of(reply):
    """Names and data of server-sent events."""
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/event-stream")
    blocks = [block.split("\n") for block in reply.text.split("\n\n") if "event: " in block]
    return [(name[7:], json.loads(data[6:])) for name, data in blocks]


def test_events_tell_the_progress_and_end(fresh):
    run = fresh.post("/api/v1/runs", json=PATH).json()["id"]
    thread = threading.Thread(target=worked, args=(store_of(fresh), run, 3))
    thread.start()
    told = events_of(fresh.get(f"/api/v1/runs/{run}/events"))
    thread.join()
    names = [name for name, _ in told]
    assert names[0] == "progress"
    assert names[-1] == "end"
    assert "end" not in names[:-1]
    assert [data["status"] for _, data in told][-1] == "finished"
    assert any(data["total"] == 3 and data["message"] == "drawing" for _, data in told)
    # Of a run that has ended there is nothing but that.
    assert [name for name, _ in events_of(fresh.get(f"/api/v1/runs/{run}/events"))] == ["end"]


def test_events_end_when_the_run_or_the_server_goes(fresh):
    run = fresh.post("/api/v1/runs", json=PATH).json()["id"]
    timer = threading.Timer(0.7, store_of(fresh).delete, (run,))
    timer.start()
    told = events_of(fresh.get(f"/api/v1/runs/{run}/events"))
    assert [name for name, _ in told] == ["progress", "gone"]
    run = fresh.post("/api/v1/runs", json=PATH).json()["id"]
    fresh.app.state.shelf.closing.set()
    assert events_of(fresh.get(f"/api/v1/runs/{run}/events")) == []


def test_files_of_a_run_are_kept_out_of_our_origin(fresh):
    run = fresh.post("/api/v1/runs", json=PATH).json()["id"]
    store, link = store_of(fresh), f"/api/v1/runs/{run}/artefacts"
    assert fresh.get(link).json() == {"artefacts": []}
    page = b"<script>alert(1)</script>"
    worked(store, run, pause=0, found={"report.html": page, "a b.csv": b"1,2\n", "x.bin": b"\0"})
    listed = {one["name"]: one for one in fresh.get(link).json()["artefacts"]}
    assert listed["a b.csv"]["media_type"] == "text/csv; charset=utf-8"
    for one in listed.values():
        reply = fresh.get(one["link"])
        assert len(reply.content) == one["size"]
        assert reply.headers["content-type"] == one["media_type"]
        assert reply.headers["content-disposition"].startswith("attachment")
        assert reply.headers["content-security-policy"].startswith("sandbox;")
        assert reply.headers["x-content-type-options"] == "nosniff"
    problem(fresh.get(f"{link}/..%2f..%2finputs%2fcase.yaml"), 404)
    (store.place(run, "artefacts") / "x.bin").write_bytes(b"\1")
    sentence = problem(fresh.get(listed["x.bin"]["link"]), 409)
    assert "damaged" in sentence
    assert str(store.folder) not in sentence


# Who may do what.


def acting_as(monkeypatch, visitor):
    """Every request comes from this visitor."""
    for module in (visitor_module, runs_module):
        monkeypatch.setattr(module, "visitor_of", lambda request: visitor)


def test_everybody_sees_their_own_runs_only(fresh, monkeypatch):
    acting_as(monkeypatch, Visitor("anna", public=True))
    run = fresh.post("/api/v1/runs", json=PATH).json()["id"]
    acting_as(monkeypatch, Visitor("boris", public=True))
    assert fresh.get("/api/v1/runs").json() == {"runs": []}
    link = f"/api/v1/runs/{run}"
    for end in ("", "/events", "/artefacts", "/artefacts/path.json"):
        problem(fresh.get(link + end), 404)
    for end in ("/cancel", "/retry"):
        problem(fresh.post(link + end), 404)
    problem(fresh.delete(link), 404)
    # Who asks the same is shown the same, and letting go of it takes it from nobody else.
    assert fresh.post("/api/v1/runs", json=PATH).status_code == 200
    assert fresh.get(link).json()["status"] == "queued"
    assert fresh.delete(link).status_code == 204
    problem(fresh.get(link), 404)
    acting_as(monkeypatch, Visitor("anna", public=True))
    assert fresh.get(link).json()["status"] == "queued"


def test_a_viewer_looks_only(fresh, monkeypatch):
    run = fresh.post("/api/v1/runs", json=PATH).json()["id"]
    acting_as(monkeypatch, Visitor("vera", role="viewer", public=True))
    problem(fresh.post("/api/v1/runs", json=PATH), 403)
    for end in ("/cancel", "/retry"):
        problem(fresh.post(f"/api/v1/runs/{run}{end}"), 403)
    problem(fresh.delete(f"/api/v1/runs/{run}"), 403)
    assert fresh.get(f"/api/v1/scenarios/{CASE}").status_code == 200


# The document.


def test_every_operation_is_described(tmp_path):
    document = create_app(Settings(tmp_path)).openapi()
    for path, operations in document["paths"].items():
        assert path.startswith("/api/v1/")
        for operation in operations.values():
            assert operation["summary"]
            assert len(operation["description"]) > 20
            assert {"401", "404", "422", "429"} <= set(operation["responses"])
            for status, response in operation["responses"].items():
                if status >= "4":
                    assert list(response["content"]) == [PROBLEM]
    assert "ProblemDocument" in document["components"]["schemas"]


def test_what_is_not_there_is_a_problem_too(api):
    problem(api.get("/api/v1/nothing"), 404)
    problem(api.put("/api/v1/worlds"), 405)
