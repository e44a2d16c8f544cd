"""`padan read` on every file of PADAN_SHARED/data/real, as a table for docs/real-data.md.

    python bench/real_data.py            the table in Markdown, with totals and seconds
    python bench/real_data.py --write    the same into docs/real-data.md between its two marks

Every row of every file must be a record, a repeat or a rejection; the script fails when one is not.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from padan.countries import load
from padan.errors import InputError
from padan.model import Kind
from padan.reading import read

ROOT = Path(__file__).resolve().parents[1]
REAL = Path(os.environ.get("PADAN_SHARED", ROOT.parent / "shared")) / "data" / "real"
KINDS = (
    ("vacancies/*", Kind.VACANCY),
    ("apprenticeship/*", Kind.APPRENTICESHIP),
    ("resumes/*", Kind.JOBSEEKER),
    ("interchange/rss/*", Kind.VACANCY),
    ("interchange/jobposting_jsonld/*", Kind.VACANCY),
    ("interchange/jobtech/*", Kind.VACANCY),
    ("interchange/europass/*", Kind.JOBSEEKER),
    ("interchange/openbadges3/*", Kind.JOBSEEKER),
    ("interchange/iati/*", Kind.PROGRAMME),
)
START, END = "<!-- table: python bench/real_data.py --write -->", "<!-- end of table -->"


def most(counts: dict[str, int], top: int = 4) -> str:
    """The largest counts in words."""
    by_size = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count:,}" for name, count in by_size[:top]) or "–"


def table() -> tuple[str, int]:
    """The table, and how many files do not reconcile."""
    country = load()
    lines = [
        "| file | as | form | in | out | rejected | repeated | repaired (most) | flagged (most) |",
        "|---|---|---|--:|--:|--:|--:|---|---|",
    ]
    totals = [0, 0, 0, 0]
    wrong = 0
    start = time.perf_counter()
    for pattern, kind in KINDS:
        for path in sorted(REAL.glob(pattern)):
            name = str(path.relative_to(REAL))
            try:
                account = read(path, kind, country=country).account
            except InputError as error:
                why = error.message.split(": ", 1)[-1]
                lines.append(f"| {name} | {kind.value} | – | – | – | – | – | refused: {why} | |")
                continue
            counts = (account.rows_in, account.rows_out, account.rejected, account.repeated)
            wrong += counts[0] != sum(counts[1:])
            totals = [a + b for a, b in zip(totals, counts, strict=True)]
            cells = " | ".join(f"{c:,}" for c in counts)
            kinds = f"{most(account.repaired)} | {most(account.flagged)}"
            lines.append(f"| {name} | {kind.value} | {account.form} | {cells} | {kinds} |")
    cells = " | ".join(f"**{c:,}**" for c in totals)
    lines.append(f"| **all** | | | {cells} | | |")
    lines.append(f"\n{totals[0]:,} rows in {time.perf_counter() - start:.0f} s on one core.")
    return "\n".join(lines), wrong


def main() -> None:
    """Print or write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if not REAL.is_dir():
        sys.exit(f"no real data in {REAL}: set PADAN_SHARED")
    text, wrong = table()
    if options.write:
        page = ROOT / "docs" / "real-data.md"
        before, rest = page.read_text(encoding="utf-8").split(START)
        page.write_text(f"{before}{START}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    else:
        print(text)
    if wrong:
        sys.exit(f"{wrong} files do not reconcile")


if __name__ == "__main__":
    main()
