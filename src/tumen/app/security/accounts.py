"""Accounts of a public server: names, roles and hashes of passwords, in a database of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from tumen.app.security import passwords, schema
from tumen.app.server.visitor import Role
from tumen.errors import ServeError, nearest
from tumen.files import explain
from tumen.store.clock import now
from tumen.store.database import Database

FILE = "accounts.sqlite"
NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class Account:
    """A person who may come in."""

    name: str
    role: Role
    disabled: bool
    created: str


def open_database(folder: Path) -> Database:
    """The database of accounts in a store, readable by its owner alone."""
    place = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place.touch(mode=0o600)
    except OSError as error:
        raise explain(place, error) from None
    return Database(place, schema.STEPS)


def account_of(row: dict[str, Any]) -> Account:
    """An account from its row."""
    return Account(row["name"], row["role"], bool(row["disabled"]), row["created"])


def check_role(role: str) -> None:
    """Refuse a role that there is not. Raises `ServeError`."""
    if role not in ROLES:
        raise ServeError(f"there is no role {role!r}{nearest(role, ROLES)}")


def taken(name: str) -> ServeError:
    """The refusal of a name that is or was in use."""
    return ServeError(f"the name {name!r} is or was somebody's, whose runs bear it; choose another")


class Accounts:
    """Who may come in, as the database has it at the moment of asking."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def all(self) -> list[Account]:
        """Every account, by name."""
        rows = self.database.read("SELECT * FROM accounts ORDER BY name")
        return [account_of(row) for row in rows]

    def get(self, name: str) -> Account:
        """An account. Raises `ServeError` where there is none."""
        rows = self.database.read("SELECT * FROM accounts WHERE name = ?", name.lower())
        if not rows:
            known = [one.name for one in self.all()]
            hint = nearest(name, known) if known else "; tumen accounts add makes one"
            raise ServeError(f"there is no account {name!r}{hint}")
        return account_of(rows[0])

    def check_free(self, name: str, role: str) -> None:
        """Refuse a name that cannot be or is or was somebody's, or no role. Raises `ServeError`."""
        if not NAME.fullmatch(name.lower()):
            raise ServeError(
                f"{name!r} cannot be an account's name; use up to 64 of a-z, 0-9 and . _ @ -, "
                "the first a letter or digit"
            )
        check_role(role)
        names = "SELECT name FROM accounts UNION SELECT name FROM former"
        if name.lower() in {row["name"] for row in self.database.read(names)}:
            raise taken(name)

    def add(self, name: str, role: str, password: str) -> Account:
        """A new account. Raises `ServeError` for a bad or taken name or a weak password."""
        name = name.lower()
        self.check_free(name, role)
        passwords.check_new(password, name)
        kept = passwords.hashed(password)
        with self.database.writing() as writer:
            made = writer.execute(
                "INSERT OR IGNORE INTO accounts (name, role, password, created) "
                "VALUES (?, ?, ?, ?)",
                (name, role, kept, now()),
            ).rowcount
        if not made:
            raise taken(name)
        return self.get(name)

    def set_role(self, name: str, role: str) -> None:
        """Give an account another role, from its next request on."""
        check_role(role)
        account = self.get(name)
        with self.database.writing() as writer:
            writer.execute("UPDATE accounts SET role = ? WHERE name = ?", (role, account.name))

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Shut an account out, and end its sessions and tokens; or let it in again."""
        account = self.get(name)
        with self.database.writing() as writer:
            writer.execute(
                "UPDATE accounts SET disabled = ? WHERE name = ?", (int(disabled), account.name)
            )
            if disabled:
                writer.execute("DELETE FROM sessions WHERE account = ?", (account.name,))
                writer.execute("DELETE FROM tokens WHERE account = ?", (account.name,))

    def set_password(self, name: str, password: str) -> None:
        """Change a password; whoever was logged in with the old one must log in again."""
        account = self.get(name)
        passwords.check_new(password, account.name)
        kept = passwords.hashed(password)
        with self.database.writing() as writer:
            writer.execute("UPDATE accounts SET password = ? WHERE name = ?", (kept, account.name))
            writer.execute("DELETE FROM sessions WHERE account = ?", (account.name,))

    def remove(self, name: str) -> None:
        """Forget an account for good; its name stays taken."""
        account = self.get(name)
        with self.database.writing() as writer:
            writer.execute("DELETE FROM accounts WHERE name = ?", (account.name,))
            writer.execute("INSERT OR IGNORE INTO former (name) VALUES (?)", (account.name,))

    def check(self, name: str, password: str) -> Account | None:
        """The account that a name and password open; it takes as long where there is none."""
        rows = self.database.read("SELECT * FROM accounts WHERE name = ?", name.lower())
        kept = str(rows[0]["password"]) if rows and not rows[0]["disabled"] else None
        if not passwords.matches(kept, password) or kept is None:
            return None
        if passwords.outdated(kept):
            renewed = passwords.hashed(password)
            with self.database.writing() as writer:
                # Only over the hash that was checked: the password may have changed meanwhile.
                writer.execute(
                    "UPDATE accounts SET password = ? WHERE name = ? AND password = ?",
                    (renewed, rows[0]["name"], kept),
                )
        return account_of(rows[0])
