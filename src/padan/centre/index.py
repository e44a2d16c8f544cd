"""The schemes at hand and what is built from them: the library, the trained encoder, the linker.

The encoder is trained on this machine from the schemes that are installed, once for each set of schemes, and
kept in
`PADAN_HOME/index`. It is made anew when a scheme or the version of Padan has changed. Where the folder cannot
be written it is
trained in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from padan._version import __version__
from padan.centre.coding import Coder
from padan.centre.intake import country
from padan.linking import Encoder, Linker, training_names
from padan.settings import settings
from padan.taxonomy import Library

__all__ = ["coder", "encoder", "forget", "library", "linker"]

_FORMAT = 1  #: of the stored encoder; a change of features or training counts it up


_built: dict[tuple[str, Path], Any] = {}


def _once(name: str, make: Callable[[], Any]) -> Any:
    """What `make` gives, kept for this home folder until `forget`."""
    key = (name, settings().home)
    if key not in _built:
        _built[key] = make()
    return _built[key]


def forget() -> None:
    """Drop what is kept: a scheme was added."""
    _built.clear()


def library() -> Library:
    """The schemes at hand: starter pack and what was added to the home folder."""
    found: Library = _once("library", lambda: Library(settings().schemes))
    return found


def _path() -> Path:
    """Where the encoder of exactly these schemes lies."""
    known = [f"{_FORMAT} {__version__}"]
    known += [f"{i.name} {i.version} {i.sha256} {i.concepts} {i.relations}" for i in library().infos()]
    known += [hashlib.sha256("\n".join(training_names(library())[0]).encode()).hexdigest()]
    return (
        settings().home
        / "index"
        / f"encoder-{hashlib.sha256(chr(10).join(known).encode()).hexdigest()[:16]}.npz"
    )


def encoder(progress: Callable[[str], None] = lambda _: None) -> Encoder:
    """The encoder of the schemes at hand; trained and kept when it is not there yet.

    progress   told when training begins, and at each tenth of it
    """
    found: Encoder = _once("encoder", lambda: _load_or_train(progress))
    return found


def linker(progress: Callable[[str], None] = lambda _: None) -> Linker:
    """The linker over the schemes at hand, with its encoder; built once a process."""
    found: Linker = _once(
        "linker", lambda: Linker(library(), places=country().place_names(), encoder=encoder(progress))
    )
    return found


def coder(progress: Callable[[str], None] = lambda _: None) -> Coder:
    """The coder over the schemes at hand and the country of the settings; built once a process."""
    found: Coder = _once("coder", lambda: Coder(library(), country(), linker(progress)))
    return found


def _load_or_train(progress: Callable[[str], None]) -> Encoder:
    path = _path()
    if path.exists():
        return Encoder.load(path)
    names, concepts = training_names(library())
    progress(f"learning from {len(names):,} names, once (about {max(5, len(names) // 3500)} s)")
    told = 0

    def tell(share: float) -> None:
        nonlocal told
        if int(share * 10) > told:
            told = int(share * 10)
            progress(f"learning {told * 10} %")

    trained = Encoder.train(names, concepts, progress=tell)
    try:
        for old in path.parent.glob("encoder-*.npz"):
            old.unlink(missing_ok=True)
        trained.save(path)
    except OSError:
        return trained  # the home folder cannot be written: the next process trains again
    # as stored, with 8 bits a number, so that a first run and a later one give the same answers
    return Encoder.load(path)
