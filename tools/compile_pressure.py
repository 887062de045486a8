"""Compile the recorded changes of trade under pressure into a shipped case's table.

Reads trade by pair and HS chapter (CEPII BACI HS92 V202501, Etalab Open Licence 2.0, made exact
where known and fitted elsewhere) and writes one row for each importer, exporter and sector that a
measure covers: flows before and after, their ratio, the rule it came from and what is done with
it. Usage: python tools/compile_pressure.py CASE FOLDER-OF-RAW-FILES
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import xarray as xr

import tumen

LIBRARY = Path(__file__).parents[1] / "src/tumen/scenario/library"
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


def at_benchmark(importer: str, exporter: str, sector: str) -> float:
    """A flow of the benchmark year, million USD."""
    cell = {"importer": importer, "exporter": exporter, "sector": sector}
    return float(benchmark().sel(cell))


@cache
def benchmark() -> xr.DataArray:
    """All flows of the benchmark year, million USD."""
    return tumen.load_world("tumen-31").trade_flow


@cache
def sold_abroad() -> pd.DataFrame:
    """Sales abroad by exporter and sector at the benchmark, million USD."""
    flow = benchmark()
    own = flow["importer"].astype(str) == flow["exporter"].astype(str)
    return flow.where(~own, 0.0).sum("importer").to_pandas()


def treatment(ratio: float, sector: str, importer: str, now: float | None = None) -> str:
    """What the case does with a recorded ratio."""
    if sector in FOOD and importer in (*WEST, "RUS"):
        return "exempt"
    if min(ratio, ratio if now is None else now) < REOPEN:
        return "reopen"
    return "lift" if ratio < 1 else "rose"


def since_2021(
    raw: Path, notes: pd.Series, target: str, partners: list[str]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Trade of a target with partners by sector, 2021 and 2023: their sales, their purchases."""
    table = pd.read_parquet(raw / "region31_hs2_2019_2021_2023.parquet")
    table = table[table["year"].isin((2021, 2023))]
    for direction, partner, other in (
        ("sales", "origin", "dest"),
        ("purchases", "dest", "origin"),
    ):
        part = table[table[partner].isin(partners) & (table[other] == target)]
        part = with_sectors(part, notes, exporter="origin")
        sums = part.groupby([partner, "sector", "year"])[["value_musd", "known_musd"]].sum()
        yield direction, sums.unstack("year", fill_value=0.0)


def western(raw: Path, notes: pd.Series) -> list[dict[str, object]]:
    """Russia's trade with each western sender, 2021 and 2023."""
    totals = pd.read_csv(raw / "russia_change.csv").set_index("region")
    rows: list[dict[str, object]] = []
    for direction, flows in since_2021(raw, notes, "RUS", WEST):
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


EU = ["DEU", "FRA", "ITA", "POL", "EUR"]
# Buyers of Belarusian potash over the sea, once through Lithuania's port of Klaipeda.
SEABORNE = ["BRA", "IND", "IDN"]
LACKING = "; the benchmark lacks what is left, so only what was lost is opened"


def ratio_of(flows: pd.DataFrame, region: str, sector: str) -> tuple[float, str]:
    """What is left of a flow that is not exact by chapter, and the rule it comes from."""
    if region in EU:
        whole = flows.loc[EU].groupby(level=1).sum().loc[sector]
        rule = "pooled over the EU"
    elif region == "KOR":  # no record of 2023 between two economies that did not report
        whole = flows.drop([*EU, "KOR"], level=0).sum()
        rule = "senders outside the EU together"
    else:
        whole, rule = flows.loc[region].sum(), "pair total"
    return whole["value_musd", 2023] / whole["value_musd", 2021], rule


def belarusian(raw: Path, notes: pd.Series) -> list[dict[str, object]]:
    """Belarus's trade with western senders, with Ukraine, and its potash sold over the sea."""
    rows = []
    for measure, partners in (
        ("west-belarus", WEST),
        ("ukraine-belarus", ["UKR"]),
        ("baltic-ports", SEABORNE),
    ):
        for direction, flows in since_2021(raw, notes, "BLR", partners):
            for (region, sector), flow in flows.iterrows():
                if measure == "baltic-ports" and (direction == "sales" or sector != "CHM"):
                    continue
                before, after = flow["value_musd", 2021], flow["value_musd", 2023]
                known = flow["known_musd"].sum() / max(flow["value_musd"].sum(), 1e-9)
                if known >= LEAST_KNOWN and before > 0 and region != "KOR":
                    ratio, rule = after / before, "pair"
                else:
                    ratio, rule = ratio_of(flows, region, sector)
                importer, exporter = ("BLR", region) if direction == "sales" else (region, "BLR")
                done = "reopen" if ratio < REOPEN else "lift" if ratio < 1 else "rose"
                if measure == "west-belarus" and sector in FOOD:
                    done = "exempt"
                elif done == "lift" and at_benchmark(importer, exporter, sector) < REOPEN * before:
                    done, rule = "reopen", rule + LACKING
                rows.append(
                    row(
                        measure,
                        importer,
                        exporter,
                        sector,
                        before,
                        after,
                        ratio,
                        known,
                        rule,
                        done,
                        "BACI HS92 V202501, 2021 and 2023",
                    )
                )
    return rows


# Who still bought Iran's oil in 2017, besides China, whose purchases only left the record.
OIL_BUYERS = ("GBR", "DEU", "FRA", "ITA", "EUR", "JPN", "KOR", "TWN", "IND")


def iranian(raw: Path, notes: pd.Series) -> list[dict[str, object]]:
    """Iran's trade with western senders, and its oil for India, 2016 and 2017 against 2023.

    Before 2019 trade by pair is known in total only. Fuels, which Iran then sold as crude oil, are
    what a pair's total of 2016 and 2017 holds beyond its other chapters of 2019, raised by what
    Iran's other exports to the whole world were larger then.
    """
    pairs, chapters = pair_totals(raw), pair_chapters(raw, notes)
    world = pd.read_parquet(raw / "country_hs2_totals_2016_2023.parquet")
    world = world[(world["country"] == "IRN") & (world["hs2_merged"] != "27")]
    others = world.groupby("year")["exports_musd"].sum()
    larger = others[[2016, 2017]].mean() / others[2019]
    rows: list[dict[str, object]] = []

    def add(
        measure: str, flow: tuple[str, str], sector: str, before: float, after: float, ratio: float,
        rule: str,
    ) -> None:  # fmt: skip
        importer, exporter = flow
        done = "reopen" if ratio < REOPEN else "lift" if ratio < 1 else "rose"
        if sector in FOOD:
            done = "exempt"
        elif done == "lift" and at_benchmark(*flow, sector) < REOPEN * before:
            done, rule = "reopen", rule + LACKING
        rows.append(
            row(
                measure, importer, exporter, sector, before, after, ratio, None, rule, done,
                "BACI HS92 V202501, 2016 and 2017, 2019, 2023",
            )
        )  # fmt: skip

    for region in [*WEST, "IND"]:
        measure = "west-iran" if region in WEST else "oil-for-india"
        # Korea has no record of 2023 with Iran: Japan's fall stands for it.
        told = "JPN" if region == "KOR" else region
        for flow in ((region, "IRN"), ("IRN", region)):
            sales = flow[0] == "IRN"
            total = pairs.loc[flow]
            mix = chapters.loc[flow]
            seen = chapters.loc[("IRN", told) if sales else (told, "IRN")]
            goods = mix.index.drop("OGS") if not sales else mix.index
            held = mix.loc[goods, 2019].sum()
            before = total[2016] if sales else held * larger
            now = seen.loc[seen.index.intersection(goods), [2019, 2023]].sum()
            if sales:
                known = pairs.loc[("IRN", told)]
                ratio, rule = known[2023] / known[2016], "pair total"
            else:
                ratio, rule = now[2023] / (now[2019] * larger), "pair total without fuels"
            rule += " of Japan" if told != region else ""
            if region in WEST:
                for sector in goods:
                    was = before * mix.loc[sector, 2019] / held
                    add(measure, flow, sector, was, mix.loc[sector, 2023], ratio, rule)
            oil = total[2016] - before
            if not sales and region in OIL_BUYERS:
                left = mix.loc["OGS", 2023] if told == region else 0.0
                add(measure, flow, "OGS", oil, left, left / oil, "fuels in the pair total")
    return rows


def pair_totals(raw: Path) -> pd.DataFrame:
    """Iran's trade by importer, exporter and year; 2016 stands for the mean of it and 2017."""
    regions = {
        code: region
        for region, codes in tumen.load_world("tumen-31").members.items()
        for code in codes
    }
    table = pd.read_parquet(raw / "bilateral_goods_2016_2023.parquet")
    table = table[(table["exporter"] == "IRN") | (table["importer"] == "IRN")]
    for side in ("importer", "exporter"):
        table[side] = table[side].map(regions)
    sums = table.groupby(["importer", "exporter", "year"])["value_musd"].sum().unstack("year")
    sums = sums.fillna(0.0)
    sums[2016] = sums[[2016, 2017]].mean(axis=1)
    return sums


def pair_chapters(raw: Path, notes: pd.Series) -> pd.DataFrame:
    """Iran's trade by importer, exporter, sector and year, all of its fuels taken for crude oil."""
    table = pd.read_parquet(raw / "region31_hs2_2019_2021_2023.parquet")
    table = table[(table["origin"] == "IRN") | (table["dest"] == "IRN")]
    parts = [
        with_sectors(part, notes, exporter="origin", only="OGS" if origin == "IRN" else "PET")
        for origin, part in table.groupby("origin")
    ]
    sums = pd.concat(parts).groupby(["dest", "origin", "sector", "year"])["value_musd"].sum()
    return sums.unstack("year", fill_value=0.0)


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


TARGETS = ("RUS", "PRK", "BLR", "IRN")
YEARS_BEFORE = {
    "un-north-korea": (2016,),
    "west-iran": (2016, 2017),
    "oil-for-india": (2016, 2017),
}  # else 2021


def earlier_shares(table: pd.DataFrame, raw: Path, notes: pd.Series) -> pd.Series:
    """Share of the buyer's spending that each flow to be reopened had before the pressure.

    The flow of then over the spending of now, brought back to then by the growth of the buyer's
    imports in the same chapters: (flow then / spending 2023) x (imports 2023 / imports then). For
    the targets themselves, whose imports fell under the measures, no growth is taken. Where the
    benchmark lacks a flow of which something is left, the flow is what was lost of it.
    """
    world = tumen.load_world("tumen-31")
    imports = pd.read_parquet(raw / "country_hs2_totals_2016_2023.parquet")
    imports = with_sectors(imports, notes)
    sums = imports.groupby(["country", "year", "sector"])["imports_musd"].sum()
    shares = pd.Series(index=table.index, dtype=float)
    for index, line in table[table["treatment"] == "reopen"].iterrows():
        years = YEARS_BEFORE.get(line["measure"], (2021,))
        members = world.members[line["importer"]]
        # Fish stand in the chapter of medicine, whose growth must do for theirs.
        chapter = "CHM" if line["sector"] == "FSH" else line["sector"]

        def bought(*when: int, members: tuple[str, ...] = members, sector: str = chapter) -> float:
            values = (sums.get((code, year, sector), 0.0) for code in members for year in when)
            return sum(values) / len(when)

        spent = float(
            world.dataset["expenditure"].sel(region=line["importer"], sector=line["sector"])
        )
        growth = 1.0 if line["importer"] in TARGETS else bought(2023) / bought(*years)
        lost = 1 - line["ratio"] if line["rule"].endswith(LACKING) else 1.0
        shares[index] = line["before_musd"] * lost / spent * growth
    return shares


Rows = Callable[[Path, pd.Series], list[dict[str, object]]]
CASES: dict[str, tuple[Rows, ...]] = {
    "moscow-pyongyang": (western, united_nations),
    "minsk-moscow": (belarusian,),
    "tehran-moscow": (iranian,),
}


def main() -> None:
    """Write the table of a case."""
    case, raw = sys.argv[1], Path(sys.argv[2])
    notes = pd.read_csv(raw / "hs2_merged_notes.csv", dtype=str).set_index("hs2_merged")
    sectors = notes["suggested_sector"]
    table = pd.DataFrame([line for part in CASES[case] for line in part(raw, sectors)])
    table["earlier_share"] = earlier_shares(table, raw, sectors).map(
        "{:.4g}".format, na_action="ignore"
    )
    table = table.round({"before_musd": 2, "after_musd": 2, "ratio": 4, "known_share": 2})
    table.to_csv(LIBRARY / case / "recorded.csv", index=False)
    print(table.groupby(["measure", "treatment"]).size())


if __name__ == "__main__":
    main()
