"""Paths over years: against an independent solver, closed forms, and the limits of each rate."""

import math
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
import tumen
import worlds
from tumen.model.accumulation import decay_rate

YEARS = range(2022, 2036)


def tiny_region(theta: float = 4.0) -> tumen.World:
    """A region of a few millionths of the world that buys a fifth of what it uses abroad."""
    share = np.array([[[0.8], [0.2]], [[1e-6], [1 - 1e-6]]])
    return tumen.World(
        worlds.dataset_from_structure(
            share=share,
            tariff=np.zeros_like(share),
            value_added_share=np.ones((2, 1)),
            input_share=np.zeros((2, 1, 1)),
            final_share=np.ones((2, 1)),
            theta=np.array([theta]),
            total=1e9,
            regions=("Nook", "Rest"),
        )
    )


def aid(world: tumen.World, part: float = 0.1) -> list[tumen.Transfer]:
    """A tenth of the tiny region's income, as a gift."""
    value = part * float(world.income.sel(region="Nook"))
    return [tumen.Transfer("Rest", "Nook", value=value)]


@pytest.mark.parametrize("closure", ["fixed", "proportional", "zero"])
def test_without_shocks_capital_stays(closure):
    path = tumen.transition(worlds.three_by_two(), lambda year: [], closure=closure)
    assert path.years == list(YEARS)
    assert np.abs(path.capital_hat - 1).max() < 1e-12
    assert np.abs(path.real_income).max() < 1e-9
    assert np.abs(path.welfare).max() < 1e-9


@pytest.mark.parametrize("closure", ["fixed", "zero"])
def test_a_path_is_what_an_independent_solver_finds(closure):
    """Three regions, tariffs, inputs and deficits; capital accumulated in plain NumPy."""
    world = worlds.three_by_two()
    gift = tumen.Transfer("Alder", "Moor", value=300.0)
    crowd = tumen.LabourForce("Moor", factor=1.1)
    wall = tumen.Tariff("Quay", "Alder", rate=0.5)
    plan = {2022: [gift, crowd], 2023: [gift, wall], 2024: [], 2025: [wall]}
    a = xr.DataArray([0.3, 0.4, 0.5], coords={"region": ["Alder", "Moor", "Quay"]}, dims="region")
    path = tumen.transition(
        world, plan, plan, delta=0.3, capital_share=a, sigma=0.1, closure=closure
    )
    data = oracle.data_of(world.dataset)
    base = oracle.balanced(data) if closure == "zero" else data
    regions = world.regions
    quay, alder, moor = (regions.index(name) for name in ("Quay", "Alder", "Moor"))
    shares = a.sel(region=regions).values
    own = base.income - base.transfer
    rate = (0.25 * base.income - 0.1 * base.transfer) / own
    capital = np.ones(3)
    for year, shocks in plan.items():
        change = oracle.no_change(base)
        labour = np.ones(3)
        if gift in shocks:
            change.transfer[[alder, moor]] = -300.0, 300.0
        if crowd in shocks:
            labour[moor] = 1.1
        if wall in shocks:
            change.tariff[quay, alder, :] = 0.5
        change = replace(change, labour=labour ** (1 - shares) * capital**shares)
        at = oracle.solve(base, change, "fixed")
        seen = path["real_income"].sel(year=year, region=regions).values
        assert seen == pytest.approx(100 * (at.real_income - 1), abs=1e-6)
        assert path.capital_hat.sel(year=year, region=regions).values == pytest.approx(
            capital, abs=1e-8
        )
        earned = at.wage * change.labour * base.value_added + at.revenue
        invested = rate * earned + 0.1 * (at.income - earned)
        real = invested / (0.25 * base.income) / at.consumer_price
        assert path.investment_hat.sel(year=year, region=regions).values == pytest.approx(real)
        pay = at.wage * change.labour / labour
        assert path["wage_hat"].sel(year=year, region=regions).values == pytest.approx(pay)
        assert path["real_wage"].sel(year=year, region=regions).values == pytest.approx(
            100 * (pay / at.consumer_price - 1), abs=1e-6
        )
        capital = real**0.3 * capital**0.7


def test_autarky_goes_to_its_closed_form_at_a_closed_form_pace():
    """With the region alone in the world its real factor price is fixed, and all is algebra."""
    world = worlds.random_world(np.random.default_rng(3), 3, 2, tariffs=False)
    alone = world.regions[1]
    shocks = [
        tumen.Embargo(importer=alone),
        tumen.Embargo(exporter=alone),
        tumen.Productivity(alone, factor=1.3),
    ]
    a, delta = 0.4, 0.5
    path = tumen.transition(world, lambda year: shocks, range(2000, 2060), delta, a, closure="zero")
    before = tumen.solve(world, closure="zero")
    data = world.dataset.sel(region=alone)
    own = before.trade_flow.sel(importer=alone, exporter=alone) / before.expenditure.sel(
        region=alone
    )
    pull = np.log(1.3) + np.log(own) / world.dataset["trade_elasticity"]
    inputs = data["input_share"].transpose("sector", "input").sel(input=data.sector.values).values
    real_price = np.linalg.solve(np.eye(2) - inputs, pull.sel(sector=data.sector).values)
    per_year = float(data["final_share"].values @ real_price)
    steady = per_year / (1 - a)
    seen = np.log(path.capital_hat.sel(region=alone).values)
    assert abs(steady) > 0.01
    pace = 1 - delta * (1 - a)
    assert seen == pytest.approx(steady * (1 - pace ** np.arange(60)), abs=1e-9)
    assert seen[-1] == pytest.approx(steady, abs=1e-7)
    income = 1 + path.real_income.sel(region=alone).values / 100
    assert np.log(income) == pytest.approx(per_year + a * seen, abs=1e-9)


def test_after_a_gift_trade_returns_at_once_but_for_capital_which_decays():
    world = tiny_region()
    gift, a, delta = aid(world), 1 / 3, 0.06
    path = tumen.transition(
        world, lambda year: gift if year < 2027 else [], sigma=0.25, delta=delta
    )
    capital = np.log(path.capital_hat.sel(region="Nook"))
    assert float(capital.sel(year=2027)) > 0.02
    left = (capital.values[6:] / capital.values[5:-1]).tolist()
    # In a region of no weight the wage answers its own factors: h is its share of home goods.
    theta, home = 4.0, 0.8
    answer = (1 - home) / (1 + theta * (1 + home))
    assert left == pytest.approx([1 - delta * (1 - a * (1 - answer))] * len(left), abs=1e-5)
    assert left == pytest.approx([float(decay_rate(delta, a))] * len(left), abs=1e-3)
    for year in (2027, 2035):
        factor = path.capital_hat.sel(year=year, drop=True) ** a
        still = tumen.solve(world, [tumen.LabourForce(factor=factor)])
        for name in ("trade_flow", "real_income", "gross_output", "consumer_price_hat"):
            now = path[name].sel(year=year, drop=True)
            xr.testing.assert_allclose(now, getattr(still, name), rtol=1e-7, atol=1e-7)
    without = tumen.transition(world, lambda year: gift if year < 2027 else [], capital_share=0.0)
    after = without.real_income.sel(region="Nook")
    assert float(after.sel(year=2026)) > 9
    assert np.abs(after.sel(year=slice(2027, None))).max() < 1e-7
    flow = without["trade_flow"].sel(year=2027, drop=True)
    np.testing.assert_allclose(flow, world.trade_flow.sel(dict(flow.indexes)), rtol=1e-8)


def test_gifts_that_are_not_saved_build_no_capital_where_prices_stay():
    world = tiny_region(theta=400.0)
    gift = aid(world)
    unsaved = tumen.transition(world, lambda year: gift, sigma=0.0)
    saved = tumen.transition(world, lambda year: gift, sigma=0.25)
    region = {"region": "Nook"}
    assert np.abs(np.log(unsaved.capital_hat.sel(region))).max() < 1e-4
    growth = np.log(saved.capital_hat.sel(region).values)
    pace = 1 - 0.06 * (1 - 1 / 3 / 1.1)  # own income is ten elevenths of what is invested from
    target = math.log(1.1) / (1 - 1 / 3)
    assert growth[1] == pytest.approx(0.06 * math.log(1.1), rel=1e-2)
    assert 0 < growth[-1] < target * (1 - pace**13) * 1.1


def test_the_first_year_is_the_static_solve_and_slow_capital_keeps_it():
    world = worlds.three_by_two()
    shocks = [tumen.Embargo("Quay", "Alder", share=0.5), tumen.Transfer("Quay", "Moor", value=99.0)]
    still = tumen.solve(world, shocks)
    path = tumen.transition(world, lambda year: shocks, range(3), delta=1e-9)
    for year in range(3):
        xr.testing.assert_allclose(
            path.real_income.sel(year=year, drop=True), still.real_income, rtol=1e-6
        )
    fast = tumen.transition(world, lambda year: shocks, range(3), delta=1.0)
    np.testing.assert_allclose(
        fast.capital_hat.isel(year=slice(1, None)),
        fast.investment_hat.isel(year=slice(0, -1)),
        rtol=1e-12,
    )


def test_a_constant_path_is_worth_its_constant_and_a_passing_gain_less():
    world = worlds.three_by_two()
    shocks = [tumen.Productivity("Moor", factor=1.1)]
    path = tumen.transition(world, lambda year: shocks, range(5), capital_share=0.0)
    assert path.welfare.values == pytest.approx(path.real_income.isel(year=2).values, rel=1e-9)
    once = {year: shocks if year == 0 else [] for year in range(5)}
    early = tumen.transition(world, once, range(5), capital_share=0.0, discount=0.9)
    gain = math.log1p(float(early.real_income.sel(year=0, region="Moor")) / 100)
    worth = 100 * math.expm1(gain * (1 - 0.9) / (1 - 0.9**5))
    assert float(early.welfare.sel(region="Moor")) == pytest.approx(worth, rel=1e-6)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10_000), st.data())
def test_paths_are_finite_and_converged(seed, data):
    world = worlds.random_world(np.random.default_rng(seed), 3, 2)
    first, second, _ = world.regions
    number = st.floats(0.5, 1.5)
    pool = [
        tumen.TradeCost(first, second, factor=data.draw(number)),
        tumen.Productivity(second, factor=data.draw(number)),
        tumen.Embargo(second, first, share=data.draw(st.floats(0, 1))),
        tumen.LabourForce(first, factor=data.draw(number)),
        tumen.Transfer(
            first, second, value=data.draw(st.floats(0, 0.05)) * float(world.income.min())
        ),
    ]
    chosen = data.draw(st.lists(st.lists(st.sampled_from(pool), max_size=3), min_size=4))
    plan = dict(enumerate(chosen))
    path = tumen.transition(
        world,
        plan,
        plan,
        delta=data.draw(st.floats(0.01, 1.0)),
        capital_share=data.draw(st.floats(0.0, 0.8)),
        sigma=data.draw(st.floats(0.0, 0.2)),
    )
    assert set(path.status.values) == {"converged"}
    assert float(path.residual.max()) <= 1e-10
    assert bool(np.isfinite(path.to_dataset().drop_vars("year_status")).all().to_array().all())
    assert float(path.capital_hat.min()) > 0
    assert (path.capital_hat.isel(year=0) == 1).all()


def test_labels_stamp_and_assumptions():
    world = worlds.three_by_two()
    shocks = [tumen.LabourForce("Moor", factor=1.1)]
    path = tumen.transition(world, lambda year: shocks, range(2022, 2025))
    data = path.to_dataset()
    assert data["trade_flow"].dims == ("year", "importer", "exporter", "sector")
    assert data["real_income"].dims == ("year", "region")
    assert data["capital_hat"].attrs["units"] == "new/base"
    for key in ("status", "residual", "closure", "world", "scenario_hash", "capital_share"):
        assert str(data.attrs[key])
    assert data.attrs["capital_share"] == "0.333 (assumption)"
    assert "0.333 (assumption)" in repr(path)
    own = world.dataset.assign(capital_share=("region", [0.2, 0.3, 0.4]))
    known = tumen.transition(tumen.World(own), lambda year: shocks, range(2))
    assert known.stamp["capital_share"] == "0.2 to 0.4 (of the world)"
    same = tumen.transition(world, lambda year: list(shocks), range(2022, 2025))
    assert same.scenario_hash == path.scenario_hash
    other = tumen.transition(world, lambda year: shocks, range(2022, 2025), sigma=0.0)
    assert other.scenario_hash != path.scenario_hash
    # A tenth more hands with the same capital: less than a tenth more output, and lower pay.
    assert float(path["real_wage"].isel(year=0).sel(region="Moor")) < -2
    assert float(path.real_income.isel(year=0).sel(region="Moor")) < 7
    seen = []
    tumen.transition(world, {1: [], 2: []}, (1, 2), progress=lambda *at: seen.append(at))
    assert seen == [(1, 2), (2, 2)]


BAD = [
    ({"years": (2024, 2023)}, "2023 does not follow 2024"),
    ({"years": (2023, 2025)}, "2025 does not follow 2023"),
    ({"years": ()}, "years is empty"),
    ({"years": range(2022, 2025)}, "no entry for 2024"),
    ({"years": (2022,)}, "an entry for 2023, outside 2022 to 2022"),
    ({"delta": 0.0}, "delta must be above 0"),
    ({"delta": 1.1}, "delta must be at most 1"),
    ({"discount": math.nan}, "discount is not a finite number"),
    ({"capital_share": 1.0}, "capital_share at region Quay must be below 1"),
    ({"sigma": -0.1}, "sigma must be at least 0"),
    ({"investment_share": 0.001, "sigma": 0.9}, "lower sigma or raise investment_share"),
    ({"closure": "loose"}, "closure must be"),
]


@pytest.mark.parametrize(("given", "message"), BAD)
def test_what_means_nothing_is_refused(given, message):
    settings = {"years": (2022, 2023)} | given
    with pytest.raises(tumen.ShockError, match=message):
        tumen.transition(worlds.three_by_two(), {2022: [], 2023: []}, **settings)


def test_unknown_labels_are_refused_with_their_place():
    world = worlds.three_by_two()
    plan = {2022: [], 2023: [tumen.LabourForce("Moon", factor=1.1)]}
    with pytest.raises(tumen.ShockError, match=r"year 2023: shock 1: .*Moor"):
        tumen.transition(world, plan, plan)
    shares = xr.DataArray([0.3, 0.3], coords={"region": ["Quay", "Moon"]}, dims="region")
    with pytest.raises(tumen.ShockError, match="capital_share: unknown region 'Moon'"):
        tumen.transition(world, {1: []}, [1], capital_share=shares)
    with pytest.raises(tumen.ShockError, match="no value for region Alder"):
        tumen.transition(world, {1: []}, [1], capital_share=shares.sel(region=["Quay"]))
    path = tumen.transition(world, {1: []}, [1])
    with pytest.raises(tumen.ShockError, match="did you mean real_income"):
        path["real_incomes"]


def test_a_year_without_an_equilibrium_is_named():
    world = worlds.three_by_two()
    ruin = tumen.Transfer("Moor", "Quay", value=float(world.income.sel(region="Moor")) * 1.5)
    with pytest.raises(tumen.SolveError, match="year 2023: absorption_negative") as caught:
        tumen.transition(world, {2022: [], 2023: [ruin]}, (2022, 2023))
    assert caught.value.result.status is tumen.Status.absorption_negative
    drain = tumen.Transfer("Moor", "Quay", value=float(world.income.sel(region="Moor")) * 0.6)
    with pytest.raises(tumen.SolveError, match="year 2022: investment in Moor would be"):
        tumen.transition(world, {2022: [drain]}, [2022], sigma=0.9, investment_share=0.3)
