"""The worker that takes text out of a PDF or DOCX; documents.py runs it in a process of its own.

    python -I _extract.py KIND FILE LIMITS [FOLDER ...]

KIND is pdf or docx, LIMITS a JSON object (pages, text_chars, unpacked_bytes, memory_bytes, seconds), FOLDER
where the packages are that the parent process knows. One JSON object goes to stdout: {"text", "pages",
"empty_pages"}, or {"refused": code, "detail"}; the words for the codes are in documents.py.

A document comes from a stranger, and the parsers are large: what they do wrong ends with this process. It
imports nothing of Padan (and, by -I, nothing that lies beside this file), opens no network and writes no
file.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

_STDOUT_BYTES = 16_000_000  #: what the parent reads; JSON escapes make a text up to twelve times longer
_PARTS = 10_000  #: members of a DOCX archive
_NODES = 10_000  #: nodes of a PDF's page tree that are looked at
_JUNK_SHARE = 0.3  #: of letters without meaning, above which a text layer is no text


class _Refused(Exception):
    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def main(argv: list[str]) -> int:
    """Read the file that the arguments name and print what was found."""
    kind, name, limits = argv[1], argv[2], json.loads(argv[3])
    sys.path.extend(argv[4:])
    _confine(limits)
    try:
        result = _pdf(name, limits) if kind == "pdf" else _docx(name, limits)
    except _Refused as no:
        result = {"refused": no.code, "detail": no.detail}
    except MemoryError:
        result = {"refused": "memory"}
    except Exception as error:
        # any failure of a parser is a property of the file; its message may quote the file, so only its
        # type is told
        result = {"refused": "broken", "detail": type(error).__name__}
    json.dump(result, sys.stdout)
    return 0


def _confine(limits: dict[str, Any]) -> None:
    """Memory, processor time and output, as far as the system can limit them."""
    try:
        import resource
    except ImportError:  # not on Windows; the time limit of the parent still holds
        return
    seconds = int(limits["seconds"]) + 1
    wanted = [("RLIMIT_CPU", seconds), ("RLIMIT_AS", limits["memory_bytes"]), ("RLIMIT_FSIZE", _STDOUT_BYTES),
              ("RLIMIT_CORE", 0)]  # fmt: skip
    for limit, value in wanted:
        try:
            number = getattr(resource, limit)
            _, hard = resource.getrlimit(number)
            soft = int(value) if hard == resource.RLIM_INFINITY else min(int(value), hard)
            resource.setrlimit(number, (soft, hard))
        except (AttributeError, ValueError, OSError):
            continue


# -- PDF ---------------------------------------------------------------------------------------------------


def _pdf(name: str, limits: dict[str, Any]) -> dict[str, Any]:
    from pypdf import PdfReader

    reader = PdfReader(name, strict=False)
    if reader.is_encrypted:
        _unlock(reader)
    pages = _count_pages(reader, limits["pages"])
    text: list[str] = []
    size = empty = 0
    for page in reader.pages:
        found = page.extract_text() or ""
        empty += not found.strip()
        text.append(found)
        size += len(found) + 1
        if size > limits["text_chars"]:
            raise _Refused("text")
    joined = "\n".join(text)
    if not joined.strip():
        raise _Refused("no_text")
    if _junk_share(joined) > _JUNK_SHARE:
        raise _Refused("no_letters")
    return {"text": joined, "pages": pages, "empty_pages": empty}


def _unlock(reader: Any) -> None:
    """Open a file that only forbids changes (empty password); one that asks for a password is refused."""
    try:
        opened = reader.decrypt("")
    except Exception as error:  # an unknown method, or the package for AES is not there
        raise _Refused("encrypted", type(error).__name__) from error
    if not opened:
        raise _Refused("encrypted")


def _count_pages(reader: Any, most: int) -> int:
    """Pages that the tree really has, whatever /Count says; refuses a node that comes twice."""
    stack = [reader.trailer["/Root"]["/Pages"]]
    seen: set[Any] = set()
    pages = nodes = 0
    while stack:
        entry = stack.pop()
        node = entry.get_object()
        nodes += 1
        if nodes > _NODES or not hasattr(node, "get"):
            raise _Refused("broken", "page tree")
        if "/Kids" not in node:
            pages += 1
            if pages > most:
                raise _Refused("pages")
            continue
        reference = getattr(node, "indirect_reference", None)
        key = (reference.idnum, reference.generation) if reference is not None else id(node)
        if key in seen:
            raise _Refused("broken", "the page tree runs in a circle")
        seen.add(key)
        kids = node["/Kids"].get_object()
        # reversed, so that pages are met in reading order and a long list is not walked beyond the limit
        stack.extend(reversed(list(kids[: most + 1])))
    if pages == 0:
        raise _Refused("broken", "no page")
    return pages


def _junk_share(text: str) -> float:
    """Share of the visible characters that are no character: fonts without a table of letters give those."""
    visible = [c for c in text[:20_000] if not c.isspace()]
    junk = sum(
        c == "\ufffd" or c < " " or "\x7f" <= c <= "\x9f" or "\ue000" <= c <= "\uf8ff" for c in visible
    )
    return junk / max(len(visible), 1)


# -- DOCX --------------------------------------------------------------------------------------------------


def _docx(name: str, limits: dict[str, Any]) -> dict[str, Any]:
    from lxml import etree

    with zipfile.ZipFile(name) as archive:
        members = archive.infolist()
        # the sizes stand in the directory of the archive; zipfile gives no more bytes than they say
        if sum(m.file_size for m in members) > limits["unpacked_bytes"] or len(members) > _PARTS:
            raise _Refused("unpacked")
        if any(m.flag_bits & 1 for m in members):
            raise _Refused("encrypted")
        if "word/document.xml" not in archive.namelist():
            raise _Refused("broken", "no word/document.xml")
        data = archive.read("word/document.xml")
    if any(
        mark.encode(code) in data
        for mark in ("<!DOCTYPE", "<!ENTITY")
        for code in ("ascii", "utf-16-le", "utf-16-be")
    ):
        raise _Refused("entities")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(data, parser)
    lines: list[str] = []
    for body in root.iter("{*}body"):
        _blocks(body, lines)
    text = "\n".join(lines)
    if not text.strip():
        raise _Refused("no_text")
    if len(text) > limits["text_chars"]:
        raise _Refused("text")
    return {"text": text, "pages": 1, "empty_pages": 0}


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def _blocks(parent: Any, lines: list[str]) -> None:
    """Paragraphs and tables in order: a table row is a line with tabs, or its cells one under another."""
    for child in parent:
        name = _local(child)
        if name == "p":
            boxes: list[Any] = []
            text = "".join(_runs(child, boxes))
            mark = "- " if text.strip() and _is_item(child) else ""
            lines.extend((mark + text).split("\n"))
            for box in boxes:
                _blocks(box, lines)
        elif name == "tbl":
            for row in child.iter("{*}tr"):
                if _owner(row, "tbl") is child:
                    _row(row, lines)
        elif name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"):
            _blocks(child, lines)


def _row(row: Any, lines: list[str]) -> None:
    cells: list[list[str]] = []
    for cell in row.iter("{*}tc"):
        if _owner(cell, "tr") is row:
            inner: list[str] = []
            _blocks(cell, inner)
            cells.append([line for line in inner if line.strip()])
    if all(len(cell) <= 1 for cell in cells):
        lines.append("\t".join(cell[0] if cell else "" for cell in cells).strip("\t"))
    else:
        for cell in cells:  # a page laid out as a table: a column at a time
            lines.extend(cell)
            lines.append("")


def _owner(element: Any, name: str) -> Any:
    return next((e for e in element.iterancestors() if _local(e) == name), None)


def _runs(parent: Any, boxes: list[Any]) -> Iterator[str]:
    """The text of a paragraph. Deleted and moved text is left out, text boxes are handed back in `boxes`."""
    for child in parent:
        name = _local(child)
        if name == "t":
            yield child.text or ""
        elif name in ("tab", "ptab"):
            yield "\t"
        elif name in ("br", "cr"):
            yield "\n"
        elif name == "noBreakHyphen":
            yield "-"
        elif name == "AlternateContent":
            choices = [c for c in child if _local(c) == "Choice"] or list(child)
            yield from _runs(choices[0], boxes) if choices else ()
        elif name in ("drawing", "pict", "object"):
            found = list(child.iter("{*}txbxContent"))
            boxes.extend(
                e for e in found if _owner(e, "txbxContent") not in found
            )  # inner ones come with the outer
        elif name not in ("pPr", "rPr", "del", "moveFrom", "instrText"):
            yield from _runs(child, boxes)


def _is_item(paragraph: Any) -> bool:
    """Whether a paragraph is an item of a list: numbering that is not that of a heading."""
    properties = next((c for c in paragraph if _local(c) == "pPr"), None)
    if properties is None:
        return False
    style, numbered = "", False
    for child in properties:
        name = _local(child)
        if name == "pStyle":
            style = next((str(v) for k, v in child.attrib.items() if str(k).endswith("val")), "")
        elif name == "numPr":
            numbered = True
    return (numbered or style.startswith("ListBullet")) and not style.startswith(("Heading", "Judul"))


if __name__ == "__main__":
    sys.exit(main(sys.argv))
