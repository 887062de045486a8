"""A case with other numbers: every uncertain figure replaced by what was drawn for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from tumen.analysis.points import correlate, sobol_points
from tumen.errors import ScenarioError, WorldError
from tumen.scenario.claims import Ledger, load_claims
from tumen.scenario.expression import word
from tumen.scenario.load import Case
from tumen.scenario.uncertainty import (
    Input,
    correlated_groups,
    drawn_figures,
    elasticity_input,
    inputs_of,
    quantile,
    with_evidence,
)
from tumen.world.arrays import labelled
from tumen.world.embedded import elasticity_errors
from tumen.world.names import name_of
from tumen.world.world import World

ELASTICITY = "elasticity."


def elasticity_inputs(case: Case) -> list[Input]:
    """The trade elasticities of the case's set with their standard errors; none where unknown."""
    named = str(case.world.dataset.attrs.get("elasticities", "own")).split(",")[0]
    try:
        errors = elasticity_errors(named, case.world)
    except WorldError:
        return []
    data = case.world.dataset
    return [
        elasticity_input(
            sector,
            str(data["sector_name"].sel(sector=sector).item()) if "sector_name" in data else sector,
            float(data["trade_elasticity"].sel(sector=sector)),
            float(errors.sel(sector=sector)),
            f"{ELASTICITY}{word(sector)}",
        )
        for sector in case.world.sectors
    ]


def rows_named(ledger: Ledger | None) -> list[str]:
    """Rows of the evidence that formulas of the claims take at a draw, as `evidence.ID`."""
    if ledger is None:
        return []
    names = {name for _, _, _, test in ledger.tests() for name in test.names}
    parts = [name.split(".") for name in sorted(names) if name.startswith("evidence.")]
    return [part[1] for part in parts if len(part) == 2]


class Drawing:
    """The uncertain inputs of a case, and the case at any of their values.

    Raises `ScenarioError` for a group of correlated inputs that names one which does not exist.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        scenario = case.scenario
        self.ledger = load_claims(case.path.parent, case.evidence)
        rows = self.ledger.evidence if self.ledger is not None else case.evidence
        named = partial(name_of, case.world)
        own = [*inputs_of(scenario, rows, named), *elasticity_inputs(case)]
        listed = with_evidence(own, rows, rows_named(self.ledger))
        try:
            placed, self.strength = correlated_groups(scenario.correlated, listed)
        except ScenarioError as error:
            raise ScenarioError(f"{case.path}, {error}") from None
        self.inputs: tuple[Input, ...] = tuple(placed)

    @cached_property
    def position(self) -> dict[str, int]:
        """Where each input stands, by name."""
        return {one.name: at for at, one in enumerate(self.inputs)}

    @cached_property
    def owner(self) -> dict[str, int]:
        """The input that each drawn figure, elasticity or row of evidence belongs to, by place."""
        return {place: at for at, one in enumerate(self.inputs) for place in one.ranges}

    @cached_property
    def tree(self) -> dict[Any, Any]:
        """The drawn figures of the scenario as a tree of fields and positions down to names."""
        root: dict[Any, Any] = {}
        for place, name, _ in drawn_figures(self.case.scenario):
            node = root
            for part in place[:-1]:
                node = node.setdefault(part, {})
            node[place[-1]] = name
        return root

    def points(self, first: int, last: int, seed: int) -> np.ndarray:
        """Probabilities [draw, input] of the draws `first` to `last - 1`."""
        return self.correlated(sobol_points(first, last, len(self.inputs), seed))

    def correlated(self, independent: np.ndarray) -> np.ndarray:
        """Probabilities [draw, input] from independent ones."""
        return correlate(independent, self.inputs, self.strength)

    def values(self, probability: np.ndarray) -> np.ndarray:
        """Values [draw, input] of the first figure of every input."""
        return np.stack([one.at(probability[:, at]) for at, one in enumerate(self.inputs)], axis=1)

    def by_place(self, probability: np.ndarray) -> dict[str, np.ndarray]:
        """Values [draw] of every drawn figure, elasticity and row of evidence, by place."""
        return {
            place: quantile(self.inputs[at].ranges[place], probability[:, at])
            for place, at in self.owner.items()
        }

    def draw(self, values: Mapping[str, float]) -> Case:
        """The case with these numbers, by place, for its figures and elasticities."""
        scenario = with_numbers(self.case.scenario, self.tree, values)
        return replace(self.case, scenario=scenario, world=self.world(values))

    def world(self, values: Mapping[str, float]) -> World:
        """The benchmark with the elasticities drawn, none below the floor that the case states."""
        world = self.case.world
        theta = np.array(
            [values.get(f"{ELASTICITY}{word(sector)}", np.nan) for sector in world.sectors]
        )
        if np.isnan(theta).all():
            return world
        floor = self.case.scenario.elasticity_floor
        drawn = theta if floor is None else np.maximum(theta, floor)
        return world.with_elasticities(labelled(drawn, ("sector",), (tuple(world.sectors),)))

    @property
    def folder(self) -> Path:
        """Where the case's tables stand."""
        return self.case.path.parent


def with_numbers(value: Any, tree: Mapping[Any, Any], numbers: Mapping[str, float]) -> Any:
    """A model, list or mapping with the figures that the tree names replaced by numbers."""

    def changed(part: Any, below: Any) -> Any:
        if not isinstance(below, str):
            return with_numbers(part, below, numbers)
        number = float(numbers[below])
        return part.model_copy(update={"low": number, "central": number, "high": number})

    if isinstance(value, BaseModel):
        return value.model_copy(
            update={name: changed(getattr(value, name), below) for name, below in tree.items()}
        )
    if isinstance(value, dict):
        return value | {key: changed(value[key], below) for key, below in tree.items()}
    listed = list(value)
    for at, below in tree.items():
        listed[at] = changed(listed[at], below)
    return tuple(listed) if isinstance(value, tuple) else listed
