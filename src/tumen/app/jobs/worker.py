"""`python -m tumen.app.jobs.worker`: takes runs from a store and works on them, one by one."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from tumen._version import __version__
from tumen.app.jobs.asking import check_inside, laid_out
from tumen.app.jobs.kinds import KINDS, Answer, Task
from tumen.app.jobs.watch import GRACE, Watch
from tumen.errors import StoreError, TumenError
from tumen.files import write_folder
from tumen.store.request import CASE, Run
from tumen.store.runs import Quota, Store

log = logging.getLogger("tumen.jobs")
# Seconds between two looks at an empty queue, and after a fault of the store.
IDLE, AFTER_FAULT = 0.5, 5.0
LIMIT = 3600.0


class Worker:
    """One process that works on the runs of a store. `limit`: seconds that a run may take."""

    def __init__(self, store: Store, *, limit: float = LIMIT, processes: int | None = None) -> None:
        self.store, self.limit, self.processes = store, limit, processes
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self.leaving = False

    def leave(self, *_: object) -> None:
        """Give back what is worked on and end; a signal's handler, so it only says so."""
        self.leaving = True

    def work(self, *, once: bool = False) -> None:
        """Work until told to leave; with `once` until nothing waits."""
        while not self.leaving:
            try:
                run = self.store.claim(self.name)
                if run is not None:
                    self.do(run)
                    continue
            except TumenError as error:
                if once:
                    raise
                log.warning("%s", error)
                self.rest(AFTER_FAULT)
            if once:
                return
            self.rest(IDLE)

    def rest(self, seconds: float) -> None:
        """Wait, but not when it is time to leave."""
        until = time.monotonic() + seconds
        while not self.leaving and time.monotonic() < until:
            time.sleep(min(0.1, seconds))

    def do(self, run: Run) -> None:
        """Work on a claimed run to its end, whatever that is."""
        with Watch(self.store, run.id, self.name, self.limit, lambda: self.leaving) as watch:
            try:
                found = self.found(run, watch)
                with watch.undisturbed():
                    self.keep(run, found)
            except KeyboardInterrupt:
                watch.settle()
                if watch.reason is None:
                    raise
        self.tidy(run.id)

    def found(self, run: Run, watch: Watch) -> Answer | str:
        """The answer to a run, or one line that says why there is none."""
        try:
            return self.answer(run, watch)
        except TumenError as error:
            return self.line(run, str(error))
        except Exception as error:
            log.debug("run %s", run.id, exc_info=True)
            fault = f"a fault inside tumen ({type(error).__name__}: {error}); please report it"
            return self.line(run, fault)

    def keep(self, run: Run, found: Answer | str) -> None:
        """Write what was found. A disk too full for the answer may still take the reason."""
        if isinstance(found, str):
            self.store.fail(run.id, self.name, found)
            return
        try:
            self.store.finish(run.id, self.name, *found)
        except TumenError as error:
            self.store.fail(run.id, self.name, self.line(run, str(error)))

    def answer(self, run: Run, watch: Watch) -> Answer:
        """The scenario as it was asked, loaded and worked on. Raises `TumenError`s."""
        with watch.shown("reading the scenario"):
            task = self.task(run, watch)
        work = KINDS.get(run.kind)
        if work is None:
            raise StoreError(f"this tumen does no runs of kind {run.kind!r}; update it, then retry")
        return work(task)

    def task(self, run: Run, watch: Watch) -> Task:
        """The run with its scenario rebuilt from the store; refused where it is another now."""
        from tumen.scenario import yamlfile
        from tumen.scenario.load import load_case

        if run.code_version != __version__:
            raise StoreError(
                f"asked of tumen {run.code_version}, and this is {__version__}, whose answer may "
                "differ; ask again"
            )
        files = self.store.files(run.id)
        folder = self.store.work(run.id)
        shutil.rmtree(folder / "case", ignore_errors=True)
        write_folder(folder / "case", laid_out(run.scenario, files))
        place = folder / "case" / run.scenario
        check_inside(yamlfile.read(place / CASE).value, files)
        case = load_case(place / CASE)
        if case.digest != run.scenario_hash:
            raise StoreError(
                f"the stored scenario is {case.digest} with this tumen's data, not "
                f"{run.scenario_hash} as it was asked; ask again"
            )
        return Task(case, run.settings, folder, watch.shown, self.processes)

    def line(self, run: Run, error: str) -> str:
        """An error in one line, without the paths of this machine."""
        place = self.store.work(run.id) / "case" / run.scenario
        for folder in (place, self.store.folder):
            error = error.replace(f"{folder}{os.sep}", "")
        return " ".join(error.split())

    def tidy(self, run: str) -> None:
        """Let go of what the run no longer needs, and of runs beyond the quota."""
        with contextlib.suppress(StoreError):
            if self.store.run(run).status == "finished":
                shutil.rmtree(self.store.work(run), ignore_errors=True)
        self.store.sweep(run)
        self.store.gc(keep=(run,))


def follow_parent(worker: Worker) -> None:
    """Leave when the process that started this one has gone: its end of the pipe closes."""

    def wait() -> None:
        # Not through sys.stdin, whose lock the interpreter wants when it ends.
        while os.read(0, 4096):
            pass
        worker.leave()
        time.sleep(2 * GRACE)
        os._exit(1)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the arguments and work; 0 when told to leave or nothing waits."""
    parser = argparse.ArgumentParser(prog="python -m tumen.app.jobs.worker", description=__doc__)
    parser.add_argument("--store", type=Path, required=True, help="folder of the store")
    parser.add_argument("--once", action="store_true", help="leave when nothing waits")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds that a run may take")
    parser.add_argument("--processes", type=int, help="processes that one run may use")
    parser.add_argument(
        "--follow", action="store_true", help="leave when standard input ends, as a parent's pipe"
    )
    parser.add_argument("--max-bytes", type=int, default=Quota.max_bytes, help="to keep at most")
    parser.add_argument("--max-days", type=float, help="to keep runs that ended")
    asked = parser.parse_args(arguments)
    level = logging.DEBUG if os.environ.get("TUMEN_DEBUG") else logging.WARNING
    logging.basicConfig(level=logging.WARNING, format="tumen: %(message)s")
    log.setLevel(level)
    try:
        age = None if asked.max_days is None else timedelta(days=asked.max_days)
        with Store(asked.store, Quota(asked.max_bytes, age)) as store:
            worker = Worker(store, limit=asked.limit, processes=asked.processes)
            # Ctrl-C, by which work is stopped, is ignored where a shell started this behind.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            signal.signal(signal.SIGTERM, worker.leave)
            if asked.follow:
                follow_parent(worker)
            worker.work(once=asked.once)
    except TumenError as error:
        log.error("%s", error)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
