"""How a demo labour market says what it says: titles, duties, places, pay and lives in the country's words.

    speech = Speech(country, Dice(rng))
    speech.title("staf gudang", region="32.15")           "DIBUTUHKAN SEGERA Staff Gudang - Karawang"
    speech.headline(group)                                ("cari kerja tukang las", "tukang las")
    groups("indonesia")["7212"].skills                    what a welder does, in both languages

Titles, duties and skills are those of the starter pack: a title is used only if no other unit group has it.
The frames and the noise around them are in demo.yaml of the country pack. Nobody is named and nobody can be
reached: there are no names of persons, identity numbers, addresses or telephone numbers to say.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import numpy as np
import yaml

from padan.countries import Country, load
from padan.errors import NotFound
from padan.taxonomy import read_rows

__all__ = [
    "UNKNOWN",
    "Dice",
    "Group",
    "Skill",
    "Speech",
    "Text",
    "core_of_employer",
    "demo_words",
    "fitting",
    "groups",
    "plain",
]

T = TypeVar("T")

UNKNOWN = "_U"  #: education that a table or a person does not give (SDMX)


@cache
def demo_words(country: str) -> dict[str, Any]:
    """demo.yaml of a country pack. Raises NotFound where the pack has none."""
    path = files(f"padan.countries.{country}") / "demo.yaml"
    if not path.is_file():
        raise NotFound(
            f"the country pack {country!r} has no demo market",
            hint="write demo.yaml and an official table, see countries/indonesia",
        )
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


def fitting(table: Mapping[str, T], code: str, default: T) -> T:
    """The value of the longest beginning of an ISCO-08 code."""
    return next((table[code[:n]] for n in (4, 3, 2, 1) if code[:n] in table), default)


class Dice:
    """Fast single draws from a NumPy generator: uniforms are made in blocks."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._block: list[float] = []

    def uniform(self) -> float:
        """A number in [0, 1)."""
        if not self._block:
            self._block = self._rng.random(1 << 14).tolist()
        return self._block.pop()

    def chance(self, share: float) -> bool:
        """True in that share of draws."""
        return self.uniform() < share

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.uniform() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.uniform() * len(items))]

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different items (all of them where there are fewer), in random order."""
        rest = list(items)
        return [rest.pop(int(self.uniform() * len(rest))) for _ in range(min(count, len(rest)))]

    def weighted(self, weights: Sequence[float]) -> int:
        """A place in the list, by its weight."""
        at = self.uniform() * sum(weights)
        for number, weight in enumerate(weights):
            at -= weight
            if at < 0:
                return number
        return len(weights) - 1


# -- occupations -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill of the starter pack: its name and its other names, by language."""

    kind: str
    names: Mapping[str, str]
    others: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Group:
    """A unit group with what is said of it and of it alone."""

    code: str
    advertised: Mapping[str, tuple[str, ...]]  #: titles by language as vacancies say them
    spoken: tuple[str, ...]  #: titles as people say them, survey answers included
    skills: tuple[Skill, ...]  #: essential ones first
    essential: int  #: how many of them


_VERB = re.compile(r"^(?:me(?:ng|ny|m|n|l|r|w|y)[a-z]{3,}|(?:be[rkl]|ter|nge)[a-z]{3,}|ng[aeiou][a-z]{2,})")
_NO_VERB = frozenset(
    ("mentor", "merchandiser", "merchandise", "member", "menteri", "mentalis", "merbot", "terapis")
)
_HELD = re.compile(
    r"(?i)^(?:SIM |SIO |STR|sertifikat|lisensi|ijazah|surat|kartu|certificate|licen[cs]e|driving lic)"
)


def _says_verb(text: str) -> bool:
    first = text.lower().split()[0]
    return _VERB.match(first) is not None and first not in _NO_VERB


@cache
def groups(country: str) -> dict[str, Group]:
    """Unit groups of the starter pack that have a title of their own and a linked skill, by code."""
    not_advertised = frozenset(demo_words(country)["titles"]["not_advertised"])
    titles: dict[str, dict[str, list[str]]] = {}
    owners: dict[str, set[str]] = {}
    for row in read_rows("titles"):
        owners.setdefault(plain(row["title"]), set()).add(row["isco08"])
        if row["kind"] != "label":
            titles.setdefault(row["isco08"], {"id": [], "en": []})[row["lang"]].append(row["title"])
    skills = {row["id"]: _skill(row) for row in read_rows("skills")}
    links: dict[str, dict[str, list[str]]] = {}
    for row in read_rows("links"):
        links.setdefault(row["isco08"], {"essential": [], "useful": []})[row["relation"]].append(row["skill"])
    out: dict[str, Group] = {}
    for code, by_language in sorted(titles.items()):
        own = {lang: [t for t in said if len(owners[plain(t)]) == 1] for lang, said in by_language.items()}
        posts = [t for t in own["id"] if not _says_verb(t) and not not_advertised & set(t.lower().split())]
        linked = links.get(code, {"essential": [], "useful": []})
        essential, useful = ([skills[s] for s in linked[r] if s in skills] for r in ("essential", "useful"))
        if own["id"] and essential:
            advertised = {"id": tuple(posts or own["id"]), "en": tuple(own["en"] or posts or own["id"])}
            out[code] = Group(code, advertised, tuple(own["id"]), (*essential, *useful), len(essential))
    return out


def _skill(row: Mapping[str, str]) -> Skill:
    others = {
        lang: tuple(p.strip() for p in row[f"alt_{lang}"].split("|") if p.strip()) for lang in ("id", "en")
    }
    return Skill(row["kind"], {"id": row["label_id"], "en": row["label_en"]}, others)


# -- places ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Written:
    full: tuple[str, ...]  #: as people fill in a place
    short: tuple[str, ...]  #: as a title names it


@cache
def _regions(country: str) -> dict[str, _Written]:
    """Regency -> how it is written: with and without level and province, in capitals, by a town inside.

    Only what `places.parse` reads as that province and as no other regency.
    """
    places = load(country).places
    spoken = demo_words(country)["provinces_said"]
    out = {}
    for region in places.regions():
        if region.level == "province":
            continue
        name = region.name.replace("Administrasi ", "").replace("Adm. ", "")
        bare = name.removeprefix("Kabupaten ").removeprefix("Kota ")
        short = name.replace("Kabupaten ", "Kab. ")
        province = spoken.get(region.parent) or places.name(region.parent)
        full = [
            name,
            name,
            short,
            f"{short}, {province}",
            f"{name}, {province}".upper(),
            f"{bare}, {province}",
        ]
        full += [bare, *(f"{town}, {short}" for town in region.towns[:2])]
        read = [(said, places.parse(said)) for said in full]
        right = [s for s, p in read if p.province == region.parent and p.regency in (None, region.code)]
        out[region.code] = _Written(tuple(right), (bare, bare, *region.towns[:1]))
    return out


# -- speech ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """The body of a vacancy."""

    duties: tuple[str, ...]
    requirements: tuple[str, ...]
    offer: str | None
    heads: tuple[str, str]
    skills: tuple[str, ...]  #: as a portal's list of skills has them
    restrictions: Mapping[str, Any]  #: gender, marital_status, min_age, max_age where a requirement says so


class Speech:
    """Says things of one country at random. Regions are Kemendagri codes, levels those of demo.yaml."""

    def __init__(self, country: Country, dice: Dice) -> None:
        self.dice = dice
        self.words = demo_words(country.name)
        self._regions = _regions(country.name)

    # -- both sides ----------------------------------------------------------------------------------------

    def place(self, region: str) -> str:
        """A region as people fill it in."""
        return self.dice.pick(self._regions[region].full)

    def town(self, region: str) -> str:
        """A region as a title or a sentence names it."""
        return self.dice.pick(self._regions[region].short)

    def field(self, code: str, level: str) -> str:
        """A field of study that leads to an occupation, "" for general schools."""
        kinds = self.words["fields_of_study"]
        if level in ("SMK", UNKNOWN) or level[0] != "D":
            return str(self.dice.pick(fitting(kinds["SMK"], code, [""]))) if level == "SMK" else ""
        return str(self.dice.pick(fitting(kinds["higher"], code, [""])))

    def pay(self, kind: str, pay: tuple[int, int]) -> str:
        """Pay a month, (low, high) rupiah, in one of the ways of `pay_words`."""
        low, high = pay
        frame = str(self.dice.pick(self.words["pay_words"][kind]))
        for name, amount in (("lo", low), ("hi", high), ("day", round(low / 125_000) * 5_000)):
            commas = f"{amount:,}"
            frame = frame.replace(f"{{{name}}}", commas.replace(",", ".")).replace(f"{{{name}_c}}", commas)
            frame = frame.replace(f"{{{name}_jt}}", f"{amount / 1e6:g}".replace(".", ","))
        return frame

    # -- vacancies -----------------------------------------------------------------------------------------

    def language(self, code: str) -> str:
        """The language of a vacancy's text."""
        english = fitting(self.words["titles"]["english_text_share"], code, 0.0)
        return "en" if self.dice.chance(english) else "id"

    def core(self, group: Group, lang: str) -> str:
        """A title of the unit group; texts in Indonesian often carry an English one."""
        english = fitting(self.words["titles"]["english_share"], group.code, 0.0)
        return self.dice.pick(group.advertised["en" if lang == "en" or self.dice.chance(english) else "id"])

    def title(self, core: str, region: str) -> str:
        """A title as advertisements have it: the core spelt otherwise, around it what is not the job."""
        dice, rules = self.dice, self.words["titles"]
        said = core
        if dice.chance(0.25):
            said = " ".join(dice.pick(rules["short"][w]) if w in rules["short"] else w for w in said.split())
        style = dice.uniform()
        if style < 0.24:
            said = said.upper()
        elif style < 0.85:
            said = " ".join(w if w.isupper() else w[:1].upper() + w[1:] for w in said.split())
        if dice.chance(0.12):
            said = dice.pick(rules["before"]) + said
        if dice.chance(0.18):
            said += dice.pick(rules["place"]).replace("{place}", self.town(region))
        if dice.chance(0.08):
            said += dice.pick(rules["after"])
        return said.replace(" ", "  ", 1) if dice.chance(0.03) else said

    def text(self, group: Group, lang: str, level: str, region: str, months: int) -> Text:
        """Duties and requirements out of the skills of the unit group; one text in eight says little."""
        dice, frames = self.dice, self.words["vacancy"][lang]
        short = dice.chance(0.12)
        chosen = dice.some(group.skills[: group.essential], 1 if short else dice.whole(3, 5))
        chosen += dice.some(group.skills[group.essential :], 0 if short else dice.whole(1, 3))
        duties: list[str] = []
        needs: list[str] = []
        named: list[str] = []
        for number, skill in enumerate(chosen):
            name = skill.names[lang]
            form = "" if lang == "en" or _says_verb(name) else "_noun"
            if skill.kind == "skill" and (number < 2 or dice.chance(0.5)):
                duties.append(_said(dice.pick(frames[f"duty{form}"]), name))
            elif number >= 3 and dice.chance(0.3):
                needs.append(_said(dice.pick(frames[f"wish{form}"]), name))
            else:
                needs.append(self._requirement(frames, skill, lang))
            if dice.chance(0.4):
                others = skill.others[lang]
                named.append(dice.pick(others) if others and dice.chance(0.5) else name)
        if not short and dice.chance(0.5):
            duties.append(dice.pick(frames["duty_more"]))
        about, restrictions = self._conditions(frames, lang, level, region, months)
        offer = dice.pick(frames["offer"]) if dice.chance(0.3) else None
        heads = dice.pick(frames["heads"])
        return Text(tuple(duties), (*about, *needs), offer, (heads[0], heads[1]), tuple(named), restrictions)

    def _requirement(self, frames: Mapping[str, Any], skill: Skill, lang: str) -> str:
        dice, name, others = self.dice, skill.names[lang], skill.others[lang]
        if skill.kind == "language":
            return _said(dice.pick(frames["language"]), name)
        if _HELD.match(name):
            return _said(dice.pick(frames["held"]), name)
        if others and dice.chance(0.35):
            other = dice.pick(others)
            bare = _says_verb(other) or other.lower().startswith(
                ("bisa ", "mampu ", "suka ", "siap ", "tidak ")
            )
            return _said("{s}" if bare else dice.pick(frames["alias"]).replace("{alias}", "{s}"), other)
        verb = lang == "en" or _says_verb(name)
        if skill.kind == "transversal":
            return _said(dice.pick(frames["skill" if verb and lang == "id" else "trait"]), name)
        return _said(dice.pick(frames["skill" if verb and skill.kind != "knowledge" else "knowledge"]), name)

    def _conditions(
        self, frames: Mapping[str, Any], lang: str, level: str, region: str, months: int
    ) -> tuple[list[str], dict[str, Any]]:
        """Lines on education, experience, restrictions and habits; the restrictions as a form has them."""
        dice = self.dice
        lines = []
        if dice.chance(0.7):
            lines.append(
                dice.pick(frames["education"]).replace("{edu}", self.words["education_in_text"][level])
            )
        if months and dice.chance(0.8):
            span = self.words["experience_english"][str(months)] if lang == "en" else self.years(months)
            lines.append(dice.pick(frames["experience"]).replace("{exp}", span))
        elif not months and dice.chance(0.4):
            lines.append(dice.pick(frames["none_needed"]))
        restrictions: dict[str, Any] = {}
        if dice.chance(0.3):
            low, age = dice.whole(18, 22), dice.whole(5, 9) * 5
            line = dice.pick(frames["restricted"]).replace("{age}", str(age)).replace("{low}", str(low))
            lines.append(line)
            restrictions = _restrictions_of(line, low, age)
        if dice.chance(0.5):
            lines.append(dice.pick(frames["habit"]).replace("{place}", self.town(region)))
        return lines, restrictions

    def years(self, months: int) -> str:
        """A length of time as a sentence says it."""
        return f"{months} bulan" if months < 12 else f"{months // 12} tahun"

    # -- people --------------------------------------------------------------------------------------------

    def headline(self, group: Group) -> tuple[str, str | None]:
        """The work that is looked for in a person's words, misspelt one time in eight; and the title in it.

        One person in fifty says "apa saja", with no title.
        """
        dice, words = self.dice, self.words["seeker"]
        core = dice.pick(group.spoken)
        anything = dice.chance(0.02)
        frames = words["any"] if anything else words["headline_verb" if _says_verb(core) else "headline"]
        said = dice.pick(frames).replace("{t}", core)
        if not anything and dice.chance(0.12):
            said = self._misspelt(said)
        style = dice.uniform()
        if style < 0.1:
            said = said.upper()
        elif style < 0.6:
            said = said[:1].upper() + said[1:]
        return said, None if anything else core

    def skills(self, group: Group, months: int) -> list[Skill]:
        """What a person of the unit group can do: more with experience."""
        dice = self.dice
        out = dice.some(
            group.skills[: group.essential], dice.whole(1, 2) + (dice.whole(1, 2) if months else 0)
        )
        return out + dice.some(group.skills[group.essential :], dice.whole(0, 2))

    def listed(self, skills: Sequence[Skill]) -> tuple[str, ...]:
        """Skills as a person lists them; one in ten lists none."""
        dice = self.dice
        if dice.chance(0.1):
            return ()
        return tuple(
            dice.pick(s.others["id"]) if s.others["id"] and dice.chance(0.4) else s.names["id"]
            for s in skills
        )

    def history(
        self, group: Group, skills: Sequence[Skill], level: str, field: str, months: int, employer: str
    ) -> str:
        """A few sentences on school, work and what the person can do; "" for one in seven."""
        dice, words = self.dice, self.words["seeker"]
        if dice.chance(0.15):
            return ""
        out = []
        if level != UNKNOWN and dice.chance(0.5):
            first = dice.pick(words["first"]).replace("{edu}", self.words["education_in_text"][level])
            out.append(first.replace("{field}", field) if field else first.replace(", {field}", ""))
        if months:
            line = dice.pick(words["work"]).replace("{t}", dice.pick(group.advertised["id"]))
            out.append(f"{line.replace('{employer}', employer).replace('{years}', self.years(months))}.")
        else:
            out.append(dice.pick(words["no_work"]).replace("{employer}", employer))
        doing = [s.names["id"] for s in skills if s.kind == "skill" and _says_verb(s.names["id"])]
        if doing and dice.chance(0.7):
            line = dice.pick(words["can"] if len(doing) > 1 else [c for c in words["can"] if "{s2}" not in c])
            out.append(_said(line.replace("{s2}", doing[-1]), doing[0]))
        if dice.chance(0.5):
            out.append(dice.pick(words["traits"]))
        return " ".join(line for line in out if line)

    def experience(self, months: int) -> str:
        """Months of experience as a person fills them in."""
        if not months:
            return self.dice.pick(("0", "", "Belum ada", "-", "0 tahun"))
        if months < 12:
            return f"{months} bulan"
        return self.dice.pick(("{} tahun", "{} thn", "{}")).replace("{}", str(months // 12))

    def _misspelt(self, text: str) -> str:
        """One slip of the keyboard in a longer word: two letters swapped, one lost or one doubled."""
        words = text.split()
        long = [n for n, w in enumerate(words) if len(w) > 4]
        if not long:
            return text
        at = self.dice.pick(long)
        word = words[at]
        cut = self.dice.whole(1, len(word) - 3)
        swapped = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
        words[at] = self.dice.pick((swapped, word[:cut] + word[cut + 1 :], word[: cut + 1] + word[cut:]))
        return " ".join(words)

    # -- employers -----------------------------------------------------------------------------------------

    def employer(self, section: str, taken: set[str]) -> str:
        """An invented name that is not taken yet; it is put among the taken ones."""
        dice, words = self.dice, self.words["employers"]
        own = words["own_forms"].get(section)
        name = ""
        for attempt in range(20):
            frame = dice.pick(own) if own and dice.chance(0.7) else dice.pick(words["forms"])
            name = frame.replace("{a}", dice.pick(words["a"])).replace("{b}", dice.pick(words["b"]))
            name = name.replace("{c}", dice.pick(words["c"][section]))
            if attempt > 4:
                name += f" {dice.pick(words['b'])}"
            if attempt > 9:
                name += f" {dice.whole(2, 9999)}"
            if core_of_employer(name) not in taken:
                break
        taken.add(core_of_employer(name))
        return name

    def sector(self, section: str) -> str:
        """A section of industry as offices write it."""
        said = self.words["employers"]["sector_words"].get(section)
        return str(self.dice.pick(said)) if said and self.dice.chance(0.5) else _section_labels()[section]


def _said(frame: str, name: str) -> str:
    line = frame.replace("{s}", name)
    return line[:1].upper() + line[1:]


def _restrictions_of(line: str, low: int, age: int) -> dict[str, Any]:
    """What the line says, in the words of a form with fields for it."""
    said = line.lower()
    out: dict[str, Any] = {}
    if str(age) in said:
        out["max_age"] = age
        if f"{low}-" in said:
            out["min_age"] = low
    if said.startswith(("wanita", "female")):
        out["gender"] = "female"
    elif said.startswith(("pria,", "male")):
        out["gender"] = "male"
    if "menikah" in said:
        out["marital_status"] = "single"
    return out


def plain(text: str) -> str:
    """The words of a text in lower case."""
    return " ".join(re.findall(r"\w+", text.lower()))


def core_of_employer(name: str) -> str:
    """A name of an employer without its legal form."""
    return " ".join(w for w in plain(name).split() if w not in ("pt", "cv", "ud", "tbk"))


@cache
def _section_labels() -> dict[str, str]:
    table = (files("padan.taxonomy") / "starter" / "industries.csv").read_text(encoding="utf-8")
    return {r["code"]: r["label_id"] for r in csv.DictReader(table.splitlines()) if r["level"] == "section"}
