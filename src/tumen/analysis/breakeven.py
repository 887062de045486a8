"""Break-even realised share: how much of a tie must be paid for it to undo all of the pressure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tumen.analysis.fourworlds import LEAST_LOSS
from tumen.analysis.money import shares_of_payers, transfers
from tumen.errors import ShockError, SolveError
from tumen.scenario.effects import TransferEffect
from tumen.scenario.figure import End
from tumen.scenario.schema import Channel
from tumen.scenario.shocks import Shock
from tumen.solver.solve import Closure, solve
from tumen.world.world import World

# Shares closer than this are one share: far finer than any figure that enters.
SHARE_TOLERANCE = 1e-6


@dataclass(frozen=True)
class BreakEven:
    """The realised share at which a target's ties undo all of the pressure, or why none does."""

    target: str
    share: float | None  # None where it does not lie within the bracket
    bracket: tuple[float, float]
    loss: tuple[float, float]  # L1 at both ends, per cent of W(0,0); negative is a gain
    offset: tuple[float | None, float | None]  # OR at both ends; None: loss too small for a ratio
    evaluations: int

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        low, high = self.bracket
        if self.share is not None:
            return f"The ties undo all of {self.target}'s loss at a share of {self.share:.3f}."
        ends = (
            f"the loss is {self.loss[0]:.2f} per cent at a share of {low:g} and "
            f"{self.loss[1]:.2f} at {high:g}"
        )
        if max(self.loss) < 0:
            why = "the ties undo more than all of the loss whatever is paid"
        else:
            why = "some of the loss stays whatever is paid"
        return f"No break-even share within {low:g} to {high:g} for {self.target}: {why}; {ends}."


def paid_share(
    world: World,
    ties: Iterable[Channel],
    shared: Sequence[str],
    on: Iterable[Shock],
    targets: list[str],
    *,
    end: End = "central",
    level: Mapping[str, float] | None = None,
) -> Callable[[float], list[Shock]]:
    """Shocks as a function of one realised share that the channels `shared` have in common.

    `on` are the shocks of the world with these channels on at their own realised shares; a change
    of the share moves its part of the gross value from payer to receiver, or from whoever keeps
    the rest. `level` scales channels, for a phase in which part of a tie is left.

    Raises `ShockError` for a channel that is not among the ties or pays nothing.
    """
    known = {channel.id: channel for channel in ties}
    base, scales = list(on), level or {}
    parts: list[tuple[dict[str, float], float, float]] = []
    for name in shared:
        if name not in known:
            raise ShockError(f"break-even: no channel {name!r} among {', '.join(known)}")
        paid = [effect for effect in known[name].effects if isinstance(effect, TransferEffect)]
        if not paid:
            raise ShockError(f"break-even: channel {name!r} pays nothing, so no share of it")
        for effect in paid:
            giving = (
                {effect.rest_to: 1.0}
                if effect.rest_to is not None
                else shares_of_payers(effect, world, targets)
            )
            flows = {region: -part for region, part in giving.items()}
            flows[effect.receiver] = flows.get(effect.receiver, 0.0) + 1.0
            gross = scales.get(name, 1.0) * effect.gross.at(end)
            parts.append((flows, gross, effect.realised.at(end)))

    def shocks(share: float) -> list[Shock]:
        more = [
            shock
            for flows, gross, central in parts
            for shock in transfers(
                {region: flow * gross * (share - central) for region, flow in flows.items()}
            )
        ]
        return base + more

    return shocks


def break_even(
    world: World,
    target: str,
    shocks_at: Callable[[float], Iterable[Shock]],
    reference_welfare: float,
    pressure_welfare: float,
    *,
    received: float = 0.0,
    bracket: tuple[float, float] = (0.0, 1.0),
    closure: Closure = "fixed",
    tolerance: float = 1e-10,
) -> BreakEven:
    r"""Realised share $r^*$ at which the ties undo all of the pressure on a target.

    $OR(r^*) = 1$, that is $W_T(1,1;r^*) = W_T(0,0)$: a bracketing root finder (Brent) over exact
    solves, to $10^{-6}$ in the share. `shocks_at(r)` gives the shocks of the world with pressure
    and ties at share r; `reference_welfare` is W(0,0) and `pressure_welfare` W(1,0), both over the
    benchmark's real income; `received` is the goods the target gets in kind, million USD a year,
    which count as absorption. No share where both ends of the bracket lie on one side.

    Raises `ShockError` for a bracket that is none or a target that loses nothing from the
    pressure, `SolveError` naming the share at which there is no equilibrium.

    Source: Brent, R. (1973), Algorithms for Minimization without Derivatives, chapter 4.
    """
    low, high = bracket
    if not low < high:
        raise ShockError(f"break-even: the bracket runs from {low:g} to {high:g}; low first")
    if target not in world.regions:
        raise ShockError(f"break-even: unknown region {target!r}")
    before = 1 - pressure_welfare / reference_welfare
    if before <= 0:
        raise ShockError(f"break-even: the pressure costs {target} nothing, so nothing is undone")
    known: dict[float, float] = {}

    def loss(share: float) -> float:
        if share not in known:
            try:
                result = solve(world, shocks_at(share), closure, tolerance)
            except SolveError as error:
                raise SolveError(
                    f"at a realised share of {share:g}: {error}", error.result
                ) from None
            hat = 1 + float(result.real_income.sel(region=target)) / 100
            hat *= 1 + received / float(result.income.sel(region=target))
            known[share] = 1 - hat / reference_welfare
        return known[share]

    ends = (loss(low), loss(high))
    share: float | None = None
    if ends[0] * ends[1] <= 0:
        from scipy.optimize import brentq

        share = float(brentq(loss, low, high, xtol=SHARE_TOLERANCE))
    offsets = [None if before < LEAST_LOSS else 1 - value / before for value in ends]
    return BreakEven(
        target=target,
        share=share,
        bracket=(low, high),
        loss=(100 * ends[0], 100 * ends[1]),
        offset=(offsets[0], offsets[1]),
        evaluations=len(known),
    )
