"""What a page carries besides its words: styles, scripts, the template and the policy."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jinja2

HERE = Path(__file__).parent


def script_json(text: str) -> Any:
    """JSON that may stand inside a script element: no mark in it can end the element."""
    from markupsafe import Markup

    for mark, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(mark, code)
    return Markup(text)  # noqa: S704 - escaped on the lines above


def policy(scripts: Iterable[str]) -> str:
    """Content security policy: no network; of scripts only these."""
    digests = [
        "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"
        for script in scripts
    ]
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src 'unsafe-inline'; script-src {' '.join(digests) or chr(39) + 'none' + chr(39)}"
    )


@cache
def asset(name: str) -> Any:
    """A file of this folder, to stand in the page as it is."""
    from markupsafe import Markup

    return Markup((HERE / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


@cache
def plotly_script() -> Any:
    """The plotting library, from the installed package."""
    from markupsafe import Markup
    from plotly.offline import get_plotlyjs

    return Markup(get_plotlyjs())  # noqa: S704 - the library's own file


@cache
def environment() -> jinja2.Environment:
    """Templates of this folder; everything put into them is escaped."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
