"""A worker whose runs of one kind take as long as the test wants, for processes of its own.

Run as a script with the worker's own arguments. Every run of the kind `frontier` says in the folder
named by LAGGARDS that it was begun, sleeps so many seconds as its settings say, and ends.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from tumen.app.jobs import kinds, worker
from tumen.app.jobs.kinds import Answer, Task


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


kinds.KINDS["frontier"] = lag

if __name__ == "__main__":
    sys.exit(worker.main())
