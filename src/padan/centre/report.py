"""What a page about one run of the main job says, as plain data: no HTML, no language.

Counts of people below 10 are not published, and where a single such cell stands beside a total a second one
is withheld with it, so that no difference gives it away. Openings and vacancies are no personal data and are
shown as they are. Example matches name the work, the place and the reasons, never a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from padan._version import __version__
from padan.centre.index import library
from padan.centre.intake import country
from padan.centre.main_job import MatchRun
from padan.matching import TERMS
from padan.reading import Account

__all__ = ["GOOD_SCORE", "LEAST_CELL", "Cell", "Example", "Group", "Report", "report_data", "withhold"]

LEAST_CELL = 10  #: people; smaller counts are not published
GOOD_SCORE = 0.6  #: from here on a best match is called one that fits
_LEAST_PAY = 10  #: vacancies with usable pay below which no median is shown


@dataclass(frozen=True, slots=True)
class Cell:
    """A published count, or None where it is withheld."""

    value: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """One row of a table by occupation or region."""

    code: str
    openings: int
    vacancies: int
    jobseekers: Cell
    tightness: float | None  #: openings per jobseeker; None where people are withheld or none
    decided_share: float | None = None
    pay_median: int | None = None  #: rupiah a month, of the middle of each offer
    pay_count: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """One proposed match, without a person: what is looked for and what is offered, and why it fits."""

    headline: str
    home: str | None  #: region code of the jobseeker
    title: str
    place: str | None  #: region code of the vacancy
    employer: str | None
    score: float
    terms: dict[str, float]
    unknown: tuple[str, ...]
    shared: tuple[str, ...]
    missing: tuple[str, ...]
    changes: tuple[tuple[str, str | None, float], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All that the page shows."""

    on: date
    version: str
    jobseekers: int
    vacancies: int
    openings: int
    decided_vacancies: int
    decided_jobseekers: int
    matched_jobseekers: int  #: whose best vacancy reaches GOOD_SCORE
    accounts: tuple[Account, ...]
    by_major: tuple[Group, ...]
    by_sub_major: tuple[Group, ...]
    by_province: tuple[Group, ...]
    undecided: tuple[tuple[str, int, tuple[str, ...]], ...]  #: title, how often, best proposals
    asked_skills: tuple[tuple[str, int], ...]  #: skill, vacancies that name it
    missing_skills: tuple[tuple[str, int], ...]  #: skill, best matches that lack it
    examples: tuple[Example, ...]
    seconds: dict[str, float]
    k: int
    weights: dict[str, float]
    schemes: tuple[str, ...]


def report_data(run: MatchRun, accounts: Sequence[Account], *, on: date, examples: int = 6) -> Report:
    """The report of a run; `on` is the day it is made."""
    vacancies = run.vacancies.select(
        [
            "title",
            "total_job_openings",
            "province",
            "base_salary_min",
            "base_salary_max",
            "salary_currency",
            "base_salary_period",
            "flags",
        ]
    ).to_pylist()
    offered = run.coded_vacancies.table.column("isco08").to_pylist()
    ranked = run.coded_vacancies.table.column("isco08_ranked").to_pylist()
    wanted = run.coded_seekers.table.column("isco08").to_pylist()
    homes = run.seekers.column("province").to_pylist()
    openings = [row["total_job_openings"] or 1 for row in vacancies]
    regions = [region.code for region in country().places.regions(level="province")]
    groups = library().get("isco08")
    return Report(
        on=on,
        version=__version__,
        jobseekers=len(run.seekers),
        vacancies=len(vacancies),
        openings=sum(openings),
        decided_vacancies=run.coded_vacancies.decided,
        decided_jobseekers=run.coded_seekers.decided,
        matched_jobseekers=_matched(run),
        accounts=tuple(accounts),
        by_major=_by_group(groups.children(None), 1, vacancies, openings, offered, ranked, wanted),
        by_sub_major=_by_group(
            [c for c in groups.ids if len(c) == 2], 2, vacancies, openings, offered, ranked, wanted
        ),
        by_province=_by_province(regions, vacancies, openings, homes),
        undecided=_undecided([row["title"] for row in vacancies], offered, ranked),
        asked_skills=_asked(run),
        missing_skills=_missing(run),
        examples=_examples(run, examples),
        seconds=dict(run.seconds),
        k=run.k,
        weights=dict(zip(TERMS, run.weights.array().tolist(), strict=True)),
        schemes=tuple(f"{info.name} {info.version}" for info in library().infos()),
    )


def _matched(run: MatchRun) -> int:
    if run.for_seekers is None:
        return 0
    rows = run.for_seekers.select(["rank", "score"]).to_pylist()
    return sum(row["rank"] == 1 and row["score"] >= GOOD_SCORE for row in rows)


def withhold(counts: Mapping[str, int]) -> dict[str, Cell]:
    """Counts of people by cell, small ones withheld; a lone withheld cell takes the next smallest with it."""
    small = [c for c, n in counts.items() if 0 < n < LEAST_CELL]
    if len(small) == 1:
        others = sorted((n, c) for c, n in counts.items() if n >= LEAST_CELL)
        small += [c for _, c in others[:1]]
    return {c: Cell(None if c in small else n) for c, n in counts.items()}


def _tightness(openings: int, people: Cell) -> float | None:
    return openings / people.value if people.value else None


def _by_group(
    codes: Sequence[str],
    digits: int,
    vacancies: Sequence[Mapping[str, Any]],
    openings: Sequence[int],
    offered: Sequence[str | None],
    ranked: Sequence[Sequence[str]],
    wanted: Sequence[str | None],
) -> tuple[Group, ...]:
    people = withhold({**dict.fromkeys(codes, 0), **Counter(c[:digits] for c in wanted if c)})
    places: Counter[str] = Counter()
    posts: Counter[str] = Counter()
    near: Counter[str] = Counter()
    pay: dict[str, list[int]] = {}
    for row, places_here, code, proposals in zip(vacancies, openings, offered, ranked, strict=True):
        if proposals:
            near[proposals[0][:digits]] += 1
        if code is None:
            continue
        group = code[:digits]
        posts[group] += 1
        places[group] += places_here
        middle = _middle_of_pay(row)
        if middle is not None:
            pay.setdefault(group, []).append(middle)
    return tuple(
        Group(
            code=code,
            openings=places[code],
            vacancies=posts[code],
            jobseekers=people[code],
            tightness=_tightness(places[code], people[code]),
            decided_share=posts[code] / near[code] if near[code] else None,
            pay_median=round(median(pay[code])) if len(pay.get(code, ())) >= _LEAST_PAY else None,
            pay_count=len(pay.get(code, ())),
        )
        for code in sorted(codes)
    )


def _middle_of_pay(row: Mapping[str, Any]) -> int | None:
    """The middle of a usable monthly offer in rupiah; None where it is hidden, doubtful or of another
    kind.
    """
    low: int | None = row["base_salary_min"]
    high: int | None = row["base_salary_max"]
    if row["salary_currency"] != country().currency or row["base_salary_period"] not in (None, "month"):
        return None
    if low is None and high is None:
        return None
    if any(f.startswith("base_salary:") and f.split(":")[1] in _DOUBTFUL for f in row["flags"] or ()):
        return None
    return ((low or high or 0) + (high or low or 0)) // 2


_DOUBTFUL = {"implausible", "unclear", "period_doubtful", "currency_ambiguous"}


def _by_province(
    regions: Sequence[str],
    vacancies: Sequence[Mapping[str, Any]],
    openings: Sequence[int],
    homes: Sequence[str | None],
) -> tuple[Group, ...]:
    people = withhold({**dict.fromkeys(regions, 0), **Counter(h for h in homes if h)})
    places: Counter[str] = Counter()
    posts: Counter[str] = Counter()
    for row, places_here in zip(vacancies, openings, strict=True):
        if row["province"]:
            posts[row["province"]] += 1
            places[row["province"]] += places_here
    return tuple(
        Group(code, places[code], posts[code], people[code], _tightness(places[code], people[code]))
        for code in regions
    )


def _undecided(
    titles: Sequence[str], offered: Sequence[str | None], ranked: Sequence[Sequence[str]]
) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
    often: Counter[str] = Counter()
    best: dict[str, tuple[str, ...]] = {}
    for title, code, proposals in zip(titles, offered, ranked, strict=True):
        if code is None:
            often[title.lower()] += 1
            best.setdefault(title.lower(), tuple(proposals[:2]))
    ordered = sorted(often.items(), key=lambda item: (-item[1], item[0]))
    return tuple((title, count, best[title]) for title, count in ordered[:12])


def _asked(run: MatchRun) -> tuple[tuple[str, int], ...]:
    named: Counter[str] = Counter()
    for skills in run.coded_vacancies.table.column("skills").to_pylist():
        named.update(s["skill"] for s in skills if s["how"] in ("stated", "found"))
    return tuple(sorted(named.items(), key=lambda item: (-item[1], item[0]))[:10])


def _missing(run: MatchRun) -> tuple[tuple[str, int], ...]:
    if run.for_seekers is None:
        return ()
    lacking: Counter[str] = Counter()
    columns = run.for_seekers.select(["rank", "missing"]).to_pylist()
    for row in columns:
        if row["rank"] == 1:
            lacking.update(row["missing"][:3])
    return tuple(sorted(lacking.items(), key=lambda item: (-item[1], item[0]))[:10])


def _examples(run: MatchRun, count: int) -> tuple[Example, ...]:
    """Best matches of different major groups, so that the page shows the breadth of the market."""
    if run.for_seekers is None or not len(run.for_seekers):
        return ()
    people = {
        row["id"]: row for row in run.seekers.select(["id", "headline", "regency", "province"]).to_pylist()
    }
    posts = {
        row["id"]: row
        for row in run.vacancies.select(
            ["id", "title", "regency", "province", "hiring_organization"]
        ).to_pylist()
    }
    codes = dict(
        zip(
            run.coded_vacancies.table.column("id").to_pylist(),
            run.coded_vacancies.table.column("isco08").to_pylist(),
            strict=True,
        )
    )
    best = [row for row in run.for_seekers.to_pylist() if row["rank"] == 1 and len(row["shared"]) >= 3]
    best.sort(key=lambda row: (-len(row["missing"][:3]), -row["score"], row["seeker_id"]))
    seen: set[str] = set()
    out = []
    for row in best:
        code = codes[row["vacancy_id"]]
        person, post = people[row["seeker_id"]], posts[row["vacancy_id"]]
        if code is None or code[0] in seen or not person["headline"]:
            continue
        seen.add(code[0])
        out.append(
            Example(
                headline=person["headline"],
                home=person["regency"] or person["province"],
                title=post["title"],
                place=post["regency"] or post["province"],
                employer=post["hiring_organization"],
                score=row["score"],
                terms={name: row[f"term_{name}"] for name in TERMS},
                unknown=tuple(row["unknown"]),
                shared=tuple(row["shared"]),
                missing=tuple(row["missing"]),
                changes=tuple((c["what"], c["detail"], c["score"]) for c in row["changes"]),
            )
        )
        if len(out) == count:
            break
    return tuple(out)
