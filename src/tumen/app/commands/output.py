"""What commands print on standard output."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console


def console() -> Console:
    """Standard output; plain text when it is not a terminal."""
    return Console(highlight=False, soft_wrap=True)


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n")


def print_pairs(pairs: dict[str, str]) -> None:
    """Names and what they are, one a line."""
    width = max(len(name) for name in pairs)
    for name, text in pairs.items():
        console().print(f"{name:<{width}}  {text}", markup=False)
