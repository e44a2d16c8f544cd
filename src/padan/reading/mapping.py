"""Mapping files: which column of a table is which field of a record. YAML that an office can write.

    as: vacancies
    source: dinas-bandung                 # name of the source, kept with every record
    country: ID                           # or {column: Country}; decides the meaning of "$"
    records: data.items                   # JSON only: where the list is
    fields:
      title: Nama Jabatan                 # short form: the column
      description: {columns: [Tugas, Syarat], join: "\\n"}
      hiring_organization: {column: Perusahaan, remove: "/\\\\d+$"}
      employment_type: {column: Jenis, map: {Tetap: FULL_TIME, Magang: INTERN}, else: null}
      skills: {column: Keahlian, split: "[,;]"}
      education_requirements: {marks: {SMA: Kolom SMA, S1: Kolom S1}}
      base_salary: {text: Gaji}           # or {min:, max:, currency:, period:, shown:, negotiable:}
      experience: {min: Min Tahun, max: Maks Tahun, unit: year}     # or {text: Pengalaman}
      restrictions: {sex: Jenis Kelamin, age_max: Usia Maks}
      total_job_openings: {const: 1}
    ignore: [Kolom Kosong]                # columns left out on purpose

A column is a name, or a dotted path into nested JSON: `employer.name`, `skills[].name`, `jenjang|json[]`
(JSON inside a string). Every rule may name several columns as alternatives with `first: [a, b]`.

`suggest` proposes a mapping for a table nobody described, by column names in use and by what the cells look
like.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from rapidfuzz import fuzz

from padan.errors import InputError, NotFound
from padan.model import RECORD_TYPES, Kind

__all__ = ["FieldRule", "MappingFile", "load_mapping", "mapping_fields", "match_form", "suggest", "value_at"]

#: fields of a mapping that are not a field of the record: one rule makes several of its columns
COMPOSITE = {
    "base_salary": ("base_salary_min", "base_salary_max", "salary_currency", "base_salary_period"),
    "experience": ("experience_months_min", "experience_months_max", "experience_months"),
    "restrictions": ("restrictions",),
    "runs": ("runs",),
    "work": ("work",),
}
#: what only the reader itself fills
_COMPUTED = {"id", "source", "source_row", "flags", "language", "province", "regency", "regions", "remote"}


class FieldRule(BaseModel):
    """How one field is made from the columns of a row; every key is optional."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    column: str | None = None
    columns: list[str] | None = None  #: joined with `join`
    first: list[str] | None = None  #: alternatives: the first that is filled
    join: str = "\n"
    split: str | None = None  #: pattern that parts a list
    map: dict[str, Any] | None = None  #: value -> value; compared without case and blanks around
    #: for a value that `map` lacks
    otherwise: Literal["keep", "null", "reject"] | None = Field(default="keep", alias="else")
    remove: str | None = None  #: pattern taken out of the text
    const: Any = None
    marks: dict[str, str] | None = None  #: value -> column that holds 1, yes or x when the value applies
    text: str | None = None
    min: str | None = None
    max: str | None = None
    currency: str | None = None
    period: str | None = None
    shown: str | None = None  #: column that is false when the pay must not be shown
    negotiable: str | None = None
    unit: Literal["year", "month"] = "year"  #: of an experience that names none itself
    sex: str | None = None
    marital: str | None = None
    age_min: str | None = None
    age_max: str | None = None
    physical: str | None = None
    start: str | None = None
    end: str | None = None
    seats: str | None = None

    def names(self) -> Iterator[str]:
        """The columns that the rule reads."""
        for value in (
            self.column,
            self.text,
            self.min,
            self.max,
            self.currency,
            self.period,
            self.shown,
            self.negotiable,
        ):
            if value:
                yield value
        for value in (
            self.sex,
            self.marital,
            self.age_min,
            self.age_max,
            self.physical,
            self.start,
            self.end,
            self.seats,
        ):
            if value:
                yield value
        yield from self.columns or ()
        yield from self.first or ()
        yield from (self.marks or {}).values()


class MappingFile(BaseModel):
    """A mapping file, checked."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: Kind = Field(alias="as")
    source: str = "table"
    records: str | None = None
    sheet: str | None = None
    detect: list[str] = []  #: columns that must all be there for a shipped form to be taken by itself
    country: str | dict[str, str] | None = None
    fields: dict[str, FieldRule]
    ignore: list[str] = []

    @field_validator("fields", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: {"column": v} if isinstance(v, str) else v for k, v in value.items()}
        return value

    def names(self) -> set[str]:
        """All columns that the mapping reads, without the path below the first step."""
        out = {n for rule in self.fields.values() for n in rule.names()}
        if isinstance(self.country, dict):
            out.update(self.country.values())
        return out


def mapping_fields(kind: Kind) -> tuple[str, ...]:
    """The field names that a mapping of this kind may use."""
    made = {name for names in COMPOSITE.values() for name in names}
    own = [
        f.name for f in dataclass_fields(RECORD_TYPES[kind]) if f.name not in _COMPUTED and f.name not in made
    ]
    has = {f.name for f in dataclass_fields(RECORD_TYPES[kind])}
    extra = [name for name, makes in COMPOSITE.items() if any(m in has for m in makes)]
    return (*own, *extra)


def load_mapping(source: Path | Mapping[str, Any], kind: Kind | None = None) -> MappingFile:
    """A mapping file, read and checked. Raises InputError that names the key at fault and the fields there
    are.
    """
    name = "the mapping"
    if isinstance(source, Path):
        name = source.name
        if not source.exists():
            raise NotFound(
                f"there is no mapping file {source}", hint="make one with: padan read FILE --suggest-mapping"
            )
        try:
            data = yaml.safe_load(source.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise InputError(
                f"{name} is not YAML: {str(error)[:160]}", hint="see docs/reading.md, Mapping files"
            ) from error
    else:
        data = dict(source)
    if not isinstance(data, dict) or "fields" not in data:
        raise InputError(f"{name} has no `fields:`", hint="see docs/reading.md, Mapping files")
    if kind is not None:
        data.setdefault("as", kind.value)
    try:
        mapping = MappingFile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(p) for p in first["loc"])
        hint = "see docs/reading.md, Mapping files"
        if first["type"] == "extra_forbidden":
            model = FieldRule if first["loc"][0] == "fields" else MappingFile
            hint = f"keys: {', '.join(f.alias or key for key, f in model.model_fields.items())}"
        raise InputError(f"{name}: {where}: {first['msg']}", hint=hint, field=where) from error
    if kind is not None and mapping.kind is not kind:
        raise InputError(
            f"{name} is for {mapping.kind.value}, not {kind.value}", hint=f"use --as {mapping.kind.value}"
        )
    if isinstance(mapping.country, dict) and set(mapping.country) != {"column"}:
        raise InputError(
            f"{name}: country is a code or {{column: NAME}}", hint="country: ID", field="country"
        )
    allowed = mapping_fields(mapping.kind)
    for field, rule in mapping.fields.items():
        if field not in allowed:
            raise InputError(
                f"{name}: {field!r} is no field of {mapping.kind.value}",
                hint=f"fields: {', '.join(sorted(allowed))}",
                field=field,
            )
        for pattern in (rule.split, rule.remove):
            if pattern is not None:
                try:
                    re.compile(pattern)
                except re.error as error:
                    raise InputError(
                        f"{name}: {field}: {pattern!r} is no pattern: {error}",
                        hint='a pattern is a regular expression: "[,;]" parts at commas, "\\(" is a bracket',
                        field=field,
                    ) from error
    return mapping


# -- values by path ----------------------------------------------------------------------------------------


def value_at(values: Mapping[str, Any], path: str) -> Any:
    """The value of a column, or of a dotted path into nested JSON; None where it is not there.

    A column that is called exactly so wins over the path. `[]` makes a list of what follows, `|json` reads
    JSON that sits in a string; a string that is no JSON stays a string.
    """
    if path in values:
        return values[path]
    if "." not in path and "[" not in path and "|" not in path:
        return None
    current: Any = values
    parts = re.split(r"\.(?![^\[]*\])", path)
    for index, part in enumerate(parts):
        as_list = part.endswith("[]")
        name = part.removesuffix("[]")
        name, _, decode = name.partition("|")
        if name:
            current = current.get(name) if isinstance(current, Mapping) else None
        if decode == "json" and isinstance(current, str):
            try:
                current = json.loads(current)
            except (ValueError, RecursionError):
                return current
        if as_list:
            items = current if isinstance(current, list) else ([] if current is None else [current])
            rest = ".".join(parts[index + 1 :])
            if not rest:
                return items
            return [
                v for item in items if isinstance(item, Mapping) and (v := value_at(item, rest)) is not None
            ]
        if current is None:
            return None
    return current


# -- forms and suggestions ---------------------------------------------------------------------------------


def match_form(
    forms: Sequence[Mapping[str, Any]], kind: Kind, values: Mapping[str, Any]
) -> MappingFile | None:
    """The shipped form whose `detect` columns are all in the first row; the one with the most such
    columns.
    """
    best: MappingFile | None = None
    for form in forms:
        if form.get("as") != kind.value:
            continue
        detect = form.get("detect") or []
        if (
            detect
            and all(value_at(values, d) is not None or d in values for d in detect)
            and (best is None or len(detect) > len(best.detect))
        ):
            best = load_mapping(form)
    return best


def suggest(
    kind: Kind,
    sample: Sequence[Mapping[str, Any]],
    columns: Mapping[str, Sequence[str]],
    *,
    source: str = "table",
) -> tuple[MappingFile | None, dict[str, float]]:
    """Propose a mapping from the first rows of a table.

    sample    rows, 1 to 200
    columns   field -> column names in use (`country.columns[kind]`)

    Each field takes the column whose name is nearest to one of its names (0–100, rapidfuzz; 84 or more), best
    pairs first, a column once. Returns the mapping, or None where no column looks like the required title,
    and the nearness a field.
    """
    names: list[str] = []
    for row in sample:
        names.extend(n for n in row if n not in names)
    pairs: list[tuple[float, int, str, str]] = []
    for order, (field, known) in enumerate(columns.items()):
        for name in names:
            nearness = max((_nearness(name, alias) for alias in known), default=0.0)
            if nearness >= 84:
                pairs.append((nearness, -order, field, name))
    pairs.sort(reverse=True)
    chosen: dict[str, str] = {}
    score: dict[str, float] = {}
    for nearness, _, field, name in pairs:
        if field in chosen or name in chosen.values() or not any(_filled(row.get(name)) for row in sample):
            continue
        chosen[field] = name
        score[field] = nearness
    required = {Kind.PROGRAMME: "name", Kind.EMPLOYER: "name"}.get(kind, "title")
    if kind is Kind.JOBSEEKER:
        if not {"headline", "description", "skills", "work_title"} & set(chosen):
            return None, score
    elif required not in chosen:
        return None, score
    rules = _rules(chosen, sample)
    data: dict[str, Any] = {"as": kind.value, "source": source, "fields": rules}
    left = [n for n in names if n not in chosen.values()]
    if left:
        data["ignore"] = left
    return load_mapping(data), score


def _filled(value: Any) -> bool:
    return value is not None and str(value).strip() not in ("", "[]", "{}")


def _nearness(name: str, alias: str) -> float:
    a, b = _plain(name), _plain(alias)
    if a == b:
        return 100.0
    if not a or not b or min(len(a), len(b)) < 4:
        return 0.0
    return max(
        fuzz.ratio(a, b), 0.95 * fuzz.token_set_ratio(a, b) if len(a.split()) <= len(b.split()) + 1 else 0.0
    )


@lru_cache(maxsize=8192)
def _plain(name: str) -> str:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[^0-9a-z]+", " ", parted.lower()).split())


_LIST_FIELDS = {"skills", "fields_of_study", "languages", "credentials", "education_requirements"}


def _rules(chosen: Mapping[str, str], sample: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Rules from field -> column: pay, experience and restrictions are put together from their parts."""
    rules: dict[str, Any] = {}
    parts: dict[str, dict[str, str]] = {}
    for field, name in chosen.items():
        head, _, part = field.partition(":")
        if part:
            parts.setdefault(head, {})[part] = name
        elif field in _LIST_FIELDS and field != "education_requirements":
            texts = [str(row.get(name)) for row in sample if _filled(row.get(name))]
            counts = {mark: sum(mark in t for t in texts) for mark in (";", "|", ",")}
            mark = max(counts, key=lambda m: counts[m])
            rules[field] = (
                {"column": name, "split": r"\|" if mark == "|" else mark}
                if counts[mark]
                else {"column": name}
            )
        else:
            rules[field] = {"column": name}
    for head, named in parts.items():
        if head == "base_salary" and "text" in named and ("min" in named or "max" in named):
            named.pop("text")
        rules[head] = dict(named)
    return rules
