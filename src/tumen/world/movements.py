"""What a repair moved, variable by variable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from tumen.vocabulary import WORLD
from tumen.world import checks

# Relative changes of cells worth less than this share of the region's value added say nothing.
WORTH_NAMING = 1e-4
# Below this a relative change is rounding.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Movement:
    """What happened to one variable."""

    variable: str
    moved: float  # sum of absolute changes, million USD
    largest: float  # largest relative change among cells worth naming, a fraction
    cell: str  # where that was
    before: float
    after: float

    def __str__(self) -> str:
        total = f"  {self.variable:<18} {self.moved:>16,.1f} million USD"
        if abs(self.largest) < ROUNDING:
            return total
        return (
            f"{total}; most at {self.cell}: {self.before:.6g} to {self.after:.6g} "
            f"({self.largest:+.2%})"
        )


@dataclass(frozen=True)
class BalanceReport:
    """What `tumen.balance` moved: one `Movement` for each variable, in the vocabulary's order.

    `moved` is the sum of absolute changes in million USD; changes of shares are valued at what they
    were shares of before, so that a share that stays counts nothing where its total moves.
    `largest` is the largest relative change among cells worth at least 1e-4 of the region's value
    added; smaller cells move too, and count in `moved`.
    """

    movements: tuple[Movement, ...]

    def __getitem__(self, variable: str) -> Movement:
        """The movement of one variable."""
        for movement in self.movements:
            if movement.variable == variable:
                return movement
        raise KeyError(variable)

    @property
    def moved(self) -> float:
        """Sum of absolute changes over all variables, million USD."""
        return sum(movement.moved for movement in self.movements)

    def __repr__(self) -> str:
        lines = [f"<BalanceReport: {self.moved:,.1f} million USD moved in all>"]
        return "\n".join([*lines, *map(str, self.movements)])


def worth_of(data: xr.Dataset) -> dict[str, xr.DataArray]:
    """What one unit of each variable a repair may move is worth, million USD."""
    output = checks.output_of(data)
    one = xr.ones_like(data["value_added"], dtype=float)
    return {
        "trade_share": checks.moved_to(data, data["expenditure"], region="importer"),
        "expenditure": one,
        "value_added_share": output,
        "input_share": output,
        "final_share": checks.income_of(data),
        "value_added": one,
        "transfer": one,
    }


def movement(name: str, before: xr.Dataset, after: xr.Dataset, worth: xr.DataArray) -> Movement:
    """Compare one variable of two datasets over the same labels."""
    old, new = before[name].transpose(*WORLD[name].dims), after[name]
    region = "importer" if name == "trade_share" else "region"
    least = WORTH_NAMING * checks.moved_to(before, before["value_added"], region=region)
    named = (xr.apply_ufunc(np.abs, old * worth) >= least) & (old != 0)
    change = new - old
    relative = (change / abs(old.where(named, 1.0))).where(named, 0.0).transpose(*old.dims)
    index = np.unravel_index(int(np.argmax(np.abs(relative.values))), relative.shape)
    labels = {
        str(dim): str(relative.indexes[dim][i]) for dim, i in zip(old.dims, index, strict=True)
    }
    return Movement(
        variable=name,
        moved=float(abs(change * worth).sum()),
        largest=float(relative.values[index]),
        cell=", ".join(f"{dim} {label}" for dim, label in labels.items()),
        before=float(old.sel(labels)),
        after=float(new.sel(labels)),
    )


def movements(before: xr.Dataset, after: xr.Dataset) -> BalanceReport:
    """Compare two datasets over the same labels, in whatever order."""
    worth = worth_of(before)
    return BalanceReport(tuple(movement(name, before, after, worth[name]) for name in worth))
