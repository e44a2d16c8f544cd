"""The schemes at hand and what is built from them: the library, the trained encoder, the linker.

The encoder is trained on this machine from the schemes that are installed, once for each set of schemes, and
kept in `PADAN_HOME/index`. It is made anew when a scheme or the version of Padan has changed. Where the
folder cannot be written it is trained in memory.

What reviewers decided is laid over the linker without building anything again; a decision of another process
is seen at the next call.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from padan._version import __version__
from padan.centre import decisions, examples
from padan.centre.coding import Coder
from padan.centre.intake import country
from padan.linking import Encoder, Encodes, Linker, SentenceEncoder, lesson
from padan.linking.review import Decision, active, concepts_of, standing
from padan.settings import settings
from padan.taxonomy import Library, starter_digest

__all__ = ["coder", "encoder", "forget", "library", "linker"]

_FORMAT = 4  #: of the stored encoder; a change of features or training counts it up


_LONG = 100_000  #: names from which a training can be broken off and resumed
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
    """Where the encoder of exactly these schemes and words lies."""
    known = hashlib.sha256(f"{_FORMAT} {__version__} {starter_digest()}".encode())
    known.update((files("padan.linking") / "words.yaml").read_bytes())
    known.update(examples.digest().encode())
    for info in library().infos():
        known.update(f"{info.name} {info.version} {info.sha256} {info.concepts} {info.relations}\n".encode())
    return settings().home / "index" / f"encoder-{known.hexdigest()[:16]}"


def encoder(
    progress: Callable[[str], None] = lambda _: None, *, share: Callable[[float], None] | None = None
) -> Encodes:
    """The encoder of the schemes at hand; trained and kept when it is not there yet. The
    sentence-transformers model of PADAN_ENCODER where one is set.

    progress   told when training begins and, without `share`, at each tenth of it
    share      told the share of the training that is done, 0–1, at each step
    """
    named = settings().encoder
    if named:
        kept = settings().home / "index"
        model: Encodes = _once(f"encoder {named}", lambda: SentenceEncoder(named, kept=kept))
        return model
    found: Encodes = _once("encoder", lambda: _load_or_train(progress, share))
    return found


def linker(
    progress: Callable[[str], None] = lambda _: None, *, share: Callable[[float], None] | None = None
) -> Linker:
    """The linker over the schemes at hand with its encoder, built once a process, and the decisions of now.

    progress, share   as for `encoder`; progress is also told of lines in the list of decisions that cannot be
                      read
    """

    def make() -> Linker:
        return Linker(
            library(),
            places=country().place_names(),
            encoder=encoder(progress, share=share),
            examples=examples.examples(),
        )

    found: Linker = _once(f"linker {settings().encoder}", make)
    state = decisions.state()
    if state is None:
        return found
    place = ("reviewed", settings().home)
    kept: tuple[object, Linker] | None = _built.get(place)
    if kept is None or kept[0] != state:
        stored = decisions.read()
        if stored.damaged:
            lines = ", ".join(map(str, stored.damaged))
            progress(f"damaged and left out: line {lines} of {decisions.path()}")
        kept = _built[place] = (state, found.with_reviewed(active(_usable(stored.decisions))))
    return kept[1]


def _usable(all_decisions: Sequence[Decision]) -> list[Decision]:
    """Decisions that hold and whose concept is in the scheme at hand: a new version may have dropped it."""
    known: dict[str, frozenset[str]] = {}
    out = []
    for decision in standing(all_decisions).values():
        target = decision.target
        if target not in known:
            known[target] = frozenset(concepts_of(library().get(target)) if target in library() else ())
        if decision.concept is None or decision.concept in known[target]:
            out.append(decision)
    return out


def coder(progress: Callable[[str], None] = lambda _: None) -> Coder:
    """The coder over the schemes at hand and the country of the settings; built once a process."""
    found: Coder = _once("coder", lambda: Coder(library(), country(), linker(progress)))
    found.linker = linker(progress)  # with the decisions of now
    return found


def _load_or_train(progress: Callable[[str], None], share: Callable[[float], None] | None) -> Encoder:
    path = _path()
    if path.exists():
        return Encoder.load(path)
    learned = lesson(library(), places=country().place_names(), examples=examples.examples())
    seconds = max(5, len(learned.names) // 5000)
    progress(f"learning from {len(learned.names):,} names, once (about {seconds} s)")
    told = 0

    def tell(done: float) -> None:
        nonlocal told
        if int(done * 10) > told:
            told = int(done * 10)
            progress(f"learning {told * 10} %")

    # a training of a few seconds is not worth a file of 135 MB
    state = path.with_name(f"{path.name}.state") if len(learned.names) > _LONG else None
    trained = Encoder.train(learned, checkpoint=state, progress=share or tell)
    try:
        for old in path.parent.glob("encoder-*"):
            if old.is_dir():
                shutil.rmtree(old, ignore_errors=True)
            else:
                old.unlink(missing_ok=True)
        trained.save(path)
    except OSError:
        return trained  # the home folder cannot be written: the next process trains again
    return Encoder.load(path)
