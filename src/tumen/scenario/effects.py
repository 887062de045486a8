"""What a tie does, effect by effect: money, goods, trade, routes, people, support."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from tumen.scenario.figure import Figure, Share, Strict

Codes = str | list[str]


def one_of(model: Strict, *names: str) -> None:
    """Refuse a record that gives none of some fields, or more than one."""
    given = [name for name in names if getattr(model, name) not in (None, False)]
    if len(given) != 1:
        raise ValueError(f"give exactly one of {', '.join(names)}")


class InKind(Strict):
    """The part of a payment that is made in goods."""

    title: str
    sector: Codes = Field(description="where the receiver would have bought them")
    share: Share = Field(description="share of what is paid")


class TransferEffect(Strict):
    """Money or its worth that one region gives another, million USD a year."""

    kind: Literal["transfer"]
    payer: str = Field(
        description='a region, or "everyone" for all others in proportion to value added'
    )
    receiver: str
    gross: Figure
    realised: Share = Field(description="share of the gross value that the receiver gets")
    in_benchmark: Figure = Field(
        default=Figure(low=0, central=0, high=0),
        description="million USD of it that the benchmark year already holds",
    )
    paid_in: list[InKind] = Field(
        default_factory=list,
        description=(
            "what part of it is paid in goods: counts as money up to what the receiver buys of them"
        ),
    )
    gift: bool = Field(default=False, description="the receiver gives nothing for it")
    rest_to: str | None = Field(
        default=None,
        description="who keeps what the receiver does not get; without it nobody pays the rest",
    )

    @model_validator(mode="after")
    def shares(self) -> TransferEffect:
        """Check the sum of the shares and the sign of the gross value."""
        if self.gross.low < 0:
            raise ValueError("gross must not be negative; swap payer and receiver instead")
        most = sum(part.share.high for part in self.paid_in)
        if most > 1 + 1e-9:
            raise ValueError(f"paid_in: the shares add up to {most:g}; they are parts of one whole")
        return self


class GoodsEffect(Strict):
    """Goods received outside the market, worth the cost the receiver avoids, million USD a year."""

    kind: Literal["goods received"]
    receiver: str
    value: Figure


class ProductionEffect(Strict):
    """Goods made for the partner outside the market: from stock, or newly made at home.

    What is drawn from stock is a memo of the asset run down. What is newly made withdraws labour
    and inputs worth `home_cost` for each USD of its value from civil use, at home and, for
    imported inputs, where these are made (which are paid for).
    """

    kind: Literal["production"]
    region: str
    sector: str = Field(description="whose labour and inputs making them takes")
    value: Figure = Field(description="million USD a year, at the value to the partner")
    from_stock: Share = Field(description="share drawn from stock")
    home_cost: Share = Field(description="USD withdrawn from civil use for a USD of value made")


class OutlayEffect(Strict):
    """Labour and materials a region puts into something that yields later, million USD a year."""

    kind: Literal["outlay"]
    region: str
    value: Figure

    @model_validator(mode="after")
    def positive(self) -> OutlayEffect:
        """Check the sign."""
        if self.value.low < 0:
            raise ValueError("value must not be negative: it is what is spent")
        return self


class TradeEffect(Strict):
    """Trade between two regions: recorded change when on, taken out or lower when off."""

    kind: Literal["trade"]
    between: tuple[str, str]
    sector: Codes | None = Field(default=None, description="all when left out")
    one_way: bool = Field(default=False, description="only what the first sells to the second")
    flow_hat: Figure = Field(description="flow with the tie over the benchmark's flow")
    without: Figure = Field(
        default=Figure(low=0, central=0, high=0),
        description="flow without the tie over the benchmark's; 0 is no trade",
    )

    @model_validator(mode="after")
    def sensible(self) -> TradeEffect:
        """Check the sign of what is left without the tie."""
        if self.without.low < 0:
            raise ValueError("without must not be negative: 0 is no trade")
        return self


class CostEffect(Strict):
    """Delivered cost of what one region buys from another: cheaper or dearer with the tie.

    `change` is a fraction of delivered cost, -0.1 a tenth cheaper; `weight` multiplies the weights
    in the buyer's price index instead, so that at given prices sales grow as much.
    """

    kind: Literal["trade cost"]
    importer: Codes
    exporter: Codes
    sector: Codes | None = None
    change: Figure | None = None
    weight: Figure | None = None

    @model_validator(mode="after")
    def sensible(self) -> CostEffect:
        """Check that one of the two is given, and leaves a cost above zero."""
        one_of(self, "change", "weight")
        if self.change is not None and self.change.low <= -1:
            raise ValueError("change must stay above -1: no cost falls to nothing")
        if self.weight is not None and self.weight.low <= 0:
            raise ValueError("weight must be above 0; what is closed is pressure, not a tie")
        return self


class EntryEffect(Strict):
    """Goods that enter a market where they were not sold, or hardly."""

    kind: Literal["entry"]
    importer: str
    exporter: str
    sector: Codes
    share: Share | None = Field(default=None, description="share of the buyer's spending")
    sales: Figure | None = Field(default=None, description="million USD a year, all sectors")
    of_potential: Share | None = Field(
        default=None, description="share of the weight that potentials.csv beside the case gives"
    )

    @model_validator(mode="after")
    def sensible(self) -> EntryEffect:
        """Check that one measure is given, and its sign."""
        one_of(self, "share", "sales", "of_potential")
        if self.sales is not None and self.sales.low < 0:
            raise ValueError("sales must not be negative")
        return self


class LinkChange(Strict):
    """A change of a link of the network beside the case."""

    a: str = Field(description="code of a place")
    b: str = Field(description="code of a place")
    mode: str
    open: bool = Field(default=False, description="opens what the network holds for later")
    days_saved: Figure | None = Field(default=None, description="days a crossing takes less")
    cheaper: Share | None = Field(default=None, description="fall of its cost, a fraction")

    @model_validator(mode="after")
    def sensible(self) -> LinkChange:
        """Check that one change is given, and its range."""
        one_of(self, "open", "days_saved", "cheaper")
        if self.days_saved is not None and self.days_saved.low < 0:
            raise ValueError("days_saved must not be negative")
        return self


class RoutesEffect(Strict):
    """Links that open or get better; trade costs follow from the routing."""

    kind: Literal["routes"]
    changes: list[LinkChange] = Field(min_length=1)


class ProductivityEffect(Strict):
    """Support that makes a sector's inputs go further; a fraction, 0.05 is five per cent."""

    kind: Literal["productivity"]
    region: str
    sector: Codes
    change: Figure


class LabourEffect(Strict):
    """People who work in another region: down at home, up abroad."""

    kind: Literal["labour"]
    home: str
    host: str
    persons: Figure
    home_workforce: Figure
    host_workforce: Figure


Effect = Annotated[
    TransferEffect
    | GoodsEffect
    | ProductionEffect
    | OutlayEffect
    | TradeEffect
    | CostEffect
    | EntryEffect
    | RoutesEffect
    | ProductivityEffect
    | LabourEffect,
    Field(discriminator="kind"),
]
KINDS = frozenset(
    get_args(effect.model_fields["kind"].annotation)[0] for effect in get_args(get_args(Effect)[0])
)
