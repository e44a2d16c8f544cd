"""Read files into tables of records, with today's date and the country of the settings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from padan.countries import Country, load
from padan.errors import InputError, NotFound
from padan.model import Kind, check_table
from padan.reading import ReadResult, Rejected, load_mapping, read_many
from padan.settings import settings

__all__ = ["country", "read_files", "records_of", "today", "write_parquet", "write_rejected"]

_WIB = timedelta(hours=7)  # the working day of Jakarta, from which "3 hari lalu" is counted


def country() -> Country:
    """The country pack of the settings."""
    return load(settings().country)


def today() -> date:
    """Today in Jakarta."""
    return (datetime.now(UTC) + _WIB).date()


def read_files(paths: Sequence[Path], kind: Kind, *, mapping: Path | None = None) -> list[ReadResult]:
    """Read files of one kind; repeats are found across them. See padan.reading.read."""
    rules = load_mapping(mapping, kind) if mapping is not None else None
    return read_many(paths, kind, country=country(), mapping=rules, today=today())


def records_of(path: Path, kind: Kind) -> tuple[pa.Table, list[ReadResult]]:
    """The records in a file: Parquet that `padan read` wrote is taken as it is, any other file is read."""
    if not path.exists():
        raise NotFound(f"there is no file {path}", hint="check the path; quotes help when it has blanks")
    with path.open("rb") as handle:
        is_parquet = handle.read(4) == b"PAR1"
    if is_parquet:
        try:
            table = pq.read_table(path)
        except (pa.ArrowException, OSError) as error:
            raise InputError(
                f"{path.name} is a broken Parquet file: {error}", hint="write it again"
            ) from error
        written_as = (table.schema.metadata or {}).get(b"padan.kind")
        if written_as is not None:
            if written_as.decode() != kind.value:
                raise InputError(
                    f"{path.name} holds {written_as.decode()}, not {kind.value}",
                    hint=f"read {kind.value} into it first",
                )
            return check_table(kind, table), []
    results = read_files([path], kind)
    return results[0].table, results


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table; the folder is made, a half-written file never stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    pq.write_table(table, draft, compression="zstd")
    draft.replace(path)


def write_rejected(rejected: Sequence[Rejected], path: Path) -> None:
    """Write the rows that became no record as JSONL: row, reason, column, value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        for item in rejected:
            line = {"row": item.row, "reason": item.reason, "column": item.column, "value": item.value}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
