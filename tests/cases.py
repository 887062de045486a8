"""A small scenario beside its world, to be broken one field at a time."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import yaml

from tumen.analysis.outcomes import outcome
from worlds import random_world

SCENARIO = {
    "title": "Quay under pressure",
    "world": "world.nc",
    "targets": ["Quay", "Alder"],
    "senders": ["Moor"],
    "evidence": "evidence.csv",
    "pressure": [
        {
            "id": "measure",
            "title": "Moor against Quay",
            "target": "Quay",
            "senders": ["Moor"],
            "records": "recorded.csv",
            "evidence": ["E1"],
        }
    ],
    "ties": [
        {
            "id": "money",
            "title": "Money",
            "effects": [
                {
                    "kind": "transfer",
                    "payer": "Alder",
                    "receiver": "Quay",
                    "gross": {
                        "low": 50,
                        "central": 100,
                        "high": 200,
                        "unit": "million USD",
                        "evidence": ["E1"],
                    },
                    "realised": 0.5,
                    "in_benchmark": 10,
                }
            ],
        },
        {
            "id": "trade",
            "title": "Trade",
            "effects": [{"kind": "trade", "between": ["Quay", "Alder"], "flow_hat": 1.3}],
        },
        {
            "id": "support",
            "title": "Support",
            "effects": [
                {"kind": "productivity", "region": "Quay", "sector": "grain", "change": 0.05}
            ],
        },
        {
            "id": "people",
            "title": "People",
            "effects": [
                {
                    "kind": "labour",
                    "home": "Quay",
                    "host": "Alder",
                    "persons": 10,
                    "home_workforce": 1000,
                    "host_workforce": 5000,
                }
            ],
        },
    ],
}
RECORDS = """measure,importer,exporter,sector,ratio,treatment
measure,Quay,Moor,tools,0.8,lift
measure,Moor,Quay,tools,0.85,lift
measure,Quay,Moor,grain,0.9,exempt
measure,Moor,Quay,grain,0.01,reopen
"""
EVIDENCE = """id,item,low,central,high,unit,year,publisher,title,date,link,reliability
E1,Payments,50,100,200,million USD,2023,A Bureau,Payments abroad,2024-01-01,https://example.org,A
"""


def write_case(folder: Path, change=None) -> Path:
    """Write the scenario, changed by `change(mapping)`, with its world, records and evidence."""
    scenario = copy.deepcopy(SCENARIO)
    if change is not None:
        change(scenario)
    world = random_world(np.random.default_rng(11), 3, 2, tariffs=True, deficits=True, inputs=True)
    world.save(folder / "world.nc")
    (folder / "recorded.csv").write_text(RECORDS)
    (folder / "evidence.csv").write_text(EVIDENCE)
    path = folder / "case.yaml"
    path.write_text(yaml.safe_dump(scenario, sort_keys=False))
    return path


PHASES = [
    {"id": "now", "title": "Now", "first": 2023, "last": 2024, "ties": "full"},
    {"id": "later", "title": "Later", "first": 2025, "last": 2026, "ties": "lasting"},
]
LASTING = {"low": 0.2, "central": 0.3, "high": 0.6, "unit": "share", "assumption": "a guess"}


def phased(scenario):
    """Two phases, with a part of the first tie left in the second."""
    scenario["phases"] = PHASES
    scenario["ties"][0]["persistence"] = LASTING


def numbers(case):
    """All that a draw of the case at its central figures comes to."""
    found = outcome(case)
    assert found.status == "converged", found.message
    return found.values


def beside(path: Path, fields: dict, name: str = "varied.yaml") -> Path:
    """A file beside a case."""
    made = path.parent / name
    made.write_text(yaml.safe_dump(fields, sort_keys=False))
    return made
