"""The claims ledger of a case: who said what, how surely, and the tests a run holds against it.

`claims.yaml` stands beside the scenario file. Each claim is put in our own words, with its
modality: "could" is tested as a capability, "may remain limited" as a bound. "Both" is two tests.
A test is a formula over the results of a run (`tumen.scenario.expression`) with one threshold and
the reason for it, or a sentence that says why no model can decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from tumen.errors import ScenarioError, nearest
from tumen.scenario import yamlfile
from tumen.scenario.evidence import Evidence
from tumen.scenario.expression import Expression, parse
from tumen.scenario.figure import Strict
from tumen.scenario.load import validated

CLAIMS = "claims.yaml"
THRESHOLD = "threshold"

Modality = Literal["statement", "expectation", "could", "may", "assertion"]
Kind = Literal["capability", "likelihood", "bound", "fact", "scenario"]


class ClaimTest(Strict):
    """One thing that would be so if the claim held, or why no model can say."""

    title: str
    kind: Kind | None = Field(
        default=None, description="what this test asks, where that is not what the claim's ask"
    )
    prediction: str | None = Field(
        default=None,
        description="a formula over results; `threshold` in it is the number below",
    )
    threshold: float | None = Field(default=None, allow_inf_nan=False)
    unit: str = Field(default="", description="of the threshold and of what is held against it")
    reason: str = Field(default="", description="why this threshold")
    evidence: list[str] = Field(default_factory=list, description="ids in the evidence table")
    undecided: str | None = Field(default=None, description="why no model can decide")

    @field_validator("prediction")
    @classmethod
    def is_formula(cls, text: str | None) -> str | None:
        """Check that the prediction is a formula and nothing else."""
        return None if text is None else parse(text).text

    @model_validator(mode="after")
    def whole(self) -> ClaimTest:
        """Check that the test is either a prediction with its reason, or undecided."""
        if (self.prediction is None) == (self.undecided is None):
            raise ValueError("a test needs either a prediction or `undecided`, and not both")
        if self.expression is None:
            if self.threshold is not None:
                raise ValueError("what is undecided has no threshold; take it out")
            return self
        if (THRESHOLD in self.expression.names) != (self.threshold is not None):
            raise ValueError(
                "the threshold is missing; give the number that the prediction compares with"
                if self.threshold is None
                else "the prediction never uses its threshold; write `threshold` in it"
            )
        if not self.reason:
            raise ValueError("the reason is missing; say why this threshold and no other")
        return self

    @property
    def expression(self) -> Expression | None:
        """The formula; None where no model can decide."""
        return None if self.prediction is None else parse(self.prediction)

    @property
    def names(self) -> frozenset[str]:
        """The results that the formula needs, its own threshold aside."""
        return frozenset() if self.expression is None else self.expression.names - {THRESHOLD}

    @property
    def cited(self) -> list[str]:
        """Evidence that supports the test or stands in its formula, each id once."""
        used = sorted(name.split(".")[1] for name in self.names if name.startswith("evidence."))
        return list(dict.fromkeys([*self.evidence, *used]))


class Claim(Strict):
    """What one speaker said, put in our own words, with the tests of it."""

    id: str = Field(pattern=r"^[A-Z][0-9]+[a-z]?$")
    speaker: str
    institution: str = ""
    said_in: str = Field(default="", description="where it was said, and when")
    claim: str
    modality: Modality
    kind: Kind
    fails_if: str = Field(description="what would have to be true for the claim to fail")
    tests: list[ClaimTest] = Field(min_length=1)


class ClaimsFile(Strict):
    """The whole of claims.yaml."""

    claims: list[Claim] = Field(min_length=1)


@dataclass(frozen=True)
class Ledger:
    """The claims of a case, checked, with the evidence that they may name."""

    claims: tuple[Claim, ...]
    evidence: Mapping[str, Evidence]
    document: yamlfile.Document

    def tests(self) -> Iterator[tuple[int, int, Claim, ClaimTest]]:
        """Every test with its claim and the numbers of both, in the order of the file."""
        for number, claim in enumerate(self.claims):
            for at, test in enumerate(claim.tests):
                yield number, at, claim, test

    def where(self, number: int, at: int, field: str) -> str:
        """File, line and field of one field of a test."""
        return self.document.where(("claims", number, "tests", at, field))


def read_claims(folder: Path) -> tuple[Claim, ...]:
    """The claims beside a case as they stand there, whatever evidence they name; maybe none."""
    path = folder / CLAIMS
    return tuple(validated(yamlfile.read(path), ClaimsFile).claims) if path.exists() else ()


def load_claims(folder: Path, evidence: Mapping[str, Evidence]) -> Ledger | None:
    """Read the claims beside a case and check them; None where it has none.

    `evidence` is the case's table. Raises `ScenarioError` naming file, line and field for an
    unknown field or evidence id, an id that stands twice, a test without a threshold, or a
    prediction that is no formula.
    """
    path = folder / CLAIMS
    if not path.exists():
        return None
    document = yamlfile.read(path)
    ledger = Ledger(tuple(validated(document, ClaimsFile).claims), evidence, document)
    check_ids(ledger)
    check_evidence(ledger)
    return ledger


def check_ids(ledger: Ledger) -> None:
    """No two claims have the same id."""
    seen: set[str] = set()
    for number, claim in enumerate(ledger.claims):
        if claim.id in seen:
            raise ScenarioError(
                f"{ledger.document.where(('claims', number, 'id'))}: the id {claim.id!r} stands "
                "twice; give each claim its own"
            )
        seen.add(claim.id)


def check_evidence(ledger: Ledger) -> None:
    """Every evidence id that a test names, alone or in its formula, is in the table."""
    for number, at, _, test in ledger.tests():
        for key in test.cited:
            if key not in ledger.evidence:
                field = "evidence" if key in test.evidence else "prediction"
                raise ScenarioError(
                    f"{ledger.where(number, at, field)}: there is no evidence {key!r}"
                    f"{nearest(key, ledger.evidence)}"
                )
