"""A World takes any consistent dataset, in any order, and refuses or names what is not."""

import copy
import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import tumen
from tumen.world import checks
from tumen.world.build import dataset_from_flows
from worlds import random_dataset, random_world, three_by_two


@pytest.fixture
def data():
    return random_dataset(np.random.default_rng(11), 4, 3, zeros=0.2)


def broken(data, check):
    """The message about `check`, which must be the only rule that the dataset breaks."""
    found = checks.findings(data)
    assert {finding.check for finding in found} == {check}
    with pytest.raises(tumen.WorldError) as caught:
        tumen.World(data)
    assert str(caught.value) == "; ".join(finding.message for finding in found)
    return str(caught.value)


def test_a_consistent_dataset_is_taken_as_it_is(data):
    world = tumen.World(data)
    for name in data.data_vars:
        xr.testing.assert_equal(
            world.dataset[name], data[name].transpose(*world.dataset[name].dims)
        )
    assert world.regions == list(data.indexes["region"])
    assert world.sectors == list(data.indexes["sector"])
    assert world.check == "refuse"


def test_accounts_follow_from_the_shares(data):
    world = tumen.World(data)
    spent = data["expenditure"].values
    flow = data["trade_share"].values / (1 + data["tariff"].values) * spent[:, None, :]
    np.testing.assert_allclose(world.trade_flow.values, flow, rtol=1e-14)
    np.testing.assert_allclose(world.gross_output.values, flow.sum(0), rtol=1e-13)
    revenue = (flow * data["tariff"].values).sum((1, 2))
    np.testing.assert_allclose(world.tariff_revenue.values, revenue, rtol=1e-13)
    income = data["value_added"].values + revenue + data["transfer"].values
    np.testing.assert_allclose(world.income.values, income, rtol=1e-13)
    # Uses computed by hand: inputs of every sector plus final spending.
    uses = np.einsum("njk,nj->nk", data["input_share"].values, flow.sum(0))
    uses += data["final_share"].values * income[:, None]
    np.testing.assert_allclose(uses, spent, rtol=1e-10)


def test_labels_decide_in_any_order_of_dimensions_and_labels(data):
    straight = tumen.World(data)
    rng = np.random.default_rng(3)
    shuffled = data.transpose("exporter", "input", "sector", "importer", "region")
    for dim in ("region", "importer", "exporter", "sector", "input"):
        shuffled = shuffled.isel({dim: rng.permutation(shuffled.sizes[dim])})
    assert list(shuffled.indexes["region"]) != list(shuffled.indexes["importer"])
    world = tumen.World(shuffled)
    assert world.digest == straight.digest
    assert world.regions == list(shuffled.indexes["region"])
    for name in ("gross_output", "tariff_revenue", "income", "trade_flow"):
        mine, other = getattr(world, name), getattr(straight, name)
        if "region" in mine.dims:
            assert list(mine.indexes["region"]) == world.regions
        xr.testing.assert_allclose(mine.reindex_like(other), other, rtol=1e-12)


def test_unbalanced_order_is_not_mistaken_for_an_imbalance(data):
    assert checks.findings(data.isel(importer=[2, 0, 3, 1], input=[1, 2, 0])) == []


def test_numbers_of_other_types_become_floats(data):
    data["tariff"] = data["tariff"].astype("float32").astype(object).astype(float) * 0
    data["tariff"] = data["tariff"].astype(int)
    data = tumen.balance(data).world.dataset.assign(tariff=data["tariff"])
    assert tumen.World(data).dataset["tariff"].dtype == float


def test_a_world_cannot_be_changed(data):
    world = tumen.World(data)
    before = world.digest
    with pytest.raises(AttributeError, match="immutable"):
        world.check = "warn"
    with pytest.raises(ValueError, match="read-only"):
        world.dataset["trade_share"].values[0, 0, 0] = 9.0
    with pytest.raises(ValueError, match="read-only"):
        world.dataset["value_added"][0] = 9.0
    taken = world.dataset
    taken["value_added"] = taken["value_added"] * 2
    taken.attrs["name"] = "other"
    data["expenditure"][:] = 1.0  # the caller's own arrays are not the world's
    again = tumen.World(world.dataset)
    assert (world.digest, again.digest, world.name) == (before, before, "world")


def test_copies_and_lazy_arrays(data):
    world = tumen.World(data)
    assert copy.deepcopy(world).digest == world.digest


def test_digest_tells_worlds_apart(data):
    world = tumen.World(data)
    flag = xr.zeros_like(data["expenditure"], dtype=bool)
    marked = tumen.World(data.assign(placeholder=flag))
    other = flag.copy()
    other[0, 0] = True
    remarked = tumen.World(data.assign(placeholder=other))
    dearer = world.replace(trade_elasticity=world.dataset["trade_elasticity"] * 1.01)
    digests = {world.digest, marked.digest, remarked.digest, dearer.digest}
    assert len(digests) == 4


def test_coordinates_of_text_from_pandas_are_kept(data):
    named = data.assign_coords(
        region=pd.Index(data.region.values, dtype="str"),
        region_name=("region", pd.Series(["Ä", "B", "C", "D"])),
        goods=("sector", [True, False, True]),
    )
    world = tumen.World(named)
    assert list(world.dataset["region_name"].values) == ["Ä", "B", "C", "D"]
    assert list(world.dataset["goods"].values) == [True, False, True]


def test_members(data):
    assert tumen.World(data).members["Quay"] == ("Quay",)
    listed = data.assign_coords(region_members=("region", ["AAA BBB", "CCC", "", "DDD"]))
    assert tumen.World(listed).members == {
        "Quay": ("AAA", "BBB"),
        "Alder": ("CCC",),
        "Moor": (),
        "Birch": ("DDD",),
    }


# --- what is refused whatever `check` says ---------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.drop_vars("final_share"), ["final_share", "region", "sector", "fraction"]),
        (lambda d: d.assign(transfer=d["expenditure"]), ["transfer", "dimensions", "'region'"]),
        (lambda d: d.drop_vars("exporter"), ["'exporter'", "no labels", "coordinate"]),
        (lambda d: d.assign_coords(region=["A", "A", "B", "C"]), ["'A'", "twice", "unique"]),
        (lambda d: d.assign_coords(region=[1, 2, 3, 4]), ["1", "'region'", "not text", "string"]),
        (
            lambda d: d.assign_coords(importer=["Quay", "Alder", "Moor", "Birk"]),
            ["'region'", "'importer'", "Birch, Birk"],
        ),
        (lambda d: d.assign(tariff=d["tariff"].astype(str)), ["tariff", "not numbers"]),
    ],
)
def test_malformed_datasets_name_what_is_wrong(data, change, words):
    for check in ("refuse", "warn"):
        with pytest.raises(tumen.WorldError) as caught:
            tumen.World(change(data), check=check)
        for word in words:
            assert word in str(caught.value)


def test_only_datasets_and_known_checks(data):
    with pytest.raises(tumen.WorldError, match=r"needs an xarray\.Dataset, not dict"):
        tumen.World({})
    with pytest.raises(tumen.WorldError, match='"refuse" or "warn", not \'ignore\''):
        tumen.World(data, check="ignore")


def test_missing_cells(data):
    for value in (np.nan, np.inf):
        data["final_share"].loc["Moor", "grain"] = value
        message = broken(data, "missing cells")
        assert "final_share is missing or infinite at region Moor, sector grain" in message
        assert "fill it" in message
    with pytest.raises(tumen.WorldError, match="fill it"):
        tumen.World(data, check="warn")


def test_missing_cells_of_optional_variables(data):
    data["capital_share"] = ("region", [0.3, np.nan, 0.3, 0.3])
    message = broken(data, "missing cells")
    assert "capital_share is missing or infinite at region Alder" in message


def test_negative_cells(data):
    # Small enough to leave every sum within the tolerance: only the sign is wrong.
    data["input_share"].loc["Birch", "tools", "metal"] = 0.0
    consistent = tumen.balance(data).world.dataset.copy(deep=True)
    consistent["input_share"].loc["Birch", "tools", "metal"] = -1e-8
    message = broken(consistent, "negative cells")
    assert "input_share is negative at region Birch, sector tools, input metal" in message
    assert "tumen.balance" in message


@pytest.mark.parametrize(
    ("name", "cell", "value", "words"),
    [
        (
            "trade_share",
            ("Quay", "Moor", "metal"),
            -0.1,
            "importer Quay, exporter Moor, sector metal",
        ),
        ("expenditure", ("Quay", "metal"), -5.0, "expenditure is negative at region Quay"),
        ("tariff", ("Moor", "Quay", "tools"), -1.0, "tariff is -1 or less at importer Moor"),
        ("value_added", ("Birch",), 0.0, "value_added is not above zero at region Birch"),
    ],
)
def test_cells_no_equation_can_take_are_refused_even_with_warn(data, name, cell, value, words):
    data[name].loc[cell] = value
    with pytest.raises(tumen.WorldError, match=words):
        tumen.World(data, check="warn")


def test_elasticities(data):
    data["trade_elasticity"].loc["grain"] = -4.0
    message = broken(data, "elasticities")
    assert "trade_elasticity is not above zero at sector grain" in message
    assert "positive number (sigma - 1)" in message


def test_share_sums(data):
    # Final shares of two regions miss one, while spending on every good stays as it was.
    income = checks.income_of(data)
    low, high = "Quay", "Moor"
    factor = 1.01
    moved = float(income.sel(region=low)) * (1 - 1 / factor)
    other = float(income.sel(region=high)) / (float(income.sel(region=high)) + moved)
    data["final_share"].loc[low] *= factor
    data["transfer"].loc[low] -= moved
    data["final_share"].loc[high] *= other
    data["transfer"].loc[high] += moved
    message = broken(data, "share sums")
    assert "final_share over sector does not sum to 1 at" in message
    assert "region Quay" in message
    assert "region Moor" in message
    assert "tumen.balance" in message


def test_trade_and_cost_shares_are_summed_too(data):
    data["trade_share"].loc["Moor", :, "metal"] *= 1.02
    data["input_share"].loc["Birch", "grain", "tools"] += 0.03
    message = str(next(f.message for f in checks.share_sums(data)))
    assert "trade_share over exporter does not sum to 1 at importer Moor, sector metal" in message
    messages = [f.message for f in checks.share_sums(data)]
    assert any("input_share" in m and "region Birch, sector grain" in m for m in messages)


def test_market_clearing_of_goods(data):
    data["final_share"].loc["Alder", "tools"] += 0.01
    data["final_share"].loc["Alder", "grain"] -= 0.01
    message = broken(data, "market clearing")
    assert "spending on a good differs from its uses at" in message
    assert "region Alder, sector tools" in message
    assert "region Alder, sector grain" in message
    assert "region Moor" not in message
    assert "tumen.balance" in message
    assert 'check="warn"' in message


def test_market_clearing_of_factors(data):
    data["value_added"].loc["Quay"] += 10
    data["transfer"].loc["Quay"] -= 10
    data["value_added"].loc["Moor"] -= 10
    data["transfer"].loc["Moor"] += 10
    message = broken(data, "market clearing")
    assert "value added differs from what the sectors pay at" in message
    assert "region Quay" in message
    assert "region Moor" in message


def test_transfers(data):
    # Too little to move any market by the tolerance, yet money from nowhere.
    data["transfer"] = data["transfer"] + 0.9e-6 * data["value_added"]
    message = broken(data, "transfers")
    assert "transfer sums to" in message
    assert "what one region receives another must give" in message


def test_a_region_that_gives_away_all_it_has(data):
    data["transfer"].loc["Quay"] = -10 * float(data["value_added"].sel(region="Quay"))
    with pytest.raises(tumen.WorldError, match="final spending is not above zero at region Quay"):
        tumen.World(data, check="warn")


def test_the_tolerance_is_a_millionth_of_value_added(data):
    size = float(data["value_added"].sel(region="Alder"))
    for part, taken in ((0.5e-6, True), (2e-6, False)):
        moved = data.copy(deep=True)
        step = part * size / float(checks.income_of(data).sel(region="Alder"))
        moved["final_share"].loc["Alder", "tools"] += step
        moved["final_share"].loc["Alder", "grain"] -= step
        assert (checks.findings(moved) == []) is taken


def test_warn_takes_the_world_and_names_the_cells(data):
    data["final_share"].loc["Alder", "tools"] += 0.01
    data["final_share"].loc["Alder", "grain"] -= 0.01
    with pytest.warns(tumen.WorldWarning, match="region Alder, sector tools"):
        world = tumen.World(data, check="warn")
    assert world.check == "warn"
    with warnings.catch_warnings(), pytest.raises(tumen.WorldError, match="region Alder"):
        tumen.World(data, check="refuse")


# --- selection, replacement, display ---------------------------------------------------------


def test_selection(data):
    world = tumen.World(data)
    assert world.sel(importer="Quay")["trade_share"].dims == ("exporter", "sector")
    assert world.sel(importer=["Quay", "Moor"])["tariff"].sizes["importer"] == 2
    assert world.sel(region="Quay")["trade_share"].sizes["importer"] == 4
    with pytest.raises(tumen.WorldError, match="unknown label 'Quai'; did you mean Quay"):
        world.sel(importer="Quai")
    with pytest.raises(tumen.WorldError, match="no dimension 'import'; did you mean importer"):
        world.sel(**{"import": "Quay"})


def test_replace_checks_again_and_drops_stale_names(data):
    data.attrs |= {"name": "mine", "version": "7", "elasticities": "published"}
    world = tumen.World(data)
    other = world.replace(trade_elasticity=3.0)
    assert set(other.dataset["trade_elasticity"].values) == {3.0}
    assert "elasticities" not in other.dataset.attrs
    assert other.dataset.attrs["derived_from"] == "mine 7"
    assert other.version == other.digest[:12]
    one = world.dataset["trade_elasticity"].isel(sector=[2, 0, 1]) + 1
    xr.testing.assert_equal(
        world.replace(trade_elasticity=one).dataset["trade_elasticity"],
        world.dataset["trade_elasticity"] + 1,
    )
    with pytest.raises(tumen.WorldError, match="trade_elasticity is not above zero"):
        world.replace(trade_elasticity=-1.0)
    with pytest.raises(tumen.WorldError, match="missing or infinite at sector"):
        world.replace(trade_elasticity=one.isel(sector=[0]))
    with pytest.raises(tumen.WorldError, match="no variable 'tarif'; did you mean tariff"):
        world.replace(tarif=0.0)


def test_display_names_the_figures():
    world = three_by_two()
    text = repr(world)
    assert "3 x 2" in text
    assert world.version in text
    shown = tumen.World(world.dataset.assign_attrs(title="a <b> & c"))._repr_html_()
    assert "a &lt;b&gt; &amp; c" in shown
    assert "3 x 2" in shown


def test_display_in_units_people_would_use():
    facts = tumen.load_world().facts()
    assert facts["value added"] == "106.28 trillion USD"
    assert facts["trade between regions"] == "27.18 trillion USD"
    assert facts["tariff revenue"] == "none"
    assert facts["year"] == "2023"
    world = tumen.load_world()
    pair = world.aggregate({label: "Rest" for label in world.regions if label != "PRK"})
    assert pair.facts()["trade between regions"] == "3.00 billion USD"


# --- goods that nobody makes or buys ---------------------------------------------------------


def flows_with_an_absent_good():
    """Two regions, two sectors; the second sector does not exist in the first region."""
    trade = np.array([[[60.0, 0.0], [20.0, 0.0]], [[20.0, 0.0], [30.0, 40.0]]])
    intermediate = np.zeros((2, 2, 2))
    intermediate[1, 0, 1] = 10.0  # the second region's second sector uses the first good
    final = np.array([[80.0, 0.0], [40.0, 40.0]])
    value_added = np.array([[80.0, 0.0], [50.0, 30.0]])
    return {
        "regions": ["a", "b"],
        "sectors": ["x", "y"],
        "trade": trade,
        "intermediate": intermediate,
        "final": final,
        "value_added": value_added,
        "trade_elasticity": np.array([4.0, 5.0]),
    }


def test_a_good_nobody_makes_or_buys_in_a_region():
    data = dataset_from_flows(**flows_with_an_absent_good())
    world = tumen.World(data)
    assert float(world.dataset["expenditure"].sel(region="a", sector="y")) == 0
    assert float(world.gross_output.sel(region="a", sector="y")) == 0
    result = tumen.solve(world, [tumen.TradeCost("a", "b", "x", factor=0.9)])
    assert float(result.real_income.sel(region="a")) > 0
    assert float(result.gross_output.sel(region="a", sector="y")) == 0
    # The recipe of an idle sector is nobody's business.
    blank = data.copy(deep=True)
    blank["value_added_share"].loc["a", "y"] = 0.0
    assert checks.findings(blank) == []


def test_flows_that_do_not_fit_the_labels():
    flows = flows_with_an_absent_good()
    flows["final"] = flows["final"][:1]
    with pytest.raises(tumen.WorldError, match=r"final has shape \(1, 2\); the labels ask for"):
        dataset_from_flows(**flows)


def test_flows_with_tariffs_give_back_revenue():
    flows = flows_with_an_absent_good()
    tariff = np.zeros((2, 2, 2))
    tariff[0, 1, 0] = 0.25  # 5 million on 20 million of imports
    flows["final"] = np.array([[85.0, 0.0], [40.0, 40.0]])
    data = dataset_from_flows(**flows, tariff=tariff)
    world = tumen.World(data)
    assert float(world.tariff_revenue.sel(region="a")) == pytest.approx(5.0, rel=1e-14)
    assert float(world.dataset["transfer"].sel(region="a")) == pytest.approx(0.0, abs=1e-12)


def test_many_random_worlds_are_consistent():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        world = random_world(rng, int(rng.integers(2, 6)), int(rng.integers(1, 5)), zeros=0.4)
        assert checks.findings(world.dataset) == []
