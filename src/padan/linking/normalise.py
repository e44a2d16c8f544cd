"""Words of titles and skill lines in Indonesian and English, brought to one form.

    tokens        lower case, no accents, symbols that are part of a name kept (c++, c#, .net)
    expand        abbreviations of vacancies written out (spv -> supervisor, adm -> administrasi)
    stem          Snowball for each language: me-/pe-/ber-/di-/-kan/-an and English endings
    clean_title   what is no part of the job taken out: urgency, place, employer, sex, age, contract and shift
                  words

The lists are in words.yaml beside this file: plain data that a labour officer can correct.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import snowballstemmer
import yaml

__all__ = ["clean_title", "expand", "key", "pieces", "remember_stems", "stem", "tokens", "whole", "words"]

_TOKEN = re.compile(r"c\+\+|c#|f#|\.net\b|[^\W_]+(?:[.+&'][^\W_]+)*", re.UNICODE)
_BRACKETS = re.compile(r"[\(\[\{][^\)\]\}]{0,80}[\)\]\}]")
_EMPLOYER = re.compile(
    r"\b(?:pt|cv|ud|tbk|persero|inc|ltd|sdn bhd|pte)\b\.?(?:\s+[\w&.]+){1,5}\s*$", re.IGNORECASE
)
_EXCEPT = re.compile(r"[,;(]?\s*\b(?:except|excluding|kecuali)\b.*$")  #: says what the job is not
_MAX_TITLE = 300  #: characters of a title that are looked at; what follows is never the job


@cache
def words() -> dict[str, Any]:
    """The word lists of words.yaml."""
    text = (files("padan.linking") / "words.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


def pieces(text: str) -> list[str]:
    """A text cut into what looks like words, lower case, of its first 20,000 characters; `whole` cleans
    each.
    """
    found: list[str] = _TOKEN.findall(_fold(text[:20_000]))
    return found


def whole(piece: str) -> tuple[str, ...]:
    """The words in a piece: most are one; "d3.teknik" has lost a blank, "node.js" is one word."""
    piece = piece[:40]
    if piece.isalnum():
        return (piece,)
    if "." in piece and piece != ".net" and not piece.endswith(".js"):
        return tuple(part for part in piece.split(".") if part)
    return (piece.replace("'", ""),)


def tokens(text: str, *, limit: int = 400) -> list[str]:
    """The words of a text, lower case, at most `limit`; "&" and "/" part words, "c++" stays whole."""
    out: list[str] = []
    for piece in pieces(text):
        out += whole(piece)
        if len(out) >= limit:
            break
    return out[:limit]


@cache
def _expansions() -> dict[str, tuple[str, ...]]:
    return {short: tuple(long.split()) for short, long in words()["abbreviations"].items()}


def expand(found: list[str]) -> list[str]:
    """Tokens with abbreviations written out."""
    table = _expansions()
    out: list[str] = []
    for token in found:
        out.extend(table.get(token, (token,)))
    return out


_THREAD = threading.local()


def _stemmer(language: str) -> Any:
    """The Snowball stemmer of this thread: it keeps the word that it works on, so two threads must not share
    one.
    """
    found = getattr(_THREAD, language, None)
    if found is None:
        found = snowballstemmer.stemmer(language)
        setattr(_THREAD, language, found)
    return found


_STEMS: dict[str, str] = {}  #: of words met so far; words of jobs are some ten thousand
_MOST_STEMS = 500_000


def stem(token: str) -> str:
    """The stem of a token: the Indonesian one where the token has an Indonesian affix, else the English
    one.
    """
    found = _STEMS.get(token)
    if found is None:
        found = _stem(token)
        if len(_STEMS) < _MOST_STEMS:
            _STEMS[token] = found
    return found


def remember_stems(words: Iterable[str], stems: Iterable[str]) -> None:
    """Take in stems that were worked out before: stemming is what costs when an index is loaded."""
    _STEMS.update(zip(words, stems, strict=True))


def _stem(token: str) -> str:
    if len(token) < 4 or not token.isalpha():
        return token
    if token.startswith(("me", "pe", "ber", "ter", "di", "ke", "se")) or token.endswith(
        ("kan", "an", "nya", "lah", "i")
    ):
        found = str(_stemmer("indonesian").stemWord(token))
        if len(found) >= 3 and found != token:
            return found
    return str(_stemmer("english").stemWord(token))


def key(text: str) -> str:
    """The form in which two texts count as the same: expanded tokens joined by blanks."""
    return " ".join(expand(tokens(text)))


@cache
def _noise() -> tuple[frozenset[str], re.Pattern[str], frozenset[str]]:
    data = words()
    single = frozenset(w for w in data["noise"] if " " not in w)
    phrases = sorted((w for w in data["noise"] if " " in w), key=len, reverse=True)
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(re.escape(p) for p in phrases) + r")(?!\w)")
    return single, pattern, frozenset(data["seniority"])


def clean_title(text: str, *, places: frozenset[str] = frozenset()) -> str:
    """A title without what is no part of the job; the title itself when nothing would be left.

    places   lower-case names of regions; taken out behind a dash, comma, bracket or "area", and at the end
    """
    text = _fold(text[:_MAX_TITLE])
    single, phrases, _ = _noise()
    text = _EXCEPT.sub("", text) or text
    without = _BRACKETS.sub(
        lambda m: " " if _is_noise(m.group()[1:-1], single, places) else f" {m.group()[1:-1]} ", text
    )
    without = phrases.sub(" ", without)
    without = _EMPLOYER.sub(" ", without)
    parts = [p for p in re.split(r"\s[-–—|]+\s|[-–—|,;:]\s|\s[-–—|,;:]|\s@\s", without) if p.strip()]
    kept = [p for p in parts if not _is_noise(p, single, places)]
    if not kept:
        return key(text)
    out = [t for t in expand(tokens(" ".join(kept))) if t not in single and not (t.isdigit())]
    while len(out) > 1 and out[-1] in places:
        out.pop()
    return " ".join(out) or key(text)


def _is_noise(part: str, single: frozenset[str], places: frozenset[str]) -> bool:
    found = tokens(part)
    if not found:
        return True
    joined = " ".join(found)
    return joined in places or all(t in single or t in places or t.isdigit() for t in found)
