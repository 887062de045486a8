"""From potential shares to shocks: what enters each market, and the buyers' taste for it.

Every share counts at benchmark prices; taste scales the weight that enters, never what is sold
already, for benchmark sales show the buyers' taste themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import xarray as xr

from tumen.codes import resolve
from tumen.errors import ShockError
from tumen.scenario.figure import End
from tumen.scenario.potentials import Potential
from tumen.scenario.shocks import Embargo, MarketEntry, Shock, apply_all
from tumen.vocabulary import BILATERAL
from tumen.world.arrays import to_labels
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


def weights(
    world: World, potentials: Sequence[Potential], end: End, before: Iterable[Shock] = ()
) -> Weights:
    r"""Weights held and entering, after the shocks `before`.

    With shares $s$ and held weights $h$ of the sellers that enter one market, and $W$ the sum of
    all weights there, $e_i = s_i (W - \sum h)/(1 - \sum s) - h_i$. A flow that holds its share
    already gets nothing. Raises `ShockError` for a label that the world lacks.
    """
    to = apply_all(world, before)
    known = world.dataset["trade_share"]
    share = xr.zeros_like(known)
    for item in potentials:
        cell = {"importer": item.importer, "exporter": item.exporter, "sector": item.sector}
        for field, label in cell.items():
            resolve(label, list(known.indexes[field]), None, field=f"potentials, {field}")
        share.loc[cell] = item.at(end)
    held = known * to_labels(world, to.weight, BILATERAL) + to_labels(world, to.entry, BILATERAL)
    whole = held.sum("exporter")
    share = share.where(share * whole > held, 0.0)
    total = (whole - held.where(share > 0, 0.0).sum("exporter")) / (1 - share.sum("exporter"))
    enters = (share * total - held).where(share > 0, 0.0).transpose(*BILATERAL)
    return Weights(held, enters, whole.broadcast_like(held).transpose(*BILATERAL))


def touched(values: xr.DataArray, cells: xr.DataArray) -> xr.DataArray:
    """The block of labels that holds all chosen cells."""
    for dim in BILATERAL:
        others = [name for name in BILATERAL if name != dim]
        chosen = cells.any(others)
        values = values.sel({dim: chosen.indexes[dim][chosen.values]})
    return values


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
    found = weights(world, potentials, end, before)
    if not bool((found.enters > 0).any()):
        return []
    return [MarketEntry(share=touched(found.shares(taste), found.enters > 0))]


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
    found = weights(world, potentials, end, before)
    if taste == 1 or not bool((found.enters > 0).any()):
        return []
    after = found.held + found.enters
    lost = ((1 - taste) * found.enters / after.where(after > 0, 1.0)).where(found.enters > 0, 0.0)
    return [Embargo(share=touched(lost, found.enters > 0))]
