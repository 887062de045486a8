"""Hard questions, each with the status it must end in. `python tests/stress.py` prints them all.

Every question is put twice: as shocks to the solver, and as changes to the equations in levels
that `oracle` and `variant_oracle` hold, so that no answer is believed because the solver says so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np

import oracle
import tumen
import variant_oracle
from worlds import random_world


@dataclass
class Question:
    """A world, what is done to it, and the same in the oracle's arrays."""

    world: tumen.World
    shocks: list = field(default_factory=list)

    def __post_init__(self) -> None:
        self.change = oracle.no_change(oracle.data_of(self.world.dataset))

    def cells(self, importer: object, exporter: object, sector: object) -> np.ndarray:
        """Foreign cells of the selection; None is all."""
        w = self.world
        mask = np.zeros(self.change.weight.shape, dtype=bool)
        chosen = [
            range(len(labels)) if one is None else [labels.index(x) for x in np.atleast_1d(one)]
            for one, labels in ((importer, w.regions), (exporter, w.regions), (sector, w.sectors))
        ]
        mask[np.ix_(*chosen)] = True
        own = np.arange(len(w.regions))
        mask[own, own, :] = False
        return mask

    def left(self, importer: object, exporter: object, sector: object, weight: float) -> Self:
        """This part of the trade weight is left."""
        self.shocks.append(tumen.Embargo(importer, exporter, sector, share=1 - weight))
        self.change.weight[self.cells(importer, exporter, sector)] *= 1 - (1 - weight)
        return self

    def cost(self, importer: object, exporter: object, factor: float) -> Self:
        """Trade costs times a factor."""
        self.shocks.append(tumen.TradeCost(importer, exporter, factor=factor))
        self.change.cost[self.cells(importer, exporter, None)] *= factor
        return self

    def give(self, source: str, to: str, part: float) -> Self:
        """A transfer of this part of the giver's income."""
        value = part * float(self.world.income.sel(region=source))
        self.shocks.append(tumen.Transfer(source, to, value=value))
        self.change.transfer[self.world.regions.index(source)] -= value
        self.change.transfer[self.world.regions.index(to)] += value
        return self

    def productive(self, region: str, sector: str, factor: float) -> Self:
        """Productivity times a factor."""
        self.shocks.append(tumen.Productivity(region, sector, factor=factor))
        w = self.world
        self.change.productivity[w.regions.index(region), w.sectors.index(sector)] *= factor
        return self

    def answer(self) -> tuple[tumen.Result, float | None]:
        """The result, and where it has numbers the largest gap of any equation in levels."""
        result = tumen.solve(self.world, self.shocks, throw=False)
        if result.status is not tumen.Status.converged:
            return result, None
        found = variant_oracle.gaps(self.world, self.change, "fixed", result)
        return result, max(found.values())


def on(w: tumen.World) -> dict[str, dict[str, object]]:
    """Sets of variants that make a world stiff."""
    theta = w.dataset["trade_elasticity"]
    added = w.dataset["value_added_share"].min("region")
    tiers = {"import_elasticity": 0.3 * theta}
    return {
        "plain": {},
        "three months": {"input_substitution": 0.2, "mobility": 0.0, **tiers},
        "three months, wages that do not fall": {
            "input_substitution": 0.2,
            "mobility": 0.0,
            "wage_floor": 0.95,
            **tiers,
        },
        "inputs in fixed proportions": {"input_substitution": 0.0},
        "specific factors": {"mobility": 0.0},
        "scale near its limit": {"scale_elasticity": np.minimum(0.9 / theta, 0.9)},
        "profits near value added": {"profit_share": 0.9 * added},
    }


ASKED: dict[str, Callable[[Question], Question]] = {
    "a millionth of trade left": lambda q: q.left(None, None, None, 1e-6),
    "a hundredth of trade left": lambda q: q.left(None, None, None, 1e-2),
    "one supplier of a good left": lambda q: q.left(
        None, [r for r in q.world.regions if r != q.world.regions[1]], q.world.sectors[0], 0.0
    ),
    "all trade three times as dear": lambda q: q.cost(None, None, 3.0),
    "all trade at a third of its cost": lambda q: q.cost(None, None, 1 / 3),
    "a sector at a third": lambda q: q.productive(q.world.regions[0], q.world.sectors[0], 0.3),
    "nine tenths given away": lambda q: q.give(q.world.regions[0], q.world.regions[1], 0.9),
    "more than all given away": lambda q: q.give(q.world.regions[0], q.world.regions[1], 1.1),
}

ELASTICITIES = {
    "0.4": [0.4, 0.4, 0.4],
    "0.4 to 65": [0.4, 4.0, 65.0],
    "4": [4.0, 4.0, 4.0],
    "65": [65.0, 65.0, 65.0],
}


# What no search settles though prices do not rule it out: inputs in fixed or nearly fixed
# proportions where foreign ones are all but irreplaceable, and scale at its limit.
UNSETTLED = {
    ("0.4", "inputs in fixed proportions"),
    ("0.4 to 65", "inputs in fixed proportions"),
    ("0.4 to 65", "three months"),
    ("0.4 to 65", "three months, wages that do not fall"),
    ("4", "inputs in fixed proportions"),
    ("0.4 to 65", "scale near its limit"),
    ("65", "scale near its limit"),
}


class Worlds(NamedTuple):
    """A world of given elasticities and zeros under a set of variants."""

    elasticity: str
    zeros: float
    variants: str

    def __str__(self) -> str:
        return f"elasticity {self.elasticity}, {self.zeros:.0%} zeros, {self.variants}"

    def made(self) -> tumen.World:
        """The world."""
        theta = ELASTICITIES[self.elasticity]
        rng = np.random.default_rng(40 + list(ELASTICITIES).index(self.elasticity))
        options = {"theta": theta, "zeros": self.zeros, "tariffs": True, "deficits": False}
        w = random_world(rng, 4, 3, **options)
        w = w.replace(transfer=0 * w.dataset["transfer"])
        return w.replace(**on(w)[self.variants])

    def questions(self) -> dict[str, Question]:
        """What is asked of it."""
        w = self.made()
        return {asked: put(Question(w)) for asked, put in ASKED.items()}

    def may_end_in(self, asked: str) -> set[str]:
        """Statuses that are right for the question."""
        if asked == "more than all given away":
            return {"absorption_negative"}
        right = {"converged"}
        if asked == "nine tenths given away":
            right.add("absorption_negative")  # what it earns falls too
        if self.variants in HARD_INPUTS:
            right.add("no_equilibrium")  # if prices say so: `tests/test_viability.py`
        if (self.elasticity, self.variants) in UNSETTLED:
            right.add("stalled")
        return right


HARD_INPUTS = {
    "three months",
    "three months, wages that do not fall",
    "inputs in fixed proportions",
}
ALL = [
    Worlds(elasticity, zeros, variants)
    for elasticity in ELASTICITIES
    for zeros in (0.0, 0.3)
    for variants in on(random_world(np.random.default_rng(0), 2, 3))
]


def main() -> None:
    """Print status, maps and method of every question."""
    for worlds in ALL:
        for asked, question in worlds.questions().items():
            result, gap = question.answer()
            sys.stdout.write(
                f"{f'{worlds}: {asked}':100} {result.status:20} {result.evaluations:5} "
                f"{result.method:14} {result.residual:8.1e} {'' if gap is None else f'{gap:.0e}'}\n"
            )


if __name__ == "__main__":
    main()
