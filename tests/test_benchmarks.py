"""The benchmarks compare like with like, and their table says what was measured."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tumen
from cases import write_case
from tumen.model import equations, equilibrium
from tumen.model.economy import State
from tumen.solver.solve import settle
from worlds import random_world

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _root_on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)


@pytest.mark.parametrize("tariffs", [True, False])
@pytest.mark.parametrize("closure", ["fixed", "proportional"])
def test_the_yardstick_is_the_models_own_map(tariffs, closure):
    from benchmarks import numpy_map

    rng = np.random.default_rng(12)
    world = random_world(rng, 4, 3, tariffs=tariffs, zeros=0.2)
    shocks = [tumen.TradeCost("Quay", "Moor", factor=1.2), tumen.LabourForce("Alder", factor=0.9)]
    setting = settle(world, shocks, closure).setting
    economy, shock, rule = setting.economy, setting.shock, setting.rule
    kernel = equations.trade_weights(economy, shock, tariffs=setting.tariffs)
    assert (kernel.duty is not None) is tariffs
    start = equilibrium.initial_state(economy)
    state = State(
        0.1 * rng.standard_normal(4),
        0.1 * rng.standard_normal((3, 4)),
        np.asarray(start.expenditure) * rng.uniform(0.8, 1.2, (3, 4)),
    )
    mine, residual = equilibrium.equilibrium_map(economy, shock, kernel, rule, state, 0.3)
    scale = np.asarray(equilibrium.expenditure_scale(economy))
    arrays = numpy_map.arrays_of(economy, shock, kernel, rule, scale)
    *other, gap = numpy_map.equilibrium_map(arrays, *state[:3], 0.3)
    for a, b in zip(mine[:3], other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)
    assert gap == pytest.approx(float(residual), rel=1e-12)


def test_the_table_has_a_column_for_each_case_and_its_ratios():
    from benchmarks.measure import Measured
    from benchmarks.table import render, rows

    found = Measured(
        maps=50,
        base_maps=60,
        residual=9e-11,
        call_ms=20.0,
        solve_ms=10.0,
        map_ms=0.1,
        numpy_map_ms=0.4,
        gradient_ms=15.0,
        gradient_products=44,
    )
    assert found.solve_ratio == pytest.approx(0.5)
    assert found.gradient_ratio == pytest.approx(1.5)
    text = render({"one": rows(found, (9000.0, 700.0)), "other": rows(found, (1.0, 1.0))})
    lines = text.splitlines()
    assert lines[0].split() == ["one", "other"]
    assert len({len(line) for line in lines}) == 1
    assert "9,000" in text
    ratios = next(line for line in lines if line.startswith("gradient / solve"))
    assert ratios.split()[-2:] == [
        "1.50",
        "1.50",
    ]
    assert render({}) == "nothing could be measured"


def test_a_case_without_its_files_is_skipped_with_the_reason(tmp_path):
    from benchmarks.cases import CASES, Case

    case = Case("absent", CASES["nafta"].build, tmp_path / "none.npz")
    assert case.missing == "skipped: none.npz is not beside the project"
    assert CASES["tumen-31"].missing is None


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_unknown_cases_are_refused():
    done = run("everything")
    assert done.returncode == 2
    assert "no case everything" in done.stderr


@pytest.mark.slow
def test_the_command_prints_machine_versions_and_figures():
    done = run("tumen-31", "--repeats", "1", "--no-cold")
    assert done.returncode == 0, done.stderr
    assert f"numpy {np.__version__}" in done.stdout
    figures = {line[:36].strip(): line.split()[-1] for line in done.stdout.splitlines()[3:]}
    assert int(figures["maps, shocked solve"]) <= 100
    assert float(figures["residual"]) <= 1e-10


def test_both_ways_to_solve_newtons_systems_end_in_one_place():
    from benchmarks.krylov import TOLERANCE, Plain, counted

    from tumen.solver.newton import Search

    world = random_world(np.random.default_rng(4), 4, 3)
    shocks = [tumen.TradeCost("Quay", None, factor=1.4)]
    setting = settle(world, shocks).setting
    for kind in (Search, Plain):
        count, residual = counted(setting, kind)
        assert residual <= TOLERANCE
        assert count > 5


def test_start_up_is_told_apart_from_the_draws():
    from benchmarks.sampled import Seen, rates

    # Two workers, 64 draws a chunk: 5 s to start, then 20 ms of wall and 40 ms of CPU a draw.
    seen = [Seen(0, 0.1, 0.1, 0.0)]
    seen += [
        Seen(done, 5 + 0.02 * done, 8 + 0.04 * done, 400.0) for done in (64, 128, 192, 256, 320)
    ]
    assert rates(seen, 128) == pytest.approx((20, 40, 5, 8))
    assert np.isnan(rates(seen[:3], 128)).all()


def test_draws_one_at_a_time_are_those_of_the_sample(tmp_path):
    from benchmarks.one_by_one import cases, worlds

    from tumen.analysis.drawing import Drawing
    from tumen.analysis.outcomes import Drawn, plain
    from tumen.scenario.load import load_case

    case = str(write_case(tmp_path, ranged_case))
    for drawn in cases(Drawing(load_case(case)), 3, 5):
        alone, together = worlds(drawn), plain(Drawn(drawn))
        free = 1 + alone["no_pressure"] / 100
        for name in ("pressure", "no_pressure"):
            change = 100 * ((1 + alone[name] / 100) / free - 1)
            for region in drawn.world.regions:
                mine = float(change.sel(region=region))
                assert together[f"real_income.{name}.{region}"] == pytest.approx(mine, abs=1e-7)


def ranged_case(scenario):
    """One figure with a range, so that there is something to draw."""
    scenario["ties"][1]["effects"][0]["flow_hat"] = {
        "low": 1.0,
        "central": 1.3,
        "high": 1.6,
        "unit": "ratio",
        "assumption": "a guess",
    }


def test_the_world_of_another_package_is_ours_in_one_sector():
    from benchmarks.peer import table

    world = tumen.load_world("tumen-31")
    rows = table(world).set_index(["exporter", "importer"])
    assert len(rows) == len(world.regions) ** 2
    assert rows["trade"].sum() == pytest.approx(1)
    assert rows.loc["CHN"]["trade"].sum() == pytest.approx(rows.loc[("CHN", "USA"), "Y"])
    assert (rows.loc[[(one, one) for one in world.regions], "index"] == 0).all()
    both = rows.loc[("RUS", "DEU"), "sanction"] + rows.loc[("DEU", "RUS"), "sanction"]
    assert (both, rows.loc[("CHN", "RUS"), "sanction"]) == (2, 0)


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (["--case", "nowhere"], "nowhere"),
        (["--gegravity", "no/python"], "pip install gegravity"),
        (["--draws", "0"], "at least 1"),
    ],
)
def test_draws_that_cannot_be_timed_are_refused_in_a_sentence(option, sentence):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.draws", *option],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_table_of_draws_has_a_column_for_each_way_to_draw(tmp_path):
    case = write_case(tmp_path, ranged_case)
    sizes = ["--draws", "192", "--many", "256", "--loop", "2", "--repeats", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.draws", "--case", str(case), *sizes],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = {line[:36].strip(): line.split() for line in done.stdout.splitlines()}
    multiples = lines["wall time, as a multiple"][-3:]
    assert multiples[0] == "1.00"
    assert all(float(cell) > 0 for cell in multiples)
    assert lines["CPU time a draw (ms)"][-1] != "-"
    assert {"draws a second", "start-up, wall (s)", "peak memory of the parent (MB)"} <= set(lines)
    assert "gegravity: not measured" in done.stdout
    assert "pip install gegravity" in done.stdout
