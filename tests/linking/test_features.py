"""Words and n-grams of texts: rows against plain dictionaries, numbers of equal texts, memory of words."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from time import process_time
from zlib import crc32

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from padan.linking import features
from padan.linking.features import WIDTH, Features, Rows, count, fit, keys, read, weigh
from padan.linking.normalise import expand, key, stem, tokens

CORPUS = [
    "Kasir toko",
    "Kasir minimarket",
    "Operator forklift",
    "Operator mesin jahit",
    "Tukang las",
    "Tukang las TIG bersertifikat",
    "Admin gudang",
    "Staf administrasi gudang dan pengiriman",
    "Perawat",
    "Perawat gigi anak",
    "Software engineer",
    "Senior software engineer (backend)",
    "Kepala toko",
    "Café barista",
    "Sopir",
]
QUERIES = [
    "kasir",
    "operator las",
    "admin gudang malam",
    "prawat gigi",
    "softwar enginer",
    "barista cafe",
    "xyz",
    "toko toko toko",
]

_words = st.sampled_from(
    ["kasir", "toko", "las", "operator", "mesin", "admin", "gudang", "perawat", "qc", "spv", "c++", "s1", "é"]
)
#: whatever may stand in a file, lone surrogates too, mixed with words that have an abbreviation or an affix
_texts = st.lists(_words | st.text(st.characters(), max_size=20), max_size=6).map(" ".join)


# -- brute force: one dictionary a text --------------------------------------------------------------------


def word_counts(text: str) -> Counter[str]:
    """Stems count one each time, pairs of neighbours .6 each time."""
    stems = [stem(t) for t in expand(tokens(text))]
    out: Counter[str] = Counter()
    for word in stems:
        out[word] += 1.0  # type: ignore[assignment]
    for first, second in pairwise(stems):
        out[f"{first} {second}"] += 0.6  # type: ignore[assignment]
    return out


def gram_counts(text: str) -> Counter[bytes]:
    """Pieces of 3, 4 and 5 bytes of the words, each word with a blank before and after it."""
    out: Counter[bytes] = Counter()
    for word in expand(tokens(text)):
        framed = f" {word} ".encode()
        for size in (3, 4, 5):
            out.update(framed[i : i + size] for i in range(len(framed) - size + 1))
    return out


def word_column(feature: str) -> int:
    """Where a stem or a pair of stems is counted."""
    codes = [crc32(word.encode()) for word in feature.split(" ")]
    if len(codes) == 1:
        return codes[0] % WIDTH
    return ((codes[0] * 31 + codes[1] * 1_000_003) ^ (codes[1] >> 7)) % WIDTH


def gram_column(piece: bytes) -> int:
    """Where a piece of a word is counted: a polynomial of its bytes in 64 bits, then mixed."""
    value = 0
    for byte in piece:
        value = (value * 1_000_003 + byte) % 2**64
    value = (value ^ (value >> 29)) * (0xBF58476D1CE4E5B9 >> 1) % 2**64
    return (value >> 40) % WIDTH


def hashed(counts: Counter, column: Callable[..., int]) -> dict[int, float]:
    """Column -> count; features that share a column are added."""
    out: dict[int, float] = {}
    for feature, amount in counts.items():
        out[column(feature)] = out.get(column(feature), 0.0) + amount
    return out


VIEWS = ((0, word_counts, word_column), (1, gram_counts, gram_column))


def dictionaries(rows: Rows) -> list[dict[int, float]]:
    """Rows as dictionaries; columns must ascend, so that none stands twice."""
    out = []
    for first, last in pairwise(rows.indptr.tolist()):
        columns = rows.columns[first:last].tolist()
        assert all(a < b for a, b in pairwise(columns))
        assert all(0 <= c < WIDTH for c in columns)
        out.append(dict(zip(columns, rows.values[first:last].tolist(), strict=True)))
    return out


def weighted(counts: dict, df: Counter, texts: int) -> dict:
    """(1 + ln count) · idf, of unit length."""
    out = {f: (1 + math.log(n)) * (math.log((1 + texts) / (1 + df[f])) + 1) for f, n in counts.items()}
    length = math.sqrt(sum(v * v for v in out.values()))
    return {f: v / length for f, v in out.items()}


def rows_of(corpus: Sequence[str], texts: Sequence[str]) -> Features:
    """Rows of texts under the weights that a corpus gives."""
    return weigh(count(read(texts)), fit(count(read(corpus))))


def flat(found: Features) -> list[bytes]:
    return [array.tobytes() for rows in found for array in rows]


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A memory that has met no word and begins anew at each reading of more than a handful."""
    monkeypatch.setattr(features, "_MEMORY", features._Memory())
    monkeypatch.setattr(features, "_MOST", 4)


# -- rows --------------------------------------------------------------------------------------------------


@given(st.lists(_texts, max_size=5))
@example([])
@example([""])
@example(["🎉", "kasir", "", "★"])
@example(["\ud800 kasir \udfff"])
@example(["a a a a", "las las las las las"])
@example(["a" * 1_000, "kasir toko " * 300])
def test_counts_are_those_of_plain_dictionaries(texts: list[str]) -> None:
    found = count(read(texts))
    for view, counts, column in VIEWS:
        rows = dictionaries(found[view])
        assert len(rows) == len(texts)
        for row, text in zip(rows, texts, strict=True):
            assert row == pytest.approx(hashed(counts(text), column), rel=1e-5)


@settings(max_examples=25)
@given(st.lists(_texts, max_size=5), st.lists(_texts, max_size=3))
@example([], ["kasir"])
@example(["kasir toko", "kasir"], ["kasir toko", "", "🎉", "tukang las"])
def test_weighted_rows_are_those_of_plain_dictionaries(corpus: list[str], texts: list[str]) -> None:
    found = rows_of(corpus, texts)
    for view, counts, column in VIEWS:
        df: Counter[int] = Counter(c for text in corpus for c in hashed(counts(text), column))
        for row, text in zip(dictionaries(found[view]), texts, strict=True):
            assert row == pytest.approx(weighted(hashed(counts(text), column), df, len(corpus)), abs=1e-5)


@pytest.mark.parametrize("query", [*QUERIES, *CORPUS])
def test_products_of_rows_are_the_cosines_of_features_that_are_not_hashed(query: str) -> None:
    names, asked = rows_of(CORPUS, CORPUS), rows_of(CORPUS, [query])
    for view, counts, _ in VIEWS:
        df: Counter = Counter(f for text in CORPUS for f in counts(text))
        own = weighted(counts(query), df, len(CORPUS))
        expected = [
            sum(v * own.get(f, 0.0) for f, v in weighted(counts(text), df, len(CORPUS)).items())
            for text in CORPUS
        ]
        (row,) = dictionaries(asked[view])
        found = [sum(v * row.get(c, 0.0) for c, v in name.items()) for name in dictionaries(names[view])]
        assert found == pytest.approx(expected, abs=1e-5)


def test_the_features_of_these_texts_do_not_share_a_column() -> None:
    """The cosines above know no collisions, so there must be none."""
    found = count(read([*CORPUS, *QUERIES]))
    for view, counts, _ in VIEWS:
        distinct = {f for text in (*CORPUS, *QUERIES) for f in counts(text)}
        assert len(set(found[view].columns.tolist())) == len(distinct)


def test_a_pair_of_neighbours_weighs_half_of_a_word() -> None:
    (row,) = dictionaries(count(read(["kasir toko"])).words)
    assert sorted(row.values()) == pytest.approx([0.6, 1.0, 1.0])
    assert 1 + math.log(0.6) == pytest.approx(0.5, abs=0.02)


def test_rows_have_unit_length_and_an_empty_text_has_none() -> None:
    texts = [*CORPUS, "", "🎉", " - "]
    for rows in rows_of(CORPUS, texts):
        lengths = [math.sqrt(sum(v * v for v in row.values())) for row in dictionaries(rows)]
        assert lengths == pytest.approx([1.0] * len(CORPUS) + [0.0] * 3, abs=1e-6)
        assert rows.values.dtype == np.float32


def test_no_texts_at_all_are_no_error() -> None:
    words = read([])
    assert keys(words).tolist() == []
    weights = fit(count(words))
    for rows in weigh(count(words), weights):
        assert rows.indptr.tolist() == [0]
        assert not len(rows.columns)
        assert not len(rows.values)
    assert all(idf.shape == (WIDTH,) and (idf == 1).all() for idf in weights)


def test_what_was_never_seen_counts_in_the_length_of_a_row_only() -> None:
    alone, mixed = dictionaries(rows_of(["kasir", "toko"], ["kasir", "kasir forklift"]).words)
    column = word_column("kasir")
    assert alone[column] == pytest.approx(1.0)
    assert 0 < mixed[column] < 0.7


def test_texts_do_not_run_into_each_other() -> None:
    together = dictionaries(count(read(["abc", "def", "kasir"])).chars)
    for row, text in zip(together, ["abc", "def", "kasir"], strict=True):
        assert row == dictionaries(count(read([text])).chars)[0]


@given(st.lists(_texts, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_texts_changes_no_row(texts: list[str], shuffler: random.Random) -> None:
    order = list(range(len(texts)))
    shuffler.shuffle(order)
    straight, turned = count(read(texts)), count(read([texts[i] for i in order]))
    for one, other in zip(straight, turned, strict=True):
        assert [dictionaries(one)[i] for i in order] == dictionaries(other)


def test_a_hundred_thousand_titles_of_known_words_are_counted_within_seconds() -> None:
    titles = [f"{a} {b}" for a in CORPUS for b in QUERIES]
    count(read(titles))
    start = process_time()
    found = count(read(titles * 850))
    assert process_time() - start < 8.0
    assert len(found.words.indptr) == 102_001


# -- numbers of equal texts --------------------------------------------------------------------------------


def dressed(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from(
        [text, f"  {text}!", text.upper(), text.replace(" ", " / "), f"{text} x", f"- {text}"]
    )


@given(_texts.flatmap(lambda text: st.tuples(st.just(text), dressed(text) | _texts)))
@example(("qc", "quality control"))
@example(("kasir toko", "toko kasir"))
@example(("kasir kasir", "kasir"))
@example(("kasirtoko", "kasir toko"))
@example(("", "🎉"))
def test_numbers_are_equal_exactly_when_the_keys_of_the_texts_are(pair: tuple[str, str]) -> None:
    one, other = keys(read(pair)).tolist()
    assert (one == other) == (key(pair[0]) == key(pair[1]))
    assert (one == 0) == (key(pair[0]) == "")
    assert one >= 0


@pytest.mark.parametrize("text", ["", " ", "🎉", "★ ★", "--", "\x00", "()", "\ud800"])
def test_a_text_without_words_has_the_number_0(text: str) -> None:
    assert keys(read(["kasir", text])).tolist()[1] == 0


def test_numbers_do_not_depend_on_what_was_read_before(forgetful: None) -> None:
    first = keys(read(CORPUS))
    read(["sesuatu yang lain sama sekali di sini"])
    np.testing.assert_array_equal(keys(read(CORPUS[::-1]))[::-1], first)


def test_a_thousand_titles_have_a_thousand_numbers() -> None:
    texts = [f"{a} {b}" for a in CORPUS for b in range(80)]
    assert len(set(keys(read(texts)).tolist())) == len(texts)


# -- the memory of words -----------------------------------------------------------------------------------


def test_forgetting_all_words_changes_no_row(forgetful: None) -> None:
    texts = [*CORPUS, *QUERIES, "", "🎉"]
    first = read(texts)
    expected, numbers = flat(rows_of(texts, texts)), keys(first)
    assert len(features._MEMORY.word) > 4
    read(["satu", "dua tiga"])
    assert set(features._MEMORY.word) == {"satu", "dua", "tiga"}, "it began anew"
    assert flat(rows_of(texts, texts)) == expected
    assert flat(weigh(count(first), fit(count(first)))) == expected, "what was read before still holds"
    np.testing.assert_array_equal(keys(first), numbers)


@given(st.lists(st.lists(_texts, max_size=3), min_size=1, max_size=4))
def test_reading_in_parts_gives_the_rows_of_reading_at_once(parts: list[list[str]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(features, "_MEMORY", features._Memory())
        patch.setattr(features, "_MOST", 3)
        apart = [count(read(part)) for part in parts]
    together = count(read([text for part in parts for text in part]))
    for view in range(2):
        joined = [row for found in apart for row in dictionaries(found[view])]
        assert joined == dictionaries(together[view])


def test_abbreviations_are_remembered_written_out(forgetful: None) -> None:
    texts = ["qc", "quality control", "QC", "spv qc"]
    for _ in range(2):
        rows = dictionaries(count(read(texts)).words)
        assert rows[0] == rows[1] == rows[2]
        assert len(rows[3]) == 5


@pytest.mark.parametrize("most", [400_000, 3], ids=["kept", "begun anew"])
def test_threads_that_read_at_once_get_the_rows_of_one_alone(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{a} {b}" for a in CORPUS for b in (*QUERIES, *(f"kata{i}" for i in range(20)))]
    expected = flat(count(read(texts)))
    monkeypatch.setattr(features, "_MOST", most)
    for _ in range(5):
        monkeypatch.setattr(features, "_MEMORY", features._Memory())
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: flat(count(read(texts))), range(4)))
        assert found == [expected] * 4
