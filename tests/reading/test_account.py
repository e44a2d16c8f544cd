"""Arbitrary tables: every row that goes in is a record, a repeat or a rejection, in every format."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import padan.countries
from padan.errors import InputError
from padan.model import Kind
from padan.reading.read import ReadResult
from padan.reading.read import read as read_file

COUNTRY = padan.countries.load("indonesia")


def read(path: Path, kind: Kind = Kind.VACANCY) -> ReadResult:
    """Read, and hold the account to its promise."""
    result = read_file(path, kind, country=COUNTRY)
    account = result.account
    assert account.rows_in == account.rows_out + account.rejected + account.repeated
    assert (account.rows_out, account.rejected, account.repeated) == (
        len(result.table),
        len(result.rejected),
        len(result.repeated),
    )
    return result


def read_or_refused(path: Path, kind: Kind = Kind.VACANCY) -> ReadResult | None:
    """Read, or be told what to do next; nothing else may happen."""
    try:
        return read(path, kind)
    except InputError as error:
        if not error.hint:
            pytest.fail(f"no hint: {error.message}")
        return None


# any unicode but what no file format can carry: half characters; XML cannot carry control characters either
TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
LINE = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff\u2028\u2029\x85"),
    max_size=12,
)
WORDS = st.sampled_from(
    ["", "Kasir", "Sopir", "PT A", "Bandung", "Rp 3 juta", "2024-05-01", "=1+1", "-", "N/A",
     '"', "'", ";", "\t"],
)  # fmt: skip


def tables(cell: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[list[str], list[list[str]]]]:
    names = st.lists(
        st.sampled_from(
            ["Perusahaan", "Lokasi", "Gaji", "Deskripsi", "Keahlian", "Kuota", "Tanggal", "lain"]
        ),
        min_size=1,
        max_size=4,
    )
    return names.flatmap(
        lambda other: st.tuples(
            st.just(["Judul", *other]),
            st.lists(st.lists(cell | WORDS, min_size=len(other) + 1, max_size=len(other) + 1), max_size=8),
        )
    )


def blank(row: Sequence[str]) -> bool:
    return not any(str(cell).replace("\x00", "").strip() for cell in row)


PROPERTY = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@PROPERTY
@given(table=tables(TEXT))
def test_every_row_of_a_csv_file_is_accounted_for(
    tmp_path: Path, table: tuple[list[str], list[list[str]]]
) -> None:
    header, rows = table
    path = tmp_path / "x.csv"
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, ["Kasir"] * len(header), *rows])
    path.write_bytes(out.getvalue().encode())
    assert read(path).account.rows_in == 1 + sum(not blank(row) for row in rows)


@PROPERTY
@given(lines=st.lists(st.text(st.characters(blacklist_categories=("Cs",)), max_size=30), max_size=10))
def test_any_text_under_a_header_is_a_table_or_rejections(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("\n".join(["Judul,Perusahaan", "Kasir,PT A", *lines]).encode())
    read_or_refused(path)  # refused is only a file of control characters


@PROPERTY
@given(
    table=tables(TEXT),
    junk=st.lists(st.sampled_from(["5", "null", "[1]", "{", "nonsense", '"x"']), max_size=3),
)
def test_every_line_of_a_jsonl_file_is_accounted_for(
    tmp_path: Path, table: tuple[list[str], list[list[str]]], junk: list[str]
) -> None:
    header, rows = table
    path = tmp_path / "x.jsonl"
    lines = [json.dumps(dict(zip(header, row, strict=True))) for row in [["Kasir"] * len(header), *rows]]
    path.write_text("\n".join([*lines, *junk]), encoding="utf-8")
    assert read(path).account.rows_in == len(lines) + len(junk)


@PROPERTY
@given(table=tables(LINE))
def test_every_row_of_a_workbook_is_accounted_for(
    made: Any, tmp_path: Path, table: tuple[list[str], list[list[str]]]
) -> None:
    header, rows = table
    path = made.xlsx(tmp_path / "x.xlsx", [header, ["Kasir"] * len(header), *rows])
    assert read(path).account.rows_in == 1 + sum(not blank(row) for row in rows)


@PROPERTY
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(TEXT | st.sampled_from(["title", "name", "skills", "@type"]), inner, max_size=4)
        ),
        max_leaves=12,
    ),
    st.sampled_from(list(Kind)),
)
def test_any_json_value_is_rows_or_an_error_with_a_hint(tmp_path: Path, value: object, kind: Kind) -> None:
    path = tmp_path / "x.json"
    path.write_text(
        json.dumps(
            [{"title": "Kasir", "name": "Las", "skills": value, "description": value, "Gaji": value}, value]
        ),
        encoding="utf-8",
    )
    read_or_refused(path, kind)
