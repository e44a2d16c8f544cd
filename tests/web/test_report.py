"""The report page: its numbers, what it withholds, what it escapes, and that both languages say the same."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from importlib.resources import files
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from padan.centre.main_job import match
from padan.centre.report import LEAST_CELL, report_data, withhold
from padan.model import Jobseeker, Kind, Vacancy, to_table
from padan.reading import Account
from padan.web.charts import TILES, bars, tile_map
from padan.web.report import LANGUAGES, render, texts

HOSTILE = '<script>alert("x")</script> & \u202egnirongi\u202c "kutip"'
ON = date(2026, 11, 24)


@pytest.fixture(scope="module")
def report():
    work = ["admin gudang", "tukang las", "perawat", "barista", "sopir truk"]
    provinces = ["32", "31", "35"]
    seekers = [
        Jobseeker(
            id=f"s:{i}",
            source="s",
            headline=work[i % 5],
            skills=("Microsoft Excel", "kerja sama tim", "mengelas"),
            province=provinces[0] if i < 41 else provinces[1 + i % 2] if i < 59 else "94",
            education="SMA",
        )
        for i in range(60)
    ]
    vacancies = [
        Vacancy(
            id=f"v:{i}",
            source="v",
            title=HOSTILE if i == 29 else work[i % 5],
            total_job_openings=1 + i % 3,
            province=provinces[i % 3],
            description="Menguasai Microsoft Excel, teliti, jujur",
            base_salary_min=4_000_000,
            base_salary_max=6_000_000,
            salary_currency="IDR",
            base_salary_period="month",
            hiring_organization=HOSTILE if i % 2 else "PT Contoh",
        )
        for i in range(30)
    ]
    run = match(to_table(Kind.JOBSEEKER, seekers), to_table(Kind.VACANCY, vacancies), k=3)
    account = Account(
        "uji.csv", "vacancies", "mapping", "csv", "utf-8", rows_in=33, rows_out=30, rejected=2, repeated=1
    )
    return report_data(run, [account], on=ON), run, seekers, vacancies


def test_totals_are_those_of_the_tables(report):
    data, run, _, vacancies = report
    assert (data.jobseekers, data.vacancies) == (60, 30)
    assert data.openings == sum(v.total_job_openings for v in vacancies)
    by_province = {g.code: g for g in data.by_province}
    assert len(by_province) == 38
    wanted = Counter()
    for v in vacancies:
        wanted[v.province] += v.total_job_openings
    assert {c: g.openings for c, g in by_province.items() if g.openings} == dict(wanted)
    assert by_province["32"].tightness == pytest.approx(wanted["32"] / 41)
    assert sum(g.vacancies for g in data.by_major) == data.decided_vacancies == run.coded_vacancies.decided


def test_a_small_cell_is_withheld_and_cannot_be_told_from_the_rest(report):
    data, _, seekers, _ = report
    shown = {g.code: g.jobseekers.value for g in data.by_province}
    assert shown["94"] is None  # one person
    true = Counter(s.province for s in seekers)
    hidden = [c for c, n in shown.items() if n is None]
    assert len(hidden) >= 2
    assert all(n is None or n == 0 or n >= LEAST_CELL for n in shown.values())
    assert all(shown[c] in (None, true.get(c, 0)) for c in shown)


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ({"a": 40, "b": 12, "c": 3}, {"b", "c"}),
        ({"a": 40, "b": 2, "c": 3}, {"b", "c"}),
        ({"a": 40, "b": 12, "c": 0}, set()),
        ({"a": 5}, {"a"}),
        ({}, set()),
    ],
)
def test_a_lone_withheld_cell_takes_another_with_it(counts, hidden):
    assert {c for c, cell in withhold(counts).items() if cell.value is None} == hidden


def test_hostile_text_is_escaped_in_both_languages(report):
    for lang in LANGUAGES:
        page = render(report[0], lang, other_page="x.html")
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def test_both_languages_have_the_same_words_and_structure(report):
    assert set(texts("id")) == set(texts("en"))
    for key in texts("id"):
        assert sorted(re.findall(r"{\w+}", texts("id")[key])) == sorted(
            re.findall(r"{\w+}", texts("en")[key])
        ), key
    tags = [
        re.findall(r"<(h[1-6]|table|svg|details|caption)\b", render(report[0], lang, other_page="x"))
        for lang in LANGUAGES
    ]
    assert tags[0] == tags[1]


def test_the_page_is_small_whole_and_in_order(report):
    page = render(report[0], "id", other_page="en.html")
    assert len(page.encode()) < 60_000
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    levels = [int(n) for n in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", page))
    assert 'lang="id"' in page
    assert page.index('class="skip"') < page.index("<header")


def test_the_map_has_38_tiles_that_do_not_overlap_and_lead_to_rows(report):
    svg = tile_map({"32": 5.0, "31": 1.0}, title='a < b & "c"', texts={"32": "<b>"})
    root = ElementTree.fromstring(svg)
    rects = [e for e in root.iter("rect")]
    assert len(rects) == 38 == len(TILES)
    assert len({(r.get("x"), r.get("y")) for r in rects}) == 38
    page = render(report[0], "id", other_page="en.html")
    assert all(f'id="p-{code}"' in page and f'href="#p-{code}"' in page for code in TILES)


def test_bars_start_at_zero_and_keep_their_ratio():
    root = ElementTree.fromstring(
        bars([("satu", 10.0, "10"), ("dua", 5.0, "5"), ("tiga", None, "–")], title="x")
    )
    lengths = [float(r.get("width")) for r in root.iter("rect")]
    assert lengths[0] == pytest.approx(2 * lengths[1])
    assert lengths[2] == 0
    assert {float(r.get("x")) for r in root.iter("rect")} == {0.0}


def _luminance(colour: str) -> float:
    full = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    channels = [int(full[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_the_style_sheet_is_small_and_its_colours_can_be_read_in_both_themes():
    css = (files("padan.web") / "static" / "padan.css").read_text(encoding="utf-8")
    assert len(css.encode()) < 20_000
    themes = re.findall(r":root{([^}]*)}", css)
    assert len(themes) == 2
    for theme in themes:
        tokens = dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})", theme))
        pairs = [
            (t, g)
            for t in ("ink", "muted", "brand", "strong", "accent", "good", "bad")
            for g in ("ground", "panel")
        ]
        pairs += [("t0", "s0"), ("t0", "s1"), ("t0", "s2"), ("t4", "s3"), ("t4", "s4")]
        for text, ground in pairs:
            light, dark = sorted((_luminance(tokens[text]), _luminance(tokens[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)
