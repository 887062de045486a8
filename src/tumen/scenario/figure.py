"""Figures: uncertain numbers with their unit and their support."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

End = Literal["low", "central", "high"]
Distribution = Literal["pert", "triangular", "uniform", "normal", "lognormal"]
Place = tuple[str | int, ...]
OPPOSITE: dict[End, End] = {"low": "high", "central": "central", "high": "low"}


class Strict(BaseModel):
    """Unknown fields are mistakes, not extensions; no number is infinite or missing."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Figure(Strict):
    """An uncertain number: `{low, central, high}` with its unit and its evidence or assumption.

    A plain number stands for a figure without a range.
    """

    low: float
    central: float
    high: float
    unit: str = ""
    evidence: list[str] = Field(default_factory=list, description="ids in the evidence table")
    assumption: str | None = Field(
        default=None, description="why this number, where no source gives it"
    )
    note: str | None = Field(default=None, description="how the number follows from its evidence")
    distribution: Distribution = Field(
        default="pert",
        description=(
            "how draws fall between low and high, which bound pert, triangular and uniform; of a "
            "normal or lognormal they are the 5th and 95th percentile, and central the median"
        ),
    )
    input: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z][A-Za-z0-9._-]*$",
        description=(
            "name of the uncertain quantity; figures of the same name are drawn together, and an "
            "id of the evidence table names that row"
        ),
    )

    @model_validator(mode="before")
    @classmethod
    def from_number(cls, value: Any) -> Any:
        """Take a plain number."""
        if isinstance(value, bool):
            raise ValueError("a number is needed, not true or false")
        if isinstance(value, (int, float)):
            return {"low": value, "central": value, "high": value}
        if isinstance(value, str):
            raise ValueError(f"a number or {{low, central, high}} is needed, not {value!r}")
        return value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The JSON schema, in which a plain number stands for a figure too."""
        return {"anyOf": [{"type": "number"}, handler(core_schema)]}

    @model_validator(mode="after")
    def ordered(self) -> Figure:
        """Check that the range is a range, and says its unit."""
        if not self.low <= self.central <= self.high:
            raise ValueError(
                f"low <= central <= high does not hold: {self.low:g}, {self.central:g}, "
                f"{self.high:g}"
            )
        if self.low != self.high and not self.unit:
            raise ValueError("a range needs a unit")
        if self.distribution == "lognormal" and self.low <= 0:
            raise ValueError(f"a lognormal needs low above zero, not {self.low:g}")
        return self

    def at(self, end: End) -> float:
        """The number at one end of the range, or in its middle."""
        return float(getattr(self, end))


class Share(Figure):
    """A figure that is a share of a whole: 0 to 1."""

    @model_validator(mode="after")
    def of_one(self) -> Share:
        """Refuse a share outside 0 to 1."""
        if self.low < 0 or self.high > 1:
            raise ValueError(f"a share must lie between 0 and 1, not {self.low:g} to {self.high:g}")
        return self


class Level(Figure):
    """A figure that says how much there is of something: 1 is all of it, 2 twice as much."""

    @model_validator(mode="after")
    def up_to_twice(self) -> Level:
        """Refuse a level outside 0 to 2."""
        if self.low < 0 or self.high > 2:
            ends = f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
            raise ValueError(f"a level must lie between 0 and 2 (200 per cent), not {ends}")
        return self


def placed_figures(value: Any, place: Place = ()) -> Iterator[tuple[Place, Figure]]:
    """Every figure below a model, with its place."""
    if isinstance(value, Figure):
        yield place, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from placed_figures(getattr(value, name), (*place, name))
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from placed_figures(item, (*place, number))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from placed_figures(item, (*place, name))


def walk_figures(value: Any, place: Place) -> Iterator[tuple[str, Figure]]:
    """Every figure below a model, with its dotted place."""
    for at, figure in placed_figures(value, place):
        yield ".".join(map(str, at)), figure
