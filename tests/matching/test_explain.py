"""Explanations: points that add up, the right skills, steps that keep their promise, nothing protected."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from padan.centre.coding import Coder
from padan.errors import ShapeError
from padan.matching import (
    EXPLAINED,
    TERMS,
    Profile,
    Side,
    Weights,
    explain,
    jobseeker_side,
    rank,
    skill_idf,
    vacancy_side,
)
from padan.model import Jobseeker, Kind, Vacancy, to_table
from padan.taxonomy import Library

CODED = Library().get("skill").ids
SKILLS = tuple(f"skill {i:02}" for i in range(24))
REGIONS = {"31.71": 0, "32.73": 1, "33.74": 2}
KM = np.array([[0, 20, 100], [20, 0, 40], [100, 40, 0]], np.float32)
GROUPS = ("2411", "2412", "2511", "5120", "0110")

seeds = st.integers(0, 2**32 - 1)


def _profiles(rng: np.random.Generator, n: int, most_skills: int) -> list[Profile]:
    """Profiles with every field missing now and then."""

    def maybe(values: list[Any]) -> Any:
        return values[rng.integers(len(values))] if rng.random() < 0.7 else None

    out = []
    for i in range(n):
        group = maybe(list(GROUPS))
        out.append(
            Profile(
                str(i),
                {
                    SKILLS[s]: float(rng.choice([0.3, 0.6, 1.0]))
                    for s in rng.permutation(len(SKILLS))[: rng.integers(0, most_skills)]
                },
                [(group, float(rng.uniform(0.3, 1)))] if group else [],
                maybe(list(REGIONS)),
                bool(rng.random() < 0.1),
                maybe([1, 2, 3, 4]),
                maybe([0, 6, 12, 36]),
                maybe([0, 2_500_000, 4_000_000]),
            )
        )
    return out


def _market(seed: int) -> tuple[list[Profile], list[Profile], Side, Side, list[tuple[int, int]]]:
    rng = np.random.default_rng(seed)
    people, posts = _profiles(rng, 5, 14), _profiles(rng, 4, 20)
    seekers, vacancies = jobseeker_side(people, SKILLS, REGIONS), vacancy_side(posts, SKILLS, REGIONS)
    return people, posts, seekers, vacancies, [(s, v) for s in range(5) for v in range(4)]


def _one(seeker: Profile, vacancy: Profile, km: Any = KM, **more: Any) -> dict[str, Any]:
    """The explanation of a single pair."""
    seekers = jobseeker_side([seeker], SKILLS, REGIONS)
    vacancies = vacancy_side([vacancy], SKILLS, REGIONS)
    row: dict[str, Any] = explain(seekers, vacancies, [(0, 0)], SKILLS, km=km, **more).to_pylist()[0]
    return row


@given(seed=seeds, shares=st.lists(st.integers(0, 5), min_size=6, max_size=6).filter(any))
def test_points_add_up_to_the_score_and_are_share_times_term(seed: int, shares: list[int]) -> None:
    _, _, seekers, vacancies, pairs = _market(seed)
    weights = Weights(*shares)
    table = explain(seekers, vacancies, pairs, SKILLS, km=KM, weights=weights)
    assert table.schema == EXPLAINED
    assert len(table) == len(pairs)
    for row in table.to_pylist():
        assert sum(row[f"points_{t}"] for t in TERMS) == pytest.approx(row["score"], abs=1e-6)
        for name, share in zip(TERMS, shares, strict=True):
            assert 0 <= row[f"term_{name}"] <= 1
            assert row[f"points_{name}"] == pytest.approx(share / sum(shares) * row[f"term_{name}"], abs=1e-6)


@given(seed=seeds)
def test_the_score_is_that_of_the_ranking(seed: int) -> None:
    _, _, seekers, vacancies, _ = _market(seed)
    for km in (KM, None):
        ranking = rank(seekers, vacancies, k=4, km=km)
        rows, slots = np.nonzero(ranking.best >= 0)
        pairs = np.stack([rows, ranking.best[rows, slots]], axis=1)
        table = explain(seekers, vacancies, pairs, SKILLS, km=km)
        np.testing.assert_allclose(table["score"].to_numpy(), ranking.score[rows, slots], rtol=1e-6)


@given(seed=seeds)
def test_shared_and_missing_are_the_asked_skills_by_weight(seed: int) -> None:
    people, posts, seekers, vacancies, pairs = _market(seed)
    idf = skill_idf(posts, SKILLS)
    for (s, v), row in zip(pairs, explain(seekers, vacancies, pairs, SKILLS, km=KM).to_pylist(), strict=True):
        has, asked = people[s].skills, posts[v].skills
        for column, wanted in (
            ("shared", {a for a in asked if a in has}),
            ("missing", {a for a in asked if a not in has}),
        ):
            weight = {a: asked[a] * float(idf[SKILLS.index(a)]) for a in wanted}
            shown = row[column]
            assert len(shown) == len(set(shown)) == min(len(wanted), 8)
            assert set(shown) <= wanted
            # the heaviest, in falling order; which of two equals stands first is not asked here
            heaviest = sorted(weight.values(), reverse=True)[:8]
            assert [weight[a] for a in shown] == pytest.approx(heaviest, rel=1e-6)


def test_equal_skills_stand_in_the_order_of_their_numbers_and_eight_are_shown() -> None:
    row = _one(Profile("s", {}), Profile("v", dict.fromkeys(reversed(SKILLS[:12]), 1.0)))
    assert row["missing"] == list(SKILLS[:8])
    row = _one(Profile("s", dict.fromkeys(SKILLS, 0.3)), Profile("v", dict.fromkeys(SKILLS[:12], 1.0)))
    assert (row["shared"], row["missing"]) == (list(SKILLS[:8]), [])


@settings(max_examples=20)
@given(seed=seeds)
def test_a_skill_that_is_learned_gives_the_stated_score(seed: int) -> None:
    people, _, seekers, vacancies, pairs = _market(seed)
    table = explain(seekers, vacancies, pairs, SKILLS, km=KM)
    for (s, v), row in zip(pairs, table.to_pylist(), strict=True):
        for step in row["changes"]:
            if step["what"] != "skill":
                continue
            assert step["detail"] in row["missing"]
            taught = replace(people[s], skills={**people[s].skills, step["detail"]: 1.0})
            after = explain(jobseeker_side([taught], SKILLS, REGIONS), vacancies, [(0, v)], SKILLS, km=KM)
            assert after["score"][0].as_py() == pytest.approx(step["score"], abs=2e-6)


@settings(max_examples=30)
@given(seed=seeds)
def test_any_other_step_gives_the_stated_score_too(seed: int) -> None:
    people, posts, seekers, vacancies, pairs = _market(seed)
    table = explain(seekers, vacancies, pairs, SKILLS, km=KM)
    for (s, v), row in zip(pairs, table.to_pylist(), strict=True):
        post = posts[v]
        taken: dict[str, dict[str, Any]] = {
            "region": {"region": post.region},
            "education": {"education_rank": post.education_rank},
            "experience": {"experience_months": post.experience_months},
            "pay": {"pay_month": post.pay_month},
        }
        for step in row["changes"]:
            if step["what"] == "skill" or (step["what"] == "pay" and post.pay_month == 0):
                continue
            assert step["detail"] is None
            moved = replace(people[s], **taken[step["what"]])
            after = explain(jobseeker_side([moved], SKILLS, REGIONS), vacancies, [(0, v)], SKILLS, km=KM)
            assert after["score"][0].as_py() == pytest.approx(step["score"], abs=2e-6)


@given(seed=seeds)
def test_changes_are_at_most_three_the_largest_first_and_never_of_an_unknown_term(seed: int) -> None:
    _, _, seekers, vacancies, pairs = _market(seed)
    for row in explain(seekers, vacancies, pairs, SKILLS, km=KM).to_pylist():
        scores = [step["score"] for step in row["changes"]]
        assert len(scores) <= 3
        assert scores == sorted(scores, reverse=True)
        assert all(score > row["score"] + 0.0049 for score in scores)
        assert not {step["what"] for step in row["changes"]} & set(row["unknown"])


def test_a_perfect_match_leaves_nothing_to_change() -> None:
    full = Profile("a", {SKILLS[0]: 1.0}, [("2411", 1.0)], "31.71", False, 3, 12, 4_000_000)
    row = _one(full, full)
    assert row["score"] == pytest.approx(1)
    assert (row["changes"], row["unknown"], row["missing"]) == ([], [], [])
    assert row["shared"] == [SKILLS[0]]


FULL = Profile("a", {SKILLS[0]: 1.0}, [("2411", 1.0)], "31.71", False, 3, 12, 4_000_000)
NOTHING: dict[str, dict[str, Any]] = {
    "skills": {"skills": {}},
    "occupation": {"occupations": []},
    "region": {"region": None},
    "education": {"education_rank": None},
    "experience": {"experience_months": None},
    "pay": {"pay_month": None},
}


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_unknown_where_either_side_says_nothing(term: str) -> None:
    silent = replace(FULL, **NOTHING[term])
    assert _one(FULL, FULL)["unknown"] == []
    assert _one(silent, FULL)["unknown"] == [term]
    assert _one(FULL, silent)["unknown"] == [term]
    assert _one(silent, silent)["unknown"] == [term]


@pytest.mark.parametrize(
    ("seeker", "vacancy", "km", "unknown"),
    [
        # no distances: no region is known, but remote work is
        ({}, {}, None, ["region"]),
        ({"remote": True}, {}, None, []),
        ({}, {"remote": True}, None, []),
        # remote work needs no place
        ({"region": None, "remote": True}, {}, KM, []),
        ({"region": None}, {"region": None, "remote": True}, KM, []),
        # a place that the distances do not know
        ({"region": "99.99"}, {}, KM, ["region"]),
        # no months asked: nobody falls short, whatever he states
        ({"experience_months": None}, {"experience_months": 0}, KM, []),
        ({"experience_months": 0}, {"experience_months": 12}, KM, []),
        # whoever wants nothing has stated no pay
        ({"pay_month": 0}, {}, KM, ["pay"]),
        # skills that the scheme does not know
        ({"skills": {"unheard": 1.0}}, {}, KM, ["skills"]),
    ],
)
def test_unknown_in_the_cases_of_their_own(
    seeker: dict[str, Any], vacancy: dict[str, Any], km: Any, unknown: list[str]
) -> None:
    assert _one(replace(FULL, **seeker), replace(FULL, **vacancy), km)["unknown"] == unknown


def test_who_says_nothing_at_all_is_unknown_in_everything() -> None:
    row = _one(Profile("s", {}), Profile("v", {}))
    assert row["unknown"] == list(TERMS)
    assert [row[f"term_{t}"] for t in TERMS] == pytest.approx([0, 0, 0.5, 0.7, 0.7, 0.7])
    assert (row["shared"], row["missing"], row["changes"]) == ([], [], [])


def test_no_pairs_give_an_empty_table() -> None:
    _, _, seekers, vacancies, _ = _market(1)
    table = explain(seekers, vacancies, [], SKILLS, km=KM)
    assert len(table) == 0
    assert table.schema == EXPLAINED


def test_pairs_keep_their_order_and_may_repeat() -> None:
    _, _, seekers, vacancies, pairs = _market(2)
    rows = explain(seekers, vacancies, pairs, SKILLS, km=KM).to_pylist()
    chosen = [7, 0, 19, 7]
    assert explain(seekers, vacancies, [pairs[i] for i in chosen], SKILLS, km=KM).to_pylist() == [
        rows[i] for i in chosen
    ]


def test_a_pair_outside_the_sides_is_an_error() -> None:
    _, _, seekers, vacancies, _ = _market(3)
    with pytest.raises(ShapeError, match=r"pair 1 is \(0, 4\)"):
        explain(seekers, vacancies, [(0, 0), (0, 4)], SKILLS, km=KM)


def test_nothing_that_ranks_or_explains_names_a_protected_attribute() -> None:
    names = {f.name for record in (Profile, Side, Weights) for f in fields(record)} | set(TERMS)
    names |= set(EXPLAINED.names)
    words = {word for name in names for word in name.lower().split("_")}
    protected = (
        "sex gender age birth born birthday religion faith marital married family children pregnant "
        "disability health ethnicity race nationality name photo restrictions jenis kelamin "
        "umur usia agama status"
    )
    assert not words & set(protected.split())


RESTRICTIONS = [
    (),
    ("sex:female",),
    ("sex:male", "age_min:18", "age_max:25", "marital:single", "physical:tidak buta warna"),
    ("age_max:60", "marital:married", "religion:islam"),
]


@pytest.mark.parametrize("asked", ["seekers", "vacancies"])
def test_what_an_advertisement_demands_of_sex_and_age_changes_no_bit_of_a_score(
    coder: Coder, asked: str
) -> None:
    posts = [
        Vacancy(
            id=f"v:{i}",
            source="v",
            title=title,
            description="Menguasai Microsoft Excel dan melayani pelanggan",
            regency="32.73",
            province="32",
            education_requirements=("SMA",),
            experience_months_min=12,
            base_salary_max=4_000_000,
            salary_currency="IDR",
            base_salary_period="month",
        )
        for i, title in enumerate(["Kasir", "Admin gudang", "Tukang las", "Penjahit"])
    ]
    people = [
        Jobseeker(
            id=f"s:{i}",
            source="s",
            headline=title,
            skills=("Excel",),
            education="SMA",
            experience_months=i * 6,
        )
        for i, title in enumerate(["Kasir toko", "Staf gudang", "Welder"])
    ]
    seekers = jobseeker_side(coder.code_jobseekers(to_table(Kind.JOBSEEKER, people)).profiles, CODED, REGIONS)
    found = []
    for restrictions in RESTRICTIONS:
        restricted = [replace(post, restrictions=restrictions) for post in posts]
        coded = coder.code_vacancies(to_table(Kind.VACANCY, restricted))
        vacancies = vacancy_side(coded.profiles, CODED, REGIONS)
        ranking = rank(seekers, vacancies, k=4, asked=asked, km=KM)
        pairs = [(s, v) for s in range(len(people)) for v in range(len(posts))]
        why = explain(seekers, vacancies, pairs, CODED, km=KM)
        found.append((coded.table, coded.profiles, ranking.best.tobytes(), ranking.score.tobytes(), why))
    assert found[0][4]["score"].to_numpy().max() > 0.3, "there is something to compare"
    assert all(other == found[0] for other in found[1:])
