"""A case's results as one plain document: what `run --json` prints and run.json holds."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from tumen._version import __version__
from tumen.analysis.case import CaseResult
from tumen.analysis.fourworlds import ENDS
from tumen.report.words import headline, name_of
from tumen.scenario.schema import TransferEffect


def regions_shown(result: CaseResult) -> list[str]:
    """Every region of the world; the targets first."""
    targets = result.case.scenario.targets
    return [*targets, *(region for region in result.world.regions if region not in targets)]


def real_income(result: CaseResult) -> dict[str, dict[str, float]]:
    """Per cent change against the world without pressure and ties, by world and region."""
    shown = regions_shown(result)
    return {
        key: {region: view.change(region) for region in shown} for key, view in result.views.items()
    }


def million_usd(result: CaseResult) -> dict[str, dict[str, float]]:
    """The same in million USD of the benchmark year."""
    shown = regions_shown(result)
    return {
        key: {region: view.million(region) for region in shown}
        for key, view in result.views.items()
    }


def losses(result: CaseResult) -> dict[str, dict[str, Any]]:
    """Loss under pressure, without and with the ties, per cent, with the range of the ties."""
    shown = {key: view for key, view in result.views.items() if key.startswith("pressure")}
    return {
        region: {
            key: {end: 100 * view.phase.four[end].loss(region, view.state) for end in ENDS}
            for key, view in shown.items()
        }
        for region in result.case.scenario.targets
    }


def offset_ratios(result: CaseResult, *, goods: bool = True) -> dict[str, dict[str, Any]]:
    """Offset ratio by phase and target, with its range."""
    return {
        name: {
            region: phase.offset_ratio(region, goods=goods)
            for region in result.case.scenario.targets
        }
        for name, phase in result.phases.items()
    }


def channels(result: CaseResult) -> list[dict[str, Any]]:
    """Each channel: its ledger and its Shapley part for each target."""
    rows = []
    for channel in result.case.scenario.ties:
        switch = result.main.switches["central"][channel.id]
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
                "persistence": channel.persistence.central,
                "points_of_real_income": {
                    name: {
                        region: float(phase.shapley.sel(channel=channel.id, region=region))
                        for region in result.case.scenario.targets
                    }
                    for name, phase in result.phases.items()
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
            for switch in [result.main.switches["central"][channel.id]]
            if switch.in_benchmark.get(item.region)
        ]
        parts += [{"title": part.title, "musd": part.value.central} for part in item.items]
        rest = deficit - sum(part["musd"] for part in parts)
        found.append(
            {"region": item.region, "deficit_musd": deficit, "parts": parts, "residual_musd": rest}
        )
    return found


def given_and_received(result: CaseResult) -> list[dict[str, Any]]:
    """What each state gives through its ties in the main phase, and what it gets for it.

    Whoever is paid a realised share of a gross value gave that value: shells, soldiers, labour. A
    theft gives nothing. Million USD a year, central figures.
    """
    rows = []
    for channel in result.case.scenario.ties:
        for effect in channel.effects:
            if not isinstance(effect, TransferEffect) or effect.rest_to is not None:
                continue
            if effect.payer == "everyone":
                continue
            gross = effect.gross.central
            rows.append(
                {
                    "channel": channel.title,
                    "giver": effect.receiver,
                    "taker": effect.payer,
                    "given_musd": gross,
                    "paid_musd": gross * effect.realised.central,
                }
            )
    return rows


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


def timeline_document(result: CaseResult) -> dict[str, Any]:
    """Real income of the targets by path and year, and what each whole path is worth."""
    found = result.timeline
    return {
        region: {
            path: {
                "by_year": {
                    int(year): float(
                        found.change.sel(path=path, end="central", year=year, region=region)
                    )
                    for year in found.change["year"].values
                },
                "worth_constant_change": {
                    end: float(found.welfare.sel(path=path, end=end, region=region)) for end in ENDS
                },
            }
            for path in ("pressure", "pressure_ties")
        }
        for region in result.case.scenario.targets
    }


def weapons_document(result: CaseResult) -> dict[str, Any] | None:
    """Multiples of programme cost by channel; None where the case does not ask."""
    if result.weapons is None:
        return None
    return {
        "region": result.weapons.region,
        "multiple": {
            channel: {
                name: {"low": bounds.low, "central": bounds.central, "high": bounds.high}
                for name, bounds in multiple.items()
            }
            for channel, multiple in result.weapons.multiple.items()
        },
        "technology": result.weapons.technology,
    }


def routes_document(result: CaseResult) -> dict[str, Any]:
    """The new link's gain and pay-back, and what leaks through each hub."""
    link = result.corridor
    return {
        "link": None
        if link is None
        else {
            end: {
                "gain_musd_a_year": link.gain(end),
                "pay_back_years": years if math.isfinite(years := link.pay_back(end)) else None,
            }
            for end in ENDS
        },
        "leakage": None
        if result.leakage is None
        else {
            end: {"leaked": found.leaked, "by_hub": found.leakage}
            for end, found in result.leakage.items()
        },
    }


def document(result: CaseResult, files: list[str] | None = None) -> dict[str, Any]:
    """Everything in plain values, stamped."""
    central = result.main.central.results["pressure_ties"]
    every = [
        solved
        for phase in result.phases.values()
        for four in phase.four.values()
        for solved in four.results.values()
    ]
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
        "offset_ratio": offset_ratios(result),
        "offset_ratio_without_goods_received": offset_ratios(result, goods=False),
        "channels": channels(result),
        "balance": balance(result),
        "given_and_received": given_and_received(result),
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
        "timeline": timeline_document(result),
        "leverage": {
            target: {
                state: {
                    "target_loss_points": found.target_loss,
                    "senders_cost_musd": -found.senders_ev,
                    "musd_a_point": found.ratio,
                    "reason": found.reason,
                }
                for state, found in by_state.items()
            }
            for target, by_state in result.leverage.items()
        },
        "break_even": [
            {"target": found.target, "share": found.share, "sentence": found.sentence}
            for found in result.break_even
        ],
        "weapons": weapons_document(result),
        "market_entry": None
        if result.market_entry is None
        else {
            end: {
                "flow_musd": effect.flow,
                "import_share": effect.import_share,
                "real_income": effect.real_income,
                "musd": effect.million,
            }
            for end, effect in result.market_entry.items()
        },
        "routes": routes_document(result),
        "left_out": list(result.case.scenario.left_out),
        "files": files or [],
    }


def long_table(result: CaseResult) -> pd.DataFrame:
    """Real income by world and region, one row a number."""
    rows = [
        {
            "world": key,
            "title": view.title,
            "region": region,
            "name": name_of(result.world, region),
            "real_income_change_per_cent": view.change(region),
            "million_usd": view.million(region),
        }
        for key, view in result.views.items()
        for region in regions_shown(result)
    ]
    return pd.DataFrame(rows)
