"""A test of the claims ledger over the draws of a sample: in which of them its prediction holds.

Formulas name the results of a run; the same names stand for arrays here, one number for each draw.
Dear results exist on the first draws of a sample only, and a formula that names one is worked out
on those. What a sample leaves alone (a figure without a range) is one number for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tumen.analysis.claims import evidence_values, values_of
from tumen.errors import ScenarioError, nearest
from tumen.scenario.claims import THRESHOLD, ClaimTest
from tumen.scenario.evidence import Evidence
from tumen.scenario.expression_draws import Numbers, holds, sides
from tumen.scenario.load import Case
from tumen.status import Status

ROUNDING = 1e-9
OWN = ("scenario.", "evidence.")  # names of what goes into a run; all others are its results


class DrawnInput(Protocol):
    """One uncertain quantity as a sample draws it."""

    @property
    def name(self) -> str:
        """Its name in the sample."""

    @property
    def title(self) -> str:
        """What it is, in words."""

    @property
    def unit(self) -> str:
        """Its unit."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """Ids in the evidence tables."""

    @property
    def ranges(self) -> Mapping[str, object]:
        """Every place that is drawn with it: `ties.munitions.effects.n1.gross`, `evidence.F094`."""


class Drawn(Protocol):
    """What the verdicts need of a sample; `tumen.analysis.sample.Sample` is one."""

    @property
    def case(self) -> Case:
        """The case whose figures were drawn."""

    @property
    def seed(self) -> int:
        """What the draws began from."""

    @property
    def inputs(self) -> tuple[DrawnInput, ...]:
        """What was drawn, in the order of the columns below."""

    @property
    def unit(self) -> np.ndarray:
        """Where in its range each input was drawn [draw, input], 0 to 1."""

    @property
    def input_values(self) -> np.ndarray:
        """The figures drawn [draw, input]."""

    @property
    def status(self) -> np.ndarray:
        """How each draw was solved [draw]."""

    @property
    def replicate(self) -> np.ndarray:
        """The scrambling that each draw belongs to [draw]."""

    @property
    def outcomes(self) -> Mapping[str, np.ndarray]:
        """Results on all draws."""

    @property
    def deep(self) -> Mapping[str, np.ndarray]:
        """Results on the first draws."""

    def value(self, name: str) -> np.ndarray:
        """A result, a figure of the case file or of the evidence, as drawn."""

    def without(self, group: str) -> Mapping[str, np.ndarray]:
        """Some results with one group of ties off, on the first draws."""


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


def constants_of(sample: Drawn, evidence: Mapping[str, Evidence]) -> dict[str, float]:
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


def values_for(names: Iterable[str], sample: Drawn, constants: Constants) -> dict[str, Numbers]:
    """The draws of these names, all cut to the shortest.

    Raises `ScenarioError` with the nearest names for one that the sample does not have.
    """
    found = {name: value_of(name, sample, constants) for name in sorted(names)}
    lengths = [np.size(value) for value in found.values() if np.ndim(value)]
    shortest = min(lengths, default=len(sample.status))
    return {name: value[:shortest] if np.ndim(value) else value for name, value in found.items()}


def value_of(name: str, sample: Drawn, constants: Constants) -> np.ndarray:
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
    sample: Drawn,
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
    ledger_names: Iterable[tuple[str, str]], sample: Drawn, constants: Constants
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


def unconverged(sample: Drawn, found: OverDraws) -> int:
    """Draws that lack a value because no equilibrium was found for them."""
    status = np.asarray(sample.status)[: len(found.known)]
    return int(np.sum(~found.known & (status != Status.converged.value)))
