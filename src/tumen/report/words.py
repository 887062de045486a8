"""The sentences of a case: what a reader who stops after two lines takes away."""

from __future__ import annotations

from tumen.analysis.case import LEAST_LOSS, PHASE, CaseResult
from tumen.world.world import World


def name_of(world: World, region: str) -> str:
    """A region's everyday name, its label where it has none."""
    short = {
        "PRK": "North Korea",
        "RUS": "Russia",
        "CHN": "China",
        "KOR": "South Korea",
        "USA": "United States",
        "IRN": "Iran",
        "BLR": "Belarus",
    }
    if region in short:
        return short[region]
    if "region_name" in world.dataset.coords:
        return str(world.dataset["region_name"].sel(region=region).item())
    return region


def billions(million: float) -> str:
    """Million USD as a phrase: 0.4 million, 37 million, 1.2 billion."""
    size = abs(million)
    if size >= 1000:
        return f"{size / 1000:,.1f} billion USD"
    return f"{size:,.0f} million USD" if size >= 10 else f"{size:,.1f} million USD"


def per_cent(value: float) -> str:
    """A per cent figure with two digits that matter."""
    return f"{value:.2f} %" if abs(value) < 10 else f"{value:.1f} %"


def span(low: float | None, high: float | None) -> str:
    """A range in per cent."""
    if low is None or high is None:
        return ""
    return f" (range {100 * low:.0f} to {100 * high:.0f} %)"


def headline(result: CaseResult, region: str) -> str:
    """One sentence for one target, with its range."""
    name = name_of(result.world, region)
    loss = result.central.loss(region, "pressure")
    million = -result.million("pressure", region)
    effect = result.band(
        region,
        lambda four: four.loss(region, "pressure") - four.loss(region, "pressure_ties"),
    )
    assert effect["central"] is not None
    first = (
        f"The pressure costs {name} {per_cent(100 * loss)} of its real income, "
        f"{billions(million)} a year"
    )
    ratio = result.offset_ratio(region)
    if ratio["central"] is None:
        low, high = effect["low"], effect["high"]
        reach = (
            "" if low is None or high is None else f" (range {100 * low:.1f} to {100 * high:.1f})"
        )
        return (
            f"{first}: too little, with what this run covers, for a share of it to mean anything "
            f"(below {100 * LEAST_LOSS:.2f} %). The ties are worth {100 * effect['central']:+.1f} "
            f"% of its real income{reach}."
        )
    undone = (
        f"the ties undo {100 * ratio['central']:.0f} % of that"
        if ratio["central"] <= 1
        else f"the ties more than make up for it, {100 * ratio['central']:.0f} % of the loss"
    )
    tail = ""
    without = result.offset_ratio(region, goods=False)["central"]
    if without is not None and abs(without - ratio["central"]) > 0.005:
        tail = (
            f" Without the goods it receives outside the market it would be {100 * without:.0f} %."
        )
    return f"{first}; while the war lasts {undone}{span(ratio['low'], ratio['high'])}.{tail}"


def caveats(result: CaseResult) -> list[str]:
    """What a reader must know before quoting a number."""
    scenario = result.case.scenario
    reopened = sum(record.treatment == "reopen" for record in result.case.records)
    lines = [
        "These are long-run effects: workers and capital have moved to where they are needed. "
        "In the first months losses are larger.",
        f"{reopened} recorded flows fell below 5 % of what they were; no fall in cost brings such "
        "a flow back, so they stay closed in the world without pressure and its gain is "
        "understated.",
        "Recorded falls are read as the effect of the pressure. They also hold the war, "
        "prices and whatever else changed.",
        f"Transfers follow the closure {scenario.closure!r}. Ranges move every figure of the ties "
        "to its low or high end together: they are bounds, not probabilities.",
    ]
    return lines + list(scenario.left_out)


def phase_words() -> str:
    """The phase that this run stands for."""
    return {"war": "while the war lasts"}[PHASE]
