"""`tumen claims`: the claims ledger of a case over a sample, each test with its probability."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from tumen.analysis.ensemble import check_workers
from tumen.analysis.sample import check_draws
from tumen.analysis.thresholds import moved
from tumen.analysis.verdicts import Verdict, verdicts
from tumen.app.commands.output import console, print_json
from tumen.app.commands.sampling import drawn, folder_of
from tumen.errors import ScenarioError
from tumen.files import check_writable
from tumen.report import verdict_words as words
from tumen.report.case_verdicts import by_claim, rule, summary, verdicts_document
from tumen.scenario.claims import load_claims
from tumen.scenario.load import Case, load_case

INDENT = "     "


def claims(
    scenario: str,
    *,
    draws: int,
    thresholds: Sequence[str],
    seed: int,
    workers: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Draw the case's figures, hold its claims against the draws, and print the verdicts."""
    check_draws(draws, None)
    check_workers(workers)
    case = load_case(scenario)
    ledger = load_claims(case.folder, case.evidence)
    if ledger is None:
        raise ScenarioError(
            f"{case.path}: the case has no claims.yaml beside it; write one (docs/claims.md)"
        )
    asked = moved(ledger, read_thresholds(thresholds))
    folder = folder_of(case, out)
    check_writable(folder)
    sample = drawn(case, draws, seed, workers, folder)
    found = verdicts(ledger, sample, asked)
    if as_json:
        print_json(
            {
                "case": case.name,
                "scenario_hash": case.digest,
                "draws": len(sample.status),
                "seed": sample.seed,
                "rule": rule(sample),
                "claims": verdicts_document(found),
            }
        )
        return
    print_claims(case, found, rule(sample))


def read_thresholds(texts: Sequence[str]) -> dict[str, float]:
    """`C1.1=15` and the like. Raises `ScenarioError` for anything else, or a test named twice."""
    asked: dict[str, float] = {}
    for text in texts:
        key, sign, value = (part.strip() for part in text.partition("="))
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not key or not sign or not math.isfinite(number):
            raise ScenarioError(
                f"--threshold {text!r}: a test and a number are needed, as in C1.1=15"
            )
        if key in asked:
            raise ScenarioError(f"--threshold {key}: the test is named twice; name it once")
        asked[key] = number
    return asked


def print_claims(case: Case, found: Sequence[Verdict], rule_text: str) -> None:
    """The verdicts as a person reads them."""
    say = lines()
    console().print(f"{case.scenario.title}: the claims and their tests\n", style="bold")
    say(f"{rule_text}\n")
    for claim, tests in by_claim(found):
        console().print(f"{claim.id}  {words.speaker(claim)}", style="bold", markup=False)
        say(f"{INDENT}{claim.claim}")
        said = f" Said in: {claim.said_in}." if claim.said_in else ""
        say(f"{INDENT}{words.asked(claim)}{said}")
        for item in tests:
            say(f"  {item.number}. {words.titled(item)}")
            for label, text in told(item):
                say(f"{INDENT}{label}: {text}")
        say(f"{INDENT}fails if: {claim.fails_if}\n")
    say(f"{summary(found)}.")


def lines() -> Callable[[str], None]:
    """Print a line as it stands, brackets and all."""
    to = console()
    return lambda text: to.print(text, markup=False)


def told(item: Verdict) -> list[tuple[str, str]]:
    """What is said of one test, each with its label; what there is nothing to say of left out."""
    pairs = [
        ("verdict", words.verdict_words(item)),
        ("probability", words.probability(item)),
        ("found", words.found(item)),
        ("worked out on", words.counted(item)),
        ("group of ties that decides", words.channel(item)),
        ("what would turn it", words.turning(item)),
        ("to change it", words.change_it(item)),
    ]
    return [(label, text) for label, text in pairs if text]
