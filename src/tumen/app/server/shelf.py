"""What the server has at hand: its settings, its runs, the cases and worlds it can show."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from fastapi import Request

from tumen.app.server.problems import Problem
from tumen.app.server.settings import Settings
from tumen.errors import ScenarioError

if TYPE_CHECKING:
    from tumen.scenario.load import Case
    from tumen.store.runs import Store


class Shelf:
    """All that requests share; made once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def store(self) -> Store:
        """The runs."""
        from tumen.store.runs import Store

        return Store(self.settings.folder)

    def cases(self) -> list[str]:
        """Names of the shipped cases; the first is the one to begin with."""
        from tumen.scenario.locate import library

        names = library()
        first = "moscow-pyongyang"
        return [first, *(name for name in names if name != first)] if first in names else names

    def case(self, name: str) -> Case:
        """A case by its name. Raises `Problem` 404 where there is none; never reads a path."""
        from tumen.scenario.load import load_case

        if name not in self.cases():
            raise Problem(404, f"There is no case {name!r}; there are {', '.join(self.cases())}")
        try:
            return load_case(name)
        except ScenarioError as error:
            raise Problem(422, str(error)) from None


def shelf_of(request: Request) -> Shelf:
    """What the application has at hand."""
    shelf = request.app.state.shelf
    assert isinstance(shelf, Shelf)
    return shelf
