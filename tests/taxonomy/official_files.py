"""Files in the headings of the official classifications, and small questions to schemes."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from pathlib import Path

from padan.taxonomy import Scheme
from padan.taxonomy.importers import ImportResult

Rows = list[dict[str, str]]


def schemes(result: ImportResult) -> dict[str, Scheme]:
    return {s.name: s for s in result.schemes}


def counts(scheme: Scheme) -> Counter[str]:
    return Counter(scheme.relations.column("relation").to_pylist())


def text_table(rows: Rows, *, tab: bool = False) -> str:
    out = io.StringIO()
    if tab:
        lines = [list(rows[0]), *([r[k] for k in rows[0]] for r in rows)]
        return "".join("\t".join(line) + "\r\n" for line in lines)
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_folder(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder


def write_zip(path: Path, files: dict[str, str], *, inside: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(inside + name, text)
    return path


def same(a: Scheme, b: Scheme) -> bool:
    return a.concepts.equals(b.concepts) and a.relations.equals(b.relations)
