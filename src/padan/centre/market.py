"""Advice for a whole market: files in, everybody's list out, with odds, reasons and a fairness report.

run = market(seekers, vacancies, k=10)
run.lists        a row an entry: the match with its terms, people per place, why, in both languages
run.scarcity     which kinds of work and places are short of people, by prices of the market with transfers
run.fairness     what the labels of each attribute got
run.summary()    what was counted

Order: code both tables, build the candidate graph, estimate who applies and who is accepted (from recorded
applications, a stored fit, or stated priors), allocate, put counsellors' decisions in, explain. The file of
labels for the fairness report is opened after the lists are made: nothing of it can reach them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from padan.centre.advice import sentences
from padan.centre.intake import today
from padan.centre.main_job import MATCHES, Clock, Sides, coded_sides
from padan.errors import InputError, NotFound
from padan.matching import Weights, explain
from padan.matching.acceptance import Edges, known, within
from padan.matching.advice import ADVICE, Reliability, Where, advise, chances, odds, why
from padan.matching.allocate import Allocation, Policy, allocate
from padan.matching.engine import Engine
from padan.matching.fairness import Fairness, check_names, fairness, read_groups, room_of
from padan.matching.features import UNKNOWN
from padan.matching.graph import Candidates, candidates
from padan.matching.overrides import Overridden, apply_overrides, read_overrides
from padan.matching.propensity import (
    Fitted,
    edges_with,
    fit,
    from_json,
    prior_propensities,
    records_from_table,
)
from padan.matching.rank import terms_of
from padan.matching.rounds import spread_fills
from padan.matching.spark import SparkEngine
from padan.reading.formats import BadRow, open_rows, sniff
from padan.settings import settings

__all__ = [
    "ADVISED",
    "SCARCITY",
    "EngineName",
    "MarketRun",
    "csv_of",
    "fit_propensities",
    "market",
    "table_of",
    "write_text",
]

EngineName = Literal["local", "spark"]

_ADDED = [name for name in ADVICE.names if name not in MATCHES.names]
#: a row an entry of a list: a match, and what the person is told beside it
ADVISED = pa.schema(
    [
        *MATCHES,
        *(ADVICE.field(name) for name in _ADDED),
        pa.field("advice_id", pa.string()),
        pa.field("advice_en", pa.string()),
    ],
    metadata={"padan.kind": "advice", "padan.schema": "1"},
)

#: prices by kind of work and by place; the higher, the scarcer the people
SCARCITY = pa.schema(
    [
        ("by", pa.string()),  # unit_group or province
        ("code", pa.string()),
        ("openings", pa.int64()),
        ("price", pa.float64()),  # mean log(openings / openings that stay empty), openings counted
        ("filled_share", pa.float64()),  # expected by the lists that are handed out
    ]
)


@dataclass(slots=True)
class MarketRun:
    """One run over the whole market and all that is needed to show it."""

    sides: Sides
    graph: Candidates
    plan: Allocation
    decided: Overridden
    fitted: Fitted | None
    lists: pa.Table
    scarcity: pa.Table
    fairness: Fairness
    labels: dict[str, int] | None  #: what the file of labels held: absent, strangers, out_of_range
    engine: str
    unused_records: int
    seconds: dict[str, float] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """Counts of the run, as data."""
        plan = self.plan
        figures = {name: getattr(plan.figures, name) for name in ("gini_opening", "top_share", "coverage")}
        figures["score_kept"] = plan.figures.score_kept
        return {
            "jobseekers": len(self.sides.people),
            "vacancies": len(self.sides.posts),
            "openings": int(self.sides.openings.sum()),
            "candidates": len(self.graph.vacancy),
            "policy": plan.policy,
            "trust": round(plan.trust, 3),
            "propensities": "priors" if self.fitted is None else self.fitted.source,
            "unused_records": self.unused_records,
            "entries": len(self.lists),
            "without_a_list": int((self.decided.lists[:, 0] < 0).sum()) if len(self.decided.lists) else 0,
            "expected_fills": round(float(plan.fills.sum()), 1),
            "exposure": {k: None if v is None else round(v, 4) for k, v in figures.items()},
            # lines of the file and no ids: a summary may end in a log
            "overrides": {
                "applied": len(self.decided.applied),
                "refused": [{"line": r.override.line, "code": r.code} for r in self.decided.refused],
            },
            "fairness": {
                "complete": self.fairness.complete,
                "missing": [a.name for a in self.fairness.attributes if a.status == "missing"],
                "flagged": len(self.fairness.flagged),
                "labels": self.labels,
            },
            "engine": self.engine,
            "seconds": {name: round(value, 2) for name, value in self.seconds.items()},
        }


def market(
    seekers: pa.Table,
    vacancies: pa.Table,
    *,
    k: int = 10,
    policy: Policy = "fills",
    each: int = 50,
    seed: int = 1,
    engine: EngineName | Engine = "local",
    applications: Path | None = None,
    propensities: Path | None = None,
    overrides: Path | None = None,
    groups: Path | None = None,
    not_recorded: Sequence[str] = (),
    weights: Weights | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> MarketRun:
    """Give each jobseeker a list of at most k vacancies with the whole market in view.

    each            candidates a row, both ways
    engine          where ranking, terms and rounds run: local, spark, or an engine that is open; the result
                    is the same
    applications    recorded pairs: seeker_id, vacancy_id, applied, accepted, rank; those of people or
                    vacancies that are not in the tables are counted and left out
    propensities    instead: a fit of `fit_propensities`
    overrides       counsellors' decisions: seeker_id, vacancy_id, action, reason, by, on
    groups          labels for the fairness report: seeker_id and sex, age_group or birth_year, disability;
                    region and education come from the records where the file does not give them

    Raises InputError naming the file and row at fault.
    """
    if isinstance(engine, str) and engine not in get_args(EngineName):
        raise InputError(f"engine is {engine!r}", hint="local or spark", field="engine")
    if applications is not None and propensities is not None:
        raise InputError(
            "both recorded applications and a stored fit are given", hint="give one", field="propensities"
        )
    within("k", k, 1, 1000)
    within("each", each, 1, 1000)
    known("policy", policy, get_args(Policy))
    check_names((), not_recorded)
    # what can be seen to be wrong before an hour of work is; labels are only looked for, not opened
    for path in (applications, propensities, overrides, groups):
        if path is not None:
            _there(path)
    given = read_overrides(table_of(overrides)) if overrides is not None else []
    weights = weights or Weights()
    clock = Clock(progress)
    with ExitStack() as stack:
        worker: Engine | None = None if isinstance(engine, str) else engine
        if engine == "spark":
            worker = clock("start Spark", lambda: stack.enter_context(SparkEngine()))
        sides = coded_sides(seekers, vacancies, clock)
        threads = settings().threads
        graph = clock(
            "candidates",
            lambda: candidates(
                sides.people,
                sides.posts,
                each=each,
                km=sides.km,
                weights=weights,
                threads=threads,
                engine=worker,
            ),
        )
        fitted, unused = clock("propensities", lambda: _fitted(sides, applications, propensities))
        terms = graph.terms
        by = _units(sides)[graph.vacancy]
        estimates = fitted.predict(terms, by) if fitted else prior_propensities(terms)
        edges, trust = edges_with(graph.indptr, graph.vacancy, graph.score, estimates)
        keys = _keys(sides.people.ids)
        if worker is not None and policy == "fills":
            plan = clock(
                "allocate",
                lambda: spread_fills(worker, edges, sides.openings, k=k, seed=seed, trust=trust, keys=keys),
            )
        else:
            plan = clock(
                "allocate",
                lambda: allocate(
                    edges,
                    sides.openings,
                    policy=policy,
                    k=k,
                    seed=seed,
                    trust=trust,
                    keys=keys,
                    threads=threads,
                ),
            )
    plain = allocate(edges, sides.openings, policy="ranking", k=k, threads=threads).vacancy
    ids = {"seeker_ids": sides.people.ids, "vacancy_ids": sides.posts.ids}
    decided = apply_overrides(plan.vacancy, given, capacity=sides.openings, **ids)
    edges = _with_decided(sides, edges, decided, fitted, weights)
    told = odds(decided.lists, sides.openings, p=edges, where=_where(sides))
    reasons = why(
        decided.lists,
        edges,
        told,
        policy=policy,
        ranked=odds(plain, sides.openings, p=edges),
        decided=decided,
    )
    sure = None
    if estimates.calibrated and fitted is not None and fitted.p.quality and fitted.q.quality:
        off_by = max(fitted.p.quality.ece, fitted.q.quality.ece)
        sure = Reliability(fitted.p.records, off_by)
    likely = chances(decided.lists, edges, sides.openings, reliability=sure)
    advice = advise(decided.lists, told, reasons=reasons, chances=likely, decided=decided, **ids)
    lists = clock("explain", lambda: _lists(sides, decided.lists, advice, weights))
    scarcity = clock("scarcity", lambda: _scarcity(sides, edges, plan, k, threads))
    report, labels = clock("fairness", lambda: _report(sides, edges, plan, decided, groups, not_recorded, k))
    return MarketRun(
        sides,
        graph,
        plan,
        decided,
        fitted,
        lists,
        scarcity,
        report,
        labels,
        _name(engine),
        unused,
        clock.seconds,
    )


def _name(engine: EngineName | Engine) -> str:
    return engine if isinstance(engine, str) else type(engine).__name__


def fit_propensities(seekers: pa.Table, vacancies: pa.Table, applications: Path) -> tuple[Fitted, int]:
    """Fit p and q to recorded applications of these jobseekers and vacancies; the fit, and the records that
    were left out because one of the two is not in the tables.
    """
    sides = coded_sides(seekers, vacancies, Clock(lambda _: None))
    fitted, unused = _fitted(sides, applications, None)
    assert fitted is not None
    return fitted, unused


def table_of(path: Path) -> pa.Table:
    """A Parquet file as it is; any other table that can be read (CSV of any delimiter, workbook, JSON) with
    ids and labels as text, applied and accepted as yes or no, blank as null.

    Raises InputError once for all bad rows: the first 20 and the count.
    """
    _there(path)
    if sniff(path) == "parquet":
        try:
            return pq.read_table(path)
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{path.name} is a broken Parquet file", hint="write it again") from error
    columns: dict[str, list[Any]] = {}
    wrong: list[str] = []
    count = 0
    for row in open_rows(path):
        if isinstance(row, BadRow):
            wrong.append(f"row {row.number}: {row.reason}")
            continue
        for name in row.values:
            columns.setdefault(name, [None] * count)
        for name, cells in columns.items():
            try:
                cells.append(_cell(name, row.values.get(name)))
            except ValueError:
                wrong.append(f"row {row.number}: {name} {str(row.values[name])[:80]!r} is no {_WANTED[name]}")
                cells.append(None)
        count += 1
    if wrong:
        shown = "; ".join(wrong[:20])
        raise InputError(f"{path.name}: {len(wrong)} faults: {shown}", hint="mend them in the file")
    return pa.table({name: pa.array(cells, _TYPES.get(name, pa.string())) for name, cells in columns.items()})


_TYPES = {
    **dict.fromkeys(("applied", "accepted"), pa.bool_()),
    **dict.fromkeys(("rank", "birth_year"), pa.int32()),
}
_WANTED = {name: "yes or no" if kind == pa.bool_() else "whole number" for name, kind in _TYPES.items()}
_YES, _NO = ("1", "true", "yes", "ya", "y"), ("0", "false", "no", "tidak", "n", "t")


def _cell(name: str, value: Any) -> Any:
    """A cell in the type of its column; ValueError where it is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    kind = _TYPES.get(name)
    if kind == pa.bool_():
        if text.casefold() not in _YES + _NO:
            raise ValueError(text)
        return text.casefold() in _YES
    return text if kind is None else int(text)


def _there(path: Path) -> None:
    if not path.exists():
        raise NotFound(f"there is no file {path}", hint="check the path; quotes help when it has blanks")


def _fitted(sides: Sides, applications: Path | None, stored: Path | None) -> tuple[Fitted | None, int]:
    if stored is not None:
        try:
            return from_json(stored.read_text(encoding="utf-8")), 0
        except UnicodeDecodeError as error:
            raise InputError(f"{stored.name} is no text", field="propensities") from error
    if applications is None:
        return None, 0
    table = table_of(applications)
    for name in ("seeker_id", "vacancy_id"):
        if name not in table.column_names:
            raise InputError(f"{applications.name}: no column {name}", field=name)
    s, v = (
        pc.index_in(table.column(name).cast(pa.string()), value_set=pa.array(side.ids, pa.string()))
        for name, side in (("seeker_id", sides.people), ("vacancy_id", sides.posts))
    )
    known = pc.and_(pc.is_valid(s), pc.is_valid(v))
    used = table.filter(known)
    if not len(used):
        raise InputError(
            f"{applications.name}: none of the {len(table)} records is of these jobseekers and vacancies",
            hint="the ids are those of the two files",
            field="seeker_id",
        )
    rows = [np.asarray(x.filter(known).to_numpy(), np.int64) for x in (s, v)]
    terms = terms_of(sides.people, sides.posts, np.stack(rows, axis=1), km=sides.km)
    return fit(records_from_table(used, terms, _units(sides)[rows[1]])), len(table) - len(used)


def _units(sides: Sides) -> npt.NDArray[np.int32]:
    """(m,) first unit group of each vacancy as a number, -1 where there is none."""
    return np.asarray(sides.posts.occupation[:, 0])


def _with_decided(
    sides: Sides, edges: Edges, decided: Overridden, fitted: Fitted | None, weights: Weights
) -> Edges:
    """The candidates and what counsellors added to lists: their own choice is no reason to know nothing of
    it. Lists are made before, so it moves nobody else's.
    """
    m = len(sides.posts)
    row, place = np.nonzero(decided.placed)
    wanted = np.unique(row * m + decided.lists[row, place].astype(np.int64))
    have = np.repeat(np.arange(len(edges)), np.diff(edges.indptr)) * m + edges.vacancy
    extra = np.setdiff1d(wanted, have)
    if not len(extra):
        return edges
    pairs = np.stack([extra // m, extra % m], axis=1)
    terms = terms_of(sides.people, sides.posts, pairs, km=sides.km)
    found = fitted.predict(terms, _units(sides)[pairs[:, 1]]) if fitted else prior_propensities(terms)
    order = np.argsort(np.concatenate([have, extra]), kind="stable")
    keys = np.concatenate([have, extra])[order]
    score = (terms * weights.array()).sum(axis=1).astype(np.float32)
    indptr = np.zeros(len(edges) + 1, np.int64)
    np.cumsum(np.bincount(keys // m, minlength=len(edges)), out=indptr[1:])
    values = ((edges.p, found.p), (edges.q, found.q), (edges.score, score))
    columns = [np.concatenate(both)[order].astype(np.float32) for both in values]
    return Edges(indptr, (keys % m).astype(np.int32), *columns)


def _keys(ids: Sequence[str]) -> npt.NDArray[np.uint64]:
    """A number that belongs to each id, so that a lot does not depend on the order of the file."""
    digests = b"".join(hashlib.blake2b(i.encode(), digest_size=8).digest() for i in ids)
    return np.frombuffer(digests, np.uint64)


def _where(sides: Sides) -> Where:
    columns = []
    for profiles in (sides.vacancies.profiles, sides.seekers.profiles):
        regency = [sides.regions[p.region] if p.region and "." in p.region else UNKNOWN for p in profiles]
        province = [int(p.region[:2]) if p.region else UNKNOWN for p in profiles]
        columns += [np.array(regency, np.int32), np.array(province, np.int32)]
    return Where(_units(sides), *columns)


def _lists(sides: Sides, lists: npt.NDArray[np.int32], advice: pa.Table, weights: Weights) -> pa.Table:
    row, place = np.nonzero(lists >= 0)
    pairs = np.stack([row, lists[row, place].astype(np.int64)], axis=1)
    reasons = explain(sides.people, sides.posts, pairs, sides.skills, km=sides.km, weights=weights)
    titles = dict(zip(sides.posts.ids, sides.titles, strict=True))
    columns = {name: advice.column(name) for name in advice.column_names}
    columns |= {name: reasons.column(name) for name in reasons.column_names}
    for lang in ("id", "en"):
        columns[f"advice_{lang}"] = pa.array(sentences(advice, lang, titles=titles), pa.string())
    return pa.table({name: columns[name] for name in ADVISED.names}).cast(ADVISED)


def _scarcity(sides: Sides, edges: Edges, plan: Allocation, k: int, threads: int) -> pa.Table:
    """A second opinion on the same candidates: what openings would cost in the market with transfers."""
    other = plan if plan.policy == "surplus" else allocate(
        edges, sides.openings, policy="surplus", k=k, trust=1.0, threads=threads
    )  # fmt: skip
    prices = other.prices if other.prices is not None else np.zeros(len(sides.openings))
    where = _where(sides)
    rows: list[dict[str, Any]] = []
    for by, numbers, width in (("unit_group", where.group, 4), ("province", where.province, 2)):
        for number in np.unique(numbers[(numbers >= 0) & (sides.openings > 0)]):
            here = numbers == number
            openings = sides.openings[here]
            rows.append(
                {
                    "by": by,
                    "code": f"{int(number):0{width}d}",
                    "openings": int(openings.sum()),
                    "price": float((prices[here] * openings).sum() / openings.sum()),
                    "filled_share": float(plan.fills[here].sum() / openings.sum()),
                }
            )
    rows.sort(key=lambda r: (r["by"], -r["price"], r["code"]))
    return pa.Table.from_pylist(rows, schema=SCARCITY)


def _report(
    sides: Sides,
    edges: Edges,
    plan: Allocation,
    decided: Overridden,
    groups: Path | None,
    not_recorded: Sequence[str],
    k: int,
) -> tuple[Fairness, dict[str, int] | None]:
    labels: dict[str, Any] = {
        "region": np.array([p.region[:2] if p.region else None for p in sides.seekers.profiles], object),
        "education": np.array(sides.education, object),
    }
    counts = None
    if groups is not None:
        found = read_groups(table_of(groups), sides.people.ids, year=today().year)
        labels |= found.labels
        counts = {"absent": found.absent, "strangers": found.strangers, "out_of_range": found.out_of_range}
    for name in not_recorded:
        labels.pop(name, None)
    if plan.policy == "enrolment":
        outcome: dict[str, Any] = {"hires": (plan.vacancy[:, 0] >= 0).astype(np.float64)}
    else:
        outcome = {"edges": edges, "room": room_of(plan.applications, plan.fills)}
    units = sides.seekers.table.column("isco08").to_pylist()
    report = fairness(
        decided.lists,
        labels,
        employers=_shown_to(decided.lists, len(sides.posts), k),
        unit_group=np.array(units, object),
        not_recorded=not_recorded,
        **outcome,
    )
    return report, counts


def _shown_to(lists: npt.NDArray[np.int32], vacancies: int, k: int) -> npt.NDArray[np.int32]:
    """For each vacancy the first k jobseekers whose lists hold it, by their rank for it, then by row."""
    row, place = np.nonzero(lists >= 0)
    vacancy = lists[row, place]
    order = np.lexsort((row, place, vacancy))
    row, vacancy = row[order], vacancy[order]
    at = np.arange(len(row)) - np.searchsorted(vacancy, vacancy)
    out = np.full((vacancies, k), -1, np.int32)
    kept = at < k
    out[vacancy[kept], at[kept]] = row[kept]
    return out


def write_text(text: str, path: Path) -> None:
    """Write a text; the folder is made, a half-written file never stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def csv_of(table: pa.Table) -> str:
    """A table as CSV text."""
    sink = pa.BufferOutputStream()
    pa.csv.write_csv(table, sink)
    return bytes(sink.getvalue()).decode()
