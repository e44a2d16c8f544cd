"""National tables of Indonesia -> schemes: KBJI (occupations), KBLI with ISIC (industries), SKKNI (units).

The publications are books and web pages; what circulates are tables of code and title, CSV or XLSX. Headings
are read in Indonesian or English. Codes are text; what a spreadsheet did to them (lost zeros, lost dots) is
repaired where another column tells, counted in the notes, and an error otherwise.

    KBJI    "7212.01" jabatan, 1 to 4 digits for the groups above; level is the number of digits ISCO-08 from
            the column isco08_code, else the first four digits; KBJI 2014 divides the unit groups of the armed
            forces (0111 … 0115 and so on) and counts the police there: 01xx, 02xx, 03xx are ISCO 0110, 0210,
            0310
    KBLI    section letter, 2 to 5 digits; letters differ by edition (2020 A-U, 2025 A-V), any is taken;
            ISIC Rev.4 from the column isic4_code, else, before 2025, the same code where ISIC has it
    SKKNI   unit code "M.702090.001.01"; "M74DKV13.015.3" lacks its first dot and gets it
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from padan.errors import InputError
from padan.taxonomy.scheme import Scheme
from padan.taxonomy.sources import Columns, ImportResult, RowErrors, SourceFiles, make_scheme
from padan.taxonomy.starter_pack import starter

__all__ = ["import_kbji", "import_kbli", "import_skkni"]

_TABLE = {
    "code": ("code", "kode", "kode kbji", "kode kbli", "kbji", "kbli", "kode jabatan"),
    "title": (
        "title_id",
        "judul",
        "nama jabatan",
        "jabatan",
        "judul jabatan",
        "judul kbli",
        "uraian judul",
        "title",
        "nama",
    ),
    "description": (
        "description_id",
        "deskripsi",
        "uraian",
        "uraian jabatan",
        "uraian kegiatan",
        "description",
    ),
    "digits": ("digits", "digit", "jumlah digit"),
    "isco": ("isco08_code", "isco08", "isco 08", "kode isco", "isco"),
    "isco_title": ("isco08_title_en",),
    "parent": ("parent_code", "kode induk"),
    "section": ("section", "kategori"),
    "isic": ("isic4_code", "isic4", "isic rev 4", "kode isic"),
    "isic_title": ("isic4_title_en",),
}
_ISIC = {
    "code": ("code", "class", "kode"),
    "title": ("title_en", "description", "title"),
    "section": ("section",),
}
_SKKNI = {
    "code": ("unit_code", "kode unit", "kode unit kompetensi", "kode"),
    "title": ("unit_title_id", "judul unit", "judul unit kompetensi", "unit kompetensi", "judul"),
    "sector": ("sector", "sektor"),
    "standard": ("skkni_title", "judul skkni", "skkni"),
    "decree": ("decree", "nomor keputusan", "kepmenaker"),
    "year": ("year", "tahun"),
}
_ARMED = re.compile(r"0([123])\d\d")


def import_kbji(source: SourceFiles, version: str | None, imported: str | None) -> ImportResult:
    """KBJI of one edition: a table with code and title of the jabatan, with or without the groups above."""
    notes: Counter[str] = Counter()
    name = _pick(source, "kbji", version)
    table = source.columns(name, _TABLE, required=["code", "title"])
    codes = _codes(
        table, notes, r"\d{1,4}|\d{4}\.\d\d", dotted=True, example="7212.01, or 1 to 4 digits of a group"
    )
    known = set(codes)
    groups = {c for c in starter("isco08").ids if len(c) == 4}
    isco = []
    for code, given in zip(codes, table["isco"], strict=True):
        unit = _unit_group(given or code)
        if len(code) >= 4 and unit not in groups:
            notes["codes without an ISCO-08 unit group"] += 1
        isco.append([unit] if len(code) >= 4 and unit in groups else [])
    english = [
        t if len(c) <= 4 and c == i else None
        for c, i, t in zip(codes, table["isco"], table["isco_title"], strict=True)
    ]
    concepts: dict[str, list[Any]] = {
        "id": codes,
        "code": codes,
        "level": [len(c.replace(".", "")) for c in codes],
        "parent": [_above(c, known) for c in codes],
        "label_id": table["title"],
        "label_en": english,
        "description_id": table["description"],
        "group": [c[0] for c in codes],
        "isco08": isco,
    }
    at = _edition(source, name, "KBJI", version)
    licence = "© BPS, Kemnaker"
    return ImportResult(
        [make_scheme("kbji", at, source, licence, concepts=concepts, imported=imported)], _counted(notes)
    )


def import_kbli(source: SourceFiles, version: str | None, imported: str | None) -> ImportResult:
    """KBLI of one edition, and ISIC Rev.4 where isic4.csv lies in the folder or beside the file."""
    notes: Counter[str] = Counter()
    name = _pick(source, "kbli", version)
    table = source.columns(name, _TABLE, required=["code", "title"])
    codes = _codes(table, notes, r"[A-Z]|\d{2,5}", dotted=False, example="a section letter, or 2 to 5 digits")
    known = set(codes)
    schemes = []
    beside = source if source.find("isic4") else _beside(source, "isic4.csv")
    classes: set[str] = set()
    if beside is not None:
        isic = _isic(beside, imported)
        schemes.append(isic)
        classes = set(isic.ids)
    else:
        notes["no isic4.csv: the scheme isic was not built"] = 1
    at = _edition(source, name, "KBLI", version)
    sections = _sections(codes, table["section"], table["parent"])
    parents = [
        _above(c, known) or (s if len(c) > 1 and s in known else None)
        for c, s in zip(codes, sections, strict=True)
    ]
    isic4 = []
    for code, given in zip(codes, table["isic"], strict=True):
        # Rev.4 is the base of the editions before 2025; later codes need the column
        same = code[:4] if not table.has("isic") and at < "2025" and code[:4] in classes else None
        target = given or same
        if target is not None and classes and target not in classes:
            notes["codes whose ISIC code is not in isic4.csv"] += 1
            target = None
        elif target is None:
            notes["codes without an ISIC code"] += 1
        isic4.append(target)
    concepts: dict[str, list[Any]] = {
        "id": codes,
        "code": codes,
        "level": [len(c) for c in codes],
        "parent": parents,
        "label_id": table["title"],
        "label_en": [
            t if c == i else None for c, i, t in zip(codes, table["isic"], table["isic_title"], strict=True)
        ],
        "description_id": table["description"],
        "group": sections,
        "isic4": isic4,
    }
    schemes.insert(0, make_scheme("kbli", at, source, "© BPS", concepts=concepts, imported=imported))
    return ImportResult(schemes, _counted(notes))


def _isic(source: SourceFiles, imported: str | None) -> Scheme:
    table = source.columns(source.find("isic4")[0], _ISIC, required=["code", "title"])
    codes = _codes(
        table, Counter(), r"[A-Z]|\d{2,4}", dotted=False, example="a section letter, or 2 to 4 digits"
    )
    known = set(codes)
    sections = _sections(codes, table["section"], [None] * len(codes))
    concepts: dict[str, list[Any]] = {
        "id": codes,
        "code": codes,
        "level": [len(c) for c in codes],
        "parent": [
            _above(c, known) or (s if len(c) > 1 and s in known else None)
            for c, s in zip(codes, sections, strict=True)
        ],
        "label_en": table["title"],
        "group": sections,
        "isic4": codes,
    }
    return make_scheme("isic", "4", source, "United Nations", concepts=concepts, imported=imported)


def import_skkni(source: SourceFiles, version: str | None, imported: str | None) -> ImportResult:
    """SKKNI units; the version is the latest year in the table unless one is given.

    Of a unit that stands twice the newer stays.
    """
    notes: Counter[str] = Counter()
    name = _pick(source, "skkni_units", version) if source.path.is_dir() else source.names()[0]
    table = source.columns(name, _SKKNI, required=["code", "title"])
    errors = RowErrors(table.file)
    newest: dict[str, tuple[str, int]] = {}
    for row, (line, code, title) in enumerate(zip(table.lines, table["code"], table["title"], strict=True)):
        if not code or not title:
            errors.add(line, "a unit without code or title", field="unit_code")
            continue
        mended = _unit_code(code, notes)
        year = table["year"][row] or ""
        if mended in newest:
            notes["units that stand twice, the newer was kept"] += 1
        if mended not in newest or year > newest[mended][0]:
            newest[mended] = (year, row)
    errors.report(hint="every row needs the code and the title of a unit")
    rows = [row for _, row in newest.values()]
    years = [y for y, _ in newest.values() if re.fullmatch(r"\d{4}", y)]
    if version is None and not years:
        raise InputError(
            f"{table.file} has no years", hint="add --version, for example 2025", field="version"
        )
    about = [
        " ".join(
            p for p in (table["standard"][r], f"({table['decree'][r]})" if table["decree"][r] else None) if p
        )
        for r in rows
    ]
    concepts: dict[str, list[Any]] = {
        "id": list(newest),
        "code": list(newest),
        "label_id": [table["title"][r] for r in rows],
        "description_id": [text or None for text in about],
        "kind": ["unit"] * len(rows),
        "group": [table["sector"][r] for r in rows],
    }
    licence = "Kemnaker, keputusan menteri"
    return ImportResult(
        [make_scheme("skkni", version or max(years), source, licence, concepts=concepts, imported=imported)],
        _counted(notes),
    )


def _pick(source: SourceFiles, word: str, version: str | None) -> str:
    """The table of that name in the source; of several editions the one that is asked for."""
    names = [n for n in source.names() if word in n] or (source.names() if len(source.names()) == 1 else [])
    if version is not None and len(names) > 1:
        names = [n for n in names if version in n]
    if len(names) != 1:
        many = f"several tables of {word}: {', '.join(names)}" if names else f"no table named {word}…"
        raise InputError(
            f"{source.path.name} holds {many}",
            hint="give the file itself, or its edition with --version",
            field="path",
        )
    return names[0]


def _beside(source: SourceFiles, name: str) -> SourceFiles | None:
    place = source.path.parent / name
    return SourceFiles(place) if source.path.is_file() and place.is_file() else None


def _edition(source: SourceFiles, name: str, word: str, version: str | None) -> str:
    """The year of the edition: as given, else from the name of the file, of its zip or of its folder."""
    if version:
        return version
    for text in (name, source.path.name, *source.places(), source.path.resolve().parent.name):
        found = re.search(rf"(?i){word}\D{{0,8}}((?:19|20)\d\d)", text)
        if found:
            return found[1]
    raise InputError(
        f"{source.path.name} does not say which edition of {word} it is",
        hint="add --version, for example 2020",
        field="version",
    )


def _codes(table: Columns, notes: Counter[str], pattern: str, *, dotted: bool, example: str) -> list[str]:
    """The codes as they should be, zeros and dots put back where the table tells.

    Raises InputError for all bad rows together.
    """
    errors = RowErrors(table.file)
    out: list[str] = []
    seen: set[str] = set()
    for line, given, digits, title in zip(
        table.lines, table["code"], table["digits"], table["title"], strict=True
    ):
        code = re.sub(r"\s+", "", given or "").upper()
        if (digits or "").isdigit() and code.replace(".", "").isdigit():
            whole, _, tail = code.partition(".")
            code = whole.zfill(int(digits) - len(tail)) + (f".{tail}" if tail else "")
        if dotted and re.fullmatch(r"\d{6}", code):
            code = f"{code[:4]}.{code[4:]}"
        if not re.fullmatch(pattern, code):
            errors.add(line, f"{given!r} is no code", field="code")
        elif not title:
            errors.add(line, f"{code} has no title", field="title")
        elif code in seen:
            errors.add(line, f"{code} stands twice", field="code")
        elif code != given:
            notes["codes repaired (zeros, dots, spaces)"] += 1
        seen.add(code)
        out.append(code)
    errors.report(
        hint=f"codes are {example}; keep them as text in the spreadsheet, so that leading zeros stay"
    )
    return out


def _unit_group(code: str) -> str:
    """First four digits, the armed forces of KBJI in the three unit groups that ISCO-08 has."""
    unit: str = code[:4]
    armed = _ARMED.fullmatch(unit)
    return f"0{armed[1]}10" if armed else unit


def _above(code: str, known: set[str]) -> str | None:
    """The nearest group above a code that the table has."""
    digits = code.replace(".", "")
    cuts: Iterable[int] = (4, 3, 2, 1) if "." in code else range(len(digits) - 1, 0, -1)
    return next((digits[:cut] for cut in cuts if digits[:cut] in known), None)


def _sections(
    codes: Sequence[str], given: Sequence[str | None], parents: Sequence[str | None]
) -> list[str | None]:
    """Section of each code: its column, the parent of its division, or the letter last seen above it."""
    by_division = {c[:2]: p for c, p in zip(codes, parents, strict=True) if p and re.fullmatch(r"[A-Z]", p)}
    out: list[str | None] = []
    last: str | None = None
    for code, said in zip(codes, given, strict=True):
        last = code if code.isalpha() else last
        letter = said if re.fullmatch(r"[A-Z]", said or "") else None
        out.append(code if code.isalpha() else letter or by_division.get(code[:2]) or last)
    return out


def _unit_code(code: str, notes: Counter[str]) -> str:
    mended = re.sub(r"\s+", "", code).upper()
    mended = re.sub(r"^([A-Z])(\d{2}[A-Z0-9]{3,6}\.)", r"\1.\2", mended)
    if mended != code:
        notes["codes repaired (dots, spaces, capitals)"] += 1
    if not re.fullmatch(r"[A-Z]{1,4}\.[A-Z0-9]{4,8}\.\d{3}\.\d{1,2}", mended):
        notes["codes of an unusual form, kept as they are"] += 1
    return mended


def _counted(notes: Counter[str]) -> dict[str, int]:
    return {k: v for k, v in notes.items() if v}
