"""`padan review`: what linking left undecided, decided by a person."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from padan.centre import review
from padan.cli.linking import To
from padan.cli.reading import say
from padan.errors import InputError
from padan.linking.review import LEAST_ROWS, Shift

app = typer.Typer(
    help="Texts left undecided: queue, apply, undo, log, drift.", no_args_is_help=True, rich_markup_mode=None
)

_SHOWN = 20  #: row errors on stderr


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"


Author = Annotated[str, typer.Option(help="Who decides; kept with the decision.")]


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Any table or JSON that padan reads.")],
    to: Annotated[To, typer.Option(help="Scheme to link to.")],
    out: Annotated[Path, typer.Option(help="Queue to write: .csv or .xlsx.")],
    text: Annotated[str | None, typer.Option(help="Column with the text.")] = None,
    least: Annotated[int, typer.Option(help="Leave out texts that occur less often.", min=1)] = 1,
    limit: Annotated[int | None, typer.Option(help="At most so many texts.", min=1)] = None,
) -> None:
    """Write the texts that were not decided as a queue, the most frequent first.

    Fill the column decision: a code, 1 to 5 for a proposal of the row, or - where the text names no
    occupation or skill. Only the texts are written; telephone, e-mail and identity numbers are masked.
    rows = decided + reviewed + empty + queued_rows + left_out + unreadable.

    Example: padan review export lowongan.csv --to isco08 --text judul --out antrean.xlsx
    """
    done = review.export(file, to=to.value, out=out, text=text, least=least, limit=limit, progress=say)
    typer.echo(json.dumps(asdict(done), ensure_ascii=False))


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(metavar="QUEUE", help="A filled queue.")],
    author: Author,
    to: Annotated[To | None, typer.Option(help="Scheme of rows without a key, added by hand.")] = None,
) -> None:
    """Put the decisions of a filled queue in force; nothing is trained again.

    rows_in = applied + empty + rejected + unchanged. Exit code 2 when a row was rejected; the good rows are
    applied all the same. The same file can be applied again.

    Example: padan review apply antrean.xlsx --author "Siti R."
    """
    done = review.apply(file, author=author, at=review.now(), to=to.value if to else None)
    for error in done.errors[:_SHOWN]:
        typer.echo(f"{file.name} {error}", err=True)
    _damaged(done.damaged_lines)
    typer.echo(json.dumps(asdict(done), ensure_ascii=False, indent=1))
    if done.rejected:
        more = f" ({_SHOWN} shown)" if done.rejected > _SHOWN else ""
        raise InputError(
            f"{done.rejected} of {done.rows_in} rows were rejected{more}, {done.applied} applied",
            hint="mend the rows and apply the file again: what holds already stays as it is",
        )


@app.command()
def undo(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, as in padan review log.")],
    author: Author,
) -> None:
    """Take decisions back; what held before holds again. An undoing can be undone by its own id.

    Example: padan review undo 3f9c01aa --author "Budi S."
    """
    done = review.undo(ids, author=author, at=review.now())
    typer.echo(json.dumps(asdict(done), ensure_ascii=False))


@app.command()
def log(format: Annotated[Format, typer.Option(help="table or json")] = Format.TABLE) -> None:
    """List all decisions, oldest first: who, when, what, and whether it holds.

    holds; replaced by a later one; undone; undoing; dropped: the scheme at hand has no such concept.

    Example: padan review log
    """
    found = review.log()
    _damaged(found.damaged_lines)
    if format is Format.JSON:
        rows = [{**asdict(d), "at": d.at.isoformat(), "status": status} for d, status in found.records]
        data = {"decisions": rows, "damaged_lines": found.damaged_lines}
        typer.echo(json.dumps(data, ensure_ascii=False, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("id", "at", "author", "scheme", "text", "concept", "status", "note"):
        table.add_column(name)
    for one, status in found.records:
        concept = f"undoes {one.undoes}" if one.undoes else one.concept or "-"
        at = one.at.strftime("%Y-%m-%d %H:%M")
        table.add_row(one.id, at, one.author, one.target, one.text or one.key, concept, status, one.note)
    Console(markup=False).print(table)


@app.command()
def drift(
    reference: Annotated[Path, typer.Argument(metavar="REFERENCE", help="Titles of a known source.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Titles of the new source.")],
    text: Annotated[str | None, typer.Option(help="Column with the title.")] = None,
    new_text: Annotated[str | None, typer.Option(help="The same in NEW, where it differs.")] = None,
    least: Annotated[int, typer.Option(help="Rows that each file needs.", min=20)] = LEAST_ROWS,
    top: Annotated[int, typer.Option(help="How many unit groups and texts to list.", min=1)] = 10,
    out: Annotated[Path | None, typer.Option(help="JSON file with every unit group.")] = None,
) -> None:
    """Say whether a new source is coded differently from a known one.

    Shares of ISCO-08 major groups and of decided rows in both, the unit groups that moved most with an
    interval, the texts left undecided most. alarms is empty where nothing differs by a size that matters.

    Example: padan review drift lowongan-2025.csv lowongan-baru.csv --text judul
    """
    found = review.drift(reference, new, text=text, new_text=new_text, least=least, top=top, progress=say)
    data: dict[str, Any] = asdict(found)
    for name in ("by_decided", "by_major_group", "by_unit_group"):
        shift: Shift | None = getattr(found, name)
        if shift is not None:
            data[name] = {**data[name], "beyond_chance": shift.beyond_chance}
    data = _rounded(data)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    del data["unit_groups"]  # up to 436 of them
    typer.echo(json.dumps(data, ensure_ascii=False, indent=1))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value


def _damaged(lines: tuple[int, ...]) -> None:
    if lines:
        numbers = ", ".join(map(str, lines))
        typer.echo(
            f"damaged and left out: line {numbers} of the list of decisions; look at it by hand", err=True
        )
