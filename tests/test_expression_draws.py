"""Formulas over draws: every draw gets what the scalar rules give it, and never a warning."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_expression import LOGIC
from tumen.scenario.expression import ExpressionError, NoValueError, parse
from tumen.scenario.expression_draws import holds, sides

NUMBER = st.one_of(
    st.floats(-1e3, 1e3, allow_subnormal=False),
    st.sampled_from([0.0, -0.0, 1.0, -2.0, math.nan, math.inf, 1e308, -1e308]),
)
DRAWS = st.integers(1, 6).flatmap(
    lambda size: st.fixed_dictionaries(
        {
            "a": st.lists(NUMBER, min_size=size, max_size=size),
            "b.c": st.lists(NUMBER, min_size=size, max_size=size),
            "d.e.f": NUMBER,
        }
    )
)


@given(LOGIC, DRAWS)
def test_arrays_agree_with_numbers_draw_by_draw(text, draws):
    try:
        read = parse(text)
    except ExpressionError:
        return
    lookup = {name: np.array(value) for name, value in draws.items()}
    found = holds(read, lookup)
    both = sides(read, lookup)
    for at in range(len(found.holds)):
        here = {name: float(np.resize(value, 6)[at]) for name, value in lookup.items()}
        try:
            expected = read.holds(here)
        except NoValueError:
            assert not found.known[at]
            assert not found.holds[at]
        else:
            assert found.known[at]
            assert found.holds[at] == expected
        if both is None:
            continue
        try:
            left, right = read.sides(here)
        except NoValueError:
            assert math.isnan(both[0][at]) or math.isnan(both[1][at])
        else:
            assert (both[0][at], both[1][at]) == (left, right)


def test_draws_without_a_value_are_marked_and_the_rest_kept():
    read = parse("1 / a > 2 and log(b) > 0")
    found = holds(
        read, {"a": np.array([0.0, 0.1, 0.1, 5.0, np.nan]), "b": np.array([2, 2, 0, 0, 2])}
    )
    # The fourth is false before the logarithm is asked for, as Python reads it.
    assert found.known.tolist() == [False, True, False, True, False]
    assert found.holds.tolist() == [False, True, False, False, False]


def test_what_cannot_be_looked_up():
    with pytest.raises(NoValueError, match="no result x") as caught:
        holds(parse("x > 1"), {})
    assert caught.value.name == "x"
    with pytest.raises(ValueError, match="unequal numbers of draws"):
        holds(parse("x > y"), {"x": np.ones(3), "y": np.ones(4)})


def test_a_whole_ledger_over_ten_thousand_draws_is_quick():
    generator = np.random.default_rng(7)
    lookup = {"a": generator.random(10_000), "b.c": generator.normal(size=10_000)}
    read = parse("100 * ((1 + a) ** 5 - 1) / (1 + abs(b.c)) + exp(a) - log(a + 1) >= 30")
    start = time.perf_counter()
    for _ in range(45):
        assert holds(read, lookup).known.all()
    assert time.perf_counter() - start < 2.0
