"""The blocks of a case's page: figures and tables with all that stands under them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tumen.analysis.answer import Answer
from tumen.app.pages.shown import Counter, Numbers, Shown
from tumen.report.answer import answer_blocks, answer_document
from tumen.report.bands import loss_reach
from tumen.report.document import Figure, Table
from tumen.report.tables import groups_shown
from tumen.scenario.load import Case
from tumen.scenario.variation import Variation, python_of, query_of, yaml_of
from tumen.world.names import name_of

WATERFALL = "waterfall"
CHANGE = "real income, per cent against no pressure and no ties"


def names_of(case: Case) -> list[str]:
    """The blocks in the order of the page."""
    waterfalls = [
        f"{WATERFALL}.{phase.id}.{region}"
        for region in case.scenario.targets
        for phase in case.scenario.tied_phases
    ]
    return ["losses", "undone", *waterfalls, "senders", "income"]


def numbered(case: Case) -> dict[str, int]:
    """The number of each block among those of its kind, whether it is there yet or not."""
    tables, counter = {"undone", "income"}, Counter()
    return {
        name: counter.next_of("table" if name in tables else "figure") for name in names_of(case)
    }


def shown_blocks(answer: Answer, case: Case, variation: Variation) -> dict[str, Shown]:
    """Every block that the answer has, by name; `case` is what the variation varies."""
    whole, numbers = answer_document(answer), numbered(case)
    made = {}
    for name, block in answer_blocks(answer).items():
        assert isinstance(block, Figure | Table)
        made[name] = Shown(
            name,
            block,
            whole,
            f"/cases/{case.name}/figures/{name}",
            query_of(case, variation),
            python_of(case.name, variation),
            yaml_of(case.name, variation),
            numbers[name],
            exact_numbers(answer, name),
        )
    return {name: made[name] for name in names_of(case) if name in made}


def exact_numbers(answer: Answer, name: str) -> Numbers | None:
    """The numbers of a block as they were solved; None where the block holds them itself."""
    makers: dict[str, Callable[[Answer], Numbers]] = {
        "losses": loss_numbers,
        "senders": other_numbers,
        "income": income_numbers,
    }
    if name in makers:
        return makers[name](answer)
    if name.startswith(f"{WATERFALL}."):
        _, phase, region = name.split(".", 2)
        return part_numbers(answer, phase, region)
    return None


def loss_numbers(answer: Answer) -> Numbers:
    """Change of real income of each target in each world with pressure, with its range."""
    header = ["code", "region", "world", CHANGE, "low", "high"]
    rows: list[list[Any]] = []
    for region in answer.case.scenario.targets:
        for view in answer.views.values():
            if not view.state.startswith("pressure"):
                continue
            reach = loss_reach(answer, view.phase, region, view.state).scaled(-1)
            ends = (reach.central, reach.high, reach.low)
            rows.append([region, name_of(answer.world, region), view.title, *ends])
    return header, rows


def other_numbers(answer: Answer) -> Numbers:
    """What the pressure costs everybody else."""
    targets = answer.case.scenario.targets
    rows = [
        [region, name_of(answer.world, region), answer.main.change("pressure", region)]
        for region in answer.world.regions
        if region not in targets
    ]
    return ["code", "region", CHANGE], sorted(rows, key=lambda row: row[-1])


def income_numbers(answer: Answer) -> Numbers:
    """Real income by group of regions and world."""
    rows = [
        [
            title,
            view.title,
            view.change_of(regions),
            sum(view.million(region) for region in regions),
        ]
        for title, regions in groups_shown(answer)
        for view in answer.views.values()
        if view.state.startswith("pressure")
    ]
    return ["", "world", CHANGE, "million USD"], rows


def part_numbers(answer: Answer, phase: str, region: str) -> Numbers:
    """Shapley parts of the groups of ties, and their sum."""
    found = answer.phases[phase]
    parts = found.shapley.sel(region=region)
    rows: list[list[Any]] = [
        [unit, title, float(parts.sel(group=unit))] for unit, title in found.units.titles.items()
    ]
    return ["id", "group of ties", "percentage points"], [*rows, ["all", "", float(parts.sum())]]


def live(shown: Shown) -> dict[str, Any]:
    """A block as the page's script takes it to put it in the place of an older one."""
    view = shown.view
    if shown.block.kind == "table":
        table = view["table"]
        body: dict[str, Any] = {
            "title": table["caption"],
            "remark": table["note"],
            "head": [[one.title, one.unit, one.numeric] for one in table["columns"]],
            "rows": [row["cells"] for row in table["rows"] if "cells" in row],
        }
    else:
        table = view["table"]
        numeric = [bool(title) for title in table["columns"]]
        body = {
            "title": view["title"],
            "remark": view["caption"],
            "label": view["label"],
            "figure": json.loads(view["json"]),
            "head": [
                [title, "", flag] for title, flag in zip(table["columns"], numeric, strict=True)
            ],
            "rows": [list(zip(row, numeric, strict=True)) for row in table["rows"]],
        }
    return {
        **body,
        "made": shown.told,
        "python": shown.python,
        "yaml": shown.yaml,
        "citation": shown.citation,
    }
