"""The claims ledger over a sample, in a case's report and its plain document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from tumen.analysis.deciding import ChannelEffect, FigureEffect, place_in_words, strongest
from tumen.analysis.draws import Sample
from tumen.analysis.shares import BANDS, POSSIBLE
from tumen.analysis.thresholds import curve_of, is_plain
from tumen.analysis.verdicts import NOT_DECIDED, NOT_DEFINED, UNDEFINED_MOST, Verdict, converged
from tumen.report import verdict_words as words
from tumen.report.case_sources import claim_sources
from tumen.report.document import Block, Column, Figure, Heading, Note, Section, Table
from tumen.report.multiples import Multiple, multiples
from tumen.scenario.claims import Claim, Ledger

MOST_PANELS = 8  # of one figure, so that it fits a sheet of paper

Rows = list[list[str | float | None] | Heading]


def rule(sample: Sample) -> str:
    """How many draws there are, and what the words mean."""
    solved, drawn = converged(sample)
    (most, first), *rest = BANDS
    bands = f"{first} from {most:g}"
    for (low, word), (high, _) in zip(rest, BANDS, strict=False):
        bands += f"; {word} " + (f"from {low:g} to {high:g}" if low else f"below {high:g}")
    lost = "" if solved == drawn else f", of which {drawn - solved:,} could not be solved"
    return (
        f"The uncertain figures are drawn {drawn:,} times from their ranges{lost}. The probability "
        "of a test is the share of draws in which its prediction holds, with the standard error "
        "that comes from drawing no more than that: how much of what the evidence leaves open "
        f"agrees with the claim, not how often such a thing happens. In words: {bands}. What "
        f"“could” be so is possible if it holds in {100 * POSSIBLE:g} of 100 draws or more; how "
        "likely it is stands beside that. Where nothing in a test has a range, the verdict says "
        f"so. With more than {100 * UNDEFINED_MOST:g} of 100 draws without a value there is no "
        f"verdict.{subsample(sample)}"
    )


def subsample(sample: Sample) -> str:
    """On how many draws dear results and the deciding ties are worked out."""
    first = next(iter(sample.deep), None)
    if first is None:
        return ""
    dear = len(sample.deep[first])
    return (
        " Paths, leverage, break-even and who does it, and with them the group of ties that "
        f"decides, are worked out on the first {dear:,} draws."
    )


def by_claim(verdicts: Sequence[Verdict]) -> Iterator[tuple[Claim, list[Verdict]]]:
    """The tests of each claim together, in the order of the ledger."""
    for _, tests in groupby(verdicts, key=lambda item: item.claim.id):
        listed = list(tests)
        yield listed[0].claim, listed


def summary(verdicts: Sequence[Verdict]) -> str:
    """How many tests stand how, in a sentence."""
    judged = [item.likely or item.word for item in verdicts if item.estimate is not None]
    counts = [f"{judged.count(word)} {word}" for _, word in BANDS if word in judged]
    parts = [f"Of {len(judged)} tests with a probability: {', '.join(counts)}"]
    plain = [item.word for item in verdicts]
    for count, said in (
        (sum("no range known" in word for word in plain), "have no figure with a range"),
        (plain.count(NOT_DECIDED), "not for a model to decide"),
        (plain.count(NOT_DEFINED), "not defined"),
    ):
        if count:
            parts.append(f"{count} {said}")
    return "; ".join(parts)


def verdicts_table(ledger: Ledger, verdicts: Sequence[Verdict]) -> Table:
    """The claims as headings, with a row for each test below."""
    rows: Rows = []
    for claim, tests in by_claim(verdicts):
        rows.append(
            Heading(f"{claim.id}. {words.speaker(claim)}.", claim.claim, words.asked(claim))
        )
        for item in tests:
            lost = words.counted(item) if item.undefined or item.unconverged else ""
            found = "; ".join(filter(None, [words.found(item), lost]))
            said = ": ".join(filter(None, [words.probability(item), words.verdict_words(item)]))
            rows.append([words.titled(item), found, said, words.decided_by(item)])
    titles = ("test", "found", "probability and verdict", "decided by")
    return Table(
        summary(verdicts),
        [Column(title, numeric=False) for title in titles],
        rows,
        note=(
            "Found: the median over the draws, in brackets the range of nine draws in ten. Decided "
            "by: the group of ties that moves the probability most when it is taken out, where the "
            "test is one of losses, and the figure whose value tells best in which draws it holds. "
            "Claims are put in our own words."
        ),
        sources=claim_sources(ledger, [item.test for item in verdicts]),
    )


def curves(verdicts: Sequence[Verdict], sample: Sample) -> list[tuple[Verdict, Multiple]]:
    """The curve of every test that varies and compares with a plain threshold."""
    made = []
    for item in verdicts:
        if item.estimate is None or item.held is None or not is_plain(item.test):
            continue
        curve = curve_of(item.test, item.held, sample)
        if not curve.thresholds[0] < curve.thresholds[-1]:
            continue
        assert item.test.threshold is not None
        multiple = Multiple(
            item.id, item.test.title, item.test.unit, *curve, chosen=item.test.threshold
        )
        made.append((item, multiple))
    return made


def curve_figures(
    ledger: Ledger, made: Sequence[tuple[Verdict, Multiple]], title: str
) -> list[Figure]:
    """The curves in figures that each fit a sheet of paper."""
    parts = [made[i : i + MOST_PANELS] for i in range(0, len(made), MOST_PANELS)]
    return [
        Figure(
            multiples(
                [multiple for _, multiple in part],
                title=f"{title}: {part[0][1].name} to {part[-1][1].name}",
            ),
            caption=(
                "Across: where the threshold is put. Up: the probability. The dotted line and the "
                "dot mark the threshold of the ledger."
            ),
            sources=claim_sources(ledger, [item.test for item, _ in part]),
        )
        for part in parts
    ]


def divided(
    made: Sequence[tuple[Verdict, Multiple]],
) -> tuple[list[tuple[Verdict, Multiple]], list[tuple[Verdict, Multiple]]]:
    """The curves of the tests that are nearest to open, for one figure, and those of all others."""

    def certainty(item: Verdict) -> float:
        return 0.0 if item.estimate is None else abs(item.estimate.share - 0.5)

    ranked = sorted(made, key=lambda pair: certainty(pair[0]))[:MOST_PANELS]
    names = {multiple.name for _, multiple in ranked}
    first = [pair for pair in made if pair[1].name in names]
    return first, [pair for pair in made if pair[1].name not in names]


def verdicts_section(ledger: Ledger, verdicts: Sequence[Verdict], sample: Sample) -> Section:
    """The verdicts, with the curves of the tests for which the threshold matters most."""
    first, _ = divided(curves(verdicts, sample))
    blocks: list[Block] = [Note(rule(sample), label="How to read it")]
    blocks.append(verdicts_table(ledger, verdicts))
    blocks += curve_figures(
        ledger, first, "Probability by threshold, for the tests nearest to open"
    )
    return Section("What the experts said", blocks)


def turning_section(ledger: Ledger, verdicts: Sequence[Verdict], sample: Sample) -> Section:
    """For the appendix: why the thresholds are there, what would turn each test, other curves."""
    rows: Rows = []
    for claim, tests in by_claim(verdicts):
        said = f"Said in: {claim.said_in}." if claim.said_in else ""
        rows.append(Heading(f"{claim.id} fails if:", claim.fails_if, said))
        for item in tests:
            reason = item.test.reason or "Not for a model to decide."
            turn = [
                words.turning(item),
                words.change_it(item) and f"Change: {words.change_it(item)}.",
            ]
            cited = ", ".join(item.test.cited)
            rows.append(
                [f"{item.number}. {item.test.title}", reason, " ".join(turn).strip(), cited]
            )
    titles = ("test", "why this threshold", "what would turn it", "evidence")
    made = Table(
        "What would make each claim fail, and why the thresholds are where they are",
        [Column(title, numeric=False) for title in titles],
        rows,
        note=(
            "Whoever would have another figure changes it in the file that is named, and whoever "
            "would have another threshold gives it: tumen claims CASE --threshold C1.1=15."
        ),
        sources=claim_sources(ledger, [item.test for item in verdicts]),
    )
    _, others = divided(curves(verdicts, sample))
    figures = curve_figures(ledger, others, "Probability by threshold, for all other tests")
    return Section("The claims and their tests", [made, *figures])


def verdict_document(item: Verdict) -> dict[str, Any]:
    """One verdict in plain values."""
    share = item.estimate
    return {
        "number": item.number,
        "asks": item.kind,
        "threshold": item.test.threshold,
        "threshold_moved_from": item.moved_from,
        "probability": None if share is None else share.share,
        "error": None if share is None else share.error,
        "error_from": None if share is None else share.rule,
        "draws": item.draws,
        "undefined": item.undefined,
        "not_converged": item.unconverged,
        "verdict": item.word,
        "likely": item.likely or None,
        "close_to": item.close_to or None,
        "why": item.why,
        "found": None if item.found is None else vars(item.found),
        "deciding": {
            "channel": None if (first := strongest(item.channels)) is None else first.group,
            "channels": None if item.channels is None else [*map(channel_document, item.channels)],
            "figures": [*map(figure_document, item.figures)],
            "in_words": words.turning(item),
        },
    }  # fmt: skip


def channel_document(effect: ChannelEffect) -> dict[str, Any]:
    """What one group of ties does to a test, in plain values."""
    return {
        "group": effect.group,
        "title": effect.title,
        "probability_with": effect.before,
        "probability_without": effect.without,
        "change": effect.change.share,
        "error": effect.change.error,
        "draws": effect.draws,
    }


def figure_document(effect: FigureEffect) -> dict[str, Any]:
    """What one figure does to a test, in plain values."""
    return {
        "name": effect.input.name,
        "title": effect.input.title,
        "unit": effect.input.unit,
        "evidence": list(effect.input.evidence),
        "change_it_in": place_in_words(effect.input),
        "separation": effect.separation,
        "lowest_third_below": effect.below,
        "highest_third_above": effect.above,
        "probability_in_lowest_third": effect.low,
        "probability_in_highest_third": effect.high,
    }


def verdicts_document(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """The ledger with its verdicts in plain values."""
    return [
        {
            **claim.model_dump(exclude={"tests"}),
            "tests": [
                item.test.model_dump(exclude_none=True, exclude={"threshold", "kind"})
                | verdict_document(item)
                for item in tests
            ],
        }
        for claim, tests in by_claim(verdicts)
    ]
