"""`padan link`."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from padan.centre.index import linker
from padan.cli.reading import say, texts
from padan.errors import InputError
from padan.linking import Linked
from padan.reading.formats import Row, open_rows


class To(StrEnum):
    """Schemes that texts are linked to."""

    ISCO08 = "isco08"
    KBJI = "kbji"
    ESCO_OCCUPATION = "esco-occupation"
    ESCO_SKILL = "esco-skill"
    SKILL = "skill"


class Lang(StrEnum):
    """Language of the texts."""

    AUTO = "auto"
    ID = "id"
    EN = "en"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help=link.__doc__)(link)


def link(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Any table or JSON that padan reads.")],
    out: Annotated[Path, typer.Option(help="JSONL file for the results.")],
    to: Annotated[To | None, typer.Option(help="Scheme to link to.")] = None,
    corpus: Annotated[
        Path | None, typer.Option(help="List of texts with ids to rank instead of a scheme.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="Column with the text.")] = None,
    id: Annotated[str | None, typer.Option(help="Column with the id.")] = None,
    duties: Annotated[
        str | None, typer.Option(help="Column with a text about the work, to choose among near occupations.")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="Language of the texts.")] = Lang.AUTO,
    top: Annotated[int, typer.Option(help="How many to keep a text.", min=1, max=1000)] = 10,
) -> None:
    """Link texts to occupations or skills, or rank a list of texts.

    Writes one object a row: id, ranked (ids, best first), scores, decision (an id, or null where it is not
    decided), confidence (how sure the first one is, 0 to 1; null where that was never measured), status (in
    employment: employee, own-account, family; null where a text about work does not say). A corpus is JSONL
    with id and text, or TSV whose first column is the id and whose last is the text.

    Example: padan link judul.csv --to isco08 --text judul --top 5 --out kode.jsonl
    """
    if (to is None) == (corpus is None):
        raise InputError("say either --to SCHEME or --corpus FILE", field="to")
    text, id = _columns(file, text, id)
    rows = list(texts(file, text, id))
    values = ["" if value is None else str(value) for _, value in rows]
    found = linker(say)
    if corpus is not None:
        linked = found.rank_corpus(values, _corpus(corpus), k=top)
    else:
        about = None
        if duties is not None:
            about = [None if value is None else str(value) for _, value in texts(file, duties, id)]
        linked = found.link(values, to=to.value, k=top, lang=lang.value, duties=about)  # type: ignore[union-attr,arg-type]
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8") as handle:
        for (key, _), one in zip(rows, linked, strict=True):
            handle.write(json.dumps(_line(key, one), ensure_ascii=False) + "\n")
    decided = sum(one.decision is not None for one in linked)
    typer.echo(json.dumps({"rows": len(rows), "decided": decided, "out": str(out)}))


def _line(key: str, found: Linked) -> dict[str, object]:
    return {
        "id": key,
        "ranked": list(found.ranked),
        "scores": list(found.scores),
        "decision": found.decision,
        "confidence": found.confidence,
        "status": found.status,
    }


def _columns(file: Path, text: str | None, id: str | None) -> tuple[str, str | None]:
    """The columns, found by name where they are not given: text, title; id."""
    first = next((row.values for row in open_rows(file) if isinstance(row, Row)), {})
    if text is None:
        text = next(
            (name for name in ("text", "title", "judul", "Title", "Job Title") if name in first), None
        )
        if text is None:
            raise InputError(
                f"{file.name}: which column holds the text?",
                hint=f"--text COL, one of: {', '.join(map(str, first))}",
                field="text",
            )
    return text, id if id is not None else ("id" if "id" in first else None)


def _corpus(path: Path) -> list[tuple[str, str]]:
    if path.suffix.lower() in (".tsv", ".txt"):
        if not path.exists():
            raise InputError(f"there is no corpus {path}", field="corpus")
        lines = path.read_text(encoding="utf-8").split("\n")
        cells = [line.rstrip("\r").split("\t") for line in lines if line.strip()]
        return [(c[0], c[-1]) for c in cells if len(c) > 1]
    out = []
    for row in open_rows(path):
        if isinstance(row, Row):
            if "id" not in row.values or "text" not in row.values:
                raise InputError(f"{path.name} row {row.number}: a corpus needs id and text", field="corpus")
            out.append((str(row.values["id"]), str(row.values["text"] or "")))
    return out
