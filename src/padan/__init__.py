"""Padan: the open labour centre. People, vacancies and training, linked and matched.

    import padan
    table = padan.read("lowongan.xlsx", as_="vacancies").table
    padan.link(["admin gudang", "tukang las"], to="isco08")
    run = padan.match(seekers, vacancies, k=10)

The names below are loaded when they are first used; the rooms can be imported by themselves: padan.reading,
padan.taxonomy, padan.linking, padan.matching.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from padan._version import __version__

if TYPE_CHECKING:
    from padan.centre.library import link, match, read
    from padan.countries import load as load_country
    from padan.errors import InputError, PadanError
    from padan.linking import Linked, Linker, SkillFinder
    from padan.matching import Profile, Ranking, SkillRows, Weights, explain, rank, rank_vacancies
    from padan.model import Jobseeker, Kind, Vacancy
    from padan.reading import parse_date, parse_pay
    from padan.taxonomy import Library, Scheme

_HOME = {
    "InputError": "padan.errors",
    "Jobseeker": "padan.model",
    "Kind": "padan.model",
    "Library": "padan.taxonomy",
    "Linked": "padan.linking",
    "Linker": "padan.linking",
    "PadanError": "padan.errors",
    "Profile": "padan.matching",
    "Ranking": "padan.matching",
    "Scheme": "padan.taxonomy",
    "SkillFinder": "padan.linking",
    "SkillRows": "padan.matching",
    "Vacancy": "padan.model",
    "Weights": "padan.matching",
    "explain": "padan.matching",
    "link": "padan.centre.library",
    "load_country": "padan.countries",
    "match": "padan.centre.library",
    "parse_date": "padan.reading",
    "parse_pay": "padan.reading",
    "rank": "padan.matching",
    "rank_vacancies": "padan.matching",
    "read": "padan.centre.library",
}

__all__ = [
    "InputError",
    "Jobseeker",
    "Kind",
    "Library",
    "Linked",
    "Linker",
    "PadanError",
    "Profile",
    "Ranking",
    "Scheme",
    "SkillFinder",
    "SkillRows",
    "Vacancy",
    "Weights",
    "__version__",
    "explain",
    "link",
    "load_country",
    "match",
    "parse_date",
    "parse_pay",
    "rank",
    "rank_vacancies",
    "read",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'padan' has no attribute {name!r}")
    # load_country is `load` at home: a bare `load` would say too little here
    return getattr(import_module(_HOME[name]), "load" if name == "load_country" else name)


def __dir__() -> list[str]:
    return sorted(__all__)
