"""The programming interface in plain words, from its own OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from tumen.app.pages.render import page

router = APIRouter()

PARTS = ("scenarios", "worlds", "runs")
JSON = "application/json"
Document = Mapping[str, Any]
# A piece of a sentence, and whether it is code.
Piece = tuple[bool, str]


class Field(NamedTuple):
    """A parameter or a field of a document."""

    name: str
    kind: str
    needed: bool
    meaning: list[Piece]


class Operation(NamedTuple):
    """One thing that the interface does."""

    id: str
    method: str
    path: str
    title: str
    meaning: list[Piece]
    parameters: list[Field]
    sent: list[Field]
    answer: list[Field]
    curl: str


@router.get("/api", response_class=HTMLResponse)
def api(request: Request) -> HTMLResponse:
    """The interface."""
    address = str(request.base_url).rstrip("/")
    groups = grouped(request.app.openapi(), address)
    return page(request, "api.html", groups=groups, address=address)


def grouped(document: Document, address: str) -> dict[str, list[Operation]]:
    """The operations by the part of the interface that they belong to."""
    found: dict[str, list[Operation]] = {part: [] for part in PARTS}
    for path, operations in document["paths"].items():
        for method, told in operations.items():
            made = operation(document, address, path, method.upper(), told)
            found.setdefault(told["tags"][0], []).append(made)
    return found


def operation(
    document: Document, address: str, path: str, method: str, told: Document
) -> Operation:
    """An operation as the page shows it."""
    sent = told.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {})
    done = next(
        told["responses"][code] for code in ("200", "202", "204") if code in told["responses"]
    )
    answer = done.get("content", {}).get(JSON, {}).get("schema", {})
    parameters = [
        Field(
            one["name"],
            kind_of(document, one.get("schema", {})),
            bool(one.get("required")),
            pieces(one.get("description", "")),
        )
        for one in told.get("parameters", [])
    ]
    return Operation(
        told["operationId"],
        method,
        path,
        told["summary"],
        pieces(told["description"]),
        parameters,
        list(fields_of(document, sent)),
        list(fields_of(document, answer)),
        curl(address + example_path(path, told), method, example_of(document, sent)),
    )


def followed(document: Document, schema: Document) -> Document:
    """A schema, looked up where it stands under a name."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def fields_of(document: Document, schema: Document) -> Iterator[Field]:
    """The fields of a document."""
    whole = followed(document, schema)
    needed = whole.get("required", [])
    for name, part in whole.get("properties", {}).items():
        yield Field(
            name, kind_of(document, part), name in needed, pieces(meaning_of(document, part))
        )


def meaning_of(document: Document, schema: Document) -> str:
    """What a field means: its own words, or those of what it holds."""
    own = schema.get("description") or followed(document, schema).get("description")
    inner = [schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", [])]
    below = (meaning_of(document, one) for one in inner if isinstance(one, Mapping))
    return own or next((words for words in below if words), "")


def pieces(text: str) -> list[Piece]:
    """A sentence with what stands in backticks as code."""
    return [(bool(at % 2), piece) for at, piece in enumerate(text.split("`")) if piece]


def kind_of(document: Document, schema: Document) -> str:
    """What a value is, in words."""
    if "anyOf" in schema:
        kinds = [kind_of(document, one) for one in schema["anyOf"]]
        return " or ".join(dict.fromkeys(kind for kind in kinds if kind != "nothing"))
    whole = followed(document, schema)
    if "enum" in whole:
        return ", ".join(map(str, whole["enum"]))
    kind = whole.get("type", "anything")
    if kind == "array":
        inner = kind_of(document, whole.get("items", {}))
        return f"list of {plural(inner)}"
    if kind == "object" and isinstance(whole.get("additionalProperties"), Mapping):
        inner = plural(kind_of(document, whole["additionalProperties"]))
        return f"{inner} and name" if inner.endswith("name") else f"{inner} by name"
    words = {"object": "document", "string": "text", "boolean": "true or false", "null": "nothing"}
    return words.get(str(kind), str(kind))


def plural(kind: str) -> str:
    """Several of a kind."""
    plain = kind in ("text", "document", "number", "integer")
    return f"{kind}s" if plain else kind


def example_path(path: str, told: Document) -> str:
    """The path with names in place of its blanks, and the example's parameters."""
    known = {"/worlds/": "tumen-31", "/scenarios/": "moscow-pyongyang"}
    for part, name in known.items():
        path = path.replace(f"{part}{{name}}", part + name)
    path = path.replace("{run}", "ID").replace("{name}", "run.json")
    asked: dict[str, Any] = {}
    for one in told.get("parameters", []):
        example = one.get("example")
        if isinstance(example, Mapping):
            asked |= example
        elif example is not None:
            asked[one["name"]] = example
    return path + (f"?{urlencode(asked, safe=',')}" if asked else "")


def example_of(document: Document, schema: Document) -> Any:
    """What may be sent: the schema's own example, or those of the fields that must be there."""
    whole = followed(document, schema)
    if whole.get("examples"):
        return whole["examples"][0]
    return {
        name: part["examples"][0]
        for name, part in whole.get("properties", {}).items()
        if part.get("examples")
    }


def curl(link: str, method: str, sent: Any) -> str:
    """The request on a command line."""
    lines = ["curl" + ("" if method in ("GET", "POST") else f" -X {method}")]
    if method == "POST" and not sent:
        lines[0] += " -X POST"
    if link.endswith("/events"):
        lines[0] += " -N"
    lines[0] += f" '{link}'"
    if sent:
        body = json.dumps(sent, ensure_ascii=False).replace("'", "'\\''")
        lines += ["-H 'content-type: application/json'", f"-d '{body}'"]
    return " \\\n  ".join(lines)
