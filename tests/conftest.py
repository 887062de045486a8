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
