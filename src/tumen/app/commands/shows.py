"""What is there: cases, groups, the schema, variants, the horizon, worlds."""

from __future__ import annotations

from typing import Any

from rich.markdown import Markdown
from rich.table import Table

from tumen.app.commands.output import console, print_json, print_pairs
from tumen.codes import GROUPS
from tumen.scenario.extension import schema


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
        print_json(schema())
        return
    case = load_case(what)
    if as_json:
        print_json(case.scenario.model_dump())
        return
    from tumen.report.tables import figure_rows

    to = console()
    to.print(case.scenario.title, style="bold", markup=False)
    to.print(f"{case.scenario.summary}\n", markup=False)
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
    from tumen.report.phrases import in_words
    from tumen.world.horizon import RIGID_SOURCE, rows

    years = [0.25, 1.0, 3.0, 10.0, 30.0]
    columns = ["setting", "of what", *map(in_words, years), "source of both ends"]
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows(years)])
        return
    for name, meaning, *values, source in rows(years):
        told = ", ".join(f"{in_words(y)} {v}" for y, v in zip(years, values, strict=True))
        console().print(f"{name} ({meaning}): {told}\n      {source}", markup=False)
    console().print(f"Apart from time: {RIGID_SOURCE}.", markup=False)


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
        console().print(Markdown(world_page(name)))
        return
    console().print(repr(world), markup=False)
