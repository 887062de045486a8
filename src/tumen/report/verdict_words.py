"""Verdicts in words: probability and error, the verdict, and what decides it.

The terminal and the report share these, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from tumen.analysis.deciding import FigureEffect, place_in_words, strongest
from tumen.analysis.verdicts import Verdict
from tumen.report.text import decimals_for, number
from tumen.scenario.claims import Claim, Kind, Modality

MODALITIES: Mapping[Modality, str] = {
    "statement": "A statement",
    "expectation": "An expectation",
    "could": "A possibility (it “could”)",
    "may": "A caution (it “may”)",
    "assertion": "An assertion",
}
KINDS: Mapping[Kind, str] = {
    "capability": "a test of what is possible",
    "likelihood": "a test of what is likely",
    "bound": "a test of a limit",
    "fact": "a check of facts",
    "scenario": "a scenario",
}
SIGNS = {
    ">=": "at least",
    ">": "more than",
    "<=": "at most",
    "<": "less than",
    "==": "exactly",
    "!=": "other than",
}


def speaker(claim: Claim) -> str:
    """Who said it, and for whom they work."""
    return f"{claim.speaker}, {claim.institution}" if claim.institution else claim.speaker


def asked(claim: Claim) -> str:
    """How surely it was said, and what the tests ask."""
    return f"{MODALITIES[claim.modality]}: {KINDS[claim.kind]}."


def titled(item: Verdict) -> str:
    """The title of a test, and what it asks where that is not what the claim's ask."""
    other = "" if item.kind == item.claim.kind else f" ({KINDS[item.kind]})"
    return item.test.title + other


def share(value: float) -> str:
    """A probability to two places; three where two would make it certain."""
    places = 2 if value in (0, 1) or 0.005 <= value < 0.995 else 3
    shown = number(value, places)
    if 0 < value < 1 and float(shown) in (0, 1):
        return "over 0.999" if value > 0.5 else "under 0.001"
    return shown


def error(value: float) -> str:
    """A standard error to two places, or to three where it is small."""
    if value < 0.0005:
        return "under 0.001"
    return number(value, 2 if value >= 0.0095 else 3)


def probability(item: Verdict) -> str:
    """Probability and error; empty where there is none."""
    if item.estimate is None:
        return ""
    return f"{share(item.estimate.share)} ± {error(item.estimate.error)}"


def verdict_words(item: Verdict) -> str:
    """The verdict, how likely what could be is, and the word that the error comes close to."""
    words = item.word
    if item.close_to:
        words += f" (close to {item.close_to})"
    if item.likely:
        words += f"; how likely: {item.likely}"
    return words


def found(item: Verdict) -> str:
    """The median with its 90 per cent range, and what was needed; why not where there is none."""
    if item.why:
        return item.why
    test = item.test
    if item.found is None or test.expression is None or test.expression.sign is None:
        return ""
    values = (item.found.median, item.found.low, item.found.high)
    places = min(decimals_for(values), 4)
    while places and all(round(value, places) == round(value, places - 1) for value in values):
        places -= 1
    median, low, high = (number(value, places) for value in values)
    reach = "" if low == high else f" ({low} to {high})"
    words = f"{median} {test.unit}".strip() + reach
    if test.threshold is not None:
        words += f"; {SIGNS[test.expression.sign]} {test.threshold:,.6g} needed"
    if item.moved_from is not None:
        words += f" (the ledger has {item.moved_from:,.6g})"
    return words + bound(item)


def bound(item: Verdict) -> str:
    """For a limit: where 95 of 100 draws stay."""
    if item.kind != "bound" or item.found is None or item.found.low == item.found.high:
        return ""
    sign = item.test.expression.sign if item.test.expression else None
    if sign in ("<", "<="):
        level, side = item.found.high, "at most"
    elif sign in (">", ">="):
        level, side = item.found.low, "at least"
    else:
        return ""
    return f"; {side} {number(level, min(decimals_for([level]), 4))} in 95 of 100 draws"


def counted(item: Verdict) -> str:
    """The draws that were used, and those that were not."""
    if not item.draws and not item.undefined and not item.unconverged:
        return ""
    words = f"{item.draws:,} draws"
    if item.undefined:
        words += f", {item.undefined:,} more without a value"
    if item.unconverged:
        words += f", {item.unconverged:,} more not solved"
    return words


def channel(item: Verdict) -> str:
    """The group of ties that decides, by how much and on how many draws."""
    if not item.channels:
        return ""
    draws = f"{item.channels[0].draws:,} draws"
    first = strongest(item.channels)
    if first is None:
        return f"no group of ties alone ({draws})"
    return (
        f"{first.title}: without it {share(first.without)} instead of {share(first.before)} "
        f"({draws})"
    )


def measured(value: float, effect: FigureEffect) -> str:
    """A value of a figure, to the digits that its thirds need."""
    return number(value, min(decimals_for((effect.below, effect.above)), 4))


def turning(item: Verdict) -> str:
    """The probability in the lowest and highest third of the figure that decides."""
    if item.estimate is None:
        return ""
    if not item.figures:
        return "No single figure stands out."
    first = item.figures[0]
    below, above = measured(first.below, first), measured(first.above, first)
    unit = f" {first.input.unit}" if first.input.unit else ""
    if first.low == first.high and first.low in (0, 1):
        rises = first.separation > 0
        nearer = (rises and first.low == 1) or (not rises and first.low == 0)
        side = f"low (below {below}{unit})" if nearer else f"high (above {above}{unit})"
        turn = "failing" if first.low else "holding"
        return (
            f"No figure alone turns it; it comes nearest to {turn} where "
            f"{first.input.title} is {side}."
        )
    return (
        f"With {first.input.title} in its lowest third (below {below}{unit}) the probability is "
        f"{share(first.low)}; in its highest third (above {above}) it is {share(first.high)}."
    )


def change_it(item: Verdict) -> str:
    """Where the figure that decides stands, for a reader who would have another."""
    return place_in_words(item.figures[0].input) if item.figures else ""


def decided_by(item: Verdict) -> str:
    """The group of ties and the figure that decide, in a few words for a table."""
    parts = []
    first = strongest(item.channels)
    if first is not None:
        parts.append(f"{first.title} ({number(first.change.share, 2, signed=True)} without it)")
    elif item.channels:
        parts.append("no group alone")
    if item.figures:
        parts.append(item.figures[0].input.title)
    return "; ".join(parts)
