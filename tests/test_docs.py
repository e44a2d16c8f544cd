"""The documents are true: their examples run, and they name every export, setting, command and page."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

import padan
from padan.model import Jobseeker, Kind, to_table
from padan.reading import load_mapping
from padan.settings import SETTINGS
from padan.taxonomy import SCHEMES

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "README.id.md", *(ROOT / "docs").glob("*.md")])


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def test_the_library_example_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    book = openpyxl.Workbook()
    book.active.append(["Nama Jabatan", "Perusahaan", "Lokasi", "Syarat"])
    book.active.append(["Admin Gudang", "PT Contoh", "Kota Bandung", "Menguasai Microsoft Excel, teliti"])
    book.save("lowongan.xlsx")
    person = Jobseeker(id="s:1", source="s", headline="admin gudang", skills=("Microsoft Excel",))
    import pyarrow.parquet as pq

    pq.write_table(to_table(Kind.JOBSEEKER, [person]), "pencaker.parquet")
    (example,) = blocks(ROOT / "README.md", "python")
    exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "1 rows, 0 rejected" in printed
    assert "4321" in printed
    assert "use-microsoft-excel" in printed


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_other_python_examples_run(page, capsys):
    for example in blocks(page, "python") if page.name != "README.md" else ():
        exec(compile(example, page.name, "exec"), {})


def test_the_mapping_example_is_a_mapping(tmp_path):
    (example,) = blocks(ROOT / "docs" / "reading.md", "yaml")
    (tmp_path / "peta.yaml").write_text(example, encoding="utf-8")
    assert load_mapping(tmp_path / "peta.yaml").source == "dinas-bandung"


def test_every_export_setting_and_scheme_is_documented():
    library = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    assert [n for n in padan.__all__ if n != "__version__" and not re.search(rf"`{n}\b", library)] == []
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = {
        s.name: f"`{s.name}` | {f'`{s.default}`' if s.default else 'none'} | {s.help} |" for s in SETTINGS
    }
    assert [name for name, row in rows.items() if row not in readme] == []
    text = "".join(p.read_text(encoding="utf-8") for p in PAGES)
    assert [s for s in SCHEMES if f"`{s}`" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_between_documents_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_document_is_reached_from_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(docs/([\w.-]+)\)", readme))
    for page in (ROOT / "docs").glob("*.md"):
        inner = page.read_text(encoding="utf-8")
        linked |= {t for t in re.findall(r"\]\(([\w-]+\.md)\)", inner)} if page.name in linked else set()
    assert {p.name for p in (ROOT / "docs").glob("*.md")} <= linked
