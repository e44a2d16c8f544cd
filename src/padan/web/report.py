"""The report page of the main job, in Indonesian and English: data of centre.report in, two HTML files out.

One file a language, everything inline: the page opens from a folder, without a network and without
JavaScript.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from padan.centre import intake
from padan.centre.demo import DemoRun
from padan.centre.index import library
from padan.centre.report import LEAST_CELL, Cell, Report, report_data
from padan.web.charts import bars, tile_map

__all__ = ["LANGUAGES", "render", "texts", "write_report"]

LANGUAGES = ("id", "en")
_MONTHS_ID = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
_MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_LEAST_FOR_CHART = 20  #: jobseekers of a group, below which its ratio is too shaky to be called the finding


@cache
def texts(lang: str) -> Mapping[str, str]:
    """The words of the pages in a language."""
    data = yaml.safe_load((files("padan.web") / "text" / f"{lang}.yaml").read_text(encoding="utf-8"))
    return {str(k): str(v) for k, v in data.items()}


def write_report(done: DemoRun, path: Path) -> Path:
    """Write the Indonesian page to `path` and the English one beside it as en.html; returns `path`."""
    report = report_data(done.match, done.accounts, on=intake.today())
    path.parent.mkdir(parents=True, exist_ok=True)
    english = path.with_name("en.html")
    path.write_text(render(report, "id", other_page=english.name, demo=True), encoding="utf-8")
    english.write_text(render(report, "en", other_page=path.name, demo=True), encoding="utf-8")
    return path


def render(report: Report, lang: str, *, other_page: str, demo: bool = False) -> str:
    """One page as HTML; every text from outside is escaped."""
    t = texts(lang)
    words = _Words(lang, t)
    environment = Environment(
        loader=PackageLoader("padan.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    day = words.day(report.on)
    matched = report.matched_jobseekers / report.jobseekers if report.jobseekers else 0.0
    openings = {g.code: float(g.openings) if g.openings else None for g in report.by_province}
    most = max(report.by_province, key=lambda g: g.openings)
    finding = t["where_finding"].format(place=words.place(most.code), value=words.number(most.openings))
    told = {
        g.code: t["tile_text"].format(place=words.place(g.code), value=words.number(g.openings))
        for g in report.by_province
    }
    tight = sorted(
        (
            g
            for g in report.by_sub_major
            if g.tightness is not None and (g.jobseekers.value or 0) >= _LEAST_FOR_CHART
        ),
        key=lambda g: -(g.tightness or 0),
    )[:10]
    tight_finding = (
        t["tight_finding"].format(
            group=words.occupation(tight[0].code), value=words.number(tight[0].tightness or 0, 1)
        )
        if tight
        else t["few"]
    )
    return environment.get_template("report.html").render(
        t=t,
        r=report,
        css=Markup((files("padan.web") / "static" / "padan.css").read_text(encoding="utf-8")),
        day=day,
        demo=demo,
        other_page=other_page,
        rows_in=sum(a.rows_in for a in report.accounts),
        matched_share=matched,
        least_cell=LEAST_CELL,
        where_finding=finding,
        tight_finding=tight_finding,
        map=Markup(tile_map(openings, title=finding, texts=told)),
        tight_chart=Markup(
            bars(
                [(words.occupation(g.code), g.tightness, words.number(g.tightness or 0, 1)) for g in tight],
                title=tight_finding,
            )
        ),
        asked_chart=Markup(words.skill_bars(report.asked_skills, t["asked"])),
        lacking_chart=Markup(words.skill_bars(report.missing_skills, t["lacking"])),
        number=words.number,
        share=words.share,
        place=words.place,
        occupation=words.occupation,
        skill=words.skill,
        skills=words.skills,
        cell=words.cell,
    )


class _Words:
    """Numbers, dates and labels in one language."""

    def __init__(self, lang: str, t: Mapping[str, str]) -> None:
        self._lang = lang
        self._t = t
        self._places = intake.country().places
        self._occupations = library().get("isco08")
        self._skills = library().get("skill")

    def number(self, value: float | None, digits: int = 0) -> str:
        """1.234,5 in Indonesian, 1,234.5 in English."""
        if value is None:
            return self._t["few"]
        text = f"{value:,.{digits}f}"
        return text.translate(str.maketrans(",.", ".,")) if self._lang == "id" else text

    def share(self, value: float) -> str:
        """A share as per cent, never rounded up to all or down to none."""
        percent = min(max(round(value * 100), 1 if value > 0 else 0), 99 if value < 1 else 100)
        return f"{percent}%" if self._lang == "en" else f"{percent} %"

    def day(self, day: date) -> str:
        """24 November 2026."""
        return f"{day.day} {(_MONTHS_ID if self._lang == 'id' else _MONTHS_EN)[day.month - 1]} {day.year}"

    def place(self, code: str) -> str:
        """The name of a region."""
        return str(self._places.name(code, lang=self._lang))

    def occupation(self, code: str) -> str:
        """The label of a group."""
        return self._occupations.label(code, lang=self._lang)

    def skill(self, skill: str) -> str:
        """The label of a skill."""
        return self._skills.label(skill, lang=self._lang)

    def skills(self, found: tuple[str, ...]) -> str:
        """Labels joined by commas."""
        return ", ".join(self.skill(s) for s in found)

    def cell(self, cell: Cell) -> str:
        """A published count, or the word for one that is withheld."""
        return self._t["withheld"] if cell.value is None else self.number(cell.value)

    def skill_bars(self, rows: tuple[tuple[str, int], ...], title: str) -> str:
        """Bars of skills."""
        drawn: list[tuple[str, Any, str]] = [(self.skill(s), float(n), self.number(n)) for s, n in rows]
        return bars(drawn, title=title)
