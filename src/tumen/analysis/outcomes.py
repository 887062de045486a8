"""What one draw of a case comes to: the numbers of a run, by the names that formulas give them.

`plain` outcomes cost two worlds and one more for each phase with ties. What costs more stands in
`tumen.analysis.dear`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from tumen.analysis.channels import shocks_of
from tumen.analysis.fourworlds import LEAST_LOSS, received_of
from tumen.analysis.levels import Level, level_in
from tumen.analysis.phases import lifted, switches_of, tied_world, with_ties
from tumen.analysis.switch import Switch
from tumen.errors import SolveError, TumenError
from tumen.model.economy import State
from tumen.scenario.expression import word
from tumen.scenario.load import Case
from tumen.scenario.shocks import Shock
from tumen.status import Status

# A question that a draw has no answer to; the draw's other numbers stand.
NO_ANSWER = float("nan")


class Outcome(NamedTuple):
    """The numbers of one draw, or why there are none."""

    values: dict[str, float]
    status: str
    message: str = ""
    residual: float = NO_ANSWER
    maps: int = 0


class Drawn:
    """The worlds of one draw of a case.

    The worlds without and under pressure start from the benchmark, those with ties from the one
    under pressure: no draw starts from another, so that none depends on which others are made.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.lift = lifted(case)[0]
        self.phases = with_ties(case)
        self.switches = {phase.id: switches_of(case, phase) for phase in self.phases}
        self.main = self.phases[0].id
        self.off = shocks_of(self.switches[self.main], on=False)
        self.residual, self.maps = 0.0, 0
        self.free = self.level([*self.lift, *self.off])
        self.pressed = self.level(self.off)

    def level(self, shocks: list[Shock], start: State | None = None) -> Level:
        """Solve, and count what it took."""
        scenario = self.case.scenario
        found = level_in(self.case.world, shocks, scenario.closure, scenario.tolerance, start)
        self.residual, self.maps = max(self.residual, found.residual), self.maps + found.maps
        return found

    def goods(self, switches: Mapping[str, Switch]) -> np.ndarray:
        """Goods received outside the market [region], million USD."""
        received = received_of(dict(switches))
        return np.array([received.get(region, 0.0) for region in self.case.world.regions])

    def tied(self, phase: str, on: Callable[[str], bool]) -> tuple[Level, np.ndarray]:
        """The world under pressure with some ties on, and the goods received in it."""
        switches = self.switches[phase]
        chosen = {name: switch for name, switch in switches.items() if on(name)}
        shocks = [
            shock
            for name, switch in switches.items()
            for shock in (switch.on if name in chosen else switch.off)
        ]
        return self.level(shocks, self.pressed.state), self.goods(chosen)

    def with_all(self, phase: str) -> tuple[Level, np.ndarray]:
        """The world under pressure with every tie of a phase on."""
        return self.tied(phase, lambda _: True)


def changes(
    drawn: Drawn, key: str, hat: np.ndarray, regions: list[str] | None = None
) -> dict[str, float]:
    """Real income of regions, all by default, against the world without pressure and ties.

    Per cent, and million USD.
    """
    income = drawn.case.world.income.values
    free = drawn.free.welfare
    found = {}
    for region in drawn.case.world.regions if regions is None else regions:
        at, label = drawn.case.world.regions.index(region), word(region)
        found[f"real_income.{key}.{label}"] = 100 * (hat[at] / free[at] - 1)
        found[f"million_usd.{key}.{label}"] = income[at] * (hat[at] - free[at])
    return found


def tie_outcomes(
    drawn: Drawn, phase: str, tied: Level, goods: np.ndarray, regions: list[str] | None = None
) -> dict[str, float]:
    """Losses and offset ratios of the targets in one phase with ties, real income of `regions`.

    L0 = 1 - W(1,0)/W(0,0), L1 = 1 - W(1,1)/W(0,0), OR = 1 - L1/L0; goods received in kind count
    as absorption. No ratio (nan) where L0 is under a quarter of a per cent.
    """
    key = word(tied_world(phase, drawn.main))
    whole = tied.welfare * (1 + goods / tied.income)
    found = changes(drawn, key, whole, regions)
    for region in drawn.case.scenario.targets:
        at, label = drawn.case.world.regions.index(region), word(region)
        free = drawn.free.welfare[at]
        before = 1 - drawn.pressed.welfare[at] / free
        after = {"": 1 - whole[at] / free, "_without_goods_received": 1 - tied.welfare[at] / free}
        found[f"loss.{label}.{key}"] = 100 * after[""]
        for suffix, loss in after.items():
            ratio = 1 - loss / before if before >= LEAST_LOSS else NO_ANSWER
            found[f"offset_ratio{suffix}.{word(phase)}.{label}"] = ratio
    return found


def plain(drawn: Drawn) -> dict[str, float]:
    """Real income, losses and offset ratios in every phase."""
    found = changes(drawn, "no_pressure", drawn.free.welfare)
    found |= changes(drawn, "pressure", drawn.pressed.welfare)
    for region in drawn.case.scenario.targets:
        at = drawn.case.world.regions.index(region)
        loss = 1 - drawn.pressed.welfare[at] / drawn.free.welfare[at]
        found[f"loss.{word(region)}.pressure"] = 100 * loss
    for phase in drawn.phases:
        found |= tie_outcomes(drawn, phase.id, *drawn.with_all(phase.id))
    return found


def told(made: Callable[[], Outcome]) -> Outcome:
    """Work out one draw; a draw without equilibrium has a status instead of numbers."""
    try:
        return made()
    except SolveError as error:
        status = getattr(error.result, "status", None)
        return Outcome({}, str(status or "no_equilibrium"), str(error))
    except TumenError as error:
        return Outcome({}, "refused", str(error))


def outcome(case: Case, of: Callable[[Drawn], dict[str, float]] = plain) -> Outcome:
    """One draw of a run of the case."""

    def made() -> Outcome:
        drawn = Drawn(case)
        values = of(drawn)
        return Outcome(values, str(Status.converged), "", drawn.residual, drawn.maps)

    return told(made)
