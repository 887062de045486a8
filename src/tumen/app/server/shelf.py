"""What the server has at hand: its settings, its runs, the cases and worlds it can show."""

from __future__ import annotations

import copy
import threading
from functools import cached_property
from typing import TYPE_CHECKING

from fastapi import Request

from tumen.app.gate import Gate
from tumen.app.recent import Recent
from tumen.app.server.problems import Problem
from tumen.app.server.settings import Settings
from tumen.app.server.visitor import visitor_of
from tumen.errors import ScenarioError

if TYPE_CHECKING:
    from tumen.scenario.load import Case
    from tumen.store.runs import Store


class Shelf:
    """All that requests share; made once. `owner` is whose uploads are seen, None for all."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.owner: str | None = None
        self.closing = threading.Event()  # set when the server ends, so that streams end too
        self.gate = Gate()
        # Splits take seconds: they never hold all the slots, so that quick answers come between.
        self.split_gate = Gate(max(1, self.gate.size - 1))
        self.recent = Recent()

    @cached_property
    def store(self) -> Store:
        """The runs."""
        from tumen.store.runs import Store

        return Store(self.settings.folder)

    def seen_by(self, owner: str | None) -> Shelf:
        """The same, as somebody sees it."""
        if owner is None:
            return self
        _ = self.store  # one for all, not one for each copy
        seen = copy.copy(self)
        seen.owner = owner
        return seen

    def cases(self) -> list[str]:
        """Names of the shipped cases; the first is the one to begin with."""
        from tumen.scenario.locate import library

        names = library()
        first = "moscow-pyongyang"
        return [first, *(name for name in names if name != first)] if first in names else names

    def case(self, name: str) -> Case:
        """A case by its name, a shipped one or one that was sent.

        Raises `Problem` 404 where there is none; never reads a path that a user gave.
        """
        from tumen.app.uploads.keep import path_of
        from tumen.scenario.load import kept_case

        known = name in self.cases()
        sent = None if known else path_of(self.settings.folder, name, self.owner)
        if not known and sent is None:
            raise Problem(404, f"There is no case {name!r}; there are {', '.join(self.cases())}")
        try:
            return kept_case(name if sent is None else sent)
        except ScenarioError as error:
            raise Problem(422, str(error)) from None


def shelf_of(request: Request) -> Shelf:
    """What the application has at hand."""
    shelf = request.app.state.shelf
    assert isinstance(shelf, Shelf)
    return shelf.seen_by(visitor_of(request).owner)
