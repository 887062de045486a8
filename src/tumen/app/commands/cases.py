"""What the commands do, once the arguments are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from tumen.app.commands.output import console, print_json

if TYPE_CHECKING:
    import xarray as xr


def run(
    scenario: str,
    out: Path | None,
    *,
    channels: bool,
    draws: int,
    base: int | None,
    seed: int,
    workers: int | None,
    as_json: bool,
) -> None:
    """Run a case and draw it, write its files, print its answer."""
    from tumen.analysis.ensemble import check_workers
    from tumen.analysis.saltelli import check_base
    from tumen.analysis.sample import check_draws
    from tumen.app.casework import worked
    from tumen.app.commands.sampling import folder_of, titled
    from tumen.files import check_writable, write_folder
    from tumen.report.bundle import bundle
    from tumen.report.summary import document
    from tumen.scenario.load import load_case

    check_draws(draws, None)
    check_workers(workers)
    if base is not None:
        check_base(base)
    case = load_case(scenario)
    folder = folder_of(case, out)
    check_writable(folder)
    result = worked(
        case,
        folder,
        titled(case),
        channels=channels,
        draws=draws,
        base=base,
        seed=seed,
        workers=workers,
    )
    contents = bundle(result)
    write_folder(folder, contents)
    files = [str(folder / name) for name in contents]
    if result.sample is not None:
        files.append(str(result.sample.folder))
    answer = document(result, files)
    if as_json:
        print_json(answer)
        return
    print_case(answer, result, folder)


def print_case(answer: dict[str, Any], result: Any, folder: Path) -> None:
    """The answer as a person reads it."""
    from tumen.report.tables import channel_rows, income_rows

    to = console()
    to.print(f"{answer['title']}\n", style="bold", markup=False)
    for sentence in answer["headline"].values():
        to.print(f"  {sentence}\n", markup=False)
    tables = [
        ("Real income against the world without pressure and ties, per cent", income_rows(result))
    ]
    for phase in result.phases.values():
        title = f"What each tie is worth, points of real income: {phase.phase.title.lower()}"
        tables.append((title, channel_rows(result, phase)))
    for title, (columns, rows) in tables:
        table = Table(title=title, title_justify="left", title_style="bold", box=None)
        for number, column in enumerate(columns):
            table.add_column(column, justify="left" if number == 0 else "right")
        for row in rows:
            table.add_row(*row)
        to.print(table)
        to.print()
    to.print(
        f"status {answer['status']}, residual {answer['residual']:.1e}, closure "
        f"{answer['closure']}, elasticities {answer['elasticities']}"
    )
    to.print(
        f"data {answer['data_version']}, code {answer['code_version']}, scenario "
        f"{answer['scenario_hash']}"
    )
    if result.sample is not None:
        print_draws(answer)
    to.print(f"report: {folder / 'report.html'}")


def print_draws(answer: dict[str, Any]) -> None:
    """How the draws went, and how the claims stand."""
    draws = answer["draws"]
    ended = ", ".join(f"{count:,} {name}" for name, count in draws["ended"].items())
    console().print(f"draws {draws['draws']:,} ({ended}), seed {draws['seed']}")
    words = [test["verdict"] for claim in answer["claims"] for test in claim["tests"]]
    if words:
        counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
        console().print(f"claims: {counts} (tumen claims {answer['case']})")


def solve(path: Path, out: Path | None, *, as_json: bool) -> None:
    """Solve a file of shocks and write the result's files."""
    from tumen.app.shockfile import solve_file
    from tumen.files import check_writable, write_folder
    from tumen.report.bundle import result_bundle

    if out is not None:
        check_writable(out)
    result = solve_file(path)
    folder = out or Path("tumen-runs") / f"{path.stem}-{result.scenario_hash}"
    check_writable(folder)
    contents = result_bundle(result)
    write_folder(folder, contents)
    files = [str(folder / name) for name in contents]
    if not as_json:
        console().print(repr(result), markup=False)
        console().print(f"files: {', '.join(files)}", markup=False)
        return

    def by_region(values: xr.DataArray) -> dict[str, float]:
        return {region: float(values.sel(region=region)) for region in result.world.regions}

    print_json(
        dict(result.stamp)
        | {
            "real_income": by_region(result.real_income),
            "real_wage": by_region(result.real_wage),
            "equivalent_variation": by_region(result.equivalent_variation),
            "files": files,
        }
    )


def new(folder: Path) -> None:
    """Copy the starting scenario into a new folder."""
    from importlib.resources import files

    from tumen.errors import OutputError
    from tumen.files import write_folder

    if folder.exists():
        raise OutputError(f"{folder}: exists already; name a folder that does not")
    template = files("tumen.scenario") / "template"
    write_folder(folder, {item.name: item.read_bytes() for item in template.iterdir()})
    console().print(
        f"{folder}/case.yaml: edit it, then tumen validate {folder} and tumen run {folder}",
        markup=False,
    )
