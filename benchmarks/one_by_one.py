"""The draws of a sample in one plain process, each world solved from labelled shocks."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import xarray as xr

import tumen
from tumen.analysis.channels import shocks_of
from tumen.analysis.drawing import Drawing
from tumen.analysis.phases import lifted, switches_of, with_ties
from tumen.scenario.load import Case, load_case

# Draws before the clock starts.
WARM = 2


class Loop(NamedTuple):
    """What a draw takes, ms."""

    wall_ms: float
    cpu_ms: float


def cases(drawing: Drawing, first: int, last: int, seed: int = 0) -> Iterator[Case]:
    """The case at the draws `first` to `last - 1` that `tumen.sample` makes."""
    places = drawing.by_place(drawing.points(0, last, seed))
    for at in range(first, last):
        yield drawing.draw({place: float(values[at]) for place, values in places.items()})


def worlds(drawn: Case) -> dict[str, xr.DataArray]:
    """Real income [region], per cent of the benchmark's, in every world of a plain draw.

    Without pressure, under it, and under it with the ties of each phase, by the phase's id.
    """
    lift = lifted(drawn)[0]
    phases = with_ties(drawn)
    switches = {phase.id: switches_of(drawn, phase) for phase in phases}
    off = shocks_of(switches[phases[0].id], on=False)
    lists = {"no_pressure": [*lift, *off], "pressure": off}
    lists |= {phase: shocks_of(switch, on=True) for phase, switch in switches.items()}
    scenario = drawn.scenario
    return {
        name: tumen.solve(drawn.world, shocks, scenario.closure, scenario.tolerance).real_income
        for name, shocks in lists.items()
    }


def measure(case: str, draws: int, repeats: int) -> Loop:
    """Least wall and CPU time a draw over the repeats, everything compiled before.

    Every repeat makes other draws: what one remembers of its routes would serve it again.
    """
    drawing = Drawing(load_case(case))
    for drawn in cases(drawing, 0, WARM):
        worlds(drawn)
    taken = []
    for first in range(WARM, WARM + repeats * draws, draws):
        wall, cpu = time.perf_counter(), time.process_time()
        for drawn in cases(drawing, first, first + draws):
            worlds(drawn)
        taken.append((time.perf_counter() - wall, time.process_time() - cpu))
    return Loop(*(1e3 * min(times) / draws for times in zip(*taken, strict=True)))


def run(case: str, draws: int, repeats: int) -> Loop:
    """The same in a fresh process."""
    asked = json.dumps([case, draws, repeats])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.one_by_one", asked],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Loop(*json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    print(json.dumps(measure(*json.loads(sys.argv[1]))))
