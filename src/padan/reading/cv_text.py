"""The text of a CV -> the fields of a jobseeker, Indonesian and English.

    fields = cv_fields(text)     headline, description, job_location, education, fields_of_study,
                                 experience_months, work, skills, languages, credentials

The text is cut at its headings ("Pengalaman Kerja", "Education"; cv_words.yaml). A spell of work is a line
with a period ("Jan 2019 – sekarang", "2015-2018", "03/2019 s/d 12/2020") and the short lines beside it.
What is not understood stays in `description`: a field is left empty rather than guessed. Lines that say who
the person is, references and family are dropped, the name is struck from the rest; see identity.py.

Periods keep the precision they have: "2015", "2015-03" or "2015-03-10".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from padan.reading.identity import (
    Names,
    has_contact,
    heading_key,
    headings,
    is_address,
    is_closing,
    is_employer,
    is_identity,
    is_job,
    is_label,
    looks_like_name,
    names_in,
    strike,
    town_of,
)
from padan.reading.text import redact

__all__ = ["cv_fields", "find_period", "short_items"]

_MONTHS = {
    "jan": 1, "feb": 2, "peb": 2, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7,
    "agu": 8, "ags": 8, "agt": 8, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "nop": 11,
    "des": 12, "dec": 12,
}  # fmt: skip
_MONTH = (
    r"(?:jan(?:uari|uary)?|[fp]eb(?:ruari|ruary)?|mar(?:et|ch)?|apr(?:il)?|mei|may|jun[ie]?|jul[iy]?|agu(?:stus)?|ags|agt|aug(?:ust)?"
    r"|sept?(?:ember)?|okt(?:ober)?|oct(?:ober)?|no[vp](?:ember)?|des(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?:19[5-9]\d|20\d\d)"
_POINT = (
    rf"(?:(?:\d{{1,2}}\s+)?{_MONTH}\b[.,]?\s*'?{_YEAR}|\d{{1,2}}[/.-]\d{{1,2}}[/.-]{_YEAR}|\d{{1,2}}\s?[/.-]\s?{_YEAR}"
    rf"|{_YEAR}[/.-](?:0?[1-9]|1[0-2])(?!\d)|{_YEAR})"
)
_OPEN = (
    r"(?:sekarang|saat ini|kini|skrg|skr|present|now|current(?:ly)?|today|ongoing|date)"
    r"(?:\s*\([^)]{0,20}\))?"
)
_TO = r"\s*(?:-+|–|—|−|s\s?/\s?d|s\.d\.?|sd\b|sampai(?: dengan| saat)?|hingga|to\b|until|till|~)\s*"
_PERIOD = re.compile(
    rf"(?i)(?<![\d/.-])(?:(?P<month>{_MONTH})\b\.?(?={_TO}{_MONTH}\b)|(?P<start>{_POINT})){_TO}(?:(?P<end>{_POINT})|(?P<open>{_OPEN}))(?![\d/])"
    rf"|\b(?:sejak|since)\s+(?P<since>{_POINT})"
)
_SINGLE = re.compile(rf"(?i)^\W*(?:tahun\s+)?(?P<only>{_POINT})\W*$|\(\s*(?P<inside>{_POINT})\s*\)\s*$")
_LENGTH = re.compile(
    r"(?i)[(·,|]?\s*\d{1,2}\s*(?:tahun|thn|th|years?|yrs?|bulan|bln|months?|mos?)\b(?:\s*\d{1,2}\s*(?:bulan|bln|months?|mos?)\b)?\s*\)?"
)
_BULLET = re.compile(
    r"^\s*(?:[-–*•●▪▨■◦○‣⁃∙·➢➤►✓✔✅☑★☆◆◇➔→»❖o\uf0b7\uf0a7]\s+|[•●▪■◦‣➢➤►✓✔❖\uf0b7\uf0a7]|\(?\d{1,2}[.)]\s+)"
)
_STATED = re.compile(
    r"(?i)\b(\d{1,2})\s*\+?\s*(?:tahun|thn|years?)(?:'|’)?\s*(?:of\s+)?(?:\w+\s+){0,2}?(?:pengalaman|berpengalaman|experience)"
    r"|(?:pengalaman|berpengalaman|experience)\b(?:\s+\w+){0,3}?\s+(\d{1,2})\s*\+?\s*(?:tahun|thn|years?)"
)
_UNFINISHED = re.compile(
    r"(?i)\b(?:semester\s*\d|sedang (?:menempuh|menjalani)|(?:belum|tidak) (?:lulus|tamat|selesai)"
    r"|mahasiswa aktif"
    r"|expected|in progress|ongoing|drop ?out|undergraduate student|masih (?:kuliah|sekolah))"
)
_LEVEL = re.compile(
    r"(?i)\b(?:S-?\s?[123]|D-?\s?[1234]|D-?(?:III|IV|II|I)|sarjana|magister|doktor|diploma|bachelor|master|ph\.?d|profesi|b\.?sc|m\.?sc|associate)\b"
)
_COLLEGE = re.compile(
    r"(?i)\b(?:(universitas|university|institut|institute|stmik|stie|stikes|stkip|uin|iain)|(politeknik|polytechnic|akademi|academy))\b"
)
_STUDY = re.compile(
    r"(?:(?i:jurusan|program studi|prodi|major(?:ing)?(?: in)?|field of study|konsentrasi)\s*:?\s*"
    r"|\b(?i:(?:bachelor|master|diploma|associate|degree)[^,\n]{0,30}? (?:in|of(?![^,\n]{0,40} in )))\s+"
    r"|(?<!\w)(?i:S-?[123]|D-?[1-4]|D-?III|D-?IV)\s*[-–:]?\s+(?=[A-Z]))"
    r"([A-Z][\w.&/ -]{2,60})"
)  # fmt: skip
_STUDY_END = re.compile(
    r"(?i)\s*(?:\b(?:universitas|university|institut|institute|politeknik|akademi|sekolah|stmik|stie|di|at|from|dari|lulus|ipk|gpa|tahun"
    r"|terapan$)\b|[-–|(,]|\d).*$"
)
_ADDRESSEE = re.compile(r"(?i)^\W*(?:kepada\b|yth\b|yang terhormat|attn\b|to\s*:)")
_SALUTATION = re.compile(r"(?i)^\W*(?:dengan hormat|salam|dear\b|assalam)")
_DAY = re.compile(rf"(?i)\b\d{{1,2}}(?:\s+{_MONTH}\s+|[/.-]\d{{1,2}}[/.-]){_YEAR}")
_SENTENCE = re.compile(rf"[.!?](?:\s|$)|{_YEAR}")
_APPLIES = re.compile(
    r"(?:melamar|lamaran|(?i:apply(?:ing)?|application)\s+for)\b[^.\n]{0,40}?"
    r"(?:sebagai|posisi|jabatan|position of|post of)\s+(?:sebagai\s+)?([A-Z][\w/& -]{2,40})"
)
_PLACE_WORD = re.compile(
    r"\b(?:Indonesia|Kota|Kab\.|Kabupaten|Provinsi|Jakarta|Jawa|Java|Sumatera|Sumatra|Kalimantan|Sulawesi|Bali|Papua|Banten|Yogyakarta"
    r"|Maluku|Nusa Tenggara|Aceh|Riau|Lampung|Jambi|Bengkulu|Gorontalo|Malaysia|Singapore|Singapura)\b"
)  # fmt: skip
_RESIDENCE = re.compile(
    r"(?i)^\W{0,4}(domisili|alamat(?: (?:domisili|sekarang|tinggal|rumah|lengkap|ktp))?|tempat tinggal"
    r"|kota|lokasi"
    r"|(?:home |current )?address"
    r"|location|city|residence)\s*[:=\t]\s*(.+)$"
)
_INLINE = re.compile(r"^\W{0,4}([A-Za-z/& ]{4,40}?)\s*[:\t]\s*:?\s*(\S.{1,400})$")
_SCORE = re.compile(r"[\s:–-]*(?:[●○★☆■□▪▫⬤◯]{2,}|\(?\d{1,3}\s?%\)?|\d{1,2}\s?/\s?(?:5|10|100))\s*$")
_BLOCK = 15  #: lines at the top within which name, town and headline are looked for by their shape
_SERIAL = re.compile(
    r"(?i)[,;–-]?\s*\(?\bno(?:mor)?\.?\s*(?:sertifikat|registrasi|reg\.?|seri|sim|lisensi)?\s*[:.]?\s*[A-Z0-9./-]*\d[A-Z0-9./-]{3,40}\)?"
)


def cv_fields(text: str) -> dict[str, Any]:
    """The fields of a jobseeker in the text of a CV or letter.

    Never raises on any text; cost is linear in its length, some seconds for a million characters.
    """
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\u00a0", " ").split("\n")]
    names = names_in(lines)
    cv = _Cv(names)
    for section in _sections(lines, names):
        cv.take(section)
    return cv.fields()


@dataclass(slots=True)
class _Section:
    kind: str
    heading: str | None
    lines: list[str] = field(default_factory=list)


def _sections(lines: Iterable[str], names: Names) -> list[_Section]:
    """The text cut at its headings; "top" is what stands above the first or after the person's name.

    A label with its value ("Keahlian: Excel, Word") inside another block is a section of one line. What
    follows the closing words of a letter, or an address ("Kepada Yth."), is left out.
    """
    current = _Section("top", None)
    out = [current]

    def begin(kind: str, heading: str | None) -> _Section:
        out.append(_Section(kind, heading))
        return out[-1]

    full = {n.lower() for n in names.full}
    for line in lines:
        text = line.strip()
        kind = headings().get(heading_key(text)) if len(text) <= 60 and not text.startswith("(") else None
        if kind == "document" or (text.lower() in full and current.kind != "left_out"):
            current = begin("top", None)
        elif kind:
            current = begin(kind, text.strip(" :\t-–*•■❖"))
        elif is_closing(text):
            current = begin("left_out", None)
        elif current.kind == "top" and _ADDRESSEE.match(text):
            current = begin("addressee", None)
        elif current.kind == "addressee":
            if _SALUTATION.match(text):
                current = begin("top", None)
        elif (value := _labelled(line)) and value[0] != current.kind:
            out.append(_Section(value[0], value[1], [value[2]]))
            current = begin(current.kind, None)
        else:
            current.lines.append(value[2] if value else line)
    return out


def _labelled(line: str) -> tuple[str, str, str] | None:
    """Section, label and value of a line such as "Keahlian: Excel, Word"."""
    match = _INLINE.match(line)
    kind = headings().get(heading_key(match.group(1))) if match else None
    if match is None or kind not in ("skills", "languages", "education", "objective", "credentials"):
        return None
    return kind, match.group(1).strip(), match.group(2)


class _Cv:
    """What has been read of one CV."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.headline: str | None = None
        self.location: str | None = None
        self.education: list[str] = []
        self.studies: list[str] = []
        self.months: int | None = None
        self.work: list[dict[str, Any]] = []
        self.items: dict[str, list[str]] = {"skills": [], "languages": [], "credentials": []}
        self.text: list[str] = []

    def fields(self) -> dict[str, Any]:
        description = "\n\n".join(self.text)
        return {
            "headline": self.headline,
            "description": description or None,
            "job_location": self.location,
            "education": "; ".join(self.education) or None,
            "fields_of_study": list(dict.fromkeys(self.studies)),
            "experience_months": self.months,
            "work": self.work,
            **{name: list(dict.fromkeys(items)) for name, items in self.items.items()},
        }

    def take(self, section: _Section) -> None:
        for line in section.lines:
            residence = _RESIDENCE.match(line) if section.kind in ("top", "identity") else None
            if residence:
                self.location = town_of(residence.group(2)) or self.location
        if section.kind in ("left_out", "addressee"):
            return
        if section.kind in ("top", "identity"):
            self._top(section)
            return
        lines = [line for line in section.lines if not is_identity(line) and not _only_contact(line)]
        if section.kind == "work":
            self._work(section, lines)
        elif section.kind == "education":
            self._education(section, lines)
        elif section.kind in self.items:
            self._items(section, lines)
        elif section.kind == "objective" and self.headline is None and (short := self._as_headline(lines)):
            self.headline = short
        else:
            self._keep(section.heading, lines)

    # -- what the sections hold ----------------------------------------------------------------------------

    def _keep(self, heading: str | None, lines: Iterable[str]) -> None:
        """Text that no field was made of, under its heading."""
        text = self._clean("\n".join(lines).strip())
        if not text or text == heading:
            return
        match = _STATED.search(text)
        kind = headings().get(heading_key(heading)) if heading else "top"
        if match and self.months is None and kind in ("top", "summary", "objective"):
            self.months = 12 * int(match.group(1) or match.group(2))
        self.text.append(f"{heading}:\n{text}" if heading else text)

    def _clean(self, text: str) -> str:
        return redact(strike(text, self.names))[0] or ""

    def _line(self, text: str) -> str:
        """A title or item: one line, what is struck leaves no mark."""
        plain = re.sub(
            r"\s*\[(?:tautan|email|nik|telepon)\]\s*", " ", redact(strike(text, self.names, mark=""))[0] or ""
        )
        return (
            " ".join(plain.split()).strip(" ,;:|–-•·()\t")
            if plain.count("(") != plain.count(")")
            else " ".join(plain.split()).strip(" ,;:|–-•·\t")
        )

    def _top(self, section: _Section) -> None:
        """The block of name and contact: headline, town and running text are kept, short lines are not."""
        prose: list[str] = []
        label: str | None = None
        filled = 0
        for line in section.lines:
            text = line.strip()
            if not text:
                prose.append("")
                continue
            filled += 1
            below = section.kind == "top" and filled > _BLOCK
            before, label = label, text if is_label(text) else None
            words = len(text.split())
            if label or text.startswith(":") or is_identity(text) or is_address(text) or before:
                if self.location is None and (
                    is_address(text) or (before and _RESIDENCE.match(f"{before}: {text}"))
                ):
                    self.location = town_of(text)
            elif has_contact(text):
                for part in re.split(r"\t|\s[|•·⋄]\s|\s{3,}", text):
                    if (
                        self.location is None
                        and looks_like_name(part)
                        and not is_job(part)
                        and not has_contact(part)
                    ):
                        town = town_of(part)
                        self.location = None if town and self.names.known(town) else town
                if len(re.findall(r"[^\W\d_]{3,}", re.sub(r"\[[\w ]+\]", "", self._clean(text)))) >= 5:
                    prose.append(text)  # a sentence that only mentions a number
            elif words <= 8 and _DAY.search(text):
                self.location = self.location or town_of(text)
            elif words >= 9 or (_BULLET.match(text) and words >= 3) or below:
                prose.append(text)
            elif _PLACE_WORD.search(text) and not is_job(text):
                self.location = self.location or town_of(text)
            elif (
                self.headline is None
                and section.kind == "top"
                and is_job(text)
                and not _SENTENCE.search(text)
            ):
                self.headline = self._line(text) or None
            elif section.kind == "top" and (is_job(text) or (words >= 4 and not looks_like_name(text))):
                prose.append(text)
        text = "\n".join(prose)
        if self.headline is None and (wish := _APPLIES.search(text)):
            self.headline = self._line(wish.group(1)) or None
        self._keep(None, prose)

    def _as_headline(self, lines: Sequence[str]) -> str | None:
        filled = [_BULLET.sub("", line).strip() for line in lines if line.strip()]
        if len(filled) == 1 and len(filled[0].split()) <= 10 and "." not in filled[0].rstrip("."):
            return self._line(filled[0].rstrip(".")) or None
        return None

    def _items(self, section: _Section, lines: Sequence[str]) -> None:
        """Lists of skills, languages or credentials; sentences go to the description."""
        rest: list[str] = []
        for line in lines:
            items = [_BULLET.sub("", line).strip()] if section.kind == "credentials" else short_items(line)
            for item in items:
                if not item:
                    continue
                item = self._line(_SERIAL.sub("", _SCORE.sub("", item)))
                most = 18 if section.kind == "credentials" else 7
                if len(item.split()) > most:
                    rest.append(item)
                elif len(item) > 1 and not (self.names.full and item in self.names.full):
                    self.items[section.kind].append(item[:200])
        self._keep(section.heading, rest)

    def _education(self, section: _Section, lines: Sequence[str]) -> None:
        """Levels that were completed go to `education`, all text stays in the description."""
        self._keep(section.heading, lines)
        for entry in _entries([line for line in lines if line.strip()]):
            text = " , ".join([*entry.head, *entry.body])
            for match in _STUDY.finditer("\n".join([*entry.head, *entry.body])):
                study = self._line(_STUDY_END.sub("", match.group(1)).strip(" .-"))
                if 2 < len(study) <= 60 and not is_employer(study, first=True):
                    self.studies.append(study)
            if (entry.period and entry.period[2]) or _UNFINISHED.search(text):
                continue
            plain = self._line(text)
            college = _COLLEGE.search(plain)
            if college and not _LEVEL.search(plain):
                # the country's table says what a bare "universitas" or "akademi" counts as
                plain += ", universitas" if college.group(1) else ", akademi"
            self.education.append(plain[:300])

    def _work(self, section: _Section, lines: Sequence[str]) -> None:
        left: list[str] = []
        for entry in _entries([line for line in lines if line.strip()]):
            if entry.period is None:
                left.extend([*entry.head, *entry.body])
                continue
            title, employer, more = _title_and_employer(entry.head)
            start, end, current = entry.period
            body = "\n".join([*more, *(_BULLET.sub("- ", line.strip()) for line in entry.body)])
            spell = {
                "title": self._line(title) if title else None,
                "employer": self._line(employer) if employer else None,
                "start": start,
                "end": end,
                "current": current,
                "description": self._clean(body) or None,
            }
            if spell["title"] or spell["employer"] or spell["description"]:
                self.work.append(spell)
        self._keep(section.heading, left)


def _only_contact(line: str) -> bool:
    return has_contact(line) and len(re.sub(r"\S*[@\d/]\S*", "", line).split()) <= 3


# -- lists -------------------------------------------------------------------------------------------------


def short_items(line: str) -> list[str]:
    """The items of a line of skills or languages.

    Commas inside brackets part nothing; "Office: Word, Excel" gives two items, a sentence itself.
    """
    line = _BULLET.sub("", line).strip()
    label = re.match(r"^[A-Za-z/& ]{3,40}:\s*(?=\S)", line)
    if label and re.search(r"[,;|•·]", line[label.end() :]):
        line = line[label.end() :]
    elif label:
        line = f"{label.group().rstrip(': ')} {line[label.end() :]}"
    if len(line.split()) > 12 and line.count(",") < len(line.split()) / 6:
        return [line]  # a sentence
    out, depth, start = [], 0, 0
    for index, char in enumerate(line):
        if char in "([":
            depth += 1
        elif char in ")]":
            depth = max(0, depth - 1)
        elif depth == 0 and char in ",;|•·●▪\t":
            out.append(line[start:index])
            start = index + 1
    out.append(line[start:])
    return [re.sub(r"(?i)^(?:dan|and|&)\s+", "", item.strip(" .")) for item in out if item.strip(" .")]


# -- periods and spells ------------------------------------------------------------------------------------


def _point(text: str, year: str | None = None) -> str | None:
    """A point in time with the precision it has: "Mar 2019" -> "2019-03"."""
    text = text.strip().lower()
    found = re.search(_YEAR, text)
    year = found.group() if found else year
    if year is None:
        return None
    month = re.search(_MONTH, text)
    day = re.match(r"\d{1,2}(?=\s+[a-z])", text)
    if month:
        number = _MONTHS[month.group()[:3]]
        return (
            f"{year}-{number:02d}-{int(day.group()):02d}"
            if day and 1 <= int(day.group()) <= 28
            else f"{year}-{number:02d}"
        )
    numbers = [int(n) for n in re.findall(r"\d{1,4}", text) if n != year]
    if len(numbers) == 2 and 1 <= numbers[1] <= 12 and 1 <= numbers[0] <= 31:
        return f"{year}-{numbers[1]:02d}"  # day first, as Indonesia writes it
    if len(numbers) == 1 and 1 <= numbers[0] <= 12:
        return f"{year}-{numbers[0]:02d}"
    return year


def find_period(
    line: str, *, single: bool = False
) -> tuple[tuple[str | None, str | None, bool | None], str] | None:
    """The period that a line holds, (start, end, current), and the rest of the line; or None.

    single   one year or month alone on the line or in brackets at its end counts as a period within it
    """
    match = _PERIOD.search(line)
    if match is None:
        if single and (alone := _SINGLE.search(line)):
            point = _point(alone.group("only") or alone.group("inside"))
            return (point, point, False), line[: alone.start()].strip(" ,|–-(")
        return None
    if match.group("since"):
        period: tuple[str | None, str | None, bool | None] = (_point(match.group("since")), None, True)
    elif match.group("open"):
        period = (_point(match.group("start") or match.group("month")), None, True)
    else:
        end = _point(match.group("end"))
        start = (
            _point(match.group("start"))
            if match.group("start")
            else _point(match.group("month"), (end or "")[:4])
        )
        period = (start, end, False)
    rest = f"{line[: match.start()].rstrip(' (,|:;–-')}\t{line[match.end() :].lstrip(' ),|:;–-.')}"
    return period, _LENGTH.sub("", rest).strip(" \t(),|:;–-·")


@dataclass(slots=True)
class _Entry:
    """One entry of a section: its period, the short lines that name it, and what stands under them."""

    period: tuple[str | None, str | None, bool | None] | None
    head: list[str]
    body: list[str]


def _entries(lines: list[str]) -> list[_Entry]:
    """Entries of a section of work or education: each has one line with a period.

    How the lines stand is learnt from the first: title lines above its period mean that all entries begin so.
    A line with a period in running text is no entry, unless all of them are items of a list.
    """
    found = [
        (i, p)
        for i, line in enumerate(lines)
        if (p := find_period(line, single=True)) and len(p[1].split()) <= 14
    ]
    plain = [(i, p) for i, p in found if not _BULLET.match(lines[i]) or re.match(rf"\s*\(?{_YEAR}", lines[i])]
    found = plain or [(i, p) for i, p in found if len(lines[i].split()) <= 16]
    if not found:
        return [_Entry(None, [], lines)] if lines else []
    first_index, (_, first_rest) = found[0]
    before = 0
    if len(_parts(first_rest)) < 2:
        for line in reversed(lines[:first_index]):
            if before == 2 or not _is_short(line):
                break
            before += 1
    starts = []
    for number, (index, _) in enumerate(found):
        floor = found[number - 1][0] + 1 if number else 0
        start = index
        while start > floor and index - start < before and _is_short(lines[start - 1]):
            start -= 1
        starts.append(start)
    out = [_Entry(None, [], lines[: starts[0]])] if starts[0] else []
    for number, (index, (period, rest)) in enumerate(found):
        stop = starts[number + 1] if number + 1 < len(found) else len(lines)
        head = [_BULLET.sub("", line).strip() for line in lines[starts[number] : index]]
        if rest:
            head.append(_BULLET.sub("", rest).strip())
        body = lines[index + 1 : stop]
        while body and _is_short(body[0]) and _wants(head, body[0]):
            head.append(body.pop(0).strip())
        out.append(_Entry(period, head, body))
    return out


def _is_short(line: str) -> bool:
    return not _BULLET.match(line) and len(line.split()) <= 10 and not line.rstrip().endswith((".", ";"))


def _wants(head: list[str], line: str) -> bool:
    """Whether the next line still names the entry: any when nothing does, then what is missing."""
    parts = [p for h in head for p in _parts(h)]
    if not parts:
        return True
    if len(parts) >= 2:
        return False
    has_title, has_employer = is_job(parts[0]), is_employer(parts[0])
    return (
        (not has_employer and is_employer(line))
        or (not has_title and is_job(line))
        or (has_title and is_employer(line))
    )


_PARTS = re.compile(r"\t|\s[|•·@–—-]\s|\s{3,}|;")
_AT = re.compile(r"\s+(?:di|at|pada)\s+(?=[A-Z])")


def _parts(line: str) -> list[str]:
    return [
        p.strip(" ,:()") for p in _PARTS.split(line) if p and p.strip(" ,:()") and not p.strip(" .").isdigit()
    ]


def _title_and_employer(head: list[str]) -> tuple[str | None, str | None, list[str]]:
    """Title, employer and the rest of the head of an entry; all is the title when no word tells."""
    parts: list[str] = []
    for line in head:
        for part in _parts(line):
            at = _AT.split(part, maxsplit=1)
            if len(at) == 2 and not is_employer(at[0], first=True):
                return at[0], at[1], [p for p in _parts(line) if p != part] + [h for h in head if h != line]
            comma = part.split(", ", 1)
            if len(comma) == 2 and is_job(comma[0]) and not is_employer(comma[0], first=True):
                parts.extend(comma)
            else:
                parts.append(part)
    if not parts:
        return None, None, []
    employer = next((p for p in parts if is_employer(p, first=True)), None)
    title = next((p for p in parts if p != employer and is_job(p)), None)
    if employer is None:
        employer = next((p for p in parts if p != title and is_employer(p)), None)
    rest = [p for p in parts if p not in (title, employer)]
    if title is None and employer is not None and rest:
        title = rest.pop(0)
    elif title is not None and employer is None and rest:
        employer = rest.pop(0)
    elif title is None and employer is None:
        return " – ".join(parts), None, []
    return title, employer, rest
