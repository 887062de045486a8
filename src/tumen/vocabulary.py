"""Every variable's name, symbol, dimensions, unit, meaning and source, in one table.

Checks, documentation, Excel headers and tooltips read this table; nothing states a unit twice.
"""

from __future__ import annotations

from typing import NamedTuple

BILATERAL = ("importer", "exporter", "sector")
NATIONAL = ("region",)
SECTORAL = ("region", "sector")
INPUTS = ("region", "sector", "input")


class Variable(NamedTuple):
    """One entry of the vocabulary."""

    name: str
    symbol: str
    dims: tuple[str, ...]
    unit: str
    meaning: str
    source: str = ""


CP = "Caliendo & Parro (2015)"

WORLD = {
    v.name: v
    for v in (
        Variable(
            "trade_share",
            "π_nij",
            BILATERAL,
            "fraction",
            "share of the importer's duty-paid spending on the sector that goes to the exporter; "
            "sums to 1 over exporter",
            f"{CP}, eq. (6)",
        ),
        Variable("expenditure", "X_nj", SECTORAL, "million USD", "duty-paid spending, all uses"),
        Variable("tariff", "τ_nij", BILATERAL, "fraction", "ad-valorem import tariff"),
        Variable(
            "value_added_share",
            "g_nj",
            SECTORAL,
            "fraction",
            "value added in the sector's cost; with the input shares sums to 1",
        ),
        Variable(
            "input_share",
            "γ_njk",
            INPUTS,
            "fraction",
            "share of the input in the sector's cost",
        ),
        Variable(
            "final_share",
            "α_nj",
            SECTORAL,
            "fraction",
            "share of the sector in final spending; sums to 1 over sector",
        ),
        Variable("value_added", "V_n", NATIONAL, "million USD", "primary income"),
        Variable(
            "transfer",
            "D_n",
            NATIONAL,
            "million USD",
            "net transfer received (the trade deficit); sums to 0 over region",
        ),
        Variable(
            "trade_elasticity",
            "θ_j",
            ("sector",),
            "1",
            "elasticity of trade flows to trade cost, positive",
            f"{CP}, eq. (6)",
        ),
    )
}

# A variable of a variant of the model: the variant is on where the world holds it.
VARIANTS = {
    v.name: v
    for v in (
        Variable(
            "input_substitution",
            "ρ",
            (),
            "1",
            "elasticity of substitution between inputs; 1 is Cobb-Douglas",
            "Atalay (2017); Baqaee & Farhi (2024)",
        ),
        Variable(
            "value_added_substitution",
            "ρ_V",
            (),
            "1",
            "the same between value added and inputs; input_substitution where left out",
            "Atalay (2017)",
        ),
        Variable(
            "energy_substitution",
            "ρ_E",
            (),
            "1",
            "the same between the inputs that are energy",
            "Bachmann et al. (2022)",
        ),
        Variable("energy", "", ("sector",), "boolean", "the sector's goods are energy"),
        Variable(
            "import_elasticity",
            "ε_j",
            ("sector",),
            "1",
            "elasticity of trade between home goods and foreign ones taken together",
            "Feenstra, Luck, Obstfeld & Russ (2018)",
        ),
        Variable(
            "mobility",
            "μ_n",
            NATIONAL,
            "fraction",
            "mobility of factors between sectors, 1 - 1/κ of the Roy model; 0 is none",
            "Galle, Rodríguez-Clare & Yi (2023)",
        ),
        Variable(
            "wage_floor",
            "f_n",
            NATIONAL,
            "new/base",
            "least wage, in units of world primary income; below it factors are idle",
            "Rodríguez-Clare, Ulate & Vasquez (2022)",
        ),
        Variable(
            "labour_supply_elasticity",
            "η_n",
            NATIONAL,
            "1",
            "elasticity of hours to real pay",
            "Greenwood, Hercowitz & Huffman (1988)",
        ),
        Variable(
            "capital_response",
            "χ_n",
            NATIONAL,
            "1",
            "elasticity of the bundle of factors to its real price, as capital follows",
            "Anderson, Larch & Yotov (2020)",
        ),
        Variable(
            "scale_elasticity",
            "φ_j",
            ("sector",),
            "1",
            "elasticity of productivity to the sector's own employment",
            "Kucheryavyy, Lyn & Rodríguez-Clare (2023)",
        ),
        Variable(
            "profit_share",
            "ψ_j",
            ("sector",),
            "fraction",
            "profits in the value of output, under fixed entry",
            "Krugman (1980)",
        ),
    )
}

# Taken when present, and kept through selection, aggregation and files.
OPTIONAL = VARIANTS | {
    v.name: v
    for v in (
        Variable("capital_share", "a_n", NATIONAL, "fraction", "capital's share of value added"),
        Variable(
            "placeholder",
            "",
            SECTORAL,
            "boolean",
            "the sector does not exist here; a token value stands in for it",
        ),
    )
}

RESULT = {
    v.name: v
    for v in (
        Variable(
            "real_income",
            "100(W_n − 1)",
            NATIONAL,
            "per cent",
            "exact change of final spending at constant prices",
            CP,
        ),
        Variable(
            "real_wage", "100(ŵ_n/P̂_n − 1)", NATIONAL, "per cent", "change of the real wage", CP
        ),
        Variable("wage_hat", "ŵ_n", NATIONAL, "new/base", "wage: earnings per hour worked"),
        Variable(
            "employment_hat",
            "L̂_n",
            NATIONAL,
            "new/base",
            "hours worked over the labour force; 1 unless factors are idle or hours answer",
        ),
        Variable("price_hat", "P̂_nj", SECTORAL, "new/base", "buyers' composite price"),
        Variable("consumer_price_hat", "P̂_n", NATIONAL, "new/base", "price of final spending"),
        Variable("trade_flow", "M'_nij", BILATERAL, "million USD", "purchases before tariff"),
        Variable("gross_output", "Y'_nj", SECTORAL, "million USD", "value of production"),
        Variable(
            "unit_cost_hat", "ĉ_nj", SECTORAL, "new/base", "cost of a unit of output, before tariff"
        ),
        Variable("value_added", "V'_n", NATIONAL, "million USD", "primary income"),
        Variable("tariff_revenue", "R'_n", NATIONAL, "million USD", "tariff revenue"),
        Variable(
            "export_tax_revenue", "", NATIONAL, "million USD", "export taxes, of the exporter"
        ),
        Variable("income", "I'_n", NATIONAL, "million USD", "final spending"),
        Variable("expenditure", "X'_nj", SECTORAL, "million USD", "duty-paid spending, all uses"),
        Variable(
            "equivalent_variation",
            "EV_n",
            NATIONAL,
            "million USD",
            "benchmark income times the change of real income; a gain is positive",
        ),
        Variable(
            "trade_creation",
            "",
            SECTORAL,
            "million USD",
            "purchases that partners whose access changed took from home producers",
        ),
        Variable(
            "trade_diversion",
            "",
            SECTORAL,
            "million USD",
            "purchases that partners whose access changed took from other foreign producers",
        ),
        Variable(
            "variety_gain",
            "100((1 + Σe)^(1/θ) − 1)",
            SECTORAL,
            "per cent",
            "fall of buyers' prices from entered flows alone; part of real income, not on top",
        ),
    )
}

# Per cent of benchmark income; files and sheets carry them as `first_order_` and the name.
FIRST_ORDER = {
    v.name: v
    for v in (
        Variable(
            "terms_of_trade",
            "",
            NATIONAL,
            "per cent",
            "what exports earn more and imports cost less, at benchmark quantities",
            f"{CP}, eq. (17)",
        ),
        Variable(
            "volume_of_trade",
            "",
            NATIONAL,
            "per cent",
            "tariff revenue on the change of imported quantities",
            f"{CP}, eq. (18)",
        ),
        Variable(
            "technology",
            "",
            NATIONAL,
            "per cent",
            "resources saved or lost by productivity, trade costs and partial embargoes; a full "
            "ban has no such value",
        ),
        Variable(
            "factor_supply", "", NATIONAL, "per cent", "labour force gained or lost, at base pay"
        ),
        Variable("transfer", "", NATIONAL, "per cent", "net transfers gained or lost"),
        Variable("total", "", NATIONAL, "per cent", "sum of the first-order parts"),
    )
}

# Words for the two ends of a goods flow in tables shown to people. Code, and files made for
# programs, keep the names of the dimensions.
ALIASES = {"exporter": "origin", "importer": "destination"}

CLOSURES = {
    "fixed": "each transfer keeps its benchmark value in units of world primary income, plus the "
    "transfers among the shocks",
    "proportional": "each region's spending keeps its benchmark ratio to its own income, up to "
    "one factor common to all, plus the transfers among the shocks",
    "zero": "the world is first solved without its benchmark transfers; changes are measured "
    "from there",
}

STAMP = {
    "status": "how the solve ended; only converged comes with numbers",
    "residual": "largest relative gap left in any equation",
    "closure": "what transfers between regions do",
    "elasticities": "trade elasticities used, and their range over sectors",
    "world": "benchmark economy that the shocks were applied to",
    "data_version": "version of the benchmark data",
    "code_version": "version of tumen",
    "scenario_hash": "digest of world, shocks and settings; equal questions have equal digests",
    "evaluations": "maps of the shocked solve",
    "rebase_evaluations": "maps of the solve without shocks, where one was needed",
    "method": "which search ended the solve: accelerated maps or Newton-Krylov",
    "variants": "variants of the model that are on, with their values",
    "numeraire": "held constant, and the unit of all values",
    "notes": "what else was done on the way",
}


def title(name: str) -> str:
    """Words for a variable's name: `wage_hat` is "Wage"; the unit says the rest."""
    return name.removesuffix("_hat").replace("_", " ").capitalize()
