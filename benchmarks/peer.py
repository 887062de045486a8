r"""Draws of gegravity on the same economies: our world as one sector, by its own Monte Carlo.

gegravity takes trade costs from covariates. The one covariate here is the log of the Head-Ries
index, $\phi_{ni}=\sqrt{X_{ni}X_{in}/(X_{nn}X_{ii})}$, with a coefficient of one and a standard
error, so that its benchmark is close to our trade; a second marks what a sanction stops.

Source of the index: Head, K. & Ries, J. (2001), American Economic Review 91(4).
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

import tumen
from tumen.codes import resolve

HOW = (
    "make an environment of its own, `python3 -m venv DIR && DIR/bin/pip install gegravity==0.3`, "
    "and name it: --gegravity DIR/bin/python"
)
SCRIPT = Path(__file__).with_name("gegravity_trials.py")
# No trade at all is a cost beyond its solver; pairs without any have this index.
LEAST_INDEX = 1e-6
TARGET = "RUS"


class Peer(NamedTuple):
    """What a draw takes, ms, and of which version."""

    wall_ms: float
    cpu_ms: float
    version: str


def table(world: tumen.World) -> pd.DataFrame:
    """Rows exporter, importer, trade, Y, E, index and sanction: the world's trade in all goods.

    `Y` is what an exporter sells and `E` what an importer buys, its own included, as shares of all
    that is sold in the world: its solver fails in millions.
    """
    regions = world.regions
    flow = world.trade_flow.sum("sector").sel(importer=regions, exporter=regions).values
    flow = flow / flow.sum()
    own = np.diag(flow)
    index = np.sqrt(flow * flow.T / np.outer(own, own))
    west = set(resolve("west", tuple(regions), dict(world.members), field="coalition"))
    cut = np.array([[region in west for region in regions]])
    hit = np.array([region == TARGET for region in regions])
    stopped = (cut.T & hit[None, :]) | (hit[:, None] & cut)
    importer, exporter = np.meshgrid(regions, regions, indexing="ij")
    return pd.DataFrame(
        {
            "exporter": exporter.ravel(),
            "importer": importer.ravel(),
            "year": "2019",
            "trade": flow.ravel(),
            "Y": np.broadcast_to(flow.sum(axis=0)[None, :], flow.shape).ravel(),
            "E": np.broadcast_to(flow.sum(axis=1)[:, None], flow.shape).ravel(),
            "index": np.log(np.maximum(index, LEAST_INDEX)).ravel(),
            "sanction": stopped.astype(float).ravel(),
        }
    )


def run(python: Path, world: tumen.World, trials: int, repeats: int) -> Peer:
    """Run its trials under its own Python. Raises `SystemExit` where they do not run."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "trade.csv"
        table(world).to_csv(place, index=False)
        done = subprocess.run(
            [str(python), str(SCRIPT), str(place), str(trials), str(repeats)],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        said = (done.stderr.strip() or "no word").splitlines()[-1]
        raise SystemExit(f"gegravity did not run under {python}: {said}; {HOW}")
    told = json.loads(done.stdout.splitlines()[-1])
    if told["failed"]:
        raise SystemExit(f"gegravity solved {trials - told['failed']} of its {trials} draws")
    return Peer(told["wall_ms"], told["cpu_ms"], told["version"])
