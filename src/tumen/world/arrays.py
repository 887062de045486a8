"""From labelled worlds to the model's arrays and back."""

from __future__ import annotations

from functools import lru_cache

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
    data = world.dataset
    inner = MODEL_DIMS[dims]
    # Bare values: a named index would carry its own dimension into the array.
    coords = {dim: data.indexes[OF[dim]].to_numpy() for dim in inner}
    array = xr.DataArray(np.asarray(values), dims=inner, coords=coords).transpose(*dims)
    return array.sel({dim: data.indexes[dim] for dim in dims})


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
