"""Files in, records out: tables, JSON, feeds and CVs; pay, dates, places; repeats. Nothing is lost
silently.
"""

from padan.reading.dates import DateResult, parse_date
from padan.reading.formats import Limits
from padan.reading.mapping import MappingFile, load_mapping, mapping_fields
from padan.reading.pay import Pay, parse_pay, parse_pay_columns
from padan.reading.read import Account, ReadResult, RepeatedRow, propose_mapping, read, read_many
from padan.reading.records import Rejected, parse_experience
from padan.reading.repeats import Repeats
from padan.reading.text import clean_line, clean_text, language_of, redact

__all__ = [
    "Account",
    "DateResult",
    "Limits",
    "MappingFile",
    "Pay",
    "ReadResult",
    "Rejected",
    "RepeatedRow",
    "Repeats",
    "clean_line",
    "clean_text",
    "language_of",
    "load_mapping",
    "mapping_fields",
    "parse_date",
    "parse_experience",
    "parse_pay",
    "parse_pay_columns",
    "propose_mapping",
    "read",
    "read_many",
    "redact",
]
