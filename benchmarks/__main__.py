"""Print the table of measurements: `python -m benchmarks [--repeats N] [--no-cold] [CASE ...]`."""

from __future__ import annotations

import argparse

from benchmarks import machine
from benchmarks.cases import CASES
from benchmarks.cold import first_solves
from benchmarks.measure import measure
from benchmarks.table import render, rows


def main() -> None:
    """Measure the cases asked for and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", help=f"which of {', '.join(CASES)}; all if none")
    parser.add_argument("--repeats", type=int, default=15, help="timed runs of each call")
    parser.add_argument("--no-cold", action="store_true", help="leave out first solves")
    chosen = parser.parse_args()
    unknown = sorted(set(chosen.cases) - set(CASES))
    if unknown or chosen.repeats < 1:
        parser.error(f"no case {unknown[0]}" if unknown else "--repeats must be at least 1")
    columns, skipped = {}, []
    for name in chosen.cases or CASES:
        case = CASES[name]
        if case.missing:
            skipped.append(f"{case.title}: {case.missing}")
            continue
        cold = None if chosen.no_cold else first_solves(name)
        columns[case.title] = rows(measure(case.build(), chosen.repeats), cold)
    print(machine.describe(), render(columns), *skipped, sep="\n")


if __name__ == "__main__":
    main()
