"""An encoder from the sentence-transformers library, behind the seam of the trained one. Never needed.

    encoder = SentenceEncoder("path/to/model")        a folder, or the name of a model that is at hand
    Linker(library, encoder=encoder)

The figures of docs/linking.md say how a small one compares. Nothing is downloaded: a model by name must be in
the cache of the library already.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from padan.errors import InputError
from padan.linking.features import Floats, Words

__all__ = ["SentenceEncoder"]

_INSTALL = "pip install 'padan[sentence]'"
_BATCH = 256
_MANY = 2_000  #: texts from which vectors are kept: the names of a scheme, not the queries


class SentenceEncoder:
    """Any sentence-transformers model by name or path.

    kept   folder for the vectors of long lists of names, so that they are made once; None keeps nothing

    Raises InputError where the library is not installed, or there is no such model.
    """

    def __init__(self, model: str, *, kept: Path | None = None) -> None:
        self._name = model
        self._kept = kept
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise InputError(
                "an encoder by name needs the package sentence-transformers", hint=_INSTALL, field="encoder"
            ) from error
        if os.sep in model and not Path(model).is_dir():
            raise InputError(f"there is no model folder {model}", field="encoder")
        try:
            self._model: Any = SentenceTransformer(model, device="cpu", local_files_only=True)
        except Exception as error:  # the library raises many kinds; all mean that there is no such model
            raise InputError(
                f"the encoder {model!r} cannot be loaded: {_first_line(error)}",
                hint="give the folder of a sentence-transformers model",
                field="encoder",
            ) from error

    def encode(self, texts: Sequence[str], *, words: Words | None = None) -> Floats:
        """Texts as rows of unit length, (n, d) float32. `words` is for encoders that read words; not used."""
        if not texts:
            return np.zeros((0, int(self._model.get_embedding_dimension())), np.float32)
        if self._kept is None or len(texts) < _MANY:
            return self._encode(texts)
        digest = hashlib.sha256("\n".join([self._name, *texts]).encode()).hexdigest()[:16]
        path = self._kept / f"vectors-{digest}.npy"
        try:
            found: Floats = np.load(path, allow_pickle=False)
            if found.shape[0] == len(texts) and found.dtype == np.float32:
                return found
        except (OSError, ValueError, EOFError):
            pass  # not there or damaged: made anew
        made = self._encode(texts)
        draft = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with draft.open("wb") as handle:
                np.save(handle, made)
            draft.replace(path)
        except OSError:
            draft.unlink(
                missing_ok=True
            )  # a folder that cannot be written: the next process makes them again
        return made

    def _encode(self, texts: Sequence[str]) -> Floats:
        return np.asarray(
            self._model.encode(
                list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
            ),
            np.float32,
        )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
