"""Who fits which vacancy: exact rankings in both directions, and why.

The score of a pair is a weighted mean of six terms, each between 0 and 1, the same in both directions:

    skills       share of what the vacancy asks (by idf, required double) that the person brings
    occupation   nearness of unit groups: same 1, same minor group .625, same sub-major .25, same major .0625;
                 times confidence
    region       exp(-km / 40) between the places, 1 for remote work
    education    1 where the level is reached, .4 one level below, .1 further below
    experience   1 where the months are reached, else the part that is
    pay          1 where the highest offer reaches the least wanted, else the squared ratio

Where one side says nothing the explanation says so, and the term is .5 (region), .7 (education, pay,
experience) or 0 (skills, occupation: nothing is shown to fit). Where the person states no months, experience
is 1 for a vacancy that asks 0 and .49 for one that asks some. A least wanted pay of 0 says nothing. A pair
matters when it shares a skill or its occupations are near (same major group or closer); all such pairs are
scored. Ties go to the smaller row.

Source: own method, docs/matching.md; checked against brute force in tests/matching/test_rank.py.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from padan.errors import InputError, ShapeError
from padan.matching.features import UNKNOWN, Side, SkillRows
from padan.matching.kernels import TERMS, pair_terms, rank_pairs, transpose

__all__ = ["TERMS", "Ranking", "Weights", "rank", "rank_vacancies", "terms_of"]

REGION_SCALE_KM = 40.0  #: exp(-km / 40): 20 km counts .61, 100 km .08
_CHUNK = 256  #: rows a thread takes at a time


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each term counts; they are divided by their sum."""

    skills: float = 0.40
    occupation: float = 0.25
    region: float = 0.15
    education: float = 0.08
    experience: float = 0.07
    pay: float = 0.05

    def array(self) -> npt.NDArray[np.float64]:
        """The six shares, in the order of TERMS. Raises InputError for a negative weight or none at all."""
        values = np.array([getattr(self, f.name) for f in fields(self)], np.float64)
        if not np.all(np.isfinite(values)) or np.any(values < 0) or values.sum() <= 0:
            raise InputError("weights must be 0 or more, and one of them more", field="weights")
        return np.asarray(values / values.sum(), np.float64)


@dataclass(frozen=True, slots=True)
class Ranking:
    """For each of n rows the k best rows of the other side, best first.

    best    (n, k) int32 row of the other side, -1 where fewer than k matter
    score   (n, k) float32, descending, 0 where best is -1
    """

    best: npt.NDArray[np.int32]
    score: npt.NDArray[np.float32]


def rank(
    seekers: Side,
    vacancies: Side,
    *,
    k: int = 10,
    asked: str = "seekers",
    km: npt.NDArray[np.float32] | None = None,
    weights: Weights | None = None,
    threads: int = 0,
) -> Ranking:
    """Give each jobseeker the k best vacancies (asked="seekers"), or each vacancy the k best jobseekers.

    k         1 to 1000
    km        (regions, regions) float32 distances, numbered as `Side.region`; without it every region term is
              neutral
    threads   0 means all cores

    Exact: every pair that shares a skill or lies in the same major group is scored. Work O(Σ postings + n·m),
    memory O(threads · m + n·k). Raises ShapeError where the sides do not fit together.
    """
    if asked not in ("seekers", "vacancies"):
        raise InputError(f"asked is {asked!r}", hint="seekers or vacancies", field="asked")
    if not 1 <= k <= 1000:
        raise InputError(f"k is {k}, not within 1 to 1000", field="k")
    _check(seekers, vacancies, km)
    if km is None:
        seekers, vacancies = _nowhere(seekers), _nowhere(vacancies)
    near = _nearness_of(km)
    shares = (weights or Weights()).array()
    query, other = (seekers, vacancies) if asked == "seekers" else (vacancies, seekers)
    n = len(query)
    best = np.full((n, k), -1, np.int32)
    score = np.zeros((n, k), np.float32)
    if n == 0 or len(other) == 0:
        return Ranking(best, score)
    width = int(max(query.skills.skill.max(initial=-1), other.skills.skill.max(initial=-1))) + 1
    by_skill, owner, weight = transpose(other.skills.indptr, other.skills.skill, other.skills.weight, width)

    codes, numbered = np.unique(other.occupation, return_inverse=True)
    known = codes >= 0
    numbered = np.where(
        other.occupation < 0, -1, numbered.reshape(other.occupation.shape) - int((~known).sum())
    )
    numbered = numbered.astype(np.int32)
    codes = codes[known].astype(np.int32)

    def part(first: int) -> None:
        rank_pairs(
            first, min(first + _CHUNK, n), asked == "seekers",
            query.skills.indptr, query.skills.skill, query.skills.weight, query.occupation, query.confidence,
            query.region, query.remote, query.education, query.experience, query.pay,
            by_skill, owner, weight, numbered, other.confidence,
            other.region, other.remote, other.education, other.experience, other.pay,
            codes, near, shares, k, best, score,
        )  # fmt: skip

    _spread(part, n, threads)
    return Ranking(best, score)


def _spread(part: Callable[[int], None], n: int, threads: int) -> None:
    starts = range(0, n, _CHUNK)
    workers = min(threads or os.cpu_count() or 1, len(starts))
    if workers <= 1:
        for first in starts:
            part(first)
        return
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(part, starts):
            pass


def _nearness_of(km: npt.NDArray[np.float32] | None) -> npt.NDArray[np.float32]:
    """The region term of every two places: exp(-km / 40)."""
    if km is None:
        return np.ones((1, 1), np.float32)
    near: npt.NDArray[np.float32] = np.exp(
        -np.ascontiguousarray(km, np.float32) / np.float32(REGION_SCALE_KM)
    )
    return near


def _nowhere(side: Side) -> Side:
    """The side without regions, for a ranking that has no distances."""
    if np.all(side.region == UNKNOWN):
        return side
    values = {f.name: getattr(side, f.name) for f in fields(side)}
    return Side(**{**values, "region": np.full(len(side), UNKNOWN, np.int32)})


def _check(seekers: Side, vacancies: Side, km: npt.NDArray[np.float32] | None) -> None:
    seekers.skills.check("seekers")
    vacancies.skills.check("vacancies")
    if seekers.skills.scheme != vacancies.skills.scheme:
        raise ShapeError(
            f"seekers number the skills of {seekers.skills.scheme!r}, "
            f"vacancies those of {vacancies.skills.scheme!r}",
            hint="build both sides from the same list of skills",
        )
    if km is not None and (km.ndim != 2 or km.shape[0] != km.shape[1]):
        raise ShapeError(f"distances are {' by '.join(map(str, km.shape))}, not square", field="km")
    for name, side in (("seekers", seekers), ("vacancies", vacancies)):
        n = len(side)
        for field in (
            "skills",
            "occupation",
            "confidence",
            "region",
            "remote",
            "education",
            "experience",
            "pay",
        ):
            if len(getattr(side, field)) != n:
                raise ShapeError(
                    f"{name}: {field} has {len(getattr(side, field))} rows, ids have {n}", field=field
                )
        if side.confidence.shape != side.occupation.shape:
            raise ShapeError(
                f"{name}: confidence is {side.confidence.shape}, occupation {side.occupation.shape}",
                field="confidence",
            )
        if km is not None and n and int(side.region.max()) >= len(km):
            raise ShapeError(
                f"{name}: region {int(side.region.max())} is outside the {len(km)} distances", field="region"
            )
        if np.any(~np.isfinite(side.confidence)):
            raise ShapeError(f"{name}: a confidence is not a number", field="confidence")


def terms_of(
    seekers: Side,
    vacancies: Side,
    pairs: Sequence[tuple[int, int]] | npt.NDArray[np.int64],
    *,
    km: npt.NDArray[np.float32] | None = None,
) -> npt.NDArray[np.float64]:
    """The six terms (pairs, 6) of given (seeker row, vacancy row) pairs, in the order of TERMS, as `rank`
    counted them. Raises ShapeError where the sides do not fit together or a pair lies outside them.
    """
    _check(seekers, vacancies, km)
    if km is None:
        seekers, vacancies = _nowhere(seekers), _nowhere(vacancies)
    both = np.asarray(pairs, np.int64).reshape(-1, 2)
    outside = np.flatnonzero(np.any((both < 0) | (both >= (len(seekers), len(vacancies))), axis=1))
    if len(outside):
        s_row, v_row = both[outside[0]]
        raise ShapeError(
            f"pair {outside[0]} is ({s_row}, {v_row}), outside {len(seekers)} jobseekers and "
            f"{len(vacancies)} vacancies",
            field="pairs",
        )
    out = np.zeros((len(both), len(TERMS)), np.float64)
    s, v = seekers, vacancies
    pair_terms(
        s.skills.indptr, s.skills.skill, s.skills.weight, v.skills.indptr, v.skills.skill, v.skills.weight,
        s.occupation, s.confidence, v.occupation, v.confidence, s.region, v.region, s.remote, v.remote,
        s.education, v.education, s.experience, v.experience, s.pay, v.pay,
        _nearness_of(km), both[:, 0].copy(), both[:, 1].copy(), out,
    )  # fmt: skip
    return out


def rank_vacancies(seekers: SkillRows, vacancies: SkillRows, *, k: int = 10, threads: int = 0) -> Ranking:
    """Give each jobseeker the k vacancies with the largest shared-skill score, the sum of products of
    weights.

    seekers, vacancies  CSR rows, see `SkillRows`
    k                   1 to 1000
    threads             0 means all cores

    `best` is -1 where fewer than k share a skill. Ties go to the smaller vacancy row. Exact, not approximate.
    Raises ShapeError when the two sides number different skill schemes, or when a weight is negative or no
    number.
    """
    seekers.check("seekers")
    vacancies.check("vacancies")
    seekers.check("seekers")
    vacancies.check("vacancies")
    largest = float(vacancies.weight.max(initial=1.0)) * float(seekers.weight.max(initial=1.0))
    rows = int(np.diff(vacancies.indptr).max(initial=1))
    # the composite clips the skill term at 1; scaled below it by a power of two, no sum is rounded otherwise
    scale = 2.0 ** math.frexp(largest * rows)[1]
    scaled = SkillRows(
        vacancies.indptr,
        vacancies.skill,
        (vacancies.weight / np.float32(scale)).astype(np.float32),
        vacancies.scheme,
    )
    ranking = rank(_bare(seekers), _bare(scaled), k=k, weights=Weights(1, 0, 0, 0, 0, 0), threads=threads)
    return Ranking(ranking.best, (ranking.score * np.float32(scale)).astype(np.float32))


def _bare(rows: SkillRows) -> Side:
    """A side that has skills and nothing else."""
    n = len(rows)
    return Side(
        ids=tuple(map(str, range(n))),
        skills=rows,
        occupation=np.full((n, 1), UNKNOWN, np.int32),
        confidence=np.zeros((n, 1), np.float32),
        region=np.full(n, UNKNOWN, np.int32),
        remote=np.zeros(n, bool),
        education=np.full(n, UNKNOWN, np.int32),
        experience=np.full(n, UNKNOWN, np.int32),
        pay=np.full(n, np.nan, np.float64),
    )
