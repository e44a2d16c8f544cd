"""An index of names: which concept has the name that is nearest to a text.

A concept is scored by its best name, so that a concept with many names is not drowned by its average. Three
views of a name are fused: words, characters (features.py) and, where there is an encoder, its trained
vectors. Equal names are found apart from the scores: they override. Descriptions of concepts are a fourth,
weak view.

The same names serve several targets: a `Head` says which names belong to which concept of a target, so that
the unit group and the ESCO occupation of a title come from one pass over the names.

The same text has the same score in any batch and on any number of threads: sparse rows are added in a fixed
order, and vectors are multiplied as whole numbers small enough that float32 holds every sum exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import sparse

from padan.linking.features import WIDTH, Columns, Floats, Ints, Rows, Words, count, fit, keys, read, weigh
from padan.linking.normalise import key

__all__ = ["Descriptions", "Encodes", "Evidence", "Head", "Index"]

_CELLS = 8_000_000  #: dense cells (queries times names) at a time: 32 MB
_CHUNK = 256
_WORDS = 0.6  #: share of the words in the sparse part of a score; the rest is characters
_HEAT, _FAR = 0.08, 0.4  #: of the votes of names
_VOTERS, _VOTE_HEAT, _EVIDENCE_DENSE = 50, 0.15, 0.6  #: of the votes of coded texts
_UNIT = 4000.0  #: a vector of unit length as whole numbers: the sum of 128 products stays below 2^24


class Encodes(Protocol):
    """An encoder: texts -> (n, d) float32 rows of unit length."""

    def encode(self, texts: Sequence[str], *, words: Words | None = None) -> npt.NDArray[np.float32]: ...


class Head(NamedTuple):
    """The concepts of a target and their names.

    The names of `concept[i]` stand at start[i] to start[i + 1] of `name` (rows of the index) and `weight`
    (how much a name of this kind is worth, 0 to 1). `dense` is the share of the trained vectors in a score.
    `vote` is the weight of the concept's share among the nearest names, beside its best name: 0 for the best
    name alone.
    """

    name: Columns
    weight: Floats
    start: Ints
    concept: Columns
    dense: np.float32
    vote: np.float32

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, float]], *, dense: float, vote: float = 0.0) -> Head:
        """From (concept, name, weight) in any order; of equal pairs the heaviest counts."""
        concept, name = (np.array([row[i] for row in rows], np.int32) for i in range(2))
        weight = np.array([row[2] for row in rows], np.float32)
        order = np.lexsort((-weight, name, concept))
        concept, name, weight = concept[order], name[order], weight[order]
        first = np.ones(len(rows), bool)
        first[1:] = (np.diff(concept) != 0) | (np.diff(name) != 0)
        concept, name, weight = concept[first], name[first], weight[first]
        start = np.flatnonzero(np.diff(concept, prepend=-1))
        return cls(
            name,
            weight,
            np.append(start, len(name)).astype(np.int64),
            concept[start],
            np.float32(dense),
            np.float32(vote),
        )


class Index:
    """Texts that are names, ready to be asked.

    texts    (m,) names, each once
    encoder  the seam for trained vectors: anything whose `encode` gives rows of unit length
    """

    def __init__(self, texts: Sequence[str], *, encoder: Encodes | None = None) -> None:
        self.texts = texts
        words = read(texts)
        counts = count(words)
        self._weights = fit(counts)
        self._postings = [_postings(rows) for rows in weigh(counts, self._weights)]
        self._encoder = encoder
        self._vectors: Floats | None = None
        if encoder is not None and len(texts):
            self._vectors = _whole(encoder.encode(texts, words=words))
        numbers = keys(words)
        self._equal_name = np.argsort(numbers, kind="stable")
        self._equal = numbers[self._equal_name]

    def scores(
        self, words: Words, queries: Sequence[str], heads: tuple[tuple[Head, int], tuple[Head, int]]
    ) -> tuple[Floats, Floats]:
        """Scores (q, n) float32 of all concepts of two targets for each query, without the override.

        words    the queries as words
        heads    each with its number of concepts n; a concept without a name scores 0
        Call in chunks.
        """
        (first, concepts), (second, groups) = heads
        out = np.zeros((len(queries), concepts), np.float32), np.zeros((len(queries), groups), np.float32)
        near = np.zeros((len(queries), 0), np.float32)
        if self._vectors is not None and self._encoder is not None and (first.dense or second.dense):
            near = _whole(self._encoder.encode(queries, words=words)) @ self._vectors.T
        both = weigh(count(words), self._weights)
        _fuse(
            out,
            (first, second),
            near,
            (both.words, both.chars),
            (self._postings[0], self._postings[1]),
            len(self.texts),
        )
        return out

    def equal(self, words: Words, queries: Sequence[str]) -> list[list[int]]:
        """Names that are equal to each query, word by word; none for a query without words, such as an
        emoji.
        """
        numbers = keys(words)
        left, right = (np.searchsorted(self._equal, numbers, side) for side in ("left", "right"))
        out: list[list[int]] = []
        for query, number, first, last in zip(queries, numbers, left, right, strict=True):
            found: list[int] = []
            if number and first < last:
                wanted = key(query)  # equal numbers are compared as written: a chance hit is no answer
                names = self._equal_name[first:last].tolist()
                found = [name for name in names if key(self.texts[name]) == wanted]
            out.append(found)
        return out

    def chunks(self, total: int) -> range:
        """Start positions of chunks of queries that keep the dense work in bounds; the step is the chunk."""
        step = max(1, min(_CHUNK, _CELLS // max(1, len(self.texts))))
        return range(0, total, step)


class Evidence:
    """Texts that somebody has coded, n concepts: the nearest of them vote.

    A text votes for its concepts with its similarity · exp((similarity - that of the nearest) / 0.15); equal
    texts vote together, so that one wrong label among many is outvoted.
    """

    def __init__(self, examples: Sequence[tuple[str, int]], size: int, *, encoder: Encodes | None) -> None:
        row: dict[str, int] = {}
        for text, _ in examples:
            row.setdefault(text, len(row))
        self._index = Index(list(row), encoder=encoder)
        dense = _EVIDENCE_DENSE if encoder is not None else 0.0
        self._head = Head.of([(n, n, 1.0) for n in range(len(row))], dense=dense)
        owner = np.array([row[text] for text, _ in examples], np.int64)
        concept = np.array([number for _, number in examples], np.int64)
        ones = np.ones(len(examples), np.float32)
        self._coded = sparse.csr_matrix((ones, (owner, concept)), shape=(len(row), size))

    def votes(self, words: Words, queries: Sequence[str]) -> Floats:
        """Votes (q, n) float32 of the 50 nearest texts for each concept."""
        count = len(self._index.texts)
        nothing = (Head.of([], dense=0.0), 0)
        near, _ = self._index.scores(words, queries, ((self._head, count), nothing))
        if count > _VOTERS:
            # the least of the voters' scores: all with a lower one are silent, so ties at the edge all vote
            edge = np.partition(near, count - _VOTERS, axis=1)[:, count - _VOTERS, None]
            near[near < edge] = 0
        best = near.max(axis=1, keepdims=True, initial=0)
        weight = np.where(near > 0, near * np.exp((near - best) / np.float32(_VOTE_HEAT)), 0)
        out: Floats = (sparse.csr_matrix(weight) @ self._coded).toarray().astype(np.float32)
        return out


class Descriptions:
    """The words of what describes each concept, (n,) texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = count(read(texts))
        self._weights = fit(counts)
        self._postings = _postings(weigh(counts, self._weights).words)

    def add(self, out: Floats, words: Words, share: float) -> None:
        """Add share · cosine to the scores (q, n) of each query."""
        _add(out, weigh(count(words), self._weights).words, self._postings, np.float32(share))


def _whole(vectors: Floats) -> Floats:
    """Vectors of unit length as whole numbers in float32: sums of their products are exact in any order."""
    out: Floats = np.rint(vectors * np.float32(_UNIT)).astype(np.float32)
    return out


def _postings(rows: Rows) -> Rows:
    """Rows turned round: for each column, the rows that have it."""
    indptr = np.zeros(WIDTH + 1, np.int64)
    np.cumsum(np.bincount(rows.columns, minlength=WIDTH), out=indptr[1:])
    owners = np.empty(len(rows.columns), np.int32)
    values = np.empty(len(rows.columns), np.float32)
    _turn(rows.indptr, rows.columns, rows.values, indptr[:-1].copy(), owners, values)
    return Rows(indptr, owners, values)


@njit(cache=True, nogil=True)
def _turn(indptr: Ints, columns: Columns, values: Floats, at: Ints, owners: Columns, turned: Floats) -> None:
    for row in range(len(indptr) - 1):
        for k in range(indptr[row], indptr[row + 1]):
            place = at[columns[k]]
            owners[place] = row
            turned[place] = values[k]
            at[columns[k]] = place + 1


@njit(cache=True, nogil=True)
def _fuse(
    outs: tuple[Floats, Floats],
    heads: tuple[Head, Head],
    near: Floats,
    views: tuple[Rows, Rows],
    postings: tuple[Rows, Rows],
    names: int,
) -> None:
    """Fused score of every name, and the best name of every concept."""
    own = np.zeros(names, np.float32)
    fused = np.zeros(names, np.float32)
    zero = np.float32(0)
    for q in range(outs[0].shape[0]):
        own[:] = zero
        for v in range(2):
            rows, by = views[v], postings[v]
            share = np.float32(_WORDS) if v == 0 else np.float32(1 - _WORDS)
            for k in range(rows.indptr[q], rows.indptr[q + 1]):
                worth = rows.values[k] * share
                column = rows.columns[k]
                for p in range(by.indptr[column], by.indptr[column + 1]):
                    own[by.columns[p]] += worth * by.values[p]
        for h in range(2):
            head, out = heads[h], outs[h]
            if not len(head.concept):
                continue
            # two plain passes: the first one is vectorised, the second has no branch to guess
            if near.shape[1]:
                rest = np.float32(1) - head.dense
                unit = head.dense / np.float32(_UNIT * _UNIT)
                for i in range(names):
                    fused[i] = rest * own[i] + unit * max(near[q, i], zero)
            else:
                fused[:] = own
            most = zero
            for c in range(len(head.concept)):
                best = zero
                for i in range(head.start[c], head.start[c + 1]):
                    score = fused[head.name[i]] * head.weight[i]
                    best = score if score > best else best
                out[q, head.concept[c]] = best
                most = best if best > most else most
            if head.vote > 0 and most > 0:
                _vote(out[q], head, fused, most)


@njit(cache=True, nogil=True)
def _vote(scores: Floats, head: Head, fused: Floats, most: np.float32) -> None:
    """Mix the share of each concept in the votes of the names near the best one into the scores.

    A name votes with exp((score - best) / 0.08); names more than 0.4 below the best do not vote.
    """
    total = 0.0
    votes = np.zeros(len(head.concept), np.float64)
    least = most - np.float32(_FAR)
    for c in range(len(head.concept)):
        if scores[head.concept[c]] <= least:
            continue
        for i in range(head.start[c], head.start[c + 1]):
            score = fused[head.name[i]] * head.weight[i]
            if score > least:
                votes[c] += np.exp((score - most) / _HEAT)
        total += votes[c]
    for c in range(len(head.concept)):
        share = votes[c] / total
        concept = head.concept[c]
        scores[concept] = (scores[concept] + head.vote * np.float32(share)) / (np.float32(1) + head.vote)


@njit(cache=True, nogil=True)
def _add(out: Floats, rows: Rows, by: Rows, share: np.float32) -> None:
    for q in range(out.shape[0]):
        for k in range(rows.indptr[q], rows.indptr[q + 1]):
            worth = rows.values[k] * share
            column = rows.columns[k]
            for p in range(by.indptr[column], by.indptr[column + 1]):
                out[q, by.columns[p]] += worth * by.values[p]
