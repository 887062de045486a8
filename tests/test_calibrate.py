"""Calibrated weights give back the flows they were asked for, in the whole equilibrium."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import tumen
from worlds import random_world


def world(seed: int = 3, **kinds) -> tumen.World:
    options = {"tariffs": True, "deficits": True, "inputs": True} | kinds
    return random_world(np.random.default_rng(seed), 3, 2, **options)


def record(w: tumen.World, cells: dict[tuple[str, str, str], float]) -> xr.DataArray:
    wanted = xr.full_like(w.trade_flow, np.nan)
    for (importer, exporter, sector), ratio in cells.items():
        wanted.loc[{"importer": importer, "exporter": exporter, "sector": sector}] = ratio
    return wanted


@pytest.mark.parametrize("closure", ["fixed", "proportional", "zero"])
def test_weights_reproduce_the_recorded_falls(closure):
    w = world()
    a, b, c = w.regions
    s, t = w.sectors
    asked = {(a, b, s): 0.4, (a, b, t): 0.7, (b, a, s): 0.25, (c, a, t): 1.5}
    found = tumen.calibrate(w, record(w, asked), closure=closure, tolerance=1e-11)
    base = tumen.solve(w, [], closure).trade_flow
    again = tumen.solve(w, [found.shock], closure).trade_flow
    for (importer, exporter, sector), ratio in asked.items():
        cell = {"importer": importer, "exporter": exporter, "sector": sector}
        assert float(again.sel(cell) / base.sel(cell)) == pytest.approx(ratio, rel=1e-8)
    assert found.error < 1e-8
    untouched = found.weight.where(record(w, asked).isnull(), 1.0)
    assert float(abs(untouched - 1).max()) == 0


def test_lifting_undoes_what_was_imposed():
    """A world where a wedge fell on trade; lifting the recorded falls leads back to before."""
    before = world()
    a, b, _ = before.regions
    wedge = [tumen.TradeCost(a, b, factor=1.4), tumen.TradeCost(b, a, factor=1.2)]
    after = tumen.solve(before, wedge)
    flow = after.trade_flow
    spent = (flow * (1 + before.dataset["tariff"])).sum("exporter")
    sanctioned = before.replace(
        trade_share=(flow * (1 + before.dataset["tariff"])) / spent,
        expenditure=after.expenditure,
        value_added=after.value_added,
        transfer=after.income - after.value_added - after.tariff_revenue,
    )
    fall = flow / before.trade_flow
    cells = {
        (importer, exporter, sector): 1
        / float(fall.sel(importer=importer, exporter=exporter, sector=sector))
        for importer, exporter in ((a, b), (b, a))
        for sector in before.sectors
    }
    found = tumen.calibrate(sanctioned, record(sanctioned, cells), tolerance=1e-12)
    theta = before.dataset["trade_elasticity"]
    assert found.weight.sel(importer=a, exporter=b).values == pytest.approx(
        (1.4**theta).values, rel=1e-7
    )
    assert found.weight.sel(importer=b, exporter=a).values == pytest.approx(
        (1.2**theta).values, rel=1e-7
    )
    loss = 1 / (1 + found.result.real_income / 100)
    assert loss.values == pytest.approx((1 + after.real_income / 100).values, rel=1e-8)


def test_a_fall_is_not_a_weight():
    """With prices and wages answering, the weight differs from the recorded ratio."""
    w = world()
    a, b, _ = w.regions
    asked = {(a, b, w.sectors[0]): 0.3}
    found = tumen.calibrate(w, record(w, asked))
    weight = float(found.weight.sel(importer=a, exporter=b, sector=w.sectors[0]))
    assert abs(weight - 0.3) > 1e-3


@settings(max_examples=25)
@given(st.lists(st.floats(0.05, 3.0), min_size=4, max_size=4), st.integers(0, 3))
def test_any_record_is_met_or_refused(ratios, seed):
    w = world(seed)
    a, b, _ = w.regions
    cells = [(a, b, s) for s in w.sectors] + [(b, a, s) for s in w.sectors]
    try:
        found = tumen.calibrate(w, record(w, dict(zip(cells, ratios, strict=True))))
    except tumen.SolveError as error:
        refused = str(error)
        honest = "no weights" in refused or "equilibrium" in refused
    else:
        honest = True
        assert found.error < 1e-7
    assert honest


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({("Quay", "Alder", "tools"): 0.0}, "a flow that ends is an Embargo"),
        ({("Quay", "Quay", "tools"): 0.5}, "sales at home"),
        ({}, "records nothing"),
    ],
)
def test_bad_records_are_refused(cells, message):
    w = world()
    with pytest.raises(tumen.ShockError, match=message):
        tumen.calibrate(w, record(w, cells))


def test_a_flow_the_benchmark_lacks_cannot_be_scaled():
    w = world()
    a, b, _ = w.regions
    closed = tumen.solve(w, [tumen.Embargo(a, b, w.sectors[0])])
    flow = closed.trade_flow
    spent = (flow * (1 + w.dataset["tariff"])).sum("exporter")
    without = w.replace(
        trade_share=(flow * (1 + w.dataset["tariff"])) / spent,
        expenditure=closed.expenditure,
        value_added=closed.value_added,
        transfer=closed.income - closed.value_added - closed.tariff_revenue,
    )
    with pytest.raises(tumen.ShockError, match="no such flow"):
        tumen.calibrate(without, record(without, {(a, b, w.sectors[0]): 2.0}))


def test_a_record_beyond_all_spending_names_the_buyer():
    w = world()
    a, b, _ = w.regions
    with pytest.raises(tumen.SolveError, match=rf"of what {a} spends on {w.sectors[0]}"):
        tumen.calibrate(w, record(w, {(a, b, w.sectors[0]): 500.0}), max_maps=300)
