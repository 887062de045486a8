"""The dear outcomes of a draw: who does it, and the answers to the questions of the case.

They split the ties among their groups, take the next step of pressure and walk the years, and are
worked out for the first draws of a sample only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from tumen.analysis.asked import break_evens, market_entry_bound, weapons_funding
from tumen.analysis.claims import values_of
from tumen.analysis.corridor import corridor
from tumen.analysis.fourworlds import Four, PhaseResult, four_worlds
from tumen.analysis.levels import Level
from tumen.analysis.leverage import leverage_of_case
from tumen.analysis.outcomes import Drawn, tie_outcomes
from tumen.analysis.splitting import units_of
from tumen.analysis.supply import supply
from tumen.analysis.timeline import timeline
from tumen.scenario.expression import word
from tumen.scenario.figure import End


def points(drawn: Drawn, world: tuple[Level, np.ndarray]) -> np.ndarray:
    """Absorption [target] in points of real income without pressure."""
    tied, goods = world
    hat = 100 * tied.welfare * (1 + goods / tied.income) / drawn.free.welfare
    places = [drawn.case.world.regions.index(region) for region in drawn.case.scenario.targets]
    return np.asarray(hat[places])


def split(drawn: Drawn, phase: str) -> dict[str, float]:
    r"""What each group of ties adds, in points, and the outcomes with each group off.

    The mean of what a group adds first and what it adds last,
    $\tfrac12[v(i)-v(\emptyset)+v(N)-v(N\setminus i)]$, which is the Shapley value where no three
    groups interact; what that leaves of the whole is shared out equally.
    """
    members = units_of(drawn.case.scenario).members
    none = points(drawn, (drawn.pressed, np.zeros_like(drawn.pressed.income)))
    every = points(drawn, drawn.with_all(phase))
    parts: dict[str, np.ndarray] = {}
    found: dict[str, float] = {}
    for unit, names in members.items():
        alone = drawn.tied(phase, lambda name, names=names: name in names)  # type: ignore[misc]
        left = drawn.tied(phase, lambda name, names=names: name not in names)  # type: ignore[misc]
        parts[unit] = (points(drawn, alone) - none + every - points(drawn, left)) / 2
        without = tie_outcomes(drawn, phase, *left, drawn.case.scenario.targets)
        found |= {f"without.{word(unit)}.{name}": value for name, value in without.items()}
    rest = (every - none - sum(parts.values())) / len(parts)
    for unit, part in parts.items():
        for region, value in zip(drawn.case.scenario.targets, part + rest, strict=True):
            name = f"channels.{word(unit)}.points_of_real_income.{word(phase)}.{word(region)}"
            found[name] = float(value)
    return found


def phase_results(drawn: Drawn) -> dict[str, PhaseResult]:
    """The phases of a draw as the rest of the analysis takes them, without a split.

    The four worlds are read of the main phase alone.
    """
    found = {}
    for phase in drawn.phases:
        switches = drawn.switches[phase.id]
        four: dict[End, Four] = {}
        if phase.id == drawn.main:
            four["central"] = four_worlds(drawn.case, drawn.case.world, drawn.lift, switches)
        found[phase.id] = PhaseResult(
            phase,
            drawn.case.world,
            four,
            {"central": switches},
            units_of(drawn.case.scenario),
            xr.Dataset(),
        )
    return found


def questions(drawn: Drawn) -> dict[str, Any]:
    """Answers to the questions of the case, shaped as in a run's document."""
    case, phases = drawn.case, phase_results(drawn)
    main = phases[drawn.main]
    years = timeline(case, phases, drawn.lift, ends=("central",)).change.sel(end="central")
    weapons = weapons_funding(case)
    entry = market_entry_bound(case, ends=("central",))
    link = corridor(case, ends=("central",))
    needed = supply(case, drawn.off)
    return {
        "leverage": {
            target: {state: {"musd_a_point": found.ratio} for state, found in by_state.items()}
            for target, by_state in leverage_of_case(case, main.central.results).items()
        },
        "break_even": [{"share": found.share} for found in break_evens(case, main)],
        "weapons": None
        if weapons is None
        else {
            "multiple": {
                channel: {name: bounds.central for name, bounds in multiple.items()}
                for channel, multiple in weapons.multiple.items()
            }
        },
        "market_entry": None
        if entry is None
        else {
            "import_share": entry["central"].import_share,
            "real_income": entry["central"].real_income,
        },
        "routes": {"link": None if link is None else {"gain_musd_a_year": link.gain("central")}},
        "supply": None
        if needed is None
        else {
            f"{weight:g}": value if isinstance(value, float) else None
            for weight, value in needed.real_income.items()
        },
        "timeline": {
            region: {
                path: {
                    "by_year": {
                        int(year): float(years.sel(path=path, year=year, region=region))
                        for year in years["year"].values
                    }
                }
                for path in ("pressure", "pressure_ties")
            }
            for region in case.scenario.targets
        },
    }


def dear(drawn: Drawn) -> dict[str, float]:
    """The split of the ties in every phase, and the answers to the questions of the case."""
    found: dict[str, float] = {}
    for phase in drawn.phases:
        found |= split(drawn, phase.id)
    return found | values_of(questions(drawn), "central")
