"""Exact ranking against brute force in plain Python, written from the docstring of rank.py and not from the
kernel.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.errors import InputError, ShapeError
from padan.matching import (
    TERMS,
    Profile,
    Side,
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
        experience = 0.7
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


# ---- to the last bit: sides built array by array, from values whose sums have no rounding

NUMBERS = 9  #: skills are numbers here
UNITS = ("2411", "2412", "2421", "2511", "5120", "5131", "0110", "0210", "9111")
TRIANGLE = np.array([[0, 20, 100], [20, 0, 40], [100, 40, 0]], np.float32)
seeds = st.integers(0, 2**32 - 1)


def arrays(table: list[dict[str, Any]]) -> Side:
    """A side from rows of plain values; what a row leaves out is unknown."""
    n = len(table)
    occupation = np.full((n, 4), -1, np.int32)
    confidence = np.zeros((n, 4), np.float32)
    for i, row in enumerate(table):
        for j, (code, sure) in enumerate(row.get("occupations", ())):
            occupation[i, j], confidence[i, j] = int(code), sure
    return Side(
        ids=tuple(str(i) for i in range(n)),
        skills=csr([row.get("skills", {}) for row in table]),
        occupation=occupation,
        confidence=confidence,
        region=np.array([row.get("region", -1) for row in table], np.int32),
        remote=np.array([row.get("remote", False) for row in table], bool),
        education=np.array([row.get("education", -1) for row in table], np.int32),
        experience=np.array([row.get("experience", -1) for row in table], np.int32),
        pay=np.array([row.get("pay", math.nan) for row in table], np.float64),
    )


def some_rows(rng: np.random.Generator, n: int) -> list[dict[str, Any]]:
    """Rows from few values, so that ties are common; each value is missing now and then."""
    choices: dict[str, list[Any]] = {
        "region": [0, 1, 2],
        "education": [1, 2, 3, 4],
        "experience": [0, 6, 12, 36],
        "pay": [0.0, 2_500_000.0, 4_000_000.0, 5_500_000.0],
    }
    out = []
    for _ in range(n):
        row: dict[str, Any] = {"remote": bool(rng.random() < 0.15)}
        chosen = rng.permutation(NUMBERS)[: rng.integers(0, 5)]
        row["skills"] = {int(s): float(rng.integers(0, 33)) / 64 for s in chosen}
        units = rng.permutation(len(UNITS))[: rng.integers(0, 4)]
        row["occupations"] = [(UNITS[u], float(rng.integers(1, 1025)) / 1024) for u in units]
        for name, values in choices.items():
            if rng.random() < 0.7:
                row[name] = values[rng.integers(len(values))]
        out.append(row)
    return out


def some_market(seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rng = np.random.default_rng(seed)
    return some_rows(rng, int(rng.integers(1, 9))), some_rows(rng, int(rng.integers(1, 9)))


def plain_terms(
    s: dict[str, Any], v: dict[str, Any], km: np.ndarray | None = TRIANGLE
) -> tuple[bool, list[float]]:
    """Does the pair matter, and its six terms: docs/matching.md line by line."""
    common = sorted(set(s.get("skills", {})) & set(v.get("skills", {})))
    skills = min(sum(s["skills"][c] * v["skills"][c] for c in common), 1.0)
    pairs = [(a, b, p * q) for a, p in s.get("occupations", ()) for b, q in v.get("occupations", ())]
    occupation = max((nearness(a, b) * sure for a, b, sure in pairs), default=0.0)
    if s.get("remote") or v.get("remote"):
        region = 1.0
    elif km is None or "region" not in s or "region" not in v:
        region = 0.5
    else:
        region = float(np.exp(-km / np.float32(40))[s["region"], v["region"]])
    education = 0.7
    if "education" in s and "education" in v:
        below = v["education"] - s["education"]
        education = 1.0 if below <= 0 else 0.4 if below == 1 else 0.1
    asked, shown = v.get("experience"), s.get("experience")
    if asked is None:
        experience = 0.7
    elif asked == 0:
        experience = 1.0
    elif shown is None:
        experience = 0.7 * 0.7
    else:
        experience = min(shown / asked, 1.0)
    pay = 0.7
    if s.get("pay", 0) > 0 and "pay" in v:
        pay = 1.0 if v["pay"] >= s["pay"] else (v["pay"] / s["pay"]) ** 2
    return skills > 0 or occupation > 0, [skills, occupation, region, education, experience, pay]


def check_exact(seekers, vacancies, k, asked, km, weights=None, threads=0) -> None:
    """The ranking equals all pairs sorted in full, by score downwards, then by row upwards."""
    by = asked == "seekers"
    n, others = (len(seekers), len(vacancies)) if by else (len(vacancies), len(seekers))
    best, scores = np.full((n, k), -1, np.int32), np.zeros((n, k), np.float32)
    parts = (weights or Weights()).array().tolist()
    for q in range(n):
        found = []
        for r in range(others):
            s, v = (q, r) if by else (r, q)
            matters, terms = plain_terms(seekers[s], vacancies[v], km)
            if matters:
                total = 0.0
                for part, term in zip(parts, terms, strict=True):
                    total += part * term
                found.append((-total, r))
        for slot, (minus, r) in enumerate(sorted(found)[:k]):
            best[q, slot], scores[q, slot] = r, -minus
    ranking = rank(
        arrays(seekers), arrays(vacancies), k=k, asked=asked, km=km, weights=weights, threads=threads
    )
    np.testing.assert_array_equal(ranking.best, best)
    np.testing.assert_array_equal(ranking.score, scores)


@pytest.mark.parametrize("asked", ["seekers", "vacancies"])
@pytest.mark.parametrize("km", [TRIANGLE, None], ids=["distances", "no distances"])
@given(seed=seeds, k=st.integers(1, 12))
def test_ranking_and_ties_are_exact(asked, km, seed, k):
    check_exact(*some_market(seed), k, asked, km, threads=1)


@given(seed=seeds, parts=st.lists(st.integers(0, 5), min_size=6, max_size=6).filter(any))
def test_ranking_is_exact_with_any_weights(seed, parts):
    for asked in ("seekers", "vacancies"):
        check_exact(*some_market(seed), 2, asked, TRIANGLE, Weights(*parts))


@pytest.mark.parametrize("asked", ["seekers", "vacancies"])
def test_a_larger_market_is_exact(asked):
    rng = np.random.default_rng(11)
    check_exact(some_rows(rng, 300), some_rows(rng, 120), 7, asked, TRIANGLE, threads=2)


@given(seed=seeds)
def test_terms_are_those_of_the_rules(seed):
    seekers, vacancies = some_market(seed)
    pairs = [(s, v) for s in range(len(seekers)) for v in range(len(vacancies))]
    for km in (TRIANGLE, None):
        found = terms_of(arrays(seekers), arrays(vacancies), pairs, km=km)
        expected = [plain_terms(seekers[s], vacancies[v], km)[1] for s, v in pairs]
        np.testing.assert_array_equal(found, np.array(expected))


@pytest.mark.parametrize(
    ("seeker", "vacancy", "term", "expected"),
    [
        ({"skills": {1: 0.5, 2: 1.0}}, {"skills": {1: 0.5, 3: 0.5}}, "skills", 0.25),
        ({}, {"skills": {1: 1.0}}, "skills", 0.0),
        ({"skills": {1: 1.0}}, {}, "skills", 0.0),
        ({"skills": {1: 1.0, 2: 1.0}}, {"skills": {1: 0.75, 2: 0.75}}, "skills", 1.0),
        ({"occupations": [("2411", 1)]}, {"occupations": [("2411", 0.5)]}, "occupation", 0.5),
        ({"occupations": [("2411", 1)]}, {"occupations": [("2412", 1)]}, "occupation", 0.625),
        ({"occupations": [("2411", 1)]}, {"occupations": [("2421", 1)]}, "occupation", 0.25),
        ({"occupations": [("2411", 1)]}, {"occupations": [("2511", 1)]}, "occupation", 0.0625),
        ({"occupations": [("0110", 1)]}, {"occupations": [("0210", 1)]}, "occupation", 0.0625),
        ({"occupations": [("0110", 1)]}, {"occupations": [("1101", 1)]}, "occupation", 0.0),
        ({}, {"occupations": [("2411", 1)]}, "occupation", 0.0),
        ({"region": 0}, {"region": 0}, "region", 1.0),
        ({"region": 0}, {"region": 1}, "region", math.exp(-0.5)),
        ({"region": 0}, {"region": 2}, "region", math.exp(-2.5)),
        ({"region": 0}, {}, "region", 0.5),
        ({"remote": True}, {"region": 2}, "region", 1.0),
        ({"region": 0}, {"region": 2, "remote": True}, "region", 1.0),
        ({"education": 4}, {"education": 3}, "education", 1.0),
        ({"education": 2}, {"education": 3}, "education", 0.4),
        ({"education": 1}, {"education": 3}, "education", 0.1),
        ({}, {"education": 3}, "education", 0.7),
        ({"experience": 24}, {"experience": 12}, "experience", 1.0),
        ({"experience": 6}, {"experience": 24}, "experience", 0.25),
        ({}, {"experience": 24}, "experience", 0.49),
        ({}, {"experience": 0}, "experience", 1.0),
        ({"experience": 6}, {}, "experience", 0.7),
        ({"pay": 4e6}, {"pay": 5e6}, "pay", 1.0),
        ({"pay": 4e6}, {"pay": 2e6}, "pay", 0.25),
        ({"pay": 4e6}, {}, "pay", 0.7),
        ({}, {"pay": 4e6}, "pay", 0.7),
        ({"pay": 0.0}, {"pay": 4e6}, "pay", 0.7),
    ],
)
def test_a_term_follows_its_rule(seeker, vacancy, term, expected):
    terms = terms_of(arrays([seeker]), arrays([vacancy]), [(0, 0)], km=TRIANGLE)
    assert terms[0, TERMS.index(term)] == pytest.approx(expected, rel=1e-6)


def test_a_jobseeker_without_skills_is_matched_by_occupation():
    posts = [{"skills": {1: 1.0}}, {"skills": {1: 1.0}, "occupations": [("5131", 1.0)]}]
    assert rank(arrays([{"occupations": [("5120", 1.0)]}]), arrays(posts), k=2).best.tolist() == [[1, -1]]


@pytest.mark.parametrize("asked", ["seekers", "vacancies"])
def test_who_says_nothing_matches_nobody(asked):
    found = rank(arrays([{}] * 3), arrays([{}] * 3), k=2, asked=asked, km=TRIANGLE)
    assert (found.best == -1).all()
    assert (found.score == 0).all()


# ---- building the sides


def test_profiles_become_the_arrays_that_they_say():
    units = [("0110", 0.3), ("2512", 1.0)]
    full = Profile("a", {"s3": 0.5, "s1": 1.0, "unheard": 1.0}, units, "31", True, 4, 18, 3_000_000)
    side = jobseeker_side([full, Profile("b", {}), Profile("c", {}, region="99.99")], SKILLS, REGIONS)
    assert side.skills.indptr.tolist() == [0, 2, 2, 2]
    assert side.skills.skill.tolist() == [1, 3]
    assert side.skills.weight.tolist() == [1.0, 0.5]
    assert side.occupation[0].tolist() == [110, 2512, -1, -1]
    assert side.confidence[0].tolist() == [round(0.3 * 1024) / 1024, 1.0, 0.0, 0.0]
    assert side.region.tolist() == [2, -1, -1]
    assert side.remote.tolist() == [True, False, False]
    assert side.education.tolist() == [4, -1, -1]
    assert side.experience.tolist() == [18, -1, -1]
    assert side.pay[0] == 3_000_000
    assert np.isnan(side.pay[1:]).all()


def test_what_a_vacancy_asks_adds_up_to_one_and_rare_skills_weigh_more():
    asked = [{"s0": 1.0, "s1": 1.0}, {"s0": 1.0}, {"s0": 1.0, "s2": 2.0}]
    weight = vacancy_side([Profile(str(i), a) for i, a in enumerate(asked)], SKILLS, REGIONS).skills.weight
    rare = math.log(2) + 1
    expected = [1 / (1 + rare), rare / (1 + rare), 1, 1 / (1 + 2 * rare), 2 * rare / (1 + 2 * rare)]
    assert weight.tolist() == pytest.approx(expected)


def test_weights_are_divided_by_their_sum():
    assert Weights(2, 1, 1, 0, 0, 0).array().tolist() == [0.5, 0.25, 0.25, 0, 0, 0]


# ---- errors


def raw(indptr: list[int], skill: list[int], weight: list[float]) -> SkillRows:
    return SkillRows(np.array(indptr, np.int64), np.array(skill, np.int32), np.array(weight, np.float32))


@pytest.mark.parametrize(
    ("bad", "message", "field"),
    [
        (raw([], [], []), "indptr must start with 0", "indptr"),
        (raw([1, 1], [0], [1]), "indptr must start with 0", "indptr"),
        (raw([0, 2, 1, 2], [0, 1], [1, 1]), "indptr must ascend to 2", "indptr"),
        (raw([0, 1, 1, 2], [0, 1], [1, math.nan]), "side row 2: weight nan is not", "weight"),
        (raw([0, 1, 1, 2], [0, 1], [1, math.inf]), "side row 2: weight inf is not", "weight"),
        (raw([0, 1, 1, 2], [0, 1], [-0.5, 1]), "side row 0: weight -0.5 is not", "weight"),
        (raw([0, 1, 1, 3], [5, 2, 2], [1, 1, 1]), "side row 2: skills must ascend", "skill"),
        (raw([0, 2, 3], [3, 1, 4], [1, 1, 1]), "side row 0: skills must ascend", "skill"),
    ],
)
def test_rows_that_are_no_skill_rows_are_named(bad, message, field):
    with pytest.raises(ShapeError, match=message) as caught:
        bad.check("side")
    assert caught.value.field == field


@pytest.mark.parametrize(
    "good", [raw([0], [], []), raw([0, 0, 0], [], []), raw([0, 0, 2, 2, 4, 4], [3, 7, 0, 7], [0, 1, 1, 2])]
)
def test_good_skill_rows_pass(good):
    good.check("side")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"region": np.array([0, 3], np.int32)}, "region 3 is outside the 3 distances"),
        ({"confidence": np.full((2, 4), np.nan, np.float32)}, "a confidence is not a number"),
        ({"confidence": np.zeros((2, 3), np.float32)}, "confidence is"),
        ({"pay": np.zeros(1)}, "pay has 1 rows, skills have 2"),
        ({"ids": ("a", "b", "c")}, "ids has 3 rows, skills have 2"),
        ({"skills": replace(csr([{}, {}]), scheme="skill/8")}, "numbers the skills of"),
    ],
)
@pytest.mark.parametrize("place", ["seekers", "vacancies"])
def test_sides_that_do_not_fit_together_are_an_error(change, message, place):
    both = {"seekers": arrays([{}, {}]), "vacancies": arrays([{}, {}])}
    both[place] = replace(both[place], **change)
    with pytest.raises(ShapeError, match=message):
        rank(both["seekers"], both["vacancies"], km=TRIANGLE)


def test_distances_are_square():
    with pytest.raises(ShapeError, match="3 by 2"):
        rank(arrays([{"region": 0}]), arrays([{"region": 2}]), km=TRIANGLE[:, :2].copy())


@pytest.mark.parametrize("pair", [(2, 0), (0, 1), (-1, 0), (0, -1)])
def test_a_pair_outside_the_sides_is_an_error(pair):
    with pytest.raises(ShapeError, match="pair 1 "):
        terms_of(arrays([{}, {}]), arrays([{}]), [(0, 0), pair])


# ---- skills alone: sums that tie stay tied


def test_equal_sums_of_unlike_skills_are_a_tie():
    posts = raw([0, 1, 4], [0, 0, 1, 2], [0.875, 0.625, 0.125, 0.125])
    found = rank_vacancies(raw([0, 3], [0, 1, 2], [1, 1, 1]), posts, k=2)
    assert found.best.tolist() == [[0, 1]]
    assert found.score.tolist() == [[0.875, 0.875]]


@given(rows, rows, st.integers(1, 8), st.sampled_from([1, 7, 64]))
def test_skill_scores_are_those_of_a_dense_product_to_the_bit(left, right, k, scale):
    right = [{s: w * scale for s, w in row.items()} for row in right]
    found = rank_vacancies(csr(left), csr(right), k=k)
    for i, a in enumerate(left):
        values = [sum(w * b.get(s, 0) for s, w in a.items()) for b in right]
        order = sorted((j for j, v in enumerate(values) if v > 0), key=lambda j: (-values[j], j))[:k]
        assert found.best[i].tolist() == order + [-1] * (k - len(order))
        assert found.score[i].tolist() == [values[j] for j in order] + [0] * (k - len(order))


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
@pytest.mark.parametrize("place", [0, 1])
def test_skill_ranking_names_a_weight_that_cannot_be(weight, place):
    both = [raw([0, 1], [0], [1.0]), raw([0, 1], [0], [1.0])]
    both[place] = raw([0, 1], [0], [weight])
    with pytest.raises(ShapeError, match=r"row 0: weight"):
        rank_vacancies(*both)
