"""Numbers and words as people read them."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Iterable

MINUS = "−"
NONE = "none"


def decimals_for(values: Iterable[float], digits: int = 3) -> int:
    """How many decimals show `digits` significant digits of the largest value; 0 to 6."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if largest == 0:
        return 0
    return min(max(digits - 1 - math.floor(math.log10(largest)), 0), 6)


def number(value: float | None, decimals: int = 2, *, signed: bool = False) -> str:
    """A number with thousands separators and a true minus; "none" for one that does not exist.

    What rounds to zero carries no sign.
    """
    if value is None or not math.isfinite(value):
        return NONE
    shown = f"{abs(value):,.{decimals}f}"
    if not shown.strip("0.,"):
        return shown
    return (MINUS if value < 0 else "+" if signed else "") + shown


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` characters; longer words are broken rather than cut."""
    lines = [line for part in str(text).split("\n") for line in textwrap.wrap(part, width)]
    return lines or [""]


def figure_text(text: str, width: int) -> str:
    """Text for a figure: wrapped, and with its own marks taken as plain characters."""
    return "<br>".join(html.escape(line, quote=False) for line in wrapped(text, width))
