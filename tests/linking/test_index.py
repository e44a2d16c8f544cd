"""Names and their vectors: cosines against plain dictionaries, ties, equal names, what is dropped."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.errors import ShapeError
from padan.linking.index import Fusion, Index, Names
from padan.linking.normalise import expand, stem, tokens
from padan.linking.views import CharView, WordView

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
    "toko toko",
]


# -- brute force: one dictionary a text --------------------------------------------------------------------


def word_counts(text: str) -> dict[str, float]:
    """Stems count one each time, pairs of neighbours .6 each time."""
    stems = [stem(t) for t in expand(tokens(text))]
    out: dict[str, float] = {}
    for word in stems:
        out[word] = out.get(word, 0.0) + 1.0
    for first, second in pairwise(stems):
        out[f"{first} {second}"] = out.get(f"{first} {second}", 0.0) + 0.6
    return out


def gram_counts(text: str) -> dict[str, float]:
    """Pieces of 3, 4 and 5 bytes of the words, each word with a blank before and after it."""
    out: Counter[str] = Counter()
    for word in expand(tokens(text)):
        framed = f" {word} ".encode()
        for size in (3, 4, 5):
            out.update(framed[i : i + size].decode("latin-1") for i in range(len(framed) - size + 1))
    return {gram: float(n) for gram, n in out.items()}


def cosine(a: dict[str, float], b: dict[str, float], df: Counter[str], texts: int) -> float:
    def weighted(counts: dict[str, float]) -> dict[str, float]:
        return {f: (1 + math.log(n)) * (math.log((1 + texts) / (1 + df[f])) + 1) for f, n in counts.items()}

    one, other = weighted(a), weighted(b)
    lengths = [math.sqrt(sum(v * v for v in w.values())) for w in (one, other)]
    return (
        sum(v * other.get(f, 0.0) for f, v in one.items()) / (lengths[0] * lengths[1])
        if all(lengths)
        else 0.0
    )


def cosines(query: str, corpus: Sequence[str], counts: Callable[[str], dict[str, float]]) -> list[float]:
    vectors = [counts(text) for text in corpus]
    df: Counter[str] = Counter(feature for vector in vectors for feature in vector)
    return [cosine(counts(query), vector, df, len(corpus)) for vector in vectors]


def dense(view: WordView | CharView, query: str, corpus: Sequence[str]) -> list[float]:
    rows = view.fit(corpus)
    return [float(x) for x in (rows @ view.transform([query]).T).toarray()[:, 0]]


@pytest.mark.parametrize("query", [*QUERIES, *CORPUS])
def test_cosines_are_those_of_plain_dictionaries(query: str) -> None:
    assert dense(WordView(), query, CORPUS) == pytest.approx(cosines(query, CORPUS, word_counts), abs=1e-5)
    assert dense(CharView(), query, CORPUS) == pytest.approx(cosines(query, CORPUS, gram_counts), abs=1e-5)


_words = st.sampled_from(
    ["kasir", "toko", "las", "operator", "mesin", "admin", "gudang", "perawat", "c++", "s1", "é"]
)
_texts = st.lists(_words, min_size=1, max_size=5).map(" ".join)


@given(st.lists(_texts, min_size=1, max_size=6), _texts)
def test_any_cosines_are_those_of_plain_dictionaries(corpus: list[str], query: str) -> None:
    assert dense(WordView(), query, corpus) == pytest.approx(cosines(query, corpus, word_counts), abs=1e-5)
    assert dense(CharView(), query, corpus) == pytest.approx(cosines(query, corpus, gram_counts), abs=1e-5)


def test_the_features_of_these_tests_do_not_share_a_column() -> None:
    """Features are hashed; the brute force above knows no collisions, so there must be none here."""
    features = {f for text in (*CORPUS, *QUERIES) for f in word_counts(text)}
    assert len({crc32(f.encode()) % (1 << 20) for f in features}) == len(features)


def test_rows_have_unit_length_and_an_empty_text_has_none() -> None:
    for view in (WordView(), CharView()):
        rows = view.fit([*CORPUS, "", "🎉", " - "])
        lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1))[:, 0])
        np.testing.assert_allclose(lengths, [1] * len(CORPUS) + [0] * 3, atol=1e-6)


@pytest.mark.parametrize("view", [WordView(), CharView()], ids=lambda v: v.name)
def test_no_texts_at_all_are_no_error(view: WordView | CharView) -> None:
    assert view.fit([]).shape[0] == 0
    assert view.transform([]).shape[0] == 0


def test_texts_do_not_run_into_each_other() -> None:
    view = CharView()
    together = view.fit(["abc", "def", "kasir"])
    alone = CharView()
    alone.fit(["abc", "def", "kasir"])
    assert (together[0] != alone.transform(["abc"])[0]).nnz == 0
    assert (together[1] != alone.transform(["def"])[0]).nnz == 0


# -- names -------------------------------------------------------------------------------------------------


def test_names_are_sorted_by_concept_and_hold_each_text_once() -> None:
    names = Names.of(
        [(2, "c", 1.0), (0, "a", 0.5), (0, " a ", 0.9), (1, "", 1.0), (1, "  ", 1.0), (0, "b", 1.0)]
    )
    assert list(zip(names.concept.tolist(), names.texts, strict=True)) == [(0, "a"), (0, "b"), (2, "c")]
    assert names.weight.tolist() == pytest.approx([0.9, 1.0, 1.0])


def index_of(rows: Sequence[tuple[int, str, float]], size: int, texts: Sequence[str] | None = None) -> Index:
    return Index(Names.of(rows), size, texts=texts)


@pytest.mark.parametrize("fusion", [Fusion(0.6, 0.4), Fusion(1.0, 0.0), Fusion(0.0, 1.0), Fusion(0.2, 0.3)])
def test_a_concept_scores_its_best_name_times_the_weight_of_the_name(fusion: Fusion) -> None:
    rows = [(i % 5, text, 0.5 + 0.5 * (i % 2)) for i, text in enumerate(CORPUS)]
    index = index_of(rows, 6)
    found = index.scores(QUERIES, fusion)
    assert found.shape == (len(QUERIES), 6)
    # the idf is that of the names in their stored order; order does not matter to it
    for q, query in enumerate(QUERIES):
        words, chars = cosines(query, CORPUS, word_counts), cosines(query, CORPUS, gram_counts)
        expected = [0.0] * 6
        for (concept, _, weight), w, c in zip(rows, words, chars, strict=True):
            expected[concept] = max(expected[concept], weight * (fusion.words * w + fusion.chars * c))
        assert found[q].tolist() == pytest.approx(expected, abs=1e-5)


def test_descriptions_add_to_the_score_and_find_concepts_without_a_name() -> None:
    texts = ["melayani pembeli di kasir", "mengelas pipa", ""]
    index = index_of([(0, "Kasir", 1.0)], 3, texts)
    plain = index.scores(["pembeli pipa"], Fusion(0.5, 0.5, 0.0))[0]
    with_text = index.scores(["pembeli pipa"], Fusion(0.5, 0.5, 0.3))[0]
    expected = [0.3 * c for c in cosines("pembeli pipa", texts, word_counts)]
    assert (with_text - plain).tolist() == pytest.approx(expected, abs=1e-5)
    assert with_text[1] > 0


def test_a_name_of_a_concept_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ShapeError, match="concept 3, there are 3"):
        index_of([(3, "Kasir", 1.0)], 3)


def test_an_index_of_nothing_finds_nothing() -> None:
    index = index_of([], 0)
    assert index.scores(["kasir"], Fusion()).shape == (1, 0)
    assert index.exact("kasir") == ()


# -- equal names -------------------------------------------------------------------------------------------


def test_equal_names_are_found_in_any_dress_and_the_weightier_first() -> None:
    index = index_of([(0, "Kasir", 0.9), (1, "KASIR", 1.0), (2, "Sopir", 1.0), (0, "Juru bayar", 1.0)], 3)
    assert [c for c, _ in index.exact("kasir!")] == [1, 0]
    assert dict(index.exact("Kasir")) == pytest.approx({0: 0.9, 1: 1.0})
    assert [
        c for c, _ in index.exact("DIBUTUHKAN SEGERA kasir - Bandung", places=frozenset({"bandung"}))
    ] == [1, 0]
    assert index.exact("kasir toko") == ()


def test_equal_weights_stand_in_the_order_of_the_concepts() -> None:
    index = index_of([(2, "Kasir", 1.0), (0, "Kasir", 1.0), (1, "Kasir", 1.0)], 3)
    assert [c for c, _ in index.exact("kasir")] == [0, 1, 2]


@pytest.mark.parametrize("query", ["", "🎉", "★ ★", "--", "\x00", "()"])
def test_what_has_no_letter_equals_no_name(query: str) -> None:
    index = index_of([(0, "😀", 1.0), (1, "***", 1.0), (2, "Kasir", 1.0)], 3)
    assert index.exact(query) == ()


# -- chunks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 511, 512, 513, 5_000])
def test_chunks_cover_every_query_once(count: int) -> None:
    index = index_of([(i, text, 1.0) for i, text in enumerate(CORPUS)], len(CORPUS))
    chunks = index.chunks(count)
    covered = [i for start in chunks for i in range(start, min(start + chunks.step, count))]
    assert covered == list(range(count))
    assert chunks.step >= 1
