"""Inputs that nothing can replace: when no price is high enough, and that it is said."""

import numpy as np
import pytest

import tumen
from tumen.model.viability import price_growth
from tumen.solver.solve import settle
from worlds import dataset_from_structure, random_world

IMPORTED = 0.4  # of spending


def one_good(theta: float, rho: float, added: float) -> tumen.World:
    """Two alike regions, one good made of itself."""
    share = np.array([[[1 - IMPORTED], [IMPORTED]], [[IMPORTED], [1 - IMPORTED]]])
    w = tumen.World(
        dataset_from_structure(
            share=share,
            tariff=np.zeros_like(share),
            value_added_share=np.full((2, 1), added),
            input_share=np.full((2, 1, 1), 1 - added),
            final_share=np.ones((2, 1)),
            theta=np.array([theta]),
        )
    )
    return w.replace(input_substitution=rho)


def growth(w: tumen.World, shocks: list) -> np.ndarray:
    setting = settle(w, shocks, max_maps=1).setting
    return np.asarray(price_growth(setting.economy, setting.shock, tariffs=setting.tariffs))


@pytest.mark.parametrize("theta", [0.5, 2.0, 8.0])
@pytest.mark.parametrize("left", [1.0, 1e-2, 1e-9])
@pytest.mark.parametrize("added", [0.2, 0.7])
def test_growth_of_one_good_has_a_closed_form(theta, left, added):
    """Fixed proportions: a unit needs 1 - g of itself, at a price that grew by what was lost."""
    w = one_good(theta, 0.0, added)
    a, b = w.regions
    shocks = [tumen.Embargo(a, b, share=1 - left), tumen.Embargo(b, a, share=1 - left)]
    dearer = -np.log(1 - IMPORTED + IMPORTED * left) / theta
    assert growth(w, shocks) == pytest.approx(np.log(1 - added) + dearer, abs=1e-9)


@pytest.mark.parametrize("more", [0.98, 1.02])
def test_an_equilibrium_exists_just_below_the_limit_and_none_above(more):
    theta = 0.5
    # The value added at which the loop of inputs just pays once all trade has stopped.
    added = 1 - more * (1 - IMPORTED) ** (1 / theta)
    w = one_good(theta, 0.0, added)
    a, b = w.regions
    ban = [tumen.Embargo(a, b), tumen.Embargo(b, a)]
    result = tumen.solve(w, ban, throw=False)
    if more < 1:
        assert result.status == "converged"
        # The cost of the bundle: (g w + (1 - g) P) = P (1 - m)^(1/theta), w = 1 by the numeraire.
        scale = (1 - IMPORTED) ** (1 / theta)
        assert result.price_hat.values == pytest.approx(added / (scale - 1 + added), rel=1e-6)
    else:
        assert result.status == "no_equilibrium"
        assert "need more of themselves than they yield" in result.message
        with pytest.raises(tumen.SolveError, match="no_equilibrium"):
            tumen.solve(w, ban)


def test_where_inputs_can_be_replaced_prices_always_settle():
    w = random_world(np.random.default_rng(3), 4, 3)
    for rho in (1.0, 1.5):
        grown = growth(w.replace(input_substitution=rho), [tumen.Embargo(None, None, share=0.999)])
        assert (grown < 1e-9).all()


def test_two_tiers_count():
    """Goods that are hard to replace by home ones fall out sooner."""
    w = one_good(4.0, 0.0, 0.3)
    a, b = w.regions
    ban = [tumen.Embargo(a, b, share=0.9999), tumen.Embargo(b, a, share=0.9999)]
    one = growth(w, ban)
    tiers = growth(w.replace(import_elasticity=0.3), ban)
    assert (one < 0).all()
    assert (tiers > 0).all()
    kept = w.replace(import_elasticity=4.0)
    assert growth(kept, ban) == pytest.approx(one, abs=1e-9)
