"""One sector: the EU enlargement of ge_gravity, and border removal in the Advanced Guide."""

import numpy as np
import pytest
import xarray as xr

import tumen
from published import one_sector_world, table


def costs(factor: np.ndarray, regions: list[str]) -> tumen.TradeCost:
    """A trade cost for every pair, [importer, exporter]."""
    coords = {"importer": regions, "exporter": regions}
    return tumen.TradeCost(factor=xr.DataArray(factor, dims=tuple(coords), coords=coords))


@pytest.fixture(scope="module")
def enlargement(shared):
    with np.load(shared / "targets/data/gegravity_eu_enlargement.npz") as data:
        return {name: data[name] for name in data.files}


@pytest.fixture(scope="module")
def enlarged(enlargement):
    """The world of 2000 and the cost of trade within the enlarged union."""
    regions = [str(name) for name in enlargement["countries"]]
    # Their rows are exporters; the effect on trade is exp(beta) = factor ** -theta.
    world = one_sector_world(enlargement["X"].T, regions, theta=4.0)
    return world, costs(np.exp(-enlargement["beta"].T / 4.0), regions)


def test_enlargement_with_additive_deficits(shared, enlargement, enlarged):
    result = tumen.solve(enlarged[0], [enlarged[1]], closure="fixed")
    welfare = 1 + result.real_income / 100
    np.testing.assert_allclose(welfare, enlargement["w_eu"], rtol=0, atol=1e-6)
    target = table(shared, "gegravity_eu_enlargement.csv").set_index("country")
    np.testing.assert_allclose(
        welfare, target["w_eu_additive_deficit"][list(welfare.region.values)], rtol=0, atol=1e-6
    )
    np.testing.assert_allclose(result.trade_flow[:, :, 0], enlargement["X_eu"].T, rtol=1e-6)


def test_enlargement_with_multiplicative_deficits(enlargement, enlarged):
    """Their spending is not scaled back to world income: it exceeds it by 1.6e-6.

    Our closure takes that surplus out with one factor for all, so their welfare is ours over it.
    """
    world, shock = enlarged
    result = tumen.solve(world, [shock], closure="proportional")
    np.testing.assert_allclose(1 + result.real_wage / 100, enlargement["w_mult"], rtol=0, atol=1e-6)
    ratio = world.income / world.dataset["value_added"]
    surplus = float(world.income.sum() / (ratio * result.value_added).sum())
    assert 1e-7 < surplus - 1 < 1e-5
    welfare = (1 + result.real_income / 100) / surplus
    np.testing.assert_allclose(welfare, enlargement["w_mult"], rtol=0, atol=1e-6)
    flow = result.trade_flow[:, :, 0] / surplus
    np.testing.assert_allclose(flow, enlargement["X_mult"].T, rtol=1e-6)


def test_border_removal_in_the_advanced_guide(shared):
    """Real GDP of 69 economies; the published solution stops early, an exact one agrees fully."""
    with np.load(shared / "targets/data/agtpa_2006.npz") as data:
        raw = {name: data[name] for name in data.files}
    regions = [str(name) for name in raw["countries"]]
    theta = 7.0 - 1.0
    world = one_sector_world(raw["fitted_baseline"].T, regions, theta)
    border = float(raw["beta"][2])
    shock = tumen.TradeCost(factor=float(np.exp(border / theta)))  # foreign pairs only
    result = tumen.solve(world, [shock], closure="proportional")
    target = table(shared, "agtpa_app1_border_removal.csv").set_index("country").loc[regions]
    np.testing.assert_allclose(
        result.real_wage, target["ours_rGDP_exact_hat_pct"], rtol=0, atol=1e-7
    )
    np.testing.assert_allclose(result.real_wage, target["pub_rGDP_pct"], rtol=0, atol=0.6)
