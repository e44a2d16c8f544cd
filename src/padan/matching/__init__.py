"""Who fits which vacancy, exactly and with reasons, in both directions."""

from padan.matching.explain import EXPLAINED, explain
from padan.matching.features import (
    Profile,
    Side,
    SkillRows,
    jobseeker_side,
    skill_idf,
    skill_rows,
    vacancy_side,
)
from padan.matching.rank import TERMS, Ranking, Weights, rank, rank_vacancies, terms_of

__all__ = [
    "EXPLAINED",
    "TERMS",
    "Profile",
    "Ranking",
    "Side",
    "SkillRows",
    "Weights",
    "explain",
    "jobseeker_side",
    "rank",
    "rank_vacancies",
    "skill_idf",
    "skill_rows",
    "terms_of",
    "vacancy_side",
]
