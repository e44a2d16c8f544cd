"""The rounds of `allocate` over the engine seam: the policy `fills` on many processes.

A round of Frank–Wolfe looks at every candidate of everybody and returns one number a vacancy. So the
candidates are held by the engine, cut by jobseekers; a round sends the present slope (m,) to the batches,
each returns the applications that its people's best lists make, in whole 2^-36, and these are added up by
vacancy. Whole numbers add up to the same sum in any order, so the rounds are those of `allocate` bit for bit,
whatever the engine and the cuts.

The list that a person keeps is that of the last round whose lot fell below the step. It follows from the
round's slope alone; so nothing is kept by person until the last pass, which gets the slopes of all rounds.

The finishing sweeps, in which people change lists one by one, are sequential: they run on the calling
process, as do the checks, the lots, the bound and the figures, one pass each. It holds the candidates.

Source: docs/allocation.md; checked against `allocate` to the bit in tests/matching/test_engine.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from padan.matching.acceptance import Edges, Exam, exam_curve, lots, openings_of, within
from padan.matching.allocate import (
    UNIT,
    Allocation,
    Spread,
    allocate,
    believed_worth,
    best_lists,
    best_rows,
    bound_of,
    count_applications,
    expected_fills,
    figures_of,
    ids_of,
    keep_round,
    prices_of,
    slopes_at,
    sweep,
)
from padan.matching.engine import BATCH_ROWS, Engine, Held, Shared
from padan.matching.kernels import compiled

__all__ = ["spread_fills"]

_SUMS = pa.schema([("vacancy", pa.int32()), ("units", pa.int64())])


def spread_fills(
    engine: Engine,
    edges: Edges,
    capacity: npt.ArrayLike,
    *,
    k: int = 10,
    rounds: int = 25,
    seed: int = 1,
    trust: float = 1.0,
    exam: Exam = "log",
    keys: npt.ArrayLike | None = None,
    threads: int = 0,
    batch_rows: int = BATCH_ROWS,
    sweeps: bool = True,
) -> Allocation:
    """`allocate(edges, capacity, policy="fills", ...)` with the rounds on an engine: the same result to the
    bit.

    threads      of the calling process, for what it does itself
    batch_rows   jobseekers a batch
    sweeps       False leaves out the finishing sweeps; what that costs stands in docs/engines.md

    An engine moves (rounds + 1) · m slopes to each machine and one sum a vacancy and round back. Raises as
    `allocate` does.
    """
    openings = openings_of(capacity)
    within("k", k, 1, 1000)
    within("rounds", rounds, 1, 10_000)
    within("trust", trust, 0.0, 1.0)
    edges.check(len(openings))
    curve = exam_curve(k, exam)
    shown = openings > 0
    if not (len(edges) and len(edges.vacancy) and shown.any() and trust > 0):
        return allocate(
            edges, capacity, k=k, rounds=rounds, seed=seed, trust=trust, exam=exam, keys=keys, threads=threads
        )
    local = Spread(threads)
    worth = edges.p.astype(np.float64) * edges.q
    lot = lots(edges.indptr, edges.vacancy, edges.p, edges.q, edges.score, seed, keys)
    believed = believed_worth(worth, edges.score, trust)
    with engine.hold(_people(edges, believed, lot), batch_rows=batch_rows) as held:
        chosen = _rounds(engine, held, edges, openings, trust, curve, rounds)
    if sweeps:
        sweep(edges, believed, openings, trust, curve, lot, chosen)
    plain = best_lists(local, edges, edges.score.astype(np.float64), np.where(shown, 1.0, -1.0), k)
    applications = np.zeros(len(openings), np.int64)
    count_applications(edges.indptr, edges.vacancy, worth, chosen, curve, applications)
    expected = applications / UNIT
    return Allocation(
        "fills",
        float(trust),
        ids_of(edges.vacancy, chosen),
        expected,
        expected_fills(expected, openings),
        prices_of(openings, expected),
        bound_of(local, edges, worth, openings, expected, curve),
        figures_of(edges, openings, chosen, plain, curve),
    )


def _people(edges: Edges, believed: npt.NDArray[np.float64], lot: npt.NDArray[np.uint64]) -> pa.Table:
    """A row a jobseeker: the candidates, what they are worth, the lot. No copy of the arrays."""
    indptr = pa.array(np.ascontiguousarray(edges.indptr, np.int64))
    return pa.table(
        {
            "vacancy": pa.LargeListArray.from_arrays(
                indptr, pa.array(edges.vacancy.astype(np.int32, copy=False))
            ),
            "worth": pa.LargeListArray.from_arrays(indptr, pa.array(believed)),
            "lot": pa.array(lot),
        }
    )


def _rounds(
    engine: Engine,
    held: Held,
    edges: Edges,
    openings: npt.NDArray[np.int64],
    trust: float,
    curve: npt.NDArray[np.float64],
    rounds: int,
) -> npt.NDArray[np.int64]:
    """Lists (n, k) as positions of edges, as `allocate` has them before its sweeps."""
    m = len(openings)
    slope, bend, average = np.where(openings > 0, 1.0, -1.0), np.zeros(m), np.zeros(m)
    slopes = np.empty((rounds, m))
    steps = 2.0 / (np.arange(rounds) + 2.0)
    for turn in range(rounds):
        slopes[turn] = slope
        with Shared(slope=slopes[turn], curve=curve) as shared:
            sums = engine.map_batches(_applications, held, schema=_SUMS, shared=shared, add_by="vacancy")
        total = np.zeros(m, np.int64)
        total[sums["vacancy"].to_numpy()] = sums["units"].to_numpy()
        average += steps[turn] * (total / UNIT - average)
        slopes_at(openings, average, trust, slope, bend)
    k = len(curve)
    schema = pa.schema([("place", pa.list_(pa.int32(), k))])
    with Shared(slopes=slopes, steps=steps, curve=curve) as shared:
        places = engine.map_batches(_last_lists, held, schema=schema, shared=shared)["place"].combine_chunks()
    place = places.flatten().to_numpy().reshape(len(edges), k).astype(np.int64)
    return np.where(place < 0, -1, place + edges.indptr[:-1, None])


def _applications(batch: pa.RecordBatch, shared: Mapping[str, npt.NDArray[Any]]) -> pa.RecordBatch:
    """Units of applications by vacancy, of everybody's best list at the present slope."""
    indptr, vacancy, worth = _rows(batch)
    slope, curve = np.array(shared["slope"]), np.array(shared["curve"])
    best = np.full((len(batch), len(curve)), -1, np.int64)
    best_rows(0, len(batch), indptr, vacancy, worth, slope, best)
    total = np.zeros(len(slope), np.int64)
    count_applications(indptr, vacancy, worth, best, curve, total)
    touched = np.flatnonzero(total)
    return pa.record_batch([pa.array(touched.astype(np.int32)), pa.array(total[touched])], schema=_SUMS)


def _last_lists(batch: pa.RecordBatch, shared: Mapping[str, npt.NDArray[Any]]) -> pa.RecordBatch:
    """Each person's list as places among the candidates, -1 beyond the end: the best at the slope of the last
    round that the lot chose.
    """
    indptr, vacancy, worth = _rows(batch)
    lot = np.array(batch["lot"].to_numpy())
    k = len(shared["curve"])
    turns, this = np.zeros((len(batch), 1), np.int64), np.zeros((len(batch), 1), np.int64)
    for turn, step in enumerate(shared["steps"]):
        this[:] = turn
        keep_round(turns, this, lot, turn, float(step))
    best = np.full((len(batch), k), -1, np.int64)
    _best_at(indptr, vacancy, worth, shared["slopes"], turns[:, 0].copy(), best)
    places = np.where(best < 0, -1, best - indptr[:-1, None]).astype(np.int32)
    column = pa.FixedSizeListArray.from_arrays(pa.array(places.reshape(-1)), k)
    return pa.record_batch([column], names=["place"])


def _rows(
    batch: pa.RecordBatch,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """The candidates of a batch; copies that may be written, so that the loops of `allocate` are compiled."""
    vacancy, worth = batch["vacancy"], batch["worth"]
    return (
        np.array(vacancy.offsets.to_numpy()),
        np.array(vacancy.values.to_numpy()),
        np.array(worth.values.to_numpy()),
    )


@compiled
def _best_at(indptr: Any, vacancy: Any, worth: Any, slopes: Any, turns: Any, best: Any) -> None:
    """`best_rows` with each person at the slope of the own round."""
    for s in range(len(turns)):
        best_rows(s, s + 1, indptr, vacancy, worth, slopes[turns[s]], best)
