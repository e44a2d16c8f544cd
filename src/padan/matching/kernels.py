"""The compiled loops of matching (numba). Everything else in this room is NumPy.

`rank_pairs` gives each row of one side the k best rows of the other, exactly: for every row it accumulates
the shared-skill score over an inverted index, then looks at every row of the other side once. A pair matters
when it shares a skill or when the occupations are near; all such pairs count; one is passed over only when
its skills and occupation, with every other term at its best, cannot beat the k already found.

Sums run over skills in ascending order on both sides, so a pair has the same bits in both directions. Ties go
to the smaller row. No thread sees another's memory: the same result on any number of threads.

Short names in the loops: s jobseeker, v vacancy, q the row that is ranked for, r a row of the other side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

_F = TypeVar("_F", bound=Callable[..., Any])


def _compiled(function: _F) -> _F:
    """numba's njit with the type of the function kept; compiled once a machine, then read from its cache."""
    return cast(_F, njit(cache=True, nogil=True)(function))


__all__ = ["pair_terms", "rank_pairs", "shared_and_missing", "transpose"]

#: terms of a score, in the order of the arrays
TERMS = ("skills", "occupation", "region", "education", "experience", "pay")

# what a term counts when one of the two says nothing: neither in favour nor a bar
NEUTRAL_REGION = 0.5
NEUTRAL = 0.7
#: nearness of two occupations by the length of the common start of their unit groups: 0, 1, 2, 3, 4 digits.
#: Sums of few powers
#: of two, so that the product with two confidences (multiples of 1/1024) is exact in any order
NEARNESS = (0.0, 0.0625, 0.25, 0.625, 1.0)
_N0, _N1, _N2, _N3, _N4 = NEARNESS


@_compiled
def _nearness(a: int, b: int) -> float:
    """Nearness of two unit groups given as numbers."""
    if a == b:
        return _N4
    if a // 10 == b // 10:
        return _N3
    if a // 100 == b // 100:
        return _N2
    if a // 1000 == b // 1000:
        return _N1
    return _N0


@_compiled
def _occupation(so: Any, sc: Any, vo: Any, vc: Any) -> float:
    """Best nearness of the person's occupations to the vacancy's, times both confidences; -1 where one has
    none.
    """
    best = -1.0
    for i in range(so.shape[0]):
        if so[i] < 0:
            break
        for j in range(vo.shape[0]):
            if vo[j] < 0:
                break
            best = max(best, _nearness(so[i], vo[j]) * sc[i] * vc[j])
    return best


@_compiled
def _other_terms(
    occupation: float,
    sr: int,
    vr: int,
    remote: bool,
    se: int,
    ve: int,
    sx: int,
    vx: int,
    sp: float,
    vp: float,
    near: Any,
    out: Any,
) -> None:
    """Terms 1..5 into `out`; term 0 (skills) is the caller's."""
    out[1] = max(occupation, 0.0)
    if remote:
        out[2] = 1.0
    elif sr < 0 or vr < 0:
        out[2] = NEUTRAL_REGION
    else:
        out[2] = near[sr, vr]
    if se < 0 or ve < 0:
        out[3] = NEUTRAL
    else:
        gap = ve - se
        out[3] = 1.0 if gap <= 0 else (0.4 if gap == 1 else 0.1)
    if vx < 0:
        out[4] = NEUTRAL
    elif sx < 0:
        out[4] = 1.0 if vx == 0 else NEUTRAL * 0.7
    else:
        out[4] = 1.0 if sx >= vx else sx / vx
    if np.isnan(sp) or np.isnan(vp) or sp <= 0:
        out[5] = NEUTRAL
    else:
        out[5] = 1.0 if vp >= sp else (vp / sp) * (vp / sp)


@_compiled
def transpose(indptr: Any, skill: Any, weight: Any, width: int) -> Any:
    """CSR rows by owner -> rows by skill: (indptr (width+1,), owner, weight), owners ascending."""
    count = np.zeros(width + 1, np.int64)
    for e in range(len(skill)):
        count[skill[e] + 1] += 1
    for c in range(width):
        count[c + 1] += count[c]
    place = count[:-1].copy()
    owner = np.empty(len(skill), np.int32)
    value = np.empty(len(skill), np.float32)
    for row in range(len(indptr) - 1):
        for e in range(indptr[row], indptr[row + 1]):
            at = place[skill[e]]
            owner[at] = row
            value[at] = weight[e]
            place[skill[e]] = at + 1
    return count, owner, value


@_compiled
def rank_pairs(
    first: int,
    last: int,
    seekers_asked: bool,
    q_ptr: Any,
    q_skill: Any,
    q_weight: Any,
    q_occ: Any,
    q_conf: Any,
    q_region: Any,
    q_remote: Any,
    q_edu: Any,
    q_exp: Any,
    q_pay: Any,
    r_ptr: Any,
    r_owner: Any,
    r_weight: Any,
    r_occ: Any,
    r_conf: Any,
    r_region: Any,
    r_remote: Any,
    r_edu: Any,
    r_exp: Any,
    r_pay: Any,
    codes: Any,
    near: Any,
    weights: Any,
    k: int,
    best: Any,
    score: Any,
) -> None:
    """Fill best (n, k) int32 and score (n, k) float32 for rows first..last-1 of the asked side.

    r_ptr, r_owner, r_weight   the other side's skills by skill (see `transpose`)
    r_occ                      (others, ·) int32 rows of `codes`, -1 where there is none
    codes                      (c,) int32 unit groups that the other side has
    near                       (regions, regions) float32, region term of two places
    weights                    (6,) float64, of the terms
    """
    others = r_occ.shape[0]
    width = len(r_ptr) - 1
    shared = np.zeros(others, np.float32)
    touched = np.zeros(others, np.bool_)
    # per asked row: its nearness to each code of the other side, times its confidence
    to_code = np.zeros(len(codes) + 1, np.float64)
    terms = np.zeros(6, np.float64)
    # a hair above the sum, so that rounding never drops a pair that ties
    rest = (weights[2] + weights[3] + weights[4] + weights[5]) * (1.0 + 1e-12) + 1e-12
    heap_score = np.empty(k, np.float64)
    heap_row = np.empty(k, np.int64)
    for q in range(first, last):
        shared[:] = 0.0
        touched[:] = False
        for e in range(q_ptr[q], q_ptr[q + 1]):
            skill = q_skill[e]
            if skill >= width:
                continue
            w = q_weight[e]
            for p in range(r_ptr[skill], r_ptr[skill + 1]):
                shared[r_owner[p]] += w * r_weight[p]
                touched[r_owner[p]] = True
        for c in range(len(codes)):
            to_code[c] = 0.0
            for i in range(q_occ.shape[1]):
                if q_occ[q, i] < 0:
                    break
                to_code[c] = max(to_code[c], _nearness(q_occ[q, i], codes[c]) * q_conf[q, i])
        size = 0
        for r in range(others):
            occupation = 0.0
            for j in range(r_occ.shape[1]):
                if r_occ[r, j] < 0:
                    break
                occupation = max(occupation, to_code[r_occ[r, j]] * r_conf[r, j])
            if not touched[r] and occupation <= 0.0:
                continue
            if size == k:
                # with every other term at its best the pair must still beat the worst that is kept
                most = weights[0] * min(shared[r], np.float32(1.0)) + weights[1] * occupation + rest
                if most < heap_score[0]:
                    continue
            if seekers_asked:
                _other_terms(
                    occupation,
                    q_region[q],
                    r_region[r],
                    q_remote[q] or r_remote[r],
                    q_edu[q],
                    r_edu[r],
                    q_exp[q],
                    r_exp[r],
                    q_pay[q],
                    r_pay[r],
                    near,
                    terms,
                )
            else:
                _other_terms(
                    occupation,
                    r_region[r],
                    q_region[q],
                    q_remote[q] or r_remote[r],
                    r_edu[r],
                    q_edu[q],
                    r_exp[r],
                    q_exp[q],
                    r_pay[r],
                    q_pay[q],
                    near,
                    terms,
                )
            terms[0] = min(shared[r], np.float32(1.0))
            total = 0.0
            for t in range(6):
                total += weights[t] * terms[t]
            # a heap of k with the worst on top: worse is a lower score, or the same score and a larger row
            if size < k:
                i = size
                size += 1
                while i > 0:
                    up = (i - 1) // 2
                    if heap_score[up] > total or (heap_score[up] == total and heap_row[up] < r):
                        heap_score[i] = heap_score[up]
                        heap_row[i] = heap_row[up]
                        i = up
                    else:
                        break
                heap_score[i] = total
                heap_row[i] = r
            elif total > heap_score[0]:
                _sift(heap_score, heap_row, size, total, r)
        for slot in range(size - 1, -1, -1):
            best[q, slot] = heap_row[0]
            score[q, slot] = heap_score[0]
            size -= 1
            if size:
                _sift(heap_score, heap_row, size, heap_score[size], heap_row[size])


@_compiled
def _sift(heap_score: Any, heap_row: Any, size: int, total: float, row: int) -> None:
    """Put (total, row) in the place of the worst of a heap of `size` and mend the heap."""
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        other = child + 1
        if other < size and (
            heap_score[other] < heap_score[child]
            or (heap_score[other] == heap_score[child] and heap_row[other] > heap_row[child])
        ):
            child = other
        if heap_score[child] < total or (heap_score[child] == total and heap_row[child] > row):
            heap_score[i] = heap_score[child]
            heap_row[i] = heap_row[child]
            i = child
        else:
            break
    heap_score[i] = total
    heap_row[i] = row


@_compiled
def pair_terms(
    s_ptr: Any,
    s_skill: Any,
    s_weight: Any,
    v_ptr: Any,
    v_skill: Any,
    v_weight: Any,
    s_occ: Any,
    s_conf: Any,
    v_occ: Any,
    v_conf: Any,
    s_region: Any,
    v_region: Any,
    s_remote: Any,
    v_remote: Any,
    s_edu: Any,
    v_edu: Any,
    s_exp: Any,
    v_exp: Any,
    s_pay: Any,
    v_pay: Any,
    near: Any,
    pairs_s: Any,
    pairs_v: Any,
    out: Any,
) -> None:
    """The six terms of given pairs into out (pairs, 6): what `rank_pairs` used, for the explanation."""
    for p in range(len(pairs_s)):
        s = pairs_s[p]
        v = pairs_v[p]
        a = s_ptr[s]
        b = v_ptr[v]
        shared = np.float32(0.0)
        while a < s_ptr[s + 1] and b < v_ptr[v + 1]:
            if s_skill[a] == v_skill[b]:
                shared += s_weight[a] * v_weight[b]
                a += 1
                b += 1
            elif s_skill[a] < v_skill[b]:
                a += 1
            else:
                b += 1
        occupation = _occupation(s_occ[s], s_conf[s], v_occ[v], v_conf[v])
        _other_terms(
            occupation,
            s_region[s],
            v_region[v],
            s_remote[s] or v_remote[v],
            s_edu[s],
            v_edu[v],
            s_exp[s],
            v_exp[v],
            s_pay[s],
            v_pay[v],
            near,
            out[p],
        )
        out[p, 0] = min(shared, np.float32(1.0))


@_compiled
def shared_and_missing(
    s_ptr: Any,
    s_skill: Any,
    v_ptr: Any,
    v_skill: Any,
    v_weight: Any,
    v_order: Any,
    pairs_s: Any,
    pairs_v: Any,
    shared: Any,
    missing: Any,
    lacking: Any,
) -> None:
    """For given pairs the heaviest asked skills that are shown and that are not: shared, missing (pairs, top)
    int32, -1 beyond.

    v_order   (nnz,) positions of each vacancy's entries by descending weight
    lacking   (pairs, top) float32, weights of `missing`
    """
    top = shared.shape[1]
    for p in range(len(pairs_s)):
        s = pairs_s[p]
        v = pairs_v[p]
        a = 0
        b = 0
        for o in range(v_ptr[v], v_ptr[v + 1]):
            e = v_order[o]
            low = s_ptr[s]
            high = s_ptr[s + 1]
            while low < high:
                middle = (low + high) // 2
                if s_skill[middle] < v_skill[e]:
                    low = middle + 1
                else:
                    high = middle
            if low < s_ptr[s + 1] and s_skill[low] == v_skill[e]:
                if a < top:
                    shared[p, a] = v_skill[e]
                    a += 1
            elif b < top:
                missing[p, b] = v_skill[e]
                lacking[p, b] = v_weight[e]
                b += 1
