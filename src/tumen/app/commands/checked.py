"""What `tumen validate` finds: errors, points that nothing supports, evidence that nobody uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tumen.app.commands.output import console, print_json
from tumen.scenario import yamlfile
from tumen.scenario.locate import locate

POINTS = "points without a range or a source"


def validate(scenario: str, *, as_json: bool) -> bool:
    """Check a file and print what it holds; errors leave by exception.

    False where a check failed: the evidence table holds figures that nothing in the case uses.
    """
    path = locate(scenario)
    document = yamlfile.read(path)
    if isinstance(document.value, dict) and "shocks" in document.value:
        found = shocks_found(path)
    else:
        found = case_found(path, document)
    unused = found.get("unused_evidence", [])
    if as_json:
        print_json({"file": str(path), "kind": found["kind"], "valid": not unused} | found)
    else:
        print_found(path, found)
    return not unused


def shocks_found(path: Path) -> dict[str, Any]:
    """What a file of shocks holds."""
    from tumen.app.shockfile import check_file
    from tumen.scenario.load import load_shock_file

    spec = load_shock_file(path)
    check_file(path, spec)
    return {"kind": "ShockFile", "shocks": len(spec.shocks)}


def case_found(path: Path, document: yamlfile.Document) -> dict[str, Any]:
    """What a case holds, and what its numbers and its evidence lack."""
    from tumen.scenario.citations import unused
    from tumen.scenario.claims import load_claims
    from tumen.scenario.load import load_case
    from tumen.scenario.support import bare_points

    case = load_case(path)
    ledger = load_claims(case.folder, case.evidence)
    return {
        "kind": "Scenario",
        "claims": len(ledger.claims) if ledger else 0,
        "ties": len(case.scenario.ties),
        "records": len(case.records),
        "evidence": len(case.evidence),
        "scenario_hash": case.digest,
        "points_without_range_or_source": bare_points(document, case.scenario),
        "unused_evidence": [
            {"id": item.id, "item": item.item, "title": item.title} for item in unused(case)
        ],
    }


def print_found(path: Path, found: dict[str, Any]) -> None:
    """The same as a person reads it."""
    to = console()
    counted = ", ".join(
        f"{key} {value}"
        for key, value in found.items()
        if key != "kind" and not isinstance(value, list)
    )
    unused = found.get("unused_evidence", [])
    to.print(f"{path}: {'not fine' if unused else 'fine'} ({counted})", markup=False)
    if points := found.get("points_without_range_or_source"):
        to.print(f"{POINTS}: {len(points)} ({', '.join(points)})", markup=False)
    if unused:
        to.print(
            f"evidence that nothing uses: {len(unused)}; cite it where it enters, or take it out",
            markup=False,
        )
    for item in unused:
        to.print(f"  {item['id']}  {item['item']} ({item['title']})", markup=False)
