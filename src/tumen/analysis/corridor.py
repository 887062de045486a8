"""What a case asks of its networks: a new link and its pay-back, and goods that go round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tumen.analysis.evasion import Evasion, evasion
from tumen.analysis.fourworlds import ENDS
from tumen.analysis.routes import RouteResult, pay_back, routes
from tumen.scenario.figure import End
from tumen.scenario.load import Case
from tumen.scenario.network import Link
from tumen.scenario.network_file import read_network
from tumen.scenario.questions import RoutesQuestion
from tumen.scenario.shocks import Shock


@dataclass(frozen=True)
class Corridor:
    """A link opened on the benchmark world, at each end of the value of a day in transit."""

    question: RoutesQuestion
    by_end: dict[End, RouteResult]

    def gain(self, end: End) -> float:
        """Real income that the states named gain together, million USD a year."""
        gained = self.by_end[end].gain
        return sum(float(gained.sel(region=region)) for region in self.question.states)

    def pay_back(self, end: End, rate: float = 0.0) -> float:
        """Years until the gain has paid the cost; infinite when it never does."""
        return pay_back(self.question.cost.central, self.gain(end), rate)


def corridor(case: Case, ends: Sequence[End] = ENDS) -> Corridor | None:
    """Open the link that the case asks about; None where it asks about none.

    Raises `ScenarioError` for a network that cannot be read.
    """
    asked = case.scenario.routes
    if asked is None:
        return None
    opened = [Link(a, b, mode, open=True) for a, b, mode in asked.opens]
    by_end: dict[End, RouteResult] = {}
    for end in ends:
        network = read_network(case.folder, value_of_day=case.scenario.value_of_day.at(end))
        by_end[end] = routes(
            case.world,
            network,
            opened,
            closure=case.scenario.closure,
            tolerance=case.scenario.tolerance,
        )
    return Corridor(asked, by_end)


def leakage(case: Case, lift: list[Shock]) -> dict[End, Evasion] | None:
    """What leaks round the ban at each end of the premium, in the world without pressure.

    The network's premium is that of the centre; the ends scale it. `lift` is what undoes the
    pressure, so that there is trade to ban.
    """
    asked = case.scenario.evasion
    if asked is None:
        return None
    network = read_network(case.folder / asked.folder)
    bans = [Link(a, b, closed=True, sector=asked.sectors) for a, b in asked.closed]
    centre = 1 + asked.premium.central
    return {
        end: evasion(
            case.world,
            network,
            bans,
            asked.senders,
            asked.target,
            asked.sectors,
            enforcement=(1 + asked.premium.at(end)) / centre,
            shocks=lift,
            closure=case.scenario.closure,
            tolerance=case.scenario.tolerance,
        )
        for end in ENDS
    }
