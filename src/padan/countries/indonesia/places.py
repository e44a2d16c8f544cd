"""Where is it: text as people write places -> Kemendagri codes of province and regency.

`regions.csv` holds 38 provinces and 514 regencies and cities. Codes and names: Kepmendagri 300.2.2-2138/2025;
BPS codes: BPS list of statistical working areas (Papua as renumbered in 2023); coordinates: area centroids of
the polygons of cahyadsn/wilayah_boundaries (MIT), 2 decimals. `aliases` are other names of the region itself,
`towns` are towns and districts inside it that no other regency shares. Districts are not shipped:
`Places(districts=CSV)` takes the official table (code, name, parent_code). Word lists: words.yaml.

A wrong region is worse than none, so a text gives a regency only if one is left. How names are read:

    a city and a regency     "Bandung" -> province 32, no regency, both codes in `ambiguous`
    a province and a city    "Jambi" -> the province, both in `ambiguous`; "Kota Jambi" and "Jambi, Jambi"
                             -> the city
    a region and a district  "Karanganyar" -> the region; "Kecamatan Karanganyar" -> the district
    islands and areas        "Lombok", "Jabodetabek" -> no regency, the members in `ambiguous`, flag area
    "Papua", "Papua Barat"   alone: the province of that name today, flag before_2022_split, in `ambiguous`
                             all that it covered before 2022; "Merauke, Papua" -> 93.01, flag former_province
    contradictions, lists    flag several, all in `ambiguous`; within one street address the last one counts

Flags: address, area, before_2022_split, country_only, district, empty, foreign, former_province, hybrid,
level_mismatch, nationwide, old_name, partial, remote, several, spelling, too_long, town, unknown. Not done
here: villages, geocoding of streets, postcodes.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
import yaml
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from padan.errors import InputError, NotFound, UnknownCode

__all__ = ["Place", "Places", "Region"]

Scheme = Literal["kemendagri", "bps"]

EARTH_RADIUS_KM = 6371.0088
MAX_CHARS = 2000  #: an address is shorter; longer text is a description and is not searched


@dataclass(frozen=True, slots=True)
class Region:
    """A province, regency or city: one row of regions.csv."""

    code: str  #: Kemendagri: "32" or "32.73"
    bps_code: str | None
    bps_code_former: str | None  #: the BPS code until 2022, where Papua was renumbered
    level: str  #: province, regency or city
    parent: str | None
    name: str
    name_en: str
    capital: str | None
    lat: float
    lon: float
    aliases: tuple[str, ...]
    towns: tuple[str, ...]
    since: str | None  #: ISO date since which the province exists in its present bounds
    former: str | None  #: province that it belonged to before
    note: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """What a text says about where, in Kemendagri codes; `ambiguous` holds what could not be decided."""

    province: str | None
    regency: str | None
    ambiguous: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


# What "Papua" and "Papua Barat" covered in the era of 34 provinces.
_BEFORE_2022 = {"91": ("91", "93", "94", "95"), "92": ("92", "96")}

_REMOTE = re.compile(
    r"\b(?:full(?:y)? remote|remote(?:ly)?|work from (?:home|anywhere)|wfh|wfa|kerja dari (?:rumah|mana saja)"
    r"|kerja jarak jauh|jarak jauh|telecommut\w{1,6}|work at home|home based|home-based)\b"
)
_HYBRID = re.compile(r"\b(?:hybrid|hibrida?|wfo ?[/&] ?wfh|wfh ?[/&] ?wfo)\b")
_NOISE = re.compile(
    r"\b(?:wfo|on-?site|work from office|dan sekitarnya|& sekitarnya|and surrounding(?: areas?)?)\b"
)
_NATIONWIDE = re.compile(
    r"\b(?:(?:di )?(?:seluruh|semua|se)[ -]?(?:wilayah |kota |area |cabang |provinsi )*(?:besar )?(?:di )?"
    r"indonesia"
    r"|nation ?wide|^(?:skala )?nasional$|indonesia \(all\)"
    r"|(?:all|across|anywhere in|all over|throughout) indonesia"
    r"|seluruh nusantara|seluruh cabang|semua kota|seluruh kota(?: besar)?)\b"
)
_ABBREVIATIONS = (
    (re.compile(r"\bkab(?:up)?\b\.?"), "kabupaten "),
    (
        re.compile(r"\b(?:kotamadya|kotamadia|kodya|kodia|kota administra(?:si|tif)|kota adm\b\.?)\s*"),
        "kota ",
    ),
    (re.compile(r"\bkabupaten\s+(?:administra(?:si|tif)|adm\b\.?)\s*"), "kabupaten "),
    (re.compile(r"\bkota\s+(?:administra(?:si|tif)|adm\b\.?)\s*"), "kota "),
    (re.compile(r"\badministrative (?=city|regency)"), ""),
    (re.compile(r"\bkec\b\.?"), "kecamatan "),
    (re.compile(r"\bkel\b\.?"), "kelurahan "),
    (re.compile(r"\b(?:prov|propinsi|prop)\b\.?"), "provinsi "),
    (re.compile(r"\bkep\b\.?"), "kepulauan "),
    (re.compile(r"\b(?:jl|jln|jalan)\b\.?"), "jalan "),
    (re.compile(r"\b(?:no|nmr)\b\.?(?=\s*\d)"), "nomor "),
    (re.compile(r"\bds\b\.?"), "desa "),
    (re.compile(r"\b(?:ged|gd)\b\.?"), "gedung "),
    (re.compile(r"\bsumatra\b"), "sumatera"),
    (re.compile(r"\bpangkajene (?:dan|and|&) (?:kepulauan|islands)\b"), "pangkajene kepulauan"),
)
# A full stop after four letters ends a part of an address; after fewer it is a title or abbreviation.
_SENTENCE_STOP = re.compile(r"(?<=[^\W\d_]{4})\.(?:\s+|$)")
_GLUED = re.compile(r"(?<=[a-z])(?=(?:Kota|Kab\.?|Kabupaten) [A-Z])")
_LIST_STOP = re.compile(r"/(?!\s?\d)|[;|\n\r\t•]|\s[&+]\s|\b(?:atau|or|dan|and|serta)\b")
_PART_STOP = re.compile(
    r"[,;/|\n\r\t•·:()\[\]{}\"“”]|\s[\-\u2013\u2014&+]\s|[\u2013\u2014]|\b(?:atau|or|dan|and|serta)\b"
)
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_POSTCODE = re.compile(r"\d{5}")

_PREFIX_LEVEL = {
    "kabupaten": "regency",
    "kota": "city",
    "provinsi": "province",
    "kecamatan": "district",
    "distrik": "district",
    "kelurahan": "village",
    "desa": "village",
    "dusun": "village",
    "kampung": "village",
    "nagari": "village",
}
_SUFFIX_LEVEL = {
    "regency": "regency",
    "kabupaten": "regency",
    "city": "city",
    "kota": "city",
    "municipality": "city",
    "province": "province",
    "provinsi": "province",
    "district": "district",
    "subdistrict": "district",
    "kecamatan": "district",
}
_STREET_START = frozenset(("jalan", "gang", "gg"))
_PUBLIC_FLAG: dict[str, str | None] = {"loose": "partial", "bare_district": "district"}
# Keys side by side on a QWERTY keyboard, and vowels: the letters that are hit for one another.
_NEIGHBOURS = {
    "q": "wa", "w": "eqs", "e": "wrdaiou", "r": "etf", "t": "ryg", "y": "tuh", "u": "yijaeo", "i": "uokae",
    "o": "ipla", "p": "ol", "a": "qszeiou", "s": "adwxz", "d": "sfexc", "f": "dgrcv", "g": "fhtvb",
    "h": "gjybn", "j": "hkunm", "k": "jlim", "l": "ko", "z": "asx", "x": "zsdc", "c": "xdfv", "v": "cfgb",
    "b": "vghn",
    "n": "bhjm", "m": "njk",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Words:
    """The `places` lists of words.yaml; names as keys without spaces, single words as they are."""

    areas: Mapping[str, frozenset[str]]
    old_names: frozenset[str]
    foreign: frozenset[str]
    street: frozenset[str]
    edge: frozenset[str]
    common: frozenset[str]
    blocking: frozenset[str]
    real_places: frozenset[str]
    split_names: frozenset[str]
    sides: frozenset[str]
    sides_en: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Mention:
    """One place name met in a text: its candidate codes and how firmly it was read (higher is firmer)."""

    codes: frozenset[str]
    firmness: int  # 3 with its level, 2 the whole part, 1 an end of a longer part
    order: int
    flag: str | None = None


class Places:
    """The regions of Indonesia and the words for them. Build once; it holds no state but its tables.

    districts  CSV with the columns code, name, parent_code: then districts are read, "Kec. Coblong" and bare
    """

    def __init__(self, *, districts: Path | None = None) -> None:
        self._regions = {region.code: region for region in _load_regions()}
        self._by_bps = {r.bps_code: r for r in self._regions.values() if r.bps_code}
        for region in self._regions.values():
            if region.bps_code_former:
                self._by_bps.setdefault(region.bps_code_former, region)
        self._names: dict[str, frozenset[str]] = {}
        self._towns: dict[str, frozenset[str]] = {}
        self._words = _load_words()
        self._areas = self._words.areas
        self._index_regions()
        self._districts = _load_districts(districts) if districts is not None else {}
        self._official = {
            _joined(words): words
            for region in self._regions.values()
            for name in (region.name, *_bare_names(region))
            if len(_joined(words := _words(name))) >= 7
        }
        self._codes = list(self._regions)
        self._position = {code: i for i, code in enumerate(self._codes)}
        self._lat_rad = np.radians(np.array([r.lat for r in self._regions.values()], dtype=np.float64))
        self._lon_rad = np.radians(np.array([r.lon for r in self._regions.values()], dtype=np.float64))
        self._cache: dict[str, Place] = {}

    def parse(self, text: str | None) -> Place:
        """Read a place, a list of places or an address. Never raises; the unknown is None with a flag."""
        if text is None or not text.strip():
            return Place(None, None, (), ("empty",))
        if len(text) > MAX_CHARS:
            return Place(None, None, (), ("too_long",))
        found = self._cache.get(text)
        if found is None:
            found = self._parse(text)
            if len(self._cache) >= 20_000:
                self._cache.clear()
            self._cache[text] = found
        return found

    def by_code(self, code: str, *, scheme: Scheme = "kemendagri") -> Region:
        """The region of a code. The two schemes number differently: name the one the code comes from.

        kemendagri takes "32.73" and "3273"; bps takes "3273" and, for Papua, also the codes until 2022.
        Raises UnknownCode with near codes.
        """
        table = self._table(scheme)
        wanted = code.strip()
        if scheme == "kemendagri" and len(wanted) == 4 and wanted.isdigit():
            wanted = f"{wanted[:2]}.{wanted[2:]}"
        region = table.get(wanted)
        if region is None:
            near = process.extract(wanted, list(table), scorer=fuzz.ratio, limit=3)
            raise UnknownCode(
                f"{code!r} is not a region code of {scheme}",
                near=tuple(f"{key} {table[key].name}" for key, _, _ in near),
                field="code",
            )
        return region

    def crosswalk(self, code: str, *, source: Scheme, target: Scheme) -> str | None:
        """The same region's code in the other scheme; None where that scheme's code is not known."""
        region = self.by_code(code, scheme=source)
        return region.code if target == "kemendagri" else region.bps_code

    def name(self, code: str, *, lang: str = "id") -> str:
        """Official Indonesian name, or the English one for lang "en"."""
        region = self.by_code(code)
        return region.name_en if lang == "en" else region.name

    def regions(self, *, level: str | None = None, parent: str | None = None) -> tuple[Region, ...]:
        """All regions in code order, or those of a level (province, regency, city) or of a province."""
        return tuple(
            r
            for r in self._regions.values()
            if (level is None or r.level == level) and (parent is None or r.parent == parent)
        )

    def suggest(self, name: str, *, k: int = 5) -> tuple[Region, ...]:
        """The k regions whose names are nearest to a misspelt or unknown name, best first."""
        keys = list(self._names)
        found: dict[str, None] = {}
        for key, _, _ in process.extract(_key(name), keys, scorer=fuzz.WRatio, limit=4 * k):
            found.update(dict.fromkeys(sorted(self._names[key])))
        return tuple(self._regions[code] for code in list(found)[:k])

    def distance_km(self, a: str | Sequence[str], b: str | Sequence[str]) -> NDArray[np.float64]:
        """Great-circle km between centroids of codes: one to many, or pair by pair, as NumPy broadcasts."""
        i, j = self._positions(a), self._positions(b)
        half_lat = (self._lat_rad[j] - self._lat_rad[i]) / 2
        half_lon = (self._lon_rad[j] - self._lon_rad[i]) / 2
        haversine = (
            np.sin(half_lat) ** 2
            + np.cos(self._lat_rad[i]) * np.cos(self._lat_rad[j]) * np.sin(half_lon) ** 2
        )
        return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(haversine, 0.0, 1.0))))

    def nearest(self, code: str, *, k: int = 5) -> tuple[tuple[str, float], ...]:
        """The k nearest regions of its kind, province or regency and city, as (code, km), nearest first."""
        province = self.by_code(code).level == "province"
        others = [c for c in self._codes if (len(c) == 2) == province and c != code]
        km = self.distance_km(code, others)
        order = np.argsort(km, kind="stable")[:k]
        return tuple((others[n], float(km[n])) for n in order)

    def _table(self, scheme: str) -> dict[str, Region]:
        if scheme == "kemendagri":
            return self._regions
        if scheme == "bps":
            return self._by_bps
        raise InputError(f"scheme {scheme!r} is not known", hint="use kemendagri or bps", field="scheme")

    def _positions(self, codes: str | Sequence[str]) -> NDArray[np.int64]:
        wanted = [codes] if isinstance(codes, str) else list(codes)
        return np.array([self._position[self.by_code(code).code] for code in wanted], dtype=np.int64)

    def _index_regions(self) -> None:
        names: dict[str, set[str]] = {}
        towns: dict[str, set[str]] = {}
        for region in self._regions.values():
            own = {region.name, region.name_en, *region.aliases, *_bare_names(region)}
            for name in own:
                names.setdefault(_key(name), set()).add(region.code)
            for town in region.towns:
                towns.setdefault(_key(town), set()).add(region.code)
        self._names = {key: frozenset(codes) for key, codes in names.items()}
        self._towns = {key: frozenset(codes) for key, codes in towns.items() if key not in names}

    def _parse(self, text: str) -> Place:
        flags: list[str] = []
        plain = unicodedata.normalize("NFKC", _GLUED.sub(" , ", text)).casefold()
        for pattern, flag in ((_HYBRID, "hybrid"), (_REMOTE, "remote"), (_NATIONWIDE, "nationwide")):
            plain, hits = pattern.subn(" , ", plain)
            if hits:
                flags.append(flag)
        plain = _NOISE.sub(" ", plain)
        for pattern, full in _ABBREVIATIONS:
            plain = pattern.sub(full, plain)
        plain = _SENTENCE_STOP.sub(" , ", plain)
        words = _TOKEN.findall(plain)
        if not words:
            return Place(None, None, (), tuple(flags) or ("unknown",))
        is_address = any(w in self._words.street or _POSTCODE.fullmatch(w) for w in words)
        in_parts = is_address or any(w in ("kecamatan", "kelurahan", "desa") for w in words)
        one_address = (
            in_parts and sum(w in _STREET_START for w in words) <= 1 and not _LIST_STOP.search(plain)
        )

        mentions: list[_Mention] = []
        foreign = country = False
        for part in self._parts(plain):
            if part in (["indonesia"], ["id"]):
                country = True
            elif _joined(part) in self._words.foreign:
                foreign = True
            else:
                mentions.extend(self._mentions(part, start=len(mentions)))
        if foreign:
            codes = frozenset().union(*(m.codes for m in mentions if m.firmness >= 2))
            more = ("several",) if codes else ()
            return Place(None, None, tuple(sorted(codes)), (*flags, "foreign", *more))
        if not mentions:
            if country and not flags:
                flags.append("country_only")
            return Place(None, None, (), tuple(flags) or ("unknown",))
        if is_address:
            flags.append("address")
        return self._decide(mentions, one_address, flags)

    def _parts(self, plain: str) -> Iterator[list[str]]:
        for piece in _PART_STOP.split(plain):
            words = _TOKEN.findall(piece)
            # "Bandung-Jakarta" is two places, "Toli-Toli" one: split at hyphens only if the whole is unknown.
            if "-" in piece and not self._lookup(words):
                halves = [_TOKEN.findall(half) for half in piece.split("-")]
                if all(self._lookup(half) for half in halves if half):
                    yield from (half for half in halves if half)
                    continue
            words = [w for w in words if not _POSTCODE.fullmatch(w)]
            while len(words) > 1 and words[-1] in self._words.edge and not self._lookup(words):
                words.pop()
            while len(words) > 1 and words[0] in self._words.edge and not self._lookup(words):
                words.pop(0)
            if words:
                yield words

    def _lookup(self, words: Sequence[str]) -> frozenset[str]:
        """Codes of regions that have exactly this name or alias."""
        # "Kota Baru" is a new town in a dozen districts, not the regency Kotabaru.
        if not words or list(words) == ["kota", "baru"]:
            return frozenset()
        key = _joined(words)
        return self._areas.get(key) or self._names.get(key) or frozenset()

    def _mentions(self, words: list[str], *, start: int) -> list[_Mention]:
        key = _joined(words)
        if words != ["kota", "baru"]:
            if key in self._areas:
                return [_Mention(self._areas[key], 2, start, "area")]
            if key in self._names:
                return [
                    _Mention(self._names[key], 2, start, "old_name" if key in self._words.old_names else None)
                ]
            if key in self._towns:
                return [_Mention(self._towns[key], 2, start, "town")]
        marked, rest = self._marked(words, start)
        if marked:
            return marked
        if not rest:
            return []
        found = self._with_direction(rest, start) or self._district(rest, start)
        if not found and rest[0] not in _STREET_START:
            found = self._respelt(rest, start)
        return found or self._at_end(rest, start)

    def _marked(self, words: list[str], start: int) -> tuple[list[_Mention], list[str]]:
        """Names that carry their level ("Kabupaten X", "X Regency", "Kec. X"), and the words before them."""
        mentions: list[_Mention] = []
        first = len(words)
        # "Jalan Kota Baru No. 5": before the house number everything is the name of the street.
        i = (
            max((n for n, w in enumerate(words) if w[0].isdigit()), default=0)
            if words[0] in _STREET_START
            else 0
        )
        while i < len(words):
            level = _PREFIX_LEVEL.get(words[i])
            taken = 0
            if level in ("district", "village"):
                # From the second word on: "Kecamatan Kota Padang" is one name.
                end = next((j for j in range(i + 2, len(words)) if words[j] in _PREFIX_LEVEL), len(words))
                if level == "district" and self._districts:
                    mentions.extend(self._named_district(words[i + 1 : end], start))
                first, taken = min(first, i), end - i
            elif level:
                for end in range(min(len(words), i + 7), i + 1, -1):
                    codes, flag = self._at_level(words[i + 1 : end], level)
                    if codes:
                        mentions.append(_Mention(codes, 3, start + len(mentions), flag))
                        first, taken = min(first, i), end - i
                        break
            # "Jogja City Mall" is no city: a level behind the name ends the part.
            if not taken and 0 < i == len(words) - 1 and (level := _SUFFIX_LEVEL.get(words[i])):
                if level == "district":
                    if self._districts:
                        mentions.extend(self._named_district(words[:i], start))
                    first, taken = 0, 1
                else:
                    for begin in range(max(0, i - 6), i):
                        codes, flag = self._at_level(words[begin:i], level)
                        if codes:
                            mentions.append(_Mention(codes, 3, start + len(mentions), flag))
                            first, taken = min(first, begin), 1
                            break
            i += taken or 1
        return mentions, words[:first]

    def _at_level(self, words: list[str], level: str) -> tuple[frozenset[str], str | None]:
        """Regions of that name at that level. "Kota Blora" is a seat; "Kabupaten Batam" does not exist."""
        codes = self._lookup(words)
        key = _joined(words)
        if key in self._areas:  # "Kabupaten Bangka" is the regency, not the island
            codes = self._names.get(key, frozenset())
        same = frozenset(c for c in codes if self._regions[c].level == level)
        if same:
            return same, "old_name" if key in self._words.old_names else None
        if level == "city":
            below = frozenset(c for c in codes if len(c) > 2) or self._towns.get(key, frozenset())
            return below, "level_mismatch" if below else None
        if level == "regency":
            # No such regency: only the province is safe.
            return frozenset(c[:2] for c in codes if len(c) > 2), "level_mismatch"
        return frozenset(), None

    def _with_direction(self, words: list[str], start: int) -> list[_Mention]:
        """Parts of a town: "Denpasar Selatan", "Batam Kota", "North Cikarang"."""
        for base, side in ((words[:-1], words[-1]), (words[1:], words[0])):
            known = side in (self._words.sides if base == words[:-1] else self._words.sides_en)
            if not base or not known or _joined(base) in self._words.split_names:
                continue
            codes = self._names.get(_joined(base)) or self._towns.get(_joined(base)) or frozenset()
            # "X Utara" is a part of a city or town X. Of a regency X it may lie in one that was split off,
            # except on Java (codes 31 to 36), where no such pair exists.
            is_town = _joined(base) in self._towns or any(
                self._regions[c].level == "city" or c[0] == "3" for c in codes
            )
            if codes and all(len(c) > 2 for c in codes) and (is_town or side == "kota"):
                return [_Mention(codes, 2, start, "partial")]
        return []

    def _named_district(self, words: list[str], start: int) -> list[_Mention]:
        for end in range(len(words), 0, -1):
            codes = self._districts.get(_joined(words[:end]))
            if codes:
                return [_Mention(codes, 2, start, "district")]
        return []

    def _district(self, words: list[str], start: int) -> list[_Mention]:
        codes = self._districts.get(_joined(words))
        return [_Mention(codes, 2, start, "bare_district")] if codes else []

    def _respelt(self, words: list[str], start: int) -> list[_Mention]:
        """One slip of the keyboard in a long name, if only one name is that near.

        Only slips that do not make another real name: Suralaya is a place, not Surabaya misspelt.
        """
        marks = _PREFIX_LEVEL.keys() | _SUFFIX_LEVEL.keys()
        typed = [w for w in words if w not in marks] or words
        key = _joined(typed)
        if not 7 <= len(key) <= 40 or key in self._words.real_places:
            return []
        near = process.extract(key, list(self._official), scorer=OSA.distance, score_cutoff=1, limit=3)
        hits = [name for name, _, _ in near if _is_slip(typed, self._official[name])]
        if len(hits) != 1:
            return []
        return [_Mention(self._names[hits[0]], 2, start, "spelling")]

    def _at_end(self, words: list[str], start: int) -> list[_Mention]:
        """Names at the end of a longer part: "… No. 62 Semarang Jawa Tengah", "Gudang Makassar"."""
        mentions: list[_Mention] = []
        end = len(words)
        while end > 0:
            for begin in range(max(0, end - 5), end):
                tail = words[begin:end]
                codes = self._lookup(tail)
                if codes and self._may_end(words, begin, end, bool(mentions)):
                    break
            else:
                break
            # One word or a regency at the end of a longer name ("Seputih Surabaya", "Poso Pesisir Selatan")
            # only narrows what another part says; "Jakarta Selatan" stands for itself.
            short = end - begin == 1 or any(self._regions[c].level == "regency" for c in codes)
            loose = short and not words[begin - 1][0].isdigit()
            flag = "area" if _joined(tail) in self._areas else "loose" if loose else "partial"
            mentions.append(_Mention(codes, 1, start + len(mentions), flag))
            end = begin
            if any(len(c) > 2 for c in codes):
                break
        if mentions and end == 0:
            # "Surabaya Jawa Timur": nothing but names
            mentions = [replace(m, firmness=2, flag="area" if m.flag == "area" else None) for m in mentions]
        return mentions[::-1]

    def _may_end(self, words: list[str], begin: int, end: int, after_province: bool) -> bool:
        if begin == 0:
            return end < len(words) and after_province
        before = words[begin - 1]
        if words[0] in _STREET_START and not any(any(ch.isdigit() for ch in w) for w in words[:begin]):
            return False  # "Jalan Raya Bogor" names a street
        if before in self._words.blocking or before in _PREFIX_LEVEL:
            return False
        if end - begin > 1 or after_province or before[0].isdigit():
            return True
        return len(words[begin]) >= 5 and words[begin] not in self._words.common

    def _decide(self, mentions: list[_Mention], one_address: bool, flags: list[str]) -> Place:
        best = max(m.firmness for m in mentions)
        firm = [m for m in mentions if m.firmness >= 2] or mentions
        if one_address and best == 3 and len(firm) > 1:
            levelled = [m for m in firm if m.firmness == 3]
            firm = levelled + [m for m in firm if m.firmness < 3 and self._agrees(m, levelled)]
        weak = [m for m in mentions if m.firmness < 2 and m not in firm]
        used, merged = self._merge(firm, one_address)
        # Alone, a name at the end of a longer one ("Seputih Surabaya") is not enough; in an address it is,
        # but there the name of a district may be that of a village.
        doubtful = "bare_district" if "address" in flags else "loose"
        if best < 3 and all(m.flag == doubtful for m in firm):
            return Place(None, None, tuple(sorted(frozenset().union(*merged))), (*flags, "partial"))
        for mention in weak:
            together = [self._both(codes, mention.codes) for codes in merged]
            narrower = together[0] and (len(together[0]) < len(merged[0]) or self._is_province(merged[0]))
            if len(merged) == 1 and narrower:
                merged, used = together, [*used, mention]
        flags += dict.fromkeys(
            flag for m in used if (flag := _PUBLIC_FLAG.get(m.flag or "", m.flag)) and flag not in flags
        )
        if len(merged) > 1:
            union = frozenset().union(*merged)
            provinces = {c[:2] for c in union}
            return Place(
                provinces.pop() if len(provinces) == 1 else None,
                None,
                tuple(sorted(union)),
                (*flags, "several"),
            )
        return self._place(merged[0], used, flags)

    def _merge(
        self, mentions: Iterable[_Mention], one_address: bool
    ) -> tuple[list[_Mention], list[frozenset[str]]]:
        """Narrow each mention by the others; what cannot be brought together stays apart."""
        used: list[_Mention] = []
        groups: list[frozenset[str]] = []
        for mention in mentions:
            for n, group in enumerate(groups):
                both = self._both(group, mention.codes)
                if both:
                    groups[n] = both
                    break
            else:
                if one_address and groups and not self._is_province(mention.codes):
                    # Within one address the larger unit stands later: "Kuningan, Jakarta Selatan".
                    groups, used = [mention.codes], []
                else:
                    groups.append(mention.codes)
            used.append(mention)
        # A province met after its regencies closes the list: "Bandung, Cimahi, Jawa Barat".
        regional = [g for g in groups if not self._is_province(g)]
        if regional:
            covered = {p for g in regional for p in self._provinces_of(g)}
            groups = regional + [g for g in groups if self._is_province(g) and not (g & covered)]
        return used, groups

    def _both(self, a: frozenset[str], b: frozenset[str]) -> frozenset[str]:
        """Codes on which two mentions agree: equal, or regencies of one in a province of the other."""
        if a == b and len(a) > 1:
            # "Jambi, Jambi": the second is the province, so the first is the city.
            below = frozenset(c for c in a if len(c) > 2)
            return below if len(below) < len(a) else a
        same = a & b
        inner = frozenset(
            c
            for low, high in ((a, b), (b, a))
            for c in low
            if len(c) > 2 and any(len(p) == 2 and p in self._provinces_of((c,)) for p in high)
        )
        both = inner or same
        return both & same if inner & same else both

    def _agrees(self, mention: _Mention, others: Iterable[_Mention]) -> bool:
        return all(self._both(mention.codes, other.codes) for other in others)

    def _provinces_of(self, codes: Iterable[str]) -> set[str]:
        """Provinces that hold these regions, today and before they were split off."""
        found: set[str] = set()
        for code in codes:
            former = self._regions[code].former
            found.update({code[:2], former} if former and len(code) > 2 else {code[:2]})
        return found

    @staticmethod
    def _is_province(codes: frozenset[str]) -> bool:
        return all(len(code) == 2 for code in codes)

    def _place(self, codes: frozenset[str], used: list[_Mention], flags: list[str]) -> Place:
        provinces = sorted({c[:2] for c in codes})
        lower = sorted(c for c in codes if len(c) > 2)
        province = provinces[0] if len(provinces) == 1 else None
        if len(codes) == 1 and lower:
            former = self._regions[lower[0]].former
            if former and any(former in m.codes for m in used):
                flags.append("former_province")
            return Place(province, lower[0], (), tuple(flags))
        if not lower and province is not None:
            if province in _BEFORE_2022:
                return Place(province, None, _BEFORE_2022[province], (*flags, "before_2022_split"))
            return Place(province, None, (), tuple(flags))
        if not lower and set(provinces) == {"91", "92", "93", "94", "95", "96"}:
            flags.append("before_2022_split")
        return Place(province, None, tuple(sorted(codes)), tuple(flags))


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    for pattern, full in _ABBREVIATIONS:
        plain = pattern.sub(full, plain)
    return _TOKEN.findall(plain)


def _key(text: str) -> str:
    """Letters and digits only: "Bau-Bau", "Bau Bau" and "Baubau" are one name."""
    return _joined(_words(text))


def _joined(words: Iterable[str]) -> str:
    return "".join(words).replace("'", "").replace("\u2019", "")


def _is_slip(typed: list[str], name: list[str]) -> bool:
    """Whether `typed` is `name` with one letter dropped, doubled, swapped or hit beside, in a long word.

    The first letter and a missing last letter are not forgiven: Pangkalan and Bangkala are not Bangkalan.
    """
    if len(typed) == len(name):
        changed = [(a, b) for a, b in zip(typed, name, strict=True) if a != b]
        if len(changed) != 1:
            return False
        a, b = changed[0]
    else:
        a, b = _joined(typed), _joined(name)
    if len(b) < 7 or a[0] != b[0] or a == b[:-1]:
        return False
    if len(a) != len(b):
        return True
    differ = [i for i in range(len(b)) if a[i] != b[i]]
    if len(differ) == 2:
        return True
    i = differ[0]
    return len(b) >= 8 and (b[i] in _NEIGHBOURS.get(a[i], "") or a[i] in _NEIGHBOURS.get(b[i], ""))


def _bare_names(region: Region) -> Iterator[str]:
    """The name without its level: "Bandung" of "Kota Bandung", "West Bandung" of "West Bandung Regency"."""
    if region.level == "province":
        return
    for prefix in ("Kabupaten Administrasi ", "Kota Administrasi ", "Kabupaten ", "Kota "):
        if region.name.startswith(prefix):
            yield region.name.removeprefix(prefix)
            break
    yield region.name_en.removesuffix(" Regency").removesuffix(" City")


def _load_regions() -> Iterator[Region]:
    source = files("padan.countries.indonesia").joinpath("regions.csv")
    with source.open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            yield Region(
                code=row["code"],
                bps_code=row["bps_code"] or None,
                bps_code_former=row["bps_code_former"] or None,
                level=row["level"],
                parent=row["parent"] or None,
                name=row["name"],
                name_en=row["name_en"],
                capital=row["capital"] or None,
                lat=float(row["lat"]),
                lon=float(row["lon"]),
                aliases=tuple(row["aliases"].split("|")) if row["aliases"] else (),
                towns=tuple(row["towns"].split("|")) if row["towns"] else (),
                since=row["since"] or None,
                former=row["former"] or None,
                note=row["note"] or None,
            )


def _load_words() -> _Words:
    source = files("padan.countries.indonesia").joinpath("words.yaml")
    lists = yaml.safe_load(source.read_text(encoding="utf-8"))["places"]
    areas = {_key(name): frozenset(area["codes"]) for area in lists["areas"] for name in area["names"]}
    return _Words(
        areas=areas,
        old_names=frozenset(map(_key, lists["old_names"])),
        foreign=frozenset(map(_key, lists["foreign"])),
        **{
            field: frozenset(lists[field])
            for field in _Words.__slots__
            if field not in ("areas", "old_names", "foreign")
        },
    )


def _load_districts(path: Path) -> dict[str, frozenset[str]]:
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            rows = csv.DictReader(handle)
            missing = {"name", "parent_code"} - set(rows.fieldnames or ())
            if missing:
                raise InputError(
                    f"{path.name} has no column {', '.join(sorted(missing))}",
                    hint="a district table has the columns code, name, parent_code",
                    field="districts",
                )
            found: dict[str, set[str]] = {}
            for row in rows:
                found.setdefault(_key(row["name"]), set()).add(row["parent_code"])
    except FileNotFoundError as error:
        raise NotFound(f"there is no district table {path.name}", field="districts") from error
    return {key: frozenset(codes) for key, codes in found.items()}
