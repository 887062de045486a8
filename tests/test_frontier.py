"""Coalitions: what each costs its members and the target, and which no other beats."""

import contextlib
import json

import numpy as np
import pytest

import tumen
from tumen.analysis.frontier import efficient, usual_members
from tumen.app.jobs.asking import request_of
from tumen.app.jobs.kinds import KINDS, Task
from tumen.errors import ScenarioError, StoreError
from tumen.report.frontier import page
from tumen.scenario.load import load_case

MEMBERS = ["USA", "EU27", "JPN"]


@pytest.fixture(scope="module")
def case():
    return load_case("moscow-pyongyang")


@pytest.fixture(scope="module")
def found(case):
    return tumen.frontier(case, "RUS", MEMBERS)


def test_a_coalition_is_the_case_with_everybody_else_abstaining(case, found):
    others = [name for one in ("EU27", "USA") for name in found.members[one]]
    for name, abstain in (("JPN", others), ("none", [*others, "JPN"])):
        answer = tumen.answer(case, abstain=abstain)
        nobody = tumen.answer(case, abstain=[*others, "JPN"])
        of = {
            state: [one.main.central.welfare(world, "RUS", goods=False) for one in (answer, nobody)]
            for state, world in (("without_ties", "pressure"), ("with_ties", "pressure_ties"))
        }
        for state, (with_them, without) in of.items():
            loss = 100 * (1 - with_them / without)
            assert float(found.table.loss.sel(state=state, coalition=name)) == pytest.approx(
                loss, abs=1e-7
            )


def test_cost_is_what_the_members_themselves_lose(case, found):
    abstain = [*found.members["EU27"], "JPN"]
    worlds = [tumen.answer(case, abstain=one) for one in (abstain, [*abstain, "USA"])]
    fell = -np.diff([one.main.central.welfare("pressure", "USA") for one in worlds[::-1]])[0]
    wanted = fell * float(case.world.income.sel(region="USA"))
    cost = found.table.cost.sel(state="without_ties", coalition="USA")
    assert float(cost) == pytest.approx(wanted, rel=1e-6)


def test_parts_sum_to_the_whole_and_the_union_is_the_largest(found):
    whole = "+".join(found.members)
    for part, of in (("shapley_loss", "loss"), ("shapley_cost", "cost")):
        total = found.table[of].sel(coalition=whole)
        np.testing.assert_allclose(found.table[part].sum("member"), total, rtol=1e-12)
    assert str(found.table.shapley_loss.sel(state="with_ties").idxmax().values) == "EU27"
    assert found.residual <= case_tolerance(found)


def case_tolerance(found):
    return found.case.scenario.tolerance


def test_no_coalition_on_the_frontier_is_beaten():
    rng = np.random.default_rng(4)
    loss, cost = rng.integers(0, 9, (2, 60)).astype(float)
    chosen = efficient(loss, cost)
    for at in range(60):
        beaten = [
            (loss[i] >= loss[at] and cost[i] < cost[at])
            or (loss[i] > loss[at] and cost[i] <= cost[at])
            for i in range(60)
        ]
        if chosen[at]:
            assert not any(beaten)
        elif not any(beaten):  # a twin of one that was chosen
            assert ((loss == loss[at]) & (cost == cost[at]) & chosen).any()


def test_the_union_is_one_member_unless_named_otherwise(case):
    assert usual_members(case, "RUS")["EU27"] == ("DEU", "FRA", "ITA", "POL", "EUR")
    assert list(usual_members(case, "PRK")) == ["CHN"]
    alone = tumen.frontier(case, "RUS", ["DEU"])
    assert alone.members == {"DEU": ("DEU",)}


@pytest.mark.parametrize(
    ("target", "members", "message"),
    [
        ("XXX", None, "'XXX' is no target"),
        ("RUS", ["CHN"], "'CHN' holds no sender"),
        ("RUS", ["EU27", "DEU"], "both hold DEU"),
        ("RUS", ["Narnia"], "unknown label 'Narnia'"),
        ("RUS", [], "name 1 to 12"),
    ],
)
def test_bad_input_is_one_sentence(case, target, members, message):
    with pytest.raises(tumen.TumenError, match=message):
        tumen.frontier(case, target, members)


def test_a_run_of_the_kind_makes_its_page_and_tables(case, tmp_path):
    told = []

    @contextlib.contextmanager
    def shown(what):
        yield lambda done, total: told.append((what, done, total))

    settings = request_of(case, "frontier", {"target": "RUS", "members": ["USA", "JPN"]}).settings
    artefacts, summary = KINDS["frontier"](Task(case, settings, tmp_path, shown, 1))
    assert told[-1][1:] == (8, 8)
    assert summary["status"] == "converged"
    document = json.loads(artefacts["frontier.json"])
    assert len(document["coalitions"]) == 8
    assert document["headline"] in artefacts["report.html"].decode().replace("&#39;", "'")
    assert artefacts["frontier.csv"].decode().count("\n") == 9


def test_settings_of_the_kind_are_checked(case):
    with pytest.raises(StoreError, match="no such setting"):
        request_of(case, "frontier", {"tagret": "RUS"})


def test_the_page_names_coalitions_by_who_is_left_out(found):
    text = str(page(found).sections[2].blocks[0].rows)
    assert "everybody" in text
    assert "nobody" in text


def test_abstainers_of_the_case_are_no_members(case):
    from tumen.scenario.variation import Variation, varied

    without = varied(case, Variation(abstain=("JPN",)))
    assert "JPN" not in usual_members(without, "RUS")
    with pytest.raises(ScenarioError, match="holds no sender"):
        tumen.frontier(without, "RUS", ["JPN"])
