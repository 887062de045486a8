"""Exports carry every number and the stamp, and a failure writes nothing."""

import errno
import io
import os

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr

import tumen
import worlds
from tumen.results import workbook
from tumen.vocabulary import FIRST_ORDER, RESULT

FORMULA = "=1+1"  # a label that Excel must not compute
SHOCKS = (
    tumen.Tariff("Quay", "Alder", rate=0.3),
    tumen.Embargo("Moor", "Quay", "tools"),
    tumen.Transfer("Alder", "Moor", value=25.0),
)
KINDS = {"nc": "to_netcdf", "parquet": "to_parquet", "xlsx": "to_excel"}


@pytest.fixture(scope="module")
def result() -> tumen.Result:
    data = worlds.three_by_two().dataset
    names = ("region", ["Quay Islands", FORMULA, "Moor"])
    data = data.assign_coords(region_name=names)
    data.attrs |= {"name": "three by two", "version": "7"}
    return tumen.solve(tumen.World(data), SHOCKS)


def sheet(content: bytes | str, name: str) -> pd.DataFrame:
    return pd.read_excel(content, sheet_name=name, engine="openpyxl")


def test_netcdf_brings_back_every_number(result, tmp_path):
    path = tmp_path / "result.nc"
    result.to_netcdf(path)
    with xr.open_dataset(path, engine="h5netcdf") as back:
        xr.testing.assert_identical(back.drop_attrs().load(), result.to_dataset().drop_attrs())
        for name, variable in RESULT.items():
            assert back[name].dims == variable.dims
            assert back[name].attrs["units"] == variable.unit
        assert back["first_order_total"].attrs["note"] == "first order, not exact"
        for key, value in result.stamp.items():
            assert back.attrs[key] == value
        assert back.attrs["shocks"].splitlines() == [
            "Import tariff: importer Quay; exporter Alder; rate 0.3",
            "Embargo: importer Moor; exporter Quay; sector tools; share 1",
            "Transfer in million USD: source Alder; destination Moor; value 25",
        ]


def test_parquet_brings_back_every_number(result, tmp_path):
    path = tmp_path / "result.parquet"
    result.to_parquet(path)
    long = pd.read_parquet(path)
    assert list(long) == ["variable", "region", "importer", "exporter", "sector", "value", "unit"]
    data = result.to_dataset()
    assert set(long["variable"]) == set(data.data_vars)
    assert len(long) == sum(array.size for array in data.data_vars.values())
    for name, array in data.items():
        part = long[long["variable"] == name]
        dims = list(map(str, array.dims))
        assert part.drop(columns=["variable", "value", "unit", *dims]).isna().all(axis=None)
        assert set(part["unit"]) == {array.attrs["units"]}
        back = part.astype(dict.fromkeys(dims, str)).set_index(dims)["value"].to_xarray()
        np.testing.assert_array_equal(back.sel(array.indexes), array)


def test_parquet_is_stamped_for_arrow_and_for_pandas(result, tmp_path):
    path = tmp_path / "result.parquet"
    result.to_parquet(path)
    metadata = pq.read_schema(path).metadata
    attrs = pd.read_parquet(path).attrs
    for key, value in result.stamp.items():
        assert metadata[key.encode()].decode() == str(value)
        assert attrs[key] == value
    assert result.stamp["status"] == "converged"
    assert metadata[b"shocks"].decode().startswith("Import tariff: importer Quay")


def test_a_full_ban_has_no_first_order_value_in_any_file(result, tmp_path):
    """Moor pays for the ban on its purchases, so the number is missing there and only there."""
    for ending, method in KINDS.items():
        getattr(result, method)(tmp_path / f"result.{ending}")
    assert np.isnan(result.first_order["total"].sel(region="Moor"))
    schema = pq.read_table(tmp_path / "result.parquet").to_pandas()
    wanted = (schema["variable"] == "first_order_total") & (schema["region"] == "Moor")
    assert schema[wanted]["value"].isna().all()
    assert pq.read_table(tmp_path / "result.parquet")["value"].null_count == 2
    regions = sheet(tmp_path / "result.xlsx", "Regions").set_index("Region")
    missing = regions["First order: total, per cent"].isna()
    assert list(missing[missing].index) == ["Moor"]


def test_excel_brings_back_every_number(result, tmp_path):
    path = tmp_path / "result.xlsx"
    result.to_excel(path)
    regions = sheet(path, "Regions").set_index("Region")
    sectors = sheet(path, "Sectors").set_index(["Region", "Sector"])
    for name, variable in RESULT.items():
        if variable.dims == ("importer", "exporter", "sector"):
            continue
        table = regions if variable.dims == ("region",) else sectors
        values = table[workbook.headed(variable)].to_numpy()
        np.testing.assert_allclose(values, getattr(result, name).values.ravel(), rtol=1e-14)
    for name, variable in FIRST_ORDER.items():
        values = regions[workbook.headed(variable, "First order: ")].to_numpy()
        np.testing.assert_allclose(values, result.first_order[name], rtol=1e-14)
    trade = sheet(path, "Trade").set_index(["Destination", "Origin", "Sector"])
    flow, base = result.trade_flow, result.world.trade_flow
    for where, row in trade.iterrows():
        cell = dict(zip(flow.dims, where, strict=True))
        assert row.iloc[0] == pytest.approx(float(base.sel(cell)), rel=1e-14)
        assert row.iloc[1] == pytest.approx(float(flow.sel(cell)), rel=1e-14)
    assert len(trade) == int(((flow != 0) | (base != 0)).sum())
    banned = trade.loc[("Moor", "Quay", "tools")]
    assert banned.iloc[0] > 0
    assert banned.iloc[1] == 0


def test_excel_leaves_out_trade_that_is_zero_before_and_after():
    data = worlds.random_dataset(np.random.default_rng(5), 4, 3, zeros=0.5)
    solved = tumen.solve(tumen.World(data), [tumen.Productivity("Moor", factor=1.1)])
    trade = sheet(io.BytesIO(workbook.excel_bytes(solved)), "Trade")
    assert 0 < len(trade) == int((solved.trade_flow != 0).sum()) < solved.trade_flow.size


def test_excel_says_what_it_holds_and_opens_well(result, tmp_path):
    path = tmp_path / "result.xlsx"
    result.to_excel(path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Read me", "Regions", "Sectors", "Trade"]
    assert book.active.title == "Read me"
    read_me = [[cell.value for cell in row] for row in book["Read me"].iter_rows()]
    stamp = {row[0]: row[1] for row in read_me}
    for key, value in result.stamp.items():
        shown = f"{value:.3g}" if isinstance(value, float) else str(value)
        assert stamp.get(key) == (shown or None)
    assert stamp["shock 3"] == "Transfer in million USD: source Alder; destination Moor; value 25"
    explained = {row[0] for row in read_me if row[3]}
    for name in book.sheetnames[1:]:
        page = book[name]
        headers = [cell.value for cell in page[1]]
        assert {header for header in headers if "," in header} <= explained
        assert page.freeze_panes is not None
        assert page.freeze_panes.endswith("2")
        assert page.auto_filter.ref == page.dimensions
        assert all(page.column_dimensions[column].width >= 12 for column in ("A", "B", "C"))
        assert all(cell.number_format != "General" for cell in page[2] if cell.data_type == "n")
    assert {"Origin", "Destination"} <= {cell.value for cell in book["Trade"][1]}
    cell = book["Regions"]["B3"]
    assert (cell.value, cell.data_type) == (FORMULA, "s")


@pytest.mark.parametrize("ending", KINDS)
def test_a_result_that_did_not_converge_writes_nothing(tmp_path, ending):
    failed = tumen.solve(worlds.three_by_two(), SHOCKS, throw=False, max_maps=2)
    assert failed.status == "stalled"
    path = tmp_path / f"result.{ending}"
    path.write_bytes(b"old")
    for place in (path, tmp_path / f"new.{ending}"):
        with pytest.raises(tumen.SolveError, match="stalled"):
            getattr(failed, KINDS[ending])(place)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("ending", KINDS)
def test_a_full_disk_leaves_the_old_file(result, tmp_path, monkeypatch, ending):
    path = tmp_path / f"result.{ending}"
    path.write_bytes(b"old")

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(tumen.OutputError, match=f"result.{ending}: .*free some space"):
        getattr(result, KINDS[ending])(path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == b"old"


def test_a_sheet_that_excel_could_not_open_is_refused(result, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "ROWS_IN_A_SHEET", 10)
    with pytest.raises(tumen.OutputError, match="Trade has 18; use to_parquet"):
        result.to_excel(tmp_path / "result.xlsx")
    assert not list(tmp_path.iterdir())
