"""Leverage: its definition, where it is undefined, and the signs theory asks for."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import tumen
from cases import write_case
from tumen.analysis.leverage import leverage, leverage_of_case, next_step
from worlds import random_world, two_by_one


@pytest.fixture(scope="module")
def world():
    return random_world(np.random.default_rng(5), 4, 2)


def test_step_is_nine_tenths_of_every_weight_both_ways(world):
    """The step is the trade cost 0.9^(-1/theta) between senders and target, in either direction."""
    a, b, c, d = world.regions
    theta = world.dataset["trade_elasticity"]
    factor = 0.9 ** (-1 / theta)
    cost = [
        tumen.TradeCost([a, b], d, factor=factor),
        tumen.TradeCost(d, [a, b], factor=factor),
    ]
    always = [tumen.Tariff(c, d, change=0.1)]
    found = tumen.solve(world, always + next_step([a, b], d))
    wanted = tumen.solve(world, always + cost)
    np.testing.assert_allclose(found.real_income, wanted.real_income, atol=1e-8)
    one_way = tumen.solve(world, always + cost[:1])
    assert float(abs(found.real_income - one_way.real_income).max()) > 1e-4


def test_ratio_is_its_definition(world):
    """Senders' cost in million USD over the target's loss in points of W(0,0), from two solves."""
    a, b, c, _ = world.regions
    ties = [tumen.Transfer(b, c, value=30.0)]
    reference = 1.07
    found = leverage(world, [([a], c), ([b], c)], {"off": [], "on": ties}, {c: reference})[c]
    assert set(found) == {"off", "on"}
    for name, shocks in (("off", []), ("on", ties)):
        before = tumen.solve(world, shocks)
        after = tumen.solve(world, [*shocks, *next_step([a, b], c)])
        change = (after.real_income - before.real_income) / 100
        cost = -float((world.income * change).sel(region=[a, b]).sum())
        points = -100 * float(change.sel(region=c)) / reference
        assert found[name].senders == (a, b)
        assert found[name].target_loss == pytest.approx(points, rel=1e-9)
        assert found[name].ratio == pytest.approx(cost / points, rel=1e-7)
        assert found[name].ratio == pytest.approx(-found[name].senders_ev / points, rel=1e-12)
    assert found["on"].ratio != pytest.approx(found["off"].ratio, rel=1e-6)


def test_results_are_taken_as_they_are(world):
    a, _, c, _ = world.regions
    shocks = [tumen.Tariff(a, c, change=0.2)]
    given = leverage(world, [(a, c)], {"now": tumen.solve(world, shocks)}, {c: 1.0})
    solved = leverage(world, [(a, c)], {"now": shocks}, {c: 1.0})
    assert given[c]["now"] == solved[c]["now"]


def test_undefined_when_no_trade_is_left_and_hubs_bring_it_back(world):
    a, b, c, _ = world.regions
    banned = [tumen.Embargo(a, c), tumen.Embargo(c, a)]
    alone = leverage(world, [(a, c)], {"banned": banned}, {c: 1.0})[c]["banned"]
    assert alone.ratio is None
    assert alone.trade == 0
    assert abs(alone.target_loss) < 1e-8
    assert "almost no trade" in alone.reason
    hub = leverage(world, [(a, c)], {"banned": banned}, {c: 1.0}, hubs={c: b})[c]["banned"]
    assert hub.senders == (a, b)
    assert hub.reason is None
    assert hub.target_loss > 1e-4
    assert set(hub.equivalent_variation) == {a, b}


def test_a_step_that_helps_the_target_has_no_ratio():
    """Under a subsidised import the target is better off without part of the trade."""
    world = two_by_one()
    shocks = [tumen.Tariff("Quay", "Alder", rate=-0.6)]
    found = leverage(world, [("Alder", "Quay")], {"subsidy": shocks}, {"Quay": 1.0})
    one = found["Quay"]["subsidy"]
    assert one.target_loss < 0
    assert one.ratio is None
    assert "gains" in one.reason


def test_small_import_tariff_raises_the_income_of_a_large_sender():
    """From zero taxes on a positive flow: terms of trade; a mere cost and a high tariff do not."""
    world = tumen.load_world("tumen-31")
    before = float(tumen.solve(world).real_income.sel(region="USA"))
    small = tumen.solve(world, [tumen.Tariff("USA", "CHN", rate=0.01)])
    assert float(small.real_income.sel(region="USA")) > before
    assert float(small.real_income.sel(region="CHN")) < 0
    partial = tumen.solve(world, [tumen.Embargo("USA", "CHN", share=0.05)])
    assert float(partial.real_income.sel(region="USA")) < before
    pair = two_by_one()
    high, higher = (
        tumen.solve(pair, [tumen.Tariff("Quay", "Alder", rate=rate)]).real_income.sel(region="Quay")
        for rate in (0.6, 0.8)
    )
    assert float(higher) < float(high)


def test_case_without_and_with_ties(tmp_path):
    run = tumen.run(write_case(tmp_path))
    results = run.main.central.results
    found = leverage_of_case(run.case, results)["Quay"]
    assert set(found) == {"pressure", "pressure_ties"}
    for one in found.values():
        assert one.senders == ("Moor",)
        assert one.reason is None
        assert one.target_loss > 0
    reference = 1 + float(results["no_pressure"].real_income.sel(region="Quay")) / 100
    again = leverage(run.world, [("Moor", "Quay")], {"x": results["pressure"]}, {"Quay": reference})
    assert again["Quay"]["x"].ratio == pytest.approx(found["pressure"].ratio, rel=1e-12)


def test_bad_input_is_named(world):
    a, b, c, _ = world.regions
    with pytest.raises(tumen.ShockError, match="among its own senders"):
        leverage(world, [([a, c], c)], {"now": []}, {c: 1.0})
    with pytest.raises(tumen.ShockError, match="reference_welfare"):
        leverage(world, [(a, c)], {"now": []}, {})
    with pytest.raises(tumen.ShockError, match="no target of the pressure"):
        leverage(world, [(a, c)], {"now": []}, {c: 1.0}, hubs={b: a})
    with pytest.raises(tumen.ShockError, match="name the senders"):
        leverage(world, [(None, c)], {"now": []}, {c: 1.0})
    solved = tumen.solve(world, [], "proportional")
    with pytest.raises(tumen.ShockError, match="closure"):
        leverage(world, [(a, c)], {"now": solved}, {c: 1.0})
    with pytest.raises(tumen.ShockError, match="another world"):
        leverage(world, [(a, c)], {"now": tumen.solve(two_by_one())}, {c: 1.0})


@pytest.mark.slow
def test_python_in_the_guide_runs():
    text = (Path(__file__).parents[1] / "docs/leverage.md").read_text(encoding="utf-8")
    scope: dict[str, object] = {}
    for code in re.findall(r"```python\n(.*?)```", text, flags=re.S):
        exec(compile(code, "docs/leverage.md", "exec"), scope)
    steps, found, split = scope["steps"], scope["found"], scope["split"]
    assert steps["RUS"]["pressure"].ratio > 0
    assert 0 < found.share < 1
    # With nothing paid, what is handed over has still been made: worse than the pressure alone.
    assert found.loss[0] > 100 * scope["four"].loss("PRK", "pressure") > found.loss[1]
    assert float(split.shapley.sum()) == pytest.approx(float(split.value[-1]), abs=1e-12)
