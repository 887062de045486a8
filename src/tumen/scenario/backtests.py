"""What a case holds against the record: past measures, and what was seen or computed of them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from tumen.scenario.figure import Figure, Strict

What = Literal["exports", "imports", "gdp", "real income", "industry", "mining"]


class Compared(Strict):
    """One recorded or computed figure, per cent change."""

    what: What
    value: Figure
    kind: Literal["record", "study"] = "record"
    title: str = Field(description="who says so, of what, in a few words")


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
