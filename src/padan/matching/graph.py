"""The candidate graph of a market: who could be advised what, with the terms of every pair.

An edge joins a jobseeker and a vacancy when the vacancy is among the `each` best of the person, or the person
among the `each` best of the vacancy: without the second half, vacancies that are nobody's first thought would
have no candidate at all. Both rankings are exact. They are merged jobseeker by jobseeker, and the six terms
of every pair are computed in one pass, a block of pairs at a time.

The work is one function over batches of rows (`map_batches`), so it runs on threads, on processes and on
Spark with the same rows as result; what the batches share is the index as flat arrays.

Source: own method, docs/market.md; checked against brute force in tests/matching/test_graph.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from padan.errors import InputError
from padan.matching.engine import Engine, LocalEngine, Shared
from padan.matching.features import COLUMNS, Side, SkillRows
from padan.matching.index import Index, Ranking, Weights, check_side, check_together, nearness_of, nowhere
from padan.matching.kernels import TERMS, compiled, pair_terms

__all__ = ["Candidates", "candidates", "rank_on", "side_of_batch", "side_table"]

_ROWS = 10_000  #: rows a batch
_PAIRS = 16_384  #: pairs whose terms are computed at a time


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates of n jobseekers as CSR rows.

    indptr    (n+1,) int64
    vacancy   (nnz,) int32, ascending within a jobseeker
    score     (nnz,) float32, as `rank` gives it
    terms     (nnz, 6) float32, in the order of TERMS
    """

    indptr: npt.NDArray[np.int64]
    vacancy: npt.NDArray[np.int32]
    score: npt.NDArray[np.float32]
    terms: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def seeker(self) -> npt.NDArray[np.int64]:
        """(nnz,) the jobseeker of each pair."""
        return np.repeat(np.arange(len(self)), np.diff(self.indptr))


def candidates(
    seekers: Side,
    vacancies: Side,
    *,
    each: int = 50,
    km: npt.NDArray[np.float32] | None = None,
    weights: Weights | None = None,
    threads: int = 0,
    engine: Engine | None = None,
) -> Candidates:
    """Build the graph of the `each` best both ways.

    each      1 to 1000; a jobseeker has at least as many candidates as there are vacancies that matter, up to
              `each`, and more where vacancies ask for them
    km        as in `rank`
    threads   0 means all cores; without an `engine`, which brings its own workers

    Work that of two rankings and of the terms of each pair; memory about 32 bytes an edge and 8 · each bytes
    a row. Raises ShapeError where the sides do not fit together.
    """
    if not 1 <= each <= 1000:
        raise InputError(f"each is {each}, not within 1 to 1000", field="each")
    check_side("seekers", seekers, km)
    check_side("vacancies", vacancies, km)
    check_together(seekers.skills.scheme, vacancies.skills.scheme)
    if km is None:
        seekers, vacancies = nowhere(seekers), nowhere(vacancies)
    weights = weights or Weights()
    lists = []
    for holds, held, asked in (("vacancies", vacancies, seekers), ("seekers", seekers, vacancies)):
        index = Index.of(held, holds=holds, km=km, checked=True)  # type: ignore[arg-type]
        if engine is None:
            found = index.rank(asked, k=each, weights=weights, threads=threads, checked=True)
        else:
            found = rank_on(engine, index, asked, k=each, weights=weights)
        lists.append(found.best)
        del index
    indptr, vacancy = _merged(*lists)
    seeker = np.repeat(np.arange(len(seekers), dtype=np.int32), np.diff(indptr))
    terms = np.empty((len(vacancy), len(TERMS)), np.float32)
    score = np.empty(len(vacancy), np.float32)
    pairs = pa.table({"seeker": seeker, "vacancy": vacancy})
    shared = {**_columns("s", seekers), **_columns("v", vacancies)}
    shared |= {"weights": weights.array(), "near": nearness_of(km)}
    at = 0
    with Shared(**shared) as arrays:
        done = (engine or LocalEngine(workers=threads)).map_batches(
            _terms, pairs, schema=_TERMED, shared=arrays, batch_rows=32 * _PAIRS
        )
    for batch in done.to_batches():
        score[at : at + len(batch)] = batch.column("score").to_numpy()
        for t, name in enumerate(TERMS):
            terms[at : at + len(batch), t] = batch.column(name).to_numpy()
        at += len(batch)
    return Candidates(indptr, vacancy, score, terms)


def rank_on(
    engine: Engine, index: Index, query: Side, *, k: int = 10, weights: Weights | None = None
) -> Ranking:
    """`Index.rank` on an engine: the same rows, to the last bit."""
    check_side("the query", query, index.km)
    check_together(query.skills.scheme, index.scheme)
    with Shared(**index.arrays(), weights=(weights or Weights()).array(), k=np.array([k])) as shared:
        table = engine.map_batches(_rank, side_table(query), schema=_RANKED, shared=shared, batch_rows=_ROWS)
    best, score = (
        table.column(name).combine_chunks().values.to_numpy().reshape(len(query), k)
        for name in ("best", "score")
    )
    return Ranking(best, score)


def side_table(side: Side) -> pa.Table:
    """A side without its ids as an Arrow table; `side_of_batch` gives it back."""
    skills = side.skills
    wide = side.occupation.shape[1]
    return pa.table(
        {
            "skill": pa.LargeListArray.from_arrays(pa.array(skills.indptr), pa.array(skills.skill)),
            "weight": pa.LargeListArray.from_arrays(pa.array(skills.indptr), pa.array(skills.weight)),
            "occupation": pa.FixedSizeListArray.from_arrays(pa.array(side.occupation.ravel()), wide),
            "confidence": pa.FixedSizeListArray.from_arrays(pa.array(side.confidence.ravel()), wide),
            "region": side.region,
            "remote": side.remote,
            "education": side.education,
            "experience": side.experience,
            "pay": pa.array(side.pay),
        }
    )


def side_of_batch(batch: pa.RecordBatch, scheme: str) -> Side:
    """The rows of a batch of `side_table` as a side without ids."""
    skill = batch.column("skill")
    offsets = skill.offsets.to_numpy()
    n = len(batch)

    def flat(name: str) -> npt.NDArray[Any]:
        return np.asarray(batch.column(name).flatten().to_numpy(zero_copy_only=False))

    def column(name: str) -> npt.NDArray[Any]:
        return np.asarray(batch.column(name).to_numpy(zero_copy_only=False))

    rows = SkillRows((offsets - offsets[0]).astype(np.int64), flat("skill"), flat("weight"), scheme)
    return Side(
        ids=(),
        skills=rows,
        occupation=flat("occupation").reshape(n, -1),
        confidence=flat("confidence").reshape(n, -1),
        region=column("region"),
        remote=column("remote"),
        education=column("education"),
        experience=column("experience"),
        pay=column("pay"),
    )


_RANKED = pa.schema([("best", pa.list_(pa.int32())), ("score", pa.list_(pa.float32()))])
_TERMED = pa.schema([("score", pa.float32()), *((name, pa.float32()) for name in TERMS)])


def _rank(batch: pa.RecordBatch, shared: Mapping[str, npt.NDArray[Any]]) -> pa.RecordBatch:
    """The k best of each row of a batch of `side_table`."""
    index = Index.of_arrays(shared)
    k = int(shared["k"][0])
    found = index.rank(
        side_of_batch(batch, index.scheme), k=k, shares=shared["weights"], threads=1, checked=True
    )
    ends = pa.array(np.arange(len(batch) + 1, dtype=np.int32) * k)
    lists = [pa.ListArray.from_arrays(ends, pa.array(x.ravel())) for x in (found.best, found.score)]
    return pa.record_batch(lists, schema=_RANKED)


def _columns(prefix: str, side: Side) -> dict[str, npt.NDArray[Any]]:
    out = {f"{prefix}_{name}": getattr(side, name) for name in COLUMNS}
    return out | {f"{prefix}_{name}": getattr(side.skills, name) for name in ("indptr", "skill", "weight")}


def _terms(batch: pa.RecordBatch, shared: Mapping[str, npt.NDArray[Any]]) -> pa.RecordBatch:
    """Score and terms of a batch of pairs."""
    s, v = (np.asarray(batch.column(name).to_numpy()) for name in ("seeker", "vacancy"))
    out = np.empty((len(TERMS), len(batch)), np.float32)
    score = np.empty(len(batch), np.float32)
    a = shared
    for first in range(0, len(batch), _PAIRS):
        last = min(first + _PAIRS, len(batch))
        terms = np.zeros((last - first, len(TERMS)), np.float64)
        pair_terms(
            a["s_indptr"], a["s_skill"], a["s_weight"], a["v_indptr"], a["v_skill"], a["v_weight"],
            a["s_occupation"], a["s_confidence"], a["v_occupation"], a["v_confidence"],
            a["s_region"], a["v_region"], a["s_remote"], a["v_remote"], a["s_education"], a["v_education"],
            a["s_experience"], a["v_experience"], a["s_pay"], a["v_pay"], a["near"],
            s[first:last], v[first:last], terms,
        )  # fmt: skip
        _weigh(terms, a["weights"], score[first:last], out[:, first:last])
    return pa.record_batch([pa.array(score), *map(pa.array, out)], schema=_TERMED)


def _merged(
    of_seekers: npt.NDArray[np.int32], of_vacancies: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Pairs that stand in either list, as rows of jobseekers."""
    n = len(of_seekers)
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(of_vacancies[of_vacancies >= 0], minlength=n)[:n], out=start[1:])
    asking = np.empty(start[-1], np.int32)
    _turned(of_vacancies, start[:-1].copy(), asking)
    own = np.sort(np.where(of_seekers < 0, np.iinfo(np.int32).max, of_seekers), axis=1)
    size = np.zeros(n + 1, np.int64)
    _union(own, start, asking, size[1:], np.zeros(0, np.int32), np.zeros(0, np.int64))
    indptr = np.cumsum(size)
    vacancy = np.empty(indptr[-1], np.int32)
    _union(own, start, asking, size[1:], vacancy, indptr)
    return indptr, vacancy


@compiled
def _turned(lists: Any, place: Any, out: Any) -> None:
    """Lists of vacancies -> vacancies of each jobseeker, ascending."""
    for v in range(lists.shape[0]):
        for r in range(lists.shape[1]):
            s = lists[v, r]
            if s >= 0:
                out[place[s]] = v
                place[s] += 1


@compiled
def _union(own: Any, start: Any, asking: Any, size: Any, out: Any, indptr: Any) -> None:
    """Merge two ascending rows without repeats; without `out` only their sizes."""
    end = np.int32(2147483647)
    for s in range(own.shape[0]):
        a, b = 0, start[s]
        at = indptr[s] if len(out) else 0
        count = 0
        while True:
            left = own[s, a] if a < own.shape[1] else end
            right = asking[b] if b < start[s + 1] else end
            least = min(left, right)
            if least == end:
                break
            if left == least:
                a += 1
            if right == least:
                b += 1
            if len(out):
                out[at] = least
                at += 1
            count += 1
        size[s] = count


@compiled
def _weigh(terms: Any, weights: Any, score: Any, out: Any) -> None:
    """Scores with the additions in the order of `search`, so that they agree to the last bit."""
    for p in range(terms.shape[0]):
        total = 0.0
        for t in range(terms.shape[1]):
            total += weights[t] * terms[p, t]
            out[t, p] = terms[p, t]
        score[p] = total
