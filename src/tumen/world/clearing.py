"""Two ways to restore market clearing: with the totals of the accounts kept, or their shares.

Importers and exporters stand in the order of the regions here, inputs in that of the sectors.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.sparse.linalg import LinearOperator, gmres

from tumen.errors import WorldError
from tumen.world import checks

# Gaps over value added: where scaling may stop, and what must hold in the end (a world is
# refused at 1e-6).
CLOSE = 1e-12
TOLERANCE = 1e-9
MAX_ROUNDS = 20_000
# The linear solve takes about 50 steps on the Caliendo-Parro data.
RESTART = 100
MAX_RESTARTS = 20


def use_tables(data: xr.Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each region's table of uses with its row and column totals, million USD.

    Shapes: table [region, row, column], rows [region, row], columns [region, column]. Rows are
    the goods and, last, primary factors; columns are the sectors and, last, final spending.
    """
    regions, sectors = data.indexes["region"], data.indexes["sector"]
    output = checks.output_of(data).transpose("region", "sector")
    income = checks.income_of(data)
    inputs = (data["input_share"] * output).transpose("region", "input", "sector")
    factors = (data["value_added_share"] * output).transpose("region", "sector")
    final = (data["final_share"] * income).transpose("region", "sector")
    table = np.zeros((len(regions), len(sectors) + 1, len(sectors) + 1))
    table[:, :-1, :-1] = inputs.values
    table[:, -1, :-1] = factors.values
    table[:, :-1, -1] = final.values
    spent = data["expenditure"].transpose("region", "sector").values
    rows = np.concatenate([spent, data["value_added"].values[:, None]], axis=1)
    columns = np.concatenate([output.values, income.values[:, None]], axis=1)
    return table, rows, columns


def ras(table: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scale rows and columns in turn until the totals are met; zeros stay zero.

    Returns the table and the larger of the gaps left in each row and the column of the same
    number, over the region's value added (its last row).

    Source: Bacharach, M. (1970), Biproportional Matrices and Input-Output Change.
    """
    scale = rows[:, -1:]
    for _ in range(MAX_ROUNDS):
        have = table.sum(axis=2)
        if np.abs((have - rows) / scale).max() <= CLOSE:
            break
        table = table * (rows / np.where(have > 0, have, 1.0))[:, :, None]
        have = table.sum(axis=1)
        table = table * (columns / np.where(have > 0, have, 1.0))[:, None, :]
    gaps = np.maximum(np.abs(table.sum(axis=2) - rows), np.abs(table.sum(axis=1) - columns))
    return table, gaps / scale


def clear_with_totals(data: xr.Dataset) -> xr.Dataset:
    """Restore market clearing: transfers from trade, cost and final shares by RAS.

    Raises `WorldError` naming the goods whose uses cannot be brought to what is spent on them.
    """
    mended = data.copy()
    spent = data["expenditure"].sum("sector")
    sold = checks.output_of(data).sum("sector")
    mended["transfer"] = spent - checks.revenue_of(data) - sold
    refuse_poor(mended)
    table, rows, columns = use_tables(mended)
    table, gap = ras(table, rows, columns)
    if gap.max() > TOLERANCE:
        regions, sectors = data.indexes["region"], data.indexes["sector"]
        named = xr.DataArray(
            np.where(gap > TOLERANCE, gap, 0.0),
            dims=("region", "row"),
            coords={"region": regions, "row": [*map(str, sectors), "value added"]},
        )
        raise WorldError(
            "cannot be balanced with totals kept: no scaling of the uses meets what is spent at "
            f'{checks.cells(named)}; fill the uses that are missing there, or use keep="shares"'
        )
    return with_uses(mended, table, columns)


def with_uses(data: xr.Dataset, table: np.ndarray, columns: np.ndarray) -> xr.Dataset:
    """Cost and final shares from tables of uses; the reverse of `use_tables`."""
    regions, sectors = data.indexes["region"].to_numpy(), data.indexes["sector"].to_numpy()
    output = columns[:, :-1]
    per_unit = table[:, :, :-1] / np.where(output > 0, output, 1.0)[:, None, :]
    coords = {"region": regions, "sector": sectors}
    dims = ("region", "sector")
    idle = xr.DataArray(output == 0, dims=dims, coords=coords)
    inputs = xr.DataArray(
        per_unit[:, :-1], dims=("region", "input", "sector"), coords=coords | {"input": sectors}
    )
    # A sector that makes nothing keeps its recipe: no total says anything about it.
    added = data["value_added_share"].where(idle, xr.DataArray(per_unit[:, -1], coords, dims))
    final = xr.DataArray(table[:, :-1, -1] / columns[:, -1:], coords, dims)
    return data.assign(
        value_added_share=added,
        input_share=data["input_share"].where(idle, inputs),
        final_share=final,
    )


def refuse_poor(data: xr.Dataset) -> None:
    """Raise `WorldError` where final spending is not above zero."""
    poor = checks.income_of(data) <= 0
    if bool(poor.any()):
        raise WorldError(
            "cannot be balanced: final spending would not be above zero in "
            f"{checks.cells(poor)}; correct the flows or value_added there"
        )


def clear_with_shares(data: xr.Dataset) -> xr.Dataset:
    r"""Restore market clearing: the expenditure and transfers that fit the shares and value added.

    Solves $X_{nk} = \sum_j \gamma_{njk} Y_{nj}(X) + \alpha_{nk} I_n$ and
    $\sum_j g_{nj} Y_{nj}(X) = V_n$ for expenditure X and final spending I, with
    $Y_{ij}(X) = \sum_n \pi_{nij} X_{nj}/(1+\tau_{nij})$; transfers are then I less value
    added and tariff revenue, and sum to zero. Raises `WorldError` when there is no such positive
    solution.
    """
    regions, sectors = data.indexes["region"], data.indexes["sector"]
    kept = data["trade_share"] / (1 + data["tariff"])
    sold = kept.transpose("sector", "exporter", "importer").values
    inputs = data["input_share"].transpose("region", "sector", "input").values
    added = data["value_added_share"].transpose("region", "sector").values
    final = data["final_share"].transpose("region", "sector").values
    spent = data["expenditure"].transpose("region", "sector").values
    value_added = data["value_added"].values
    count, kinds = spent.shape

    def gaps(unknown: np.ndarray) -> np.ndarray:
        """Excess over the uses, then factor payments; both over value added."""
        levels = unknown.reshape(count, kinds + 1) * value_added[:, None]
        expenditure, income = levels[:, :-1], levels[:, -1:]
        output = np.matmul(sold, expenditure.T[:, :, None])[..., 0].T
        uses = np.matmul(output[:, None, :], inputs)[:, 0, :] + final * income
        paid = (added * output).sum(axis=1, keepdims=True)
        return (np.hstack([expenditure - uses, paid]) / value_added[:, None]).ravel()

    size = count * (kinds + 1)
    wanted = np.hstack([np.zeros((count, kinds)), np.ones((count, 1))]).ravel()
    income = checks.income_of(data).values
    start = np.hstack([spent, income[:, None]]) / value_added[:, None]
    found, _ = gmres(
        LinearOperator((size, size), matvec=gaps, dtype=float),
        wanted,
        x0=start.ravel(),
        rtol=1e-14,
        atol=0.0,
        restart=RESTART,
        maxiter=MAX_RESTARTS,
    )
    levels = found.reshape(count, kinds + 1) * value_added[:, None]
    if not np.abs(gaps(found) - wanted).max() <= TOLERANCE or levels.min() < -TOLERANCE:
        raise WorldError(
            "cannot be balanced with shares kept: they and value_added leave no positive "
            'expenditure that fits; use keep="totals"'
        )
    dims = ("region", "sector")
    mended = data.assign(
        expenditure=xr.DataArray(
            np.maximum(levels[:, :-1], 0.0),
            dims=dims,
            coords={"region": regions.to_numpy(), "sector": sectors.to_numpy()},
        )
    )
    income_found = xr.DataArray(levels[:, -1], {"region": regions.to_numpy()}, ("region",))
    mended["transfer"] = income_found - data["value_added"] - checks.revenue_of(mended)
    refuse_poor(mended)
    return mended
