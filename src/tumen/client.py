"""A client of a tumen server, with nothing but the standard library."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from http.client import HTTPException, HTTPResponse
from typing import Any

from tumen import errors
from tumen.errors import RemoteError, SolveError, TumenError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Seconds that an answer may take, and between two looks at a run where events do not come.
PATIENCE, LOOK = 120.0, 1.0
# Seconds that a server may be away, for a restart say, while a run is waited for.
AWAY = 60.0

Document = dict[str, Any]
Progress = Callable[[int, int, str], None]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Stays with the server it was given: a token goes nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """No other place."""


class Client:
    """A tumen server at an address such as `http://127.0.0.1:8000`.

    `token` is one made on the server's page Account; only a public server asks for it. What the
    server refuses is raised as the error that Python would have raised, with its sentence:
    `ScenarioError`, `SolveError` and so on, or `RemoteError` for what has no other name.
    """

    def __init__(self, address: str, token: str | None = None, timeout: float = PATIENCE) -> None:
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise RemoteError(
                f"{address!r} is no address of a server; write http://127.0.0.1:8000, say"
            )
        near = parts.hostname in LOOPBACK
        if token is not None and parts.scheme == "http" and not near:
            raise RemoteError(f"a token would travel readable to {address}; use https://")
        self.address, self.token, self.timeout = address.rstrip("/"), token, timeout
        proxies = [urllib.request.ProxyHandler({})] if near else []
        self.opener = urllib.request.build_opener(NoRedirect(), *proxies)

    # What there is.

    def worlds(self) -> list[Document]:
        """The worlds, in a few words each."""
        return self.ask("GET", "worlds")["worlds"]

    def world(self, name: str) -> Document:
        """A world with its regions, sectors, elasticities and sources."""
        return self.ask("GET", "worlds", name)

    def scenarios(self) -> list[Document]:
        """The cases, in a few words each."""
        return self.ask("GET", "scenarios")["scenarios"]

    def scenario(self, name: str) -> Document:
        """A case with its phases, its ties and all that a variation of it may change."""
        return self.ask("GET", "scenarios", name)

    # What is answered at once.

    def answer(
        self,
        name: str,
        *,
        levels: Mapping[str, Mapping[str, float]] | None = None,
        abstain: Iterable[str] | None = None,
        elasticities: str | None = None,
        horizon: float | None = None,
        split: bool = False,
    ) -> Document:
        """The quick answer to a case or a variation of it; named as in `tumen.answer`."""
        asked = [
            (f"{tie}.{phase}", per_cent(level))
            for tie, phases in (levels or {}).items()
            for phase, level in phases.items()
        ]
        if abstain is not None:
            asked.append(("without", ",".join(abstain)))
        if elasticities is not None:
            asked.append(("elasticities", elasticities))
        if horizon is not None:
            asked.append(("horizon", repr(float(horizon))))
        if split:
            asked.append(("split", "true"))
        return self.ask("GET", "scenarios", name, "answer", query=asked)

    def validate(
        self, text: str, files: Mapping[str, str] | None = None, kind: str = "scenario"
    ) -> Document:
        """Whether a scenario (or, of kind "shocks", a list of shocks) is valid, and if not why.

        `files` are the tables beside it, as text by name.
        """
        asked = {"kind": kind, "text": text, "files": dict(files or {})}
        return self.ask("POST", "validate", body=asked)

    def solve(self, world: str, shocks: Iterable[Any], **settings: Any) -> Document:
        """A world after shocks, which are records such as `tumen.Tariff` or plain mappings.

        `settings` are those of a file for `tumen solve`: closure, elasticities, horizon...
        """
        listed = [one if isinstance(one, Mapping) else one.describe() for one in shocks]
        return self.ask("POST", "solve", body={"world": world, "shocks": listed, **settings})

    # What takes a while.

    def submit(
        self,
        kind: str,
        scenario: str | None = None,
        *,
        variation: Mapping[str, Any] | None = None,
        text: str | None = None,
        files: Mapping[str, str] | None = None,
        name: str | None = None,
        **settings: Any,
    ) -> str:
        """Ask for a run and get its id: of a case by its name, varied or not, or of a text.

        `settings` are those of the kind of run: draws, seed...
        """
        given = {
            "scenario": scenario,
            "variation": variation,
            "text": text,
            "files": dict(files) if files else None,
            "name": name,
        }
        kept = {key: value for key, value in given.items() if value is not None}
        found = self.ask("POST", "runs", body={"kind": kind, "settings": settings, **kept})
        return str(found["id"])

    def runs(self, status: str | None = None) -> list[Document]:
        """Your runs, newest first."""
        return self.ask("GET", "runs", query=[("status", status)] if status else [])["runs"]

    def run(self, run: str) -> Document:
        """A run as it stands."""
        return self.ask("GET", "runs", run)

    def cancel(self, run: str) -> Document:
        """Stop a run."""
        return self.ask("POST", "runs", run, "cancel")

    def retry(self, run: str) -> Document:
        """Have a run that failed or was cancelled worked on again."""
        return self.ask("POST", "runs", run, "retry")

    def delete(self, run: str) -> None:
        """Take a run away."""
        self.send("DELETE", self.link("runs", run)).close()

    def artefacts(self, run: str) -> list[Document]:
        """The files of a run: name, size, digest."""
        return self.ask("GET", "runs", run, "artefacts")["artefacts"]

    def artefact(self, run: str, name: str) -> bytes:
        """One file of a run."""
        with self.send("GET", self.link("runs", run, "artefacts", name)) as reply:
            return reply.read()

    def wait(self, run: str, progress: Progress | None = None) -> Document:
        """A run once it has finished; `progress(done, all, message)` is told how far it is.

        Raises `RemoteError` with its reason where it failed or was cancelled, or where the server
        is away for longer than a restart takes.
        """
        found = self.run(run)
        seen = time.monotonic()
        while found["status"] in ("queued", "running"):
            try:
                for found in self.watched(run):
                    seen = time.monotonic()
                    if progress is not None:
                        progress(found["done"], found["total"], found["message"])
            except RemoteError as error:
                if error.status is not None or time.monotonic() - seen > AWAY:
                    raise
            if found["status"] in ("queued", "running"):
                time.sleep(LOOK)
        return finished(found)

    def watched(self, run: str) -> Iterator[Document]:
        """A run as it stands now, and again whenever events tell of a change."""
        yield self.run(run)
        try:
            with self.send("GET", self.link("runs", run, "events")) as reply:
                for line in reply:
                    if line.startswith(b'data: {"'):
                        yield json.loads(line.removeprefix(b"data: "))
        except (OSError, HTTPException) as error:
            if isinstance(error, TumenError):
                raise
            return  # a stream that breaks is asked for again

    # How it is sent.

    def link(self, *parts: str, query: Iterable[tuple[str, str]] = ()) -> str:
        """An address below /api/v1; each part is one, whatever it holds."""
        path = "/".join(urllib.parse.quote(part, safe="") for part in parts)
        asked = urllib.parse.urlencode(list(query))
        return f"{self.address}/api/v1/{path}" + (f"?{asked}" if asked else "")

    def ask(
        self,
        method: str,
        *parts: str,
        query: Iterable[tuple[str, str]] = (),
        body: Any = None,
    ) -> Any:
        """The document that the server answers with."""
        with self.send(method, self.link(*parts, query=query), body) as reply:
            return json.load(reply)

    def send(self, method: str, link: str, body: Any = None) -> HTTPResponse:
        """The server's answer. Raises a `TumenError` for one that is a problem, or for none."""
        headers = {"accept": "application/json"}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            headers["content-type"] = "application/json"
        request = urllib.request.Request(link, content, headers, method=method)  # noqa: S310
        try:
            return self.opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            raise refusal(error) from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise RemoteError(f"{self.address}: cannot be reached ({reason})") from None


def per_cent(level: float) -> str:
    """A share as per cent, exactly: 0.07 is 7."""
    return f"{(Decimal(repr(float(level))) * 100).normalize():f}"


def finished(run: Document) -> Document:
    """A run that ended well. Raises `RemoteError` for any other."""
    if run["status"] != "finished":
        reason = run["error"] or "somebody stopped it"
        raise RemoteError(f"run {run['id']}: {run['status']} ({reason})")
    return run


def refusal(error: urllib.error.HTTPError) -> TumenError:
    """The server's problem as the error it stands for."""
    with error:
        try:
            told = json.load(error)
            sentence = str(told["detail"])
        except (ValueError, KeyError, TypeError, OSError):
            return RemoteError(f"{error.url}: {error.code} {error.reason}", error.code)
    kind = getattr(errors, str(told.get("kind")), None)
    if isinstance(kind, type) and issubclass(kind, TumenError):
        return SolveError(sentence) if kind is SolveError else kind(sentence)
    return RemoteError(sentence, error.code)
