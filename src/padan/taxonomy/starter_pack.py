"""The starter pack: our own tables of job titles, skills and links, in Indonesian and English, as schemes.

    starter/titles/*.csv    isco08, lang, title, kind (label | alias), note
    starter/skills/*.csv    id, label_id, label_en, alt_id, alt_en, kind, group, esco
    starter/links/*.csv     isco08, skill, relation (essential | useful)
    starter/industries.csv  ISIC Rev.4 and KBLI sections and divisions

Plain tables that a labour officer can read and correct; `padan taxonomy check` proves them. Licence CC BY
4.0.
"""

from __future__ import annotations

import csv
import hashlib
from functools import cache
from importlib.resources import files

import pyarrow as pa

from padan._version import __version__
from padan.taxonomy.scheme import CONCEPTS, RELATIONS, Scheme, SchemeInfo

__all__ = ["ESCO_SKILL_URI", "read_rows", "starter", "starter_digest", "starter_esco"]

ESCO_SKILL_URI = "http://data.europa.eu/esco/skill/"
_SOURCE = "starter pack of Padan, CC BY 4.0"


@cache
def read_rows(folder: str) -> tuple[dict[str, str], ...]:
    """All rows of the CSV files of a folder of the starter pack, files in name order; `file` and `line` are
    added.
    """
    out: list[dict[str, str]] = []
    root = files("padan.taxonomy") / "starter" / folder
    for path in sorted((p for p in root.iterdir() if p.name.endswith(".csv")), key=lambda p: p.name):
        lines = path.read_text(encoding="utf-8").splitlines()
        for line, row in enumerate(csv.DictReader(lines), start=2):
            out.append({**row, "file": f"{folder}/{path.name}", "line": str(line)})
    return tuple(out)


@cache
def starter(name: str) -> Scheme:
    """The scheme "isco08" (titles and links) or "skill" of the starter pack."""
    return _occupations() if name == "isco08" else _skills()


def starter_esco() -> dict[str, str]:
    """Skill of the starter pack -> ESCO skill URI, where one clearly corresponds."""
    return {row["id"]: ESCO_SKILL_URI + row["esco"] for row in read_rows("skills") if row["esco"]}


def starter_digest() -> str:
    """Changes when a table of the starter pack changes: SHA-256 of all of them."""
    out = hashlib.sha256()
    root = files("padan.taxonomy") / "starter"
    for folder in ("titles", "skills", "links", "groups"):
        for path in sorted((root / folder).iterdir(), key=lambda p: p.name):
            if path.name.endswith(".csv"):
                out.update(path.read_bytes())
    return out.hexdigest()


def _occupations() -> Scheme:
    labels: dict[str, dict[str, str]] = {}
    aliases: dict[str, dict[str, list[str]]] = {}
    for row in read_rows("titles"):
        code, lang = row["isco08"], row["lang"]
        if row["kind"] == "label":
            labels.setdefault(code, {})[lang] = row["title"]
        else:
            aliases.setdefault(code, {"id": [], "en": []})[lang].append(row["title"])
    codes = sorted(labels)
    parents = {row["code"]: row for row in read_rows("groups")}
    everything = [*sorted(parents), *codes]
    table = pa.Table.from_pydict(
        {
            "id": everything,
            "code": everything,
            "level": [len(c) for c in everything],
            "parent": [c[:-1] or None for c in everything],
            "label_id": [parents[c]["label_id"] if c in parents else labels[c].get("id") for c in everything],
            "label_en": [parents[c]["label_en"] if c in parents else labels[c].get("en") for c in everything],
            "alt_id": [aliases.get(c, {}).get("id", []) for c in everything],
            "alt_en": [aliases.get(c, {}).get("en", []) for c in everything],
            "isco08": [[c] if len(c) == 4 else [] for c in everything],
        },
        schema=pa.schema([f for f in CONCEPTS if f.name in _TITLE_COLUMNS]),
    )
    links = read_rows("links")
    relations = pa.Table.from_pydict(
        {
            "source": [r["isco08"] for r in links],
            "relation": [r["relation"] for r in links],
            "target": [r["skill"] for r in links],
        },
        schema=RELATIONS,
    )
    info = SchemeInfo(
        "isco08", f"2008+padan-{__version__}", _SOURCE, "CC BY 4.0", len(everything), len(links)
    )
    return Scheme(info, table, relations)


_TITLE_COLUMNS = {"id", "code", "level", "parent", "label_id", "label_en", "alt_id", "alt_en", "isco08"}


def _skills() -> Scheme:
    rows = read_rows("skills")
    where: dict[str, list[str]] = {}
    for link in read_rows("links"):
        where.setdefault(link["skill"], []).append(link["isco08"])
    table = pa.Table.from_pydict(
        {
            "id": [r["id"] for r in rows],
            "label_id": [r["label_id"] for r in rows],
            "label_en": [r["label_en"] for r in rows],
            "alt_id": [_split(r["alt_id"]) for r in rows],
            "alt_en": [_split(r["alt_en"]) for r in rows],
            "kind": [r["kind"] for r in rows],
            "group": [r["group"] for r in rows],
            "isco08": [sorted(set(where.get(r["id"], []))) for r in rows],
        }
    )
    info = SchemeInfo("skill", f"padan-{__version__}", _SOURCE, "CC BY 4.0", len(rows), 0)
    return Scheme(info, table)


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]
