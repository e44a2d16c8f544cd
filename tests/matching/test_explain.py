"""Explanations: they add up, name the right skills, and what they promise comes true."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given

from padan.matching import TERMS, Profile, Side, Weights, explain
from tests.matching.test_rank import KM, SKILLS, markets, sides

PROTECTED = ("sex", "gender", "age", "birth", "religion", "marital", "kelamin", "agama", "umur", "kawin")


@given(markets)
def test_points_add_up_and_skills_are_the_right_ones(market):
    seekers, vacancies, idf = sides(*market)
    pairs = [(i, j) for i in range(len(seekers)) for j in range(len(vacancies))]
    for (i, j), row in zip(pairs, explain(seekers, vacancies, pairs, SKILLS, km=KM).to_pylist(), strict=True):
        s, v = market[0][i], market[1][j]
        assert sum(row[f"points_{t}"] for t in TERMS) == pytest.approx(row["score"], abs=1e-5)
        assert all(-1e-6 <= row[f"term_{t}"] <= 1 + 1e-6 for t in TERMS)
        assert set(row["shared"]) == set(s.skills) & set(v.skills)
        assert set(row["missing"]) == set(v.skills) - set(s.skills)
        for names in (row["shared"], row["missing"]):
            weights = [v.skills[n] * float(idf[SKILLS.index(n)]) for n in names]
            assert weights == pytest.approx(sorted(weights, reverse=True))
        unknown = {
            "skills": not s.skills or not v.skills,
            "occupation": not s.occupations or not v.occupations,
            "region": (s.region is None or v.region is None) and not (s.remote or v.remote),
            "education": s.education_rank is None or v.education_rank is None,
            "experience": v.experience_months is None or (s.experience_months is None and v.experience_months > 0),
            "pay": s.pay_month is None or v.pay_month is None,
        }
        assert set(row["unknown"]) == {t for t, is_unknown in unknown.items() if is_unknown}
        assert len(row["changes"]) <= 3


@given(markets)
def test_what_would_change_the_result_does(market):
    seekers, vacancies, _ = sides(*market)
    pairs = [(i, j) for i in range(len(seekers)) for j in range(len(vacancies))]
    for (i, j), row in zip(pairs, explain(seekers, vacancies, pairs, SKILLS, km=KM).to_pylist(), strict=True):
        s, v = market[0][i], market[1][j]
        for change in row["changes"]:
            better = {
                "skill": lambda s=s, c=change: replace(s, skills={**s.skills, c["detail"]: 1.0}),
                "region": lambda s=s, v=v: replace(s, region=v.region),
                "education": lambda s=s, v=v: replace(s, education_rank=v.education_rank),
                "experience": lambda s=s, v=v: replace(s, experience_months=v.experience_months),
                "pay": lambda s=s, v=v: replace(s, pay_month=v.pay_month),
            }[change["what"]]()
            again = sides([better], [v])
            (after,) = explain(again[0], again[1], [(0, 0)], SKILLS, km=KM).to_pylist()
            assert after["score"] == pytest.approx(change["score"], abs=1e-5)
            assert change["score"] > row["score"]


def test_at_most_eight_skills_are_shown():
    everything = Profile("", dict.fromkeys(SKILLS, 1.0))
    seekers, vacancies, _ = sides([everything, Profile("", {})], [everything])
    rows = explain(seekers, vacancies, [(0, 0), (1, 0)], SKILLS).to_pylist()
    assert [len(r["shared"]) for r in rows] == [8, 0]
    assert [len(r["missing"]) for r in rows] == [0, 8]


def test_nothing_that_ranks_has_a_place_for_protected_attributes():
    names = [f.name for kind in (Profile, Side, Weights) for f in fields(kind)] + list(TERMS)
    assert not [n for n in names for word in PROTECTED if word in n.split("_")]
