"""Attempts to be somebody else: forged sessions, other sites, another user's run, a viewer."""

import re

from attack import (
    FORM,
    HOST,
    JSON,
    LIMITS,
    OWN,
    PAGE,
    PASSWORD,
    Attempt,
    encoded,
    to_login,
    token_in,
)
from tumen.app.security.identity import SESSION, VISIT
from tumen.app.security.keys import digest
from tumen.store.clock import now


def sessions(on):
    true, _ = on.sessions["anna"]
    expired, idle = on.watch.sessions.start("anna"), on.watch.sessions.start("anna")
    out, _ = on.log_in("boris")
    past = now(-LIMITS.session_seconds - 1)
    with on.watch.database.writing() as writer:
        for column, secret in (("created", expired), ("used", idle)):
            writer.execute(
                f"UPDATE sessions SET {column} = ? WHERE digest = ?", (past, digest(secret))
            )
    on.watch.sessions.end(out)
    forged = {
        "no session": "",
        "a made-up session": "A" * 43,
        "a session with one letter changed": true[:-1] + ("A" if true[-1] != "A" else "B"),
        "a session cut short": true[:-1],
        "a session with more after it": true + "A",
        "what is kept of a session": digest(true),
        "an expired session": expired,
        "a session idle for too long": idle,
        "a session after logging out": out,
        "a session as JSON": '{"name":"anna","role":"analyst"}',
        "a session as SQL": "' OR 1=1 --",
        "a session with odd letters": "\u00e9" * 43,
    }
    for what, cookie in forged.items():
        headers = {"Cookie": f"{SESSION}={cookie}"}
        yield Attempt(what, "/api/v1/runs", (401,), headers=headers)
        yield Attempt(f"{what}, page", "/runs", (303,), headers=headers | PAGE, check=to_login)
    yield Attempt(
        "a cookie of another name", "/api/v1/runs", (401,), headers={"Cookie": f"tumen={true}"}
    )
    yield Attempt(
        "a visit for a session", "/api/v1/runs", (401,), headers={"Cookie": f"{VISIT}={true}"}
    )
    secret, made = on.watch.tokens.make("anna", 1, "old")
    gone, other = on.watch.tokens.make("anna", 1, "gone")
    on.watch.tokens.revoke("anna", other.id)
    with on.watch.database.writing() as writer:
        writer.execute("UPDATE tokens SET expires = ? WHERE id = ?", (now(-1), made.id))
    for what, token in {
        "an expired token": secret,
        "a revoked token": gone,
        "a made-up token": "tumen_" + "A" * 43,
        "a session as a token": true,
        "an empty token": "",
        "a token of only the prefix": "tumen_",
    }.items():
        bearer = {"Authorization": f"Bearer {token}"}
        yield Attempt(what, "/api/v1/runs", (401,), headers=bearer)
        yield Attempt(
            f"{what} beside a session", "/api/v1/runs", (401,), headers=bearer | on.as_("anna")
        )
    trusted = {"X-Forwarded-User": "anna", "Remote-User": "anna", "X-Role": "analyst"}
    yield Attempt("a name in a header", "/api/v1/runs", (401,), headers=trusted)


def others(on):
    """Another analyst's run."""
    boris = on.as_("boris")
    pages, api = f"/runs/{on.run}", f"/api/v1/runs/{on.run}"
    ways = [
        *(("GET", pages + end) for end in ("", "/state", "/report", "/files/x.json", "/all.zip")),
        ("GET", pages + "/inputs/case.yaml"),
        *(("POST", f"{pages}/{act}") for act in ("cancel", "retry", "delete")),
        *(("GET", api + end) for end in ("", "/events", "/artefacts", "/artefacts/report.html")),
        *(("POST", f"{api}/{act}") for act in ("cancel", "retry")),
        ("DELETE", api),
    ]
    for method, path in ways:
        yield Attempt("another user's run", path, (404,), method, boris | OWN, check=on.still_there)
    for path in ("/runs", "/api/v1/runs"):
        yield Attempt(
            "a list with another user's run", path, (200, 404), headers=boris,
            check=lambda got: on.run.encode() not in got.body and b"Secret" not in got.body,
        )  # fmt: skip
    mixed = f"/compare?a={on.run}&b={on.run}"
    yield Attempt(
        "another user's run to compare", mixed, (200, 404, 422), headers=boris | PAGE,
        check=lambda got: b"Secret question" not in got.body,
    )  # fmt: skip


def other_sites(on):
    session = on.as_("anna", token=False)
    right, (_, wrong) = on.as_("anna"), on.sessions["boris"]
    sites = {
        "another site": {"Origin": "https://evil.example"},
        "a site of like name": {"Origin": f"https://{HOST}.evil.example"},
        "the open line": {"Origin": f"http://{HOST}"},
        "another port": {"Origin": f"https://{HOST}:8443"},
        "a sandbox": {"Origin": "null"},
        "another site without origin": {"Sec-Fetch-Site": "cross-site"},
        "a neighbour": {"Sec-Fetch-Site": "same-site"},
        "another site's page": {"Referer": f"https://evil.example/{HOST}"},
    }
    for path in (
        "/account/tokens",
        f"/runs/{on.run}/delete",
        f"/api/v1/runs/{on.run}/cancel",
        "/logout",
    ):
        for what, headers in sites.items():
            for also, held in ((" with the token", right), (" without a token", session)):
                yield Attempt(
                    what + also, path, (403,), "POST", held | headers, check=on.still_there
                )
        yield Attempt("no token", path, (403,), "POST", session | OWN, check=on.still_there)
        yield Attempt("no origin, no token", path, (403,), "POST", session, check=on.still_there)
        stolen = session | OWN | {"X-CSRF-Token": wrong}
        yield Attempt("another's token", path, (403,), "POST", stolen, check=on.still_there)
        form = encoded({"csrf": wrong, "days": 9})
        yield Attempt("another's token in a form", path, (403,), "POST", session | OWN | FORM, form)
    text = session | {"Content-Type": "text/plain"}
    yield Attempt("JSON as plain text", "/api/v1/solve", (403,), "POST", text, b"{}")
    frame = right | {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    yield Attempt("a picture of another site", "/runs", (403,), headers=frame)
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
    yield Attempt(
        "a preflight", "/api/v1/runs", (401, 403, 405), "OPTIONS", preflight,
        check=lambda got: not got.header("access-control-allow-origin"),
    )  # fmt: skip


def redirects(on):
    places = (
        *("//evil.example", "https://evil.example/", "/%5cevil.example", "%5c%5cevil.example"),
        *("/%09/evil.example", "javascript:alert(1)", "///evil.example", "https:evil.example"),
        *("%2f%2fevil.example", "/%2fevil.example", "@evil.example", ".evil.example", "//%5b"),
    )
    for place in places:
        yield Attempt(
            "on to another site", f"/login?next={place}", (303,), headers=on.as_("anna") | PAGE,
            check=lambda got: got.header("location") == "/",
        )  # fmt: skip
    yield Attempt(
        "on from a double slash", "//evil.example/", (303, 404), headers=PAGE, check=to_login
    )


def viewers(on):
    vera = on.as_("vera") | OWN
    ways = [
        *(
            ("POST", "/runs"),
            ("POST", "/upload"),
            ("POST", "/api/v1/runs"),
            ("PUT", "/api/v1/runs/x"),
        ),
        *(("POST", f"/runs/{on.run}/{act}") for act in ("cancel", "retry", "delete")),
        *(("POST", f"/api/v1/runs/{on.run}/{act}") for act in ("cancel", "retry")),
        ("DELETE", f"/api/v1/runs/{on.run}"),
    ]
    for method, path in ways:
        yield Attempt(
            "a viewer's change", path, (403,), method, vera | FORM, b"case=x", check=on.still_there
        )
    for path in (f"/runs/{on.run}", f"/api/v1/runs/{on.run}"):
        yield Attempt("a viewer's look at a run", path, (404,), headers=vera)
    fields = {"csrf": on.sessions["vera"][1], "days": 9, "role": "analyst", "account": "anna"}
    yield Attempt(
        "a token with another role", "/account/tokens", (200,), "POST", vera | FORM,
        encoded(fields),
        check=lambda got: not any(
            on.watch.tokens.holder(one.decode()).role == "analyst"
            for one in re.findall(rb"tumen_[\w-]{43}", got.body)
        ),
    )  # fmt: skip
    [*_, (own, _)] = [on.watch.tokens.make("vera", 1)]
    bearer = {"Authorization": f"Bearer {own}"}
    yield Attempt("a viewer's program", "/api/v1/runs", (403,), "POST", bearer | JSON, b"{}")
    yield Attempt(
        "a token that makes tokens", "/account/tokens", (403,), "POST", bearer | FORM, b"days=9"
    )
    _, theirs = on.watch.tokens.make("anna", 1)
    fields = {"csrf": on.sessions["vera"][1], "token": theirs.id}
    yield Attempt(
        "another's token to revoke", "/account/tokens/revoke", (404,), "POST", vera | FORM,
        encoded(fields), check=lambda got: theirs.id in {t.id for t in on.watch.tokens.of("anna")},
    )  # fmt: skip


def guesses(on):
    """The last: it shuts the door for a while."""
    shown = on.ask("/login", headers=PAGE)
    visit = re.search(rf"{VISIT}=([\w-]+)", shown.head)[1]
    cookie = {"Cookie": f"{VISIT}={visit}"} | FORM | OWN

    def guess(name, password, where):
        form = {"csrf": token_in(shown), "name": name, "password": password}
        # The proxy adds the true address; what stands before it the guesser wrote.
        headers = cookie | {"X-Forwarded-For": f"{where}, 198.51.100.7"}
        return "/login", "POST", headers, encoded(form)

    for number in range(LIMITS.logins_a_minute):
        path, *rest = guess("anna", f"guess number {number}", f"10.0.0.{number}")
        yield Attempt("a guessed password", path, (403,), *rest)
    for number, name in enumerate(("anna", "vera", "nobody", "ANNA")):
        path, *rest = guess(name, PASSWORD, f"10.0.1.{number}")
        yield Attempt(
            "one guess too many", path, (429,), *rest, check=lambda got: got.header("retry-after")
        )


KINDS = (sessions, others, other_sites, redirects, viewers, guesses)
