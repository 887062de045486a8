"""Gravity by Poisson pseudo-maximum likelihood: what distance, borders and language do to trade.

Used by estimate_gravity.py. Effects of every seller and buyer by chapter and year; standard errors
clustered by exporter and by importer. Sources: CEPII BACI HS92 and HS22 V202501, CEPII GeoDist
(Etalab Open Licence 2.0).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

GROUPED = {"EUR", "CAC", "GCC", "EFT", "ASH", "ROW"}  # no one distance, no one border
YEARS = (2019, 2021)  # before the measures against Russia
LEAST_KNOWN = 0.5
# Unknown remainders of these economies' pairs were fitted with gravity: to estimate gravity on
# them would be to find what was put in. Other remainders were fitted to exact sums alone.
PRIOR = {"RUS", "BLR", "UKR", "IRN", "TWN", "PRK"}
DRIVERS = ["ln_distance", "border", "language", "colony"]


@dataclass(frozen=True)
class Gravity:
    """One group's coefficients, their covariance, the cells they rest on and how well they fit."""

    name: str
    cells: pd.DataFrame
    beta: np.ndarray
    covariance: np.ndarray

    @cached_property
    def sides(self) -> tuple[pd.Series, pd.Series]:
        """Fixed effects of sellers and of buyers at the estimated coefficients."""
        return effects(self.cells, self.beta)

    @cached_property
    def fitted(self) -> np.ndarray:
        """Predicted flows, million USD."""
        own, theirs = self.sides
        sold, bought = self.cells["sold"].map(own), self.cells["bought"].map(theirs)
        cost = np.exp(self.cells[DRIVERS].to_numpy() @ self.beta)
        return cost * sold.to_numpy() * bought.to_numpy()

    @property
    def pseudo_r2(self) -> float:
        """Share of the Poisson deviance that the fit removes (Cameron & Windmeijer 1996)."""
        value = self.cells["value"].to_numpy()
        left, whole = (
            np.sum(value * np.log(value / mean) - (value - mean))
            for mean in (self.fitted, value.mean())
        )
        return float(1 - left / whole)

    def line(self) -> str:
        """The group's row of the table."""
        errors = np.sqrt(np.diag(self.covariance))
        numbers = " | ".join(f"{b:.2f} ({e:.2f})" for b, e in zip(self.beta, errors, strict=True))
        return f"| {self.name} | {numbers} | {len(self.cells):,} | {self.pseudo_r2:.3f} |"


def geography(raw: Path) -> pd.DataFrame:
    """Log distance (population weighted, km), common border, official language, colonial tie."""
    table = pd.read_csv(raw / "cepii_geodist_dyadic.csv.gz")
    weighted = pd.to_numeric(table["distw"], errors="coerce").fillna(table["dist"])
    table["ln_distance"] = np.log(weighted)
    names = {
        "iso_o": "exporter",
        "iso_d": "importer",
        "contig": "border",
        "comlang_off": "language",
    }
    return table.rename(columns=names)[["exporter", "importer", *DRIVERS]]


def chapter_flows(raw: Path, places: pd.DataFrame) -> pd.DataFrame:
    """Flows between single economies by chapter, without North Korea, and what drives them."""
    table = pd.read_parquet(raw / "region31_hs2_2019_2021_2023.parquet")
    table = table.rename(
        columns={
            "origin": "exporter",
            "dest": "importer",
            "value_musd": "value",
            "hs2_merged": "hs",
        }
    )
    table = table[table["year"].isin(YEARS) & (table["value"] > 0)]
    for side in ("exporter", "importer"):
        table = table[~table[side].isin(GROUPED | {"PRK"})]
    known = table["known_musd"] / table["value"] >= LEAST_KNOWN
    fitted = table["exporter"].isin(PRIOR) | table["importer"].isin(PRIOR)
    table = table.assign(known=known, kept=known | ~fitted)
    return with_effects(table.merge(places, on=["exporter", "importer"]))


def all_goods(raw: Path, places: pd.DataFrame) -> pd.DataFrame:
    """All goods, 2023, 194 economies: every recorded pair exact, none left out for being small."""
    table = pd.read_csv(raw / "baci_2023_bilateral_total.csv.gz")
    table = table.rename(columns={"value_kusd": "value"}).assign(year=2023, hs="all")
    return with_effects(table.merge(places, on=["exporter", "importer"]))


def with_effects(table: pd.DataFrame) -> pd.DataFrame:
    """Labels of the fixed effects of sellers and buyers."""
    rest = "-" + table["hs"] + "-" + table["year"].astype(str)
    return table.assign(sold=table["exporter"] + rest, bought=table["importer"] + rest)


def estimate(name: str, cells: pd.DataFrame) -> Gravity:
    """PPML with standard errors clustered by exporter and by importer."""
    import pyfixest

    size = -1
    while size != len(cells):  # an effect with a single cell fits it whatever the coefficients
        size = len(cells)
        for label in ("sold", "bought"):
            cells = cells[cells.duplicated(label, keep=False)]
    cells = cells.reset_index(drop=True)
    formula = f"value ~ {' + '.join(DRIVERS)} | sold + bought"
    fit = pyfixest.fepois(formula, cells, vcov={"CRV1": "exporter + importer"})
    return Gravity(name, cells, fit.coef()[DRIVERS].to_numpy(), np.asarray(fit._vcov))


def effects(cells: pd.DataFrame, beta: np.ndarray) -> tuple[pd.Series, pd.Series]:
    """Fixed effects of PPML at given coefficients: those at which the sums of both sides fit."""
    cost = np.exp(cells[DRIVERS].to_numpy() @ beta)
    value = cells["value"].to_numpy()
    sold, sellers = pd.factorize(cells["sold"])
    bought, buyers = pd.factorize(cells["bought"])
    out, into = np.bincount(sold, value), np.bincount(bought, value)
    theirs = np.ones(len(buyers))
    for _ in range(20000):
        own = out / np.bincount(sold, cost * theirs[bought])
        before, theirs = theirs, into / np.bincount(bought, cost * own[sold])
        if np.abs(np.log(theirs / before)).max() < 1e-10:
            return pd.Series(own, sellers), pd.Series(theirs, buyers)
    raise SystemExit("the fixed effects did not settle; look for a seller cut off from the rest")
