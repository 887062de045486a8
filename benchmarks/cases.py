"""The problems that are timed: a world, a shock, a closure."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tumen
from benchmarks import nafta
from tumen.scenario.shocks import Shock
from tumen.solver.solve import Closure

SHARED = Path(__file__).resolve().parents[2] / "shared"
NAFTA = SHARED / "targets" / "data" / "cp2015_nafta.npz"
TABLES = SHARED / "mrio" / "wiod2013"

# Of the trade between the coalition and its target, this share of the weights is taken away.
EMBARGO = 0.9


@dataclass(frozen=True)
class Problem:
    """What is solved."""

    world: tumen.World
    shocks: Sequence[Shock]
    closure: Closure


@dataclass(frozen=True)
class Case:
    """A problem with its name, and the files it cannot do without."""

    title: str
    build: Callable[[], Problem]
    needs: Path | None = None

    @property
    def missing(self) -> str | None:
        """Why the case cannot run here, if it cannot."""
        if self.needs is None or self.needs.exists():
            return None
        return f"skipped: {self.needs.name} is not beside the project"


def published() -> Problem:
    """Tariff cuts of NAFTA; the data break market clearing, so the base is solved first."""
    data, cut = nafta.dataset(NAFTA)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", tumen.WorldWarning)
        world = tumen.World(data, check="warn")
    return Problem(world, [cut], "zero")


def embargo(world: tumen.World) -> Problem:
    """An embargo of the West on Russia, both ways."""
    return Problem(
        world,
        [
            tumen.Embargo("west", "RUS", share=EMBARGO),
            tumen.Embargo("RUS", "west", share=EMBARGO),
        ],
        "fixed",
    )


CASES: Mapping[str, Case] = {
    "nafta": Case("31 x 40 NAFTA tariffs", published, NAFTA),
    "tumen-31": Case("31 x 20 embargo", lambda: embargo(tumen.load_world("tumen-31"))),
    "wiod-2011": Case(
        "41 x 35 embargo", lambda: embargo(tumen.read_mrio(TABLES, year=2011)), TABLES
    ),
}
