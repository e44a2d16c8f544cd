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
from padan.matching.features import Side
from padan.matching.index import Index, Ranking, Weights, check_side, nowhere
from padan.matching.kernels import TERMS, reasons
from padan.matching.rank import checked_terms, terms_of

__all__ = ["EXPLAINED", "explain", "rank_explained"]

_SHOWN = 8  #: skills of each sort
_CHANGES = 3
_LEAST_GAIN = 0.005
#: what is said of terms, and the step that is no term: one learns a skill
_WORDS = pa.array((*TERMS, "skill"))

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
    n, o, w = len(both), seekers, vacancies
    counts = np.zeros((4, n), np.int32)
    unknown = np.empty(n * len(TERMS), np.int32)
    shared, missing = np.empty(n * _SHOWN, np.int32), np.empty(n * _SHOWN, np.int32)
    kind, detail = np.empty(n * _CHANGES, np.int32), np.empty(n * _CHANGES, np.int32)
    after = np.empty(n * _CHANGES, np.float32)
    reasons(
        o.skills.indptr, o.skills.skill, w.skills.indptr, w.skills.skill, w.skills.weight, o.occupation,
        w.occupation, o.region, w.region, o.remote, w.remote, o.education, w.education, o.experience,
        w.experience, o.pay, w.pay, distances, both, terms, shares, _SHOWN, _CHANGES, _LEAST_GAIN,
        counts, unknown, shared, missing, kind, detail, after,
    )  # fmt: skip
    ends = np.zeros((4, n + 1), np.int32)
    np.cumsum(counts, axis=1, out=ends[:, 1:])
    u, a, b, c = (int(x) for x in ends[:, -1])
    # names are looked up once for all lists
    words = _WORDS.take(pa.array(np.concatenate([unknown[:u], kind[:c]])))
    skill = np.concatenate([shared[:a], missing[:b], detail[:c]])
    said = names.take(pa.array(skill, mask=skill < 0))
    numbers = np.empty((1 + 2 * len(TERMS), n), np.float32)
    points = terms * shares
    numbers[0] = points.sum(axis=1)
    numbers[1 : 1 + len(TERMS)] = terms.T
    numbers[1 + len(TERMS) :] = points.T
    flat = pa.array(numbers.ravel())
    columns: list[pa.Array] = [flat.slice(i * n, n) for i in range(len(numbers))]
    steps = [words.slice(u), said.slice(a + b), pa.array(after[:c])]
    lists = [words.slice(0, u), said.slice(0, a), said.slice(a, b)]
    lists.append(pa.StructArray.from_arrays(steps, names=["what", "detail", "score"]))
    columns += [pa.ListArray.from_arrays(pa.array(e), x) for e, x in zip(ends, lists, strict=True)]
    return pa.Table.from_arrays(columns, schema=EXPLAINED)
