"""Capital from year to year: limits, rates and closed forms, against plain algebra."""

import math

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tumen.model import accumulation

small = st.floats(-2.0, 2.0)
share = st.floats(0.0, 0.9)


@given(small, small, small)
def test_capital_turns_over_wholly_or_never(capital, invested, price):
    at_once = accumulation.next_capital(capital, invested, price, 1.0)
    assert float(at_once) == pytest.approx(invested - price, abs=1e-15)
    assert float(accumulation.next_capital(capital, invested, price, 0.0)) == capital


@given(small, small, share)
def test_capital_counts_for_its_share_of_the_factors(labour, capital, a):
    bundle = float(accumulation.factor_bundle(labour, capital, a))
    assert math.exp(bundle) == pytest.approx(math.exp(labour) ** (1 - a) * math.exp(capital) ** a)
    assert float(accumulation.factor_bundle(labour, labour, a)) == pytest.approx(labour)


@given(st.floats(-0.2, 0.5), st.floats(0.05, 0.6), share)
def test_benchmark_investment_is_what_was_asked_for(ratio, invested, part):
    sigma = invested * part
    rate = accumulation.saving_rate(100.0, 100.0 * ratio, invested, sigma)
    total = accumulation.investment(100.0, 100.0 * ratio, rate, sigma)
    assert float(total) == pytest.approx(invested * 100 * (1 + ratio))
    # The benchmark's own transfers, saved like income, leave the rate what it is for all income.
    like_income = accumulation.saving_rate(100.0, 100.0 * ratio, invested, invested)
    assert float(like_income) == pytest.approx(invested)


def test_transfers_that_are_not_saved_build_nothing_at_given_prices():
    rate = accumulation.saving_rate(200.0, 0.0, 0.25, 0.0)
    log_hat = jnp.log(accumulation.investment(200.0, 80.0, rate, 0.0) / 50.0)
    assert float(accumulation.next_capital(0.0, log_hat, 0.0, 0.06)) == 0.0
    built = jnp.log(accumulation.investment(200.0, 80.0, rate, 0.1) / 50.0)
    grown = float(accumulation.next_capital(0.0, built, 0.0, 0.06))
    assert grown == pytest.approx(0.06 * math.log(58 / 50))


@given(small, small, small, st.floats(0.02, 1.0), share)
def test_steady_capital_is_where_capital_stays(price, cost, labour, delta, a):
    steady = float(accumulation.steady_capital(price, cost, a, labour))
    income = price + accumulation.factor_bundle(labour, steady, a)
    assert float(accumulation.next_capital(steady, income, cost, delta)) == pytest.approx(
        steady, abs=1e-9
    )
    assert float(accumulation.steady_capital(price, price, a, labour)) == labour


@given(small, st.floats(0.02, 1.0), share)
def test_extra_capital_decays_at_the_stated_rate(extra, delta, a):
    earned = accumulation.factor_bundle(0.0, extra, a)
    left = float(accumulation.next_capital(extra, earned, 0.0, delta))
    assert left == pytest.approx(extra * float(accumulation.decay_rate(delta, a)), abs=1e-12)


def test_half_of_it_is_left_after_seventeen_years():
    years = accumulation.half_life(0.06, 1 / 3)
    assert years == pytest.approx(17, abs=0.05)
    assert 0.96**years == pytest.approx(0.5)


@pytest.mark.slow
@settings(deadline=None)  # every length is compiled
@given(small, st.floats(0.5, 1.0), st.integers(1, 40))
def test_a_constant_path_is_worth_its_constant(log_welfare, discount, years):
    path = jnp.full((years, 2), log_welfare)
    worth = accumulation.consumption_equivalent(path, discount)
    assert np.asarray(worth) == pytest.approx(math.expm1(log_welfare), abs=1e-12)


def test_years_weigh_less_the_later_and_as_published_on_an_endless_path():
    weights = np.asarray(accumulation.discount_weights(2000, 0.96))
    assert weights[1:] / weights[:-1] == pytest.approx(0.96)
    assert weights[0] == pytest.approx(1 - 0.96)
    once = jnp.zeros((2000, 1)).at[3].set(0.1)
    worth = float(accumulation.consumption_equivalent(once, 0.96)[0])
    assert worth == pytest.approx(math.expm1(0.04 * 0.96**3 * 0.1))
