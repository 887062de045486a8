"""`tumen solve FILE`: from a file of shocks to a result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tumen.errors import ScenarioError, ShockError, TumenError
from tumen.results.result import Result
from tumen.scenario import shocks as records
from tumen.scenario import yamlfile
from tumen.scenario.figure import Place
from tumen.scenario.load import load_shock_file
from tumen.scenario.shockfile import ShockFile
from tumen.scenario.shocks import Shock, apply_all
from tumen.solver.solve import solve
from tumen.world.embedded import load_world
from tumen.world.horizon import with_horizon
from tumen.world.variants import variants_of, with_variants
from tumen.world.world import World


def shocks_of(spec: ShockFile) -> list[Shock]:
    """The file's shocks as records."""
    made: list[Shock] = []
    for item in spec.shocks:
        fields = item.model_dump(exclude={"kind"}, exclude_none=True)
        made.append(getattr(records, item.kind)(**fields))
    return made


def check_file(path: Path, spec: ShockFile) -> World:
    """Check every shock against the world. Raises `ScenarioError` naming file, line and field."""
    document = yamlfile.read(path)
    beside = path.parent / spec.world
    name = str(beside) if spec.world.endswith(".nc") and beside.is_file() else spec.world
    return check_shocks(spec, name, document.where)


def check_shocks(spec: ShockFile, name: str, where: Callable[[Place], str]) -> World:
    """Check every shock against the world of this name; `where` says how a place is called.

    Raises `ScenarioError` beginning with the place.
    """
    try:
        world = load_world(name, elasticities=spec.elasticities, floor=spec.floor)
    except TumenError as error:
        raise ScenarioError(f"{where(('world',))}: {error}") from None
    for field, adapted in (
        ("horizon", lambda: with_horizon(world, spec.horizon) if spec.horizon else world),
        ("variants", lambda: with_variants(world, spec.variants)),
    ):
        try:
            variants_of(adapted())
        except TumenError as error:
            raise ScenarioError(f"{where((field,))}: {error}") from None
    income = world.income
    for number, shock in enumerate(shocks_of(spec)):
        place = ("shocks", number)
        try:
            apply_all(world, [shock])
        except ShockError as error:
            message = str(error).removeprefix("shock 1: ")
            raise ScenarioError(f"{where(place)}: {message}") from None
        if isinstance(shock, records.Transfer):
            assert isinstance(shock.value, float)
            payer = shock.source if shock.value > 0 else shock.destination
            most = float(income.sel(region=payer))
            if abs(shock.value) >= most:
                raise ScenarioError(
                    f"{where((*place, 'value'))}: {abs(shock.value):,.6g} million USD is "
                    f"more than {payer} spends in a year ({most:,.6g}); check the unit"
                )
    return world


def solved(spec: ShockFile, world: World) -> Result:
    """Solve the world after the shocks. Raises `SolveError` without equilibrium."""
    return solve(
        world,
        shocks_of(spec),
        spec.closure,
        spec.tolerance,
        home_floor=spec.home_floor,
        variants=spec.variants,
        horizon=spec.horizon,
    )


def solve_file(path: Path) -> Result:
    """Read, check and solve. Raises `ScenarioError`, or `SolveError` without equilibrium."""
    spec = load_shock_file(path)
    return solved(spec, check_file(path, spec))
