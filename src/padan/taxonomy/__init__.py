"""Classifications: schemes, concepts, crosswalks; the starter pack in two languages; importers of official
files.
"""

from padan.taxonomy.scheme import SCHEMES, Library, Scheme, SchemeInfo
from padan.taxonomy.starter_pack import read_rows, starter, starter_digest, starter_esco

__all__ = [
    "SCHEMES",
    "Library",
    "Scheme",
    "SchemeInfo",
    "read_rows",
    "starter",
    "starter_digest",
    "starter_esco",
]
