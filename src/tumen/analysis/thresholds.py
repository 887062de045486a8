"""Thresholds of claims: moving them, and how the probability depends on where they stand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tumen.analysis.draws import Sample
from tumen.analysis.sampled import OverDraws, constants_of, over_draws
from tumen.analysis.shares import estimate
from tumen.errors import ScenarioError, nearest
from tumen.scenario.claims import THRESHOLD, ClaimTest, Ledger
from tumen.scenario.evidence import Evidence
from tumen.scenario.expression_draws import SIGNS

POINTS = 41  # of a curve: fine enough to read a probability off it, to a fortieth of its width
REACH = (0.01, 0.99)  # shares of draws between which a curve runs


class Curve(NamedTuple):
    """Probability and its standard error at each of several thresholds [threshold]."""

    thresholds: np.ndarray
    probability: np.ndarray
    error: np.ndarray


def moved(ledger: Ledger, thresholds: Mapping[str, float]) -> dict[str, float]:
    """The thresholds asked for, checked: each belongs to a test that compares with one.

    Raises `ScenarioError` for an unknown test, one without a threshold, or no finite number.
    """
    tests = {f"{claim.id}.{at + 1}": test for _, at, claim, test in ledger.tests()}
    for key, value in thresholds.items():
        if key not in tests:
            raise ScenarioError(
                f"threshold {key}: the ledger has no such test{nearest(key, tests)}"
            )
        if tests[key].threshold is None:
            raise ScenarioError(
                f"threshold {key}: {tests[key].title!r} has no threshold; no model decides it"
                if tests[key].undecided
                else f"threshold {key}: {tests[key].title!r} compares with no threshold"
            )
        if isinstance(value, bool) or not math.isfinite(value):
            raise ScenarioError(f"threshold {key}: {value!r} is no finite number")
    return {key: float(value) for key, value in thresholds.items()}


def threshold_curve(
    test: ClaimTest, sample: Sample, evidence: Mapping[str, Evidence] | None = None
) -> Curve:
    """The probability of a test at thresholds from the first to the 99th hundredth of its value.

    The chosen threshold is one of them. `evidence` adds to the tables of the case. Raises
    `ScenarioError` for a test that is no plain comparison with its threshold.
    """
    if not is_plain(test):
        raise ScenarioError(
            f"{test.title!r} has no curve: its prediction is no comparison with a single threshold"
        )
    return curve_of(test, over_draws(test, sample, constants_of(sample, evidence or {})), sample)


def is_plain(test: ClaimTest) -> bool:
    """Whether the prediction compares a value with the bare threshold on its right."""
    formula = test.expression
    if formula is None or formula.sign is None or test.threshold is None:
        return False
    left, right = formula.text.rsplit(formula.sign, 1)
    return right.strip() == THRESHOLD and THRESHOLD not in left.replace(".", " ").split()


def curve_of(test: ClaimTest, held: OverDraws, sample: Sample) -> Curve:
    """The curve of a test that was worked out already. Raises `ScenarioError` without a value."""
    assert test.expression is not None
    assert test.expression.sign is not None
    assert test.threshold is not None
    if held.value is None or not held.known.any():
        raise ScenarioError(f"{test.title!r} has no curve: no draw has a value")
    value = held.value[held.known]
    replicate = np.asarray(sample.replicate)[: len(held.known)][held.known]
    low, high = np.quantile(value, REACH)
    grid = np.union1d(np.linspace(low, high, POINTS), [test.threshold])
    compare = SIGNS[test.expression.sign]
    made = [estimate(compare(value, at), replicate) for at in grid]
    return Curve(grid, np.array([one.share for one in made]), np.array([one.error for one in made]))
