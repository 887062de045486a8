"""One world after a list of shocks, solved at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field

from tumen.app.api.models import Given, problems
from tumen.app.api.worlds import world_named
from tumen.app.server.shelf import shelf_of
from tumen.scenario.figure import Place
from tumen.scenario.shockfile import ShockFile, ShockSpec

if TYPE_CHECKING:
    import xarray as xr

    from tumen.results.result import Result

router = APIRouter(tags=["worlds"])

MOST_SHOCKS = 500
EXAMPLE: dict[str, Any] = {
    "world": "tumen-31",
    "shocks": [{"kind": "Embargo", "importer": "west", "exporter": "RUS", "sector": ["PET"]}],
}


class ToSolve(ShockFile):
    """A world by its name and what happens to it: what `tumen solve` takes as a file."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    tolerance: Annotated[
        float, Field(ge=1e-12, lt=1e-3, description="largest residual of a converged solve")
    ] = 1e-10
    shocks: list[ShockSpec] = Field(default_factory=list, max_length=MOST_SHOCKS)


class Solved(Given):
    """The world after the shocks, by region; only a solve that converged has numbers."""

    status: Annotated[str, Field(examples=["converged"])]
    residual: float
    closure: str
    elasticities: str
    world: str
    data_version: str
    code_version: str
    scenario_hash: str
    evaluations: int
    rebase_evaluations: int
    method: str
    variants: str
    numeraire: str
    notes: str
    real_income: Annotated[dict[str, float], Field(description="exact change, per cent")]
    real_wage: Annotated[dict[str, float], Field(description="change, per cent")]
    equivalent_variation: Annotated[dict[str, float], Field(description="million USD")]
    first_order: Annotated[
        dict[str, dict[str, float | None]],
        Field(
            description="an approximation, per cent, by its parts, never the headline; null where "
            "a full ban has none"
        ),
    ]


def place_in_request(place: Place) -> str:
    """How an error names a field of the request."""
    return ".".join(str(part) for part in place)


@router.post("/solve", summary="Solve one world", responses=problems())
def solve(asked: ToSolve, request: Request) -> Solved:
    """Solve a world after shocks. What does not converge is a problem with `solve_status`."""
    from tumen.app.shockfile import check_shocks, solved

    world_named(asked.world)
    with shelf_of(request).gate.turn():
        return told(solved(asked, check_shocks(asked, asked.world, place_in_request)))


def told(result: Result) -> Solved:
    """The numbers of a result by region. Raises `SolveError` unless it converged."""

    def by_region(values: xr.DataArray) -> dict[str, float]:
        return {region: float(values.sel(region=region)) for region in result.world.regions}

    stamp: dict[str, Any] = dict(result.stamp)
    return Solved(
        **stamp,
        real_income=by_region(result.real_income),
        real_wage=by_region(result.real_wage),
        equivalent_variation=by_region(result.equivalent_variation),
        first_order={
            str(part): {
                region: number if math.isfinite(number) else None
                for region, number in by_region(values).items()
            }
            for part, values in result.first_order.data_vars.items()
        },
    )
