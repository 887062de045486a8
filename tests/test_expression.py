"""Formulas: arithmetic agrees with Python's, and everything that is no formula is refused."""

from __future__ import annotations

import ast
import math
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tumen.scenario.expression import ExpressionError, NoValueError, parse, word

NAMES = {"a": 2.5, "b.c": -0.75, "d.e.f": 0.0}
PYTHON = {
    "__builtins__": {"min": min, "max": max, "abs": abs, "log": math.log, "exp": math.exp},
    "a": 2.5,
    "b": SimpleNamespace(c=-0.75),
    "d": SimpleNamespace(e=SimpleNamespace(f=0.0)),
}


def joined(sign, parts):
    return st.tuples(parts, parts).map(lambda two: f"({two[0]} {sign} {two[1]})")


def grow(parts):
    """Larger formulas of numbers from smaller ones."""
    return st.one_of(
        *(joined(sign, parts) for sign in "+-*/"),
        st.tuples(parts, st.integers(-3, 3)).map(lambda two: f"({two[0]} ** {two[1]})"),
        parts.map(lambda part: f"(-{part})"),
        *(parts.map(lambda part, name=name: f"{name}({part})") for name in ("abs", "log", "exp")),
        st.tuples(st.sampled_from(("min", "max")), st.lists(parts, min_size=2, max_size=3)).map(
            lambda two: f"{two[0]}({', '.join(two[1])})"
        ),
    )


ATOMS = st.one_of(
    st.sampled_from(sorted(NAMES)),
    st.floats(0, 1e3, allow_subnormal=False).map(repr),
)
ARITHMETIC = st.recursive(ATOMS, grow, max_leaves=8)
COMPARED = st.tuples(
    ARITHMETIC, st.sampled_from(("<", "<=", ">", ">=", "==", "!=")), ARITHMETIC
).map(lambda three: f"{three[0]} {three[1]} {three[2]}")
LOGIC = st.recursive(
    COMPARED,
    lambda parts: st.one_of(
        joined("and", parts), joined("or", parts), parts.map(lambda part: f"not ({part})")
    ),
    max_leaves=4,
)


@given(ARITHMETIC)
def test_arithmetic_agrees_with_python(text):
    try:
        value, _ = parse(f"{text} >= 0").sides(NAMES)
    except NoValueError:
        try:
            expected = eval(text, PYTHON)
        except (ArithmeticError, ValueError):
            return
        # What overflowed on the way may be finite again in the end.
        assert not math.isfinite(expected) or "exp" in text or "**" in text or "/" in text
    else:
        assert value == eval(text, PYTHON)


@given(LOGIC)
def test_logic_agrees_with_python(text):
    try:
        found = parse(text).holds(NAMES)
    except (NoValueError, ExpressionError):
        return
    assert found is eval(text, PYTHON)


REFUSED = {
    "9**9**9 > 1": "plain number from -10 to 10",
    "2 ** 11 > 1": "plain number from -10 to 10",
    "2 ** a > 1": "plain number from -10 to 10",
    "__import__('os') > 1": "no function of a formula",
    "open(a) > 1": "no function of a formula",
    "a.b() > 1": "no function of a formula",
    "(lambda: 1)() > 1": "no function of a formula",
    "lambda: 1": "not allowed",
    "a.__class__ > 1": "begins with an underscore",
    "_a > 1": "begins with an underscore",
    "a[0] > 1": "not allowed",
    "[1] > [0]": "not allowed",
    "[x for x in a] > 1": "not allowed",
    "(x := 3) > 1": "not allowed",
    "f'{a}' > 1": "not allowed",
    "'a' > 1": "no number",
    "True > 0": "no number",
    "1j > 0": "no number",
    "a if b > 1 else c": "not allowed",
    "a // 2 > 1": "not allowed",
    "a in b": "not allowed",
    "a is b": "not allowed",
    "1e999 > a": "too large",
    "9" * 400 + " > a": "too large",
    "abs(1, 2) > 1": "takes one number",
    "min(1) > 1": "takes two or more numbers",
    "max(*a) > 1": "takes two or more numbers",
    "abs(x=1) > 1": "takes one number",
    "abs > 1": "is a function",
    "(a + b).c > 1": "no name",
    "a + 1": "neither true nor false",
    "(a > 1) + 1 > 0": "where a number is needed",
    "a and b > 1": "where a comparison is needed",
    "a >": "check its signs",
    "a > 1; b > 1": "check its signs",
    "import os": "check its signs",
    "-" * 450 + "1 > 0": "nested",
    "a" + "()" * 200 + " > 1": "nested",
    "(" * 220 + "1" + ")" * 220 + " > 1": "no formula",
    "a > 1 " * 100: "at most 500 characters",
    "a\0 > 1": "no formula",
    "": "check its signs",
}


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_all_else_is_refused(text):
    with pytest.raises(ExpressionError, match=REFUSED[text]):
        parse(text)


TOKENS = "a b.c 1 2.5 's' ( ) [ ] , + - * / ** > >= and or not if else in lambda : := = min abs"
KNOWN = (ast.Constant, ast.Name, ast.Attribute, ast.UnaryOp, ast.BinOp, ast.Call, ast.Compare)
KNOWN += (ast.BoolOp, ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)


@given(st.lists(st.sampled_from(TOKENS.split()), max_size=12).map(" ".join) | st.text(max_size=30))
def test_whatever_is_written_is_a_formula_or_refused(text):
    try:
        read = parse(text)
    except ExpressionError:
        return
    assert all(isinstance(node, KNOWN) for node in ast.walk(read.tree))


def test_names_and_how_labels_are_written():
    read = parse("channels.goods_trade.x + max(a, 3) >= threshold and not b.n2022 < 1")
    assert read.names == {"channels.goods_trade.x", "a", "threshold", "b.n2022"}
    assert [word(key) for key in ("goods-trade", "all channels", "2022", "0.5", "PRK")] == [
        "goods_trade", "all_channels", "n2022", "n0_5", "PRK",
    ]  # fmt: skip


def test_what_has_no_value():
    for text in ("1 / d.e.f > 0", "log(d.e.f) > 0", "exp(1000) > 0", "b.c ** 10 / d.e.f > 1"):
        with pytest.raises(NoValueError):
            parse(text).holds(NAMES)
    with pytest.raises(NoValueError, match="x has no value") as caught:
        parse("x > 0").holds({"x": math.nan})
    assert caught.value.name == "x"
