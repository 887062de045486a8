"""A sample that was never run: results are formulas of the draws, so every share is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
from scipy.stats import qmc

from tumen.status import Status

REPLICATES = 8


@dataclass(frozen=True)
class FakeInput:
    """One uncertain quantity, even between its ends."""

    name: str
    title: str
    low: float
    high: float
    unit: str = "million USD a year"
    evidence: tuple[str, ...] = ()

    @property
    def ranges(self):
        return {self.name: (self.low, self.high)}


@dataclass
class FakeSample:
    """Draws of inputs even between their ends, in independent scramblings one after the other."""

    case: object
    inputs: tuple[FakeInput, ...]
    draws: int = 4096
    seed: int = 1
    outcomes: dict = field(default_factory=dict)
    deep: dict = field(default_factory=dict)
    off: dict = field(default_factory=dict)

    def __post_init__(self):
        size = self.draws // REPLICATES
        power = int(np.log2(size))
        assert 2**power == size
        points = [
            qmc.Sobol(len(self.inputs), rng=self.seed + one).random_base2(power)
            for one in range(REPLICATES)
        ]
        # One draw of each scrambling in turn, so that the first draws hold some of all.
        self.unit = np.stack(points, axis=1).reshape(self.draws, len(self.inputs))
        self.replicate = np.tile(np.arange(REPLICATES), size)
        low = np.array([one.low for one in self.inputs])
        high = np.array([one.high for one in self.inputs])
        self.input_values = low + (high - low) * self.unit
        self.status = np.full(self.draws, Status.converged.value, dtype=object)

    def drawn(self, name):
        """The draws of one input."""
        return self.input_values[:, [one.name for one in self.inputs].index(name)]

    def value(self, name):
        if name in self.outcomes:
            return self.outcomes[name]
        if name in self.deep:
            return self.deep[name]
        return self.drawn(name.removeprefix("scenario."))

    def without(self, group):
        return self.off[group]


def bare_case(groups=()):
    """A case with these groups of ties and nothing else."""
    ties = [SimpleNamespace(id=name, title=name.title(), group=None) for name in groups]
    scenario = SimpleNamespace(groups=[], ties=ties, model_dump=dict)
    return SimpleNamespace(scenario=scenario, evidence={})
