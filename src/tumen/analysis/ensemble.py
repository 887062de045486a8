"""Jobs spread over processes, or over a Dask cluster: bounded, restartable, stoppable.

Jobs are values of a module-level function of the package, so that any process can take them.
Processes are started afresh (spawn), with one thread for the compiled solver each; they ignore
Ctrl-C, which their parent handles, and end when the parent is gone.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from tumen.errors import SampleError

Job = TypeVar("Job")
Answer = TypeVar("Answer")

# Jobs waiting for each worker beyond the one it works on: enough that none idles.
AHEAD = 1
# A job that was under way in this many deaths of workers is taken to be their cause.
MOST_DEATHS = 3
THREADS = {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_workers(workers: int | None) -> int:
    """How many worker processes; all cores when not said. Raises `SampleError`."""
    most = cores()
    if workers is None:
        return most
    if workers < 1:
        raise SampleError(f"workers must be at least 1, not {workers}")
    if workers > most:
        raise SampleError(
            f"workers {workers} are more than the {most} cores here; more would only wait for one "
            f"another, so ask for at most {most}"
        )
    return workers


def settle_in() -> None:
    """First thing in a worker: leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def inherited() -> Iterator[None]:
    """What processes started inside inherit: one thread each, and Ctrl-C blocked.

    Ctrl-C that comes meanwhile reaches this process when it leaves.
    """
    before = {name: os.environ.get(name) for name in THREADS}
    flags = before["XLA_FLAGS"]
    os.environ.update(THREADS)
    if flags:
        os.environ["XLA_FLAGS"] = f"{flags} {THREADS['XLA_FLAGS']}"
    masks = hasattr(signal, "pthread_sigmask")
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masks else set()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def processes(workers: int) -> ProcessPoolExecutor:
    """Fresh processes, each settled in."""
    return ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=settle_in
    )


def stop(pool: Executor) -> None:
    """End at once: what is under way is lost, what was handed over is not."""
    started = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in started:
        process.terminate()
    for process in started:
        process.join()


def spread(
    work: Callable[[Job], Answer],
    jobs: Iterable[Job],
    take: Callable[[Job, Answer], None],
    *,
    workers: int,
    client: Any = None,
) -> None:
    """Have every job done and take each answer as it comes, in any order, in this process.

    At most two jobs a worker are out at a time, so that memory does not grow with their number. A
    worker that dies is replaced and its jobs are done again. Raises `SampleError` where a job
    keeps killing workers, whatever a job raises, and `KeyboardInterrupt`; answers taken before
    stand.
    """
    waiting = deque(jobs)
    deaths: Counter[Job] = Counter()
    while waiting:
        pool = processes(workers) if client is None else client.get_executor(pure=False)
        out: dict[Future[Answer], Job] = {}
        try:
            drain(pool, work, waiting, out, take, (1 + AHEAD) * workers)
        except Exception as error:
            stop(pool)
            if not has_died(error):
                raise
            lost = list(out.values())
            deaths.update(lost)
            worst = max(deaths.values(), default=MOST_DEATHS)
            if worst >= MOST_DEATHS:
                raise SampleError(
                    f"worker processes died {worst} times over the same draws, most likely for "
                    "want of memory: take fewer workers. In a script, tumen.sample must stand "
                    "under `if __name__ == '__main__':`. What was drawn is kept"
                ) from None
            waiting.extendleft(reversed(lost))
        except BaseException:
            stop(pool)
            raise
        else:
            pool.shutdown()


def has_died(error: Exception) -> bool:
    """Whether a worker process, of our own or of a Dask cluster, died over its job."""
    return isinstance(error, BrokenProcessPool) or type(error).__name__ == "KilledWorker"


def drain(
    pool: Executor,
    work: Callable[[Job], Answer],
    waiting: deque[Job],
    out: dict[Future[Answer], Job],
    take: Callable[[Job, Answer], None],
    most: int,
) -> None:
    """Keep the pool busy until nothing waits; `out` holds what is under way."""
    while waiting or out:
        with inherited():
            while waiting and len(out) < most:
                job = waiting.popleft()
                try:
                    out[pool.submit(work, job)] = job
                except BrokenProcessPool:
                    waiting.appendleft(job)
                    raise
        done, _ = wait(out, return_when=FIRST_COMPLETED)
        for future in done:
            answer = future.result()
            take(out.pop(future), answer)
