"""A case at many draws: outcomes and inputs draw by draw, bands, and how the draws went."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tumen._version import __version__
from tumen.analysis.drawing import Drawing
from tumen.analysis.parts import Columns, Parts, Under
from tumen.analysis.phases import with_ties
from tumen.analysis.points import replicate_of
from tumen.errors import SampleError
from tumen.scenario.expression import word
from tumen.scenario.load import Case
from tumen.scenario.uncertainty import Input
from tumen.status import Status


@dataclass(frozen=True)
class Band:
    """A number over the draws: its median, a range that holds 90 % of them, and how many count."""

    low: float
    median: float
    high: float
    draws: int  # with a value
    undefined: int  # converged, without a value
    failed: int  # not converged


@dataclass(frozen=True, eq=False)
class Sample:
    """A case at many draws.

    `outcomes` maps names to values [draw], `deep` to values of the first `len(deep)` draws; both
    are nan where a draw did not converge or has no such number. `unit` are the probabilities and
    `input_values` the values [draw, input] of `inputs`. `folder` holds plain.parquet and
    dear.parquet with all of it.
    """

    case: Case
    seed: int
    draws: int
    dear: int
    drawing: Drawing
    parts: Parts
    kept: bool  # whether the folder outlives the sample

    @property
    def folder(self) -> Path:
        """Where the draws are."""
        return self.parts.folder

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The uncertain quantities."""
        return self.drawing.inputs

    @cached_property
    def outcomes(self) -> Columns:
        """Outcomes of all draws, by name."""
        return Columns(self.folder / "plain.parquet")

    @cached_property
    def deep(self) -> Mapping[str, np.ndarray]:
        """Dear outcomes of the first draws, by name."""
        return Columns(self.folder / "dear.parquet") if self.dear else {}

    @cached_property
    def unit(self) -> np.ndarray:
        """Probabilities [draw, input] in (0, 1)."""
        return self.drawing.points(0, self.draws, self.seed)

    @cached_property
    def input_values(self) -> np.ndarray:
        """Values [draw, input]."""
        return self.drawing.values(self.unit)

    @cached_property
    def status(self) -> np.ndarray:
        """How each draw ended."""
        return self.outcomes.told("status")

    @property
    def replicate(self) -> np.ndarray:
        """The scrambling that each draw belongs to."""
        return replicate_of(np.arange(self.draws))

    @property
    def converged(self) -> int:
        """Draws with numbers."""
        return int((self.status == str(Status.converged)).sum())

    @property
    def residual(self) -> float:
        """Largest relative gap left in any equation of any draw that converged."""
        return float(np.nanmax(self.outcomes.told("residual")))

    def ended(self) -> dict[str, int]:
        """How many draws ended in each way."""
        names, counts = np.unique(self.status, return_counts=True)
        return {str(name): int(count) for name, count in zip(names, counts, strict=True)}

    @cached_property
    def places(self) -> dict[str, np.ndarray]:
        """Values [draw] of every drawn figure and row of evidence, by place."""
        return self.drawing.by_place(self.unit)

    @cached_property
    def fixed(self) -> dict[str, float]:
        """Numbers of the case file and its evidence that no draw moves."""
        from tumen.analysis.claims import lookup_of

        ledger = self.drawing.ledger
        rows = ledger.evidence if ledger is not None else self.case.evidence
        return lookup_of({}, self.case.scenario, rows, "central")

    def __contains__(self, name: object) -> bool:
        """Whether there is an outcome, a dear one, or a number of the case of this name."""
        return isinstance(name, str) and (
            name in self.outcomes
            or name in self.deep
            or name.removeprefix("scenario.") in self.places
            or name in self.fixed
        )

    def value(self, name: str) -> np.ndarray:
        """Values [draw] of an outcome or of `scenario.X`, `evidence.X`; of dear ones, fewer.

        Raises `SampleError` for an unknown name.
        """
        if name in self.outcomes:
            return self.outcomes[name]
        if name in self.deep:
            return self.deep[name]
        if (place := name.removeprefix("scenario.")) in self.places:
            return self.places[place]
        if name in self.fixed:
            return np.full(self.draws, self.fixed[name])
        raise SampleError(f"the draws have no result {name!r}")

    def without(self, group: str) -> Mapping[str, np.ndarray]:
        """Outcomes with one group of ties off, of the first draws, by their usual names."""
        return Under(self.deep, f"without.{group}.")

    def document(self) -> dict[str, Any]:
        """How the draws went and the bands of the headline numbers, in plain values."""
        return stamp_of(self.case, self.seed) | {
            "draws": self.draws,
            "dear": self.dear,
            "ended": self.ended(),
            "residual": self.residual,
            "inputs": len(self.inputs),
            "folder": str(self.folder) if self.kept else None,
            "bands": {name: plain_band(self.band(name)) for name in headline_names(self.case)},
        }

    def band(self, name: str) -> Band:
        """Median and 90 % range of an outcome. Raises `SampleError` for an unknown name."""
        return band_of(self.value(name), self.status)


def band_of(values: np.ndarray, status: np.ndarray) -> Band:
    """Median and 90 % range of values [draw], nan where there is none, and how the draws ended."""
    known = values[np.isfinite(values)]
    failed = int((status[: len(values)] != str(Status.converged)).sum())
    low, median, high = np.quantile(known, (0.05, 0.5, 0.95)) if len(known) else (math.nan,) * 3
    undefined = len(values) - len(known) - failed
    return Band(float(low), float(median), float(high), len(known), undefined, failed)


def plain_band(band: Band) -> dict[str, float | int | None]:
    """A band in plain values; None where no draw has a number."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in vars(band).items()
    }


def headline_names(case: Case) -> list[str]:
    """The outcomes that a reader looks at first: losses and offset ratios of the targets."""
    targets = [word(region) for region in case.scenario.targets]
    phases = [word(phase.id) for phase in with_ties(case)]
    losses = [f"loss.{region}.pressure" for region in targets]
    return losses + [f"offset_ratio.{phase}.{region}" for phase in phases for region in targets]


def stamp_of(case: Case, seed: int) -> dict[str, Any]:
    """What every table of draws says of its making."""
    return settings_of(case, seed) | {
        "closure": case.scenario.closure,
        "elasticities": str(case.world.dataset.attrs.get("elasticities", "own")),
    }


def settings_of(case: Case, seed: int) -> dict[str, Any]:
    """What the draws of a folder depend on; their number is no part of it."""
    return {
        "case": case.name,
        "scenario_hash": case.digest,
        "data_version": f"{case.world.name} {case.world.version}",
        "code_version": __version__,
        "seed": seed,
    }
