"""Routes over the programming interface: a case's network with links closed, solved at once."""

from __future__ import annotations

import math
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from tumen.analysis.link_switches import Switched, link_id
from tumen.app.api.models import problems
from tumen.app.server.shelf import shelf_of
from tumen.app.switching import Asked, solved
from tumen.report.switched import sentence
from tumen.scenario.figure import End
from tumen.world.names import name_of

router = APIRouter(tags=["scenarios"])


class Income(BaseModel):
    """Real income of a region against the network as it is."""

    region: str
    name: str
    change: float = Field(description="per cent")
    gain: float = Field(description="million USD a year")


class PairOut(BaseModel):
    """Trade of a pair over the network."""

    exporter: str
    importer: str
    route_left: bool
    cost: float | None = Field(description="change of the trade cost, per cent; null without route")
    trade_before: float = Field(description="million USD a year")
    trade_after: float = Field(description="million USD a year")


class LinkOut(BaseModel):
    """What one mode of a link carries."""

    id: str
    a: str
    b: str
    mode: str
    before: float = Field(description="million USD a year")
    after: float = Field(description="million USD a year")
    tonnes_before: float | None
    tonnes_after: float | None
    capacity: float | None = Field(description="tonnes a year")


class RoutesOut(BaseModel):
    """The answer of the network with its switches."""

    scenario: str
    closed: list[str]
    opened: list[str]
    day: End
    sentence: str
    real_income: list[Income]
    pairs: list[PairOut]
    links: list[LinkOut]
    stamp: dict[str, Any]


def document(found: Switched) -> RoutesOut:
    """The answer as a document."""
    world = found.case.world
    stamp = found.routed.result.stamp | {"scenario_hash": found.case.digest}
    return RoutesOut(
        scenario=found.case.name,
        closed=list(found.switches.closed),
        opened=list(found.switches.opened),
        day=found.switches.day,
        sentence=sentence(found),
        real_income=[
            Income(
                region=region,
                name=name_of(world, region),
                change=found.change(region),
                gain=found.million(region),
            )
            for region in found.regions
        ],
        pairs=[
            PairOut(
                exporter=pair.exporter,
                importer=pair.importer,
                route_left=(pair.exporter, pair.importer) not in found.cut,
                cost=pair.cost,
                trade_before=pair.before,
                trade_after=pair.after,
            )
            for pair in found.pairs()
        ],
        links=[
            LinkOut(
                id=link_id(item),
                a=item.a,
                b=item.b,
                mode=item.mode,
                before=item.value_before,
                after=item.value_after,
                tonnes_before=item.tonnes_before,
                tonnes_after=item.tonnes_after,
                capacity=item.capacity,
            )
            for item in found.routed.carried()
        ],
        stamp={key: value for key, value in stamp.items() if is_plain(value)},
    )


def is_plain(value: Any) -> bool:
    """Whether JSON can hold a field of the stamp."""
    return not (isinstance(value, float) and not math.isfinite(value))


@router.get(
    "/scenarios/{name}/routes",
    summary="The network of a case with links closed",
    responses=problems(),
)
def routes(request: Request, name: str, asked: Asked) -> RoutesOut:
    """Trade costs by routing, flows by link and real income, against the network as it is."""
    return document(solved(shelf_of(request).case(name), asked))
