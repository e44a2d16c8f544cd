"""The task pack for WorkRB: its sets against the files, its tasks and models on the real interface."""

from __future__ import annotations

import csv
import importlib
import importlib.util
import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from zlib import crc32

import numpy as np
import pytest

from padan.linking import Linker
from padan.reading import clean_line

BENCH = Path(__file__).resolve().parents[2] / "bench"


def module(name: str, path: Path) -> ModuleType:
    """A file of bench/, which is no package, as a module of its own."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    out = importlib.util.module_from_spec(spec)
    sys.modules[name] = out
    spec.loader.exec_module(out)
    return out


@pytest.fixture(scope="module")
def sets() -> Iterator[ModuleType]:
    """sets.py by itself: it needs no workrb."""
    yield module("workrb_sets_alone", BENCH / "workrb_pack" / "sets.py")
    del sys.modules["workrb_sets_alone"]


@pytest.fixture
def on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """bench/ where imports look, and nothing of the pack imported yet."""
    monkeypatch.syspath_prepend(str(BENCH))
    for name in [name for name in sys.modules if name.split(".")[0] == "workrb_pack"]:
        monkeypatch.delitem(sys.modules, name)


# -- without workrb ----------------------------------------------------------------------------------------


def test_the_import_error_names_the_command_that_installs_workrb(on_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "workrb", None)  # as if it were not installed
    with pytest.raises(ImportError, match="pip install workrb"):
        importlib.import_module("workrb_pack")


def test_the_run_says_why_it_is_skipped_without_workrb(on_path, monkeypatch, capsys):
    run = module("workrb_run_alone", BENCH / "workrb_pack" / "run.py")
    monkeypatch.setitem(sys.modules, "workrb", None)
    monkeypatch.setattr(sys, "argv", ["run.py"])
    run.main()
    del sys.modules["workrb_run_alone"]
    assert capsys.readouterr().out.startswith("skipped: ")


def test_a_missing_file_is_named_with_what_to_do(sets, monkeypatch, tmp_path):
    monkeypatch.setattr(sets, "SHARED", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"id_titles_isco_dev\.jsonl is missing: .*PADAN_SHARED"):
        sets.titles("en")
    monkeypatch.setattr(sets, "BENCH", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"real_skill_lines\.csv is missing"):
        sets.real_skill_lines()


def test_what_both_coders_accept_counts_else_the_first_of_either(sets):
    assert sets._accepted({"coder_a": "x|y|z", "coder_b": "z|y"}) == ["y", "z"]
    assert sets._accepted({"coder_a": "x|y", "coder_b": "z|w"}) == ["x", "z"]


def test_a_query_without_an_answer_among_the_targets_is_left_out(sets):
    labels = {"1": "one", "2": "two"}
    made = sets._ranking([("a", ["2", "9"]), ("b", []), ("c", ["9"]), ("", ["1"])], labels)
    assert (made.queries, made.answers, made.targets) == (["a"], [[1]], ["one", "two"])


def test_a_line_that_is_not_the_labelled_one_is_refused(sets):
    cell = {"c": "Tugas:\n- Menjaga toko\n- Menata barang"}
    row = {"file": "f", "row": "1", "column": "c", "line": "2", "check": f"{crc32(b'Menata barang'):08x}"}
    assert sets._line(cell, row) == "Menata barang"
    for line in ("1", "9"):
        with pytest.raises(ValueError, match=f"f row 1, c, line {line}: the text is not the one"):
            sets._line(cell, {**row, "line": line})


@pytest.mark.shared
def test_the_real_titles_are_those_of_the_rows_with_what_both_coders_accept(sets, shared):
    made = sets.real_titles("en")
    codes = list(sets._unit_groups("en"))
    assert len(codes) == len(set(codes)) == len(made.targets) == 436
    with (BENCH / "real_titles.csv").open(encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["coder_a"] and row["coder_b"]]
    assert len(rows) == len(made.queries)
    file = "vacancies/lokerid_2025-07.csv"
    with (shared / "data" / "real" / file).open(encoding="utf-8", newline="") as handle:
        records = list(csv.DictReader(handle))
    checked = 0
    for row, text, found in zip(rows, made.queries, made.answers, strict=True):
        a, b = set(row["coder_a"].split("|")), set(row["coder_b"].split("|"))
        assert {codes[place] for place in found} <= a | b
        if a & b:
            assert {codes[place] for place in found} == a & b
        if row["file"] == file:
            assert text == clean_line(records[int(row["row"]) - 1]["Title"])[0]
            checked += 1
    assert checked > 100


@pytest.mark.shared
def test_every_label_of_the_real_lines_is_a_target(sets, shared):
    made = sets.real_skill_lines()
    rows = sets._coded("real_skill_lines.csv")
    assert len(made.queries) == len(rows)
    for row, found in zip(rows, made.answers, strict=True):
        assert {made.targets[place] for place in found} == set(sets._accepted(row))


@pytest.mark.shared
@pytest.mark.parametrize(("read", "file"), [("titles", "id_titles_isco"), ("skill_lines", "id_skills_esco")])
def test_the_written_sets_hold_every_line_with_an_answer(sets, shared, read, file):
    lines = (shared / "data" / "bench" / f"{file}_dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["relevant"]]
    made = sets.titles("en") if read == "titles" else sets.skill_lines()
    assert made.queries == [row["text"] for row in rows]
    if read == "skill_lines":
        assert [{made.targets[i] for i in found} for found in made.answers] == [
            set(r["relevant"]) for r in rows
        ]


# -- with workrb -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pack() -> Iterator[ModuleType]:
    """The pack on the real workrb; skipped with the reason where that is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the packages that workrb imports, not of ours
        pytest.importorskip("workrb", reason="workrb is not installed: pip install workrb")
        sys.path.insert(0, str(BENCH))
        try:
            yield importlib.import_module("workrb_pack")
        finally:
            sys.path.remove(str(BENCH))


#: class, and (queries, targets) of each of its data sets
SIZES: list[tuple[str, dict[str, tuple[int, int]]]] = [
    ("IndonesianTitleRanking", {"idn_q_id_c_en": (111, 436), "idn_q_id_c_id": (111, 434)}),
    ("IndonesianSkillLineRanking", {"idn_q_id_c_en": (24, 13_896)}),
    ("IndonesianRealTitleRanking", {"idn_q_id_c_en": (623, 436), "idn_q_id_c_id": (623, 434)}),
    ("IndonesianRealSkillLineRanking", {"idn_q_id_c_en": (271, 13_939)}),
]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "sizes"), SIZES, ids=[name for name, _ in SIZES])
def test_a_task_loads_and_every_answer_is_among_its_targets(pack, shared, name, sizes):
    from workrb.registry import TaskRegistry

    kind = TaskRegistry.get(name)
    assert kind in pack.TASKS
    task = kind()
    found = {i: (len(d.query_texts), len(d.target_space)) for i, d in task.datasets.items()}
    assert found == sizes
    for data in task.datasets.values():
        assert len(set(data.query_texts)) == len(data.query_texts) == len(data.target_indices)
        assert all(answers for answers in data.target_indices)
        assert all(0 <= i < len(data.target_space) for answers in data.target_indices for i in answers)
    assert task.get_task_config()["split"] == "val"


@pytest.mark.shared
def test_languages_choose_the_data_sets(pack, shared):
    kind = pack.IndonesianTitleRanking
    assert kind(languages=["id"]).dataset_ids == ["idn_q_id_c_id"]
    assert kind(languages=["id", "en"]).dataset_ids == ["idn_q_id_c_en", "idn_q_id_c_id"]
    assert kind(languages=["en"]).dataset_ids == []
    both = kind().get_dataset_languages("idn_q_id_c_en")
    assert [{lang.value for lang in side} for side in both] == [{"id"}, {"en"}]
    with pytest.raises(ValueError, match="use 'val'"):
        kind(split="test")


@pytest.mark.shared
def test_workrb_evaluates_a_task_and_the_run_gives_the_same_figures(pack, shared, tmp_path):
    import workrb
    from workrb.models.lexical_baselines import TfIdfModel

    run = module("workrb_run", BENCH / "workrb_pack" / "run.py")
    del sys.modules["workrb_run"]
    task, model = pack.IndonesianTitleRanking(), TfIdfModel(tokenization="char")
    done = workrb.evaluate(
        model,
        [task],
        output_folder=str(tmp_path),
        language_aggregation_mode=workrb.LanguageAggregationMode.CROSSLINGUAL_GROUP_OUTPUT_LANGUAGES,
    )
    results = done.task_results[task.name].datasetid_results
    assert set(results) == {"idn_q_id_c_en", "idn_q_id_c_id"}
    for dataset_id, result in results.items():
        ours = run.per_query(task, dataset_id, task.compute_prediction_matrix(model, dataset_id))
        assert {m: pytest.approx(v.mean()) for m, v in ours.items()} == result.metrics_dict
    # shared letters find Indonesian labels more often than English ones
    assert results["idn_q_id_c_id"].metrics_dict["mrr"] > 2 * results["idn_q_id_c_en"].metrics_dict["mrr"]


class _Vectors:
    """Stands for a trained encoder: a text is the counts of its letters."""

    def encode(self, texts: list[str], **_: Any) -> np.ndarray:
        counts = np.array(
            [[t.lower().count(c) for c in "abcdefghijklmnopqrstuvwxyz"] for t in texts], np.float32
        )
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def test_padan_ranks_as_its_linker_does(pack, library, country):
    from workrb.types import ModelInputType

    linker = Linker(library, places=country.place_names())
    kinds = {"query_input_type": ModelInputType.JOB_TITLE, "target_input_type": ModelInputType.JOB_TITLE}
    groups = library.get("isco08")
    codes = ["5223", "7212", "2512"]
    targets = [groups.label(code, lang="en") for code in codes]

    scores = pack.PadanSchemes(linker).compute_rankings(["juru las", "zzzz"], [*targets, "zzzz"], **kinds)
    assert codes[int(scores[0].argmax())] == "7212"  # no word shared with the label: its other names find it
    assert float(scores[:, 3].max()) == 0.0  # a target that names no concept

    kinds["target_input_type"] = ModelInputType.SKILL_NAME
    with pytest.raises(pack.SchemeNotInstalled, match="padan taxonomy add esco"):
        pack.PadanSchemes(linker).compute_rankings(["mengelas"], ["welding"], **kinds)

    scores = pack.PadanLabels(linker).compute_rankings(["software developer"], targets, **kinds)
    ranked = linker.rank_corpus(["software developer"], [(t, t) for t in targets])[0].ranked
    order = [targets[i] for i in np.argsort(-scores[0].numpy(), kind="stable")]
    assert order[: len(ranked)] == list(ranked)

    scores = pack.PadanEncoder(_Vectors()).compute_rankings(targets, targets, **kinds)
    assert scores.shape == (3, 3)
    assert [int(row.argmax()) for row in scores] == [0, 1, 2]
