"""The first solve of a fresh process: `python -m benchmarks.cold CASE` prints its milliseconds.

The world is read before the clock starts; loading JAX, compiling or reading the cache of compiled
functions, and the solve itself count.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

import tumen
from benchmarks.cases import CASES


def first_solve(name: str) -> float:
    """Milliseconds of the first solve in this process."""
    problem = CASES[name].build()
    start = time.perf_counter()
    result = tumen.solve(problem.world, problem.shocks, problem.closure)
    float(result.real_income.max())
    return 1e3 * (time.perf_counter() - start)


def first_solves(name: str) -> tuple[float, float]:
    """First solve with nothing compiled before, and in the next process, with the cache filled."""
    with tempfile.TemporaryDirectory() as cache:
        found = []
        for _ in range(2):
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.cold", name],
                env=os.environ | {"JAX_COMPILATION_CACHE_DIR": cache},
                capture_output=True,
                text=True,
                check=True,
            )
            found.append(float(done.stdout))
    return found[0], found[1]


if __name__ == "__main__":
    print(first_solve(sys.argv[1]))
