"""A small static embedding of names, trained on this machine from the schemes that are installed.

A text is the weighted sum of the vectors of its hashed words, word pairs and character n-grams, brought to
unit length: 2^18 rows of 128 numbers, no network, no download. Names of one concept are pulled together and
apart from the names of others (in-batch contrastive loss, temperature 0.06, row-wise Adagrad), so that "juru
las" and "welder" come near without a shared letter. A share of the names is paired with a sentence of the
concept's description instead of another name, and half of the batches are drawn from neighbouring concepts,
so that near groups are told apart.

    encoder = Encoder.train(names, concepts, seed=1)      the same seed, the same model
    vectors = encoder.encode(texts)                       (n, 128) float32 rows of unit length
    encoder.save(folder); Encoder.load(folder)            rows in use, 8 bits a number, memory-mapped

Rows that training never touched are zero: an n-gram that nobody has seen says nothing. Source: the method
follows static n-gram embeddings with a contrastive objective (as in StarSpace and fastText); the figures are
in docs/linking.md.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from numba import njit

from padan.errors import InputError, ShapeError
from padan.linking.features import (
    WIDTH,
    Columns,
    Features,
    Floats,
    Ints,
    Weights,
    Words,
    fit,
    read,
    remember,
    vocabulary,
    weigh,
)
from padan.linking.features import count as count_features

__all__ = ["DIMENSION", "Encoder", "Lesson"]

DIMENSION = 128
ROWS = 1 << 18
KEPT = 140_000  #: rows that a stored encoder holds at most: 18 MB
_BATCH = 512
_TEMPERATURE = 0.06
_RATE = 0.1
_SENTENCES = 0.2  #: share of the pairs whose partner is a sentence
_KIN = 0.1  #: share of the pairs whose partner is any name of the unit group, of whatever scheme
_NEAR = 0.2  #: share of the batches that are drawn from neighbouring concepts
_LEAST = 1e-8
_HALF = np.float32(np.sqrt(0.5))

Bytes = npt.NDArray[np.int8]

#: what reading a damaged file of arrays may raise
_DAMAGE = (OSError, ValueError, KeyError, EOFError, IndexError, TypeError, BadZipFile, zlib.error)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What an encoder learns from: names and sentences, and the concept that each belongs to.

    names      (n,) texts, each of the concept numbered `concepts[i]`, from 0
    sentences  (m,) sentences of descriptions, each of the concept `about[i]`; may be empty
    group      (concepts,) number of the unit group that a concept lies in, -1 for none; empty: none has one
    scheme     (concepts,) number of the scheme that a concept comes from; empty: all from one
    """

    names: Sequence[str]
    concepts: Sequence[int]
    sentences: Sequence[str] = ()
    about: Sequence[int] = ()
    group: Sequence[int] = ()
    scheme: Sequence[int] = ()

    def digest(self) -> str:
        """Changes when what is learned changes."""
        out = hashlib.sha256()
        for texts in (self.names, self.sentences):
            for text in (str(len(texts)), *texts):
                data = text.encode("utf-8", "surrogatepass")
                out.update(len(data).to_bytes(8, "little") + data)
        for numbers in (self.concepts, self.about, self.group, self.scheme):
            out.update(len(numbers).to_bytes(8, "little") + np.asarray(numbers, np.int64).tobytes())
        return out.hexdigest()


class _Rows(NamedTuple):
    """Both views of texts in one row of 2^18 columns; words and characters weigh the same."""

    indptr: Ints
    columns: Columns
    values: Floats


class Encoder:
    """The vectors of n-grams and their weights.

    numbers  (rows, 128) int8, times `scale` (rows,); `place` (2^18,) says which row a hashed feature has, -1
             where it has none
    words    of the names that were learned, with the hashes of their stems: stored so that loading stems
             nothing
    """

    def __init__(
        self,
        numbers: Bytes,
        scale: Floats,
        place: Columns,
        weights: Weights,
        words: tuple[Sequence[str], Sequence[str]] = ((), ()),
    ) -> None:
        self._numbers = numbers
        self._scale = scale
        self._place = place
        self._weights = weights
        self._words = words

    def encode(self, texts: Sequence[str], *, words: Words | None = None) -> Floats:
        """Texts as rows of unit length, (n, 128) float32; a text of which nothing is known is a row of
        zeros.

        words   the texts as words, where the caller has read them already
        """
        words = read(texts) if words is None else words
        rows = _joined(weigh(count_features(words), self._weights))
        out = np.zeros((len(texts), DIMENSION), np.float32)
        _encode(*rows, self._place, self._scale, self._numbers, out)
        return out

    @classmethod
    def train(
        cls,
        lesson: Lesson,
        *,
        seed: int = 1,
        epochs: float = 2,
        checkpoint: Path | None = None,
        progress: Callable[[float], None] = lambda _: None,
    ) -> Encoder:
        """Train on names, and sentences about them.

        checkpoint  a file for the state after every tenth of the work; a training of the same lesson, seed
                    and epochs that was broken off goes on from it and ends with the same model
        progress    called with the share done, 0–1
        Work: O(epochs · names · n-grams · 128). What is drawn depends on the seed and the step alone.
        """
        owner = np.asarray(lesson.concepts, np.int64)
        about = np.asarray(lesson.about, np.int64)
        if len(owner) != len(lesson.names):
            raise ShapeError(f"{len(lesson.names)} names, {len(owner)} concepts", field="concepts")
        if len(about) != len(lesson.sentences):
            raise ShapeError(f"{len(lesson.sentences)} sentences, {len(about)} concepts", field="about")
        for field, values in (("group", lesson.group), ("scheme", lesson.scheme)):
            if len(values) and len(owner) and len(values) <= int(owner.max()):
                raise ShapeError(
                    f"{len(values)} concepts have a {field}, {int(owner.max()) + 1} have names", field=field
                )
        if len(owner) and int(owner.min()) < 0:
            raise ShapeError("a concept has a number below 0", field="concepts")
        if len(owner) < 2:
            raise InputError(
                "an encoder needs two names at least", hint="add a scheme: padan taxonomy add SCHEME PATH"
            )
        counts = count_features(read([*lesson.names, *lesson.sentences]))
        weights = Weights(*(_rounded(idf) for idf in fit(counts)))
        rows = _joined(weigh(counts, weights))
        state = _State.begin(rows.columns, seed)
        steps = max(1, int(epochs * len(owner)) // min(_BATCH, len(owner)))
        mark = f"{lesson.digest()} {seed} {steps} {DIMENSION} {ROWS}"
        if checkpoint is not None:
            state.resume(checkpoint, mark)
        draw = _Pairs(lesson, seed)
        for step in range(state.step, steps):
            anchor, partner, of = draw.batch(step)
            state.learn(rows, anchor, partner, draw.kin(of))
            progress((step + 1) / steps)
            if checkpoint is not None and (step + 1) * 10 // steps > step * 10 // steps and step + 1 < steps:
                state.keep(checkpoint, mark, step + 1)
        if checkpoint is not None:
            with suppress(OSError):
                checkpoint.unlink()
        seen = np.bincount(rows.columns, minlength=ROWS)
        return cls(*_quantised(state.vectors, seen), weights, vocabulary([*lesson.names, *lesson.sentences]))

    def save(self, folder: Path) -> None:
        """Write the rows in use and the weights into a folder of their own; a half-written one never
        stays.
        """
        draft = folder.with_name(f"{folder.name}.{os.getpid()}.part")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        np.save(draft / "numbers.npy", self._numbers)
        used = np.flatnonzero(self._place >= 0)
        arrays: dict[str, Any] = {
            "used": used[np.argsort(self._place[used], kind="stable")].astype(np.int32),
            "scale": self._scale,
        }
        spelt, stems = self._words
        for name, listed in (("words", spelt), ("stems", stems)):
            arrays[name] = np.frombuffer("\n".join(listed).encode(), np.uint8)
        for name, idf in self._weights._asdict().items():
            arrays |= {f"{name}_{part}": values for part, values in _packed(idf).items()}
        np.savez_compressed(draft / "weights.npz", **arrays)
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)

    @classmethod
    def load(cls, folder: Path) -> Encoder:
        """Read what `save` wrote; the vectors stay on disk and are mapped. Raises InputError when damaged."""
        try:
            numbers = np.load(folder / "numbers.npy", mmap_mode="r", allow_pickle=False)
            path = folder / "weights.npz"
            with path.open("rb") as handle, np.load(handle, allow_pickle=False) as stored:
                place = np.full(ROWS, -1, np.int32)
                place[stored["used"]] = np.arange(len(stored["used"]), dtype=np.int32)
                scale = stored["scale"].astype(np.float32)
                weights = Weights(*(_unpacked(stored, name) for name in Weights._fields))
                spelt, stems = (bytes(stored[name]).decode().split("\n") for name in ("words", "stems"))
                if len(spelt) != len(stems):
                    raise ValueError(f"{len(spelt)} words, {len(stems)} stems")
                remember(spelt, stems)
            if numbers.shape != (len(scale), DIMENSION) or numbers.dtype != np.int8:
                raise ValueError(f"{numbers.shape} {numbers.dtype} vectors for {len(scale)} rows")
        except _DAMAGE as error:
            raise InputError(
                f"the encoder {folder.name} cannot be read: {error}", hint="padan taxonomy build"
            ) from error
        return cls(numbers, scale, place, weights, (spelt, stems))


@dataclass(slots=True)
class _State:
    """What training changes: vectors, the squares of their slopes, and the step it has come to."""

    vectors: Floats
    squares: Floats
    step: int
    slopes: Floats
    marked: Bytes
    touched: Ints

    @classmethod
    def begin(cls, columns: Columns, seed: int) -> _State:
        vectors = np.random.default_rng(seed).normal(0, 1 / np.sqrt(DIMENSION), (ROWS, DIMENSION))
        unseen = np.ones(ROWS, bool)
        unseen[columns] = False
        vectors[unseen] = 0
        return cls(
            vectors.astype(np.float32),
            np.full(ROWS, 1e-6, np.float32),
            0,
            np.zeros((ROWS, DIMENSION), np.float32),
            np.zeros(ROWS, np.int8),
            np.zeros(ROWS, np.int64),
        )

    def learn(self, rows: _Rows, anchor: Ints, partner: Ints, kin: npt.NDArray[np.bool_]) -> None:
        """One step: pull each pair together, push it from the other pairs of the batch that are no kin."""
        sums = [np.zeros((len(kin), DIMENSION), np.float32) for _ in range(2)]
        for picked, out in zip((anchor, partner), sums, strict=True):
            _sum(*rows, picked, self.vectors, out)
        used = 0
        for picked, slope in zip((anchor, partner), _slopes(sums[0], sums[1], kin), strict=True):
            used = _spread(*rows, picked, slope, self.slopes, self.marked, self.touched, used)
        _update(self.vectors, self.squares, self.slopes, self.marked, self.touched, used, _RATE)

    def keep(self, path: Path, mark: str, step: int) -> None:
        """Write the state; an unwritable folder only means that nothing can be resumed."""
        draft = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with draft.open("wb") as handle:
                np.savez(
                    handle,
                    vectors=self.vectors,
                    squares=self.squares,
                    step=np.int64(step),
                    mark=np.str_(mark),
                )
            draft.replace(path)
        except OSError:
            with suppress(OSError):
                draft.unlink()

    def resume(self, path: Path, mark: str) -> None:
        """Go on from a kept state of the same training; anything else is left alone and written over."""
        try:
            with path.open("rb") as handle, np.load(handle, allow_pickle=False) as stored:
                if str(stored["mark"]) != mark:
                    return
                vectors, squares, step = stored["vectors"], stored["squares"], int(stored["step"])
        except _DAMAGE:
            return
        self.vectors, self.squares, self.step = vectors, squares, step


class _Pairs:
    """Which names and partners make up each step: a function of the seed and the step alone."""

    def __init__(self, lesson: Lesson, seed: int) -> None:
        owner, about = np.asarray(lesson.concepts, np.int64), np.asarray(lesson.about, np.int64)
        concepts = int(owner.max()) + 1
        self.owner = owner
        self.seed = seed
        self.group = np.asarray(lesson.group if len(lesson.group) else np.full(concepts, -1), np.int64)
        self.scheme = np.asarray(lesson.scheme if len(lesson.scheme) else np.zeros(concepts), np.int64)
        self.names, self.name_at = _sorted_by(owner, concepts)
        self.sentences, self.sentence_at = _sorted_by(about, concepts)
        # concepts without a unit group have no kin outside themselves: their names stand behind all groups
        groups = int(self.group.max()) + 1
        self.kindred, self.kindred_at = _sorted_by(
            np.where(self.group[owner] < 0, groups, self.group[owner]), groups
        )
        self.size = min(_BATCH, len(owner))
        self.epoch = -1
        self.orders: tuple[Ints, Ints] = (owner, owner)
        self.first: Ints = np.zeros(0, np.int64)

    def batch(self, step: int) -> tuple[Ints, Ints, Ints]:
        """Anchors, partners (rows of names, then of sentences) and the concept of each pair."""
        size = self.size
        whole = len(self.owner) // size
        if step // whole != self.epoch:
            self._begin(step // whole)
        draw = np.random.default_rng((self.seed, 1, step))
        start = int(self.first[step % whole])
        near = draw.random() < _NEAR
        anchor = self.orders[int(near)][start : start + size]
        of = self.owner[anchor]
        partner, _ = _one_of(self.names, self.name_at, of, draw)
        other, there = _one_of(self.kindred, self.kindred_at, np.maximum(self.group[of], 0), draw)
        partner = np.where(there & (self.group[of] >= 0) & (draw.random(size) < _KIN), other, partner)
        other, there = _one_of(self.sentences, self.sentence_at, of, draw)
        partner = np.where(there & (draw.random(size) < _SENTENCES), len(self.owner) + other, partner)
        return anchor, partner, of

    def kin(self, of: Ints) -> npt.NDArray[np.bool_]:
        """Which pairs of a batch must not push each other: of one concept, or of one unit group in different
        schemes; a pair is no kin of itself.
        """
        group, scheme = self.group[of], self.scheme[of]
        out: npt.NDArray[np.bool_] = of[:, None] == of[None, :]
        across = (group[:, None] == group[None, :]) & (scheme[:, None] != scheme[None, :])
        out |= across & (group[:, None] >= 0)
        np.fill_diagonal(out, False)
        return out

    def _begin(self, epoch: int) -> None:
        draw = np.random.default_rng((self.seed, 0, epoch))
        shuffled = draw.permutation(len(self.owner))
        # unit groups in their order, their names in a drawn order: a batch is a run of neighbours
        near = shuffled[np.argsort(self.group[self.owner[shuffled]], kind="stable")]
        self.orders = (shuffled, near)
        self.first = draw.permutation(len(self.owner) // self.size) * self.size
        self.epoch = epoch


def _sorted_by(owner: Ints, owners: int) -> tuple[Ints, Ints]:
    """Rows sorted by owner, and where those of each owner begin."""
    order = np.argsort(owner, kind="stable")
    return order, np.searchsorted(owner[order], np.arange(owners + 1))


def _one_of(
    rows: Ints, at: Ints, owner: Ints, draw: np.random.Generator
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """A drawn row of each owner, and whether it has any."""
    if len(at) < 2 or not len(rows):
        return np.zeros(len(owner), np.int64), np.zeros(len(owner), bool)
    held = at[owner + 1] - at[owner]
    place = at[owner] + (draw.random(len(owner)) * held).astype(np.int64)
    return rows[np.minimum(place, len(rows) - 1)], held > 0


def _quantised(vectors: Floats, seen: Ints) -> tuple[Bytes, Floats, Columns]:
    """The rows that say most, with 8 bits a number: what is dropped is rare and short."""
    length = np.linalg.norm(vectors, axis=1)
    worth = length * np.sqrt(seen)
    kept = np.flatnonzero(worth > 0)
    if len(kept) > KEPT:
        kept = np.sort(kept[np.argsort(-worth[kept], kind="stable")[:KEPT]])
    scale = np.maximum(np.abs(vectors[kept]).max(axis=1), _LEAST) / 127
    place = np.full(ROWS, -1, np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    return (
        np.rint(vectors[kept] / scale[:, None]).astype(np.int8),
        scale.astype(np.float32),
        place,
    )


def _packed(idf: Floats) -> dict[str, Any]:
    """idf of the features that occur; all others share the value of a feature that was never seen."""
    rest = float(idf.max())
    at = np.flatnonzero(idf < rest).astype(np.int32)
    return {"at": at, "idf": idf[at].astype(np.float16), "rest": np.float32(rest)}


def _rounded(idf: Floats) -> Floats:
    """As `save` keeps it, so that a model answers alike before and after it was stored."""
    packed = _packed(idf)
    out: Floats = np.full(len(idf), packed["rest"], np.float32)
    out[packed["at"]] = packed["idf"].astype(np.float32)
    return out


def _unpacked(stored: Any, name: str) -> Floats:
    out = np.full(WIDTH, float(stored[f"{name}_rest"]), np.float32)
    out[stored[f"{name}_at"]] = stored[f"{name}_idf"].astype(np.float32)
    return out


def _joined(features: Features) -> _Rows:
    words, chars = features
    indptr = words.indptr + chars.indptr
    columns = np.empty(indptr[-1], np.int32)
    values = np.empty(indptr[-1], np.float32)
    _join(*words, *chars, indptr, columns, values)
    return _Rows(indptr, columns, values)


def _slopes(a: Floats, b: Floats, kin: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Slopes of the loss at both ends of the pairs; kin do not push each other."""
    lengths = [np.linalg.norm(s, axis=1, keepdims=True) + _LEAST for s in (a, b)]
    left, right = a / lengths[0], b / lengths[1]
    logits = left @ right.T / np.float32(_TEMPERATURE)
    logits[kin] = -1e9
    forth = np.exp(logits - logits.max(axis=1, keepdims=True))
    forth /= forth.sum(axis=1, keepdims=True)
    back = np.exp(logits - logits.max(axis=0, keepdims=True))
    back /= back.sum(axis=0, keepdims=True)
    slope = (forth + back) / 2
    slope[np.arange(len(kin)), np.arange(len(kin))] -= 1
    slope /= np.float32(_TEMPERATURE * len(kin))
    out = []
    for unit, other, length, turn in ((left, right, lengths[0], slope), (right, left, lengths[1], slope.T)):
        to = turn @ other
        out.append(((to - unit * (to * unit).sum(axis=1, keepdims=True)) / length).astype(np.float32))
    return out[0], out[1]


@njit(cache=True, nogil=True)
def _join(
    word_at: Ints,
    word: Columns,
    word_value: Floats,
    char_at: Ints,
    char: Columns,
    char_value: Floats,
    indptr: Ints,
    columns: Columns,
    values: Floats,
) -> None:
    for row in range(len(indptr) - 1):
        at = indptr[row]
        for k in range(word_at[row], word_at[row + 1]):
            columns[at] = word[k] % ROWS
            values[at] = word_value[k] * _HALF
            at += 1
        for k in range(char_at[row], char_at[row + 1]):
            columns[at] = char[k] % ROWS
            values[at] = char_value[k] * _HALF
            at += 1


@njit(cache=True, nogil=True)
def _encode(
    indptr: Ints,
    columns: Columns,
    values: Floats,
    place: Columns,
    scale: Floats,
    numbers: Bytes,
    out: Floats,
) -> None:
    for row in range(len(indptr) - 1):
        own = out[row]
        for k in range(indptr[row], indptr[row + 1]):
            at = place[columns[k]]
            if at < 0:
                continue
            worth = values[k] * scale[at]
            vector = numbers[at]
            for j in range(len(own)):
                own[j] += worth * np.float32(vector[j])
        length = np.float32(0.0)
        for j in range(len(own)):
            length += own[j] * own[j]
        if length > 0:
            own /= np.sqrt(length)


@njit(cache=True, nogil=True)
def _sum(indptr: Ints, columns: Columns, values: Floats, picked: Ints, vectors: Floats, out: Floats) -> None:
    for i in range(len(picked)):
        own = out[i]
        for k in range(indptr[picked[i]], indptr[picked[i] + 1]):
            worth = values[k]
            vector = vectors[columns[k]]
            for j in range(len(own)):
                own[j] += worth * vector[j]


@njit(cache=True, nogil=True)
def _spread(
    indptr: Ints,
    columns: Columns,
    values: Floats,
    picked: Ints,
    slope: Floats,
    slopes: Floats,
    marked: Bytes,
    touched: Ints,
    used: int,
) -> int:
    """Add the slopes of texts to the slopes of their features; how many features are touched so far."""
    for i in range(len(picked)):
        own = slope[i]
        for k in range(indptr[picked[i]], indptr[picked[i] + 1]):
            column = columns[k]
            if marked[column] == 0:
                marked[column] = 1
                touched[used] = column
                used += 1
                slopes[column, :] = 0
            worth = values[k]
            to = slopes[column]
            for j in range(len(own)):
                to[j] += worth * own[j]
    return used


@njit(cache=True, nogil=True)
def _update(
    vectors: Floats, squares: Floats, slopes: Floats, marked: Bytes, touched: Ints, used: int, rate: float
) -> None:
    """Adagrad with one rate a row."""
    for t in range(used):
        column = touched[t]
        slope = slopes[column]
        total = np.float32(0.0)
        for j in range(len(slope)):
            total += slope[j] * slope[j]
        squares[column] += total / np.float32(len(slope))
        step = np.float32(rate) / np.sqrt(squares[column])
        vector = vectors[column]
        for j in range(len(slope)):
            vector[j] -= step * slope[j]
        marked[column] = 0
