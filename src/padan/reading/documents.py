"""CVs and credentials in: PDF, DOCX, Europass XML and JSON, Open Badges 3.0. One row a person or credential.

`document_rows` gives rows with the names that forms/jobseeker-document.yaml maps: headline, description,
job_location, education, fields_of_study, experience_months, work, skills, languages, credentials,
date_posted, document_id.

PDF and DOCX are opened in a process of their own (_extract.py) under `DocumentLimits`; it is killed when it
takes too long. A file that cannot be read raises InputError: broken, encrypted, too long, a scan. A JSON
object that is no Europass document or badge is a BadRow, since others may follow it.

Never read: names (but for striking them out of texts), contact data, birth date, sex, nationality, photo.
`document_id` is a digest of the content: the file name often holds the person's name, a badge's subject is an
identifier of the person.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from padan.errors import InputError, MissingPart
from padan.reading.cv_text import cv_fields
from padan.reading.europass import europass_fields, json_tree, xml_tree
from padan.reading.formats import BadRow, Row
from padan.reading.identity import strike
from padan.reading.text import clean_line, clean_text, redact

__all__ = ["DocumentLimits", "document_rows", "document_text"]


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """How much one PDF or DOCX may ask for."""

    file_bytes: int = 20_000_000
    pages: int = 50
    text_chars: int = 1_000_000
    unpacked_bytes: int = 200_000_000  #: of a DOCX
    memory_bytes: int = 1_500_000_000  #: address space of the worker, where the system can limit it
    seconds: float = 20.0


#: code of the worker -> what is wrong, and the next step
_REFUSED = {
    "broken": ("is a broken {kind}", "open it in the program that made it and save it again"),
    "encrypted": ("is encrypted: it opens with a password only", "save a copy without a password"),
    "pages": ("has over {pages} pages", "a CV is shorter: send the pages that matter"),
    "text": ("holds over {text_chars:,} characters", "a CV is shorter: send the part that matters"),
    "no_text": ("has no text: a scan or picture", "type it in, or run OCR over it first"),
    "no_letters": (
        "has letters that cannot be told apart (fonts without a character table)",
        "save it as DOCX, or run OCR",
    ),
    "unpacked": ("would unpack to over {unpacked_bytes:,} bytes: refused", "save it without pictures"),
    "entities": ("declares XML entities: refused", "open it in the office program and save it again"),
    "memory": ("needs more memory than a document may take", "save it again without pictures, or as text"),
    "time": (
        "took longer than {seconds:g} seconds to read: stopped",
        "print it to a new PDF, or save it as DOCX",
    ),
}
_PACKAGES = {"pdf": ("pypdf", "cryptography", "typing_extensions"), "docx": ("lxml",)}


def document_rows(
    path: Path,
    found: str,
    rows: Iterable[Row | BadRow] | None = None,
    *,
    limits: DocumentLimits | None = None,
) -> Iterator[Row | BadRow]:
    """Rows of a document of the kind `found`: "pdf", "docx", "europass" (XML) or "json".

    rows   for "europass" and "json": rows that hold the root element under "document", or the parsed object
    """
    if found in ("pdf", "docx"):
        text = document_text(path, found, limits=limits)
        yield _row(1, "cv", _digest(path.read_bytes()), cv_fields(text))
        return
    for row in rows or ():
        yield _structured(row) if isinstance(row, Row) else row


def _row(number: int, kind: str, identifier: str, fields: Mapping[str, Any]) -> Row:
    # every name is there, so that a form finds its columns whatever the document holds
    empty = dict.fromkeys(("education", "experience_months", "date_posted", "job_location", "headline"))
    return Row(number, {"document_kind": kind, "document_id": identifier, **empty, **fields})


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


# -- PDF and DOCX ------------------------------------------------------------------------------------------


def document_text(path: Path, found: str, *, limits: DocumentLimits | None = None) -> str:
    """The text of a PDF or DOCX, taken out by a worker process.

    Raises InputError with what is wrong with the file, MissingPart when the package for its kind is not
    installed. Cost: starting a Python process, 0.2–0.5 s; at most `limits.seconds`.
    """
    limits = limits or DocumentLimits()
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise InputError(
            f"{path.name} has {size / 1e6:,.0f} MB, more than {limits.file_bytes / 1e6:,.0f} MB",
            hint="save it without pictures, or as text",
        )
    # -I: no environment, no user folder, and not this folder, whose read.py and text.py must not be found
    # as modules
    command = [sys.executable, "-I", str(Path(__file__).with_name("_extract.py")), found, str(path.resolve())]
    command += [json.dumps(asdict(limits)), *_package_folders(found)]
    # what the loader of a Python needs on some systems, and no more: no proxy, no key, no home
    environment = {k: os.environ[k] for k in ("SYSTEMROOT", "LD_LIBRARY_PATH") if k in os.environ}
    with tempfile.TemporaryFile() as out:
        try:
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                env=environment,
                timeout=limits.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _refusal(path, found, "time", limits) from error
        out.seek(0)
        try:
            answer = json.loads(out.read())
        except ValueError as error:
            # killed by the system, or died in compiled code
            raise _refusal(path, found, "broken", limits) from error
    if code := answer.get("refused"):
        raise _refusal(path, found, code, limits, answer.get("detail", ""))
    empty = answer["empty_pages"]
    note = f"\n\n[{empty} of {answer['pages']} pages hold no text: pictures]" if empty else ""
    return str(answer["text"]) + note


def _refusal(path: Path, found: str, code: str, limits: DocumentLimits, detail: str = "") -> InputError:
    what, hint = _REFUSED.get(code, _REFUSED["broken"])
    told = what.format(kind=found.upper(), **asdict(limits))
    return InputError(f"{path.name} {told}" + (f" ({detail})" if detail else ""), hint=hint)


@cache
def _package_folders(found: str) -> tuple[str, ...]:
    """Folders of the packages that the worker imports, so that it finds those that this process would."""
    folders: dict[str, None] = {}
    for name in _PACKAGES[found]:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            if name == _PACKAGES[found][0]:
                raise MissingPart(
                    f"{found.upper()} is read with {name}, which is not installed", hint=f"pip install {name}"
                )
            continue
        origin = Path(spec.origin)
        folders[str(origin.parent.parent if spec.submodule_search_locations else origin.parent)] = None
    return tuple(folders)


# -- Europass, Open Badges ---------------------------------------------------------------------------------


def _structured(row: Row) -> Row | BadRow:
    element = row.values.get("document")
    if hasattr(element, "attrib"):
        passport = xml_tree(element)
    elif "SkillsPassport" in row.values:
        passport = json_tree(row.values["SkillsPassport"])
    else:
        return _badge(row)
    if not isinstance(passport, Mapping) or not passport:
        return BadRow(row.number, "the Europass document is empty", "SkillsPassport")
    identifier = _digest(json.dumps(passport, sort_keys=True, default=str).encode())
    return _row(row.number, "europass", identifier, europass_fields(passport))


#: achievementType of Open Badges 3.0 -> words of an education table; "Degree" alone tells no level
_LEVELS = {
    "SecondarySchoolDiploma": "upper secondary school", "HighSchoolDiploma": "high school diploma",
    "AssociateDegree": "associate degree", "BachelorDegree": "bachelor degree",
    "MasterDegree": "master degree",
    "DoctoralDegree": "doctorate", "ResearchDoctorate": "doctorate", "ProfessionalDoctorate": "doctorate",
}  # fmt: skip


def _badge(row: Row) -> Row | BadRow:
    """An AchievementCredential of Open Badges 3.0: what was achieved, who says so, which skills it shows.

    The credential's own name, its evidence and the subject's identifiers are not read: they name the person.
    """
    subjects = _objects(row.values.get("credentialSubject"))
    achievements = [a for s in subjects for a in _objects(s.get("achievement"))]
    if not achievements:
        return BadRow(row.number, "the credential names no achievement", "credentialSubject.achievement")
    issuer = row.values.get("issuer")
    issued_by = (
        _line(issuer.get("name")) if isinstance(issuer, Mapping) and not issuer.get("familyName") else None
    )
    credentials: list[str] = []
    skills: list[str] = []
    texts: list[str] = []
    education: list[str] = []
    studies: list[str] = []
    for achievement in achievements:
        name = _line(achievement.get("name"))
        kind = str(achievement.get("achievementType") or "")
        if name:
            credentials.append(f"{name} ({issued_by})" if issued_by else name)
        if name and kind == "Competency":
            skills.append(name)
        if (
            kind != "Degree" and kind not in _LEVELS
        ):  # a degree is aligned to its programme, which is no skill
            targets = (_line(a.get("targetName")) for a in _objects(achievement.get("alignment")))
            skills.extend(t for t in targets if t)
        criteria = achievement.get("criteria")
        narrative = criteria.get("narrative") if isinstance(criteria, Mapping) else None
        texts.extend(t for raw in (achievement.get("description"), narrative) if (t := _prose(raw)))
        if kind in _LEVELS:
            education.append(_LEVELS[kind])
        if study := _line(achievement.get("fieldOfStudy")):
            studies.append(study)
    known = [
        row.values.get("id"),
        *(s.get("id") for s in subjects),
        *(a.get("id") for a in achievements),
        *credentials,
    ]
    fields = {
        "description": "\n\n".join(dict.fromkeys(texts)) or None,
        "education": "; ".join(education) or None,
        "fields_of_study": list(dict.fromkeys(studies)),
        "work": [],
        "skills": list(dict.fromkeys(skills)),
        "languages": [],
        "credentials": list(dict.fromkeys(credentials)),
    }
    return _row(row.number, "open_badge", _digest("\n".join(str(k)[:500] for k in known).encode()), fields)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, Mapping)]


def _line(value: Any) -> str | None:
    line, _ = clean_line(strike(value, mark="")) if isinstance(value, str) else (None, ())
    return redact(line)[0]


def _prose(value: Any) -> str | None:
    text, _ = clean_text(value) if isinstance(value, str) else (None, ())
    return redact(strike(text))[0] or None
