"""The estimation of gravity behind the potential shares of the shipped case."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tumen.scenario.potentials import table_of

CASE = "moscow-pyongyang"
ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return importlib.import_module("estimate_gravity")


def test_gravity_finds_the_effects_that_made_the_flows(tool):
    """A world made by gravity: what a partner would sell to Russia follows from China exactly."""
    rng = np.random.default_rng(1)
    names = ["RUS", "CHN", "PRK", "A", "B", "C"]
    pairs = [(e, i) for e in names for i in names if e != i]
    places = pd.DataFrame(pairs, columns=["exporter", "importer"])
    for driver in tool.DRIVERS:
        places[driver] = rng.normal(size=len(places))
    beta = rng.normal(size=len(tool.DRIVERS))
    own, theirs = (dict(zip(names, rng.lognormal(size=6), strict=True)) for _ in range(2))
    cost = np.exp(places[tool.DRIVERS].to_numpy() @ beta)
    places["value"] = cost * places["exporter"].map(own) * places["importer"].map(theirs)
    flow = places.set_index(["exporter", "importer"])["value"]
    cells = places.drop(columns="value").assign(value=places["value"], hs="20", year=2021)
    cells["sold"], cells["bought"] = (cells[s] + "-20-2021" for s in ("exporter", "importer"))
    others = cells[(cells["exporter"] != "PRK") & (cells["importer"] != "PRK")]
    for move in tool.MOVES:
        ratio = tool.ratios(move, others, places, beta)
        pair = ("PRK", "RUS"), ("PRK", "CHN")
        if move.exporter == "RUS":
            pair = pair[0][::-1], pair[1][::-1]
        assert ratio["20"] == pytest.approx(flow[pair[0]] / flow[pair[1]], rel=1e-6)


@pytest.mark.slow
def test_potentials_are_what_the_tool_writes(tmp_path):
    if not (SHARED / "raw").is_dir():
        pytest.skip("the raw trade data are not here")
    if importlib.util.find_spec("pyfixest") is None:
        pytest.skip("pyfixest is not installed: it is the extra `estimate`")
    target = tmp_path / "potentials.csv"
    tool = [
        sys.executable,
        str(ROOT / "tools/estimate_gravity.py"),
        str(SHARED / "raw"),
        str(target),
    ]
    done = subprocess.run(tool, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made, shipped = (pd.read_csv(path) for path in (target, table_of(CASE, "potentials.csv")))
    pd.testing.assert_frame_equal(made, shipped, rtol=2e-3)
