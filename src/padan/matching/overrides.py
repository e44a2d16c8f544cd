"""A counsellor's decision on one person's list: it beats the engine, for that person alone.

`read_overrides` takes decisions from a table, `apply_overrides` puts them into the lists of a run and states
entry by entry what came of it: the rank before and after, what was pushed out, or why it does not hold. Every
decision has an author, a day and a reason that the person reads. Lists of other people are the same bytes as
before.

Lists are (n, k) int32 vacancy rows, best first, -1 beyond the end. Nothing here looks at a score or ranks
anybody. Checked against plain Python in tests/matching/test_advice.py; rules in docs/advice.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import process

from padan.errors import InputError, ShapeError
from padan.matching.acceptance import openings_of
from padan.matching.kernels import compiled

__all__ = [
    "OVERRIDES",
    "Action",
    "Applied",
    "Overridden",
    "Override",
    "Refusal",
    "Refused",
    "apply_overrides",
    "checked_lists",
    "read_overrides",
    "same_length",
]

Action = Literal["add", "remove", "first"]
Refusal = Literal["closed", "not_listed", "list_full"]

_LEAST, _MOST = 10, 500  #: characters of a reason
_SHOWN = 20  #: errors that are written out

#: columns of a table of overrides; `on` may be text like 2026-11-24
OVERRIDES = ("seeker_id", "vacancy_id", "action", "reason", "by", "on")


@dataclass(frozen=True, slots=True)
class Override:
    """What a counsellor decided for one person and one vacancy.

    action   add: at the end of the list; first: on top; remove: out of it
    reason   10 to 500 characters; the person reads it
    line     where it was read, None when it was not read from a table
    """

    seeker_id: str
    vacancy_id: str
    action: Action
    reason: str
    by: str
    on: date
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """An override that holds: the rank it led to and the one before (None: not in the list), and the
    vacancy that it pushed out.
    """

    override: Override
    rank: int | None
    was: int | None
    replaced: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """An override that does not hold, and why: the vacancy has no place, is not in the list that it should
    leave, or every entry of the list is a counsellor's decision already.
    """

    override: Override
    code: Refusal


@dataclass(frozen=True, slots=True)
class Overridden:
    """Lists with the counsellors' decisions in them.

    lists     (n, k) int32
    placed    (n, k) bool, entries that a counsellor put or kept there
    noted     (seeker row, vacancy row) -> the counsellor's reason, also of what was taken out
    applied, refused   every override is in one of the two, in the order given
    """

    lists: npt.NDArray[np.int32]
    placed: npt.NDArray[np.bool_]
    noted: Mapping[tuple[int, int], str]
    applied: tuple[Applied, ...]
    refused: tuple[Refused, ...]


def read_overrides(table: pa.Table) -> list[Override]:
    """Overrides from a table with the columns OVERRIDES; others are left alone. Line 1 is the heading.

    Raises InputError for a missing column, and once for all bad rows: the first 20 and the count.
    """
    missing = [name for name in OVERRIDES if name not in table.column_names]
    if missing:
        raise InputError(
            f"overrides: no column {', '.join(missing)}",
            hint=f"needed: {', '.join(OVERRIDES)}; found: {', '.join(table.column_names[:20])}",
            field=missing[0],
        )
    found: list[Override] = []
    errors = _Errors()
    for line, row in enumerate(table.select(OVERRIDES).to_pylist(), start=2):
        on = _day(row["on"])
        if on is None:
            errors.add(f"line {line}", f"on {_text(row['on'])!r} is no date like 2026-11-24", "on")
        texts = {name: _text(row[name]) for name in OVERRIDES[:-1]}
        action: Any = texts["action"].lower()
        override = Override(
            texts["seeker_id"],
            texts["vacancy_id"],
            action,
            texts["reason"],
            texts["by"],
            on or date.min,
            line,
        )
        errors.check(override, f"line {line}")
        found.append(override)
    errors.report()
    return found


def apply_overrides(
    lists: npt.NDArray[np.int32],
    overrides: Iterable[Override],
    *,
    seeker_ids: Sequence[str],
    vacancy_ids: Sequence[str],
    capacity: npt.ArrayLike,
) -> Overridden:
    """Put counsellors' decisions into the lists of the persons they are about, and of nobody else.

    For each person first all removals, then `first` (several in the order given), then `add`. A vacancy that
    is in the list already moves to the top or stays where it is, and is protected. Where a list is full its
    last entry that no counsellor decided on goes. A removal leaves the list one shorter.

    Refused with a code: `closed` (add or first, no openings), `not_listed` (remove), `list_full` (all entries
    are decisions). Raises InputError for all at once: a reason that is too short, unknown ids with near ones,
    an action that is none, two decisions on the same person and vacancy.
    """
    openings = openings_of(capacity)
    lists = checked_lists(lists, len(openings))
    same_length("seeker_ids", len(seeker_ids), len(lists), "jobseekers")
    same_length("vacancy_ids", len(vacancy_ids), len(openings), "vacancies")
    given = list(overrides)
    at = _rows_of(given, seeker_ids, vacancy_ids)
    out, placed = lists.copy(), np.zeros(lists.shape, np.bool_)
    results: list[Applied | Refused | None] = [None] * len(given)
    noted: dict[tuple[int, int], str] = {}
    by_person: dict[int, list[int]] = defaultdict(list)
    for i, (s, _) in enumerate(at):
        by_person[s].append(i)
    for s, mine in by_person.items():
        before = [int(v) for v in lists[s] if v >= 0]
        after, own, told = _decide(before, lists.shape[1], [(i, given[i], at[i][1]) for i in mine], openings)
        out[s] = -1
        out[s, : len(after)] = after
        placed[s, : len(after)] = [v in own for v in after]
        for i, outcome in told.items():
            v = at[i][1]
            if isinstance(outcome, str):
                results[i] = Refused(given[i], outcome)
                continue
            noted[s, v] = given[i].reason.strip()
            results[i] = Applied(
                given[i],
                rank=after.index(v) + 1 if v in after else None,
                was=before.index(v) + 1 if v in before else None,
                replaced=None if outcome is None else str(vacancy_ids[outcome]),
            )
    return Overridden(
        lists=out,
        placed=placed,
        noted=noted,
        applied=tuple(r for r in results if isinstance(r, Applied)),
        refused=tuple(r for r in results if isinstance(r, Refused)),
    )


def checked_lists(lists: npt.NDArray[np.int32], vacancies: int) -> npt.NDArray[np.int32]:
    """The lists as int32. Raises with the jobseeker at fault: shape, range, holes and repeats."""
    given = np.asarray(lists)
    if given.ndim != 2 or given.dtype.kind not in "iu":
        raise ShapeError(f"lists are {given.shape} {given.dtype}, not rows of vacancy rows", field="lists")
    if given.size:
        outside = np.flatnonzero(((given < -1) | (given >= vacancies)).any(axis=1))
        if len(outside):
            row = given[outside[0]]
            worst = row[(row < -1) | (row >= vacancies)][0]
            raise ShapeError(
                f"jobseeker {outside[0]}: vacancy {worst} is outside the {vacancies} capacities",
                field="lists",
            )
    given = np.ascontiguousarray(given, np.int32)
    wrong, kind = _first_wrong(given)
    if wrong >= 0:
        what = "an entry stands behind an empty one" if kind == 1 else "a vacancy is listed twice"
        raise InputError(f"jobseeker {wrong}: {what}", field="lists")
    return given


def same_length(name: str, found: int, wanted: int, what: str) -> None:
    if found != wanted:
        raise ShapeError(f"{found} {name}, {wanted} {what}", field=name)


def _decide(
    before: list[int],
    k: int,
    decisions: list[tuple[int, Override, int]],
    openings: npt.NDArray[np.int64],
) -> tuple[list[int], set[int], dict[int, Refusal | int | None]]:
    """One person's list after the decisions, the vacancies that a counsellor placed, and for each decision
    the refusal, or the vacancy that it pushed out, or None.
    """
    entries, told = list(before), dict[int, Refusal | int | None]()
    adding: list[tuple[int, Override, int]] = []
    for i, override, v in decisions:
        if override.action != "remove":
            adding.append((i, override, v))
        elif v in entries:
            entries.remove(v)
            told[i] = None
        else:
            told[i] = "not_listed"
    own = {v for _, _, v in adding if v in entries and openings[v] > 0}
    tops = 0
    for i, override, v in sorted(adding, key=lambda decision: decision[1].action == "add"):
        if openings[v] == 0:
            told[i] = "closed"
            continue
        pushed: int | None = None
        if v not in entries and len(entries) >= k:
            pushed = next((e for e in reversed(entries) if e not in own), None)
            if pushed is None:
                told[i] = "list_full"
                continue
            entries.remove(pushed)
        if override.action == "first":
            if v in entries:
                entries.remove(v)
            entries.insert(tops, v)
            tops += 1
        elif v not in entries:
            entries.append(v)
        own.add(v)
        told[i] = pushed
    return entries, own, told


class _Errors:
    """Errors of overrides, collected and raised together."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._field: str | None = None

    def add(self, place: str, what: str, field: str) -> None:
        self._found.append(f"{place}: {what}")
        self._field = self._field or field

    def check(self, override: Override, place: str) -> None:
        """What can be seen on one override alone."""
        for field in ("seeker_id", "vacancy_id", "by"):
            if not _text(getattr(override, field)):
                self.add(place, f"{field} is empty", field)
        if override.action not in get_args(Action):
            self.add(place, f"action {override.action!r} is not {', '.join(get_args(Action))}", "action")
        if not isinstance(override.on, date):
            self.add(place, f"on {override.on!r} is no date", "on")
        length = len(_text(override.reason))
        if not _LEAST <= length <= _MOST:
            self.add(place, f"the reason has {length} characters, not {_LEAST} to {_MOST}", "reason")

    @property
    def has_room(self) -> bool:
        """Whether one more would be written out; suggestions cost a search."""
        return len(self._found) < _SHOWN

    def report(self) -> None:
        if self._found:
            count, shown = len(self._found), "\n  ".join(self._found[:_SHOWN])
            more = f"\n  and {count - _SHOWN} more" if count > _SHOWN else ""
            raise InputError(
                f"overrides: {count} {'error' if count == 1 else 'errors'}\n  {shown}{more}",
                hint="nothing was applied; correct these and try again",
                field=self._field,
            )


def _rows_of(
    given: list[Override], seeker_ids: Sequence[str], vacancy_ids: Sequence[str]
) -> list[tuple[int, int]]:
    """(seeker row, vacancy row) of each override; all errors at once."""
    errors = _Errors()
    rows: dict[str, list[int]] = {}
    for name, ids in (("seeker_id", seeker_ids), ("vacancy_id", vacancy_ids)):
        known = pa.array(ids, pa.string())
        if known.null_count or len(known.unique()) < len(known):
            twice = next(
                (row["values"] for row in known.value_counts().to_pylist() if row["counts"] > 1), None
            )
            what = f"{twice!r} is there twice" if twice is not None else "an id is missing"
            raise InputError(f"{name}s: {what}", hint="each needs an id of its own", field=f"{name}s")
        asked = pa.array([str(getattr(o, name)) for o in given], pa.string())
        rows[name] = pc.fill_null(pc.index_in(asked, value_set=known), -1).to_pylist()
    seen: dict[tuple[str, str], str] = {}
    for i, override in enumerate(given):
        place = f"line {override.line}" if override.line is not None else f"override {i + 1}"
        errors.check(override, place)
        for name, ids in (("seeker_id", seeker_ids), ("vacancy_id", vacancy_ids)):
            value = str(getattr(override, name))
            if rows[name][i] < 0 and value.strip():
                near = _near(value, ids) if errors.has_room else ""
                errors.add(place, f"{name} {value!r} is not known{near}", name)
        pair = (override.seeker_id, override.vacancy_id)
        if pair in seen:
            errors.add(
                f"{seen[pair]} and {place}",
                f"both decide on {pair[0]!r} and {pair[1]!r}; keep one",
                "action",
            )
        seen.setdefault(pair, place)
    errors.report()
    return list(zip(rows["seeker_id"], rows["vacancy_id"], strict=True))


def _near(value: str, ids: Sequence[str]) -> str:
    found = process.extract(value, ids, limit=3, score_cutoff=70)
    return f"; nearest: {', '.join(str(name) for name, _, _ in found)}" if found else ""


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(_text(value))
    except ValueError:
        return None


# ---- compiled; s jobseeker, r rank from 0


@compiled
def _first_wrong(lists: Any) -> tuple[int, int]:
    """The first jobseeker with a hole (1) or a repeat (2) in the list; -1, 0 when there is none."""
    for s in range(lists.shape[0]):
        for r in range(1, lists.shape[1]):
            if lists[s, r] < 0:
                continue
            if lists[s, r - 1] < 0:
                return s, 1
            for before in range(r):
                if lists[s, before] == lists[s, r]:
                    return s, 2
    return -1, 0
