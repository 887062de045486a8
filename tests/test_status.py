"""A solve that found nothing says why, names the places, and yields no number."""

import warnings

import numpy as np
import pytest
import xarray as xr

import tumen
from tumen.vocabulary import RESULT
from worlds import random_dataset, random_world, three_by_two, two_by_one


@pytest.fixture(scope="module")
def world():
    return random_world(np.random.default_rng(41), 4, 2, deficits=False)


@pytest.fixture(scope="module")
def uneven():
    return random_world(np.random.default_rng(42), 4, 2, deficits=True)


def both_ways(*regions):
    """Ban trade between the regions named and everybody else."""
    return [tumen.Embargo(list(regions), None), tumen.Embargo(None, list(regions))]


def split(world, *inside):
    """Ban trade between two parts of the world, and leave it free within each."""
    outside = [region for region in world.regions if region not in inside]
    return [tumen.Embargo(list(inside), outside), tumen.Embargo(outside, list(inside))]


def assert_no_number(result):
    """Every way to a number raises, and the error carries the result."""
    for name in RESULT:
        with pytest.raises(tumen.SolveError, match=f"{result.status}") as caught:
            getattr(result, name)
        assert caught.value.result is result
    for read in (lambda: result.first_order, result.to_dataset):
        with pytest.raises(tumen.SolveError):
            read()


def fails_with(status, world, shocks, closure="fixed", **settings):
    """The message of a solve that must end with this status, thrown or not."""
    result = tumen.solve(world, shocks, closure=closure, throw=False, **settings)
    assert result.status == status, result.message
    assert_no_number(result)
    assert result.message in repr(result)
    assert str(result.status) in result._repr_html_()
    with pytest.raises(tumen.SolveError) as caught:
        tumen.solve(world, shocks, closure=closure, **settings)
    assert caught.value.result.status == status
    assert str(caught.value) == f"{status}: {result.message}"
    return result


# --- trade that cannot balance ---


@pytest.mark.parametrize("closure", ["fixed", "proportional", "zero"])
def test_a_one_way_ban_has_no_equilibrium(world, closure):
    for shock, words in (
        (
            tumen.Embargo(None, "Quay"),
            "Quay buys from Alder, Moor, Birch but can sell nothing back",
        ),
        (tumen.Embargo("Quay", None), "Quay sells to Alder, Moor, Birch but can buy nothing back"),
    ):
        result = fails_with("no_equilibrium", world, [shock], closure)
        assert words in result.message
        assert "Ban trade in both directions" in result.message
        assert result.evaluations == 0
        assert result.residual == np.inf


def test_a_one_way_ban_between_two_parts_is_found_too(world):
    one_way = [tumen.Embargo(["Quay", "Alder"], ["Moor", "Birch"])]
    result = fails_with("no_equilibrium", world, one_way)
    assert "Quay sells to Moor, Birch but can buy nothing back" in result.message


@pytest.mark.parametrize("closure", ["fixed", "proportional"])
def test_an_isolated_region_with_a_transfer_has_no_equilibrium(uneven, closure):
    result = fails_with("no_equilibrium", uneven, both_ways("Moor"), closure)
    amount = float(uneven.dataset.transfer.sel(region="Moor"))
    assert abs(amount) > 1
    assert "Moor: no trade with anybody else, yet transfers sum to" in result.message
    assert f"{amount:,.6g}" in result.message
    assert 'closure="zero"' in result.message


def test_an_isolated_part_whose_transfers_balance_has_one(uneven):
    """Transfers that cancel within each part are no obstacle; the smallest leftover is."""
    sent = float(uneven.dataset.transfer.sel(region=["Quay", "Alder"]).sum())
    shocks = [*split(uneven, "Quay", "Alder"), tumen.Transfer("Quay", "Moor", value=sent)]
    for closure in ("fixed", "proportional"):
        result = tumen.solve(uneven, shocks, closure=closure)
        assert result.status == "converged"
        received = result.income - result.value_added - result.tariff_revenue
        assert float(received.sel(region=["Quay", "Alder"]).sum()) == pytest.approx(0, abs=1e-4)
    a_little_more = tumen.Transfer("Quay", "Moor", value=0.01)
    result = fails_with("no_equilibrium", uneven, [*shocks, a_little_more])
    assert "Quay, Alder: no trade with anybody else, yet transfers sum to -0.01" in result.message


def test_a_transfer_into_an_isolated_region_has_no_equilibrium(world):
    shocks = [*both_ways("Moor"), tumen.Transfer("Quay", "Moor", value=1.0)]
    for closure in ("fixed", "proportional", "zero"):
        result = fails_with("no_equilibrium", world, shocks, closure)
        assert "Moor: no trade with anybody else, yet transfers sum to" in result.message


@pytest.mark.parametrize("closure", ["fixed", "proportional", "zero"])
def test_parts_that_each_balance_converge(world, closure):
    """Two blocs, and two economies on their own: each part is its own little world."""
    blocs = tumen.solve(world, split(world, "Quay", "Moor"), closure=closure)
    alone = tumen.solve(world, [tumen.Embargo()], closure=closure)
    for result in (blocs, alone):
        assert result.status == "converged"
        assert np.isfinite(result.real_income).all()
    assert (alone.real_income < blocs.real_income).all()
    # A bloc's numeraire is its own primary income.
    value = blocs.value_added.sel(region=["Quay", "Moor"]).sum()
    base = world.dataset.value_added.sel(region=["Quay", "Moor"]).sum()
    assert float(value) == pytest.approx(float(base), rel=1e-9)


def test_what_happens_in_one_bloc_leaves_the_other_alone(world):
    apart = split(world, "Quay", "Moor")
    before = tumen.solve(world, apart)
    after = tumen.solve(world, [*apart, tumen.Productivity("Quay", factor=2.0)])
    others = {"region": ["Alder", "Birch"]}
    xr.testing.assert_allclose(
        before.real_income.sel(others), after.real_income.sel(others), atol=1e-8
    )
    assert float(after.real_income.sel(region="Quay") - before.real_income.sel(region="Quay")) > 10


def test_the_zero_closure_solves_what_the_others_cannot(uneven):
    result = tumen.solve(uneven, both_ways("Moor"), closure="zero")
    assert float(result.real_income.sel(region="Moor")) < 0


def test_transfers_of_the_whole_world_must_sum_to_zero():
    data = random_dataset(np.random.default_rng(43), 3, 2)
    data["transfer"][0] += 100.0
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        world = tumen.World(data, check="warn")
    assert any("sums to 100 million USD" in str(warning.message) for warning in said)
    result = fails_with("no_equilibrium", world, [])
    assert "The world's transfers sum to 100 million USD" in result.message
    assert tumen.solve(world, [], closure="zero").status == "converged"


# --- nobody left to buy from ---


def without_home_producer():
    """The second region makes no grain; it buys all of it abroad."""
    data = random_dataset(np.random.default_rng(44), 3, 2, deficits=False, tariffs=False)
    share = data.trade_share.copy()
    cell = {"importer": "Alder", "sector": "grain"}
    share.loc[cell | {"exporter": "Alder"}] = 0.0
    share.loc[cell] = share.loc[cell] / share.loc[cell].sum()
    return share, data


def test_no_supplier_is_found_and_named():
    share, data = without_home_producer()
    with pytest.warns(tumen.WorldWarning):
        world = tumen.World(data.assign(trade_share=share), check="warn")
    ban = [tumen.Embargo("Alder", ["Quay", "Moor"], "grain")]
    result = fails_with("no_supplier", world, ban)
    assert "No supplier is left for grain in Alder." in result.message
    assert "home_floor" in result.message
    leaving_one = tumen.solve(world, [tumen.Embargo("Alder", "Quay", "grain")])
    assert leaving_one.status == "converged"


def test_home_floor_lets_a_user_go_on_and_is_told():
    share, data = without_home_producer()
    with pytest.warns(tumen.WorldWarning):
        world = tumen.World(data.assign(trade_share=share), check="warn")
    ban = [tumen.Embargo("Alder", ["Quay", "Moor"], "grain")]
    losses = []
    for floor in (0.01, 0.1):
        result = tumen.solve(world, ban, home_floor=floor)
        assert result.notes == (f"home_floor {floor} in grain in Alder",)
        assert "home_floor" in repr(result)
        assert result.rebase_evaluations > 0
        losses.append(float(result.real_income.sel(region="Alder")))
    assert losses[0] < losses[1] < 0
    untouched = tumen.solve(world, [tumen.Tariff(rate=0.1)], home_floor=0.01)
    assert untouched.notes == ()


def test_placeholder_producers_are_no_suppliers_in_a_ban():
    data = random_dataset(np.random.default_rng(45), 3, 2, deficits=False)
    mark = xr.zeros_like(data.expenditure, dtype=bool)
    mark.loc[{"region": "Alder", "sector": "grain"}] = True
    world = tumen.World(data.assign(placeholder=mark))
    ban = [tumen.Embargo("Alder", None, "grain")]
    result = fails_with("no_supplier", world, ban)
    assert "grain in Alder" in result.message
    assert tumen.solve(tumen.World(data), ban).status == "converged"
    # Without a ban the token producer is a supplier like any other.
    assert tumen.solve(world, [tumen.TradeCost("Alder", factor=2.0)]).status == "converged"
    partly = tumen.solve(world, [tumen.Embargo("Alder", None, "grain", share=0.99)])
    assert partly.status == "converged"
    floored = tumen.solve(world, ban, home_floor=0.01)
    assert floored.notes == ("home_floor 0.01 in grain in Alder",)


# --- giving away more than one has ---


@pytest.mark.parametrize("closure", ["fixed", "proportional", "zero"])
def test_a_transfer_larger_than_income(world, closure):
    income = float(world.income.sel(region="Quay"))
    shock = tumen.Transfer("Quay", "Moor", value=1.2 * income)
    result = fails_with("absorption_negative", world, [shock], closure)
    assert "Final spending would not be above zero in Quay." in result.message
    assert "Lower the transfers it pays" in result.message


def test_a_transfer_that_trade_cannot_carry():
    """Half of income is there to give, but hardly anything can be sold to earn it abroad."""
    world = two_by_one(theta=8.0)
    shocks = [
        tumen.TradeCost(None, "Quay", factor=8.0),
        tumen.Transfer("Quay", "Alder", value=0.6 * float(world.income.sel(region="Quay"))),
    ]
    result = fails_with("absorption_negative", world, shocks)
    assert "Quay" in result.message
    smaller = tumen.Transfer("Quay", "Alder", value=1.0)
    assert tumen.solve(world, [shocks[0], smaller]).status == "converged"


# --- stopping early ---


@pytest.mark.parametrize("closure", ["fixed", "proportional", "zero"])
def test_too_few_maps_stall_and_name_the_largest_gaps(world, closure):
    shocks = [tumen.Tariff("Quay", rate=1.0)]
    result = fails_with("stalled", world, shocks, closure, max_maps=3)
    assert "After 3 maps the residual is" in result.message
    assert any(f"wage: {region} (" in result.message for region in world.regions)
    cells = [f"{sector} in {region} (" for sector in world.sectors for region in world.regions]
    assert any(f"price: {cell}" in result.message for cell in cells)
    assert any(f"spending: {cell}" in result.message for cell in cells)
    assert "higher max_maps" in result.message
    assert result.evaluations == 3
    assert 1e-10 < result.residual < np.inf


def test_a_base_that_stalls_is_named_as_such(uneven):
    result = fails_with("stalled", uneven, [tumen.Tariff(rate=0.5)], "zero", max_maps=2)
    assert result.message.startswith("Without any shock: After 2 maps")
    assert result.rebase_evaluations == 2
    assert result.evaluations == 0


def test_a_tighter_tolerance_takes_more_maps(world):
    maps = [
        tumen.solve(world, [tumen.Tariff(rate=0.5)], tolerance=tolerance).evaluations
        for tolerance in (1e-3, 1e-6, 1e-9, 1e-12)
    ]
    assert maps == sorted(maps)
    assert maps[0] < maps[-1]


def test_residual_and_status_of_a_converged_result():
    result = tumen.solve(three_by_two(), [tumen.Tariff(rate=0.2)])
    assert result.status == "converged"
    assert result.status is tumen.Status.converged
    assert isinstance(result.status, str)
    assert 0 <= result.residual <= 1e-10
    assert 1 < result.evaluations < 100
    assert result.rebase_evaluations == 0
    assert result.message == "The equilibrium was found."


def test_every_status_says_what_to_do():
    for status in tumen.Status:
        assert status.sentence[0].isupper()
        assert status.sentence.endswith(".")


# --- extremes that must still be solved ---


def test_trade_that_has_all_but_died_still_settles_wages():
    """Trade of a ten-billionth of income decides relative wages as surely as any other."""
    world = two_by_one(theta=17.0)
    result = tumen.solve(world, [tumen.Tariff(rate=2.87)])
    low = tumen.solve(world, [tumen.Tariff(rate=2.86)])
    abroad = result.trade_flow.sel(importer="Quay", exporter="Alder") / world.income[0]
    assert float(abroad.max()) < 1e-9
    np.testing.assert_allclose(result.wage_hat, low.wage_hat, rtol=0.02)
    imports = result.trade_flow.sel(importer="Quay", exporter="Alder").item()
    exports = result.trade_flow.sel(importer="Alder", exporter="Quay").item()
    assert imports == pytest.approx(exports, rel=1e-6)


@pytest.mark.parametrize("theta", [0.4, 65.0])
@pytest.mark.parametrize("factor", [0.2, 20.0])
def test_elasticities_and_costs_far_apart(theta, factor):
    world = random_world(np.random.default_rng(46), 3, 2, theta=[theta, 4.0])
    result = tumen.solve(world, [tumen.TradeCost(sector="tools", factor=factor)], closure="zero")
    assert result.status == "converged"
    sign = 1 if factor < 1 else -1
    assert (sign * result.real_income > 0).all()
    assert np.isfinite(result.price_hat).all()


def test_costs_beyond_the_range_of_floating_point():
    """At an elasticity of 65 a cost of a million to one is 1e-390: still no division by zero."""
    data = random_dataset(np.random.default_rng(47), 3, 1, inputs=False, deficits=False, theta=[65])
    world = tumen.World(data)
    far = tumen.solve(world, [tumen.TradeCost(factor=1e6)])
    np.testing.assert_allclose(far.real_income, tumen.solve(world, [tumen.Embargo()]).real_income)
    dear = xr.full_like(data.trade_share, 1e6)
    everything = tumen.solve(world, [tumen.TradeCost(factor=dear)])
    np.testing.assert_allclose(1 + everything.real_income / 100, 1e-6, rtol=1e-9)
    np.testing.assert_allclose(everything.trade_flow, world.trade_flow, rtol=1e-8)
