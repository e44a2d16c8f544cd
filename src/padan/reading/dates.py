"""Which day: dates as files and people write them -> a date, and what was assumed.

    parse_date("22/08/2024 11:13:58")                  2024-08-22
    parse_date("8 Agt 2024"), parse_date("March 8, 2024")
    parse_date(1761184610)                             2025-10-23, seconds since 1970
    parse_date("3 hari yang lalu", today=…)            counted from `today`; without it None

Day comes before month where both readings are possible (flag day_month_assumed unless they are equal). A
written time of day is dropped. Instants in UTC (seconds since 1970, "Z", "GMT") become the day in western
Indonesian time (WIB, UTC+7, which has no summer time), with the flag utc_shifted if that is another day than
written; a date with another offset is the day as its writer saw it. The clock is never read.

Flags: approximate (hours, months and "30+ days" back), compact, day_first, day_month_assumed, empty,
excel_serial, impossible (31 February), incomplete (no day or no year), month_first, out_of_range (not in 1950
to 2100), relative, relative_no_today, several, too_long, two_digit_year, unreadable, utc_shifted. The date is
None with empty, impossible, incomplete, out_of_range, relative_no_today, several, too_long and unreadable.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
import unicodedata
from dataclasses import dataclass

__all__ = ["DateResult", "parse_date"]

WIB = dt.timezone(dt.timedelta(hours=7), "WIB")
FIRST_YEAR, LAST_YEAR = 1950, 2100
MAX_CHARS = 200

# Serial day numbers of spreadsheets, 2000 to 2049; 25569 is 1970-01-01.
_EXCEL = range(36_526, 54_789)
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_SECONDS = range(631_152_000, 4_133_894_400)  # 1990 to 2100

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januari january",
            "feb februari february pebruari peb",
            "mar maret march mrt",
            "apr april",
            "mei may",
            "jun juni june",
            "jul juli july",
            "agu agt ags agust agustus aug august",
            "sep sept september",
            "okt oct oktober october",
            "nov nop november nopember",
            "des dec desember december",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_EMPTY = re.compile(
    r"[-\u2013\s.]*|n\.?/?a\.?|none|null|nan|nat|not specified|tidak ada|tba|tbd"
    r"|00?[/-]00?[/-]0000|0000-00-00"
)
_TIME = r"(?:[t ,]+(?P<time>\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[.,]\d{1,9})?\s?(?:am|pm)?))?"
_ZONE = r"(?:\s?(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})(?![a-z\d]))?"
_YEAR_FIRST = re.compile(
    r"(?<![\d/.-])(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?![\d/])" + _TIME + _ZONE
)
_YEAR_LAST = re.compile(
    r"(?<![\d/.-])(?P<a>\d{1,2})\s?[-/.]\s?(?P<b>\d{1,2})\s?[-/.]\s?(?P<y>\d{4}|\d{2})(?![\d/])"
    + _TIME
    + _ZONE
)
_DAY_NAMED = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s./-]{{0,3}}(?:of )?(?P<m>{_MONTH})\b\.?[\s,./'-]{{0,3}}"
    r"(?P<y>\d{4}|\d{2})(?!\d)" + _TIME + _ZONE
)
_NAMED_DAY = re.compile(
    rf"\b(?P<m>{_MONTH})\.?\s{{0,3}}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s,]{{1,3}}(?P<y>\d{{4}})(?!\d)"
    + _TIME
    + _ZONE
)
_YEAR_NAMED = re.compile(
    rf"(?<!\d)(?P<y>\d{{4}})[\s./-]{{0,3}}(?P<m>{_MONTH})\b\.?[\s./-]{{0,3}}(?P<d>\d{{1,2}})(?!\d)"
)
_DAYS_NAMED = re.compile(rf"(?<!\d)\d{{1,2}}\s?(?:[-\u2013]|s/d|sampai|to)\s?\d{{1,2}}\s?(?:{_MONTH})\b")
_COMPACT_TIME = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})t(?P<time>\d{2})\d{2,4}(?P<zone>z)?")
_INCOMPLETE = re.compile(
    rf"(?<!\d)\d{{1,2}}[\s-]{{0,3}}(?:{_MONTH})\b|\b(?:{_MONTH})\.?[\s-]{{0,3}}\d{{1,4}}(?!\d)"
    r"|^\d{4}$|^\d{4}[-/]\d{1,2}$|^\d{1,2}[-/]\d{4}$|^\d{1,2}[-/]\d{1,2}$"
)
_UNITS = {
    "hour": "jam hours hour hrs hr h menit minutes minute mins min m detik seconds second secs sec s",
    "day": "hari days day d hr",
    "week": "minggu pekan weeks week wks wk w",
    "month": "bulan bln months month mos mo",
    "year": "tahun thn years year yrs yr y",
}
_UNIT_OF = {word: unit for unit, words in reversed(_UNITS.items()) for word in words.split()}
_UNIT_OF.update({"hr": "hour"})
_UNIT = "|".join(sorted(_UNIT_OF, key=len, reverse=True))
_AGO = re.compile(
    rf"(?<![\d/.-])(?P<n>\d{{1,4}}|a|an|one|se)\s?(?P<more>\+)?\s?(?P<unit>{_UNIT})\b"
    r"\s{0,2}(?:yang\s)?(?:lalu|ago|yg lalu)\b"
)
_AHEAD = re.compile(rf"\b(?:in\s)?(?P<n>\d{{1,3}})\s?(?P<unit>{_UNIT})\b\s(?:lagi|left|from now)\b")
_DAYS = (
    (re.compile(r"\b(?:kemarin lusa|day before yesterday)\b"), -2),
    (re.compile(r"\b(?:hari ini|today|baru saja|barusan|just now|just posted|sekarang|now|tadi)\b"), 0),
    (re.compile(r"\b(?:kemarin|kemaren|yesterday)\b"), -1),
    (re.compile(r"\b(?:besok|tomorrow)\b"), 1),
    (re.compile(r"\blusa\b"), 2),
)


@dataclass(frozen=True, slots=True)
class DateResult:
    """A date or None, and what was assumed or wrong."""

    date: dt.date | None
    flags: tuple[str, ...] = ()


def parse_date(value: object, *, today: dt.date | None = None, day_first: bool = True) -> DateResult:
    """Read one date from text, a number, a date or a datetime. Never raises.

    today      the day that "3 days ago" counts from, usually the day the source was read
    day_first  what "12/08/2024" means; False for sources of the United States
    """
    if value is None:
        return DateResult(None, ("empty",))
    if isinstance(value, dt.datetime):
        return _instant(value) if value.tzinfo else _in_range(value.date(), [])
    if isinstance(value, dt.date):
        return _in_range(value, [])
    if isinstance(value, bool):
        return DateResult(None, ("unreadable",))
    if isinstance(value, (int, float)):
        return _from_number(float(value))
    text = str(value)
    if len(text) > MAX_CHARS:
        return DateResult(None, ("too_long",))
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    if _EMPTY.fullmatch(plain):
        return DateResult(None, ("empty",))
    if re.fullmatch(r"[0-9]{4,17}(?:\.[0-9]{1,9})?", plain):
        return _from_number(float(plain), digits=plain)
    if compact := _COMPACT_TIME.fullmatch(plain):
        return _from_match(compact, day_first)
    if _DAYS_NAMED.search(plain):
        return DateResult(None, ("several",))
    found: dict[DateResult, None] = {}
    rest = plain
    for pattern in (_YEAR_FIRST, _DAY_NAMED, _NAMED_DAY, _YEAR_NAMED, _YEAR_LAST):
        for match in pattern.finditer(rest):
            found[_from_match(match, day_first)] = None
        rest = pattern.sub(" ", rest)
    if len({result.date for result in found}) > 1:
        return DateResult(None, ("several",))
    if found:
        return next(iter(found))
    missing = "incomplete" if _INCOMPLETE.search(plain) else "unreadable"
    return _relative(plain, today) or DateResult(None, (missing,))


def _from_match(match: re.Match[str], day_first: bool) -> DateResult:
    part = match.groupdict()
    flags: list[str] = []
    year = int(part["y"])
    if len(part["y"]) == 2:
        # 70 to 99 are years of birth or old records
        year += 2000 if year < 70 else 1900
        flags.append("two_digit_year")
    if "a" in part:
        first, second = int(part["a"]), int(part["b"])
        day, month = (first, second) if day_first else (second, first)
        if month > 12 and day <= 12:
            day, month = month, day
            flags.append("month_first" if day_first else "day_first")
        elif first <= 12 and second <= 12 and first != second:
            flags.append("day_month_assumed")
    else:
        day = int(part["d"])
        month = int(part["m"]) if part["m"].isdecimal() else _MONTHS[part["m"]]
    try:
        day_found = dt.date(year, month, day)
    except ValueError:
        return DateResult(None, ("impossible",))
    if (part.get("zone") or "") in ("z", "utc", "gmt", "+0000", "+00:00") and part.get("time"):
        clock = re.findall(r"\d+", part["time"])
        hour = int(clock[0]) % 12 + 12 if part["time"].endswith("pm") else int(clock[0])
        if hour >= 17 and hour < 24:
            day_found += dt.timedelta(days=1)
            flags.append("utc_shifted")
    return _in_range(day_found, flags)


def _from_number(number: float, *, digits: str = "") -> DateResult:
    """Spreadsheet serials, YYYYMMDD, (milli-, micro-)seconds since 1970: their ranges do not meet."""
    if not math.isfinite(number) or number <= 0:
        return DateResult(None, ("unreadable",))
    whole = int(number)
    if whole in _EXCEL:
        return DateResult(_EXCEL_EPOCH + dt.timedelta(days=whole), ("excel_serial",))
    for scale in (1, 1_000, 1_000_000):
        if whole // scale in _SECONDS:
            return _instant(dt.datetime.fromtimestamp(whole // scale, tz=dt.UTC), mark_shift=False)
    compact = digits if len(digits) == 8 else str(whole)
    if len(compact) == 8 and compact.isdecimal():
        for year, month, day in (
            (compact[:4], compact[4:6], compact[6:]),
            (compact[4:], compact[2:4], compact[:2]),
        ):
            if FIRST_YEAR <= int(year) <= LAST_YEAR:
                try:
                    return DateResult(dt.date(int(year), int(month), int(day)), ("compact",))
                except ValueError:
                    continue
        return DateResult(None, ("impossible",))
    if FIRST_YEAR <= whole <= LAST_YEAR:
        return DateResult(None, ("incomplete",))
    return DateResult(None, ("unreadable",))


def _instant(moment: dt.datetime, *, mark_shift: bool = True) -> DateResult:
    if moment.utcoffset() != dt.timedelta(0):
        return _in_range(moment.date(), [])
    try:
        day = moment.astimezone(WIB).date()
    except OverflowError:
        return DateResult(None, ("out_of_range",))
    return _in_range(day, ["utc_shifted"] if mark_shift and day != moment.date() else [])


def _relative(plain: str, today: dt.date | None) -> DateResult | None:
    days: int | None = None
    months = 0
    flags = ["relative"]
    plain = re.sub(r"\bse(?=jam|hari|minggu|pekan|bulan|tahun)", "se ", plain)
    ago, ahead = _AGO.search(plain), _AHEAD.search(plain)
    if match := ago or ahead:
        count = int(match["n"]) if match["n"].isdecimal() else 1
        unit = _UNIT_OF[match["unit"]]
        sign = -1 if ago else 1
        if unit == "hour":
            # How many hours the day is old is not known.
            days = sign * (count // 24) if match["unit"] in ("jam", "hours", "hour", "hrs", "hr", "h") else 0
            flags.append("approximate")
        elif unit in ("day", "week"):
            days = sign * count * (7 if unit == "week" else 1)
        else:
            months = sign * count * (12 if unit == "year" else 1)
            flags.append("approximate")
        if ago and ago["more"] and "approximate" not in flags:
            flags.append("approximate")
    else:
        for pattern, offset in _DAYS:
            if pattern.search(plain):
                days = offset
                break
    if days is None and not months:
        return None
    if today is None:
        return DateResult(None, ("relative_no_today",))
    try:
        return _in_range(_add_months(today, months) + dt.timedelta(days=days or 0), flags)
    except (OverflowError, ValueError):
        return DateResult(None, ("out_of_range",))


def _add_months(day: dt.date, months: int) -> dt.date:
    """The same day of another month, or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise OverflowError
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _in_range(day: dt.date, flags: list[str]) -> DateResult:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return DateResult(None, ("out_of_range",))
    return DateResult(day, tuple(flags))
