"""`padan read` and `padan parse`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer
import yaml

from padan.centre import intake
from padan.errors import InputError
from padan.model import Kind
from padan.reading import parse_date, parse_pay, propose_mapping
from padan.reading.formats import Row, open_rows

KINDS = [k.value for k in Kind]


class What(StrEnum):
    """What `padan parse` reads."""

    PAY = "pay"
    PLACE = "place"
    DATE = "date"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(help=read.__doc__)(read)
    app.command(help=parse.__doc__)(parse)


def read(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Table, JSON, feed, Europass, PDF or DOCX.")
    ],
    kind: Annotated[Kind, typer.Option("--as", help="What the file holds.")],
    out: Annotated[Path | None, typer.Option(help="Parquet file for the records.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="Mapping file; see docs/reading.md.")] = None,
    rejected: Annotated[Path | None, typer.Option(help="JSONL file for rows that became no record.")] = None,
    suggest_mapping: Annotated[
        bool, typer.Option("--suggest-mapping", help="Print a proposed mapping and stop.")
    ] = False,
) -> None:
    """Read files into records and account for every row.

    Prints JSON: rows_in, rows_out, rejected, repeated, and what was repaired and flagged, by kind.
    rows_in = rows_out + rejected + repeated. Several files are read together: a vacancy that an earlier
    file held counts as repeated in the later one.

    Example: padan read lowongan.xlsx --as vacancies --out lowongan.parquet --rejected ditolak.jsonl
    """
    if suggest_mapping:
        for path in files:
            proposed, nearness = propose_mapping(path, kind, country=intake.country())
            data = proposed.model_dump(by_alias=True, exclude_defaults=True, mode="json")
            typer.echo(f"# proposed for {path.name}; nearness of names: "
                       + ", ".join(f"{field} {value:.0f}" for field, value in nearness.items()))  # fmt: skip
            typer.echo(yaml.safe_dump(data, allow_unicode=True, sort_keys=False).rstrip())
        return
    if out is None:
        raise InputError(
            "--out is missing", hint="name a Parquet file for the records: --out OUT.parquet", field="out"
        )
    results = intake.read_files(files, kind, mapping=mapping)
    table = pa.concat_tables([r.table for r in results])
    intake.write_parquet(table, out)
    if rejected is not None:
        intake.write_rejected([item for r in results for item in r.rejected], rejected)
    accounts = [r.account.as_dict() for r in results]
    for result in results:
        for item in result.rejected[:20]:
            where = f", {item.column}" if item.column else ""
            shown = f": {item.value!r}" if item.value else ""
            typer.echo(f"{result.account.file} row {item.row}{where}: {item.reason}{shown}", err=True)
        if len(result.rejected) > 20:
            typer.echo(f"{result.account.file}: {len(result.rejected)} rows rejected, 20 shown", err=True)
    typer.echo(
        json.dumps(accounts[0] if len(accounts) == 1 else _together(accounts), ensure_ascii=False, indent=1)
    )


def _together(accounts: list[dict[str, Any]]) -> dict[str, Any]:
    total: dict[str, Any] = {
        name: sum(a[name] for a in accounts) for name in ("rows_in", "rows_out", "rejected", "repeated")
    }
    for name in ("repaired", "flagged"):
        kinds = dict.fromkeys(k for a in accounts for k in a[name])
        total[name] = {k: sum(a[name].get(k, 0) for a in accounts) for k in kinds}
    return {**total, "files": accounts}


def parse(
    what: Annotated[What, typer.Argument(help="pay, place or date")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Any table or JSON that padan reads.")],
    text: Annotated[str, typer.Option(help="Column with the text.")],
    out: Annotated[Path, typer.Option(help="JSONL file for the results.")],
    id: Annotated[str | None, typer.Option(help="Column with the id; row numbers when not given.")] = None,
    country: Annotated[str, typer.Option(help="Country code: decides what a bare $ means.")] = "ID",
) -> None:
    """Read one column as pay, place or date, one JSON object a row.

    pay: id, min, max, currency, period, flags. place: id, province, regency, ambiguous, flags. date: id,
    date, flags.

    Example: padan parse pay lowongan.csv --text Gaji --out gaji.jsonl
    """
    places = intake.country().places
    now = intake.today()

    def one(value: Any) -> dict[str, Any]:
        if what is What.PAY:
            pay = parse_pay(
                value if isinstance(value, int | float) and not isinstance(value, bool) else _text(value),
                country=country,
            )
            return {
                "min": pay.min,
                "max": pay.max,
                "currency": pay.currency,
                "period": pay.period,
                "flags": list(pay.flags),
            }
        if what is What.PLACE:
            place = places.parse(_text(value) or "")
            return {
                "province": place.province,
                "regency": place.regency,
                "ambiguous": list(place.ambiguous),
                "flags": list(place.flags),
            }
        found = parse_date(value, today=now)
        return {"date": found.date.isoformat() if found.date else None, "flags": list(found.flags)}

    count = write_jsonl(out, texts(file, text, id), lambda key, value: {"id": key, **one(value)})
    typer.echo(json.dumps({"rows": count, "out": str(out)}))


def say(step: str) -> None:
    """Progress, on stderr."""
    typer.echo(f"… {step}", err=True)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def texts(file: Path, text: str, id_column: str | None) -> Iterator[tuple[str, Any]]:
    """(id, value) of a column of any file. Raises InputError that names the columns there are.

    A row that cannot be read is said on stderr and gives an empty value, so that every row has its line.
    """
    for number, row in enumerate(open_rows(file), start=1):
        if not isinstance(row, Row):
            typer.echo(f"{file.name} row {row.number}: {row.reason}", err=True)
            yield str(number), None
            continue
        for column in (text, id_column):
            if number == 1 and column is not None and column not in row.values:
                raise InputError(
                    f"{file.name} has no column {column!r}",
                    hint=f"columns: {', '.join(map(str, row.values))}",
                    field=column,
                )
        key = row.values.get(id_column) if id_column else number
        yield str(key if key is not None else number), row.values.get(text)


def write_jsonl(
    out: Path, rows: Iterator[tuple[str, Any]], make: Callable[[str, Any], dict[str, Any]]
) -> int:
    """Write one object a row; the number of rows."""
    out.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with out.open("w", encoding="utf-8") as handle:
        for key, value in rows:
            handle.write(json.dumps(make(key, value), ensure_ascii=False) + "\n")
            count += 1
    return count
