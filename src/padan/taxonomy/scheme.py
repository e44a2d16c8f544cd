"""Classifications as tables: concepts with labels in two languages, relations, crosswalks, versions.

A scheme is two Arrow tables and a description:
    concepts    id, code, level, parent, label_id, label_en, alt_id, alt_en, description_id, description_en,
                kind, group, isco08 (unit groups that the concept lies in), isic4
    relations   source, relation (essential, useful, optional, broader …), target

Schemes that Padan knows, and what their ids are:
    isco08            unit group "7212", groups "721", "72", "7"       starter pack, always there
    skill             slug of the starter pack "operate-forklift"      starter pack, always there
    kbji              "7212.01"; groups "7212", "721" …                 imported
    esco-occupation   ESCO URI                                         imported
    esco-skill        ESCO URI                                         imported
    onet              O*NET-SOC "53-7051.00"                           imported
    kbli, isic        "01111", "0111"                                  imported
    skkni             unit code "M.702090.001.01"                      imported

Imported schemes lie in the home folder, one folder a scheme and version; nothing here reads a setting or the
network: the folder is passed in.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from rapidfuzz import fuzz, process

from padan.errors import InputError, NotFound, UnknownCode

__all__ = ["CONCEPTS", "RELATIONS", "SCHEMES", "Library", "Scheme", "SchemeInfo"]

CONCEPTS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        ("code", pa.string()),
        ("level", pa.int64()),
        ("parent", pa.string()),
        ("label_id", pa.string()),
        ("label_en", pa.string()),
        ("alt_id", pa.list_(pa.string())),
        ("alt_en", pa.list_(pa.string())),
        ("description_id", pa.string()),
        ("description_en", pa.string()),
        ("kind", pa.string()),
        ("group", pa.string()),
        ("isco08", pa.list_(pa.string())),
        ("isic4", pa.string()),
    ]
)
RELATIONS = pa.schema([("source", pa.string()), ("relation", pa.string()), ("target", pa.string())])

#: scheme -> what its leaf concepts are
SCHEMES = {
    "isco08": "ISCO-08 unit groups with the job titles people use (starter pack)",
    "skill": "skills of the starter pack",
    "kbji": "Klasifikasi Baku Jabatan Indonesia",
    "esco-occupation": "ESCO occupations",
    "esco-skill": "ESCO skills, knowledge and competences",
    "onet": "O*NET-SOC occupations with alternate titles and tasks",
    "kbli": "Klasifikasi Baku Lapangan Usaha Indonesia",
    "isic": "ISIC Rev.4",
    "skkni": "Standar Kompetensi Kerja Nasional Indonesia, units",
}


@dataclass(frozen=True, slots=True)
class SchemeInfo:
    """Where a scheme comes from."""

    name: str
    version: str
    source: str  #: file or publication
    licence: str
    concepts: int
    relations: int
    imported: str | None = None  #: ISO date
    sha256: str | None = None  #: of the imported file or files


class Scheme:
    """One classification in one version, read only."""

    def __init__(self, info: SchemeInfo, concepts: pa.Table, relations: pa.Table | None = None) -> None:
        self.info = info
        self.concepts = conform(concepts, CONCEPTS)
        self.relations = conform(relations, RELATIONS) if relations is not None else RELATIONS.empty_table()

    @property
    def name(self) -> str:
        return self.info.name

    @cached_property
    def ids(self) -> list[str]:
        """Ids of all concepts, in table order."""
        out: list[str] = self.concepts.column("id").to_pylist()
        return out

    @cached_property
    def row_of(self) -> dict[str, int]:
        """id -> row of the table."""
        return {concept: row for row, concept in enumerate(self.ids)}

    def column(self, name: str) -> list[Any]:
        """One column as a list."""
        out: list[Any] = self.concepts.column(name).to_pylist()
        return out

    def label(self, concept: str, *, lang: str = "id") -> str:
        """The label in a language, or in the other where there is none. Raises UnknownCode with near
        codes.
        """
        row = self._row(concept)
        first, second = ("label_id", "label_en") if lang == "id" else ("label_en", "label_id")
        text = self._labels[first][row] or self._labels[second][row]
        return str(text or concept)

    @cached_property
    def _labels(self) -> dict[str, list[Any]]:
        return {name: self.column(name) for name in ("label_id", "label_en")}

    def concept(self, concept: str) -> dict[str, Any]:
        """All that is known of a concept. Raises UnknownCode with near codes."""
        row = self.concepts.slice(self._row(concept), 1).to_pylist()[0]
        return dict(row)

    def related(self, concept: str) -> list[tuple[str, str]]:
        """(relation, target) of a concept, essential first."""
        found = self._related.get(concept, [])
        return sorted(found, key=lambda pair: (pair[0] != "essential", pair[0]))

    @cached_property
    def _related(self) -> dict[str, list[tuple[str, str]]]:
        out: dict[str, list[tuple[str, str]]] = {}
        columns = (self.relations.column(n).to_pylist() for n in ("source", "relation", "target"))
        for source, relation, target in zip(*columns, strict=True):
            out.setdefault(source, []).append((relation, target))
        return out

    def _row(self, concept: str) -> int:
        row = self.row_of.get(concept)
        if row is None:
            raise UnknownCode(f"{concept!r} is no concept of {self.name}", near=self.near(concept))
        return row

    def near(self, text: str, *, limit: int = 5) -> tuple[str, ...]:
        """Ids whose code or label is near to a text: codes first when it looks like a code."""
        if re.fullmatch(r"[\d.\-]+", text):
            found = process.extract(text, self.ids, scorer=fuzz.ratio, limit=limit)
            return tuple(f"{self.ids[row]} {self.label(self.ids[row])}" for _, _, row in found)
        labels = [self.label(i) for i in self.ids]
        found = process.extract(text.lower(), labels, scorer=fuzz.WRatio, limit=limit)
        return tuple(f"{self.ids[row]} {labels[row]}" for _, _, row in found)

    def children(self, concept: str | None) -> list[str]:
        """Ids whose parent is `concept`; the tops for None."""
        return self._children.get(concept, [])

    @cached_property
    def _children(self) -> dict[str | None, list[str]]:
        out: dict[str | None, list[str]] = {}
        for concept, parent in zip(self.ids, self.column("parent"), strict=True):
            out.setdefault(parent, []).append(concept)
        return out

    def save(self, folder: Path) -> None:
        """Write the scheme to a folder of its own; a half-written one never stays."""
        draft = folder.with_name(folder.name + ".part")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        pq.write_table(self.concepts, draft / "concepts.parquet", compression="zstd")
        pq.write_table(self.relations, draft / "relations.parquet", compression="zstd")
        (draft / "scheme.json").write_text(
            json.dumps(asdict(self.info), indent=1, ensure_ascii=False), encoding="utf-8"
        )
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)

    @classmethod
    def load(cls, folder: Path) -> Scheme:
        """Read a scheme that `save` wrote. Raises InputError where a file is missing or damaged."""
        try:
            info = _info(folder)
            concepts = pq.read_table(folder / "concepts.parquet")
            relations = pq.read_table(folder / "relations.parquet")
        except (OSError, ValueError, TypeError, pa.ArrowException) as error:
            raise InputError(
                f"the scheme in {folder} cannot be read: {error}",
                hint="add it again: padan taxonomy add SCHEME PATH",
            ) from error
        return cls(info, concepts, relations)


def _info(folder: Path) -> SchemeInfo:
    try:
        return SchemeInfo(**json.loads((folder / "scheme.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"the scheme in {folder} cannot be read: {error}",
            hint="add it again: padan taxonomy add SCHEME PATH",
        ) from error


def conform(table: pa.Table, wanted: pa.Schema) -> pa.Table:
    """The table with exactly the columns of a schema, cast; absent columns are null."""
    columns = [
        table.column(f.name).cast(f.type) if f.name in table.column_names else pa.nulls(len(table), f.type)
        for f in wanted
    ]
    return pa.Table.from_arrays(columns, schema=wanted)


class Library:
    """The schemes at hand: those of the starter pack and those imported into a folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._loaded: dict[str, Scheme] = {}

    def names(self) -> list[str]:
        """Schemes that can be used now, in the order of SCHEMES."""
        return [name for name in SCHEMES if name in ("isco08", "skill") or self._folders(name)]

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def get(self, name: str, *, version: str | None = None) -> Scheme:
        """A scheme; the newest version when none is named.

        Raises NotFound with the command that adds it, or with the names there are.
        """
        from padan.taxonomy.starter_pack import starter

        if name not in SCHEMES:
            near = process.extract(name, list(SCHEMES), limit=3)
            raise NotFound(
                f"there is no scheme {name!r}", hint=f"schemes: {', '.join(n for n, _, _ in near)}"
            )
        key = f"{name}@{version or ''}"
        if key not in self._loaded:
            if name in ("isco08", "skill"):
                self._loaded[key] = starter(name)
            else:
                self._loaded[key] = Scheme.load(self._pick(name, version))
        return self._loaded[key]

    def _pick(self, name: str, version: str | None) -> Path:
        found = self._folders(name)
        if version is not None:
            found = [f for f in found if f.name == f"{name}@{version}"]
        if not found:
            word = {"esco-occupation": "esco", "esco-skill": "esco", "isic": "kbli"}.get(name, name)
            raise NotFound(
                f"the scheme {name} {version or ''}".rstrip() + " is not installed",
                hint=f"add it from its official file: padan taxonomy add {word} PATH",
            )
        return found[-1]

    def _folders(self, name: str) -> list[Path]:
        if self.folder is None or not self.folder.exists():
            return []
        found = [f for f in self.folder.glob(f"{name}@*") if (f / "scheme.json").exists()]
        return sorted(found, key=lambda f: _version_key(f.name.split("@", 1)[1]))

    def add(self, schemes: Sequence[Scheme]) -> None:
        """Install schemes; the same name and version is replaced."""
        if self.folder is None:
            raise InputError("this library has no folder to add to")
        for scheme in schemes:
            scheme.save(self.folder / f"{scheme.name}@{scheme.info.version}")
        self._loaded.clear()

    def infos(self) -> Iterator[SchemeInfo]:
        """What is installed: every version of every scheme."""
        for name in self.names():
            if name in ("isco08", "skill"):
                yield self.get(name).info
            for folder in self._folders(name):
                yield _info(folder)


def _version_key(version: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(p), "") if p.isdigit() else (0, p) for p in re.split(r"[.\-_]", version))
