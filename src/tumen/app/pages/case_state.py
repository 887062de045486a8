"""The state of a case's page: what its link asks for, and what other pages carry along."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import Request

from tumen.app.pages.case_controls import STEP, Mover, controls_of
from tumen.scenario.load import Case
from tumen.scenario.variation import (
    ELASTICITIES,
    HORIZON,
    WITHOUT,
    Variation,
    from_query,
    query_of,
)

# Beside the state: whether the split among the ties is asked for at once, and whether a browser
# without scripts sends the whole form.
SPLIT, FORM = "split", "form"


def variation_of(case: Case, request: Request) -> Variation:
    """What the link asks for. Raises `ScenarioError`."""
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] != SPLIT]
    return from_query(case, pairs)


def split_asked(request: Request) -> bool:
    """Whether the split among the ties is asked for."""
    return request.query_params.get(SPLIT) == "true"


def carried(case: Case, request: Request) -> str:
    """The part of a query that belongs to the case's answer, for the tabs of its other pages."""
    phases = {phase.id for phase in case.scenario.tied_phases}
    own = {f"{tie.id}.{phase}" for tie in case.scenario.ties for phase in phases}
    own |= {WITHOUT, ELASTICITIES, HORIZON}
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] in own]
    return urlencode(pairs, safe=",")


def link_of_form(case: Case, request: Request) -> str:
    """The link of what a browser without scripts sends: every control, moved or not."""
    sent = request.query_params
    controls = controls_of(case, Variation())
    movers = [mover for unit in controls.units for tie in unit.ties for mover in tie.movers]
    pairs = [
        (mover.name, value)
        for mover in movers
        if (value := sent.get(mover.name)) is not None and value not in standing(mover)
    ]
    taken = set(sent.getlist("with"))
    members = [one for _, listed in controls.coalition for one in listed]
    if out := [one.value for one in members if one.value not in taken]:
        pairs.append((WITHOUT, ",".join(out)))
    pairs += [(name, sent[name]) for name in (ELASTICITIES, HORIZON) if sent.get(name)]
    query = query_of(case, from_query(case, pairs))
    return f"/cases/{case.name}" + (f"?{query}" if query else "")


def standing(mover: Mover) -> set[str]:
    """What an unmoved control may send: a browser puts it at the nearest step."""
    return {mover.case_text, f"{STEP * round(mover.case / STEP)}"}
