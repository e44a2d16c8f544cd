"""`padan taxonomy`: the schemes at hand."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from padan.centre import schemes
from padan.cli.linking import To
from padan.errors import InputError

app = typer.Typer(
    help="Classifications: list, show, check, build, add, learn.", no_args_is_help=True, rich_markup_mode=None
)


class Source(StrEnum):
    """What can be added."""

    ESCO = "esco"
    ONET = "onet"
    KBJI = "kbji"
    KBLI = "kbli"
    SKKNI = "skkni"


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"


@app.command("list")
def list_schemes(
    format: Annotated[Format, typer.Option(help="table or json")] = Format.TABLE,
) -> None:
    """List the schemes at hand, with version and size.

    Example: padan taxonomy list
    """
    found = schemes.listed()
    if format is Format.JSON:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("scheme", "version", "concepts", "relations", "licence", "source"):
        table.add_column(name, justify="right" if name in ("concepts", "relations") else "left")
    for info in found:
        table.add_row(
            *(str(info[n]) for n in ("name", "version", "concepts", "relations", "licence", "source"))
        )
    Console().print(table)


@app.command()
def show(
    scheme: Annotated[str, typer.Argument(help="Scheme, for example isco08, skill, kbji.")],
    code: Annotated[str | None, typer.Argument(help="Code or id; the top groups when not given.")] = None,
    format: Annotated[Format, typer.Option(help="table or json")] = Format.TABLE,
) -> None:
    """Show a concept: labels, names in use, parents and children, skills.

    Example: padan taxonomy show isco08 7212
    """
    found = schemes.shown(scheme, code)
    if format is Format.JSON:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for name, value in found.items():
        if value in (None, [], {}):
            continue
        if isinstance(value, list):
            typer.echo(f"{name}:")
            for item in value:
                typer.echo(f"  {item}")
        else:
            typer.echo(f"{name}: {value}")


@app.command()
def check(
    scheme: Annotated[
        str | None, typer.Argument(help="An imported scheme; the starter pack when not given.")
    ] = None,
) -> None:
    """Prove a scheme: codes, coverage, no orphan, no double alias without a reason.

    Example: padan taxonomy check
    """
    findings = schemes.checked(scheme)
    errors = [f for f in findings if f.severity == "error"]
    for finding in findings:
        typer.echo(
            f"{finding.severity}: {finding.file} line {finding.line}: {finding.what}",
            err=finding.severity != "error",
        )
    typer.echo(json.dumps({"errors": len(errors), "notes": len(findings) - len(errors)}))
    if errors:
        raise InputError(
            f"{len(errors)} errors in the {scheme or 'starter pack'}", hint="mend the lines named above"
        )


@app.command()
def build() -> None:
    """Learn from the names of all schemes when one has changed, build their index, and say what it holds.

    Example: padan taxonomy build
    """
    with Progress(
        TextColumn("… {task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("learning", total=1.0, visible=False)
        found = schemes.built(
            lambda step: bar.console.print(f"… {step}", highlight=False, markup=False),
            share=lambda done: bar.update(task, completed=done, visible=True),
        )
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1))


@app.command()
def learn(
    file: Annotated[Path, typer.Argument(help="A table of texts that somebody has coded.")],
    to: Annotated[To, typer.Option(help="Scheme of the codes.")],
    text: Annotated[str, typer.Option(help="Column with the text.")],
    code: Annotated[str, typer.Option(help="Column with the code.")],
    name: Annotated[
        str | None, typer.Option(help="Name of the list; that of the file when not given.")
    ] = None,
) -> None:
    """Learn from texts that were coded before: they vote beside the names of the scheme.

    Example: padan taxonomy learn lowongan-2024.csv --to isco08 --text judul --code kbji
    """
    found = schemes.learn(file, to=to.value, text=text, code=code, name=name)
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1))


@app.command()
def learned() -> None:
    """List what was learned from.

    Example: padan taxonomy learned
    """
    typer.echo(json.dumps(schemes.learned(), ensure_ascii=False, indent=1))


@app.command()
def unlearn(name: Annotated[str, typer.Argument(help="Name of a list, see padan taxonomy learned.")]) -> None:
    """Drop a list of coded texts; the next command links without it.

    Example: padan taxonomy unlearn lowongan-2024
    """
    schemes.unlearn(name)
    typer.echo(json.dumps({"unlearned": name}))


@app.command()
def add(
    scheme: Annotated[Source, typer.Argument(help="What is added.")],
    path: Annotated[Path, typer.Argument(help="Official zip or folder, or a Parquet or CSV table.")],
    version: Annotated[str | None, typer.Option(help="Version, where the file does not say it.")] = None,
) -> None:
    """Add a classification from a file that you have.

    Example: padan taxonomy add esco "ESCO dataset - v1.2.0 - classification - en - csv.zip"
    """
    typer.echo(json.dumps(schemes.added(scheme.value, path, version=version), ensure_ascii=False, indent=1))
