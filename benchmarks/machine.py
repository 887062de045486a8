"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path


def processor() -> str:
    """Model name of the processor, where the system tells it."""
    place = Path("/proc/cpuinfo")
    if place.is_file():
        for line in place.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def describe() -> str:
    """One line for the machine and one for the versions."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("tumen", "jax", "jaxlib", "numpy", "xarray")
    )
    return (
        f"{processor()}, {cores} cores, {platform.system()} {platform.release()}\n"
        f"Python {platform.python_version()}, {packages}"
    )
