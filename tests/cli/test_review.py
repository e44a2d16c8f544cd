"""`padan review` as a user calls it: the walk through of its page, accounts, exit codes, two at once."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from padan.centre import decisions
from padan.cli import main

ROOT = Path(__file__).resolve().parents[2]
TITLES = ["xqz one"] * 3 + ["blorf dua hub 0812-3456-7890"] * 2 + ["tukang las"]

Run = Callable[..., "tuple[str, str]"]


@pytest.fixture
def padan(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run `padan …` in a folder of its own, with a list of decisions that is empty."""
    shutil.rmtree(home / "review", ignore_errors=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    write(tmp_path / "lowongan.csv", [{"judul": title, "kontak": "Ibu Rahasia"} for title in TITLES])

    def run(*words: str, code: int = 0) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["padan", *words])
        capsys.readouterr()
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = capsys.readouterr()
        assert status == code, err
        assert "Traceback" not in err
        return out, err

    return run


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def fill(path: Path, word: str, said: str) -> None:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows: list[dict[str, object]] = list(csv.DictReader(handle))
    for row in rows:
        if word in str(row["text"]):
            row["decision"] = said
    write(path, rows)


def codes(path: Path) -> list[str | None]:
    return [json.loads(line)["decision"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_walk_through_of_the_page(padan, tmp_path):
    page = (ROOT / "docs" / "review.md").read_text(encoding="utf-8")
    walk = page[: page.index("## In Python")]
    commands = [shlex.split(line)[1:] for line in re.findall(r"^    (padan .*)$", walk, re.MULTILINE)]
    assert [words[1] if words[0] == "review" else words[0] for words in commands] == [
        "export",
        "apply",
        "link",
        "log",
        "undo",
    ]
    export, apply, link, log, undo = commands
    account = json.loads(padan(*export)[0])
    assert (account["rows"], account["decided"], account["queued_texts"], account["masked"]) == (6, 1, 2, 1)
    fill(tmp_path / "antrean.csv", "xqz", "4321")
    done = json.loads(padan(*apply)[0])
    assert (done["rows_in"], done["applied"], done["empty"]) == (2, 1, 1)
    padan(*link)
    assert codes(tmp_path / "kode.jsonl") == ["4321"] * 3 + [None] * 2 + ["7212"]
    listed = padan(*log)[0]
    assert all(word in listed for word in (done["ids"][0], "Siti R.", "xqz one", "4321", "holds"))
    padan(*[done["ids"][0] if word == "ID" else word for word in undo])
    padan(*link)
    assert codes(tmp_path / "kode.jsonl") == [None] * 5 + ["7212"]
    entries = json.loads(padan("review", "log", "--format", "json")[0])["decisions"]
    assert [(e["status"], e["author"]) for e in entries] == [("undone", "Siti R."), ("undoing", "Budi S.")]
    assert entries[1]["undoes"] == entries[0]["id"]
    assert entries[0]["at"].endswith("+00:00")


def test_rows_that_are_rejected_end_with_2_and_the_others_count(padan, tmp_path):
    padan("review", "export", "lowongan.csv", "--to", "isco08", "--out", "q.csv")
    fill(tmp_path / "q.csv", "xqz", "7299")
    fill(tmp_path / "q.csv", "blorf", "1")
    out, err = padan("review", "apply", "q.csv", "--author", "Siti", code=2)
    done = json.loads(out)
    assert (done["applied"], done["rejected"]) == (1, 1)
    assert "q.csv row 2: '7299' is no concept of isco08; nearest: 72" in err
    assert "1 of 2 rows were rejected, 1 applied" in err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["export", "tidak-ada.csv", "--to", "isco08", "--out", "q.csv"], 3, "there is no file"),
        (["export", "lowongan.csv", "--to", "kbji", "--out", "q.csv"], 3, "padan taxonomy add kbji"),
        (["export", "lowongan.csv", "--to", "isco08", "--out", "lowongan.csv"], 4, "not written over"),
        (["export", "lowongan.csv", "--to", "isco08", "--out", "q.pdf"], 2, "CSV or XLSX"),
        (["export", "lowongan.csv", "--to", "isco08", "--out", "q.csv", "--text", "x"], 2, "judul, kontak"),
        (["apply", "lowongan.csv", "--author", "Siti"], 2, "no review queue"),
        (["apply", "tidak-ada.csv", "--author", "Siti"], 3, "there is no file"),
        (["apply", "lowongan.csv", "--author", " "], 2, "--author NAME"),
        (["undo", "abc", "--author", "Siti"], 3, "padan review log"),
        (["drift", "lowongan.csv", "tidak-ada.csv"], 3, "there is no file"),
    ],
)
def test_mistakes_are_said_with_the_next_step(padan, words, code, says):
    assert says in padan("review", *words, code=code)[1]
    assert json.loads(padan("review", "log", "--format", "json")[0])["decisions"] == []


def test_two_who_apply_at_once_lose_nothing(padan, home, tmp_path):
    titles = [f"qqzz{number} wwrr" for number in range(120)]
    write(tmp_path / "banyak.csv", [{"judul": title} for title in titles])
    padan("review", "export", "banyak.csv", "--to", "isco08", "--out", "q.csv")
    rows = list(csv.DictReader((tmp_path / "q.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 120
    running = []
    for who, said in (("Siti", "4321"), ("Budi", "9331")):
        mine = rows[:80] if who == "Siti" else rows[40:]
        write(tmp_path / f"{who}.csv", [{**row, "decision": said} for row in mine])
        words = [sys.executable, "-m", "padan", "review", "apply", f"{who}.csv", "--author", who]
        running.append(subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True))
    accounts = [json.loads(process.communicate(timeout=90)[0]) for process in running]
    stored = decisions.read()
    assert stored.damaged == ()
    assert all(a["rows_in"] == 80 == a["applied"] + a["unchanged"] for a in accounts)
    assert len(stored.decisions) == sum(a["applied"] for a in accounts)
    assert len({d.id for d in stored.decisions}) == len(stored.decisions)
    # the records of one run stand together, in the order of its file
    runs = [d.author for d in stored.decisions]
    assert sum(a != b for a, b in pairwise(runs)) == len(set(runs)) - 1


def test_a_damaged_line_is_said_by_every_command_that_reads_the_list(padan, tmp_path):
    padan("review", "export", "lowongan.csv", "--to", "isco08", "--out", "q.csv")
    fill(tmp_path / "q.csv", "xqz", "4321")
    padan("review", "apply", "q.csv", "--author", "Siti")
    with decisions.path().open("a", encoding="utf-8") as handle:
        handle.write('{"id": "torn')
    assert "line 2" in padan("review", "log")[1]
    assert "line 2" in padan("link", "lowongan.csv", "--to", "isco08", "--out", "o.jsonl")[1]
    out, err = padan("review", "apply", "q.csv", "--author", "Siti")
    assert "line 2" in err
    assert json.loads(out)["damaged_lines"] == [2]


def test_drift_prints_shares_tests_and_alarms(padan, tmp_path):
    usual = ["tukang las", "admin gudang", "kasir", "qqx zzk"]
    write(tmp_path / "a.csv", [{"judul": t} for t in usual * 60])
    write(tmp_path / "b.csv", [{"judul": t} for t in [*usual, "barista", "barista"] * 50])
    found = json.loads(padan("review", "drift", "a.csv", "b.csv", "--out", "d.json")[0])
    assert len(found["alarms"]) >= 2
    assert found["moved"][0]["code"] == "5132"
    assert {g["code"] for g in found["major_groups"]} == {"4", "5", "7"}
    assert "unit_groups" not in found
    whole = json.loads((tmp_path / "d.json").read_text(encoding="utf-8"))
    assert sum(group["new_rows"] for group in whole["unit_groups"]) == found["decided"][1]
    few = json.loads(padan("review", "drift", "lowongan.csv", "a.csv")[0])
    assert "too few rows: the reference has 6" in few["too_few"]
