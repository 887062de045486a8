"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import tumen
from tumen.analysis.case import CaseResult

# The same examples on every machine and in every run; compiling makes the first of them slow.
settings.register_profile(
    "tumen", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tumen")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published results and raw data beside the repository."""
    folder = Path(__file__).resolve().parents[1].parent / "shared"
    if not (folder / "targets").is_dir():
        pytest.skip("published targets are not here: ../shared/targets is absent")
    return folder


@pytest.fixture(scope="session")
def flagship() -> CaseResult:
    """The first case, run once for all tests that read its results."""
    return tumen.run("moscow-pyongyang")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server for one person, with a store of its own."""
    import web

    with web.served(web.Settings(tmp_path_factory.mktemp("store"))) as address:
        yield address


@pytest.fixture
def asker(server):
    """Asks the server without a browser."""
    import web

    with web.httpx.Client(base_url=server, timeout=60) as made:
        yield made


@pytest.fixture(scope="module")
def chromium():
    """A browser, for all tests of a file."""
    import web

    with web.chromium() as made:
        yield made


@pytest.fixture
def watched(server, chromium):
    """A fresh page of the browser, on the server."""
    import web

    with web.watched(chromium, server) as page:
        yield page
