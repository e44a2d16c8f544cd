"""A row and a mapping make a record: what is read, what is doubted, and what may never be carried over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.countries import Country, load
from padan.model import Jobseeker, Kind, Programme, Vacancy, WorkSpell
from padan.reading.mapping import load_mapping
from padan.reading.records import Reader, Rejected, parse_experience

TODAY = date(2026, 6, 30)


def reader(
    country: Country, rules: Mapping[str, Any], kind: Kind = Kind.VACANCY, today: date | None = TODAY
) -> Reader:
    mapping = load_mapping({"as": kind.value, "source": "uji", "fields": rules})
    return Reader(kind, mapping, country, origin="berkas", today=today)


def vacancy(
    country: Country, rules: Mapping[str, Any], row: Mapping[str, Any], today: date | None = TODAY
) -> Vacancy:
    record = reader(country, {"title": {"const": "Kasir"}, **rules}, today=today).record(1, row)
    assert isinstance(record, Vacancy)
    return record


def person(
    country: Country, rules: Mapping[str, Any], row: Mapping[str, Any], today: date | None = TODAY
) -> Jobseeker:
    record = reader(country, {"headline": {"const": "Kasir"}, **rules}, Kind.JOBSEEKER, today).record(1, row)
    assert isinstance(record, Jobseeker)
    return record


def everything_said(record: Any) -> str:
    return " ".join(str(getattr(record, f.name)) for f in fields(record))


# -- hidden pay --------------------------------------------------------------------------------------------

HIDDEN = {"base_salary": {"min": "min", "max": "max", "text": "text", "currency": "c", "shown": "shown"}}
AMOUNTS = [
    {"min": 7_654_321, "max": 8_765_432},
    {"min": "7654321"},
    {"max": "7.654.321"},
    {"text": "Rp 7.654.321 per bulan"},
    {"text": "Rp 7,654 juta", "min": 7_654_321},
]


@pytest.mark.parametrize("amounts", AMOUNTS)
@pytest.mark.parametrize(
    "shown",
    [False, "false", "False", 0, "0", "tidak", "no", None, "", "null", "N/A", "?", float("nan"), {}, [], [1],
     {"a": 1}, 2, -1, "truee", "yes?", "hidden", b"1"],
)  # fmt: skip
def test_hidden_pay_is_in_no_field_whatever_the_column_says(
    country: Country, amounts: dict[str, Any], shown: Any
) -> None:
    made = reader(country, {"title": "t", **HIDDEN})
    record = made.record(1, {"t": "Kasir", **amounts, "c": "IDR", "shown": shown})
    assert isinstance(record, Vacancy)
    assert (record.base_salary_min, record.base_salary_max, record.salary_currency) == (None, None, None)
    assert record.base_salary_period is None
    assert "7654321" not in everything_said(record).replace(".", "").replace(",", "")
    assert "7654" not in str(made.repaired) + str(made.flagged)


def test_pay_is_hidden_when_the_column_is_not_there(country: Country) -> None:
    assert vacancy(country, HIDDEN, {"min": 3_000_000}).base_salary_min is None


@pytest.mark.parametrize("shown", [True, 1, 1.0, "true", "True", "1", "ya", "Yes", "y"])
def test_pay_is_read_where_the_column_says_yes(country: Country, shown: Any) -> None:
    record = vacancy(country, HIDDEN, {"min": 3_000_000, "max": 4_000_000, "c": "IDR", "shown": shown})
    assert (record.base_salary_min, record.base_salary_max, record.salary_currency) == (
        3_000_000,
        4_000_000,
        "IDR",
    )


def test_hidden_pay_is_counted_and_flagged_but_nothing_is_where_there_was_none(country: Country) -> None:
    made = reader(country, {"title": "t", **HIDDEN})
    with_amount = made.record(1, {"t": "Kasir", "min": 3_000_000, "shown": False})
    without = made.record(2, {"t": "Sopir", "min": None, "shown": False})
    assert isinstance(with_amount, Vacancy)
    assert isinstance(without, Vacancy)
    assert with_amount.flags == ("base_salary:hidden",)
    assert without.flags == ()
    assert (made.repaired, made.flagged) == ({"pay_hidden": 1}, {"base_salary:hidden": 1})


@given(
    st.one_of(
        st.none(), st.text(), st.integers(), st.floats(), st.lists(st.integers(), max_size=2), st.binary()
    )
)
def test_only_a_plain_yes_opens_the_pay(shown: Any) -> None:
    record = vacancy(load(), HIDDEN, {"min": 3_000_000, "shown": shown})
    words = {"1", "1.0", "true", "yes", "ya", "y", "x", "v", "✓", "t"}
    is_yes = (
        shown.strip().lower() in words
        if isinstance(shown, str)
        else isinstance(shown, int | float) and shown == 1
    )
    assert (record.base_salary_min is not None) is is_yes


# -- what is said of sex, age and marital status -----------------------------------------------------------

ASKED = {"restrictions": {"sex": "jk", "marital": "sk", "age_min": "umin", "age_max": "umaks"}}


@pytest.mark.parametrize(
    ("row", "restrictions"),
    [
        ({"jk": "Perempuan"}, ("sex:female",)),
        ({"jk": "WANITA"}, ("sex:female",)),
        ({"jk": "P"}, ("sex:female",)),
        ({"jk": "female"}, ("sex:female",)),
        ({"jk": "Laki-laki"}, ("sex:male",)),
        ({"jk": "Pria"}, ("sex:male",)),
        ({"jk": "L"}, ("sex:male",)),
        ({"jk": "m"}, ("sex:male",)),
        ({"jk": {"id": 1, "name": "Pria"}}, ("sex:male",)),
        ({"jk": "Pria/Wanita"}, ()),
        ({"jk": "semua"}, ()),
        ({"sk": "Belum Kawin"}, ("marital:single",)),
        ({"sk": "Menikah"}, ("marital:married",)),
        ({"sk": "bebas"}, ()),
        ({"umin": 18, "umaks": 35}, ("age_min:18", "age_max:35")),
        ({"umaks": "35 tahun"}, ("age_max:35",)),
        ({"umin": 0, "umaks": 999}, ()),
        ({}, ()),
    ],
)
def test_restrictions_are_kept_apart(
    country: Country, row: dict[str, Any], restrictions: tuple[str, ...]
) -> None:
    record = vacancy(country, ASKED, row)
    assert record.restrictions == restrictions
    rest = {f.name: getattr(record, f.name) for f in fields(record) if f.name != "restrictions"}
    plain = vacancy(country, {}, {})
    assert rest == {f.name: getattr(plain, f.name) for f in fields(plain) if f.name != "restrictions"}


# -- contact data ------------------------------------------------------------------------------------------

CONTACTS = [
    "sari.hrd@contoh.co.id",
    "0812-3456-7890",
    "+62 812 3456 7890",
    "3273010101900001",
    "wa.me/6281234567890",
]
TRACES = ("sari.hrd", "3456", "7890", "32730101", "6281234567890")
TEXT_FIELDS = ["title", "description", "qualifications", "job_benefits", "hiring_organization", "industry",
               "occupational_category", "job_location"]  # fmt: skip


@pytest.mark.parametrize("contact", CONTACTS)
@pytest.mark.parametrize("field", TEXT_FIELDS)
def test_contact_data_is_in_no_text_of_a_vacancy(country: Country, field: str, contact: str) -> None:
    made = reader(country, {"title": {"const": "Kasir"}, field: "k"} if field != "title" else {"title": "k"})
    record = made.record(1, {"k": f"Bandung, hubungi {contact} segera"})
    assert isinstance(record, Vacancy)
    assert not [t for t in TRACES if t in everything_said(record)]
    assert "Bandung" in str(getattr(record, field))
    assert "[" in str(getattr(record, field))
    assert made.repaired["contact_removed"] == 1


@pytest.mark.parametrize("contact", CONTACTS)
@pytest.mark.parametrize("field", ["skills", "fields_of_study"])
def test_contact_data_is_in_no_list(country: Country, field: str, contact: str) -> None:
    record = vacancy(country, {field: {"column": "k", "split": ";"}}, {"k": f"Excel; CV ke {contact}"})
    assert not [t for t in TRACES if t in everything_said(record)]
    assert getattr(record, field)[0] == "Excel"


@pytest.mark.parametrize("contact", CONTACTS)
@pytest.mark.parametrize(
    "field", ["headline", "description", "job_location", "skills", "languages", "credentials"]
)
def test_contact_data_is_in_no_text_of_a_person(country: Country, field: str, contact: str) -> None:
    rules = {"headline": {"const": "Kasir"}, field: "k"} if field != "headline" else {"headline": "k"}
    record = reader(country, rules, Kind.JOBSEEKER).record(1, {"k": f"Kasir {contact}"})
    assert isinstance(record, Jobseeker)
    assert not [t for t in TRACES if t in everything_said(record)]


@pytest.mark.parametrize("contact", CONTACTS)
def test_contact_data_is_in_no_spell_of_work_and_in_no_restriction(country: Country, contact: str) -> None:
    spell = {
        "title": f"Kasir {contact}",
        "employer": f"Toko {contact}",
        "description": f"Referensi: {contact}",
    }
    record = person(country, {"work": "w"}, {"w": [spell]})
    assert len(record.work) == 1
    assert not [t for t in TRACES if t in everything_said(record)]
    asked = vacancy(country, {"restrictions": {"physical": "f"}}, {"f": f"Sehat, {contact}"})
    assert not [t for t in TRACES if t in everything_said(asked)]


@pytest.mark.parametrize("identifier", ["3273010101900001", "sari@contoh.id", "081234567890"])
def test_a_number_that_names_a_person_is_no_identifier(country: Country, identifier: str) -> None:
    record = person(country, {"identifier": "no"}, {"no": identifier})
    assert record.identifier is None
    assert record.id == "uji:berkas#1"
    assert person(country, {"identifier": "no"}, {"no": "AK1-2026-00017"}).id == "uji:AK1-2026-00017"


@pytest.mark.parametrize("url", ["https://wa.me/6281234567890", "mailto:sari@contoh.id", "https://t.me/sari"])
def test_an_address_of_a_person_is_no_address_of_a_vacancy(country: Country, url: str) -> None:
    assert vacancy(country, {"url": "u"}, {"u": url}).url is None
    page = "https://contoh.id/lowongan/081234567890"
    assert vacancy(country, {"url": "u"}, {"u": page}).url == page


def test_a_rejection_shows_its_value_cut_and_without_contact_data(country: Country) -> None:
    rejected = reader(country, {"title": {"column": "t", "map": {}, "else": None}}).record(
        7, {"t": "Kasir, lamar ke sari@contoh.id " + "x" * 200}
    )
    assert isinstance(rejected, Rejected)
    assert (rejected.row, rejected.reason, rejected.column) == (7, "title is empty", "t")
    assert rejected.value is not None
    assert len(rejected.value) <= 80
    assert "sari@" not in rejected.value
    assert rejected.value.startswith("Kasir, lamar ke [email]")


# -- rejections --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title", [None, "", "  ", "-", "N/A", "null", "tidak ada", "<p></p>", "🔥🔥", "\u200b"]
)
def test_a_row_without_its_required_field_is_rejected_with_column_and_reason(
    country: Country, title: Any
) -> None:
    rejected = reader(country, {"title": {"first": ["Jabatan", "Posisi"]}}).record(3, {"Jabatan": title})
    assert isinstance(rejected, Rejected)
    assert (rejected.row, rejected.reason, rejected.column) == (3, "title is empty", "Jabatan, Posisi")


def test_a_person_of_whom_nothing_is_said_is_rejected(country: Country) -> None:
    made = reader(country, {"headline": "h", "education": "e"}, Kind.JOBSEEKER)
    rejected = made.record(1, {"h": None, "e": "SMA"})
    assert isinstance(rejected, Rejected)
    assert "nothing says what the person can do" in rejected.reason
    assert isinstance(made.record(2, {"h": "Kasir"}), Jobseeker)
    only_skills = reader(country, {"skills": "s"}, Kind.JOBSEEKER).record(1, {"s": ["las"]})
    assert isinstance(only_skills, Jobseeker)


@pytest.mark.parametrize(
    "cell",
    ["=HYPERLINK(\"http://x\")", "=cmd|' /C calc'!A0", "@SUM(A1:A9)", "+cmd|' /C calc'!A0", "-cmd|'x'!A0",
     "= IMPORTXML(A1)"],
)  # fmt: skip
@pytest.mark.parametrize("field", ["title", "description", "skills", "base_salary"])
def test_a_formula_is_rejected_and_never_kept(country: Country, field: str, cell: str) -> None:
    rules: dict[str, Any] = {"title": {"const": "Kasir"}} if field != "title" else {}
    rules[field] = {"text": "k"} if field == "base_salary" else "k"
    rejected = reader(country, rules).record(4, {"k": cell})
    assert isinstance(rejected, Rejected)
    assert (rejected.row, rejected.column) == (4, "k")
    assert "formula" in rejected.reason


@pytest.mark.parametrize(
    "cell", ["- Jujur", "+62 orang", "=", "@toko", "-", "= sama dengan", "+ bonus", "-5 derajat"]
)
def test_a_text_that_begins_like_a_formula_is_a_text(country: Country, cell: str) -> None:
    assert not isinstance(
        reader(country, {"title": {"const": "x"}, "description": "k"}).record(1, {"k": cell}), Rejected
    )


# -- counts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "number", "flag"),
    [
        (3, 3, None),
        ("3", 3, None),
        (3.0, 3, None),
        (" 12 orang", 12, None),
        ("1.000", 1_000, None),
        ("1,000", 1_000, None),
        ("10 000", 10_000, None),
        ("100.000", 100_000, None),
        (None, None, None),
        ("", None, None),
        ("-", None, None),
        ("N/A", None, None),
        (float("nan"), None, None),
        (0, None, "implausible"),
        (-1, None, "implausible"),
        (100_001, None, "implausible"),
        ("1.500.000", None, "implausible"),
        ("2,5", None, "implausible"),
        (1e30, None, "unreadable"),
        (float("inf"), None, "unreadable"),
        ("banyak", None, "unreadable"),
        ("kuota 3", None, "unreadable"),
        (True, None, "unreadable"),
    ],
)
def test_a_count_is_read_or_left_out_with_a_flag(
    country: Country, raw: Any, number: int | None, flag: str | None
) -> None:
    record = vacancy(country, {"total_job_openings": "k"}, {"k": raw})
    assert record.total_job_openings == number
    assert record.flags == ((f"total_job_openings:{flag}",) if flag else ())


def test_no_applicants_are_a_count_and_no_openings_are_none(country: Country) -> None:
    record = vacancy(country, {"applications": "a", "total_job_openings": "o"}, {"a": 0, "o": 0})
    assert (record.applications, record.total_job_openings) == (0, None)
    assert vacancy(country, {"applications": "a"}, {"a": "1.234.567"}).applications == 1_234_567


# -- dates -------------------------------------------------------------------------------------------------

DATES = {"date_posted": "d", "valid_through": "v"}


def test_dates_that_contradict_each_other_lose_the_later_one(country: Country) -> None:
    record = vacancy(country, DATES, {"d": "2026-05-02", "v": "2026-05-01"})
    assert (record.date_posted, record.valid_through) == (date(2026, 5, 2), None)
    assert record.flags == ("valid_through:before_date_posted",)
    same = vacancy(country, DATES, {"d": "2026-05-02", "v": "2026-05-02"})
    assert (same.valid_through, same.flags) == (date(2026, 5, 2), ())


def test_an_apprenticeship_that_ends_before_it_starts_loses_its_end(country: Country) -> None:
    made = reader(country, {"title": "t", "start_date": "a", "end_date": "b"}, Kind.APPRENTICESHIP)
    record: Any = made.record(1, {"t": "Teknisi", "a": "2026-07-01", "b": "2026-06-30"})
    assert (record.start_date, record.end_date) == (date(2026, 7, 1), None)
    assert record.flags == ("end_date:before_start_date",)


def test_a_run_that_ends_before_it_starts_loses_its_end(country: Country) -> None:
    made = reader(country, {"name": "n", "runs": {"start": "a", "end": "b", "seats": "s"}}, Kind.PROGRAMME)
    record = made.record(1, {"n": "Las", "a": "2026-07-01", "b": "2026-06-30", "s": 0})
    assert isinstance(record, Programme)
    assert (record.runs[0].start_date, record.runs[0].end_date, record.runs[0].seats) == (
        date(2026, 7, 1),
        None,
        None,
    )
    assert record.flags == ("runs:ends_before_start",)


def test_a_relative_date_needs_to_know_today(country: Country) -> None:
    assert vacancy(country, DATES, {"d": "3 hari lalu"}).date_posted == date(2026, 6, 27)
    unknown = vacancy(country, DATES, {"d": "3 hari lalu"}, today=None)
    assert unknown.date_posted is None
    assert unknown.flags


def test_a_date_that_is_none_is_flagged_and_an_empty_one_is_not(country: Country) -> None:
    garbage = vacancy(country, DATES, {"d": "segera"})
    assert garbage.date_posted is None
    assert any(f.startswith("date_posted:") for f in garbage.flags)
    assert vacancy(country, DATES, {"d": "-", "v": None}).flags == ()


# -- education ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("SMA/SMK sederajat", ("SMA", "SMK")),
        ("SMA atau SMK", ("SMA", "SMK")),
        ("min. D3", ("D3",)),
        ("D3/S1", ("D3", "S1")),
        ("S1 Akuntansi", ("S1",)),
        ("S-1", ("S1",)),
        ("Sarjana (S1)", ("S1",)),
        ("D-IV atau S1", ("D4", "S1")),
        ("Diploma 3", ("D3",)),
        ("Magister", ("S2",)),
        ("SD", ("SD",)),
        ("tidak tamat SD", ("TTSD",)),
        ("Belum tamat SD/sederajat", ("TTSD",)),
        ("S1 Terapan", ("D4",)),
        ("SLTA/SMK", ("SMA", "SMK")),
        ("D4/S1", ("D4", "S1")),
        ("SMP / SLTP", ("SMP",)),
        ("Bachelor's degree in law", ("S1",)),
        ("High school diploma", ("SMA",)),
        ("PhD", ("S3",)),
        ("MA", ("SMA",)),
        (["S1", "D3"], ("D3", "S1")),
        ("S15", ()),
        ("jurusan apa saja", ()),
        ("", ()),
        (None, ()),
        ("-", ()),
    ],
)
def test_education_is_all_levels_that_are_named_lowest_first(
    country: Country, text: Any, codes: tuple[str, ...]
) -> None:
    record = vacancy(country, {"education_requirements": "p"}, {"p": text})
    assert record.education_requirements == codes
    doubted = text in ("S15", "jurusan apa saja")
    assert record.flags == (("education:unreadable",) if doubted else ())


def test_every_spelling_of_the_table_is_found_at_its_level(country: Country) -> None:
    education = country.education
    spellings = [
        (level.code, text) for level in education.levels for text in (*level.aliases, *level.aliases_exact)
    ]
    assert len(spellings) > 400
    # "S1 profesi" is read as the S1 that it also names
    lost = [text for code, text in spellings if code not in education.parse(text) and "profesi" not in text]
    assert not lost


def test_of_a_person_the_highest_level_counts(country: Country) -> None:
    assert person(country, {"education": "p"}, {"p": "SMK lalu D3 Teknik"}).education == "D3"
    assert person(country, {"education": "p"}, {"p": None}).education is None


def test_levels_have_an_order_and_two_share_a_rank(country: Country) -> None:
    education = country.education
    ranks = [education.rank(code) for code in ("SD", "SMP", "SMA", "D1", "D2", "D3", "S1", "S2", "S3")]
    assert all(a is not None and b is not None and a < b for a, b in pairwise(ranks))
    assert education.rank("SMA") == education.rank("SMK")
    assert education.rank(None) is None
    assert (education.lowest(["S1", "SMP", "D3"]), education.highest(["S1", "SMP", "D3"])) == ("SMP", "S1")
    assert (education.lowest([]), education.highest(["x"])) == (None, None)


# -- experience --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("1-3 tahun", (12, 36)),
        ("1 – 3 Tahun", (12, 36)),
        ("1 sampai 3 tahun", (12, 36)),
        ("2 s/d 4 thn", (24, 48)),
        ("1 s.d. 3 tahun", (12, 36)),
        ("2 to 4 years", (24, 48)),
        ("6 bulan - 1 tahun", (6, 12)),
        ("1 (satu) sampai dengan 3 (tiga) tahun", (12, 36)),
        ("0-1 tahun", (0, 12)),
        ("min. 6 bulan", (6, None)),
        ("Minimal 2 (dua) tahun", (24, None)),
        ("1,5 tahun", (18, None)),
        ("1.5 years", (18, None)),
        ("3+ years", (36, None)),
        ("> 5 tahun", (60, None)),
        ("lebih dari 10 tahun", (120, None)),
        ("1 tahun 6 bulan", (18, None)),
        ("pengalaman 1th", (12, None)),
        ("18 months", (18, None)),
        # at most
        ("less than 1 year", (0, 12)),
        ("kurang dari 1 tahun", (0, 12)),
        ("kurang dari 10 tahun", (0, 120)),
        ("maks. 2 tahun", (0, 24)),
        ("maksimal 6 bulan", (0, 6)),
        # none
        ("fresh graduate", (0, None)),
        ("Fresh Graduates welcome, 1 tahun lebih disukai", (0, None)),
        ("tanpa pengalaman", (0, None)),
        ("tidak perlu pengalaman", (0, None)),
        ("pengalaman tidak diutamakan tapi 1 tahun", (12, None)),
        ("No experience needed", (0, None)),
        # an age is no experience
        ("Usia minimal 18 tahun, pengalaman 1 tahun", (12, None)),
        ("usia 18-25 tahun berpengalaman 2 tahun", (24, None)),
        ("Umur maks. 35 tahun", (None, None)),
        ("aged 20-25 years with 1 year experience", (12, None)),
        ("usia produktif, pengalaman 1 tahun", (12, None)),
        # nothing
        ("berpengalaman", (None, None)),
        ("100 tahun", (None, None)),
        ("sejak tahun 2010", (None, None)),
        ("", (None, None)),
    ],
)
def test_experience_is_read_in_months(text: str, months: tuple[float | None, float | None]) -> None:
    assert parse_experience(text) == months


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["tahun", "thn", "years", "bulan", "months"]))
def test_any_range_of_experience_is_read_by_its_unit(low: int, high: int, unit: str) -> None:
    factor = 1 if unit in ("bulan", "months") else 12
    assert parse_experience(f"pengalaman {low} - {high} {unit}") == (low * factor, high * factor)
    assert parse_experience(f"min {low} {unit}") == (low * factor, None)


@given(st.text(max_size=80))
def test_no_text_about_experience_raises(text: str) -> None:
    low, high = parse_experience(text)
    assert low is None or low >= 0
    assert high is None or low is not None


def test_implausible_experience_is_left_out(country: Country) -> None:
    record = vacancy(country, {"experience": {"min": "a"}}, {"a": 51})
    assert (record.experience_months_min, record.flags) == (None, ("experience:implausible",))
    assert vacancy(country, {"experience": {"min": "a"}}, {"a": 50}).experience_months_min == 600
    assert vacancy(country, {"experience": {"min": "a"}}, {"a": -1}).experience_months_min is None


def test_education_and_experience_are_taken_from_the_text_only_where_no_column_says_them(
    country: Country,
) -> None:
    text = "Tentang toko.\nPendidikan minimal SMK\nUsia maksimal 30 tahun\nPengalaman minimal 1 tahun di toko"
    found = vacancy(country, {"qualifications": "q"}, {"q": text})
    assert found.education_requirements == ("SMK",)
    assert (found.experience_months_min, found.experience_months_max) == (12, None)
    assert set(found.flags) == {"education_requirements:from_text", "experience:from_text"}
    rules = {"qualifications": "q", "education_requirements": "p", "experience": {"min": "e"}}
    said = vacancy(country, rules, {"q": text, "p": "S1", "e": 3})
    assert (said.education_requirements, said.experience_months_min, said.flags) == (("S1",), 36, ())


@pytest.mark.parametrize(
    "text", ["Usia minimal 18 tahun", "Perusahaan berdiri 20 tahun", "Kontrak 1 tahun", "Lulusan terbaik", ""]
)
def test_a_text_that_asks_for_no_experience_gives_none(country: Country, text: str) -> None:
    record = vacancy(country, {"description": "d"}, {"d": text})
    assert (record.experience_months_min, record.education_requirements, record.flags) == (None, (), ())


# -- work --------------------------------------------------------------------------------------------------


def months(
    country: Country, *spells: tuple[str | None, str | None], today: date | None = TODAY, **more: Any
) -> int | None:
    work = [
        {"title": "Kasir", "start": a, "end": b, **({"current": True} if b is None else {})}
        for a, b in spells
    ]
    rules = {"work": "w", **{name: name for name in more}}
    return person(country, rules, {"w": work, **more}, today=today).experience_months


def test_months_of_work_are_the_union_of_the_spells(country: Country) -> None:
    assert months(country, ("2020-01", "2020-12")) == 12, "both months count"
    assert months(country, ("2020-01", "2020-01")) == 1
    assert months(country, ("2020-01", "2020-12"), ("2022-01", "2022-06")) == 18
    assert months(country, ("2020-01", "2020-12"), ("2020-07", "2021-06")) == 18, "what overlaps counts once"
    assert months(country, ("2020-01", "2021-12"), ("2020-03", "2020-06")) == 24
    assert months(country, ("2022-01", "2022-06"), ("2020-01", "2020-12")) == 18, "in any order"
    assert months(country) is None


def test_bare_years_count_their_difference_and_half_a_year_within_one(country: Country) -> None:
    assert months(country, ("2018", "2020")) == 24
    assert months(country, ("2018", "2018")) == 6


def test_work_that_goes_on_counts_to_the_registration_else_to_today(country: Country) -> None:
    assert months(country, ("2026-01", None)) == 6
    assert months(country, ("2026-01", None), date_posted="2026-03-15") == 3
    assert months(country, ("2026-01", None), today=None) is None


def test_experience_that_is_stated_wins_over_what_is_counted(country: Country) -> None:
    rules = {"work": "w", "experience": {"min": "e"}}
    row = {"e": 5, "w": [{"title": "Kasir", "start": "2020-01", "end": "2020-12"}]}
    assert person(country, rules, row).experience_months == 60


def test_a_spell_keeps_the_first_and_last_day_it_may_mean(country: Country) -> None:
    rows = [
        {"title": "Kasir", "employer": "Toko", "start": "2020", "end": "2021", "description": "Melayani"},
        {"title": "Admin", "start": "2024-02", "end": "2024-02"},
        {"title": "Supir", "start": "2025-05-17", "current": "ya", "end": "2099-01-01"},
        {"title": "Kuli", "start": "2020-05", "end": "2019-01"},
        {"title": "", "employer": None},
        "bukan objek",
    ]
    record = person(country, {"work": "w"}, {"w": rows})
    assert record.work == (
        WorkSpell(
            title="Kasir",
            employer="Toko",
            start=date(2020, 1, 1),
            end=date(2021, 12, 31),
            description="Melayani",
        ),
        WorkSpell(title="Admin", start=date(2024, 2, 1), end=date(2024, 2, 29)),
        WorkSpell(title="Supir", start=date(2025, 5, 17), current=True),
        WorkSpell(title="Kuli", start=date(2020, 5, 1)),
    )
    assert set(record.flags) >= {"work:ends_before_start", "work:unreadable"}


# -- other fields ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "codes"),
    [
        ("Full time", ("FULL_TIME",)),
        ("FULL_TIME", ("FULL_TIME",)),
        ("Paruh waktu", ("PART_TIME",)),
        ("Pekerja harian lepas", ("PER_DIEM",)),
        ("PKWT", ("TEMPORARY",)),
        ("PKWTT", ("FULL_TIME",)),
        ("Kontrak", ("TEMPORARY",)),
        ("Contractor", ("CONTRACTOR",)),
        ("Magang", ("INTERN",)),
        ("Relawan", ("VOLUNTEER",)),
        (["Full-Time", "full time", "Magang"], ("FULL_TIME", "INTERN")),
        (None, ()),
        ("-", ()),
    ],
)
def test_employment_types_are_those_of_the_standard(
    country: Country, raw: Any, codes: tuple[str, ...]
) -> None:
    record = vacancy(country, {"employment_type": "j"}, {"j": raw})
    assert (record.employment_type, record.flags) == (codes, ())


def test_an_unknown_employment_type_is_flagged_and_left_out(country: Country) -> None:
    record = vacancy(country, {"employment_type": "j"}, {"j": "xyz"})
    assert (record.employment_type, record.flags) == ((), ("employment_type:unknown",))


def test_a_list_keeps_each_item_once_and_counts_what_was_repeated(country: Country) -> None:
    made = reader(country, {"title": {"const": "x"}, "skills": "k"})
    record = made.record(1, {"k": ["Excel", " excel ", {"name": "Las"}, {"label": "Las"}, None, "-", "N/A"]})
    assert isinstance(record, Vacancy)
    assert record.skills == ("Excel", "Las")
    assert made.repaired["repeated_list_item"] == 2


@pytest.mark.parametrize(
    ("where", "province", "regency", "regions"),
    [
        ("Kota Bandung", "32", "32.73", ()),
        ("Bandung", "32", None, ()),
        (["Kota Bandung", "Kota Surabaya"], None, None, ("32.73", "35.78")),
        (["Kota Bandung", "Kota Bandung"], "32", "32.73", ()),
        (["Kota Bandung", "Kota Bogor"], "32", None, ("32.73", "32.71")),
        ("-", None, None, ()),
        (None, None, None, ()),
    ],
)
def test_a_place_is_one_or_several(
    country: Country, where: Any, province: str | None, regency: str | None, regions: tuple[str, ...]
) -> None:
    record = vacancy(country, {"job_location": "l"}, {"l": where})
    assert (record.province, record.regency, record.regions) == (province, regency, regions)


def test_a_doubtful_place_is_flagged(country: Country) -> None:
    assert "job_location:ambiguous" in vacancy(country, {"job_location": "l"}, {"l": "Bandung"}).flags


def test_repairs_and_flags_are_counted_by_kind(country: Country) -> None:
    made = reader(country, {"title": "t", "description": "d", "total_job_openings": "n"})
    made.record(1, {"t": "Kasir", "d": "<p>Satu</p>", "n": "x"})
    made.record(2, {"t": "Kasir", "d": "<p>Dua\u00a0tiga</p>", "n": "y"})
    made.record(3, {"t": None, "d": "<p>Tiga</p>"})
    assert made.repaired == {"html": 2, "nbsp": 1}
    assert made.flagged == {"total_job_openings:unreadable": 2}


def test_the_language_is_of_title_and_text(country: Country) -> None:
    assert (
        vacancy(country, {"description": "d"}, {"d": "Kami mencari staf yang jujur dan teliti"}).language
        == "id"
    )
    assert (
        vacancy(country, {"description": "d"}, {"d": "We are looking for staff with experience"}).language
        == "en"
    )


_cells = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.lists(
        st.one_of(
            st.text(max_size=8),
            st.integers(),
            st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
        ),
        max_size=3,
    ),
    st.dictionaries(
        st.sampled_from(["name", "title", "x"]), st.one_of(st.none(), st.text(max_size=8)), max_size=2
    ),
    st.dates(),
)
_ALL = {
    "title": "a", "description": "b", "skills": "c", "employment_type": "d", "date_posted": "e",
    "valid_through": "f", "total_job_openings": "g", "education_requirements": "h",
    "experience": {"min": "i", "max": "j"}, "job_location": "p", "identifier": "t", "url": "u",
    "base_salary": {"min": "k", "max": "l", "currency": "m", "period": "n", "shown": "o"},
    "restrictions": {"sex": "q", "age_max": "r", "physical": "s"}, "qualifications": "v",
}  # fmt: skip


@given(st.dictionaries(st.sampled_from("abcdefghijklmnopqrstuv"), _cells, max_size=22))
def test_whatever_stands_in_the_cells_a_row_is_a_record_or_a_rejection(row: dict[str, Any]) -> None:
    record = reader(load(), _ALL).record(1, row)
    if isinstance(record, Rejected):
        assert record.reason
        return
    assert isinstance(record, Vacancy)
    assert record.title.strip() == record.title != ""
    for field in fields(record):
        value = getattr(record, field.name)
        assert value != ""
        assert not (isinstance(value, tuple) and "" in value)
    assert record.total_job_openings is None or 1 <= record.total_job_openings <= 100_000
    if record.date_posted and record.valid_through:
        assert record.valid_through >= record.date_posted
    if record.experience_months_min is not None and record.experience_months_max is not None:
        assert record.experience_months_min <= record.experience_months_max


_WORK = {"headline": "a", "work": "b", "education": "c", "experience": {"text": "d"}, "languages": "e"}


@given(st.dictionaries(st.sampled_from("abcde"), _cells, max_size=5))
def test_whatever_is_said_of_a_person_is_a_record_or_a_rejection(row: dict[str, Any]) -> None:
    record = reader(load(), _WORK, Kind.JOBSEEKER).record(1, row)
    assert isinstance(record, Jobseeker | Rejected)
