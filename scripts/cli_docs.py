"""Write docs/cli.md from the help texts of the command line, so that the two never differ.

python scripts/cli_docs.py           write the page
python scripts/cli_docs.py --check   fail when the page is not what it would write
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import typer

from padan.cli import app

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
HEAD = """# Commands

Made from the help texts by `python scripts/cli_docs.py`. Results go to stdout, progress and errors to stderr.
Exit codes: 0 done, 1 Padan failed, 2 the input cannot be used, 3 not found, 4 conflict, 5 not allowed.
"""


def commands(group: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, in the order of the help."""
    # by what it has, not by its class: typer may bring a click of its own
    inner: dict[str, click.Command] | None = getattr(group, "commands", None)
    if inner is not None:
        for name, command in inner.items():
            yield from commands(command, (*path, name))
    else:
        yield " ".join(path), group


def page() -> str:
    """The page as Markdown."""
    root = typer.main.get_command(app)
    parts = [HEAD]
    for name, command in commands(root, ("padan",)):
        text = "\n".join(line.removeprefix("    ") for line in (command.help or "").strip().splitlines())
        parts.append(f"\n## {name}\n\n{text}\n")
        rows = [row for row in (option(p) for p in command.params) if row]
        if rows:
            parts.append("\n| option | meaning |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "".join(parts)


def option(parameter: click.Parameter) -> str:
    """A row of the table of options."""
    if parameter.name == "help" or getattr(parameter, "hidden", False):
        return ""
    context = click.Context(click.Command("x"))
    record = parameter.get_help_record(context)
    if record is None:
        return f"| `{parameter.make_metavar(context)}` | {getattr(parameter, 'help', '') or ''} |"
    names, meaning = record
    return (
        f"| `{names.replace('|', chr(92) + '|')}` | {' '.join(meaning.split()).replace('|', chr(92) + '|')} |"
    )


def main() -> None:
    """Write or check."""
    text = page()
    if "--check" in sys.argv:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            sys.exit("docs/cli.md is not fresh: python scripts/cli_docs.py")
        return
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
