"""Leverage: what the next step of pressure costs its senders for each point it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tumen.codes import resolve
from tumen.errors import ShockError
from tumen.results.result import Result
from tumen.scenario.load import Case
from tumen.scenario.patches import Selector
from tumen.scenario.shocks import Embargo, Shock
from tumen.solver.solve import Closure, solve
from tumen.world.world import World

# The next step multiplies every trade weight between senders and target by 0.9.
STEP = 0.1
# Below this loss of the target, in points of W(0,0), a ratio says nothing.
LEAST_POINTS = 1e-4


@dataclass(frozen=True)
class Leverage:
    """The next step of pressure on one target in one state of the world."""

    state: str
    target: str
    senders: tuple[str, ...]
    equivalent_variation: dict[str, float]  # of the step alone, by sender, million USD
    target_loss: float  # of the step alone, percentage points of W(0,0)
    trade: float  # between senders and target before the step, million USD
    reason: str | None  # why there is no ratio; None where there is one

    @property
    def senders_ev(self) -> float:
        """Equivalent variation of all senders together, million USD; negative is a cost."""
        return sum(self.equivalent_variation.values())

    @property
    def ratio(self) -> float | None:
        """Senders' cost in million USD a point of the target's loss; None where undefined.

        A negative number is a gain of the senders.
        """
        return None if self.reason is not None else -self.senders_ev / self.target_loss


def senders_of(
    world: World,
    pressure: Iterable[tuple[Selector, str]],
    hubs: Mapping[str, Selector] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Senders of each target, all its measures together, and the hubs that join them."""
    found: dict[str, list[str]] = {}
    for senders, target in pressure:
        if senders is None:
            raise ShockError(f"leverage on {target}: name the senders of the measure")
        (known,) = resolve(target, world.regions, world.members, field="target")
        found.setdefault(known, []).extend(
            resolve(senders, world.regions, world.members, field="senders")
        )
    for target, joining in (hubs or {}).items():
        if target not in found:
            raise ShockError(f"leverage: hubs name {target!r}, which is no target of the pressure")
        if joining is None:
            raise ShockError(f"leverage on {target}: name the hubs")
        found[target] += resolve(joining, world.regions, world.members, field="hubs")
    for target, listed in found.items():
        if target in listed:
            raise ShockError(f"leverage on {target}: the target is among its own senders")
    return {target: tuple(dict.fromkeys(listed)) for target, listed in found.items()}


def next_step(senders: Iterable[str], target: str) -> list[Shock]:
    r"""The next step: all weights between senders and target times 0.9, both ways.

    $\omega_{nij} \to 0.9\,\omega_{nij}$, which is the trade cost $0.9^{-1/\theta_j}$.
    """
    listed = list(senders)
    return [
        Embargo(listed, target, share=STEP),
        Embargo(target, listed, share=STEP),
    ]


def why_not(loss: float) -> str | None:
    """Why a loss of the target makes no ratio, in a sentence."""
    if loss >= LEAST_POINTS:
        return None
    if loss <= -LEAST_POINTS:
        return f"the target gains {-loss:.2g} points from the step instead of losing"
    return (
        f"the step moves the target by {loss:.1g} points, less than {LEAST_POINTS:g}: almost no "
        "trade with these senders is left"
    )


def leverage(
    world: World,
    pressure: Iterable[tuple[Selector, str]],
    states: Mapping[str, Result | Iterable[Shock]],
    reference_welfare: Mapping[str, float],
    *,
    hubs: Mapping[str, Selector] | None = None,
    closure: Closure = "fixed",
    tolerance: float = 1e-10,
) -> dict[str, dict[str, Leverage]]:
    r"""What the next step of pressure costs its senders for each point of the target's loss.

    $\lambda_T = -\sum_{s} I_s\,(W_s' - W_s) \big/ [100\,(W_T - W_T')/W_T(0,0)]$, where a prime is
    the world after all weights between senders $s$ and target $T$ are multiplied by 0.9, both
    ways, on top of the shocks of the state; $I_s$ benchmark income, million USD. Goods received
    in kind are left out: the step does not change their quantity.

    `pressure` lists (senders, target); several measures against one target are one step. `states`
    names worlds by their shocks, or by a result of `tumen.solve`, which is then not solved again.
    `reference_welfare` is W(0,0) over the benchmark's real income, by target. `hubs` names, by
    target, third states that join the senders where these have almost no trade with it left: their
    weights fall too and their loss counts. Returns target -> state -> `Leverage`.

    Raises `ShockError` for a target without reference or among its senders, `SolveError` where a
    state has no equilibrium.
    """
    members = senders_of(world, pressure, hubs)
    for target in members:
        if not reference_welfare.get(target, 0.0) > 0:
            raise ShockError(f"leverage on {target}: reference_welfare gives no W(0,0) above zero")
    found: dict[str, dict[str, Leverage]] = {target: {} for target in members}
    for state, given in states.items():
        before = given if isinstance(given, Result) else solve(world, given, closure, tolerance)
        if before.world is not world:
            raise ShockError(f"leverage: state {state!r} was solved on another world")
        if before.closure != str(closure):
            raise ShockError(
                f"leverage: state {state!r} was solved with closure {before.closure!r}; "
                f"pass closure={before.closure!r}"
            )
        for target, senders in members.items():
            after = solve(world, [*before.shocks, *next_step(senders, target)], closure, tolerance)
            found[target][state] = step_between(
                state, target, senders, before, after, reference_welfare[target]
            )
    return found


def step_between(
    state: str,
    target: str,
    senders: tuple[str, ...],
    before: Result,
    after: Result,
    reference: float,
) -> Leverage:
    """The step's effect from the worlds before and after it."""
    change = after.real_income - before.real_income  # per cent of benchmark real income
    cost = after.equivalent_variation - before.equivalent_variation
    loss = -float(change.sel(region=target)) / reference
    listed = list(senders)
    flow = before.trade_flow.sum("sector")
    trade = flow.sel(importer=listed, exporter=target).sum()
    trade = trade + flow.sel(importer=target, exporter=listed).sum()
    return Leverage(
        state=state,
        target=target,
        senders=senders,
        equivalent_variation={region: float(cost.sel(region=region)) for region in senders},
        target_loss=loss,
        trade=float(trade),
        reason=why_not(loss),
    )


def imposed_by(case: Case) -> list[tuple[list[str], str]]:
    """Senders and target of every measure; those who abstain take no next step either."""
    world, scenario = case.world, case.scenario
    out = resolve(scenario.abstain, world.regions, world.members) if scenario.abstain else []
    found = []
    for measure in scenario.pressure:
        senders = resolve(measure.senders, world.regions, world.members, field="senders")
        found.append(([region for region in senders if region not in out], measure.target))
    return found


def nobody_left(state: str, target: str) -> Leverage:
    """A target whose senders all abstain."""
    reason = "every sender of the measures on it abstains, so that nobody takes a next step"
    return Leverage(state, target, (), {}, 0.0, 0.0, reason)


def leverage_of_case(
    case: Case,
    results: Mapping[str, Result],
    *,
    states: Iterable[str] = ("pressure", "pressure_ties"),
    hubs: Mapping[str, Selector] | None = None,
) -> dict[str, dict[str, Leverage]]:
    """Leverage of a case's measures without and with the ties, from its solved worlds.

    `results` holds the worlds of a phase by name, "no_pressure" (the reference W(0,0)) and the
    states asked for. Raises `ShockError` where one of them is missing.
    """
    wanted = list(states)
    for name in ("no_pressure", *wanted):
        if name not in results:
            raise ShockError(f"leverage needs the world {name!r}; given are {sorted(results)}")
    reference = results["no_pressure"].real_income
    measures = imposed_by(case)
    imposed = [(senders, target) for senders, target in measures if senders]
    targets = {target for _, target in imposed}
    found = {
        target: {state: nobody_left(state, target) for state in wanted}
        for _, target in measures
        if target not in targets
    }
    if not imposed:
        return found
    return found | leverage(
        case.world,
        imposed,
        {name: results[name] for name in wanted},
        {target: 1 + float(reference.sel(region=target)) / 100 for target in targets},
        hubs=hubs,
        closure=case.scenario.closure,
        tolerance=case.scenario.tolerance,
    )
