"""Who a document is about, found only to be left out: names, contact, birth, what texts give away.

A CV says who the person is in its first lines, in a block of labels ("Tempat, tanggal lahir: …"), in a
signature, and again in between. Padan keeps what the person can do. So the name is looked for here and
nowhere stored:

    names_in(lines)           the person's names: after a label, in a signature, at the top, like an address
    is_identity(line)         whether a line says who the person is, or how to reach them
    strike(text, names)       the text without names, birth, age, sex, religion, marital status, nationality
    town_of(address)          what may be kept of an address: town, regency, province

A name that is not found stays in the text: the rules are words and shapes, not a list of names. When it is
open whether a line at the top is a name, it is taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

__all__ = [
    "Names",
    "has_contact",
    "heading_key",
    "headings",
    "is_address",
    "is_closing",
    "is_employer",
    "is_identity",
    "is_job",
    "is_label",
    "looks_like_name",
    "names_in",
    "strike",
    "town_of",
]

STRUCK = "[data pribadi]"  #: what stands where something was taken out

_LABELS = r"""(?:
    nama (?:\s+(?:lengkap|panggilan|depan|belakang|ayah|ibu|orang\s+tua|suami|istri|saya))?
  | full\s*name | (?:first|last|sur|nick|middle|father'?s|mother'?s)?\s?name
  | (?:tempat|tmpt?) \W{1,4} (?:dan\s+|&\s*)? (?:tgl|tanggal)\s*\.?\s*lahir
  | tempat\s+lahir | (?:tgl|tanggal)\s*\.?\s*lahir
  | kelahiran | ttl | t\.t\.l\.? | (?:place \W{1,5} (?:and\s+)?)? date\s+of\s+birth | place\s+of\s+birth
  | birth\s*(?:date|day|place) | d\.?o\.?b\.? | born
  | usia | umur | age | jenis\s+kelamin | kelamin | gender | sex | agama | religion | kepercayaan
  | status (?:\s+(?:perkawinan|pernikahan|nikah|marital|sipil|kawin))? | (?:marital|civil)\s+status
  | kewarganegaraan | kebangsaan | warga\s+negara | nationality | citizenship
  | suku(?:\s+bangsa)? | ethnicity | race
  | gol(?:ongan)?\.?\s+darah | blood\s+type | (?:tinggi|berat)(?:\s+badan)? (?:\W+berat(?:\s+badan)?)?
  | height | weight
  | tb\s*/\s*bb | nik | ktp | npwp | paspor
  | passport(?:\s+(?:no|number)\.?)? | identity\s+(?:no|number|card)\.?
  | no(?:mor)?\.?\s*(?:ktp|nik|kk|npwp|sim|paspor|identitas|bpjs)
  | (?:no(?:mor)?\.?\s*)? (?:telepon|telp|tlp|hp|handphone|ponsel|wa|whatsapp|telephone|phone|mobile|kontak)
    (?:\s*(?:number|no|rumah))? \.? (?:\s*/\s*(?:wa|hp|whatsapp))?
  | e-?mail | surel | linked\s?in | instagram | ig | facebook | fb | twitter
  | tik\s?tok | telegram | line\s+id | skype
  | github | blog | website | situs
  | alamat (?:\s+(?:rumah|ktp|domisili|sekarang|asal|tinggal|lengkap))? | tempat\s+tinggal | domisili
  | (?:(?:home|current|permanent)\s+)? address | residence | kode\s+pos | postal\s+code | zip(?:\s+code)?
  | anak\s+ke | jumlah\s+anak | ayah | ibu | suami | istri | kesehatan )"""
_LABEL = re.compile(rf"(?xi)^\W{{0,4}} {_LABELS} (?:\s*[:=\t] | \s{{3,}})")
_LABEL_ALONE = re.compile(rf"(?xi)^\W{{0,4}} {_LABELS} \s*$")
#: lines whose value says what they are, with or without a colon
_BARE = re.compile(
    r"""(?xi)^\W{0,4}(?:
        agama\s+(?:islam|kristen|katolik|protestan|hindu|bud+h?a|kong\s?hu\s?cu) | jenis\s+kelamin\s+\w+
      | status\s+(?:(?:belum|sudah|tidak)\s)?(?:menikah|kawin|lajang|single|married|janda|duda) |
      (?:belum|sudah)\s+(?:menikah|kawin)\W*$ |
      (?:laki[-\s]laki|perempuan|pria|wanita|male|female|islam|kristen|katolik|hindu|buddha|wni|indonesian\s+citizen)\W*$
      | tempat\W+tanggal\s+lahir\b | lahir\s+di\b | born\s+(?:in|on)\b )"""
)
_STREET = re.compile(
    r"""(?xi)\b(?:
    (?:jl|jln|jalan|gg|gang|street|st|road|rd|avenue|ave|lane|boulevard|rt|rw|blok|kel|kelurahan
      |desa|dusun|dsn|kec|kecamatan|kampung|perum|perumahan|komplek|kompleks|apartemen)\b | no\.?\s*\d |
      (?:kp|ds)\. )"""
)
_STREET_LINE = re.compile(
    r"^\W{0,4}(?i:jl|jln|jalan|gg|gang|komplek|kompleks|perum|perumahan|dusun|dsn|kampung|kp|rt|apartemen)\b\.?\s*[\dA-Z]"
)
_EMAIL = re.compile(r"([\w.+-]{1,64})(?:@|\s?\[at\]\s?)[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_PHONE = re.compile(r"(?<![\w.,])(?:\+\d{1,3}|\(?0\d{1,4}\)?|62)[ .-]?(?:\(?\d{1,5}\)?[ .-]?){2,5}(?!\w)")
_PROFILES = r"(?:linkedin|instagram|facebook|github|twitter|tiktok|behance|medium|youtube)\.com"
_SLUG = re.compile(rf"(?i)\b(?:{_PROFILES}|t\.me)/(?:in/|@)?([\w.%-]{{3,80}})")
_URL = re.compile(
    rf"(?i)\b(?:https?://|www\.)\S{{2,300}}|\b{_PROFILES}/\S{{1,200}}|\b(?:t\.me|wa\.me|linktr\.ee)/\S{{1,200}}"
)
_HANDLE = re.compile(r"(?<![\w@.])@[A-Za-z_][\w.]{2,40}")
_TOKEN = re.compile(r"[^\W\d_]{2,}")
_AFTER_LABEL = re.compile(
    r"(?i)^\W{0,4}(?:nama(?:\s+(?:lengkap|panggilan|saya))?|(?:full\s*)?name)\s*[:=\t]\s*[:\s]*(.{2,80})$"
)
_NAME_ALONE = re.compile(r"(?i)^\W{0,4}(?:nama(?:\s+(?:lengkap|panggilan|saya))?|(?:full\s*)?name)\s*:?$")
_I_AM = re.compile(
    r"(?:[Pp]erkenalkan,?\s+(?:nama\s+)?saya(?:\s+adalah)?|[Nn]ama\s+saya(?:\s+adalah)?|[Mm]y name is)"
    r"\s+((?:[A-Z][\w'’.]+[ \t]?){1,5})"
)
_CLOSING = re.compile(
    r"(?i)^\W*(?:hormat (?:saya|kami)|sincerely|yours (?:sincerely|faithfully|truly)"
    r"|(?:best |kind |warm )?regards|salam hormat|pelamar)\W*$"
)
_DEGREE = re.compile(r"\s+(?:[A-Z][A-Za-z]{0,3}\.\s?){1,3}[A-Za-z]{0,6}\.?$")
_TITLES = frozenset((
    "dr", "drs", "dra", "ir", "prof", "h", "hj", "bapak", "ibu", "mr", "mrs", "ms", "sdr", "sdri",
))  # fmt: skip
_PARTICLES = frozenset((
    "bin", "binti", "van", "de", "al", "ap", "bt",
))  # fmt: skip
_MONTHS = frozenset((
    "januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober",
    "november", "desember", "january", "february", "march", "may", "june", "july", "august", "october",
    "december", "jan", "feb", "mar", "apr", "jun", "jul", "agu", "aug", "sep", "okt", "oct", "nov",
    "des", "dec",
))  # fmt: skip

#: what running text says about a person and no record keeps
_SAID = re.compile(
    r"""(?xi)\b(?:
        (?:ber)?(?:usia|umur)\s*:?\s*(?:saya\s+)?\d{1,2}\s*(?:tahun|thn|th)\b
      | (?:i\sam\s+)?(?:aged?\s*:?\s*\d{2}\b(?!\s*%) | \d{2}[-\s]years?[-\s]old) |
      \d{2}\s*(?:tahun|thn)(?=\s*,?\s*(?:belum|sudah|menikah|lajang|single|laki|perempuan|pria|wanita)) |
      (?:ber)?agama\s*:?\s*(?:islam|muslim|kristen|kat(?:h)?olik|protestan|hindu|bud+h?a|kong\s?hu\s?cu) |
      religion\s*:\s*\w+ | (?:status\s*:?\s*)?(?:belum|sudah|telah)\s+(?:menikah|kawin) |
      status\s*:?\s*(?:lajang|single|menikah|kawin|married|janda|duda) |
      (?:marital|civil)\s+status\s*:?\s*\w+ |
      (?:lahir|kelahiran|born|date\s+of\s+birth|dob|ttl)\b[^\n;|]{0,60}?\b(?:19|20)\d\d\b |
      (?:tempat\W{1,3})?(?:tgl|tanggal)\.?\s+lahir\s*:?[^\n;|]{0,60} |
      (?<=seorang\s)(?:pria|wanita|laki-laki|perempuan) | i\sam\sa\s(?:male|female|man|woman)\b |
      jenis\s+kelamin\s*:?\s*[\w-]+ | gender\s*:\s*\w+ |
      (?:warga\s*negara|kewarganegaraan|nationality|citizenship)\s*:?\s*\w+ |
      (?:no(?:mor)?\.?\s*)?(?:nik|ktp|npwp|paspor|passport)\s*(?:no\.?|number)?\s*:?\s*[A-Z]{0,2}[\d./-]{5,30}
      | \d{2}\.\d{3}\.\d{3}\.\d-\d{3}\.\d{3} )"""
)


@cache
def _cv_words() -> dict[str, Any]:
    """cv_words.yaml: headings by section, and words of occupations and employers."""
    data = yaml.safe_load((files("padan.reading") / "cv_words.yaml").read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


@cache
def headings() -> dict[str, str]:
    """Heading, as `heading_key` gives it -> section; a title such as "Curriculum Vitae" -> "document"."""
    words = _cv_words()
    by_section = {**words["headings"], "document": words["document"]}
    return {heading_key(name): section for section, names in by_section.items() for name in names}


@cache
def _word_pattern(name: str) -> re.Pattern[str]:
    words = sorted(map(str, _cv_words()[name]), key=len, reverse=True)
    return re.compile(r"(?i)(?<!\w)(?:" + "|".join(re.escape(w) for w in words) + r")(?!\w)")


def is_job(text: str) -> bool:
    """Whether a line names an occupation or rank."""
    return _word_pattern("jobs").search(text) is not None


def is_employer(text: str, *, first: bool = False) -> bool:
    """Whether a line names a body that hires; `first` asks that it begins so ("PT …", "Toko …")."""
    found = _word_pattern("employers").search(text)
    return found is not None and (not first or found.start() <= 1)


def has_contact(line: str) -> bool:
    """Whether a line holds an e-mail address, a telephone number or a link to a profile."""
    if _EMAIL.search(line) or _SLUG.search(line):
        return True
    return any(sum(c.isdigit() for c in m.group()) >= 8 for m in _PHONE.finditer(line))


def is_identity(line: str) -> bool:
    """Whether a line says who the person is or where they live."""
    return bool(_LABEL.match(line) or _BARE.match(line) or _STREET_LINE.match(line))


def is_address(line: str) -> bool:
    """Whether a line is a street address or a part of one."""
    return _STREET_LINE.match(line) is not None or (
        len(line.split()) <= 14 and _STREET.search(line) is not None
    )


def is_closing(line: str) -> bool:
    """Whether a line is the closing words of a letter, under which the writer signs."""
    return _CLOSING.match(line) is not None


def is_label(line: str) -> bool:
    """Whether a line is a label of identity alone; in a table its value stands on the next line."""
    return _LABEL_ALONE.match(line.rstrip(" :\t")) is not None


def heading_key(line: str) -> str:
    """A line as headings are compared: letters in lower case, without numbering, "dan" and "and"."""
    line = re.sub(r"^\W*(?:[IVX]{1,4}|[A-Ha-h]|\d{1,2})[.)]\s+", "", line.strip())
    words = re.sub(r"[^a-zé]+", " ", line.lower()).split()
    if len(words) > 3 and all(len(w) == 1 for w in words):
        words = ["".join(words)]  # "P E N D I D I K A N"
    return " ".join(w for w in words if w not in ("dan", "and"))


# -- names -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one person: `full` as written; `words` are the single names that are surely theirs."""

    full: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, *written: str | None) -> Names:
        """Names that a document states as such."""
        full = tuple(dict.fromkeys(n for w in written if w and (n := _core(w))))
        words = (t for n in full for t in _TOKEN.findall(n))
        return cls(full, tuple(dict.fromkeys(w for w in words if _may_strike(w))))

    def known(self, line: str) -> bool:
        """Whether a line holds one of the single names."""
        here = {w.lower() for w in _TOKEN.findall(line)}
        return any(w.lower() in here for w in self.words)


def _core(name: str) -> str:
    """A name without degrees and titles: "Dr. Ir. Sri Wahyuni, M.T." -> "Sri Wahyuni"."""
    name = re.split(r"[,(|\t]", name)[0].strip(" .:-–—*•")
    words = _DEGREE.sub("", name).split()
    while words and words[0].strip(".").lower() in _TITLES:
        words = words[1:]
    return " ".join(words)


def _may_strike(word: str) -> bool:
    # a month, a trade or "Toko" that is also a name must stay: periods and employers are read by them
    return len(word) >= 3 and word.lower() not in _MONTHS and not is_job(word) and not is_employer(word)


def looks_like_name(line: str) -> bool:
    """Whether a line has the shape of a name: one to six words in capitals, nothing else but degrees."""
    words = _core(line).split()
    if not 1 <= len(words) <= 6 or any(c.isdigit() for c in line) or re.search(r"[:;/@|&+<>=?!%]", line):
        return False
    if any(len(part.split()) > 2 for part in line.split(",")[1:]):
        return False
    return all(w[0].isupper() or w.lower() in _PARTICLES for w in words) and any(len(w) > 2 for w in words)


def names_in(lines: Sequence[str]) -> Names:
    """The names of the person whose CV or letter the lines are.

    Sure are a name after a label or in a signature, and a line of which most words stand in an e-mail address
    or profile link of the same document. A first line that merely looks like a name is struck only as a
    whole.
    """
    found = [m.group(1) for line in lines for m in (*_EMAIL.finditer(line), *_SLUG.finditer(line))]
    handles = " ".join("".join(c for c in h.lower() if c.isalpha()) for h in found[:20])
    sure: list[str] = []
    likely: str | None = None
    filled = closing = 0
    named, top = False, True
    for line in lines[:5000]:
        text = line.strip()
        if not text:
            continue
        filled += 1
        if labelled := _AFTER_LABEL.match(text):
            sure.append(labelled.group(1))
        elif named and looks_like_name(text.lstrip(": ")):
            sure.append(text.lstrip(": "))
        named = _NAME_ALONE.match(text) is not None
        sure.extend(m.group(1) for m in _I_AM.finditer(text))
        if is_closing(text):
            closing = 3
            continue
        for part in re.split(r"\t|\s[|•·]\s|\s{3,}", text)[:6]:
            if not looks_like_name(part):
                continue
            if section := headings().get(heading_key(part)):
                top = top and section in ("document", "identity")
                continue
            words = [w.lower() for w in _TOKEN.findall(_core(part)) if len(w) >= 3]
            hits = [w for w in words if w in handles]
            trade = is_job(part) or is_employer(part, first=True)
            # one short word may stand in an address by chance ("SAP" in "saputra")
            one = len(hits) == 1 and len(hits[0]) >= 4 and not trade and filled <= 12 and len(words) >= 2
            matches = (len(hits) >= 2 or one) and len(hits) * 2 >= len(words)
            if matches or (closing and not trade):
                sure.append(part)
            elif top and filled <= 5 and likely is None and not trade:
                likely = part
        closing = max(0, closing - 1)
    names = Names.of(*sure)
    if likely is None or (names.full and not names.known(likely)):
        return names  # beside a sure name another first line is a town or a slogan
    return Names.of(*sure, likely) if names.full else Names((_core(likely),))


def strike(text: str | None, names: Names | None = None, *, mark: str = STRUCK) -> str:
    """The text without names, links, birth, age, sex, religion, marital status and nationality.

    mark   stands where something was taken out; "" for a title or an item of a list
    """
    if not text:
        return ""
    for pattern in (_URL, _HANDLE, _SAID, *(_name_patterns(names) if names else ())):
        text = pattern.sub(mark, text)
    if mark:
        return re.sub(rf"(?:{re.escape(mark)}[ ,]*){{2,}}", f"{mark} ", text)
    return re.sub(r"[^\S\n]{2,}", " ", text).strip(" ,;|–-")


def _name_patterns(names: Names) -> list[re.Pattern[str]]:
    out = []
    full = [r"\s+".join(re.escape(w) for w in n.split()) for n in sorted(names.full, key=len, reverse=True)]
    if full:
        out.append(re.compile(r"(?i)(?<!\w)(?:" + "|".join(full) + r")(?!\w)"))
    forms = sorted(
        {re.escape(f) for w in names.words for f in (w, w.capitalize(), w.upper())}, key=len, reverse=True
    )
    if forms:
        out.append(re.compile(r"(?<!\w)(?:" + "|".join(forms) + r")(?!\w)"))
    return out


# -- addresses ---------------------------------------------------------------------------------------------


def town_of(address: str | None) -> str | None:
    """Town, regency and province of an address, without street, house, village and postal code; or None."""
    kept: list[str] = []
    for raw in re.split(r"[,;\n\t|•·]|\s[-–]\s", re.sub(r"\b\d{5}\b", " ", (address or "")[:400])):
        part = raw.strip(" .()")
        if not part or has_contact(part):
            continue
        if _STREET.search(part) or any(c.isdigit() for c in part):
            # "Jl. Merdeka No. 12 Kota Bandung": the town may follow the house number or its own label
            tail = re.search(
                r"(?:\b(?=(?:Kota|Kab\.|Kabupaten|Provinsi|Prov\.)\s)|\d+[A-Za-z]?\s+)"
                r"([A-Z][A-Za-z. ]{2,60})$",
                part,
            )
            if tail is None or _STREET.search(tail.group(1)):
                continue
            part = tail.group(1).strip()
        if len(part) >= 3 and part[0].isupper() and len(part.split()) <= 5:
            kept.append(part)
    return ", ".join(kept[-3:]) or None
