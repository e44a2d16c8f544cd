"""A small static embedding of names, trained on this machine from the schemes that are installed.

A text is the weighted sum of the vectors of its hashed words, word pairs and character n-grams, brought to
unit length: 2^18 rows of 128
numbers, no network, no download. Names of one concept are pulled together and apart from the names of others
(in-batch contrastive
loss, temperature 0.06, row-wise Adagrad), so that "juru las" and "welder" come near without a shared letter.

    encoder = Encoder.train(names, concepts, seed=1)      a minute for 100,000 names on one core; the same
    seed, the same model
    vectors = encoder.encode(texts)                       (n, 128) float32 rows of unit length
    encoder.save(path); Encoder.load(path)                rows in use only, 8 bits a number: a few MB

Rows that training never touched are zero: an n-gram that nobody has seen says nothing. Source: the method
follows static n-gram
embeddings with a contrastive objective (as in StarSpace and fastText); the figures are in docs/linking.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from padan.errors import InputError, ShapeError
from padan.linking.views import WIDTH, CharView, WordView

__all__ = ["DIMENSION", "Encoder"]

DIMENSION = 128
ROWS = 1 << 18
_BATCH = 512
_TEMPERATURE = 0.06
_RATE = 0.1
_LEAST = 1e-8


class Encoder:
    """The vectors of n-grams and their weights."""

    def __init__(self, vectors: npt.NDArray[np.float32], words: WordView, chars: CharView) -> None:
        self._vectors = vectors
        self._words = words
        self._chars = chars

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Texts as rows of unit length, (n, 128) float32; a text of which nothing is known is a row of
        zeros.
        """
        return _unit(_features(texts, self._words, self._chars) @ self._vectors)

    @classmethod
    def train(
        cls,
        names: Sequence[str],
        concepts: Sequence[int] | npt.NDArray[np.int64],
        *,
        seed: int = 1,
        epochs: int = 2,
        progress: Callable[[float], None] = lambda _: None,
    ) -> Encoder:
        """Train on names and the concept that each belongs to, numbered from 0.

        progress   called with the share done, 0–1
        Work: O(epochs · names · n-grams · 128). The order of draws depends on the seed alone.
        """
        owner = np.asarray(concepts, np.int64)
        if len(owner) != len(names):
            raise ShapeError(f"{len(names)} names, {len(owner)} concepts", field="concepts")
        if len(names) < 2:
            raise InputError(
                "an encoder needs two names at least", hint="add a scheme: padan taxonomy add SCHEME PATH"
            )
        words, chars = WordView(), CharView()
        words.fit(names)
        chars.fit(names)
        rows = _features(names, words, chars)
        draw = np.random.default_rng(seed)
        vectors = draw.normal(0, 1 / np.sqrt(DIMENSION), (ROWS, DIMENSION)).astype(np.float32)
        seen = np.zeros(ROWS, bool)
        seen[rows.indices] = True
        vectors[~seen] = 0
        squares = np.full((ROWS, 1), 1e-6, np.float32)
        by_concept = np.argsort(owner, kind="stable")
        starts = np.searchsorted(owner[by_concept], np.arange(int(owner.max()) + 2))
        size = min(_BATCH, len(names))
        steps = max(1, epochs * (len(names) // size))
        done = 0
        while done < steps:
            shuffled = draw.permutation(len(names))
            for first in range(0, len(names) - size + 1, size):
                anchor = shuffled[first : first + size]
                of = owner[anchor]
                partner = by_concept[
                    starts[of] + (draw.random(size) * (starts[of + 1] - starts[of])).astype(np.int64)
                ]
                _step(vectors, squares, rows[anchor], rows[partner], of)
                done += 1
                progress(done / steps)
                if done >= steps:
                    break
        return cls(vectors, words, chars)

    def save(self, path: Path) -> None:
        """Write the rows in use with 8 bits a number and a scale a row."""
        used = np.flatnonzero(np.any(self._vectors != 0, axis=1)).astype(np.int32)
        kept = self._vectors[used]
        scale = np.maximum(np.abs(kept).max(axis=1, keepdims=True), _LEAST) / 127
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.part")
        with draft.open("wb") as handle:
            arrays: dict[str, Any] = {
                "used": used,
                "numbers": np.rint(kept / scale).astype(np.int8),
                "scale": scale.astype(np.float32),
            }
            for view in (self._words, self._chars):
                arrays |= {f"{view.name}_{part}": values for part, values in _packed(view.idf).items()}
            np.savez_compressed(handle, **arrays)
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> Encoder:
        """Read what `save` wrote. Raises InputError for a damaged file."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                vectors = np.zeros((ROWS, DIMENSION), np.float32)
                vectors[stored["used"]] = stored["numbers"].astype(np.float32) * stored["scale"]
                views: list[Any] = []
                for view in (WordView(), CharView()):
                    view.idf = _unpacked(
                        stored[f"{view.name}_at"],
                        stored[f"{view.name}_idf"],
                        float(stored[f"{view.name}_rest"]),
                    )
                    views.append(view)
        except (OSError, ValueError, KeyError) as error:
            raise InputError(
                f"the encoder {path.name} cannot be read: {error}", hint="padan taxonomy build"
            ) from error
        return cls(vectors, views[0], views[1])


def _packed(idf: npt.NDArray[np.float32]) -> dict[str, Any]:
    """idf of the features that occur; all others share the value of a feature that was never seen."""
    rest = float(idf.max())
    at = np.flatnonzero(idf < rest).astype(np.int32)
    return {"at": at, "idf": idf[at].astype(np.float16), "rest": np.float32(rest)}


def _unpacked(
    at: npt.NDArray[np.int32], idf: npt.NDArray[np.float16], rest: float
) -> npt.NDArray[np.float32]:
    out = np.full(WIDTH, rest, np.float32)
    out[at] = idf.astype(np.float32)
    return out


def _features(texts: Sequence[str], words: WordView, chars: CharView) -> sparse.csr_matrix:
    """Both views in one row of 2^18 columns; words and characters weigh the same."""
    parts = []
    for view in (words, chars):
        found = view.transform(texts)
        half = np.float32(np.sqrt(0.5))
        parts.append(
            sparse.csr_matrix(
                (found.data * half, found.indices % ROWS, found.indptr), shape=(len(texts), ROWS)
            )
        )
        parts[-1].sum_duplicates()
    return (parts[0] + parts[1]).tocsr()


def _unit(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, _LEAST), np.float32)


def _step(
    vectors: npt.NDArray[np.float32],
    squares: npt.NDArray[np.float32],
    left: sparse.csr_matrix,
    right: sparse.csr_matrix,
    of: npt.NDArray[np.int64],
) -> None:
    """One step: pull each pair together, push it from the other pairs of the batch that are of another
    concept.
    """
    size = left.shape[0]
    sums = [left @ vectors, right @ vectors]
    length = [np.linalg.norm(s, axis=1, keepdims=True) + _LEAST for s in sums]
    a, b = (s / n for s, n in zip(sums, length, strict=True))
    logits = a @ b.T / _TEMPERATURE
    same = of[:, None] == of[None, :]
    np.fill_diagonal(same, False)
    logits[same] = -1e9
    forth = np.exp(logits - logits.max(axis=1, keepdims=True))
    forth /= forth.sum(axis=1, keepdims=True)
    back = np.exp(logits - logits.max(axis=0, keepdims=True))
    back /= back.sum(axis=0, keepdims=True)
    slope = (forth + back) / 2
    slope[np.arange(size), np.arange(size)] -= 1
    slope /= _TEMPERATURE * size
    slopes = []
    for unit, other, n, turn in ((a, b, length[0], slope), (b, a, length[1], slope.T)):
        to = turn @ other
        slopes.append((to - unit * (to * unit).sum(axis=1, keepdims=True)) / n)
    both = sparse.vstack([left, right]).tocsr()
    used, place = np.unique(both.indices, return_inverse=True)
    compact = sparse.csr_matrix((both.data, place.ravel(), both.indptr), shape=(2 * size, len(used)))
    change = compact.T @ np.vstack(slopes).astype(np.float32)
    squares[used] += (change * change).mean(axis=1, keepdims=True)
    vectors[used] -= _RATE * change / np.sqrt(squares[used])
