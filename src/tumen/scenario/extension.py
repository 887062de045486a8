"""A case that varies another: a file that names its base and states only what differs."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import Field

from tumen.scenario.figure import Level, Strict
from tumen.scenario.schema import Scenario

# Fields that take the place of the base's as they stand.
REPLACED = (
    "title", "summary", "abstain", "elasticities", "elasticity_floor", "closure", "horizons",
    "tolerance",
)  # fmt: skip


class Extension(Strict):
    """What a case changes in its base; everything else is the base's."""

    extends: str = Field(
        min_length=1,
        description="a shipped case's name, or a scenario's path relative to this file",
    )
    title: str | None = None
    summary: str | None = None
    levels: dict[str, dict[str, Level]] = Field(
        default_factory=dict,
        description="by tie and phase how much of the tie there is, 0 to 2; 1 is all of it",
    )
    abstain: list[str] | None = Field(
        default=None,
        description="senders, codes or groups, whose measures are not in force in any world",
    )
    elasticities: str | None = None
    elasticity_floor: float | None = Field(default=None, gt=0)
    closure: Literal["fixed", "proportional", "zero"] | None = None
    horizons: list[float] | None = None
    tolerance: float | None = Field(default=None, gt=0, lt=1e-3)

    @property
    def changes(self) -> str:
        """What it changes as JSON, the same for the same changes; empty where it changes nothing.

        Later `extended` with it gives the same scenario again.
        """
        stated = self.model_dump(exclude={"extends"}, exclude_defaults=True)
        return json.dumps(stated, sort_keys=True) if stated else ""


def extended(scenario: Scenario, change: Extension) -> Scenario:
    """The base with what changes; ties that the base does not have are passed over."""
    ties = [
        tie.model_copy(update={"levels": {**tie.levels, **change.levels[tie.id]}})
        if tie.id in change.levels
        else tie
        for tie in scenario.ties
    ]
    given = {name: getattr(change, name) for name in REPLACED}
    return scenario.model_copy(
        update={"ties": ties} | {name: value for name, value in given.items() if value is not None}
    )


def schema() -> dict[str, Any]:
    """The JSON schema of a scenario file: a whole case, or one that extends another."""
    whole, change = (model.model_json_schema() for model in (Scenario, Extension))
    parts = {**change.pop("$defs", {}), **whole.pop("$defs", {})}
    return {"$defs": parts, "anyOf": [whole, change], "title": "A tumen scenario"}
