"""What the commands do, once the arguments are read."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tumen.codes import GROUPS
from tumen.scenario.schema import Scenario
from tumen.scenario.shockfile import ShockFile

if TYPE_CHECKING:
    import xarray as xr


def console() -> Console:
    """Standard output; plain text when it is not a terminal."""
    return Console(highlight=False, soft_wrap=True)


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n")


def run(scenario: str, out: Path | None, *, channels: bool, as_json: bool) -> None:
    """Run a case, write its files, print its answer."""
    from tumen.analysis.case import run_case
    from tumen.files import check_writable, write_folder
    from tumen.report.bundle import bundle
    from tumen.report.summary import document
    from tumen.scenario.load import load_case

    case = load_case(scenario)
    folder = out or Path("tumen-runs") / f"{case.name}-{case.digest}"
    check_writable(folder)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task(f"{case.scenario.title}: splitting among the ties", total=None)
        result = run_case(
            case,
            lambda done, total: bar.update(task, completed=done, total=total),
            channels=channels,
        )
        contents = bundle(result)
    write_folder(folder, contents)
    answer = document(result, [str(folder / name) for name in contents])
    if as_json:
        print_json(answer)
        return
    print_case(answer, result, folder)


def print_case(answer: dict[str, Any], result: Any, folder: Path) -> None:
    """The answer as a person reads it."""
    from tumen.report.tables import channel_rows, income_rows

    to = console()
    to.print(f"[bold]{answer['title']}[/bold]\n")
    for sentence in answer["headline"].values():
        to.print(f"  {sentence}\n")
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
    to.print(f"report: {folder / 'report.html'}")


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


def show(what: str, *, as_json: bool) -> None:
    """Show the cases, the groups, the schema or one case."""
    from tumen.scenario.load import load_case
    from tumen.scenario.locate import library

    if what == "cases":
        cases = {name: load_case(name).scenario.title for name in library()}
        print_json(cases) if as_json else print_pairs(cases)
        return
    if what == "groups":
        groups = {name: " ".join(sorted(codes)) for name, codes in GROUPS.items()}
        print_json(groups) if as_json else print_pairs(groups)
        return
    if what == "variants":
        show_variants(as_json=as_json)
        return
    if what == "horizon":
        show_horizon(as_json=as_json)
        return
    if what == "schema":
        print_json(Scenario.model_json_schema())
        return
    case = load_case(what)
    if as_json:
        print_json(case.scenario.model_dump())
        return
    from tumen.report.tables import figure_rows

    to = console()
    to.print(f"[bold]{case.scenario.title}[/bold]\n{case.scenario.summary}\n", markup=True)
    columns, rows = figure_rows(case)
    table = Table(box=None, title="Figures", title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    to.print(table)


def show_variants(*, as_json: bool) -> None:
    """Variants of the model: what each does, its variables, and which the shipped worlds hold."""
    from tumen.vocabulary import VARIANTS
    from tumen.world.embedded import list_worlds, load_world
    from tumen.world.variants import KINDS, active

    on = {name: active(load_world(name)) for name in list_worlds()}
    listed: dict[str, dict[str, dict[str, Any]]] = {
        kind.title: {
            name: {
                "symbol": VARIANTS[name].symbol,
                "over": list(VARIANTS[name].dims),
                "meaning": VARIANTS[name].meaning,
                "source": VARIANTS[name].source,
                "on_in": [world for world, names in on.items() if name in names],
            }
            for name in kind.variables
        }
        for kind in KINDS
    }
    if as_json:
        print_json(listed)
        return
    for title, variables in listed.items():
        console().print(f"[bold]{title}[/bold]")
        for name, facts in variables.items():
            over = ", ".join(facts["over"]) or "one number"
            where = ", ".join(facts["on_in"]) or "no shipped world"
            console().print(f"  {name} ({over}): {facts['meaning']}; on in {where}", markup=False)
            if facts["source"]:
                console().print(f"      {facts['source']}", markup=False)


def show_horizon(*, as_json: bool) -> None:
    """What may adjust at a few horizons, with sources."""
    from tumen.world.horizon import RIGID_SOURCE, rows

    years = [0.25, 1.0, 3.0, 10.0, 30.0]
    columns = ["setting", "of what", *(f"{y:g} years" for y in years), "source of both ends"]
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows(years)])
        return
    for name, meaning, *values, source in rows(years):
        told = ", ".join(f"{y:g} years {v}" for y, v in zip(years, values, strict=True))
        console().print(f"{name} ({meaning}): {told}\n      {source}", markup=False)
    console().print(f"Apart from time: {RIGID_SOURCE}.", markup=False)


def backtest(scenario: str, *, as_json: bool) -> None:
    """Run a case's backtests alone and print them."""
    from tumen.analysis.backtest import backtest as made
    from tumen.analysis.case import lifted, main_phase, switches_of
    from tumen.analysis.channels import shocks_of
    from tumen.errors import ScenarioError
    from tumen.report.case_backtest import backtest_document
    from tumen.scenario.load import load_case

    case = load_case(scenario)
    if not case.scenario.backtests:
        raise ScenarioError(f"{case.path}: the case has no `backtests`; add some")
    off = shocks_of(switches_of(case, main_phase(case)), on=False)
    told = backtest_document(made(case, lifted(case)[0], off))
    if as_json:
        print_json(told)
        return
    measure = ""
    for row in told:
        if row["measure"] != measure:
            measure = row["measure"]
            console().print(f"\n[bold]{measure}[/bold]")
        model = "; ".join(
            f"{name} {'none' if isinstance(value, str) else f'{value:.1f}'}"
            for name, value in row["model"].items()
        )
        console().print(
            f"  {row['what']}, {row['who']}: {row['record']:g} %\n      model: {model}\n"
            f"      nearest: {row['nearest'] or 'none'}",
            markup=False,
        )


def print_pairs(pairs: dict[str, str]) -> None:
    """Names and what they are, one a line."""
    width = max(len(name) for name in pairs)
    for name, text in pairs.items():
        console().print(f"{name:<{width}}  {text}", markup=False)


def validate(scenario: str, *, as_json: bool) -> None:
    """Check a file; errors leave by exception."""
    from tumen.scenario import yamlfile
    from tumen.scenario.claims import load_claims
    from tumen.scenario.load import load_case, load_shock_file
    from tumen.scenario.locate import locate

    path = locate(scenario)
    raw = yamlfile.read(path).value
    if isinstance(raw, dict) and "shocks" in raw:
        from tumen.app.shockfile import check_file

        kind: type[Scenario | ShockFile] = ShockFile
        check_file(path, load_shock_file(path))
        facts: dict[str, Any] = {"shocks": len(raw["shocks"] or [])}
    else:
        kind = Scenario
        case = load_case(path)
        ledger = load_claims(case.path.parent, case.evidence)
        facts = {
            "claims": len(ledger.claims) if ledger else 0,
            "ties": len(case.scenario.ties),
            "records": len(case.records),
            "evidence": len(case.evidence),
            "scenario_hash": case.digest,
        }
    document = {"file": str(path), "kind": kind.__name__, "valid": True} | facts
    if as_json:
        print_json(document)
        return
    counted = ", ".join(f"{key} {value}" for key, value in facts.items())
    console().print(f"{path}: fine ({counted})", markup=False)


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


def worlds(name: str | None, *, as_json: bool) -> None:
    """List the worlds, or show one."""
    from tumen.world.embedded import list_worlds, load_world, world_page

    if name is None:
        listed = {each: load_world(each).facts() for each in list_worlds()}
        if as_json:
            print_json(listed)
            return
        print_pairs({each: ", ".join(facts.values()) for each, facts in listed.items()})
        return
    world = load_world(name)
    if as_json:
        print_json(
            {"name": world.name, "facts": world.facts(), "regions": world.regions}
            | {"sectors": world.sectors, "attributes": dict(world.dataset.attrs)}
        )
        return
    if name in list_worlds():
        from rich.markdown import Markdown

        console().print(Markdown(world_page(name)))
        return
    console().print(repr(world), markup=False)
