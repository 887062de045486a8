"""How much a store keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Quota:
    """How much a store keeps: beyond it the oldest runs that have ended go."""

    max_bytes: int | None = 5_000_000_000
    max_age: timedelta | None = None
