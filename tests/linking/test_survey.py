"""Answers in people's own words: whose work it is decides between farmer and labourer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.centre import index
from padan.linking import Linker
from padan.linking.survey import lean, status_of


@pytest.fixture(scope="module")
def linker() -> Linker:
    """With its encoder, as people use it."""
    return index.linker()


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("MENANAM PADI MILIK SENDIRI", "own-account"),
        ("menanam jagung di ladang orang, diupah harian", "employee"),
        ("Buruh sadap karet", "employee"),
        ("membantu suami di sawah tidak dibayar", "family"),
        ("helping parents on the farm, unpaid", "family"),
        ("memelihara kambing milik orang lain bagi hasil", "own-account"),
        ("menggarap sawah orang lain dengan bagi hasil", "own-account"),
        ("self-employed tailor", "own-account"),
        ("Tukang las", None),
        ("perburuhan", None),  # the word is part of another
        ("", None),
        ("😀", None),
    ],
)
def test_the_status_is_what_the_answer_says(text: str, status: str | None) -> None:
    assert status_of(text) == status


@pytest.mark.parametrize(
    ("own", "hired", "groups"),
    [
        ("menanam kedelai milik sendiri", "menanam kedelai di sawah orang lain diupah", ("6111", "9211")),
        ("memelihara ayam kampung milik sendiri", "memelihara ayam punya orang, diupah", ("6122", "9212")),
        (
            "menangkap ikan di laut perahu sendiri",
            "menangkap ikan di laut ikut juragan diupah",
            ("6222", "9216"),
        ),
    ],
)
def test_the_same_tasks_are_another_group_for_hire(
    linker: Linker, own: str, hired: str, groups: tuple[str, str]
) -> None:
    mine, theirs = linker.link([own, hired], to="isco08", k=5)
    assert (mine.ranked[0], theirs.ranked[0]) == groups
    assert (mine.status, theirs.status) == ("own-account", "employee")


def test_a_status_says_nothing_about_other_work_and_about_skills(linker: Linker) -> None:
    plain, hired = linker.link(["juru las", "juru las upah harian"], to="isco08", k=1)
    assert plain.ranked == hired.ranked == ("7212",)
    assert (plain.status, hired.status) == (None, "employee")
    assert linker.link(["karyawan"], to="skill", k=1)[0].status is None


@given(st.lists(st.floats(0, 1, width=32), min_size=5, max_size=5))
def test_leaning_changes_two_sides_only_and_never_the_order_within_one(values: list[float]) -> None:
    ids = ["6111", "6122", "9211", "9212", "7212"]
    for status in ("employee", "own-account", "family"):
        scores = np.array(values, np.float32)
        lean(scores, ids, status)
        assert scores[4] == np.float32(values[4])
        for first, second in ((0, 1), (2, 3)):
            assert (scores[first] > scores[second]) == (
                np.float32(values[first]) > np.float32(values[second])
            )
        towards, away = (2, 0) if status == "employee" else (0, 2)
        assert scores[towards] >= np.float32(values[towards])
        assert scores[away] <= np.float32(values[away])


@given(st.text())
def test_any_text_has_a_status_or_none(text: str) -> None:
    assert status_of(text) in (None, "employee", "own-account", "family")
