"""The application: pages, programming interface and what guards them."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from fastapi.responses import Response

from tumen._version import __version__
from tumen.app.api import description, links
from tumen.app.api import routes as interface
from tumen.app.pages import (
    account,
    api,
    case,
    case_drawn,
    claims,
    compare,
    evidence,
    home,
    method,
    routes,
    run,
    runs,
    upload,
    worlds,
)
from tumen.app.pages.render import page, static_file, static_link, static_names
from tumen.app.security.guard import Guard
from tumen.app.security.watch import Watch
from tumen.app.server import problems
from tumen.app.server.headers import SafeHeaders
from tumen.app.server.problems import Problem
from tumen.app.server.settings import Settings
from tumen.app.server.shelf import Shelf

FOR_EVER = "public, max-age=31536000, immutable"
PAGES: tuple[APIRouter, ...] = (
    home.router,
    case.router,
    case_drawn.router,
    claims.router,
    routes.router,
    evidence.router,
    worlds.router,
    runs.router,
    run.router,
    compare.router,
    method.router,
    account.router,
    api.router,
    upload.router,
)
API: tuple[APIRouter, ...] = (interface.router, links.router)


def create_app(settings: Settings) -> FastAPI:
    """The application for these settings."""
    app = FastAPI(
        title="tumen",
        version=__version__,
        summary="What economic sanctions cost, and how much of it the ties between states undo.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.shelf = Shelf(settings)
    app.state.page = page
    problems.install(app)
    app.state.watch = Watch(settings)
    app.add_middleware(Guard, watch=app.state.watch)
    app.add_middleware(SafeHeaders, secure=settings.public)
    app.include_router(static_router())
    for router in PAGES:
        app.include_router(router, include_in_schema=False)
    for router in API:
        app.include_router(router, prefix="/api/v1")
    description.install(app)
    return app


def static_router() -> APIRouter:
    """Styles and scripts, from the package alone."""
    router = APIRouter(include_in_schema=False)
    known = {static_link(name): name for name in static_names()}

    @router.get("/static/{digest}/{name}")
    def static(digest: str, name: str) -> Response:
        """A file of the package that pages load."""
        found = known.get(f"/static/{digest}/{name}")
        if found is None:
            raise Problem(404, "There is no such file; reload the page")
        content, kind = static_file(found)
        return Response(content, media_type=kind, headers={"cache-control": FOR_EVER})

    return router
