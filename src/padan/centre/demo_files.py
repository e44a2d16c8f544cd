"""A demo labour market as the files that offices have: workbook, tables, portals, with their faults.

    made = generate(Path("demo/input"), seekers=2000, vacancies=600, seed=1, today=date(2026, 11, 24))

    lowongan-dinas.xlsx          a workbook with a title above the header, dates as dates and as words
    lowongan-bursa-kerja.csv     semicolons, Windows-1252, broken off in its last row
    lowongan-karirhub.jsonl      a portal's answer for one vacancy a line: HTML, hidden pay with its amount
    pencari-kerja-ak1.csv        commas, UTF-8
    pencari-kerja-daring.jsonl   people who registered themselves, one object a line

`vacancies` and `seekers` are the records that a right reading gives. Repeated rows (the same row again, or
the same vacancy in another file) and broken ones (no title, a formula for a title, too many cells, a line cut
in two) come on top, and how many is known. The same arguments give the same bytes. Names and headings are in
demo.yaml.
"""

from __future__ import annotations

import csv
import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa

from padan.centre.demo_market import Market, Person, Post
from padan.centre.demo_speech import Dice
from padan.centre.intake import country
from padan.errors import InputError
from padan.model import Kind

__all__ = ["DemoFile", "DemoFiles", "generate"]

_REPEATED = 0.015  #: rows of a file that stand in it again, as a share of its records
_COPIED = 0.01  #: vacancies of the workbook that stand in the CSV too
_BROKEN = 0.006

#: what was drawn, a row a record
_TRUTH = pa.schema(
    [
        ("kind", pa.string()),
        ("file", pa.string()),
        ("identifier", pa.string()),
        ("isco08", pa.string()),  # null where a person said no occupation
        ("title", pa.string()),  # the starter title that was said
        ("level", pa.string()),
        ("region", pa.string()),
        ("months", pa.int64()),
        ("section", pa.string()),
        ("openings", pa.int64()),
        ("age", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One file and what a right reading finds in it: rows = records + broken + repeated."""

    path: Path
    kind: Kind
    records: int
    broken: int
    repeated: int

    @property
    def rows(self) -> int:
        """All rows of the file."""
        return self.records + self.broken + self.repeated


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """The files of a demo market, and for every record what was drawn, by the identifier in its file."""

    folder: Path
    files: tuple[DemoFile, ...]
    truth: pa.Table

    def paths(self, kind: Kind) -> list[Path]:
        """The files of a kind, in the order in which they should be read."""
        return [f.path for f in self.files if f.kind is kind]


def generate(folder: Path, *, seekers: int, vacancies: int, seed: int, today: date) -> DemoFiles:
    """Write the files of a demo labour market into a folder, which is made; old ones are replaced.

    seekers, vacancies   records of each, 0 or more; there is no file where none falls into it
    seed                 0 or more
    today                the last day on which a vacancy was posted or a person registered

    About 27,000 records in three seconds. Raises InputError for negative numbers.
    """
    for name, value in (("seekers", seekers), ("vacancies", vacancies), ("seed", seed)):
        if value < 0:
            raise InputError(f"{name} is {value}", hint="0 or more", field=name)
    market = Market(country(), seed=seed, today=today)
    writer = _Writer(market, folder, Dice(np.random.default_rng([seed, 3])))
    folder.mkdir(parents=True, exist_ok=True)
    writer.vacancies(market.vacancies(vacancies) if vacancies else [])
    writer.people(market.people(seekers) if seekers else [])
    return DemoFiles(folder, tuple(writer.files), pa.Table.from_pylist(writer.truth, schema=_TRUTH))


@dataclass(slots=True)
class _Rows:
    """Rows of a file with the place that each takes in it; records first, then what is done to them."""

    dice: Dice
    kept: list[tuple[float, Any]] = field(default_factory=list)
    records: int = 0
    broken: int = 0
    repeated: int = 0

    def add(self, row: Any) -> None:
        """A record."""
        self.kept.append((float(self.records), row))
        self.records += 1

    def again(self) -> None:
        """Repeat some of the records further down."""
        for number in self.dice.some(range(self.records), _count(_REPEATED, self.records)):
            place = number + 0.5 + self.dice.uniform() * (self.records - number)
            self.kept.append((place, self.kept[number][1]))
            self.repeated += 1

    def copied(self, row: Any) -> None:
        """A row that another file holds already; never the first."""
        self.kept.append((0.5 + self.dice.uniform() * self.records, row))
        self.repeated += 1

    def spoil(self, *ways: Callable[[Any], Any]) -> None:
        """Broken rows among the others, each way in turn; never the first."""
        for number in range(max(len(ways), _count(_BROKEN, self.records))):
            record = self.kept[self.dice.whole(0, self.records - 1)][1]
            self.kept.append((0.5 + self.dice.uniform() * self.records, ways[number % len(ways)](record)))
            self.broken += 1

    def in_order(self) -> list[Any]:
        """All rows as they stand in the file."""
        return [row for _, row in sorted(self.kept, key=lambda item: item[0])]


def _count(share: float, records: int) -> int:
    return max(1, round(share * records))


class _Writer:
    """Writes the files of one market and keeps what was drawn."""

    def __init__(self, market: Market, folder: Path, dice: Dice) -> None:
        self.words = market.words
        self.today = market.today
        self.folder = folder
        self.dice = dice
        self.files: list[DemoFile] = []
        self.truth: list[dict[str, Any]] = []

    def vacancies(self, posts: Sequence[Post]) -> None:
        """Write the three files of vacancies."""
        for_book, for_table, for_portal = self._split(posts, ("xlsx", "csv", "jsonl"))
        book = self._book(for_book) if for_book else []
        if for_table:
            self._table(for_table, book)
        if for_portal:
            self._portal(for_portal)

    def people(self, people: Sequence[Person]) -> None:
        """Write the two files of jobseekers."""
        for_office, for_portal = self._split(people, ("seekers_csv", "seekers_jsonl"))
        if for_office:
            self._register(for_office, 1)
        if for_portal:
            self._self_registered(for_portal, len(for_office) + 1)

    def _split(self, items: Sequence[Any], names: Sequence[str]) -> list[Sequence[Any]]:
        """The items by the shares of the files; the last file takes the rest."""
        bounds = np.cumsum([round(self.words["files"][n]["share"] * len(items)) for n in names[:-1]])
        edges = [0, *(min(int(b), len(items)) for b in bounds), len(items)]
        return [items[a:b] for a, b in pairwise(edges)]

    def _keep(self, name: str, kind: Kind, rows: _Rows, data: bytes) -> None:
        path = self.folder / name
        path.write_bytes(data)
        self.files.append(DemoFile(path, kind, rows.records, rows.broken, rows.repeated))

    def _drawn(self, kind: Kind, file: str, identifier: str, item: Post | Person) -> None:
        names = ("isco08", "level", "region", "months", "section", "openings", "age")
        row = {name: getattr(item, name, None) for name in names}
        self.truth.append(
            {"kind": kind.value, "file": file, "identifier": identifier, "title": item.core, **row}
        )

    def _date(self, day: date | None, *, ago: bool) -> str:
        """A day as somebody writes it; "3 hari lalu" only where `ago` allows it."""
        if day is None:
            return ""
        said = str(self.dice.pick(self.words["date_words"]))
        if "{ago}" in said and not (ago and day < self.today):
            said = "%d/%m/%Y"
        month = self.words["months"][day.month - 1]
        parts = {
            "d": day.day,
            "mon": month[:3],
            "month": month,
            "Y": day.year,
            "ago": (self.today - day).days,
        }
        for name, value in parts.items():
            said = said.replace(f"{{{name}}}", str(value))
        return day.strftime(said)

    # -- vacancies -----------------------------------------------------------------------------------------

    def _cells(self, post: Post, identifier: str) -> dict[str, Any]:
        dice = self.dice
        mark = dice.pick(("- ", "• ", "1.", "", "- "))
        duties, needs = _listed(post.text.duties, mark), _listed(_with_offer(post), mark)
        if dice.chance(0.15):
            # all in one cell, under headings
            parts = zip(post.text.heads, (duties, needs), strict=True)
            duties, needs = "\n".join(f"{head}\n{text}" for head, text in parts if text).strip(), ""
        return {
            "id": identifier,
            "title": post.title,
            "employer": post.employer,
            "sector": post.sector,
            "place": post.place,
            "duties": duties,
            "requirements": needs,
            "education": post.education,
            "field": post.field,
            "experience": post.experience,
            "pay": post.pay,
            "openings": f"{post.openings} orang" if dice.chance(0.2) else post.openings,
            "contract": post.contract,
            "skills": ", ".join(post.text.skills),
            "posted": post.posted,
            "closes": post.closes,
        }

    def _book(self, posts: Sequence[Post]) -> list[dict[str, Any]]:
        rules = self.words["files"]["xlsx"]
        rows = _Rows(self.dice)
        out = []
        for number, post in enumerate(posts, start=1):
            cells = self._cells(post, f"LK-{post.posted.year}-{number:06d}")
            if self.dice.chance(0.4):
                cells |= {
                    name: self._date(cells[name], ago=name == "posted") for name in ("posted", "closes")
                }
            rows.add(cells)
            out.append(cells)
            self._drawn(Kind.VACANCY, rules["name"], cells["id"], post)
        rows.again()
        rows.spoil(
            lambda r: {**r, "id": "", "title": ""},
            lambda r: {**r, "id": "", "title": "=SUM(B3:B9)"},
            lambda r: {**r, "id": "", "title": "-"},
        )
        columns = rules["columns"]
        sheet: list[Sequence[Any]] = [[rules["title"]], [], list(columns.values())]
        for number, cells in enumerate(rows.in_order(), start=1):
            sheet.append([number if name == "number" else cells.get(name) for name in columns])
        self._keep(rules["name"], Kind.VACANCY, rows, _workbook(sheet))
        return out

    def _table(self, posts: Sequence[Post], book: Sequence[Mapping[str, Any]]) -> None:
        rules = self.words["files"]["csv"]
        rows = _Rows(self.dice)
        for number, post in enumerate(posts):
            cells = self._cells(post, str(15_000_000 + number * 7))
            cells |= {name: self._date(cells[name], ago=name == "posted") for name in ("posted", "closes")}
            rows.add(cells)
            self._drawn(Kind.VACANCY, rules["name"], cells["id"], post)
        rows.again()
        for number, known in enumerate(self.dice.some(book, _count(_COPIED, len(book))) if book else ()):
            written = {n: d for n in ("posted", "closes") if isinstance(d := known[n], date)}
            dates = {name: self._date(day, ago=False) for name, day in written.items()}
            rows.copied({**known, **dates, "id": str(14_000_000 + number)})
        rows.spoil(
            lambda r: {**r, "id": "", "title": ""},
            lambda r: {**r, "more": ("ditutup", "x", "y")},
        )
        data = _csv(rules["columns"], rows.in_order(), ";")
        # the export broke off inside a quoted cell
        data += f'16000000;"{posts[0].title.split()[0]}'
        rows.broken += 1
        self._keep(rules["name"], Kind.VACANCY, rows, data.encode("cp1252", errors="replace"))

    def _portal(self, posts: Sequence[Post]) -> None:
        rules = self.words["files"]["jsonl"]
        rows = _Rows(self.dice)
        for post in posts:
            answer = self._answer(post)
            rows.add(answer)
            self._drawn(Kind.VACANCY, rules["name"], answer["id"], post)
        rows.again()
        rows.spoil(
            lambda r: {**r, "id": None, "title": None},
            lambda r: json.dumps(r, ensure_ascii=False)[:200],
        )
        self._keep(rules["name"], Kind.VACANCY, rows, _jsonl(rows.in_order()))

    def _answer(self, post: Post) -> dict[str, Any]:
        """The portal's answer for one vacancy, in the names of the form karirhub-detail."""
        dice = self.dice
        title = post.title
        if dice.chance(0.03):
            title = dice.pick(self.words["titles"]["emoji"]) + title
        education, level = self.words["karirhub_education"][post.level]
        # an amount often stands behind pay that must not be shown
        low, high = post.pay_range if post.pay_shown or dice.chance(0.6) else (0, 0)
        clock = f"{dice.whole(7, 17):02d}:{dice.whole(0, 59):02d}:{dice.whole(0, 59):02d}"
        asked = post.text.restrictions
        return {
            "id": str(uuid.UUID(bytes=bytes(dice.whole(0, 255) for _ in range(16)), version=4)),
            "title": title,
            "vacancyable_type": "industrial_vacancy",
            "status": "open",
            "quota": post.openings,
            "published_at": f"{post.posted} {clock}",
            "expires_at": str(post.closes) if post.closes else None,
            "description": self._html(post.text.heads[0], post.text.duties),
            "qualification": self._html(post.text.heads[1], _with_offer(post)),
            "show_salary": post.pay_shown,
            "min_salary_currency": "IDR",
            "min_salary_amount": low,
            "max_salary_currency": "IDR",
            "max_salary_amount": high,
            "gender": asked.get("gender"),
            "physical_condition": "normal",
            "marital_status": asked.get("marital_status"),
            "min_age": asked.get("min_age"),
            "max_age": asked.get("max_age"),
            "min_year_experience": post.months // 12 or None,
            "platform_type": "internal",
            "platform_link": None,
            "job_type": {"name": "Full time"},
            "job_function": None,
            "region": {"name": f"{post.place}, Indonesia"},
            "employer": {"name": post.employer, "employerable": {"industry": {"name": post.sector}}},
            "min_education": {"name": education, "level": level},
            "skills": [{"name": name} for name in post.text.skills],
        }

    def _html(self, head: str, items: Sequence[str]) -> str:
        if not items:
            return "<p><br></p>"
        title = f"<p><strong>{escape(head)}</strong>&nbsp;</p>" if head else ""
        lines = [escape(item) for item in items]
        if self.dice.chance(0.5):
            return title + "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"
        return (
            title
            + "".join(f'<p class="ql-align-justify">- {line}&nbsp;</p>' for line in lines)
            + "<p><br></p>"
        )

    # -- people --------------------------------------------------------------------------------------------

    def _persons(self, file: str, people: Sequence[Person], first: int) -> _Rows:
        rows = _Rows(self.dice)
        for number, person in enumerate(people, start=first):
            cells = {
                "id": f"PK-{self.today.year}-{number:07d}",
                "registered": self._date(person.registered, ago=True),
                "headline": person.headline,
                "place": person.place,
                "age": self.words["seeker"]["age_words"][person.age],
                "education": person.education,
                "field": person.field,
                "experience": person.experience,
                "history": person.history,
                "skills": person.skills,
                "languages": person.languages,
                "credentials": person.credentials,
                "wanted": person.wanted,
            }
            rows.add(cells)
            self._drawn(Kind.JOBSEEKER, file, cells["id"], person)
        rows.again()
        return rows

    def _register(self, people: Sequence[Person], first: int) -> None:
        rules = self.words["files"]["seekers_csv"]
        rows = self._persons(rules["name"], people, first)
        rows.spoil(
            _emptied,
            lambda r: {**r, "headline": "=SUM(A1:A9)"},
            lambda r: {**r, "more": ("ok", "ok")},
        )
        data = _csv(rules["columns"], rows.in_order(), ",").encode("utf-8")
        self._keep(rules["name"], Kind.JOBSEEKER, rows, data)

    def _self_registered(self, people: Sequence[Person], first: int) -> None:
        rules = self.words["files"]["seekers_jsonl"]
        columns = rules["columns"]
        rows = self._persons(rules["name"], people, first)
        rows.spoil(_emptied, lambda r: json.dumps(_named(r, columns), ensure_ascii=False)[:60])
        data = _jsonl(r if isinstance(r, str) else _named(r, columns) for r in rows.in_order())
        self._keep(rules["name"], Kind.JOBSEEKER, rows, data)


def _emptied(cells: Mapping[str, Any]) -> dict[str, Any]:
    """A person of whom nothing is said but where."""
    said = dict.fromkeys(("id", "headline", "history", "languages", "credentials"), "")
    return {**cells, **said, "skills": ()}


# -- formats -----------------------------------------------------------------------------------------------


def _with_offer(post: Post) -> tuple[str, ...]:
    return (*post.text.requirements, *([post.text.offer] if post.text.offer else ()))


def _listed(items: Iterable[str], mark: str) -> str:
    return "\n".join(
        f"{n}. {item}" if mark == "1." else f"{mark}{item}" for n, item in enumerate(items, start=1)
    )


def _named(cells: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    out = {}
    for name, heading in columns.items():
        value = cells[name]
        out[heading] = list(value) if isinstance(value, tuple) else value or None
    return out


def _jsonl(rows: Iterable[Any]) -> bytes:
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def _csv(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]], delimiter: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(columns.values())
    for row in rows:
        cells = [", ".join(v) if isinstance(v := row.get(name), tuple) else v for name in columns]
        writer.writerow([*cells, *row.get("more", ())])
    return out.getvalue()


_EXCEL_EPOCH = date(1899, 12, 30)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def _links(*targets: tuple[str, str]) -> str:
    links = (
        f'<Relationship Id="rId{n}" Type="{_LINK}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{"".join(links)}</Relationships>'


def _workbook(rows: Iterable[Sequence[Any]]) -> bytes:
    """An XLSX workbook of one sheet. The same rows give the same bytes: no time is written into it."""
    lines = []
    for number, cells in enumerate(rows, start=1):
        filled = ((at, value) for at, value in enumerate(cells) if value not in (None, ""))
        lines.append(f'<row r="{number}">{"".join(_cell(_column(at), number, v) for at, v in filled)}</row>')
    types = [("workbook", "sheet.main"), ("worksheets/sheet1", "worksheet"), ("styles", "styles")]
    overrides = (
        f'<Override PartName="/xl/{p}.xml" ContentType="{_OFFICE}.{kind}+xml"/>' for p, kind in types
    )
    parts = {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{''.join(overrides)}</Types>",
        "_rels/.rels": _links(("officeDocument", "xl/workbook.xml")),
        "xl/_rels/workbook.xml.rels": _links(
            ("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")
        ),
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_LINK}"><sheets>'
        '<sheet name="Lowongan" sheetId="1" r:id="rId1"/></sheets></workbook>',
        # style 1 is a date
        "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts>'
        '<fills count="1"><fill/></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}'
        "</sheetData></worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _cell(column: str, row: int, value: Any) -> str:
    at = f"{column}{row}"
    if isinstance(value, date):
        return f'<c r="{at}" s="1"><v>{(value - _EXCEL_EPOCH) // timedelta(days=1)}</v></c>'
    if isinstance(value, int):
        return f'<c r="{at}"><v>{value}</v></c>'
    return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def _column(at: int) -> str:
    return chr(65 + at) if at < 26 else f"{_column(at // 26 - 1)}{chr(65 + at % 26)}"
