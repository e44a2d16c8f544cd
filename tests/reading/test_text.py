"""Text as it arrives: what is mended and named, what is taken out, the language, and how long it may take."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.reading.text import clean_line, clean_text, language_of, redact

# -- plain text of many lines ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "text", "mended"),
    [
        # HTML
        ("<p>Melayani tamu</p><p>Menjaga kas</p>", "Melayani tamu\nMenjaga kas", ("html",)),
        ("Satu<br>Dua<br/>Tiga<BR />Empat", "Satu\nDua\nTiga\nEmpat", ("html",)),
        ("<ul><li>Jujur</li><li>Rajin</li></ul>", "- Jujur\n- Rajin", ("html",)),
        ("<b>Kasir</b> <i class='x'>toko</i>", "Kasir toko", ("html",)),
        ("<div><h2>Syarat</h2>SMA</div>", "Syarat\nSMA", ("html",)),
        # a sign that is no tag stays
        ("usia < 30 dan > 18", "usia < 30 dan > 18", ()),
        ("a <- b", "a <- b", ()),
        # entities
        ("Riset &amp; pengembangan", "Riset & pengembangan", ("html_entity",)),
        ("&lt;p&gt;Kasir&lt;/p&gt;", "Kasir", ("html_entity",)),
        ("R&D dan Q&A", "R&D dan Q&A", ()),
        # UTF-8 that was read as Windows-1252
        ("CafÃ© Melati", "Café Melati", ("double_encoding",)),
        ("Gaji 3â€“4 juta", "Gaji 3–4 juta", ("double_encoding",)),
        # blanks
        ("Kasir\u00a0toko", "Kasir toko", ("nbsp",)),
        ("5\u202f000", "5 000", ("nbsp",)),
        ("Kas\u200bir\ufeff", "Kasir", ("invisible_characters",)),
        ("ma\u00adnajer", "manajer", ("invisible_characters",)),
        ("Ka\x00si\x07r", "Kasir", ("invisible_characters",)),
        ("  a \t b  ", "a b", ()),
        ("a\r\nb\rc", "a\nb\nc", ()),
        ("a\n\n\n\n\nb", "a\n\nb", ()),
        # bullets
        ("• Jujur\n• Rajin", "- Jujur\n- Rajin", ("bullets",)),
        ("✅ Jujur\n➢ Rajin\n▪ Teliti", "- Jujur\n- Rajin\n- Teliti", ("bullets",)),
        ("Syarat: • Jujur • Rajin", "Syarat:\n- Jujur\n- Rajin", ("bullets",)),
        ("2 * 3 = 6", "2 * 3 = 6", ()),
        # lines that were glued together
        (
            "Penempatan Yogyakarta.Dengan gaji tetap",
            "Penempatan Yogyakarta.\nDengan gaji tetap",
            ("glued_lines",),
        ),
        ("bekerja samaBerpengalaman di toko", "bekerja sama\nBerpengalaman di toko", ("glued_lines",)),
        ("node.js dan Node.Js", "node.js dan Node.Js", ()),
        ("McDonald dan iPhone", "McDonald dan iPhone", ()),
        # one form of a letter
        ("Cafe\u0301", "Café", ()),
    ],
)
def test_text_is_mended_and_says_what_was_mended(raw: str, text: str, mended: tuple[str, ...]) -> None:
    assert clean_text(raw) == (text, mended)


@pytest.mark.parametrize("nothing", [None, "", "   ", "\n\t\n", "<p></p>", "&nbsp;", "\u200b", "\x00"])
def test_nothing_is_none_and_never_an_empty_text(nothing: str | None) -> None:
    assert clean_text(nothing)[0] is None
    assert clean_line(nothing)[0] is None


def test_values_that_are_no_text_are_read_as_one() -> None:
    assert clean_text(110)[0] == "110"
    assert clean_text(True)[0] == "True"


def test_a_text_is_cut_at_its_limit_and_says_so() -> None:
    assert clean_text("a" * 10, limit=10) == ("a" * 10, ())
    assert clean_text("a" * 11, limit=10) == ("a" * 10, ("text_cut",))
    assert clean_text("a" * 1000, limit=10) == ("a" * 10, ("text_cut",))
    line, mended = clean_line("kata " * 200, limit=20)
    assert line is not None
    assert len(line) == 20
    assert mended == ("text_cut",)


# -- one line ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("Kasir\n  Toko", "Kasir Toko"),
        ("🔥 URGENT: Kasir 🔥", "URGENT: Kasir"),
        ("- Kasir -", "Kasir"),
        ("| Kasir |", "Kasir"),
        ("<b>Kasir</b><br>Toko", "Kasir Toko"),
        ("Kasir & Admin", "Kasir & Admin"),
        ("C++ / C#", "C++ / C#"),
        ("Kasir ➡️ Bandung", "Kasir Bandung"),
        ("👩‍🍳 Koki", "Koki"),
        ("–", None),
    ],
)
def test_a_line_is_one_line_without_emoji(raw: str, line: str | None) -> None:
    assert clean_line(raw)[0] == line


# -- contact data ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected", "count"),
    [
        ("Kirim ke hrd.toko+1@contoh.co.id segera", "Kirim ke [email] segera", 1),
        ("kirim ke hrd [at] contoh.com", "kirim ke [email]", 1),
        ("WA 081234567890", "WA [telepon]", 1),
        ("WA +62 812-3456-7890 atau 0812 3456 7890", "WA [telepon] atau [telepon]", 2),
        ("Telp (0274) 512345", "Telp ([telepon]", 1),
        ("Telp. 021-5551234", "Telp. [telepon]", 1),
        ("NIK 3273010101900001 an. pelamar", "NIK [nik] an. pelamar", 1),
        ("https://wa.me/6281234567890 dan bit.ly/lamar-kasir", "[tautan] dan [tautan]", 2),
        ("t.me/tokomakmur", "[tautan]", 1),
        # what is no contact data stays to the letter
        ("Gaji Rp 4.500.000 - Rp 5.500.000 per bulan", "Gaji Rp 4.500.000 - Rp 5.500.000 per bulan", 0),
        ("Gaji 4500000", "Gaji 4500000", 0),
        ("Pengalaman 2-3 tahun, usia 18-35", "Pengalaman 2-3 tahun, usia 18-35", 0),
        ("Buka 08.00-17.00, mulai 01-02-2026", "Buka 08.00-17.00, mulai 01-02-2026", 0),
        ("Kode pos 40115", "Kode pos 40115", 0),
        ("https://contoh.co.id/lowongan/kasir", "https://contoh.co.id/lowongan/kasir", 0),
        ("@tokomakmur", "@tokomakmur", 0),
    ],
)
def test_contact_data_is_replaced_by_a_word_and_counted(text: str, expected: str, count: int) -> None:
    assert redact(text) == (expected, count)


def test_nothing_to_redact_is_given_back_as_it_is() -> None:
    assert redact(None) == (None, 0)
    assert redact("") == ("", 0)


@given(
    st.from_regex(r"[a-z]{1,12}(\.[a-z0-9]{1,8})?@[a-z]{1,10}\.(com|co\.id|net)", fullmatch=True),
    st.sampled_from(["Kirim CV ke {}", "{}", "Email: {}.", "<{}>", "({})", "HRD\n{}\nterima kasih"]),
)
def test_no_mail_address_stays(address: str, frame: str) -> None:
    found, removed = redact(frame.format(address))
    assert found is not None
    assert removed == 1
    assert "@" not in found
    assert found.replace("[email]", "") == frame.format("")


@given(
    st.sampled_from(["0", "+62", "62", "+62 ", "+62-"]),
    st.from_regex(r"8[0-9]{2}", fullmatch=True),
    st.sampled_from(["", " ", "-", "."]),
    st.from_regex(r"[0-9]{4}", fullmatch=True),
    st.from_regex(r"[0-9]{3,4}", fullmatch=True),
)
def test_no_mobile_number_stays_however_it_is_parted(
    prefix: str, carrier: str, gap: str, middle: str, last: str
) -> None:
    number = f"{prefix}{carrier}{gap}{middle}{gap}{last}"
    found, removed = redact(f"Hubungi {number} (Ibu Sari)")
    assert (found, removed) == ("Hubungi [telepon] (Ibu Sari)", 1)


# -- language ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Kami membutuhkan kasir yang jujur dan teliti untuk toko di Bandung", "id"),
        ("Dicari penjahit dengan pengalaman minimal satu tahun", "id"),
        ("We are looking for a cashier who is honest and can work in a team", "en"),
        ("The candidate must have two years of experience with customers", "en"),
        (
            "Kami mencari staf yang bisa bekerja. You must have good experience and strong skills",
            "mixed",
        ),
        ("مطلوب محاسب ذو خبرة للعمل في الرياض", "other"),
        ("誠実で明るい方を募集しています", "other"),
        ("Требуется продавец", "other"),
        ("Wir suchen eine Verkäuferin mit Erfahrung " * 12, "other"),
        ("xyz", None),
        ("12345", None),
        ("", None),
        (None, None),
    ],
)
def test_the_language_is_told_by_function_words(text: str | None, language: str | None) -> None:
    assert language_of(text) == language


# -- whatever comes ----------------------------------------------------------------------------------------


@given(st.text(st.characters(), max_size=200))
def test_no_text_raises_and_what_comes_out_is_plain(text: str) -> None:
    cleaned, mended = clean_text(text)
    line, _ = clean_line(text)
    assert len(set(mended)) == len(mended)
    assert cleaned is None or cleaned.strip() == cleaned != ""
    assert line is None or (line.strip() == line != "" and "\n" not in line)
    for out in (cleaned, line):
        if out is not None:
            out.encode()  # no half characters
            assert not any(c in out for c in "\u200b\ufeff\x00\r")
    redact(text)
    assert language_of(text) in ("id", "en", "mixed", "other", None)


_words = st.sampled_from(
    [
        "kasir",
        "Toko Makmur",
        "S1",
        "3-4 juta",
        "jujur,",
        "teliti.",
        "R&D",
        "(malam)",
        "C++",
        "café",
        "Rp 3.000.000",
    ]
)
_marks = st.sampled_from(
    [" ", " ", "\n", "\n- ", "<br>", "<li>", "\u00a0", "\n• ", " ✅ ", "&amp;", "\n\n\n\n", "\r\n"]
)


@given(st.lists(st.tuples(_marks, _words), max_size=12))
def test_what_was_cleaned_is_clean(parts: list[tuple[str, str]]) -> None:
    raw = "".join(mark + word for mark, word in parts)
    for clean in (clean_text, clean_line):
        once, _ = clean(raw)
        assert clean(once)[0] == once


@given(st.lists(_words, min_size=1, max_size=12).map(" ".join))
def test_a_clean_text_is_given_back_as_it_is(text: str) -> None:
    assert clean_text(text) == (text, ())


@given(st.text(max_size=60))
def test_redacting_twice_takes_nothing_more_out(text: str) -> None:
    once, _ = redact(f"{text} 0812 3456 7890 sari@contoh.id {text}")
    again, more = redact(once)
    assert again == once
    assert more == 0


_MILLION = 1_000_000
HOSTILE = {
    "tags that never close": "<" * _MILLION,
    "tags that open": "<a" * (_MILLION // 2),
    "breaks that never close": "<br " * (_MILLION // 4),
    "one word": "a" * _MILLION,
    "mail signs": "@" * _MILLION,
    "mail that never ends": "a@" * (_MILLION // 2),
    "mail with dots": "a.b-c+d" * (_MILLION // 7),
    "mail in words": "aaa [at] " * (_MILLION // 9),
    "zeros": "0" * _MILLION,
    "digits": "08" * (_MILLION // 2),
    "digits with dots": "0812.3456," * (_MILLION // 10),
    "digits with blanks": "0812 3456 " * (_MILLION // 10),
    "digits in brackets": "(021) " * (_MILLION // 6),
    "plus signs": "+62" * (_MILLION // 3),
    "blanks": " " * _MILLION,
    "a word and blanks": "a" + " " * _MILLION,
    "line breaks": "\n" * _MILLION,
    "bullets": "•" * _MILLION,
    "bullets with blanks": "• \t" * (_MILLION // 3),
    "entities": "&amp;" * (_MILLION // 5),
    "entities of markup": "&lt;b&gt;" * (_MILLION // 9),
    "double encoding": "Ã¢" * (_MILLION // 2),
    "accents": "e" + "\u0301" * _MILLION,
    "glued words": "abcBerabc" * (_MILLION // 9),
    "links": "bit.ly/" * (_MILLION // 7),
    "emoji": "👩‍🍳" * (_MILLION // 3),
    "half characters": "\ud83d" * _MILLION,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_million_characters_take_no_longer_than_a_second_or_two(name: str) -> None:
    text = HOSTILE[name]
    start = process_time()
    cleaned, _ = clean_text(text)
    clean_line(text)
    redact(cleaned)
    language_of(text)
    assert process_time() - start < 4.0, (
        "the bound is loose for slow machines; backtracking would take minutes"
    )


@pytest.mark.parametrize(
    "unit", ["0", "08", "a", "a@", "0812 3456 ", "0812.", "(021) ", "aaa [at] ", "1234 "]
)
def test_redacting_takes_time_in_proportion_to_the_text(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        start = process_time()
        redact(text)
        return process_time() - start

    small = min(seconds(20_000) for _ in range(3))
    large = min(seconds(160_000) for _ in range(2))
    # eight times the text: about eight times as long, sixty-four if it were quadratic
    assert large < 30 * max(small, 0.002)
