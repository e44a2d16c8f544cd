"""Skills named in running text, each with the span it came from.

    finder = SkillFinder(library.get("skill"))
    for found in finder.find("Menguasai Ms. Excel, SIM A/C, bahasa Jepang minimal N3"):
        found.skill, found.start, found.end, found.required, found.level

Names of skills are matched as sequences of stems, the longest first, with at most one word between, so that
"mengoperasikan forklift" is found in "mampu mengoperasikan mesin forklift". A name of one or two letters
counts only as it is written ("C", "R" in capitals), a name with another meaning only beside words that go
with it ("delivery" of goods, not of software). What a clause is (asked, a wish, about the company) and what
its words take back ("tidak perlu", "not required") is read in clauses.py: a name that is taken back is no
skill, a line about the company or its benefits gives none. A list that shares its first word gives each
item with its own span.

`unit_codes` finds codes of SKKNI units ("M.702090.001.01").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from padan.linking.clauses import Clause, cues, fold_same_length, phrase_pattern, read_clauses
from padan.linking.normalise import expand, stem
from padan.taxonomy import Scheme

__all__ = ["FoundSkill", "SkillFinder", "UnitCode", "unit_codes"]

_TOKEN = re.compile(r"c\+\+|c#|f#|\.net\b|[^\W_]+(?:[&'][^\W_]+)*(?:\.js\b)?", re.UNICODE)
# letter or short word, field, sometimes a group, number, edition:
# "M.702090.001.01", "TIK.JK02.001.01", "C.28TLN00.001.1"
_UNIT_CODE = re.compile(r"(?<![\w.])[A-Z]{1,4}\.[A-Z0-9]{2,8}(?:\.[A-Z0-9]{2,4})?\.\d{2,3}\.\d{1,2}(?![\w])")
_JOINED = re.compile(r"[,;]|(?<!\w)(?:dan|and|serta)(?!\w)")
_PARTED = re.compile(r"[,;()\[\]|\"]")  #: a name does not run over these
_LICENCE = re.compile(r"(?<!\w)(?:licen[cs]e|certificate|registration|permit|sim|sio|sertifikat)(?!\w)")
_MAX_TEXT = 50_000
_MAX_GAP = 1  #: words that may stand between two words of a name: "mengoperasikan [mesin] forklift"
_MAX_FORMS = 200_000


@dataclass(frozen=True, slots=True)
class FoundSkill:
    """A skill and where it was found: text[start:end].

    required  False where the text makes it a wish ("diutamakan", "nice to have")
    level     how well, in the words of the text where it says so: "N3", "TOEFL 500", "IELTS 6.5", "B1",
              "HSK 4", "aktif", "dasar", "advanced". A level asked is the least one: "minimal N3" gives
              "N3". Licences and certificates have none.
    """

    skill: str
    start: int
    end: int
    required: bool
    level: str | None = None


@dataclass(frozen=True, slots=True)
class UnitCode:
    """The code of an SKKNI unit and where it stands: text[start:end]."""

    code: str
    start: int
    end: int


def unit_codes(text: str | None) -> tuple[UnitCode, ...]:
    """Codes of SKKNI units in a text, in order, each mention."""
    found = _UNIT_CODE.finditer((text or "")[:_MAX_TEXT])
    return tuple(UnitCode(m.group(), m.start(), m.end()) for m in found)


class _Guard(NamedTuple):
    """When a name that has another meaning counts."""

    having: frozenset[str]  # only with one of these words in the clause, or as a list item alone
    lacking: frozenset[str]  # only without any of these
    before: frozenset[str]  # only at the end of its part or when one of these follows


#: stems of the name behind its first two, the skill, when it counts, the name as written
_Name = tuple[tuple[str, ...], str, _Guard | None, tuple[str, ...]]


class _Form:
    """What a token can be: the beginning of a name, a name, the first word of a list."""

    __slots__ = ("gap", "joint", "lister", "lone", "seconds", "stem", "whole", "written")

    def __init__(self, stem: str, written: str) -> None:
        self.stem = stem
        self.written = written
        self.seconds: dict[str, list[_Name]] | None = None
        self.lone: tuple[str, str | None, _Guard | None] | None = None
        self.lister = False
        self.joint = False
        self.gap = True  #: may stand inside a name
        self.whole = False  #: as the first word of a name lets no other word in


_Token = tuple[_Form, int, int]  #: what it can be, where it stands; a plain tuple, as they are many


class _Hit(NamedTuple):
    skill: str
    start: int
    end: int
    level: str | None


class SkillFinder:
    """Finds the skills of a scheme in text. Building takes about a second for 3,000 skills."""

    def __init__(self, scheme: Scheme) -> None:
        lists = cues()
        self._empty = frozenset(stem(w) for w in lists["empty"])
        self._heads = frozenset(lists["list_heads"])
        self._joints = frozenset(lists["list_joints"])
        self._beside = frozenset(lists["list_beside"])
        #: a lone word -> (skill, the word as it must be written or None)
        self._words: dict[str, tuple[str, str | None, _Guard | None]] = {}
        #: first stem -> second stem -> names, longest first
        self._phrases: dict[str, dict[str, list[_Name]]] = {}
        self._no_gap = frozenset(lists["no_gap"])
        self._no_gap_after = frozenset(lists["no_gap_after"])
        self._guards = _guards()
        self._never = frozenset(_stems(name) for name in lists["never"])
        self._known: dict[str, tuple[_Form, ...]] = {}
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
        self._languages, self._licences = _kinds(scheme)
        self._codes = frozenset(i for i in scheme.ids if _UNIT_CODE.fullmatch(i))

    def _add(self, text: str, skill: str, seen: dict[tuple[str, ...], str]) -> None:
        folded = fold_same_length(text)
        pieces = [(m.start(), m.end(), _words(m.group()[:40])) for m in _TOKEN.finditer(folded)]
        stems = tuple(s for _, _, forms in pieces for s, _ in forms)
        lone = None
        # a lone word counts by its letters, not by its stem: "pengadaan" and "adalah" share the stem "ada"
        if len(pieces) == 1:
            start, end, forms = pieces[0]
            stems, lone = tuple(w for _, w in forms), text[start:end]
        if not stems or stems in seen or all(s in self._empty for s in stems):
            return
        seen[stems] = skill
        if stems in self._never:
            return
        guard = self._guards.get(stems)
        if len(stems) == 1:
            self._words[stems[0]] = (skill, lone if len(stems[0]) <= 2 else None, guard)
        else:
            written = tuple(w for _, _, forms in pieces for _, w in forms)
            names = self._phrases.setdefault(stems[0], {}).setdefault(stems[1], [])
            names.append((stems[2:], skill, guard, written))

    def find(self, text: str | None) -> tuple[FoundSkill, ...]:
        """Skills of a text in order of place, each once: its first mention, required if any mention is.

        A skill that a clause takes back is left out, whatever other clauses say. Spans point into the text
        that was given. Work is linear in the text, which is read up to 50,000 characters.
        """
        if not text:
            return ()
        text = text[:_MAX_TEXT]
        lowered, found = read_clauses(text)
        best: dict[str, FoundSkill] = {}
        refused: set[str] = set()
        for clause in found:
            if clause.kind in ("company", "heading"):
                continue
            for hit in self._in_clause(text, lowered, clause):
                skill, start, end, level = hit
                if clause.refused and _inside(start, clause.refused):
                    refused.add(skill)
                    continue
                required = clause.kind != "wish" and not (clause.wished and _inside(start, clause.wished))
                known = best.get(skill)
                if known is None:
                    best[skill] = FoundSkill(skill, start, end, required, level)
                elif (required and not known.required) or (level and known.level is None):
                    best[skill] = FoundSkill(
                        skill, known.start, known.end, known.required or required, known.level or level
                    )
        kept = (f for skill, f in best.items() if skill not in refused)
        return tuple(sorted(kept, key=lambda f: (f.start, f.skill)))

    def find_listed(self, items: Iterable[str]) -> tuple[str, ...]:
        """Skills of a list as a source gives it ("Excel", "Komunikasi"): whole items, names inside them."""
        out: dict[str, None] = {}
        for item in items:
            for found in self.find(item):
                out[found.skill] = None
        return tuple(out)

    def _in_clause(self, text: str, lowered: str, clause: Clause) -> list[_Hit]:
        flat = self._tokens(lowered, clause.start, clause.end)
        out: list[_Hit] = []
        if self._codes:
            for m in _UNIT_CODE.finditer(text, clause.start, clause.end):
                if m.group() in self._codes:
                    out.append(_Hit(m.group(), m.start(), m.end(), None))
        position, count = 0, len(flat)
        while position < count:
            form, start, end = flat[position]
            if form.seconds is None and form.lone is None:
                position += 1
                continue
            if form.lister:
                after = self._list(lowered, flat, position, clause, out)
                if after > position:
                    position = after
                    continue
            match = None
            seconds = form.seconds
            # most beginnings of names go no further: looked at here, before the work of a match
            if seconds is not None and (
                (position + 1 < count and flat[position + 1][0].stem in seconds)
                or (position + 2 < count and flat[position + 2][0].stem in seconds)
            ):
                match = _longest(lowered, flat, position, clause)
            if match is None and form.lone is not None:
                skill, written, guard = form.lone
                if (written is None or written == text[start:end]) and (
                    guard is None or _counts(guard, lowered, flat, position, position, clause)
                ):
                    match = skill, position
            if match is None:
                position += 1
                continue
            skill, last = match
            after = self._inner_list(lowered, flat, position, last, clause, out)
            if after > last:
                position = after
                continue
            end = flat[last][2]
            out.append(self._hit(lowered, skill, start, end, clause))
            position = last + 1
        return out

    def _hit(self, lowered: str, skill: str, start: int, end: int, clause: Clause) -> _Hit:
        # a licence has no level: "SIM A aktif" is a valid one
        if skill in self._licences:
            return _Hit(skill, start, end, None)
        level = _level(lowered, start, end, clause, language=skill in self._languages)
        return _Hit(skill, start, end, level)

    def _tokens(self, lowered: str, start: int, end: int) -> list[_Token]:
        out: list[_Token] = []
        known = self._known
        for match in _TOKEN.finditer(lowered, start, end):
            word = match.group()
            forms = known.get(word)
            if forms is None:
                forms = self._learn(word)
            first, last = match.span()
            if len(forms) == 1:
                out.append((forms[0], first, last))
            else:
                out.extend((form, first, last) for form in forms)
        return out

    def _learn(self, word: str) -> tuple[_Form, ...]:
        if len(self._known) > _MAX_FORMS:
            self._known.clear()
        forms = []
        for stemmed, written in _words(word[:40]):
            form = _Form(stemmed, written)
            form.seconds = self._phrases.get(stemmed)
            form.lone = self._words.get(written)
            # "good English communication" is two skills
            form.whole = len(written) <= 2 or written in self._no_gap_after
            form.gap = written not in self._no_gap and form.lone is None
            form.lister = written in self._heads and form.seconds is not None
            form.joint = written in self._joints or written in self._beside
            forms.append(form)
        out = tuple(forms)
        self._known[word] = out
        return out

    def _list(
        self, lowered: str, flat: Sequence[_Token], position: int, clause: Clause, out: list[_Hit]
    ) -> int:
        """Items of a list behind its shared first word; the position behind it, or `position` without one.

        Each item is matched as "head item", alone: "A" and "C" of "SIM A/C".
        """
        head = flat[position][0]
        hits: list[_Hit] = []
        at, after = position + 1, position
        start: int | None = flat[position][1]
        while at < len(flat):
            form, first, last = flat[at]
            if first - flat[at - 1][2] > 5:
                break
            if form.stem == head.stem:
                start = first if start is None else start
                at += 1
                continue
            stop = at
            word = lowered[first:last]
            match: tuple[str, int] | None
            if "&" in word and len(word) == 3:
                # "A&C" is one token
                both = [self._item(head, (self._learn(w)[0].stem,)) for w in (word[0], word[2])]
                if None in both:
                    break
                hits.append(_Hit(str(both[0]), first if start is None else start, first + 1, None))
                hits.append(_Hit(str(both[1]), last - 1, last, None))
                at = after = at + 1
                start = None
                continue
            while (
                stop < len(flat)
                and stop < at + 4
                and not (stop > at and flat[stop][0].joint)
                and not (stop > at and _cut(lowered, flat[stop - 1][2], flat[stop][1]))
            ):
                stop += 1
            match = self._longest_item(head, flat, at, stop)
            if match is None:
                if form.joint:
                    at += 1
                    continue
                break
            skill, last_at = match
            # "Ms. Excel, SQL" is no "Ms. SQL"
            if start is None and last - first > 2 and form.lone is not None and form.lone[0] != skill:
                break
            begin = first if start is None else start
            hits.append(_Hit(skill, begin, flat[last_at][2], None))
            start = None
            at = after = last_at + 1
        if len(hits) < 2:
            return position
        for at, hit in enumerate(hits):
            if at and hits[at - 1].skill == hit.skill:  # "Brevet A & B" is one certificate
                out[-1] = out[-1]._replace(end=hit.end)
            else:
                out.append(self._hit(lowered, hit.skill, hit.start, hit.end, clause))
        return after

    def _inner_list(
        self, lowered: str, flat: Sequence[_Token], position: int, last: int, clause: Clause, out: list[_Hit]
    ) -> int:
        """The position behind a list that begins inside a name: "wajib SIM A" of "wajib SIM A, B1 dan C"."""
        for at in range(position + 1, last + 1):
            if flat[at][0].lister:
                count = len(out)
                after = self._list(lowered, flat, at, clause, out)
                if after > last:
                    out[count] = out[count]._replace(start=flat[position][1])
                    return after
                del out[count:]
        return position

    def _longest_item(
        self, head: _Form, flat: Sequence[_Token], at: int, stop: int
    ) -> tuple[str, int] | None:
        for last in range(stop, at, -1):
            skill = self._item(head, tuple(token[0].stem for token in flat[at:last]))
            if skill is not None:
                return skill, last - 1
        return None

    def _item(self, head: _Form, stems: tuple[str, ...]) -> str | None:
        """The skill that is called by the head and these stems, and nothing more."""
        for rest, skill, _, _ in (head.seconds or {}).get(stems[0], ()):
            if rest == stems[1:]:
                return skill
        return None


def _longest(lowered: str, flat: Sequence[_Token], position: int, clause: Clause) -> tuple[str, int] | None:
    """The longest name that begins at a position: its skill and the position of its last word."""
    form, start, _ = flat[position]
    seconds = form.seconds
    if seconds is None:
        return None
    best: tuple[int, str, int] | None = None
    for step in range(1, min(_MAX_GAP + 1, len(flat) - 1 - position) + 1):
        candidates = seconds.get(flat[position + step][0].stem)
        if candidates is None or (step > 1 and (form.whole or not flat[position + 1][0].gap)):
            continue
        for rest, skill, guard, written in candidates:
            if best is not None and len(rest) + 2 <= best[0]:
                break
            last = _follow(flat, position + step, rest, 0 if form.whole else _MAX_GAP + 1 - step)
            if last is None or _PARTED.search(lowered, start, flat[last][1]) is not None:
                continue
            # "Bahasa: Inggris" is a name, "Server: administration" is none
            if not form.lister and ":" in lowered[start : flat[last][1]]:
                continue
            if last - position > len(rest) + 1 and not _alike(flat, position, last, written):
                continue
            if guard is not None and not _counts(guard, lowered, flat, position, last, clause):
                continue
            best = (len(rest) + 2, skill, last)
            break
    return None if best is None else (best[1], best[2])


def _follow(flat: Sequence[_Token], last: int, rest: tuple[str, ...], gaps: int) -> int | None:
    """The position of the last word of a name whose remaining stems follow `last`, with so many words between
    at most.
    """
    for wanted in rest:
        step = last + 1
        while step < len(flat) and flat[step][0].stem != wanted and gaps > 0 and flat[step][0].gap:
            gaps -= 1
            step += 1
        if step >= len(flat) or flat[step][0].stem != wanted:
            return None
        last = step
    return last


def _alike(flat: Sequence[_Token], position: int, last: int, written: tuple[str, ...]) -> bool:
    """The words of a name with another word inside stand in the text nearly as the name has them.

    "solve complex problems" is "solving problems", "hubungan dengan pelanggan" not "menghubungi pelanggan".
    """
    at = position
    for word in written:
        while at <= last and flat[at][0].written[:3] != word[:3]:
            at += 1
        if at > last:
            return False
        at += 1
    return True


def _counts(
    guard: _Guard, lowered: str, flat: Sequence[_Token], first: int, last: int, clause: Clause
) -> bool:
    """Whether a name with another meaning is meant as the skill here."""
    if guard.before and last + 1 < len(flat):
        following, start, _ = flat[last + 1]
        if following.written not in guard.before and lowered[flat[last][2] : start].isspace():
            return False
    if not guard.having and not guard.lacking:
        return True
    near = {token[0].written for token in flat[max(0, first - 25) : last + 26]}
    if guard.lacking and not guard.lacking.isdisjoint(near):
        return False
    if not guard.having or not guard.having.isdisjoint(near):
        return True
    before = lowered[max(clause.start, flat[first][1] - 2) : flat[first][1]].strip()
    behind = lowered[flat[last][2] : min(clause.end, flat[last][2] + 2)].strip()
    opens = flat[first][1] == clause.start or before[-1:] in (",", "(", "/", ":", "-")
    return opens and (flat[last][2] == clause.end or behind[:1] in (",", ")", "/", "(", "-"))


def _cut(lowered: str, start: int, end: int) -> bool:
    """Between two items of a list."""
    return any(char in ",/&+;()" for char in lowered[start : min(end, start + 4)])


def _inside(place: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in spans)


@lru_cache(maxsize=100_000)
def _words(token: str) -> tuple[tuple[str, str], ...]:
    """Stem and written form of a token, with abbreviations written out."""
    own = _own_stems()
    return tuple((word if word in own else stem(word), word) for word in expand([token]))


def _kinds(scheme: Scheme) -> tuple[frozenset[str], frozenset[str]]:
    """Skills that are languages or tests of them; skills that are licences or certificates."""
    known = frozenset(cues()["languages"])
    languages, licences = set(), set()
    rows = zip(scheme.ids, *(scheme.column(n) for n in ("kind", "label_id", "label_en")), strict=True)
    for skill, kind, *labels in rows:
        names = {fold_same_length(label) for label in labels if label}
        if kind == "language" or not names.isdisjoint(known):
            languages.add(skill)
        elif any(_LICENCE.search(name) for name in names):
            licences.add(skill)
    return frozenset(languages), frozenset(licences)


@cache
def _own_stems() -> frozenset[str]:
    return frozenset(cues()["own_stem"])


def _stems(name: str) -> tuple[str, ...]:
    """The key of a name: its stems, or the word itself where it is one."""
    found = [_words(m.group()[:40]) for m in _TOKEN.finditer(fold_same_length(name))]
    if len(found) == 1:
        return tuple(w for _, w in found[0])
    return tuple(s for forms in found for s, _ in forms)


@cache
def _guards() -> dict[tuple[str, ...], _Guard]:
    out: dict[tuple[str, ...], _Guard] = {}
    for entry in cues()["homonyms"]:
        guard = _Guard(*(frozenset(entry.get(k, ())) for k in ("with", "without", "before")))
        out.update((_stems(name), guard) for name in entry["names"])
    return out


# -- level --------------------------------------------------------------------------------------------------

# "TOEFL ITP min. 500", "HSK level 4", "JLPT N3"
_SCORE = re.compile(
    r"(?<!\w)(?P<test>toefl|ielts|toeic|hsk|topik|jlpt|duolingo)(?!\w)"
    r"(?:[\s:(>≥=.,-]{0,3}(?:itp|ibt|pbt|prediction|equivalent|test|skor|score|nilai|level|minimal|minimum|min|band"
    r"|grade|of|at|least)(?!\w)){0,4}[\s:(>≥=.-]{0,3}"
    r"(?P<score>\d{1,3}(?:[.,]\d)?(?![\d.,]*\d)|n[1-5](?!\w)|i{1,3}(?!\w))"
)
_GRADE = r"(?P<grade>(?<!\w)(?:n[1-5]|[abc][12])(?!\w))"
_MAX_BEHIND = 60  #: characters behind a name in which its level may stand


class _Levels(NamedTuple):
    inside: re.Pattern[str]
    behind: re.Pattern[str]
    ahead: re.Pattern[str]
    spoken: frozenset[str]  # words of level that only a language has


@cache
def _levels() -> _Levels:
    lists = cues()
    word = rf"(?<!\w)(?P<word>{phrase_pattern(lists['levels'])})(?!\w)"
    beside, before = (phrase_pattern(lists[k]) for k in ("level_beside", "level_before"))
    # no comma: the word behind it is about the next skill, "Power BI, advanced Excel"
    blank = r"[\s:(/.>≥=-]{0,3}"
    return _Levels(
        re.compile(rf"{_GRADE}|{word}"),
        re.compile(rf"{blank}(?:{beside}(?!\w){blank}){{0,4}}(?:{_GRADE}|{word})"),
        re.compile(rf"{word}\s{{1,2}}(?:{before}\s{{1,2}}){{0,3}}$"),
        frozenset(lists["levels_of_languages"]),
    )


def _level(lowered: str, start: int, end: int, clause: Clause, *, language: bool) -> str | None:
    """How well a skill is asked, in the words of the text in it, behind it or before it."""
    levels = _levels()
    stop = min(clause.end, end + _MAX_BEHIND)
    if language:
        test = _SCORE.search(lowered, start, stop)
        if test is not None and not _JOINED.search(lowered, end, max(end, test.start())):
            name, score = test.group("test").upper(), test.group("score").upper().replace(",", ".")
            return score if name == "JLPT" else f"{name} {score}"
    inside = levels.inside.search(lowered, start, end)
    behind = levels.behind.match(lowered, end, stop)
    ahead = levels.ahead.search(lowered, max(clause.start, start - 30), start)
    if language:
        # "N3" says more than "aktif"
        for m in (behind, inside):
            if m is not None and m.group("grade"):
                return m.group("grade").upper()
    for m in (behind, inside, ahead):
        said = " ".join((m.group("word") or "").split()) if m is not None else ""
        if said and (language or said not in levels.spoken):
            return said
    return None
