"""The commands as a user calls them: what they print, write and say when something is wrong."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from padan import __version__
from padan.cli import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Done:
    code: int
    stdout: str
    stderr: str


@pytest.fixture
def padan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run `padan …` in a folder of its own. In this process: the schemes are built once a worker."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*words: str, code: int = 0) -> Done:
        monkeypatch.setattr(sys, "argv", ["padan", *words])
        capsys.readouterr()
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = capsys.readouterr()
        assert status == code, err
        return Done(status, out, err)

    return run


def test_the_command_is_installed():
    done = subprocess.run(
        [sys.executable, "-m", "padan", "--version"], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == __version__


def write_csv(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


VACANCIES = [
    {
        "Nama Jabatan": "Admin Gudang",
        "Perusahaan": "PT Contoh Satu",
        "Lokasi": "Kota Bandung",
        "Gaji": "Rp 4.500.000",
        "Syarat": "Pendidikan minimal SMA, menguasai Microsoft Excel",
        "Tanggal": "03/10/2025",
    },
    {
        "Nama Jabatan": "Tukang Las",
        "Perusahaan": "CV Contoh Dua",
        "Lokasi": "Kab. Bekasi",
        "Gaji": "200rb/hari",
        "Syarat": "Bisa las listrik, pengalaman minimal 1 tahun",
        "Tanggal": "2025-10-04",
    },
    {
        "Nama Jabatan": "",
        "Perusahaan": "CV Contoh Tiga",
        "Lokasi": "Bali",
        "Gaji": "",
        "Syarat": "x",
        "Tanggal": "",
    },
    {
        "Nama Jabatan": "Admin Gudang",
        "Perusahaan": "PT Contoh Satu",
        "Lokasi": "Kota Bandung",
        "Gaji": "Rp 4.500.000",
        "Syarat": "Pendidikan minimal SMA, menguasai Microsoft Excel",
        "Tanggal": "03/10/2025",
    },
]
SEEKERS = [
    {
        "No Pendaftaran": "A-000001",
        "Jabatan yang diinginkan": "admin gudang",
        "Keahlian": "Microsoft Excel, stok opname",
        "Pendidikan terakhir": "SMK",
        "Domisili": "Kota Cimahi",
        "Gaji yang diharapkan": "4 juta",
    },
    {
        "No Pendaftaran": "A-000002",
        "Jabatan yang diinginkan": "tukang las",
        "Keahlian": "las listrik",
        "Pendidikan terakhir": "SMP",
        "Domisili": "Kabupaten Bekasi",
        "Gaji yang diharapkan": "",
    },
]


def test_read_accounts_for_every_row_and_writes_the_rejected(padan, tmp_path):
    source = write_csv(tmp_path / "lowongan.csv", VACANCIES)
    done = padan(
        "read", str(source), "--as", "vacancies", "--out", "out/v.parquet", "--rejected", "out/r.jsonl"
    )
    account = json.loads(done.stdout)
    assert (account["rows_in"], account["rows_out"], account["rejected"], account["repeated"]) == (4, 2, 1, 1)
    table = pq.read_table(tmp_path / "out/v.parquet").to_pylist()
    assert [row["title"] for row in table] == ["Admin Gudang", "Tukang Las"]
    assert table[0]["base_salary_min"] == 4_500_000
    assert (table[1]["base_salary_min"], table[1]["base_salary_period"]) == (200_000, "day")
    assert table[1]["experience_months_min"] == 12
    rejected = [
        json.loads(line) for line in (tmp_path / "out/r.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [(r["row"], r["column"]) for r in rejected] == [(4, "Nama Jabatan")]


def test_suggested_mapping_reads_the_same_file(padan, tmp_path):
    source = write_csv(tmp_path / "lowongan.csv", VACANCIES)
    proposed = padan("read", str(source), "--as", "vacancies", "--suggest-mapping").stdout
    (tmp_path / "peta.yaml").write_text(proposed, encoding="utf-8")
    done = padan("read", str(source), "--as", "vacancies", "--mapping", "peta.yaml", "--out", "v.parquet")
    account = json.loads(done.stdout)
    assert account["form"] == "mapping"
    assert account["rows_out"] == 2


@pytest.mark.parametrize(
    ("what", "text", "expected"),
    [
        ("pay", "Rp3.500.000 – Rp5.000.000", {"min": 3_500_000, "max": 5_000_000, "currency": "IDR"}),
        ("place", "Bandung", {"province": "32", "regency": None, "ambiguous": ["32.04", "32.73"]}),
        ("date", "22/08/2024 11:13:58", {"date": "2024-08-22"}),
    ],
)
def test_parse_writes_one_object_a_row(padan, tmp_path, what, text, expected):
    source = write_csv(tmp_path / "x.csv", [{"kode": "a1", "teks": text}])
    padan("parse", what, str(source), "--text", "teks", "--id", "kode", "--out", "o.jsonl")
    (line,) = (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()
    found = json.loads(line)
    assert found["id"] == "a1"
    assert {name: found[name] for name in expected} == expected


def test_link_ranks_unit_groups_and_a_corpus(padan, tmp_path):
    source = write_csv(tmp_path / "judul.csv", [{"id": "1", "text": "tukang las"}, {"id": "2", "text": ""}])
    padan("link", str(source), "--to", "isco08", "--top", "3", "--out", "o.jsonl")
    first, empty = (
        json.loads(line) for line in (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()
    )
    assert first["ranked"][0] == first["decision"] == "7212"
    assert len(first["ranked"]) == len(first["scores"]) <= 3
    assert first["confidence"] > 0.9
    assert empty == {
        "id": "2",
        "ranked": [],
        "scores": [],
        "decision": None,
        "confidence": None,
        "status": None,
    }
    (tmp_path / "c.tsv").write_text("x\tjuru masak\ny\tpengelasan baja\n", encoding="utf-8")
    padan("link", str(source), "--corpus", "c.tsv", "--top", "1", "--out", "p.jsonl")
    ranked = json.loads((tmp_path / "p.jsonl").read_text(encoding="utf-8").splitlines()[0])["ranked"]
    assert ranked == ["y"]


def test_duties_of_a_column_choose_among_near_occupations(padan, tmp_path):
    rows = [
        {
            "id": "1",
            "text": "Operator produksi",
            "tugas": "- Mengelas pelat baja dengan las SMAW\n- Memotong logam",
        },
        {"id": "2", "text": "Operator produksi", "tugas": "- Membuat adonan roti\n- Memanggang kue dan roti"},
    ]
    source = write_csv(tmp_path / "tugas.csv", rows)
    padan("link", str(source), "--to", "isco08", "--top", "400", "--duties", "tugas", "--out", "d.jsonl")
    welding, baking = (
        json.loads(line)["ranked"] for line in (tmp_path / "d.jsonl").read_text(encoding="utf-8").splitlines()
    )
    assert welding.index("7212") < baking.index("7212")
    assert baking.index("7512") < welding.index("7512")
    failed = padan("link", str(source), "--to", "isco08", "--duties", "x", "--out", "d.jsonl", code=2)
    assert "no column 'x'" in failed.stderr


def test_coded_texts_are_learned_listed_and_dropped(padan, tmp_path, monkeypatch):
    monkeypatch.setenv("PADAN_HOME", str(tmp_path / "home"))
    source = write_csv(
        tmp_path / "kode.csv", [{"judul": "zubzubwan", "kode": "7212"}, {"judul": "x", "kode": "0"}]
    )
    arguments = ("taxonomy", "learn", str(source), "--to", "isco08", "--text", "judul", "--code", "kode")
    found = json.loads(padan(*arguments).stdout)
    assert (found["name"], found["learned"], found["unknown"]) == ("kode", 1, {"0": 1})
    assert [one["name"] for one in json.loads(padan("taxonomy", "learned").stdout)] == ["kode"]
    padan("taxonomy", "unlearn", "kode")
    assert json.loads(padan("taxonomy", "learned").stdout) == []
    padan("taxonomy", "unlearn", "kode", code=3)


def test_match_gives_reasons_in_both_directions(padan, tmp_path):
    vacancies, seekers = write_csv(tmp_path / "v.csv", VACANCIES), write_csv(tmp_path / "s.csv", SEEKERS)
    for asked, who in (("seekers", "seeker_id"), ("vacancies", "vacancy_id")):
        done = padan(
            "match",
            "--seekers",
            str(seekers),
            "--vacancies",
            str(vacancies),
            "--top",
            "1",
            "--for",
            asked,
            "--out",
            "m.parquet",
        )
        assert json.loads(done.stdout)["jobseekers"] == 2
        rows = pq.read_table(tmp_path / "m.parquet").to_pylist()
        assert len({row[who] for row in rows}) == 2
        for row in rows:
            wanted = "Admin" if "000001" in row["seeker_id"] else "Tukang"
            titles = {
                r["id"]: r["title"] for r in pq.read_table(_read(padan, tmp_path, vacancies)).to_pylist()
            }
            assert titles[row["vacancy_id"]].startswith(wanted)
            points = sum(value for name, value in row.items() if name.startswith("points_"))
            assert points == pytest.approx(row["score"], abs=1e-4)


def _read(padan, tmp_path, source):
    padan("read", str(source), "--as", "vacancies", "--out", "again.parquet")
    return tmp_path / "again.parquet"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["read", "tidak-ada.csv", "--as", "vacancies", "--out", "o.parquet"], 3, "there is no file"),
        (["read", "kosong.csv", "--as", "vacancies", "--out", "o.parquet"], 2, "is empty"),
        (["read", "x.csv", "--as", "vacancies"], 2, "--out"),
        (["read", "x.csv", "--as", "jobs", "--out", "o.parquet"], 2, "vacancies"),
        (["read", "aneh.csv", "--as", "vacancies", "--out", "o.parquet"], 2, "no column looks like"),
        (["parse", "pay", "x.csv", "--text", "Gajih", "--out", "o.jsonl"], 2, "no column 'Gajih'"),
        (
            ["link", "x.csv", "--to", "kbji", "--text", "Nama Jabatan", "--out", "o.jsonl"],
            3,
            "padan taxonomy add kbji",
        ),
        (["link", "x.csv", "--text", "Nama Jabatan", "--out", "o.jsonl"], 2, "--to"),
        (["taxonomy", "show", "isco08", "7299"], 2, "721"),
        (["taxonomy", "show", "isko08"], 3, "isco08"),
        (["taxonomy", "add", "kbji", "tidak-ada.csv"], 3, "tidak-ada.csv"),
    ],
)
def test_mistakes_are_said_in_plain_words_with_the_next_step(padan, tmp_path, words, code, says):
    write_csv(tmp_path / "x.csv", VACANCIES)
    write_csv(tmp_path / "aneh.csv", [{"abc": 1, "def": 2}])
    (tmp_path / "kosong.csv").write_text("", encoding="utf-8")
    done = padan(*words, code=code)
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_taxonomy_shows_names_in_use_and_skills(padan):
    shown = json.loads(padan("taxonomy", "show", "isco08", "7212", "--format", "json").stdout)
    assert "tukang las" in shown["alt_id"]
    assert any(line.startswith("essential: ") for line in shown["related"])
    listed = json.loads(padan("taxonomy", "list", "--format", "json").stdout)
    assert {"isco08", "skill"} <= {info["name"] for info in listed}


def test_the_page_of_commands_is_fresh():
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/cli_docs.py"), "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
