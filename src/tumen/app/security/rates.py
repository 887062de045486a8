"""How often and how many at once: for each account or address, forgotten when long unused."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator

from tumen.app.server.problems import Problem


class Buckets:
    """A bucket of requests for each of many: it fills steadily, and each request takes one.

    The least recently used is dropped when there are more than `most`, so that memory is bounded.
    """

    def __init__(
        self, a_minute: int, *, most: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.size, self.rate = float(a_minute), a_minute / 60
        self.most, self.clock = most, clock
        self.lock = threading.Lock()
        self.levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def level(self, who: str, now: float) -> float:
        """How much is in a bucket."""
        level, when = self.levels.get(who, (self.size, now))
        return min(self.size, level + (now - when) * self.rate)

    def wait(self, *names: str) -> float:
        """Seconds until all of these have one; 0 where they do."""
        with self.lock:
            now = self.clock()
            lowest = min(self.level(who, now) for who in names)
            return max(0.0, (1 - lowest) / self.rate)

    def take(self, *names: str) -> None:
        """Take one from each."""
        with self.lock:
            now = self.clock()
            for who in names:
                self.levels[who] = (max(0.0, self.level(who, now) - 1), now)
                self.levels.move_to_end(who)
            while len(self.levels) > self.most:
                self.levels.popitem(last=False)

    def forget(self, *names: str) -> None:
        """Fill these up again."""
        with self.lock:
            for who in names:
                self.levels.pop(who, None)

    def spend(self, who: str) -> None:
        """Take one. Raises `Problem` 429 where there is none, which says when there will be."""
        refuse(self.wait(who))
        self.take(who)


def refuse(seconds: float) -> None:
    """Raise `Problem` 429 where there is anything to wait for."""
    if seconds > 0:
        whole = math.ceil(seconds)
        raise Problem(
            429,
            f"Too many requests; try again in {whole} seconds",
            headers={"retry-after": str(whole)},
        )


class AtOnce:
    """Counts what each has under way."""

    def __init__(self) -> None:
        self.held: dict[str, int] = defaultdict(int)

    @contextlib.contextmanager
    def one(self, who: str, most: int) -> Iterator[None]:
        """One more under way. Raises `Problem` 429 where there are enough."""
        if self.held.get(who, 0) >= most:
            raise Problem(
                429,
                f"You have {most} requests under way; wait until one has ended",
                headers={"retry-after": "1"},
            )
        self.held[who] += 1
        try:
            yield
        finally:
            self.held[who] -= 1
            if not self.held[who]:
                del self.held[who]
