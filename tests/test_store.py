"""The run store: a question is answered once, by one worker, and what it found is kept whole."""

import json
import sqlite3
import threading
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest

from questions import ANSWER, FILES, aged, answered, question, silent
from tumen.errors import OutputError, StoreError
from tumen.store import schema
from tumen.store.request import STATUSES
from tumen.store.runs import Quota, Store


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "store") as made:
        yield made
        assert made.verify() == []


def test_an_id_depends_on_all_that_the_answer_does_and_on_nothing_else():
    first = question()
    assert first.id == question(title="Another title", scenario="b").id
    assert first.id == replace(first, settings={"seed": 0, "draws": 64}).id
    others = [
        replace(first, kind="case"),
        replace(first, settings={"draws": 64, "seed": 1}),
        replace(first, files=FILES | {"case.yaml": b"title: Another\n"}),
        replace(first, files=FILES | {"more.csv": b""}),
        replace(first, scenario_hash="f" * 16),
        replace(first, data_version="world 2"),
        replace(first, code_version="1.1"),
    ]
    assert len({first.id, *(other.id for other in others)}) == 1 + len(others)


def test_the_same_question_is_answered_once_for_all_who_ask_it(store):
    first = store.submit(question(), owner="ann")
    assert store.submit(question(), owner="bob") == first
    assert len(store.runs()) == 1
    assert store.may_see(first.id, "ann")
    assert store.may_see(first.id, "bob")
    assert not store.may_see(first.id, "eve")
    store.submit(question(1), owner="bob")
    assert [run.title for run in store.runs(owner="bob")] == ["Question 1", "Question 0"]
    assert [run.title for run in store.runs(owner="ann")] == ["Question 0"]
    assert store.runs(owner="eve") == []
    assert store.files(first.id) == FILES


def test_a_run_from_question_to_answer(store):
    run = store.submit(question())
    assert (run.status, run.attempts, run.started, run.ends) == ("queued", 0, None, False)
    taken = store.claim("w")
    assert (taken.id, taken.status, taken.worker, taken.attempts) == (run.id, "running", "w", 1)
    assert store.claim("v") is None
    assert store.beat(run.id, "w", 5, 10, "drawing")
    seen = store.run(run.id)
    assert (seen.done, seen.total, seen.message) == (5, 10, "drawing")
    assert seen.heartbeat > taken.heartbeat
    assert store.finish(run.id, "w", ANSWER, {"answer": 42})
    over = store.run(run.id)
    assert (over.status, over.summary, over.ends) == ("finished", {"answer": 42}, True)
    assert over.created < over.started < over.ended
    assert over.size == sum(map(len, [*FILES.values(), *ANSWER.values()]))
    assert {one.name for one in store.artefacts(run.id)} == set(ANSWER)
    assert {name: store.artefact(run.id, name) for name in ANSWER} == ANSWER
    assert store.artefact_path(run.id, "answer.json").read_bytes() == ANSWER["answer.json"]
    assert store.submit(question()) == over


def test_an_artefact_may_be_a_file(store, tmp_path):
    (tmp_path / "big").write_bytes(b"x" * 100_000)
    run = answered(store, found={"big.bin": tmp_path / "big"})
    assert store.artefact(run, "big.bin") == b"x" * 100_000
    assert (tmp_path / "big").is_file()


BAD_IDS = ["", ".", "..", "../../etc", "A" * 20, "0" * 19, "0" * 21, "0" * 19 + "g",
           "0" * 19 + "\n", "/" + "0" * 19, "0" * 20 + "/..", "٠" * 20]  # fmt: skip


@pytest.mark.parametrize("text", BAD_IDS)
def test_what_is_no_id_reaches_nothing(store, text):
    calls = [
        *(store.run, store.cancel, store.retry, store.delete, store.files, store.artefacts),
        *(store.place, store.work),
        lambda run: store.artefact(run, "answer.json"),
        lambda run: store.artefact_path(run, "answer.json"),
        lambda run: store.may_see(run, ""),
        lambda run: store.beat(run, "w", 0, 0),
        lambda run: store.finish(run, "w", {}, {}),
        lambda run: store.fail(run, "w", "error"),
        lambda run: store.export(run, store.folder / "x.zip"),
        lambda run: store.runs(before=run),
    ]
    for call in calls:
        with pytest.raises(StoreError, match="no run's id"):
            call(text)
    assert sorted(
        place.name for place in store.folder.rglob("*") if "sqlite" not in place.name
    ) == [
        "runs",
        "work",
    ]


def test_an_id_that_nobody_has_is_told(store):
    for call in (store.run, store.cancel, store.retry, store.delete, store.files, store.artefacts):
        with pytest.raises(StoreError, match=r"there is no run 0{20}; `tumen runs list`"):
            call("0" * 20)
    assert not store.may_see("0" * 20, "")


BAD_NAMES = ["", ".", "..", "../x", "/etc/passwd", "a/../../x", "a//b", ".hidden", "a/.b", "a\\b",
             "a\x00b", "a\nb", "n" * 101, "trailing.", "a:b", "~", "-rf"]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_could_lead_elsewhere_are_refused(store, name):
    with pytest.raises(StoreError, match="cannot be the name of a file"):
        question(files=FILES | {name: b""})
    with pytest.raises(StoreError, match="cannot be the name of a scenario"):
        question(scenario=name)
    run = store.submit(question()).id
    store.claim("w")
    with pytest.raises(StoreError, match="cannot be the name of an artefact"):
        store.finish(run, "w", {name: b""}, {})
    assert store.finish(run, "w", ANSWER, {})
    for read in (store.artefact, store.artefact_path):
        with pytest.raises(StoreError, match=f"run {run} has no"):
            read(run, name)


def test_questions_that_mean_nothing_are_refused():
    for changes, words in (
        ({"kind": "cases"}, "unknown kind of run 'cases'; did you mean case?"),
        ({"files": {"x.yaml": b""}}, "needs its scenario as case.yaml"),
        ({"files": FILES | {"Case.yaml": b""}}, "small and capital letters alone"),
        ({"files": FILES | {"ways": b""}}, "'ways' is a file and a folder"),
        ({"settings": {"draws": float("nan")}}, "settings must be plain values"),
        ({"settings": {"draws": {1}}}, "settings must be plain values"),
    ):
        with pytest.raises(StoreError) as caught:
            question(**changes)
        assert words in str(caught.value)


def test_runs_are_claimed_in_order_each_by_one_thread(store):
    asked = [store.submit(question(number)).id for number in range(24)]
    taken, lock = [], threading.Lock()

    def work(name):
        while (run := store.claim(name)) is not None:
            with lock:
                taken.append(run.id)
            store.finish(run.id, name, {"answer.json": name.encode()}, {})

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(asked)
    assert {run.attempts for run in store.runs()} == {1}
    assert len(store.runs(status="finished")) == 24


def test_a_question_asked_by_many_at_once_is_one_run(store):
    seen = []
    threads = [
        threading.Thread(target=lambda at=at: seen.append(store.submit(question(), f"o{at}").id))
        for at in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1
    assert all(store.may_see(seen[0], f"o{at}") for at in range(8))
    assert store.files(seen[0]) == FILES


def test_a_worker_learns_that_its_run_is_gone(store):
    def taken(number):
        run = store.submit(question(number)).id
        assert store.claim("w").id == run
        return run

    cancelled, deleted, stolen = taken(0), taken(1), taken(2)
    store.cancel(cancelled)
    store.delete(deleted)
    silent(store, stolen)
    assert store.claim("v").id == stolen
    for run in (cancelled, deleted, stolen):
        assert not store.beat(run, "w", 1, 2)
        assert not store.finish(run, "w", ANSWER, {})
        assert not store.fail(run, "w", "late")
        assert not store.release(run, "w")
    assert store.run(cancelled).status == "cancelled"
    assert store.run(stolen).attempts == 2
    assert store.finish(stolen, "v", ANSWER, {})
    assert [one.name for one in (store.folder / "runs").iterdir() if one.name == deleted] == []


def test_a_run_that_kills_its_workers_is_given_up(store):
    run = store.submit(question()).id
    for attempt in (1, 2, 3):
        assert store.claim("w").attempts == attempt
        assert store.claim("v") is None
        silent(store, run)
    assert store.claim("w") is None
    over = store.run(run)
    assert over.status == "failed"
    assert over.error.startswith("given up: 3 workers died over it")
    assert store.retry(run).attempts == 0
    assert store.claim("w").attempts == 1


def test_a_heartbeat_from_the_future_is_a_dead_one(store):
    run = store.submit(question()).id
    store.claim("w")
    silent(store, run, -3600)
    assert store.claim("v").id == run


def test_what_was_given_back_waits_in_its_old_place(store):
    first, second = (store.submit(question(number)).id for number in (0, 1))
    store.claim("w")
    assert store.release(first, "w")
    assert store.run(first).attempts == 0
    assert [store.claim("w").id for _ in range(2)] == [first, second]


def test_cancel_and_retry(store):
    run = store.submit(question()).id
    store.work(run).mkdir()
    (store.work(run) / "draws").touch()
    assert store.cancel(run).status == "cancelled"
    assert store.cancel(run).status == "cancelled"
    assert store.claim("w") is None
    assert store.submit(question()).status == "cancelled"
    later = store.submit(question(1)).id
    assert store.retry(run).status == "queued"
    assert (store.work(run) / "draws").exists()
    with pytest.raises(StoreError, match=f"run {run} is queued; there is nothing to retry"):
        store.retry(run)
    assert [store.claim("w").id, store.claim("w").id] == [later, run]
    with pytest.raises(StoreError, match="is running"):
        store.retry(run)
    assert store.fail(run, "w", "no equilibrium")
    assert store.run(run).error == "no equilibrium"
    with pytest.raises(StoreError, match="has failed; there is nothing to cancel"):
        store.cancel(run)
    assert store.retry(run).error is None
    assert store.claim("w").id == run
    store.finish(run, "w", ANSWER, {})
    for call in (store.cancel, store.retry):
        with pytest.raises(StoreError, match="has finished"):
            call(run)


def test_a_run_goes_with_its_last_owner(store):
    run = store.submit(question(), "ann").id
    store.submit(question(), "bob")
    store.delete(run, owner="ann")
    assert not store.may_see(run, "ann")
    assert store.may_see(run, "bob")
    store.delete(run, owner="bob")
    assert store.runs() == []
    assert list((store.folder / "runs").iterdir()) == []


def test_somebody_elses_run_is_not_deleted(store):
    run = store.submit(question(), "ann").id
    with pytest.raises(StoreError, match="there is no run"):
        store.delete(run, owner="eve")
    assert store.may_see(run, "ann")


def test_runs_page_by_page(store):
    ids = [store.submit(question(number)).id for number in range(5)]
    store.cancel(ids[2])
    newest = store.runs(limit=2)
    assert [run.id for run in newest] == ids[:2:-1]
    assert [run.id for run in store.runs(before=newest[-1].id)] == ids[2::-1]
    assert [run.id for run in store.runs(status="cancelled")] == [ids[2]]
    with pytest.raises(StoreError, match="unknown status 'done'"):
        store.runs(status="done")
    assert {status for status in STATUSES if store.runs(status=status)} == {"queued", "cancelled"}


def test_the_oldest_answers_go_first_and_what_is_worked_on_never(store):
    done = [answered(store, number) for number in range(4)]
    store.submit(question(10))
    running = store.claim("w").id
    queued = store.submit(question(11)).id
    each = store.run(done[0]).size
    listed = store.gc(max_bytes=3 * each, dry=True)
    assert [one.what for one in listed] == done[:2]
    assert len(store.runs()) == 6
    assert store.gc(max_bytes=3 * each, keep=[done[0]]) != listed
    assert {run.id for run in store.runs()} == {done[0], done[3], running, queued}
    assert [one.what for one in store.gc(max_bytes=0)] == [done[0], done[3]]
    assert {run.id for run in store.runs()} == {running, queued}
    assert store.gc(max_bytes=0) == []


def test_what_ended_too_long_ago_goes_with_what_it_had_drawn(store):
    old, new = answered(store, 0), answered(store, 1)
    stopped = store.submit(question(2)).id
    store.work(stopped).mkdir()
    (store.work(stopped) / "draws").write_bytes(b"x" * 1000)
    store.cancel(stopped)
    with store.database.writing() as connection:
        for run in (old, stopped):
            connection.execute("UPDATE runs SET ended = '2020-01-01' WHERE id = ?", (run,))
    removed = {one.what: one.size for one in store.gc(max_age=timedelta(days=30))}
    assert set(removed) == {old, stopped}
    assert removed[stopped] > 1000
    assert not store.work(stopped).exists()
    assert [run.id for run in store.runs()] == [new]


def test_the_stores_own_quota_holds_when_no_other_is_named(tmp_path):
    with Store(tmp_path, Quota(max_bytes=0)) as store:
        run = answered(store)
        assert [one.what for one in store.gc()] == [run]


def test_leftovers_go_after_an_hour_and_a_users_own_file_never(store):
    run = answered(store)
    places = [
        store.folder / "runs" / ".tumen-0123456789abcdef",
        store.folder / "runs" / ("a" * 20),
        store.folder / "work" / ("b" * 20),
        store.work(run),
    ]
    for place in places:
        place.mkdir()
        (place / "x").write_bytes(b"x")
    (store.folder / "runs" / "notes.txt").write_bytes(b"mine")
    assert store.verify() == []
    assert store.gc() == []
    aged(store.folder / "runs")
    aged(store.folder / "work")
    faults = {fault.what.partition(":")[0]: fault.remedy for fault in store.verify()}
    mine = str(store.folder / "runs" / "notes.txt")
    assert faults == dict.fromkeys(map(str, places), "tumen runs gc") | {
        mine: "move it out of the store"
    }
    assert {one.what for one in store.gc(dry=True)} == set(map(str, places))
    assert {one.what for one in store.gc()} == set(map(str, places))
    assert [fault.what for fault in store.verify()] == [f"{mine}: belongs to no run"]
    assert store.artefact(run, "answer.json") == ANSWER["answer.json"]
    (store.folder / "runs" / "notes.txt").unlink()


def test_one_zip_holds_all_of_a_run(store, tmp_path):
    run = answered(store)
    place = tmp_path / "run.zip"
    store.export(run, place)
    with zipfile.ZipFile(place) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    told = json.loads(held.pop("manifest.json"))
    assert held == {f"inputs/{name}": content for name, content in FILES.items()} | {
        f"artefacts/{name}": content for name, content in ANSWER.items()
    }
    assert told["id"] == run
    assert told["settings"] == {"draws": 64, "seed": 0}
    assert set(told["files"]) == set(held)
    before = place.read_bytes()
    store.export(run, place)
    assert place.read_bytes() == before


def test_an_export_that_cannot_be_written_is_told(store, tmp_path):
    run = answered(store)
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "folder", tmp_path / "absent" / "x.zip"):
        with pytest.raises(OutputError, match="could not be written"):
            store.export(run, place)
    assert [one.name for one in tmp_path.rglob(".tumen-*")] == []


def test_a_store_of_the_first_schema_is_brought_up_to_date(tmp_path):
    with Store(tmp_path / "new") as new:
        answered(new)
    (tmp_path / "new").rename(tmp_path / "old")
    index = tmp_path / "old" / "index.sqlite"
    connection = sqlite3.connect(index)
    connection.executescript("DROP TABLE access; PRAGMA user_version = 1")
    connection.close()
    with Store(tmp_path / "old") as store:
        assert schema.version_of(store.database.connection) == schema.VERSION
        (run,) = store.runs(owner="")
        assert store.artefact(run.id, "answer.json") == ANSWER["answer.json"]
        assert not store.may_see(run.id, "ann")
        assert store.verify() == []


def test_the_steps_alone_make_the_schema_of_a_new_store(tmp_path):
    def tables(connection):
        return set(connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))

    connection = sqlite3.connect(":memory:")
    for statement in schema.STEPS[0]:
        connection.execute(statement)
    connection.execute("PRAGMA user_version = 1")
    schema.migrate(connection)
    with Store(tmp_path) as store:
        made = {tuple(row) for row in tables(store.database.connection)}
    assert tables(connection) == made
    connection.close()


def test_a_store_of_a_newer_tumen_is_left_as_it_is(tmp_path):
    with Store(tmp_path) as store:
        answered(store)
    connection = sqlite3.connect(tmp_path / "index.sqlite")
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    before = (tmp_path / "index.sqlite").read_bytes()
    with pytest.raises(StoreError, match=r"newer tumen \(schema 3; this one knows up to 2\)"):
        Store(tmp_path)
    assert (tmp_path / "index.sqlite").read_bytes() == before


def test_what_is_no_store_is_told(tmp_path):
    (tmp_path / "index.sqlite").write_bytes(b"no database " * 500)
    with pytest.raises(StoreError, match="no index of runs: move it away"):
        Store(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="could not be written"):
        Store(tmp_path / "file")
