"""Run by the Python of another environment: times gegravity's draws, and knows no tumen."""

import json
import sys
import time
from importlib.metadata import version

import gegravity
import pandas as pd

# Coefficients of the two covariates: a sanction takes away two thirds of a flow at given prices.
ESTIMATES = [("index", 1.0, 0.02), ("sanction", -1.1, 0.2)]
SIGMA = 5.0
# Its own check of scales names this one among those at which its solver ends, for these data.
RESCALE = 1000.0


def trials(data: pd.DataFrame, count: int) -> tuple[float, float, int]:
    """Wall and CPU ms a draw, and draws that failed."""
    names = [name for name, _, _ in ESTIMATES]
    estimates = pd.DataFrame(ESTIMATES, columns=["var", "beta", "stderr"])
    covariance = pd.DataFrame(
        [[e**2 if n == m else 0.0 for m in names] for n, _, e in ESTIMATES], names, names
    )
    before = data.assign(sanction=0.0)
    model = gegravity.MonteCarloGE(
        gegravity.BaselineData(
            before,
            trade_var_name="trade",
            imp_var_name="importer",
            exp_var_name="exporter",
            year_var_name="year",
            output_var_name="Y",
            expend_var_name="E",
        ),
        year="2019",
        trials=count,
        reference_importer="DEU",
        sigma=SIGMA,
        cost_variables=names,
        cost_coeff_values=gegravity.CostCoeffs(
            estimates, identifier_col="var", coeff_col="beta", stderr_col="stderr",
            covar_matrix=covariance,
        ),
        seed=1,
    )  # fmt: skip
    wall, cpu = time.perf_counter(), time.process_time()
    model.run_trials(experiment_data=data, omr_rescale=RESCALE, quiet=True)
    taken = time.perf_counter() - wall, time.process_time() - cpu
    return 1e3 * taken[0] / count, 1e3 * taken[1] / count, int(model.num_failed_trials)


def main() -> None:
    """Print the least of the repeats as JSON, on a line of its own."""
    data = pd.read_csv(sys.argv[1], dtype={"year": str}, keep_default_na=False)
    found = [trials(data, int(sys.argv[2])) for _ in range(int(sys.argv[3]))]
    wall, cpu, failed = zip(*found, strict=True)
    told = {"wall_ms": min(wall), "cpu_ms": min(cpu), "failed": max(failed)}
    print("\n" + json.dumps(told | {"version": version("gegravity")}))


if __name__ == "__main__":
    main()
