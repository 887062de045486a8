"""A multi-region input-output table as every reader hands it over: labelled, not yet repaired."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from tumen.errors import WorldError


@dataclass(frozen=True)
class InputOutputTable:
    """One year of a multi-region table, million USD at basic prices.

    Shapes: `intermediate` [region i, sector j, buying region n, buying sector k], `final`
    [region i, sector j, buying region n] summed over kinds of final use, `output` [region, sector].
    """

    kind: str
    year: int
    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    region_names: tuple[str, ...]
    sector_names: tuple[str, ...]
    region_members: tuple[str, ...]
    goods: tuple[bool, ...]
    intermediate: np.ndarray = field(repr=False)
    final: np.ndarray = field(repr=False)
    output: np.ndarray = field(repr=False)
    title: str
    source: str
    licence: str

    def __post_init__(self) -> None:
        count, kinds = len(self.regions), len(self.sectors)
        for name, shape in (
            ("intermediate", (count, kinds, count, kinds)),
            ("final", (count, kinds, count)),
            ("output", (count, kinds)),
        ):
            array = getattr(self, name)
            if array.shape != shape:
                raise WorldError(f"{name} has shape {array.shape}; the labels ask for {shape}")
            if not np.isfinite(array).all():
                raise WorldError(f"{name} of the {self.kind} table of {self.year} has empty cells")


@dataclass(frozen=True)
class Repair:
    """What `closed` changed in a table; million USD and fractions."""

    negative_cells: int
    negative_total: float
    largest_gap: float  # between a row of the table and its stated output, before the repair
    output_change: float  # of world output, relative
    value_added_change: float  # of world value added, relative

    def __str__(self) -> str:
        return (
            f"{self.negative_cells} negative cells of final use "
            f"({self.negative_total:,.0f} million USD) set to zero and output solved again; rows "
            f"missed the stated output by up to {self.largest_gap:,.0f} million USD; world output "
            f"changes by {self.output_change:+.3%}, world value added by "
            f"{self.value_added_change:+.3%}"
        )


def closed(table: InputOutputTable) -> tuple[InputOutputTable, Repair]:
    r"""Return a table whose rows and columns close exactly, and what changed.

    Final uses are summed over their kinds first; what is then still below zero (stocks run down
    faster than the good is used) is set to zero. Output solves $Y = AY + F$ with the table's own
    input coefficients $A$, so that every recipe and every final use stays and rounding cannot
    leave a gap. Source: Costinot & Rodriguez-Clare (2014), data appendix, for the treatment of
    stocks.

    Raises `WorldError` when a sector buys more inputs than it sells, or an intermediate use or an
    output is negative.
    """
    size = table.output.size
    uses, output = table.intermediate.reshape(size, size), table.output.reshape(size)
    labels = [f"{region} {sector}" for region in table.regions for sector in table.sectors]
    if uses.min() < 0 or output.min() < 0:
        raise WorldError(f"the {table.kind} table of {table.year} has negative uses or output")
    bought = uses.sum(axis=0)
    worst = int(np.argmax(bought - output))
    if bought[worst] > output[worst]:
        raise WorldError(
            f"{labels[worst]} buys more inputs than its output is worth; value added would be "
            "negative"
        )
    final = table.final.reshape(size, -1)
    negative = np.minimum(final, 0.0)
    gap = float(np.abs(uses.sum(axis=1) + final.sum(axis=1) - output).max())
    final = np.maximum(final, 0.0)
    coefficients = uses / np.where(output > 0, output, 1.0)
    solved = np.linalg.solve(np.eye(size) - coefficients, final.sum(axis=1))
    value_added = solved - (coefficients * solved).sum(axis=0)
    repair = Repair(
        negative_cells=int((negative < 0).sum()),
        negative_total=float(negative.sum()),
        largest_gap=gap,
        output_change=float(solved.sum() / output.sum() - 1),
        value_added_change=float(value_added.sum() / (output.sum() - bought.sum()) - 1),
    )
    repaired = replace(
        table,
        intermediate=(coefficients * solved).reshape(table.intermediate.shape),
        final=final.reshape(table.final.shape),
        output=solved.reshape(table.output.shape),
    )
    return repaired, repair
