"""CVs, Europass documents and badges: what is read, and what of a person is never read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from padan.countries import Country
from padan.errors import InputError
from padan.model import Kind, WorkSpell, from_table
from padan.reading.cv_text import cv_fields, find_period, short_items
from padan.reading.documents import document_rows
from padan.reading.formats import BadRow, Row
from padan.reading.identity import Names, names_in, strike, town_of
from padan.reading.read import ReadResult, read

SAMPLES = "data/real/interchange"
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
PRIVATE = ("Budi", "Santoso", "BUDI", "SANTOSO", "contoh.id", "budisantoso", "0812", "3273011205980001",
           "1998", "Garut", "Laki-laki", "Islam", "Menikah", "Merdeka", "Joko", "Susilo", "0813")  # fmt: skip


def said(result: ReadResult) -> str:
    """All that reading a file gave, but for the name of the file itself."""
    account = {k: v for k, v in result.account.as_dict().items() if k != "file"}
    return repr((result.table.to_pylist(), result.rejected, result.repeated, account))


# -- a CV --------------------------------------------------------------------------------------------------


@pytest.fixture(params=["pdf", "docx"])
def cv_file(made: Any, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"CV_Budi_Santoso.{request.param}"
    if request.param == "pdf":
        path.write_bytes(made.pdf([CV.splitlines()]))
        return path
    return made.docx(path, CV.splitlines())


def test_a_cv_becomes_one_jobseeker(cv_file: Path, country: Country) -> None:
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


def test_nothing_that_identifies_the_person_comes_out_of_a_cv(cv_file: Path, country: Country) -> None:
    result = read(cv_file, Kind.JOBSEEKER, country=country, today=TODAY)
    assert result.account.rows_out == 1
    assert [word for word in PRIVATE if word in said(result)] == []


def test_the_same_cv_twice_is_a_repeat(made: Any, tmp_path: Path, country: Country) -> None:
    from padan.reading.read import read_many

    paths = [tmp_path / "a.pdf", tmp_path / "b.pdf"]
    for path in paths:
        path.write_bytes(made.pdf([CV.splitlines()]))
    first, second = read_many(paths, Kind.JOBSEEKER, country=country, today=TODAY)
    assert (first.account.rows_out, second.account.rows_out, second.account.repeated) == (1, 0, 1)


def test_a_cv_is_only_read_as_a_jobseeker(made: Any, tmp_path: Path, country: Country) -> None:
    path = tmp_path / "cv.pdf"
    path.write_bytes(made.pdf([["Kasir"]]))
    with pytest.raises(InputError, match="describes a person"):
        read(path, Kind.VACANCY, country=country)


def test_labels_and_values_of_a_docx_table_belong_together(
    made: Any, tmp_path: Path, country: Country
) -> None:
    path = made.docx(
        tmp_path / "cv.docx",
        ["Pengalaman Kerja", "2015 - 2018 : Penjahit di Konveksi Melati"],
        table=[("Nama", "Dewi Lestari"), ("Tempat/Tgl Lahir", "Sleman, 3 Maret 1995"),
               ("Alamat", "Jl. Kaliurang KM 7, Sleman"),
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
        "Curriculum Vitae\nNama\nRina Marlina\nTempat, Tanggal Lahir\nGarut, 3 Maret 1997\nAlamat\n"
        "Desa Sukamaju Kec. Cibiru, Kota Bandung\n"
        "Agama\nIslam\nPendidikan Terakhir\nSMA\nPengalaman Kerja\n2019 - 2021\nKasir\nPT Indomaret\n"
    )
    assert (fields["job_location"], fields["education"], fields["work"][0]["employer"]) == (
        "Kota Bandung",
        "SMA",
        "PT Indomaret",
    )
    assert not [w for w in ("Rina", "Marlina", "Garut", "1997", "Sukamaju", "Islam") if w in repr(fields)]


def test_a_letter_keeps_what_is_applied_for_and_not_who_writes() -> None:
    fields = cv_fields(
        "Yogyakarta, 5 Juni 2024\n\nKepada Yth.\nIbu Ratna, HRD PT Sinar Abadi\ndi tempat\n\nDengan hormat,\n"
        "Perkenalkan, saya Rudi Hartono, lulusan SMK Teknik Mesin. Saya seorang pria berusia 22 tahun, "
        "beragama Islam, belum menikah.\n"
        "Saya ingin melamar sebagai Operator Produksi. Nomor saya 0821 3333 4444.\n\nHormat saya,\n\n"
        "Rudi Hartono\n"
    )
    assert fields["headline"] == "Operator Produksi"
    assert "lulusan SMK Teknik Mesin" in fields["description"]
    assert not [
        w
        for w in ("Rudi", "Hartono", "Ratna", "pria", "22 tahun", "Islam", "menikah", "0821")
        if w in repr(fields)
    ]


def test_a_name_in_the_middle_is_known_by_the_profile_address() -> None:
    fields = cv_fields(
        "Contact\nwww.linkedin.com/in/agus-wijaya-12a3b4 (LinkedIn)\nTop Skills\nNegotiation\nLanguages\n"
        "Indonesian (Native)\nAgus Wijaya\n"
        "Sales Manager\nSurabaya, East Java, Indonesia\nExperience\nPT Indofood\nSales Supervisor\n"
        "June 2014 - December 2017 (3 years 7 months)\n"
    )
    assert fields["languages"] == ["Indonesian (Native)"]
    assert (fields["headline"], fields["job_location"]) == ("Sales Manager", "Surabaya, East Java, Indonesia")
    assert (fields["work"][0]["title"], fields["work"][0]["employer"], fields["work"][0]["start"]) == (
        "Sales Supervisor",
        "PT Indofood",
        "2014-06",
    )
    assert "Agus" not in repr(fields)
    assert "ijaya" not in repr(fields)


def test_what_is_not_understood_stays_in_the_description() -> None:
    fields = cv_fields(
        "Tukang las. Bisa las listrik dan argon.\nPernah di galangan kapal, lalu bengkel sendiri.\n"
    )
    assert (
        fields["description"]
        == "Tukang las. Bisa las listrik dan argon.\nPernah di galangan kapal, lalu bengkel sendiri."
    )
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
def test_a_period_is_read_with_the_precision_it_has(
    line: str, expected: tuple[str, str | None, bool]
) -> None:
    found = find_period(line)
    assert found is not None
    assert found[0] == expected


@pytest.mark.parametrize(
    "line",
    ["2019", "0812-3456-7890", "Rp 2.000.000 - 3.000.000", "kelas 10 - 12", "ISO 9001:2015", "sekarang"],
)
def test_what_is_no_period_is_not_read_as_one(line: str) -> None:
    assert find_period(line) is None


def test_commas_in_brackets_part_no_item_and_a_sentence_stays_whole() -> None:
    assert short_items("- Office (Word, Excel), SAP; Python | SQL") == [
        "Office (Word, Excel)",
        "SAP",
        "Python",
        "SQL",
    ]
    assert short_items("Programming: Go, PHP dan Java") == ["Go", "PHP dan Java"]
    sentence = (
        "Saya mampu bekerja dalam tim maupun sendiri, dan saya terbiasa dengan target yang ketat setiap bulan"
    )
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


def test_names_of_a_document_are_struck_in_every_writing() -> None:
    names = Names.of("Dr. Ir. Sri Wahyuni Putri, M.T.")
    assert names.full == ("Sri Wahyuni Putri",)
    assert strike("SRI WAHYUNI PUTRI dan Wahyuni", names, mark="") == "dan"


PERSON = """Nama: Slamet Rahardjo
Email: slamet.rahardjo@surel.id
HP: 0813 5555 6666
NIK 3404011501900002
TTL: Klaten, 15 Januari 1990"""


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400), st.text(alphabet=st.sampled_from("aB1.,:;-–()[]|\n\t/@ 0"), max_size=400))
@example("Pengalaman Kerja\n", "2015-2018 slamet")
@example("Keahlian\n", "Pendidikan\n")
def test_no_text_breaks_the_reader_of_cvs_or_brings_the_person_out(before: str, after: str) -> None:
    fields = cv_fields(f"{before}\n{PERSON}\n{after}")
    said = repr(fields)
    assert not [
        w for w in ("Rahardjo", "slamet.rahardjo@surel.id", "0813 5555 6666", "3404011501900002") if w in said
    ]


# -- Europass ----------------------------------------------------------------------------------------------

EUROPASS = f"{SAMPLES}/europass"
#: names, addresses, numbers, birth years, nationalities of the made-up persons of the samples
EUROPASS_PRIVATE = (
    "Chuck", "NORRIS", "Norris", "Betty", "Smith", "Burnett", "Bernett", "Sougias", "Babis", "Doe",
    "Stuart", "Strawberry", "Reading rd", "B26", "kotmail", "chucknorris", "@", "+44", "1940", "1975",
    "Female", "Male", "American", "betty.smith", "Garrard", "base 64", "Wall street", "jpg", "http",
)  # fmt: skip
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


@pytest.mark.shared
@pytest.mark.parametrize("name", sorted(EUROPASS_EXPECTED))
def test_a_europass_sample_is_one_person_without_identity(shared: Path, name: str, country: Country) -> None:
    result = read(shared / EUROPASS / name, Kind.JOBSEEKER, country=country, today=TODAY)
    assert (result.account.rows_in, result.account.rows_out, result.account.form) == (1, 1, "document")
    (seeker,) = from_table(Kind.JOBSEEKER, result.table)
    languages, education, months, spells = EUROPASS_EXPECTED[name]
    assert (len(seeker.languages), seeker.education, seeker.experience_months, len(seeker.work)) == (
        languages,
        education,
        months,
        spells,
    )
    assert [word for word in EUROPASS_PRIVATE if word in said(result)] == []


@pytest.mark.shared
def test_a_europass_cv_keeps_work_languages_and_licences(shared: Path, country: Country) -> None:
    path = shared / EUROPASS / "v3.4.1__Europass_JSON_V3.4.0_ECV_Example.json"
    (seeker,) = from_table(Kind.JOBSEEKER, read(path, Kind.JOBSEEKER, country=country).table)
    assert (seeker.headline, seeker.job_location) == (
        "European project manager",
        "Birmingham, United Kingdom",
    )
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
def test_a_cover_letter_gives_headline_and_text_only(shared: Path, country: Country) -> None:
    path = shared / EUROPASS / "v3.4.1__Europass_CL_V3.4.0_Example.xml"
    (seeker,) = from_table(Kind.JOBSEEKER, read(path, Kind.JOBSEEKER, country=country).table)
    assert seeker.headline == "Ref. IT support officer/2013/01/AD"
    assert seeker.description is not None
    assert "deal with IT queries" in seeker.description
    assert (seeker.skills, seeker.languages, seeker.work) == ((), (), ())


#: names of members that Europass uses, to build shapes it never has
MEMBERS = (
    "LearnerInfo", "Identification", "PersonName", "FirstName", "WorkExperience", "Period", "From",
    "Year", "Month", "Skills", "Linguistic", "MotherTongue", "ForeignLanguage", "Description", "Label",
    "ProficiencyLevel", "Driving", "Education", "Level", "Code", "Achievement", "CoverLetter", "Letter",
    "Body",
)  # fmt: skip


def europass_xml(body: str) -> str:
    space = "http://europass.cedefop.europa.eu/Europass"
    return f'<SkillsPassport xmlns="{space}" locale="id">{body}</SkillsPassport>'


def test_europass_xml_and_json_say_the_same(tmp_path: Path, country: Country) -> None:
    xml = tmp_path / "cv.xml"
    xml.write_text(
        europass_xml(
            "<LearnerInfo><Identification><PersonName><FirstName>Wulan</FirstName><Surname>Sari</Surname>"
            "</PersonName>"
            '<Demographics><Birthdate year="1991" month="--03" day="---10"/></Demographics></Identification>'
            "<WorkExperienceList><WorkExperience><Period><From year='2019' month='--03'/><To year='2020' "
            "month='--11' day='---15'/></Period>"
            "<Position><Label>Kasir</Label></Position><Employer><Name>Toko Wulan Sari</Name></Employer>"
            "</WorkExperience></WorkExperienceList>"
            "<Skills><Driving><Description><Licence>A</Licence><Licence>C</Licence></Description>"
            "</Driving></Skills></LearnerInfo>"
        ),
        encoding="utf-8",
    )
    learner: dict[str, Any] = {
        "Identification": {
            "PersonName": {"FirstName": "Wulan", "Surname": "Sari"},
            "Demographics": {"Birthdate": {"Year": 1991}},
        },
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
    seekers = [
        from_table(Kind.JOBSEEKER, read(p, Kind.JOBSEEKER, country=country).table)[0] for p in (xml, as_json)
    ]
    for seeker in seekers:
        assert (seeker.work[0].start, seeker.work[0].end, seeker.work[0].employer) == (
            date(2019, 3, 1),
            date(2020, 11, 15),
            "Toko",
        )
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
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(MEMBERS),
                inner,
                max_size=5,
            )
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
        "evidence": [
            {"id": "https://example.org/tuti/1", "name": "Foto"},
            {"id": "https://example.org/tuti/2"},
        ],
    }


def test_a_badge_is_one_row_without_its_holder(tmp_path: Path, country: Country) -> None:
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
    assert not [
        w for w in ("Tuti", "tuti", "Wibowo", "did:", "office@", "credentials/77") if w in said(result)
    ]


def test_a_degree_is_education_and_its_programme_no_skill() -> None:
    alignment = [{"targetName": "Program D3 Teknik Mesin"}]
    values = badge(achievementType="BachelorDegree", fieldOfStudy="Teknik Mesin", alignment=alignment)
    (row,) = document_rows(Path("b.json"), "json", [Row(1, values)])
    assert isinstance(row, Row)
    assert (row.values["education"], row.values["fields_of_study"], row.values["skills"]) == (
        "bachelor degree",
        ["Teknik Mesin"],
        [],
    )


def test_a_file_of_badges_gives_a_row_each_and_keeps_the_good_ones(tmp_path: Path, country: Country) -> None:
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
    shared: Path, name: str, credential: str, skills: tuple[str, ...], country: Country
) -> None:
    result = read(shared / SAMPLES / "openbadges3" / name, Kind.JOBSEEKER, country=country)
    (seeker,) = from_table(Kind.JOBSEEKER, result.table)
    assert (seeker.credentials, seeker.skills) == ((credential,), skills)
    assert not [
        w
        for w in ("did:", "@", "Example Student", "A-9320041", "somebody")
        if w in said(result).replace("'@", "")
    ]
