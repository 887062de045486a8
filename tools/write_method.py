"""Write docs/method.md from the docstrings of the equations and the table of variables.

The page cannot drift from the code: a test compares the two. Usage: python tools/write_method.py
"""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType

from tumen.report.method import INTRODUCTION, KINDS, ORDER
from tumen.vocabulary import Variable

PAGE = Path(__file__).parents[1] / "docs/method.md"
HEAD = """\
# The method

This page is made from the code: the equations from the functions that compute them, the variables
from the table that checks, files and reports read.

"""


def section(title: str, module: ModuleType, names: tuple[str, ...]) -> str:
    """One heading with the docstring of each function."""
    lines = [f"## {title}", ""]
    for name in names:
        function = getattr(module, name)
        text = inspect.getdoc(function) or ""
        lines += [f"### {name.replace('_', ' ')}", "", text, ""]
    return "\n".join(lines)


def table(title: str, variables: dict[str, Variable]) -> str:
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
    parts = [HEAD + INTRODUCTION]
    parts += [section(*entry) for entry in ORDER]
    parts += [table(*entry) for entry in KINDS]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(method(), encoding="utf-8")
