"""A server on loopback and a browser for tests of the pages; skipped with a reason without one."""

import contextlib
import os
import threading
import time
import warnings
from pathlib import Path

import httpx
import pytest
import uvicorn

import browser
from tumen.app.server.build import create_app
from tumen.app.server.settings import Settings

SCREENSHOTS = os.environ.get("TUMEN_SCREENSHOTS")
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@contextlib.contextmanager
def served(settings, application=None, port=0):
    """The address of a server of these settings, in a thread of this process."""
    application = application or create_app(settings)
    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=port,
        log_level="error",
        lifespan="on",
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive(), "the server ended while it started"
        assert time.monotonic() < deadline, "the server did not start within a minute"
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"{'https' if settings.certificate else 'http'}://127.0.0.1:{port}"
    finally:
        application.state.shelf.closing.set()
        server.should_exit = True
        thread.join(20)


@contextlib.contextmanager
def chromium():
    """Debian's Chromium under Playwright."""
    from playwright.sync_api import sync_playwright

    path = browser.find()
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield made
        made.close()


class Watched:
    """A page with all that it asked for and complained of."""

    def __init__(self, page, address):
        self.page, self.address = page, address
        self.requests, self.errors = [], []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", self.note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def note(self, message):
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    @property
    def outside(self):
        """Requests that left the machine."""
        allowed = (self.address, "data:", "blob:")
        return [url for url in self.requests if not url.startswith(allowed)]

    def go(self, link):
        """Open a page of the server."""
        return self.page.goto(self.address + link, wait_until="load")

    def shoot(self, name):
        """Keep a picture of the whole page where a folder for them is named."""
        if SCREENSHOTS:
            folder = Path(SCREENSHOTS)
            folder.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=folder / f"{name}.png", full_page=True)

    def fits(self):
        """Whether nothing sticks out to the right."""
        script = "document.documentElement.scrollWidth <= window.innerWidth"
        return self.page.evaluate(script)


@contextlib.contextmanager
def watched(made, address, size=DESKTOP, **options):
    """A fresh page in its own context."""
    context = made.new_context(viewport=size, **options)
    try:
        yield Watched(context.new_page(), address)
    finally:
        context.close()


def client(tmp_path, **options):
    """A client of the application without a socket."""
    with warnings.catch_warnings():
        # It asks for a successor of httpx that is not needed yet.
        warnings.filterwarnings("ignore", message="Using `httpx` with")
        from fastapi.testclient import TestClient

    scheme = "https" if options.get("public") else "http"
    application = create_app(Settings(tmp_path / "store", **options))
    return TestClient(application, base_url=f"{scheme}://localhost")


__all__ = ["DESKTOP", "PHONE", "chromium", "client", "httpx", "pytest", "served", "watched"]
