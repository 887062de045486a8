"""tumen quantifies economic sanctions and the ties between states that blunt them.

The public names load on first use: importing the package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tumen._version import __version__

if TYPE_CHECKING:
    from tumen.analysis.answer import Answer as Answer
    from tumen.analysis.answer import answer as answer
    from tumen.analysis.attribution import attribute as attribute
    from tumen.analysis.calibrate import Calibration as Calibration
    from tumen.analysis.calibrate import calibrate as calibrate
    from tumen.analysis.case import CaseResult as CaseResult
    from tumen.analysis.case import run as run
    from tumen.analysis.coalition import coalition_value as coalition_value
    from tumen.analysis.draws import Sample as Sample
    from tumen.analysis.evasion import evasion as evasion
    from tumen.analysis.frontier import Frontier as Frontier
    from tumen.analysis.frontier import frontier as frontier
    from tumen.analysis.gradient import gradient as gradient
    from tumen.analysis.multistart import Multistart as Multistart
    from tumen.analysis.multistart import multistart as multistart
    from tumen.analysis.path import Transition as Transition
    from tumen.analysis.preview import Preview as Preview
    from tumen.analysis.preview import preview as preview
    from tumen.analysis.routes import routes as routes
    from tumen.analysis.sample import sample as sample
    from tumen.analysis.scorecard import Scorecard as Scorecard
    from tumen.analysis.scorecard import scorecard as scorecard
    from tumen.analysis.total_effects import TotalEffects as TotalEffects
    from tumen.analysis.total_effects import total_effects as total_effects
    from tumen.analysis.transition import transition as transition
    from tumen.client import Client as Client
    from tumen.errors import OutputError as OutputError
    from tumen.errors import RemoteError as RemoteError
    from tumen.errors import SampleError as SampleError
    from tumen.errors import ScenarioError as ScenarioError
    from tumen.errors import ShockError as ShockError
    from tumen.errors import SolveError as SolveError
    from tumen.errors import TumenError as TumenError
    from tumen.errors import WorldError as WorldError
    from tumen.results.result import Result as Result
    from tumen.scenario.network import Link as Link
    from tumen.scenario.network import Network as Network
    from tumen.scenario.network import Transit as Transit
    from tumen.scenario.network_file import read_network as read_network
    from tumen.scenario.shocks import Embargo as Embargo
    from tumen.scenario.shocks import ExportTax as ExportTax
    from tumen.scenario.shocks import LabourForce as LabourForce
    from tumen.scenario.shocks import MarketEntry as MarketEntry
    from tumen.scenario.shocks import PriceCap as PriceCap
    from tumen.scenario.shocks import Productivity as Productivity
    from tumen.scenario.shocks import Tariff as Tariff
    from tumen.scenario.shocks import TradeCost as TradeCost
    from tumen.scenario.shocks import Transfer as Transfer
    from tumen.solver.solve import solve as solve
    from tumen.status import Status as Status
    from tumen.world.balance import balance as balance
    from tumen.world.embedded import list_worlds as list_worlds
    from tumen.world.embedded import load_world as load_world
    from tumen.world.horizon import with_horizon as with_horizon
    from tumen.world.mrio import read_mrio as read_mrio
    from tumen.world.world import World as World
    from tumen.world.world import WorldWarning as WorldWarning

# Where each public name lives.
HOMES = {
    "tumen.analysis.answer": ("Answer", "answer"),
    "tumen.analysis.attribution": ("attribute",),
    "tumen.analysis.calibrate": ("Calibration", "calibrate"),
    "tumen.analysis.case": ("CaseResult", "run"),
    "tumen.analysis.coalition": ("coalition_value",),
    "tumen.analysis.draws": ("Sample",),
    "tumen.analysis.evasion": ("evasion",),
    "tumen.analysis.frontier": ("Frontier", "frontier"),
    "tumen.analysis.gradient": ("gradient",),
    "tumen.analysis.multistart": ("Multistart", "multistart"),
    "tumen.analysis.path": ("Transition",),
    "tumen.analysis.preview": ("Preview", "preview"),
    "tumen.analysis.routes": ("routes",),
    "tumen.analysis.sample": ("sample",),
    "tumen.analysis.scorecard": ("Scorecard", "scorecard"),
    "tumen.analysis.total_effects": ("TotalEffects", "total_effects"),
    "tumen.analysis.transition": ("transition",),
    "tumen.client": ("Client",),
    "tumen.errors": (
        "OutputError",
        "RemoteError",
        "SampleError",
        "ScenarioError",
        "ShockError",
        "SolveError",
        "TumenError",
        "WorldError",
    ),
    "tumen.results.result": ("Result",),
    "tumen.scenario.network": ("Link", "Network", "Transit"),
    "tumen.scenario.network_file": ("read_network",),
    "tumen.scenario.shocks": (
        "Embargo",
        "ExportTax",
        "LabourForce",
        "MarketEntry",
        "PriceCap",
        "Productivity",
        "Tariff",
        "TradeCost",
        "Transfer",
    ),
    "tumen.solver.solve": ("solve",),
    "tumen.status": ("Status",),
    "tumen.world.balance": ("balance",),
    "tumen.world.embedded": ("list_worlds", "load_world"),
    "tumen.world.horizon": ("with_horizon",),
    "tumen.world.mrio": ("read_mrio",),
    "tumen.world.world": ("World", "WorldWarning"),
}
_HOME_OF = {name: module for module, names in HOMES.items() for name in names}

__all__ = ["__version__", *sorted(_HOME_OF)]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'tumen' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
