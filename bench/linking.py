"""Accuracy of linking on the dev sets, with peers in the same run, and the fit of its confidence.

    python bench/linking.py                          every set: figures with 95 % bootstrap intervals, speed
    python bench/linking.py --sets jobbert --peers bm25,chars,fuzz,minilm
    python bench/linking.py --trained                with labelled data: half of JobBERT, the training part of
    SkillSkape
    python bench/linking.py --fit                    confidence by target and language, in the form of
    calibration.yaml,
                                                     with its reliability on left-out folds
    python bench/linking.py --groups                 decided share and precision by ISCO major group and
    language
    python bench/linking.py --speed                  titles a second on one core, load time, training time,
    bytes on disk
    python bench/linking.py --misses "real titles" --top 50      what goes wrong, to be read by a person

Sets lie in PADAN_SHARED/data/bench. ESCO, KBJI and O*NET are imported for the run from
PADAN_SHARED/data/taxonomy into a folder of their own (--work, else a temporary one); the product never reads
that folder. Nothing is trained on any set but where it says so. No run reads the ESCO–O*NET crosswalk (it is
MELO's answer key).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from linking_peers import PEERS, minilm, peers

from padan.countries import load
from padan.linking import Encoder, Linked, Linker, lesson
from padan.linking.clauses import clauses
from padan.reading import clean_line
from padan.reading.text import clean_text
from padan.taxonomy import Library
from padan.taxonomy.importers import import_scheme

SHARED = Path(os.environ.get("PADAN_SHARED", Path(__file__).resolve().parents[2] / "shared"))
BENCH = SHARED / "data" / "bench"
TAXONOMY = SHARED / "data" / "taxonomy"
OCCUPATION = "http://data.europa.eu/esco/occupation/"
ALL = ("kbji", "esco", "onet")
VERSION = {"esco": "1.1.1", "kbji": "2014", "onet": "29.2"}
DRAWN = 300  #: queries that the slow peers are measured on


@dataclass(frozen=True)
class Task:
    """Queries with their accepted answers, and the target they are linked to."""

    name: str
    file: str
    to: str
    schemes: tuple[str, ...]
    main: str
    field: str = "text"
    answer: str = "relevant"
    corpus: str | None = None  #: a list of texts to rank instead of a scheme
    duties: str | None = None


TASKS = (
    Task("id_titles, starter alone", "id_titles_isco_dev.jsonl", "isco08", (), "h@1"),
    Task("id_titles, all schemes", "id_titles_isco_dev.jsonl", "isco08", ALL, "h@1"),
    Task("real titles, starter alone", "real_titles.csv", "isco08", (), "h@1"),
    Task("real titles, all schemes", "real_titles.csv", "isco08", ALL, "h@1"),
    Task("real lines, ESCO", "real_skill_lines.csv", "esco-skill", ALL, "MRR"),
    Task("id_skills, ESCO", "id_skills_esco_dev.jsonl", "esco-skill", ALL, "MRR"),
    Task("skill_tech, ESCO", "skill_tech_dev.jsonl", "esco-skill", ALL, "RP@10"),
    Task("skill_house, ESCO", "skill_house_dev.jsonl", "esco-skill", ALL, "RP@10"),
    Task("skillskape, ESCO", "skillskape_dev.jsonl", "esco-skill", ALL, "RP@10"),
    Task("jobbert, ESCO", "jobbert_dev.jsonl", "esco-occupation", ALL, "MRR"),
    Task("jobbert ISCO-4", "jobbert_dev.jsonl", "isco08", ALL, "h@1", answer="isco"),
    Task("title similarity EN", "jts_en_dev.jsonl", "corpus", ALL, "MAP", corpus="jts_en_corpus.jsonl"),
    Task("MELO usa_en", "melo_usa_en_dev.jsonl", "corpus", ALL, "MRR", corpus="melo_en_corpus.tsv"),
    Task("hahu titles, ESCO", "hahu_dev.jsonl", "esco-occupation", ALL, "h@1", field="title"),
    Task("hahu titles ISCO-4", "hahu_dev.jsonl", "isco08", ALL, "h@1", field="title", answer="isco"),
    Task(
        "hahu with duties, ESCO",
        "hahu_dev.jsonl",
        "esco-occupation",
        ALL,
        "h@1",
        field="title",
        duties="text",
    ),
    Task(
        "hahu with duties ISCO-4",
        "hahu_dev.jsonl",
        "isco08",
        ALL,
        "h@1",
        field="title",
        answer="isco",
        duties="text",
    ),
)


@dataclass(frozen=True)
class Queries:
    """Texts, the ids that are right for each, and texts about the work where the task has some."""

    texts: list[str]
    answers: list[set[str]]
    duties: list[str] | None = None

    def some(self, rows: Sequence[int]) -> Queries:
        """The queries of some rows."""
        return Queries(
            [self.texts[i] for i in rows],
            [self.answers[i] for i in rows],
            None if self.duties is None else [self.duties[i] for i in rows],
        )


# -- schemes, encoder, linker ------------------------------------------------------------------------------


class Bench:
    """Libraries and encoders of a run, each made once and kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places = load().place_names()

    def library(self, schemes: Sequence[str]) -> Library:
        """The starter pack and the named imports, in a folder of their own."""
        out = Library(self.folder / ("-".join(schemes) or "starter"))
        for name in schemes:
            if not any(info.name.startswith(name) for info in out.infos()):
                path = TAXONOMY / {"esco": "esco", "kbji": "kbji2014.csv", "onet": "onet"}[name]
                out.add(import_scheme(name, path, version=VERSION[name]).schemes)
        return out

    def path(self, schemes: Sequence[str], label: str = "") -> Path:
        """Where the encoder of these schemes lies."""
        return self.folder / f"encoder-{'-'.join(schemes) or 'starter'}{label}"

    def encoder(
        self,
        schemes: Sequence[str],
        *,
        examples: Mapping[str, Sequence[tuple[str, str]]] | None = None,
        label: str = "",
    ) -> Encoder:
        """The encoder trained on these schemes, and on examples where there are some."""
        path = self.path(schemes, label)
        if not path.exists():
            learned = lesson(self.library(schemes), places=self.places, examples=examples)
            start = time.perf_counter()
            Encoder.train(learned, checkpoint=path.with_name(path.name + ".state")).save(path)
            seconds = time.perf_counter() - start
            print(
                f"encoder on {len(learned.names):,} names and {len(learned.sentences):,} sentences: "
                f"{seconds:.0f} s, {size_of(path):.1f} MB",
                flush=True,
            )
        return Encoder.load(path)

    def linker(self, schemes: Sequence[str], **how: object) -> Linker:
        """A linker over these schemes with their encoder."""
        encoder = how.pop("encoder", None) or self.encoder(schemes)
        return Linker(self.library(schemes), places=self.places, encoder=encoder, **how)  # type: ignore[arg-type]


def size_of(folder: Path) -> float:
    """Megabytes of the files in a folder."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6


# -- sets --------------------------------------------------------------------------------------------------

#: file of real vacancies -> the column with the title
TITLES = {
    "vacancies/jobstreet_id_2024-03.csv": "Job Title",
    "vacancies/lokerid_2025-07.csv": "Title",
    "vacancies/dealls_evermos_2024-08.csv": "job_title",
    "vacancies/karirhub_detail_2025-10.jsonl": "title",
    "apprenticeship/maganghub_2026_sample.csv": "Judul Posisi",
}


def real_rows(file: str) -> list[dict[str, str]]:
    """Rows of a real file, the first data row first."""
    with (SHARED / "data" / "real" / file).open(encoding="utf-8", newline="") as handle:
        return list(map(json.loads, handle) if file.endswith("jsonl") else csv.DictReader(handle))


def agreed(row: Mapping[str, str]) -> set[str]:
    """What both coders accept; where they share nothing, the first of each; nothing where one has none."""
    a, b = (row[coder].split("|") if row[coder] else [] for coder in ("coder_a", "coder_b"))
    return (set(a) & set(b) or {a[0], b[0]}) if a and b else set()


def real_set(name: str) -> Queries:
    """The real titles or lines by file and row, with what two coders accept; see docs/labelling.md.

    Raises ValueError where a line is not the one that was labelled.
    """
    texts, answers = [], []
    read: dict[str, list[dict[str, str]]] = {}
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            file = row["file"]
            if file not in read:
                read[file] = real_rows(file)
            record = read[file][int(row["row"]) - 1]
            if "line" in row:
                text, _ = clean_text(record[row["column"]])
                line = (text or "").split("\n")[int(row["line"])].strip("-•* \t").strip()
                if f"{crc32(line.encode()):08x}" != row["check"]:
                    raise ValueError(
                        f"{name}: {file} row {row['row']} line {row['line']} is another line now"
                    )
            else:
                line = str(clean_line(record[TITLES[file]])[0] or "")
            if accepted := agreed(row):
                texts.append(line)
                answers.append(accepted)
    return Queries(texts, answers)


def queries(task: Task, limit: int | None = None) -> Queries:
    """Texts and accepted answers of a task; lines without an answer are left out."""
    if task.file.startswith("real_"):
        return real_set(task.file)
    rows = [json.loads(line) for line in (BENCH / task.file).open(encoding="utf-8")]
    if limit is not None and len(rows) > limit:
        rows = [rows[i] for i in sorted(np.random.default_rng(0).choice(len(rows), limit, replace=False))]
    texts, answers, duties = [], [], []
    for row in rows:
        value = row[task.answer]
        accepted = set(value) if isinstance(value, list) else {value}
        if accepted and None not in accepted:
            texts.append(row[task.field])
            answers.append(accepted)
            duties.append(row[task.duties] if task.duties else "")
    return Queries(texts, answers, duties if task.duties else None)


def corpus_of(task: Task) -> list[tuple[str, str]] | None:
    """(id, text) of the list that a task ranks."""
    if task.corpus is None:
        return None
    lines = (BENCH / task.corpus).read_text(encoding="utf-8").splitlines()
    if task.corpus.endswith(".tsv"):
        return [(line.split("\t")[0], line.split("\t")[-1]) for line in lines if line]
    return [(row["id"], row["text"]) for row in map(json.loads, lines)]


def as_bench_ids(to: str, library: Library, ranked: Sequence[str]) -> list[str]:
    """ESCO occupations by the end of their URI, skills by their English label, as the public sets name
    them.
    """
    if to == "esco-occupation":
        return [uri.rsplit("/", 1)[-1] for uri in ranked]
    if to == "esco-skill":
        scheme = library.get("esco-skill")
        return [scheme.label(uri, lang="en") for uri in ranked]
    return list(ranked)


# -- figures -----------------------------------------------------------------------------------------------


def measures(ranked: Sequence[Sequence[str]], answers: Sequence[set[str]]) -> dict[str, np.ndarray]:
    """Per query: reciprocal rank, hit at 1, 5 and 10, R-precision at 10, average precision."""
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


def shown(name: str, figures: Mapping[str, np.ndarray], note: str = "") -> None:
    """One line of figures."""
    print(f"  {name:11} " + "  ".join(f"{k} {interval(v)}" for k, v in figures.items()) + note, flush=True)


def linked(task: Task, linker: Linker, asked: Queries, corpus: list[tuple[str, str]] | None) -> list[Linked]:
    """What the linker says to the queries of a task."""
    if corpus is not None:
        return linker.rank_corpus(asked.texts, corpus, k=1000)
    return linker.link(asked.texts, to=task.to, k=100, duties=asked.duties)  # type: ignore[arg-type]


def run(bench: Bench, task: Task, limit: int | None, wanted: Sequence[str]) -> None:
    """One task: Padan, then the peers over the same names."""
    library = bench.library(task.schemes)
    asked = queries(task, limit)
    corpus = corpus_of(task)
    linker = bench.linker(task.schemes)
    if corpus is None:
        linker.link(["x"], to=task.to)  # type: ignore[arg-type]
    start = time.perf_counter()
    found = linked(task, linker, asked, corpus)
    seconds = time.perf_counter() - start
    ranked = [as_bench_ids(task.to, library, one.ranked) for one in found]
    rate = f"{len(asked.texts) / seconds:,.0f} a second"
    print(f"\n{task.name}: {len(asked.texts)} queries, {rate}; main: {task.main}")
    shown("padan", measures(ranked, asked.answers))
    print("  decided     " + decided(found, ranked, asked.answers))
    if wanted and task.duties is None:
        against_peers(task, linker, library, asked, corpus, wanted)


def decided(found: Sequence[Linked], ranked: Sequence[Sequence[str]], answers: Sequence[set[str]]) -> str:
    """Share and precision of what is decided."""
    sure = [i for i, one in enumerate(found) if one.decision is not None]
    if not sure:
        return "nothing"
    right = np.array([ranked[i][0] in answers[i] for i in sure], float)
    return f"{len(sure) / len(found):.1%} of {len(found)}, precision {interval(right)}"


def against_peers(
    task: Task,
    linker: Linker,
    library: Library,
    asked: Queries,
    corpus: list[tuple[str, str]] | None,
    wanted: Sequence[str],
) -> None:
    """The same queries and names for each peer; of many queries 300 are drawn."""
    if corpus is None:
        model = linker._targets.model(task.to)
        names = [model.index.texts[i] for i in model.head.name]
        sizes = np.diff(model.head.start)
        owner, ids = np.repeat(model.head.concept, sizes), list(model.ids)
    else:
        ids = list(dict.fromkeys(i for i, _ in corpus))
        row = {i: r for r, i in enumerate(ids)}
        names, owner = [t for _, t in corpus], np.array([row[i] for i, _ in corpus])
    drawn = asked.some(np.random.default_rng(0).permutation(len(asked.texts))[:DRAWN].tolist())
    note = "" if len(asked.texts) <= DRAWN else f"  ({DRAWN} drawn)"
    for label, scorer in peers(names, wanted):
        start = time.perf_counter()
        ranked = []
        for first in range(0, len(drawn.texts), 32):
            for scores in scorer(drawn.texts[first : first + 32]):
                best = np.full(len(ids), -np.inf)
                np.maximum.at(best, owner, scores)
                top = np.argsort(-best, kind="stable")[: 100 if corpus is None else 1000]
                ranked.append(as_bench_ids(task.to, library, [ids[c] for c in top]))
        speed = len(drawn.texts) / (time.perf_counter() - start)
        shown(label, measures(ranked, drawn.answers), f"  {speed:,.0f} a second{note}")


# -- with labelled data ------------------------------------------------------------------------------------


def trained(bench: Bench, limit: int | None) -> None:
    """What labelled data add: half of JobBERT for the other half, SkillSkape's training part for the skill
    sets.
    """
    rows = [json.loads(line) for line in (BENCH / "jobbert_dev.jsonl").open(encoding="utf-8")]
    order = np.random.default_rng(0).permutation(len(rows))
    half = len(rows) // 2
    examples = [(rows[i]["text"], OCCUPATION + uri) for i in order[:half] for uri in rows[i]["relevant"]]
    left = [rows[i] for i in order[half:][:limit]]
    asked = Queries([r["text"] for r in left], [set(r["relevant"]) for r in left])
    _trained(
        bench, "jobbert", {"esco-occupation": examples}, {"jobbert, the other half": asked}, "esco-occupation"
    )

    scheme = bench.library(ALL).get("esco-skill")
    uri_of = {scheme.label(uri, lang="en"): uri for uri in scheme.ids}
    rows = [json.loads(line) for line in (BENCH / "skillskape_train.jsonl").open(encoding="utf-8")]
    examples = [(r["text"], uri_of[s]) for r in rows for s in r["relevant"] if s in uri_of]
    sets = {task.name: queries(task, limit) for task in TASKS if task.name.startswith("skill")}
    _trained(bench, "skillskape", {"esco-skill": examples}, sets, "esco-skill")


def _trained(
    bench: Bench,
    label: str,
    examples: Mapping[str, Sequence[tuple[str, str]]],
    sets: Mapping[str, Queries],
    to: str,
) -> None:
    library = bench.library(ALL)
    encoder = bench.encoder(ALL, examples=examples, label=f"-{label}")
    linkers = {
        "zero-shot": bench.linker(ALL),
        "trained": bench.linker(ALL, encoder=encoder, examples=examples),
    }
    for name, asked in sets.items():
        print(f"\n{name}: {len(asked.texts)} queries, {sum(map(len, examples.values()))} examples of {label}")
        for how, linker in linkers.items():
            found = linker.link(asked.texts, to=to, k=100)  # type: ignore[arg-type]
            shown(how, measures([as_bench_ids(to, library, one.ranked) for one in found], asked.answers))


# -- confidence --------------------------------------------------------------------------------------------

#: target -> the tasks whose labels a person could stand by; JobBERT's are too noisy to fit on
FITTED = {
    "isco08": ("id_titles, all schemes", "real titles, all schemes", "hahu titles ISCO-4"),
    "esco-occupation": ("hahu titles, ESCO",),
    "esco-skill": ("real lines, ESCO", "id_skills, ESCO", "skill_tech, ESCO", "skill_house, ESCO"),
}
FOLDS = 5
FEW = 50  #: texts below which a language is not fitted by itself


def fit(bench: Bench) -> None:
    """Logistic confidence by target and language, with its reliability on left-out folds."""
    from sklearn.linear_model import LogisticRegression

    linker = bench.linker(ALL)
    library = bench.library(ALL)
    by_name = {task.name: task for task in TASKS}
    for to, names in FITTED.items():
        rows: dict[str, list[tuple[float, float, bool]]] = defaultdict(list)
        equal: dict[str, list[bool]] = defaultdict(list)
        for name in names:
            asked = queries(by_name[name])
            for text, accepted, one in zip(
                asked.texts,
                asked.answers,
                linker.link(asked.texts, to=to, k=2),
                strict=True,  # type: ignore[arg-type]
            ):
                if not one.ranked:
                    continue
                right = as_bench_ids(to, library, one.ranked[:1])[0] in accepted
                tongue = linker._language(text)
                if one.exact:
                    equal[tongue].append(right)
                else:
                    second = one.scores[1] if len(one.scores) > 1 else 0.0
                    rows[tongue].append((one.scores[0], one.scores[0] - second, right))
        for tongue in ("en", "id"):
            # a language with few texts is fitted together with the other
            alone = len(rows[tongue]) >= FEW
            values = rows[tongue] if alone else rows["en"] + rows["id"]
            alike = equal[tongue] if alone else equal["en"] + equal["id"]
            table = np.array(values, float)
            x, y = table[:, :2], table[:, 2]
            folds = np.random.default_rng(0).permutation(len(y)) % FOLDS
            said = np.zeros(len(y))
            for fold in range(FOLDS):
                model = LogisticRegression(C=10.0).fit(x[folds != fold], y[folds != fold])
                said[folds == fold] = model.predict_proba(x[folds == fold])[:, 1]
            model = LogisticRegression(C=10.0).fit(x, y)
            # one more right and one more wrong than seen; of a handful of equal names nothing is known
            same = (sum(alike) + 1) / (len(alike) + 2) if len(alike) >= 20 else 0.9
            print(
                f"{to} {tongue}: {{base: {model.intercept_[0]:.3f}, score: {model.coef_[0][0]:.3f}, "
                f"gap: {model.coef_[0][1]:.3f}, equal: {same:.3f}, least: {least_of(said, y, alike):.3f}}}"
                f"   # {len(y)} texts, {len(alike)} equal names"
            )
            for low, high in ((0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.01)):
                inside = (said >= low) & (said < high)
                if inside.any():
                    print(
                        f"    said {low:.1f}–{min(high, 1):.1f}: {inside.sum():4} texts, "
                        f"said {said[inside].mean():.3f}, right {y[inside].mean():.3f}"
                    )


def least_of(said: np.ndarray, right: np.ndarray, equal: Sequence[bool]) -> float:
    """The least confidence from which at least 20 texts are decided and 90 % of them, and of them together
    with the equal names that decide, are right; 2 where there is none.
    """
    deciding = equal if len(equal) >= 20 and np.mean(equal) >= 0.85 else ()
    order = np.argsort(-said, kind="stable")
    count = np.arange(1, len(right) + 1)
    own = np.cumsum(right[order])
    together = (own + sum(deciding)) / (count + len(deciding))
    enough = np.flatnonzero((own / count >= 0.90) & (together >= 0.90) & (count >= 20))
    return float(said[order[enough[-1]]]) if len(enough) else 2.0


def groups(bench: Bench) -> None:
    """Decided share and precision by language and by ISCO major group, real Indonesian titles and Hahu."""
    linker = bench.linker(ALL)
    cells: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    by_name = {task.name: task for task in TASKS}
    for name in ("real titles, all schemes", "id_titles, all schemes", "hahu titles ISCO-4"):
        asked = queries(by_name[name])
        for text, accepted, one in zip(
            asked.texts, asked.answers, linker.link(asked.texts, to="isco08", k=2), strict=True
        ):
            tongue = linker._language(text)
            answer = (one.decision is not None, bool(one.ranked) and one.ranked[0] in accepted)
            major = sorted(accepted)[0][0]
            for key in ((tongue, "all"), (tongue, major), ("both", major), ("both", "all")):
                cells[key].append(answer)
    print("language  major group  texts  decided  right of the decided")
    for (tongue, major), values in sorted(cells.items()):
        table = np.array(values, float)
        sure = table[:, 0] > 0
        right = f"{table[sure, 1].mean():.3f}" if sure.any() else "–"
        print(f"{tongue:8}  {major:11}  {len(table):5}  {sure.mean():7.1%}  {right}")


def speed(bench: Bench) -> None:
    """Titles a second on one core, load time in a new process, memory, bytes on disk; one thread
    everywhere.
    """
    titles = queries(next(t for t in TASKS if t.name == "jobbert, ESCO")).texts
    lines = real_set("real_skill_lines.csv").texts
    for schemes in ((), ALL):
        linker = bench.linker(schemes)
        label = " + ".join(("starter", *schemes))
        for to in ("isco08", *(("esco-occupation",) if schemes else ())):
            linker.link(titles[:600], to=to, k=5)
            rates = []
            for repeat in range(5):
                part = titles[1000 + repeat * 2000 : 3000 + repeat * 2000]
                start = time.process_time()
                linker.link(part, to=to, k=5)
                rates.append(len(part) / (time.process_time() - start))
            print(f"{label}, {to}: {spread(rates, '{:,.0f}')} titles a second")
        to = "esco-skill" if schemes else "skill"
        linker.link(lines[:50], to=to, k=5)
        start = time.process_time()
        linker.link(lines[50:], to=to, k=5)
        print(f"{label}, {to}: {len(lines[50:]) / (time.process_time() - start):,.0f} lines a second")
        print(f"{label}: encoder {size_of(bench.path(schemes)):.1f} MB on disk")
        for to in ("isco08", "esco-skill" if schemes else "skill"):
            seconds = [float(_loaded(bench, schemes, to)) for _ in range(3)]
            print(f"{label}, {to}: loaded in {spread(seconds, '{:.2f}')} s")


def spread(values: Sequence[float], form: str) -> str:
    """Median, least and most."""
    low, middle, high = (form.format(v) for v in (min(values), float(np.median(values)), max(values)))
    return f"{middle} ({low}–{high})"


def _loaded(bench: Bench, schemes: Sequence[str], to: str) -> str:
    """Seconds to load schemes, encoder and index in a new process, imports not counted."""
    code = (
        "import sys, time; from pathlib import Path\n"
        "from padan.linking import Encoder, Linker; from padan.taxonomy import Library\n"
        "import padan.linking.index\n"
        "start = time.perf_counter()\n"
        f"encoder = Encoder.load(Path({str(bench.path(schemes))!r}))\n"
        f"library = Library(Path({str(bench.library(schemes).folder)!r}))\n"
        "linker = Linker(library, encoder=encoder)\n"
        f"linker.link(['admin gudang'], to={to!r})\nprint(time.perf_counter() - start)"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def misses(bench: Bench, name: str, top: int) -> None:
    """Texts whose first proposal is wrong, with the answer and the proposals."""
    task = next(t for t in TASKS if t.name.startswith(name))
    library = bench.library(task.schemes)
    asked = queries(task, 3000)
    linker = bench.linker(task.schemes)
    found = linked(task, linker, asked, corpus_of(task))
    wrong = []
    for text, accepted, one in zip(asked.texts, asked.answers, found, strict=True):
        ranked = as_bench_ids(task.to, library, one.ranked)
        if not ranked or ranked[0] not in accepted:
            wrong.append((text, accepted, ranked[:3], one))
    print(f"{task.name}: {len(wrong)} of {len(asked.texts)} first proposals are not accepted")
    rng = np.random.default_rng(0)
    scheme = library.get("isco08" if task.to == "corpus" else task.to)

    def label(concept: str) -> str:
        for known in (concept, OCCUPATION + concept):
            if known in scheme.row_of:
                return f"{concept[:8]} {scheme.label(known, lang='en')}"
        return concept

    for i in sorted(rng.permutation(len(wrong))[:top]):
        text, accepted, ranked, one = wrong[i]
        sure = "decided" if one.decision else "open"
        wanted = [label(a) for a in sorted(accepted)][:3]
        print(f"- {text[:110]!r} wanted {wanted} got {[label(r) for r in ranked]} {sure}")


def silence(bench: Bench) -> None:
    """Sentences that name no skill: how often the finder and the linker stay silent."""
    linker = bench.linker(ALL)
    for file in ("skill_tech_dev.jsonl", "skill_house_dev.jsonl", "skillskape_dev.jsonl"):
        rows = [json.loads(line) for line in (BENCH / file).open(encoding="utf-8")]
        empty = [r["text"] for r in rows if not r["relevant"]]
        found = linker.link(empty, to="esco-skill", k=1)
        company = sum(all(c.kind in ("company", "heading") for c in clauses(t)) for t in empty)
        quiet = sum(one.decision is None for one in found)
        print(
            f"{file}: {len(empty)} without a skill; undecided {quiet}, held to be about the company {company}"
        )


def main() -> None:
    """Parse the options and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", default="", help="beginnings of the names of sets, joined by commas")
    parser.add_argument("--peers", default="bm25,chars", help=f"any of {','.join(PEERS)}; empty for none")
    parser.add_argument("--limit", type=int, help="draw so many queries of a set")
    parser.add_argument("--work", type=Path, help="folder for schemes and encoders; kept")
    parser.add_argument("--misses", help="beginning of the name of a set")
    parser.add_argument("--top", type=int, default=50)
    for name in ("trained", "fit", "groups", "speed", "silence"):
        parser.add_argument(f"--{name}", action="store_true")
    options = parser.parse_args()
    if not BENCH.exists():
        sys.exit(f"skipped: there is no {BENCH}; set PADAN_SHARED")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as own:
        bench = Bench(options.work or Path(own))
        if options.trained:
            trained(bench, options.limit)
        elif options.fit:
            fit(bench)
        elif options.groups:
            groups(bench)
        elif options.speed:
            speed(bench)
        elif options.silence:
            silence(bench)
        elif options.misses:
            misses(bench, options.misses, options.top)
        else:
            wanted = [p for p in options.peers.split(",") if p]
            if "minilm" in wanted:
                minilm()
            for task in TASKS:
                if not options.sets or any(task.name.startswith(s) for s in options.sets.split(",")):
                    run(bench, task, options.limit, wanted)
        print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
