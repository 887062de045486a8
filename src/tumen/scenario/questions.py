"""What a case may ask beyond its first answer."""

from __future__ import annotations

import math

from pydantic import Field, model_validator

from tumen.scenario.figure import Figure, Share, Strict


class BreakEvenQuestion(Strict):
    """The common realised share at which channels alone undo all of a target's loss."""

    target: str
    channels: list[str] = Field(min_length=1)


class Elsewhere(Strict):
    """How much a like link is used: the outside measure of whether capacity binds."""

    title: str
    used: Share = Field(description="share of its capacity")


class RoutesQuestion(Strict):
    """A link that opens on the network beside the case, what it costs, and who should gain."""

    title: str
    opens: list[tuple[str, str, str]] = Field(min_length=1, description="place, place, mode")
    states: list[str] = Field(min_length=1)
    cost: Figure = Field(description="million USD, once")
    elsewhere: Elsewhere | None = None


class EvasionQuestion(Strict):
    """Goods under sanctions that go round through third states, on a network of its own."""

    folder: str = Field(description="folder beside the case with nodes.csv, links.csv, pairs.csv")
    closed: list[tuple[str, str]] = Field(min_length=1, description="direct links that are closed")
    senders: list[str]
    target: str
    sectors: list[str]
    premium: Figure = Field(description="how much dearer the way round is, a fraction")


class MarketEntryQuestion(Strict):
    """What a seller's goods could at most be worth to a buyer; potentials.csv beside the case."""

    buyer: str
    seller: str
    position: Figure = Field(
        default=Figure(
            low=-1,
            central=0,
            high=1,
            unit="of the way to the end of the potentials' range",
            distribution="normal",
            assumption="potentials.csv holds 90 per cent between its ends, all flows together",
        ),
        description="where the potentials lie: -1 at their low ends, 0 at their centres, 1 high",
    )


class SupplyQuestion(Strict):
    """What a buyer loses when its main supplier sells it less, or gains when it sells more."""

    buyer: str
    seller: str
    weights: list[float] = Field(
        min_length=1, description="factors on the seller's trade weights; 0 is no supply at all"
    )

    @model_validator(mode="after")
    def sensible(self) -> SupplyQuestion:
        """Check the factors."""
        for weight in self.weights:
            if not 0 <= weight < math.inf:
                raise ValueError(f"a factor on weights is a number from 0 up, not {weight:g}")
        return self


class TechnologyScenario(Strict):
    """What technology would be worth if it passed: a switch of the scenario, never a finding."""

    value: Figure = Field(description="million USD a year; somebody's estimate")
    passes: bool = Field(default=False, description="whether the scenario assumes that it does")


class Weapons(Strict):
    """What a region's programmes cost a year, to be held against its fungible income."""

    region: str
    programmes: dict[str, Figure] = Field(description="million USD a year, by programme")
    fungibility: Share = Field(description="share of the income that could be spent on them")
    technology: TechnologyScenario | None = None
