"""A dataset as a world holds it: loaded, of its own, with dimensions and kinds in order."""

from __future__ import annotations

import numpy as np
import xarray as xr

from tumen.vocabulary import OPTIONAL, WORLD
from tumen.world import checks


def with_plain_text(data: xr.Dataset) -> xr.Dataset:
    """Text that pandas holds in arrays of its own as NumPy text: files can take no other."""
    for name, variable in data.variables.items():
        if name not in data.indexes and not isinstance(variable.data, np.ndarray):
            data[name] = (variable.dims, np.asarray(variable.data, dtype=object).astype(str))
    return data


def tidy(dataset: xr.Dataset) -> xr.Dataset:
    """A copy with every variable in its usual order. Raises `WorldError` for one that lacks."""
    checks.require_variables(dataset)
    data = with_plain_text(dataset.compute().copy(deep=True))
    for name, variable in (WORLD | OPTIONAL).items():
        if name in data:
            kind = bool if variable.unit == "boolean" else float
            data[name] = data[name].transpose(*variable.dims).astype(kind)
    return data
