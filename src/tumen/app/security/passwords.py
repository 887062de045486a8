"""Passwords as hashes that cost time and memory to try, and what a password must be."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from tumen.app.extras import extra_installed
from tumen.errors import ServeError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 256
# Each check takes 64 MiB; a crowd at the door may not take the machine's memory.
checking = threading.BoundedSemaphore(2)


@cache
def hasher() -> PasswordHasher:
    """What makes and checks hashes, with the library's own settings."""
    with extra_installed("an account"):
        from argon2 import PasswordHasher
    return PasswordHasher()


def plain(password: str) -> str:
    """A password as it is hashed: the same letters typed on two keyboards are the same."""
    return unicodedata.normalize("NFKC", password)


def check_new(password: str, name: str) -> None:
    """Refuse a password that is too short, too long or the name. Raises `ServeError`."""
    if not SHORTEST <= len(plain(password)) <= LONGEST:
        raise ServeError(f"a password has {SHORTEST} to {LONGEST} characters; choose another")
    if len(set(password)) < 4 or plain(password).casefold() == name.casefold():
        raise ServeError("that password is easily guessed; choose another")


def hashed(password: str) -> str:
    """The hash that is kept."""
    with checking:
        return hasher().hash(plain(password))


@cache
def nobody() -> str:
    """A hash that no password has, checked where the name is unknown: it takes as long."""
    return hashed("\x00" * SHORTEST)


def matches(kept: str | None, password: str) -> bool:
    """Whether a password is the one; without a hash it takes as long, and is not."""
    from argon2.exceptions import InvalidHashError, VerificationError

    against = kept or nobody()
    with checking:
        try:
            hasher().verify(against, plain(password[: LONGEST + 1]))
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether a hash was made with settings that are no longer the library's."""
    return hasher().check_needs_rehash(kept)
