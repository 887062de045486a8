"""`tumen runs`: what the store holds, told to a person and to a program."""

import json
import subprocess
import sys
import zipfile

import pytest

from questions import ANSWER, FILES, answered, question
from test_cli import call, complaint
from tumen.app.commands.runs import age_of, bytes_of, size_in_words
from tumen.errors import StoreError
from tumen.store.runs import Store


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("TUMEN_STORE", str(tmp_path / "store"))
    with Store(tmp_path / "store") as made:
        yield made


def test_runs_are_listed_newest_first(store, capsys):
    old, new = answered(store, 0), store.submit(question(1)).id
    code, out, _ = call(capsys, "runs", "list")
    assert code == 0
    assert out.index(new) < out.index(old)
    assert "Question 0" in out
    told = json.loads(call(capsys, "runs", "list", "--json")[1])
    assert [(run["id"], run["status"]) for run in told] == [(new, "queued"), (old, "finished")]
    told = json.loads(call(capsys, "runs", "list", "--json", "--status", "queued")[1])
    assert [run["id"] for run in told] == [new]
    assert len(json.loads(call(capsys, "runs", "list", "--json", "--limit", "1")[1])) == 1


def test_an_empty_store_says_so(store, capsys):
    assert call(capsys, "runs", "list")[:2] == (0, f"no runs in {store.folder}\n")
    assert json.loads(call(capsys, "runs", "list", "--json")[1]) == []


def test_markup_in_a_title_is_text(store, capsys):
    store.submit(question(title="[red]Quay[/red] [/]"))
    assert "[red]Quay" in call(capsys, "runs", "list")[1]


def test_one_run_is_shown(store, capsys):
    run = answered(store)
    code, out, _ = call(capsys, "runs", "show", run)
    assert code == 0
    for text in ("Question 0", "finished", "draws 64, seed 0", "artefacts/answer.json", "sha256"):
        assert text in out
    told = json.loads(call(capsys, "runs", "show", run, "--json")[1])
    assert told["id"] == run
    assert told["summary"] == {"answer": 42}
    assert set(told["files"]) == {
        *(f"inputs/{name}" for name in FILES),
        *(f"artefacts/{name}" for name in ANSWER),
    }


def test_progress_and_errors_are_shown(store, capsys):
    run = store.submit(question()).id
    store.claim("w")
    store.beat(run, "w", 64, 256, "drawing")
    for command in (("list",), ("show", run)):
        said = " ".join(call(capsys, "runs", *command)[1].split())
        assert "drawing" in said
        assert "64 of 256" in said
    store.fail(run, "w", "no equilibrium for Quay")
    for command in (("list",), ("show", run)):
        assert "no equilibrium" in " ".join(call(capsys, "runs", *command)[1].split())


def test_a_run_is_exported(store, capsys, tmp_path):
    run = answered(store)
    place = tmp_path / "run.zip"
    code, out, _ = call(capsys, "runs", "export", run, place)
    assert (code, out) == (0, f"{place}: run {run}\n")
    with zipfile.ZipFile(place) as archive:
        assert archive.read("artefacts/answer.json") == ANSWER["answer.json"]
    said = complaint(capsys, "runs", "export", run, tmp_path / "absent" / "run.zip")
    assert "could not be written" in said


def test_old_answers_are_removed(store, capsys):
    ids = [answered(store, number) for number in range(3)]
    size = store.run(ids[0]).size
    code, out, _ = call(capsys, "runs", "gc", "--max-size", f"{2 * size}B", "--dry-run")
    assert (code, f"would remove {ids[0]}" in out) == (0, True)
    assert len(store.runs()) == 3
    told = json.loads(call(capsys, "runs", "gc", "--max-size", f"{2 * size}B", "--json")[1])
    assert [one["what"] for one in told["removed"]] == [ids[0]]
    assert call(capsys, "runs", "gc", "--max-size", "1GB", "--max-age", "90d")[1] == (
        "nothing to remove\n"
    )
    assert f"removed {ids[1]}" in call(capsys, "runs", "gc", "--max-age", "0d")[1]
    assert store.runs() == []


def test_verify_proves_that_all_is_there_and_says_what_is_not(store, capsys):
    whole, run = answered(store, 1), answered(store, 0)
    assert call(capsys, "runs", "verify")[:2] == (0, "fine (2 runs)\n")
    store.artefact_path(run, "answer.json").write_bytes(b'{"answer": 43}')
    code, out, _ = call(capsys, "runs", "verify")
    assert code == 1
    assert "answer.json: the file is damaged" in out
    assert f"tumen runs retry {run}" in out
    told = json.loads(call(capsys, "runs", "verify", "--json")[1])
    assert (told["fine"], [fault["run"] for fault in told["faults"]]) == (False, [run])
    assert call(capsys, "runs", "retry", run)[:2] == (0, f"run {run}: queued\n")
    assert call(capsys, "runs", "verify")[0] == 0
    assert store.run(whole).status == "finished"


def test_a_run_is_cancelled_retried_and_deleted(store, capsys):
    run = store.submit(question()).id
    assert call(capsys, "runs", "cancel", run)[:2] == (0, f"run {run}: cancelled\n")
    assert json.loads(call(capsys, "runs", "retry", run, "--json")[1])["status"] == "queued"
    assert call(capsys, "runs", "delete", run)[:2] == (0, f"run {run}: deleted\n")
    assert store.runs() == []
    for command in ("cancel", "retry", "delete", "show"):
        assert f"there is no run {run}" in complaint(capsys, "runs", command, run)
    run = answered(store)
    assert "nothing to cancel" in complaint(capsys, "runs", "cancel", run)
    assert "nothing to retry" in complaint(capsys, "runs", "retry", run)


def test_bad_input_gets_one_line(store, capsys, tmp_path):
    assert "no run's id" in complaint(capsys, "runs", "show", "../../etc/passwd")
    assert "unknown status 'done'" in complaint(capsys, "runs", "list", "--status", "done")
    assert "--max-size '5'" in complaint(capsys, "runs", "gc", "--max-size", "5")
    assert "--max-age '-1d'" in complaint(capsys, "runs", "gc", "--max-age=-1d")
    said = complaint(capsys, "runs", "list", "--store", tmp_path / "absent")
    assert "there is no store of runs here; `tumen serve` makes one" in said
    assert not (tmp_path / "absent").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "index.sqlite").write_bytes(b"no database " * 500)
    assert "no index of runs" in complaint(capsys, "runs", "verify", "--store", tmp_path / "other")


def test_sizes_and_ages_are_read_and_told():
    assert bytes_of("1.5 GB") == 1_500_000_000
    assert bytes_of("10kb") == 10_000
    assert bytes_of(None) is None
    assert age_of("2w").days == 14
    assert [size_in_words(size) for size in (0, 999, 1500, 2_000_000)] == [
        *("0 B", "999 B", "1.5 KB", "2.0 MB")
    ]
    for text in ("9" * 30 + "w", "5GB", "nan d"):
        with pytest.raises(StoreError, match="--max-age"):
            age_of(text)


def test_help_stays_light():
    code = (
        "import sys, tumen.app.cli; "
        "print(*sorted({'jax', 'numpy', 'pandas', 'pydantic', 'sqlite3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
