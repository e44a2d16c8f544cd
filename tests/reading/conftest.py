"""Documents and workbooks that the tests of reading make for themselves."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest


class Made:
    """Writers of small files, whole and hostile."""

    @staticmethod
    def pdf(
        pages: Sequence[Iterable[str]],
        *,
        contents: bytes | None = None,
        kids: str | None = None,
        count: int | None = None,
    ) -> bytes:
        """A PDF of text lines in Helvetica; `contents` replaces the text of all pages, `kids` their list."""
        objects: list[bytes] = [
            b"",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        ]
        first_page = 4
        kids = kids or " ".join(f"{first_page + 2 * i} 0 R" for i in range(len(pages)))
        objects.append(f"<< /Type /Pages /Count {count or len(pages)} /Kids [{kids}] >>".encode())
        objects[0] = b"<< /Type /Catalog /Pages 3 0 R >>"
        for index, lines in enumerate(pages):
            body = b"BT /F1 10 Tf 40 800 Td 14 TL\n"
            for line in lines:
                escaped = (
                    line.encode("cp1252", "replace")
                    .replace(b"\\", b"\\\\")
                    .replace(b"(", b"\\(")
                    .replace(b")", b"\\)")
                )
                body += b"(" + escaped + b") Tj T*\n"
            body += b"ET"
            data = zlib.compress(contents if contents is not None else body)
            number = first_page + 2 * index
            objects.append(
                f"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 595 842] /Contents {number + 1} 0 R"
                f" /Resources << /Font << /F1 2 0 R >> >> >>".encode()
            )
            objects.append(
                f"<< /Length {len(data)} /Filter /FlateDecode >>\nstream\n".encode() + data + b"\nendstream"
            )
        out = bytearray(b"%PDF-1.4\n")
        offsets = []
        for number, content in enumerate(objects, start=1):
            offsets.append(len(out))
            out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
        start = len(out)
        out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
        out += b"".join(f"{o:010d} 00000 n \n".encode() for o in offsets)
        out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
        return bytes(out)

    @staticmethod
    def object_stream_bomb(size: int) -> bytes:
        """A PDF whose catalogue lies in a compressed object stream that unpacks to `size` bytes."""
        inner = (
            b"1 0 2 33 "
            + b"<< /Type /Catalog /Pages 2 0 R >>"
            + b"<< /Type /Pages /Count 0 /Kids [] >>"
            + b" " * size
        )
        data = zlib.compress(inner)
        out = bytearray(b"%PDF-1.5\n")
        at_stream = len(out)
        out += (
            f"3 0 obj\n<< /Type /ObjStm /N 2 /First 9 /Length {len(data)} /Filter /FlateDecode >>\n".encode()
        )
        out += b"stream\n"
        out += data + b"\nendstream\nendobj\n"
        at_table = len(out)
        rows = [(0, 0, 65535), (2, 3, 0), (2, 3, 1), (1, at_stream, 0), (1, at_table, 0)]
        table = b"".join(
            k.to_bytes(1, "big") + a.to_bytes(4, "big") + b.to_bytes(2, "big") for k, a, b in rows
        )
        out += f"4 0 obj\n<< /Type /XRef /Size 5 /W [1 4 2] /Root 1 0 R /Length {len(table)} >>\n".encode()
        out += b"stream\n"
        out += table + f"\nendstream\nendobj\nstartxref\n{at_table}\n%%EOF\n".encode()
        return bytes(out)

    @staticmethod
    def docx(path: Path, lines: Iterable[str], *, table: Sequence[Sequence[str]] = ()) -> Path:
        import docx as python_docx

        document = python_docx.Document()
        if table:
            made = document.add_table(rows=0, cols=len(table[0]))
            for row in table:
                for cell, text in zip(made.add_row().cells, row, strict=True):
                    cell.text = text
        for line in lines:
            document.add_paragraph(line)
        document.save(str(path))
        return path

    @staticmethod
    def with_document_xml(path: Path, xml: bytes) -> Path:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("word/document.xml", xml)
        return path

    @staticmethod
    def xlsx(path: Path, rows: Sequence[Sequence[Any]], *, before: int = 0) -> Path:
        book = openpyxl.Workbook(write_only=False)
        sheet = book.active
        assert sheet is not None
        for y, row in enumerate(rows, start=1 + before):
            for x, value in enumerate(row, start=1):
                cell = sheet.cell(y, x)
                if isinstance(value, str):
                    cell.value = value
                    cell.data_type = "s"  # a text that begins with "=" stays a text
                else:
                    cell.value = value
        book.save(path)
        return path


@pytest.fixture(scope="session")
def made() -> Made:
    return Made()
