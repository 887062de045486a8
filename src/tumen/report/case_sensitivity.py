"""What a case's answers hang on, and where the next analyst should look."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tumen.analysis.draws import Sample
from tumen.analysis.factors import Factor, is_elasticity
from tumen.analysis.saltelli import SobolIndices
from tumen.analysis.sensitivity import Effect, Sensitivity
from tumen.analysis.total_effects import TotalEffects
from tumen.report.case_headlines import Answered, answered
from tumen.report.case_sources import benchmark, named
from tumen.report.document import Block, Column, Figure, Heading, Note, Section, Source, Table, Text
from tumen.report.text import decimals_for, number
from tumen.report.tornado import Swing, tornado
from tumen.scenario.load import Case

SHOWN = 8  # figures in a tornado
COMPANY = 0.1  # share of the variance that figures do only together, worth a sentence
LEAST_TOTAL = 0.01  # total effect below which groups are named together
NAMED = 2  # figures that the next analyst is sent to
ESTIMATOR = (
    "polynomial curves of all figures fitted together; errors by the jackknife over independent "
    "sets of draws"
)
READ = (
    "Each bar runs from the mean of all draws to the mean of those in which one figure lies in the "
    "lowest or the highest tenth of its range while all others vary freely: the longer the bar, "
    "the more the answer hangs on that figure."
)


def tornado_figure(case: Case, one: Answered, found: Sensitivity) -> Figure | None:
    """The tornado of one headline number; None where no figure is told from the noise."""
    effects = found.tornado(SHOWN)
    if not effects:
        return None
    first = effects[0]
    places = decimals_for((one.shown(e.reach(found.mean)) for e in effects), 2)
    low, high = (number(one.shown(end), places) for end in (first.low, first.high))
    turns = (first.low - found.mean) * (first.high - found.mean) > 0
    turn = f", {number(one.shown(found.mean), places)}\u00a0% on average" if turns else ""
    phrase = one.headline.phrase
    dropped = ""
    if found.failed or found.undefined:
        dropped = (
            f" Of the draws, {found.failed} did not converge and in {found.undefined} this number "
            "does not exist; they are left out."
        )
    error = max(max(e.low_error, e.high_error) for e in effects)
    return Figure(
        tornado(
            [Swing(e.factor.title, one.shown(e.low), one.shown(e.high)) for e in effects],
            one.shown(found.mean),
            title=(
                f"{phrase[0].upper()}{phrase[1:]} moves most with “{first.factor.title}”: "
                f"{low}\u00a0% where it is low, {high}\u00a0% where it is high{turn}"
            ),
            unit="per cent",
            axis=one.headline.axis,
            decimals=places,
        ),
        caption=(
            f"{found.used:,} draws; ends are means of a tenth of them, with standard errors of at "
            f"most {number(one.shown(error), places + 1)} points.{dropped}"
        ),
        sources=[
            benchmark(case.world),
            *evidence_sources(case, [key for e in effects for key in e.factor.evidence]),
        ],
    )


def next_look(sample: Sample, answers: Sequence[Answered]) -> Table:
    """For each headline number the figures whose being known exactly would narrow it most."""
    rows: list[list[str | float | None] | Heading] = []
    cited: list[str] = []
    for one in answers:
        found = one.found
        if found is None:
            rows.append(Heading(one.headline.title, "No answer:", one.why + "."))
            continue
        low, high = (one.shown(end) for end in found.band)
        places = decimals_for([high - low], 2)
        reach = f"{number(low, places)} to {number(high, places)}\u00a0%"
        rows.append(
            Heading(
                one.headline.title,
                f"band {reach},",
                f"{number(high - low, places)} points wide",
            )
        )
        best = found.narrowing(NAMED)
        if not best:
            rows.append(["no figure stands out of the noise", None, None, ""])
        for effect in best:
            cited += effect.factor.evidence
            rows.append(
                [
                    effect.factor.title,
                    with_error(effect.share, effect.share_error),
                    number(one.shown(effect.known_band), places),
                    support(effect.factor),
                ]
            )
    return Table(
        "Where the next analyst should look",
        [
            Column("figure", numeric=False),
            Column("share of the variance", "per cent"),
            Column("band if it were known", "points"),
            Column("evidence now", numeric=False),
        ],
        rows,
        note=(
            "Band: from the 5th to the 95th percentile of the draws. Share of the variance: what "
            "would go if the figure were known exactly, plus or minus one standard error. Band if "
            "it were known: the expected width then, whatever value it turned out to have."
        ),
        sources=evidence_sources(sample.case, cited),
    )


def support(factor: Factor) -> str:
    """What a factor rests on today."""
    if factor.evidence:
        return ", ".join(factor.evidence)
    estimated = all(map(is_elasticity, factor.inputs))
    return "estimates" if estimated else "assumption"


def evidence_sources(case: Case, ids: Sequence[str]) -> list[Source]:
    """The evidence behind the figures named; an id of another table stands by itself."""
    unique = sorted(dict.fromkeys(ids))
    known = named([case.evidence[key] for key in unique if key in case.evidence])
    return [*known, *(Source(key) for key in unique if key not in case.evidence)]


def totals_table(
    sample: Sample, totals: Mapping[str, SobolIndices], titles: Mapping[str, str]
) -> Table:
    """What whole groups of figures do by themselves and with all others, by headline number."""
    rows: list[list[str | float | None] | Heading] = []
    for outcome, found in totals.items():
        lost = f"{found.lost} of {found.blocks} blocks of points left out." if found.lost else ""
        rows.append(Heading(titles.get(outcome, outcome), "", lost))
        large = [one for one in found.effects if one.total >= LEAST_TOTAL]
        rows += [
            [
                group_title(sample.case, one.group),
                with_error(one.first, one.first_half_width),
                with_error(one.total, one.total_half_width),
            ]
            for one in large
        ]
        if small := len(found.effects) - len(large):
            rows.append([f"{small} more", "", "below 1 each" if small > 1 else "below 1"])
    return Table(
        "Whole groups of figures: by themselves, and with all that they do together with others",
        [
            Column("group", numeric=False),
            Column("by itself", "per cent of the variance"),
            Column("in all", "per cent of the variance"),
        ],
        rows,
        note=(
            "Plus or minus: half the width of a 95 % interval. What groups do together counts for "
            "each of them, so the last column may add up to more than 100."
        ),
        sources=[benchmark(sample.case.world)],
    )


def with_error(share: float, error: float) -> str:
    """A share with its error rounded up, per cent."""
    return f"{number(100 * share, 0)} ± {math.ceil(100 * error)}"


def group_title(case: Case, group: Factor) -> str:
    """A tie's title for its group; else the group's own."""
    ties = {tie.id: tie.title for tie in case.scenario.ties}
    return ties.get(group.name, group.title)


def sensitivity_sections(
    sample: Sample,
    totals: Mapping[str, SobolIndices] | None = None,
    answers: Sequence[Answered] | None = None,
) -> list[Section]:
    """What the answers hang on: a table for the next analyst, then a tornado for each number.

    `totals` holds, by outcome, what a Saltelli design found; it adds a table of whole groups.
    `answers` are those of `answered(sample)` where they are known already.
    """
    answers = answered(sample) if answers is None else answers
    blocks: list[Block] = [next_look(sample, answers), Note(READ, label="How to read the charts")]
    blocks += [
        figure
        for one in answers
        if one.found is not None
        and (figure := tornado_figure(sample.case, one, one.found)) is not None
    ]
    if company := in_company(answers):
        blocks.append(Text([company]))
    if totals:
        titles = {one.headline.outcome: one.headline.title for one in answers}
        blocks.append(totals_table(sample, totals, titles))
    return [Section("What the answer hangs on", blocks, anchor="hangs-on")]


def in_company(answers: Sequence[Answered]) -> str:
    """Where figures do a tenth or more of the variance only together; else nothing."""
    parts = []
    for one in answers:
        if one.found is None:
            continue
        rest = 1 - one.found.alone
        if rest > max(COMPANY, 2 * one.found.alone_error):
            parts.append(f"{100 * rest:.0f} % for “{one.headline.title}”")
    if not parts:
        return ""
    return (
        "What the bars do not show: some figures matter only in company, one of them more where "
        f"another is high. Of the variance this makes {'; '.join(parts)}. Knowing a single figure "
        "does not take it away."
    )


def sensitivity_document(
    sample: Sample, answers: Sequence[Answered] | None = None
) -> dict[str, Any]:
    """The same in plain values, by headline number, in the outcome's own unit."""
    return {
        "estimator": ESTIMATOR,
        "headline": [
            {"outcome": one.headline.outcome, "title": one.headline.title}
            | ({"reason": one.why} if one.found is None else found_document(one.found))
            for one in (answered(sample) if answers is None else answers)
        ],
    }


def totals_document(totals: TotalEffects) -> dict[str, Any]:
    """First-order and total effects of groups in plain values, by outcome."""
    return {
        "points": totals.points,
        "failed": totals.failed,
        "seed": totals.seed,
        "left_out": dict(totals.left_out),
        "by_outcome": {
            name: {
                one.group.name: {
                    "first_order": one.first,
                    "first_order_half_width": one.first_half_width,
                    "total": one.total,
                    "total_half_width": one.total_half_width,
                }
                for one in found.effects
            }
            for name, found in totals.indices.items()
        },
    }


def found_document(found: Sensitivity) -> dict[str, Any]:
    """One sensitivity in plain values; every factor is there, told from zero or not."""
    return {
        "mean": found.mean,
        "band": {"low": found.band[0], "high": found.band[1]},
        "explained_one_at_a_time": {"share": found.alone, "standard_error": found.alone_error},
        "draws": {"used": found.used, "failed": found.failed, "undefined": found.undefined},
        "figures": [effect_document(effect) for effect in found.effects],
        "tornado": [effect.factor.name for effect in found.tornado(SHOWN)],
        "narrowing": [effect.factor.name for effect in found.narrowing(NAMED)],
    }


def effect_document(effect: Effect) -> dict[str, Any]:
    """One factor's effect in plain values; errors are standard errors."""
    return {
        "id": effect.factor.name,
        "title": effect.factor.title,
        "inputs": list(effect.factor.inputs),
        "evidence": list(effect.factor.evidence),
        "share_of_variance": {"value": effect.share, "standard_error": effect.share_error},
        "at_low_end": {"value": effect.low, "standard_error": effect.low_error},
        "at_high_end": {"value": effect.high, "standard_error": effect.high_error},
        "band_width_if_known": {
            "value": effect.known_band,
            "standard_error": effect.known_band_error,
        },
        "told_from_zero": effect.told,
    }
