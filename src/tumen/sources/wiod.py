"""World Input-Output Database, release of 2013: 40 economies and a rest, 35 industries.

A file holds one year: rows are origins (`DEU_c15`), columns are the buying industries, then final
uses (`DEU_household_consumption`, ...), then `output`; current million USD at basic prices.
Source: Timmer, M., Dietzenbacher, E., Los, B., Stehrer, R. & de Vries, G. (2015), An Illustrated
User Guide to the World Input-Output Database, Review of International Economics 23(3), 575-605.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from tumen.errors import WorldError
from tumen.sources.mrio import InputOutputTable

INDUSTRIES = (
    "Agriculture, forestry and fishing",
    "Mining and quarrying",
    "Food, beverages and tobacco",
    "Textiles",
    "Leather and footwear",
    "Wood and wood products",
    "Pulp, paper, printing and publishing",
    "Coke, refined petroleum and nuclear fuel",
    "Chemicals",
    "Rubber and plastics",
    "Other non-metallic minerals",
    "Basic and fabricated metals",
    "Machinery n.e.c.",
    "Electrical and optical equipment",
    "Transport equipment",
    "Other manufacturing and recycling",
    "Electricity, gas and water",
    "Construction",
    "Motor vehicle trade and fuel retail",
    "Wholesale trade",
    "Retail trade",
    "Hotels and restaurants",
    "Inland transport",
    "Water transport",
    "Air transport",
    "Transport services and travel agencies",
    "Post and telecommunications",
    "Finance and insurance",
    "Real estate",
    "Renting and business services",
    "Public administration and defence",
    "Education",
    "Health and social work",
    "Other community, social and personal services",
    "Private households with employed persons",
)
# Industries c1 to c16 make things that cross borders in boxes and holds.
GOODS = 16

ECONOMIES = {
    "AUS": "Australia",
    "AUT": "Austria",
    "BEL": "Belgium",
    "BGR": "Bulgaria",
    "BRA": "Brazil",
    "CAN": "Canada",
    "CHN": "China",
    "CYP": "Cyprus",
    "CZE": "Czechia",
    "DEU": "Germany",
    "DNK": "Denmark",
    "ESP": "Spain",
    "EST": "Estonia",
    "FIN": "Finland",
    "FRA": "France",
    "GBR": "United Kingdom",
    "GRC": "Greece",
    "HUN": "Hungary",
    "IDN": "Indonesia",
    "IND": "India",
    "IRL": "Ireland",
    "ITA": "Italy",
    "JPN": "Japan",
    "KOR": "South Korea",
    "LTU": "Lithuania",
    "LUX": "Luxembourg",
    "LVA": "Latvia",
    "MEX": "Mexico",
    "MLT": "Malta",
    "NLD": "Netherlands",
    "POL": "Poland",
    "PRT": "Portugal",
    "ROU": "Romania",
    "RUS": "Russia",
    "SVK": "Slovakia",
    "SVN": "Slovenia",
    "SWE": "Sweden",
    "TUR": "Türkiye",
    "TWN": "Taiwan",
    "USA": "United States",
    "RoW": "Rest of the world",
}
# The release writes Romania's former code.
RECODED = {"ROM": "ROU"}
FILE_NAME = re.compile(r"wiot_?(\d{4})\.parquet", re.IGNORECASE)


def locate(path: Path, year: int | None) -> tuple[Path, int]:
    """The file and its year, from a file or a folder of years. Raises `WorldError`."""
    if path.is_dir():
        years = {
            int(match[1]): file
            for file in sorted(path.iterdir())
            if (match := FILE_NAME.fullmatch(file.name))
        }
        if not years:
            raise WorldError(f"{path}: no file of that folder is named like wiot_2011.parquet")
        if year not in years:
            asked = "state a year" if year is None else f"there is no year {year}"
            raise WorldError(f"{path}: {asked}; the folder holds {', '.join(map(str, years))}")
        return years[year], year
    if not path.is_file():
        raise WorldError(f"{path}: there is no such file")
    match = FILE_NAME.fullmatch(path.name)
    named = int(match[1]) if match else None
    if year is not None and named is not None and named != year:
        raise WorldError(f"{path}: the file is of {named}, not of {year}; leave year out")
    if year is None and named is None:
        raise WorldError(f"{path}: its name does not tell the year; pass year=")
    return path, year if year is not None else named or 0


def read(path: Path, year: int | None) -> InputOutputTable:
    """Read one year of the release of 2013.

    Raises `WorldError` naming the file when it is missing, unreadable or not such a table.
    """
    place, found = locate(path, year)
    try:
        frame = pd.read_parquet(place)
    except Exception as error:  # every engine has errors of its own, all meaning the same here
        raise WorldError(
            f"{place}: not a readable Parquet file ({type(error).__name__}); fetch it again"
        ) from None
    labels = [str(label) for label in frame.index]
    split = [label.rsplit("_c", 1) for label in labels]
    if any(len(part) != 2 or not part[1].isdigit() for part in split) or not labels:
        raise WorldError(f"{place}: rows are not labelled like DEU_c15; this is no WIOD table")
    regions = list(dict.fromkeys(part[0] for part in split))
    sectors = list(dict.fromkeys(f"c{part[1]}" for part in split))
    columns = [str(column) for column in frame.columns]
    finals = columns[len(labels) : -1]
    if (
        labels != [f"{region}_{sector}" for region in regions for sector in sectors]
        or columns[: len(labels)] != labels
        or columns[-1:] != ["output"]
        or not finals
        or len(finals) % len(regions)
    ):
        raise WorldError(
            f"{place}: columns must be the buying industries in the order of the rows, then final "
            "uses of each economy, then output"
        )
    values = frame.to_numpy(dtype=float)
    count, kinds = len(regions), len(sectors)
    # Final uses stand together by economy, in the order of the rows.
    owners = [column.split("_", 1)[0] for column in finals]
    if owners != [region for region in regions for _ in range(len(finals) // count)]:
        raise WorldError(f"{place}: final uses do not follow the economies of the rows")
    codes = tuple(RECODED.get(region, region) for region in regions)
    return InputOutputTable(
        kind="wiod",
        year=found,
        regions=codes,
        sectors=tuple(sectors),
        region_names=tuple(ECONOMIES.get(code, code) for code in codes),
        sector_names=tuple(INDUSTRIES[int(sector[1:]) - 1] for sector in sectors),
        region_members=codes,
        goods=tuple(int(sector[1:]) <= GOODS for sector in sectors),
        intermediate=values[:, : len(labels)].reshape(count, kinds, count, kinds),
        final=values[:, len(labels) : -1].reshape(count, kinds, count, -1).sum(axis=3),
        output=values[:, -1].reshape(count, kinds),
        title=f"World Input-Output Database, release of 2013, {found}",
        source="Timmer et al. (2015), World Input-Output Database, release of 2013",
        licence="free with citation",
    )
