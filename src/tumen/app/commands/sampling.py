"""Draws on the command line: `tumen sample`, and the draws of `tumen run` and `tumen claims`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from tumen.app.commands.output import console, print_json
from tumen.errors import StoppedError

if TYPE_CHECKING:
    from tumen.analysis.draws import Sample
    from tumen.analysis.preview import Preview
    from tumen.app.casework import Shown
    from tumen.scenario.load import Case


class Rate(ProgressColumn):
    """Draws a second."""

    def render(self, task: Task) -> Text:
        """The rate of the last half minute, once there is one."""
        return Text("" if task.speed is None else f"{task.speed:.1f}/s")


@contextlib.contextmanager
def shown(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with the remaining time on standard error, where that is a terminal.

    Raises `StoppedError` where Ctrl-C left something behind that the user should know of.
    """
    try:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            Rate(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        ) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
    except KeyboardInterrupt as stopped:
        if not str(stopped):
            raise
        raise StoppedError(str(stopped)) from None


def folder_of(case: Case, out: Path | None) -> Path:
    """Where a case's files go: the folder asked for, or one named after the question."""
    return out or Path("tumen-runs") / f"{case.name}-{case.digest}"


def drawn(case: Case, draws: int, seed: int, workers: int | None, folder: Path) -> Sample:
    """Draw with a bar; what is done stays in the folder, also after Ctrl-C."""
    from tumen.app import casework

    return casework.drawn(case, draws, seed, workers, folder, titled(case))


def titled(case: Case) -> Shown:
    """Bars that begin with the case's title."""
    return lambda what: shown(f"{case.scenario.title}: {what}")


def sample(
    scenario: str,
    draws: int,
    *,
    seed: int,
    workers: int | None,
    out: Path | None,
    preview: bool,
    as_json: bool,
) -> None:
    """Draw a case and print the bands of its headline numbers; or their linear preview."""
    from tumen.analysis.sample import check_draws
    from tumen.files import check_writable
    from tumen.scenario.load import load_case

    check_draws(draws, None)
    case = load_case(scenario)
    if preview:
        from tumen.analysis.preview import preview as made

        with shown(f"{case.scenario.title}: linear preview") as progress:
            found: Sample | Preview = made(
                case, draws, seed=seed, workers=workers, progress=progress
            )
    else:
        folder = folder_of(case, out)
        check_writable(folder)
        found = drawn(case, draws, seed, workers, folder)
    told = found.document()
    if as_json:
        print_json(told)
        return
    print_bands(case, told)


def print_bands(case: Case, told: dict[str, Any]) -> None:
    """The bands as a person reads them."""
    from tumen.report.case_headlines import headlines

    to = console()
    to.print(f"{case.scenario.title}\n", style="bold", markup=False)
    if "approximation" in told:
        to.print(f"  {told['approximation']}\n", markup=False)
    columns = ["", "5 %", "median", "95 %", "draws without a value"]
    if "approximation" in told:
        columns[-1] = "typical error"
    table = Table(*columns, box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for one in headlines(case):
        band = told["bands"][one.outcome]
        numbers = (band["low"], band["median"], band["high"])
        error = band.get("error")
        table.add_row(
            one.title,
            *("" if number is None else f"{one.factor * number:,.4g} %" for number in numbers),
            f"{band['undefined']:,}" if error is None else f"{one.factor * error:,.2g}",
        )
    to.print(table)
    ended = ", ".join(f"{count:,} {name}" for name, count in told["ended"].items())
    to.print(
        f"\ndraws {told['draws']:,} ({ended}), seed {told['seed']}, largest residual "
        f"{told['residual']:.1e}, closure {told['closure']}, elasticities {told['elasticities']}"
    )
    to.print(
        f"data {told['data_version']}, code {told['code_version']}, scenario "
        f"{told['scenario_hash']}"
    )
    if told.get("folder"):
        to.print(f"draws: {told['folder']}", markup=False)
