"""What opens the door: a session after a login, a token for a program. Only digests are kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from tumen.app.security.accounts import Account, account_of
from tumen.app.server.settings import Limits
from tumen.errors import ServeError
from tumen.store.clock import now, seconds_since
from tumen.store.database import Database

PREFIX = "tumen_"
DAYS, MOST_DAYS, MOST_TOKENS, LABEL = 90, 366, 50, 80
# A session's last use is written no more often than this, since every write waits for the disk.
NOTED_SECONDS = 60.0
# An account with what it opened the door with.
HELD = """SELECT accounts.*, held.created AS since, held.{when} AS noted
    FROM {table} AS held JOIN accounts ON accounts.name = held.account
    WHERE held.digest = ? AND accounts.disabled = 0"""


def digest(secret: str) -> str:
    """What is kept of a secret: too long to guess, it needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Sessions:
    """Who is logged in."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self.database, self.limits = database, limits

    def start(self, account: str) -> str:
        """A new session's secret; what has expired is swept out on the way."""
        secret = secrets.token_urlsafe(32)
        with self.database.writing() as writer:
            writer.execute(
                "DELETE FROM sessions WHERE used < ? OR created < ?",
                (now(-self.limits.idle_seconds), now(-self.limits.session_seconds)),
            )
            writer.execute(
                "INSERT INTO sessions (digest, account, created, used) VALUES (?, ?, ?, ?)",
                (digest(secret), account, now(), now()),
            )
        return secret

    def holder(self, secret: str) -> Account | None:
        """Whose session it is, if it is one and has not expired."""
        question = HELD.format(table="sessions", when="used")
        for row in self.database.read(question, digest(secret)):
            idle = seconds_since(row["noted"])
            if idle > self.limits.idle_seconds:
                return None
            if seconds_since(row["since"]) > self.limits.session_seconds:
                return None
            if idle > NOTED_SECONDS:
                with self.database.writing() as writer:
                    writer.execute(
                        "UPDATE sessions SET used = ? WHERE digest = ?", (now(), digest(secret))
                    )
            return account_of(row)
        return None

    def end(self, secret: str) -> None:
        """Forget a session."""
        with self.database.writing() as writer:
            writer.execute("DELETE FROM sessions WHERE digest = ?", (digest(secret),))


@dataclass(frozen=True)
class Token:
    """What is known of a token once it was handed out."""

    id: str
    account: str
    label: str
    created: str
    expires: str


class Tokens:
    """Tokens of programs."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def make(self, account: str, days: int = DAYS, label: str = "") -> tuple[str, Token]:
        """A new token, shown this once, and what is kept of it. Raises `ServeError`."""
        if not 1 <= days <= MOST_DAYS:
            raise ServeError(f"a token lasts 1 to {MOST_DAYS} days, not {days}")
        label = " ".join(label.split())
        if len(label) > LABEL or not label.isprintable():
            raise ServeError(f"a token's label has up to {LABEL} plain characters; shorten it")
        secret = PREFIX + secrets.token_urlsafe(32)
        made = Token(secrets.token_hex(4), account, label, now(), now(days * 86_400.0))
        with self.database.writing() as writer:
            writer.execute("DELETE FROM tokens WHERE expires < ?", (now(),))
            count = "SELECT count(*) FROM tokens WHERE account = ?"
            if writer.execute(count, (account,)).fetchone()[0] >= MOST_TOKENS:
                raise ServeError(f"{account} has {MOST_TOKENS} tokens; revoke one first")
            writer.execute(
                "INSERT INTO tokens (digest, id, account, label, created, expires) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (digest(secret), made.id, account, made.label, made.created, made.expires),
            )
        return secret, made

    def of(self, account: str) -> list[Token]:
        """An account's tokens that still open the door, the newest first."""
        rows = self.database.read(
            "SELECT id, account, label, created, expires FROM tokens "
            "WHERE account = ? AND expires > ? ORDER BY created DESC",
            account,
            now(),
        )
        return [Token(**row) for row in rows]

    def holder(self, secret: str) -> Account | None:
        """Whose token it is, if it is one and has not expired."""
        if not secret.startswith(PREFIX):
            return None
        question = HELD.format(table="tokens", when="expires")
        rows: list[dict[str, Any]] = self.database.read(question, digest(secret))
        return account_of(rows[0]) if rows and rows[0]["noted"] > now() else None

    def revoke(self, account: str, token: str) -> None:
        """Forget a token of an account. Raises `ServeError` where there is none."""
        with self.database.writing() as writer:
            gone = writer.execute(
                "DELETE FROM tokens WHERE id = ? AND account = ?", (token, account)
            ).rowcount
        if not gone:
            raise ServeError(f"{account} has no token {token!r}; tumen accounts tokens lists them")
