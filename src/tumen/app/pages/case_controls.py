"""The controls of a case's page: what can be moved, where it stands, and what the case says."""

from __future__ import annotations

from dataclasses import dataclass

from tumen.analysis.splitting import units_of
from tumen.app.pages.texts import text
from tumen.codes import resolve
from tumen.report.case_sources import ELASTICITIES
from tumen.scenario.load import Case
from tumen.scenario.schema import Channel, Phase, level_of
from tumen.scenario.variation import Variation
from tumen.world.names import name_of

STEP = 5  # per cent, of the controls of ties


@dataclass(frozen=True)
class Mover:
    """How much of a tie there is in a phase, in per cent: at the case's figures and now."""

    name: str  # as in the link: munitions.war
    phase: str
    case: float
    value: float
    low: float
    high: float

    @property
    def case_text(self) -> str:
        """What the case says, as the link would have it."""
        return f"{self.case:.12g}"

    @property
    def value_text(self) -> str:
        """Where it stands, as the link has it."""
        return f"{self.value:.12g}"

    @property
    def plain(self) -> bool:
        """Whether the case has all of it or none, with no range: nothing that needs telling."""
        return self.low == self.high and self.case in (0, 100)

    @property
    def at(self) -> str:
        """Where it stands, as text."""
        return f"{self.value_text} %"

    @property
    def says(self) -> str:
        """What the case says, with its range where it has one."""
        value = f"{self.case_text} %"
        if self.low == self.high:
            return text("case.form.says_one", value=value)
        return text("case.form.says", value=value, low=f"{self.low:g}", high=f"{self.high:g} %")


@dataclass(frozen=True)
class Tie:
    """A tie with a control for each phase."""

    title: str
    summary: str
    movers: tuple[Mover, ...]


@dataclass(frozen=True)
class Unit:
    """Ties that are attributed together."""

    id: str
    title: str
    ties: tuple[Tie, ...]


@dataclass(frozen=True)
class Choice:
    """One of several to choose from: its value in the link, its words, and whether it is taken."""

    value: str
    title: str
    taken: bool


@dataclass(frozen=True)
class Controls:
    """All that can be moved on the page of a case.

    `coalition` holds the senders of each measure under its title, everyone once.
    """

    phases: tuple[Phase, ...]
    units: tuple[Unit, ...]
    coalition: tuple[tuple[str, tuple[Choice, ...]], ...]
    elasticities: tuple[Choice, ...]
    horizons: tuple[Choice, ...]


def controls_of(case: Case, variation: Variation) -> Controls:
    """The controls of a case where a variation puts them."""
    scenario = case.scenario
    phases = scenario.tied_phases
    ties = {tie.id: tie_of(tie, phases, variation) for tie in scenario.ties}
    units = units_of(scenario)
    return Controls(
        tuple(phases),
        tuple(
            Unit(unit, title, tuple(ties[name] for name in units.members[unit]))
            for unit, title in units.titles.items()
        ),
        tuple(coalition(case, variation)),
        tuple(elasticities(case, variation)),
        tuple(horizons(case, variation)),
    )


def tie_of(channel: Channel, phases: list[Phase], variation: Variation) -> Tie:
    """A tie with its controls."""

    def mover(phase: Phase) -> Mover:
        low, case, high = (
            100 * level_of(channel, phase, end) for end in ("low", "central", "high")
        )
        moved = variation.levels.get(channel.id, {}).get(phase.id)
        value = case if moved is None else 100 * moved
        return Mover(f"{channel.id}.{phase.id}", phase.title, *map(tidy, (case, value, low, high)))

    return Tie(channel.title, channel.summary, tuple(map(mover, phases)))


def tidy(value: float) -> float:
    """A number of per cent without the dust of binary fractions."""
    return round(value, 9)


def coalition(case: Case, variation: Variation) -> list[tuple[str, tuple[Choice, ...]]]:
    """Who imposes each measure, and whether they take part."""
    scenario, world = case.scenario, case.world

    def codes(named: str | list[str]) -> list[str]:
        return resolve(named, world.regions, world.members, field="senders") if named else []

    abstain = scenario.abstain if variation.abstain is None else variation.abstain
    out, seen, found = set(codes(list(abstain))), set[str](), []
    for measure in scenario.pressure:
        members = [code for code in codes(measure.senders) if code not in seen]
        seen |= set(members)
        choices = tuple(Choice(code, name_of(world, code), code not in out) for code in members)
        if choices:
            found.append((measure.title, choices))
    return found


def elasticities(case: Case, variation: Variation) -> list[Choice]:
    """The sets of trade elasticities that the case names; one that a link names is added."""
    scenario = case.scenario
    now = variation.elasticities or scenario.elasticities
    names = [scenario.elasticities, *scenario.compare_elasticities]
    if now not in names:
        names.append(now)

    return [Choice(name or "", set_title(name), name == now) for name in names]


def set_title(name: str | None) -> str:
    """A set of trade elasticities in words."""
    if name is None:
        return text("case.elasticity.own")
    if name.startswith("uniform-"):
        return text("case.elasticity.uniform", value=name.removeprefix("uniform-"))
    return ELASTICITIES.get(name, name)


def horizons(case: Case, variation: Variation) -> list[Choice]:
    """The long run, and the years at which the case is asked; one that a link names is added."""
    years = sorted({*case.scenario.horizons, *filter(None, [variation.horizon])})
    long = Choice("", text("case.horizon.long"), variation.horizon is None)
    return [long, *(Choice(f"{at:g}", years_title(at), at == variation.horizon) for at in years)]


def years_title(years: float) -> str:
    """A time since the pressure began in words."""
    named = {0.25: "months", 0.5: "half", 1.0: "one"}
    if years in named:
        return text(f"case.horizon.{named[years]}")
    return text("case.horizon.years", years=f"{years:g}")
