"""Skills in running text: spans, the longest name, wishes, what is taken back, what is no skill line."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.linking import FoundSkill, SkillFinder
from padan.taxonomy import Library, Scheme


@pytest.fixture(scope="module")
def finder(skill_scheme: Scheme) -> SkillFinder:
    """Finds the dozen skills of `skill_scheme`."""
    return SkillFinder(skill_scheme)


@pytest.fixture(scope="module")
def starter_finder(library: Library) -> SkillFinder:
    """Finds the skills of the starter pack."""
    return SkillFinder(library.get("skill"))


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
        ("SQL not required", ["sql"]),  # only what follows the word that takes back is taken back
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


@given(st.text(max_size=300))
def test_any_text_gives_ordered_spans_inside_it(finder: SkillFinder, text: str) -> None:
    found = finder.find(text)
    assert all(0 <= f.start < f.end <= len(text) for f in found)
    assert [f.start for f in found] == sorted(f.start for f in found)
    assert len(set(names(found))) == len(found)


@pytest.mark.parametrize(
    "piece",
    ["memasak ", "a", "a&", "c++", "las.\n", "tidak perlu ", ". ", "é", "mengoperasikan mesin ", "😀"],
)
def test_a_megabyte_is_read_in_bounded_time(starter_finder: SkillFinder, piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    begin = process_time()
    found = starter_finder.find(text)
    assert process_time() - begin < 3
    assert all(f.end <= 50_000 for f in found)
