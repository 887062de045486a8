"""The pages of runs: list, form, one run, its report and files, and what may not be done."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest

from accessibility import findings
from cases import write_case
from tumen.app.jobs.asking import request_of
from tumen.app.pages.held import held_case
from tumen.app.server.settings import Limits
from tumen.scenario.load import load_case
from tumen.store.runs import Store
from web import DESKTOP, PHONE, chromium, client, httpx, served, watched

HTML = {"accept": "text/html"}
REPORT = b"<!DOCTYPE html><title>A report</title><p id='x'>before</p><script>x.textContent='ran'"
NAMES = {"report.html": REPORT + b"</script>", "run.json": b"{}"}


@pytest.fixture
def small(tmp_path):
    """A small case of the user's own."""
    (tmp_path / "quay").mkdir()
    return load_case(write_case(tmp_path / "quay"))


def put(store, case, kind="case", settings=None, *, summary=None, files=NAMES):
    """A finished run."""
    run = store.submit(request_of(case, kind, settings or {})).id
    assert store.claim("hand").id == run
    told = {"headline": {"Quay": "The pressure costs Quay <1 % of its income."}}
    assert store.finish(run, "hand", files, told if summary is None else summary)
    return run


def test_the_list_shows_every_run_with_how_it_stands(tmp_path, small):
    store = Store(tmp_path / "store")
    done = put(store, small)
    failed = store.submit(request_of(small, "sample", {"draws": 5})).id
    store.claim("hand")
    store.fail(failed, "hand", "no equilibrium; try others")
    waiting = store.submit(request_of(small, "sample", {"draws": 6})).id
    with client(tmp_path) as web:
        text = web.get("/runs", headers=HTML).text
        for run in (done, failed, waiting):
            assert f'href="/runs/{run}"' in text
        assert text.index(waiting) < text.index(failed) < text.index(done)
        assert 'class="status failed">Failed' in text
        only = web.get("/runs?status=failed", headers=HTML).text
        assert failed in only
        assert done not in only
        assert "no equilibrium; try others" in web.get(f"/runs/{failed}", headers=HTML).text
        assert web.get("/runs?status=cancelled", headers=HTML).text.count("No run stands so") == 1


@pytest.mark.parametrize(
    ("kind", "summary", "said"),
    [
        ("path", {"worth_constant_change": {"Quay": {"pressure": {"central": -1.5},
          "pressure_ties": {"central": -0.25}}}}, "is worth as much as −1.50 % of real income"),
        ("frontier", {"headline": "Moor alone costs Quay most."}, "Moor alone costs Quay most."),
        ("frontier", {"headline": {"Quay": "Moor costs Quay."}}, "Moor costs Quay."),
        ("sample", {"bands": {"loss.Quay.pressure": {"low": 1, "median": 2, "high": 3}}},
          "2.00 % (90 % of the draws lie between 1.00 and 3.00 %)"),
    ],
)  # fmt: skip
def test_every_kind_of_run_says_what_it_found(tmp_path, small, kind, summary, said):
    settings = {"draws": 8} if kind == "sample" else {}
    run = put(
        Store(tmp_path / "store"), small, kind, settings, summary=summary, files={"x.json": b"1"}
    )
    text = client(tmp_path).get(f"/runs/{run}", headers=HTML).text
    assert said in text
    assert "import tumen" in text


@pytest.mark.parametrize("link", ["/runs?status=asleep", "/runs?before=../../etc"])
def test_a_wrong_filter_is_refused_in_a_sentence(tmp_path, link):
    answer = client(tmp_path).get(link)
    assert answer.status_code == 422
    assert answer.json()["detail"].endswith((".", "again", "cancelled"))


def test_a_finished_run_shows_headline_files_and_how_to_ask_again(tmp_path, small):
    run = put(Store(tmp_path / "store"), small, settings={"draws": 40, "seed": 3})
    with client(tmp_path) as web:
        text = web.get(f"/runs/{run}", headers=HTML).text
        assert "The pressure costs Quay &lt;1 % of its income." in text
        assert "tumen run case.yaml --draws 40 --seed 3" in text
        assert small.digest in text
        for name in ("report.html", "run.json"):
            found = web.get(f"/runs/{run}/files/{name}")
            assert found.content == NAMES[name]
            assert found.headers["content-disposition"].startswith("attachment")
        given = web.get(f"/runs/{run}/inputs/case.yaml")
        assert given.content == small.path.read_bytes()
        assert web.get(f"/runs/{run}/all.zip").content[:2] == b"PK"


def test_a_report_opens_in_a_sandbox_of_its_own(tmp_path, small):
    run = put(Store(tmp_path / "store"), small)
    answer = client(tmp_path).get(f"/runs/{run}/report")
    assert answer.content == NAMES["report.html"]
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    "link",
    [
        "/runs/0123456789abcdef0123",
        "/runs/nonsense",
        "/runs/..%2f..%2fetc",
        "/runs/0123456789abcdef0123/report",
        "/runs/0123456789abcdef0123/state",
        "/runs/0123456789abcdef0123/files/run.json",
        "/runs/0123456789abcdef0123/inputs/case.yaml",
        "/runs/0123456789abcdef0123/all.zip",
    ],
)
def test_what_is_not_there_is_told_plainly(tmp_path, link):
    answer = client(tmp_path).get(link)
    assert answer.status_code == 404
    assert answer.json()["detail"]


@pytest.mark.parametrize("name", ["..%2f..%2findex.sqlite", "nothing.json", "%00", "inputs"])
def test_only_files_of_the_run_are_handed_out(tmp_path, small, name):
    run = put(Store(tmp_path / "store"), small)
    web = client(tmp_path)
    assert web.get(f"/runs/{run}/files/{name}").status_code == 404
    assert web.get(f"/runs/{run}/inputs/{name}").status_code == 404


def test_the_form_starts_a_run_once_for_one_question(tmp_path):
    with client(tmp_path) as web:
        page = web.get("/runs/new?case=minsk-moscow&kind=sample&draws=300", headers=HTML).text
        assert re.search(r'value="minsk-moscow" selected', page)
        assert 'value="300"' in page
        given = {"case": "minsk-moscow", "kind": "sample", "draws": "300", "seed": "4"}
        links = [
            web.post("/runs", data=given, follow_redirects=False).headers["location"]
            for _ in range(2)
        ]
    assert links[0] == links[1]
    store = Store(tmp_path / "store")
    assert [run.settings["draws"] for run in store.runs()] == [300]
    assert store.runs()[0].status == "queued"


def test_a_variation_is_asked_as_a_file_that_extends_the_case(tmp_path):
    with client(tmp_path) as web:
        link = "/runs/new?case=moscow-pyongyang&munitions.war=50&without=JPN"
        page = web.get(link, headers=HTML).text
        state = re.search(r'name="state" value="([^"]*)"', page)[1].replace("&amp;", "&")
        given = {"case": "moscow-pyongyang", "kind": "path", "state": state}
        at = web.post("/runs", data=given, follow_redirects=False).headers["location"]
        assert "Japan" in re.search("<h1>(.*?)</h1>", web.get(at, headers=HTML).text)[1]
    store = Store(tmp_path / "store")
    (run,) = store.runs()
    files = store.files(run.id)
    assert list(files) == ["case.yaml"]
    assert files["case.yaml"].decode().startswith("extends: moscow-pyongyang\n")
    assert run.scenario_hash != load_case("moscow-pyongyang").digest


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("draws", "many", "draws: 'many' is no whole number"),
        ("draws", "-5", "draws: '-5' is no whole number"),
        ("draws", "0", "draws: input should be greater than or equal to 1"),
        ("draws", "200000", "this server does at most 20,000 a run"),
        ("seed", "99999999999", "seed: input should be less than"),
        ("kind", "nonsense", "kind: choose"),
        ("state", "nonsense.war=5", "nonsense"),
        ("state", "munitions.war=fifty", "fifty"),
    ],
)
def test_what_cannot_be_asked_comes_back_with_the_form(tmp_path, field, value, said):
    given = {"case": "moscow-pyongyang", "kind": "sample", "draws": "10", "seed": "0"}
    answer = client(tmp_path).post("/runs", data=given | {field: value}, headers=HTML)
    assert answer.status_code == 422
    assert said in answer.text.replace("&#39;", "'")
    assert '<form method="post" action="/runs"' in answer.text
    assert Store(tmp_path / "store").runs() == []


def test_only_so_many_runs_wait(tmp_path):
    with client(tmp_path, limits=Limits(queued_each=1)) as web:
        given = {"case": "minsk-moscow", "kind": "sample", "draws": "10"}
        assert web.post("/runs", data=given, follow_redirects=False).status_code == 303
        same = web.post("/runs", data=given, follow_redirects=False)
        assert same.status_code == 303
        other = web.post("/runs", data=given | {"draws": "11"}, follow_redirects=False)
        assert other.status_code == 429
        assert "wait already" in other.json()["detail"]


def test_a_run_is_cancelled_taken_up_again_and_deleted(tmp_path, small):
    store = Store(tmp_path / "store")
    run = store.submit(request_of(small, "sample", {"draws": 6})).id
    with client(tmp_path) as web:
        assert web.post(f"/runs/{run}/cancel", follow_redirects=False).status_code == 303
        assert store.run(run).status == "cancelled"
        web.post(f"/runs/{run}/retry")
        assert store.run(run).status == "queued"
        assert web.get(f"/runs/{run}/state").json()["words"] == "Waiting"
        assert web.post(f"/runs/{run}/explode").status_code == 404
        gone = web.post(f"/runs/{run}/delete", follow_redirects=False)
        assert gone.headers["location"] == "/runs"
    assert store.runs() == []
    assert store.verify() == []


def browse_to_end(page, status, seconds=60):
    """Wait until the page says how the run ended, by itself."""
    page.wait_for_selector(f".status.{status}", timeout=1000 * seconds)


def further(page, done, seconds=90):
    """How far the bar is, once it is further than it was."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        value = page.get_attribute("#bar", "value")
        if value is not None and int(value) > done:
            break
        page.wait_for_timeout(200)
    return int(value or -1)


@pytest.mark.slow
def test_progress_survives_a_reload_and_a_server_that_is_started_again(tmp_path):
    """The whole way in a browser, with the real command and its workers."""
    store = tmp_path / "store"
    with chromium() as made:
        with serving(store) as (address, port), watched(made, address) as seen:
            seen.go("/runs/new?case=minsk-moscow&kind=sample&draws=2000")
            seen.page.click("text=Start >> nth=-1")
            seen.page.wait_for_selector('#bar[value]:not([value="0"])', timeout=90_000)
            run = seen.page.url.rsplit("/", 1)[1]
            seen.page.reload()
            assert seen.page.locator(".status.running").count() == 1
            assert "Drawing" in seen.page.inner_text("#progress")
            seen.shoot("run-working-desktop")
            assert seen.errors == []
        with Store(store) as held:
            done = held.run(run).done
            assert done > 0
        with serving(store, port) as (address, _), watched(made, address, PHONE) as seen:
            seen.go(f"/runs/{run}")
            assert further(seen.page, done) >= done
            seen.page.click("text=Cancel")
            browse_to_end(seen.page, "cancelled")
            assert seen.fits()
            seen.page.click("text=Work on it again")
            seen.page.wait_for_selector(".status.running, .status.queued")
            seen.page.click("text=Cancel")
            browse_to_end(seen.page, "cancelled")
            assert seen.outside == []
    with Store(store) as held:
        assert held.run(run).status == "cancelled"
        assert held.verify() == []


def serving(store, port=0):
    """`tumen serve` as a process; its address and port."""
    import contextlib

    @contextlib.contextmanager
    def started():
        command = [sys.executable, "-m", "tumen", "serve", "--store", str(store)]
        process = subprocess.Popen(
            [*command, "--port", str(port)], stderr=subprocess.PIPE, text=True
        )
        try:
            line = process.stderr.readline()
            address = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            assert address is not None, line
            until = time.monotonic() + 30
            while time.monotonic() < until:
                with contextlib.suppress(httpx.TransportError):
                    httpx.get(address[0] + "/runs")
                    break
                time.sleep(0.1)
            yield address[0], int(address[1])
        finally:
            process.terminate()
            process.wait(30)
            process.stderr.close()

    return started()


def test_a_run_ends_under_the_eyes_of_a_reader(tmp_path, small):
    """The page goes from waiting to finished by itself, and the report draws in its sandbox."""
    from tumen.app.server.settings import Settings

    store = Store(tmp_path / "store")
    run = store.submit(request_of(small, "case", {"draws": 8})).id
    settings = Settings(tmp_path / "store")
    with served(settings) as address, chromium() as made, watched(made, address, DESKTOP) as seen:
        seen.go(f"/runs/{run}")
        assert seen.page.inner_text("#status") == "Waiting"
        store.claim("hand")
        store.beat(run, "hand", 3, 8, "drawing")
        seen.page.wait_for_selector('#bar[value="3"]')
        assert seen.page.inner_text("#progress") == "Drawing: 3 of 8"
        told = {"headline": {"Quay": "The pressure costs Quay much."}}
        store.finish(run, "hand", NAMES, told)
        seen.page.wait_for_selector("text=The pressure costs Quay much.")
        assert seen.fits()
        seen.shoot("run-finished-desktop")
        assert findings(seen.page) == []
        seen.page.click("text=Open the report")
        seen.page.wait_for_selector("text=ran")
        assert seen.outside == []
        assert seen.errors == []
        seen.page.once("dialog", lambda dialog: dialog.dismiss())
        seen.go(f"/runs/{run}")
        seen.page.click("text=Delete")
        assert store.run(run).status == "finished"
        seen.page.once("dialog", lambda dialog: dialog.accept())
        seen.page.click("text=Delete")
        seen.page.wait_for_url("**/runs")
        assert store.runs() == []


def test_a_case_with_tables_of_another_is_opened_again(tmp_path):
    """One shipped case takes its records from the folder of another."""
    case = load_case("tehran-moscow")
    with Store(tmp_path / "store") as store:
        run = store.submit(request_of(case, "path", {}))
        assert held_case(store, run).digest == case.digest
