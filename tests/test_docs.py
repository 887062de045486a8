"""The documents say what the code does."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

import tumen
from tumen.app import cli
from tumen.app.shockfile import shocks_of
from tumen.report.summary import document
from tumen.scenario.claims import ClaimsFile
from tumen.scenario.extension import Extension
from tumen.scenario.figure import Figure
from tumen.scenario.schema import Correlated, Scenario
from tumen.scenario.shockfile import ShockFile

ROOT = Path(__file__).parents[1]


def load_tool(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.S)


def test_the_method_page_is_what_the_code_says():
    written = (ROOT / "docs/method.md").read_text(encoding="utf-8")
    assert written == load_tool("write_method").method(), "run: python tools/write_method.py"


def test_yaml_in_the_guide_is_valid():
    case, phases, varied, claims, shocks = blocks("docs/scenario.md", "yaml")
    assert Extension.model_validate(yaml.safe_load(varied)).abstain == ["JPN"]
    assert len(ClaimsFile.model_validate(yaml.safe_load(claims)).claims) == 1
    assert Scenario.model_validate(yaml.safe_load(case)).targets == ["IRN"]
    whole = yaml.safe_load(case) | yaml.safe_load(phases)
    assert [phase.id for phase in Scenario.model_validate(whole).phases] == ["war", "after"]
    assert len(shocks_of(ShockFile.model_validate(yaml.safe_load(shocks)))) == 3


def test_yaml_of_the_sampling_page_is_valid():
    figure, groups = (yaml.safe_load(block) for block in blocks("docs/sampling.md", "yaml"))
    gross = Figure.model_validate(figure["gross"])
    assert (gross.input, gross.distribution) == ("F252", "pert")
    assert [Correlated.model_validate(one).id for one in groups["correlated"]] == ["hands"]


@pytest.mark.slow
def test_python_of_the_sampling_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = blocks("docs/sampling.md", "python")
    few = code.replace("draws=2000", "draws=16").replace("preview(", "preview(draws=32, scenario=")
    scope: dict[str, object] = {"__name__": "__main__"}
    exec(compile(few, "docs/sampling.md", "exec"), scope)
    assert (tmp_path / "draws" / "plain.parquet").is_file()
    assert scope["result"].sample.draws == 16
    assert scope["near"].error["loss.RUS.pressure"] > 0


def test_python_in_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = blocks("README.md", "python")
    scope: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), scope)
    assert (tmp_path / "embargo.xlsx").is_file()
    assert float(scope["result"].real_income.sel(region="RUS")) < 0


def test_the_case_of_the_half_hour_page_runs(tmp_path):
    """Its pieces put over the starting folder make a case that closes its sums and converges."""
    folder = tmp_path / "my-case"
    shutil.copytree(files("tumen.scenario") / "template", folder)
    page = "docs/your-own-case.md"
    scenario = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8"))
    for block in blocks(page, "yaml"):
        scenario |= yaml.safe_load(block)
    (folder / "case.yaml").write_text(yaml.safe_dump(scenario, sort_keys=False))
    (records,) = blocks(page, "csv")
    (folder / "recorded.csv").write_text(records)
    whole = document(tumen.run(folder))
    assert whole["status"] == "converged"
    assert {item["id"] for item in whole["channels"]} == {"oil", "cars"}
    assert set(whole["offset_ratio"]) == {"now", "later"}


def test_commands_of_the_half_hour_page_exist():
    known = {command.callback.__name__ for command in cli.app.registered_commands}
    for block in blocks("docs/your-own-case.md", "console"):
        for line in block.splitlines():
            assert line.split()[1] in known, line


def test_python_in_the_horizon_page_runs(capsys):
    first, second, third = blocks("docs/horizon.md", "python")
    scope: dict[str, object] = {}
    exec(compile(first + second + third, "docs/horizon.md", "exec"), scope)
    *told, searches = capsys.readouterr().out.splitlines()
    assert searches.startswith("9 of 9 searches settle and end in the same")
    lost = [float(line.split()[1]) for line in told]
    assert lost == sorted(lost)
    assert lost[-1] < 0
    assert float(scope["result"].employment_hat.sel(region="RUS")) < 1


def test_names_in_the_guides_exist():
    for page in ("README.md", "docs/python.md", "docs/scenario.md", "docs/horizon.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for name in set(re.findall(r"tumen\.([A-Za-z_]+)\(", text)):
            assert hasattr(tumen, name), f"{page}: tumen.{name}"


def test_links_in_the_guides_lead_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if not link.startswith("http"):
                assert (page.parent / link).exists(), f"{page.name}: {link}"


@pytest.mark.parametrize("module", ["tumen.analysis.gradient"])
def test_examples_in_docstrings(module):
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted
    assert not found.failed


def test_public_functions_say_what_they_return_and_raise():
    for name in tumen.__all__:
        thing = getattr(tumen, name)
        if callable(thing):
            assert (thing.__doc__ or "").strip(), name
            assert "TODO" not in thing.__doc__


def test_start_up_is_light():
    """The heavy libraries load when used, not when the package or the help page does."""
    code = (
        "import sys, tumen; from tumen.app import cli; "
        "print([m for m in ('jax', 'xarray', 'pandas', 'plotly', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
