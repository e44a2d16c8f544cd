"""Records -> coded profiles: which unit group, which skills, from which words; and what was left undecided.

`code_vacancies` and `code_jobseekers` join the linker and the skill finder with a table of records. For every
record they say the proposed ISCO-08 unit group, whether it is decided, and each skill with the field and span
it came from. Where a vacancy says little, the skills that the starter pack calls essential or useful for its
occupation stand in, marked as implied: they never count as much as a skill that somebody named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from padan.countries import Country
from padan.linking import FoundSkill, Linked, Linker, SkillFinder
from padan.matching import Profile
from padan.matching.features import IMPLIED_ESSENTIAL, IMPLIED_USEFUL, STATED
from padan.model import Kind, check_table
from padan.taxonomy import Library, Scheme

__all__ = ["CODED", "Coder", "Coding"]

#: what a table of codings looks like; one row a record, in the order of the records
CODED = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        ("isco08", pa.string()),  # decided unit group, null where the linker abstains
        ("isco08_ranked", pa.list_(pa.string())),
        ("isco08_scores", pa.list_(pa.float32())),
        (
            "skills",
            pa.list_(
                pa.struct(
                    [
                        ("skill", pa.string()),
                        (
                            "how",
                            pa.string(),
                        ),  # stated, found, essential, useful (the last two implied by the occupation)
                        ("field", pa.string()),
                        ("start", pa.int32()),
                        ("end", pa.int32()),
                        ("required", pa.bool_()),
                        ("level", pa.string()),  # as the text says it: "N3", "TOEFL 500", "aktif"
                    ]
                )
            ),
        ),
    ]
)

WISHED = 0.5  #: importance of a skill that is a wish, a required one is 1
_ENOUGH = 4  #: skills named by a vacancy itself, above which its occupation adds none
_UNDECIDED = 0.5  #: how sure an undecided best unit group counts, times its score
_LEAST_SCORE = 0.35  #: below this similarity an undecided unit group does not count at all

# how pay of another period is brought to a month: 40-hour weeks of 5 days
_PER_MONTH = {"hour": 173.0, "day": 21.0, "week": 52 / 12, "month": 1.0, "year": 1 / 12}
# pay with one of these marks is shown with its mark and never compared
_DOUBTFUL_PAY = ("implausible", "unclear", "period_doubtful", "currency_ambiguous")


@dataclass(frozen=True, slots=True)
class Coding:
    """A table of codings (schema CODED) and the profiles for matching, row by row."""

    table: pa.Table
    profiles: list[Profile]

    @property
    def decided(self) -> int:
        """Records whose unit group is decided."""
        return len(self.table) - int(self.table.column("isco08").null_count)


class Coder:
    """Codes records with the schemes of a library; built once, used for many tables."""

    def __init__(self, library: Library, country: Country, linker: Linker | None = None) -> None:
        self.country = country
        self.linker = linker if linker is not None else Linker(library, places=country.place_names())
        self.finder = SkillFinder(library.get("skill"))
        self._occupations: Scheme = library.get("isco08")
        skills = library.get("skill")
        kinds = zip(skills.ids, skills.column("kind"), strict=True)
        #: "jujur", "teliti": asked everywhere, they say little about the work
        self._transversal = frozenset(skill for skill, kind in kinds if kind == "transversal")
        self._implied: dict[str, list[tuple[str, str]]] = {}

    def code_vacancies(self, table: pa.Table) -> Coding:
        """Code a table of vacancies."""
        return self._code(check_table(Kind.VACANCY, table), Kind.VACANCY)

    def code_jobseekers(self, table: pa.Table) -> Coding:
        """Code a table of jobseekers."""
        return self._code(check_table(Kind.JOBSEEKER, table), Kind.JOBSEEKER)

    def _code(self, table: pa.Table, kind: Kind) -> Coding:
        titles = self._titles(table, kind)
        flat = [title for own in titles for title in own]
        # most of linking runs in compiled code without the interpreter's lock: skills are found meanwhile
        with ThreadPoolExecutor(1) as pool:
            linking = pool.submit(self.linker.link, flat, to="isco08", k=5)
            skills_of = [self._skills(record, kind) for record in _batched(table)]
            linked = iter(linking.result())
        by_record = [[next(linked) for _ in own] for own in titles]
        rows: dict[str, list[Any]] = {name: [] for name in CODED.names}
        profiles: list[Profile] = []
        for record, found, skills in zip(_batched(table), by_record, skills_of, strict=True):
            best = found[0] if found else Linked((), (), None, False)
            occupations = _occupations(found)
            self._imply(skills, occupations, kind)
            rows["id"].append(record["id"])
            rows["isco08"].append(best.decision)
            rows["isco08_ranked"].append(list(best.ranked))
            rows["isco08_scores"].append(list(best.scores))
            rows["skills"].append(skills)
            profiles.append(self._profile(record, kind, occupations, skills))
        return Coding(pa.Table.from_pydict(rows, schema=CODED), profiles)

    def _titles(self, table: pa.Table, kind: Kind) -> list[list[str]]:
        if kind is Kind.VACANCY:
            return [[title] for title in table.column("title").to_pylist()]
        out = []
        columns = zip(table.column("headline").to_pylist(), table.column("work").to_pylist(), strict=True)
        for headline, work in columns:
            titles = [headline, *(spell["title"] for spell in work or ())]
            out.append(list(dict.fromkeys(t for t in titles if t))[:4])
        return out

    def _skills(self, record: dict[str, Any], kind: Kind) -> list[dict[str, Any]]:
        """Skills named by the record: listed ones, then those found in its texts, each once."""
        out: dict[str, dict[str, Any]] = {}
        listed = [
            *(record["skills"] or ()),
            *(record.get("languages") or ()),
            *(record.get("credentials") or ()),
        ]
        for skill in self.finder.find_listed(listed):
            out[skill] = _entry(skill, "stated", "skills", None, True)
        names = (
            ("title", "qualifications", "description")
            if kind is Kind.VACANCY
            else ("headline", "description")
        )
        texts = [(name, record[name]) for name in names]
        if kind is Kind.JOBSEEKER:
            texts += [(f"work[{i}]", spell["description"]) for i, spell in enumerate(record["work"] or ())]
        for field, text in texts:
            for found in self.finder.find(text):
                known = out.get(found.skill)
                if known is None:
                    out[found.skill] = _entry(found.skill, "found", field, found, found.required)
                else:
                    known["required"] = known["required"] or found.required
                    known["level"] = known["level"] or found.level
        return list(out.values())

    def _imply(
        self, skills: list[dict[str, Any]], occupations: Sequence[tuple[str, float]], kind: Kind
    ) -> None:
        of_the_work = sum(entry["skill"] not in self._transversal for entry in skills)
        if not occupations or (kind is Kind.VACANCY and of_the_work > _ENOUGH):
            return
        named = {entry["skill"] for entry in skills}
        for code, sure in occupations if kind is Kind.JOBSEEKER else occupations[:1]:
            if sure < 0.5:
                continue
            for relation, skill in self._occupations.related(code):
                if skill not in named:
                    named.add(skill)
                    skills.append(_entry(skill, relation, "occupation", None, relation == "essential"))

    def _profile(
        self,
        record: dict[str, Any],
        kind: Kind,
        occupations: list[tuple[str, float]],
        skills: list[dict[str, Any]],
    ) -> Profile:
        weights = {}
        for entry in skills:
            if entry["how"] in ("essential", "useful"):
                weight = IMPLIED_ESSENTIAL if entry["how"] == "essential" else IMPLIED_USEFUL
            else:
                weight = STATED if kind is Kind.JOBSEEKER or entry["required"] else WISHED
            weights[entry["skill"]] = weight
        education = self.country.education
        if kind is Kind.VACANCY:
            level = education.lowest(record["education_requirements"] or ())
            months, pay = (
                record["experience_months_min"],
                record["base_salary_max"] or record["base_salary_min"],
            )
        else:
            level = record["education"]
            months, pay = record["experience_months"], record["base_salary_min"]
        return Profile(
            id=record["id"],
            skills=weights,
            occupations=occupations,
            region=record["regency"] or record["province"],
            remote=bool(record["remote"]),
            education_rank=education.rank(level),
            experience_months=months,
            pay_month=self._pay_month(record, pay),
        )

    def _pay_month(self, record: dict[str, Any], amount: int | None) -> int | None:
        """Pay as rupiah a month; None where it is doubtful, of another currency or for a piece of work."""
        if amount is None or record["salary_currency"] != self.country.currency:
            return None
        if any(f"base_salary:{mark}" in (record["flags"] or ()) for mark in _DOUBTFUL_PAY):
            return None
        factor = _PER_MONTH.get(record["base_salary_period"] or "month")
        return None if factor is None else round(amount * factor)


def _batched(table: pa.Table) -> Iterable[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=2000):
        yield from batch.to_pylist()


def _entry(skill: str, how: str, field: str, span: FoundSkill | None, required: bool) -> dict[str, Any]:
    return {
        "skill": skill,
        "how": how,
        "field": field,
        "start": span.start if span else None,
        "end": span.end if span else None,
        "required": required,
        "level": span.level if span else None,
    }


def _occupations(found: Sequence[Linked]) -> list[tuple[str, float]]:
    """Unit groups with how sure they are: a decided one counts whole, an undecided one by its score, a weak
    one not.
    """
    out: dict[str, float] = {}
    for linked in found:
        if linked.decision is not None:
            out[linked.decision] = 1.0
        elif linked.ranked and linked.scores[0] >= _LEAST_SCORE:
            out.setdefault(linked.ranked[0], _UNDECIDED * linked.scores[0] + 0.25)
    return list(out.items())
