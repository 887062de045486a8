"""Changed links in equilibrium: slopes, bans, pay-back, capacity, evasion, the shipped case."""

from __future__ import annotations

import math
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import tumen
from networks import triangle
from tumen.analysis.evasion import evasion
from tumen.analysis.routes import Carried, link_slopes, pay_back, routes
from tumen.scenario.network import Link, Network, Pair, Transit
from tumen.scenario.network_file import read_network
from tumen.scenario.route_costs import route_costs
from worlds import random_world

CASE = Path(str(files("tumen.scenario"))) / "library" / "moscow-pyongyang"


def world(**options) -> tumen.World:
    return random_world(np.random.default_rng(7), 3, 2, **options)


@pytest.mark.parametrize("elasticity", [3.0, 8.0])
def test_slopes_equal_differences_of_the_full_solve(elasticity):
    w, n = world(), triangle(elasticity=elasticity, mode_elasticity=4.0)
    opened = [Link("q", "a", "road", open=True)]
    slopes = link_slopes(w, n, "Quay", opened, tolerance=1e-12)
    step = 1e-5
    for (a, b, mode), slope in slopes.items():
        ends = []
        for size in (step, -step):
            change = [*opened, Link(a, b, mode, factor=math.exp(size))]
            result = tumen.solve(w, route_costs(n, change, w).shocks, tolerance=1e-13)
            ends.append(math.log(1 + float(result.real_income.sel(region="Quay")) / 100))
        assert slope == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=2e-5, abs=1e-9)
    assert slopes["a", "q", "road"] < 0


def test_world_gain_is_flow_times_cost_change_without_taxes():
    w, n = world(tariffs=False), triangle()
    change = [Link("q", "m", factor=1.0001)]
    found = routes(w, n, change, tolerance=1e-13)
    flow = w.trade_flow
    lost = float((flow * np.log(found.costs.cost.reindex_like(flow, fill_value=1.0))).sum())
    assert float(found.gain.sum()) == pytest.approx(-lost, rel=2e-3)


def test_ban_of_a_link_reroutes_and_ban_of_a_pair_does_not():
    w, n = world(), triangle()
    shut = routes(w, n, [Link("q", "a", closed=True)])
    pair = {"exporter": "Quay", "importer": "Alder"}
    assert float(shut.result.trade_flow.sel(pair).sum()) > 0
    hub = shut.transit()["Hub"]
    assert hub[1] > 1.2 * hub[0]
    assert shut.response("Quay", "Alder") < 0
    assert shut.cost_change("Quay", "Alder") > 0
    banned = routes(w, n, [], [tumen.Embargo("Alder", "Quay")])
    assert float(banned.result.trade_flow.sel(pair).sum()) == 0
    assert banned.transit()["Hub"][1] == pytest.approx(banned.transit()["Hub"][0])


def test_no_way_left_is_an_embargo():
    w = world()
    n = triangle()
    n = Network(n.places, n.tracks[:1], (Pair("Quay", "Alder"),))
    found = routes(w, n, [Link("q", "a", closed=True)])
    cell = {"exporter": "Quay", "importer": "Alder"}
    assert float(found.result.trade_flow.sel(cell).sum()) == 0
    assert float(found.result.trade_flow.sel(exporter="Alder", importer="Quay").sum()) > 0
    partly = Network(n.places, n.tracks, (Pair("Quay", "Alder", 0.6),))
    left = route_costs(partly, [Link("q", "a", closed=True)], w).cost.sel(cell)
    np.testing.assert_allclose(left, 0.4 ** (-1 / 8))


def test_without_change_nothing_moves():
    found = routes(world(), triangle(), [])
    assert float(abs(found.gain).max()) < 1e-6
    for item in found.carried():
        assert item.value_after == pytest.approx(item.value_before, rel=1e-6)


def test_cut_of_a_link_adds_up_to_the_trade_of_its_pairs():
    w, n = world(), triangle()
    found = routes(w, n, [Link("q", "a", "road", open=True)])
    leaving = sum(item.value_after for item in found.carried() if "q" in (item.a, item.b))
    traded = sum(
        after
        for _, one, _, after in found.moving()
        if "Quay" in (one.pair.exporter, one.pair.importer)
    )
    passing = found.transit()["Quay"][1]
    assert leaving == pytest.approx(traded + 2 * passing, rel=1e-9)
    road = [item for item in found.carried() if (item.a, item.b, item.mode) == ("a", "q", "road")]
    assert road[0].value_before == 0
    assert road[0].value_after > 0
    assert road[0].tonnes_after == pytest.approx(1e6 * road[0].value_after / 500)
    assert float(found.gain.sel(region=["Quay", "Alder"]).sum()) > 0


def test_congestion_takes_part_of_the_loss_further():
    w, n = world(), triangle(elasticity=4.0)
    shut = [Link("q", "a", closed=True)]
    calm = routes(w, n, shut)
    busy = routes(w, n, shut, congestion=0.1)
    assert busy.cost_change("Quay", "Alder") > calm.cost_change("Quay", "Alder")


def test_pay_back():
    assert pay_back(100, 10) == 10
    years = pay_back(100, 10, 0.05)
    assert sum(10 / 1.05**t for t in range(1, math.floor(years) + 1)) <= 100
    assert sum(10 / 1.05**t for t in range(1, math.ceil(years) + 1)) >= 100
    assert pay_back(100, 5, 0.05) == math.inf
    assert pay_back(100, -1) == math.inf
    with pytest.raises(tumen.ShockError, match="cost above 0"):
        pay_back(0, 1)


def test_capacity_in_plain_words():
    free = Carried("a", "b", "road", 1, 1, 10.0, 20.0, 100.0)
    assert free.use == pytest.approx(0.2)
    assert "does not bind (20 of 100 t a year, 20 %)" in free.verdict
    full = Carried("a", "b", "road", 1, 1, 10.0, 120.0, 100.0)
    assert "capacity binds" in full.verdict
    assert "not known" in Carried("a", "b", "road", 1, 1, None, None, 100.0).verdict


def test_faults_name_what_is_wrong():
    w, n = world(), triangle()
    with pytest.raises(tumen.ShockError, match=r"unknown sector 'tool'.*did you mean tools"):
        route_costs(n, [Link("q", "a", closed=True, sector="tool")], w)
    with pytest.raises(tumen.ShockError, match="unknown sector 'tool'"):
        route_costs(n, [Transit("h", 1.1, sector="tool")], w)
    other = Network(n.places, n.tracks, (Pair("Quay", "Alder", sectors=("iron",)),))
    with pytest.raises(tumen.ShockError, match="unknown sector 'iron'"):
        route_costs(other, [], w)
    renamed = tumen.load_world("tumen-31")
    with pytest.raises(tumen.ShockError, match="region 'Alder' is not in the world"):
        route_costs(n, [], renamed)
    with pytest.raises(tumen.ShockError, match="does not cover Moor to Moor"):
        routes(w, n, []).goods("Moor", "Moor")
    with pytest.raises(tumen.ShockError, match="say which sectors"):
        evasion(w, n, [Link("q", "a", closed=True)], ["Quay"], "Alder", ["tools"])
    with pytest.raises(tumen.ShockError, match="does not cover Zeal to Alder"):
        evasion(w, n, [], ["Zeal"], "Alder", ["tools"])


def test_leakage_falls_with_enforcement_and_splits_by_hub():
    w, n = world(), triangle()
    n = Network(n.places, n.tracks, (Pair("Quay", "Alder"),))
    ban = [Link("q", "a", closed=True, sector="tools"), Link("q", "m", closed=True, sector="tools")]
    found = [
        evasion(w, n, ban, ["Quay"], "Alder", ["tools"], enforcement=e) for e in (1.0, 1.3, 2.0)
    ]
    shares = [e.leaked for e in found]
    assert 1 > shares[0] > shares[1] > shares[2] > 0
    assert set(found[0].leakage) == {"Hub"}
    assert found[0].direct == 0
    assert sum(found[0].by_hub.values()) == pytest.approx(found[0].leaked * found[0].before)
    one = evasion(w, n, ban, ["Quay"], "Alder", ["tools"], enforcement={"h": 1.3})
    assert one.leaked == pytest.approx(shares[1])
    # With one way left the cost is known: hub over direct.
    none = evasion(w, n, [], ["Quay"], "Alder", ["tools"])
    assert none.cost == pytest.approx(1)
    assert none.direct + sum(none.by_hub.values()) == pytest.approx(none.before, rel=1e-8)


def case_world() -> tumen.World:
    return tumen.load_world("tumen-31", elasticities="fontagne2022", floor=2.0)


def test_bridge_of_the_shipped_case_does_not_pay_and_capacity_does_not_bind():
    w, n = case_world(), read_network(CASE)
    found = routes(w, n, [Link("KHA", "TUM", "road", open=True)])
    crossing = next(iter(found.costs.by_sector.values()))
    at = crossing.link("KHA", "TUM")
    cut = 1 - math.exp(crossing.log_after[at] - crossing.log_before[at])
    assert 0.027 < cut < 0.057  # F172, the cut of cost of a fixed link
    assert -5.7 < found.cost_change("RUS", "PRK") < 0
    assert 0 < found.response("RUS", "PRK") < 26.7  # F171, where all trade used the link
    both = float(found.gain.sel(region=["RUS", "PRK"]).sum())
    assert 0 < both < 10  # a tenth of 100 million USD
    assert pay_back(100, both) > 10
    road = [c for c in found.carried() if c.mode == "road" and (c.a, c.b) == ("KHA", "TUM")]
    assert "does not bind" in road[0].verdict
    # Rajin: Russian coal in transit in 2024 was 132 kt in two months (F178).
    assert 0.3e6 < found.transit()["PRK"][0] / 130 * 1e6 < 2e6


def test_leakage_to_russia_lies_in_the_range_of_the_evidence():
    w, n = case_world(), read_network(CASE / "evasion")
    sectors = ("MCH", "ELE", "TRE")
    senders = ["DEU", "POL", "EUR", "JPN", "KOR"]
    direct = (("HAM", "LED"), ("GDN", "LED"), ("MOW", "RIX"), ("KIJ", "VVO"), ("PUS", "VVO"))
    bans = [Link(a, b, closed=True, sector=sectors) for a, b in direct]
    low, central, high = (
        evasion(w, n, bans, senders, "RUS", sectors, enforcement=premium / 1.40)
        for premium in (1.25, 1.40, 1.87)
    )
    assert low.leaked > central.leaked > high.leaked
    assert 0.05 < central.leaked <= 0.25  # F064: at most a quarter
    assert 1.2 < central.cost < 1.7  # F068 to F071: 25 to 87 per cent
    assert central.direct == 0
    east = central.leakage["CHN"] + central.leakage["ASH"]
    assert 0.6 < east / central.leaked < 0.85  # F073
