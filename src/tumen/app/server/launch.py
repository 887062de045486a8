"""`tumen serve`: the server in this process, on a free or a named port."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator

from tumen.app.server.settings import LOOPBACK, Settings
from tumen.errors import ServeError, TumenError

NEEDED = "tumen serve needs the extra `app`: pip install 'tumen[app]'"


def check(settings: Settings) -> None:
    """Refuse what would let others in without a guard. Raises `ServeError`."""
    if settings.host not in LOOPBACK and not settings.public:
        raise ServeError(
            f"--host {settings.host} would let others in without a login; add --public, which "
            "asks for accounts, or listen on 127.0.0.1"
        )


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """A socket at the address. Raises `ServeError` where it is taken or not ours."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as made:
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


def serve(settings: Settings) -> None:
    """Answer until Ctrl-C. Raises `ServeError` where it may not or cannot."""
    try:
        import uvicorn

        from tumen.app.server.build import create_app
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("tumen"):
            raise
        raise ServeError(f"{NEEDED} ({missing.name} is missing)") from None
    check(settings)
    with listening(settings) as at:
        host, port = at.getsockname()[:2]
        config = uvicorn.Config(
            create_app(settings),
            log_level="warning",
            server_header=False,
            proxy_headers=settings.proxy,
            forwarded_allow_ips="127.0.0.1,::1" if settings.proxy else None,
            ssl_certfile=settings.certificate,
            ssl_keyfile=settings.key,
            timeout_graceful_shutdown=5,
        )
        scheme = "https" if settings.certificate else "http"
        shown = f"[{host}]" if ":" in host else host
        sys.stderr.write(f"tumen: open {scheme}://{shown}:{port}/ - Ctrl-C stops it\n")
        sys.stderr.flush()
        try:
            uvicorn.Server(config).run([at])
        except TumenError:
            raise
        except KeyboardInterrupt:
            return
