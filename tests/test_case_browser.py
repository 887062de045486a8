"""The page of a case in a browser: controls move, the answer, the link and the figures follow."""

import re
import time

import pytest

import accessibility
import tumen
import web
from tumen.app.server.build import create_app
from tumen.app.server.settings import Settings
from tumen.errors import SolveError
from tumen.report.words import finding_of, share

CASE = "minsk-moscow"
PAGE = f"/cases/{CASE}"
NO_SOLUTION = "minsk-moscow, pressure: no equilibrium"
# A figure as it is drawn: the lengths of its bars.
BARS = "id => document.querySelector(`[id='${id}'] .plot`).data.flatMap(bars => [...bars.x])"

SETTLED = """() => typeof flight !== "undefined" && !flight && undrawn.size === 0 &&
  !document.querySelector(".busy, .shown.waiting, .shown.old")"""


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


@pytest.fixture(scope="module")
def chromium():
    with web.chromium() as made:
        yield made


@pytest.fixture
def watched(server, chromium):
    with web.watched(chromium, server) as page:
        yield page


def until(page, script, arg=None, seconds=30):
    """Wait for what a script says; the page's policy forbids the waiting that Playwright has."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(script, arg):
        assert time.monotonic() < deadline, f"never came true: {script}"
        page.wait_for_timeout(20)


def settled(page):
    """Wait until the page shows the answer to its controls, and who does what."""
    until(page, SETTLED)


def link(page):
    """Query of the address, as the browser has it."""
    return page.evaluate("location.search").removeprefix("?")


def gist(page):
    """The numbers of the gist by their places."""
    script = """[...document.querySelectorAll("#gist [data-at]")].map(
      (cell) => [cell.dataset.at, cell.querySelector("b").textContent])"""
    return dict(page.evaluate(script))


def sentence(page):
    """The answer in words."""
    return page.inner_text("#sentences").replace("\u00a0", " ")


def control(page, name):
    """The control of a tie in a phase."""
    return page.locator(f"[id='{name}']")


def agrees(page, **varied):
    """Whether gist, sentence and first figure are those of `tumen.answer` of the same variation."""
    answer = tumen.answer(CASE, **varied)
    shown, main = gist(page), answer.main
    loss = 100 * main.central.loss("BLR", "pressure")
    assert shown["loss.BLR"] == f"{loss:.2f} %".replace("-", "−")
    for name, phase in answer.phases.items():
        ratio = phase.offset_ratio("BLR")["central"]
        expected = "too small" if ratio is None else f"{share(ratio)} %"
        assert shown[f"offset_ratio.{name}.BLR"] == expected
    assert finding_of(answer, "BLR") in sentence(page)
    views = [view for key, view in answer.views.items() if key.startswith("pressure")]
    bars = sorted(view.change("BLR") for view in views)
    assert sorted(page.evaluate(BARS, "losses")) == pytest.approx(bars, abs=1e-9)
    return answer


def test_from_the_first_page_to_the_first_answer_in_one_click(watched):
    watched.go("/")
    watched.page.locator(f"article:has(a[href='{PAGE}']) .button").click()
    assert "the pressure costs Belarus" in sentence(watched.page)
    settled(watched.page)
    agrees(watched.page)
    assert watched.errors == []
    assert watched.outside == []


def test_a_control_moves_figure_sentence_and_link(watched):
    watched.go(PAGE)
    page = watched.page
    settled(page)
    before = sentence(page), page.evaluate(BARS, "losses"), page.evaluate(BARS, "waterfall.war.BLR")
    control(page, "market.war").focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    settled(page)
    assert link(page) == "market.war=80"
    assert control(page, "market.war").get_attribute("aria-valuetext") == "80 %"
    after = sentence(page), page.evaluate(BARS, "losses"), page.evaluate(BARS, "waterfall.war.BLR")
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert "Changed: sales to Russia at 80 % while the war lasts." in sentence(page)
    answer = agrees(page, levels={"market": {"war": 0.8}})
    for link_to in page.locator("#losses .take a").all():
        assert link_to.get_attribute("href").endswith("?market.war=80")
    assert (
        "levels={'market': {'war': 0.8}}"
        in page.locator("#losses [data-part=python]").text_content()
    )
    assert answer.case.digest in page.locator("#losses .made").inner_text()
    claims = page.locator(".tabs a", has_text="Claims").get_attribute("href")
    assert claims == f"{PAGE}/claims?market.war=80"
    assert watched.errors == []
    assert watched.outside == []


def test_the_figures_are_those_of_the_answer_split_by_tie(watched):
    watched.go(f"{PAGE}?gas.after=20")
    settled(watched.page)
    answer = tumen.answer(CASE, levels={"gas": {"after": 0.2}}, split=True)
    parts = answer.phases["after"].shapley.sel(region="BLR").values.tolist()
    bars = watched.page.evaluate(BARS, "waterfall.after.BLR")
    assert sorted(bars) == pytest.approx(sorted([*parts, sum(parts)]), abs=1e-9)


def test_coalition_elasticities_and_horizon(watched):
    watched.go(PAGE)
    page = watched.page
    page.get_by_label("Poland", exact=True).uncheck()
    settled(page)
    assert link(page) == "without=POL"
    assert "Poland takes no part" in sentence(page)
    agrees(page, abstain=["POL"])
    page.get_by_label("How easily goods are replaced").select_option("uniform-4")
    settled(page)
    assert link(page) == "without=POL&elasticities=uniform-4"
    page.get_by_label("How long after the pressure began").select_option("0.25")
    settled(page)
    assert link(page) == "without=POL&elasticities=uniform-4&horizon=0.25"
    assert "In the first months" in sentence(page)
    agrees(page, abstain=["POL"], elasticities="uniform-4", horizon=0.25)
    page.get_by_role("link", name="Back to the case").click()
    settled(page)
    assert link(page) == ""
    assert "This is the case as it stands." in sentence(page)
    agrees(page)
    assert watched.errors == []


def test_all_leave_and_return(watched):
    watched.go(PAGE)
    page = watched.page
    fieldset = page.locator(".coalition fieldset").first
    fieldset.get_by_role("button", name="nobody").click()
    settled(page)
    assert len(link(page).removeprefix("without=").split(",")) == 13
    fieldset.get_by_role("button", name="all").click()
    settled(page)
    assert link(page) == ""


def test_a_link_a_reload_and_the_way_back(watched):
    state = "market.war=33.5&without=JPN,KOR&horizon=1"
    varied = {
        "levels": {"market": {"war": 0.335}},
        "abstain": ["JPN", "KOR"],
        "horizon": 1.0,
    }
    watched.go(f"{PAGE}?{state}")
    page = watched.page
    settled(page)
    shown = gist(page)
    agrees(page, **varied)
    assert not page.get_by_label("Japan", exact=True).is_checked()
    page.reload()
    settled(page)
    assert gist(page) == shown
    assert link(page) == state
    control(page, "credit.war").focus()
    page.keyboard.press("Home")
    settled(page)
    assert link(page) == "market.war=33.5&credit.war=0&without=JPN,KOR&horizon=1"
    assert gist(page) != shown
    page.go_back()
    settled(page)
    assert link(page) == state
    assert gist(page) == shown
    assert control(page, "credit.war").input_value() == "100"
    page.go_forward()
    settled(page)
    assert control(page, "credit.war").input_value() == "0"
    assert gist(page) != shown
    assert watched.errors == []


def test_many_moves_end_at_the_last(watched):
    watched.go(PAGE)
    page = watched.page
    page.evaluate(
        """() => { const one = document.getElementById("gas.war");
        for (let value = 95; value >= 15; value -= 5) {
          one.value = value; one.dispatchEvent(new Event("input", { bubbles: true })); } }"""
    )
    settled(page)
    assert link(page) == "gas.war=15"
    agrees(page, levels={"gas": {"war": 0.15}})
    asked = [url for url in watched.requests if "/answer?" in url and "split" not in url]
    assert len(asked) < 8
    page.go_back()
    settled(page)
    assert link(page) == ""


def test_a_group_moves_all_of_its_ties(server, chromium):
    with web.watched(chromium, server) as watched:
        watched.go("/cases/moscow-pyongyang")
        page = watched.page
        page.get_by_label("Munitions and troops, all of it, the war").focus()
        page.keyboard.press("Home")
        until(page, "() => !flight")
        assert link(page) == "munitions.war=0&troops.war=0"
        page.get_by_text("2 ties one by one").first.click()
        page.get_by_label("Munitions, the war").focus()
        page.keyboard.press("End")
        until(page, "() => !flight")
        assert link(page) == "munitions.war=200&troops.war=0"
        output = page.locator("[id='unit:arms.war']").locator("xpath=../output")
        assert output.inner_text() == "mixed"
        assert watched.errors == []


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
