"""A public server: who is let in, as whom, how often, and what is written down of it."""

import json

import pytest

import web
from door import ELSEWHERE, PAGE, PASSWORD, form_token, log_in, refusal, with_routes
from tumen.app.security.identity import SESSION
from tumen.app.server.settings import Limits


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
    asked = {"world": "tumen-31", "shocks": []}
    assert public.post("/api/v1/solve", headers=headers, json=asked).status_code == 200


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
