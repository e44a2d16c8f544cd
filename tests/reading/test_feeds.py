"""Feeds and structured web data, each variant written here: RSS, Atom, JSON-LD, IATI."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from padan.countries import Country
from padan.errors import InputError
from padan.model import Kind, from_table
from padan.reading.feeds import html_rows, is_posting_like, xml_rows
from padan.reading.formats import BadRow, Row
from padan.reading.read import ReadResult, read

POSTING: dict[str, Any] = {"@context": "https://schema.org", "@type": "JobPosting", "title": "Kasir"}


def read_text(
    folder: Path, country: Country, text: str, name: str = "berkas.json", kind: Kind = Kind.VACANCY
) -> ReadResult:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    result = read(path, kind, country=country)
    account = result.account
    assert account.rows_in == account.rows_out + account.rejected + account.repeated
    return result


def records(folder: Path, country: Country, document: Any) -> list[Any]:
    result = read_text(folder, country, json.dumps(document))
    assert not result.rejected
    assert result.account.form == "jobposting"
    return from_table(Kind.VACANCY, result.table)


def one(folder: Path, country: Country, **values: Any) -> Any:
    """The one vacancy that a posting with these values gives."""
    (vacancy,) = records(folder, country, {**POSTING, **values})
    return vacancy


# -- JSON-LD -----------------------------------------------------------------------------------------------


def test_a_full_posting_fills_every_field_it_speaks_of(tmp_path: Path, country: Country) -> None:
    vacancy = one(
        tmp_path,
        country,
        identifier={"@type": "PropertyValue", "name": "Toko", "value": "TM-000417"},
        url="https://toko.example/karier/kasir",
        description="<p>Melayani pembeli di kasir.</p><ul><li>Menghitung kas</li></ul>",
        qualifications="SMA atau SMK",
        jobBenefits="Makan siang",
        hiringOrganization={"@type": "Organization", "name": "PT Toko Makmur"},
        industry="Perdagangan eceran",
        occupationalCategory="5230",
        jobLocation={
            "@type": "Place",
            "address": {
                "@type": "PostalAddress",
                "addressLocality": "Kota Bandung",
                "addressRegion": "Jawa Barat",
                "addressCountry": "ID",
            },
        },
        employmentType="FULL_TIME",
        baseSalary={
            "@type": "MonetaryAmount",
            "currency": "IDR",
            "value": {"minValue": 3_000_000, "maxValue": 4_000_000, "unitText": "MONTH"},
        },
        totalJobOpenings=3,
        educationRequirements={
            "@type": "EducationalOccupationalCredential",
            "credentialCategory": "high school",
        },
        experienceRequirements={"@type": "OccupationalExperienceRequirements", "monthsOfExperience": 18},
        skills="Excel, melayani pelanggan",
        datePosted="2026-01-15",
        validThrough="2026-02-28T23:59:00+07:00",
    )
    assert (vacancy.id, vacancy.identifier) == ("jobposting:TM-000417", "TM-000417")
    assert vacancy.url == "https://toko.example/karier/kasir"
    assert vacancy.description == "Melayani pembeli di kasir.\n\n- Menghitung kas"
    assert vacancy.qualifications == "SMA atau SMK"
    assert vacancy.job_benefits == "Makan siang"
    assert vacancy.hiring_organization == "PT Toko Makmur"
    assert vacancy.industry == "Perdagangan eceran"
    assert vacancy.occupational_category == "5230"
    assert (vacancy.province, vacancy.regency) == ("32", "32.73")
    assert vacancy.employment_type == ("FULL_TIME",)
    assert (vacancy.base_salary_min, vacancy.base_salary_max) == (3_000_000, 4_000_000)
    assert (vacancy.salary_currency, vacancy.base_salary_period) == ("IDR", "month")
    assert vacancy.total_job_openings == 3
    assert vacancy.education_requirements == ("SMA",)
    assert (vacancy.experience_months_min, vacancy.experience_months_max) == (18, None)
    assert vacancy.skills == ("Excel", "melayani pelanggan")
    assert (vacancy.date_posted, vacancy.valid_through) == (date(2026, 1, 15), date(2026, 2, 28))


@pytest.mark.parametrize(
    ("salary", "low", "high", "currency", "period"),
    [
        (
            {"currency": "IDR", "value": {"value": 5_000_000, "unitText": "MONTH"}},
            5_000_000,
            5_000_000,
            "IDR",
            "month",
        ),
        ({"currency": "IDR", "value": 5_000_000, "unitText": "MONTH"}, 5_000_000, 5_000_000, "IDR", "month"),
        ({"currency": "USD", "value": {"value": "40", "unitText": "HOUR"}}, 40, 40, "USD", "hour"),
        (
            {"currency": "IDR", "value": {"value": "5000000", "unitText": "MONTH"}},
            5_000_000,
            5_000_000,
            "IDR",
            "month",
        ),
        (
            {"currency": "IDR", "value": {"minValue": "3000000", "maxValue": "4000000", "unitText": "MONTH"}},
            3_000_000,
            4_000_000,
            "IDR",
            "month",
        ),
        (
            {"currency": "IDR", "minValue": 1_000_000, "maxValue": 2_000_000},
            1_000_000,
            2_000_000,
            "IDR",
            None,
        ),
        (
            [{"currency": "IDR", "value": {"value": 60_000_000, "unitText": "YEAR"}}],
            60_000_000,
            60_000_000,
            "IDR",
            "year",
        ),
        ({"currency": "IDR", "value": {"value": "Rp 3 - 4 juta"}}, 3_000_000, 4_000_000, "IDR", None),
        ("Rp 5.000.000 per bulan", 5_000_000, 5_000_000, "IDR", "month"),
        ({"currency": "IDR", "value": None}, None, None, None, None),
        ({"currency": "IDR", "value": {"value": "kompetitif"}}, None, None, None, None),
    ],
)
def test_pay_is_read_in_every_form_of_the_standard(
    tmp_path: Path,
    country: Country,
    salary: Any,
    low: int | None,
    high: int | None,
    currency: str | None,
    period: str | None,
) -> None:
    vacancy = one(tmp_path, country, baseSalary=salary)
    assert (vacancy.base_salary_min, vacancy.base_salary_max) == (low, high)
    assert (vacancy.salary_currency, vacancy.base_salary_period) == (currency, period)


BANDUNG = {
    "@type": "Place",
    "address": {"addressLocality": "Kota Bandung", "addressCountry": {"name": "Indonesia"}},
}


@pytest.mark.parametrize(
    ("location", "province", "regency", "regions"),
    [
        ({"address": "Kota Surabaya"}, "35", "35.78", ()),
        ("Kota Surabaya", "35", "35.78", ()),
        (BANDUNG, "32", "32.73", ()),
        ([BANDUNG], "32", "32.73", ()),
        ({"address": [{"addressLocality": "Kota Bandung"}]}, "32", "32.73", ()),
        ({"@type": "Place", "name": "Kota Semarang"}, "33", "33.74", ()),
        ([BANDUNG, {"address": "Kota Surabaya"}], None, None, ("32.73", "35.78")),
        ([BANDUNG, {"address": {"addressLocality": "Kota Bogor"}}], "32", None, ("32.73", "32.71")),
        ({"address": {}}, None, None, ()),
        ([], None, None, ()),
        (None, None, None, ()),
    ],
)
def test_places_are_read_as_text_as_objects_and_as_lists(
    tmp_path: Path,
    country: Country,
    location: Any,
    province: str | None,
    regency: str | None,
    regions: tuple[str, ...],
) -> None:
    vacancy = one(tmp_path, country, jobLocation=location)
    assert (vacancy.province, vacancy.regency, vacancy.regions) == (province, regency, regions)


def test_telecommute_is_remote_and_keeps_the_place(tmp_path: Path, country: Country) -> None:
    anywhere = one(tmp_path, country, jobLocationType="TELECOMMUTE")
    assert anywhere.remote is True
    at_home = one(tmp_path, country, jobLocationType=["TELECOMMUTE"], jobLocation=BANDUNG)
    assert (at_home.remote, at_home.regency) == (True, "32.73")
    assert one(tmp_path, country, jobLocation=BANDUNG).remote is None


@pytest.mark.parametrize(
    ("values", "field", "expected"),
    [
        ({"hiringOrganization": "PT X"}, "hiring_organization", "PT X"),
        ({"hiringOrganization": [{"name": "PT X"}, {"name": "PT Y"}]}, "hiring_organization", "PT X"),
        ({"identifier": 4711}, "identifier", "4711"),
        ({"identifier": "A-1"}, "identifier", "A-1"),
        ({"identifier": [{"value": "A-1"}]}, "identifier", "A-1"),
        ({"skills": ["Excel", "Word"]}, "skills", ("Excel", "Word")),
        ({"skills": [{"@type": "DefinedTerm", "name": "Excel"}]}, "skills", ("Excel",)),
        ({"employmentType": ["FULL_TIME", "INTERN"]}, "employment_type", ("FULL_TIME", "INTERN")),
        ({"employmentType": "PART_TIME, CONTRACTOR"}, "employment_type", ("PART_TIME", "CONTRACTOR")),
        ({"industry": {"name": "Perdagangan"}}, "industry", "Perdagangan"),
        ({"educationRequirements": "S1 Akuntansi"}, "education_requirements", ("S1",)),
        (
            {"educationRequirements": [{"credentialCategory": "bachelor degree"}]},
            "education_requirements",
            ("S1",),
        ),
        ({"experienceRequirements": "minimal 2 tahun"}, "qualifications", "minimal 2 tahun"),
        ({"responsibilities": "Menjaga kas"}, "description", "Menjaga kas"),
        ({"description": "Toko", "responsibilities": "Menjaga kas"}, "description", "Toko\nMenjaga kas"),
    ],
)
def test_a_value_may_be_text_an_object_or_a_list(
    tmp_path: Path, country: Country, values: dict[str, Any], field: str, expected: Any
) -> None:
    assert getattr(one(tmp_path, country, **values), field) == expected


SECOND = {**POSTING, "title": "Sopir"}


@pytest.mark.parametrize(
    "document",
    [
        [POSTING, SECOND],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "x"}, POSTING, SECOND]},
        {
            "@context": "https://schema.org",
            "@type": "ItemList",
            "itemListElement": [
                {"@type": "ListItem", "position": i, "item": p} for i, p in enumerate([POSTING, SECOND])
            ],
        },
        {"status": "ok", "jobs": [POSTING, SECOND]},
        [{"data": POSTING}, {"data": SECOND}],
    ],
    ids=["list", "graph", "item list", "envelope", "wrapped"],
)
def test_postings_are_found_wherever_they_sit(tmp_path: Path, country: Country, document: Any) -> None:
    result = read_text(tmp_path, country, json.dumps(document))
    assert result.table.column("title").to_pylist() == ["Kasir", "Sopir"]
    # what stands beside them is told, not lost
    assert all("no JobPosting" in r.reason for r in result.rejected)


@pytest.mark.parametrize("kind", ["JobPosting", "https://schema.org/JobPosting", ["JobPosting", "Thing"]])
def test_the_type_is_known_by_its_name_address_or_list(tmp_path: Path, country: Country, kind: Any) -> None:
    assert one(tmp_path, country, **{"@type": kind}).title == "Kasir"


def test_another_type_is_a_rejection_with_its_row(tmp_path: Path, country: Country) -> None:
    result = read_text(tmp_path, country, json.dumps([POSTING, {"@type": "Event", "name": "Bursa kerja"}]))
    assert len(result.table) == 1
    (rejected,) = result.rejected
    assert (rejected.row, rejected.column) == (2, "@type")
    assert "no JobPosting" in rejected.reason


def test_several_postings_in_one_line_have_ids_of_their_own(tmp_path: Path, country: Country) -> None:
    lines = [json.dumps({"@graph": [POSTING, SECOND]}), json.dumps({**POSTING, "title": "Penjahit"})]
    result = read_text(tmp_path, country, "\n".join(lines), "berkas.jsonl")
    ids = result.table.column("id").to_pylist()
    assert result.table.column("source_row").to_pylist() == [1, 1, 2]
    assert len(set(ids)) == 3


def test_nesting_without_end_is_no_crash(tmp_path: Path, country: Country) -> None:
    deep: Any = POSTING
    for _ in range(40):
        deep = {"@type": "Thing", "about": deep}
    result = read_text(tmp_path, country, json.dumps([POSTING, deep]))
    assert (len(result.table), len(result.rejected)) == (1, 1)


def test_only_values_that_speak_json_ld_are_taken_for_it() -> None:
    assert is_posting_like({"@type": "JobPosting"})
    assert is_posting_like({"job": {"@type": "JobPosting"}})
    assert not is_posting_like({"title": "Kasir", "type": "JobPosting"})
    assert not is_posting_like(["@type"])


# -- web pages ---------------------------------------------------------------------------------------------


def page(*blocks: str, kind: str = "application/ld+json") -> str:
    scripts = "".join(f'<script type="{kind}">{block}</script>' for block in blocks)
    return (
        f"<!DOCTYPE html><html><head><title>Karier</title>{scripts}</head><body><h1>Karier</h1></body></html>"
    )


def test_every_posting_of_a_web_page_is_a_row(tmp_path: Path, country: Country) -> None:
    broken = '{"@type": "JobPosting", "title": '
    text = page(json.dumps([POSTING, SECOND]), broken, json.dumps({**POSTING, "title": "Penjahit"}))
    result = read_text(tmp_path, country, text, "karier.html")
    assert result.account.format == "html"
    assert result.table.column("title").to_pylist() == ["Kasir", "Sopir", "Penjahit"]
    assert result.table.column("source_row").to_pylist() == [1, 2, 4]
    (rejected,) = result.rejected
    assert rejected.row == 3
    assert "not JSON" in rejected.reason


def test_the_type_of_a_script_may_carry_a_charset(tmp_path: Path) -> None:
    path = tmp_path / "karier.html"
    path.write_text(page(json.dumps(POSTING), kind="application/ld+json; charset=utf-8"), encoding="utf-8")
    rows = list(html_rows(path))
    assert [row.values["title"] for row in rows if isinstance(row, Row)] == ["Kasir"]


def test_a_page_without_postings_says_what_to_do(tmp_path: Path, country: Country) -> None:
    with pytest.raises(InputError, match="without a JobPosting") as caught:
        read_text(tmp_path, country, page(), "karier.html")
    assert caught.value.hint


# -- RSS and Atom ------------------------------------------------------------------------------------------

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Lowongan</title><link>https://toko.example</link>
<item>
  <title>Kasir &amp; Admin</title><link>https://toko.example/kasir</link>
  <guid isPermaLink="false">TM-417</guid>
  <pubDate>Thu, 15 Jan 2026 08:00:00 +0700</pubDate><dc:creator>PT Toko Makmur</dc:creator>
  <category>Toko</category><category>Bandung</category>
  <description>pendek</description>
  <content:encoded><![CDATA[<p>Melayani pembeli</p><ul><li>Jujur</li></ul>]]></content:encoded>
</item>
<item><title>Sopir</title><description>Mengantar barang dengan mobil boks</description></item>
<item><link>https://toko.example/tanpa-judul</link><description>Tanpa judul</description></item>
</channel></rss>"""


def test_an_rss_feed_is_read_item_by_item(tmp_path: Path, country: Country) -> None:
    result = read_text(tmp_path, country, RSS, "umpan.xml")
    assert (result.account.format, result.account.form) == ("rss", "feed")
    first, second = from_table(Kind.VACANCY, result.table)
    assert first.title == "Kasir & Admin"
    assert (first.identifier, first.url) == ("TM-417", "https://toko.example/kasir")
    assert first.hiring_organization == "PT Toko Makmur"
    assert first.description == "Melayani pembeli\n\n- Jujur", "the full text wins over the short one"
    assert first.date_posted == date(2026, 1, 15)
    assert (second.title, second.date_posted, second.identifier) == ("Sopir", None, None)
    (rejected,) = result.rejected
    assert (rejected.row, rejected.reason) == (3, "title is empty")


def test_an_rss_row_carries_its_categories_and_sections(tmp_path: Path) -> None:
    body = (
        "<h2>Kasir</h2><h3>Lokasi:</h3><p>Kota Bandung</p><h3>Syarat</h3><ul><li>SMA</li><li>Jujur</li></ul>"
    )
    text = RSS.replace("<p>Melayani pembeli</p><ul><li>Jujur</li></ul>", body)
    (tmp_path / "umpan.xml").write_text(text, encoding="utf-8")
    found, rows = xml_rows(tmp_path / "umpan.xml")
    first = next(iter(rows))
    assert found == "rss"
    assert isinstance(first, Row)
    assert first.values["category"] == ["Toko", "Bandung"]
    sections = first.values["sections"]
    assert sections["heading"] == "Kasir"
    assert sections["Lokasi"] == "<p>Kota Bandung</p>"
    assert sections["Syarat"] == "<li>SMA</li><li>Jujur</li>"
    assert set(sections) == {"heading", "Lokasi", "Syarat"}


def test_rss_1_is_read_too(tmp_path: Path, country: Country) -> None:
    text = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>t</title></channel>
    <item rdf:about="y"><title>Penjahit</title><link>https://toko.example/y</link></item></rdf:RDF>"""
    assert read_text(tmp_path, country, text, "umpan.rdf").account.rows_in == 1


ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Lowongan</title><id>urn:x</id><updated>2026-01-20T00:00:00Z</updated>
<entry>
  <title>Penjahit</title><id>urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6</id>
  <link rel="edit" href="https://toko.example/edit/1"/><link rel="alternate" href="https://toko.example/penjahit"/>
  <published>2026-01-18T09:00:00+07:00</published><updated>2026-01-20T09:00:00+07:00</updated>
  <author><name>CV Melati</name></author><category term="Garmen"/>
  <content type="html">&lt;p&gt;Menjahit kebaya&lt;/p&gt;</content>
</entry></feed>"""


def test_an_atom_feed_is_read_entry_by_entry(tmp_path: Path, country: Country) -> None:
    result = read_text(tmp_path, country, ATOM, "umpan.atom")
    assert (result.account.format, result.account.form) == ("atom", "feed")
    (vacancy,) = from_table(Kind.VACANCY, result.table)
    assert vacancy.title == "Penjahit"
    assert vacancy.url == "https://toko.example/penjahit"
    assert vacancy.hiring_organization == "CV Melati"
    assert vacancy.description == "Menjahit kebaya"
    assert vacancy.date_posted == date(2026, 1, 18), "the day it was published, not the last change"
    assert vacancy.identifier == "urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6"


@pytest.mark.parametrize("text", [RSS.replace("item>", "ding>"), ATOM.replace("entry>", "ding>")])
def test_a_feed_without_items_has_no_rows(tmp_path: Path, country: Country, text: str) -> None:
    result = read_text(tmp_path, country, text, "umpan.xml")
    assert (result.account.rows_in, len(result.table)) == (0, 0)


# -- IATI and other XML ------------------------------------------------------------------------------------

IATI = """<?xml version="1.0"?><iati-activities version="2.03">
<iati-activity><iati-identifier>XX-1</iati-identifier>
  <reporting-org ref="XX"><narrative>Badan Contoh</narrative></reporting-org>
  <title><narrative>Pelatihan las</narrative><narrative xml:lang="en">Welding course</narrative></title>
  <description><narrative>Untuk   pencari kerja</narrative></description>
  <activity-date type="1" iso-date="2026-01-01"/><activity-date type="2" iso-date="2026-02-01"/>
  <activity-date type="3" iso-date="2026-12-31"/>
  <recipient-country code="ID"/></iati-activity>
<iati-activity><iati-identifier>XX-2</iati-identifier><title>Old style</title>
  <activity-date type="start-planned" iso-date="2011-04-01"/></iati-activity>
</iati-activities>"""


def test_iati_activities_are_programmes_of_cooperation(tmp_path: Path, country: Country) -> None:
    result = read_text(tmp_path, country, IATI, "kegiatan.xml", Kind.PROGRAMME)
    first, second = from_table(Kind.PROGRAMME, result.table)
    assert (first.identifier, first.name, first.kind) == ("XX-1", "Pelatihan las", "cooperation")
    assert (first.provider, first.description) == ("Badan Contoh", "Untuk pencari kerja")
    (run,) = first.runs
    assert (run.start_date, run.end_date) == (date(2026, 2, 1), date(2026, 12, 31)), "actual before planned"
    assert (second.name, second.runs[0].start_date) == ("Old style", date(2011, 4, 1))


def test_other_xml_is_refused_with_what_is_known(tmp_path: Path, country: Country) -> None:
    with pytest.raises(InputError, match="root element 'catalog'") as caught:
        read_text(tmp_path, country, "<?xml version='1.0'?><catalog><item/></catalog>", "x.xml")
    assert "Atom" in str(caught.value.hint)
    with pytest.raises(InputError, match="no activity"):
        read_text(tmp_path, country, "<?xml version='1.0'?><iati-organisations/>", "x.xml", Kind.PROGRAMME)


def test_a_bad_row_says_why() -> None:
    assert BadRow(3, "why").column is None
