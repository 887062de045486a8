"""Weapons funding: bounds by interval arithmetic, and what enters them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import tumen
from tumen.analysis.weapons import (
    ALL_CHANNELS,
    ALL_PROGRAMMES,
    FUNGIBILITY,
    NORTH_KOREA,
    TECHNOLOGY,
    Bounds,
    foreign_exchange,
    funding,
)
from tumen.scenario.figure import Figure
from tumen.scenario.load import load_case
from tumen.scenario.schema import Channel

MONEY = {"arms": Bounds(100, 200, 400), "crews": Bounds(10, 20, 30)}
COST = {
    "rockets": Figure(low=500, central=1000, high=2000, unit="million USD a year"),
    "boats": Figure(low=50, central=100, high=125, unit="million USD a year"),
}
SHARE = Figure(low=0.1, central=0.25, high=0.5, unit="share")


def test_multiples_are_the_arithmetic_of_the_ends():
    found = funding("PRK", MONEY, COST, SHARE)
    one = found.multiple["arms"]["rockets"]
    assert (one.low, one.central, one.high) == pytest.approx((10 / 2000, 50 / 1000, 200 / 500))
    everything = found.multiple[ALL_CHANNELS][ALL_PROGRAMMES]
    assert everything.low == pytest.approx(11 / 2125)
    assert everything.central == pytest.approx(55 / 1100)
    assert everything.high == pytest.approx(215 / 550)


def test_bounds_hold_for_every_draw_within_the_ranges():
    """Whatever the money, share and cost inside their ranges, the multiple lies inside its own."""
    found = funding("PRK", MONEY, COST, SHARE).multiple
    rng = np.random.default_rng(3)
    for _ in range(500):
        money = {name: rng.uniform(x.low, x.high) for name, x in MONEY.items()}
        cost = {name: rng.uniform(x.low, x.high) for name, x in COST.items()}
        share = {name: rng.uniform(SHARE.low, SHARE.high) for name in MONEY}
        total = sum(money[name] * share[name] for name in MONEY)
        drawn = {
            **{name: (money[name] * share[name], found[name]) for name in MONEY},
            "all": (total, found[ALL_CHANNELS]),
        }
        for (amount, bounds), (name, spent) in itertools.product(drawn.values(), cost.items()):
            assert bounds[name].low <= amount / spent <= bounds[name].high
        whole = found[ALL_CHANNELS][ALL_PROGRAMMES]
        assert whole.low <= total / sum(cost.values()) <= whole.high


def test_fungibility_can_differ_by_channel():
    none = Figure(low=0, central=0, high=0)
    found = funding("PRK", MONEY, COST, {"arms": SHARE, "crews": none})
    assert found.fungible["crews"] == Bounds(0, 0, 0)
    assert found.multiple[ALL_CHANNELS] == found.multiple["arms"]
    with pytest.raises(tumen.ScenarioError, match="'crews' has no fungibility"):
        funding("PRK", MONEY, COST, {"arms": SHARE})


def test_only_transfers_to_the_region_count():
    ties = [
        Channel.model_validate(item)
        for item in (
            {
                "id": "arms",
                "title": "Arms",
                "effects": [
                    {
                        "kind": "transfer",
                        "payer": "RUS",
                        "receiver": "PRK",
                        "gross": {"low": 10, "central": 20, "high": 40, "unit": "m"},
                        "realised": {"low": 0.1, "central": 0.5, "high": 1, "unit": "share"},
                    },
                    {"kind": "goods received", "receiver": "RUS", "value": 20},
                ],
            },
            {
                "id": "theft",
                "title": "Theft",
                "effects": [
                    {
                        "kind": "transfer",
                        "payer": "everyone",
                        "receiver": "PRK",
                        "gross": 100,
                        "realised": 0.5,
                    }
                ],
            },
            {
                "id": "rent",
                "title": "Rent",
                "effects": [
                    {
                        "kind": "transfer",
                        "payer": "PRK",
                        "receiver": "RUS",
                        "gross": 5,
                        "realised": 1,
                    }
                ],
            },
        )
    ]
    assert foreign_exchange(ties, "PRK") == {"arms": Bounds(1, 10, 40), "theft": Bounds(50, 50, 50)}
    assert foreign_exchange(ties, "PRK", payer="RUS") == {"arms": Bounds(1, 10, 40)}
    half = foreign_exchange(ties, "PRK", level={"arms": 0.5})
    assert half["arms"] == Bounds(0.5, 5, 20)


def test_shipped_case():
    """By hand: munitions 4,300 x 0.1 x 0.3 over 620 million for the nuclear programme."""
    ties = load_case("moscow-pyongyang").scenario.ties
    found = funding("PRK", foreign_exchange(ties, "PRK", payer="RUS"), NORTH_KOREA)
    assert found.multiple["munitions"]["nuclear"].central == pytest.approx(0.208, abs=5e-4)
    for bounds in found.multiple[ALL_CHANNELS].values():
        assert 0 < bounds.low < bounds.central < bounds.high
    assert (FUNGIBILITY.low, FUNGIBILITY.high) == (0.1, 0.5)
    assert "not a finding" in found.technology == TECHNOLOGY


def test_bad_input_is_named():
    with pytest.raises(tumen.ScenarioError, match="above zero"):
        funding("PRK", MONEY, {"boats": Figure(low=0, central=1, high=2, unit="m")}, SHARE)
    with pytest.raises(tumen.ScenarioError, match="outside 0 to 1"):
        funding("PRK", MONEY, COST, Figure(low=0.5, central=1, high=1.5, unit="share"))
    with pytest.raises(tumen.ScenarioError, match="no channel"):
        funding("PRK", {}, COST)
    with pytest.raises(tumen.ScenarioError, match="at least one programme"):
        funding("PRK", MONEY, {})
    with pytest.raises(tumen.ScenarioError, match="bounds need"):
        Bounds(3, 2, 1)
