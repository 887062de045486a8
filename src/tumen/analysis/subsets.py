"""What every subset of groups of shocks does to a world, solving nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import replace

import numpy as np

from tumen.analysis.guess import Guesses
from tumen.analysis.shapley import Progress
from tumen.errors import ShockError, SolveError
from tumen.model.economy import State
from tumen.scenario.patches import Accumulator
from tumen.scenario.shocks import Shock, apply_all
from tumen.solver.solve import (
    MAX_MAPS,
    Base,
    Closure,
    Settled,
    base_of,
    check_arguments,
    converged,
    incomes,
    rebases,
    settle_collected,
)
from tumen.status import Status
from tumen.world.arrays import economy_of
from tumen.world.world import World

# Solves the world after shocks already applied, from a start or where it likes.
Solver = Callable[[Accumulator, "State | None"], Settled]


def branch(to: Accumulator, shocks: Iterable[Shock], name: str) -> Accumulator:
    """Shocks on top of others, in a copy. Raises `ShockError` naming the group."""
    grown = replace(to, **{key: copy(value) for key, value in vars(to).items() if key != "world"})
    for shock in shocks:
        try:
            shock.apply(grown)
        except ShockError as error:
            raise ShockError(f"group {name!r}: {error}") from None
    return grown


def real_income(settled: Settled) -> np.ndarray:
    """Real income of every region, per cent of the benchmark's."""
    return np.asarray(100 * (incomes(settled).real_income - 1))


class Groups:
    """Groups of shocks on a world, any subset of which can be in force.

    Shocks that are always there come first, then the groups of the subset in the order of the
    mapping; a group left out is replaced by its shocks in `otherwise`, if it has any. `read` takes
    the worth of a subset from its results: by default real income, per cent of the benchmark's, in
    the world's order. All subsets are walked as a tree, so that each prefix is applied once; the
    unshocked solve that closure "zero" and unbalanced worlds start from is made once. Every subset
    starts its own solve from the benchmark: its numbers do not depend on which others are asked.
    A `solver` is given a start besides, which follows from the subset's own subsets, where all are
    asked for.
    """

    def __init__(
        self,
        world: World,
        groups: Mapping[str, Iterable[Shock]],
        shocks: Iterable[Shock] = (),
        closure: Closure = "fixed",
        tolerance: float = 1e-10,
        otherwise: Mapping[str, Iterable[Shock]] | None = None,
        read: Callable[[Settled], np.ndarray] = real_income,
        solver: Solver | None = None,
    ) -> None:
        check_arguments(closure, tolerance, MAX_MAPS, None)
        self.world, self.closure, self.tolerance = world, closure, tolerance
        self.members = {name: list(listed) for name, listed in groups.items()}
        self.otherwise = {name: list((otherwise or {}).get(name, ())) for name in self.members}
        self.read, self.solver = read, solver or self.from_benchmark
        self.guessed = solver is not None
        always = list(shocks)
        # The whole list once, for errors that say which shock is wrong.
        apply_all(world, [*always, *(shock for part in self.members.values() for shock in part)])
        self.root = apply_all(world, always)
        self.base: Base | None = None
        if solver is None and rebases(world, closure):
            self.base = base_of(world, economy_of(world), closure, tolerance, MAX_MAPS)

    @property
    def names(self) -> list[str]:
        """Names of the groups, in order."""
        return list(self.members)

    def settle(
        self, to: Accumulator, chosen: frozenset[str], guesses: Guesses | None = None
    ) -> np.ndarray:
        """Solve, and read the worth of the subset."""
        settled = self.solver(to, None if guesses is None else guesses.of(chosen))
        if settled.status is not Status.converged:
            inside = ", ".join(name for name in self.members if name in chosen) or "no group"
            raise SolveError(f"with {inside}: {settled.status}: {settled.message}")
        if guesses is not None:
            guesses.keep(chosen, converged(settled).state)
        return self.read(settled)

    def from_benchmark(self, to: Accumulator, _: State | None) -> Settled:
        """Solve from the benchmark."""
        return settle_collected(self.world, to, self.closure, self.tolerance, base=self.base)

    def worth(self, chosen: frozenset[str]) -> np.ndarray:
        """What the world is worth with the chosen groups in force."""
        to = self.root
        for name, shocks in self.members.items():
            to = branch(to, shocks if name in chosen else self.otherwise[name], name)
        return self.settle(to, chosen)

    def every(self, progress: Progress | None = None) -> dict[frozenset[str], np.ndarray]:
        """Worth of all subsets."""
        names, found = self.names, {}
        # What leaves a name out is solved first, so that all subsets of one are known before it.
        guesses = Guesses(names) if self.guessed else None
        total = 2 ** len(names)
        waiting: list[tuple[int, frozenset[str], Accumulator]] = [(0, frozenset(), self.root)]
        while waiting:
            depth, chosen, to = waiting.pop()
            if depth < len(names):
                name = names[depth]
                grown = branch(to, self.members[name], name)
                waiting.append((depth + 1, chosen | {name}, grown))
                left_out = branch(to, self.otherwise[name], name) if self.otherwise[name] else to
                waiting.append((depth + 1, chosen, left_out))
                continue
            found[chosen] = self.settle(to, chosen, guesses)
            if progress is not None:
                progress(len(found), total)
        return found
