"""A test of the claims ledger over the draws of a sample: in which of them its prediction holds.

Formulas name the results of a run; the same names stand for arrays here, one number for each draw.
Dear results exist on the first draws of a sample only, and a formula that names one is worked out
on those. What a sample leaves alone (a figure without a range) is one number for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tumen.analysis.claims import evidence_values, values_of
from tumen.analysis.draws import Sample
from tumen.errors import ScenarioError, nearest
from tumen.scenario.claims import THRESHOLD, ClaimTest
from tumen.scenario.evidence import Evidence
from tumen.scenario.expression_draws import Numbers, holds, sides
from tumen.status import Status

ROUNDING = 1e-9
OWN = ("scenario.", "evidence.")  # names of what goes into a run; all others are its results


Constants = Mapping[str, float]


@dataclass(frozen=True)
class OverDraws:
    """One test over the draws: `holds`, `known` [draw] and both sides of a plain comparison."""

    holds: np.ndarray
    known: np.ndarray
    value: np.ndarray | None
    against: np.ndarray | None
    varies: bool  # whether anything in the formula differs between draws

    @property
    def margin(self) -> np.ndarray | None:
        """Value minus threshold [draw]; None for a formula that is no plain comparison."""
        if self.value is None or self.against is None:
            return None
        return self.value - self.against


def constants_of(sample: Sample, evidence: Mapping[str, Evidence]) -> dict[str, float]:
    """Figures without a range as plain numbers, and the fixed ends `evidence.ID.END`.

    A figure with a range is not among them: it differs between draws, and the sample has it.
    """
    table = {**sample.case.evidence, **evidence}
    low, central, high = (
        {
            **values_of({"scenario": sample.case.scenario.model_dump()}, end),
            **evidence_values(table, end),
        }
        for end in ("low", "central", "high")
    )
    return {
        name: value
        for name, value in central.items()
        if value == low[name] == high[name] or np.isnan(value)
    }


def values_for(names: Iterable[str], sample: Sample, constants: Constants) -> dict[str, Numbers]:
    """The draws of these names, all cut to the shortest.

    Raises `ScenarioError` with the nearest names for one that the sample does not have.
    """
    found = {name: value_of(name, sample, constants) for name in sorted(names)}
    lengths = [np.size(value) for value in found.values() if np.ndim(value)]
    shortest = min(lengths, default=len(sample.status))
    return {name: value[:shortest] if np.ndim(value) else value for name, value in found.items()}


def value_of(name: str, sample: Sample, constants: Constants) -> np.ndarray:
    """One name over the draws: drawn where the sample draws it, else one number."""
    if name in sample.outcomes or name in sample.deep:
        return np.asarray(sample.value(name), float)
    if name.startswith(OWN):
        # A figure without a range may still be drawn, where its source is weak.
        try:
            return np.asarray(sample.value(name), float)
        except (KeyError, ValueError):
            if name in constants:
                return np.asarray(constants[name])
    places = {place for one in sample.inputs for place in one.ranges}
    drawn = {place if place.startswith(OWN) else f"scenario.{place}" for place in places}
    known = {*sample.outcomes, *sample.deep, *drawn, *constants}
    raise ScenarioError(f"the sample has no result {name!r}{nearest(name, known)}")


def over_draws(
    test: ClaimTest,
    sample: Sample,
    constants: Constants,
    given: Mapping[str, np.ndarray] | None = None,
) -> OverDraws:
    """One test over the draws; `given` results stand in place of the sample's own.

    Raises `ValueError` for a test that no model can decide.
    """
    if test.expression is None:
        raise ValueError(f"{test.title!r} has no prediction")
    lookup = values_for(test.names - set(given or ()), sample, constants)
    lookup |= {name: values for name, values in (given or {}).items() if name in test.names}
    shortest = min((np.size(value) for value in lookup.values() if np.ndim(value)), default=1)
    lookup = {name: np.asarray(v)[:shortest] if np.ndim(v) else v for name, v in lookup.items()}
    if test.threshold is not None:
        lookup[THRESHOLD] = test.threshold
    found, both = holds(test.expression, lookup), sides(test.expression, lookup)
    value, against = (None, None) if both is None else both
    varies = any(differs(np.asarray(item)) for item in lookup.values())
    return OverDraws(found.holds, found.known, value, against, varies)


def differs(values: np.ndarray) -> bool:
    """Whether an array holds two different numbers, or a draw without one beside a number.

    What differs by less than `ROUNDING` of its size is the same number, solved more or less well.
    """
    known = values[~np.isnan(values)] if values.ndim else values
    if not known.size:
        return False
    width, size = np.ptp(known), np.abs(known).max()
    return bool(width > ROUNDING * size or known.size < values.size)


def known_names(
    ledger_names: Iterable[tuple[str, str]], sample: Sample, constants: Constants
) -> None:
    """Every name of the ledger is in the sample.

    `ledger_names` are names, each with its place in the file. Raises `ScenarioError` with that
    place and the nearest names.
    """
    for name, where in ledger_names:
        try:
            value_of(name, sample, constants)
        except ScenarioError as error:
            raise ScenarioError(f"{where}: {error}") from None


def unconverged(sample: Sample, found: OverDraws) -> int:
    """Draws that lack a value because no equilibrium was found for them."""
    status = np.asarray(sample.status)[: len(found.known)]
    return int(np.sum(~found.known & (status != Status.converged.value)))
