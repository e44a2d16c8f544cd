"""A Europass document (SkillsPassport XML 3.x or JSON) -> the fields of a jobseeker.

XML and JSON are brought to one tree first: `XXXList` wrappers become lists, year="2015" month="--03"
becomes numbers. What identifies the person is not in that tree: demographics, contact data, photo,
signature and attachments are never converted. The names of the person and of a letter's addressee are read
for one purpose, to strike them from headline, letter and texts; town and country are kept as the place of
residence.

Document types: CV (ECV), cover letter (ECL), language passport (ELP), skills passport (ESP), and bundles of
them: what is there is read. Levels of the European Qualifications Framework become words that the country's
table knows. Source: Europass XML schema 3.4.0 and its JSON form, Cedefop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from padan.reading.cv_text import short_items
from padan.reading.identity import Names, strike
from padan.reading.text import clean_line, clean_text, redact

__all__ = ["europass_fields", "json_tree", "xml_tree"]

#: elements that are not read at all, by name without "List"
_NEVER = frozenset((
    "Demographics", "Birthdate", "Gender", "Nationality", "Photo", "Signature", "Email", "Telephone",
    "Website", "InstantMessaging", "Attachment", "PrintingPreferences", "Documentation", "ReferenceTo",
    "MimeType", "Data", "Metadata", "Localisation", "OpeningSalutation", "ClosingSalutation",
))  # fmt: skip
_DEPTH = 40
#: EQF level -> words of an education table; 3 covers too much to be told
_EQF = {
    "1": "primary school", "2": "lower secondary school", "4": "upper secondary school",
    "5": "associate degree", "6": "bachelor degree", "7": "master degree", "8": "doctorate",
}  # fmt: skip
_CERTIFIED = frozenset((
    "certifications", "courses",
))  # fmt: skip
_FIELD_IN_TITLE = re.compile(
    r"(?i)\b(?:bachelor|master|diploma|degree|ph\.?d|doctor)\b.{0,40}?"
    r"\b(?:in|of(?= (?!science|arts)))\s+(.{3,80})$"
)


def xml_tree(element: Any, depth: int = 0) -> Any:
    """An element as nested dicts, lists and text, without the elements that are never read."""
    if depth > _DEPTH:
        return None
    out: dict[str, Any] = {str(k).rsplit("}", 1)[-1].capitalize(): str(v) for k, v in element.attrib.items()}
    children = [c for c in element if isinstance(c.tag, str)]
    met: set[str] = set()
    for child in children:
        name = child.tag.rsplit("}", 1)[-1]
        singular = name.removesuffix("List")
        if singular in _NEVER:
            continue
        value = xml_tree(child, depth + 1)
        if name != singular:
            value = _many(value.get(singular)) if isinstance(value, dict) else []
        out[singular] = [*_many(out[singular]), *_many(value)] if singular in met else value
        met.add(singular)
    if not children and not out:
        return (element.text or "").strip() or None
    return out


def json_tree(value: Any, depth: int = 0) -> Any:
    """Parsed JSON without the members that are never read."""
    if depth > _DEPTH:
        return None
    if isinstance(value, Mapping):
        kept = {
            str(k).removesuffix("List"): v
            for k, v in value.items()
            if str(k).removesuffix("List") not in _NEVER
        }
        return {k: json_tree(v, depth + 1) for k, v in kept.items()}
    if isinstance(value, list):
        return [json_tree(v, depth + 1) for v in value]
    return value


def europass_fields(passport: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one SkillsPassport, as `xml_tree` or `json_tree` give it; each may be None or empty."""
    persons = (_at(passport, "LearnerInfo", "Identification"), _at(passport, "CoverLetter", "Addressee"))
    names = Names.of(*(_name(_at(person, "PersonName")) for person in persons))
    return _Passport(passport, _at(passport, "LearnerInfo"), names).fields()


class _Passport:
    """One document with the names to strike."""

    def __init__(self, passport: Mapping[str, Any], learner: Any, names: Names) -> None:
        self.passport, self.learner, self.names = passport, learner, names
        self.skills: list[str] = []
        self.languages: list[str] = []
        self.credentials: list[str] = []
        self.text: list[str] = []

    def fields(self) -> dict[str, Any]:
        headline = self._headline()
        self._skill_groups(_at(self.learner, "Skills"))
        self._achievements()
        education, studies = self._education()
        work = [s for e in _many(_at(self.learner, "WorkExperience")) if (s := self._spell(e))]
        letter = self._letter()
        updated = _text(_at(self.passport, "DocumentInfo", "LastUpdateDate")) or _text(
            _at(self.passport, "DocumentInfo", "CreationDate")
        )
        return {
            "headline": headline
            or self._line(_text(_at(self.passport, "CoverLetter", "Letter", "SubjectLine"))),
            "description": "\n\n".join([*self.text, *letter]) or None,
            "job_location": self._residence(),
            "education": "; ".join(education) or None,
            "fields_of_study": studies,
            "work": work,
            "skills": list(dict.fromkeys(self.skills)),
            "languages": list(dict.fromkeys(self.languages)),
            "credentials": list(dict.fromkeys(self.credentials)),
            # "2013-03-13T19:13:14.265Z": the day, whatever follows it
            "date_posted": updated[:10] if updated and re.match(r"\d{4}-\d{2}-\d{2}", updated) else None,
        }

    def _line(self, text: str | None) -> str | None:
        line, _ = clean_line(strike(text, self.names, mark=""))
        return redact(line)[0] if line else None

    def _prose(self, text: str | None) -> str | None:
        plain, _ = clean_text(text)
        return redact(strike(plain, self.names))[0] or None

    def _headline(self) -> str | None:
        label = _label(_at(self.learner, "Headline", "Description"))
        if _text(_at(self.learner, "Headline", "Type", "Code")) == "personal_statement":
            if statement := self._prose(label):
                self.text.append(statement)
            return None
        return self._line(label)

    def _residence(self) -> str | None:
        contact = _at(self.learner, "Identification", "ContactInfo", "Address", "Contact")
        parts = [_text(_at(contact, "Municipality")), _label(_at(contact, "Country"))]
        return ", ".join(p for p in parts if p) or None

    def _spell(self, node: Any) -> dict[str, Any] | None:
        title, employer = (
            self._line(_label(_at(node, "Position"))),
            self._line(_text(_at(node, "Employer", "Name"))),
        )
        text = self._prose(_text(_at(node, "Activities")))
        if not (title or employer or text):
            return None
        period = _at(node, "Period")
        current = str(_at(period, "Current")).lower() == "true"
        return {
            "title": title,
            "employer": employer,
            "start": _point(_at(period, "From")),
            "end": None if current else _point(_at(period, "To")),
            "current": current,
            "description": text,
        }

    def _education(self) -> tuple[list[str], list[str]]:
        """Titles and levels of what was completed, and fields of study; the subjects go to the text."""
        done: list[str] = []
        studies: list[str] = []
        for node in _many(_at(self.learner, "Education")):
            title, subjects = (
                self._line(_text(_at(node, "Title"))),
                self._prose(_text(_at(node, "Activities"))),
            )
            study = self._line(_label(_at(node, "Field")))
            if study is None and title and (match := _FIELD_IN_TITLE.search(title)):
                study = match.group(1).strip()
            if study:
                studies.append(study)
            if title or subjects:
                self.text.append("\n".join(t for t in (title, subjects) if t))
            if str(_at(node, "Period", "Current")).lower() == "true":
                continue  # not completed
            level = _EQF.get(_text(_at(node, "Level", "Code")) or "") or _label(_at(node, "Level"))
            done.extend(t for t in (title, level) if t)
        return done, list(dict.fromkeys(studies))

    def _skill_groups(self, skills: Any) -> None:
        for mother in _many(_at(skills, "Linguistic", "MotherTongue")):
            if name := self._line(_label(_at(mother, "Description"))):
                self.languages.append(f"{name} (native)")
        for foreign in _many(_at(skills, "Linguistic", "ForeignLanguage")):
            if name := self._line(_label(_at(foreign, "Description"))):
                self.languages.append(f"{name} {_cefr(_at(foreign, 'ProficiencyLevel'))}".strip())
            self._certificates(foreign)
        for group in ("JobRelated", "Computer", "Communication", "Organisational", "Other"):
            node = _at(skills, group)
            self._certificates(node)
            plain, _ = clean_text(_text(_at(node, "Description")))
            for line in (plain or "").split("\n"):
                items = short_items(line)
                if (
                    line.strip()
                    and not line.rstrip().endswith(".")
                    and all(len(i.split()) <= 7 for i in items)
                ):
                    self.skills.extend(s for i in items if (s := self._line(i)))
                elif prose := self._prose(line):
                    self.text.append(prose)
        for licence in _licences(_at(skills, "Driving", "Description")):
            self.credentials.append(f"Driving licence {licence}")

    def _certificates(self, node: Any) -> None:
        for certificate in _named(node, "Certificate"):
            title, body = (
                self._line(_text(_at(certificate, "Title"))),
                self._line(_text(_at(certificate, "AwardingBody"))),
            )
            if title:
                self.credentials.append(f"{title} ({body})" if body else title)

    def _achievements(self) -> None:
        for node in _many(_at(self.learner, "Achievement")):
            code, label = _text(_at(node, "Title", "Code")), _label(_at(node, "Title"))
            text = self._prose(_text(_at(node, "Description")))
            if code == "references" or not text:
                continue  # references are other people
            if code in _CERTIFIED and len(text) <= 200 and "\n" not in text:
                self.credentials.append(text)
            else:
                self.text.append(f"{label}:\n{text}" if label else text)

    def _letter(self) -> list[str]:
        body = _at(self.passport, "CoverLetter", "Letter", "Body")
        return [t for key in ("Opening", "MainBody", "Closing") if (t := self._prose(_text(_at(body, key))))]


# -- the tree ----------------------------------------------------------------------------------------------


def _at(node: Any, *path: str) -> Any:
    for key in path:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def _text(node: Any) -> str | None:
    if isinstance(node, str):
        return node.strip() or None
    return str(node) if isinstance(node, int) and not isinstance(node, bool) else None


def _label(node: Any) -> str | None:
    """The text of a coded value: its label, or the value itself where it is plain."""
    return _text(_at(node, "Label")) or _text(node)


def _many(node: Any) -> list[Any]:
    return node if isinstance(node, list) else [] if node is None else [node]


def _named(node: Any, name: str, depth: int = 0) -> Iterator[Any]:
    """All members of that name below a node; JSON and XML wrap certificates differently."""
    if isinstance(node, list):
        for item in node:
            yield from _named(item, name, depth + 1)
    elif isinstance(node, Mapping) and depth < 8:
        for key, value in node.items():
            if key == name:
                yield from _many(value)
            else:
                yield from _named(value, name, depth + 1)


def _name(person: Any) -> str | None:
    parts = [_text(_at(person, key)) for key in ("FirstName", "Surname")]
    return " ".join(p for p in parts if p) or None


def _point(node: Any) -> str | None:
    """Year, month and day as far as given: {"Year": 2002, "Month": "--08"} -> "2002-08"."""
    numbers = []
    for key, digits in (("Year", 4), ("Month", 2), ("Day", 2)):
        text = (_text(_at(node, key)) or "").strip("-")
        if not text.isdecimal() or len(text) > digits:
            break
        numbers.append(text.zfill(digits))
    return "-".join(numbers) or None


def _cefr(levels: Any) -> str:
    """The levels of reading, speaking and writing as one: "C1", or lowest to highest: "A1–B1"."""
    found = sorted({v for v in (levels.values() if isinstance(levels, Mapping) else ()) if v in _CEFR})
    return "–".join(dict.fromkeys((found[0], found[-1]))) if found else ""


_CEFR = frozenset((
    "A1", "A2", "B1", "B2", "C1", "C2",
))  # fmt: skip


def _licences(node: Any) -> list[str]:
    """Categories of a driving licence: a list of texts, of {"Licence": …}, or one object with a list."""
    if isinstance(node, Mapping):
        node = node.get("Licence")
    out: list[str] = []
    for item in _many(node):
        licence = _text(item) or _text(_at(item, "Licence"))
        if licence and re.fullmatch(r"[A-Z][A-Z0-9]{0,3}", licence):
            out.append(licence)
    return out
