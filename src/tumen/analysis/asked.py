"""What a case asks beyond its four worlds: break-even, weapons, market entry, its deficit."""

from __future__ import annotations

from collections.abc import Sequence

from tumen.analysis.breakeven import BreakEven, break_even, paid_share
from tumen.analysis.entry import Effect, lankov_bound
from tumen.analysis.fourworlds import ENDS, PhaseResult
from tumen.analysis.money import transfers
from tumen.analysis.weapons import Funding, foreign_exchange, funding
from tumen.scenario.figure import End
from tumen.scenario.load import Case
from tumen.scenario.potentials import read_potentials
from tumen.scenario.shocks import Shock
from tumen.solver.solve import solve


def deficit_sensitivity(case: Case, lift: list[Shock], off: list[Shock]) -> dict[str, float]:
    """Loss of each target when the rise of its recorded deficit counts as the pressure's."""
    found = {}
    for item in case.scenario.balance:
        if item.deficit_before is None or item.lender is None:
            continue
        now = float(case.world.dataset["transfer"].sel(region=item.region))
        rise = now - item.deficit_before.central
        back = transfers({item.region: -rise, item.lender: rise})
        closure, tolerance = case.scenario.closure, case.scenario.tolerance
        without = solve(case.world, lift + off + back, closure, tolerance)
        under = solve(case.world, off, closure, tolerance)
        hats = [1 + float(r.real_income.sel(region=item.region)) / 100 for r in (under, without)]
        found[item.region] = 1 - hats[0] / hats[1]
    return found


def break_evens(case: Case, main: PhaseResult) -> list[BreakEven]:
    """The realised shares that the case asks for, with all other ties off."""
    scenario, four = case.scenario, main.central
    found = []
    for question in scenario.break_even:
        switches = main.switches["central"]
        shocks = [
            shock
            for name, switch in switches.items()
            for shock in (switch.on if name in question.channels else switch.off)
        ]
        if four.loss(question.target, "pressure") <= 0:
            continue
        found.append(
            break_even(
                case.world,
                question.target,
                paid_share(case.world, scenario.ties, question.channels, shocks, scenario.targets),
                four.welfare("no_pressure", question.target),
                four.welfare("pressure", question.target),
                received=sum(
                    switches[name].received.get(question.target, 0.0) for name in question.channels
                ),
                closure=scenario.closure,
                tolerance=scenario.tolerance,
            )
        )
    return found


def weapons_funding(case: Case) -> Funding | None:
    """What the ties' money could pay of the programmes that the case names."""
    asked = case.scenario.weapons
    if asked is None:
        return None
    ties = case.scenario.ties
    received = foreign_exchange(ties, asked.region)
    own = {channel.id: channel.fungibility or asked.fungibility for channel in ties}
    return funding(asked.region, received, asked.programmes, own, asked.technology)


def market_entry_bound(case: Case, ends: Sequence[End] = ENDS) -> dict[End, Effect] | None:
    """What a seller's goods could at most be worth to a buyer, from the case's potentials."""
    asked = case.scenario.market_entry
    if asked is None:
        return None
    potentials = read_potentials(case.folder)
    return {
        end: lankov_bound(
            case.world,
            [item.moved(asked.position.at(end)) for item in potentials],
            asked.buyer,
            asked.seller,
            case.scenario.closure,
            case.scenario.tolerance,
            ("central",),
        )["central"]
        for end in ends
    }
