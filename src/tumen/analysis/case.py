"""`tumen.run`: a case from its file to the losses, the offset ratios and who does what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tumen.analysis.asked import (
    break_evens,
    deficit_sensitivity,
    market_entry_bound,
    weapons_funding,
)
from tumen.analysis.backtest import Row, backtest
from tumen.analysis.breakeven import BreakEven
from tumen.analysis.channels import shocks_of
from tumen.analysis.corridor import Corridor, corridor, leakage
from tumen.analysis.draws import Sample
from tumen.analysis.entry import Effect
from tumen.analysis.evasion import Evasion
from tumen.analysis.findings import Findings
from tumen.analysis.fourworlds import Four, PhaseResult, four_worlds
from tumen.analysis.horizons import Horizon, horizons
from tumen.analysis.leverage import Leverage, leverage_of_case
from tumen.analysis.lifting import lift_of
from tumen.analysis.multistart import Multistart, multistart
from tumen.analysis.phases import lifted, run_phase, switches_of, with_ties
from tumen.analysis.sample import check_draws, sample
from tumen.analysis.scorecard import Scorecard, scorecard_in_passing
from tumen.analysis.shapley import Progress
from tumen.analysis.supply import Supply, supply
from tumen.analysis.timeline import Timeline, timeline
from tumen.analysis.total_effects import TotalEffects
from tumen.analysis.weapons import Funding
from tumen.scenario.claims import load_claims
from tumen.scenario.figure import End
from tumen.scenario.load import Case, load_case
from tumen.scenario.shocks import Shock


@dataclass(frozen=True, eq=False)
class CaseResult(Findings):
    """All that a run of a case found; `tumen.run` returns it."""

    case: Case
    phases: dict[str, PhaseResult]
    lift: list[Shock]
    calibration_error: float
    calibration_maps: int
    by_elasticity: dict[str, Four]
    deficit_sensitivity: dict[str, float]  # loss if the deficit's rise counts as the pressure's
    timeline: Timeline
    leverage: dict[str, dict[str, Leverage]]  # by target and state
    break_even: list[BreakEven]
    weapons: Funding | None
    market_entry: dict[End, Effect] | None  # what the seller's goods could be worth to the buyer
    corridor: Corridor | None
    leakage: dict[End, Evasion] | None  # at each end of the premium of the way round
    supply: Supply | None  # what the main supplier's goods are worth to a target
    horizons: dict[float, Horizon]  # the main phase from the first months on
    backtests: list[Row]  # past measures against the record
    searches: Multistart  # the main world, with pressure and ties, from other places too
    sample: Sample | None = None
    scorecard: Scorecard | None = None  # bands against the record, with draws
    totals: TotalEffects | None = None  # of groups of figures, where a design was asked for


def under_other_elasticities(case: Case, main: PhaseResult) -> dict[str, Four]:
    """The main phase's four worlds under the other sets of elasticities that the case names."""
    scenario = case.scenario
    found = {scenario.elasticities or "own": main.central}
    for name in scenario.compare_elasticities:
        other = case.world_under(name)
        lift, _, _ = lifted(case, other)
        switches = switches_of(case, main.phase, world=other)
        found[name] = four_worlds(case, other, lift, switches)
    return found


def run_case(case: Case, progress: Progress | None = None, *, channels: bool = False) -> CaseResult:
    """Run a loaded case. Raises `SolveError` naming the world that has no equilibrium.

    With `channels` every tie is attributed on its own too, not only the groups of ties.
    """
    load_claims(case.folder, case.evidence)  # a ledger that cannot be read ends it here
    lift, maps, error = lifted(case)
    phases = {
        phase.id: run_phase(case, phase, lift, progress, channels=channels)
        for phase in with_ties(case)
    }
    main = next(iter(phases.values()))
    off = shocks_of(main.switches["central"], on=False)
    return CaseResult(
        case=case,
        phases=phases,
        lift=lift,
        calibration_error=error,
        calibration_maps=maps,
        by_elasticity=under_other_elasticities(case, main),
        deficit_sensitivity=deficit_sensitivity(case, lift, off),
        timeline=timeline(case, phases, lift),
        leverage=leverage_of_case(case, main.central.results),
        break_even=break_evens(case, main),
        weapons=weapons_funding(case),
        market_entry=market_entry_bound(case),
        corridor=corridor(case),
        leakage=leakage(case, lift_of(case).whole),
        supply=supply(case, off),
        horizons=horizons(case, main, lift),
        backtests=backtest(case, lift, off),
        searches=multistart(case.world, main.central.results["pressure_ties"].shocks, starts=4),
    )


def run(
    scenario: str | Path,
    progress: Progress | None = None,
    *,
    channels: bool = False,
    draws: int | None = None,
    seed: int = 0,
    workers: int | None = None,
    client: Any = None,
    folder: str | Path | None = None,
) -> CaseResult:
    """Run a shipped case by name, or a scenario file: the four worlds and what follows from them.

    The headline is split among groups of ties, over all their subsets. With `channels` every tie is
    split out on its own as well: all subsets up to twelve ties, drawn orders with a standard error
    beyond. With `draws` the case is also solved at so many draws of its uncertain figures, from
    which bands and the probabilities of claims come, and its backtests at up to 64 draws of theirs;
    `seed`, `workers`, `client` and `folder` are those of `tumen.sample`. `progress(done, all)` is
    called as worlds are solved.

    Raises `ScenarioError` for a scenario that cannot be read, `SolveError` without equilibrium,
    `SampleError` for draws that cannot be made.
    """
    if draws is not None:
        check_draws(draws, None)
    case = load_case(scenario)
    result = run_case(case, progress, channels=channels)
    if draws is None:
        return result
    settings: dict[str, Any] = {
        "seed": seed,
        "workers": workers,
        "client": client,
        "folder": folder,
        "progress": progress,
    }
    drawn = sample(case, draws, **settings)
    return replace(result, sample=drawn, scorecard=scorecard_in_passing(case, draws, **settings))
