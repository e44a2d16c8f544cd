"""Proof of the tables: what must hold in the starter pack and in imported schemes, as findings.

    check_starter()         titles, skills, links, groups, industries, regions and education levels of the
    country pack
    check_scheme(scheme)    ids, labels, parents, levels, unit groups and relations of any scheme

A finding of severity "error" is a wrong or missing row and fails `padan taxonomy check`; a "note" is for a
reader. The structure of ISCO-08 stands here a second time, independent of the tables, as codes:
International Standard Classification of Occupations 2008 (ILO, 2012), 10 major, 43 sub-major, 130 minor and
436 unit groups; that of ISIC Rev.4 (United Nations, 2008), which KBLI 2020 shares, as ranges of divisions.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

from padan.taxonomy.scheme import Scheme
from padan.taxonomy.starter_pack import read_rows

__all__ = [
    "UNIT_GROUPS",
    "Finding",
    "check_country",
    "check_groups",
    "check_industries",
    "check_links",
    "check_scheme",
    "check_skills",
    "check_starter",
    "check_titles",
]

Row = Mapping[str, str]
Severity = Literal["error", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong or worth knowing, and where."""

    file: str
    line: int
    what: str
    severity: Severity = "error"


#: minor group of ISCO-08 : last digits of its unit groups
_MINOR_GROUPS = """
    011:0 021:0 031:0 111:1234 112:0 121:1239 122:123 131:12 132:1234 133:0 134:1234569 141:12 142:0
    143:19 211:1234 212:0 213:123 214:1234569 215:123 216:123456 221:12 222:12 223:0 224:0 225:0
    226:12345679 231:0 232:0 233:0 234:12 235:1234569 241:123 242:1234 243:1234 251:12349 252:1239
    261:129 262:12 263:123456 264:123 265:1234569 311:123456789 312:123 313:123459 314:123 315:12345
    321:1234 322:12 323:0 324:0 325:123456789 331:12345 332:1234 333:12349 334:1234 335:123459 341:123
    342:123 343:12345 351:1234 352:12 411:0 412:0 413:12 421:1234 422:12345679 431:123 432:123
    441:1234569 511:123 512:0 513:12 514:12 515:123 516:123459 521:12 522:123 523:0 524:1234569 531:12
    532:129 541:12349 611:1234 612:1239 613:0 621:0 622:1234 631:0 632:0 633:0 634:0 711:123459
    712:1234567 713:123 721:12345 722:1234 723:1234 731:123456789 732:123 741:123 742:12 751:123456
    752:123 753:123456 754:12349 811:1234 812:12 813:12 814:123 815:12345679 816:0 817:12 818:1239
    821:129 831:12 832:12 833:12 834:1234 835:0 911:12 912:1239 921:123456 931:123 932:19 933:1234
    941:12 951:0 952:0 961:123 962:12349
"""
UNIT_GROUPS: tuple[str, ...] = tuple(
    minor + digit for minor, digits in (part.split(":") for part in _MINOR_GROUPS.split()) for digit in digits
)
#: section of ISIC Rev.4 : first and last division
_DIVISIONS = (
    "A:01-03 B:05-09 C:10-33 D:35-35 E:36-39 F:41-43 G:45-47 H:49-53 I:55-56 J:58-63 K:64-66 L:68-68 M:69-75 "
    "N:77-82 O:84-84 P:85-85 Q:86-88 R:90-93 S:94-96 T:97-98 U:99-99"
)

LEAST_ALIASES = {"id": 6, "en": 4}
LEAST_SKILLS = 1500
LINKS = range(10, 21)
ESSENTIAL_LINKS = range(4, 11)
SKILL_KINDS = frozenset({"skill", "knowledge", "language", "tool", "transversal"})
#: kinds that any occupation may ask for, so that they need no unit group
EVERYWHERE = frozenset({"transversal", "language"})
_GROUPS = """
    agriculture forestry fishery mining construction electrical mechanical welding-metal automotive
    manufacturing food-processing textile-garment wood-furniture printing-media quality-safety logistics
    transport sales marketing customer-service hospitality culinary beauty-wellness care health
    pharmacy-laboratory education social-law arts-culture design language office finance-accounting
    human-resources management information-technology data engineering-science environment-energy
    security-defence cleaning-housekeeping personal sport
"""
SKILL_GROUPS = frozenset(_GROUPS.split())
_PROMISES = """
    bpjs, bpjs kesehatan, bpjs ketenagakerjaan, tunjangan, uang makan, uang transport, uang
    lembur, gaji, gaji pokok, upah, thr, bonus, insentif, komisi, cuti, cuti tahunan, jaminan kesehatan,
    asuransi kesehatan, mess, makan siang, seragam, jaminan sosial, jaminan hari tua, insentif produksi,
    asuransi jiwa, salary, allowance, allowances, incentive, overtime pay, health insurance, meal
    allowance, annual leave, remuneration, life insurance
"""
#: what adverts promise; as the name of a skill it would be found in almost every vacancy
BENEFITS = frozenset(" ".join(part.split()) for part in _PROMISES.split(","))
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def check_starter(country: Traversable | None = None) -> list[Finding]:
    """All findings about the starter pack, errors first, then by file and line.

    country   folder of a country pack with regions.csv and education.csv; that of Indonesia when not given
    """
    titles, skills, links = read_rows("titles"), read_rows("skills"), read_rows("links")
    root = files("padan.taxonomy") / "starter"
    codes = {row["isco08"] for row in titles}
    out = [
        *check_titles(titles),
        *check_skills(skills, _table(root / "shared_aliases.csv")),
        *check_links(links, codes=codes, skills=skills),
        *check_groups(read_rows("groups")),
        *check_industries(_table(root / "industries.csv")),
        *check_country(country or files("padan") / "countries" / "indonesia"),
    ]
    return sorted(out, key=lambda f: (f.severity, f.file, f.line, f.what))


# -- starter pack ------------------------------------------------------------------------------------------


def check_titles(rows: Sequence[Row]) -> Iterator[Finding]:
    """All 436 unit groups, one label a language, enough aliases, no title twice without a reason."""
    labels: Counter[tuple[str, str]] = Counter()
    aliases: Counter[tuple[str, str]] = Counter()
    places: dict[str, list[Row]] = defaultdict(list)
    known = set(UNIT_GROUPS)
    for row in rows:
        if shape := _shape(row):
            yield shape
            continue
        code, lang, title = row["isco08"], row["lang"], row["title"]
        if code not in known:
            yield _at(row, f"{code!r} is no unit group of ISCO-08")
        if lang not in LEAST_ALIASES or row["kind"] not in ("label", "alias"):
            yield _at(row, f"language {lang!r}, kind {row['kind']!r}: expected id or en, label or alias")
        if title != " ".join(title.split()) or not title or "/" in title:
            yield _at(row, f"{title!r} is empty, has a slash or spare spaces")
        (labels if row["kind"] == "label" else aliases)[code, lang] += 1
        places[_key(title)].append(row)
    yield from _repeated_titles(places)
    file = rows[0]["file"].split("/")[0] if rows else "titles"
    for code in UNIT_GROUPS:
        for lang, least in LEAST_ALIASES.items():
            if labels[code, lang] != 1:
                yield Finding(file, 0, f"{code} has {labels[code, lang]} labels in {lang}, not one")
            if aliases[code, lang] < least:
                yield Finding(file, 0, f"{code} has {aliases[code, lang]} aliases in {lang}, not {least}")


def _repeated_titles(places: Mapping[str, Sequence[Row]]) -> Iterator[Finding]:
    for title, rows in places.items():
        codes = {row["isco08"] for row in rows}
        if len(codes) < len({(r["isco08"], r["lang"]) for r in rows}) or len(codes) < len(rows):
            yield _at(rows[-1], f"{title!r} stands twice in one unit group: {_codes(rows)}")
        if len(codes) > 1:
            plain = {row["isco08"] for row in rows if not row["note"]}
            if len(plain) != 1:
                yield _at(
                    rows[-1],
                    f"{title!r} stands in {_codes(rows)}: {len(plain)} of them without a note, not one",
                )


def check_skills(rows: Sequence[Row], shared: Sequence[Row] = ()) -> Iterator[Finding]:
    """Slugs, labels, kinds, groups, one ESCO skill for one skill, no alias in two skills without a reason.

    shared   alias, lang, skills (separated by |), reason: aliases that are meant to stand in several skills
    """
    names: dict[str, dict[str, Row]] = defaultdict(dict)
    ids: dict[str, Row] = {}
    uris: dict[str, Row] = {}
    for row in rows:
        if shape := _shape(row):
            yield shape
            continue
        skill = row["id"]
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", skill):
            yield _at(row, f"id {skill!r} is no slug")
        if skill in ids:
            yield _at(row, f"id {skill} also in {_place(ids[skill])}")
        ids[skill] = row
        if not row["label_id"] or not row["label_en"]:
            yield _at(row, f"{skill} lacks a label")
        if row["kind"] not in SKILL_KINDS or row["group"] not in SKILL_GROUPS:
            yield _at(row, f"{skill}: kind {row['kind']!r} or group {row['group']!r} is not in use")
        if row["esco"]:
            if not _UUID.fullmatch(row["esco"]):
                yield _at(row, f"{skill}: {row['esco']!r} is no ESCO identifier")
            if row["esco"] in uris:
                yield _at(row, f"{skill} and {uris[row['esco']]['id']} correspond to the same ESCO skill")
            uris[row["esco"]] = row
        for name in _names(row):
            names[_key(name)][skill] = row
            if _key(name) in BENEFITS:
                yield _at(row, f"{name!r} is a benefit of adverts, not a name of {skill}")
    yield from _shared_names(names, shared)
    if len(ids) < LEAST_SKILLS:
        yield Finding("skills", 0, f"{len(ids)} skills, fewer than {LEAST_SKILLS}")
    yield Finding("skills", 0, f"{len(uris)} of {len(ids)} skills correspond to an ESCO skill", "note")


def _shared_names(names: Mapping[str, Mapping[str, Row]], shared: Sequence[Row]) -> Iterator[Finding]:
    allowed = {_key(row["alias"]): row for row in shared}
    for name, by in names.items():
        if len(by) < 2:
            continue
        row = allowed.get(name)
        if row is None:
            yield _at(list(by.values())[-1], f"{name!r} is a name of {', '.join(sorted(by))}")
        elif set(row["skills"].split("|")) != set(by) or not row["reason"]:
            yield _at(row, f"{name!r} is a name of {', '.join(sorted(by))}: the row differs or has no reason")
    for row in shared:
        if len(names.get(_key(row["alias"]), ())) < 2:
            yield _at(row, f"{row['alias']!r} is not shared: drop the row")


def check_links(rows: Sequence[Row], *, codes: Iterable[str], skills: Sequence[Row]) -> Iterator[Finding]:
    """10 to 20 skills a unit group, 4 to 10 of them essential, known codes, no skill without a unit group.

    Languages and transversal skills may be without one: any occupation may ask for them.
    """
    known, of = set(codes), {row["id"]: row for row in skills}
    by: dict[str, list[Row]] = defaultdict(list)
    linked = set()
    for row in rows:
        if shape := _shape(row):
            yield shape
            continue
        if row["isco08"] not in known:
            yield _at(row, f"{row['isco08']!r} is no unit group of the titles")
        if row["skill"] not in of:
            yield _at(row, f"{row['skill']!r} is no skill")
        if row["relation"] not in ("essential", "useful"):
            yield _at(row, f"relation {row['relation']!r} is neither essential nor useful")
        if any(other["skill"] == row["skill"] for other in by[row["isco08"]]):
            yield _at(row, f"{row['isco08']} has {row['skill']} twice")
        by[row["isco08"]].append(row)
        linked.add(row["skill"])
    for code in UNIT_GROUPS:
        essential = sum(row["relation"] == "essential" for row in by[code])
        if len(by[code]) not in LINKS:
            yield Finding("links", 0, f"{code} has {len(by[code])} skills, not 10 to 20")
        if essential not in ESSENTIAL_LINKS:
            yield Finding("links", 0, f"{code} has {essential} essential skills, not 4 to 10")
    for skill, row in of.items():
        if skill not in linked and row["kind"] not in EVERYWHERE:
            yield _at(row, f"no unit group has the skill {skill}")


def check_groups(rows: Sequence[Row]) -> Iterator[Finding]:
    """The 10 major, 43 sub-major and 130 minor groups, each with a label in both languages."""
    wanted = {code[:n] for code in UNIT_GROUPS for n in (1, 2, 3)}
    seen: Counter[str] = Counter(row["code"] for row in rows)
    for row in rows:
        if shape := _shape(row):
            yield shape
        elif row["code"] not in wanted or seen[row["code"]] > 1:
            yield _at(row, f"{row['code']!r} is no group of ISCO-08, or stands twice")
        elif not row["label_id"] or not row["label_en"]:
            yield _at(row, f"{row['code']} lacks a label")
    for code in sorted(wanted - set(seen)):
        yield Finding("groups/isco08.csv", 0, f"the group {code} is missing")


def check_industries(rows: Sequence[Row]) -> Iterator[Finding]:
    """The 21 sections and 88 divisions of ISIC Rev.4 and KBLI 2020, each in its section, no alias in two."""
    section_of: dict[str, str] = {}
    for part in _DIVISIONS.split():
        letter, first, last = part.replace("-", ":").split(":")
        section_of[letter] = letter
        section_of |= {f"{number:02d}": letter for number in range(int(first), int(last) + 1)}
    seen: set[str] = set()
    aliases: dict[tuple[str, str], Row] = {}
    for row in rows:
        if shape := _shape(row):
            yield shape
            continue
        code = row["code"]
        if section_of.get(code) != row["section"] or code in seen:
            yield _at(row, f"{code!r} is no code of section {row['section']!r}, or stands twice")
        seen.add(code)
        if not row["label_id"] or not row["label_en"]:
            yield _at(row, f"{code} lacks a label")
        for alias in _split(row["aliases_id"]):
            other = aliases.setdefault((row["level"], _key(alias)), row)
            if other is not row:
                yield _at(row, f"{alias!r} is an alias of {other['code']} and of {code}")
    for code in sorted(set(section_of) - seen):
        yield Finding("industries.csv", 0, f"the code {code} is missing")


def check_country(folder: Traversable) -> Iterator[Finding]:
    """Regions: 38 provinces, 514 regencies and cities, codes of both systems, parents; education: levels."""
    regions = _table(folder / "regions.csv")
    provinces = {row["code"] for row in regions if row["level"] == "province"}
    below = [row for row in regions if row["level"] in ("regency", "city")]
    if len(provinces) != 38 or len(below) != 514 or len(regions) != 552:
        found = f"{len(provinces)} provinces, {len(below)} regencies and cities"
        yield Finding("regions.csv", 0, f"{found}, not 38 and 514")
    for name, form in (("code", r"\d\d(\.\d\d)?"), ("bps_code", r"\d\d(\d\d)?")):
        seen: Counter[str] = Counter(row[name] for row in regions if row[name])
        for row in regions:
            if row[name] and (not re.fullmatch(form, row[name]) or seen[row[name]] > 1):
                yield _at(row, f"{name} {row[name]!r} is malformed or stands twice")
    for row in regions:
        is_province = row["level"] == "province"
        if not row["code"] or not row["name"] or (not is_province and row["parent"] not in provinces):
            yield _at(row, f"{row['code']!r} lacks its code, its name or its province")
        elif not is_province and not row["code"].startswith(row["parent"] + "."):
            yield _at(row, f"{row['code']} does not lie in {row['parent']}")
        if not row["bps_code"]:
            yield _at(row, f"{row['name']} has no code of the statistics office", "note")
    levels = _table(folder / "education.csv")
    codes: Counter[str] = Counter(row["code"] for row in levels)
    for row in levels:
        if codes[row["code"]] > 1 or not row["label_id"] or not row["label_en"]:
            yield _at(row, f"{row['code']!r} stands twice or lacks a label")
        if row["isced2011"] not in tuple("012345678") or not row["rank"].isdigit():
            yield _at(row, f"{row['code']}: ISCED level {row['isced2011']!r} or rank {row['rank']!r}")
        if row["kkni"] and row["kkni"] not in tuple("123456789"):
            yield _at(row, f"{row['code']}: KKNI level {row['kkni']!r}")


# -- any scheme --------------------------------------------------------------------------------------------


def check_scheme(scheme: Scheme) -> list[Finding]:
    """Findings about a scheme; `line` is the row of its table, from 1.

    Errors: an id that is empty or stands twice, a concept without any label, a parent that is no concept or
    lies on a circle, a unit group that ISCO-08 does not have, a relation that starts outside the scheme or
    stands twice. Notes: counts that differ from the description, concepts without parent or description.
    """
    file = f"{scheme.name} {scheme.info.version}"
    out: list[Finding] = []
    ids = scheme.ids
    parents = dict(zip(ids, scheme.column("parent"), strict=True))
    labels = list(zip(scheme.column("label_id"), scheme.column("label_en"), strict=True))
    groups = set(UNIT_GROUPS)
    seen: set[str] = set()
    rows = zip(ids, labels, scheme.column("isco08"), strict=True)
    for line, (concept, pair, units) in enumerate(rows, start=1):
        if not concept or concept in seen:
            out.append(Finding(file, line, f"the id {concept!r} is empty or stands twice"))
        seen.add(concept)
        if not any(pair):
            out.append(Finding(file, line, f"{concept} has no label"))
        parent = parents[concept]
        if parent is not None and parent not in parents:
            out.append(Finding(file, line, f"{concept}: the parent {parent!r} is no concept"))
        elif _on_circle(concept, parents):
            out.append(Finding(file, line, f"{concept} is above itself"))
        wrong = [u for u in units or () if u not in groups]
        out += [Finding(file, line, f"{concept}: {u!r} is no unit group") for u in wrong]
    pairs: Counter[tuple[str, str, str]] = Counter(
        zip(*(scheme.relations.column(n).to_pylist() for n in ("source", "relation", "target")), strict=True)
    )
    for line, ((source, relation, target), times) in enumerate(pairs.items(), start=1):
        if source not in seen or not target or times > 1:
            words = f"relation {source} {relation} {target}"
            out.append(Finding(file, line, f"{words}: from no concept, to nothing, or twice"))
        elif relation == "broader" and target not in seen:
            out.append(Finding(file, line, f"relation {source} broader {target}: to no concept"))
    if (len(ids), scheme.relations.num_rows) != (scheme.info.concepts, scheme.info.relations):
        found = f"{len(ids)} concepts, {scheme.relations.num_rows} relations"
        out.append(Finding(file, 0, f"{found}: not as the scheme is described", "note"))
    texts = zip(scheme.column("description_id"), scheme.column("description_en"), strict=True)
    bare = sum(1 for pair in texts if not any(pair))
    if bare:
        out.append(Finding(file, 0, f"{bare} of {len(ids)} concepts have no description", "note"))
    return out


def _on_circle(concept: str, parents: Mapping[str, str | None]) -> bool:
    steps, above = 0, parents.get(concept)
    while above is not None and above != concept and steps < 50:
        above, steps = parents.get(above), steps + 1
    return above == concept or steps == 50


# -- rows --------------------------------------------------------------------------------------------------


def _table(path: Traversable) -> list[dict[str, str]]:
    # not opened with newline="": a Traversable cannot, and no cell of these tables holds a line break
    with path.open("r", encoding="utf-8") as handle:
        rows = enumerate(csv.DictReader(handle), start=2)
        return [{**row, "file": path.name, "line": str(line)} for line, row in rows]


def _shape(row: Row) -> Finding | None:
    """A row with too many or too few cells."""
    if None in {*row, *row.values()}:
        return _at(row, "the row has more or fewer cells than the headings")
    return None


def _at(row: Row, what: str, severity: Severity = "error") -> Finding:
    return Finding(row.get("file", ""), int(row.get("line", 0)), what, severity)


def _place(row: Row) -> str:
    return f"{row['file']} line {row['line']}"


def _names(row: Row) -> list[str]:
    return [row["label_id"], row["label_en"], *_split(row["alt_id"]), *_split(row["alt_en"])]


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


def _key(text: str) -> str:
    return " ".join(text.casefold().split())


def _codes(rows: Sequence[Row]) -> str:
    return ", ".join(f"{row['isco08']} ({_place(row)})" for row in rows)
