"""Whatever text is sent to be checked: an answer within seconds, never a fault of the server."""

import json
import time
from importlib.resources import files

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import web

LONGEST = 10.0  # seconds of any answer
TEMPLATE = files("tumen.scenario") / "template"
TABLES = {name: (TEMPLATE / name).read_text() for name in ("evidence.csv", "recorded.csv")}
TEXT = (TEMPLATE / "case.yaml").read_text()
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**30, max_value=10**90),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["RUS", "west", "tumen-31", "everyone", "../../etc/passwd", "/", ".", ""]),
    st.dates(),
    st.binary(max_size=8),
)
TREES = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)
ODD = {
    "nothing": "",
    "null": "null",
    "a bomb of anchors": BOMB,
    "a bomb as a key": BOMB.replace("a29:", "? *a28\n: 1\na29:"),
    "an anchor in itself": "a: &a [*a]",
    "a mapping in itself": "&a {title: *a}",
    "deep in brackets": "[" * 300_000,
    "deep in braces": "{a: " * 90_000,
    "deep in lines": "".join(" " * depth + "a:\n" for depth in range(800)),
    "deep in dashes": "- " * 100_000,
    "many values": "[" + "1," * 150_000 + "]",
    "a number without end": "title: " + "9" * 300_000,
    "a number in sixties": "title: 1" + ":1" * 150_000,
    "a number in sixteens": "title: 0x" + "f" * 300_000,
    "one tag for another": "title: !!int ''",
    "a tag of Python": "title: !!python/object/apply:os.system ['true']",
    "a date that is none": "title: 2023-99-99",
    "not a number": TEXT.replace("central: 1000", "central: .nan"),
    "infinite": TEXT.replace("high: 2000", "high: .inf"),
    "a huge number": TEXT.replace("high: 2000", "high: 1" + "0" * 90),
    "a bell": "title: '\a'",
    "half a character": "title: '\ud800'",
    "a mark of order": "\ufeff" + TEXT,
    "from right to left": "title: \u202eelttit",
    "zero bytes": "title: \0",
    "a path of ours": "extends: /etc/passwd",
    "a path out of here": TEXT.replace("recorded.csv", "../../../../etc/passwd"),
    "itself as its base": "extends: case.yaml",
    "itself as its table": TEXT.replace("recorded.csv", "case.yaml"),
    "a set": "title: !!set {a, b}",
    "merged keys": "a: &a {b: 1}\n<<: *a",
    "two documents": "a: 1\n---\nb: 2",
    "too long": "# " + "x" * 399_990,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """The application; what was compiled before does not count for the time of an answer."""
    with web.client(tmp_path_factory.mktemp("fuzz")) as made:
        made.post("/api/v1/validate", json={"text": TEXT, "files": TABLES})
        yield made


def check(client, text, kind="scenario", tables=TABLES):
    """Have a text checked."""
    asked = {"kind": kind, "text": text, "files": tables}
    began, worked = time.monotonic(), time.process_time()
    # As ASCII, so that halves of characters travel too.
    reply = client.post(
        "/api/v1/validate",
        content=json.dumps(asked),
        headers={"content-type": "application/json"},
    )
    # Whatever else the machine does at the time does not count.
    assert min(time.monotonic() - began, time.process_time() - worked) < LONGEST
    assert reply.status_code in (200, 400, 422), reply.text
    verdict = reply.json()
    if reply.status_code == 200:
        assert verdict["valid"] == (not verdict["errors"])
        for error in verdict["errors"]:
            assert error["message"]
            assert "/tmp" not in error["message"]
    else:
        assert verdict["detail"]
    return reply


def mended(tree, path, value):
    """The scenario with one value replaced, wherever the path leads."""
    at = tree
    for step in path[:-1]:
        inner = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not inner:
            return tree
        below = at[inner[step % len(inner)]]
        if not isinstance(below, (dict, list)):
            break
        at = below
    keys = list(at) if isinstance(at, dict) else list(range(len(at)))
    if keys:
        at[keys[path[-1] % len(keys)]] = value
    return tree


def test_the_scenario_that_is_mutated_below_is_fine(client):
    verdict = check(client, TEXT).json()
    assert verdict["valid"], verdict["errors"]
    assert verdict["found"]["ties"] == 2


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_texts(client, text):
    reply = check(client, text)
    fine = text.startswith("\ufeff")
    assert reply.status_code != 200 or reply.json()["valid"] == fine


@pytest.mark.parametrize("name", ["a bomb of anchors", "deep in braces", "deep in brackets"])
def test_a_bomb_is_refused_in_less_than_a_second(client, name):
    began = time.process_time()
    (error,) = check(client, ODD[name]).json()["errors"]
    assert time.process_time() - began < 1.0
    assert "more values or deeper nesting" in error["message"]


def any_text(client, text):
    check(client, text)


def any_value_anywhere(client, path, value):
    tree = mended(yaml.safe_load(TEXT), path, value)
    check(client, yaml.safe_dump(tree, allow_unicode=True))


def any_edit(client, start, length, put):
    check(client, TEXT[:start] + put + TEXT[start + length :])


def any_list_of_shocks(client, number, value, path):
    kinds = ["Tariff", "Embargo", "MarketEntry", "Transfer", "PriceCap"]
    shock = {"kind": kinds[number], "importer": "USA", "exporter": "RUS", "share": 0.5}
    tree = {"world": "tumen-31", "shocks": [shock], "horizon": 1.0, "variants": {}}
    check(client, yaml.safe_dump(mended(tree, path, value), allow_unicode=True), "shocks", {})


def any_edit_of_a_table(client, name, start, length, put):
    table = TABLES[name]
    at = start % (len(table) + 1)
    check(client, TEXT, tables=TABLES | {name: table[:at] + put + table[at + length :]})


def any_names_of_tables(client, tables):
    check(client, TEXT, tables=tables)


STEPS = st.lists(st.integers(0, 30), min_size=1, max_size=6)
MARKS = st.text("{}[]:-&*!|>'\"%@`#,? \n\t01e.", max_size=6)
CELLS = st.text(',"\n;\t0.-eE%\ud7ff', max_size=6) | st.text(max_size=6)
LENGTHS = st.integers(0, 40)
ATTEMPTS = {
    any_text: [st.text()],
    any_value_anywhere: [STEPS, TREES],
    any_edit: [st.integers(0, len(TEXT)), LENGTHS, MARKS],
    any_list_of_shocks: [st.integers(0, 4), TREES, STEPS],
    any_edit_of_a_table: [st.sampled_from(sorted(TABLES)), st.integers(0, 2000), LENGTHS, CELLS],
    any_names_of_tables: [st.dictionaries(st.text(max_size=30), st.text(max_size=20), max_size=3)],
}


def attempted(client, attempt, count):
    """So many attempts of one kind."""

    @settings(max_examples=count, suppress_health_check=list(HealthCheck))
    @given(st.tuples(*ATTEMPTS[attempt]))
    def each(values):
        attempt(client, *values)

    each()


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_answer_to(client, attempt):
    attempted(client, attempt, 60)


@pytest.mark.slow
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_answer_at_length_to(client, attempt):
    attempted(client, attempt, 2000)
