"""Accounts, sessions and tokens: what is kept of them, what ends them, and their commands."""

import json
import sqlite3
import threading

import pytest

from tumen.app.cli import main
from tumen.app.security import accounts as module
from tumen.app.security import keys, passwords
from tumen.app.security.accounts import Accounts, open_database
from tumen.app.security.audit import Audit
from tumen.app.security.keys import Sessions, Tokens
from tumen.app.server.settings import Limits
from tumen.errors import ServeError, StoreError
from tumen.store.clock import now

PASSWORD = "seven quiet rivers"


@pytest.fixture
def database(tmp_path):
    made = open_database(tmp_path)
    yield made
    made.close()


@pytest.fixture
def accounts(database, monkeypatch):
    """Accounts with one analyst; hashing is made cheap, which also tests its renewal."""
    from argon2 import PasswordHasher

    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "hasher", lambda: cheap)
    made = Accounts(database)
    made.add("Anna", "analyst", PASSWORD)
    return made


def kept(database, table, column="*"):
    return [tuple(row.values()) for row in database.read(f"SELECT {column} FROM {table}")]


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(list(map(str, arguments)))
    shown = capsys.readouterr()
    return int(left.value.code or 0), shown.out, shown.err


# Accounts.


def test_the_right_password_opens_and_another_does_not(accounts):
    assert accounts.check("ANNA", PASSWORD).role == "analyst"
    assert accounts.check("anna", PASSWORD + " ") is None
    assert accounts.check("anna", "") is None
    assert accounts.check("nobody", PASSWORD) is None
    assert accounts.check("nobody", "\x00" * passwords.SHORTEST) is None
    accounts.set_disabled("anna", True)
    assert accounts.check("anna", PASSWORD) is None


def test_the_same_letters_from_another_keyboard_are_the_same_password(accounts):
    accounts.set_password("anna", "caf\u00e9 on the corner")
    assert accounts.check("anna", "cafe\u0301 on the corner")


def test_only_a_hash_with_the_librarys_settings_is_kept(database):
    Accounts(database).add("anna", "viewer", PASSWORD)
    [(hashed,)] = kept(database, "accounts", "password")
    assert hashed.startswith("$argon2id$")
    assert PASSWORD not in (database.path).read_bytes().decode("latin-1")
    assert not passwords.outdated(hashed)
    assert database.path.stat().st_mode & 0o077 == 0


def test_a_hash_of_weaker_settings_is_renewed_at_the_next_login(accounts, database, monkeypatch):
    before = kept(database, "accounts", "password")
    assert accounts.check("anna", PASSWORD)
    assert kept(database, "accounts", "password") == before
    monkeypatch.undo()
    passwords.hasher.cache_clear()
    assert accounts.check("anna", "wrong password") is None
    assert kept(database, "accounts", "password") == before
    assert accounts.check("anna", PASSWORD)
    [(renewed,)] = kept(database, "accounts", "password")
    assert (renewed,) not in before
    assert accounts.check("anna", PASSWORD)


def test_an_unknown_name_costs_a_hash_too(accounts, monkeypatch):
    checked = []
    cheap = passwords.hasher()

    class Counted:
        def verify(self, kept, password):
            checked.append(kept)
            return cheap.verify(kept, password)

        hash = staticmethod(cheap.hash)

    monkeypatch.setattr(passwords, "hasher", Counted)
    accounts.check("nobody", PASSWORD)
    assert len(checked) == 1


@pytest.mark.parametrize(
    "name", ["", "a b", "-a", "a/b", "../a", "a\x00", "a" * 65, "ä", "a'; --", "a\n"]
)
def test_odd_names_are_refused(accounts, name):
    with pytest.raises(ServeError, match="cannot be an account's name"):
        accounts.add(name, "viewer", PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "a" * 11, "a" * 12, "a" * 300, "abababababab"])
def test_weak_passwords_are_refused(accounts, password):
    with pytest.raises(ServeError, match="password"):
        accounts.add("vera", "viewer", password)
    with pytest.raises(ServeError, match="password"):
        accounts.set_password("anna", password)
    assert accounts.check("anna", PASSWORD)


def test_a_name_is_given_once(accounts):
    with pytest.raises(ServeError, match="somebody's"):
        accounts.add("ANNA", "viewer", PASSWORD)
    accounts.remove("anna")
    assert accounts.all() == []
    with pytest.raises(ServeError, match="somebody's"):
        accounts.add("anna", "analyst", PASSWORD)
    with pytest.raises(ServeError, match="no account"):
        accounts.remove("anna")


def test_a_name_asked_for_twice_at_once_is_given_once(accounts):
    outcomes = []

    def ask():
        try:
            outcomes.append(accounts.add("vera", "viewer", PASSWORD))
        except ServeError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(one, module.Account) for one in outcomes) == 1
    assert sum(isinstance(one, ServeError) for one in outcomes) == 3


def test_roles(accounts):
    accounts.set_role("anna", "viewer")
    assert accounts.get("anna").role == "viewer"
    with pytest.raises(ServeError, match="known: viewer, analyst"):
        accounts.set_role("anna", "boss")


def test_a_newer_database_is_left_alone(tmp_path):
    open_database(tmp_path).close()
    with sqlite3.connect(tmp_path / module.FILE) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="newer tumen"):
        open_database(tmp_path)


# Sessions and tokens.


def test_of_a_session_and_a_token_only_digests_are_kept(accounts, database):
    session = Sessions(database, Limits()).start("anna")
    token, _ = Tokens(database).make("anna")
    assert Sessions(database, Limits()).holder(session).name == "anna"
    assert Tokens(database).holder(token).name == "anna"
    whole = "".join(map(str, kept(database, "sessions") + kept(database, "tokens")))
    assert session not in whole
    assert token not in whole
    assert len(session) >= 43


@pytest.mark.parametrize("secret", ["", "x", "tumen_", "tumen_x", "' OR 1=1 --", "\x00", "é" * 40])
def test_what_was_never_handed_out_opens_nothing(accounts, database, secret):
    assert Sessions(database, Limits()).holder(secret) is None
    assert Tokens(database).holder(secret) is None


def test_the_digest_itself_opens_nothing(accounts, database):
    session = Sessions(database, Limits()).start("anna")
    assert Sessions(database, Limits()).holder(keys.digest(session)) is None
    token, _ = Tokens(database).make("anna")
    assert Tokens(database).holder(session) is None
    assert Sessions(database, Limits()).holder(token) is None


def age(database, table, **columns):
    with database.writing() as writer:
        for column, seconds in columns.items():
            writer.execute(f"UPDATE {table} SET {column} = ?", (now(-seconds),))


def test_sessions_expire_when_idle_and_at_the_latest(accounts, database):
    sessions = Sessions(database, Limits(idle_seconds=100, session_seconds=1000))
    secret = sessions.start("anna")
    age(database, "sessions", used=99)
    assert sessions.holder(secret)
    # That was a use, so it may be idle as long again.
    age(database, "sessions", created=990)
    assert sessions.holder(secret)
    age(database, "sessions", used=101)
    assert sessions.holder(secret) is None
    age(database, "sessions", used=1, created=1001)
    assert sessions.holder(secret) is None
    sessions.start("anna")
    assert len(kept(database, "sessions")) == 1


def test_tokens_expire_and_are_revoked_by_their_owner_alone(accounts, database):
    tokens = Tokens(database)
    accounts.add("vera", "viewer", PASSWORD)
    secret, made = tokens.make("anna", 1, "  nightly \n run ")
    assert tokens.of("anna")[0].label == "nightly run"
    with pytest.raises(ServeError, match="no token"):
        tokens.revoke("vera", made.id)
    assert tokens.holder(secret)
    age(database, "tokens", expires=1)
    assert tokens.holder(secret) is None
    assert tokens.of("anna") == []
    tokens.revoke("anna", made.id)
    assert kept(database, "tokens") == []


def test_tokens_have_bounds(accounts, database, monkeypatch):
    tokens = Tokens(database)
    for days in (0, -1, 367, 10**9):
        with pytest.raises(ServeError, match="lasts"):
            tokens.make("anna", days)
    with pytest.raises(ServeError, match="label"):
        tokens.make("anna", 1, "x" * 81)
    monkeypatch.setattr(keys, "MOST_TOKENS", 2)
    tokens.make("anna")
    tokens.make("anna")
    with pytest.raises(ServeError, match="revoke one"):
        tokens.make("anna")


@pytest.mark.parametrize("act", ["disable", "remove"])
def test_who_is_shut_out_is_out_at_once(accounts, database, act):
    sessions, tokens = Sessions(database, Limits()), Tokens(database)
    session, (token, _) = sessions.start("anna"), tokens.make("anna")
    if act == "remove":
        accounts.remove("anna")
    else:
        accounts.set_disabled("anna", True)
        accounts.set_disabled("anna", False)
    assert sessions.holder(session) is None
    assert tokens.holder(token) is None
    assert kept(database, "sessions") == kept(database, "tokens") == []


def test_a_new_password_ends_sessions_and_a_new_role_does_not(accounts, database):
    sessions = Sessions(database, Limits())
    session = sessions.start("anna")
    accounts.set_role("anna", "viewer")
    assert sessions.holder(session).role == "viewer"
    accounts.set_password("anna", PASSWORD + "!")
    assert sessions.holder(session) is None


# The log.


def test_the_log_is_put_aside_when_full_and_loses_no_line(tmp_path):
    audit = Audit(tmp_path, max_bytes=2000, kept=100)
    twin = Audit(tmp_path, max_bytes=2000, kept=100)

    def write(log, who):
        for number in range(100):
            log.note("act", who=who, what=f"{number}\n\u2028", status=200)

    threads = [threading.Thread(target=write, args=pair) for pair in ((audit, "a"), (twin, "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = [tmp_path / "audit.log", *tmp_path.glob("audit-*.log")]
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert len(files) > 5
    assert sorted(line["who"] for line in lines) == ["a"] * 100 + ["b"] * 100
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)


def test_only_so_many_old_logs_stay(tmp_path):
    audit = Audit(tmp_path, max_bytes=100, kept=3)
    for number in range(20):
        audit.note("act", what=str(number), status=None)
    assert len(list(tmp_path.glob("audit-*.log"))) == 3
    assert '"19"' in (tmp_path / "audit.log").read_text()


def test_a_log_that_cannot_be_written_is_told_elsewhere(tmp_path, caplog):
    Audit(tmp_path / "missing").note("log in", who="anna", status=303)
    assert "log in" in caplog.text


# Commands.


def test_the_commands_from_the_first_account_to_none(capsys, tmp_path, monkeypatch):
    def accounts_(*arguments, stdin=""):
        monkeypatch.setattr("sys.stdin", __import__("io").StringIO(stdin))
        return call(capsys, "accounts", *arguments, "--store", tmp_path)

    assert "no accounts yet" in accounts_("list")[2]
    made = accounts_("add", "Anna", "--role", "analyst", "--password-stdin", stdin=PASSWORD + "\n")
    assert made == (0, "anna may now log in, as analyst\n", "")
    assert accounts_("role", "anna", "viewer")[0] == 0
    [listed] = json.loads(accounts_("list", "--json")[1])
    assert (listed["name"], listed["role"], listed["disabled"]) == ("anna", "viewer", False)
    assert "password" not in listed
    code, secret, err = accounts_("token", "anna", "--days", "7", "--label", "nightly")
    assert (code, secret.startswith("tumen_")) == (0, True)
    assert secret.strip() not in err
    [token] = json.loads(accounts_("tokens", "anna", "--json")[1])
    assert token["label"] == "nightly"
    assert accounts_("revoke", "anna", token["id"])[0] == 0
    assert accounts_("password", "anna", "--password-stdin", stdin=PASSWORD + "!\r\n")[0] == 0
    assert accounts_("disable", "anna")[0] == 0
    assert "disabled" in accounts_("list")[1]
    assert "disabled" in accounts_("token", "anna")[2]
    assert accounts_("enable", "anna")[0] == 0
    database = open_database(tmp_path)
    assert Accounts(database).check("anna", PASSWORD + "!")
    database.close()
    assert accounts_("remove", "anna")[0] == 0
    text = (tmp_path / "audit.log").read_text()
    acts = [json.loads(line)["act"] for line in text.splitlines()]
    assert acts[:3] == ["add account as analyst", "change role to viewer", "make token"]
    assert acts[-1] == "remove account"
    assert PASSWORD not in text
    assert secret.strip() not in text


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("add", "anna", "--role", "boss", "--password-stdin"), "no role 'boss'"),
        (("add", "a b", "--role", "viewer", "--password-stdin"), "cannot be"),
        (("add", "anna", "--role", "viewer", "--password-stdin"), "12 to 256"),
        (("add", "anna", "--role", "viewer"), "no terminal"),
        (("role", "anna", "viewer"), "no account 'anna'; tumen accounts add"),
        (("token", "anna"), "no account"),
        (("revoke", "anna", "x"), "no account"),
    ],
    ids=str,
)
def test_a_command_that_cannot_be_done_says_why_and_leaves_no_trace(
    capsys, tmp_path, monkeypatch, arguments, word
):
    monkeypatch.setattr("sys.stdin", __import__("io").StringIO("short\n"))
    code, out, err = call(capsys, "accounts", *arguments, "--store", tmp_path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("tumen: ")
    assert word in err
    assert not (tmp_path / "audit.log").exists()


def test_a_password_is_typed_twice_and_never_shown(capsys, tmp_path, monkeypatch):
    typed = iter([PASSWORD, PASSWORD + "x", PASSWORD, PASSWORD])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    arguments = ("accounts", "add", "anna", "--role", "viewer", "--store", tmp_path)
    assert "not typed the same" in call(capsys, *arguments)[2]
    code, out, err = call(capsys, *arguments)
    assert code == 0
    assert PASSWORD not in out + err
