"""The sentences of a case: what a reader who stops after two lines takes away."""

from __future__ import annotations

from tumen.analysis.findings import Findings
from tumen.analysis.fourworlds import LEAST_LOSS
from tumen.report.bands import Reach, described, gain_reach, loss_reach, offset_reach
from tumen.report.phrases import changed, in_sentence, when
from tumen.report.text import number
from tumen.world.names import name_of


def billions(million: float) -> str:
    """Million USD as a phrase: 0.4 million, 37 million, 1.2 billion."""
    size = abs(million)
    if size >= 1000:
        return f"{size / 1000:,.1f} billion USD"
    return f"{size:,.0f} million USD" if size >= 10 else f"{size:,.1f} million USD"


def per_cent(value: float) -> str:
    """A per cent figure with two digits that matter."""
    return f"{value:.2f} %" if abs(value) < 10 else f"{value:.1f} %"


def span(low: float | None, high: float | None, kind: str = "range", unit: str = " %") -> str:
    """A band of shares in brackets, as per cent, and what kind of band it is."""
    if low is None or high is None:
        return ""
    return f" ({kind} {share(low)} to {share(high)}{unit})"


def reached(result: Findings, reach: Reach, unit: str = " %") -> str:
    """The band of a headline number: over draws where there are any, else between the ends."""
    kind = "range" if result.sample is None else "90 % of draws"
    return span(reach.low, reach.high, kind, unit)


def share(value: float) -> str:
    """A share in per cent; with a decimal where it is small."""
    return number(100 * value, 1 if abs(value) < 0.095 else 0)


def headline(result: Findings, region: str) -> str:
    """One sentence for one target, with its range; a varied case says what it varies."""
    return f"{finding_of(result, region)} {changed(result.case)}".rstrip()


def finding_of(result: Findings, region: str) -> str:
    """The sentence itself, and what goes with it."""
    name = name_of(result.world, region)
    loss = result.main.central.loss(region, "pressure")
    million = -result.main.million("pressure", region)
    effect = gain_reach(result, result.main, region)
    assert effect.central is not None
    first = (
        f"{when(result.years)} the pressure costs {name} {per_cent(100 * loss)} of its real income"
        f"{of_the_loss(result, region)}, {billions(million)} a year"
    )
    ratio = offset_reach(result, result.main, region)
    if ratio.central is None:
        return (
            f"{first}: too little, with what this run covers, for a share of it to mean anything "
            f"(below {100 * LEAST_LOSS:.2f} %, or not surely a loss). The ties are worth "
            f"{number(effect.central, 1, signed=True)} % of its real income"
            f"{reached(result, effect.scaled(0.01), '')}.{own_doing(result, region)}"
        )
    undone = (
        f"the ties undo {share(ratio.central)} % of that"
        if ratio.central <= 1
        else f"the ties more than make up for it, {100 * ratio.central:.0f} % of the loss"
    )
    tail = own_doing(result, region)
    without = result.main.offset_ratio(region, goods=False)["central"]
    if without is not None and abs(without - ratio.central) > 0.005:
        received = sum(
            switch.received.get(region, 0.0) for switch in result.main.switches["central"].values()
        )
        what = (
            "the goods it receives outside the market"
            if received > 0
            else "the revenue and outlays it gives up"
        )
        tail += f" Without {what} it would be {share(without)} %."
    main = f"{first}; {result.main.phase.when} {undone}{reached(result, ratio)}.{tail}"
    return main + later(result, region) + at_first(result, region)


def of_the_loss(result: Findings, region: str) -> str:
    """The band of the loss, where there are draws."""
    reach = loss_reach(result, result.main, region, "pressure")
    if result.sample is None or reach.low is None or reach.high is None:
        return ""
    return f" ({per_cent(reach.low).removesuffix(' %')} to {per_cent(reach.high)})"


def at_first(result: Findings, region: str) -> str:
    """The same at the short end of the horizon, the harder test."""
    if not result.horizons:
        return ""
    found = next(iter(result.horizons.values()))
    ratio = found.four["central"].offset(region)
    if found.years > 1 or ratio is None:
        return ""
    return (
        " In the first months, when little can adjust, the pressure costs "
        f"{per_cent(found.loss(region, 'pressure'))}, and the same ties undo {share(ratio)} % of "
        "it."
    )


def later(result: Findings, region: str) -> str:
    """What is left of it in the phases after the first."""
    text = ""
    for phase in list(result.phases.values())[1:]:
        ratio = offset_reach(result, phase, region)
        if ratio.central is None:
            continue
        when = phase.phase.when
        text += (
            f" {when[0].upper()}{when[1:]} they undo {share(ratio.central)} % of it"
            f"{reached(result, ratio)}."
        )
    return text


def finding(result: Findings) -> str:
    """What the first figure shows, in a line."""
    parts = []
    for region in result.case.scenario.targets:
        ratio = offset_reach(result, result.main, region).central
        name = name_of(result.world, region)
        if ratio is None:
            parts.append(f"the loss of {name} is too small for a ratio")
        elif ratio > 1:
            parts.append(f"the ties more than make up for the loss of {name}")
        else:
            parts.append(f"the ties undo {share(ratio)} % of the loss of {name}")
    text = "; ".join(parts)
    return text[0].upper() + text[1:]


def own_doing(result: Findings, region: str) -> str:
    """What part of the gain is no tie of the partners, where that is a tenth or more of it."""
    if not result.main.is_split:
        return ""
    ties = {channel.id: channel for channel in result.case.scenario.ties}
    parts = result.main.shapley.sel(region=region)
    whole = float(parts.sum())
    text = ""
    for unit, members in result.main.units.members.items():
        part = float(parts.sel(group=unit))
        if whole <= 0 or part / whole < 0.1:
            continue
        title = in_sentence(result.world, result.main.units.titles[unit])
        if all(ties[name].own_account for name in members):
            text += f" Of the gain, {100 * part / whole:.0f} % is {title}, which needs no partner."
        elif all(ties[name].third for name in members):
            text += f" Of the gain, {100 * part / whole:.0f} % is {title}, no tie of the two."
    return text


def caveats(result: Findings) -> list[str]:
    """What a reader must know before quoting a number."""
    scenario = result.case.scenario
    reopened = [record for record in result.case.records if record.treatment == "reopen"]
    closed = sum(record.earlier_share is None for record in reopened)
    lines = [
        "Unless a horizon is named these are long-run effects: workers and capital have moved to "
        "where they are needed. In the first months losses are larger.",
        "Where the long-run loss is small, a large ratio is a small sum: what the ties bring is "
        "compared with what trade, freely rearranged, would have lost.",
        f"{len(reopened) - closed} recorded flows are opened again at an earlier share in the "
        "world without pressure: less than 5 % of each was left, which no fall in cost brings "
        "back, or the benchmark lacks what is left of it."
        + (f" {closed} more stay closed, which understates the loss." if closed else ""),
        "Recorded falls are read as the effect of the pressure. They also hold the war, "
        "prices and whatever else changed.",
        f"Transfers follow the closure {scenario.closure!r}. {described(result)}",
    ]
    return lines + [f"Left out: {item[0].lower()}{item[1:]}" for item in scenario.left_out]
