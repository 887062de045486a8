"""The adjoint's gradient against central differences of the solver itself."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import tumen
from tumen.analysis.gradient import OUTCOMES
from worlds import random_world

H = 1e-4  # the differences round at about 1e-13 / H, and err by H squared
TIGHT = 1e-13


def world() -> tumen.World:
    return random_world(np.random.default_rng(7), 3, 2, tariffs=True, deficits=True, inputs=True)


def central(make, read, w, shocks, closure):
    """Derivative of `read(result)` with respect to the size of the shock `make` adds."""
    ends = []
    for size in (H, -H):
        result = tumen.solve(w, [*shocks, make(size)], closure, tolerance=TIGHT)
        ends.append(float(read(result)))
    return (ends[0] - ends[1]) / (2 * H)


@pytest.mark.parametrize("closure", ["fixed", "proportional", "zero"])
def test_real_income_with_respect_to_every_shock(closure):
    w = world()
    home, other, third = w.regions
    sector = w.sectors[1]
    shocks = [tumen.TradeCost(home, other, factor=1.3), tumen.Tariff(third, None, rate=0.2)]
    slope = tumen.gradient(w, shocks, "real_income", closure=closure, tolerance=1e-12, region=home)
    read = lambda result: result.real_income.sel(region=home)  # noqa: E731
    cell = {"importer": home, "exporter": other, "sector": sector}
    made = {
        "trade_cost": (
            lambda size: tumen.TradeCost(home, other, sector, factor=float(np.exp(size))),
            slope.trade_cost.sel(cell),
        ),
        "weight": (
            lambda size: tumen.TradeCost(
                home,
                other,
                sector,
                factor=float((1 + size) ** (-1 / w.dataset.trade_elasticity.sel(sector=sector))),
            ),
            slope.weight.sel(cell),
        ),
        "tariff": (
            lambda size: tumen.Tariff(home, other, sector, change=size),
            slope.tariff.sel(cell),
        ),
        "productivity": (
            lambda size: tumen.Productivity(other, sector, factor=float(np.exp(size))),
            slope.productivity.sel(region=other, sector=sector),
        ),
        "labour_force": (
            lambda size: tumen.LabourForce(third, factor=float(np.exp(size))),
            slope.labour_force.sel(region=third),
        ),
    }
    for name, (make, exact) in made.items():
        assert float(exact) == pytest.approx(central(make, read, w, shocks, closure), rel=1e-5), (
            name
        )
    unit = 100.0  # million USD: one would be lost in rounding
    paid = central(
        lambda size: tumen.Transfer(other, home, value=unit * size), read, w, shocks, closure
    )
    exact = slope.transfer.sel(region=home) - slope.transfer.sel(region=other)
    assert float(exact) * unit == pytest.approx(paid, rel=1e-5)


@pytest.mark.parametrize("of", OUTCOMES)
def test_every_outcome_can_be_differentiated(of):
    w = world()
    home, other, _ = w.regions
    where = {
        dim: label
        for dim, label in {
            "region": home,
            "importer": home,
            "exporter": other,
            "sector": w.sectors[0],
        }.items()
        if dim in tumen.solve(w)._read(of).dims
    }
    slope = tumen.gradient(w, [], of, tolerance=1e-12, **where)
    change = central(
        lambda size: tumen.Tariff(home, other, change=size),
        lambda result: getattr(result, of).sel(where),
        w,
        [],
        "fixed",
    )
    exact = float(slope.tariff.sel(importer=home, exporter=other).sum())
    assert exact == pytest.approx(change, rel=2e-5, abs=1e-7)


def test_gradient_of_a_sum_is_the_sum_of_gradients():
    w = world()
    whole = tumen.gradient(w, [], "equivalent_variation", region=None)
    parts = [tumen.gradient(w, [], "equivalent_variation", region=region) for region in w.regions]
    summed = xr.concat(parts, "part").sum("part")
    xr.testing.assert_allclose(whole.tariff, summed.tariff, atol=1e-6, rtol=1e-8)


def test_closed_cell_has_no_slope_in_cost():
    w = world()
    home, other, _ = w.regions
    slope = tumen.gradient(
        w, [tumen.Embargo(home, other, w.sectors[0])], "real_income", region=home
    )
    cell = slope.sel(importer=home, exporter=other, sector=w.sectors[0])
    assert float(cell.trade_cost) == 0
    assert float(cell.weight) > 0  # letting a little trade in would help


def test_unknown_outcome_names_the_nearest():
    with pytest.raises(tumen.ShockError, match="real_income"):
        tumen.gradient(world(), [], "real_incom")


def test_dimension_the_outcome_lacks_is_refused():
    with pytest.raises(tumen.ShockError, match="has no dimension 'importer'"):
        tumen.gradient(world(), [], "real_income", importer="Quay")


def test_no_equilibrium_no_gradient():
    w = world()
    home = w.regions[0]
    rest = w.regions[1:]
    with pytest.raises(tumen.SolveError, match="no_equilibrium"):
        tumen.gradient(w, [tumen.Embargo(rest, home)], "real_income", closure="zero", region=home)
