"""Texts that an office has coded before, learned as evidence beside the names of a scheme.

    learn      a table with a text and a code a row -> a named list in PADAN_HOME/examples
    unlearn    drop a list again
    learned    the lists there are
    examples   all of them, as the linker and the encoder take them

Contact data and identity numbers in the texts are masked. A list changes what is linked from the next command
on; the encoder is trained anew for it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from padan.errors import InputError, NotFound
from padan.linking import TARGETS
from padan.linking.review import concepts_of, masked
from padan.reading.formats import Row, open_rows
from padan.settings import settings
from padan.taxonomy import Library

__all__ = ["Learned", "digest", "examples", "learn", "learned", "unlearn"]

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}")
_SHOWN = 20  #: unknown codes that are named


@dataclass(frozen=True, slots=True)
class Learned:
    """A list of coded texts. rows_in = learned + empty + unknown."""

    name: str
    target: str
    source: str  #: name of the file
    added: str  #: ISO date
    rows_in: int
    learned: int
    empty: int  #: rows without a text or a code
    unknown: dict[str, int]  #: code that is no concept of the scheme -> rows; the 20 most frequent


def learn(
    file: Path, library: Library, *, to: str, text: str, code: str, name: str | None, today: date
) -> Learned:
    """Read a table of coded texts and keep it under a name; an old list of that name is replaced.

    text, code   columns; a code is an id of the scheme, or the end of its URI
    Raises InputError where a column is missing or no row has a known code.
    """
    if to not in TARGETS:
        raise InputError(f"cannot learn codes of {to!r}", hint=f"targets: {', '.join(TARGETS)}", field="to")
    name = name or re.sub(r"[^a-z0-9._-]+", "-", file.stem.lower()).strip("-.") or "examples"
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name for a list", hint="letters, digits, - and .", field="name")
    scheme = library.get(to)
    concept_of = {i.rsplit("/", 1)[-1]: i for i in concepts_of(scheme)}
    kept: list[tuple[str, str]] = []
    unknown: Counter[str] = Counter()
    rows = empty = 0
    for row in open_rows(file):
        rows += 1
        if not isinstance(row, Row):
            empty += 1
            continue
        for column in (text, code):
            if column not in row.values:
                columns = ", ".join(map(str, row.values))
                raise InputError(
                    f"{file.name} has no column {column!r}", hint=f"columns: {columns}", field=column
                )
        said, given = (str(row.values[c] or "").strip() for c in (text, code))
        if not said or not given:
            empty += 1
        elif (concept := concept_of.get(given.rsplit("/", 1)[-1])) is None:
            unknown[given] += 1
        else:
            kept.append((masked(said), concept))
    if not kept:
        raise InputError(
            f"no row of {file.name} has a code of {to}",
            hint=f"codes found: {', '.join(c for c, _ in unknown.most_common(5)) or 'none'}; "
            f"codes look like {', '.join(list(concept_of)[:3])}",
            field=code,
        )
    info = Learned(
        name, to, file.name, today.isoformat(), rows, len(kept), empty, dict(unknown.most_common(_SHOWN))
    )
    _write(_folder() / f"{name}.jsonl", info, kept)
    return info


def unlearn(name: str) -> None:
    """Drop a list. Raises NotFound with the names there are."""
    path = _folder() / f"{name}.jsonl"
    if not _NAME.fullmatch(name) or not path.exists():
        names = ", ".join(i.name for i in learned()) or "none"
        raise NotFound(f"there is no list of coded texts {name!r}", hint=f"lists: {names}")
    path.unlink()


def learned() -> list[Learned]:
    """The lists there are, by name."""
    return [_read(path)[0] for path in _files()]


def examples() -> dict[str, list[tuple[str, str]]]:
    """target -> (text, id of the concept) of all lists."""
    out: dict[str, list[tuple[str, str]]] = {}
    for path in _files():
        info, kept = _read(path)
        out.setdefault(info.target, []).extend(kept)
    return out


def digest() -> str:
    """Changes when a list changes; empty where there is none."""
    files = _files()
    if not files:
        return ""
    out = hashlib.sha256()
    for path in files:
        out.update(path.read_bytes())
    return out.hexdigest()


def _folder() -> Path:
    return settings().home / "examples"


def _files() -> list[Path]:
    return sorted(_folder().glob("*.jsonl"))


def _write(path: Path, info: Learned, kept: list[tuple[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    with draft.open("w", encoding="utf-8") as handle:
        handle.write(json.dumps(asdict(info), ensure_ascii=False) + "\n")
        for pair in kept:
            handle.write(json.dumps(pair, ensure_ascii=False) + "\n")
    draft.replace(path)


def _read(path: Path) -> tuple[Learned, list[tuple[str, str]]]:
    try:
        first, *rest = path.read_text(encoding="utf-8").splitlines()
        info = Learned(**json.loads(first))
        pairs: list[Any] = [json.loads(line) for line in rest]
        return info, [(str(text), str(concept)) for text, concept in pairs]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"the list of coded texts {path.name} cannot be read: {error}",
            hint=f"learn it again, or drop it: padan taxonomy unlearn {path.stem}",
        ) from error
