"""What a run in the store holds, opened again: its scenario, and the draws it made."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from tumen.app.jobs.asking import laid_out
from tumen.errors import TumenError
from tumen.files import write_folder
from tumen.store.request import CASE

if TYPE_CHECKING:
    from tumen.analysis.draws import Sample
    from tumen.scenario.load import Case
    from tumen.store.request import Run
    from tumen.store.runs import Store

Thing = TypeVar("Thing")
PLAIN, DEAR = "draws.parquet", "draws-dear.parquet"


class Recent(Generic[Thing]):
    """The things used last, made once each, however many ask at the same time."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.things: OrderedDict[Hashable, Thing] = OrderedDict()
        self.locks: dict[Hashable, threading.Lock] = {}
        self.lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Thing]) -> Thing:
        """The thing of a key; made where it is not there."""
        with self.lock:
            own = self.locks.setdefault(key, threading.Lock())
        with own:
            with self.lock:
                if key in self.things:
                    self.things.move_to_end(key)
                    return self.things[key]
            try:
                made = make()
            except BaseException:
                with self.lock:
                    self.locks.pop(key, None)
                raise
            with self.lock:
                self.things[key] = made
                while len(self.things) > self.most:
                    gone, _ = self.things.popitem(last=False)
                    self.locks.pop(gone, None)
            return made


CASES: Recent[Case] = Recent(8)
SAMPLES: Recent[Sample] = Recent(4)


def own_folder(thing: object, folder: Path) -> None:
    """Have a folder go with the thing that reads it."""
    weakref.finalize(thing, shutil.rmtree, folder, ignore_errors=True)


def held_case(store: Store, run: Run) -> Case:
    """The scenario as it was asked. Raises `TumenError` where it cannot be read any longer."""
    return CASES.get((store.folder, run.id), lambda: opened_case(store, run))


def opened_case(store: Store, run: Run) -> Case:
    """The same, read anew into a folder that goes when the case does."""
    from tumen.scenario.load import load_case

    folder = Path(tempfile.mkdtemp(prefix="tumen-case-"))
    try:
        write_folder(folder / "case", laid_out(run.scenario, store.files(run.id)))
        case = load_case(folder / "case" / run.scenario / CASE)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    own_folder(case, folder)
    return case


def has_draws(store: Store, run: Run) -> bool:
    """Whether a run has finished and kept its draws."""
    if run.status != "finished" or run.kind not in ("case", "sample"):
        return False
    return any(one.name == PLAIN for one in store.artefacts(run.id))


def held_sample(store: Store, run: Run, case: Case | None = None) -> Sample:
    """The draws of a run, read when asked for; of `case` where it is the same scenario."""
    same = case if case is not None and case.digest == run.scenario_hash else None
    return SAMPLES.get((store.folder, run.id), lambda: opened_sample(store, run, same))


def opened_sample(store: Store, run: Run, case: Case | None) -> Sample:
    """The same, opened anew over a folder that goes when the sample does."""
    import pyarrow.parquet as pq

    from tumen.analysis.drawing import Drawing
    from tumen.analysis.draws import Sample, settings_of
    from tumen.analysis.parts import Parts

    case = case or held_case(store, run)
    seed = int(run.settings["seed"])
    folder = Path(tempfile.mkdtemp(prefix="tumen-draws-"))
    names = {PLAIN: "plain.parquet", DEAR: "dear.parquet"}
    known = {one.name for one in store.artefacts(run.id)}
    rows = {PLAIN: 0, DEAR: 0}
    try:
        for name in names.keys() & known:
            place = folder / names[name]
            same_file(store.artefact_path(run.id, name), place)
            rows[name] = pq.read_metadata(place).num_rows
        parts = Parts(folder, settings_of(case, seed))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    own_folder(parts, folder)
    return Sample(case, seed, rows[PLAIN], rows[DEAR], Drawing(case), parts, kept=False)


def same_file(source: Path, place: Path) -> None:
    """A second name for a file, or a copy where links do not reach; it outlives the run."""
    try:
        os.link(source, place)
    except OSError:
        shutil.copyfile(source, place)


def newest_draws(store: Store, digest: str, owner: str | None) -> Run | None:
    """The newest finished run of a scenario that kept its draws, among those of an owner."""
    for run in store.runs(owner=owner, status="finished", limit=10_000):
        try:
            if run.scenario_hash == digest and has_draws(store, run):
                return run
        except TumenError:
            continue
    return None
