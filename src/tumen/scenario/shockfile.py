"""A file of shocks for `tumen solve`: the records of `tumen.scenario.shocks` as YAML."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tumen.scenario.effects import Codes
from tumen.scenario.figure import Strict


class TariffSpec(Strict):
    """`tumen.Tariff` in a file."""

    kind: Literal["Tariff"]
    importer: Codes | None = None
    exporter: Codes | None = None
    sector: Codes | None = None
    rate: float | None = None
    change: float | None = None


class ExportTaxSpec(Strict):
    """`tumen.ExportTax` in a file."""

    kind: Literal["ExportTax"]
    importer: Codes | None = None
    exporter: Codes | None = None
    sector: Codes | None = None
    rate: float | None = None
    change: float | None = None


class PriceCapSpec(Strict):
    """`tumen.PriceCap` in a file."""

    kind: Literal["PriceCap"]
    importer: Codes | None = None
    exporter: Codes | None = None
    sector: Codes | None = None
    cap: float
    price: float


class TradeCostSpec(Strict):
    """`tumen.TradeCost` in a file."""

    kind: Literal["TradeCost"]
    importer: Codes | None = None
    exporter: Codes | None = None
    sector: Codes | None = None
    factor: float


class EmbargoSpec(Strict):
    """`tumen.Embargo` in a file."""

    kind: Literal["Embargo"]
    importer: Codes | None = None
    exporter: Codes | None = None
    sector: Codes | None = None
    share: float = 1.0


class MarketEntrySpec(Strict):
    """`tumen.MarketEntry` in a file."""

    kind: Literal["MarketEntry"]
    importer: Codes
    exporter: Codes
    sector: Codes | None = None
    share: float | None = None
    weight: float | None = None


class ProductivitySpec(Strict):
    """`tumen.Productivity` in a file."""

    kind: Literal["Productivity"]
    region: Codes | None = None
    sector: Codes | None = None
    factor: float


class LabourForceSpec(Strict):
    """`tumen.LabourForce` in a file."""

    kind: Literal["LabourForce"]
    region: Codes | None = None
    factor: float


class TransferSpec(Strict):
    """`tumen.Transfer` in a file."""

    kind: Literal["Transfer"]
    source: str
    destination: str
    value: float


ShockSpec = Annotated[
    TariffSpec
    | ExportTaxSpec
    | PriceCapSpec
    | TradeCostSpec
    | EmbargoSpec
    | MarketEntrySpec
    | ProductivitySpec
    | LabourForceSpec
    | TransferSpec,
    Field(discriminator="kind"),
]


class ShockFile(Strict):
    """A world and a list of shocks, for `tumen solve`."""

    world: str = "tumen-31"
    elasticities: str | None = Field(
        default=None, description="a named set; the world's own when left out"
    )
    floor: float | None = Field(default=None, gt=0)
    closure: Literal["fixed", "proportional", "zero"] = "fixed"
    tolerance: float = Field(default=1e-10, gt=0, lt=1e-3)
    home_floor: float | None = Field(default=None, gt=0, lt=1)
    horizon: float | None = Field(
        default=None, gt=0, description="years since the shocks, 0.25 to 100"
    )
    variants: dict[str, float] = Field(
        default_factory=dict, description="variants of the model by variable: tumen show variants"
    )
    shocks: list[ShockSpec] = Field(default_factory=list)
