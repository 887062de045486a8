"""Merged worlds keep every identity; totals are those of the parts."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import tumen
from tumen.world import checks
from worlds import random_dataset, random_world

REGIONS = ["Quay", "Alder", "Moor", "Birch", "Zeal"]
SECTORS = ["tools", "grain", "metal", "cloth"]


@pytest.fixture(scope="module")
def world():
    return random_world(np.random.default_rng(5), 5, 4, zeros=0.3)


def largest_gap(world):
    """Largest broken identity, over value added."""
    data = world.dataset
    uses = (
        np.einsum("njk,nj->nk", data["input_share"].values, world.gross_output.values)
        + data["final_share"].values * world.income.values[:, None]
    )
    size = data["value_added"].values
    paid = (data["value_added_share"].values * world.gross_output.values).sum(1)
    spent = data["expenditure"].values
    sums = np.where(spent > 0, data["trade_share"].values.sum(1) - 1, 0)
    costs = data["value_added_share"].values + data["input_share"].values.sum(2) - 1
    return max(
        np.abs((uses - spent) / size[:, None]).max(),
        np.abs(paid / size - 1).max(),
        np.abs(sums).max(),
        np.abs(costs).max(),
        np.abs(data["final_share"].values.sum(1) - 1).max(),
        abs(data["transfer"].values.sum()) / size.min(),
    )


def test_levels_are_sums_of_the_parts(world):
    merged = world.aggregate({"Moor": "Quay", "Zeal": "Rest", "Birch": "Rest"}, {"metal": "grain"})
    assert merged.regions == ["Quay", "Alder", "Rest"]
    assert merged.sectors == ["tools", "grain", "cloth"]
    flow = world.trade_flow
    into = flow.sel(
        importer=["Quay", "Moor"], exporter=["Zeal", "Birch"], sector=["grain", "metal"]
    )
    found = merged.trade_flow.sel(importer="Quay", exporter="Rest", sector="grain")
    assert float(found) == pytest.approx(float(into.sum()), rel=1e-13)
    for name in ("value_added", "transfer"):
        parts = world.dataset[name].sel(region=["Quay", "Moor"]).sum()
        assert float(merged.dataset[name].sel(region="Quay")) == pytest.approx(float(parts))
    for name in ("gross_output", "income", "tariff_revenue"):
        total = float(getattr(world, name).sum())
        assert float(getattr(merged, name).sum()) == pytest.approx(total, rel=1e-13)


def test_tariffs_are_revenue_over_value_and_may_stand_on_own_cells(world):
    merged = world.aggregate({"Moor": "Quay"}, {})
    pair = ["Quay", "Moor"]
    flow = world.trade_flow.sel(importer=pair, exporter=pair, sector="cloth")
    duty = flow * world.dataset["tariff"].sel(importer=pair, exporter=pair, sector="cloth")
    rate = merged.dataset["tariff"].sel(importer="Quay", exporter="Quay", sector="cloth")
    assert float(rate) == pytest.approx(float(duty.sum() / flow.sum()), rel=1e-13)
    assert float(rate) > 0
    # Cells that were not merged keep their numbers to the last digit.
    for name in ("trade_share", "tariff", "input_share", "trade_elasticity"):
        kept = merged.dataset[name]
        rest = {d: ["Alder", "Birch", "Zeal"] for d in kept.dims if d in ("importer", "exporter")}
        rest |= {d: ["Alder", "Birch", "Zeal"] for d in kept.dims if d == "region"}
        assert np.array_equal(kept.sel(rest).values, world.dataset[name].sel(rest).values)


def test_elasticities_by_foreign_trade(world):
    merged = world.aggregate({}, {"metal": "grain"})
    flow = world.trade_flow.values
    foreign = np.array([flow[..., j].sum() - np.trace(flow[..., j]) for j in (1, 2)])
    theta = world.dataset["trade_elasticity"].values[1:3]
    found = merged.dataset["trade_elasticity"].sel(sector="grain")
    assert float(found) == pytest.approx(float((theta * foreign).sum() / foreign.sum()), rel=1e-13)
    assert merged.dataset.attrs["elasticities"] == "own, merged by foreign trade"
    assert merged.dataset.attrs["derived_from"] == world.origin
    # Merging regions alone leaves them, and their name, as they are.
    regions = world.aggregate({"Moor": "Quay"}, {}).dataset
    assert np.array_equal(regions["trade_elasticity"], world.dataset["trade_elasticity"])
    assert "elasticities" not in regions.attrs


def test_sectors_nobody_trades_take_elasticities_by_spending():
    data = random_dataset(np.random.default_rng(2), 2, 3)
    world = tumen.World(data).aggregate({}, {})
    closed = data.copy(deep=True)
    closed["trade_share"][:] = np.eye(2)[:, :, None]
    closed["tariff"][:] = 0.0
    closed = tumen.balance(closed, keep="shares").world
    merged = closed.aggregate({}, {"grain": "tools"})
    spent = closed.dataset["expenditure"].sum("region").values[:2]
    theta = world.dataset["trade_elasticity"].values[:2]
    expected = (theta * spent).sum() / spent.sum()
    assert float(merged.dataset["trade_elasticity"][0]) == pytest.approx(expected, rel=1e-12)


def test_everything_but_one_region(world):
    merged = world.aggregate({label: "Others" for label in world.regions if label != "Moor"})
    assert merged.regions == ["Others", "Moor"]
    assert largest_gap(merged) < 1e-12
    own = world.trade_flow.sel(importer="Moor", exporter="Moor")
    assert np.allclose(merged.trade_flow.sel(importer="Moor", exporter="Moor"), own, rtol=1e-13)
    alone = merged.aggregate({"Moor": "Others"}, dict.fromkeys(world.sectors, "all"))
    assert float(alone.dataset["transfer"][0]) == pytest.approx(0, abs=1e-8)
    assert float(alone.dataset["trade_share"].item()) == pytest.approx(1, rel=1e-13)


groupings = st.tuples(
    st.lists(st.sampled_from("ABCDE"), min_size=5, max_size=5),
    st.lists(st.sampled_from("wxyz"), min_size=4, max_size=4),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 0.5, 0.9]),
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(groupings)
def test_identities_hold_whatever_is_merged(case):
    regions, sectors, seed, zeros = case
    world = random_world(np.random.default_rng(seed), 5, 4, zeros=zeros)
    merged = world.aggregate(
        dict(zip(REGIONS, regions, strict=True)), dict(zip(SECTORS, sectors, strict=True))
    )
    assert merged.regions == list(dict.fromkeys(regions))
    assert merged.sectors == list(dict.fromkeys(sectors))
    assert largest_gap(merged) < 1e-11
    assert checks.findings(merged.dataset) == []
    for name in ("gross_output", "income"):
        total = float(getattr(world, name).sum())
        assert float(getattr(merged, name).sum()) == pytest.approx(total, rel=1e-12)


def test_merging_in_two_steps_is_merging_at_once(world):
    steps = world.aggregate({"Moor": "Quay"}).aggregate({"Zeal": "Quay"}, {"cloth": "tools"})
    once = world.aggregate({"Moor": "Quay", "Zeal": "Quay"}, {"cloth": "tools"})
    # Not the elasticities: what counts as foreign trade depends on the regions merged before.
    for name in ("trade_share", "tariff", "input_share", "final_share"):
        xr.testing.assert_allclose(steps.dataset[name], once.dataset[name], rtol=1e-12)


def test_order_of_labels_does_not_matter(world):
    data = world.dataset.isel(importer=[3, 1, 0, 4, 2], input=[2, 0, 3, 1], region=[4, 3, 2, 1, 0])
    mapping = {"Moor": "Quay"}, {"metal": "grain"}
    other, straight = tumen.World(data).aggregate(*mapping), world.aggregate(*mapping)
    for name in straight.dataset.data_vars:
        mine = straight.dataset[name]
        found = other.dataset[name].reindex_like(mine)
        np.testing.assert_allclose(found.values, mine.values, rtol=1e-12)


def test_coordinates_and_optional_variables():
    data = random_dataset(np.random.default_rng(9), 4, 3).assign_coords(
        region_name=("region", ["The quay", "The alder", "The moor", "The birch"]),
        region_members=("region", ["AAA BBB", "CCC", "", "CCC DDD"]),
        sector_name=("sector", ["Tools", "Grain", "Metal"]),
        goods=("sector", [True, True, False]),
    )
    ones = xr.ones_like(data["expenditure"], dtype=bool)
    ones[0, 0] = False
    data = data.assign(
        placeholder=ones,
        profit_share=("sector", [0.1, 0.0, 0.05]),
        capital_share=("region", [0.3, 0.4, 0.5, 0.6]),
        scale_elasticity=("sector", [0.1, 0.2, 0.3]),
        labour_supply_elasticity=("region", [0.1, 0.2, 0.3, 0.4]),
        note=((), 7.0),
        extra=("region", [1.0, 2.0, 3.0, 4.0]),
    )
    world = tumen.World(data)
    merged = world.aggregate({"Moor": "Alder", "Birch": "Alder"}, {"grain": "tools"})
    kept = merged.dataset
    assert list(kept["region_name"].values) == ["The quay", "Alder"]
    assert list(kept["sector_name"].values) == ["tools", "Metal"]
    # Moor has no list: it stands for itself, so no group is complete by its absence.
    assert merged.members == {"Quay": ("AAA", "BBB"), "Alder": ("CCC", "Moor", "DDD")}
    assert list(kept["goods"].values) == [True, False]
    assert kept["placeholder"].values.tolist() == [[False, True], [True, True]]
    output = world.gross_output.sum("region").values
    profits = (data["profit_share"].values * output)[:2].sum() / output[:2].sum()
    assert float(kept["profit_share"][0]) == pytest.approx(profits, rel=1e-12)
    added = (data["value_added_share"] * world.gross_output).sum("region").values
    scale = (data["scale_elasticity"].values * added)[:2].sum() / added[:2].sum()
    assert float(kept["scale_elasticity"][0]) == pytest.approx(scale, rel=1e-12)
    earned = data["value_added"].values[1:]
    for name in ("capital_share", "labour_supply_elasticity"):
        mean = (data[name].values[1:] * earned).sum() / earned.sum()
        assert float(kept[name].sel(region="Alder")) == pytest.approx(mean, rel=1e-12)
    assert float(kept["note"]) == 7.0
    assert "extra" not in kept


def test_a_world_taken_with_a_warning_stays_one():
    data = random_dataset(np.random.default_rng(1), 3, 2)
    data["final_share"].values[0] += [0.05, -0.05]
    with pytest.warns(tumen.WorldWarning):
        world = tumen.World(data, check="warn")
    with pytest.warns(tumen.WorldWarning, match="spending on a good differs"):
        assert world.aggregate({"Alder": "Moor"}).check == "warn"


def test_renaming_and_nothing_to_do(world):
    assert world.aggregate() is world
    renamed = world.aggregate({"Moor": "Heath"})
    assert renamed.regions == ["Quay", "Alder", "Heath", "Birch", "Zeal"]
    assert np.array_equal(renamed.dataset["trade_share"], world.dataset["trade_share"])
    assert "region_members" not in renamed.dataset.coords


def test_unknown_labels_are_named(world):
    with pytest.raises(
        tumen.WorldError, match="region to merge: unknown label 'More'; did you mean"
    ):
        world.aggregate({"More": "Quay"})
    with pytest.raises(tumen.WorldError, match="sector to merge: unknown label 'metals'"):
        world.aggregate({}, {"metals": "tools"})
    with pytest.raises(tumen.WorldError, match="'Quay' must become a named one, not None"):
        world.aggregate({"Quay": None})
