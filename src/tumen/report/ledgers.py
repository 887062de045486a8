"""What stands in the ledgers of a case: tie by tie, group by group, state by state."""

from __future__ import annotations

from typing import Any

import xarray as xr

from tumen.analysis.attribution import large_interactions
from tumen.analysis.findings import Findings
from tumen.scenario.effects import TransferEffect
from tumen.scenario.schema import level_of


def ties(result: Findings) -> list[dict[str, Any]]:
    """Each tie: its ledgers in the main phase, and its own Shapley parts where they were asked."""
    targets = result.case.scenario.targets
    rows = []
    for channel in result.case.scenario.ties:
        switch = result.main.switches["central"][channel.id]
        row: dict[str, Any] = {
            "id": channel.id,
            "title": channel.title,
            "group": channel.group or channel.id,
            "gross_musd": sum(
                effect.gross.central
                for effect in channel.effects
                if isinstance(effect, TransferEffect)
            ),
            "received_musd": {region: switch.ledger.get(region, 0.0) for region in targets},
            "in_benchmark_musd": {
                region: switch.in_benchmark.get(region, 0.0) for region in targets
            },
            "goods_received_musd": dict(switch.received),
            "paid_in_kind": [part._asdict() for part in switch.in_kind],
            "from_stock_musd": dict(switch.from_stock),
            "labour_and_inputs_musd": dict(switch.withdrawn),
            "persistence": channel.persistence.central,
            "start": channel.start,
            "end": channel.end,
        }
        if result.main.by_channel is not None:
            row["points_of_real_income"] = {
                name: parts_of(phase.by_channel, channel.id)
                for name, phase in result.phases.items()
                if phase.by_channel is not None
            }
        rows.append(row)
    return rows


def parts_of(split: xr.Dataset, name: str) -> dict[str, Any]:
    """Shapley parts of one group or tie by region; with their standard error where drawn."""
    shares = split["shapley"].sel(group=name)
    found: dict[str, Any] = {str(r): float(shares.sel(region=r)) for r in shares["region"].values}
    if "standard_error" in split:
        error = split["standard_error"].sel(group=name)
        found["standard_error"] = {
            str(r): float(error.sel(region=r)) for r in error["region"].values
        }
    return found


def channels(result: Findings) -> list[dict[str, Any]]:
    """Each group of ties: its ledgers, its Shapley part for each target, and its members.

    A tie without a group stands alone. The parts of a phase sum exactly to what the ties add.
    """
    members = result.main.units.members
    known = {row["id"]: row for row in ties(result)}
    rows = []
    for unit, title in result.main.units.titles.items():
        own = [known[name] for name in members[unit]]

        def total(field: str, own: list[dict[str, Any]] = own) -> dict[str, float]:
            regions = dict.fromkeys(region for row in own for region in row[field])
            return {region: sum(row[field].get(region, 0.0) for row in own) for region in regions}

        rows.append(
            {
                "id": unit,
                "title": title,
                "members": list(members[unit]),
                "gross_musd": sum(row["gross_musd"] for row in own),
                "received_musd": total("received_musd"),
                "in_benchmark_musd": total("in_benchmark_musd"),
                "goods_received_musd": total("goods_received_musd"),
                "points_of_real_income": {
                    name: parts_of(phase.split, unit) for name, phase in result.phases.items()
                },
            }
        )
    return rows


def interactions(result: Findings) -> list[dict[str, Any]]:
    """Pairs of groups that do together, in some phase, a tenth or more of the whole."""
    rows = []
    for name, phase in result.phases.items():
        if "interaction" not in phase.split:
            continue
        whole = phase.shapley.sum("group")
        rows += [
            {"phase": name} | item._asdict()
            for item in large_interactions(phase.split["interaction"], whole)
        ]
    return rows


def balance(result: Findings) -> list[dict[str, Any]]:
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


def balance_sheet(result: Findings) -> dict[str, list[dict[str, Any]]]:
    """What each target gives through each tie in the main phase, and what it gets for it.

    Whoever is paid a realised share of a gross value gave that value: shells, soldiers, labour,
    access. A theft gives nothing, and what is given away or put into a building comes back as
    nothing in the same year. Million USD a year, central figures.
    """
    scenario, targets = result.case.scenario, result.case.scenario.targets
    sheet: dict[str, list[dict[str, Any]]] = {region: [] for region in targets}
    for channel in scenario.ties:
        switch = result.main.switches["central"][channel.id]
        level = level_of(channel, result.main.phase, "central")
        for region in targets:
            money = switch.ledger.get(region, 0.0)
            goods = switch.received.get(region, 0.0)
            sold = level * sum(
                effect.gross.central
                for effect in channel.effects
                if isinstance(effect, TransferEffect)
                and effect.receiver == region
                and effect.rest_to is None
                and not effect.gift
                and effect.payer != "everyone"
            )
            row = {
                "gives_money_musd": max(-money, 0.0),
                "gives_goods_or_work_musd": sold + max(-goods, 0.0),
                "gets_money_musd": max(money, 0.0),
                "of_it_in_kind_musd": sum(
                    part.counted for part in switch.in_kind if part.receiver == region
                ),
                "gets_goods_musd": max(goods, 0.0),
                "from_stock_musd": switch.from_stock.get(region, 0.0),
                "labour_and_inputs_musd": switch.withdrawn.get(region, 0.0),
            }
            if any(row.values()):
                sheet[region].append({"id": channel.id, "title": channel.title} | row)
    return sheet
