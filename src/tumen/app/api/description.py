"""The OpenAPI document: problems in their own media type, and how a program logs in."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from tumen.app.api.models import ProblemDocument


def install(app: FastAPI) -> None:
    """Have the application describe itself so; the document is made once."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            complete(plain())
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def complete(document: dict[str, Any]) -> None:
    """Add what every operation refers to."""
    parts = document.setdefault("components", {})
    problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    parts.setdefault("schemas", {}).update(problem.pop("$defs", {}))
    parts["schemas"]["ProblemDocument"] = problem
    parts["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "Only a public server asks for one; make it on the page Account.",
        }
    }
    document["security"] = [{}, {"token": []}]
