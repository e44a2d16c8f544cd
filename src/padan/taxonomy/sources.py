"""Files of classifications as they are published: zip, folder or single table -> columns of text.

One question: "give me the columns of `occupations`", whatever the container (a zip, a folder, a folder that
holds zips, one file), the language suffix of the name and the kind of table (CSV, tab-separated text,
Parquet, XLSX). Columns are found by their heading, in any of the spellings that a caller lists; cells come
back as stripped text, null where empty, or as a list where Parquet holds one.

Nothing is ever extracted: members of a zip are read in memory, up to `MAX_BYTES` in total. Every file that
was read goes into `sha256`. Broken, empty or foreign files raise InputError with the file, the heading and
what was expected.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine

from padan.errors import InputError, NotFound
from padan.taxonomy.scheme import CONCEPTS, RELATIONS, Scheme, SchemeInfo

__all__ = ["MAX_BYTES", "Columns", "ImportResult", "RowErrors", "SourceFiles", "distinct", "make_scheme"]

#: most bytes that the tables of one import may hold when unpacked; ESCO has 50 MB, O*NET 100 MB
MAX_BYTES = 600_000_000
_MAX_MEMBERS = 5_000
_KINDS = (".csv", ".txt", ".tsv", ".parquet", ".xlsx", ".xls")
#: what a damaged, encrypted or foreign member of a zip raises
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
)
#: rows searched for the headings of a sheet, below a title and notes
_HEADING_ROWS = 25


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import gave: schemes ready to be installed, and what was noticed, with counts."""

    schemes: list[Scheme]
    notes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of one table: `values[name]` has one cell a row, None where the table has no such column."""

    file: str
    lines: Sequence[int]  #: where each row ends in the file, for messages
    values: Mapping[str, list[Any] | None]

    def __getitem__(self, name: str) -> list[Any]:
        """A column; nulls where the table does not have it."""
        found = self.values.get(name)
        return [None] * len(self.lines) if found is None else found

    def has(self, name: str) -> bool:
        """Whether the table has that column at all."""
        return self.values.get(name) is not None


class RowErrors:
    """Errors of rows, collected and reported together: the first 20 and the count."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: list[str] = []
        self._field: str | None = None

    def add(self, line: int, what: str, *, field: str) -> None:
        """Note one bad row."""
        self._found.append(f"line {line}: {what}")
        self._field = self._field or field

    def report(self, *, hint: str) -> None:
        """Raise InputError where anything was noted."""
        if self._found:
            shown = "\n  ".join(self._found[:20])
            more = f"\n  and {len(self._found) - 20} more" if len(self._found) > 20 else ""
            raise InputError(
                f"{self._file}: {len(self._found)} rows cannot be used\n  {shown}{more}",
                hint=hint,
                field=self._field,
            )


@dataclass(slots=True)
class _Member:
    """A table inside the source: its bare name in lower case, and how to get its bytes."""

    name: str
    shown: str
    place: str  #: folders above it, with the name of the zip
    read: Callable[[], bytes]


@dataclass(slots=True)
class SourceFiles:
    """The tables of a path. Raises NotFound where there is no path, InputError where nothing can be read."""

    path: Path
    _members: list[_Member] = field(init=False)
    _seen: dict[str, str] = field(init=False, default_factory=dict)
    _left: int = field(init=False, default=MAX_BYTES)

    def __post_init__(self) -> None:
        if not self.path.exists():
            raise NotFound(
                f"there is no file or folder {self.path}", hint="give the downloaded zip, or its folder"
            )
        if self.path.is_dir():
            self._members = [m for f in sorted(self.path.rglob("*")) if f.is_file() for m in self._of_file(f)]
        else:
            self._members = self._of_file(self.path)
        if not self._members:
            raise InputError(
                f"{self.path.name} holds no table",
                hint=f"expected files ending in {', '.join(_KINDS)}, or a zip of them",
            )

    def _of_file(self, file: Path) -> list[_Member]:
        if file.suffix.lower() == ".zip":
            return self._of_zip(file)
        if file.suffix.lower() not in _KINDS:
            return []
        shown = file.name if file == self.path else file.relative_to(self.path).as_posix()
        place = shown.rpartition("/")[0]
        return [_Member(file.name.lower(), shown, place, lambda: self._take(file.read_bytes(), shown))]

    def _of_zip(self, file: Path) -> list[_Member]:
        try:
            with zipfile.ZipFile(file) as archive:
                infos = [i for i in archive.infolist() if not i.is_dir()]
        except (zipfile.BadZipFile, OSError) as error:
            raise InputError(f"{file.name} is no readable zip: {error}", hint="download it again") from error
        if len(infos) > _MAX_MEMBERS or sum(i.file_size for i in infos) > MAX_BYTES:
            raise InputError(
                f"{file.name} unpacks to {sum(i.file_size for i in infos):,} bytes in {len(infos)} files",
                hint=f"at most {MAX_BYTES:,} bytes and {_MAX_MEMBERS:,} files are read",
            )
        out = []
        for info in infos:
            place = PurePosixPath(info.filename.replace("\\", "/"))
            if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
                raise InputError(f"{file.name} holds a file outside its own folder: {info.filename!r}")
            if place.suffix.lower() in _KINDS and not place.name.startswith("."):
                above = f"{file.name}/{place.parent.as_posix()}"
                out.append(
                    _Member(place.name.lower(), f"{file.name}/{place.name}", above, self._reader(file, info))
                )
        return out

    def _reader(self, file: Path, info: zipfile.ZipInfo) -> Callable[[], bytes]:
        def read() -> bytes:
            try:
                with zipfile.ZipFile(file) as archive, archive.open(info) as member:
                    data = member.read(self._left + 1)  # the size in the directory may lie
            except _UNREADABLE as error:
                raise InputError(f"{info.filename} in {file.name} cannot be read: {error}") from error
            return self._take(data, f"{file.name}/{info.filename}")

        return read

    def _take(self, data: bytes, name: str) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise InputError(
                f"{name} is too large", hint=f"at most {MAX_BYTES:,} bytes are read in one import"
            )
        self._seen[name] = hashlib.sha256(data).hexdigest()
        return data

    @property
    def sha256(self) -> str:
        """Of the file itself; for a zip or folder of the names and sums of the files that were read."""
        if self.path.is_file() and list(self._seen) == [self.path.name]:
            return self._seen[self.path.name]
        lines = "".join(f"{sha}  {name}\n" for name, sha in sorted(self._seen.items()))
        return hashlib.sha256(lines.encode()).hexdigest()

    def names(self) -> list[str]:
        """Bare names of the tables, lower case, each once."""
        return list(dict.fromkeys(m.name for m in self._members))

    def places(self) -> list[str]:
        """Folders and zips inside the path, each once: they often carry the release."""
        return sorted({m.place for m in self._members if m.place not in ("", ".")})

    def find(self, *stems: str) -> list[str]:
        """Tables whose name without suffix is one of `stems` (lower case), in the order of `stems`."""
        return [name for stem in stems for name in self.names() if name.rsplit(".", 1)[0] == stem]

    def text(self, name: str) -> str:
        """A small text file, for example a read-me; decoding errors are replaced."""
        return self._read(name)[1].decode("utf-8", "replace")

    def _read(self, name: str) -> tuple[str, bytes]:
        """Where the table of that name lies, and its bytes; two of one name must be copies of each other."""
        found = [m for m in self._members if m.name == name]
        data = found[0].read()
        if any(member.read() != data for member in found[1:]):
            places = ", ".join(m.shown for m in found)
            raise InputError(
                f"{self.path.name} holds different tables {name}: {places}",
                hint="give the folder or zip of one release",
            )
        return found[0].shown, data

    def columns(self, name: str, wanted: Mapping[str, Sequence[str]], *, required: Sequence[str]) -> Columns:
        """Read a table by its headings.

        wanted    field -> spellings of its heading, the first found is taken; case, spaces and punctuation do
                  not matter
        required  fields without which the table is the wrong one
        Raises InputError with the headings found where a required one is missing, and where there is no row.
        """
        shown, data = self._read(name)
        kind = name.rsplit(".", 1)[-1]
        if not data.strip():
            raise InputError(f"{shown} is empty", hint="download it again")
        if kind == "parquet":
            table = _parquet(data, shown)
            heads, body = table.column_names, [table.column(c).to_pylist() for c in table.column_names]
            lines: Sequence[int] = range(1, table.num_rows + 1)
        elif kind in ("xlsx", "xls"):
            heads, body, lines = _sheet(data, shown, wanted, required)
        else:
            heads, body, lines = _delimited(data, shown, tab=kind in ("txt", "tsv"))
        at = {_plain(h): i for i, h in reversed(list(enumerate(heads)))}
        chosen = {
            f: next((at[_plain(s)] for s in spellings if _plain(s) in at), None)
            for f, spellings in wanted.items()
        }
        for f in required:
            if chosen[f] is None:
                raise InputError(
                    f"{shown}: no column {' or '.join(repr(s) for s in wanted[f])}",
                    hint=f"columns found: {', '.join(heads[:20])}",
                    field=wanted[f][0],
                )
        if not body or not body[0]:
            raise InputError(f"{shown} has headings and no rows", hint="download it again")
        values = {f: None if i is None else [_cell(v) for v in body[i]] for f, i in chosen.items()}
        return Columns(shown, lines, values)


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", str(heading).lower())


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return [t for t in (str(v).strip() for v in value) if t]
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        # a spreadsheet turned the code 7212.10 into a number: two decimals are what the code had
        return str(int(value)) if value.is_integer() else f"{value:.2f}"
    return str(value).strip() or None


def _parquet(data: bytes, shown: str) -> pa.Table:
    try:
        return pq.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{shown} is no readable Parquet file: {error}") from error


def _delimited(data: bytes, shown: str, *, tab: bool) -> tuple[list[str], list[list[Any]], list[int]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{shown} is not UTF-8 at byte {error.start}",
            hint="save the table as UTF-8, or give the official file",
        ) from error
    head = text.split("\n", 1)[0]
    mark = "\t" if tab and "\t" in head else ";" if head.count(";") > head.count(",") else ","
    # texts of O*NET hold bare quotation marks
    quoting: Literal[0, 3] = csv.QUOTE_NONE if mark == "\t" else csv.QUOTE_MINIMAL
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, quoting=quoting, strict=mark != "\t")
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        heads = next(reader, [])
        for row in reader:
            if len(row) == len(heads):
                rows.append(row)
                lines.append(reader.line_num)
            elif any(cell.strip() for cell in row):
                raise InputError(
                    f"{shown} line {reader.line_num}: {len(row)} cells where the headings have {len(heads)}",
                    hint="the file is cut off or was changed; download it again",
                )
    except csv.Error as error:
        raise InputError(
            f"{shown} line {reader.line_num}: {error}", hint="the file is cut off or changed"
        ) from error
    return heads, [list(column) for column in zip(*rows, strict=True)], lines


def _sheet(
    data: bytes, shown: str, wanted: Mapping[str, Sequence[str]], required: Sequence[str]
) -> tuple[list[str], list[list[Any]], list[int]]:
    """The first sheet with all required headings in one of its first rows; where none has, some headings."""
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [book.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in book.sheet_names]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise InputError(f"{shown} is no readable workbook: {error}") from error
    heads: list[str] = []
    for sheet in sheets:
        for number, row in enumerate(sheet[:_HEADING_ROWS]):
            plain = {_plain(str(c)) for c in row}
            if all(any(_plain(s) in plain for s in wanted[f]) for f in required):
                kept = [i for i in range(number + 1, len(sheet)) if any(str(c).strip() for c in sheet[i])]
                columns = [list(c) for c in zip(*(sheet[i] for i in kept), strict=True)]
                return [str(c) for c in row], columns, [i + 1 for i in kept]
            heads = heads or [str(c) for c in row if str(c).strip()]
    return heads, [], []


def distinct(*lists: Sequence[str | None] | None, without: str | None = None) -> list[str]:
    """Texts of several lists in order, each once; letter case does not distinguish."""
    seen = {(without or "").casefold(), ""}
    out = []
    for text in (t for part in lists for t in part or ()):
        key = (text or "").casefold()
        if text and key not in seen:
            seen.add(key)
            out.append(text)
    return out


def make_scheme(
    name: str,
    version: str,
    source: SourceFiles,
    licence: str,
    *,
    concepts: Mapping[str, list[Any]],
    relations: Sequence[tuple[str, str, str]] = (),
    imported: str | None,
) -> Scheme:
    """A scheme in the order of its ids, whatever the order of the files."""
    fields = [f for f in CONCEPTS if f.name in concepts]
    table = pa.Table.from_pydict(
        {f.name: concepts[f.name] for f in fields}, schema=pa.schema(fields)
    ).sort_by("id")
    rows = sorted(set(relations))
    links = pa.Table.from_pydict(
        {n: [row[i] for row in rows] for i, n in enumerate(RELATIONS.names)}, schema=RELATIONS
    )
    info = SchemeInfo(
        name, version, source.path.name, licence, table.num_rows, links.num_rows, imported, source.sha256
    )
    return Scheme(info, table, links)
