"""Data flows one way: no import points upward, and importing the package loads nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tumen

PACKAGE = Path(tumen.__file__).parent
# Low to high. Modules at the top of the package are the lowest layer.
LAYERS = ["", "model", "sources", "world", "scenario", "results", "solver", "analysis", "report"]
LAYERS += ["store", "app"]
# The package's face and its command stand above everything.
FACE = {"__init__.py", "__main__.py"}
# A method may open a door to a higher layer when it is called; each door is named here.
DOORS = {("results/result.py", "tumen.report.single")}


def layer_of(module: str) -> str:
    """The layer of a dotted module name inside the package."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and (PACKAGE / parts[1]).is_dir() else ""


def runtime_imports(path: Path):
    """Modules that a file imports when it runs, wherever the statement stands."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            skipped |= {id(inner) for part in node.body for inner in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def sources():
    return sorted(
        path for path in PACKAGE.rglob("*.py") if path.name not in FACE or path.parent != PACKAGE
    )


def test_every_folder_is_a_known_layer():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders == set(LAYERS) - {""}


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_import_points_upward(path):
    here = str(path.relative_to(PACKAGE))
    own = LAYERS.index(here.split("/", maxsplit=1)[0] if "/" in here else "")
    for module in runtime_imports(path):
        if not module.startswith("tumen."):
            continue
        target = layer_of(module)
        door = any(here == file and module.startswith(name) for file, name in DOORS)
        assert LAYERS.index(target) <= own or door, f"{here} imports {module}"


@pytest.mark.parametrize("layer", ["model", "solver"])
def test_model_and_solver_know_no_pages_files_or_commands(layer):
    banned = {"plotly", "fastapi", "typer", "yaml", "rich", "jinja2"}
    for path in (PACKAGE / layer).rglob("*.py"):
        found = {module.split(".")[0] for module in runtime_imports(path)} & banned
        assert not found, f"{path.name} imports {found}"


def test_model_knows_no_labels():
    for path in (PACKAGE / "model").rglob("*.py"):
        found = {module.split(".")[0] for module in runtime_imports(path)} & {"xarray", "pandas"}
        assert not found, f"{path.name} imports {found}"


def test_importing_the_package_loads_nothing_heavy():
    heavy = ("jax", "xarray", "pandas", "plotly", "numpy", "scipy")
    code = f"import sys, tumen; print(*sorted({{*{heavy}}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_public_name_resolves():
    for name in tumen.__all__:
        assert getattr(tumen, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = tumen.nonsense
