"""A consistent world economy: the benchmark that shocks are applied to."""

from __future__ import annotations

import hashlib
import html
import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr

from tumen.errors import WorldError, nearest
from tumen.vocabulary import OPTIONAL, WORLD
from tumen.world import checks
from tumen.world.tidy import tidy


class WorldWarning(UserWarning):
    """A world that breaks an identity was taken all the same."""


def money(million: float) -> str:
    """An amount in million USD, in the unit people would say it in."""
    if million == 0:
        return "none"
    for size, unit in ((1e6, "trillion"), (1e3, "billion")):
        if abs(million) >= size:
            return f"{million / size:,.2f} {unit} USD"
    return f"{million:,.2f} million USD"


def filled(old: xr.DataArray, value: xr.DataArray | float) -> xr.DataArray:
    """The value over the dimensions of `old`; a label it lacks shows as missing, never drops."""
    if isinstance(value, xr.DataArray):
        value = value.reindex({dim: old.indexes[dim] for dim in old.dims if dim in value.indexes})
    return xr.zeros_like(old, dtype=float) + value


# What follows from a world without its trade elasticities, and holds for any others too.
WITHOUT_ELASTICITIES = (
    "regions",
    "sectors",
    "members",
    "gross_output",
    "tariff_revenue",
    "income",
    "trade_flow",
)


class World:
    """A benchmark economy over an `xarray.Dataset`, checked on entry and immutable.

    The dataset holds (dimensions in any order, labels decide):
    `trade_share[importer, exporter, sector]`, `expenditure[region, sector]` (million USD,
    duty-paid), `tariff[importer, exporter, sector]`, `value_added_share[region, sector]`,
    `input_share[region, sector, input]`, `final_share[region, sector]`, `value_added[region]`,
    `transfer[region]` (million USD, net inflow), `trade_elasticity[sector]`. Final spending is
    value added plus tariff revenue plus transfer. Extra variables are kept.

    `check="refuse"` raises `WorldError` when an identity is broken by more than 1e-6 of a
    region's value added, naming the cells. `check="warn"` takes the world with a
    `WorldWarning`; `tumen.solve` then first solves it unshocked, so that every change is
    between two solutions.
    """

    def __init__(self, dataset: xr.Dataset, check: Literal["refuse", "warn"] = "refuse") -> None:
        if check not in ("refuse", "warn"):
            raise WorldError(f'check must be "refuse" or "warn", not {check!r}')
        if not isinstance(dataset, xr.Dataset):
            raise WorldError(f"a World needs an xarray.Dataset, not {type(dataset).__name__}")
        data = tidy(dataset)
        self._take(data, check, checks.findings(data))

    def _take(
        self,
        data: xr.Dataset,
        check: Literal["refuse", "warn"],
        found: Sequence[checks.Finding],
    ) -> None:
        """Hold the data, unless what was found speaks against it."""
        fatal = [finding for finding in found if finding.fatal]
        if fatal or (found and check == "refuse"):
            raise WorldError("; ".join(finding.message for finding in (fatal or found)))
        for finding in found:
            warnings.warn(finding.message, WorldWarning, stacklevel=3)
        for array in data.variables.values():
            if isinstance(array.data, np.ndarray):
                array.data.flags.writeable = False
        self._data = data
        self._check = check
        self._shared: World | None = None

    @property
    def dataset(self) -> xr.Dataset:
        """The data, as a shallow copy over read-only arrays."""
        return self._data.copy(deep=False)

    @property
    def check(self) -> Literal["refuse", "warn"]:
        """How the identities were checked; with "warn" every solve starts by rebasing."""
        return self._check

    @property
    def name(self) -> str:
        """The world's name, for messages and files."""
        return str(self._data.attrs.get("name", "world"))

    @cached_property
    def regions(self) -> list[str]:
        """Region labels, in the dataset's order."""
        return [str(label) for label in self._data.indexes["region"]]

    @cached_property
    def sectors(self) -> list[str]:
        """Sector labels, in the dataset's order."""
        return [str(label) for label in self._data.indexes["sector"]]

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """Codes of the economies in each region; a region without a list is its own member."""
        if "region_members" not in self._data.coords:
            return {label: (label,) for label in self.regions}
        listed = self._data["region_members"]
        return {
            label: tuple(str(listed.sel(region=label).item()).split()) for label in self.regions
        }

    @cached_property
    def gross_output(self) -> xr.DataArray:
        """Value of production, million USD, over (region, sector)."""
        return checks.output_of(self._data).transpose("region", "sector").sel(region=self.regions)

    @cached_property
    def tariff_revenue(self) -> xr.DataArray:
        """Tariff revenue, million USD, over region."""
        return checks.revenue_of(self._data).sel(region=self.regions)

    @cached_property
    def income(self) -> xr.DataArray:
        """Final spending, million USD, over region."""
        return checks.income_of(self._data).sel(region=self.regions)

    @cached_property
    def trade_flow(self) -> xr.DataArray:
        """Purchases before tariff, million USD, over (importer, exporter, sector)."""
        spent = checks.moved_to(self._data, self._data["expenditure"], region="importer")
        flow = self._data["trade_share"] / (1 + self._data["tariff"]) * spent
        return flow.transpose("importer", "exporter", "sector")

    @cached_property
    def version(self) -> str:
        """Data version: the one in the attributes, or a digest of every number in the world."""
        return str(self._data.attrs.get("version", self.digest[:12]))

    @property
    def origin(self) -> str:
        """Name and version, for worlds made from this one."""
        return f"{self.name} {self.version}"

    @cached_property
    def digest(self) -> str:
        """SHA-256 over labels and numbers, independent of the order of either."""
        data = self._data.sortby(["region", "importer", "exporter", "sector", "input"])
        sha = hashlib.sha256()
        for name, variable in (WORLD | OPTIONAL).items():
            if name not in data:
                continue
            array = data[name].transpose(*variable.dims)
            # Only optional variables need their name: those before them are always there.
            sha.update(name.encode() if name in OPTIONAL else b"")
            for dim in variable.dims:
                sha.update("\x1f".join(map(str, array.indexes[dim])).encode())
            sha.update(np.ascontiguousarray(array.values, dtype="<f8").tobytes())
        return sha.hexdigest()

    def sel(self, **labels: str | Sequence[str]) -> xr.Dataset:
        """Look at part of the data, e.g. `world.sel(importer="PRK")`; a dataset, not a world.

        Each dimension is picked on its own: `region` leaves the bilateral arrays whole, where
        `importer` and `exporter` choose. Raises `WorldError` for a label or dimension the world
        does not have.
        """
        for dim, wanted in labels.items():
            if dim not in self._data.indexes:
                raise WorldError(
                    f"a world has no dimension {dim!r}{nearest(dim, map(str, self._data.indexes))}"
                )
            known = [str(label) for label in self._data.indexes[dim]]
            for label in [wanted] if isinstance(wanted, str) else wanted:
                if label not in known:
                    raise WorldError(f"{dim}: unknown label {label!r}{nearest(str(label), known)}")
        return self._data.sel(labels)

    def replace(self, **variables: xr.DataArray | float) -> World:
        """Return a world with some variables replaced and all that rests on them checked again.

        A number fills the whole variable; of a DataArray the labels decide. Optional variables that
        the world lacks are added: so are variants of the model switched on. The new world has no
        version of its own: its digest is its version, and `derived_from` says where it came from.
        """
        data = self._data.copy()
        for name, value in variables.items():
            if name not in WORLD and name not in OPTIONAL:
                raise WorldError(
                    f"a world has no variable {name!r}{nearest(name, [*WORLD, *OPTIONAL])}"
                )
            if name not in data and not isinstance(value, xr.DataArray):
                dims = OPTIONAL[name].dims
                blank = np.zeros([data.sizes[dim] for dim in dims])
                data[name] = xr.DataArray(blank, {d: data.indexes[d] for d in dims}, dims)
            data[name] = filled(data[name], value) if name in data else value
        data.attrs |= {"derived_from": self.origin}
        data.attrs.pop("version", None)
        if "trade_elasticity" in variables:
            data.attrs.pop("elasticities", None)
        if checks.IDENTITIES & variables.keys():
            return World(data, check=self._check)
        # Variants of the model and elasticities: what was checked before holds as it did.
        made = object.__new__(World)
        made._take(tidy(data), self._check, checks.findings_beside(data, variables))
        return made

    def with_elasticities(
        self, values: xr.DataArray | float, name: str | None = None, *, versioned: bool = False
    ) -> World:
        """Return the world with other trade elasticities, and with everything else shared.

        What `replace(trade_elasticity=values)` makes, in a hundredth of the time: only the
        elasticities are checked, for no identity of the benchmark rests on them. `name` says which
        they are, for results; `versioned` keeps the version, where the elasticities are a set that
        goes with the data. Raises `WorldError` for one that is missing or not above zero.
        """
        sectors = self._data.indexes["sector"]
        theta = np.full(len(sectors), np.nan if isinstance(values, xr.DataArray) else values)
        if isinstance(values, xr.DataArray):
            if values.dims != ("sector",):
                raise WorldError(
                    f"trade_elasticity has dimensions {values.dims}; it needs ('sector',)"
                )
            own = values.get_index("sector").equals(sectors)
            theta[:] = (values if own else values.reindex(sector=sectors)).values
        theta.flags.writeable = False
        arrays = {name: self._data.variables[name].data for name in self._data.data_vars}
        data = self._data.copy(data=arrays | {"trade_elasticity": theta})
        if not versioned:
            data.attrs |= {"derived_from": self.origin}
            data.attrs.pop("version", None)
        if name is None:
            data.attrs.pop("elasticities", None)
        else:
            data.attrs["elasticities"] = name
        if not (np.isfinite(theta) & (theta > 0)).all():
            found = checks.findings_beside(data, ["trade_elasticity"])
            raise WorldError("; ".join(finding.message for finding in found))
        made = object.__new__(World)
        made._data, made._check, made._shared = data, self._check, self.shared
        for known in WITHOUT_ELASTICITIES:
            made.__dict__[known] = getattr(self, known)
        return made

    @property
    def shared(self) -> World:
        """The world that all arrays but the trade elasticities are shared with; its own or one."""
        return self._shared or self

    def aggregate(
        self,
        regions: Mapping[str, str] | None = None,
        sectors: Mapping[str, str] | None = None,
    ) -> World:
        """Merge regions or sectors; see `tumen.world.aggregate.aggregate`."""
        from tumen.world.aggregate import aggregate

        return aggregate(self, regions or {}, sectors or {})

    def save(self, path: str | Path) -> None:
        """Write the world to a NetCDF file; see `tumen.world.files.save`."""
        from tumen.world.files import save

        save(self, path)

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("_") and name not in self.__dict__:
            super().__setattr__(name, value)
            return
        raise AttributeError("a World is immutable; use .replace(...) to make another")

    def facts(self) -> dict[str, str]:
        """The few figures that describe the world."""
        abroad = self.trade_flow.where(
            self.trade_flow.importer.astype(str) != self.trade_flow.exporter.astype(str), 0.0
        )
        theta = self._data["trade_elasticity"]
        return {
            "regions x sectors": f"{len(self.regions)} x {len(self.sectors)}",
            "year": str(self._data.attrs.get("year", "not stated")),
            "value added": money(float(self._data["value_added"].sum())),
            "trade between regions": money(float(abroad.sum())),
            "tariff revenue": money(float(self.tariff_revenue.sum())),
            "trade elasticities": f"{self._data.attrs.get('elasticities', 'own')}, "
            f"{float(theta.min()):.2f} to {float(theta.max()):.2f}",
            "data version": self.version,
        }

    def __repr__(self) -> str:
        lines = [f"<tumen.World {self.name}>"]
        lines += [f"  {key:<22} {value}" for key, value in self.facts().items()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(key)}</th>"
            f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
            for key, value in self.facts().items()
        )
        title = html.escape(str(self._data.attrs.get("title", self.name)))
        return f"<b>{title}</b><table>{rows}</table>"
