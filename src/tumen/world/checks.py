"""One small function for each thing a world must satisfy; each names the cells and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import xarray as xr

from tumen.errors import WorldError
from tumen.vocabulary import OPTIONAL, WORLD

# A broken identity is worth a word above this share of a region's value added.
TOLERANCE = 1e-6
SHOWN = 4
# Variables that the identities of a benchmark rest on: all but how it would respond.
IDENTITIES = frozenset(WORLD) - {"trade_elasticity"}


class Finding(NamedTuple):
    """One broken rule: which, where, by how much and what to do."""

    check: str
    message: str
    fatal: bool  # cannot be taken even with check="warn"


def cells(gap: xr.DataArray) -> str:
    """Name the worst cells of a boolean or numeric array, largest first."""
    values = np.abs(np.nan_to_num(gap.values.astype(float), nan=np.inf, posinf=np.inf))
    order = np.argsort(-values, axis=None, kind="stable")[: min(SHOWN, int((values > 0).sum()))]
    names = []
    for flat in order:
        index = np.unravel_index(flat, values.shape)
        where = ", ".join(
            f"{dim} {gap.coords[dim].values[i]}" for dim, i in zip(gap.dims, index, strict=True)
        )
        names.append(where or "the world")
    more = int((values > 0).sum()) - len(names)
    return "; ".join(names) + (f"; and {more} more" if more > 0 else "")


def require_variables(data: xr.Dataset) -> None:
    """Every variable is there with the right dimensions, and regions agree. Raises `WorldError`."""
    for variable in (*WORLD.values(), *OPTIONAL.values()):
        if variable.name not in data:
            if variable.name in OPTIONAL:
                continue
            raise WorldError(
                f"the world has no variable {variable.name!r}; add it over {variable.dims} "
                f"({variable.unit})"
            )
        if set(data[variable.name].dims) != set(variable.dims):
            raise WorldError(
                f"{variable.name} has dimensions {tuple(data[variable.name].dims)}; "
                f"it needs {variable.dims}"
            )
        if data[variable.name].dtype.kind not in "fiub":
            raise WorldError(
                f"{variable.name} holds {data[variable.name].dtype}, not numbers; convert it first"
            )
    for dim in ("region", "importer", "exporter", "sector", "input"):
        if dim not in data.coords:
            raise WorldError(f"dimension {dim!r} has no labels; give it a coordinate")
        if not data.indexes[dim].is_unique:
            twice = data.indexes[dim][data.indexes[dim].duplicated()][0]
            raise WorldError(f"label {twice!r} stands twice in {dim!r}; make labels unique")
        odd = [label for label in data.indexes[dim] if not isinstance(label, str)]
        if odd:
            raise WorldError(
                f"label {odd[0]!r} of {dim!r} is not text; name every {dim} by a string"
            )
    for first, second in (("region", "importer"), ("region", "exporter"), ("sector", "input")):
        lone = set(data.indexes[first]) ^ set(data.indexes[second])
        if lone:
            raise WorldError(
                f"{first!r} and {second!r} must hold the same labels; only one of them has "
                + ", ".join(sorted(map(str, lone))[:SHOWN])
            )


def missing_cells(data: xr.Dataset, names: Iterable[str] = ()) -> Iterator[Finding]:
    """No cell is missing or infinite, in the variables named or in any."""
    for name in tuple(names) or (*WORLD, *(name for name in OPTIONAL if name in data)):
        bad = ~xr.apply_ufunc(np.isfinite, data[name])
        if bool(bad.any()):
            yield Finding(
                "missing cells",
                f"{name} is missing or infinite at {cells(bad)}; fill it (a flow that does not "
                "exist is 0)",
                True,
            )


def negative_cells(data: xr.Dataset) -> Iterator[Finding]:
    """No negative value where the economics has none; value added above zero."""
    for name in ("trade_share", "expenditure", "value_added_share", "input_share", "final_share"):
        below = data[name].where(data[name] < 0, 0.0)
        if bool((below < 0).any()):
            yield Finding(
                "negative cells",
                f"{name} is negative at {cells(below)}; set it to zero and balance (tumen.balance)",
                name in ("trade_share", "expenditure"),
            )
    low = data["tariff"].where(data["tariff"] <= -1, 0.0)
    if bool((low != 0).any()):
        yield Finding("negative cells", f"tariff is -1 or less at {cells(low)}", True)
    poor = data["value_added"] <= 0
    if bool(poor.any()):
        yield Finding("negative cells", f"value_added is not above zero at {cells(poor)}", True)


def elasticities(data: xr.Dataset) -> Iterator[Finding]:
    """Trade elasticities are above zero."""
    bad = data["trade_elasticity"] <= 0
    if bool(bad.any()):
        yield Finding(
            "elasticities",
            f"trade_elasticity is not above zero at {cells(bad)}; it is stated as a positive "
            "number (sigma - 1)",
            True,
        )


def findings_beside(data: xr.Dataset, names: Iterable[str]) -> list[Finding]:
    """What is wrong with these variables, none of which is part of an identity."""
    return list(missing_cells(data, names)) or list(elasticities(data))


def moved_to(data: xr.Dataset, array: xr.DataArray, **dims: str) -> xr.DataArray:
    """The array with dimensions renamed, labels in the order that the dataset has them there."""
    return array.rename(dims).sel({new: data.indexes[new] for new in dims.values()})


def share_sums(data: xr.Dataset) -> Iterator[Finding]:
    """Trade shares sum to one where anything is spent, cost shares where anything is made."""
    spent = moved_to(data, data["expenditure"], region="importer") > 0
    made = output_of(data) > 0
    sums = {
        "trade_share over exporter": (data["trade_share"].sum("exporter") - 1).where(spent, 0.0),
        "value_added_share plus input_share over input": (
            data["value_added_share"] + data["input_share"].sum("input") - 1
        ).where(made, 0.0),
        "final_share over sector": data["final_share"].sum("sector") - 1,
    }
    for what, gap in sums.items():
        wide = gap.where(np.abs(gap) > TOLERANCE, 0.0)
        if bool((wide != 0).any()):
            yield Finding(
                "share sums",
                f"{what} does not sum to 1 at {cells(wide)} (largest gap "
                f"{float(np.abs(wide).max()):.2g}); divide by the sum or use tumen.balance",
                False,
            )


def output_of(data: xr.Dataset) -> xr.DataArray:
    """Gross output that the trade shares imply, over (region, sector)."""
    spent = moved_to(data, data["expenditure"], region="importer")
    sold = (data["trade_share"] / (1 + data["tariff"]) * spent).sum("importer")
    return moved_to(data, sold, exporter="region")


def revenue_of(data: xr.Dataset) -> xr.DataArray:
    """Tariff revenue that the trade shares imply, over region."""
    spent = moved_to(data, data["expenditure"], region="importer")
    paid = data["trade_share"] * data["tariff"] / (1 + data["tariff"]) * spent
    return moved_to(data, paid.sum(("exporter", "sector")), importer="region")


def income_of(data: xr.Dataset) -> xr.DataArray:
    """Final spending: value added, tariff revenue and transfers, over region."""
    return data["value_added"] + revenue_of(data) + data["transfer"]


def market_clearing(data: xr.Dataset) -> Iterator[Finding]:
    """What is spent on each good equals the uses of it; value added equals what factors earn."""
    output = output_of(data)
    uses = moved_to(data, (data["input_share"] * output).sum("sector"), input="sector")
    wanted = uses + data["final_share"] * income_of(data)
    earned = (data["value_added_share"] * output).sum("sector")
    gaps = {
        "spending on a good differs from its uses": wanted - data["expenditure"],
        "value added differs from what the sectors pay": earned - data["value_added"],
    }
    for what, gap in gaps.items():
        relative = gap / data["value_added"]
        wide = relative.where(np.abs(relative) > TOLERANCE, 0.0)
        if bool((wide != 0).any()):
            yield Finding(
                "market clearing",
                f"{what} at {cells(wide)} (largest gap {float(np.abs(wide).max()):.2g} of value "
                'added); repair it with tumen.balance, or take it with check="warn"',
                False,
            )


def transfers(data: xr.Dataset) -> Iterator[Finding]:
    """Transfers sum to zero, and nobody gives away more than they have."""
    total = float(data["transfer"].sum())
    if abs(total) > TOLERANCE * float(data["value_added"].min()):
        yield Finding(
            "transfers",
            f"transfer sums to {total:.6g} million USD over all regions, not 0; what one region "
            "receives another must give",
            False,
        )
    poor = income_of(data) <= 0
    if bool(poor.any()):
        yield Finding("transfers", f"final spending is not above zero at {cells(poor)}", True)


CHECKS: tuple[Callable[[xr.Dataset], Iterator[Finding]], ...] = (
    missing_cells,
    negative_cells,
    elasticities,
    share_sums,
    market_clearing,
    transfers,
)


def findings(data: xr.Dataset) -> list[Finding]:
    """Run every check. A fatal finding ends the run: what follows would only repeat it."""
    found: list[Finding] = []
    for check in CHECKS:
        found.extend(check(data))
        if any(finding.fatal for finding in found):
            break
    return found
