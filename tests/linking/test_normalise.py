"""Titles and words in one form: what is taken out of a title, what is written out, which forms meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.linking.normalise import clean_title, expand, key, stem, tokens, words

PLACES = frozenset({"bandung", "cikarang", "malang", "sleman", "kota baru"})


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        # urgency and the words of an advertisement
        ("URGENT!! Kasir", "kasir"),
        ("Dibutuhkan Segera: Tukang Las", "tukang las"),
        ("Lowongan Kerja Penjahit", "penjahit"),
        ("Dicari penjaga toko", "penjaga toko"),
        ("Ingin kerja jadi satpam", "satpam"),
        ("WE ARE HIRING - Barista", "barista"),
        # a place behind a dash, a bar, a comma; at the end
        ("Sales Executive - Bandung", "sales executive"),
        ("Operator Forklift | Cikarang", "operator forklift"),
        ("Barista, Malang", "barista"),
        ("Guru Matematika Sleman", "guru matematika"),
        ("Kasir – Kota Baru", "kasir"),
        # brackets: noise goes, the job stays
        ("Kasir (Penempatan Kota Malang)", "kasir"),
        ("Tukang Las [Full Time]", "tukang las"),
        ("Perawat (IGD)", "perawat igd"),
        ("Tukang Jahit (Pria/Wanita)", "tukang jahit"),
        # the employer
        ("Penjahit PT Maju Jaya", "penjahit"),
        ("Teknisi CV. Sinar Abadi Sentosa", "teknisi"),
        # seniority is part of the job
        ("Senior Welder", "senior welder"),
        ("Kepala Gudang", "kepala gudang"),
        ("Jr. Programmer", "junior programmer"),
        # abbreviations, accents, capitals
        ("SPV Produksi", "supervisor produksi"),
        ("Pâtissier", "patissier"),
    ],
)
def test_a_title_keeps_the_job_and_loses_the_rest(title: str, expected: str) -> None:
    assert clean_title(title, places=PLACES) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [("Bandung", "bandung"), ("URGENT", "urgent"), ("Bandung - Malang", "bandung malang"), ("12", "12")],
)
def test_a_title_of_noise_alone_stays_as_it_is(title: str, expected: str) -> None:
    assert clean_title(title, places=PLACES) == expected


@given(
    st.lists(
        st.one_of(
            st.sampled_from(sorted(words()["noise"])),
            st.sampled_from(sorted(PLACES)),
            st.sampled_from(["PT Maju", "-", "(", ")", "|", "!!!", "kasir", "12", "C++", ","]),
            st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=8),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_a_title_with_letters_is_never_emptied(parts: list[str]) -> None:
    title = " ".join(parts)
    if key(title):
        assert clean_title(title, places=PLACES)


@given(st.text(max_size=400))
def test_no_title_raises(title: str) -> None:
    cleaned = clean_title(title, places=PLACES)
    assert cleaned == " ".join(cleaned.split())


@pytest.mark.parametrize("title", ["(" * 1_000_000, "pt " * 300_000, "- " * 500_000, "a" * 1_000_000])
def test_a_megabyte_of_title_is_cut(title: str) -> None:
    assert len(clean_title(title)) <= 1_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C++, C# dan .NET", ["c++", "c#", "dan", ".net"]),
        ("Node.js", ["node.js"]),
        ("D3.Teknik", ["d3", "teknik"]),
        ("R&D", ["r&d"]),
        ("Jum'at", ["jumat"]),
        ("sopir/kurir", ["sopir", "kurir"]),
        ("", []),
        ("👍👍", []),
    ],
)
def test_tokens_keep_the_symbols_that_belong_to_a_name(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_tokens_stop_at_the_limit() -> None:
    assert tokens("a.b.c d", limit=2) == ["a", "b"]
    assert len(tokens("kata " * 1000)) == 400
    assert tokens("x" * 90) == ["x" * 40]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("spv", ["supervisor"]),
        ("r&d", ["research", "and", "development"]),
        ("kabag", ["kepala", "bagian"]),
        ("sopir", ["supir"]),
        ("las", ["las"]),
    ],
)
def test_abbreviations_are_written_out(short: str, long: list[str]) -> None:
    assert expand([short]) == long


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SPV Gudang", "supervisor gudang"),
        ("Sopir", "supir"),
        ("Staf Administrasi", "STAFF ADM"),
        ("CS", "customer  service"),
        ("Crème", "creme"),
    ],
)
def test_two_spellings_of_a_name_are_one_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mengelas", "pengelasan"),
        ("menjahit", "penjahit"),
        ("menjual", "penjualan"),
        ("mengemudikan", "pengemudi"),
        ("mengajar", "pengajaran"),
        ("membersihkan", "kebersihan"),
        ("mengoperasikan", "pengoperasian"),
        ("operators", "operator"),
        ("cooking", "cook"),
        ("cleaning", "cleaned"),
    ],
)
def test_forms_of_one_word_meet_in_the_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize("token", ["c++", "s1", "las", "sql", ""])
def test_short_words_and_symbols_are_their_own_stem(token: str) -> None:
    assert stem(token) == token


@given(st.text(max_size=60))
def test_a_stem_of_a_token_is_not_empty(text: str) -> None:
    assert all(stem(t) for t in tokens(text))
    assert key(key(text)) == key(text) or "&" in text or "." in text
