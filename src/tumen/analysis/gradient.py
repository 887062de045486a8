"""`tumen.gradient`: how any result answers to every shock, exactly and at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from tumen.codes import resolve
from tumen.errors import ShockError, SolveError, nearest
from tumen.model.welfare import Outcome
from tumen.scenario.shocks import Shock
from tumen.solver.adjoint import gradient_at
from tumen.solver.solve import MAX_MAPS, Closure, settle
from tumen.status import Status
from tumen.vocabulary import BILATERAL, NATIONAL, RESULT, SECTORAL
from tumen.world.arrays import to_labels, to_model
from tumen.world.world import World

# The name a gradient carries, the shock it belongs to, its dimensions and its meaning.
SHOCKS = {
    "trade_cost": ("log_cost", BILATERAL, "per unit of the log of TradeCost.factor"),
    "weight": ("weight", BILATERAL, "per unit of trade weight; minus this per Embargo.share"),
    "tariff": ("tariff", BILATERAL, "per unit of the tariff rate"),
    "export_tax": ("export_tax", BILATERAL, "per unit of the export tax rate"),
    "productivity": ("log_productivity", SECTORAL, "per unit of the log of Productivity.factor"),
    "labour_force": ("log_labour", NATIONAL, "per unit of the log of LabourForce.factor"),
    "transfer": ("transfer", NATIONAL, "per million USD received; take differences of regions"),
}
OUTCOMES = [name for name in RESULT if name in Outcome._fields or f"{name}_hat" in Outcome._fields]


def seed_for(
    world: World, of: str, where: Mapping[str, str | Sequence[str] | None]
) -> xr.DataArray:
    """Ones at the cells of the outcome that are summed, zeros elsewhere."""
    if of not in OUTCOMES:
        raise ShockError(f"gradient of {of!r} is not known{nearest(of, OUTCOMES)}")
    dims = RESULT[of].dims
    extra = set(where) - set(dims)
    if extra:
        raise ShockError(f"{of} has no dimension {sorted(extra)[0]!r}; it has {dims}")
    seed = xr.DataArray(
        np.zeros([world.dataset.sizes[dim] for dim in dims]),
        dims=dims,
        coords={dim: world.dataset.indexes[dim] for dim in dims},
    )
    chosen = {
        dim: resolve(
            where.get(dim),
            [str(label) for label in seed.indexes[dim]],
            None if dim == "sector" else world.members,
            field=dim,
        )
        for dim in dims
    }
    seed.loc[chosen] = 1.0
    return seed


def gradient(
    world: World,
    shocks: Iterable[Shock] = (),
    of: str = "real_income",
    *,
    closure: Closure = "fixed",
    tolerance: float = 1e-10,
    max_maps: int = MAX_MAPS,
    **where: str | Sequence[str] | None,
) -> xr.Dataset:
    """Exact gradient of one result with respect to every shock, at the equilibrium after `shocks`.

    `of` names a result; `where` picks its cells, for instance `region="PRK"`, and a dimension not
    picked is summed over. The dataset holds `trade_cost`, `weight`, `tariff`, `export_tax`
    [importer, exporter, sector], `productivity` [region, sector], `labour_force` and `transfer`
    [region], each with its unit; attributes hold the value, the status and both residuals. The
    gradient is the adjoint at the solution: its cost is about that of one more solve, however many
    shocks there are. It holds under every variant of the model that the world switches on.

    Raises `SolveError` when the equilibrium or the adjoint does not converge, `ShockError` for an
    unknown result or label.

    >>> import tumen
    >>> world = tumen.load_world("tumen-31")
    >>> slope = tumen.gradient(world, of="real_income", region="PRK")
    >>> float(slope.transfer.sel(region="PRK") - slope.transfer.sel(region="RUS")) > 0
    True
    """
    seed = seed_for(world, of, where)
    listed = list(shocks)
    settled = settle(world, listed, closure, tolerance, max_maps)
    if settled.status is not Status.converged or settled.solution is None:
        raise SolveError(f"no gradient without an equilibrium, {settled.status}: {settled.message}")
    setting = settled.setting
    value, slopes, residual, products = gradient_at(
        setting.economy,
        setting.shock,
        setting.rule,
        settled.solution.state,
        to_model(world, seed),
        tolerance,
        max_maps,
        name=of,
    )
    if not float(residual) <= tolerance:
        raise SolveError(
            f"the adjoint stopped at a residual of {float(residual):.2g} after "
            f"{int(products)} products; try a larger tolerance"
        )
    slopes_of = {
        name: to_labels(world, getattr(slopes, field), dims).assign_attrs(
            units=f"{RESULT[of].unit} {meaning}"
        )
        for name, (field, dims, meaning) in SHOCKS.items()
    }
    return xr.Dataset(
        slopes_of,
        attrs={
            "of": of,
            "where": str({key: value for key, value in where.items() if value is not None}),
            "value": float(value),
            "status": str(settled.status),
            "residual": setting.residual(settled.solution),
            "adjoint_residual": float(residual),
            "vector_products": int(products),
            "closure": closure,
            "data_version": world.version,
        },
    )
