"""The method as the code tells it: equations from docstrings, variables from the vocabulary."""

from __future__ import annotations

import inspect
import re
import unicodedata
from collections.abc import Iterator
from types import ModuleType
from typing import NamedTuple

from tumen import vocabulary
from tumen.analysis import exposure
from tumen.model import (
    accumulation,
    content,
    equations,
    equilibrium,
    labour,
    routing,
    sourcing,
    technology,
    viability,
    walks,
    welfare,
)
from tumen.report.document import Cell, Column, Heading, Table
from tumen.solver import adjoint, anderson, calibrated, newton
from tumen.vocabulary import Variable

ORDER: tuple[tuple[str, ModuleType, tuple[str, ...]], ...] = (
    ("The equations", equations, (
        "trade_weights", "price_index", "sales_abroad", "spending", "expenditure",
        "consumer_price", "balance_slope",
    )),
    ("Production", technology, ("technology", "nested", "substituted")),
    ("Suppliers", sourcing, ("sourcing",)),
    ("Factors", labour, ("wanted_pay", "pay", "bundle_growth", "next_bill", "cost_of_hours")),
    ("What goods are made of", content, ("value_added_content",)),
    ("Who depends on whom", exposure, ("multipliers", "exposure")),
    ("The fixed point", equilibrium, ("numeraire", "equilibrium_map")),
    ("Welfare and trade", welfare, ("outcome", "first_order", "creation_and_diversion")),
    ("Capital over time", accumulation, (
        "factor_bundle", "saving_rate", "investment", "next_capital", "steady_capital",
        "decay_rate", "consumption_equivalent",
    )),
    ("Transport routes", routing, ("logit", "choose", "on_network", "congested")),
    ("All walks of a network", walks, ("all_walks", "walk_use", "add_walks")),
    ("How it is solved", anderson, ("fixed_point",)),
    ("What acceleration does not reach", newton, ("newton_krylov",)),
    ("Where no price is high enough", viability, ("price_growth", "log_prices")),
    ("Calibration", calibrated, ("calibrate_weights",)),
    ("Gradients", adjoint, ("gradient_at",)),
)  # fmt: skip

INTRODUCTION = """\
The model is that of Caliendo and Parro (2015): many countries and sectors, trade in inputs and in
final goods, tariffs with their revenue, and transfers between countries. It is solved in exact
changes: a *hat* is the new value over the benchmark's, a prime marks a new level. Indices: n the
importer, i the exporter, j a sector, k an input.

Wages, prices and expenditure are found together, as the fixed point of one map, with Anderson
acceleration, and with Newton's method where that takes too long. A solve counts as converged when
no wage, price or expenditure moves by more than the tolerance (1e-10) in one more map and no
region's excess demand exceeds that share of world value added. Nothing is shown otherwise.
"""
KINDS = (
    ("Variables of a world", vocabulary.WORLD),
    ("Optional variables", vocabulary.OPTIONAL),
    ("Variables of a result", vocabulary.RESULT),
)
PAPER = "Caliendo & Parro (2015), "
SOURCE = re.compile(r"(?:^|\s)Source: (.+)\Z", re.DOTALL)
# A symbol with its indices: perhaps a hat, a letter or a command, perhaps a prime.
SYMBOL = re.compile(
    r"(?P<hat>\\hat\s*)?(?P<base>\\[A-Za-z]+|(?<![\\A-Za-z])[A-Za-z])'?"
    r"_(?:\{(?P<many>[a-z, ]+)\}|(?P<one>[a-z]))"
)
GREEK = {
    r"\alpha": "α", r"\gamma": "γ", r"\varepsilon": "ε", r"\eta": "η", r"\theta": "θ",
    r"\mu": "μ", r"\pi": "π", r"\tau": "τ", r"\varphi": "φ", r"\chi": "χ", r"\psi": "ψ",
}  # fmt: skip
# The equations write the labour force with the letter that stands for employment in results.
SHARED_LETTERS = {"employment_hat"}
INDEX = dict.fromkeys("nim", "region") | dict.fromkeys("jk", "sector")
HAT = "\N{COMBINING CIRCUMFLEX ACCENT}"

Key = tuple[str, bool, tuple[str, ...]]  # base letter, hat, kinds of its indices


class Equation(NamedTuple):
    """A function's equation: its name, its docstring in parts, and the variables it speaks of."""

    name: str
    paragraphs: tuple[str, ...]
    source: str
    variables: tuple[Variable, ...]


class Chapter(NamedTuple):
    """Equations under a heading."""

    title: str
    equations: tuple[Equation, ...]


def kinds_of(indices: str) -> tuple[str, ...] | None:
    """What indices run over, in a fixed order; None where one is no region and no sector."""
    letters = indices.replace(",", "").replace(" ", "")
    if not all(letter in INDEX for letter in letters):
        return None
    return tuple(sorted(INDEX[letter] for letter in letters))


def known() -> dict[Key, Variable]:
    """Variables of the vocabulary by their symbol; those of a world before those of a result."""
    found: dict[Key, Variable] = {}
    for _, variables in KINDS:
        for variable in variables.values():
            base, _, indices = unicodedata.normalize("NFD", variable.symbol).partition("_")
            kinds = kinds_of(indices)
            letter = base.removesuffix("'").replace(HAT, "")
            if kinds and len(letter) == 1 and variable.name not in SHARED_LETTERS:
                found.setdefault((letter, HAT in base, kinds), variable)
    return found


def spoken_of(text: str) -> Iterator[Variable]:
    """Variables whose symbols stand in the formulas of a text, each once and in order."""
    table, seen = known(), set()
    for formula in re.findall(r"\$\$?(.+?)\$\$?", text, re.DOTALL):
        for match in SYMBOL.finditer(formula):
            kinds = kinds_of(match["many"] or match["one"])
            base = GREEK.get(match["base"], match["base"])
            variable = table.get((base, bool(match["hat"]), kinds or ()))
            if variable is not None and variable.name not in seen:
                seen.add(variable.name)
                yield variable


def equation(module: ModuleType, name: str) -> Equation:
    """The equation of a function."""
    text = inspect.getdoc(getattr(module, name)) or ""
    found = SOURCE.search(text)
    source = found[1].strip() if found else ""
    body = text[: found.start()] if found else text
    if source.startswith("eq."):
        source = PAPER + source
    paragraphs = tuple(part.strip() for part in body.split("\n\n") if part.strip())
    return Equation(name, paragraphs, source, tuple(spoken_of(text)))


def chapters() -> list[Chapter]:
    """The whole method in the order of the document."""
    return [
        Chapter(title, tuple(equation(module, name) for name in names))
        for title, module, names in ORDER
    ]


def variables_table() -> Table:
    """Every variable with its symbol, what it runs over, its unit and its meaning."""
    columns = [
        Column(title, numeric=False)
        for title in ("name", "symbol", "over", "unit", "meaning", "source")
    ]
    rows: list[list[Cell] | Heading] = []
    for title, variables in KINDS:
        rows.append(Heading(title))
        rows += [
            [v.name, v.symbol, ", ".join(v.dims), v.unit, v.meaning, v.source]
            for v in variables.values()
        ]
    return Table("Variables, their units and where they are from", columns, rows)
