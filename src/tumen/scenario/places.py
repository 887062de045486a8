"""The places of a scenario's figures in words that a reader understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tumen.scenario.effects import TransferEffect
from tumen.scenario.figure import Place
from tumen.scenario.schema import Channel, Scenario

Names = Callable[[str], str]  # from the code of a region to its everyday name
# Fields of a tie and of its effects as a reader knows them; the effect's kind where it matters.
TIE_FIELDS: Mapping[str, str] = {
    "persistence": "what is left afterwards",
    "fungibility": "share that could be spent on anything",
}
EFFECT_FIELDS: Mapping[str, str] = {
    "gross": "gross value",
    "realised": "share of it that arrives",
    "in_benchmark": "in the benchmark already",
    "goods received.value": "value of the goods received",
    "production.value": "value of what is made",
    "from_stock": "share from stock",
    "home_cost": "cost at home",
    "outlay.value": "what is spent",
    "flow_hat": "trade with the tie over the benchmark's",
    "without": "trade without the tie over the benchmark's",
    "trade cost.change": "change of delivered cost",
    "weight": "factor on trade weights",
    "share": "share of the buyer's spending",
    "sales": "sales",
    "of_potential": "share of the potential",
    "days_saved": "days saved",
    "cheaper": "fall of the cost",
    "productivity.change": "change of productivity",
    "persons": "persons",
    "home_workforce": "workforce at home",
    "host_workforce": "workforce of the host",
}
WEAPONS_FIELDS: Mapping[str, str] = {
    "fungibility": "share that could be spent on anything",
    "technology": "what technology would be worth",
}


# What a figure belongs to, and what it is: ("Munitions", "gross value").
Words = tuple[str, str]


def tie_words(tie: Channel, rest: tuple[Any, ...]) -> Words:
    """A figure of a tie."""
    field = str(rest[-1])
    if rest[0] == "levels":
        return tie.title, f"how much of it there is, phase {field}"
    if rest[0] != "effects":
        return tie.title, TIE_FIELDS.get(field, field)
    effect = tie.effects[rest[1]]
    if isinstance(effect, TransferEffect) and "paid_in" in rest:
        title = effect.paid_in[rest[3]].title
        return tie.title, f"share paid in {title[0].lower()}{title[1:]}"
    return tie.title, EFFECT_FIELDS.get(f"{effect.kind}.{field}", EFFECT_FIELDS.get(field, field))


def balance_words(scenario: Scenario, rest: tuple[Any, ...], names: Names) -> Words:
    """A figure of a balance sheet: the state and the entry."""
    balance = scenario.balance[rest[0]]
    entry = balance.items[rest[2]].title if rest[1] == "items" else "before the pressure"
    return f"deficit of {names(balance.region)}", entry


def backtest_words(scenario: Scenario, rest: tuple[Any, ...]) -> Words:
    """A figure that a backtest is held against: the measure and what is compared."""
    test = scenario.backtests[rest[0]]
    what = test.compare[rest[2]].what
    shown = "GDP" if what == "gdp" else what
    later = {"years": ", years since", "since": ", counted from"}.get(rest[3], "")
    return f"backtest, {test.title}", shown + later


def question_words(scenario: Scenario, part: str, rest: tuple[Any, ...]) -> Words:
    """A figure of one of the further questions."""
    if part == "routes" and scenario.routes is not None:
        elsewhere = scenario.routes.elsewhere
        if rest[0] == "elsewhere" and elsewhere is not None:
            return elsewhere.title, "share of its capacity that is used"
        return scenario.routes.title, str(rest[0])
    if part == "market_entry":
        return "goods that enter", "size of their potential"
    if part == "evasion":
        return "goods that go round the ban", "how much dearer"
    if part == "weapons" and rest[0] == "programmes":
        return part, f"cost a year, {rest[1]}"
    return part, WEAPONS_FIELDS.get(rest[0], ".".join(map(str, rest)))


def words_of(scenario: Scenario, place: Place, names: Names) -> Words:
    """What a figure of the scenario belongs to and what it is; `names` gives those of regions."""
    part, *rest = place
    if part == "ties":
        return tie_words(scenario.ties[int(rest[0])], tuple(rest[1:]))
    if part == "balance":
        return balance_words(scenario, tuple(rest), names)
    if part == "pressure":
        return scenario.pressure[int(rest[0])].title, "part of the recorded fall"
    if part == "value_of_day":
        return "transport", "cost of a day on the way"
    if part == "backtests":
        return backtest_words(scenario, tuple(rest))
    return question_words(scenario, str(part), tuple(rest))
