"""What axe-core (its file and licence stand in tests/axe) finds wrong with a page."""

from functools import cache
from pathlib import Path

AXE = Path(__file__).parent / "axe" / "axe.min.js"
GRAVE = ("serious", "critical")
RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.map((rule) => ({
    id: rule.id, impact: rule.impact, help: rule.help,
    nodes: rule.nodes.slice(0, 4).map((node) => node.html.slice(0, 160)),
  }));
}"""


@cache
def source():
    return AXE.read_text(encoding="utf-8")


def findings(page):
    """Everything that axe-core finds on a Playwright page as it stands."""
    page.evaluate(source())
    return page.evaluate(RUN)


def grave(page):
    """The serious and critical ones."""
    return [one for one in findings(page) if one["impact"] in GRAVE]
