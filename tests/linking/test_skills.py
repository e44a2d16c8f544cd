"""Skills in running text: spans, the longest name, wishes, what is taken back, what is no skill line."""

from __future__ import annotations

from time import process_time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.linking import FoundSkill, SkillFinder
from padan.linking.skills import UnitCode, unit_codes
from padan.taxonomy import Library, Scheme, SchemeInfo
from padan.taxonomy.scheme import CONCEPTS


@pytest.fixture(scope="module")
def finder(skill_scheme: Scheme) -> SkillFinder:
    """Finds the dozen skills of `skill_scheme`."""
    return SkillFinder(skill_scheme)


@pytest.fixture(scope="module")
def starter_finder(library: Library) -> SkillFinder:
    """Finds the skills of the starter pack."""
    return SkillFinder(library.get("skill"))


def scheme_of(name: str, rows: dict[str, list[str]]) -> Scheme:
    """A scheme of a few skills: id -> Indonesian names, the first of them the label."""
    columns = {
        "id": list(rows),
        "label_id": [own[0] for own in rows.values()],
        "alt_id": [own[1:] for own in rows.values()],
    }
    table = pa.Table.from_pydict(columns, schema=pa.schema([f for f in CONCEPTS if f.name in columns]))
    return Scheme(SchemeInfo(name, "test", "tests", "none", len(rows), 0), table)


def names(found: tuple[FoundSkill, ...]) -> list[str]:
    return [f.skill for f in found]


def cut(text: str, found: tuple[FoundSkill, ...]) -> dict[str, str]:
    return {f.skill: text[f.start : f.end] for f in found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Menguasai Ms. Excel dan SQL", {"excel": "Ms. Excel", "sql": "SQL"}),
        ("mampu mengoperasikan mesin forklift", {"forklift": "mengoperasikan mesin forklift"}),
        ("Pandai mengelas", {"weld": "mengelas"}),
        ("ÀÉÎÕÜ ñandú — excel", {"excel": "excel"}),
        ("👷🏽‍♂️🔥 jago EXCEL 👍 dan SIM A", {"excel": "EXCEL", "sim-a": "SIM A"}),
        ("Buat Crème Brûlée enak", {"creme": "Buat Crème Brûlée"}),
        ("ﬁnance İstanbul ẞ Excel", {"excel": "Excel"}),
    ],
)
def test_a_span_points_to_the_words_that_were_found(
    finder: SkillFinder, text: str, expected: dict[str, str]
) -> None:
    assert cut(text, finder.find(text)) == expected


@given(
    before=st.text(alphabet="éÀßİﬁ½👍🏽\u200d漢яş ,-", max_size=25),
    skill=st.sampled_from(["SQL", "excel", "SIM A", "C++", "crème brûlée"]),
    after=st.text(alphabet="éß👍漢 ,-", max_size=10),
)
def test_spans_survive_any_text_around(finder: SkillFinder, before: str, skill: str, after: str) -> None:
    text = f"{before} {skill} {after}"
    assert list(cut(text, finder.find(text)).values()) == [skill]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bisa memasak nasi goreng", ["cook-rice"]),
        ("bisa memasak nasi", ["cook"]),
        ("las TIG", ["weld-tig"]),
        ("tukang las", ["weld"]),
        ("memasak nasi goreng dan memasak", ["cook-rice", "cook"]),
        ("Microsoft Excel, Microsoft Word", ["excel", "word"]),
        ("C++", ["cpp"]),
    ],
)
def test_the_longest_name_takes_its_words(finder: SkillFinder, text: str, expected: list[str]) -> None:
    assert names(finder.find(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tidak perlu SIM A", []),
        ("tanpa pengalaman memasak", []),
        ("SQL not required", []),
        ("not required: SQL", []),
        ("Menguasai Excel, tidak perlu SQL", ["excel"]),
        ("Tidak perlu SIM A\nMenguasai Excel", ["excel"]),
        ("Bisa memasak. Tidak wajib punya SIM A. Menguasai SQL", ["cook", "sql"]),
        ("SIM A\ntidak perlu SIM A", []),
    ],
)
def test_what_is_taken_back_is_no_skill(finder: SkillFinder, text: str, expected: list[str]) -> None:
    assert names(finder.find(text)) == expected


@pytest.mark.parametrize("letters", ["İ" * 12, "ﬁ" * 12, "ẞ" * 12, "👍🏽" * 6, "é" * 12])
def test_letters_that_grow_in_lower_case_hide_no_negation(finder: SkillFinder, letters: str) -> None:
    assert finder.find(f"{letters} tanpa excel") == ()


def test_no_experience_of_driving_asks_for_no_driving(starter_finder: SkillFinder) -> None:
    asked = names(starter_finder.find("Bisa mengemudi"))
    assert asked
    assert not set(asked) & set(names(starter_finder.find("tidak perlu bisa mengemudi")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tidak wajib bisa bahasa Inggris", []),
        ("bahasa Inggris tidak wajib", []),
        ("bahasa Inggris tidak diwajibkan, wajib bisa bahasa Jepang", ["japanese"]),
        ("Tidak wajib memiliki SIM A, tetapi wajib memiliki SIM C", ["driving-licence-c"]),
        ("Menguasai Microsoft Excel, bahasa Inggris tidak wajib", ["use-microsoft-excel"]),
        ("Microsoft Excel is not required for this role", []),
        ("You do not need to know Microsoft Excel", []),
        ("No coding required", []),
        ("tanpa pengalaman tidak masalah", []),
        ("tanpa pengalaman memasak, jujur", ["honesty-and-integrity"]),
        ("bukan hanya Microsoft Excel tetapi juga SQL", ["use-microsoft-excel", "sql"]),
        ("SIM A (tidak wajib), SIM C", ["driving-licence-c"]),
    ],
)
def test_a_refusal_reaches_no_further_than_its_part(
    starter_finder: SkillFinder, text: str, expected: list[str]
) -> None:
    assert names(starter_finder.find(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SIM A/C", {"a": "SIM A", "c": "C"}),
        ("Wajib SIM A, B1 dan C", {"a": "SIM A", "b1": "B1", "c": "C"}),
        ("SIM B1 umum", {"b1": "SIM B1 umum"}),
        ("SIM A & C aktif", {"a": "SIM A", "c": "C"}),
        ("SIM A&C", {"a": "SIM A", "c": "C"}),
        ("sim a dan sim c", {"a": "sim a", "c": "sim c"}),
        ("SIM B II / BI", {"b2": "SIM B II", "b1": "BI"}),
        ("SIM A atau D", {"a": "SIM A", "d": "D"}),
        ("kartu SIM", {}),
        ("vitamin A/C", {}),
    ],
)
def test_a_list_of_licences_gives_each_with_its_own_span(
    starter_finder: SkillFinder, text: str, expected: dict[str, str]
) -> None:
    found = cut(text, starter_finder.find(text))
    ours = {k.removeprefix("driving-licence-"): v for k, v in found.items() if k.startswith("driving-")}
    assert {k: v.removeprefix("Wajib ") for k, v in ours.items()} == expected


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("sertifikat K3 Umum", "general-occupational-safety-expert-certificate"),
        ("Ahli K3", "general-occupational-safety-expert-certificate"),
        ("AK3U", "general-occupational-safety-expert-certificate"),
        ("Ahli K3 Kimia", "chemical-safety-expert-certificate"),
        ("sertifikasi BNSP", "competence-certificate-of-the-national-certification-body"),
        ("STR perawat aktif", "registered-health-worker-certificate"),
        ("Brevet A & B", "tax-certificate-brevet-a-and-b"),
        ("Brevet A/B/C", "tax-certificate-brevet-a-and-b"),
        ("ServSafe", "food-handler-certificate"),
        ("HACCP", "food-safety-haccp"),
        ("CHRP", "human-resources-professional-certificate"),
        ("SIO forklift", "forklift-licence"),
        ("Gada Pratama", "security-guard-basic-certificate-gada-pratama"),
    ],
)
def test_certificates_are_found_by_the_names_that_vacancies_use(
    starter_finder: SkillFinder, text: str, skill: str
) -> None:
    found = starter_finder.find(text)
    assert names(found) == [skill]
    assert found[0].level is None


def test_two_certificates_of_a_list_are_two_where_the_scheme_has_two() -> None:
    finder = SkillFinder(scheme_of("skill", {"brevet-a": ["Brevet A"], "brevet-b": ["Brevet B"]}))
    text = "memiliki Brevet A & B"
    assert cut(text, finder.find(text)) == {"brevet-a": "Brevet A", "brevet-b": "B"}


@pytest.mark.parametrize(
    ("text", "skill", "level"),
    [
        ("bahasa Jepang minimal N3", "japanese", "N3"),
        ("JLPT N2", "japanese", "N2"),
        ("bahasa Inggris aktif", "english", "aktif"),
        ("bahasa Inggris pasif", "english", "pasif"),
        ("bahasa Inggris (TOEFL min. 500)", "english", "TOEFL 500"),
        ("TOEFL ITP 475", "english-test-score", "TOEFL 475"),
        ("IELTS 6.5", "english-test-score", "IELTS 6.5"),
        ("IELTS minimal 6,5", "english-test-score", "IELTS 6.5"),
        ("bahasa Jerman B1", "german", "B1"),
        ("Mandarin HSK 4", "mandarin-chinese", "HSK 4"),
        ("HSK minimal level 4", "mandarin-chinese", "HSK 4"),
        ("Fluent in English", "english", "fluent"),
        ("Microsoft Excel dasar", "use-microsoft-excel", "dasar"),
        ("advanced Microsoft Excel", "use-microsoft-excel", "advanced"),
        ("bahasa Inggris", "english", None),
        ("bahasa Inggris, 500 pelanggan", "english", None),
        ("SIM C aktif", "driving-licence-c", None),
        ("SIM A, B1", "driving-licence-a", None),
    ],
)
def test_a_level_is_read_where_the_text_says_one(
    starter_finder: SkillFinder, text: str, skill: str, level: str | None
) -> None:
    assert {f.skill: f.level for f in starter_finder.find(text)}[skill] == level


def test_languages_of_a_list_have_their_own_spans_and_levels(starter_finder: SkillFinder) -> None:
    text = "Bahasa Inggris (aktif), Jepang minimal N3 dan Mandarin HSK 4"
    found = starter_finder.find(text)
    assert [(f.skill, text[f.start : f.end], f.level) for f in found] == [
        ("english", "Bahasa Inggris", "aktif"),
        ("japanese", "Jepang", "N3"),
        ("mandarin-chinese", "Mandarin", "HSK 4"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Delivery driver", ["deliver-goods"]),
        ("Delivery of the project", []),
        ("Japanese and Korean are spoken here", ["japanese", "korean"]),
        ("Japanese market", []),
        ("Excellent writing skills", []),
        ("a high level of trust", []),
        ("Orangnya rajin serta bertanggung jawab", ["work-hard-and-diligently", "take-responsibility"]),
        ("Bertanggung jawab atas rak", []),
        ("Kami mencari kandidat", []),
        ("designing and developing", []),
        ("Excel, Word, SQL", ["use-microsoft-excel", "use-microsoft-word", "sql"]),
        ("word of mouth", []),
    ],
)  # fmt: skip
def test_a_name_with_another_meaning_counts_only_where_it_is_meant(
    starter_finder: SkillFinder, text: str, expected: list[str]
) -> None:
    assert names(starter_finder.find(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("komunikasi, tim", []),
        ("memasak, nasi goreng", ["cook"]),
        ("memasak (nasi goreng)", ["cook"]),
        ("memasak dan nasi goreng", ["cook"]),
    ],
)
def test_a_name_does_not_run_over_a_comma_or_an_and(
    finder: SkillFinder, text: str, expected: list[str]
) -> None:
    assert names(finder.find(text)) == expected


def test_a_heading_makes_the_lines_below_it_a_wish(finder: SkillFinder) -> None:
    text = "Kualifikasi:\n- SQL\nNice to have:\n- Excel\n- mengelas\n\nBenefit:\n- kursus barista"
    found = finder.find(text)
    assert [(f.skill, f.required) for f in found] == [("sql", True), ("excel", False), ("weld", False)]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Unit M.702090.001.01 dan TIK.JK02.001.01", ["M.702090.001.01", "TIK.JK02.001.01"]),
        ("(C.28TLN00.001.1)", ["C.28TLN00.001.1"]),
        ("M.702090.001.01.", ["M.702090.001.01"]),
        ("NPWP 01.234.567.8-901.000, IP 10.0.0.1, m.702090.001.01", []),
        ("", []),
        (None, []),
    ],
)
def test_codes_of_units_are_found_with_their_place(text: str | None, codes: list[str]) -> None:
    found = unit_codes(text)
    assert [u.code for u in found] == codes
    assert all(u == UnitCode((text or "")[u.start : u.end], u.start, u.end) for u in found)


def test_units_are_found_by_name_and_by_code() -> None:
    units = {
        "G.46RIT00.001.1": ["Menata Produk di Rak"],
        "G.46RIT00.002.1": ["Melayani Pembayaran Tunai"],
    }
    finder = SkillFinder(scheme_of("skkni", units))
    text = "Mampu menata produk di rak\nMemiliki unit G.46RIT00.002.1\nTidak perlu G.46RIT00.003.1"
    assert cut(text, finder.find(text)) == {
        "G.46RIT00.001.1": "menata produk di rak",
        "G.46RIT00.002.1": "G.46RIT00.002.1",
    }
    assert finder.find("tidak perlu G.46RIT00.002.1") == ()


@pytest.mark.parametrize(
    ("text", "required"),
    [
        ("Bisa mengelas", True),
        ("Diutamakan bisa mengelas", False),
        ("Bisa mengelas menjadi nilai tambah", False),
        ("Welding is a plus", False),
        ("Diutamakan bisa mengelas\nWajib bisa mengelas", True),
        ("Wajib bisa mengelas\nDiutamakan bisa mengelas", True),
        ("Diutamakan bisa memasak; bisa mengelas", True),
        ("Bonus: mengelas", False),
    ],
)
def test_a_wish_is_not_required_unless_another_line_asks(
    finder: SkillFinder, text: str, required: bool
) -> None:
    assert {f.skill: f.required for f in finder.find(text)}["weld"] is required


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bahasa C", ["c"]),
        ("bahasa c", []),
        ("C dan R", ["c", "r"]),
        ("poin c. dan r.", []),
        ("golongan darah C#", []),
        ("vitamin C++", ["cpp"]),
    ],
)
def test_a_name_of_one_letter_counts_only_as_it_is_written(
    finder: SkillFinder, text: str, expected: list[str]
) -> None:
    assert names(finder.find(text)) == expected


@pytest.mark.parametrize(
    "line",
    [
        "Tentang kami: toko yang menjual forklift",
        "PT Las Jaya adalah perusahaan las dan forklift",
        "We are a leading barista school",
        "Fasilitas: kursus SQL dan Excel",
        "Benefits: cooking classes",
    ],
)
def test_a_line_about_the_company_gives_no_skill(finder: SkillFinder, line: str) -> None:
    assert finder.find(line) == ()
    assert names(finder.find(f"{line}\nMenguasai Word dan SIM A")) == ["sim-a"]


def test_each_skill_once_at_its_first_mention_in_order(finder: SkillFinder) -> None:
    text = "SQL, Excel, SQL; excel\nbasis data SQL"
    found = finder.find(text)
    assert [(f.skill, f.start) for f in found] == [("sql", 0), ("excel", 5)]


@pytest.mark.parametrize("text", [None, "", "   ", "👍", "\x00\x01", "dan atau yang"])
def test_nothing_is_found_in_nothing(finder: SkillFinder, text: str | None) -> None:
    assert finder.find(text) == ()


@pytest.mark.parametrize("line", ["dan", "bisa", "the good", "adalah untuk dengan", "mampu"])
def test_function_words_are_never_a_skill(starter_finder: SkillFinder, line: str) -> None:
    assert starter_finder.find(line) == ()


def test_listed_items_give_each_skill_once_in_order(finder: SkillFinder) -> None:
    assert finder.find_listed(["SQL", "Ms Excel", "", "sql dan barista"]) == ("sql", "excel", "barista")


LINES = st.lists(
    st.sampled_from(
        [
            "Menguasai Excel",
            "Memiliki SIM A",
            "Diutamakan bisa mengelas",
            "SQL menjadi nilai tambah",
            "Bisa memasak nasi goreng, las TIG dan barista",
            "Jujur",
            "Bahasa C++ dan R",
            "BPJS dan kursus SQL",
            "Usia maks. 30 tahun",
        ]
    ),
    max_size=8,
)
REFUSED = st.sampled_from(
    [
        "Tidak wajib bisa SQL",
        "SIM A tidak perlu",
        "no welding required",
        "tanpa pengalaman memasak",
        "SQL is not required",
    ]
)


@given(LINES, REFUSED, st.integers(0, 8))
def test_a_line_that_takes_back_never_adds_a_skill(
    finder: SkillFinder, lines: list[str], refused: str, place: int
) -> None:
    before = set(names(finder.find("\n".join(f"- {line}" for line in lines))))
    lines.insert(min(place, len(lines)), refused)
    assert set(names(finder.find("\n".join(f"- {line}" for line in lines)))) <= before


@given(LINES.flatmap(lambda lines: st.tuples(st.just(lines), st.permutations(lines))))
def test_the_order_of_bullets_changes_no_skill(
    finder: SkillFinder, pair: tuple[list[str], list[str]]
) -> None:
    one, other = (
        {(f.skill, f.required, f.level) for f in finder.find("\n".join(f"- {line}" for line in lines))}
        for lines in pair
    )
    assert one == other


@given(
    st.lists(
        st.sampled_from(
            ["SIM A", "/C", "& B1", " dan ", "bahasa", " Inggris", "TOEFL", " 500", "N3", "(", ")", ",", "\n",
             "😀", "İ", "tidak wajib ", "Kualifikasi:", "\u202e", "\x00", "M.702090.001.01",
             "Microsoft Excel", "漢字", " ", "."]
        ),
        max_size=30,
    ).map("".join)
)  # fmt: skip
def test_what_is_found_stands_where_its_span_says(starter_finder: SkillFinder, text: str) -> None:
    found = starter_finder.find(text)
    assert found == starter_finder.find(text)
    for one in found:
        span = text[one.start : one.end]
        assert span == span.strip()
        assert any(c.isalnum() for c in span)
        # the span alone is the skill too, unless a list lends it its first word
        assert len(span) <= 2 or one.skill in names(starter_finder.find(span)) or span.split()[0] in (
            "Inggris", "B1"
        )  # fmt: skip


@given(st.text(max_size=300))
def test_any_text_gives_ordered_spans_inside_it(finder: SkillFinder, text: str) -> None:
    found = finder.find(text)
    assert all(0 <= f.start < f.end <= len(text) for f in found)
    assert [f.start for f in found] == sorted(f.start for f in found)
    assert len(set(names(found))) == len(found)


@pytest.mark.parametrize(
    "piece",
    ["memasak ", "a", "a&", "c++", "las.\n", "tidak perlu ", ". ", "é", "mengoperasikan mesin ", "😀",
     "((((((", "SIM A/", "bahasa Inggris level minimal ", "TOEFL ", "\x00", "\u202e\u0645 ", "A.B1.",
     "responsible "],
)  # fmt: skip
def test_a_megabyte_is_read_in_bounded_time(starter_finder: SkillFinder, piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    begin = process_time()
    found = starter_finder.find(text)
    assert process_time() - begin < 3
    assert all(f.end <= 50_000 for f in found)
