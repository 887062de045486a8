"""A sample of draws with known answers: what the analysis of sensitivity needs, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import stats

REPLICATES = 8


@dataclass(frozen=True)
class FakeInput:
    name: str
    title: str = ""
    evidence: tuple[str, ...] = ()
    channel: str = ""
    correlated: str = ""


@dataclass(frozen=True)
class FakeSample:
    inputs: tuple[FakeInput, ...]
    unit: np.ndarray
    status: np.ndarray
    replicate: np.ndarray
    outcomes: Mapping[str, np.ndarray] = field(default_factory=dict)
    case: object = None
    seed: int = 0

    def value(self, name):
        return self.outcomes[name]


def points(draws: int, inputs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sobol points in eight independent scramblings, and which each belongs to."""
    each = draws // REPLICATES
    seeds = np.random.SeedSequence(seed).spawn(REPLICATES)
    sets = [stats.qmc.Sobol(inputs, rng=np.random.default_rng(one)).random(each) for one in seeds]
    return np.vstack(sets), np.repeat(np.arange(REPLICATES), each)


def sample(
    function: Callable[[np.ndarray], np.ndarray],
    inputs: int | list[FakeInput],
    draws: int = 1024,
    seed: int = 7,
    correlation: float = 1.0,
) -> FakeSample:
    """A sample whose one outcome `y` is a function of the draws [draw, input].

    Inputs of a correlated group are drawn with this correlation of their normal scores.
    """
    listed = (
        [FakeInput(f"x{i + 1}", f"Figure {i + 1}") for i in range(inputs)]
        if isinstance(inputs, int)
        else inputs
    )
    unit, replicate = points(draws, len(listed), seed)
    for group in {one.correlated for one in listed} - {""}:
        at = [i for i, one in enumerate(listed) if one.correlated == group]
        fresh = np.random.default_rng(seed).standard_normal((draws, len(at)))
        common = stats.norm.ppf(unit[:, at[:1]])
        score = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * fresh
        unit[:, at] = stats.norm.cdf(score)
    status = np.full(draws, "converged", dtype=object)
    return FakeSample(tuple(listed), unit, status, replicate, {"y": function(unit)})


def ishigami(unit: np.ndarray) -> np.ndarray:
    """Ishigami and Homma (1990), a = 7, b = 0.1, on the first three inputs."""
    x = np.pi * (2 * unit[:, :3] - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


ISHIGAMI_FIRST = (0.3139, 0.4424, 0.0)
ISHIGAMI_TOTAL = (0.5576, 0.4424, 0.2437)


def g_function(unit: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Sobol's g-function: the larger a weight, the less its input matters."""
    return np.prod((np.abs(4 * unit - 2) + weight) / (1 + weight), axis=1)


def g_first(weight: np.ndarray) -> np.ndarray:
    """First-order shares of the g-function."""
    part = 1 / (3 * (1 + weight) ** 2)
    return part / (np.prod(1 + part) - 1)


def g_total(weight: np.ndarray) -> np.ndarray:
    """Total effects of the g-function."""
    part = 1 / (3 * (1 + weight) ** 2)
    whole = np.prod(1 + part)
    return part * (whole / (1 + part)) / (whole - 1)
