"""A run in words: how it stands, when, how far it is, what it found, and how to ask it again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tumen.app.pages.texts import section, text
from tumen.errors import TumenError
from tumen.report.text import number

if TYPE_CHECKING:
    from tumen.scenario.load import Case
    from tumen.store.request import Run
    from tumen.store.runs import Store

# A file longer than this is downloaded, not shown.
SHORT = 4000


def time_words(moment: str | None) -> str:
    """A time of the store as a reader sees it."""
    if not moment:
        return ""
    when = dt.datetime.fromisoformat(moment).astimezone(dt.UTC)
    return f"{when.day} {when:%b %Y, %H:%M} UTC"


def size_words(size: int) -> str:
    """A number of bytes to three digits."""
    for factor, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} bytes"


def duration_words(run: Run) -> str:
    """How long a run took; empty before it has ended."""
    if not (run.started and run.ended):
        return ""
    begun, ended = (dt.datetime.fromisoformat(one) for one in (run.started, run.ended))
    seconds = max((ended - begun).total_seconds(), 0)
    if seconds < 90:
        return text("runs.seconds", count=f"{seconds:.0f}")
    return text("runs.minutes", count=f"{seconds / 60:.0f}")


def status_words(run: Run) -> str:
    """How a run stands."""
    return text(f"runs.status.{run.status}")


def progress_words(run: Run) -> str:
    """What a run is doing and how far it is."""
    if run.status == "queued":
        return text("runs.waits")
    if run.status != "running":
        return ""
    step = run.message[:1].upper() + run.message[1:] or text("runs.starts")
    if run.total <= 0:
        return step
    return text("runs.progress", step=step, done=f"{run.done:,}", total=f"{run.total:,}")


def state_of(run: Run) -> dict[str, Any]:
    """What a page that watches a run needs of it."""
    return {
        "id": run.id,
        "status": run.status,
        "words": status_words(run),
        "progress": progress_words(run),
        "done": run.done,
        "total": run.total,
        "ended": run.ends,
    }


def found_words(run: Run, case: Case | None) -> list[str]:
    """The headline of a finished run, in sentences."""
    told = run.summary
    if run.kind in ("case", "frontier"):
        said = told.get("headline", {})
        return [said] if isinstance(said, str) else list(getattr(said, "values", lambda: said)())
    if run.kind == "sample" and case is not None:
        return band_words(told.get("bands", {}), case)
    if run.kind == "path" and case is not None:
        return path_words(told.get("worth_constant_change", {}), case)
    return []


def band_words(bands: Mapping[str, Any], case: Case) -> list[str]:
    """A sentence for each headline number of a sample."""
    from tumen.report.case_headlines import headlines

    found = []
    for one in headlines(case):
        band = bands.get(one.outcome)
        if not band or band.get("median") is None:
            continue
        low, median, high = (one.factor * band[name] for name in ("low", "median", "high"))
        places = 0 if abs(median) >= 10 else 2
        found.append(
            text(
                "runs.band",
                what=one.title,
                median=number(median, places),
                low=number(low, places),
                high=number(high, places),
            )
        )
    return found


def path_words(worth: Mapping[str, Any], case: Case) -> list[str]:
    """What the years are worth to each target, without the ties and with them."""
    from tumen.world.names import name_of

    found = []
    for region, paths in worth.items():
        numbers = {
            name: number(ends["central"] if isinstance(ends, Mapping) else ends, 2, signed=True)
            for name, ends in paths.items()
        }
        if {"pressure", "pressure_ties"} <= set(numbers):
            found.append(
                text(
                    "runs.path",
                    region=name_of(case.world, region),
                    without=numbers["pressure"],
                    ties=numbers["pressure_ties"],
                )
            )
    return found


def settings_rows(run: Run) -> list[tuple[str, str]]:
    """The settings of a run, each with what it is called; those left open not."""
    names = section("runs.settings")
    return [
        (names.get(name, name), shown(value))
        for name, value in run.settings.items()
        if value is not None
    ]


def shown(value: Any) -> str:
    """A setting as a reader sees it."""
    if isinstance(value, bool):
        return text("runs.yes" if value else "runs.no")
    return f"{value:,}" if isinstance(value, int) else str(value)


def frontier_line(name: str, given: Mapping[str, Any]) -> str:
    """A frontier of coalitions in Python."""
    asked = [f"{key}={given[key]!r}" for key in ("target", "members") if given.get(key)]
    return f"found = tumen.frontier({', '.join([repr(name), *asked])})"


def same_again(store: Store, run: Run, shipped: bool) -> dict[str, str]:
    """The same question in Python, on the command line, and as its file where that is short."""
    name = run.scenario if shipped else "case.yaml"
    given = dict(run.settings)
    draws, seed = given.get("draws"), given.get("seed")
    again = {
        "case": (
            f"result = tumen.run({name!r}, draws={draws}, seed={seed}"
            + (", channels=True" if given.get("channels") else "")
            + ")",
            f"tumen run {name} --draws {draws} --seed {seed}"
            + (" --channels" if given.get("channels") else "")
            + (f" --total-effects {base}" if (base := given.get("total_effects")) else ""),
        ),
        "sample": (
            f"sample = tumen.sample({name!r}, {draws}, seed={seed}"
            + (f", dear={dear}" if (dear := given.get("dear")) is not None else "")
            + ")",
            f"tumen sample {name} --draws {draws} --seed {seed}",
        ),
        "path": (f"years = tumen.run({name!r}).timeline", f"tumen run {name}"),
        "frontier": (frontier_line(name, given), ""),
    }
    found: dict[str, str] = {}
    if run.kind in again:
        python, line = again[run.kind]
        found = {"python": f"import tumen\n\n{python}\n"} | ({"line": line} if line else {})
    try:
        yaml = store.files(run.id)["case.yaml"].decode(errors="replace")
    except (TumenError, KeyError):
        return found
    if len(yaml) <= SHORT:
        found["yaml"] = yaml
    return found
