"""The headline numbers of a case, and how each hangs on the uncertain figures."""

from __future__ import annotations

from dataclasses import dataclass

from tumen.analysis.draws import Sample
from tumen.analysis.phases import with_ties
from tumen.analysis.sensitivity import Sensitivity, sensitivity
from tumen.errors import TumenError
from tumen.scenario.expression import word
from tumen.scenario.load import Case
from tumen.world.names import name_of


@dataclass(frozen=True)
class Headline:
    """A number that people quote: its name among the outcomes, in words, and how it is shown."""

    outcome: str
    title: str  # of a heading: "North Korea: share undone while the war lasts"
    phrase: str  # in a sentence: "what the ties undo for North Korea while the war lasts"
    axis: str
    factor: float  # from the outcome to per cent


@dataclass(frozen=True)
class Answered:
    """A headline number with its sensitivity, or the reason why there is none."""

    headline: Headline
    found: Sensitivity | None
    why: str = ""

    def shown(self, value: float) -> float:
        """A value of the outcome in the unit shown."""
        return self.headline.factor * value


def headlines(case: Case) -> list[Headline]:
    """The loss of each target without ties, and what the ties undo of it in each phase."""
    listed = []
    for region in case.scenario.targets:
        name = name_of(case.world, region)
        listed.append(
            Headline(
                f"loss.{word(region)}.pressure",
                f"{name}: loss without the ties",
                f"{name}'s loss without the ties",
                f"real income that {name} loses without the ties",
                1.0,
            )
        )
        listed += [
            Headline(
                f"offset_ratio.{word(phase.id)}.{word(region)}",
                f"{name}: share undone {phase.when}",
                f"the share of {name}'s loss that the ties undo {phase.when}",
                f"share of {name}'s loss undone {phase.when}",
                100.0,
            )
            for phase in with_ties(case)
        ]
    return listed


def answered(sample: Sample) -> list[Answered]:
    """The sensitivity of every headline number; where it has none, the reason."""
    made = []
    for headline in headlines(sample.case):
        try:
            made.append(Answered(headline, sensitivity(sample, headline.outcome)))
        except TumenError as error:
            made.append(Answered(headline, None, str(error)))
    return made
