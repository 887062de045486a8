"""What tests of a live page of a case share: waiting for its answer, and reading it."""

import time

# A figure as it is drawn: the lengths of its bars.
BARS = "id => document.querySelector(`[id='${id}'] .plot`).data.flatMap(bars => [...bars.x])"

SETTLED = """() => typeof flight !== "undefined" && !flight && undrawn.size === 0 &&
  !document.querySelector(".busy, .shown.waiting, .shown.old")"""


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
