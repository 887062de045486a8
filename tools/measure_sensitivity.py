"""How far off the shares of variance are: the tables of docs/sensitivity.md.

Run `python tools/measure_sensitivity.py`; it takes some minutes and needs SALib.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from SALib.analyze import delta, rbd_fast
from scipy import stats

from tumen.analysis.additive import additive

INPUTS = 60
REPLICATES = 8
SIZES = {256: 20, 1024: 12, 4096: 6}  # draws, and how many samples of as many are tried
Estimator = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Function(NamedTuple):
    """A function of sixty inputs with known first-order shares."""

    of: Callable[[np.ndarray], np.ndarray]
    share: np.ndarray


def points(draws: int, seed: int) -> np.ndarray:
    """Sobol points in eight independent scramblings."""
    seeds = np.random.SeedSequence(seed).spawn(REPLICATES)
    sets = [
        stats.qmc.Sobol(INPUTS, rng=np.random.default_rng(one)).random(draws // REPLICATES)
        for one in seeds
    ]
    return np.vstack(sets)


def ishigami() -> Function:
    """Ishigami and Homma (1990): a wave, a double wave, and an effect in company only."""

    def of(unit: np.ndarray) -> np.ndarray:
        x = np.pi * (2 * unit[:, :3] - 1)
        return np.sin(x[:, 0]) * (1 + 0.1 * x[:, 2] ** 4) + 7 * np.sin(x[:, 1]) ** 2

    return Function(of, np.r_[0.3139, 0.4424, np.zeros(INPUTS - 2)])


def g_function() -> Function:
    """Sobol's product of kinked lines."""
    weight = np.r_[0.0, 1.0, 4.5, 9.0, np.full(INPUTS - 4, 99.0)]
    part = 1 / (3 * (1 + weight) ** 2)
    return Function(
        lambda unit: np.prod((np.abs(4 * unit - 2) + weight) / (1 + weight), axis=1),
        part / (np.prod(1 + part) - 1),
    )


def sum_of_triangles() -> Function:
    """A weighted sum of twelve quantities with triangular distributions, 48 idle ones."""
    weight = np.r_[3, 2.5, 2, 1.5, 1.2, 1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, np.zeros(INPUTS - 12)]
    return Function(
        lambda unit: stats.triang.ppf(unit, 0.3) @ weight, weight**2 / (weight @ weight)
    )


FUNCTIONS = {"Ishigami": ishigami, "g-function": g_function, "sum": sum_of_triangles}


def curves_together(unit: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """The shares as tumen finds them."""
    return additive(outcome, [column[:, None] for column in unit.T]).share


def by_rbd_fast(unit: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """SALib's RBD-FAST with six harmonics, corrected for bias as it does itself."""
    return np.array(
        [
            rbd_fast.unskew_S1(
                rbd_fast.compute_first_order(rbd_fast.permute_outputs(column, outcome), 6),
                6,
                len(outcome),
            )
            for column in unit.T
        ]
    )


def by_delta(unit: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """SALib's given-data estimator by classes of the input."""
    asked = {
        "num_vars": INPUTS,
        "names": [f"x{i}" for i in range(INPUTS)],
        "bounds": [[0.0, 1.0]] * INPUTS,
    }
    found = delta.analyze(asked, unit, outcome, num_resamples=2, method="sobol", seed=1)
    return np.asarray(found["S1"])


ESTIMATORS: dict[str, Estimator] = {
    "curves together": curves_together,
    "RBD-FAST": by_rbd_fast,
    "delta": by_delta,
}


def main() -> None:
    """Print one line for each function, size of sample and estimator, in points of per cent."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print("| function | draws | estimator | bias, largest share | spread | idle inputs |")
    print("|---|---|---|---|---|---|")
    for name, make in FUNCTIONS.items():
        function = make()
        top = int(np.argmax(function.share))
        idle = function.share < 1e-3
        for draws, samples in SIZES.items():
            for title, estimate in ESTIMATORS.items():
                units = [points(draws, seed) for seed in range(samples)]
                found = 100 * np.array([estimate(unit, function.of(unit)) for unit in units])
                bias = found[:, top].mean() - 100 * function.share[top]
                spread = found[:, top].std(ddof=1)
                noise = np.sqrt((found[:, idle] ** 2).mean())
                cells = (name, f"{draws:,}", title, f"{bias:+.1f}", f"{spread:.1f}", f"{noise:.2f}")
                print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
