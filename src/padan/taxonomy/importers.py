"""Official classifications -> schemes: ESCO and O*NET here, the national tables of Indonesia in `national`.

    result = import_scheme("esco", Path("ESCO dataset - v1.2.0 - classification - en - csv.zip"))
    library.add(result.schemes)
    result.notes        {"relations of an occupation that the export lacks": 67, …}

PATH is the official download (zip, or the folder it unpacks to; a folder may hold several zips) or the
tables of a Parquet or CSV copy. Columns are found by heading, so releases with more columns read the same:

    ESCO    1.1 and 1.2, `occupations_en.csv` or `occupations.csv`; 1.1 has its relations in a second zip
    O*NET   text or Excel; up to 30.2 `Alternate Titles`, `Technology Skills` and `Tools Used`, from 30.3
            `Job Titles` and `Software Skills` instead of the first two

What does not fit is never lost silently: it is an InputError, or dropped with a count in the notes.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from padan.errors import InputError
from padan.taxonomy.national import import_kbji, import_kbli, import_skkni
from padan.taxonomy.sources import Columns, ImportResult, RowErrors, SourceFiles, distinct, make_scheme
from padan.taxonomy.starter_pack import starter

__all__ = ["ImportResult", "import_scheme"]

ESCO_LICENCE = "© European Union; this service uses the ESCO classification of the European Commission"
ONET_LICENCE = "CC BY 4.0, U.S. Department of Labor (O*NET), rearranged"

#: (occupations, skills) of an export -> release, for copies whose path does not say it
_ESCO_RELEASES = {(3007, 13896): "1.1.1", (3039, 13939): "1.2.0", (3043, 13960): "1.2.1"}
#: (occupations, tasks, technology and tools) -> release
_ONET_RELEASES = {(1016, 18796, 32627 + 41662): "29.2"}


def import_scheme(
    name: str, path: Path, *, version: str | None = None, today: date | None = None
) -> ImportResult:
    """Read a classification from a file that the operator has.

    name     esco (gives esco-occupation and esco-skill), onet, kbji, kbli (and isic, where isic4.csv lies
             beside), skkni
    path     official zip or folder, or a Parquet or CSV copy
    version  needed only where neither the path nor the content says it
    today    written to the scheme as the day of import

    Concepts and relations come sorted by id, so equal input gives equal files. Works in memory, about ten
    times the unpacked size. Raises NotFound without the path, InputError for a broken, empty or foreign file.
    """
    readers = {"esco": _esco, "onet": _onet, "kbji": import_kbji, "kbli": import_kbli, "skkni": import_skkni}
    if name not in readers:
        raise InputError(
            f"{name!r} cannot be imported", hint=f"schemes: {', '.join(readers)}", field="scheme"
        )
    return readers[name](SourceFiles(path), version, today.isoformat() if today else None)


# -- ESCO --------------------------------------------------------------------------------------------------

_CONCEPT = {
    "uri": ("conceptUri", "uri"),
    "label": ("preferredLabel", "label"),
    "alt": ("altLabels", "alt_labels"),
    "hidden": ("hiddenLabels", "hidden_labels"),
    "description": ("description",),
    "code": ("code",),
    "isco": ("iscoGroup", "isco_code"),
    "type": ("skillType", "skill_type"),
}
_BROADER = {"child": ("conceptUri", "child_uri"), "parent": ("broaderUri", "parent_uri")}
_OCCUPATION_SKILL = {
    "source": ("occupationUri", "occupation_uri"),
    "relation": ("relationType", "relation"),
    "target": ("skillUri", "skill_uri"),
}
_SKILL_SKILL = {
    "source": ("originalSkillUri", "from_uri"),
    "relation": ("relationType", "relation"),
    "target": ("relatedSkillUri", "to_uri"),
}
_RELATION_HINT = (
    "ESCO 1.1 gives the relations as a second zip, without a language in its name: "
    "put both zips into one folder and give the folder"
)


def _esco(source: SourceFiles, version: str | None, imported: str | None) -> ImportResult:
    notes: Counter[str] = Counter()
    english = {k: _esco_table(source, k) for k in ("occupations", "skills")}
    indonesian = {k: _esco_indonesian(source, k) for k in ("occupations", "skills")}
    occupations, skills = english["occupations"], english["skills"]
    for table in english.values():
        _esco_ids(table)
    at = version or _esco_version(source, len(occupations.lines), len(skills.lines))
    known = {u for u in (*occupations["uri"], *skills["uri"]) if u}
    links = _esco_relations(source, known, notes)
    broader = {
        "occupations": _esco_broader(source, ("broaderRelationsOccPillar", "occupation_hierarchy"), notes),
        "skills": _esco_broader(source, ("broaderRelationsSkillPillar", "skill_hierarchy"), notes),
    }
    drafts = [
        (name, *_esco_concepts(source, kind, english[kind], indonesian[kind], broader[kind], notes))
        for kind, name in (("occupations", "esco-occupation"), ("skills", "esco-skill"))
    ]
    schemes = []
    for name, concepts, parents in drafts:
        inside = set(concepts["id"])
        relations = [link for link in links if link[0] in inside] + parents
        schemes.append(
            make_scheme(
                name, at, source, ESCO_LICENCE, concepts=concepts, relations=relations, imported=imported
            )
        )
    for file in source.names():
        language = re.fullmatch(r"(?:occupations|skills)_([a-z]{2})\.csv", file)
        if language and language[1] not in ("en", "id"):
            notes["files in other languages, not read"] += 1
    return ImportResult(schemes, dict(notes))


def _esco_table(source: SourceFiles, kind: str) -> Columns:
    names = source.find(f"{kind}_en", kind)
    if not names:
        raise InputError(
            f"{source.path.name} holds no {kind}_en.csv",
            hint=f"tables found: {_listed(source.names())}",
            field=kind,
        )
    required = ["uri", "label", "isco" if kind == "occupations" else "type"]
    return source.columns(names[0], _CONCEPT, required=required)


def _esco_ids(table: Columns) -> None:
    """Raise InputError where a concept has no URI or no label, or stands twice."""
    errors = RowErrors(table.file)
    seen: set[str] = set()
    for line, uri, label in zip(table.lines, table["uri"], table["label"], strict=True):
        if not re.match(r"https?://", uri or ""):
            errors.add(line, f"{uri!r} is no URI", field="conceptUri")
        elif uri in seen:
            errors.add(line, f"{uri} stands twice", field="conceptUri")
        elif not label:
            errors.add(line, f"{uri} has no label", field="preferredLabel")
        seen.add(uri or "")
    errors.report(hint="give the official file")


def _esco_indonesian(source: SourceFiles, kind: str) -> Columns | None:
    """The Indonesian file; ESCO publishes none so far."""
    names = source.find(f"{kind}_id")
    return source.columns(names[0], _CONCEPT, required=["uri", "label"]) if names else None


def _esco_version(source: SourceFiles, occupations: int, skills: int) -> str:
    text = _said(source)
    found = re.search(r"(?i)esco.*?v?(\d+\.\d+(?:\.\d+)?)", text) or re.search(
        r"(?i)\besco(\d)(\d)(\d)\b", text
    )
    if found:
        return ".".join(found.groups()) if len(found.groups()) > 1 else found[1]
    known = _ESCO_RELEASES.get((occupations, skills))
    if known is None:
        raise InputError(
            f"{source.path.name} does not say which release of ESCO it is",
            hint="add --version, for example 1.2.0",
            field="version",
        )
    return known


def _esco_relations(source: SourceFiles, known: set[str], notes: Counter[str]) -> list[tuple[str, str, str]]:
    out: list[tuple[str, str, str]] = []
    for stems, wanted, words in (
        (("occupationSkillRelations", "occupation_skill"), _OCCUPATION_SKILL, "occupation-skill"),
        (("skillSkillRelations", "skill_relations"), _SKILL_SKILL, "skill-skill"),
    ):
        names = _esco_find(source, stems)
        if not names:
            if words == "occupation-skill":
                raise InputError(
                    f"{source.path.name} holds no occupationSkillRelations.csv",
                    hint=_RELATION_HINT,
                    field="relations",
                )
            notes["no file of skill-skill relations"] = 1
            continue
        table = source.columns(names[0], wanted, required=list(wanted))
        errors = RowErrors(table.file)
        rows = zip(table.lines, table["source"], table["relation"], table["target"], strict=True)
        for line, start, relation, target in rows:
            if relation not in ("essential", "optional"):
                errors.add(
                    line, f"relation {relation!r} is neither essential nor optional", field="relationType"
                )
            elif start not in known:
                notes[f"{words} relations of a concept that the export lacks"] += 1
            elif target not in known:
                notes[f"{words} relations to a concept that the export lacks"] += 1
            else:
                out.append((start, relation, target))
        errors.report(hint="give the official relation file of the same release")
        if not out:
            raise InputError(
                f"{source.path.name}: no relation joins an occupation and a skill of these tables",
                hint="the relations must be of the same release as the concepts",
            )
    return out


def _esco_broader(source: SourceFiles, stems: Sequence[str], notes: Counter[str]) -> dict[str, list[str]]:
    """Concept -> the concepts and groups right above it, sorted."""
    names = _esco_find(source, stems)
    if not names:
        notes[f"no file {stems[0]}"] = 1
        return {}
    table = source.columns(names[0], _BROADER, required=["child", "parent"])
    out: dict[str, list[str]] = defaultdict(list)
    for child, parent in sorted(
        {(c, p) for c, p in zip(table["child"], table["parent"], strict=True) if c and p}
    ):
        out[child].append(parent)
    return out


def _esco_find(source: SourceFiles, stems: Sequence[str]) -> list[str]:
    official = stems[0].lower()
    return source.find(f"{official}_en", official, *(s.lower() for s in stems[1:]))


def _esco_concepts(
    source: SourceFiles,
    kind: str,
    english: Columns,
    indonesian: Columns | None,
    broader: dict[str, list[str]],
    notes: Counter[str],
) -> tuple[dict[str, list[Any]], list[tuple[str, str, str]]]:
    seen = set(english["uri"])
    ids = english["uri"]
    parents = [(c, "broader", p) for c in ids for p in broader.get(c, ()) if p in seen]
    for child, above in broader.items():
        # groups of ISCO and of skills are no concepts of the scheme but its columns `isco08` and `group`
        lost = sum(1 for p in above if p not in seen and ("/esco/occupation/" in p))
        if child not in seen and "/esco/occupation/" in child:
            lost = len(above)
        if lost:
            notes["broader relations of an occupation that the export lacks"] += lost
    first = {child: parent for child, _, parent in reversed(parents)}
    labels = [_lines(a) for a in english["alt"]]
    hidden = [_lines(a) for a in english["hidden"]]
    concepts: dict[str, list[Any]] = {
        "id": ids,
        "code": english["code"],
        "parent": [first.get(c) for c in ids],
        "label_en": english["label"],
        "alt_en": [
            distinct(a, h, without=p) for a, h, p in zip(labels, hidden, english["label"], strict=True)
        ],
        "description_en": english["description"],
    }
    concepts |= _in_indonesian(ids, indonesian)
    if kind == "occupations":
        errors = RowErrors(english.file)
        isco = [_isco(code) for code in english["isco"]]
        for line, code, given in zip(english.lines, isco, english["isco"], strict=True):
            if not code:
                errors.add(line, f"{given!r} is no ISCO-08 unit group", field="iscoGroup")
        errors.report(hint="four digits, for example 2654")
        concepts["isco08"] = [[c] for c in isco]
        # 2654.1.7 lies two levels below the unit group, so level 6
        concepts["level"] = [4 + (c or "").count(".") if c else None for c in english["code"]]
        concepts["group"] = [c[:1] if c else None for c in isco]
    else:
        concepts["kind"] = [
            {"skill/competence": "skill", "attitude": "skill"}.get(k or "", k) for k in english["type"]
        ]
        concepts["group"] = _skill_groups(source, ids, broader)
    return concepts, parents


def _in_indonesian(ids: list[str], table: Columns | None) -> dict[str, list[Any]]:
    if table is None:
        return {}
    rows = zip(table["uri"], table["label"], table["alt"], table["hidden"], table["description"], strict=True)
    by = {u: (label, distinct(_lines(a), _lines(h), without=label), text) for u, label, a, h, text in rows}
    nothing: tuple[None, list[str], None] = (None, [], None)
    found = [by.get(c, nothing) for c in ids]
    return {
        "label_id": [f[0] for f in found],
        "alt_id": [f[1] for f in found],
        "description_id": [f[2] for f in found],
    }


def _skill_groups(source: SourceFiles, ids: list[str], broader: dict[str, list[str]]) -> list[str | None]:
    """Code of the nearest group above each skill (S1.8.1, an ISCED-F field 0613 …), the first of several."""
    names = source.find("skillgroups_en", "skillgroups", "skill_groups")
    if not names:
        return [None] * len(ids)
    table = source.columns(names[0], _CONCEPT, required=["uri"])
    # the export leaves the code of fields of education empty: it is the end of their URI
    code = {u: c or u.rsplit("/", 1)[1] for u, c in zip(table["uri"], table["code"], strict=True) if u}
    out: list[str | None] = []
    for concept in ids:
        layer, seen = [concept], {concept}
        while layer:
            above = [p for c in layer for p in broader.get(c, ()) if p not in seen]
            found = sorted(code[p] for p in above if p in code)
            if found:
                break
            seen.update(above)
            layer = above
        out.append(found[0] if layer else None)
    return out


def _lines(cell: Any) -> list[str]:
    """Labels of a cell: a list of Parquet, or lines of the official CSV."""
    if isinstance(cell, list):
        return [str(text) for text in cell]
    return [t for t in (part.strip() for part in str(cell or "").splitlines()) if t]


def _isco(code: str | None) -> str | None:
    """ "C2654", "2654" and 110 (a spreadsheet's 0110) -> four digits; None for anything else."""
    found = re.fullmatch(r"(?i)C?(\d{3,4})", code or "")
    return found[1].zfill(4) if found else None


def _said(source: SourceFiles) -> str:
    """Names that may carry the release: of the path, the folder it lies in, folders and zips inside."""
    whole = source.path.resolve()
    return " ".join([whole.name, *source.places(), whole.parent.name])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:15]) + (" …" if len(names) > 15 else "")


# -- O*NET -------------------------------------------------------------------------------------------------

_SOC = ("O*NET-SOC Code", "onetsoc_code", "soc")
#: part -> (names of the file, heading of the text, relation it becomes)
_ONET_TITLES = {
    "alternate": (
        ("alternate titles", "job titles", "alternate_titles"),
        ("Alternate Title", "Job Title", "alt_title"),
    ),
    "reported": (("sample of reported titles", "reported_titles"), ("Reported Job Title", "reported_title")),
}
_ONET_TOOLS = {
    "technology": (
        ("technology skills", "software skills", "technology_skills"),
        ("Example", "Workplace Example"),
    ),
    "tool": (("tools used", "tools_used"), ("Example", "Workplace Example")),
}


def _onet(source: SourceFiles, version: str | None, imported: str | None) -> ImportResult:
    notes: Counter[str] = Counter()
    names = source.find("occupation data", "occupation_data", "occupations")
    if not names:
        raise InputError(
            f"{source.path.name} holds no 'Occupation Data.txt'",
            hint=f"tables found: {_listed(source.names())}",
        )
    table = source.columns(
        names[0],
        {"soc": _SOC, "title": ("Title",), "description": ("Description",)},
        required=["soc", "title"],
    )
    errors = RowErrors(table.file)
    for line, soc, title in zip(table.lines, table["soc"], table["title"], strict=True):
        if not re.fullmatch(r"\d\d-\d{4}\.\d\d", soc or ""):
            errors.add(line, f"{soc!r} is no O*NET-SOC code such as 53-7051.00", field=_SOC[0])
        elif not title:
            errors.add(line, f"{soc} has no title", field="Title")
    errors.report(hint="give the official 'Occupation Data' file")
    ids: list[str] = table["soc"]
    if len(set(ids)) < len(ids):
        raise InputError(f"{table.file}: a code stands twice", field=_SOC[0])
    titles = {part: _onet_texts(source, part, *of, ids=ids, notes=notes) for part, of in _ONET_TITLES.items()}
    tasks = _onet_texts(source, "task", ("task statements", "tasks"), ("Task",), ids=ids, notes=notes)
    relations = [
        (soc, part, text)
        for part, of in _ONET_TOOLS.items()
        for soc, texts in _onet_texts(source, part, *of, ids=ids, notes=notes).items()
        for text in texts
    ]
    isco = _onet_isco(source, ids, notes)
    descriptions = zip(ids, table["description"], strict=True)
    at = version or _onet_version(source, (len(ids), sum(map(len, tasks.values())), len(relations)))
    scheme = make_scheme(
        "onet",
        at,
        source,
        ONET_LICENCE,
        concepts={
            "id": ids,
            "code": ids,
            "label_en": table["title"],
            "alt_en": [
                distinct(titles["alternate"].get(c), titles["reported"].get(c), without=t)
                for c, t in zip(ids, table["title"], strict=True)
            ],
            "description_en": [
                "\n".join([d or "", *tasks.get(c, ())]).strip() or None for c, d in descriptions
            ],
            "group": [c[:2] for c in ids],
            "isco08": [isco.get(c, []) for c in ids],
        },
        relations=relations,
        imported=imported,
    )
    return ImportResult([scheme], dict(notes))


def _onet_texts(
    source: SourceFiles,
    part: str,
    files: Sequence[str],
    headings: Sequence[str],
    *,
    ids: Sequence[str],
    notes: Counter[str],
) -> dict[str, list[str]]:
    """Occupation -> texts of one table, as they stand; the short title of a lay title follows it."""
    names = source.find(*files)
    if not names:
        notes[f"no table of {part} texts"] = 1
        return {}
    wanted = {"soc": _SOC, "text": tuple(headings), "short": ("Short Title", "short_title")}
    table = source.columns(names[0], wanted, required=["soc", "text"])
    known = set(ids)
    out: dict[str, list[str]] = defaultdict(list)
    for soc, text, short in zip(table["soc"], table["text"], table["short"], strict=True):
        if soc not in known:
            notes[f"{part} texts of an occupation that the table lacks"] += 1
            continue
        out[soc] += [t for t in (text, short) if t and t.lower() != "n/a"]
    return out


def _onet_isco(source: SourceFiles, ids: Sequence[str], notes: Counter[str]) -> dict[str, list[str]]:
    """Occupation -> ISCO-08 unit groups through SOC 2010, whole matches before partial ones; all are kept.

    O*NET is on SOC 2018 since release 25.1: codes that changed since 2010 have no unit group and are counted.
    """
    names = source.find("crosswalk_isco_soc2010")
    if not names:
        notes["no table crosswalk_isco_soc2010: no unit groups"] = 1
        return {}
    wanted = {"isco": ("isco_code",), "soc": ("soc2010",), "part": ("part",)}
    table = source.columns(names[0], wanted, required=["isco", "soc"])
    groups = {c for c in starter("isco08").ids if len(c) == 4}
    by: dict[str, set[tuple[bool, str]]] = defaultdict(set)
    for isco, soc, part in zip(table["isco"], table["soc"], table["part"], strict=True):
        code = _isco(isco)
        if code is not None and code in groups and soc:
            by[soc].add(((part or "").lower() == "true", code))
        else:
            notes["crosswalk rows without a unit group or SOC code"] += 1
    out = {c: distinct([code for _, code in sorted(by.get(c[:7], ()))]) for c in ids}
    notes["occupations without a unit group"] = sum(1 for codes in out.values() if not codes)
    return out


def _onet_version(source: SourceFiles, counts: tuple[int, int, int]) -> str:
    found = re.search(r"(?i)(?:db_|onet[ _-]?v?)(\d\d)[_.](\d)", _said(source))
    if found:
        return f"{found[1]}.{found[2]}"
    for name in source.find("read me", "readme"):
        said = re.search(r"O\*NET\D{0,3}(\d\d\.\d) Database", source.text(name))
        if said:
            return said[1]
    known = _ONET_RELEASES.get(counts)
    if known is None:
        raise InputError(
            f"{source.path.name} does not say which release of O*NET it is",
            hint="add --version, for example 30.3",
            field="version",
        )
    return known
