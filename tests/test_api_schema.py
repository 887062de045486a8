"""The programming interface does what its OpenAPI document says, whatever it is asked."""

import shutil
import tempfile
import time
import uuid
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks

from tumen.app.jobs.sending import request_from
from tumen.app.server.build import create_app
from tumen.app.server.settings import Settings
from tumen.store.runs import Store

LONGEST = 10.0  # seconds of any answer
PROMISES = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
]
# What a question may be about: random names alone would find nothing.
CASES = ["minsk-moscow", "tehran-moscow", "../../etc/passwd"]
VARIATIONS = [
    {},
    {"market.war": "50"},
    {"without": "west", "elasticities": "uniform-4"},
    {"horizon": "1"},
    {"horizon": "0.25", "market.after": "0", "split": "true"},
    {"elasticities": "uniform-0.5"},
]


def finished_run(folder):
    """A run of a store that has an answer, as a worker would leave it."""
    with Store(folder) as store:
        question = request_from({"case.yaml": b"extends: tehran-moscow\n"}, "mine", "path", {})
        run = store.submit(question).id
        store.claim("worker")
        store.finish(run, "worker", {"path.json": b"{}", "report.html": b"<p>"}, {"told": 1})
    return run


# Tests are made for each operation before any runs; the folder is made when the first does.
FOLDER = Path(tempfile.gettempdir()) / f"tumen-test-{uuid.uuid4().hex}"
NAMES = {
    "worlds": {"name": ["tumen-31", "wiod-2011-20", "tumen-32"]},
    "scenarios": {"name": CASES},
    "runs": {"run": ["0" * 20], "name": ["path.json", "report.html", "none.txt"]},
}
interface = schemathesis.openapi.from_asgi(
    "/api/v1/openapi.json", create_app(Settings(FOLDER, names=("testserver",), workers=0))
)


@pytest.fixture(scope="module", autouse=True)
def one_run():
    """A run to ask about."""
    run = finished_run(FOLDER)
    NAMES["runs"]["run"].append(run)
    yield run
    shutil.rmtree(FOLDER)


@interface.hook
def map_path_parameters(context, path_parameters):
    """Mostly names that there are."""
    part = context.operation.path.split("/")[3]
    for name, value in (path_parameters or {}).items():
        names = NAMES[part][name]
        # Deleted, the run would be of no use to the other operations.
        if context.operation.method == "delete":
            names = names[:1]
        at = len(str(value)) % (len(names) + 1)
        if at < len(names):
            path_parameters[name] = names[at]
    return path_parameters


@interface.hook
def map_query(context, query):
    """Mostly variations that there are."""
    at = len(str(query)) % (2 * len(VARIATIONS))
    if context.operation.path.endswith("/answer") and at < len(VARIATIONS):
        return dict(VARIATIONS[at])
    return query


def held(case):
    """Ask and hold the answer against the document."""
    began, worked = time.monotonic(), time.process_time()
    case.call_and_validate(checks=PROMISES)
    # Whatever else the machine does at the time does not count.
    spent = min(time.monotonic() - began, time.process_time() - worked)
    assert spent < LONGEST, case.as_curl_command()


few = settings(
    max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@interface.parametrize()
@few
def test_every_operation_keeps_its_promises(case):
    held(case)


@pytest.mark.slow
@interface.parametrize()
@settings(few, max_examples=300)
def test_every_operation_keeps_its_promises_at_length(case):
    held(case)
