"""Figures of the embedded world that an independent solver found; a change here needs a reason."""

from __future__ import annotations

import pytest

import tumen
from cases import write_case

WEST = "west"


@pytest.fixture(scope="module")
def world() -> tumen.World:
    return tumen.load_world("tumen-31")


def loss(result: tumen.Result, region: str) -> float:
    """Loss of the benchmark against the solved world, per cent."""
    return 100 * (1 - 1 / (1 + float(result.real_income.sel(region=region)) / 100))


def weights(world: tumen.World, factor: float):
    """The cost change with the effect of a factor on trade weights."""
    return factor ** (-1 / world.dataset["trade_elasticity"])


@pytest.mark.parametrize(
    ("value", "closure", "gain"),
    [
        (1000, "fixed", 3.01),
        (1000, "proportional", 3.46),
        (1000, "zero", 3.90),
        (3000, "fixed", 8.56),
    ],
)
def test_money_from_russia_to_north_korea(world, value, closure, gain):
    result = tumen.solve(world, [tumen.Transfer("RUS", "PRK", value=value)], closure)
    assert round(float(result.real_income.sel(region="PRK")), 2) == gain


def test_trebled_trade_with_russia(world):
    thrice = weights(world, 3.0)
    shocks = [
        tumen.TradeCost("PRK", "RUS", factor=thrice),
        tumen.TradeCost("RUS", "PRK", factor=thrice),
    ]
    assert round(float(tumen.solve(world, shocks).real_income.sel(region="PRK")), 3) == 0.061


@pytest.mark.parametrize(
    ("closure", "lost"), [("fixed", 1.60), ("proportional", 1.32), ("zero", 1.33)]
)
def test_loss_from_western_wedges(world, closure, lost):
    shocks = [
        tumen.TradeCost("RUS", WEST, factor=weights(world, 1 / 0.41)),
        tumen.TradeCost(WEST, "RUS", factor=weights(world, 1 / 0.25)),
    ]
    assert round(loss(tumen.solve(world, shocks, closure), "RUS"), 2) == lost


def test_full_embargo_has_little_left_to_ban(world):
    result = tumen.solve(world, [tumen.Embargo("RUS", WEST), tumen.Embargo(WEST, "RUS")])
    assert round(-float(result.real_income.sel(region="RUS")), 2) == 0.88


def test_the_west_is_thirteen_senders(world):
    result = tumen.solve(world, [tumen.Embargo("RUS", WEST)])
    shut = result.trade_flow.sel(importer="RUS").sum("sector") == 0
    closed = {str(region) for region in shut["exporter"].values if bool(shut.sel(exporter=region))}
    assert closed == {
        "USA",
        "CAN",
        "GBR",
        "DEU",
        "FRA",
        "ITA",
        "POL",
        "EUR",
        "JPN",
        "KOR",
        "TWN",
        "AUS",
        "EFT",
    }


def test_a_world_file_with_a_broken_identity_is_refused(tmp_path):
    """Through the case that names it: file, what is broken, where, and what to do."""
    import xarray as xr

    path = write_case(tmp_path)
    with xr.open_dataset(tmp_path / "world.nc", engine="h5netcdf") as opened:
        data = opened.load()
    del data.attrs["digest"]
    data["value_added"] = data["value_added"] * [1.0, 1.01, 1.0]
    data.to_netcdf(tmp_path / "world.nc", engine="h5netcdf")
    with pytest.raises(tumen.ScenarioError, match=r"world\.nc.*Alder.*balance"):
        tumen.run(path)
