"""What a scorecard says, in words: each figure's verdict, and what so many hits mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tumen.analysis.coverage import Coverage
from tumen.analysis.scorecard import Score, Scorecard
from tumen.report.text import MINUS, decimals_for, number
from tumen.scenario.backtests import Compared
from tumen.scenario.figure import Figure
from tumen.world.names import name_of

Kind = Literal["record", "study"]
WHAT = {"gdp": "GDP"}  # others are said as they are written
NOUNS: Mapping[Kind, str] = {"record": "records", "study": "studies"}
# What else can lie behind a miss.
ELSE: Mapping[Kind, str] = {"record": "", "study": ", or the study asks of something else"}
# Below this chance, so few hits are taken to speak against the bands.
DOUBT = 0.05
HOW = (
    "The model's band holds nine tenths of the draws of trade elasticities with their standard "
    "errors, the part of the recorded fall that the measures caused, the years since the measure, "
    "and what can adjust in the first months, where its sources give a range. Ties are off, wages "
    "are free to fall, and what was recorded is never drawn. The years follow from the dates of "
    "the measure and of the record, not from where the model comes nearest."
)


def what_in_words(compared: Compared) -> str:
    """What is compared: "GDP", or "GDP, later growth"."""
    said = WHAT.get(compared.what, compared.what)
    return said if compared.since is None else f"{said}, later growth"


def range_in_words(figure: Figure) -> str:
    """A figure with its range, if it has one."""
    low, said, high = (
        f"{end:g}".replace("-", MINUS) for end in (figure.low, figure.central, figure.high)
    )
    return said if figure.low == figure.high else f"{said} ({low} to {high})"


def lie(count: int) -> str:
    """The verb for so many."""
    return "lies" if count == 1 else "lie"


def horizon_of(compared: Compared) -> str:
    """The years stated for a figure."""
    assert compared.years is not None
    said = range_in_words(compared.years)
    return said if compared.since is None else f"{said}, from {range_in_words(compared.since)}"


def digits(score: Score) -> int:
    """Decimals in which a figure and its band are told apart."""
    return 0 if max(abs(score.band.low), abs(score.compared.value.central)) >= 20 else 1


def miss_in_words(score: Score) -> str:
    """By how much a record lies outside the band, and to which side the model errs."""
    record, gap = score.compared.value.central, abs(score.off)
    points = number(gap, max(1, decimals_for([gap], 1)))
    if record < 0:
        way = "falls too little" if score.off < 0 else "falls too much"
    else:
        way = "too high" if score.off < 0 else "too low"
    near = "; the record's own range reaches the band" if score.meets else ""
    return f"missed by {points} points, the model {way}{near}"


def verdict_of(score: Score) -> str:
    """Inside, missed and how, or no test."""
    if not score.answered:
        return "missed: no equilibrium in any draw"
    said = "inside" if score.inside else miss_in_words(score)
    return said if score.counted else f"no test, the pressure was made from it ({said})"


def chance_in_words(chance: float) -> str:
    """How rarely something happens by chance."""
    if chance < 0.001:
        return "in fewer than 1 of 1,000"
    return f"in {number(100 * chance, 1 if chance < 0.1 else 0)} of 100"


def coverage_in_words(coverage: Coverage, kind: Kind) -> str:
    """How many lie inside, what a perfect model would reach, and what so few records can tell."""
    noun = NOUNS[kind]
    if not coverage.of:
        return f"No {kind} of this case is a test."
    low, high = (number(100 * end, 0) for end in coverage.interval)
    first = (
        f"{coverage.inside} of {coverage.of} {noun} {lie(coverage.inside)} inside the 90 % band; "
        f"{number(coverage.expected, 1)} would be expected of a perfect model."
    )
    if coverage.inside >= coverage.expected:
        said = "That is as many as the bands promise"
    else:
        said = (
            "If the bands held what they promise, so few or fewer would lie inside "
            f"{chance_in_words(coverage.chance)} such scorecards"
        )
    if coverage.chance < DOUBT:
        said += f": the bands are too narrow, or the model is wrong where it misses{ELSE[kind]}"
    elif coverage.inside < coverage.expected:
        said += ", which does not speak against them"
    return (
        f"{first} {said}. The share that the bands catch in truth may be anything from {low} to "
        f"{high} % (exact binomial interval, 95 %), even if all {noun} were independent of one "
        "another, which those of one year or one study are not."
    )


def sentences(card: Scorecard) -> dict[Kind, str]:
    """The counts in words, for each kind of record that the case has."""
    kinds = dict.fromkeys(one.compared.kind for one in card.scores)
    return {kind: coverage_in_words(card.coverage(kind), kind) for kind in kinds}


def missing_in_words(card: Scorecard) -> str:
    """Draws without an equilibrium, over all and for single figures."""
    parts = []
    if card.failed:
        parts.append(f"{card.failed:,} of {card.draws:,} draws have no world to start from")
    parts += [
        f"{one.band.undefined:,} have no equilibrium for {what_in_words(one.compared)}, "
        f"{one.compared.title}"
        for one in card.scores
        if one.band.undefined
    ]
    if not parts:
        return f"All {card.draws:,} draws have an equilibrium for every figure."
    return f"Of {card.draws:,} draws: {'; '.join(parts)}. They are left out of the bands."


def label_of(card: Scorecard, score: Score) -> str:
    """A figure in a row of its own: state, what, and who says so."""
    name = name_of(card.case.world, score.question.region)
    return f"{name}, {what_in_words(score.compared)}: {score.compared.title}"


def caveats_of(card: Scorecard) -> list[str]:
    """What the case says of the figures that the model misses."""
    return [
        f"{label_of(card, one)}: {one.compared.caveat}"
        for one in card.scores
        if one.compared.caveat and one.counted and not one.inside
    ]
