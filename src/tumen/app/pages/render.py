"""Pages from templates; everything put into them is escaped."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from tumen._version import __version__
from tumen.app.pages.texts import section, text
from tumen.app.server.visitor import visitor_of
from tumen.report import assets
from tumen.report.assets import script_json

HERE = Path(__file__).parent


@cache
def environment() -> jinja2.Environment:
    """Templates of the pages, and the blocks they share with the report."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([HERE / "templates", assets.HERE]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "t": text,
        "words": section,
        "static": static_link,
        "version": __version__,
        "json_data": json_data,
        "map_styles": map_styles,
    }
    return made


def json_data(value: Any) -> Any:
    """A value as JSON that may stand inside a script element of data."""
    import json

    return script_json(json.dumps(value, ensure_ascii=False, allow_nan=False))


@cache
def static_file(name: str) -> tuple[bytes, str]:
    """A file that pages load, and the media type it has."""
    if name == "plotly.js":
        return str(assets.plotly_script()).encode(), "text/javascript; charset=utf-8"
    places = [HERE / "static" / name, assets.HERE / name]
    path = next(place for place in places if place.is_file())
    kinds = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
    kinds |= {".svg": "image/svg+xml"}
    return path.read_bytes(), kinds[path.suffix]


@cache
def static_link(name: str) -> str:
    """Its address, which changes when it does, so that browsers may keep it for ever."""
    digest = hashlib.sha256(static_file(name)[0]).hexdigest()[:12]
    return f"/static/{digest}/{name}"


@cache
def map_styles() -> str:
    """The id under which the plotting library looks for styles of its tiled maps.

    Pages have no such maps; a library that finds the id taken writes no styles of its own, which
    pages may not have.
    """
    found = re.search(r'getElementById\("([0-9a-f]{64})"\)', str(assets.plotly_script()))
    return found[1] if found else "map-styles"


def static_names() -> list[str]:
    """What may be loaded."""
    own = [path.name for path in sorted((HERE / "static").iterdir())]
    return [*own, "style.css", "plotly.js"]


def page(request: Request, template: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:
    """A page for the one who asks."""
    made = environment().get_template(template)
    whole = {"request": request, "path": request.url.path, "visitor": visitor_of(request)}
    return HTMLResponse(made.render(whole | values), status_code)
