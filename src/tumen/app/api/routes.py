"""All of the programming interface."""

from __future__ import annotations

from fastapi import APIRouter

from tumen.app.api import scenarios, solve, validate, worlds

router = APIRouter()
for part in (worlds, scenarios, validate, solve):
    router.include_router(part.router)
