"""Survey-style answers: what a person says of their own work, and whose work it is.

"Menanam padi milik sendiri" and "menanam padi di sawah orang, diupah harian" name the same tasks; the status
in employment decides between a farmer (major group 6) and a farm labourer (sub-major group 92). The words are
in words.yaml. Status: ICSE-93 of the ILO, the three that short answers tell apart.

    status_of("menanam padi milik sendiri")     "own-account"
    lean(scores, ids, "employee")               labourers before farmers, in place
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

import numpy as np

from padan.linking.features import Floats
from padan.linking.normalise import words

__all__ = ["Status", "lean", "status_of"]

Status = Literal["employee", "own-account", "family"]

_TOWARDS, _AWAY = (
    1.25,
    0.85,
)  #: factors of the scores of the side that the status speaks for, and of the other
_READ = 300  #: characters of an answer that are read


def status_of(text: str) -> Status | None:
    """The status in employment that a text states, None where it states none.

    The longest phrase decides, of equally long ones the last.
    """
    found = [m.group() for m in _pattern().finditer(text[:_READ].lower())]
    if not found:
        return None
    return _statuses()[max(reversed(found), key=len)]


def lean(scores: Floats, ids: Sequence[str], status: Status) -> None:
    """Lean the scores of one text towards farmers and fishers who work for themselves, or towards labourers.

    ids   of ISCO-08 or KBJI; every other concept keeps its score
    """
    own, labour = _sides(tuple(ids))
    towards, away = (labour, own) if status == "employee" else (own, labour)
    scores[towards] *= np.float32(_TOWARDS)
    scores[away] *= np.float32(_AWAY)


@cache
def _sides(ids: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of major group 6, and of sub-major group 92."""
    own = np.array([n for n, i in enumerate(ids) if i.startswith("6")], np.int64)
    return own, np.array([n for n, i in enumerate(ids) if i.startswith("92")], np.int64)


@cache
def _statuses() -> dict[str, Status]:
    return {phrase: status for status, phrases in words()["status"].items() for phrase in phrases}


@cache
def _pattern() -> re.Pattern[str]:
    phrases = sorted(_statuses(), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, phrases)) + r")(?!\w)")
