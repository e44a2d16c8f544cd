"""`padan match`, `padan propensities` and `padan demo`."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer
from rich.console import Console

from padan.centre import demo as demo_market
from padan.centre import intake
from padan.centre import market as market_job
from padan.centre.main_job import match as run_match
from padan.errors import InputError
from padan.matching.propensity import to_json
from padan.model import Kind
from padan.settings import settings


class EngineChoice(StrEnum):
    """Where the work runs."""

    LOCAL = "local"
    SPARK = "spark"


class PolicyChoice(StrEnum):
    """How a market is allocated; see docs/allocation.md."""

    FILLS = "fills"
    SURPLUS = "surplus"
    ENROLMENT = "enrolment"
    QUOTA = "quota"
    RANKING = "ranking"


class Asked(StrEnum):
    """For whom the matches are."""

    SEEKERS = "seekers"
    VACANCIES = "vacancies"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(help=demo.__doc__)(demo)
    app.command(help=match.__doc__)(match)
    app.command(help=propensities.__doc__)(propensities)


def match(
    seekers: Annotated[Path, typer.Option(help="Jobseekers: Parquet of padan read, or any file it reads.")],
    vacancies: Annotated[Path, typer.Option(help="Vacancies: Parquet of padan read, or any file it reads.")],
    out: Annotated[Path, typer.Option(help="Parquet file for the matches.")],
    top: Annotated[int, typer.Option(help="Matches a row.", min=1, max=1000)] = 10,
    asked: Annotated[Asked, typer.Option("--for", help="Whom to rank for.")] = Asked.SEEKERS,
    whole_market: Annotated[
        bool, typer.Option("--market", help="Make everybody's list together, with the whole market in view.")
    ] = False,
    engine: Annotated[EngineChoice, typer.Option(help="Where --market runs.")] = EngineChoice.LOCAL,
    policy: Annotated[PolicyChoice, typer.Option(help="How --market allocates.")] = PolicyChoice.FILLS,
    each: Annotated[int, typer.Option(help="Candidates a row, both ways.", min=1, max=1000)] = 50,
    seed: Annotated[int, typer.Option(help="Draws the lots between equal claims.")] = 1,
    applications: Annotated[
        Path | None,
        typer.Option(help="Recorded pairs: seeker_id, vacancy_id, applied, accepted, rank (CSV, Parquet)."),
    ] = None,
    propensities: Annotated[
        Path | None, typer.Option(help="A stored fit of padan propensities, instead.")
    ] = None,
    overrides: Annotated[
        Path | None,
        typer.Option(help="Counsellors' decisions: seeker_id, vacancy_id, action, reason, by, on."),
    ] = None,
    fairness: Annotated[
        Path | None,
        typer.Option(help="JSON file for the fairness report; fails where a label is missing, not declared."),
    ] = None,
    groups: Annotated[
        Path | None,
        typer.Option(
            help="Labels for it: seeker_id, sex, age_group or birth_year, disability. Read after the lists."
        ),
    ] = None,
    not_recorded: Annotated[
        str, typer.Option(help="Labels that the office does not record, with commas: sex,disability.")
    ] = "",
    scarcity: Annotated[
        Path | None, typer.Option(help="CSV file for prices: which work and places are short of people.")
    ] = None,
) -> None:
    """Match jobseekers and vacancies, each match with its reasons.

    Writes seeker_id, vacancy_id, rank, score, the six terms and their points, shared and missing skills, and
    what would change the result. With --market also people per place, places near the person, and why a
    vacancy stands where it does, as numbers and in both languages. Prints a summary as JSON.

    Example: padan match --seekers pencaker.parquet --vacancies lowongan.parquet --top 10 --out cocok.parquet

    Example: padan match --market --seekers pencaker.csv --vacancies lowongan.xlsx --out daftar.parquet
    """
    if whole_market and asked is Asked.VACANCIES:
        raise InputError(
            "--market makes lists for jobseekers", hint="leave --for out, or leave --market out", field="for"
        )
    only = {
        "--engine spark": engine is not EngineChoice.LOCAL,
        "--policy": policy is not PolicyChoice.FILLS,
        "--applications": applications is not None,
        "--propensities": propensities is not None,
        "--overrides": overrides is not None,
        "--fairness": fairness is not None,
        "--groups": groups is not None,
        "--scarcity": scarcity is not None,
    }
    lost = [name for name, given in only.items() if given and not whole_market]
    if lost:
        raise InputError(f"{', '.join(lost)} belongs to the whole market", hint="add --market")
    people, posts = _records(seekers, vacancies)
    console = Console(stderr=True, highlight=False)

    def progress(step: str) -> None:
        console.print(f"… {step}", style="dim")

    if not whole_market:
        run = run_match(people, posts, k=top, both=False, asked=asked.value, progress=progress)
        table = run.for_seekers if asked is Asked.SEEKERS else run.for_vacancies
        assert table is not None
        intake.write_parquet(table, out)
        typer.echo(json.dumps({**run.summary(), "out": str(out)}, ensure_ascii=False, indent=1))
        return
    done = market_job.market(
        people,
        posts,
        k=top,
        policy=policy.value,
        each=each,
        seed=seed,
        engine=engine.value,
        applications=applications,
        propensities=propensities,
        overrides=overrides,
        groups=groups,
        not_recorded=tuple(name.strip() for name in not_recorded.split(",") if name.strip()),
        progress=progress,
    )
    intake.write_parquet(done.lists, out)
    if scarcity is not None:
        market_job.write_text(market_job.csv_of(done.scarcity), scarcity)
    if fairness is not None:
        market_job.write_text(done.fairness.to_json() + "\n", fairness)
    typer.echo(json.dumps({**done.summary(), "out": str(out)}, ensure_ascii=False, indent=1))
    if fairness is not None:
        done.fairness.require()


def propensities(
    seekers: Annotated[Path, typer.Option(help="Jobseekers: Parquet of padan read, or any file it reads.")],
    vacancies: Annotated[Path, typer.Option(help="Vacancies: Parquet of padan read, or any file it reads.")],
    applications: Annotated[
        Path, typer.Option(help="Recorded pairs: seeker_id, vacancy_id, applied, accepted, rank.")
    ],
    out: Annotated[Path, typer.Option(help="JSON file for the fit.")],
) -> None:
    """Estimate from recorded applications who applies and who is accepted.

    Writes the fit, which holds numbers and no record, for padan match --market --propensities. Prints how
    well it holds on records left out of it: reliability by tenths of the estimates, calibration, trust.

    Example: padan propensities --seekers P.csv --vacancies L.xlsx --applications LAMARAN.csv --out fit.json
    """
    fitted, unused = market_job.fit_propensities(*_records(seekers, vacancies), applications)
    market_job.write_text(to_json(fitted) + "\n", out)
    told: dict[str, object] = {"source": fitted.source, "trust": round(fitted.trust, 3), "unused": unused}
    for name, model in (("p", fitted.p), ("q", fitted.q)):
        told[name] = {
            "records": model.records,
            "happened": model.happened,
            "reason": model.reason,
            "not_calibrated": model.not_calibrated,
            "ece": None if model.quality is None else round(model.quality.ece, 4),
            "reliability": fitted.reliability(name).to_pylist(),  # type: ignore[arg-type]
        }
    typer.echo(json.dumps({**told, "out": str(out)}, ensure_ascii=False, indent=1))


def _records(seekers: Path, vacancies: Path) -> tuple[pa.Table, pa.Table]:
    people, _ = intake.records_of(seekers, Kind.JOBSEEKER)
    posts, _ = intake.records_of(vacancies, Kind.VACANCY)
    if not len(people) or not len(posts):
        empty = seekers if not len(people) else vacancies
        raise InputError(
            f"{empty.name} holds no record", hint="what was rejected: padan read … --rejected R.jsonl"
        )
    return people, posts


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
