"""A case over the years: phases switch what they say, capital lasts, and the dates are obeyed."""

from __future__ import annotations

import pytest

import tumen
from cases import write_case
from tumen.analysis.timeline import phase_in, years_of


def dated(scenario):
    scenario["phases"] = [
        {
            "id": "before",
            "title": "Before",
            "first": 2020,
            "last": 2020,
            "pressure": False,
            "ties": "none",
        },
        {"id": "alone", "title": "Alone", "first": 2021, "last": 2021, "ties": "none"},
        {"id": "war", "title": "War", "first": 2022, "last": 2024, "ties": "full"},
        {"id": "after", "title": "After", "first": 2025, "last": 2032, "ties": "lasting"},
    ]
    for tie in scenario["ties"]:
        tie["persistence"] = 0.0
    scenario["ties"][0]["start"] = 2023


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return tumen.run(write_case(tmp_path_factory.mktemp("dated"), dated)).timeline


def at(found, path, year, region="Quay", end="central"):
    return float(found.change.sel(path=path, year=year, region=region, end=end))


def test_before_the_pressure_nothing_differs(found):
    assert at(found, "pressure", 2020) == pytest.approx(0, abs=1e-8)
    assert at(found, "pressure_ties", 2020) == pytest.approx(0, abs=1e-8)


def test_ties_start_with_their_phase_and_their_own_year(found):
    assert at(found, "pressure_ties", 2021) == pytest.approx(at(found, "pressure", 2021), abs=1e-8)
    assert at(found, "pressure_ties", 2022) > at(found, "pressure", 2022)
    # Money starts a year later: what the benchmark holds of it is out until then.
    assert at(found, "pressure_ties", 2023) > at(found, "pressure_ties", 2022) + 0.1


def test_what_was_built_lasts_for_a_while(found):
    gap = {
        year: at(found, "pressure_ties", year) - at(found, "pressure", year)
        for year in range(2025, 2033)
    }
    assert gap[2025] > 1e-4  # every tie is gone; what differs is capital
    assert all(gap[year] < gap[year - 1] for year in range(2026, 2033))
    assert gap[2032] > 0.5 * gap[2025]  # a half-life of about 17 years
    capital = found.capital.sel(path="pressure_ties", region="Quay", end="central")
    bare = found.capital.sel(path="pressure", region="Quay", end="central")
    assert float(capital.sel(year=2025)) > float(bare.sel(year=2025))


def test_welfare_lies_between_the_best_and_the_worst_year(found):
    path = found.change.sel(path="pressure_ties", region="Quay", end="central")
    worth = float(found.welfare.sel(path="pressure_ties", region="Quay", end="central"))
    assert float(path.min()) < worth < float(path.max())


def test_years_and_phases(tmp_path):
    case = tumen.run(write_case(tmp_path, dated)).case
    assert years_of(case) == list(range(2020, 2033))
    assert phase_in(case, 2024).id == "war"
    assert phase_in(case, 2025).id == "after"
