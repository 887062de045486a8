"""An independent equilibrium solver and checker in plain NumPy, written from the published system.

Loops are nested: wages outside, prices and spending to convergence inside. Slow and simple on
purpose, and sharing no code with the package. Arrays are [importer n, exporter i, sector j].
Source: Caliendo, L. & Parro, F. (2015), Review of Economic Studies 82(1), section 3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

BILATERAL = ("importer", "exporter", "sector")


@dataclass
class Data:
    """A benchmark as plain arrays."""

    share: np.ndarray
    tariff: np.ndarray
    spending: np.ndarray
    added: np.ndarray
    inputs: np.ndarray  # [n, j, k]
    final: np.ndarray
    value_added: np.ndarray
    transfer: np.ndarray
    theta: np.ndarray

    @property
    def income(self) -> np.ndarray:
        """Final spending."""
        revenue = (self.share * self.tariff / (1 + self.tariff) * self.spending[:, None, :]).sum(
            (1, 2)
        )
        return self.value_added + revenue + self.transfer


@dataclass
class Change:
    """Shocks as plain arrays: factors, new tariffs and added transfers."""

    cost: np.ndarray
    weight: np.ndarray
    tariff: np.ndarray
    productivity: np.ndarray
    labour: np.ndarray
    transfer: np.ndarray


@dataclass
class Answer:
    """The equilibrium in hats and levels."""

    wage: np.ndarray
    price: np.ndarray
    consumer_price: np.ndarray
    share: np.ndarray
    spending: np.ndarray
    output: np.ndarray
    flow: np.ndarray
    revenue: np.ndarray
    income: np.ndarray
    real_income: np.ndarray


def data_of(dataset: xr.Dataset) -> Data:
    """Read a world's dataset, labels first."""
    region, sector = dataset.indexes["region"], dataset.indexes["sector"]
    data = dataset.sel(importer=region, exporter=region, input=sector)
    return Data(
        data["trade_share"].transpose(*BILATERAL).values,
        data["tariff"].transpose(*BILATERAL).values,
        data["expenditure"].transpose("region", "sector").values,
        data["value_added_share"].transpose("region", "sector").values,
        data["input_share"].transpose("region", "sector", "input").values,
        data["final_share"].transpose("region", "sector").values,
        data["value_added"].values,
        data["transfer"].values,
        data["trade_elasticity"].values,
    )


def no_change(data: Data) -> Change:
    """Nothing happens."""
    return Change(
        np.ones_like(data.share),
        np.ones_like(data.share),
        data.tariff.copy(),
        np.ones_like(data.spending),
        np.ones_like(data.value_added),
        np.zeros_like(data.value_added),
    )


def final_spending(
    data: Data, change: Change, closure: str, primary: np.ndarray, revenue: np.ndarray
) -> np.ndarray:
    """I' under each closure."""
    own = primary + revenue
    if closure == "fixed":
        return own + data.transfer + change.transfer
    if closure == "zero":
        return own + change.transfer
    ratio = data.income / (data.income - data.transfer)
    return own.sum() / (ratio * own).sum() * ratio * own + change.transfer


def prices_at(data: Data, change: Change, wage: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Prices and trade shares that solve the cost equations at given wages."""
    barrier = change.cost * (1 + change.tariff) / (1 + data.tariff)
    weight = data.share * change.weight * barrier**-data.theta
    price = np.ones_like(data.spending)
    for _ in range(5000):
        bundle = wage[:, None] ** data.added * np.exp(
            np.einsum("njk,nk->nj", data.inputs, np.log(price))
        )
        cost = bundle / change.productivity
        kernel = weight * cost[None, :, :] ** -data.theta
        total = kernel.sum(axis=1)
        new = np.where(total > 0, np.where(total > 0, total, 1.0) ** (-1 / data.theta), 1.0)
        done = np.abs(np.log(new / price)).max() < 1e-15
        price = new
        if done:
            break
    return price, kernel / np.where(total > 0, total, 1.0)[:, None, :]


def quantities_at(
    data: Data, change: Change, closure: str, wage: np.ndarray, share: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Spending, output, tariff revenue and income that clear goods markets at given wages."""
    primary = wage * change.labour * data.value_added
    net = share / (1 + change.tariff)
    spending = data.spending.copy()
    for _ in range(100_000):
        output = np.einsum("nij,nj->ij", net, spending)
        revenue = (net * change.tariff * spending[:, None, :]).sum((1, 2))
        income = final_spending(data, change, closure, primary, revenue)
        new = np.einsum("njk,nj->nk", data.inputs, output) + data.final * income[:, None]
        done = np.abs(new - spending).max() < 1e-15 * np.abs(new).max()
        spending = new
        if done:
            break
    return spending, output, revenue, income


def solve(
    data: Data, change: Change, closure: str, step: float = 0.3, tolerance: float = 1e-13
) -> Answer:
    """Excess demand for factors moves wages until it is gone; `zero` solves the base first."""
    if closure == "zero":
        data = balanced(data, step, tolerance)
    wage = np.ones_like(data.value_added)
    world = data.value_added.sum()
    for _ in range(20_000):
        wage = wage * world / (wage * change.labour * data.value_added).sum()
        price, share = prices_at(data, change, wage)
        spending, output, revenue, income = quantities_at(data, change, closure, wage, share)
        primary = wage * change.labour * data.value_added
        excess = (data.added * output).sum(axis=1) / primary - 1
        if np.abs(excess).max() < tolerance:
            break
        wage = wage * (1 + step * np.clip(excess, -0.9, 0.9))
    else:
        raise AssertionError(f"the oracle did not converge: {np.abs(excess).max():.1e}")
    consumer = np.exp((data.final * np.log(price)).sum(axis=1))
    flow = share / (1 + change.tariff) * spending[:, None, :]
    return Answer(
        wage,
        price,
        consumer,
        share,
        spending,
        output,
        flow,
        revenue,
        income,
        income / data.income / consumer,
    )


def balanced(data: Data, step: float = 0.3, tolerance: float = 1e-13) -> Data:
    """The benchmark solved without transfers, as a benchmark of its own."""
    without = replace(data, transfer=np.zeros_like(data.transfer))
    at = solve(without, no_change(without), "fixed", step, tolerance)
    return replace(
        data,
        share=at.share,
        spending=at.spending,
        value_added=data.value_added * at.wage,
        transfer=np.zeros_like(data.transfer),
    )


def gaps(data: Data, change: Change, closure: str, result) -> dict[str, float]:
    """Largest gap of each equation when a result's own numbers are put into it, in levels.

    `data` is the benchmark the changes are measured from (the balanced one under `zero`).
    Money gaps are relative to the region's spending, price gaps relative to the price.
    """
    sector = ("region", "sector")
    flow = result.trade_flow.transpose(*BILATERAL).values
    output = result.gross_output.transpose(*sector).values
    spending = result.expenditure.transpose(*sector).values
    price = result.price_hat.transpose(*sector).values
    wage, income = result.wage_hat.values, result.income.values
    revenue, primary = result.tariff_revenue.values, result.value_added.values
    size = spending.sum(axis=1)
    cost = (
        wage[:, None] ** data.added
        * np.exp(np.einsum("njk,nk->nj", data.inputs, np.log(price)))
        / change.productivity
    )
    barrier = change.cost * (1 + change.tariff) / (1 + data.tariff)
    delivered = barrier * cost[None, :, :] / price[:, None, :]
    kernel = np.where(change.weight > 0, data.share * change.weight * delivered**-data.theta, 0.0)
    bought = spending > 0
    uses = np.einsum("njk,nj->nk", data.inputs, output) + data.final * income[:, None]
    wanted_flow = kernel * spending[:, None, :] / (1 + change.tariff)
    spend = final_spending(data, change, closure, primary, revenue)
    found = {
        "price index": np.where(bought, kernel.sum(axis=1) - 1, 0.0),
        "trade flow": (flow - wanted_flow) / size[:, None, None],
        "duty-paid spending": ((flow * (1 + change.tariff)).sum(1) - spending) / size[:, None],
        "output": (flow.sum(axis=0) - output) / size[:, None],
        "uses": (uses - spending) / size[:, None],
        "factor market": ((data.added * output).sum(axis=1) - primary) / primary,
        "primary income": primary / (wage * change.labour * data.value_added) - 1,
        "tariff revenue": ((flow * change.tariff).sum((1, 2)) - revenue) / size,
        "final spending": (spend - income) / size,
        "numeraire": primary.sum() / data.value_added.sum() - 1,
        "consumer price": result.consumer_price_hat.values
        / np.exp((data.final * np.log(price)).sum(axis=1))
        - 1,
        "real income": (1 + result.real_income.values / 100)
        / (income / data.income / result.consumer_price_hat.values)
        - 1,
    }
    return {name: float(np.abs(gap).max()) for name, gap in found.items()}
