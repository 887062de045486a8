"""The claims ledger: what is refused, how tests are judged, and the shipped ledger."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import tumen
from cases import write_case
from tumen.analysis.claims import (
    ENDS,
    evidence_values,
    judge,
    judge_test,
    lookup_of,
    reasons_of,
    values_of,
)
from tumen.report.case_claims import claims_document, claims_section, reasons_section
from tumen.report.document import Page, render
from tumen.report.summary import document
from tumen.scenario.claims import ClaimTest, load_claims
from tumen.scenario.evidence import read_evidence
from tumen.scenario.load import load_case

LEDGER = {
    "claims": [
        {
            "id": "C1",
            "speaker": "A Speaker",
            "claim": "Quay gains.",
            "modality": "could",
            "kind": "capability",
            "fails_if": "Quay loses.",
            "tests": [
                {
                    "title": "Gain",
                    "prediction": "gain.Quay >= threshold",
                    "threshold": 2,
                    "reason": "Two is enough.",
                    "evidence": ["E1"],
                },
                {"title": "Technology", "undecided": "Nobody has measured it."},
            ],
        }
    ]
}


def ledger_of(folder, change=lambda claim: None):
    """A ledger in a folder, changed by `change(first claim)`, and where it stands."""
    whole = json.loads(json.dumps(LEDGER))
    change(whole["claims"][0])
    if whole["claims"][0].pop("twice", False):
        whole["claims"] *= 2
    (folder / "claims.yaml").write_text(yaml.safe_dump(whole, sort_keys=False))
    (folder / "evidence.csv").write_text(EVIDENCE)
    return load_claims(folder, read_evidence(folder / "evidence.csv"))


EVIDENCE = """id,item,low,central,high,unit,year,publisher,title,date,link,reliability
E1,Payments,,100,200,million USD,2023,A Bureau,Payments,2024,https://example.org,A
E2,Text,,about ten,,,2023,A Bureau,Words,2024,,A
"""
BAD = {
    "unknown field": (lambda c: c.update(speeker="x"), "claims.0.speeker", "did you mean speaker"),
    "unknown modality": (lambda c: c.update(modality="might"), "claims.0.modality", "'may'"),
    "duplicate id": (lambda c: c.update(twice=True), "claims.1.id", "stands twice"),
    "missing threshold": (
        lambda c: c["tests"][0].pop("threshold"),
        "claims.0.tests.0",
        "the threshold is missing; give the number",
    ),
    "idle threshold": (
        lambda c: c["tests"][0].update(prediction="gain.Quay >= 2"),
        "claims.0.tests.0",
        "never uses its threshold",
    ),
    "threshold that is none": (
        lambda c: c["tests"][0].update(threshold=math.inf), "tests.0.threshold", "finite",
    ),
    "no reason": (lambda c: c["tests"][0].pop("reason"), "claims.0.tests.0", "say why"),
    "decided and undecided": (
        lambda c: c["tests"][0].update(undecided="No."), "claims.0.tests.0", "and not both",
    ),
    "undecided with a threshold": (
        lambda c: c["tests"][1].update(threshold=1), "claims.0.tests.1", "take it out",
    ),
    "no formula": (
        lambda c: c["tests"][0].update(prediction="eval('1') > threshold"),
        "claims.0.tests.0.prediction",
        "'eval' is no function of a formula; those are min",
    ),
    "orphan evidence": (
        lambda c: c["tests"][0].update(evidence=["E9"]),
        "claims.0.tests.0.evidence",
        "no evidence 'E9'; did you mean E",
    ),
    "orphan evidence in a formula": (
        lambda c: c["tests"][0].update(prediction="evidence.E7.low >= threshold"),
        "claims.0.tests.0.prediction",
        "no evidence 'E7'; did you mean E",
    ),
    "no tests": (lambda c: c.update(tests=[]), "claims.0.tests", "at least 1"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD, ids=lambda name: name.replace(" ", "-"))
def test_each_fault_is_named_with_its_place(tmp_path, fault):
    change, field, words = BAD[fault]
    with pytest.raises(tumen.ScenarioError) as caught:
        ledger_of(tmp_path, change)
    message = str(caught.value)
    assert f"{tmp_path / 'claims.yaml'}, line " in message
    assert field in message
    assert words in message


def test_an_unknown_result_is_named_with_the_nearest(tmp_path):
    ledger = ledger_of(tmp_path)
    known = values_of({"gain": {"Quai": 1, "Alder": 2}}, "low")
    with pytest.raises(tumen.ScenarioError) as caught:
        judge(ledger, dict.fromkeys(ENDS, known))
    message = str(caught.value)
    lines = (tmp_path / "claims.yaml").read_text().splitlines()
    line = next(at for at, text in enumerate(lines, 1) if "prediction" in text)
    assert f"line {line}, field claims.0.tests.0.prediction" in message
    assert "no result 'gain.Quay'; did you mean gain.Quai" in message


VERDICTS = {
    (3, 4, 5): "holds throughout",
    (5, 4, 3): "holds throughout",
    (1, 3, 4): "holds at the centre and one end",
    (1, 3, 1): "holds at the centre only",
    (1, 1.5, 2): "fails at the centre, holds at one end",
    (3, 1, 3): "fails at the centre, holds at both ends",
    (0, 1, 1.9): "fails throughout",
    (2, 2, 2): "holds, no range known",
    (1, 1, 1): "fails, no range known",
    (None, 2, 3): "not defined",
}


@pytest.mark.parametrize("values", VERDICTS, ids=str)
def test_one_rule_gives_the_verdict(tmp_path, values):
    whole = {"gain": {"Quay": dict(zip(ENDS, values, strict=True))}}
    lookups = {end: values_of(whole, end) for end in ENDS}
    gain, technology = judge(ledger_of(tmp_path), lookups, reasons_of(whole))
    assert gain.verdict == VERDICTS[values]
    assert technology.verdict == "not for a model to decide"
    assert technology.why == "Nobody has measured it."
    for end, value in zip(ENDS, values, strict=True):
        assert gain.findings[end].margin == (None if value is None else value - 2)
    assert gain.why == ("gain.Quay has no value at the low end" if None in values else "")


def test_what_does_not_exist_says_why(tmp_path):
    whole = {
        "offset_ratio": {"war": {"Quay": dict.fromkeys(ENDS)}},
        "leverage": {"musd_a_point": None, "reason": "nothing is lost"},
    }
    for name, reason in {
        "offset_ratio.war.Quay": "the loss is too small",
        "leverage.musd_a_point": "nothing is lost",
    }.items():
        ledger = ledger_of(
            tmp_path, lambda c, n=name: c["tests"][0].update(prediction=f"{n} > threshold")
        )
        lookups = {end: values_of(whole, end) for end in ENDS}
        found, _ = judge(ledger, lookups, reasons_of(whole))
        assert found.verdict == "not defined"
        assert found.why.startswith(f"{name} has no value: {reason}")


@given(*[st.floats(-1e6, 1e6)] * 3)
def test_a_higher_threshold_never_makes_a_failing_test_hold(value, one, other):
    lower, higher = sorted((one, other))
    held = [
        judge_test(
            ClaimTest(title="", prediction="x >= threshold", threshold=at, reason="any"),
            {"x": value},
        ).holds
        for at in (lower, higher)
    ]
    assert held in ([True, True], [True, False], [False, False])


def test_names_of_a_document(tmp_path):
    whole = {
        "channels": [{"id": "goods-trade", "all parts": {"2022": 1, "flag": True, "title": "x"}}],
        "rows": [{"x": 1}, {"x": {"low": 1, "central": 2, "high": 3, "unit": "USD"}}],
        "link": {"low": {"gain": 1}, "central": {"gain": 2}, "high": {"gain": None}},
    }
    assert values_of(whole, "central") == {
        "channels.goods_trade.all_parts.n2022": 1,
        "rows.n1.x": 1,
        "rows.n2.x": 2,
        "link.gain": 2,
    }
    assert math.isnan(values_of(whole, "high")["link.gain"])
    with pytest.raises(tumen.ScenarioError, match="two results are both written 'a_b'"):
        values_of({"a-b": 1, "a b": 2}, "low")
    ledger = ledger_of(tmp_path)
    figures = evidence_values(ledger.evidence, "high")
    assert figures["evidence.E1"] == figures["evidence.E1.high"] == 200
    assert figures["evidence.E1.low"] == figures["evidence.E1.central"] == 100
    assert math.isnan(figures["evidence.E2"])


@pytest.fixture(scope="module")
def whole(flagship):
    return document(flagship)


def test_the_shipped_ledger_speaks_of_what_a_run_gives(flagship, whole):
    case = flagship.case
    ledger = load_claims(case.path.parent, case.evidence)
    assert [claim.id for claim in ledger.claims] == [
        *("C1", "C1b", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C9b", "C10", "C10b"),
        *("C11", "C12", "D1", "D2", "D3", "D4", "D5", "D6"),
    ]
    lookups = {end: lookup_of(whole, case.scenario, ledger.evidence, end) for end in ENDS}
    judged = judge(ledger, lookups, reasons_of(whole))
    assert not [item.why for item in judged if item.verdict == "not defined"]
    # "Both" is two tests: the two states never share one.
    named = ["".join(test.names) for _, _, _, test in ledger.tests()]
    assert not [text for text in named if ".PRK" in text and ".RUS" in text]
    verdict = {(item.claim.id, item.test.title): item.verdict for item in judged}
    assert verdict["C5", "What the bridge adds to both states' real income"] == "fails throughout"
    gain = "Russia's gain if nothing but distance stood in the way"
    assert verdict["C10", gain] == "holds throughout"
    assert verdict["C12", "Russian technology"] == "not for a model to decide"


def test_what_the_shipped_tests_ask(flagship):
    """ "Could" and "does" are told apart, and so are facts and what a run finds."""
    case = flagship.case
    ledger = load_claims(case.path.parent, case.evidence)
    asked = {claim.id: [test.kind or claim.kind for test in claim.tests] for claim in ledger.claims}
    assert asked["C9"] == ["capability"] * 2 + ["likelihood"] * 3
    modality = {claim.id: claim.modality for claim in ledger.claims}
    assert {key for key, word in modality.items() if word == "could"} == {"C9", "C9b", "C12"}
    assert (modality["C10"], asked["C10"]) == ("may", ["bound"] * 3)
    for _, _, claim, test in ledger.tests():
        title = test.title
        if title.startswith(("Could:", "Does:")):
            could = (test.kind or claim.kind) == "capability"
            assert title.startswith("Could:") == could
        # A fact is a figure of the evidence or of the case file, never a result of the run.
        if (test.kind or claim.kind) == "fact":
            assert all(name.startswith(("evidence.", "scenario.")) for name in test.names), title


def test_the_report_tells_who_said_what_and_what_was_found(flagship, whole):
    sections = [*claims_section(flagship, whole), *reasons_section(flagship, whole)]
    text = render(Page("Claims", [], sections))
    assert "<strong>C9. Peter Ward, Sejong Institute.</strong>" in text
    assert text.count('<tr class="heading">') == 2 * len(claims_document(flagship, whole))
    assert "bounds, not probabilities" in text
    for item in claims_document(flagship, whole):
        for test in item["tests"]:
            assert test["verdict"] in text
            if "prediction" in test:
                ends = test["ends"]
                assert all(
                    ends[end]["margin"] == ends[end]["value"] - ends[end]["threshold"]
                    for end in ENDS
                )
    assert json.loads(json.dumps(claims_document(flagship, whole), allow_nan=False))


def test_a_case_without_claims_has_no_section(tmp_path):
    bare = SimpleNamespace(case=load_case(write_case(tmp_path)), sample=None)
    assert claims_section(bare, {}) == reasons_section(bare, {}) == []
    assert claims_document(bare, {}) == []
