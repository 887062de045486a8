"""Claims held against results: each test at the central figures and at both ends of the ranges.

A test is judged by a pure function of the test and a lookup from names to numbers, so whatever
gives such a lookup (one end of the ranges, one draw of the evidence) can be judged by it.

The names of a run's results come from its plain document: `offset_ratio.war.PRK` is what stands
there under `offset_ratio`, `war` and `PRK`. Rows of a list go by their `id`, or are counted from
`n1` where they have none. A range `{low, central, high}`, wherever it stands, gives way to the end
that is asked for. Labels are written as `tumen.scenario.expression.word` says. Beside the document
stand `scenario.`, the case file itself, and `evidence.`, its table: `evidence.F094` moves with the
ends, `evidence.F094.low` stays where it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tumen.analysis.fourworlds import ENDS
from tumen.errors import ScenarioError, nearest
from tumen.scenario.claims import THRESHOLD, Claim, ClaimTest, Ledger
from tumen.scenario.evidence import Evidence, plain
from tumen.scenario.expression import NoValueError, word
from tumen.scenario.figure import End
from tumen.scenario.schema import Scenario

Lookup = Mapping[str, float]
AT_END: Mapping[End, str] = {
    "low": "at the low end",
    "central": "at the centre",
    "high": "at the high end",
}
TOO_SMALL = "the loss is too small for a share of it to mean anything"

Verdict = Literal[
    "holds throughout",
    "holds at the centre and one end",
    "holds at the centre only",
    "fails at the centre, holds at both ends",
    "fails at the centre, holds at one end",
    "fails throughout",
    "holds, no range known",
    "fails, no range known",
    "not defined",
    "not for a model to decide",
]


@dataclass(frozen=True)
class Finding:
    """One test under one lookup; `holds` is None where it could not be worked out.

    `value` and `against` are both sides of a plain comparison, the threshold last.
    """

    holds: bool | None
    value: float | None = None
    against: float | None = None
    why: str = ""
    lacks: str = ""  # the result without which it could not

    @property
    def margin(self) -> float | None:
        """Value minus threshold, where the prediction is a plain comparison."""
        if self.value is None or self.against is None:
            return None
        return self.value - self.against


@dataclass(frozen=True)
class Judgement:
    """One test of a claim at every end of the ranges, and the word for it."""

    claim: Claim
    test: ClaimTest
    findings: Mapping[End, Finding]
    verdict: Verdict
    why: str = ""


def parts(value: Any) -> Iterator[tuple[str, Any]]:
    """What stands below a mapping or a list, each with its label as a formula writes it."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield word(str(key)), item
    elif isinstance(value, (list, tuple)):
        named = all(isinstance(item, Mapping) and "id" in item for item in value)
        for at, item in enumerate(value, 1):
            yield (word(str(item["id"])) if named else f"n{at}"), item


def leaves(value: Any, end: End, place: tuple[str, ...] = ()) -> Iterator[tuple[str, float]]:
    """Every number below a value with its dotted name; nan for what does not exist."""
    if isinstance(value, Mapping) and set(ENDS) <= set(value):
        yield from leaves(value[end], end, place)
    elif value is None:
        yield ".".join(place), math.nan
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield ".".join(place), float(value)
    else:
        for label, item in parts(value):
            yield from leaves(item, end, (*place, label))


def values_of(document: Mapping[str, Any], end: End) -> dict[str, float]:
    """The numbers of a document by dotted name, at one end of the ranges.

    Raises `ScenarioError` where two labels are written alike.
    """
    found: dict[str, float] = {}
    for name, value in leaves(document, end):
        if name in found:
            raise ScenarioError(f"two results are both written {name!r}; rename one of them")
        found[name] = value
    return found


def evidence_values(table: Mapping[str, Evidence], end: End) -> dict[str, float]:
    """Figures of the evidence as `evidence.ID`, at the end asked for, and `evidence.ID.END`.

    A row without an end has its central figure there; one that gives no single number, nan.
    """
    found = {}
    for key, item in table.items():
        for at in ENDS:
            found[f"evidence.{word(key)}.{at}"] = plain(getattr(item, at) or item.central)
        found[f"evidence.{word(key)}"] = found[f"evidence.{word(key)}.{end}"]
    return found


def lookup_of(
    document: Mapping[str, Any], scenario: Scenario, table: Mapping[str, Evidence], end: End
) -> dict[str, float]:
    """All that a formula may name, at one end of the ranges."""
    return {
        **values_of(document, end),
        **values_of({"scenario": scenario.model_dump()}, end),
        **evidence_values(table, end),
    }


def reasons_of(document: Any, place: tuple[str, ...] = ()) -> dict[str, str]:
    """Why numbers of a document do not exist: what the text beside them says, or that a ratio's
    loss is too small.
    """
    found: dict[str, str] = {}
    said = None
    if isinstance(document, Mapping):
        said = document.get("reason") or document.get("sentence")
    if said is None and place and place[0].startswith("offset_ratio"):
        said = TOO_SMALL
    for label, item in parts(document):
        at = place if label in ENDS else (*place, label)
        if item is None and isinstance(said, str):
            found[".".join(at)] = said
        found |= reasons_of(item, at)
    return found


def judge_test(test: ClaimTest, lookup: Lookup) -> Finding:
    """Whether one test holds under one lookup: a pure function of the two."""
    expression = test.expression
    if expression is None:
        return Finding(None, why=test.undecided or "")
    known = {name: lookup[name] for name in test.names if name in lookup}
    if test.threshold is not None:
        known[THRESHOLD] = test.threshold
    try:
        sides = expression.sides(known)
        holds = expression.holds(known)
    except NoValueError as error:
        return Finding(None, why=str(error), lacks=error.name)
    return Finding(holds) if sides is None else Finding(holds, *sides)


HOLDS: tuple[Verdict, ...] = (
    "holds at the centre only",
    "holds at the centre and one end",
    "holds throughout",
)
FAILS: tuple[Verdict, ...] = (
    "fails throughout",
    "fails at the centre, holds at one end",
    "fails at the centre, holds at both ends",
)


def verdict_of(findings: Mapping[End, Finding], *, ranged: bool = True) -> Verdict:
    """The word for a test, by one rule: how it stands at the centre, then at how many ends.

    Where nothing in it moves between the ends (`ranged` is false) there is nothing "throughout"
    which it could hold; where it could not be worked out at one of the three it is "not defined".
    """
    if any(findings[end].holds is None for end in ENDS):
        return "not defined"
    centre = findings["central"].holds
    if not ranged:
        return "holds, no range known" if centre else "fails, no range known"
    ends = sum(bool(findings[end].holds) for end in ("low", "high"))
    return (HOLDS if centre else FAILS)[ends]


def check_names(ledger: Ledger, lookup: Lookup) -> None:
    """Every name in the predictions is known. Raises `ScenarioError` with the nearest names."""
    for number, at, _, test in ledger.tests():
        for name in sorted(test.names):
            if name not in lookup:
                raise ScenarioError(
                    f"{ledger.where(number, at, 'prediction')}: the run has no result {name!r}"
                    f"{nearest(name, lookup)}"
                )


def judge(
    ledger: Ledger, lookups: Mapping[End, Lookup], reasons: Mapping[str, str] | None = None
) -> list[Judgement]:
    """Every test of every claim at the central figures and at both ends.

    `reasons` says why results do not exist, for the sentence under "not defined". Raises
    `ScenarioError` for a name that the results do not have.
    """
    for end in ENDS:
        check_names(ledger, lookups[end])
    return [judged(claim, test, lookups, reasons or {}) for _, _, claim, test in ledger.tests()]


def judged(
    claim: Claim, test: ClaimTest, lookups: Mapping[End, Lookup], reasons: Mapping[str, str]
) -> Judgement:
    """One test at all ends, with its verdict."""
    findings = {end: judge_test(test, lookups[end]) for end in ENDS}
    if test.undecided is not None:
        return Judgement(claim, test, findings, "not for a model to decide", test.undecided)
    ranged = any(len({lookups[end][name] for end in ENDS}) > 1 for name in test.names)
    verdict = verdict_of(findings, ranged=ranged)
    return Judgement(claim, test, findings, verdict, why_not(findings, reasons))


def why_not(findings: Mapping[End, Finding], reasons: Mapping[str, str]) -> str:
    """Why a test could not be worked out, and where; empty where it could."""
    lacking = [end for end in ENDS if findings[end].holds is None]
    if not lacking:
        return ""
    first = findings[lacking[0]]
    where = "" if len(lacking) == len(ENDS) else f" {AT_END[lacking[0]]}"
    reason = reasons.get(first.lacks)
    return f"{first.why}{where}" + (f": {reason}" if reason else "")
