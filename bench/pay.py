"""Pay parser on real columns: a seeded sample for a person to read, and the figures of the reading kept.

    python bench/pay.py            figures by flag, and by verdict from pay_checked.csv
    python bench/pay.py --print    every sampled string with its parse, for checking by eye

Needs the shared data folder (PADAN_SHARED, default ../shared beside the repository). The sample is 300 cells
drawn at random from the pay columns of four real files, without those that only say "N/A" or "Not specified",
and all cells of rare shapes (a shape is the string without its digits; rare is at most 12 times in its file).
`pay_checked.csv` holds file, row (counted from 1 below the header) and verdict, and no text of the files:
right, wrong, wrong_flagged (wrong with a flag that says so), unknown_ok (no amount, and none could be known).
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from padan.reading.pay import Pay, parse_pay, parse_pay_columns

HERE = Path(__file__).resolve().parent
SEED = 20261124
SAMPLE = 300
RARE = 12
FILLERS = ("N/A", "Not specified")
COUNTRIES = {"MALAYSIA": "MY", "SINGAPORE": "SG", "INDONESIA": "ID"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One pay cell: where it stands, what it says, what the parser made of it."""

    file: str
    row: int
    text: str
    pay: Pay


def cells(shared: Path) -> Iterator[Cell]:
    """Every non-empty pay cell of the four files."""
    csv.field_size_limit(10**9)
    folder = shared / "data" / "real" / "vacancies"
    for file, column in (
        ("jobstreet_id_2024-03.csv", "Salary"),
        ("jobstreet_my_sg_id_2025.csv", "Salary"),
        ("dealls_evermos_2024-08.csv", "base_salary"),
    ):
        with (folder / file).open(encoding="utf-8", newline="") as handle:
            for row, record in enumerate(csv.DictReader(handle), start=1):
                text = record[column]
                if text.strip():
                    country = COUNTRIES.get(record.get("Country", ""), "ID")
                    yield Cell(file, row, text, parse_pay(text, country=country))
    file = "lokerid_2025-07.csv"
    with (folder / file).open(encoding="utf-8", newline="") as handle:
        for row, record in enumerate(csv.DictReader(handle), start=1):
            low, high = record["Min Salary"], record["Max Salary"]
            if low or high:
                yield Cell(file, row, f"{low} | {high}", parse_pay_columns(low, high))


def sample(pool: list[Cell]) -> list[Cell]:
    """300 at random, and all of rare shapes."""
    stated = [cell for cell in pool if cell.text not in FILLERS]
    drawn = random.Random(SEED).sample(stated, SAMPLE)
    shapes = Counter((cell.file, _shape(cell)) for cell in stated)
    rare = [c for c in stated if shapes[c.file, _shape(c)] <= RARE and not c.file.startswith("lokerid")]
    return list(dict.fromkeys([*drawn, *rare]))


def main() -> int:
    """Print figures, or the sample with --print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--print", action="store_true", help="print every sampled string with its parse")
    show = options.parse_args().print
    shared = Path(os.environ.get("PADAN_SHARED", HERE.parent.parent / "shared"))
    if not (shared / "data" / "real").is_dir():
        print(f"no shared data in {shared}: set PADAN_SHARED", file=sys.stderr)
        return 3
    pool = list(cells(shared))
    chosen = sample(pool)
    if show:
        for cell in chosen:
            pay = cell.pay
            print(
                f"{cell.file[:14]:14} {cell.row:5} {cell.text:56} "
                f"{pay.min} {pay.max} {pay.currency} {pay.period} {' '.join(pay.flags)}"
            )
    stated = sum(cell.pay.min is not None or cell.pay.max is not None for cell in pool)
    print(f"cells with text {len(pool)}, with an amount {stated}")
    print("flags, all cells: " + _counts(Counter(flag for cell in pool for flag in cell.pay.flags)))
    print("flags, sample:    " + _counts(Counter(flag for cell in chosen for flag in cell.pay.flags)))

    with (HERE / "pay_checked.csv").open(encoding="utf-8", newline="") as handle:
        verdicts = {(r["file"], int(r["row"])): r["verdict"] for r in csv.DictReader(handle)}
    unchecked = [cell for cell in chosen if (cell.file, cell.row) not in verdicts]
    for name, part in (("random", chosen[:SAMPLE]), ("rare shapes", chosen[SAMPLE:])):
        found = Counter(verdicts.get((cell.file, cell.row), "unchecked") for cell in part)
        good = (found["right"] + found["unknown_ok"]) / max(1, len(part))
        print(f"{name}: {len(part)} cells, {good:.1%} right or rightly unknown; {_counts(found)}")
    return 1 if unchecked else 0


def _shape(cell: Cell) -> str:
    return re.sub(r"\d+", "9", cell.text)


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())


if __name__ == "__main__":
    sys.exit(main())
