"""Searches from many places: they agree where theory says so, and disagreement is told."""

import dataclasses

import numpy as np
import pytest

import tumen
from tumen.analysis.multistart import random_state
from tumen.report.case_page import uniqueness_in_words
from tumen.solver.solve import settle
from worlds import random_world


@pytest.fixture(scope="module")
def world():
    return random_world(np.random.default_rng(5), 4, 3, tariffs=True)


def hard(w):
    return [
        tumen.TradeCost(w.regions[0], w.regions[1], factor=2.0),
        tumen.Embargo(w.regions[2], share=0.9),
    ]


VARIANTS = [
    {},
    {"mobility": 0.0, "wage_floor": 0.95},
    {"input_substitution": 0.3},
    {"scale_elasticity": 0.05},
]


@pytest.mark.parametrize("variants", VARIANTS, ids=lambda v: ", ".join(v) or "plain")
def test_all_searches_end_in_one_place(world, variants):
    found = tumen.multistart(world, hard(world), starts=5, spread=1.0, variants=variants)
    assert found.settled == 6
    assert found.same
    assert found.distance < 1e-8
    assert dict(found.real_income.sizes) == {"start": 6, "region": 4}
    plain = tumen.solve(world, hard(world), variants=variants)
    assert (found.result.real_income == plain.real_income).all()
    assert (found.real_income.isel(start=0) == plain.real_income).all()


def test_starts_are_far_apart_and_repeatable(world):
    setting = settle(world, hard(world)).setting
    one, same, other = (
        random_state(setting, np.random.default_rng(seed), 1.0) for seed in (1, 1, 2)
    )
    assert (one.log_wage == same.log_wage).all()
    assert np.abs(np.asarray(one.log_wage - other.log_wage)).max() > 0.3
    assert np.abs(np.asarray(one.log_price)).max() > 0.5
    evaluations = [tumen.multistart(world, starts=2, seed=s).evaluations for s in (1, 1, 2)]
    assert evaluations[0] == evaluations[1] != evaluations[2]


def test_ends_that_differ_are_told(world):
    found = tumen.multistart(world, starts=2)
    apart = found.real_income.copy()
    apart[1, 0] += 0.5
    two = dataclasses.replace(found, real_income=apart)
    assert not two.same
    assert two.distance == pytest.approx(0.005, rel=0.1)
    assert "more than one" in str(two)
    assert "end in the same equilibrium" in str(found)
    lost = found.real_income.copy()
    lost[2] = np.nan
    status = [tumen.Status.converged, tumen.Status.converged, tumen.Status.stalled]
    some = dataclasses.replace(found, real_income=lost, statuses=status)
    assert str(some).startswith("2 of 3 searches settle")


@pytest.mark.parametrize(
    ("options", "message"),
    [({"starts": 0}, "starts must be at least 1"), ({"spread": 0.0}, "spread must be above 0")],
)
def test_settings_that_mean_nothing(world, options, message):
    with pytest.raises(tumen.ShockError, match=message):
        tumen.multistart(world, **options)


def test_a_question_without_an_answer_has_no_starts(world):
    give = tumen.Transfer(world.regions[0], world.regions[1], value=1e9)
    with pytest.raises(tumen.SolveError, match="absorption_negative"):
        tumen.multistart(world, [give])


def test_a_report_says_what_the_searches_found(world):
    found = tumen.multistart(world, starts=2)
    assert "2 settle, all of them in the world shown" in uniqueness_in_words(found)
    apart = found.real_income.copy()
    apart[1, 0] += 0.5
    assert "More than one world" in uniqueness_in_words(
        dataclasses.replace(found, real_income=apart)
    )
    lost = found.real_income.copy()
    lost[1:] = np.nan
    status = [tumen.Status.converged, *2 * [tumen.Status.stalled]]
    none = dataclasses.replace(found, real_income=lost, statuses=status)
    assert "None of 2 searches" in uniqueness_in_words(none)
