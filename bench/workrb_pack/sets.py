"""The four Indonesian sets as queries, targets and accepted answers, read from files; nothing of workrb here.

    titles, skill_lines              written for this project: PADAN_SHARED/data/bench
    real_titles, real_skill_lines    real vacancies: bench/ holds row numbers and labels; the texts are looked
                                     up in PADAN_SHARED/data/real and are never part of the repository

Targets are labels: ISCO-08 unit groups in English or Indonesian (KBJI 2014), ESCO skills in English, in the
version that the labels of a set were taken from. A query without an accepted answer among the targets is left
out. Of two coders, what both accept counts; where they share nothing, the first answer of either; where one
of them gave none, the line is left out.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

BENCH = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("PADAN_SHARED") or BENCH.parents[1] / "shared")

#: file of real vacancies -> the column with the title, as in bench/linking.py
TITLE_COLUMN = {
    "vacancies/jobstreet_id_2024-03.csv": "Job Title",
    "vacancies/lokerid_2025-07.csv": "Title",
    "vacancies/dealls_evermos_2024-08.csv": "job_title",
    "vacancies/karirhub_detail_2025-10.jsonl": "title",
    "apprenticeship/maganghub_2026_sample.csv": "Judul Posisi",
}


@dataclass(frozen=True, slots=True)
class RankingSet:
    """Queries, the texts to be ranked, and for each query the places of its accepted answers among them."""

    queries: list[str]
    answers: list[list[int]]
    targets: list[str]


def titles(lang: Literal["en", "id"]) -> RankingSet:
    """Indonesian job titles and survey-style answers -> ISCO-08 unit groups."""
    rows = _json_lines(SHARED / "data" / "bench" / "id_titles_isco_dev.jsonl")
    return _ranking([(row["text"], row["relevant"]) for row in rows], _unit_groups(lang))


def skill_lines() -> RankingSet:
    """Indonesian vacancy lines -> skills of ESCO v1.1.0."""
    rows = _json_lines(SHARED / "data" / "bench" / "id_skills_esco_dev.jsonl")
    path = _there(SHARED / "data" / "bench" / "esco110_skill_labels.txt")
    labels = path.read_text(encoding="utf-8").splitlines()
    return _ranking(
        [(row["text"], row["relevant"]) for row in rows], {label: label for label in labels if label}
    )


def real_titles(lang: Literal["en", "id"]) -> RankingSet:
    """Titles of real Indonesian vacancies and apprenticeship places -> ISCO-08 unit groups."""
    from padan.reading import clean_line

    rows = _coded("real_titles.csv")
    wanted = {(row["file"], int(row["row"])) for row in rows}
    texts = {
        (file, number): clean_line(record[TITLE_COLUMN[file]])[0] or ""
        for file, number, record in _real(wanted)
    }
    pairs = [(texts[row["file"], int(row["row"])], _accepted(row)) for row in rows]
    return _ranking(pairs, _unit_groups(lang))


def real_skill_lines() -> RankingSet:
    """Lines of real Indonesian vacancies -> skills of ESCO v1.2.0.

    Raises ValueError where a line is not the one that was labelled.
    """
    rows = _coded("real_skill_lines.csv")
    wanted = {(row["file"], int(row["row"])) for row in rows}
    cells = {(file, number): record for file, number, record in _real(wanted)}
    pairs = [(_line(cells[row["file"], int(row["row"])], row), _accepted(row)) for row in rows]
    return _ranking(pairs, {label: label for label in _esco_skills()})


# -- reading -----------------------------------------------------------------------------------------------


def _there(path: Path) -> Path:
    """The path, or an error that names what is missing and where it should come from."""
    if path.is_file():
        return path
    whence = (
        "it is part of the repository" if BENCH in path.parents else "set PADAN_SHARED to the shared folder"
    )
    raise FileNotFoundError(f"{path.name} is missing: no file {path}; {whence}")


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    with _there(path).open(encoding="utf-8") as handle:
        yield from map(json.loads, handle)


def _csv_rows(path: Path) -> Iterator[dict[str, str]]:
    with _there(path).open(encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle)


def _unit_groups(lang: Literal["en", "id"]) -> dict[str, str]:
    """Code -> label of the ISCO-08 unit groups; KBJI 2014 has no Indonesian title for two of the 436."""
    rows = _csv_rows(SHARED / "data" / "taxonomy" / "isco08.csv")
    return {row["code"]: row[f"title_{lang}"] for row in rows if row["level"] == "4" and row[f"title_{lang}"]}


def _esco_skills() -> list[str]:
    import pyarrow.parquet as pq

    path = _there(SHARED / "data" / "taxonomy" / "esco120" / "skills.parquet")
    labels: list[str] = pq.read_table(path, columns=["label"])["label"].to_pylist()
    return labels


def _coded(name: str) -> list[dict[str, str]]:
    """The rows of a file of labels for which both coders gave an answer."""
    return [row for row in _csv_rows(BENCH / name) if row["coder_a"] and row["coder_b"]]


def _accepted(row: Mapping[str, str]) -> list[str]:
    a, b = row["coder_a"].split("|"), row["coder_b"].split("|")
    return [answer for answer in a if answer in b] or [a[0], b[0]]


def _real(wanted: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """(file, row, record) of the wanted rows, counted from 1 without the header."""
    rows: dict[str, set[int]] = {}
    for file, number in wanted:
        rows.setdefault(file, set()).add(number)
    for file, numbers in rows.items():
        path = SHARED / "data" / "real" / file
        records = _json_lines(path) if file.endswith(".jsonl") else _csv_rows(path)
        yield from ((file, n, record) for n, record in enumerate(records, start=1) if n in numbers)


def _line(record: Mapping[str, Any], row: Mapping[str, str]) -> str:
    """The line of a cell that was labelled, without its bullet; its CRC-32 is the `check` of the row."""
    from padan.reading import clean_text

    lines = (clean_text(record[row["column"]])[0] or "").split("\n")
    number = int(row["line"])
    text = lines[number].strip("-•* \t").strip() if number < len(lines) else ""
    if f"{crc32(text.encode()):08x}" != row["check"]:
        raise ValueError(
            f"{row['file']} row {row['row']}, {row['column']}, line {number}: the text is not the one that "
            f"was labelled (check {row['check']}); use the file it was taken from, or label it again"
        )
    return text


def _ranking(pairs: Iterable[tuple[str, Sequence[str]]], labels: Mapping[str, str]) -> RankingSet:
    """(text, accepted answers) and answer -> label, as a ranking over the labels."""
    place = {answer: number for number, answer in enumerate(labels)}
    queries, answers = [], []
    for text, accepted in pairs:
        found = sorted({place[answer] for answer in accepted if answer in place})
        if text and found:
            queries.append(text)
            answers.append(found)
    return RankingSet(queries, answers, list(labels.values()))
