"""Labels decide, never positions: shuffling any axis of any input changes nothing.

A published peer that mixes arrays by position converges quietly to a wrong answer on tables that
are not sorted; here nothing may depend on order, and results keep the order of the dataset.
"""

import numpy as np
import pytest
import xarray as xr

import tumen
from worlds import random_dataset

AXES = ["region", "importer", "exporter", "sector", "input"]
SHOWN = (
    "real_income",
    "real_wage",
    "wage_hat",
    "price_hat",
    "consumer_price_hat",
    "trade_flow",
    "gross_output",
    "expenditure",
    "value_added",
    "tariff_revenue",
    "income",
    "equivalent_variation",
    "trade_creation",
    "trade_diversion",
)


def shuffled(data, rng, axes):
    """The same data with the labels of some axes in another order."""
    return data.isel({axis: rng.permutation(data.sizes[axis]) for axis in axes})


@pytest.fixture(scope="module")
def data():
    return random_dataset(np.random.default_rng(21), 5, 4, zeros=0.2)


@pytest.fixture(scope="module")
def shocks(data):
    """Whole schedules as labelled arrays, and some by selector."""
    rng = np.random.default_rng(22)
    coords = {dim: data.indexes[dim] for dim in ("importer", "exporter", "sector")}
    full = xr.DataArray(rng.uniform(0.6, 1.8, (5, 5, 4)), coords=coords, dims=tuple(coords))
    pays = xr.DataArray([30.0, 50.0], dims="source", coords={"source": ["Zeal", "Alder"]})
    return [
        tumen.TradeCost(factor=full),
        tumen.Tariff(rate=(full - 0.6) / 4),
        tumen.Embargo(["Zeal", "Alder"], "Quay", share=full.isel(importer=0, drop=True) / 2),
        tumen.Productivity(factor=full.isel(exporter=0, drop=True).rename(importer="region")),
        tumen.Transfer(["Alder", "Zeal"], "Birch", value=pays),
    ]


def reshuffled(shock, rng):
    """The same shock, its array in another order of labels and dimensions."""
    changed = {}
    for name in ("rate", "factor", "share", "value"):
        value = getattr(shock, name, None)
        if isinstance(value, xr.DataArray):
            value = shuffled(value, rng, value.dims)
            changed[name] = value.transpose(*rng.permutation(value.dims))
    fields = {
        name: list(reversed(entry)) if isinstance(entry, list) else entry
        for name, entry in vars(shock).items()
        if entry is not None
    }
    return type(shock)(**(fields | changed))


def assert_same(one, other, order):
    """Equal by label; the second in the order of its own dataset."""
    for name in SHOWN:
        expected, found = getattr(one, name), getattr(other, name)
        assert found.dims == expected.dims
        for dim in found.dims:
            assert list(found.indexes[dim]) == list(order.indexes[dim]), (name, dim)
        xr.testing.assert_allclose(found.sel(expected.coords), expected, rtol=1e-8, atol=1e-8)
    for name, part in one.first_order.items():
        found = other.first_order[name]
        assert list(found.indexes["region"]) == list(order.indexes["region"])
        xr.testing.assert_allclose(found.sel(part.coords), part, rtol=1e-8, atol=1e-9)


@pytest.fixture(scope="module")
def straight(data, shocks):
    return tumen.solve(tumen.World(data), shocks, tolerance=1e-12)


@pytest.mark.parametrize("axes", [*([axis] for axis in AXES), AXES], ids="-".join)
def test_shuffling_an_axis_of_the_world_changes_nothing(data, shocks, straight, axes):
    rng = np.random.default_rng(23)
    other = shuffled(data, rng, axes)
    assert any(list(other.indexes[axis]) != list(data.indexes[axis]) for axis in axes)
    result = tumen.solve(tumen.World(other), shocks, tolerance=1e-12)
    assert_same(straight, result, other)


def test_order_of_dimensions_changes_nothing(data, shocks, straight):
    turned = data.map(lambda array: array.transpose(*reversed(array.dims)))
    assert turned.trade_share.dims == ("sector", "exporter", "importer")
    result = tumen.solve(tumen.World(turned), shocks, tolerance=1e-12)
    assert_same(straight, result, data)


@pytest.mark.parametrize("seed", range(3))
def test_order_inside_shocks_changes_nothing(data, shocks, straight, seed):
    rng = np.random.default_rng(seed)
    turned = [reshuffled(shock, rng) for shock in shocks]
    result = tumen.solve(tumen.World(data), turned, tolerance=1e-12)
    assert_same(straight, result, data)


@pytest.mark.parametrize("closure", ["proportional", "zero"])
def test_everything_shuffled_under_the_other_closures(data, shocks, closure):
    rng = np.random.default_rng(24)
    other = shuffled(data, rng, AXES)
    turned = [reshuffled(shock, rng) for shock in shocks]
    one = tumen.solve(tumen.World(data), shocks, closure=closure, tolerance=1e-12)
    two = tumen.solve(tumen.World(other), turned, closure=closure, tolerance=1e-12)
    assert_same(one, two, other)


def test_names_play_no_part(data, shocks, straight):
    """Other labels that sort in another way give the same numbers."""
    names = {"Quay": "z9", "Alder": "A", "Moor": "10", "Birch": "2", "Zeal": "Ä"}
    renamed = data.copy()
    for axis in ("region", "importer", "exporter"):
        renamed = renamed.assign_coords({axis: [names[x] for x in data.indexes[axis]]})
    again = [tumen.TradeCost("z9", "A", factor=1.5), tumen.Transfer("10", "Ä", value=40.0)]
    before = [
        tumen.TradeCost("Quay", "Alder", factor=1.5),
        tumen.Transfer("Moor", "Zeal", value=40.0),
    ]
    one = tumen.solve(tumen.World(data), before)
    two = tumen.solve(tumen.World(renamed), again)
    np.testing.assert_array_equal(one.real_income.values, two.real_income.values)


def test_the_digest_of_a_world_and_the_hash_of_a_question_ignore_order(data):
    other = shuffled(data, np.random.default_rng(25), AXES)
    one, two = tumen.World(data), tumen.World(other)
    assert one.digest == two.digest
    shock = tumen.Tariff("Quay", "Moor", rate=0.1)
    assert tumen.solve(one, [shock]).scenario_hash == tumen.solve(two, [shock]).scenario_hash
