"""What a case's answers hang on: the charts and the table for the next analyst."""

import json
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

import browser
import draws
from draws import FakeInput
from tumen.analysis.factors import factors
from tumen.analysis.saltelli import sobol_design, sobol_indices
from tumen.errors import ReportError
from tumen.report.case_headlines import answered, headlines
from tumen.report.case_sensitivity import sensitivity_document, sensitivity_sections
from tumen.report.document import Heading, Page, render, write
from tumen.report.tornado import Swing, tornado
from tumen.scenario.load import load_case

INPUTS = [
    FakeInput("ties.munitions.gross", "Munitions: gross value", ("F252",), "munitions"),
    FakeInput("ties.munitions.realised", "Munitions: share that arrives", ("F266",), "munitions"),
    FakeInput("ties.crypto.gross", "Crypto theft: gross value", ("F266", "Z9"), "crypto"),
    FakeInput("ties.tourism.persons", "Russian visitors: persons", (), "tourism"),
    FakeInput("elasticity.AGR", "Trade elasticity: Agriculture", correlated="theta"),
    FakeInput("elasticity.MIN", "Trade elasticity: Mining", correlated="theta"),
]
PARTS = {
    "loss.PRK.pressure": lambda u: 1.6 - 0.5 * (u[:, 4] + u[:, 5]) / 2,
    "loss.RUS.pressure": lambda u: 1.4 - 0.2 * u[:, 4] + 0.05 * u[:, 0],
    "offset_ratio.war.PRK": lambda u: 3 + 2 * u[:, 0] + u[:, 1] + 0.1 * u[:, 2],
    "offset_ratio.after.PRK": lambda u: 0.5 + 6 * (u[:, 0] - 0.5) * (u[:, 2] - 0.5) + 0.3 * u[:, 3],
    "offset_ratio.war.RUS": lambda u: 0.03 + 0.05 * (u[:, 2] - 0.5) ** 2,
}


@pytest.fixture(scope="module")
def held():
    case = load_case(files("tumen.scenario") / "library" / "moscow-pyongyang")
    made = draws.sample(lambda u: u[:, 0], INPUTS, 512, correlation=0.6)
    outcomes = {name: part(made.unit) for name, part in PARTS.items()}
    outcomes["offset_ratio.war.PRK"][:5] = np.nan
    outcomes["offset_ratio.after.RUS"] = np.full(512, np.nan)
    return replace(made, outcomes=outcomes, case=case)


@pytest.fixture(scope="module")
def answers(held):
    return answered(held)


def rows_under(table, title):
    """The rows below one heading of a table, and the heading."""
    at = next(i for i, row in enumerate(table.rows) if getattr(row, "title", "") == title)
    below = []
    for row in table.rows[at + 1 :]:
        if isinstance(row, Heading):
            break
        below.append(row)
    return table.rows[at], below


def test_the_headline_numbers_are_losses_and_shares_undone(held):
    names = [one.outcome for one in headlines(held.case)]
    assert set(names) == {*PARTS, "offset_ratio.after.RUS"}
    titles = {one.outcome: one.title for one in headlines(held.case)}
    assert titles["offset_ratio.war.PRK"] == "North Korea: share undone while the war lasts"


def test_the_next_analyst_is_sent_to_the_figures_that_matter(held, answers):
    table = sensitivity_sections(held, answers=answers)[0].blocks[0]
    heading, (first, second) = rows_under(table, "North Korea: share undone while the war lasts")
    assert [first[0], second[0]] == ["Munitions: gross value", "Munitions: share that arrives"]
    assert first[1].startswith("80 ±")
    assert second[1].startswith("20 ±")
    # Known exactly, two units of u leave one of a tenth more: 100 per cent times 0.9 of it.
    assert float(first[2]) == pytest.approx(90, rel=0.05)
    assert first[3] == "F252"
    assert heading.text.startswith("band 3")
    _, (only,) = rows_under(table, "North Korea: loss without the ties")
    assert only[0] == "2 trade elasticities, drawn together"
    assert only[3] == "estimates"
    labels = [source.label for source in table.sources]
    assert labels[-1] == "Z9"  # evidence of another table stands by its id
    assert any(label.startswith("F252 ") for label in labels)


def test_a_number_that_does_not_exist_says_so(held, answers):
    table = sensitivity_sections(held, answers=answers)[0].blocks[0]
    heading, below = rows_under(table, "Russia: share undone once the war is over")
    assert not below
    assert "does not exist in 512 of 512 draws" in heading.aside


def test_charts_begin_with_the_longest_bar(held, answers):
    blocks = sensitivity_sections(held, answers=answers)[0].blocks
    charts = [block for block in blocks if block.kind == "figure"]
    assert len(charts) == 5
    meta = charts[1].figure.layout.meta
    assert meta["title"].startswith(
        "The share of North Korea's loss that the ties undo while the war lasts moves most with "
        "“Munitions: gross value”: "
    )
    assert [row[0] for row in meta["table"]["rows"]] == [
        one.title for one in (INPUTS[0], INPUTS[1], INPUTS[2])
    ]
    low, high = (float(cell.replace(",", "")) for cell in meta["table"]["rows"][0][1:])
    assert high - low == pytest.approx(180, rel=0.03)
    assert "in 5 this number does not exist" in charts[1].caption
    turning = charts[-1].figure.layout.meta["title"]
    assert turning.endswith("% on average")  # both ends of it lie on the same side


def test_what_figures_do_only_together_is_told(held, answers):
    blocks = sensitivity_sections(held, answers=answers)[0].blocks
    (text,) = [block for block in blocks if block.kind == "text"]
    assert text.paragraphs[0].count("% for “") == 1
    assert "North Korea: share undone once the war is over" in text.paragraphs[0]


def test_totals_of_groups_make_a_table(held, answers):
    design = sobol_design(INPUTS, 64, 2, factors(INPUTS))
    name = "offset_ratio.war.PRK"
    totals = {name: sobol_indices(design, INPUTS, PARTS[name](design.unit))}
    table = sensitivity_sections(held, totals, answers)[0].blocks[-1]
    _, below = rows_under(table, "North Korea: share undone while the war lasts")
    assert below[0][0] == "Munitions"
    assert below[-1] == ["3 more", "", "below 1 each"]


def test_the_document_is_plain_and_complete(held, answers):
    whole = json.loads(json.dumps(sensitivity_document(held, answers)))
    found = {one["outcome"]: one for one in whole["headline"]}
    assert "reason" in found["offset_ratio.after.RUS"]
    war = found["offset_ratio.war.PRK"]
    assert war["narrowing"] == ["ties.munitions.gross", "ties.munitions.realised"]
    assert war["draws"] == {"used": 507, "failed": 0, "undefined": 5}
    assert {one["id"] for one in war["figures"]} == {*(i.name for i in INPUTS[:4]), "theta"}
    shares = sum(one["share_of_variance"]["value"] for one in war["figures"])
    assert war["explained_one_at_a_time"]["share"] == pytest.approx(shares)


def test_a_tornado_needs_a_figure():
    with pytest.raises(ReportError, match="no figure to show"):
        tornado([], 1.0, title="Nothing", unit="per cent", axis="share")


def test_hostile_labels_stay_text():
    drawn = tornado(
        [Swing("<script>alert(1)</script>", 1.0, 2.0)], 1.5, title="T", unit="USD", axis="a"
    )
    assert "<script>" not in json.dumps([note.text for note in drawn.layout.annotations])


@pytest.mark.parametrize("width", [640, 300])
def test_charts_fit_a_page_and_a_phone(held, answers, width, tmp_path):
    sections = sensitivity_sections(held, answers=answers)
    page = tmp_path / "page.html"
    write(Page("What the answer hangs on", ["Look."], sections), page)
    console, found = browser.measured(page, width)
    assert console == []
    assert found["cut"] == []
    assert found["crossed"] == []
    assert found["count"] > 40


def test_the_page_needs_no_network(held, answers):
    text = render(
        Page("What the answer hangs on", ["Look."], sensitivity_sections(held, None, answers))
    )
    assert 'src="http' not in text
