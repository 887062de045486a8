"""Total effects of groups of figures, by a design of points made for them; needs SALib.

A Saltelli design holds blocks of G + 2 points for G groups: a base point, the point with one group
after the other taken from a second base point, and the second base point itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from tumen.analysis.draws import Sample
from tumen.analysis.factors import Factor, columns_of, factors, factors_of
from tumen.analysis.sensitivity import usable
from tumen.errors import TumenError
from tumen.scenario.uncertainty import Input

MOST_LOST = 0.1  # share of blocks that may hold a point without an outcome
LEAST_BASE = 16
RESAMPLES = 400  # of blocks, for the confidence interval
HARMONICS = 6  # of RBD-FAST
CELL = 2.0**-30  # distance of two coordinates of a scrambled Sobol point


def salib(part: str) -> Any:
    """A module of SALib. Raises `TumenError` where it is not installed."""
    try:
        return import_module(f"SALib.{part}")
    except ImportError:
        raise TumenError(
            "total effects need SALib, which is an extra: pip install tumen[sensitivity]"
        ) from None


@dataclass(frozen=True)
class Design:
    """Points at which to work out outcomes, for total effects of groups of inputs.

    `unit` [point, input] holds independent probabilities in (0, 1). Correlated inputs never stand
    in two groups, so their dependence may be put on within each group afterwards.
    """

    groups: tuple[Factor, ...]
    base: int
    seed: int
    unit: np.ndarray

    @property
    def block(self) -> int:
        """Points of a block."""
        return len(self.groups) + 2


@dataclass(frozen=True)
class GroupEffect:
    """A group's part of the variance: by itself, and with all it does together with others.

    The half-widths are those of 95 % intervals, from SALib's bootstrap over blocks.
    """

    group: Factor
    first: float
    first_half_width: float
    total: float
    total_half_width: float


@dataclass(frozen=True)
class SobolIndices:
    """The groups, largest total first; `lost` of `blocks` held a point without an outcome."""

    effects: tuple[GroupEffect, ...]
    blocks: int
    lost: int


def sobol_design(
    inputs: Sequence[Input],
    base: int,
    seed: int,
    groups: Sequence[Factor] | None = None,
) -> Design:
    """A Saltelli design of `base` blocks over groups of inputs, scrambled by the seed.

    Without `groups` they are `factors(inputs)`. Raises `TumenError` for a base that is no power of
    two from 16 on, groups that miss or repeat an input or split correlated ones, or without SALib.
    """
    chosen = tuple(factors(inputs) if groups is None else groups)
    check(chosen, inputs)
    check_base(base)
    points = salib("sample.sobol").sample(
        problem(chosen, inputs), base, calc_second_order=False, scramble=True, seed=seed
    )
    # Coordinates are multiples of a cell, from 0 on; the middle of the cell is never 0 or 1.
    return Design(chosen, base, seed, np.asarray(points) + CELL / 2)


def check_base(base: int) -> None:
    """Refuse what no design can have, before anything is solved; needs SALib."""
    salib("sample.sobol")
    if base < LEAST_BASE or base & (base - 1):
        raise TumenError(
            f"base is {base}; it must be a power of two, at least {LEAST_BASE}, for Sobol points "
            "to be evenly spread"
        )


def check(groups: Sequence[Factor], inputs: Sequence[Input]) -> None:
    """Refuse groups that do not hold every input once, or that split correlated ones."""
    members = [at for group in groups for at in group.members]
    if sorted(members) != list(range(len(inputs))):
        raise TumenError(
            f"the groups hold {len(members)} inputs, {len(set(members))} of them different, and "
            f"the case has {len(inputs)}: every input must stand in one group"
        )
    for one in factors_of(inputs):
        if not any(set(one.members) <= set(group.members) for group in groups):
            raise TumenError(
                f"the inputs {', '.join(one.inputs)} are drawn together and must stand in one group"
            )
    if len(groups) < 2:
        raise TumenError("total effects need two groups at least; there is nothing to compare")


def problem(groups: Sequence[Factor], inputs: Sequence[Input]) -> dict[str, Any]:
    """The inputs and groups as SALib takes them."""
    label = {at: f"{number}" for number, group in enumerate(groups) for at in group.members}
    return {
        "num_vars": len(inputs),
        "names": [one.name for one in inputs],
        "bounds": [[0.0, 1.0]] * len(inputs),
        "groups": [label[at] for at in range(len(inputs))],
    }


def sobol_indices(design: Design, inputs: Sequence[Input], outcome: np.ndarray) -> SobolIndices:
    """First-order and total effects of the design's groups on an outcome [point].

    A point without an outcome (nan) makes its block worthless: the whole block is left out and
    counted. Raises `TumenError` where more than a tenth of the blocks is lost, the outcome does
    not vary, or its length is not that of the design.
    """
    values = np.asarray(outcome, dtype=float)
    if values.shape != (len(design.unit),):
        raise TumenError(
            f"the design has {len(design.unit)} points and the outcome the shape {values.shape}; "
            "give one number for each point, nan where there is none"
        )
    blocks = values.reshape(design.base, design.block)
    whole = np.isfinite(blocks).all(axis=1)
    lost = int((~whole).sum())
    if lost > MOST_LOST * design.base:
        raise TumenError(
            f"{lost} of {design.base} blocks hold a point without an outcome, more than "
            f"{100 * MOST_LOST:.0f} %; what is left would not stand for the ranges"
        )
    kept = blocks[whole]
    if np.ptp(kept) <= 1e-12 * np.abs(kept).max():
        raise TumenError("the outcome is the same at every point: no figure drives it")
    asked = problem(design.groups, inputs)
    found = salib("analyze.sobol").analyze(
        asked,
        kept.ravel(),
        calc_second_order=False,
        num_resamples=RESAMPLES,
        seed=design.seed + 1,  # SALib takes 0 for no seed
    )
    order = list(dict.fromkeys(asked["groups"]))  # SALib keeps groups as they first come
    effects = [
        GroupEffect(
            design.groups[int(label)],
            *(float(found[key][at]) for key in ("S1", "S1_conf", "ST", "ST_conf")),
        )
        for at, label in enumerate(order)
    ]
    return SobolIndices(tuple(sorted(effects, key=lambda one: -one.total)), design.base, lost)


def rbd_fast_shares(sample: Sample, outcome: str) -> dict[str, float]:
    """First-order shares of single inputs by SALib's RBD-FAST: another method for the same thing.

    Noisier than `tumen.analysis.sensitivity`, and blind to groups of inputs, which are left out;
    its use is as a check. Keys are names of factors.
    """
    values = np.asarray(sample.value(outcome), dtype=float)
    kept, _, _ = usable(values, np.asarray(sample.status), outcome)
    unit = np.asarray(sample.unit)[kept]
    single = [
        (one, columns)
        for one in factors_of(sample.inputs)
        if (columns := columns_of(one, unit)).shape[1] == 1
    ]
    asked = {
        "num_vars": len(single),
        "names": [one.name for one, _ in single],
        "bounds": [[0.0, 1.0]] * len(single),
    }
    found = salib("analyze.rbd_fast").analyze(
        asked,
        np.hstack([columns for _, columns in single]),
        values[kept],
        M=HARMONICS,
        num_resamples=2,  # its interval is not used
        seed=1,
    )
    return {one.name: float(share) for (one, _), share in zip(single, found["S1"], strict=True)}
