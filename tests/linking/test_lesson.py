"""What an encoder learns from: names, sentences and kin of the starter pack and of small schemes."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from padan.linking import Lesson, lesson
from padan.linking.lesson import _misspelt, _noisy, is_leaf, names_of
from padan.taxonomy import Library, Scheme, SchemeInfo, read_rows, starter_esco
from padan.taxonomy.scheme import CONCEPTS, RELATIONS

URIS = starter_esco()
EXCEL = URIS["use-microsoft-excel"]
WELD = next(uri for skill, uri in URIS.items() if skill.startswith("weld"))
OWN = "http://data.europa.eu/esco/skill/own"
UNITS = sorted({row["isco08"] for row in read_rows("titles")})  #: as the lesson numbers them

KBJI = [
    {"id": "7212", "level": 4, "label_id": "Zubkelas zubpotong", "isco08": ["7212"]},
    {
        "id": "7212.01",
        "level": 6,
        "label_id": "Zubgas",
        "isco08": ["7212"],
        "alt_id": ["zubgasan", "zubtukang"],
    },
    {
        "id": "5230.01",
        "level": 6,
        "label_id": "Zubbayar",
        "isco08": ["5230", "7212"],
        "description_id": "Menerima zubuang dari pembeli. Pendek; mencatat semua zubnota masuk\nMenutup kas.",
    },
    {"id": "9999.01", "level": 6, "label_id": "Zubaneh", "isco08": ["9999"]},
    {"id": "9998.01", "level": 6, "label_id": "Zubkosong"},
]
OCCUPATIONS = [
    {"id": "esco/welder", "label_en": "zub welder", "alt_en": ["zub torch hand"], "isco08": ["7212"]},
    {"id": "esco/cutter", "label_en": "zub cutter", "isco08": ["7212"]},
    {
        "id": "esco/cashier",
        "label_en": "zub cashier",
        "isco08": ["5230"],
        "description_en": "Zub cashiers " + "take money " * 60 + ".",
    },
]
ONET = [
    {"id": "51-4121.00", "label_en": "zub welder", "alt_en": ["zub fabricator"], "isco08": ["7212", "7213"]},
    {"id": "41-2011.00", "label_en": "zub cashiers", "isco08": ["5230"]},
    {"id": "99-9999.00", "label_en": "zub of the year 2018"},
]
SKILLS = [
    {"id": EXCEL, "label_en": "zub spreadsheets", "description_en": "Use zub tables to count things."},
    {"id": WELD, "label_en": "zub arc welding"},
    {"id": OWN, "label_en": "zub juggle", "isco08": ["7212"]},
]


def scheme(name: str, rows: list[dict[str, Any]], relations: pa.Table | None = None) -> Scheme:
    table = pa.Table.from_pylist(rows, schema=CONCEPTS)
    held = 0 if relations is None else len(relations)
    return Scheme(SchemeInfo(name, "1", "tests", "none", len(rows), held), table, relations)


def schemes() -> list[Scheme]:
    return [
        scheme("kbji", KBJI),
        scheme("esco-occupation", OCCUPATIONS),
        scheme("onet", ONET),
        scheme("esco-skill", SKILLS),
    ]


@pytest.fixture(scope="module")
def starter(library: Library) -> Lesson:
    return lesson(library)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    """The lesson of small schemes beside the starter pack."""
    library = Library(tmp_path_factory.mktemp("schemes"))
    library.add(schemes())
    return lesson(library)


def concepts_by_name(found: Lesson) -> dict[str, set[int]]:
    out: dict[str, set[int]] = defaultdict(set)
    for name, concept in zip(found.names, found.concepts, strict=True):
        out[name].add(concept)
    return out


def concept_of(found: Lesson, name: str) -> int:
    """The only concept that has a name."""
    (concept,) = {c for n, c in zip(found.names, found.concepts, strict=True) if n == name}
    return concept


# -- the starter pack --------------------------------------------------------------------------------------


def test_the_starter_pack_teaches_all_titles_of_436_unit_groups(starter: Lesson) -> None:
    named: dict[str, set[str]] = defaultdict(set)
    for name, concept in zip(starter.names, starter.concepts, strict=True):
        if starter.group[concept] >= 0:
            named[UNITS[starter.group[concept]]].add(name)
    assert len(UNITS) == len(named) == 436
    for row in read_rows("titles"):
        assert row["title"] in named[row["isco08"]], row


def test_groups_above_the_unit_groups_are_not_taught(starter: Lesson) -> None:
    titles = {row["title"] for row in read_rows("titles")} | {
        row[c] for row in read_rows("skills") for c in row
    }
    above = {row["label_id"] for row in read_rows("groups")} - titles
    assert above
    assert not above & set(starter.names)


def test_every_skill_of_the_starter_pack_is_taught_in_both_languages(starter: Lesson) -> None:
    found = concepts_by_name(starter)
    for row in read_rows("skills"):
        both = [found[row[column]] for column in ("label_id", "label_en") if row[column]]
        assert set.intersection(*both), row["id"]


def test_skills_of_the_starter_pack_are_one_concept_exactly_where_their_esco_skill_is_one(
    starter: Lesson,
) -> None:
    meant = {URIS.get(row["id"], row["id"]) for row in read_rows("skills")}
    assert len(URIS) > 500
    assert len(starter.group) == len(UNITS) + len(meant)
    assert sum(group < 0 for group in starter.group) == len(meant)


def test_the_same_schemes_give_the_same_lesson(starter: Lesson, library: Library) -> None:
    assert lesson(library).digest() == starter.digest()
    assert lesson(Library()).digest() == starter.digest()


# -- arrays ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["starter", "full"])
def test_arrays_fit_together(which: str, request: pytest.FixtureRequest) -> None:
    found: Lesson = request.getfixturevalue(which)
    assert len(found.names) == len(found.concepts)
    assert len(found.sentences) == len(found.about)
    assert len(found.group) == len(found.scheme)
    assert set(found.concepts) == set(range(len(found.group))), "each concept has a name"
    assert set(found.about) <= set(found.concepts)
    assert min(found.group) == -1
    assert max(found.group) == 435
    assert all(isinstance(name, str) and name for name in found.names)
    assert all(15 <= len(sentence) <= 400 for sentence in found.sentences)
    assert np.asarray(found.scheme).min() == 0


def test_each_unit_group_of_the_starter_pack_is_one_concept_of_the_first_scheme(full: Lesson) -> None:
    held = Counter(group for group, order in zip(full.group, full.scheme, strict=True) if order == 0)
    assert held == dict.fromkeys(range(436), 1)


# -- small schemes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Zubgas", "7212"),
        ("zubgasan", "7212"),
        ("Zubbayar", "5230"),
        ("zub torch hand", "7212"),
        ("zub cutter", "7212"),
        ("zub cashier", "5230"),
        ("zub fabricator", "7212"),
        ("zub cashiers", "5230"),
        ("Zubaneh", None),
        ("Zubkosong", None),
        ("zub of the year 2018", None),
        ("zub juggle", None),
        ("zub spreadsheets", None),
    ],
)
def test_concepts_lie_in_their_first_unit_group_or_in_none(full: Lesson, name: str, unit: str | None) -> None:
    group = full.group[concept_of(full, name)]
    assert (UNITS[group] if group >= 0 else None) == unit


def test_occupations_of_all_schemes_in_a_unit_group_are_concepts_of_their_own(full: Lesson) -> None:
    names = ("Zubgas", "zub torch hand", "zub cutter", "zub fabricator")
    concepts = [concept_of(full, name) for name in names]
    assert len(set(concepts)) == 4
    assert len({full.group[c] for c in concepts}) == 1
    kbji, first, second, onet = (full.scheme[c] for c in concepts)
    assert first == second, "one scheme"
    assert len({kbji, first, onet, 0}) == 4, "each scheme has a number of its own"


def test_names_of_one_concept_share_its_number(full: Lesson) -> None:
    assert concept_of(full, "Zubgas") == concept_of(full, "zubgasan") == concept_of(full, "zubtukang")


def test_a_name_of_two_schemes_belongs_to_a_concept_of_each(full: Lesson) -> None:
    concepts = concepts_by_name(full)["zub welder"]
    assert concepts == {concept_of(full, "zub torch hand"), concept_of(full, "zub fabricator")}


def test_the_groups_of_kbji_are_not_taught(full: Lesson) -> None:
    assert "Zubkelas zubpotong" not in full.names
    assert "Zubgas" in full.names


def test_starter_and_esco_skills_are_one_concept_where_they_correspond(full: Lesson, starter: Lesson) -> None:
    label = {row["id"]: row["label_id"] for row in read_rows("skills")}
    found = concepts_by_name(full)
    assert concept_of(full, "zub spreadsheets") in found[label["use-microsoft-excel"]]
    for skill, uri in URIS.items():
        if uri == WELD:
            assert concept_of(full, "zub arc welding") in found[label[skill]]
    alone = concept_of(full, "zub juggle")
    assert [n for n, c in zip(full.names, full.concepts, strict=True) if c == alone] == ["zub juggle"]
    # of the schemes that were added, the two skills that correspond are no new concepts
    assert len(full.group) == len(starter.group) + 4 + 3 + 3 + 1


def test_sentences_are_parts_of_descriptions_that_are_long_enough(full: Lesson) -> None:
    about = defaultdict(list)
    for sentence, concept in zip(full.sentences, full.about, strict=True):
        about[concept].append(sentence)
    assert about[concept_of(full, "Zubbayar")] == [
        "Menerima zubuang dari pembeli.",
        "mencatat semua zubnota masuk",
    ]
    (long,) = about[concept_of(full, "zub cashier")]
    assert long == OCCUPATIONS[2]["description_en"][:400]
    assert about[concept_of(full, "zub spreadsheets")] == ["Use zub tables to count things."]


def test_schemes_that_are_not_taught_change_nothing(full: Lesson, tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add([*schemes(), scheme("kbli", [{"id": "01111", "label_id": "Zubjagung"}])])
    assert lesson(library).digest() == full.digest()


def test_the_crosswalk_between_esco_and_onet_plays_no_role(full: Lesson, tmp_path: Path) -> None:
    pairs = [("esco/welder", "51-4121.00"), ("esco/cashier", "41-2011.00")]
    rows = [
        {"source": a, "relation": relation, "target": b}
        for one, other in pairs
        for a, b in ((one, other), (other, one))
        for relation in ("exactMatch", "closeMatch", "broader", "essential")
    ]
    relations = pa.Table.from_pylist(rows, schema=RELATIONS)
    library = Library(tmp_path)
    library.add(
        [
            scheme("kbji", KBJI),
            scheme("esco-occupation", OCCUPATIONS, relations),
            scheme("onet", ONET, relations),
            scheme("esco-skill", SKILLS),
        ]
    )
    assert len(library.get("onet").relations) == len(rows)
    assert lesson(library).digest() == full.digest()
    for name, other in (("zub torch hand", "zub fabricator"), ("zub cashier", "zub cashiers")):
        assert concept_of(full, name) != concept_of(full, other)


def test_an_empty_scheme_adds_nothing(starter: Lesson, tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add([scheme("onet", [])])
    assert lesson(library).digest() == starter.digest()


# -- noise -------------------------------------------------------------------------------------------------


def added(found: Lesson) -> list[tuple[str, int]]:
    """Names of the starter titles that are learned with noise: what is no title, with its unit group."""
    titles = Counter((row["title"], row["isco08"]) for row in read_rows("titles"))
    work = Counter(
        (name, UNITS[found.group[concept]])
        for name, concept in zip(found.names, found.concepts, strict=True)
        if found.group[concept] >= 0 and found.scheme[concept] == 0
    )
    return list((work - titles).elements())


def test_a_quarter_of_the_titles_is_learned_with_noise_as_well(starter: Lesson) -> None:
    assert len(added(starter)) == pytest.approx(len(read_rows("titles")) / 4, rel=0.05)


def test_noise_leaves_a_title_like_a_title_of_its_unit_group(starter: Lesson) -> None:
    titles = defaultdict(list)
    for row in read_rows("titles"):
        titles[row["isco08"]].append(row["title"])
    for name, unit in added(starter)[::29]:
        assert max(fuzz.partial_ratio(title, name) for title in titles[unit]) > 60, name


def test_skills_are_learned_without_noise(full: Lesson) -> None:
    labels = {
        text
        for row in read_rows("skills")
        for text in (row["label_id"], row["label_en"], *row["alt_id"].split("|"), *row["alt_en"].split("|"))
    }
    labels |= {row["label_en"] for row in SKILLS}
    last = sorted(set(full.scheme))[-2:]  # the skills of the starter pack, then those of ESCO
    skills = {n for n, c in zip(full.names, full.concepts, strict=True) if full.scheme[c] in last}
    assert skills == labels - {""}


def test_places_are_part_of_the_noise_in_any_order(library: Library) -> None:
    one = lesson(library, places=["zubandung", "zubekasi"])
    other = lesson(library, places={"zubekasi": 1, "zubandung": 2})
    assert one.digest() == other.digest()
    assert any("zubandung" in name for name in one.names)
    assert any("zubekasi" in name for name in one.names)


def test_other_schemes_do_not_change_the_names_of_the_starter_titles(full: Lesson, starter: Lesson) -> None:
    assert sorted(added(full)) == sorted(added(starter))


@given(st.integers(0, 2**32 - 1))
def test_a_noisy_title_keeps_all_its_words_but_one(seed: int) -> None:
    name, noise = "operator mesin jahit", ["dibutuhkan segera", "pt", "bandung"]
    found = _noisy(name, noise, np.random.default_rng(seed)).split()
    kept = [word for word in name.split() if word in found]
    assert len(kept) >= 2
    assert len(found) <= 3 + 2 * 2


def test_noise_is_words_around_a_slip_or_a_word_left_out() -> None:
    name = ["operator", "mesin", "jahit"]
    drawn = [_noisy(" ".join(name), ["bandung"], np.random.default_rng(seed)).split() for seed in range(200)]
    assert any(found == ["bandung", *name] for found in drawn)
    assert any(found == [*name, "bandung"] for found in drawn)
    assert any(found == ["operator", "jahit"] for found in drawn)
    assert any(len(found) == 3 and len(set(found) & set(name)) == 2 for found in drawn)
    assert any("bandung" in found and not set(name) <= set(found) for found in drawn)


@given(st.integers(0, 2**32 - 1), st.text("abcd", max_size=9))
def test_a_misspelt_word_is_one_slip_away(seed: int, word: str) -> None:
    found = _misspelt(word, np.random.default_rng(seed))
    slips = {word[:i] + word[i + 1 :] for i in range(len(word))}
    slips |= {word[:i] + word[i] + word[i:] for i in range(len(word))}
    slips |= {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    assert found in slips if len(word) >= 5 else found == word


@pytest.mark.parametrize("name", [" ", "\t", "\u00a0"])
def test_a_name_of_blanks_is_no_error(name: str, tmp_path: Path) -> None:
    """One among many is spelled with noise: none of them may break the lesson."""
    library = Library(tmp_path)
    library.add([scheme("onet", [{"id": f"{i}", "label_en": "zub", "alt_en": [name]} for i in range(60)])])
    found = lesson(library)
    assert "zub" in found.names


# -- coded texts -------------------------------------------------------------------------------------------


def test_short_coded_texts_are_names_and_long_ones_sentences(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add(schemes())
    long = "Zubmengelas pipa " * 30
    examples = {
        "isco08": [("zubtentara", "0110"), (long, "0110"), ("zubkelompok", "01")],
        "kbji": [("zubcair", "7212.01"), ("zubhilang", "0000.00"), ("zubjenjang", "7212")],
        "esco-occupation": [("zub hot work", "esco/welder"), ("  ", "esco/welder"), ("", "esco/welder")],
        "esco-skill": [("zubtabel", EXCEL)],
        "skill": [("zubhitung", "use-microsoft-excel")],
        "kbli": [("zubjagung", "01111")],
    }
    found = lesson(library, examples=examples)
    assert UNITS[found.group[concept_of(found, "zubtentara")]] == "0110"
    assert concept_of(found, "zubcair") == concept_of(found, "zubtukang")
    assert concept_of(found, "zub hot work") == concept_of(found, "zub torch hand")
    assert (
        concept_of(found, "zubtabel")
        == concept_of(found, "zub spreadsheets")
        == concept_of(found, "zubhitung")
    )
    for left_out in ("zubhilang", "zubjenjang", "zubkelompok", "zubjagung", "  ", ""):
        assert left_out not in found.names
    place = found.sentences.index(long[:400])
    assert found.about[place] == concept_of(found, "zubtentara")
    assert long not in found.names
    assert len(found.names) == len(found.concepts)
    assert len(found.sentences) == len(found.about)


def test_coded_texts_do_not_change_what_else_is_learned(starter: Lesson, library: Library) -> None:
    found = lesson(library, examples={"isco08": [("zubtentara", "0110")], "skill": []})
    assert Counter(found.names) - Counter(starter.names) == Counter(["zubtentara"])
    assert lesson(library, examples={}).digest() == starter.digest()
    assert found.digest() != starter.digest()


# -- parts -------------------------------------------------------------------------------------------------


def test_names_carry_the_weight_of_their_kind() -> None:
    rows = [
        {"id": "a", "label_id": "satu", "label_en": "one", "alt_id": ["esa", "ika"], "alt_en": ["single"]},
        {"id": "b", "label_id": "dua", "alt_en": []},
        {"id": "c", "label_id": "tiga"},
    ]
    found = list(names_of(scheme("onet", rows), {0: 7, 1: 3}, 1.0, 0.5))
    assert sorted(found) == [
        (3, "dua", 1.0),
        (7, "esa", 0.5),
        (7, "ika", 0.5),
        (7, "one", 1.0),
        (7, "satu", 1.0),
        (7, "single", 0.5),
    ]


@pytest.mark.parametrize(
    ("name", "ids", "leaves"),
    [
        ("isco08", ["7", "72", "721", "7212"], ["7212"]),
        ("kbji", ["7", "7212", "7212.01"], ["7212.01"]),
        ("onet", ["51-4121.00", "x"], ["51-4121.00", "x"]),
        ("skill", ["weld"], ["weld"]),
    ],
)
def test_leaves_are_what_a_text_can_be_coded_to(name: str, ids: list[str], leaves: list[str]) -> None:
    found = scheme(name, [{"id": i} for i in ids])
    assert [i for row, i in enumerate(ids) if is_leaf(found, row)] == leaves
