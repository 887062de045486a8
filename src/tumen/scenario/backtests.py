"""What a case holds against the record: past measures, and what was seen or computed of them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from tumen.scenario.figure import Figure, Strict
from tumen.world.horizon import FIRST, LAST

What = Literal["exports", "imports", "gdp", "real income", "industry", "mining"]


def check_stated(name: str, stated: Figure) -> None:
    """Refuse years outside the horizons that there are, or with another unit."""
    if stated.low < FIRST or stated.high > LAST:
        raise ValueError(
            f"{name}: a horizon lies between {FIRST:g} and {LAST:g} years since the measure, not "
            f"{stated.low:g} to {stated.high:g}"
        )
    if stated.unit not in ("", "years"):
        raise ValueError(f"{name}: the unit is years, not {stated.unit!r}")


class Compared(Strict):
    """One recorded or computed figure, per cent change."""

    what: What
    value: Figure
    kind: Literal["record", "study"] = "record"
    title: str = Field(description="who says so, of what, in a few words")
    years: Figure | None = Field(
        default=None,
        description=(
            "how long after the measure the figure stands by the dates of both, 0.25 to 100 years; "
            "drawn when the figure is held against the model's band"
        ),
    )
    since: Figure | None = Field(
        default=None,
        description=(
            "years since the measure from which the change is counted, for growth in later years; "
            "else from the world without the measure"
        ),
    )
    in_weights: bool = Field(
        default=False,
        description="the pressure was made from this figure, which is then no test of the model",
    )
    caveat: str | None = Field(
        default=None, description="what the figure holds that the model leaves out, or the reverse"
    )

    @model_validator(mode="after")
    def in_time(self) -> Compared:
        """Check the years."""
        if self.years is not None:
            check_stated("years", self.years)
        if self.since is not None:
            check_stated("since", self.since)
            if self.years is None or self.years.low < self.since.high:
                raise ValueError("`since` needs `years` that begin no earlier than it ends")
        return self


class BacktestQuestion(Strict):
    """A measure of the case on its own, on the world without pressure and ties."""

    title: str
    region: str
    measures: list[str] = Field(default_factory=list, description="ids under `pressure`")
    flows: Literal["both", "exports", "imports"] = "both"
    closed: bool = Field(default=False, description="all trade of the region stopped instead")
    compare: list[Compared] = Field(min_length=1)

    @model_validator(mode="after")
    def one_thing(self) -> BacktestQuestion:
        """Check that it asks of measures or of a closed border."""
        if self.closed == bool(self.measures):
            raise ValueError("give either `measures` or `closed: true`")
        return self
