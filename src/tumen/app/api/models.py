"""What every answer and request of the programming interface is made of."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from tumen.app.server.problems import PROBLEM

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"


class Asked(BaseModel):
    """A request: unknown fields are mistakes, numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Given(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Range(Given):
    """A number at the low end, in the middle and at the high end of its sources."""

    low: float
    central: float
    high: float


class Named(Given):
    """A code of a world and its everyday name."""

    code: Annotated[str, Field(examples=["RUS"])]
    name: Annotated[str, Field(examples=["Russia"])]


class FieldFault(Given):
    """One thing that is wrong, where it stands, and what to do about it."""

    field: str
    message: str


class ProblemDocument(BaseModel):
    """Why there is no answer (RFC 9457): `detail` is one sentence a reader can act on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "There is no case 'moscow'; there is tehran-moscow",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    kind: Annotated[str | None, Field(description="class of the error, as in Python")] = None
    solve_status: Annotated[
        str | None, Field(description="how a solve ended that did not converge")
    ] = None
    errors: Annotated[list[FieldFault] | None, Field(description="all faults, by field")] = None


# What each problem means; those that the door of the server may answer with come anywhere.
AT_THE_DOOR = {
    400: "The request is not JSON, or no request at all.",
    401: "A public server needs a login or a token.",
    403: "A viewer may look, not start or change anything; and no other site may ask for you.",
    404: "There is no such thing, or it is somebody else's.",
    408: "The request took too long to arrive.",
    413: "The request is larger than the server takes.",
    414: "The link is longer than the server takes.",
    421: "The server does not go by the name in the address.",
    422: "What was asked cannot be done as asked; `detail` says why and what to do.",
    429: "Too many requests or waiting runs; try again later.",
    431: "The headers are longer than the server takes.",
    503: "The server is busy; try again in a few seconds.",
}
MEANING = AT_THE_DOOR | {
    409: "It is in no state for that.",
    507: "The server's disk is full.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems of an operation, for its description: its own and those of the door."""
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {
        status: {"description": MEANING[status], "content": {PROBLEM: {"schema": schema}}}
        for status in sorted({*AT_THE_DOOR, *statuses})
    }
