"""Worlds survive a round trip through NetCDF; files that are damaged or edited are refused."""

import errno
import os

import numpy as np
import pytest
import xarray as xr

import tumen
from tumen.vocabulary import OPTIONAL, WORLD
from tumen.world.files import load
from worlds import random_dataset


@pytest.fixture
def world():
    data = random_dataset(np.random.default_rng(6), 4, 3, zeros=0.3)
    data = data.isel(importer=[1, 3, 0, 2], input=[2, 0, 1]).assign_coords(
        region_name=("region", ["Kai", "Erle", "Moor – ödes", "東"]),
        region_members=("region", ["AAA BBB", "", "CCC", "DDD"]),
        goods=("sector", [True, False, True]),
    )
    flag = xr.zeros_like(data["expenditure"], dtype=bool)
    flag[2, 1] = True
    data = data.assign(placeholder=flag, capital_share=("region", [0.3, 0.4, 0.35, 0.25]))
    data.attrs |= {"name": "small", "title": "A small world", "year": 2020, "sources": "drawn"}
    return tumen.World(data)


@pytest.fixture
def path(world, tmp_path):
    place = tmp_path / "small.nc"
    world.save(place)
    return place


def test_round_trip(world, path):
    again = load(path)
    assert again.digest == world.digest
    assert again.version == world.version
    for name in (*world.dataset.data_vars, *world.dataset.coords):
        mine, other = world.dataset[name], again.dataset[name]
        assert mine.dims == other.dims
        assert mine.values.tolist() == other.values.tolist()
    assert set(world.dataset.coords) == set(again.dataset.coords)
    assert again.members == world.members
    assert again.dataset["placeholder"].dtype == bool
    assert again.dataset["goods"].dtype == bool
    for name, value in world.dataset.attrs.items():
        assert again.dataset.attrs[name] == value


def test_other_programs_find_units_and_provenance(path, world):
    with xr.open_dataset(path) as opened:
        assert opened["expenditure"].attrs["units"] == WORLD["expenditure"].unit
        assert opened["capital_share"].attrs["long_name"] == OPTIONAL["capital_share"].meaning
        assert opened.attrs["digest"] == world.digest
        assert opened.attrs["version"] == world.version
        assert opened.attrs["sources"] == "drawn"


def test_saving_leaves_the_world_alone_and_replaces_the_file(world, path):
    assert "digest" not in world.dataset.attrs
    dearer = world.replace(trade_elasticity=3.0)
    dearer.save(path)
    assert load(path).digest == dearer.digest
    assert [place.name for place in path.parent.iterdir()] == ["small.nc"]


def test_missing_file(tmp_path):
    with pytest.raises(tumen.WorldError, match=r"none\.nc: there is no such file"):
        load(tmp_path / "none.nc")
    with pytest.raises(tumen.WorldError, match="there is no such file"):
        load(tmp_path)


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_truncated_file(path, part):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(tumen.WorldError, match=r"small\.nc: .*(truncated|digest|no variable)"):
        load(path)


def test_not_a_netcdf_file(path):
    path.write_text("region,value\n")
    with pytest.raises(tumen.WorldError, match=r"small\.nc: not a readable NetCDF file"):
        load(path)


def edited(path, change):
    """Rewrite the file with its data changed, its attributes as they were."""
    with xr.open_dataset(path, engine="h5netcdf") as opened:
        data = opened.load()
    change(data).to_netcdf(path, engine="h5netcdf")


def test_edited_numbers_are_noticed(path):
    # Elasticities enter no identity: only the digest can tell.
    edited(path, lambda d: d.assign(trade_elasticity=d["trade_elasticity"] + 0.25))
    with pytest.raises(tumen.WorldError, match=r"small\.nc: the numbers differ from the digest"):
        load(path)
    edited(path, lambda d: d.drop_attrs(deep=False))
    assert load(path).dataset["trade_elasticity"].size == 3


def test_edited_flags_are_noticed(path):
    edited(path, lambda d: d.assign(placeholder=~d["placeholder"]))
    with pytest.raises(tumen.WorldError, match="the numbers differ from the digest"):
        load(path)


def test_a_broken_identity_names_file_and_cells(path):
    def change(data):
        data["value_added"].loc["Moor"] *= 1.01
        return data

    edited(path, change)
    with pytest.raises(tumen.WorldError, match=r"small\.nc: .* value added differs .* region Moor"):
        load(path)
    with (
        pytest.warns(tumen.WorldWarning, match="region Moor"),
        pytest.raises(tumen.WorldError, match="digest"),
    ):
        load(path, check="warn")


def test_a_missing_variable_is_named(path):
    edited(path, lambda d: d.drop_vars("final_share"))
    with pytest.raises(
        tumen.WorldError, match=r"small\.nc: the world has no variable 'final_share'"
    ):
        load(path)


def test_a_file_of_another_program_needs_no_stamp(world, tmp_path):
    place = tmp_path / "bare.nc"
    bare = world.dataset.reset_coords(["region_name", "region_members"]).drop_attrs(deep=False)
    bare.to_netcdf(place, engine="h5netcdf")
    found = load(place)
    assert found.digest == world.digest
    assert found.members == world.members


def test_failed_writes_keep_the_old_file(world, path, monkeypatch):
    old = path.read_bytes()

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(tumen.OutputError, match=r"small\.nc: could not be written \(no space left"):
        world.replace(trade_elasticity=2.0).save(path)
    assert path.read_bytes() == old
    assert [place.name for place in path.parent.iterdir()] == ["small.nc"]


def test_attributes_netcdf_cannot_hold_are_written_as_text(world, tmp_path):
    data = world.dataset.assign_attrs(nested={"a": 1}, nothing=None, flag=True, numbers=[1, 2])
    place = tmp_path / "odd.nc"
    tumen.World(data).save(place)
    attrs = load(place).dataset.attrs
    assert attrs["nested"] == "{'a': 1}"
    assert attrs["nothing"] == "None"
    assert attrs["flag"] == "True"
    assert list(attrs["numbers"]) == [1, 2]
