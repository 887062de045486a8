"""What each shock does to which cells, and what it refuses; the rules of shocks one by one."""

import numpy as np
import pytest
import xarray as xr

import tumen
from tumen.scenario.shocks import apply_all
from tumen.vocabulary import BILATERAL
from tumen.world.arrays import to_labels
from worlds import SECTORS, dataset_from_structure, random_world, three_by_two

# Codes for worlds in which named groups have members.
CODES = ("USA", "RUS", "DEU", "CHN", "FRA", "PRK")


@pytest.fixture(scope="module")
def world():
    return random_world(np.random.default_rng(31), 4, 3)


@pytest.fixture(scope="module")
def named():
    """Six economies under their codes."""
    count, kinds = 6, 2
    share = np.full((count, count, kinds), 0.1) + 0.4 * np.eye(count)[:, :, None]
    return tumen.World(
        dataset_from_structure(
            share=share,
            tariff=np.zeros_like(share),
            value_added_share=np.ones((count, kinds)),
            input_share=np.zeros((count, kinds, kinds)),
            final_share=np.full((count, kinds), 0.5),
            theta=np.full(kinds, 4.0),
            regions=CODES,
        )
    )


def arrays(world, *shocks):
    """The shocked arrays, labelled."""
    to = apply_all(world, shocks)
    named = {
        name: to_labels(world, getattr(to, name), BILATERAL)
        for name in ("tariff", "cost_factor", "weight")
    }
    named["productivity"] = to_labels(world, to.productivity, ("region", "sector"))
    named["labour"] = to_labels(world, to.labour, ("region",))
    named["transfer"] = to_labels(world, to.transfer, ("region",))
    return named


def foreign(array):
    """True where importer and exporter differ."""
    return xr.zeros_like(array, dtype=bool) | (
        array.importer.astype(str).values[:, None, None]
        != array.exporter.astype(str).values[None, :, None]
    )


# --- selectors ---


def test_none_means_all_but_never_own_cells(world):
    found = arrays(world, tumen.Tariff(rate=0.5), tumen.TradeCost(factor=2.0), tumen.Embargo())
    away = foreign(found["tariff"])
    xr.testing.assert_allclose(found["tariff"], world.dataset.tariff.where(~away, 0.5))
    np.testing.assert_array_equal(found["cost_factor"], np.where(away, 2.0, 1.0))
    np.testing.assert_array_equal(found["weight"], np.where(away, 0.0, 1.0))


@pytest.mark.parametrize(
    ("importer", "exporter"),
    [("Quay", None), (None, "Quay"), (["Quay", "Moor"], ["Moor", "Quay", "Birch"])],
)
def test_a_selector_never_touches_own_cells(world, importer, exporter):
    found = arrays(world, tumen.TradeCost(importer, exporter, "grain", factor=2.0))["cost_factor"]
    buyers = world.regions if importer is None else [importer] if importer == "Quay" else importer
    sellers = world.regions if exporter is None else [exporter] if exporter == "Quay" else exporter
    for n in world.regions:
        for i in world.regions:
            for j in world.sectors:
                hit = n in buyers and i in sellers and j == "grain" and n != i
                assert found.sel(importer=n, exporter=i, sector=j) == (2.0 if hit else 1.0)


def test_own_cells_alone_are_no_selection(world):
    with pytest.raises(tumen.ShockError, match="selects only what Quay sells to itself"):
        arrays(world, tumen.TradeCost("Quay", ["Quay"], factor=2.0))


def test_groups_stand_for_their_members(named):
    weight = arrays(named, tumen.Embargo("EU27", "RUS"))["weight"]
    hit = [n for n in CODES if float(weight.sel(importer=n, exporter="RUS").max()) == 0]
    assert hit == ["DEU", "FRA"]
    cost = arrays(named, tumen.TradeCost("RUS", ["G7", "CHN"], factor=3.0))["cost_factor"]
    hit = [i for i in CODES if float(cost.sel(importer="RUS", exporter=i).max()) == 3]
    assert hit == ["USA", "DEU", "CHN", "FRA"]
    labour = arrays(named, tumen.LabourForce("west", factor=0.5))["labour"]
    assert [n for n in CODES if labour.sel(region=n) == 0.5] == ["USA", "DEU", "FRA"]
    assert arrays(named, tumen.LabourForce("WEST", factor=0.5))["labour"].equals(labour)


def test_a_group_without_members_here_is_an_error(named, world):
    with pytest.raises(tumen.ShockError, match=r"no region of this world lies wholly in .*ASEAN"):
        arrays(named, tumen.Embargo("ASEAN", "RUS"))
    with pytest.raises(tumen.ShockError, match="no region of this world"):
        arrays(world, tumen.Embargo("EU27", "Quay"))


def test_a_merged_region_belongs_to_a_group_only_as_a_whole(named):
    merged = named.aggregate(regions={"FRA": "F+D", "DEU": "F+D", "USA": "U+P", "PRK": "U+P"})
    weight = arrays(merged, tumen.Embargo("west", "RUS"))["weight"]
    assert float(weight.sel(importer="F+D", exporter="RUS").max()) == 0
    assert float(weight.sel(importer="U+P", exporter="RUS").min()) == 1


@pytest.mark.parametrize(
    ("shock", "words"),
    [
        (tumen.Tariff("Quai", rate=0.1), r"importer: unknown label 'Quai'; did you mean Quay\?"),
        (tumen.Embargo(None, "moor"), r"exporter: unknown label 'moor'; did you mean Moor\?"),
        (tumen.TradeCost(sector="grian", factor=2), r"sector: .*'grian'; did you mean grain\?"),
        (tumen.Productivity("Birk", factor=2), r"region: unknown label 'Birk'; did you mean Birch"),
        (tumen.Embargo("G8", None), r"importer: unknown label 'G8'; did you mean G7"),
        (tumen.LabourForce("xxxx", factor=2), r"region: unknown label 'xxxx'; known: Quay, Alder"),
        (tumen.Embargo([], None), r"importer: an empty list selects nothing; use None for all"),
        (tumen.Transfer("Quay", "Aldr", value=1.0), r"destination: .*'Aldr'; did you mean Alder"),
    ],
)
def test_unknown_labels_name_the_nearest(world, shock, words):
    with pytest.raises(tumen.ShockError, match=f"^shock 1: {words}"):
        arrays(world, shock)


def test_the_number_of_the_shock_is_named(world):
    with pytest.raises(tumen.ShockError, match=r"^shock 2: "):
        tumen.solve(world, [tumen.Embargo("Quay"), tumen.Embargo("nowhere", None)])
    with pytest.raises(tumen.ShockError, match="shock 1 is a str; use Tariff, ExportTax"):
        tumen.solve(world, ["Embargo"])


# --- how shocks combine on one cell ---


def test_last_rate_wins_and_change_adds_points(world):
    cell = {"importer": "Quay", "exporter": "Moor", "sector": "metal"}
    base = float(world.dataset.tariff.sel(cell))
    first, second = tumen.Tariff("Quay", rate=0.1), tumen.Tariff("Quay", "Moor", rate=0.3)
    more = tumen.Tariff(None, "Moor", change=0.05)
    for shocks, expected in (
        ([first, second], 0.3),
        ([second, first], 0.1),
        ([more], base + 0.05),
        ([first, more, more], 0.2),
        ([more, first], 0.1),
        ([first, tumen.Tariff("Quay", change=-0.1)], 0.0),
    ):
        assert float(arrays(world, *shocks)["tariff"].sel(cell)) == pytest.approx(expected)


def test_factors_multiply(world):
    cell = {"importer": "Quay", "exporter": "Moor", "sector": "metal"}
    found = arrays(
        world,
        tumen.TradeCost("Quay", factor=1.5),
        tumen.TradeCost(None, "Moor", factor=0.8),
        tumen.Embargo("Quay", "Moor", share=0.5),
        tumen.Embargo(sector="metal", share=0.2),
        tumen.Productivity("Quay", factor=1.2),
        tumen.Productivity(None, "metal", factor=1.1),
        tumen.LabourForce("Quay", factor=0.9),
        tumen.LabourForce(factor=0.9),
    )
    assert float(found["cost_factor"].sel(cell)) == pytest.approx(1.2)
    assert float(found["weight"].sel(cell)) == pytest.approx(0.4)
    assert float(found["productivity"].sel(region="Quay", sector="metal")) == pytest.approx(1.32)
    assert float(found["productivity"].sel(region="Quay", sector="grain")) == pytest.approx(1.2)
    assert float(found["labour"].sel(region="Quay")) == pytest.approx(0.81)


def test_nothing_loosens_a_ban(world):
    weight = arrays(world, tumen.Embargo("Quay"), tumen.Embargo("Quay", share=0.0))["weight"]
    assert float(weight.sel(importer="Quay").where(weight.exporter != "Quay").max()) == 0


def test_embargo_share_is_a_weight_not_the_fall_of_the_flow(world):
    """It acts as the cost (1 - share)^(-1/theta) would."""
    theta = world.dataset.trade_elasticity
    one = tumen.solve(world, [tumen.Embargo("Quay", "Moor", share=0.7)], tolerance=1e-12)
    cost = tumen.TradeCost("Quay", "Moor", factor=0.3 ** (-1 / theta))
    two = tumen.solve(world, [cost], tolerance=1e-12)
    xr.testing.assert_allclose(one.real_income, two.real_income, rtol=1e-9, atol=1e-10)
    cell = {"importer": "Quay", "exporter": "Moor"}
    fall = 1 - one.trade_flow.sel(cell) / world.trade_flow.sel(cell)
    assert float(abs(fall - 0.7).min()) > 1e-3


def test_near_bans_come_close_to_the_exact_ban(world):
    ban = tumen.solve(world, [tumen.Embargo("Quay", "Moor")])
    near = tumen.solve(world, [tumen.Embargo("Quay", "Moor", share=1 - 1e-9)])
    xr.testing.assert_allclose(ban.real_income, near.real_income, atol=1e-6)
    assert float(ban.trade_flow.sel(importer="Quay", exporter="Moor").max()) == 0


def test_transfers_add_up_and_sum_to_zero(world):
    found = arrays(
        world,
        tumen.Transfer("Quay", "Moor", value=10.0),
        tumen.Transfer("Moor", "Birch", value=4.0),
        tumen.Transfer("Quay", "Alder", value=-1.0),
    )["transfer"]
    assert dict(zip(world.regions, found.values, strict=True)) == {
        "Quay": -9.0,
        "Alder": -1.0,
        "Moor": 6.0,
        "Birch": 4.0,
    }


@pytest.mark.parametrize("closure", ["fixed", "proportional", "zero"])
def test_a_transfer_adds_to_the_closures_transfers(world, closure):
    shock = tumen.Transfer("Quay", "Moor", value=100.0)
    before = tumen.solve(world, [], closure=closure)
    after = tumen.solve(world, [shock], closure=closure)
    assert float(after.real_income.sel(region="Moor")) > 0
    assert float(after.real_income.sel(region="Quay")) < 0
    received = [r.income - r.value_added - r.tariff_revenue for r in (before, after)]
    change = (received[1] - received[0]).sel(region=["Quay", "Moor"]).values
    # Under `proportional` the benchmark's own transfers move a little with incomes.
    np.testing.assert_allclose(change, [-100, 100], atol=15 if closure == "proportional" else 1e-5)


def test_a_transfer_within_a_region_is_nothing(world):
    found = arrays(world, tumen.Transfer("Quay", "Quay", value=5.0))["transfer"]
    np.testing.assert_array_equal(found, 0)


# --- labelled values ---


def test_absent_labels_stay_and_absent_dimensions_broadcast(world):
    rates = xr.DataArray([0.5, 0.6], dims="exporter", coords={"exporter": ["Moor", "Alder"]})
    found = arrays(world, tumen.Tariff(sector="metal", rate=rates))["tariff"]
    base = world.dataset.tariff
    for n in world.regions:
        for i, rate in (("Moor", 0.5), ("Alder", 0.6)):
            expected = rate if n != i else float(base.sel(importer=n, exporter=i, sector="metal"))
            assert float(found.sel(importer=n, exporter=i, sector="metal")) == expected
    rest = {"exporter": ["Quay", "Birch"]}
    xr.testing.assert_allclose(found.sel(rest), base.sel(rest))
    xr.testing.assert_allclose(found.sel(sector="grain"), base.sel(sector="grain"))


def test_a_schedule_over_pairs_sets_own_cells_as_given(world):
    coords = {"importer": ["Moor", "Quay"], "exporter": ["Quay", "Moor"]}
    factor = xr.DataArray([[1.1, 1.2], [1.3, 1.4]], dims=tuple(coords), coords=coords)
    found = arrays(world, tumen.TradeCost(factor=factor))["cost_factor"].sel(sector="grain")
    assert float(found.sel(importer="Moor", exporter="Moor")) == 1.2
    assert float(found.sel(importer="Quay", exporter="Quay")) == 1.3
    assert float(found.sel(importer="Quay", exporter="Moor")) == 1.4
    assert float(found.sel(importer="Alder", exporter="Alder")) == 1.0


def test_selectors_and_labels_both_bind(world):
    rates = xr.DataArray([0.5, 0.6], dims="exporter", coords={"exporter": ["Moor", "Alder"]})
    found = arrays(world, tumen.Tariff("Quay", "Moor", rate=rates))["tariff"]
    assert float(found.sel(importer="Quay", exporter="Moor", sector="grain")) == 0.5
    unmoved = {"importer": "Quay", "exporter": "Alder"}
    xr.testing.assert_allclose(found.sel(unmoved), world.dataset.tariff.sel(unmoved))


def test_a_value_cut_from_a_larger_array_is_taken(world):
    """A leftover coordinate of the cut is no dimension."""
    values = xr.DataArray(
        [[2.0, 3.0]],
        dims=("sector", "importer"),
        coords={"sector": ["grain"], "importer": ["Quay", "Moor"]},
    )
    found = arrays(world, tumen.TradeCost(sector="metal", factor=values.sel(sector="grain")))
    cost = found["cost_factor"]
    assert float(cost.sel(importer="Moor", exporter="Quay", sector="metal")) == 3
    assert float(cost.sel(importer="Moor", exporter="Quay", sector="grain")) == 1
    point = arrays(world, tumen.TradeCost("Quay", factor=values[0, 1]))["cost_factor"]
    assert float(point.sel(importer="Quay", exporter="Moor", sector="tools")) == 3


def test_national_values_may_be_labelled(world):
    factor = xr.DataArray(
        [[0.5, 2.0]],
        dims=("sector", "region"),
        coords={"sector": ["metal"], "region": ["Moor", "Quay"]},
    )
    found = arrays(world, tumen.Productivity(factor=factor), tumen.LabourForce(factor=factor[0]))
    assert float(found["productivity"].sel(region="Quay", sector="metal")) == 2
    assert float(found["productivity"].sel(region="Quay", sector="grain")) == 1
    assert float(found["labour"].sel(region="Moor")) == 0.5
    assert float(found["labour"].sel(region="Alder")) == 1


def test_transfers_with_several_parties_need_a_labelled_value(world):
    for shock, side in (
        (tumen.Transfer(["Quay", "Moor"], "Birch", value=10.0), "source names 2"),
        (tumen.Transfer("Quay", ["Moor", "Birch"], value=10.0), "destination names 2"),
        (tumen.Transfer(None, "Moor", value=10.0), "source names 4"),
    ):
        with pytest.raises(tumen.ShockError, match=f"{side} regions; give value as a DataArray"):
            arrays(world, shock)
    pays = xr.DataArray([6.0, 4.0], dims="source", coords={"source": ["Moor", "Quay"]})
    found = arrays(world, tumen.Transfer(["Quay", "Moor"], "Birch", value=pays))["transfer"]
    assert found.sel(region=["Quay", "Moor", "Birch"]).values.tolist() == [-4, -6, 10]
    coords = {"source": ["Moor", "Quay"], "destination": ["Birch", "Alder"]}
    table = xr.DataArray([[1.0, 2.0], [3.0, 4.0]], dims=tuple(coords), coords=coords)
    found = arrays(world, tumen.Transfer(value=table))["transfer"]
    order = ["Moor", "Quay", "Birch", "Alder"]
    assert found.sel(region=order).values.tolist() == [-3, -7, 4, 6]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (xr.DataArray([0.1], dims="exporter"), "has no labels on dimension 'exporter'"),
        (
            xr.DataArray([0.1], dims="year", coords={"year": [1]}),
            "has dimension 'year'; it may have",
        ),
        (
            xr.DataArray([0.1], dims="exporter", coords={"exporter": ["Mor"]}),
            r"unknown exporter 'Mor'; did you mean Moor",
        ),
        (
            xr.DataArray([0.1, 0.2], dims="exporter", coords={"exporter": ["Moor", "Moor"]}),
            "has a label twice on dimension 'exporter'",
        ),
        (
            xr.DataArray([0.1, np.nan], dims="exporter", coords={"exporter": ["Moor", "Quay"]}),
            "at exporter Quay is not a finite number, not nan",
        ),
        (
            xr.DataArray([0.1, -2], dims="exporter", coords={"exporter": ["Moor", "Quay"]}),
            "at exporter Quay must be above -1, not -2",
        ),
        (
            xr.DataArray([True], dims="exporter", coords={"exporter": ["Moor"]}),
            "must be a DataArray of numbers",
        ),
        (
            xr.DataArray(["x"], dims="exporter", coords={"exporter": ["Moor"]}),
            "must be a DataArray of numbers",
        ),
    ],
)
def test_labelled_values_that_are_refused(world, value, words):
    with pytest.raises(tumen.ShockError, match=f"^shock 1: Tariff rate:? ?{words}"):
        arrays(world, tumen.Tariff(rate=value))


# --- values ---


@pytest.mark.parametrize(
    ("shock", "words"),
    [
        (tumen.Tariff(rate=-1.0), "Tariff rate must be above -1, not -1"),
        (tumen.Tariff(change=-3.0), "Tariff change takes a tariff to -1 or below"),
        (tumen.Tariff(), "either rate= or change=, not both and not neither"),
        (tumen.Tariff(rate=0.1, change=0.1), "either rate= or change="),
        (tumen.Tariff(rate=np.nan), "Tariff rate is not a finite number, not nan"),
        (tumen.Tariff(rate=True), "Tariff rate must be a number or a DataArray, not True"),
        (tumen.Tariff(rate="10 %"), "Tariff rate must be a number or a DataArray, not '10 %'"),
        (tumen.Tariff(rate=[0.1, 0.2]), "Tariff rate must be a number or a DataArray"),
        (tumen.TradeCost(), "TradeCost factor is missing"),
        (tumen.TradeCost(factor=0.0), "TradeCost factor must be above 0, not 0"),
        (tumen.TradeCost(factor=-2.0), "TradeCost factor must be above 0, not -2"),
        (tumen.TradeCost(factor=np.inf), "TradeCost factor is not a finite number"),
        (tumen.Embargo(share=1.01), "Embargo share must be at most 1, not 1.01"),
        (tumen.Embargo(share=-0.1), "Embargo share must be at least 0, not -0.1"),
        (tumen.Embargo(share=np.nan), "Embargo share is not a finite number"),
        (tumen.Embargo(share=np.True_), "Embargo share must be a number or a DataArray"),
        (tumen.Embargo(share=None), "Embargo share is missing"),
        (tumen.Productivity(), "Productivity factor is missing"),
        (tumen.Productivity(factor=0.0), "Productivity factor must be above 0"),
        (tumen.LabourForce(factor=-1.0), "LabourForce factor must be above 0, not -1"),
        (tumen.Transfer("Quay", "Moor"), "Transfer value is missing"),
        (tumen.Transfer("Quay", "Moor", value=np.inf), "Transfer value is not a finite number"),
    ],
)
def test_values_that_are_refused(world, shock, words):
    with pytest.raises(tumen.ShockError, match=f"^shock 1: .*{words}"):
        tumen.solve(world, [shock])


def test_whole_numbers_of_any_kind_are_numbers(world):
    for two in (2, np.int64(2), np.float32(2), xr.DataArray(2)):
        cost = arrays(world, tumen.TradeCost("Quay", factor=two))["cost_factor"]
        assert float(cost.max()) == 2


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"closure": "open"}, 'closure must be "fixed", "proportional" or "zero", not \'open\''),
        ({"tolerance": 0.0}, "tolerance must lie between 0 and 1, not 0.0"),
        ({"tolerance": np.nan}, "tolerance must lie between 0 and 1, not nan"),
        ({"max_maps": 0}, "max_maps must be at least 1, not 0"),
        ({"home_floor": 1.0}, "home_floor must lie between 0 and 1, not 1.0"),
    ],
)
def test_settings_that_mean_nothing(world, setting, words):
    with pytest.raises(tumen.ShockError, match=words):
        tumen.solve(world, [], **setting)


def test_applying_shocks_leaves_the_world_alone(world):
    before = world.dataset.copy(deep=True)
    shocks = [
        tumen.Tariff(rate=0.5),
        tumen.Embargo("Quay"),
        tumen.Transfer("Quay", "Moor", value=1),
    ]
    arrays(world, *shocks)
    xr.testing.assert_identical(before, world.dataset)


def test_a_description_is_plain_and_tells_shocks_apart():
    rate = xr.DataArray([0.1], dims="exporter", coords={"exporter": ["Moor"]})
    plain = tumen.Tariff(["Quay", "Moor"], "Birch", rate=rate).describe()
    assert plain["kind"] == "Tariff"
    assert plain["importer"] == ["Quay", "Moor"]
    assert plain["exporter"] == "Birch"
    assert plain["rate"]["data"] == [0.1]
    assert "sector" not in plain
    world = three_by_two()
    hashes = {
        tumen.solve(world, [tumen.Tariff(rate=rate)]).scenario_hash for rate in (0.1, 0.2, 0.3)
    }
    assert len(hashes) == 3
    assert SECTORS[0] in world.sectors
