"""Potential shares, the goods behind them, and what opening the flows does."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import tumen
from tumen.analysis.entering import entry_shocks, taste_shocks
from tumen.analysis.entry import ENDS, chance_below, entry, lankov_bound, revealed_taste
from tumen.scenario.evidence import read_evidence
from tumen.scenario.potentials import Potential, read_goods, read_potentials, table_of
from tumen.scenario.shocks import apply_all
from worlds import random_world

CASE = "moscow-pyongyang"
ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="module")
def world():
    return tumen.load_world("tumen-31", elasticities="fontagne2022", floor=2.0)


@pytest.fixture(scope="module")
def potentials():
    return read_potentials(CASE)


@pytest.fixture(scope="module")
def bound(world, potentials):
    return lankov_bound(world, potentials)


def opened(importer="A", exporter="B", sector="x", share=0.1) -> Potential:
    return Potential(
        importer, exporter, sector, share, 0.01, share / 2, share * 2, 10.0, 5.0, 1.0, "m", "s"
    )


def small_world():
    w = random_world(np.random.default_rng(5), 3, 2, tariffs=False, theta=(4.0, 3.0))
    a, b, _ = w.regions
    shut = tumen.solve(w, [tumen.Embargo(a, b, w.sectors[0])])
    spent = shut.trade_flow.sum("exporter")
    return w.replace(
        trade_share=shut.trade_flow / spent,
        expenditure=shut.expenditure,
        value_added=shut.value_added,
        transfer=shut.income - shut.value_added - shut.tariff_revenue,
    )


def test_shipped_potentials_are_shares_with_ordered_ranges(world, potentials):
    assert {(p.importer, p.exporter) for p in potentials} == {("RUS", "PRK"), ("PRK", "RUS")}
    for p in potentials:
        assert 0 < p.low < p.share < p.high < 0.95
        assert 0 < p.se < p.share
        assert p.sector in world.sectors
        spent = float(world.dataset.expenditure.sel(region=p.importer, sector=p.sector))
        held = float(
            world.trade_flow.sel(importer=p.importer, exporter=p.exporter, sector=p.sector)
        )
        assert p.share == pytest.approx(p.flow_musd / (spent - held + p.flow_musd), rel=2e-3)


def test_goods_name_known_sectors_regions_and_evidence(world):
    goods = read_goods(CASE, read_evidence(table_of(CASE, "evidence.csv")))
    assert {"apples", "jam", "sausages", "beer", "accordions"} <= {good.good for good in goods}
    for good in goods:
        assert set(good.sectors) <= set(world.sectors)
        assert {good.importer, good.exporter} == {"RUS", "PRK"}
        assert good.evidence


def test_evidence_of_goods_is_the_research_table(world):
    figures = SHARED / "evidence/figures.csv"
    if not figures.exists():
        pytest.skip("the research table of figures is not here")
    with figures.open(encoding="utf-8", newline="") as stream:
        known = {row["id"]: row for row in csv.DictReader(stream)}
    for key, item in read_evidence(table_of(CASE, "evidence.csv")).items():
        assert (item.item, item.central) == (known[key]["item"], known[key]["central"])


def test_sectors_of_goods_are_those_of_their_chapters():
    notes = SHARED / "raw/hs2_merged_notes.csv"
    if not notes.exists():
        pytest.skip("the list of chapters and sectors is not here")
    with notes.open(encoding="utf-8", newline="") as stream:
        sectors = {row["hs2_merged"]: row["suggested_sector"] for row in csv.DictReader(stream)}
    own = {"02": "FOD", "03": "FSH", "08": "AGR"}  # chapters that the list merges into others
    for good in read_goods(CASE):
        for code in good.hs:
            sector = own.get(code[:2], sectors.get(code[:2], ""))
            assert any(name in sector for name in good.sectors), good.good


@pytest.mark.parametrize("taste", [1.0, 0.5, 0.06])
def test_taste_scales_the_entering_weight(world, potentials, taste):
    full = apply_all(world, entry_shocks(world, potentials)).entry
    less = apply_all(world, entry_shocks(world, potentials, taste=taste)).entry
    assert full.max() > 0.01
    np.testing.assert_allclose(less, taste * full, rtol=1e-9, atol=1e-15)


def test_taste_of_one_is_the_plain_market_entry(world, potentials):
    """The same as one hand-written shock for each flow that is not as large already."""
    pair = [p for p in potentials if p.importer == "RUS"]
    plain = [tumen.MarketEntry("RUS", "PRK", p.sector, share=p.share) for p in pair]
    xr.testing.assert_allclose(
        tumen.solve(world, entry_shocks(world, pair)).real_income,
        tumen.solve(world, plain).real_income,
        rtol=1e-7,
    )
    assert taste_shocks(world, pair, 1.0) == []


def test_taste_as_its_own_switch_gives_the_same_world(world, potentials):
    together = tumen.solve(world, entry_shocks(world, potentials, taste=0.3), tolerance=1e-11)
    shocks = [*entry_shocks(world, potentials), *taste_shocks(world, potentials, 0.3)]
    apart = tumen.solve(world, shocks, tolerance=1e-11)
    xr.testing.assert_allclose(apart.trade_flow, together.trade_flow, rtol=1e-6, atol=1e-9)


def test_several_sellers_share_one_market_after_a_shock():
    """Shares hold together at benchmark prices, also beside a ban; taste scales both alike."""
    w = small_world()
    a, b, c = w.regions
    ban = [tumen.Embargo(a, c, share=0.5)]
    asked = [opened(a, b, w.sectors[0], 0.2), opened(a, c, w.sectors[0], 0.6)]
    at = (0, w.regions.index(a))
    share = np.asarray(w.dataset.trade_share.sel(importer=a, sector=w.sectors[0]))
    after = apply_all(w, [*ban, *entry_shocks(w, asked, before=ban)])
    weights = share * after.weight[at] + after.entry[at]
    assert weights[w.regions.index(b)] / weights.sum() == pytest.approx(0.2)
    assert weights[w.regions.index(c)] / weights.sum() == pytest.approx(0.6)
    half = apply_all(w, [*ban, *entry_shocks(w, asked, taste=0.5, before=ban)])
    np.testing.assert_allclose(half.entry[at], 0.5 * after.entry[at], rtol=1e-9)


def test_effects_are_those_of_the_solved_world():
    w = small_world()
    a, b, _ = w.regions
    found = entry(w, [opened(a, b, w.sectors[0], 0.1)])
    result = tumen.solve(w, [tumen.MarketEntry(a, b, w.sectors[0], share=0.1)])
    (flow,), effect = found.flows, found.regions[a]
    cell = {"importer": a, "exporter": b, "sector": w.sectors[0]}
    assert flow.flow_before == 0
    assert flow.flow == pytest.approx(float(result.trade_flow.sel(cell)))
    assert flow.variety_gain == pytest.approx(
        float(result.variety_gain.sel(region=a, sector=w.sectors[0]))
    )
    assert effect.real_income == flow.real_income
    assert effect.real_income == pytest.approx(float(result.real_income.sel(region=a)))
    assert effect.million == pytest.approx(float(result.equivalent_variation.sel(region=a)))


def test_entry_is_measured_against_the_world_before_it(world, potentials):
    pair = [p for p in potentials if p.importer == "RUS"]
    ban = [tumen.Embargo("RUS", "west", share=0.5)]
    under = entry(world, pair, before=ban)
    shocks = [tumen.MarketEntry("RUS", "PRK", p.sector, share=p.share) for p in pair]
    hats = [
        tumen.solve(world, [*ban, *more]).real_income.sel(region="RUS") for more in ([], shocks)
    ]
    ratio = (1 + float(hats[1]) / 100) / (1 + float(hats[0]) / 100)
    assert under.regions["RUS"].real_income == pytest.approx(100 * (ratio - 1), rel=1e-5)


def test_more_taste_and_larger_shares_gain_more(world, potentials, bound):
    pair = [p for p in potentials if p.importer == "RUS"]
    by_taste = [entry(world, pair, taste=taste).regions["RUS"] for taste in (0.1, 0.5, 1.0)]
    for effects in (by_taste, [bound[end] for end in ENDS]):
        for name in ("flow", "import_share", "variety_gain", "real_income", "million"):
            values = [getattr(effect, name) for effect in effects]
            assert 0 < values[0] < values[1] < values[2], name


def test_flows_as_large_as_their_potential_are_left(world, potentials):
    low = entry(world, potentials, "low")
    held = world.dataset.trade_share
    for p in low.left:
        assert p.low <= float(held.sel(importer=p.importer, exporter=p.exporter, sector=p.sector))
    assert len(low.left) + len(low.flows) == len(potentials)
    assert {"FOD", "OMF"} == {p.sector for p in low.left if p.importer == "RUS"}
    assert entry_shocks(world, low.left, "low") == []


def test_little_appeal_is_borne_out(potentials, bound):
    """Lankov: Russia's gain stays below a hundredth of a per cent of GDP, at every end."""
    assert bound["high"].gdp_percent < 0.01
    assert chance_below(bound, 0.01) > 0.9
    assert chance_below(bound, bound["central"].gdp_percent) == pytest.approx(0.5)
    assert chance_below(bound, bound["low"].gdp_percent) == pytest.approx(0.05)
    assert chance_below(bound, bound["high"].gdp_percent) == pytest.approx(0.95)
    assert 0 < revealed_taste(potentials, "RUS", "PRK") < 0.2


@pytest.mark.parametrize("taste", [0.0, -1.0, 1.01, float("nan")])
def test_bad_taste(world, potentials, taste):
    with pytest.raises(tumen.ShockError, match="taste must be above 0 and at most 1"):
        entry_shocks(world, potentials, taste=taste)


def test_unknown_labels_and_pairs(world, potentials):
    with pytest.raises(tumen.ShockError, match="potentials, sector"):
        entry_shocks(world, [replace(potentials[0], sector="AGG")])
    with pytest.raises(tumen.ShockError, match="no sale of USA to RUS"):
        lankov_bound(world, potentials, "RUS", "USA")
    with pytest.raises(tumen.ShockError, match="no sale of USA to RUS"):
        revealed_taste(potentials, "RUS", "USA")


BAD_POTENTIALS = {
    "no number": ({"share": "much"}, "line 2, field share: 'much' is no number"),
    "negative": ({"se": "-0.1"}, "field se"),
    "out of order": ({"low": "0.5"}, "must rise in this order"),
    "too much": ({"high": "0.99"}, "at most 0.95 of a market"),
    "itself": ({"exporter": "RUS"}, "RUS does not enter itself"),
}


@pytest.mark.parametrize(("change", "words"), BAD_POTENTIALS.values(), ids=BAD_POTENTIALS)
def test_bad_potentials(tmp_path, change, words):
    rows = list(csv.DictReader(table_of(CASE, "potentials.csv").read_text().splitlines()))
    (tmp_path / "case.yaml").write_text("title: x\n")
    pd.DataFrame([rows[0] | change]).to_csv(tmp_path / "potentials.csv", index=False)
    with pytest.raises(tumen.ScenarioError, match=words):
        read_potentials(tmp_path)


def test_tables_that_cannot_be_read(tmp_path):
    (tmp_path / "case.yaml").write_text("title: x\n")
    with pytest.raises(tumen.ScenarioError, match="cannot be read"):
        read_potentials(tmp_path)
    text = table_of(CASE, "potentials.csv").read_text()
    (tmp_path / "potentials.csv").write_text(text + text.splitlines()[1] + "\n")
    with pytest.raises(tumen.ScenarioError, match="stands twice"):
        read_potentials(tmp_path)
    (tmp_path / "potentials.csv").write_text("importer,exporter\n")
    with pytest.raises(tumen.ScenarioError, match="column 'sector' is missing"):
        read_potentials(tmp_path)
    (tmp_path / "potentials.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(tumen.ScenarioError, match="not a CSV in UTF-8"):
        read_potentials(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hs": "80x"}, "'80x' is no code"),
        ({"sector": ""}, "'apples' needs one"),
        ({"stated_musd": "3", "evidence": ""}, "a stated figure needs an id"),
    ],
)
def test_bad_goods(tmp_path, change, words):
    rows = list(csv.DictReader(table_of(CASE, "goods.csv").read_text().splitlines()))
    (tmp_path / "case.yaml").write_text("title: x\n")
    pd.DataFrame([rows[0] | change]).to_csv(tmp_path / "goods.csv", index=False)
    with pytest.raises(tumen.ScenarioError, match=words):
        read_goods(tmp_path)


def test_page_shows_the_figures_of_the_code(potentials, bound):
    page = (ROOT / "docs/entry.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    shown = {(row[0], float(row[2])): row for row in rows if len(row) == 8 and row[0].isupper()}
    assert len(shown) == len(potentials)
    for p in potentials:
        row = shown[p.sector, round(p.flow_musd, 2)]
        assert float(row[4]) == pytest.approx(100 * p.share, abs=6e-5)
        assert row[6] == f"{100 * p.low:.4f} to {100 * p.high:.4f}"
    gains = next(row for row in rows if row[0] == "the gain over GDP, per cent")
    assert [float(x) for x in gains[1:]] == [round(bound[end].gdp_percent, 4) for end in ENDS]
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.S)
    scope: dict[str, object] = {}
    exec(compile(code, "docs/entry.md", "exec"), scope)
    assert scope["bound"] == bound
