"""The page of the programming interface: from the OpenAPI document, in plain HTML."""

import re
import shlex

import pytest

import web
from tumen.app.server.settings import Settings


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with web.client(tmp_path_factory.mktemp("api-page")) as made:
        yield made


def test_every_operation_is_on_the_page(client):
    text = client.get("/api").text
    document = client.get("/api/v1/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, told in operations.items():
            assert f"<b>{method.upper()}</b> {path}</code> {told['summary']}" in text
    assert "munitions.war" in text
    assert "anything or" not in text


def test_what_is_sent_in_the_examples_is_accepted(client):
    """Every request that the page shows works as it stands, but for runs that are not there."""
    text = client.get("/api").text.replace("&#39;", "'").replace("&#34;", '"')
    shown = [shlex.split(one.replace("&amp;", "&")) for one in re.findall(r"(curl [^<]*)<", text)]
    assert len(shown) > 12
    for words in shown:
        link = next(word for word in words if word.startswith("http")).replace("testserver", "x")
        if "/ID" in link:
            continue
        method = words[words.index("-X") + 1] if "-X" in words else "GET"
        body = words[words.index("-d") + 1] if "-d" in words else None
        reply = client.request(
            "POST" if body else method,
            "/" + link.split("/", 3)[3],
            content=body,
            headers={"content-type": "application/json"} if body else {},
        )
        assert reply.status_code in (200, 202), (words, reply.text)


def test_it_looks_right(tmp_path):
    with (
        web.served(Settings(tmp_path / "store", workers=0)) as address,
        web.chromium() as browser,
    ):
        for name, size in (("desktop", web.DESKTOP), ("phone", web.PHONE)):
            with web.watched(browser, address, size) as watched:
                watched.go("/api")
                for summary in watched.page.query_selector_all("details summary")[1:3]:
                    summary.click()
                watched.shoot(f"api-{name}")
                assert watched.fits()
                assert watched.errors == []
                assert watched.outside == []
        with web.watched(browser, address, web.DESKTOP, color_scheme="dark") as watched:
            watched.go("/api")
            watched.shoot("api-dark")
