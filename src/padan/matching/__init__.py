"""Who fits which vacancy, exactly and with reasons, in both directions."""

from padan.matching.acceptance import Edges, simulate
from padan.matching.allocate import Allocation, allocate
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
    "Allocation",
    "Edges",
    "Profile",
    "Ranking",
    "Side",
    "SkillRows",
    "Weights",
    "allocate",
    "explain",
    "jobseeker_side",
    "rank",
    "rank_vacancies",
    "simulate",
    "skill_idf",
    "skill_rows",
    "terms_of",
    "vacancy_side",
]
