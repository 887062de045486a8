"""`tumen serve`: the server in this process, on a free or a named port."""

from __future__ import annotations

import contextlib
import re
import socket
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

from tumen.app.extras import extra_installed
from tumen.app.server.settings import LOOPBACK, Settings
from tumen.errors import ServeError, TumenError

if TYPE_CHECKING:
    from tumen.app.server.shelf import Shelf


def check(settings: Settings) -> None:
    """Refuse what would let others in without a guard. Raises `ServeError`."""
    if not settings.public:
        if settings.host not in LOOPBACK:
            raise ServeError(
                f"--host {settings.host} would let others in without a login; add --public, which "
                "asks for accounts, or listen on 127.0.0.1"
            )
        if settings.proxy or settings.certificate or settings.key:
            raise ServeError("--behind-proxy, --certificate and --key go with --public; add it")
        return
    if not settings.names:
        raise ServeError("--public needs the name that people open it by; add --name HOST")
    if settings.proxy and (settings.certificate or settings.key):
        raise ServeError("give --behind-proxy, or --certificate and --key, not both")
    if not settings.proxy and not (settings.certificate and settings.key):
        raise ServeError(
            "--public needs an encrypted line; give --certificate FILE and --key FILE, or "
            "--behind-proxy where a proxy on this machine speaks https"
        )
    check_names(settings.names)
    check_certificate(settings)
    check_accounts(settings)


def check_names(names: tuple[str, ...]) -> None:
    """Refuse what is no bare host name. Raises `ServeError`."""
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?", name):
            raise ServeError(f"--name {name!r} is no host name; write it as tumen.example.org")


def check_certificate(settings: Settings) -> None:
    """Refuse a certificate or key that cannot be used. Raises `ServeError`."""
    if settings.certificate is None:
        return
    import ssl

    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Without an answer at hand it would ask at the terminal for the key's password.
        context.load_cert_chain(settings.certificate, settings.key, password=lambda: "")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ServeError(
            f"--certificate {settings.certificate} and --key {settings.key} cannot be used "
            f"({reason.lower()}); both are PEM files, the key without a password, and belong "
            "together"
        ) from None


def check_accounts(settings: Settings) -> None:
    """Refuse to open a door that nobody could go through. Raises `ServeError`."""
    from tumen.app.security.accounts import FILE, Accounts, open_database

    able = False
    if (settings.folder / FILE).exists():
        database = open_database(settings.folder)
        try:
            able = any(not one.disabled for one in Accounts(database).all())
        finally:
            database.close()
    if not able:
        raise ServeError(
            "--public needs at least one account; tumen accounts add NAME --role analyst makes one"
        )


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """A socket at the address. Raises `ServeError` where it is taken or not ours."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Named as TCP, for only then are small answers sent at once instead of held back 40 ms.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((settings.host, settings.port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ServeError(
                f"cannot listen on {settings.host} port {settings.port} ({reason.lower()}); name "
                "another with --port, or 0 for any free one"
            ) from None
        made.listen(128)
        yield made


def working(settings: Settings) -> contextlib.AbstractContextManager[object]:
    """The processes that work on runs; none where none are wanted."""
    from tumen.app.jobs.supervise import Workers

    if not settings.workers:
        return contextlib.nullcontext()
    limit, quota = settings.limits.job_seconds, settings.quota
    return Workers(settings.folder, settings.workers, limit=limit, quota=quota)


def warm(shelf: Shelf) -> None:
    """Answer the first case once, so that no visitor waits while functions are compiled.

    A store of shipped cases that cannot be answered is said by the page that is asked for it.
    """
    from tumen.analysis.answer import answer_to
    from tumen.app.pages.case import live_document
    from tumen.scenario.variation import Variation

    with contextlib.suppress(TumenError):
        case = shelf.case(shelf.cases()[0])
        live_document(answer_to(case, Variation()), case, Variation())


def serve(settings: Settings) -> None:
    """Answer until Ctrl-C. Raises `ServeError` where it may not or cannot."""
    with extra_installed("tumen serve"):
        import uvicorn

        from tumen.app.server.build import create_app
    check(settings)
    with listening(settings) as at:
        host, port = at.getsockname()[:2]
        made = create_app(settings)

        class Server(uvicorn.Server):
            """One that tells endless answers when it is to end."""

            def handle_exit(self, sig: int, frame: FrameType | None) -> None:
                """Ctrl-C or a request to end."""
                made.state.shelf.closing.set()
                super().handle_exit(sig, frame)

        config = uvicorn.Config(
            made,
            log_level="warning",
            server_header=False,
            proxy_headers=settings.proxy,
            forwarded_allow_ips="127.0.0.1,::1" if settings.proxy else None,
            ssl_certfile=settings.certificate,
            ssl_keyfile=settings.key,
            # The one that bounds headers, whatever else is installed.
            http="h11",
            h11_max_incomplete_event_size=65_536,
            limit_concurrency=settings.limits.connections,
            timeout_graceful_shutdown=5,
        )
        scheme = "https" if settings.certificate else "http"
        shown = f"[{host}]" if ":" in host else host
        sys.stderr.write(f"tumen: open {scheme}://{shown}:{port}/ - Ctrl-C stops it\n")
        sys.stderr.flush()
        with contextlib.suppress(KeyboardInterrupt), working(settings):
            # No daemon: a process must not end while functions are being compiled in it.
            threading.Thread(target=warm, args=(made.state.shelf,)).start()
            Server(config).run([at])
