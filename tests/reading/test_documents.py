"""CVs, Europass documents and badges: what is read, what is never read, and files that attack the reader."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import padan.countries
from padan.errors import InputError
from padan.model import Kind, WorkSpell, from_table
from padan.reading.cv_text import cv_fields, find_period, short_items
from padan.reading.documents import DocumentLimits, document_rows, document_text
from padan.reading.formats import BadRow, Row
from padan.reading.identity import Names, names_in, strike, town_of
from padan.reading.read import ReadResult, read

SHARED = Path(os.environ.get("PADAN_SHARED", Path(__file__).parents[2].parent / "shared"))
SAMPLES = SHARED / "data" / "real" / "interchange"
TODAY = date(2026, 11, 1)

CV = """BUDI SANTOSO, S.Kom
Staf Administrasi Gudang
Jl. Merdeka No. 12 RT 03/RW 05, Kel. Sukajadi, Kota Bandung 40162
0812-3456-7890 | budi.santoso@contoh.id | linkedin.com/in/budisantoso

DATA PRIBADI
Nama : Budi Santoso
NIK : 3273011205980001
Tempat, Tanggal Lahir : Garut, 12 Mei 1998
Jenis Kelamin : Laki-laki
Agama : Islam
Status : Belum Menikah

PENGALAMAN KERJA
Staf Administrasi Gudang
PT Maju Jaya Logistik, Bandung
Januari 2020 – sekarang
- Mencatat barang masuk dan keluar
- Melapor kepada kepala gudang, hubungi budi.santoso@contoh.id
Kasir
Alfamart Sukajadi
Maret 2017 – Juni 2020
- Melayani pelanggan

PENDIDIKAN
S1 Manajemen, Universitas Padjadjaran 2021 - sekarang
SMK Negeri 3 Bandung, jurusan Akuntansi 2013 - 2016

KEAHLIAN
Microsoft Excel, Microsoft Word, SAP (MM, WM)
Instagram

BAHASA
Indonesia (ibu), Inggris - pasif

SERTIFIKAT
Sertifikat Operator Forklift, BNSP (2021) No. 12345/BNSP/2021

REFERENSI
Bapak Joko Susilo, 0813-1111-2222
"""
#: what of this CV must stand nowhere: name, mail, numbers, birth, sex, religion, street, the referee
PRIVATE = ("Budi", "Santoso", "BUDI", "SANTOSO", "contoh.id", "budisantoso", "0812", "3273011205980001", "1998", "Garut", "Laki-laki",
           "Islam", "Menikah", "Merdeka", "Joko", "Susilo", "0813")  # fmt: skip


@pytest.fixture(scope="module")
def country() -> padan.countries.Country:
    return padan.countries.load("indonesia")


# -- files made here ---------------------------------------------------------------------------------------


def pdf(pages: Sequence[Iterable[str]], *, contents: bytes | None = None, kids: str | None = None, count: int | None = None) -> bytes:
    """A PDF of text lines in Helvetica; `contents` replaces the text of every page, `kids` the list of pages."""
    objects: list[bytes] = [b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]
    first_page = 4
    objects.append(
        f"<< /Type /Pages /Count {count or len(pages)} /Kids [{kids or ' '.join(f'{first_page + 2 * i} 0 R' for i in range(len(pages)))}] >>".encode()
    )
    objects[0] = b"<< /Type /Catalog /Pages 3 0 R >>"
    for index, lines in enumerate(pages):
        body = b"BT /F1 10 Tf 40 800 Td 14 TL\n"
        for line in lines:
            escaped = line.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            body += b"(" + escaped + b") Tj T*\n"
        body += b"ET"
        data = zlib.compress(contents if contents is not None else body)
        number = first_page + 2 * index
        objects.append(
            f"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 595 842] /Contents {number + 1} 0 R"
            f" /Resources << /Font << /F1 2 0 R >> >> >>".encode()
        )
        objects.append(f"<< /Length {len(data)} /Filter /FlateDecode >>\nstream\n".encode() + data + b"\nendstream")
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{o:010d} 00000 n \n".encode() for o in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def object_stream_bomb(size: int) -> bytes:
    """A PDF whose catalogue lies in a compressed object stream that unpacks to `size` bytes."""
    inner = b"1 0 2 33 " + b"<< /Type /Catalog /Pages 2 0 R >>" + b"<< /Type /Pages /Count 0 /Kids [] >>" + b" " * size
    data = zlib.compress(inner)
    out = bytearray(b"%PDF-1.5\n")
    at_stream = len(out)
    out += f"3 0 obj\n<< /Type /ObjStm /N 2 /First 9 /Length {len(data)} /Filter /FlateDecode >>\nstream\n".encode()
    out += data + b"\nendstream\nendobj\n"
    at_table = len(out)
    rows = [(0, 0, 65535), (2, 3, 0), (2, 3, 1), (1, at_stream, 0), (1, at_table, 0)]
    table = b"".join(k.to_bytes(1, "big") + a.to_bytes(4, "big") + b.to_bytes(2, "big") for k, a, b in rows)
    out += f"4 0 obj\n<< /Type /XRef /Size 5 /W [1 4 2] /Root 1 0 R /Length {len(table)} >>\nstream\n".encode()
    out += table + f"\nendstream\nendobj\nstartxref\n{at_table}\n%%EOF\n".encode()
    return bytes(out)


def docx(path: Path, lines: Iterable[str], *, table: Sequence[Sequence[str]] = ()) -> Path:
    import docx as python_docx

    document = python_docx.Document()
    if table:
        made = document.add_table(rows=0, cols=len(table[0]))
        for row in table:
            for cell, text in zip(made.add_row().cells, row, strict=True):
                cell.text = text
    for line in lines:
        document.add_paragraph(line)
    document.save(str(path))
    return path


def with_document_xml(path: Path, xml: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", xml)
    return path


def said(result: ReadResult) -> str:
    """All that reading a file gave, but for the name of the file itself."""
    account = {k: v for k, v in result.account.as_dict().items() if k != "file"}
    return repr((result.table.to_pylist(), result.rejected, result.repeated, account))


# -- a CV --------------------------------------------------------------------------------------------------


@pytest.fixture(params=["pdf", "docx"])
def cv_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"CV_Budi_Santoso.{request.param}"
    if request.param == "pdf":
        path.write_bytes(pdf([CV.splitlines()]))
        return path
    return docx(path, CV.splitlines())


def test_a_cv_becomes_one_jobseeker(cv_file: Path, country: padan.countries.Country) -> None:
    result = read(cv_file, Kind.JOBSEEKER, country=country, today=TODAY)
    assert (result.account.rows_in, result.account.rows_out, result.account.form) == (1, 1, "document")
    (seeker,) = from_table(Kind.JOBSEEKER, result.table)
    assert seeker.headline == "Staf Administrasi Gudang"
    assert seeker.regency == "32.73"
    assert seeker.education == "SMK"  # the studies that go on are not completed
    assert set(seeker.fields_of_study) == {"Manajemen", "Akuntansi"}
    assert seeker.skills == ("Microsoft Excel", "Microsoft Word", "SAP (MM, WM)", "Instagram")
    assert seeker.languages == ("Indonesia (ibu)", "Inggris - pasif")
    assert seeker.credentials == ("Sertifikat Operator Forklift, BNSP (2021)",)
    assert [(w.title, w.employer, w.start, w.end, w.current) for w in seeker.work] == [
        ("Staf Administrasi Gudang", "PT Maju Jaya Logistik, Bandung", date(2020, 1, 1), None, True),
        ("Kasir", "Alfamart Sukajadi", date(2017, 3, 1), date(2020, 6, 30), False),
    ]
    # March 2017 to November 2026; the half year in which both posts were held counts once
    assert seeker.experience_months == 9 * 12 + 9


def test_nothing_that_identifies_the_person_comes_out_of_a_cv(cv_file: Path, country: padan.countries.Country) -> None:
    result = read(cv_file, Kind.JOBSEEKER, country=country, today=TODAY)
    assert result.account.rows_out == 1
    assert [word for word in PRIVATE if word in said(result)] == []


def test_the_same_cv_twice_is_a_repeat(tmp_path: Path, country: padan.countries.Country) -> None:
    from padan.reading.read import read_many

    paths = [tmp_path / "a.pdf", tmp_path / "b.pdf"]
    for path in paths:
        path.write_bytes(pdf([CV.splitlines()]))
    first, second = read_many(paths, Kind.JOBSEEKER, country=country, today=TODAY)
    assert (first.account.rows_out, second.account.rows_out, second.account.repeated) == (1, 0, 1)


def test_a_cv_is_only_read_as_a_jobseeker(tmp_path: Path, country: padan.countries.Country) -> None:
    path = tmp_path / "cv.pdf"
    path.write_bytes(pdf([["Kasir"]]))
    with pytest.raises(InputError, match="describes a person"):
        read(path, Kind.VACANCY, country=country)


def test_labels_and_values_of_a_docx_table_belong_together(tmp_path: Path, country: padan.countries.Country) -> None:
    path = docx(
        tmp_path / "cv.docx",
        ["Pengalaman Kerja", "2015 - 2018 : Penjahit di Konveksi Melati"],
        table=[("Nama", "Dewi Lestari"), ("Tempat/Tgl Lahir", "Sleman, 3 Maret 1995"), ("Alamat", "Jl. Kaliurang KM 7, Sleman"),
               ("Pendidikan Terakhir", "D3 Tata Busana")],
    )  # fmt: skip
    result = read(path, Kind.JOBSEEKER, country=country, today=TODAY)
    (seeker,) = from_table(Kind.JOBSEEKER, result.table)
    assert (seeker.education, seeker.job_location) == ("D3", "Sleman")
    assert (seeker.work[0].title, seeker.work[0].employer) == ("Penjahit", "Konveksi Melati")
    assert seeker.experience_months == 36  # only years are given: their difference
    assert not [w for w in ("Dewi", "Lestari", "1995", "Kaliurang") if w in said(result)]


def test_labels_on_one_line_and_values_on_the_next_are_identity_too() -> None:
    # a table in a PDF comes out cell by cell
    fields = cv_fields(
        "Curriculum Vitae\nNama\nRina Marlina\nTempat, Tanggal Lahir\nGarut, 3 Maret 1997\nAlamat\nDesa Sukamaju Kec. Cibiru, Kota Bandung\n"
        "Agama\nIslam\nPendidikan Terakhir\nSMA\nPengalaman Kerja\n2019 - 2021\nKasir\nPT Indomaret\n"
    )
    assert (fields["job_location"], fields["education"], fields["work"][0]["employer"]) == ("Kota Bandung", "SMA", "PT Indomaret")
    assert not [w for w in ("Rina", "Marlina", "Garut", "1997", "Sukamaju", "Islam") if w in repr(fields)]


def test_a_letter_keeps_what_is_applied_for_and_not_who_writes() -> None:
    fields = cv_fields(
        "Yogyakarta, 5 Juni 2024\n\nKepada Yth.\nIbu Ratna, HRD PT Sinar Abadi\ndi tempat\n\nDengan hormat,\n"
        "Perkenalkan, saya Rudi Hartono, lulusan SMK Teknik Mesin. Saya seorang pria berusia 22 tahun, beragama Islam, belum menikah.\n"
        "Saya ingin melamar sebagai Operator Produksi. Nomor saya 0821 3333 4444.\n\nHormat saya,\n\nRudi Hartono\n"
    )
    assert fields["headline"] == "Operator Produksi"
    assert "lulusan SMK Teknik Mesin" in fields["description"]
    assert not [w for w in ("Rudi", "Hartono", "Ratna", "pria", "22 tahun", "Islam", "menikah", "0821") if w in repr(fields)]


def test_a_name_in_the_middle_is_known_by_the_profile_address() -> None:
    fields = cv_fields(
        "Contact\nwww.linkedin.com/in/agus-wijaya-12a3b4 (LinkedIn)\nTop Skills\nNegotiation\nLanguages\nIndonesian (Native)\nAgus Wijaya\n"
        "Sales Manager\nSurabaya, East Java, Indonesia\nExperience\nPT Indofood\nSales Supervisor\nJune 2014 - December 2017 (3 years 7 months)\n"
    )
    assert fields["languages"] == ["Indonesian (Native)"]
    assert (fields["headline"], fields["job_location"]) == ("Sales Manager", "Surabaya, East Java, Indonesia")
    assert (fields["work"][0]["title"], fields["work"][0]["employer"], fields["work"][0]["start"]) == ("Sales Supervisor", "PT Indofood", "2014-06")
    assert "Agus" not in repr(fields)
    assert "ijaya" not in repr(fields)


def test_what_is_not_understood_stays_in_the_description() -> None:
    fields = cv_fields("Tukang las. Bisa las listrik dan argon.\nPernah di galangan kapal, lalu bengkel sendiri.\n")
    assert fields["description"] == "Tukang las. Bisa las listrik dan argon.\nPernah di galangan kapal, lalu bengkel sendiri."
    assert fields["work"] == fields["skills"] == []
    assert fields["education"] is None


def test_a_spell_without_a_cue_keeps_all_words_as_its_title() -> None:
    (spell,) = cv_fields("Pengalaman Kerja\nMelati Indah\nBunga Rampai\n2015 - 2018\n")["work"]
    assert (spell["title"], spell["employer"]) == ("Melati Indah – Bunga Rampai", None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Jan 2019 – sekarang", ("2019-01", None, True)),
        ("2015-2018", ("2015", "2018", False)),
        ("03/2019 s/d 12/2020", ("2019-03", "2020-12", False)),
        ("Januari 2019 sampai dengan Agustus 2021", ("2019-01", "2021-08", False)),
        ("Mei - Agustus 2020", ("2020-05", "2020-08", False)),
        ("1 Maret 2018 - 28 Februari 2019", ("2018-03-01", "2019-02-28", False)),
        ("2019-03 to 2020-11", ("2019-03", "2020-11", False)),
        ("15/03/2019 - 20/12/2020", ("2019-03", "2020-12", False)),
        ("Des. 2016 — Present", ("2016-12", None, True)),
        ("sejak 2017", ("2017", None, True)),
        ("Sept 2018 until now", ("2018-09", None, True)),
    ],
)
def test_a_period_is_read_with_the_precision_it_has(line: str, expected: tuple[str, str | None, bool]) -> None:
    found = find_period(line)
    assert found is not None
    assert found[0] == expected


@pytest.mark.parametrize("line", ["2019", "0812-3456-7890", "Rp 2.000.000 - 3.000.000", "kelas 10 - 12", "ISO 9001:2015", "sekarang"])
def test_what_is_no_period_is_not_read_as_one(line: str) -> None:
    assert find_period(line) is None


def test_commas_in_brackets_part_no_item_and_a_sentence_stays_whole() -> None:
    assert short_items("- Office (Word, Excel), SAP; Python | SQL") == ["Office (Word, Excel)", "SAP", "Python", "SQL"]
    assert short_items("Programming: Go, PHP dan Java") == ["Go", "PHP dan Java"]
    sentence = "Saya mampu bekerja dalam tim maupun sendiri, dan saya terbiasa dengan target yang ketat setiap bulan"
    assert short_items(sentence) == [sentence]


def test_only_town_and_above_are_kept_of_an_address() -> None:
    assert town_of("Jl. Merdeka No. 12 RT 03/RW 05, Kel. Sukajadi, Kota Bandung 40162") == "Kota Bandung"
    assert town_of("Perum Griya Asri Blok C2/14, Sleman, DI Yogyakarta") == "Sleman, DI Yogyakarta"
    assert town_of("Jl. Sudirman No. 5 Surabaya") == "Surabaya"
    assert town_of("Jalan Melati") is None


def test_a_month_or_trade_that_is_also_a_name_is_not_struck_from_texts() -> None:
    names = names_in(["Nama: Juni Guru Prasetyo"])
    assert strike("Guru sejak Juni 2020, kata Prasetyo", names, mark="") == "Guru sejak Juni 2020, kata"
    assert names.full == ("Juni Guru Prasetyo",)


PERSON = "Nama: Slamet Rahardjo\nEmail: slamet.rahardjo@surel.id\nHP: 0813 5555 6666\nNIK 3404011501900002\nTTL: Klaten, 15 Januari 1990"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400), st.text(alphabet=st.sampled_from("aB1.,:;-–()[]|\n\t/@ 0"), max_size=400))
@example("Pengalaman Kerja\n", "2015-2018 slamet")
@example("Keahlian\n", "Pendidikan\n")
def test_no_text_breaks_the_reader_of_cvs_or_brings_the_person_out(before: str, after: str) -> None:
    fields = cv_fields(f"{before}\n{PERSON}\n{after}")
    said = repr(fields)
    assert not [w for w in ("Rahardjo", "slamet.rahardjo@surel.id", "0813 5555 6666", "3404011501900002") if w in said]


# -- Europass ----------------------------------------------------------------------------------------------

EUROPASS = SAMPLES / "europass"
#: names, addresses, numbers, birth years, nationalities of the made-up persons of the samples
EUROPASS_PRIVATE = ("Chuck", "NORRIS", "Norris", "Betty", "Smith", "Burnett", "Bernett", "Sougias", "Babis", "Doe", "Stuart", "Strawberry",
                    "Reading rd", "B26", "kotmail", "chucknorris", "@", "+44", "1940", "1975", "Female", "Male", "American",
                    "betty.smith", "Garrard", "base 64", "Wall street", "jpg", "http")  # fmt: skip
#: file -> (skills?, languages, education, months of experience, spells); read off the files by eye
EUROPASS_EXPECTED: dict[str, tuple[int, str | None, int | None, int]] = {
    "v3.1.2__Europass_JSON_V3.1.2_ECL_Example.json": (0, None, None, 0),
    "v3.1.2__Europass_JSON_V3.1.2_ECV_Example.json": (4, "S3", 138, 3),
    "v3.1.2__Europass_JSON_V3.1.2_ELP_Example.json": (4, None, None, 0),
    "v3.4.1__Europass_CL_V3.4.0_Example.xml": (0, None, None, 0),
    "v3.4.1__Europass_CV_ESP_CL_LP_V3.4.0_Example.xml": (4, None, 171, 1),
    "v3.4.1__Europass_CV_V3.4.0_Example.xml": (4, None, 135, 1),
    "v3.4.1__Europass_CVwithCL_V3.4.0_Example.xml": (4, None, 135, 1),
    "v3.4.1__Europass_JSON_V3.4.0_ECL_Example.json": (0, None, None, 0),
    "v3.4.1__Europass_JSON_V3.4.0_ECV_Example.json": (4, "S3", 138, 3),
    "v3.4.1__Europass_JSON_V3.4.0_ECVwithECL_Example.json": (4, "S3", 138, 3),
    "v3.4.1__Europass_JSON_V3.4.0_ELP_Example.json": (4, None, None, 0),
    "v3.4.1__Europass_LP_V.3.4.0_Example.xml": (4, None, None, 0),
}


def shared(path: Path) -> Path:
    if not path.exists():
        pytest.skip("the shared data folder is absent (PADAN_SHARED)")
    return path


@pytest.mark.shared
@pytest.mark.parametrize("name", sorted(EUROPASS_EXPECTED))
def test_a_europass_sample_is_one_person_without_identity(name: str, country: padan.countries.Country) -> None:
    result = read(shared(EUROPASS / name), Kind.JOBSEEKER, country=country, today=TODAY)
    assert (result.account.rows_in, result.account.rows_out, result.account.form) == (1, 1, "document")
    (seeker,) = from_table(Kind.JOBSEEKER, result.table)
    languages, education, months, spells = EUROPASS_EXPECTED[name]
    assert (len(seeker.languages), seeker.education, seeker.experience_months, len(seeker.work)) == (languages, education, months, spells)
    assert [word for word in EUROPASS_PRIVATE if word in said(result)] == []


@pytest.mark.shared
def test_a_europass_cv_keeps_work_languages_and_licences(country: padan.countries.Country) -> None:
    path = shared(EUROPASS / "v3.4.1__Europass_JSON_V3.4.0_ECV_Example.json")
    (seeker,) = from_table(Kind.JOBSEEKER, read(path, Kind.JOBSEEKER, country=country).table)
    assert (seeker.headline, seeker.job_location) == ("European project manager", "Birmingham, United Kingdom")
    assert seeker.date_posted == date(2013, 3, 13)
    assert seeker.languages == ("English (native)", "Chinese (native)", "French B2–C2", "German A2")
    assert {"Driving licence B", "French Proficiency", "Certificate 3"} <= set(seeker.credentials)
    assert seeker.fields_of_study == ("Humanities",)
    work: list[WorkSpell] = list(seeker.work)
    assert [(w.start, w.end, w.current) for w in work] == [
        (date(2002, 8, 1), None, True),
        (date(2002, 3, 1), date(2002, 7, 31), False),
        (date(2001, 10, 1), date(2002, 2, 28), False),
    ]


@pytest.mark.shared
def test_a_cover_letter_gives_headline_and_text_only(country: padan.countries.Country) -> None:
    path = shared(EUROPASS / "v3.4.1__Europass_CL_V3.4.0_Example.xml")
    (seeker,) = from_table(Kind.JOBSEEKER, read(path, Kind.JOBSEEKER, country=country).table)
    assert seeker.headline == "Ref. IT support officer/2013/01/AD"
    assert seeker.description is not None
    assert "deal with IT queries" in seeker.description
    assert (seeker.skills, seeker.languages, seeker.work) == ((), (), ())


def europass_xml(body: str) -> str:
    return f'<SkillsPassport xmlns="http://europass.cedefop.europa.eu/Europass" locale="id">{body}</SkillsPassport>'


def test_europass_xml_and_json_say_the_same(tmp_path: Path, country: padan.countries.Country) -> None:
    xml = tmp_path / "cv.xml"
    xml.write_text(
        europass_xml(
            "<LearnerInfo><Identification><PersonName><FirstName>Wulan</FirstName><Surname>Sari</Surname></PersonName>"
            '<Demographics><Birthdate year="1991" month="--03" day="---10"/></Demographics></Identification>'
            "<WorkExperienceList><WorkExperience><Period><From year='2019' month='--03'/><To year='2020' month='--11' day='---15'/></Period>"
            "<Position><Label>Kasir</Label></Position><Employer><Name>Toko Wulan Sari</Name></Employer></WorkExperience></WorkExperienceList>"
            "<Skills><Driving><Description><Licence>A</Licence><Licence>C</Licence></Description></Driving></Skills></LearnerInfo>"
        ),
        encoding="utf-8",
    )
    learner: dict[str, Any] = {
        "Identification": {"PersonName": {"FirstName": "Wulan", "Surname": "Sari"}, "Demographics": {"Birthdate": {"Year": 1991}}},
        "WorkExperience": [
            {
                "Period": {"From": {"Year": 2019, "Month": 3}, "To": {"Year": 2020, "Month": 11, "Day": 15}},
                "Position": {"Label": "Kasir"},
                "Employer": {"Name": "Toko Wulan Sari"},
            }
        ],
        "Skills": {"Driving": {"Description": ["A", "C"]}},
    }
    as_json = tmp_path / "cv.json"
    as_json.write_text(json.dumps({"SkillsPassport": {"LearnerInfo": learner}}), encoding="utf-8")
    seekers = [from_table(Kind.JOBSEEKER, read(p, Kind.JOBSEEKER, country=country).table)[0] for p in (xml, as_json)]
    for seeker in seekers:
        assert (seeker.work[0].start, seeker.work[0].end, seeker.work[0].employer) == (date(2019, 3, 1), date(2020, 11, 15), "Toko")
        assert seeker.experience_months == 21
        assert seeker.credentials == ("Driving licence A", "Driving licence C")
        assert "1991" not in repr(seeker)
        assert "Wulan" not in repr(seeker)


@pytest.mark.parametrize("passport", [None, [], "x", {}, 3])
def test_an_empty_europass_document_is_a_rejection(passport: object) -> None:
    (row,) = document_rows(Path("x.json"), "json", [Row(7, {"SkillsPassport": passport})])
    assert isinstance(row, BadRow)
    assert row.number == 7


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "LearnerInfo Identification PersonName FirstName WorkExperience Period From Year Month Skills Linguistic MotherTongue "
                "ForeignLanguage Description Label ProficiencyLevel Driving Education Level Code Achievement CoverLetter Letter Body".split()
            ),
            inner,
            max_size=5,
        ),
        max_leaves=30,
    )
)
def test_no_shape_of_json_breaks_the_reader_of_europass(passport: object) -> None:
    (row,) = document_rows(Path("x.json"), "json", [Row(1, {"SkillsPassport": passport})])
    assert row.number == 1


# -- Open Badges -------------------------------------------------------------------------------------------


def badge(**achievement: Any) -> dict[str, Any]:
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "https://badges.example/credentials/77",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Badge of Tuti Wibowo",
        "description": "Given to Tuti Wibowo",
        "issuer": {"type": ["Profile"], "name": "BLK Bekasi", "email": "office@blk.example"},
        "credentialSubject": {
            "id": "did:example:tuti",
            "identifier": [{"identityHash": "tuti@example.org", "identityType": "emailAddress"}],
            "achievement": {"type": ["Achievement"], "name": "Las SMAW 3G", **achievement},
        },
        "evidence": [{"id": "https://example.org/tuti/1", "name": "Foto"}, {"id": "https://example.org/tuti/2"}],
    }


def test_a_badge_is_one_row_without_its_holder(tmp_path: Path, country: padan.countries.Country) -> None:
    path = tmp_path / "badge.json"
    achievement = {
        "achievementType": "Competency",
        "description": "Mengelas pelat posisi 3G",
        "criteria": {"narrative": "Uji visual dan tekuk"},
        "alignment": [{"targetName": "Pengelasan SMAW", "targetUrl": "https://x.example/1"}],
    }
    path.write_text(json.dumps(badge(**achievement)), encoding="utf-8")
    result = read(path, Kind.JOBSEEKER, country=country)
    (seeker,) = from_table(Kind.JOBSEEKER, result.table)
    assert seeker.credentials == ("Las SMAW 3G (BLK Bekasi)",)
    assert seeker.skills == ("Las SMAW 3G", "Pengelasan SMAW")
    assert seeker.description == "Mengelas pelat posisi 3G\n\nUji visual dan tekuk"
    assert not [w for w in ("Tuti", "tuti", "Wibowo", "did:", "office@", "credentials/77") if w in said(result)]


def test_a_degree_is_education_and_its_programme_no_skill() -> None:
    alignment = [{"targetName": "Program D3 Teknik Mesin"}]
    values = badge(achievementType="BachelorDegree", fieldOfStudy="Teknik Mesin", alignment=alignment)
    (row,) = document_rows(Path("b.json"), "json", [Row(1, values)])
    assert isinstance(row, Row)
    assert (row.values["education"], row.values["fields_of_study"], row.values["skills"]) == ("bachelor degree", ["Teknik Mesin"], [])


def test_a_file_of_badges_gives_a_row_each_and_keeps_the_good_ones(tmp_path: Path, country: padan.countries.Country) -> None:
    path = tmp_path / "badges.jsonl"
    empty = {**badge(), "id": "x", "credentialSubject": {}}
    other = {**badge(), "id": "y"}
    path.write_text("\n".join(json.dumps(b) for b in (badge(), empty, other)), encoding="utf-8")
    result = read(path, Kind.JOBSEEKER, country=country)
    assert (result.account.rows_in, result.account.rows_out) == (3, 2)
    assert [(r.row, r.column) for r in result.rejected] == [(2, "credentialSubject.achievement")]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "credential", "skills"),
    [
        ("basicOpenBadgeCredential.json", "Teamwork (Example Corp)", ()),
        ("skillAssertionCase.json", "Robot Programming (1EdTech University)", ("Robot Programming",)),
        ("achievementAlignmentCe.json", "Text analysis (Example University)", ("Requirements Analysis",)),
        ("fullOpenBadge.json", "1EdTech University Degree (1EdTech University)", ()),
    ],
)
def test_badges_of_the_specification_are_read(
    name: str, credential: str, skills: tuple[str, ...], country: padan.countries.Country
) -> None:
    result = read(shared(SAMPLES / "openbadges3" / name), Kind.JOBSEEKER, country=country)
    (seeker,) = from_table(Kind.JOBSEEKER, result.table)
    assert (seeker.credentials, seeker.skills) == ((credential,), skills)
    assert not [w for w in ("did:", "@", "Example Student", "A-9320041", "somebody") if w in said(result).replace("'@", "")]


# -- files that attack -------------------------------------------------------------------------------------


def refused(path: Path, found: str = "pdf", limits: DocumentLimits | None = None) -> str:
    with pytest.raises(InputError) as caught:
        document_text(path, found, limits=limits)
    assert caught.value.hint
    return caught.value.message


def test_a_page_tree_that_contains_itself_is_a_broken_pdf(tmp_path: Path) -> None:
    path = tmp_path / "loop.pdf"
    path.write_bytes(pdf([["x"]], kids="3 0 R 4 0 R"))
    assert "broken PDF" in refused(path)


def test_an_object_stream_that_unpacks_to_everything_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pdf"
    path.write_bytes(object_stream_bomb(100_000_000))
    assert path.stat().st_size < 200_000
    assert "broken PDF" in refused(path)
    path.write_bytes(pdf([["x"]], contents=b"\x00" * 90_000_000))
    assert "bomb.pdf" in refused(path)


def test_an_object_stream_of_fair_size_is_read_as_any_other(tmp_path: Path) -> None:
    path = tmp_path / "small.pdf"
    path.write_bytes(object_stream_bomb(1000))
    assert "no page" in refused(path)  # it was opened, and its list of pages is empty


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_an_encrypted_pdf_says_so_and_one_with_an_empty_password_opens(tmp_path: Path, algorithm: str) -> None:
    from io import BytesIO

    from pypdf import PdfReader, PdfWriter

    for password, path in (("rahasia", tmp_path / "locked.pdf"), ("", tmp_path / "open.pdf")):
        writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf([["Tukang kayu"]]))))
        writer.encrypt(user_password=password, owner_password="pemilik", algorithm=algorithm)
        writer.write(path)
    assert "is encrypted" in refused(tmp_path / "locked.pdf")
    assert "Tukang kayu" in document_text(tmp_path / "open.pdf", "pdf")


@pytest.mark.parametrize("count", [1000, 1])
def test_a_thousand_pages_are_refused_whatever_the_file_says_it_has(tmp_path: Path, count: int) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(pdf([["x"]] * 1000, count=count))
    assert "over 50 pages" in refused(path)


def test_a_pdf_that_takes_forever_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "slow.pdf"
    path.write_bytes(pdf([["x"]], contents=b"BT /F1 1 Tf " + b"(a) Tj 1 0 0 1 0 0 Tm " * 1_500_000 + b"ET"))
    assert "took longer than 0.8 seconds" in refused(path, limits=DocumentLimits(seconds=0.8))


def test_a_pdf_that_asks_for_too_much_memory_ends_alone(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="this system cannot limit the memory of a process")
    path = tmp_path / "large.pdf"
    path.write_bytes(pdf([["x"]], contents=b" " * 70_000_000))
    assert "large.pdf" in refused(path, limits=DocumentLimits(memory_bytes=150_000_000))


def test_a_scan_has_no_text(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(pdf([[]], contents=b"q 500 0 0 700 0 0 cm Q"))
    assert "no text: a scan" in refused(path)


def test_pages_that_are_pictures_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mixed.pdf"
    path.write_bytes(pdf([["Tukang kayu"], []]))
    assert document_text(path, "pdf").endswith("[1 of 2 pages hold no text: pictures]")


def test_a_document_with_more_text_than_any_cv_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.pdf"
    path.write_bytes(pdf([["kata " * 40] * 50]))
    assert "over 5,000 characters" in refused(path, limits=DocumentLimits(text_chars=5000))
    assert "more than 0 MB" in refused(path, limits=DocumentLimits(file_bytes=100))


@pytest.mark.parametrize("keep", [9, 60, 200])
def test_a_pdf_cut_short_is_broken(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "cut.pdf"
    path.write_bytes(pdf([CV.splitlines()])[:keep])
    assert "broken PDF" in refused(path)


def test_a_docx_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = with_document_xml(tmp_path / "bomb.docx", b"<w:document/>" + b" " * 3_000_000)
    assert "unpack to over 1,000,000 bytes" in refused(path, "docx", DocumentLimits(unpacked_bytes=1_000_000))
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")  # the last entry of the directory: word/document.xml
    data[entry + 24 : entry + 28] = (4_000_000_000).to_bytes(4, "little")
    path.write_bytes(data)
    assert "unpack to over 200,000,000 bytes" in refused(path, "docx")


def test_a_docx_that_unpacks_to_more_than_it_says_is_broken(tmp_path: Path) -> None:
    path = with_document_xml(tmp_path / "lie.docx", b"<w:document/>" + b" " * 3_000_000)
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    assert "broken DOCX" in refused(path, "docx")


def test_a_docx_with_an_entity_is_refused_and_nothing_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("rahasia", encoding="utf-8")
    for declared in (f'<!ENTITY x SYSTEM "{secret.as_uri()}">', '<!ENTITY x "ha"><!ENTITY y "&x;&x;">'):
        xml = f'<!DOCTYPE d [{declared}]><w:document xmlns:w="w"><w:body><w:p><w:t>&x;</w:t></w:p></w:body></w:document>'
        for encoding in ("utf-8", "utf-16"):
            path = with_document_xml(tmp_path / "entity.docx", xml.encode(encoding))
            assert "declares XML entities" in refused(path, "docx")


def test_a_docx_without_text_or_document_is_told(tmp_path: Path) -> None:
    assert "no text" in refused(docx(tmp_path / "empty.docx", []), "docx")
    path = tmp_path / "none.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/styles.xml", "<x/>")
    assert "broken DOCX" in refused(path, "docx")
    assert "broken DOCX" in refused(with_document_xml(path, b"<w:document"), "docx")


def test_text_boxes_are_read_once_and_deleted_text_is_not(tmp_path: Path) -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>Keahlian</w:t></w:r></w:p></w:txbxContent>"
    xml = (
        '<w:document xmlns:w="w" xmlns:mc="mc"><w:body><w:p><w:r><mc:AlternateContent>'
        f"<mc:Choice><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        "<w:p><w:del><w:r><w:t>Lama</w:t></w:r></w:del><w:r><w:t>Baru</w:t><w:tab/><w:t>sekali</w:t></w:r></w:p></w:body></w:document>"
    )
    text = document_text(with_document_xml(tmp_path / "box.docx", xml.encode()), "docx")
    assert text.split("\n") == ["", "Keahlian", "Baru\tsekali"]


@pytest.mark.parametrize("name", ["cv.pdf", "cv.docx"])
def test_an_empty_or_cut_file_is_told_by_read(tmp_path: Path, name: str, country: padan.countries.Country) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        read(path, Kind.JOBSEEKER, country=country)
    if name.endswith("docx"):
        docx(path, ["Kasir"])
        path.write_bytes(path.read_bytes()[:500])
        with pytest.raises(InputError, match="broken"):
            read(path, Kind.JOBSEEKER, country=country)


def test_names_of_a_document_are_struck_in_every_writing() -> None:
    names = Names.of("Dr. Ir. Sri Wahyuni Putri, M.T.")
    assert names.full == ("Sri Wahyuni Putri",)
    assert strike("SRI WAHYUNI PUTRI dan Wahyuni", names, mark="") == "dan"
