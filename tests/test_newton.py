"""Newton-Krylov reaches what the maps reach, from the same equations, and says that it did."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import tumen
from tumen.analysis.multistart import random_state
from tumen.model.equilibrium import initial_state
from tumen.solver import newton, setting
from tumen.solver.solve import settle
from worlds import random_world

TOLERANCE = 1e-10
ON = [{}, {"mobility": 0.3, "wage_floor": 0.9}, {"input_substitution": 0.4}]


def asked(variants, tariffs=True):
    w = random_world(np.random.default_rng(8), 4, 3, tariffs=tariffs).replace(**variants)
    return w, [tumen.TradeCost(w.regions[0], None, factor=1.5), tumen.Embargo(*w.regions[:2])]


def searched(at, start=None, limit=2000):
    begin = initial_state(at.economy) if start is None else start
    given = at.economy, at.shock, at.rule, begin
    return newton.newton_krylov(*given, TOLERANCE, limit, tariffs=at.tariffs)


@pytest.mark.parametrize("variants", ON, ids=lambda v: ", ".join(v) or "plain")
@pytest.mark.parametrize("tariffs", [True, False])
def test_it_ends_where_the_maps_end(variants, tariffs):
    settled = settle(*asked(variants, tariffs), tolerance=TOLERANCE)
    assert settled.method == "anderson"
    found = searched(settled.setting)
    assert float(found.residual) <= TOLERANCE
    for mine, theirs in zip(found.state, settled.solution.state, strict=True):
        if mine is not None:
            np.testing.assert_allclose(mine, theirs, atol=1e-8)


def test_steps_converge_quadratically():
    """The slope that scales wages is held in the derivative, which costs nothing at the end."""
    settled = settle(*asked({"mobility": 0.3}), tolerance=1e-13)
    at, there = settled.setting, settled.solution.state
    away = random_state(at, np.random.default_rng(0), 1.0)
    begin = initial_state(at.economy)
    left = []
    for size in (1e-2, 1e-3):
        start = jax.tree.map(lambda x, a, b, size=size: x + size * (a - b), there, away, begin)
        search = newton.Search(at.economy, at.shock, at.rule, start, tariffs=at.tariffs)
        gap, _ = search.gap(search.point)
        search.point = search.point + search.step(gap, 1e-20)
        left.append(newton.length(search.gap(search.point)[0]) / newton.length(gap))
    assert left[0] < 0.1
    assert left[1] < 0.2 * left[0]


def test_a_derivative_at_the_solution_is_a_difference():
    settled = settle(*asked({}), tolerance=1e-13)
    at, state = settled.setting, settled.solution.state
    along = random_state(at, np.random.default_rng(2), 0.1)
    given = at.economy, at.shock, at.rule
    exact = newton.derivative(*given, state, along, tariffs=at.tariffs)
    h = 1e-6

    def moved(by):
        there = jax.tree.map(lambda x, d: x + by * d, state, along)
        return ravel_pytree(newton.mapped(*given, there, tariffs=at.tariffs)[0])[0]

    difference = (moved(h) - moved(-h)) / (2 * h)
    np.testing.assert_allclose(ravel_pytree(exact)[0], difference, rtol=1e-6, atol=1e-7)


def test_it_stops_at_its_limit_and_at_its_best_point():
    at = settle(*asked({})).setting
    short = searched(at, limit=12)
    assert float(short.residual) > TOLERANCE
    first = searched(at, limit=1)
    assert float(short.residual) <= float(first.residual)


def test_where_maps_are_slow_it_takes_over(monkeypatch):
    w, shocks = asked({"mobility": 0.3, "wage_floor": 0.9})
    plain = tumen.solve(w, shocks)
    monkeypatch.setattr(setting, "SWITCH", 10)
    taken = tumen.solve(w, shocks)
    assert (plain.method, taken.method) == ("anderson", "newton-krylov")
    assert taken.evaluations > 10
    assert taken.real_income.values == pytest.approx(plain.real_income.values, abs=1e-7)
    assert taken.stamp["method"] == "newton-krylov"


def test_where_it_fails_the_maps_have_the_last_word(monkeypatch):
    """From the start again, so that nothing is lost but time."""
    w, shocks = asked({})
    plain = tumen.solve(w, shocks)
    monkeypatch.setattr(setting, "SWITCH", 10)
    monkeypatch.setattr(newton, "MOST_STEPS", 1)
    found = tumen.solve(w, shocks)
    assert found.method == "anderson"
    assert found.evaluations > plain.evaluations + 10
    assert (found.real_income == plain.real_income).all()


def test_evaluations_stay_within_the_maps_allowed():
    w, shocks = asked({"input_substitution": 0.0})
    result = tumen.solve(w, shocks, tolerance=1e-18, max_maps=600, throw=False)
    assert result.status == "stalled"
    assert 300 < result.evaluations <= 600 + newton.KRYLOV * (newton.RESTARTS + 1)


def test_a_step_beyond_all_numbers_is_refused():
    assert newton.length(np.array([1e200, 1e200])) == np.inf
    assert newton.length(np.array([3.0, 4.0])) == 5.0
    assert jnp.isfinite(newton.length(np.zeros(2)))
