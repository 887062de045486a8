"""From potential shares to shocks: what enters each market, and the buyers' taste for it.

Every share counts at benchmark prices; taste scales the weight that enters, never what is sold
already, for benchmark sales show the buyers' taste themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from tumen.codes import resolve
from tumen.errors import ShockError
from tumen.scenario.figure import End
from tumen.scenario.patches import BILATERAL as MODEL
from tumen.scenario.patches import labels_of
from tumen.scenario.potentials import Potential
from tumen.scenario.shocks import Embargo, MarketEntry, Shock, apply_all
from tumen.vocabulary import BILATERAL
from tumen.world.arrays import economy_of, labelled, to_labels
from tumen.world.world import World


@dataclass(frozen=True)
class Weights:
    """Weights in the buyers' price indices, each [importer, exporter, sector]."""

    held: xr.DataArray  # before entry
    enters: xr.DataArray  # on top, to meet the shares at a taste of one
    whole: xr.DataArray  # all that the buyer holds, the same for every exporter

    def shares(self, taste: float) -> xr.DataArray:
        """Shares at benchmark prices once the entering weight is scaled by the taste."""
        enters = taste * self.enters
        shares = (self.held + enters) / (self.whole + enters.sum("exporter"))
        return shares.where(self.enters > 0, 0.0)


def check_taste(taste: float) -> None:
    """Refuse a taste outside (0, 1]."""
    if not 0 < taste <= 1:
        raise ShockError(f"taste must be above 0 and at most 1, not {taste!r}; 1 changes nothing")


def weight_arrays(
    world: World, potentials: Sequence[Potential], end: End, before: Iterable[Shock] = ()
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Weights held, entering, and of all that the buyer holds, after the shocks `before`.

    With shares $s$ and held weights $h$ of the sellers that enter one market, and $W$ the sum of
    all weights there, $e_i = s_i (W - \sum h)/(1 - \sum s) - h_i$. A flow that holds its share
    already gets nothing. Each [sector j, importer n, exporter i], the last the same for every i.
    Raises `ShockError` for a label that the world lacks.
    """
    held = np.array(economy_of(world.shared).trade_share)
    if listed := list(before):
        to = apply_all(world, listed)
        held = held * to.weight + to.entry
    share = np.zeros_like(held)
    for item in potentials:
        cell = []
        for field in MODEL:
            label, known = getattr(item, field), labels_of(world, field)
            (found,) = resolve(label, known, None, field=f"potentials, {field}")
            cell.append(known.index(found))
        share[tuple(cell)] = item.at(end)
    whole = held.sum(axis=2, keepdims=True)
    share = np.where(share * whole > held, share, 0.0)
    kept = np.where(share > 0, held, 0.0).sum(axis=2, keepdims=True)
    total = (whole - kept) / (1 - share.sum(axis=2, keepdims=True))
    enters = np.where(share > 0, share * total - held, 0.0)
    return held, enters, np.broadcast_to(whole, held.shape)


def weights(
    world: World, potentials: Sequence[Potential], end: End, before: Iterable[Shock] = ()
) -> Weights:
    """The labelled `weight_arrays`. Raises `ShockError` for a label that the world lacks."""
    found = weight_arrays(world, potentials, end, before)
    return Weights(*(to_labels(world, array, BILATERAL) for array in found))


def block(world: World, values: np.ndarray, cells: np.ndarray) -> xr.DataArray:
    """The labelled part of an array [j, n, i] that holds all chosen cells."""
    chosen = [np.flatnonzero(cells.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    labels = tuple(
        tuple(labels_of(world, dim)[at] for at in places)
        for dim, places in zip(MODEL, chosen, strict=True)
    )
    return labelled(values[np.ix_(*chosen)], MODEL, labels).transpose(*BILATERAL)


def entry_shocks(
    world: World,
    potentials: Sequence[Potential],
    end: End = "central",
    taste: float = 1.0,
    before: Iterable[Shock] = (),
) -> list[Shock]:
    """One `MarketEntry` that opens the flows to their shares, the weights scaled by the taste.

    Goes right after the shocks `before`. Empty where every flow is as large already. Raises
    `ShockError` for a taste outside (0, 1] or a label that the world lacks.
    """
    check_taste(taste)
    held, enters, whole = weight_arrays(world, potentials, end, before)
    if not (enters > 0).any():
        return []
    added = taste * enters
    shares = (held + added) / (whole + added.sum(axis=2, keepdims=True))
    return [MarketEntry(share=block(world, np.where(enters > 0, shares, 0.0), enters > 0))]


def taste_shocks(
    world: World,
    potentials: Sequence[Potential],
    taste: float,
    end: End = "central",
    before: Iterable[Shock] = (),
) -> list[Shock]:
    """Taste as a switch of its own, to be put right after `entry_shocks` at a taste of one.

    The two lists together do what `entry_shocks` does at this taste.
    """
    check_taste(taste)
    held, enters, _ = weight_arrays(world, potentials, end, before)
    if taste == 1 or not (enters > 0).any():
        return []
    after = held + enters
    lost = np.where(enters > 0, (1 - taste) * enters / np.where(after > 0, after, 1.0), 0.0)
    return [Embargo(share=block(world, lost, enters > 0))]
