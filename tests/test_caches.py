"""What is remembered between runs: the same answers, and never those of yesterday's files."""

from __future__ import annotations

import shutil
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import tumen
from networks import triangle
from tumen.analysis.calibrate import calibrated_weights, recorded_cells
from tumen.analysis.case import lifted, main_phase, switches_of
from tumen.analysis.channels import shocks_of
from tumen.scenario import network_file, rerouting, route_costs, ways
from tumen.scenario.load import load_case
from tumen.scenario.network import Link
from tumen.scenario.network_file import read_network
from tumen.scenario.patches import positions_of
from tumen.scenario.potentials import read_potentials
from tumen.scenario.shocks import apply_all
from tumen.solver.solve import incomes, outcome_arrays, settle, settle_collected
from worlds import random_world

CASE = Path(network_file.__file__).parent / "library" / "moscow-pyongyang"


def world(seed: int = 3) -> tumen.World:
    return random_world(np.random.default_rng(seed), 3, 2, tariffs=True, deficits=True, inputs=True)


def forget() -> None:
    """Start cold."""
    for remembered in (
        network_file.network_of,
        rerouting.log_costs,
        rerouting.link_cost,
        route_costs.remembered_costs,
        ways.graph_of,
        ways.ways_of,
        ways.routes_between,
        ways.stated_weights,
        positions_of,
    ):
        remembered.cache_clear()


@pytest.fixture(scope="module")
def case() -> tumen.Case:
    return load_case("moscow-pyongyang")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("nodes.csv", "links.csv", "pairs.csv", "potentials.csv"):
        shutil.copy(CASE / name, tmp_path / name)
    return tmp_path


def test_an_edited_table_is_read_again(folder: Path):
    before = read_network(folder)
    links = folder / "links.csv"
    text = links.read_text(encoding="utf-8")
    track = before.tracks[0]
    row = next(line for line in text.splitlines() if line.startswith(f"{track.a},{track.b},"))
    edited = row.replace(f",{track.mode},", f",{track.mode},9", 1)
    links.write_text(text.replace(row, edited, 1), encoding="utf-8")
    assert read_network(folder).tracks[0].factor > 9 > track.factor
    links.write_text(text, encoding="utf-8")
    assert read_network(folder) == before


def test_an_edit_that_breaks_a_table_is_refused(folder: Path):
    read_network(folder)
    (folder / "links.csv").write_text("a,b\nKHA,TUM\n", encoding="utf-8")
    with pytest.raises(tumen.ScenarioError, match="the column 'mode' is missing"):
        read_network(folder)


def test_edited_potentials_are_read_again(folder: Path):
    before = read_potentials(folder)
    table = folder / "potentials.csv"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(lines[:-1]), encoding="utf-8")
    assert read_potentials(folder) == before[:-1]


def test_what_is_remembered_cannot_be_changed(folder: Path):
    network, potentials = read_network(folder), read_potentials(folder)
    with pytest.raises(FrozenInstanceError):
        network.elasticity = 1.0
    potentials.clear()
    assert read_potentials(folder)
    w = world()
    change = [Link("q", "a", "rail", factor=0.9)]
    cost = route_costs.trade_costs(triangle(), change, w)
    kept = cost.copy()
    cost[:] = 7.0
    xr.testing.assert_identical(route_costs.trade_costs(triangle(), change, w), kept)
    with pytest.raises(ValueError, match="read-only"):
        positions_of(None, None, ("a", "b"), None, "region", "x")[0][0] = 1


def test_a_value_of_a_day_reads_no_table_twice(folder: Path, monkeypatch: pytest.MonkeyPatch):
    read_network(folder)
    monkeypatch.setattr(network_file, "read_tracks", None)  # would fail if it were called
    dear = read_network(folder, value_of_day=0.021)
    assert (dear.value_of_day, dear.longest) == (0.021, 8)


def test_lean_costs_are_those_of_the_routing():
    w, network = world(), triangle()
    for change in (Link("q", "a", "road", open=True), Link("h", "a", factor=0.97)):
        full = route_costs.route_costs(network, [change], w).cost
        xr.testing.assert_identical(route_costs.trade_costs(network, [change], w), full)


def test_cold_and_warm_give_the_same_case(case: tumen.Case):
    phase = main_phase(case)

    def arrays() -> list[np.ndarray]:
        lift, _, _ = lifted(case)
        on = shocks_of(switches_of(case, phase), on=True)
        to = apply_all(case.world, [*lift, *on])
        return [to.cost_factor, to.weight, to.entry, to.productivity, to.labour, to.transfer]

    forget()
    cold = arrays()
    for one, other in zip(cold, arrays(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_drawn_figure_is_not_taken_for_another(case: tumen.Case):
    """Two cases that differ in one figure of one tie, one after the other."""
    phase = main_phase(case)
    tie = next(t for t in case.scenario.ties if t.effects[0].kind == "trade")
    effect = tie.effects[0]
    other = effect.model_copy(
        update={"flow_hat": effect.flow_hat.model_copy(update={"central": 1.0})}
    )
    ties = [t if t is not tie else t.model_copy(update={"effects": [other]}) for t in
            case.scenario.ties]  # fmt: skip
    drawn = replace(case, scenario=case.scenario.model_copy(update={"ties": ties}))
    cost = [switches_of(one, phase)[tie.id].on[0].factor for one in (case, drawn)]
    assert float(abs(cost[0] - 1).max()) > 0.01
    np.testing.assert_allclose(cost[1], 1.0, rtol=1e-8)


@settings(max_examples=15)
@given(st.lists(st.floats(0.5, 20), min_size=2, max_size=2), st.integers(0, 4))
def test_other_elasticities_are_those_of_a_world_made_anew(values: list[float], seed: int):
    w = world(seed)
    theta = xr.DataArray(values, {"sector": w.sectors}, ("sector",))
    made, anew = w.with_elasticities(theta[::-1]), w.replace(trade_elasticity=theta)
    assert (made.digest, made.version) == (anew.digest, anew.version)
    assert made.dataset.attrs == anew.dataset.attrs
    xr.testing.assert_identical(made.dataset, anew.dataset)
    shock = [tumen.TradeCost("Quay", "Alder", factor=1.2), tumen.Embargo("Moor", "Quay")]
    one, other = (tumen.solve(x, shock, throw=False) for x in (made, anew))
    assert one.status == other.status
    if one.status == "converged":
        xr.testing.assert_identical(one.real_income, other.real_income)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_elasticities_that_mean_nothing_are_refused(value: float):
    with pytest.raises(tumen.WorldError, match="trade_elasticity"):
        world().with_elasticities(value, "drawn")


def test_elasticities_over_other_labels_are_refused():
    w = world()
    short = xr.DataArray([3.0], {"sector": w.sectors[:1]}, ("sector",))
    with pytest.raises(tumen.WorldError, match=f"missing or infinite at sector {w.sectors[1]}"):
        w.with_elasticities(short)
    with pytest.raises(tumen.WorldError, match="it needs"):
        w.with_elasticities(xr.DataArray([3.0], dims="region", coords={"region": ["Quay"]}))


def test_arrays_read_are_those_of_the_result():
    w = world()
    shocks = [tumen.Tariff("Quay", "Alder", rate=0.3), tumen.TradeCost("Moor", factor=1.1)]
    result, settled = tumen.solve(w, shocks), settle(w, shocks)
    both = incomes(settled)
    np.testing.assert_allclose(100 * (both.real_income - 1), result.real_income, atol=1e-12)
    np.testing.assert_allclose(both.income, result.income, rtol=1e-14)
    shown = outcome_arrays(settled)
    flow = result.trade_flow.transpose("sector", "importer", "exporter").sel(
        sector=w.sectors, importer=w.regions, exporter=w.regions
    )
    np.testing.assert_allclose(shown.trade_flow, flow, rtol=1e-13)
    with pytest.raises(tumen.SolveError, match="no number to read"):
        incomes(settled._replace(status="stalled"))


def test_a_start_nearby_saves_maps_and_finds_the_same_world():
    w = world()
    first = settle(w, [tumen.TradeCost("Quay", factor=1.2)], tolerance=1e-12)
    to = apply_all(w, [tumen.TradeCost("Quay", factor=1.21)])
    assert first.solution is not None
    cold = settle_collected(w, to, "fixed", 1e-12)
    near = settle_collected(w, to, "fixed", 1e-12, start=first.solution.state)
    assert int(near.solution.evaluations) < int(cold.solution.evaluations)
    np.testing.assert_allclose(incomes(near).real_income, incomes(cold).real_income, rtol=1e-10)


@pytest.mark.parametrize("closure", ["fixed", "proportional", "zero"])
def test_the_gap_told_is_the_gap_there_is(closure: str):
    """The lean calibration's largest gap, against the flows of a solve of its own."""
    w = world()
    wanted = xr.full_like(w.trade_flow, np.nan)
    wanted.loc[{"importer": "Quay", "exporter": "Alder"}] = 0.5
    loose = calibrated_weights(w, *recorded_cells(w, wanted), closure=closure, tolerance=1e-5)
    tight = calibrated_weights(w, *recorded_cells(w, wanted), closure=closure, tolerance=1e-12)
    assert tight.error < 1e-11 < loose.error < 1e-5
    base = tumen.solve(w, [], closure).trade_flow
    again = tumen.solve(w, [loose.shock(w)], closure, 1e-12).trade_flow
    gap = float(abs(again / base / wanted - 1).max())
    assert gap == pytest.approx(loose.error, abs=5e-5)
