"""Text -> occupations and skills: normaliser, alias index, fused views, abstention; skills with their
spans.
"""

from padan.linking.encoder import Encoder, Lesson
from padan.linking.index import Encodes
from padan.linking.lesson import lesson
from padan.linking.linker import Linked, Linker
from padan.linking.sentence import SentenceEncoder
from padan.linking.skills import FoundSkill, SkillFinder
from padan.linking.targets import TARGETS, Target

__all__ = [
    "TARGETS",
    "Encoder",
    "Encodes",
    "FoundSkill",
    "Lesson",
    "Linked",
    "Linker",
    "SentenceEncoder",
    "SkillFinder",
    "Target",
    "lesson",
]
