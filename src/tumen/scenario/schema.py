"""What a scenario file may say: typed, validated as a whole before anything runs."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from tumen.scenario.backtests import BacktestQuestion
from tumen.scenario.copula import pearson_of, rank_of
from tumen.scenario.effects import Codes, Effect
from tumen.scenario.figure import End, Figure, Level, Share, Strict
from tumen.scenario.network import VALUE_OF_DAY
from tumen.scenario.questions import (
    BreakEvenQuestion,
    EvasionQuestion,
    MarketEntryQuestion,
    RoutesQuestion,
    SupplyQuestion,
    Weapons,
)


class Channel(Strict):
    """One tie between the states: what flows, who pays, who gains."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    summary: str = ""
    rows: list[int] = Field(default_factory=list, description="parts of the case it stands for")
    own_account: bool = Field(
        default=False, description="the receiver's own doing, which needs no partner"
    )
    third: str | None = Field(
        default=None, description="a third state whose doing it is, not the partners'"
    )
    group: str | None = Field(
        default=None, description="one of `groups`, with which it is attributed"
    )
    fungibility: Share | None = Field(
        default=None,
        description="share of its money that could be spent on anything; else that of `weapons`",
    )
    start: int | None = Field(default=None, description="first year of the tie")
    end: int | None = Field(default=None, description="last year of the tie")
    persistence: Share = Field(
        default=Share(low=1, central=1, high=1),
        description="share of the tie that is left in phases with `ties: lasting`",
    )
    levels: dict[str, Level] = Field(
        default_factory=dict,
        description=(
            "how much of the tie there is in a phase, 0 to 2, in place of what dates and "
            "`persistence` say; 1 is all of it"
        ),
    )
    effects: list[Effect] = Field(min_length=1)

    @model_validator(mode="after")
    def in_order(self) -> Channel:
        """Check the dates."""
        if self.own_account and self.third is not None:
            raise ValueError("a tie is either the receiver's own doing or a third state's")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"end {self.end} lies before start {self.start}")
        return self


class Group(Strict):
    """Ties that are attributed together; every tie that names no group stands alone."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str


class Phase(Strict):
    """A stretch of years with the pressure on or off and the ties at one level."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    title: str
    words: str = Field(default="", description='in a sentence: "while the war lasts"')
    first: int = Field(description="first year")
    last: int = Field(description="last year")
    pressure: bool = True
    ties: Literal["none", "full", "lasting"] = Field(
        description="none, full, or what persists of each"
    )

    @model_validator(mode="after")
    def in_order(self) -> Phase:
        """Check that the years run forwards."""
        if self.last < self.first:
            raise ValueError(f"the years run backwards: {self.first} to {self.last}")
        return self

    @property
    def when(self) -> str:
        """The phase in a sentence."""
        return self.words or f"in {self.first} to {self.last}"


def level_of(channel: Channel, phase: Phase, end: End) -> float:
    """How much of a channel is there in a phase: what is stated for it, or by the channel's dates
    all of it, what persists, or none.
    """
    if phase.ties != "none" and phase.id in channel.levels:
        return channel.levels[phase.id].at(end)
    starts = channel.start is None or channel.start <= phase.last
    lasts = channel.end is None or channel.end >= phase.first
    if phase.ties == "none" or not (starts and lasts):
        return 0.0
    return 1.0 if phase.ties == "full" else channel.persistence.at(end)


WAR = Phase(id="war", title="With ties", words="with the ties", first=2023, last=2026, ties="full")


class Measure(Strict):
    """A set of sanctions: who imposes it on whom, and the record of what it did to trade."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    target: str
    senders: Codes
    records: str = Field(
        description="CSV in the scenario's folder: importer, exporter, sector, ratio, treatment"
    )
    evidence: list[str] = Field(default_factory=list)
    strength: Figure = Field(
        default=Figure(low=1, central=1, high=1, assumption="all of the recorded fall counts"),
        description=(
            "part of the recorded fall of trade, in logs, that the measures caused, and of the "
            "earlier share of a closed flow that would be back without them"
        ),
    )

    @model_validator(mode="after")
    def positive(self) -> Measure:
        """Check the sign."""
        if self.strength.low <= 0:
            raise ValueError("strength must be above 0; a measure that did nothing is no pressure")
        return self


class BalanceItem(Strict):
    """Something that pays for a region's recorded deficit and is no tie of this case."""

    title: str
    value: Figure


class Balance(Strict):
    """How a region's recorded deficit of the benchmark year is paid for."""

    region: str
    items: list[BalanceItem] = Field(default_factory=list)
    deficit_before: Figure | None = Field(
        default=None, description="the deficit in a year without the pressure, million USD"
    )
    lender: str | None = Field(default=None, description="who financed the rise of the deficit")
    residual: float | None = Field(
        default=None,
        description="million USD of the deficit that nothing explains; the parts must leave it",
    )


class Correlated(Strict):
    """Uncertain inputs that are high or low together, each pair with one rank correlation."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    inputs: list[str] = Field(min_length=2, description="names of inputs, or places of figures")
    rank_correlation: float = Field(description="Spearman's, of every pair of them")
    reason: str = Field(min_length=1, description="why they move together")

    @model_validator(mode="after")
    def possible(self) -> Correlated:
        """Check that numbers can be correlated so: k of them no less than -1/(k-1)."""
        least = -1 / (len(self.inputs) - 1)
        if not least < pearson_of(self.rank_correlation) < 1:
            raise ValueError(
                f"{len(self.inputs)} inputs cannot all have a rank correlation of "
                f"{self.rank_correlation:g}; it lies above {rank_of(least):.3g} and below 1"
            )
        if len(set(self.inputs)) < len(self.inputs):
            raise ValueError("an input stands twice")
        return self


class Scenario(Strict):
    """A case: a world, the pressure on its targets, and the ties between them."""

    title: str
    summary: str = ""
    world: str
    elasticities: str | None = Field(
        default=None, description="a named set; the world's own when left out"
    )
    elasticity_floor: float | None = Field(default=None, gt=0)
    compare_elasticities: list[str] = Field(
        default_factory=list, description="other sets under which the losses are shown"
    )
    horizons: list[float] = Field(
        default_factory=list,
        description="years since the pressure at which the main phase is shown too, 0.25 to 100",
    )
    value_of_day: Share = Field(
        default=VALUE_OF_DAY, description="what a day on the way costs, a share of the value"
    )
    closure: Literal["fixed", "proportional", "zero"] = "fixed"
    tolerance: float = Field(default=1e-10, gt=0, lt=1e-3)
    targets: list[str] = Field(min_length=1)
    senders: Codes
    others: list[str] = Field(default_factory=list)
    abstain: list[str] = Field(
        default_factory=list,
        description="senders, codes or groups, whose measures are not in force in any world",
    )
    evidence: str | None = Field(default=None, description="CSV in the scenario's folder")
    pressure: list[Measure] = Field(min_length=1)
    groups: list[Group] = Field(
        default_factory=list, description="groups of ties that the headline is split by"
    )
    ties: list[Channel] = Field(min_length=1)
    phases: list[Phase] = Field(default_factory=lambda: [WAR])
    correlated: list[Correlated] = Field(
        default_factory=list, description="figures that are drawn together"
    )
    balance: list[Balance] = Field(default_factory=list)
    break_even: list[BreakEvenQuestion] = Field(default_factory=list)
    backtests: list[BacktestQuestion] = Field(default_factory=list)
    weapons: Weapons | None = None
    market_entry: MarketEntryQuestion | None = None
    routes: RoutesQuestion | None = None
    evasion: EvasionQuestion | None = None
    supply: SupplyQuestion | None = None
    left_out: list[str] = Field(
        default_factory=list, description="what the case does not cover, in plain words"
    )

    @property
    def tied_phases(self) -> list[Phase]:
        """The phases with pressure and ties, in time order; the headline belongs to the first."""
        return [phase for phase in self.phases if phase.pressure and phase.ties != "none"]

    @model_validator(mode="after")
    def timeline(self) -> Scenario:
        """Check that phases follow one another and that one of them has ties."""
        for before, after in pairwise(self.phases):
            if after.first <= before.last:
                raise ValueError(
                    f"phases {before.id!r} and {after.id!r} overlap or run backwards "
                    f"({before.last}, {after.first})"
                )
        if not self.tied_phases:
            raise ValueError("no phase has both pressure and ties; nothing could be undone")
        if len({phase.id for phase in self.phases}) < len(self.phases):
            raise ValueError("two phases have the same id")
        return self
