"""Advice for everybody at once: lists that do not send all jobseekers to the same vacancies.

The market is a graph of candidates, jobseeker -> vacancy, with p (the person applies when the vacancy is
examined), q (the employer accepts) and the score of `rank`. A person examines rank r of a list with
exam(r) = 1 / log2(1 + r). A vacancy with c openings then gets a = Σ exam·p·q suitable applications and fills
f(a) = E min(c, Poisson(a)) openings: smooth, concave, f'(a) = P(Poisson(a) < c). An application is worth f'
of itself: one more to a vacancy that is full anyway is worth nothing.

    fills      Frank–Wolfe on Σ f(a): each round everybody's best list at the present f', averaged; then one
               by one, whoever gains by another list takes it
    surplus    Choo–Siow with transfers, by iterated proportional fitting: a second opinion, with prices
    enrolment  deferred acceptance, jobseekers propose: one place each, stable
    quota      best pairs first; no vacancy is shown more than its share times the quota
    ranking    everybody's best by score alone: what the others are compared with

`trust` (0–1) says how far p and q are known. The list is sorted by trust · log(f'·p·q) + (1 - trust) ·
log(score): 1 believes them, 0 is plain ranking. Sums of applications are kept in whole 2^-36, so they do
not depend on the order of the rows or the number of threads. Ties go to the smaller vacancy.

Source: Su, Bayoumi, Joachims, WWW 2022 (lists and exposure); Tomita et al., RecSys 2023 (transfers); Gale
and Shapley 1962. Checked against brute force in tests/matching/test_allocate.py; figures in
docs/allocation.md.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from padan.errors import InputError
from padan.matching.acceptance import (
    Edges,
    Exam,
    Simulation,
    enrol,
    exam_curve,
    known,
    lots,
    mix,
    openings_of,
    quota_lists,
    simulate,
    surplus_prices,
    within,
)
from padan.matching.kernels import compiled

__all__ = [
    "Allocation",
    "Edges",
    "Exam",
    "Figures",
    "Policy",
    "Simulation",
    "allocate",
    "exam_curve",
    "expected_fills",
    "simulate",
    "trust_of",
]

Policy = Literal["fills", "surplus", "enrolment", "quota", "ranking"]

_CHUNK = 4096  #: rows a thread takes at a time
UNIT = float(2**36)  #: applications are counted in 1 / 2^36
_FLOOR = 1e-9  #: least p·q and score that a logarithm is taken of
_SWEEPS = 4  #: most passes in which people change lists one by one
# three-point Gauss–Legendre on (-1, 1)
_NODE, _WEIGHT, _MIDDLE = math.sqrt(0.6), 5.0 / 9.0, 8.0 / 9.0


@dataclass(frozen=True, slots=True)
class Figures:
    """How an allocation spreads its exposure. Each is None where there is nothing to count."""

    gini: float | None  #: of exposure over vacancies with openings, 0 equal, 1 all to one
    gini_opening: float | None  #: of exposure per opening, every opening counted
    top_share: float | None  #: exposure of the most shown 1 % of vacancies
    coverage: float | None  #: vacancies with openings that somebody is shown
    score_kept: float | None  #: Σ exam·score ÷ the same of plain ranking


@dataclass(frozen=True, slots=True)
class Allocation:
    """Lists for n jobseekers over m vacancies.

    vacancy        (n, k) int32, best first, -1 beyond the end; enrolment fills the first column only
    applications   (m,) float64 expected suitable applications, Σ exam·p·q
    fills          (m,) float64 expected openings filled, given these p and q
    prices         (m,) float64 or None: for fills the chance that one opening more would be filled too, for
                   surplus the price of an opening; the higher, the scarcer
    bound          fills: no lists of this length fill more in expectation, given these p and q; else None

    In an enrolment `applications` and `fills` are the places given.
    """

    policy: Policy
    trust: float
    vacancy: npt.NDArray[np.int32]
    applications: npt.NDArray[np.float64]
    fills: npt.NDArray[np.float64]
    prices: npt.NDArray[np.float64] | None
    bound: float | None
    figures: Figures


def allocate(
    edges: Edges,
    capacity: npt.ArrayLike,
    *,
    policy: Policy = "fills",
    k: int = 10,
    rounds: int = 25,
    seed: int = 1,
    trust: float = 1.0,
    beta: float = 3.0,
    quota: float = 1.25,
    exam: Exam = "log",
    keys: npt.ArrayLike | None = None,
    threads: int = 0,
) -> Allocation:
    """Give each jobseeker a list of at most k vacancies, with the whole market in view.

    capacity   (m,) whole openings ≥ 0; a vacancy without openings is shown to nobody
    rounds     of Frank–Wolfe (fills), or most passes of fitting times 20 (surplus)
    seed       draws the lots by which jobseekers with equal claims are ordered
    trust      0–1, see `trust_of`; counts for fills and surplus; 0 gives plain ranking
    beta       surplus: how much p·q, in its standard deviations, counts against taste; 0.001 to 100
    quota      ≥ 1, quota: a vacancy with c of C openings is in at most ⌈quota · n·k·c / C⌉ lists
    keys       (n,) whole numbers that belong to the jobseekers; lots are drawn from them. Without them, from
               the content of the rows, and jobseekers with equal rows are ordered as they stand
    threads    0 means all cores; the result is the same on any number

    The order of the jobseekers changes nothing but the order of the lists. Work O(rounds · edges), memory
    O(edges + n·k). Raises ShapeError or InputError with the first jobseeker at fault.
    """
    openings = openings_of(capacity)
    known("policy", policy, get_args(Policy))
    within("k", k, 1, 1000)
    within("rounds", rounds, 1, 10_000)
    within("trust", trust, 0.0, 1.0)
    within("quota", quota, 1.0, math.inf)
    within("beta", beta, 1e-3, 100.0)
    edges.check(len(openings))
    n, m = len(edges), len(openings)
    curve = exam_curve(k, exam)
    indptr, vacancy, score = edges.indptr, edges.vacancy, edges.score
    worth = edges.p.astype(np.float64) * edges.q
    spread = Spread(threads)
    shown = openings > 0
    plain = best_lists(spread, edges, score.astype(np.float64), np.where(shown, 1.0, -1.0), k)
    chosen = plain
    prices: npt.NDArray[np.float64] | None = None
    if n and len(vacancy) and shown.any():
        lot = lots(indptr, vacancy, edges.p, edges.q, score, seed, keys)
        if policy == "fills" and trust > 0:
            chosen = _frank_wolfe(
                spread, edges, believed_worth(worth, score, trust), openings, trust, curve, rounds, lot
            )
        elif policy == "surplus" and trust > 0:
            utility = beta / (2.0 * _deviation(worth)) * worth
            tight, prices = surplus_prices(indptr, vacancy, utility, openings, np.argsort(lot), rounds * 20)
            key = trust * (utility + tight[vacancy])
            key += (1.0 - trust) * np.log(np.maximum(score, _FLOOR))
            # above 0 as `best_lists` needs it, in the same order
            chosen = best_lists(spread, edges, key - key.min() + 1.0, np.where(shown, 1.0, -1.0), k)
        elif policy == "quota":
            lists = n * k * openings.astype(np.float64) * quota / openings.sum()
            chosen = quota_lists(indptr, vacancy, score, lot, np.ceil(lists).astype(np.int64), k)
        elif policy == "enrolment":
            chosen = np.full((n, k), -1, np.int64)
            chosen[:, 0] = enrol(indptr, vacancy, score, edges.q, lot, openings)
    applications = np.zeros(m, np.int64)
    count_applications(indptr, vacancy, worth, chosen, curve, applications)
    expected = applications / UNIT
    bound: float | None = None
    if policy == "enrolment":
        expected = np.bincount(vacancy[chosen[chosen >= 0]], minlength=m).astype(np.float64)
    if policy == "fills":
        bound = bound_of(spread, edges, worth, openings, expected, curve)
        prices = prices_of(openings, expected)
    return Allocation(
        policy,
        float(trust),
        ids_of(vacancy, chosen),
        expected,
        expected if policy == "enrolment" else expected_fills(expected, openings),
        prices,
        bound,
        figures_of(edges, openings, chosen, plain, curve),
    )


def expected_fills(applications: npt.ArrayLike, capacity: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """E min(capacity, Poisson(applications)) by vacancy: openings that are filled when suitable applications
    come one by one, independently.
    """
    return np.array(
        [
            _filled(c, a)
            for a, c in zip(np.asarray(applications, np.float64), openings_of(capacity), strict=True)
        ],
        np.float64,
    )


def trust_of(values: npt.ArrayLike, error_sd: float) -> float:
    """How far estimated p or q can be told from noise: 1 - error variance ÷ variance of their logits, at
    least 0.

    values     estimates, each within 0 to 1, over the candidates
    error_sd   standard deviation of estimated minus true logit, from the calibration; 0 or more

    0 where all values are equal: then they tell nothing of one candidate against another.
    """
    if not (math.isfinite(error_sd) and error_sd >= 0):
        raise InputError(f"error_sd is {error_sd}, not 0 or more", field="error_sd")
    share = np.asarray(values, np.float64)
    if np.any(~((share >= 0) & (share <= 1))):
        raise InputError("an estimate is not within 0 to 1", field="values")
    share = np.clip(share, 1e-6, 1 - 1e-6)
    variance = float(np.var(np.log(share / (1 - share)))) if len(share) else 0.0
    return max(0.0, 1.0 - error_sd**2 / variance) if variance > 1e-12 else 0.0


def _frank_wolfe(
    spread: Spread,
    edges: Edges,
    worth: npt.NDArray[np.float64],
    openings: npt.NDArray[np.int64],
    trust: float,
    curve: npt.NDArray[np.float64],
    rounds: int,
    lot: npt.NDArray[np.uint64],
) -> npt.NDArray[np.int64]:
    """Lists (n, k) as positions of edges. The average of the rounds is a mixture of lists; each person keeps
    the list of one round, drawn with its weight in the average, and the last passes mend what chance did.
    """
    k, m = len(curve), len(openings)
    slope = np.where(openings > 0, 1.0, -1.0)
    bend = np.zeros(m)
    chosen = np.full((len(edges), k), -1, np.int64)
    average = np.zeros(m)
    total = np.zeros(m, np.int64)
    for turn in range(rounds):
        step = 2.0 / (turn + 2.0)
        best = best_lists(spread, edges, worth, slope, k)
        total[:] = 0
        count_applications(edges.indptr, edges.vacancy, worth, best, curve, total)
        average += step * (total / UNIT - average)
        keep_round(chosen, best, lot, turn, step)
        slopes_at(openings, average, trust, slope, bend)
    sweep(edges, worth, openings, trust, curve, lot, chosen)
    return chosen


def sweep(
    edges: Edges,
    worth: npt.NDArray[np.float64],
    openings: npt.NDArray[np.int64],
    trust: float,
    curve: npt.NDArray[np.float64],
    lot: npt.NDArray[np.uint64],
    chosen: npt.NDArray[np.int64],
) -> None:
    """The finishing sweeps, in place: one by one, in the order of the lots, whoever gains by another list
    takes it.
    """
    slope, bend = np.where(openings > 0, 1.0, -1.0), np.zeros(len(openings))
    total = np.zeros(len(openings), np.int64)
    count_applications(edges.indptr, edges.vacancy, worth, chosen, curve, total)
    slopes_at(openings, total / UNIT, trust, slope, bend)
    order = np.argsort(lot)
    for _ in range(_SWEEPS):
        changed = _mend(
            order, edges.indptr, edges.vacancy, worth, openings, trust, curve, chosen, total, slope, bend
        )
        if changed * 1000 <= len(edges):
            break


def prices_of(
    openings: npt.NDArray[np.int64], applications: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The chance (m,) that one opening more would be filled too."""
    slopes = [_slope(c + 1, a, 1) for c, a in zip(openings, applications, strict=True)]
    return 1.0 - np.array(slopes, np.float64)


def bound_of(
    spread: Spread,
    edges: Edges,
    worth: npt.NDArray[np.float64],
    openings: npt.NDArray[np.int64],
    applications: npt.NDArray[np.float64],
    curve: npt.NDArray[np.float64],
) -> float:
    """The tangent plane at these applications, at its highest point: above every concave objective."""
    slope, bend = np.where(openings > 0, 1.0, -1.0), np.zeros(len(openings))
    slopes_at(openings, applications, 1.0, slope, bend)
    total = np.zeros(len(openings), np.int64)
    count_applications(
        edges.indptr, edges.vacancy, worth, best_lists(spread, edges, worth, slope, len(curve)), curve, total
    )
    gain = np.where(openings > 0, slope * (total / UNIT - applications), 0.0)
    return float(expected_fills(applications, openings).sum() + gain.sum())


def believed_worth(
    worth: npt.NDArray[np.float64], score: npt.NDArray[np.float32], trust: float
) -> npt.NDArray[np.float64]:
    """p·q as it is believed: its logarithm mixed with that of the score, both at the same mean."""
    if trust >= 1.0:
        return worth
    ours = np.log(np.maximum(worth, _FLOOR))
    plain = np.log(np.maximum(score.astype(np.float64), _FLOOR))
    plain += _mean(ours) - _mean(plain)
    return np.minimum(np.exp(trust * ours + (1.0 - trust) * plain), 1.0)


def _mean(values: npt.NDArray[np.float64]) -> float:
    """The mean in whole 2^-24, which no order of the rows changes."""
    return int(np.rint(values * 2.0**24).astype(np.int64).sum()) / 2.0**24 / len(values)


def _deviation(values: npt.NDArray[np.float64]) -> float:
    """The standard deviation, 1 where all are equal."""
    return math.sqrt(max(_mean(values**2) - _mean(values) ** 2, 0.0)) or 1.0


class Spread:
    """Runs a function over chunks of rows on some threads."""

    def __init__(self, threads: int) -> None:
        if threads < 0:
            raise InputError(f"threads is {threads}, not 0 or more", field="threads")
        self.workers = threads or os.cpu_count() or 1

    def __call__(self, part: Callable[[int, int], object], n: int) -> None:
        chunks = [(first, min(first + _CHUNK, n)) for first in range(0, n, _CHUNK)]
        if self.workers == 1 or len(chunks) < 2:
            for chunk in chunks:
                part(*chunk)
            return
        with ThreadPoolExecutor(min(self.workers, len(chunks))) as pool:
            for _ in pool.map(lambda chunk: part(*chunk), chunks):
                pass


def best_lists(
    spread: Spread,
    edges: Edges,
    worth: npt.NDArray[np.float64],
    slope: npt.NDArray[np.float64],
    k: int,
) -> npt.NDArray[np.int64]:
    """Each row's k edges (n, k) with the largest worth · slope; edges with a slope below 0 are left out."""
    best = np.full((len(edges), k), -1, np.int64)
    spread(lambda a, b: best_rows(a, b, edges.indptr, edges.vacancy, worth, slope, best), len(edges))
    return best


def ids_of(vacancy: npt.NDArray[np.int32], slots: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Positions of edges -> vacancies, -1 kept."""
    if not len(vacancy):
        return np.full(slots.shape, -1, np.int32)
    return np.where(slots < 0, -1, vacancy[slots]).astype(np.int32)


def figures_of(
    edges: Edges,
    openings: npt.NDArray[np.int64],
    chosen: npt.NDArray[np.int64],
    plain: npt.NDArray[np.int64],
    curve: npt.NDArray[np.float64],
) -> Figures:
    ones = np.ones(len(edges.vacancy))
    total = np.zeros(len(openings), np.int64)
    count_applications(edges.indptr, edges.vacancy, ones, chosen, curve, total)
    shown = openings > 0
    exposure, weight = (total / UNIT)[shown], openings[shown]
    if not len(exposure) or exposure.sum() <= 0:
        return Figures(None, None, None, 0.0 if len(exposure) else None, None)
    best = np.sort(exposure)[::-1]
    kept, most = (_scored(slots, edges.score, curve) for slots in (chosen, plain))
    return Figures(
        gini=_gini(exposure, np.ones(len(exposure))),
        gini_opening=_gini(exposure / weight, weight.astype(np.float64)),
        top_share=float(best[: math.ceil(len(best) / 100)].sum() / best.sum()),
        coverage=float((exposure > 0).mean()),
        score_kept=kept / most if most > 0 else None,
    )


def _gini(values: npt.NDArray[np.float64], weight: npt.NDArray[np.float64]) -> float:
    """Gini of values, each counted `weight` times."""
    order = np.argsort(values, kind="stable")
    people = np.concatenate([[0.0], np.cumsum(weight[order])])
    held = np.concatenate([[0.0], np.cumsum((values * weight)[order])])
    area = float((np.diff(people) * (held[1:] + held[:-1])).sum())
    return 1.0 - area / float(people[-1] * held[-1])


def _scored(
    slots: npt.NDArray[np.int64], score: npt.NDArray[np.float32], curve: npt.NDArray[np.float64]
) -> float:
    """Σ exam · score over the lists, the same in any order of the rows."""
    values = np.where(slots < 0, 0.0, score[slots].astype(np.float64)) * curve
    return int(np.rint(values * 2.0**30).astype(np.int64).sum()) / 2.0**30


# ---- compiled; s jobseeker, v vacancy, e position of an edge, r rank from 0, c openings, a applications


@compiled
def _tails(c: int, a: float) -> tuple[float, float]:
    """P(Poisson(a) < c) and P(Poisson(a) = c - 1). Sums the shorter tail, so nothing cancels."""
    if c <= 0:
        return 0.0, 0.0
    if a <= 0.0:
        return 1.0, 1.0 if c == 1 else 0.0
    if c == 1:
        only = math.exp(-a)
        return only, only
    last = math.exp((c - 1) * math.log(a) - a - math.lgamma(float(c)))
    if a > c:
        total, term = 0.0, last
        m = c - 1
        while m >= 0 and term > total * 1e-17:
            total += term
            term *= m / a
            m -= 1
        return min(total, 1.0), last
    total, term = 0.0, last * a / c
    m = c
    while term > 1e-18:
        total += term
        m += 1
        term *= a / m
    return max(1.0 - total, 0.0), last


@compiled
def _filled(c: int, a: float) -> float:
    """E min(c, Poisson(a))."""
    if c <= 0 or a <= 0.0:
        return 0.0
    below, last = _tails(c, a)
    return min(a * (below - last) + c * (1.0 - below), a, float(c))


@compiled
def _slope(c: int, a: float, trust: float) -> float:
    """f'(a) to the power of trust."""
    below, _ = _tails(c, a)
    if trust >= 1.0:
        return float(below)
    return float(max(below, 1e-12) ** trust)


@compiled
def _gain(c: int, low: float, high: float, trust: float) -> float:
    """Integral of `_slope` from low to high."""
    half, middle = 0.5 * (high - low), 0.5 * (high + low)
    ends = _slope(c, middle - half * _NODE, trust) + _slope(c, middle + half * _NODE, trust)
    return half * (_WEIGHT * ends + _MIDDLE * _slope(c, middle, trust))


@compiled
def slopes_at(openings: Any, applications: Any, trust: float, slope: Any, bend: Any) -> None:
    """f' to the power of trust into slope (-1 where there is no opening), its derivative into bend."""
    for v in range(len(openings)):
        if openings[v] > 0:
            below, last = _tails(openings[v], applications[v])
            below = max(below, 1e-12)
            slope[v] = below**trust if trust < 1.0 else below
            bend[v] = -trust * slope[v] / below * last


@compiled
def best_rows(first: int, last: int, indptr: Any, vacancy: Any, worth: Any, slope: Any, best: Any) -> None:
    k = best.shape[1]
    value = np.empty(k, np.float64)
    for s in range(first, last):
        size = 0
        for e in range(indptr[s], indptr[s + 1]):
            if slope[vacancy[e]] < 0.0:
                continue
            size = _insert(best[s], value, size, k, e, worth[e] * slope[vacancy[e]])


@compiled
def _insert(row: Any, value: Any, size: int, k: int, e: int, key: float) -> int:
    """Put edge e into a row sorted by falling key; an equal key goes behind, so the smaller vacancy leads."""
    if size == k and key <= value[k - 1]:
        return size
    r = size if size < k else k - 1
    while r > 0 and value[r - 1] < key:
        value[r] = value[r - 1]
        row[r] = row[r - 1]
        r -= 1
    value[r] = key
    row[r] = e
    return min(size + 1, k)


@compiled
def _share(curve: float, worth: float) -> int:
    """An expected application in whole 2^-36."""
    return int(curve * worth * UNIT + 0.5)


@compiled
def count_applications(indptr: Any, vacancy: Any, worth: Any, chosen: Any, curve: Any, total: Any) -> None:
    """Add the expected applications of all lists to total (m,) int64."""
    for s in range(chosen.shape[0]):
        for r in range(chosen.shape[1]):
            e = chosen[s, r]
            if e >= 0:
                total[vacancy[e]] += _share(curve[r], worth[e])


@compiled
def keep_round(chosen: Any, best: Any, lot: Any, turn: int, step: float) -> None:
    """Take over this round's list with chance `step`, drawn from the lot and the round."""
    for s in range(chosen.shape[0]):
        x = mix(lot[s] + np.uint64(turn + 1))
        if (x >> np.uint64(11)) * (1.0 / 9007199254740992.0) < step:
            chosen[s, :] = best[s, :]


@compiled
def _mend(
    order: Any,
    indptr: Any,
    vacancy: Any,
    worth: Any,
    openings: Any,
    trust: float,
    curve: Any,
    chosen: Any,
    total: Any,
    slope: Any,
    bend: Any,
) -> int:
    """One pass over the people in the given order: who gains by another list, takes it. Number of changes.

    total        (m,) int64 applications by the present lists, kept up to date with slope and bend
    """
    k = len(curve)
    middle = curve.mean()
    value = np.empty(k, np.float64)
    new = np.empty(k, np.int64)
    changed = 0
    for s in order:
        old = chosen[s]
        start = indptr[s]
        own = np.zeros(indptr[s + 1] - start, np.int64)
        for r in range(k):
            if old[r] >= 0:
                own[old[r] - start] = _share(curve[r], worth[old[r]])
        new[:] = -1
        size = 0
        for e in range(start, indptr[s + 1]):
            v = vacancy[e]
            if slope[v] < 0.0:
                continue
            # slope half-way along the own share, with the present share taken away
            here = slope[v] + bend[v] * (0.5 * middle * worth[e] - own[e - start] / UNIT)
            size = _insert(new, value, size, k, e, worth[e] * min(max(here, 0.0), 1.0))
        same = True
        for r in range(k):
            same = same and new[r] == old[r]
        if same:
            continue
        gain = 0.0
        for r in range(k):
            e = old[r]
            if e >= 0:
                v = vacancy[e]
                there = total[v] / UNIT
                gain -= _gain(openings[v], there - own[e - start] / UNIT, there, trust)
        for r in range(k):
            e = new[r]
            if e >= 0:
                v = vacancy[e]
                without = (total[v] - own[e - start]) / UNIT
                gain += _gain(openings[v], without, without + _share(curve[r], worth[e]) / UNIT, trust)
        if gain <= 1e-9:
            continue
        changed += 1
        for r in range(k):
            if old[r] >= 0:
                total[vacancy[old[r]]] -= own[old[r] - start]
        for r in range(k):
            if new[r] >= 0:
                total[vacancy[new[r]]] += _share(curve[r], worth[new[r]])
        for lists in (old, new):
            for r in range(k):
                if lists[r] >= 0:
                    v = vacancy[lists[r]]
                    below, last = _tails(openings[v], total[v] / UNIT)
                    below = max(below, 1e-12)
                    slope[v] = below**trust if trust < 1.0 else below
                    bend[v] = -trust * slope[v] / below * last
        chosen[s, :] = new
    return changed
