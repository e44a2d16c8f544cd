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


def compiled(function: _F) -> _F:
    """numba's njit with the type of the function kept; compiled once a machine, then read from its cache."""
    return cast(_F, njit(cache=True, nogil=True)(function))


__all__ = ["bit_count", "compiled", "pair_terms", "reasons", "search"]

BLOCK = 64  #: most rows of a block; a row's place in it fits a byte

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


@compiled
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


@compiled
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


@compiled
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


@compiled
def bit_count(x: Any) -> Any:
    """Bits that are set in a uint64."""
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (x * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled
def search(
    asked: Any,
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
    order: Any,
    start: Any,
    bits: Any,
    before: Any,
    base: Any,
    first: Any,
    local: Any,
    posting: Any,
    by_skill: Any,
    block: Any,
    most: Any,
    level: Any,
    sure: Any,
    reach: Any,
    r_occ: Any,
    r_conf: Any,
    r_region: Any,
    r_remote: Any,
    r_edu: Any,
    r_exp: Any,
    r_pay: Any,
    shut: Any,
    offset: int,
    near: Any,
    weights: Any,
    limit: float,
    k: int,
    best: Any,
    score: Any,
    opened: Any,
) -> None:
    """Bring the k best of the other side into best (n, k) int32 and score (n, k) float64, for the asked rows.

    order             (others,) int32 row that stands at each place of the other side's columns
    start … sure      see `Blocks`
    reach             (places + 1, b) float32, see `region_bounds`; (0, b) where places do not count
    shut              (others,) bool, places that are passed over
    offset            number of the other side's row 0 in `best`; what `best` holds before is kept and beaten
    limit             most that the skill term can be
    opened            (1,) int64, blocks that were looked into are added
    """
    b_count = len(start) - 1
    width = len(by_skill) - 1
    bound = np.zeros(b_count, np.float32)
    occupied = np.zeros(b_count, np.float32)
    shared = np.zeros(BLOCK, np.float32)
    wanted = np.empty(2 * b_count, np.int64)
    place_of = np.empty(b_count, np.uint8)
    tally = np.empty(64, np.int64)
    terms = np.zeros(6, np.float64)
    heap_score = np.empty(k, np.float64)
    heap_row = np.empty(k, np.int64)
    w_skill, w_occ, w_place = np.float32(weights[0]), np.float32(weights[1]), np.float32(weights[2])
    rest = np.float32(weights[3] + weights[4] + weights[5])
    most_skill = np.float32(limit)
    # nothing but skills counts, and no occupation makes a pair matter
    alone = weights[0] == 1.0 and len(sure) == 0
    steps = (np.float32(_N1), np.float32(_N2), np.float32(_N3), np.float32(_N4))
    for a in range(len(asked)):
        q = asked[a]
        # what each block can reach at most
        bound[:] = np.float32(0.0)
        occupied[:] = np.float32(0.0)
        for e in range(q_ptr[q], q_ptr[q + 1]):
            skill = q_skill[e]
            if skill < width:
                w = q_weight[e]
                for p in range(by_skill[skill], by_skill[skill + 1]):
                    bound[block[p]] += w * most[p]
        for i in range(q_occ.shape[1]):
            code = q_occ[q, i]
            if code < 0:
                break
            for d in range(4):
                row = level[d, code]
                if row >= 0:
                    f = steps[d] * q_conf[q, i]
                    line = sure[row]
                    for c in range(b_count):
                        occupied[c] = max(occupied[c], f * line[c])
        place = q_region[q] if q_region[q] >= 0 else reach.shape[0] - 1
        counted = reach.shape[0] > 0
        home = reach[place] if counted and not q_remote[q] else occupied
        fixed = rest if counted and not q_remote[q] else rest + w_place
        by_place = w_place if counted and not q_remote[q] else np.float32(0.0)
        for c in range(b_count):
            # below 0 where nothing of the block can matter, else a hair above: no rounding drops a tie
            total = w_skill * min(bound[c], most_skill) + w_occ * occupied[c] + by_place * home[c] + fixed
            total = total * np.float32(1.00001) + np.float32(1e-6)
            bound[c] = total if bound[c] > 0 or occupied[c] > 0 else np.float32(-1.0)
        # what is held already
        size = 0
        for slot in range(k):
            if best[q, slot] < 0:
                break
            size = _push(heap_score, heap_row, size, np.float64(score[q, slot]), best[q, slot])
        top = 0
        for c in range(b_count):
            if bound[c] > bound[top]:
                top = c
        turn, count = -1, 0
        while turn < count:
            if turn < 0:
                b = top
                if b_count == 0 or bound[top] < 0:
                    break
            else:
                b = wanted[turn]
            if size < k or bound[b] >= heap_score[0]:
                begin = start[b]
                rows = start[b + 1] - begin
                for i in range(rows):
                    shared[i] = np.float32(0.0)
                for e in range(q_ptr[q], q_ptr[q + 1]):
                    skill = q_skill[e]
                    if skill >= width:
                        break
                    word = bits[b, skill >> 6]
                    bit = np.uint64(1) << np.uint64(skill & 63)
                    if word & bit:
                        entry = (
                            base[b] + before[b, skill >> 6] + np.int64(bit_count(word & (bit - np.uint64(1))))
                        )
                        w = q_weight[e]
                        for p in range(first[entry], first[entry + 1]):
                            shared[local[p]] += w * posting[p]
                # a row with fewer skills than `need` cannot enter, whatever its other terms
                need = np.float32(-1.0)
                if size == k and weights[0] > 0:
                    others = w_occ * occupied[b] + by_place * home[b] + fixed
                    need = np.float32((heap_score[0] - others * 1.00001 - 2e-6) / weights[0])
                    need -= np.float32(1e-5) * abs(need)
                reaching = 0
                for i in range(rows):
                    reaching += shared[i] >= need
                i = 0
                while reaching > 0:
                    while shared[i] < need:
                        i += 1
                    skills = shared[i]
                    r = begin + i
                    i += 1
                    reaching -= 1
                    if shut[r]:
                        continue
                    terms[0] = min(np.float64(skills), limit)
                    if alone:
                        if skills <= 0:
                            continue
                        total = weights[0] * terms[0]
                    else:
                        occupation = -1.0
                        for x in range(q_occ.shape[1]):
                            if q_occ[q, x] < 0:
                                break
                            for y in range(r_occ.shape[1]):
                                if r_occ[r, y] < 0:
                                    break
                                nearness = _nearness(q_occ[q, x], r_occ[r, y])
                                occupation = max(occupation, nearness * q_conf[q, x] * r_conf[r, y])
                        if skills <= 0 and occupation <= 0:
                            continue
                        if seekers_asked:
                            _other_terms(
                                occupation, q_region[q], r_region[r], q_remote[q] or r_remote[r], q_edu[q],
                                r_edu[r], q_exp[q], r_exp[r], q_pay[q], r_pay[r], near, terms,
                            )  # fmt: skip
                        else:
                            _other_terms(
                                occupation, r_region[r], q_region[q], q_remote[q] or r_remote[r], r_edu[r],
                                q_edu[q], r_exp[r], q_exp[q], r_pay[r], q_pay[q], near, terms,
                            )  # fmt: skip
                        total = 0.0
                        for t in range(6):
                            total += weights[t] * terms[t]
                    row = offset + order[r]
                    if size < k:
                        size = _push(heap_score, heap_row, size, total, row)
                    elif total > heap_score[0] or (total == heap_score[0] and row < heap_row[0]):
                        _sift(heap_score, heap_row, size, total, row)
                opened[0] += 1
            if turn < 0:
                least = np.float32(heap_score[0]) if size == k else np.float32(0.0)
                count = _by_bound(bound, least, top, wanted, place_of, tally)
            turn += 1
        for slot in range(size - 1, -1, -1):
            best[q, slot] = heap_row[0]
            score[q, slot] = heap_score[0]
            size -= 1
            if size:
                _sift(heap_score, heap_row, size, heap_score[size], heap_row[size])


@compiled
def _push(heap_score: Any, heap_row: Any, size: int, total: float, row: int) -> int:
    """Add to a heap with the worst on top: worse is a lower score, or the same score and a larger row."""
    i = size
    while i > 0:
        up = (i - 1) // 2
        if heap_score[up] > total or (heap_score[up] == total and heap_row[up] < row):
            heap_score[i] = heap_score[up]
            heap_row[i] = heap_row[up]
            i = up
        else:
            break
    heap_score[i] = total
    heap_row[i] = row
    return size + 1


@compiled
def _by_bound(bound: Any, least: Any, top: int, wanted: Any, level: Any, tally: Any) -> int:
    """Blocks other than `top` with a bound of at least `least` into `wanted`, from the highest of 64 levels
    down; how many.
    """
    high = bound[top]
    span = np.float32(len(tally) - 1) / max(high - least, np.float32(1e-9))
    tally[:] = 0
    count = 0
    for c in range(len(bound)):
        if bound[c] >= least and c != top:
            rung = np.int64((high - bound[c]) * span)
            wanted[len(wanted) - 1 - count] = c
            level[c] = rung
            tally[rung] += 1
            count += 1
    below = 0
    for step in range(len(tally)):
        here = tally[step]
        tally[step] = below
        below += here
    # the unsorted ones stand at the end of `wanted`; there are two places for each block
    for x in range(count):
        c = wanted[len(wanted) - 1 - x]
        wanted[tally[level[c]]] = c
        tally[level[c]] += 1
    return count


@compiled
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


@compiled
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


@compiled
def reasons(
    s_ptr: Any,
    s_skill: Any,
    v_ptr: Any,
    v_skill: Any,
    v_weight: Any,
    s_occ: Any,
    v_occ: Any,
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
    distances: bool,
    pairs: Any,
    terms: Any,
    weights: Any,
    shown: int,
    steps: int,
    least: float,
    counts: Any,
    unknown: Any,
    shared: Any,
    missing: Any,
    kind: Any,
    detail: Any,
    after: Any,
) -> None:
    """What is said of given pairs, packed one behind the other; how many of each pair in counts (4, pairs).

    unknown   terms that are neutral because one of the two says nothing
    shared    asked skills that are shown, by falling weight, at most `shown`; missing: those not shown
    kind      at most `steps` steps by falling gain, above `least`: the term, or 6 and the skill in `detail`
    after     the score after it, float32
    """
    own = np.zeros(len(terms[0]), np.bool_)
    gain = np.zeros(shown + 6, np.float64)
    lack = np.zeros(shown, np.int32)
    a_at, b_at, c_at, d_at = 0, 0, 0, 0
    for p in range(len(pairs)):
        s, v = pairs[p, 0], pairs[p, 1]
        own[0] = s_ptr[s] == s_ptr[s + 1] or v_ptr[v] == v_ptr[v + 1]
        own[1] = s_occ[s, 0] < 0 or v_occ[v, 0] < 0
        own[2] = not (s_remote[s] or v_remote[v]) and (not distances or s_region[s] < 0 or v_region[v] < 0)
        own[3] = s_edu[s] < 0 or v_edu[v] < 0
        own[4] = v_exp[v] < 0 or (s_exp[s] < 0 and v_exp[v] > 0)
        own[5] = not s_pay[s] > 0 or np.isnan(v_pay[v])
        for t in range(6):
            if own[t]:
                unknown[a_at] = t
                a_at += 1
                counts[0, p] += 1
        size = v_ptr[v + 1] - v_ptr[v]
        order = np.empty(size, np.int64)
        for i in range(size):
            e = v_ptr[v] + i
            j = i
            while j > 0 and v_weight[order[j - 1]] < v_weight[e]:
                order[j] = order[j - 1]
                j -= 1
            order[j] = e
        gain[:] = 0.0
        for i in range(size):
            e = order[i]
            low, high = s_ptr[s], s_ptr[s + 1]
            while low < high:
                middle = (low + high) // 2
                if s_skill[middle] < v_skill[e]:
                    low = middle + 1
                else:
                    high = middle
            if low < s_ptr[s + 1] and s_skill[low] == v_skill[e]:
                if counts[1, p] < shown:
                    shared[b_at] = v_skill[e]
                    b_at += 1
                    counts[1, p] += 1
            elif counts[2, p] < shown:
                x = counts[2, p]
                lack[x] = v_skill[e]
                gain[x] = min(np.float64(v_weight[e]), 1.0 - terms[p, 0]) * weights[0]
                missing[c_at] = v_skill[e]
                c_at += 1
                counts[2, p] += 1
        # an occupation is no step that a person takes for a vacancy
        for t in range(2, 6):
            if not own[t]:
                gain[shown + t] = (1.0 - terms[p, t]) * weights[t]
        total = 0.0
        for t in range(6):
            total += terms[p, t] * weights[t]
        for _ in range(steps):
            best = 0
            for x in range(1, len(gain)):
                if gain[x] > gain[best]:
                    best = x
            if gain[best] <= least:
                break
            kind[d_at] = 6 if best < shown else best - shown
            detail[d_at] = lack[best] if best < shown else -1
            after[d_at] = total + gain[best]
            gain[best] = 0.0
            d_at += 1
            counts[3, p] += 1
