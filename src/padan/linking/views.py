"""Two views of a short text as sparse vectors: its words and its character n-grams, weighted by tf-idf.

    words   stems of the expanded tokens and pairs of neighbours
    chars   3- to 5-grams of bytes inside words, with the blank before and after, so that "perawat" and
            "prawat" stay near

Features are hashed into 2^20 columns; rows have unit length, so a product of two rows is a cosine. The idf
comes from the
texts that are searched. Building is vectorised: 100,000 titles take about two seconds a view.

`View` is the seam: an encoder that gives every text a vector is another view with `fit` and `transform`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol
from zlib import crc32

import numpy as np
import numpy.typing as npt
from scipy import sparse

from padan.linking.normalise import expand, stem, tokens

__all__ = ["CharView", "View", "WordView"]

WIDTH = 1 << 20  #: columns; with 1e6 different features about a third share one, harmless under idf


class View(Protocol):
    """Texts -> rows of unit length; `fit` learns the weights from the texts that are searched."""

    name: str

    def fit(self, texts: Sequence[str]) -> sparse.csr_matrix: ...
    def transform(self, texts: Sequence[str]) -> sparse.csr_matrix: ...


class _Hashed(ABC):
    """What both views share: counts -> sublinear tf, idf, unit length."""

    name = ""

    def __init__(self) -> None:
        self.idf: npt.NDArray[np.float32] = np.zeros(0, np.float32)

    def fit(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Learn idf = ln((1 + n) / (1 + df)) + 1 from `texts` and return their rows (n, 2^20)."""
        counts = self._counts(texts)
        df = np.bincount(counts.indices, minlength=WIDTH)
        self.idf = (np.log((1 + len(texts)) / (1 + df)) + 1).astype(np.float32)
        return self._weighted(counts)

    def transform(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Rows of other texts under the idf of `fit`. A feature that `fit` never saw counts in the length
        only.
        """
        return self._weighted(self._counts(texts))

    @abstractmethod
    def _counts(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Counts of hashed features, (n, 2^20)."""

    def _weighted(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        data = (1 + np.log(np.maximum(counts.data, 1e-9))).astype(np.float32) * self.idf[counts.indices]
        rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        length = np.sqrt(np.bincount(rows, weights=data.astype(np.float64) ** 2, minlength=counts.shape[0]))
        data /= np.maximum(length, 1e-12)[rows].astype(np.float32)
        return sparse.csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)


class WordView(_Hashed):
    """Stems and pairs of neighbouring stems; a pair weighs half a word."""

    name = "words"

    def _counts(self, texts: Sequence[str]) -> sparse.csr_matrix:
        indptr = np.zeros(len(texts) + 1, np.int64)
        columns: list[int] = []
        values: list[float] = []
        for row, text in enumerate(texts):
            stems = [stem(t) for t in expand(tokens(text))]
            seen: dict[int, float] = {}
            for word in stems:
                column = _word_column(word)
                seen[column] = seen.get(column, 0.0) + 1.0
            for first, second in pairwise(stems):
                column = crc32(f"{first} {second}".encode()) % WIDTH
                seen[column] = seen.get(column, 0.0) + 0.6  # 1 + ln .6 = .49: half the weight of a word
            columns.extend(seen)
            values.extend(seen.values())
            indptr[row + 1] = len(columns)
        return sparse.csr_matrix(
            (np.array(values, np.float32), np.array(columns, np.int32), indptr), shape=(len(texts), WIDTH)
        )


_COLUMNS: dict[str, int] = {}


def _word_column(word: str) -> int:
    column = _COLUMNS.get(word)
    if column is None:
        column = crc32(word.encode()) % WIDTH
        if len(_COLUMNS) < 500_000:
            _COLUMNS[word] = column
    return column


class CharView(_Hashed):
    """Character 3-, 4- and 5-grams inside words, hashed without a dictionary."""

    name = "chars"

    def _counts(self, texts: Sequence[str]) -> sparse.csr_matrix:
        plain = [f" {' '.join(expand(tokens(t)))} ".encode() for t in texts]
        lengths = np.array([len(p) for p in plain], np.int64)
        data = np.frombuffer(b"".join(plain), np.uint8).astype(np.uint64)
        owner = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
        blank = data == 32
        keys: list[npt.NDArray[np.int64]] = []
        for n in (3, 4, 5):
            if len(data) < n:
                continue
            end = len(data) - n + 1
            value = np.zeros(end, np.uint64)
            inside = np.zeros(end, bool)
            for k in range(n):
                value = value * np.uint64(1_000_003) + data[k : k + end]
                if 0 < k < n - 1:
                    inside |= blank[k : k + end]
            # only inside one word, and inside one text
            ok = ~inside & (owner[:end] == owner[n - 1 : n - 1 + end])
            value = (value ^ (value >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9 >> 1)
            column = (value >> np.uint64(40)).astype(np.int64) % WIDTH
            keys.append(owner[:end][ok] * WIDTH + column[ok])
        joined = np.concatenate(keys) if keys else np.zeros(0, np.int64)
        unique, count = np.unique(joined, return_counts=True)
        rows = unique // WIDTH
        indptr = np.zeros(len(texts) + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=len(texts)), out=indptr[1:])
        return sparse.csr_matrix(
            (count.astype(np.float32), (unique % WIDTH).astype(np.int32), indptr), shape=(len(texts), WIDTH)
        )
