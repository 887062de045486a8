"""The door of the server: whose requests pass, and what each refusal says."""

import asyncio
import re
import time
from pathlib import Path

import pytest
from fastapi import Request

import web
from door import ELSEWHERE, PAGE, PASSWORD, refusal, with_routes
from tumen.app.commands import accounts as accounts_command
from tumen.app.security import late, rates, shape
from tumen.app.server.launch import check
from tumen.app.server.problems import Problem
from tumen.app.server.settings import Limits, Settings
from tumen.errors import ServeError


@pytest.fixture
def alone(tmp_path):
    """A server for one person."""
    return with_routes(web.client(tmp_path, limits=Limits(body_bytes=1000, upload_bytes=5000)))


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
