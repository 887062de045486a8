"""A quick answer as a document and as blocks of a page: those of the report, made from it."""

from __future__ import annotations

from typing import Any

from tumen._version import __version__
from tumen.analysis.answer import Answer
from tumen.report.case_attribution import waterfall_figure
from tumen.report.case_figures import losses_figure, senders_figure
from tumen.report.case_tables import income_table, offset_table
from tumen.report.document import Block
from tumen.report.ledgers import channels
from tumen.report.phrases import changed
from tumen.report.summary import losses, million_usd, offset_ratios, real_income
from tumen.report.words import headline
from tumen.status import Status


def answer_document(answer: Answer) -> dict[str, Any]:
    """The answer in plain values, stamped; numbers are named as in the document of a run."""
    case = answer.case
    return {
        "case": case.name,
        "title": case.scenario.title,
        "status": str(Status.converged),
        "residual": answer.residual,
        "scenario_hash": case.digest,
        "data_version": f"{answer.world.name} {answer.world.version}",
        "code_version": __version__,
        "closure": case.scenario.closure,
        "elasticities": answer.elasticities,
        "numeraire": "world primary income",
        "horizon": answer.horizon,
        "variation": answer.variation.model_dump(mode="json"),
        "changed": changed(case),
        "headline": {region: headline(answer, region) for region in case.scenario.targets},
        "real_income": real_income(answer),
        "million_usd": million_usd(answer),
        "loss": losses(answer),
        "offset_ratio": offset_ratios(answer),
        "offset_ratio_without_goods_received": offset_ratios(answer, goods=False),
        "channels": channels(answer) if answer.main.is_split else None,
    }


def answer_blocks(answer: Answer) -> dict[str, Block]:
    """The figures and tables of the answer by name; a waterfall of each phase where it is split."""
    blocks: dict[str, Block] = {
        "losses": losses_figure(answer),
        "undone": offset_table(answer),
        "income": income_table(answer),
        "senders": senders_figure(answer),
    }
    for name, phase in answer.phases.items():
        if phase.is_split:
            for region in answer.case.scenario.targets:
                blocks[f"waterfall.{name}.{region}"] = waterfall_figure(answer, phase, region)
    return blocks
