"""Claims at both ends of the ranges: what there is to see before anything was drawn.

It takes about half a minute, so a process of its own works it out, once for a scenario; what it
found is kept beside the runs.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tumen.errors import TumenError
from tumen.files import write_atomically

if TYPE_CHECKING:
    from tumen.scenario.load import Case

FOLDER = "ends"
DIGEST = re.compile(r"[0-9a-f]{8,64}")
LIMIT = 600.0  # seconds
BROKEN = "the verdicts at the ends of the ranges could not be worked out"


class Working:
    """Which scenarios are being worked out, one after the other."""

    def __init__(self) -> None:
        self.lock, self.turn = threading.Lock(), threading.Lock()
        self.digests: set[Path] = set()

    def start(self, place: Path, case: Case) -> None:
        """Have a scenario worked out, unless it is already."""
        with self.lock:
            if place in self.digests:
                return
            self.digests.add(place)
        threading.Thread(target=self.work, args=(place, case), daemon=True).start()

    def work(self, place: Path, case: Case) -> None:
        """Work it out and keep it; a failure is kept too, as a sentence."""
        try:
            with self.turn:
                found = worked(case)
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(place, json.dumps(found, ensure_ascii=False).encode())
        except OSError:
            pass  # Nothing is kept on a full disk; the next reader asks again.
        finally:
            with self.lock:
                self.digests.discard(place)


WORKING = Working()


def ends_of(folder: Path, case: Case) -> dict[str, Any] | None:
    """The verdicts at the ends by test; None while they are worked out, which begins now."""
    assert DIGEST.fullmatch(case.digest)
    place = folder / FOLDER / f"{case.digest}.json"
    try:
        found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        WORKING.start(place, case)
        return None
    return found


def worked(case: Case) -> dict[str, Any]:
    """The verdicts, from a process of their own; or why there are none."""
    command = [sys.executable, "-m", "tumen.app.pages.ends", str(case.path), *case.changes]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, timeout=LIMIT, check=False, stdin=subprocess.DEVNULL
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return {"error": BROKEN}
    return found


def judged(path: str, changes: Sequence[str]) -> dict[str, Any]:
    """The verdicts of a case at the ends, each in words, by test."""
    from tumen.analysis.case import run_case
    from tumen.report.case_claims import found, judged_claims, summary
    from tumen.report.summary import numbers_of
    from tumen.scenario.load import case_at

    result = run_case(case_at(path, changes))
    held = judged_claims(result, numbers_of(result))
    if held is None:
        return {"tests": {}, "summary": ""}
    tests: dict[str, Any] = {}
    for claim in held[0].claims:
        own = [item for item in held[1] if item.claim.id == claim.id]
        for number, item in enumerate(own, 1):
            said = {"verdict": item.verdict, "found": item.why or found(item)}
            tests[f"{claim.id}.{number}"] = said
    return {"tests": tests, "summary": summary(held[1])}


def main(arguments: Sequence[str]) -> int:
    """Print the verdicts of the case at a path as JSON."""
    try:
        told = judged(arguments[0], arguments[1:])
    except TumenError as error:
        told = {"error": " ".join(str(error).split())}
    sys.stdout.write(json.dumps(told, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
