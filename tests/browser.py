"""A headless browser for tests of pages. Without one they are skipped, or fail if they must run."""

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--hide-scrollbars", "--enable-logging=stderr", "--v=0"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
)

# Texts of figures that leave their plot, or that another text or a bar crosses.
MEASURE = """
const box = (node) => node.getBoundingClientRect();
const resources = performance.getEntriesByType("resource").length;
const found = { resources, cut: [], crossed: [], count: 0 };
for (const plot of document.querySelectorAll(".plot")) {
  const whole = box(plot);
  const texts = [...plot.querySelectorAll("text")].filter((node) => box(node).width);
  const bars = [...plot.querySelectorAll(".points path")];
  found.count += texts.length;
  for (const [index, node] of texts.entries()) {
    const a = box(node);
    const within = a.left > whole.left - 1 && a.right < whole.right + 1;
    if (!within || a.top < whole.top - 1 || a.bottom > whole.bottom + 1)
      found.cut.push(node.textContent);
    for (const other of [...texts.slice(index + 1), ...bars]) {
      const b = box(other);
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 3)
        found.crossed.push(node.textContent + " | " + other.textContent);
    }
  }
}
document.title = JSON.stringify(found);
"""


class Seen(NamedTuple):
    """What the browser made of a page."""

    dom: str
    console: list[str]


def find() -> str:
    """Path of the browser."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    if os.environ.get("TUMEN_REQUIRE_BROWSER") == "1":
        pytest.fail("TUMEN_REQUIRE_BROWSER is 1 and no chromium was found")
    pytest.skip("no chromium here: install Debian's package chromium")


def look(page: Path, *extra: str) -> Seen:
    """Open the page, let its scripts run, and return its document and console messages."""
    profile = page.parent / "profile"
    done = subprocess.run(
        [find(), *FLAGS, f"--user-data-dir={profile}", *extra, "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    shutil.rmtree(profile, ignore_errors=True)
    return Seen(done.stdout, console)


def measured(page: Path, width: int) -> tuple[list[str], dict]:
    """Console messages and what `MEASURE` found on the page at a width, its policy off."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    text = text.replace("</head>", f"<style>main {{ max-width: {width}px }}</style></head>")
    text = text.replace("</body>", f"<script>{MEASURE}</script></body>")
    copy = page.parent / "measured.html"
    copy.write_text(text, encoding="utf-8")
    seen = look(copy)
    title = re.search(r"<title>(.*?)</title>", seen.dom, flags=re.S)
    assert title is not None
    return seen.console, json.loads(html.unescape(title[1]))
