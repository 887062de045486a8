"""The horizon: what has had time to adjust, from the first months to the long run.

One number, years since the shock, sets every variant that stands for slowness. Between the first
three months and ten years the adjustment done is a straight line in the log of time; capital goes
on after that. Each end of each setting has a published source; the line between is an assumption.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import xarray as xr

from tumen.errors import WorldError
from tumen.world.variants import with_variants
from tumen.world.world import World

FIRST, SETTLED, LAST = 0.25, 10.0, 100.0
# Sectors of the shipped worlds whose goods are energy.
ENERGY = ("COA", "OGS", "PET", "ELY")
DEPRECIATION, CAPITAL_SHARE = 0.06, 1 / 3


class Slow(NamedTuple):
    """One setting: its value in the first months and once all has adjusted, and where from.

    `least` and `most` bound the value in the first months, where its sources differ.
    """

    variable: str
    first: float
    settled: float
    meaning: str
    source: str
    reliability: str  # A: read there; M: from memory of it, to be checked
    least: float
    most: float
    spread: str  # where the bounds are from


SETTINGS = (
    Slow(
        "trade_elasticity",
        0.38,
        1.0,
        "times the long-run elasticity of trade",
        "Boehm, Levchenko & Pandalai-Nayar (2023), American Economic Review 113(4): 0.76 in the "
        "year after a tariff change, 1.75 to 2.25 after seven to ten years",
        "A",
        0.34,
        0.43,
        "0.76 over 2.25, and over 1.75",
    ),
    Slow(
        "import_elasticity",
        0.5,
        1.0,
        "between home and foreign goods, times the elasticity of trade of the horizon",
        "Feenstra, Luck, Obstfeld & Russ (2018), Review of Economics and Statistics 100(1): lower "
        "than among foreign suppliers for half of goods; half as large is an assumption",
        "A",
        0.3,
        1.0,
        "a macroeconomic elasticity near one over one of three and more between foreign goods; no "
        "difference, as for the other half of goods",
    ),
    Slow(
        "input_substitution",
        0.2,
        1.0,
        "between inputs",
        "Atalay (2017), American Economic Journal: Macroeconomics 9(4), near 0.1 within the year; "
        "Baqaee & Farhi (2024), Econometrica 92(2), use 0.2",
        "M",
        0.1,
        0.2,
        "the two sources",
    ),
    Slow(
        "value_added_substitution",
        0.5,
        1.0,
        "between value added and inputs",
        "Baqaee & Farhi (2024), Econometrica 92(2), use 0.5; Atalay (2017), 0.4 to 0.8",
        "M",
        0.4,
        0.8,
        "Atalay (2017)",
    ),
    Slow(
        "energy_substitution",
        0.1,
        1.0,
        "between energy inputs",
        "Bachmann et al. (2022), What if?: 0.04 to 0.1 in the first months",
        "M",
        0.04,
        0.1,
        "the source's own range",
    ),
    Slow(
        "mobility",
        0.0,
        1.0,
        "of factors between sectors; a third is a Roy shape of 1.5",
        "Galle, Rodríguez-Clare & Yi (2023), Review of Economic Studies 90(1), shape 1.5 over a "
        "decade and less; none in the first months is an assumption",
        "M",
        0.0,
        0.0,
        "none: assumed, and not drawn",
    ),
)
# Wages that do not fall stand apart: they are no matter of time alone. Where a country has its own
# currency a devaluation cuts them all at once, so that in world prices anything from no floor to a
# floor a tenth below the old wage is possible (assumption).
RIGID = (0.8, 0.9)
RIGID_SOURCE = (
    "a floor under wages in units of world income, none to 0.9 (assumption): with a currency of "
    "its own a country's wages can fall at once; under a peg they fall by one per cent a quarter "
    "(Schmitt-Grohé & Uribe, 2016, Journal of Political Economy 124(5), M)"
)
CAPITAL_SOURCE = (
    "Anderson, Larch & Yotov (2020), Economic Journal 130(630): capital closes a part "
    "delta (1 - a) of its gap a year; a third of income, six per cent a year (assumptions) (M)"
)


def check_years(years: float) -> None:
    """Refuse a horizon outside its range."""
    if isinstance(years, bool) or not isinstance(years, (int, float)):
        raise WorldError(f"a horizon is a number of years, not {years!r}")
    if not FIRST <= years <= LAST:
        raise WorldError(
            f"a horizon lies between {FIRST:g} and {LAST:g} years since the shock, not {years:g}"
        )


def adjusted(years: float) -> float:
    """Part of the adjustment done: 0 in the first three months, 1 from ten years on."""
    check_years(years)
    return min(math.log(years / FIRST) / math.log(SETTLED / FIRST), 1.0)


def at_horizon(setting: Slow, years: float, first: float | None = None) -> float:
    """A setting's value at a horizon, with its own value in the first months or another."""
    begin = setting.first if first is None else first
    return begin + adjusted(years) * (setting.settled - begin)


def capital_response(years: float) -> float:
    """Elasticity of the bundle of factors to its real price after these years."""
    speed = DEPRECIATION * (1 - CAPITAL_SHARE)
    return CAPITAL_SHARE / (1 - CAPITAL_SHARE) * (1 - (1 - speed) ** years)


def with_horizon(
    world: World,
    years: float,
    *,
    capital: bool = True,
    rigid: float | None = None,
    first: Mapping[str, float] | None = None,
) -> World:
    """The world as it can respond within a number of years since the shock.

    From ten years on only `capital` still moves; without it that is the plain model. `rigid` puts a
    floor under wages besides, in units of world income. `first` gives another value in the first
    months to settings, by variable. Raises `WorldError` for a horizon outside 0.25 to 100 years or
    a floor outside 0 to 1.
    """
    done = adjusted(years)
    given: dict[str, xr.DataArray | float] = {}
    if capital:
        given["capital_response"] = capital_response(years)
    begin = first or {}
    slow = {s.variable: at_horizon(s, years, begin.get(s.variable)) for s in SETTINGS}
    theta = world.dataset["trade_elasticity"] * slow["trade_elasticity"]
    if done < 1:
        given["import_elasticity"] = slow["import_elasticity"] * theta
        for name in ("input_substitution", "value_added_substitution", "mobility"):
            given[name] = slow[name]
        marked = [sector in ENERGY for sector in world.sectors]
        if any(marked):
            given["energy"] = xr.DataArray(marked, {"sector": world.sectors}, ("sector",))
            given["energy_substitution"] = slow["energy_substitution"]
    if rigid is not None:
        given["wage_floor"] = rigid
    if done == 1:
        return with_variants(world, given)
    named = str(world.dataset.attrs.get("elasticities", "own"))
    words = f"{named}, times {slow['trade_elasticity']:.2f} at a horizon of {years:g} years"
    return with_variants(world.with_elasticities(theta, words), given)


def ends_in_words(setting: Slow) -> str:
    """The bounds of the value in the first months, where there are any."""
    if setting.least == setting.most:
        return ""
    return f"; first months {setting.least:g} to {setting.most:g}: {setting.spread}"


def rows(years: list[float]) -> list[list[str]]:
    """Every setting at each horizon with its source, as text."""
    table = [
        [s.variable.replace("_", " "), s.meaning, *(f"{at_horizon(s, y):.2f}" for y in years),
         f"{s.source} ({s.reliability}){ends_in_words(s)}"]
        for s in SETTINGS
    ]  # fmt: skip
    responses = [f"{capital_response(y):.2f}" for y in years]
    table.append(
        ["capital response", "elasticity of the factor bundle", *responses, CAPITAL_SOURCE]
    )
    return table
