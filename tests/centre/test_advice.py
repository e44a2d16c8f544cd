"""Advice in words: both languages say the same, with the right numbers, and nothing that is not known."""

from __future__ import annotations

import itertools
import re
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import padan.centre.advice as module
from padan.centre.advice import LANGUAGES, nothing, sentences, statements, texts
from padan.errors import InputError, ShapeError
from padan.matching.advice import ADVICE, Reason
from padan.matching.overrides import Override, Refusal, apply_overrides

TITLES = {"v1": "Penjahit", "v2": "Operator mesin jahit"}


def row(**known: Any) -> dict[str, Any]:
    """A row of advice: forty people a place, nothing else known."""
    base = dict.fromkeys(ADVICE.names)
    base |= {
        "seeker_id": "s1",
        "rank": 1,
        "vacancy_id": "v1",
        "places": 1,
        "basis": "applies",
        "people": 40.0,
    }
    base |= {"people_per_place": 40.0, "people_per_place_low": 40.0, "people_per_place_high": 40.0}
    return base | known


def said(lang: str, **known: Any) -> str:
    (text,) = sentences(pa.Table.from_pylist([row(**known)], schema=ADVICE), lang, titles=TITLES)
    return text


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def forms(lang: str, key: str) -> dict[str, str]:
    text = texts(lang)[key]
    return {"other": text} if isinstance(text, str) else dict(text)


def test_both_languages_have_the_same_keys_and_gaps():
    one, two = (texts(lang) for lang in LANGUAGES)
    assert set(one) == set(two)
    for key in one:
        assert isinstance(one[key], str) == isinstance(two[key], str), key
        wanted = gaps(forms("id", key)["other"])
        for lang in LANGUAGES:
            for form, text in forms(lang, key).items():
                # "about 1 person" may be written out
                assert gaps(text) | ({"n"} & wanted if form == "one" else set()) == wanted, (lang, key, form)
                assert text.strip(), (lang, key)
    assert [lang for lang in LANGUAGES if texts(lang)["lang"] != lang] == []


def test_english_has_a_form_for_one_and_indonesian_needs_none():
    plural = [key for key in texts("en") if not isinstance(texts("en")[key], str)]
    assert len(plural) > 5
    for key in plural:
        assert set(forms("en", key)) == {"one", "other"}
        assert set(forms("id", key)) == {"other"}


def test_every_text_is_used():
    source = Path(module.__file__).read_text(encoding="utf-8")
    built = {f"why_{reason}" for reason in get_args(Reason)} | {
        f"refused_{code}" for code in get_args(Refusal)
    }
    built |= {f"why_{reason}_{at}" for reason in get_args(Reason) for at in ("listed", "left_out")}
    built |= {f"people_{basis}" for basis in ("applies", "looks")}
    built |= {f"applied_{action}" for action in ("add", "first", "remove")}
    built |= {
        f"near_{level}_{where}"
        for level in ("unit_group", "minor_group")
        for where in ("regency", "province", "province_only")
    }
    used = built | set(re.findall(r'"(\w+)"', source)) | {"lang"}
    assert set(texts("id")) - used == set()


@pytest.mark.parametrize(
    ("known", "indonesian", "english"),
    [
        (
            {"near_level": "unit_group", "places_regency": 3, "places_province": 8},
            "Sekitar 40 orang untuk satu tempat; ada 3 tempat sejenis di kabupaten/kota Anda.",
            "About 40 people per place; 3 places of this kind in your regency.",
        ),
        (
            {
                "people_per_place": 2.8,
                "people_per_place_low": 1.0,
                "people_per_place_high": 5.0,
                "near_level": "unit_group",
                "places_regency": 0,
                "places_province": 1,
            },
            "Sekitar 3 orang untuk satu tempat (bisa 1 sampai 5); tidak ada yang sejenis di "
            "kabupaten/kota Anda, ada 1 tempat di provinsi Anda.",
            "About 3 people per place (it may be 1 to 5); none of this kind in your regency, 1 place in your "
            "province.",
        ),
        (
            {"people_per_place": 1.2, "people_per_place_low": 0.0, "people_per_place_high": 3.0},
            "Sekitar 1 orang untuk satu tempat (bisa sampai 3).",
            "About 1 person per place (it may be up to 3).",
        ),
        (
            {"people_per_place": 0.4, "people_per_place_low": 0.0, "people_per_place_high": 1.0}
            | {"near_level": "minor_group", "places_regency": 1, "places_province": 1},
            "Tempatnya lebih banyak daripada orangnya; ada 1 tempat untuk pekerjaan serupa di "
            "kabupaten/kota Anda.",
            "More places than people; 1 place of similar work in your regency.",
        ),
        (
            {"people_per_place": 1054.0, "people_per_place_low": 1012.0, "people_per_place_high": 1096.0}
            | {"near_level": "minor_group", "places_regency": None, "places_province": 1250},
            "Sekitar 1.000 orang untuk satu tempat; ada 1.250 tempat untuk pekerjaan serupa di "
            "provinsi Anda.",
            "About 1,000 people per place; 1,250 places of similar work in your province.",
        ),
        (
            {"basis": "looks", "people_per_place": 37.0, "people_per_place_low": 29.0}
            | {"near_level": "minor_group", "places_regency": 0, "places_province": 0},
            "Paling banyak sekitar 40 orang untuk satu tempat; tidak ada yang sejenis atau serupa di "
            "provinsi Anda.",
            "At most about 40 people per place; none of this kind or of similar work in your province.",
        ),
        (
            {"reason": "crowded_elsewhere", "instead_of": "v2", "passed": 3}
            | {"instead_per_place": 212.0, "here_per_place": 40.0},
            "Sekitar 40 orang untuk satu tempat. Skor “Operator mesin jahit” lebih tinggi, tetapi "
            "lowongan itu tidak ada di daftar Anda karena saingannya lebih banyak: sekitar 200 orang "
            "per tempat, di sini sekitar 40 orang per tempat. Ada 2 lowongan lain yang skornya juga "
            "lebih tinggi.",
            "About 40 people per place. “Operator mesin jahit” fits better by its score but is not on "
            "your list, because more people compete there: about 200 per place, here about 40 per "
            "place. 2 more vacancies have a better score too.",
        ),
        (
            {"reason": "crowded_by_score", "instead_of": "v9", "instead_rank": 4, "passed": 2}
            | {"instead_per_place": 90.0, "here_per_place": 0.5},
            "Sekitar 40 orang untuk satu tempat. Lowongan ini di atas “v9” yang skornya lebih tinggi, "
            "agar tidak semua orang menumpuk di sana: bila menurut skor saja sekitar 90 orang per "
            "tempat, di sini tempat lebih banyak daripada orang. Ada 1 lowongan lain yang skornya juga "
            "lebih tinggi.",
            "About 40 people per place. It stands above “v9”, which fits better by its score, so that "
            "not everybody crowds there: by score alone it would be about 90 per place, here more "
            "places than people. 1 more vacancy has a better score too.",
        ),
        (
            {"reason": "override", "note": "Pernah magang di sana", "passed": 0},
            "Sekitar 40 orang untuk satu tempat. Pengantar kerja menaruh lowongan ini di daftar Anda: "
            "“Pernah magang di sana”.",
            "About 40 people per place. Your counsellor put this vacancy on your list: “Pernah magang "
            "di sana”.",
        ),
        (
            {"chance_if_applied": 0.231, "chance": 0.1, "chance_records": 1240, "chance_off_by": 0.031},
            "Sekitar 40 orang untuk satu tempat. Dari 100 pelamar dengan perkiraan yang sama, sekitar "
            "25 orang mendapat tempat (diuji pada 1.240 lamaran yang tercatat: rata-rata meleset 3 "
            "dari 100).",
            "About 40 people per place. Of 100 people with this estimate who apply, about 25 get a "
            "place (checked on 1,240 applications on record: off by 3 in 100 on average).",
        ),
        (
            {"chance_if_applied": 0.004, "chance": 0.001, "chance_records": 1, "chance_off_by": 0.001},
            "Sekitar 40 orang untuk satu tempat. Dari 100 pelamar dengan perkiraan yang sama, kurang "
            "dari 1 orang mendapat tempat (diuji pada 1 lamaran yang tercatat: rata-rata meleset "
            "kurang dari 1 dari 100).",
            "About 40 people per place. Of 100 people with this estimate who apply, fewer than 1 gets "
            "a place (checked on 1 application on record: off by less than 1 in 100 on average).",
        ),
        (
            {"people_per_place": None, "places": 0},
            "Saat ini tidak ada tempat yang terbuka.",
            "No open place at the moment.",
        ),
    ],
)
def test_what_a_person_reads(known, indonesian, english):
    assert said("id", **known) == indonesian
    assert said("en", **known) == english


def test_every_reason_has_its_own_words_in_both_languages():
    for lang in LANGUAGES:
        found = set()
        for reason, rank in itertools.product(get_args(Reason), (None, 5)):
            text = said(lang, reason=reason, instead_of="v2", instead_rank=rank, instead_per_place=200.0,
                        here_per_place=40.0, passed=1, note="alasan pengantar kerja")  # fmt: skip
            assert "Operator mesin jahit" in text
            found.add(text)
        # closed, quota, full and override read the same wherever the other one stands
        assert len(found) == 2 * len(get_args(Reason)) - 4


numbers = st.none() | st.floats(0, 5000)


@given(
    st.sampled_from(LANGUAGES),
    st.lists(st.floats(0, 3000), min_size=3, max_size=3),
    st.sampled_from([None, "unit_group", "minor_group"]),
    st.none() | st.integers(0, 3000),
    st.integers(0, 3000),
    st.sampled_from([None, *get_args(Reason)]),
    st.none() | st.floats(0, 1),
)
def test_any_row_has_a_sentence_without_gaps(lang, people, level, regency, province, reason, chance):
    low, middle, high = sorted(people)
    text = said(
        lang, people_per_place=middle, people_per_place_low=low, people_per_place_high=high, near_level=level,
        places_regency=regency, places_province=province, reason=reason, passed=1, note="sebuah alasan",
        instead_of=None if reason is None else "v2", instead_per_place=9.0, here_per_place=1.0,
        chance_if_applied=chance, chance_records=5, chance_off_by=0.1,
    )  # fmt: skip
    assert not re.search(r"[{}]|None|nan|%|\.\.|  | [.;,]", text)
    assert text[0].isupper()
    assert ("perkiraan yang sama" in text or "this estimate" in text) == (chance is not None)


def test_a_score_never_reads_as_a_chance():
    for lang in LANGUAGES:
        text = said(lang, reason="whole_market", instead_of="v2", passed=1)
        assert "100" not in text
        assert "%" not in text


@pytest.mark.parametrize("lang", ["", "ID", "jv", "../web/text/en"])
def test_a_language_that_is_not_there_is_an_error(lang):
    with pytest.raises(InputError, match="lang is") as caught:
        nothing(lang)
    assert caught.value.hint == "one of id, en"


def test_another_table_is_an_error_and_no_rows_are_no_sentences():
    with pytest.raises(ShapeError, match="no column seeker_id, rank"):
        sentences(pa.table({"x": [1]}), "id")
    assert sentences(ADVICE.empty_table(), "en") == []
    assert nothing("id") != nothing("en")


def test_a_counsellor_reads_what_came_of_each_decision():
    lists = np.array([[0, 1], [0, 1]], np.int32)
    on, reason = date(2026, 11, 24), "Pernah magang di tempat itu"
    decisions = [
        Override("s0", "v2", "first", reason, "Sari", on),
        Override("s0", "v0", "add", reason, "Sari", on),
        Override("s1", "v1", "remove", reason, "Budi", on),
        Override("s1", "v3", "add", reason, "Budi", on),
        Override("s1", "v2", "remove", reason, "Budi", on),
        Override("s0", "v4", "add", reason, "Budi", on),
    ]
    done = apply_overrides(
        lists, decisions, seeker_ids=["s0", "s1"], vacancy_ids=[f"v{i}" for i in range(5)],
        capacity=[1, 1, 1, 0, 2],
    )  # fmt: skip
    by_sari, by_budi = (f"({by}: “{reason}”)." for by in ("Sari", "Budi"))
    assert statements(done, "en", titles=TITLES) == [
        f"“Operator mesin jahit” put on top of the list of s0, position 1 {by_sari} The list was full, "
        "so “Penjahit” left it.",
        f"“v0” stays on the list of s0 at position 2 {by_sari} Before it stood at position 1.",
        f"“Penjahit” taken off the list of s1, where it stood at position 2 {by_budi}",
        f"Not done for s1: “v3” has no open place {by_budi}",
        "Not done for s1: “Operator mesin jahit” is not on the list, so there is nothing to take off "
        f"{by_budi}",
        "Not done for s0: every position of the list is a counsellor's decision already, so “v4” finds "
        f"no room {by_budi}",
    ]
    indonesian = statements(done, "id", titles=TITLES)
    assert indonesian[0] == (
        f"“Operator mesin jahit” ditaruh paling atas di daftar s0, urutan 1 {by_sari} Daftar sudah "
        "penuh, jadi “Penjahit” keluar dari daftar."
    )
    assert indonesian[1] == f"“v0” tetap di daftar s0 pada urutan 2 {by_sari} Semula pada urutan 1."
    assert len(indonesian) == 6
