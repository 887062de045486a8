"""Killed writers, full disks, damaged files: what was promised stands, and the rest says so."""

import errno
import os
import random
import resource
import shutil
import subprocess
import sys
import textwrap
import time
from collections import Counter
from pathlib import Path

import pytest

from killed import check, story
from questions import ANSWER, answered, question, silent
from test_files import failing
from tumen.errors import OutputError, StoreError
from tumen.store.runs import Store

HERE = Path(__file__).parent


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "store") as made:
        yield made


def started(*arguments) -> subprocess.Popen:
    """A script of writers, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(HERE / "killed.py"), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_a_writer_killed_at_any_moment_of_its_life_loses_nothing(tmp_path, step):
    done = started("moments", tmp_path, step)
    told, _ = done.communicate(timeout=120)
    assert done.returncode == 0
    assert int(told) > 100


def test_the_check_of_the_killed_can_fail(tmp_path):
    with Store(tmp_path / "store") as store:
        promised = set()
        story(store, promised.add)
        (store.place(question(0).id, "artefacts") / "answer.json").write_bytes(b"{}")
    with pytest.raises(AssertionError):
        check(tmp_path / "store", promised)


def test_writers_killed_at_random_among_others_lose_nothing(tmp_path):
    """Three at once on one store, one of them killed again and again."""
    chance = random.Random(4)
    folder = tmp_path / "store"
    names = iter(f"w{number}" for number in range(100))
    running = [started("for-ever", folder, next(names)) for _ in range(3)]
    said: list[str] = []
    for _ in range(8):
        time.sleep(chance.uniform(0.2, 0.5))
        killed = running.pop(chance.randrange(len(running)))
        assert killed.poll() is None
        killed.kill()
        said += killed.communicate(timeout=30)[0].splitlines()
        running.append(started("for-ever", folder, next(names)))
    for last in running:
        last.kill()
        said += last.communicate(timeout=30)[0].splitlines()
    promised = Counter(
        line for line in said if len(line.split()) == 2 and len(line.split()[1]) == 20
    )
    with Store(folder) as store:
        assert store.verify() == []
        own = {run.id: run for run in store.runs(limit=100_000) if run.title != "passing"}
        asked = [line.split()[1] for line in promised if line.startswith("asked")]
        finished = [line.split()[1] for line in promised if line.startswith("finished")]
        assert len(asked) > 50
        assert set(asked) <= set(own)
        # Each was finished by one writer; what only passed through may be gone.
        assert all(promised[f"finished {run}"] == 1 for run in finished if run in own)
        statuses = Counter(own[run].status for run in finished if run in own)
        assert set(statuses) == {"finished"}
        for run in own.values():
            if run.status == "running":
                silent(store, run.id)
        while (run := store.claim("last")) is not None:
            assert store.finish(run.id, "last", ANSWER, {})
        assert {run.status for run in store.runs(limit=100_000)} == {"finished"}
        assert store.verify() == []


STEPS = [
    *((Path, "open", after) for after in (0, 1)),
    *((os, "fsync", after) for after in range(5)),
    *((Path, "mkdir", after) for after in (0, 1)),
    (Path, "rename", 0),
]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
@pytest.mark.parametrize(("owner", "name", "after"), STEPS)
def test_a_full_disk_leaves_no_half_answer(store, monkeypatch, number, owner, name, after):
    run = store.submit(question()).id
    store.claim("w")
    calls = failing(monkeypatch, owner, name, number, after=after)
    if name == "fsync" and after >= len(ANSWER):
        # A folder that cannot be synced is no fault: some systems cannot.
        assert store.finish(run, "w", ANSWER, {})
    else:
        with pytest.raises(OutputError, match="could not be written"):
            store.finish(run, "w", ANSWER, {})
        assert len(calls) > after
        assert store.run(run).status == "running"
        assert store.artefacts(run) == []
        assert [place.name for place in store.place(run).iterdir()] == ["inputs"]
    monkeypatch.undo()
    assert [place.name for place in (store.folder / "runs").iterdir()] == [run]
    assert store.verify() == []
    if store.run(run).status == "running":
        assert store.finish(run, "w", ANSWER, {})
    assert store.artefact(run, "answer.json") == ANSWER["answer.json"]


@pytest.mark.parametrize(("owner", "name", "after"), [*STEPS[:4], STEPS[-1]])
def test_a_full_disk_leaves_no_half_question(store, monkeypatch, owner, name, after):
    failing(monkeypatch, owner, name, errno.ENOSPC, after=after)
    with pytest.raises(OutputError, match="free some space"):
        store.submit(question())
    monkeypatch.undo()
    assert store.runs() == []
    assert list((store.folder / "runs").iterdir()) == []
    assert answered(store) == question().id
    assert store.verify() == []


def filled(store: Store) -> None:
    """Let the index be as large as its disk lets it be."""
    pages = store.database.connection.execute("PRAGMA page_count").fetchone()[0]
    store.database.connection.execute(f"PRAGMA max_page_count = {pages}")


def asked_many(store: Store) -> None:
    for number in range(1, 200):
        store.submit(question(number, title="x" * 1000))


def test_an_index_that_cannot_grow_leaves_no_half_answer(store):
    run = store.submit(question()).id
    store.claim("w")
    filled(store)
    many = {f"part-{number}.bin": b"x" for number in range(200)}
    with pytest.raises(StoreError, match="the disk is full: free some space"):
        store.finish(run, "w", many, {"text": "x" * 10_000})
    assert store.run(run).status == "running"
    assert [place.name for place in store.place(run).iterdir()] == ["inputs"]
    with pytest.raises(StoreError, match="the disk is full"):
        asked_many(store)
    asked = len(store.runs())
    assert asked == len(list((store.folder / "runs").iterdir())) < 200
    assert store.verify() == []
    store.database.connection.execute("PRAGMA max_page_count = 1000000")
    assert store.finish(run, "w", many, {})
    assert store.verify() == []


def test_a_true_limit_on_file_size(tmp_path):
    """The kernel itself stops the writes: of an answer, and of the index."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent(
                f"""
                import resource, signal, sys
                sys.path.insert(0, {str(HERE)!r})
                from questions import question
                from tumen.errors import OutputError, StoreError
                from tumen.store.runs import Store
                store = Store("store")
                first = store.submit(question()).id
                store.claim("w")
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                limit = 400_000
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, {resource.RLIM_INFINITY}))
                try:
                    store.finish(first, "w", {{"big.bin": b"x" * 1_000_000}}, {{}})
                except OutputError as error:
                    print(error)
                asked = 0
                try:
                    for number in range(1, 2000):
                        store.submit(question(number, title="x" * 3000))
                        asked += 1
                except (OutputError, StoreError) as error:
                    print(error)
                print(asked)
                """
            ),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer, index, asked = done.stdout.splitlines()
    assert "file too large" in answer
    assert "limit on file size" in answer
    assert "index.sqlite" in index
    with Store(tmp_path / "store") as store:
        assert store.verify() == []
        assert len(store.runs(limit=5000)) == int(asked) + 1
        assert store.run(question().id).status == "running"
        assert store.finish(question().id, "w", ANSWER, {})
        assert store.verify() == []


def flipped(place: Path) -> None:
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(bytes(content))


def linked(place: Path) -> None:
    place.unlink()
    place.symlink_to("/etc/hostname")


DAMAGE = {
    "flipped": (flipped, "its content is not what was written"),
    "truncated": (lambda place: os.truncate(place, 10), "it has 10 bytes, not"),
    "emptied": (lambda place: os.truncate(place, 0), "it has 0 bytes, not"),
    "missing": (Path.unlink, "the file is missing"),
    "linked": (linked, "the file is missing"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_answer_is_never_shown_and_can_be_worked_out_again(store, tmp_path, kind):
    damage, words = DAMAGE[kind]
    whole, run = answered(store, 1), answered(store, 0)
    place = store.artefact_path(run, "draws.parquet")
    damage(place)
    with pytest.raises(StoreError, match=words) as caught:
        store.artefact(run, "draws.parquet")
    assert str(place) in str(caught.value)
    assert store.artefact(run, "answer.json") == ANSWER["answer.json"]
    (fault,) = store.verify()
    assert fault.run == run
    assert words in fault.what
    assert fault.remedy == f"tumen runs retry {run}, which works it out again"
    with pytest.raises(StoreError, match=words):
        store.export(run, tmp_path / "x.zip")
    assert list(tmp_path.glob("*.zip")) == list(tmp_path.glob(".tumen*")) == []
    assert store.retry(run).status == "queued"
    assert store.claim("w").id == run
    assert store.finish(run, "w", ANSWER, {})
    assert store.artefact(run, "draws.parquet") == ANSWER["draws.parquet"]
    assert store.artefact(whole, "draws.parquet") == ANSWER["draws.parquet"]
    assert store.verify() == []


def test_a_damaged_question_is_told_and_can_be_asked_again(store):
    run = answered(store)
    flipped(store.place(run, "inputs") / "case.yaml")
    with pytest.raises(StoreError, match="not what was written"):
        store.files(run)
    (fault,) = store.verify()
    assert (
        fault.remedy == f"bring the file back from a copy, or tumen runs delete {run} and ask again"
    )
    store.delete(run)
    assert answered(store) == run
    assert store.verify() == []


def test_a_run_whose_folder_is_gone_is_told(store):
    run = answered(store)
    shutil.rmtree(store.place(run))
    faults = store.verify()
    assert {fault.run for fault in faults} == {run}
    assert len(faults) == 4
    store.delete(run)
    assert store.verify() == []


def test_a_damaged_index_is_told(store):
    for number in range(40):
        store.submit(question(number))
    store.close()
    index = store.folder / "index.sqlite"
    content = bytearray(index.read_bytes())
    content[5000:9000] = b"\xff" * 4000
    index.write_bytes(bytes(content))
    try:
        with Store(store.folder) as again:
            said = " ".join(f"{fault.what} {fault.remedy}" for fault in again.verify())
    except StoreError as error:
        said = str(error)
    assert "from a copy" in said


def test_rows_of_no_run_are_told(store):
    answered(store)
    connection = store.database.connection
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("INSERT INTO access (run, owner) VALUES ('nobody', 'ann')")
    connection.execute("PRAGMA foreign_keys = ON")
    assert ["1 rows belong to no run" in fault.what for fault in store.verify()] == [True]
