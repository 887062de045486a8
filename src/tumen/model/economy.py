"""The arrays the equilibrium is made of, sector-major and without labels.

Axes: j sector, k input, n importer (or the region itself), i exporter. Bilateral arrays are
`[sector, importer, exporter]`: sums over exporters and over importers are then batched
matrix-vector products over contiguous memory.
"""

from __future__ import annotations

from typing import NamedTuple

import jax

# Carried once for the package: 1e-10 is out of reach of single precision.
jax.config.update("jax_enable_x64", True)

Array = jax.Array


class Nests(NamedTuple):
    """Elasticities of substitution in the cost of production; 1 is Cobb-Douglas."""

    value_added: Array  # [] between value added and the bundle of inputs
    inputs: Array  # [] between groups of inputs
    within: Array  # [m] between the inputs of a group
    member: Array  # [k, m] 1 where input k belongs to group m


class Variants(NamedTuple):
    """What departs from the plain long-run model; None is off. `log_bill` of the state goes along.

    Each stands in a module of its own: `technology` (nests, profit), `sourcing` (home),
    `labour` (mobility, floor, supply), `scale` in `technology` as well.
    """

    nests: Nests | None = None
    profit: Array | None = None  # [j] profits in the value of output
    scale: Array | None = None  # [j] elasticity of productivity to the sector's employment
    home: Array | None = None  # [j] elasticity between home goods and the bundle of foreign ones
    mobility: Array | None = None  # [n] 1 - 1/kappa: 1 mobile between sectors, 0 specific to one
    floor: Array | None = None  # [n] ln of the least wage, new over base
    supply: Array | None = None  # [n] elasticity of hours to the real wage
    capital: Array | None = None  # [n] elasticity of the factor bundle to its real price

    @property
    def by_sector(self) -> bool:
        """Whether the state must carry the wage bill of each sector."""
        return self.scale is not None or self.mobility is not None


class Economy(NamedTuple):
    """A benchmark in exact-hat form. Values in million USD, rates and shares as fractions."""

    trade_share: Array  # [j, n, i] share of n's duty-paid spending on j that goes to i
    tariff: Array  # [j, n, i] ad-valorem rate at the benchmark
    expenditure: Array  # [j, n] duty-paid spending on j, final and intermediate
    value_added_share: Array  # [j, n] value added in the cost of j
    input_share: Array  # [n, j, k] share of input k in the cost of sector j
    final_share: Array  # [j, n] share of j in n's final spending
    value_added: Array  # [n] primary income
    transfer: Array  # [n] net transfer received
    trade_elasticity: Array  # [j]
    variants: Variants = Variants()


class Shock(NamedTuple):
    """What differs from the benchmark. Neutral: 0, 1, 0, the benchmark tariff, 0, 0, 0, 0, 0."""

    log_cost: Array  # [j, n, i] ln of the factor on delivered cost net of tariffs
    weight: Array  # [j, n, i] factor on the cell's weight in the price index; 0 is an embargo
    entry: Array  # [j, n, i] weight added where a flow opens; the benchmark's sum to 1
    tariff: Array  # [j, n, i] new ad-valorem rate
    log_productivity: Array  # [j, n] ln of the factor on unit-cost productivity
    log_labour: Array  # [n] ln of the factor on the bundle of primary factors (see accumulation)
    transfer: Array  # [n] transfers added by shocks, sums to zero
    export_tax: Array | None = None  # [j, n, i] rate on the value that the exporter's firms get
    price_gap: Array | None = None  # [j, n, i] part of the value before tariff handed to the buyer


class Rule(NamedTuple):
    """How spending follows income: I' = kappa phi own' + D', with kappa common to all regions.

    `fixed` and `zero` have phi = 1 (then kappa is 1); `proportional` has phi = I/(V + R).
    """

    income_factor: Array  # [n] phi
    transfer: Array  # [n] D', million USD of the numeraire
    part: Array  # [n, m] 1 where n and m trade with each other, directly or through others


class State(NamedTuple):
    """The unknowns of the joint fixed point."""

    log_wage: Array  # [n]
    log_price: Array  # [j, n]
    expenditure: Array  # [j, n] over its scale
    log_bill: Array | None = None  # [j, n] ln of the wage bill, new over base; where sectors differ


class Kernel(NamedTuple):
    """Trade weights of one scenario: fixed while the equilibrium is sought.

    The weights pi * weight * kappa^-theta are split by the new taxes, so that producers receive
    the first part and the treasuries the others, and into foreign and own suppliers: what a region
    trades can be a millionth of what it sells at home, and would drown in the rounding of a sum
    of both. All are over `exp(shift)`, the largest cost term of the buyer, so that none overflows.
    """

    net: Array  # [j, n, i] foreign suppliers; zero where i is n
    duty: Array | None  # [j, n, i], or None in a world and a scenario without tariffs
    own_net: Array  # [j, n]
    own_duty: Array | None  # [j, n]
    shift: Array  # [j, n]
    home_share: Array | None = None  # [j, n] of the benchmark, where home goods are a tier
    export_duty: Array | None = None  # [j, n, i] what the exporter's treasury receives
    price_gap: Array | None = None  # [j, n, i] what the exporter hands back to the buyer
    bill: Array | None = None  # [j, n] wage bill of the benchmark, million USD
