"""How much of what a demo labour market holds: invented people and posts in official proportions.

    market = Market(country, seed=1, today=date(2026, 11, 24))
    posts = market.vacancies(7000)         a list of Post
    people = market.people(20_000)         a list of Person

The official table of the country pack (karirhub.csv) gives vacancies by major group, industry and education,
employers by industry and province, jobseekers by age, education and experience. Where only the margins are
published they are joined by raking (iterative proportional fitting; Deming and Stephan 1940) of plain
affinities: nurses are not hired by mines, nobody of 17 has worked for ten years, and each margin still holds.
Registered jobseekers by province are not published: they follow population times unemployment rate. Which
occupations people look for is assumed in demo.yaml, tilted against demand, so that some are tight and some
slack. Openings have a heavy tail around the official quota.

How it is said is in demo_speech.py. Same seed, same market; the day moves only the dates.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from padan.centre.demo_speech import (
    UNKNOWN,
    Dice,
    Group,
    Speech,
    Text,
    core_of_employer,
    demo_words,
    fitting,
    groups,
    plain,
)
from padan.countries import Country
from padan.errors import NotFound

__all__ = ["Market", "Person", "Post", "official_shares", "people_by_province", "rake"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

TOTAL = "_T"  #: code of the published totals, which are no category (SDMX)
_POSTS_PER_EMPLOYER = 6.5  #: 17,169 posts of 2,644 employers in 2024
_PAY_SPREAD = 0.22  #: of pay around the middle of an occupation and province, log scale
_PAY_SHOWN = 0.6
_MEDIAN_OPENINGS = 0.45  #: exponent: the median post has mean^0.45 openings
_LEAVING_AGE = {"SD": 12, "SMP": 15, "SMA": 18, "SMK": 18, "D1|D2|D3": 21, "D4|S1|S2|S3": 22, UNKNOWN: 15}


@dataclass(frozen=True, slots=True)
class Post:
    """One vacancy as somebody wrote it, and from `isco08` on what it truly is."""

    title: str
    employer: str
    sector: str
    place: str
    text: Text
    education: str
    field: str
    experience: str
    pay: str  #: "" and the like where it is hidden
    pay_range: tuple[int, int]
    pay_shown: bool
    openings: int
    contract: str
    posted: date
    closes: date | None
    isco08: str
    core: str  #: the starter title within `title`
    section: str
    level: str  #: codes of education as in the official table
    region: str  #: Kemendagri code of the regency
    months: int


@dataclass(frozen=True, slots=True)
class Person:
    """One jobseeker in their own words, and from `isco08` on what was drawn."""

    headline: str
    place: str
    education: str
    field: str
    experience: str
    history: str
    skills: tuple[str, ...]
    languages: str
    credentials: str
    wanted: str
    registered: date
    isco08: str | None  #: None for "apa saja"
    core: str | None
    age: str
    level: str
    region: str
    months: int


# -- official tables ---------------------------------------------------------------------------------------


@cache
def _official(country: str) -> tuple[dict[str, str], ...]:
    text = (files(f"padan.countries.{country}") / "karirhub.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _values(country: str, table: str, measure: str) -> dict[str, float]:
    rows = [r for r in _official(country) if r["table"] == table and r["measure"] == measure]
    if not rows:
        raise NotFound(
            f"the official table has no {table} by {measure}", hint="see karirhub.csv of the country pack"
        )
    return {r["code"]: float(r["value"]) for r in rows if r["code"] != TOTAL}


def official_shares(country: str, table: str, measure: str) -> dict[str, float]:
    """Category code -> share of the sum of the categories; published totals are left out."""
    values = _values(country, table, measure)
    total = sum(values.values())
    return {code: value / total for code, value in values.items()}


def people_by_province(country: str) -> dict[str, float]:
    """Province -> share of jobseekers: population times unemployment rate, no registrations are published."""
    persons = _values(country, "population_province", "persons_thousand")
    rate = _values(country, "unemployment_province", "unemployment_rate")
    total = sum(persons[code] * rate[code] for code in persons)
    return {code: persons[code] * rate[code] / total for code in persons}


def rake(affinity: Floats, *margins: Floats, rounds: int = 2000) -> Floats:
    """The table nearest to `affinity` whose sums along each axis are the margins, which add up to 1 each.

    Ends when all margins hold to 1e-9 or after `rounds`: a margin that zeros forbid is met as near as can be.
    """
    table = affinity / affinity.sum()
    for _ in range(rounds):
        worst = 0.0
        for axis, margin in enumerate(margins):
            have = table.sum(axis=tuple(a for a in range(table.ndim) if a != axis))
            worst = max(worst, float(np.abs(have - margin).max()))
            factor = np.divide(margin, have, out=np.zeros_like(have), where=have > 0)
            table = table * factor.reshape([-1 if a == axis else 1 for a in range(table.ndim)])
        if worst < 1e-9:
            break
    return np.asarray(table / table.sum(), np.float64)


# -- the market --------------------------------------------------------------------------------------------


class Market:
    """Draws posts and people of one demo market; the two sides do not depend on each other's size."""

    def __init__(self, country: Country, *, seed: int, today: date) -> None:
        self.country = country
        self.words = demo_words(country.name)
        self.today = today
        post_seed, person_seed = np.random.SeedSequence(seed).spawn(2)
        self._post_rng = np.random.default_rng(post_seed)
        self._person_rng = np.random.default_rng(person_seed)
        self._levels: tuple[str, ...] = tuple(self.words["education"]["levels"])

    def _shares(self, table: str, measure: str) -> dict[str, float]:
        return official_shares(self.country.name, table, measure)

    def _occupations(
        self, rng: np.random.Generator, side: str, major: Mapping[str, float]
    ) -> tuple[list[Group], Floats]:
        """Unit groups of a side and their shares: that of the major group, split by weights of demo.yaml."""
        rules = self.words[side]
        never = tuple(rules["never"])
        found = [g for c, g in groups(self.country.name).items() if not c.startswith(never) and c[0] in major]
        weight = np.array([float(rules["weight"].get(g.code, rules["other"])) for g in found])
        if "tilt" in rules:
            weight = weight * np.exp(rng.normal(0, rules["tilt"], len(found)))
        of_major = np.array([g.code[0] for g in found])
        for code in np.unique(of_major):
            same = of_major == code
            weight[same] *= major[str(code)] / weight[same].sum()
        return found, weight / weight.sum()

    def _regions(
        self, rng: np.random.Generator, count: int, shares: Mapping[str, float], *, hubs: float
    ) -> list[str]:
        """Regencies: the province by its share, inside it hubs and cities first; low `hubs` flatten it."""
        province = rng.choice(list(shares), size=count, p=_array(shares) / sum(shares.values()))
        known = self.words["hubs"]
        out = np.empty(count, dtype=object)
        for code in shares:
            inside = self.country.places.regions(parent=code)
            usual = {r.code: 3.0 if r.level == "city" else 1.0 for r in inside}
            weight = np.array([float(known.get(c, w)) for c, w in usual.items()]) ** hubs
            where = np.flatnonzero(province == code)
            out[where] = rng.choice(list(usual), size=len(where), p=weight / weight.sum())
        return [str(r) for r in out]

    def _pay_range(self, dice: Dice, code: str, region: str, months: int) -> tuple[int, int]:
        """Lowest and highest pay a month of a post in an occupation and place, in round rupiah."""
        rules = self.words["pay"]
        dear = rules["province"].get(region[:2], rules["elsewhere"])
        # the sum of three uniforms is nearly normal, with spread 0.5
        drawn = (dice.uniform() + dice.uniform() + dice.uniform() - 1.5) * 2 * _PAY_SPREAD
        low = (
            float(fitting(rules["month"], code, 4_000_000)) * dear * float(np.exp(drawn)) * (1 + months / 240)
        )
        step = 50_000 if low < 5_000_000 else 250_000
        least = max(round(low / step), 1) * step
        return least, least + max(round(least * dice.uniform() * 0.5 / step), 1) * step

    # -- vacancies -----------------------------------------------------------------------------------------

    def vacancies(self, count: int) -> list[Post]:
        """Posts in random order. No two have the same title, employer and province."""
        rng = self._post_rng
        speech = Speech(self.country, Dice(rng))
        found, shares = self._occupations(rng, "demand", self._shares("vacancies_occupation", "posts"))
        unit = rng.choice(len(found), size=count, p=shares)
        sections = {c: s for c, s in self._shares("vacancies_industry", "posts").items() if s > 0}
        hires = self._who_hires(found, list(sections))
        section = _draw(rng, rake(hires, shares, _array(sections)), unit)
        levels = self._shares("vacancies_education", "posts")
        asked = np.array([fitting(self.words["education"]["asked"], g.code, [1.0] * 6) for g in found]) + 1e-6
        level = _draw(rng, rake(asked, shares, np.array([levels[code] for code in self._levels])), unit)
        regions = self._regions(rng, count, self._shares("employers_province", "employers"), hubs=1.0)
        openings = self._openings(rng, [found[u].code[0] for u in unit])
        employers = _Employers(self.country.name, rng, speech, count, list(sections))
        names = list(sections)
        taken: set[tuple[str, str, str]] = set()
        return [
            self._post(
                speech,
                found[unit[i]],
                names[section[i]],
                self._levels[level[i]],
                regions[i],
                int(openings[i]),
                employers.of(names[section[i]], regions[i][:2]),
                taken,
            )
            for i in range(count)
        ]

    def _who_hires(self, found: Sequence[Group], sections: list[str]) -> Floats:
        rules = self.words["industries"]
        table = np.full((len(found), len(sections)), float(rules["elsewhere"]))
        for row, group in enumerate(found):
            for code in (*fitting(rules["sections"], group.code, []), *rules["all"]):
                if code in sections:
                    table[row, sections.index(code)] = 1.0
        return table

    def _openings(self, rng: np.random.Generator, majors: Sequence[str]) -> Integers:
        """Openings, lognormal, with the mean of the official quota a post of the major group; 1 or more."""
        posts, quota = (_values(self.country.name, "vacancies_occupation", m) for m in ("posts", "quota"))
        mean = np.log(np.array([quota[m] / posts[m] for m in majors]))
        spread = np.sqrt(2 * (1 - _MEDIAN_OPENINGS) * mean)
        drawn = np.exp(_MEDIAN_OPENINGS * mean + spread * rng.standard_normal(len(mean)))
        openings: Integers = np.clip(np.round(drawn), 1, self.words["demand"]["openings_max"]).astype(
            np.int64
        )
        return openings

    def _post(
        self,
        speech: Speech,
        group: Group,
        section: str,
        level: str,
        region: str,
        openings: int,
        employer: str,
        taken: set[tuple[str, str, str]],
    ) -> Post:
        dice, words = speech.dice, self.words
        lang = speech.language(group.code)
        core, title = self._free_title(speech, group, lang, region, employer, taken)
        asked = words["experience_asked"]
        months = int(asked["months"][dice.weighted(fitting(asked["weight"], group.code, [1]))])
        pay = self._pay_range(dice, group.code, region, months)
        shown = dice.chance(_PAY_SHOWN)
        by_day = group.code[0] in "79" and dice.chance(0.15)
        posted = self.today - timedelta(days=int(60 * dice.uniform() ** 1.7))
        return Post(
            title=title,
            employer=employer,
            sector=speech.sector(section),
            place=speech.place(region),
            text=speech.text(group, lang, level, region, months),
            education=dice.pick(words["education_words"][level]),
            field=speech.field(group.code, level) if dice.chance(0.5) else "",
            experience=dice.pick(words["experience_words"][str(months)]),
            pay=speech.pay(("day" if by_day else "shown") if shown else "hidden", pay),
            pay_range=pay,
            pay_shown=shown,
            openings=openings,
            contract=dice.pick(words["contract"]),
            posted=posted,
            closes=posted + timedelta(days=dice.whole(14, 75)) if dice.chance(0.85) else None,
            isco08=group.code,
            core=core,
            section=section,
            level=level,
            region=region,
            months=months,
        )

    def _free_title(
        self,
        speech: Speech,
        group: Group,
        lang: str,
        region: str,
        employer: str,
        taken: set[tuple[str, str, str]],
    ) -> tuple[str, str]:
        """A title that the employer does not yet use in the province: the same twice would be a repeat."""
        core = title = ""
        for attempt in range(12):
            core = speech.core(group, lang)
            title = speech.title(core, region)
            if attempt > 5:
                title += f" Batch {speech.dice.whole(2, 999)}"
            key = (plain(title), core_of_employer(employer), region[:2])
            if key not in taken:
                taken.add(key)
                break
        return core, title

    # -- people --------------------------------------------------------------------------------------------

    def people(self, count: int) -> list[Person]:
        """Jobseekers in random order."""
        rng = self._person_rng
        speech = Speech(self.country, Dice(rng))
        found, shares = self._occupations(rng, "supply", self.words["supply"]["major"])
        ages = self._shares("jobseekers_age", "jobseekers")
        levels = self._shares("jobseekers_education", "jobseekers")
        spans = self._shares("jobseekers_experience", "jobseekers")
        lives = _possible_lives(list(ages), list(levels), list(spans))
        lives = rake(lives, _array(ages), _array(levels), _array(spans))
        cell = rng.choice(lives.size, size=count, p=lives.ravel())
        age, level, span = np.unravel_index(cell, lives.shape)
        held = [[*fitting(self.words["education"]["held"], g.code, [1.0] * 6), 0.0] for g in found]
        wanted = np.array(held) + 1e-6
        # of people without a level nothing is known: they look for work as all others do
        wanted[:, -1] = wanted[:, :-1].sum(axis=1) * levels[UNKNOWN]
        order = [*self._levels, UNKNOWN]
        wanted = rake(wanted, shares, np.array([levels[code] for code in order]))
        row = np.array([order.index(code) for code in levels])
        unit = _draw(rng, wanted.T, row[level])
        regions = self._regions(rng, count, people_by_province(self.country.name), hubs=0.6)
        employers = _Employers(self.country.name, rng, speech, min(count, 3000), list("CGHI"))
        names = (list(ages), list(levels), list(spans))
        return [
            self._person(
                speech,
                found[unit[i]],
                names[0][age[i]],
                names[1][level[i]],
                _months_in(
                    speech.dice, names[2][span[i]], _most_months(names[0][age[i]], names[1][level[i]])
                ),
                regions[i],
                employers,
            )
            for i in range(count)
        ]

    def _person(
        self,
        speech: Speech,
        group: Group,
        age: str,
        level: str,
        months: int,
        region: str,
        employers: _Employers,
    ) -> Person:
        dice, words = speech.dice, self.words["seeker"]
        headline, core = speech.headline(group)
        skills = speech.skills(group, months)
        field = speech.field(group.code, level)
        worked_for = employers.of(dice.pick("CGHI"), "")
        return Person(
            headline=headline,
            place=speech.place(region),
            education=dice.pick(self.words["education_held"][level]),
            field=field,
            experience=speech.experience(months),
            history=speech.history(group, skills, level, field, months, worked_for),
            skills=speech.listed(skills),
            languages=dice.pick(words["languages"]) if dice.chance(0.4) else "",
            credentials=dice.pick(words["credentials"]) if dice.chance(0.15) else "",
            wanted=speech.pay("wanted", self._pay_range(dice, group.code, region, months)),
            registered=self.today - timedelta(days=int(180 * dice.uniform())),
            isco08=group.code if core else None,
            core=core,
            age=age,
            level=level,
            region=region,
            months=months,
        )


class _Employers:
    """Invented employers, by section and province in official shares; `of` gives one that fits."""

    def __init__(
        self, country: str, rng: np.random.Generator, speech: Speech, posts: int, sections: Sequence[str]
    ) -> None:
        self._dice = speech.dice
        shares = official_shares(country, "employers_industry", "employers")
        weight = np.array([shares.get(code, 0.0) + 1e-4 for code in sections])
        provinces = official_shares(country, "employers_province", "employers")
        count = max(len(sections), round(posts / _POSTS_PER_EMPLOYER))
        # every section has at least one employer
        drawn = [*sections, *rng.choice(sections, size=count - len(sections), p=weight / weight.sum())]
        where = rng.choice(list(provinces), size=count, p=_array(provinces))
        taken: set[str] = set()
        self._all: dict[str, list[str]] = {}
        self._near: dict[tuple[str, str], list[str]] = {}
        for section, province in zip(map(str, drawn), map(str, where), strict=True):
            name = speech.employer(section, taken)
            self._all.setdefault(section, []).append(name)
            self._near.setdefault((section, province), []).append(name)

    def of(self, section: str, province: str) -> str:
        """An employer of the section, from the province where there is one."""
        return self._dice.pick(self._near.get((section, province)) or self._all[section])


def _array(shares: Mapping[str, float]) -> Floats:
    return np.array(list(shares.values()), np.float64)


def _draw(rng: np.random.Generator, joint: Floats, row: Integers) -> Integers:
    """A column of the joint table for each row number."""
    bounds = np.cumsum(joint, axis=1)
    bounds /= bounds[:, -1:]
    return np.asarray((rng.random(len(row))[:, None] > bounds[row, :-1]).sum(axis=1), np.int64)


def _possible_lives(ages: list[str], levels: list[str], spans: list[str]) -> Floats:
    """Age by education by experience: what the years allow; the less idle time the likelier."""
    table = np.full((len(ages), len(levels), len(spans)), 1e-9)
    for a, age in enumerate(ages):
        for b, level in enumerate(levels):
            for c, span in enumerate(spans):
                worked = int(span.split("-")[0])
                spare = _most_months(age, level) - worked
                if spare >= 0:
                    table[a, b, c] = 1.0 if worked else 1 / (1 + spare / 120)
    return table


def _most_months(age: str, level: str) -> int:
    """Months that somebody of an age group can have worked since school."""
    return 12 * (int(age.split("-")[1] or 65) - max(_LEAVING_AGE[level], 15))


def _months_in(dice: Dice, span: str, most: int) -> int:
    low, _, high = span.partition("-")
    return 0 if span == "0" else dice.whole(int(low), max(int(low), min(int(high or 241) - 1, most)))
