"""Questions to the store that come from elsewhere: a variation of a case, or a scenario as text."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tumen.app.jobs.asking import check_files, files_of, laid_out, request_of
from tumen.errors import ScenarioError, StoreError
from tumen.scenario.variation import Variation, differences, varied, yaml_of
from tumen.store.request import CASE, Request, check_name

if TYPE_CHECKING:
    from tumen.scenario.load import Case

# Where the files of a case stand below one that varies it, unless it comes with tumen.
BASE = "base"


def request_for(
    case: Case, variation: Variation | None, kind: str, settings: Mapping[str, Any]
) -> Request:
    """A case, or a variation of it, as a question; where nothing differs that of the case itself.

    Raises `ScenarioError` for a variation that the case cannot have, `StoreError` for settings.
    """
    if variation is None or not differences(case.scenario, variation).fields():
        return request_of(case, kind, settings)
    varied(case, variation)  # ends it for one that the case cannot have
    given = differences(case.scenario, variation)
    return request_from(varied_files(case, given), case.name, kind, settings)


def varied_files(case: Case, variation: Variation) -> dict[str, bytes]:
    """A file that varies the case, and the case's own where they do not come with tumen."""
    from tumen.scenario.locate import library

    if case.name in library():
        return {CASE: yaml_of(case.name, variation).encode()}
    own = {f"{BASE}/{name}": content for name, content in files_of(case).items()}
    return {CASE: yaml_of(f"{BASE}/{CASE}", variation).encode()} | own


def request_from(
    files: Mapping[str, bytes], name: str, kind: str, settings: Mapping[str, Any]
) -> Request:
    """Files that stand together, `case.yaml` among them, as a question under this name.

    Raises `ScenarioError` or `WorldError` for files that are no scenario, `StoreError` for names
    and settings.
    """
    with tempfile.TemporaryDirectory(prefix="tumen-") as folder:
        place = Path(folder) / check_name(name, "a scenario")
        lay_out(Path(folder), name, files)
        try:
            return request_in(place, kind, settings, files)
        except ScenarioError as error:
            # Where the files stood for a moment is of no use to anybody.
            raise ScenarioError(str(error).replace(f"{place}/", ""), error.faults) from None


def lay_out(folder: Path, name: str, files: Mapping[str, bytes]) -> None:
    """Write the files of a scenario of this name below a folder. Raises `StoreError` for names."""
    for one in files:
        check_name(one, "a file", folders=True)
    for one, content in laid_out(name, files).items():
        place = folder / one
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            raise StoreError(f"{one!r} is a file and a folder at once") from None


def request_in(
    place: Path, kind: str, settings: Mapping[str, Any], files: Mapping[str, bytes]
) -> Request:
    """The same of files that stand in a folder; what was varied is in the title."""
    from tumen.report.phrases import changed
    from tumen.scenario.load import load_case

    check_files(place, files)
    case = load_case(place / CASE)
    found = request_of(case, kind, settings, files)
    told = changed(case)
    return replace(found, title=f"{found.title}. {told}") if told else found
