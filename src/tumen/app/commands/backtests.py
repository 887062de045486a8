"""`tumen backtest`: past measures against the record, at every horizon and with bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from tumen.app.commands.output import console, print_json
from tumen.app.commands.sampling import shown

if TYPE_CHECKING:
    from tumen.analysis.scorecard import Scorecard


def backtest(scenario: str, draws: int, *, seed: int, workers: int | None, as_json: bool) -> None:
    """Run a case's backtests alone and print them, with the scorecard where draws are asked for."""
    from tumen.analysis.backtest import backtest as made
    from tumen.analysis.channels import shocks_of
    from tumen.analysis.ensemble import check_workers
    from tumen.analysis.phases import lifted, switches_of, with_ties
    from tumen.analysis.scorecard import check_backtests, check_horizons, scorecard
    from tumen.report.case_backtest import backtest_document
    from tumen.report.case_scorecard import scorecard_document
    from tumen.scenario.load import load_case

    check_workers(workers)
    case = load_case(scenario)
    check_backtests(case)
    card = None
    if draws:
        check_horizons(case)
        with shown(f"{case.scenario.title}: backtests") as progress:
            card = scorecard(case, draws, seed=seed, workers=workers, progress=progress)
    off = shocks_of(switches_of(case, with_ties(case)[0]), on=False)
    told = backtest_document(made(case, lifted(case)[0], off))
    if as_json:
        print_json({"backtests": told, "scorecard": scorecard_document(card)})
        return
    if card is not None:
        print_scorecard(card)
    print_settings(told)


def print_scorecard(card: Scorecard) -> None:
    """The scorecard as a person reads it."""
    from tumen.report import scorecard_words as words
    from tumen.report.text import number

    to = console()
    to.print(f"{card.case.scenario.title}: scorecard\n", style="bold", markup=False)
    for sentence in words.sentences(card).values():
        to.print(f"  {sentence}\n", markup=False)
    table = Table("figure, years stated", "record", "median", "90 % band", "verdict", box=None)
    for column in table.columns[1:4]:
        column.justify = "right"
    for one in card.scores:
        places = words.digits(one)
        table.add_row(
            f"{words.label_of(card, one)}, {words.horizon_of(one.compared)}",
            words.range_in_words(one.compared.value),
            number(one.band.median, places),
            f"{number(one.band.low, places)} to {number(one.band.high, places)}",
            words.verdict_of(one),
        )
    to.print(table)
    for caveat in words.caveats_of(card):
        to.print(f"\n  {caveat}", markup=False)
    to.print(f"\n  {words.missing_in_words(card)} Seed {card.seed}. {words.HOW}", markup=False)


def print_settings(told: list[dict[str, Any]]) -> None:
    """The model's points at every horizon, and which is nearest to the record afterwards."""
    measure = ""
    for row in told:
        if row["measure"] != measure:
            measure = row["measure"]
            console().print(f"\n{measure}", style="bold", markup=False)
        model = "; ".join(
            f"{name} {'none' if isinstance(value, str) else f'{value:.1f}'}"
            for name, value in row["model"].items()
        )
        console().print(
            f"  {row['what']}, {row['who']}: {row['record']:g} %\n      model: {model}\n"
            f"      nearest: {row['nearest'] or 'none'}",
            markup=False,
        )
