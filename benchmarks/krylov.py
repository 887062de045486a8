"""What the map's own scaling saves Newton-Krylov: `python -m benchmarks.krylov`.

The map moves a wage by its trade balance over the balance's slope, so that the linear systems that
Newton solves come with their wage rows divided by that slope. Here the same systems are solved with
the rows as the equations state them, balance over primary income, and the work is counted.
"""

from __future__ import annotations

import numpy as np
from jax.flatten_util import ravel_pytree
from scipy.sparse.linalg import LinearOperator, gmres

import tumen
from benchmarks.cases import embargo
from tumen.model import equations, equilibrium
from tumen.solver import newton
from tumen.solver.setting import Setting
from tumen.solver.solve import settle
from tumen.world.horizon import with_horizon

TOLERANCE = 1e-10
LIMIT = 20_000


class Plain(newton.Search):
    """A search whose linear systems keep the wage rows of the equations."""

    def step(self, gap: np.ndarray, residual: float) -> np.ndarray:
        """The same Newton step, from rows that are not scaled."""
        economy, shock, rule = self.given
        state = self.state_of(self.point)
        kernel = equations.trade_weights(economy, shock, tariffs=self.tariffs)
        at = equilibrium.market(economy, shock, kernel, rule, state)
        rows = np.ones_like(gap)
        slope = np.asarray(at.slope / at.primary_income)
        rows[: slope.size] = np.where(slope > 0, slope, 1.0)

        def product(vector: np.ndarray) -> np.ndarray:
            self.evaluations += 1
            along = self.state_of(vector / self.metric)
            moved = newton.derivative(*self.given, state, along, tariffs=self.tariffs)
            flat = np.asarray(ravel_pytree(moved)[0])
            return rows * (vector - flat * self.metric)

        operator = LinearOperator((gap.size, gap.size), matvec=product, dtype=float)
        accuracy = min(newton.LOOSE, residual**0.5)
        found, _ = gmres(
            operator, rows * gap, rtol=accuracy, restart=newton.KRYLOV, maxiter=newton.RESTARTS
        )
        return np.asarray(found) / self.metric


def counted(setting: Setting, kind: type[newton.Search]) -> tuple[int, float]:
    """Maps and derivatives until the search ends, and the residual there."""
    found = newton.newton_krylov(
        setting.economy,
        setting.shock,
        setting.rule,
        equilibrium.initial_state(setting.economy),
        TOLERANCE,
        LIMIT,
        tariffs=setting.tariffs,
        kind=kind,
    )
    return int(found.evaluations), float(found.residual)


def main() -> None:
    """Count both for an embargo on tumen-31, in the long run and in the first months."""
    world = tumen.load_world("tumen-31", floor=2)
    print(f"{'':24}{'scaled by the map':>22}{'as the equations':>22}")
    for name, years in (("long run", None), ("one year", 1.0), ("three months", 0.25)):
        there = world if years is None else with_horizon(world, years)
        problem = embargo(there)
        setting = settle(there, problem.shocks, problem.closure).setting
        cells = [
            f"{count:,} to {residual:.0e}"
            for count, residual in (counted(setting, kind) for kind in (newton.Search, Plain))
        ]
        print(f"{name:24}{cells[0]:>22}{cells[1]:>22}")


if __name__ == "__main__":
    main()
