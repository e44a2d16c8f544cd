"""Running text of a vacancy or CV -> clauses, what each of them is, and the short phrases inside.

    for clause in clauses("Kualifikasi:\\n- Menguasai Excel\\n- SIM A tidak wajib"):
        clause.start, clause.end, clause.kind       # heading, required, refused
    parts("mampu mengoperasikan Excel, Word dan forklift")
        # ["mengoperasikan Excel", "mengoperasikan Word", "mengoperasikan forklift"]

Text is cut at line ends, bullets, numbers of a list, semicolons and full stops, and where two lines have
been run together ("...AkuntansiMampu"). A heading carries its meaning to the clauses below it, up to the
next heading or a blank block. Inside a clause a word that takes back ("tidak wajib") or makes a wish
("diutamakan") governs only its own part, before or behind it. The words are in cues.yaml: data that a
labour officer can correct.

All work is linear in the text; no input raises.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

import yaml

__all__ = [
    "Clause",
    "Stance",
    "clauses",
    "cues",
    "fold_same_length",
    "parts",
    "phrase_pattern",
    "read_clauses",
]

Stance = Literal["required", "wish", "refused", "company", "heading"]
Span = tuple[int, int]

_MAX_PARTS = 12
_MAX_PARTS_TEXT = 20_000  #: characters that `parts` looks at
_MAX_PART = 120  #: characters of a part; what is longer is a sentence, no name
_MAX_HEADING = 80
_MAX_CLAUSE = 2_000

# each begins with a set of characters, so that the engine skips to the next candidate
_HARD = re.compile(r"[\n\r\v\f\x85\u2028\u2029]\s*|[;|•●▪◦‣∙·►▶➢➤✓✔✅☑★■□◆◇○]+")
_STOP = re.compile(r"[.!?…]+(?=[\s\"”’')\]]|$|[A-Z])")
_NUMBER = re.compile(r"[0-9]{1,2}[.)](?=\s{0,3}[^\W\d_])")
_DASH = re.compile(r"[-*–—](?=\s{1,3}[A-Z0-9])")
_GLUED = re.compile(r"[A-Z](?<=[a-z):.,][A-Z])[A-Za-z]{2,}")
_COLON = re.compile(r":")
_NO_ASCII = re.compile(r"[^\x00-\x7f]+")
_AHEAD = re.compile(r"\s{1,3}([A-Z][^\W\d_]+)")
_BEFORE = re.compile(r"([^\W\d_]*)$")
_LEAD = re.compile(r"[\s\-*•–—+>=~#:,!?)\]]*")
_BULLET = re.compile(r"\s*(?:[-*•●▪◦‣∙·►▶➢➤✓✔✅☑★■□◆◇○–—+]|\d{1,2}[.)]|[a-z][.)]\s)")
_LINE_END = frozenset("\n\r\v\f\x85\u2028\u2029")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|&")
_JOINT = re.compile(r",(?!\d)|[()\[\]]|(?<!\w)(?:dan|serta|atau|and|or|&|maupun|as well as)(?!\w)")
# behind a cue, words that name no skill: the cue then governs what stands before it
_FILLER = re.compile(
    r"(?:[\s.!,:]|(?:ada|juga|saja|sama sekali|sekali|punya|bisa|asal mau belajar|but|yang)\b"
    r"|(?:untuk|bagi|for|karena|because|since|as|selama|asalkan)\b.*)*$",
    re.DOTALL,
)
_NEEDED = re.compile(r"(?<!\w)(?:required|needed|necessary|experience)(?!\w)")
_CONTRAST = frozenset({"tetapi", "tapi", "namun", "melainkan", "but", "however", "although"})


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause: text[start:end] without its bullet, and what it is.

    kind      required, unless a heading or its own words say wish, refused or company (text about the
              employer, its benefits, how to apply, equal opportunity); heading for a heading itself
    refused   spans of the text that a word takes back: "SIM A" in "Excel wajib, SIM A tidak perlu"
    wished    spans of the text that a word makes a wish
    """

    start: int
    end: int
    kind: Stance
    refused: tuple[Span, ...] = ()
    wished: tuple[Span, ...] = ()


def clauses(text: str) -> list[Clause]:
    """The clauses of a text in order; they do not overlap, and none is empty.

    Work is linear in the text. Text without a letter or digit has no clause.
    """
    return read_clauses(text)[1]


def read_clauses(text: str) -> tuple[str, list[Clause]]:
    """The text in lower case, place for place, and its clauses."""
    lowered = fold_same_length(text)
    data = _data()
    kinds = data.kinds
    marks = [
        (m.start(), m.end(), kinds.get(m.group()) or kinds[" ".join(m.group().split())])
        for m in data.marks.finditer(lowered)
    ]
    starts = [mark[0] for mark in marks]
    out: list[Clause] = []
    section = _Section()
    breaks = _breaks(text)
    section.spaced = sum(b.lines > 1 for b in breaks) > sum(b.lines == 1 for b in breaks)
    last = _Break(0, 0, 1, False)
    for here in [*breaks, _Break(len(text), len(text), 1, False)]:
        section.pass_break(last, text)
        lead = _LEAD.match(text, last.end, here.start)
        start = lead.end() if lead else last.end
        end = start + len(text[start : here.start].rstrip())
        if end > start and _has_word(lowered, start, end):
            alone = last.lines > 0, here.lines > 0
            for first, stop in _cut(lowered, start, end):
                inside = marks[bisect_left(starts, first) : bisect_left(starts, stop)]
                inside = [mark for mark in inside if mark[1] <= stop]
                out.extend(_read(lowered, first, stop, section, alone, inside))
        last = here
    return lowered, out


def parts(text: str) -> list[str]:
    """Up to 12 short phrases of a text, each one demand, without the words that stand in every demand.

    A verb that leads a list goes with each of its objects. Headings, text about the employer and what is
    taken back are left out. Where nothing is left, the text itself; nothing for blank text.
    """
    text = text[:_MAX_PARTS_TEXT]
    out: dict[str, str] = {}
    for clause in clauses(text):
        if clause.kind in ("heading", "company", "refused"):
            continue
        for part in _parts_of(text[clause.start : clause.end]):
            out.setdefault(part.lower(), part)
            if len(out) == _MAX_PARTS:
                return list(out.values())
    if out:
        return list(out.values())
    whole = " ".join(text[: 4 * _MAX_PART].split())[:_MAX_PART].strip()
    return [whole] if whole else []


def fold_same_length(text: str) -> str:
    """Lower case without accents, character by character, so that positions stay."""
    if text.isascii():
        return text.lower()
    lowered = text.lower()
    if len(lowered) != len(text):  # "İ" becomes two characters
        return "".join(map(_fold_char, text))
    return _NO_ASCII.sub(lambda m: "".join(map(_fold_char, m.group())), lowered)


@cache
def cues() -> dict[str, Any]:
    """The word lists of cues.yaml."""
    loaded: dict[str, Any] = yaml.safe_load(
        (files("padan.linking") / "cues.yaml").read_text(encoding="utf-8")
    )
    return loaded


def phrase_pattern(phrases: Iterable[str]) -> str:
    """A pattern for any of the phrases, which shares their beginnings: it tries each place of a text once."""
    tree: dict[str, Any] = {}
    for phrase in phrases:
        node = tree
        for char in " ".join(phrase.split()):
            node = node.setdefault(char, {})
        node[""] = {}
    return _branch(tree)


# -- cutting ------------------------------------------------------------------------------------------------


class _Break(NamedTuple):
    start: int
    end: int
    lines: int  # line ends in it; two are a blank line
    numbered: bool


def _breaks(text: str) -> list[_Break]:
    data = _data()
    found: list[_Break] = []
    for m in _HARD.finditer(text):
        lines = m.group().replace("\r\n", "\n")
        found.append(_Break(m.start(), m.end(), sum(c in _LINE_END for c in lines[:200]), False))
    number = 0
    for m in _NUMBER.finditer(text):
        at, value = m.start(), int(m.group()[:-1])
        before = text[at - 1] if at else "\n"
        # "1." begins a list, and each next number goes on with it: "usia 35. Mampu" is no list
        if (before.isspace() or before.islower() or before in ".;:,)(") and value in (1, number + 1):
            found.append(_Break(at, m.end(), 0, True))
            number = value
    for m in _STOP.finditer(text):
        if _ends_sentence(text, m.start(), m.end(), data):
            found.append(_Break(m.start(), m.end(), 0, False))
    for m in _DASH.finditer(text):
        if not m.start() or text[m.start() - 1].isspace():
            found.append(_Break(m.start(), m.end(), 0, False))
    for m in _GLUED.finditer(text):
        if data.starters.match(m.group()):
            found.append(_Break(m.start(), m.start(), 0, False))
    for m in _COLON.finditer(text):
        inner = _inner_heading(text, m.start())
        if inner is not None:
            found.append(_Break(inner, inner, 0, False))
    found.sort()
    out: list[_Break] = []
    for one in found:
        if out and one.start < out[-1].end:
            continue
        out.append(one)
    return out


def _inner_heading(text: str, colon: int) -> int | None:
    """Where a heading begins that stands behind other text on its line: "... kantor Benefit : uang makan"."""
    words = list(_WORD.finditer(text, max(0, colon - 40), colon))[-6:]
    phrase = [fold_same_length(m.group()) for m in words]
    for i, m in enumerate(words):
        at = m.start()
        opens = text[at].isupper() and (not at or text[at - 1].isspace())
        if opens and _heading_kind(phrase[i:]) is not None:
            before = text[max(0, at - 8) : at].rstrip(" \t")
            return at if before and before[-1] not in _LINE_END else None
    return None


def _ends_sentence(text: str, start: int, end: int, data: _Data) -> bool:
    if text[start] in "!?…" or end - start > 1:
        return True
    before = _BEFORE.search(text, max(0, start - 12), start)
    word = before.group() if before else ""
    following = text[end : end + 1]
    if following.isupper():
        # "Yogyakarta.Dengan" has lost a blank; "S.Kom", "Node.Js" and "Ms.Excel" have not
        after = text[end : end + 4]
        before_it = text[start - 1 : start]
        if not (before_it.islower() or before_it in ")0123456789") or not after[1:2].islower():
            return False
        tail = _WORD.match(text, end)
        return word.lower() not in data.abbreviations and (
            tail is None or tail.group()[:8].lower() not in data.dotted
        )
    if word.lower() in data.abbreviations or (len(word) == 1 and word.isupper()):
        following_word = _AHEAD.match(text, end, end + 24)
        return following_word is not None and data.starters.match(following_word.group(1)) is not None
    if len(word) == 1 and start > 1 and text[start - 2] == ".":  # "e.g."
        return False
    beyond = text[end : end + 6].lstrip()
    return not (len(word) in (1, 2) and beyond[:1].islower())


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    """A clause as it is; one that is too long for language cut at blanks, which bounds the work on each."""
    while end - start > _MAX_CLAUSE:
        stop = text.rfind(" ", start + _MAX_CLAUSE // 2, start + _MAX_CLAUSE)
        stop = stop if stop > 0 else start + _MAX_CLAUSE
        if _has_word(text, start, stop):
            yield start, stop
        start = stop
    if _has_word(text, start, end):
        yield start, end


def _has_word(lowered: str, start: int, end: int) -> bool:
    return _WORD.search(lowered, start, end) is not None


# -- what a clause is ---------------------------------------------------------------------------------------


class _Section:
    """What the last heading says of the clauses below it."""

    def __init__(self) -> None:
        self.kind: Stance = "required"
        self.spaced = False  #: most lines are parted by blank lines, so a blank line parts no block
        self._line_only = False
        self._filled = False
        self._bullets = False

    def open(self, kind: Stance, *, line_only: bool) -> None:
        self.kind, self._line_only, self._filled = kind, line_only, False

    def fill(self) -> None:
        self._filled = True

    def pass_break(self, here: _Break, text: str) -> None:
        if not here.lines:
            return
        bullets = _BULLET.match(text, here.end, here.end + 8) is not None
        if self.kind != "required" and (
            self._line_only
            or (here.lines > 1 and self._filled and not self.spaced and not (bullets and self._bullets))
        ):
            self.open("required", line_only=False)
        self._bullets = bullets


Mark = tuple[int, int, str]


def _read(
    lowered: str, start: int, end: int, section: _Section, alone: tuple[bool, bool], marks: Sequence[Mark]
) -> Iterator[Clause]:
    """A heading, what follows it on its line, or a plain clause."""
    found = _heading(lowered, start, end, alone)
    if found is not None:
        stop, kind = found
        yield Clause(start, stop, "heading")
        lead = _LEAD.match(lowered, stop, end)
        rest = lead.end() if lead else stop
        section.open(kind, line_only=rest < end or not alone[1])
        if rest >= end or not _has_word(lowered, rest, end):
            return
        marks = [mark for mark in marks if mark[0] >= rest]
        start = rest
    yield _stance(lowered, start, end, section, marks)
    section.fill()


def _heading(lowered: str, start: int, end: int, alone: tuple[bool, bool]) -> tuple[int, Stance] | None:
    """Where a heading ends, behind its colon, and what it says of what follows."""
    colon = lowered.find(":", start, min(end, start + _MAX_HEADING))
    if colon < 0:
        # without a colon only a whole line is a heading, or words that are nothing else: "Why join us?"
        if end - start > _MAX_HEADING // 2:
            return None
        colon = end
        if not all(alone):
            words = _WORD.findall(lowered, start, end)
            kind = _data().headings.get(" ".join(words)) if len(words) > 1 else None
            return (end, kind) if kind is not None and (kind != "required" or len(words) > 2) else None
    words = [w.replace("’", "'") for w in _WORD.findall(lowered, start, colon)]
    if not words or len(words) > 8:
        return None
    kind = _heading_kind(words)
    return None if kind is None else (min(colon + 1, end), kind)


def _heading_kind(words: Sequence[str]) -> Stance | None:
    """What a heading says; words that may stand beside it are stripped from its end, then from its front."""
    headings, beside = _data().headings, _data().heading_words
    first, last = 0, len(words)
    while first < last:
        kind = headings.get(" ".join(words[first:last]))
        if kind is not None:
            return kind
        if words[last - 1] in beside and last - first > 1:
            last -= 1
        elif words[first] in beside:
            first, last = first + 1, len(words)
        else:
            break
    # "Uraian pekerjaan & tanggung jawab"
    for at, word in enumerate(words):
        if word in ("&", "dan", "and") and 0 < at < len(words) - 1:
            kind = headings.get(" ".join(words[:at]))
            return kind if kind is not None and _heading_kind(words[at + 1 :]) is not None else None
    return None


def _stance(lowered: str, start: int, end: int, section: _Section, marks: Sequence[Mark]) -> Clause:
    data = _data()
    if marks:
        asked = False
        for _, _, kind in marks:
            if kind == "opening":
                section.open("required", line_only=False)
            elif kind == "company" or (kind == "employer" and not asked):
                return Clause(start, end, "company")
            asked = asked or kind in ("asked", "person")
    if section.kind == "company":
        return Clause(start, end, "company")
    if data.employer.match(lowered, start, end) and not data.sought.search(lowered, start, end):
        return Clause(start, end, "company")
    if data.benefit.match(lowered, start, end):
        return Clause(start, end, "company")
    refused: list[Span] = []
    wished: list[Span] = []
    if any(kind in ("wish", "refused", "without", "none") for _, _, kind in marks):
        _scopes(lowered, start, end, marks, refused, wished)
    stance: Stance = section.kind
    if refused and _covers(lowered, start, end, refused, marks):
        stance = "refused"
    elif wished and _covers(lowered, start, end, [*refused, *wished], marks):
        stance = "wish"
    return Clause(start, end, stance, tuple(refused), tuple(wished))


def _scopes(
    lowered: str, start: int, end: int, marks: Sequence[Mark], refused: list[Span], wished: list[Span]
) -> None:
    """Spans that the cues of a clause govern, each up to its own comma, bracket or contrast."""
    joints = [(m.start(), m.end(), m.group()) for m in _JOINT.finditer(lowered, start, end)]
    before = start  # where what stands before a cue begins at the earliest
    position = 0  # of the first joint behind the cue
    for index, (first, last, kind) in enumerate(marks):
        if kind == "asked" and lowered[first:last] in _CONTRAST:
            before = last
        if kind == "none":
            # "no coding required", but not "no later than"
            needed = _NEEDED.search(lowered, last, min(end, last + 80))
            if needed is not None:
                refused.append((first, needed.start()))
        if kind not in ("wish", "refused", "without"):
            continue
        while position < len(joints) and joints[position][0] < last:
            position += 1
        into = wished if kind == "wish" else refused
        close = joints[position][0] if position < len(joints) and joints[position][2] in ",()[]" else None
        contrast = _next(marks, index, lowered)
        segment = min(x for x in (_comma(joints, position), contrast, end) if x is not None)
        lead = _begin(joints, position, before, lowered, first, kind)
        backward = (
            kind != "without"
            and _FILLER.match(lowered, last, segment) is not None
            and _has_word(lowered, lead, first)
        )
        if backward:
            into.append((lead, first))
            before = last
            continue
        if kind == "without":
            stop = min(joints[position][0] if position < len(joints) else end, contrast or end)
            # "tanpa pengalaman di bidang X": an empty part goes on to the next one
            if close is not None and not _has_word(lowered, last, stop):
                stop = segment
        else:
            stop = _until(lowered, marks, index, joints, position, end)
        if stop > last:
            # from the cue on: a name may begin inside of it, "(tidak) wajib memiliki SIM A"
            into.append((first, stop))
        before = max(before, stop)


def _comma(joints: Sequence[tuple[int, int, str]], position: int) -> int | None:
    while position < len(joints):
        if joints[position][2] in ",()[]":
            return joints[position][0]
        position += 1
    return None


def _next(marks: Sequence[Mark], index: int, lowered: str) -> int | None:
    """The next word of contrast."""
    for first, last, kind in marks[index + 1 : index + 6]:
        if kind == "asked" and lowered[first:last] in _CONTRAST:
            return first
    return None


def _begin(
    joints: Sequence[tuple[int, int, str]], position: int, before: int, lowered: str, cue: int, kind: str
) -> int:
    """Where the part that ends at a cue begins: the last comma, or further back over a list "a, b dan c"."""
    listed, depth = False, 0
    for i in range(position - 1, -1, -1):
        first, last, what = joints[i]
        if last > cue:
            continue
        if first < before:
            break
        if what in ")]":
            depth += 1
        elif what in "([":
            if not depth and _has_word(lowered, last, cue):
                return last
            depth = max(0, depth - 1)
        elif depth:
            continue  # "tools (Spark, NiFi) are a plus": the brackets belong to what stands before them
        elif what != ",":
            listed = True
        elif kind == "wish" and listed:
            continue
        elif (not listed or _data().asked.match(lowered, before, last) is not None) and _has_word(
            lowered, last, cue
        ):
            return last
    return before


def _until(
    lowered: str,
    marks: Sequence[Mark],
    index: int,
    joints: Sequence[tuple[int, int, str]],
    position: int,
    end: int,
) -> int:
    """Where what a cue governs ends: at a demand behind a comma, a contrast, its bracket or the next cue."""
    for i in range(position, min(position + 40, len(joints))):
        if joints[i][2] in ")]":
            end = min(end, joints[i][0])
            break
        if joints[i][2] in "([":
            break
    for first, last, kind in marks[index + 1 :]:
        if first >= end:
            break
        if kind in ("wish", "refused", "without"):
            # the next cue may govern what stands before it: "tidak wajib SQL, Word diutamakan"
            commas = [j for j in joints if j[2] == "," and marks[index][1] <= j[0] < first]
            return commas[-1][0] if commas else first
        if kind == "asked":
            if lowered[first:last] in _CONTRAST:
                return first
            if lowered[max(0, first - 3) : first].rstrip().endswith((",", "(")):
                return first
    return end


def _covers(lowered: str, start: int, end: int, spans: Sequence[Span], marks: Sequence[Mark]) -> bool:
    """Nothing but cues and function words stands outside of the spans."""
    taken = sorted([*spans, *((first, last) for first, last, _ in marks)])
    empty = _data().empty
    position = start
    for first, last in [*taken, (end, end)]:
        if first > position and any(w not in empty for w in _WORD.findall(lowered, position, first)):
            return False
        position = max(position, last)
    return True


# -- parts of a clause --------------------------------------------------------------------------------------

_SPLIT = re.compile(
    r"\s*(?:,(?!\d)|[;:()\[\]“”\"]|(?<=[^\W\d_]{3})\s?/\s?(?=[^\W\d_]{3})|\s[-–—]\s"
    r"|(?<!\S)(?:dan/atau|and/or|dan|serta|and|atau|or|maupun|ataupun|as well as|including|termasuk|seperti"
    r"|such as|misalnya|like|e\.g\.|yaitu)(?!\S))\s*",
    re.IGNORECASE,
)
_HEAD_ID = re.compile(r"(?:me(?:m|n|ng|ny|l|r|w|y)?|ber|di)[a-z]{4,}$")
_GUARD = "\u2060"  #: stands for a blank in a phrase that must not be parted
_EDGE = " \t\n\r.,;:-–—*•/\\'\"()[]" + _GUARD


def _parts_of(clause: str) -> Iterator[str]:
    data = _data()
    guarded = data.whole.sub(lambda m: _GUARD.join(m.group().split()), clause)
    head = ""
    for piece in _SPLIT.split(guarded):
        if not piece or not piece.strip(_EDGE):
            continue
        own = _bare(" ".join(piece.replace(_GUARD, " ").split()), data)
        if not own or not any(c.isalnum() for c in own):
            continue
        first, _, rest = own.partition(" ")
        if _is_verb(first, data):
            head = first if rest else ""
        elif head and own[0].isalnum():
            own = f"{head} {own}"
        yield own[:_MAX_PART].rstrip()


def _is_verb(word: str, data: _Data) -> bool:
    low = word.lower()
    return low in data.head_verbs or (_HEAD_ID.match(low) is not None and low not in data.no_verbs)


def _bare(piece: str, data: _Data) -> str:
    """A phrase without what is said of every demand, at its front and its end."""
    piece = piece.strip(_EDGE)
    for pattern in (data.boilerplate_end, data.boilerplate):
        for _ in range(8):
            m = pattern.search(piece[-60:]) if pattern is data.boilerplate_end else pattern.match(piece)
            if m is None:
                break
            if pattern is data.boilerplate_end:
                piece = piece[: len(piece) - len(m.group())].strip(_EDGE)
            else:
                piece = piece[m.end() :].strip(_EDGE)
    return piece


# -- the lists, compiled ------------------------------------------------------------------------------------


class _Data(NamedTuple):
    kinds: Mapping[str, str]
    marks: re.Pattern[str]
    asked: re.Pattern[str]
    benefit: re.Pattern[str]
    employer: re.Pattern[str]
    sought: re.Pattern[str]
    headings: Mapping[str, Stance]
    heading_words: frozenset[str]
    starters: re.Pattern[str]
    abbreviations: frozenset[str]
    dotted: frozenset[str]
    empty: frozenset[str]
    whole: re.Pattern[str]
    boilerplate: re.Pattern[str]
    boilerplate_end: re.Pattern[str]
    head_verbs: frozenset[str]
    no_verbs: frozenset[str]


@cache
def _data() -> _Data:
    data = cues()
    kinds: dict[str, str] = {phrase: "opening" for phrase in data["opening"]}
    for kind in (
        "person",
        "asked",
        "none",
        "company",
        "employer",
        "wish",
        "without",
        "refused",
        "not_refused",
    ):
        kinds.update((phrase, kind) for phrase in data["cues"][kind])
    headings: dict[str, Stance] = {}
    names: tuple[Stance, ...] = ("required", "wish", "company")
    for name in names:
        headings.update((" ".join(_WORD.findall(phrase)), name) for phrase in data["headings"][name])
    gives, benefit = (phrase_pattern(data["cues"][k]) for k in ("gives", "benefit"))
    return _Data(
        kinds=kinds,
        marks=re.compile(rf"(?<!\w){phrase_pattern(kinds)}(?!\w)"),
        asked=re.compile(rf"\W*{phrase_pattern(data['cues']['asked'])}(?!\w)"),
        benefit=re.compile(rf"(?:{gives}[\s,]+){{0,3}}{benefit}(?!\w)"),
        employer=re.compile(rf"{phrase_pattern(data['legal_forms'])}(?!\w)"),
        sought=re.compile(rf"(?<!\w){phrase_pattern(data['sought'])}(?!\w)"),
        headings=headings,
        heading_words=frozenset(data["heading_words"]) | {"&"},
        starters=re.compile(rf"(?:{phrase_pattern(data['starters'])}(?![a-z])|Me(?:m|n|l|r)[a-z]{{4,}})"),
        abbreviations=frozenset(data["abbreviations"]),
        dotted=frozenset(data["dotted"]),
        empty=frozenset(data["empty"]),
        whole=re.compile(rf"(?<!\w){phrase_pattern(data['whole'])}(?!\w)", re.IGNORECASE),
        boilerplate=re.compile(rf"{phrase_pattern(data['boilerplate'])}(?![\w&+#-])[\s:,.]*", re.IGNORECASE),
        boilerplate_end=re.compile(
            rf"(?<!\w){phrase_pattern(data['boilerplate_end'])}[\s.!]*$", re.IGNORECASE
        ),
        head_verbs=frozenset(data["head_verbs"]),
        no_verbs=frozenset(data["no_verbs"]),
    )


def _branch(node: Mapping[str, Any]) -> str:
    """The pattern of a tree of characters; a chain is written as a string."""
    options = []
    for char, below in sorted(node.items(), reverse=True):
        if not char:
            continue
        piece = _one(char)
        while len(below) == 1 and "" not in below:
            (char, below), *_ = below.items()
            piece += _one(char)
        options.append(piece + (_branch(below) if below.keys() != {""} else ""))
    body = f"(?:{'|'.join(options)})" if len(options) > 1 or "" in node else options[0]
    return body + "?" if "" in node else body


def _one(char: str) -> str:
    if char == " ":
        return r"\s{1,4}"
    return r"\d{1,2}(?:\s?[-–+]\s?\d{0,2})?" if char == "#" else re.escape(char)


@cache
def _fold_char(char: str) -> str:
    base = unicodedata.normalize("NFKD", char)[0].lower()
    return base if len(base) == 1 else char
