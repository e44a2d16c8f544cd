"""Clauses of vacancy and CV text: where they end, what they are, what their words govern, their phrases."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.linking.clauses import Clause, clauses, fold_same_length, parts

#: what real text is made of, and what breaks readers of it
PIECES = st.sampled_from(
    [
        "Menguasai Excel", "SIM A", "tidak wajib", "diutamakan", "tanpa", "not required", "a plus", "dan",
        ",", ", dan ", "(", ")", ":", ";", ".", ". ", "...", "\n", "\n\n", "\r\n", "- ", "• ", "1. ", "2) ",
        "3.",
        "Kualifikasi:", "Nice to have:", "Benefit", "Tentang kami", "AkuntansiMampu",
        "min. 2 tahun", "S.Kom",
        "https://contoh.id/a.b?c=d", "😀", "\u200f\u202e", "\x00", "漢字", "İ", " ", "   ", "/", "&", "e.g. ",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200)


def cut(text: str) -> list[str]:
    return [text[c.start : c.end] for c in clauses(text)]


def kinds(text: str) -> dict[str, str]:
    return {text[c.start : c.end]: c.kind for c in clauses(text)}


def spans(text: str, name: str) -> list[str]:
    return [text[a:b].strip(" ,:(") for c in clauses(text) for a, b in getattr(c, name)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bisa las. Jujur", ["Bisa las", "Jujur"]),
        ("bisa las; jujur", ["bisa las", "jujur"]),
        ("- bisa las\n- jujur", ["bisa las", "jujur"]),
        ("• Bisa las • Jujur", ["Bisa las", "Jujur"]),
        ("* Bisa las\r\n* Jujur", ["Bisa las", "Jujur"]),
        ("- Bisa las - Jujur", ["Bisa las", "Jujur"]),
        ("1. Bisa las 2. Jujur 3. Rapi", ["Bisa las", "Jujur", "Rapi"]),
        ("1) bisa las 2) jujur", ["bisa las", "jujur"]),
        ("Penampilan baik2. Mampu mengelas", ["Penampilan baik2", "Mampu mengelas"]),
        ("Lulusan AkuntansiMampu membuat laporan", ["Lulusan Akuntansi", "Mampu membuat laporan"]),
        ("Lulusan SMK.Bersedia lembur", ["Lulusan SMK.", "Bersedia lembur"]),
        ("Penempatan di Bantul.Dengan mess", ["Penempatan di Bantul", "Dengan mess"]),
        ("Domisili BogorMelayani tamu", ["Domisili Bogor", "Melayani tamu"]),
        ("Jujur! Rajin? Ya", ["Jujur", "Rajin", "Ya"]),
        ("Gaji 4.500.000, usia 35. Jujur", ["Gaji 4.500.000, usia 35", "Jujur"]),
        ("Memiliki SIM A. Mampu mengelas", ["Memiliki SIM A", "Mampu mengelas"]),
        ("Bisa Excel dll. Mampu mengelas", ["Bisa Excel dll", "Mampu mengelas"]),
    ],
)
def test_text_is_cut_where_a_demand_ends(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Menguasai Ms. Excel dan Ms. Word",
        "Lulusan S.Kom dari Univ. Nusantara",
        "Pengalaman min. 2 tahun di bidang pajak",
        "Usia maks. 30 tahun",
        "Kirim ke Jl. Mawar No. 5",
        "IPK 3.25 dari skala 4.0",
        "Lihat https://contoh.id/loker.html?x=1.2",
        "Bisa Node.Js dan ASP.Net",
        "Bisa JavaScript, PowerPoint dan MySQL",
        "Alat e.g. bor",
        "Bahasa Inggris - aktif",
        "SIM A, B1 dan C",
    ],
)
def test_a_stop_inside_a_demand_cuts_nothing(text: str) -> None:
    assert cut(text) == [text]


def test_a_heading_holds_until_the_next_one() -> None:
    lines = ["Kualifikasi:", "Bisa las", "Nice to have:", "Bisa bubut", "Benefit", "Makan siang"]
    text = "\n".join([*lines, "Tanggung Jawab :", "Mengelas pagar"])
    assert kinds(text) == {
        "Kualifikasi:": "heading",
        "Bisa las": "required",
        "Nice to have:": "heading",
        "Bisa bubut": "wish",
        "Benefit": "heading",
        "Makan siang": "company",
        "Tanggung Jawab :": "heading",
        "Mengelas pagar": "required",
    }


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Kualifikasi Umum", "required"),
        ("Minimum Qualifications:", "required"),
        ("Uraian Pekerjaan & Tanggung Jawab:", "required"),
        ("What you'll do", "required"),
        ("What you’ll do", "required"),
        ("Diutamakan:", "wish"),
        ("Bonus points", "wish"),
        ("Tentang Kami", "company"),
        ("Fasilitas yang diberikan:", "company"),
        ("Why join us", "company"),
        ("Waktu Bekerja :", "company"),
    ],
)
def test_headings_are_known_with_the_words_that_stand_beside_them(heading: str, kind: str) -> None:
    found = clauses(f"{heading}\nMengelas pagar")
    assert [c.kind for c in found] == ["heading", kind]


def test_a_blank_block_ends_a_section() -> None:
    text = "Benefit:\n- Makan siang\n- Mess\n\nMampu mengelas\nMampu membubut"
    assert kinds(text)["Mess"] == "company"
    assert kinds(text)["Mampu mengelas"] == "required"


def test_blank_lines_between_all_lines_end_no_section() -> None:
    text = "Nice to have:\n\nBisa las\n\nBisa bubut\n\nKualifikasi:\n\nJujur"
    assert [c.kind for c in clauses(text)] == ["heading", "wish", "wish", "heading", "required"]


def test_a_heading_with_its_text_on_the_line_holds_for_that_line() -> None:
    assert kinds("Fasilitas: mess dan makan\nBisa las") == {
        "Fasilitas:": "heading",
        "mess dan makan": "company",
        "Bisa las": "required",
    }


def test_a_heading_is_found_inside_a_line() -> None:
    assert kinds("Menata barang di toko Benefit : uang makan")["uang makan"] == "company"


@pytest.mark.parametrize(
    "line",
    [
        "PT Baja Contoh bergerak di bidang konstruksi",
        "Toko Contoh adalah perusahaan mebel",
        "We are an equal opportunity employer regardless of religion, sex or disability",
        "Kesempatan kerja yang setara tanpa memandang agama dan suku",
        "BPJS Kesehatan dan Ketenagakerjaan",
        "Mendapatkan uang makan",
        "Tunjangan bahasa",
        "Kirim CV ke alamat kantor",
        "Competitive salary and bonus",
    ],
)
def test_text_about_the_employer_is_no_demand(line: str) -> None:
    assert [c.kind for c in clauses(line)] == ["company"]


@pytest.mark.parametrize(
    "line",
    [
        "Mengelola BPJS karyawan",
        "Menghitung tunjangan dan gaji karyawan",
        "Pengalaman di perusahaan yang bergerak di bidang logistik",
        "PT Baja Contoh membutuhkan juru las",
        "Merawat fasilitas kantor",
    ],
)
def test_work_with_benefits_or_in_a_kind_of_company_is_a_demand(line: str) -> None:
    assert [c.kind for c in clauses(line)] == ["required"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SIM A tidak wajib", ["SIM A"]),
        ("tidak wajib SIM A", ["tidak wajib SIM A"]),
        ("SQL not required", ["SQL"]),
        ("not required: SQL", ["not required: SQL"]),
        ("SQL is not required for this role", ["SQL is"]),
        ("Excel wajib, tidak perlu SQL", ["tidak perlu SQL"]),
        ("tidak perlu SQL, wajib Excel", ["tidak perlu SQL"]),
        ("tidak perlu SQL, Word dan Excel", ["tidak perlu SQL, Word dan Excel"]),
        ("Menguasai Excel, SQL tidak wajib", ["SQL"]),
        ("Word (tidak wajib), Excel", ["Word"]),
        ("tidak wajib SIM A tetapi wajib SIM C", ["tidak wajib SIM A"]),
        ("tanpa pengalaman memasak dan jujur", ["tanpa pengalaman memasak"]),
        ("no coding required", ["no coding"]),
        ("bukan hanya Excel", []),
        ("bekerja tanpa pengawasan", []),
        ("wajib SIM A", []),
    ],
)
def test_a_word_takes_back_only_its_own_part(text: str, expected: list[str]) -> None:
    assert spans(text, "refused") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("diutamakan bisa las", ["diutamakan bisa las"]),
        ("bisa las, diutamakan bisa bubut", ["diutamakan bisa bubut"]),
        ("Menguasai Excel, bahasa Inggris menjadi nilai tambah", ["bahasa Inggris menjadi"]),
        ("Excel, Word dan SQL are a plus", ["Excel, Word dan SQL are"]),
        ("Alat (bor, las, bubut) is a plus", ["Alat (bor, las, bubut) is"]),
        ("nilai tambah jika menguasai SQL", ["nilai tambah jika menguasai SQL"]),
        ("SQL preferred but not required", ["SQL"]),
    ],
)
def test_a_wish_governs_what_stands_before_or_behind_it(text: str, expected: list[str]) -> None:
    assert spans(text, "wished") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "mampu mengoperasikan Excel, Word dan forklift",
            ["mengoperasikan Excel", "mengoperasikan Word", "mengoperasikan forklift"],
        ),
        ("mengelola toko dan membuat laporan", ["mengelola toko", "membuat laporan"]),
        ("memiliki kemampuan komunikasi yang baik dan jujur", ["komunikasi yang baik", "jujur"]),
        ("diutamakan yang menguasai bahasa Inggris", ["bahasa Inggris"]),
        ("able to operate lathes and presses", ["operate lathes", "operate presses"]),
        ("strong knowledge of Python, SQL and AWS", ["Python", "SQL", "AWS"]),
        ("minimal 2 tahun pengalaman di bidang perpajakan", ["perpajakan"]),
        ("at least 3 years of experience in welding", ["welding"]),
        ("bersedia bekerja shift", ["bersedia bekerja shift"]),
        ("keselamatan dan kesehatan kerja", ["keselamatan dan kesehatan kerja"]),
        ("Microsoft Office (Word, Excel)", ["Microsoft Office", "Word", "Excel"]),
        ("HTML/CSS, UI/UX dan S1/D4", ["HTML", "CSS", "UI/UX", "S1/D4"]),
        ("Excel\nExcel", ["Excel"]),
        ("Kualifikasi:\nBisa las\nBenefit:\nMess", ["las"]),
        ("tidak perlu SQL", ["tidak perlu SQL"]),
        ("Excel", ["Excel"]),
        ("dan", ["dan"]),
        ("((((", ["(((("]),
        ("", []),
        (" \n ", []),
    ],
)  # fmt: skip
def test_parts_are_the_demands_without_what_every_demand_says(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


@given(TEXTS)
def test_clauses_lie_in_the_text_in_order_and_are_never_empty(text: str) -> None:
    last = 0
    for clause in clauses(text):
        assert last <= clause.start < clause.end <= len(text)
        assert any(c.isalnum() for c in fold_same_length(text[clause.start : clause.end])) or "&" in text
        for first, stop in (*clause.refused, *clause.wished):
            assert clause.start <= first < stop <= clause.end
        last = clause.end


@given(TEXTS)
def test_parts_are_few_and_short_and_the_same_each_time(text: str) -> None:
    found = parts(text)
    assert len(found) <= 12
    assert bool(found) == bool(text.strip())
    assert all(0 < len(p) <= 160 and p == p.strip() for p in found)
    assert parts(text) == found


@given(st.text(max_size=200))
def test_folding_keeps_every_place(text: str) -> None:
    assert len(fold_same_length(text)) == len(text)


@pytest.mark.parametrize(
    "piece",
    ["a", "a&", ". ", "((((((", "1. ", "- ", "\n", " ", "tidak perlu ", "tidak wajib dan ", "diutamakan, ",
     ":", "Kualifikasi:", "aMemiliki", "for ", "tanpa ( ", "memiliki ", "😀", "\u202e\u0645 ",
     "\x00", "…", "e.g."],
)  # fmt: skip
def test_half_a_megabyte_is_cut_in_bounded_time(piece: str) -> None:
    text = piece * (500_000 // len(piece))
    begin = process_time()
    clauses(text)
    parts(text)
    assert process_time() - begin < 6


def test_a_clause_is_a_value() -> None:
    assert clauses("Bisa las") == [Clause(0, 8, "required")]
