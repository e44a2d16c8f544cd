"""XML feeds and structured web data as plain rows: RSS, Atom, JSON-LD JobPosting, IATI activities.

    rss, atom     one row an item: title, link, guid, date, category, text, and `sections` {heading: text
                  under it} from the HTML of the item, so that a mapping file can say `sections.Lokasi`
    JSON-LD       every JobPosting wherever it sits (in `@graph`, in a list, in a wrapper object, in a web
                  page), flattened to one level: organisation, places, salary, identifier
    IATI          one row an activity, enough for a programme record

`expand` turns a row of any JSON file into rows of postings when it holds some.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from padan.errors import InputError
from padan.reading.formats import BadRow, Limits, Row, xml_root

__all__ = ["expand", "html_rows", "is_posting_like", "xml_rows"]


def xml_rows(path: Path, *, limits: Limits | None = None) -> tuple[str, Iterator[Row | BadRow]]:
    """The format found in an XML file ("rss", "atom", "iati", "europass") and its rows.

    A Europass document gives one row with the element itself under "document"; see documents.py.
    """
    root = xml_root(path, limits=limits)
    tag = _local(root)
    if tag in ("rss", "RDF"):
        return "rss", _items(root, "item")
    if tag == "feed":
        return "atom", _items(root, "entry")
    if tag == "iati-activities":
        return "iati", _activities(root)
    if tag == "iati-activity":
        return "iati", iter([Row(1, _activity(root))])
    if tag == "SkillsPassport":
        return "europass", iter([Row(1, {"document": root})])
    if tag == "iati-organisations":
        raise InputError(
            f"{path.name} is an IATI organisation file: it lists budgets of an organisation and no activity",
            hint="read the organisation's activity file as programmes",
        )
    raise InputError(
        f"{path.name} is XML of a kind Padan does not know (root element {tag!r})",
        hint="known: RSS, Atom, Europass SkillsPassport, IATI activities",
    )


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def _items(root: Any, name: str) -> Iterator[Row | BadRow]:
    found = [e for e in root.iter() if _local(e) == name]
    if not found:
        yield from ()
    for number, item in enumerate(found, start=1):
        values: dict[str, Any] = {}
        categories: list[str] = []
        page = False
        for child in item:
            key = _local(child)
            text = "".join(child.itertext()).strip()
            if key == "category":
                categories.append(child.get("term") or text)
            elif key == "link":
                # Atom gives several: the page itself is the one without rel, or with rel="alternate"
                is_page = child.get("rel") in (None, "alternate")
                if is_page and not page:
                    values["link"], page = text or child.get("href"), True
                else:
                    values.setdefault("link", text or child.get("href"))
            elif text and key not in values:
                values[key] = text
        values["category"] = categories
        body = (
            values.get("encoded")
            or values.get("content")
            or values.get("description")
            or values.get("summary")
        )
        values["text"] = body
        values["sections"] = _sections(body) if body else {}
        values["date"] = (
            values.get("pubDate") or values.get("published") or values.get("updated") or values.get("date")
        )
        yield Row(number, values)


def _sections(body: str) -> dict[str, str]:
    """Headings of an HTML fragment and the HTML under each; the first h1 or h2 is under "heading"."""
    from lxml import etree, html

    if "<" not in body:
        return {}
    try:
        root = html.fromstring(
            f"<div>{body[:400_000]}</div>", parser=html.HTMLParser(no_network=True, huge_tree=False)
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return {}
    out: dict[str, str] = {}
    current: str | None = None
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag in ("h1", "h2"):
            out.setdefault("heading", element.text_content().strip())
            current = None
        elif element.tag in ("h3", "h4", "h5"):
            current = element.text_content().strip().rstrip(":").strip()
            out.setdefault(current, "")
        elif current is not None and element.tag in ("p", "li", "td"):
            line = html.tostring(element, encoding="unicode", with_tail=False)
            out[current] = f"{out[current]}{line}"
    return {k: v for k, v in out.items() if k and v}


# -- JSON-LD -----------------------------------------------------------------------------------------------


def html_rows(path: Path, *, limits: Limits | None = None) -> Iterator[Row | BadRow]:
    """The JobPostings of a web page, from its `application/ld+json` blocks."""
    from lxml import html

    limits = limits or Limits()
    if path.stat().st_size > limits.json_bytes:
        raise InputError(f"{path.name} is larger than {limits.json_bytes / 1e6:,.0f} MB")
    root = html.document_fromstring(
        path.read_bytes(), parser=html.HTMLParser(no_network=True, huge_tree=False)
    )
    number = 0
    for script in root.iter("script"):
        if (script.get("type") or "").split(";")[0].strip().lower() != "application/ld+json":
            continue
        try:
            document = json.loads(script.text_content())
        except (ValueError, RecursionError) as error:
            number += 1
            yield BadRow(number, f"the JSON-LD block is not JSON: {str(error)[:80]}")
            continue
        for posting in _postings(document):
            number += 1
            yield Row(number, _flatten(posting))
    if number == 0:
        raise InputError(
            f"{path.name} is a web page without a JobPosting in JSON-LD", hint="save the vacancy page itself"
        )


def is_posting_like(values: Any) -> bool:
    """Whether a JSON value is JSON-LD, so that it must hold a JobPosting."""
    if isinstance(values, dict):
        if "@type" in values or "@graph" in values or "@context" in values:
            return True
        return any(isinstance(v, dict) and ("@type" in v or "@graph" in v) for v in values.values())
    return False


def expand(row: Row) -> Iterator[Row | BadRow]:
    """One row a JobPosting inside a JSON-LD row; a BadRow where there is none."""
    found = False
    for posting in _postings(dict(row.values)):
        found = True
        yield Row(row.number, _flatten(posting))
    if not found:
        yield BadRow(row.number, "the JSON-LD holds no JobPosting", column="@type")


def _postings(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 6:
        return
    if isinstance(value, list):
        for item in value:
            yield from _postings(item, depth + 1)
    elif isinstance(value, dict):
        kinds = value.get("@type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if any(isinstance(k, str) and k.rsplit("/", 1)[-1] == "JobPosting" for k in kinds):
            yield value
            return
        for item in value.values():
            yield from _postings(item, depth + 1)


def _flatten(posting: dict[str, Any]) -> dict[str, Any]:
    """A JobPosting with its nested objects as one level of text and numbers; the original names stay."""
    out: dict[str, Any] = dict(posting)
    identifier = _one(posting.get("identifier"))
    out["identifier"] = identifier.get("value") if isinstance(identifier, dict) else identifier
    organisation = _one(posting.get("hiringOrganization"))
    out["organisation"] = organisation.get("name") if isinstance(organisation, dict) else organisation
    out["places"] = _place_texts(posting.get("jobLocation"))
    if _one(posting.get("jobLocationType")) == "TELECOMMUTE":
        out["places"].append("Remote")
    salary = _one(posting.get("baseSalary"))
    if isinstance(salary, dict):
        value = _one(salary.get("value"))
        inner = value if isinstance(value, dict) else {"value": value}
        out["salary_currency"] = salary.get("currency") or posting.get("salaryCurrency")
        out["salary_period"] = inner.get("unitText") or salary.get("unitText")
        out["salary_min"] = inner.get("minValue", salary.get("minValue"))
        out["salary_max"] = inner.get("maxValue", salary.get("maxValue"))
        single = inner.get("value")
        if isinstance(single, str) and not _AMOUNT.fullmatch(single):
            out["salary_text"] = single
        elif single is not None and out["salary_min"] is None:
            out["salary_min"] = out["salary_max"] = single
    elif salary is not None:
        out["salary_text"] = str(salary)
    for name in (
        "educationRequirements",
        "experienceRequirements",
        "occupationalCategory",
        "industry",
        "skills",
    ):
        out[name] = _texts(posting.get(name))
    experience = posting.get("experienceRequirements")
    if isinstance(experience, dict):
        out["experience_months"] = experience.get("monthsOfExperience")
    return out


#: an amount alone: its currency and its period stand beside it
_AMOUNT = re.compile(r"\s*\d[\d.,\s]*")


def _one(value: Any) -> Any:
    """The first of a list: JSON-LD may write any single value as one."""
    return (value[0] if value else None) if isinstance(value, list) else value


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return (
            value.get("name")
            or value.get("credentialCategory")
            or value.get("codeValue")
            or value.get("description")
        )
    if isinstance(value, list):
        return [t for t in (_texts(v) for v in value) if t]
    return value


def _place_texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [t for item in value for t in _place_texts(item)]
    if isinstance(value, str):
        return [value]
    if not isinstance(value, dict):
        return []
    address = value.get("address")
    if isinstance(address, list):
        return [t for item in address for t in _place_texts({"address": item})]
    if isinstance(address, str):
        return [address]
    if isinstance(address, dict):
        country = address.get("addressCountry")
        country = country.get("name") if isinstance(country, dict) else country
        parts = [address.get(k) for k in ("streetAddress", "addressLocality", "addressRegion", "postalCode")]
        text = ", ".join(str(p) for p in [*parts, country] if p)
        if text:
            return [text]
    name = value.get("name")
    return [str(name)] if name else []


# -- IATI --------------------------------------------------------------------------------------------------


def _activities(root: Any) -> Iterator[Row | BadRow]:
    number = 0
    for element in root:
        if _local(element) == "iati-activity":
            number += 1
            yield Row(number, _activity(element))


def _activity(element: Any) -> dict[str, Any]:
    """What a programme record needs of an IATI activity, of standards 1.x and 2.x."""
    out: dict[str, Any] = {}
    for child in element:
        name = _local(child)
        # standard 2.x: a narrative a language, the first is the main one
        narratives = [e for e in child if _local(e) == "narrative"]
        text = " ".join("".join((narratives[0] if narratives else child).itertext()).split())
        if name in ("title", "description", "iati-identifier", "reporting-org") and text and name not in out:
            out[name] = text
        elif name == "activity-date":
            kind = {"1": "start-planned", "2": "start-actual", "3": "end-planned", "4": "end-actual"}.get(
                child.get("type", ""), child.get("type", "")
            )
            day = child.get("iso-date") or text
            out[kind] = day[:10] if day else None
        elif name == "recipient-country":
            out.setdefault("recipient-country", text or child.get("code"))
    out["start"] = out.get("start-actual") or out.get("start-planned")
    out["end"] = out.get("end-actual") or out.get("end-planned")
    return out
