"""The list of review decisions, PADAN_HOME/review/decisions.jsonl: one JSON object a line, only added to.

Who writes holds a lock on the file, so that two runs never interleave and each sees what the other has added;
who reads shares it. A line counts once it is on the disk (fsync). Where a run was cut off in the middle of a
line, the line is reported as damaged by its number, at every reading, and the next writer starts a line of
its own: nothing of it is overwritten. A write that fails is taken back whole.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from padan.errors import EngineError
from padan.linking.review import Decision
from padan.settings import settings

__all__ = ["Stored", "adding", "path", "read", "state"]

_FIELDS = frozenset(field.name for field in fields(Decision))


@dataclass(frozen=True, slots=True)
class Stored:
    """All records in their order, and the numbers of the lines that cannot be read."""

    decisions: tuple[Decision, ...]
    damaged: tuple[int, ...]


def path() -> Path:
    """Where the list lies."""
    return settings().home / "review" / "decisions.jsonl"


def state() -> tuple[int, int, int] | None:
    """Changes when the list has changed; None where there is none. Costs one look at the folder."""
    try:
        found = path().stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def read() -> Stored:
    """The list as it is now; empty where there is none."""
    try:
        with path().open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH)
            return _parsed(handle.read())
    except FileNotFoundError:
        return Stored((), ())
    except OSError as error:
        raise _unusable(error) from error


@contextmanager
def adding() -> Iterator[tuple[Stored, Callable[[Sequence[Decision]], None]]]:
    """The list and what adds to it, under the lock: nobody else writes until the block ends."""
    file = path()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
    except OSError as error:
        raise _unusable(error) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        held = file.read_bytes()
        torn = bool(held) and not held.endswith(b"\n")
        yield _parsed(held), lambda new: _append(handle, len(held), new, torn)
    finally:
        os.close(handle)


def _append(handle: int, size: int, new: Sequence[Decision], torn: bool) -> None:
    if not new:
        return
    data = (b"\n" if torn else b"") + b"".join(_line(decision) for decision in new)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
        folder = os.open(path().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        os.ftruncate(handle, size)
        raise _unusable(error) from error


def _line(decision: Decision) -> bytes:
    values = {**asdict(decision), "at": decision.at.astimezone(UTC).isoformat().replace("+00:00", "Z")}
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _parsed(data: bytes) -> Stored:
    decisions: list[Decision] = []
    damaged: list[int] = []
    # a last line without its end was cut off, unless all of it is there but the end
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            found = _decision(line)
            if found is None:
                damaged.append(number)
            else:
                decisions.append(found)
    return Stored(tuple(decisions), tuple(damaged))


def _decision(line: bytes) -> Decision | None:
    try:
        values = json.loads(line)
        if not isinstance(values, dict) or not values.keys() <= _FIELDS:
            return None
        at = datetime.fromisoformat(values["at"])
        found = Decision(**{**values, "at": at})
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    texts = (found.id, found.author, found.target, found.key, found.text, found.note)
    maybe = (found.concept, found.undoes, found.scheme_version)
    whole = all(isinstance(t, str) for t in texts) and all(t is None or isinstance(t, str) for t in maybe)
    return found if whole and at.tzinfo is not None else None


def _unusable(error: OSError) -> EngineError:
    return EngineError(
        f"the list of decisions {path()} cannot be used: {error.strerror or error}",
        hint="is the disk full, and may this user write there? PADAN_HOME names the folder",
    )
