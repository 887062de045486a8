"""Who is asking, and what they may do."""

from __future__ import annotations

from typing import Literal, NamedTuple

from fastapi import Request

from tumen.app.server.problems import Problem

Role = Literal["viewer", "analyst"]


class Visitor(NamedTuple):
    """A person: on a server for one, the machine's own user, who has no name and may do all.

    `csrf` is what a form of theirs must hold.
    """

    name: str = ""
    role: Role = "analyst"
    public: bool = False
    csrf: str = ""

    @property
    def owner(self) -> str | None:
        """Whose runs they see: their own, or on a server for one person all."""
        return self.name if self.public else None

    @property
    def may_run(self) -> bool:
        """Whether they may start, cancel and delete runs and upload files."""
        return self.role == "analyst"


def visitor_of(request: Request) -> Visitor:
    """Who is asking, as the guard at the door found out."""
    found = getattr(request.state, "visitor", None)
    return found if isinstance(found, Visitor) else Visitor()


def analyst(request: Request) -> Visitor:
    """Who is asking, where only an analyst may. Raises `Problem` 403 for a viewer."""
    visitor = visitor_of(request)
    if not visitor.may_run:
        raise Problem(
            403, "A viewer may look, not start or change anything; ask for the analyst role"
        )
    return visitor
