"""A headless browser for tests of pages. Without one they are skipped, or fail if they must run."""

import os
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
