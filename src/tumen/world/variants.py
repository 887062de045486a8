"""Variants of the model that a world switches on: read from its optional variables and checked.

A variable that is there is on. `tumen.solve(..., variants=...)` and `World.replace` put it there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import xarray as xr

from tumen.errors import WorldError, nearest
from tumen.model.economy import Nests, Variants
from tumen.vocabulary import OPTIONAL, VARIANTS
from tumen.world.world import World


class Kind(NamedTuple):
    """One variant as a user meets it."""

    title: str
    variables: tuple[str, ...]
    excludes: tuple[str, ...]  # variables that cannot be on beside it
    why: str  # why not


KINDS = (
    Kind(
        "substitution between inputs",
        ("input_substitution", "value_added_substitution", "energy_substitution", "energy"),
        (),
        "",
    ),
    Kind("home and foreign goods as two tiers", ("import_elasticity",), (), ""),
    Kind(
        "factors that move between sectors, or cannot",
        ("mobility",),
        ("labour_supply_elasticity",),
        "hours answer to one wage, and here every sector has its own",
    ),
    Kind(
        "a floor under wages, with idle factors",
        ("wage_floor",),
        ("labour_supply_elasticity",),
        "with a floor hours are given by demand, with a supply elasticity by choice",
    ),
    Kind(
        "hours that answer to the real wage",
        ("labour_supply_elasticity",),
        ("mobility", "wage_floor"),
        "it needs one wage that clears the market",
    ),
    Kind("capital that follows its price", ("capital_response",), (), ""),
    Kind("external economies of scale, by sector", ("scale_elasticity",), (), ""),
    Kind("profits under fixed entry", ("profit_share",), (), ""),
)
NESTED = ("input_substitution", "value_added_substitution", "energy_substitution")
# Least and most of each variable; None is open. `theta` stands for the trade elasticity.
RANGES: Mapping[str, tuple[float, float]] = {
    "input_substitution": (0.0, 20.0),
    "value_added_substitution": (0.0, 20.0),
    "energy_substitution": (0.0, 20.0),
    "mobility": (0.0, 1.0),
    "wage_floor": (0.0, 1.0),
    "labour_supply_elasticity": (0.0, 20.0),
    "capital_response": (0.0, 20.0),
    "scale_elasticity": (0.0, 1.0),
    "profit_share": (0.0, 1.0),
}


def active(world: World) -> list[str]:
    """Names of the variants' variables that the world holds."""
    data = world.dataset
    return [name for name in VARIANTS if name in data]


def with_variants(world: World, given: Mapping[str, xr.DataArray | float]) -> World:
    """The world with variants switched on: a number for all, or a DataArray by label.

    Raises `WorldError` for a name that is no variant, with the nearest ones.
    """
    for name in given:
        if name not in VARIANTS:
            raise WorldError(f"there is no variant {name!r}{nearest(name, VARIANTS)}")
    return world.replace(**given) if given else world


def check_ranges(world: World) -> None:
    """Every variable of a variant lies where the equations hold."""
    for name in active(world):
        if name not in RANGES:
            continue
        least, most = RANGES[name]
        values = world.dataset[name]
        bad = (values < least) | (values > most)
        if name == "wage_floor":
            bad = bad | (values <= 0)
        if bool(bad.any()):
            where = f" in {first(bad)}" if values.dims else ""
            raise WorldError(
                f"{name}{where} is {float(values.where(bad).max()):g}; it must lie "
                f"{'above' if name == 'wage_floor' else 'from'} {least:g} "
                f"{'and be at most' if name == 'wage_floor' else 'to'} {most:g}"
            )


def first(bad: xr.DataArray) -> str:
    """The first label at which a flag is set, over one dimension or two."""
    index = np.unravel_index(int(np.argmax(bad.values)), bad.shape)
    return ", ".join(str(bad.indexes[dim][i]) for dim, i in zip(bad.dims, index, strict=True))


def check_together(world: World) -> None:
    """Variants that exclude each other, and variables that say nothing without another."""
    here = active(world)
    for kind in KINDS:
        on = [name for name in kind.variables if name in here]
        for other in kind.excludes:
            if on and other in here:
                raise WorldError(
                    f"{on[0]} and {other} cannot both be on: {kind.why}; drop one of them"
                )
    if "energy_substitution" in here and "energy" not in here:
        raise WorldError(
            "energy_substitution needs to know which inputs are energy, and the world has no "
            "`energy` (boolean over sector); add it"
        )
    if not set(NESTED) & set(here) and "energy" in here:
        raise WorldError("energy marks inputs of a nest, and no nest is on; give a substitution")


def check_against_trade(world: World) -> None:
    """Elasticities that must not exceed the trade elasticity, and profits the value added."""
    data, here = world.dataset, active(world)
    theta = data["trade_elasticity"]
    if "import_elasticity" in here:
        between = data["import_elasticity"]
        bad = (between <= 0) | (between > theta)
        if bool(bad.any()):
            raise WorldError(
                f"import_elasticity in {first(bad)} must be above 0 and at most the trade "
                "elasticity: foreign goods replace each other more easily than home goods"
            )
    if "scale_elasticity" in here:
        bad = data["scale_elasticity"] * theta >= 1
        if bool(bad.any()):
            raise WorldError(
                f"scale_elasticity times the trade elasticity in {first(bad)} is 1 or more: "
                "production would crowd into one place, and the equilibrium is not unique"
            )
    if "profit_share" in here:
        bad = (data["profit_share"] > data["value_added_share"] + 1e-12) & (world.gross_output > 0)
        if bool(bad.any()):
            raise WorldError(
                f"profits are larger than value added in {first(bad)}: lower profit_share there"
            )


def nests_of(world: World) -> Nests | None:
    """Nests of the inputs: energy apart where it has an elasticity of its own.

    What is not given follows `input_substitution`; without that one inputs are Cobb-Douglas.
    """
    data, here = world.dataset, active(world)
    if not set(NESTED) & set(here):
        return None
    inputs = float(data["input_substitution"]) if "input_substitution" in here else 1.0
    added = float(data.get("value_added_substitution", inputs))
    energy = float(data.get("energy_substitution", inputs))
    count = len(world.sectors)
    if "energy" in here:
        flag = np.asarray(data["energy"].sel(sector=world.sectors), dtype=float)
        member, within = np.stack([1 - flag, flag], axis=1), [inputs, energy]
    else:
        member, within = np.ones((count, 1)), [inputs]
    return Nests(jnp.asarray(added), jnp.asarray(inputs), jnp.asarray(within), jnp.asarray(member))


def variants_of(world: World) -> Variants:
    """The world's variants as the model's arrays. Raises `WorldError` for what cannot be."""
    data = world.dataset
    if not active(world):
        return Variants()
    check_ranges(world)
    check_together(world)
    check_against_trade(world)

    def read(name: str) -> jnp.ndarray | None:
        if name not in data:
            return None
        (dim,) = OPTIONAL[name].dims
        labels = world.sectors if dim == "sector" else world.regions
        return jnp.asarray(data[name].sel({dim: labels}).values, dtype=float)

    floor = read("wage_floor")
    return Variants(
        nests=nests_of(world),
        profit=read("profit_share"),
        scale=read("scale_elasticity"),
        home=read("import_elasticity"),
        mobility=read("mobility"),
        floor=None if floor is None else jnp.log(floor),
        supply=read("labour_supply_elasticity"),
        capital=read("capital_response"),
    )
