"""What only an extra brings: said in a sentence where it is missing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tumen.errors import ServeError


@contextlib.contextmanager
def extra_installed(command: str) -> Iterator[None]:
    """What is imported inside needs the extra `app`. Raises `ServeError` where it is missing."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("tumen"):
            raise
        raise ServeError(
            f"{command} needs the extra `app`: pip install 'tumen[app]' ({missing.name} is missing)"
        ) from None
