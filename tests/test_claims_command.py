"""`tumen claims` and the ledger in the report, over draws whose shares are known."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

import tumen
import tumen.analysis.sample
from browser import measured
from cases import write_case
from fake_sample import FakeInput, FakeSample
from test_cli import call, complaint
from tumen.analysis.shares import BANDS, POSSIBLE
from tumen.analysis.splitting import units_of
from tumen.analysis.verdicts import verdicts
from tumen.report.case_verdicts import (
    curve_figures,
    curves,
    rule,
    turning_section,
    verdicts_document,
    verdicts_section,
)
from tumen.report.document import Page, Section, render, write
from tumen.scenario.claims import ClaimsFile, load_claims
from tumen.scenario.expression import word
from tumen.scenario.load import load_case

GROSS = FakeInput("ties.money.effects.n1.gross", "Money: value", 50, 200, evidence=("E1",))
LEDGER = {
    "claims": [
        {
            "id": "C1",
            "speaker": "A Speaker",
            "institution": "An Institute [of some kind]",
            "claim": "Quay bears up.",
            "modality": "statement",
            "kind": "likelihood",
            "fails_if": "Quay loses.",
            "tests": [
                {
                    "title": "Quay loses little",
                    "prediction": "loss.Quay.pressure_ties < threshold",
                    "threshold": 5,
                    "unit": "% of real income",
                    "reason": "Five is little.",
                },
                {"title": "Technology", "undecided": "Nobody has measured it."},
            ],
        },
        {
            "id": "C2",
            "speaker": "Another Speaker",
            "claim": "Alder could pay much.",
            "modality": "could",
            "kind": "capability",
            "fails_if": "Alder pays little.",
            "tests": [
                {
                    "title": "Paid in a year",
                    "prediction": "scenario.ties.money.effects.n1.gross >= threshold",
                    "threshold": 180,
                    "unit": "million USD",
                    "reason": "Much is 180.",
                }
            ],
        },
        {
            "id": "C3",
            "speaker": "A Third",
            "claim": "Quay may lose no more than a little.",
            "modality": "may",
            "kind": "bound",
            "fails_if": "Quay loses.",
            "tests": [
                {
                    "title": "At most a dozen, whatever else may come to pass in the wide world",
                    "prediction": "loss.Quay.pressure_ties <= threshold",
                    "threshold": 12,
                    "reason": "A dozen.",
                }
            ],
        },
    ]
}


def made_sample(case, draws=1024, **_):
    """The loss falls from 10 to 2.5 as the money rises from 50 to 200."""
    made = FakeSample(case, (GROSS,), draws=draws)
    money = made.drawn(GROSS.name)
    made.outcomes["loss.Quay.pressure_ties"] = 12.5 - money / 20
    name = "loss.Quay.pressure_ties"
    for unit in units_of(case.scenario).titles:
        loss = np.full(256, 12.5) if unit == "money" else made.outcomes[name][:256]
        made.off[word(unit)] = {name: loss}
    return made


@pytest.fixture
def path(tmp_path, monkeypatch):
    assert tumen.sample is not made_sample  # the public name is bound to the real one first
    monkeypatch.setattr(tumen.analysis.sample, "sample", made_sample)
    return with_claims(write_case(tmp_path), LEDGER)


def with_claims(path, ledger):
    (path.parent / "claims.yaml").write_text(yaml.safe_dump(ledger, sort_keys=False))
    return path


def test_the_command_prints_what_decides_each_claim(capsys, path):
    code, text, err = call(capsys, "claims", path, "--draws", "1024")
    assert code == 0, err
    said = " ".join(text.split())
    for words in (
        "C1 A Speaker, An Institute [of some kind]",
        "Quay bears up. A statement: a test of what is likely.",
        "verdict: leans against",
        "found: 6.25 % of real income (2.8",
        "); less than 5 needed",
        "worked out on: 1,024 draws",
        "group of ties that decides: Money: without it 0.00 instead of 0.3",
        "With Money: value in its lowest third (below 100 million USD a year) the probability is "
        "0.00; in its highest third (above 150) it is 1.00.",
        "case.yaml, tie money, effect 1: gross (evidence E1)",
        "2. Technology verdict: not for a model to decide found: Nobody has measured it.",
        "fails if: Quay loses.",
        "A possibility (it “could”): a test of what is possible.",
        "verdict: possible; how likely: not supported",
        " in 95 of 100 draws",
        "probability: 1.00 ± 0.003",
        "The uncertain figures are drawn 1,024 times",
    ):
        assert words in said, words
    assert re.search(r"probability: 0\.3[34] ± 0\.0\d+", said)


def test_thresholds_move_and_the_document_says_so(capsys, path):
    code, text, _ = call(
        capsys, "claims", path, "--draws", "512", "--threshold", "C1.1=8", "--json"
    )
    assert code == 0
    told = json.loads(text)
    assert told["draws"] == 512
    first = told["claims"][0]["tests"][0]
    assert (first["threshold"], first["threshold_moved_from"]) == (8, 5)
    assert first["probability"] == pytest.approx(0.733, abs=0.01)
    assert first["verdict"] == "leans towards"
    assert first["draws"] == 512
    assert first["deciding"]["channel"] == "money"
    (figure,) = first["deciding"]["figures"]
    assert figure["evidence"] == ["E1"]
    assert figure["probability_in_highest_third"] == 1
    could = told["claims"][1]["tests"][0]
    assert (could["verdict"], could["likely"]) == ("possible", "not supported")
    assert told["claims"][0]["tests"][1]["probability"] is None


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("C9.1=1", "no such test"),
        ("C1.2=1", "no model decides it"),
        ("C1.1=many", "a test and a number are needed, as in C1.1=15"),
        ("C1.1=inf", "a test and a number are needed"),
        ("C1.1", "a test and a number are needed"),
        ("=3", "a test and a number are needed"),
    ],
)
def test_a_threshold_that_means_nothing_is_one_sentence(capsys, path, option, words):
    assert words in complaint(capsys, "claims", path, "--threshold", option)


def test_other_complaints(capsys, path, tmp_path):
    twice = complaint(capsys, "claims", path, "--threshold", "C1.1=1", "--threshold", "C1.1=2")
    assert "named twice" in twice
    (tmp_path / "bare").mkdir()
    bare = write_case(tmp_path / "bare")
    assert "no claims.yaml beside it" in complaint(capsys, "claims", bare)


BAD = {
    "loss.Quai.pressure_ties > threshold": "did you mean loss.Quay.pressure_ties",
    "__import__('os').system('true') > threshold": "is no function of a formula",
    "(lambda: 1)() > threshold": "is no function of a formula",
    "loss.__class__ > threshold": "begins with an underscore",
    "loss[0] > threshold": "not allowed in a formula",
    "f'{loss}' > threshold": "not allowed in a formula",
    "9 ** 9 ** 9 > threshold": "plain number from -10 to 10",
    "open('x') > threshold": "is no function of a formula",
}


@pytest.mark.parametrize("prediction", BAD)
def test_a_formula_that_is_none_is_one_sentence_with_its_place(capsys, path, prediction):
    ledger = json.loads(json.dumps(LEDGER))
    ledger["claims"][0]["tests"][0]["prediction"] = prediction
    said = complaint(capsys, "claims", with_claims(path, ledger))
    assert BAD[prediction] in said
    assert re.search(r"claims\.yaml, line \d+, field claims\.0\.tests\.0\.prediction", said)


def test_two_claims_of_one_id_are_one_sentence(capsys, path):
    ledger = json.loads(json.dumps(LEDGER))
    ledger["claims"][1]["id"] = "C1"
    assert "the id 'C1' stands twice" in complaint(capsys, "claims", with_claims(path, ledger))


@pytest.fixture
def judged(path):
    case = load_case(path)
    ledger = load_claims(path.parent, case.evidence)
    sample = made_sample(case)
    return ledger, sample, verdicts(ledger, sample)


def test_the_report_shows_probability_verdict_and_what_decides(judged):
    ledger, sample, found = judged
    sections = [verdicts_section(ledger, found, sample), turning_section(ledger, found, sample)]
    text = render(Page("Claims", [], sections))
    assert "± 0." in text
    assert "leans against" in text
    assert "Money (−0.3" in text
    assert "C2 fails if:" in text
    assert rule(sample)[:60] in text
    for band in ("supported from 0.8", "open from 0.4 to 0.6", "not supported below 0.2"):
        assert band in text
    told = verdicts_document(found)
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_a_draw_that_failed_is_told(judged):
    ledger, sample, _ = judged
    sample.status[:20] = "stalled"
    sample.outcomes["loss.Quay.pressure_ties"][:20] = np.nan
    found = verdicts(ledger, sample)
    text = render(Page("Claims", [], [verdicts_section(ledger, found, sample)]))
    assert "1,004 draws, 20 more not solved" in text
    assert "of which 20 could not be solved" in text


def test_the_small_curves_say_where_the_verdict_turns(judged):
    ledger, sample, found = judged
    made = curves(found, sample)
    assert [one.name for _, one in made] == ["C1.1", "C2.1", "C3.1"]
    (figure,) = curve_figures(ledger, made, "Curves")
    rows = figure.figure.layout.meta["table"]["rows"]
    first = dict(zip(figure.figure.layout.meta["table"]["columns"], rows[0], strict=True))
    # The loss is even between 2.5 and 10: four fifths of it lie below 8.5.
    assert float(first["0.8 at"]) == pytest.approx(8.5, abs=0.1)
    assert float(first["0.2 at"]) == pytest.approx(4.0, abs=0.1)
    assert first["threshold chosen"] == "5 % of real income"


@pytest.mark.parametrize("width", [328, 640])
def test_no_word_of_the_curves_is_cut_or_crossed(judged, tmp_path, width):
    ledger, sample, found = judged
    made = curves(found, sample)
    page = tmp_path / "page.html"
    write(Page("Curves", [], [Section("Curves", curve_figures(ledger, made, "Curves"))]), page)
    console, seen = measured(page, width)
    assert console == []
    assert seen["count"] > 10
    assert seen["cut"] == []
    assert seen["crossed"] == []


PAGE = (Path(__file__).parents[1] / "docs/claims.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.S)


def test_the_page_on_claims_says_what_the_code_does(path, monkeypatch, capsys):
    (claim,) = ClaimsFile.model_validate(yaml.safe_load(blocks("yaml")[0])).claims
    assert [test.kind or claim.kind for test in claim.tests] == [
        "capability", "likelihood", "capability",
    ]  # fmt: skip
    words = re.findall(r"^\| (?:below )?[\d.]+[^|]*\| ([a-z ]+) \|$", PAGE, flags=re.M)
    assert words == [word for _, word in BANDS]
    assert f"holds in {100 * POSSIBLE:g} of 100 draws" in PAGE
    monkeypatch.setattr(tumen, "sample", made_sample)
    scope: dict[str, object] = {}
    exec(blocks("python")[0].replace("moscow-pyongyang", str(path)).replace("1000", "1024"), scope)
    # The loss is below 15 in every draw.
    assert "C1.1 supported Estimate(share=1.0" in capsys.readouterr().out
    assert 5 in scope["thresholds"]
