"""Compile the recorded changes of trade under pressure into the shipped case's table.

Reads trade by pair and HS chapter (CEPII BACI HS92 V202501, Etalab Open Licence 2.0, made exact
where known and fitted elsewhere) and writes one row for each importer, exporter and sector that a
measure covers: flows before and after, their ratio, the rule it came from and what is done with
it. Usage: python tools/compile_pressure.py FOLDER-OF-RAW-FILES
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pandas as pd

import tumen

CASE = Path(__file__).parents[1] / "src/tumen/scenario/library/moscow-pyongyang"
WEST = ["USA", "CAN", "GBR", "DEU", "FRA", "ITA", "POL", "EUR", "JPN", "KOR", "TWN", "AUS", "EFT"]
FOOD = ("AGR", "FSH", "FOD")  # exempt from the western measures, with medicine
LEAST_KNOWN = 0.5  # a pair's own ratio counts when this share of its trade is exact by chapter
REOPEN = 0.05  # below this share of the earlier flow no cost brings it back: it must be reopened
# Chapters that several sectors share. The chapter's change is taken for each of them.
SHARED = {"27": ("COA", "OGS", "PET"), "84": ("MCH", "ELE"), "71": ("MET", "OMF")}
# Services: United Kingdom, four quarters to March 2022 against the third quarter of 2022
# (evidence F043), taken for the whole coalition.
SERVICES = {"sales": 0.51, "purchases": 0.825}


def with_sectors(
    table: pd.DataFrame, notes: pd.Series, exporter: str | None = None, only: str | None = None
) -> pd.DataFrame:
    """One row for each chapter and each sector that the chapter holds.

    Values of a shared chapter are divided by what the exporter (a column) sells abroad of each
    sector at the benchmark; jewellery holds four fifths gold. `only` names the one sector that
    chapter 27 holds here.
    """
    shared = SHARED if only is None else SHARED | {"27": (only,)}
    sector = table["hs2_merged"].map(lambda hs: shared.get(hs, (notes[hs],)))
    rows = table.assign(sector=sector).explode("sector")
    if exporter is None:
        return rows

    def part(line: pd.Series) -> float:
        kinds = shared.get(line["hs2_merged"], ())
        if len(kinds) < 2:
            return 1.0
        if line["hs2_merged"] == "71":
            return 0.8 if line["sector"] == "MET" else 0.2
        sold = sold_abroad().loc[line[exporter]]
        return sold[line["sector"]] / sold[list(kinds)].sum()

    shares = rows.apply(part, axis=1)
    values = [name for name in rows if rows[name].dtype == float]
    return rows.assign(**{name: rows[name] * shares for name in values})


@cache
def sold_abroad() -> pd.DataFrame:
    """Sales abroad by exporter and sector at the benchmark, million USD."""
    flow = tumen.load_world("tumen-31").trade_flow
    own = flow["importer"].astype(str) == flow["exporter"].astype(str)
    return flow.where(~own, 0.0).sum("importer").to_pandas()


def treatment(ratio: float, sector: str, importer: str, now: float | None = None) -> str:
    """What the case does with a recorded ratio."""
    if sector in FOOD and importer in (*WEST, "RUS"):
        return "exempt"
    if min(ratio, ratio if now is None else now) < REOPEN:
        return "reopen"
    return "lift" if ratio < 1 else "rose"


def western(raw: Path, notes: pd.Series) -> list[dict[str, object]]:
    """Russia's trade with each western sender, 2021 and 2023."""
    table = pd.read_parquet(raw / "region31_hs2_2019_2021_2023.parquet")
    totals = pd.read_csv(raw / "russia_change.csv").set_index("region")
    table = table[table["year"].isin((2021, 2023))]
    rows: list[dict[str, object]] = []
    for direction, sender, receiver in (
        ("sales", "origin", "dest"),
        ("purchases", "dest", "origin"),
    ):
        part = table[table[sender].isin(WEST) & (table[receiver] == "RUS")]
        part = with_sectors(part, notes, exporter="origin")
        sums = part.groupby([sender, "sector", "year"])[["value_musd", "known_musd"]].sum()
        flows = sums.unstack("year", fill_value=0.0)
        whole = flows.drop("KOR", level=0).groupby(level=1).sum()
        total = totals[
            "imports_ratio_2023_2021" if direction == "sales" else "exports_ratio_2023_2021"
        ]
        for (region, sector), flow in flows.iterrows():
            before, after = flow["value_musd", 2021], flow["value_musd", 2023]
            known = flow["known_musd"].sum() / max(flow["value_musd"].sum(), 1e-9)
            if region == "KOR":  # no 2023 chapters between two economies that did not report
                ratio, rule = total["KOR"], "pair total"
            elif known >= LEAST_KNOWN and before > 0:
                ratio, rule = after / before, "pair"
            else:
                pooled = whole.loc[sector, "value_musd"]
                ratio, rule = pooled[2023] / pooled[2021], "pooled over senders"
            importer, exporter = ("RUS", region) if direction == "sales" else (region, "RUS")
            rows.append(
                row(
                    "west-russia",
                    importer,
                    exporter,
                    sector,
                    before,
                    after,
                    ratio,
                    known,
                    rule,
                    treatment(ratio, sector, importer),
                    "BACI HS92 V202501, 2021 and 2023",
                )
            )
        for region in WEST:
            for sector in ("TRN", "SRV"):
                importer, exporter = ("RUS", region) if direction == "sales" else (region, "RUS")
                ratio = SERVICES[direction]
                rows.append(
                    row(
                        "west-russia",
                        importer,
                        exporter,
                        sector,
                        None,
                        None,
                        ratio,
                        None,
                        "UK services for all",
                        treatment(ratio, sector, importer),
                        "ONS, F043",
                    )
                )
    return rows


def united_nations(raw: Path, notes: pd.Series) -> list[dict[str, object]]:
    """North Korea's trade with China, 2016 and 2018, and whether the flow still stands in 2023."""
    table = pd.read_csv(raw / "prk_china_hs2_2016_2023.csv", dtype={"hs2_merged": str})
    notes = notes.copy()
    notes["30"] = "FSH"  # North Korea's sales in this merged chapter are fish, not medicine
    rows: list[dict[str, object]] = []
    # In chapter 27 North Korea sells coal and buys refined oil; crude is not recorded, nor cut.
    for flow, importer, exporter in (
        ("prk_exports_to_CHN", "CHN", "PRK"),
        ("prk_imports_from_CHN", "PRK", "CHN"),
    ):
        part = table[table["flow"] == flow].copy()
        here = notes if exporter == "PRK" else notes.replace({"FSH": "CHM"})
        part["exporter"] = exporter
        only = "COA" if exporter == "PRK" else "PET"
        sums = (
            with_sectors(part, here, exporter="exporter", only=only)
            .groupby("sector")[["2016", "2018", "2023"]]
            .sum()
        )
        for sector, flows in sums.iterrows():
            if flows["2016"] <= 0:
                continue
            ratio, now = flows["2018"] / flows["2016"], flows["2023"] / flows["2016"]
            done = treatment(ratio, sector, importer, now)
            if sector in FOOD and importer == "PRK":
                done = "exempt"
            rows.append(
                row(
                    "un-north-korea",
                    importer,
                    exporter,
                    sector,
                    flows["2016"],
                    flows["2018"],
                    ratio,
                    1.0,
                    "pair",
                    done,
                    "BACI HS92 V202501, 2016 and 2018",
                )
            )
    return rows


def row(measure, importer, exporter, sector, before, after, ratio, known, rule, done, source):  # noqa: ANN001, ANN201
    """One line of the table."""
    return {
        "measure": measure,
        "importer": importer,
        "exporter": exporter,
        "sector": sector,
        "before_musd": before,
        "after_musd": after,
        "ratio": ratio,
        "known_share": known,
        "rule": rule,
        "treatment": done,
        "source": source,
    }


def earlier_shares(table: pd.DataFrame, raw: Path, notes: pd.Series) -> pd.Series:
    """Share of the buyer's spending that each flow to be reopened had before the pressure.

    The flow of then over the spending of now, brought back to then by the growth of the buyer's
    imports in the same chapters: (flow then / spending 2023) x (imports 2023 / imports then). For
    the targets themselves, whose imports fell under the measures, no growth is taken.
    """
    world = tumen.load_world("tumen-31")
    imports = pd.read_parquet(raw / "country_hs2_totals_2016_2023.parquet")
    imports = with_sectors(imports, notes)
    sums = imports.groupby(["country", "year", "sector"])["imports_musd"].sum()
    shares = pd.Series(index=table.index, dtype=float)
    for index, line in table[table["treatment"] == "reopen"].iterrows():
        year = 2016 if line["measure"] == "un-north-korea" else 2021
        members = world.members[line["importer"]]
        # Fish stand in the chapter of medicine, whose growth must do for theirs.
        chapter = "CHM" if line["sector"] == "FSH" else line["sector"]

        def bought(when: int, members: tuple[str, ...] = members, sector: str = chapter) -> float:
            return sum(sums.get((code, when, sector), 0.0) for code in members)

        spent = float(
            world.dataset["expenditure"].sel(region=line["importer"], sector=line["sector"])
        )
        growth = 1.0 if line["importer"] in ("RUS", "PRK") else bought(2023) / bought(year)
        shares[index] = line["before_musd"] / spent * growth
    return shares


def main() -> None:
    """Write the table."""
    raw = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/raw")
    notes = pd.read_csv(raw / "hs2_merged_notes.csv", dtype=str).set_index("hs2_merged")
    sectors = notes["suggested_sector"]
    table = pd.DataFrame(western(raw, sectors) + united_nations(raw, sectors))
    table["earlier_share"] = earlier_shares(table, raw, sectors).map(
        "{:.4g}".format, na_action="ignore"
    )
    table = table.round({"before_musd": 2, "after_musd": 2, "ratio": 4, "known_share": 2})
    table.to_csv(CASE / "recorded.csv", index=False)
    print(table.groupby(["measure", "treatment"]).size())


if __name__ == "__main__":
    main()
