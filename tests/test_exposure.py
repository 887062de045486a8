"""Exposure against hand algebra, the accounting identities and the model's own content."""

import numpy as np
import pytest

import tumen
from tumen.analysis import exposure
from tumen.errors import WorldError
from tumen.model.content import value_added_content
from tumen.world.arrays import economy_of
from worlds import random_world, three_by_two, two_by_one

SEEDS = range(4)


def test_without_inputs_total_is_direct_and_both_are_the_written_shares():
    found = exposure.exposure(two_by_one())
    np.testing.assert_allclose(found.direct, [[0.8, 0.2], [0.3, 0.7]], atol=1e-14)
    np.testing.assert_allclose(found.total, found.direct, atol=1e-13)


def test_inputs_by_hand():
    """Two regions, one good, half of its cost is itself: m = (I - A')^-1 g, written out."""
    world = two_by_one()
    data = world.dataset
    data["value_added_share"] = data["value_added_share"] * 0.5
    data["input_share"] = data["input_share"] + 0.5
    data["expenditure"] = data["expenditure"] * 2
    world = tumen.World(data)
    # A unit of i holds half of its own value added, and half a unit of its region's purchases.
    step = 0.5 * np.array([[0.8, 0.2], [0.3, 0.7]])
    made = np.linalg.inv(np.eye(2) - step) * 0.5  # [region i, origin r]
    np.testing.assert_allclose(exposure.multipliers(world)[:, 0, :], made.T, atol=1e-12)
    expected = np.array([[0.8, 0.2], [0.3, 0.7]]) @ made
    np.testing.assert_allclose(exposure.exposure(world).total, expected, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_multipliers_are_the_content_of_the_model(seed):
    world = random_world(np.random.default_rng(seed), 4, 3)
    made = exposure.multipliers(world)
    for sector in range(3):
        for region in range(4):
            content = value_added_content(economy_of(world), sector, region)
            np.testing.assert_allclose(made[:, sector, region], content, atol=1e-11)


@pytest.mark.parametrize("seed", SEEDS)
def test_identities_hold_with_tariffs_and_transfers(seed):
    world = random_world(np.random.default_rng(seed), 5, 4, zeros=0.3)
    found = exposure.exposure(world)
    np.testing.assert_allclose(found.direct.sum("origin"), 1.0, rtol=1e-12)
    assert (found.total.sum("origin") < 1).all()  # the rest is tariff revenue
    np.testing.assert_allclose(found.earned.sum("buyer"), world.dataset["value_added"], rtol=1e-9)
    rest = float(world.income.sum() - found.earned.sum())
    assert rest == pytest.approx(float(world.tariff_revenue.sum()), rel=1e-9)


@pytest.mark.parametrize("name", ["tumen-31", "wiod-2011-20"])
def test_identities_hold_in_the_shipped_worlds(name):
    world = tumen.load_world(name)
    found = exposure.exposure(world)
    np.testing.assert_allclose(found.total.sum("origin"), 1.0, rtol=1e-9)
    np.testing.assert_allclose(
        found.earned.sum("buyer").values, world.dataset["value_added"].values, rtol=1e-6
    )
    assert float(found.earned.sum()) == pytest.approx(float(world.income.sum()), rel=1e-9)
    table = exposure.economies(world)
    assert table["exports"].sum() == pytest.approx(table["imports"].sum(), rel=1e-12)
    # Trade before tariff and transfers close every region's account.
    np.testing.assert_allclose(
        table["imports"] - table["exports"], table["transfer"], atol=1e-6 * table["income"].max()
    )


def test_sectors_and_partners_add_up_to_the_economy():
    world = three_by_two()
    table = exposure.economies(world)
    for region in world.regions:
        made = exposure.sectors(world, region)
        assert made["value_added"].sum() == pytest.approx(table.loc[region, "value_added"])
        others = exposure.partners(world, region)
        for flow in ("exports", "imports"):
            assert made[flow].sum() == pytest.approx(table.loc[region, flow])
            assert others[flow].sum() == pytest.approx(table.loc[region, flow])
        assert region not in others.index
        assert (np.diff(others["exports"] + others["imports"]) <= 0).all()
        found = exposure.exposure(world)
        home = float(found.earned.sel(buyer=region, origin=region))
        assert others["earned"].sum() == pytest.approx(1 - home / table.loc[region, "value_added"])


def test_both_ways_are_each_others_mirror():
    world = three_by_two()
    quay, alder = exposure.partners(world, "Quay"), exposure.partners(world, "Alder")
    assert quay.loc["Alder", "exports"] == alder.loc["Quay", "imports"]
    assert quay.loc["Alder", "theirs_direct"] == alder.loc["Quay", "own_direct"]
    assert quay.loc["Alder", "theirs_total"] == alder.loc["Quay", "own_total"]
    assert quay.loc["Alder", "theirs_total"] != quay.loc["Alder", "theirs_direct"]


def test_pair_is_the_recorded_flow_and_no_region_is_its_own_partner():
    world = three_by_two()
    found = exposure.pair(world, "Quay", "Moor")
    flow = world.trade_flow.sel(exporter="Quay", importer="Moor", sector=world.sectors)
    np.testing.assert_allclose(found["exports"], flow)
    with pytest.raises(WorldError, match="no partner of itself"):
        exposure.pair(world, "Quay", "Quay")
    with pytest.raises(WorldError, match="Atlantis"):
        exposure.pair(world, "Quay", "Atlantis")
    with pytest.raises(WorldError, match="mean Quay"):
        exposure.partners(world, "Quai")
