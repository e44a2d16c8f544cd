"""Which rows say again what an earlier row said: exact and near repeats, never a guess.

A record repeats an earlier one when
    exact        all that it says is equal; or
    identifier   the same identifier or address of the same portal comes with the same title or employer (its
                 list, detail and feed) and the places do not contradict each other; or
    near         title, employer and place are equal and the texts are near (Jaccard similarity of word
                 triples ≥ 0.85; without any text every other field must be equal). Where one source gives
                 two identifiers, every other field must be equal too: a repost, not a second place.

One post in ten towns is ten places: another place is never a repeat. What looks alike but is not proved to be
a repeat is kept and marked `possible_repeat`: a vacancy dropped by mistake costs somebody a job, one shown
twice costs a glance. Two people are never the same for having the same trade and town, not even when nothing
else is known of them: names are not read. A person is the same by an equal identifier, or by a long CV that
is equal to the letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from urllib.parse import urlsplit
from zlib import crc32

from padan.model import Jobseeker, Record

__all__ = ["Repeat", "Repeats", "word_triples"]

SIMILAR = 0.85  #: Jaccard similarity above which two texts say the same
_SKETCH = 96  #: smallest hashes of the word triples that are kept of a text
_LONG_CV = 300  #: characters from which an equal CV text is the same CV


@dataclass(frozen=True, slots=True)
class Repeat:
    """A record that repeats `of` (an id): `exact`, `identifier` or `near`."""

    of: str
    how: str


def word_triples(text: str | None) -> frozenset[int]:
    """A sketch of a text: the 96 smallest hashes of its word triples. Near texts share most of them."""
    words = re.findall(r"\w+", (text or "").lower())
    if len(words) < 3:
        return frozenset(crc32(w.encode()) for w in words)
    hashes = {crc32(" ".join(words[i : i + 3]).encode()) for i in range(len(words) - 2)}
    return frozenset(sorted(hashes)[:_SKETCH])


def _plain(text: str | None) -> str:
    return " ".join(re.findall(r"\w+", (text or "").lower()))


def _employer(text: str | None) -> str:
    words = [w for w in _plain(text).split() if w not in ("pt", "cv", "tbk", "ud", "persero")]
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class _Seen:
    id: str
    source: str
    address: str | None
    sketch: frozenset[int]
    rest: int


class Repeats:
    """Keeps what has been seen; `find` answers for one record and remembers it when it is new."""

    def __init__(self) -> None:
        self._exact: dict[int, str] = {}
        self._by_address: dict[str, list[tuple[str, str, str, frozenset[str]]]] = {}
        self._blocks: dict[tuple[str, ...], list[_Seen]] = {}
        self._ids: dict[str, int] = {}

    def with_own_id(self, record: Record) -> Record:
        """The record under an id that no kept record has: one identifier may stand for several places."""
        number = self._ids.get(record.id)
        if number is None:
            return record
        while f"{record.id}/{number + 1}" in self._ids:
            number += 1
        self._ids[record.id] = number + 1
        return replace(record, id=f"{record.id}/{number + 1}")

    def find(self, record: Record) -> tuple[Repeat | None, bool]:
        """The repeat that a record is, or None when it is new; and whether a kept record looks like it."""
        content = hash(_values(record, _PLACE_IN_FILE))
        alike = content in self._exact
        if alike and _names_somebody(record):
            return Repeat(self._exact[content], "exact"), False
        address = _address(record)
        title, employer, block = _block(record)
        places = _places(record)
        for known_id, known_title, known_employer, known_places in self._by_address.get(address or "", ()):
            if known_title == title or (employer and known_employer == employer):
                if _may_be_one_place(places, known_places):
                    return Repeat(known_id, "identifier"), False
                alike = True
        if block is not None:
            texts = (getattr(record, name, None) or "" for name in ("description", "qualifications"))
            sketch = word_triples(" ".join(texts))
            seen = _Seen(record.id, record.source, address, sketch, hash(_values(record, _MAY_DIFFER)))
            for known in self._blocks.get(block, ()):
                if _is_near(seen, known):
                    return Repeat(known.id, "near"), False
                alike = True
            self._blocks.setdefault(block, []).append(seen)
        elif isinstance(record, Jobseeker) and _is_long_cv(record):
            key = ("cv", str(hash(_values(record, _MAY_DIFFER))))
            same = self._blocks.get(key)
            if same:
                return Repeat(same[0].id, "near"), False
            self._blocks[key] = [_Seen(record.id, record.source, address, frozenset(), 0)]
        self._exact.setdefault(content, record.id)
        self._ids.setdefault(record.id, 1)
        if address:
            self._by_address.setdefault(address, []).append((record.id, title, employer, places))
        return None, alike


def _is_near(one: _Seen, other: _Seen) -> bool:
    if one.sketch and other.sketch:
        near = len(one.sketch & other.sketch) >= SIMILAR * len(one.sketch | other.sketch)
    else:
        near = not one.sketch and not other.sketch and one.rest == other.rest
    if not near:
        return False
    two_addresses = one.source == other.source and bool(one.address) and bool(other.address)
    # two addresses in one source: only a repost, text and all, is a repeat
    return not two_addresses or (bool(one.sketch) and one.rest == other.rest)


def _block(record: Record) -> tuple[str, str, tuple[str, ...] | None]:
    """Title and employer in plain words, and the block in which near repeats are looked for."""
    title = _plain(
        getattr(record, "title", None) or getattr(record, "name", None) or getattr(record, "headline", None)
    )
    employer = _employer(getattr(record, "hiring_organization", None) or getattr(record, "provider", None))
    if isinstance(record, Jobseeker) or not title or not employer:
        return title, employer, None
    place = record.regency or record.province or _plain(getattr(record, "job_location", None))
    return title, employer, (title, employer, place or "", *getattr(record, "regions", ()))


def _names_somebody(record: Record) -> bool:
    """Whether an equal record must be the same one; two people of whom little is known may just be alike."""
    return not isinstance(record, Jobseeker) or bool(record.identifier) or _is_long_cv(record)


def _is_long_cv(record: Jobseeker) -> bool:
    texts = [
        record.description,
        *(text for spell in record.work for text in (spell.title, spell.description)),
    ]
    return sum(len(text) for text in texts if text) >= _LONG_CV


def _places(record: Record) -> frozenset[str]:
    home = getattr(record, "regency", None) or getattr(record, "province", None)
    return frozenset((*((home,) if home else ()), *getattr(record, "regions", ())))


def _may_be_one_place(one: frozenset[str], other: frozenset[str]) -> bool:
    """A regency may lie in a province that the other names; what says nothing contradicts nothing."""
    if not one or not other:
        return True
    return any(a.startswith(b) or b.startswith(a) for a in one for b in other)


def _address(record: Record) -> str | None:
    """What names a record in its portal: its identifier, else the path of its page without query and
    fragment.
    """
    identifier = getattr(record, "identifier", None)
    if identifier:
        # "202401" is the number of another vacancy in every other portal
        return identifier if _WORLDWIDE.fullmatch(identifier) else f"{record.source}:{identifier}"
    url = getattr(record, "url", None)
    if not url:
        return None
    parts = urlsplit(url) if "://" in url and "[" not in url else None
    return f"{parts.netloc}{parts.path}" if parts and parts.path not in ("", "/") else None


#: identifiers that no two portals give to different things: UUIDs and addresses of pages
_WORLDWIDE = re.compile(r"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|https?://\S+")
_PLACE_IN_FILE = frozenset({"id", "source_row", "flags"})
#: what may differ between two postings of one vacancy
_MAY_DIFFER = _PLACE_IN_FILE | {"identifier", "url", "date_posted", "valid_through", "applications"}


def _values(record: Record, without: frozenset[str]) -> tuple[object, ...]:
    return tuple(getattr(record, f.name) for f in fields(record) if f.name not in without)
