"""Review from the queue to the list of decisions and back: accounts, keys, locks, damage, hostile cells."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.centre import decisions, index, review
from padan.centre.library import link
from padan.errors import Conflict, EngineError, InputError, NotFound
from padan.linking.review import Decision, review_key
from padan.reading.formats import open_rows
from padan.taxonomy import Scheme, SchemeInfo
from padan.taxonomy.scheme import CONCEPTS

AT = datetime(2026, 11, 24, 3, 15, tzinfo=UTC)
#: texts that the linker leaves undecided
TITLES = ["xqz one"] * 4 + ["Xqz-One"] + ["zzkw dua hub 0812-3456-7890"] * 3 + ["blorf tiga"] * 2
TITLES += ["=cmd|' /C calc'!A0 blorf", "tukang las", "", "tukang las"]


@pytest.fixture(autouse=True)
def _no_decisions(home: Path) -> None:
    shutil.rmtree(home / "review", ignore_errors=True)


@pytest.fixture
def titles(tmp_path: Path) -> Path:
    file = tmp_path / "lowongan.csv"
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["judul", "nama kontak"])
        writer.writerows([title, f"Ibu Rahasia {n}"] for n, title in enumerate(TITLES))
    return file


def queue_of(titles: Path, name: str = "antrean.csv") -> Path:
    out = titles.parent / name
    review.export(titles, to="isco08", out=out)
    return out


def rows_of(path: Path) -> list[dict[str, object]]:
    return [dict(row.values) for row in open_rows(path)]


def fill(path: Path, decided: dict[str, object], **columns: object) -> Path:
    """Write decisions into a queue, by a word of its text, as a spreadsheet would save it."""
    rows = rows_of(path)
    for row in rows:
        for word, value in decided.items():
            if word in str(row["text"]):
                row.update({"decision": value, **columns})
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        for number, row in enumerate(rows, start=2):
            for at, name in enumerate(review.COLUMNS, start=1):
                if name in ("decision", "note"):
                    book.active.cell(number, at).value = row[name]
        book.save(path)
        return path
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, review.COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def apply(path: Path, author: str = "Siti R.", **more):
    return review.apply(path, author=author, at=AT, **more)


def adds_up(done: review.Applied) -> bool:
    return done.rows_in == done.applied + done.empty + done.rejected + done.unchanged


def decision_of(text: str) -> str | None:
    return link([text], to="isco08", k=3)[0].decision


def files_of(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


# -- export ------------------------------------------------------------------------------------------------


def test_the_queue_holds_masked_titles_their_counts_and_nothing_of_a_person(titles, tmp_path):
    out = tmp_path / "q.csv"
    done = review.export(titles, to="isco08", out=out)
    assert done.rows == len(TITLES)
    accounted = (done.decided, done.reviewed, done.empty, done.queued_rows, done.left_out, done.unreadable)
    assert sum(accounted) == done.rows
    assert (done.decided, done.empty, done.queued_texts, done.masked) == (2, 1, 4, 1)
    text = out.read_text(encoding="utf-8-sig")
    assert "Rahasia" not in text
    assert "3456" not in text
    rows = rows_of(out)
    assert list(rows[0]) == list(review.COLUMNS)
    assert [(r["text"], r["count"]) for r in rows[:3]] == [
        ("xqz one", "5"),
        ("zzkw dua hub [telepon]", "3"),
        ("blorf tiga", "2"),
    ]
    assert all(r["decision"] == r["note"] == "" for r in rows)
    proposed = next(str(r["proposed_1"]) for r in rows if r["proposed_1"])
    assert proposed[:4].isdigit()
    assert " / " in proposed
    assert rows[0]["key"] == f"isco08:{review_key('XQZ ONE')}"


def test_rare_texts_are_left_out_and_counted(titles, tmp_path):
    done = review.export(titles, to="isco08", out=tmp_path / "q.csv", least=2, limit=2)
    assert (done.queued_texts, done.queued_rows, done.left_out) == (2, 8, 3)


def test_a_queue_with_work_in_it_and_any_other_file_is_not_written_over(titles, tmp_path):
    queue = queue_of(titles)
    queue_of(titles)  # an empty one is
    fill(queue, {"xqz": "7212"})
    before = queue.read_bytes()
    with pytest.raises(Conflict, match="holds decisions"):
        queue_of(titles)
    with pytest.raises(Conflict, match="no queue"):
        review.export(titles, to="isco08", out=titles)
    assert queue.read_bytes() == before
    with pytest.raises(InputError, match="CSV or XLSX"):
        review.export(titles, to="isco08", out=tmp_path / "q.ods")


def test_a_column_that_is_not_there_is_named(titles, tmp_path):
    with pytest.raises(InputError) as caught:
        review.export(titles, to="isco08", out=tmp_path / "q.csv", text="jabatan")
    assert "nama kontak" in str(caught.value)


@pytest.mark.parametrize("name", ["q.csv", "q.xlsx"])
def test_a_formula_in_a_title_is_text_and_comes_back(titles, tmp_path, name):
    queue = queue_of(titles, name)
    if name.endswith("csv"):
        with queue.open(encoding="utf-8-sig", newline="") as handle:
            cells = [cell for row in csv.reader(handle) for cell in row]
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
        assert any(cell.startswith("'=cmd|") for cell in cells)
    else:
        cells = [c for row in openpyxl.load_workbook(queue).active.iter_rows() for c in row]
        assert {c.data_type for c in cells if str(c.value).startswith("=")} == {"s"}
    done = apply(fill(queue, {"calc": "-"}))
    assert (done.applied, done.rejected) == (1, 0)
    ((record, _),) = review.log().records
    assert record.text == "=cmd|' /C calc'!A0 blorf"


@given(st.text(alphabet="=+-@'a;,\t| 1", max_size=12))
def test_guarding_a_cell_is_undone_exactly_and_leaves_no_formula(cell):
    guarded = review._guard(cell)
    assert review._unguard(guarded) == cell
    for mark in ";,\t|":
        assert not any(part.lstrip().startswith(("=", "+", "-", "@")) for part in guarded.split(mark))


# -- apply -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["q.csv", "q.xlsx"])
def test_a_decision_takes_effect_without_training_and_is_undone(home, titles, name):
    before = files_of(home / "index")
    assert decision_of("xqz one") is None
    queue = fill(queue_of(titles, name), {"xqz": "4321", "zzkw": "-"}, note="dari deskripsi")
    done = apply(queue)
    assert (done.applied, done.rejected, done.unchanged) == (2, 0, 0)
    assert adds_up(done)
    assert decision_of("XQZ one") == "4321"
    # an undecided text that names nothing is not asked again
    again = review.export(titles, to="isco08", out=titles.parent / "lagi.csv")
    assert (again.reviewed, again.decided, again.queued_texts) == (3, 7, 2)
    record = review.log().records[0][0]
    assert (record.author, record.at, record.note) == ("Siti R.", AT, "dari deskripsi")
    assert record.scheme_version == index.library().get("isco08").info.version
    taken = review.undo([record.id], author="Budi", at=AT)
    assert taken.undone == (record.id,)
    assert decision_of("xqz one") is None
    assert [status for _, status in review.log().records] == ["undone", "holds", "undoing"]
    assert review.undo([record.id], author="Budi", at=AT).unchanged == (record.id,)
    review.undo([taken.ids[0]], author="Budi", at=AT)
    assert decision_of("xqz one") == "4321"
    assert files_of(home / "index") == before


def test_the_coder_of_a_running_process_sees_decisions(titles):
    coder = index.coder()
    assert coder.linker.link(["xqz one"], to="isco08")[0].decision is None
    apply(fill(queue_of(titles), {"xqz": "4321"}))
    assert index.coder() is coder
    assert coder.linker.link(["xqz one"], to="isco08")[0].decision == "4321"


def test_the_same_file_applied_again_changes_nothing(titles):
    queue = fill(queue_of(titles), {"xqz": "4321", "blorf": 1})
    first = apply(queue)
    held = decisions.path().read_bytes()
    second = apply(queue, author="Budi")
    assert (second.applied, second.unchanged) == (0, first.applied)
    assert adds_up(second)
    assert decisions.path().read_bytes() == held
    # a new note is news
    assert apply(fill(queue, {"xqz": "4321"}, note="lihat lampiran")).applied == 1


def test_the_text_is_not_needed_and_a_mixed_up_row_is_noticed(titles):
    queue = queue_of(titles)
    rows = rows_of(queue)
    with queue.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["key", "decision"])
        writer.writerow([rows[1]["key"], "9331"])
    assert apply(queue).applied == 1
    assert decision_of("ZZKW dua hub 0857 9999 1234") == "9331"
    mixed = fill(queue_of(titles, "b.csv"), {"xqz": "4321"})
    rows = rows_of(mixed)
    rows[0]["text"] = rows[2]["text"]
    with mixed.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, review.COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    done = apply(mixed)
    assert (done.applied, done.rejected) == (0, 1)
    assert "do not belong together" in done.errors[0].reason


def write_queue(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, ["text", "proposed_1", "proposed_2", "decision", "note", "key"])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("7212", "7212"),
        (" 7212 ", "7212"),
        ("7212.0", "7212"),
        ("1", "4321"),
        ("2", "5132"),
        ("5132 Bartender", "5132"),
        ("110", "0110"),
        ("0110", "0110"),
        ("-", None),
        ("–", None),
    ],
)
def test_forms_of_a_decision(tmp_path, said, expected):
    row = {"text": "qqx", "proposed_1": "4321 Petugas", "proposed_2": "5132 Bartender", "decision": said}
    if said == "7212.0":  # a number in a workbook
        book = openpyxl.Workbook()
        book.active.append(["text", "decision", "key"])
        book.active.append(["qqx", 7212, f"isco08:{review_key('qqx')}"])
        book.save(tmp_path / "q.xlsx")
        done = apply(tmp_path / "q.xlsx")
    else:
        done = apply(write_queue(tmp_path / "q.csv", [row]), to="isco08")
    assert done.errors == ()
    assert review.log().records[0][0].concept == expected


ESCO = "http://data.europa.eu/esco/occupation/"
OTHER = {
    "kbji": [("7212", "7212", 4), ("7212.10", "7212.10", 6), ("0110.01", "0110.01", 6)],
    "esco-occupation": [
        (ESCO + "aa", "7212.3", 5),
        (ESCO + "bb", "7212.3.1", 6),
        (ESCO + "cc", "x", 6),
        (ESCO + "dd", "x", 6),
    ],
}


@pytest.mark.parametrize(
    ("target", "said", "expected"),
    [
        ("kbji", "7212.1", "7212.10"),
        ("kbji", "110.01", "0110.01"),
        ("kbji", "7212", "is a group"),
        ("kbji", "7213", "no concept"),
        ("esco-occupation", ESCO + "bb", ESCO + "bb"),
        ("esco-occupation", "7212.3.1", ESCO + "bb"),
        ("esco-occupation", "7212.3", ESCO + "aa"),
        ("esco-occupation", "7212.3 label aa", ESCO + "aa"),
        ("esco-occupation", "x", "no concept"),  # the code of two
    ],
)
def test_codes_and_ids_of_other_schemes(target, said, expected):
    rows = [
        {"id": i, "code": code, "level": level, "label_en": f"label {i[-2:]}"}
        for i, code, level in OTHER[target]
    ]
    info = SchemeInfo(target, "1", "tests", "none", len(rows), 0)
    codes = review._Codes(Scheme(info, pa.Table.from_pylist(rows, schema=CONCEPTS)))
    proposed = ["7212.3 label aa", "", "", "", ""]
    if " " in expected:
        with pytest.raises(review._Rejected, match=expected):
            codes.read(said, proposed)
    else:
        assert codes.read(said, proposed) == expected


@pytest.mark.parametrize(
    ("said", "reason", "near"),
    [
        ("7299", "no concept", "72"),
        ("tukang las", "no concept", "7212"),
        ("Welders and flamecutters", "no concept", "7212"),
        ("x" * 20, "no concept", ""),
        ("721", "is a group", "7212"),
        ("3", "no such proposal", ""),
        ("=1+1", "no concept", ""),
        ("9" * 3000, "no concept", ""),
    ],
)
def test_an_unknown_code_is_said_with_those_near_to_it(tmp_path, said, reason, near):
    good = {"text": "abcq", "decision": "7212"}
    done = apply(write_queue(tmp_path / "q.csv", [{"text": "qqx", "decision": said}, good]), to="isco08")
    assert (done.applied, done.rejected) == (1, 1)
    assert reason in done.errors[0].reason
    assert near in " ".join(done.errors[0].near)
    assert done.errors[0].row == 2


def test_all_rows_that_cannot_be_applied_are_reported_together(tmp_path):
    key = f"isco08:{review_key('a b')}"
    rows = [
        {"text": "a b", "decision": "7212", "key": key},
        {"text": "A B!", "decision": "9331", "key": key},
        {"text": "c d", "decision": "7212"},
        {"text": "e f", "decision": "7212", "key": "isco08:xyz"},
        {"text": "g h", "decision": "7212", "key": f"kbji:{review_key('g h')}"},
        {"text": "", "decision": "7212"},
        {"text": "i j", "decision": "", "key": "damaged, and nobody minds"},
        {"text": "k l", "decision": "7212", "key": f"isco08:{review_key('k l')}"},
    ]
    done = apply(write_queue(tmp_path / "q.csv", rows))
    assert adds_up(done)
    assert (done.rows_in, done.applied, done.empty, done.rejected) == (8, 1, 1, 6)
    reasons = {error.row: error.reason for error in done.errors}
    assert "rows 2, 3" in reasons[2]
    assert reasons[2] == reasons[3]
    assert "no key" in reasons[4]
    assert "restore it" in reasons[5]
    assert "not installed" in reasons[6]
    assert "neither key nor text" in reasons[7]


def test_a_file_that_is_no_queue_and_a_nameless_author_are_refused(titles, tmp_path):
    with pytest.raises(InputError, match="no review queue"):
        apply(titles)
    with pytest.raises(NotFound):
        apply(tmp_path / "tidak-ada.csv")
    for author in ("", "  ", "x" * 101, "a\x1bb"):
        with pytest.raises(InputError, match="author"):
            apply(titles, author=author)
    assert not decisions.path().exists()


def test_what_is_stored_holds_no_contact_data(titles):
    queue = fill(queue_of(titles), {"zzkw": "9331"}, note="tanya 0812-3456-7890 atau a@b.co")
    apply(queue)
    stored = decisions.path().read_text(encoding="utf-8")
    assert "3456" not in stored
    assert "a@b.co" not in stored
    assert json.loads(stored)["text"] == "zzkw dua hub [telepon]"


# -- undo, log, aliases ------------------------------------------------------------------------------------


def test_undo_of_an_unknown_id_does_nothing_and_names_near_ones(titles):
    (one,) = apply(fill(queue_of(titles), {"xqz": "4321"})).ids
    wrong = one[:-1] + ("0" if one[-1] != "0" else "1")
    with pytest.raises(NotFound) as caught:
        review.undo([one, wrong], author="Budi", at=AT)
    assert one in str(caught.value)
    assert decision_of("xqz one") == "4321"


def test_aliases_are_what_holds_with_author_and_date(titles):
    apply(fill(queue_of(titles), {"xqz": "4321", "zzkw": "-"}))
    apply(fill(queue_of(titles, "b.csv"), {"tiga": "9331"}), author="Budi")
    later = write_queue(titles.parent / "c.csv", [{"text": "xqz one", "decision": "4110"}])
    apply(later, to="isco08")
    found = [(a.text, a.concept, a.author, a.at) for a in review.aliases("isco08")]
    assert found == [("xqz one", "4110", "Siti R.", AT), ("blorf tiga", "9331", "Budi", AT)]
    assert review.aliases("skill") == []
    assert next(status for _, status in review.log().records) == "replaced"


def test_a_decision_whose_concept_the_scheme_has_lost_is_said_and_not_used(home):
    old = Decision("aa", AT, "Siti", "isco08", review_key("qqx"), "qqx", "9999", scheme_version="0")
    with decisions.adding() as (_, add):
        add([old])
    assert decision_of("qqx") != "9999"
    assert review.log().records == ((old, "dropped"),)


# -- the file ----------------------------------------------------------------------------------------------


def test_a_record_is_stored_and_read_as_it_is():
    record = Decision("aa", AT, "Siti \u2028 é", "isco08", "k" * 16, "teks", None, "n", "bb", "2025")
    with decisions.adding() as (stored, add):
        assert stored.decisions == ()
        add([record])
    assert decisions.read() == decisions.Stored((record,), ())
    line = json.loads(decisions.path().read_text(encoding="utf-8"))
    assert line == {**asdict(record), "at": "2026-11-24T03:15:00Z"}


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_a_torn_last_line_is_reported_and_nothing_else_is_lost(titles, cut):
    ids = apply(fill(queue_of(titles), {"xqz": "4321", "zzkw": "9331"})).ids
    whole = decisions.path().read_bytes()
    decisions.path().write_bytes(whole[: -cut - 1] if cut > 1 else whole[:-1])
    found = review.log()
    if cut == 1:  # only the end of the line is missing: all of the record is there
        assert (len(found.records), found.damaged_lines) == (2, ())
    else:
        assert ([d.id for d, _ in found.records], found.damaged_lines) == ([ids[0]], (2,))
        told: list[str] = []
        index.linker(told.append)
        assert any("line 2" in line for line in told)
    torn = decisions.path().read_bytes()
    done = apply(fill(queue_of(titles, "b.csv"), {"tiga": "9331"}))
    assert done.applied == 1
    assert done.damaged_lines == found.damaged_lines
    assert decisions.path().read_bytes().startswith(torn)
    after = review.log()
    assert len(after.records) == len(found.records) + 1
    assert after.damaged_lines == found.damaged_lines


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[]",
        "{}",
        '{"id": 1}',
        "\ufffd",
        "[" * 5000,
        '{"id":"a","at":"2026-11-24","author":"b","target":"isco08","key":"k","text":"t","concept":null}',
        '{"id":"a","at":"2026-11-24T03:15:00Z","author":"b","target":"isco08","key":"k","text":3,"concept":null}',
        '{"id":"a","at":"2026-11-24T03:15:00Z","author":"b","target":"isco08","key":"k","text":"t","concept":null,"x":1}',
    ],
)
def test_a_line_that_is_no_record_is_named_and_the_others_count(titles, line):
    apply(fill(queue_of(titles), {"xqz": "4321"}))
    good = decisions.path().read_text(encoding="utf-8")
    decisions.path().write_text(line + "\n" + good, encoding="utf-8")
    found = decisions.read()
    assert (len(found.decisions), found.damaged) == (1, (1,))
    assert decision_of("xqz one") == "4321"


def test_a_write_that_fails_is_taken_back_whole(titles, monkeypatch):
    apply(fill(queue_of(titles), {"xqz": "4321"}))
    before = decisions.path().read_bytes()
    write = os.write

    def full(handle: int, data: bytes) -> int:
        if len(data) < 40:
            raise OSError(28, "No space left on device")
        return write(handle, bytes(data[: len(data) // 2]))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(EngineError, match="No space left"):
        apply(fill(queue_of(titles, "b.csv"), {"zzkw": "9331"}))
    assert decisions.path().read_bytes() == before


WRITER = """
import sys
from datetime import UTC, datetime
from padan.centre import decisions
from padan.linking.review import Decision
who, rounds = sys.argv[1], int(sys.argv[2])
for n in range(rounds):
    with decisions.adding() as (stored, add):
        name = f"{who}-{n}"
        seen, at = str(len(stored.decisions)), datetime.now(UTC)
        add([Decision(f"{name}-{i}", at, who, "isco08", "k" * 16, "t" * 300, seen) for i in range(3)])
"""


def test_writers_of_several_processes_lose_nothing(home):
    rounds = 25
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, who, str(rounds)], env=dict(os.environ))
        for who in ("a", "b")
    ]
    assert [process.wait(timeout=90) for process in running] == [0, 0]
    stored = decisions.read()
    assert stored.damaged == ()
    expected = {f"{w}-{n}-{i}" for w in "ab" for n in range(rounds) for i in range(3)}
    assert {d.id for d in stored.decisions} == expected
    # each saw all that was there before it, and its three records stand together
    for at in range(0, len(stored.decisions), 3):
        assert {d.concept for d in stored.decisions[at : at + 3]} == {str(at)}


# -- drift -------------------------------------------------------------------------------------------------


def test_drift_of_two_files(tmp_path):
    usual = ["tukang las", "admin gudang", "kasir", "perawat", "qqx zzk"]
    for name, titles in (
        ("a.csv", usual * 60),
        ("b.csv", usual * 50),
        ("c.csv", [*usual[:2], "barista"] * 100),
    ):
        (tmp_path / name).write_text("judul\n" + "\n".join(titles) + "\n", encoding="utf-8")
    same = review.drift(tmp_path / "a.csv", tmp_path / "b.csv")
    assert (same.rows, same.alarms, same.too_few) == ((300, 250), (), None)
    assert [(u.text, u.new_rows, u.reference_rows) for u in same.undecided] == [("qqx zzk", 50, 60)]
    other = review.drift(tmp_path / "a.csv", tmp_path / "c.csv", text="judul")
    assert len(other.alarms) == 3
    assert other.moved[0].code == "5132"
    few = review.drift(tmp_path / "a.csv", tmp_path / "b.csv", least=1000)
    assert "250" in few.too_few
