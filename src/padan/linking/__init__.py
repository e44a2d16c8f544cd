"""Text -> occupations and skills: normaliser, alias index, fused views, abstention; skills with their spans."""

from padan.linking.linker import TARGETS, Linked, Linker, Target
from padan.linking.skills import FoundSkill, SkillFinder

__all__ = ["TARGETS", "FoundSkill", "Linked", "Linker", "SkillFinder", "Target"]
