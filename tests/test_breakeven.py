"""Break-even realised share: where the ties undo all of the pressure, and where they cannot."""

from __future__ import annotations

import numpy as np
import pytest

import tumen
from tumen.analysis.breakeven import break_even, paid_share
from tumen.analysis.channels import switch_of
from tumen.analysis.switch import Setting
from tumen.scenario.schema import Channel
from worlds import random_world

PRESSURE = 1.2  # trade cost with the target


@pytest.fixture(scope="module")
def world():
    return random_world(np.random.default_rng(5), 3, 2)


def channel(name: str, **fields) -> Channel:
    effect = {
        "kind": "transfer",
        "payer": "Alder",
        "receiver": "Quay",
        "gross": 400.0,
        "realised": 0.3,
    }
    return Channel.model_validate(
        {"id": name, "title": name.title(), "effects": [{**effect, **fields}]}
    )


def pressed(world):
    """Shocks of the pressure on Quay, W(0,0) and W(1,0)."""
    shocks = [
        tumen.TradeCost("Quay", None, factor=PRESSURE),
        tumen.TradeCost(None, "Quay", factor=PRESSURE),
    ]
    welfare = 1 + float(tumen.solve(world, shocks).real_income.sel(region="Quay")) / 100
    return shocks, welfare


def test_at_the_share_the_loss_is_gone(world):
    shocks, welfare = pressed(world)

    def at(share):
        return [*shocks, tumen.Transfer("Alder", "Quay", value=2000 * share)]

    found = break_even(world, "Quay", at, 1.0, welfare)
    assert 0 < found.share < 1
    after = tumen.solve(world, at(found.share)).real_income.sel(region="Quay")
    assert float(after) == pytest.approx(0, abs=2e-3)
    assert found.loss[0] > 0 > found.loss[1]
    assert found.loss[0] == pytest.approx(100 * (1 - welfare))
    assert found.offset[0] == pytest.approx(0, abs=1e-9)
    assert found.offset[1] > 1
    assert f"{found.share:.3f}" in found.sentence


def test_no_share_is_said_with_both_ends(world):
    shocks, welfare = pressed(world)

    def little(share):
        return [*shocks, tumen.Transfer("Alder", "Quay", value=1.0 * share)]

    found = break_even(world, "Quay", little, 1.0, welfare)
    assert found.share is None
    assert min(found.loss) > 0
    assert found.evaluations == 2
    assert "some of the loss stays" in found.sentence

    def much(share):
        return [*shocks, tumen.Transfer("Alder", "Quay", value=1400.0 + 300 * share)]

    found = break_even(world, "Quay", much, 1.0, welfare)
    assert found.share is None
    assert max(found.loss) < 0
    assert "more than all" in found.sentence
    assert found.offset[1] > found.offset[0] > 1


def test_goods_received_count_as_absorption(world):
    """Goods worth the loss at income I' close the gap on their own: the share is then zero."""
    shocks, welfare = pressed(world)
    income = float(tumen.solve(world, shocks).income.sel(region="Quay"))
    goods = income * (1 / welfare - 1)

    def at(share):
        return [*shocks, tumen.Transfer("Alder", "Quay", value=2000 * share)]

    found = break_even(world, "Quay", at, 1.0, welfare, received=goods, bracket=(-0.5, 0.5))
    assert found.share == pytest.approx(0, abs=1e-5)


def test_paid_share_is_the_channel_at_that_share(world):
    """At any share the shocks are those of the channel written with that share."""
    arms, crews = channel("arms"), channel("crews", gross=100.0, realised=0.5)
    targets = ["Quay", "Alder"]
    on = [shock for one in (arms, crews) for shock in switch_of(one, Setting(world, targets)).on]
    at = paid_share(world, [arms, crews], ["arms", "crews"], on, targets)
    for share in (0.0, 0.3, 0.8):
        written = [channel("arms", realised=share), channel("crews", gross=100.0, realised=share)]
        wanted = [shock for one in written for shock in switch_of(one, Setting(world, targets)).on]
        np.testing.assert_allclose(
            tumen.solve(world, at(share)).real_income,
            tumen.solve(world, wanted).real_income,
            atol=1e-8,
        )


def test_the_rest_of_stolen_money_comes_from_who_keeps_it(world):
    """With a keeper of the rest the victims lose the same whatever the share."""
    theft = channel("theft", payer="everyone", rest_to="Alder", gross=50.0)
    on = switch_of(theft, Setting(world, ["Quay"])).on
    at = paid_share(world, [theft], ["theft"], on, ["Quay"])
    base = world.dataset["transfer"]
    for share in (0.0, 0.6):
        result = tumen.solve(world, at(share))
        given = result.income - result.value_added - result.tariff_revenue - base
        assert float(given.sel(region="Moor")) == pytest.approx(-50, abs=1e-5)
        assert float(given.sel(region="Quay")) == pytest.approx(50 * share, abs=1e-5)
        assert float(given.sel(region="Alder")) == pytest.approx(50 * (1 - share), abs=1e-5)


def test_bad_input_is_named(world):
    shocks, welfare = pressed(world)
    arms = channel("arms")
    with pytest.raises(tumen.ShockError, match="no channel 'oil'"):
        paid_share(world, [arms], ["oil"], [], ["Quay"])
    goods = Channel.model_validate(
        {
            "id": "goods",
            "title": "Goods",
            "effects": [{"kind": "goods received", "receiver": "Quay", "value": 5}],
        }
    )
    with pytest.raises(tumen.ShockError, match="pays nothing"):
        paid_share(world, [goods], ["goods"], [], ["Quay"])
    with pytest.raises(tumen.ShockError, match="costs Quay nothing"):
        break_even(world, "Quay", lambda _: shocks, 1.0, 1.01)
    with pytest.raises(tumen.ShockError, match="unknown region"):
        break_even(world, "Atlantis", lambda _: shocks, 1.0, welfare)
    with pytest.raises(tumen.ShockError, match="low first"):
        break_even(world, "Quay", lambda _: shocks, 1.0, welfare, bracket=(1.0, 0.0))
    with pytest.raises(tumen.SolveError, match="at a realised share of 1"):
        break_even(
            world,
            "Quay",
            lambda share: [*shocks, tumen.Transfer("Alder", "Quay", value=1e6 * share)],
            1.0,
            welfare,
        )
