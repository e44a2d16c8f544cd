"""The three verbs of the Python library: read, link, match, with the settings and schemes of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from padan.centre.index import linker
from padan.centre.intake import read_files, records_of
from padan.centre.main_job import MatchRun
from padan.centre.main_job import match as _match
from padan.linking import Linked, Target
from padan.matching import Weights
from padan.model import Kind
from padan.reading import ReadResult

__all__ = ["link", "match", "read"]


def read(
    path: str | Path, as_: str | Kind = Kind.VACANCY, *, mapping: str | Path | None = None
) -> ReadResult:
    """Read a file into records: `.table` (Arrow), `.account`, `.rejected`, `.repeated`.

    as_   vacancies, jobseekers, apprenticeships or programmes
    """
    rules = Path(mapping) if mapping is not None else None
    return read_files([Path(path)], Kind(as_), mapping=rules)[0]


def link(
    texts: Sequence[str],
    to: Target = "isco08",
    *,
    k: int = 10,
    lang: str = "auto",
    duties: Sequence[str | None] | None = None,
) -> list[Linked]:
    """Rank the concepts of a scheme for each text: `.ranked`, `.scores`, `.decision` (None: not decided),
    `.exact`, `.confidence`. `duties` are texts about the work, one a title; see `Linker.link`.
    """
    return linker().link(texts, to=to, k=k, lang=lang, duties=duties)


def match(
    seekers: str | Path | pa.Table,
    vacancies: str | Path | pa.Table,
    *,
    k: int = 10,
    weights: Weights | None = None,
) -> MatchRun:
    """Match jobseekers and vacancies both ways, explained: `.for_seekers`, `.for_vacancies`, `.summary()`.

    Files are read when they are no Parquet of `padan read`; tables must be in the schema of their kind.
    """
    people = seekers if isinstance(seekers, pa.Table) else records_of(Path(seekers), Kind.JOBSEEKER)[0]
    posts = vacancies if isinstance(vacancies, pa.Table) else records_of(Path(vacancies), Kind.VACANCY)[0]
    return _match(people, posts, k=k, weights=weights)
