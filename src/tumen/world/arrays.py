"""From labelled worlds to the model's arrays and back."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import xarray as xr

from tumen.model.economy import Array, Economy
from tumen.world.variants import variants_of
from tumen.world.world import World

# The model's axes for each labelled layout: sector-major inside.
MODEL_DIMS = {
    ("importer", "exporter", "sector"): ("sector", "importer", "exporter"),
    ("region", "sector"): ("sector", "region"),
    ("region", "sector", "input"): ("region", "sector", "input"),
    ("region",): ("region",),
    ("sector",): ("sector",),
}

# The dimension whose order each takes inside the model.
OF = {
    "importer": "region",
    "exporter": "region",
    "region": "region",
    "sector": "sector",
    "input": "sector",
}


class Axis(NamedTuple):
    """A dimension as the dataset has it: its labels, and their places in the model's order."""

    labels: tuple[str, ...]
    order: np.ndarray | None  # None where it is the model's


@lru_cache(maxsize=16)
def axes(world: World) -> dict[str, Axis]:
    """Every dimension of a world."""
    data, found = world.dataset, {}
    for dim, of in OF.items():
        order = data.indexes[of].get_indexer(data.indexes[dim])
        plain = bool((order == np.arange(len(order))).all())
        found[dim] = Axis(tuple(data.indexes[dim].to_list()), None if plain else order)
    return found


def aligned(world: World, values: xr.DataArray) -> xr.DataArray:
    """Bring every region dimension into the region order and inputs into the sector order."""
    data = world.dataset
    wanted = {dim: data.indexes[OF[str(dim)]] for dim in values.dims if OF[str(dim)] != dim}
    return values.sel(wanted) if wanted else values


def to_model(world: World, values: xr.DataArray) -> Array:
    """Labelled array to the model's layout."""
    dims = next(dims for dims in MODEL_DIMS if set(dims) == set(values.dims))
    array = aligned(world, values).transpose(*MODEL_DIMS[dims])
    return jnp.asarray(np.ascontiguousarray(array.values, dtype=float))


def to_labels(world: World, values: Array | np.ndarray, dims: tuple[str, ...]) -> xr.DataArray:
    """Model array to a labelled one, dimensions in the public order, labels in the dataset's."""
    inner, known = MODEL_DIMS[dims], axes(world.shared)
    array = np.asarray(values).transpose([inner.index(dim) for dim in dims])
    for at, dim in enumerate(dims):
        order = known[dim].order
        array = array if order is None else array.take(order, axis=at)
    labels = tuple(known[dim].labels for dim in dims)
    return labelled(np.array(array, order="C"), dims, labels)


def labelled(
    values: np.ndarray, dims: tuple[str, ...], labels: tuple[tuple[str, ...], ...]
) -> xr.DataArray:
    """A labelled array; labels that have been used before are not indexed again."""
    return blank(dims, labels).copy(deep=False, data=values)


@lru_cache(maxsize=256)
def blank(dims: tuple[str, ...], labels: tuple[tuple[str, ...], ...]) -> xr.DataArray:
    """A pattern of labelled arrays."""
    coords = {dim: np.array(names, dtype=object) for dim, names in zip(dims, labels, strict=True)}
    return xr.DataArray(np.zeros([len(names) for names in labels]), dims=dims, coords=coords)


@lru_cache(maxsize=16)
def economy_of(world: World) -> Economy:
    """The world as the model's arrays; built once for each world, and shared where the world is."""
    data = world.dataset
    if world.shared is not world:
        theta = to_model(world, data["trade_elasticity"])
        return economy_of(world.shared)._replace(
            trade_elasticity=theta, variants=variants_of(world)
        )
    arrays = {name: to_model(world, data[name]) for name in Economy._fields if name in data}
    return Economy(**arrays, variants=variants_of(world))


@lru_cache(maxsize=16)
def placeholders(world: World) -> np.ndarray | None:
    """Producers that do not really exist [j, n]; None in a world that names none."""
    data = world.dataset
    return np.asarray(to_model(world, data["placeholder"])) > 0 if "placeholder" in data else None


@lru_cache(maxsize=16)
def open_flows(world: World) -> np.ndarray:
    """Whether the benchmark has each flow [j, n, i]."""
    economy = economy_of(world)
    flows = (np.asarray(economy.trade_share) > 0) & (
        np.asarray(economy.expenditure)[:, :, None] > 0
    )
    flows.flags.writeable = False
    return flows
