"""Accuracy of linking on the dev sets, with baselines in the same run, and the fit of calibration.yaml.

    python bench/linking.py                 figures with 95 % bootstrap intervals, speed, index size
    python bench/linking.py --fit           weights and thresholds, printed in the form of calibration.yaml
    python bench/linking.py --sets id_titles,jobbert

Sets lie in PADAN_SHARED/data/bench. ESCO and KBJI are imported for the run from PADAN_SHARED/data/taxonomy
into a temporary
folder; the product never reads that folder. Nothing is trained on any set; only the fusion weights and the
two thresholds of a
decision are fitted, on the dev sets, and the figures say so. No run reads the ESCO–O*NET crosswalk (it is
MELO's answer key).

Baselines: BM25 (rank-bm25) and character TF-IDF (scikit-learn), over the same names; skipped with the reason
where the
packages of requirements/bench.txt are not installed.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from padan.countries import load
from padan.linking import Linker
from padan.linking.encoder import Encoder
from padan.linking.index import Fusion
from padan.linking.linker import training_names
from padan.reading import clean_line
from padan.taxonomy import Library
from padan.taxonomy.importers import import_scheme

SHARED = Path(os.environ.get("PADAN_SHARED", Path(__file__).resolve().parents[2] / "shared"))
BENCH = SHARED / "data" / "bench"
TAXONOMY = SHARED / "data" / "taxonomy"


@dataclass(frozen=True)
class Task:
    """Queries with their accepted answers, and the target they are linked to."""

    name: str
    file: str
    to: str
    schemes: tuple[str, ...]
    field: str = "text"
    answer: str = "relevant"
    corpus: str | None = None  #: a list of texts to rank instead of a scheme


TASKS = (
    Task("id_titles, starter alone", "id_titles_isco_dev.jsonl", "isco08", ()),
    Task("id_titles, starter + KBJI", "id_titles_isco_dev.jsonl", "isco08", ("kbji",)),
    Task("id_titles, starter + KBJI + ESCO", "id_titles_isco_dev.jsonl", "isco08", ("kbji", "esco")),
    Task("real titles, starter alone", "real_titles.csv", "isco08", ()),
    Task("real titles, starter + KBJI + ESCO", "real_titles.csv", "isco08", ("kbji", "esco")),
    Task("jobbert, ESCO", "jobbert_dev.jsonl", "esco-occupation", ("esco",)),
    Task("jobbert ISCO-4, starter alone", "jobbert_dev.jsonl", "isco08", (), answer="isco"),
    Task("jobbert ISCO-4, starter + ESCO", "jobbert_dev.jsonl", "isco08", ("esco",), answer="isco"),
    Task("hahu titles, ESCO", "hahu_dev.jsonl", "esco-occupation", ("esco",), field="title"),
    Task(
        "hahu titles ISCO-4, starter + ESCO",
        "hahu_dev.jsonl",
        "isco08",
        ("esco",),
        field="title",
        answer="isco",
    ),
    Task("id_skills, ESCO + starter", "id_skills_esco_dev.jsonl", "esco-skill", ("esco",)),
    Task("skill_tech, ESCO", "skill_tech_dev.jsonl", "esco-skill", ("esco",)),
    Task("skill_house, ESCO", "skill_house_dev.jsonl", "esco-skill", ("esco",)),
    Task("skillskape, ESCO", "skillskape_dev.jsonl", "esco-skill", ("esco",)),
    Task("title similarity EN", "jts_en_dev.jsonl", "corpus", ("esco",), corpus="jts_en_corpus.jsonl"),
    Task("MELO usa_en", "melo_usa_en_dev.jsonl", "corpus", ("esco",), corpus="melo_en_corpus.tsv"),
)


def library(schemes: Sequence[str], folder: Path) -> Library:
    """The starter pack and the named imports, in a folder of their own."""
    home = folder / ("-".join(schemes) or "starter")
    out = Library(home)
    for name in schemes:
        if not any(info.name.startswith(name) for info in out.infos()):
            path = TAXONOMY / {"esco": "esco", "kbji": "kbji2014.csv"}[name]
            out.add(import_scheme(name, path, version={"esco": "1.1.1", "kbji": "2014"}[name]).schemes)
    return out


def encoder(schemes: Sequence[str], folder: Path) -> Encoder:
    """The encoder trained on these schemes, once a run of this script."""
    path = folder / f"encoder-{'-'.join(schemes) or 'starter'}.npz"
    if not path.exists():
        names, concepts = training_names(library(schemes, folder))
        start = time.perf_counter()
        trained = Encoder.train(names, concepts)
        trained.save(path)
        seconds = time.perf_counter() - start
        print(f"\nencoder on {len(names):,} names: {seconds:.0f} s, {path.stat().st_size / 1e6:.1f} MB")
    return Encoder.load(path)


#: file of real vacancies -> the column with the title
TITLES = {
    "vacancies/jobstreet_id_2024-03.csv": "Job Title",
    "vacancies/lokerid_2025-07.csv": "Title",
    "vacancies/dealls_evermos_2024-08.csv": "job_title",
    "vacancies/karirhub_detail_2025-10.jsonl": "title",
    "apprenticeship/maganghub_2026_sample.csv": "Judul Posisi",
}


def real_titles() -> tuple[list[str], list[set[str]]]:
    """Real titles by file and row, with the codes of two coders; see docs/labelling.md."""
    texts, answers = [], []
    found: dict[str, list[str]] = {}
    for file, column in TITLES.items():
        path = SHARED / "data" / "real" / file
        with path.open(encoding="utf-8", newline="") as handle:
            rows = map(json.loads, handle) if file.endswith("jsonl") else csv.DictReader(handle)
            found[file] = [str(clean_line(row[column])[0] or "") for row in rows]
    with (Path(__file__).parent / "real_titles.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            a, b = (row[coder].split("|") if row[coder] else [] for coder in ("coder_a", "coder_b"))
            if a and b:
                texts.append(found[row["file"]][int(row["row"]) - 1])
                answers.append(set(a) & set(b) or {a[0], b[0]})
    return texts, answers


def queries(task: Task, limit: int | None) -> tuple[list[str], list[set[str]]]:
    """Texts and accepted answers of a task; lines without an answer are left out."""
    if task.file == "real_titles.csv":
        return real_titles()
    rows = [json.loads(line) for line in (BENCH / task.file).open(encoding="utf-8")]
    if limit is not None and len(rows) > limit:
        keep = np.random.default_rng(0).choice(len(rows), limit, replace=False)
        rows = [rows[i] for i in sorted(keep)]
    texts, answers = [], []
    for row in rows:
        value = row[task.answer]
        accepted = set(value) if isinstance(value, list) else {value}
        if accepted and None not in accepted:
            texts.append(row[task.field])
            answers.append(accepted)
    return texts, answers


def corpus_of(task: Task) -> list[tuple[str, str]] | None:
    """(id, text) of the list that a task ranks."""
    if task.corpus is None:
        return None
    lines = (BENCH / task.corpus).read_text(encoding="utf-8").splitlines()
    if task.corpus.endswith(".tsv"):
        return [(line.split("\t")[0], line.split("\t")[-1]) for line in lines if line]
    return [(row["id"], row["text"]) for row in map(json.loads, lines)]


def as_bench_ids(task: Task, lib: Library, ranked: Sequence[str]) -> list[str]:
    """ESCO occupations by the end of their URI, skills by their English label, as the public sets name
    them.
    """
    if task.to == "esco-occupation":
        return [uri.rsplit("/", 1)[-1] for uri in ranked]
    if task.to == "esco-skill":
        scheme = lib.get("esco-skill")
        return [scheme.label(uri, lang="en") for uri in ranked]
    return list(ranked)


def measures(ranked: Sequence[Sequence[str]], answers: Sequence[set[str]]) -> dict[str, np.ndarray]:
    """Per query: reciprocal rank, hit at 1, 5 and 10, R-precision at 10."""
    out = {name: np.zeros(len(answers)) for name in ("MRR", "h@1", "h@5", "h@10", "RP@10", "MAP")}
    for i, (found, accepted) in enumerate(zip(ranked, answers, strict=True)):
        places = [p for p, concept in enumerate(found) if concept in accepted]
        if places:
            out["MRR"][i] = 1 / (places[0] + 1)
            for k in (1, 5, 10):
                out[f"h@{k}"][i] = places[0] < k
        out["MAP"][i] = sum((n + 1) / (p + 1) for n, p in enumerate(places)) / len(accepted)
        out["RP@10"][i] = len([p for p in places if p < 10]) / min(10, len(accepted))
    return out


def interval(values: np.ndarray) -> str:
    """Mean with a 95 % bootstrap interval over queries."""
    draws = np.random.default_rng(0).choice(values, (400, len(values))).mean(axis=1)
    low, high = np.quantile(draws, (0.025, 0.975))
    return f"{values.mean():.3f} [{low:.3f}–{high:.3f}]"


def run(task: Task, folder: Path, limit: int | None) -> None:
    """One task: Padan, then the baselines over the same names."""
    lib = library(task.schemes, folder)
    texts, answers = queries(task, limit)
    start = time.perf_counter()
    linker = Linker(lib, places=load().place_names(), encoder=encoder(task.schemes, folder))
    start = time.perf_counter()
    corpus = corpus_of(task)
    if corpus is None:
        linker.link(["x"], to=task.to)
    built = time.perf_counter() - start
    start = time.perf_counter()
    linked = (
        linker.link(texts, to=task.to, k=100) if corpus is None else linker.rank_corpus(texts, corpus, k=1000)
    )
    seconds = time.perf_counter() - start
    found = [as_bench_ids(task, lib, one.ranked) for one in linked]
    figures = measures(found, answers)
    decided = [i for i, one in enumerate(linked) if one.decision is not None]
    right = sum(found[i][0] in answers[i] for i in decided)
    sys.stdout.flush()
    print(
        f"\n{task.name}: {len(texts)} queries; index built in {built:.1f} s; "
        f"{len(texts) / seconds:,.0f} texts/s"
    )
    print(f"  {'padan':11} " + "  ".join(f"{name} {interval(values)}" for name, values in figures.items()))
    share = f"precision {right / len(decided):.3f}" if decided else "nothing decided"
    print(f"  decided     {len(decided) / len(texts):.1%} of the texts, {share}")
    if corpus is not None:
        return
    model = linker._model(task.to)
    names = list(model.index.names.texts)
    owner = model.index.names.concept
    for label, scorer in baselines(names):
        # BM25 in plain Python takes a tenth of a second a query; 300 drawn queries show where it stands
        drawn = np.random.default_rng(0).permutation(len(texts))[:300]
        ranked = []
        for row in scorer([texts[i] for i in drawn]):
            best = np.full(len(model.ids), -1.0)
            np.maximum.at(best, owner, row)
            top = np.argsort(-best, kind="stable")[:100]
            ranked.append(as_bench_ids(task, lib, [model.ids[c] for c in top]))
        figures = measures(ranked, [answers[i] for i in drawn])
        note = "" if len(texts) <= 300 else " (300 drawn)"
        print(
            f"  {label:11} "
            + "  ".join(f"{name} {values.mean():.3f}" for name, values in figures.items())
            + note
        )


def baselines(names: list[str]) -> list[tuple[str, Callable[[list[str]], np.ndarray]]]:
    """Peers over the same names: (label, texts -> scores (texts, names))."""
    try:
        from rank_bm25 import BM25Okapi
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError as error:
        print(f"  baselines   skipped: {error.name} is not installed (requirements/bench.txt)")
        return []
    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    rows = vectoriser.fit_transform(names)
    bm25 = BM25Okapi([n.lower().split() for n in names])

    def chars(texts: list[str]) -> np.ndarray:
        return np.asarray((vectoriser.transform(texts) @ rows.T).todense())

    def words(texts: list[str]) -> np.ndarray:
        return np.array([bm25.get_scores(t.lower().split()) for t in texts])

    return [("BM25", words), ("char TF-IDF", chars)]


def fit(folder: Path) -> None:
    """Grid of fusion weights by mean reciprocal rank; then the least score and margin at precision 0.90."""
    for task in (TASKS[2], TASKS[3], TASKS[8], TASKS[11]):
        lib = library(task.schemes, folder)
        texts, answers = queries(task, 800)
        linker = Linker(lib, places=load().place_names(), encoder=encoder(task.schemes, folder))
        best: tuple[float, dict[str, Any]] | None = None
        base = linker._model(task.to)
        for dense, share, text, prior in itertools.product(
            (0.0, 0.3, 0.5, 0.7, 0.85),
            (0.6,),
            (0.0, 0.15),
            (0.0, 0.3, 0.6) if base.prior is not None else (0.0,),
        ):
            fusion = Fusion(round((1 - dense) * share, 3), round((1 - dense) * (1 - share), 3), text, dense)
            linker._models[task.to] = replace(base, fusion=fusion, prior_weight=prior, least=2.0)
            found = [as_bench_ids(task, lib, one.ranked) for one in linker.link(texts, to=task.to, k=50)]
            score = float(measures(found, answers)["MRR"].mean())
            print(f"  {fusion} prior {prior}: MRR {score:.4f}")
            if best is None or score > best[0]:
                best = (score, {"fusion": fusion, "prior": prior})
        assert best is not None
        chosen = best[1]
        linker._models[task.to] = replace(
            base, fusion=chosen["fusion"], prior_weight=chosen["prior"], least=2.0
        )
        print(
            f"{task.to}: MRR {best[0]:.3f} on {task.name}: {chosen}; "
            f"{thresholds(task, lib, linker, texts, answers)}"
        )


def thresholds(task: Task, lib: Library, linker: Linker, texts: list[str], answers: list[set[str]]) -> str:
    """Least score and margin that decide most at a precision of 0.90, among texts that are no equal name."""
    rows = []
    for one, accepted in zip(linker.link(texts, to=task.to, k=2), answers, strict=True):
        if one.exact or not one.ranked:
            continue
        second = one.scores[1] if len(one.scores) > 1 else 0.0
        rows.append(
            (one.scores[0], one.scores[0] - second, as_bench_ids(task, lib, one.ranked[:1])[0] in accepted)
        )
    values = np.array(rows, float).reshape(-1, 3)
    best = "nothing reaches 0.90"
    most = 0
    for least in np.arange(0.3, 1.0, 0.025):
        for margin in (0.0, 0.025, 0.05, 0.1, 0.15, 0.2):
            keep = (values[:, 0] >= least) & (values[:, 1] >= margin)
            if keep.sum() >= 10 and values[keep, 2].mean() >= 0.90 and keep.sum() > most:
                most = int(keep.sum())
                right = values[keep, 2].mean()
                best = f"least {least:.3f} margin {margin} decides {most} of {len(values)} at {right:.3f}"
    return best


def main() -> None:
    """Parse the options and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fit", action="store_true")
    parser.add_argument(
        "--sets", default="", help="only tasks whose name starts with one of these, comma-separated"
    )
    parser.add_argument(
        "--limit", type=int, default=None, help="at most so many queries a task, drawn with seed 0"
    )
    options = parser.parse_args()
    if not BENCH.is_dir():
        sys.exit(f"no dev sets in {BENCH}: set PADAN_SHARED")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        if options.fit:
            fit(Path(folder))
            return
        wanted = tuple(w for w in options.sets.split(",") if w)
        for task in TASKS:
            if not wanted or task.name.startswith(wanted):
                run(task, Path(folder), options.limit)


if __name__ == "__main__":
    main()
