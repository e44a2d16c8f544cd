"""The mapping language rule by rule, its errors, and proposals from column names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from padan.countries import Country
from padan.errors import InputError, NotFound
from padan.model import CourseRun, Kind, Vacancy
from padan.reading.mapping import MappingFile, load_mapping, mapping_fields, match_form, suggest, value_at
from padan.reading.records import Reader, Rejected

FORM_FOLDERS = ("padan.reading", "padan.countries.indonesia")
FORMS = [
    p for folder in FORM_FOLDERS for p in sorted((files(folder) / "forms").iterdir(), key=lambda p: p.name)
]


def made(pack: Country, fields: Mapping[str, Any], row: Mapping[str, Any], **more: Any) -> Any:
    """The record, or the rejection, that a mapping makes of a row."""
    kind = Kind(more.pop("as", "vacancies"))
    usual: dict[str, Any] = (
        {} if "title" in fields or kind is not Kind.VACANCY else {"title": {"const": "Kasir"}}
    )
    mapping = load_mapping({"as": kind.value, "source": "uji", "fields": {**usual, **fields}, **more})
    return Reader(kind, mapping, pack, origin="berkas", today=date(2026, 6, 30)).record(1, row)


# -- values by path ----------------------------------------------------------------------------------------

NESTED = {
    "employer": {"name": "PT A", "industry": {"name": "Ritel"}},
    "skills": [{"name": "Excel"}, {"name": "Word"}, {"label": "tanpa nama"}, "teks"],
    "tags": ["a", "b"],
    "jenjang": '["SMA", "D3"]',
    "studi": '[{"title": "Akuntansi"}, {"title": "Manajemen"}]',
    "profil": '{"kota": {"nama": "Bandung"}}',
    "rusak": "[SMA",
    "a.b": "nama kolom dengan titik",
    "a": {"b": "bersarang"},
    "Kolom [x]": 1,
    "nol": 0,
    "kosong": None,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("nol", 0),
        ("kosong", None),
        ("tidak ada", None),
        ("employer.name", "PT A"),
        ("employer.industry.name", "Ritel"),
        ("employer.industry.code", None),
        ("employer.name.first", None),
        ("tags[]", ["a", "b"]),
        ("tags", ["a", "b"]),
        ("skills[].name", ["Excel", "Word"]),
        ("tidak_ada[]", []),
        ("tidak_ada[].name", []),
        ("employer[].name", ["PT A"]),
        ("jenjang|json[]", ["SMA", "D3"]),
        ("jenjang|json", ["SMA", "D3"]),
        ("studi|json[].title", ["Akuntansi", "Manajemen"]),
        ("profil|json.kota.nama", "Bandung"),
        ("rusak|json[]", "[SMA"),
        ("a.b", "nama kolom dengan titik"),
        ("Kolom [x]", 1),
    ],
)
def test_a_path_leads_into_nested_values(path: str, value: Any) -> None:
    assert value_at(NESTED, path) == value


def test_json_that_never_ends_is_no_crash() -> None:
    assert value_at({"x": "[" * 100_000}, "x|json[]") == "[" * 100_000


# -- rules -------------------------------------------------------------------------------------------------


def test_the_short_form_names_the_column(country: Country) -> None:
    assert made(country, {"title": "Nama Jabatan"}, {"Nama Jabatan": "Penjahit"}).title == "Penjahit"


def test_columns_are_joined_and_empty_ones_left_out(country: Country) -> None:
    rule = {"description": {"columns": ["Tugas", "Syarat", "Lain"], "join": "\n"}}
    row = {"Tugas": "Menjahit", "Syarat": "  ", "Lain": "Rajin"}
    assert made(country, rule, row).description == "Menjahit\nRajin"
    category = {"occupational_category": {"columns": ["A", "B"], "join": " / "}}
    assert made(country, category, {"A": "Toko", "B": "Kasir"}).occupational_category == "Toko / Kasir"
    assert made(country, category, {"A": None, "B": ""}).occupational_category is None


def test_first_takes_the_first_that_is_filled(country: Country) -> None:
    rule = {"hiring_organization": {"first": ["x.name", "Perusahaan", "PT"]}}
    assert made(country, rule, {"Perusahaan": " ", "PT": "PT C"}).hiring_organization == "PT C"
    assert made(country, rule, {"x": {"name": "PT A"}, "Perusahaan": "PT B"}).hiring_organization == "PT A"
    assert made(country, rule, {}).hiring_organization is None


def test_remove_takes_a_pattern_out(country: Country) -> None:
    rule = {"hiring_organization": {"column": "P", "remove": r"/\d+$"}}
    assert made(country, rule, {"P": "PT Toko/12345"}).hiring_organization == "PT Toko"
    assert made(country, rule, {"P": "PT 7/24 Toko"}).hiring_organization == "PT 7/24 Toko"


def test_split_parts_a_list(country: Country) -> None:
    rule = {"skills": {"column": "K", "split": "[,;]"}}
    assert made(country, rule, {"K": "Excel, Word;las ; excel"}).skills == ("Excel", "Word", "las")
    assert made(country, {"skills": "K"}, {"K": "Excel, Word"}).skills == ("Excel, Word",)
    assert made(country, {"skills": "K[].name"}, {"K": [{"name": "Excel"}, {"name": "Las"}]}).skills == (
        "Excel",
        "Las",
    )


@pytest.mark.parametrize(
    ("more", "expected"),
    [({}, ("FULL_TIME",)), ({"else": None}, ()), ({"else": "null"}, ()), ({"else": "keep"}, ("FULL_TIME",))],
)
def test_a_value_that_a_map_lacks_is_kept_or_left_out(
    country: Country, more: dict[str, Any], expected: tuple[str, ...]
) -> None:
    rule = {"employment_type": {"column": "J", "map": {"Tetap": "FULL_TIME", "Magang": "INTERN"}, **more}}
    assert made(country, rule, {"J": " magang "}).employment_type == ("INTERN",)
    assert made(country, rule, {"J": "TETAP"}).employment_type == ("FULL_TIME",)
    assert made(country, rule, {"J": "penuh waktu"}).employment_type == expected


def test_a_value_that_a_map_lacks_may_reject_the_row_without_telling_on_people(country: Country) -> None:
    rule = {"employment_type": {"column": "J", "map": {"Tetap": "FULL_TIME"}, "else": "reject"}}
    rejected = made(country, rule, {"J": "hubungi sari@contoh.id"})
    assert isinstance(rejected, Rejected)
    assert (rejected.row, rejected.column) == (1, "J")
    assert "employment_type" in rejected.reason
    assert "sari" not in f"{rejected.reason}{rejected.value}"


def test_map_works_on_every_item_of_a_list(country: Country) -> None:
    rule = {"skills": {"column": "K", "split": ",", "map": {"xl": "Excel", "wd": "Word"}, "else": None}}
    assert made(country, rule, {"K": "XL, ?, wd"}).skills == ("Excel", "Word")


@pytest.mark.parametrize("mark", [1, 1.0, "1", "1.0", "ya", "Yes", "x", "X", "v", "✓", True, "TRUE"])
def test_marks_say_which_values_apply(country: Country, mark: Any) -> None:
    rule = {"education_requirements": {"marks": {"S1": "Kolom S1", "SMA": "Kolom SMA"}}}
    assert made(country, rule, {"Kolom SMA": mark, "Kolom S1": mark}).education_requirements == ("SMA", "S1")
    assert made(country, rule, {"Kolom SMA": mark, "Kolom S1": 0}).education_requirements == ("SMA",)


@pytest.mark.parametrize("mark", [0, "0", "tidak", "", None, False, float("nan"), "no", "-", {}, []])
def test_anything_else_is_no_mark(country: Country, mark: Any) -> None:
    rule = {"education_requirements": {"marks": {"SMA": "S"}}}
    assert made(country, rule, {"S": mark}).education_requirements == ()


def test_pay_is_a_text_or_two_columns(country: Country) -> None:
    as_text = made(country, {"base_salary": {"text": "Gaji"}}, {"Gaji": "Rp 3.000.000 - 4.000.000 per bulan"})
    assert (as_text.base_salary_min, as_text.base_salary_max) == (3_000_000, 4_000_000)
    assert (as_text.salary_currency, as_text.base_salary_period) == ("IDR", "month")
    rule = {"base_salary": {"min": "A", "max": "B", "currency": "C", "period": "D"}}
    as_columns = made(country, rule, {"A": 100, "B": 150, "C": "USD", "D": "week"})
    assert (as_columns.base_salary_min, as_columns.base_salary_max) == (100, 150)
    assert (as_columns.salary_currency, as_columns.base_salary_period) == ("USD", "week")
    negotiable = made(country, {"base_salary": {"min": "A", "negotiable": "N"}}, {"N": "ya"})
    assert (negotiable.base_salary_min, negotiable.flags) == (None, ("base_salary:negotiable",))
    assert made(country, {"base_salary": "Gaji"}, {"Gaji": "Rp 3 juta"}).base_salary_min == 3_000_000


@pytest.mark.parametrize(
    ("rule", "row", "low", "high"),
    [
        ({"min": "A", "max": "B"}, {"A": 1, "B": 3}, 12, 36),
        ({"min": "A", "max": "B", "unit": "year"}, {"A": "1", "B": "3 tahun"}, 12, 36),
        ({"min": "A", "unit": "month"}, {"A": 18}, 18, None),
        ({"min": "A"}, {"A": "6 bulan"}, 6, None),
        ({"min": "A"}, {"A": 1.5}, 18, None),
        ({"min": "A", "max": "B"}, {"A": 3, "B": 1}, 12, 36),
        ({"text": "P"}, {"P": "1-3 tahun"}, 12, 36),
        ({"text": "P"}, {"P": 2}, 24, None),
        ({"text": "P", "unit": "month"}, {"P": 2}, 2, None),
        ({"column": "P"}, {"P": "min. 6 bulan"}, 6, None),
        ({"min": "A"}, {"A": None}, None, None),
        ({"min": "A"}, {"A": "fresh graduate"}, 0, None),
        ({"min": "A"}, {"A": 0}, 0, None),
    ],
)
def test_experience_is_in_months_whatever_its_unit(
    country: Country, rule: dict[str, str], row: dict[str, Any], low: int | None, high: int | None
) -> None:
    vacancy = made(country, {"experience": rule}, row)
    assert (vacancy.experience_months_min, vacancy.experience_months_max) == (low, high)
    assert ("experience:swapped" in vacancy.flags) is (row.get("A") == 3)


def test_restrictions_are_put_together_from_their_columns(country: Country) -> None:
    rule = {"sex": "JK", "marital": "SK", "age_min": "Umin", "age_max": "Umaks", "physical": "F"}
    row = {"JK": "Perempuan", "SK": "Belum Menikah", "Umin": 18, "Umaks": "35 tahun", "F": "Tidak buta warna"}
    vacancy = made(country, {"restrictions": rule}, row)
    assert vacancy.restrictions == (
        "sex:female",
        "marital:single",
        "age_min:18",
        "age_max:35",
        "physical:Tidak buta warna",
    )


def test_const_is_the_same_in_every_row(country: Country) -> None:
    assert made(country, {"total_job_openings": {"const": 1}}, {}).total_job_openings == 1
    assert made(country, {"industry": {"const": None}}, {"industry": "x"}).industry is None


def test_runs_of_a_programme_are_made_of_start_end_and_seats(country: Country) -> None:
    fields = {"name": "N", "runs": {"start": "M", "end": "S", "seats": "K"}}
    row = {"N": "Las TIG", "M": "2026-03-02", "S": "2026-04-10", "K": "16 orang"}
    programme = made(country, fields, row, **{"as": "programmes"})
    assert programme.runs == (CourseRun(start_date=date(2026, 3, 2), end_date=date(2026, 4, 10), seats=16),)
    assert made(country, fields, {"N": "Las"}, **{"as": "programmes"}).runs == ()


@pytest.mark.parametrize(
    ("which", "row", "currency"),
    [
        ("SG", {}, "SGD"),
        ("ID", {}, None),
        ({"column": "Negara"}, {"Negara": "Singapura"}, "SGD"),
        ({"column": "Negara"}, {"Negara": "hong kong"}, "HKD"),
        ({"column": "Negara"}, {"Negara": None}, None),
        (None, {}, None),
    ],
)
def test_the_country_decides_what_a_dollar_is(
    country: Country, which: Any, row: dict[str, Any], currency: str | None
) -> None:
    vacancy = made(
        country, {"base_salary": {"text": "Gaji"}}, {"Gaji": "$3,000 per month", **row}, country=which
    )
    assert vacancy.salary_currency == currency


def test_ids_are_made_of_source_and_identifier_or_file_and_row(country: Country) -> None:
    fields = {"title": "T", "identifier": "No"}
    assert made(country, fields, {"T": "Kasir", "No": "0017"}).id == "uji:0017"
    without = made(country, fields, {"T": "Kasir", "No": None})
    assert isinstance(without, Vacancy)
    assert (without.id, without.source, without.source_row, without.identifier) == (
        "uji:berkas#1",
        "uji",
        1,
        None,
    )


def test_a_mapping_knows_the_columns_it_reads() -> None:
    mapping = load_mapping(
        {
            "as": "vacancies",
            "country": {"column": "Negara"},
            "fields": {
                "title": "T",
                "description": {"columns": ["A", "B"]},
                "url": {"first": ["C", "D"]},
                "education_requirements": {"marks": {"SMA": "E"}},
                "base_salary": {
                    "min": "F",
                    "max": "G",
                    "currency": "H",
                    "period": "I",
                    "shown": "J",
                    "negotiable": "K",
                },
                "restrictions": {"sex": "L", "marital": "M", "age_min": "N", "age_max": "O", "physical": "P"},
            },
        }
    )
    assert mapping.names() == set("TABCDEFGHIJKLMNOP") | {"Negara"}


# -- errors ------------------------------------------------------------------------------------------------


def wrong(text: str, tmp_path: Path, kind: Kind | None = None) -> InputError:
    path = tmp_path / "peta.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_mapping(path, kind)
    assert "peta.yaml" in caught.value.message
    assert caught.value.hint, "an error says what to do next"
    return caught.value


def test_an_unknown_field_is_named_with_the_fields_there_are(tmp_path: Path) -> None:
    error = wrong("as: vacancies\nfields: {titel: Jabatan}", tmp_path)
    assert "'titel' is no field of vacancies" in error.message
    assert error.field == "titel"
    for field in ("title", "base_salary", "experience", "restrictions", "education_requirements"):
        assert field in str(error.hint)
    assert "source_row" not in str(error.hint)


@pytest.mark.parametrize("field", ["id", "flags", "province", "language", "base_salary_min", "remote"])
def test_what_the_reader_fills_itself_cannot_be_mapped(tmp_path: Path, field: str) -> None:
    error = wrong(f"as: vacancies\nfields: {{title: T, {field}: X}}", tmp_path)
    assert repr(field) in error.message


def test_a_field_of_another_kind_is_no_field(tmp_path: Path) -> None:
    assert "restrictions" in wrong("as: jobseekers\nfields: {restrictions: {sex: JK}}", tmp_path).message
    assert "headline" in wrong("as: vacancies\nfields: {headline: H}", tmp_path).message


def test_a_wrong_kind_is_named_with_the_kinds_there_are(tmp_path: Path) -> None:
    error = wrong("as: lowongan\nfields: {title: T}", tmp_path)
    for kind in Kind:
        assert kind.value in error.message
    other = wrong("as: jobseekers\nfields: {headline: T}", tmp_path, Kind.VACANCY)
    assert "is for jobseekers, not vacancies" in other.message
    assert "--as jobseekers" in str(other.hint)


def test_the_kind_may_come_from_the_command(tmp_path: Path) -> None:
    path = tmp_path / "peta.yaml"
    path.write_text("fields: {title: T}", encoding="utf-8")
    assert load_mapping(path, Kind.VACANCY).kind is Kind.VACANCY
    with pytest.raises(InputError, match="as: Field required"):
        load_mapping(path)


@pytest.mark.parametrize("text", ["as: [vacancies", "fields: {title: 'T", "\tas: vacancies", "a: b: c"])
def test_what_is_no_yaml_is_told(tmp_path: Path, text: str) -> None:
    assert "is not YAML" in wrong(text, tmp_path).message


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "peta.yaml"
    path.write_bytes("as: vacancies\nfields: {title: Café}".encode("latin-1"))
    with pytest.raises(InputError, match="is not YAML"):
        load_mapping(path)


@pytest.mark.parametrize("text", ["", "teks", "- a\n- b", "as: vacancies", "42"])
def test_a_file_without_fields_is_told(tmp_path: Path, text: str) -> None:
    assert "has no `fields:`" in wrong(text, tmp_path).message


@pytest.mark.parametrize("rule", ["{column: K, split: '[,'}", "{column: K, remove: '(?P<x'}"])
def test_a_broken_pattern_is_shown(tmp_path: Path, rule: str) -> None:
    error = wrong(f"as: vacancies\nfields: {{title: T, skills: {rule}}}", tmp_path)
    assert "skills" in error.message
    assert "is no pattern" in error.message
    assert error.field == "skills"


def test_an_unknown_key_is_named_with_the_keys_there_are(tmp_path: Path) -> None:
    error = wrong("as: vacancies\nfields: {title: {colum: T}}", tmp_path)
    assert "fields.title.colum" in error.message
    for key in ("column", "columns", "first", "split", "map", "else", "remove", "const", "marks", "shown"):
        assert key in str(error.hint)
    above = wrong("as: vacancies\nfield: x\nfields: {title: T}", tmp_path)
    assert "field" in above.message
    for key in ("as", "source", "records", "sheet", "country", "fields", "ignore"):
        assert key in str(above.hint)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("experience: {min: A, unit: tahun}", "'month'"),
        ("skills: {column: K, else: hapus}", "'reject'"),
        ("skills: {columns: K}", "list"),
        ("skills: 7", "FieldRule"),
    ],
)
def test_a_wrong_value_of_a_key_says_what_is_allowed(tmp_path: Path, text: str, allowed: str) -> None:
    assert allowed in wrong(f"as: vacancies\nfields: {{title: T, {text}}}", tmp_path).message


def test_a_country_is_a_code_or_a_column(tmp_path: Path) -> None:
    assert "country" in wrong("as: vacancies\ncountry: {kolom: N}\nfields: {title: T}", tmp_path).message


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no mapping file"):
        load_mapping(tmp_path / "tidak-ada.yaml")


# -- shipped forms -----------------------------------------------------------------------------------------


def test_there_are_forms_of_the_sources_that_the_documentation_names() -> None:
    names = {p.name.removesuffix(".yaml") for p in FORMS}
    assert {
        "rss",
        "iati",
        "jobposting",
        "jobtech",
        "karirhub-detail",
        "karirhub-search",
        "maganghub",
    } <= names


@pytest.mark.parametrize("form", FORMS, ids=lambda p: p.name)
def test_a_shipped_form_loads_and_can_be_recognised(form: Any) -> None:
    data = yaml.safe_load(form.read_text(encoding="utf-8"))
    mapping = load_mapping(data)
    assert mapping.source != "table"
    assert mapping.detect, "without columns to detect it would never be taken"
    assert set(mapping.fields) <= set(mapping_fields(mapping.kind))
    required = {Kind.JOBSEEKER: "headline", Kind.PROGRAMME: "name", Kind.EMPLOYER: "name"}.get(
        mapping.kind, "title"
    )
    assert required in mapping.fields
    # a hidden amount may only be read through its `shown` column
    if "show_salary" in mapping.detect:
        assert mapping.fields["base_salary"].shown == "show_salary"


def test_every_karirhub_form_that_reads_amounts_asks_whether_they_may_be_shown(country: Country) -> None:
    for form in country.forms:
        rule = form["fields"].get("base_salary") or {}
        if form["source"] == "karirhub" and "min" in rule:
            assert rule["shown"] == "show_salary"


def test_the_form_with_the_most_columns_is_taken() -> None:
    forms = [
        {"as": "vacancies", "source": "sedikit", "detect": ["a"], "fields": {"title": "a"}},
        {"as": "vacancies", "source": "banyak", "detect": ["a", "b.c"], "fields": {"title": "a"}},
        {"as": "jobseekers", "source": "orang", "detect": ["a", "b.c", "d"], "fields": {"headline": "a"}},
        {"as": "vacancies", "source": "tanpa", "fields": {"title": "a"}},
    ]
    row = {"a": None, "b": {"c": 1}, "d": 1}

    def source(values: Mapping[str, Any], kind: Kind = Kind.VACANCY) -> str | None:
        found = match_form(forms, kind, values)
        return found.source if found else None

    assert source(row) == "banyak"
    assert source({"a": "x"}) == "sedikit"
    assert source({"b": {"c": 1}}) is None
    assert source(row, Kind.JOBSEEKER) == "orang"
    assert source(row, Kind.PROGRAMME) is None


def test_the_names_in_use_are_names_of_fields(country: Country) -> None:
    for kind, by_field in country.columns.items():
        allowed = set(mapping_fields(Kind(kind)))
        assert {field.partition(":")[0] for field in by_field} <= allowed


# -- proposals ---------------------------------------------------------------------------------------------


def proposed(country: Country, kind: Kind, *rows: Mapping[str, Any]) -> MappingFile | None:
    return suggest(kind, rows, country.columns[kind.value], source="berkas")[0]


def columns_of(mapping: MappingFile | None) -> dict[str, list[str]]:
    assert mapping is not None
    return {field: list(rule.names()) for field, rule in mapping.fields.items()}


def test_indonesian_headers_are_understood(country: Country) -> None:
    row = {
        "Nama Jabatan": "Kasir",
        "Nama Perusahaan": "PT A",
        "Lokasi Kerja": "Bandung",
        "Gaji Minimum": 3_000_000,
        "Gaji Maksimum": 4_000_000,
        "Pendidikan Terakhir": "SMA",
        "Pengalaman Kerja": "1 tahun",
        "Jumlah Dibutuhkan": 2,
        "Uraian Tugas": "Melayani",
        "Persyaratan": "Jujur",
        "Jenis Kelamin": "P",
        "Usia Maksimal": 30,
        "Tgl. Posting": "2026-01-02",
        "Batas Lamaran": "2026-02-02",
        "Kolom Aneh": "x",
    }
    mapping = proposed(country, Kind.VACANCY, row)
    assert columns_of(mapping) == {
        "title": ["Nama Jabatan"],
        "hiring_organization": ["Nama Perusahaan"],
        "job_location": ["Lokasi Kerja"],
        "base_salary": ["Gaji Minimum", "Gaji Maksimum"],
        "education_requirements": ["Pendidikan Terakhir"],
        "experience": ["Pengalaman Kerja"],
        "total_job_openings": ["Jumlah Dibutuhkan"],
        "description": ["Uraian Tugas"],
        "qualifications": ["Persyaratan"],
        "restrictions": ["Jenis Kelamin", "Usia Maksimal"],
        "date_posted": ["Tgl. Posting"],
        "valid_through": ["Batas Lamaran"],
    }
    assert mapping is not None
    assert mapping.ignore == ["Kolom Aneh"]
    assert mapping.source == "berkas"


@pytest.mark.parametrize(
    "names",
    [
        ("jobTitle", "companyName", "jobLocation", "jobDescription", "salaryRange", "postedDate"),
        ("Job Title", "Company Name", "Job Location", "Job Description", "Salary Range", "Posted Date"),
        ("job_title", "company_name", "job_location", "job_description", "salary_range", "posted_date"),
        ("JOB TITLE", "COMPANY-NAME", "JOB.LOCATION", "job  description", "Salary range:", "posted date*"),
    ],
    ids=["camel", "title", "snake", "odd"],
)
def test_english_headers_are_understood_however_they_are_written(
    country: Country, names: tuple[str, ...]
) -> None:
    row = dict(zip(names, ["Cashier", "PT A", "Bandung", "Sells", "Rp 3 juta", "2026-01-02"], strict=True))
    fields = ("title", "hiring_organization", "job_location", "description", "base_salary", "date_posted")
    assert columns_of(proposed(country, Kind.VACANCY, row)) == {
        f: [n] for f, n in zip(fields, names, strict=True)
    }


def test_a_register_of_people_gives_nothing_that_names_or_protects_them(country: Country) -> None:
    row = {
        "Nama Lengkap": "x",
        "NIK": "x",
        "No HP": "x",
        "Email": "x",
        "Tanggal Lahir": "x",
        "Jenis Kelamin": "x",
        "Agama": "x",
        "Status Perkawinan": "x",
        "Jabatan yang Diinginkan": "Kasir",
        "Pendidikan Terakhir": "SMA",
        "Keahlian": "Excel; las",
        "Lama Pengalaman": 2,
    }
    mapping = proposed(country, Kind.JOBSEEKER, row)
    assert columns_of(mapping) == {
        "headline": ["Jabatan yang Diinginkan"],
        "education": ["Pendidikan Terakhir"],
        "skills": ["Keahlian"],
        "experience": ["Lama Pengalaman"],
    }
    assert mapping is not None
    assert mapping.fields["skills"].split == ";"


def test_pay_that_a_column_hides_is_proposed_with_that_column(country: Country) -> None:
    row = {"title": "Kasir", "min_salary": 3_000_000, "max_salary": 4_000_000, "show_salary": "false"}
    mapping = proposed(country, Kind.VACANCY, row)
    assert mapping is not None
    assert mapping.fields["base_salary"].shown == "show_salary"
    record = Reader(Kind.VACANCY, mapping, country, origin="b").record(1, row)
    assert isinstance(record, Vacancy)
    assert (record.base_salary_min, record.base_salary_max) == (None, None)


@pytest.mark.parametrize(("cell", "split"), [("a; b", ";"), ("a, b", ","), ("a | b", r"\|"), ("a", None)])
def test_the_mark_between_items_is_seen_in_the_cells(country: Country, cell: str, split: str | None) -> None:
    mapping = proposed(country, Kind.VACANCY, {"title": "Kasir", "skills": cell})
    assert mapping is not None
    assert mapping.fields["skills"].split == split


def test_an_empty_column_is_not_proposed(country: Country) -> None:
    row = {"Posisi": " ", "Jabatan": "Kasir", "Perusahaan": None}
    assert columns_of(proposed(country, Kind.VACANCY, row)) == {"title": ["Jabatan"]}


def test_a_column_is_used_once_and_the_nearest_wins(country: Country) -> None:
    row = {"Judul Lowongan": "Kasir", "Judul": "LOWONGAN TOKO"}
    mapping, nearness = suggest(Kind.VACANCY, [row], country.columns["vacancies"])
    assert mapping is not None
    used = [name for rule in mapping.fields.values() for name in rule.names()]
    assert len(used) == len(set(used))
    assert nearness["title"] == 100.0


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        (Kind.VACANCY, {"x": "Kasir", "y": "PT A"}),
        (Kind.VACANCY, {"Perusahaan": "PT A", "Lokasi": "Bandung", "Gaji": "3 juta"}),
        (Kind.VACANCY, {"tahun": 2024, "provinsi": "Jawa Barat", "nilai": 3.4}),
        (Kind.JOBSEEKER, {"Nama": "Budi", "NIK": "1", "Usia": 20}),
        (Kind.PROGRAMME, {"Kuota": 16, "Mulai": "2026-01-01"}),
        (Kind.EMPLOYER, {"alamat": "Jl. A"}),
        (Kind.VACANCY, {}),
    ],
)
def test_nothing_is_proposed_where_nothing_fits(country: Country, kind: Kind, row: dict[str, Any]) -> None:
    assert proposed(country, kind, row) is None


def test_a_proposal_reads_what_it_was_made_from(country: Country) -> None:
    row = {
        "Nama Pelatihan": "Las TIG",
        "BLK": "BLK Bandung",
        "Kapasitas": 16,
        "Tanggal Mulai": "2026-03-02",
        "JP": 160,
    }
    mapping = proposed(country, Kind.PROGRAMME, row)
    assert mapping is not None
    record = Reader(Kind.PROGRAMME, mapping, country, origin="b").record(1, row)
    assert not isinstance(record, Rejected)
    assert (getattr(record, "name", None), getattr(record, "provider", None)) == ("Las TIG", "BLK Bandung")
    assert getattr(record, "hours", None) == 160
    assert getattr(record, "runs", ()) == (CourseRun(start_date=date(2026, 3, 2), seats=16),)
