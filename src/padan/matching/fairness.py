"""Who gets what out of a run: lists, scores, chances and exposure by sex, age, region, disability, education.

It is a report on lists that are made: it takes them as they are, gives nothing back that a ranking reads, and
no other module of this room imports it. For n jobseekers each measure is one number a person:

    listed     1 where the list is not empty (a share)    suitable  Σ exam·p·q, suitable applications
    length     vacancies in the list                      hires     Σ exam·p·q·room
    score      mean score of a list that is not empty     exposure  Σ exam(rank) over the employers' lists
    selected   1 in at least one employer's list (a share)

Each label is set against everybody else: value ÷ value of the rest, with 95 % intervals. A share has Wilson's
interval, a mean m·exp(±t·se/m); the ratio takes both ends of both (MOVER-R). A ratio is flagged where the
whole interval lies below .8 or above 1.25, at a level divided by the labels compared (Bonferroni). It is
given again within equal unit groups. Labels of fewer than 10 people are not shown, nor anything that gives
them away.

Source: Wilson 1927; Donner and Zou 2012; Mantel and Haenszel 1959; four fifths as in 29 CFR 1607.4(D), there
against the group with the highest rate. Checked against plain Python and simulation in
tests/matching/test_fairness.py; docs/fairness.md.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import ndtri, stdtrit

from padan.errors import InputError, ShapeError
from padan.matching.acceptance import Edges, Exam, exam_curve

__all__ = [
    "AGE_GROUPS",
    "ATTRIBUTES",
    "MEASURES",
    "REPORTED",
    "Attribute",
    "Fairness",
    "Groups",
    "Row",
    "fairness",
    "outcomes",
    "read_groups",
    "room_of",
]

ATTRIBUTES = ("sex", "age_group", "region", "disability", "education")
MEASURES = ("listed", "length", "score", "suitable", "hires", "exposure", "selected")
AGE_GROUPS = ("15–24", "25–34", "35–44", "45–54", "55+")
NOT_KNOWN = "unknown"  #: the label of those whose label is null
LEAST_PEOPLE = 10  #: labels of fewer people are not shown
LEVEL = 0.95
FOUR_FIFTHS = 0.8  #: flagged below it, and above 1 / it

Status = Literal["given", "missing", "not_recorded"]

_SHARES = ("listed", "selected")
_MOST_LABELS = 1000
_MOST_UNIT_GROUPS = 2000
_NAMED = 20  #: most offenders that an error names
_SMALL = f"fewer than {LEAST_PEOPLE} people"
_GIVEAWAY = f"not shown: it would give away a label of fewer than {LEAST_PEOPLE} people"
_YEARS = (1900, 2200)
_AGES = (15, 100)

#: the report in long form, a row a label and measure
REPORTED = pa.schema(
    [
        ("attribute", pa.string()),
        ("label", pa.string()),
        ("measure", pa.string()),
        ("people", pa.int64()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("ratio", pa.float64()),
        ("ratio_low", pa.float64()),
        ("ratio_high", pa.float64()),
        ("adjusted_ratio", pa.float64()),
        ("adjusted_share", pa.float64()),
        ("flag", pa.string()),
        ("reason", pa.string()),
    ]
)

#: the columns of REPORTED that are measured
_NUMBERS = (
    "value",
    "low",
    "high",
    "ratio",
    "ratio_low",
    "ratio_high",
    "adjusted_ratio",
    "adjusted_share",
)

_Floats = npt.NDArray[np.float64]
_Codes = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Row:
    """One label and measure. What is None has its reason in `reason`."""

    attribute: str
    label: str | None  #: None only in the one row of an attribute that is missing or not recorded
    measure: str | None
    people: int | None  #: who count in the measure: all of the label, for `score` those with a list
    value: float | None
    low: float | None
    high: float | None
    ratio: float | None  #: to the value of everybody else
    ratio_low: float | None
    ratio_high: float | None
    adjusted_ratio: float | None  #: the same within equal unit groups
    adjusted_share: float | None  #: people of the label who are in a unit group that the rest has too
    flag: Literal["less", "more"] | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Attribute:
    """What is known of one attribute, and its rows: measures in the order of MEASURES, labels sorted, unknown
    last.
    """

    name: str
    status: Status
    reason: str | None
    unknown_share: float | None  #: people whose label is null; None where it may not be shown
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Fairness:
    """The report of a run of `people` jobseekers."""

    people: int
    attributes: tuple[Attribute, ...]

    @property
    def complete(self) -> bool:
        """Every attribute is given or declared as not recorded."""
        return all(a.status != "missing" for a in self.attributes)

    @property
    def flagged(self) -> tuple[Row, ...]:
        """The rows to look at first."""
        return tuple(row for a in self.attributes for row in a.rows if row.flag is not None)

    def require(self) -> Fairness:
        """The report itself; InputError with everything that is missing where it is not complete."""
        missing = [a for a in self.attributes if a.status == "missing"]
        if missing:
            names = [a.name for a in missing]
            raise InputError(
                "the fairness report is not complete: " + "; ".join(f"{a.name}: {a.reason}" for a in missing),
                hint=f"give the labels (--groups), or say what is not: --not-recorded {','.join(names)}",
                field=names[0],
            )
        return self

    def table(self) -> pa.Table:
        """All rows, schema REPORTED; a missing attribute is one row with its reason."""
        rows = [asdict(row) for a in self.attributes for row in a.rows]
        return pa.Table.from_pylist(rows, schema=REPORTED)

    def to_json(self) -> str:
        """The report with the rules it was made by."""
        rules = {"level": LEVEL, "less": FOUR_FIFTHS, "more": 1 / FOUR_FIFTHS, "least_people": LEAST_PEOPLE}
        report = {
            "people": self.people,
            "complete": self.complete,
            "rules": rules,
            "attributes": [asdict(a) for a in self.attributes],
        }
        return json.dumps(report, ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Groups:
    """Labels for the jobseekers of a run, as read from a table of their own."""

    labels: dict[str, npt.NDArray[np.object_]]  #: attribute -> (n,) text or None, for `fairness`
    absent: int  #: jobseekers of whom the table says nothing
    strangers: int  #: rows about nobody in the run; left out
    out_of_range: int  #: jobseekers whose birth year gives an age outside 15 to 100; unknown


def fairness(
    lists: npt.ArrayLike,
    groups: Mapping[str, Any],
    *,
    scores: npt.ArrayLike | None = None,
    edges: Edges | None = None,
    room: npt.ArrayLike | None = None,
    hires: npt.ArrayLike | None = None,
    employers: npt.ArrayLike | None = None,
    unit_group: Any = None,
    not_recorded: Sequence[str] = (),
    exam: Exam = "log",
) -> Fairness:
    """Report what each label of each attribute got. Arrays of the run as in `outcomes`.

    groups         attribute of ATTRIBUTES -> (n,) text or None for each jobseeker
    unit_group     (n,) text or None, the jobseeker's occupation; without it nothing is adjusted
    not_recorded   attributes that the office does not record; stated as such

    An attribute that is neither given nor declared is `missing`, as is one without a single label. People
    with a null label are a row of their own, and part of the rest for other labels. Work O(n log n).
    Raises InputError or ShapeError for names, labels and arrays that do not fit.
    """
    measured = outcomes(
        lists, scores=scores, edges=edges, room=room, hires=hires, employers=employers, exam=exam
    )
    n = len(np.asarray(lists))
    check_names(groups, not_recorded)
    coded = {name: _coded(name, groups[name], n, _MOST_LABELS) for name in ATTRIBUTES if name in groups}
    for name in not_recorded:
        if name in coded and np.any(coded[name][0] < len(coded[name][1])):
            raise InputError(
                f"{name} is declared as not recorded, and labels of it are given",
                hint=f"take {name} out of not_recorded, or out of groups",
                field="not_recorded",
            )
    stratum, units = (
        (None, ()) if unit_group is None else _coded("unit_group", unit_group, n, _MOST_UNIT_GROUPS)
    )
    # people in an order that only their numbers make: no sum depends on the order they came in
    keys: list[npt.NDArray[Any]] = [codes for codes, _ in coded.values()]
    keys += [] if stratum is None else [stratum]
    keys += [values for values in measured.values() if not isinstance(values, str)]
    order = np.lexsort(keys) if keys else np.arange(n)
    ordered = {name: v if isinstance(v, str) else v[order] for name, v in measured.items()}
    known = None if stratum is None else np.where(stratum[order] < len(units), stratum[order], -1)
    attributes = []
    for name in ATTRIBUTES:
        if name in not_recorded:
            attributes.append(_without(name, "not_recorded", "declared as not recorded"))
        elif name not in coded:
            attributes.append(_without(name, "missing", "not given"))
        elif n == 0:
            attributes.append(_without(name, "missing", "there are no jobseekers"))
        elif not coded[name][1]:
            attributes.append(_without(name, "missing", "no jobseeker has a label"))
        else:
            codes, labels = coded[name]
            attributes.append(_attribute(name, codes[order], labels, ordered, known))
    return Fairness(n, tuple(attributes))


def outcomes(
    lists: npt.ArrayLike,
    *,
    scores: npt.ArrayLike | None = None,
    edges: Edges | None = None,
    room: npt.ArrayLike | None = None,
    hires: npt.ArrayLike | None = None,
    employers: npt.ArrayLike | None = None,
    exam: Exam = "log",
) -> dict[str, _Floats | str]:
    """Each measure as one number a person: (n,), NaN where the person does not count in it; or the reason why
    the measure is not there.

    lists       (n, k) whole numbers, row of the vacancy, best first, -1 for none
    scores      (n, k) ≥ 0 of the entries; without them the score of `edges`
    edges       the candidates with p, q and score; every entry of a list is one of them
    room        (m,) 0–1, chance that an application finds room, see `room_of`; with `edges` it gives hires
    hires       (n,) ≥ 0 expected hires of each person, in place of edges and room; for an enrolment 1 where a
                place is given
    employers   (m, k) whole numbers, row of the jobseeker, best first, -1 for none
    """
    shown = _lists("lists", lists, None)
    n, k = shown.shape
    entry = shown >= 0
    length = entry.sum(axis=1).astype(np.float64)
    found: dict[str, _Floats | str] = {"listed": (length > 0).astype(np.float64), "length": length}
    position: npt.NDArray[np.int64] | None = None
    openness = None if room is None else _finite("room", room, None, most=1.0)
    if edges is not None:
        position = _positions(edges, shown, openness)
    if scores is not None:
        given = _finite("scores", scores, shown.shape, counted=entry)
        found["score"] = _per_entry(given, entry, length)
    elif edges is not None and position is not None:
        found["score"] = _per_entry(_at(edges.score, position), entry, length)
    else:
        found["score"] = "neither scores nor edges were given"
    found["suitable"] = "no edges were given"
    found["hires"] = "neither hires nor edges with room were given"
    if edges is not None and position is not None:
        curve = exam_curve(max(k, 1), exam)[:k]
        suitable = _at(edges.p, position) * _at(edges.q, position) * curve
        found["suitable"] = suitable.sum(axis=1)
        if openness is not None:
            found["hires"] = (suitable * _at(openness, np.where(entry, shown, -1))).sum(axis=1)
    elif openness is not None:
        raise InputError("room is given without edges", hint="give edges, or hires alone", field="room")
    if hires is not None:
        if openness is not None:
            raise InputError("hires and room are both given", hint="give one of them", field="hires")
        found["hires"] = _finite("hires", hires, (n,))
    found["exposure"] = found["selected"] = "no employers' lists were given"
    if employers is not None:
        theirs = _lists("employers", employers, n)
        curve = exam_curve(max(theirs.shape[1], 1), exam)[: theirs.shape[1]]
        there = theirs >= 0
        # counted by rank, so that the sum has one order whatever the order of the employers
        exposure = np.zeros(n)
        for r in range(theirs.shape[1]):
            exposure += curve[r] * np.bincount(theirs[there[:, r], r], minlength=n)
        found["exposure"] = exposure
        found["selected"] = (np.bincount(theirs[there], minlength=n) > 0).astype(np.float64)
    return found


def room_of(applications: npt.ArrayLike, fills: npt.ArrayLike) -> _Floats:
    """The chance (m,) that a suitable application finds room: fills ÷ applications of an `Allocation`, 1
    where nobody applies.

    It is the mean over all applications to a vacancy, so that the hires of all persons add up to the fills.
    The slope P(Poisson(a) < c) that allocation sorts by is the chance of one application more, and smaller.
    """
    asked = _finite("applications", applications, None)
    filled = _finite("fills", fills, asked.shape)
    wrong = np.flatnonzero(filled > asked * (1 + 1e-9) + 1e-9)
    if len(wrong):
        raise InputError(
            f"vacancy {wrong[0]}: {filled[wrong[0]]} filled of {asked[wrong[0]]} applications",
            hint="pass applications first, then fills, of one allocation",
            field="fills",
        )
    return np.where(asked > 0, np.minimum(filled / np.where(asked > 0, asked, 1.0), 1.0), 1.0)


def read_groups(table: pa.Table, seeker_ids: Sequence[str], *, year: int | None = None) -> Groups:
    """Labels for the jobseekers of a run from a table of their own, read after the lists are made.

    table        seeker_id and any of sex, age_group or birth_year, region, disability, education
    seeker_ids   the n jobseekers, in the order of the lists
    year         of the run; needed for birth_year. Age is year - birth_year

    Text is trimmed, blank is null. A region code such as "32.73" counts as its province "32"; disability may
    be true or false (yes, no). Raises InputError for other columns, repeated ids and values that cannot be.
    """
    _check_columns(table)
    ids = pa.array(list(seeker_ids), pa.string())
    column = table.column("seeker_id").combine_chunks()
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise InputError(f"seeker_id is {column.type}, not text", hint="cast it to text", field="seeker_id")
    column = column.cast(pa.string())
    if column.null_count:
        raise InputError(
            f"{column.null_count} rows have no seeker_id",
            hint="take them out of the table",
            field="seeker_id",
        )
    for what, array in (("the table", column), ("the run", ids)):
        _check_unique(what, array)
    at = pc.index_in(ids, value_set=column)
    strangers = len(column) - (len(ids) - at.null_count)
    labels: dict[str, npt.NDArray[np.object_]] = {}
    out_of_range = 0
    for name in table.column_names:
        if name == "seeker_id":
            continue
        values = table.column(name).combine_chunks().take(at)
        if name == "birth_year":
            labels["age_group"], out_of_range = _age_groups(values, year)
        else:
            labels[name] = _texts(name, values)
    return Groups(labels, at.null_count, strangers, out_of_range)


def _check_columns(table: pa.Table) -> None:
    allowed = ("seeker_id", "birth_year", *ATTRIBUTES)
    names = table.column_names
    if "seeker_id" not in names:
        raise InputError(
            "the table has no column seeker_id", hint=f"columns: {', '.join(names)}", field="seeker_id"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"the column {twice[0]!r} stands twice", field=twice[0])
    for name in names:
        if name not in allowed:
            raise InputError(
                f"the table has a column {name!r} that this report does not use",
                hint=f"{_nearest(name, allowed)}; leave other columns out, the report needs none of them",
                field=name,
            )
    if {"birth_year", "age_group"} <= set(names):
        raise InputError(
            "birth_year and age_group are both given", hint="keep one of them", field="birth_year"
        )


def _check_unique(what: str, ids: pa.Array) -> None:
    counts = pc.value_counts(ids)
    repeated = counts.filter(pc.greater(counts.field("counts"), 1)).field("values")
    if len(repeated):
        shown = ", ".join(repr(v) for v in sorted(repeated.to_pylist())[:_NAMED])
        raise InputError(
            f"{len(repeated)} ids stand more than once in {what}: {shown}",
            hint="keep one row a jobseeker",
            field="seeker_id",
        )


def _age_groups(values: pa.Array, year: int | None) -> tuple[npt.NDArray[np.object_], int]:
    if year is None or not _YEARS[0] <= year <= _YEARS[1]:
        raise InputError(
            f"birth_year needs the year of the run, and year is {year}",
            hint="pass year=, four digits",
            field="year",
        )
    if not pa.types.is_integer(values.type):
        raise InputError(f"birth_year is {values.type}, not whole numbers", field="birth_year")
    known = np.asarray(pc.is_valid(values))
    born = values.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    age = year - born
    valid = known & (age >= _AGES[0]) & (age <= _AGES[1])
    group = np.clip((age - 15) // 10, 0, len(AGE_GROUPS) - 1)
    out = np.full(len(values), None, object)
    out[valid] = np.array(AGE_GROUPS, object)[group[valid]]
    return out, int((known & ~valid).sum())


def _texts(name: str, values: pa.Array) -> npt.NDArray[np.object_]:
    if name == "disability" and pa.types.is_boolean(values.type):
        values = pc.if_else(values, "yes", "no")
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_null(values.type) or pa.types.is_large_string(values.type):
        values = values.cast(pa.string())
    if not pa.types.is_string(values.type):
        raise InputError(f"{name} is {values.type}, not text", hint="cast it to text", field=name)
    values = pc.utf8_trim_whitespace(values)
    values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
    if name == "region":
        values = pc.replace_substring_regex(values, r"^(\d{2})(\.\d+)+$", r"\1")
    if name == "age_group":
        values = pc.replace_substring_regex(values, r"^(\d{2})\s*[-–]\s*(\d{2})$", "\\1–\\2")
        wrong = sorted({v for v in pc.unique(values).to_pylist() if v is not None and v not in AGE_GROUPS})
        if wrong:
            raise InputError(
                f"age_group {wrong[0]!r} is none of the groups",
                hint=f"one of {', '.join(AGE_GROUPS)}, or give birth_year",
                field=name,
            )
    return np.array(values.to_pylist(), object)


def check_names(groups: Iterable[str], not_recorded: Sequence[str]) -> None:
    """Raise InputError for a name that is no attribute of the report."""
    if isinstance(not_recorded, str):
        raise InputError(
            f"not_recorded is the text {not_recorded!r}", hint=f"({not_recorded!r},)", field="not_recorded"
        )
    for field, names in (("groups", groups), ("not_recorded", not_recorded)):
        for name in names:
            if name not in ATTRIBUTES:
                raise InputError(
                    f"{field}: {name!r} is no attribute of this report",
                    hint=_nearest(str(name), ATTRIBUTES),
                    field=field,
                )


def _nearest(name: str, allowed: Sequence[str]) -> str:
    near = difflib.get_close_matches(name.casefold(), allowed, n=2, cutoff=0.5)
    return f"nearest: {', '.join(near)}" if near else f"one of {', '.join(allowed)}"


def _coded(name: str, labels: Any, n: int, most: int) -> tuple[_Codes, tuple[str, ...]]:
    """Labels as numbers of the sorted labels; null has the number behind the last."""
    try:
        if isinstance(labels, pa.ChunkedArray):
            labels = labels.combine_chunks()
        texts = labels if isinstance(labels, pa.Array) else pa.array(labels, from_pandas=False)
        texts = texts.dictionary_decode() if pa.types.is_dictionary(texts.type) else texts
        if not (
            pa.types.is_null(texts.type) or pa.types.is_string(texts.type) or texts.type == pa.large_string()
        ):
            raise InputError(
                f"{name}: labels are {texts.type}, not text", hint="use text or None", field=name
            )
        encoded = texts.cast(pa.string()).dictionary_encode()
    except (pa.ArrowException, TypeError) as error:
        raise InputError(f"{name}: a label is neither text nor None", field=name) from error
    if len(encoded) != n:
        raise ShapeError(f"{name}: {len(encoded)} labels, {n} jobseekers", field=name)
    distinct = encoded.dictionary.to_pylist()
    if len(distinct) > most:
        raise InputError(
            f"{name} has {len(distinct)} different labels, more than {most}",
            hint="give a coarser one, such as the province",
            field=name,
        )
    folded: dict[str, str] = {}
    for label in sorted(distinct):
        if not label.strip() or label.strip().casefold() == NOT_KNOWN:
            raise InputError(
                f"{name}: {label!r} is no label", hint="write None for what is not known", field=name
            )
        other = folded.setdefault(label.strip().casefold(), label)
        if other != label:
            raise InputError(
                f"{name}: {other!r} and {label!r} differ in capitals or blanks only",
                hint="write them alike",
                field=name,
            )
    ordered = sorted(distinct)
    place = {label: i for i, label in enumerate(ordered)}
    number = np.array([*(place[label] for label in distinct), len(ordered)], np.int64)
    raw = encoded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False).astype(np.int64)
    return number[raw], tuple(ordered)


def _lists(name: str, rows: npt.ArrayLike, others: int | None) -> npt.NDArray[np.int64]:
    given = np.asarray(rows)
    if given.ndim != 2 or given.dtype.kind not in "iu":
        raise ShapeError(
            f"{name} are {given.shape} {given.dtype}, not rows of whole numbers",
            hint="(n, k) int32",
            field=name,
        )
    shown = given.astype(np.int64)
    wrong = np.argwhere((shown < -1) | (shown >= (np.iinfo(np.int64).max if others is None else others)))
    if len(wrong):
        row, r = wrong[0]
        within = "0 or more" if others is None else f"within {others} jobseekers"
        raise ShapeError(
            f"{name} row {row}, rank {r + 1}: {shown[row, r]} is not {within}", hint="-1 for none", field=name
        )
    ranked = np.sort(shown, axis=1)
    twice = np.flatnonzero(((ranked[:, 1:] == ranked[:, :-1]) & (ranked[:, 1:] >= 0)).any(axis=1))
    if len(twice):
        raise ShapeError(
            f"{name} row {twice[0]} holds an entry twice", hint=f"{len(twice)} rows do", field=name
        )
    return shown


def _finite(
    name: str,
    values: npt.ArrayLike,
    shape: tuple[int, ...] | None,
    *,
    most: float = np.inf,
    counted: _Mask | None = None,
) -> _Floats:
    """Finite numbers of 0 to `most`; where `counted` is false anything goes and counts 0."""
    try:
        given = np.asarray(values).astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: a value is not a number", field=name) from error
    if (shape is None and given.ndim != 1) or (shape is not None and given.shape != shape):
        wanted = "one row" if shape is None else shape
        raise ShapeError(f"{name} is {given.shape}, not {wanted}", field=name)
    given = given if counted is None else np.where(counted, given, 0.0)
    wrong = np.argwhere(~(np.isfinite(given) & (given >= 0) & (given <= most)))
    if len(wrong):
        allowed = "a number of 0 or more" if most == np.inf else f"within 0 to {most:g}"
        raise InputError(
            f"{name} row {wrong[0][0]}: {given[tuple(wrong[0])]} is not {allowed}",
            hint=f"{len(wrong)} of {given.size} values are wrong",
            field=name,
        )
    return given


def _positions(edges: Edges, shown: npt.NDArray[np.int64], room: _Floats | None) -> npt.NDArray[np.int64]:
    """Positions (n, k) of the entries among the candidates, -1 for none."""
    vacancies = int(max(edges.vacancy.max(initial=-1), shown.max(initial=-1))) + 1
    edges.check(vacancies if room is None else len(room))
    if len(edges) != len(shown):
        raise ShapeError(f"lists are for {len(shown)} jobseekers, edges for {len(edges)}", field="edges")
    rows = np.repeat(np.arange(len(edges)), np.diff(edges.indptr))
    candidates = rows * (vacancies + 1) + edges.vacancy
    wanted = np.arange(len(shown))[:, None] * (vacancies + 1) + np.maximum(shown, 0)
    at = np.searchsorted(candidates, wanted)
    there = np.append(candidates, -1)[np.minimum(at, len(candidates))] == wanted
    strange = np.flatnonzero(((shown >= 0) & ~there).any(axis=1))
    if len(strange):
        raise ShapeError(
            f"jobseeker {strange[0]}: the list holds a vacancy that is no candidate",
            hint="give the edges that the lists were made from",
            field="edges",
        )
    return np.where(shown >= 0, at, -1)


def _at(values: npt.NDArray[Any], position: npt.NDArray[np.int64]) -> _Floats:
    """Values at positions, 0 for -1."""
    return np.append(values.astype(np.float64), 0.0)[position]


def _per_entry(values: _Floats, entry: _Mask, length: _Floats) -> _Floats:
    """Mean over the entries of each list, NaN for an empty one."""
    total = np.where(entry, values, 0.0).sum(axis=1)
    return np.where(length > 0, total / np.maximum(length, 1.0), np.nan)


def _without(name: str, status: Status, reason: str) -> Attribute:
    blank = {field: None for field in REPORTED.names if field not in ("attribute", "reason")}
    return Attribute(name, status, reason, None, (Row(attribute=name, reason=reason, **blank),))


def _attribute(
    name: str,
    codes: _Codes,
    labels: tuple[str, ...],
    measured: Mapping[str, _Floats | str],
    stratum: _Codes | None,
) -> Attribute:
    """All rows of an attribute; `codes` number labels, and behind the last one those without."""
    people = np.bincount(codes, minlength=len(labels) + 1)
    named = (*labels, NOT_KNOWN) if people[-1] else labels
    people = people[: len(named)]
    hidden = _hidden(people, people < LEAST_PEOPLE)
    rows: list[Row] = []
    for measure in MEASURES:
        values = measured[measure]
        if isinstance(values, str):
            for at, label in enumerate(named):
                count = None if hidden[at] else int(people[at])
                rows.append(_row(name, label, measure, people=count, reason=values))
        else:
            rows += _measured(name, named, measure, values, codes, people, hidden, stratum)
    if len(named) > len(labels) and hidden[-1]:
        return Attribute(
            name, "given", "the share of unknown labels would give away a small label", None, tuple(rows)
        )
    unknown = int(people[len(labels) :].sum()) / int(people.sum())
    return Attribute(name, "given", None, unknown, tuple(rows))


def _hidden(people: _Codes, small: _Mask) -> _Mask:
    """Which labels are not shown: the small ones, and then the next smallest until those hidden are two or
    more and together ten or more. Totals give away no more than their sum. Labels of nobody do not count.
    """
    hidden = small & (people > 0)
    if not hidden.any():
        return hidden
    for at in np.argsort(people, kind="stable"):
        if hidden.sum() >= 2 and people[hidden].sum() >= LEAST_PEOPLE:
            break
        hidden[at] = hidden[at] or people[at] > 0
    return hidden


def _measured(
    name: str,
    labels: tuple[str, ...],
    measure: str,
    values: _Floats,
    codes: _Codes,
    people: _Codes,
    hidden_people: _Mask,
    stratum: _Codes | None,
) -> list[Row]:
    counted = ~np.isnan(values)
    values, codes = values[counted], codes[counted]
    base = np.bincount(codes, minlength=len(labels))
    hidden = _hidden(base, (base < LEAST_PEOPLE) | hidden_people) | hidden_people
    counts = base
    if hidden.any():
        # as one label, so that not even the last bit of a sum tells them apart
        codes = np.where(hidden[codes], int(np.argmax(hidden)), codes)
        counts = np.bincount(codes, minlength=len(labels))
    own, rest = _moments(values, codes, counts)
    some = values[values > 0]
    largest = float(some.mean()) if len(some) else None
    # also hires of an enrolment and lists of one are 0 or 1
    share = measure in _SHARES or (len(some) > 0 and bool(np.all((values == 0) | (values == 1))))
    shown = ~hidden & (base > 0)
    tested = int((shown & (rest[0] > 0) & (rest[1] > 0)).sum())
    # of two labels that are everybody one ratio is the other turned round: one comparison
    tested = 1 if tested == 2 and len(labels) == 2 else max(tested, 1)
    usual, strict = 1.0 - LEVEL, (1.0 - LEVEL) / tested
    low, high = _limits(*own, share, largest, usual)
    ratio, ratio_low, ratio_high = _ratio(own, rest, share, largest, usual)
    _, strict_low, strict_high = _ratio(own, rest, share, largest, strict)
    adjusted, covered, why = _adjusted(
        values, codes, None if stratum is None else stratum[counted], counts, len(labels)
    )
    columns = (own[1], low, high, ratio, ratio_low, ratio_high, adjusted, covered)
    rows = []
    for at, label in enumerate(labels):
        if hidden[at]:
            few = base[at] < LEAST_PEOPLE and not hidden_people[at]
            text = _SMALL if people[at] < LEAST_PEOPLE else f"{_SMALL} with a list" if few else _GIVEAWAY
            rows.append(_row(name, label, measure, people=None, reason=text))
            continue
        if base[at] == 0:
            rows.append(_row(name, label, measure, people=0, reason="nobody of the label has a list"))
            continue
        reason = why[at]
        if largest is None and not share:
            reason = "nobody has any: no upper end and no ratio"
        elif rest[0][at] == 0:
            reason = "there is nobody else"
        elif rest[1][at] <= 0:
            reason = "everybody else has none, so there is no ratio"
        flag: Literal["less", "more"] | None = None
        if strict_high[at] < FOUR_FIFTHS:
            flag = "less"
        elif strict_low[at] > 1 / FOUR_FIFTHS:
            flag = "more"
        numbers = dict(zip(_NUMBERS, (c[at] for c in columns), strict=True))
        rows.append(_row(name, label, measure, people=int(base[at]), reason=reason, flag=flag, **numbers))
    return rows


def _row(
    attribute: str,
    label: str,
    measure: str,
    *,
    people: int | None,
    reason: str | None,
    flag: Literal["less", "more"] | None = None,
    **numbers: float,
) -> Row:
    found = {f: float(numbers[f]) if np.isfinite(numbers.get(f, np.nan)) else None for f in _NUMBERS}
    return Row(
        attribute=attribute, label=label, measure=measure, people=people, flag=flag, reason=reason, **found
    )


_Moments = tuple[_Floats, _Floats, _Floats]


def _moments(values: _Floats, codes: _Codes, base: _Codes) -> tuple[_Moments, _Moments]:
    """Of each label and of everybody else: people, mean (NaN of nobody), sum of squares about it."""
    size = len(base)
    n = base.astype(np.float64)
    total = np.bincount(codes, values, minlength=size)
    others = _others(n)
    with np.errstate(invalid="ignore"):
        mean = total / n
        other_mean = np.asarray(_others(total) / others, np.float64)
    square = np.bincount(codes, (values - mean[codes]) ** 2, minlength=size).astype(np.float64)
    grand = float(total.sum() / n.sum()) if n.sum() else 0.0
    between = n * np.where(n > 0, mean - grand, 0.0) ** 2
    shift = np.where(others > 0, other_mean - grand, 0.0)
    other_square = _others(square) + _others(between) - others * shift**2
    return (n, mean, square), (others, other_mean, np.asarray(np.maximum(other_square, 0.0), np.float64))


def _others(values: npt.NDArray[Any]) -> _Floats:
    """The sum of all but one of the last axis, for each; from both ends, so that nothing cancels."""
    numbers = values.astype(np.float64)
    none = np.zeros((*numbers.shape[:-1], 1))
    before = np.concatenate([none, np.cumsum(numbers, axis=-1)[..., :-1]], axis=-1)
    after = np.concatenate([np.cumsum(numbers[..., ::-1], axis=-1)[..., ::-1][..., 1:], none], axis=-1)
    return np.asarray(before + after, np.float64)


def _limits(
    n: _Floats, mean: _Floats, square: _Floats, share: bool, largest: float | None, alpha: float
) -> tuple[_Floats, _Floats]:
    """The interval of each mean at level 1 - alpha.

    Where all are 0, there is no spread to judge by: the upper end is that of a share of 0, times the mean of
    all who have more than 0 (`largest`).
    """
    z = -float(ndtri(alpha / 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (mean + z * z / (2 * n)) / (1 + z * z / n)
        half = z * np.sqrt(mean * (1 - mean) / n + z * z / (4 * n * n)) / (1 + z * z / n) if share else 0.0
        if share:
            return np.where(mean > 0, centre - half, 0.0), np.where(mean < 1, centre + half, 1.0)
        wide = stdtrit(n - 1, 1 - alpha / 2) * np.sqrt(square / (n - 1) / n) / mean
        some = mean > 0
        most = z * z / (n + z * z) * (np.nan if largest is None else largest)
        low = np.where(some, mean * np.exp(-wide), 0.0)
        return low, np.where(some, mean * np.exp(np.minimum(wide, 700.0)), most)


def _ratio(
    own: _Moments, rest: _Moments, share: bool, largest: float | None, alpha: float
) -> tuple[_Floats, _Floats, _Floats]:
    """Ratio of each to everybody else and its interval (MOVER-R of Donner and Zou); NaN without a rest."""
    mean, other = own[1], rest[1]
    low, high = _limits(*own, share, largest, alpha)
    other_low, other_high = _limits(*rest, share, largest, alpha)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        ratio = np.where(other > 0, mean / other, np.nan)
        # how far the ends lie from their means, as a part of the mean
        down, up = (mean - low) / mean, (high - mean) / mean
        other_down, other_up = (other - other_low) / other, (other_high - other) / other
        both = np.sqrt(down**2 + other_up**2 * (1 - down**2))
        ratio_low = np.where(mean > 0, ratio * (1 - down**2) / (1 + both), 0.0)
        narrow = 1 - other_down**2
        both = np.sqrt(up**2 * narrow + other_down**2)
        # for a mean of 0 the formula is left with its upper end
        ratio_high = np.where(mean > 0, ratio * (1 + both) / narrow, high / other / np.sqrt(narrow))
    known = np.isfinite(ratio)
    return ratio, np.where(known, ratio_low, np.nan), np.where(known, ratio_high, np.nan)


def _adjusted(
    values: _Floats, codes: _Codes, stratum: _Codes | None, base: _Codes, size: int
) -> tuple[_Floats, _Floats, list[str | None]]:
    """Ratio to everybody else with the same mix of unit groups, and the part of the label that it covers.

    Direct standardisation: means within unit groups, weighted by own · others ÷ both (Mantel and Haenszel), a
    mix that leans on no unit group where one side has few.
    """
    ratio, covered = np.full(size, np.nan), np.full(size, np.nan)
    if stratum is None:
        return ratio, covered, ["not adjusted: no unit groups were given"] * size
    inside = stratum >= 0
    _, unit = np.unique(stratum[inside], return_inverse=True)
    units = int(unit.max(initial=-1)) + 1
    cell = unit * size + codes[inside]
    own = np.bincount(cell, minlength=units * size).reshape(units, size).astype(np.float64)
    mine = np.bincount(cell, values[inside], minlength=units * size).reshape(units, size)
    others, theirs = _others(own), _others(mine)
    both, everybody = (own > 0) & (others > 0), own + others
    everybody[everybody == 0] = 1.0
    upper, lower = (mine * others / everybody).sum(axis=0), (theirs * own / everybody).sum(axis=0)
    kept, left = (own * both).sum(axis=0), (others * both).sum(axis=0)
    few = (kept < LEAST_PEOPLE) | (left < LEAST_PEOPLE)
    fine = ~few & (lower > 0)
    ratio[fine], covered[fine] = upper[fine] / lower[fine], kept[fine] / base[fine]
    thin = f"not adjusted: {_SMALL} in unit groups that the label and the rest both have"
    none = "not adjusted: in the same unit groups everybody else has none"
    return ratio, covered, [thin if f else None if ok else none for f, ok in zip(few, fine, strict=True)]
