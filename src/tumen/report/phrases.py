"""Phrases that sentences share: titles in mid-sentence, horizons, and what a case varies."""

from __future__ import annotations

from tumen.codes import resolve
from tumen.report.text import number
from tumen.scenario.load import Case
from tumen.scenario.schema import Channel, Phase, level_of
from tumen.world.horizon import FIRST
from tumen.world.names import name_of
from tumen.world.world import World

# So many senders are named one by one; more are counted.
NAMED = 6


def in_sentence(world: World, title: str) -> str:
    """A title inside a sentence: its first letter small, unless it begins with a name."""
    first = title.split(maxsplit=1)[0].removesuffix("'s")
    names = {word for region in world.regions for word in name_of(world, region).split()}
    if any(len(name) > 3 and first.startswith(name[:-1]) for name in names):
        return title
    return title[0].lower() + title[1:]


def in_words(years: float) -> str:
    """A horizon as people say it."""
    if years < 1:
        return f"{12 * years:.0f} months"
    return "1 year" if years == 1 else f"{years:g} years"


def when(years: float | None) -> str:
    """When a number stands, as a sentence begins; None is the long run."""
    if years is None:
        return "In the long run"
    if years == FIRST:
        return "In the first months"
    return "Within one year" if years == 1 else f"Within {in_words(years)}"


def changed(case: Case) -> str:
    """What a case varies, in a sentence; nothing where it varies nothing that enters a result."""
    parts = [*levels_changed(case), *senders_changed(case), *settings_changed(case)]
    return f"Changed: {'; '.join(parts)}." if parts else ""


def level_in_words(channel: Channel, phase: Phase) -> str:
    """How much of a tie there is in a phase, with its range."""
    low, central, high = (
        f"{100 * level_of(channel, phase, end):.3g} %" for end in ("low", "central", "high")
    )
    return central if low == high else f"{central} ({low} to {high})"


def levels_changed(case: Case) -> list[str]:
    """Ties at another level, phase by phase; all of them at once where they agree."""
    root, found = case.root.scenario, []
    for phase in case.scenario.tied_phases:
        now = {tie.id: level_in_words(tie, phase) for tie in case.scenario.ties}
        stated = [
            f"{in_sentence(case.world, tie.title)} at {now[tie.id]}"
            for tie, before in zip(case.scenario.ties, root.ties, strict=True)
            if tie.levels.get(phase.id) != before.levels.get(phase.id)
        ]
        if len(stated) > 1 and len(set(now.values())) == 1:
            stated = [f"every tie at {next(iter(now.values()))}"]
        if stated:
            found.append(f"{', '.join(stated)} {phase.when}")
    return found


def abstaining(case: Case) -> list[str]:
    """Regions that take no part in the pressure, in the world's order."""
    world, names = case.world, case.scenario.abstain
    return resolve(names, world.regions, world.members, field="abstain") if names else []


def listed(names: list[str]) -> str:
    """Names in a sentence: one, two and three."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def senders_changed(case: Case) -> list[str]:
    """Senders who take no part, or take part again."""
    out, before = abstaining(case), abstaining(case.root)
    found = []
    for regions, one, many in (
        ([region for region in out if region not in before], "takes no part", "take no part"),
        ([region for region in before if region not in out], "takes part", "take part"),
    ):
        names = [name_of(case.world, region) for region in regions]
        if len(names) > NAMED:
            found.append(f"{len(names)} of the senders {many}")
        elif names:
            found.append(f"{listed(names)} {one if len(names) == 1 else many}")
    return found


def settings_changed(case: Case) -> list[str]:
    """Elasticities, their floor and the closure, where they are others."""
    root, now = case.root.scenario, case.scenario
    found = []
    if now.elasticities != root.elasticities:
        found.append(f"trade elasticities {now.elasticities}")
    if now.elasticity_floor != root.elasticity_floor:
        found.append(f"no trade elasticity below {number(now.elasticity_floor, 1)}")
    if now.closure != root.closure:
        found.append(f"transfers follow the closure {now.closure!r}")
    return found
