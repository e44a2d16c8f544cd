"""The main job: tables of people and vacancies in, explained matches in both directions out.

run = match(seekers, vacancies, k=10)
run.for_seekers     for each jobseeker the k best vacancies, with terms, skills and changes
run.for_vacancies   for each vacancy the k best jobseekers
run.summary()       what was coded, what was left undecided, what the matches look like
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from padan.centre.coding import Coding
from padan.centre.index import coder, library
from padan.centre.intake import country
from padan.errors import InputError
from padan.matching import EXPLAINED, Ranking, Side, Weights, explain, jobseeker_side, rank, vacancy_side
from padan.settings import settings

__all__ = ["MATCHES", "Clock", "MatchRun", "Sides", "coded_sides", "match"]

#: a row a proposed match: who, which, at what place, and why
MATCHES = pa.schema(
    [
        pa.field("seeker_id", pa.string(), nullable=False),
        pa.field("vacancy_id", pa.string(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),
        *EXPLAINED,
    ],
    metadata={"padan.kind": "matches", "padan.schema": "1"},
)


@cache
def _distances() -> tuple[dict[str, int], npt.NDArray[np.float32]]:
    """Region code -> row, and km between every two regions (552, 552) float32."""
    places = country().places
    codes = [region.code for region in places.regions()]
    km = np.stack([places.distance_km(code, codes) for code in codes]).astype(np.float32)
    return {code: row for row, code in enumerate(codes)}, km


@dataclass(slots=True)
class MatchRun:
    """One run of the main job and all that is needed to show it."""

    seekers: pa.Table
    vacancies: pa.Table
    coded_seekers: Coding
    coded_vacancies: Coding
    k: int
    weights: Weights
    for_seekers: pa.Table | None = None
    for_vacancies: pa.Table | None = None
    seconds: dict[str, float] = field(default_factory=dict)  #: wall time a step

    def summary(self) -> dict[str, Any]:
        """Counts of the run, as data."""
        out: dict[str, Any] = {
            "jobseekers": len(self.seekers),
            "vacancies": len(self.vacancies),
            "openings": sum(v or 1 for v in self.vacancies.column("total_job_openings").to_pylist()),
            "jobseekers_coded": self.coded_seekers.decided,
            "vacancies_coded": self.coded_vacancies.decided,
            "seconds": {name: round(value, 2) for name, value in self.seconds.items()},
        }
        for name, table in (("for_seekers", self.for_seekers), ("for_vacancies", self.for_vacancies)):
            if table is not None:
                out[name] = {"matches": len(table), "median_best_score": _median_best(table)}
        return out


def _median_best(table: pa.Table) -> float | None:
    best = table.filter(pa.compute.equal(table.column("rank"), 1)).column("score")
    return round(float(np.median(best.to_numpy())), 3) if len(best) else None


def match(
    seekers: pa.Table,
    vacancies: pa.Table,
    *,
    k: int = 10,
    both: bool = True,
    asked: str = "seekers",
    weights: Weights | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> MatchRun:
    """Code both tables, rank and explain.

    both       both directions; else only the one that `asked` names (seekers or vacancies)
    progress   called with the name of each step that begins
    """
    if asked not in ("seekers", "vacancies"):
        raise InputError(f"asked is {asked!r}", hint="seekers or vacancies", field="for")
    weights = weights or Weights()
    clock = Clock(progress)
    sides = coded_sides(seekers, vacancies, clock)
    people, posts, km, skills = sides.people, sides.posts, sides.km, sides.skills
    run = MatchRun(seekers, vacancies, sides.seekers, sides.vacancies, k, weights)
    for direction in ("seekers", "vacancies") if both else (asked,):
        found = clock(
            f"rank for {direction}", partial(_ranked, people, posts, direction, k, km, weights, skills)
        )
        if direction == "seekers":
            run.for_seekers = found
        else:
            run.for_vacancies = found
    run.seconds = clock.seconds
    return run


@dataclass(frozen=True, slots=True)
class Sides:
    """Both tables coded, and as the arrays that matching reads."""

    people: Side
    posts: Side
    seekers: Coding
    vacancies: Coding
    openings: npt.NDArray[np.int64]  #: of each vacancy; 1 where the advertisement does not say
    titles: list[str]
    education: list[str | None]  #: of each jobseeker, a code of the country's education table
    regions: dict[str, int]  #: region code -> row of `km`
    km: npt.NDArray[np.float32]
    skills: list[str]


def coded_sides(seekers: pa.Table, vacancies: pa.Table, clock: Clock) -> Sides:
    """Code both tables of records."""
    with_coder = clock("schemes", lambda: coder(clock.progress))
    coded_vacancies = clock("code vacancies", lambda: with_coder.code_vacancies(vacancies))
    coded_seekers = clock("code jobseekers", lambda: with_coder.code_jobseekers(seekers))
    regions, km = _distances()
    skills = library().get("skill").ids
    openings = [1 if v is None else v for v in vacancies.column("total_job_openings").to_pylist()]
    return Sides(
        jobseeker_side(coded_seekers.profiles, skills, regions),
        vacancy_side(coded_vacancies.profiles, skills, regions),
        coded_seekers,
        coded_vacancies,
        np.array(openings, np.int64),
        vacancies.column("title").to_pylist(),
        seekers.column("education").to_pylist(),
        regions,
        km,
        skills,
    )


def _ranked(
    people: Side,
    posts: Side,
    asked: str,
    k: int,
    km: npt.NDArray[np.float32],
    weights: Weights,
    skills: list[str],
) -> pa.Table:
    ranking: Ranking = rank(
        people, posts, k=k, asked=asked, km=km, weights=weights, threads=settings().threads
    )
    filled = ranking.best >= 0
    row, place = np.nonzero(filled)
    other = ranking.best[filled].astype(np.int64)
    s, v = (row, other) if asked == "seekers" else (other, row)
    why = explain(people, posts, np.stack([s, v], axis=1), skills, km=km, weights=weights)
    columns = [
        pa.array(people.ids).take(pa.array(s)),
        pa.array(posts.ids).take(pa.array(v)),
        pa.array((place + 1).astype(np.int32)),
        *why.columns,
    ]
    return pa.Table.from_arrays(columns, schema=MATCHES)


class Clock:
    """Runs steps and keeps how long each took."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    def __call__(self, name: str, step: Callable[[], Any]) -> Any:
        self.progress(name)
        start = time.perf_counter()
        out = step()
        self.seconds[name] = time.perf_counter() - start
        return out
