"""A case's results as one plain document: what `run --json` prints and run.json holds."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tumen._version import __version__
from tumen.analysis.case import ENDS, PHASE, STATES, CaseResult
from tumen.report.words import headline, name_of
from tumen.scenario.schema import TransferEffect


def regions_shown(result: CaseResult) -> list[str]:
    """Every region of the world; the targets first."""
    targets = result.case.scenario.targets
    return [*targets, *(region for region in result.world.regions if region not in targets)]


def real_income(result: CaseResult) -> dict[str, dict[str, float]]:
    """Per cent change against the world without pressure and ties, by world and region."""
    return {
        state: {region: result.change(state, region) for region in regions_shown(result)}
        for state in STATES
    }


def million_usd(result: CaseResult) -> dict[str, dict[str, float]]:
    """The same in million USD of the benchmark year."""
    return {
        state: {region: result.million(state, region) for region in regions_shown(result)}
        for state in STATES
    }


def losses(result: CaseResult) -> dict[str, dict[str, Any]]:
    """Loss without and with the ties, per cent, with the range over the figures of the ties."""
    found: dict[str, dict[str, Any]] = {}
    for region in result.case.scenario.targets:
        found[region] = {
            state: {end: 100 * result.four[end].loss(region, state) for end in ENDS}
            for state in ("pressure", "pressure_ties")
        }
    return found


def channels(result: CaseResult) -> list[dict[str, Any]]:
    """Each channel: its ledger and its Shapley part for each target."""
    rows = []
    for channel in result.case.scenario.ties:
        switch = result.switches["central"][channel.id]
        gross = sum(
            effect.gross.central for effect in channel.effects if isinstance(effect, TransferEffect)
        )
        rows.append(
            {
                "id": channel.id,
                "title": channel.title,
                "gross_musd": gross,
                "received_musd": {
                    region: switch.ledger.get(region, 0.0)
                    for region in result.case.scenario.targets
                },
                "in_benchmark_musd": {
                    region: switch.in_benchmark.get(region, 0.0)
                    for region in result.case.scenario.targets
                },
                "goods_received_musd": switch.received,
                "points_of_real_income": {
                    region: float(result.shapley.sel(channel=channel.id, region=region))
                    for region in result.case.scenario.targets
                },
            }
        )
    return rows


def balance(result: CaseResult) -> list[dict[str, Any]]:
    """How the recorded deficit of the benchmark year is paid for, with the residual."""
    found = []
    for item in result.case.scenario.balance:
        deficit = float(result.world.dataset["transfer"].sel(region=item.region))
        parts: list[dict[str, Any]] = [
            {"title": channel.title, "musd": switch.in_benchmark.get(item.region, 0.0)}
            for channel in result.case.scenario.ties
            for switch in [result.switches["central"][channel.id]]
            if switch.in_benchmark.get(item.region)
        ]
        parts += [{"title": part.title, "musd": part.value.central} for part in item.items]
        rest = deficit - sum(part["musd"] for part in parts)
        found.append(
            {"region": item.region, "deficit_musd": deficit, "parts": parts, "residual_musd": rest}
        )
    return found


def by_elasticity(result: CaseResult) -> dict[str, dict[str, dict[str, float | None]]]:
    """Loss without ties (per cent) and offset ratio under each set of trade elasticities."""
    return {
        name: {
            region: {
                "loss": 100 * four.loss(region, "pressure"),
                "offset_ratio": four.offset(region),
            }
            for region in result.case.scenario.targets
        }
        for name, four in result.by_elasticity.items()
    }


def document(result: CaseResult, files: list[str] | None = None) -> dict[str, Any]:
    """Everything in plain values, stamped."""
    central = result.central.results["pressure_ties"]
    every = [solved for four in result.four.values() for solved in four.results.values()]
    targets = result.case.scenario.targets
    return {
        "case": result.case.name,
        "title": result.case.scenario.title,
        "status": str(central.status),
        "residual": max(solved.residual for solved in every),
        "scenario_hash": result.case.digest,
        "data_version": f"{result.world.name} {result.world.version}",
        "code_version": __version__,
        "closure": result.case.scenario.closure,
        "elasticities": central.elasticities,
        "numeraire": "world primary income",
        "headline": {region: headline(result, region) for region in targets},
        "real_income": real_income(result),
        "million_usd": million_usd(result),
        "loss": losses(result),
        "offset_ratio": {
            PHASE: {region: result.offset_ratio(region) for region in targets},
        },
        "offset_ratio_without_goods_received": {
            PHASE: {region: result.offset_ratio(region, goods=False) for region in targets},
        },
        "channels": channels(result),
        "balance": balance(result),
        "by_elasticity": by_elasticity(result),
        "loss_if_deficit_rise_is_pressure": {
            region: 100 * value for region, value in result.deficit_sensitivity.items()
        },
        "calibration": {
            "largest_relative_gap": result.calibration_error,
            "maps": result.calibration_maps,
            "cells_lifted": sum(record.treatment == "lift" for record in result.case.records),
            "cells_reopened": sum(
                record.treatment == "reopen" and record.earlier_share is not None
                for record in result.case.records
            ),
        },
        "left_out": list(result.case.scenario.left_out),
        "files": files or [],
    }


def long_table(result: CaseResult) -> pd.DataFrame:
    """Real income by world and region, one row a number."""
    rows = [
        {
            "world": state,
            "region": region,
            "name": name_of(result.world, region),
            "real_income_change_per_cent": result.change(state, region),
            "million_usd": result.million(state, region),
        }
        for state in STATES
        for region in regions_shown(result)
    ]
    return pd.DataFrame(rows)


def group_change(result: CaseResult, state: str, regions: list[str]) -> tuple[float, float]:
    """Change of a group of regions against no pressure: per cent of real income, million USD."""
    million = float(sum(result.million(state, region) for region in regions))
    before = sum(
        float(result.world.income.sel(region=region))
        * result.central.welfare("no_pressure", region)
        for region in regions
    )
    return 100 * million / before, million
