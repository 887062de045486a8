"""`tumen accounts`: who may come in to a public server, and the tokens of their programs."""

from __future__ import annotations

import contextlib
import getpass
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tumen.app.extras import extra_installed
from tumen.app.server.settings import Settings
from tumen.errors import ServeError
from tumen.store.place import default_folder

if TYPE_CHECKING:
    from tumen.app.security.watch import Watch

app = typer.Typer(
    help="Accounts of a public server: add, list, role, password, disable, token and more.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(help="The account's name.")]
Folder = Annotated[
    Path | None, typer.Option("--store", help="Folder of the server's runs (default: TUMEN_STORE).")
]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input, one line.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@contextlib.contextmanager
def opened(store: Path | None, act: str, name: str = "") -> Iterator[Watch]:
    """The accounts of a store; what was done to them goes into its log."""
    with extra_installed("tumen accounts"):
        from tumen.app.security.watch import Watch
    watch = Watch(Settings(store or default_folder()))
    try:
        yield watch
        if act:
            who = f"{getpass.getuser()} at the terminal"
            watch.audit.note(act, who=who, what=name.lower(), status=None)
    finally:
        watch.database.close()


def ask_password(from_stdin: bool) -> str:
    """A new password, typed twice and not shown, or a line of standard input."""
    if from_stdin:
        line = sys.stdin.readline()
        return line.removesuffix("\n").removesuffix("\r")
    if not sys.stdin.isatty():
        raise ServeError("there is no terminal to ask for a password; use --password-stdin")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise ServeError("the password was not typed the same twice; nothing was changed")
    return first


@app.command()
def add(
    name: Name,
    role: Annotated[str, typer.Option("--role", help="viewer or analyst.")],
    store: Folder = None,
    password_stdin: FromStdin = False,
) -> None:
    """Add an account; the password is asked for."""
    with opened(store, f"add account as {role}", name) as watch:
        watch.accounts.check_free(name, role)
        made = watch.accounts.add(name, role, ask_password(password_stdin))
    typer.echo(f"{made.name} may now log in, as {made.role}")


@app.command("list")
def list_accounts(store: Folder = None, json: Json = False) -> None:
    """List the accounts."""
    from tumen.app.commands.output import print_json, print_pairs

    with opened(store, "") as watch:
        accounts = watch.accounts.all()
    if json:
        print_json([asdict(one) for one in accounts])
        return
    if not accounts:
        sys.stderr.write("tumen: there are no accounts yet; tumen accounts add NAME makes one\n")
        return
    print_pairs({one.name: f"{one.role}{', disabled' if one.disabled else ''}" for one in accounts})


@app.command()
def role(
    name: Name,
    role: Annotated[str, typer.Argument(help="viewer or analyst.")],
    store: Folder = None,
) -> None:
    """Give an account another role."""
    with opened(store, f"change role to {role}", name) as watch:
        watch.accounts.set_role(name, role)
    typer.echo(f"{name.lower()} is {role} from the next request on")


@app.command()
def password(name: Name, store: Folder = None, password_stdin: FromStdin = False) -> None:
    """Set an account's password anew; its sessions end."""
    with opened(store, "set password", name) as watch:
        watch.accounts.get(name)
        watch.accounts.set_password(name, ask_password(password_stdin))
    typer.echo(f"{name.lower()} has a new password and has to log in again")


@app.command()
def disable(name: Name, store: Folder = None) -> None:
    """Shut an account out; its sessions end and its tokens are revoked."""
    with opened(store, "disable account", name) as watch:
        watch.accounts.set_disabled(name, True)
    typer.echo(f"{name.lower()} is shut out; tumen accounts enable lets it in again")


@app.command()
def enable(name: Name, store: Folder = None) -> None:
    """Let a disabled account in again."""
    with opened(store, "enable account", name) as watch:
        watch.accounts.set_disabled(name, False)
    typer.echo(f"{name.lower()} may log in again")


@app.command()
def remove(name: Name, store: Folder = None) -> None:
    """Remove an account for good; its runs stay, and its name is not given away."""
    with opened(store, "remove account", name) as watch:
        watch.accounts.remove(name)
    typer.echo(f"{name.lower()} is removed")


@app.command()
def token(
    name: Name,
    days: Annotated[int, typer.Option("--days", help="How long it lasts.")] = 90,
    label: Annotated[str, typer.Option("--label", help="What it is for.")] = "",
    store: Folder = None,
) -> None:
    """Make a token for an account's programs and print it, this once."""
    with opened(store, "make token", name) as watch:
        account = watch.accounts.get(name)
        if account.disabled:
            raise ServeError(f"{account.name} is disabled; tumen accounts enable lets it in again")
        secret, made = watch.tokens.make(account.name, days, label)
    sys.stderr.write(f"tumen: token {made.id} of {account.name}, until {made.expires[:10]}\n")
    typer.echo(secret)


@app.command()
def tokens(name: Name, store: Folder = None, json: Json = False) -> None:
    """List an account's tokens."""
    from tumen.app.commands.output import print_json, print_pairs

    with opened(store, "") as watch:
        found = watch.tokens.of(watch.accounts.get(name).name)
    if json:
        print_json([asdict(one) for one in found])
        return
    if not found:
        sys.stderr.write(f"tumen: {name.lower()} has no tokens\n")
        return
    print_pairs({one.id: f"until {one.expires[:10]} {one.label}".rstrip() for one in found})


@app.command()
def revoke(
    name: Name,
    token: Annotated[str, typer.Argument(help="The token's id; tumen accounts tokens lists them.")],
    store: Folder = None,
) -> None:
    """Revoke a token."""
    with opened(store, "revoke token", name) as watch:
        watch.tokens.revoke(watch.accounts.get(name).name, token)
    typer.echo(f"token {token} opens nothing any more")
