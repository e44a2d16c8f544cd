"""Education levels of a country: words for them in vacancies and CVs -> codes, and their order.

The table is `education.csv` of the country pack: code, labels, ISCED 2011, rank, and every spelling in use.
`parse` finds all levels that a text names, longest spelling first, so that "SMA/SMK" gives both and "S1" is
not found in "S15". A rank is the order an employer would accept; SMA and SMK share one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from padan.errors import UnknownCode

__all__ = ["Education", "Level"]


@dataclass(frozen=True, slots=True)
class Level:
    """One level of education."""

    code: str
    label_id: str
    label_en: str
    isced2011: str | None
    rank: int
    aliases: tuple[str, ...]
    aliases_exact: tuple[str, ...] = ()  #: words that mean the level only when they stand alone: "MA", "MI"

    @classmethod
    def from_row(cls, row: Mapping[str, str]) -> Level:
        """A line of education.csv."""
        return cls(
            code=row["code"],
            label_id=row["label_id"],
            label_en=row["label_en"],
            isced2011=row["isced2011"] or None,
            rank=int(row["rank"]),
            aliases=_parts(row["aliases"]),
            aliases_exact=_parts(row.get("aliases_exact") or ""),
        )


_PART = re.compile(r"[,;/|&\n]|\s(?:atau|or|dan|and)\s")


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def _key(text: str) -> str:
    return " ".join(re.sub(r"[^0-9a-z]+", " ", text.lower()).split())


class Education:
    """The levels of a country, in order of rank."""

    def __init__(self, levels: Iterable[Level]) -> None:
        self.levels = tuple(sorted(levels, key=lambda level: level.rank))
        self._by_code = {level.code: level for level in self.levels}
        self._alone = {_key(alias): level.code for level in self.levels for alias in level.aliases_exact}
        spellings: dict[str, str] = {}
        for level in self.levels:
            for alias in (level.code, level.label_id, level.label_en, *level.aliases):
                if _key(alias) not in self._alone and not self._names_two(alias, level):
                    spellings.setdefault(_key(alias), level.code)
        spellings.pop("", None)
        self._spellings = spellings
        words = sorted(spellings, key=len, reverse=True)
        self._pattern = re.compile(
            r"(?<![0-9a-z])(?:" + "|".join(re.escape(w) for w in words) + r")(?![0-9a-z])"
        )

    def _names_two(self, alias: str, level: Level) -> bool:
        """Whether a spelling lists levels: in "SMA/SMK" each is found by its own; "tidak tamat SD" is one."""
        words = set(_key(alias).split())
        others = {other.code.lower() for other in self.levels if other is not level}
        return bool(others & words) and (level.code.lower() in words or _PART.search(alias) is not None)

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def level(self, code: str) -> Level:
        """The level of a code. Raises UnknownCode with the codes there are."""
        try:
            return self._by_code[code]
        except KeyError:
            raise UnknownCode(f"{code!r} is no education level", near=tuple(self._by_code)) from None

    def rank(self, code: str | None) -> int | None:
        """The rank of a code, None for None."""
        return None if code is None else self.level(code).rank

    def parse(self, text: str | None) -> tuple[str, ...]:
        """Codes of all levels that the text names, lowest first; () where it names none."""
        if not text:
            return ()
        found = {self._spellings[m.group()] for m in self._pattern.finditer(_key(text[:2000]))}
        for part in _PART.split(text[:2000]):
            alone = self._alone.get(_key(part))
            if alone:
                found.add(alone)
        return tuple(level.code for level in self.levels if level.code in found)

    def lowest(self, codes: Iterable[str]) -> str | None:
        """The lowest of the codes, by rank; None where there are none."""
        known = [self._by_code[c] for c in codes if c in self._by_code]
        return min(known, key=lambda level: level.rank).code if known else None

    def highest(self, codes: Iterable[str]) -> str | None:
        """The highest of the codes, by rank; None where there are none."""
        known = [self._by_code[c] for c in codes if c in self._by_code]
        return max(known, key=lambda level: level.rank).code if known else None
