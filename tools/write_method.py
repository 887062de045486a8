"""Write docs/method.md from the docstrings of the equations and the table of variables.

The page cannot drift from the code: a test compares the two. Usage: python tools/write_method.py
"""

from __future__ import annotations

import inspect
from pathlib import Path

from tumen import vocabulary
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
from tumen.solver import adjoint, anderson, calibrated, newton

PAGE = Path(__file__).parents[1] / "docs/method.md"
ORDER = (
    ("The equations", equations, (
        "trade_weights", "price_index", "sales_abroad", "spending", "expenditure",
        "consumer_price", "balance_slope",
    )),
    ("Production", technology, ("technology", "nested", "substituted")),
    ("Suppliers", sourcing, ("sourcing",)),
    ("Factors", labour, ("wanted_pay", "pay", "bundle_growth", "next_bill", "cost_of_hours")),
    ("What goods are made of", content, ("value_added_content",)),
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
# The method

This page is made from the code: the equations from the functions that compute them, the variables
from the table that checks, files and reports read.

The model is that of Caliendo and Parro (2015): many countries and sectors, trade in inputs and in
final goods, tariffs with their revenue, and transfers between countries. It is solved in exact
changes: a *hat* is the new value over the benchmark's, a prime marks a new level. Indices: n the
importer, i the exporter, j a sector, k an input.

Wages, prices and expenditure are found together, as the fixed point of one map, with Anderson
acceleration, and with Newton's method where that takes too long. A solve counts as converged when
no wage, price or expenditure moves by more than the tolerance (1e-10) in one more map and no
region's excess demand exceeds that share of world value added. Nothing is shown otherwise.
"""


def section(title: str, module: object, names: tuple[str, ...]) -> str:
    """One heading with the docstring of each function."""
    lines = [f"## {title}", ""]
    for name in names:
        function = getattr(module, name)
        text = inspect.getdoc(function) or ""
        lines += [f"### {name.replace('_', ' ')}", "", text, ""]
    return "\n".join(lines)


def table(title: str, variables: dict[str, vocabulary.Variable]) -> str:
    """The variables of one kind."""
    lines = [
        f"## {title}",
        "",
        "| name | symbol | over | unit | meaning |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{v.name}` | {v.symbol} | {', '.join(v.dims)} | {v.unit} | {v.meaning} |"
        for v in variables.values()
    ]
    return "\n".join(lines) + "\n"


def method() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    parts += [section(*entry) for entry in ORDER]
    parts.append(table("Variables of a world", vocabulary.WORLD))
    parts.append(table("Optional variables", vocabulary.OPTIONAL))
    parts.append(table("Variables of a result", vocabulary.RESULT))
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(method(), encoding="utf-8")
