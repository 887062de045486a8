"""Each variant against its equations in levels, closed forms, limits, and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import oracle
import tumen
import variant_oracle
from tumen.vocabulary import OPTIONAL, VARIANTS
from worlds import random_world, three_by_two, two_by_one

TIGHT = 1e-12
QUAY, ALDER, MOOR = "Quay", "Alder", "Moor"


def world(**options) -> tumen.World:
    given = {"tariffs": True, "deficits": True, "inputs": True} | options
    return random_world(np.random.default_rng(3), 3, 4, **given)


def by_sector(w, values) -> xr.DataArray:
    return xr.DataArray(list(values), {"sector": w.sectors}, ("sector",))


def energy(w) -> xr.DataArray:
    return by_sector(w, [s in ("metal", "cloth") for s in w.sectors])


def variants_of(w) -> dict[str, dict]:
    theta = w.dataset["trade_elasticity"]
    return {
        "plain": {},
        "leontief": {"input_substitution": 0.0},
        "nest": {"input_substitution": 0.3, "value_added_substitution": 0.6},
        "energy": {
            "input_substitution": 0.5, "energy_substitution": 0.1, "energy": energy(w),
        },
        "tiers": {"import_elasticity": 0.5 * theta},
        "roy": {"mobility": 0.4},
        "specific": {"mobility": 0.0},
        "floor": {"wage_floor": 0.98},
        "hours": {"labour_supply_elasticity": 0.5},
        "capital": {"capital_response": 0.5},
        "scale": {"scale_elasticity": 0.05},
        "profits": {"profit_share": by_sector(w, [0.02, 0.05, 0.0, 0.08])},
        "short run": {
            "input_substitution": 0.1, "import_elasticity": 0.4 * theta, "mobility": 0.0,
            "wage_floor": 0.95,
        },
        "all that go together": {
            "input_substitution": 0.7, "import_elasticity": 0.8 * theta, "mobility": 0.5,
            "wage_floor": 0.9, "scale_elasticity": 0.02, "capital_response": 0.1,
            "profit_share": by_sector(w, [0.02, 0.05, 0.0, 0.08]),
        },
    }  # fmt: skip


NAMES = list(variants_of(world()))
# Each compiles functions of its own; by default those of all variants at once stand for them.
AT_ONCE = ("plain", "short run", "all that go together")
GRADIENTS = [
    name if name in AT_ONCE else pytest.param(name, marks=pytest.mark.slow) for name in NAMES
]
COSTS = {(QUAY, ALDER): 1.6, (MOOR, QUAY): 0.8}


def shocked(w):
    """A few shocks as records, and as the plain arrays of the oracle."""
    change = oracle.no_change(oracle.data_of(w.dataset))
    shocks: list = []
    for (n, i), factor in COSTS.items():
        shocks.append(tumen.TradeCost(n, i, factor=factor))
        change.cost[w.regions.index(n), w.regions.index(i), :] *= factor
    cut = w.sectors[1]
    shocks.append(tumen.Embargo(ALDER, MOOR, cut, share=0.9))
    change.weight[w.regions.index(ALDER), w.regions.index(MOOR), 1] *= 1 - 0.9
    shocks.append(tumen.Productivity(MOOR, w.sectors[0], factor=0.9))
    change.productivity[w.regions.index(MOOR), 0] *= 0.9
    shocks.append(tumen.LabourForce(QUAY, factor=1.1))
    change.labour[w.regions.index(QUAY)] *= 1.1
    return shocks, change


@pytest.mark.parametrize("closure", ["fixed", "proportional"])
@pytest.mark.parametrize("name", NAMES)
def test_every_equation_holds_in_levels(name, closure):
    w = world().replace(**variants_of(world())[name]) if name != "plain" else world()
    shocks, change = shocked(w)
    result = tumen.solve(w, shocks, closure, TIGHT)
    for equation, gap in variant_oracle.gaps(w, change, closure, result).items():
        assert gap < 1e-8, f"{name}, {equation}: {gap:.2g}"


@pytest.mark.parametrize("closure", ["fixed", "proportional", "zero"])
@pytest.mark.parametrize("name", NAMES)
def test_no_shock_changes_nothing(name, closure):
    w = world()
    result = tumen.solve(w, [], closure, variants=variants_of(w)[name])
    assert result.real_income.values == pytest.approx(0, abs=1e-8)
    assert result.employment_hat.values == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_equal_differences(name):
    w = world()
    w = w.replace(**variants_of(w)[name]) if name != "plain" else w
    shocks, _ = shocked(w)
    slope = tumen.gradient(w, shocks, "real_income", tolerance=TIGHT, region=QUAY)
    h = 1e-4

    def at(size, make):
        return float(
            tumen.solve(w, [*shocks, make(size)], tolerance=1e-13).real_income.sel(region=QUAY)
        )

    for make, exact in (
        (
            lambda size: tumen.TradeCost(QUAY, MOOR, w.sectors[0], factor=float(np.exp(size))),
            slope.trade_cost.sel(importer=QUAY, exporter=MOOR, sector=w.sectors[0]),
        ),
        (
            lambda size: tumen.Productivity(ALDER, w.sectors[2], factor=float(np.exp(size))),
            slope.productivity.sel(region=ALDER, sector=w.sectors[2]),
        ),
        (
            lambda size: tumen.ExportTax(MOOR, QUAY, w.sectors[3], rate=size),
            slope.export_tax.sel(importer=MOOR, exporter=QUAY, sector=w.sectors[3]),
        ),
    ):
        difference = (at(h, make) - at(-h, make)) / (2 * h)
        assert float(exact) == pytest.approx(difference, rel=1e-4, abs=1e-7)


LIMITS = {
    "Cobb-Douglas": {"input_substitution": 1.0},
    "Cobb-Douglas, from below": {"input_substitution": 1 - 1e-7},
    "Cobb-Douglas, from above": {"input_substitution": 1 + 1e-7, "value_added_substitution": 1.0},
    "one labour market": {"mobility": 1.0},
    "a floor nobody meets": {"wage_floor": 1e-9},
    "hours given": {"labour_supply_elasticity": 0.0},
    "capital given": {"capital_response": 0.0},
    "no economies of scale": {"scale_elasticity": 0.0},
    "no profits": {"profit_share": 0.0},
}


@pytest.mark.parametrize("closure", ["fixed", "zero"])
@pytest.mark.parametrize("name", LIMITS)
def test_each_variant_has_the_plain_model_as_a_limit(name, closure):
    w = world()
    shocks, _ = shocked(w)
    plain = tumen.solve(w, shocks, closure, TIGHT)
    limit = tumen.solve(w, shocks, closure, TIGHT, variants=LIMITS[name])
    assert limit.real_income.values == pytest.approx(plain.real_income.values, abs=1e-5)
    assert limit.wage_hat.values == pytest.approx(plain.wage_hat.values, abs=1e-6)


def test_one_tier_is_two_with_the_same_elasticity():
    w = world()
    shocks, _ = shocked(w)
    plain = tumen.solve(w, shocks, tolerance=TIGHT)
    same = {"import_elasticity": w.dataset["trade_elasticity"]}
    limit = tumen.solve(w, shocks, tolerance=TIGHT, variants=same)
    assert limit.real_income.values == pytest.approx(plain.real_income.values, abs=1e-8)


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_autarky_in_two_tiers_is_its_closed_form(share):
    """Without foreign goods the outer tier alone counts: ln pi_nn over its elasticity."""
    w = random_world(np.random.default_rng(8), 3, 2, tariffs=False, deficits=False, inputs=True)
    between = share * w.dataset["trade_elasticity"]
    result = tumen.solve(
        w, [tumen.Embargo()], tolerance=TIGHT, variants={"import_elasticity": between}
    )
    data = w.dataset
    for region in w.regions:
        inputs = data["input_share"].sel(region=region).transpose("sector", "input").values
        own = data["trade_share"].sel(importer=region, exporter=region).values
        log_price = np.linalg.solve(np.eye(2) - inputs, np.log(own) / between.values)
        wanted = np.exp(data["final_share"].sel(region=region).values @ log_price)
        assert 1 + float(result.real_income.sel(region=region)) / 100 == pytest.approx(
            wanted, rel=1e-8
        )


def test_hours_in_autarky_are_their_closed_form():
    """Real pay is productivity; hours answer to it, and what they cost is taken off."""
    w, eta, gain = two_by_one(), 0.5, 1.3
    shocks = [tumen.Embargo(), tumen.Productivity(QUAY, factor=gain)]
    base = tumen.solve(w, [tumen.Embargo()], tolerance=TIGHT)
    first = 1 + float(base.real_income.sel(region=QUAY)) / 100
    result = tumen.solve(w, shocks, tolerance=TIGHT, variants={"labour_supply_elasticity": eta})
    pay = first * gain
    assert float(result.employment_hat.sel(region=QUAY)) == pytest.approx(pay**eta, rel=1e-9)
    wanted = (pay ** (1 + eta) - 1) / (1 + eta)
    assert float(result.real_income.sel(region=QUAY)) / 100 == pytest.approx(wanted, rel=1e-9)


def test_capital_that_has_followed_multiplies_a_gain_as_the_steady_state_says():
    """In autarky, real income grows by 1/(1-a) times the log of productivity."""
    w, a, gain = two_by_one(), 1 / 3, 1.2
    alone = [tumen.Embargo()]
    base, more = (
        tumen.solve(w, shocks, tolerance=TIGHT, variants={"capital_response": a / (1 - a)})
        for shocks in (alone, [*alone, tumen.Productivity(QUAY, factor=gain)])
    )
    hats = [1 + float(r.real_income.sel(region=QUAY)) / 100 for r in (base, more)]
    assert np.log(hats[1] / hats[0]) == pytest.approx(np.log(gain) / (1 - a), rel=1e-9)


def test_scale_in_autarky_is_its_closed_form():
    """Twice the labour in one sector without trade: real pay grows with the scale elasticity."""
    w, phi = two_by_one(), 0.1
    alone = [tumen.Embargo()]
    small, large = (
        tumen.solve(w, shocks, tolerance=TIGHT, variants={"scale_elasticity": phi})
        for shocks in (alone, [*alone, tumen.LabourForce(QUAY, factor=2.0)])
    )
    pay = [1 + float(r.real_wage.sel(region=QUAY)) / 100 for r in (small, large)]
    assert pay[1] / pay[0] == pytest.approx(2**phi, rel=1e-9)


def test_profits_change_nothing_where_they_follow_income():
    """One good without inputs and balanced trade: profits are a constant part of income."""
    w = two_by_one()
    shocks = [tumen.TradeCost(QUAY, ALDER, factor=1.5)]
    plain = tumen.solve(w, shocks, tolerance=TIGHT)
    profits = tumen.solve(w, shocks, tolerance=TIGHT, variants={"profit_share": 0.2})
    assert profits.real_income.values == pytest.approx(plain.real_income.values, abs=1e-9)


def test_specific_factors_earn_what_their_sector_does():
    """Roy pay satisfies its own identity: mean earnings are the power mean of pay by sector."""
    w, mu = world(), 0.4
    kappa = 1 / (1 - mu)
    shocks, change = shocked(w)
    result = tumen.solve(w, shocks, tolerance=TIGHT, variants={"mobility": mu})
    data = oracle.data_of(w.dataset)
    output0 = (data.share / (1 + data.tariff) * data.spending[:, None, :]).sum(0)
    output = result.gross_output.sel(sector=w.sectors).transpose("region", "sector").values
    added0, added = data.added * output0, data.added * output
    share = added0 / added0.sum(1, keepdims=True)
    x = added / added0 / change.labour[:, None]
    earned = result.wage_hat.values
    pay = earned[:, None] ** mu * x ** (1 - mu)
    assert (share * pay**kappa).sum(1) ** (1 / kappa) == pytest.approx(earned, rel=1e-9)


def test_the_less_can_adjust_the_more_a_ban_costs():
    """From mobile to specific factors and from free to rigid wages losses only grow."""
    w = random_world(np.random.default_rng(5), 4, 3, tariffs=False, deficits=False, inputs=True)
    ban = [tumen.Embargo(QUAY, ALDER), tumen.Embargo(ALDER, QUAY)]
    steps = [
        {}, {"mobility": 0.5}, {"mobility": 0.0}, {"mobility": 0.0, "wage_floor": 1.0},
    ]  # fmt: skip
    lost = [float(tumen.solve(w, ban, variants=v).real_income.sel(region=QUAY)) for v in steps]
    assert lost == sorted(lost, reverse=True)
    assert lost[-1] < lost[0] < 0


def test_idle_factors_are_complementary_to_the_floor():
    w = world()
    shocks = [tumen.TradeCost(None, QUAY, factor=1.5)]
    result = tumen.solve(w, shocks, tolerance=TIGHT, variants={"wage_floor": 1.0})
    wage, work = result.wage_hat.values, result.employment_hat.values
    assert (wage >= 1 - 1e-10).all()
    assert (work <= 1 + 1e-10).all()
    assert (work < 0.999).any()
    assert (wage - 1) * (1 - work) == pytest.approx(np.zeros(3), abs=1e-9)


def test_lerner_symmetry():
    """A tax on all of a country's exports does what the same tariff on all its imports does."""
    w = random_world(np.random.default_rng(4), 3, 2, tariffs=False, deficits=False, inputs=True)
    tax = tumen.solve(w, [tumen.ExportTax(None, QUAY, rate=0.2)], tolerance=TIGHT)
    tariff = tumen.solve(w, [tumen.Tariff(QUAY, None, rate=0.2)], tolerance=TIGHT)
    assert tax.real_income.values == pytest.approx(tariff.real_income.values, abs=1e-8)
    received = tax.trade_flow.sel(exporter=QUAY).drop_sel(importer=QUAY).sum() * 0.2 / 1.2
    assert float(tax.export_tax_revenue.sel(region=QUAY)) == pytest.approx(float(received))


def test_an_export_tax_goes_to_its_exporter_and_money_adds_up():
    w = world()
    result = tumen.solve(w, [tumen.ExportTax(MOOR, QUAY, rate=0.3)], tolerance=TIGHT)
    flow = result.trade_flow
    taxed = flow.sel(importer=MOOR, exporter=QUAY).sum()
    assert float(result.export_tax_revenue.sum()) == pytest.approx(float(taxed * 0.3 / 1.3))
    sold = flow.sum("importer").transpose("exporter", "sector")
    made = result.gross_output.transpose("region", "sector").values
    made[w.regions.index(QUAY)] += float(0.3 / 1.3) * flow.sel(importer=MOOR, exporter=QUAY).values
    assert made == pytest.approx(sold.values, rel=1e-9)
    income = result.value_added + result.tariff_revenue + result.export_tax_revenue
    assert (income + w.dataset["transfer"]).values == pytest.approx(result.income.values)


def test_a_price_cap_is_a_lump_sum_of_the_flow():
    w = three_by_two()
    cap = tumen.PriceCap(MOOR, QUAY, "grain", cap=60.0, price=80.0)
    capped = tumen.solve(w, [cap], tolerance=TIGHT)
    flow = float(capped.trade_flow.sel(importer=MOOR, exporter=QUAY, sector="grain"))
    paid = tumen.solve(w, [tumen.Transfer(QUAY, MOOR, value=0.25 * flow)], tolerance=TIGHT)
    assert capped.real_income.values == pytest.approx(paid.real_income.values, abs=1e-8)
    assert "lump sum of 25.0 %" in capped.notes[0]
    idle = tumen.solve(w, [tumen.PriceCap(MOOR, QUAY, "grain", cap=90.0, price=80.0)])
    assert idle.real_income.values == pytest.approx(0, abs=1e-9)
    assert "no effect" in idle.notes[0]


BAD = {
    "unknown": ({"wage_flor": 0.9}, "did you mean wage_floor"),
    "mobility above one": ({"mobility": 1.5}, "mobility in Quay is 1.5"),
    "floor above one": ({"wage_floor": 1.2}, "at most 1"),
    "negative substitution": ({"input_substitution": -0.5}, "from 0"),
    "hours and a floor": (
        {"labour_supply_elasticity": 0.5, "wage_floor": 0.9}, "cannot both be on",
    ),
    "hours and specific factors": (
        {"labour_supply_elasticity": 0.5, "mobility": 0.5}, "cannot both be on",
    ),
    "energy that is not marked": ({"energy_substitution": 0.1}, "add it"),
    "home goods easier to replace": ({"import_elasticity": 50.0}, "at most the trade elasticity"),
    "scale without end": ({"scale_elasticity": 0.9}, "not unique"),
    "profits above value added": ({"profit_share": 0.99}, "larger than value added"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_variants_that_cannot_be_are_refused(name):
    given, words = BAD[name]
    with pytest.raises(tumen.WorldError, match=words):
        tumen.solve(world(), variants=given)


def test_a_path_with_capital_refuses_idle_factors():
    with pytest.raises(tumen.WorldError, match="single years"):
        tumen.transition(world().replace(wage_floor=0.9), {2022: []}, [2022])


def test_variants_are_told_and_kept(tmp_path):
    w = world().replace(wage_floor=0.9, input_substitution=0.5)
    result = tumen.solve(w)
    assert result.stamp["variants"] == "input_substitution 0.5, wage_floor 0.9"
    assert tumen.solve(world()).stamp["variants"] == "none"
    assert result.scenario_hash != tumen.solve(world()).scenario_hash
    w.save(tmp_path / "w.nc")
    again = tumen.load_world(tmp_path / "w.nc")
    assert again.digest == w.digest
    assert tumen.solve(again).stamp["variants"] == result.stamp["variants"]
    merged = w.aggregate(sectors={"tools": "goods", "grain": "goods"})
    assert float(merged.dataset["input_substitution"]) == 0.5
    assert set(VARIANTS) <= set(OPTIONAL)


def test_exporting_taxes_and_caps_that_mean_nothing():
    w = three_by_two()
    for shock, words in (
        (tumen.ExportTax(MOOR, QUAY), "either rate= or change="),
        (tumen.ExportTax(MOOR, QUAY, rate=-1.0), "above -1"),
        (tumen.PriceCap(MOOR, QUAY, cap=50.0), "PriceCap price is missing"),
        (tumen.PriceCap(MOOR, QUAY, cap=-1.0, price=2.0), "above 0"),
    ):
        with pytest.raises(tumen.ShockError, match=words):
            tumen.solve(w, [shock])
