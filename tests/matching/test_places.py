"""The construction of bench/places.py on places made up here: who the people are, what they wish, what is
counted.
"""

from __future__ import annotations

import importlib.util
import sys
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from padan.matching.acceptance import enrol, lots
from padan.matching.allocate import Edges, allocate, simulate

ROOT = Path(__file__).resolve().parents[2]


def _bench():
    spec = importlib.util.spec_from_file_location("bench_places", ROOT / "bench" / "places.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_places"] = module
    spec.loader.exec_module(module)
    return module


bench = _bench()

ROWS = [
    # title, province, regency, openings, applications, levels, programmes
    ("Staf Akuntansi", "33", "33.74", 2, 40, ["S1"], ["Akuntansi", "Manajemen"]),
    ("Staf  akuntansi", "33", "33.74", 1, 3, ["S1", "D3"], ["akuntansi"]),
    ("Kasir", "33", "33.10", 3, 0, ["S1"], ["Akuntansi "]),
    ("Kasir", "33", "33.10", 3, 1, ["D3"], ["Akuntansi"]),
    ("Staf Akuntansi", "34", "34.71", 1, 5, ["S1"], ["Akuntansi"]),
    ("Perawat", "33", None, 4, 6, ["S1"], ["Keperawatan"]),
    ("Tanpa provinsi", None, None, 1, 2, ["S1"], ["Akuntansi"]),
    ("Tanpa jurusan", "33", "33.74", 1, 2, ["S1"], []),
    ("Tanpa kuota", "33", "33.74", None, 2, ["S1"], ["Akuntansi"]),
    ("Tanpa pelamar", "33", "33.74", 1, None, ["S1"], ["Akuntansi"]),
]
NAMES = ("title", "province", "regency", "total_job_openings", "applications")
NAMES += ("education_requirements", "fields_of_study")


def places():
    columns = {name: [row[i] for row in ROWS] for i, name in enumerate(NAMES)}
    return bench.places_of(pa.table(columns))


def many(m: int, seed: int):
    """Places of two provinces with 30 programmes at random."""
    g = np.random.default_rng(seed)
    return bench.Places(
        openings=g.integers(1, 4, m),
        applications=g.poisson(4, m),
        province=[str(x) for x in g.integers(0, 2, m)],
        regency=[str(x) for x in g.integers(0, 9, m)],
        programmes=[frozenset(f"p{x}" for x in g.integers(0, 30, 2)) for _ in range(m)],
        levels=[frozenset({"S1", "D3"} if x else {"S1"}) for x in g.integers(0, 2, m)],
        words=[frozenset(f"w{x}" for x in g.integers(0, 40, 3)) for _ in range(m)],
    )


def test_rows_that_say_too_little_are_counted_and_left_out():
    found, silent = places()
    assert (len(found), silent) == (8, 2)
    assert found.programmes[0] == {"akuntansi", "manajemen"}
    assert found.words[1] == {"staf", "akuntansi"}


def test_counts_are_those_made_by_hand():
    found, _ = places()
    counts = bench.counted(found)
    assert counts["openings"] == 16
    assert counts["applications"] == 59
    assert counts["over-applied, share of places"] == 6 / 8
    assert counts["without an application, places"] == 1
    assert counts["openings left empty if all stay"] == 3 + 2
    assert counts["applications beyond the openings of their place"] == 38 + 2 + 4 + 2 + 1 + 1
    assert counts["most applications an opening"] == 20


def test_counts_of_nothing_are_empty_and_not_zero():
    empty, silent = bench.places_of(pa.table({name: pa.nulls(2) for name in NAMES}))
    assert silent == 2
    counts = bench.counted(empty)
    assert counts["applications an opening"] is None
    assert counts["over-applied, share of places"] is None


def test_each_application_is_one_person_with_alternatives_that_fit():
    found, _ = places()
    wishes = bench.wishes_of(found, 1)
    assert np.bincount(wishes.first, minlength=8).tolist() == found.applications.tolist()
    seen = {}
    for s, (a, b) in enumerate(pairwise(wishes.indptr)):
        seen.setdefault(int(wishes.first[s]), set()).add(frozenset(wishes.other[a:b].tolist()))
    # accountants of place 0 fit 1 and 2, its managers nothing; 4 is another province, 3 another level
    assert seen[0] == {frozenset({1, 2}), frozenset()}
    assert seen[1] == {frozenset({0, 2}), frozenset({3})}
    assert seen[3] == {frozenset({1})}
    assert all(seen[v] == {frozenset()} for v in (4, 5, 6, 7))


def test_alternatives_are_no_more_than_asked_and_without_repeats():
    found = many(300, 1)
    wishes = bench.wishes_of(found, 2, most=6)
    lengths = np.diff(wishes.indptr)
    assert lengths.max() == 6
    for s, (a, b) in enumerate(pairwise(wishes.indptr)):
        own = set(wishes.other[a:b].tolist())
        assert len(own) == b - a
        assert int(wishes.first[s]) not in own
        assert all(found.province[v] == found.province[wishes.first[s]] for v in own)
    again = bench.wishes_of(found, 2, most=6)
    assert np.array_equal(wishes.other, again.other)
    assert not np.array_equal(wishes.other, bench.wishes_of(found, 3, most=6).other)


def test_closeness_is_that_of_plain_sets():
    found = many(60, 4)
    one, other = np.array(list(product(range(60), range(60)))).T
    near = bench.closeness(found, one, other)
    for i, (a, b) in enumerate(zip(one, other, strict=True)):
        shares = [len(s[a] & s[b]) / len(s[a] | s[b]) for s in (found.words, found.programmes)]
        same = found.regency[a] == found.regency[b]
        assert near[i] == pytest.approx((sum(shares) + same) / 3)


def test_wishes_fall_from_the_first_choice_by_closeness():
    found = many(200, 5)
    wishes = bench.wishes_of(found, 1)
    edges = bench.market(wishes)
    edges.check(len(found))
    for s in range(0, len(edges), 7):
        mine = slice(edges.indptr[s], edges.indptr[s + 1])
        order = edges.vacancy[mine][np.argsort(-edges.score[mine])]
        assert order[0] == wishes.first[s]
        near = bench.closeness(found, np.full(len(order) - 1, order[0]), order[1:])
        assert (np.diff(near) <= 0).all()
        assert sorted(edges.score[mine])[::-1] == pytest.approx(1 - 0.02 * np.arange(len(order)))


def test_fewer_alternatives_and_fewer_willing_are_a_part_of_all_wishes():
    wishes = bench.wishes_of(many(200, 6), 1)

    def pairs(edges: Edges) -> set[tuple[int, int]]:
        row = np.repeat(np.arange(len(edges)), np.diff(edges.indptr))
        return set(zip(row.tolist(), edges.vacancy.tolist(), strict=True))

    alone = bench.market(wishes, alternatives=0)
    assert pairs(alone) == set(enumerate(wishes.first.tolist()))
    assert pairs(bench.market(wishes, willing=0.0)) == pairs(alone)
    some, more = (pairs(bench.market(wishes, alternatives=5, willing=w)) for w in (0.5, 1.0))
    assert pairs(alone) < some < more < pairs(bench.market(wishes))


def drawn(seed: int):
    found = many(250, seed)
    edges = bench.market(bench.wishes_of(found, seed))
    keys = np.arange(len(edges))
    lot = lots(edges.indptr, edges.vacancy, edges.p, edges.q, edges.score, seed, keys)
    return found, edges, lot


def test_people_act_on_lists_as_in_the_simulation():
    found, edges, lot = drawn(8)
    lists = allocate(edges, found.openings, policy="ranking", k=10).vacancy
    ours = [(bench.act(edges, lists, found.openings, lot, seed) >= 0).sum() for seed in range(60)]
    theirs = simulate(edges, found.openings, lists, seed=1, draws=60).hires
    spread = np.hypot(np.std(ours), theirs.std()) / np.sqrt(60)
    assert abs(np.mean(ours) - theirs.mean()) < 4 * spread


@pytest.mark.parametrize("policy", bench.POLICIES)
def test_blocking_pairs_are_those_of_a_plain_loop_and_no_place_overflows(policy):
    found, edges, lot = drawn(9)
    alone = bench.market(bench.wishes_of(found, 9), alternatives=0)
    place, _ = bench.outcome(policy, edges, found.openings, alone, seed=9, lot=lot)
    held = [np.flatnonzero(place == v) for v in range(len(found))]
    assert all(len(people) <= c for people, c in zip(held, found.openings, strict=True))
    free = envy = 0
    for s in range(len(edges)):
        mine = slice(edges.indptr[s], edges.indptr[s + 1])
        wish = dict(zip(edges.vacancy[mine].tolist(), edges.score[mine].tolist(), strict=True))
        for v, score in wish.items():
            if score > wish.get(int(place[s]), -1.0):
                room = len(held[v]) < found.openings[v]
                free += room
                envy += not room and any(lot[i] > lot[s] for i in held[v])
    assert bench.blocking(edges, found.openings, lot, place) == (free, envy)
    assert (free + envy == 0) == (policy == "enrolment")


def test_no_policy_places_more_than_the_largest_matching():
    found, edges, lot = drawn(10)
    most = bench.most_placed(edges, found.openings)
    alone = bench.market(bench.wishes_of(found, 10), alternatives=0)
    assert bench.most_placed(alone, found.openings) == np.minimum(found.applications, found.openings).sum()
    for policy in bench.POLICIES:
        place, _ = bench.outcome(policy, edges, found.openings, alone, seed=10, lot=lot)
        assert (place >= 0).sum() <= most


def test_gini_is_the_mean_difference():
    values, weight = np.array([0.0, 1.0, 4.0]), np.array([2, 1, 3])
    each = np.repeat(values, weight)
    assert bench.gini(values, weight) == pytest.approx(
        np.abs(each[:, None] - each).mean() / (2 * each.mean())
    )
    assert bench.gini(np.zeros(3), weight) is None


def test_the_peer_gives_the_same_places():
    pytest.importorskip("algmatch", reason="algmatch is not installed: pip install algmatch")
    given = bench.random_market(60, 25, 8, 3, most=3)
    theirs, _, _ = bench._algmatch(*given)
    assert bench.places_at(given[1], enrol(*given)).tolist() == theirs.tolist()
