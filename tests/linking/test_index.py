"""Names and their scores against dense NumPy, equal names, descriptions, and the same bits however asked."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from padan.linking import index as index_module
from padan.linking.features import Rows, Words, count, fit, read, weigh
from padan.linking.index import Descriptions, Evidence, Head, Index
from padan.linking.normalise import key

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
QUERIES = ["kasir", "operator las", "admin gudang malam", "prawat gigi", "softwar enginer", "xyz", "", "🎉"]
NOTHING = Head.of([], dense=0.0)

Scores = npt.NDArray[np.float32]
Named = Sequence[tuple[int, int, float]]


class Drawn:
    """An encoder whose vectors say nothing: drawn from the text, of unit length, zero for a blank text."""

    def __init__(self, dimension: int = 16) -> None:
        self.dimension = dimension

    def encode(self, texts: Sequence[str], *, words: Words | None = None) -> npt.NDArray[np.float32]:
        out = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            if text.strip():
                vector = np.random.default_rng(crc32(text.encode())).normal(size=self.dimension)
                out[row] = vector / np.linalg.norm(vector)
        return out


def dense(rows: Rows, columns: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    out = np.zeros((len(rows.indptr) - 1, len(columns)))
    owner = np.repeat(np.arange(len(out)), np.diff(rows.indptr))
    out[owner, np.searchsorted(columns, rows.columns)] = rows.values
    return out


def cosines(queries: Sequence[str], names: Sequence[str]) -> list[npt.NDArray[np.float64]]:
    """Cosines (q, m) of the words and of the characters, under the idf of the names."""
    counts = count(read(names))
    weights = fit(counts)
    out = []
    for asked, known in zip(weigh(count(read(queries)), weights), weigh(counts, weights), strict=True):
        columns = np.unique(np.concatenate([asked.columns, known.columns]))
        out.append(dense(asked, columns) @ dense(known, columns).T)
    return out


def likeness(
    queries: Sequence[str], names: Sequence[str], share: float, encoder: Drawn | None
) -> npt.NDArray[np.float64]:
    """How near each name is to each query, all views together."""
    words, chars = cosines(queries, names)
    fused = 0.6 * words + 0.4 * chars
    if encoder is None:
        return fused
    near = encoder.encode(queries).astype(float) @ encoder.encode(names).astype(float).T
    return share * np.maximum(near, 0) + (1 - share) * fused


def expected(near: npt.NDArray[np.float64], rows: Named, size: int) -> npt.NDArray[np.float64]:
    """The best name of each concept, one by one."""
    out = np.zeros((len(near), size))
    for concept, name, weight in rows:
        out[:, concept] = np.maximum(out[:, concept], weight * near[:, name])
    return out


@pytest.fixture(scope="module")
def plain() -> Index:
    return Index(CORPUS)


@pytest.fixture(scope="module")
def trained() -> Index:
    return Index(CORPUS, encoder=Drawn())


def ask(index: Index, queries: Sequence[str], head: Head, size: int) -> Scores:
    return index.scores(read(queries), queries, ((head, size), (NOTHING, 0)))[0]


# -- scores ------------------------------------------------------------------------------------------------

_rows = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.integers(0, len(CORPUS) - 1),
        st.sampled_from([0.0, 0.5, 0.93, 0.97, 0.98, 1.0]),
    ),
    max_size=25,
)
_queries = st.lists(st.sampled_from([*QUERIES, *CORPUS]) | st.text(max_size=20), max_size=4)


@given(_rows, _queries, st.floats(0, 1, width=32))
@example([], [], 0.5)
@example([(0, 0, 1.0), (0, 0, 0.5), (6, 0, 0.5)], ["kasir toko"], 0.7)
def test_a_concept_scores_its_best_name_times_the_weight_of_the_name(
    plain: Index, trained: Index, rows: Named, queries: list[str], share: float
) -> None:
    found = ask(plain, queries, Head.of(rows, dense=0.0), 8)
    assert found.shape == (len(queries), 8)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected(likeness(queries, CORPUS, 0.0, None), rows, 8), atol=1e-5)
    found = ask(trained, queries, Head.of(rows, dense=share), 8)
    # a component of a vector is rounded to 1/4000
    near = likeness(queries, CORPUS, share, Drawn())
    np.testing.assert_allclose(found, expected(near, rows, 8), atol=1e-3)


def test_a_concept_without_a_name_scores_0(trained: Index) -> None:
    rows = [(1, i, 1.0) for i in range(len(CORPUS))]
    found = ask(trained, CORPUS, Head.of(rows, dense=0.7), 3)
    assert not found[:, [0, 2]].any()
    assert (found[:, 1] > 0.99).all()


def test_an_equal_name_scores_1_in_every_view(trained: Index) -> None:
    for share in (0.0, 0.5, 1.0):
        head = Head.of([(i, i, 1.0) for i in range(len(CORPUS))], dense=share)
        found = ask(trained, CORPUS, head, len(CORPUS))
        np.testing.assert_allclose(np.diag(found), 1, atol=2e-3)
        assert (found.argmax(axis=1) == np.arange(len(CORPUS))).all()


def test_a_vector_that_points_the_other_way_takes_nothing_off() -> None:
    class Opposed(Drawn):
        def encode(self, texts: Sequence[str], *, words: Words | None = None) -> npt.NDArray[np.float32]:
            return np.array([[1.0 if t.islower() else -1.0, 0.0] for t in texts], np.float32)

    rows = [(0, 0, 1.0)]
    found = ask(Index(["KASIR"], encoder=Opposed()), ["kasir toko"], Head.of(rows, dense=0.4), 1)
    plain = ask(Index(["KASIR"]), ["kasir toko"], Head.of(rows, dense=0.0), 1)
    np.testing.assert_allclose(found, 0.6 * plain, rtol=1e-6)
    assert found[0, 0] > 0


@given(_rows, _rows, st.sampled_from([0.0, 0.3, 0.85]), st.sampled_from([0.0, 0.7]))
def test_two_targets_in_one_pass_score_as_each_alone(
    trained: Index, first: Named, second: Named, share: float, other_share: float
) -> None:
    one, other = Head.of(first, dense=share), Head.of(second, dense=other_share)
    both = trained.scores(read(QUERIES), QUERIES, ((one, 7), (other, 9)))
    np.testing.assert_array_equal(both[0], ask(trained, QUERIES, one, 7))
    np.testing.assert_array_equal(both[1], ask(trained, QUERIES, other, 9))


def with_votes(near: npt.NDArray[np.float64], rows: Named, size: int, vote: float) -> npt.NDArray[np.float64]:
    """The best name of each concept, and its share in the votes of the names near the best of all."""
    out = expected(near, rows, size)
    best = {(c, n): max(w for a, b, w in rows if (a, b) == (c, n)) for c, n, _ in rows}
    for q in range(len(near)):
        most = out[q].max()
        if most > 0:
            votes = np.zeros(size)
            for (concept, name), weight in best.items():
                score = weight * near[q, name]
                votes[concept] += np.exp((score - most) / 0.08) if score > most - 0.4 else 0
            out[q] = (out[q] + vote * votes / votes.sum()) / (1 + vote)
    return out


@given(_rows, _queries, st.sampled_from([0.1, 0.5, 2.0]))
def test_the_share_among_the_nearest_names_is_mixed_into_a_score(
    plain: Index, rows: Named, queries: list[str], vote: float
) -> None:
    found = ask(plain, queries, Head.of(rows, dense=0.0, vote=vote), 8)
    wanted = with_votes(likeness(queries, CORPUS, 0.0, None), rows, 8, vote)
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_of_two_concepts_with_an_equal_name_more_near_names_win(trained: Index) -> None:
    rows = [(0, 0, 1.0), (1, 0, 1.0), (1, 1, 1.0), (2, 14, 1.0)]
    alone = ask(trained, ["kasir"], Head.of(rows, dense=0.2), 4)[0]
    voted = ask(trained, ["kasir"], Head.of(rows, dense=0.2, vote=0.5), 4)[0]
    assert voted[1] > voted[0] > voted[2]
    assert alone[0] <= alone[1]
    assert voted[3] == 0
    assert (voted <= 1).all()


def test_nothing_found_is_nothing_voted(plain: Index) -> None:
    head = Head.of([(0, 0, 1.0), (1, 1, 0.0)], dense=0.0, vote=0.5)
    assert not ask(plain, ["", "🎉", "xyz"], head, 2).any()


def test_without_an_encoder_the_share_of_vectors_goes_to_the_words(plain: Index) -> None:
    rows = [(i, i, 1.0) for i in range(len(CORPUS))]
    sparse, mixed = (ask(plain, QUERIES, Head.of(rows, dense=d), len(CORPUS)) for d in (0.0, 0.7))
    np.testing.assert_array_equal(sparse, mixed)


def test_the_encoder_is_asked_only_where_a_target_wants_it() -> None:
    asked: list[int] = []

    class Counted(Drawn):
        def encode(self, texts: Sequence[str], *, words: Words | None = None) -> npt.NDArray[np.float32]:
            asked.append(len(texts))
            assert words is not None
            assert len(words.indptr) == len(texts) + 1
            return super().encode(texts)

    index = Index(CORPUS, encoder=Counted())
    assert asked == [len(CORPUS)]
    ask(index, QUERIES, Head.of([(0, 0, 1.0)], dense=0.0), 1)
    assert asked == [len(CORPUS)]
    ask(index, QUERIES, Head.of([(0, 0, 1.0)], dense=0.1), 1)
    assert asked == [len(CORPUS), len(QUERIES)]


@pytest.mark.parametrize("encoder", [None, Drawn()], ids=["sparse", "trained"])
def test_an_index_of_nothing_finds_nothing(encoder: Drawn | None) -> None:
    index = Index([], encoder=encoder)
    assert ask(index, ["kasir", ""], Head.of([], dense=0.7), 0).shape == (2, 0)
    assert ask(index, ["kasir"], Head.of([], dense=0.7), 3).tolist() == [[0.0, 0.0, 0.0]]
    assert index.equal(read(["kasir", ""]), ["kasir", ""]) == [[], []]


@pytest.mark.parametrize("encoder", [None, Drawn()], ids=["sparse", "trained"])
def test_no_queries_get_no_scores(encoder: Drawn | None) -> None:
    index = Index(CORPUS, encoder=encoder)
    assert ask(index, [], Head.of([(0, 0, 1.0)], dense=0.7), 1).shape == (0, 1)
    assert index.equal(read([]), []) == []


def test_names_without_words_score_nothing_and_are_no_error() -> None:
    index = Index(["", "🎉", "kasir"])
    found = ask(index, ["", "🎉", "kasir"], Head.of([(i, i, 1.0) for i in range(3)], dense=0.0), 3)
    np.testing.assert_allclose(found, [[0, 0, 0], [0, 0, 0], [0, 0, 1]], atol=1e-6)


# -- heads -------------------------------------------------------------------------------------------------


@given(_rows)
def test_a_head_holds_each_name_of_a_concept_once_with_its_heaviest_weight(rows: Named) -> None:
    head = Head.of(rows, dense=0.5)
    found = {
        (int(concept), int(head.name[i])): float(head.weight[i])
        for c, concept in enumerate(head.concept)
        for i in range(head.start[c], head.start[c + 1])
    }
    wanted = {(c, n): max(w for a, b, w in rows if (a, b) == (c, n)) for c, n, _ in rows}
    assert found == pytest.approx(wanted)
    assert len(head.name) == len(head.weight) == head.start[-1] == len(wanted)
    assert head.concept.tolist() == sorted({c for c, _, _ in rows})
    assert head.dense == np.float32(0.5)


def test_a_head_of_nothing_has_no_concepts() -> None:
    assert [len(part) for part in NOTHING[:4]] == [0, 0, 1, 0]


# -- the same bits, however it is asked --------------------------------------------------------------------

MANY = [f"{a} {b}" for a in ("kasir", "operator mesin", "las", "perawat", "x", "") for b in range(50)]
HEADS = (
    (Head.of([(i % 5, i, 0.9 + i / 200) for i in range(len(CORPUS))], dense=0.7, vote=0.3), 5),
    (Head.of([(i, i, 1.0) for i in range(len(CORPUS))], dense=0.3), len(CORPUS)),
)


def bits(index: Index, queries: Sequence[str]) -> list[bytes]:
    """Scores of each query under both heads, as bytes."""
    first, second = index.scores(read(queries), queries, HEADS)
    return [a.tobytes() + b.tobytes() for a, b in zip(first, second, strict=True)]


@pytest.fixture(scope="module")
def wide() -> Index:
    """An index with vectors as long as those of the encoder."""
    return Index(CORPUS, encoder=Drawn(128))


def test_a_query_has_the_same_bits_alone_and_in_any_batch(wide: Index) -> None:
    assert len(MANY) == 300
    together = bits(wide, MANY)
    assert together[::-1] == bits(wide, MANY[::-1])
    for position in (0, 1, 150, 255, 256, 299):
        assert [together[position]] == bits(wide, [MANY[position]])
    in_parts = [b for start in range(0, 300, 7) for b in bits(wide, MANY[start : start + 7])]
    assert in_parts == together


def test_threads_that_ask_at_once_get_the_same_bits(wide: Index) -> None:
    expected_bits = bits(wide, MANY)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: bits(wide, MANY), range(8)):
            assert found == expected_bits


@settings(max_examples=20)
@given(st.permutations(range(len(CORPUS))))
def test_names_in_any_order_give_the_same_bits(order: list[int]) -> None:
    place = {old: new for new, old in enumerate(order)}
    rows = [(i % 5, i, 0.9 + i / 200) for i in range(len(CORPUS))]
    straight = ask(Index(CORPUS, encoder=Drawn(128)), QUERIES, Head.of(rows, dense=0.7), 5)
    moved = Head.of([(c, place[n], w) for c, n, w in reversed(rows)], dense=0.7)
    turned = ask(Index([CORPUS[i] for i in order], encoder=Drawn(128)), QUERIES, moved, 5)
    np.testing.assert_array_equal(straight, turned)


@given(_rows, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_of_a_head_does_not_matter(rows: Named, shuffler: random.Random) -> None:
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    for one, other in zip(Head.of(rows, dense=0.5), Head.of(shuffled, dense=0.5), strict=True):
        np.testing.assert_array_equal(one, other)


# -- equal names -------------------------------------------------------------------------------------------

_dressed = st.sampled_from([*CORPUS, "KASIR TOKO", "kasir, toko!", "staff", "staf", "qc", "quality control"])


@settings(max_examples=20)
@given(st.lists(_dressed | st.text(max_size=8), max_size=12), st.lists(_dressed | st.text(max_size=8)))
def test_equal_names_are_those_whose_key_is_that_of_the_query(names: list[str], queries: list[str]) -> None:
    found = Index(names).equal(read(queries), queries)
    assert found == [[i for i, n in enumerate(names) if key(q) and key(n) == key(q)] for q in queries]


def test_equal_names_are_found_in_any_dress() -> None:
    index = Index(["Kasir", "KASIR", "Sopir", "Quality Control", "Kasir!"])
    queries = ["kasir!", "  (Kasir) ", "supir", "QC", "kasir toko", "asir"]
    assert index.equal(read(queries), queries) == [[0, 1, 4], [0, 1, 4], [2], [3], [], []]


def test_names_that_only_share_a_checksum_are_not_equal() -> None:
    """Both words have the CRC-32 4ddb0c25."""
    assert crc32(b"plumless") == crc32(b"buckeroo")
    index = Index(["plumless", "kasir", "Buckeroo"])
    queries = ["plumless", "buckeroo", "plumless kasir"]
    assert index.equal(read(queries), queries) == [[0], [2], []]


@pytest.mark.parametrize("query", ["", "🎉", "★ ★", "--", "\x00", "()"])
def test_what_has_no_letter_equals_no_name(query: str) -> None:
    index = Index(["😀", "***", "Kasir", "", query])
    assert index.equal(read([query]), [query]) == [[]]


# -- descriptions ------------------------------------------------------------------------------------------


def test_descriptions_add_their_share_of_the_cosine_of_the_words() -> None:
    texts = ["melayani pembeli di kasir", "mengelas pipa", "", "🎉"]
    queries = ["pembeli pipa", "kasir", "", "xyz"]
    out = np.full((4, 4), 0.25, np.float32)
    Descriptions(texts).add(out, read(queries), 0.3)
    np.testing.assert_allclose(out, 0.25 + 0.3 * cosines(queries, texts)[0], atol=1e-6)
    assert out[0, 1] > 0.25
    assert (out[:, 2:] == 0.25).all()


@settings(max_examples=20)
@given(st.lists(st.sampled_from(CORPUS) | st.text(max_size=20), max_size=5), _queries)
def test_descriptions_of_any_text_find_any_query(texts: list[str], queries: list[str]) -> None:
    out = np.zeros((len(queries), len(texts)), np.float32)
    Descriptions(texts).add(out, read(queries), 1.0)
    np.testing.assert_allclose(out, cosines(queries, texts)[0], atol=1e-5)


def test_descriptions_add_the_same_bits_to_a_query_in_any_batch() -> None:
    described = Descriptions(CORPUS)
    together = np.zeros((300, len(CORPUS)), np.float32)
    described.add(together, read(MANY), 0.15)
    for position in (0, 149, 299):
        alone = np.zeros((1, len(CORPUS)), np.float32)
        described.add(alone, read([MANY[position]]), 0.15)
        assert alone[0].tobytes() == together[position].tobytes()


# -- coded texts -------------------------------------------------------------------------------------------

CODED = [
    ("kasir toko", 0),
    ("kasir toko", 0),
    ("kasir toko", 2),
    ("operator las", 1),
    ("perawat", 1),
    ("", 3),
]


def votes_of(
    examples: Sequence[tuple[str, int]], queries: Sequence[str], size: int, voters: int, encoder: Drawn | None
) -> npt.NDArray[np.float64]:
    """The votes of the nearest texts, one coded text after the other."""
    texts = list(dict.fromkeys(text for text, _ in examples))
    near = likeness(queries, texts, 0.6, encoder)
    out = np.zeros((len(queries), size))
    for q in range(len(queries)):
        edge = sorted(near[q])[-min(voters, len(texts))]
        for text, concept in examples:
            score = near[q, texts.index(text)]
            if score > 0 and score >= edge - 1e-6:
                out[q, concept] += score * np.exp((score - near[q].max()) / 0.15)
    return out


@pytest.mark.parametrize("voters", [1, 2, 50])
def test_the_nearest_coded_texts_vote_for_their_concepts(
    voters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "_VOTERS", voters)
    for encoder, near in ((None, 1e-5), (Drawn(), 1e-2)):
        found = Evidence(CODED, 5, encoder=encoder).votes(read(QUERIES), QUERIES)
        assert found.shape == (len(QUERIES), 5)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, votes_of(CODED, QUERIES, 5, voters, encoder), atol=near)


def test_one_wrong_code_among_many_is_outvoted() -> None:
    (found,) = Evidence(CODED, 5, encoder=None).votes(read(["kasir toko"]), ["kasir toko"])
    assert found[0] == pytest.approx(2 * found[2])
    assert found[0] == pytest.approx(2.0, abs=1e-5)
    assert not found[3:].any()


def test_votes_have_the_same_bits_alone_in_any_batch_and_in_threads() -> None:
    evidence = Evidence([(text, i % 7) for i, text in enumerate(MANY)], 7, encoder=Drawn(128))
    asked = MANY[::-1]
    together = evidence.votes(read(asked), asked)
    for position in (0, 40, 299):
        alone = evidence.votes(read([asked[position]]), [asked[position]])
        assert alone[0].tobytes() == together[position].tobytes()
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: evidence.votes(read(asked), asked), range(4)):
            np.testing.assert_array_equal(found, together)


def test_without_coded_texts_nobody_votes() -> None:
    found = Evidence([], 3, encoder=Drawn()).votes(read(QUERIES), QUERIES)
    assert found.shape == (len(QUERIES), 3)
    assert not found.any()


def test_without_queries_nobody_is_voted_for() -> None:
    assert Evidence(CODED, 5, encoder=None).votes(read([]), []).shape == (0, 5)


# -- chunks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cells", [1, 100, 8_000_000])
@pytest.mark.parametrize("total", [0, 1, 255, 256, 257, 5_000])
def test_chunks_cover_every_query_once(total: int, cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_CELLS", cells)
    chunks = Index(CORPUS).chunks(total)
    covered = [i for start in chunks for i in range(start, min(start + chunks.step, total))]
    assert covered == list(range(total))
    assert chunks.step == 1 or chunks.step * len(CORPUS) <= cells


def test_chunks_of_an_index_of_nothing_cover_every_query_once() -> None:
    chunks = Index([]).chunks(300)
    assert [i for start in chunks for i in range(start, min(start + chunks.step, 300))] == list(range(300))
