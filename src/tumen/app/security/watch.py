"""What the door has at hand: accounts, sessions, tokens, the log, and who came how often."""

from __future__ import annotations

import threading
from functools import cached_property

from fastapi import Request

from tumen.app.security import origin
from tumen.app.security.accounts import Accounts, open_database
from tumen.app.security.audit import Audit
from tumen.app.security.keys import Sessions, Tokens
from tumen.app.security.rates import AtOnce, Buckets
from tumen.app.server.settings import Settings
from tumen.store.database import Database


class Watch:
    """All that guarding needs; made once for a server, its database when first asked."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.opening = threading.Lock()
        self.requests = Buckets(settings.limits.requests_a_minute)
        self.logins = Buckets(settings.limits.logins_a_minute)
        self.under_way = AtOnce()
        self.audit = Audit(settings.folder)

    @cached_property
    def opened(self) -> Database:
        """The database itself."""
        return open_database(self.settings.folder)

    @property
    def database(self) -> Database:
        """The database of accounts, opened once, whoever asks first."""
        with self.opening:
            return self.opened

    @property
    def accounts(self) -> Accounts:
        """Who may come in."""
        return Accounts(self.database)

    @property
    def sessions(self) -> Sessions:
        """Who is logged in."""
        return Sessions(self.database, self.settings.limits)

    @property
    def tokens(self) -> Tokens:
        """Tokens of programs."""
        return Tokens(self.database)

    @cached_property
    def local_token(self) -> str:
        """What forms hold on a server for one person."""
        return origin.token_for(origin.local_secret(self.settings.folder))


def watch_of(request: Request) -> Watch:
    """What the door has at hand."""
    watch = request.app.state.watch
    assert isinstance(watch, Watch)
    return watch
