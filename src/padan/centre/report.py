"""What a page about one run of the main job says, as plain data: no HTML, no language, no person.

    report = report_data(run, accounts, today=date(2026, 11, 24))
    report.bands           how strong the best proposal of each jobseeker is
    report.by_province     openings, jobseekers, openings per jobseeker, small counts of people withheld
    report.examples        proposals in both directions with their reasons

Codes stand for occupations, skills and regions; the faces give them their labels. Three rules hold for every number:

    people        a count of 1 to 9 people in a table by occupation, region or language is not published, nor is one
                  that could be told from the others and their total; see `withhold`
    missing       what cannot be computed is None with a reason, never 0
    decided       only records whose occupation is decided count in tables by occupation; the others are counted apart

Vacancies and openings are published by employers themselves and shown as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf, log
from statistics import median, quantiles
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from padan._version import __version__
from padan.centre.coding import Coding
from padan.centre.index import library
from padan.centre.intake import country
from padan.centre.main_job import MatchRun
from padan.matching import TERMS
from padan.matching.kernels import NEUTRAL, NEUTRAL_REGION
from padan.matching.rank import REGION_SCALE_KM
from padan.reading import Account

__all__ = [
    "FAIR_SCORE",
    "GOOD_SCORE",
    "LEAST_CELL",
    "LEAST_OFFERS",
    "Band",
    "Cell",
    "Coverage",
    "Example",
    "Group",
    "Pay",
    "Report",
    "Share",
    "SkillCount",
    "Term",
    "Undecided",
    "report_data",
    "withhold",
]

LEAST_CELL = 10  #: people; smaller counts are not published
LEAST_OFFERS = 10  #: vacancies with usable pay, below which no median is shown
GOOD_SCORE = 0.6  #: a proposal from here on is called strong
FAIR_SCORE = 0.4  #: and from here on fair; a convention, no probability
_LEAST_RANGE = 5  #: values that a withheld count must be able to have for one who knows everything else shown
_NO_CODE = "none"  #: row of a table for records that say nothing: no language, no place, no words
_SKILLS = 8
_TITLES = 10
_WISHES = 6
#: km below which two places are near, or within a day's way
_REACH_KM = (("near", 25.0), ("day", 100.0), ("far", inf))


@dataclass(frozen=True, slots=True)
class Cell:
    """A count of people, or None where it is withheld: because it is `few`, or to protect another cell."""

    value: int | None
    few: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """How many best proposals are so strong: strong, fair, weak, or none at all."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Share:
    """A row of a table of coverage: records whose occupation is decided, and the share 0–1 of all that they are.

    The share is None where it is withheld, and a lower bound where fewer than ten people are undecided.
    """

    code: str
    decided: Cell
    share: float | None
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """For how many records the occupation is decided, by major group of the best proposal and by language."""

    records: int
    decided: int
    by_major: tuple[Share, ...]
    by_language: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A row of a table by occupation or region. `tightness`: openings per jobseeker, else None and `reason`."""

    code: str
    vacancies: int
    openings: int
    jobseekers: Cell
    tightness: float | None = None
    reason: str | None = None  #: "nobody" where there is no jobseeker, "withheld"


@dataclass(frozen=True, slots=True)
class Pay:
    """Monthly pay offered in a major group, in the currency of the country; None below LEAST_OFFERS vacancies."""

    code: str
    offers: int  #: vacancies with a usable amount
    median: int | None  #: of the middle of each offer
    low: int | None  #: a quarter of the middles lie below
    high: int | None  #: a quarter lie above


@dataclass(frozen=True, slots=True)
class SkillCount:
    """A skill and in how many records, or best proposals, it stands; `share` of all of them."""

    skill: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Undecided:
    """A title that was left undecided, how often it stood there, and the nearest unit groups with similarity 0–1."""

    title: str
    count: int
    nearest: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One of the six parts of a score; `points` of at most `most`, both in the unit of the score (0–1)."""

    name: str
    points: float
    most: float
    unknown: bool  #: neutral, because one side says nothing


@dataclass(frozen=True, slots=True)
class Example:
    """One first proposal with its reasons, without a person's name: ids, what is looked for, what is offered."""

    asked: str  #: for whom it is: "seekers" or "vacancies"
    seeker_id: str
    vacancy_id: str
    headline: str
    home: str | None  #: province of the jobseeker; no finer place is shown of a person
    title: str
    place: str | None  #: region of the vacancy
    closes: date | None  #: last day to apply
    reach: str | None  #: "remote", "near" (25 km), "day" (100 km), "far"; None where a place is unknown
    score: float
    terms: tuple[Term, ...]
    shared: tuple[str, ...]
    missing: tuple[str, ...]
    changes: tuple[tuple[str, str | None, float], ...]  #: what, which skill, score after it


@dataclass(frozen=True, slots=True)
class Report:
    """All that the page shows. Counts are of the day `today`."""

    today: date
    version: str
    schemes: tuple[tuple[str, str, int], ...]  #: name, version, concepts
    currency: str
    k: int
    weights: dict[str, float]  #: term -> its share of the score
    neutral: dict[str, float]  #: term -> what it counts where one side says nothing
    seconds: dict[str, float]  #: wall time a step
    accounts: tuple[Account, ...]
    jobseekers: int
    vacancies: int
    openings: int
    openings_unstated: int  #: vacancies that state no number; each counts as one opening
    openings_largest: int  #: of a single vacancy
    closed_vacancies: int  #: whose last day to apply is over
    bands: tuple[Band, ...]  #: jobseekers by their best proposal; empty where that direction was not run
    bands_vacancies: tuple[Band, ...]
    first_vacancies: int  #: vacancies that are the first proposal of somebody
    first_most: int  #: jobseekers whose first proposal is one and the same vacancy, at most
    unknown: tuple[tuple[str, int], ...]  #: term -> best proposals in which it is unknown
    coded_jobseekers: Coverage
    coded_vacancies: Coverage
    undecided: tuple[Undecided, ...]  #: titles of vacancies, most frequent first
    undecided_wishes: tuple[str, ...]  #: undecided words of jobseekers that two or more of them used
    by_occupation: tuple[Group, ...]  #: sub-major groups that have an opening or a jobseeker
    by_province: tuple[Group, ...]
    no_province: Group  #: records without a province, or with several
    pay: tuple[Pay, ...]  #: by major group
    skills_asked: tuple[SkillCount, ...]  #: of vacancies
    skills_offered: tuple[SkillCount, ...]  #: of jobseekers
    skills_missing: tuple[SkillCount, ...]  #: of the best proposals
    examples: tuple[Example, ...]

    @property
    def proposed(self) -> int:
        """Jobseekers with at least one proposal."""
        return sum(band.count for band in self.bands if band.name != "none")

    def band(self, name: str) -> int:
        """Jobseekers whose best proposal is of a band."""
        return sum(band.count for band in self.bands if band.name == name)


def report_data(run: MatchRun, accounts: Sequence[Account], *, today: date, examples: int = 6) -> Report:
    """The report of a run.

    accounts   what became of the rows of each file; empty where the records were read earlier
    today      the day the records are of
    examples   how many in all, half of them a direction, of different major groups and strengths

    Work O(records + matches). Raises UnknownCode where a table holds a region that the country does not have.
    """
    posts = _Posts.of(run)
    offered, wanted = _codes(run.coded_vacancies), _codes(run.coded_seekers)
    best = _best(run.for_seekers)
    firsts = Counter(best["vacancy_id"].to_pylist() if best is not None else ())
    schemes = [library().get(name).info for name in ("isco08", "skill")]
    coded_jobseekers, kept_apart = _coverage(run.coded_seekers, run.seekers, people=True)
    weights = dict(zip(TERMS, run.weights.array().tolist(), strict=True))
    provinces, no_province = _by_province(run, posts)
    return Report(
        today=today,
        version=__version__,
        schemes=tuple((info.name, info.version, info.concepts) for info in schemes),
        currency=country().currency,
        k=run.k,
        weights=weights,
        neutral={name: NEUTRAL_REGION if name == "region" else NEUTRAL for name in TERMS[2:]},
        seconds=dict(run.seconds),
        accounts=tuple(accounts),
        jobseekers=len(run.seekers),
        vacancies=len(run.vacancies),
        openings=sum(posts.openings),
        openings_unstated=run.vacancies["total_job_openings"].null_count,
        openings_largest=max(posts.openings, default=0),
        closed_vacancies=sum(day is not None and day < today for day in posts.closes),
        bands=_bands(run.for_seekers, len(run.seekers)),
        bands_vacancies=_bands(run.for_vacancies, len(run.vacancies)),
        first_vacancies=len(firsts),
        first_most=max(firsts.values(), default=0),
        unknown=_unknown(best),
        coded_jobseekers=coded_jobseekers,
        coded_vacancies=_coverage(run.coded_vacancies, run.vacancies, people=False)[0],
        undecided=_undecided(run),
        undecided_wishes=_wishes(run, wanted),
        by_occupation=_by_occupation(posts, offered, wanted, kept_apart),
        by_province=provinces,
        no_province=no_province,
        pay=_pay(run, offered),
        skills_asked=_skills(run.coded_vacancies),
        skills_offered=_skills(run.coded_seekers),
        skills_missing=_missing(best),
        examples=(
            *_examples(run, "seekers", (examples + 1) // 2, today, weights),
            *_examples(run, "vacancies", examples // 2, today, weights),
        ),
    )


# -- what is withheld --------------------------------------------------------------------------------------


def withhold(counts: Mapping[str, int]) -> dict[str, Cell]:
    """Counts of people by cell, as they may stand beside their total.

    1 to 9 people are withheld as `few`. Where the total would still give one of them away, or leave it fewer than
    five possible values, the smallest other cell that mends it is withheld too; where none does, all are.
    """
    few = {code for code, count in counts.items() if 0 < count < LEAST_CELL}
    hidden = set(few)

    def is_safe(codes: Iterable[str]) -> bool:
        return _open(counts[code] for code in codes)

    while not is_safe(hidden):
        others = sorted((c for c in counts if c not in hidden and counts[c]), key=lambda c: (counts[c], c))
        if not others:
            return dict.fromkeys(counts, Cell(None))
        hidden.add(next((c for c in others if is_safe({*hidden, c})), others[-1]))
    return {c: Cell(None, few=c in few) if c in hidden else Cell(n) for c, n in counts.items()}


def _open(withheld: Iterable[int]) -> bool:
    """Whether each small count among the withheld ones keeps _LEAST_RANGE possible values when their sum is known.

    Assumes a reader who can tell which of them are small, which are large and which are 0.
    """
    counts = list(withheld)
    few = sum(0 < n < LEAST_CELL for n in counts)
    large = sum(n >= LEAST_CELL for n in counts)
    if not few:
        return True
    highest = min(LEAST_CELL - 1, sum(counts) - LEAST_CELL * large - (few - 1))
    lowest = 1 if large else max(1, sum(counts) - (LEAST_CELL - 1) * (few - 1))
    return highest - lowest + 1 >= _LEAST_RANGE


# -- tables ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Posts:
    """Columns of the vacancies that several tables need, row by row."""

    openings: list[int]
    provinces: list[str | None]
    closes: list[date | None]

    @classmethod
    def of(cls, run: MatchRun) -> _Posts:
        stated = run.vacancies["total_job_openings"].to_pylist()
        return cls(
            [n or 1 for n in stated],
            run.vacancies["province"].to_pylist(),
            run.vacancies["valid_through"].to_pylist(),
        )


def _codes(coding: Coding) -> list[str | None]:
    codes: list[str | None] = coding.table["isco08"].to_pylist()
    return codes


def _group(code: str, vacancies: int, openings: int, people: Cell) -> Group:
    if people.value is None:
        return Group(code, vacancies, openings, people, None, "withheld")
    if people.value == 0:
        return Group(code, vacancies, openings, people, None, "nobody")
    return Group(code, vacancies, openings, people, openings / people.value)


def _coverage(coding: Coding, table: pa.Table, *, people: bool) -> tuple[Coverage, set[str]]:
    """Coverage, and the major groups whose count of decided records is withheld."""
    decided = [code is not None for code in _codes(coding)]
    nearest = [ranked[0][:1] if ranked else _NO_CODE for ranked in coding.table["isco08_ranked"].to_pylist()]
    languages = [lang or _NO_CODE for lang in table["language"].to_pylist()]
    majors = library().get("isco08").children(None)
    by_major = _shares(nearest, decided, majors, people=people)
    by_language = _shares(languages, decided, (), people=people)
    hidden = {row.code for row in by_major if row.decided.value is None}
    return Coverage(len(decided), sum(decided), by_major, by_language), hidden


def _shares(
    keys: Sequence[str], decided: Sequence[bool], order: Sequence[str], *, people: bool
) -> tuple[Share, ...]:
    """A row a key: those of `order` first, others by size."""
    records = Counter(keys)
    done = Counter(key for key, is_decided in zip(keys, decided, strict=True) if is_decided)
    others = sorted(set(records) - set(order), key=lambda key: (-records[key], key))
    rows = [*(key for key in order if key in records), *others]
    if not people:
        return tuple(Share(key, Cell(done[key]), done[key] / records[key]) for key in rows)
    told = withhold({key: done[key] for key in rows})
    left = withhold({key: records[key] - done[key] for key in rows})
    return tuple(_share(key, told[key], left[key]) for key in rows)


def _share(key: str, told: Cell, left: Cell) -> Share:
    if told.value is None or (left.value is None and not left.few):
        return Share(key, told, None)
    if left.value is None:
        return Share(key, told, told.value / (told.value + LEAST_CELL - 1), at_least=True)
    return Share(key, told, told.value / (told.value + left.value))


def _by_occupation(
    posts: _Posts, offered: Sequence[str | None], wanted: Sequence[str | None], kept_apart: Collection[str]
) -> tuple[Group, ...]:
    """Sub-major groups. Counts within a major group add up to a number that the table of coverage shows; those of
    the major groups that it withholds add up only together."""
    vacancies: Counter[str] = Counter()
    openings: Counter[str] = Counter()
    for code, places in zip(offered, posts.openings, strict=True):
        if code is not None:
            vacancies[code[:2]] += 1
            openings[code[:2]] += places
    people = Counter(code[:2] for code in wanted if code is not None)
    sums: dict[str, dict[str, int]] = {}
    for code in sorted({*vacancies, *people}):
        total = "" if code[0] in kept_apart else code[0]
        sums.setdefault(total, {})[code] = people[code]
    cells = {code: cell for counts in sums.values() for code, cell in withhold(counts).items()}
    return tuple(_group(code, vacancies[code], openings[code], cells[code]) for code in sorted(cells))


def _by_province(run: MatchRun, posts: _Posts) -> tuple[tuple[Group, ...], Group]:
    vacancies: Counter[str] = Counter()
    openings: Counter[str] = Counter()
    for province, places in zip(posts.provinces, posts.openings, strict=True):
        vacancies[province or _NO_CODE] += 1
        openings[province or _NO_CODE] += places
    people = Counter(home or _NO_CODE for home in run.seekers["province"].to_pylist())
    codes = [region.code for region in country().places.regions(level="province")]
    for code in sorted({*vacancies, *people} - {*codes, _NO_CODE}):
        country().places.by_code(code)  # raises UnknownCode: a region that has no row would be lost
    cells = withhold({code: people[code] for code in (*codes, _NO_CODE)})
    rows = [_group(code, vacancies[code], openings[code], cells[code]) for code in (*codes, _NO_CODE)]
    return tuple(rows[:-1]), rows[-1]


def _pay(run: MatchRun, offered: Sequence[str | None]) -> tuple[Pay, ...]:
    names = ("base_salary_min", "base_salary_max", "base_salary_period")
    columns = (run.vacancies[name].to_pylist() for name in names)
    middles: dict[str, list[float]] = {}
    for code, profile, low, high, period in zip(offered, run.coded_vacancies.profiles, *columns, strict=True):
        # the coder leaves out hidden and doubtful pay and other currencies; pay by the day is no monthly range
        if code is None or profile.pay_month is None or period not in (None, "month"):
            continue
        ends = [amount for amount in (low, high) if amount is not None]
        middles.setdefault(code[:1], []).append(sum(ends) / len(ends))
    out = []
    for major in library().get("isco08").children(None):
        values = sorted(middles.get(major, []))
        if len(values) < max(LEAST_OFFERS, 2):
            out.append(Pay(major, len(values), None, None, None))
            continue
        low, _, high = quantiles(values, n=4, method="inclusive")
        out.append(Pay(major, len(values), round(median(values)), round(low), round(high)))
    return tuple(out)


def _undecided(run: MatchRun) -> tuple[Undecided, ...]:
    coded = run.coded_vacancies.table
    often: Counter[str] = Counter()
    seen: dict[str, tuple[str, tuple[tuple[str, float], ...]]] = {}
    columns = (coded[name].to_pylist() for name in ("isco08", "isco08_ranked", "isco08_scores"))
    for title, code, ranked, scores in zip(run.vacancies["title"].to_pylist(), *columns, strict=True):
        if code is None:
            key = " ".join(title.casefold().split())
            often[key] += 1
            seen.setdefault(key, (title, tuple(zip(ranked[:3], scores[:3], strict=True))))
    ordered = sorted(often, key=lambda key: (-often[key], key))[:_TITLES]
    return tuple(Undecided(seen[key][0], often[key], seen[key][1]) for key in ordered)


def _wishes(run: MatchRun, wanted: Sequence[str | None]) -> tuple[str, ...]:
    """Undecided words of two or more people, most frequent first: words of one person may name that person."""
    headlines = zip(run.seekers["headline"].to_pylist(), wanted, strict=True)
    often = Counter(" ".join(text.casefold().split()) for text, code in headlines if code is None and text)
    return tuple(sorted((t for t, n in often.items() if n > 1), key=lambda t: (-often[t], t))[:_WISHES])


def _skills(coding: Coding) -> tuple[SkillCount, ...]:
    """Skills that the records name themselves; those that stand in for an occupation are left out."""
    flat = pc.list_flatten(coding.table["skills"].combine_chunks())
    named = pc.is_in(pc.struct_field(flat, "how"), value_set=pa.array(["stated", "found"]))
    return _counted(pc.struct_field(flat, "skill").filter(named), len(coding.table))


def _missing(best: pa.Table | None) -> tuple[SkillCount, ...]:
    return () if best is None else _counted(pc.list_flatten(best["missing"]), len(best))


def _counted(skills: pa.Array, records: int) -> tuple[SkillCount, ...]:
    counts = Counter(skills.to_pylist())
    ordered = sorted((s for s in counts if counts[s] >= LEAST_CELL), key=lambda s: (-counts[s], s))[:_SKILLS]
    return tuple(SkillCount(skill, counts[skill], counts[skill] / records) for skill in ordered)


# -- proposals ---------------------------------------------------------------------------------------------


def _best(table: pa.Table | None) -> pa.Table | None:
    """The first proposals of a direction."""
    return None if table is None else table.filter(pc.equal(table["rank"], 1))


def _bands(table: pa.Table | None, records: int) -> tuple[Band, ...]:
    best = _best(table)
    if best is None:
        return ()
    scores = best["score"].to_pylist()
    strong = sum(score >= GOOD_SCORE for score in scores)
    fair = sum(FAIR_SCORE <= score < GOOD_SCORE for score in scores)
    counts = {"strong": strong, "fair": fair, "weak": len(scores) - strong - fair, "none": records - len(scores)}
    return tuple(Band(name, count) for name, count in counts.items())


def _unknown(best: pa.Table | None) -> tuple[tuple[str, int], ...]:
    if best is None:
        return ()
    counts = Counter(pc.list_flatten(best["unknown"]).to_pylist())
    return tuple(sorted(((name, counts[name]) for name in TERMS if counts[name]), key=lambda item: -item[1]))


def _examples(
    run: MatchRun, asked: str, count: int, today: date, weights: Mapping[str, float]
) -> tuple[Example, ...]:
    """First proposals from the strongest on at equal steps down the list, each of another major group; open vacancies.

    Those with shared and missing skills are taken first: they show what a reason looks like.
    """
    best = _best(run.for_seekers if asked == "seekers" else run.for_vacancies)
    if best is None or count < 1 or not len(best):
        return ()
    best = best.sort_by([("score", "descending"), ("seeker_id", "ascending"), ("vacancy_id", "ascending")])
    people = _by_id(run.seekers, ("headline", "province", "remote"))
    posts = _by_id(run.vacancies, ("title", "province", "regency", "valid_through", "remote"))
    coding = run.coded_seekers if asked == "seekers" else run.coded_vacancies
    code_of = dict(zip(coding.table["id"].to_pylist(), _codes(coding), strict=True))
    key = "seeker_id" if asked == "seekers" else "vacancy_id"
    rows = best.select([key, "seeker_id", "vacancy_id", "shared", "missing"]).to_pylist()
    taken: list[int] = []
    used: set[str] = set()

    def take(at: int, *, telling: bool) -> bool:
        row = rows[at]
        code, closes = code_of[row[key]], posts[row["vacancy_id"]]["valid_through"]
        ids = {row["seeker_id"], row["vacancy_id"]}
        if at in taken or ids & used or not people[row["seeker_id"]]["headline"]:
            return False
        if closes is not None and closes < today:
            return False
        if telling and (code is None or code[0] in used or len(row["shared"]) < 2 or not row["missing"]):
            return False
        taken.append(at)
        used.update(ids, code[0] if code else ())
        return True

    for telling in (True, False):
        for part in range(count):
            start = part * len(rows) // count
            if len(taken) < count:
                any(take(at, telling=telling) for at in range(start, len(rows)))
    full = best.take(pa.array(sorted(taken), pa.int64())).to_pylist()
    return tuple(_example(row, asked, people[row["seeker_id"]], posts[row["vacancy_id"]], weights) for row in full)


def _by_id(table: pa.Table, columns: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in table.select(["id", *columns]).to_pylist()}


def _example(
    row: Mapping[str, Any], asked: str, person: Mapping[str, Any], post: Mapping[str, Any], weights: Mapping[str, float]
) -> Example:
    unknown = set(row["unknown"])
    reach = None
    if person["remote"] or post["remote"]:
        reach = "remote"
    elif "region" not in unknown:
        near = row["term_region"]
        km = -REGION_SCALE_KM * log(near) if near > 0 else inf
        reach = next(name for name, least in _REACH_KM if km <= least)
    return Example(
        asked=asked,
        seeker_id=row["seeker_id"],
        vacancy_id=row["vacancy_id"],
        headline=person["headline"],
        home=person["province"],
        title=post["title"],
        place=post["regency"] or post["province"],
        closes=post["valid_through"],
        reach=reach,
        score=row["score"],
        terms=tuple(Term(name, row[f"points_{name}"], weights[name], name in unknown) for name in TERMS),
        shared=tuple(row["shared"]),
        missing=tuple(row["missing"]),
        changes=tuple((c["what"], c["detail"], c["score"]) for c in row["changes"]),
    )
