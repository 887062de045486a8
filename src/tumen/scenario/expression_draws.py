"""Formulas worked out over many draws at once: the same grammar, the same answers, draw by draw.

`tumen.scenario.expression` reads and checks a formula; here the checked tree is worked out on
arrays instead of numbers. Where a formula has no value for a draw (a result that does not exist, a
division by zero, a number too large) the draw is marked as such and nothing else happens to it.
Inside, nan stands for "no value", and every step that leaves the finite numbers ends there, as the
scalar rules have it. Powers, logarithms and exponentials go through Python's own `math`, because
numpy's may differ from it in the last digit and a comparison would then fall on the other side.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tumen.scenario.expression import COMPARISONS, Expression, NoValueError, dotted

Numbers: TypeAlias = "np.ndarray | float"

ARITHMETIC: dict[type[ast.operator], Callable[..., Numbers]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
}
SIGNS: dict[str, Callable[..., np.ndarray]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True)
class Truth:
    """What a formula says of each draw: `holds` [draw], which counts only where `known` [draw]."""

    holds: np.ndarray
    known: np.ndarray

    def __post_init__(self) -> None:
        assert not np.any(self.holds & ~self.known), "what is not known does not hold"


def holds(expression: Expression, lookup: Mapping[str, Numbers]) -> Truth:
    """Whether the formula is true, draw by draw.

    `lookup` gives an array [draw] or one number for each name, nan where a draw has no value.
    Raises `NoValueError` for a name that the lookup does not have at all, `ValueError` for arrays
    of unequal length.
    """
    with np.errstate(all="ignore"):
        found = truth(expression.tree, clean(expression, lookup))
    shape = (draws_of(expression, lookup),)
    return Truth(np.broadcast_to(found.holds, shape), np.broadcast_to(found.known, shape))


def sides(
    expression: Expression, lookup: Mapping[str, Numbers]
) -> tuple[np.ndarray, np.ndarray] | None:
    """Both sides of a plain comparison [draw], nan where a draw has none; None for anything else.

    Raises as `holds` does.
    """
    if expression.sign is None or not isinstance(expression.tree, ast.Compare):
        return None
    known = clean(expression, lookup)
    with np.errstate(all="ignore"):
        pair = [
            number(part, known) for part in (expression.tree.left, *expression.tree.comparators)
        ]
    shape = (draws_of(expression, lookup),)
    return np.broadcast_to(pair[0], shape), np.broadcast_to(pair[1], shape)


def draws_of(expression: Expression, lookup: Mapping[str, Numbers]) -> int:
    """How many draws the formula has; 1 where every name is one number."""
    lengths = {name: np.size(lookup[name]) for name in expression.names if name in lookup}
    several = {size for size in lengths.values() if size != 1}
    if len(several) > 1:
        raise ValueError(f"the names have unequal numbers of draws: {lengths}")
    return max(several, default=1)


def clean(expression: Expression, lookup: Mapping[str, Numbers]) -> dict[str, np.ndarray]:
    """The arrays that the formula needs, nan for everything that is no finite number."""
    draws_of(expression, lookup)
    made = {}
    for name in expression.names:
        if name not in lookup:
            raise NoValueError(f"there is no result {name}", name)
        made[name] = finite(np.asarray(lookup[name], float))
    return made


def finite(values: Numbers) -> np.ndarray:
    """The same numbers, nan in place of an infinity."""
    return np.where(np.isfinite(values), values, np.nan)


def one_by_one(made: Callable[..., float], values: np.ndarray, *more: float) -> np.ndarray:
    """A function of `math` on every number of an array; nan in, nan out, nan where it has none."""

    def step(value: float) -> float:
        if math.isnan(value):
            return math.nan
        try:
            return made(value, *more)
        except (ValueError, OverflowError):
            return math.nan

    flat = [step(value) for value in np.ravel(values).tolist()]
    return finite(np.reshape(np.array(flat), np.shape(values)))


def number(node: ast.expr, lookup: Mapping[str, np.ndarray]) -> np.ndarray:
    """The value of a node that is a number; nan where a draw has none."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return np.asarray(float(value))
        case ast.Name() | ast.Attribute():
            return lookup[dotted(node)]
        case ast.UnaryOp(op=sign, operand=part):
            inner = number(part, lookup)
            return -inner if isinstance(sign, ast.USub) else inner
        case ast.BinOp(left=left, op=ast.Pow(), right=exponent):
            return one_by_one(math.pow, number(left, lookup), float(number(exponent, lookup)))
        case ast.BinOp(left=left, op=sign, right=right):
            return finite(ARITHMETIC[type(sign)](number(left, lookup), number(right, lookup)))
        case ast.Call(func=ast.Name(id=name), args=parts):
            return called(name, [number(part, lookup) for part in parts])
    raise AssertionError(f"unchecked node {ast.dump(node)}")


def called(name: str, values: list[np.ndarray]) -> np.ndarray:
    """One of the functions a formula may use, on arrays."""
    match name:
        case "min" | "max":
            step = np.minimum if name == "min" else np.maximum
            found = values[0]
            for value in values[1:]:
                found = step(found, value)
            return found
        case "abs":
            return np.abs(values[0])
        case "log" | "exp":
            return one_by_one(math.log if name == "log" else math.exp, values[0])
    raise AssertionError(f"unchecked function {name}")


def truth(node: ast.expr, lookup: Mapping[str, np.ndarray]) -> Truth:
    """The value of a node that is true or false, draw by draw."""
    match node:
        case ast.UnaryOp(operand=part):
            found = truth(part, lookup)
            return Truth(found.known & ~found.holds, found.known)
        case ast.BoolOp(op=ast.And(), values=parts):
            return in_turn([truth(part, lookup) for part in parts], until=False)
        case ast.BoolOp(values=parts):
            return in_turn([truth(part, lookup) for part in parts], until=True)
        case ast.Compare(left=left, ops=signs, comparators=rest):
            values = [number(part, lookup) for part in (left, *rest)]
            known, held = np.asarray(True), np.asarray(True)
            for value in values:
                known = known & ~np.isnan(value)
            for sign, a, b in zip(signs, values, values[1:], strict=False):
                held = held & SIGNS[COMPARISONS[type(sign)][0]](a, b)
            return Truth(held & known, known)
    raise AssertionError(f"unchecked node {ast.dump(node)}")


def in_turn(parts: list[Truth], *, until: bool) -> Truth:
    """`and` (until one fails) or `or` (until one holds), read from the left as Python reads them.

    A part without a value leaves the whole without one unless a part before it has decided.
    """
    asking, known, decided = np.asarray(True), np.asarray(True), np.asarray(False)
    for part in parts:
        known = known & ~(asking & ~part.known)
        decides = asking & part.known & (part.holds == until)
        decided = decided | decides
        asking = asking & part.known & ~decides
    return Truth(known & (decided if until else ~decided), known)
