"""Build the worlds the package carries, and their elasticity sets, from the benchmark folder.

Usage: python tools/embed_worlds.py [FOLDER], FOLDER being ../shared/benchmark by default; then
python tools/elasticity_errors.py, which gives the elasticities their standard errors.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from tumen.world.aggregate import aggregate
from tumen.world.balance import balance
from tumen.world.build import dataset_from_flows
from tumen.world.files import save
from tumen.world.world import World

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src" / "tumen" / "world" / "data"

# Sectors whose value added is at most this many million USD do not exist there.
PLACEHOLDER = 0.11
# What published sets leave out: services and utilities.
ASSUMED = 5.0

PLAIN_NAMES = {
    "CHN": "China",
    "KOR": "South Korea",
    "PRK": "North Korea",
    "RUS": "Russia",
    "TUR": "Türkiye",
    "ROW": "Rest of the world",
    "RoW": "Rest of the world",
}
# The 17 sectors of 2011 that hold several of the 20 of 2023.
MERGED = {"FSH": "AGR", "COA": "MIN", "OGS": "MIN"}
MERGED_NAMES = {"AGR": "Agriculture, forestry, fishing", "MIN": "Mining and quarrying"}

FONTAGNE = "Fontagne, Guimbard & Orefice (2022), mean over GTAP sectors"
CP = "Caliendo & Parro (2015), Table 1"
SETS = {
    "fontagne2022": ("theta_default", FONTAGNE),
    "caliendo-parro2015": (
        "theta_cp2015_99pct",
        f"{CP}, 99 per cent sample, mean over its sectors",
    ),
    "caliendo-parro2015-full": (
        "theta_cp2015_full",
        f"{CP}, full sample, mean over its sectors; as recalled, not checked in print",
    ),
}

SOURCES_2023 = (
    "Timmer et al. (2015) World Input-Output Database 2013 (structure of 2011); CEPII BACI "
    "V202501 (goods trade 2023); World Bank WDI (GDP, sector shares, services trade 2023); IMF "
    "WEO April 2024 (Taiwan); Energy Institute 2025 (coal, oil, gas); KOTRA, Bank of Korea, "
    "Statistics Korea, TASS (North Korea)"
)
LICENCES_2023 = (
    "WIOD: free with citation; BACI: Etalab Open Licence 2.0; WDI: CC BY 4.0; IMF, Energy "
    "Institute: free with attribution"
)


def read(folder: Path, name: str) -> pd.DataFrame:
    """A table of the folder, its codes as text."""
    return pd.read_csv(folder / name, keep_default_na=False)


def world_2023(folder: Path) -> World:
    """31 economies, 20 sectors, 2023."""
    arrays = np.load(folder / "benchmark_cp.npz")
    regions, sectors = (list(map(str, arrays[name])) for name in ("regions", "sectors"))
    # A region without a list of members counts as its own.
    about = read(folder, "regions.csv").set_index("code").loc[regions]
    members = [
        code if "all other" in listed else listed
        for code, listed in zip(regions, about["members"], strict=True)
    ]
    kinds = read(folder, "sectors.csv").set_index("code").loc[sectors]
    theta = read(folder, "elasticities.csv").set_index("sector").loc[sectors, "theta_default"]
    dataset = dataset_from_flows(
        regions=regions,
        sectors=sectors,
        # [exporter, sector, importer], [input, region, sector], [sector, region] there.
        trade=arrays["trade"].transpose(2, 0, 1),
        intermediate=arrays["io_use"].transpose(1, 0, 2),
        final=arrays["final_use"].T,
        value_added=arrays["value_added"],
        trade_elasticity=theta.astype(float).to_numpy(),
        attributes={
            "name": "tumen-31",
            "title": "31 economies and 20 sectors in 2023",
            "year": 2023,
            "version": "2023.1",
            "elasticities": "fontagne2022",
            "sources": SOURCES_2023,
            "licences": LICENCES_2023,
        },
    )
    dataset["placeholder"] = (("region", "sector"), arrays["value_added"] <= PLACEHOLDER)
    names = [PLAIN_NAMES.get(code, about["name"][code]) for code in regions]
    return World(labelled(dataset, names, members, [short(name) for name in kinds["name"]]))


def world_2011(folder: Path) -> World:
    """20 economies, 17 sectors, 2011: the recorded table, merged and nothing else."""
    real = folder / "real_wiod2011_20x17"
    added = read(real, "value_added.csv")
    regions, sectors = (list(added[name].unique()) for name in ("region", "sector"))
    count, kinds = len(regions), len(sectors)
    place = {label: i for i, label in enumerate(regions)}
    slot = {label: i for i, label in enumerate(sectors)}
    uses = np.zeros((count, kinds, count, kinds))
    table = read(real, "intermediate.csv")
    at = [
        table[column].map(index).to_numpy()
        for column, index in (
            ("origin", place),
            ("origin_sector", slot),
            ("dest", place),
            ("dest_sector", slot),
        )
    ]
    uses[tuple(at)] = table["value"]
    final = np.zeros((count, kinds, count))
    table = read(real, "final.csv")
    final[
        table["origin"].map(place), table["origin_sector"].map(slot), table["dest"].map(place)
    ] = table["value"]
    dataset = dataset_from_flows(
        regions=regions,
        sectors=sectors,
        trade=(uses.sum(axis=3) + final).transpose(2, 0, 1),
        intermediate=uses.sum(axis=0).transpose(1, 0, 2),
        final=final.sum(axis=0).T,
        value_added=added.pivot(index="region", columns="sector", values="value")
        .loc[regions, sectors]
        .to_numpy(dtype=float),
        trade_elasticity=np.full(kinds, ASSUMED),
        attributes={
            "name": "wiod-2011-20",
            "title": "20 economies and 17 sectors in 2011, as recorded",
            "year": 2011,
            "version": "2011.1",
            "elasticities": f"uniform-{ASSUMED:g}",
            "sources": "Timmer et al. (2015) World Input-Output Database 2013, table of 2011",
            "licences": "WIOD: free with citation",
        },
    )
    world, report = balance(dataset, keep="totals")
    print(f"wiod-2011-20: {report}")
    dataset = world.dataset
    dataset.attrs["version"] = "2011.1"
    about = read(folder, "regions.csv").set_index("code")
    names = [PLAIN_NAMES.get(c) or str(about["name"][c]) for c in regions]
    members = [str(about["members"][code]) if code in about.index else code for code in regions]
    # Croatia joined in 2013 and is part of the rest of the world in this table.
    members = [listed.replace("HRV ", "") for listed in members]
    titles = read(folder, "sectors.csv").set_index("code")["name"]
    kinds_named = [MERGED_NAMES.get(code, short(titles[code])) for code in sectors]
    return World(labelled(dataset, names, members, kinds_named))


def short(name: str) -> str:
    """The name without its remarks in brackets."""
    return name.split(" (", maxsplit=1)[0]


def labelled(
    dataset: xr.Dataset, names: list[str], members: list[str], kinds: list[str]
) -> xr.Dataset:
    """Add what people read beside the codes."""
    services = {"ELY", "CON", "TRN", "SRV"}
    goods = [str(code) not in services for code in dataset.indexes["sector"]]
    return dataset.assign_coords(
        region_name=("region", names),
        region_members=("region", members),
        sector_name=("sector", kinds),
        goods=("sector", goods),
    )


def elasticity_rows(folder: Path, world: World) -> list[dict[str, str]]:
    """Every set for the 20 sectors and, merged by trade of 2023, for the 17."""
    table = read(folder, "elasticities.csv").set_index("sector").loc[world.sectors]
    rows = []
    for name, (column, source) in SETS.items():
        values, notes = [], []
        for sector, text in table[column].items():
            known = text != "" and (name != "fontagne2022" or table["theta_fontagne2022"][sector])
            if known and (name, sector) == ("caliendo-parro2015", "TRE"):
                note = f"{source}: the mean that its replication files put in place of an estimate"
            elif known:
                note = source
            elif sector == "COA":
                note = "as MIN: no estimate for coal"
            else:
                note = "assumed: no estimate for this sector"
            values.append(float(text) if text != "" else ASSUMED)
            notes.append(note)
        theta = xr.DataArray(values, {"sector": world.sectors}, ("sector",))
        merged = aggregate(world.replace(trade_elasticity=theta), {}, MERGED).dataset
        for sector, value, note in zip(world.sectors, values, notes, strict=True):
            rows.append(row("tumen-31", name, sector, value, note))
        for sector, value in merged["trade_elasticity"].to_series().items():
            parts = [old for old in world.sectors if MERGED.get(old, old) == sector]
            note = notes[world.sectors.index(parts[0])]
            if len(parts) > 1:
                note = f"{'+'.join(parts)} of tumen-31, mean by foreign trade of 2023"
            rows.append(row("wiod-2011-20", name, str(sector), float(value), note))
    return rows


def row(world: str, name: str, sector: str, value: float, source: str) -> dict[str, str]:
    """One line of the table of elasticities."""
    return {
        "world": world,
        "set": name,
        "sector": sector,
        "value": f"{value:.6g}",
        "source": source,
    }


def main() -> None:
    """Write both worlds and the elasticities."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "benchmark"
    TARGET.mkdir(exist_ok=True)
    new, old = world_2023(folder), world_2011(folder)
    rows = elasticity_rows(folder, new)
    default = [
        float(line["value"])
        for line in rows
        if (line["world"], line["set"]) == (old.name, "fontagne2022")
    ]
    data = old.replace(trade_elasticity=xr.DataArray(default, dims="sector")).dataset
    data.attrs |= {"version": "2011.1", "elasticities": "fontagne2022"}
    for name in ("derived_from", "balanced"):
        data.attrs.pop(name, None)
    for world in (new, World(data)):
        place = TARGET / f"{world.name}.nc"
        save(world, place)
        print(world, f"  {place.stat().st_size:,} bytes", sep="\n")
    with (TARGET / "elasticities.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
