"""Prose with formulas as HTML: formulas become MathML, which browsers draw themselves."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

# A formula of its own, a formula in a line, a name of the code, a word set apart.
MARKED = re.compile(r"(\$\$.+?\$\$|\$.+?\$|`[^`]+`|(?<![\w*])\*\w+\*)", re.DOTALL)
# What the source of a formula writes as a word, not as a product of letters.
WORD = re.compile(r"\\text\{[^}]*\}|(?<![\\A-Za-z])[A-Za-z]{3,}")
# A prime stands beside its letter, not over the letter's indices.
PRIME = re.compile(r"(\\text\{[^}]*\}|\\[A-Za-z]+|[A-Za-z])'")
# Names of functions keep their distance from letters, not from brackets.
FUNCTION = re.compile(
    r"(?P<before>[A-Za-z0-9}])?\s*\\(?P<name>ln|exp)(?![A-Za-z])\s*(?=(?P<open>[(\[])?)"
)
INDICES = frozenset("ijklmnrst")


def worded(formula: str) -> str:
    r"""A formula with its words marked as such: `bracket` becomes `\text{bracket}`."""

    def marked(match: re.Match[str]) -> str:
        word = match[0]
        plain = word.startswith("\\") or set(word) <= INDICES
        return word if plain else f"\\text{{{word}}}"

    return WORD.sub(marked, formula)


def distanced(match: re.Match[str]) -> str:
    """A function's name with thin spaces where letters stand beside it."""
    before = match["before"] + r"\, " if match["before"] else ""
    return f"{before}\\{match['name']}" + (" " if match["open"] else r"\, ")


def symbol(text: str) -> Any:
    """A symbol of the vocabulary with its indices set low."""
    from markupsafe import Markup

    base, _, indices = text.partition("_")
    return Markup("<i>{}</i><sub>{}</sub>").format(base, indices) if indices.isalpha() else text


@lru_cache(maxsize=1024)
def mathml(formula: str, *, own_line: bool = False) -> Any:
    """A formula in LaTeX as MathML."""
    from latex2mathml.converter import convert
    from markupsafe import Markup

    spaced = FUNCTION.sub(distanced, worded(" ".join(formula.split())))
    spaced = PRIME.sub(r"{\1\\prime}", spaced)
    made = convert(spaced, display="block" if own_line else "inline")
    return Markup(made)  # noqa: S704 - made from formulas of our own code


def prose(text: str) -> Any:
    """A paragraph with its formulas, names of code and words set apart; all else is escaped."""
    from markupsafe import Markup, escape

    parts = []
    for part in MARKED.split(text):
        if part.startswith("$$"):
            parts.append(mathml(part[2:-2].rstrip(" ,."), own_line=True))
        elif part.startswith("$"):
            parts.append(mathml(part[1:-1]))
        elif part.startswith("`"):
            parts.append(Markup("<code>{}</code>").format(part[1:-1]))
        elif part.startswith("*"):
            parts.append(Markup("<em>{}</em>").format(part[1:-1]))
        else:
            parts.append(escape(part))
    return Markup("").join(parts)
