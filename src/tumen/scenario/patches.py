"""How a value reaches the cells that a selector names: plain arrays, labels decide.

A case solves hundreds of worlds; resolving labels once and writing into plain arrays keeps the
making of a shock far below the cost of its solve.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import xarray as xr

from tumen.codes import resolve
from tumen.errors import ShockError, nearest
from tumen.world.arrays import economy_of
from tumen.world.world import World

Selector: TypeAlias = str | Sequence[str] | None
Value: TypeAlias = float | xr.DataArray
Rule = Literal["set", "add", "times"]

# Axes of each kind of array, in the model's order.
BILATERAL = ("sector", "importer", "exporter")
SECTORAL = ("sector", "region")
NATIONAL = ("region",)
PAIRS = ("source", "destination")


@dataclass
class Accumulator:
    """The shocked arrays, in the model's layout, while the list of shocks is applied in order."""

    world: World
    tariff: np.ndarray  # [j, n, i]
    cost_factor: np.ndarray  # [j, n, i]
    weight: np.ndarray  # [j, n, i]
    entry: np.ndarray  # [j, n, i]
    productivity: np.ndarray  # [j, n]
    labour: np.ndarray  # [n]
    transfer: np.ndarray  # [n]
    export_tax: np.ndarray  # [j, n, i]
    price_gap: np.ndarray  # [j, n, i]
    notes: list[str] = field(default_factory=list)  # what a result must say of its shocks

    @classmethod
    def neutral(cls, world: World) -> Accumulator:
        """No shock: the benchmark tariffs, factors of one and no transfers."""
        tariff = np.array(economy_of(world).tariff)
        sectors, regions, _ = tariff.shape
        return cls(
            world,
            tariff,
            np.ones_like(tariff),
            np.ones_like(tariff),
            np.zeros_like(tariff),
            np.ones((sectors, regions)),
            np.ones(regions),
            np.zeros(regions),
            np.zeros_like(tariff),
            np.zeros_like(tariff),
        )


def labels_of(world: World, dim: str) -> list[str]:
    """The labels along a dimension, in the model's order."""
    return world.sectors if dim == "sector" else world.regions


def in_range(number: float, above: float | None, least: float | None, most: float | None) -> bool:
    """Whether one number is finite and within its limits."""
    return (
        math.isfinite(number)
        and (above is None or number > above)
        and (least is None or number >= least)
        and (most is None or number <= most)
    )


def check_value(
    value: Value | None,
    name: str,
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> None:
    """Refuse a value that is missing, not finite or outside its range; naming the labels."""
    if value is None:
        raise ShockError(f"{name} is missing")
    if isinstance(value, xr.DataArray):
        if value.dtype.kind not in "iuf":
            raise ShockError(f"{name} must be a DataArray of numbers, not of {value.dtype}")
    elif isinstance(value, (bool, np.bool_)) or not isinstance(
        value, (int, float, np.integer, np.floating)
    ):
        raise ShockError(f"{name} must be a number or a DataArray, not {value!r}")
    numbers = np.asarray(value.values if isinstance(value, xr.DataArray) else value, dtype=float)
    if not numbers.ndim and in_range(float(numbers), above, least, most):
        return
    rules = [(~np.isfinite(numbers), "is not a finite number")]
    if above is not None:
        rules.append((numbers <= above, f"must be above {above:g}"))
    if least is not None:
        rules.append((numbers < least, f"must be at least {least:g}"))
    if most is not None:
        rules.append((numbers > most, f"must be at most {most:g}"))
    for bad, sentence in rules:
        if not bad.any():
            continue
        index = np.unravel_index(int(np.argmax(bad)), bad.shape)
        where = ""
        if isinstance(value, xr.DataArray) and value.ndim:
            where = " at " + ", ".join(
                f"{dim} {value.indexes[dim][i] if dim in value.coords else i}"
                for dim, i in zip(value.dims, index, strict=True)
            )
        raise ShockError(f"{name}{where} {sentence}, not {float(numbers[index]):g}")


Members = tuple[tuple[str, tuple[str, ...]], ...]


class Frame(NamedTuple):
    """What a selector can name in a world."""

    labels: dict[str, tuple[str, ...]]  # by dimension, in the model's order
    members: Members  # economies of each region


@functools.lru_cache(maxsize=16)
def frame_of(world: World) -> Frame:
    """The labels of a world; trade elasticities have no part in them."""
    dims = dict.fromkeys((*BILATERAL, *SECTORAL, *PAIRS))
    labels = {dim: tuple(labels_of(world, dim)) for dim in dims}
    return Frame(labels, tuple(world.members.items()))


@functools.lru_cache(maxsize=4096)
def positions_of(
    selector: str | tuple[str, ...] | None,
    offered: tuple[str, ...] | None,
    known: tuple[str, ...],
    members: Members | None,
    dim: str,
    name: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Positions along an axis that a selector names, and where a value has them.

    `offered` are the labels of a DataArray, all of which the world must know; None takes the value
    for all. Remembered: a case names the same ones in every solve.
    """
    chosen = resolve(selector, known, None if members is None else dict(members), field=dim)
    place = {label: at for at, label in enumerate(known)}
    picks: list[int] = []
    if offered is not None:
        for label in offered:
            if label not in place:
                raise ShockError(f"{name}: unknown {dim} {label!r}{nearest(label, list(known))}")
        there = {label: at for at, label in enumerate(offered)}
        if len(there) < len(offered):
            raise ShockError(f"{name} has a label twice on dimension {dim!r}")
        chosen = [label for label in chosen if label in there]
        picks = [there[label] for label in chosen]
    found = np.array([place[label] for label in chosen], dtype=int), np.array(picks, dtype=int)
    for array in found:
        array.flags.writeable = False
    return found


def is_run(at: np.ndarray) -> bool:
    """Whether positions follow each other without a gap."""
    return len(at) > 0 and at[-1] - at[0] == len(at) - 1 and bool((np.diff(at) == 1).all())


def cells_of(positions: Sequence[np.ndarray]) -> tuple[slice | np.ndarray, ...]:
    """The index of the cells at positions along each axis; slices where none is left out."""
    if all(is_run(at) for at in positions):
        return tuple(slice(int(at[0]), int(at[-1]) + 1) for at in positions)
    return np.ix_(*positions)


def place(
    world: World,
    dims: tuple[str, ...],
    selectors: Mapping[str, Selector],
    value: Value,
    name: str,
) -> tuple[list[np.ndarray], np.ndarray]:
    """Positions along each axis that a value touches, and the value there, broadcast.

    A dimension the value lacks broadcasts; labels it lacks are not touched.
    """
    given = value if isinstance(value, xr.DataArray) else None
    over = () if given is None else given.dims
    if extra := set(map(str, over)) - set(dims):
        raise ShockError(
            f"{name} has dimension {sorted(extra)[0]!r}; it may have {', '.join(sorted(dims))}"
        )
    frame = frame_of(world.shared)
    positions, picks = [], []
    for dim in dims:
        selector, offered = selectors.get(dim), None
        if selector is not None and not isinstance(selector, str):
            selector = tuple(selector)
        if given is not None and dim in over:
            if dim not in given.coords:
                raise ShockError(f"{name} has no labels on dimension {dim!r}; labels decide")
            offered = tuple(map(str, given.get_index(dim)))
        members = None if dim == "sector" else frame.members
        chosen, picked = positions_of(selector, offered, frame.labels[dim], members, dim, name)
        positions.append(chosen)
        if offered is not None:
            picks.append(picked)
    shape = tuple(len(where) for where in positions)
    if given is None or not over:
        return positions, np.broadcast_to(float(value), shape)
    order = [over.index(dim) for dim in dims if dim in over]
    block = np.asarray(given.values, dtype=float).transpose(order)[cells_of(picks)]
    full = tuple(slice(None) if dim in over else np.newaxis for dim in dims)
    return positions, np.broadcast_to(block[full], shape)


def merge(
    world: World,
    array: np.ndarray,
    dims: tuple[str, ...],
    selectors: Mapping[str, Selector],
    value: Value,
    name: str,
    rule: Rule,
) -> None:
    """Set, raise or multiply the selected cells of `array`, in place.

    Own cells are left alone unless the value has labels on both importer and exporter.
    """
    positions, new = place(world, dims, selectors, value, name)
    cells = cells_of(positions)
    old = array[cells]
    changed = new if rule == "set" else old + new if rule == "add" else old * new
    given = set(map(str, value.dims)) if isinstance(value, xr.DataArray) else set()
    if dims == BILATERAL and not {"importer", "exporter"} <= given:
        own = positions[1][:, None] == positions[2][None, :]
        if own.size and own.all():
            only = world.regions[positions[1][0]]
            raise ShockError(
                f"{name} selects only what {only} sells to itself; a selector never touches own "
                "cells, give a DataArray over importer and exporter to set them"
            )
        changed = np.where(own, old, changed)
    array[cells] = changed
