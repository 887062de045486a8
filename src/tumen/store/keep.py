"""What a store lets go of: runs beyond its quota, oldest first, and what dead writers left."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tumen.store.artefacts import discard, older_than, size_of
from tumen.store.clock import now
from tumen.store.verify import LEFTOVER, is_ours, leftovers

if TYPE_CHECKING:
    from pathlib import Path

    from tumen.store.kept import Kept
    from tumen.store.quota import Quota

ENDED = "status IN ('finished', 'failed', 'cancelled')"


class Removed(NamedTuple):
    """A run or a leftover that went, or would go: its id or path, bytes, and the reason."""

    what: str
    size: int
    reason: str


def collect(kept: Kept, quota: Quota, *, dry: bool, keep: frozenset[str]) -> list[Removed]:
    """Remove what the quota has no room for; with `dry` only say what it would be.

    Runs that wait or are worked on never go.
    """
    with kept.database.reading() as connection:
        left = leftovers(kept.folder, connection)
    old = [place for place in left if is_ours(place) and older_than(place, LEFTOVER)]
    found = [Removed(str(place), size_of(place), "belongs to no run") for place in old]
    if not dry:
        for place in old:
            clear(kept, place)
    every = kept.database.read(f"SELECT id, size, ended, {ENDED} AS over FROM runs ORDER BY ended")  # noqa: S608
    sizes = {row["id"]: row["size"] + size_of(kept.work(row["id"])) for row in every}
    total = sum(sizes.values())
    oldest = None if quota.max_age is None else now(-quota.max_age.total_seconds())
    for row in every:
        if not row["over"] or row["id"] in keep:
            continue
        size = sizes[row["id"]]
        if oldest is not None and row["ended"] < oldest:
            reason = "ended too long ago"
        elif quota.max_bytes is not None and total > quota.max_bytes:
            reason = "the store is too large"
        else:
            continue
        if dry or forget(kept, row["id"]):
            found.append(Removed(row["id"], size, reason))
            total -= size
    return found


def clear(kept: Kept, place: Path) -> None:
    """Take a leftover away, unless it has become a run's since it was seen."""
    with kept.database.writing() as connection:
        if place in leftovers(kept.folder, connection):
            discard(place)


def forget(kept: Kept, run: str) -> bool:
    """Delete a run that has ended; False where it has gone or is worked on again."""
    with kept.database.writing() as connection:
        gone = connection.execute(f"DELETE FROM runs WHERE id = ? AND {ENDED}", (run,)).rowcount  # noqa: S608
    kept.sweep(run)
    return bool(gone)
