"""The quick answer: the numbers of a run, whatever was kept, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import tumen
from cases import phased, write_case
from tumen.analysis import answer as quick
from tumen.analysis.case import run_case
from tumen.analysis.fourworlds import ENDS, four_worlds
from tumen.analysis.horizons import at_horizon
from tumen.analysis.phases import lifted, run_phase, switches_of, with_ties
from tumen.errors import ScenarioError, SolveError
from tumen.report.answer import answer_blocks, answer_document
from tumen.report.case_figures import losses_figure, senders_figure
from tumen.report.phrases import changed
from tumen.report.summary import document
from tumen.scenario.load import load_case
from tumen.scenario.variation import Variation, varied

CLOSE = 1e-8
VARIED = {"levels": {"munitions": {"war": 0.5}}, "abstain": ["JPN"], "elasticities": "uniform-8"}
KEPT = (
    quick.kept_switch, quick.kept_level, quick.kept_base, quick.kept_start, quick.kept_imposed,
)  # fmt: skip


def forget():
    """Forget every world and tie that was kept."""
    for one in KEPT:
        one.cache_clear()


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    return write_case(tmp_path_factory.mktemp("small"), phased)


@pytest.fixture(scope="module")
def moscow():
    return load_case("moscow-pyongyang")


def same_worlds(found, wanted):
    """The worlds of an answer at one end of the figures are those that were solved in full."""
    for state in found.levels:
        hats = wanted.incomes(state).hat
        for region, hat in found.incomes(state).hat.items():
            assert hat == pytest.approx(hats[region], abs=CLOSE), (state, region)


@pytest.mark.parametrize("asked", [{}, VARIED], ids=["base", "varied"])
def test_worlds_are_those_of_the_full_way(moscow, asked):
    found = tumen.answer("moscow-pyongyang", **asked)
    case = varied(moscow, found.variation)
    lift, _, _ = lifted(case)
    for phase in found.phases.values():
        for end in ENDS:
            four = four_worlds(case, case.world, lift, switches_of(case, phase.phase, end))
            same_worlds(phase.four[end], four)
            for region in case.scenario.targets:
                ratio = four.offset(region)
                assert phase.four[end].offset(region) == pytest.approx(ratio, abs=CLOSE)
    assert found.residual <= case.scenario.tolerance


def test_a_run_of_a_small_case_has_the_same_numbers(small):
    asked = Variation(levels={"money": {"now": 0.5}}, elasticities="uniform-6")
    case = varied(load_case(small), asked)
    whole, found = run_case(case), quick.answer_to(load_case(small), asked, split=True)
    for name, phase in found.phases.items():
        for end in ENDS:
            same_worlds(phase.four[end], whole.phases[name].four[end])
        for part in ("shapley", "interaction"):
            assert np.abs(phase.split[part] - whole.phases[name].split[part]).max() < CLOSE
    told, run = answer_document(found), document(whole)
    for key in ("real_income", "loss", "offset_ratio", "offset_ratio_without_goods_received"):
        assert told[key].keys() == run[key].keys()
    assert told["headline"] == run["headline"]
    words = "Changed: money at 50 % in 2023 to 2024; trade elasticities uniform-6."
    assert told["changed"] == words
    assert json.loads(json.dumps(told)) == told


def test_the_split_is_that_of_the_full_way(moscow):
    found = tumen.answer(moscow, levels={"munitions": {"after": 0}}, split=True)
    case = varied(moscow, found.variation)
    last = with_ties(case)[1]
    whole = run_phase(case, last, lifted(case)[0], None)
    split = found.phases[last.id].split
    for part in ("shapley", "interaction"):
        assert np.abs(split[part] - whole.split[part]).max() < CLOSE
    for region in case.scenario.targets:
        four = found.phases[last.id].central
        gained = 100 * (four.loss(region, "pressure") - four.loss(region, "pressure_ties"))
        assert float(split["shapley"].sel(region=region).sum()) == pytest.approx(gained, abs=CLOSE)


def test_a_horizon_is_that_of_a_run(small):
    case = load_case(small)
    found = tumen.answer(case, horizon=0.5)
    for phase in found.phases.values():
        whole = run_phase(case, phase.phase, lifted(case)[0], None)
        wanted = at_horizon(case, whole, lifted(case)[0], 0.5)
        for end in ENDS:
            same_worlds(phase.four[end], wanted.four[end])
    assert found.years == 0.5
    assert "at a horizon of 0.5 years" in found.elasticities


def test_no_tie_at_all_undoes_exactly_nothing(moscow):
    none = {tie.id: {"war": 0, "after": 0} for tie in moscow.scenario.ties}
    found = tumen.answer(moscow, levels=none)
    for phase in found.phases.values():
        for region in moscow.scenario.targets:
            assert phase.offset_ratio(region) == {"low": 0.0, "central": 0.0, "high": 0.0}


def read(found):
    """Every number of an answer."""
    return {
        (name, end, state): four.incomes(state)
        for name, phase in found.phases.items()
        for end, four in phase.four.items()
        for state in four.levels
    }


def test_no_number_depends_on_what_was_asked_before(small):
    asked = [
        {},
        {"levels": {"money": {"now": 0.5}}},
        {"levels": {"money": {"now": 0.5}, "trade": {"later": 2}}, "elasticities": "uniform-6"},
        {"abstain": ["Moor"]},
        {"horizon": 1},
    ]
    forget()
    first = [read(tumen.answer(small, **one)) for one in asked]
    again = [read(tumen.answer(small, **one)) for one in asked]
    forget()
    last = [read(tumen.answer(small, **one)) for one in reversed(asked)][::-1]
    assert first == again == last


def test_moving_one_tie_solves_only_the_worlds_that_have_it(small, monkeypatch):
    forget()
    tumen.answer(small)
    solved = []
    solve = quick.level_in
    monkeypatch.setattr(quick, "level_in", lambda *given: solved.append(1) or solve(*given))
    tumen.answer(small, levels={"money": {"now": 0.5}})
    assert len(solved) == 4  # with the ties at three ends, and without pressure at the centre
    tumen.answer(small, levels={"money": {"now": 0.5}})
    assert len(solved) == 4


def test_no_equilibrium_says_so(tmp_path):
    def ruinous(scenario):
        phased(scenario)
        scenario["ties"][0]["effects"][0]["gross"] = 5_000
        scenario["ties"][0]["effects"][0]["realised"] = 1

    case = load_case(write_case(tmp_path, ruinous))
    income = float(case.world.income.sel(region="Alder"))
    assert 5_000 < income < 10_000
    assert tumen.answer(case).main.central.loss("Quay", "pressure_ties") < 0
    with pytest.raises(SolveError, match="pressure ties: absorption_negative") as caught:
        tumen.answer(case, levels={"money": {"now": 2}})
    assert str(caught.value.result.status) == "absorption_negative"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"levels": {"mony": {"now": 1}}}, "there is no tie 'mony'; did you mean money"),
        ({"abstain": ["Alder"]}, "'Alder' is no sender"),
        ({"elasticities": "big"}, "unknown elasticities 'big'"),
        ({"horizon": 200}, "a horizon lies between"),
    ],
)
def test_what_is_unknown_is_refused(small, asked, sentence):
    with pytest.raises(ScenarioError, match=sentence):
        tumen.answer(small, **asked)


@pytest.mark.parametrize(
    ("horizon", "words"),
    [
        (None, "In the long run the pressure costs Quay"),
        (0.25, "In the first months the pressure costs Quay"),
        (0.5, "Within 6 months the pressure costs Quay"),
        (1, "Within one year the pressure costs Quay"),
        (5, "Within 5 years the pressure costs Quay"),
    ],
)
def test_the_sentence_says_when(small, horizon, words):
    found = tumen.answer(small, horizon=horizon)
    assert answer_document(found)["headline"]["Quay"].startswith(words)


def test_what_changed_is_told(moscow):
    def told(**fields):
        return changed(varied(moscow, Variation(**fields)))

    assert told() == ""
    assert told(levels={"munitions": {"war": 0.5}}, abstain=("JPN",)) == (
        "Changed: munitions at 50 % while the war lasts; Japan takes no part."
    )
    none = {tie.id: {"after": 0.0} for tie in moscow.scenario.ties}
    assert told(levels=none) == "Changed: every tie at 0 % once the war is over."
    assert told(abstain=("JPN", "KOR")) == "Changed: Japan and South Korea take no part."
    assert told(abstain=("west",)) == "Changed: 13 of the senders take no part."


def test_a_loss_too_small_has_no_ratio_and_says_so(moscow):
    found = tumen.answer(moscow, abstain=["west", "CHN"])
    text = answer_document(found)
    assert text["offset_ratio"]["war"]["RUS"]["central"] is None
    assert "too little" in text["headline"]["RUS"]


def test_blocks_are_those_of_the_report(small):
    found = tumen.answer(small)
    blocks = answer_blocks(found)
    assert list(blocks) == ["losses", "undone", "income", "senders"]
    split = answer_blocks(tumen.answer(small, split=True))
    assert set(split) - set(blocks) == {
        f"waterfall.{phase}.{region}" for phase in ("now", "later") for region in ("Quay", "Alder")
    }
    whole = run_case(load_case(small))
    for name, made in (("losses", losses_figure), ("senders", senders_figure)):
        assert blocks[name].figure.layout.meta == made(whole).figure.layout.meta
        assert blocks[name].caption == made(whole).caption


def test_who_abstains_stands_apart(moscow):
    blocks = answer_blocks(tumen.answer(moscow, abstain=["JPN", "KOR"]))
    titles = [row[0] for row in blocks["income"].rows]
    assert "All 11 senders" in titles
    assert "Senders who take no part" in titles
