"""What stands behind the numbers of a scenario: evidence, or an assumption with its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from pydantic import BaseModel

from tumen.errors import ScenarioError, nearest
from tumen.scenario import yamlfile
from tumen.scenario.figure import Figure, Place, placed_figures
from tumen.scenario.network_file import read_rows
from tumen.scenario.potentials import GOODS, read_goods
from tumen.scenario.schema import Scenario


def written(document: yamlfile.Document, scenario: BaseModel) -> Iterator[tuple[Place, Figure]]:
    """Every figure that the file itself gives, with its place; values by default are left out."""
    for place, figure in placed_figures(scenario):
        if place in document.lines:
            yield place, figure


def supported(figure: Figure) -> bool:
    """Whether evidence or an assumption stands behind the figure."""
    return bool(figure.evidence or (figure.assumption or "").strip())


def check_support(document: yamlfile.Document, scenario: BaseModel) -> None:
    """Every range names its evidence, or says why it is assumed. Raises `ScenarioError`."""
    for place, figure in written(document, scenario):
        if figure.low < figure.high and not supported(figure):
            raise ScenarioError(
                f"{document.where(place)}: nothing stands behind the range {figure.low:g} to "
                f"{figure.high:g}; name ids of the evidence table under `evidence`, or say under "
                "`assumption` why this range"
            )


def bare_points(document: yamlfile.Document, scenario: Scenario) -> list[str]:
    """Places of numbers without a range that name neither evidence nor an assumption."""
    return [
        ".".join(map(str, place))
        for place, figure in written(document, scenario)
        if figure.low == figure.high and not supported(figure)
    ]


def check_ids(
    document: yamlfile.Document, place: Place, ids: Iterable[str], known: Collection[str]
) -> None:
    """Every id at a place is in the evidence table."""
    for key in ids:
        if key not in known:
            raise ScenarioError(
                f"{document.where(place)}: there is no evidence {key!r}{nearest(key, known)}"
            )


def check_cited(
    document: yamlfile.Document, figures: Iterable[tuple[Place, Figure]], known: Collection[str]
) -> None:
    """Every id that figures name is in the evidence table."""
    for place, figure in figures:
        check_ids(document, (*place, "evidence"), figure.evidence, known)


def check_evidence(
    document: yamlfile.Document, scenario: Scenario, known: Collection[str], folder: Path
) -> None:
    """Every id that the scenario and the tables beside it name is in the evidence table."""
    check_cited(document, written(document, scenario), known)
    for number, measure in enumerate(scenario.pressure):
        check_ids(document, ("pressure", number, "evidence"), measure.evidence, known)
    if (folder / GOODS).is_file():
        read_goods(folder, known)
    for network in network_folders(scenario, folder):
        read_rows(network, known)


def network_folders(scenario: Scenario, folder: Path) -> list[Path]:
    """Folders of the case that hold a transport network."""
    places = [folder] if scenario.evasion is None else [folder, folder / scenario.evasion.folder]
    return [place for place in places if (place / "nodes.csv").is_file()]
