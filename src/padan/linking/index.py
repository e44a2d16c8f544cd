"""A searchable list of texts, each the name of a concept; ranking of concepts for a query.

The score of a concept is the largest fused cosine over its names:

    score(q, c) = max over names s of c:  w_words · cos_words(q, s) + w_chars · cos_chars(q, s) + w_dense ·
                                          cos_dense(q, s),
                  times the name's weight
                  + w_text · cos_words(q, description of c)

An equal name is an override, not one more vote: it puts its concept on top with score 1. Ties go to the
concept that
stands first. Scores are cosines, no probabilities; see calibration.py for those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse

from padan.errors import ShapeError
from padan.linking.normalise import clean_title, key
from padan.linking.views import CharView, View, WordView

__all__ = ["Encodes", "Fusion", "Index", "Names"]

_BATCH_CELLS = 24_000_000  #: dense cells (queries × names) at a time: about 200 MB
_CHUNK = 512


@dataclass(frozen=True, slots=True)
class Names:
    """Names of concepts: parallel arrays, sorted by concept.

    texts    (m,) names
    concept  (m,) int32 row of the concept in 0..n-1, ascending
    weight   (m,) float32 in (0, 1]: how much a name of this kind is worth
    """

    texts: Sequence[str]
    concept: npt.NDArray[np.int32]
    weight: npt.NDArray[np.float32]

    @classmethod
    def of(cls, rows: Sequence[tuple[int, str, float]]) -> Names:
        """From (concept, text, weight) in any order; empty texts and repeats within a concept are dropped."""
        best: dict[tuple[int, str], float] = {}
        for concept, text, weight in rows:
            if text and text.strip():
                pair = (concept, text.strip())
                best[pair] = max(best.get(pair, 0.0), weight)
        ordered = sorted(best.items(), key=lambda item: item[0][0])
        return cls(
            [text for (_, text), _ in ordered],
            np.array([concept for (concept, _), _ in ordered], np.int32),
            np.array([weight for _, weight in ordered], np.float32),
        )


class Encodes(Protocol):
    """An encoder: texts -> (n, d) float32 rows of unit length."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Fusion:
    """Weights of the views, fitted on the dev sets by bench/linking.py; they sum to about 1."""

    words: float = 0.5
    chars: float = 0.5
    text: float = 0.0
    dense: float = 0.0  #: of the trained encoder; without one its share goes to words and characters


class Index:
    """Names of n concepts, ready to be asked.

    names    the names; concepts without one can still be found by their description
    size     n
    texts    description of each concept (n,), or None
    encoder  the seam for trained vectors: anything whose `encode` gives rows of unit length
    """

    def __init__(
        self, names: Names, size: int, *, texts: Sequence[str] | None = None, encoder: Encodes | None = None
    ) -> None:
        if len(names.concept) and int(names.concept.max()) >= size:
            raise ShapeError(f"a name belongs to concept {int(names.concept.max())}, there are {size}")
        self.names = names
        self.size = size
        self._views: list[View] = [WordView(), CharView()]
        # (columns, names): a product with query rows needs no transposition later
        self._searched = [view.fit(names.texts).T.tocsr() for view in self._views]
        self._encoder = encoder
        self._vectors = (
            encoder.encode(names.texts).T.copy() if encoder is not None and len(names.texts) else None
        )
        self._exact: dict[str, list[tuple[float, int]]] = {}
        for text, concept, weight in zip(
            names.texts, names.concept.tolist(), names.weight.tolist(), strict=True
        ):
            if found := key(text):  # a name without a letter, such as an emoji, equals nothing
                self._exact.setdefault(found, []).append((-weight, concept))
        for equal in self._exact.values():
            equal.sort()
        starts = np.flatnonzero(np.diff(names.concept, prepend=-1))
        self._starts = starts
        self._has_names = names.concept[starts] if len(starts) else np.zeros(0, np.int32)
        self._text_view = WordView()
        self._texts = self._text_view.fit([t or "" for t in texts]).T.tocsr() if texts is not None else None

    def scores(self, queries: Sequence[str], fusion: Fusion) -> npt.NDArray[np.float32]:
        """Scores (q, n) float32 of all concepts for each query, without the override. Call in chunks."""
        out = np.zeros((len(queries), self.size), np.float32)
        if len(self.names.texts):
            fused = np.zeros((len(queries), len(self.names.texts)), np.float32)
            shares: tuple[float, ...] = (fusion.words, fusion.chars)
            if self._encoder is not None and self._vectors is not None and fusion.dense:
                near = self._encoder.encode(queries) @ self._vectors
                near *= np.float32(fusion.dense)
                np.maximum(near, 0, out=fused)
            elif fusion.dense:
                shares = tuple(s / (1 - fusion.dense) for s in shares) if fusion.dense < 1 else (0.5, 0.5)
            for view, searched, weight in zip(self._views, self._searched, shares, strict=True):
                if weight:
                    _add_product(fused, view.transform(queries), searched, weight)
            fused *= self.names.weight
            out[:, self._has_names] = np.maximum.reduceat(fused, self._starts, axis=1)
        if self._texts is not None and fusion.text:
            _add_product(out, self._text_view.transform(queries), self._texts, fusion.text)
        return out

    def exact(self, query: str, *, places: frozenset[str] = frozenset()) -> tuple[tuple[int, float], ...]:
        """(concept, weight of the name) of concepts that have the query as a name, best first: as written,
        then cleaned.
        """
        found = self._exact.get(key(query)) or self._exact.get(clean_title(query, places=places)) or []
        best: dict[int, float] = {}
        for negative, concept in found:
            best.setdefault(concept, -negative)
        return tuple(best.items())

    def chunks(self, count: int) -> range:
        """Start positions of chunks of queries that keep the dense work in bounds; the step is the chunk."""
        step = max(1, min(_CHUNK, _BATCH_CELLS // max(1, len(self.names.texts) + self.size)))
        return range(0, count, step)


def _add_product(
    out: npt.NDArray[np.float32], queries: sparse.csr_matrix, searched: sparse.csr_matrix, weight: float
) -> None:
    product = (queries @ searched).toarray()
    product *= np.float32(weight)
    out += product
