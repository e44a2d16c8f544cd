"""Advice against plain Python, from the docstrings: odds, places near, reasons, chances, overrides."""

from __future__ import annotations

import math
from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from padan.errors import InputError, ShapeError
from padan.matching.advice import (
    ADVICE,
    Reliability,
    Where,
    advise,
    chances,
    held,
    odds,
    why,
)
from padan.matching.allocate import Edges, allocate, exam_curve
from padan.matching.overrides import Override, apply_overrides, read_overrides

ON = date(2026, 11, 24)
WHY = "Pernah magang di tempat itu"
levels = st.sampled_from([0.0, 0.125, 0.25, 0.5, 0.75, 1.0])


def lists_of(rows: list[list[int]], k: int) -> np.ndarray:
    out = np.full((len(rows), k), -1, np.int32)
    for s, row in enumerate(rows):
        out[s, : len(row)] = row
    return out


def graph(rows: list[dict[int, tuple[float, float, float]]]) -> Edges:
    """Rows of vacancy -> (p, q, score)."""
    flat = [(v, *row[v]) for row in rows for v in sorted(row)]
    columns = list(zip(*flat, strict=True)) or [()] * 4
    return Edges(
        np.cumsum([0, *map(len, rows)], dtype=np.int64),
        np.array(columns[0], np.int32),
        *(np.array(column, np.float32) for column in columns[1:]),
    )


def ids(letter: str, n: int) -> list[str]:
    return [f"{letter}{i}" for i in range(n)]


def override(s: int, v: int, action: str, **more) -> Override:
    return Override(f"s{s}", f"v{v}", action, more.pop("reason", WHY), "Sari", ON, **more)


def apply(lists: np.ndarray, decisions: list[Override], capacity):
    people, posts = ids("s", len(lists)), ids("v", len(capacity))
    return apply_overrides(lists, decisions, seeker_ids=people, vacancy_ids=posts, capacity=capacity)


@st.composite
def shown(draw, *, people: int = 7, posts: int = 6):
    """Lists with p, openings, and candidates that hold most of the listed."""
    m, k = draw(st.integers(1, posts)), draw(st.integers(1, 4))
    n = draw(st.integers(0, people))
    rows = [draw(st.permutations(range(m)))[: draw(st.integers(0, min(k, m)))] for _ in range(n)]
    one = st.dictionaries(st.integers(0, m - 1), st.tuples(levels, levels, levels), max_size=m)
    edges = [draw(one) for _ in range(n)]
    capacity = draw(st.lists(st.integers(0, 3), min_size=m, max_size=m))
    return lists_of(rows, k), edges, np.array(capacity)


# -- odds --------------------------------------------------------------------------------------------------


@given(shown(), st.sampled_from(["log", "reciprocal"]), st.data())
def test_odds_are_the_plain_sum_of_looks_times_applications(market, exam, data):
    lists, rows, capacity = market
    observed = data.draw(
        st.lists(st.sampled_from([None, 0, 2, 40]), min_size=len(capacity), max_size=len(capacity))
    )
    p = np.array([[rows[s].get(int(v), (1.0,))[0] for v in row] for s, row in enumerate(lists)])
    p = p.reshape(lists.shape)
    expected = [0.0] * len(capacity)
    looks = [0.0] * len(capacity)
    for s, row in enumerate(lists):
        for r, v in enumerate(row, 1):
            if v >= 0:
                look = 1 / math.log2(1 + r) if exam == "log" else 1 / r
                looks[v] += look
                expected[v] += look * p[s, r - 1]
    by_array = odds(lists, capacity, p=p, exam=exam, observed=observed)
    by_edges = odds(lists, capacity, p=graph(rows), exam=exam, observed=observed)
    bare = odds(lists, capacity, exam=exam)
    assert (by_array.basis, bare.basis) == ("applies", "looks")
    assert np.array_equal(by_array.people, by_edges.people)
    assert bare.people == pytest.approx(looks, abs=1e-9)
    for v, c in enumerate(capacity):
        people = expected[v] + (observed[v] or 0)
        assert by_array.people[v] == pytest.approx(people, abs=1e-9)
        assert (observed[v] is None) == math.isnan(by_array.observed[v])
        if c == 0:
            assert all(math.isnan(x[v]) for x in (by_array.per_place, by_array.low, by_array.high))
        else:
            assert by_array.per_place[v] == pytest.approx(people / c, abs=1e-9)
            assert by_array.low[v] >= (observed[v] or 0) / c
            assert by_array.low[v] <= by_array.high[v]
    at = by_array.entries(lists)
    for s, row in enumerate(lists):
        for r, v in enumerate(row):
            there = by_array.per_place[v] if v >= 0 else math.nan
            assert at[s, r] == there or (math.isnan(at[s, r]) and math.isnan(there))


@given(shown(), st.randoms(use_true_random=False))
def test_the_order_of_people_changes_no_bit_of_the_odds(market, random):
    lists, rows, capacity = market
    order = list(range(len(lists)))
    random.shuffle(order)
    one = odds(lists, capacity, p=graph(rows))
    two = odds(lists[order], capacity, p=graph([rows[s] for s in order]))
    for name in ("people", "per_place", "low", "high"):
        assert np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True)


def test_the_range_holds_what_chance_does_in_eight_of_ten_cases():
    """People decide independently with chances of their own; the range must hold at least 80 %, at both
    few and many, and not everything.
    """
    g = np.random.default_rng(5)
    for n, least in ((4, 0.8), (60, 0.8), (500, 0.8)):
        lists, p = np.zeros((n, 1), np.int32), g.uniform(0.02, 0.4, (n, 1))
        said = odds(lists, [1], p=p)
        came = (g.uniform(size=(4000, n)) < p[:, 0]).sum(axis=1)
        inside = ((came >= said.low[0]) & (came <= said.high[0])).mean()
        assert inside >= least
        assert inside < 0.999
    narrow = odds(np.zeros((2000, 1), np.int32), [50], p=np.ones((2000, 1)))
    assert narrow.low[0] < 40 < narrow.high[0]
    assert held([narrow.low[0], narrow.high[0]]).tolist() == [40, 40]


def test_one_vacancy_for_everyone_and_nobody_for_another():
    said = odds(np.zeros((1000, 1), np.int32), [3, 2], observed=[np.nan, 54])
    assert said.per_place.tolist() == [1000 / 3, 27.0]
    assert (said.low[1], said.high[1]) == (27.0, 27.0)


@pytest.mark.parametrize(("n", "k", "m"), [(0, 3, 2), (0, 0, 0), (2, 0, 2), (2, 3, 2)])
def test_empty_lists_expect_nobody(n, k, m):
    said = odds(lists_of([[] for _ in range(n)], k), [1] * m)
    assert said.people.tolist() == [0.0] * m
    assert said.per_place.tolist() == [0.0] * m
    table = advise(lists_of([[]] * n, k), said, seeker_ids=ids("s", n), vacancy_ids=ids("v", m))
    assert (table.num_rows, table.schema) == (0, ADVICE)


@pytest.mark.parametrize(
    ("lists", "more", "message"),
    [
        ([[0, 2]], {}, "jobseeker 0: vacancy 2 is outside the 2 capacities"),
        ([[0, -2]], {}, "jobseeker 0: vacancy -2"),
        ([[0, 1], [1, 1]], {}, "jobseeker 1: a vacancy is listed twice"),
        ([[-1, 1]], {}, "jobseeker 0: an entry stands behind an empty one"),
        ([0, 1], {}, "not rows of vacancy rows"),
        ([[0.0, 1.0]], {}, "not rows of vacancy rows"),
        ([[0, 1]], {"p": np.array([[0.5, np.nan]])}, "jobseeker 0, rank 2: p is nan"),
        ([[0, 1]], {"p": np.array([[1.5, 0.1]])}, "jobseeker 0, rank 1: p is 1.5"),
        ([[0, 1]], {"p": np.array([0.5])}, "p is"),
        ([[0, 1]], {"p": graph([{}, {}])}, "lists are of 1 jobseekers, candidates of 2"),
        ([[0, 1]], {"observed": [1, -3]}, "vacancy 1: -3.0 applicants observed"),
        ([[0, 1]], {"observed": [1, math.inf]}, "vacancy 1: inf applicants"),
        ([[0, 1]], {"observed": [1]}, "observed is"),
        ([[0, 1]], {"observed": ["x", 1]}, "not a number"),
        ([[0, 1]], {"exam": "square"}, "exam is 'square'"),
    ],
)
def test_what_cannot_be_counted_is_an_error_that_says_where(lists, more, message):
    with pytest.raises(InputError, match=message.replace("[", r"\[")):
        odds(np.array(lists), [1, 1], **more)


@given(shown(), st.data())
def test_places_near_are_counted_by_hand(market, data):
    lists, _, capacity = market
    n, m = len(lists), len(capacity)

    def draw(values, size):
        return np.array(data.draw(st.lists(st.sampled_from(values), min_size=size, max_size=size)), int)

    where = Where(
        group=draw([-1, 110, 4321, 4322, 7212], m),
        regency=draw([-1, 3201, 3202], m),
        province=draw([-1, 32, 33], m),
        own_regency=draw([-1, 3201, 3202, 9999], n),
        own_province=draw([-1, 32, 33], n),
    )
    near = odds(lists, capacity, where=where).nearby
    for s, row in enumerate(lists):
        for r, v in enumerate(row):
            told = (near.level[s, r], near.regency[s, r], near.province[s, r])
            homes = (where.own_regency[s], where.own_province[s])
            if v < 0 or where.group[v] < 0 or max(homes) < 0:
                assert told == (-1, -1, -1)
                continue
            for digits in (1, 10):
                places = [
                    sum(
                        int(capacity[x])
                        for x in range(m)
                        if where.group[x] >= 0
                        and where.group[x] // digits == where.group[v] // digits
                        and region[x] == home
                    )
                    if home >= 0
                    else -1
                    for region, home in zip((where.regency, where.province), homes, strict=True)
                ]
                if max(places) > 0:
                    break
            assert told == (4 if digits == 1 else 3, *places)


def test_both_counts_of_places_are_of_the_same_level():
    """The unit group is open in the province and not in the regency, where only its minor group is."""
    where = Where(
        group=np.array([4321, 4322]),
        regency=np.array([3204, 3273]),
        province=np.array([32, 32]),
        own_regency=np.array([3273]),
        own_province=np.array([32]),
    )
    near = odds(lists_of([[0]], 1), [2, 7], where=where).nearby
    assert (near.level[0, 0], near.regency[0, 0], near.province[0, 0]) == (4, 0, 2)


def test_wrong_places_are_errors():
    lists = lists_of([[0]], 1)
    good = {name: np.array([1]) for name in ("group", "regency", "province", "own_regency", "own_province")}
    for name, value, message in [
        ("group", np.array([10_000]), "group 10000 is no unit group"),
        ("regency", np.array([-2]), "regency: -2 is below -1"),
        ("own_province", np.array([1, 2]), "own_province is"),
        ("province", np.array([1.5]), "province is"),
    ]:
        with pytest.raises(InputError, match=message):
            odds(lists, [1], where=Where(**{**good, name: value}))


# -- numbers that people hold --------------------------------------------------------------------------------


def test_numbers_that_people_hold():
    for given_, wanted in [
        (0, 0), (0.99, 0), (1, 1), (1.49, 1), (1.5, 2), (9.4, 9), (9.5, 10), (12, 10), (12.5, 15), (27.4, 25),
        (27.5, 30), (34, 30), (35, 40), (42, 40), (94, 90), (96, 100), (124, 100), (125, 150), (274, 250),
        (349, 300), (1054, 1000), (1250, 1500), (3_400, 3_000), (math.nan, -1),
    ]:  # fmt: skip
        assert held(given_) == wanted, given_


@given(st.lists(st.floats(0, 1e7), min_size=2, max_size=30))
def test_held_numbers_keep_the_order_and_stay_near(values):
    values = sorted(values)
    near = held(values)
    assert np.all(np.diff(near) >= 0)
    assert np.array_equal(held(near), near)
    for value, number in zip(values, near, strict=True):
        assert number == 0 if value < 1 else abs(number - value) <= value / 3 + 1e-9


# -- why -----------------------------------------------------------------------------------------------------


def passed_over(row: list[int], scores: dict[int, float], placed: set[int]) -> dict[int, list[int]]:
    """For each rank the vacancies passed over there, from the words of the docstring."""
    out: dict[int, list[int]] = {}
    claimed: set[int] = set()
    for r, v in enumerate(row):
        if v in placed or v not in scores:
            continue
        mine = []
        for x, score in sorted(scores.items()):
            if score <= scores[v] or x in placed:
                continue
            if x in row[r + 1 :] or (x not in row and x not in claimed):
                mine.append(x)
                claimed |= {x} - set(row)
        out[r] = mine
    return out


@given(shown(), st.sampled_from(["fills", "quota", "enrolment"]), st.data())
def test_reasons_are_those_of_the_docstring(market, policy, data):
    lists, rows, capacity = market
    edges = graph(rows)
    decisions = []
    if len(lists):
        pairs = st.lists(
            st.tuples(st.integers(0, len(lists) - 1), st.integers(0, len(capacity) - 1)),
            max_size=3,
            unique=True,
        )
        decisions = [
            override(s, v, data.draw(st.sampled_from(["add", "remove"]))) for s, v in data.draw(pairs)
        ]
    decided = apply(lists, decisions, capacity)
    lists = decided.lists
    said = odds(lists, capacity, p=edges)
    ranked = None
    if data.draw(st.booleans()):
        plain = allocate(edges, capacity, policy="ranking", k=max(lists.shape[1], 1)).vacancy
        ranked = odds(plain, capacity, p=edges)
    told = why(lists, edges, said, policy=policy, ranked=ranked, decided=decided)
    for i, code in enumerate(told.codes()):
        by = ranked if code == "crowded_by_score" else said
        numbers = [by.per_place[told.vacancy[i]], by.per_place[told.instead[i]]]
        if told.instead[i] < 0:
            numbers[1] = math.nan
        assert np.array_equal([told.per_place[i], told.instead_per_place[i]], numbers, equal_nan=True)
    found = {
        (int(s), int(r) - 1): (code, int(x), int(at), int(count))
        for s, r, code, x, at, count in zip(
            told.seeker, told.rank, told.codes(), told.instead, told.instead_rank, told.passed, strict=True
        )
    }
    assert len(found) == len(told.seeker)
    wanted = {}
    for s in range(len(lists)):
        row = [int(v) for v in lists[s] if v >= 0]
        placed = {v for r, v in enumerate(row) if decided.placed[s, r]}
        removed = {
            int(one.override.vacancy_id[1:])
            for one in decided.applied
            if one.override.seeker_id == f"s{s}" and one.override.action == "remove"
        }
        scores = {v: score for v, (_, _, score) in rows[s].items()}
        for r, v in enumerate(row):
            if v in placed:
                wanted[s, r] = ("override", -1, -1, 0)
        for r, others in passed_over(row, scores, placed).items():
            if not others:
                continue
            v, x = row[r], max(others, key=lambda o: (scores[o], -o))
            at = row.index(x) + 1 if x in row else -1
            if x in removed:
                code = "override"
            elif capacity[x] == 0:
                code = "closed"
            elif at < 0 and policy in ("quota", "enrolment"):
                code = "quota" if policy == "quota" else "full"
            elif capacity[v] and held(said.people[x] / capacity[x]) > held(said.people[v] / capacity[v]):
                code = "crowded_elsewhere"
            elif (
                capacity[v]
                and ranked is not None
                and held(ranked.people[x] / capacity[x]) > held(ranked.people[v] / capacity[v])
            ):
                code = "crowded_by_score"
            elif rows[s][v][0] * rows[s][v][1] > rows[s][x][0] * rows[s][x][1]:
                code = "likelier"
            else:
                code = "whole_market"
            wanted[s, r] = (code, x, at, len(others))
    assert found == wanted


@given(shown())
def test_lists_in_the_order_of_the_score_need_no_reason(market):
    _, rows, capacity = market
    edges = graph(rows)
    plain = allocate(edges, np.maximum(capacity, 1), policy="ranking", k=3).vacancy
    assert len(why(plain, edges, odds(plain, np.maximum(capacity, 1), p=edges)).seeker) == 0


def test_a_crowd_is_the_reason_and_has_its_numbers():
    """Forty people fit vacancy 0 best; one of them is sent to vacancy 1."""
    rows = [{0: (0.5, 0.5, 0.9), 1: (0.5, 0.5, 0.8)} for _ in range(40)]
    lists = lists_of([[0]] * 39 + [[1]], 1)
    edges = graph(rows)
    told = why(lists, edges, odds(lists, [1, 1], p=np.ones((40, 1))))
    assert (told.seeker.tolist(), told.rank.tolist(), told.codes()) == ([39], [1], ["crowded_elsewhere"])
    assert (told.instead.tolist(), told.instead_rank.tolist()) == ([0], [-1])
    assert (told.per_place.tolist(), told.instead_per_place.tolist()) == ([1.0], [39.0])


@pytest.mark.parametrize(("by_score", "code"), [((5, 5), "whole_market"), ((5, 9), "crowded_by_score")])
def test_a_crowd_by_score_is_one_where_the_other_would_be_fuller(by_score, code):
    edges, lists = graph([{0: (0.5, 0.5, 0.8), 1: (0.5, 0.5, 0.9)}]), lists_of([[0]], 1)
    nobody = lists_of([[]], 1)
    said, ranked = (odds(nobody, [1, 1], observed=people) for people in ((2, 2), by_score))
    told = why(lists, edges, said, ranked=ranked)
    assert told.codes() == [code]
    if code == "crowded_by_score":
        assert (told.per_place[0], told.instead_per_place[0]) == by_score


def test_reasons_of_a_real_allocation_name_the_crowd_that_was_avoided():
    """Everybody is as likely everywhere and five of thirty vacancies fit everybody best: by score they are
    crowded, and that is why other ones are shown.
    """
    g = np.random.default_rng(3)
    rows = [
        {
            int(v): (0.5, 0.5, float(g.uniform(0.1, 0.8) + 0.2 * (v < 5)))
            for v in g.choice(30, 10, replace=False)
        }
        for _ in range(300)
    ]
    edges, capacity = graph(rows), g.integers(1, 6, 30)
    lists = {policy: allocate(edges, capacity, k=3, policy=policy).vacancy for policy in ("fills", "ranking")}
    said, ranked = (odds(lists[policy], capacity, p=edges) for policy in ("fills", "ranking"))
    told = why(lists["fills"], edges, said, ranked=ranked)
    assert set(told.codes()) <= {"crowded_elsewhere", "crowded_by_score", "whole_market"}
    crowd = [code != "whole_market" for code in told.codes()]
    named = np.isin(told.instead, range(5))
    assert np.mean(crowd) > 0.5
    assert np.mean(np.array(crowd)[named]) > np.mean(np.array(crowd)[~named])
    without = why(lists["fills"], edges, said).codes()
    assert without.count("whole_market") > told.codes().count("whole_market")


def test_why_wants_what_belongs_together():
    edges, lists = graph([{0: (1, 1, 1)}]), lists_of([[0]], 1)
    said = odds(lists, [1])
    with pytest.raises(ShapeError, match="candidates of 1"):
        why(lists_of([[0], [0]], 1), edges, said)
    with pytest.raises(ShapeError, match="odds of other places"):
        why(lists, edges, said, ranked=odds(lists, [2]))
    with pytest.raises(ShapeError, match="not those of the decisions"):
        why(lists, edges, said, decided=apply(lists, [override(0, 0, "remove")], [1]))


# -- chances -------------------------------------------------------------------------------------------------


def test_there_is_no_chance_without_calibration():
    edges, lists = graph([{0: (0.5, 0.5, 0.9)}]), lists_of([[0]], 1)
    assert chances(lists, edges, [1], reliability=None) is None
    table = advise(lists, odds(lists, [1]), seeker_ids=["s0"], vacancy_ids=["v0"])
    assert [table[name][0].as_py() for name in table.column_names if name.startswith("chance")] == [None] * 4
    for records, off in ((0, 0.1), (10, 1.5), (10, math.nan)):
        with pytest.raises(InputError):
            Reliability(records, off)


@given(shown())
def test_a_chance_is_that_of_one_among_the_others_who_come(market):
    """Others come as a Poisson number; the place is drawn among all: E min(1, c / (others + 1))."""
    lists, rows, capacity = market
    told = chances(lists, graph(rows), capacity, reliability=Reliability(100, 0.02))
    arriving = [0.0] * len(capacity)
    for s, row in enumerate(lists):
        for r, v in enumerate(row):
            if int(v) in rows[s]:
                arriving[v] += rows[s][v][0] * rows[s][v][1] / math.log2(2 + r)
    for s, row in enumerate(lists):
        for r, v in enumerate(row):
            if int(v) not in rows[s]:
                assert math.isnan(told.hired[s, r])
                assert math.isnan(told.if_applied[s, r])
                continue
            c, a = int(capacity[v]), arriving[v]
            room = sum(math.exp(-a) * a**x / math.factorial(x) * min(1, c / (x + 1)) for x in range(60))
            p, q, _ = rows[s][v]
            assert told.if_applied[s, r] == pytest.approx(q * room, abs=1e-6)
            assert told.hired[s, r] == pytest.approx(p * q * room, abs=1e-6)


def test_no_chance_where_the_fitness_of_applicants_is_not_known():
    edges, lists = graph([{0: (0.5, 0.5, 0.9), 1: (0.5, 0.5, 0.8)}]), lists_of([[0, 1]], 2)
    told = chances(lists, edges, [1, 1], reliability=Reliability(10, 0.1), observed=[30, np.nan])
    assert np.isnan(told.if_applied[0]).tolist() == [True, False]
    with pytest.raises(ShapeError, match="candidates of 1"):
        chances(lists_of([[0], [0]], 1), edges, [1, 1], reliability=Reliability(10, 0.1))


# -- the table -----------------------------------------------------------------------------------------------


@given(shown(), st.data())
def test_the_table_says_what_the_arrays_say(market, data):
    lists, rows, capacity = market
    edges = graph(rows)
    n, m = len(lists), len(capacity)
    decisions = [override(0, 0, "first")] if n and data.draw(st.booleans()) else []
    decided = apply(lists, decisions, capacity)
    lists = decided.lists
    said = odds(lists, capacity, p=edges)
    told = why(lists, edges, said, decided=decided)
    sure = chances(lists, edges, capacity, reliability=Reliability(7, 0.25))
    wanted = data.draw(st.permutations(range(n)))
    table = advise(
        lists, said, seeker_ids=ids("s", n), vacancy_ids=ids("v", m), reasons=told, chances=sure,
        decided=decided, rows=wanted,
    )  # fmt: skip
    assert table.schema == ADVICE
    entries = [(s, r) for s in wanted for r in range(lists.shape[1]) if lists[s, r] >= 0]
    assert table.num_rows == len(entries)
    reasons = {(int(s), int(r) - 1): i for i, (s, r) in enumerate(zip(told.seeker, told.rank, strict=True))}
    for row, (s, r) in zip(table.to_pylist(), entries, strict=True):
        v = int(lists[s, r])
        assert (row["seeker_id"], row["rank"], row["vacancy_id"]) == (f"s{s}", r + 1, f"v{v}")
        assert (row["places"], row["basis"], row["observed"]) == (capacity[v], "applies", None)
        assert row["people"] == said.people[v]
        assert row["people_per_place"] == (said.per_place[v] if capacity[v] else None)
        known = v in rows[s]
        assert (row["chance"] is None, row["chance_records"]) == (not known, 7 if known else None)
        assert row["near_level"] is row["places_regency"] is None
        i = reasons.get((s, r))
        if i is None:
            assert row["reason"] is row["instead_of"] is row["passed"] is row["note"] is None
            continue
        assert row["reason"] == told.codes()[i]
        assert row["instead_of"] == (f"v{told.instead[i]}" if told.instead[i] >= 0 else None)
        assert row["instead_rank"] == (told.instead_rank[i] if told.instead_rank[i] >= 0 else None)
        assert row["passed"] == told.passed[i]
        numbers = (told.per_place[i], told.instead_per_place[i])
        assert [row["here_per_place"], row["instead_per_place"]] == [None if x != x else x for x in numbers]
        assert row["note"] == (WHY if row["reason"] == "override" else None)


def test_a_table_needs_an_id_for_everybody():
    lists = lists_of([[0]], 1)
    said = odds(lists, [1])
    with pytest.raises(ShapeError, match="2 seeker_ids, 1 jobseekers"):
        advise(lists, said, seeker_ids=["a", "b"], vacancy_ids=["v"])
    with pytest.raises(ShapeError, match="row 1 is outside 1 jobseekers"):
        advise(lists, said, seeker_ids=["a"], vacancy_ids=["v"], rows=[0, 1])


# -- overrides -----------------------------------------------------------------------------------------------


@st.composite
def decided(draw):
    lists, _, capacity = draw(shown())
    assume(len(lists))
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, len(lists) - 1), st.integers(0, len(capacity) - 1)),
            max_size=8,
            unique=True,
        )
    )
    actions = st.sampled_from(["add", "remove", "first"])
    return lists, capacity, [override(s, v, draw(actions)) for s, v in pairs]


@given(decided())
def test_overrides_keep_their_rules(case):
    lists, capacity, decisions = case
    done = apply(lists, decisions, capacity)
    assert len(done.applied) + len(done.refused) == len(decisions)
    touched = {int(one.seeker_id[1:]) for one in decisions}
    for s in range(len(lists)):
        before, after = ([int(v) for v in x[s] if v >= 0] for x in (lists, done.lists))
        if s not in touched:
            assert np.array_equal(lists[s], done.lists[s])
            assert not done.placed[s].any()
            continue
        mine = [one for one in done.applied if one.override.seeker_id == f"s{s}"]
        row = {kind: [int(o.override.vacancy_id[1:]) for o in mine if o.override.action == kind]
               for kind in ("add", "remove", "first")}  # fmt: skip
        assert after[: len(row["first"])] == row["first"]
        assert set(row["add"]) <= set(after)
        assert not set(row["remove"]) & set(after)
        own = set(row["add"]) | set(row["first"])
        assert {v for r, v in enumerate(after) if done.placed[s, r]} == own
        # what the engine put there keeps its order, and what is gone is accounted for
        assert [v for v in after if v not in own] == [v for v in before if v in after and v not in own]
        pushed = [int(one.replaced[1:]) for one in mine if one.replaced]
        assert sorted(set(before) - set(after)) == sorted([*row["remove"], *pushed])
        assert not set(pushed) & own
        assert len(after) == len(set(after)) <= lists.shape[1]
        for one in mine:
            v = int(one.override.vacancy_id[1:])
            assert one.was == (before.index(v) + 1 if v in before else None)
            assert one.rank == (after.index(v) + 1 if v in after else None)
        if pushed:
            assert len(after) == lists.shape[1]
    for one in done.refused:
        s, v = int(one.override.seeker_id[1:]), int(one.override.vacancy_id[1:])
        if one.code == "closed":
            assert capacity[v] == 0
            assert one.override.action != "remove"
        elif one.code == "not_listed":
            assert v not in lists[s]
            assert one.override.action == "remove"
        else:
            assert done.placed[s].all()


@given(decided(), st.randoms(use_true_random=False))
def test_the_order_of_the_jobseekers_changes_no_decision(case, random):
    lists, capacity, decisions = case
    order = list(range(len(lists)))
    random.shuffle(order)
    one = apply(lists, decisions, capacity)
    two = apply_overrides(
        lists[order],
        decisions,
        seeker_ids=[f"s{s}" for s in order],
        vacancy_ids=ids("v", len(capacity)),
        capacity=capacity,
    )
    assert np.array_equal(one.lists[order], two.lists)
    assert (one.applied, one.refused) == (two.applied, two.refused)


@given(shown())
def test_taken_out_and_put_back_stands_at_the_end(market):
    lists, _, capacity = market
    assume(len(lists) and lists[0, 0] >= 0 and capacity[lists[0, 0]])
    v = int(lists[0, 0])
    gone = apply(lists, [override(0, v, "remove")], capacity)
    assert gone.lists[0, -1] == -1
    back = apply(gone.lists, [override(0, v, "add")], capacity)
    before = [int(x) for x in lists[0] if x >= 0]
    assert [int(x) for x in back.lists[0] if x >= 0] == [*before[1:], v]
    assert back.applied[0].replaced is None


def test_a_decision_on_a_full_list_says_what_it_replaced():
    lists = lists_of([[0, 1, 2]], 3)
    done = apply(lists, [override(0, 3, "add"), override(0, 4, "first"), override(0, 2, "add")], [1] * 6)
    # 2 is protected, so 1 and then 0 go
    assert done.lists.tolist() == [[4, 2, 3]]
    told = [(o.override.vacancy_id, o.rank, o.was, o.replaced) for o in done.applied]
    assert told == [("v3", 3, None, "v0"), ("v4", 1, None, "v1"), ("v2", 2, 3, None)]
    more = apply(lists, [override(0, v, "add") for v in (0, 1, 2, 3)], [1] * 6)
    assert [one.code for one in more.refused] == ["list_full"]
    assert more.lists.tolist() == lists.tolist()


def test_closed_and_absent_vacancies_are_refused():
    lists = lists_of([[0]], 2)
    done = apply(lists, [override(0, 1, "add"), override(0, 2, "remove")], [1, 0, 1])
    assert [(one.override.vacancy_id, one.code) for one in done.refused] == [
        ("v1", "closed"),
        ("v2", "not_listed"),
    ]
    assert done.lists.tolist() == lists.tolist()
    # a vacancy that has closed can be taken out
    assert apply(lists_of([[1]], 1), [override(0, 1, "remove")], [1, 0]).lists.tolist() == [[-1]]


def test_bad_overrides_are_told_together_and_nothing_is_applied():
    lists = lists_of([[0, 1]], 2)
    decisions = [
        override(0, 0, "remove", reason="  pendek   "),
        Override("s00", "v1", "add", WHY, "Sari", ON, line=7),
        override(0, 1, "add", line=9),
        override(0, 1, "remove"),
        Override("s0", "v2", "keep", WHY, " ", ON),
    ]
    with pytest.raises(InputError) as caught:
        apply(lists, decisions, [1, 1, 1])
    text = str(caught.value)
    assert "overrides: 5 errors" in text
    assert "override 1: the reason has 6 characters, not 10 to 500" in text
    assert "line 7: seeker_id 's00' is not known; nearest: s0" in text
    assert "line 9 and override 4: both decide on 's0' and 'v1'; keep one" in text
    assert "override 5: by is empty" in text
    assert "override 5: action 'keep' is not add, remove, first" in text
    assert caught.value.field == "reason"


def test_more_than_twenty_errors_are_counted():
    with pytest.raises(InputError) as caught:
        apply(lists_of([[0]], 1), [override(0, v, "add") for v in range(5, 35)], [1])
    assert "overrides: 30 errors" in str(caught.value)
    assert "and 10 more" in str(caught.value)
    assert str(caught.value).count("is not known") == 20


def test_ids_must_be_there_once():
    lists = lists_of([[0], [0]], 1)
    for people, message in ((["a", "a"], "'a' is there twice"), (["a", None], "an id is missing")):
        with pytest.raises(InputError, match=message):
            apply_overrides(lists, [], seeker_ids=people, vacancy_ids=["v"], capacity=[1])
    with pytest.raises(ShapeError, match="1 seeker_ids, 2 jobseekers"):
        apply_overrides(lists, [], seeker_ids=["a"], vacancy_ids=["v"], capacity=[1])


def rows_of(**changes) -> pa.Table:
    columns = {
        "seeker_id": ["s0", "s1"],
        "vacancy_id": ["v0", "v1"],
        "action": ["Add", " first "],
        "reason": [WHY, WHY],
        "by": ["Sari", "Sari"],
        "on": ["2026-11-24", "2026-11-25"],
        "note": ["", "kept by the office"],
    }
    return pa.table({**columns, **changes})


def test_overrides_are_read_from_a_table():
    one, two = read_overrides(rows_of())
    assert one == Override("s0", "v0", "add", WHY, "Sari", ON, line=2)
    assert (two.action, two.on, two.line) == ("first", date(2026, 11, 25), 3)
    for on in ([ON, ON], [datetime(2026, 11, 24, 8, 0), datetime(2026, 11, 24, 9, 0)]):
        assert [row.on for row in read_overrides(rows_of(on=on))] == [ON, ON]
    assert read_overrides(rows_of().slice(0, 0)) == []


def test_bad_rows_are_told_together():
    bad = rows_of(action=["add", "drop"], reason=[None, WHY], by=["", "Sari"], on=["24/11/2026", None])
    with pytest.raises(InputError) as caught:
        read_overrides(bad)
    text = str(caught.value)
    assert "overrides: 5 errors" in text
    assert "line 2: on '24/11/2026' is no date like 2026-11-24" in text
    assert "line 2: by is empty" in text
    assert "line 2: the reason has 0 characters" in text
    assert "line 3: on '' is no date" in text
    assert "line 3: action 'drop' is not add, remove, first" in text
    with pytest.raises(InputError, match="no column reason, by") as caught:
        read_overrides(rows_of().drop_columns(["reason", "by"]))
    assert "found: seeker_id, vacancy_id, action, on" in str(caught.value)


def test_ten_people_of_one_province_and_the_whole_chain():
    """From lists to the table with places near, as the face calls it."""
    where = Where(
        group=np.array([4321, 4321, 4322]),
        regency=np.array([3273, 3204, 3273]),
        province=np.array([32, 32, 32]),
        own_regency=np.full(10, 3273),
        own_province=np.full(10, 32),
    )
    lists = lists_of([[0, 1, 2]] * 10, 3)
    said = odds(lists, [3, 5, 2], where=where)
    table = advise(lists, said, seeker_ids=ids("s", 10), vacancy_ids=ids("v", 3), rows=[4]).to_pylist()
    looks = exam_curve(3) * 10
    assert [row["people_per_place"] for row in table] == pytest.approx(list(looks / [3, 5, 2]))
    assert [(r["near_level"], r["places_regency"], r["places_province"]) for r in table] == [
        ("unit_group", 3, 8),
        ("unit_group", 3, 8),
        ("unit_group", 2, 2),
    ]
