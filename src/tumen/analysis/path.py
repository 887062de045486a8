"""The labelled outcome of `tumen.transition`: paths over years, and what they rest on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import xarray as xr

from tumen._version import __version__
from tumen.errors import ShockError, nearest
from tumen.model import accumulation
from tumen.model.economy import Array
from tumen.results import words
from tumen.results.result import Numbers
from tumen.scenario.shocks import Shock
from tumen.solver.solve import Base, Settled
from tumen.status import Status
from tumen.vocabulary import NATIONAL, RESULT, Variable
from tumen.world.arrays import to_labels
from tumen.world.world import World

# Regions that the short text shows.
SHOWN = 5

# What a path has besides the results of its years.
CAPITAL = {
    v.name: v
    for v in (
        Variable(
            "capital_hat", "K̂_nt", NATIONAL, "new/base", "capital at the beginning of the year"
        ),
        Variable(
            "investment_hat",
            "Ω̂_nt/P̂_nt",
            NATIONAL,
            "new/base",
            "investment at constant prices: what a year adds to capital",
        ),
    )
}


class Assumptions(NamedTuple):
    """How capital accumulates and years are weighed; fractions, arrays over region."""

    delta: float
    capital_share: np.ndarray
    capital_share_named: str
    sigma: np.ndarray
    investment_share: np.ndarray
    discount: float


class Year(NamedTuple):
    """One solved year, in the model's layout."""

    arrays: dict[str, Array]
    status: Status
    residual: float
    evaluations: int

    @classmethod
    def of(
        cls,
        numbers: Numbers,
        settled: Settled,
        log_capital: Array,
        deepening: Array,
        log_real_investment: Array,
    ) -> Year:
        r"""Results of the year, with pay of labour in place of the price of the factor bundle.

        `deepening` is the log change of factors a worker, $a\ln(\hat K/\hat L)$: with a constant
        share of value added, labour earns $\hat p\hat F/\hat L$.
        """
        arrays = dict(numbers.arrays)
        per_worker = np.exp(deepening)
        arrays["wage_hat"] = arrays["wage_hat"] * per_worker
        arrays["real_wage"] = 100 * ((1 + arrays["real_wage"] / 100) * per_worker - 1)
        arrays["capital_hat"] = np.exp(log_capital)
        arrays["investment_hat"] = np.exp(log_real_investment)
        solution = settled.solution
        return cls(
            arrays,
            settled.status,
            settled.setting.residual(solution),
            int(solution.evaluations) if solution else 0,
        )


@dataclass(frozen=True, eq=False)
class Transition:
    """Paths over (year, region), all against the path without shocks.

    `real_income` is exact, in per cent; `capital_hat` is capital at the beginning of the year, new
    over base, `equivalent_variation` million USD of the benchmark year. `path["trade_flow"]` reads
    any variable of `tumen.Result` by its name, year by year; `wage_hat` and `real_wage` are those
    of labour. `welfare` is what the whole path is worth, over region. A path exists only when
    every year converged.
    """

    world: World
    shocks: Mapping[int, Sequence[Shock]]
    solved: Mapping[int, Year]
    closure: str
    tolerance: float
    assumptions: Assumptions
    base: Base | None

    @property
    def years(self) -> list[int]:
        """The years of the path."""
        return list(self.solved)

    def __getitem__(self, name: str) -> xr.DataArray:
        """A result of every year, labelled over year and its own dimensions."""
        known = RESULT | CAPITAL
        if name not in known:
            raise ShockError(f"a path has no {name!r}{nearest(name, known)}")
        variable = known[name]
        found = [
            to_labels(self.world, year.arrays[name], variable.dims) for year in self.solved.values()
        ]
        first = found[0].expand_dims(year=self.years)
        stacked = np.stack([one.values for one in found])
        array = xr.DataArray(stacked, first.coords, first.dims, name=name)
        array.attrs = {"units": variable.unit, "long_name": variable.meaning}
        return array

    def _over_years(self, values: np.ndarray) -> xr.DataArray:
        return xr.DataArray(values, dims="year", coords={"year": self.years}, name="year")

    @cached_property
    def real_income(self) -> xr.DataArray:
        """Exact change of real income, per cent, over (year, region)."""
        return self["real_income"]

    @cached_property
    def capital_hat(self) -> xr.DataArray:
        """Capital at the beginning of the year, new/base, over (year, region)."""
        return self["capital_hat"]

    @cached_property
    def investment_hat(self) -> xr.DataArray:
        """Investment at constant prices, new/base, over (year, region)."""
        return self["investment_hat"]

    @cached_property
    def equivalent_variation(self) -> xr.DataArray:
        """Gain in million USD of the benchmark, over (year, region)."""
        return self["equivalent_variation"]

    @cached_property
    def welfare(self) -> xr.DataArray:
        """Constant change of real income worth as much as the path, per cent, over region.

        Years are discounted, and the weights of those of the path sum to one: what comes after
        the last year is not counted.
        """
        log_welfare = jnp.log1p(jnp.asarray(self.real_income.values) / 100)
        worth = accumulation.consumption_equivalent(log_welfare, self.assumptions.discount)
        values = self.real_income.isel(year=0, drop=True).copy(data=100 * np.asarray(worth))
        values.attrs = {
            "units": "per cent",
            "long_name": f"constant change of real income worth as much as {self.span}, "
            f"discounted at {self.assumptions.discount:g} a year",
        }
        return values.rename("welfare")

    @property
    def span(self) -> str:
        """First and last year in words."""
        return f"{self.years[0]} to {self.years[-1]}"

    @cached_property
    def status(self) -> xr.DataArray:
        """How each year's solve ended."""
        return self._over_years(np.array([str(y.status) for y in self.solved.values()]))

    @cached_property
    def residual(self) -> xr.DataArray:
        """Largest relative gap left in any equation, over year."""
        return self._over_years(np.array([y.residual for y in self.solved.values()]))

    @cached_property
    def evaluations(self) -> xr.DataArray:
        """Maps of each year's solve."""
        return self._over_years(np.array([y.evaluations for y in self.solved.values()]))

    @cached_property
    def scenario_hash(self) -> str:
        """Digest of world, shocks and settings: the same question has the same hash."""
        known: dict[int, object] = {}
        for shocks in self.shocks.values():
            for shock in shocks:
                if id(shock) not in known:
                    known[id(shock)] = shock.describe()
        question = {
            "world": self.world.digest,
            "shocks": {y: [known[id(s)] for s in shocks] for y, shocks in self.shocks.items()},
            "closure": self.closure,
            "tolerance": self.tolerance,
            "assumptions": [np.asarray(part).tolist() for part in self.assumptions],
        }
        text = json.dumps(question, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def stamp(self) -> dict[str, str | float | int]:
        """What every file made from this path carries."""
        return {
            "status": str(Status.converged),
            "residual": float(self.residual.max()),
            "closure": self.closure,
            "elasticities": words.elasticities(self.world),
            "world": self.world.name,
            "data_version": self.world.version,
            "code_version": __version__,
            "scenario_hash": self.scenario_hash,
            "evaluations": int(self.evaluations.sum()),
            "rebase_evaluations": self.base.evaluations if self.base else 0,
            "numeraire": "world primary income",
            **self._capital_words(),
        }

    def _capital_words(self) -> dict[str, str]:
        """The assumptions on capital and discounting, as text."""
        made = self.assumptions
        return {
            "years": self.span,
            "capital_share": made.capital_share_named,
            "depreciation": f"{made.delta:g} a year",
            "investment_share": f"{extent(made.investment_share)} of benchmark final spending",
            "transfers_invested": f"{extent(made.sigma)} of each dollar",
            "discount": f"{made.discount:g} a year",
        }

    def to_dataset(self) -> xr.Dataset:
        """All paths in one dataset, stamped."""
        data = xr.Dataset({name: self[name] for name in (*RESULT, *CAPITAL)})
        data = data.assign(
            welfare=self.welfare, year_status=self.status, year_residual=self.residual
        )
        data.attrs = dict(self.stamp)
        return data

    def __repr__(self) -> str:
        worth = self.welfare.sortby(self.welfare)
        few = (
            worth
            if worth.size <= 2 * SHOWN
            else xr.concat([worth[:SHOWN], worth[-SHOWN:]], "region")
        )
        lines = [
            f"<tumen.Transition converged: {self.world.name}, {self.span}, closure {self.closure}>",
            f"  {'':<12} {'worth %':>10} {self.years[0]:>10} {self.years[-1]:>10}   real income",
        ]
        for region, value in zip(few.indexes["region"], np.asarray(few), strict=True):
            ends = self.real_income.sel(region=region)[[0, -1]].values
            lines.append(f"    {region:<10} {value:+10.4f} {ends[0]:+10.4f} {ends[1]:+10.4f}")
        footer = self._capital_words() | {"largest residual": f"{float(self.residual.max()):.1e}"}
        lines += [f"  {key:<18} {value}" for key, value in footer.items()]
        return "\n".join(lines)


def extent(values: np.ndarray) -> str:
    """A number, or the smallest and the largest of several."""
    least, most = float(np.min(values)), float(np.max(values))
    return f"{least:.3g}" if least == most else f"{least:.3g} to {most:.3g}"
