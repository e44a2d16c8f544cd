"""Advice as sentences: what `padan.matching.advice` counted, in Indonesian and English.

    sentences    one text per list entry: people per place, places near the person, why this order, the chance
    statements   one text per counsellor's decision: what came of it, or why it was not done
    nothing      the text for a list without entries

The words lie in text/advice.id.yaml and text/advice.en.yaml: the same keys and the same gaps in both. A key
with `one` and `other` follows the number in it. Numbers are rounded with `held`; a score is never shown as a
chance, and a chance only where the row has one. The texts are plain: a page escapes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import pyarrow as pa
import yaml

from padan.errors import InputError, ShapeError
from padan.matching.advice import ADVICE, held
from padan.matching.overrides import Applied, Overridden, Refused

__all__ = ["LANGUAGES", "nothing", "sentences", "statements", "texts"]

LANGUAGES = ("id", "en")


def sentences(rows: pa.Table, lang: str, *, titles: Mapping[str, str] | None = None) -> list[str]:
    """One text per row of schema ADVICE.

    lang     id or en
    titles   vacancy id -> title, for the vacancies that a reason names; the id stands in where there is none
    """
    words = _Words(lang, titles or {})
    missing = [name for name in ADVICE.names if name not in rows.column_names]
    if missing:
        raise ShapeError(
            f"advice: no column {', '.join(missing)}",
            hint="pass a table of padan.matching.advice.advise",
            field=missing[0],
        )
    return [" ".join(filter(None, _parts(words, row))) for row in rows.select(ADVICE.names).to_pylist()]


def statements(done: Overridden, lang: str, *, titles: Mapping[str, str] | None = None) -> list[str]:
    """One text per decision for the counsellor: first those that hold, then those that were not done."""
    words = _Words(lang, titles or {})
    return [_applied(words, one) for one in done.applied] + [_refused(words, one) for one in done.refused]


def nothing(lang: str) -> str:
    """What a person with an empty list reads."""
    return _Words(lang, {}).say("nothing")


@cache
def texts(lang: str) -> Mapping[str, str | Mapping[str, str]]:
    """The words of a language. Raises InputError for a language that there is none of."""
    if lang not in LANGUAGES:
        raise InputError(f"lang is {lang!r}", hint=f"one of {', '.join(LANGUAGES)}", field="lang")
    text = (files("padan.centre") / "text" / f"advice.{lang}.yaml").read_text(encoding="utf-8")
    data: dict[str, str | Mapping[str, str]] = yaml.safe_load(text)
    return data


class _Words:
    """Texts of one language with numbers and titles put in."""

    def __init__(self, lang: str, titles: Mapping[str, str]) -> None:
        self._texts = texts(lang)
        self._titles = titles

    def say(self, key: str, *, n: int | None = None, **gaps: object) -> str:
        """The text of a key; n chooses between one and other, and is written as the language does."""
        text = self._texts[key]
        if not isinstance(text, str):
            text = text.get("one", text["other"]) if n == 1 else text["other"]
        return text.format(n="" if n is None else self.number(n), **gaps)

    def number(self, value: int) -> str:
        return f"{value:,}".replace(",", str(self._texts["thousands"]))

    def title(self, vacancy_id: str) -> str:
        return self.say("quoted", title=self._titles.get(vacancy_id, vacancy_id))

    def per_place(self, value: float | None) -> str:
        """People per place inside a sentence."""
        n = int(held(float("nan") if value is None else value))
        return self.say("words_per_place", n=n) if n >= 1 else self.say("words_few")


def _parts(words: _Words, row: Mapping[str, Any]) -> list[str]:
    if row["people_per_place"] is None:
        return [words.say("people_unknown") + ".", _why(words, row)]
    return [_people(words, row) + _near(words, row), _why(words, row), _chance(words, row)]


def _people(words: _Words, row: Mapping[str, Any]) -> str:
    middle, low, high = (int(held(row[f"people_per_place{end}"])) for end in ("", "_low", "_high"))
    said = words.say(f"people_{row['basis']}", n=middle) if middle else words.say("people_few")
    if row["basis"] == "looks" or low == high or high <= 1:
        return said
    if low == 0:
        return said + words.say("range_up", high=words.number(high))
    return said + words.say("range", low=words.number(low), high=words.number(high))


def _near(words: _Words, row: Mapping[str, Any]) -> str:
    """Places near the person; says nothing where neither place nor kind of work is known."""
    level, regency, province = row["near_level"], row["places_regency"], row["places_province"]
    if level is None:
        return words.say("near_not_known")
    if regency:
        return words.say(f"near_{level}_regency", n=regency)
    if province:
        only = "_only" if regency is None else ""
        return words.say(f"near_{level}_province{only}", n=province)
    return words.say("near_none_regency" if province is None else "near_none_province")


def _why(words: _Words, row: Mapping[str, Any]) -> str:
    reason = row["reason"]
    if reason is None:
        return ""
    other = row["instead_of"]
    if reason == "override":
        key = "why_override" if other is None else "why_override_removed"
        said = words.say(key, note=row["note"], other=other and words.title(other))
    else:
        listed = "left_out" if row["instead_rank"] is None else "listed"
        key = f"why_{reason}" if reason in ("closed", "quota", "full") else f"why_{reason}_{listed}"
        here, there = words.per_place(row["here_per_place"]), words.per_place(row["instead_per_place"])
        said = words.say(key, other=words.title(other), here=here, there=there)
    if row["passed"] > 1:
        said += " " + words.say("passed_more", n=row["passed"] - 1)
    return said


def _chance(words: _Words, row: Mapping[str, Any]) -> str:
    chance = row["chance_if_applied"]
    if chance is None:
        return ""
    hundred = 100 * chance
    step = 1 if hundred < 10 else 5
    n = int(hundred / step + 0.5) * step
    if hundred < 1:
        said = words.say("chance_few")
    else:
        said = words.say("chance_most") if n >= 100 else words.say("chance", n=n)
    off = int(100 * row["chance_off_by"] + 0.5)
    off_text = words.number(off) if off else words.say("off_few")
    return said + words.say("chance_checked", n=row["chance_records"], off=off_text)


def _applied(words: _Words, one: Applied) -> str:
    decision = one.override
    kept = decision.action == "add" and one.was is not None
    said = [
        words.say(
            "applied_kept" if kept else f"applied_{decision.action}",
            vacancy=words.title(decision.vacancy_id),
            seeker=decision.seeker_id,
            rank=one.rank,
            was=one.was,
            by=decision.by,
            reason=decision.reason.strip(),
        )
    ]
    if one.rank is not None and one.was is not None and one.rank != one.was:
        said.append(words.say("applied_moved", was=one.was))
    if one.replaced is not None:
        said.append(words.say("applied_replaced", vacancy=words.title(one.replaced)))
    return " ".join(said)


def _refused(words: _Words, one: Refused) -> str:
    decision = one.override
    return words.say(
        f"refused_{one.code}",
        vacancy=words.title(decision.vacancy_id),
        seeker=decision.seeker_id,
        by=decision.by,
        reason=decision.reason.strip(),
    )
