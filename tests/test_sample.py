"""A sample of a case: the same on any number of processes, however often it was interrupted."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from scipy import stats

import tumen
from cases import write_case
from jobs import interruptible
from tumen.analysis.chunks import evaluate
from tumen.analysis.dear import dear
from tumen.analysis.drawing import Drawing
from tumen.analysis.ensemble import cores
from tumen.analysis.outcomes import Drawn, outcome
from tumen.analysis.points import REPLICATES, replicate_of, sobol_points
from tumen.scenario.load import load_case

HEADLINE = "offset_ratio.war.Quay"


def ranged(scenario):
    """More than one figure with a range, two of them drawn together."""
    one = {"low": 1.0, "central": 1.3, "high": 1.6, "unit": "ratio", "assumption": "a guess"}
    scenario["ties"][1]["effects"][0]["flow_hat"] = one
    two = {"low": 0.0, "central": 0.05, "high": 0.1, "unit": "part", "assumption": "a guess"}
    scenario["ties"][2]["effects"][0]["change"] = two
    scenario["correlated"] = [
        {
            "id": "both",
            "inputs": ["ties.trade.effects.n1.flow_hat", "ties.support.effects.n1.change"],
            "rank_correlation": 0.7,
            "reason": "they go together",
        }
    ]


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return write_case(tmp_path_factory.mktemp("case"), ranged)


def files(folder):
    return {place.name: place.read_bytes() for place in folder.glob("*.parquet")}


def test_a_draw_depends_on_its_number_and_the_seed_alone():
    whole = sobol_points(0, 256, 5, seed=3)
    assert np.array_equal(whole[:64], sobol_points(0, 64, 5, seed=3))
    assert np.array_equal(whole[64:128], sobol_points(64, 128, 5, seed=3))
    assert np.array_equal(whole[128:150], sobol_points(128, 150, 5, seed=3))
    assert not np.array_equal(whole[:64], sobol_points(0, 64, 5, seed=4))
    assert whole.min() > 0
    assert whole.max() < 1


def test_the_standard_error_of_the_replicates_covers_a_known_mean():
    # The mean of exp(u1) u2^2 over the unit square is (e - 1) / 3.
    truth, covered, seeds = (np.e - 1) / 3, 0, 200
    within = stats.t.ppf(0.975, REPLICATES - 1)
    for seed in range(seeds):
        u = sobol_points(0, 128, 2, seed)
        values = np.exp(u[:, 0]) * u[:, 1] ** 2
        means = [values[replicate_of(np.arange(128)) == r].mean() for r in range(REPLICATES)]
        error = np.std(means, ddof=1) / np.sqrt(REPLICATES)
        covered += abs(np.mean(means) - truth) < within * error
    # 95 % of 200, and three standard deviations of that count.
    assert abs(covered - 190) <= 3 * np.sqrt(200 * 0.95 * 0.05)


def test_the_case_is_drawn_with_its_correlations(case):
    drawing = Drawing(load_case(case))
    values = drawing.values(drawing.points(0, 2048, 0))
    names = [one.name for one in drawing.inputs]
    pair = [names.index(f"ties.{name}") for name in
            ("trade.effects.n1.flow_hat", "support.effects.n1.change")]  # fmt: skip
    assert stats.spearmanr(values[:, pair]).statistic == pytest.approx(0.7, abs=0.02)
    alone = stats.spearmanr(values[:, [names.index("ties.money.effects.n1.gross"), pair[0]]])
    assert abs(alone.statistic) < 0.05


def test_a_draw_of_all_central_figures_is_the_run(case):
    # To the tolerance of the solver: a draw's worlds with ties start near the one without.
    drawing = Drawing(load_case(case))
    central = {
        place: within.central for one in drawing.inputs for place, within in one.ranges.items()
    }
    found = outcome(drawing.draw(central)).values
    result = tumen.run(case)
    for region in ("Quay", "Alder"):
        for state in ("pressure", "pressure_ties"):
            change = result.views[state].change(region)
            assert found[f"real_income.{state}.{region}"] == pytest.approx(change, abs=1e-7)
        ratio = result.main.offset_ratio(region)["central"]
        name = f"offset_ratio.{result.main.phase.id}.{region}"
        expected = np.nan if ratio is None else ratio
        assert found[name] == pytest.approx(expected, rel=1e-6, nan_ok=True)


def test_the_quick_split_sums_to_the_whole_and_is_near_the_exact_one(case):
    drawn = Drawn(load_case(case))
    found = dear(drawn)
    exact = tumen.run(case).main.shapley
    phase = drawn.main
    for region in ("Quay", "Alder"):
        parts = {
            unit: found[f"channels.{unit}.points_of_real_income.{phase}.{region}"]
            for unit in ("money", "trade", "support", "people")
        }
        whole = float(exact.sel(region=region).sum())
        assert sum(parts.values()) == pytest.approx(whole, rel=1e-7)
        for unit, part in parts.items():
            assert part == pytest.approx(float(exact.sel(region=region, group=unit)), abs=1e-3)


@pytest.mark.slow
@pytest.mark.skipif(cores() < 2, reason="one core: there is nothing to compare")
def test_one_process_and_two_draw_the_same(case, tmp_path):
    one = tumen.sample(case, 150, dear=16, workers=1, folder=tmp_path / "one")
    two = tumen.sample(case, 150, dear=16, workers=2, folder=tmp_path / "two")
    assert files(one.folder) == files(two.folder)
    assert one.converged == 150
    assert len(one.value(HEADLINE)) == 150


@pytest.mark.slow
def test_a_cluster_draws_the_same(case, tmp_path):
    from distributed import Client, LocalCluster

    one = tumen.sample(case, 150, dear=16, workers=1, folder=tmp_path / "one")
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        spread = tumen.sample(case, 150, dear=16, client=client, folder=tmp_path / "cluster")
    assert files(one.folder) == files(spread.folder)


def start(case, folder, draws):
    """A sample in a process of its own, and a wait until its first part is there."""
    with interruptible():
        running = subprocess.Popen(
            [sys.executable, "-m", "tumen", "sample", str(case), "--draws", str(draws),
             "--workers", "1", "--out", str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
    until = time.monotonic() + 120
    while not list(folder.rglob("plain-*.parquet")) and time.monotonic() < until:
        time.sleep(0.02)
    return running


@pytest.mark.parametrize(
    "sent", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)]
)
def test_what_was_stopped_goes_on_and_ends_the_same(case, tmp_path, sent):
    draws = 448
    running = start(case, tmp_path / "stopped", draws)
    running.send_signal(sent)
    told = running.communicate(timeout=60)[1].decode()
    assert running.returncode == (-sent if sent == signal.SIGKILL else 130)
    if sent == signal.SIGINT:
        assert "draws, which are kept; the same command goes on from there" in told
        assert "Traceback" not in told
    kept = len(list((tmp_path / "stopped").rglob("plain-*.parquet")))
    assert 1 <= kept < draws // 64
    seen = []
    again = tumen.sample(
        case,
        draws,
        workers=1,
        folder=tmp_path / "stopped" / "draws-0",
        progress=lambda done, _: seen.append(done),
    )
    assert seen[0] >= 64 * kept  # it began where it was stopped
    whole = tumen.sample(case, draws, workers=1, folder=tmp_path / "whole")
    assert files(again.folder) == files(whole.folder)


@pytest.mark.slow
def test_more_draws_begin_with_the_fewer(case, tmp_path):
    few = tumen.sample(case, 70, dear=8, workers=1, folder=tmp_path)
    first = few.value(HEADLINE)
    more = tumen.sample(case, 200, dear=8, workers=1, folder=tmp_path)
    assert np.array_equal(more.value(HEADLINE)[:70], first)


def test_draws_without_equilibrium_are_counted_and_shown(tmp_path):
    def pay(scenario):
        # Alder lives on 7,804: at the high end it would keep next to nothing, and pay for 98 %.
        gross = {"low": 1, "central": 900, "high": 7790, "unit": "million USD",
                 "evidence": ["E1"], "distribution": "uniform"}  # fmt: skip
        scenario["ties"][0]["effects"][0] |= {"gross": gross, "realised": 1.0}

    path = write_case(tmp_path, pay)
    income = load_case(path).world.income
    drawn = tumen.sample(path, 64, dear=0, workers=1)
    failed = drawn.status != "converged"
    assert set(drawn.status) > {"converged"}, f"incomes {income.values}"
    assert drawn.ended()["converged"] == drawn.converged == int((~failed).sum()) < 64
    assert np.isnan(drawn.value("real_income.pressure_ties.Quay")[failed]).all()
    assert np.isfinite(drawn.value("real_income.pressure_ties.Quay")[~failed]).all()
    band = drawn.band("real_income.pressure_ties.Quay")
    assert (band.draws, band.failed) == (drawn.converged, int(failed.sum()))
    messages = drawn.outcomes.told("message")
    assert all(messages[failed])


@pytest.mark.slow
def test_points_of_ones_own_are_evaluated_in_order(case):
    drawing = Drawing(load_case(case))
    points = drawing.points(0, 20, 0)
    found = evaluate(drawing, points, workers=min(2, cores()))
    assert list(found["status"].unique()) == ["converged"]
    same = tumen.sample(case, 20, dear=0, workers=1).value(HEADLINE)
    assert np.array_equal(found[HEADLINE].to_numpy(), same, equal_nan=True)


def test_numbers_of_the_case_are_there_by_the_names_of_formulas(case):
    drawn = tumen.sample(case, 64, dear=0, workers=1)
    gross = drawn.value("scenario.ties.money.effects.n1.gross")
    assert 50 <= gross.min() < 70
    assert 150 < gross.max() <= 200
    assert set(drawn.value("scenario.ties.money.effects.n1.realised")) == {0.5}
    with pytest.raises(tumen.SampleError, match=r"no result 'loss\.Kuay'"):
        drawn.value("loss.Kuay")


def test_a_folder_of_other_draws_is_refused(case, tmp_path):
    tumen.sample(case, 64, dear=0, workers=1, folder=tmp_path)
    with pytest.raises(tumen.SampleError, match="holds draws with seed 0, not 1"):
        tumen.sample(case, 64, dear=0, workers=1, seed=1, folder=tmp_path)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"draws": 0}, "draws must be at least 1, not 0"),
        ({"draws": 10, "dear": 11}, "dear must lie between 0 and the 10 draws"),
        ({"draws": 10, "workers": 10_000}, "more than the"),
    ],
)
def test_settings_that_mean_nothing_are_refused(case, settings, words):
    with pytest.raises(tumen.SampleError, match=words):
        tumen.sample(case, **settings)


def test_a_case_without_ranges_has_nothing_to_draw(tmp_path):
    def bare(scenario):
        scenario["ties"][0]["effects"][0]["gross"] = 100

    with pytest.raises(tumen.SampleError, match="no figure of the case has a range"):
        tumen.sample(write_case(tmp_path, bare), 64)


def test_a_group_of_an_unknown_input_is_refused(tmp_path):
    def wrong(scenario):
        ranged(scenario)
        scenario["correlated"][0]["inputs"][1] = "ties.support.effects.n1.chance"

    with pytest.raises(tumen.ScenarioError, match=r"no uncertain input.*did you mean.*change"):
        Drawing(load_case(write_case(tmp_path, wrong)))


@pytest.mark.slow
def test_the_linear_preview_measures_its_error(case):
    near = tumen.preview(case, 512, workers=1)
    exact = tumen.sample(case, 512, dear=0, workers=1)
    for name in ("loss.Quay.pressure_ties", "real_income.pressure_ties.Alder"):
        values = exact.value(name)
        miss = np.sqrt(np.mean((near.value(name) - values) ** 2))
        assert near.error[name] == pytest.approx(miss, rel=0.5)
        assert miss < 0.2 * values.std()
        assert near.band(name).median == pytest.approx(np.median(values), abs=0.1 * values.std())
    assert "linear approximation" in near.document()["approximation"]


@pytest.mark.parametrize("command", ["sample", "run"])
def test_the_command_line_refuses_zero_draws(case, tmp_path, command):
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "tumen",
            command,
            str(case),
            "--draws",
            "0",
            "--out",
            tmp_path / "x",
        ],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert told.returncode == 2
    assert told.stderr.startswith("tumen: draws must be at least 1, not 0")
    assert not (tmp_path / "x").exists()


def test_a_folder_that_was_not_asked_for_goes_with_the_sample(case):
    drawn = tumen.sample(case, 64, dear=0, workers=1)
    folder = drawn.folder
    assert folder.is_dir()
    del drawn
    assert not folder.exists()
