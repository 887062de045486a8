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


# Files that take longest, so that none of them is begun when the others are done.
LONGEST = (
    *("test_load", "test_sample", "test_variants", "test_cli", "test_claims", "test_scorecard"),
    *("test_stress", "test_case_browser", "test_claims_page", "test_world_pages"),
    *("test_variant_properties", "test_properties", "test_every_page", "test_server_killed"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; all others as they come."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONGEST)))


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
