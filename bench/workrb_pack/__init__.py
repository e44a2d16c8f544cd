"""Ranking tasks with Indonesian texts for WorkRB, and Padan as a model of it.

    import workrb_pack                          registers the tasks and models
    task = workrb_pack.IndonesianTitleRanking()
    workrb.evaluate(workrb.models.BM25Model(), [task], output_folder="results/bm25")

See README.md for what each set is and is not, how to run, and the figures.
"""

from __future__ import annotations

try:
    import workrb as _workrb  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"the task pack needs workrb, and {error.name or 'a part of it'} is not installed: pip install workrb"
    ) from error

from workrb_pack.models import PadanEncoder, PadanLabels, PadanSchemes, SchemeNotInstalled
from workrb_pack.tasks import (
    TASKS,
    IndonesianRealSkillLineRanking,
    IndonesianRealTitleRanking,
    IndonesianSkillLineRanking,
    IndonesianTitleRanking,
)

__all__ = [
    "TASKS",
    "IndonesianRealSkillLineRanking",
    "IndonesianRealTitleRanking",
    "IndonesianSkillLineRanking",
    "IndonesianTitleRanking",
    "PadanEncoder",
    "PadanLabels",
    "PadanSchemes",
    "SchemeNotInstalled",
]
