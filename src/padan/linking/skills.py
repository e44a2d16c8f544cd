"""Skills named in running text, each with the span it came from.

    finder = SkillFinder(library.get("skill"))
    for found in finder.find("Menguasai Ms. Excel dan memiliki SIM A"):
        found.skill, found.start, found.end, found.required

Names of skills are matched as sequences of stems, the longest first, so that "mengoperasikan forklift" is
found in "mampu
mengoperasikan mesin forklift" through its shorter name but not in "tidak perlu forklift". A name of one or
two letters
counts only as it is written ("C", "R" in capitals). A line about the company or its benefits gives no skills;
a word that
makes a skill a wish ("diutamakan", "preferred") makes it not required, a word that takes it back ("tidak
perlu", "tanpa",
"not required") drops it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from padan.linking.normalise import expand, stem, words
from padan.taxonomy import Scheme

__all__ = ["FoundSkill", "SkillFinder"]

_TOKEN = re.compile(r"c\+\+|c#|f#|\.net\b|[^\W_]+(?:[&'][^\W_]+)*(?:\.js\b)?", re.UNICODE)
# a full stop ends a clause, but not behind "Ms.", "No." and "Dr."
_CLAUSE = re.compile(
    r"[\n;•]+|(?<=[\w)])(?<!\b[Mm]s)(?<!\b[Nn]o)(?<!\b[Dd]r)\.\s+(?=[A-Z])|(?<=[a-z]{3})[.!?](?=\s|$)"
)
_MAX_TEXT = 50_000
_MAX_GAP = 1  #: words that may stand between two words of a name: "mengoperasikan [mesin] forklift"


@dataclass(frozen=True, slots=True)
class FoundSkill:
    """A skill and where it was found: text[start:end]."""

    skill: str
    start: int
    end: int
    required: bool


class _Token(NamedTuple):
    words: tuple[str, ...]
    stems: tuple[str, ...]
    start: int
    end: int
    raw: str


class SkillFinder:
    """Finds the skills of a scheme in text. Building takes about a second for 2,000 skills with their
    names.
    """

    def __init__(self, scheme: Scheme) -> None:
        self._empty = frozenset(stem(w) for w in words()["empty"])
        #: a lone word -> (skill, the word as it must be written or None)
        self._words: dict[str, tuple[str, str | None]] = {}
        #: first stem -> second stem -> (third stem and on, skill), longest first
        self._phrases: dict[str, dict[str, list[tuple[tuple[str, ...], str]]]] = {}
        columns = [scheme.column(name) for name in ("label_id", "label_en", "alt_id", "alt_en")]
        seen: dict[tuple[str, ...], str] = {}
        for row, skill in enumerate(scheme.ids):
            for column in columns:
                value = column[row]
                for text in value if isinstance(value, list) else [value]:
                    if text:
                        self._add(text, skill, seen)
        for seconds in self._phrases.values():
            for found in seconds.values():
                found.sort(key=lambda entry: -len(entry[0]))
        cues = words()["cues"]
        self._wish = _pattern(cues["wish"])
        self._refused = _pattern(cues["refused"])
        self._company = _pattern(cues["company"])

    def _add(self, text: str, skill: str, seen: dict[tuple[str, ...], str]) -> None:
        pieces = _tokens(text)
        stems = tuple(s for token in pieces for s in token.stems)
        # a lone word counts by its letters, not by its stem: "pengadaan" and "adalah" share the stem "ada"
        if len(pieces) == 1:
            stems = tuple(pieces[0].words)
        if not stems or stems in seen or all(s in self._empty for s in stems):
            return
        seen[stems] = skill
        if len(stems) == 1:
            self._words[stems[0]] = (skill, pieces[0].raw if len(stems[0]) <= 2 else None)
        else:
            self._phrases.setdefault(stems[0], {}).setdefault(stems[1], []).append((stems[2:], skill))

    def find(self, text: str | None) -> tuple[FoundSkill, ...]:
        """Skills of a text in order of place, each once: its first mention, required if any mention is.

        Spans point into the text that was given. Work is linear in the text, which is read up to 50,000
        characters.
        """
        if not text:
            return ()
        best: dict[str, FoundSkill] = {}
        refused: set[str] = set()
        for start, end in _clauses(text[:_MAX_TEXT]):
            clause = text[start:end]
            lowered = _fold_same_length(clause)  # places of cues are compared with places of skills
            if self._company.search(lowered):
                continue
            wish = self._wish.search(lowered) is not None
            no = self._refused.search(lowered)
            for skill, first, last in self._in_clause(clause):
                if no is not None and no.start() < first:
                    refused.add(skill)
                    continue
                known = best.get(skill)
                if known is None:
                    best[skill] = FoundSkill(skill, start + first, start + last, not wish)
                elif not wish and not known.required:
                    best[skill] = FoundSkill(skill, known.start, known.end, True)
        return tuple(
            sorted((f for s, f in best.items() if s not in refused), key=lambda f: (f.start, f.skill))
        )

    def find_listed(self, items: Iterable[str]) -> tuple[str, ...]:
        """Skills of a list as a source gives it ("Excel", "Komunikasi"): whole items and names inside
        them.
        """
        out: dict[str, None] = {}
        for item in items:
            for found in self.find(item):
                out[found.skill] = None
        return tuple(out)

    def _in_clause(self, clause: str) -> list[tuple[str, int, int]]:
        pieces = _tokens(clause)
        flat = [(s, w, token) for token in pieces for s, w in zip(token.stems, token.words, strict=True)]
        out: list[tuple[str, int, int]] = []
        position = 0
        while position < len(flat):
            match = self._longest(flat, position)
            if match is None:
                position += 1
                continue
            skill, last = match
            out.append((skill, flat[position][2].start, flat[last][2].end))
            # a longer name has taken these words; the next one may start inside, behind its first word
            position = last + 1 if last > position else position + 1
        return out

    def _longest(self, flat: list[tuple[str, str, _Token]], position: int) -> tuple[str, int] | None:
        """The longest name that begins at a position: its skill and the position of its last word."""
        first, written, token = flat[position]
        best: tuple[int, str, int] | None = None
        seconds = self._phrases.get(first)
        if seconds is not None:
            for step in range(1, min(_MAX_GAP + 1, len(flat) - 1 - position) + 1):
                for rest, skill in seconds.get(flat[position + step][0], ()):
                    if best is not None and len(rest) + 2 <= best[0]:
                        break
                    last = _follow(flat, position + step, rest, _MAX_GAP + 1 - step)
                    if last is not None:
                        best = (len(rest) + 2, skill, last)
                        break
        if best is not None:
            return best[1], best[2]
        lone = self._words.get(written)
        if lone is not None and lone[1] in (None, token.raw):
            return lone[0], position
        return None


def _follow(flat: list[tuple[str, str, _Token]], last: int, rest: tuple[str, ...], gaps: int) -> int | None:
    """The position of the last word of a name whose remaining stems follow `last`, with so many words between
    at most.
    """
    for wanted in rest:
        step = last + 1
        while step < len(flat) and flat[step][0] != wanted and gaps > 0:
            gaps -= 1
            step += 1
        if step >= len(flat) or flat[step][0] != wanted:
            return None
        last = step
    return last


def _fold_same_length(text: str) -> str:
    """Lower case without accents, character by character, so that positions stay."""
    if text.isascii():
        return text.lower()
    out = []
    for char in text:
        base = unicodedata.normalize("NFKD", char)[0].lower()
        out.append(base if len(base) == 1 else char)
    return "".join(out)


@lru_cache(maxsize=100_000)
def _forms(token: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A token with abbreviations written out, and the stems of that."""
    written = tuple(expand([token]))
    return written, tuple(stem(t) for t in written)


def _tokens(text: str) -> list[_Token]:
    folded = _fold_same_length(text)
    out = []
    for match in _TOKEN.finditer(folded):
        written, stems = _forms(match.group()[:40])
        out.append(_Token(written, stems, match.start(), match.end(), text[match.start() : match.end()]))
    return out


def _clauses(text: str) -> Iterable[tuple[int, int]]:
    last = 0
    for match in _CLAUSE.finditer(text):
        if match.start() > last:
            yield last, match.start()
        last = match.end()
    if last < len(text):
        yield last, len(text)


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(p) for p in sorted(phrases, key=len, reverse=True)) + r")(?!\w)"
    )
