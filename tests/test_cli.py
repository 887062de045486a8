"""The command line as a user meets it: answers, one-line complaints, exit codes, nothing lost."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from cases import write_case
from tumen.app.cli import main
from tumen.vocabulary import VARIANTS

SHOCKS = """world: tumen-31
closure: fixed
shocks:
  - kind: Transfer
    source: RUS
    destination: PRK
    value: 1000
"""


def call(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(list(map(str, arguments)))
    shown = capsys.readouterr()
    return int(left.value.code or 0), shown.out, shown.err


def complaint(capsys, *arguments: str, code: int = 2) -> str:
    """One line on standard error, nothing on standard output."""
    got, out, err = call(capsys, *arguments)
    assert got == code, err
    assert out == ""
    assert err.startswith("tumen: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def test_run_writes_everything_and_prints_one_document(capsys, tmp_path):
    path = write_case(tmp_path)
    out = tmp_path / "out"
    code, text, _ = call(capsys, "run", path, "--draws", "16", "--out", out, "--json")
    assert code == 0
    document = json.loads(text)
    for key in (
        "status",
        "residual",
        "scenario_hash",
        "data_version",
        "closure",
        "elasticities",
        "real_income",
        "offset_ratio",
        "channels",
        "files",
    ):
        assert key in document
    assert document["status"] == "converged"
    assert {name.name for name in out.iterdir()} == {
        "report.html",
        "results.xlsx",
        "results.parquet",
        "results.csv",
        "worlds.nc",
        "run.json",
        "draws-0",
    }
    assert sorted(document["files"]) == sorted(str(name) for name in out.iterdir())


def test_run_prints_an_answer_for_people(capsys, tmp_path):
    path = write_case(tmp_path)
    code, text, _ = call(capsys, "run", path, "--draws", "16", "--out", tmp_path / "out")
    assert code == 0
    assert "the pressure costs Quay" in text
    assert "status converged, residual" in text
    assert "elasticities" in text


@pytest.mark.slow
def test_default_folder_carries_case_and_hash(capsys, tmp_path, monkeypatch):
    path = write_case(tmp_path)
    monkeypatch.chdir(tmp_path)
    _, text, _ = call(capsys, "run", path, "--draws", "16", "--json")
    document = json.loads(text)
    folder = tmp_path / "tumen-runs" / f"{tmp_path.name}-{document['scenario_hash']}"
    assert (folder / "report.html").is_file()


def test_solve_a_file_of_shocks(capsys, tmp_path):
    path = tmp_path / "gift.yaml"
    path.write_text(SHOCKS)
    code, text, _ = call(capsys, "solve", path, "--out", tmp_path / "out", "--json")
    assert code == 0
    document = json.loads(text)
    assert document["real_income"]["PRK"] == pytest.approx(3.008, abs=5e-4)
    assert document["closure"] == "fixed"
    code, text, _ = call(capsys, "solve", path, "--out", tmp_path / "out")
    assert "PRK" in text
    assert "converged" in text


@pytest.mark.parametrize("what", ["cases", "groups", "variants", "horizon", "moscow-pyongyang"])
def test_show(capsys, what):
    code, text, _ = call(capsys, "show", what)
    assert code == 0
    assert len(text.splitlines()) >= 1
    _, text, _ = call(capsys, "show", what, "--json")
    assert json.loads(text)


def test_show_variants_says_what_each_needs_and_where_it_is_on(capsys):
    _, text, _ = call(capsys, "show", "variants", "--json")
    kinds = json.loads(text)
    every = {name for variables in kinds.values() for name in variables}
    assert every == set(VARIANTS)
    _, text, _ = call(capsys, "show", "variants")
    for name in every:
        assert name in text


def test_show_horizon_names_a_source_for_every_setting(capsys):
    _, text, _ = call(capsys, "show", "horizon", "--json")
    for row in json.loads(text):
        assert re.search(r"\(\d{4}\)", row["source of both ends"])
        assert {"3 months", "1 year", "10 years"} < set(row)


@pytest.mark.slow
def test_backtest_prints_model_and_record(capsys):
    code, text, _ = call(capsys, "backtest", "moscow-pyongyang", "--draws", "0")
    assert code == 0
    assert "gdp, Bank of Korea, 2018: -4.1 %" in text
    assert "scorecard" not in text
    _, text, _ = call(capsys, "backtest", "moscow-pyongyang", "--draws", "0", "--json")
    told = json.loads(text)
    assert told["scorecard"] is None
    rows = told["backtests"]
    assert {row["region"] for row in rows} == {"PRK", "RUS"}
    assert all(row["evidence"] for row in rows)


def test_a_case_without_backtests_says_so(capsys):
    assert "no `backtests`" in complaint(capsys, "backtest", "tehran-moscow")


@pytest.mark.slow
def test_backtest_prints_the_scorecard(capsys):
    given = ("backtest", "minsk-moscow", "--draws", "8", "--workers", "1")
    code, text, _ = call(capsys, *given)
    assert code == 0
    assert "records" in text
    assert "of a perfect model" in text
    _, text, _ = call(capsys, *given, "--json")
    card = json.loads(text)["scorecard"]
    assert card["coverage"]["records"]["of"] == len(card["scores"]) == 3


def test_show_schema_is_a_json_schema(capsys):
    _, text, _ = call(capsys, "show", "schema")
    whole, change = json.loads(text)["anyOf"]
    assert {"ties", "pressure", "abstain"} <= set(whole["properties"])
    assert {"extends", "levels"} <= set(change["properties"])


def test_validate(capsys, tmp_path):
    code, text, _ = call(capsys, "validate", "moscow-pyongyang")
    assert code == 0
    assert "fine" in text
    path = tmp_path / "gift.yaml"
    path.write_text(SHOCKS)
    _, text, _ = call(capsys, "validate", path, "--json")
    assert json.loads(text)["valid"] is True


@pytest.mark.slow
def test_new_makes_a_scenario_that_runs(capsys, tmp_path):
    folder = tmp_path / "mine"
    code, text, _ = call(capsys, "new", folder)
    assert code == 0
    assert "tumen run" in text
    assert call(capsys, "validate", folder)[0] == 0
    code, text, _ = call(capsys, "run", folder, "--draws", "8", "--out", tmp_path / "out", "--json")
    assert code == 0
    document = json.loads(text)
    assert document["case"] == "mine"
    assert set(document["offset_ratio"]) == {"now", "later"}
    before = (folder / "case.yaml").read_bytes()
    assert "exists already" in complaint(capsys, "new", folder)
    assert (folder / "case.yaml").read_bytes() == before


def test_worlds(capsys):
    _, text, _ = call(capsys, "worlds", "--json")
    assert {"tumen-31", "wiod-2011-20"} <= set(json.loads(text))
    _, text, _ = call(capsys, "worlds", "tumen-31")
    assert "Input-Output" in " ".join(text.split())
    assert "BACI" in text
    _, text, _ = call(capsys, "worlds", "tumen-31", "--json")
    assert len(json.loads(text)["regions"]) == 31


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("world: tumen-31\nshocks: [", "not valid YAML"),
        (SHOCKS.replace("RUS", "RUSS"), "did you mean RUS"),
        (SHOCKS.replace("1000", "1e9"), "more than RUS spends"),
        (SHOCKS.replace("tumen-31", "tumen-13"), "tumen-31"),
        (SHOCKS.replace("kind: Transfer", "kind: Gift"), "Transfer"),
        (
            "shocks:\n  - {kind: Embargo, importer: RUS, exporter: CHN, share: 1.2}\n",
            "at most 1",
        ),
        ("shocks:\n  - {kind: Embargo, sector: COAL}\n", "did you mean COA"),
        ("shocks:\n  - {kind: Tariff, importer: USA, rate: 0.1, change: 0.1}\n", "not both"),
    ],
)
def test_bad_shock_files(capsys, tmp_path, text, words):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    out = tmp_path / "out"
    err = complaint(capsys, "solve", path, "--out", out)
    assert f"{path}, line " in err
    assert words in err
    assert not out.exists()


def test_bad_scenario_writes_nothing(capsys, tmp_path):
    path = write_case(tmp_path, lambda scenario: scenario.update(targets=["Quey"]))
    out = tmp_path / "out"
    assert "did you mean Quay" in complaint(capsys, "run", path, "--draws", "16", "--out", out)
    assert not out.exists()


def test_broken_world_file(capsys, tmp_path):
    path = write_case(tmp_path)
    whole = (tmp_path / "world.nc").read_bytes()
    (tmp_path / "world.nc").write_bytes(whole[: len(whole) // 2])
    err = complaint(capsys, "run", path, "--draws", "16", "--out", tmp_path / "out")
    assert "world.nc" in err
    assert "truncated" in err


def test_no_equilibrium_exits_with_three(capsys, tmp_path):
    path = tmp_path / "oneway.yaml"
    path.write_text("shocks:\n  - {kind: Embargo, exporter: PRK}\n")
    err = complaint(capsys, "solve", path, "--out", tmp_path / "out", code=3)
    assert "no_equilibrium" in err
    assert "PRK" in err
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_way_of_the_folder(capsys, tmp_path):
    path = write_case(tmp_path)
    blocked = tmp_path / "blocked"
    blocked.write_text("mine")
    err = complaint(capsys, "run", path, "--out", blocked)
    assert str(blocked) in err
    assert blocked.read_text() == "mine"


@pytest.mark.slow
def test_full_disk_keeps_the_older_run(capsys, tmp_path, monkeypatch):
    path = write_case(tmp_path)
    out = tmp_path / "out"
    call(capsys, "run", path, "--draws", "16", "--out", out)
    before = {name: name.read_bytes() for name in out.rglob("*") if name.is_file()}
    real, seen = os.fsync, []

    def full(handle):
        seen.append(handle)
        if len(seen) == 3:
            raise OSError(28, "No space left on device")
        return real(handle)

    monkeypatch.setattr(os, "fsync", full)
    err = complaint(capsys, "run", path, "--draws", "16", "--out", out)
    assert "no space left" in err
    assert {name: name.read_bytes() for name in out.rglob("*") if name.is_file()} == before
    assert {name.name for name in tmp_path.iterdir()} == {
        "case.yaml",
        "evidence.csv",
        "out",
        "recorded.csv",
        "world.nc",
    }


def test_unknown_command_and_option(capsys):
    assert "sovle" in complaint(capsys, "sovle")
    complaint(capsys, "run", "--fast")


def test_a_fault_inside_is_one_line_too(capsys, monkeypatch):
    def broken(*_):
        raise RuntimeError("bad\nluck")

    monkeypatch.setattr("tumen.scenario.load.load_case", broken)
    err = complaint(capsys, "show", "moscow-pyongyang", code=1)
    assert "RuntimeError" in err


def test_version_help_and_module():
    for arguments, words in (
        (["--version"], "tumen "),
        (["--help"], "Commands"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "tumen", *arguments], capture_output=True, text=True, check=True
        )
        assert words in done.stdout
