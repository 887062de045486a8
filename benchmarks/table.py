"""The table of measurements: a row for each figure, a column for each case."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.measure import Measured

Cold = tuple[float, float]


def rows(found: Measured, cold: Cold | None) -> dict[str, str]:
    """One case as text, by figure."""
    first = (
        {}
        if cold is None
        else {
            "first solve, compiles (ms)": f"{cold[0]:,.0f}",
            "first solve, compiled before (ms)": f"{cold[1]:,.0f}",
        }
    )
    return {
        "maps, shocked solve": f"{found.maps}",
        "maps, base solve": f"{found.base_maps}",
        "residual": f"{found.residual:.1e}",
        **first,
        "warm call, base and labels too (ms)": f"{found.call_ms:.2f}",
        "warm shocked solve (ms)": f"{found.solve_ms:.2f}",
        "one map (ms)": f"{found.map_ms:.3f}",
        "one map in NumPy (ms)": f"{found.numpy_map_ms:.3f}",
        "solve / as many maps in NumPy": f"{found.solve_ratio:.2f}",
        "gradient (ms)": f"{found.gradient_ms:.2f}",
        "gradient, vector products": f"{found.gradient_products}",
        "gradient / solve": f"{found.gradient_ratio:.2f}",
    }


def render(columns: Mapping[str, Mapping[str, str]]) -> str:
    """Cases side by side, figures to the right."""
    if not columns:
        return "nothing could be measured"
    names = list(next(iter(columns.values())))
    head = max(map(len, names))
    widths = {
        title: max(len(title), *(len(cells[name]) for name in names))
        for title, cells in columns.items()
    }
    lines = ["  ".join([" " * head, *(title.rjust(widths[title]) for title in columns)])]
    lines += [
        "  ".join(
            [name.ljust(head), *(cells[name].rjust(widths[t]) for t, cells in columns.items())]
        )
        for name in names
    ]
    return "\n".join(lines)
