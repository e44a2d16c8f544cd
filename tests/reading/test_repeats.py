"""Which rows repeat another: the rules of the docstring one by one, and what must never be dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.model import ApprenticeshipPlace, Employer, Jobseeker, Programme, Record, Vacancy, WorkSpell
from padan.reading.repeats import SIMILAR, Repeats, word_triples

WORDS = [f"kata{i}" for i in range(200)]
LONG_TEXT = " ".join(WORDS[:60])


def vacancy(row: int = 1, **values: Any) -> Vacancy:
    """A cashier's post at a shop in Kota Bandung, with whatever is different."""
    usual: dict[str, Any] = {
        "id": f"portal:{row}",
        "source": "portal",
        "source_row": row,
        "title": "Kasir",
        "hiring_organization": "PT Toko Makmur",
        "province": "32",
        "regency": "32.73",
        "description": LONG_TEXT,
    }
    return Vacancy(**{**usual, **values})


def person(row: int = 1, **values: Any) -> Jobseeker:
    usual: dict[str, Any] = {"id": f"ak1:{row}", "source": "ak1", "source_row": row, "headline": "Kasir"}
    return Jobseeker(**{**usual, **values})


def verdicts(records: Sequence[Record]) -> list[str]:
    """For each record in turn: new, alike (kept with a mark), or how it repeats an earlier one."""
    repeats = Repeats()
    out = []
    for record in records:
        found, alike = repeats.find(record)
        out.append(found.how if found else "alike" if alike else "new")
    return out


# -- exact -------------------------------------------------------------------------------------------------


def test_a_row_that_says_all_the_same_is_an_exact_repeat_of_the_first() -> None:
    repeats = Repeats()
    assert repeats.find(vacancy(1)) == (None, False)
    found, alike = repeats.find(vacancy(2))
    assert found is not None
    assert (found.of, found.how, alike) == ("portal:1", "exact", False)
    third, _ = repeats.find(vacancy(3))
    assert third is not None
    assert third.of == "portal:1"


def test_place_in_the_file_and_doubts_are_no_content() -> None:
    assert verdicts([vacancy(1), replace(vacancy(9), flags=("title:text_cut",))]) == ["new", "exact"]


@pytest.mark.parametrize(
    "field", [f.name for f in fields(Vacancy) if f.name not in ("id", "source_row", "flags")]
)
def test_one_field_that_differs_makes_no_exact_repeat(field: str) -> None:
    changed: dict[str, Any] = {
        "remote": True,
        "date_posted": date(2026, 2, 1),
        "valid_through": date(2026, 3, 1),
        "source": "lain",
        "title": "Admin",
        "language": "en",
    }
    value = changed.get(field)
    if value is None:
        kind = str(Vacancy.__dataclass_fields__[field].type)
        value = ("lain",) if kind.startswith("tuple") else 7 if kind.startswith("int") else "lain"
    found, _ = _find_second(vacancy(1), replace(vacancy(2), **{field: value}))
    assert found != "exact"


def _find_second(first: Record, second: Record) -> tuple[str | None, bool]:
    repeats = Repeats()
    repeats.find(first)
    found, alike = repeats.find(second)
    return (found.how if found else None), alike


# -- another place is another place ------------------------------------------------------------------------

TOWNS = ["32.73", "31.71", "31.74", "33.74", "34.71", "35.78", "51.71", "73.71", "12.71", "64.72"]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"identifier": "LK-000123"},
        {"identifier": "0b0f8d1e-6f6d-4a53-9f0e-6a1f5c9f1a11"},
        {"url": "https://portal.id/lowongan/kasir-123"},
        {"description": None},
    ],
    ids=["text", "identifier", "uuid", "page", "no text"],
)
def test_one_post_in_ten_towns_is_ten_places(more: dict[str, Any]) -> None:
    posts = [vacancy(i, province=town[:2], regency=town, **more) for i, town in enumerate(TOWNS)]
    assert set(verdicts(posts)) <= {"new", "alike"}
    assert set(verdicts(posts[::-1])) <= {"new", "alike"}


def test_a_post_for_several_regions_is_another_than_the_same_post_for_one_of_them() -> None:
    several = vacancy(1, regency=None, regions=("32.73", "32.04"))
    assert verdicts([several, vacancy(2)]) == ["new", "new"]


def test_places_that_were_not_understood_are_compared_as_they_are_written() -> None:
    posts = [
        vacancy(i, province=None, regency=None, job_location=where)
        for i, where in enumerate(["Petaling Jaya", "Shah Alam", "PETALING  JAYA"])
    ]
    assert verdicts(posts) == ["new", "new", "near"]


# -- identifier --------------------------------------------------------------------------------------------


def test_list_detail_and_feed_of_one_portal_are_one_vacancy() -> None:
    listed = vacancy(1, identifier="839201", description=None, job_location="Kota Bandung")
    detail = vacancy(2, identifier="839201", base_salary_min=3_000_000, qualifications="SMA")
    feed = vacancy(3, identifier="839201", title="KASIR!", regency=None, province=None, description="lain")
    other_words = vacancy(4, identifier="839201", title="Kasir", hiring_organization=None, description="beda")
    assert verdicts([listed, detail, feed, other_words]) == ["new", "identifier", "identifier", "identifier"]
    assert verdicts([detail, listed]) == ["new", "identifier"]


def test_a_page_without_its_query_is_an_address_too() -> None:
    page = "https://portal.id/lowongan/kasir-123"
    posts = [vacancy(1, url=page), vacancy(2, url=f"{page}?utm_source=wa#lamar", description="lain")]
    assert verdicts(posts) == ["new", "identifier"]
    # the front page of a portal names nothing
    home = [vacancy(i, url="https://portal.id/", description=f"teks {i} " * 9) for i in range(2)]
    assert verdicts(home) == ["new", "alike"]
    other_portal = [
        vacancy(1, url=page),
        vacancy(2, url="https://lain.id/lowongan/kasir-123", description="x y z"),
    ]
    assert verdicts(other_portal) == ["new", "alike"]


def test_an_identifier_with_another_title_and_employer_is_another_vacancy() -> None:
    one = vacancy(1, identifier="839201")
    other = vacancy(2, identifier="839201", title="Sopir", hiring_organization="CV Angkut")
    assert verdicts([one, other]) == ["new", "new"]


@pytest.mark.parametrize("identifier", ["7", "202401", "LOK-2024-00017"])
def test_the_same_number_in_two_portals_is_two_vacancies(identifier: str) -> None:
    one = vacancy(1, source="dinas-a", identifier=identifier)
    other = vacancy(
        2, source="dinas-b", identifier=identifier, hiring_organization="CV Lain", description="x"
    )
    assert verdicts([one, other]) == ["new", "new"]


@pytest.mark.parametrize(
    "identifier", ["0b0f8d1e-6f6d-4a53-9f0e-6a1f5c9f1a11", "https://portal.id/lowongan/123"]
)
def test_an_identifier_that_is_unique_in_the_world_is_one_vacancy_in_any_file(identifier: str) -> None:
    one = vacancy(1, source="feed", identifier=identifier)
    other = vacancy(2, source="file", identifier=identifier, description="lain sama sekali")
    assert verdicts([one, other]) == ["new", "identifier"]


def test_a_broken_address_is_no_error() -> None:
    urls = ["http://[::1", "http://[", "kasir", "", "https://", "//", "mailto:a@b.id"]
    assert len(verdicts([vacancy(i, url=url) for i, url in enumerate(urls)])) == len(urls)


# -- near --------------------------------------------------------------------------------------------------


def _jaccard(a: str, b: str) -> float:
    def triples(text: str) -> set[tuple[str, ...]]:
        words = text.split()
        return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}

    one, other = triples(a), triples(b)
    return len(one & other) / len(one | other)


def test_near_texts_of_two_sources_are_one_vacancy_and_unlike_texts_are_two() -> None:
    near = " ".join([*WORDS[:59], "ujung"])
    far = " ".join([*WORDS[:40], *WORDS[100:120]])
    assert _jaccard(LONG_TEXT, near) > SIMILAR > _jaccard(LONG_TEXT, far)
    one = vacancy(1, source="a", identifier="a-1")
    assert verdicts([one, vacancy(2, source="b", identifier="b-1", description=near)]) == ["new", "near"]
    assert verdicts([one, vacancy(2, source="b", identifier="b-1", description=far)]) == ["new", "alike"]


@pytest.mark.parametrize("changed", range(1, 12))
def test_the_limit_of_near_is_a_jaccard_similarity_of_85_percent(changed: int) -> None:
    other = " ".join([*WORDS[: 60 - changed], *WORDS[100 : 100 + changed]])
    expected = "near" if _jaccard(LONG_TEXT, other) >= SIMILAR else "alike"
    assert verdicts([vacancy(1), vacancy(2, description=other)]) == ["new", expected]


def test_the_limit_is_crossed_in_that_range() -> None:
    shares = [_jaccard(LONG_TEXT, " ".join([*WORDS[: 60 - n], *WORDS[100 : 100 + n]])) for n in (1, 11)]
    assert shares[0] > SIMILAR > shares[1]


def test_legal_forms_and_case_of_an_employer_do_not_matter() -> None:
    posts = [
        vacancy(1, hiring_organization="PT. Toko Makmur, Tbk"),
        vacancy(2, hiring_organization="toko makmur", description=LONG_TEXT + " akhir"),
    ]
    assert verdicts(posts) == ["new", "near"]


def test_another_employer_or_none_is_no_near_repeat() -> None:
    assert verdicts([vacancy(1), vacancy(2, hiring_organization="PT Toko Jaya")]) == ["new", "new"]
    nobody = [vacancy(i, hiring_organization=None, base_salary_min=i) for i in (1, 2)]
    assert verdicts(nobody) == ["new", "new"]


def test_a_repost_under_a_second_identifier_is_a_repeat_only_when_all_else_is_equal() -> None:
    first = vacancy(1, identifier="100001", date_posted=date(2026, 1, 1), applications=3)
    repost = vacancy(2, identifier="100002", date_posted=date(2026, 2, 1), applications=0)
    better_paid = replace(repost, base_salary_min=4_000_000)
    more = replace(repost, total_job_openings=2)
    assert verdicts([first, repost]) == ["new", "near"]
    assert verdicts([first, better_paid]) == ["new", "alike"]
    assert verdicts([first, more]) == ["new", "alike"]
    without_text = [replace(r, description=None) for r in (first, repost)]
    assert verdicts(without_text) == ["new", "alike"]


def test_without_any_text_every_other_field_must_be_equal() -> None:
    one = vacancy(1, description=None, base_salary_min=3_000_000)
    assert verdicts([one, vacancy(2, description=None, base_salary_min=4_000_000)]) == ["new", "alike"]
    assert verdicts([one, vacancy(2, description=None, base_salary_min=3_000_000, applications=2)]) == [
        "new",
        "near",
    ]
    assert verdicts([one, vacancy(2, base_salary_min=3_000_000)]) == ["new", "alike"]


def test_places_of_apprenticeship_and_programmes_follow_the_same_rules() -> None:
    def place(row: int, **values: Any) -> ApprenticeshipPlace:
        usual: dict[str, Any] = {
            "source": "mh",
            "title": "Teknisi",
            "hiring_organization": "PT Baja",
            "province": "36",
        }
        return ApprenticeshipPlace(id=f"mh:{row}", source_row=row, **{**usual, **values})

    assert verdicts([place(1), place(2), place(3, province="35")]) == ["new", "exact", "new"]
    assert verdicts([place(1, identifier="A-0000001"), place(2, identifier="A-0000002")]) == ["new", "alike"]
    course = Programme(id="p:1", source="p", name="Las TIG", provider="BLK Bandung", hours=160)
    assert verdicts([course, replace(course, id="p:2"), replace(course, id="p:3", hours=240)]) == [
        "new",
        "exact",
        "alike",
    ]
    shop = Employer(id="e:1", source="e", name="Toko")
    assert verdicts([shop, replace(shop, id="e:2"), replace(shop, id="e:3", kbli="47")]) == [
        "new",
        "exact",
        "new",
    ]


# -- people ------------------------------------------------------------------------------------------------


def test_two_persons_who_are_alike_are_two() -> None:
    """Names are not read, so two rows may look the same and be two people."""
    alike = [person(i, province="32", regency="32.73", education="SMA", skills=("kasir",)) for i in (1, 2, 3)]
    assert verdicts(alike) == ["new", "alike", "alike"]


def test_the_same_registration_is_one_person() -> None:
    assert verdicts([person(1, identifier="AK1-0001"), person(2, identifier="AK1-0001")]) == ["new", "exact"]
    later = person(2, identifier="AK1-0001", skills=("excel",))
    assert verdicts([person(1, identifier="AK1-0001"), later]) == ["new", "identifier"]
    assert verdicts([person(1, identifier="AK1-0001"), person(2, identifier="AK1-0002")]) == ["new", "new"]


def test_a_long_cv_that_is_equal_to_the_letter_is_the_same_cv() -> None:
    cv = "Menjahit kebaya dan seragam. " * 12
    assert len(cv) >= 300
    assert verdicts([person(1, description=cv), person(2, description=cv)]) == ["new", "exact"]
    numbered = [
        person(1, identifier="000001", description=cv),
        person(2, identifier="000002", description=cv),
    ]
    assert verdicts(numbered) == ["new", "near"]
    assert verdicts([person(1, description=cv), person(2, description=cv + "!")]) == ["new", "new"]
    short = "Menjahit kebaya. " * 5
    assert verdicts([person(1, description=short), person(2, description=short)]) == ["new", "alike"]


def test_a_long_history_of_work_that_is_equal_to_the_letter_is_the_same_cv() -> None:
    work = tuple(
        WorkSpell(title=f"Kasir {i}", description="melayani pembeli di kasir " * 4) for i in range(4)
    )
    assert verdicts([person(1, work=work), person(2, work=work)]) == ["new", "exact"]
    assert verdicts([person(1, work=work[:1]), person(2, work=work[:1])]) == ["new", "alike"]


# -- sketches ----------------------------------------------------------------------------------------------


def test_a_sketch_is_of_words_and_not_of_their_dress() -> None:
    assert word_triples("Kasir, toko makmur!") == word_triples("kasir  TOKO\nmakmur")
    assert word_triples("kasir toko makmur") != word_triples("makmur toko kasir")
    assert word_triples(None) == word_triples("") == word_triples("...") == frozenset()
    assert len(word_triples("kasir")) == 1
    assert len(word_triples(" ".join(WORDS))) == 96


# -- order -------------------------------------------------------------------------------------------------

_posts = st.builds(
    vacancy,
    title=st.sampled_from(["Kasir", "Sopir"]),
    hiring_organization=st.sampled_from(["PT A", None]),
    regency=st.sampled_from(["32.73", "32.04", None]),
    description=st.sampled_from([None, LONG_TEXT, "lain sama sekali"]),
    base_salary_min=st.sampled_from([None, 3_000_000]),
)


@given(st.lists(_posts, max_size=4, unique_by=lambda v: replace(v, id="")), st.data())
def test_the_order_of_rows_does_not_change_how_many_exact_repeats_are_left_out(
    different: list[Vacancy], data: st.DataObject
) -> None:
    copies = [
        replace(post, id=f"portal:{i}-{n}", source_row=n)
        for i, post in enumerate(different)
        for n in range(3)
    ]
    shuffled = data.draw(st.permutations(copies))
    without_copies = verdicts(different)
    kept = sum(v in ("new", "alike") for v in verdicts(shuffled))
    in_order = sum(v in ("new", "alike") for v in verdicts(copies))
    assert kept == in_order == sum(v in ("new", "alike") for v in without_copies)


@given(st.lists(_posts, max_size=8), st.data())
def test_a_repeat_points_to_a_record_that_was_kept(posts: list[Vacancy], data: st.DataObject) -> None:
    numbered = [
        replace(post, id=f"portal:{i}", source_row=i)
        for i, post in enumerate(data.draw(st.permutations(posts)))
    ]
    repeats = Repeats()
    kept: set[str] = set()
    for post in numbered:
        found, _ = repeats.find(post)
        if found is None:
            kept.add(post.id)
        else:
            assert found.of in kept
            assert found.of != post.id
