"""Scenario files: what is taken, and one clear sentence with its place for what is not."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

import tumen
from cases import EVIDENCE, RECORDS, SCENARIO, write_case
from tumen.scenario.figure import Figure
from tumen.scenario.load import load_case
from tumen.scenario.locate import library
from tumen.scenario.schema import Scenario


def tie(number: int = 0) -> list:
    return ["ties", number, "effects", 0]


def put(*path_and_value):
    """A change that sets one value deep in the scenario."""
    *path, value = path_and_value

    def change(scenario):
        at = scenario
        for part in path[:-1]:
            at = at[part]
        at[path[-1]] = value

    return change


def drop(*path):
    def change(scenario):
        at = scenario
        for part in path[:-1]:
            at = at[part]
        del at[path[-1]]

    return change


def phase(name, first, last, ties="full"):
    return {"id": name, "title": name, "first": first, "last": last, "ties": ties}


BAD = {
    "parts that miss the deficit": (
        put("balance", [{"region": "Quay", "residual": 12345.0}]),
        "balance.0.residual",
        "the parts leave",
    ),
    "unknown group": (put("ties", 0, "group", "arms"), "ties.0.group", "no group 'arms'"),
    "group named like a tie": (
        put("groups", [{"id": "money", "title": "Money"}]),
        "ties.0.id",
        "id of a group too",
    ),
    "unknown third state": (put("ties", 0, "third", "Quey"), "ties.0.third", "did you mean Quay"),
    "own doing and a third's": (
        lambda scenario: scenario["ties"][0].update(own_account=True, third="Moor"),
        "ties.0",
        "either the receiver's own doing or a third state's",
    ),
    "links without a network": (
        put(
            "ties",
            0,
            "effects",
            0,
            {"kind": "routes", "changes": [{"a": "x", "b": "y", "mode": "road", "open": True}]},
        ),
        "nodes.csv",
        "cannot be read",
    ),
    "potential of nobody": (
        put("market_entry", {"buyer": "Quay", "seller": "Mor"}),
        "market_entry.seller",
        "Moor",
    ),
    "potential without a table": (
        put(
            "ties",
            0,
            "effects",
            0,
            {
                "kind": "entry",
                "importer": "Quay",
                "exporter": "Alder",
                "sector": "tools",
                "of_potential": 0.5,
            },
        ),
        "potentials.csv",
        "cannot be read",
    ),
    "unknown sector paid in": (
        put("ties", 0, "effects", 0, "paid_in", [{"title": "Oil", "sector": "oyl", "share": 0.5}]),
        "paid_in.0.sector",
        "oyl",
    ),
    "supply without a sense": (
        put("supply", {"buyer": "Quay", "seller": "Moor", "weights": [-1]}),
        "supply",
        "from 0 up",
    ),
    "unknown country": (put("targets", ["Quey"]), "targets", "did you mean Quay"),
    "unknown sector": (put(*tie(2), "sector", "grian"), "sector", "did you mean grain"),
    "unknown payer": (put(*tie(), "payer", "Birch"), "payer", "Birch"),
    "share above one": (put(*tie(), "realised", 1.5), "ties.0.effects.0", "between 0 and 1"),
    "transfer above income": (put(*tie(), "gross", 1e9), "gross", "more than Alder spends"),
    "low above high": (
        put(*tie(), "gross", {"low": 3, "central": 2, "high": 4, "unit": "million USD"}),
        "gross",
        "low <= central <= high",
    ),
    "range without unit": (
        put(*tie(), "gross", {"low": 1, "central": 2, "high": 4}),
        "gross",
        "needs a unit",
    ),
    "number as text": (put(*tie(), "gross", "much"), "gross", "number"),
    "true as number": (put(*tie(), "realised", True), "realised", "not true or false"),
    "negative gross": (put(*tie(), "gross", -5), "ties.0.effects.0", "swap payer and receiver"),
    "missing field": (drop(*tie(), "payer"), "payer", "missing"),
    "unknown field": (put(*tie(), "reciever", "Quay"), "reciever", "did you mean receiver"),
    "unknown kind": (put(*tie(), "kind", "gift"), "ties.0.effects.0", "transfer"),
    "no evidence of that id": (
        put(*tie(), "gross", "evidence", ["E9"]),
        "gross.evidence",
        "no evidence 'E9'; did you mean E1",
    ),
    "evidence of a measure": (
        put("pressure", 0, "evidence", ["E2"]),
        "pressure.0.evidence",
        "no evidence 'E2'",
    ),
    "channel twice": (put("ties", 1, "id", "money"), "ties.1.id", "stands twice"),
    "no ties": (put("ties", []), "ties", "at least 1"),
    "unknown closure": (put("closure", "open"), "closure", "fixed"),
    "unknown world": (put("world", "tumen-13"), "world", "tumen-31"),
    "missing world file": (put("world", "other.nc"), "world", "no such file"),
    "flow that ends": (put(*tie(1), "flow_hat", 0), "flow_hat", "above zero"),
    "phases overlap": (
        put("phases", [phase("a", 2020, 2023), phase("b", 2023, 2025)]),
        "",
        "overlap or run backwards",
    ),
    "phase runs backwards": (put("phases", [phase("a", 2024, 2023)]), "phases.0", "backwards"),
    "no phase with ties": (
        put("phases", [phase("a", 2024, 2025, ties="none")]),
        "",
        "nothing could be undone",
    ),
    "persistence above one": (put("ties", 0, "persistence", 1.2), "ties.0", "between 0 and 1"),
    "tie ends before it starts": (
        lambda scenario: scenario["ties"][0].update(start=2025, end=2024),
        "ties.0",
        "lies before start",
    ),
    "more people than work": (put(*tie(3), "persons", 2000), "persons", "more people leave"),
}


@pytest.mark.parametrize("fault", BAD, ids=lambda name: name.replace(" ", "-"))
def test_each_fault_is_named_with_its_place(tmp_path, fault):
    change, field, words = BAD[fault]
    path = write_case(tmp_path, change)
    with pytest.raises(tumen.ScenarioError) as caught:
        load_case(path)
    message = str(caught.value)
    assert f"{path}, line " in message
    assert field in message
    assert words in message


def line_of(path: Path, words: str) -> int:
    return next(
        number for number, line in enumerate(path.read_text().splitlines(), 1) if words in line
    )


def test_the_line_is_the_line(tmp_path):
    path = write_case(tmp_path, put(*tie(), "realised", 1.5))
    with pytest.raises(tumen.ScenarioError) as caught:
        load_case(path)
    assert f"line {line_of(path, 'realised: 1.5')}" in str(caught.value)
    path = write_case(tmp_path, put(*tie(2), "sector", "grian"))
    with pytest.raises(tumen.ScenarioError) as caught:
        load_case(path)
    assert f"line {line_of(path, 'grian')}," in str(caught.value)


BROKEN_TEXT = {
    "not yaml": ("title: [unclosed", "not valid YAML"),
    "tab": ("title: x\n\tworld: y", "not valid YAML"),
    "empty": ("", "empty"),
    "a list": ("- a\n- b", "`field: value`"),
    "a key twice": ("title: x\ntitle: y", "stands twice"),
    "python object": ("title: !!python/object:os.system x", "not valid YAML"),
}


@pytest.mark.parametrize("fault", BROKEN_TEXT, ids=lambda name: name.replace(" ", "-"))
def test_broken_text(tmp_path, fault):
    text, words = BROKEN_TEXT[fault]
    path = tmp_path / "case.yaml"
    path.write_text(text)
    with pytest.raises(tumen.ScenarioError, match=words) as caught:
        load_case(path)
    assert str(path) in str(caught.value)


def test_anchors_that_explode_are_stopped(tmp_path):
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    path = tmp_path / "case.yaml"
    path.write_text("\n".join(lines))
    with pytest.raises(tumen.ScenarioError, match="anchors"):
        load_case(path)


def test_not_utf8(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_bytes(b"title: \xff\xfe")
    with pytest.raises(tumen.ScenarioError, match="UTF-8"):
        load_case(path)


def test_missing_file_and_unknown_case(tmp_path):
    with pytest.raises(tumen.ScenarioError, match="no such file"):
        load_case(tmp_path / "absent.yaml")
    with pytest.raises(tumen.ScenarioError, match="did you mean moscow-pyongyang"):
        load_case("moscow-pyongyan")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("measure,Quay,Moor,tools,0.8,lift", "measure,Quay,Mor,tools,0.8,lift", "exporter"),
        ("measure,Quay,Moor,tools,0.8,lift", "measure,Quay,Moor,tool,0.8,lift", "tools"),
        ("0.8,lift", "much,lift", "not a number"),
        ("0.8,lift", "0.8,raise", "treatment"),
        ("ratio,", "ration,", "'ratio' is missing"),
    ],
)
def test_bad_records(tmp_path, old, new, words):
    path = write_case(tmp_path)
    assert old in RECORDS
    (tmp_path / "recorded.csv").write_text(RECORDS.replace(old, new))
    with pytest.raises(tumen.ScenarioError, match=words) as caught:
        load_case(path)
    assert "recorded.csv, line " in str(caught.value)


def test_bad_evidence_table(tmp_path):
    path = write_case(tmp_path)
    (tmp_path / "evidence.csv").write_text(EVIDENCE + EVIDENCE.splitlines()[1] + "\n")
    with pytest.raises(tumen.ScenarioError, match=r"evidence\.csv, line 3.*'E1' stands twice"):
        load_case(path)
    (tmp_path / "evidence.csv").unlink()
    with pytest.raises(tumen.ScenarioError, match="cannot be read"):
        load_case(path)


def test_a_plain_number_is_a_figure_without_range():
    figure = Figure.model_validate(3)
    assert (figure.low, figure.central, figure.high) == (3, 3, 3)


def test_the_schema_accepts_what_the_loader_accepts(tmp_path):
    schema = json.loads(json.dumps(Scenario.model_json_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert load_case(write_case(tmp_path)).scenario.title == SCENARIO["title"]


def test_every_shipped_figure_is_supported():
    """In the shipped cases every number of a tie has evidence or an assumption with its reason."""
    assert library()
    for name in library():
        case = load_case(name)
        for place, figure in case.figures():
            if figure.low == figure.central == figure.high == 0:
                continue
            assert figure.evidence or figure.assumption, f"{name}: {place}"


def test_the_hash_follows_content(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    same = load_case(write_case(one)).digest == load_case(write_case(two)).digest
    other = load_case(write_case(two, put("title", "Another"))).digest
    assert same
    assert other != load_case(one / "case.yaml").digest
    assert yaml.safe_load((one / "case.yaml").read_text())["title"] == SCENARIO["title"]
