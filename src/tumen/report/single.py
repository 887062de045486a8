"""The page about one solve: who gains and loses, first-order parts, trade moved, and the stamp."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tumen._version import __version__
from tumen.report import document
from tumen.report.document import Column, Figure, Note, Page, Section, Stamp, Table, Text
from tumen.report.figures import ranked_bars
from tumen.report.text import decimals_for, number
from tumen.results.result import Result
from tumen.results.words import DEEDS, listed, names, shock_rows, stamp_rows
from tumen.vocabulary import CLOSURES, FIRST_ORDER, RESULT, title

# Per cent; what is smaller is called no change in words.
LEAST = 0.0005
# Regions in the figure, so that it fits under the answer on the first sheet; the table has all.
ON_ONE_SHEET = 20


def write(result: Result, path: str | Path) -> None:
    """Write the page about one solve.

    Raises `SolveError` for a result that did not converge, `OutputError` when the file cannot be
    written.
    """
    document.write(page(result), path)


def page(result: Result) -> Page:
    """The page's content."""
    table = by_region(result)
    heading, answer = finding(table)
    kinds = listed(dict.fromkeys(DEEDS[type(shock).__name__] for shock in result.shocks))
    count = len(result.shocks)
    what = f"{count} shock{'' if count == 1 else 's'} ({kinds})" if count else "no shock"
    return Page(
        title=heading,
        answer=answer,
        kicker=f"{result.world.name}, {what}, closure {result.closure}",
        sections=[
            Section("Who loses and who gains", gains(result, table)),
            Section("What was asked", [Text([asked(result)]), Stamp(shock_rows(result.shocks))]),
            Section("First-order parts", first_order(result, table)),
            Section("Trade taken and given back", trade_moved(result, table)),
            Section("How this was made", [Stamp(stamp_rows(result.stamp))]),
        ],
        stamp=result.stamp,
    )


def by_region(result: Result) -> pd.DataFrame:
    """The regional results under the regions' names, largest loss first."""
    called = names(result.world)
    frame = pd.DataFrame(
        {name: np.asarray(getattr(result, name)) for name, v in RESULT.items() if len(v.dims) == 1}
    )
    frame.insert(0, "code", list(called))
    frame.insert(1, "name", list(called.values()))
    return frame.sort_values("real_income", kind="stable", ignore_index=True)


def finding(table: pd.DataFrame) -> tuple[str, list[str]]:
    """The heading and the answer in words."""
    change = table["real_income"]
    if change.abs().max() < LEAST:
        return "No region's real income changes", [
            f"No change is as large as {LEAST} per cent of real income."
        ]
    said = [f"{words}, {dollars(amount)} a year." for words, amount in extremes(table, "most: ")]
    world = float(table["equivalent_variation"].sum())
    said.append(
        f"{balance_of(table)}; added up over all of them, "
        f"{'losses exceed gains' if world < 0 else 'gains exceed losses'} by {dollars(world)} a "
        "year."
    )
    strongest = table.loc[[change.abs().idxmax()]]
    return extremes(strongest, "")[0][0], [" ".join(said)]


def balance_of(table: pd.DataFrame) -> str:
    """How many lose and how many gain."""
    change = table["real_income"]
    losing, gaining = int((change <= -LEAST).sum()), int((change >= LEAST).sum())
    return f"Of {len(table)} regions {losing} lose and {gaining} gain real income"


def extremes(table: pd.DataFrame, most: str) -> list[tuple[str, float]]:
    """The largest loser and the largest gainer of a ranked table, in words, and million USD."""
    found = []
    for verb, sign, region in (("loses", -1, table.iloc[0]), ("gains", 1, table.iloc[-1])):
        change = sign * region["real_income"]
        if change >= LEAST:
            size = number(change, decimals_for([change], 2))
            words = f"{region['name']} {verb} {most}{size} per cent of real income"
            found.append((words, float(region["equivalent_variation"])))
    return found


def dollars(million: float) -> str:
    """The size of an amount in million USD, in words."""
    million = abs(million)
    if million >= 1000:
        return f"{number(million / 1000, decimals_for([million / 1000], 3))} billion USD"
    return f"{number(million, decimals_for([million], 2))} million USD"


def asked(result: Result) -> str:
    """World, closure and elasticities in a paragraph."""
    return (
        f"The shocks below were applied to the benchmark {result.world.name}, all at once, and "
        f"the world economy was solved anew. Closure {result.closure}: "
        f"{CLOSURES[result.closure]}. Trade elasticities: {result.elasticities}. Values are in "
        "million USD of the benchmark year, with world primary income held constant."
    )


def gains(result: Result, table: pd.DataFrame) -> list[document.Block]:
    """Ranked bars of real income and the table with prices and the equivalent variation."""
    columns = ["real_income", "real_wage", "consumer_price", "equivalent_variation", "income"]
    shown = table.assign(consumer_price=100 * (table["consumer_price_hat"] - 1))
    chart = ranked_bars(
        dict(zip(shown["name"], shown["real_income"], strict=True)),
        title=balance_of(table),
        unit="per cent",
        axis="Change of real income",
        most=ON_ONE_SHEET,
    )
    described = [
        Column("Region", numeric=False),
        Column("Real income", "per cent", signed=True),
        Column("Real wage", "per cent", signed=True),
        Column("Consumer price", "per cent", signed=True),
        Column("Equivalent variation", "million USD", signed=True),
        Column("Income after", "million USD", decimals=0),
    ]
    total = float(table["equivalent_variation"].sum())
    return [
        Figure(chart, "Exact changes, not an approximation.", sources(result)),
        document.table_from_frame(
            shown[["name", *columns]],
            "Real income, wages, prices and what the change is worth, by region",
            columns=described,
            total=("All regions", "", "", "", total, float(table["income"].sum())),
            note="Equivalent variation: "
            + RESULT["equivalent_variation"].meaning
            + ". Prices are relative to world primary income.",
            sources=sources(result),
        ),
    ]


def sources(result: Result) -> list[document.Source]:
    """Where the numbers are from."""
    return [
        document.Source(f"tumen {__version__}, scenario {result.scenario_hash}"),
        document.Source(f"benchmark {result.world.name}, data version {result.world.version}"),
    ]


def first_order(result: Result, table: pd.DataFrame) -> list[document.Block]:
    """The first-order decomposition beside the exact change, and what to make of it."""
    parts = result.first_order.sel(region=table["code"].to_numpy()).to_dataframe()
    idle = [part for part in FIRST_ORDER if part != "total" and (abs(parts[part]) < LEAST).all()]
    shown = [part for part in FIRST_ORDER if part not in idle]
    frame = parts[shown].assign(exact=table["real_income"].to_numpy())
    frame.insert(0, "name", table["name"].to_numpy())
    places = decimals_for(table["real_income"])
    columns = [
        Column("Region", numeric=False),
        *(
            Column(title(part), "first order, per cent", decimals=places, signed=True)
            for part in shown
        ),
        Column("Real income", "exact, per cent", decimals=places, signed=True),
    ]
    meanings = [f"{title(part)}: {FIRST_ORDER[part].meaning}." for part in shown]
    if idle:
        meanings.append(f"Zero everywhere: {listed(title(part).lower() for part in idle)}.")
    if bool(parts["total"].isna().any()):
        meanings.append('"None": the region takes part in a full ban.')
    return [
        Note(
            "First-order parts hold for small changes. For large ones they can have the wrong "
            "size or even sign, and they do not add up to the exact change in the last column.",
            "An approximation",
        ),
        document.table_from_frame(
            frame,
            "First-order parts of the change in real income, and the exact change",
            columns=columns,
            note=" ".join(meanings),
            sources=sources(result),
        ),
    ]


def trade_moved(result: Result, table: pd.DataFrame) -> list[document.Block]:
    """Trade creation and diversion by importing region."""
    moved = {
        name: getattr(result, name).sum("sector").sel(region=table["code"].to_numpy()).to_numpy()
        for name in ("trade_creation", "trade_diversion")
    }
    rows = [
        [name, float(creation), float(diversion)]
        for name, creation, diversion in zip(table["name"], *moved.values(), strict=True)
        if creation or diversion
    ]
    if not rows:
        return [Text(["No region's access to any foreign partner changed."])]
    unit = RESULT["trade_creation"].unit
    return [
        Text(
            [
                "Trade creation is what partners whose access changed took from home producers; "
                "trade diversion is what they took from other foreign producers. A negative "
                "number is what these gained from them, as after an embargo."
            ]
        ),
        Table(
            "Trade creation and diversion, all sectors, by importing region",
            [
                Column("Region", numeric=False),
                Column("Trade creation", unit, signed=True),
                Column("Trade diversion", unit, signed=True),
            ],
            rows,
            total=("All regions", *(float(values.sum()) for values in moved.values())),
            sources=sources(result),
        ),
    ]
