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
matters when it shares a skill or its occupations are near (same major group or closer); all such pairs
count. Ties go to the smaller row.

Source: own method, docs/matching.md; checked against brute force in tests/matching/test_rank.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from padan.errors import InputError, ShapeError
from padan.matching.features import UNKNOWN, Side, SkillRows
from padan.matching.index import Index, Ranking, Weights, check_side, check_together, nearness_of, nowhere
from padan.matching.kernels import TERMS, pair_terms

__all__ = ["TERMS", "Ranking", "Weights", "rank", "rank_jobseekers", "rank_vacancies", "terms_of"]


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

    Exact: what is passed over could not have entered the list (see blocks.py). Memory O(nnz + threads · m +
    n·k). Raises ShapeError where the sides do not fit together. To ask the same side again, build its `Index`
    once.
    """
    if asked not in ("seekers", "vacancies"):
        raise InputError(f"asked is {asked!r}", hint="seekers or vacancies", field="asked")
    check_side("seekers", seekers, km)
    check_side("vacancies", vacancies, km)
    check_together(seekers.skills.scheme, vacancies.skills.scheme)
    query, other = (seekers, vacancies) if asked == "seekers" else (vacancies, seekers)
    index = Index.of(other, holds="vacancies" if asked == "seekers" else "seekers", km=km, checked=True)
    return index.rank(query, k=k, weights=weights, threads=threads, checked=True)


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
    check_side("seekers", seekers, km)
    check_side("vacancies", vacancies, km)
    check_together(seekers.skills.scheme, vacancies.skills.scheme)
    if km is None:
        seekers, vacancies = nowhere(seekers), nowhere(vacancies)
    both = np.asarray(pairs, np.int64).reshape(-1, 2)
    outside = np.flatnonzero(np.any((both < 0) | (both >= (len(seekers), len(vacancies))), axis=1))
    if len(outside):
        s_row, v_row = both[outside[0]]
        raise ShapeError(
            f"pair {outside[0]} is ({s_row}, {v_row}), outside {len(seekers)} jobseekers and "
            f"{len(vacancies)} vacancies",
            field="pairs",
        )
    return checked_terms(seekers, vacancies, both, nearness_of(km))


def checked_terms(
    seekers: Side, vacancies: Side, both: npt.NDArray[np.int64], near: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """`terms_of` for sides that are checked and pairs (pairs, 2) that lie in them; `near` as in `Index`."""
    out = np.zeros((len(both), len(TERMS)), np.float64)
    s, v = seekers, vacancies
    pair_terms(
        s.skills.indptr, s.skills.skill, s.skills.weight, v.skills.indptr, v.skills.skill, v.skills.weight,
        s.occupation, s.confidence, v.occupation, v.confidence, s.region, v.region, s.remote, v.remote,
        s.education, v.education, s.experience, v.experience, s.pay, v.pay,
        near, both[:, 0].copy(), both[:, 1].copy(), out,
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
    check_together(seekers.scheme, vacancies.scheme)
    index = Index.of(_bare(vacancies), holds="vacancies", checked=True)
    return index.rank(_bare(seekers), k=k, weights=_SKILLS, limit=math.inf, threads=threads, checked=True)


def rank_jobseekers(vacancies: SkillRows, seekers: SkillRows, *, k: int = 10, threads: int = 0) -> Ranking:
    """Give each vacancy the k jobseekers with the largest shared-skill score; else as `rank_vacancies`."""
    vacancies.check("vacancies")
    seekers.check("seekers")
    check_together(seekers.scheme, vacancies.scheme)
    index = Index.of(_bare(seekers), holds="seekers", checked=True)
    return index.rank(_bare(vacancies), k=k, weights=_SKILLS, limit=math.inf, threads=threads, checked=True)


#: the shared-skill score alone
_SKILLS = Weights(1, 0, 0, 0, 0, 0)


def _bare(rows: SkillRows) -> Side:
    """A side that has skills and nothing else, not even ids."""
    n = len(rows)
    return Side(
        ids=(),
        skills=rows,
        occupation=np.full((n, 1), UNKNOWN, np.int32),
        confidence=np.zeros((n, 1), np.float32),
        region=np.full(n, UNKNOWN, np.int32),
        remote=np.zeros(n, bool),
        education=np.full(n, UNKNOWN, np.int32),
        experience=np.full(n, UNKNOWN, np.int32),
        pay=np.full(n, np.nan, np.float64),
    )
