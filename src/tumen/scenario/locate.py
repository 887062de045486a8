"""Where a case is: shipped with the package, or a file or folder of the user's."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from tumen.errors import ScenarioError, nearest


def library() -> list[str]:
    """Names of the shipped cases."""
    root = files("tumen.scenario") / "library"
    return sorted(item.name for item in root.iterdir() if (item / "case.yaml").is_file())


def locate(name: str | Path) -> Path:
    """The file of a shipped case, or the path itself. Raises `ScenarioError` with near names."""
    text = str(name)
    path = Path(text)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return path
    if (path / "case.yaml").is_file() and path.is_dir():
        return path / "case.yaml"
    if text in library():
        return Path(str(files("tumen.scenario") / "library" / text / "case.yaml"))
    raise ScenarioError(f"there is no case {text!r}{nearest(text, library())}")
