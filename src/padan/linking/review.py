"""What reviewers decide about texts that linking left undecided, and whether a new source codes differently.

    masked, review_key          a text without contact data, and the short key under which a decision is kept
    Decision, standing, active  the list of decisions, which only grows, and what of it holds now
    candidates                  linked texts -> the queue for a reviewer, the most frequent first
    drift                       coded rows of a known and of a new source -> what moved, beyond chance

A decision is an alias with author and date: it wins over the linker for every text that reads the same, and
is taken back by a later record that undoes it; nothing is ever removed. The key is made of the masked text:
the hash of a telephone number beside the rest of its line could be undone by trying all numbers. A decision
also serves for the same title with another number.

Drift is tested by permutation: rows are dealt anew to the two sources with both sizes and all totals kept
(multivariate hypergeometric draws), and the G statistic of each deal is compared with that of the real one.
Rows count as independent; where one employer posts a title in bulk the p-value is too small, therefore an
alarm also needs a shift of a size that matters. No file, clock or setting is read here.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy
from scipy.stats import norm

from padan.linking.lesson import is_leaf
from padan.linking.normalise import key
from padan.reading.text import redact

if TYPE_CHECKING:
    from padan.linking.linker import Linked
    from padan.taxonomy import Scheme

__all__ = [
    "Candidate",
    "Decision",
    "Drift",
    "GroupShare",
    "Moved",
    "Shift",
    "Undecided",
    "active",
    "candidates",
    "concepts_of",
    "drift",
    "masked",
    "review_key",
    "standing",
    "undone",
]

Place = tuple[str, str]  #: target and short key of a text

LEAST_ROWS = 200  #: of each source, below which drift says "too few"
LEAST_DECIDED = 100  #: of each source, below which shares of unit groups are not compared
LEAST_SHIFT = 0.05  #: an alarm needs 5 of 100 rows elsewhere, beyond what chance moves
ERROR_RATE = 0.05  #: of a false alarm, over all tests of one comparison (Holm)

_MAX_TEXT = 300  #: characters; what follows is never the job
_LONG_NUMBER = re.compile(r"\d{9,}")
_SHORT_KEY = re.compile(r"[0-9a-f]{16}")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_DEALS = 1999  #: permutations


# -- texts -------------------------------------------------------------------------------------------------


def masked(text: str) -> str:
    """A text on one line without e-mail, telephone and identity numbers, at most 300 characters.

    Masking a masked text changes nothing. Invisible characters and line breaks become blanks.
    """
    text = text[: 20 * _MAX_TEXT]
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(c) in _UNSEEN else c for c in text)
    text = " ".join(text.split())
    while True:
        found = _LONG_NUMBER.sub("[nomor]", redact(text)[0] or "")[:_MAX_TEXT].rstrip()
        if found == text:
            return text
        text = found


def _short(words: str) -> str:
    """The short key of words; a short key is its own."""
    if _SHORT_KEY.fullmatch(words):
        return words
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=8).hexdigest()


def review_key(text: str) -> str:
    """16 hexadecimal digits for all texts that read the same; "" for a text without a word."""
    words = key(masked(text))
    return _short(words) if words else ""


# -- decisions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decision:
    """One record of the list: a decision about a text, or the undoing of an earlier record."""

    id: str
    at: datetime  #: UTC
    author: str
    target: str  #: scheme
    key: str  #: short key of the text
    text: str  #: masked; "" where only the key is known
    concept: str | None  #: None: the text names no concept of the scheme
    note: str = ""
    undoes: str | None = None  #: id of an earlier record
    scheme_version: str | None = None

    @property
    def place(self) -> Place:
        """What the decision is about, by the text where there is one: word lists may have changed since."""
        return self.target, (review_key(self.text) if self.text else "") or self.key


def undone(decisions: Sequence[Decision]) -> frozenset[str]:
    """Ids of the records that a later record in force undoes; undoing an undoing brings its record back."""
    out: set[str] = set()
    for decision in reversed(decisions):
        if decision.undoes is not None and decision.id not in out:
            out.add(decision.undoes)
    return frozenset(out)


def standing(decisions: Sequence[Decision]) -> dict[Place, Decision]:
    """The decision that holds for each text, by target and short key: the last one that is not undone."""
    void = undone(decisions)
    out: dict[Place, Decision] = {}
    for decision in decisions:
        if decision.undoes is None and decision.id not in void:
            out.pop(decision.place, None)
            out[decision.place] = decision
    return out


def active(decisions: Sequence[Decision]) -> Mapping[Place, str | None]:
    """What holds now: (target, key) -> concept, None where the text names none.

    A key may be the words that the linker compares by, `key(masked(text))`, or their short form `review_key`.
    """
    return _Active(standing(decisions))


class _Active(Mapping[Place, "str | None"]):
    def __init__(self, decisions: Mapping[Place, Decision]) -> None:
        self._concepts = {place: decision.concept for place, decision in decisions.items()}

    def __getitem__(self, place: Place) -> str | None:
        return self._concepts[place[0], _short(place[1])]

    def __iter__(self) -> Iterator[Place]:
        return iter(self._concepts)

    def __len__(self) -> int:
        return len(self._concepts)


def concepts_of(scheme: Scheme) -> list[str]:
    """Ids that a text can be linked to: unit groups of ISCO-08, posts of KBJI, all ids of the others."""
    return [concept for row, concept in enumerate(scheme.ids) if is_leaf(scheme, row)]


# -- the queue ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text for the queue, with the proposals of the linker."""

    key: str
    text: str  #: masked, in the spelling that is met most
    count: int
    ranked: tuple[str, ...]
    scores: tuple[float, ...]


def candidates(
    counts: Mapping[str, int],
    linked: Sequence[Linked],
    *,
    decided: Collection[str] = (),
    least: int = 1,
) -> list[Candidate]:
    """Queue rows for the texts that are not decided, the most frequent first, equal texts once.

    counts   text -> how often it occurs; `linked` has one entry for each, in the same order
    decided  short keys that a reviewer has decided, also for "names no occupation": they are not asked again
    least    rarer texts are left out. Ties go to the text that stands first.
    Texts without a word are left out: nobody could decide them.
    """
    groups: dict[str, list[tuple[int, str, Linked]]] = defaultdict(list)
    for (text, count), found in zip(counts.items(), linked, strict=True):
        place = review_key(text)
        if place and found.decision is None and place not in decided:
            groups[place].append((count, text, found))
    rows = []
    for place, members in groups.items():
        total = sum(count for count, _, _ in members)
        _, text, found = max(members, key=lambda member: member[0])
        if total >= least:
            rows.append(Candidate(place, masked(text), total, found.ranked, found.scores))
    return sorted(rows, key=lambda row: -row.count)


# -- drift -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GroupShare:
    """Rows of a group in both sources, and their share of the decided rows."""

    code: str
    reference_rows: int
    new_rows: int
    reference_share: float
    new_share: float


@dataclass(frozen=True, slots=True)
class Moved:
    """A unit group and how far its share moved; the interval holds for all unit groups at once."""

    code: str
    reference_share: float
    new_share: float
    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Shift:
    """Two distributions compared. `distance` is the share of rows that lie elsewhere (total variation)."""

    distance: float
    by_chance: float  #: mean distance of two samples of one source of these sizes
    p: float

    @property
    def beyond_chance(self) -> float:
        return self.distance - self.by_chance


@dataclass(frozen=True, slots=True)
class Undecided:
    """A text of the new source that was left undecided, masked, and how often it occurs in both."""

    text: str
    new_rows: int
    reference_rows: int


@dataclass(frozen=True, slots=True)
class Drift:
    """A comparison. What could not be computed is None or empty, and `too_few` says why.

    alarms   what differs beyond chance and by a size that matters, in words; empty: no alarm
    """

    rows: tuple[int, int]  #: reference, new
    decided: tuple[int, int]
    decided_share: tuple[float, float] | None
    by_decided: Shift | None
    by_major_group: Shift | None
    by_unit_group: Shift | None
    major_groups: tuple[GroupShare, ...]
    unit_groups: tuple[GroupShare, ...]
    moved: tuple[Moved, ...]
    undecided: tuple[Undecided, ...]
    alarms: tuple[str, ...]
    too_few: str | None


def drift(
    reference: Sequence[tuple[str, str | None]],
    new: Sequence[tuple[str, str | None]],
    *,
    least: int = LEAST_ROWS,
    top: int = 10,
    seed: int = 1,
) -> Drift:
    """Compare how two sources are coded. Rows are (text, unit group or None where it is not decided).

    least   rows that each source needs; with fewer, and with under 100 decided, `too_few` says so
    top     how many unit groups and texts are listed
    seed    of the permutations: the same rows and seed give the same p-values
    An alarm needs a p-value below 0.05 after Holm's correction over the tests and 5 of 100 rows moved beyond
    chance. Intervals are Newcombe's, 95 % over all unit groups together (Bonferroni).
    """
    sources = (reference, new)
    rows = (len(reference), len(new))
    codes = [Counter(code for _, code in source if code is not None) for source in sources]
    decided = (codes[0].total(), codes[1].total())
    share = (decided[0] / rows[0], decided[1] / rows[1]) if all(rows) else None
    undecided = _undecided(reference, new, top)
    if min(rows) < least:
        which = "reference" if rows[0] < least else "new source"
        reason = f"too few rows: the {which} has {min(rows)}, a comparison needs {least} of each"
        return Drift(rows, decided, share, None, None, None, (), (), (), undecided, (), reason)
    draw = np.random.default_rng(seed)
    by_decided = _shift([(decided[i], rows[i] - decided[i]) for i in (0, 1)], draw)
    if min(decided) < LEAST_DECIDED:
        which = "reference" if decided[0] < LEAST_DECIDED else "new source"
        reason = (
            f"too few decided rows to compare unit groups: the {which} has {min(decided)}, "
            f"{LEAST_DECIDED} of each are needed"
        )
        alarms = _alarms({"the share of decided rows": by_decided})
        return Drift(rows, decided, share, by_decided, None, None, (), (), (), undecided, alarms, reason)
    unit = _shares(codes)
    major = _shares([_by_major(one) for one in codes])
    by_unit, by_major = (_shift([(g.reference_rows, g.new_rows) for g in t], draw, turned=True)
                         for t in (unit, major))  # fmt: skip
    tests = {
        "the share of decided rows": by_decided,
        "the shares of major groups": by_major,
        "the shares of unit groups": by_unit,
    }
    moved = _moved(unit, decided)[:top]
    return Drift(
        rows,
        decided,
        share,
        by_decided,
        by_major,
        by_unit,
        major,
        unit,
        moved,
        undecided,
        _alarms(tests),
        None,
    )


def _by_major(codes: Counter[str]) -> Counter[str]:
    out: Counter[str] = Counter()
    for code, count in codes.items():
        out[code[:1]] += count
    return out


def _shares(codes: Sequence[Counter[str]]) -> tuple[GroupShare, ...]:
    a, b = codes
    return tuple(
        GroupShare(code, a[code], b[code], a[code] / a.total(), b[code] / b.total())
        for code in sorted({*a, *b})
    )


def _shift(counts: Iterable[tuple[int, int]], draw: np.random.Generator, *, turned: bool = False) -> Shift:
    """The permutation test of a table of two rows; `turned` says that it is given by columns."""
    table = np.array(list(counts), np.int64)
    old, new = table.T if turned else table
    totals = old + new
    dealt: npt.NDArray[np.int64] = draw.multivariate_hypergeometric(
        totals, int(new.sum()), size=_DEALS, method="marginals"
    )
    # with all totals kept, G differs from this sum by a constant and a factor
    real = float((xlogy(new, new) + xlogy(old, old)).sum())
    deals = (xlogy(dealt, dealt) + xlogy(totals - dealt, totals - dealt)).sum(axis=1)
    apart = np.abs(dealt / new.sum() - (totals - dealt) / old.sum()).sum(axis=1) / 2
    distance = float(np.abs(new / new.sum() - old / old.sum()).sum() / 2)
    reached = int((deals >= real - 1e-9 * abs(real)).sum())
    return Shift(distance, float(apart.mean()), (1 + reached) / (1 + _DEALS))


def _alarms(tests: Mapping[str, Shift]) -> tuple[str, ...]:
    """Holm's step-down: the smallest p-value is held against rate / number of tests, and so on."""
    out: dict[str, str] = {}
    for left, (name, shift) in zip(
        range(len(tests), 0, -1), sorted(tests.items(), key=lambda item: item[1].p), strict=True
    ):
        if shift.p > ERROR_RATE / left:
            break
        if shift.beyond_chance >= LEAST_SHIFT:
            out[name] = (
                f"{name}: {shift.distance:.1%} of the rows lie elsewhere, "
                f"{shift.by_chance:.1%} by chance (p = {shift.p:.4f})"
            )
    return tuple(out[name] for name in tests if name in out)


def _moved(groups: Sequence[GroupShare], decided: tuple[int, int]) -> tuple[Moved, ...]:
    z = float(norm.ppf(1 - ERROR_RATE / (2 * len(groups))))
    out = []
    for group in groups:
        a, b = group.reference_share, group.new_share
        (low_a, high_a), (low_b, high_b) = _wilson(a, decided[0], z), _wilson(b, decided[1], z)
        difference = b - a
        # Newcombe 1998, method 10
        low = difference - float(np.hypot(b - low_b, high_a - a))
        high = difference + float(np.hypot(high_b - b, a - low_a))
        out.append(Moved(group.code, a, b, difference, low, high))
    return tuple(sorted(out, key=lambda one: -abs(one.difference)))


def _wilson(share: float, n: int, z: float) -> tuple[float, float]:
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    return max(0.0, middle - half), min(1.0, middle + half)


def _undecided(
    reference: Sequence[tuple[str, str | None]], new: Sequence[tuple[str, str | None]], top: int
) -> tuple[Undecided, ...]:
    seen: dict[str, str] = {}
    counts: list[Counter[str]] = []
    for source in (new, reference):
        keys: Counter[str] = Counter()
        for text, count in Counter(text for text, code in source if code is None).items():
            place = review_key(text)
            if place:
                seen.setdefault(place, masked(text))
                keys[place] += count
        counts.append(keys)
    return tuple(Undecided(seen[p], count, counts[1][p]) for p, count in counts[0].most_common(top))
