"""Plain words about a result: what was done, under which settings, to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import xarray as xr

from tumen.scenario.shocks import Shock
from tumen.vocabulary import CLOSURES, STAMP
from tumen.world.variants import active
from tumen.world.world import World

# What each shock does, and the name of its value.
DEEDS = {
    "Tariff": "Import tariff",
    "ExportTax": "Export tax",
    "PriceCap": "Price cap",
    "TradeCost": "Trade cost",
    "Embargo": "Embargo",
    "MarketEntry": "Market entry",
    "Productivity": "Productivity",
    "LabourForce": "Labour force",
    "Transfer": "Transfer in million USD",
}


def names(world: World, dim: str = "region") -> dict[str, str]:
    """Name of each region or sector: the coordinate `region_name` or `sector_name`, or the code."""
    labels = world.regions if dim == "region" else world.sectors
    coordinate = f"{dim}_name"
    if coordinate not in world.dataset.coords:
        return {label: label for label in labels}
    return dict(zip(labels, map(str, world.dataset[coordinate].values), strict=True))


def elasticities(world: World) -> str:
    """Which trade elasticities are used, and their range."""
    theta = world.dataset["trade_elasticity"]
    name = world.dataset.attrs.get("elasticities", "own")
    return f"{name} ({float(theta.min()):.3g} to {float(theta.max()):.3g})"


def variants(world: World) -> str:
    """Which variants of the model are on, with their values; "none" for the plain model."""
    parts = []
    for name in active(world):
        values = world.dataset[name]
        if values.dtype == bool:
            continue
        low, high = float(values.min()), float(values.max())
        parts.append(f"{name} {low:.3g}" + (f" to {high:.3g}" if high > low else ""))
    return ", ".join(parts) or "none"


def listed(words: Iterable[object], most: int = 40) -> str:
    """Return "A, B, C", and how many more there are beyond `most`."""
    all_words = [str(word) for word in words]
    more = len(all_words) - most
    return ", ".join(all_words[:most]) + (f" and {more} more" if more > 0 else "")


def said(value: object) -> str:
    """A shock's value in words: a number as it is, a schedule by its extent and range."""
    if isinstance(value, xr.DataArray):
        extent = " x ".join(f"{size} {dim}" for dim, size in value.sizes.items())
        return f"schedule over {extent}, {float(value.min()):.6g} to {float(value.max()):.6g}"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return listed(value)
    return str(value)


def shock_sentence(shock: Shock) -> str:
    """One line that says what the shock does; selectors left open are not named."""
    kind = type(shock).__name__
    given = {name: value for name, value in vars(shock).items() if value is not None}
    parts = "; ".join(f"{name} {said(value)}" for name, value in given.items())
    return f"{DEEDS.get(kind, kind)}: {parts}"


def stamp_rows(stamp: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """Field, value and meaning for each entry of a stamp that says something."""
    return [
        (
            field,
            f"{value:.3g}" if isinstance(value, float) else str(value),
            CLOSURES.get(str(value), "") if field == "closure" else STAMP.get(field, ""),
        )
        for field, value in stamp.items()
        if str(value)
    ]


def shock_rows(shocks: Sequence[Shock]) -> list[tuple[str, str, str]]:
    """The shocks in the same form, one a row."""
    sentences = [shock_sentence(shock) for shock in shocks] or ["none"]
    return [(f"shock {number}", text, "") for number, text in enumerate(sentences, 1)]
