"""Formulas over named results: arithmetic and comparisons, read and worked out by a short list.

`100 * offset_ratio.after.PRK >= threshold` is a formula. Nothing is ever handed to Python to run:
the text is parsed into its syntax tree, every node of the tree is held against what a formula may
be, and the tree is worked out here, on floating-point numbers. A formula is made of

- numbers, and names with dots (`loss.RUS.pressure`);
- `+ - * /`, and `**` with a plain number from -10 to 10 as its exponent;
- `min`, `max` of two or more numbers, `abs`, `log`, `exp`;
- `< <= > >= == !=` between numbers, also in a chain; `and`, `or`, `not` between those.

A formula has no place for dashes and blanks inside names: `word` tells how a label is written.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

# A prediction is a line; what is longer or deeper is an accident or an attack.
LONGEST = 500
DEEPEST = 60
LARGEST_EXPONENT = 10

Kind = Literal["number", "truth"]

ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
}
COMPARISONS: dict[type[ast.cmpop], tuple[str, Callable[[float, float], bool]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
}
# Each function with the fewest and the most numbers it takes.
FUNCTIONS: dict[str, tuple[Callable[..., float], int, int]] = {
    "min": (min, 2, 20),
    "max": (max, 2, 20),
    "abs": (abs, 1, 1),
    "log": (math.log, 1, 1),
    "exp": (math.exp, 1, 1),
}


class ExpressionError(ValueError):
    """A text that is no formula; the message says what is wrong with it."""


class NoValueError(ArithmeticError):
    """A formula without a value where it was asked for one; `.name` is what lacks it, or empty."""

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True)
class Expression:
    """A formula that was read and found to be one; its value is true or false."""

    text: str
    tree: ast.expr

    @property
    def names(self) -> frozenset[str]:
        """The dotted names it needs."""
        return frozenset(names_in(self.tree))

    @property
    def sign(self) -> str | None:
        """`>=` and the like where it is one plain comparison, else None."""
        if isinstance(self.tree, ast.Compare) and len(self.tree.ops) == 1:
            return COMPARISONS[type(self.tree.ops[0])][0]
        return None

    def holds(self, lookup: Mapping[str, float]) -> bool:
        """Whether it is true. Raises `NoValueError` where that cannot be said."""
        return truth(self.tree, lookup)

    def sides(self, lookup: Mapping[str, float]) -> tuple[float, float] | None:
        """Both sides of a plain comparison; None for anything else. Raises `NoValueError`."""
        if not isinstance(self.tree, ast.Compare) or len(self.tree.ops) > 1:
            return None
        return number(self.tree.left, lookup), number(self.tree.comparators[0], lookup)


def word(key: str) -> str:
    """How a label of a result is written in a formula.

    What is neither letter, digit nor underscore becomes an underscore (`goods-trade` is
    `goods_trade`, `all channels` is `all_channels`); before a digit in front comes an n (`n2022`).
    """
    written = re.sub(r"[^0-9A-Za-z_]", "_", key)
    return f"n{written}" if written[:1].isdigit() else written


@lru_cache(maxsize=1024)
def parse(text: str) -> Expression:
    """Read a formula that is true or false. Raises `ExpressionError` with one clear sentence."""
    line = " ".join(text.split())
    if len(line) > LONGEST:
        raise ExpressionError(f"a formula has at most {LONGEST} characters, not {len(line)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(line, mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(
            f"{line[:60]!r} is no formula ({error.msg}); check its signs and brackets"
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"{line[:60]!r} is no formula that can be read") from None
    if depth(tree) > DEEPEST:
        raise ExpressionError(f"the formula is nested more than {DEEPEST} deep")
    if checked(tree) == "number":
        raise ExpressionError(
            f"{line!r} is a number, neither true nor false; compare it with threshold"
        )
    return Expression(line, tree)


def depth(tree: ast.AST) -> int:
    """How many nodes stand above the deepest one; counted without recursion."""
    level, deep = [tree], 0
    while level:
        level = [part for node in level for part in ast.iter_child_nodes(node)]
        deep += 1
    return deep


def checked(node: ast.expr) -> Kind:
    """Whether the node is a number or a truth; raises for what a formula may not hold."""
    match node:
        case ast.Constant(value=value):
            check_number(value)
        case ast.Name() | ast.Attribute():
            dotted(node)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            wanted("truth", part)
            return "truth"
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=part):
            wanted("number", part)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in ARITHMETIC:
            wanted("number", left, right)
            if isinstance(sign, ast.Pow):
                check_exponent(right)
        case ast.Call():
            check_call(node)
            wanted("number", *node.args)
        case ast.Compare(left=left, ops=signs, comparators=rest) if all(
            type(sign) in COMPARISONS for sign in signs
        ):
            wanted("number", left, *rest)
            return "truth"
        case ast.BoolOp(values=parts):
            wanted("truth", *parts)
            return "truth"
        case _:
            raise ExpressionError(
                f"{ast.unparse(node)!r} is not allowed in a formula; it holds numbers, dotted "
                "names, + - * / **, comparisons, and, or, not, and "
                f"{', '.join(FUNCTIONS)}"
            )
    return "number"


def wanted(kind: Kind, *parts: ast.expr) -> None:
    """Check parts of a node, and that each is of the kind that stands there."""
    for part in parts:
        if checked(part) != kind:
            said = "a comparison" if kind == "truth" else "a number"
            raise ExpressionError(f"{ast.unparse(part)!r} stands where {said} is needed")


def check_number(value: object) -> None:
    """A plain finite number; true, false, text and the like are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ExpressionError(f"{value!r} is no number; a formula holds numbers and names")
    try:
        finite = math.isfinite(float(value))
    except OverflowError:
        finite = False
    if not finite:
        raise ExpressionError("a number in the formula is too large to compute with")


def check_exponent(node: ast.expr) -> None:
    """A small plain number: a tower of powers would never end."""
    part = node.operand if isinstance(node, ast.UnaryOp) else node
    if not isinstance(part, ast.Constant) or abs(part.value) > LARGEST_EXPONENT:  # type: ignore[arg-type]
        raise ExpressionError(
            f"the exponent {ast.unparse(node)!r} is not allowed; it must be a plain number from "
            f"-{LARGEST_EXPONENT} to {LARGEST_EXPONENT}"
        )


def check_call(node: ast.Call) -> None:
    """One of the known functions, with as many numbers as it takes."""
    name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
    if name not in FUNCTIONS:
        raise ExpressionError(
            f"{name!r} is no function of a formula; those are {', '.join(FUNCTIONS)}"
        )
    _, fewest, most = FUNCTIONS[name]
    starred = any(isinstance(part, ast.Starred) for part in node.args)
    if node.keywords or starred or not fewest <= len(node.args) <= most:
        takes = "one number" if most == 1 else "two or more numbers, separated by commas"
        raise ExpressionError(f"{name} takes {takes}")


def dotted(node: ast.expr) -> str:
    """The name as it is written, `a.b.c`."""
    parts: list[str] = []
    at = node
    while isinstance(at, ast.Attribute):
        parts.append(at.attr)
        at = at.value
    if not isinstance(at, ast.Name):
        raise ExpressionError(f"{ast.unparse(node)!r} is no name; a name is words with dots")
    parts.append(at.id)
    for part in parts:
        if part.startswith("_"):
            raise ExpressionError(f"{part!r}: no part of a name begins with an underscore")
    if parts[-1] in FUNCTIONS:
        raise ExpressionError(f"{parts[-1]} is a function and needs its numbers in brackets")
    return ".".join(reversed(parts))


def names_in(node: ast.expr) -> Iterator[str]:
    """Every dotted name below a node, as it is met."""
    if isinstance(node, (ast.Name, ast.Attribute)):
        yield dotted(node)
        return
    parts = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    for part in parts:
        if isinstance(part, ast.expr):
            yield from names_in(part)


def number(node: ast.expr, lookup: Mapping[str, float]) -> float:
    """The value of a node that is a number. Raises `NoValueError` where it has none."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name() | ast.Attribute():
            name = dotted(node)
            if name not in lookup:
                raise NoValueError(f"there is no result {name}", name)
            if not math.isfinite(value := lookup[name]):
                raise NoValueError(f"{name} has no value", name)
            return value
        case ast.UnaryOp(op=sign, operand=part):
            value = number(part, lookup)
            return -value if isinstance(sign, ast.USub) else value
        case ast.BinOp(left=left, op=sign, right=right):
            made = ARITHMETIC[type(sign)]
            return finite(node, made, number(left, lookup), number(right, lookup))
        case ast.Call(func=ast.Name(id=name), args=parts):
            made, _, _ = FUNCTIONS[name]
            return finite(node, made, *(number(part, lookup) for part in parts))
    raise AssertionError(f"unchecked node {ast.dump(node)}")


def finite(node: ast.expr, made: Callable[..., float], *values: float) -> float:
    """One step of arithmetic, or why it has no result."""
    try:
        value = float(made(*values))
    except ZeroDivisionError:
        raise NoValueError(f"{ast.unparse(node)} divides by zero") from None
    except (ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise NoValueError(f"{ast.unparse(node)} is no finite number")
    return value


def truth(node: ast.expr, lookup: Mapping[str, float]) -> bool:
    """The value of a node that is true or false. Raises `NoValueError` where it has none."""
    match node:
        case ast.UnaryOp(operand=part):
            return not truth(part, lookup)
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(truth(part, lookup) for part in parts)
        case ast.BoolOp(values=parts):
            return any(truth(part, lookup) for part in parts)
        case ast.Compare(left=left, ops=signs, comparators=rest):
            values = [number(part, lookup) for part in (left, *rest)]
            tests = (COMPARISONS[type(sign)][1] for sign in signs)
            return all(test(a, b) for test, a, b in zip(tests, values, values[1:], strict=False))
    raise AssertionError(f"unchecked node {ast.dump(node)}")
