"""The horizon: its ends, its order, and a solved world as the start of what follows."""

from __future__ import annotations

import numpy as np
import pytest

import tumen
from cases import write_case
from tumen.analysis.case import run_case
from tumen.analysis.impose import Imposed
from tumen.report.bundle import bundle
from tumen.report.summary import document
from tumen.scenario.load import load_case
from tumen.world.horizon import (
    FIRST,
    SETTINGS,
    SETTLED,
    adjusted,
    at_horizon,
    capital_response,
    with_horizon,
)
from tumen.world.variants import active
from worlds import random_world

QUAY, ALDER, MOOR = "Quay", "Alder", "Moor"


@pytest.fixture(scope="module")
def world() -> tumen.World:
    return random_world(np.random.default_rng(4), 3, 2, tariffs=False, deficits=True, inputs=True)


def ban() -> list:
    return [tumen.Embargo(QUAY, MOOR, share=0.9), tumen.Embargo(MOOR, QUAY, share=0.9)]


def test_both_ends_are_the_published_values():
    assert adjusted(FIRST) == 0
    assert adjusted(SETTLED) == adjusted(50) == 1
    for setting in SETTINGS:
        assert at_horizon(setting, FIRST) == setting.first
        assert at_horizon(setting, SETTLED) == setting.settled
        assert setting.reliability in "AM"
        assert setting.source


def test_ten_years_without_capital_is_the_plain_model(world):
    long = with_horizon(world, SETTLED, capital=False)
    assert active(long) == []
    plain, other = tumen.solve(world, ban()), tumen.solve(long, ban())
    assert other.real_income.values == pytest.approx(plain.real_income.values, abs=1e-12)


def test_capital_follows_wholly_in_the_end():
    """The response ends at a/(1-a), a third of income: one half."""
    assert capital_response(1e4) == pytest.approx(0.5)
    assert capital_response(17) == pytest.approx(0.25, abs=0.01)  # half way in 17 years


def test_losses_shrink_with_time_until_capital_moves(world):
    years = [0.25, 0.5, 1, 2, 5, 10]
    lost = [float(tumen.solve(world, ban(), horizon=y).real_income.sel(region=QUAY)) for y in years]
    assert lost == sorted(lost)
    assert lost[0] < 1.3 * lost[-1] < 0
    late = float(tumen.solve(world, ban(), horizon=100).real_income.sel(region=QUAY))
    assert late < lost[-1]  # capital that wears out deepens a loss


def test_what_a_horizon_used_is_told(world):
    result = tumen.solve(world, ban(), horizon=1)
    assert "at a horizon of 1 years" in result.elasticities
    assert "mobility 0.376" in result.stamp["variants"]
    assert tumen.solve(world, ban(), horizon=1, variants={"mobility": 0.0}).stamp["variants"]


@pytest.mark.parametrize("years", [0.1, 200, -1, float("nan"), True, "1"])
def test_a_horizon_outside_its_range_is_refused(world, years):
    with pytest.raises(tumen.WorldError, match="horizon"):
        tumen.solve(world, horizon=years)


@pytest.mark.parametrize("closure", ["fixed", "proportional"])
def test_a_solved_world_gives_the_same_answers_as_the_one_it_came_from(world, closure):
    """Entry, bans, costs, productivity, labour and transfers: all that a case uses."""
    base = [
        tumen.TradeCost(QUAY, ALDER, factor=1.3),
        tumen.Embargo(MOOR, QUAY, "tools"),
        tumen.Productivity(ALDER, factor=1.1),
        tumen.Transfer(ALDER, QUAY, value=80),
    ]
    other = [
        tumen.MarketEntry(QUAY, MOOR, "grain", weight=0.05),
        tumen.TradeCost(MOOR, ALDER, factor=0.8),
        tumen.LabourForce(QUAY, factor=0.95),
        tumen.Transfer(MOOR, QUAY, value=50),
        tumen.ExportTax(ALDER, MOOR, "grain", rate=0.1),
    ]
    first, last = (tumen.solve(world, shocks, closure, 1e-12) for shocks in (base, other))
    start = Imposed(world, base, closure, 1e-12)
    again = start.solve(other)
    wanted = (100 + last.real_income) / (100 + first.real_income)
    if closure == "fixed":
        assert (1 + again.real_income / 100).values == pytest.approx(wanted.values, rel=1e-9)
        assert again.trade_flow.values == pytest.approx(last.trade_flow.values, rel=1e-7, abs=1e-6)
    nothing = start.solve(base)
    assert nothing.real_income.values == pytest.approx(0, abs=1e-9)


def test_a_start_without_an_equilibrium_is_told(world):
    with pytest.raises(tumen.SolveError, match="the world to start from"):
        Imposed(world, [tumen.Embargo(QUAY, None)])


def along(scenario):
    scenario["horizons"] = [0.25, 10]
    scenario["backtests"] = [
        {
            "title": "The measure", "region": "Quay", "measures": ["measure"],
            "compare": [{"what": "real income", "title": "A Bureau", "value": -1.0}],
        },
        {
            "title": "A closed border", "region": "Quay", "closed": True,
            "compare": [{"what": "gdp", "title": "A Bureau", "value": -30.0}],
        },
    ]  # fmt: skip


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return run_case(load_case(write_case(tmp_path_factory.mktemp("horizon"), along)))


def test_a_case_at_both_ends(case):
    """Ten years on, capital aside, the imposed pressure is the one that was lifted."""
    assert list(case.horizons) == [0.25, 10]
    for region in case.case.scenario.targets:
        short, long = (found.loss(region, "pressure") for found in case.horizons.values())
        plain = 100 * case.main.central.loss(region, "pressure")
        assert long == pytest.approx(plain, rel=0.35)  # capital's part
        if plain > 0.25:
            assert short > plain
        assert case.horizons[0.25].loss(region, "no_pressure") == pytest.approx(0, abs=1e-9)
    told = document(case)["horizons"]
    assert set(told) == {"0.25", "10"}
    page = bundle(case)["report.html"].decode()
    assert "From the first months to the long run" in page
    assert "Settings of the horizon" in page
    assert "What the record says" in page


def test_backtests_say_which_setting_is_nearest(case):
    one, closed = case.backtests
    numbers = {at: value for at, value in one.model.items() if not isinstance(value, str)}
    assert len(numbers) == len(one.model) == 4  # two horizons, and two floors at the first
    assert one.nearest == min(numbers, key=lambda at: abs(numbers[at] + 1.0))
    # The measure alone, long run: the same as the case's own loss.
    long = next(value for at, value in numbers.items() if at.years == 10)
    loss = 100 * case.main.central.loss("Quay", "pressure")
    assert -long == pytest.approx(loss, rel=0.35)
    shut = [value for value in closed.model.values() if not isinstance(value, str)]
    assert shut
    assert max(shut) < long


BAD = {
    "horizon outside": ({"horizons": [0.01]}, "horizons.0.*between 0.25 and 100"),
    "horizon twice": ({"horizons": [1, 1]}, "stands twice"),
    "backtest of an unknown measure": (
        {"horizons": [1], "backtests": [
            {"title": "a", "region": "Quay", "measures": ["mesure"],
             "compare": [{"what": "gdp", "title": "b", "value": -1}]}]},
        "did you mean measure",
    ),
    "backtest without horizons": (
        {"backtests": [
            {"title": "a", "region": "Quay", "measures": ["measure"],
             "compare": [{"what": "gdp", "title": "b", "value": -1}]}]},
        "name some under",
    ),
    "backtest of two things": (
        {"horizons": [1], "backtests": [
            {"title": "a", "region": "Quay", "measures": ["measure"], "closed": True,
             "compare": [{"what": "gdp", "title": "b", "value": -1}]}]},
        "either `measures` or `closed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_horizons_and_backtests_that_cannot_be(tmp_path, name):
    given, words = BAD[name]
    with pytest.raises(tumen.ScenarioError, match=words):
        load_case(write_case(tmp_path, lambda scenario: scenario.update(given)))


@pytest.mark.slow
def test_a_shock_file_takes_a_horizon_and_variants(tmp_path):
    from tumen.app.shockfile import solve_file

    def told(text):
        path = tmp_path / "s.yaml"
        path.write_text("world: tumen-31\nshocks:\n"
                        "  - {kind: ExportTax, exporter: USA, rate: 0.01}\n" + text)  # fmt: skip
        return solve_file(path)

    assert "mobility 0" in told("horizon: 0.25\n").stamp["variants"]
    assert told("variants: {wage_floor: 0.9}\n").stamp["variants"] == "wage_floor 0.9"
    for text, words in (
        ("horizon: 0.1\n", r"line 4, field horizon.*0\.25"),
        ("variants: {wage_flor: 0.9}\n", "field variants.*wage_floor"),
    ):
        with pytest.raises(tumen.ScenarioError, match=words):
            told(text)


def test_the_first_case_against_the_record():
    """What was seen in 2018 lies within what the horizon spans, and nothing was fitted to it."""
    from tumen.analysis.backtest import backtest
    from tumen.analysis.channels import shocks_of
    from tumen.analysis.phases import lifted, switches_of, with_ties

    case = load_case("moscow-pyongyang")
    off = shocks_of(switches_of(case, with_ties(case)[0]), on=False)
    rows = {
        (row.question.region, row.compared.what, row.compared.value.central): {
            (at.years, at.rigid): value for at, value in row.model.items()
        }
        for row in backtest(case, lifted(case)[0], off)
    }
    korea = rows["PRK", "gdp", -4.1]
    assert korea[0.25, None] < -4.1 < korea[10, None]
    assert korea[30, None] == pytest.approx(-1.8, abs=0.3)
    mining = rows["PRK", "mining", -17.8]
    assert mining[1, None] == pytest.approx(-17.8, abs=2)
    russia = rows["RUS", "real income", -3.8]
    assert russia[0.25, None] < -3.8 < russia[10, None]
    # Misses, told as such: imports fell by less than the model says, industry by more.
    assert rows["PRK", "imports", -31.2][1, None] < -45
    assert rows["PRK", "industry", -13.4][0.25, None] > -6
