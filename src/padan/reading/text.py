"""Text as it arrives -> plain text that can be shown, compared and coded.

    clean_text   HTML to lines, double-encoded UTF-8 mended (ftfy), NBSP and zero-width characters, emoji and
                 other bullets to "- ", glued sentences parted ("Yogyakarta.Dengan"), blank runs folded
    clean_line   the same for a title or name: one line
    redact       e-mail addresses, telephone numbers, identity numbers and chat links out of running text
    language_of  "id", "en", "mixed", "other" or None, by function words

Every function returns the text and the names of what it mended, so that a reader can count repairs by kind.
None of them raises on any text.
"""

from __future__ import annotations

import html
import re
import unicodedata

import ftfy

__all__ = ["clean_line", "clean_text", "language_of", "redact"]

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
_BLOCK = re.compile(r"(?i)<(?:br|/p|/div|/h[1-6]|/tr|/ul|/ol|/section|/table|hr)\b[^<>]{0,2000}>")
_ITEM = re.compile(r"(?i)<li\b[^<>]{0,2000}>")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# typographic and emoji bullets at the start of a line
_BULLET = re.compile(
    r"(?m)^[ \t]*(?:[•●▪▨■◦○‣⁃∙·➢➤►✓✔✅☑★☆◆◇➔→»*]|[\U0001F300-\U0001FAFF\u2600-\u27BF])\ufe0f?[ \t]*"
)
_INLINE_BULLET = re.compile(r"(?<=\S)[ \t]*[•●▪■➢➤►✓✔✅]\ufe0f?[ \t]*")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u2190-\u21ff\u20e3\U000e0020-\U000e007f]")
_GLUED = re.compile(r"(?<=[a-z]{3}[.:;!?])(?=[A-Z][a-z]{2})")
# "kamiBerpengalaman": a line break was lost between a small and a capital letter
_GLUED_WORDS = re.compile(
    r"(?<=[a-z]{3})(?=(?:Me[a-z]{4,20}|Ber[a-z]{4,20}|Pe[nm][a-z]{4,20}|Min|Max|Maks|Minimal|Mampu|Dapat|Bisa|Usia|Pria|Wanita"
    r"|Jujur|Komunikatif|Kualifikasi|Persyaratan|Bahasa|Lulusan|Able|Have|Minimum|Experience|Bachelor|Proficient)\b)"
)

_EMAIL = re.compile(r"[\w.+-]{1,64}+(?:@|\s?\[at\]\s?)[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
# sixteen digits in one run, or in the groups in which people write them
_NIK = re.compile(
    r"(?<!\d)(?:\d{16}|\d{4}([ .-])\d{4}\1\d{4}\1\d{4}"
    r"|\d{2}([ .-])\d{2}\2\d{2}\2\d{6}\2\d{4}"
    r"|\d{6}[ .-]\d{6}[ .-]\d{4})(?!\d)"
)
_PHONE = re.compile(
    r"(?<![\d.,])(?:\+\d{1,3}|62|0)[\s.-]?(?:\(?\d{2,4}\)?[\s.-]?)(?:\d[\s.-]?){5,9}\d(?![.,]*\d)"
)
_CHAT = re.compile(
    r"(?i)\b(?:https?://)?(?:wa\.me|api\.whatsapp\.com|t\.me|bit\.ly|linktr\.ee|forms\.gle)/\S{1,200}"
)


#: without one of these a text holds nothing to take out; most items of lists end here
_MAYBE_CONTACT = re.compile(r"\d{3}|@|\[at\]|/\S")
_HALF = re.compile("[\ud800-\udfff]")


def clean_text(value: object, *, limit: int = 100_000) -> tuple[str | None, tuple[str, ...]]:
    """Plain text of many lines, or None when nothing is left; and what was mended.

    limit   characters kept; a longer text is cut and reported as `text_cut`
    """
    if value is None:
        return None, ()
    text = str(value)
    mended: list[str] = []
    if len(text) > limit * 4:
        text = text[: limit * 4]
        mended.append("text_cut")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _HALF.search(text):
        text = _HALF.sub("", text)  # half of a character, from "\\ud83d" in JSON: no file format can hold it
        mended.append("half_characters")
    if _looks_double_encoded(text):
        fixed = ftfy.fix_encoding(text)
        if fixed != text:
            text = fixed
            mended.append("double_encoding")
    if "<" in text and _TAG.search(text):
        text = _BLOCK.sub("\n", text)
        text = _ITEM.sub("\n- ", text)
        text = _TAG.sub("", text)
        mended.append("html")
    if "&" in text:
        unescaped = html.unescape(text)
        if unescaped != text:
            text = unescaped
            if "html" not in mended:
                mended.append("html_entity")
            if "<" in text and _TAG.search(text):
                text = _TAG.sub("", _ITEM.sub("\n- ", _BLOCK.sub("\n", text)))
    if "\u00a0" in text or "\u202f" in text:
        text = text.replace("\u00a0", " ").replace("\u202f", " ")
        mended.append("nbsp")
    if _INVISIBLE.search(text) or _CONTROL.search(text):
        text = _CONTROL.sub("", _INVISIBLE.sub("", text))
        mended.append("invisible_characters")
    bulleted = _INLINE_BULLET.sub("\n- ", _BULLET.sub("- ", text))
    if bulleted != text:
        text = bulleted
        mended.append("bullets")
    parted = _GLUED_WORDS.sub("\n", _GLUED.sub("\n", text))
    if parted != text:
        text = parted
        mended.append("glued_lines")
    text = unicodedata.normalize("NFC", text)
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    text = _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()
    if len(text) > limit:
        text = text[:limit]
        if "text_cut" not in mended:
            mended.append("text_cut")
    return text or None, tuple(mended)


def clean_line(value: object, *, limit: int = 500) -> tuple[str | None, tuple[str, ...]]:
    """One line of plain text without emoji, or None; and what was mended."""
    text, mended = clean_text(value, limit=limit * 8)
    if text is None:
        return None, mended
    without = _EMOJI.sub(" ", text)
    if without != text:
        mended = (*mended, "emoji")
    line = " ".join(without.replace("\n- ", " ").split()).strip("-–—|•, ").strip()
    if len(line) > limit:
        line = line[:limit]
        mended = (*mended, "text_cut")
    return line or None, tuple(dict.fromkeys(mended))


def _looks_double_encoded(text: str) -> bool:
    return any(mark in text for mark in ("Ã", "â\x80", "â€", "Â ", "Â·", "ï»¿", "ðŸ", "\u00e2\u0080"))


def redact(text: str | None) -> tuple[str | None, int]:
    """The text without contact data and identity numbers, and how many were taken out.

    They are replaced by a word in square brackets, so a reader sees that something stood there.
    """
    if not text or _MAYBE_CONTACT.search(text) is None:
        return text, 0
    total = 0
    for pattern, word in ((_CHAT, "[tautan]"), (_EMAIL, "[email]"), (_NIK, "[nik]"), (_PHONE, "[telepon]")):
        text, count = pattern.subn(word, text)
        total += count
    return text, total


_ID_WORDS = frozenset(
    [
        "yang",
        "dan",
        "di",
        "dengan",
        "untuk",
        "dari",
        "pada",
        "atau",
        "dalam",
        "adalah",
        "ini",
        "itu",
        "tidak",
        "akan",
        "ke",
        "oleh",
        "sebagai",
        "juga",
        "serta",
        "kami",
        "anda",
        "kita",
        "memiliki",
        "mampu",
        "bisa",
        "dapat",
        "bersedia",
        "minimal",
        "maksimal",
        "pengalaman",
        "pendidikan",
        "lulusan",
        "pekerjaan",
        "kerja",
        "dibutuhkan",
        "lowongan",
        "jujur",
        "bertanggung",
        "jawab",
        "wanita",
        "pria",
        "usia",
        "tahun",
        "bulan",
        "hari",
        "gaji",
        "perusahaan",
        "bidang",
        "melakukan",
        "membuat",
        "mengelola",
        "menjaga",
        "memastikan",
        "menguasai",
        "mengerti",
        "memahami",
        "sesuai",
        "setiap",
        "lebih",
        "jika",
        "karena",
        "agar",
        "secara",
        "hingga",
        "sampai",
        "saat",
        "kepada",
        "antara",
        "tanggung",
        "baik",
        "belum",
        "sudah",
        "harus",
        "menjadi",
        "saya",
        "lainnya",
        "seperti",
        "penempatan",
        "tugas",
        "syarat",
        "kualifikasi",
        "deskripsi",
        "staf",
        "kepala",
        "tenaga",
        "ahli",
        "guru",
        "sopir",
        "admin",
        "penjaga",
        "pembantu",
        "tukang",
        "buruh",
        "petugas",
        "asisten",
        "pengelola",
        "toko",
        "gudang",
    ]
)
_EN_WORDS = frozenset(
    [
        "the",
        "and",
        "of",
        "to",
        "in",
        "for",
        "with",
        "on",
        "is",
        "are",
        "be",
        "at",
        "by",
        "an",
        "as",
        "or",
        "from",
        "that",
        "this",
        "will",
        "our",
        "you",
        "your",
        "we",
        "have",
        "has",
        "must",
        "can",
        "their",
        "experience",
        "years",
        "year",
        "skills",
        "ability",
        "work",
        "working",
        "team",
        "job",
        "position",
        "company",
        "strong",
        "good",
        "excellent",
        "knowledge",
        "requirements",
        "responsibilities",
        "degree",
        "least",
        "minimum",
        "required",
        "including",
        "such",
        "who",
        "all",
        "other",
        "more",
        "within",
        "than",
        "not",
        "should",
        "into",
        "using",
        "support",
        "ensure",
        "manage",
        "develop",
        "related",
        "field",
        "business",
        "customer",
        "services",
        "engineer",
        "manager",
        "assistant",
        "officer",
        "specialist",
        "developer",
        "operator",
        "senior",
        "junior",
    ]
)
_WORD = re.compile(r"[a-z]{2,20}")


def language_of(text: str | None) -> str | None:
    """The language of a text by its function words: "id", "en", "mixed" (a quarter or more of the lesser),
    "other".

    None where fewer than one known word in a short text leaves it open. Malay counts as Indonesian.
    """
    if not text:
        return None
    words = _WORD.findall(text[:20_000].lower())
    indonesian = sum(w in _ID_WORDS for w in words)
    english = sum(w in _EN_WORDS for w in words)
    known = indonesian + english
    if known == 0:
        letters = [c for c in text if c.isalpha()]
        if letters and sum(c > "\u024f" for c in letters) > len(letters) / 2:
            return "other"
        return "other" if len(words) > 40 else None
    if len(words) > 60 and known < len(words) * 0.03:
        return "other"
    if min(indonesian, english) >= known * 0.25 and known >= 4:
        return "mixed"
    return "id" if indonesian >= english else "en"
