"""Allocation against enumeration and plain Python, written from the docstrings and not from the kernels."""

from __future__ import annotations

import importlib.util
import itertools
import math
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from padan.errors import InputError, ShapeError
from padan.matching.acceptance import enrol, lots, surplus_prices
from padan.matching.allocate import Edges, allocate, exam_curve, expected_fills, simulate, trust_of

POLICIES = ("fills", "surplus", "enrolment", "quota", "ranking")
ROOT = Path(__file__).resolve().parents[2]

levels = st.sampled_from([0.0, 0.125, 0.25, 0.5, 0.75, 1.0])


def graph(rows: list[dict[int, tuple[float, float, float]]]) -> Edges:
    """Rows of vacancy -> (p, q, score)."""
    flat = [(v, *row[v]) for row in rows for v in sorted(row)]
    columns = list(zip(*flat, strict=True)) or [()] * 4
    return Edges(
        np.cumsum([0, *map(len, rows)], dtype=np.int64),
        np.array(columns[0], np.int32),
        *(np.array(column, np.float32) for column in columns[1:]),
    )


def row_of(edges: Edges, s: int) -> dict[int, tuple[float, float, float]]:
    return {
        int(edges.vacancy[e]): (float(edges.p[e]), float(edges.q[e]), float(edges.score[e]))
        for e in range(edges.indptr[s], edges.indptr[s + 1])
    }


@st.composite
def markets(draw, *, people: int = 7, posts: int = 5, openings: int = 3):
    m = draw(st.integers(1, posts))
    row = st.dictionaries(st.integers(0, m - 1), st.tuples(levels, levels, levels), max_size=m)
    rows = draw(st.lists(row, max_size=people))
    capacity = draw(st.lists(st.integers(0, openings), min_size=m, max_size=m))
    return graph(rows), np.array(capacity)


def random_market(n: int, m: int, seed: int, *, degree: int = 8) -> tuple[Edges, np.ndarray]:
    g = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        found = g.choice(m, min(degree, m), replace=False)
        rows.append({int(v): (g.uniform(), g.uniform(0.05, 0.95), g.uniform(0.1, 1)) for v in found})
    return graph(rows), g.integers(1, 4, m)


def filled(c: int, a: float) -> float:
    """E min(c, Poisson(a)) as a plain sum."""
    return sum(
        min(c, x) * math.exp(x * math.log(a) - a - math.lgamma(x + 1)) if a > 0 else 0.0
        for x in range(1, int(a + 40 * math.sqrt(a + 1)) + 60)
    )


def fills_of(edges: Edges, capacity: np.ndarray, lists: list[tuple[int, ...]]) -> float:
    applications = np.zeros(len(capacity))
    for s, listed in enumerate(lists):
        row = row_of(edges, s)
        for rank, v in enumerate(listed, 1):
            applications[v] += row[v][0] * row[v][1] / math.log2(1 + rank)
    return sum(filled(int(c), a) for c, a in zip(capacity, applications, strict=True))


def as_lists(vacancy: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(int(v) for v in row if v >= 0) for row in vacancy]


def by_score(edges: Edges, capacity: np.ndarray, k: int) -> list[tuple[int, ...]]:
    found = []
    for s in range(len(edges)):
        row = {v: x[2] for v, x in row_of(edges, s).items() if capacity[v] > 0}
        found.append(tuple(sorted(row, key=lambda v: (-row[v], v))[:k]))
    return found


# ---- expected fills


@pytest.mark.parametrize("c", [0, 1, 2, 5, 60, 400])
@pytest.mark.parametrize("a", [0.0, 1e-6, 0.3, 1.0, 4.9, 60.0, 350.0, 900.0])
def test_expected_fills_are_the_poisson_mean_below_the_capacity(c, a):
    assert expected_fills([a], [c])[0] == pytest.approx(filled(c, a), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("trust", [1.0, 0.4])
@pytest.mark.parametrize(("c", "a"), [(1, 0.2), (1, 3.0), (2, 1.0), (7, 4.0), (7, 12.0), (90, 88.0)])
def test_slope_is_the_finite_difference_of_expected_fills(c, a, trust):
    from padan.matching.allocate import _gain, _slope, slopes_at

    h = 1e-5
    difference = (expected_fills([a + h], [c])[0] - expected_fills([a - h], [c])[0]) / (2 * h)
    assert _slope(c, a, 1.0) == pytest.approx(difference, abs=1e-7)
    assert _slope(c, a, trust) == pytest.approx(difference**trust, abs=1e-6)
    slope, bend = np.zeros(1), np.zeros(1)
    slopes_at(np.array([c]), np.array([a]), trust, slope, bend)
    assert slope[0] == pytest.approx(difference**trust, abs=1e-6)
    second = (_slope(c, a + h, trust) - _slope(c, a - h, trust)) / (2 * h)
    assert bend[0] == pytest.approx(second, abs=1e-6)
    step = expected_fills([a + 0.7], [c])[0] - expected_fills([a], [c])[0]
    assert _gain(c, a, a + 0.7, 1.0) == pytest.approx(step, abs=1e-6)


@given(st.floats(0, 200), st.floats(0, 50), st.integers(0, 30))
def test_fills_rise_with_applications_and_openings_and_never_pass_either(a, more, c):
    here, further, wider = expected_fills([a, a + more, a], [c, c, c + 1])
    assert further >= here - 1e-12
    assert wider >= here - 1e-12
    assert 0 <= here <= min(a, c) + 1e-12


# ---- the default policy against all lists


@given(markets(people=4, posts=4), st.integers(1, 3))
def test_no_single_change_of_a_list_gains_much(market, k):
    edges, capacity = market
    found = allocate(edges, capacity, k=k, threads=1)
    lists = as_lists(found.vacancy)
    here = fills_of(edges, capacity, lists)
    assert found.fills.sum() == pytest.approx(here, abs=1e-6)
    for s in range(len(edges)):
        for other in itertools.permutations(row_of(edges, s), min(k, len(row_of(edges, s)))):
            changed = [*lists[:s], other, *lists[s + 1 :]]
            assert fills_of(edges, capacity, changed) <= here + 0.01 * max(1.0, here)


@pytest.mark.parametrize("seed", range(12))
def test_fills_are_near_the_best_of_all_lists_and_the_bound_is_above_it(seed):
    edges, capacity = random_market(4, 4, seed, degree=3)
    found = allocate(edges, capacity, k=2, threads=1)
    choices = [list(itertools.permutations(row_of(edges, s), 2)) for s in range(len(edges))]
    best = max(fills_of(edges, capacity, list(lists)) for lists in itertools.product(*choices))
    assert found.bound is not None
    assert found.bound >= best - 1e-9
    assert found.fills.sum() >= 0.99 * best


@pytest.mark.parametrize("seed", range(3))
def test_on_a_larger_market_the_bound_shows_the_lists_are_near_the_best(seed):
    edges, capacity = random_market(1500, 300, seed, degree=20)
    found = allocate(edges, capacity, threads=1)
    plain = allocate(edges, capacity, policy="ranking", threads=1)
    assert plain.fills.sum() < found.fills.sum() <= found.bound
    assert found.fills.sum() >= 0.999 * found.bound


def test_everybody_is_not_sent_to_the_one_best_vacancy():
    rows = [{0: (0.9, 0.9, 1.0), 1 + s: (0.8, 0.9, 0.5)} for s in range(20)]
    edges, capacity = graph(rows), np.ones(21, int)
    found = allocate(edges, capacity, k=1)
    assert (found.vacancy[:, 0] == 0).sum() == 1
    assert found.prices[0] == found.prices.max()
    assert allocate(edges, capacity, policy="ranking", k=1).fills.sum() < 1
    assert found.fills.sum() > 10


# ---- what holds for every policy


@given(markets(), st.sampled_from(POLICIES), st.integers(1, 4), st.sampled_from([0.0, 0.3, 1.0]))
def test_lists_hold_candidates_with_openings_once_and_end_in_blanks(market, policy, k, trust):
    edges, capacity = market
    found = allocate(edges, capacity, policy=policy, k=k, trust=trust)
    assert found.vacancy.shape == (len(edges), k)
    assert found.vacancy.dtype == np.int32
    for s, listed in enumerate(as_lists(found.vacancy)):
        assert found.vacancy[s, len(listed) :].tolist() == [-1] * (k - len(listed))
        assert len(set(listed)) == len(listed)
        assert set(listed) <= {v for v in row_of(edges, s) if capacity[v] > 0}
    assert (found.fills <= capacity + 1e-9).all()
    assert np.isfinite(found.fills).all()
    assert np.isfinite(found.applications).all()


@given(markets(), st.sampled_from(POLICIES), st.sampled_from([0.3, 1.0]), st.randoms(use_true_random=False))
def test_order_of_people_changes_nothing_but_the_order_of_lists(market, policy, trust, random):
    edges, capacity = market
    order = list(range(len(edges)))
    random.shuffle(order)
    rows = [row_of(edges, s) for s in range(len(edges))]
    shuffled = graph([rows[s] for s in order])
    one = allocate(edges, capacity, policy=policy, k=3, trust=trust)
    two = allocate(shuffled, capacity, policy=policy, k=3, trust=trust)
    # people with the very same row may change places, so rows and lists are compared as a bag
    bag = [
        sorted(
            (sorted(rows[s].items()), listed) for s, listed in zip(places, as_lists(a.vacancy), strict=True)
        )
        for places, a in ((range(len(edges)), one), (order, two))
    ]
    assert bag[0] == bag[1]
    assert np.array_equal(one.applications, two.applications)
    assert np.array_equal(one.fills, two.fills)
    assert one.figures == two.figures
    keys = np.arange(len(edges)) + 17
    three = allocate(edges, capacity, policy=policy, k=3, trust=trust, keys=keys)
    four = allocate(shuffled, capacity, policy=policy, k=3, trust=trust, keys=keys[order])
    assert np.array_equal(three.vacancy[order].reshape(-1, 3), four.vacancy)


@given(markets(), st.sampled_from(["fills", "surplus", "ranking"]), st.integers(1, 4))
def test_without_trust_every_list_is_plain_ranking(market, policy, k):
    edges, capacity = market
    found = allocate(edges, capacity, policy=policy, k=k, trust=0.0)
    assert as_lists(found.vacancy) == by_score(edges, capacity, k)


@given(markets(), st.integers(0, 4))
def test_one_more_opening_never_lowers_the_fills_of_given_lists(market, which):
    edges, capacity = market
    found = allocate(edges, capacity, k=3)
    wider = capacity.copy()
    wider[which % len(wider)] += 1
    assert expected_fills(found.applications, wider).sum() >= found.fills.sum() - 1e-12
    if found.prices is not None:
        gained = expected_fills(found.applications, capacity + 1) - found.fills
        assert found.prices == pytest.approx(gained, abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_more_openings_give_lists_that_fill_more(seed):
    edges, capacity = random_market(400, 80, seed)
    before, after = (allocate(edges, c, threads=1) for c in (capacity, capacity + 1))
    assert after.fills.sum() > before.bound


@pytest.mark.parametrize("policy", POLICIES)
def test_any_number_of_threads_gives_the_same(policy):
    edges, capacity = random_market(9000, 500, 3)
    one, two = (allocate(edges, capacity, policy=policy, k=5, rounds=5, threads=t) for t in (1, 3))
    assert np.array_equal(one.vacancy, two.vacancy)
    assert np.array_equal(one.fills, two.fills)


def test_people_who_are_all_alike_share_what_there_is():
    rows = [{v: (0.5, 0.5, 0.5) for v in range(10)}] * 60
    found = allocate(graph(rows), np.ones(10, int), k=2)
    assert found.applications == pytest.approx(np.full(10, 60 * 0.25 * exam_curve(2).sum() / 10), rel=0.1)
    assert found.figures.gini < 0.05


def test_the_seed_settles_the_draw():
    rows = [{v: (0.5, 0.5, 0.5) for v in range(10)}] * 50
    edges, capacity = graph(rows), np.ones(10, int)
    same = [allocate(edges, capacity, k=2, seed=5).vacancy for _ in range(2)]
    assert np.array_equal(*same)
    assert not np.array_equal(same[0], allocate(edges, capacity, k=2, seed=6).vacancy)


# ---- enrolment


def gale_shapley(edges: Edges, capacity: np.ndarray, lot: np.ndarray) -> list[int]:
    """Jobseekers propose, in plain Python: the vacancy of each, -1 for none."""
    wishes = [
        sorted(
            (v for v, x in row_of(edges, s).items() if x[1] > 0),
            key=lambda v, s=s: (-row_of(edges, s)[v][2], v),
        )
        for s in range(len(edges))
    ]
    at = [0] * len(edges)
    held: dict[int, list[int]] = {v: [] for v in range(len(capacity))}
    free = list(range(len(edges)))
    while free:
        s = free.pop()
        if at[s] == len(wishes[s]):
            continue
        v = wishes[s][at[s]]
        at[s] += 1
        held[v] = sorted([*held[v], s], key=lambda i, v=v: (-row_of(edges, i)[v][1], int(lot[i])))
        free += held[v][capacity[v] :]
        held[v] = held[v][: capacity[v]]
    place = [-1] * len(edges)
    for v, people in held.items():
        for s in people:
            place[s] = v
    return place


def is_stable(edges: Edges, capacity: np.ndarray, lot: np.ndarray, place: tuple[int, ...]) -> bool:
    for s in range(len(edges)):
        row = row_of(edges, s)
        for v, (_, claim, wanted) in row.items():
            if claim <= 0 or v == place[s]:
                continue
            own = row[place[s]][2] if place[s] >= 0 else -1.0
            if not (wanted > own or (wanted == own and v < place[s])):
                continue
            there = [i for i, at in enumerate(place) if at == v]
            weaker = [i for i in there if (-row_of(edges, i)[v][1], int(lot[i])) > (-claim, int(lot[s]))]
            if len(there) < capacity[v] or weaker:
                return False
    return True


def lot_of(edges: Edges, seed: int, keys: np.ndarray | None = None) -> np.ndarray:
    return lots(edges.indptr, edges.vacancy, edges.p, edges.q, edges.score, seed, keys)


@given(markets(people=8), st.integers(0, 3))
def test_enrolment_is_that_of_plain_gale_and_shapley(market, seed):
    edges, capacity = market
    found = allocate(edges, capacity, policy="enrolment", k=2, seed=seed)
    place = gale_shapley(edges, capacity, lot_of(edges, seed))
    assert found.vacancy[:, 0].tolist() == place
    assert (found.vacancy[:, 1] == -1).all()
    assert found.fills.tolist() == [place.count(v) for v in range(len(capacity))]
    assert is_stable(edges, capacity, lot_of(edges, seed), tuple(place))


@given(markets(people=4, posts=3, openings=2))
def test_enrolment_is_the_stable_outcome_that_all_jobseekers_like_best(market):
    edges, capacity = market
    lot = lot_of(edges, 1)
    rows = [row_of(edges, s) for s in range(len(edges))]
    choices = [[-1, *(v for v, x in row.items() if x[1] > 0)] for row in rows]
    stable = [
        place
        for place in itertools.product(*choices)
        if all(place.count(v) <= c for v, c in enumerate(capacity)) and is_stable(edges, capacity, lot, place)
    ]
    found = allocate(edges, capacity, policy="enrolment", k=1).vacancy[:, 0]
    assert tuple(found.tolist()) in stable

    def liking(s: int, v: int) -> tuple[float, int]:
        return (rows[s][v][2], -v) if v >= 0 else (-1.0, 0)

    for place in stable:
        assert all(liking(s, int(found[s])) >= liking(s, v) for s, v in enumerate(place))


@pytest.mark.parametrize("seed", range(3))
def test_enrolment_of_a_larger_market_is_that_of_plain_python(seed):
    edges, capacity = random_market(400, 60, seed, degree=15)
    edges = replace(edges, q=np.round(edges.q, 1).astype(np.float32))  # many equal claims
    found = allocate(edges, capacity, policy="enrolment", k=1, seed=seed)
    assert found.vacancy[:, 0].tolist() == gale_shapley(edges, capacity, lot_of(edges, seed))


def test_the_lot_is_splitmix64_of_seed_and_key():
    def mix(x: int) -> int:
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) % 2**64
        return x ^ (x >> 31)

    edges = graph([{0: (1, 1, 1)}] * 5)
    keys = np.array([3, 99, 2**40, 7, 0])
    drawn = [mix(mix((42 + 0x9E3779B97F4A7C15) % 2**64) ^ int(key)) for key in keys]
    assert lot_of(edges, 42, keys).tolist() == drawn
    place = allocate(edges, [2], policy="enrolment", k=1, seed=42, keys=keys).vacancy[:, 0]
    assert np.flatnonzero(place == 0).tolist() == sorted(np.argsort(np.array(drawn, np.uint64))[:2].tolist())


def as_edges(indptr, vacancy, wanted, claim) -> Edges:
    """The arrays of `enrol` as candidates, for the plain procedure."""
    return Edges(indptr, vacancy, wanted, claim, wanted)


def enrolled(indptr, vacancy, wanted, claim, lot, openings) -> list[int]:
    """The place of each person by `enrol`."""
    seat = enrol(indptr, vacancy, wanted, claim, lot, openings)
    return [int(vacancy[e]) if e >= 0 else -1 for e in seat]


def given_market(n: int, m: int, degree: int, seed: int, *, steps: int, most: int = 3):
    """What `enrol` takes, with wishes and claims of `steps` levels, the lowest claim 0."""
    g = np.random.default_rng(seed)
    vacancy = np.concatenate([np.sort(g.choice(m, degree, replace=False)) for _ in range(n)])
    wanted, claim = (g.integers(0, steps, len(vacancy)).astype(np.float32) / steps for _ in range(2))
    lot = g.permutation(n).astype(np.uint64)
    indptr = np.arange(n + 1, dtype=np.int64) * degree
    return indptr, vacancy.astype(np.int32), wanted, claim, lot, g.integers(0, most + 1, m)


# the last claims are all but none and none, once with its sign
claims = st.sampled_from([1.0, 0.5, 0.25, float(np.float32(1e-45)), 0.0, -0.0])


@given(st.data())
def test_enrol_is_plain_gale_and_shapley_with_ties_and_without_claims(data):
    m = data.draw(st.integers(1, 9))
    row = st.dictionaries(st.integers(0, m - 1), st.tuples(levels, claims), max_size=m)
    rows = data.draw(st.lists(row, max_size=12))
    edges = graph([{v: (wish, claim, wish) for v, (wish, claim) in row.items()} for row in rows])
    lot = np.array(data.draw(st.permutations(range(len(rows)))), np.uint64)
    openings = np.array(data.draw(st.lists(st.sampled_from([0, 1, 2, 10_000_000]), min_size=m, max_size=m)))
    place = enrolled(edges.indptr, edges.vacancy, edges.score, edges.q, lot, openings)
    assert place == gale_shapley(edges, openings, lot)
    assert all(place.count(v) <= c for v, c in enumerate(openings))
    assert is_stable(edges, openings, lot, tuple(place))


# the rows are long enough for each way of going on: 4 by one pass, 64 more by insertion, the rest by a sort
@pytest.mark.parametrize("degree", [4, 5, 30, 68, 69, 140])
@pytest.mark.parametrize("steps", [3, 10_000])
def test_enrol_of_long_rows_is_plain_gale_and_shapley(degree, steps):
    market = given_market(80, 140, degree, degree, steps=steps, most=1)
    assert enrolled(*market) == gale_shapley(as_edges(*market[:4]), market[5], market[4])


def test_enrol_goes_to_the_end_of_the_longest_rows():
    # everybody wants the places in one order, so the last one placed was refused by all the others
    n = 200
    vacancy = np.tile(np.arange(n, dtype=np.int32), n)
    wanted = np.tile(np.linspace(1, 0.5, n, dtype=np.float32), n)
    claim = np.full(n * n, 0.5, np.float32)
    lot = np.random.default_rng(1).permutation(n).astype(np.uint64)
    place = enrolled(np.arange(n + 1) * n, vacancy, wanted, claim, lot, np.ones(n, np.int64))
    assert place == lot.tolist()


@given(st.integers(0, 10_000), st.integers(1, 90), st.sampled_from([2, 5, 1000]))
def test_enrol_does_not_depend_on_the_order_of_people(seed, degree, steps):
    indptr, vacancy, wanted, claim, lot, openings = given_market(60, 90, degree, seed, steps=steps, most=1)
    order = np.random.default_rng(seed).permutation(60)
    moved = (a.reshape(60, degree)[order].ravel() for a in (vacancy, wanted, claim))
    one = enrolled(indptr, vacancy, wanted, claim, lot, openings)
    assert enrolled(indptr, *moved, lot[order], openings) == [one[s] for s in order]


def test_equal_claims_and_equal_lots_go_to_the_person_who_stands_first():
    edges = graph([{0: (1, 0.5, 1.0)}] * 5)
    place = enrolled(edges.indptr, edges.vacancy, edges.score, edges.q, np.zeros(5, np.uint64), np.array([2]))
    assert place == [0, 0, -1, -1, -1]


@pytest.mark.parametrize("number", [np.float32, np.float64])
@pytest.mark.parametrize("steps", [4, 1_000_000])
def test_no_pair_blocks_an_enrolment_of_a_hundred_thousand_pairs(number, steps):
    indptr, vacancy, wanted, claim, lot, openings = given_market(4000, 900, 25, 7, steps=steps, most=6)
    wanted, claim = wanted.astype(number), claim.astype(number)
    seat = enrol(indptr, vacancy, wanted, claim, lot, openings)
    placed = np.flatnonzero(seat >= 0)
    held = np.bincount(vacancy[seat[placed]], minlength=len(openings))
    assert (held <= openings).all()
    assert 0 < len(placed) < 4000
    row = np.repeat(np.arange(4000), 25)
    assert (row[seat[placed]] == placed).all()
    assert (claim[seat[placed]] > 0).all()
    here = np.where(seat >= 0, wanted[seat], -1.0)[row]
    tied = (wanted == here) & (vacancy < vacancy[seat][row])
    rather = (claim > 0) & ((wanted > here) | tied)
    # the weakest person held by each place, by claim and then by lot
    weakest_claim, weakest_lot = np.full(len(openings), np.inf), np.zeros(len(openings), np.uint64)
    for s in placed[np.lexsort((lot[placed], -claim[seat[placed]]))]:
        weakest_claim[vacancy[seat[s]]], weakest_lot[vacancy[seat[s]]] = claim[seat[s]], lot[s]
    stronger = (claim > weakest_claim[vacancy]) | (
        (claim == weakest_claim[vacancy]) & (lot[row] < weakest_lot[vacancy])
    )
    free = (held < openings)[vacancy]
    assert rather.any()
    assert not (rather & (free | (stronger & (openings > 0)[vacancy]))).any()


# ---- quota and surplus


@given(markets(), st.integers(1, 4), st.sampled_from([1.0, 1.25, 2.0]))
def test_quota_takes_the_best_pairs_while_there_is_room(market, k, quota):
    edges, capacity = market
    found = allocate(edges, capacity, policy="quota", k=k, quota=quota)
    total = int(capacity.sum())
    room = [math.ceil(quota * len(edges) * k * int(c) / total) if total else 0 for c in capacity]
    shown = [int((found.vacancy == v).sum()) for v in range(len(capacity))]
    assert all(have <= most for have, most in zip(shown, room, strict=True))
    lot = lot_of(edges, 1)
    pairs = [(-x[2], v, int(lot[s]), s) for s in range(len(edges)) for v, x in row_of(edges, s).items()]
    lists: list[list[int]] = [[] for _ in range(len(edges))]
    for _, v, _, s in sorted(pairs):
        if len(lists[s]) < k and room[v] > 0:
            lists[s].append(v)
            room[v] -= 1
    assert as_lists(found.vacancy) == [tuple(listed) for listed in lists]


@given(markets(people=12))
def test_margins_of_the_market_with_transfers_hold(market):
    edges, capacity = market
    assume(len(edges) and len(edges.vacancy))
    utility = edges.p.astype(np.float64) * edges.q * 3
    log_b, price = surplus_prices(
        edges.indptr, edges.vacancy, utility, capacity, np.arange(len(edges)), 20_000
    )
    b = np.where(capacity > 0, np.exp(log_b), 0.0)
    row = np.repeat(np.arange(len(edges)), np.diff(edges.indptr))
    half = np.bincount(row, np.exp(utility) * b[edges.vacancy], len(edges)) / 2
    a = np.sqrt(half**2 + 1) - half
    pairs = a[row] * b[edges.vacancy] * np.exp(utility)
    assert a**2 + np.bincount(row, pairs, len(edges)) == pytest.approx(np.ones(len(edges)), abs=1e-8)
    held = np.bincount(edges.vacancy, pairs, len(capacity))
    assert b**2 + held == pytest.approx(capacity, abs=1e-7)
    assert (price >= 0).all()


def test_the_scarcer_vacancy_has_the_higher_price():
    rows = [{0: (0.8, 0.8, 1.0), 1: (0.8, 0.8, 1.0)} for _ in range(10)] + [{0: (0.8, 0.8, 1.0)}] * 20
    for policy in ("fills", "surplus"):
        found = allocate(graph(rows), np.array([2, 20]), policy=policy)
        assert found.prices[0] > found.prices[1]
    assert (allocate(graph(rows), [2, 20], policy="surplus").vacancy[:10, 0] == 1).all()


# ---- figures and trust


def test_figures_of_a_market_counted_by_hand():
    edges = graph([{0: (1, 1, 0.8), 1: (1, 1, 0.4)}, {0: (1, 1, 0.6), 2: (1, 1, 0.6)}])
    figures = allocate(edges, [1, 1, 0], policy="ranking", k=1).figures
    assert figures.gini == pytest.approx(0.5)
    assert figures.gini_opening == pytest.approx(0.5)
    assert figures.top_share == pytest.approx(1.0)
    assert figures.coverage == pytest.approx(0.5)
    assert figures.score_kept == pytest.approx(1.0)
    wide = allocate(edges, [3, 1, 0], policy="ranking", k=1).figures
    # two in three quarters of the openings, none in one
    assert wide.gini_opening == pytest.approx(0.25)
    quota = allocate(edges, [1, 1, 0], policy="quota", k=1, quota=1.0)
    assert as_lists(quota.vacancy) == [(0,), ()]
    assert quota.figures.score_kept == pytest.approx(0.8 / 1.4)


def test_trust_is_what_the_error_leaves_of_the_variance():
    logit = np.random.default_rng(2).normal(0, 2, 200_000)
    share = 1 / (1 + np.exp(-logit))
    assert trust_of(share, 0) == 1
    assert trust_of(share, 1) == pytest.approx(0.75, abs=0.01)
    assert trust_of(share, 5) == 0
    assert trust_of(np.full(10, 0.3), 0) == 0
    assert trust_of([], 1) == 0
    with pytest.raises(InputError, match="within 0 to 1"):
        trust_of([0.5, math.nan], 1)
    with pytest.raises(InputError, match="error_sd"):
        trust_of([0.5], -1)


# ---- the simulator


def test_with_sure_people_the_simulated_hires_are_the_stable_outcome():
    edges, capacity = random_market(60, 20, 4)
    sure = replace(edges, p=np.ones_like(edges.p), q=np.ones_like(edges.q))
    lists = np.full((60, 1), -1, np.int32)
    lists[:, 0] = edges.vacancy[edges.indptr[:-1]]
    done = simulate(sure, capacity, lists)
    asked = np.bincount(lists[:, 0], minlength=20)
    assert done.applications.tolist() == [60]
    assert done.hired[0].tolist() == np.minimum(asked, capacity).tolist()
    assert done.hires[0] == np.minimum(asked, capacity).sum()


def test_applications_come_at_the_rate_of_exam_times_p():
    n, k = 4000, 4
    edges = graph([{v: (0.4, 0.5, 1.0) for v in range(k)}] * n)
    lists = np.tile(np.arange(k, dtype=np.int32), (n, 1))
    for exam in ("log", "reciprocal"):
        done = simulate(edges, [n] * k, lists, draws=5, exam=exam)
        expected = n * 0.4 * exam_curve(k, exam).sum()
        assert done.applications.mean() == pytest.approx(expected, rel=0.03)
        alone = 1 - np.prod(1 - 0.4 * 0.5 * exam_curve(k, exam))
        assert done.hires.mean() == pytest.approx(n * alone, rel=0.03)
    assert exam_curve(3).tolist() == pytest.approx([1, 1 / math.log2(3), 0.5])


@given(markets(), st.integers(0, 5))
def test_simulated_hires_keep_to_capacities_and_to_the_luck_of_the_seed(market, seed):
    edges, capacity = market
    lists = allocate(edges, capacity, k=3).vacancy
    one, two = (simulate(edges, capacity, lists, seed=seed, draws=3) for _ in range(2))
    assert np.array_equal(one.hires, two.hires)
    assert (one.hired <= capacity).all()
    assert (one.hires <= one.applications).all()
    assert np.array_equal(one.hired.sum(axis=1), one.hires)
    # a list that is cut short meets the same luck, so nobody applies more
    cut = lists.copy()
    cut[:, 1:] = -1
    assert (simulate(edges, capacity, cut, seed=seed, draws=3).applications <= one.applications).all()


def test_simulate_names_the_person_whose_list_holds_a_stranger():
    edges, capacity = graph([{0: (1, 1, 1)}, {1: (1, 1, 1)}]), [1, 1]
    with pytest.raises(ShapeError, match="jobseeker 1"):
        simulate(edges, capacity, np.array([[0], [0]], np.int32))
    with pytest.raises(ShapeError, match="jobseekers are 2"):
        simulate(edges, capacity, np.array([[0]], np.int32))


# ---- bad input and empty markets


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("rows", "capacity"),
    [
        ([], []),
        ([], [1, 2]),
        ([{}, {}], []),
        ([{}, {}], [1]),
        ([{0: (1, 1, 1)}], [0]),
        ([{0: (0, 0, 0)}], [1]),
    ],
    ids=["nothing", "nobody", "no vacancies", "no candidates", "no opening", "all nought"],
)
def test_a_market_without_anything_gives_an_empty_answer(policy, rows, capacity):
    edges = graph(rows)
    found = allocate(edges, capacity, policy=policy, k=2)
    assert found.vacancy.shape == (len(rows), 2)
    assert found.fills.shape == (len(capacity),)
    assert found.fills.sum() == 0
    if not any(capacity):
        assert (found.vacancy == -1).all()
    done = simulate(edges, capacity, found.vacancy)
    assert done.hires.tolist() == [0]


@pytest.mark.parametrize("name", ["p", "q", "score"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -0.1, 1.5])
def test_a_value_that_cannot_be_is_named_with_its_pair(name, value):
    edges = graph([{0: (0.5, 0.5, 0.5)}, {0: (0.5, 0.5, 0.5), 2: (0.5, 0.5, 0.5)}])
    values = getattr(edges, name).copy()
    values[2] = value
    if name == "score" and value == 1.5:
        allocate(replace(edges, score=values), [1, 1, 1])
        return
    with pytest.raises(InputError, match=rf"jobseeker 1, vacancy 2: {name} is"):
        allocate(replace(edges, **{name: values}), [1, 1, 1])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"indptr": np.array([1, 2, 2])}, "start with 0"),
        ({"indptr": np.array([0, 3, 2])}, "ascend to 2"),
        ({"indptr": np.array([0.0, 1.0, 2.0])}, "whole numbers"),
        ({"vacancy": np.array([0, 5], np.int32)}, "jobseeker 1: vacancy 5 is outside"),
        ({"vacancy": np.array([-1, 0], np.int32)}, "jobseeker 0: vacancy -1 is outside"),
        ({"indptr": np.array([0, 2, 2]), "vacancy": np.array([1, 1], np.int32)}, "jobseeker 0: .* repeats"),
        ({"indptr": np.array([0, 2, 2]), "vacancy": np.array([1, 0], np.int32)}, "jobseeker 0: .* ascend"),
        ({"p": np.array([0.5], np.float32)}, "2 candidates, 1 values of p"),
        ({"q": np.array([1, 1])}, "floats"),
    ],
)
def test_rows_that_do_not_fit_are_named(change, match):
    edges = graph([{0: (0.5, 0.5, 0.5)}, {1: (0.5, 0.5, 0.5)}])
    with pytest.raises(ShapeError, match=match):
        allocate(replace(edges, **change), [1, 1])


@pytest.mark.parametrize(
    "capacity", [[1, -1], [1, 1.5], [1, math.nan], [1, math.inf], [1, 1e9], [1, "x"], [1, None]]
)
def test_a_capacity_that_cannot_be_is_named(capacity):
    with pytest.raises(InputError, match="capacity"):
        allocate(graph([{0: (0.5, 0.5, 0.5)}]), capacity)


@pytest.mark.parametrize(
    "options",
    [
        {"policy": "best"}, {"k": 0}, {"k": 1001}, {"rounds": 0}, {"trust": -0.1}, {"trust": math.nan},
        {"beta": 0.0}, {"quota": 0.5}, {"exam": "flat"}, {"keys": [1, 2]}, {"keys": [0.5]}, {"threads": -1},
    ],
    ids=str,
)  # fmt: skip
def test_an_option_out_of_range_is_named(options):
    with pytest.raises(InputError) as error:
        allocate(graph([{0: (0.5, 0.5, 0.5)}]), [1], **options)
    assert error.value.field == next(iter(options))


def test_every_field_of_the_candidates_counts_in_the_lot():
    edges = graph([{0: (0.5, 0.5, 0.5)}])
    seen = {int(lot_of(edges, 1)[0])}
    for field in fields(edges)[2:]:
        seen.add(int(lot_of(replace(edges, **{field.name: np.array([0.25], np.float32)}), 1)[0]))
    assert len(seen) == 4


def test_a_place_is_held_by_the_best_claims():
    edges = graph([{0: (1, q, 1.0)} for q in (0.2, 0.9, 0.0, 0.5)])
    seat = enrol(edges.indptr, edges.vacancy, edges.score, edges.q, lot_of(edges, 1), np.array([9]))
    assert seat.tolist() == [0, 1, -1, 3]


# ---- a market like a real one


@pytest.mark.shared
def test_fills_beats_plain_ranking_in_hires_on_a_market_like_a_real_one(shared):
    spec = importlib.util.spec_from_file_location("bench_allocation", ROOT / "bench" / "allocation.py")
    bench = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = bench  # its dataclasses look for it there
    spec.loader.exec_module(bench)
    gains = {"fills": [], "quota": [], "noisy": []}
    for seed in (1, 2, 3):
        edges, capacity = bench.market(5000, 1500, seed, shared=shared)
        noisy, trust = bench.with_error(edges, 2.0, seed)

        def hires(found, edges=edges, capacity=capacity, seed=seed):
            return simulate(edges, capacity, found.vacancy, seed=seed, draws=3).hires.mean()

        plain = hires(allocate(edges, capacity, policy="ranking"))
        for policy in ("fills", "quota"):
            gains[policy].append(hires(allocate(edges, capacity, policy=policy)) / plain)
        gains["noisy"].append(hires(allocate(noisy, capacity, trust=trust)) / plain)
    assert np.mean(gains["fills"]) > 1.15
    assert np.mean(gains["quota"]) > 1
    assert np.mean(gains["noisy"]) > 1
