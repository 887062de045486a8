"""Market entry: shares at benchmark prices, the gain from variety, and what it may not do."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import tumen
from worlds import random_world


def closed_world(theta=(4.0, 3.0)) -> tumen.World:
    """A world in which the first region buys none of the first sector from the second."""
    w = random_world(np.random.default_rng(9), 3, 2, tariffs=False, theta=theta)
    a, b, _ = w.regions
    shut = tumen.solve(w, [tumen.Embargo(a, b, w.sectors[0])])
    spent = shut.trade_flow.sum("exporter")
    return w.replace(
        trade_share=shut.trade_flow / spent,
        expenditure=shut.expenditure,
        value_added=shut.value_added,
        transfer=shut.income - shut.value_added - shut.tariff_revenue,
    )


def test_opening_what_a_ban_closed_returns_the_world_before():
    before = random_world(np.random.default_rng(9), 3, 2, tariffs=False, theta=(4.0, 3.0))
    a, b, c = before.regions
    share = before.dataset.trade_share.sel(importer=[a], exporter=[b, c])
    opened = tumen.solve(
        before, [tumen.Embargo(a, [b, c]), tumen.MarketEntry(share=share)], tolerance=1e-12
    )
    assert float(abs(opened.real_income).max()) < 1e-9
    xr.testing.assert_allclose(opened.trade_flow, before.trade_flow, rtol=1e-9)


def test_share_is_met_at_benchmark_prices():
    """A buyer too small to move prices gets the share asked for."""
    w = closed_world()
    a, b, _ = w.regions
    sector = w.sectors[0]
    result = tumen.solve(w, [tumen.MarketEntry(a, b, sector, share=1e-6)])
    bought = result.trade_flow.sel(importer=a, sector=sector)
    assert float(bought.sel(exporter=b) / bought.sum()) == pytest.approx(1e-6, rel=1e-4)


def test_near_zero_flow_reaches_its_target():
    w = closed_world()
    a, b, c = w.regions
    sector = w.sectors[1]
    held = float(w.dataset.trade_share.sel(importer=a, exporter=c, sector=sector))
    target = held + 1e-7
    result = tumen.solve(w, [tumen.MarketEntry(a, c, sector, share=target)])
    bought = result.trade_flow.sel(importer=a, sector=sector)
    assert float(bought.sel(exporter=c) / bought.sum()) - held == pytest.approx(1e-7, rel=1e-2)
    assert b != c


def test_variety_gain_is_its_closed_form():
    w = closed_world()
    a, b, _ = w.regions
    sector = w.sectors[0]
    result = tumen.solve(w, [tumen.MarketEntry(a, b, sector, share=0.2)])
    gain = float(result.variety_gain.sel(region=a, sector=sector))
    assert gain == pytest.approx(100 * (1.25 ** (1 / 4.0) - 1), rel=1e-12)
    assert float(result.variety_gain.sum()) == pytest.approx(gain)
    assert float(result.real_income.sel(region=a)) > 0


def test_entry_obeys_costs_tariffs_and_later_bans():
    w = closed_world()
    a, b, _ = w.regions
    sector = w.sectors[0]
    entry = tumen.MarketEntry(a, b, sector, share=0.1)
    free = tumen.solve(w, [entry]).trade_flow.sel(importer=a, exporter=b, sector=sector)
    dear = tumen.solve(w, [entry, tumen.TradeCost(a, b, sector, factor=1.5)])
    taxed = tumen.solve(w, [entry, tumen.Tariff(a, b, sector, rate=0.5)])
    cell = {"importer": a, "exporter": b, "sector": sector}
    assert 0 < float(dear.trade_flow.sel(cell)) < float(free)
    assert 0 < float(taxed.trade_flow.sel(cell)) < float(free)
    assert float(taxed.tariff_revenue.sel(region=a)) > 0
    banned = tumen.solve(w, [entry, tumen.Embargo(a, b)])
    assert float(banned.trade_flow.sel(cell)) == 0


def test_a_labelled_schedule_of_entries():
    w = closed_world()
    a, b, _ = w.regions
    shares = xr.DataArray(
        [[[0.05]]],
        dims=("importer", "exporter", "sector"),
        coords={"importer": [a], "exporter": [b], "sector": [w.sectors[0]]},
    )
    one = tumen.solve(w, [tumen.MarketEntry(share=shares)])
    two = tumen.solve(w, [tumen.MarketEntry(a, b, w.sectors[0], share=0.05)])
    xr.testing.assert_allclose(one.real_income, two.real_income, rtol=1e-12)


def test_zero_share_changes_nothing():
    w = closed_world()
    result = tumen.solve(w, [tumen.MarketEntry(w.regions[0], w.regions[1], share=0.0)])
    assert float(abs(result.real_income).max()) < 1e-9


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.99, "leave others something"), (-0.1, "at least 0"), (None, "not neither")],
)
def test_bad_shares(share, words):
    w = closed_world()
    with pytest.raises(tumen.ShockError, match=words):
        tumen.solve(w, [tumen.MarketEntry(w.regions[0], w.regions[1], share=share)])


def test_a_market_already_held_is_not_entered():
    w = closed_world()
    a, _, c = w.regions
    with pytest.raises(tumen.ShockError, match=f"{c} already sells"):
        tumen.solve(w, [tumen.MarketEntry(a, c, share=1e-6)])


def test_entry_can_save_a_cell_that_a_ban_left_without_supplier():
    w = closed_world()
    a, b, c = w.regions
    every = [tumen.Embargo(a, [b, c], w.sectors[0])]
    assert tumen.solve(w, every).status is tumen.Status.converged  # home producers remain
    opened = tumen.solve(w, [*every, tumen.MarketEntry(a, b, w.sectors[0], share=0.3)])
    closed = tumen.solve(w, every)
    assert float(opened.real_income.sel(region=a)) > float(closed.real_income.sel(region=a))
