"""The claims of a case on a page: over draws with thresholds that move, and without any."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
import time

import pytest
import yaml

import tumen
from accessibility import findings
from cases import write_case
from test_claims_command import LEDGER
from tumen.analysis.verdicts import verdicts
from tumen.app.jobs.asking import request_of
from tumen.app.server.settings import Settings
from tumen.app.server.shelf import Shelf
from tumen.report import verdict_words as words
from tumen.scenario.claims import load_claims
from tumen.scenario.load import load_case
from tumen.store.runs import Store
from web import DESKTOP, PHONE, chromium, client, served, watched

HTML = {"accept": "text/html"}
DRAWS = 64


@pytest.fixture(scope="module")
def quay(tmp_path_factory):
    """A small case with claims, and its draws."""
    folder = tmp_path_factory.mktemp("claims") / "quay"
    folder.mkdir()
    path = write_case(folder)
    (folder / "claims.yaml").write_text(yaml.safe_dump(LEDGER, sort_keys=False))
    case = load_case(path)
    return case, tumen.sample(case, DRAWS, dear=8, workers=1, folder=folder.parent / "draws-0")


@pytest.fixture
def shelf(monkeypatch, quay):
    """The small case stands on the shelf."""
    case, _ = quay
    whole = Shelf.case
    monkeypatch.setattr(Shelf, "cases", lambda _: ["quay", "minsk-moscow"])
    monkeypatch.setattr(
        Shelf, "case", lambda self, name: case if name == "quay" else whole(self, name)
    )
    return case


@pytest.fixture
def stored(tmp_path, quay):
    """A store with a finished run of its draws."""
    return keep(tmp_path, quay)


def keep(tmp_path, quay):
    """Put the draws into a store, as a worker does."""
    case, sample = quay
    store = Store(tmp_path / "store")
    run = store.submit(request_of(case, "sample", {"draws": DRAWS, "dear": 8})).id
    store.claim("hand")
    files = {
        "draws.parquet": sample.folder / "plain.parquet",
        "draws-dear.parquet": sample.folder / "dear.parquet",
    }
    assert store.finish(run, "hand", files, {"bands": {}})
    return store, run


def own(quay, thresholds=None):
    """The verdicts as the library gives them, by test."""
    case, sample = quay
    ledger = load_claims(case.folder, case.evidence)
    return {item.id: item for item in verdicts(ledger, sample, thresholds)}


def outcome(page, test):
    """Probability and verdict of a test on a page."""
    article = re.search(rf'id="{re.escape(test)}" data-test.*?</article>', page, re.S)[0]
    verdict = re.search(r'data-field="verdict">(.*?)<', article)[1]
    return verdict, re.search(r'data-field="probability">(.*?)<', article)[1]


def test_every_test_has_the_verdict_that_the_library_gives(tmp_path, shelf, stored, quay):
    with client(tmp_path) as web:
        page = web.get("/cases/quay/claims", headers=HTML).text
    assert f'href="/runs/{stored[1]}"' in page
    for test, item in own(quay).items():
        assert outcome(page, test) == (words.verdict_words(item), words.probability(item))
    for claim in load_claims(shelf.folder, shelf.evidence).claims:
        assert words.asked(claim).replace("“", "“") in page


def test_a_threshold_in_the_link_is_held_against_the_same_draws(tmp_path, shelf, stored, quay):
    del shelf, stored
    at = float(own(quay)["C1.1"].found.median)
    moved = own(quay, {"C1.1": at})["C1.1"]
    assert words.probability(moved) != words.probability(own(quay)["C1.1"])
    with client(tmp_path) as web:
        page = web.get(f"/cases/quay/claims?C1.1={at!r}", headers=HTML).text
        assert outcome(page, "C1.1")[1] == words.probability(moved)
        told = web.get(f"/cases/quay/claims/test/C1.1?C1.1={at!r}").json()
        assert told["probability"] == words.probability(moved)
        assert told["moved"] is True
        numbers = web.get(f"/cases/quay/claims/verdicts.json?C1.1={at!r}").json()
        first = numbers["claims"][0]["tests"][0]
        assert first["probability"] == moved.estimate.share
        assert first["threshold_moved_from"] == 5
        lines = web.get(f"/cases/quay/claims/verdicts.csv?C1.1={at!r}").text.splitlines()
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
        assert float(rows[0]["probability"]) == moved.estimate.share
        assert float(rows[0]["threshold"]) == at


def test_the_curves_carry_their_numbers(tmp_path, shelf, stored):
    del shelf, stored
    with client(tmp_path) as web:
        page = web.get("/cases/quay/claims", headers=HTML).text
        assert 'id="curves-1"' in page
        document = web.get("/cases/quay/claims/curves-1.json").json()
        assert document["rows"]
        assert "tumen.sample('quay', 64, seed=0)" in document["python"]
        text = web.get("/cases/quay/claims/curves-1.csv").text
        table = io.StringIO("".join(x for x in text.splitlines(True) if not x.startswith("#")))
        assert len(list(csv.reader(table))) == 1 + len(document["rows"])
        assert web.get("/cases/quay/claims/curves-9.csv").status_code == 404
        assert web.get("/cases/quay/claims/curves-1.exe").status_code == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("C1.1=much", "C1.1: 'much' is no number"),
        ("C1.1=nan", "is no number"),
        ("C1.1=1e999", "is no number"),
        ("C1.2=5", "no model decides it"),
        ("C1.9=5", "the ledger has no such test"),
        ("nonsense=5", "nonsense"),
        ("money.nonsense=5", "nonsense"),
    ],
)
def test_a_wrong_link_says_what_is_wrong(tmp_path, shelf, stored, query, said):
    del shelf, stored
    for link in ("/cases/quay/claims", "/cases/quay/claims/test/C1.1", "/cases/quay/claims/curves"):
        answer = client(tmp_path).get(f"{link}?{query}")
        assert answer.status_code == 422
        assert said in answer.json()["detail"]


def test_a_varied_case_has_draws_of_its_own_or_none(tmp_path, shelf, stored, monkeypatch):
    del stored
    monkeypatch.setattr("tumen.app.pages.claims.ends_of", lambda *_: None)
    phase = shelf.scenario.tied_phases[0].id
    with client(tmp_path) as web:
        assert 'id="summary"' in web.get("/cases/quay/claims", headers=HTML).text
        varied = web.get(f"/cases/quay/claims?money.{phase}=50", headers=HTML)
    assert varied.status_code == 200
    assert 'id="summary"' not in varied.text
    assert f'name="state" value="money.{phase}=50"' in varied.text


def test_a_case_without_claims_says_so(tmp_path, shelf):
    del shelf
    page = client(tmp_path).get("/cases/minsk-moscow/claims", headers=HTML).text
    assert "Nobody&#39;s claims stand beside this case" in page


@pytest.mark.slow
def test_without_draws_the_ends_are_worked_out_once_and_shown(tmp_path, shelf):
    with client(tmp_path) as web:
        first = web.get("/cases/quay/claims", headers=HTML).text
        assert "are being worked out" in first
        assert 'name="kind" value="sample"' in first
        assert web.get("/cases/quay/claims/test/C1.1").status_code == 404
        until = time.monotonic() + 120
        while not web.get("/cases/quay/claims/ends").json()["ready"]:
            assert time.monotonic() < until
            time.sleep(0.3)
        kept = tmp_path / "store" / "ends" / f"{shelf.digest}.json"
        told = json.loads(kept.read_text())["tests"]["C1.1"]
        page = web.get("/cases/quay/claims", headers=HTML).text
        assert f'<span class="verdict none">{told["verdict"]}</span>' in page
        asked = re.search(r'<form method="post" action="/runs".*?</form>', page, re.S)[0]
        given = dict(re.findall(r'name="(\w+)" value="([^"]*)"', asked))
        assert given["draws"] == "256"


def test_many_readers_open_the_draws_once(tmp_path, shelf, stored, monkeypatch):
    from tumen.app.pages import held

    del shelf, stored
    opened, whole = [], held.opened_sample

    def counted(*given):
        opened.append(1)
        time.sleep(0.2)
        return whole(*given)

    monkeypatch.setattr(held, "opened_sample", counted)
    with client(tmp_path) as web:
        threads = [
            threading.Thread(target=web.get, args=("/cases/quay/claims/test/C1.1",))
            for _ in range(6)
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert len(opened) == 1


def test_deleting_the_run_takes_its_draws_off_the_page(tmp_path, shelf, stored, monkeypatch):
    del shelf
    monkeypatch.setattr("tumen.app.pages.claims.ends_of", lambda *_: None)
    store, run = stored
    with client(tmp_path) as web:
        assert 'id="summary"' in web.get("/cases/quay/claims", headers=HTML).text
        store.delete(run)
        assert 'id="summary"' not in web.get("/cases/quay/claims", headers=HTML).text


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_slider_moves_the_probability_and_the_link(tmp_path, shelf, stored, quay, size):
    del shelf, stored
    with (
        served(Settings(tmp_path / "store")) as address,
        chromium() as made,
        watched(made, address, size) as seen,
    ):
        seen.go("/cases/quay/claims")
        slide = seen.page.locator('[data-test="C1.1"] [data-slide]')
        before = seen.page.inner_text('[data-test="C1.1"] .probability')
        assert words.probability(own(quay)["C1.1"]) in before
        slide.focus()
        at = own(quay)["C1.1"].found.median
        slide.evaluate("(node, at) => { node.value = at }", at)
        slide.press("ArrowRight")
        seen.page.wait_for_selector('[data-test="C1.1"] [data-back]:not([hidden])')
        link = seen.page.url
        value = float(re.search(r"C1\.1=([^&]+)", link)[1])
        moved = own(quay, {"C1.1": value})["C1.1"]
        place = '[data-test="C1.1"] [data-field=probability]'
        assert seen.page.inner_text(place) == words.probability(moved)
        seen.page.reload()
        assert seen.page.inner_text(place) == words.probability(moved)
        seen.page.click('[data-test="C1.1"] [data-back]')
        seen.page.wait_for_selector('[data-test="C1.1"] [data-back]', state="hidden")
        assert "C1.1" not in seen.page.url.split("?")[-1]
        seen.page.go_back()
        seen.page.wait_for_selector('[data-test="C1.1"] [data-back]:not([hidden])')
        assert seen.page.url == link
        assert seen.fits()
        assert findings(seen.page) == []
        assert seen.errors == []
        assert seen.outside == []
        seen.shoot(f"claims-{'phone' if size is PHONE else 'desktop'}")
