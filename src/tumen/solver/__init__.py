"""The solver: fixed point, feasibility, adjoint."""
