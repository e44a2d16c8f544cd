"""PDF and DOCX files that attack the reader: each is refused in plain words, and nothing else suffers."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from padan.countries import Country
from padan.errors import InputError
from padan.model import Kind
from padan.reading.documents import DocumentLimits, document_text
from padan.reading.read import read


def refused(path: Path, found: str = "pdf", limits: DocumentLimits | None = None) -> str:
    with pytest.raises(InputError) as caught:
        document_text(path, found, limits=limits)
    assert caught.value.hint
    return caught.value.message


def test_a_page_tree_that_contains_itself_is_a_broken_pdf(made: Any, tmp_path: Path) -> None:
    path = tmp_path / "loop.pdf"
    path.write_bytes(made.pdf([["x"]], kids="3 0 R 4 0 R"))
    assert "broken PDF" in refused(path)


def test_an_object_stream_that_unpacks_to_everything_is_refused(made: Any, tmp_path: Path) -> None:
    path = tmp_path / "bomb.pdf"
    path.write_bytes(made.object_stream_bomb(80_000_000))
    assert path.stat().st_size < 200_000
    assert "broken PDF" in refused(path)


def test_an_object_stream_of_fair_size_is_read_as_any_other(made: Any, tmp_path: Path) -> None:
    path = tmp_path / "small.pdf"
    path.write_bytes(made.object_stream_bomb(1000))
    assert "no page" in refused(path)  # it was opened, and its list of pages is empty


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_an_encrypted_pdf_says_so_and_one_with_an_empty_password_opens(
    made: Any, tmp_path: Path, algorithm: str
) -> None:
    from io import BytesIO

    from pypdf import PdfReader, PdfWriter

    for password, path in (("rahasia", tmp_path / "locked.pdf"), ("", tmp_path / "open.pdf")):
        writer = PdfWriter(clone_from=PdfReader(BytesIO(made.pdf([["Tukang kayu"]]))))
        writer.encrypt(user_password=password, owner_password="pemilik", algorithm=algorithm)
        writer.write(path)
    assert "is encrypted" in refused(tmp_path / "locked.pdf")
    assert "Tukang kayu" in document_text(tmp_path / "open.pdf", "pdf")


@pytest.mark.parametrize("count", [1000, 1])
def test_a_thousand_pages_are_refused_whatever_the_file_says_it_has(
    made: Any, tmp_path: Path, count: int
) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(made.pdf([["x"]] * 1000, count=count))
    assert "over 50 pages" in refused(path)


def test_a_pdf_that_takes_forever_is_stopped(made: Any, tmp_path: Path) -> None:
    path = tmp_path / "slow.pdf"
    path.write_bytes(
        made.pdf([["x"]], contents=b"BT /F1 1 Tf " + b"(a) Tj 1 0 0 1 0 0 Tm " * 1_500_000 + b"ET")
    )
    assert "took longer than 0.8 seconds" in refused(path, limits=DocumentLimits(seconds=0.8))


def test_a_pdf_that_asks_for_too_much_memory_ends_alone(made: Any, tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="this system cannot limit the memory of a process")
    path = tmp_path / "large.pdf"
    path.write_bytes(made.pdf([["x"]], contents=b" " * 70_000_000))
    assert "large.pdf" in refused(path, limits=DocumentLimits(memory_bytes=150_000_000))


def test_a_scan_has_no_text(made: Any, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(made.pdf([[]], contents=b"q 500 0 0 700 0 0 cm Q"))
    assert "no text: a scan" in refused(path)


def test_pages_that_are_pictures_are_told(made: Any, tmp_path: Path) -> None:
    path = tmp_path / "mixed.pdf"
    path.write_bytes(made.pdf([["Tukang kayu"], []]))
    assert document_text(path, "pdf").endswith("[1 of 2 pages hold no text: pictures]")


def test_a_document_with_more_text_than_any_cv_is_refused(made: Any, tmp_path: Path) -> None:
    path = tmp_path / "book.pdf"
    path.write_bytes(made.pdf([["kata " * 40] * 50]))
    assert "over 5,000 characters" in refused(path, limits=DocumentLimits(text_chars=5000))
    assert "more than 0 MB" in refused(path, limits=DocumentLimits(file_bytes=100))


@pytest.mark.parametrize("keep", [9, 60, 200])
def test_a_pdf_cut_short_is_broken(made: Any, tmp_path: Path, keep: int) -> None:
    path = tmp_path / "cut.pdf"
    path.write_bytes(made.pdf([["Pengalaman Kerja", "2015 - 2018 Kasir di Toko Jaya"] * 20])[:keep])
    assert "broken PDF" in refused(path)


def test_a_docx_bomb_is_not_unpacked(made: Any, tmp_path: Path) -> None:
    path = made.with_document_xml(tmp_path / "bomb.docx", b"<w:document/>" + b" " * 3_000_000)
    assert "unpack to over 1,000,000 bytes" in refused(path, "docx", DocumentLimits(unpacked_bytes=1_000_000))
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")  # the last entry of the directory: word/document.xml
    data[entry + 24 : entry + 28] = (4_000_000_000).to_bytes(4, "little")
    path.write_bytes(data)
    assert "unpack to over 200,000,000 bytes" in refused(path, "docx")


def test_a_docx_that_unpacks_to_more_than_it_says_is_broken(made: Any, tmp_path: Path) -> None:
    path = made.with_document_xml(tmp_path / "lie.docx", b"<w:document/>" + b" " * 3_000_000)
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    assert "broken DOCX" in refused(path, "docx")


def test_a_docx_with_an_entity_is_refused_and_nothing_is_fetched(made: Any, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("rahasia", encoding="utf-8")
    for declared in (f'<!ENTITY x SYSTEM "{secret.as_uri()}">', '<!ENTITY x "ha"><!ENTITY y "&x;&x;">'):
        body = "<w:body><w:p><w:t>&x;</w:t></w:p></w:body>"
        xml = f'<!DOCTYPE d [{declared}]><w:document xmlns:w="w">{body}</w:document>'
        for encoding in ("utf-8", "utf-16"):
            path = made.with_document_xml(tmp_path / "entity.docx", xml.encode(encoding))
            assert "declares XML entities" in refused(path, "docx")


def test_a_docx_without_text_or_document_is_told(made: Any, tmp_path: Path) -> None:
    assert "no text" in refused(made.docx(tmp_path / "empty.docx", []), "docx")
    path = tmp_path / "none.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/styles.xml", "<x/>")
    assert "broken DOCX" in refused(path, "docx")
    assert "broken DOCX" in refused(made.with_document_xml(path, b"<w:document"), "docx")


def test_text_boxes_are_read_once_and_deleted_text_is_not(made: Any, tmp_path: Path) -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>Keahlian</w:t></w:r></w:p></w:txbxContent>"
    xml = (
        '<w:document xmlns:w="w" xmlns:mc="mc"><w:body><w:p><w:r><mc:AlternateContent>'
        f"<mc:Choice><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict>"
        f"</mc:Fallback></mc:AlternateContent></w:r></w:p>"
        "<w:p><w:del><w:r><w:t>Lama</w:t></w:r></w:del><w:r><w:t>Baru</w:t><w:tab/><w:t>sekali</w:t>"
        "</w:r></w:p></w:body></w:document>"
    )
    text = document_text(made.with_document_xml(tmp_path / "box.docx", xml.encode()), "docx")
    assert text.split("\n") == ["", "Keahlian", "Baru\tsekali"]


@pytest.mark.parametrize("name", ["cv.pdf", "cv.docx"])
def test_an_empty_or_cut_file_is_told_by_read(made: Any, tmp_path: Path, name: str, country: Country) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        read(path, Kind.JOBSEEKER, country=country)
    if name.endswith("docx"):
        made.docx(path, ["Kasir"])
        path.write_bytes(path.read_bytes()[:500])
        with pytest.raises(InputError, match="broken"):
            read(path, Kind.JOBSEEKER, country=country)
