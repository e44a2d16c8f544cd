"""What does it pay: pay as people write it -> lowest and highest amount, currency, period, what is doubtful.

    parse_pay("Rp4,2jt - Rp6jt per bulan")          Pay(4200000, 6000000, "IDR", "month", ())
    parse_pay("4-6 juta")                           Pay(4000000, 6000000, "IDR", None, ("currency_assumed",))
    parse_pay_columns(0, 5000000, currency="IDR")   Pay(None, 5000000, "IDR", None, ("zero",))

Amounts are int in the major unit of the currency. `min` equals `max` where one amount is stated; one of them
is None for "from" and "up to". The period is what the text says, never a guess. A wrong number is worse than
none: a text with several unrelated amounts, or an amount that reads in two ways, gives None and flag unclear.

Method: one pass splits the text into numbers, currencies, units, periods and words; phone numbers, dates,
times and percentages are taken out first. An amount counts as pay if it has a currency or unit, or grouped
digits beside a pay word, and no word such as "target" or "bonus" stands before it. Of "." and "," the last is
the decimal mark if one or two digits follow, and groups of three are thousands; all else is unclear. The
words are in `countries/indonesia/words.yaml`.

Flags: approximate, currency_ambiguous ("$" without a country), currency_assumed, currency_conflict, extras
(allowances besides), implausible (kept as written), minimum_wage (UMR, UMK, UMP), mixed_separators,
negotiable, not_stated, period_doubtful (a year's pay that fits a month, or pay for 3 months), rounded,
swapped, too_long, unclear, unit_inferred ("5jt - 6"), variable (commission, bonus), zero.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

__all__ = ["Pay", "parse_pay", "parse_pay_columns"]

MAX_CHARS = 2000  #: pay fields are short; a description is not searched for pay
MAX_DIGITS = 12  #: longer runs are account, phone or identity numbers


@dataclass(frozen=True, slots=True)
class Pay:
    """Pay as stated. `period` is hour, day, week, month, year or project."""

    min: int | None
    max: int | None
    currency: str | None  #: ISO 4217
    period: str | None
    flags: tuple[str, ...] = ()


# Country -> its currency, the currency its "$" means, and the least bare number that is taken as pay there.
_COUNTRY: dict[str, tuple[str, str | None, int]] = {
    "ID": ("IDR", None, 100_000),
    "MY": ("MYR", None, 500),
    "SG": ("SGD", "SGD", 500),
    "BN": ("BND", "BND", 300),
    "HK": ("HKD", "HKD", 3000),
    "TW": ("TWD", None, 10_000),
    "AU": ("AUD", "AUD", 500),
    "NZ": ("NZD", "NZD", 500),
    "CA": ("CAD", "CAD", 500),
    "US": ("USD", "USD", 500),
}
# (hour, day, week, month, year, project or not stated): outside these an amount is implausible.
_PLAUSIBLE: dict[str, dict[str | None, tuple[int, int]]] = {
    "IDR": {
        "hour": (3_000, 2_000_000),
        "day": (20_000, 20_000_000),
        "week": (75_000, 100_000_000),
        "month": (300_000, 500_000_000),
        "year": (3_000_000, 6_000_000_000),
        "project": (1_000, 5_000_000_000),
        None: (20_000, 500_000_000),
    },
    "*": {
        "hour": (1, 2_000),
        "day": (5, 20_000),
        "week": (20, 100_000),
        "month": (80, 500_000),
        "year": (800, 5_000_000),
        "project": (1, 10_000_000),
        None: (5, 5_000_000),
    },
}
_PLAUSIBLE["JPY"] = _PLAUSIBLE["KRW"] = {None: (500, 100_000_000), "month": (10_000, 50_000_000)}
_PLAUSIBLE["VND"] = {None: (10_000, 1_000_000_000), "month": (500_000, 1_000_000_000)}
# A year's pay that is less than twelve of these is more likely a month's.
_LEAST_MONTH = {"IDR": 2_000_000, "SGD": 600, "MYR": 600, "HKD": 4_000, "USD": 80}

_NEGOTIABLE = re.compile(
    r"\b(?:nego\w{0,12}|kompetiti[fv]e?|competitive|kesepakatan|menarik|attractive|to be discussed|tbd|tba"
    r"|dibicarakan|didiskusikan|commensurate|depends? on|doe|open (?:for )?discussion"
    r"|(?:sesuai|berdasarkan) (?:pengalaman|kemampuan|kualifikasi|standar|skill|kinerja)"
    r"|based on (?:experience|qualifications?|skills?))\b"
)
_MINIMUM_WAGE = re.compile(
    r"\b(?:um[rkp]|umsk|ump/umk|upah minimum|minimum wage|gaji minimum (?:regional|kota|provinsi))\b"
)
_NOT_STATED = re.compile(
    r"^(?:[-\u2013\u2014.\s?*]*|n\.?/?a\.?|not (?:specified|stated|disclosed|available|mentioned|applicable)"
    r"|unspecified|undisclosed|confidential|hidden|none|null|nan|nil|kosong|rahasia|unpaid|volunteer"
    r"|(?:gaji )?(?:tidak|belum) (?:di\w{2,20}|ada|tersedia)|(?:gaji )?dirahasiakan|unknown)$"
)
# Things with digits that are no pay. Each starts at a digit or sign and is bounded, so the scan is linear.
_NO_AMOUNT = re.compile(
    r"(?<![\d.,])(?:\+62|62|0)\s?-?8\d{1,2}[\s.-]?\d{3,5}[\s.-]?\d{2,5}(?![\d.,])"  # mobile numbers
    r"|(?<![\d.,])\(?0\d{2,3}\)?[\s-]\d{6,8}(?![\d.,])"  # land lines
    r"|(?<!\d)\d{13,}(?!\d)"  # identity and account numbers
    r"|(?<![\d.,])\d{1,2}[/-]\d{1,2}[/-](?:19|20)\d{2}(?!\d)"
    r"|(?<![\d.,])(?:19|20)\d{2}[/-]\d{1,2}[/-]\d{1,2}(?!\d)"
    r"|(?<![\d.,])[0-2]?\d[.:][0-5]\d\s?(?:-|s/d|sampai)\s?[0-2]?\d[.:][0-5]\d"  # hours of work
    r"(?![\d.,]|\s?(?:jt|juta|rb|ribu|k|mio|million))"
    r"|(?<![\d.,])[0-2]?\d[.:][0-5]\d\s?(?:wib|wita|wit|am|pm)\b"
    r"|\d{1,3}(?:[.,]\d{1,2})?\s?%"
)
_PRICE_TAIL = re.compile(r"(?<=\d)\s?[,.]\s?-{1,2}(?=\s|$|[^\d\s])")  # "5.000.000,-"
_FROM_TO_PHRASES = (
    (re.compile(r"\b(?:up to|as high as)\b"), " upto "),
    (
        re.compile(r"\b(?:di ?atas|lebih dari|more than|at least|paling sedikit|sekurang-kurangnya)\b"),
        " min ",
    ),
    (re.compile(r"\b(?:di ?bawah|less than|paling banyak|at most|kurang dari)\b"), " max "),
    (
        re.compile(r"([-\u2013\d]|\b(?:jt|juta|s/d))\s*(?:up|unlimited|(?:tak|tidak) ter(?:batas|hingga))\b"),
        r"\1 &up ",
    ),
    (re.compile(r"\b(?:ke ?atas|and above|or more|dan seterusnya)\b"), " &up "),
    (re.compile(r"\bs\.?\s?/?\s?d\b\.?"), " s/d "),
    (re.compile(r"\bsampai dengan\b"), " s/d "),
    (re.compile(r"\b(?:take home pay)\b"), " thp "),
    (re.compile(r"\b(?:p\.m\.?|pcm|p/m)(?![a-z])"), " perbulan "),
    (re.compile(r"\b(?:p\.a\.?|p/a)(?![a-z])"), " pertahun "),
    (re.compile(r"(?<=[\dk])\s+pm\b"), " perbulan "),
    (re.compile(r"(?<=[\dk])\s+pa\b"), " pertahun "),
)
_ROUGH = re.compile(
    r"\b(?:sekitar|kurang lebih|lebih kurang|approx\w{0,8}|around|about|kira-kira|circa)\b|±|\+/-"
)
_UNREADABLE = Decimal(-1)
_UNCLEAR = Pay(None, None, None, None)
_TOKEN = re.compile(
    r"(?P<number>\d{1,3}(?: \d{3})+(?![\d.,])|\d+(?:[.,']\d+)*(?:e\+?\d{1,2}(?![a-z\d]))?)"
    r"|(?P<money>(?:us|s|hk|a|au|nz|ca|c|nt|b)?\$|[€£¥₩₹₱฿₫])"
    r"|(?P<word>&up|s/d|(?:jt|juta|rb)['-]an(?![a-z])|[^\W\d_]+)"
    r"|(?P<sign>>=|<=|[><≥≤+/@;\n]|[-\u2013\u2014~])"
    r"|(?P<other>\S)"
)


@dataclass(frozen=True, slots=True)
class _Words:
    """The `pay` lists of words.yaml."""

    currency: Mapping[str, str]
    unit: Mapping[str, int]
    period: Mapping[str, str]
    period_alone: frozenset[str]
    rough_units: frozenset[str]
    pay_words: frozenset[str]
    base_words: frozenset[str]
    variable: frozenset[str]
    extras: frozenset[str]
    not_pay: frozenset[str]
    counted: frozenset[str]
    lower: frozenset[str]
    upper: frozenset[str]
    range: frozenset[str]


@cache
def _words() -> _Words:
    source = files("padan.countries.indonesia").joinpath("words.yaml")
    lists = yaml.safe_load(source.read_text(encoding="utf-8"))["pay"]

    def turned(name: str) -> dict[str, Any]:
        return {word: value for value, words in lists[name].items() for word in words}

    return _Words(
        currency=turned("currencies"),
        unit=turned("units"),
        period=turned("periods"),
        **{f: frozenset(lists[f]) for f in _Words.__slots__ if f not in ("currency", "unit", "period")},
    )


@dataclass(slots=True)
class _Amount:
    """A number of the text with what belongs to it."""

    value: Decimal
    grouped: bool  # thousands separators, or seven digits and more: looks like money without a unit
    unit: int | None = None
    currency: str | None = None
    bound: str | None = None  # "min" or "max"
    context: str = "base"  # "extra" after bonus words and "+", "no" after words like target
    counted: bool = False
    period: str | None = None
    spans: bool = False  # "/ 3" of "/ 3 bulan": counts periods if a period follows
    linked: bool = False  # the upper end of a range that began with the amount before
    flags: set[str] = field(default_factory=set)

    @property
    def total(self) -> Decimal:
        return self.value * (self.unit or 1)


def parse_pay(text: str | int | float | None, *, country: str = "ID") -> Pay:
    """Read pay from a text field.

    country  ISO code of where the vacancy is: decides what "$" and a bare number mean

    Never raises; text longer than 2,000 characters is not read (flag too_long). Work is linear in the text.
    """
    if text is None or isinstance(text, (int, float)):
        return parse_pay_columns(text, text, country=country)
    if len(text) > MAX_CHARS:
        return Pay(None, None, None, None, ("too_long",))
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    if _NOT_STATED.match(plain):
        return Pay(None, None, None, None, ("not_stated",))

    flags: set[str] = set()
    if _NEGOTIABLE.search(plain):
        flags.add("negotiable")
    if _MINIMUM_WAGE.search(plain):
        flags.add("minimum_wage")
        plain = _MINIMUM_WAGE.sub(" umr ", plain)
    if _ROUGH.search(plain):
        flags.add("approximate")
        plain = _ROUGH.sub(" ", plain)
    plain = _PRICE_TAIL.sub("", _NO_AMOUNT.sub(" ; ", plain))
    for pattern, word in _FROM_TO_PHRASES:
        plain = pattern.sub(word, plain)

    reader = _Reader(plain, flags)
    ranges = reader.ranges(country)
    if not ranges:
        if not flags & {"negotiable", "minimum_wage"}:
            flags.add("unclear" if reader.saw_number else "not_stated")
        elif reader.saw_number:
            flags.add("unclear")
        return _unknown(flags)
    first = ranges[0]
    periods = {pay.period for pay in ranges if pay.period}
    if len({(pay.min, pay.max, pay.currency) for pay in ranges}) > 1 or len(periods) > 1:
        flags.add("unclear")
        return _unknown(flags)
    return _checked(first.min, first.max, first.currency, periods.pop() if periods else None, flags)


def parse_pay_columns(
    min: Any = None,
    max: Any = None,
    *,
    currency: str | None = None,
    period: str | None = None,
    country: str = "ID",
) -> Pay:
    """Pay from columns that are numbers already, or texts of one number each; 0, NaN and "" mean unknown.

    currency, period  as the columns say ("IDR", "Rp", "MONTH", "per bulan"); what is not known stays None.
    A currency that is not given is the country's, with the flag currency_assumed.
    """
    flags: set[str] = set()
    low, high = _column(min, flags, country), _column(max, flags, country)
    code: str | None = None
    if currency and currency.strip():
        word = unicodedata.normalize("NFKC", currency).casefold().strip(" .")
        code = _words().currency.get(word) or (word.upper() if re.fullmatch(r"[a-z]{3}", word) else None)
        if code == "$":
            code = _dollar(country)
        if code is None:
            flags.add("currency_ambiguous")
    elif low is not None or high is not None:
        home, _, least = _COUNTRY.get(country.upper(), (None, None, 0))
        if home and (high or low or 0) >= least:
            code = home
            flags.add("currency_assumed")
        else:
            flags.add("currency_ambiguous")
    if low is None and high is None:
        flags.discard("currency_ambiguous")
        return Pay(None, None, None, None, tuple(sorted(flags or {"not_stated"})))
    return _checked(low, high, code, _period_of(period), flags)


class _Reader:
    """One pass over the tokens of a text; fills `amounts`, then `ranges` puts them together."""

    def __init__(self, plain: str, flags: set[str]) -> None:
        self.flags = flags
        self.pay_word = False
        self.strange_word = False
        self.spelt_number = False
        self.amounts: list[_Amount] = []
        # What the tokens so far mean for the next number.
        self._context = "base"
        self._sign: str | None = None
        self._bound: str | None = None
        self._link = False
        self._between = False
        self._per = False
        self._span = False
        self._period: str | None = None
        self._open = False  # only pay words since the last number: a period still belongs to it
        self._gap = 99  # tokens since the last number or its unit
        self._known = _words()
        self._tokens = list(_TOKEN.finditer(plain))
        for n, token in enumerate(self._tokens):
            self._gap += 1
            word = token.group()
            if token.lastgroup == "number":
                self._see_number(n, word)
            elif word in self._known.currency:
                self._see_currency(n, self._known.currency[word])
            elif not self._see_unit(word) and not self._see_mark(n, word) and token.lastgroup == "word":
                self._see_word(word)

    @property
    def _last(self) -> _Amount | None:
        return self.amounts[-1] if self.amounts else None

    def _touches(self, n: int, kind: str) -> bool:
        """Whether the token before n is of that kind with no space between."""
        before = self._tokens[n - 1] if n else None
        return before is not None and before.lastgroup == kind and before.end() == self._tokens[n].start()

    def _see_number(self, n: int, word: str) -> None:
        known, before = self._known, self._tokens[n - 1].group() if n else ""
        if self._touches(n, "word") and not any(
            before in words for words in (known.currency, known.lower, known.upper, known.range)
        ):
            return  # "S1", "D3"
        amount = _number(word) or _Amount(_UNREADABLE, True)
        if (
            before in ("-", "\u2013")
            and self._touches(n, "sign")
            and (n == 1 or self._tokens[n - 2].group() in known.currency)
        ):
            amount.value = _UNREADABLE  # a negative amount
        amount.currency, amount.bound, amount.context = self._sign, self._bound, self._context
        amount.linked = self._link and bool(self.amounts) and self._gap <= 6
        self.amounts.append(amount)
        amount.period, amount.spans = self._period, self._per or self._span
        self._sign, self._bound, self._period, self._gap = None, None, None, 0
        self._link = self._per = self._span = False
        self._open = True

    def _see_currency(self, n: int, code: str) -> None:
        i = n + 1
        while i < min(len(self._tokens), n + 3) and self._tokens[i].group() in (".", ":", "$", "-", ","):
            i += 1
        if i < len(self._tokens) and self._tokens[i].lastgroup == "number":
            if self._sign is None or code != "$":  # "SGD$ 3,000" is SGD
                self._sign = code
        elif self.amounts and self._gap <= 8:
            self._name_currency(code)

    def _see_unit(self, word: str) -> bool:
        last = self._last
        if last is None or self._gap > 1 or (word not in self._known.unit and word not in ("m", "mil")):
            return False
        # "5M" is five million in English, five thousand million in Indonesian: a unit of 0 is unclear.
        last.unit = self._known.unit.get(word, 0)
        if last.unit >= 1_000_000 and last.value >= 1000:
            last.value = _UNREADABLE  # "4.500 juta" is 4,5 or 4500 million
        if word in self._known.rough_units:
            self.flags.add("approximate")
        self._gap = 0
        return True

    def _see_mark(self, n: int, word: str) -> bool:
        """Signs and words that say how numbers belong together. Returns whether this was one."""
        known, last = self._known, self._last
        near = last is not None and self._gap <= 4
        if word in ("/", "@", "per", "se", "tiap", "setiap"):
            self._per = True
        elif word == "+" and last is not None and self._gap == 1 and self._ends(n):
            last.bound, self._gap = "min", 0  # "5 juta+"
        elif word == "+":
            if last is not None or self._context == "umr":
                self._context = "extra"
        elif word == "&up":
            if last is not None:
                last.bound = "min"
        elif word in (";", "\n", ","):
            self._link = self._link and word == ","
            self._part()
        elif near and (word in known.range or word in ("\u2013", "\u2014", "upto")):
            self._link = True
        elif self._context == "umr" and last is None and (word in known.range or word == "\u2013"):
            self._bound = "max"  # "UMK - 7 juta"
        elif word in ("atau", "or", "dan", "and") and self._gap == 1 and self._before_number(n):
            self._link = True  # "3 atau 4 juta"
        elif self._between and word in ("dan", "and"):
            self._link, self._between = True, False
        elif word in known.lower:
            self._bound, self._between = "min", word in ("antara", "between")
        elif word in known.upper or word in ("sampai", "s/d"):
            self._bound = "max"
        elif word == "~":
            self.flags.add("approximate")
        else:
            return word in known.range
        return True

    def _before_number(self, n: int) -> bool:
        return n + 1 < len(self._tokens) and self._tokens[n + 1].lastgroup == "number"

    def _part(self) -> None:
        """A new part of the text: a period of one part says nothing of the amount in another."""
        self._open, self._period = False, None

    def _ends(self, n: int) -> bool:
        return n + 1 == len(self._tokens) or self._tokens[n + 1].group() in "+/;)"

    def _see_word(self, word: str) -> None:
        known, last = self._known, self._last
        behind = last is not None and self._gap == 1 and last.unit is None and last.value < 1000
        if last is not None and behind and last.spans and word in known.period:
            self.flags.add("period_doubtful")  # "Rp 8.000.000 / 3 bulan"
        elif word in known.period and (self._per or word in known.period_alone):
            if self._context in ("base", "umr"):
                if last is not None and self._open:
                    last.period = last.period or known.period[word]
                else:
                    self._period = known.period[word]
            self._per = False
            return
        self._per = False
        self._span = word in ("untuk", "for", "selama")
        if word not in known.pay_words:
            self._bound = None
        if last is not None and behind and word in known.counted:
            last.counted = True
        elif word == "umr":
            self._context = "umr"
        elif word in known.pay_words:
            self.pay_word = True
            if word in known.base_words:
                self._context = "base"
        elif word in known.variable:
            self.flags.add("variable")
            self._context = "extra"
        elif word in known.extras:
            self.flags.add("extras")
            self._context = "extra"
        elif word in known.not_pay:
            self._context = "no"
        else:
            self.spelt_number |= word in known.unit
            self.strange_word = True
            self._part()
        if self._gap > 2:
            self._link = False

    def _name_currency(self, code: str) -> None:
        """A currency behind the amounts, "1,500 USD" or "(HKD)", says what "$" or nothing before them is."""
        for amount in self.amounts:
            if amount.currency is None or amount.currency == "$" or code == "$":
                amount.currency = code if amount.currency in (None, "$") else amount.currency
            elif amount.currency != code:
                self.flags.add("currency_conflict")

    @property
    def saw_number(self) -> bool:
        """Whether a number or "juta" is left that is no year and no count of something."""
        return self.spelt_number or any(
            not a.counted and (a.currency or a.unit is not None or a.grouped or not 1950 <= a.value <= 2100)
            for a in self.amounts
        )

    def ranges(self, country: str) -> list[Pay]:
        """The distinct pay ranges of the text; empty if none can be trusted."""
        found: list[Pay] = []
        amounts = self.amounts
        n = 0
        while n < len(amounts):
            first = amounts[n]
            second = amounts[n + 1] if n + 1 < len(amounts) and amounts[n + 1].linked else None
            n += 2 if second else 1
            if n < len(amounts) and amounts[n].linked:
                # three numbers in a row: "3-4-5 juta"
                self.flags.add("unclear")
                return []
            if second is None and n < len(amounts) and first.bound == "min" and amounts[n].bound == "max":
                second = amounts[n]
                n += 1
            pair = [first] if second is None else [first, second]
            if any(a.context not in ("base", "umr") or a.counted for a in pair):
                continue
            if any(a.value == _UNREADABLE for a in pair):
                self.flags.add("unclear")
                return []
            made = self._range(pair, country)
            if made is None:
                continue
            if made == _UNCLEAR:
                return []
            found.append(made)
        return found

    def _range(self, pair: list[_Amount], country: str) -> Pay | None:
        """None: not pay. _UNCLEAR: pay that cannot be read, with its flag set."""
        if any(a.unit == 0 for a in pair):
            self.flags.add("unclear")
            return _UNCLEAR
        if len(pair) == 2 and not self._share_unit(pair[0], pair[1]):
            if all(a.currency is None and a.unit is None and a.value < 1000 for a in pair):
                return None
            self.flags.add("unclear")
            return _UNCLEAR
        currency, sure = self._currency(pair, country)
        top = max(a.total for a in pair)
        if currency is None and "currency_conflict" in self.flags:
            return _UNCLEAR
        if not sure and currency == "IDR" and top < 10_000:
            return None  # "4.5k" is thousands or millions
        bare = all(a.currency is None and a.unit is None for a in pair)
        if bare and not self._bare_is_pay(pair, country):
            return None
        if not sure and currency is None and all(a.unit is None for a in pair) and 0 < top < 100:
            return None
        if (
            not bare
            and currency == "IDR"
            and any(
                a.unit is None and a.value < 1000 and a.value != a.value.to_integral_value() for a in pair
            )
        ):
            # "Rp 4,5": a unit was left out
            self.flags.add("unclear")
            return _UNCLEAR
        for amount in pair:
            self.flags |= amount.flags
        period = next((a.period for a in reversed(pair) if a.period), None)
        low, high = self._whole(pair[0].total), self._whole(pair[-1].total)
        if len(pair) == 2:
            return Pay(low, high, currency, period)
        bound = pair[0].bound
        return Pay(None if bound == "max" else low, None if bound == "min" else high, currency, period)

    def _whole(self, value: Decimal) -> int:
        whole = value.to_integral_value(ROUND_HALF_UP)
        if whole != value:
            self.flags.add("rounded")
        return int(whole)

    def _share_unit(self, low: _Amount, high: _Amount) -> bool:
        """Let "4 - 6 juta" and "Rp 4 - 6.000.000" read as meant; False where two readings are possible."""
        if low.unit is None and high.unit is not None:
            if low.value < 1000 and not low.grouped:
                if low.value > high.value:
                    return low.value == 0
                low.unit = high.unit
            return low.value == 0 or low.total * 100 >= high.total
        if low.unit is not None and high.unit is None:
            if high.value < 1000 and not high.grouped:
                if high.value < low.value:
                    return False
                high.unit = low.unit
                self.flags.add("unit_inferred")
            return high.value == 0 or (high.total <= low.total * 100 and low.total <= high.total * 100)
        if low.unit is None and 0 < low.value < 1000 and high.value >= 1_000_000 and high.currency is None:
            million = low.value * 1_000_000
            if low.value < 100 and high.value / 20 <= million <= high.value:
                low.unit = 1_000_000
                self.flags.add("unit_inferred")
                return True
            return False
        # "Rp1 - Rp5.000.000" is what a form makes of an empty field: kept, and flagged as implausible.
        return low.value in (0, 1) or high.value == 0 or high.total <= low.total * 100

    def _currency(self, pair: list[_Amount], country: str) -> tuple[str | None, bool]:
        named = {a.currency for a in pair if a.currency}
        if len(named - {"$"}) > 1 or "currency_conflict" in self.flags:
            self.flags.add("currency_conflict")
            return None, False
        if named - {"$"}:
            return (named - {"$"}).pop(), True
        if named:
            code = _dollar(country)
            if code is None:
                self.flags.add("currency_ambiguous")
            return code, True
        home, _, least = _COUNTRY.get(country.upper(), (None, None, 0))
        top = max(a.total for a in pair)
        if home and (top >= least or (home == "IDR" and any(a.unit for a in pair))):
            self.flags.add("currency_assumed")
            return home, False
        self.flags.add("currency_ambiguous")
        return None, False

    def _bare_is_pay(self, pair: list[_Amount], country: str) -> bool:
        """A number without currency and unit is pay if nothing but pay words stand around it."""
        _, _, least = _COUNTRY.get(country.upper(), ("", None, 500))
        top = max(a.total for a in pair)
        if top == 0:
            return True
        if top < least or (self.strange_word and not (self.pay_word and any(a.grouped for a in pair))):
            self.flags -= {"currency_assumed", "currency_ambiguous"}
            return False
        return True


def _number(word: str) -> _Amount | None:
    """One number with its separators; None if they do not make sense."""
    digits = sum(ch.isdigit() for ch in word)
    if digits > MAX_DIGITS + 4:
        return None
    if "e" in word:
        if not re.fullmatch(r"\d+(?:[.,]\d+)?e\+?\d+", word):
            return None
        value = Decimal(word.replace(",", "."))
        if not (0 <= value < Decimal(10) ** MAX_DIGITS):
            return None
        return _Amount(value, value >= 100_000)
    parts = re.split(r"[.,' ]", word)
    marks = re.findall(r"[.,' ]", word)
    groups_of_three = all(len(p) == 3 for p in parts[1:]) and 1 <= len(parts[0]) <= 3
    flags: set[str] = set()
    if not marks:
        value, grouped = Decimal(word), len(word.lstrip("0")) >= 6
    elif len(marks) == 1 and (len(parts[1]) in (1, 2) or parts[0] == "0"):
        value, grouped = Decimal(f"{parts[0]}.{parts[1]}"), len(parts[0]) >= 6
    elif groups_of_three and not (parts[0] == "0" or parts[0].startswith("0")):
        if len(set(marks)) > 1 and len(marks) > 2:
            return None
        value, grouped = Decimal("".join(parts)), True
        if len(set(marks)) > 1:
            flags.add("mixed_separators")
    elif (
        len(marks) >= 2
        and all(len(p) == 3 for p in parts[1:-1])
        and 1 <= len(parts[0]) <= 3
        and (len(parts[-1]) == 2 or parts[-1] == "0")
        and len(set(marks[:-1])) == 1
        and (marks[-1] != marks[0] or (set(parts[-1]) == {"0"} and len(marks) > 2))
    ):
        value, grouped = Decimal("".join(parts[:-1]) + "." + parts[-1]), True
        if marks[-1] == marks[0]:
            flags.add("mixed_separators")
    else:
        return None
    if value >= Decimal(10) ** MAX_DIGITS:
        return None
    return _Amount(value, grouped, flags=flags)


def _checked(
    low: int | None, high: int | None, currency: str | None, period: str | None, flags: set[str]
) -> Pay:
    """Zero, order and plausibility."""
    if low == 0 or high == 0:
        flags.add("zero")
        low, high = low or None, high or None
    if low is None and high is None:
        return _unknown(flags)
    if low is not None and high is not None and low > high:
        low, high = high, low
        flags.add("swapped")
    stated = [v for v in (low, high) if v is not None]
    table = _PLAUSIBLE.get(currency or "*", _PLAUSIBLE["*"])
    least, most = table.get(period) or table[None]
    if min(stated) < least or max(stated) > most or max(stated) > 20 * min(stated):
        flags.add("implausible")
    if period == "year" and max(stated) < 12 * _LEAST_MONTH.get(currency or "", 0):
        flags.add("period_doubtful")
    return Pay(low, high, currency, period, tuple(sorted(flags)))


def _unknown(flags: set[str]) -> Pay:
    """No amount: what was said of its currency falls with it."""
    left = flags - {"currency_assumed", "currency_ambiguous", "unit_inferred", "rounded", "mixed_separators"}
    return Pay(None, None, None, None, tuple(sorted(left)))


def _column(value: Any, flags: set[str], country: str) -> int | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        plain = unicodedata.normalize("NFKC", value).casefold().strip()
        if _NOT_STATED.match(plain):
            return None
        if len(plain) > 100:
            flags.add("unclear")
            return None
        amount = _number(plain) if re.fullmatch(r"\d[\d.,' ]*(?:e\+?\d{1,2})?", plain) else None
        if amount is None:
            # "5 juta" in a column of numbers
            read = parse_pay(value, country=country)
            flags.update(f for f in read.flags if f not in ("currency_assumed", "not_stated"))
            return read.min if read.min is not None else read.max
        number = amount.value
    else:
        try:
            number = Decimal(str(value))
        except ArithmeticError:
            flags.add("unclear")
            return None
        if number.is_nan():
            return None
    if not 0 <= number < Decimal(10) ** MAX_DIGITS:
        flags.add("unclear")
        return None
    if number == 0:
        flags.add("zero")
        return None
    whole = number.to_integral_value(ROUND_HALF_UP)
    if whole != number:
        flags.add("rounded")
    return int(whole)


def _period_of(text: str | None) -> str | None:
    if not text:
        return None
    words = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFKC", text[:100]).casefold())
    periods = _words().period
    found = {periods[w] for w in words if w in periods}
    return found.pop() if len(found) == 1 else None


def _dollar(country: str) -> str | None:
    return _COUNTRY.get(country.upper(), (None, None, 0))[1]
