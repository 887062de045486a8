"""What a run of a case and a quick answer have in common: phases, and the worlds shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tumen.analysis.draws import Sample
from tumen.analysis.fourworlds import PhaseResult
from tumen.analysis.horizons import Horizon
from tumen.analysis.phases import tied_world
from tumen.scenario.load import Case
from tumen.scenario.shocks import Shock
from tumen.world.world import World


class View(NamedTuple):
    """One world that a reader is shown: its title, and where it stands."""

    title: str
    phase: PhaseResult
    state: str

    def change(self, region: str) -> float:
        """Real income against the world without pressure and ties, per cent."""
        return self.phase.change(self.state, region)

    def million(self, region: str) -> float:
        """The same in million USD of the benchmark year."""
        return self.phase.million(self.state, region)

    def change_of(self, regions: list[str]) -> float:
        """Change of the joint real income of several regions, per cent."""
        income = self.phase.incomes
        before = sum(
            income[region] * self.phase.central.welfare("no_pressure", region) for region in regions
        )
        return 100 * sum(self.million(region) for region in regions) / before


class Findings:
    """A case with its solved phases.

    `phases` holds a `PhaseResult` for every phase with pressure and ties, in time order; `main` is
    the first of them, to which the headline belongs. `horizons` are further worlds of it.
    """

    case: Case
    phases: dict[str, PhaseResult]
    lift: list[Shock]  # what undoes the pressure, but for those who abstain
    horizons: Mapping[float, Horizon]
    sample: Sample | None  # the case at draws of its figures, where they were asked for

    @property
    def main(self) -> PhaseResult:
        """The first phase with pressure and ties."""
        return next(iter(self.phases.values()))

    @property
    def world(self) -> World:
        """The benchmark."""
        return self.case.world

    @property
    def years(self) -> float | None:
        """Years since the pressure at which the phases stand; None in the long run."""
        return None

    @property
    def views(self) -> dict[str, View]:
        """The worlds shown: no pressure, pressure, and pressure with ties in every phase."""
        found = {
            "no_pressure": View("no pressure", self.main, "no_pressure"),
            "pressure": View("pressure", self.main, "pressure"),
        }
        for name, phase in self.phases.items():
            title = f"with ties: {phase.phase.title.lower()}"
            found[tied_world(name, self.main.phase.id)] = View(title, phase, "pressure_ties")
        found["no_pressure_ties"] = View("no pressure, ties", self.main, "no_pressure_ties")
        return found
