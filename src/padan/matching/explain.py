"""Why a match is a match: terms, shared and missing skills, and what would change the result.

The terms of the pairs shown are computed again from the same arrays; there is no second index. `changes`
answers what a person or a counsellor can do: each step with the score it would give, the largest first. A
step that changes next to nothing is left out; nothing about sex, age, religion or marital status can appear,
because no such column exists.

`explain` works on columns, a quarter of a million pairs in about two seconds; one pair is a table of one row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from padan.errors import ShapeError
from padan.matching.features import UNKNOWN, Side
from padan.matching.index import Index, Ranking, Weights, check_side, nowhere
from padan.matching.kernels import TERMS, shared_and_missing
from padan.matching.rank import checked_terms, terms_of

__all__ = ["EXPLAINED", "explain", "rank_explained"]

_SHOWN = 8  #: skills of each sort
_CHANGES = 3
_LEAST_GAIN = 0.005
#: terms that a step can change, besides the skills
_STEPS = ("region", "education", "experience", "pay")

#: a row a pair. `terms` are 0–1 before weighting, `points` what each gives to the score (they add up to it)
EXPLAINED = pa.schema(
    [
        ("score", pa.float32()),
        *((f"term_{name}", pa.float32()) for name in TERMS),
        *((f"points_{name}", pa.float32()) for name in TERMS),
        ("unknown", pa.list_(pa.string())),
        ("shared", pa.list_(pa.string())),
        ("missing", pa.list_(pa.string())),
        (
            "changes",
            pa.list_(pa.struct([("what", pa.string()), ("detail", pa.string()), ("score", pa.float32())])),
        ),
    ]
)


def explain(
    seekers: Side,
    vacancies: Side,
    pairs: Sequence[tuple[int, int]] | npt.NDArray[np.int64],
    skills: Sequence[str] | pa.Array,
    *,
    km: npt.NDArray[np.float32] | None = None,
    weights: Weights | None = None,
) -> pa.Table:
    """Explain (jobseeker row, vacancy row) pairs: a table of schema EXPLAINED, in their order.

    skills    the names that `Side.skills` numbers
    unknown   terms that are neutral because one side says nothing
    shared    skills that are asked and shown, heaviest first, at most 8; missing: asked and not shown
    changes   up to 3 steps: what (skill, region, education, experience, pay), detail (the skill), score after
              it
    """
    terms = terms_of(seekers, vacancies, pairs, km=km)
    both = np.asarray(pairs, np.int64).reshape(-1, 2)
    shares = (weights or Weights()).array()
    return _explained(seekers, vacancies, both, terms, _names(skills), km is not None, shares)


def rank_explained(
    index: Index,
    asking: Side,
    skills: Sequence[str] | pa.Array,
    *,
    k: int = 10,
    weights: Weights | None = None,
) -> tuple[Ranking, pa.Table]:
    """The k best rows of an index for the one row of `asking`, and why: a table of schema EXPLAINED, best
    first. Only the rows found are explained, so the size of the index does not count. Who asks often passes
    `skills` as an Arrow array, which is not made anew then.
    """
    if len(asking) != 1:
        raise ShapeError(f"{len(asking)} rows ask, not one", hint="rank many with Index.rank", field="asking")
    check_side("who asks", asking, index.km)
    shares = (weights or Weights()).array()
    found = index.rank(asking, k=k, shares=shares, threads=1, checked=True)
    rows = found.best[0][found.best[0] >= 0].astype(np.int64)
    other = index.side(rows)
    if index.km is None:
        asking = nowhere(asking)
    pairs = np.zeros((len(rows), 2), np.int64)
    if index.holds == "vacancies":
        seekers, vacancies, pairs[:, 1] = asking, other, np.arange(len(rows))
    else:
        seekers, vacancies, pairs[:, 0] = other, asking, np.arange(len(rows))
    terms = checked_terms(seekers, vacancies, pairs, index.near)
    placed = index.km is not None
    return found, _explained(seekers, vacancies, pairs, terms, _names(skills), placed, shares)


def _names(skills: Sequence[str] | pa.Array) -> pa.Array:
    return skills if isinstance(skills, pa.Array) else pa.array(list(skills), pa.string())


def _explained(
    seekers: Side,
    vacancies: Side,
    both: npt.NDArray[np.int64],
    terms: npt.NDArray[np.float64],
    names: pa.Array,
    distances: bool,
    shares: npt.NDArray[np.float64],
) -> pa.Table:
    s, v = both[:, 0].copy(), both[:, 1].copy()
    points = terms * shares
    score = points.sum(axis=1)
    shared = np.full((len(both), _SHOWN), -1, np.int32)
    missing = np.full((len(both), _SHOWN), -1, np.int32)
    lacking = np.zeros((len(both), _SHOWN), np.float32)
    rows = vacancies.skills
    owner = np.repeat(np.arange(len(vacancies)), np.diff(rows.indptr))
    order = np.lexsort((rows.skill, -rows.weight, owner)).astype(np.int64)
    shared_and_missing(
        seekers.skills.indptr,
        seekers.skills.skill,
        rows.indptr,
        rows.skill,
        rows.weight,
        order,
        s,
        v,
        shared,
        missing,
        lacking,
    )
    unknown = _unknown(seekers, vacancies, s, v, distances)
    columns: list[pa.Array] = [pa.array(score.astype(np.float32))]
    columns += [pa.array(terms[:, t].astype(np.float32)) for t in range(len(TERMS))]
    columns += [pa.array(points[:, t].astype(np.float32)) for t in range(len(TERMS))]
    columns.append(_lists(np.where(unknown, np.arange(len(TERMS)), -1), pa.array(TERMS)))
    columns += [_lists(shared, names), _lists(missing, names)]
    columns.append(_changes(terms, shares, score, unknown, missing, lacking, names))
    return pa.Table.from_arrays(columns, schema=EXPLAINED)


def _unknown(
    seekers: Side, vacancies: Side, s: npt.NDArray[np.int64], v: npt.NDArray[np.int64], distances: bool
) -> npt.NDArray[np.bool_]:
    """(pairs, 6): which terms are neutral because one of the two says nothing."""
    has = [np.diff(side.skills.indptr) > 0 for side in (seekers, vacancies)]
    somewhere = (seekers.region[s] != UNKNOWN) & (vacancies.region[v] != UNKNOWN) & distances
    remote = seekers.remote[s] | vacancies.remote[v]
    asked_months = vacancies.experience[v]
    return np.stack(
        [
            ~(has[0][s] & has[1][v]),
            (seekers.occupation[s, 0] == UNKNOWN) | (vacancies.occupation[v, 0] == UNKNOWN),
            ~somewhere & ~remote,
            (seekers.education[s] == UNKNOWN) | (vacancies.education[v] == UNKNOWN),
            (asked_months == UNKNOWN) | ((seekers.experience[s] == UNKNOWN) & (asked_months > 0)),
            ~(seekers.pay[s] > 0) | np.isnan(vacancies.pay[v]),
        ],
        axis=1,
    )


def _lists(rows: npt.NDArray[np.integer], names: pa.Array) -> pa.Array:
    """Rows of numbers, -1 for none, as lists of names."""
    filled = rows >= 0
    offsets = np.zeros(len(rows) + 1, np.int32)
    np.cumsum(filled.sum(axis=1), out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), names.take(pa.array(rows[filled].astype(np.int64))))


def _changes(
    terms: npt.NDArray[np.float64],
    shares: npt.NDArray[np.float64],
    score: npt.NDArray[np.float64],
    unknown: npt.NDArray[np.bool_],
    missing: npt.NDArray[np.int32],
    lacking: npt.NDArray[np.float32],
    names: pa.Array,
) -> pa.Array:
    """Steps by what they add: learn a missing skill, live or work nearer, reach the level, the months or the
    pay.
    """
    skill_gain = np.minimum(lacking, 1.0 - terms[:, :1]) * shares[0]
    places = [TERMS.index(step) for step in _STEPS]
    step_gain = (1.0 - terms[:, places]) * shares[places] * ~unknown[:, places]
    gains = np.concatenate([skill_gain, step_gain], axis=1)
    gains[gains <= _LEAST_GAIN] = 0.0
    best = np.argsort(-gains, axis=1, kind="stable")[:, :_CHANGES]
    gain = np.take_along_axis(gains, best, axis=1)
    kept = gain > 0
    offsets = np.zeros(len(terms) + 1, np.int32)
    np.cumsum(kept.sum(axis=1), out=offsets[1:])
    which = best[kept]
    row = np.repeat(np.arange(len(terms)), kept.sum(axis=1))
    is_skill = which < _SHOWN
    skill = np.where(is_skill, missing[row, np.minimum(which, _SHOWN - 1)], -1)
    kinds = pa.array(("skill", *_STEPS)).take(pa.array(np.where(is_skill, 0, which - _SHOWN + 1)))
    details = names.take(pa.array(np.where(skill >= 0, skill, 0), mask=skill < 0))
    after = pa.array((score[row] + gain[kept]).astype(np.float32))
    return pa.ListArray.from_arrays(
        pa.array(offsets),
        pa.StructArray.from_arrays([kinds, details, after], names=["what", "detail", "score"]),
    )
