"""Four ranking tasks of WorkRB with Indonesian queries; the sets are read by sets.py.

Data sets are named as MELO names them: `idn_q_id_c_en` has Indonesian queries and English targets. All are
dev sets (split "val"); every accepted answer is as good as another, so the metrics are MRR and hit@k.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar, Literal, cast

from workrb.registry import register_task
from workrb.tasks.abstract.base import DatasetSplit, LabelType, Language
from workrb.tasks.abstract.ranking_base import RankingDataset, RankingTask, RankingTaskGroup
from workrb.types import DatasetLanguages, ModelInputType

from workrb_pack import sets
from workrb_pack.sets import RankingSet

__all__ = [
    "INDONESIAN",
    "TASKS",
    "IndonesianRealSkillLineRanking",
    "IndonesianRealTitleRanking",
    "IndonesianSkillLineRanking",
    "IndonesianTitleRanking",
]


class _Missing(StrEnum):
    """What Language of workrb lacks."""

    ID = "id"


#: the member of Language where workrb has one, else ours: workrb asks a language for its `value` only
INDONESIAN = cast(Language, next((lang for lang in Language if lang.value == "id"), _Missing.ID))


class _IndonesianRanking(RankingTask):
    """Indonesian queries; a subclass says which targets, in which languages."""

    languages_of_targets: ClassVar[tuple[Language, ...]] = (Language.EN,)

    def __init__(
        self,
        *,
        languages: list[str] | None = None,
        split: str = "val",
        unsupported_lang_mode: Literal["error", "skip"] = "skip",
    ) -> None:
        """All data sets by default; `languages` keeps those whose queries and targets are in these.

        Raises FileNotFoundError, which names the file, where a set is not there.
        """
        super().__init__(languages=languages, split=split, unsupported_lang_mode=unsupported_lang_mode)

    @abstractmethod
    def read(self, lang: Literal["en", "id"]) -> RankingSet:
        """The set with targets in this language."""

    @property
    def default_metrics(self) -> list[str]:
        return ["mrr", "hit@1", "hit@5", "hit@10"]

    @property
    def supported_query_languages(self) -> list[Language]:
        return [INDONESIAN]

    @property
    def supported_target_languages(self) -> list[Language]:
        return list(self.languages_of_targets)

    @property
    def label_type(self) -> LabelType:
        return LabelType.MULTI_LABEL

    @property
    def split_test_fraction(self) -> float:
        return 0.0

    def _parse_languages(
        self, languages: list[str], unsupported_lang_mode: Literal["error", "skip"]
    ) -> list[Language]:
        """Takes "id" too, which Language of workrb does not know; not needed once it does."""
        others = super()._parse_languages([lang for lang in languages if lang != "id"], unsupported_lang_mode)
        return [INDONESIAN, *others] if "id" in languages else others

    def languages_to_dataset_ids(self, languages: Sequence[Language]) -> list[str]:
        if INDONESIAN not in languages:
            return []
        return [f"idn_q_id_c_{lang.value}" for lang in self.languages_of_targets if lang in languages]

    def get_dataset_languages(self, dataset_id: str) -> DatasetLanguages:
        return DatasetLanguages(frozenset({INDONESIAN}), frozenset({self._target_language(dataset_id)}))

    def load_dataset(self, dataset_id: str, split: DatasetSplit) -> RankingDataset:
        if split != DatasetSplit.VAL:
            raise ValueError(f"split {split.value!r} of {self.name!r} is not published; use 'val'")
        lang = cast(Literal["en", "id"], self._target_language(dataset_id).value)
        found = self.read(lang)
        return RankingDataset(found.queries, found.answers, found.targets, dataset_id=dataset_id)

    def _target_language(self, dataset_id: str) -> Language:
        for lang in self.languages_of_targets:
            if dataset_id == f"idn_q_id_c_{lang.value}":
                return lang
        known = ", ".join(f"idn_q_id_c_{lang.value}" for lang in self.languages_of_targets)
        raise ValueError(f"{self.name!r} has no data set {dataset_id!r}; it has {known}")


class _TitleRanking(_IndonesianRanking):
    """Job titles -> ISCO-08 unit groups, by their English or their Indonesian (KBJI 2014) label."""

    languages_of_targets = (Language.EN, INDONESIAN)

    @property
    def task_group(self) -> RankingTaskGroup:
        return RankingTaskGroup.JOB_NORMALIZATION

    @property
    def query_input_type(self) -> ModelInputType:
        return ModelInputType.JOB_TITLE

    @property
    def target_input_type(self) -> ModelInputType:
        return ModelInputType.JOB_TITLE


class _SkillLineRanking(_IndonesianRanking):
    """Lines of vacancies -> ESCO skills, by their English label; ESCO has no Indonesian ones."""

    @property
    def task_group(self) -> RankingTaskGroup:
        return RankingTaskGroup.SKILL_EXTRACTION

    @property
    def query_input_type(self) -> ModelInputType:
        return ModelInputType.SKILL_SENTENCE

    @property
    def target_input_type(self) -> ModelInputType:
        return ModelInputType.SKILL_NAME


@register_task()
class IndonesianTitleRanking(_TitleRanking):
    """Titles and survey-style answers, written and labelled by a language model for this project."""

    @property
    def name(self) -> str:
        return "Indonesian titles to ISCO-08"

    @property
    def description(self) -> str:
        return "Rank ISCO-08 unit groups for Indonesian job titles written by a language model"

    def read(self, lang: Literal["en", "id"]) -> RankingSet:
        return sets.titles(lang)


@register_task()
class IndonesianSkillLineRanking(_SkillLineRanking):
    """Vacancy lines, written and labelled by a language model for this project; skills of ESCO v1.1.0."""

    @property
    def name(self) -> str:
        return "Indonesian skill lines to ESCO"

    @property
    def description(self) -> str:
        return "Rank ESCO v1.1.0 skills for Indonesian vacancy lines written by a language model"

    def read(self, lang: Literal["en", "id"]) -> RankingSet:
        return sets.skill_lines()


@register_task()
class IndonesianRealTitleRanking(_TitleRanking):
    """Titles of real vacancies and apprenticeship places, labelled by two automatic coders."""

    @property
    def name(self) -> str:
        return "Real Indonesian titles to ISCO-08"

    @property
    def description(self) -> str:
        return "Rank ISCO-08 unit groups for titles of real Indonesian vacancies"

    def read(self, lang: Literal["en", "id"]) -> RankingSet:
        return sets.real_titles(lang)


@register_task()
class IndonesianRealSkillLineRanking(_SkillLineRanking):
    """Lines of real vacancies, labelled by two automatic coders; skills of ESCO v1.2.0."""

    @property
    def name(self) -> str:
        return "Real Indonesian skill lines to ESCO"

    @property
    def description(self) -> str:
        return "Rank ESCO v1.2.0 skills for lines of real Indonesian vacancies"

    def read(self, lang: Literal["en", "id"]) -> RankingSet:
        return sets.real_skill_lines()


TASKS = (
    IndonesianTitleRanking,
    IndonesianSkillLineRanking,
    IndonesianRealTitleRanking,
    IndonesianRealSkillLineRanking,
)
