"""Two answers side by side: every number the library's own, and a plain word where none can be."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace

import pytest

import tumen
from accessibility import findings
from tumen.app.jobs.asking import request_of
from tumen.app.jobs.sending import request_for
from tumen.app.server.settings import Settings
from tumen.report.answer import answer_document
from tumen.scenario.load import load_case
from tumen.scenario.variation import Variation
from tumen.store.runs import Store
from web import DESKTOP, PHONE, chromium, client, served, watched

HTML = {"accept": "text/html"}
CASE = "minsk-moscow"


@pytest.fixture(scope="module")
def case():
    return load_case(CASE)


@pytest.fixture(scope="module")
def change(case):
    """A tie and a phase to vary, as a link has it."""
    return case.scenario.ties[0].id, case.scenario.tied_phases[0].id


def varied(change, level=0.5):
    tie, phase = change
    return Variation(levels={tie: {phase: level}})


def document_of(case, variation=None):
    """What a run of a case would hold, from the quick answer."""
    levels = None if variation is None else variation.levels
    return answer_document(tumen.answer(case, levels=levels))


def put(store, case, document, variation=None, *, draws=None):
    """A finished run of a case, with bands where draws are given."""
    run = store.submit(request_for(case, variation, "case", {"draws": 8})).id
    store.claim("hand")
    told = document | {"draws": draws}
    assert store.finish(run, "hand", {"run.json": json.dumps(told).encode()}, {})
    return run


def rows_of(web, link):
    """The rows of a CSV file, its remarks left out."""
    answer = web.get(link)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(x for x in answer.text.splitlines() if not x.startswith("#")))


def test_a_run_against_a_variation_answered_now(tmp_path, case, change):
    run = put(Store(tmp_path / "store"), case, document_of(case))
    tie, phase = change
    live = f"case:{CASE}?{tie}.{phase}=50"
    link = f"a={run}&b=case:{CASE}%3F{tie}.{phase}%3D50"
    with client(tmp_path) as web:
        page = web.get(f"/compare?{link}", headers=HTML).text
        asked = page[page.index('id="asked"') : page.index('id="found"')]
        assert "50 %" in asked
        assert "Horizon" not in asked
        for name in ("difference", "losses", "undone", "income"):
            assert f'id="{name}"' in page
        rows = rows_of(web, f"/compare/income.csv?{link}")
        undone = web.get(f"/compare/undone.json?{link}").json()
        assert live.split("?")[1] in web.get(f"/compare?{link}").text.replace("&amp;", "&")
    first, second = document_of(case), document_of(case, varied(change))
    found = {row[0]: [float(cell) for cell in row[1:]] for row in rows[1:]}
    assert len(found) == len(case.world.regions)
    belarus = found["Belarus"]
    wanted = [one["real_income"]["pressure_ties"]["BLR"] for one in (first, second)]
    assert belarus[:2] == pytest.approx(wanted, rel=1e-9)
    assert belarus[2] == pytest.approx(wanted[1] - wanted[0], rel=1e-9)
    central = [100 * one["offset_ratio"][phase]["BLR"]["central"] for one in (first, second)]
    row = undone["rows"][0]
    assert [row[2], row[5], row[7]] == pytest.approx([*central, central[1] - central[0]], rel=1e-9)
    assert "tumen.answer(" in undone["python"]
    assert "tumen.run(" in undone["python"]


def test_the_same_on_both_sides_says_so(tmp_path):
    with client(tmp_path) as web:
        page = web.get(f"/compare?a=case:{CASE}&b=case:{CASE}", headers=HTML).text
    assert "both were asked the same" in page
    assert "Both give every region the same real income" in page
    assert 'id="difference"' not in page


def test_two_cases_of_one_world_are_compared_by_region(tmp_path):
    with client(tmp_path) as web:
        link = f"/compare?a=case:{CASE}&b=case:moscow-pyongyang"
        page = web.get(link, headers=HTML).text
        assert "Moscow and Pyongyang" in page
        rows = rows_of(web, f"/compare/losses.csv?{link.partition('?')[2]}")
    lacking = [row for row in rows if row[0].startswith("North Korea")]
    assert lacking
    assert all(row[1:4] == ["", "", ""] and row[7] == "" for row in lacking)


def test_bands_of_draws_stand_in_place_of_the_ends(tmp_path, case, change):
    _, phase = change
    bands = {
        "loss.BLR.pressure": {"low": 1.0, "median": 2.0, "high": 3.0},
        f"offset_ratio.{phase}.BLR": {"low": 0.1, "median": 0.2, "high": 0.3},
    }
    told = document_of(case)
    run = put(Store(tmp_path / "store"), case, told, draws={"bands": bands})
    with client(tmp_path) as web:
        link = f"a={run}&b=case:{CASE}"
        page = web.get(f"/compare?{link}", headers=HTML).text
        assert "90 of 100 draws lie there" in page
        assert "The ranges are not of the same kind" in page
        row = rows_of(web, f"/compare/losses.csv?{link}")[1]
    assert [float(cell) for cell in row[1:4]] == [
        1.0,
        told["loss"]["BLR"]["pressure"]["central"],
        3.0,
    ]


@pytest.mark.parametrize(
    ("field", "said"),
    [("data_version", "one of the data"), ("code_version", "one of the program")],
)
def test_another_world_or_version_is_not_compared(tmp_path, case, monkeypatch, field, said):
    from tumen.app.pages import sides

    run = put(Store(tmp_path / "store"), case, document_of(case))
    whole = sides.run_side

    def other(*given):
        side = whole(*given)
        at = ("data_version", "code_version").index(field)
        versions = tuple("older" if n == at else one for n, one in enumerate(side.versions))
        return replace(side, versions=versions)

    monkeypatch.setattr(sides, "run_side", other)
    with client(tmp_path) as web:
        link = f"a={run}&b=case:{CASE}"
        page = web.get(f"/compare?{link}", headers=HTML).text
        assert "These two cannot be compared." in page
        assert said in page
        assert 'class="shown"' not in page
        assert web.get(f"/compare/losses.csv?{link}").status_code == 422


def test_the_form_takes_changes_in_a_field_of_their_own(tmp_path, change):
    tie, phase = change
    with client(tmp_path) as web:
        form = web.get("/compare", headers=HTML).text
        assert f'<option value="case:{CASE}"' in form
        sent = {"a": f"case:{CASE}", "a_changes": "", "b": f"case:{CASE}"}
        sent["b_changes"] = f"{tie}.{phase}=50&horizon=1"
        answer = web.get("/compare", params=sent, follow_redirects=False)
        assert answer.status_code == 303
        page = web.get(answer.headers["location"], headers=HTML).text
    assert re.search(rf'value="{tie}\.{phase}=50&amp;horizon=1"', page)
    assert "1 year" in page


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("a=0123456789abcdef0123&b=case:minsk-moscow", 404, "no run"),
        ("a=nonsense&b=case:minsk-moscow", 404, "no run"),
        ("a=case:nowhere&b=case:minsk-moscow", 404, "no case"),
        ("a=case:../../etc&b=case:minsk-moscow", 404, "no case"),
        ("a=case:minsk-moscow%3Fx.y%3D5&b=case:minsk-moscow", 422, "x"),
        ("a=case:minsk-moscow&b=case:minsk-moscow&world=mars", 422, "world: both sides give"),
    ],
)
def test_a_wrong_link_says_what_is_wrong(tmp_path, query, status, said):
    answer = client(tmp_path).get(f"/compare?{query}")
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_a_run_that_has_not_finished_is_refused(tmp_path, case):
    run = Store(tmp_path / "store").submit(request_of(case, "case", {"draws": 8})).id
    answer = client(tmp_path).get(f"/compare?a={run}&b=case:{CASE}")
    assert answer.status_code == 422
    assert "has no answer to compare" in answer.json()["detail"]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_reader_compares_two_answers(tmp_path, change, size):
    tie, phase = change
    with (
        served(Settings(tmp_path / "store")) as address,
        chromium() as made,
        watched(made, address, size) as seen,
    ):
        seen.go("/compare")
        seen.page.select_option("#a", f"case:{CASE}")
        seen.page.select_option("#b", f"case:{CASE}")
        seen.page.fill("#b-changes", f"{tie}.{phase}=0")
        seen.page.click("button:has-text('Compare')")
        seen.page.wait_for_selector("#difference .plot text")
        link = seen.page.url
        seen.page.select_option("#world", index=1)
        seen.page.click("button:has-text('Show')")
        seen.page.wait_for_url("**world=*")
        seen.page.go_back()
        assert seen.page.url == link
        assert seen.fits()
        assert findings(seen.page) == []
        assert seen.errors == []
        assert seen.outside == []
        seen.shoot(f"compare-{'phone' if size is PHONE else 'desktop'}")
