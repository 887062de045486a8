"""One draw of a case's backtests: every compared figure at the years drawn for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from tumen.analysis.backtest import after_measure, measure_alone, outcome
from tumen.analysis.channels import shocks_of
from tumen.analysis.impose import Imposed
from tumen.analysis.outcomes import NO_ANSWER, Outcome, told
from tumen.analysis.phases import lifted, switches_of, with_ties
from tumen.errors import SolveError
from tumen.results.result import Result
from tumen.scenario.backtests import Compared
from tumen.scenario.load import Case
from tumen.status import Status
from tumen.world.horizon import with_horizon


def name_of_test(question: int, compared: int) -> str:
    """The name of a compared figure among the outcomes, counted as formulas count."""
    return f"backtests.n{question + 1}.compare.n{compared + 1}"


def grown(later: float, earlier: float) -> float:
    r"""Per cent change between two changes from the same base:
    $100\,[(1+g_2/100)/(1+g_1/100)-1]$.
    """
    return 100 * ((1 + later / 100) / (1 + earlier / 100) - 1)


class DrawnBacktests:
    """The backtests of a case at one draw, each world solved once.

    `first` are the settings of the horizon in the first months that were drawn.
    """

    def __init__(self, case: Case, first: Mapping[str, float]) -> None:
        self.case, self.first = case, first
        self.lift = lifted(case)[0]
        self.off = shocks_of(switches_of(case, with_ties(case)[0]), on=False)
        scenario = case.scenario
        self.free = Imposed(
            case.world, [*self.lift, *self.off], scenario.closure, scenario.tolerance
        )
        self.measures = [
            measure_alone(case, asked, self.free.world, self.lift, self.off)
            for asked in scenario.backtests
        ]
        self.starts: dict[float, Imposed] = {}
        self.solved: dict[tuple[int, float], Result | SolveError] = {}
        self.failures: dict[str, None] = {}  # why figures are missing, each reason once
        self.residual, self.maps = 0.0, 0

    def start(self, years: float) -> Imposed:
        """The world that measures fall on, as it responds within so many years."""
        if years not in self.starts:
            horizon = partial(with_horizon, years=years, first=self.first)
            self.starts[years] = self.free.adapted(horizon)
        return self.starts[years]

    def result(self, question: int, years: float) -> Result:
        """The world after the measure of a question. Raises `SolveError`."""
        key = question, years
        if key not in self.solved:
            asked = self.case.scenario.backtests[question]
            try:
                found = after_measure(asked, self.start(years), self.measures[question])
                self.residual = max(self.residual, found.residual)
                self.maps += found.evaluations
                self.solved[key] = found
            except SolveError as error:
                self.solved[key] = error
        known = self.solved[key]
        if isinstance(known, SolveError):
            raise known
        return known

    def change(self, question: int, compared: Compared, years: float) -> float:
        """The model's figure at so many years, per cent change from before the measure."""
        region = self.case.scenario.backtests[question].region
        return outcome(self.start(years).world, self.result(question, years), region, compared.what)

    def figure(self, question: int, compared: Compared) -> float:
        """The model's figure at the stated years; nan where there is no equilibrium."""
        assert compared.years is not None
        try:
            later = self.change(question, compared, compared.years.central)
            if compared.since is None:
                return later
            return grown(later, self.change(question, compared, compared.since.central))
        except SolveError as error:
            self.failures[str(error)] = None
            return NO_ANSWER


def backtested(case: Case, first: Mapping[str, float]) -> Outcome:
    """Every compared figure of one draw, by name; figures without an equilibrium are nan."""

    def made() -> Outcome:
        draw = DrawnBacktests(case, first)
        values = {
            name_of_test(question, at): draw.figure(question, compared)
            for question, asked in enumerate(case.scenario.backtests)
            for at, compared in enumerate(asked.compare)
        }
        reasons = "; ".join(draw.failures)
        return Outcome(values, str(Status.converged), reasons, draw.residual, draw.maps)

    return told(made)
