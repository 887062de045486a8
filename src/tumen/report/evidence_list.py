"""Every figure of a case and every row of its evidence: what it is, where from, where it enters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from markupsafe import Markup

from tumen.report.case_evidence import cited
from tumen.report.document import Cell, Column, Table
from tumen.scenario.citations import claim_places, enters, goods_places, network_places
from tumen.scenario.claims import read_claims
from tumen.scenario.evidence import RELIABILITY, Evidence
from tumen.scenario.figure import Figure, Place, placed_figures
from tumen.scenario.load import Case
from tumen.scenario.places import words_of
from tumen.world.names import name_of

ASSUMED = "assumed"  # of a figure that no row of the evidence stands behind


class Entry(NamedTuple):
    """A figure of the scenario: its dotted place, the part it belongs to, and both in words."""

    place: str
    part: str
    belongs: str
    what: str
    figure: Figure

    @property
    def text(self) -> str:
        """All that a search looks through."""
        figure = self.figure
        told = (figure.unit, figure.note, figure.assumption, *figure.evidence)
        return " ".join(filter(None, (self.belongs, self.what, *told)))


class Row(NamedTuple):
    """A row of the evidence with the parts of the case that cite it, and where it enters."""

    item: Evidence
    parts: frozenset[str]
    enters: str

    @property
    def text(self) -> str:
        """All that a search looks through."""
        item = self.item
        told = (item.id, item.item, item.span, item.year, item.citation, item.link)
        return " ".join((*told, RELIABILITY[item.reliability], self.enters))


class Filter(NamedTuple):
    """What a reader wants to see; nothing named is everything."""

    words: str = ""
    part: str = ""
    reliability: str = ""  # a letter, or `ASSUMED`

    def found(self, text: str) -> bool:
        """Whether a text holds every word."""
        lowered = text.casefold()
        return all(word in lowered for word in self.words.casefold().split())

    def entries(self, case: Case, listed: Sequence[Entry]) -> list[Entry]:
        """The figures that fit: a letter means that a row of that letter stands behind one."""

        def rests(figure: Figure) -> bool:
            if self.reliability == ASSUMED:
                return not figure.evidence
            letters = {case.evidence[key].reliability for key in figure.evidence}
            return not self.reliability or self.reliability in letters

        return [
            entry
            for entry in listed
            if self.part in ("", entry.part) and rests(entry.figure) and self.found(entry.text)
        ]

    def rows(self, listed: Sequence[Row]) -> list[Row]:
        """The rows of the evidence that fit."""
        return [
            row
            for row in listed
            if (not self.part or self.part in row.parts)
            and self.reliability in ("", row.item.reliability)
            and self.found(row.text)
        ]


def part_of(case: Case, place: Place) -> str:
    """The part of the scenario that a figure belongs to: the id of its tie, or the field."""
    return case.scenario.ties[int(place[1])].id if place[0] == "ties" else str(place[0])


def entries(case: Case) -> list[Entry]:
    """Every figure of the scenario, in its order."""
    names = partial(name_of, case.world)
    found = []
    for place, figure in placed_figures(case.scenario):
        belongs, what = words_of(case.scenario, place, names)
        dotted = ".".join(map(str, place))
        found.append(Entry(dotted, part_of(case, place), belongs, what, figure))
    return found


def citing(case: Case) -> Iterator[tuple[str, str]]:
    """Id of a row and a part of the case that cites it."""
    scenario, folder = case.scenario, case.folder
    names = partial(name_of, case.world)
    for place, figure in placed_figures(scenario):
        for key in figure.evidence:
            yield key, part_of(case, place)
    for measure in scenario.pressure:
        for key in measure.evidence:
            yield key, "pressure"
    beside = {
        "goods": goods_places(folder),
        "network": network_places(folder, names),
        "claims": claim_places(read_claims(folder)),
    }
    for part, places in beside.items():
        for key, _, _ in places:
            yield key, part
    if scenario.evasion is not None:
        for key, _, _ in network_places(folder / scenario.evasion.folder, names):
            yield key, "evasion"


def rows(case: Case) -> list[Row]:
    """Every row of the evidence, in its order."""
    parts: dict[str, set[str]] = {}
    for key, part in citing(case):
        parts.setdefault(key, set()).add(part)
    where = enters(case)
    return [
        Row(item, frozenset(parts.get(key, ())), where[key]) for key, item in case.evidence.items()
    ]


def plain(value: float) -> str:
    """A number with as many digits as it has, up to six that matter."""
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"


def rests_on(figure: Figure, link: str) -> str:
    """What stands behind a figure; ids lead to their row, and to all that rests on it."""
    ids = [Markup('<a href="{}">{}</a>').format(link.format(id=i), i) for i in figure.evidence]
    told = [text for text in (figure.note, figure.assumption) if text]
    if figure.assumption:
        told[-1] = f"Assumed: {told[-1]}"
    parts = [*([Markup(", ").join(ids)] if ids else []), *told]
    return Markup("; ").join(parts) if parts else "A plain number of the scenario"


def figures_table(listed: Sequence[Entry], caption: str, link: str) -> Table:
    """The figures as a reader sees them; `link` leads to a row of the evidence by its `{id}`."""
    body: list[list[Cell]] = []
    for _, _, belongs, what, figure in listed:
        ranged = figure.low != figure.high
        reach = f"{plain(figure.low)} to {plain(figure.high)}" if ranged else ""
        name = Markup("<strong>{}</strong> {}").format(belongs[0].upper() + belongs[1:], what)
        body.append([name, plain(figure.central), reach, figure.unit, rests_on(figure, link)])
    columns = [Column("figure", numeric=False), Column("value"), Column("range")]
    columns += [Column("unit", numeric=False), Column("rests on", numeric=False)]
    return Table(caption, columns, body)


def evidence_table(listed: Sequence[Row], caption: str) -> Table:
    """The rows of the evidence as a reader sees them."""
    body: list[list[Cell]] = [
        [
            Markup('<span id="{0}">{0}</span>').format(row.item.id),
            row.item.item,
            row.item.span or "no number",
            row.item.year,
            cited(row.item),
            f"{row.item.reliability}: {RELIABILITY[row.item.reliability]}",
            row.enters or "Nothing in the case cites it",
        ]
        for row in listed
    ]
    titles = ("id", "what it says", "value", "year", "source", "reliability", "where it enters")
    return Table(caption, [Column(title, numeric=False) for title in titles], body)


def figures_data(listed: Sequence[Entry], caption: str) -> Table:
    """The figures as data: every field in a column of its own."""
    titles = ["place", "belongs to", "figure", "low", "central", "high", "unit"]
    titles += ["distribution", "evidence", "assumption", "note"]
    body: list[list[Cell]] = [
        [
            entry.place,
            entry.belongs,
            entry.what,
            *(entry.figure.low, entry.figure.central, entry.figure.high),
            entry.figure.unit,
            entry.figure.distribution,
            " ".join(entry.figure.evidence),
            entry.figure.assumption or "",
            entry.figure.note or "",
        ]
        for entry in listed
    ]
    numeric = ("low", "central", "high")
    return Table(caption, [Column(title, numeric=title in numeric) for title in titles], body)


def evidence_data(listed: Sequence[Row], caption: str) -> Table:
    """The evidence as data: every field in a column of its own."""
    fields = ["id", "item", "low", "central", "high", "unit", "year", "publisher", "title"]
    fields += ["date", "link", "reliability"]
    body: list[list[Cell]] = [
        [
            *(getattr(row.item, name) for name in fields),
            RELIABILITY[row.item.reliability],
            row.enters,
        ]
        for row in listed
    ]
    titles = (*fields, "reliability in words", "enters")
    return Table(caption, [Column(title, numeric=False) for title in titles], body)


def letters(case: Case) -> dict[str, int]:
    """How many rows of the evidence each letter of reliability has, those that occur."""
    held: Collection[str] = [item.reliability for item in case.evidence.values()]
    return {letter: list(held).count(letter) for letter in RELIABILITY if letter in held}
