"""The page of a case for every reader: trouble told, no scripts, paper, small screens, access."""

import re

import pytest

import accessibility
import tumen
import web
from livecase import control, gist, sentence, settled, until
from tumen.app.server.build import create_app
from tumen.app.server.settings import Settings
from tumen.errors import SolveError

CASE = "minsk-moscow"
PAGE = f"/cases/{CASE}"
NO_SOLUTION = "minsk-moscow, pressure: no equilibrium"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def application(settings):
    return create_app(settings)


@pytest.fixture(scope="module")
def server(settings, application):
    with web.served(settings, application) as address:
        yield address


def refused(_case, _variation, **_):
    raise SolveError(NO_SOLUTION)


def test_an_answer_that_is_none_leaves_no_numbers(watched, monkeypatch):
    watched.go(PAGE)
    page = watched.page
    settled(page)
    with monkeypatch.context() as patch:
        patch.setattr("tumen.analysis.answer.answer_to", refused)
        control(page, "ports.war").focus()
        page.keyboard.press("PageDown")
        until(page, "() => !trouble.hidden")
        assert NO_SOLUTION in page.inner_text("#trouble")
        assert set(gist(page).values()) == {"–"}
        assert sentence(page).strip() == ""
        until(page, "() => getComputedStyle(results).opacity < 0.4")
    page.keyboard.press("PageDown")
    settled(page)
    assert not page.is_visible("#trouble")
    assert "costs Belarus" in sentence(page)
    assert len(watched.errors) == 1
    assert "422" in watched.errors[0]


def test_a_server_that_is_gone_is_told(watched):
    watched.go(PAGE)
    page = watched.page
    settled(page)
    page.route("**/answer*", lambda route: route.abort())
    control(page, "ports.war").focus()
    page.keyboard.press("ArrowRight")
    until(page, "() => !trouble.hidden")
    page.evaluate("document.getElementById('senders').scrollIntoView()")
    assert page.locator("#trouble").bounding_box()["y"] >= 0  # stays in view
    assert "cannot be reached" in page.inner_text("#trouble")
    assert set(gist(page).values()) == {"–"}


def test_a_question_is_drawn(watched, application):
    watched.go(f"{PAGE}?market.war=45")
    page = watched.page
    settled(page)
    page.get_by_role("button", name="Draw this 256 times").click()
    page.wait_for_url(re.compile("/runs/[0-9a-f]{20}$"))
    run = application.state.shelf.store.run(page.url.rpartition("/")[2])
    answer = tumen.answer(CASE, levels={"market": {"war": 0.45}})
    assert run.scenario_hash == answer.case.digest
    assert run.settings["draws"] == 256
    page.go_back()
    settled(page)
    until(page, "() => !document.getElementById('drawn').hidden")
    assert page.locator("#drawn a").get_attribute("href") == f"/runs/{run.id}"


def test_without_scripts_the_answer_is_there_and_the_form_works(server, chromium):
    with web.watched(chromium, server, java_script_enabled=False) as watched:
        watched.go(PAGE)
        page = watched.page
        assert "the pressure costs Belarus" in sentence(page)
        page.get_by_label("Japan", exact=True).uncheck()
        page.get_by_role("button", name="Solve again").click()
        assert page.url.endswith(f"{PAGE}?without=JPN")
        assert "Japan takes no part" in sentence(page)


@pytest.mark.parametrize(
    ("where", "size", "scheme"),
    [
        ("desktop", web.DESKTOP, "light"),
        ("phone", web.PHONE, "dark"),
        pytest.param("desktop", web.DESKTOP, "dark", marks=pytest.mark.slow),
        pytest.param("phone", web.PHONE, "light", marks=pytest.mark.slow),
    ],
)
def test_it_fits_and_can_be_used_by_everybody(server, chromium, where, size, scheme):
    options = {"color_scheme": scheme, "bypass_csp": True}
    with web.watched(chromium, server, size, **options) as watched:
        watched.go("/cases/tehran-moscow?drones.war=50")
        page = watched.page
        settled(page)
        assert watched.fits()
        watched.shoot(f"case-{where}-{scheme}")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert watched.fits()
        assert accessibility.grave(page) == []
        watched.shoot(f"case-{where}-{scheme}-open")
        page.evaluate("document.querySelector('.coalition').scrollIntoView({ block: 'end' })")
        box = page.locator("#gist").bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] < size["height"] / 2
        assert watched.errors == []
        assert watched.outside == []


def test_on_paper_it_is_a_briefing_without_controls(server, chromium):
    with web.watched(chromium, server) as watched:
        watched.go(f"{PAGE}?market.war=50")
        page = watched.page
        settled(page)
        page.emulate_media(media="print")
        for hidden in (".controls", ".top", ".tabs", ".under", "#draw"):
            assert not page.locator(hidden).first.is_visible(), hidden
        assert page.locator("#address").inner_text().endswith(f"{PAGE}?market.war=50")
        assert "BACI" in page.locator(".printed").inner_text()
        watched.shoot("case-print")
