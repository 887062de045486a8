"""Standard errors of the trade elasticities: from where, and combined how."""

from __future__ import annotations

import csv
import importlib.util
import math
import sys
from pathlib import Path

import numpy as np
import pytest

import tumen
from tumen.world.embedded import data_file, elasticity_errors, list_elasticities
from worlds import random_world

PLACE = Path(__file__).resolve().parents[1] / "tools" / "elasticity_errors.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("elasticity_errors", PLACE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # a dataclass looks its module up there
    spec.loader.exec_module(module)
    return module


def rows():
    with data_file("elasticities.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def errors(name, world="tumen-31"):
    return elasticity_errors(name, tumen.load_world(world)).to_series()


@pytest.mark.parametrize("world", ["tumen-31", "wiod-2011-20"])
@pytest.mark.parametrize("name", list_elasticities())
def test_every_value_has_an_error_and_its_source(world, name):
    found = elasticity_errors(name, tumen.load_world(world))
    assert found.dims == ("sector",)
    assert found["sector"].values.tolist() == tumen.load_world(world).sectors
    assert (found > 0).all()
    assert all(row["standard_error_source"] for row in rows())


def test_means_of_products_have_the_spread_over_the_root_of_their_number():
    """Textiles, clothing and leather: three products, read from the published table."""
    products = np.array([6.0372934, 3.838171, 5.994405])
    spread = math.sqrt(((products - products.mean()) ** 2).sum() / 2)
    assert errors("fontagne2022")["TEX"] == pytest.approx(spread / math.sqrt(3), rel=1e-3)
    pair = abs(8.980652 - 7.983238) / 2  # sd / sqrt(2) of two products is half their distance
    assert errors("fontagne2022")["TRE"] == pytest.approx(pair, rel=1e-3)


def test_single_products_and_assumed_values_have_one_coefficient_of_variation():
    found = errors("fontagne2022")
    value = tumen.load_world("tumen-31").dataset["trade_elasticity"].to_series()
    single = ["FSH", "OGS", "MIN", "PET", "NMM", "MCH", "OMF", "ELY", "CON", "TRN", "SRV"]
    ratios = (found / value)[single]
    assert ratios.max() - ratios.min() < 5e-4
    assert found["COA"] == found["MIN"]
    stated = {row["sector"]: row["standard_error_source"] for row in rows()[:20]}
    assert all(f"{ratios.mean():.3f}" in stated[sector] for sector in single)


def test_published_errors_are_those_of_the_table_and_combine_as_independent():
    full = errors("caliendo-parro2015-full")
    assert (full["AGR"], full["FSH"], full["PET"], full["OMF"]) == (1.86, 1.86, 18.05, 0.92)
    assert full["CHM"] == pytest.approx(math.hypot(1.77, 1.41) / 2, rel=1e-3)
    assert full["ELE"] == pytest.approx(math.hypot(2.14, 1.38, 1.72, 1.25) / 4, rel=1e-3)
    most = errors("caliendo-parro2015")
    assert (most["FOD"], most["MCH"]) == (0.61, 2.8)
    assert most["WPP"] == pytest.approx(math.hypot(2.87, 2.65) / 2, rel=1e-3)
    # Vehicles: a mean stands in place of the estimate there, and has no error of its own.
    assert most["TRE"] == pytest.approx(8.22 * most["ELY"] / 5, rel=1e-3)
    assert full["TRE"] == pytest.approx(math.hypot(0.80, 1.08) / 2, rel=1e-3)


def test_an_estimate_that_merged_sectors_share_counts_once():
    full, old = errors("caliendo-parro2015-full"), errors("caliendo-parro2015-full", "wiod-2011-20")
    assert old["MIN"] == full["MIN"] == full["COA"]
    # Two estimates: less than the weighted sum of the errors, more than either part of it.
    new, merged = errors("fontagne2022"), errors("fontagne2022", "wiod-2011-20")
    assert merged["AGR"] < new["AGR"]
    assert merged["AGR"] > 0.9 * new["AGR"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("uniform-5", "'uniform-5' are one assumed number and have no standard errors"),
        ("fontagne", "unknown elasticities 'fontagne'; did you mean fontagne2022"),
    ],
)
def test_sets_without_errors_are_refused(name, words):
    with pytest.raises(tumen.WorldError) as caught:
        elasticity_errors(name, tumen.load_world())
    assert words in str(caught.value)


def test_other_sectors_have_none():
    world = random_world(np.random.default_rng(1), 3, 2)
    with pytest.raises(tumen.WorldError, match="not known for the sectors"):
        elasticity_errors("fontagne2022", world)


def test_error_of_a_weighted_sum(tool):
    errors = {"a": 3.0, "b": 4.0}
    assert tool.error_of({"a": 1.0, "b": 1.0}, errors) == pytest.approx(5)
    assert tool.error_of({"a": 0.5}, errors) == pytest.approx(1.5)
    # Sums over sums: the value next to nought, 0.4 with an error of 1.1, moves it little.
    assert tool.pooled([(10.0, 2.0), (0.4, 1.1)]) == pytest.approx(3.1 / 10.4)


def test_the_recalled_table_agrees_with_the_replication_files(tool, shared):
    """The values of the 99 per cent sample stand there, but for the two that a mean replaces."""
    text = (shared / "mrio/cp2015_1993/T.txt").read_text(encoding="utf-8")
    known = [float(line) for line in text.split()]
    recalled = [float(row["sample99"]) for row in tool.read(tool.TABLE)]
    differ = [at for at, pair in enumerate(zip(known, recalled, strict=True)) if pair[0] != pair[1]]
    assert differ == [17, 18]
    assert known[17] == known[18] == 8.22


def test_the_tool_makes_what_the_package_carries(tool, shared):
    kept = rows()
    bare = [
        {key: row[key] for key in ("world", "set", "sector", "value", "source")} for row in kept
    ]
    assert tool.with_errors(bare, shared) == kept
