"""A case with other numbers: every uncertain figure replaced by what was drawn for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from tumen.analysis.points import correlate, sobol_points
from tumen.errors import ScenarioError, WorldError
from tumen.scenario.claims import Ledger, load_claims
from tumen.scenario.distributions import quantile, widened
from tumen.scenario.expression import word
from tumen.scenario.figure import Share
from tumen.scenario.load import Case
from tumen.scenario.schema import Correlated
from tumen.scenario.uncertainty import (
    ELASTICITY,
    EVIDENCE,
    HORIZON,
    RUN_PARTS,
    STRETCH,
    Input,
    correlated_groups,
    drawn_figures,
    elasticity_input,
    inputs_of,
    with_evidence,
)
from tumen.world.arrays import labelled
from tumen.world.embedded import elasticity_errors
from tumen.world.horizon import SETTINGS
from tumen.world.names import name_of
from tumen.world.world import World


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
            f"{ELASTICITY}.{word(sector)}",
        )
        for sector in case.world.sectors
    ]


def horizon_inputs() -> list[Input]:
    """The settings of the horizon in the first months whose sources give a range."""
    made = []
    for setting in SETTINGS:
        if setting.least == setting.most:
            continue
        figure = Share(low=setting.least, central=setting.first, high=setting.most, unit="share")
        within = widened(figure, STRETCH[setting.reliability])
        name = f"{HORIZON}.{word(setting.variable)}"
        made.append(
            Input(
                name=name,
                title=f"In the first months: {setting.variable.replace('_', ' ')}",
                unit=setting.meaning,
                low=within.low,
                central=within.central,
                high=within.high,
                stated=(setting.least, setting.most),
                evidence=(),
                channel="",
                correlated="",
                ranges={name: within},
            )
        )
    return made


def rows_named(ledger: Ledger | None) -> list[str]:
    """Rows of the evidence that formulas of the claims take at a draw, as `evidence.ID`."""
    if ledger is None:
        return []
    names = {name for _, _, _, test in ledger.tests() for name in test.names}
    parts = [name.split(".") for name in sorted(names) if name.startswith("evidence.")]
    return [part[1] for part in parts if len(part) == 2]


class Drawing:
    """The uncertain inputs of a case, and the case at any of their values.

    `parts` says what is drawn: fields of the scenario, trade elasticities, the first months of the
    horizon, rows of the evidence that claims name. Raises `ScenarioError` for a group of correlated
    inputs that names one which does not exist.
    """

    def __init__(self, case: Case, parts: Collection[str] = RUN_PARTS) -> None:
        self.case, self.parts = case, parts
        scenario = case.scenario
        self.ledger = load_claims(case.folder, case.evidence)
        rows = self.ledger.evidence if self.ledger is not None else case.evidence
        listed = inputs_of(scenario, rows, partial(name_of, case.world), parts)
        if ELASTICITY in parts:
            listed += elasticity_inputs(case)
        if HORIZON in parts:
            listed += horizon_inputs()
        if EVIDENCE in parts:
            listed = with_evidence(listed, rows, rows_named(self.ledger))
        try:
            placed, self.strength = correlated_groups(self.groups(listed), listed)
        except ScenarioError as error:
            raise ScenarioError(f"{case.path}, {error}") from None
        self.inputs: tuple[Input, ...] = tuple(placed)

    def groups(self, listed: Collection[Input]) -> list[Correlated]:
        """The correlated groups of the case. Where only a part of a run is drawn, what is left of
        them: inputs that are not drawn have nothing to move with.
        """
        stated = self.case.scenario.correlated
        if self.parts is RUN_PARTS:
            return stated
        here = {one.name for one in listed}
        kept = [
            group.model_copy(update={"inputs": [name for name in group.inputs if name in here]})
            for group in stated
        ]
        return [group for group in kept if len(group.inputs) > 1]

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
        for place, name, _ in drawn_figures(self.case.scenario, self.parts):
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
            [values.get(f"{ELASTICITY}.{word(sector)}", np.nan) for sector in world.sectors]
        )
        if np.isnan(theta).all():
            return world
        floor = self.case.scenario.elasticity_floor
        drawn = theta if floor is None else np.maximum(theta, floor)
        return world.with_elasticities(labelled(drawn, ("sector",), (tuple(world.sectors),)))

    @property
    def folder(self) -> Path:
        """Where the case's tables stand."""
        return self.case.folder


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
