"""What a draw costs: `python -m benchmarks.draws [--gegravity PYTHON] [--full]`.

One run on one machine compares `tumen.sample` on all cores and with one worker, the same draws
solved one at a time by `tumen.solve`, and the draws of gegravity, a package for the same kind of
question. Each is the best of its repeats, in a process of its own; compare the ratios.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import tumen
from benchmarks import machine, one_by_one, peer, sampled
from benchmarks.sampled import Sampled
from benchmarks.table import render
from tumen.errors import TumenError
from tumen.scenario.load import load_case

NONE = "-"


def best(runs: list[Sampled]) -> Sampled:
    """The run that others on the machine disturbed least."""
    return min(runs, key=lambda run: run.cpu_ms)


def cells(
    wall_ms: float, cpu_ms: float, first: tuple[float, float], start: tuple[float, float] | None
) -> dict[str, str]:
    """One column: what a draw takes, beside what it takes of `tumen.sample` on all cores."""
    return {
        "draws a second": f"{1e3 / wall_ms:,.2f}",
        "wall time a draw (ms)": f"{wall_ms:,.1f}",
        "CPU time a draw (ms)": f"{cpu_ms:,.1f}",
        "wall time, as a multiple": f"{wall_ms / first[0]:.2f}",
        "CPU time, as a multiple": f"{cpu_ms / first[1]:.2f}",
        "start-up, wall (s)": NONE if start is None else f"{start[0]:.1f}",
        "start-up, CPU of all processes (s)": NONE if start is None else f"{start[1]:.1f}",
    }


def memory(runs: list[Sampled]) -> str:
    """Peak memory by number of draws."""
    return render(
        {
            f"{run.draws:,} draws": {
                "peak memory of the parent (MB)": f"{run.parent_mb:,.0f}",
                "peak memory of the largest worker (MB)": f"{run.worker_mb:,.0f}",
                "parts on disk, a draw (kB)": f"{run.disk_mb * 1e3 / run.draws:,.1f}",
            }
            for run in runs
        }
    )


def load() -> str:
    """Processes that wait for a core, over the last one, five and fifteen minutes."""
    return "load " + ", ".join(f"{number:.1f}" for number in os.getloadavg())


def whole(case: str, draws: int) -> str:
    """A sample as one asks for it, with the dear outcomes of its first draws."""
    with tempfile.TemporaryDirectory() as folder:
        run = sampled.run(case, draws, folder=folder)
    return (
        f"{draws:,} draws, {run.dear} of them with dear outcomes: {run.wall_s:,.0f} s, "
        f"{draws / run.wall_s:,.1f} draws a second, {run.cpu_s:,.0f} s of CPU; "
        f"{run.parts:,} parts of {run.disk_mb:,.1f} MB on disk, peak memory "
        f"{run.parent_mb:,.0f} MB in the parent and {run.worker_mb:,.0f} MB in a worker"
    )


def columns(
    chosen: argparse.Namespace, world: tumen.World
) -> tuple[dict[str, dict[str, str]], list[Sampled]]:
    """Everything that is compared, by column, and the runs whose memory is shown."""
    case, repeats = chosen.case, range(chosen.repeats)
    every = best([sampled.run(case, chosen.draws, dear=0) for _ in repeats])
    alone = best([sampled.run(case, chosen.draws, dear=0, workers=1) for _ in repeats])
    many = sampled.run(case, chosen.many, dear=0)
    loop = one_by_one.run(case, chosen.loop, chosen.repeats)
    first = (every.wall_ms, every.cpu_ms)
    found = {
        f"{every.workers} workers": cells(*first, first, every.start),
        "one worker": cells(alone.wall_ms, alone.cpu_ms, first, alone.start),
        "tumen.solve": cells(loop.wall_ms, loop.cpu_ms, first, None),
    }
    if chosen.gegravity is not None:
        other = peer.run(chosen.gegravity, world, chosen.trials, chosen.repeats)
        found[f"gegravity {other.version}"] = cells(other.wall_ms, other.cpu_ms, first, None)
    return found, [every, many]


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.draws", description=__doc__)
    parser.add_argument("--case", default="moscow-pyongyang", help="name or path of the case")
    parser.add_argument("--draws", type=int, default=512, help="draws of the timed samples")
    parser.add_argument("--many", type=int, default=4096, help="draws whose memory is compared")
    parser.add_argument("--loop", type=int, default=48, help="draws solved one at a time")
    parser.add_argument("--trials", type=int, default=6, help="draws of gegravity")
    parser.add_argument("--repeats", type=int, default=3, help="of each timed run; the best counts")
    parser.add_argument("--gegravity", type=Path, help="Python of an environment that has it")
    parser.add_argument("--full", action="store_true", help="10,000 draws and their dear outcomes")
    parser.add_argument("--full-draws", type=int, default=10_000, help="draws of --full")
    chosen = parser.parse_args()
    if min(chosen.draws, chosen.many, chosen.loop, chosen.trials, chosen.repeats) < 1:
        parser.error("numbers of draws, trials and repeats must be at least 1")
    if chosen.gegravity is not None and not chosen.gegravity.is_file():
        parser.error(f"--gegravity {chosen.gegravity} is no Python; {peer.HOW}")
    try:
        world = load_case(chosen.case).world
    except TumenError as error:
        parser.error(str(error))
    print(machine.describe(), f"before: {load()}", sep="\n")
    found, runs = columns(chosen, world)
    print(render(found), "", memory(runs), sep="\n")
    if chosen.gegravity is None:
        print(f"gegravity: not measured; {peer.HOW}")
    if chosen.full:
        print(whole(chosen.case, chosen.full_draws))
    print(f"after: {load()}")


if __name__ == "__main__":
    main()
