"""The page of evidence: complete, true to the files, filtered by its link, script or none."""

import csv
import io
import re

import pytest

import accessibility
import web
from tumen.report import evidence_list
from tumen.report.evidence_list import ASSUMED, Filter
from tumen.scenario.evidence import RELIABILITY
from tumen.scenario.load import load_case

CASES = ("moscow-pyongyang", "minsk-moscow", "tehran-moscow")
LINK = "/cases/moscow-pyongyang/evidence"


@pytest.fixture(scope="module")
def case():
    return load_case("moscow-pyongyang")


def rows_of(text):
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
    return list(csv.DictReader(io.StringIO("".join(lines))))


@pytest.mark.parametrize("name", CASES)
def test_csv_holds_every_figure_and_every_row_of_a_case(asker, name):
    case = load_case(name)
    figures = rows_of(asker.get(f"/cases/{name}/evidence/figures.csv").text)
    assert [row["place"] for row in figures] == [place for place, _ in case.figures()]
    for row, (_, figure) in zip(figures, case.figures(), strict=True):
        assert (float(row["low"]), float(row["central"]), float(row["high"])) == (
            figure.low,
            figure.central,
            figure.high,
        )
    held = rows_of(asker.get(f"/cases/{name}/evidence/rows.csv").text)
    assert [row["id"] for row in held] == list(case.evidence)
    assert all(row["link"] == case.evidence[row["id"]].link for row in held)


def test_parts_agree_with_where_a_row_is_said_to_enter(case):
    ties = {tie.id: tie.title for tie in case.scenario.ties}
    for row in evidence_list.rows(case):
        for part in row.parts & ties.keys():
            if not row.item.enters:
                assert ties[part] in row.enters
    cited = {key for _, figure in case.figures() for key in figure.evidence}
    assert cited <= {row.item.id for row in evidence_list.rows(case) if row.parts}


def test_filters_are_exact(case):
    listed, held = evidence_list.entries(case), evidence_list.rows(case)
    assert Filter().entries(case, listed) == listed
    assert Filter().rows(held) == held
    for letter in RELIABILITY:
        rows = Filter(reliability=letter).rows(held)
        assert [row.item.reliability for row in rows] == [letter] * len(rows)
    assumed = Filter(reliability=ASSUMED).entries(case, listed)
    assert assumed
    assert not any(entry.figure.evidence for entry in assumed)
    tie = case.scenario.ties[0]
    of_tie = Filter(part=tie.id).entries(case, listed)
    assert {entry.place.split(".")[:2][1] for entry in of_tie} == {"0"}
    found = Filter("STEAMSHIP loading").rows(held)
    assert found == [row for row in held if "Steamship" in row.text and "loading" in row.text]


def test_page_shows_a_row_with_its_link_and_words(asker, case):
    text = asker.get(LINK).text
    item = case.evidence["F015"]
    assert f'href="{item.link}"' in text
    assert "A: official or original" in text
    assert 'id="F015"' in text
    assert all(f'id="{key}"' in text for key in case.evidence)
    assert f"{len(list(case.figures()))} figures, {len(case.evidence)} rows" in text


def test_link_filters_without_script(asker, case):
    text = asker.get(LINK, params={"reliability": "A", "q": "Steamship"}).text
    shown = re.findall(r'<span id="(F\d+)"', text)
    wanted = [
        key
        for key, item in case.evidence.items()
        if item.reliability == "A" and "Steamship" in item.citation
    ]
    assert shown == wanted
    assert f"{len(wanted)} of {len(case.evidence)} rows" in text
    assert "Nothing fits" in asker.get(LINK, params={"q": "zzqqxx"}).text


@pytest.mark.parametrize(
    ("link", "status", "said"),
    [
        ("/cases/atlantis/evidence", 404, "atlantis"),
        (f"{LINK}?part=atlantis", 422, "atlantis"),
        (f"{LINK}?reliability=Z", 422, "reliability"),
        (f"{LINK}?q={'x' * 201}", 422, "200 characters"),
        (f"{LINK}/secrets.csv", 422, "what"),
        ("/cases/..%2F..%2Fetc/evidence", 404, ""),
    ],
)
def test_bad_input_is_told_in_a_sentence(asker, link, status, said):
    answer = asker.get(link)
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_hostile_search_is_escaped(asker):
    text = asker.get(LINK, params={"q": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in text


def test_typing_filters_and_the_link_brings_it_back(chromium, server):
    from playwright.sync_api import expect

    expect.set_options(timeout=30_000)
    with web.watched(chromium, server) as watched:
        watched.go(LINK)
        assert watched.fits()
        assert accessibility.grave(watched.page) == []
        watched.shoot("evidence-desktop")
        page = watched.page
        whole = page.locator("#count").inner_text()
        page.get_by_role("searchbox").fill("textile")
        page.wait_for_url("**/evidence?q=textile")
        expect(page.locator("#count")).not_to_have_text(whole)
        told = page.locator("#count").inner_text()
        assert 0 < page.locator("#rows tbody tr").count() < 20
        page.get_by_label("Reliability").select_option("B")
        page.wait_for_url("**q=textile&reliability=B")
        expect(page.locator("#count")).not_to_have_text(told)
        narrower = page.locator("#count").inner_text()
        page.reload()
        assert page.locator("#count").inner_text() == narrower
        assert page.get_by_role("searchbox").input_value() == "textile"
        page.get_by_role("searchbox").fill("zzqqxx")
        page.get_by_text("Nothing fits").wait_for()
        assert watched.errors == []
        assert watched.outside == []


def test_an_id_leads_to_its_row_and_to_all_that_rests_on_it(chromium, server):
    with web.watched(chromium, server) as watched:
        watched.go(LINK)
        first = watched.page.locator("#figures a").first
        key = first.inner_text()
        first.click()
        watched.page.wait_for_url(f"**?q={key}#{key}")
        assert watched.page.locator(f"#rows #{key}").is_visible()
        assert key in watched.page.locator("#figures").inner_text()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_fits_a_phone(chromium, server, scheme):
    with web.watched(chromium, server, web.PHONE, color_scheme=scheme) as watched:
        watched.go(LINK + "?part=network")
        assert watched.fits()
        assert accessibility.grave(watched.page) == []
        watched.shoot(f"evidence-phone-{scheme}")
        assert watched.errors == []
