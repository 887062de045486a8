"""Logging in and out, and an account's own page: its password and the tokens of its programs."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tumen.app.pages.render import page
from tumen.app.pages.texts import text
from tumen.app.security import keys, passwords
from tumen.app.security.identity import SESSION, VISIT, drop_cookie, set_cookie
from tumen.app.security.rates import refuse
from tumen.app.security.shape import address_of
from tumen.app.security.watch import watch_of
from tumen.app.server.problems import Problem
from tumen.app.server.visitor import Visitor, visitor_of
from tumen.errors import ServeError

router = APIRouter()
Field = Annotated[str, Form(max_length=1024)]


def member(request: Request) -> Visitor:
    """Who is asking, where there are accounts. Raises `Problem` 404 on a server for one person."""
    visitor = visitor_of(request)
    if not visitor.public:
        raise Problem(404, "This server is for one person and has no accounts")
    return visitor


Member = Annotated[Visitor, Depends(member)]


def onward(link: str) -> str:
    """Where to go after the login: a page of this server and nowhere else."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return "/"
    own = link.startswith("/") and not link.startswith("//") and link.isprintable()
    if not own or "\\" in link or parts.scheme or parts.netloc or parts.path == "/login":
        return "/"
    return link


@router.get("/login", response_class=HTMLResponse)
def login_page(request: Request, visitor: Member, next: str = "/") -> Response:  # noqa: A002
    """Name and password, and what they are for."""
    if visitor.name:
        return RedirectResponse(onward(next), 303)
    return page(request, "login.html", next=onward(next), name="", wrong="")


@router.post("/login", response_class=HTMLResponse, dependencies=[Depends(member)])
def login(
    request: Request,
    name: Field = "",
    password: Field = "",
    next: Field = "/",  # noqa: A002
) -> Response:
    """Let in whoever knows the password, with a session that is new each time."""
    watch = watch_of(request)
    name = name.strip().lower()
    request.state.who = name[:64]
    tries = (f"address {address_of(request)}", f"account {name}")
    refuse(watch.logins.wait(*tries))
    watch.logins.take(*tries)
    account = watch.accounts.check(name, password)
    if account is None:
        shown: dict[str, Any] = {"next": onward(next), "name": name, "wrong": text("account.wrong")}
        return page(request, "login.html", status_code=403, **shown)
    # Not the address: a guesser with an account of their own could start afresh with each login.
    watch.logins.forget(tries[1])
    if request.cookies.get(SESSION):
        watch.sessions.end(request.cookies[SESSION])
    made = RedirectResponse(onward(next), 303)
    set_cookie(made, SESSION, watch.sessions.start(account.name))
    drop_cookie(made, VISIT)
    return made


@router.post("/logout", dependencies=[Depends(member)])
def logout(request: Request) -> Response:
    """Forget the session, here and in the browser."""
    session = request.cookies.get(SESSION)
    if session:
        watch_of(request).sessions.end(session)
    made = RedirectResponse("/login", 303)
    drop_cookie(made, SESSION)
    return made


def shown_account(request: Request, visitor: Visitor, status: int = 200, **more: Any) -> Response:
    """The account's page, with what has just been done or why it was not."""
    tokens = watch_of(request).tokens.of(visitor.name)
    values = {"done": "", "wrong": "", "token": "", "days": keys.DAYS, "most_days": keys.MOST_DAYS}
    values |= {"shortest": passwords.SHORTEST, "longest": passwords.LONGEST}
    return page(request, "account.html", status_code=status, tokens=tokens, **values | more)


@router.get("/account", response_class=HTMLResponse)
def account_page(request: Request, visitor: Member) -> Response:
    """The account's own page."""
    return shown_account(request, visitor)


@router.post("/account/password", response_class=HTMLResponse)
def change_password(
    request: Request, visitor: Member, old: Field = "", new: Field = "", again: Field = ""
) -> Response:
    """Another password, for one who knows the present one; other browsers have to log in anew."""
    watch = watch_of(request)
    tries = f"account {visitor.name}"
    refuse(watch.logins.wait(tries))
    watch.logins.take(tries)
    if watch.accounts.check(visitor.name, old) is None:
        return shown_account(request, visitor, 403, wrong=text("account.wrong_old"))
    if new != again:
        return shown_account(request, visitor, 422, wrong=text("account.not_twice"))
    try:
        watch.accounts.set_password(visitor.name, new)
    except ServeError as error:
        return shown_account(request, visitor, 422, wrong=sentence(error))
    made = RedirectResponse("/account", 303)
    set_cookie(made, SESSION, watch.sessions.start(visitor.name))
    return made


@router.post("/account/tokens", response_class=HTMLResponse)
def make_token(
    request: Request, visitor: Member, label: Field = "", days: Annotated[int, Form()] = keys.DAYS
) -> Response:
    """A token, shown this once."""
    try:
        token, _ = watch_of(request).tokens.make(visitor.name, days, label)
    except ServeError as error:
        return shown_account(request, visitor, 422, wrong=sentence(error))
    return shown_account(request, visitor, token=token)


@router.post("/account/tokens/revoke", response_class=HTMLResponse)
def revoke_token(request: Request, visitor: Member, token: Field) -> Response:
    """One token less."""
    try:
        watch_of(request).tokens.revoke(visitor.name, token)
    except ServeError:
        raise Problem(404, "You have no such token; reload the page") from None
    return RedirectResponse("/account", 303)


def sentence(error: ServeError) -> str:
    """A message as it stands on a page."""
    told = str(error)
    return f"{told[:1].upper()}{told[1:]}."
