"""Two answers beside each other: what was asked otherwise, and what came out otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tumen.app.pages.shown import Counter, Numbers, Shown
from tumen.app.pages.sides import Ends, Side
from tumen.app.pages.texts import section, text
from tumen.report.case_sources import benchmark
from tumen.report.document import Column, Figure, Table
from tumen.report.figures import ranked_bars
from tumen.report.text import decimals_for, number

if TYPE_CHECKING:
    from tumen.scenario.figure import Figure as Uncertain
    from tumen.scenario.load import Case

MOST_FIGURES = 30  # that differ, and are listed
LEVELS = "levels"
SAME = 1e-9  # per cent; answers that differ by less are the same

Rows = list[list[Any]]


def comparable(a: Side, b: Side) -> str:
    """Why two answers cannot be compared; empty where they can."""
    if a.versions[0] != b.versions[0]:
        return text("compare.other_world", a=a.versions[0], b=b.versions[0])
    if a.versions[1] != b.versions[1]:
        return text("compare.other_version", a=a.versions[1], b=b.versions[1])
    return ""


def asked_otherwise(a: Side, b: Side) -> list[tuple[str, str, str]]:
    """What differs in the questions, each with both sides; figures last."""
    names = section("compare.settings")
    keys = dict.fromkeys([*a.settings, *b.settings])
    found = [
        (names[key], a.settings.get(key, "–"), b.settings.get(key, "–"))
        for key in keys
        if a.settings.get(key) != b.settings.get(key)
    ]
    figures = figures_otherwise(a, b)
    found += figures[:MOST_FIGURES]
    if len(figures) > MOST_FIGURES:
        more = text("compare.more", count=len(figures) - MOST_FIGURES)
        found.append((more, "", ""))
    return found


def figures_otherwise(a: Side, b: Side) -> list[tuple[str, str, str]]:
    """Figures of the cases that differ, or that only one of them has."""
    first, second = dict(a.case.figures()), dict(b.case.figures())
    if a.case.root.digest != b.case.root.digest and a.case.name != b.case.name:
        return []  # two cases; every figure is another's
    return [
        (place_words(name, b.case), figure_words(first.get(name)), figure_words(second.get(name)))
        for name in dict.fromkeys([*first, *second])
        if LEVELS not in name.split(".")  # the changes have said so already
        and figure_words(first.get(name)) != figure_words(second.get(name))
    ]


def place_words(name: str, case: Case) -> str:
    """Where a figure stands, by the titles that a reader knows."""
    head, _, rest = name.partition(".")
    number_in_list, _, field = rest.partition(".")
    titles = {
        "ties": [tie.title for tie in case.scenario.ties],
        "pressure": [measure.title for measure in case.scenario.pressure],
    }
    titled = titles.get(head)
    if titled is None or not number_in_list.isdigit() or int(number_in_list) >= len(titled):
        return name
    words = [str(int(part) + 1) if part.isdigit() else part for part in field.split(".")]
    return f"{titled[int(number_in_list)]}: {' '.join(words).replace('_', ' ')}"


def figure_words(figure: Uncertain | None) -> str:
    """A figure with its range."""
    if figure is None:
        return "–"
    low, central, high = (f"{value:.6g}" for value in (figure.low, figure.central, figure.high))
    return central if low == high else f"{central} ({low} to {high})"


def with_range(ends: Ends | None, factor: float, decimals: int) -> str:
    """A number with its range in words."""
    if ends is None or ends.get("central") is None:
        return number(None)
    central, low, high = (scaled(ends, end, factor) for end in ("central", "low", "high"))
    shown = number(central, decimals)
    if low is None or high is None:
        return shown
    ends_shown = [number(value, decimals) for value in sorted((low, high))]
    return shown if ends_shown == [shown, shown] else f"{shown} ({' to '.join(ends_shown)})"


def scaled(ends: Ends | None, end: str, factor: float) -> float | None:
    """One end of a number in the unit shown."""
    value = None if ends is None else ends.get(end)
    return None if value is None else factor * value


def pairs_table(
    caption: str, unit: str, rows: Iterable[tuple[str, Ends | None, Ends | None]], factor: float
) -> tuple[Table, Numbers] | None:
    """Rows with both sides and their difference, as shown and unrounded; None without any."""
    listed = [row for row in rows if row[1] is not None or row[2] is not None]
    if not listed:
        return None
    shown: Rows = []
    exact: Rows = []
    for name, a, b in listed:
        first, second = scaled(a, "central", factor), scaled(b, "central", factor)
        known = [value for value in (first, second) if value is not None]
        decimals = min(decimals_for(known), 3)
        change = None if first is None or second is None else second - first
        words = number(change, decimals, signed=True)
        shown.append(
            [name, with_range(a, factor, decimals), with_range(b, factor, decimals), words]
        )
        ranges = [scaled(one, end, factor) for one in (a, b) for end in ("low", "central", "high")]
        exact.append([name, *ranges, change])
    columns = [Column(text("compare.number"), numeric=False)]
    columns += [Column(title, unit) for title in ("A", "B", text("compare.difference"))]
    header = [
        text("compare.number"),
        *(f"{one} {end}" for one in "AB" for end in ("low", "central", "high")),
    ]
    return Table(caption, columns, shown), ([*header, "B minus A"], exact)


def losses(a: Side, b: Side) -> tuple[Table, Numbers] | None:
    """Losses of every target in every world under pressure."""
    from tumen.world.names import name_of

    rows = []
    for region in dict.fromkeys([*a.loss, *b.loss]):
        case = a.case if region in a.loss else b.case
        first, second = a.loss.get(region, {}), b.loss.get(region, {})
        for world in dict.fromkeys([*first, *second]):
            name = f"{name_of(case.world, region)}, {world_words(a, b, world)}"
            rows.append((name, first.get(world), second.get(world)))
    return pairs_table(text("compare.losses"), "%", rows, 1.0)


def offsets(a: Side, b: Side) -> tuple[Table, Numbers] | None:
    """Shares of the loss that the ties undo, by target and phase."""
    from tumen.world.names import name_of

    rows = []
    for phase in dict.fromkeys([*a.offset, *b.offset]):
        first, second = a.offset.get(phase, {}), b.offset.get(phase, {})
        for region in dict.fromkeys([*first, *second]):
            case = a.case if region in first else b.case
            when = next(one.when for one in case.scenario.tied_phases if one.id == phase)
            name = f"{name_of(case.world, region)}, {when}"
            rows.append((name, first.get(region), second.get(region)))
    return pairs_table(text("compare.offsets"), "%", rows, 100.0)


def world_words(a: Side, b: Side, world: str) -> str:
    """A world in words."""
    known = section("compare.worlds")
    if world in known:
        return str(known[world])
    phase = world.removeprefix("pressure_ties_")
    phases = {one.id: one.when for side in (a, b) for one in side.case.scenario.tied_phases}
    return text("compare.with_ties", when=phases.get(phase, phase))


def worlds_of(a: Side, b: Side) -> dict[str, str]:
    """Worlds whose real income both sides give, in words; those with ties first."""
    both = [world for world in a.income if world in b.income and world != "no_pressure"]
    ranked = sorted(both, key=lambda world: not world.startswith("pressure_ties"))
    return {world: world_words(a, b, world) for world in ranked}


def incomes(a: Side, b: Side, world: str) -> tuple[Table, Numbers] | None:
    """Real income of every region in one world, the largest difference first."""
    from tumen.world.names import name_of

    first, second = a.income.get(world, {}), b.income.get(world, {})
    both = [region for region in first if region in second]
    if not both:
        return None
    ranked = sorted(both, key=lambda region: -abs(second[region] - first[region]))
    decimals = decimals_for([value for one in both for value in (first[one], second[one])])
    rows: Rows = [
        [name_of(a.case.world, one), first[one], second[one], second[one] - first[one]]
        for one in ranked
    ]
    columns = [
        Column(text("compare.region"), numeric=False),
        *(Column(title, "%", decimals=min(decimals + 1, 4), signed=True)
          for title in ("A", "B", text("compare.difference"))),
    ]  # fmt: skip
    caption = text("compare.incomes", world=world_words(a, b, world))
    return Table(caption, columns, rows), ([text("compare.region"), "A", "B", "B minus A"], rows)


def difference_figure(a: Side, b: Side, made: tuple[Table, Numbers], world: str) -> Figure | None:
    """The differences of real income as bars; None where there are none."""
    from tumen.world.names import name_of

    values = {row[0]: row[3] for row in made[1][1]}
    if max(map(abs, values.values())) < SAME:
        return None
    targets = {
        name_of(side.case.world, one) for side in (a, b) for one in side.case.scenario.targets
    }
    figure = ranked_bars(
        values,
        title=text("compare.figure", world=world_words(a, b, world)),
        unit=text("compare.points"),
        axis=text("compare.axis"),
        highlight=targets,
        most=24,
    )
    return Figure(figure, caption=text("compare.remark"))


def blocks(a: Side, b: Side, world: str, query: str) -> dict[str, Shown]:
    """Everything the page shows of two answers, each with all that stands under it."""
    counter, found = Counter(), {}
    stamp = {
        "status": "converged",
        "closure": " / ".join(dict.fromkeys(side.settings["closure"] for side in (a, b))),
        "elasticities": " / ".join(dict.fromkeys(side.settings["elasticities"] for side in (a, b))),
        "data_version": a.versions[0],
        "scenario_hash": " / ".join(dict.fromkeys((a.digest, b.digest))),
    }
    python = f"import tumen\n\n# A\n{a.python}\n# B\n{b.python}"
    sources = [benchmark(a.case.world)]

    def add(name: str, block: Table | Figure, exact: Numbers | None) -> None:
        found[name] = Shown(
            name=name,
            block=replace(block, sources=sources),
            stamp=stamp,
            link=f"/compare/{name}",
            query=query,
            python=python,
            number=counter.next(block),
            exact=exact,
        )

    income = incomes(a, b, world) if world else None
    if income is not None and (figure := difference_figure(a, b, income, world)) is not None:
        add("difference", figure, income[1])
    for name, made in (("losses", losses(a, b)), ("undone", offsets(a, b)), ("income", income)):
        if made is not None:
            add(name, *made)
    return found
