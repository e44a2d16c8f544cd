"""People and vacancies as arrays: what a ranking may look at, and nothing else.

A `Side` is a table of n rows in the form the kernel reads. It is built from codes and numbers only: skills,
unit groups, a region, an education rank, months of experience, a monthly pay. Sex, age, religion, marital
status, names and texts have no column here, so no ranking can use them.

Skill rows are CSR. A vacancy's weights add up to 1 (its skills by idf, required ones double), a jobseeker's
are how well the skill is shown, in (0, 1]; the shared-skill score of a pair is the sum of the products: the
share of what the vacancy asks that the person brings. More skills never lower it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from padan.errors import ShapeError

__all__ = [
    "COLUMNS",
    "UNKNOWN",
    "Profile",
    "Side",
    "SkillRows",
    "jobseeker_side",
    "skill_idf",
    "skill_rows",
    "vacancy_side",
]

UNKNOWN = -1  #: in the integer arrays of the kernel; never leaves this room
_OCCUPATIONS = 4  #: occupations of a person that count; a vacancy has one

# how well a skill is shown
STATED = 1.0  #: the person or the vacancy names it
IMPLIED_ESSENTIAL = 0.6  #: essential in an occupation that the person has worked in, or that the vacancy is
IMPLIED_USEFUL = 0.3


@dataclass(frozen=True, slots=True)
class SkillRows:
    """Sparse skill rows: `indptr` (n+1,) int64, `skill` (nnz,) int32 ascending within a row, `weight` (nnz,)
    float32 ≥ 0.

    `scheme` names the scheme and size that `skill` numbers; two sides must agree.
    """

    indptr: npt.NDArray[np.int64]
    skill: npt.NDArray[np.int32]
    weight: npt.NDArray[np.float32]
    scheme: str = "skill"

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def take(self, rows: npt.NDArray[np.integer]) -> SkillRows:
        """These rows, in this order."""
        rows = np.asarray(rows, np.int64)
        first = self.indptr[rows]
        size = self.indptr[rows + 1] - first
        indptr = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(size, out=indptr[1:])
        at = np.arange(indptr[-1]) + np.repeat(first - indptr[:-1], size)
        return SkillRows(indptr, self.skill[at], self.weight[at], self.scheme)

    def check(self, name: str) -> None:
        """Raise ShapeError with the row at fault when the arrays are no such rows."""
        if self.indptr.ndim != 1 or len(self.indptr) < 1 or int(self.indptr[0]) != 0:
            raise ShapeError(f"{name}: indptr must start with 0", field="indptr")
        if np.any(np.diff(self.indptr) < 0) or int(self.indptr[-1]) != len(self.skill):
            raise ShapeError(f"{name}: indptr must ascend to {len(self.skill)}", field="indptr")
        if len(self.skill) != len(self.weight):
            raise ShapeError(f"{name}: {len(self.skill)} skills, {len(self.weight)} weights", field="weight")
        if len(self.skill):
            if int(self.skill.min()) < 0:
                raise ShapeError(f"{name}: a skill number is negative", field="skill")
            bad = np.flatnonzero(~np.isfinite(self.weight) | (self.weight < 0))
            if len(bad):
                row = int(np.searchsorted(self.indptr, bad[0], side="right")) - 1
                raise ShapeError(f"{name} row {row}: weight {self.weight[bad[0]]} is not ≥ 0", field="weight")
            inside = np.diff(self.skill) <= 0
            starts = self.indptr[1:-1]
            inside[starts[(starts > 0) & (starts < len(self.skill))] - 1] = False
            wrong = np.flatnonzero(inside)
            if len(wrong):
                row = int(np.searchsorted(self.indptr, wrong[0], side="right")) - 1
                raise ShapeError(f"{name} row {row}: skills must ascend without repeats", field="skill")


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one person or vacancy, in codes. Missing is None or empty."""

    id: str
    skills: Mapping[str, float]  #: skill -> how well it is shown, (0, 1]; for a vacancy: importance
    occupations: Sequence[tuple[str, float]] = ()  #: (ISCO-08 unit group, confidence 0–1), best first
    region: str | None = None  #: Kemendagri code of regency or province
    remote: bool = False
    education_rank: int | None = None
    experience_months: int | None = None
    pay_month: int | None = (
        None  #: of a person the least wanted, of a vacancy the most offered; rupiah a month
    )


@dataclass(frozen=True, slots=True)
class Side:
    """n people or n vacancies as arrays.

    skills       (n rows)
    occupation   (n, 4) int32 unit group as a number ("0110" -> 110), UNKNOWN where there is none
    confidence   (n, 4) float32 0–1
    region       (n,) int32 row of the distance table, UNKNOWN
    remote       (n,) bool
    education    (n,) int32 rank, UNKNOWN
    experience   (n,) int32 months, UNKNOWN
    pay          (n,) float64 rupiah a month, NaN where unknown
    """

    ids: Sequence[str]
    skills: SkillRows
    occupation: npt.NDArray[np.int32]
    confidence: npt.NDArray[np.float32]
    region: npt.NDArray[np.int32]
    remote: npt.NDArray[np.bool_]
    education: npt.NDArray[np.int32]
    experience: npt.NDArray[np.int32]
    pay: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.skills)

    def take(self, rows: npt.NDArray[np.integer]) -> Side:
        """These rows, in this order."""
        return Side(
            ids=[self.ids[int(row)] for row in rows] if len(self.ids) else (),
            skills=self.skills.take(rows),
            **{name: getattr(self, name)[rows] for name in COLUMNS},
        )

    @staticmethod
    def joined(sides: Sequence[Side]) -> Side:
        """Sides below each other. Raises ShapeError where they number different skills."""
        if len({s.skills.scheme for s in sides}) != 1:
            raise ShapeError("the sides number different skills, or there is none", field="skills")
        widest = max(s.occupation.shape[1] for s in sides)
        columns = {name: np.concatenate([getattr(s, name) for s in sides]) for name in COLUMNS[2:]}
        for name, empty in (("occupation", UNKNOWN), ("confidence", 0)):
            parts = [getattr(s, name) for s in sides]
            padded = [np.pad(x, ((0, 0), (0, widest - x.shape[1])), constant_values=empty) for x in parts]
            columns[name] = np.concatenate(padded)
        sizes = np.concatenate([np.diff(s.skills.indptr) for s in sides])
        skills = SkillRows(
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            np.concatenate([s.skills.skill for s in sides]),
            np.concatenate([s.skills.weight for s in sides]),
            sides[0].skills.scheme,
        )
        return Side(ids=[i for s in sides for i in s.ids], skills=skills, **columns)


#: the columns of a `Side` besides ids and skills
COLUMNS = ("occupation", "confidence", "region", "remote", "education", "experience", "pay")


def skill_idf(profiles: Sequence[Profile], skills: Sequence[str]) -> npt.NDArray[np.float32]:
    """idf of each skill over the vacancies: ln((1 + n) / (1 + df)) + 1; what everybody asks weighs least."""
    row = {s: i for i, s in enumerate(skills)}
    df = np.zeros(len(skills))
    for profile in profiles:
        for skill in profile.skills:
            if skill in row:
                df[row[skill]] += 1
    return np.asarray(np.log((1 + len(profiles)) / (1 + df)) + 1, np.float32)


def skill_rows(
    profiles: Sequence[Profile], skills: Sequence[str], *, idf: npt.NDArray[np.float32] | None = None
) -> SkillRows:
    """Rows of profiles. With `idf` each row is weighted by it and adds up to 1 (a vacancy); without it as it
    is.
    """
    row_of = {s: i for i, s in enumerate(skills)}
    indptr = np.zeros(len(profiles) + 1, np.int64)
    numbers: list[int] = []
    weights: list[float] = []
    for position, profile in enumerate(profiles):
        pairs = sorted((row_of[s], w) for s, w in profile.skills.items() if s in row_of and w > 0)
        if idf is not None and pairs:
            pairs = [(s, w * float(idf[s])) for s, w in pairs]
            total = sum(w for _, w in pairs)
            pairs = [(s, w / total) for s, w in pairs]
        numbers.extend(s for s, _ in pairs)
        weights.extend(w for _, w in pairs)
        indptr[position + 1] = len(numbers)
    return SkillRows(
        indptr, np.array(numbers, np.int32), np.array(weights, np.float32), f"skill/{len(skills)}"
    )


def jobseeker_side(profiles: Sequence[Profile], skills: Sequence[str], regions: Mapping[str, int]) -> Side:
    """Jobseekers as arrays. `regions` gives the row of a region code in the distance table."""
    return _side(profiles, skill_rows(profiles, skills), regions)


def vacancy_side(
    profiles: Sequence[Profile],
    skills: Sequence[str],
    regions: Mapping[str, int],
    *,
    idf: npt.NDArray[np.float32] | None = None,
) -> Side:
    """Vacancies as arrays; idf from these vacancies where none is given."""
    idf = skill_idf(profiles, skills) if idf is None else idf
    return _side(profiles, skill_rows(profiles, skills, idf=idf), regions)


def _side(profiles: Sequence[Profile], rows: SkillRows, regions: Mapping[str, int]) -> Side:
    n = len(profiles)
    seen: set[str] = set()
    for profile in profiles:
        if profile.id in seen:
            raise ShapeError(
                f"the id {profile.id!r} stands twice",
                hint="read the files together: repeats are left out then",
            )
        seen.add(profile.id)
    occupation = np.full((n, _OCCUPATIONS), UNKNOWN, np.int32)
    confidence = np.zeros((n, _OCCUPATIONS), np.float32)
    for row, profile in enumerate(profiles):
        for column, (code, sure) in enumerate(profile.occupations[:_OCCUPATIONS]):
            occupation[row, column] = int(code)
            # whole 1/1024: products with the nearness are exact, so both directions agree to the bit
            confidence[row, column] = round(sure * 1024) / 1024

    def integers(values: list[int | None]) -> npt.NDArray[np.int32]:
        return np.array([UNKNOWN if v is None else v for v in values], np.int32)

    return Side(
        ids=tuple(p.id for p in profiles),
        skills=rows,
        occupation=occupation,
        confidence=confidence,
        region=integers([regions.get(p.region) if p.region else None for p in profiles]),
        remote=np.array([p.remote for p in profiles], bool),
        education=integers([p.education_rank for p in profiles]),
        experience=integers([p.experience_months for p in profiles]),
        pay=np.array([np.nan if p.pay_month is None else float(p.pay_month) for p in profiles], np.float64),
    )
