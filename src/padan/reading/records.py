"""A row and a mapping -> a record: the one place where words in cells become typed fields.

Every field is cleaned on its own. What was mended is counted by kind ("html", "nbsp", "contact_removed");
what is doubtful is flagged on the record as `field:flag` and left out of the field. A row is rejected only
when a required field is missing or a rule of the mapping says so; the rejection names row, column and value.

Never carried into a record: names, contact data, birth dates, sex, religion and marital status of a person;
pay that the source marks as hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from padan.countries import Country
from padan.model import (
    RECORD_TYPES,
    CourseRun,
    EmploymentType,
    Kind,
    PayPeriod,
    ProgrammeKind,
    Record,
    WorkSpell,
)
from padan.reading.dates import parse_date
from padan.reading.mapping import FieldRule, MappingFile, value_at
from padan.reading.pay import Pay, parse_pay, parse_pay_columns
from padan.reading.text import clean_line, clean_text, language_of, redact

__all__ = ["Reader", "Rejected", "parse_experience"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that became no record, and why. `value` is cut and carries no contact data."""

    row: int
    reason: str
    column: str | None = None
    value: str | None = None


_LINES = {
    "title",
    "headline",
    "name",
    "hiring_organization",
    "provider",
    "sponsor",
    "industry",
    "identifier",
    "url",
    "occupational_category",
    "job_location",
    "kbli",
}
_TEXTS = {"description", "qualifications", "job_benefits"}
_LISTS = {"skills", "fields_of_study", "languages", "credentials", "skkni_units"}
_DATES = {"date_posted", "valid_through", "start_date", "end_date", "available_from"}
_COUNTS = {"total_job_openings": (1, 100_000), "applications": (0, 10_000_000), "hours": (1, 20_000)}
_REQUIRED = {
    Kind.VACANCY: "title",
    Kind.APPRENTICESHIP: "title",
    Kind.PROGRAMME: "name",
    Kind.EMPLOYER: "name",
}
_SPELLS = 100  #: spells of work that are kept of one person
#: a jobseeker's record must have one of these; a language passport has only languages
_SAYS_WHAT = ("headline", "description", "skills", "work", "languages", "credentials")
_MISSING = frozenset(
    [
        "n/a",
        "na",
        "none",
        "null",
        "nan",
        "-",
        "--",
        "---",
        ".",
        "not specified",
        "not available",
        "tidak ada",
        "kosong",
        "tidak disebutkan",
        "undefined",
    ]
)
#: what a spreadsheet would run. After "=" any function, cell or number; after "+", "-" and "@", with which
#: lists and signs
#: begin too ("- Kasir (malam)"), only functions that compute or fetch, and calls of other programs ("cmd|' /C
#: calc'!A0")
_FORMULA = re.compile(
    r"""(?x)\s*(?:
        [=\uff1d]\s*(?:[A-Za-z_.]{2,40}\s*\(|\$?[A-Za-z]{1,3}\$?\d|[-+(]?\d|["'{])
      | [-=+@\uff1d\uff0b\uff20][^|\n]{0,60}\b[A-Za-z_]{2,30}\|\s*['"/].{0,200}!
      | [-+@\uff0b\uff20]\s?(?i:sum|hyperlink|webservice|filterxml|import(?:xml|data|html|feed|range)|image
          |exec|call|register|dde|rtd|indirect|concat(?:enate)?|if|char|cell|info)\s*\(
    )"""
)

_EMPLOYMENT: tuple[tuple[str, EmploymentType], ...] = (
    ("full", EmploymentType.FULL_TIME),
    ("penuh", EmploymentType.FULL_TIME),
    ("tetap", EmploymentType.FULL_TIME),
    ("permanent", EmploymentType.FULL_TIME),
    ("pkwtt", EmploymentType.FULL_TIME),
    ("part", EmploymentType.PART_TIME),
    ("paruh", EmploymentType.PART_TIME),
    ("harian", EmploymentType.PER_DIEM),
    ("daily", EmploymentType.PER_DIEM),
    ("per_diem", EmploymentType.PER_DIEM),
    ("lepas", EmploymentType.CONTRACTOR),
    ("freelance", EmploymentType.CONTRACTOR),
    ("mitra", EmploymentType.CONTRACTOR),
    ("contractor", EmploymentType.CONTRACTOR),
    ("outsourc", EmploymentType.TEMPORARY),
    ("kontrak", EmploymentType.TEMPORARY),
    ("contract", EmploymentType.TEMPORARY),
    ("temp", EmploymentType.TEMPORARY),
    ("pkwt", EmploymentType.TEMPORARY),
    ("casual", EmploymentType.TEMPORARY),
    ("musiman", EmploymentType.TEMPORARY),
    ("magang", EmploymentType.INTERN),
    ("intern", EmploymentType.INTERN),
    ("trainee", EmploymentType.INTERN),
    ("volunt", EmploymentType.VOLUNTEER),
    ("relawan", EmploymentType.VOLUNTEER),
)
_SEX = {
    "female": "female",
    "perempuan": "female",
    "wanita": "female",
    "p": "female",
    "w": "female",
    "f": "female",
    "male": "male",
    "laki laki": "male",
    "laki": "male",
    "pria": "male",
    "l": "male",
    "m": "male",
}
_MARITAL = {
    "single": "single",
    "belum menikah": "single",
    "belum kawin": "single",
    "lajang": "single",
    "married": "married",
    "menikah": "married",
    "kawin": "married",
}
_COUNTRY_NAMES = {
    "indonesia": "ID",
    "malaysia": "MY",
    "singapore": "SG",
    "singapura": "SG",
    "hong kong": "HK",
    "hongkong": "HK",
    "taiwan": "TW",
    "japan": "JP",
    "jepang": "JP",
    "korea": "KR",
    "south korea": "KR",
    "sverige": "SE",
}


class Reader:
    """Turns rows of one file into records of one kind; counts what it mended and doubted.

    kind, mapping   what the rows are and where the fields stand
    country         the pack that knows pay, places, education and dates
    origin          file name without suffix; part of the id where the source gives none
    today           the day relative dates are counted from; without it they stay unknown
    """

    def __init__(
        self, kind: Kind, mapping: MappingFile, country: Country, *, origin: str, today: date | None = None
    ) -> None:
        self.kind = kind
        self.mapping = mapping
        self.country = country
        self.origin = origin
        self.today = today
        self.repaired: dict[str, int] = {}
        self.flagged: dict[str, int] = {}
        self._places: dict[str, Any] = {}
        self._fields = {
            name: rule for name, rule in mapping.fields.items() if name not in ("base_salary", "job_location")
        }

    def record(self, number: int, values: Mapping[str, Any]) -> Record | Rejected:
        """The record of a row, or the rejection. Never raises on the content of a cell."""
        row = _RowState(values)
        try:
            made = {name: self._field(row, name, rule) for name, rule in self._fields.items()}
            self._location(row, made)
            self._pay(row, made)
        except _Reject as no:
            return Rejected(number, no.reason, no.column, _shown(no.value))
        self._spread(row, made)
        required = _REQUIRED.get(self.kind)
        if required and made.get(required) is None:
            rule = self.mapping.fields.get(required)
            column = ", ".join(rule.names()) if rule else required
            return Rejected(
                number, f"{required} is empty", column, _shown(_raw(values, rule)) if rule else None
            )
        if self.kind is Kind.JOBSEEKER and not any(made.get(n) for n in _SAYS_WHAT):
            return Rejected(
                number, "nothing says what the person can do or looks for", ", ".join(self.mapping.fields)
            )
        if self.kind is Kind.VACANCY:
            self._from_text(row, made)
        self._language(made)
        self._check(row, made)
        for name in row.repaired:
            self.repaired[name] = self.repaired.get(name, 0) + 1
        flags = tuple(dict.fromkeys(row.flags))
        for flag in flags:
            self.flagged[flag] = self.flagged.get(flag, 0) + 1
        source = self.mapping.source
        identifier = made.get("identifier")
        made["id"] = f"{source}:{identifier}" if identifier else f"{source}:{self.origin}#{number}"
        made["source"], made["source_row"], made["flags"] = source, number, flags
        record_type = RECORD_TYPES[self.kind]
        known = record_type.__dataclass_fields__
        return record_type(**{k: v for k, v in made.items() if k in known and v is not None})

    # -- one field -----------------------------------------------------------------------------------------

    def _field(self, row: _RowState, name: str, rule: FieldRule) -> Any:
        if name == "education_requirements":
            return self._education(row, rule)
        if name == "education":
            codes = self._education(row, rule)
            return self.country.education.highest(codes) if codes else None
        if name == "experience":
            return self._experience(row, rule)
        if name == "restrictions":
            return self._restrictions(row, rule)
        if name == "runs":
            return self._runs(row, rule)
        if name == "work":
            return self._work(row, rule)
        raw = self._value(row, name, rule)
        if name in _LISTS:
            return self._list(row, name, raw)
        if name == "employment_type":
            return self._employment(row, raw)
        if name in _DATES:
            return self._date(row, name, raw)
        if name in _COUNTS:
            return self._count(row, name, raw)
        if name in _TEXTS:
            text, mended = clean_text(_joined(raw, rule.join))
            text, removed = redact(text)
            row.mended(name, mended, removed)
            self._no_formula(name, rule, text)  # once more: markup may have stood before it
            return None if text is None or text.lower() in _MISSING else text
        if name == "kind":
            word = str(raw or "training").lower()
            return word if word in set(ProgrammeKind) else ProgrammeKind.OTHER
        line, mended = clean_line(_joined(raw, ", " if isinstance(raw, list) else rule.join))
        if name not in ("url", "identifier"):
            line, removed = redact(line)
            row.mended(name, mended, removed)
        elif self._is_contact(name, line):
            row.mended(name, (), 1)
            return None
        self._no_formula(name, rule, line)
        return None if line is None or line.lower() in _MISSING else line

    def _is_contact(self, name: str, line: str | None) -> bool:
        """Whether an address is one to write to a person, or what names a person is a number of theirs."""
        shown, removed = redact(line)
        if not removed or shown is None:
            return False
        if name == "url":
            return "[tautan]" in shown or "[email]" in shown
        return self.kind is Kind.JOBSEEKER and shown in ("[nik]", "[email]", "[telepon]")

    def _value(self, row: _RowState, name: str, rule: FieldRule) -> Any:
        """The raw value by the rule: alternatives, join, removal, split, value map. Formula cells are
        rejected.
        """
        if rule.const is not None:
            return rule.const
        if rule.first:
            value = next((v for p in rule.first if _filled(v := value_at(row.values, p))), None)
        elif rule.columns:
            parts = [v for p in rule.columns if _filled(v := value_at(row.values, p))]
            value = rule.join.join(str(v).strip() for v in parts) if parts else None
        else:
            path = rule.column or rule.text
            value = value_at(row.values, path) if path else None
        self._no_formula(name, rule, parts if rule.columns else value)
        if isinstance(value, str):
            if rule.remove:
                value = re.sub(rule.remove, "", value).strip()
            if rule.split:
                value = [part.strip() for part in re.split(rule.split, value) if part.strip()]
        if rule.map is not None and _filled(value):
            value = self._mapped(name, rule, value)
        return value

    def _no_formula(self, name: str, rule: FieldRule, value: Any) -> None:
        """Raise the rejection of a cell that a spreadsheet would run, also as an item of a list."""
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, Mapping):
                item = item.get("name") or item.get("title") or item.get("label")
            if isinstance(item, str) and _FORMULA.match(item):
                raise _Reject(f"{name} holds a formula, not a text", ", ".join(rule.names()), item)

    def _mapped(self, name: str, rule: FieldRule, value: Any) -> Any:
        table = {str(k).strip().lower(): v for k, v in (rule.map or {}).items()}
        out = []
        for item in value if isinstance(value, list) else [value]:
            key = str(item).strip().lower()
            if key in table:
                out.append(table[key])
            elif rule.otherwise == "reject":
                raise _Reject(
                    f"{name}: the mapping has no value for {_shown(item)!r}", ", ".join(rule.names()), item
                )
            elif rule.otherwise == "keep":
                out.append(item)
        if isinstance(value, list):
            return out
        return out[0] if out else None

    def _list(self, row: _RowState, name: str, raw: Any) -> tuple[str, ...]:
        items = raw if isinstance(raw, list) else [raw]
        out: list[str] = []
        seen: set[str] = set()
        for item in items:
            if isinstance(item, Mapping):
                item = item.get("name") or item.get("title") or item.get("label")
            line, _ = clean_line(item, limit=200)
            line, removed = redact(line)
            row.mended(name, (), removed)
            if line is None or line.lower() in _MISSING:
                continue
            key = line.casefold()
            if key in seen:
                row.repaired.append("repeated_list_item")
                continue
            seen.add(key)
            out.append(line)
        return tuple(out[:200])

    def _employment(self, row: _RowState, raw: Any) -> tuple[str, ...]:
        out: list[str] = []
        for item in raw if isinstance(raw, list) else [raw]:
            text = str(item or "").strip()
            if not text or text.lower() in _MISSING:
                continue
            key = text.lower().replace("_", " ").replace("-", " ")
            code = text.upper() if text.upper() in EmploymentType.__members__ else None
            if code is None:
                code = next((kind.value for word, kind in _EMPLOYMENT if word.replace("_", " ") in key), None)
            if code is None:
                row.flags.append("employment_type:unknown")
            elif code not in out:
                out.append(code)
        return tuple(out)

    def _date(self, row: _RowState, name: str, raw: Any) -> date | None:
        if not _filled(raw) or str(raw).strip().lower() in _MISSING:
            return None
        result = parse_date(raw, today=self.today)
        row.flags.extend(f"{name}:{flag}" for flag in result.flags)
        if result.date is None and not result.flags:
            row.flags.append(f"{name}:unreadable")
        return result.date

    def _count(self, row: _RowState, name: str, raw: Any) -> int | None:
        if not _filled(raw) or str(raw).strip().lower() in _MISSING:
            return None
        low, high = _COUNTS[name]
        number = _number(raw)
        if number is None:
            row.flags.append(f"{name}:unreadable")
            return None
        if not low <= number <= high or number != int(number):
            row.flags.append(f"{name}:implausible")
            return None
        return int(number)

    def _education(self, row: _RowState, rule: FieldRule) -> tuple[str, ...]:
        if rule.marks:
            found = [code for code, column in rule.marks.items() if _is_true(value_at(row.values, column))]
            return tuple(c for c in (level.code for level in self.country.education.levels) if c in found)
        raw = self._value(row, "education_requirements", rule)
        text = ", ".join(str(v) for v in raw) if isinstance(raw, list) else str(raw or "")
        codes = self.country.education.parse(text)
        if text.strip() and not codes and text.strip().lower() not in _MISSING:
            row.flags.append("education:unreadable")
        return codes

    def _experience(self, row: _RowState, rule: FieldRule) -> tuple[int | None, int | None]:
        factor = 12 if rule.unit == "year" else 1
        path = rule.text or rule.column
        if path and not rule.min:
            text = value_at(row.values, path)
            number = _number(text) if not isinstance(text, str) else None
            if number is not None:
                return self._months(row, number * factor), None
            low, high = parse_experience(str(text or ""))
            return self._months(row, low), self._months(row, high)
        raw = [value_at(row.values, name) if name else None for name in (rule.min, rule.max)]
        # a length that names its own unit is not counted in that of the mapping: "6 bulan" among years
        said = [parse_experience(r) if isinstance(r, str) and _YEARS.search(r) else (None, None) for r in raw]
        low, high = (
            s[0] if s[0] is not None else (None if (n := _number(r)) is None else n * factor)
            for s, r in zip(said, raw, strict=True)
        )
        if low is None and isinstance(raw[0], str):
            low, high = parse_experience(raw[0])
        elif high is None:
            high = said[0][1]
        if low is not None and high is not None and low > high:
            row.flags.append("experience:swapped")
            low, high = high, low
        return self._months(row, low), self._months(row, high)

    def _months(self, row: _RowState, months: float | None) -> int | None:
        if months is None:
            return None
        if not 0 <= months <= 600:
            row.flags.append("experience:implausible")
            return None
        return round(months)

    def _restrictions(self, row: _RowState, rule: FieldRule) -> tuple[str, ...]:
        out: list[str] = []
        for label, path, words in (("sex", rule.sex, _SEX), ("marital", rule.marital, _MARITAL)):
            raw = value_at(row.values, path) if path else None
            if isinstance(raw, Mapping):
                raw = raw.get("name")
            word = words.get(" ".join(re.sub(r"[^a-z]+", " ", str(raw or "").lower()).split()))
            if word:
                out.append(f"{label}:{word}")
        for label, path in (("age_min", rule.age_min), ("age_max", rule.age_max)):
            age = _number(value_at(row.values, path)) if path else None
            if age is not None and 10 <= age <= 100:
                out.append(f"{label}:{int(age)}")
        physical = value_at(row.values, rule.physical) if rule.physical else None
        if _filled(physical):
            line, _ = clean_line(
                physical.get("name") if isinstance(physical, Mapping) else physical, limit=80
            )
            line, _ = redact(line)
            if line:
                out.append(f"physical:{line}")
        return tuple(out)

    def _runs(self, row: _RowState, rule: FieldRule) -> tuple[CourseRun, ...]:
        start = self._date(row, "start_date", value_at(row.values, rule.start)) if rule.start else None
        end = self._date(row, "end_date", value_at(row.values, rule.end)) if rule.end else None
        seats = _number(value_at(row.values, rule.seats)) if rule.seats else None
        if start and end and end < start:
            row.flags.append("runs:ends_before_start")
            end = None
        seats_int = int(seats) if seats is not None and 1 <= seats <= 100_000 else None
        if start is None and end is None and seats_int is None:
            return ()
        return (CourseRun(start_date=start, end_date=end, seats=seats_int),)

    def _work(self, row: _RowState, rule: FieldRule) -> tuple[WorkSpell, ...]:
        """Spells of work from a list of objects with title, employer, start, end, current and description.

        start, end   a date, "2019-03" or "2019". A bare month or year is kept as its first day for a start
                     and its last day for an end; for the months of experience see `_experience_of`.
        """
        raw = value_at(row.values, rule.column) if rule.column else None
        items = raw if isinstance(raw, list) else []
        if len(items) > _SPELLS:
            row.flags.append("work:cut")
        out: list[WorkSpell] = []
        for item in items[:_SPELLS]:
            if not isinstance(item, Mapping):
                row.flags.append("work:unreadable")
                continue
            title, employer = (redact(clean_line(item.get(name))[0])[0] for name in ("title", "employer"))
            text, mended = clean_text(item.get("description"))
            text, removed = redact(text)
            row.mended("work", mended, removed)
            current = _is_true(item.get("current")) if item.get("current") is not None else None
            start, end = item.get("start"), None if current else item.get("end")
            first, last = self._edge(row, start, end=False), self._edge(row, end, end=True)
            if first and last and last < first:
                row.flags.append("work:ends_before_start")
                end = last = None
            if not (title or employer or text):
                continue
            if first and (last or current):
                row.spans.append((start, end))
            out.append(
                WorkSpell(
                    title=title, employer=employer, start=first, end=last, current=current, description=text
                )
            )
        return tuple(out)

    def _edge(self, row: _RowState, raw: Any, *, end: bool) -> date | None:
        """First or last day of a spell; a bare month or year is stretched to its first or last day."""
        if not _filled(raw):
            return None
        match = _PARTIAL.fullmatch(str(raw).strip())
        if match is None:
            found = parse_date(raw, today=self.today)
            day = found.date
        else:
            year, month = int(match.group(1)), int(match.group(2) or (12 if end else 1))
            # a year such as 0000 or 9999 is no date, or has no day after it
            day = (
                None if not 1900 <= year <= 2100 else _month_end(year, month) if end else date(year, month, 1)
            )
        if day is None or not 1940 <= day.year <= (self.today.year + 1 if self.today else 2100):
            row.flags.append("work:unreadable" if day is None else "work:implausible")
            return None
        return day

    # -- fields made of several ----------------------------------------------------------------------------

    def _location(self, row: _RowState, made: dict[str, Any]) -> None:
        rule = self.mapping.fields.get("job_location")
        if rule is None:
            return
        raw = self._value(row, "job_location", rule)
        items = raw if isinstance(raw, list) else [raw]
        lines = [
            line
            for item in items
            if (line := clean_line(item, limit=400)[0]) and line.lower() not in _MISSING
        ]
        if not lines:
            return
        made["job_location"], removed = redact("; ".join(lines)[:400])
        row.mended("job_location", (), removed)
        places = [self._place(line) for line in lines[:50]]
        for place in places:
            row.flags.extend(f"job_location:{flag}" for flag in place.flags)
        codes = list(dict.fromkeys(c for p in places for c in (p.regency or p.province, *_several(p)) if c))
        if any("remote" in p.flags for p in places):
            made["remote"] = True
        if len(places) == 1 and not _several(places[0]):
            made["province"], made["regency"] = places[0].province, places[0].regency
            if places[0].ambiguous:
                row.flags.append("job_location:ambiguous")
            return
        made["regions"] = tuple(codes)
        provinces = {c[:2] for c in codes}
        if len(provinces) == 1:
            made["province"] = provinces.pop()
        if len(codes) == 1 and "." in codes[0]:
            made["regency"] = codes[0]
            made["regions"] = ()

    def _place(self, line: str) -> Any:
        found = self._places.get(line)
        if found is None:
            found = self.country.places.parse(line)
            if len(self._places) < 100_000:
                self._places[line] = found
        return found

    def _pay(self, row: _RowState, made: dict[str, Any]) -> None:
        rule = self.mapping.fields.get("base_salary")
        if rule is None:
            return
        columns = {
            n: value_at(row.values, p) if (p := getattr(rule, n)) else None for n in ("text", "min", "max")
        }
        if not any(_filled(v) for v in columns.values()):
            columns["text"] = value_at(row.values, rule.column) if rule.column else None
        # a column that says whether the pay may be shown closes when it says nothing
        if rule.shown and not _is_true(value_at(row.values, rule.shown)):
            if any(_number(v) for v in columns.values() if _filled(v)):
                row.flags.append("base_salary:hidden")
                row.repaired.append("pay_hidden")
            return
        currency = value_at(row.values, rule.currency) if rule.currency else None
        period = value_at(row.values, rule.period) if rule.period else None
        if _filled(columns["min"]) or _filled(columns["max"]):
            pay = parse_pay_columns(
                columns["min"],
                columns["max"],
                currency=str(currency) if _filled(currency) else None,
                period=str(period) if _filled(period) else None,
                country=self._country_code(row),
            )
        elif _filled(columns["text"]):
            text = columns["text"]
            if isinstance(text, str) and _FORMULA.match(text):
                raise _Reject("base_salary holds a formula, not an amount", rule.text or rule.column, text)
            pay = parse_pay(str(text), country=self._country_code(row))
        else:
            if rule.negotiable and _is_true(value_at(row.values, rule.negotiable)):
                row.flags.append("base_salary:negotiable")
            return
        self._keep_pay(row, made, pay)

    def _keep_pay(self, row: _RowState, made: dict[str, Any], pay: Pay) -> None:
        row.flags.extend(f"base_salary:{flag}" for flag in pay.flags if flag != "not_stated")
        if pay.min is None and pay.max is None:
            return
        made["base_salary_min"], made["base_salary_max"] = pay.min, pay.max
        made["salary_currency"] = pay.currency
        made["base_salary_period"] = pay.period if pay.period in set(PayPeriod) else None

    def _country_code(self, row: _RowState) -> str:
        country = self.mapping.country
        if isinstance(country, dict):
            country = str(value_at(row.values, country.get("column", "")) or "")
        if not country:
            return self.country.code
        name = country.strip()
        return _COUNTRY_NAMES.get(name.lower(), name.upper() if len(name) == 2 else self.country.code)

    def _spread(self, row: _RowState, made: dict[str, Any]) -> None:
        """Two values that one rule makes go to the columns of this kind."""
        experience = made.pop("experience", None)
        if experience:
            if self.kind is Kind.JOBSEEKER:
                made["experience_months"] = experience[0] if experience[0] is not None else experience[1]
            else:
                made["experience_months_min"], made["experience_months_max"] = experience
        if self.kind is Kind.JOBSEEKER and made.get("experience_months") is None and made.get("work"):
            made["experience_months"] = self._experience_of(row, made)

    def _experience_of(self, row: _RowState, made: Mapping[str, Any]) -> int | None:
        """Months in the union of the spells of work: overlapping spells count once, both months of a period
        count.

        A spell that goes on counts to the day of registration, else to `today`; without either the sum is
        unknown. Where only years are given a spell counts their difference, and half a year within one year.
        """
        until = made.get("date_posted") or self.today
        spans: list[tuple[int, int]] = []
        for start, end in row.spans:
            if not _filled(end) and until is None:
                row.flags.append("experience:open")
                return None
            spans.append(_month_span(start, end if _filled(end) else until))
        months, reached = 0, 0
        for first, after in sorted(spans):
            months += max(0, after - max(first, reached))
            reached = max(reached, after)
        return self._months(row, months) if spans else None

    def _from_text(self, row: _RowState, made: dict[str, Any]) -> None:
        """Education and experience that only the text asks for, from the first line that speaks of them;
        marked so.
        """
        text = "\n".join(made[name] for name in ("qualifications", "description") if made.get(name))
        if not text:
            return
        lines = [line for line in text[:20_000].split("\n") if len(line) < 400]
        if not made.get("education_requirements"):
            for line in lines:
                codes = self.country.education.parse(line) if _ASKS_EDUCATION.search(line) else ()
                if codes:
                    made["education_requirements"] = codes
                    row.flags.append("education_requirements:from_text")
                    break
        if made.get("experience_months_min") is None:
            for line in lines:
                low, high = parse_experience(line) if _ASKS_EXPERIENCE.search(line) else (None, None)
                if low is not None and 0 <= low <= 240:
                    made["experience_months_min"] = round(low)
                    made["experience_months_max"] = (
                        None if high is None or not low <= high <= 600 else round(high)
                    )
                    row.flags.append("experience:from_text")
                    break

    def _language(self, made: dict[str, Any]) -> None:
        names = ("title", "headline", "name", "description", "qualifications")
        made["language"] = language_of("\n".join(str(made[n]) for n in names if made.get(n)))

    def _check(self, row: _RowState, made: dict[str, Any]) -> None:
        """Dates that contradict each other are flagged, the later one dropped: a wrong date is worse than
        none.
        """
        for first, last in (("date_posted", "valid_through"), ("start_date", "end_date")):
            a, b = made.get(first), made.get(last)
            if a is not None and b is not None and b < a:
                row.flags.append(f"{last}:before_{first}")
                made[last] = None


@dataclass(slots=True)
class _RowState:
    values: Mapping[str, Any]
    flags: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
    spans: list[tuple[Any, Any]] = field(
        default_factory=list
    )  #: start and end of spells of work, as precise as given

    def mended(self, name: str, kinds: Iterable[str], removed: int) -> None:
        for kind in kinds:
            if kind == "text_cut":
                self.flags.append(f"{name}:text_cut")
            self.repaired.append(kind)
        if removed:
            self.repaired.append("contact_removed")


class _Reject(Exception):
    def __init__(self, reason: str, column: str | None, value: Any) -> None:
        super().__init__(reason)
        self.reason, self.column, self.value = reason, column, value


def _raw(values: Mapping[str, Any], rule: FieldRule) -> Any:
    return next((value_at(values, name) for name in rule.names()), None)


def _shown(value: Any) -> str | None:
    """A value as a rejection shows it: one line, without contact data, cut."""
    if value is None:
        return None
    line, _ = clean_line(value, limit=80)
    line, _ = redact(line)
    return line


def _joined(raw: Any, join: str) -> Any:
    if isinstance(raw, list):
        return join.join(str(v) for v in raw if _filled(v)) or None
    if isinstance(raw, Mapping):
        return raw.get("name")
    return raw


def _filled(value: Any) -> bool:
    if value is None or value == [] or value == {}:
        return False
    if isinstance(value, float) and value != value:
        return False
    return not isinstance(value, str) or value.strip() != ""


def _is_true(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in ("1", "1.0", "true", "yes", "ya", "y", "x", "v", "✓", "t")
    # an empty cell of a workbook is a NaN, and garbage is no yes: hidden pay stays hidden
    return isinstance(value, int | float) and value == 1


_PARTIAL = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?")


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _month_span(start: Any, end: Any) -> tuple[int, int]:
    """First month and the month after the last, counted from year 0; see `Reader._experience_of` for bare
    years.
    """

    def parts(value: Any) -> tuple[int, int | None]:
        match = re.match(r"(\d{4})(?:-(\d{2}))?", str(value))
        return (int(match.group(1)), int(match.group(2)) if match.group(2) else None) if match else (0, None)

    (first_year, first_month), (last_year, last_month) = parts(start), parts(end)
    first = first_year * 12 + (first_month or 1) - 1
    if last_month is not None:
        after = last_year * 12 + last_month
    elif first_month is None:
        after = last_year * 12 if last_year > first_year else first + 6
    else:
        after = max(last_year * 12 + 6, first + 1)  # "Sep 2018 – 2020": the middle of the last year
    return first, max(first, after)


_NUMBER = re.compile(r"-?(?:\d{1,3}(?:([., ])\d{3})(?:\1\d{3})*(?!\d)|\d{1,12}(?:[.,]\d{1,6})?)")


def _number(value: Any) -> float | None:
    """A count or a length as written: 3, "3", "3 orang", "1.000", "2,5"; None where it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return None if value != value or abs(value) > 1e15 else float(value)
    text = str(value).strip()
    match = _NUMBER.search(text[:200])
    if not match or (text and not (text[0].isdigit() or text[0] == "-")):
        return None
    digits = match.group()
    if match.group(1):
        return float(re.sub(r"[., ]", "", digits))  # a thousands separator
    return float(digits.replace(",", "."))


def _several(place: Any) -> tuple[str, ...]:
    return tuple(place.ambiguous) if "several" in place.flags else ()


_ASKS_EDUCATION = re.compile(
    r"(?i)pendidikan|lulusan|ijazah|minimal|min\.|degree|diploma|bachelor|education|graduate|sederajat|sarjana"
)
_ASKS_EXPERIENCE = re.compile(r"(?i)pengalaman|experience|fresh\s*grad")
_UNIT = r"(tahun|thn|th\b|years?|yrs?|bulan|bln|months?)"
#: a number, and the same in words behind it: "2 (dua)"
_LENGTH = r"(?<!\d)(?<!\d[.,])(\d{1,2}(?:[.,]\d)?)\s*(?:\([^()\d]{1,20}\)\s*)?\+?\s*"
_YEARS = re.compile(
    rf"{_LENGTH}(?:{_UNIT}?\s*(?:-|–|sampai(?:\s+dengan)?|s/d|s\.d\.?|sd|hingga|to)\s*{_LENGTH})?{_UNIT}",
    re.IGNORECASE,
)
_MORE_MONTHS = re.compile(r"(?i)\s*(?:dan|and|,)?\s*(\d{1,2})\s*(?:bulan|bln|months?)\b")
#: before a length: it is an age
_AGE = re.compile(
    r"(?i)(?:\b(?:ber)?(?:usia|umur)|\baged?)\b(?:(?!pengalaman|experience|tahun|year)[^\n;,]){0,20}$"
)
#: before a length: it is the most
_AT_MOST = re.compile(
    r"(?i)(?:\bma(?:ks|x)\w*|\bless than|\bkurang dari|\bdi ?bawah|\bunder|\bup to|\bpaling lama|<)[\s.:]*$"
)
_NONE_NEEDED = re.compile(
    r"(?i)fresh\s*grad|tanpa pengalaman|tidak (?:perlu|harus|wajib)[^.]{0,20}pengalaman|no experience"
    r"|pengalaman tidak (?:diperlukan|dibutuhkan|wajib|diwajibkan|harus)"
)


def parse_experience(text: str) -> tuple[float | None, float | None]:
    """Lowest and highest months of experience in a text: "1-3 tahun" (12, 36), "min. 6 bulan" (6, None).

    (0, None) where the text says that none is needed; (None, None) where it says nothing. "maks. 2 tahun" is
    (0, 24). An age is no experience.
    """
    text = text[:5000]
    match = next((m for m in _YEARS.finditer(text) if not _AGE.search(text[: m.start()])), None)
    none_needed = _NONE_NEEDED.search(text)
    if match is None or (none_needed is not None and none_needed.start() < match.start()):
        return (0.0, None) if none_needed else (None, None)
    first, unit, second, last_unit = match.groups()
    low = _in_months(first, unit or last_unit)
    if second:
        return low, _in_months(second, last_unit)
    if more := _MORE_MONTHS.match(text, match.end()):
        low += int(more.group(1))
    return (0.0, low) if _AT_MOST.search(text[: match.start()]) else (low, None)


def _in_months(number: str, unit: str) -> float:
    factor = 1 if unit.lower().startswith(("bulan", "bln", "month")) else 12
    return float(number.replace(",", ".")) * factor
