"""Random worlds under random variants and shocks: what must hold whatever is on."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
import tumen
import variant_oracle
from worlds import random_world

TIGHT = 1e-11
COMBINATIONS = [
    ("input_substitution", "import_elasticity", "mobility", "wage_floor"),
    ("mobility", "scale_elasticity"),
    ("labour_supply_elasticity", "profit_share", "import_elasticity"),
    ("capital_response", "wage_floor", "value_added_substitution"),
]


def chosen(w: tumen.World, names, draw) -> dict:
    """Values of the variants somewhere in their ranges."""
    theta = w.dataset["trade_elasticity"]
    least = float(w.dataset["value_added_share"].min())
    made = {
        "input_substitution": lambda u: 2 * u,
        "value_added_substitution": lambda u: 1.5 * u,
        "import_elasticity": lambda u: (0.2 + 0.8 * u) * theta,
        "mobility": lambda u: u,
        "wage_floor": lambda u: 0.5 + 0.5 * u,
        "labour_supply_elasticity": lambda u: 2 * u,
        "capital_response": lambda u: u,
        "scale_elasticity": lambda u: 0.5 * u / theta,
        "profit_share": lambda u: 0.9 * u * least,
    }
    return {name: made[name](draw(st.floats(0, 1))) for name in names}


@st.composite
def questions(draw):
    names = draw(st.sampled_from(COMBINATIONS))
    w = random_world(
        np.random.default_rng(draw(st.integers(0, 5000))), 3, 2,
        tariffs=draw(st.booleans()), deficits=draw(st.booleans()),
    )  # fmt: skip
    w = w.replace(**chosen(w, names, draw))
    change = oracle.no_change(oracle.data_of(w.dataset))
    n, i = draw(st.sampled_from([(0, 1), (1, 2), (2, 0)]))
    factor = float(np.exp(draw(st.floats(-0.7, 1.0))))
    left = 1 - draw(st.floats(0, 0.99))
    change.cost[n, i, :] *= factor
    change.weight[i, n, 0] *= left
    shocks = [
        tumen.TradeCost(w.regions[n], w.regions[i], factor=factor),
        tumen.Embargo(w.regions[i], w.regions[n], w.sectors[0], share=1 - left),
    ]
    return w, shocks, change


CHECKS = {"suppress_health_check": [HealthCheck.too_slow], "deadline": None, "derandomize": True}


@given(question=questions())
@settings(max_examples=15, **CHECKS)
def test_what_converges_holds_in_levels(question):
    check(question)


@pytest.mark.slow
@given(question=questions())
@settings(max_examples=400, **CHECKS)
def test_what_converges_holds_in_levels_at_length(question):
    check(question)


def check(question) -> None:
    w, shocks, change = question
    result = tumen.solve(w, shocks, tolerance=TIGHT, throw=False)
    assert result.status is tumen.Status.converged, result.message
    for equation, gap in variant_oracle.gaps(w, change, "fixed", result).items():
        assert gap < 1e-7, f"{equation}: {gap:.2g}"
    # Walras: what the world pays for goods it receives for them, deficits and all.
    money = result.income - result.value_added - result.tariff_revenue
    assert float(money.sum()) == pytest.approx(0, abs=1e-5)
    assert (money - w.dataset["transfer"]).values == pytest.approx(np.zeros(3), abs=1e-5)


@pytest.mark.parametrize("names", COMBINATIONS, ids=lambda names: names[0])
def test_the_size_of_the_world_does_not_matter(names):
    """All values ten times as large: every change is the same."""
    w = random_world(np.random.default_rng(9), 3, 2)

    class Fixed:
        def __call__(self, _):
            return 0.5

    w = w.replace(**chosen(w, names, Fixed()))
    data = w.dataset
    for name in ("expenditure", "value_added", "transfer"):
        data[name] = 10 * data[name]
    shocks = [tumen.TradeCost(w.regions[0], w.regions[1], factor=1.4)]
    one, ten = (tumen.solve(x, shocks, tolerance=1e-12) for x in (w, tumen.World(data)))
    assert ten.real_income.values == pytest.approx(one.real_income.values, abs=1e-8)
    assert ten.wage_hat.values == pytest.approx(one.wage_hat.values, abs=1e-9)


def test_order_of_labels_does_not_matter_to_a_variant():
    w = random_world(np.random.default_rng(2), 3, 2)
    given = {
        "mobility": xr.DataArray([0.2, 0.5, 0.9], {"region": w.regions}, ("region",)),
        "import_elasticity": 0.5 * w.dataset["trade_elasticity"],
    }
    turned = {name: values[::-1] for name, values in given.items()}
    shocks = [tumen.TradeCost(w.regions[0], None, factor=1.3)]
    one, other = (tumen.solve(w, shocks, variants=each) for each in (given, turned))
    assert other.real_income.values == pytest.approx(one.real_income.values, abs=1e-12)
