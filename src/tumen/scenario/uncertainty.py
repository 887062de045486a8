"""The uncertain quantities of a case: which figures are drawn, within what range, and together.

A range is widened by the reliability of its weakest source before draws are made from it: the
distance of either end from the centre grows by the factor in `STRETCH`, in odds for shares, in
ratios for other numbers above zero, in differences for the rest. An end at a bound (a share of 0
or 1, a number of 0) stays there. A range that rests on an assumption alone is its author's whole
uncertainty and stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tumen.errors import ScenarioError, nearest
from tumen.scenario.distributions import NORMAL_95, Range, quantile, widened
from tumen.scenario.effects import RoutesEffect
from tumen.scenario.evidence import Evidence
from tumen.scenario.expression import word
from tumen.scenario.figure import Distribution, Figure, Place, placed_figures
from tumen.scenario.places import Names, words_of
from tumen.scenario.schema import Correlated, Scenario

# A official, B one good outlet, C weak, D arithmetic on other rows, M from memory, N not found.
STRETCH: Mapping[str, float] = {"A": 1.0, "B": 1.25, "C": 1.5, "D": 1.25, "M": 1.5, "N": 1.0}
# Parts of a scenario whose figures enter what a draw computes; the record that backtests are held
# against and the memo items of a balance do not.
DRAWN = ("pressure", "ties", "weapons", "market_entry", "routes", "value_of_day")
# Beside parts of a scenario: trade elasticities, first months of the horizon, rows of the evidence.
ELASTICITY, HORIZON, EVIDENCE = "elasticity", "horizon", "evidence"
# What is drawn for a run of a case, and for its backtests: there the ties are off.
RUN_PARTS = (*DRAWN, ELASTICITY, EVIDENCE)
BACKTEST_PARTS = ("pressure", "backtests", ELASTICITY, HORIZON)


@dataclass(frozen=True)
class Input:
    """One uncertain quantity of a case, drawn with one number.

    `ranges` holds, by place in the scenario, the range of every figure that it stands for; `low`,
    `central` and `high` are those of the first, as used, `stated` as its source has them.
    """

    name: str
    title: str
    unit: str
    low: float
    central: float
    high: float
    stated: tuple[float, float]
    evidence: tuple[str, ...]
    channel: str
    correlated: str
    ranges: Mapping[str, Range]

    @property
    def distribution(self) -> Distribution:
        """How its first figure is distributed."""
        return next(iter(self.ranges.values())).distribution

    def at(self, probability: np.ndarray) -> np.ndarray:
        """Values of the first figure at these probabilities."""
        return quantile(next(iter(self.ranges.values())), probability)


def stretch_of(figure: Figure, evidence: Mapping[str, Evidence]) -> float:
    """The factor of the weakest source that a figure cites; 1 for an assumption alone."""
    return max((STRETCH[evidence[key].reliability] for key in figure.evidence), default=1.0)


def range_of(place: Place, figure: Figure, evidence: Mapping[str, Evidence]) -> Range:
    """The range drawn from. Years of a backtest are its author's own, whatever they cite."""
    stretch = 1.0 if place[0] == "backtests" else stretch_of(figure, evidence)
    return widened(figure, stretch)


def formula_name(value: Any, place: Place) -> str:
    """A place below a model as a formula writes it: rows of a list go by their id or are counted.

    Source: the rule for names in `tumen.analysis.claims`.
    """
    words = []
    for part in place:
        if isinstance(part, int):
            value = value[part]
            words.append(word(getattr(value, "id", None) or f"{part + 1}"))
        else:
            value = value[part] if isinstance(value, Mapping) else getattr(value, part)
            words.append(word(part))
    return ".".join(words)


def drawn_figures(
    scenario: Scenario, parts: Collection[str] = DRAWN
) -> Iterator[tuple[Place, str, Figure]]:
    """The figures that enter a draw and have a range: place, name in formulas, figure.

    Of backtests only the years are drawn: the record is what draws are held against.
    """
    routed = scenario.routes is not None or any(
        isinstance(effect, RoutesEffect) for tie in scenario.ties for effect in tie.effects
    )
    for place, figure in placed_figures(scenario):
        enters = place[0] in parts and (routed or place[0] != "value_of_day")
        recorded = place[0] == "backtests" and place[-1] == "value"
        if enters and not recorded and figure.low < figure.high:
            yield place, formula_name(scenario, place), figure


def tie_of(scenario: Scenario, place: Place) -> str:
    """The id of the tie that a place belongs to, or nothing."""
    at = place[1] if place[0] == "ties" else None
    return scenario.ties[at].id if isinstance(at, int) else ""


def inputs_of(
    scenario: Scenario,
    evidence: Mapping[str, Evidence],
    names: Names = str,
    parts: Collection[str] = DRAWN,
) -> list[Input]:
    """The uncertain quantities among a scenario's figures, in the order of the file.

    Figures with the same `input` are one quantity. `names` gives the everyday names of regions.
    """
    found: dict[str, list[tuple[Place, str, Figure]]] = {}
    for place, name, figure in drawn_figures(scenario, parts):
        found.setdefault(figure.input or name, []).append((place, name, figure))
    inputs = []
    for key, figures in found.items():
        place, _, first = figures[0]
        ranges = {name: range_of(place, one, evidence) for place, name, one in figures}
        used = next(iter(ranges.values()))
        cited = dict.fromkeys(key for _, _, one in figures for key in one.evidence)
        inputs.append(
            Input(
                name=key,
                title=": ".join(words_of(scenario, place, names)),
                unit=first.unit,
                low=used.low,
                central=used.central,
                high=used.high,
                stated=(first.low, first.high),
                evidence=tuple(cited),
                channel=tie_of(scenario, place),
                correlated="",
                ranges=ranges,
            )
        )
    return inputs


def elasticity_input(sector: str, title: str, theta: float, error: float, source: str) -> Input:
    r"""A trade elasticity with its standard error s: lognormal, median $\theta$, $\ln$-spread
    $\sqrt{\ln(1+(s/\theta)^2)}$.
    """
    spread = NORMAL_95 * math.sqrt(math.log1p((error / theta) ** 2))
    within = Range(theta * math.exp(-spread), theta, theta * math.exp(spread), "lognormal")
    return Input(
        name=f"elasticity.{word(sector)}",
        title=f"Trade elasticity: {title}",
        unit="per cent of trade for a per cent of cost",
        low=within.low,
        central=theta,
        high=within.high,
        stated=(within.low, within.high),
        evidence=(),
        channel="",
        correlated="",
        ranges={source: within},
    )


def row_range(row: Evidence) -> Range | None:
    """The widened range of a row of the evidence; None where it has no numbers for one."""
    ends = sorted(end for text in (row.low, row.high) if (end := float_of(text)) is not None)
    centre = float_of(row.central)
    if centre is None or len(ends) < 2 or ends[0] == ends[1]:
        return None
    figure = Figure(low=ends[0], central=centre, high=ends[1], unit=row.unit or "as stated")
    return widened(figure, STRETCH[row.reliability])


def with_evidence(
    inputs: Iterable[Input], evidence: Mapping[str, Evidence], wanted: Iterable[str]
) -> list[Input]:
    """The inputs, and the rows of the evidence that formulas name and that have a range.

    A row that an input is named after is drawn with it.
    """
    found = {one.name: one for one in inputs}
    for key in wanted:
        row = evidence[key]
        within = row_range(row)
        if within is None:
            continue
        place = {f"evidence.{key}": within}
        if key in found:
            found[key] = replace(found[key], ranges={**found[key].ranges, **place})
            continue
        found[key] = Input(
            name=key,
            title=row.item,
            unit=row.unit,
            low=within.low,
            central=within.central,
            high=within.high,
            stated=tuple(sorted((float(row.low), float(row.high)))),  # type: ignore[arg-type]
            evidence=(key,),
            channel="",
            correlated="",
            ranges=place,
        )
    return list(found.values())


def float_of(text: str) -> float | None:
    """The finite number that a cell holds, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def correlated_groups(
    groups: Iterable[Correlated], inputs: list[Input]
) -> tuple[list[Input], dict[str, float]]:
    """The inputs with the group that each is drawn in, and the rank correlation of every group.

    Raises `ScenarioError` for a name that is no input, or stands in two groups.
    """
    member: dict[str, str] = {}
    strength: dict[str, float] = {}
    known = [one.name for one in inputs]
    for number, group in enumerate(groups):
        key = group.id
        strength[key] = group.rank_correlation
        for name in group.inputs:
            if name not in known:
                raise ScenarioError(
                    f"field correlated.{number}.inputs: {name!r} is no uncertain input of the case"
                    f"{nearest(name, known)}"
                )
            if name in member:
                raise ScenarioError(
                    f"field correlated.{number}.inputs: {name!r} stands in the group "
                    f"{member[name]!r} already; an input belongs to one"
                )
            member[name] = key
    placed = [
        replace(one, correlated=member[one.name]) if one.name in member else one for one in inputs
    ]
    return placed, strength
