"""Files that extend a case: what they may say, what they are refused for, who takes them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from cases import LASTING, SCENARIO, beside, numbers, phased, write_case
from tumen.app.cli import main
from tumen.errors import ScenarioError
from tumen.scenario.extension import schema
from tumen.scenario.load import kept_case, load_case


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    return write_case(tmp_path_factory.mktemp("small"), phased)


def test_an_extending_file_is_the_case_written_out(small, tmp_path):
    def all_of_it(scenario):
        phased(scenario)
        scenario["ties"][0]["levels"] = {"now": 0.5}
        scenario["ties"][2]["levels"] = {"later": 1.5}
        scenario |= {"closure": "proportional", "tolerance": 1e-9, "elasticities": "uniform-6"}
        scenario |= {"abstain": ["Moor"], "title": "Another", "horizons": [0.5]}

    fields = {
        "extends": "case.yaml",
        "title": "Another",
        "levels": {"money": {"now": 0.5}, "support": {"later": 1.5}},
        "closure": "proportional",
        "tolerance": 1e-9,
        "elasticities": "uniform-6",
        "abstain": ["Moor"],
        "horizons": [0.5],
    }
    short = load_case(beside(small, fields))
    long = load_case(write_case(tmp_path, all_of_it))
    assert short.scenario.model_dump() == long.scenario.model_dump()
    assert numbers(short) == numbers(long)
    assert short.folder == small.parent
    assert short.name == "varied"


def test_an_extending_file_without_a_change_is_its_base(small):
    case, same = load_case(small), load_case(beside(small, {"extends": "case.yaml"}, "same.yaml"))
    assert same.digest == case.digest
    assert same.path.name == "same.yaml"
    assert numbers(same) == numbers(case)


def test_files_extend_one_another_and_the_last_word_counts(small):
    beside(
        small,
        {"extends": "case.yaml", "levels": {"money": {"now": 0.5, "later": 1}}, "closure": "zero"},
        "first.yaml",
    )
    second = {"extends": "first.yaml", "levels": {"money": {"now": 0.25}}}
    case = load_case(beside(small, second, "second.yaml"))
    levels = case.scenario.ties[0].levels
    assert (levels["now"].central, levels["later"].central) == (0.25, 1)
    assert case.scenario.closure == "zero"
    assert case.root.path.name == "case.yaml"


def test_the_digest_covers_base_and_change(small, tmp_path):
    first = load_case(beside(small, {"extends": "case.yaml", "closure": "zero"}, "one.yaml"))
    again = load_case(beside(small, {"closure": "zero", "extends": "./case.yaml"}, "two.yaml"))
    other = load_case(beside(small, {"extends": "case.yaml", "closure": "proportional"}))
    assert again.digest == first.digest
    assert len({first.digest, other.digest, load_case(small).digest}) == 3

    def renamed(scenario):
        phased(scenario)
        scenario["title"] = "Renamed"

    write_case(tmp_path, renamed)
    moved = load_case(beside(tmp_path / "case.yaml", {"extends": "case.yaml", "closure": "zero"}))
    assert moved.digest != first.digest


BAD = [
    ({"extends": "nowhere"}, r"line 1, field extends: there is no case 'nowhere'"),
    ({"extends": "bad.yaml"}, r"line 1, field extends: 'bad.yaml' leads back to a file"),
    ({"levels": {"mony": {"now": 1}}}, r"line 3, field levels.mony: there is no tie 'mony'; did"),
    (
        {"levels": {"money": {"before": 1}}},
        r"line 4, field levels.money.before: there is no phase 'before' with pressure and ties; "
        r"known: now, later",
    ),
    (
        {"levels": {"money": {"now": 2.5}}},
        r"line 4, field levels.money.now: a level must lie between 0 and 2 \(200 per cent\), "
        r"not 2.5",
    ),
    ({"levels": {"money": {"now": "half"}}}, r"line 4, field levels.money.now: a number or"),
    (
        {"levels": {"money": {"now": {"low": 0, "central": 0.5, "high": 1, "unit": "share"}}}},
        r"line 4, field levels.money.now: nothing stands behind the range 0 to 1",
    ),
    (
        {"levels": {"money": {"now": {**LASTING, "evidence": ["E9"]}}}},
        r"field levels.money.now.evidence: there is no evidence 'E9'",
    ),
    ({"abstain": ["Quay"]}, r"line 3, field abstain.0: 'Quay' is no sender of any measure"),
    ({"abstain": ["Mor"]}, r"line 3, field abstain.0: .*unknown label 'Mor'; did you mean Moor"),
    ({"elasticities": "fontaine"}, r"line 2, field elasticities: unknown elasticities 'fontaine'"),
    ({"elasticity_floor": -1}, r"line 2, field elasticity_floor: Input should be greater than 0"),
    ({"closure": "open"}, r"line 2, field closure: Input should be 'fixed'"),
    ({"horizons": [0.1]}, r"line 3, field horizons.0: a horizon lies between 0.25 and 100"),
    ({"tolerance": 1}, r"line 2, field tolerance: Input should be less than 0.001"),
    ({"ties": []}, r"line 2, field ties: unknown field"),
    ({"abstains": ["Moor"]}, r"line 2, field abstains: unknown field; did you mean abstain"),
]


@pytest.mark.parametrize(("fields", "sentence"), BAD, ids=lambda value: str(value)[:40])
def test_a_bad_extension_is_refused_in_a_sentence(small, fields, sentence):
    path = beside(small, {"extends": "case.yaml"} | fields, "bad.yaml")
    with pytest.raises(ScenarioError, match=sentence) as caught:
        load_case(path)
    assert str(path) in str(caught.value)


def test_files_that_extend_each_other_are_refused(small):
    beside(small, {"extends": "egg.yaml"}, "hen.yaml")
    path = beside(small, {"extends": "hen.yaml"}, "egg.yaml")
    with pytest.raises(ScenarioError, match=r"hen.yaml, line 1, field extends: 'egg.yaml' leads"):
        load_case(path)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"abstain": ["Quay"]}, r"field abstain.0: 'Quay' is no sender"),
        ({"levels": {"before": 1}}, r"field ties.0.levels.before: there is no phase 'before'"),
        ({"levels": {"now": -1}}, r"field ties.0.levels.now: a level must lie between 0 and 2"),
    ],
)
def test_a_whole_case_states_them_too_and_is_checked(tmp_path, fields, sentence):
    def change(scenario):
        phased(scenario)
        where = scenario if "abstain" in fields else scenario["ties"][0]
        where |= fields

    with pytest.raises(ScenarioError, match=sentence):
        load_case(write_case(tmp_path, change))


def test_a_case_is_kept_until_a_file_of_it_changes(tmp_path):
    base = write_case(tmp_path, phased)
    path = beside(base, {"extends": "case.yaml", "closure": "zero"})
    first = kept_case(path)
    assert kept_case(path) is first
    base.write_text(base.read_text().replace("Quay under pressure", "Quay under more pressure"))
    again = kept_case(path)
    assert again.digest != first.digest
    assert again.scenario.title == "Quay under more pressure"


def test_the_schema_takes_whole_cases_and_extensions():
    checked = jsonschema.Draft202012Validator(json.loads(json.dumps(schema())))
    assert checked.is_valid(SCENARIO)
    assert checked.is_valid({"extends": "case.yaml", "levels": {"money": {"now": 0.5}}})
    assert not checked.is_valid({"extends": "case.yaml", "ties": []})


@pytest.mark.parametrize("command", ["validate", "show"])
def test_the_command_line_takes_an_extending_file(small, capsys, command):
    path = beside(small, {"extends": "case.yaml", "title": "Half", "levels": {"money": {"now": 0}}})
    with pytest.raises(SystemExit) as left:
        main([command, str(path)])
    assert not left.value.code
    assert {"validate": "fine", "show": "Half"}[command] in capsys.readouterr().out
