"""Texts -> two sparse rows each: the words and the character n-grams of a text, weighted by tf-idf.

    words   stems of the expanded tokens, and pairs of neighbours at half the weight
    chars   3- to 5-grams inside words, with the blank before and after, so that "perawat" and "prawat" stay
            near

Features are hashed into 2^20 columns a view; rows have unit length, so a product of two rows is a cosine.
What a word consists of is worked out once, when the word is first met, and looked up ever after: that is what
makes 100,000 titles a matter of a second. The rest is compiled.

A feature that `fit` never saw counts in the length of a row only.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt
from numba import njit

from padan.linking.normalise import expand, pieces, remember_stems, stem, whole

__all__ = [
    "WIDTH",
    "Features",
    "Rows",
    "Weights",
    "Words",
    "count",
    "fit",
    "keys",
    "read",
    "remember",
    "vocabulary",
    "weigh",
]

WIDTH = 1 << 20  #: columns a view; of 1e6 different features about a third share one, harmless under idf
_PAIR = 0.6  #: count of a pair of neighbours: 1 + ln 0.6 = 0.49, half the weight of a word
_LIMIT = 400  #: words of a text that are read
_MOST = 400_000  #: words that are remembered; then the memory begins anew

Ints = npt.NDArray[np.int64]
Columns = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


class Rows(NamedTuple):
    """Sparse rows: those of row i stand at indptr[i] to indptr[i + 1], columns ascending."""

    indptr: Ints
    columns: Columns
    values: Floats


class Words(NamedTuple):
    """Texts as words: those of text i at indptr[i] to indptr[i + 1], each a row of the tables below."""

    indptr: Ints
    word: Columns
    code: Ints  #: (vocabulary,) hash of the word as written
    stem: Ints  #: (vocabulary,) hash of its stem
    grams: Ints  #: (vocabulary + 1,) where the n-grams of a word stand in `gram`
    gram: Columns


class Weights(NamedTuple):
    """idf of the columns of both views, learned from the texts that are searched."""

    words: Floats
    chars: Floats


class Features(NamedTuple):
    """Both views of the same texts."""

    words: Rows
    chars: Rows


class _Memory:
    """Words met so far. Texts of jobs use some ten thousand; a lock keeps two threads from adding at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        self.piece: dict[str, tuple[int, tuple[int, ...]]] = {}  #: how many words it is, and all of them
        self.word: dict[str, int] = {}
        self.code: Ints = np.zeros(0, np.int64)
        self.stem: Ints = np.zeros(0, np.int64)
        self.grams: Ints = np.zeros(1, np.int64)
        self.gram: Columns = np.zeros(0, np.int32)

    def meet(self, piece: str, new: list[str]) -> tuple[int, tuple[int, ...]]:
        """What a piece stands for; words never met are numbered and put down in `new`."""
        found = whole(piece)
        return len(found), self.numbers(found, new)

    def numbers(self, found: Sequence[str], new: list[str]) -> tuple[int, ...]:
        out = []
        for word in expand(list(found)):
            if word not in self.word:
                self.word[word] = len(self.word)
                new.append(word)
            out.append(self.word[word])
        return tuple(out)

    def add(self, new: Sequence[str]) -> None:
        """Take in the stems and n-grams of words that have just been numbered."""
        counts, grams = _grams(new)
        self.code = np.concatenate([self.code, np.array([crc32(w.encode()) for w in new], np.int64)])
        stems = np.array([crc32(stem(w).encode()) for w in new], np.int64)
        self.stem = np.concatenate([self.stem, stems])
        self.grams = np.concatenate([self.grams, self.grams[-1] + np.cumsum(counts)])
        self.gram = np.concatenate([self.gram, grams])


_MEMORY = _Memory()


def read(texts: Sequence[str]) -> Words:
    """Texts as words, folded, with abbreviations written out; at most 400 a text before that; see
    normalise.py.
    """
    cut = [pieces(t) for t in texts]
    m = _MEMORY
    with m.lock:
        if len(m.word) > _MOST:
            m.clear()
        known = m.piece
        new: list[str] = []
        indptr = np.zeros(len(texts) + 1, np.int64)
        out: list[int] = []
        for row, found in enumerate(cut):
            left = _LIMIT
            for piece in found:
                entry = known.get(piece)
                if entry is None:
                    entry = known[piece] = m.meet(piece, new)
                count, ids = entry
                if count > left:
                    # the last words that are read may stand inside a piece
                    for word in whole(piece)[:left]:
                        out += m.numbers((word,), new)
                    break
                left -= count
                out += ids
            indptr[row + 1] = len(out)
        if new:
            m.add(new)
        return Words(indptr, np.array(out, np.int32), m.code, m.stem, m.grams, m.gram)


def vocabulary(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words of texts in the order of their first use, and their stems: what `remember` takes."""
    words = read(texts)
    ids, first = np.unique(words.word, return_index=True)
    ordered = ids[np.argsort(first, kind="stable")]
    with _MEMORY.lock:
        spelt = list(_MEMORY.word)
    found = [spelt[i] for i in ordered.tolist()]
    return found, [stem(word) for word in found]


def remember(words: Sequence[str], stems: Sequence[str]) -> None:
    """Take in words whose stems are known already: stemming is what costs when an index is loaded."""
    remember_stems(words, stems)
    m = _MEMORY
    with m.lock:
        new = [word for word in words if word not in m.word]
        for word in new:
            m.word[word] = len(m.word)
        if new:
            m.add(new)


def _grams(words: Sequence[str]) -> tuple[Ints, Columns]:
    """Hashed 3-, 4- and 5-grams of bytes of each word with a blank on both sides: how many, and which."""
    plain = [f" {w} ".encode() for w in words]
    lengths = np.array([len(p) for p in plain], np.int64)
    data = np.frombuffer(b"".join(plain), np.uint8).astype(np.uint64)
    owner = np.repeat(np.arange(len(plain), dtype=np.int64), lengths)
    of: list[Ints] = []
    columns: list[Ints] = []
    for n in (3, 4, 5):
        end = max(0, len(data) - n + 1)
        value = np.zeros(end, np.uint64)
        for k in range(n):
            value = value * np.uint64(1_000_003) + data[k : k + end]
        inside = owner[:end] == owner[n - 1 : n - 1 + end]
        value = (value ^ (value >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9 >> 1)
        columns.append(((value >> np.uint64(40)).astype(np.int64) % WIDTH)[inside])
        of.append(owner[:end][inside])
    joined = np.concatenate(of)
    order = np.argsort(joined, kind="stable")
    return np.bincount(joined, minlength=len(plain)), np.concatenate(columns)[order].astype(np.int32)


def count(words: Words) -> Features:
    """Counts of the features of each text, not weighted."""
    return Features(
        Rows(*_word_counts(words.indptr, words.word, words.stem)),
        Rows(*_gram_counts(words.indptr, words.word, words.grams, words.gram)),
    )


def keys(words: Words) -> Ints:
    """A number a text, equal for texts of equal words in equal order; 0 for a text without words.

    Two different texts may share a number, seldom: compare `normalise.key` of both before calling them equal.
    """
    found: Ints = _keys(words.indptr, words.word, words.code)
    return found


def fit(counts: Features) -> Weights:
    """idf = ln((1 + n) / (1 + df)) + 1 of the columns, from the texts that are searched."""
    out = []
    for rows in counts:
        df = np.bincount(rows.columns, minlength=WIDTH)
        out.append((np.log(len(rows.indptr) / (1 + df)) + 1).astype(np.float32))
    return Weights(*out)


def weigh(counts: Features, weights: Weights) -> Features:
    """Counts -> (1 + ln count) · idf, each row brought to unit length."""
    found = (
        Rows(rows.indptr, rows.columns, _weighted(rows.indptr, rows.columns, rows.values, idf))
        for rows, idf in zip(counts, weights, strict=True)
    )
    return Features(*found)


@njit(cache=True, nogil=True)
def _word_counts(indptr: Ints, word: Columns, stem: Ints) -> tuple[Ints, Columns, Floats]:
    width = WIDTH
    texts = len(indptr) - 1
    columns = np.empty(2 * len(word), np.int32)
    values = np.empty(2 * len(word), np.float32)
    out = np.zeros(texts + 1, np.int64)
    at = 0
    for row in range(texts):
        first, last = indptr[row], indptr[row + 1]
        own = np.empty(max(0, 2 * (last - first) - 1), np.int64)
        n = 0
        for k in range(first, last):
            # the lowest bit says whether it is a pair, so that equal columns of both kinds stand together
            own[n] = (stem[word[k]] % width) * 2
            n += 1
            if k + 1 < last:
                mixed = (stem[word[k]] * 31 + stem[word[k + 1]] * 1_000_003) ^ (stem[word[k + 1]] >> 7)
                own[n] = (mixed % width) * 2 + 1
                n += 1
        own.sort()
        for k in range(n):
            column = own[k] >> 1
            amount = np.float32(_PAIR) if own[k] & 1 else np.float32(1.0)
            if at > out[row] and columns[at - 1] == column:
                values[at - 1] += amount
            else:
                columns[at] = column
                values[at] = amount
                at += 1
        out[row + 1] = at
    return out, columns[:at].copy(), values[:at].copy()


@njit(cache=True, nogil=True)
def _keys(indptr: Ints, word: Columns, code: Ints) -> Ints:
    out = np.zeros(len(indptr) - 1, np.int64)
    for row in range(len(out)):
        value = np.uint64(0)
        for k in range(indptr[row], indptr[row + 1]):
            value = (value ^ np.uint64(code[word[k]])) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1)
            value ^= value >> np.uint64(29)
        out[row] = np.int64(value >> np.uint64(1))
    return out


@njit(cache=True, nogil=True)
def _gram_counts(indptr: Ints, word: Columns, grams: Ints, gram: Columns) -> tuple[Ints, Columns, Floats]:
    texts = len(indptr) - 1
    total = 0
    for k in range(len(word)):
        total += grams[word[k] + 1] - grams[word[k]]
    columns = np.empty(total, np.int32)
    values = np.empty(total, np.float32)
    out = np.zeros(texts + 1, np.int64)
    at = 0
    for row in range(texts):
        n = 0
        for k in range(indptr[row], indptr[row + 1]):
            n += grams[word[k] + 1] - grams[word[k]]
        own = np.empty(n, np.int32)
        n = 0
        for k in range(indptr[row], indptr[row + 1]):
            for g in range(grams[word[k]], grams[word[k] + 1]):
                own[n] = gram[g]
                n += 1
        own.sort()
        for k in range(n):
            if at > out[row] and columns[at - 1] == own[k]:
                values[at - 1] += np.float32(1.0)
            else:
                columns[at] = own[k]
                values[at] = np.float32(1.0)
                at += 1
        out[row + 1] = at
    return out, columns[:at].copy(), values[:at].copy()


@njit(cache=True, nogil=True)
def _weighted(indptr: Ints, columns: Columns, values: Floats, idf: Floats) -> Floats:
    out = np.empty(len(values), np.float32)
    for row in range(len(indptr) - 1):
        length = 0.0
        for k in range(indptr[row], indptr[row + 1]):
            worth = (1.0 + np.log(values[k])) * idf[columns[k]]
            out[k] = worth
            length += worth * worth
        scale = 1.0 / max(np.sqrt(length), 1e-12)
        for k in range(indptr[row], indptr[row + 1]):
            out[k] *= scale
    return out
