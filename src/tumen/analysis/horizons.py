"""A case from the first months to the long run: the pressure falls on the world without it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from tumen.analysis.channels import shocks_of
from tumen.analysis.fourworlds import ENDS, Four, PhaseResult, received_of
from tumen.analysis.impose import Imposed
from tumen.scenario.figure import End
from tumen.scenario.load import Case
from tumen.scenario.shocks import Shock
from tumen.world.horizon import with_horizon


@dataclass(frozen=True)
class Horizon:
    """The four worlds of the main phase at one horizon, measured from the world without both.

    `elasticities` and `variants` say what could adjust.
    """

    years: float
    four: dict[End, Four]
    elasticities: str
    variants: str

    def loss(self, region: str, state: str, end: End = "central") -> float:
        """Loss against the world without pressure and ties, per cent."""
        return 100 * self.four[end].loss(region, state)

    def employment(self, region: str, state: str = "pressure") -> float:
        """Factors at work over those there are."""
        result = self.four["central"].results[state]
        return float(result.employment_hat.sel(region=region))


def at_horizon(case: Case, main: PhaseResult, lift: list[Shock], years: float) -> Horizon:
    """The main phase at one horizon and every end of the figures of its ties.

    The world without pressure and ties is the long-run one; factors stand where it has put them
    when the pressure falls on it. Raises `SolveError` naming the world without an equilibrium.
    """
    scenario = case.scenario
    four: dict[End, Four] = {}
    for end in ENDS:
        off, on = (shocks_of(main.switches[end], on=state) for state in (False, True))
        start = Imposed(
            case.world,
            [*lift, *off],
            scenario.closure,
            scenario.tolerance,
            partial(with_horizon, years=years),
        )
        lists = {
            "no_pressure": [*lift, *off],
            "no_pressure_ties": [*lift, *on],
            "pressure": off,
            "pressure_ties": on,
        }
        results = {state: start.solve(shocks) for state, shocks in lists.items()}
        four[end] = Four(results, received_of(main.switches[end]))
    stamp = four["central"].results["pressure"].stamp
    return Horizon(years, four, str(stamp["elasticities"]), str(stamp["variants"]))


def horizons(case: Case, main: PhaseResult, lift: list[Shock]) -> dict[float, Horizon]:
    """Every horizon that the case asks for, the shortest first."""
    return {years: at_horizon(case, main, lift, years) for years in sorted(case.scenario.horizons)}
