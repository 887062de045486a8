"""Compile the transport networks of the first case: nodes.csv, links.csv and pairs.csv.

Lengths are great circles times a winding; freight per tonne-kilometre, speeds and handling are
assumptions stated here and repeated in every row. Usage: python tools/compile_routes.py
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src/tumen/scenario/library/moscow-pyongyang"
EARTH = 6371.0  # km
# Middle of ranges that F182 gives from memory, no published rate having been found; USD a
# tonne-kilometre. Cargo: everyday goods, and machines under
# export control.
RATE = {"road": 0.10, "rail": 0.035, "sea": 0.02}
CARGO = {"river": 1000.0, "hubs": 10000.0}
WINDING = {"road": 1.3, "rail": 1.25, "sea": 1.3}
SPEED = {"road": 500.0, "rail": 400.0, "sea": 600.0}  # km a day
KOREA_SPEED = {"road": 200.0, "rail": 150.0}
PORT_COST, PORT_DAYS = 30.0, 3.0  # both ends of a sea leg
DISTANCE_NOTE = (
    "great circle x {winding} at {rate} USD/t-km (F182: rates not found, middle of a remembered "
    "range) for cargo of {cargo:,.0f} USD/t; {speed:g} km a day"
)

FAR = "how the trade of the region divides over places is not recorded"
OWN = "main port or border stands for the state"
CHINA = "low end of the range for hubs (F070), for goods under UN resolution 2397"
RUSSIA = "premium as at Rajin, for want of a figure"
KOREA = (
    "premium chosen so that Russian coal that passes on its way to China is of the order of "
    "Rajin's transit in 2024 (F178)"
)
HUB = "the overall premium of sanctioned goods, for want of one of its own"
REST = "weight: a fifth of the quarter that does not pass China and Hong Kong (F073)"
Node = tuple[str, str, float, float, float, float, float, str, str]
# code: name, region, lat, lon, share, premium, weight, evidence, assumption
RIVER: dict[str, Node] = {
    "MOW": ("Moscow", "RUS", 55.76, 37.62, 0.6, 1.70, 1, "", f"{FAR}; {RUSSIA}"),
    "KHV": ("Khabarovsk", "RUS", 48.48, 135.08, 0, 1.70, 1, "", RUSSIA),
    "VVO": ("Vladivostok", "RUS", 43.12, 131.89, 0.4, 1.70, 1, "", f"{FAR}; {RUSSIA}"),
    "KHA": ("Khasan", "RUS", 42.43, 130.64, 0, 1.70, 1, "F175", RUSSIA),
    "ZAB": ("Zabaikalsk", "RUS", 49.65, 117.33, 0, 1.70, 1, "", RUSSIA),
    "TUM": ("Tumangang", "PRK", 42.42, 130.61, 0, 1.70, 1, "F175 F178", KOREA),
    "RJN": ("Rajin", "PRK", 42.25, 130.30, 0.2, 1.70, 1, "F177 F178 F179", f"{FAR}; {KOREA}"),
    "CHO": ("Chongjin", "PRK", 41.79, 129.79, 0, 1.70, 1, "F178", KOREA),
    "FNJ": ("Pyongyang", "PRK", 39.02, 125.75, 0.8, 1.70, 1, "F178", f"{FAR}; {KOREA}"),
    "NAM": ("Nampo", "PRK", 38.73, 125.40, 0, 1.70, 1, "F178", KOREA),
    "SIN": ("Sinuiju", "PRK", 40.10, 124.40, 0, 1.70, 1, "F178", KOREA),
    "DDG": ("Dandong", "CHN", 40.13, 124.39, 0, 1.25, 1, "F070", CHINA),
    "HUN": ("Hunchun", "CHN", 42.87, 130.36, 0, 1.25, 1, "F070", CHINA),
    "NZH": ("Manzhouli", "CHN", 49.60, 117.43, 0, 1.25, 1, "F070", CHINA),
    "HRB": ("Harbin", "CHN", 45.76, 126.65, 0, 1.25, 1, "F070", CHINA),
    "SHE": ("Shenyang", "CHN", 41.80, 123.43, 0, 1.25, 1, "F070", CHINA),
    "BJS": ("Beijing", "CHN", 39.90, 116.41, 0.5, 1.25, 1, "F070", f"{FAR}; {CHINA}"),
    "DLC": ("Dalian", "CHN", 38.92, 121.64, 0, 1.25, 1, "F070", CHINA),
    "SHA": ("Shanghai", "CHN", 31.23, 121.47, 0.5, 1.25, 1, "F070", f"{FAR}; {CHINA}"),
}
HUBS: dict[str, Node] = {
    "MOW": ("Moscow", "RUS", 55.76, 37.62, 1, 1, 1, "", "stands for the state"),
    "LED": ("St Petersburg", "RUS", 59.93, 30.25, 0, 1, 1, "", "port of entry"),
    "NVR": ("Novorossiysk", "RUS", 44.72, 37.79, 0, 1, 1, "", "port of entry"),
    "VVO": ("Vladivostok", "RUS", 43.12, 131.89, 0, 1, 1, "", "port of entry"),
    "HAM": ("Hamburg", "DEU", 53.55, 9.99, 1, 1, 1, "", OWN),
    "GDN": ("Gdansk", "POL", 54.35, 18.65, 1, 1, 1, "", OWN),
    "RIX": ("Riga", "EUR", 56.95, 24.11, 1, 1, 1, "", OWN),
    "PUS": ("Busan", "KOR", 35.10, 129.04, 1, 1, 1, "", OWN),
    "KIJ": ("Niigata", "JPN", 37.92, 139.04, 1, 1, 1, "", OWN),
    "IST": ("Istanbul", "TUR", 41.01, 28.98, 0, 1.40, 0.05, "F070 F073", REST),
    "DXB": ("Dubai", "ARE", 25.27, 55.30, 0, 1.40, 0.05, "F071 F073", f"{HUB}; {REST}"),
    "ALA": ("Almaty", "KAZ", 43.24, 76.89, 0, 1.40, 0.05, "F071 F073", f"{HUB}; {REST}"),
    "TBS": ("Tbilisi", "CAC", 41.72, 44.79, 0, 1.40, 0.05, "F071 F073", f"{HUB}; {REST}"),
    "MSQ": ("Minsk", "BLR", 53.90, 27.56, 0, 1.40, 0.05, "F071 F073", f"{HUB}; {REST}"),
    "SHA": ("Shanghai", "CHN", 31.23, 121.47, 0, 1.40, 0.5, "F068 F071 F073",
            "weight: two thirds of the three quarters that pass China and Hong Kong (F073); the "
            "87 per cent of F068 are China's own goods too"),
    "HKG": ("Hong Kong", "ASH", 22.30, 114.17, 0, 1.40, 0.25, "F071 F073",
            "weight: a third of the three quarters that pass China and Hong Kong (F073)"),
}  # fmt: skip
# Links whose costs follow from their length: places, then modes and shares of their traffic.
RIVER_LINKS = """
MOW KHV rail 1
MOW ZAB rail 1
KHV VVO rail .6 road .4
VVO KHA rail .5 road .5
TUM RJN rail .7 road .3
RJN CHO rail .6 road .4
CHO FNJ rail .7 road .3
FNJ NAM rail .5 road .5
FNJ SIN rail .6 road .4
HUN VVO rail .5 road .5
HUN RJN road 1
HUN HRB rail .5 road .5
ZAB NZH rail .8 road .2
NZH HRB rail .7 road .3
HRB SHE rail .5 road .5
HRB VVO rail .7 road .3
SHE BJS rail .4 road .6
SHE DDG rail .4 road .6
SHE DLC rail .4 road .6
DDG SIN rail .4 road .6
BJS SHA rail .3 road .7
VVO RJN sea 1
VVO CHO sea 1
VVO SHA sea 1
RJN SHA sea 1
DLC NAM sea 1
SHA NAM sea 1
"""
HUB_LINKS = """
MOW LED rail .5 road .5
MOW NVR rail .5 road .5
MOW VVO rail 1
MOW MSQ rail .5 road .5
MOW RIX road 1
MOW ALA rail .6 road .4
HAM LED sea 1
GDN LED sea 1
HAM IST sea 1
GDN IST sea 1
RIX IST sea 1
PUS IST sea 1
KIJ IST sea 1
IST NVR sea 1
HAM DXB sea 1
GDN DXB sea 1
RIX DXB sea 1
PUS DXB sea 1
KIJ DXB sea 1
DXB NVR sea 1
HAM SHA sea 1
GDN SHA sea 1
RIX SHA sea 1
PUS SHA sea 1
KIJ SHA sea 1
SHA VVO sea 1
SHA MOW rail 1
HAM HKG sea 1
GDN HKG sea 1
RIX HKG sea 1
PUS HKG sea 1
KIJ HKG sea 1
HKG VVO sea 1
HAM TBS sea 1
GDN TBS sea 1
RIX TBS sea 1
TBS NVR road 1
HAM MSQ road 1
GDN MSQ road 1
RIX MSQ road 1
HAM ALA road 1
GDN ALA road 1
RIX ALA road 1
PUS ALA rail 1
KIJ VVO sea 1
PUS VVO sea 1
"""
SEA_KM = {  # where the great circle crosses land: rough sailing distances, km
    ("HAM", "IST"): 6100, ("GDN", "IST"): 6900, ("RIX", "IST"): 7100, ("HAM", "DXB"): 12000,
    ("GDN", "DXB"): 12700, ("RIX", "DXB"): 13000, ("DXB", "NVR"): 7200, ("HAM", "SHA"): 20000,
    ("GDN", "SHA"): 20700, ("RIX", "SHA"): 21000, ("HAM", "HKG"): 18500, ("GDN", "HKG"): 19200,
    ("RIX", "HKG"): 19500, ("HAM", "TBS"): 7200, ("GDN", "TBS"): 8000, ("RIX", "TBS"): 8200,
    ("HAM", "LED"): 1500, ("GDN", "LED"): 950, ("DLC", "NAM"): 350, ("SHA", "NAM"): 950,
    ("RJN", "SHA"): 1700, ("SHA", "VVO"): 1900, ("VVO", "SHA"): 1900, ("HKG", "VVO"): 3100,
    ("KIJ", "SHA"): 1800, ("KIJ", "HKG"): 3000, ("PUS", "IST"): 16500, ("KIJ", "IST"): 17200,
    ("PUS", "DXB"): 11500, ("KIJ", "DXB"): 12300,
}  # fmt: skip
SHARES = "shares of modes are not recorded"
GOODS = "AGR FSH COA OGS MIN FOD TEX WPP PET CHM NMM MET MCH ELE TRE OMF"
TRUCKED = "AGR FSH FOD TEX WPP CHM NMM MET MCH ELE TRE OMF"
# The crossing that the case is about: every number on its own.
CROSSINGS: list[tuple[object, ...]] = [
    ("KHA", "TUM", "rail", 1.02, 4, 1, "", "", "", "F175 F176",
     "four days: gauge, customs and waiting; with half a day by road this gives the central cut of "
     "cost of a fixed link (F172, 4.5 %) at the central value of a day (F173); handling 2 %"),
    ("KHA", "TUM", "road", 1.02, 0.5, 1, 500000, "2026-06-30", TRUCKED,
     "F161 F162 F164 F165 F166 F168 F171 F172 F173",
     "half a day as stated for rail; all goods but coal, ores, oil and petroleum are free to go by "
     "truck; opening reported, not confirmed"),
]  # fmt: skip
WEIGHTED = "93 million USD of trade in 2014 over 280 kt of freight by rail: coal weighs it down"
BOTH = "all goods trade of the pair is taken to use the network"
WEST = "goods under export control stand as whole sectors; 10,000 USD a tonne"
RIVER_PAIRS: list[tuple[object, ...]] = [
    ("RUS", "PRK", 1, GOODS, 332, "F085 F176", f"{WEIGHTED}; {BOTH}"),
    ("PRK", "RUS", 1, GOODS, 332, "F085 F176", f"{WEIGHTED}; {BOTH}"),
    ("CHN", "PRK", 1, GOODS, 1000, "", f"{BOTH}; 1,000 USD a tonne"),
    ("PRK", "CHN", 1, GOODS, 1000, "", f"{BOTH}; 1,000 USD a tonne"),
    ("RUS", "CHN", 1, "COA", 130, "", "coal alone, the only goods known to pass Rajin; 130 USD/t"),
]
HUB_PAIRS: list[tuple[object, ...]] = [
    (state, "RUS", 1, "MCH ELE TRE", 10000, "", WEST)
    for state in ("DEU", "POL", "EUR", "JPN", "KOR")
]


def kilometres(nodes: dict[str, Node], a: str, b: str) -> float:
    """Great circle between two places."""
    (lat_a, lon_a), (lat_b, lon_b) = (
        (math.radians(nodes[code][2]), math.radians(nodes[code][3])) for code in (a, b)
    )
    half = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    )
    return 2 * EARTH * math.asin(math.sqrt(half))


def plain_links(
    nodes: dict[str, Node], links: str, cargo: float, *, timed: bool
) -> list[tuple[object, ...]]:
    """Links whose factor and days follow from their length and the cargo's value a tonne.

    Unit values of goods that came through hubs hold what the detour took, time included: links
    that are not `timed` leave it out.
    """
    rows: list[tuple[object, ...]] = []
    for line in links.split("\n"):
        if not line:
            continue
        a, b, *modes = line.split()
        for mode, share in zip(modes[::2], modes[1::2], strict=True):
            known = SEA_KM.get((a, b)) if mode == "sea" else None
            length = known or kilometres(nodes, a, b) * WINDING[mode]
            korean = {nodes[a][1], nodes[b][1]} == {"PRK"} and mode != "sea"
            speed = KOREA_SPEED[mode] if korean else SPEED[mode]
            factor, days = 1 + RATE[mode] * length / cargo, length / speed
            note = DISTANCE_NOTE.format(
                winding=WINDING[mode], rate=RATE[mode], speed=speed, cargo=cargo
            )
            if known:
                note = note.replace("great circle x 1.3", f"{known} km by sea, rough,")
            if mode == "sea":
                factor, days = factor + PORT_COST / cargo, days + PORT_DAYS
                note += "; ports: 30 USD/t and three days"
            if not timed:
                days, note = 0.0, f"{note}; time is part of the premium"
            capacity = 5_000_000 if {a, b} == {"RJN", "SHA"} else ""
            ids = "F177 F179 F182" if capacity else "F182"
            note += "" if len(modes) == 2 else f"; {SHARES}"
            rows.append((a, b, mode, f"{factor:.4f}", f"{days:.2f}", share.replace(".", "0."),
                         capacity, "", "", ids, note))  # fmt: skip
    return rows


def write(folder: Path, name: str, header: str, rows: list[tuple[object, ...]]) -> None:
    """Write one table."""
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header.split())
        writer.writerows(rows)
    print(f"{folder.name}/{name}: {len(rows)} rows")


def network(
    folder: Path,
    nodes: dict[str, Node],
    links: list[tuple[object, ...]],
    pairs: list[tuple[object, ...]],
) -> None:
    """Write the three tables of a network."""
    columns = "evidence assumption"
    write(
        folder,
        "nodes.csv",
        f"code name region lat lon share premium weight {columns}",
        [(code, *rest) for code, rest in nodes.items()],
    )
    write(
        folder,
        "links.csv",
        f"a b mode factor days share capacity_t opens sectors {columns}",
        links,
    )
    write(folder, "pairs.csv", f"exporter importer share sectors usd_per_tonne {columns}", pairs)


def main() -> None:
    """Write the network of the case beside it, and that of the hubs in a folder below."""
    river = plain_links(RIVER, RIVER_LINKS, CARGO["river"], timed=True)
    network(FOLDER, RIVER, [*river, *CROSSINGS], RIVER_PAIRS)
    hubs = plain_links(HUBS, HUB_LINKS, CARGO["hubs"], timed=False)
    network(FOLDER / "evasion", HUBS, hubs, HUB_PAIRS)


if __name__ == "__main__":
    main()
