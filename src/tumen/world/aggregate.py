"""Merging regions and sectors so that every accounting identity still holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import xarray as xr

from tumen.errors import WorldError, nearest
from tumen.vocabulary import OPTIONAL, WORLD
from tumen.world.world import World

Levels: TypeAlias = dict[str, xr.DataArray]
Merge: TypeAlias = Callable[[xr.DataArray], xr.DataArray]


def full_mapping(given: Mapping[str, str], labels: Sequence[str], what: str) -> dict[str, str]:
    """Every label and the label it becomes; those not given stay. Raises `WorldError`."""
    for label, target in given.items():
        if label not in labels:
            raise WorldError(f"{what} to merge: unknown label {label!r}{nearest(label, labels)}")
        if not isinstance(target, str) or not target:
            raise WorldError(f"{what} {label!r} must become a named one, not {target!r}")
    return {label: given.get(label, label) for label in labels}


def merger(regions: Mapping[str, str], sectors: Mapping[str, str]) -> Merge:
    """A function that adds up levels over merged labels, in the order of their first parts."""
    becomes = dict.fromkeys(("region", "importer", "exporter"), regions)
    becomes |= dict.fromkeys(("sector", "input"), sectors)

    def merge(levels: xr.DataArray) -> xr.DataArray:
        for dim in map(str, levels.dims):
            old = [str(label) for label in levels.indexes[dim]]
            # In the order of the mapping, which is the world's own, so that all dimensions agree.
            new = list(dict.fromkeys(becomes[dim].values()))
            member = np.array([[becomes[dim][o] == n for o in old] for n in new], dtype=float)
            added = np.tensordot(levels.values, member, axes=(levels.get_axis_num(dim), 1))
            rest = tuple(d for d in levels.dims if d != dim)
            coords = {d: levels.indexes[d].to_numpy() for d in rest} | {dim: new}
            levels = xr.DataArray(added, dims=(*rest, dim), coords=coords)
        return levels

    return merge


def anew(
    values: xr.DataArray,
    part: xr.DataArray,
    whole: xr.DataArray,
    otherwise: xr.DataArray,
    merge: Merge,
) -> xr.DataArray:
    """Shares of merged cells, part / whole; `otherwise` where the whole is zero.

    A cell of one part keeps its value to the last digit.
    """
    share = (part / whole.where(whole != 0, 1.0)).where(whole != 0, otherwise)
    return merge(values).where(merge(xr.ones_like(values)) == 1, share)


def plain_mean(values: xr.DataArray, merge: Merge) -> xr.DataArray:
    """Mean over merged labels, each part counting the same."""
    return merge(values) / merge(xr.ones_like(values))


def mean(values: xr.DataArray, weight: xr.DataArray, merge: Merge) -> xr.DataArray:
    """Weighted mean over merged labels; the plain mean where nothing has weight."""
    return anew(values, merge(values * weight), merge(weight), plain_mean(values, merge), merge)


def foreign_flow(world: World) -> xr.DataArray:
    """Trade between different regions before tariff, million USD, over sector."""
    flow = world.trade_flow
    home = flow["importer"].astype(str).drop_vars("importer") == flow["exporter"].astype(
        str
    ).drop_vars("exporter")
    return flow.where(~home, 0.0).sum(("importer", "exporter"))


def levels_of(world: World) -> Levels:
    """The world's accounts in million USD."""
    data = world.dataset
    output, income = world.gross_output, world.income
    return {
        "flow": world.trade_flow,
        "duty": world.trade_flow * data["tariff"],
        "output": output,
        "expenditure": data["expenditure"],
        "factors": data["value_added_share"] * output,
        "inputs": data["input_share"] * output,
        "final": data["final_share"] * income,
        "income": income,
        "value_added": data["value_added"],
        "transfer": data["transfer"],
    }


def structure(world: World, levels: Levels, merge: Merge) -> Levels:
    """The merged world's variables: levels added up, shares taken anew."""
    data = world.dataset
    made = {name: merge(level) for name, level in levels.items()}
    spent = made["expenditure"].rename(region="importer")
    # Where nobody buys or sells, no share can be taken: the plain mean of the parts stands in,
    # so that a cell opened later meets a tariff and a cost structure that somebody has.
    costs = merge(data["input_share"]) / merge(xr.ones_like(data["expenditure"]))
    parts = {
        "trade_share": (made["flow"] + made["duty"], spent, xr.zeros_like(made["flow"])),
        "tariff": (made["duty"], made["flow"], plain_mean(data["tariff"], merge)),
        "value_added_share": (
            made["factors"],
            made["output"],
            plain_mean(data["value_added_share"], merge),
        ),
        "input_share": (made["inputs"], made["output"], costs),
        "final_share": (made["final"], made["income"], xr.zeros_like(made["final"])),
    }
    merged = {name: anew(data[name], *given, merge) for name, given in parts.items()}
    kept = {name: made[name] for name in ("expenditure", "value_added", "transfer")}
    return merged | kept | {"trade_elasticity": merged_elasticity(world, merge)}


def merged_elasticity(world: World, merge: Merge) -> xr.DataArray:
    """Mean of the trade elasticities by foreign trade; by spending where nothing is traded."""
    data = world.dataset
    theta, trade = data["trade_elasticity"], foreign_flow(world)
    by_spending = mean(theta, data["expenditure"].sum("region"), merge)
    return anew(theta, merge(theta * trade), merge(trade), by_spending, merge)


def optional_variables(world: World, levels: Levels, merge: Merge) -> Levels:
    """What the merged world carries of the optional variables.

    Weights: `profit_share` world output, `scale_elasticity` the sector's world value added,
    `import_elasticity` foreign trade, `capital_share`, `labour_supply_elasticity`,
    `capital_response`, `mobility` and `wage_floor` value added. A merged cell is a `placeholder`
    when all its parts are, a merged sector `energy` when all its parts are; elasticities of
    substitution stay as they are.
    """
    data = world.dataset
    weights = {
        "profit_share": levels["output"].sum("region"),
        "scale_elasticity": levels["factors"].sum("region"),
        "capital_share": data["value_added"],
        "labour_supply_elasticity": data["value_added"],
        "capital_response": data["value_added"],
        "mobility": data["value_added"],
        "wage_floor": data["value_added"],
        "import_elasticity": foreign_flow(world),
    }
    found = {
        name: mean(data[name], weight, merge) for name, weight in weights.items() if name in data
    }
    for name in ("placeholder", "energy"):
        if name in data:
            other = merge((~data[name]).astype(float))
            found[name] = other == 0
    return found


def merged_text(
    labels: Sequence[str], values: Sequence[str], becomes: Mapping[str, str]
) -> list[str]:
    """A text coordinate after merging: kept where one part is left, else the new label."""
    parts: dict[str, list[str]] = {}
    for label, value in zip(labels, values, strict=True):
        parts.setdefault(becomes[label], []).append(value)
    return [found[0] if len(found) == 1 else label for label, found in parts.items()]


def coordinates(
    world: World, regions: Mapping[str, str], sectors: Mapping[str, str]
) -> dict[str, Any]:
    """Names, members and flags of the merged labels; a flag holds when it holds for all parts."""
    data = world.dataset
    found: dict[str, Any] = {}
    for name, coord in data.coords.items():
        if coord.dims not in (("region",), ("sector",)) or name in data.indexes:
            continue
        dim = str(coord.dims[0])
        becomes = regions if dim == "region" else sectors
        labels = world.regions if dim == "region" else world.sectors
        groups = list(dict.fromkeys(becomes.values()))
        values = coord.values
        if coord.dtype == bool:
            flags = [
                all(v for label, v in zip(labels, values, strict=True) if becomes[label] == group)
                for group in groups
            ]
            found[str(name)] = (dim, flags)
        elif coord.dtype.kind in "OUT":
            found[str(name)] = (dim, merged_text(labels, [str(v) for v in values], becomes))
    if "region_members" in data.coords or len(set(regions.values())) < len(regions):
        # A region without a list counts as its own member: a group must not seem complete
        # because one part of it has no list.
        union: dict[str, dict[str, None]] = {group: {} for group in regions.values()}
        for label, codes in world.members.items():
            union[regions[label]] |= dict.fromkeys(codes or (label,))
        found["region_members"] = ("region", [" ".join(codes) for codes in union.values()])
    return found


def attributes(world: World, *, sectors_merged: bool) -> dict[str, Any]:
    """Provenance of the merged world."""
    attrs = dict(world.dataset.attrs) | {
        "derived_from": world.origin,
        "name": f"{world.name}, merged",
    }
    attrs.pop("version", None)
    if sectors_merged:
        named = attrs.get("elasticities", "own")
        attrs["elasticities"] = f"{named}, merged by foreign trade"
    return attrs


def aggregate(world: World, regions: Mapping[str, str], sectors: Mapping[str, str]) -> World:
    """Merge regions and sectors; labels not in a mapping stay as they are.

    Flows are added up in million USD and shares taken anew, so every identity that holds before
    holds after. A tariff becomes revenue over value before tariff; the trade of an aggregate with
    itself may therefore carry one. Trade elasticities become means by foreign trade (by spending
    in sectors without any), noted in the attribute `elasticities`. Merged regions list the members
    of all their parts. Optional variables take the weights of `optional_variables`; variables and
    coordinates the package does not know are kept only if they touch no region or sector. Solving
    and aggregating do not commute.

    Raises `WorldError` for a label the world does not have.
    """
    to_region = full_mapping(regions, world.regions, "region")
    to_sector = full_mapping(sectors, world.sectors, "sector")
    if all(old == new for old, new in (*to_region.items(), *to_sector.items())):
        return world
    merge = merger(to_region, to_sector)
    levels = levels_of(world)
    merged = structure(world, levels, merge) | optional_variables(world, levels, merge)
    for name, variable in (WORLD | OPTIONAL).items():
        if name in merged:
            merged[name] = merged[name].transpose(*variable.dims)
    data = world.dataset
    own = {"region", "sector", "importer", "exporter", "input"}
    for extra, kept in data.data_vars.items():
        if extra not in merged and not own & set(kept.dims):
            merged[str(extra)] = kept
    dataset = xr.Dataset(merged).assign_coords(coordinates(world, to_region, to_sector))
    changed = len(set(to_sector.values())) < len(to_sector)
    dataset.attrs = attributes(world, sectors_merged=changed)
    return World(dataset, check=world.check)
