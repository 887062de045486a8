"""The Python client against a live server on loopback."""

import http.server
import json
import re
import threading
import time
from pathlib import Path
from typing import ClassVar

import pytest

import tumen
import web
from tumen import client as client_module
from tumen.app.server.settings import Settings
from tumen.client import per_cent
from tumen.store.runs import Store

CASE = "tehran-moscow"
DOCUMENT = Path(__file__).parents[1] / "docs/api.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("client") / "store"


@pytest.fixture(scope="module")
def address(folder):
    with web.served(Settings(folder, workers=0)) as made:
        yield made


@pytest.fixture
def server(address):
    return tumen.Client(address)


def working(folder, steps=2, error=None):
    """A thread that does to the next run what a worker does."""

    def work():
        with Store(folder) as store:
            while (run := store.claim("worker")) is None:
                time.sleep(0.05)
            for step in range(steps):
                store.beat(run.id, "worker", step + 1, steps, "drawing")
                time.sleep(0.7)
            if error:
                store.fail(run.id, "worker", error)
            else:
                store.finish(run.id, "worker", {"a b.json": b"[1]"}, {"told": 1})

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.fixture
def run(server):
    """A run that waits; gone afterwards."""
    made = server.submit("path", CASE)
    yield made
    server.delete(made)


def test_what_there_is(server):
    assert [one["name"] for one in server.worlds()] == tumen.list_worlds()
    assert server.world("tumen-31")["regions"][0]["code"] == "USA"
    assert CASE in [one["name"] for one in server.scenarios()]
    assert {tie["id"] for tie in server.scenario(CASE)["ties"]} >= {"drones", "trade"}


def test_an_answer_is_asked_for_as_in_python(server):
    asked = {"levels": {"drones": {"war": 0.07}}, "abstain": ["JPN", "KOR"], "horizon": 1}
    told = server.answer(CASE, **asked)
    found = tumen.answer(CASE, **asked)
    assert told["scenario_hash"] == found.case.digest
    assert told["variation"]["levels"] == {"drones": {"war": 0.07}}
    expected = found.views["pressure_ties"].change("IRN")
    assert told["real_income"]["pressure_ties"]["IRN"] == pytest.approx(expected, abs=1e-9)
    assert server.answer(CASE, split=True)["channels"]


def test_shares_become_per_cent_exactly():
    for count in range(2001):
        assert float(per_cent(count / 1000)) == count / 10
    assert per_cent(0.07) == "7"
    assert per_cent(2) == "200"


def test_shocks_are_records_or_plain(server):
    record = tumen.Embargo("west", "RUS", ["PET"], share=0.5)
    told = server.solve("tumen-31", [record], closure="proportional")
    plain = {"kind": "Embargo", "importer": "west", "exporter": "RUS", "sector": ["PET"]}
    assert server.solve("tumen-31", [plain | {"share": 0.5}], closure="proportional") == told
    found = tumen.solve(tumen.load_world("tumen-31"), [record], closure="proportional")
    assert told["real_income"]["RUS"] == pytest.approx(
        float(found.real_income.sel(region="RUS")), abs=1e-9
    )


def test_a_text_is_checked(server):
    assert server.validate(f"extends: {CASE}")["valid"]
    assert server.validate("shocks: []", kind="shocks")["valid"]
    assert not server.validate("a: b")["valid"]


@pytest.mark.parametrize(
    ("ask", "kind", "words"),
    [
        (lambda c: c.scenario("nowhere"), tumen.RemoteError, "There is no case 'nowhere'"),
        (lambda c: c.scenario("../x?y#z"), tumen.RemoteError, "There is no such page"),
        (lambda c: c.answer(CASE, elasticities="x"), tumen.ScenarioError, "elasticities"),
        (lambda c: c.solve("tumen-31", [tumen.Embargo(None, "RUS")]), tumen.SolveError, "RUS"),
        (lambda c: c.submit("path", CASE, draws=3), tumen.TumenError, "draws"),
        (lambda c: c.run("0" * 20), tumen.RemoteError, "There is no run"),
        (lambda c: c.artefact("0" * 20, "../../x"), tumen.RemoteError, "There is no such page"),
        (lambda c: c.wait("0" * 20), tumen.RemoteError, "There is no run"),
    ],
)
def test_what_is_refused_is_the_error_of_python(server, ask, kind, words):
    with pytest.raises(kind, match=re.escape(words)):
        ask(server)


def test_a_run_is_waited_for(server, folder, run):
    assert server.submit("path", CASE) == run
    assert [one["id"] for one in server.runs("queued")] == [run]
    told = []
    thread = working(folder)
    done = server.wait(run, lambda *progress: told.append(progress))
    thread.join()
    assert done["summary"] == {"told": 1}
    assert (2, 2, "drawing") in told
    assert [one["name"] for one in server.artefacts(run)] == ["a b.json"]
    assert json.loads(server.artefact(run, "a b.json")) == [1]
    assert server.wait(run) == done


def test_a_run_that_fails_says_why(server, folder, run):
    thread = working(folder, steps=0, error="case.yaml, line 3: wrong")
    with pytest.raises(tumen.RemoteError, match=r"failed \(case\.yaml, line 3: wrong\)"):
        server.wait(run)
    thread.join()
    assert server.retry(run)["status"] == "queued"
    assert server.cancel(run)["status"] == "cancelled"
    with pytest.raises(tumen.RemoteError, match="cancelled"):
        server.wait(run)


def test_without_events_a_run_is_looked_at(server, folder, run, monkeypatch):
    monkeypatch.setattr(client_module, "LOOK", 0.1)
    original = tumen.Client.send

    def send(self, method, link, body=None):
        if link.endswith("/events"):
            raise ConnectionResetError("a proxy that cuts streams")
        return original(self, method, link, body)

    monkeypatch.setattr(tumen.Client, "send", send)
    thread = working(folder)
    assert server.wait(run)["status"] == "finished"
    thread.join()


def test_a_run_outlives_its_server(folder, monkeypatch):
    """The server goes while a run is waited for, and comes back at the same address."""
    monkeypatch.setattr(client_module, "LOOK", 0.1)
    found = {}
    with web.served(Settings(folder, workers=0)) as address:
        port = int(address.rpartition(":")[2])
        server = tumen.Client(address)
        run = server.submit("path", "minsk-moscow")
        waiter = threading.Thread(target=lambda: found.update(server.wait(run)))
        waiter.start()
        time.sleep(0.3)
    with Store(folder) as store:
        store.claim("worker")
        store.finish(run, "worker", {}, {})
    assert waiter.is_alive()
    with web.served(Settings(folder, workers=0), port=port):
        waiter.join(20)
    assert found["status"] == "finished"


def test_no_server_is_told_in_a_sentence():
    server = tumen.Client("http://127.0.0.1:9")
    with pytest.raises(tumen.RemoteError, match="cannot be reached") as caught:
        server.worlds()
    assert caught.value.status is None


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "file:///etc/passwd", "", "ftp://x"])
def test_an_address_is_one_of_the_web(address):
    with pytest.raises(tumen.RemoteError, match="is no address of a server"):
        tumen.Client(address)


def test_a_token_does_not_travel_readable():
    with pytest.raises(tumen.RemoteError, match="use https://"):
        tumen.Client("http://tumen.example", token="tumen_x")
    tumen.Client("https://tumen.example", token="tumen_x")


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Sends everybody to another place, and notes who comes with what."""

    seen: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self):
        self.seen.append((self.path, self.headers["authorization"]))
        self.send_response(302)
        self.send_header("location", "/stolen")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_token_goes_where_it_was_meant_to_go_only():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        server = tumen.Client(f"http://127.0.0.1:{made.server_port}", token="tumen_x")
        with pytest.raises(tumen.RemoteError, match="302") as caught:
            server.worlds()
        made.shutdown()
    assert caught.value.status == 302
    assert Elsewhere.seen == [("/api/v1/worlds", "Bearer tumen_x")]


def test_the_example_of_the_document_runs(address, folder):
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert "http://127.0.0.1:8000" in code
    thread = working(folder)
    scope = {}
    exec(compile(code.replace("http://127.0.0.1:8000", address), str(DOCUMENT), "exec"), scope)
    thread.join()
    assert scope["half"]["changed"]
    assert scope["done"]["status"] == "finished"
