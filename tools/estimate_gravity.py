"""Estimate gravity, and the share that each Russian-North Korean flow of goods would have if open.

Poisson pseudo-maximum likelihood (pyfixest) on trade by pair and HS chapter, 2019 and 2021, with
exporter-chapter-year and importer-chapter-year effects. North Korea's own effects come from the
one partner with a full record, China. Writes potentials.csv beside the case, or to FILE, and
prints what was estimated. Needs the extra `estimate`; docs/entry.md says why each choice was made.
Usage: python tools/estimate_gravity.py FOLDER-OF-RAW-FILES [FILE.csv]

Sources: CEPII BACI HS92 and HS22 V202501, CEPII GeoDist (Etalab Open Licence 2.0).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import tumen
from gravity import DRIVERS, YEARS, Gravity, all_goods, chapter_flows, effects, estimate, geography

CASE = Path(__file__).parents[1] / "src/tumen/scenario/library/moscow-pyongyang"
ANCHORS = ["2016", "2023"]  # the last year before the bans on North Korea, and the benchmark's
GROUPS = {
    "food and farming": ("AGR", "FOD"),
    "textiles": ("TEX",),
    "household goods": ("WPP", "NMM", "OMF"),
    "materials": ("MIN", "CHM", "MET"),
    "machines": ("MCH", "ELE", "TRE"),
}
# Fruit and nuts outweigh the tin that shares their merged chapter. Chapter 84 is read as machinery.
CHAPTERS = {"80": "AGR", "84": "MCH"}
# What North Korea sells in the merged chapter of medicine and fish is fish; prepared meat and fish
# show how much of that goes where.
FISH = {"hs": "16", "sector": "FSH"}
LEFT_OUT = ("27", "71")  # fuels, which pipelines and quotas carry; gold
NORMAL_90 = 1.6449
METHOD = "PPML; se: delta method over coefficients; low, high: 90 % with the spread of single flows"
SOURCE = "BACI HS92 V202501; CEPII GeoDist; tumen-31"


@dataclass(frozen=True)
class Move:
    """A direction of North Korea's trade, moved from China, where it is recorded, to Russia."""

    importer: str
    exporter: str
    recorded: str

    @property
    def sides(self) -> tuple[str, str]:
        """North Korea's side of the flow, and the side on which Russia takes China's place."""
        return ("exporter", "importer") if self.exporter == "PRK" else ("importer", "exporter")


MOVES = (Move("RUS", "PRK", "prk_exports_to_CHN"), Move("PRK", "RUS", "prk_imports_from_CHN"))


def ratios(
    move: Move, whole: pd.DataFrame, places: pd.DataFrame, beta: np.ndarray, partner: str = "PRK"
) -> pd.Series:
    """The partner's flow with Russia over its flow with China, by chapter, at these coefficients.

    The partner's own effect cancels; what is left are the effects of Russia and China and the
    difference in distance, border, language and colonial ties. `whole` has one year's cells, the
    fitted ones too: an effect depends on sums over partners, which are exact.
    """
    own, theirs = effects(whole, beta)
    side = theirs if move.exporter == "PRK" else own
    here, there = move.sides
    place = places[places[here] == partner].set_index(there)[DRIVERS]
    way = np.exp((place.loc["RUS"] - place.loc["CHN"]).to_numpy(dtype=float) @ beta)
    rest = "-" + pd.Series(whole["hs"].unique()) + f"-{whole['year'].iloc[0]}"
    found = side.reindex("RUS" + rest).to_numpy() / side.reindex("CHN" + rest).to_numpy()
    return pd.Series(way * found, whole["hs"].unique()).dropna()


def misses(
    move: Move, group: Gravity, whole: pd.DataFrame, sectors: pd.Series, places: pd.DataFrame
) -> list[float]:
    """The same prediction for everybody else whose trade with both is known: log errors."""
    here, there = move.sides
    known = whole[whole["known"]]
    partners = sorted(set(known[here]) - {"RUS", "CHN"})
    way = {name: ratios(move, whole, places, group.beta, name) for name in partners}
    wide = known[known[here].isin(way)].pivot(index=[here, "hs"], columns=there, values="value")
    wide = wide[["RUS", "CHN"]].dropna().reset_index()
    ratio = [way[partner][hs] for partner, hs in zip(wide[here], wide["hs"], strict=True)]
    wide = wide.assign(sector=wide["hs"].map(sectors), predicted=wide["CHN"] * ratio)
    sums = wide.groupby([here, "sector"])[["RUS", "predicted"]].sum()
    return list(np.log(sums["RUS"] / sums["predicted"]))


def recorded(raw: Path, move: Move, sectors: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """North Korea's trade with China by chapter, the larger of two years; with Russia in 2016."""
    china = pd.read_csv(raw / "prk_china_hs2_2016_2023.csv", dtype={"hs2_merged": str})
    china = china[china["flow"] == move.recorded].assign(musd=lambda t: t[ANCHORS].max(axis=1))
    russia = pd.read_csv(raw / "prk_hs2_partner_2016_2023.csv", dtype={"hs2_merged": str})
    pair = (russia["exporter"] == move.exporter) & (russia["importer"] == move.importer)
    russia = russia[pair & (russia["year"] == int(ANCHORS[0]))].rename(
        columns={"value_musd": "musd"}
    )
    china, russia = (with_sector(table, move, sectors) for table in (china, russia))
    return china, russia.groupby("sector")["musd"].sum()


def with_sector(table: pd.DataFrame, move: Move, sectors: pd.Series) -> pd.DataFrame:
    """Chapters with a flow, and the sector each belongs to."""
    table = table[~table["hs2_merged"].isin(LEFT_OUT) & (table["musd"] > 0)]
    table = table.assign(hs=table["hs2_merged"], sector=table["hs2_merged"].map(sectors))
    if move.exporter == "PRK":
        table.loc[table["hs"] == "30", list(FISH)] = list(FISH.values())
    return table[["hs", "sector", "musd"]]


def potential(
    move: Move, part: pd.DataFrame, group: Gravity, whole: pd.DataFrame, places: pd.DataFrame
) -> tuple[float, float]:
    """Flow with Russia at the open cost, million USD, and the standard error of its log.

    Delta method: the gradient of the log over the coefficients, the fixed effects following them.
    """

    def log_flow(beta: np.ndarray) -> float:
        ratio = part["hs"].map(ratios(move, whole, places, beta))
        return float(np.log((part["musd"] * ratio).sum()))

    steps = 1e-4 * np.eye(len(DRIVERS))
    slopes = [(log_flow(group.beta + h) - log_flow(group.beta - h)) / 2e-4 for h in steps]
    variance = np.array(slopes) @ group.covariance @ np.array(slopes)
    return float(np.exp(log_flow(group.beta))), float(np.sqrt(variance))


def rows(
    raw: Path, groups: list[Gravity], table: pd.DataFrame, sectors: pd.Series, places: pd.DataFrame
) -> pd.DataFrame:
    """One row for each direction and sector: the share of the buyer's spending and its range.

    Share of a flow F beside what others sell, E - held: s = F / (E - held + F).
    """
    world = tumen.load_world("tumen-31")
    found = []
    for move in MOVES:
        chapters, before = recorded(raw, move, sectors)
        lines, errors = [], []
        for group, members in zip(groups, GROUPS.values(), strict=True):
            whole = of_group(table, sectors, members)
            whole = whole[whole["year"] == max(YEARS)]
            errors += misses(move, group, whole, sectors, places)
            chosen = [*members, "FSH"] if "FOD" in members else members
            for sector, part in chapters[chapters["sector"].isin(chosen)].groupby("sector"):
                flow, error = potential(move, part, group, whole, places)
                lines.append((sector, part["musd"].sum(), flow, error))
        spread = float(np.sqrt(np.mean(np.square(errors))))
        print(
            f"{move.exporter} to {move.importer}: {len(errors)} flows of others, median log error "
            f"{np.median(errors):+.2f}, root mean square {spread:.2f}"
        )
        for sector, anchor, flow, error in sorted(lines):
            cell = {"importer": move.importer, "exporter": move.exporter, "sector": sector}
            spent = float(world.dataset["expenditure"].sel(region=move.importer, sector=sector))
            others = spent - float(world.trade_flow.sel(cell))
            wide = NORMAL_90 * np.hypot(error, spread)
            low, share, high = (x / (others + x) for x in flow * np.exp([-wide, 0.0, wide]))
            bounds = {"share": share, "se": share * (1 - share) * error, "low": low, "high": high}
            flows = {"flow_musd": flow, "anchor_musd": anchor}
            flows["recorded_2016_musd"] = before.get(sector, 0.0)
            found.append(cell | bounds | flows | {"method": METHOD, "source": SOURCE})
    return pd.DataFrame(found)


def of_group(table: pd.DataFrame, sectors: pd.Series, members: tuple[str, ...]) -> pd.DataFrame:
    """Cells of a group's chapters."""
    return table[table["hs"].map(sectors).isin(members) & ~table["hs"].isin(LEFT_OUT)]


def main() -> None:
    """Estimate, print and write."""
    raw = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/raw")
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else CASE / "potentials.csv"
    notes = pd.read_csv(raw / "hs2_merged_notes.csv", dtype=str).set_index("hs2_merged")
    sectors = pd.Series(notes["suggested_sector"].to_dict() | CHAPTERS)
    places = geography(raw)
    table = chapter_flows(raw, places)
    print("| sample | log distance | border | language | colony | N | pseudo R2 |")
    print(estimate("all goods, 2023, 194 economies", all_goods(raw, places)).line())
    groups = []
    for name, members in GROUPS.items():
        part = of_group(table, sectors, members)
        groups.append(estimate(name, part[part["kept"]]))
        print(groups[-1].line())
        print(estimate(f"{name}, known cells alone", part[part["known"]]).line())
    found = rows(raw, groups, table, sectors, places)
    print(found.drop(columns=["method", "source"]).to_string())
    found.to_csv(target, index=False, float_format="%.4g", lineterminator="\n")


if __name__ == "__main__":
    main()
