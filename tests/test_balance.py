"""What `tumen.balance` repairs, what it keeps, what it reports and what it refuses."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import tumen
from tumen.world import checks
from tumen.world.clearing import ras
from worlds import random_dataset

SHARED = Path(__file__).resolve().parents[2] / "shared"
NAFTA = SHARED / "targets" / "data" / "cp2015_nafta.npz"

needs_nafta = pytest.mark.skipif(not NAFTA.is_file(), reason=f"{NAFTA} is not here")


def largest_gap(world):
    """Largest excess of uses over spending or of factor pay over value added, over value added."""
    data = world.dataset
    output, size = world.gross_output.values, data["value_added"].values
    uses = np.einsum("njk,nj->nk", data["input_share"].values, output)
    uses += data["final_share"].values * world.income.values[:, None]
    paid = (data["value_added_share"].values * output).sum(1)
    goods = np.abs((uses - data["expenditure"].values) / size[:, None]).max()
    return max(
        goods, np.abs(paid / size - 1).max(), abs(data["transfer"].values.sum()) / size.min()
    )


def nafta():
    """Caliendo & Parro's benchmark of 1993 and the tariffs of their experiment."""
    z = np.load(NAFTA, allow_pickle=True)
    regions, sectors = list(map(str, z["regions"])), list(map(str, z["sectors"]))
    flow, tariff = z["trade_net_of_tariff_imp_exp_sec"] / 1e6, z["tariff_1993"]
    inputs, added = z["intermediate_reg_input_user"] / 1e6, z["value_added"] / 1e6
    final = z["final_consumption"]
    spent = (flow * (1 + tariff)).sum(1)
    cost = added + inputs.sum(1)
    pair = ("importer", "exporter", "sector")
    data = xr.Dataset(
        {
            "trade_share": (pair, flow * (1 + tariff) / spent[:, None, :]),
            "expenditure": (("region", "sector"), spent),
            "tariff": (pair, tariff),
            "value_added_share": (("region", "sector"), added / cost),
            "input_share": (("region", "input", "sector"), inputs / cost[:, None, :]),
            "final_share": (("region", "sector"), final / final.sum(1, keepdims=True)),
            "value_added": ("region", added.sum(1)),
            "transfer": ("region", z["deficit"] / 1e6),
            "trade_elasticity": ("sector", z["theta"]),
        },
        coords={
            "importer": regions,
            "exporter": regions,
            "region": regions,
            "sector": sectors,
            "input": sectors,
        },
    )
    rate = xr.DataArray(
        z["tariff_cf_nafta"],
        {"importer": regions, "exporter": regions, "sector": sectors},
        pair,
    )
    return data, tumen.Tariff(rate=rate)


@pytest.fixture
def data():
    return random_dataset(np.random.default_rng(8), 4, 3, zeros=0.2)


@pytest.fixture
def bad(data):
    """Market clearing off by per cents, a small negative cell, shares off one."""
    rng = np.random.default_rng(21)
    data = data.copy(deep=True)
    data["final_share"] *= 1 + 0.1 * rng.standard_normal((4, 3))
    data["input_share"] *= 1 + 0.1 * rng.standard_normal((4, 3, 3))
    data["input_share"].loc["Moor", "grain", "tools"] = -1e-4
    data["trade_share"] *= 1.001
    return data


@pytest.mark.parametrize("keep", ["totals", "shares"])
def test_a_broken_world_is_mended(bad, keep):
    with pytest.raises(tumen.WorldError):
        tumen.World(bad)
    world, report = tumen.balance(bad, keep=keep)
    assert world.check == "refuse"
    assert largest_gap(world) < 1e-9
    assert report.moved > 0
    assert (
        float(world.dataset["input_share"].sel(region="Moor", sector="grain", input="tools")) >= 0
    )
    for name in ("value_added", "tariff", "trade_elasticity"):
        assert np.array_equal(world.dataset[name], bad[name])


def test_totals_are_kept(bad):
    world, report = tumen.balance(bad)
    flows = bad["trade_share"] / 1.001 / (1 + bad["tariff"])
    flows = flows * bad["expenditure"].rename(region="importer")
    np.testing.assert_allclose(world.trade_flow.values, flows.values, rtol=1e-12)
    assert np.array_equal(world.dataset["expenditure"], bad["expenditure"])
    deficit = (world.dataset["expenditure"] - world.gross_output).sum("sector")
    np.testing.assert_allclose(
        world.dataset["transfer"], deficit - world.tariff_revenue, atol=1e-8, rtol=1e-9
    )
    assert report["expenditure"].moved == 0
    assert report["value_added"].moved == 0
    assert report["final_share"].moved > 0


def test_shares_are_kept(bad):
    world, report = tumen.balance(bad, keep="shares")
    np.testing.assert_allclose(
        world.dataset["trade_share"].values, bad["trade_share"].values / 1.001, rtol=1e-12
    )
    final = bad["final_share"].values
    np.testing.assert_allclose(
        world.dataset["final_share"].values, final / final.sum(1, keepdims=True), rtol=1e-12
    )
    assert report["expenditure"].moved > 0
    assert report["transfer"].moved > 0


@pytest.mark.parametrize("keep", ["totals", "shares"])
def test_a_consistent_world_does_not_move(data, keep):
    world, report = tumen.balance(tumen.World(data), keep=keep)
    assert report.moved < 1e-6
    for name in data.data_vars:
        mine = world.dataset[name].transpose(*data[name].dims)
        np.testing.assert_allclose(mine, data[name], rtol=1e-9, atol=1e-9)


def test_what_the_report_says_is_what_moved(data):
    data["final_share"].loc["Moor", "tools"] *= 1.2
    world, report = tumen.balance(data)
    for movement in report.movements:
        before = data[movement.variable]
        after = world.dataset[movement.variable].transpose(*before.dims)
        if movement.variable == "final_share":
            worth = checks.income_of(data)
        elif movement.variable in ("value_added_share", "input_share"):
            worth = checks.output_of(data)
        else:
            continue
        assert movement.moved == pytest.approx(float((abs(after - before) * worth).sum()))
    most = report["final_share"]
    assert most.cell == "region Moor, sector tools"
    assert most.before == float(data["final_share"].sel(region="Moor", sector="tools"))
    assert most.after == float(world.dataset["final_share"].sel(region="Moor", sector="tools"))
    assert most.largest == pytest.approx(most.after / most.before - 1)
    text = repr(report)
    assert "region Moor, sector tools" in text
    assert f"{report.moved:,.1f} million USD" in text
    with pytest.raises(KeyError):
        report["tariff"]


def test_labels_and_extras_are_carried_in_any_order(bad):
    marked = bad.assign(placeholder=xr.zeros_like(bad["expenditure"], dtype=bool)).assign_coords(
        region_name=("region", ["q", "a", "m", "b"])
    )
    mixed = marked.isel(importer=[2, 0, 3, 1], input=[1, 2, 0]).transpose("sector", ...)
    for keep in ("totals", "shares"):
        straight = tumen.balance(marked, keep=keep).world
        other = tumen.balance(mixed, keep=keep).world
        assert list(other.dataset.indexes["importer"]) == list(mixed.indexes["importer"])
        assert list(other.dataset["region_name"].values) == ["q", "a", "m", "b"]
        assert "placeholder" in other.dataset
        for name in ("input_share", "final_share", "expenditure", "transfer"):
            mine = straight.dataset[name]
            found = other.dataset[name].reindex_like(mine)
            np.testing.assert_allclose(found.values, mine.values, rtol=1e-7, atol=1e-7)


def test_ras_meets_its_totals_and_keeps_zeros():
    rng = np.random.default_rng(4)
    table = rng.random((3, 5, 5)) * (rng.random((3, 5, 5)) > 0.2)
    target = table * np.exp(rng.standard_normal((3, 5, 1)) + rng.standard_normal((3, 1, 5)))
    found, gap = ras(table, target.sum(2), target.sum(1))
    assert gap.max() < 1e-9
    # A table scaled by rows and columns is recovered: RAS has one solution.
    np.testing.assert_allclose(found, target, rtol=1e-7, atol=1e-9)
    assert (found[table == 0] == 0).all()


# --- what cannot be mended -------------------------------------------------------------------


def test_missing_cells_cannot_be_balanced(data):
    data["expenditure"].loc["Quay", "metal"] = np.nan
    with pytest.raises(tumen.WorldError, match="cannot be balanced: expenditure is missing"):
        tumen.balance(data)


def test_large_negative_cells_cannot_be_balanced(data):
    data["final_share"].loc["Quay", "metal"] = -0.3
    with pytest.raises(tumen.WorldError, match=r"by more than 5% .* region Quay, sector metal"):
        tumen.balance(data)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("value_added", -1.0, "value_added is not above zero at region Quay"),
        ("tariff", -1.0, "tariff is -1 or less at importer Quay"),
        ("trade_elasticity", 0.0, "trade_elasticity is not above zero at sector tools"),
    ],
)
def test_meaningless_cells_cannot_be_balanced(data, name, value, words):
    data[name].values.flat[0] = value
    with pytest.raises(tumen.WorldError, match=words):
        tumen.balance(data)


def test_empty_shares_cannot_be_scaled(data):
    data["trade_share"].loc["Moor", :, "grain"] = 0.0
    with pytest.raises(
        tumen.WorldError, match="trade_share sum to zero at importer Moor, sector grain"
    ):
        tumen.balance(data)


def test_goods_without_any_use_cannot_be_balanced_with_totals_kept(data):
    data["final_share"].loc["Birch", "metal"] = 0.0
    data["input_share"].loc["Birch", :, "metal"] = 0.0
    with pytest.raises(
        tumen.WorldError, match="no scaling of the uses meets what is spent at region Birch, row me"
    ):
        tumen.balance(data)
    assert largest_gap(tumen.balance(data, keep="shares").world) < 1e-9


def test_recorded_trade_that_leaves_nothing_to_spend(data):
    data["expenditure"].loc["Quay"] *= 0.5  # so that it sells far more than it buys
    data["value_added"].loc["Quay"] *= 0.01
    with pytest.raises(tumen.WorldError, match="final spending would not be above zero in region"):
        tumen.balance(data)


def test_arguments(data):
    with pytest.raises(tumen.WorldError, match='keep must be "totals" or "shares", not \'all\''):
        tumen.balance(data, keep="all")
    with pytest.raises(tumen.WorldError, match="or a World, not list"):
        tumen.balance([])


# --- the published data ----------------------------------------------------------------------


@needs_nafta
@pytest.mark.parametrize("keep", ["totals", "shares"])
def test_the_caliendo_parro_data_are_mended(keep):
    data, _ = nafta()
    with pytest.raises(tumen.WorldError, match="region Canada, sector Basic metals, input Other"):
        tumen.World(data)
    world, report = tumen.balance(data, keep=keep)
    assert largest_gap(world) < 1e-9
    assert np.array_equal(world.dataset["value_added"], data["value_added"])
    if keep == "totals":
        # The recorded deficits are those of the recorded trade.
        np.testing.assert_allclose(world.dataset["transfer"], data["transfer"], atol=1e-6)
        assert report["expenditure"].moved == 0
    else:
        assert report["input_share"].moved < 1e-5 * report["expenditure"].moved


@needs_nafta
@pytest.mark.slow
def test_with_shares_kept_the_nafta_experiment_gives_the_published_answer():
    data, cut = nafta()
    world = tumen.balance(data, keep="shares").world
    found = tumen.solve(world, [cut], closure="zero")
    # Exact real income, from the recomputed column of the published table.
    for region, change in {"Mexico": 0.0073, "Canada": -0.1101, "USA": 0.0741}.items():
        assert float(found.real_income.sel(region=region)) == pytest.approx(change, abs=6e-5)
