"""A file in, a table of records out, and an account in which every row appears.

    result = read(Path("lowongan.xlsx"), Kind.VACANCY, country=load("indonesia"))
    result.table        Arrow table in the schema of the kind
    result.rejected     rows that became no record, with row, column, value and reason
    result.repeated     rows that say again what an earlier row said
    result.account      rows_in = rows_out + rejected + repeated, and what was repaired and flagged, by kind

How the columns are understood: the mapping file that is given; else the shipped form whose columns are there;
else a mapping proposed from the column names, which the account shows so that it can be corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from padan.countries import Country
from padan.errors import InputError
from padan.model import Kind, Record, schema, to_table
from padan.reading.documents import document_rows
from padan.reading.feeds import expand, html_rows, is_posting_like, xml_rows
from padan.reading.formats import BadRow, Limits, Row, RowSource, open_rows, sniff
from padan.reading.mapping import MappingFile, load_mapping, match_form, suggest
from padan.reading.records import Reader, Rejected
from padan.reading.repeats import Repeats

__all__ = ["Account", "ReadResult", "RepeatedRow", "propose_mapping", "read", "read_many"]

_BATCH = 2_000
_SAMPLE = 100


@dataclass(frozen=True, slots=True)
class RepeatedRow:
    """A row that was left out because it repeats the record `of`."""

    row: int
    of: str
    how: str


@dataclass(slots=True)
class Account:
    """What became of the rows of a file. Counts reconcile: rows_in = rows_out + rejected + repeated."""

    file: str
    kind: str
    form: str  #: name of the shipped form, "mapping" or "suggested"
    format: str
    encoding: str | None
    rows_in: int = 0
    rows_out: int = 0
    rejected: int = 0
    repeated: int = 0
    repaired: dict[str, int] = field(default_factory=dict)
    flagged: dict[str, int] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)  #: field -> columns, of a suggested mapping
    unused: tuple[str, ...] = ()  #: columns that no field was made of

    def as_dict(self) -> dict[str, Any]:
        """The account as JSON data; counts by kind sorted by size."""
        return {
            "file": self.file,
            "as": self.kind,
            "form": self.form,
            "format": self.format,
            "encoding": self.encoding,
            "rows_in": self.rows_in,
            "rows_out": self.rows_out,
            "rejected": self.rejected,
            "repeated": self.repeated,
            "repaired": _by_size(self.repaired),
            "flagged": _by_size(self.flagged),
            **({"mapping": self.mapping} if self.mapping else {}),
            **({"unused_columns": list(self.unused)} if self.unused else {}),
        }


def _by_size(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


@dataclass(slots=True)
class ReadResult:
    """Records of one file as a table, and the account of all its rows."""

    table: pa.Table
    rejected: list[Rejected]
    repeated: list[RepeatedRow]
    account: Account


def read(
    path: Path,
    kind: Kind,
    *,
    country: Country,
    mapping: MappingFile | None = None,
    today: date | None = None,
    limits: Limits | None = None,
    repeats: Repeats | None = None,
) -> ReadResult:
    """Read one file as records of a kind.

    today     the day from which "3 hari lalu" is counted; without it relative dates stay unknown
    repeats   what earlier files held, to find repeats across files

    Memory: the Arrow table of the records and 100 bytes a record for repeats; rows are converted 2,000 at a
    time. Raises InputError or NotFound for a file that cannot be read at all; a bad row is a rejection.
    """
    source, rows = _rows_of(path, kind, mapping, limits)
    first, rows = _peek(rows)
    mapping, form = _mapping_for(path, kind, country, mapping, first)
    reader = Reader(kind, mapping, country, origin=path.stem, today=today)
    account = Account(path.name, kind.value, form, source.format, source.encoding)
    if form == "suggested":
        account.mapping = {name: ", ".join(rule.names()) for name, rule in mapping.fields.items()}
    # a proposed mapping ignores what it found no use for; the account shows those columns to whoever corrects
    # it
    account.unused = _unused(
        mapping if form != "suggested" else mapping.model_copy(update={"ignore": []}), first
    )
    repeats = repeats if repeats is not None else Repeats()
    rejected: list[Rejected] = []
    repeated: list[RepeatedRow] = []
    tables: list[pa.Table] = []
    batch: list[Record] = []
    for row in rows:
        account.rows_in += 1
        if isinstance(row, BadRow):
            rejected.append(Rejected(row.number, row.reason, row.column, row.value))
            continue
        record = reader.record(row.number, row.values)
        if isinstance(record, Rejected):
            rejected.append(record)
            continue
        record = repeats.with_own_id(record)
        found, possible = repeats.find(record)
        if found is not None:
            repeated.append(RepeatedRow(row.number, found.of, found.how))
            continue
        if possible:
            record = replace(record, flags=(*record.flags, "possible_repeat"))
            reader.flagged["possible_repeat"] = reader.flagged.get("possible_repeat", 0) + 1
        batch.append(record)
        if len(batch) >= _BATCH:
            tables.append(to_table(kind, batch))
            batch = []
    tables.append(to_table(kind, batch))
    table = pa.concat_tables(tables) if tables else schema(kind).empty_table()
    account.rows_out, account.rejected, account.repeated = len(table), len(rejected), len(repeated)
    account.repaired = {**source.notes}
    for name, count in reader.repaired.items():
        account.repaired[name] = account.repaired.get(name, 0) + count
    account.flagged = reader.flagged
    return ReadResult(table, rejected, repeated, account)


def read_many(
    paths: Sequence[Path],
    kind: Kind,
    *,
    country: Country,
    mapping: MappingFile | None = None,
    today: date | None = None,
) -> list[ReadResult]:
    """Read several files; a record that an earlier file held already counts as repeated in the later one."""
    repeats = Repeats()
    return [read(p, kind, country=country, mapping=mapping, today=today, repeats=repeats) for p in paths]


def propose_mapping(path: Path, kind: Kind, *, country: Country) -> tuple[MappingFile, dict[str, float]]:
    """A mapping proposed from column names and the first rows; and how near each column name was (0–100).

    Raises InputError where no column looks like the required field.
    """
    _, rows = _rows_of(path, kind, None, None)
    sample = [row.values for row in islice(rows, _SAMPLE) if isinstance(row, Row)]
    mapping, nearness = suggest(kind, sample, country.columns[kind.value], source=_source_name(path))
    if mapping is None:
        raise _no_mapping(path, kind, sample)
    return mapping, nearness


def _source_name(path: Path) -> str:
    name = "".join(c if c.isalnum() else "-" for c in path.stem.lower()).strip("-")
    return "-".join(part for part in name.split("-") if part)[:40] or "table"


def _no_mapping(path: Path, kind: Kind, sample: Iterable[Mapping[str, Any]]) -> InputError:
    columns = list(dict.fromkeys(name for row in sample for name in row))[:12]
    return InputError(
        f"{path.name}: no column looks like what {kind.value} need; "
        f"columns: {', '.join(map(str, columns)) or 'none'}",
        hint="write a mapping file (docs/reading.md) and read with: "
        f"padan read {path.name} --as {kind.value} --mapping MAP.yaml",
    )


def _rows_of(
    path: Path, kind: Kind, mapping: MappingFile | None, limits: Limits | None
) -> tuple[RowSource, Iterator[Row | BadRow]]:
    found = sniff(path)
    if found in ("pdf", "docx"):
        _only_for_jobseekers(path, kind, found.upper())
        source = RowSource(path, found, None, (), {})
        return source, document_rows(path, found)
    if found == "xml":
        name, rows = xml_rows(path, limits=limits)
        source = RowSource(path, name, None, (), {})
        if name == "europass":
            _only_for_jobseekers(path, kind, "a Europass document")
            return source, document_rows(path, "europass", rows)
        return source, rows
    if found == "html":
        return RowSource(path, "html", None, (), {}), html_rows(path, limits=limits)
    source = open_rows(
        path,
        records=mapping.records if mapping else None,
        sheet=mapping.sheet if mapping else None,
        limits=limits,
    )
    rows = iter(source)
    if found in ("json", "jsonl"):
        rows = _json_kinds(path, kind, rows)
    return source, rows


def _only_for_jobseekers(path: Path, kind: Kind, what: str) -> None:
    if kind is not Kind.JOBSEEKER:
        raise InputError(f"{path.name} is {what}: it describes a person", hint="read it with --as jobseekers")


def _json_kinds(path: Path, kind: Kind, rows: Iterator[Row | BadRow]) -> Iterator[Row | BadRow]:
    """JSON that is of a standard is taken apart by that standard; other JSON goes through a mapping as
    it is.
    """
    for row in rows:
        if not isinstance(row, Row):
            yield row
        elif "SkillsPassport" in row.values or _is_credential(row.values):
            _only_for_jobseekers(path, kind, "a Europass document or an Open Badge")
            yield from document_rows(path, "json", iter([row]))
        elif kind is Kind.VACANCY and is_posting_like(row.values):
            yield from expand(row)
        else:
            yield row


def _is_credential(values: Mapping[str, Any]) -> bool:
    kinds = values.get("type")
    names = (
        {str(k) for k in kinds} if isinstance(kinds, list) else {kinds} if isinstance(kinds, str) else set()
    )
    return bool({"OpenBadgeCredential", "AchievementCredential"} & names)


def _peek(rows: Iterator[Row | BadRow]) -> tuple[list[Mapping[str, Any]], Iterator[Row | BadRow]]:
    taken: list[Row | BadRow] = list(islice(rows, _SAMPLE))
    if not any(isinstance(row, Row) for row in taken):
        # a file may begin badly: the columns are learnt from its first good row, wherever that is
        for row in rows:
            taken.append(row)
            if isinstance(row, Row):
                break
    return [row.values for row in taken if isinstance(row, Row)], chain(taken, rows)


@cache
def _shipped_forms() -> tuple[Mapping[str, Any], ...]:
    folder = files("padan.reading") / "forms"
    found = sorted((p for p in folder.iterdir() if p.name.endswith(".yaml")), key=lambda p: p.name)
    return tuple(yaml.safe_load(p.read_text(encoding="utf-8")) for p in found)


def _mapping_for(
    path: Path, kind: Kind, country: Country, mapping: MappingFile | None, sample: Sequence[Mapping[str, Any]]
) -> tuple[MappingFile, str]:
    if mapping is not None:
        missing = _missing_columns(mapping, sample)
        if sample and missing and len(missing) == len(mapping.names()):
            raise InputError(
                f"{path.name} has none of the columns that the mapping names: "
                f"{', '.join(sorted(missing)[:8])}",
                hint=f"its columns: {', '.join(str(c) for c in sample[0])}",
            )
        return mapping, "mapping"
    forms = (*country.forms, *_shipped_forms())
    found: MappingFile | None = None
    for values in sample[:20]:
        found = match_form(forms, kind, values)
        if found is not None:
            return found, found.source
    if not sample:
        # a file of which no row can be read still gets its account: every row is a rejection
        return load_mapping({"as": kind.value, "source": _source_name(path), "fields": {}}), "none"
    proposed, _ = suggest(kind, sample, country.columns[kind.value], source=_source_name(path))
    if proposed is None:
        raise _no_mapping(path, kind, sample)
    return proposed, "suggested"


def _missing_columns(mapping: MappingFile, sample: Sequence[Mapping[str, Any]]) -> set[str]:
    present = {name for row in sample for name in row}
    return {
        n
        for n in mapping.names()
        if n not in present and n.split(".")[0].split("|")[0].split("[")[0] not in present
    }


def _unused(mapping: MappingFile, sample: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    present = dict.fromkeys(str(name) for row in sample for name in row)
    used = {*mapping.ignore, *mapping.names()}
    used |= {n.split(".")[0].split("|")[0].split("[")[0] for n in mapping.names()}
    return tuple(name.encode("utf-8", "replace").decode() for name in present if name not in used)
