"""Country packs: what is national, as data and small parsers behind one object.

    country = load("indonesia")
    country.places.parse("Kab. Bandung")      where
    country.education.parse("min. D3")        which level
    country.forms                             mapping files of the sources known there
    country.columns                           column names that people there give to each field

A new country is a new folder with the same parts.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any, Protocol

import yaml

from padan.countries.education import Education, Level
from padan.errors import NotFound

__all__ = ["Country", "Education", "Level", "Place", "Places", "load"]


class Place(Protocol):
    """What was understood of a place."""

    @property
    def province(self) -> str | None: ...
    @property
    def regency(self) -> str | None: ...
    @property
    def ambiguous(self) -> tuple[str, ...]: ...
    @property
    def flags(self) -> tuple[str, ...]: ...


class Places(Protocol):
    """The regions of a country and the words for them."""

    def parse(self, text: str) -> Place: ...
    def name(self, code: str, *, lang: str = "id") -> str: ...


@dataclass(frozen=True, slots=True)
class Country:
    """Everything national that the rooms are handed."""

    name: str
    code: str  #: ISO 3166-1 alpha-2
    currency: str  #: ISO 4217
    languages: tuple[str, ...]
    places: Any  #: `Places`, with the distance functions of the pack
    education: Education
    forms: tuple[Mapping[str, Any], ...]  #: mapping files of known sources, as parsed YAML
    columns: Mapping[str, Mapping[str, tuple[str, ...]]]  #: kind -> field -> column names seen in use

    def place_names(self) -> frozenset[str]:
        """Names of regions in lower case, without "Kabupaten" and "Kota", in both languages; to clean titles
        with.
        """
        names = set()
        for region in self.places.regions():
            names.add(region.name.lower())
            names.add(
                region.name.lower().removeprefix("kabupaten ").removeprefix("kota ").removeprefix("adm. ")
            )
            names.update(alias.lower() for alias in region.aliases)
        return frozenset(names)


@cache
def load(name: str = "indonesia") -> Country:
    """The country pack of that folder name. Raises NotFound with the packs that exist."""
    try:
        package = import_module(f"padan.countries.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"padan.countries.{name}":
            raise
        found = sorted(
            p.name for p in files("padan.countries").iterdir() if p.is_dir() and not p.name.startswith("_")
        )
        raise NotFound(f"there is no country pack {name!r}", hint=f"installed: {', '.join(found)}") from error
    root = files(package)
    profile = yaml.safe_load((root / "profile.yaml").read_text(encoding="utf-8"))
    rows = csv.DictReader((root / "education.csv").read_text(encoding="utf-8").splitlines())
    levels = [Level.from_row(row) for row in rows]
    forms = sorted((root / "forms").iterdir(), key=lambda p: p.name)
    columns = yaml.safe_load((root / "columns.yaml").read_text(encoding="utf-8"))
    return Country(
        name=name,
        code=profile["code"],
        currency=profile["currency"],
        languages=tuple(profile["languages"]),
        places=package.places(),
        education=Education(levels),
        forms=tuple(yaml.safe_load(p.read_text(encoding="utf-8")) for p in forms if p.name.endswith(".yaml")),
        columns={kind: {f: tuple(names) for f, names in by.items()} for kind, by in columns.items()},
    )
