"""The time as the store writes it: UTC, always of the same width, so that texts sort as times."""

from __future__ import annotations

import datetime as dt


def moment(when: dt.datetime) -> str:
    """A time as text."""
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def now(shift: float = 0.0) -> str:
    """The time now, or so many seconds later."""
    return moment(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=shift))


def seconds_since(text: str) -> float:
    """How long ago a time was."""
    return (dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(text)).total_seconds()
