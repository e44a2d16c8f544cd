"""Dates: forms of files and of people, day before month, Indonesian months, relative to a given today."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from padan.reading.dates import DateResult, parse_date

TODAY = dt.date(2024, 3, 31)
ID_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
    "November", "Desember",
)  # fmt: skip
EN_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@pytest.mark.parametrize(
    ("value", "expected", "flags"),
    [
        ("2024-03-18", "2024-03-18", ""),
        ("2024-03-18 16:50:00", "2024-03-18", ""),
        ("2024-03-18T06:40:18.237Z", "2024-03-18", ""),
        ("2024-03-18T06:40:18+07:00", "2024-03-18", ""),
        ("2024-03-18T23:40:18+07:00", "2024-03-18", ""),
        ("2024-03-18T23:40:18-0500", "2024-03-18", ""),
        ("2024-03-18T18:40:18.237Z", "2024-03-19", "utc_shifted"),
        ("2024-03-18T17:00:00+00:00", "2024-03-19", "utc_shifted"),
        ("2024-03-18T16:59:59Z", "2024-03-18", ""),
        ("20240318T064018Z", "2024-03-18", ""),
        ("2024/03/18", "2024-03-18", ""),
        ("2024.3.18", "2024-03-18", ""),
        ("22/08/2024 11:13:58", "2024-08-22", ""),
        ("22-08-2024", "2024-08-22", ""),
        ("22.08.2024", "2024-08-22", ""),
        ("22/08/24", "2024-08-22", "two_digit_year"),
        ("12/08/2024", "2024-08-12", "day_month_assumed"),
        ("08/08/2024", "2024-08-08", ""),
        ("7/19/2025", "2025-07-19", "month_first"),
        ("8 Maret 2024", "2024-03-08", ""),
        ("08 Mar 2024", "2024-03-08", ""),
        ("8 Mar. 2024", "2024-03-08", ""),
        ("08-Mar-24", "2024-03-08", "two_digit_year"),
        ("March 8, 2024", "2024-03-08", ""),
        ("Mar 8th, 2024", "2024-03-08", ""),
        ("8th of March 2024", "2024-03-08", ""),
        ("2024 Mar 8", "2024-03-08", ""),
        ("8 Agt 2024", "2024-08-08", ""),
        ("8 Agust 2024", "2024-08-08", ""),
        ("8 Agu 2024", "2024-08-08", ""),
        ("5 Okt 2024", "2024-10-05", ""),
        ("31 Des 2024", "2024-12-31", ""),
        ("1 Mei 2024", "2024-05-01", ""),
        ("3 Nopember 2024", "2024-11-03", ""),
        ("1 Pebruari 2024", "2024-02-01", ""),
        ("Senin, 8 Januari 2024", "2024-01-08", ""),
        ("Thu, 23 Oct 2025 02:12:00 GMT", "2025-10-23", ""),
        ("Thu, 23 Oct 2025 22:12:00 GMT", "2025-10-24", "utc_shifted"),
        ("Batas lamaran: 31 Desember 2024 pukul 23:59 WIB", "2024-12-31", ""),
        ("Posted on 8 March 2024", "2024-03-08", ""),
        (1761184610, "2025-10-23", ""),
        ("1761184610", "2025-10-23", ""),
        (1761184610000, "2025-10-23", ""),
        (1735664400, "2025-01-01", ""),  # 2024-12-31 17:00 UTC
        (1735664399, "2024-12-31", ""),
        (20240822, "2024-08-22", "compact"),
        ("20240822", "2024-08-22", "compact"),
        ("22082024", "2024-08-22", "compact"),
        (45292, "2024-01-01", "excel_serial"),
        ("45292.5", "2024-01-01", "excel_serial"),
        (dt.date(2024, 3, 8), "2024-03-08", ""),
        (dt.datetime(2024, 3, 8, 23, 30), "2024-03-08", ""),
        (dt.datetime(2024, 3, 8, 23, 30, tzinfo=dt.UTC), "2024-03-09", "utc_shifted"),
        ("3 hari lalu", "2024-03-28", "relative"),
        ("3 hari yang lalu", "2024-03-28", "relative"),
        ("Diposting 14 hari yang lalu", "2024-03-17", "relative"),
        ("5d ago", "2024-03-26", "relative"),
        ("updated 2 days ago", "2024-03-29", "relative"),
        ("30+ days ago", "2024-03-01", "relative approximate"),
        ("kemarin", "2024-03-30", "relative"),
        ("yesterday", "2024-03-30", "relative"),
        ("hari ini", "2024-03-31", "relative"),
        ("baru saja", "2024-03-31", "relative"),
        ("2 minggu yang lalu", "2024-03-17", "relative"),
        ("seminggu yang lalu", "2024-03-24", "relative"),
        ("sebulan yang lalu", "2024-02-29", "relative approximate"),
        ("a month ago", "2024-02-29", "relative approximate"),
        ("setahun lalu", "2023-03-31", "relative approximate"),
        ("Posted 5h ago", "2024-03-31", "relative approximate"),
        ("45 menit yang lalu", "2024-03-31", "relative approximate"),
        ("besok", "2024-04-01", "relative"),
        ("3 hari lagi", "2024-04-03", "relative"),
        ("31/02/2024", None, "impossible"),
        ("30 Februari 2024", None, "impossible"),
        ("29/02/2023", None, "impossible"),
        ("13/13/2024", None, "impossible"),
        ("2024-13-01", None, "impossible"),
        ("01/01/1899", None, "out_of_range"),
        ("01/01/2150", None, "out_of_range"),
        ("Maret 2024", None, "incomplete"),
        ("8 Maret", None, "incomplete"),
        ("2024", None, "incomplete"),
        ("2024-08", None, "incomplete"),
        ("1 Maret 2024 - 31 Maret 2024", None, "several"),
        ("1 - 31 Maret 2024", None, "several"),
        ("", None, "empty"),
        ("-", None, "empty"),
        ("N/A", None, "empty"),
        (None, None, "empty"),
        ("segera", None, "unreadable"),
        (True, None, "unreadable"),
        (-5, None, "unreadable"),
        (float("nan"), None, "unreadable"),
        ("x" * 201, None, "too_long"),
    ],
)
def test_date_forms(value: object, expected: str | None, flags: str) -> None:
    wanted = DateResult(dt.date.fromisoformat(expected) if expected else None, tuple(flags.split()))
    assert parse_date(value, today=TODAY) == wanted


@pytest.mark.parametrize("text", ["3 hari lalu", "kemarin", "baru saja", "30+ days ago", "sebulan yang lalu"])
def test_relative_dates_need_a_today(text: str) -> None:
    assert parse_date(text) == DateResult(None, ("relative_no_today",))


def test_month_first_sources_can_say_so() -> None:
    assert parse_date("12/08/2024", day_first=False) == DateResult(
        dt.date(2024, 12, 8), ("day_month_assumed",)
    )
    assert parse_date("22/08/2024", day_first=False) == DateResult(dt.date(2024, 8, 22), ("day_first",))


_days = st.dates(dt.date(1950, 1, 1), dt.date(2100, 12, 31))
_FORMS: dict[str, Callable[[dt.date], str]] = {
    "iso": lambda d: d.isoformat(),
    "slashes": lambda d: f"{d.day:02}/{d.month:02}/{d.year}",
    "indonesian": lambda d: f"{d.day} {ID_MONTHS[d.month - 1]} {d.year}",
    "english": lambda d: f"{EN_MONTHS[d.month - 1]} {d.day}, {d.year}",
    "with time": lambda d: f"{d.isoformat()} 08:15:00",
    "year first": lambda d: f"{d.year}/{d.month}/{d.day}",
    "compact": lambda d: f"{d.year}{d.month:02}{d.day:02}",
}


@given(_days, st.sampled_from(sorted(_FORMS)))
@settings(max_examples=400, deadline=None)
def test_a_date_written_in_any_form_comes_back(day: dt.date, form: str) -> None:
    assert parse_date(_FORMS[form](day)).date == day


@given(st.datetimes(dt.datetime(1991, 1, 1), dt.datetime(2099, 12, 31)))
@settings(max_examples=200, deadline=None)
def test_seconds_are_the_day_in_western_indonesia(moment: dt.datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=dt.UTC)
    expected = (moment + dt.timedelta(hours=7)).date()
    assert parse_date(int(moment.timestamp())).date == expected
    assert parse_date(int(moment.timestamp()) * 1000).date == expected
    assert parse_date(moment.isoformat().replace("+00:00", "Z")).date == expected


_anything = st.one_of(
    st.text(max_size=120),
    st.text(alphabet="0123456789/-.: TZagolhri", max_size=40),
    st.integers(),
    st.floats(),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.dates(),
)


@given(_anything, st.one_of(st.none(), st.dates()))
@settings(max_examples=600, deadline=None)
def test_any_value_gives_a_sound_answer(value: object, today: dt.date | None) -> None:
    result = parse_date(value, today=today)
    if result.date is None:
        assert result.flags
    else:
        assert 1950 <= result.date.year <= 2100


@pytest.mark.parametrize("piece", ["1", "1/", "1-", "12 ", "mar ", "1 mar ", ": ", "1 hari ", "a"])
def test_long_texts_take_bounded_time(piece: str) -> None:
    start = time.process_time()
    for size in (200, 100_000):
        parse_date((piece * size)[:size], today=TODAY)
    assert time.process_time() - start < 0.5
