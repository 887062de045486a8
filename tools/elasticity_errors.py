"""Give the embedded trade elasticities their standard errors, with where each is from.

`fontagne2022` holds means over GTAP sectors: the error of a mean over n >= 2 of them is their
standard deviation over the square root of n, which is the spread between products and not the
error of estimation. The sets of Caliendo and Parro have the errors of their Table 1, as recalled
(tools/sources/caliendo-parro-table1.csv). Errors of what is averaged count as independent. Where
nothing is known the error is the value times a pooled coefficient of variation: the errors that
are known, added up, over the values they belong to, added up, which no value near zero can drive.

Usage: python tools/elasticity_errors.py [SHARED], after tools/embed_worlds.py; SHARED holds
raw/fontagne_elasticities_gtap.csv and benchmark/elasticities.csv, and is ../shared by default.
"""

from __future__ import annotations

import csv
import math
import statistics
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tumen.world.aggregate import foreign_flow
from tumen.world.embedded import data_file, load_world

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "tools" / "sources" / "caliendo-parro-table1.csv"
Row = dict[str, str]
# Sectors of wiod-2011-20 that hold several of tumen-31.
MERGED = {"AGR": ("AGR", "FSH"), "MIN": ("COA", "OGS", "MIN")}
SAMPLES = {
    "caliendo-parro2015": ("sample99", "99 per cent sample"),
    "caliendo-parro2015-full": ("full", "full sample"),
}
RECALLED = "as recalled, not checked in print (reliability M)"
# Two values are the same when they differ by no more than the table's last digit.
SAME = 1e-4


@dataclass(frozen=True)
class Estimate:
    """What stands behind a sector: independent estimates, their weights and their errors."""

    weights: Mapping[str, float]
    source: str


def error_of(weights: Mapping[str, float], errors: Mapping[str, float]) -> float:
    r"""Standard error of a weighted sum of independent estimates: $\sqrt{\sum_k (w_k s_k)^2}$."""
    return math.hypot(*(weight * errors[key] for key, weight in weights.items()))


def pooled(pairs: Iterable[tuple[float, float]]) -> float:
    """Coefficient of variation of (value, spread) pairs: all the spreads over all the values."""
    listed = list(pairs)
    return sum(spread for _, spread in listed) / sum(value for value, _ in listed)


def read(path: Path) -> list[Row]:
    """Rows of a table."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


Known = tuple[dict[str, Estimate], dict[str, float]]


def fontagne(values: Mapping[str, float], shared: Path) -> Known:
    """Estimates and errors of `fontagne2022` by sector of tumen-31.

    Raises `ValueError` where the mean over a sector's GTAP sectors is not the value we hold.
    """
    by_gtap = {
        row["gtap_sector"]: -float(row["epsilon_GTAP"])
        for row in read(shared / "raw/fontagne_elasticities_gtap.csv")
        if row["epsilon_GTAP"]
    }
    behind = {
        row["sector"]: [by_gtap[key] for key in row["fontagne_gtap_sectors"].split()]
        for row in read(shared / "benchmark/elasticities.csv")
    }
    for sector, parts in behind.items():
        if parts and abs(statistics.mean(parts) - values[sector]) > SAME:
            raise ValueError(f"fontagne2022, {sector}: {values[sector]} is not the mean of {parts}")
    spread = {key: statistics.stdev(parts) for key, parts in behind.items() if len(parts) > 1}
    ratio = pooled((values[key], found) for key, found in spread.items())
    estimates, errors = {}, {}
    for sector, parts in behind.items():
        weights = {sector: 1.0}
        if len(parts) > 1:
            errors[sector] = spread[sector] / math.sqrt(len(parts))
            source = (
                f"standard deviation over {len(parts)} GTAP sectors, over the root of their number:"
                " the spread between products, not the error of estimation"
            )
        elif sector == "COA":
            weights, source = {"MIN": 1.0}, "as MIN, whose value it takes"
        else:
            errors[sector] = ratio * values[sector]
            what = "one GTAP sector alone" if parts else "no estimate"
            source = (
                f"{what}: the value times {ratio:.3f}, the spread between products in the sectors "
                "that have several, over their values"
            )
        estimates[sector] = Estimate(weights, source)
    return estimates, errors


def caliendo_parro(name: str, values: Mapping[str, float]) -> Known:
    """Estimates and errors of one of their samples by sector of tumen-31."""
    column, sample = SAMPLES[name]
    rows = read(TABLE)
    errors = {row["industry"]: float(row[f"{column}_error"]) for row in rows}
    ratio = pooled((float(row[column]), errors[row["industry"]]) for row in rows)
    title = f"Caliendo & Parro (2015), Table 1, {sample}"
    estimates = {}
    for sector, value in values.items():
        parts = [row for row in rows if sector in row["sectors"].split()]
        if parts and abs(statistics.mean(float(row[column]) for row in parts) - value) < SAME:
            weights = {row["industry"]: 1 / len(parts) for row in parts}
            several = f", errors of {len(parts)} industries taken as independent"
            source = f"{title}{several if len(parts) > 1 else ''}; {RECALLED}"
        else:
            errors[sector], weights = ratio * value, {sector: 1.0}
            what = "a mean in place of an estimate" if parts else "no estimate"
            source = (
                f"{what}: the value times {ratio:.3f}, all errors of {title} over all its values; "
                f"{RECALLED}"
            )
        estimates[sector] = Estimate(weights, source)
    return estimates, errors


def merged(parts: Mapping[str, Estimate], trade: Mapping[str, float]) -> Estimate:
    """The mean of sectors by foreign trade; one estimate that several share counts once."""
    total = sum(trade[sector] for sector in parts)
    weights: dict[str, float] = {}
    for sector, estimate in parts.items():
        for key, weight in estimate.weights.items():
            weights[key] = weights.get(key, 0.0) + weight * trade[sector] / total
    if len(weights) == 1:
        return Estimate(weights, next(iter(parts.values())).source)
    return Estimate(
        weights, f"errors of {'+'.join(weights)} of tumen-31, weighted and taken as independent"
    )


def with_errors(rows: list[Row], shared: Path) -> list[Row]:
    """The rows of elasticities.csv with `standard_error` and `standard_error_source`."""
    world = load_world("tumen-31")
    trade = {key: float(value) for key, value in foreign_flow(world).to_series().items()}
    made: list[Row] = []
    known: dict[str, Known] = {}
    for row in rows:
        name, sector = row["set"], row["sector"]
        if name not in known:
            values = {
                other["sector"]: float(other["value"])
                for other in rows
                if (other["world"], other["set"]) == ("tumen-31", name)
            }
            known[name] = (
                caliendo_parro(name, values) if name in SAMPLES else fontagne(values, shared)
            )
        estimates, errors = known[name]
        found = estimates[sector]
        if row["world"] != "tumen-31" and sector in MERGED:
            found = merged({part: estimates[part] for part in MERGED[sector]}, trade)
        error = error_of(found.weights, errors)
        made.append(row | {"standard_error": f"{error:.4g}", "standard_error_source": found.source})
    return made


def main() -> None:
    """Write the table anew with its two columns."""
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared"
    path = data_file("elasticities.csv")
    rows = with_errors(read(path), shared)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{path.name}: {len(rows)} standard errors")


if __name__ == "__main__":
    main()
