"""Exact ranking against brute force in plain Python, written from the docstring of rank.py and not from the
kernel.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.errors import InputError, ShapeError
from padan.matching import (
    Profile,
    SkillRows,
    Weights,
    jobseeker_side,
    rank,
    rank_vacancies,
    terms_of,
    vacancy_side,
)

SKILLS = [f"s{i}" for i in range(12)]
REGIONS = {"32": 0, "32.73": 1, "31": 2, "91": 3}
KM = np.array(
    [[0, 40, 120, 3000], [40, 0, 130, 3000], [120, 130, 0, 3300], [3000, 3000, 3300, 0]], np.float32
)
GROUPS = ["7212", "7213", "7223", "7411", "2512", "0110"]

shares = st.sampled_from([1.0, 0.6, 0.3, 0.5])
profiles = st.builds(
    lambda skills, occupations, region, remote, education, months, pay: Profile(
        "", skills, occupations, region, remote, education, months, pay
    ),
    st.dictionaries(st.sampled_from(SKILLS), shares, max_size=6),
    st.lists(st.tuples(st.sampled_from(GROUPS), st.integers(1, 1024).map(lambda n: n / 1024)), max_size=3),
    st.sampled_from([None, *REGIONS]),
    st.booleans(),
    st.none() | st.integers(0, 9),
    st.none() | st.integers(0, 60),
    st.none() | st.integers(1, 9).map(lambda n: n * 1_000_000),
)
markets = st.tuples(st.lists(profiles, max_size=6), st.lists(profiles, max_size=8))


def numbered(found: list[Profile], prefix: str) -> list[Profile]:
    return [replace(p, id=f"{prefix}{i}") for i, p in enumerate(found)]


def sides(seekers: list[Profile], vacancies: list[Profile]):
    idf = np.linspace(1, 2, len(SKILLS)).astype(np.float32)
    people, posts = numbered(seekers, "s"), numbered(vacancies, "v")
    return jobseeker_side(people, SKILLS, REGIONS), vacancy_side(posts, SKILLS, REGIONS, idf=idf), idf


def nearness(a: str, b: str) -> float:
    common = next((n for n in range(4, -1, -1) if a[:n] == b[:n]), 0)
    return (0.0, 0.0625, 0.25, 0.625, 1.0)[common]


def score(s: Profile, v: Profile, idf: np.ndarray) -> float | None:
    """None where the pair does not matter."""
    asked = {k: w * float(idf[SKILLS.index(k)]) for k, w in v.skills.items()}
    total = sum(asked.values())
    shared = sum(s.skills[k] * w / total for k, w in asked.items() if k in s.skills) if total else 0.0
    near = max((nearness(a, b) * p * q for a, p in s.occupations for b, q in v.occupations), default=0.0)
    if not set(asked) & set(s.skills) and near == 0:
        return None
    if s.remote or v.remote:
        region = 1.0
    elif s.region is None or v.region is None:
        region = 0.5
    else:
        region = math.exp(-float(KM[REGIONS[s.region], REGIONS[v.region]]) / 40)
    if s.education_rank is None or v.education_rank is None:
        education = 0.7
    else:
        gap = v.education_rank - s.education_rank
        education = 1.0 if gap <= 0 else 0.4 if gap == 1 else 0.1
    if v.experience_months is None:
        experience = 0.7 if s.experience_months is None else 1.0
    elif s.experience_months is None:
        experience = 1.0 if v.experience_months == 0 else 0.49
    else:
        met = s.experience_months >= v.experience_months
        experience = 1.0 if met else s.experience_months / v.experience_months
    pay = 0.7
    if s.pay_month is not None and v.pay_month is not None:
        pay = min(1.0, (v.pay_month / s.pay_month) ** 2)
    return 0.40 * shared + 0.25 * near + 0.15 * region + 0.08 * education + 0.07 * experience + 0.05 * pay


@given(markets, st.integers(1, 10), st.sampled_from(["seekers", "vacancies"]))
def test_ranking_is_that_of_brute_force(market, k, asked):
    seekers, vacancies, idf = sides(*market)
    found = rank(seekers, vacancies, k=k, asked=asked, km=KM)
    rows, others = market if asked == "seekers" else market[::-1]
    assert found.best.shape == found.score.shape == (len(rows), k)
    for i, row in enumerate(rows):
        pairs = [(row, other) if asked == "seekers" else (other, row) for other in others]
        exact = {j: score(*pair, idf) for j, pair in enumerate(pairs)}
        exact = {j: value for j, value in exact.items() if value is not None}
        kept = found.best[i][found.best[i] >= 0].tolist()
        assert len(kept) == len(set(kept)) == min(k, len(exact))
        assert (found.best[i][len(kept) :] == -1).all()
        values = sorted(exact.values(), reverse=True)[: len(kept)]
        assert found.score[i][: len(kept)] == pytest.approx(values, abs=1e-5)
        assert [exact[j] for j in kept] == pytest.approx(values, abs=1e-5)


@given(markets)
def test_both_directions_give_a_pair_the_same_bits(market):
    seekers, vacancies, _ = sides(*market)
    there = rank(seekers, vacancies, k=20, km=KM)
    back = rank(seekers, vacancies, k=20, asked="vacancies", km=KM)
    one = {
        (i, int(j)): there.score[i, n]
        for i in range(len(seekers))
        for n, j in enumerate(there.best[i])
        if j >= 0
    }
    two = {
        (int(i), j): back.score[j, n]
        for j in range(len(vacancies))
        for n, i in enumerate(back.best[j])
        if i >= 0
    }
    assert one == two


@given(markets, st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing_but_their_numbers(market, random):
    seekers, vacancies, _ = sides(*market)
    order = list(range(len(vacancies)))
    random.shuffle(order)
    shuffled = sides(market[0], [market[1][i] for i in order])[1]
    one = rank(seekers, vacancies, k=20, km=KM)
    two = rank(seekers, shuffled, k=20, km=KM)
    assert np.array_equal(one.score, two.score)
    for i in range(len(seekers)):
        names = [{order[int(j)] for j in two.best[i] if j >= 0}, {int(j) for j in one.best[i] if j >= 0}]
        assert names[0] == names[1]


@given(markets, st.sampled_from(SKILLS), shares)
def test_one_more_skill_never_lowers_a_score(market, skill, weight):
    seekers, vacancies, _ = sides(*market)
    richer = [replace(p, skills={**p.skills, skill: max(weight, p.skills.get(skill, 0))}) for p in market[0]]
    more = sides(richer, market[1])[0]
    pairs = [(i, j) for i in range(len(seekers)) for j in range(len(vacancies))]
    before, after = (terms_of(s, vacancies, pairs, km=KM) @ Weights().array() for s in (seekers, more))
    assert (after >= before - 1e-7).all()


def test_equal_scores_go_to_the_smaller_row():
    same = Profile("", {"s1": 1.0}, [("7212", 1.0)])
    seekers, vacancies, _ = sides([same], [same] * 7)
    assert rank(seekers, vacancies, k=3).best.tolist() == [[0, 1, 2]]


def test_one_thread_and_two_agree():
    rng = np.random.default_rng(3)
    market = [
        [
            Profile(
                "", {f"s{j}": 1.0 for j in rng.choice(12, 4, replace=False)}, [(GROUPS[rng.integers(6)], 1.0)]
            )
            for _ in range(n)
        ]
        for n in (700, 60)
    ]
    seekers, vacancies, _ = sides(*market)
    one, two = (rank(seekers, vacancies, k=9, threads=n) for n in (1, 2))
    assert np.array_equal(one.best, two.best)
    assert np.array_equal(one.score, two.score)


def test_empty_sides_give_empty_rankings():
    someone = Profile("", {"s1": 1.0}, [("7212", 1.0)])
    for people, posts in (([], []), ([someone], []), ([], [someone])):
        seekers, vacancies, _ = sides(people, posts)
        assert rank(seekers, vacancies, k=2).best.tolist() == [[-1, -1]] * len(people)
        assert rank(seekers, vacancies, k=2, asked="vacancies").best.tolist() == [[-1, -1]] * len(posts)


def test_without_distances_every_place_is_neutral():
    near, far = Profile("", {"s1": 1.0}, region="32"), Profile("", {"s1": 1.0}, region="91")
    seekers, vacancies, _ = sides([near], [far, near])
    assert rank(seekers, vacancies, k=2).score[0, 0] == rank(seekers, vacancies, k=2).score[0, 1]
    assert rank(seekers, vacancies, k=2, km=KM).best[0].tolist() == [1, 0]


rows = st.lists(st.dictionaries(st.integers(0, 9), st.integers(1, 5).map(float), max_size=5), max_size=7)


def csr(table: list[dict[int, float]]) -> SkillRows:
    indptr = np.cumsum([0, *(len(r) for r in table)]).astype(np.int64)
    skill = np.array([k for r in table for k in sorted(r)], np.int32)
    return SkillRows(indptr, skill, np.array([r[k] for r in table for k in sorted(r)], np.float32))


@given(rows, rows, st.integers(1, 8))
def test_skill_ranking_is_that_of_a_dense_product(left, right, k):
    found = rank_vacancies(csr(left), csr(right), k=k)
    dense = [[sum(w * b.get(s, 0) for s, w in a.items()) for b in right] for a in left]
    for i, values in enumerate(dense):
        order = sorted((j for j, v in enumerate(values) if v > 0), key=lambda j: (-values[j], j))[:k]
        assert [j for j in found.best[i].tolist() if j >= 0] == order
        assert found.score[i][: len(order)] == pytest.approx([values[j] for j in order], rel=1e-5)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"weight": np.array([1, -1], np.float32)}, "row 1: weight -1.0"),
        ({"weight": np.array([np.nan, 1], np.float32)}, "row 0: weight nan"),
        ({"weight": np.array([1], np.float32)}, "2 skills, 1 weights"),
        ({"skill": np.array([-1, 2], np.int32)}, "negative"),
        (
            {"indptr": np.array([0, 2], np.int64), "skill": np.array([3, 3], np.int32)},
            "ascend without repeats",
        ),
        ({"indptr": np.array([0, 1], np.int64)}, "ascend to 2"),
        ({"scheme": "esco/3"}, "esco/3"),
    ],
)
def test_arrays_that_do_not_fit_are_named(change, says):
    good = SkillRows(np.array([0, 1, 2], np.int64), np.array([1, 2], np.int32), np.ones(2, np.float32))
    with pytest.raises(ShapeError) as caught:
        rank_vacancies(good, replace(good, **change))
    assert says in str(caught.value)


def test_bad_requests_are_errors():
    someone = Profile("", {"s1": 1.0}, region="91")
    seekers, vacancies, _ = sides([someone], [someone])
    for k in (0, 1001):
        with pytest.raises(InputError, match="not within 1 to 1000"):
            rank(seekers, vacancies, k=k)
    with pytest.raises(InputError, match="employers"):
        rank(seekers, vacancies, asked="employers")
    with pytest.raises(ShapeError, match="outside the 2 distances"):
        rank(seekers, vacancies, km=KM[:2, :2])
    with pytest.raises(ShapeError, match="stands twice"):
        jobseeker_side([replace(someone, id="x")] * 2, SKILLS, REGIONS)
    for weights in (Weights(skills=-1), Weights(0, 0, 0, 0, 0, 0), Weights(pay=float("nan"))):
        with pytest.raises(InputError, match="weights"):
            rank(seekers, vacancies, weights=weights)
