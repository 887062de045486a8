"""All of the programming interface."""

from __future__ import annotations

from fastapi import APIRouter

from tumen.app.api import answer, artefacts, events, runs, scenarios, solve, validate, worlds

router = APIRouter()
for part in (worlds, scenarios, answer, validate, solve, runs, events, artefacts):
    router.include_router(part.router)
