"""The claims ledger in a case's report: who said what, what was tested, and what came out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any

from tumen.analysis.case import CaseResult
from tumen.analysis.claims import Finding, Judgement, judge, lookup_of, reasons_of
from tumen.analysis.fourworlds import ENDS
from tumen.analysis.verdicts import Verdict, verdicts
from tumen.report.case_sources import claim_sources, world_sources
from tumen.report.case_verdicts import turning_section, verdict_document, verdicts_section
from tumen.report.document import Column, Heading, Note, Section, Table
from tumen.report.text import decimals_for, number
from tumen.report.verdict_words import SIGNS, asked, speaker
from tumen.scenario.claims import Claim, Ledger, load_claims

RULE = (
    "Each test is worked out three times: with every figure at its centre, at its low end and at "
    "its high end. The ends are bounds, not probabilities. What is said to be so must hold at the "
    "centre; what “could” be so is a test of what is possible, and one end is enough for it. Where "
    "nothing in a test has a range, the verdict says so."
)


def judged_claims(
    result: CaseResult, whole: Mapping[str, Any]
) -> tuple[Ledger, list[Judgement]] | None:
    """The ledger of the case and its tests, judged on the plain document of the run."""
    ledger = load_claims(result.case.folder, result.case.evidence)
    if ledger is None:
        return None
    lookups = {end: lookup_of(whole, result.case.scenario, ledger.evidence, end) for end in ENDS}
    return ledger, judge(ledger, lookups, reasons_of(whole))


def found(item: Judgement) -> str:
    """The value at the centre with its unit and range, and what was needed, in words."""
    values = [item.findings[end].value for end in ENDS]
    known = [value for value in values if value is not None]
    test = item.test
    if not known or test.expression is None or test.expression.sign is None:
        return ""
    places = min(decimals_for(known), 4)
    while places and all(round(value, places) == round(value, places - 1) for value in known):
        places -= 1
    centre, low, high = (number(value, places) for value in (values[1], min(known), max(known)))
    reach = "" if low == high else f" ({low} to {high})"
    against = "" if test.threshold is None else f"{test.threshold:,.6g}"
    needed = f"; {SIGNS[test.expression.sign]} {against} needed" if against else ""
    return f"{centre} {test.unit}".strip() + reach + needed


def claims_table(result: CaseResult, ledger: Ledger, judged: list[Judgement]) -> Table:
    """The claims as headings, with a row for each test below."""
    rows: list[list[str | float | None] | Heading] = []
    for claim, tests in by_claim(judged):
        rows.append(Heading(f"{claim.id}. {speaker(claim)}.", claim.claim, asked(claim)))
        for item in tests:
            rows.append([item.test.title, item.why or found(item), item.verdict])
    return Table(
        summary(judged),
        [Column(title, numeric=False) for title in ("test", "found", "verdict")],
        rows,
        note=(
            "Found: the value at the centre, in brackets its range where one is known. Claims are "
            "put in our own words."
        ),
        sources=[*world_sources(result), *claim_sources(ledger, [item.test for item in judged])],
    )


def by_claim(judged: list[Judgement]) -> Iterator[tuple[Claim, list[Judgement]]]:
    """The tests of each claim together, in the order of the ledger."""
    for _, tests in groupby(judged, key=lambda item: item.claim.id):
        listed = list(tests)
        yield listed[0].claim, listed


def summary(judged: list[Judgement]) -> str:
    """How many tests stand how, in a sentence."""
    verdicts = [item.verdict for item in judged]
    undecided = verdicts.count("not for a model to decide")
    undefined = verdicts.count("not defined")
    holds = sum(verdict.startswith("holds") for verdict in verdicts)
    parts = [
        f"{holds} of {len(judged) - undecided - undefined} tests hold at the central figures, "
        f"{verdicts.count('holds throughout')} of them throughout the ranges"
    ]
    if undecided:
        parts.append(f"{undecided} more are not for a model to decide")
    if undefined:
        parts.append(f"{undefined} are not defined")
    return "; ".join(parts)


def reasons_table(ledger: Ledger, judged: list[Judgement]) -> Table:
    """What would make each claim fail, and why each threshold is where it is."""
    rows: list[list[str | float | None] | Heading] = []
    for claim, tests in by_claim(judged):
        said = f"Said in: {claim.said_in}." if claim.said_in else ""
        rows.append(Heading(f"{claim.id} fails if:", claim.fails_if, said))
        for item in tests:
            reason = item.test.reason or "Not for a model to decide."
            rows.append([item.test.title, reason, ", ".join(item.test.cited)])
    return Table(
        "What would make each claim fail, and why the thresholds are where they are",
        [Column(title, numeric=False) for title in ("test", "why this threshold", "evidence")],
        rows,
        sources=claim_sources(ledger, [item.test for item in judged]),
    )


@lru_cache(maxsize=2)
def sampled(result: CaseResult) -> tuple[Ledger, list[Verdict]] | None:
    """The ledger of the case and its verdicts over the draws; None without either."""
    ledger = load_claims(result.case.folder, result.case.evidence)
    if ledger is None or result.sample is None:
        return None
    return ledger, verdicts(ledger, result.sample)


def claims_section(result: CaseResult, whole: Mapping[str, Any]) -> list[Section]:
    """The verdicts, where the case has a ledger; `whole` is the plain document of the run.

    With draws each test has a probability; without one it is held against the ends of the
    ranges. Raises `ScenarioError` for a prediction that names a result which there is not.
    """
    if result.sample is not None:
        drawn = sampled(result)
        return [] if drawn is None else [verdicts_section(*drawn, result.sample)]
    held = judged_claims(result, whole)
    if held is None:
        return []
    return [Section("What the experts said", [Note(RULE, label="How to read it"),
                                              claims_table(result, *held)])]  # fmt: skip


def reasons_section(result: CaseResult, whole: Mapping[str, Any]) -> list[Section]:
    """For the appendix: why the thresholds are there, and with draws what turns a test."""
    if result.sample is not None:
        drawn = sampled(result)
        return [] if drawn is None else [turning_section(*drawn, result.sample)]
    held = judged_claims(result, whole)
    return [] if held is None else [Section("The claims and their tests", [reasons_table(*held)])]


def plain(finding: Finding) -> dict[str, Any]:
    """One finding as plain values."""
    return {
        "holds": finding.holds,
        "value": finding.value,
        "threshold": finding.against,
        "margin": finding.margin,
    }


def claims_document(result: CaseResult, whole: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The ledger and its verdicts in plain values; empty where the case has none.

    With draws the verdicts are those over them, and those at the ends of the ranges stand
    under `verdict_at_ends`.
    """
    held = judged_claims(result, whole)
    if held is None:
        return []
    ledger, judged = held
    drawn = sampled(result)
    tests: dict[str, list[dict[str, Any]]] = {claim.id: [] for claim in ledger.claims}
    for at, item in enumerate(judged):
        told = {
            **item.test.model_dump(exclude_none=True),
            "ends": {end: plain(item.findings[end]) for end in ENDS},
            "verdict": item.verdict,
            "why": item.why,
        }
        if drawn is not None:
            told |= {"verdict_at_ends": item.verdict} | verdict_document(drawn[1][at])
        tests[item.claim.id].append(told)
    return [
        {**claim.model_dump(exclude={"tests"}), "tests": tests[claim.id]} for claim in ledger.claims
    ]
