"""Weapons funding: foreign exchange that could pay for programmes, against what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tumen.errors import ScenarioError
from tumen.scenario.effects import TransferEffect
from tumen.scenario.figure import Figure
from tumen.scenario.questions import TechnologyScenario
from tumen.scenario.schema import Channel


@dataclass(frozen=True)
class Bounds:
    """A range of a number that is not negative; arithmetic on it bounds the result.

    The ends combine the worst with the worst and the best with the best: bounds that hold
    whatever depends on what, no interval of confidence.
    """

    low: float
    central: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.central <= self.high:
            raise ScenarioError(
                "bounds need 0 <= low <= central <= high, not "
                f"{self.low:g}, {self.central:g}, {self.high:g}"
            )

    @classmethod
    def of(cls, figure: Figure, scale: float = 1.0) -> Bounds:
        """The range of a scenario's figure, times a positive number."""
        return cls(scale * figure.low, scale * figure.central, scale * figure.high)

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(self.low + other.low, self.central + other.central, self.high + other.high)

    def __mul__(self, other: Bounds) -> Bounds:
        return Bounds(self.low * other.low, self.central * other.central, self.high * other.high)

    def __truediv__(self, other: Bounds) -> Bounds:
        if not other.low > 0:
            raise ScenarioError("a multiple of a cost needs a cost above zero at its low end")
        return Bounds(self.low / other.high, self.central / other.central, self.high / other.low)


NOTHING = Bounds(0.0, 0.0, 0.0)

FUNGIBILITY = Figure(
    low=0.1,
    central=0.3,
    high=0.5,
    unit="share of realised foreign exchange",
    assumption=(
        "Between a tenth and a half can be spent on anything the state wants; the middle is the "
        "mean of the two. Nobody has measured it."
    ),
)

# What North Korea spends a year, million USD; ids point into the evidence table.
NORTH_KOREA: Mapping[str, Figure] = {
    "nuclear": Figure(low=300, central=620, high=860, unit="million USD a year", evidence=["F272"]),
    "missiles": Figure(
        low=800,
        central=1050,
        high=1300,
        unit="million USD a year",
        evidence=["F274"],
        note="Cost of the tests of the first half of 2022, times two.",
    ),
}

# Technology has no number: whoever shows the scenario shows this sentence with it.
TECHNOLOGY = (
    "technology: not a finding. Whether technology passes is a switch of the scenario: one study "
    "finds no evidence of a direct role, one ministry calls it likely, one institute values it at "
    "about 650 million USD in all. Where the switch is on, a multiple of its own shows it; no "
    "other number knows of it."
)
TECHNOLOGY_EVIDENCE = ("F270",)


@dataclass(frozen=True)
class Funding:
    """Multiples of programme cost that fungible foreign exchange would pay, as bounds."""

    region: str
    foreign_exchange: dict[str, Bounds]  # realised, by channel, million USD a year
    fungible: dict[str, Bounds]  # the part that can be spent on anything
    programme: dict[str, Bounds]  # cost by programme and "all programmes", million USD a year
    multiple: dict[str, dict[str, Bounds]]  # channel or "all channels" -> programme -> multiple
    if_technology: dict[str, Bounds] | None = None  # all channels and technology; no finding
    technology: str = TECHNOLOGY
    technology_evidence: tuple[str, ...] = TECHNOLOGY_EVIDENCE


ALL_CHANNELS = "all channels"
ALL_PROGRAMMES = "all programmes"


def foreign_exchange(
    ties: Iterable[Channel],
    region: str,
    *,
    payer: str | None = None,
    level: Mapping[str, float] | None = None,
) -> dict[str, Bounds]:
    """Foreign exchange that a region gets from each channel, million USD a year.

    Gross value times realised share, transfers alone: goods in kind and trade are no free money.
    Payments the region makes itself are not taken off. `payer` keeps what one state pays;
    `level` scales channels, for a phase in which part of a tie is left.
    """
    scales = level or {}
    found: dict[str, Bounds] = {}
    for channel in ties:
        for effect in channel.effects:
            if not isinstance(effect, TransferEffect) or effect.receiver != region:
                continue
            if payer is not None and effect.payer != payer:
                continue
            got = Bounds.of(effect.gross, scales.get(channel.id, 1.0)) * Bounds.of(effect.realised)
            found[channel.id] = found.get(channel.id, NOTHING) + got
    return found


def funding(
    region: str,
    received: Mapping[str, Bounds],
    programme: Mapping[str, Figure],
    fungibility: Figure | Mapping[str, Figure] = FUNGIBILITY,
    technology: TechnologyScenario | None = None,
) -> Funding:
    r"""Weapons funding: how many times its yearly cost a programme could be paid.

    $M_{cp} = F_c\,f_c/C_p$ with realised foreign exchange $F_c$ of channel $c$, fungibility $f_c$
    and cost $C_p$ of programme $p$, million USD a year; bounds $F^{lo}f^{lo}/C^{hi}$ to
    $F^{hi}f^{hi}/C^{lo}$. Costs of all programmes add up, and so do channels. It says what money
    could pay for, never what it was spent on. With `technology` switched on its value is added,
    whole, in a multiple of its own, which is a scenario and no finding; nothing else changes.

    Raises `ScenarioError` for a cost that is not above zero, a fungibility outside 0 to 1, or a
    channel without one.
    """
    if not received:
        raise ScenarioError(f"weapons funding of {region}: no channel brings it foreign exchange")
    if not programme:
        raise ScenarioError(f"weapons funding of {region}: name at least one programme and cost")
    fungible: dict[str, Bounds] = {}
    for channel, amount in received.items():
        share = fungibility if isinstance(fungibility, Figure) else fungibility.get(channel)
        if share is None:
            raise ScenarioError(f"weapons funding: channel {channel!r} has no fungibility")
        if share.low < 0 or share.high > 1:
            raise ScenarioError(f"weapons funding: fungibility of {channel!r} is outside 0 to 1")
        fungible[channel] = amount * Bounds.of(share)
    cost = {name: Bounds.of(figure) for name, figure in programme.items()}
    if len(cost) > 1:
        cost[ALL_PROGRAMMES] = sum(cost.values(), NOTHING)
    money = {**fungible, ALL_CHANNELS: sum(fungible.values(), NOTHING)}
    with_technology = None
    if technology is not None and technology.passes:
        whole = money[ALL_CHANNELS] + Bounds.of(technology.value)
        with_technology = {name: whole / spent for name, spent in cost.items()}
    return Funding(
        region=region,
        foreign_exchange=dict(received),
        fungible=fungible,
        programme=cost,
        multiple={
            channel: {name: amount / spent for name, spent in cost.items()}
            for channel, amount in money.items()
        },
        if_technology=with_technology,
    )
