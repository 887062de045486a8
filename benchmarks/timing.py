"""Timing a call: the median of repeats, since a shared machine has outliers on one side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def milliseconds(call: Callable[[], object], repeats: int, warm_up: int = 2) -> float:
    """Median wall time of a call that returns when its work is done."""
    for _ in range(warm_up):
        call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)
