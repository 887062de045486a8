"""Recent answers: the same question is answered once, also when many ask it at the same time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

# Bytes of answers that are kept; one is 30 to 60 thousand.
MOST_BYTES = 32_000_000


class GoneError(Exception):
    """Nobody waits for the answer any more."""


class Flight:
    """An answer that is being worked out, and how many wait for it."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.waiting = 0
        self.content: bytes | None = None
        self.error: BaseException | None = None

    def result(self) -> bytes:
        """The answer, once it is there; what went wrong is raised for all who wait."""
        self.landed.wait()
        if self.error is not None:
            raise self.error
        assert self.content is not None
        return self.content


class Recent:
    """Answers by their question; those not asked for longest go first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.lock = threading.Lock()
        self.kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self.size = 0
        self.flights: dict[Hashable, Flight] = {}

    def get(self, question: Hashable, make: Callable[[Callable[[], bool]], bytes]) -> bytes:
        """The answer: kept, joined while somebody else works it out, or made.

        `make` is given a function that says whether others wait for the answer too.
        """
        with self.lock:
            if (known := self.kept.get(question)) is not None:
                self.kept.move_to_end(question)
                return known
            flight = self.flights.get(question)
            mine = flight is None
            if flight is None:
                flight = self.flights[question] = Flight()
            else:
                flight.waiting += 1
        if mine:
            self.fly(question, flight, make)
        try:
            return flight.result()
        except GoneError:
            if mine:
                raise
            return self.get(question, make)

    def fly(
        self, question: Hashable, flight: Flight, make: Callable[[Callable[[], bool]], bytes]
    ) -> None:
        """Work an answer out for all who wait for it."""
        try:
            flight.content = make(lambda: flight.waiting > 0)
        except BaseException as error:
            flight.error = error
        with self.lock:
            del self.flights[question]
            if flight.content is not None:
                self.keep(question, flight.content)
        flight.landed.set()

    def keep(self, question: Hashable, content: bytes) -> None:
        """Keep an answer, and let go of the oldest beyond what is kept."""
        self.kept[question] = content
        self.size += len(content)
        while self.size > self.most_bytes and len(self.kept) > 1:
            _, old = self.kept.popitem(last=False)
            self.size -= len(old)
