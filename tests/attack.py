"""Attempts to do what is not allowed, on a live public server behind a pretended proxy.

`python tests/attack.py` makes every attempt and prints a table; test_attack.py holds each to its
status. Requests are written by hand, since a proper client would not send most of them.
"""

import contextlib
import json
import re
import socket
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import web
from tumen.app.security.identity import SESSION, VISIT
from tumen.app.server.build import PAGES, create_app
from tumen.app.server.settings import Limits, Settings

HOST = "tumen.example"
PASSWORD = "seven quiet rivers"
PAGE = {"Accept": "text/html"}
OWN = {"Origin": f"https://{HOST}", "Sec-Fetch-Site": "same-origin"}
LIMITS = Limits(
    body_bytes=100_000, upload_bytes=300_000, requests_a_minute=60_000, logins_a_minute=4
)
PATIENCE = 10.0


@dataclass
class Got:
    """What came back, and how long it took; status 0 where the line was shut without a word."""

    status: int
    head: str
    body: bytes
    seconds: float

    def header(self, name):
        found = re.search(rf"(?im)^{name}: (.*?)\r?$", self.head)
        return found[1] if found else ""


@dataclass
class Attempt:
    """A request that must be refused, and what shows that it was."""

    what: str
    path: str
    right: tuple
    method: str = "GET"
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    raw: bytes | None = None
    check: object = None


def request(method, path, headers, body, *, host=HOST, proxied=True):
    """The bytes of a request, whatever is in them."""
    given = {"Host": host, "Connection": "close"} if host else {"Connection": "close"}
    if proxied:
        given |= {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    if body and "Transfer-Encoding" not in headers:
        given["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{a}: {b}" for a, b in (given | headers).items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def send(address, raw):
    """What the server says to these bytes."""
    host, port = address.removeprefix("http://").split(":")
    began, parts = time.monotonic(), []
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as line:
        # A server that refuses early shuts the line while more is being sent.
        with contextlib.suppress(ConnectionError):
            line.sendall(raw)
        with contextlib.suppress(ConnectionError):
            while part := line.recv(65_536):
                parts.append(part)
                if b"text/event-stream" in b"".join(parts).partition(b"\r\n\r\n")[0]:
                    break
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    found = re.match(rb"HTTP/1\.1 (\d{3})", head)
    status = int(found[1]) if found else 0
    return Got(status, head.decode("latin-1"), body, time.monotonic() - began)


class Ground:
    """A public server with a viewer, two analysts and a run of one of them."""

    def __init__(self, folder, address, application):
        self.address, self.application = address, application
        self.watch = application.state.watch
        for name, role in (("vera", "viewer"), ("anna", "analyst"), ("boris", "analyst")):
            self.watch.accounts.add(name, role, PASSWORD)
        self.run = self.own_run(folder)
        self.sessions = {name: self.log_in(name) for name in ("vera", "anna", "boris")}
        listed = self.ask("/api/v1/openapi.json", headers=self.as_("anna")).body
        self.paths = json.loads(listed)["paths"]
        self.pages = {one.path for router in PAGES for one in router.routes}

    def own_run(self, folder):
        """The id of a run of anna's."""
        from tumen.store.request import Request
        from tumen.store.runs import Store

        asked = Request(
            "sample", "Secret question", "moscow-pyongyang", {"case.yaml": b"title: x\n"},
            {"draws": 16}, "abcdef", "1", "1",
        )  # fmt: skip
        with Store(folder) as store:
            return store.submit(asked, "anna").id

    def ask(self, path, method="GET", headers=None, body=b"", **options):
        """An ordinary request."""
        return send(self.address, request(method, path, headers or {}, body, **options))

    def log_in(self, name):
        """A session's cookie and its form token, got as a browser gets them."""
        shown = self.ask("/login", headers=PAGE)
        visit = re.search(rf"{VISIT}=([\w-]+)", shown.head)[1]
        form = {"csrf": token_in(shown), "name": name, "password": PASSWORD}
        cookie = {"Cookie": f"{VISIT}={visit}"}
        answer = self.ask("/login", "POST", FORM | OWN | cookie, encoded(form))
        # The guesses below count from the same state however many came in before.
        self.watch.logins.levels.clear()
        session = re.search(rf"{SESSION}=([\w-]+)", answer.head)[1]
        page = self.ask("/account", headers=PAGE | {"Cookie": f"{SESSION}={session}"})
        return session, token_in(page)

    def as_(self, name, *, token=True):
        """Headers of somebody who is logged in."""
        session, csrf = self.sessions[name]
        return {"Cookie": f"{SESSION}={session}"} | ({"X-CSRF-Token": csrf} if token else {})

    def still_there(self, _):
        """Nothing happened to the run."""
        return self.application.state.shelf.store.run(self.run).status == "queued"


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


def encoded(fields):
    return urlencode(fields).encode()


def token_in(got):
    return re.search(rb'name="csrf" value="(\w+)"', got.body)[1].decode()


@contextlib.contextmanager
def ground():
    """The server to attack."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            Path(folder), public=True, proxy=True, names=(HOST,), limits=LIMITS, workers=0
        )
        application = create_app(settings)
        with web.served(settings, application) as address:
            yield Ground(Path(folder), address, application)


def to_login(got):
    """Whether one is sent to the login, and nowhere else."""
    return got.header("location").startswith("/login?next=/")


def kinds():
    """Every kind of attempt, each a function of the ground; the guesses shut the door at last."""
    import attempts_as_others
    import attempts_at_the_door

    return (*attempts_at_the_door.KINDS, *attempts_as_others.KINDS)


def make(on, attempt):
    """What came of an attempt, and whether that is right."""
    raw = attempt.raw or request(attempt.method, attempt.path, attempt.headers, attempt.body)
    got = send(on.address, raw)
    right = got.status in attempt.right and got.seconds < PATIENCE
    if right and attempt.check is not None:
        right = bool(attempt.check(got))
    return got, right


def main():
    wrong = 0
    with ground() as on:
        for kind in kinds():
            for attempt in kind(on):
                got, right = make(on, attempt)
                wrong += not right
                verdict = "refused" if right else f"WRONG, not {attempt.right}"
                line = f"{got.status:>3}  {verdict:8}  {attempt.what:44.44}  {attempt.method}"
                sys.stdout.write(f"{line} {attempt.path[:60]}\n")
    sys.stdout.write(f"{wrong} wrong\n" if wrong else "every attempt refused\n")
    return wrong


if __name__ == "__main__":
    raise SystemExit(1 if main() else 0)
