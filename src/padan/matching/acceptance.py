"""Candidates, and what comes of them: places, shares, prices, hires.

`Edges` are the candidates of everybody. On them work the policies that need no optimiser: deferred
acceptance, the exposure quota and the transfers of Choo and Siow; and `simulate`, which lets people act on
their lists.

Jobseekers with equal claims are ordered by lot, a number drawn from the seed and the person's key
(splitmix64): whoever knows both can check the draw. The smaller lot goes first.

Source: Gale and Shapley 1962; Choo and Siow 2006, fitted as in Galichon and Salanié 2022. Checked against
enumeration and plain Python in tests/matching/test_allocate.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from padan.errors import InputError, ShapeError
from padan.matching.kernels import _compiled

__all__ = [
    "Edges",
    "Exam",
    "Simulation",
    "enrol",
    "exam_curve",
    "known",
    "lots",
    "mix",
    "openings_of",
    "quota_lists",
    "simulate",
    "surplus_prices",
    "within",
]

Exam = Literal["log", "reciprocal"]

_STEP = 0x9E3779B97F4A7C15  #: of splitmix64


@dataclass(frozen=True, slots=True)
class Edges:
    """The candidates of n jobseekers as CSR rows.

    indptr    (n+1,) int64
    vacancy   (nnz,) int32 row of the vacancy, ascending without repeats within a jobseeker
    p         (nnz,) float32 0–1, the person applies when the vacancy is examined
    q         (nnz,) float32 0–1, the employer accepts
    score     (nnz,) float32 ≥ 0, of `rank`
    """

    indptr: npt.NDArray[np.int64]
    vacancy: npt.NDArray[np.int32]
    p: npt.NDArray[np.float32]
    q: npt.NDArray[np.float32]
    score: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def check(self, vacancies: int) -> None:
        """Raise ShapeError or InputError, with the jobseeker at fault, when the arrays are no such rows."""
        for name in ("indptr", "vacancy", "p", "q", "score"):
            array = getattr(self, name)
            kinds = "iu" if name in ("indptr", "vacancy") else "f"
            if array.ndim != 1 or array.dtype.kind not in kinds:
                wanted = "whole numbers" if kinds == "iu" else "floats"
                raise ShapeError(
                    f"{name} is {array.shape} {array.dtype}, not one row of {wanted}", field=name
                )
        if len(self.indptr) < 1 or int(self.indptr[0]) != 0:
            raise ShapeError("indptr must start with 0", field="indptr")
        if np.any(np.diff(self.indptr) < 0) or int(self.indptr[-1]) != len(self.vacancy):
            raise ShapeError(f"indptr must ascend to {len(self.vacancy)}", field="indptr")
        for name in ("p", "q", "score"):
            values = getattr(self, name)
            if values.shape != self.vacancy.shape:
                raise ShapeError(
                    f"{len(self.vacancy)} candidates, {len(values)} values of {name}", field=name
                )
            most = math.inf if name == "score" else 1.0
            bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0) & (values <= most)))
            if len(bad):
                allowed = "0 or more" if name == "score" else "within 0 to 1"
                raise InputError(
                    f"jobseeker {self._row(bad[0])}, vacancy {self.vacancy[bad[0]]}: {name} is "
                    f"{values[bad[0]]}, not {allowed}",
                    hint=f"{len(bad)} of {len(values)} values are wrong",
                    field=name,
                )
        if not len(self.vacancy):
            return
        outside = np.flatnonzero((self.vacancy < 0) | (self.vacancy >= vacancies))
        if len(outside):
            raise ShapeError(
                f"jobseeker {self._row(outside[0])}: vacancy {self.vacancy[outside[0]]} is outside the "
                f"{vacancies} capacities",
                field="vacancy",
            )
        repeats = np.diff(self.vacancy.astype(np.int64)) <= 0
        starts = self.indptr[1:-1]
        repeats[starts[(starts > 0) & (starts < len(self.vacancy))] - 1] = False
        if repeats.any():
            raise ShapeError(
                f"jobseeker {self._row(np.flatnonzero(repeats)[0])}: vacancies must ascend without repeats",
                field="vacancy",
            )

    def _row(self, edge: int) -> int:
        return int(np.searchsorted(self.indptr, edge, side="right")) - 1


@dataclass(frozen=True, slots=True)
class Simulation:
    """What happened in each draw: `hires` (draws,) int64, `applications` (draws,) int64, and `hired`
    (draws, m) int32 by vacancy.
    """

    hires: npt.NDArray[np.int64]
    applications: npt.NDArray[np.int64]
    hired: npt.NDArray[np.int32]


def lots(
    indptr: npt.NDArray[np.int64],
    vacancy: npt.NDArray[np.int32],
    p: npt.NDArray[np.float32],
    q: npt.NDArray[np.float32],
    score: npt.NDArray[np.float32],
    seed: int,
    keys: npt.ArrayLike | None,
) -> npt.NDArray[np.uint64]:
    """A lot (n,) for each person, from the seed and the key; without keys from the content of the row."""
    start = np.uint64(seed % 2**63)
    n = len(indptr) - 1
    if keys is None:
        bits = (np.ascontiguousarray(x, np.float32).view(np.uint32) for x in (p, q, score))
        return _apart(np.asarray(_row_lots(start, indptr, vacancy, *bits), np.uint64))
    given = np.asarray(keys)
    if given.shape != (n,) or given.dtype.kind not in "iu":
        raise ShapeError(f"keys are {given.shape} {given.dtype}, not {n} whole numbers", field="keys")
    return _apart(np.asarray(_key_lots(start, given.astype(np.uint64)), np.uint64))


def _apart(lot: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """New lots for those who share one, from their place among them; the first keeps it."""
    order = np.argsort(lot, kind="stable")
    drawn = lot[order]
    first = np.concatenate([[True], drawn[1:] != drawn[:-1]])
    if first.all():
        return lot
    at = np.arange(len(lot))
    place = (at - np.maximum.accumulate(np.where(first, at, 0))).astype(np.uint64)
    out = lot.copy()
    out[order] = np.where(first, drawn, _mix_all(drawn + place * np.uint64(_STEP)))
    return out


def enrol(
    indptr: npt.NDArray[np.int64],
    vacancy: npt.NDArray[np.int32],
    wanted: npt.NDArray[np.float32],
    claim: npt.NDArray[np.float32],
    lot: npt.NDArray[np.uint64],
    openings: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Deferred acceptance, jobseekers propose: the edge (n,) of each person's place, -1 where there is none.

    wanted     the person proposes by falling `wanted`, ties to the smaller vacancy
    claim      the place keeps by falling `claim`, ties to the smaller lot; a claim of 0 is none

    The outcome is stable, and of all stable ones the best for every jobseeker; nobody gains by stating
    another order.
    """
    degree = np.bincount(vacancy, minlength=len(openings)).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(np.minimum(degree, openings))]).astype(np.int64)
    seat = np.full(len(indptr) - 1, -1, np.int64)
    _propose(indptr, vacancy, wanted, claim, lot, start, seat)
    return seat


def quota_lists(
    indptr: npt.NDArray[np.int64],
    vacancy: npt.NDArray[np.int32],
    score: npt.NDArray[np.float32],
    lot: npt.NDArray[np.uint64],
    most: npt.NDArray[np.int64],
    k: int,
) -> npt.NDArray[np.int64]:
    """Lists (n, k) of edges: pairs by falling score, each taken while the person's list and the vacancy's
    `most` have room. Ties to the smaller vacancy, then to the smaller lot.
    """
    row = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    order = np.lexsort((lot[row], vacancy, -score))
    chosen = np.full((len(indptr) - 1, k), -1, np.int64)
    _take(order, row, vacancy, most.copy(), chosen)
    return chosen


def surplus_prices(
    indptr: npt.NDArray[np.int64],
    vacancy: npt.NDArray[np.int32],
    utility: npt.NDArray[np.float64],
    openings: npt.NDArray[np.int64],
    order: npt.NDArray[np.int64],
    passes: int,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The matching market with transfers: (log B, price) by vacancy, (m,) each.

    Pairs form in the number M = A·B·K with K = exp(utility), where A² jobseekers and B² openings
    stay alone: A² + Σ M = 1 for each person, B² + Σ M = openings for each vacancy. The price is what an
    opening gains by being in the market, log(openings / B²); 0 where nobody is a candidate or no opening is.

    utility    (nnz,) half the joint surplus of a pair; above 150 it counts as 150
    order      rows in the order in which sums are taken
    """
    kernel = np.exp(np.minimum(utility, 150.0))
    single = np.sqrt(openings.astype(np.float64))
    alone = np.ones(len(indptr) - 1)
    _fit(order, indptr, vacancy, kernel, openings.astype(np.float64), alone, single, passes)
    known = single > 0
    tight = np.where(known, np.log(np.where(known, single, 1.0)), 0.0)
    price = np.where(known, np.log(np.maximum(openings, 1)) - 2.0 * tight, 0.0)
    return tight, np.maximum(price, 0.0)


def simulate(
    edges: Edges,
    capacity: npt.ArrayLike,
    vacancy: npt.NDArray[np.int32],
    *,
    seed: int = 1,
    draws: int = 1,
    exam: Exam = "log",
) -> Simulation:
    """Let people act on their lists: hires in each draw.

    edges     the market as it is: p and q here are the true ones
    vacancy   (n, k) lists of an `Allocation`

    A person applies to the vacancy at rank r with exam(r)·p and is acceptable with q. Of the acceptable
    applications a stable outcome within the capacities comes about: people prefer by p, employers by q, ties
    by lot. The chances of a pair are drawn from (seed, draw, row, vacancy) alone, so two allocations meet the
    same luck. Raises ShapeError where a list holds a vacancy that is no candidate of its person.
    """
    openings = openings_of(capacity)
    edges.check(len(openings))
    within("draws", draws, 1, 100_000)
    if vacancy.ndim != 2 or len(vacancy) != len(edges):
        raise ShapeError(f"lists are {vacancy.shape}, jobseekers are {len(edges)}", field="vacancy")
    slots = np.full(vacancy.shape, -1, np.int64)
    wrong = _positions(edges.indptr, edges.vacancy, vacancy, slots)
    if wrong >= 0:
        raise ShapeError(f"jobseeker {wrong}: the list holds a vacancy that is no candidate", field="vacancy")
    curve = exam_curve(vacancy.shape[1], exam)
    rows = np.arange(len(edges), dtype=np.int64)
    lot = lots(edges.indptr, edges.vacancy, edges.p, edges.q, edges.score, seed, rows)
    hires, applied = np.zeros(draws, np.int64), np.zeros(draws, np.int64)
    hired = np.zeros((draws, len(openings)), np.int32)
    for draw in range(draws):
        kept = np.zeros(len(edges.vacancy), np.bool_)
        start = np.uint64((seed * 1_000_003 + draw) % 2**63)
        applied[draw] = _act(start, edges.indptr, edges.vacancy, edges.p, edges.q, slots, curve, kept)
        held = np.concatenate([[0], np.cumsum(kept)])[edges.indptr]
        seat = enrol(held, edges.vacancy[kept], edges.p[kept], edges.q[kept], lot, openings)
        at = edges.vacancy[kept][seat[seat >= 0]]
        hires[draw] = len(at)
        hired[draw] = np.bincount(at, minlength=len(openings))
    return Simulation(hires, applied, hired)


def exam_curve(k: int, exam: Exam = "log") -> npt.NDArray[np.float64]:
    """(k,) chance that a person looks at ranks 1 to k: 1 / log2(1 + r), or 1 / r ("reciprocal")."""
    known("exam", exam, get_args(Exam))
    ranks = np.arange(1, k + 1, dtype=np.float64)
    return np.asarray(1.0 / (np.log2(1.0 + ranks) if exam == "log" else ranks), np.float64)


def openings_of(capacity: npt.ArrayLike) -> npt.NDArray[np.int64]:
    given = np.asarray(capacity)
    if given.ndim != 1:
        raise ShapeError(f"capacities are {given.shape}, not one a vacancy", field="capacity")
    if not len(given):
        return np.zeros(0, np.int64)
    try:
        numbers = given.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("a capacity is not a number", field="capacity") from error
    wrong = np.flatnonzero(~(np.isfinite(numbers) & (numbers >= 0) & (numbers == np.floor(numbers))))
    wrong = wrong if len(wrong) else np.flatnonzero(numbers > 10_000_000)
    if len(wrong):
        raise InputError(
            f"vacancy {wrong[0]}: the capacity is {given[wrong[0]]}, not a whole number of 0 to 10,000,000",
            field="capacity",
        )
    return np.asarray(numbers, np.int64)


def known(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InputError(f"{name} is {value!r}", hint=f"one of {', '.join(allowed)}", field=name)


def within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise InputError(f"{name} is {value}, not within {least} to {most}", field=name)


@_compiled
def mix(x: Any) -> Any:
    """The last steps of splitmix64."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@_compiled
def _mix_all(values: Any) -> Any:
    """`mix` of each."""
    out = np.empty(len(values), np.uint64)
    for i in range(len(values)):
        out[i] = mix(values[i])
    return out


@_compiled
def _key_lots(start: Any, keys: Any) -> Any:
    out = np.empty(len(keys), np.uint64)
    for s in range(len(keys)):
        out[s] = mix(mix(start + np.uint64(_STEP)) ^ keys[s])
    return out


@_compiled
def _row_lots(start: Any, indptr: Any, vacancy: Any, p: Any, q: Any, score: Any) -> Any:
    out = np.empty(len(indptr) - 1, np.uint64)
    for s in range(len(out)):
        x = mix(start + np.uint64(_STEP))
        for e in range(indptr[s], indptr[s + 1]):
            x = mix(x ^ (np.uint64(vacancy[e]) << np.uint64(32)) ^ np.uint64(p[e]))
            x = mix(x ^ (np.uint64(q[e]) << np.uint64(32)) ^ np.uint64(score[e]))
        out[s] = x
    return out


@_compiled
def _propose(indptr: Any, vacancy: Any, wanted: Any, claim: Any, lot: Any, start: Any, seat: Any) -> None:
    """Heaps of the kept edges with the weakest claim on top; a person who loses a place proposes on."""
    n = len(seat)
    owner = np.empty(len(vacancy), np.int64)
    for s in range(n):
        for e in range(indptr[s], indptr[s + 1]):
            owner[e] = s
    heap = np.empty(start[-1], np.int64)
    held = np.zeros(len(start) - 1, np.int64)
    last = np.full(n, -1, np.int64)
    for first in range(n):
        s = first
        while s >= 0:
            e = -1
            for other in range(indptr[s], indptr[s + 1]):
                if last[s] >= 0 and (
                    wanted[other] > wanted[last[s]] or (wanted[other] == wanted[last[s]] and other <= last[s])
                ):
                    continue
                if e < 0 or wanted[other] > wanted[e]:
                    e = other
            if e < 0:
                break
            last[s] = e
            v = vacancy[e]
            room = start[v + 1] - start[v]
            if room == 0 or claim[e] <= 0:
                continue
            places = heap[start[v] : start[v + 1]]
            if held[v] < room:
                i = held[v]
                held[v] += 1
                places[i] = e
                while i > 0 and _weaker(places[i], places[(i - 1) // 2], claim, lot, owner):
                    places[i], places[(i - 1) // 2] = places[(i - 1) // 2], places[i]
                    i = (i - 1) // 2
                seat[s] = e
                s = -1
            elif _weaker(places[0], e, claim, lot, owner):
                out = owner[places[0]]
                places[0] = e
                i = 0
                while True:
                    child = 2 * i + 1
                    if child >= room:
                        break
                    if child + 1 < room and _weaker(places[child + 1], places[child], claim, lot, owner):
                        child += 1
                    if not _weaker(places[child], places[i], claim, lot, owner):
                        break
                    places[i], places[child] = places[child], places[i]
                    i = child
                seat[s] = e
                seat[out] = -1
                s = out


@_compiled
def _weaker(one: int, other: int, claim: Any, lot: Any, owner: Any) -> bool:
    """Whether edge `one` has the weaker claim on the vacancy than `other`."""
    if claim[one] != claim[other]:
        return bool(claim[one] < claim[other])
    a, b = owner[one], owner[other]
    if lot[a] != lot[b]:
        return bool(lot[a] > lot[b])
    return bool(a > b)


@_compiled
def _take(order: Any, row: Any, vacancy: Any, room: Any, chosen: Any) -> None:
    size = np.zeros(chosen.shape[0], np.int64)
    for e in order:
        s, v = row[e], vacancy[e]
        if size[s] < chosen.shape[1] and room[v] > 0:
            chosen[s, size[s]] = e
            size[s] += 1
            room[v] -= 1


@_compiled
def _fit(
    order: Any,
    indptr: Any,
    vacancy: Any,
    kernel: Any,
    openings: Any,
    alone: Any,
    single: Any,
    passes: int,
) -> None:
    """A (alone) and B (single) by turns from their quadratic equations, until B moves by less than 1e-10."""
    m = len(openings)
    total = np.zeros(m)
    for _ in range(passes):
        total[:] = 0.0
        for s in order:
            half = 0.0
            for e in range(indptr[s], indptr[s + 1]):
                half += kernel[e] * single[vacancy[e]]
            half *= 0.5
            # the root of A² + 2·half·A = 1, in the form that does not cancel
            alone[s] = 1.0 / (half + math.sqrt(half * half + 1.0))
            for e in range(indptr[s], indptr[s + 1]):
                total[vacancy[e]] += kernel[e] * alone[s]
        moved = 0.0
        for v in range(m):
            half = 0.5 * total[v]
            root = openings[v] / (half + math.sqrt(half * half + openings[v])) if openings[v] > 0 else 0.0
            moved = max(moved, abs(root - single[v]) / max(root, 1e-300))
            single[v] = root
        if moved < 1e-10:
            break


@_compiled
def _positions(indptr: Any, vacancy: Any, lists: Any, slots: Any) -> int:
    """Find the edge of each listed vacancy; the first person with a stranger in the list, or -1."""
    for s in range(lists.shape[0]):
        for r in range(lists.shape[1]):
            if lists[s, r] < 0:
                continue
            at = indptr[s] + np.searchsorted(vacancy[indptr[s] : indptr[s + 1]], lists[s, r])
            if at >= indptr[s + 1] or vacancy[at] != lists[s, r]:
                return s
            slots[s, r] = at
    return -1


@_compiled
def _chance(start: Any, s: int, v: int, which: int) -> float:
    """A number in [0, 1) that belongs to a pair."""
    x = mix(start + np.uint64(s) * np.uint64(_STEP))
    x = mix(x ^ (np.uint64(v) * np.uint64(2) + np.uint64(which)))
    return float((x >> np.uint64(11)) * (1.0 / 9007199254740992.0))


@_compiled
def _act(start: Any, indptr: Any, vacancy: Any, p: Any, q: Any, slots: Any, curve: Any, kept: Any) -> int:
    """Mark the edges on which a person applies and is acceptable; the number of applications."""
    applied = 0
    for s in range(slots.shape[0]):
        for r in range(slots.shape[1]):
            e = slots[s, r]
            if e < 0 or _chance(start, s, vacancy[e], 0) >= curve[r] * p[e]:
                continue
            applied += 1
            kept[e] = _chance(start, s, vacancy[e], 1) < q[e]
    return applied
