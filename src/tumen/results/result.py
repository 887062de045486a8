"""The labelled result of one solve. No number leaves it unless the solve converged."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tumen._version import __version__
from tumen.errors import SolveError
from tumen.model.welfare import FirstOrder, Outcome
from tumen.results import words
from tumen.scenario.shocks import Shock
from tumen.status import Status
from tumen.vocabulary import RESULT
from tumen.world.arrays import to_labels
from tumen.world.world import World

# Regions and figures that the short text shows.
SHOWN = 5


class Numbers:
    """What a converged solve hands over, in the model's layout."""

    def __init__(
        self,
        outcome: Outcome,
        first_order: FirstOrder,
        creation: Any,
        diversion: Any,
        variety_gain: Any,
    ) -> None:
        self.arrays: dict[str, Any] = {
            name: getattr(outcome, name)
            for name in Outcome._fields
            if name not in ("real_income_hat", "real_wage_hat")
        }
        self.arrays["real_income"] = 100 * (np.asarray(outcome.real_income_hat) - 1)
        self.arrays["real_wage"] = 100 * (np.asarray(outcome.real_wage_hat) - 1)
        self.arrays["trade_creation"] = creation
        self.arrays["trade_diversion"] = diversion
        self.arrays["variety_gain"] = 100 * np.asarray(variety_gain)
        self.first_order = {
            name: 100 * np.asarray(getattr(first_order, name)) for name in FirstOrder._fields
        }


class Result:
    """Outcome of `tumen.solve`: a status, and, when it is `converged`, labelled numbers.

    Per cent changes: `real_income` (exact) and `real_wage`, over region. Ratios new/base:
    `wage_hat`, `consumer_price_hat` [region], `price_hat` [region, sector] (the buyers' composite
    price). Levels in million USD: `trade_flow` [importer, exporter, sector] (before tariff),
    `gross_output`, `expenditure` [region, sector], `value_added`, `tariff_revenue`, `income`,
    `equivalent_variation` [region]; `trade_creation`, `trade_diversion` [region, sector].
    `first_order` holds the first-order decomposition in per cent, labelled as such. Reading any of
    them raises `SolveError` unless the solve converged. Numeraire: world primary income.
    """

    def __init__(
        self,
        *,
        world: World,
        shocks: Sequence[Shock],
        closure: str,
        tolerance: float,
        status: Status,
        message: str,
        notes: Sequence[str],
        residual: float,
        evaluations: int,
        rebase_evaluations: int,
        method: str,
        numbers: Callable[[], Numbers] | None,
    ) -> None:
        self.world = world
        self.shocks = tuple(shocks)
        self.closure = closure
        self.tolerance = tolerance
        self.status = status
        self.message = message
        self.notes = tuple(notes)
        self.residual = residual
        self.evaluations = evaluations
        self.rebase_evaluations = rebase_evaluations
        self.method = method
        self._numbers = numbers

    def _read(self, name: str) -> xr.DataArray:
        variable = RESULT[name]
        array = to_labels(self.world, self._converged.arrays[name], variable.dims)
        array.attrs = {"units": variable.unit, "long_name": variable.meaning}
        return array.rename(name)

    @cached_property
    def _converged(self) -> Numbers:
        if self.status is not Status.converged or self._numbers is None:
            raise SolveError(f"no number to read, {self.status}: {self.message}", self)
        return self._numbers()

    @cached_property
    def real_income(self) -> xr.DataArray:
        """Exact change of real income, per cent, over region."""
        return self._read("real_income")

    @cached_property
    def real_wage(self) -> xr.DataArray:
        """Change of the real wage, per cent, over region."""
        return self._read("real_wage")

    @cached_property
    def wage_hat(self) -> xr.DataArray:
        """Wage, new/base, over region."""
        return self._read("wage_hat")

    @cached_property
    def employment_hat(self) -> xr.DataArray:
        """Hours worked over the labour force, new/base, over region; 1 without idle factors."""
        return self._read("employment_hat")

    @cached_property
    def price_hat(self) -> xr.DataArray:
        """Buyers' composite price, new/base, over (region, sector)."""
        return self._read("price_hat")

    @cached_property
    def consumer_price_hat(self) -> xr.DataArray:
        """Price of final spending, new/base, over region."""
        return self._read("consumer_price_hat")

    @cached_property
    def trade_flow(self) -> xr.DataArray:
        """Purchases before tariff, million USD, over (importer, exporter, sector)."""
        return self._read("trade_flow")

    @cached_property
    def gross_output(self) -> xr.DataArray:
        """Value of production, million USD, over (region, sector)."""
        return self._read("gross_output")

    @cached_property
    def unit_cost_hat(self) -> xr.DataArray:
        """Cost of a unit of output, new/base, over (region, sector); its price at the gate."""
        return self._read("unit_cost_hat")

    @cached_property
    def expenditure(self) -> xr.DataArray:
        """Duty-paid spending, million USD, over (region, sector)."""
        return self._read("expenditure")

    @cached_property
    def value_added(self) -> xr.DataArray:
        """Primary income, million USD, over region."""
        return self._read("value_added")

    @cached_property
    def tariff_revenue(self) -> xr.DataArray:
        """Tariff revenue, million USD, over region."""
        return self._read("tariff_revenue")

    @cached_property
    def export_tax_revenue(self) -> xr.DataArray:
        """Export taxes received by the exporter, million USD, over region."""
        return self._read("export_tax_revenue")

    @cached_property
    def income(self) -> xr.DataArray:
        """Final spending, million USD, over region."""
        return self._read("income")

    @cached_property
    def equivalent_variation(self) -> xr.DataArray:
        """Gain in million USD of the benchmark, over region."""
        return self._read("equivalent_variation")

    @cached_property
    def trade_creation(self) -> xr.DataArray:
        """Purchases that partners whose access changed took from home producers, million USD."""
        return self._read("trade_creation")

    @cached_property
    def trade_diversion(self) -> xr.DataArray:
        """Purchases that partners whose access changed took from other foreigners, million USD."""
        return self._read("trade_diversion")

    @cached_property
    def variety_gain(self) -> xr.DataArray:
        """Fall of buyers' prices from entered flows alone, per cent; part of real income."""
        return self._read("variety_gain")

    @cached_property
    def first_order(self) -> xr.Dataset:
        """First-order parts of the change in real income, per cent, over region.

        `terms_of_trade`, `volume_of_trade`, `technology`, `factor_supply`, `transfer` and their
        sum `total`. An approximation: for large shocks it can have the wrong size or sign, and a
        full ban has no first-order value (not a number). `real_income` is exact.
        """
        parts = {
            name: to_labels(self.world, values, ("region",))
            for name, values in self._converged.first_order.items()
        }
        parts["total"] = sum(parts.values(), start=xr.zeros_like(parts["terms_of_trade"]))
        for part in parts.values():
            part.attrs = {"units": "per cent", "note": "first order, not exact"}
        return xr.Dataset(parts, attrs={"note": "first order, not exact"})

    @property
    def elasticities(self) -> str:
        """Which trade elasticities were used, and their range."""
        return words.elasticities(self.world)

    @cached_property
    def scenario_hash(self) -> str:
        """Digest of world, shocks and settings: the same question has the same hash."""
        question = {
            "world": self.world.digest,
            "shocks": [shock.describe() for shock in self.shocks],
            "closure": self.closure,
            "tolerance": self.tolerance,
            "notes": self.notes,
        }
        text = json.dumps(question, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def stamp(self) -> dict[str, str | float | int]:
        """What every file made from this result carries."""
        return {
            "status": str(self.status),
            "residual": self.residual,
            "closure": self.closure,
            "elasticities": self.elasticities,
            "world": self.world.name,
            "data_version": self.world.version,
            "code_version": __version__,
            "scenario_hash": self.scenario_hash,
            "evaluations": self.evaluations,
            "rebase_evaluations": self.rebase_evaluations,
            "method": self.method,
            "variants": words.variants(self.world),
            "numeraire": "world primary income",
            "notes": "; ".join(self.notes),
        }

    def to_dataset(self) -> xr.Dataset:
        """All results in one dataset, stamped."""
        data = xr.Dataset({name: getattr(self, name) for name in RESULT})
        first = self.first_order
        data = data.assign({f"first_order_{name}": first[name] for name in first.data_vars})
        data.attrs = dict(self.stamp)
        return data

    def to_netcdf(self, path: str | Path) -> None:
        """Write all results to one NetCDF file."""
        from tumen.results import export

        export.to_netcdf(self, path)

    def to_parquet(self, path: str | Path) -> None:
        """Write all results to one Parquet file in long form, one row a number."""
        from tumen.results import export

        export.to_parquet(self, path)

    def to_excel(self, path: str | Path) -> None:
        """Write all results to one workbook, a sheet for each kind of table."""
        from tumen.results import export

        export.to_excel(self, path)

    def report(self, path: str | Path) -> None:
        """Write a self-contained HTML page about this one solve."""
        from tumen.report.single import write

        write(self, path)

    def __repr__(self) -> str:
        head = f"<tumen.Result {self.status}: {self.world.name}, closure {self.closure}>"
        if self.status is not Status.converged:
            return f"{head}\n  {self.message}"
        ranked = self.real_income.sortby(self.real_income)
        lines = [head, "  real income, exact change"]
        few = (
            ranked
            if ranked.size <= 2 * SHOWN
            else xr.concat([ranked[:SHOWN], ranked[-SHOWN:]], "region")
        )
        for region, value in zip(few.indexes["region"], np.asarray(few), strict=True):
            lines.append(f"    {region:<12} {value:+10.4f} %")
        lines += [f"  {key:<14} {value}" for key, value in self._footer().items()]
        return "\n".join(lines)

    def _footer(self) -> dict[str, str]:
        return {
            "residual": f"{self.residual:.1e} after {self.evaluations} maps",
            "elasticities": self.elasticities,
            "data version": self.world.version,
            "scenario": self.scenario_hash,
        } | ({"notes": "; ".join(self.notes)} if self.notes else {})

    def _repr_html_(self) -> str:
        if self.status is not Status.converged:
            return f"<b>{html.escape(str(self.status))}</b>: {html.escape(self.message)}"
        ranked = self.real_income.sortby(self.real_income)
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(str(region))}</th>"
            f"<td>{float(value):+.4f} %</td>"
            f"<td>{float(self.equivalent_variation.sel(region=region)):+,.1f}</td></tr>"
            for region, value in zip(ranked.indexes["region"], ranked.values, strict=True)
        )
        foot = "; ".join(f"{key} {html.escape(text)}" for key, text in self._footer().items())
        return (
            f"<b>{html.escape(self.world.name)}</b>, {self.status}, closure {self.closure}"
            "<table><tr><th>region</th><th>real income</th><th>million USD</th></tr>"
            f"{rows}</table><small>{foot}</small>"
        )
