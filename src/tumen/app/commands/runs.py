"""`tumen runs`: what the store holds, and what to do with it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tumen.errors import StoreError

if TYPE_CHECKING:
    from tumen.store.request import Run
    from tumen.store.runs import Store

app = typer.Typer(
    name="runs",
    help="The runs that are kept: list, show, export, clean up, verify.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--store", help="Folder of the store (default: TUMEN_STORE, or your data folder)."
    ),
]
Id = Annotated[str, typer.Argument(metavar="ID", help="A run's id, as `tumen runs list` shows it.")]

BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
HOURS = {"h": 1, "d": 24, "w": 7 * 24}


def opened(folder: Path | None) -> Store:
    """The store that is there. Raises `StoreError` where there is none."""
    from tumen.store.place import existing
    from tumen.store.runs import Store

    return Store(existing(folder))


def measured(text: str, option: str, units: dict[str, int], example: str) -> float:
    """A number with a unit. Raises `StoreError` for anything else."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)", text.strip())
    known = {name.casefold(): value for name, value in units.items()}
    if found is None or found[2].casefold() not in known:
        raise StoreError(
            f"{option} {text!r}: a number and one of {', '.join(units)} is needed, as in {example}"
        )
    return float(found[1]) * known[found[2].casefold()]


def bytes_of(text: str | None) -> int | None:
    """`5GB` as bytes."""
    return None if text is None else round(measured(text, "--max-size", BYTES, "5GB"))


def age_of(text: str | None) -> timedelta | None:
    """`90d` as a span of time."""
    if text is None:
        return None
    try:
        return timedelta(hours=measured(text, "--max-age", HOURS, "90d"))
    except OverflowError:
        raise StoreError(f"--max-age {text!r}: longer than anybody waits; say less") from None


def size_in_words(size: int) -> str:
    """Bytes in the largest unit that leaves a number above one."""
    unit = max((name for name in BYTES if BYTES[name] <= max(size, 1)), key=BYTES.__getitem__)
    number = size / BYTES[unit]
    return f"{number:,.0f} {unit}" if unit == "B" else f"{number:,.1f} {unit}"


def progress_of(run: Run) -> str:
    """How far a run is, in words; empty where that says nothing."""
    if run.status != "running":
        return run.error or ""
    part = f" {run.done:,} of {run.total:,}" if run.total else ""
    return f"{run.message}{part}"


def print_runs(runs: list[Run]) -> None:
    """Runs as a person reads them, newest first."""
    from rich.table import Table
    from rich.text import Text

    from tumen.app.commands.output import console

    table = Table("id", "status", "kind", "asked", "size", "title", box=None)
    table.columns[4].justify = "right"
    for column in table.columns[:5]:
        column.no_wrap = True
    for run in runs:
        asked = run.created[:16].replace("T", " ")
        size = size_in_words(run.size)
        said = ": ".join(text for text in (run.title, progress_of(run)) if text)
        table.add_row(run.id, run.status, run.kind, asked, size, Text(said))
    console().print(table)


@app.command("list")
def list_runs(
    status: Annotated[
        str | None, typer.Option("--status", help="Only runs that are queued, running, ...")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 100,
    store: Folder = None,
    json: Json = False,
) -> None:
    """List the runs, newest first."""
    from dataclasses import asdict

    from tumen.app.commands.output import console, print_json

    with opened(store) as kept:
        found = kept.runs(status=status, limit=limit)
        if json:
            print_json([asdict(run) for run in found])
        elif found:
            print_runs(found)
        else:
            console().print(f"no runs in {kept.folder}", markup=False)


@app.command()
def show(run: Id, store: Folder = None, json: Json = False) -> None:
    """Show one run: how it stands, what was asked, and the files of its answer."""
    from tumen.app.commands.output import console, print_json, print_pairs
    from tumen.store.export import manifest

    with opened(store) as kept:
        found = kept.run(run)
        told = manifest(kept, run)
        if json:
            print_json(told | {"done": found.done, "total": found.total, "message": found.message})
            return
        settings = ", ".join(f"{name} {value}" for name, value in found.settings.items())
        pairs = {
            "id": found.id,
            "title": found.title,
            "kind": found.kind,
            "status": " ".join((found.status, progress_of(found))).strip(),
            "asked": found.created,
            "started": found.started,
            "ended": found.ended,
            "settings": settings,
            "data": found.data_version,
            "code": found.code_version,
            "scenario": f"{found.scenario} {found.scenario_hash}",
            "folder": str(kept.place(run)),
        }
        print_pairs({name: str(text) for name, text in pairs.items() if text})
        for name, file in told["files"].items():
            size = size_in_words(file["size"])
            console().print(f"  {name}  {size}  sha256 {file['sha256']}", markup=False)


@app.command()
def export(
    run: Id,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The zip to write.")],
    store: Folder = None,
    json: Json = False,
) -> None:
    """Write one zip with all of a run: what was asked, what was found, and their digests."""
    with opened(store) as kept:
        kept.export(run, file)
    tell(json, {"run": run, "file": str(file)}, f"{file}: run {run}")


@app.command()
def gc(
    max_size: Annotated[
        str | None, typer.Option("--max-size", help="Keep no more than this, such as 5GB.")
    ] = None,
    max_age: Annotated[
        str | None, typer.Option("--max-age", help="Keep no run that ended longer ago: 90d.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be removed.")
    ] = False,
    store: Folder = None,
    json: Json = False,
) -> None:
    """Remove runs beyond a size or an age, oldest first, and what crashes left behind."""
    size, age = bytes_of(max_size), age_of(max_age)
    with opened(store) as kept:
        found = kept.gc(max_bytes=size, max_age=age, dry=dry_run)
    word = "would remove" if dry_run else "removed"
    lines = [f"{word} {one.what} ({size_in_words(one.size)}): {one.reason}" for one in found]
    total = size_in_words(sum(one.size for one in found))
    lines.append(f"{word} {len(found)}, {total}" if found else "nothing to remove")
    told = {"dry_run": dry_run, "removed": [one._asdict() for one in found]}
    tell(json, told, "\n".join(lines))


@app.command()
def verify(store: Folder = None, json: Json = False) -> None:
    """Check every file of every run against its digest; exit code 1 where something is wrong."""
    with opened(store) as kept:
        found = kept.verify()
        count = len(kept.runs(limit=1_000_000))
    lines = [f"{one.what}\n    {one.remedy}" for one in found]
    lines.append(f"{len(found)} wrong" if found else f"fine ({count:,} runs)")
    told = {"fine": not found, "runs": count, "faults": [one._asdict() for one in found]}
    tell(json, told, "\n".join(lines))
    if found:
        raise typer.Exit(1)


@app.command()
def cancel(run: Id, store: Folder = None, json: Json = False) -> None:
    """Stop a run that waits or is worked on."""
    with opened(store) as kept:
        told = kept.cancel(run)
    tell(json, {"run": run, "status": told.status}, f"run {run}: {told.status}")


@app.command()
def retry(run: Id, store: Folder = None, json: Json = False) -> None:
    """Have a run that failed, was cancelled or is damaged worked on again."""
    with opened(store) as kept:
        told = kept.retry(run)
    tell(json, {"run": run, "status": told.status}, f"run {run}: {told.status}")


@app.command()
def delete(run: Id, store: Folder = None, json: Json = False) -> None:
    """Delete a run with all its files."""
    with opened(store) as kept:
        kept.delete(run)
    tell(json, {"run": run, "status": "deleted"}, f"run {run}: deleted")


def tell(as_json: bool, document: dict[str, Any], text: str) -> None:
    """The outcome, as a document or as a line."""
    from tumen.app.commands.output import console, print_json

    print_json(document) if as_json else console().print(text, markup=False)
