"""What must hold exactly: no shock, autarky, gains from trade, units, accounts, reversals."""

import numpy as np
import pytest
import xarray as xr

import tumen
from worlds import random_world, three_by_two, two_by_one

CLOSURES = ["fixed", "proportional", "zero"]
HATS = ("wage_hat", "price_hat", "consumer_price_hat")


def isolate(region):
    """Ban all trade of a region, both ways."""
    return [tumen.Embargo(region, None), tumen.Embargo(None, region)]


def some_shocks(world):
    """A bit of everything, by position of the labels."""
    first, second, third = world.regions[:3]
    sector = world.sectors[0]
    return [
        tumen.Tariff(first, [second, third], rate=0.35),
        tumen.TradeCost(None, second, sector, factor=1.4),
        tumen.Embargo(third, first, share=0.8),
        tumen.Productivity(second, factor=1.1),
        tumen.LabourForce(third, factor=0.9),
        tumen.Transfer(first, third, value=0.05 * float(world.income.min())),
    ]


@pytest.fixture(params=range(3))
def world(request):
    rng = np.random.default_rng(request.param)
    return random_world(rng, 4, 3, zeros=0.2, tariffs=request.param > 0)


# --- no shock ---


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("seed", range(6))
def test_no_shock_returns_exactly_one(seed, closure):
    world = random_world(np.random.default_rng(seed), 4, 3, zeros=0.3)
    result = tumen.solve(world, [], closure=closure)
    assert result.evaluations == 1
    np.testing.assert_allclose(result.real_income, 0, atol=1e-10)  # per cent: 1e-12
    for name in HATS:
        np.testing.assert_allclose(getattr(result, name), 1, rtol=0, atol=1e-12)
    if closure != "zero":
        np.testing.assert_allclose(result.trade_flow, world.trade_flow, rtol=1e-11)
        np.testing.assert_allclose(result.income, world.income, rtol=1e-12)


@pytest.mark.parametrize("closure", CLOSURES)
def test_shocks_of_size_nought_are_no_shock(world, closure):
    first, second = world.regions[:2]
    shocks = [
        tumen.Tariff(change=0.0),
        tumen.TradeCost(factor=1.0),
        tumen.Embargo(share=0.0),
        tumen.Productivity(factor=1.0),
        tumen.LabourForce(factor=1.0),
        tumen.Transfer(first, second, value=0.0),
    ]
    result = tumen.solve(world, shocks, closure=closure)
    np.testing.assert_allclose(result.real_income, 0, atol=1e-10)


# --- autarky and the gains from trade ---


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("seed", range(3))
def test_autarky_of_one_economy_is_the_closed_form(seed, at):
    world = random_world(np.random.default_rng(seed), 3, 4, tariffs=True, inputs=True)
    region = world.regions[at]
    result = tumen.solve(world, isolate(region), closure="zero")
    base = tumen.solve(world, [], closure="zero")
    data = world.dataset.sel(region=region)
    home = base.trade_flow.sel(importer=region, exporter=region, drop=True)
    home = home / base.expenditure.sel(region=region)
    gamma = data.input_share.transpose("sector", "input").values
    log_price = np.linalg.solve(
        np.eye(len(gamma)) - gamma, (np.log(home) / data.trade_elasticity).values
    )
    value_added, revenue = (
        base.value_added.sel(region=region),
        base.tariff_revenue.sel(region=region),
    )
    welfare = value_added / (value_added + revenue) * np.exp(data.final_share.values @ log_price)
    assert revenue > 0
    assert 1 + float(result.real_income.sel(region=region)) / 100 == pytest.approx(
        float(welfare), rel=1e-9
    )


def test_autarky_of_every_economy_at_once():
    world = random_world(np.random.default_rng(5), 4, 2, tariffs=False)
    alone = tumen.solve(world, [tumen.Embargo()], closure="zero")
    for region in world.regions:
        one = tumen.solve(world, isolate(region), closure="zero")
        assert float(alone.real_income.sel(region=region)) == pytest.approx(
            float(one.real_income.sel(region=region)), rel=1e-9
        )


@pytest.mark.parametrize("theta", [0.8, 4.0, 12.0])
def test_one_sector_gains_are_those_of_arkolakis_costinot_rodriguez_clare(theta):
    """Whatever happens abroad or at the border, real income is the home share to -1/theta."""
    rng = np.random.default_rng(3)
    world = random_world(rng, 4, 1, tariffs=False, inputs=False, deficits=False, theta=[theta])
    first, second, third, _ = world.regions
    shocks = [
        tumen.TradeCost(first, second, factor=1.7),
        tumen.TradeCost(None, third, factor=0.8),
        tumen.Productivity(third, factor=1.5),
        tumen.LabourForce(second, factor=2.0),
    ]
    result = tumen.solve(world, shocks)
    for region in (first, world.regions[3]):
        cell = {"importer": region, "exporter": region, "sector": world.sectors[0]}
        share = result.trade_flow.sel(cell) / result.expenditure.sel(
            region=region, sector=world.sectors[0]
        )
        change = float(share / world.dataset.trade_share.sel(cell))
        assert 1 + float(result.real_income.sel(region=region)) / 100 == pytest.approx(
            change ** (-1 / theta), rel=1e-9
        )


def test_one_sector_gains_with_inputs_and_deficits():
    """Inputs divide the exponent by the value-added share; with deficits it is the real wage."""
    world = random_world(np.random.default_rng(8), 3, 1, tariffs=False, theta=[5.0])
    first, second, _ = world.regions
    result = tumen.solve(world, [tumen.TradeCost(first, second, factor=2.0)])
    sector = world.sectors[0]
    cell = {"importer": first, "exporter": first, "sector": sector}
    share = result.trade_flow.sel(cell) / result.expenditure.sel(region=first, sector=sector)
    change = float(share / world.dataset.trade_share.sel(cell))
    added = float(world.dataset.value_added_share.sel(region=first, sector=sector))
    assert 1 + float(result.real_wage.sel(region=first)) / 100 == pytest.approx(
        change ** (-1 / (5.0 * added)), rel=1e-9
    )


# --- units, numeraire, accounts ---


@pytest.mark.parametrize("closure", CLOSURES)
def test_units_do_not_matter(world, closure):
    scaled = world.replace(
        **{name: 1000 * world.dataset[name] for name in ("expenditure", "value_added", "transfer")}
    )
    shocks = some_shocks(world)
    paid = tumen.Transfer(shocks[-1].source, shocks[-1].destination, value=1000 * shocks[-1].value)
    small = tumen.solve(world, shocks, closure=closure)
    large = tumen.solve(scaled, [*shocks[:-1], paid], closure=closure)
    for name in (*HATS, "real_income"):
        np.testing.assert_allclose(getattr(large, name), getattr(small, name), rtol=1e-8, atol=1e-9)
    for name in ("trade_flow", "gross_output", "income", "equivalent_variation"):
        np.testing.assert_allclose(
            getattr(large, name), 1000 * getattr(small, name), rtol=1e-7, atol=1e-5
        )


@pytest.mark.parametrize("closure", CLOSURES)
def test_primary_income_of_the_world_is_constant(world, closure):
    shocks = [
        tumen.Productivity(world.regions[0], factor=3.0),
        tumen.LabourForce(world.regions[1:], factor=0.4),
    ]
    result = tumen.solve(world, shocks, closure=closure)
    assert float(result.value_added.sum()) == pytest.approx(
        float(world.dataset.value_added.sum()), rel=1e-12
    )


@pytest.mark.parametrize("closure", ["fixed", "proportional"])
def test_twice_the_labour_everywhere_doubles_real_income(world, closure):
    result = tumen.solve(world, [tumen.LabourForce(factor=2.0)], closure=closure)
    np.testing.assert_allclose(result.real_income, 100, rtol=1e-9)
    np.testing.assert_allclose(result.wage_hat, 0.5, rtol=1e-9)
    np.testing.assert_allclose(result.trade_flow, world.trade_flow, rtol=1e-8)


@pytest.mark.parametrize("closure", CLOSURES)
def test_accounts_of_a_result(world, closure):
    shocks = some_shocks(world)
    result = tumen.solve(world, shocks, closure=closure, tolerance=1e-12)
    data, size = world.dataset, float(world.income.max())
    tariff = data.tariff.copy()
    tariff.loc[{"importer": shocks[0].importer, "exporter": shocks[0].exporter}] = 0.35
    paid = (result.trade_flow * (1 + tariff)).sum("exporter").rename(importer="region")
    np.testing.assert_allclose(paid, result.expenditure, rtol=1e-9)
    sold = result.trade_flow.sum("importer").rename(exporter="region")
    np.testing.assert_allclose(sold, result.gross_output, rtol=1e-9)
    earned = (data.value_added_share * result.gross_output).sum("sector")
    np.testing.assert_allclose(earned, result.value_added, rtol=1e-9)
    duty = (result.trade_flow * tariff).sum(("exporter", "sector"))
    np.testing.assert_allclose(duty, result.tariff_revenue, rtol=1e-9)
    uses = (data.input_share * result.gross_output).sum("sector").rename(input="sector")
    uses = uses + data.final_share * result.income
    np.testing.assert_allclose(uses.transpose("region", "sector"), result.expenditure, rtol=1e-9)
    # Trade balance: net imports are the transfer received, and transfers sum to zero.
    received = result.income - result.value_added - result.tariff_revenue
    bought = result.trade_flow.sum(("exporter", "sector")).rename(importer="region")
    balance = sold.sum("sector") - bought
    np.testing.assert_allclose(balance, -received, atol=1e-9 * size)
    assert abs(float(received.sum())) < 1e-9 * size
    added = xr.zeros_like(data.value_added)
    amount = shocks[-1].value
    added.loc[shocks[-1].source] -= amount
    added.loc[shocks[-1].destination] += amount
    if closure == "zero":
        np.testing.assert_allclose(received, added, atol=1e-9 * size)
    if closure == "fixed":
        np.testing.assert_allclose(received, data.transfer + added, atol=1e-9 * size)
    if closure == "proportional":
        own = (result.income - added) / (result.value_added + result.tariff_revenue)
        own = own / (world.income / (data.value_added + world.tariff_revenue))
        np.testing.assert_allclose(own, float(own[0]), rtol=1e-10)


# --- what a result says of itself ---


def test_equivalent_variation_is_income_times_the_change(world):
    result = tumen.solve(world, some_shocks(world))
    np.testing.assert_allclose(
        result.equivalent_variation, world.income * result.real_income / 100, rtol=1e-10
    )
    deflated = result.income / result.consumer_price_hat / world.income
    np.testing.assert_allclose(1 + result.real_income / 100, deflated, rtol=1e-12)
    logs = (world.dataset.final_share * np.log(result.price_hat)).sum("sector")
    np.testing.assert_allclose(np.log(result.consumer_price_hat), logs, atol=1e-12)


def test_creation_and_diversion_add_up_to_what_the_partner_gained(world):
    """Where a cost fell, the partner's new share comes from home and from other foreigners."""
    first, second = world.regions[:2]
    result = tumen.solve(world, [tumen.TradeCost(first, second, factor=0.7)])
    data = world.dataset.sel(importer=first)
    spent = result.expenditure.sel(region=first, drop=True)
    paid = result.trade_flow.sel(importer=first) * (1 + data.tariff)
    moved = paid - data.trade_share * spent
    np.testing.assert_allclose(
        result.trade_creation.sel(region=first), -moved.sel(exporter=first), atol=1e-6
    )
    np.testing.assert_allclose(
        result.trade_creation.sel(region=first) + result.trade_diversion.sel(region=first),
        moved.sel(exporter=second),
        atol=1e-6,
    )
    assert float(result.trade_creation.sel(region=first).sum()) > 0
    others = [region for region in world.regions if region != first]
    assert float(abs(result.trade_creation.sel(region=others)).max()) == 0


def small(size):
    """One small shock of each kind; the last is a list of all of them."""
    first, second, third, _ = ("Quay", "Alder", "Moor", "Birch")
    kinds = {
        "tariff": tumen.Tariff(first, [second, third], change=size),
        "cost": tumen.TradeCost(second, None, "grain", factor=1 + size),
        "embargo": tumen.Embargo(third, first, share=size),
        "productivity": tumen.Productivity(second, "tools", factor=1 + size),
        "labour": tumen.LabourForce(third, factor=1 - size),
        "transfer": tumen.Transfer(second, first, value=1e4 * size),
    }
    return {name: [shock] for name, shock in kinds.items()} | {"all": list(kinds.values())}


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("kind", list(small(0.0)))
def test_first_order_parts_are_the_derivative(closure, kind):
    world = random_world(np.random.default_rng(2), 4, 3, zeros=0.2)
    size = 1e-4
    up = tumen.solve(world, small(size)[kind], closure=closure, tolerance=1e-13)
    half = tumen.solve(world, small(size / 2)[kind], closure=closure, tolerance=1e-13)
    # Extrapolate what is of second order away: exact and first order then agree to the third.
    gap = (4 * (half.real_income - half.first_order.total)) - (
        up.real_income - up.first_order.total
    )
    scale = float(abs(up.real_income).max())
    assert scale > 1e-5
    np.testing.assert_allclose(gap, 0, atol=1e-5 * scale)
    assert float(abs(up.first_order.total - up.real_income).max()) < 2e-2 * scale


def test_first_order_parts_add_up_and_say_what_they_are(world):
    result = tumen.solve(world, some_shocks(world))
    parts = result.first_order
    names = {"terms_of_trade", "volume_of_trade", "technology", "factor_supply", "transfer"}
    assert set(parts.data_vars) == names | {"total"}
    np.testing.assert_allclose(parts.total, sum(parts[name] for name in names), rtol=1e-12)
    assert "first order" in parts.attrs["note"]
    amount = some_shocks(world)[-1].value
    assert float(parts.transfer.sel(region=world.regions[2])) == pytest.approx(
        100 * amount / float(world.income.sel(region=world.regions[2])), rel=1e-9
    )


def test_a_full_ban_has_no_first_order_value():
    world = three_by_two()
    result = tumen.solve(world, [tumen.Embargo(world.regions[0], world.regions[1])])
    assert np.isnan(result.first_order.technology.sel(region=world.regions[0]))
    assert np.isfinite(result.real_income).all()


# --- there and back ---


def as_world(world, result, tariff=None):
    """The solved economy as a world of its own."""
    tariff = world.dataset.tariff if tariff is None else tariff
    return world.replace(
        trade_share=result.trade_flow * (1 + tariff) / result.expenditure.rename(region="importer"),
        tariff=tariff,
        expenditure=result.expenditure,
        value_added=result.value_added,
        transfer=result.income - result.value_added - result.tariff_revenue,
    )


@pytest.mark.parametrize("closure", ["fixed", "proportional"])
def test_lifting_a_wedge_and_putting_it_back_returns_the_benchmark(world, closure):
    first, second = world.regions[:2]
    there = tumen.solve(
        world,
        [tumen.TradeCost(first, second, factor=0.6), tumen.Embargo(second, None, share=0.4)],
        closure=closure,
        tolerance=1e-12,
    )
    lifted = as_world(world, there)
    back = tumen.solve(
        lifted,
        [
            tumen.TradeCost(first, second, factor=1 / 0.6),
            tumen.TradeCost(
                second,
                factor=(1 / 0.6) ** (-1 / world.dataset.trade_elasticity),
            ),
        ],
        closure=closure,
        tolerance=1e-12,
    )
    there_and_back = (1 + there.real_income / 100) * (1 + back.real_income / 100)
    np.testing.assert_allclose(there_and_back, 1, rtol=1e-9)
    np.testing.assert_allclose(back.trade_flow, world.trade_flow, rtol=1e-8, atol=1e-8)


def test_raising_tariffs_and_putting_them_back_returns_the_benchmark(world):
    there = tumen.solve(world, [tumen.Tariff(rate=0.5)], tolerance=1e-12)
    own = xr.zeros_like(world.dataset.tariff) + (
        world.dataset.importer.astype(str) == world.dataset.exporter.astype(str)
    )
    raised = as_world(world, there, tariff=world.dataset.tariff.where(own > 0, 0.5))
    back = tumen.solve(raised, [tumen.Tariff(rate=world.dataset.tariff)], tolerance=1e-12)
    np.testing.assert_allclose(back.trade_flow, world.trade_flow, rtol=1e-8, atol=1e-8)


def test_textbook_case_by_hand():
    """Two identical countries: doubling the cost of trade leaves wages, and shrinks trade."""
    world = two_by_one(theta=4.0)
    twin = world.replace(
        trade_share=world.dataset.trade_share.copy(data=[[[0.75], [0.25]], [[0.25], [0.75]]]),
        expenditure=500.0,
        value_added=500.0,
        transfer=0.0,
    )
    result = tumen.solve(twin, [tumen.TradeCost(factor=2.0)])
    bracket = 0.75 + 0.25 * 2.0**-4
    np.testing.assert_allclose(result.wage_hat, 1, rtol=1e-9)
    np.testing.assert_allclose(result.price_hat, bracket ** (-1 / 4), rtol=1e-9)
    cell = {"importer": twin.regions[0], "exporter": twin.regions[1], "sector": twin.sectors[0]}
    assert float(result.trade_flow.sel(cell)) == pytest.approx(500 * 0.25 / 16 / bracket, rel=1e-9)
    np.testing.assert_allclose(result.real_income, 100 * (bracket**0.25 - 1), rtol=1e-9)
