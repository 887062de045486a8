"""Read a transport network from the tables of a scenario's folder.

- `nodes.csv`: code, name, region, lat, lon, share, premium, weight, evidence, assumption;
- `links.csv`: a, b, mode, factor, days, share, capacity_t, opens, sectors, evidence, assumption;
- `pairs.csv`: exporter, importer, share, sectors, usd_per_tonne, evidence, assumption.

Evidence ids and sectors are separated by spaces; a row without evidence states its assumption.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import io
import math
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from tumen.errors import ScenarioError, nearest
from tumen.scenario.network import MODES, Network, Pair, Place, Track
from tumen.scenario.tables import Table, table
from tumen.scenario.ways import graph_of

NODES = (
    "code",
    "name",
    "region",
    "lat",
    "lon",
    "share",
    "premium",
    "weight",
    "evidence",
    "assumption",
)
LINKS = (
    "a", "b", "mode", "factor", "days", "share", "capacity_t", "opens", "sectors", "evidence",
    "assumption",
)  # fmt: skip
PAIRS = ("exporter", "importer", "share", "sectors", "usd_per_tonne", "evidence", "assumption")
SHARES_TOLERANCE = 1e-6


class Line:
    """One row of a table, which knows its place for messages."""

    def __init__(
        self, path: Path, number: int, row: dict[str, str], known: Collection[str] | None
    ) -> None:
        self.path, self.number, self.row, self.known = path, number, row, known

    def error(self, field: str, sentence: str) -> ScenarioError:
        """An error that names file, line and field."""
        return ScenarioError(f"{self.path}, line {self.number}, field {field}: {sentence}")

    def text(self, field: str) -> str:
        """The field without surrounding space; it must not be empty."""
        found = self.row[field].strip()
        if not found:
            raise self.error(field, "is empty; fill it in")
        return found

    def number_of(self, field: str, least: float, most: float = math.inf) -> float:
        """The field as a number in a range."""
        text = self.text(field)
        try:
            value = float(text)
        except ValueError:
            raise self.error(field, f"{text!r} is not a number") from None
        if not (math.isfinite(value) and least <= value <= most):
            limit = f"at least {least:g}" + (f" and at most {most:g}" if most < math.inf else "")
            raise self.error(field, f"must be {limit}, not {text}")
        return value

    def optional(self, field: str, least: float, most: float = math.inf) -> float | None:
        """The field as a number, or None where it is left empty."""
        return self.number_of(field, least, most) if self.row[field].strip() else None

    def one_of(self, field: str, known: Sequence[str], kind: str) -> str:
        """The field, which must be among the known names."""
        text = self.text(field)
        if text not in known:
            raise self.error(field, f"unknown {kind} {text!r}{nearest(text, known)}")
        return text

    def date(self, field: str) -> dt.date | None:
        """The field as a date, or None where it is left empty."""
        text = self.row[field].strip()
        if not text:
            return None
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            raise self.error(field, f"{text!r} is not a date; write it as 2026-06-30") from None

    def sources(self) -> tuple[tuple[str, ...], str]:
        """Evidence ids and the assumption; one of them must be there."""
        ids, why = tuple(self.row["evidence"].split()), self.row["assumption"].strip()
        if not ids and not why:
            raise self.error("evidence", "is empty; name evidence or state the assumption")
        for key in ids:
            if self.known is not None and key not in self.known:
                raise self.error(
                    "evidence", f"there is no evidence {key!r}{nearest(key, self.known)}"
                )
        return ids, why


def lines(of: Table, fields: Sequence[str], known: Collection[str] | None) -> Iterator[Line]:
    """Rows of a table. Raises `ScenarioError` for one that cannot be read or lacks a column."""
    path = of.path
    try:
        reader = csv.DictReader(io.StringIO(of.content.decode("utf-8"), newline=""))
        lacking = [name for name in fields if name not in (reader.fieldnames or ())]
        if lacking:
            raise ScenarioError(f"{path}, line 1: the column {lacking[0]!r} is missing")
        for row in reader:
            if None in row or None in row.values():
                raise ScenarioError(
                    f"{path}, line {reader.line_num}: has not as many cells as the header; "
                    "put text with commas in quotes"
                )
            yield Line(path, reader.line_num, row, known)
    except (csv.Error, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: is not a CSV in UTF-8 ({error})") from None


def read_places(of: Table, known: Collection[str] | None) -> list[Place]:
    """Read nodes.csv; shares of a region's places sum to one."""
    places: list[Place] = []
    seen: dict[str, int] = {}
    sums: dict[str, float] = {}
    last: dict[str, Line] = {}
    for line in lines(of, NODES, known):
        code = line.text("code")
        if code in seen:
            raise line.error("code", f"{code!r} stands in line {seen[code]} already; drop one")
        seen[code] = line.number
        place = Place(
            code,
            line.text("name"),
            line.text("region"),
            line.number_of("lat", -90, 90),
            line.number_of("lon", -180, 180),
            line.optional("share", 0, 1) or 0.0,
            line.optional("premium", 1) or 1.0,
            line.optional("weight", 1e-9) or 1.0,
            *line.sources(),
        )
        places.append(place)
        sums[place.region] = sums.get(place.region, 0.0) + place.share
        last[place.region] = line
    for region, total in sums.items():
        if total and abs(total - 1) > SHARES_TOLERANCE:
            raise last[region].error(
                "share", f"the shares of {region}'s places sum to {total:g}; make them sum to 1"
            )
    return places


def read_tracks(of: Table, places: Sequence[Place], known: Collection[str] | None) -> list[Track]:
    """Read links.csv; a link's modes that are open now have shares that sum to one."""
    codes = [place.code for place in places]
    tracks: list[Track] = []
    seen: dict[tuple[tuple[str, str], str], int] = {}
    for line in lines(of, LINKS, known):
        track = Track(
            line.one_of("a", codes, "place"),
            line.one_of("b", codes, "place"),
            line.one_of("mode", MODES, "mode"),
            line.number_of("factor", 1),
            line.optional("days", 0) or 0.0,
            line.number_of("share", 1e-9, 1),
            line.optional("capacity_t", 1e-9),
            line.date("opens"),
            tuple(line.row["sectors"].split()),
            *line.sources(),
        )
        if track.a == track.b:
            raise line.error("b", f"the link leads from {track.a} to itself; name another place")
        key = (track.ends, track.mode)
        if key in seen:
            raise line.error(
                "mode",
                f"{track.mode} between {track.a} and {track.b} stands in line {seen[key]} "
                "already; a duplicate must not cut costs, so drop one",
            )
        seen[key] = line.number
        tracks.append(track)
    return tracks


def read_pairs(of: Table, places: Sequence[Place], known: Collection[str] | None) -> list[Pair]:
    """Read pairs.csv; both regions need a place where their trade starts and ends."""
    anchored = sorted({place.region for place in places if place.share > 0})
    pairs: list[Pair] = []
    seen: dict[tuple[str, str], int] = {}
    for line in lines(of, PAIRS, known):
        exporter = line.one_of("exporter", anchored, "region")
        importer = line.one_of("importer", anchored, "region")
        if exporter == importer:
            raise line.error("importer", f"{importer} would trade with itself; name another")
        if (exporter, importer) in seen:
            at = seen[exporter, importer]
            raise line.error("importer", f"the pair stands in line {at} already; drop one")
        seen[exporter, importer] = line.number
        pair = Pair(
            exporter,
            importer,
            line.number_of("share", 0, 1),
            tuple(line.row["sectors"].split()),
            line.optional("usd_per_tonne", 1e-9),
            *line.sources(),
        )
        pairs.append(pair)
    return pairs


def check_shares(path: Path, network: Network) -> None:
    """Modes open at the benchmark share the link's traffic without rest."""
    sums: dict[tuple[str, str], float] = {}
    for track in network.tracks:
        if track.is_open(network.date):
            sums[track.ends] = sums.get(track.ends, 0.0) + track.share
    for (a, b), total in sums.items():
        if abs(total - 1) > SHARES_TOLERANCE:
            raise ScenarioError(
                f"{path}, field share: the modes open between {a} and {b} have shares that sum "
                f"to {total:g}; make them sum to 1"
            )


def check_reach(path: Path, network: Network) -> None:
    """Every pair has a route, counting links that open later."""
    links = tuple(dict.fromkeys(track.ends for track in network.tracks))
    graph = graph_of(network.places, links, network.longest)
    for pair in network.pairs:
        for start in graph.anchors(pair.exporter):
            for goal in graph.anchors(pair.importer):
                if not graph.between(start.code, goal.code):
                    raise ScenarioError(
                        f"{path}: no route of at most {network.longest} links leads from "
                        f"{start.code} ({pair.exporter}) to {goal.code} ({pair.importer}); add a "
                        "link, allow longer routes or drop the pair"
                    )


@functools.lru_cache(maxsize=32)
def network_of(
    nodes: Table,
    links: Table,
    pairs: Table | None,
    known: tuple[str, ...] | None,
    settings: tuple[tuple[str, object], ...],
) -> Network:
    """A checked network, remembered by the content of its tables; it cannot be changed.

    `settings` are those that the checks rest on, the date and the length of routes.
    """
    places = read_places(nodes, known)
    tracks = read_tracks(links, places, known)
    if pairs is not None:
        listed = read_pairs(pairs, places, known)
    else:
        anchored = sorted({place.region for place in places if place.share > 0})
        listed = [Pair(i, n) for i in anchored for n in anchored if i != n]
    network = Network(tuple(places), tuple(tracks), tuple(listed), **dict(settings))  # type: ignore[arg-type]
    check_shares(links.path, network)
    check_reach(links.path, network)
    return network


def read_rows(
    folder: str | Path, evidence: Collection[str] | None = None
) -> tuple[list[Place], list[Track], list[Pair]]:
    """The rows of the three tables, each checked by itself; no pairs where pairs.csv is missing.

    With `evidence`, the known ids, an id that is not among them is an error.
    """
    base, pairs = Path(folder), Path(folder) / "pairs.csv"
    places = read_places(table(base / "nodes.csv"), evidence)
    tracks = read_tracks(table(base / "links.csv"), places, evidence)
    return places, tracks, read_pairs(table(pairs), places, evidence) if pairs.is_file() else []


def read_network(
    folder: str | Path, evidence: Collection[str] | None = None, **settings: object
) -> Network:
    """Read the network of a scenario's folder; `settings` as in `Network`.

    With `evidence`, the known ids, an id that is not among them is an error.
    Without pairs.csv every two regions with places of their own trade over the network in full.
    Raises `ScenarioError` naming file, line, field and remedy.
    """
    base = Path(folder)
    pairs = base / "pairs.csv"
    checked = {name: settings[name] for name in ("date", "longest") if name in settings}
    found = network_of(
        table(base / "nodes.csv"),
        table(base / "links.csv"),
        table(pairs) if pairs.is_file() else None,
        None if evidence is None else tuple(evidence),
        tuple(checked.items()),
    )
    return found.with_settings(**settings)
