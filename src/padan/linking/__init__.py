"""Text -> occupations and skills: normaliser, alias index, fused views, abstention; skills with their
spans.
"""

from padan.linking.encoder import Encoder
from padan.linking.linker import TARGETS, Linked, Linker, Target, training_names
from padan.linking.skills import FoundSkill, SkillFinder

__all__ = ["TARGETS", "Encoder", "FoundSkill", "Linked", "Linker", "SkillFinder", "Target", "training_names"]
