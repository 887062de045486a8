"""Where the search for the world of a subset begins: what the worlds of smaller ones come to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import jax.numpy as jnp
import numpy as np

from tumen.model.economy import State

# Of so many names all that they do together, with whatever else there is, is left out of a guess.
# On the first case three leave 13 maps a world, four 11 and five hardly fewer; the benchmark 31.
DEPTH = 4


class Guesses:
    r"""States of solved subsets, from which that of a larger one is guessed.

    With R the last few names of a subset S, the guess is
    $-\sum_{\emptyset \ne T \subseteq R} (-1)^{|T|}\, s(S \setminus T)$: exact but for what all
    of R do together. It rests on subsets of S alone, whatever else was solved.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self.known: dict[frozenset[str], list[np.ndarray]] = {}

    def keep(self, chosen: frozenset[str], state: State) -> None:
        """Remember the state of a subset."""
        self.known[chosen] = [np.asarray(part) for part in state if part is not None]

    def of(self, chosen: frozenset[str]) -> State | None:
        """The guess; None for the empty set. All smaller subsets must be known."""
        last = [name for name in self.names if name in chosen][-DEPTH:]
        parts: list[np.ndarray] = []
        for size in range(1, len(last) + 1):
            for left_out in combinations(last, size):
                known = self.known[chosen - frozenset(left_out)]
                signed = known if size % 2 else [-part for part in known]
                parts = [a + b for a, b in zip(parts, signed, strict=True)] if parts else signed
        return State(*map(jnp.asarray, parts)) if parts else None
