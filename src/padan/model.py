"""The records of Padan and their Arrow schemas.

What is a vacancy, a jobseeker, an apprenticeship place, a programme, an employer: one frozen dataclass each,
and one Arrow schema each with the same field names in the same order. Names follow schema.org (JobPosting,
Course, CourseInstance, Organization) in snake case where it has one; the comment behind a field says so.

Conventions, everywhere:
    codes      text, as in their scheme ("0110", never 110); regions are Kemendagri codes ("32", "32.73")
    money      int in the major unit of `salary_currency`; `base_salary_period` says for how long
    dates      `date`; instants are UTC
    missing    None, never "", 0 or "N/A"
    education  a code of the country's education table ("SMA", "D3", "S1")
    text       plain text without HTML; contact data, identity numbers and chat links are taken out on reading

`Vacancy` and `ApprenticeshipPlace` carry what an advertisement says about sex, age, marital status or
religion only in `restrictions`, for the legality screen. No ranking reads that column. `Jobseeker` has no
such field at all.

    schema(Kind.VACANCY)            the Arrow schema of a kind
    to_table(kind, records)         records -> Arrow table
    check_table(kind, table)        the table, cast to the schema, or an error that names column, row and
                                    value
    from_table(kind, table)         Arrow table -> records
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any

import pyarrow as pa

from padan.errors import InputError, ShapeError

__all__ = [
    "RECORD_TYPES",
    "ApprenticeshipPlace",
    "CourseRun",
    "Employer",
    "EmploymentType",
    "Establishment",
    "Jobseeker",
    "Kind",
    "PayPeriod",
    "Programme",
    "ProgrammeKind",
    "Vacancy",
    "WorkSpell",
    "check_table",
    "from_table",
    "schema",
    "to_table",
]


class Kind(StrEnum):
    """What a file holds; the value is the word that `padan read --as` takes."""

    VACANCY = "vacancies"
    JOBSEEKER = "jobseekers"
    APPRENTICESHIP = "apprenticeships"
    PROGRAMME = "programmes"
    EMPLOYER = "employers"


class EmploymentType(StrEnum):
    """schema.org employmentType."""

    FULL_TIME = "FULL_TIME"
    PART_TIME = "PART_TIME"
    CONTRACTOR = "CONTRACTOR"
    TEMPORARY = "TEMPORARY"
    INTERN = "INTERN"
    VOLUNTEER = "VOLUNTEER"
    PER_DIEM = "PER_DIEM"
    OTHER = "OTHER"


class PayPeriod(StrEnum):
    """For how long a pay amount is; schema.org unitText in lower case, and `project` for piece work."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    PROJECT = "project"


class ProgrammeKind(StrEnum):
    """What sort of programme a record describes."""

    TRAINING = "training"
    APPRENTICESHIP = "apprenticeship"
    COOPERATION = "cooperation"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacancy:
    """A post, or several equal posts, to fill (lowongan). schema.org JobPosting."""

    id: str  #: `source:identifier`, or `source:row` where the source gives no identifier
    source: str  #: the form or file it was read from
    source_row: int | None = None  #: line or row in that file, counted from 1
    identifier: str | None = None  #: the source's own id (JobPosting.identifier)
    url: str | None = None  #: JobPosting.url
    title: str  #: JobPosting.title
    description: str | None = None  #: JobPosting.description, plain text
    qualifications: str | None = None  #: JobPosting.qualifications, plain text
    job_benefits: str | None = None  #: JobPosting.jobBenefits
    hiring_organization: str | None = None  #: JobPosting.hiringOrganization.name
    industry: str | None = None  #: JobPosting.industry, as written
    occupational_category: str | None = None  #: JobPosting.occupationalCategory, as written by the source
    job_location: str | None = None  #: JobPosting.jobLocation, as written
    province: str | None = None  #: Kemendagri code of the place of work
    regency: str | None = None  #: Kemendagri code of kabupaten or kota
    regions: tuple[str, ...] = ()  #: codes of all places, when one post is offered in several
    remote: bool | None = None  #: JobPosting.jobLocationType is TELECOMMUTE
    employment_type: tuple[str, ...] = ()  #: JobPosting.employmentType, values of EmploymentType
    base_salary_min: int | None = None  #: JobPosting.baseSalary.value.minValue
    base_salary_max: int | None = None  #: JobPosting.baseSalary.value.maxValue
    salary_currency: str | None = None  #: ISO 4217 (JobPosting.salaryCurrency)
    base_salary_period: str | None = None  #: values of PayPeriod (baseSalary.value.unitText)
    total_job_openings: int | None = None  #: JobPosting.totalJobOpenings; None is not stated
    applications: int | None = None  #: how many have applied, where the source says
    education_requirements: tuple[str, ...] = ()  #: education codes that are accepted, lowest first
    experience_months_min: int | None = None  #: JobPosting.experienceRequirements.monthsOfExperience
    experience_months_max: int | None = None
    skills: tuple[str, ...] = ()  #: JobPosting.skills, as the source lists them
    fields_of_study: tuple[str, ...] = ()  #: study programmes asked for
    date_posted: date | None = None  #: JobPosting.datePosted
    valid_through: date | None = None  #: JobPosting.validThrough, last day to apply
    language: str | None = None  #: id, en, mixed or other; of title and description
    restrictions: tuple[
        str, ...
    ] = ()  #: "sex:female", "age_max:30", "marital:single" as advertised; never scored
    flags: tuple[str, ...] = ()  #: what was doubtful or repaired in this row, as `field:flag`


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSpell:
    """One spell of work of a jobseeker: paid, unpaid, informal or care work."""

    title: str | None = None
    employer: str | None = None
    start: date | None = None
    end: date | None = None  #: None with `current` true: still working there
    current: bool | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobseeker:
    """A person looking for work (pencari kerja), without name, contact, birth date, sex, religion or marital
    status.
    """

    id: str
    source: str
    source_row: int | None = None
    identifier: str | None = None  #: a registration number that identifies nobody outside the source
    headline: str | None = None  #: the work that is looked for, in the person's words
    description: str | None = None  #: free text of the CV or registration
    job_location: str | None = None  #: where the person lives or wants to work, as written
    province: str | None = None
    regency: str | None = None
    regions: tuple[str, ...] = ()  #: codes of places the person would work in, besides home
    remote: bool | None = None
    employment_type: tuple[str, ...] = ()
    education: str | None = None  #: code of the highest level completed
    fields_of_study: tuple[str, ...] = ()
    experience_months: int | None = None
    work: tuple[WorkSpell, ...] = ()
    skills: tuple[str, ...] = ()  #: as stated
    languages: tuple[str, ...] = ()  #: as stated, with the level where given: "English C1"
    credentials: tuple[str, ...] = ()  #: certificates, licences, badges
    base_salary_min: int | None = None  #: lowest pay wanted
    salary_currency: str | None = None
    base_salary_period: str | None = None
    date_posted: date | None = None  #: day of registration
    available_from: date | None = None
    language: str | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprenticeshipPlace:
    """Equal places of one apprenticeship (pemagangan) at one host employer."""

    id: str
    source: str
    source_row: int | None = None
    identifier: str | None = None
    url: str | None = None
    title: str
    description: str | None = None
    qualifications: str | None = None
    hiring_organization: str | None = None  #: the host employer
    sponsor: str | None = None  #: ministry or agency behind the host
    industry: str | None = None
    job_location: str | None = None
    province: str | None = None
    regency: str | None = None
    regions: tuple[str, ...] = ()
    total_job_openings: int | None = None  #: places (kuota)
    applications: int | None = None  #: registered applicants
    education_requirements: tuple[str, ...] = ()
    fields_of_study: tuple[str, ...] = ()
    base_salary_min: int | None = None  #: allowance (uang saku)
    base_salary_max: int | None = None
    salary_currency: str | None = None
    base_salary_period: str | None = None
    skills: tuple[str, ...] = ()
    date_posted: date | None = None
    valid_through: date | None = None  #: last day to register
    start_date: date | None = None
    end_date: date | None = None
    language: str | None = None
    restrictions: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRun:
    """A dated intake of a programme, with seats. schema.org CourseInstance."""

    start_date: date | None = None
    end_date: date | None = None
    seats: int | None = None  #: CourseInstance.maximumAttendeeCapacity
    province: str | None = None
    regency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A training programme, apprenticeship scheme or cooperation programme with its runs. schema.org
    Course.
    """

    id: str
    source: str
    source_row: int | None = None
    identifier: str | None = None
    url: str | None = None
    kind: str = ProgrammeKind.TRAINING
    name: str  #: Course.name
    description: str | None = None
    provider: str | None = None  #: Course.provider: training centre, agency
    job_location: str | None = None
    province: str | None = None
    regency: str | None = None
    hours: int | None = None
    education_requirements: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()  #: Course.teaches
    skkni_units: tuple[str, ...] = ()
    valid_through: date | None = None  #: last day to apply
    runs: tuple[CourseRun, ...] = ()
    language: str | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Establishment:
    """One site of an employer."""

    name: str | None = None
    address: str | None = None
    province: str | None = None
    regency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Employer:
    """A body that hires. schema.org Organization."""

    id: str
    source: str
    source_row: int | None = None
    identifier: str | None = None  #: NIB, where given
    name: str
    url: str | None = None
    industry: str | None = None
    kbli: str | None = None  #: KBLI section or division
    province: str | None = None
    regency: str | None = None
    establishments: tuple[Establishment, ...] = ()
    flags: tuple[str, ...] = ()


Record = Vacancy | Jobseeker | ApprenticeshipPlace | Programme | Employer

RECORD_TYPES: dict[Kind, type[Record]] = {
    Kind.VACANCY: Vacancy,
    Kind.JOBSEEKER: Jobseeker,
    Kind.APPRENTICESHIP: ApprenticeshipPlace,
    Kind.PROGRAMME: Programme,
    Kind.EMPLOYER: Employer,
}

_ARROW: dict[str, pa.DataType] = {
    "str": pa.string(),
    "int": pa.int64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "tuple[str, ...]": pa.list_(pa.string()),
}
_NESTED: dict[str, type[WorkSpell] | type[CourseRun] | type[Establishment]] = {
    "tuple[WorkSpell, ...]": WorkSpell,
    "tuple[CourseRun, ...]": CourseRun,
    "tuple[Establishment, ...]": Establishment,
}


def _arrow_fields(record_type: type[Any]) -> list[pa.Field]:
    out = []
    for f in fields(record_type):
        annotation = str(f.type)
        optional = annotation.endswith(" | None")
        annotation = annotation.removesuffix(" | None")
        if annotation in _NESTED:
            arrow: pa.DataType = pa.list_(pa.struct(_arrow_fields(_NESTED[annotation])))
        else:
            arrow = _ARROW[annotation]
        out.append(pa.field(f.name, arrow, nullable=optional or annotation.startswith("tuple")))
    return out


_SCHEMAS: dict[Kind, pa.Schema] = {
    kind: pa.schema(_arrow_fields(cls), metadata={"padan.kind": kind.value, "padan.schema": "1"})
    for kind, cls in RECORD_TYPES.items()
}


def schema(kind: Kind) -> pa.Schema:
    """The Arrow schema of a kind of record; list columns are empty lists, never null, when written by
    Padan.
    """
    return _SCHEMAS[kind]


def to_table(kind: Kind, records: Iterable[Record]) -> pa.Table:
    """Records of one kind as an Arrow table, one column a field, in the schema's order.

    Columns are built one by one, so 1e5 vacancies need their texts once, not a dict a row.
    """
    rows = list(records)
    columns = []
    for field in schema(kind):
        values: list[Any] = [getattr(r, field.name) for r in rows]
        if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type):
            values = [[_as_dict(item) for item in value] for value in values]
        columns.append(pa.array(values, field.type))
    return pa.Table.from_arrays(columns, schema=schema(kind))


def _as_dict(item: Any) -> dict[str, Any]:
    return {f.name: getattr(item, f.name) for f in fields(item)}


def from_table(kind: Kind, table: pa.Table) -> list[Record]:
    """Arrow table -> records. The table is checked first; see `check_table`."""
    table = check_table(kind, table)
    record_type = RECORD_TYPES[kind]
    nested = {f.name: _NESTED[str(f.type)] for f in fields(record_type) if str(f.type) in _NESTED}
    lists = [f.name for f in schema(kind) if pa.types.is_list(f.type)]
    out: list[Record] = []
    for row in table.to_pylist():
        for name in lists:
            values = row[name] or ()
            row[name] = tuple(nested[name](**v) for v in values) if name in nested else tuple(values)
        out.append(record_type(**row))
    return out


def check_table(kind: Kind, table: pa.Table) -> pa.Table:
    """Return the table in the schema of `kind`: columns in order, types cast, missing optional columns as
    nulls.

    Unknown columns are dropped. Raises ShapeError when a required column is missing, and InputError with
    column, row (from 1) and value where a value does not fit or a required value is null.
    """
    columns = []
    for field in schema(kind):
        if field.name not in table.column_names:
            if not field.nullable:
                raise ShapeError(
                    f"the table of {kind.value} has no column {field.name!r}",
                    hint=f"make one with: padan read FILE --as {kind.value} --out OUT.parquet",
                    field=field.name,
                )
            columns.append(pa.nulls(len(table), field.type))
            continue
        column = table.column(field.name)
        try:
            column = column.cast(field.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            _raise_first_bad(kind, field, column)
        if not field.nullable and column.null_count:
            row = column.is_null().to_pylist().index(True) + 1
            raise InputError(f"{kind.value} row {row}: {field.name} is missing", field=field.name)
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=schema(kind))


def _raise_first_bad(kind: Kind, field: pa.Field, column: pa.ChunkedArray) -> None:
    for row, value in enumerate(column, start=1):
        try:
            value.cast(field.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            shown = repr(value.as_py())[:80]
            raise InputError(
                f"{kind.value} row {row}: {field.name} is {shown}, expected {field.type}", field=field.name
            ) from error
    raise InputError(
        f"{kind.value}: column {field.name} is {column.type}, expected {field.type}", field=field.name
    )
