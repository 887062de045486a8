"""NAFTA in Caliendo & Parro (2015): every published digit, and recomputed values to 1e-6."""

import numpy as np
import pytest

import tumen
from published import nafta, table

NAFTA = ["Mexico", "Canada", "USA"]
WIDE = 100  # maps allowed for each of the two solves, from a cold start


def taken_as_it_is(dataset):
    """The data break market clearing by up to 5 %: taken with a warning, and solved first."""
    with pytest.warns(tumen.WorldWarning):
        return tumen.World(dataset, check="warn")


@pytest.fixture(scope="module")
def world(shared):
    return taken_as_it_is(nafta(shared)[0])


@pytest.fixture(scope="module")
def tariffs(shared):
    return tumen.Tariff(rate=nafta(shared)[1])


@pytest.fixture(scope="module")
def result(world, tariffs):
    return tumen.solve(world, [tariffs], closure="zero")


def welfare_columns(result):
    """The columns of Table 2 by name, per cent."""
    parts = result.first_order
    tot = parts.terms_of_trade.to_series()
    vot = parts.volume_of_trade.to_series()
    return {
        "welfare_first_order": tot + vot,
        "tot": tot,
        "vot": vot,
        "real_wage": result.real_wage.to_series(),
        "exact_real_income": result.real_income.to_series(),
    }


def test_the_data_are_refused_unless_taken_with_a_warning(shared):
    with pytest.raises(tumen.WorldError, match=r"input_share is negative at region Canada"):
        tumen.World(nafta(shared)[0])


def test_all_31_rows_of_table_2(shared, result):
    target = table(shared, "cp2015_table2_nafta.csv").set_index("region")
    found = welfare_columns(result)
    assert list(found["tot"].index) == list(target.index)
    for ours, theirs in (
        ("welfare_first_order", "recomp_welfare_first_order"),
        ("tot", "recomp_tot"),
        ("vot", "recomp_vot"),
        ("real_wage", "recomp_real_wage"),
        ("exact_real_income", "recomp_exact_real_income_I_over_P"),
    ):
        np.testing.assert_allclose(found[ours], target[theirs], rtol=0, atol=1e-6, err_msg=ours)


def test_every_published_digit_of_table_2(shared, result):
    target = table(shared, "cp2015_table2_nafta.csv").set_index("region").loc[NAFTA]
    found = welfare_columns(result)
    for ours, theirs in (
        ("welfare_first_order", "pub_welfare_total"),
        ("tot", "pub_terms_of_trade"),
        ("vot", "pub_volume_of_trade"),
        ("real_wage", "pub_real_wage"),
    ):
        for region in NAFTA:
            assert round(found[ours][region], 2) == target[theirs][region], (ours, region)


def test_first_order_and_exact_change_differ_in_size(result):
    parts = result.first_order.sel(region="Mexico")
    assert float(parts.terms_of_trade + parts.volume_of_trade) == pytest.approx(1.31, abs=5e-3)
    assert float(result.real_income.sel(region="Mexico")) == pytest.approx(0.007, abs=5e-4)


def test_imports_within_the_bloc(shared, world, result):
    base = tumen.solve(world, [], closure="zero").trade_flow
    intra = table(shared, "cp2015_intrabloc.csv").set_index("quantity")
    for region in NAFTA:
        partners = [name for name in NAFTA if name != region]
        cell = {"importer": region, "exporter": partners}
        change = 100 * float(result.trade_flow.sel(cell).sum() / base.sel(cell).sum() - 1)
        assert round(change, 2) == intra[region]["recomputed_imports_from_NAFTA_pct"]
        assert round(change) == intra[region]["published_intra_bloc_pct"]
    for row in table(shared, "cp2015_trade_effects.csv").itertuples(index=False):
        cell = {"importer": row.importer, "exporter": row.exporter}
        change = 100 * float(result.trade_flow.sel(cell).sum() / base.sel(cell).sum() - 1)
        assert change == pytest.approx(row.pct_change_imports_recomputed, abs=5.1e-5)


def test_with_deficits_fixed(shared, world, tariffs):
    result = tumen.solve(world, [tariffs], closure="fixed")
    assert result.evaluations <= WIDE
    compare_variant(shared, result, "fixed 1993 deficits", 5.1e-5)


def test_without_intermediate_goods(shared, tariffs):
    world = tumen.World(nafta(shared, materials=False)[0])
    result = tumen.solve(world, [tariffs], closure="zero")
    compare_variant(shared, result, "no materials (gamma=1, alpha from absorption)", 5.1e-4)


def compare_variant(shared, result, variant, tolerance):
    """Compare with the recomputed rows, half a unit in their last digit."""
    target = table(shared, "cp2015_variants.csv")
    target = target[target.variant == variant].set_index("region")
    assert sorted(target.index) == sorted(NAFTA)
    for name, values in welfare_columns(result).items():
        for region in NAFTA:
            # Terms and volume of trade are rounded before they are added up in the table.
            wide = 2 * tolerance if name == "welfare_first_order" else tolerance
            assert values[region] == pytest.approx(target[name][region], abs=wide), (name, region)


@pytest.mark.parametrize("closure", ["fixed", "proportional", "zero"])
def test_few_maps_from_a_cold_start(world, tariffs, closure):
    result = tumen.solve(world, [tariffs], closure=closure, tolerance=1e-10)
    assert 1 < result.evaluations <= WIDE
    assert 1 < result.rebase_evaluations <= WIDE
    assert result.residual <= 1e-10


def test_no_shock_on_unbalanced_data_changes_nothing(world):
    result = tumen.solve(world, [], closure="zero")
    assert result.rebase_evaluations > 1
    np.testing.assert_allclose(result.real_income, 0, atol=1e-9)
