"""Logging in with a browser over TLS: roles, tokens, another password, logging out."""

import re
import shutil
import signal
import subprocess
import sys

import pytest

import web
from accessibility import grave
from tumen.app.security.identity import SESSION
from tumen.app.server.build import create_app
from tumen.app.server.launch import check
from tumen.app.server.settings import Settings

PASSWORD = "seven quiet rivers"


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    """A public server with a certificate of its own making."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate")
    folder = tmp_path_factory.mktemp("login")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    files = ["-out", str(certificate), "-keyout", str(key)]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    settings = Settings(
        folder / "store", public=True, names=("127.0.0.1",), certificate=certificate, key=key
    )
    made = create_app(settings)
    made.state.watch.accounts.add("anna", "analyst", PASSWORD)
    made.state.watch.accounts.add("vera", "viewer", PASSWORD)
    check(settings)
    return made


@pytest.fixture(scope="module")
def address(application):
    with web.served(application.state.watch.settings, application) as made:
        yield made


@pytest.fixture(scope="module")
def browser():
    with web.chromium() as made:
        yield made


@pytest.fixture
def visit(browser, address):
    with web.watched(browser, address, ignore_https_errors=True) as made:
        yield made


def log_in(visit, name, password=PASSWORD):
    visit.page.get_by_label("Name").fill(name)
    visit.page.get_by_label("Password", exact=True).fill(password)
    visit.page.get_by_role("button", name="Log in").click()
    visit.page.wait_for_load_state()


def test_login_leads_to_the_page_that_was_asked_for_and_logout_back(visit, application):
    visit.go("/account?from=link")
    assert visit.page.url.endswith("/login?next=/account%3Ffrom%3Dlink")
    log_in(visit, "Anna")
    assert visit.page.url == visit.address + "/account?from=link"
    assert "anna, analyst" in visit.page.inner_text("main")
    [cookie] = [one for one in visit.page.context.cookies() if one["name"] == SESSION]
    assert cookie["httpOnly"]
    assert cookie["secure"]
    assert cookie["sameSite"] == "Lax"
    assert visit.page.evaluate("document.cookie") == ""
    visit.page.get_by_role("button", name="Log out").click()
    visit.page.wait_for_url("**/login")
    visit.go("/account")
    assert "/login?next=/account" in visit.page.url
    assert application.state.watch.sessions.holder(cookie["value"]) is None
    assert visit.errors == []
    assert visit.outside == []


def test_a_wrong_password_says_so_and_keeps_the_name(visit):
    visit.go("/login?next=/account")
    log_in(visit, "anna", "not the password")
    assert visit.page.get_by_role("alert").inner_text() == "Name or password is not right."
    assert visit.page.get_by_label("Name").input_value() == "anna"
    assert visit.page.get_by_label("Password", exact=True).input_value() == ""
    visit.shoot("login-wrong")
    log_in(visit, "anna")
    assert visit.page.url == visit.address + "/account"
    assert [one for one in visit.errors if "403" not in one] == []


def test_roles_see_and_do_what_is_theirs(visit):
    script = """async () => {
      const token = document.querySelector("meta[name=csrf]").content;
      const sent = (headers) => fetch("/api/v1/runs", { method: "POST", headers, body: "{}" });
      const json = { "content-type": "application/json" };
      const first = await sent(json), second = await sent({ ...json, "x-csrf-token": token });
      return [first.status, second.status];
    }"""
    for name, expected in (("vera", {403}), ("anna", {404, 405, 422})):
        visit.go("/login?next=/account")
        log_in(visit, name)
        without, with_token = visit.page.evaluate(script)
        assert without == 403
        assert with_token in expected
        visit.page.get_by_role("button", name="Log out").click()
        visit.page.wait_for_url("**/login")


def test_tokens_and_the_password_are_changed_at_the_page(visit, application):
    watch = application.state.watch
    visit.go("/login?next=/account")
    log_in(visit, "vera")
    visit.page.get_by_label("What it is for").fill("nightly figures")
    visit.page.get_by_label(re.compile("Days it lasts")).fill("7")
    visit.page.get_by_role("button", name="Make a token").click()
    secret = visit.page.locator("code.token").inner_text()
    assert watch.tokens.holder(secret).name == "vera"
    visit.shoot("account-desktop")
    visit.go("/account")
    assert secret not in visit.page.content()
    visit.page.get_by_role("button", name=re.compile("Revoke the token .* nightly")).click()
    visit.page.get_by_text("You have no tokens").wait_for()
    assert watch.tokens.holder(secret) is None
    for label, text in (
        ("Present password", PASSWORD),
        (re.compile("^New password \\("), "eight loud rivers"),
        ("New password once more", "eight loud river"),
    ):
        visit.page.get_by_label(label).fill(text)
    visit.page.get_by_role("button", name="Change the password").click()
    assert "not typed the same" in visit.page.get_by_role("alert").inner_text()
    visit.page.get_by_label("Present password").fill(PASSWORD)
    visit.page.get_by_label(re.compile("^New password \\(")).fill("eight loud rivers")
    visit.page.get_by_label("New password once more").fill("eight loud rivers")
    visit.page.get_by_role("button", name="Change the password").click()
    visit.page.wait_for_url("**/account")
    assert watch.accounts.check("vera", PASSWORD) is None
    assert watch.accounts.check("vera", "eight loud rivers")
    watch.accounts.set_password("vera", PASSWORD)
    visit.go("/account")
    assert "/login" in visit.page.url


@pytest.mark.parametrize("colours", ["light", pytest.param("dark", marks=pytest.mark.slow)])
@pytest.mark.parametrize("size", [web.PHONE, web.DESKTOP], ids=["phone", "desktop"])
def test_the_pages_fit_and_are_usable_by_all(browser, address, size, colours):
    name = f"{size['width']}-{colours}"
    options = {"ignore_https_errors": True, "color_scheme": colours, "bypass_csp": True}
    with web.watched(browser, address, size, **options) as visit:
        visit.go("/login")
        assert visit.fits()
        assert grave(visit.page) == []
        visit.shoot(f"login-{name}")
        visit.page.keyboard.press("Tab")
        log_in(visit, "anna")
        visit.go("/account")
        visit.page.get_by_label("What it is for").fill("figures of the night")
        visit.page.get_by_role("button", name="Make a token").click()
        visit.page.locator("code.token").wait_for()
        assert visit.fits()
        assert grave(visit.page) == []
        visit.shoot(f"account-{name}")
        visit.page.get_by_role("button", name=re.compile("Revoke")).first.click()
        assert visit.errors == []
        assert visit.outside == []


def test_the_command_serves_over_tls(application):
    settings = application.state.watch.settings
    command = [sys.executable, "-m", "tumen", "serve", "--public", "--name", "127.0.0.1"]
    command += ["--port", "0", "--workers", "0", "--store", str(settings.folder)]
    command += ["--certificate", str(settings.certificate), "--key", str(settings.key)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            address = re.search(r"https://\S+:\d+/", server.stderr.readline())[0]
            with web.httpx.Client(base_url=address, verify=False) as client:
                assert client.get("/login").status_code == 200
                assert client.get("/api/v1/openapi.json").status_code == 401
                huge = client.get("/login", headers={"x-long": "a" * 100_000})
                assert huge.status_code in (400, 431)
                with pytest.raises(web.httpx.TransportError):
                    client.get(address.replace("https", "http"))
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(20) in (0, 130)
        assert "Traceback" not in server.stderr.read()
