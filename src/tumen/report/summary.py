"""A case's results as one plain document: what `run --json` prints and run.json holds."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import pandas as pd

from tumen._version import __version__
from tumen.analysis.case import CaseResult
from tumen.analysis.findings import Findings
from tumen.analysis.fourworlds import ENDS
from tumen.report.case_backtest import backtest_document
from tumen.report.case_claims import claims_document
from tumen.report.case_headlines import Answered, answered
from tumen.report.case_horizon import horizons_document
from tumen.report.case_scorecard import scorecard_document
from tumen.report.case_sensitivity import sensitivity_document, totals_document
from tumen.report.ledgers import balance, balance_sheet, channels, interactions, ties
from tumen.report.words import headline
from tumen.world.names import name_of


def regions_shown(result: Findings) -> list[str]:
    """Every region of the world; the targets first."""
    targets = result.case.scenario.targets
    return [*targets, *(region for region in result.world.regions if region not in targets)]


def real_income(result: Findings) -> dict[str, dict[str, float]]:
    """Per cent change against the world without pressure and ties, by world and region."""
    shown = regions_shown(result)
    return {
        key: {region: view.change(region) for region in shown} for key, view in result.views.items()
    }


def million_usd(result: Findings) -> dict[str, dict[str, float]]:
    """The same in million USD of the benchmark year."""
    shown = regions_shown(result)
    return {
        key: {region: view.million(region) for region in shown}
        for key, view in result.views.items()
    }


def losses(result: Findings) -> dict[str, dict[str, Any]]:
    """Loss under pressure, without and with the ties, per cent, with the range of the ties."""
    shown = {key: view for key, view in result.views.items() if key.startswith("pressure")}
    return {
        region: {
            key: {end: 100 * view.phase.four[end].loss(region, view.state) for end in ENDS}
            for key, view in shown.items()
        }
        for region in result.case.scenario.targets
    }


def offset_ratios(result: Findings, *, goods: bool = True) -> dict[str, dict[str, Any]]:
    """Offset ratio by phase and target, with its range."""
    return {
        name: {
            region: phase.offset_ratio(region, goods=goods)
            for region in result.case.scenario.targets
        }
        for name, phase in result.phases.items()
    }


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
        "if_technology_not_a_finding": None
        if result.weapons.if_technology is None
        else {name: vars(bounds) for name, bounds in result.weapons.if_technology.items()},
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
    """Everything in plain values, stamped, with the verdicts on the case's claims."""
    whole = numbers_of(result) | {"files": files or []} | drawn_document(result)
    return whole | {"claims": claims_document(result, whole)}


@lru_cache(maxsize=2)
def answers_of(result: CaseResult) -> list[Answered]:
    """What the headline numbers hang on, over the draws; empty without any."""
    return [] if result.sample is None else answered(result.sample)


def drawn_document(result: CaseResult) -> dict[str, Any]:
    """How the draws went, the bands of the headline numbers and what drives them."""
    if result.sample is None:
        return {"draws": None, "sensitivity": None, "total_effects": None}
    return {
        "draws": result.sample.document(),
        "sensitivity": sensitivity_document(result.sample, answers_of(result)),
        "total_effects": None if result.totals is None else totals_document(result.totals),
    }


def numbers_of(result: CaseResult) -> dict[str, Any]:
    """All that the run found, which the claims are held against."""
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
        "ties": ties(result),
        "interactions": interactions(result),
        "balance": balance(result),
        "balance_sheet": balance_sheet(result),
        "by_elasticity": by_elasticity(result),
        "loss_if_deficit_rise_is_pressure": {
            region: 100 * value for region, value in result.deficit_sensitivity.items()
        },
        "searches": {
            "starts": len(result.searches.statuses),
            "settled": result.searches.settled,
            "same": result.searches.same,
            "largest_distance": result.searches.distance,
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
        "horizons": horizons_document(result),
        "backtests": backtest_document(result.backtests),
        "scorecard": scorecard_document(result.scorecard),
        "routes": routes_document(result),
        "supply": None
        if result.supply is None
        else {f"{weight:g}": value for weight, value in result.supply.real_income.items()},
        "left_out": list(result.case.scenario.left_out),
    }


def long_table(result: Findings) -> pd.DataFrame:
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
