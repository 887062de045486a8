"""Variations of a case as a reader makes them: other levels of ties, senders, elasticities, time.

A variation has one meaning and four forms: in memory, as a scenario file that extends the case, as
lines of Python, and as the parameters of a link.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import yaml
from pydantic import Field

from tumen.codes import GROUPS
from tumen.errors import ScenarioError
from tumen.scenario import yamlfile
from tumen.scenario.extension import Extension
from tumen.scenario.figure import Place, Strict
from tumen.scenario.load import Case, changed, validated
from tumen.scenario.schema import Scenario, level_of

Pairs = list[tuple[str, str]]
# Parameters of a link beside one for each tie and phase.
WITHOUT, ELASTICITIES, HORIZON = "without", "elasticities", "horizon"
# A decimal beyond this many zeros is written with an exponent.
MOST_ZEROS = 20


class Variation(Strict):
    """What differs from a case: levels by tie and phase, and what is None is the case's own.

    `abstain` names the senders who take no part, in place of the case's; `horizon` is years since
    the pressure began, None the long run.
    """

    levels: dict[str, dict[str, float]] = Field(default_factory=dict)
    abstain: tuple[str, ...] | None = None
    elasticities: str | None = None
    horizon: float | None = None

    def fields(self) -> dict[str, Any]:
        """The same as the fields of a file that extends the case."""
        given: dict[str, Any] = {
            "levels": {tie: dict(phases) for tie, phases in self.levels.items() if phases},
            "abstain": None if self.abstain is None else list(self.abstain),
            "elasticities": self.elasticities,
            "horizons": None if self.horizon is None else [self.horizon],
        }
        return {name: value for name, value in given.items() if value not in (None, {})}


class Asked(yamlfile.Document):
    """A variation that stands in no file: an error names its parameter, or else its field."""

    def __init__(self, value: dict[str, Any], named: Mapping[Place, str] | None = None) -> None:
        super().__init__(Path("variation"), value, {})
        self.named = named or {}

    def where(self, place: Place) -> str:
        """What the parameter or field at a place is called."""
        known = place
        while known and known not in self.named:
            known = known[:-1]
        if known:
            return f"parameter {self.named[known]}"
        return f"variation, field {'.'.join(map(str, place))}"


def varied(case: Case, variation: Variation, named: Mapping[Place, str] | None = None) -> Case:
    """The case with a variation, in memory; itself where nothing differs.

    `named` are the names of parameters for errors. Raises `ScenarioError` naming what is unknown.
    """
    fields = differences(case.scenario, variation).fields()
    if not fields:
        return case
    document = Asked({"extends": case.name, **fields}, named)
    return changed(case, validated(document, Extension), document)


def differences(scenario: Scenario, variation: Variation) -> Variation:
    """What of a variation is not as the case has it already."""
    ties = {tie.id: tie for tie in scenario.ties}
    phases = {phase.id: phase for phase in scenario.tied_phases}

    def differs(tie: str, phase: str, level: float) -> bool:
        if tie not in ties or phase not in phases:
            return True
        ends = (level_of(ties[tie], phases[phase], end) for end in ("low", "central", "high"))
        return any(end != level for end in ends)

    levels = {
        tie: {phase: level for phase, level in stated.items() if differs(tie, phase, level)}
        for tie, stated in variation.levels.items()
    }
    same = variation.abstain is not None and set(variation.abstain) == set(scenario.abstain)
    known = variation.elasticities == scenario.elasticities
    return variation.model_copy(
        update={
            "levels": {tie: stated for tie, stated in levels.items() if stated},
            "abstain": None if same else variation.abstain,
            "elasticities": None if known else variation.elasticities,
        }
    )


def yaml_of(case: str, variation: Variation) -> str:
    """The variation as a scenario file that extends the case of this name or path."""
    return yaml.safe_dump(
        {"extends": case, **variation.fields()}, sort_keys=False, allow_unicode=True
    )


def python_of(case: str, variation: Variation) -> str:
    """The lines of Python that give the answer to the variation."""
    fields = variation.fields()
    if "horizons" in fields:
        fields["horizon"] = fields.pop("horizons")[0]
    if not fields:
        return f"import tumen\n\nanswer = tumen.answer({case!r})\n"
    given = [f"    {name}={value!r},\n" for name, value in fields.items()]
    return f"import tumen\n\nanswer = tumen.answer(\n    {case!r},\n{''.join(given)})\n"


def plain_number(value: float) -> str:
    """A number as text that reads back as the same number."""
    return written(Decimal(repr(float(value))))


def written(number: Decimal) -> str:
    """A decimal without needless zeros."""
    short = number.normalize()
    return f"{short:f}" if abs(short.adjusted()) < MOST_ZEROS else str(short)


def pairs_of(case: Case, variation: Variation) -> Pairs:
    """The parameters of the link that brings the variation back; only what differs appears.

    Levels are in per cent.
    """
    found: Pairs = []
    kept = differences(case.scenario, variation)
    for tie, phases in kept.levels.items():
        for phase, level in phases.items():
            found.append((f"{tie}.{phase}", written(Decimal(repr(float(level))) * 100)))
    if kept.abstain is not None:
        alone = [name for name in kept.abstain if "," in name]
        listed = ",".join(name for name in kept.abstain if "," not in name)
        found += [(WITHOUT, name) for name in alone]
        if listed or not alone:
            found.append((WITHOUT, listed))
    if kept.elasticities is not None:
        found.append((ELASTICITIES, kept.elasticities))
    if kept.horizon is not None:
        found.append((HORIZON, plain_number(kept.horizon)))
    return found


def query_of(case: Case, variation: Variation) -> str:
    """The same as the text behind the question mark of a link; empty for the case itself."""
    return urlencode(pairs_of(case, variation), safe=",")


def from_query(case: Case, query: str | Mapping[str, str] | Iterable[tuple[str, str]]) -> Variation:
    """The variation that the parameters of a link ask for.

    Raises `ScenarioError` naming the parameter that is unknown or has a value that means nothing.
    """
    if isinstance(query, str):
        query = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
    pairs = list(query.items() if isinstance(query, Mapping) else query)
    levels: dict[str, dict[str, float]] = {}
    out: list[str] | None = None
    single: dict[str, Any] = {}
    named: dict[Place, str] = {("levels",): "levels"}
    for name, text in pairs:
        if name == WITHOUT:
            out = [*(out or []), *codes_of(case, text)]
        elif name in (ELASTICITIES, HORIZON):
            refuse_twice(name, name in single)
            single[name] = text if name == ELASTICITIES else number_of(name, text, "years")
        else:
            tie, dot, phase = name.partition(".")
            if not (tie and dot and phase):
                raise ScenarioError(f"parameter {name!r} is unknown; {known_parameters(case)}")
            refuse_twice(name, phase in levels.get(tie, {}))
            level = number_of(name, text, "per cent, 0 to 200")
            levels.setdefault(tie, {})[phase] = level
            named |= {("levels", tie): name, ("levels", tie, phase): name}
    named |= {("abstain",): WITHOUT, ("elasticities",): ELASTICITIES, ("horizons",): HORIZON}
    found = Variation(levels=levels, abstain=None if out is None else tuple(out), **single)
    varied(case, found, named)
    return differences(case.scenario, found)


def codes_of(case: Case, text: str) -> list[str]:
    """The codes or groups in a parameter, between commas; a label may hold commas of its own."""
    if text in case.world.regions or text in GROUPS:
        return [text]
    return [part.strip() for part in text.split(",")] if text else []


def known_parameters(case: Case) -> str:
    """Which parameters a link to a case may have, in a sentence."""
    ties = ", ".join(tie.id for tie in case.scenario.ties)
    phases = ", ".join(phase.id for phase in case.scenario.tied_phases)
    return (
        f"known: {WITHOUT}, {ELASTICITIES}, {HORIZON}, and TIE.PHASE with a tie ({ties}) and a "
        f"phase ({phases})"
    )


def refuse_twice(name: str, known: bool) -> None:
    """A parameter stands once."""
    if known:
        raise ScenarioError(f"parameter {name} stands twice; keep one")


def number_of(name: str, text: str, unit: str) -> float:
    """The number that a parameter holds; per cent become a share."""
    try:
        value = Decimal(text)
        found = float(value if name == HORIZON else value / 100)
    except (InvalidOperation, OverflowError, ValueError):
        found = math.inf
    if not math.isfinite(found):
        raise ScenarioError(f"parameter {name}: {text!r:.60} is no number; give {unit}")
    return found
