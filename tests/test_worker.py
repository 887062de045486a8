"""Workers of a store: each run is done once, goes on where it was, and stops when it should."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

import tumen
from cases import write_case
from questions import question, silent
from test_sample import ranged
from tumen.app.jobs import asking as questions
from tumen.app.jobs import kinds, watch
from tumen.app.jobs.asking import check_inside, files_of, laid_out, request_of, settled
from tumen.app.jobs.supervise import Workers
from tumen.app.jobs.worker import Worker
from tumen.errors import ScenarioError, SolveError, StoreError
from tumen.files import write_folder
from tumen.scenario.load import load_case
from tumen.scenario.locate import library
from tumen.scenario.yamlfile import read
from tumen.store.runs import Quota, Store

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return load_case(write_case(tmp_path_factory.mktemp("quay"), ranged))


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "store") as made:
        yield made
        assert made.verify() == []


@pytest.fixture(autouse=True)
def _any_settings(monkeypatch):
    """The kind whose work is put in place here takes settings of its own."""
    monkeypatch.delitem(questions.SETTINGS, "frontier")


@pytest.fixture
def slow(monkeypatch):
    """Put a function in the place of the work of one kind."""
    return lambda work: monkeypatch.setitem(kinds.KINDS, "frontier", work)


def until(holds, seconds=60.0):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


def asked(store, case, seconds=30.0):
    return store.submit(request_of(case, "frontier", {"seconds": seconds})).id


LAGGARDS = [str(HERE / "laggards.py")]
WORKER = ["-m", "tumen.app.jobs.worker"]


def process(store, folder, *more, script=LAGGARDS, **settings) -> subprocess.Popen:
    """A worker of its own, by default one whose runs take their time."""
    return subprocess.Popen(
        [sys.executable, *script, "--store", str(store.folder), *more],
        env=os.environ | {"LAGGARDS": str(folder)},
        **settings,
    )


# What is asked.


def test_a_request_holds_all_that_the_case_depends_on(case, tmp_path):
    files = files_of(case)
    assert set(files) == {"case.yaml", "evidence.csv", "recorded.csv", "world.nc"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert load_case(tmp_path / "case.yaml").digest == case.digest
    asking = request_of(case, "sample", {"draws": 32})
    assert asking.settings == {"draws": 32, "seed": 0, "dear": None}
    assert asking.id == request_of(case, "sample", {"draws": 32, "seed": 0}).id
    assert asking.id != request_of(case, "sample", {"draws": 33}).id


def test_every_file_of_a_shipped_case_goes_along(tmp_path):
    for name in library():
        shipped = load_case(name)
        files = files_of(shipped)
        check_inside(read(shipped.path).value, files)
        write_folder(tmp_path / name, laid_out(name, files))
        again = load_case(tmp_path / name / name)
        assert (again.name, again.digest) == (shipped.name, shipped.digest)


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        ("sampel", {}, "unknown kind of run 'sampel'; did you mean sample?"),
        ("case", {"drews": 1}, "drews: no such setting of a case; did you mean draws?"),
        ("case", {"draws": 0}, "draws: input should be greater than or equal to 1"),
        ("sample", {"draws": "many"}, "draws: input should be a valid integer"),
        ("sample", {"seed": -1}, "seed: input should be greater than or equal to 0"),
        ("path", {"draws": 1}, "draws: no such setting of a path"),
    ],
)
def test_settings_that_mean_nothing_are_refused(kind, given, words):
    with pytest.raises(StoreError) as caught:
        settled(kind, given)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("field", "scenario"),
    [
        ("evidence", {"evidence": "../../etc/passwd"}),
        ("evidence", {"evidence": "/etc/passwd"}),
        ("pressure.0.records", {"pressure": [{"records": "/etc/passwd"}]}),
        ("world", {"world": "/srv/world.nc"}),
        ("world", {"world": "world.nc"}),
        ("extends", {"extends": "../case.yaml"}),
        ("evidence", {"evidence": "../other/e.csv"}),
        ("evidence", {"evidence": "_siblings/there/e.csv"}),
        ("evasion.folder", {"evasion": {"folder": ".."}}),
        ("evasion.folder", {"evasion": {"folder": "/etc"}}),
    ],
)
def test_a_scenario_may_name_only_what_came_with_it(field, scenario):
    with pytest.raises(ScenarioError, match=f"field {field}: .* did not come with the scenario"):
        check_inside(scenario, {"_siblings/there/e.csv": b"", "ways/nodes.csv": b""})
    fine = {
        "world": "tumen-31",
        "evidence": "e.csv",
        "evasion": {"folder": "ways"},
        "pressure": [0],
    }
    check_inside(fine, {"case.yaml": b"", "e.csv": b"", "ways/nodes.csv": b""})
    check_inside({"evidence": "../there/e.csv"}, {"_siblings/there/e.csv": b""})
    check_inside(["no", "scenario"], {})


# What is done.


def finished(store, *runs):
    """Work until nothing waits; every run has an answer, and none names a place on this machine."""
    Worker(store, processes=1).work(once=True)
    for run in runs:
        assert store.run(run).status == "finished", store.run(run).error
        for one in store.artefacts(run):
            assert str(store.folder).encode() not in store.artefact(run, one.name)
    assert list((store.folder / "work").iterdir()) == []


@pytest.mark.slow
def test_a_sample_and_a_path_are_worked_out(store, case):
    sampled = store.submit(request_of(case, "sample", {"draws": 8, "dear": 0})).id
    pathed = store.submit(request_of(case, "path")).id
    finished(store, sampled, pathed)
    told = json.loads(store.artefact(sampled, "sample.json"))
    assert store.run(sampled).summary["bands"] == told["bands"]
    assert (told["draws"], told["folder"]) == (8, None)
    assert [one.name for one in store.artefacts(sampled)] == ["draws.parquet", "sample.json"]
    path = json.loads(store.artefact(pathed, "path.json"))
    rows = store.artefact(pathed, "path.csv").splitlines()
    assert len(rows) == 1 + 2 * 3 * len(path["years"]) * len(case.world.regions)


@pytest.mark.slow
def test_a_sample_is_what_python_gives(store, case, tmp_path):
    run = store.submit(request_of(case, "sample", {"draws": 16, "dear": 8})).id
    finished(store, run)
    drawn = tumen.sample(case, 16, dear=8, workers=1, folder=tmp_path / "draws")
    for name, kept in (("draws.parquet", "plain"), ("draws-dear.parquet", "dear")):
        assert store.artefact(run, name) == (drawn.folder / f"{kept}.parquet").read_bytes()
    told = json.loads(store.artefact(run, "sample.json"))
    assert told["bands"] == json.loads(json.dumps(drawn.document()["bands"]))


@pytest.mark.slow
def test_a_case_is_what_python_gives(store, case):
    run = store.submit(request_of(case, "case", {"draws": 16})).id
    pathed = store.submit(request_of(case, "path")).id
    finished(store, run, pathed)
    whole = json.loads(store.artefact(run, "run.json"))
    result = tumen.run(case.path)
    for region in case.scenario.targets:
        loss = 100 * result.main.central.loss(region, "pressure")
        assert whole["loss"][region]["pressure"]["central"] == pytest.approx(loss)
    assert whole["draws"]["draws"] == 16
    assert store.run(run).summary["headline"] == whole["headline"]
    assert b"<html" in store.artefact(run, "report.html")[:1000]
    path = json.loads(store.artefact(pathed, "path.json"))
    assert path["years"] == [int(year) for year in result.timeline.change["year"]]
    found = path["real_income_change_per_cent"]["Quay"]["pressure_ties"]["low"]
    expected = result.timeline.change.sel(region="Quay", path="pressure_ties", end="low")
    assert found == pytest.approx(expected.values.tolist())


@pytest.mark.slow
def test_a_killed_worker_loses_no_draw(store, case, tmp_path):
    run = store.submit(request_of(case, "sample", {"draws": 192, "dear": 0})).id
    first = process(store, tmp_path, "--processes", "1", script=WORKER)
    parts = store.work(run) / "draws-0"
    until(lambda: list(parts.glob("plain-*.parquet")), 120)
    first.kill()
    first.wait()
    kept = {place.name: place.stat().st_mtime_ns for place in parts.glob("plain-0*.parquet")}
    assert store.run(run).status == "running"
    assert store.claim("early") is None
    silent(store, run)
    written = {}
    real = Store.finish

    def seen(store, run, worker, found, summary):
        written.update({place.name: place.stat().st_mtime_ns for place in parts.glob("plain-0*")})
        return real(store, run, worker, found, summary)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "finish", seen)
        Worker(store, processes=1).work(once=True)
    assert store.run(run).status == "finished"
    assert store.run(run).attempts == 2
    assert kept.items() <= written.items()
    assert len(written) == 3
    whole = tumen.sample(case, 192, dear=0, workers=1, folder=tmp_path / "whole")
    expected = (whole.folder / "plain.parquet").read_bytes()
    assert store.artefact(run, "draws.parquet") == expected


def test_two_workers_do_each_run_once(store, case, tmp_path):
    ids = [asked(store, case, seconds=0.1 + number / 1000) for number in range(6)]
    both = [process(store, tmp_path, "--once") for _ in range(2)]
    assert [one.wait(60) for one in both] == [0, 0]
    begun = Counter(place.name.partition("-")[0] for place in tmp_path.glob("*-*"))
    assert begun == dict.fromkeys(ids, 1)
    assert {store.run(run).status for run in ids} == {"finished"}
    assert {store.run(run).attempts for run in ids} == {1}
    assert len({place.name.partition("-")[2] for place in tmp_path.glob("*-*")}) == 2


def failed(store, run, words):
    """The run failed with one line that says so."""
    Worker(store).work(once=True)
    found = store.run(run)
    assert found.status == "failed"
    assert words in found.error
    assert "\n" not in found.error
    assert str(store.folder) not in found.error


def test_what_is_wrong_with_a_scenario_becomes_the_runs_error(store, case):
    asking = request_of(case, "sample")
    files = dict(asking.files) | {"case.yaml": b"title: [\n"}
    failed(store, store.submit(replace(asking, files=files)).id, "case.yaml, line 2: not valid")
    files = dict(asking.files)
    files["case.yaml"] = files["case.yaml"].replace(b"recorded.csv", b"/etc/hostname")
    run = store.submit(replace(asking, files=files)).id
    failed(store, run, "'/etc/hostname' did not come with the scenario")


def test_another_scenario_than_the_one_asked_is_refused(store, case):
    asking = request_of(case, "sample")
    run = store.submit(replace(asking, scenario_hash="f" * 16)).id
    failed(store, run, f"is {case.digest} with this tumen's data, not {'f' * 16}")
    run = store.submit(replace(asking, code_version="0.0.1")).id
    failed(store, run, "asked of tumen 0.0.1, and this is")


def test_a_kind_that_nobody_does_is_told(store, case, monkeypatch):
    monkeypatch.delitem(kinds.KINDS, "frontier", raising=False)
    failed(store, asked(store, case), "does no runs of kind 'frontier'")


def test_faults_become_one_line(store, case, slow):
    def raising(error):
        def work(task):
            raise error

        return work

    slow(raising(SolveError("no equilibrium\nfor Quay")))
    failed(store, asked(store, case, 1), "no equilibrium for Quay")
    slow(raising(KeyError("x")))
    failed(store, asked(store, case, 2), "a fault inside tumen (KeyError: 'x'); please report it")
    slow(lambda task: ({"../x": b""}, {}))
    failed(store, asked(store, case, 3), "cannot be the name of an artefact")


def test_an_answer_that_cannot_be_kept_is_told(store, case, slow, monkeypatch):
    slow(lambda task: ({"gone.bin": task.folder / "absent"}, {}))
    failed(store, asked(store, case), "could not be written")


# Stopping.


def sleeping(task):
    with task.shown("sleeping") as progress:
        for step in range(400):
            time.sleep(0.1)
            progress(step, 400)
    return {"x.json": b"{}"}, {}


def deaf(task):
    """Work that neither tells how far it is nor looks up, but can be interrupted."""
    threading.Event().wait(40)
    return {"x.json": b"{}"}, {}


@pytest.mark.parametrize("work", [sleeping, deaf])
def test_a_cancelled_run_stops_within_seconds(store, case, slow, work):
    slow(work)
    run = asked(store, case)
    stopped = []

    def cancel():
        with Store(store.folder) as other:
            until(lambda: other.run(run).message == "sleeping" or work is deaf)
            time.sleep(0.5)
            other.cancel(run)
        stopped.append(time.monotonic())

    beside = threading.Thread(target=cancel)
    beside.start()
    Worker(store).work(once=True)
    beside.join()
    assert time.monotonic() - stopped[0] < watch.BEAT + 2
    assert store.run(run).status == "cancelled"
    assert store.artefacts(run) == []


def test_a_run_that_takes_too_long_is_stopped(store, case, slow):
    slow(sleeping)
    run = asked(store, case)
    Worker(store, limit=1.0).work(once=True)
    found = store.run(run)
    assert found.status == "failed"
    assert "took longer than the 0.0167 minutes" in found.error


def test_progress_is_told_while_the_work_goes_on(store, case, slow, monkeypatch):
    monkeypatch.setattr(watch, "BEAT", 0.1)
    seen = []

    def work(task):
        with task.shown("counting") as progress:
            progress(3, 7)
            time.sleep(0.6)
            told = store.run(run)
            seen.append((told.message, told.done, told.total))
        return {"x.json": b"{}"}, {}

    slow(work)
    run = asked(store, case)
    Worker(store).work(once=True)
    assert seen == [("counting", 3, 7)]
    assert store.run(run).status == "finished"


def test_a_deleted_run_leaves_nothing(store, case, slow):
    def work(task):
        (task.folder / "draws").mkdir()
        store.delete(run)
        time.sleep(40)

    slow(work)
    run = asked(store, case)
    Worker(store).work(once=True)
    assert store.runs() == []
    assert list((store.folder / "runs").iterdir()) == list((store.folder / "work").iterdir()) == []


def test_a_worker_keeps_the_quota(tmp_path, case, slow):
    slow(lambda task: ({"x.bin": b"x" * 100_000}, {}))
    with Store(tmp_path, Quota(max_bytes=300_000)) as store:
        ids = [asked(store, case, number) for number in range(4)]
        Worker(store).work(once=True)
        assert ids[0] not in {run.id for run in store.runs()}
        assert store.run(ids[-1]).status == "finished"
        assert store.verify() == []


def test_a_worker_told_to_leave_gives_its_run_back(store, case, tmp_path):
    run = asked(store, case)
    working = process(store, tmp_path)
    until(lambda: list(tmp_path.glob(f"{run}-*")))
    working.send_signal(signal.SIGTERM)
    assert working.wait(20) == 0
    found = store.run(run)
    assert (found.status, found.attempts) == ("queued", 0)


def test_a_worker_leaves_with_its_parent(store, case, tmp_path):
    run = asked(store, case)
    working = process(store, tmp_path, "--follow", stdin=subprocess.PIPE)
    until(lambda: list(tmp_path.glob(f"{run}-*")))
    working.stdin.close()
    assert working.wait(20) == 0
    assert store.run(run).status == "queued"


@pytest.mark.parametrize("ending", ["cancelled", "queued"])
def test_work_that_does_not_stop_is_ended_with_its_process(store, case, tmp_path, ending):
    run = store.submit(request_of(case, "path")).id
    working = process(store, tmp_path)
    until((store.work(run) / "begun").exists)
    store.cancel(run) if ending == "cancelled" else working.terminate()
    assert working.wait(20) == 1
    assert store.run(run).status == ending


def test_workers_are_started_again_and_stop_with_the_server(store, case, tmp_path, monkeypatch):
    monkeypatch.setenv("LAGGARDS", str(tmp_path))
    run = asked(store, case)
    workers = Workers(store.folder, 2)
    workers.command[1:3] = LAGGARDS
    with workers:
        until(lambda: len(workers.alive) == 2)
        until(lambda: list(tmp_path.glob(f"{run}-*")))
        (begun,) = tmp_path.glob(f"{run}-*")
        killed = int(begun.name.rpartition("-")[2])
        assert killed in workers.alive
        os.kill(killed, signal.SIGKILL)
        until(lambda: killed not in workers.alive and len(workers.alive) == 2)
        silent(store, run)
        until(lambda: len(list(tmp_path.glob(f"{run}-*"))) == 2)
        pids = workers.alive
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert store.run(run).status == "queued"
    assert store.run(run).attempts == 1


def test_the_worker_complains_in_one_line(tmp_path, capsys):
    (tmp_path / "index.sqlite").write_bytes(b"no database " * 500)
    done = subprocess.run(
        [sys.executable, "-m", "tumen.app.jobs.worker", "--store", str(tmp_path), "--once"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("tumen: ")
    assert done.stderr.count("\n") == 1


def test_a_question_of_nobodys_world_fails_in_words(store):
    failed(store, store.submit(question(code_version=tumen.__version__)).id, "case.yaml")
