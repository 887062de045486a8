r"""`tumen.preview`: bands from one gradient in seconds, an approximation with its measured error.

Every outcome is taken as linear in the uncertain inputs,
$y \approx y_0 + \sum_i s_i\,(x_i - x_{0i})$, around the world where each input is at its median.
The slopes are those between the outcomes at the 25th and 75th percentile of each input, all others
at their median; both ends are solved exactly. How far this misses is measured on exact draws.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tumen.analysis.chunks import evaluate
from tumen.analysis.drawing import Drawing
from tumen.analysis.draws import Band, headline_names, stamp_of
from tumen.analysis.sample import check_draws
from tumen.analysis.shapley import Progress
from tumen.errors import SampleError
from tumen.scenario.load import Case, load_case
from tumen.status import Status

# Exact draws that the error is measured on.
CHECKED = 64
QUARTILES = (0.25, 0.75)


@dataclass(frozen=True)
class Preview:
    """Linear outcomes of many draws. `slope` [outcome, input] a unit of the input; `error` is the
    root mean square miss by outcome on exact draws, `checked` how many these were.
    """

    case: Case
    drawing: Drawing
    seed: int
    draws: int
    centre: pd.Series
    slope: pd.DataFrame
    middle: np.ndarray
    error: pd.Series
    checked: int
    residual: float

    def value(self, name: str) -> np.ndarray:
        """Approximate values [draw] of an outcome. Raises `SampleError` for an unknown name."""
        if name not in self.centre:
            raise SampleError(f"the preview has no result {name!r}")
        values = self.drawing.values(self.drawing.points(0, self.draws, self.seed))
        return np.asarray(
            self.centre[name] + (values - self.middle) @ self.slope.loc[name].to_numpy()
        )

    def band(self, name: str) -> Band:
        """Median and 90 % range of the approximation."""
        low, median, high = np.quantile(self.value(name), (0.05, 0.5, 0.95))
        return Band(float(low), float(median), float(high), self.draws, 0, 0)

    def document(self) -> dict[str, Any]:
        """Bands of the headline numbers in plain values, labelled as what they are."""
        bands = {}
        for name in headline_names(self.case):
            band = self.band(name)
            bands[name] = {
                "low": band.low,
                "median": band.median,
                "high": band.high,
                "error": float(self.error[name]),
            }
        return stamp_of(self.case, self.seed) | {
            "approximation": (
                "A linear approximation around the medians of all figures, no solution: its "
                f"typical error is measured on {self.checked} exact draws."
            ),
            "draws": self.draws,
            "ended": {"linear": self.draws},
            "residual": self.residual,
            "bands": bands,
        }


def stencil(count: int) -> np.ndarray:
    """Points [1 + 2 * input, input]: all medians, then each input at either quartile."""
    points = np.full((1 + 2 * count, count), 0.5)
    for at in range(count):
        points[1 + 2 * at : 3 + 2 * at, at] = QUARTILES
    return points


def preview(
    scenario: str | Case,
    draws: int = 10_000,
    *,
    seed: int = 0,
    workers: int | None = None,
    client: Any = None,
    progress: Progress | None = None,
) -> Preview:
    """Approximate the bands of a case from one gradient, and measure the error.

    Solves two worlds' worth of draws an input and 64 exact draws. Raises `SampleError` where the
    world at the medians, or one of those beside it, has no equilibrium.
    """
    check_draws(draws, None)
    case = scenario if isinstance(scenario, Case) else load_case(scenario)
    drawing = Drawing(case)
    points = stencil(len(drawing.inputs))
    exact = drawing.points(0, min(CHECKED, draws), seed)
    found = evaluate(
        drawing, np.concatenate([points, exact]), workers=workers, client=client, progress=progress
    )
    near, drawn = found.iloc[: len(points)], found.iloc[len(points) :]
    failed = near[near["status"] != str(Status.converged)]
    if len(failed):
        at = (int(failed.index[0]) - 1) // 2
        what = (
            "the medians of all figures" if at < 0 else f"a quartile of {drawing.inputs[at].name}"
        )
        raise SampleError(f"no linear preview: at {what}, {failed['message'].iloc[0]}")
    names = [name for name in found.columns if "." in name]
    values = drawing.values(points)
    middle = values[0]
    slopes = {}
    for at, one in enumerate(drawing.inputs):
        low, high = 1 + 2 * at, 2 + 2 * at
        step = values[high, at] - values[low, at]
        change = near.loc[high, names] - near.loc[low, names]
        slopes[one.name] = change.astype(float) / step if step else change.astype(float) * 0
    slope = pd.DataFrame(slopes)
    centre = pd.Series(near[names].iloc[0], dtype=float)
    right = drawn[names].to_numpy(dtype=float)
    linear = centre.to_numpy() + (drawing.values(exact) - middle) @ slope.to_numpy().T
    square = (right - linear) ** 2
    known = np.isfinite(square).sum(axis=0)
    sums = np.where(np.isfinite(square), square, 0.0).sum(axis=0)
    miss = pd.Series(np.sqrt(np.where(known > 0, sums / np.maximum(known, 1), np.nan)), index=names)
    return Preview(
        case,
        drawing,
        seed,
        draws,
        centre,
        slope,
        middle,
        miss,
        int((drawn["status"] == str(Status.converged)).sum()),
        float(found["residual"].max()) if found["residual"].notna().any() else math.nan,
    )
