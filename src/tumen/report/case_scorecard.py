"""The scorecard in a case's report: a picture, a table, and what the hits and misses say."""

from __future__ import annotations

import math
from typing import Any

from tumen.analysis.coverage import Coverage
from tumen.analysis.scorecard import Score, Scorecard
from tumen.report import scorecard_words as words
from tumen.report.case_sources import benchmark, named
from tumen.report.document import Block, Bullets, Column, Figure, Heading, Source, Table, Text
from tumen.report.record_bands import Banded, bands
from tumen.report.text import number


def short_word(score: Score) -> str:
    """The verdict in a word or two, beside the picture."""
    if not score.counted:
        return "no test"
    return "inside" if score.inside else "missed"


def picture(card: Scorecard) -> Figure:
    """Every figure's band with the record on it."""
    shown = [
        Banded(
            words.label_of(card, one),
            one.band.low,
            one.band.median,
            one.band.high,
            one.compared.value.central,
            one.compared.value.low,
            one.compared.value.high,
            short_word(one),
            hollow=one.compared.kind == "study",
            pale=not one.counted,
        )
        for one in card.scores
    ]
    coverage = card.coverage("record")
    return Figure(
        bands(
            shown,
            title=(
                f"{coverage.inside} of {coverage.of} records {words.lie(coverage.inside)} inside "
                "the model's band"
            ),
            unit="per cent",
            axis="change by the measure alone",
            marks=("recorded, with its own range", "computed by a study"),
        ),
        caption=f"{words.missing_in_words(card)} {words.HOW}",
        sources=card_sources(card),
    )


def card_sources(card: Scorecard) -> list[Source]:
    """The benchmark, and the evidence of what was recorded or computed and of the years."""
    ids = [
        key
        for one in card.scores
        for figure in (one.compared.value, one.compared.years)
        if figure is not None
        for key in figure.evidence
    ]
    table = card.case.evidence
    return [benchmark(card.case.world), *named([table[key] for key in dict.fromkeys(ids)])]


def score_table(card: Scorecard) -> Table:
    """The same in numbers, with the stated years and by how much each misses."""
    rows: list[list[str | float | None] | Heading] = []
    for at, one in enumerate(card.scores):
        if at == 0 or card.scores[at - 1].question is not one.question:
            rows.append(Heading(one.question.title))
        places = words.digits(one)
        rows.append(
            [
                f"{words.what_in_words(one.compared)}: {one.compared.title}",
                words.horizon_of(one.compared),
                words.range_in_words(one.compared.value),
                number(one.band.median, places),
                f"{number(one.band.low, places)} to {number(one.band.high, places)}",
                words.verdict_of(one),
            ]
        )
    return Table(
        "Scorecard: the model's band at the years stated for each figure, per cent",
        [
            Column("figure", numeric=False),
            Column("years", numeric=False),
            Column("record"),
            Column("median"),
            Column("90 % band"),
            Column("verdict", numeric=False),
        ],
        rows,
        sources=card_sources(card),
    )


def scorecard_blocks(card: Scorecard) -> list[Block]:
    """What stands in the report: the counts in words, the picture, the table, the misses."""
    said = words.sentences(card)
    blocks: list[Block] = [Text(list(said.values())), picture(card), score_table(card)]
    if caveats := words.caveats_of(card):
        blocks.append(Text(["What the figures that are missed hold besides:"]))
        blocks.append(Bullets(caveats))
    return blocks


def coverage_document(coverage: Coverage) -> dict[str, Any]:
    """A count in plain values."""
    return {
        "inside": coverage.inside,
        "of": coverage.of,
        "expected": coverage.expected,
        "interval_95": list(coverage.interval),
        "chance_of_so_few": coverage.chance,
    }


def score_document(score: Score) -> dict[str, Any]:
    """One figure of the scorecard in plain values."""
    compared, band = score.compared, score.band

    def ends(figure: Any) -> list[float] | None:
        return None if figure is None else [figure.low, figure.central, figure.high]

    def plain(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        "measure": score.question.title,
        "region": score.question.region,
        "what": compared.what,
        "who": compared.title,
        "kind": compared.kind,
        "years": ends(compared.years),
        "since": ends(compared.since),
        "record": ends(compared.value),
        "low": plain(band.low),
        "median": plain(band.median),
        "high": plain(band.high),
        "draws": band.draws,
        "without_equilibrium": band.undefined + band.failed,
        "counted": score.counted,
        "inside": score.inside,
        "off_points": plain(score.off),
        "own_range_reaches_band": score.meets,
        "verdict": words.verdict_of(score),
        "caveat": compared.caveat,
        "evidence": list(compared.value.evidence),
    }


def scorecard_document(card: Scorecard | None) -> dict[str, Any] | None:
    """The scorecard in plain values; None without draws."""
    if card is None:
        return None
    said = words.sentences(card)
    return {
        "draws": card.draws,
        "seed": card.seed,
        "failed": card.failed,
        "inputs": [one.name for one in card.inputs],
        "coverage": {words.NOUNS[kind]: coverage_document(card.coverage(kind)) for kind in said},
        "sentences": {words.NOUNS[kind]: sentence for kind, sentence in said.items()},
        "scores": [score_document(one) for one in card.scores],
    }
