"""The worlds in the package agree with their published totals, and take named elasticities."""

import csv
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import tumen
from tumen.world import checks
from tumen.world.embedded import data_file, list_elasticities, world_page

BENCHMARK = Path(__file__).resolve().parents[2] / "shared" / "benchmark"
needs_benchmark = pytest.mark.skipif(not BENCHMARK.is_dir(), reason=f"{BENCHMARK} is not here")

SERVICES = ["ELY", "CON", "TRN", "SRV"]


@pytest.fixture(scope="module")
def world():
    return tumen.load_world("tumen-31")


@pytest.fixture(scope="module")
def old():
    return tumen.load_world("wiod-2011-20")


def test_names():
    assert tumen.list_worlds() == ["tumen-31", "wiod-2011-20"]
    assert list_elasticities() == ["fontagne2022", "caliendo-parro2015", "caliendo-parro2015-full"]


def test_published_totals(world):
    data = world.dataset
    assert (len(world.regions), len(world.sectors)) == (31, 20)
    assert world.regions[:3] == ["USA", "CAN", "MEX"]
    assert world.sectors[0] == "AGR"
    assert float(data["value_added"].sum()) / 1e6 == pytest.approx(106.276, abs=5e-4)
    assert float(data["value_added"].sel(region="PRK")) == pytest.approx(30_794.92, abs=0.01)
    assert float(data["value_added"].sel(region="RUS")) == pytest.approx(2_021_421.48, abs=0.01)
    # The recorded deficit of North Korea, 7 % of its output, and the largest one.
    assert float(data["transfer"].sel(region="PRK")) == pytest.approx(2_160, abs=20)
    assert float(data["transfer"].sel(region="USA")) == pytest.approx(1_015_339.25, abs=0.01)
    assert float(abs(data["tariff"]).max()) == 0
    flow = world.trade_flow.values.copy()
    flow[np.arange(31), np.arange(31)] = 0
    assert flow.sum() / 1e6 == pytest.approx(27.1789, abs=1e-4)
    goods = data["goods"].values
    assert flow[..., goods].sum() / 1e6 == pytest.approx(20.8598, abs=1e-4)
    prk = world.regions.index("PRK")
    own = flow[prk].sum(0)[goods].sum() + flow[:, prk].sum(0)[goods].sum()
    assert own == pytest.approx(2_788.43, abs=0.01)


def test_identities_hold_far_within_the_tolerance(world, old, monkeypatch):
    monkeypatch.setattr(checks, "TOLERANCE", 1e-11)
    for each in (world, old):
        found = [f for f in checks.findings(each.dataset) if f.check != "transfers"]
        assert found == []
        assert abs(float(each.dataset["transfer"].sum())) < 1e-6


def test_labels(world, old):
    data = world.dataset
    assert str(data["region_name"].sel(region="PRK").item()) == "North Korea"
    assert world.members["EFT"] == ("CHE", "ISL", "NOR")
    assert len(world.members["EUR"]) == 23
    assert world.members["ROW"] == ("ROW",)
    assert [
        str(s) for s, good in zip(world.sectors, data["goods"].values, strict=True) if not good
    ] == (SERVICES)
    assert str(data["sector_name"].sel(sector="OGS").item()) == "Oil and gas extraction"
    placeholders = data["placeholder"].stack(cell=("region", "sector"))
    cells = [tuple(cell) for cell in placeholders["cell"].values[placeholders.values]]
    assert cells == [("TWN", "COA"), ("PRK", "OGS"), ("BLR", "COA"), ("BLR", "OGS")]
    assert "HRV" in world.members["EUR"]
    assert "HRV" not in old.members["EUR"]
    for each in (world, old):
        # No economy stands in two regions.
        codes = [code for listed in each.members.values() for code in listed]
        assert len(codes) == len(set(codes))
        assert all(str(name) for name in each.dataset["region_name"].values)


def test_the_recorded_world_of_2011(old):
    assert (len(old.regions), len(old.sectors)) == (20, 17)
    assert float(old.dataset["value_added"].sum()) / 1e6 == pytest.approx(69.28, abs=0.01)
    assert int(old.dataset.attrs["year"]) == 2011
    assert old.version == "2011.1"
    assert set(old.sectors) < set(tumen.load_world().sectors)


def test_provenance_is_in_the_world(world, old):
    for each in (world, old):
        attrs = each.dataset.attrs
        for name in ("name", "title", "year", "version", "elasticities", "sources", "licences"):
            assert attrs[name], name
        assert "WIOD" in attrs["licences"]
    assert world.version == "2023.1"


# --- elasticities ----------------------------------------------------------------------------


def theta(world):
    return world.dataset["trade_elasticity"].to_series()


def test_the_default_set(world):
    found = theta(world)
    assert world.dataset.attrs["elasticities"] == "fontagne2022"
    assert found["OGS"] == 10.8923
    assert found["PET"] == 3.6382
    assert found["COA"] == 8.28  # as other mining
    assert (found[["CON", "TRN", "SRV"]] == 5.0).all()
    assert tumen.load_world("tumen-31", elasticities="fontagne2022") is world


def test_caliendo_parro():
    found = theta(tumen.load_world("tumen-31", elasticities="caliendo-parro2015"))
    assert (found[["AGR", "PET", "TRE", "MCH"]] == [9.11, 64.85, 8.22, 1.45]).all()
    assert (found[SERVICES] == 5.0).all()
    full = theta(tumen.load_world("tumen-31", elasticities="caliendo-parro2015-full"))
    assert full["TRE"] == 0.69


def test_uniform_sets():
    world = tumen.load_world("tumen-31", elasticities="uniform-4.5")
    assert (theta(world) == 4.5).all()
    assert world.dataset.attrs["elasticities"] == "uniform-4.5"
    assert world.version == "2023.1"
    assert world.digest != tumen.load_world().digest


def test_a_floor_raises_what_is_below_and_is_named():
    world = tumen.load_world("tumen-31", elasticities="caliendo-parro2015", floor=2.0)
    raw = theta(tumen.load_world("tumen-31", elasticities="caliendo-parro2015"))
    assert theta(world)["MCH"] == 2.0
    assert (theta(world) == raw.clip(lower=2.0)).all()
    assert world.dataset.attrs["elasticities"] == "caliendo-parro2015, floored at 2"
    assert "floored at 2" in repr(world)


def test_merged_sectors_of_2011_take_means_by_trade(world, old):
    merged = world.aggregate({}, {"FSH": "AGR", "COA": "MIN", "OGS": "MIN"})
    found, expected = theta(old), theta(merged)
    assert sorted(found.index) == sorted(expected.index)
    for sector in found.index:
        assert found[sector] == pytest.approx(expected[sector], rel=1e-5)
    assert 8.28 < found["MIN"] < 10.8923


def test_every_elasticity_has_a_source():
    with data_file("elasticities.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert all(row["source"] for row in rows)
    for name in tumen.list_worlds():
        sectors = set(tumen.load_world(name).sectors)
        for chosen in list_elasticities():
            listed = {r["sector"] for r in rows if (r["world"], r["set"]) == (name, chosen)}
            assert listed == sectors


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"elasticities": "fontagne"},
            "unknown elasticities 'fontagne'; did you mean fontagne2022",
        ),
        ({"elasticities": "uniform-0"}, "'uniform-0': the number must be above zero"),
        ({"elasticities": "uniform-x"}, "unknown elasticities 'uniform-x'; did you mean uniform-5"),
        ({"floor": 0.0}, "floor must be a number above zero, not 0.0"),
        ({"floor": float("nan")}, "floor must be a number above zero"),
        ({"name": "tumen31"}, "unknown world 'tumen31'; did you mean tumen-31"),
        ({"name": "elsewhere.nc"}, "elsewhere.nc: there is no such file"),
    ],
)
def test_unknown_names_are_answered_with_the_nearest(arguments, words):
    with pytest.raises(tumen.WorldError) as caught:
        tumen.load_world(**arguments)
    assert words in str(caught.value)


# --- files and pages -------------------------------------------------------------------------


def test_the_same_arguments_give_the_same_object(world):
    assert tumen.load_world() is world
    floored = tumen.load_world("tumen-31", floor=3)
    assert tumen.load_world("tumen-31", None, 3.0) is floored
    assert floored is not world


def test_a_file_keeps_its_own_elasticities_unless_one_is_named(world, tmp_path):
    place = tmp_path / "mine.nc"
    world.replace(trade_elasticity=3.0).save(place)
    own = tumen.load_world(place)
    assert (theta(own) == 3.0).all()
    assert own.dataset.attrs["elasticities"] == "own"
    named = tumen.load_world(str(place), "caliendo-parro2015", 2.0)
    assert theta(named)["PET"] == 64.85
    strange = world.aggregate({}, {"AGR": "LAND"})
    strange.save(place)
    with pytest.raises(tumen.WorldError, match="'fontagne2022' are not known for the sectors of"):
        tumen.load_world(place, "fontagne2022")
    assert (theta(tumen.load_world(place, "uniform-4")) == 4.0).all()


def test_pages_say_what_the_world_holds(world, old):
    page = world_page("tumen-31")
    for word in ("106.28 trillion", "30.79 billion", "2023.1", "Etalab", "CC BY 4.0", "assumed"):
        assert word in page
    for code in (*world.sectors, "EUR", "EFT", "CAC", "GCC", "ASH", "ROW"):
        assert f"`{code}`" in page
    page = world_page("wiod-2011-20")
    for word in ("69.28 trillion", "2011.1", "Timmer", "Croatia"):
        assert word in page
    assert f"`MIN` {theta(old)['MIN']:.2f}" in page
    with pytest.raises(tumen.WorldError, match="unknown world 'tumen'; did you mean tumen-31"):
        world_page("tumen")


# --- against the tables they were made from --------------------------------------------------


@needs_benchmark
def test_flows_are_those_of_the_benchmark(world):
    arrays = np.load(BENCHMARK / "benchmark_cp.npz")
    assert world.regions == list(arrays["regions"])
    flow = world.trade_flow.values
    np.testing.assert_allclose(flow, arrays["trade"].transpose(2, 0, 1), rtol=1e-12, atol=1e-6)
    np.testing.assert_allclose(world.gross_output.values, arrays["output"], rtol=1e-11)
    np.testing.assert_allclose(world.dataset["transfer"].values, arrays["deficit"], atol=1e-3)
    uses = world.dataset["input_share"] * world.gross_output
    uses = uses.transpose("input", "region", "sector").values
    np.testing.assert_allclose(uses, arrays["io_use"], rtol=1e-10, atol=1e-6)
    final = (world.dataset["final_share"] * world.income).transpose("sector", "region").values
    np.testing.assert_allclose(final, arrays["final_use"], rtol=1e-10, atol=1e-6)
    published = json.loads((BENCHMARK / "checks.json").read_text())
    assert float(world.dataset["value_added"].sum()) / 1e6 == pytest.approx(
        published["world_gdp_tn"], rel=1e-12
    )


@needs_benchmark
def test_the_world_of_2011_is_the_recorded_table(old):
    def table(name, *columns):
        with (BENCHMARK / "real_wiod2011_20x17" / name).open(newline="") as stream:
            return {
                tuple(row[c] for c in columns): float(row["value"])
                for row in csv.DictReader(stream)
            }

    output = table("output.csv", "region", "sector")
    added = table("value_added.csv", "region", "sector")
    made = old.gross_output.stack(cell=("region", "sector")).to_series()
    assert {cell: pytest.approx(value, rel=1e-11) for cell, value in output.items()} == dict(made)
    earned = (old.dataset["value_added_share"] * old.gross_output).transpose("region", "sector")
    earned = earned.stack(cell=("region", "sector")).to_series()
    for cell, value in added.items():
        assert earned[cell] == pytest.approx(value, rel=1e-10)
    final = table("final.csv", "origin", "origin_sector", "dest")
    spent = sum(value for (_, _, dest), value in final.items() if dest == "RUS")
    assert float(old.income.sel(region="RUS")) == pytest.approx(spent, rel=1e-11)


@needs_benchmark
def test_the_tool_rebuilds_what_the_package_carries(world, old):
    place = Path(__file__).resolve().parents[1] / "tools" / "embed_worlds.py"
    spec = importlib.util.spec_from_file_location("embed_worlds", place)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    made = tool.world_2023(BENCHMARK)
    assert made.digest == world.digest
    again = tool.world_2011(BENCHMARK).replace(trade_elasticity=old.dataset["trade_elasticity"])
    assert again.digest == old.digest
    for each, carried in ((made, world), (again, old)):
        for name in ("region_name", "region_members", "sector_name", "goods"):
            found, kept = each.dataset[name], carried.dataset[name]
            assert found.values.tolist() == kept.values.tolist()
    with data_file("elasticities.csv").open(encoding="utf-8", newline="") as stream:
        kept = list(csv.DictReader(stream))
    # Standard errors are added by a tool of their own.
    bare = [{key: row[key] for key in row if not key.startswith("standard")} for row in kept]
    assert tool.elasticity_rows(BENCHMARK, made) == bare
