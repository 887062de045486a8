"""The errors tumen raises: every message names the place, what is wrong there and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class TumenError(Exception):
    """A fault a user can mend; the command line prints its line and exits with `exit_code`."""

    exit_code = 2


class WorldError(TumenError, ValueError):
    """A world that breaks an accounting identity or lacks what the model needs."""


class ShockError(TumenError, ValueError):
    """A shock with a value or label that the world cannot take."""


class ScenarioError(TumenError, ValueError):
    """A scenario file that cannot be read as one; the message names file, line and field."""


class OutputError(TumenError, OSError):
    """A file that could not be written; whatever stood there before still stands."""


class ReportError(TumenError, ValueError):
    """A report asked to show what it cannot show truthfully."""


class SampleError(TumenError, ValueError):
    """A sample of draws that cannot be made as asked; what was drawn before still stands."""


class StoreError(TumenError, ValueError):
    """A run that is not there or is not what it was, or a store that cannot be used."""


class ServeError(TumenError):
    """A server that cannot or may not start as asked."""


class StoppedError(TumenError):
    """Ctrl-C while a case was drawn; what was done is kept where the message says."""

    exit_code = 130


class SolveError(TumenError, ArithmeticError):
    """No equilibrium to show; `.result` is the `tumen.Result` with status and residual.

    Raised by `tumen.solve(..., throw=True)`, and by any attempt to read a number from a
    result whose status is not `converged`.
    """

    exit_code = 3

    def __init__(self, message: str, result: Any = None) -> None:
        super().__init__(message)
        self.result = result


def nearest(word: str, known: Iterable[str], count: int = 3) -> str:
    """Return "; did you mean A or B?" for the known names most like `word`, or their list."""
    names = [str(name) for name in known]
    folded = {name.casefold(): name for name in names}
    close = [
        folded[match]
        for match in difflib.get_close_matches(word.casefold(), list(folded), n=count, cutoff=0.5)
    ]
    if close:
        return f"; did you mean {' or '.join(close)}?"
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"; known: {shown}"
