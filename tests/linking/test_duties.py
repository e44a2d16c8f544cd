"""Duties of a text re-rank the near occupations; a long text that should be a title is parted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.errors import ShapeError
from padan.linking import Linker
from padan.linking.duties import Duties, split_long
from padan.linking.targets import Targets
from padan.taxonomy import Library

WELDING = """Tanggung jawab:
- Mengelas pelat baja dengan las SMAW
- Membaca gambar teknik
- Memotong logam"""
BAKING = """Tugas:
- Membuat adonan roti
- Memanggang kue dan roti"""


@pytest.fixture(scope="module")
def duties(library: Library) -> tuple[Duties, list[str]]:
    targets = Targets(library, None, {})
    return Duties(library, targets, "isco08"), list(targets.model("isco08").ids)


@pytest.mark.parametrize(("text", "group", "other"), [(WELDING, "7212", "7512"), (BAKING, "7512", "7212")])
def test_duties_speak_for_the_occupation_that_has_these_skills(
    duties: tuple[Duties, list[str]], text: str, group: str, other: str
) -> None:
    found, ids = duties
    scores = found.scores([text], len(ids))[0]
    assert scores[ids.index(group)] > 2 * scores[ids.index(other)]
    assert 0 <= scores.min() <= scores.max() <= 1 + 1e-6


@pytest.mark.parametrize("text", [None, "", "😀", "Tentang kami: perusahaan las terbesar", "x" * 100_000])
def test_a_text_without_duties_says_nothing(duties: tuple[Duties, list[str]], text: str | None) -> None:
    found, ids = duties
    assert not found.scores([text], len(ids)).any()


def test_what_one_text_says_does_not_touch_another(duties: tuple[Duties, list[str]]) -> None:
    found, ids = duties
    together = found.scores([WELDING, None, BAKING], len(ids))
    assert (together[0] == found.scores([WELDING], len(ids))[0]).all()
    assert not together[1].any()
    assert (together[2] == found.scores([BAKING], len(ids))[0]).all()


def test_a_title_that_says_little_is_decided_by_its_duties(library: Library) -> None:
    linker = Linker(library)
    plain, told, other = (
        linker.link(["Operator produksi"], to="isco08", k=436, duties=[text])[0]
        for text in (None, WELDING, BAKING)
    )
    for one, group in ((told, "7212"), (other, "7512")):
        assert one.ranked.index(group) < plain.ranked.index(group)


def test_duties_for_another_number_of_titles_are_an_error(library: Library) -> None:
    with pytest.raises(ShapeError, match="2 texts, 1 duties"):
        Linker(library).link(["a", "b"], to="isco08", duties=["c"])


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Tukang las", "Tukang las"),
        ("Posisi: Tukang las\nPenempatan: Bekasi\n" + WELDING * 3, "Tukang las"),
        ("Position : Finance Manager Location: Jakarta. " + "We sell things. " * 20, "Finance Manager"),
        ("Kasir toko\n" + BAKING * 4, "Kasir toko"),
    ],
)
def test_the_title_of_a_long_text_is_what_it_calls_so_or_its_first_clause(text: str, title: str) -> None:
    found, duties = split_long(text)
    assert found == title
    assert duties == (text if len(text) > 200 else None)


@given(st.text(max_size=600))
def test_parting_takes_any_text(text: str) -> None:
    title, duties = split_long(text)
    assert len(title) <= max(200, len(text) if duties is None else 200)
    assert duties in (None, text)
