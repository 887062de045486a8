"""Past measures in a case's report: the model beside the record, and which horizon is nearest."""

from __future__ import annotations

from typing import Any

from tumen.analysis.backtest import HOME_FLOOR, Row, Setting
from tumen.analysis.scorecard import Scorecard
from tumen.report.case_scorecard import scorecard_blocks
from tumen.report.case_sources import benchmark, label, web
from tumen.report.document import Column, Heading, Note, Section, Source, Table
from tumen.report.phrases import in_words
from tumen.report.text import number
from tumen.scenario.load import Case

WHAT = {"gdp": "GDP"}  # others are said as they are written
KINDS = {"record": "recorded", "study": "a study"}
NOTE = (
    "The measure falls alone on the world without pressure and ties. Exports and imports are "
    "goods, in value; industry is the volume of mines and factories. Recorded falls of trade "
    "entered the long-run weights, so that exports are no test. A floor keeps wages, in world "
    "prices, from falling below it. Behind a closed border home producers start at "
    f"{HOME_FLOOR:g} of a market that only imports served."
)

NOT_MADE = (
    "They hold the model against the record, in which every sender took part; here some do not."
)


def setting_in_words(at: Setting) -> str:
    """A setting as people say it."""
    floor = "" if at.rigid is None else f", wages at least {at.rigid:g}"
    return in_words(at.years) + floor


def shown_settings(rows: list[Row]) -> list[Setting]:
    """The shortest horizon, one year, the longest, and the shortest with the highest floor."""
    every = list(rows[0].model)
    free = [at for at in every if at.rigid is None]
    middle = [at for at in free[1:-1] if at.years == 1]
    rigid = [at for at in every if at.rigid is not None]
    return [*rigid[-1:], free[0], *middle, free[-1]]


def cell(value: float | str) -> str:
    """A figure of the model, or that there is none."""
    return "none" if isinstance(value, str) else number(value, 1)


def nearest_in_words(row: Row, shown: list[Setting]) -> str:
    """The nearest setting; its figure follows where no column shows it."""
    if row.nearest is None:
        return "none"
    figure = "" if row.nearest in shown else f": {cell(row.model[row.nearest])}"
    return setting_in_words(row.nearest) + figure


def backtest_table(case: Case, rows: list[Row]) -> Table:
    """Every backtest with the model at a few settings and the nearest of all."""
    settings = shown_settings(rows)
    cells: list[list[str | float | None] | Heading] = []
    for at, row in enumerate(rows):
        if at == 0 or rows[at - 1].question is not row.question:
            cells.append(Heading(row.question.title))
        record = row.compared
        cells.append(
            [
                f"{WHAT.get(record.what, record.what)}: {record.title} ({KINDS[record.kind]})",
                number(record.value.central, 1),
                *(cell(row.model[one]) for one in settings),
                nearest_in_words(row, settings),
            ]
        )
    keys = dict.fromkeys(key for row in rows for key in row.compared.value.evidence)
    listed = [case.evidence[key] for key in keys]
    return Table(
        "Past measures: the model beside the record, per cent; nothing was fitted",
        [
            Column("figure", numeric=False),
            Column("record"),
            *(Column(setting_in_words(one)) for one in settings),
            Column("nearest", numeric=False),
        ],
        cells,
        note=NOTE,
        sources=[
            benchmark(case.world),
            *(Source(label(item), web(item)) for item in listed),
        ],
    )


def backtest_sections(case: Case, rows: list[Row], card: Scorecard | None) -> list[Section]:
    """The section, where the case has backtests; with draws the scorecard comes first."""
    title = "What the record says"
    if case.scenario.backtests and case.scenario.abstain:
        return [Section(title, [Note(NOT_MADE, label="No backtests")])]
    if not rows:
        return []
    scored = [] if card is None else scorecard_blocks(card)
    return [Section(title, [*scored, backtest_table(case, rows)])]


def backtest_document(rows: list[Row]) -> list[dict[str, Any]]:
    """The backtests in plain values."""
    return [
        {
            "measure": row.question.title,
            "region": row.question.region,
            "what": row.compared.what,
            "who": row.compared.title,
            "kind": row.compared.kind,
            "record": row.compared.value.central,
            "low": row.compared.value.low,
            "high": row.compared.value.high,
            "evidence": list(row.compared.value.evidence),
            "model": {setting_in_words(at): value for at, value in row.model.items()},
            "nearest": None if row.nearest is None else setting_in_words(row.nearest),
        }
        for row in rows
    ]
