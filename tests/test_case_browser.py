"""The page of a case in a browser: controls move, the answer, the link and the figures follow."""

import pytest

import tumen
import web
from livecase import BARS, control, gist, link, sentence, settled, until
from tumen.report.words import finding_of, share

CASE = "minsk-moscow"
PAGE = f"/cases/{CASE}"


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
