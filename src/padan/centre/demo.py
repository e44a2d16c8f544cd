"""A demo labour market from files to explained matches, and what came of it on one screen.

    done = run(Path("demo"), seekers=2000, vacancies=600, seed=1, progress=print)
    done.accounts          what became of the rows of each file
    done.match             the main job: codings, matches in both directions
    print_summary(done, Path("demo/report.html"))

    demo/input/            the files as offices have them; see demo_files
    demo/data/             vacancies, jobseekers and matches in both directions, as Parquet
    demo/manifest.json     arguments, version, hashes: they decide whether input and records are made anew

The demo goes the way that real files go: padan.reading, then main_job.match. Nothing on that way knows that
the people and the posts are invented.
"""

from __future__ import annotations

import json
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from padan._version import __version__
from padan.centre.demo_files import DemoFile, DemoFiles, generate
from padan.centre.index import library
from padan.centre.intake import country, read_files, today, write_parquet
from padan.centre.main_job import MatchRun, match
from padan.errors import InputError
from padan.model import Kind, check_table
from padan.reading import Account, ReadResult

__all__ = ["DemoFile", "DemoFiles", "DemoRun", "generate", "print_summary", "run", "seekers_table"]

MATCHES_A_ROW = 10
_FRESH = timedelta(days=30)  #: older demo files are made again: their vacancies have closed
_TABLES = {Kind.VACANCY: "vacancies.parquet", Kind.JOBSEEKER: "jobseekers.parquet"}
_WIDTH = 80


@dataclass(slots=True)
class DemoRun:
    """One run of the demo and all that is needed to show it."""

    folder: Path
    seekers: int  #: as asked; the records are in `match`
    vacancies: int
    seed: int
    made: date  #: the day the files were made for
    reused: bool  #: files and records of an earlier run were taken
    accounts: tuple[Account, ...]  #: one a file, vacancies first
    match: MatchRun
    seconds: dict[str, float]  #: wall time a step, those of the match included


def run(
    folder: Path, *, seekers: int, vacancies: int, seed: int, progress: Callable[[str], None] = lambda _: None
) -> DemoRun:
    """Make the files of a demo market, read them, match, and keep all in a folder.

    seekers, vacancies   1 or more
    progress             called with the name of each step that begins

    A second run with the same arguments within 30 days takes the files and records that are there, unless one
    was changed, or Padan, the demo's words or the starter pack are others. Raises InputError for less than 1.
    """
    for name, value in (("seekers", seekers), ("vacancies", vacancies)):
        if value < 1:
            raise InputError(f"{name} is {value}", hint="1 or more", field=name)
    arguments = {"seekers": seekers, "vacancies": vacancies, "seed": seed}
    seconds: dict[str, float] = {}
    kept = _kept(folder, arguments)
    reused = kept is not None
    if kept is None:
        kept = _prepare(folder, arguments, progress, seconds)
    accounts = tuple(Account(**{**a, "unused": tuple(a["unused"])}) for a in kept["accounts"])
    people, posts = (_stored(folder, kind) for kind in (Kind.JOBSEEKER, Kind.VACANCY))
    found = match(people, posts, k=MATCHES_A_ROW, both=True, progress=progress)
    seconds |= found.seconds
    start = time.perf_counter()
    for name, table in (("seekers", found.for_seekers), ("vacancies", found.for_vacancies)):
        if table is not None:
            write_parquet(table, folder / "data" / f"matches_for_{name}.parquet")
    seconds["write matches"] = time.perf_counter() - start
    made = date.fromisoformat(kept["made"])
    return DemoRun(folder, seekers, vacancies, seed, made, reused, accounts, found, seconds)


def seekers_table(n: int, seed: int = 1) -> pa.Table:
    """n demo jobseekers as records, read from files like real ones; nothing stays on the disk."""
    if n < 1:
        raise InputError(f"n is {n}", hint="1 or more", field="n")
    with tempfile.TemporaryDirectory() as folder:
        made = generate(Path(folder), seekers=n, vacancies=0, seed=seed, today=today())
        return _records(read_files(made.paths(Kind.JOBSEEKER), Kind.JOBSEEKER))


# -- files and records -------------------------------------------------------------------------------------


def _prepare(
    folder: Path, arguments: Mapping[str, int], progress: Callable[[str], None], seconds: dict[str, float]
) -> dict[str, Any]:
    """Generate and read; returns the manifest that was written."""
    start = time.perf_counter()
    progress("make demo files")
    manifest = folder / "manifest.json"
    manifest.unlink(missing_ok=True)
    made = generate(folder / "input", **arguments, today=today())
    seconds["make demo files"] = time.perf_counter() - start
    accounts: list[Account] = []
    written = [f.path for f in made.files]
    for kind, name in _TABLES.items():
        start = time.perf_counter()
        progress(f"read {kind.value}")
        results = read_files(made.paths(kind), kind)
        write_parquet(_records(results), folder / "data" / name)
        accounts += [r.account for r in results]
        written.append(folder / "data" / name)
        seconds[f"read {kind.value}"] = time.perf_counter() - start
    data: dict[str, Any] = {
        "arguments": dict(arguments),
        "version": _version(),
        "made": today().isoformat(),
        "files": {p.relative_to(folder).as_posix(): _hash(p.read_bytes()) for p in written},
        "accounts": [asdict(a) for a in accounts],
    }
    manifest.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    return data


def _kept(folder: Path, arguments: Mapping[str, int]) -> dict[str, Any] | None:
    """The manifest of an earlier run that can be taken as it is, or None."""
    try:
        data: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        fresh = timedelta(0) <= today() - date.fromisoformat(data["made"]) <= _FRESH
        same = data["arguments"] == dict(arguments) and data["version"] == _version()
        whole = all(_hash((folder / name).read_bytes()) == known for name, known in data["files"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # no manifest, or one that somebody wrote in: all is made anew
    return data if fresh and same and whole else None


@cache
def _version() -> str:
    """The version of Padan and a hash of all that the demo is made of."""
    pack, starter = files(f"padan.countries.{country().name}"), files("padan.taxonomy") / "starter"
    parts = [pack / "demo.yaml", pack / "karirhub.csv", pack / "regions.csv", starter / "industries.csv"]
    parts += [files("padan.centre") / f"demo_{name}.py" for name in ("files", "market", "speech")]
    for name in ("titles", "skills", "links"):
        parts += sorted((starter / name).iterdir(), key=lambda p: p.name)
    return f"{__version__}+{_hash(b''.join(p.read_bytes() for p in parts if p.is_file()))[:12]}"


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()


def _records(results: Iterable[ReadResult]) -> pa.Table:
    return pa.concat_tables([r.table for r in results])


def _stored(folder: Path, kind: Kind) -> pa.Table:
    return check_table(kind, pq.read_table(folder / "data" / _TABLES[kind]))


# -- summary -----------------------------------------------------------------------------------------------


def print_summary(done: DemoRun, page: Path) -> None:
    """Print what was read, coded and matched, three matches with their reasons, and where the page is."""
    console = Console(width=_WIDTH, highlight=False)
    run = done.match
    counts = run.summary()
    console.print(
        f"[bold]Demo labour market[/bold], seed {done.seed}. All people and employers are invented.\n"
    )
    console.print(_accounts_table(done.accounts))
    posts, people = (f"{counts[n + '_coded'] / counts[n]:.0%}" for n in ("vacancies", "jobseekers"))
    console.print(
        f"\nOccupation decided: {posts} of vacancies, {people} of jobseekers; the rest is for review."
    )
    for name, word in (("for_seekers", "jobseekers"), ("for_vacancies", "vacancies")):
        if name in counts:
            found = counts[name]
            score = found["median_best_score"]
            console.print(f"Matches for {word}: {found['matches']:,}; median score of the best: {score}.")
    slowest = sorted(done.seconds.items(), key=lambda item: -item[1])[:2]
    told = ", ".join(f"{name} {value:.1f}" for name, value in slowest)
    reused = "; files of an earlier run" if done.reused else ""
    console.print(f"{sum(done.seconds.values()):.1f} seconds ({told}{reused}).", style="dim")
    for number, row in enumerate(_examples(run), start=1):
        _print_example(console, run, number, row)
    console.print(f"\nPage: {escape(str(page))}", soft_wrap=True)


def _accounts_table(accounts: Iterable[Account]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("file")
    for heading in ("rows", "records", "rejected", "repeated"):
        table.add_column(heading, justify="right")
    for a in accounts:
        counts = (a.rows_in, a.rows_out, a.rejected, a.repeated)
        table.add_row(escape(a.file), *(f"{count:,}" for count in counts))
    return table


def _examples(run: MatchRun) -> list[dict[str, Any]]:
    """Best matches of three people of different major groups: a good, a middling and a weaker one."""
    if run.for_seekers is None:
        return []
    table = run.for_seekers
    told = pc.and_(
        pc.equal(table["rank"], 1),
        pc.and_(
            pc.greater(pc.list_value_length(table["shared"]), 1),
            pc.greater(pc.list_value_length(table["missing"]), 0),
        ),
    )
    rows = np.flatnonzero(told.to_numpy(zero_copy_only=False))
    rows = rows[np.argsort(-table["score"].to_numpy()[rows], kind="stable")]
    coded = run.coded_seekers.table
    code_of = dict(zip(coded["id"].to_pylist(), coded["isco08"].to_pylist(), strict=True))
    out: list[dict[str, Any]] = []
    seen: set[str] = set()
    for start in (0.1, 0.4, 0.7):
        for at in rows[int(start * len(rows)) :]:
            row: dict[str, Any] = table.slice(int(at), 1).to_pylist()[0]
            code = code_of[row["seeker_id"]]
            if code is not None and code[0] not in seen:
                seen.add(code[0])
                out.append(row)
                break
    return out


# what a term says when it is good, and what would make it good
_FITS = {
    "occupation": "pekerjaan sama atau dekat",
    "region": "tempatnya dekat",
    "education": "pendidikan cukup",
    "experience": "pengalaman cukup",
    "pay": "upah sesuai harapan",
}
_STEPS = {
    "region": "tempat kerja lebih dekat",
    "education": "pendidikan yang diminta",
    "experience": "pengalaman yang diminta",
    "pay": "upah sesuai harapan",
}
_GOOD = 0.6  #: of a term, from which it is told as a reason


def _print_example(console: Console, run: MatchRun, number: int, row: Mapping[str, Any]) -> None:
    person = _record(run.seekers, row["seeker_id"], ("headline", "job_location"))
    post = _record(run.vacancies, row["vacancy_id"], ("title", "hiring_organization", "job_location"))
    skill = library().get("skill").label
    good = [
        said for term, said in _FITS.items() if row[f"term_{term}"] >= _GOOD and term not in row["unknown"]
    ]
    steps = []
    for change in row["changes"][:2]:
        step = f"belajar {skill(change['detail'])}" if change["what"] == "skill" else _STEPS[change["what"]]
        steps.append(f"{step} ({_comma(change['score'])})")
    where = f" di {person['job_location']}" if person["job_location"] else ""
    seeker = _lines(f"“{person['headline'] or '-'}”{where}", 1, _WIDTH - 11)
    console.print(f"\n[bold]Contoh {number}.[/bold] {escape(seeker[0])}")
    for word, text, most in (
        (f"skor {_comma(row['score'])}", ", ".join(v for v in post.values() if v), 1),
        ("cocok karena", "; ".join([", ".join(skill(s) for s in row["shared"][:2]), *good]), 2),
        ("belum ada", ", ".join(skill(s) for s in row["missing"][:3]), 1),
        ("naik bila", "; ".join(steps), 2),
    ):
        lead = f"  {word:<14}"
        for line in _lines(text, most, _WIDTH - len(lead)) if text else ():
            console.print(f"[dim]{lead}[/dim]{escape(line)}")
            lead = " " * len(lead)


def _record(table: pa.Table, identifier: str, columns: tuple[str, ...]) -> dict[str, Any]:
    row = pc.index(table["id"], pa.scalar(identifier)).as_py()
    return {name: table[name][row].as_py() for name in columns}


def _lines(text: str, most: int, width: int) -> list[str]:
    return textwrap.wrap(text, width, max_lines=most, placeholder=" …") or [""]


def _comma(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")
