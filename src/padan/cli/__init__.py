"""The command line. Results go to stdout, progress and errors to stderr; exit codes are those of
padan.errors.
"""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from padan._version import __version__
from padan.cli import linking, matching, reading, review, taxonomy
from padan.errors import PadanError

__all__ = ["app", "main"]

app = typer.Typer(
    name="padan",
    help="The open labour centre: read vacancies and CVs, code them, match people to them, with reasons.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    """Padan."""


matching.register(app)
reading.register(app)
linking.register(app)
app.add_typer(review.app, name="review")
app.add_typer(taxonomy.app, name="taxonomy")


def main() -> None:
    """Run the command line; the one place where errors become messages and exit codes."""
    try:
        app(standalone_mode=True)
    except PadanError as error:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        console.print(f"padan: {error.message}", markup=False)
        if error.hint:
            console.print(f"  {error.hint}", markup=False)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # the reader of our output has gone (`padan … | head`)
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
