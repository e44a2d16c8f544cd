"""The side that is searched, in blocks whose best possible score is known before they are opened.

Rows that are alike stand together: in the order of their occupation and place, or, where only skills are
known, of the group of skills that they are nearest to. Each run of at most 64 rows is a block. For a block
and a skill the largest weight is known, for a block and an occupation the largest confidence, for a block and
a place the best region term. Summed, they bound the score of every row of the block. Whoever is asked for
opens the blocks from the best bound on and stops when the next bound lies below the k-th score found: exact,
and most of the market is never looked at.

Within a block the skills are a bitmap with counts, so a skill's rows are found by one look and one count of
bits. Everything is flat arrays: they can be stored, memory-mapped and sent to another machine as they are.

Source: block-max pruning of inverted files (Ding and Suel, SIGIR 2011), here on blocks of similar rows. Own
layout; checked against brute force in tests/matching/test_rank.py and test_index.py.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from padan.errors import ShapeError
from padan.matching.features import UNKNOWN, Side, SkillRows
from padan.matching.kernels import BLOCK, NEUTRAL_REGION, bit_count, compiled

__all__ = [
    "BLOCK",
    "CODES",
    "Blocks",
    "blocks_of",
    "order_of",
    "region_bounds",
    "search_order",
    "skill_order",
]

CODES = 10_000  #: unit groups have four digits
_GROUPS = 192  #: groups of skills, where no occupation orders the rows
_SAMPLE = 24_000  #: rows from which the groups are found
_TURNS = 4  #: of finding them


@dataclass(frozen=True, slots=True)
class Blocks:
    """n rows in b blocks over w skills.

    start        (b+1,) int64 first row of each block
    bits         (b, ⌈w/64⌉) uint64 skills that some row of the block has
    before       (b, ⌈w/64⌉) int32 how many of them stand before each word
    base         (b+1,) int64 first entry of each block in `first`
    first        (entries+1,) int32 first posting of each (block, skill)
    local        (nnz,) uint8 row within the block; ascending within a skill
    weight       (nnz,) float32
    by_skill     (w+1,) int64 into `block`, `most`
    block, most  (entries,) int32, float32: blocks of each skill, and the largest weight there
    level        (4, 10000) int32 row of `sure` for the first 1 to 4 digits of a unit group, -1 where nobody
                 has them
    sure         (r, b) float32 largest confidence of the block in these digits
    """

    start: npt.NDArray[np.int64]
    bits: npt.NDArray[np.uint64]
    before: npt.NDArray[np.int32]
    base: npt.NDArray[np.int64]
    first: npt.NDArray[np.int32]
    local: npt.NDArray[np.uint8]
    weight: npt.NDArray[np.float32]
    by_skill: npt.NDArray[np.int64]
    block: npt.NDArray[np.int32]
    most: npt.NDArray[np.float32]
    level: npt.NDArray[np.int32]
    sure: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.start) - 1

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(int(getattr(self, f.name).nbytes) for f in fields(self))


def order_of(side: Side) -> npt.NDArray[np.int32]:
    """Rows of a side so that alike ones stand together: by occupation and place, else by skills."""
    known = side.occupation[:, 0] != UNKNOWN if len(side) else np.zeros(0, bool)
    if len(side) and known.mean() >= 0.5:
        # those without an occupation stand last, in an order of their own
        loose = np.flatnonzero(~known)
        head = np.flatnonzero(known)
        head = head[np.lexsort((head, side.region[head], side.occupation[head, 0]))]
        if len(loose) > BLOCK:
            loose = loose[skill_order(side.skills.take(loose))]
        return np.concatenate([head, loose]).astype(np.int32)
    return skill_order(side.skills)


def search_order(side: Side) -> npt.NDArray[np.int64]:
    """An order of asking in which neighbours open the same blocks; the result does not depend on it."""
    n = len(side)
    if n and side.occupation.shape[1] and (side.occupation[:, 0] != UNKNOWN).any():
        return np.lexsort((side.region, side.occupation[:, 0])).astype(np.int64)
    rows = side.skills
    if n < _GROUPS * BLOCK or not len(rows.skill) or _stand_well(rows):
        return np.arange(n)
    width = int(rows.skill.max()) + 1
    group = _groups(rows, _rarity(rows, width), np.arange(n, dtype=np.int32), _GROUPS)
    return np.argsort(group, kind="stable").astype(np.int64)


def _stand_well(rows: SkillRows) -> bool:
    """Whether neighbours share clearly more skills than rows that are far apart, on a sample of runs."""
    n, width = len(rows), int(rows.skill.max()) + 1
    firsts = np.linspace(0, n - BLOCK, 50).astype(np.int64)
    near = (firsts[:, None] + np.arange(BLOCK)).ravel().astype(np.int32)
    far = near.reshape(50, BLOCK).T.ravel()
    beside, apart = (_skills_a_block(rows.indptr, rows.skill, rows.weight, x, width) for x in (near, far))
    return beside < 0.8 * apart


def skill_order(rows: SkillRows) -> npt.NDArray[np.int32]:
    """Rows by the group of skills that they are nearest to, groups of groups; within a group as they stand.

    Spherical k-means on a sample, seeded, in two steps: up to 192 groups, then each into groups of the size
    of a block. Where the rows stand better as they are (fewer skills a block), they stay.
    """
    n = len(rows)
    given = np.arange(n, dtype=np.int32)
    if n <= BLOCK or not len(rows.skill):
        return given
    width = int(rows.skill.max()) + 1
    rare = _rarity(rows, width)
    group = _groups(rows, rare, given, min(_GROUPS, max(2, n // BLOCK)))
    order = np.argsort(group, kind="stable").astype(np.int32)
    ends = np.concatenate([[0], np.cumsum(np.bincount(group))])
    for first, last in pairwise(ends.tolist()):
        if last - first >= 2 * BLOCK:
            members = order[first:last]
            finer = _groups(rows, rare, members, min(_GROUPS, (last - first) // BLOCK))
            order[first:last] = members[np.argsort(finer, kind="stable")]
    as_given, as_found = (
        _skills_a_block(rows.indptr, rows.skill, rows.weight, x, width) for x in (given, order)
    )
    return given if as_given <= as_found else order


def _groups(
    rows: SkillRows, rare: npt.NDArray[np.float32], members: npt.NDArray[np.int32], groups: int
) -> npt.NDArray[np.int32]:
    """The group of each of the members."""
    n = len(members)
    pick = members[np.linspace(0, n - 1, min(n, _SAMPLE)).astype(np.int64)]
    seeds = np.random.default_rng(20).choice(len(pick), groups, replace=False)
    centre = np.zeros((len(rare), groups), np.float32)
    mine = np.full(len(pick), -1, np.int32)
    mine[seeds] = np.arange(groups)
    for _ in range(_TURNS):
        centre[:] = 0.0
        _add_up(rows.indptr, rows.skill, rows.weight, rare, pick, mine, centre)
        norm = np.sqrt(np.einsum("ij,ij->j", centre, centre, dtype=np.float64))
        centre /= np.maximum(norm, 1e-12).astype(np.float32)
        _nearest(rows.indptr, rows.skill, rows.weight, rare, pick, centre, mine)
    group = np.empty(n, np.int32)
    _nearest(rows.indptr, rows.skill, rows.weight, rare, members, centre, group)
    return group


def blocks_of(side: Side) -> Blocks:
    """Build the blocks of a side whose rows stand in the order of `order_of`; any order gives the same
    rankings, alike rows side by side give them sooner.

    Entries of weight 0 are left out. Work O(nnz + n), memory about 6 bytes a posting. Raises ShapeError for
    an occupation that is no unit group number.
    """
    rows, occupation = side.skills, side.occupation
    if occupation.size and int(occupation.max()) >= CODES:
        raise ShapeError(
            f"an occupation is {int(occupation.max())}, not a unit group of four digits", field="occupation"
        )
    start = _cut(occupation[:, 0])
    width = int(rows.skill.max(initial=-1)) + 1
    words = (width + 63) // 64
    b = len(start) - 1
    bits = np.zeros((b, words), np.uint64)
    before = np.zeros((b, words), np.int32)
    base = np.zeros(b + 1, np.int64)
    _mark(rows.indptr, rows.skill, rows.weight, start, bits, before, base)
    entries = int(base[-1])
    first = np.zeros(entries + 1, np.int32)
    kept = int(np.count_nonzero(rows.weight))
    if kept >= 2**31:
        raise ShapeError(f"{kept} skills in one index, at most 2,147,483,647", field="skill")
    local, weight = np.empty(kept, np.uint8), np.empty(kept, np.float32)
    skill_of, most = np.empty(entries, np.int32), np.zeros(entries, np.float32)
    _fill(rows.indptr, rows.skill, rows.weight, start, bits, base, first, local, weight, skill_of, most)
    by_skill = np.concatenate([[0], np.cumsum(np.bincount(skill_of, minlength=width))]).astype(np.int64)
    by = np.argsort(skill_of, kind="stable")
    block = np.repeat(np.arange(b, dtype=np.int32), np.diff(base))[by]
    level, sure = _levels(occupation, side.confidence, start)
    return Blocks(start, bits, before, base, first, local, weight, by_skill, block, most[by], level, sure)


def region_bounds(blocks: Blocks, side: Side, near: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(places + 1, b) best region term of each block for somebody in each place; the last row for somebody
    whose place is not known. near (places, places): from the asked to the other side.
    """
    out = np.zeros((len(near) + 1, len(blocks)), np.float32)
    _region_bounds(blocks.start, side.region, side.remote, near, out)
    return out


def _rarity(rows: SkillRows, width: int) -> npt.NDArray[np.float32]:
    """What everybody has tells nothing of a group."""
    df = np.bincount(rows.skill, minlength=width)
    return np.log1p(len(rows) / (1.0 + df)).astype(np.float32)


def _cut(group: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Borders of blocks: at most BLOCK rows, less where a unit group ends and the block is half full."""
    n = len(group)
    if n == 0:
        return np.zeros(1, np.int64)
    return np.asarray(_borders(group), np.int64)


def _levels(
    occupation: npt.NDArray[np.int32], confidence: npt.NDArray[np.float32], start: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    level = np.full((4, CODES), -1, np.int32)
    number = 0
    codes = np.unique(occupation[occupation >= 0])
    for digits in range(4):
        part = codes // 10 ** (3 - digits)
        found = np.unique(part)
        # every code of ten thousand finds its digits, also one that nobody has but whose group somebody has
        row = np.full(10 ** (digits + 1), -1, np.int32)
        row[found] = np.arange(number, number + len(found))
        level[digits] = row[np.arange(CODES) // 10 ** (3 - digits)]
        number += len(found)
    sure = np.zeros((number, len(start) - 1), np.float32)
    _most_sure(occupation, confidence, start, level, sure)
    return level, sure


# ---- compiled


@compiled
def _borders(group: Any) -> Any:
    out = [0]
    size = 0
    for i in range(len(group)):
        if size == BLOCK or (size >= BLOCK // 2 and group[i] != group[i - 1]):
            out.append(i)
            size = 0
        size += 1
    out.append(len(group))
    return np.array(out)


@compiled
def _mark(indptr: Any, skill: Any, weight: Any, start: Any, bits: Any, before: Any, base: Any) -> None:
    for b in range(len(start) - 1):
        for i in range(start[b], start[b + 1]):
            for e in range(indptr[i], indptr[i + 1]):
                if weight[e] > 0:
                    bits[b, skill[e] >> 6] |= np.uint64(1) << np.uint64(skill[e] & 63)
        count = 0
        for w in range(bits.shape[1]):
            before[b, w] = count
            count += int(bit_count(bits[b, w]))
        base[b + 1] = base[b] + count


@compiled
def _fill(
    indptr: Any,
    skill: Any,
    weight: Any,
    start: Any,
    bits: Any,
    base: Any,
    first: Any,
    local: Any,
    value: Any,
    skill_of: Any,
    most: Any,
) -> None:
    width = bits.shape[1] * 64
    number = np.zeros(width, np.int32)
    place = np.zeros(width, np.int64)
    at = 0
    for b in range(len(start) - 1):
        # the skills of the block in ascending order get their numbers
        entry = base[b]
        for w in range(bits.shape[1]):
            word = bits[b, w]
            j = 0
            while word:
                if word & np.uint64(1):
                    s = w * 64 + j
                    number[s] = entry
                    skill_of[entry] = s
                    place[s] = 0
                    entry += 1
                word >>= np.uint64(1)
                j += 1
        for i in range(start[b], start[b + 1]):
            for e in range(indptr[i], indptr[i + 1]):
                if weight[e] > 0:
                    place[skill[e]] += 1
        for x in range(base[b], base[b + 1]):
            first[x] = at
            at += place[skill_of[x]]
            place[skill_of[x]] = first[x]
        for i in range(start[b], start[b + 1]):
            for e in range(indptr[i], indptr[i + 1]):
                if weight[e] > 0:
                    s = skill[e]
                    local[place[s]] = i - start[b]
                    value[place[s]] = weight[e]
                    place[s] += 1
                    most[number[s]] = max(most[number[s]], weight[e])
    first[base[-1]] = at


@compiled
def _most_sure(occupation: Any, confidence: Any, start: Any, level: Any, sure: Any) -> None:
    for b in range(len(start) - 1):
        for i in range(start[b], start[b + 1]):
            for j in range(occupation.shape[1]):
                code = occupation[i, j]
                if code < 0:
                    break
                for d in range(4):
                    row = level[d, code]
                    sure[row, b] = max(sure[row, b], confidence[i, j])


@compiled
def _region_bounds(start: Any, region: Any, remote: Any, near: Any, out: Any) -> None:
    places = near.shape[0]
    seen = np.full(places, -1, np.int64)
    for b in range(len(start) - 1):
        for i in range(start[b], start[b + 1]):
            row = i
            if remote[row]:
                out[:, b] = 1.0
            elif region[row] < 0:
                for p in range(places):
                    out[p, b] = max(out[p, b], np.float32(NEUTRAL_REGION))
            elif seen[region[row]] != b:
                seen[region[row]] = b
                for p in range(places):
                    out[p, b] = max(out[p, b], near[p, region[row]])
            out[places, b] = max(out[places, b], np.float32(1.0 if remote[row] else NEUTRAL_REGION))


@compiled
def _add_up(indptr: Any, skill: Any, weight: Any, rare: Any, pick: Any, mine: Any, centre: Any) -> None:
    for i in range(len(pick)):
        if mine[i] >= 0:
            for e in range(indptr[pick[i]], indptr[pick[i] + 1]):
                centre[skill[e], mine[i]] += weight[e] * rare[skill[e]]


@compiled
def _nearest(indptr: Any, skill: Any, weight: Any, rare: Any, pick: Any, centre: Any, mine: Any) -> None:
    groups = centre.shape[1]
    near = np.zeros(groups, np.float32)
    for i in range(len(pick)):
        near[:] = 0.0
        for e in range(indptr[pick[i]], indptr[pick[i] + 1]):
            w = weight[e] * rare[skill[e]]
            row = centre[skill[e]]
            for g in range(groups):
                near[g] += w * row[g]
        best = 0
        for g in range(1, groups):
            if near[g] > near[best]:
                best = g
        mine[i] = best


@compiled
def _skills_a_block(indptr: Any, skill: Any, weight: Any, order: Any, width: int) -> int:
    """Different skills of each run of BLOCK rows, added up: the fewer, the closer the bounds."""
    seen = np.full(width, -1, np.int64)
    count = 0
    for i in range(len(order)):
        for e in range(indptr[order[i]], indptr[order[i] + 1]):
            if seen[skill[e]] != i // BLOCK and weight[e] > 0:
                seen[skill[e]] = i // BLOCK
                count += 1
    return count
