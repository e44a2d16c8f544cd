"""Who fits which vacancy, exactly and with reasons, in both directions."""

from padan.matching.acceptance import Edges, simulate
from padan.matching.advice import advise, odds, why
from padan.matching.allocate import Allocation, allocate
from padan.matching.engine import Engine, LocalEngine, Shared
from padan.matching.explain import EXPLAINED, explain, rank_explained
from padan.matching.features import (
    Profile,
    Side,
    SkillRows,
    jobseeker_side,
    skill_idf,
    skill_rows,
    vacancy_side,
)
from padan.matching.graph import Candidates, candidates, rank_on
from padan.matching.index import Index, Ranking, Weights
from padan.matching.overrides import Override, apply_overrides, read_overrides
from padan.matching.propensity import edges_with, fit, prior_propensities
from padan.matching.rank import TERMS, rank, rank_jobseekers, rank_vacancies, terms_of
from padan.matching.rounds import spread_fills
from padan.matching.spark import SparkEngine

__all__ = [
    "EXPLAINED",
    "TERMS",
    "Allocation",
    "Candidates",
    "Edges",
    "Engine",
    "Index",
    "LocalEngine",
    "Override",
    "Profile",
    "Ranking",
    "Shared",
    "Side",
    "SkillRows",
    "SparkEngine",
    "Weights",
    "advise",
    "allocate",
    "apply_overrides",
    "candidates",
    "edges_with",
    "explain",
    "fit",
    "jobseeker_side",
    "odds",
    "prior_propensities",
    "rank",
    "rank_explained",
    "rank_jobseekers",
    "rank_on",
    "rank_vacancies",
    "read_overrides",
    "simulate",
    "skill_idf",
    "skill_rows",
    "spread_fills",
    "terms_of",
    "vacancy_side",
    "why",
]
