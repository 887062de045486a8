"""Everything in attack.py is refused, with the right status, and the rightful are let in."""

import pytest

import attack


@pytest.fixture(scope="module")
def on():
    with attack.ground() as made:
        yield made


def test_the_rightful_are_let_in(on):
    """Or the refusals would prove nothing."""
    for name in on.sessions:
        assert on.ask("/account", headers=on.as_(name) | attack.PAGE).status == 200
    secret, _ = on.watch.tokens.make("anna", 1)
    bearer = {"Authorization": f"Bearer {secret}"}
    assert on.ask("/api/v1/openapi.json", headers=bearer).status == 200
    own = {
        "/runs/{run}": f"/runs/{on.run}",
        "/api/v1/runs/{run}": f"/api/v1/runs/{on.run}",
        "/api/v1/runs/{id}": f"/api/v1/runs/{on.run}",
    }
    for route in set(own) & (on.pages | set(on.paths)):
        assert on.ask(own[route], headers=on.as_("anna")).status == 200


@pytest.mark.parametrize("kind", attack.kinds(), ids=lambda kind: kind.__name__)
def test_what_is_not_allowed_is_refused(on, kind):
    wrong = []
    for attempt in kind(on):
        got, right = attack.make(on, attempt)
        if not right:
            told = f"{attempt.method} {attempt.path[:90]}: {got.status}, not {attempt.right}"
            wrong.append(f"{attempt.what}: {told}; {got.body[:160]!r}")
    assert not wrong, "\n".join(wrong)
