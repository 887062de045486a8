"""Variations of a case: levels of ties, senders who take no part, links and draws."""

from __future__ import annotations

import ast
import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cases import LASTING, beside, numbers, phased, write_case
from tumen.analysis.chunks import jobs_of, work
from tumen.analysis.fourworlds import four_worlds
from tumen.analysis.leverage import leverage_of_case
from tumen.analysis.lifting import lift_of
from tumen.analysis.phases import lifted, switches_of, with_ties
from tumen.analysis.scorecard import check_backtests
from tumen.analysis.timeline import runs_in
from tumen.errors import ScenarioError
from tumen.scenario.load import case_at, load_case
from tumen.scenario.shocks import apply_all
from tumen.scenario.variation import Variation, from_query, python_of, query_of, varied, yaml_of


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    return write_case(tmp_path_factory.mktemp("small"), phased)


@pytest.fixture(scope="module")
def moscow():
    return load_case("moscow-pyongyang")


def losses(case):
    """Loss of each target under pressure without ties, per cent."""
    found = numbers(case)
    return np.array([found[f"loss.{region}.pressure"] for region in case.scenario.targets])


def test_levels_that_say_what_dates_and_persistence_say_change_nothing(small):
    case = load_case(small)
    fields = {"extends": "case.yaml", "levels": {"money": {"now": 1, "later": LASTING}}}
    same = load_case(beside(small, fields))
    for end in ("low", "central", "high"):
        before, after = (switches_of(one, with_ties(case)[1], end)["money"] for one in (case, same))
        assert after.ledger == before.ledger
    assert numbers(same) == numbers(case)


def test_a_level_scales_a_tie_in_its_phase_alone(small):
    case = load_case(small)
    half = varied(case, Variation(levels={"money": {"now": 0.5}}))
    now, later = (
        [switches_of(one, phase)["money"].ledger["Quay"] for one in (case, half)]
        for phase in with_ties(case)
    )
    assert now[1] == pytest.approx(now[0] / 2)
    assert later[1] == later[0]


def test_a_stated_level_covers_every_year_of_its_phase(tmp_path):
    def dated(scenario):
        phased(scenario)
        scenario["ties"][0] |= {"start": 2024, "levels": {"now": 0.5}}

    case = load_case(write_case(tmp_path, dated))
    tie, now = case.scenario.ties[0], case.scenario.phases[0]
    assert runs_in(tie, now, 2023)
    assert not runs_in(tie.model_copy(update={"levels": {}}), now, 2023)
    assert runs_in(tie.model_copy(update={"levels": {}}), now, 2024)


def test_no_tie_at_all_undoes_exactly_nothing(moscow):
    none = {tie.id: {"war": 0.0, "after": 0.0} for tie in moscow.scenario.ties}
    case = varied(moscow, Variation(levels=none))
    phase = with_ties(case)[0]
    four = four_worlds(case, case.world, lifted(case)[0], switches_of(case, phase))
    assert [four.offset(region) for region in case.scenario.targets] == [0.0, 0.0]


def test_both_parts_of_what_undoes_the_pressure_are_the_whole(moscow):
    case = varied(moscow, Variation(abstain=("JPN", "DEU")))
    lift = lift_of(case)
    whole = apply_all(case.world, lift_of(moscow).rest)
    both = apply_all(case.world, lift.whole)
    for name in ("cost_factor", "weight", "entry"):
        assert np.array_equal(getattr(whole, name), getattr(both, name)), name
    standing = apply_all(case.world, lift.standing)
    touched = (standing.cost_factor != 1) | (standing.entry != 0)
    places = {case.world.regions.index(region) for region in ("JPN", "DEU")}
    assert touched.any()
    assert all(places & {importer, exporter} for _, importer, exporter in np.argwhere(touched))


def test_the_world_without_pressure_is_the_same_whoever_abstains(moscow):
    case = varied(moscow, Variation(abstain=("JPN", "DEU", "CHN")))
    before, after = numbers(moscow), numbers(case)
    named = [name for name in before if name.startswith("million_usd.no_pressure.")]
    assert len(named) == len(moscow.world.regions)
    for name in named:
        assert after[name] == pytest.approx(before[name], abs=1e-4)


def test_nothing_is_lost_where_every_sender_abstains(moscow):
    case = varied(moscow, Variation(abstain=("west", "CHN")))
    assert lift_of(case).rest == ()
    assert np.abs(losses(case)).max() < 1e-7  # per cent


def test_the_loss_grows_with_the_coalition(moscow):
    out = [("west",), ("EU27", "GBR"), ("EU27",), ("JPN", "KOR"), ("JPN",), ()]
    russia = [losses(varied(moscow, Variation(abstain=names)))[1] for names in out]
    assert russia[0] < 1e-2
    assert all(less < more for less, more in pairwise(russia))
    assert russia[-1] == losses(moscow)[1]


def test_nobody_abstaining_is_the_case_itself(moscow):
    assert varied(moscow, Variation(abstain=())) is moscow


def test_who_abstains_takes_no_next_step_of_pressure(moscow):
    case = varied(moscow, Variation(abstain=("CHN", "JPN")))
    switches = switches_of(case, with_ties(case)[0])
    four = four_worlds(case, case.world, lifted(case)[0], switches)
    found = leverage_of_case(case, four.results)
    assert "JPN" not in found["RUS"]["pressure"].senders
    assert "DEU" in found["RUS"]["pressure"].senders
    assert found["PRK"]["pressure"].ratio is None
    assert "abstains" in found["PRK"]["pressure"].reason


def test_no_backtest_is_made_where_senders_abstain(moscow):
    case = varied(moscow, Variation(abstain=("JPN",)))
    check_backtests(moscow)
    with pytest.raises(ScenarioError, match="field abstain: backtests hold the model"):
        check_backtests(case)


def test_a_level_that_a_tie_cannot_have_names_the_tie(tmp_path):
    def entering(scenario):
        phased(scenario)
        effect = {"kind": "entry", "importer": "Quay", "exporter": "Alder", "share": 0.6}
        scenario["ties"][2]["effects"] = [effect | {"sector": "grain"}]

    case = varied(
        load_case(write_case(tmp_path, entering)), Variation(levels={"support": {"now": 2}})
    )
    with pytest.raises(ScenarioError, match=r"tie support at 200 %: goods of Alder would take"):
        switches_of(case, with_ties(case)[0])


def test_draws_of_a_file_and_of_a_variation_in_memory_are_the_same(small):
    variation = Variation(levels={"money": {"now": 0.5}}, abstain=("Moor",))
    case = varied(load_case(small), variation)
    path = beside(small, yaml.safe_load(yaml_of("case.yaml", variation)))
    assert load_case(path).digest == case.digest
    assert case_at(case.path, case.changes).digest == case.digest
    memory, file, base = (
        pd.read_parquet(io.BytesIO(work(jobs_of(one, 0, "plain", 4)[0])))
        for one in (case, load_case(path), load_case(small))
    )
    assert set(memory["status"]) == {"converged"}
    pd.testing.assert_frame_equal(memory, file)
    assert not np.isclose(memory["loss.Quay.pressure"], base["loss.Quay.pressure"]).any()


LEVELS = st.floats(0, 2, allow_nan=False)
VARIATIONS = st.builds(
    Variation,
    levels=st.dictionaries(
        st.sampled_from(["munitions", "workers", "china-supply"]),
        st.dictionaries(st.sampled_from(["war", "after"]), LEVELS, min_size=1),
    ),
    abstain=st.none() | st.lists(st.sampled_from(["JPN", "KOR", "EU27", "CHN"]), unique=True,
                                 min_size=1).map(tuple),
    elasticities=st.none() | st.sampled_from(["uniform-8", "caliendo-parro2015"]),
    horizon=st.none() | st.floats(0.25, 100),
)  # fmt: skip


@given(variation=VARIATIONS)
def test_a_link_brings_the_variation_back_exactly(moscow, variation):
    query = query_of(moscow, variation)
    found = from_query(moscow, query)
    assert query_of(moscow, found) == query
    assert varied(moscow, found).digest == varied(moscow, variation).digest
    assert found.horizon == variation.horizon
    for tie, stated in found.levels.items():
        for phase, level in stated.items():
            assert level == variation.levels[tie][phase]


def test_only_what_differs_is_in_the_link(moscow):
    asked = Variation(
        levels={"munitions": {"war": 1.0, "after": 0.1}, "workers": {"war": 0.07}},
        abstain=(),
        elasticities="fontagne2022",
    )
    # After the war munitions persist within a range, which one number replaces.
    assert query_of(moscow, asked) == "munitions.after=10&workers.war=7"
    assert query_of(moscow, Variation()) == ""
    whole = Variation(abstain=("JPN", "KOR"), elasticities="uniform-8", horizon=0.25)
    assert query_of(moscow, whole) == "without=JPN,KOR&elasticities=uniform-8&horizon=0.25"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("munition.war=5", "parameter munition.war: there is no tie 'munition'; did you mean"),
        ("munitions.before=5", "parameter munitions.before: there is no phase 'before'"),
        ("munitions.war=x", "parameter munitions.war: 'x' is no number; give per cent, 0 to 200"),
        ("munitions.war=inf", "parameter munitions.war: 'inf' is no number"),
        ("munitions.war=201", "parameter munitions.war: a level must lie between 0 and 2"),
        ("munitions.war=1&munitions.war=2", "parameter munitions.war stands twice"),
        ("colour=red", "parameter 'colour' is unknown; known: without, elasticities, horizon"),
        ("without=PRK", "parameter without: 'PRK' is no sender of any measure"),
        ("without=JPN,,KOR", "parameter without: .*unknown label ''"),
        ("elasticities=big", "parameter elasticities: unknown elasticities 'big'"),
        ("horizon=0.1", "parameter horizon: a horizon lies between 0.25 and 100 years"),
        ("horizon=1e999999", "parameter horizon: '1e999999' is no number; give years"),
        ("munitions.war=1e999999", "parameter munitions.war: '1e999999' is no number"),
        ("munitions.war=sNaN", "parameter munitions.war: 'sNaN' is no number"),
    ],
)
def test_a_bad_link_names_the_parameter(moscow, query, sentence):
    with pytest.raises(ScenarioError, match=sentence):
        from_query(moscow, query)


def test_the_lines_of_python_ask_for_the_same(moscow):
    variation = Variation(levels={"munitions": {"war": 0.5}}, abstain=("JPN",), horizon=1.0)
    call = ast.parse(python_of(moscow.name, variation)).body[1].value
    assert ast.unparse(call.func) == "tumen.answer"
    assert ast.literal_eval(call.args[0]) == moscow.name
    given = {item.arg: ast.literal_eval(item.value) for item in call.keywords}
    assert Variation.model_validate(given) == variation
