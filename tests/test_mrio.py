"""Multi-region input-output tables become worlds; damaged ones are refused by name."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import tumen
from tumen.sources.mrio import InputOutputTable, closed

SHARED = Path(__file__).resolve().parents[2] / "shared"
TABLES = SHARED / "mrio" / "wiod2013"
needs_tables = pytest.mark.skipif(not TABLES.is_dir(), reason=f"{TABLES} is not here")

FINALS = ("household_consumption", "inventory_change")


def small_frame():
    """Two economies, two industries, drawn stocks larger than consumption in one cell."""
    labels = [f"{region}_{sector}" for region in ("ROM", "RoW") for sector in ("c1", "c17")]
    uses = np.array([[10, 5, 2, 0], [4, 8, 0, 1], [3, 0, 20, 6], [0, 2, 5, 30]])
    final = np.array([[40, -2, 5, 0], [20, 0, 0, 0], [1, -6, 70, 4], [0, 0, 55, 3]])
    output = uses.sum(1) + final.sum(1)
    columns = labels + [f"{region}_{kind}" for region in ("ROM", "RoW") for kind in FINALS]
    frame = pd.DataFrame(np.hstack([uses, final]), index=labels, columns=columns)
    frame["output"] = output
    return frame


@pytest.fixture
def path(tmp_path):
    place = tmp_path / "wiot_2003.parquet"
    small_frame().to_parquet(place)
    return place


def test_a_small_table_by_hand(path):
    world = tumen.read_mrio(path)
    assert world.regions == ["ROU", "RoW"]
    assert world.sectors == ["c1", "c17"]
    assert int(world.dataset.attrs["year"]) == 2003
    assert list(world.dataset["goods"].values) == [True, False]
    assert str(world.dataset["region_name"].sel(region="ROU").item()) == "Romania"
    # Stocks offset consumption first; what is left below zero (1 - 6 = -5) becomes zero, and
    # output is what these final uses need with the table's own input coefficients.
    frame = small_frame()
    uses, output = frame.to_numpy(float)[:, :4], frame["output"].to_numpy(float)
    final = np.array([[38, 5], [20, 0], [0, 74], [0, 58]], dtype=float)
    needed = np.linalg.solve(np.eye(4) - uses / output, final.sum(1))
    np.testing.assert_allclose(world.gross_output.values.ravel(), needed, rtol=1e-12)
    scaled = uses / output * needed
    added = (needed - scaled.sum(0)).reshape(2, 2)
    np.testing.assert_allclose(world.dataset["value_added"], added.sum(1), rtol=1e-12)
    sold = scaled[2].reshape(2, 2).sum(1) + final[2]  # RoW's c1, to each economy
    flow = world.trade_flow.sel(exporter="RoW", sector="c1")
    np.testing.assert_allclose(flow, sold, rtol=1e-12)
    np.testing.assert_allclose(world.income, final.sum(0), rtol=1e-12)
    share = world.dataset["input_share"].sel(region="ROU", sector="c17", input="c1")
    assert float(share) == pytest.approx((5 + 0) / output[1], rel=1e-12)
    assert float(abs(world.dataset["tariff"]).max()) == 0
    assert "1 negative cells of final use (-5 million USD)" in world.dataset.attrs["balanced"]


def test_elasticities(path):
    world = tumen.read_mrio(path)
    assert (world.dataset["trade_elasticity"] == 5).all()
    assert world.dataset.attrs["elasticities"] == "uniform-5"
    named = tumen.read_mrio(path, trade_elasticity={"c17": 3.0, "c1": 7.0})
    assert named.dataset["trade_elasticity"].values.tolist() == [7.0, 3.0]
    array = xr.DataArray([3.0, 7.0], {"sector": ["c17", "c1"]}, ("sector",))
    assert tumen.read_mrio(path, trade_elasticity=array).digest == named.digest
    with pytest.raises(tumen.WorldError, match="no value for sector c17"):
        tumen.read_mrio(path, trade_elasticity={"c1": 7.0})
    with pytest.raises(tumen.WorldError, match="unknown sector 'c2'; did you mean"):
        tumen.read_mrio(path, trade_elasticity={"c1": 7.0, "c17": 3.0, "c2": 1.0})
    with pytest.raises(tumen.WorldError, match="trade_elasticity is not above zero"):
        tumen.read_mrio(path, trade_elasticity=-1.0)


def test_folders_and_years(path):
    assert tumen.read_mrio(path.parent, year=2003).digest == tumen.read_mrio(path).digest
    with pytest.raises(tumen.WorldError, match="state a year; the folder holds 2003"):
        tumen.read_mrio(path.parent)
    with pytest.raises(tumen.WorldError, match="there is no year 1999; the folder holds 2003"):
        tumen.read_mrio(path.parent, year=1999)
    with pytest.raises(tumen.WorldError, match="the file is of 2003, not of 1999"):
        tumen.read_mrio(path, year=1999)
    other = path.rename(path.with_name("table.parquet"))
    with pytest.raises(tumen.WorldError, match="does not tell the year; pass year="):
        tumen.read_mrio(other)
    assert int(tumen.read_mrio(other, year=1998).dataset.attrs["year"]) == 1998
    with pytest.raises(tumen.WorldError, match=r"named like wiot_2011\.parquet"):
        tumen.read_mrio(path.parent, year=2003)
    with pytest.raises(tumen.WorldError, match="there is no such file"):
        tumen.read_mrio(path)


def test_unknown_kinds_list_the_supported_ones(path):
    with pytest.raises(tumen.WorldError, match="of kind 'eora'; supported kinds: wiod"):
        tumen.read_mrio(path, kind="eora")


def damaged(frame, path):
    frame.to_parquet(path)
    with pytest.raises(tumen.WorldError) as caught:
        tumen.read_mrio(path)
    return str(caught.value)


def test_damaged_tables_are_refused_by_name(path):
    frame = small_frame()
    assert "rows are not labelled like DEU_c15" in damaged(frame.reset_index(drop=True), path)
    assert "in the order of the rows" in damaged(frame.drop(columns="output"), path)
    assert "in the order of the rows" in damaged(frame.iloc[[1, 0, 2, 3]], path)
    names = dict(zip(frame.columns[4:8], frame.columns[[6, 7, 4, 5]], strict=True))
    assert "final uses do not follow the economies" in damaged(frame.rename(columns=names), path)
    holes = frame.astype(float)
    holes.iloc[1, 1] = np.nan
    assert "intermediate of the wiod table of 2003 has empty cells" in damaged(holes, path)
    costly = frame.copy()
    costly.iloc[:, 1] *= 10
    assert "ROU c17 buys more inputs than its output is worth" in damaged(costly, path)
    negative = frame.copy()
    negative.iloc[0, 0] = -1
    assert "has negative uses or output" in damaged(negative, path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(tumen.WorldError, match=r"wiot_2003\.parquet: not a readable Parquet file"):
        tumen.read_mrio(path)


def test_a_sector_that_sells_nothing_stays_idle():
    uses = np.zeros((1, 2, 1, 2))
    uses[0, 0, 0, 0] = 20.0
    table = InputOutputTable(
        kind="any",
        year=2000,
        regions=("A",),
        sectors=("x", "y"),
        region_names=("A",),
        sector_names=("x", "y"),
        region_members=("A",),
        goods=(True, True),
        intermediate=uses,
        final=np.array([[[80.0], [0.0]]]),
        output=np.array([[100.0, 0.0]]),
        title="",
        source="",
        licence="",
    )
    again, repair = closed(table)
    assert again.output.tolist() == [[100.0, 0.0]]
    assert repair.negative_cells == 0
    assert repair.largest_gap == 0


# --- the published tables --------------------------------------------------------------------


@needs_tables
def test_the_table_of_2011():
    world = tumen.read_mrio(TABLES, year=2011)
    data = world.dataset
    assert (len(world.regions), len(world.sectors)) == (41, 35)
    assert world.regions[-1] == "RoW"
    assert "ROU" in world.regions
    # The packager's totals: final uses 69,268,600 million; rounding and stocks move 0.1 %.
    assert float(data["value_added"].sum()) == pytest.approx(69_268_600, rel=1e-3)
    assert float(world.gross_output.sum()) == pytest.approx(141_767_904, rel=1e-3)
    assert abs(float(data["transfer"].sum())) < 1e-4
    assert world.check == "refuse"


@needs_tables
def test_merged_it_is_the_recorded_world_of_2011():
    """Another hand aggregated an unrounded copy of the same table to 20 economies, 17 sectors."""
    old = tumen.load_world("wiod-2011-20")
    world = tumen.read_mrio(TABLES, year=2011)
    groups = {c: label for label, listed in old.members.items() for c in listed if c != "RoW"}
    industries = {
        "AGR": [1], "MIN": [2], "FOD": [3], "TEX": [4, 5], "WPP": [6, 7], "PET": [8],
        "CHM": [9, 10], "NMM": [11], "MET": [12], "MCH": [13], "ELE": [14], "TRE": [15],
        "OMF": [16], "ELY": [17], "CON": [18], "TRN": [23, 24, 25, 26],
        "SRV": [19, 20, 21, 22, *range(27, 36)],
    }  # fmt: skip
    sectors = {f"c{i}": label for label, listed in industries.items() for i in listed}
    merged = world.aggregate(groups, sectors)
    assert sorted(merged.regions) == sorted(old.regions)
    for name in ("gross_output", "income"):
        mine = getattr(merged, name).reindex_like(getattr(old, name))
        size = getattr(old, name)
        assert float((abs(mine - size) / size).max()) < 0.02
        assert float(abs(mine - size).sum() / size.sum()) < 2e-3
    flow = merged.trade_flow.reindex_like(old.trade_flow)
    assert float(abs(flow - old.trade_flow).sum() / old.trade_flow.sum()) < 4e-3


@needs_tables
@pytest.mark.slow
@pytest.mark.parametrize("year", [1995, 2000, 2005, 2007, 2008, 2009, 2010])
def test_every_year_is_consistent(year):
    world = tumen.read_mrio(TABLES, year=year)
    assert (len(world.regions), len(world.sectors)) == (41, 35)
    assert tumen.solve(world).evaluations == 1
