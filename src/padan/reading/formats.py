"""Bytes in, rows out: CSV, XLSX/XLS/ODS, JSON, JSONL, Parquet and XML feeds, without believing any of them.

What a file is, is decided by its first bytes, not by its name. `open_rows` yields `Row` (number, values) or
`BadRow` (number, reason, column, value) and never drops one silently. Tables are read as a stream; memory is
bounded by `Limits`. A file that cannot be read at all raises InputError with what it looks like and what to
do.

    text tables   delimiter by counting, encoding by BOM, UTF-8, then charset-normalizer; title rows above the
                  header are skipped; a quote that never closes costs one row, not the rest of the file
    spreadsheets  python-calamine: cached values of formulas; unpacked size is checked before anything is
                  unpacked
    JSON          an array, one object, or the longest list of objects inside ("hits.hits[]._source" is found)
    XML           lxml without entities, DTD or network

Rows keep their place: line number of a text file, row of a sheet, position in a list, counted from 1.
"""

from __future__ import annotations

import csv
import io
import json
import struct
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from charset_normalizer import from_bytes

from padan.errors import InputError, NotFound

__all__ = ["BadRow", "Limits", "Row", "RowSource", "open_rows", "sniff", "xml_root"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is believed. Above a limit a row is rejected or the file refused, with the
    reason.
    """

    cell_chars: int = 1_000_000
    columns: int = 2_000
    record_lines: int = 5_000  #: lines that one quoted record may run over
    json_bytes: int = 256_000_000  #: a JSON or XML document is read whole
    unpacked_bytes: int = 512_000_000  #: of a zipped workbook
    unpack_ratio: int = 200  #: of a member over 10 MB


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its place in the file and its values by column; JSON values may be nested."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read, with the reason; `value` is cut to 80 characters."""

    number: int
    reason: str
    column: str | None = None
    value: str | None = None


@dataclass(slots=True)
class RowSource:
    """An opened file. Iterate once. `notes` fills while reading: what was repaired, by kind."""

    path: Path
    format: str  #: csv, xlsx, json, jsonl, parquet, rss, xml, html, pdf, docx
    encoding: str | None
    rows: Iterable[Row | BadRow]
    notes: dict[str, int]

    def __iter__(self) -> Iterator[Row | BadRow]:
        return iter(self.rows)

    def note(self, kind: str, count: int = 1) -> None:
        self.notes[kind] = self.notes.get(kind, 0) + count


_MAGIC = (
    (b"PAR1", "parquet"),
    (b"%PDF", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
    (b"SQLite format 3", "sqlite"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
)
_NOT_TABLES = {
    "gzip": "a gzip archive",
    "png": "a PNG picture",
    "jpeg": "a JPEG picture",
    "gif": "a GIF picture",
    "program": "a program",
    "sqlite": "an SQLite database",
    "rar": "a RAR archive",
    "7z": "a 7-Zip archive",
    "zip": "a ZIP archive",
    "binary": "binary data",
}


_CONTROLS = bytes(b for b in range(32) if b not in b"\t\n\x0b\f\r\x1b") + b"\x7f"
#: what a damaged archive makes zipfile raise
_ZIP_ERRORS = (zipfile.BadZipFile, OSError, RuntimeError, ValueError, EOFError, struct.error)


def sniff(path: Path) -> str:
    """What the file is, by its first bytes: csv, xlsx, xls, json, jsonl, parquet, xml, html, pdf or docx.

    Raises NotFound where there is no file, InputError for an empty file and for what is no table or document.
    """
    if not path.exists():
        raise NotFound(f"there is no file {path}", hint="check the path; quotes help when it has blanks")
    if path.is_dir():
        raise InputError(f"{path} is a folder, not a file", hint="name one file in it")
    with path.open("rb") as handle:
        head = handle.read(65_536)
    if not head.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").strip():
        raise InputError(f"{path.name} is empty", hint="was the export finished, and saved?")
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            kind = _sniff_zip(path) if kind == "zip" else kind
            if kind in _NOT_TABLES:
                raise InputError(
                    f"{path.name} is {_NOT_TABLES[kind]}, not a table or document",
                    hint="unpack or export it to CSV, XLSX, JSON, Parquet, PDF or DOCX first",
                )
            if kind == "xls":
                _check_office_binary(path)
            return kind
    text = head.decode(_bom_encoding(head) or "utf-8", errors="replace").lstrip("\ufeff \t\r\n")
    # text has a stray NUL or escape at most; packed data has one in eight
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if _bom_encoding(head) is None and _utf16_guess(head) is None and controls > max(8, len(head) // 20):
        raise InputError(
            f"{path.name} is binary data, not a table or document",
            hint="export it to CSV, XLSX, JSON, Parquet, PDF or DOCX first",
        )
    if text.startswith("<"):
        lowered = text[:2000].lower()
        return "html" if "<!doctype html" in lowered or "<html" in lowered else "xml"
    if text.startswith(("{", "[")):
        return _sniff_json(text)
    return "csv"


def _sniff_json(text: str) -> str:
    if text.startswith("["):
        first = text.split("\n", 1)[0].strip()
        return "jsonl" if first.endswith("]") and "\n[" in text else "json"
    lines = [line for line in text.split("\n")[:3] if line.strip()]
    try:
        json.loads(lines[0])
    except RecursionError:
        return "json" if len(lines) == 1 else "jsonl"
    except ValueError:
        # a first line longer than the head cannot be parsed; a JSON document breaks its lines early
        return "jsonl" if len(lines) == 1 and len(lines[0]) > 60_000 else "json"
    return "jsonl" if len(lines) > 1 else "json"


def _sniff_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except _ZIP_ERRORS as error:
        raise InputError(
            f"{path.name} is a broken workbook or archive: {error}",
            hint="open it in the office program and save again",
        ) from error
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if any(name.startswith("word/") for name in names):
        return "docx"
    return "xlsx" if "content.xml" in names else "zip"


def _check_office_binary(path: Path) -> None:
    """Refuse what shares the container of old workbooks: Word documents and files locked with a password."""
    with path.open("rb") as handle:
        start = handle.read(4_000_000)
    if "EncryptedPackage".encode("utf-16-le") in start:
        raise InputError(f"{path.name} is locked with a password", hint="save a copy without a password")
    if "WordDocument".encode("utf-16-le") in start:
        raise InputError(f"{path.name} is an old Word document (.doc)", hint="save it as DOCX or PDF")


def open_rows(
    path: Path, *, records: str | None = None, sheet: str | None = None, limits: Limits | None = None
) -> RowSource:
    """Open a table, list or feed as a stream of rows.

    records   dotted path of the list inside a JSON document ("hits.hits"); found by itself when not given
    sheet     name of the sheet of a workbook; the first with a table when not given
    """
    limits = limits or Limits()
    kind = sniff(path)
    source = RowSource(path, kind, None, (), {})
    if kind == "csv":
        source.encoding = _encoding_of(path)
        source.rows = _text_rows(source, limits)
    elif kind in ("xlsx", "xls"):
        source.rows = _sheet_rows(source, sheet, limits)
    elif kind == "parquet":
        source.rows = _parquet_rows(source, limits)
    elif kind == "jsonl":
        source.encoding = _encoding_of(path)
        source.rows = _jsonl_rows(source, limits)
    elif kind == "json":
        source.encoding = _encoding_of(path)
        source.rows = _json_rows(source, records, limits)
    else:
        raise InputError(
            f"{path.name} is {kind.upper()}, which holds no rows",
            hint="read a CV with: padan read FILE --as jobseekers",
        )
    return source


# -- encodings ---------------------------------------------------------------------------------------------


def _bom_encoding(head: bytes) -> str | None:
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return "utf-32"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return None


def _utf16_guess(head: bytes) -> str | None:
    """UTF-16 without a BOM shows as a NUL in nearly every second byte of Latin text."""
    sample = head[:2000]
    if len(sample) < 4:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return None


def _encoding_of(path: Path) -> str:
    """The text encoding: BOM, then UTF-8, then a guess over the first megabyte."""
    with path.open("rb") as handle:
        head = handle.read(1_000_000)
    guess = _bom_encoding(head) or _utf16_guess(head)
    if guess:
        return guess
    try:
        head.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as error:
        if error.start > len(head) - 4 and len(head) == 1_000_000:
            return "utf-8"  # only the last character is cut in two
    # a UTF-8 file with stray bytes stays UTF-8, and those lines alone are repaired: in text of another
    # encoding hardly any
    # sequence is UTF-8 by chance
    text = head.decode("utf-8", errors="replace")
    replaced = text.count("\ufffd")
    if sum(c > "\x7f" for c in text) - replaced >= replaced:
        return "utf-8"
    high = len(head) - len(head.translate(None, bytes(range(0x80, 0x100))))
    if high < len(head) // 10:
        # Latin letters with a few accents; the encodings that differ there are not told apart by counting
        return "cp1252"
    best = from_bytes(
        head[:200_000], cp_isolation=["cp1252", "shift_jis", "gb18030", "euc_kr", "big5"]
    ).best()
    return best.encoding if best else "cp1252"


def _lines(source: RowSource) -> Iterator[tuple[int, str]]:
    """Physical lines with their numbers. A line that is not valid in the encoding is read as Windows-1252."""
    encoding = source.encoding or "utf-8"
    if encoding in ("utf-8", "utf-8-sig"):
        with source.path.open("rb") as handle:
            for number, raw in enumerate(handle, start=1):
                if number == 1 and encoding == "utf-8-sig":
                    raw = raw.removeprefix(b"\xef\xbb\xbf")
                try:
                    yield number, raw.decode("utf-8")
                except UnicodeDecodeError:
                    source.note("encoding")
                    yield number, raw.decode("cp1252", errors="replace")
    else:
        with source.path.open(encoding=encoding, errors="replace", newline="") as text:
            yield from enumerate(text, start=1)


# -- text tables -------------------------------------------------------------------------------------------


def _text_rows(source: RowSource, limits: Limits) -> Iterator[Row | BadRow]:
    records = _csv_records(source, limits)
    header: list[str] | None = None
    for number, cells in records:
        if isinstance(cells, str):
            yield BadRow(number, cells)
            continue
        if header is None:
            if sum(bool(c.strip()) for c in cells) <= 1 and len(cells) <= 1:
                header = _lone_header(cells)
            elif sum(bool(c.strip()) for c in cells) <= 1:
                source.note("title_row_skipped")  # a title above the head of the table
            else:
                header = _header(cells, limits, source.path.name)
            continue
        yield from _cells_to_row(source, header, number, cells, limits)
    if header is None:
        raise InputError(
            f"{source.path.name} has no row of column names", hint="the first row must name the columns"
        )


def _lone_header(cells: list[str]) -> list[str] | None:
    name = cells[0].strip() if cells else ""
    return [name] if name else None


def _header(cells: list[str], limits: Limits, name: str) -> list[str]:
    if len(cells) > limits.columns:
        raise InputError(
            f"{name} has {len(cells)} columns, more than {limits.columns}", hint="is the delimiter right?"
        )
    named = [" ".join(str(cell).replace("\ufeff", "").replace("\x00", "").split()) for cell in cells]
    taken = set(named)
    seen: set[str] = set()
    out = []
    for index, name in enumerate(named, start=1):
        label, number = name, 1
        if not name or name in seen:
            stem = name or f"column_{index}"
            label = stem if not name else f"{stem}.2"
            # a made-up name must not be that of another column, now or further on
            while label in taken:
                number += 1
                label = f"{stem}.{number + 1}"
        seen.add(label)
        taken.add(label)
        out.append(label)
    return out


def _cells_to_row(
    source: RowSource, header: list[str], number: int, cells: list[Any], limits: Limits
) -> Iterator[Row | BadRow]:
    if not any(_is_filled(c) for c in cells):
        return  # a blank line is no row
    if len(cells) > len(header):
        if any(_is_filled(c) for c in cells[len(header) :]):
            yield BadRow(
                number, f"the row has {len(cells)} cells, the header {len(header)}: is a quote missing?"
            )
            return
        cells = cells[: len(header)]
    elif len(cells) < len(header):
        source.note("short_row")
        cells = cells + [None] * (len(header) - len(cells))
    for label, cell in zip(header, cells, strict=True):
        if isinstance(cell, str) and len(cell) > limits.cell_chars:
            yield BadRow(
                number,
                f"the cell has {len(cell):,} characters, more than {limits.cell_chars:,}",
                label,
                cell[:80],
            )
            return
    yield Row(number, dict(zip(header, cells, strict=True)))


def _is_filled(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def _csv_records(source: RowSource, limits: Limits) -> Iterator[tuple[int, list[str] | str]]:
    """Records with the number of their first line; a text instead of cells says why the line is rejected.

    A quote that opens and never closes would swallow what follows, up to the next stray quote or the end of
    the file. A record that runs on and swallowed whole rows, or is longer than `record_lines` lines or 8
    cells of characters, costs its first line alone: reading goes on with the second.
    """
    # one physical line may hold a 10 MB cell: csv must not stop there, the cell check rejects the row
    csv.field_size_limit(2**31 - 1)
    lines = _lines(source)
    first = next((item for item in lines if item[1].strip()), None)
    if first is None:
        return
    delimiter = _delimiter(first[1])
    feed = _Feed(lines, first, limits)
    reader = csv.reader(feed, delimiter=delimiter)
    width = 0
    while True:
        feed.begin()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield feed.taken[0][0] if feed.taken else 0, f"not readable as CSV: {error}"
            continue
        taken = feed.taken
        if cells is None and not taken:
            return
        if feed.too_long or _swallowed(taken, cells or [], width, delimiter):
            yield taken[0][0], "the row opens a quote that is never closed"
            feed.give_back()
            reader = csv.reader(feed, delimiter=delimiter)
            continue
        if width == 0 and cells and len(cells) > 1:
            width = len(cells)
        yield taken[0][0], [c.replace("\x00", "") for c in cells or []]


class _Feed:
    """The lines of a file as csv wants them, remembering those of the record that is being read."""

    def __init__(self, lines: Iterator[tuple[int, str]], first: tuple[int, str], limits: Limits) -> None:
        self.taken: list[tuple[int, str]] = []
        self.too_long = False
        self._lines = lines
        self._waiting = deque([first])
        self._most_lines, self._most_chars = limits.record_lines, 8 * limits.cell_chars
        self._size = self._given_back = 0

    def __iter__(self) -> _Feed:
        return self

    def begin(self) -> None:
        self.taken, self._size, self.too_long = [], 0, False

    def __next__(self) -> str:
        item = self._waiting.popleft() if self._waiting else next(self._lines)
        self.taken.append(item)
        self._size += len(item[1])
        if len(self.taken) > 1 and (len(self.taken) > self._most_lines or self._size > self._most_chars):
            self.too_long = True
            raise StopIteration
        return item[1]

    def give_back(self) -> None:
        """All lines of the record but the first are to be read again."""
        self._waiting.extendleft(reversed(self.taken[1:]))
        self._given_back += 1
        if self._given_back == 20:
            # a file full of open quotes: reading thousands of lines again for each would take hours
            self._most_lines, self._most_chars = min(self._most_lines, 200), self._most_chars // 8


def _swallowed(taken: list[tuple[int, str]], cells: list[str], width: int, delimiter: str) -> bool:
    """Whether a record ends inside a quote, or runs over lines that are rows of their own.

    A cell may hold line breaks; then its quotes are in order and the record has the cells of the header. When
    they are not, and a line inside has as many delimiters as the header, a stray quote has joined rows.
    """
    text = "".join(line for _, line in taken)
    if '"' not in text:
        return False
    fault = _quote_fault(text, delimiter)
    if fault == "open":
        return True
    if len(taken) == 1 or width < 2 or (fault is None and len(cells) == width):
        return False
    if fault and len(cells) != width:
        return True  # such a record is lost anyway: its other lines are not lost with it
    return any(line.count(delimiter) + 1 == width for _, line in taken[1:])


def _quote_fault(text: str, delimiter: str) -> str | None:
    """What strict parsing finds wrong with the quotes of a record: "open", "stray" or nothing."""
    try:
        next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), None)
    except csv.Error as error:
        return "open" if "unexpected end of data" in str(error) else "stray"
    return None


def _delimiter(line: str) -> str:
    """The separator of the header line, counted outside quotes; a comma when there is none."""
    counts = dict.fromkeys(",;\t|", 0)
    inside = False
    for char in line:
        if char == '"':
            inside = not inside
        elif not inside and char in counts:
            counts[char] += 1
    best = max(counts, key=lambda c: counts[c])
    return best if counts[best] else ","


# -- workbooks ---------------------------------------------------------------------------------------------


def _check_archive(path: Path, limits: Limits) -> None:
    with zipfile.ZipFile(path) as archive:
        total = 0
        for info in archive.infolist():
            total += info.file_size
            ratio = info.file_size / max(info.compress_size, 1)
            if total > limits.unpacked_bytes or (info.file_size > 10_000_000 and ratio > limits.unpack_ratio):
                raise InputError(
                    f"{path.name} would unpack to over {total / 1e6:,.0f} MB: refused",
                    hint="save it as CSV, or split it, when it really is that large",
                )


def _sheet_rows(source: RowSource, sheet: str | None, limits: Limits) -> Iterator[Row | BadRow]:
    from python_calamine import CalamineError, CalamineWorkbook

    name = source.path.name
    try:
        if source.format == "xlsx":
            _check_archive(source.path, limits)
        book = CalamineWorkbook.from_path(str(source.path))
        names = [sheet] if sheet else list(book.sheet_names)
        if sheet and sheet not in book.sheet_names:
            raise InputError(
                f"{name} has no sheet {sheet!r}", hint=f"its sheets: {', '.join(book.sheet_names)}"
            )
        for candidate in names:
            cells = book.get_sheet_by_name(candidate).iter_rows()
            found = False
            for item in _sheet_table(source, cells, limits):
                found = True
                yield item
            if found:
                return
    except (CalamineError, *_ZIP_ERRORS) as error:
        raise InputError(
            f"{name} cannot be read as a workbook: {error}",
            hint="open it in the office program and save it again",
        ) from error
    except BaseException as error:
        # the reader is compiled code: a panic on a damaged file arrives as an exception outside Exception
        if type(error).__name__ != "PanicException":
            raise
        raise InputError(
            f"{name} is damaged and cannot be read", hint="open it in the office program and save it again"
        ) from error
    raise InputError(f"{name} has no table in any sheet", hint="the first filled row must name the columns")


def _sheet_table(source: RowSource, rows: Iterable[list[Any]], limits: Limits) -> Iterator[Row | BadRow]:
    header: list[str] | None = None
    for number, cells in enumerate(rows, start=1):
        cells = [None if c == "" else c for c in cells]
        if header is None:
            filled = sum(_is_filled(c) for c in cells)
            if filled == 0:
                continue
            if filled == 1 and len(cells) > 1:
                source.note("title_row_skipped")
                continue
            header = _header(["" if c is None else str(c) for c in cells], limits, source.path.name)
            continue
        yield from _cells_to_row(source, header, number, cells, limits)


# -- Parquet, JSON -----------------------------------------------------------------------------------------


def _parquet_rows(source: RowSource, limits: Limits) -> Iterator[Row | BadRow]:
    try:
        file = pq.ParquetFile(source.path)
        names = _header(list(file.schema_arrow.names), limits, source.path.name)
        number = 0
        for batch in file.iter_batches(batch_size=4096):
            columns = [batch.column(i) for i in range(batch.num_columns)]
            for index in range(batch.num_rows):
                number += 1
                yield _parquet_row(number, names, columns, index)
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"{source.path.name} is a broken Parquet file: {_short(error)}", hint="write it again"
        ) from error


def _parquet_row(number: int, names: list[str], columns: list[Any], index: int) -> Row | BadRow:
    values: dict[str, Any] = {}
    for name, column in zip(names, columns, strict=True):
        try:
            value = column[index].as_py()
        except (ValueError, OverflowError) as error:
            # a time outside the years 1 to 9999, or text that is not UTF-8
            return BadRow(number, f"the value cannot be read: {_short(error)}", name)
        values[name] = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return Row(number, values)


def _jsonl_rows(source: RowSource, limits: Limits) -> Iterator[Row | BadRow]:
    for number, line in _lines(source):
        if not line.strip():
            continue
        if len(line) > 8 * limits.cell_chars:
            yield BadRow(
                number, f"the line has {len(line):,} characters, more than {8 * limits.cell_chars:,}"
            )
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield BadRow(number, f"not JSON: {_short(error)}", value=line.strip()[:80])
            continue
        yield _object_row(number, value, limits)


def _json_rows(source: RowSource, records: str | None, limits: Limits) -> Iterator[Row | BadRow]:
    document = _load_json(source, limits)
    found = _at_path(document, records) if records else _find_records(document)
    if found is None:
        raise InputError(
            f"{source.path.name} has no list of objects" + (f" at {records!r}" if records else ""),
            hint="name the list in the mapping file, for example `records: hits.hits`",
        )
    for number, value in enumerate(found, start=1):
        inner = (
            value.get("_source") if isinstance(value, dict) else None
        )  # a search engine wraps each document
        yield _object_row(number, inner if isinstance(inner, dict) else value, limits)


def _object_row(number: int, value: Any, limits: Limits) -> Row | BadRow:
    if not isinstance(value, dict):
        return BadRow(number, f"expected an object, found {type(value).__name__}", value=repr(value)[:80])
    if len(value) > limits.columns:
        return BadRow(number, f"the object has {len(value):,} members, more than {limits.columns:,}")
    return Row(number, value)


def _load_json(source: RowSource, limits: Limits) -> Any:
    size = source.path.stat().st_size
    if size > limits.json_bytes:
        raise InputError(
            f"{source.path.name} has {size / 1e6:,.0f} MB: a JSON document is read whole, up to "
            f"{limits.json_bytes / 1e6:,.0f} MB",
            hint="write it as JSONL, one object a line: that is read as a stream",
        )
    text = source.path.read_text(encoding=source.encoding or "utf-8", errors="replace")
    try:
        return json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{source.path.name} is not JSON: {_short(error)}", hint="was the file cut off?"
        ) from error


def _short(error: BaseException) -> str:
    return str(error)[:120] or type(error).__name__


def _at_path(document: Any, path: str) -> list[Any] | None:
    for key in path.removesuffix("[]").split("."):
        if not isinstance(document, dict) or key not in document:
            return None
        document = document[key]
    return document if isinstance(document, list) else None


def _find_records(document: Any) -> list[Any] | None:
    """The list of records in a JSON document: itself, the outermost longest list of objects, or the one
    object.
    """
    if isinstance(document, list):
        return document
    if not isinstance(document, dict):
        return None
    if (
        "SkillsPassport" in document
        or "credentialSubject" in document
        or "JobPosting" in str(document.get("@type"))
    ):
        return [document]  # one Europass document, credential or posting: its lists are parts of it
    level: list[Any] = [document]
    for _ in range(4):
        lists = [v for d in level for v in d.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
        wrapped = [v for v in lists if _is_wrapper(document, v)]
        if wrapped:
            return max(wrapped, key=len)
        level = [v for d in level for v in d.values() if isinstance(v, dict)]
    return [document]


def _is_wrapper(document: dict[str, Any], records: list[Any]) -> bool:
    """Whether a list is the file's list of records rather than a part of one record.

    An envelope carries little besides its list: paging, counts, a status. A record carries many plain texts.
    """
    plain = sum(isinstance(v, str) for v in document.values())
    return plain <= 3 or len(records) > 20


# -- XML ---------------------------------------------------------------------------------------------------


def xml_root(path: Path, *, limits: Limits | None = None) -> Any:
    """The root element of an XML file (lxml). No entities, no DTD, no network; comments and PIs are dropped.

    Raises InputError for a broken document, an entity declaration, or one over `limits.json_bytes`.
    """
    from lxml import etree

    limits = limits or Limits()
    size = path.stat().st_size
    if size > limits.json_bytes:
        raise InputError(f"{path.name} has {size / 1e6:,.0f} MB, more than {limits.json_bytes / 1e6:,.0f} MB")
    data = path.read_bytes()
    if (
        b"<!ENTITY" in data
        or "<!ENTITY".encode("utf-16-le") in data
        or "<!ENTITY".encode("utf-16-be") in data
    ):
        raise InputError(
            f"{path.name} declares XML entities: refused", hint="remove the DOCTYPE with its ENTITY lines"
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise InputError(
            f"{path.name} is not well-formed XML: {_short(error)}", hint="was the file cut off?"
        ) from error
    if root is None:
        raise InputError(f"{path.name} has no element")
    return root
