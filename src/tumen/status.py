"""How a solve ended: a value that carries its own sentence."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Outcome of a solve. Only `converged` comes with numbers."""

    converged = "converged"
    stalled = "stalled"
    no_equilibrium = "no_equilibrium"
    no_supplier = "no_supplier"
    absorption_negative = "absorption_negative"

    @property
    def sentence(self) -> str:
        """What the status means and what to try."""
        return SENTENCES[self]


SENTENCES = {
    Status.converged: "The equilibrium was found.",
    Status.stalled: (
        "The solver stopped before the equations held. Try a smaller shock, a higher max_maps, "
        "or larger trade elasticities."
    ),
    Status.no_equilibrium: (
        "No equilibrium exists: regions that sell without a way to be paid, a closed-off part of "
        "the world whose transfers do not sum to zero, or inputs that nothing can replace. Ban "
        'trade in both directions, leave a route open, use closure="zero", or raise the '
        "elasticities between inputs."
    ),
    Status.no_supplier: (
        "Something that is bought has no supplier left. Leave one supplier open, or pass "
        "home_floor to let home producers start at a stated share."
    ),
    Status.absorption_negative: (
        "A region would have to give away more than it earns. Lower the transfers it pays."
    ),
}
