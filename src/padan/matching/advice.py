"""What a person is told beside a list: how many people per place, why this order, what the chances are.

    odds       expected applicants of each vacancy and people per place, by the lists as they are handed out;
               open places of the same kind of work in the person's own regency and province
    why        the reason where an entry stands above, or instead of, a vacancy with a better score
    chances    of being hired; there are none unless p and q are calibrated
    advise     all of it, one row per list entry: a table of schema ADVICE

A person looks at rank r with exam(r) and then applies with p, so a vacancy expects Σ exam·p of the people it
is shown to; applicants already recorded are added. The range around it is what chance alone does: the middle
80 % of a Poisson number, wider than the sum of unequal chances really is. Error in p is not in it. Sums are
kept in whole 2^-36, so the order of the people changes nothing.

Numbers here are exact; `held` rounds them to what people hold ("about 40"). The sentences are in
`padan.centre.advice`, a counsellor's decisions in `padan.matching.overrides`. A score is never turned into a
chance. Checked against plain Python in tests/matching/test_advice.py; rules in docs/advice.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.stats import poisson

from padan.errors import InputError, ShapeError
from padan.matching.acceptance import Edges, Exam, exam_curve, openings_of
from padan.matching.allocate import Policy, expected_fills
from padan.matching.features import UNKNOWN
from padan.matching.kernels import compiled
from padan.matching.overrides import Overridden, checked_lists, same_length

__all__ = [
    "ADVICE",
    "Chances",
    "Nearby",
    "Odds",
    "Reason",
    "Reliability",
    "Where",
    "Why",
    "advise",
    "chances",
    "held",
    "odds",
    "why",
]

Basis = Literal["looks", "applies"]
Reason = Literal[
    "override", "closed", "quota", "full", "crowded_elsewhere", "crowded_by_score", "likelier", "whole_market"
]

_REASONS: tuple[Reason, ...] = get_args(Reason)
_UNIT = float(2**36)  #: expected applicants are counted in 1 / 2^36, as in allocate
_TAIL = 0.1  #: of the Poisson number, cut off at each end
_ROWS = 100_000  #: jobseekers whose entries are looked up at a time
_GROUPS = 10_000  #: unit groups have four digits

#: a row per list entry, in the order of the lists. Null means not known, never none
ADVICE = pa.schema(
    [
        ("seeker_id", pa.string()),
        ("rank", pa.int32()),
        ("vacancy_id", pa.string()),
        ("places", pa.int64()),
        ("basis", pa.string()),  # looks or applies, see `Odds`
        ("people", pa.float64()),
        ("observed", pa.float64()),
        ("people_per_place", pa.float64()),
        ("people_per_place_low", pa.float64()),
        ("people_per_place_high", pa.float64()),
        ("near_level", pa.string()),  # unit_group or minor_group: what the two counts of places are of
        ("places_regency", pa.int64()),
        ("places_province", pa.int64()),
        ("chance", pa.float32()),  # to apply and be hired
        ("chance_if_applied", pa.float32()),
        ("chance_records", pa.int64()),
        ("chance_off_by", pa.float32()),
        ("reason", pa.string()),  # see `Reason`
        ("instead_of", pa.string()),  # the better-scored vacancy that is passed over
        ("instead_rank", pa.int32()),  # where it stands in the list; null: it is not in the list
        ("here_per_place", pa.float64()),  # the numbers that the reason compares, see `Why`
        ("instead_per_place", pa.float64()),
        ("passed", pa.int32()),  # how many better-scored vacancies are passed over here
        ("note", pa.string()),  # the counsellor's reason
    ]
)


@dataclass(frozen=True, slots=True)
class Where:
    """Kinds of work and places, for counting what is open near a person; -1 where unknown.

    group                     (m,) unit group of each vacancy as a number ("0110" is 110)
    regency, province         (m,) of each vacancy, in any numbering
    own_regency, own_province (n,) of each jobseeker, in the same numbering
    """

    group: npt.NDArray[np.integer]
    regency: npt.NDArray[np.integer]
    province: npt.NDArray[np.integer]
    own_regency: npt.NDArray[np.integer]
    own_province: npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Nearby:
    """Open places of the kind of work of each list entry, (n, k) each; -1 where it cannot be told.

    level              4: same unit group; 3: same minor group, where the unit group has no place in the
                       person's province
    regency, province  places there, the entry's own included
    """

    level: npt.NDArray[np.int8]
    regency: npt.NDArray[np.int64]
    province: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Odds:
    """People and places of m vacancies, given everybody's lists.

    basis       applies: people are expected applicants; looks: no p was given, so they are those who look at
                the vacancy, and applicants are at most so many
    places      (m,) int64
    people      (m,) float64, expected from the lists, and those who applied already
    observed    (m,) float64 of them who applied already, NaN where not recorded
    per_place   (m,) float64, NaN where there is no place; the same number for everybody who sees the vacancy
    low, high   (m,) float64 per place, the middle 80 % of what chance does
    nearby      by list entry, or None
    """

    basis: Basis
    places: npt.NDArray[np.int64]
    people: npt.NDArray[np.float64]
    observed: npt.NDArray[np.float64]
    per_place: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    nearby: Nearby | None

    def entries(self, lists: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
        """(n, k) people per place of each list entry, NaN beyond the end and where there is no place."""
        return np.append(self.per_place, np.nan)[lists]


@dataclass(frozen=True, slots=True)
class Why:
    """Reasons, one for each list entry that needs one, by jobseeker and rank. Arrays of equal length.

    seeker, rank, vacancy   the entry: row, rank from 1, vacancy row
    code                    position in `Reason`
    instead                 the best-scored vacancy that is passed over here, -1 where there is none
    instead_rank            its rank, -1 where it is not in the list
    per_place               people per place of the entry, NaN where there is no place
    instead_per_place       of the other; for crowded_by_score both as they would be by score
    passed                  how many better-scored vacancies are passed over here
    """

    seeker: npt.NDArray[np.int64]
    rank: npt.NDArray[np.int32]
    vacancy: npt.NDArray[np.int32]
    code: npt.NDArray[np.int8]
    instead: npt.NDArray[np.int32]
    instead_rank: npt.NDArray[np.int32]
    per_place: npt.NDArray[np.float64]
    instead_per_place: npt.NDArray[np.float64]
    passed: npt.NDArray[np.int32]

    def codes(self) -> list[Reason]:
        """The reasons in words."""
        return [_REASONS[code] for code in self.code]


@dataclass(frozen=True, slots=True)
class Reliability:
    """How p and q were checked: without it no chance is shown."""

    records: int  #: recorded applications that they were fitted and checked on
    off_by: float  #: mean distance of estimate and observed share, 0–1, on records left out of the fit

    def __post_init__(self) -> None:
        if self.records < 1:
            raise InputError(f"{self.records} records calibrate nothing", field="records")
        if not 0 <= self.off_by <= 1:
            raise InputError(f"off_by is {self.off_by}, not within 0 to 1", field="off_by")


@dataclass(frozen=True, slots=True)
class Chances:
    """Chances (n, k) of the list entries, NaN where not known.

    hired        p·q·room: the person looks, applies and is hired
    if_applied   q·room
    """

    hired: npt.NDArray[np.float32]
    if_applied: npt.NDArray[np.float32]
    reliability: Reliability


def odds(
    lists: npt.NDArray[np.int32],
    capacity: npt.ArrayLike,
    *,
    p: Edges | npt.NDArray[np.floating] | None = None,
    exam: Exam = "log",
    observed: npt.ArrayLike | None = None,
    where: Where | None = None,
) -> Odds:
    """People per place of each vacancy, given the lists of everybody.

    lists      (n, k) vacancy rows, best first, -1 beyond the end
    capacity   (m,) whole openings ≥ 0
    p          (n, k) chance to apply when the entry is looked at, or the `Edges` to take it from; an entry
               that is no candidate there (a counsellor's) counts 1. None: everybody who looks counts
    observed   (m,) applicants on record, NaN where not known. They are ADDED: who applied competes for the
               place, and who is shown it comes on top. Leave vacancies that a person applied to out of
               that person's list, or the person counts twice
    where      for places near the person

    Work O(n·k + m). Raises ShapeError or InputError, with the jobseeker or vacancy at fault.
    """
    openings = openings_of(capacity)
    lists = checked_lists(lists, len(openings))
    curve = exam_curve(lists.shape[1], exam)
    total = np.zeros(len(openings), np.int64)
    if p is None:
        _add_shown(lists, curve, np.zeros((0, 0)), total)
    else:
        _add_shown(lists, curve, _applies(lists, p, len(openings)), total)
    expected = total / _UNIT
    already = _observed(observed, len(openings))
    before = np.nan_to_num(already)
    places = np.where(openings > 0, openings, np.nan)
    return Odds(
        basis="looks" if p is None else "applies",
        places=openings,
        people=expected + before,
        observed=already,
        per_place=(expected + before) / places,
        low=(before + poisson.ppf(_TAIL, expected).clip(0)) / places,
        high=(before + poisson.ppf(1 - _TAIL, expected).clip(0)) / places,
        nearby=None if where is None else _nearby(lists, openings, where),
    )


def held(values: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Numbers as people hold them: whole to 10, then by 5, from 30 by 10, from 100 by 50, from 300 by 100,
    and so on; halves go up. Below 1 it is 0 ("fewer than one"), NaN is -1. From 1 never off by more than a
    third.
    """
    given = np.asarray(values, np.float64)
    known = np.isfinite(given)
    value = np.where(known, given, 0.0)
    tens = 10.0 ** np.floor(np.log10(np.maximum(value, 10.0)))
    step = np.where(value < 10, 1.0, np.where(value < 3 * tens, tens / 2, tens))
    rounded = np.floor(value / step + 0.5) * step
    return np.where(known, np.where(value < 1, 0, rounded), UNKNOWN).astype(np.int64)


def why(
    lists: npt.NDArray[np.int32],
    edges: Edges,
    odds: Odds,
    *,
    policy: Policy = "fills",
    ranked: Odds | None = None,
    decided: Overridden | None = None,
) -> Why:
    """Say why, where the order of a list is not that of the score. No row for an entry that needs no reason.

    lists     (n, k) as they are shown, with the decisions of `decided` in them
    edges     the candidates with their scores, closed vacancies included
    policy    that made the lists
    ranked    the odds if everybody were ranked by score alone, for crowded_by_score

    An entry passes over a candidate with a better score that stands below it, or that is not in the list and
    scores better than no earlier entry. Of several the best score is named, ties to the smaller row:

        override           a counsellor put the entry there, or took the other one out
        closed             the other vacancy has no place
        quota              the other may be in no more lists (policy quota)
        full               its places went to people with a better claim (policy enrolment)
        crowded_elsewhere  it has more people per place, also when both numbers are rounded
        crowded_by_score   now it has not, but it would if everybody were ranked by score
        likelier           here the person is likelier to apply and be accepted, by p·q
        whole_market       none of these alone: the lists of all people were made together

    What can be counted goes before what is estimated; both may hold.
    """
    lists = checked_lists(lists, len(odds.places))
    edges.check(len(odds.places))
    n, k = lists.shape
    if len(edges) != n:
        raise ShapeError(f"lists are of {n} jobseekers, candidates of {len(edges)}", field="edges")
    if ranked is not None and not np.array_equal(ranked.places, odds.places):
        raise ShapeError("ranked are odds of other places", field="ranked")
    if decided is not None and not np.array_equal(decided.lists, lists):
        raise ShapeError("lists are not those of the decisions", hint="pass decided.lists", field="lists")
    placed = np.zeros((n, k), np.bool_) if decided is None else decided.placed
    instead = np.full((n, k), -1, np.int32)
    at = np.full((n, k), -1, np.int32)
    passed = np.zeros((n, k), np.int32)
    _pass_over(edges.indptr, edges.vacancy, edges.score, lists, placed, instead, at, passed)
    seeker, rank = np.nonzero((instead >= 0) | placed)
    mine, other = lists[seeker, rank], instead[seeker, rank]
    left_out = at[seeker, rank] < 0
    here, there = _two(odds, mine, other)
    by_score = (here, here) if ranked is None else _two(ranked, mine, other)
    ours, theirs = (_worth(edges, seeker, v) for v in (mine, other))
    closed = np.append(odds.places == 0, False)[other]
    reasons: list[tuple[Reason, npt.NDArray[np.bool_]]] = [
        ("override", placed[seeker, rank] | _taken_out(seeker, other, decided)),
        ("closed", closed),
        ("quota", left_out & (policy == "quota")),
        ("full", left_out & (policy == "enrolment")),
        ("crowded_elsewhere", np.isfinite(here) & (held(there) > held(here))),
        ("crowded_by_score", np.isfinite(here) & (held(by_score[1]) > held(by_score[0]))),
        ("likelier", ours > theirs),
        ("whole_market", np.ones(len(seeker), np.bool_)),
    ]
    numbers = [_REASONS.index(reason) for reason, _ in reasons]
    code = np.select([holds for _, holds in reasons], numbers)
    then = code == _REASONS.index("crowded_by_score")
    return Why(
        seeker=seeker.astype(np.int64),
        rank=(rank + 1).astype(np.int32),
        vacancy=mine,
        code=code.astype(np.int8),
        instead=other,
        instead_rank=np.where(left_out, -1, at[seeker, rank] + 1).astype(np.int32),
        per_place=np.where(then, by_score[0], here),
        instead_per_place=np.where(then, by_score[1], there),
        passed=passed[seeker, rank],
    )


def chances(
    lists: npt.NDArray[np.int32],
    edges: Edges,
    capacity: npt.ArrayLike,
    *,
    reliability: Reliability | None,
    exam: Exam = "log",
    observed: npt.ArrayLike | None = None,
) -> Chances | None:
    """Chances of being hired; None unless p and q are calibrated, which `reliability` states.

    A vacancy with c openings and a = Σ exam·p·q suitable applications gives a suitable applicant a place
    with room = E min(c, Poisson(a)) / a: what each gets when all of them are equally likely to be taken. The
    slope that `allocate` sorts by is smaller, the place that one more would add.

    NaN where an entry is no candidate, so p and q are not known, and for vacancies with `observed`
    applicants, whose fitness is not known.
    """
    if reliability is None:
        return None
    openings = openings_of(capacity)
    lists = checked_lists(lists, len(openings))
    edges.check(len(openings))
    if len(edges) != len(lists):
        raise ShapeError(f"lists are of {len(lists)} jobseekers, candidates of {len(edges)}", field="edges")
    at = _places_of(edges, lists)
    p, q = (np.where(at >= 0, np.append(x, np.float32(0))[at], np.nan) for x in (edges.p, edges.q))
    total = np.zeros(len(openings), np.int64)
    _add_shown(lists, exam_curve(lists.shape[1], exam), np.nan_to_num(p * q).astype(np.float64), total)
    applications = total / _UNIT
    room = np.where(openings > 0, 1.0, 0.0)
    some = applications > 0
    room[some] = np.minimum(expected_fills(applications[some], openings[some]) / applications[some], 1.0)
    room[_observed(observed, len(openings)) > 0] = np.nan
    if_applied = q * np.append(room, np.nan)[lists]
    return Chances((p * if_applied).astype(np.float32), if_applied.astype(np.float32), reliability)


def advise(
    lists: npt.NDArray[np.int32],
    odds: Odds,
    *,
    seeker_ids: Sequence[str],
    vacancy_ids: Sequence[str],
    reasons: Why | None = None,
    chances: Chances | None = None,
    decided: Overridden | None = None,
    rows: npt.ArrayLike | None = None,
) -> pa.Table:
    """What is shown, a row of schema ADVICE per list entry.

    reasons   of `why`; chances of `chances`; decided gives the counsellors' words
    rows      jobseekers wanted, in this order; None: all
    """
    same_length("seeker_ids", len(seeker_ids), len(lists), "jobseekers")
    same_length("vacancy_ids", len(vacancy_ids), len(odds.places), "vacancies")
    wanted = np.arange(len(lists)) if rows is None else np.asarray(rows, np.int64).reshape(-1)
    outside = wanted[(wanted < 0) | (wanted >= len(lists))]
    if len(outside):
        raise ShapeError(f"row {outside[0]} is outside {len(lists)} jobseekers", field="rows")
    shown = checked_lists(np.asarray(lists)[wanted], len(odds.places))
    part, rank = np.nonzero(shown >= 0)
    s, v = wanted[part], shown[part, rank]
    people = pa.array([seeker_ids[row] for row in wanted.tolist()], pa.string())
    vacancies = pa.array(vacancy_ids, pa.string())
    columns: dict[str, pa.Array] = {
        "seeker_id": people.take(pa.array(part)),
        "rank": pa.array((rank + 1).astype(np.int32)),
        "vacancy_id": vacancies.take(pa.array(v)),
        "places": pa.array(odds.places[v]),
        "basis": pa.repeat(odds.basis, len(s)),
        "people": pa.array(odds.people[v]),
        "observed": _nullable(odds.observed[v]),
        "people_per_place": _nullable(odds.per_place[v]),
        "people_per_place_low": _nullable(odds.low[v]),
        "people_per_place_high": _nullable(odds.high[v]),
    }
    if odds.nearby is not None:
        level = odds.nearby.level[s, rank]
        names = np.where(level == 4, "unit_group", "minor_group")
        columns["near_level"] = pa.array(names, pa.string(), mask=level < 0)
        columns["places_regency"] = _nullable(odds.nearby.regency[s, rank])
        columns["places_province"] = _nullable(odds.nearby.province[s, rank])
    if chances is not None:
        columns["chance"] = _nullable(chances.hired[s, rank])
        columns["chance_if_applied"] = _nullable(chances.if_applied[s, rank])
        unknown = np.isnan(chances.if_applied[s, rank])
        checked = chances.reliability
        columns["chance_records"] = pa.array(np.full(len(s), checked.records), mask=unknown)
        columns["chance_off_by"] = pa.array(np.full(len(s), checked.off_by, np.float32), mask=unknown)
    if reasons is not None:
        columns |= _reason_columns(reasons, s, rank, vacancies, decided)
    table = {f.name: columns.get(f.name, pa.nulls(len(s), f.type)) for f in ADVICE}
    return pa.Table.from_pydict(table, schema=ADVICE)


def _applies(
    lists: npt.NDArray[np.int32], p: Edges | npt.NDArray[np.floating], vacancies: int
) -> npt.NDArray[np.float64]:
    """p of each entry, (n, k); 0 where there is no entry."""
    if isinstance(p, Edges):
        p.check(vacancies)
        if len(p) != len(lists):
            raise ShapeError(f"lists are of {len(lists)} jobseekers, candidates of {len(p)}", field="p")
        return np.append(p.p.astype(np.float64), 1.0)[_places_of(p, lists)]
    chance = np.asarray(p)
    if chance.shape != lists.shape or chance.dtype.kind not in "fiu":
        raise ShapeError(f"p is {chance.shape} {chance.dtype}, lists are {lists.shape}", field="p")
    entry = lists >= 0
    bad = np.argwhere(entry & ~((chance >= 0) & (chance <= 1)))
    if len(bad):
        s, r = bad[0]
        raise InputError(f"jobseeker {s}, rank {r + 1}: p is {chance[s, r]}, not within 0 to 1", field="p")
    return np.where(entry, chance, 0.0).astype(np.float64)


def _observed(observed: npt.ArrayLike | None, vacancies: int) -> npt.NDArray[np.float64]:
    if observed is None:
        return np.full(vacancies, np.nan)
    try:
        given = np.asarray(observed, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("a number of applicants is not a number", field="observed") from error
    if given.shape != (vacancies,):
        raise ShapeError(f"observed is {given.shape}, vacancies are {vacancies}", field="observed")
    bad = np.flatnonzero((given < 0) | np.isinf(given))
    if len(bad):
        raise InputError(
            f"vacancy {bad[0]}: {given[bad[0]]} applicants observed, not 0 or more",
            hint="leave it empty (NaN) where the number is not known",
            field="observed",
        )
    return given


def _nearby(lists: npt.NDArray[np.int32], openings: npt.NDArray[np.int64], where: Where) -> Nearby:
    """Places of the entry's unit group, or minor group, in the person's own regency and province."""
    n, m = len(lists), len(openings)
    sizes = {"group": m, "regency": m, "province": m, "own_regency": n, "own_province": n}
    for name, size in sizes.items():
        array = np.asarray(getattr(where, name))
        if array.shape != (size,) or (size and array.dtype.kind not in "iu"):
            raise ShapeError(f"{name} is {array.shape} {array.dtype}, not {size} whole numbers", field=name)
        if size and int(array.min()) < UNKNOWN:
            raise InputError(f"{name}: {int(array.min())} is below {UNKNOWN}, unknown", field=name)
    unit = np.asarray(where.group, np.int64)
    if m and int(unit.max()) >= _GROUPS:
        raise InputError(f"group {int(unit.max())} is no unit group of four digits", field="group")
    minor = np.where(unit >= 0, unit // 10, UNKNOWN)
    regions = [np.asarray(x, np.int64) for x in (where.regency, where.province)]
    homes = [np.asarray(x, np.int64) for x in (where.own_regency, where.own_province)]
    tables = [[_counted(region, group, openings) for region in regions] for group in (unit, minor)]
    level = np.full(lists.shape, UNKNOWN, np.int8)
    counts = [np.full(lists.shape, UNKNOWN, np.int64) for _ in regions]
    for first in range(0, n, _ROWS):
        rows = slice(first, first + _ROWS)
        own = [home[rows, None] for home in homes]
        groups = [np.append(group, UNKNOWN)[lists[rows]] for group in (unit, minor)]
        exact, similar = (
            [_looked_up(table, home, group) for table, home in zip(of_group, own, strict=True)]
            for of_group, group in zip(tables, groups, strict=True)
        )
        some = np.maximum(*exact) > 0
        known = np.maximum(*exact) >= 0
        level[rows] = np.where(known, np.where(some, 4, 3), UNKNOWN)
        for count, here, near in zip(counts, exact, similar, strict=True):
            count[rows] = np.where(some, here, near)
    return Nearby(level, *counts)


def _counted(
    region: npt.NDArray[np.int64], group: npt.NDArray[np.int64], openings: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Openings by (region, group): sorted keys and sums."""
    known = (region >= 0) & (group >= 0)
    keys, at = np.unique(region[known] * _GROUPS + group[known], return_inverse=True)
    sums = np.zeros(len(keys) + 1, np.int64)
    np.add.at(sums, at, openings[known])
    return keys, sums


def _looked_up(
    table: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    region: npt.NDArray[np.int64],
    group: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Openings of each (region, group): 0 where there is none, -1 where one of the two is unknown."""
    keys, sums = table
    asked = region * _GROUPS + group
    at = np.searchsorted(keys, asked)
    hit = np.append(keys, -1)[at] == asked
    return np.where((region < 0) | (group < 0), UNKNOWN, np.where(hit, sums[at], 0))


def _places_of(edges: Edges, lists: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Position of each entry among the candidates (n, k), -1 where it is none."""
    rows = np.repeat(np.arange(len(lists), dtype=np.int64), lists.shape[1])
    found = np.full(lists.size, -1, np.int64)
    _find(edges.indptr, edges.vacancy, rows, lists.reshape(-1), found)
    return found.reshape(lists.shape)


def _worth(
    edges: Edges, seeker: npt.NDArray[np.intp], vacancy: npt.NDArray[np.int32]
) -> npt.NDArray[np.float64]:
    """p·q of pairs, NaN where a pair is no candidate."""
    at = np.full(len(seeker), -1, np.int64)
    _find(edges.indptr, edges.vacancy, seeker.astype(np.int64), vacancy, at)
    found = at >= 0
    out = np.full(len(seeker), np.nan)
    out[found] = edges.p[at[found]].astype(np.float64) * edges.q[at[found]]
    return out


def _two(
    odds: Odds, here: npt.NDArray[np.int32], there: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """People per place of two vacancies each."""
    per_place = np.append(odds.per_place, np.nan)
    return per_place[here], per_place[there]


def _taken_out(
    seeker: npt.NDArray[np.intp], vacancy: npt.NDArray[np.int32], decided: Overridden | None
) -> npt.NDArray[np.bool_]:
    """Which pairs a counsellor removed."""
    if decided is None or not decided.noted:
        return np.zeros(len(seeker), np.bool_)
    m = np.int64(2**32)
    gone = np.array([s * m + v for s, v in decided.noted if v not in decided.lists[s]], np.int64)
    return np.isin(seeker.astype(np.int64) * m + vacancy, gone)


def _reason_columns(
    reasons: Why,
    s: npt.NDArray[np.int64],
    rank: npt.NDArray[np.intp],
    vacancies: pa.Array,
    decided: Overridden | None,
) -> dict[str, pa.Array]:
    """The columns of ADVICE about reasons, for entries (s, rank from 0)."""
    first, last = (np.searchsorted(reasons.seeker, s, side) for side in ("left", "right"))
    at = np.full(len(s), -1, np.int64)
    # a person has at most as many reasons as ranks
    for step in range(int((last - first).max(initial=0))):
        row = np.minimum(first + step, len(reasons.seeker) - 1)
        hit = (first + step < last) & (reasons.rank[row] == rank + 1)
        at[hit] = row[hit]
    found = np.flatnonzero(at >= 0)

    def column(values: npt.NDArray[Any], missing: Any) -> pa.Array:
        full = np.full(len(s), missing, values.dtype)
        full[found] = values[at[found]]
        return _nullable(full)

    notes: list[str | None] = [None] * len(s)
    override = _REASONS.index("override")
    if decided is not None:
        for i in found[reasons.code[at[found]] == override]:
            row = at[i]
            about = reasons.instead[row] if reasons.instead[row] >= 0 else reasons.vacancy[row]
            notes[i] = decided.noted.get((int(s[i]), int(about)))
    return {
        "reason": pa.array(_REASONS).take(column(reasons.code, -1)),
        "instead_of": vacancies.take(column(reasons.instead, -1)),
        "instead_rank": column(reasons.instead_rank, -1),
        "here_per_place": column(reasons.per_place, np.nan),
        "instead_per_place": column(reasons.instead_per_place, np.nan),
        "passed": column(reasons.passed, -1),
        "note": pa.array(notes, pa.string()),
    }


def _nullable(values: npt.NDArray[Any]) -> pa.Array:
    """Null where a float is NaN or a whole number below 0."""
    return pa.array(values, mask=np.isnan(values) if values.dtype.kind == "f" else values < 0)


# ---- compiled; s jobseeker, v vacancy, e position of an edge, r rank from 0


@compiled
def _add_shown(lists: Any, curve: Any, chance: Any, total: Any) -> None:
    """Add exam·chance of every entry to total (m,) int64 in 1 / 2^36; no chances: 1 each."""
    certain = chance.size == 0
    for s in range(lists.shape[0]):
        for r in range(lists.shape[1]):
            v = lists[s, r]
            if v >= 0:
                share = 1.0 if certain else chance[s, r]
                total[v] += int(curve[r] * share * _UNIT + 0.5)


@compiled
def _find(indptr: Any, vacancy: Any, seeker: Any, wanted: Any, found: Any) -> None:
    """The edge of each pair; a pair that is no candidate keeps its -1."""
    for i in range(len(wanted)):
        if wanted[i] < 0:
            continue
        low, high = indptr[seeker[i]], indptr[seeker[i] + 1]
        end = high
        while low < high:
            middle = (low + high) // 2
            if vacancy[middle] < wanted[i]:
                low = middle + 1
            else:
                high = middle
        if low < end and vacancy[low] == wanted[i]:
            found[i] = low


@compiled
def _pass_over(
    indptr: Any, vacancy: Any, score: Any, lists: Any, placed: Any, instead: Any, at: Any, passed: Any
) -> None:
    """For each entry the best candidate with a better score that stands below it, or that is left out and no
    earlier entry is below it in score. Entries that a counsellor placed pass over nobody and are not
    passed over.
    """
    k = lists.shape[1]
    own = np.empty(k, np.float64)
    best = np.empty(k, np.float64)
    for s in range(lists.shape[0]):
        own[:] = np.inf
        best[:] = -1.0
        for e in range(indptr[s], indptr[s + 1]):
            for r in range(k):
                if lists[s, r] == vacancy[e] and not placed[s, r]:
                    own[r] = score[e]
        for e in range(indptr[s], indptr[s + 1]):
            here = -1
            for r in range(k):
                if lists[s, r] == vacancy[e]:
                    here = r
            if here >= 0 and placed[s, here]:
                continue
            for r in range(k if here < 0 else here):
                if score[e] > own[r]:
                    passed[s, r] += 1
                    if score[e] > best[r]:
                        best[r] = score[e]
                        instead[s, r] = vacancy[e]
                        at[s, r] = here
                    if here < 0:
                        break
