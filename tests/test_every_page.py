"""Every page at phone and desktop width: it fits, it asks nobody else, nothing is wrong with it."""

import pytest

import accessibility
import web

CASE = "moscow-pyongyang"
# What each page does is tested beside it by default; here all are gone through alike.
pytestmark = pytest.mark.slow
PAGES = {
    "home": "/",
    "case": f"/cases/{CASE}",
    "case-moved": f"/cases/{CASE}?munitions.war=50&without=JPN",
    "claims": f"/cases/{CASE}/claims",
    "routes": f"/cases/{CASE}/routes",
    "evidence": f"/cases/{CASE}/evidence",
    "worlds": "/worlds",
    "world": "/worlds/tumen-31",
    "country": "/worlds/tumen-31/PRK?partner=RUS",
    "runs": "/runs",
    "run-new": f"/runs/new?case={CASE}",
    "compare": f"/compare?a=case:{CASE}&b=case:{CASE}%3Fmunitions.war%3D50",
    "method": "/method",
    "upload": "/upload",
    "api": "/api",
    "missing": "/no-such-page",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_is_accessible_and_asks_nobody_else(name, server, chromium):
    status = 404 if name == "missing" else 200
    for width, size in (("desktop", web.DESKTOP), ("phone", web.PHONE)):
        with web.watched(chromium, server, size) as seen:
            assert seen.go(PAGES[name]).status == status
            seen.page.wait_for_load_state("networkidle")
            seen.shoot(f"{name}-{width}")
            wrong = [text for text in seen.errors if "404" not in text or status == 200]
            assert wrong == []
            assert seen.outside == []
            assert seen.fits()
            assert accessibility.grave(seen.page) == []
            assert seen.page.locator("h1").count() == 1


@pytest.mark.parametrize("name", ["case", "claims", "country", "evidence", "runs", "method"])
def test_colours_have_contrast_in_the_dark_too(name, server, chromium):
    with web.watched(chromium, server, color_scheme="dark") as seen:
        seen.go(PAGES[name])
        seen.page.wait_for_load_state("networkidle")
        seen.shoot(f"{name}-dark")
        assert accessibility.grave(seen.page) == []
