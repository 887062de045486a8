"""Routes, shares and the closed form over walks, against hand sums, SciPy and NumPy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

import tumen
from tumen.model import routing, walks


def random_graph(seed: int, nodes: int = 6):
    """A ring with random chords, two-way, and log costs of its links."""
    rng = np.random.default_rng(seed)
    ends = [(at, (at + 1) % nodes) for at in range(nodes)]
    ends += [
        pair
        for pair in itertools.combinations(range(nodes), 2)
        if rng.random() < 0.4 and pair not in ends and pair[::-1] not in ends
    ]
    tail = np.array([a for a, _ in ends] + [b for _, b in ends])
    head = np.array([b for _, b in ends] + [a for a, _ in ends])
    return tail, head, rng.exponential(0.3, len(tail))


def test_simple_routes_of_a_square():
    tail = np.array([0, 1, 0, 2, 1])
    head = np.array([1, 3, 2, 3, 2])
    assert routing.simple_routes(tail, head, 0, 3, 4) == [(0, 1), (0, 4, 3), (2, 3)]
    assert routing.simple_routes(tail, head, 0, 3, 2) == [(0, 1), (2, 3)]
    assert routing.simple_routes(tail, head, 3, 0, 4) == []


def test_too_many_routes_are_refused(monkeypatch):
    monkeypatch.setattr(routing, "MOST_ROUTES", 5)
    tail, head, _ = random_graph(1, 8)
    with pytest.raises(tumen.ShockError, match="fewer links"):
        routing.simple_routes(tail, head, 0, 4, 8)


@pytest.mark.parametrize("seed", range(5))
def test_infinite_elasticity_is_dijkstra(seed):
    tail, head, cost = random_graph(seed)
    graph = csr_matrix((cost, (tail, head)), shape=(6, 6))
    least = dijkstra(graph, indices=0)
    for goal in range(1, 6):
        routes = routing.bundle(routing.simple_routes(tail, head, 0, goal, 6))
        logs = routing.route_costs(routes, cost)
        weight = np.full(len(logs), 1 / len(logs))
        exact, use = routing.logit(logs, weight, np.inf)
        assert exact == pytest.approx(least[goal], rel=1e-12)
        assert use.sum() == pytest.approx(1)
        near, _ = routing.logit(logs, weight, 4000.0)
        assert near == pytest.approx(least[goal], abs=1.001 * np.log(len(logs)) / 4000)


def test_shares_of_routes_are_the_slopes():
    tail, head, cost = random_graph(3)
    routes = routing.bundle(routing.simple_routes(tail, head, 0, 3, 6))
    weight = np.full(len(routes.start) - 1, 1 / (len(routes.start) - 1))

    def total(logs):
        return routing.logit(routing.route_costs(routes, logs), weight, 5.0)[0]

    _, use = routing.logit(routing.route_costs(routes, cost), weight, 5.0)
    on_links = routing.spread(routes, use, len(cost))
    for link in range(len(cost)):
        step = np.zeros(len(cost))
        step[link] = 1e-6
        slope = (total(cost + step) - total(cost - step)) / 2e-6
        assert on_links[link] == pytest.approx(slope, abs=1e-8)


costs = st.lists(st.floats(0.0, 2.0), min_size=2, max_size=6)


@settings(max_examples=60, deadline=None)
@given(costs, st.data())
def test_cheaper_or_added_options_never_raise_cost(logs, data):
    base = np.array(logs)
    count = len(base)
    added = data.draw(st.integers(0, 2))
    fresh = np.array(data.draw(st.lists(st.floats(0, 2), min_size=added, max_size=added)))
    potential = np.array(
        [0.0] * count + data.draw(st.lists(st.floats(0.01, 1), min_size=added, max_size=added))
    )
    elasticity = data.draw(st.sampled_from([0.5, 3.0, 8.0, np.inf]))
    weight = np.array([1 / count] * count + [0.0] * added)
    closed = np.concatenate([base, np.full(added, np.inf)])
    open_now = np.concatenate([base, fresh])
    none = routing.choose(closed, closed, weight, potential, elasticity)
    assert none.log_hat == pytest.approx(0, abs=1e-12)
    some = routing.choose(closed, open_now, weight, potential, elasticity)
    assert some.log_hat <= 1e-12
    at = data.draw(st.integers(0, count + added - 1))
    cheaper = open_now.copy()
    cheaper[at] *= data.draw(st.floats(0, 1))
    more = routing.choose(closed, cheaper, weight, potential, elasticity)
    assert more.log_hat <= some.log_hat + 1e-12
    assert more.after.sum() == pytest.approx(1)


@settings(max_examples=40, deadline=None)
@given(costs, st.floats(0.01, 1), st.data())
def test_a_mere_duplicate_changes_nothing(logs, potential, data):
    count = len(logs)
    twin = data.draw(st.integers(0, count - 1))
    base = np.array([*logs, np.inf])
    new = np.array([*logs, logs[twin]])
    weight = np.array([1 / count] * count + [0.0])
    able = np.array([0.0] * count + [potential])
    assert routing.choose(base, new, weight, able, 6.0).log_hat == pytest.approx(0, abs=1e-12)


def test_options_that_share_a_weight_are_one_option():
    one, _ = routing.logit(np.array([0.1, 0.3]), np.array([0.4, 0.6]), 7.0)
    two, _ = routing.logit(np.array([0.1, 0.3, 0.3]), np.array([0.4, 0.25, 0.35]), 7.0)
    assert one == pytest.approx(two, rel=1e-14)


def test_slopes_of_a_choice_with_free_traffic():
    base = np.array([0.3, 0.4, np.inf, np.inf])
    new = np.array([0.3, 0.35, 0.2, 0.25])
    weight = np.array([0.5, 0.5, 0, 0])
    potential = np.array([0, 0, 0.3, 0.7])
    choice = routing.choose(base, new, weight, potential, 5.0)
    for at in range(4):
        step = 1e-6 * np.eye(4)[at]
        up = routing.choose(base, new + step, weight, potential, 5.0).log_hat
        down = routing.choose(base, new - step, weight, potential, 5.0).log_hat
        assert choice.after[at] == pytest.approx((up - down) / 2e-6, abs=1e-8)
    assert (choice.after > 0).all()


def test_potential_share_by_hand():
    choice = routing.choose(
        np.array([0.5, np.inf]),
        np.array([0.5, 0.2]),
        np.array([1.0, 0.0]),
        np.array([0, 0.25]),
        4.0,
    )
    assert choice.log_hat == pytest.approx(-np.log(0.75 + 0.25 * np.exp(1.2)) / 4)


def test_closing_everything_and_nothing_open():
    weight, able = np.ones(1), np.zeros(1)
    assert routing.choose(np.zeros(1), np.full(1, np.inf), weight, able, 4.0).log_hat == np.inf
    with pytest.raises(tumen.ShockError, match="nothing is open"):
        routing.choose(np.full(1, np.inf), np.zeros(1), weight, able, 4.0)


def test_part_on_the_network():
    total, part = routing.on_network(np.log(1.2), 0.3, 6.0)
    assert np.exp(total) == pytest.approx((0.7 + 0.3 * 1.2**-6) ** (-1 / 6))
    assert part == pytest.approx(0.3 * 1.2**-6 / (0.7 + 0.3 * 1.2**-6))
    cut, none = routing.on_network(np.inf, 0.3, 6.0)
    assert np.exp(cut) == pytest.approx(0.7 ** (-1 / 6))
    assert none == 0
    assert routing.on_network(np.inf, 1.0, 6.0)[0] == np.inf


def walk_matrix():
    tail, head, _ = random_graph(2, 5)
    cost = np.log(1.5) + np.random.default_rng(0).exponential(0.2, len(tail))
    return walks.link_matrix(tail, head, cost, 5, 6.0), (tail, head, cost)


def test_closed_form_is_the_sum_over_walks():
    matrix, _ = walk_matrix()
    total, power = np.eye(5), np.eye(5)
    for _ in range(400):
        power = power @ matrix
        total += power
    np.testing.assert_allclose(walks.all_walks(matrix), total, rtol=1e-12)


def test_closed_form_nears_the_simple_routes_where_links_are_dear():
    tail, head, _ = random_graph(2, 5)
    cost = np.random.default_rng(1).uniform(2.0, 2.2, len(tail))
    closed = walks.walk_costs(walks.all_walks(walks.link_matrix(tail, head, cost, 5, 6.0)), 6.0)
    routes = routing.bundle(routing.simple_routes(tail, head, 0, 2, 5))
    logs = routing.route_costs(routes, cost)
    summed = -np.log(np.exp(-6.0 * logs).sum()) / 6.0
    assert closed[0, 2] == pytest.approx(summed, rel=1e-4)


def test_closed_form_is_refused_where_links_are_cheap():
    tail = np.array([0, 1, 0, 2, 1, 2])
    head = np.array([1, 0, 2, 0, 2, 1])
    matrix = walks.link_matrix(tail, head, np.full(6, np.log(1.05)), 3, 8.0)
    radius = 2 * 1.05**-8
    with pytest.raises(tumen.ShockError, match=f"radius is {radius:.3g}"):
        walks.all_walks(matrix)
    four = np.ones((4, 4)) - np.eye(4)
    with pytest.raises(tumen.ShockError, match=r"2\.03"):
        walks.all_walks(four * 1.05**-8)


def test_walk_use_is_the_slope():
    matrix, (tail, head, cost) = walk_matrix()
    use = walks.walk_use(matrix, walks.all_walks(matrix), 0, 3)
    for link in range(len(tail)):
        step = np.zeros(len(tail))
        step[link] = 1e-6
        ends = [
            walks.walk_costs(
                walks.all_walks(walks.link_matrix(tail, head, cost + sign * step, 5, 6.0)), 6.0
            )[0, 3]
            for sign in (1, -1)
        ]
        assert use[tail[link], head[link]] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-7)


def test_rank_one_updates_equal_a_new_inverse():
    matrix, _ = walk_matrix()
    inverse = walks.all_walks(matrix)
    grown = matrix.copy()
    grown[1, 4] += 0.02
    grown[4, 1] += 0.02
    two = walks.add_walks(walks.add_walks(inverse, 1, 4, 0.02), 4, 1, 0.02)
    np.testing.assert_allclose(two, walks.all_walks(grown), rtol=1e-13)
    with pytest.raises(tumen.ShockError, match="not exist any more"):
        walks.add_walks(inverse, 1, 4, 1.01 / inverse[4, 1])
    grown[1, 4] = matrix[1, 4] + 1.01 / inverse[4, 1]
    grown[4, 1] = matrix[4, 1]
    with pytest.raises(tumen.ShockError, match="spectral radius"):
        walks.all_walks(grown)


# Braess: two routes of one congested and one free link each, and a shortcut between them.
BRAESS = [(0, 2), (1, 3), (0, 4, 3)]  # links: 0 a-x, 1 a-y, 2 x-b, 3 y-b, 4 x-y


def braess(shortcut: float):
    """Cost from a to b when a-x and y-b congest; `shortcut` is the log cost of x-y."""
    routes = routing.bundle(BRAESS)
    free = np.array([0.3, 1.0, 1.0, 0.3, shortcut])
    reference = np.array([0.5, 0, 0, 0.5, 0])
    weight = np.full(3, 1 / 3)

    def respond(log_cost):
        _, use = routing.logit(routing.route_costs(routes, log_cost), weight, 8.0)
        return routing.spread(routes, use, 5)

    settled, _ = routing.congested(respond, free, reference, 0.6)
    traffic = respond(settled)
    np.testing.assert_allclose(
        settled[[0, 3]], 0.3 + 0.6 * np.log(traffic[[0, 3]] / 0.5), atol=1e-9
    )
    calm = routing.logit(routing.route_costs(routes, free), weight, 8.0)[0]
    # Without the variety a route adds: the mean cost of what moves.
    _, use = routing.logit(routing.route_costs(routes, settled), weight, 8.0)
    logs = routing.route_costs(routes, settled)
    return float(use[use > 0] @ logs[use > 0]), calm


def test_a_new_link_can_raise_cost_under_congestion_only():
    without, calm_without = braess(np.inf)
    with_it, calm_with = braess(0.1)
    assert with_it > without + 0.01
    assert calm_with < calm_without


def test_congestion_refuses_what_cannot_settle():
    with pytest.raises(tumen.ShockError, match="at least 0"):
        routing.congested(lambda x: x, np.zeros(1), np.ones(1), -1.0)
    swing = lambda x: np.array([1.0, 3.0]) if x[0] > 0 else np.array([3.0, 1.0])  # noqa: E731
    with pytest.raises(tumen.ShockError, match="does not settle"):
        routing.congested(swing, np.zeros(2), np.full(2, 2.0), 1.0, limit=50)
    same, rounds = routing.congested(lambda x: x, np.ones(2), np.zeros(2), 1.0)
    assert rounds == 0
    np.testing.assert_array_equal(same, np.ones(2))
