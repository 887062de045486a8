"""Evidence as data: one table a case, what stands behind each number, and what nothing uses."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
from pathlib import Path

import pytest
import yaml

import tumen
from cases import EVIDENCE, write_case
from tumen.app import cli
from tumen.scenario.citations import citations_of, enters, unused
from tumen.scenario.evidence import ENTERS, FIELDS, Evidence, plain, read_evidence
from tumen.scenario.load import load_case
from tumen.scenario.locate import library, locate

ROOT = Path(__file__).parents[1]
HEADER = f"{','.join(FIELDS)}\n"
ROW = ["E1", "Payments", "50", "100", "200", "million USD", "2023", "A Bureau", "Payments abroad",
       "2024-01-01", "https://example.org", "A"]  # fmt: skip


def call(capsys, *arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    with pytest.raises(SystemExit) as left:
        cli.main([str(item) for item in arguments])
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out, said.err


def row(**changes: str) -> str:
    """The evidence of the small case with some cells changed."""
    cells = dict(zip(FIELDS, ROW, strict=True)) | changes
    return ",".join(cells.values()) + "\n"


@pytest.mark.parametrize("name", library())
def test_every_row_says_where_it_enters_and_is_cited_there(name):
    case = load_case(name)
    cited = citations_of(case)
    assert not unused(case)
    assert set(cited) == set(case.evidence)
    for key, item in case.evidence.items():
        assert item.enters == "; ".join(cited[key]), (
            f"{key}: run python tools/compile_evidence.py {name} FIGURES.csv"
        )
    # Counted otherwise: the ids that stand anywhere in the case's files, comments aside.
    files = [case.path, *case.path.parent.glob("claims.yaml")]
    texts = [json.dumps(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in files]
    texts += [
        path.read_text(encoding="utf-8")
        for path in case.path.parent.rglob("*.csv")
        if path.name not in ("evidence.csv", "recorded.csv")
    ]
    assert {key for text in texts for key in re.findall(r"\b[A-Z]\d{3}\b", text)} == set(cited)


@pytest.mark.parametrize("name", library())
def test_every_published_row_has_a_link_or_is_marked(name):
    for key, item in read_evidence(locate(name).parent / "evidence.csv").items():
        assert item.link.startswith("http") or item.reliability in "DMN", key
        assert item.citation, key


def test_the_places_of_a_figure_read_as_words():
    found = enters(load_case("moscow-pyongyang"))
    assert found["F252"] == (
        "Munitions: gross value, value of the goods received, value of what is made; claims C11, D1"
    )
    assert found["F266"] == "Munitions: share paid in oil"
    assert found["F104"] == "goods: apples"
    assert "link KHA-TUM by road" in found["F161"]
    assert found["F182"] == ("45 links of the network; ways round the ban: 50 links of the network")
    assert found["F275"] == "deficit of North Korea: Coal sold outside the customs record"
    assert found["F169"] == "The road bridge over the Amur: share of its capacity that is used"


def test_a_figure_that_is_cited_elsewhere_enters_elsewhere(tmp_path):
    def cite(case):
        case["ties"][0]["effects"][0]["gross"].pop("evidence")
        case["ties"][0]["effects"][0]["gross"]["assumption"] = "A guess."
        case["ties"][1]["persistence"] = {
            "low": 0.1, "central": 0.2, "high": 0.3, "unit": "share", "evidence": ["E1"],
        }  # fmt: skip

    (tmp_path / "before").mkdir()
    before = enters(load_case(write_case(tmp_path / "before")))
    assert before == {"E1": "pressure: Moor against Quay; Money: gross value"}
    after = enters(load_case(write_case(tmp_path, cite)))
    assert after == {"E1": "pressure: Moor against Quay; Trade: what is left afterwards"}


def test_words_of_the_table_itself_are_kept(tmp_path):
    path = write_case(tmp_path)
    text = f"{HEADER.strip()},{ENTERS}\n{row().strip()},what Alder pays\n"
    (tmp_path / "evidence.csv").write_text(text)
    assert enters(load_case(path)) == {"E1": "what Alder pays"}


BARE = {"low": 50, "central": 100, "high": 200, "unit": "million USD"}


@pytest.mark.parametrize("more", [{}, {"note": "Just so."}, {"assumption": "  "}, {"evidence": []}])
def test_a_range_that_nothing_supports_is_refused(tmp_path, capsys, more):
    def change(case):
        case["ties"][0]["effects"][0]["gross"] = BARE | more

    path = write_case(tmp_path, change)
    line = path.read_text().splitlines().index("    gross:") + 1
    with pytest.raises(tumen.ScenarioError) as caught:
        load_case(path)
    said = str(caught.value)
    assert said.startswith(f"{path}, line {line}, field ties.0.effects.0.gross: nothing stands")
    assert "50 to 200" in said
    assert "`evidence`" in said
    assert "`assumption`" in said
    for command in ("validate", "run"):
        code, out, err = call(capsys, command, path)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1


def test_points_without_a_source_are_allowed_and_told(tmp_path, capsys):
    path = write_case(tmp_path)
    code, out, _ = call(capsys, "validate", path)
    assert code == 0
    assert "points without a range or a source: 7 (ties.0.effects.0.realised, " in out
    code, out, _ = call(capsys, "validate", path, "--json")
    told = json.loads(out)
    # The persistence of a tie is 1 where the file says nothing: no number of the file's.
    assert told["points_without_range_or_source"] == [
        "ties.0.effects.0.realised",
        "ties.0.effects.0.in_benchmark",
        "ties.1.effects.0.flow_hat",
        "ties.2.effects.0.change",
        "ties.3.effects.0.persons",
        "ties.3.effects.0.home_workforce",
        "ties.3.effects.0.host_workforce",
    ]
    assert told["unused_evidence"] == []
    assert told["valid"] is True


@pytest.mark.slow
def test_evidence_that_nothing_uses_fails_the_check_and_not_the_run(tmp_path, capsys):
    path = write_case(tmp_path)
    idle = row(id="E2", item="Rents", title="Rents abroad")
    (tmp_path / "evidence.csv").write_text(EVIDENCE + idle)
    code, out, err = call(capsys, "validate", path)
    assert (code, err) == (1, "")
    assert "not fine" in out
    assert "  E2  Rents (Rents abroad)" in out
    assert "  E1" not in out
    code, out, _ = call(capsys, "validate", path, "--json")
    told = json.loads(out)
    assert code == 1
    assert told["valid"] is False
    assert told["unused_evidence"] == [{"id": "E2", "item": "Rents", "title": "Rents abroad"}]
    assert call(capsys, "run", path, "--draws", "8", "--out", tmp_path / "out")[0] == 0


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"id": ""}, "id", "give the row an id"),
        ({"reliability": "E"}, "reliability", "'E' is no letter of reliability; known: A, B, C"),
        ({"reliability": ""}, "reliability", "no letter"),
        ({"low": "150"}, "low", "150 lies above central, 100"),
        ({"central": "", "low": "300"}, "low", "300 lies above high, 200"),
        ({"high": "-1"}, "central", "100 lies above high, -1"),
        ({"unit": ""}, "unit", "a range needs a unit"),
        ({"unit": "", "central": ""}, "unit", "a range needs a unit"),
        ({"publisher": ""}, "publisher", "A is the letter of something published"),
        ({"title": " ", "reliability": "C"}, "title", "C is the letter of something published"),
    ],
)
def test_bad_rows_are_named(tmp_path, changes, field, words):
    path = tmp_path / "evidence.csv"
    path.write_text(HEADER + row(id="E0") + row(**changes))
    with pytest.raises(tumen.ScenarioError) as caught:
        read_evidence(path)
    assert str(caught.value).startswith(f"{path}, line 3, field {field}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"low": "", "central": "", "high": "", "unit": "", "reliability": "N", "title": ""},
        {"low": "2026-03", "central": "2026-06", "high": "2026-12", "unit": ""},
        {"low": "", "central": "95.6; 96.7", "high": ""},
        {"low": "100", "high": "100", "unit": ""},
        {"publisher": "", "title": "", "reliability": "M"},
    ],
)
def test_rows_that_hold_no_range_are_fine(tmp_path, changes):
    path = tmp_path / "evidence.csv"
    path.write_text(HEADER + row(**changes))
    assert list(read_evidence(path)) == ["E1"]


def test_a_range_is_shown_with_both_ends():
    item = Evidence(*ROW)
    assert item.span == "100 (50 to 200) million USD"
    assert Evidence(*[*ROW[:2], "", "100", "", *ROW[5:]]).span == "100 million USD"
    assert Evidence(*[*ROW[:2], "", "100", "120", *ROW[5:]]).span == "100 (100 to 120) million USD"
    assert Evidence(*[*ROW[:2], "", "", "", *ROW[5:]]).span == ""
    assert plain("1.5") == 1.5
    assert plain("about ten") != plain("about ten")


NODES = """code,name,region,lat,lon,share,premium,weight,evidence,assumption
QQQ,Quay,Quay,1,1,1,,,{},here
AAA,Alder,Alder,2,2,1,,,,there
"""
LINKS = """a,b,mode,factor,days,share,capacity_t,opens,sectors,evidence,assumption
QQQ,AAA,rail,1.1,1,1,,,,E1,
"""
GOODS = (
    "good,hs,sector,importer,exporter,trade_mark,status,stated_musd,stated_import_share,"
    "evidence,note\nbread,1905,grain,Quay,Alder,,free,1,,{},\n"
)


def test_tables_beside_the_case_cite_what_the_table_holds(tmp_path):
    path = write_case(tmp_path)
    (tmp_path / "nodes.csv").write_text(NODES.format("E1"))
    (tmp_path / "links.csv").write_text(LINKS)
    (tmp_path / "goods.csv").write_text(GOODS.format("E1"))
    assert enters(load_case(path))["E1"] == (
        "pressure: Moor against Quay; Money: gross value; goods: bread; place Quay; "
        "link QQQ-AAA by rail"
    )
    (tmp_path / "goods.csv").write_text(GOODS.format("E7"))
    with pytest.raises(tumen.ScenarioError, match=r"goods\.csv, line 2, field evidence: .*'E7'"):
        load_case(path)
    (tmp_path / "goods.csv").unlink()
    (tmp_path / "nodes.csv").write_text(NODES.format("E7"))
    with pytest.raises(tumen.ScenarioError, match=r"nodes\.csv, line 2, field evidence: .*'E7'"):
        load_case(path)


def test_the_hash_follows_the_evidence(tmp_path):
    path = write_case(tmp_path)
    before = load_case(path).digest
    (tmp_path / "evidence.csv").write_text(EVIDENCE.replace("50,100,200", "50,110,200"))
    assert load_case(path).digest != before


@pytest.mark.parametrize("name", library())
def test_the_tool_compiles_what_is_shipped(name, shared, monkeypatch, tmp_path):
    spec = importlib.util.spec_from_file_location("compile", ROOT / "tools/compile_evidence.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    figures = shared / "evidence/figures.csv"
    if not figures.exists():
        pytest.skip("the research table of figures is not here")
    with (locate(name).parent / "evidence.csv").open(encoding="utf-8", newline="") as stream:
        shipped = list(csv.DictReader(stream))
    assert tool.compiled(name, figures) == shipped
