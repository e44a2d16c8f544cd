"""`padan match` and `padan demo`."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from padan.centre import demo as demo_market
from padan.centre import intake
from padan.centre.main_job import match as run_match
from padan.errors import InputError
from padan.model import Kind
from padan.settings import settings


class Asked(StrEnum):
    """For whom the matches are."""

    SEEKERS = "seekers"
    VACANCIES = "vacancies"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(help=demo.__doc__)(demo)
    app.command(help=match.__doc__)(match)


def match(
    seekers: Annotated[Path, typer.Option(help="Jobseekers: Parquet of padan read, or any file it reads.")],
    vacancies: Annotated[Path, typer.Option(help="Vacancies: Parquet of padan read, or any file it reads.")],
    out: Annotated[Path, typer.Option(help="Parquet file for the matches.")],
    top: Annotated[int, typer.Option(help="Matches a row.", min=1, max=1000)] = 10,
    asked: Annotated[Asked, typer.Option("--for", help="Whom to rank for.")] = Asked.SEEKERS,
) -> None:
    """Match jobseekers and vacancies, each match with its reasons.

    Writes seeker_id, vacancy_id, rank, score, the six terms and their points, shared and missing skills, and
    what would change the result. Prints a summary as JSON.

    Example: padan match --seekers pencaker.parquet --vacancies lowongan.parquet --top 10 --out cocok.parquet
    """
    people, _ = intake.records_of(seekers, Kind.JOBSEEKER)
    posts, _ = intake.records_of(vacancies, Kind.VACANCY)
    if not len(people) or not len(posts):
        empty = seekers if not len(people) else vacancies
        raise InputError(
            f"{empty.name} holds no record", hint="what was rejected: padan read … --rejected R.jsonl"
        )
    console = Console(stderr=True, highlight=False)
    run = run_match(
        people,
        posts,
        k=top,
        both=False,
        asked=asked.value,
        progress=lambda step: console.print(f"… {step}", style="dim"),
    )
    table = run.for_seekers if asked is Asked.SEEKERS else run.for_vacancies
    assert table is not None
    intake.write_parquet(table, out)
    typer.echo(json.dumps({**run.summary(), "out": str(out)}, ensure_ascii=False, indent=1))


def demo(
    seekers: Annotated[int, typer.Option(help="Demo jobseekers.", min=1, max=1_000_000)] = 2000,
    vacancies: Annotated[int, typer.Option(help="Demo vacancies.", min=1, max=200_000)] = 600,
    seed: Annotated[int, typer.Option(help="Same seed, same market.")] = 1,
    home: Annotated[Path | None, typer.Option(help="Folder; default PADAN_HOME/demo.")] = None,
) -> None:
    """Make a demo labour market, run the main job on it, and write a report page.

    People, employers and vacancies are invented, in the proportions of the official Karirhub tables. The
    files are made as offices have them (CSV, XLSX, JSONL) and go through the same reading, linking and
    matching as real ones.

    Example: padan demo --seekers 5000 --vacancies 1000 --seed 7
    """
    folder = home if home is not None else settings().home / "demo"
    console = Console(stderr=True, highlight=False)
    done = demo_market.run(
        folder,
        seekers=seekers,
        vacancies=vacancies,
        seed=seed,
        progress=lambda step: console.print(f"… {step}", style="dim"),
    )
    from padan.web.report import write_report

    page = write_report(done, folder / "page" / "index.html")
    demo_market.print_summary(done, page)
