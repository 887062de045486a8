"""`tumen.total_effects`: first-order and total Sobol indices of a case's groups of figures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tumen.analysis.chunks import evaluate
from tumen.analysis.drawing import Drawing
from tumen.analysis.draws import headline_names
from tumen.analysis.saltelli import SobolIndices, sobol_design, sobol_indices
from tumen.analysis.shapley import Progress
from tumen.errors import SampleError, TumenError
from tumen.scenario.load import Case, load_case
from tumen.status import Status


@dataclass(frozen=True)
class TotalEffects:
    """Indices by outcome, the reason where an outcome has none, and how many points were solved."""

    indices: dict[str, SobolIndices]
    left_out: dict[str, str]
    points: int
    failed: int
    seed: int


def total_effects(
    scenario: str | Path | Case,
    base: int = 128,
    *,
    seed: int = 0,
    workers: int | None = None,
    client: Any = None,
    progress: Progress | None = None,
) -> TotalEffects:
    """Solve a case at a Saltelli design and split the variance of its headline numbers.

    Groups are the ties, all trade elasticities, and the rest; figures that are drawn together stay
    together. The design has `base` blocks (a power of two) of two points more than there are
    groups. Outcomes that cannot be split, such as a ratio of a loss that is mostly too small, are
    left out with the reason. Needs the extra `sensitivity` (SALib).

    Raises `SampleError` for a case with nothing uncertain, `TumenError` for a base that is no
    power of two from 16 on, or without SALib.
    """
    case = scenario if isinstance(scenario, Case) else load_case(scenario)
    drawing = Drawing(case)
    if not drawing.inputs:
        raise SampleError(f"{case.path}: no figure of the case has a range; nothing has effects")
    design = sobol_design(drawing.inputs, base, seed)
    found = evaluate(
        drawing,
        drawing.correlated(design.unit),
        workers=workers,
        client=client,
        progress=progress,
    )
    indices: dict[str, SobolIndices] = {}
    left_out: dict[str, str] = {}
    missing = pd.Series(math.nan, index=found.index)  # no point converged
    for name in headline_names(case):
        try:
            values = found.get(name, missing).to_numpy(dtype=float)
            indices[name] = sobol_indices(design, drawing.inputs, values)
        except TumenError as error:
            left_out[name] = str(error)
    failed = int((found["status"] != str(Status.converged)).sum())
    return TotalEffects(indices, left_out, len(found), failed, seed)
