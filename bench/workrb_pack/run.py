"""WorkRB's lexical baselines and Padan on the Indonesian tasks, as a table in Markdown.

    python bench/workrb_pack/run.py                          all tasks, all models
    python bench/workrb_pack/run.py --models padan           only models whose name starts so
    python bench/workrb_pack/run.py --tasks IndonesianReal   only tasks whose class name starts so
    python bench/workrb_pack/run.py --write                  the table into README.md between its two marks

MRR stands with its 95 % bootstrap interval over queries. Every figure is computed by workrb's own metrics
from the scores of a model. A task whose files are missing and a model that cannot run are skipped with the
reason. Padan uses the schemes in PADAN_HOME.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

if TYPE_CHECKING:
    import numpy as np
    from workrb.models.base import ModelInterface
    from workrb.tasks import RankingTask

README = Path(__file__).parent / "README.md"
START, END = "<!-- table: python bench/workrb_pack/run.py --write -->", "<!-- end of table -->"
METRICS = ("mrr", "hit@1", "hit@5", "hit@10")


def models() -> dict[str, Callable[[], ModelInterface]]:
    """Name -> what makes the model; the lexical baselines of workrb first."""
    from workrb.models import lexical_baselines as lexical

    import workrb_pack as pack

    return {
        "random": lambda: lexical.RandomRankingModel(seed=0),
        "edit distance": lexical.EditDistanceModel,
        "BM25": lexical.BM25Model,
        "TF-IDF words": lambda: lexical.TfIdfModel(tokenization="word"),
        "TF-IDF characters": lambda: lexical.TfIdfModel(tokenization="char"),
        "Padan encoder": pack.PadanEncoder,
        "Padan labels": pack.PadanLabels,
        "Padan schemes": pack.PadanSchemes,
    }


def per_query(task: RankingTask, dataset_id: str, scores: np.ndarray) -> dict[str, np.ndarray]:
    """The metrics of each query alone; their means are the metrics of the data set."""
    import numpy as np
    from workrb.metrics.ranking import calculate_ranking_metrics

    answers = task.datasets[dataset_id].target_indices
    rows = [
        calculate_ranking_metrics(scores[i : i + 1], [found], metrics=METRICS)
        for i, found in enumerate(answers)
    ]
    return {metric: np.array([row[metric] for row in rows]) for metric in METRICS}


def interval(values: np.ndarray) -> str:
    """Mean with a 95 % bootstrap interval over queries."""
    import numpy as np

    draws = np.random.default_rng(0).choice(values, (1000, len(values))).mean(axis=1)
    low, high = np.quantile(draws, (0.025, 0.975))
    return f"{values.mean():.3f} [{low:.3f}–{high:.3f}]"


def run(task: RankingTask, chosen: dict[str, ModelInterface]) -> Iterator[str]:
    """The rows of a task; a model that lacks a scheme has a row with the reason instead of figures."""
    from workrb_pack.models import SchemeNotInstalled

    for dataset_id in task.dataset_ids:
        what = f"{task.name}, {dataset_id}: {task.get_size_oneliner(dataset_id).replace(' x ', ' × ')}"
        for label, model in chosen.items():
            try:
                found = per_query(task, dataset_id, task.compute_prediction_matrix(model, dataset_id))
            except SchemeNotInstalled as error:
                yield f"| {what} | {label} | skipped: {error} | | | |"
            else:
                rest = " | ".join(f"{found[metric].mean():.3f}" for metric in METRICS[1:])
                yield f"| {what} | {label} | {interval(found['mrr'])} | {rest} |"
            what = ""


def main() -> None:
    """Parse the options and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", default="", help="only those whose name starts so, in any case")
    parser.add_argument("--tasks", default="", help="only those whose class name starts so")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    try:
        import workrb_pack as pack
    except ImportError as error:
        print(f"skipped: {error}")
        return
    for name in ("workrb", "workrb.run"):
        logging.getLogger(name).setLevel(logging.ERROR)
    skipped: list[str] = []
    chosen: dict[str, ModelInterface] = {}
    for label, make in models().items():
        if label.lower().startswith(options.models.lower()):
            try:
                chosen[label] = make()
            except ImportError as error:
                skipped.append(f"{label}: {error.name} is not installed: pip install -e .")
    print(f"workrb {version('workrb')}\n")
    lines = ["| task | model | MRR | hit@1 | hit@5 | hit@10 |", "|---|---|--:|--:|--:|--:|"]
    print("\n".join(lines))
    for kind in pack.TASKS:
        if not kind.__name__.startswith(options.tasks):
            continue
        try:
            task = kind()
        except (FileNotFoundError, ImportError, ValueError) as error:
            skipped.append(f"{kind.__name__}: {error}")
            continue
        for line in run(task, chosen):
            print(line, flush=True)
            lines.append(line)
    print("".join(f"\nskipped: {reason}" for reason in skipped))
    if options.write:
        before, _, rest = README.read_text(encoding="utf-8").partition(START)
        table = "\n".join(lines)
        README.write_text(f"{before}{START}\n\n{table}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
