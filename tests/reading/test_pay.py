"""Pay: every form seen in real columns, in strings of our own, and what must hold for any text."""

from __future__ import annotations

import csv
import string
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from padan.reading.pay import Pay, parse_pay, parse_pay_columns

CASES = Path(__file__).resolve().parents[1] / "data" / "pay_cases.csv"


def _cases() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _int(text: str) -> int | None:
    return int(text) if text else None


@pytest.mark.parametrize("case", _cases(), ids=lambda case: f"{case['country']} {case['text']}")
def test_pay_text_is_read_as_a_person_reads_it(case: dict[str, str]) -> None:
    expected = Pay(
        _int(case["min"]),
        _int(case["max"]),
        case["currency"] or None,
        case["period"] or None,
        tuple(case["flags"].split()),
    )
    assert parse_pay(case["text"], country=case["country"]) == expected


def test_the_table_is_large_and_has_no_repeats() -> None:
    cases = _cases()
    assert len(cases) >= 330
    assert len({(c["text"], c["country"]) for c in cases}) == len(cases)


@pytest.mark.parametrize(
    ("low", "high", "options", "expected"),
    [
        (3_000_000, 4_000_000, {"currency": "IDR"}, Pay(3_000_000, 4_000_000, "IDR", None)),
        ("3000000", "4000000", {"currency": "Rp"}, Pay(3_000_000, 4_000_000, "IDR", None)),
        (3e6, 4e6, {"currency": "idr", "period": "MONTH"}, Pay(3_000_000, 4_000_000, "IDR", "month")),
        (3e6, None, {"currency": "IDR", "period": "per bulan"}, Pay(3_000_000, None, "IDR", "month")),
        ("3.000.000", "4.000.000", {"currency": "IDR"}, Pay(3_000_000, 4_000_000, "IDR", None)),
        ("3000000.0", "4e6", {"currency": "IDR"}, Pay(3_000_000, 4_000_000, "IDR", None)),
        ("3 juta", "4 jt", {"currency": "IDR"}, Pay(3_000_000, 4_000_000, "IDR", None)),
        (0, 4_000_000, {"currency": "IDR"}, Pay(None, 4_000_000, "IDR", None, ("zero",))),
        (0, 0, {"currency": "IDR"}, Pay(None, None, None, None, ("zero",))),
        (None, None, {}, Pay(None, None, None, None, ("not_stated",))),
        ("", "N/A", {}, Pay(None, None, None, None, ("not_stated",))),
        (float("nan"), 4_000_000, {"currency": "IDR"}, Pay(None, 4_000_000, "IDR", None)),
        (float("inf"), None, {"currency": "IDR"}, Pay(None, None, None, None, ("unclear",))),
        (-1, None, {"currency": "IDR"}, Pay(None, None, None, None, ("unclear",))),
        (5_000_000, 4_000_000, {"currency": "IDR"}, Pay(4_000_000, 5_000_000, "IDR", None, ("swapped",))),
        (3_000_000, 4_000_000, {}, Pay(3_000_000, 4_000_000, "IDR", None, ("currency_assumed",))),
        (3000, 4000, {}, Pay(3000, 4000, None, None, ("currency_ambiguous",))),
        (3000, 4000, {"country": "SG"}, Pay(3000, 4000, "SGD", None, ("currency_assumed",))),
        (3000, 4000, {"currency": "$", "country": "SG"}, Pay(3000, 4000, "SGD", None)),
        (3000, 4000, {"currency": "$"}, Pay(3000, 4000, None, None, ("currency_ambiguous",))),
        (1, 5_000_000, {"currency": "IDR"}, Pay(1, 5_000_000, "IDR", None, ("implausible",))),
        (15.5, 15.5, {"currency": "SGD", "period": "HOUR"}, Pay(16, 16, "SGD", "hour", ("rounded",))),
    ],
)
def test_pay_columns(low: object, high: object, options: dict[str, str], expected: Pay) -> None:
    assert parse_pay_columns(low, high, **options) == expected


@pytest.mark.parametrize("period", ["month", "MONTH", "monthly", "per bulan", "bulan", "/bln", "Bulanan"])
def test_period_columns_are_read_in_both_languages(period: str) -> None:
    assert parse_pay_columns(5_000_000, currency="IDR", period=period).period == "month"


def test_a_number_is_taken_like_a_column() -> None:
    assert parse_pay(5_000_000) == Pay(5_000_000, 5_000_000, "IDR", None, ("currency_assumed",))
    assert parse_pay(None) == Pay(None, None, None, None, ("not_stated",))


def _holds(pay: Pay) -> None:
    for value in (pay.min, pay.max):
        assert value is None or (type(value) is int and value > 0)
    assert pay.min is None or pay.max is None or pay.min <= pay.max
    assert pay.period in {None, "hour", "day", "week", "month", "year", "project"}
    assert pay.flags == tuple(sorted(set(pay.flags)))
    if pay.min is None and pay.max is None:
        assert pay.flags, "an unknown amount says why"
        assert pay.currency is None
    else:
        assert "unclear" not in pay.flags


@given(st.text(max_size=200), st.sampled_from(["ID", "SG", "MY", "US", "", "??"]))
@settings(max_examples=400, deadline=None)
def test_any_text_gives_a_sound_answer(text: str, country: str) -> None:
    _holds(parse_pay(text, country=country))


_PAY_PIECES = [
    "Rp", "IDR ", "$", "RM", " - ", "\u2013", "jt", " juta", "rb", "k", ".", ",", "5", "4.500", "000", "/",
    " per bulan", " s/d ", "+", " komisi ", "UMR", " max ", "mulai ", "e6", "(", ")", ",-", "\n", " ",
]  # fmt: skip


@given(st.lists(st.sampled_from(_PAY_PIECES), max_size=14).map("".join))
@example("5.4.500e6")
@settings(max_examples=600, deadline=None)
def test_any_mix_of_pay_words_gives_a_sound_answer(text: str) -> None:
    _holds(parse_pay(text))


_cell = st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=40), st.booleans())


@given(_cell, _cell, st.one_of(st.none(), st.text(max_size=10)), st.one_of(st.none(), st.text(max_size=10)))
@settings(max_examples=300, deadline=None)
def test_any_columns_give_a_sound_answer(
    low: object, high: object, currency: str | None, period: str | None
) -> None:
    pay = parse_pay_columns(low, high, currency=currency, period=period)
    for value in (pay.min, pay.max):
        assert value is None or value > 0
    assert pay.min is None or pay.max is None or pay.min <= pay.max


def _grouped(amount: int, mark: str) -> str:
    return f"{amount:,}".replace(",", mark)


_STYLES: dict[str, Callable[[int, int], str]] = {
    "dots": lambda a, b: f"Rp{_grouped(a, '.')} \u2013 Rp{_grouped(b, '.')} per month",
    "commas": lambda a, b: f"Rp{_grouped(a, ',')} \u2013 Rp{_grouped(b, ',')} per month",
    "cents": lambda a, b: f"Rp {_grouped(a, '.')},00 s/d Rp {_grouped(b, '.')},00 / bulan",
    "dashes": lambda a, b: f"Rp. {_grouped(a, '.')},- sampai Rp. {_grouped(b, '.')},- perbulan",
    "plain": lambda a, b: f"IDR {a} - {b} monthly",
    "spaces": lambda a, b: f"IDR {_grouped(a, ' ')} - {_grouped(b, ' ')} per bulan",
    "thousand": lambda a, b: f"Rp {a // 1000}rb - {b // 1000}rb/bln",
    "million": lambda a, b: f"Rp {a / 1e6:g} - {b / 1e6:g} juta sebulan",
    "comma million": lambda a, b: f"Rp{a / 1e6:g}jt-Rp{b / 1e6:g}jt/bulan".replace(".", ","),
    "behind": lambda a, b: f"{_grouped(a, '.')} - {_grouped(b, '.')} IDR p.m.",
}


@given(st.integers(50, 4_000), st.integers(0, 2_000), st.sampled_from(sorted(_STYLES)))
@settings(max_examples=400, deadline=None)
def test_an_amount_written_in_any_style_comes_back(low: int, more: int, style: str) -> None:
    # Steps of ten thousand: "4,501 juta" is four or four thousand million, and unclear.
    low, high = low * 10_000, (low + more) * 10_000
    pay = parse_pay(_STYLES[style](low, high))
    assert (pay.min, pay.max, pay.currency, pay.period) == (low, high, "IDR", "month")


@given(st.integers(100, 99_999), st.sampled_from(["$", "S$", "SGD "]))
@settings(max_examples=100, deadline=None)
def test_dollars_come_back_in_singapore(amount: int, sign: str) -> None:
    pay = parse_pay(f"{sign}{amount:,} per month", country="SG")
    assert (pay.min, pay.max, pay.currency, pay.period) == (amount, amount, "SGD", "month")


@given(st.integers(1_000_000, 50_000_000))
@settings(max_examples=60, deadline=None)
def test_words_around_do_not_change_the_amount(amount: int) -> None:
    pay = parse_pay(
        f"Gaji pokok Rp {_grouped(amount, '.')} per bulan + tunjangan makan, "
        "jam kerja 08.00 - 17.00, WA 0812-3456-7890"
    )
    assert (pay.min, pay.max, pay.period) == (amount, amount, "month")


@pytest.mark.parametrize(
    "piece",
    [
        "5",
        "5.",
        "5,",
        "5 ",
        "Rp",
        "Rp5 - ",
        "5-",
        "1.000.",
        "jt ",
        "0812-",
        "+62 ",
        " per ",
        "/",
        "(",
        "-",
        "٣",
        "é",
        "s.d ",
    ],
)
@pytest.mark.parametrize("size", [1_999, 100_000])
def test_long_texts_take_bounded_time(piece: str, size: int) -> None:
    text = (piece * size)[:size] + "x"
    start = time.process_time()
    _holds(parse_pay(text))
    assert time.process_time() - start < 1.0


@given(st.text(alphabet=string.digits + ".,- ", max_size=60))
@settings(max_examples=400, deadline=None)
def test_bare_digits_are_never_more_than_they_say(text: str) -> None:
    pay = parse_pay(text)
    _holds(pay)
    digits = sum(ch.isdigit() for ch in text)
    for value in (pay.min, pay.max):
        assert value is None or len(str(value)) <= digits
