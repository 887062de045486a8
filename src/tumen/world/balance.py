"""Repairing a world that breaks its accounting identities, and saying what moved."""

from __future__ import annotations

from typing import Literal, NamedTuple

import xarray as xr

from tumen.errors import WorldError
from tumen.vocabulary import WORLD
from tumen.world import checks
from tumen.world.clearing import clear_with_shares, clear_with_totals
from tumen.world.movements import BalanceReport, movements, worth_of
from tumen.world.world import World

# A negative cell worth more than this share of its region's value added is no rounding or
# stock-building artefact; it needs a person, not a repair.
LARGEST_NEGATIVE = 0.05


# Dimensions that hold the labels of another, perhaps in another order.
OF = {"importer": "region", "exporter": "region", "input": "sector"}


class Balanced(NamedTuple):
    """A repaired world and what the repair moved."""

    world: World
    report: BalanceReport


def refuse_beyond_repair(data: xr.Dataset) -> None:
    """Raise `WorldError` for what no balancing can mend."""
    checks.require_variables(data)
    for check in (checks.missing_cells, checks.elasticities):
        for finding in check(data):
            raise WorldError(f"cannot be balanced: {finding.message}")
    for name, bad in (
        ("value_added is not above zero", data["value_added"] <= 0),
        ("tariff is -1 or less", data["tariff"] <= -1),
    ):
        if bool(bad.any()):
            raise WorldError(f"cannot be balanced: {name} at {checks.cells(bad)}; correct it first")


def without_negatives(data: xr.Dataset) -> xr.Dataset:
    """Small negative cells set to zero. Raises `WorldError` for large ones."""
    worth = worth_of(data)
    mended = data.copy()
    for name in ("trade_share", "expenditure", "value_added_share", "input_share", "final_share"):
        below = data[name].where(data[name] < 0, 0.0)
        region = "importer" if name == "trade_share" else "region"
        size = abs(below * worth[name]) / checks.moved_to(data, data["value_added"], region=region)
        large = size.where(size > LARGEST_NEGATIVE, 0.0)
        if bool((large > 0).any()):
            raise WorldError(
                f"cannot be balanced: {name} is negative by more than {LARGEST_NEGATIVE:.0%} of "
                f"value added at {checks.cells(large)}; correct it first"
            )
        mended[name] = data[name].where(data[name] > 0, 0.0)
    return mended


def with_shares_of_one(data: xr.Dataset) -> xr.Dataset:
    """Divide trade, cost and final shares by their sums. Raises `WorldError` where all are zero."""
    spent = checks.moved_to(data, data["expenditure"], region="importer")
    totals = {
        "trade_share": data["trade_share"].sum("exporter"),
        "cost shares": data["value_added_share"] + data["input_share"].sum("input"),
        "final_share": data["final_share"].sum("sector"),
    }
    mended = data.copy()
    mended["trade_share"] = over(data["trade_share"], totals["trade_share"])
    output = checks.output_of(mended)
    needed = {
        "trade_share": spent > 0,
        "cost shares": output > 0,
        "final_share": xr.ones_like(totals["final_share"], dtype=bool),
    }
    for name, total in totals.items():
        empty = needed[name] & (total == 0)
        if bool(empty.any()):
            raise WorldError(
                f"cannot be balanced: {name} sum to zero at {checks.cells(empty)}, so there is "
                "nothing to scale; fill them first"
            )
    for name in ("value_added_share", "input_share"):
        mended[name] = over(data[name], totals["cost shares"])
    mended["final_share"] = over(data["final_share"], totals["final_share"])
    return mended


def over(part: xr.DataArray, whole: xr.DataArray) -> xr.DataArray:
    """Return part / whole, and the part where the whole is zero."""
    return part / whole.where(whole != 0, 1.0)


def balance(dataset: xr.Dataset | World, keep: Literal["totals", "shares"] = "totals") -> Balanced:
    """Repair a dataset that breaks accounting identities; return the world and what moved.

    Small negative cells become zero; trade, cost and final shares are divided by their sums. Then
    market clearing is restored in one of two ways, both with value added, tariffs, elasticities
    and labels as given:

    - `keep="totals"`: every trade flow, expenditure and gross output stays; the transfer of each
      region becomes its recorded trade deficit, and its cost and final shares are scaled (RAS)
      until the uses of each good equal what is spent on it. For accounts that are to be trusted
      cell by cell.
    - `keep="shares"`: every trade, cost and final share stays; expenditure, output and transfers
      become the only ones that fit them. Under closure "zero" this world and the one it was made
      from give the same answers, which the first way does not promise.

    The result passes `World(..., check="refuse")`. Returns a pair `(world, report)`. Raises
    `WorldError` when a cell is missing, a negative cell is worth more than 5 % of value added, or
    no solution keeps what is to be kept.
    """
    if keep not in ("totals", "shares"):
        raise WorldError(f'keep must be "totals" or "shares", not {keep!r}')
    data = dataset.dataset if isinstance(dataset, World) else dataset
    if not isinstance(data, xr.Dataset):
        raise WorldError(f"balance needs an xarray.Dataset or a World, not {type(data).__name__}")
    refuse_beyond_repair(data)
    data = data.copy()
    for name in WORLD:
        data[name] = data[name].astype(float)
    order = {dim: data.indexes[dim] for dim in OF}
    straight = data.sel({dim: data.indexes[base] for dim, base in OF.items()})
    clean = with_shares_of_one(without_negatives(straight))
    mended = clear_with_totals(clean) if keep == "totals" else clear_with_shares(clean)
    mended = mended.sel(order)
    mended.attrs |= {"balanced": f"market clearing restored with {keep} kept"}
    mended.attrs.pop("version", None)
    world = World(mended)
    return Balanced(world, movements(data, world.dataset))
