"""The factors of a sample: uncertain quantities, where those drawn together count as one.

Only factors are independent of each other, so only they have a share of a variance of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tumen.errors import TumenError, nearest
from tumen.scenario.uncertainty import ELASTICITY, Input

SAME = 0.9999  # two inputs whose draws correlate as much are one column
REST = "rest"
ELASTICITIES = "elasticities"


@dataclass(frozen=True)
class Factor:
    """Inputs that are drawn together: one input, or a group of correlated ones."""

    name: str
    title: str
    members: tuple[int, ...]  # positions among the inputs
    inputs: tuple[str, ...]
    evidence: tuple[str, ...]


def is_elasticity(name: str) -> bool:
    """Whether an input of this name is a trade elasticity."""
    return name.startswith(f"{ELASTICITY}.")


def factors_of(inputs: Sequence[Input]) -> tuple[Factor, ...]:
    """The factors, in the order of their first input."""
    groups: dict[tuple[str, str], list[int]] = {}
    for at, one in enumerate(inputs):
        key = ("group", one.correlated) if one.correlated else ("input", one.name)
        groups.setdefault(key, []).append(at)
    return tuple(factor(name, members, inputs) for (_, name), members in groups.items())


def factor(name: str, members: Sequence[int], inputs: Sequence[Input]) -> Factor:
    """One factor of these inputs, titled after the first; trade elasticities after their kind."""
    chosen = [inputs[at] for at in members]
    more = len(chosen) - 1
    title = chosen[0].title + (f", and {more} drawn with it" if more else "")
    if more and all(is_elasticity(one.name) for one in chosen):
        title = f"{len(chosen)} trade elasticities, drawn together"
    cited = tuple(dict.fromkeys(key for one in chosen for key in one.evidence))
    return Factor(name, title, tuple(members), tuple(one.name for one in chosen), cited)


def columns_of(factor: Factor, unit: np.ndarray) -> np.ndarray:
    """The draws of a factor's inputs, each column that says something new: [draw, column]."""
    kept: list[np.ndarray] = []
    for at in factor.members:
        column = unit[:, at]
        if all(abs(np.corrcoef(column, other)[0, 1]) < SAME for other in kept):
            kept.append(column)
    return np.column_stack(kept)


def factors(inputs: Sequence[Input], strongest: Sequence[str] | None = None) -> list[Factor]:
    """Groups of inputs for a Saltelli design: few, so that each can be solved for.

    Without `strongest`: one group for each tie, one for all trade elasticities, one for the rest;
    inputs drawn together that belong to several of these are a group of their own. With it: these
    inputs or correlated groups one by one, and the rest in one group. A group of correlated inputs
    is never split. Raises `TumenError` for a name that is no factor.
    """
    single = factors_of(inputs)
    if strongest is not None:
        named = {one.name: one for one in single}
        unknown = [name for name in strongest if name not in named]
        if unknown:
            raise TumenError(
                f"strongest names {unknown[0]!r}, which is no input of the sample"
                f"{nearest(unknown[0], named)}"
            )
        places = {one.name: one.name if one.name in strongest else REST for one in single}
    else:
        places = {one.name: place_of(one, inputs) for one in single}
    return gathered(single, places, inputs)


def place_of(one: Factor, inputs: Sequence[Input]) -> str:
    """The tie of a factor, `elasticities` or `rest`; its own name if it spans several."""
    found = {
        inputs[at].channel or (ELASTICITIES if is_elasticity(inputs[at].name) else REST)
        for at in one.members
    }
    return found.pop() if len(found) == 1 else one.name


def gathered(
    single: Sequence[Factor], places: Mapping[str, str], inputs: Sequence[Input]
) -> list[Factor]:
    """The factors of each place as one, the rest last."""
    titles = {REST: "All other figures", ELASTICITIES: "Trade elasticities"}
    members: dict[str, list[int]] = {}
    for one in single:
        members.setdefault(places[one.name], []).extend(one.members)
    return [
        Factor(
            name,
            titles.get(name, found.title),
            found.members,
            found.inputs,
            found.evidence,
        )
        for name in sorted(members, key=lambda name: name == REST)
        for found in [factor(name, members[name], inputs)]
    ]
