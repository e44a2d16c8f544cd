"""The candidate graph against lists that are sorted in full, and the same rows on every engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import bmat, csr_array
from scipy.sparse.csgraph import connected_components

from padan.errors import InputError, ShapeError
from padan.matching import Index, Profile, Weights, jobseeker_side, rank, terms_of, vacancy_side
from padan.matching import graph as module
from padan.matching.engine import LocalEngine
from padan.matching.graph import Candidates, candidates, rank_on, side_of_batch, side_table
from tests.matching.test_index import FAR, KM, crowd, equal, full, parts, seeds, top

COLUMNS = ("occupation", "confidence", "region", "remote", "education", "experience", "pay")


@pytest.fixture(scope="module")
def processes():
    with LocalEngine(workers=2, processes=True) as engine:
        yield engine


def edges(found: Candidates) -> list[tuple[int, int]]:
    return list(zip(found.seeker.tolist(), found.vacancy.tolist(), strict=True))


def same(one: Candidates, two: Candidates) -> None:
    for name in ("indptr", "vacancy", "score", "terms"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def check(found: Candidates, people, posts, each, km, weights=None) -> None:
    """The union of both lists of all pairs sorted, each pair with its score and its terms."""
    total = full(people, posts, km, weights)
    there, back = top(total, each).best, top(total.T, each).best
    expected = {(s, v) for s, row in enumerate(there.tolist()) for v in row if v >= 0}
    expected |= {(s, v) for v, row in enumerate(back.tolist()) for s in row if s >= 0}
    pairs = edges(found)
    assert pairs == sorted(expected)
    assert len(found) == len(people)
    assert found.indptr[0] == 0
    assert found.indptr[-1] == len(found.vacancy) == len(found.score) == len(found.terms)
    at = np.array(pairs, np.int64).reshape(-1, 2)
    np.testing.assert_array_equal(found.score, total[at[:, 0], at[:, 1]].astype(np.float32))
    terms = terms_of(people.side(), posts.side(), at, km=km)
    np.testing.assert_array_equal(found.terms, terms.astype(np.float32))
    assert (found.vacancy.dtype, found.score.dtype, found.terms.dtype) == (np.int32, np.float32, np.float32)


# ---- which pairs, and what is said of them


@pytest.mark.parametrize("km", [KM, FAR, None], ids=["distances", "one-way", "no distances"])
@settings(max_examples=25)
@given(
    seed=seeds,
    sizes=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    each=st.integers(1, 60),
    weights=st.none() | parts,
    clustered=st.booleans(),
    alike=st.booleans(),
)
def test_candidates_are_the_lists_of_both_sides(km, seed, sizes, each, weights, clustered, alike):
    rng = np.random.default_rng(seed)
    people, posts = (crowd(rng, n, clustered=clustered, alike=alike) for n in sizes)
    chosen = Weights(*weights) if weights else None
    found = candidates(people.side(), posts.side(), each=each, km=km, weights=chosen)
    check(found, people, posts, each, km, chosen)


def test_scores_are_those_of_rank_to_the_bit():
    rng = np.random.default_rng(1)
    people, posts = crowd(rng, 800).side(), crowd(rng, 300).side()
    found = candidates(people, posts, each=12, km=KM)
    scores = dict(zip(edges(found), found.score, strict=True))
    for asked in ("seekers", "vacancies"):
        lists = rank(people, posts, k=12, asked=asked, km=KM)
        for row, slot in np.argwhere(lists.best >= 0):
            pair = (int(row), int(lists.best[row, slot]))
            assert scores[pair if asked == "seekers" else pair[::-1]] == lists.score[row, slot]


def test_a_vacancy_that_is_nobodys_best_has_candidates():
    people = [Profile(f"s{i}", {"a": 1.0, "b": 1.0}, [("7212", 1.0)]) for i in range(6)]
    posts = [Profile("good", {"a": 1.0}, [("7212", 1.0)]), Profile("poor", {"b": 1.0, "c": 1.0, "d": 1.0})]
    skills = ["a", "b", "c", "d"]
    seekers, vacancies = jobseeker_side(people, skills, {}), vacancy_side(posts, skills, {})
    assert (rank(seekers, vacancies, k=1).best == 0).all()
    found = candidates(seekers, vacancies, each=1)
    assert edges(found) == [(0, 0), (0, 1), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0)]


def test_markets_without_a_common_skill_or_group_stay_apart():
    rng = np.random.default_rng(2)
    sides = []
    for n in (300, 90):
        rows = crowd(rng, n)
        east = np.arange(n) % 2 == 0
        held = (np.arange(80) < 40) == east[:, None]
        held[:, [1, 41]] = False
        held[east, 1] = held[~east, 41] = True
        unit = np.full((n, 4), -1)
        unit[:, 0] = np.where(east, 0, 24)
        sides.append(
            replace(
                rows,
                held=held,
                weight=held.astype(np.float32) / 40,
                unit=unit,
                sure=np.float32(1) * (unit >= 0),
            )
        )
    people, posts = sides
    found = candidates(people.side(), posts.side(), each=50, km=KM)
    check(found, people, posts, 50, KM)
    assert (found.seeker % 2 == found.vacancy % 2).all()
    joined = csr_array((np.ones(len(found.vacancy)), found.vacancy, found.indptr), shape=(300, 90))
    count, label = connected_components(bmat([[None, joined], [joined.T, None]]), directed=False)
    assert count == 2
    assert len(set(label[:300:2])) == len(set(label[1:300:2])) == 1


def test_each_beyond_the_rows_gives_every_pair_that_matters():
    rng = np.random.default_rng(3)
    people, posts = crowd(rng, 40), crowd(rng, 30)
    found = candidates(people.side(), posts.side(), each=1000, km=KM)
    assert edges(found) == [tuple(pair) for pair in np.argwhere(full(people, posts, KM) >= 0).tolist()]
    check(found, people, posts, 1000, KM)


@pytest.mark.parametrize("engine", [None, LocalEngine(workers=2)], ids=["none", "threads"])
@pytest.mark.parametrize("sizes", [(0, 0), (0, 9), (9, 0)])
def test_empty_sides_give_an_empty_graph(sizes, engine):
    rng = np.random.default_rng(4)
    people, posts = (crowd(rng, n).side() for n in sizes)
    found = candidates(people, posts, km=KM, engine=engine)
    assert found.indptr.tolist() == [0] * (sizes[0] + 1)
    assert (found.vacancy.shape, found.score.shape, found.terms.shape) == ((0,), (0,), (0, 6))
    assert found.seeker.shape == (0,)


def test_people_and_vacancies_that_say_nothing_have_no_candidates():
    silent = [Profile(str(i), {}) for i in range(5)]
    skilled = [Profile("x", {"a": 1.0})]
    for people, posts in ((silent, skilled), (skilled, silent), (silent, silent)):
        found = candidates(jobseeker_side(people, ["a"], {}), vacancy_side(posts, ["a"], {}))
        assert found.indptr.tolist() == [0] * (len(people) + 1)


def test_one_vacancy_for_everyone_has_everyone():
    people = jobseeker_side([Profile(str(i), {"a": 1.0}) for i in range(2000)], ["a"], {})
    found = candidates(people, vacancy_side([Profile("v", {"a": 1.0})], ["a"], {}), each=5)
    assert found.indptr.tolist() == list(range(2001))
    assert (found.vacancy == 0).all()
    assert len(set(found.score.tolist())) == 1


@given(seed=seeds)
@settings(max_examples=25)
def test_the_order_of_rows_changes_only_their_numbers(seed):
    rng = np.random.default_rng(seed)
    people, posts = crowd(rng, 60), crowd(rng, 50)
    here, there = rng.permutation(60), rng.permutation(50)
    # every pair: with fewer, which of equals is listed depends on the numbers
    one = candidates(people.side(), posts.side(), each=60, km=KM)
    two = candidates(people.take(here).side(), posts.take(there).side(), each=60, km=KM)
    before = dict(zip(edges(one), one.score.tolist(), strict=True))
    after = {
        (int(here[s]), int(there[v])): x for (s, v), x in zip(edges(two), two.score.tolist(), strict=True)
    }
    assert before == after


# ---- the same rows wherever it runs


def test_any_number_of_threads_gives_the_same_graph():
    rng = np.random.default_rng(5)
    people, posts = crowd(rng, 2500).side(), crowd(rng, 700).side()
    one = candidates(people, posts, each=8, km=KM, threads=1)
    same(candidates(people, posts, each=8, km=KM, threads=2), one)
    same(candidates(people, posts, each=8, km=KM), one)
    same(candidates(people, posts, each=8, km=KM, engine=LocalEngine(workers=2)), one)


def test_batches_of_any_size_give_the_same_graph(monkeypatch):
    rng = np.random.default_rng(6)
    people, posts = crowd(rng, 700).side(), crowd(rng, 200).side()
    whole = candidates(people, posts, each=6, km=KM)
    monkeypatch.setattr(module, "_ROWS", 70)
    monkeypatch.setattr(module, "_PAIRS", 9)
    assert len(whole.vacancy) > 10 * 32 * 9
    same(candidates(people, posts, each=6, km=KM), whole)
    same(candidates(people, posts, each=6, km=KM, engine=LocalEngine(workers=2)), whole)


@pytest.mark.parametrize("km", [FAR, None], ids=["distances", "no distances"])
def test_processes_give_the_same_graph(processes, monkeypatch, km):
    rng = np.random.default_rng(7)
    people, posts = crowd(rng, 600).side(), crowd(rng, 150).side()
    whole = candidates(people, posts, each=6, km=km)
    monkeypatch.setattr(module, "_ROWS", 250)
    monkeypatch.setattr(module, "_PAIRS", 50)
    same(candidates(people, posts, each=6, km=km, engine=processes), whole)


@pytest.mark.parametrize("holds", ["vacancies", "seekers"])
def test_ranking_on_threads_is_that_of_the_index(holds):
    rng = np.random.default_rng(8)
    index = Index.of(crowd(rng, 300).side(), holds=holds, km=FAR)
    index.add(crowd(rng, 90).side("new"))
    index.close([f"r{i}" for i in range(0, 300, 5)])
    query = crowd(rng, 21_000).side()
    weights = Weights(skills=1, pay=0)
    for engine in (LocalEngine(workers=1), LocalEngine(workers=2)):
        equal(rank_on(engine, index, query, k=7, weights=weights), index.rank(query, k=7, weights=weights))
        equal(
            rank_on(engine, index, query.take(np.arange(3)), k=7), index.rank(query.take(np.arange(3)), k=7)
        )
        nobody = rank_on(engine, index, query.take(np.zeros(0, np.int64)), k=7)
        assert nobody.best.shape == nobody.score.shape == (0, 7)


def test_ranking_on_processes_is_that_of_the_index(processes, tmp_path):
    rng = np.random.default_rng(9)
    index = Index.of(crowd(rng, 500).side(), holds="vacancies", km=KM)
    index.close(["r1", "r400"])
    index.save(tmp_path / "index")
    query = crowd(rng, 10_500).side()
    expected = index.rank(query, k=5)
    for held in (index, Index.load(tmp_path / "index")):
        equal(rank_on(processes, held, query, k=5), expected)


@given(seed=seeds, n=st.integers(0, 60), first=st.integers(0, 60))
def test_a_side_comes_back_from_any_batch_of_its_table(seed, n, first):
    side = crowd(np.random.default_rng(seed), n).side()
    first = min(first, n)
    table = side_table(side).slice(first)
    expected = side.take(np.arange(first, n))
    batch = table.combine_chunks().to_batches()
    assert len(batch) == (1 if first < n else 0)
    for found in (side_of_batch(b, "skill") for b in batch):
        found.skills.check("found")
        for name in ("indptr", "skill", "weight"):
            np.testing.assert_array_equal(getattr(found.skills, name), getattr(expected.skills, name))
        for name in COLUMNS:
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
            assert getattr(found, name).dtype == getattr(expected, name).dtype


# ---- what is refused


@pytest.mark.parametrize("each", [0, -1, 1001])
def test_each_is_1_to_1000(each):
    side = crowd(np.random.default_rng(10), 5).side()
    with pytest.raises(InputError, match=f"each is {each}, not within 1 to 1000") as caught:
        candidates(side, side, each=each)
    assert caught.value.field == "each"
    with pytest.raises(InputError, match=f"k is {each}, not within 1 to 1000") as caught:
        rank_on(LocalEngine(workers=1), Index.of(side, holds="vacancies"), side, k=each)
    assert caught.value.field == "k"


def bad_sides():
    side = crowd(np.random.default_rng(11), 20).side()
    rows = side.skills
    weight = rows.weight.copy()
    weight[3] = np.nan
    occupation = side.occupation.copy()
    occupation[4, 0] = 12_345
    return side, [
        (replace(side, skills=replace(rows, weight=weight)), "weight nan"),
        (replace(side, skills=replace(rows, weight=rows.weight - 1)), "weight -"),
        (replace(side, skills=replace(rows, scheme="esco/1.2")), "esco/1.2"),
        (replace(side, confidence=side.confidence * np.float32(np.nan)), "a confidence is not a number"),
        (replace(side, confidence=side.confidence - 1), "a confidence is negative"),
        (replace(side, occupation=occupation), "12345, not a unit group"),
        (replace(side, region=side.region + 1), "region 4 is outside the 4 distances"),
        (replace(side, pay=side.pay[:3]), "pay has 3 rows, skills have 20"),
    ]


@pytest.mark.parametrize("case", range(8))
def test_sides_that_cannot_be_are_refused_before_any_work(case):
    good, bad = bad_sides()
    side, message = bad[case]
    index = Index.of(good, holds="vacancies", km=KM)
    for door in (
        lambda: candidates(side, good, km=KM),
        lambda: candidates(good, side, km=KM),
        lambda: rank_on(LocalEngine(workers=1), index, side),
    ):
        with pytest.raises(ShapeError, match=message):
            door()
    with pytest.raises(InputError, match="weights must be 0 or more"):
        candidates(good, good, weights=Weights(pay=-1))


def test_distances_are_square():
    side = crowd(np.random.default_rng(12), 5).side()
    with pytest.raises(ShapeError, match="4 by 3, not square"):
        candidates(side, side, km=KM[:, :3])
