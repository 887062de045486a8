"""A worker whose runs of one kind take as long as the test wants, for processes of its own.

Run as a script with the worker's own arguments. Every run of the kind `frontier` says in the folder
named by LAGGARDS that it was begun, sleeps so many seconds as its settings say, and ends. A run of
the kind `path` tells nothing and does not stop. The scenario is not read, which would take longer
than all the rest.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

from tumen.app.jobs import kinds, watch, worker
from tumen.app.jobs.kinds import Answer, Task
from tumen.store.request import Run


def lag(task: Task) -> Answer:
    """Sleep in small steps, telling how far it is."""
    folder = Path(os.environ["LAGGARDS"])
    name = f"{task.folder.name}-{os.getpid()}"
    (folder / name).touch()
    steps = round(task.settings["seconds"] / 0.05)
    with task.shown("sleeping") as progress:
        for step in range(steps):
            time.sleep(0.05)
            progress(step + 1, steps)
    return {"slept.json": b"{}"}, {"steps": steps}


def stubborn(task: Task) -> Answer:
    """Hear no one for a minute."""
    task.folder.mkdir()
    (task.folder / "begun").touch()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(KeyboardInterrupt):
            time.sleep(60)
    return {}, {}


def unread(self: worker.Worker, run: Run, watch: watch.Watch) -> Task:
    """A run without its case."""
    return Task(None, run.settings, self.store.work(run.id), watch.shown, None)  # type: ignore[arg-type]


if __name__ == "__main__":
    kinds.KINDS.update({"frontier": lag, "path": stubborn})
    worker.Worker.task = unread  # type: ignore[method-assign]
    watch.GRACE = 1.0
    sys.exit(worker.main())
