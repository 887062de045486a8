"""The door of the server: whose requests pass, and what each refusal says."""

import asyncio
import json
import re
import time
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import Depends, Request
from fastapi.responses import StreamingResponse

import web
from tumen.app import accounts_command
from tumen.app.security import late, rates, shape
from tumen.app.security.identity import SESSION
from tumen.app.server.launch import check
from tumen.app.server.problems import Problem
from tumen.app.server.settings import Limits, Settings
from tumen.app.server.visitor import Visitor, analyst, visitor_of
from tumen.errors import ServeError

PAGE = {"accept": "text/html"}
ELSEWHERE = {"origin": "https://elsewhere.example"}
PASSWORD = "seven quiet rivers"


def with_routes(client):
    """Small routes that stand for the pages."""

    @client.app.get("/who")
    def who(request: Request):
        visitor = visitor_of(request)
        return {"name": visitor.name, "role": visitor.role, "csrf": visitor.csrf}

    @client.app.post("/change")
    async def change(request: Request, visitor: Annotated[Visitor, Depends(analyst)]):
        got = len(await request.body())
        async with request.form() as form:
            return {"got": got, "form": sorted(form)}

    @client.app.post("/api/v1/solve")
    async def solve(request: Request):
        return {"got": len(await request.body())}

    @client.app.get("/broken")
    def broken():
        raise RuntimeError("a secret of the machine")

    @client.app.get("/slow")
    def slow():
        time.sleep(0.5)
        return "late"

    @client.app.get("/stream")
    async def stream():
        async def parts():
            for _ in range(4):
                await asyncio.sleep(0.1)
                yield "part "

        return StreamingResponse(parts())

    return client


@pytest.fixture
def alone(tmp_path):
    """A server for one person."""
    return with_routes(web.client(tmp_path, limits=Limits(body_bytes=1000, upload_bytes=5000)))


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """A public server with a viewer and an analyst; nobody is logged in."""
    limits = Limits(requests_a_minute=6000, logins_a_minute=100)
    folder = tmp_path_factory.mktemp("crowd")
    made = with_routes(web.client(folder, public=True, names=("localhost",), limits=limits))
    made.app.state.watch.accounts.add("vera", "viewer", PASSWORD)
    made.app.state.watch.accounts.add("anna", "analyst", PASSWORD)
    return made


@pytest.fixture
def public(crowd):
    crowd.cookies.clear()
    return crowd


def form_token(client, page="/login"):
    return re.search(r'name="csrf" value="(\w+)"', client.get(page, headers=PAGE).text)[1]


def log_in(client, name, password=PASSWORD, onward="/account"):
    form = {"csrf": form_token(client), "name": name, "password": password, "next": onward}
    return client.post("/login", data=form, headers=PAGE, follow_redirects=False)


def refusal(response, status):
    """The sentence of a refusal with this status."""
    assert response.status_code == status, response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    return response.json()["detail"]


# A server for one person.


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST."])
def test_loopback_names_are_answered(alone, host):
    assert alone.get("/who", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["rebound.example", "localhost.evil.example", "127.0.0.1.nip.io"])
def test_a_name_that_was_made_to_lead_here_is_refused(alone, host):
    assert "host name" in refusal(alone.get("/who", headers={"host": host}), 421)


def test_further_names_are_answered_when_they_are_given(tmp_path):
    client = with_routes(web.client(tmp_path, names=("Tumen.test",)))
    assert client.get("/who", headers={"host": "tumen.test:80"}).status_code == 200


def test_a_program_without_a_browser_needs_no_token(alone):
    assert alone.post("/change", content=b"abc").json()["got"] == 3


def test_a_browser_needs_the_token_of_the_page(alone):
    browser = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}
    assert "reload" in refusal(alone.post("/change", headers=browser), 403)
    token = alone.get("/who").json()["csrf"]
    good = browser | {"x-csrf-token": token}
    assert alone.post("/change", headers=good).status_code == 200
    assert refusal(alone.post("/change", headers=browser | {"x-csrf-token": token[:-1]}), 403)


def test_the_token_stands_in_forms_and_what_was_read_is_read_again(alone):
    browser = {"origin": "http://localhost"}
    token = alone.get("/who").json()["csrf"]
    fields = {"csrf": token, "a": "1"}
    assert alone.post("/change", data=fields, headers=browser).json()["form"] == ["a", "csrf"]
    sent = alone.post(
        "/change", data=fields, files={"f": ("case.yaml", b"x" * 3000)}, headers=browser
    )
    assert sent.json()["form"] == ["a", "csrf", "f"]
    assert refusal(alone.post("/change", data={"a": "1"}, headers=browser), 403)
    broken = browser | {"content-type": "multipart/form-data"}
    assert alone.post("/change", content=b"--x", headers=broken).status_code == 400


def test_the_token_survives_a_restart(tmp_path):
    first, second = with_routes(web.client(tmp_path)), with_routes(web.client(tmp_path))
    assert first.get("/who").json()["csrf"] == second.get("/who").json()["csrf"] != ""
    assert (tmp_path / "store" / "forms.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "headers",
    [
        ELSEWHERE,
        {"origin": "null"},
        {"origin": "http://localhost:9999"},
        {"origin": "https://localhost"},
        {"referer": "http://elsewhere.example/localhost"},
        {"referer": "http://[broken"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"},
        {"origin": "http://localhost", "sec-fetch-site": "cross-site"},
    ],
    ids=str,
)
def test_another_site_cannot_post_even_with_the_token(alone, headers):
    token = {"x-csrf-token": alone.get("/who").json()["csrf"]}
    assert "another site" in refusal(alone.post("/change", headers=headers | token), 403)


def test_another_site_may_link_here_but_not_load_or_frame_anything(alone):
    there = {"sec-fetch-site": "cross-site"}
    link = there | {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert alone.get("/who", headers=link).status_code == 200
    assert refusal(alone.get("/who", headers=there | {"sec-fetch-mode": "no-cors"}), 403)
    assert refusal(alone.get("/who", headers=link | {"sec-fetch-dest": "iframe"}), 403)


def test_a_server_for_one_has_no_accounts(alone):
    assert "one person" in refusal(alone.get("/login"), 404)
    assert "one person" in refusal(alone.get("/account"), 404)


# What one request may be.


@pytest.mark.parametrize("path", ["/a%00b", "/a%0d%0aset-cookie:x", "/%2e%2e/etc", "/a%5cb"])
def test_paths_that_no_page_has_are_refused(alone, path):
    assert "path" in refusal(asked(alone, path), 404)


def asked(client, path):
    """A request whose path is sent as it is."""
    from httpx import URL

    return client.get(URL("http://localhost").copy_with(raw_path=path.encode()))


def test_what_is_too_long_is_refused(alone):
    refusal(alone.get("/who?q=" + "a" * shape.QUERY_BYTES), 414)
    refusal(alone.get("/who?q=%00"), 400)
    refusal(alone.get("/who", headers={"x-long": "a" * shape.HEADER_BYTES}), 431)
    refusal(alone.get("/who", headers={f"x-{n}": "a" for n in range(shape.HEADERS)}), 431)
    refusal(alone.request("BREW", "/who"), 405)


def test_a_body_that_is_too_long_is_refused_whatever_it_says(alone):
    refusal(alone.post("/change", content=b"a" * 1001), 413)
    assert alone.post("/change", content=b"a" * 1000).json()["got"] == 1000

    def parts():
        for _ in range(11):
            yield b"a" * 100

    refusal(alone.post("/change", content=parts()), 413)
    refusal(alone.post("/change", content=b"a", headers={"content-length": "1e3"}), 400)
    big = alone.post("/change", files={"f": b"a" * 4000})
    assert big.status_code == 200
    refusal(alone.post("/change", files={"f": b"a" * 6000}), 413)


def test_a_method_in_a_header_is_not_one(alone):
    sneaky = {"x-http-method-override": "POST"}
    assert alone.get("/change", headers=sneaky).status_code == 405


def test_a_fault_is_answered_with_the_headers_and_without_its_words(alone, caplog):
    answer = alone.get("/broken")
    assert "fault of its own" in refusal(answer, 500)
    assert "secret" not in answer.text
    assert "a secret of the machine" in caplog.text
    assert alone.get("/broken", headers=PAGE).headers["content-type"].startswith("text/html")


def test_an_answer_that_takes_too_long_is_given_up(tmp_path):
    client = with_routes(web.client(tmp_path, limits=Limits(request_seconds=0.15)))
    began = time.monotonic()
    assert "given up" in refusal(client.get("/slow"), 503)
    assert time.monotonic() - began < 0.45
    assert client.get("/stream").text == "part " * 4


def test_a_request_that_is_sent_too_slowly_is_given_up():
    from tumen.app.security.body import Bounded

    async def never():
        await asyncio.sleep(30)

    async def go():
        with pytest.raises(Problem) as refused:
            await Bounded(never, 100, 0.05)()
        return refused.value.status_code

    assert asyncio.run(go()) == 408


def test_work_that_fails_late_is_logged(caplog):
    async def go():
        async def work(send):
            await asyncio.sleep(0.05)
            raise RuntimeError("late fault")

        with pytest.raises(Problem):
            await late.in_time(work, None, 0.01)
        await asyncio.sleep(0.1)

    asyncio.run(go())
    assert "late fault" in caplog.text
    assert not late.unfinished


# A public server.


def test_strangers_are_sent_to_the_login(public):
    sent = public.get("/runs?kind=case&a=b", headers=PAGE, follow_redirects=False)
    assert sent.status_code == 303
    assert sent.headers["location"] == "/login?next=/runs%3Fkind%3Dcase%26a%3Db"
    assert "strict-transport-security" in sent.headers
    odd = public.get("/login%3F/../who", headers=PAGE, follow_redirects=False)
    assert odd.status_code in (303, 404)
    for path in ("/who%3Fa=/login", "/login%23", "/static%3F/login", "//login", "/login/"):
        answer = public.get(path, follow_redirects=False)
        refusal(answer, 401)
    for method, path in (("GET", "/api/v1/runs"), ("POST", "/change"), ("GET", "/x.csv")):
        answer = public.request(method, path)
        assert "token" in refusal(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_login_makes_a_session_that_only_this_server_sees(public):
    answer = log_in(public, "Anna")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(SESSION + "="))
    for word in ("__Host-", "HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert word in cookie
    assert "Domain" not in cookie
    assert public.get("/who").json()["name"] == "anna"


def test_a_login_form_of_another_visit_is_refused(public):
    form = {"name": "anna", "password": PASSWORD, "csrf": form_token(public)}
    public.cookies.clear()
    refusal(public.post("/login", data=form), 403)
    form_token(public)
    refusal(public.post("/login", data=form), 403)


def test_each_login_has_a_new_session_and_ends_the_old_one(public):
    log_in(public, "anna")
    old = public.cookies[SESSION]
    form = {"csrf": form_token(public, "/account"), "name": "vera", "password": PASSWORD}
    public.post("/login", data=form, follow_redirects=False)
    assert public.cookies[SESSION] != old
    assert public.get("/who").json()["name"] == "vera"
    public.cookies.clear()
    refusal(public.get("/who", headers={"cookie": f"{SESSION}={old}"}), 401)


@pytest.mark.parametrize("name", ["anna", "nobody", "", "a\x00b", "x" * 900])
def test_a_wrong_name_and_a_wrong_password_look_the_same(public, name):
    answer = log_in(public, name, "wrong password")
    assert answer.status_code == 403
    assert "Name or password is not right" in answer.text
    assert SESSION not in public.cookies


@pytest.mark.parametrize(
    "link",
    [
        *("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"),
        *("evil", "/a\r\nset-cookie:x=1", "/login", "http:/a", "//[", "\t//evil.example"),
    ],
)
def test_after_the_login_one_stays_here(public, link):
    answer = log_in(public, "anna", onward=link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_logout_ends_the_session_on_the_server(public):
    log_in(public, "anna")
    session = public.cookies[SESSION]
    form = {"csrf": form_token(public, "/account")}
    answer = public.post("/logout", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/login"
    assert SESSION not in public.cookies
    refusal(public.get("/who", headers={"cookie": f"{SESSION}={session}"}), 401)


def test_a_session_needs_its_own_token_to_change_anything(public):
    log_in(public, "anna")
    own = {"origin": "https://localhost"}
    token = {"x-csrf-token": public.get("/who").json()["csrf"]}
    assert public.post("/change", headers=own | token).status_code == 200
    refusal(public.post("/change"), 403)
    refusal(public.post("/change", headers=own), 403)
    refusal(public.post("/change", headers=ELSEWHERE | token), 403)
    public.cookies.clear()
    log_in(public, "vera")
    refusal(public.post("/account/tokens", headers=own | token, data={"days": "9"}), 403)


def test_a_viewer_looks_and_changes_nothing(public):
    log_in(public, "vera")
    headers = {"x-csrf-token": public.get("/who").json()["csrf"]}
    assert "viewer" in refusal(public.post("/change", headers=headers), 403)
    for method in ("DELETE", "PUT", "PATCH"):
        refusal(public.request(method, "/api/v1/runs/0123456789abcdef0123", headers=headers), 403)
    assert public.post("/api/v1/solve", headers=headers, content=b"{}").status_code == 200


def test_a_token_of_a_program_opens_the_interface_but_not_the_account(public):
    secret, made = public.app.state.watch.tokens.make("anna", 1, "nightly")
    bearer = {"authorization": f"Bearer {secret}"}
    assert public.get("/who", headers=bearer).json() == {
        "name": "anna",
        "role": "analyst",
        "csrf": "",
    }
    assert public.post("/change", headers=bearer, content=b"abc").json()["got"] == 3
    refusal(public.post("/change", headers=bearer | ELSEWHERE), 403)
    refusal(public.post("/account/tokens", headers=bearer, data={"days": "9"}), 403)
    public.app.state.watch.tokens.revoke("anna", made.id)
    answer = public.get("/who", headers=bearer)
    assert "revoked" in refusal(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    refusal(public.get("/who", headers={"authorization": "Basic YW5uYTphbm5h"}), 401)


def test_an_open_line_is_refused_or_sent_to_the_closed_one(tmp_path):
    client = with_routes(web.client(tmp_path, public=True, proxy=True, names=("localhost",)))
    refusal(client.get("http://localhost/who"), 403)
    told = {"x-forwarded-proto": "http"}
    sent = client.get("http://localhost/who?a=b", headers=told, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (308, "https://localhost/who?a=b")
    refusal(client.post("http://localhost/login", headers=told), 403)
    refusal(client.get("https://127.0.0.1/who"), 421)


def test_who_asks_too_often_has_to_wait(tmp_path):
    limits = Limits(requests_a_minute=5)
    client = with_routes(web.client(tmp_path, public=True, names=("localhost",), limits=limits))
    statuses = [client.get("/login", headers=PAGE).status_code for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2
    assert 1 <= int(client.get("/login").headers["retry-after"]) <= 12
    wrong = {"authorization": "Bearer tumen_wrong"}
    assert client.get("/who", headers=wrong).status_code == 429


def test_guessing_passwords_is_slowed_by_name_and_by_address(tmp_path):
    limits = Limits(logins_a_minute=3)
    client = web.client(tmp_path, public=True, names=("localhost",), limits=limits)
    client.app.state.watch.accounts.add("anna", "analyst", PASSWORD)
    assert [log_in(client, "anna", f"guess {n}").status_code for n in range(3)] == [403] * 3
    answer = log_in(client, "anna")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) <= 20
    assert log_in(client, "vera").status_code == 429
    # From elsewhere the name is still shut.
    waiting = client.app.state.watch.logins
    waiting.forget("address testclient")
    assert log_in(client, "anna").status_code == 429
    waiting.forget("account anna")
    assert log_in(client, "anna").status_code == 303


def test_one_account_cannot_have_everything_under_way(tmp_path):
    limits = Limits(at_once=0)
    client = with_routes(web.client(tmp_path, public=True, names=("localhost",), limits=limits))
    assert "under way" in refusal(client.get("/login"), 429)


def test_what_was_done_and_refused_is_in_the_log_without_secrets(tmp_path):
    client = with_routes(web.client(tmp_path, public=True, names=("localhost",)))
    client.app.state.watch.accounts.add("anna", "analyst", PASSWORD)
    log_in(client, "anna", "a wrong password\n{}")
    log_in(client, "anna")
    headers = {"x-csrf-token": client.get("/who").json()["csrf"]}
    client.post("/change?secret=1", headers=headers)
    client.get("/who", headers={"host": "evil.example"})
    client.get("/%2e%2e/etc")
    client.get("/missing")
    client.request("DELETE", "/api/v1/runs/0123456789abcdef0123", headers=headers)
    text = (tmp_path / "store" / "audit.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    told = [(line["who"], line["act"], line["status"]) for line in lines]
    assert told == [
        ("anna", "log in", 403),
        ("anna", "log in", 303),
        ("anna", "post /change", 200),
        ("", "get /who", 421),
        ("", "get /../etc", 404),
        ("anna", "delete run", 404),
    ]
    assert all(line["address"] == "testclient" and line["when"].endswith("Z") for line in lines)
    assert not any(
        word in text for word in ("password", PASSWORD, "secret", headers["x-csrf-token"])
    )


# Buckets.


def test_a_bucket_fills_steadily_and_many_buckets_stay_bounded():
    now = [0.0]
    buckets = rates.Buckets(60, most=3, clock=lambda: now[0])
    for _ in range(60):
        buckets.spend("a")
    with pytest.raises(Problem) as refused:
        buckets.spend("a")
    assert refused.value.headers["retry-after"] == "1"
    now[0] = 2.0
    buckets.spend("a")
    buckets.spend("a")
    assert buckets.wait("a") == pytest.approx(1.0)
    for n in range(50):
        buckets.spend(f"b{n}")
    assert len(buckets.levels) == 3


def test_an_address_of_ipv6_counts_with_its_network():
    def address(host):
        return shape.address_of(Request({"type": "http", "client": (host, 1)}))

    assert address("2001:db8::1") == address("2001:db8::ffff:1") != address("2001:db8:0:1::1")
    assert address("192.0.2.1") != address("192.0.2.2")


# Starting.


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({}, "--name"),
        ({"names": ("a.example",)}, "--certificate"),
        ({"names": ("a.example",), "certificate": "c.pem"}, "--key"),
        ({"names": ("http://a.example/",), "proxy": True}, "host name"),
        ({"names": ("a.example",), "proxy": True}, "tumen accounts add"),
        ({"names": ("a.example",), "certificate": "c.pem", "key": "k.pem"}, "c.pem"),
        ({"names": ("a.example",), "proxy": True, "certificate": "c", "key": "k"}, "not both"),
        ({"public": False, "proxy": True}, "--public"),
    ],
    ids=str,
)
def test_a_public_server_refuses_to_start_without_its_guards(tmp_path, options, word):
    settings = Settings(tmp_path / "store", **({"public": True} | options))
    with pytest.raises(ServeError, match=re.escape(word)):
        check(settings)
    assert not (tmp_path / "store").exists()


def test_a_public_server_with_an_account_may_start(tmp_path):
    settings = Settings(tmp_path, public=True, proxy=True, names=("a.example",))
    accounts = web.client(tmp_path, public=True).app.state.watch.accounts
    assert accounts.database.path == tmp_path / "store" / "accounts.sqlite"
    from tumen.app.security.accounts import Accounts, open_database

    own = Accounts(open_database(tmp_path))
    own.add("anna", "analyst", PASSWORD)
    check(settings)
    own.set_disabled("anna", True)
    with pytest.raises(ServeError, match="at least one account"):
        check(settings)


# What the page on it says.


def test_the_page_on_serving_names_the_limits_and_commands_there_are():
    text = (Path(__file__).parents[1] / "docs" / "serve.md").read_text(encoding="utf-8")
    limits = Limits()
    for words in (
        f"{limits.upload_bytes // 1_000_000} MB",
        f"{limits.body_bytes // 1_000_000} MB, within {limits.body_seconds / 60:.0f} minutes",
        f"{shape.QUERY_BYTES // 1024} KB, {shape.HEADER_BYTES // 1024} KB",
        f"{limits.requests_a_minute} a minute, {limits.at_once} at once",
        f"{limits.logins_a_minute} a minute",
        f"{limits.draws:,}, {limits.job_seconds / 3600:.0f} hour",
        f"| {limits.streams} |",
        f"| {limits.queued_each} |",
        f"{limits.session_seconds / 3600:.0f} hours, and ends",
        f"after {limits.idle_seconds / 3600:.0f} hours",
        f"until an answer begins | {limits.request_seconds / 60:.0f} minutes",
    ):
        assert words in text, words
    commands = {
        one.name or one.callback.__name__ for one in accounts_command.app.registered_commands
    }
    table = text.split("| Command |")[1].split("\n\n")[0]
    told = re.findall(r"`(?:tumen accounts )?([a-z]+)(?: NAME[^`]*)?`", table)
    assert set(told) - {"tumen"} >= commands
