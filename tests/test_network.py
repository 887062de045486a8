"""Networks as data: changes of links, premia, duplicates, and every fault of the tables."""

from __future__ import annotations

import csv
import datetime as dt
import math
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tumen
from networks import place, random_network, track, triangle
from tumen.scenario.evidence import read_evidence
from tumen.scenario.network import Link, Network, Pair, Transit
from tumen.scenario.network_file import read_network
from tumen.scenario.rerouting import reroute

CASE = Path(str(files("tumen.scenario"))) / "library" / "moscow-pyongyang"


def hat(network, changes, pair=("Quay", "Alder"), **options):
    return math.exp(reroute(network, changes, **options).pairs[pair].log_hat)


def test_no_change_no_cost():
    assert hat(triangle(), []) == 1


def test_a_bridge_that_opens_by_hand():
    n = triangle(elasticity=8.0, mode_elasticity=5.0, value_of_day=0.0)
    found = reroute(n, [Link("q", "a", "road", open=True)])
    link = found.link("q", "a")
    expected = -math.log(0.4 + 0.6 * (1.1 / 1.2) ** -5) / 5
    assert found.log_after[link] - found.log_before[link] == pytest.approx(expected)
    one = found.pairs["Quay", "Alder"]
    direct = one.routes.index(("q", "a"))
    assert one.after[direct] > one.before[direct]
    inside = float(one.before @ (one.cost_after / one.cost_before) ** -8.0)
    assert one.log_hat_network == pytest.approx(-math.log(inside) / 8)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 0.99), st.sampled_from([2.0, 8.0, math.inf]))
def test_cheapening_or_adding_a_link_never_raises_a_cost(seed, factor, elasticity):
    rng = np.random.default_rng(seed)
    n = random_network(rng, elasticity=elasticity)
    pair = (n.pairs[0].exporter, n.pairs[0].importer)
    chosen = n.tracks[int(rng.integers(len(n.tracks)))]
    factor = max(factor, 1 / chosen.factor)
    cheaper = Link(chosen.a, chosen.b, "road", factor=factor)
    assert hat(n, [cheaper], pair) <= 1 + 1e-12
    a, b = rng.choice(6, 2, replace=False)
    built = Link(f"n{a}", f"n{b}", "rail", new=float(1 + rng.exponential(0.1)), share=0.4)
    alone = hat(n, [built], pair)
    assert alone <= 1 + 1e-12
    assert hat(n, [built, cheaper], pair) <= alone + 1e-12


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 1.0))
def test_a_mere_duplicate_changes_nothing(seed, share):
    rng = np.random.default_rng(seed)
    n = random_network(rng)
    pair = (n.pairs[0].exporter, n.pairs[0].importer)
    twin = n.tracks[int(rng.integers(len(n.tracks)))]
    again = Link(twin.a, twin.b, twin.mode, new=twin.factor, share=share)
    assert hat(n, [again], pair) == pytest.approx(1, abs=1e-12)
    other = Link(twin.a, twin.b, "air", new=twin.factor, share=share)
    assert hat(n, [other], pair) == pytest.approx(1, abs=1e-12)


def test_a_copied_path_through_another_town_changes_nothing():
    places = (place("a", "A"), place("b", "B"), *(place(c, "T", 0.0) for c in ("x", "y")))
    tracks = (track("a", "x", 1.1), track("x", "b", 1.1))
    n = Network(places, tracks, (Pair("A", "B"),))
    copy = [Link("a", "y", "road", new=1.1), Link("y", "b", "road", new=1.1)]
    assert hat(n, copy, ("A", "B")) == pytest.approx(1, abs=1e-12)
    better = [Link("a", "y", "road", new=1.1), Link("y", "b", "road", new=1.0)]
    assert hat(n, better, ("A", "B")) == pytest.approx(1 / 1.1)


def test_duplicate_in_the_data_with_shares_that_sum_to_one():
    n = triangle()
    rest = [t for t in n.tracks if t.ends != ("a", "m")]
    split = Network(
        n.places,
        (*rest, track("a", "m", 1.15, "road", 0.3), track("a", "m", 1.15, "rail", 0.7)),
        n.pairs,
    )
    whole = Network(n.places, (*rest, track("a", "m", 1.15)), n.pairs)
    change = [Link("q", "m", closed=True)]
    for pair in (("Quay", "Moor"), ("Moor", "Alder")):
        assert hat(split, change, pair) == pytest.approx(hat(whole, change, pair), rel=1e-13)


def test_closing_and_opening_again_is_no_change():
    n = triangle()
    both = [Link("q", "m", closed=True), Link("q", "m", open=True)]
    assert hat(n, both, ("Quay", "Moor")) == pytest.approx(1, abs=1e-14)


def test_a_date_opens_the_bridge():
    later = triangle(date=dt.date(2027, 1, 1))
    found = reroute(later, [])
    row = [row for row in found.rows if row.track.opens][0]  # noqa: RUF015
    assert math.isfinite(row.before)


def test_ban_of_a_link_goes_round_through_the_third_state():
    found = reroute(triangle(), [Link("q", "a", closed=True)])
    one = found.pairs["Quay", "Alder"]
    hub = [at for at, states in enumerate(one.through) if "Hub" in states]
    assert one.after[hub].sum() > one.before[hub].sum()
    assert one.after[one.routes.index(("q", "a"))] == 0
    assert 1 < math.exp(one.log_hat) < math.inf


def test_premium_of_a_hub_is_paid_by_others_only_and_once():
    n = triangle()
    one = reroute(n, []).pairs["Quay", "Alder"]
    at = one.routes.index(("q", "h", "a"))
    assert one.cost_before[at] == pytest.approx(1.05**2 * 1.2)
    at = one.routes.index(("q", "m", "a"))
    assert one.cost_before[at] == pytest.approx(1.3 * 1.15)  # Moor asks no premium
    stricter = hat(n, [Link("q", "a", closed=True), Transit("h", 1.5)])
    assert stricter > hat(n, [Link("q", "a", closed=True)])
    places = (*n.places, place("h2", "Hub", 0.0, premium=1.1))
    tracks = (*(t for t in n.tracks if t.ends != ("a", "h")), track("h", "h2", 1.0),
              track("h2", "a", 1.05))  # fmt: skip
    twice = reroute(Network(places, tracks, n.pairs), []).pairs["Quay", "Alder"]
    at = twice.routes.index(("q", "h", "h2", "a"))
    assert twice.cost_before[at] == pytest.approx(1.05**2 * 1.2)


def test_shares_of_places_hold_at_the_base():
    places = (place("near", "A", 0.3), place("far", "A", 0.7), place("b", "B"))
    tracks = (track("near", "b", 1.01), track("far", "near", 1.5))
    one = reroute(Network(places, tracks, (Pair("A", "B"),)), []).pairs["A", "B"]
    start = {code: sum(u for u, r in zip(one.before, one.routes, strict=True) if r[0] == code)
             for code in ("near", "far")}  # fmt: skip
    assert start == pytest.approx({"near": 0.3, "far": 0.7})


def test_weights_of_hubs_decide_at_equal_cost():
    places = (
        place("a", "A"),
        place("b", "B"),
        place("x", "X", 0.0, weight=3.0),
        place("y", "Y", 0.0),
        place("z", "Y", 0.0),
    )
    tracks = tuple(track(end, hub, 1.1) for hub in "xyz" for end in "ab")
    one = reroute(Network(places, tracks, (Pair("A", "B"),), longest=2), []).pairs["A", "B"]
    assert one.before[one.routes.index(("a", "x", "b"))] == pytest.approx(0.75)
    assert one.before[one.routes.index(("a", "y", "b"))] == pytest.approx(0.125)


def test_days_cost_what_a_day_is_worth():
    n = Network(
        (place("a", "A"), place("b", "B")),
        (track("a", "b", 1.1, days=5.0),),
        (Pair("A", "B"),),
        value_of_day=0.02,
    )
    saved = hat(n, [Link("a", "b", days=-3)], ("A", "B"))
    assert saved == pytest.approx((1 + 0.02 * 2) / (1 + 0.02 * 5))
    with pytest.raises(tumen.ShockError, match="cannot be saved"):
        reroute(n, [Link("a", "b", days=-6)])


def test_a_change_for_some_sectors_is_not_for_others():
    n = triangle()
    ban = [Link("q", "a", closed=True, sector=["tools"])]
    assert hat(n, ban, sector="tools") > 1
    assert hat(n, ban, sector="grain") == 1


def test_a_mode_carries_only_its_goods():
    n = triangle()
    tracks = tuple(
        track(t.a, t.b, t.factor, t.mode, t.share, opens=t.opens, sectors=("tools",))
        if t.opens
        else t
        for t in n.tracks
    )
    n = Network(n.places, tracks, n.pairs)
    opened = [Link("q", "a", "road", open=True)]
    assert hat(n, opened, sector="tools") < 1
    assert hat(n, opened, sector="grain") == 1


def test_congestion_brings_less_than_the_calm_network_says():
    n = triangle(elasticity=4.0)
    flows = {(p.exporter, p.importer): 100.0 for p in n.pairs}
    shut = [Link("q", "a", closed=True)]
    calm = hat(n, shut)
    busy = reroute(n, shut, congestion=0.1, flows=flows)
    assert busy.rounds > 1
    assert math.exp(busy.pairs["Quay", "Alder"].log_hat) > calm


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Link("q", "a"), "exactly one"),
        (lambda: Link("q", "a", closed=True, factor=2.0), "exactly one"),
        (lambda: Link("q", "a", mode="rale", closed=True), "did you mean rail"),
        (lambda: Link("q", "a", factor=-1.0), "above 0"),
        (lambda: Link("q", "a", "road", new=0.9), "at least a factor 1"),
        (lambda: Link("q", "a", new=1.1), "say which mode"),
        (lambda: Link("q", "a", "road", new=1.1, share=0.0), "share must lie"),
        (lambda: Link("q", "a", "road", new=1.1, new_days=-1), "new_days"),
        (lambda: Transit("h", 0.0), "above 0"),
        (lambda: triangle(elasticity=0.0), "elasticity must be above 0"),
        (lambda: triangle(value_of_day=1.3), "share of the value"),
        (lambda: triangle(longest=0), "at least one link"),
        (lambda: reroute(triangle(), [Link("q", "b", closed=True)]), "no place 'b'"),
        (lambda: reroute(triangle(), [Link("m", "h", closed=True)]), "no such link"),
        (lambda: reroute(triangle(), [Link("q", "q", "road", new=1.1)]), "two different"),
        (lambda: reroute(triangle(), [Link("q", "m", factor=0.5)]), "below one"),
        (lambda: reroute(triangle(), [Transit("h", 0.5)]), "premium below one"),
        (lambda: reroute(triangle(), []).link("m", "h"), "no link m-h"),
        (lambda: reroute(triangle(date=dt.date(2020, 1, 1), longest=1), [], None).link("x", "y"),
         "no link"),
    ],
)  # fmt: skip
def test_changes_that_mean_nothing(make, message):
    with pytest.raises(tumen.ShockError, match=message):
        make()


def test_closed_at_the_benchmark_has_no_change_to_measure():
    late = track("a", "b", 1.1, opens=dt.date(2030, 1, 1))
    n = Network((place("a", "A"), place("b", "B")), (late,), (Pair("A", "B"),))
    with pytest.raises(tumen.ShockError, match="no route from a to b is open on 2023-12-31"):
        reroute(n, [Link("a", "b", open=True)])


NODES = [
    [
        "code",
        "name",
        "region",
        "lat",
        "lon",
        "share",
        "premium",
        "weight",
        "evidence",
        "assumption",
    ],
    ["q", "Quay port", "Quay", "1", "2", "1", "", "", "E1", ""],
    ["a", "Alder town", "Alder", "1", "3", "1", "1.1", "2", "", "guess"],
    ["h", "Hub", "Third", "0", "0", "", "", "", "E1", ""],
]
LINKS = [
    ["a", "b", "mode", "factor", "days", "share", "capacity_t", "opens", "sectors", "evidence",
     "assumption"],
    ["q", "a", "rail", "1.2", "3", "1", "1000", "", "", "E1", ""],
    ["q", "h", "sea", "1.1", "", "1", "", "", "", "E1", ""],
    ["h", "a", "sea", "1.1", "", "1", "", "2026-06-30", "tools", "E1", ""],
]  # fmt: skip
PAIRS = [
    ["exporter", "importer", "share", "sectors", "usd_per_tonne", "evidence", "assumption"],
    ["Quay", "Alder", "0.5", "tools grain", "400", "E1", ""],
]


def write(folder: Path, change=None) -> Path:
    tables = {
        "nodes.csv": [list(row) for row in NODES],
        "links.csv": [list(row) for row in LINKS],
        "pairs.csv": [list(row) for row in PAIRS],
    }
    if change is not None:
        change(tables)
    for name, rows in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
    return folder


def test_tables_are_read(tmp_path):
    n = read_network(write(tmp_path), evidence={"E1"}, elasticity=5.0)
    assert n.elasticity == 5
    assert n.place("a").premium == 1.1
    assert n.place("a").weight == 2
    assert n.tracks[2].opens == dt.date(2026, 6, 30)
    assert n.tracks[2].sectors == ("tools",)
    assert n.tracks[0].capacity == 1000
    assert n.pairs[0].sectors == ("tools", "grain")
    (tmp_path / "pairs.csv").unlink()
    assert {(p.exporter, p.importer) for p in read_network(tmp_path).pairs} == {
        ("Quay", "Alder"),
        ("Alder", "Quay"),
    }


def setting(table, line, field, value):
    def change(tables):
        rows = tables[table]
        rows[line - 1][rows[0].index(field)] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (setting("links.csv", 3, "b", "hb"), r"links.csv, line 3, field b: unknown place 'hb'"),
        (setting("links.csv", 2, "factor", "0.9"), r"line 2, field factor: must be at least 1"),
        (setting("links.csv", 2, "factor", "dear"), r"field factor: 'dear' is not a number"),
        (setting("links.csv", 2, "factor", "nan"), r"field factor: must be at least 1"),
        (setting("links.csv", 2, "mode", "rial"), r"field mode: unknown mode .* did you mean rail"),
        (setting("links.csv", 2, "b", "q"), r"leads from q to itself"),
        (setting("links.csv", 2, "share", "0.7"), r"sum to 0\.7; make them sum to 1"),
        (setting("links.csv", 4, "opens", "June"), r"line 4, field opens: 'June' is not a date"),
        (setting("links.csv", 2, "evidence", ""), r"field evidence: is empty"),
        (setting("links.csv", 2, "evidence", "E2"), r"there is no evidence 'E2'.*E1"),
        (setting("links.csv", 2, "days", "-1"), r"field days: must be at least 0"),
        (setting("links.csv", 2, "capacity_t", "0"), r"field capacity_t"),
        (setting("links.csv", 1, "mode", "kind"), r"links.csv, line 1: the column 'mode'"),
        (setting("nodes.csv", 3, "code", "q"), r"nodes.csv, line 3, field code: 'q' stands in"),
        (setting("nodes.csv", 2, "share", "0.6"), r"Quay's places sum to 0\.6"),
        (setting("nodes.csv", 2, "lat", "95"), r"field lat: .* at most 90"),
        (setting("nodes.csv", 3, "premium", "0.8"), r"field premium: must be at least 1"),
        (setting("nodes.csv", 2, "name", " "), r"field name: is empty"),
        (setting("pairs.csv", 2, "importer", "Third"), r"pairs.csv, line 2, field importer"),
        (setting("pairs.csv", 2, "importer", "Quay"), r"would trade with itself"),
        (setting("pairs.csv", 2, "share", "1.5"), r"field share: .* at most 1"),
        (lambda t: t["links.csv"].append(t["links.csv"][1]), r"line 5, field mode: rail between"),
        (lambda t: t["pairs.csv"].append(t["pairs.csv"][1]), r"line 3, field importer: the pair"),
        (lambda t: t["links.csv"].append(["q"]), r"line 5: has not as many cells"),
        (lambda t: t.update({"links.csv": [LINKS[0], LINKS[2]]}), r"no route of at most 8 links"),
    ],
)
def test_every_fault_names_file_line_and_field(tmp_path, change, message):
    with pytest.raises(tumen.ScenarioError, match=message):
        read_network(write(tmp_path, change), evidence={"E1"})


def test_missing_table_and_wrong_encoding(tmp_path):
    with pytest.raises(tumen.ScenarioError, match=r"nodes.csv: the table cannot be read"):
        read_network(tmp_path)
    write(tmp_path)
    (tmp_path / "links.csv").write_bytes(b"\xff\xfe a,b")
    with pytest.raises(tumen.ScenarioError, match=r"not a CSV in UTF-8"):
        read_network(tmp_path)


@pytest.mark.parametrize("folder", [CASE, CASE / "evasion"])
def test_shipped_networks_cite_evidence_that_is_there(folder):
    known = read_evidence(CASE / "evidence.csv")
    n = read_network(folder, evidence=known)
    assert all(item.evidence or item.assumption for item in (*n.places, *n.tracks, *n.pairs))
    regions = tumen.load_world("tumen-31").regions
    assert {r for p in n.pairs for r in (p.exporter, p.importer)} <= set(regions)
    found = reroute(n, [])
    assert all(one.log_hat == 0 for one in found.pairs.values())
