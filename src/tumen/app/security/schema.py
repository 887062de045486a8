"""The tables of accounts, and the steps that bring older ones to them."""

from __future__ import annotations

from tumen.store.schema import Steps

# Of what opens the door only digests are kept. A name that was once somebody's is not given away,
# since that person's runs still bear it.
STEPS: Steps = (
    (
        """CREATE TABLE accounts (
            name TEXT PRIMARY KEY,
            role TEXT NOT NULL CHECK (role IN ('viewer', 'analyst')),
            password TEXT NOT NULL,
            disabled INTEGER NOT NULL DEFAULT 0,
            created TEXT NOT NULL
        )""",
        """CREATE TABLE sessions (
            digest TEXT PRIMARY KEY,
            account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
            created TEXT NOT NULL,
            used TEXT NOT NULL
        )""",
        """CREATE TABLE tokens (
            digest TEXT PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
            label TEXT NOT NULL,
            created TEXT NOT NULL,
            expires TEXT NOT NULL
        )""",
        "CREATE TABLE former (name TEXT PRIMARY KEY)",
        "CREATE INDEX sessions_by_account ON sessions (account)",
        "CREATE INDEX tokens_by_account ON tokens (account)",
    ),
)
