"""Small routes that stand for the pages, and ways in, for tests of the door."""

import asyncio
import re
import time
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import StreamingResponse

from tumen.app.server.visitor import Visitor, analyst, visitor_of

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
