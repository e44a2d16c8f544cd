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
from padan.matching.kernels import compiled

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
_FIRST = 4  #: wishes of a person that are picked without a sort
_SHORT = 64  #: most wishes that are sorted by insertion


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
    n, edges = len(indptr) - 1, len(vacancy)
    room = np.minimum(openings, n)
    if room.sum() > edges:
        room = np.minimum(openings, np.bincount(vacancy, minlength=len(openings)))
    start = np.concatenate([[0], np.cumsum(room)]).astype(np.int64)
    above_zero = np.nextafter(claim.dtype.type(0), claim.dtype.type(1))
    bar = np.where(room > 0, above_zero, claim.dtype.type(np.inf))
    # positions of edges in half the memory where they fit
    order = np.empty(edges, np.int32 if edges < 2**31 else np.int64)
    seat = np.full(n, -1, np.int64)
    _propose(indptr, vacancy, wanted, claim, lot, start, bar, order, seat)
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


@compiled
def mix(x: Any) -> Any:
    """The last steps of splitmix64."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled
def _mix_all(values: Any) -> Any:
    """`mix` of each."""
    out = np.empty(len(values), np.uint64)
    for i in range(len(values)):
        out[i] = mix(values[i])
    return out


@compiled
def _key_lots(start: Any, keys: Any) -> Any:
    out = np.empty(len(keys), np.uint64)
    for s in range(len(keys)):
        out[s] = mix(mix(start + np.uint64(_STEP)) ^ keys[s])
    return out


@compiled
def _row_lots(start: Any, indptr: Any, vacancy: Any, p: Any, q: Any, score: Any) -> Any:
    out = np.empty(len(indptr) - 1, np.uint64)
    for s in range(len(out)):
        x = mix(start + np.uint64(_STEP))
        for e in range(indptr[s], indptr[s + 1]):
            x = mix(x ^ (np.uint64(vacancy[e]) << np.uint64(32)) ^ np.uint64(p[e]))
            x = mix(x ^ (np.uint64(q[e]) << np.uint64(32)) ^ np.uint64(score[e]))
        out[s] = x
    return out


@compiled
def _propose(
    indptr: Any,
    vacancy: Any,
    wanted: Any,
    claim: Any,
    lot: Any,
    start: Any,
    bar: Any,
    order: Any,
    seat: Any,
) -> None:
    """Each place holds a heap of people with the weakest claim on top; who loses a place proposes on.

    start    (m+1,) where the heap of each place begins; its length is the room
    bar      (m,) least claim that is heard: of the weakest person held once the place is full. It only rises,
             so an edge below it is left out of a person's order for good
    order    (nnz,) scratch: at indptr[s] the edges along which person s proposes, best first; the `_FIRST`
             best are picked in one pass, and only who loses them all has the rest sorted
    """
    n = len(seat)
    people = np.empty(start[-1], np.int64)
    claims = np.empty(start[-1], claim.dtype)
    held = np.zeros(len(bar), np.int64)
    value = np.empty(_SHORT, wanted.dtype)
    at = np.zeros(n, np.int32)  # the next one in the person's order
    size = np.full(n, -1, np.int32)  # of the person's order, -1 before the first pass
    for first in range(n):
        s = first
        while s >= 0:
            low, high = indptr[s], indptr[s + 1]
            if size[s] < 0:
                size[s] = _first_wishes(low, high, vacancy, wanted, claim, bar, order, value)
            elif at[s] == _FIRST and size[s] == _FIRST:
                size[s] += _other_wishes(low, high, vacancy, wanted, claim, bar, order, value)
            if at[s] >= size[s]:
                break
            e = order[low + at[s]]
            at[s] += 1
            v = vacancy[e]
            if claim[e] < bar[v]:
                continue
            here, there = claims[start[v] : start[v + 1]], people[start[v] : start[v + 1]]
            if held[v] < len(there):
                _push(here, there, held[v], claim[e], s, lot)
                held[v] += 1
                out = -1
            elif _weaker(here[0], there[0], claim[e], s, lot):
                out = there[0]
                _replace(here, there, claim[e], s, lot)
                seat[out] = -1
            else:
                continue
            if held[v] == len(there):
                bar[v] = here[0]
            seat[s] = e
            s = out


@compiled
def _first_wishes(
    low: int, high: int, vacancy: Any, wanted: Any, claim: Any, bar: Any, order: Any, value: Any
) -> int:
    """Put the `_FIRST` most wanted edges of low to high that are heard at order[low]; how many there are."""
    size = 0
    for e in range(low, high):
        if (size == _FIRST and wanted[e] <= value[size - 1]) or claim[e] < bar[vacancy[e]]:
            continue
        i = size if size < _FIRST else _FIRST - 1
        while i > 0 and value[i - 1] < wanted[e]:
            order[low + i] = order[low + i - 1]
            value[i] = value[i - 1]
            i -= 1
        order[low + i] = e
        value[i] = wanted[e]
        size = min(size + 1, _FIRST)
    return size


@compiled
def _other_wishes(
    low: int, high: int, vacancy: Any, wanted: Any, claim: Any, bar: Any, order: Any, value: Any
) -> int:
    """Put the edges that are heard and come after the first ones behind them, sorted; how many there are."""
    begin = low + _FIRST
    last = order[begin - 1]
    size = 0
    for e in range(low, high):
        later = wanted[e] < wanted[last] or (wanted[e] == wanted[last] and e > last)
        if later and claim[e] >= bar[vacancy[e]]:
            order[begin + size] = e
            size += 1
    row = order[begin : begin + size]
    if size > _SHORT:
        # stable, so equal wishes stay by ascending vacancy
        row[:] = row[np.argsort(-wanted[row], kind="mergesort")]
        return size
    for j in range(size):
        e, i = row[j], j
        while i > 0 and value[i - 1] < wanted[e]:
            row[i] = row[i - 1]
            value[i] = value[i - 1]
            i -= 1
        row[i] = e
        value[i] = wanted[e]
    return size


@compiled
def _push(claims: Any, people: Any, size: int, claim: float, s: int, lot: Any) -> None:
    """Put person s into a heap of `size`."""
    i = size
    while i > 0:
        up = (i - 1) // 2
        if not _weaker(claim, s, claims[up], people[up], lot):
            break
        claims[i], people[i] = claims[up], people[up]
        i = up
    claims[i], people[i] = claim, s


@compiled
def _replace(claims: Any, people: Any, claim: float, s: int, lot: Any) -> None:
    """Put person s in the place of the weakest of a full heap."""
    i = 0
    while True:
        child = 2 * i + 1
        if child >= len(people):
            break
        other = child + 1
        if other < len(people) and _weaker(claims[other], people[other], claims[child], people[child], lot):
            child = other
        if not _weaker(claims[child], people[child], claim, s, lot):
            break
        claims[i], people[i] = claims[child], people[child]
        i = child
    claims[i], people[i] = claim, s


@compiled
def _weaker(claim: float, s: int, other_claim: float, other: int, lot: Any) -> bool:
    """Whether person s with this claim stands behind the other one."""
    if claim != other_claim:
        return bool(claim < other_claim)
    if lot[s] != lot[other]:
        return bool(lot[s] > lot[other])
    return bool(s > other)


@compiled
def _take(order: Any, row: Any, vacancy: Any, room: Any, chosen: Any) -> None:
    size = np.zeros(chosen.shape[0], np.int64)
    for e in order:
        s, v = row[e], vacancy[e]
        if size[s] < chosen.shape[1] and room[v] > 0:
            chosen[s, size[s]] = e
            size[s] += 1
            room[v] -= 1


@compiled
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


@compiled
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


@compiled
def _chance(start: Any, s: int, v: int, which: int) -> float:
    """A number in [0, 1) that belongs to a pair."""
    x = mix(start + np.uint64(s) * np.uint64(_STEP))
    x = mix(x ^ (np.uint64(v) * np.uint64(2) + np.uint64(which)))
    return float((x >> np.uint64(11)) * (1.0 / 9007199254740992.0))


@compiled
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
