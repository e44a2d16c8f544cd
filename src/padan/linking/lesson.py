"""What an encoder learns from: the names of all schemes at hand, and the sentences that describe them.

Unit groups of the starter pack, KBJI, ESCO and O*NET occupations, and skills, whose starter and ESCO names
are one concept where they correspond: that is what carries an Indonesian line to an English label.
Occupations of different schemes in one unit group are kin: never pushed apart, at times pulled together.
O*NET and ESCO meet in their unit groups alone; the crosswalk between the two is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from padan.linking.encoder import Lesson
from padan.linking.normalise import words
from padan.taxonomy import Library, Scheme, starter_esco

__all__ = ["is_leaf", "lesson", "names_of"]

_TAUGHT = ("isco08", "kbji", "esco-occupation", "onet", "skill", "esco-skill")
_SENTENCE = re.compile(r"(?<=[.;])\s+|\n+")
_NOISY = 0.25  #: share of the names of work that are learned with noise as well
_SEED = 1
_EMPLOYER = ("pt", "cv", "tbk", "sdn bhd", "group", "indonesia", "staff", "officer", "senior", "junior")
_SHORTEST, _LONGEST = 15, 400  #: characters of a sentence
_LONGEST_NAME = 80  #: characters of a coded text that is learned as a name


def lesson(
    library: Library,
    *,
    places: Iterable[str] = (),
    examples: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> Lesson:
    """Names, sentences and kin of all installed schemes; a quarter of the names of work a second time with
    the noise of real titles: urgency, place, employer, sex and contract words, a letter wrong, a word left
    out.

    places    names of regions, for the noise
    examples  target -> texts that somebody has coded, with the id of the concept: short ones are learned as
              names, long ones as sentences; those of a concept that is not there are left out
    """
    number: dict[str, int] = {}
    names: list[str] = []
    concepts: list[int] = []
    sentences: list[str] = []
    about: list[int] = []
    group: list[int] = []
    scheme_of: list[int] = []
    same = starter_esco()
    units = {c: n for n, c in enumerate(i for i in library.get("isco08").ids if len(i) == 4)}
    draw = np.random.default_rng(_SEED)
    noise = [*words()["noise"], *_EMPLOYER, *sorted(places)]
    for order, name in enumerate(_TAUGHT):
        if name not in library:
            continue
        scheme = library.get(name)
        rows: dict[int, int] = {}
        above = scheme.ids if name == "isco08" else [(g or [""])[0] for g in scheme.column("isco08")]
        if name in ("skill", "esco-skill"):
            above = [""] * len(scheme.ids)  # a skill is no kin of the occupations that need it
        for row, concept in enumerate(scheme.ids):
            if not is_leaf(scheme, row):
                continue
            meant = same.get(concept, f"skill {concept}") if name == "skill" else concept
            place = meant if name in ("skill", "esco-skill") else f"{name} {concept}"
            rows[row] = number.setdefault(place, len(number))
            if rows[row] == len(group):
                group.append(units.get(above[row], -1))
                scheme_of.append(order)
        first = len(names)
        for concept_number, text, _ in names_of(scheme, rows, 1.0, 1.0):
            names.append(text)
            concepts.append(concept_number)
        if name not in ("skill", "esco-skill"):
            for row in np.flatnonzero(draw.random(len(names) - first) < _NOISY).tolist():
                names.append(_noisy(names[first + row], noise, draw))
                concepts.append(concepts[first + row])
        for row, text in _sentences(scheme):
            if row in rows:
                sentences.append(text)
                about.append(rows[row])
        for text, concept in (examples or {}).get(name, ()):
            coded = rows.get(scheme.row_of.get(concept, -1))
            if coded is not None and text.strip():
                longer = len(text) > _LONGEST_NAME
                (sentences if longer else names).append(text[:_LONGEST])
                (about if longer else concepts).append(coded)
    return Lesson(names, concepts, sentences, about, group, scheme_of)


def is_leaf(scheme: Scheme, row: int) -> bool:
    """Whether a text can be coded to the concept: unit groups, KBJI of six digits, every other concept."""
    if scheme.name == "isco08":
        return len(scheme.ids[row]) == 4
    return scheme.name != "kbji" or "." in scheme.ids[row]


def names_of(
    scheme: Scheme, rows: dict[int, int], label: float, alternative: float
) -> Iterator[tuple[int, str, float]]:
    """(number, name, weight) of all labels and alternative labels of the concepts in `rows` (table row ->
    number), with a weight by kind.
    """
    for column, weight in (
        ("label_id", label),
        ("label_en", label),
        ("alt_id", alternative),
        ("alt_en", alternative),
    ):
        for row, value in enumerate(scheme.column(column)):
            if value and row in rows:
                for text in filter(str.strip, value if isinstance(value, list) else (value,)):
                    yield rows[row], text, weight


def _noisy(name: str, noise: Sequence[str], draw: np.random.Generator) -> str:
    """A name as a hurried employer writes it."""
    found = name.split()
    kind = int(draw.integers(4))
    if kind <= 1:
        for _ in range(int(draw.integers(1, 3))):
            found.insert(int(draw.choice([0, len(found)])), noise[int(draw.integers(len(noise)))])
    if kind in (1, 2):
        at = int(draw.integers(len(found)))
        found[at] = _misspelt(found[at], draw)
    if kind == 3 and len(found) > 2:
        found.pop(int(draw.integers(len(found))))
    return " ".join(found)


def _misspelt(word: str, draw: np.random.Generator) -> str:
    """A letter left out, doubled, or changed with the next."""
    if len(word) < 5:
        return word
    at = int(draw.integers(1, len(word) - 1))
    forms = (word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:])
    turned = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return (*forms, turned)[int(draw.integers(3))]


def _sentences(scheme: Scheme) -> Iterator[tuple[int, str]]:
    for column in ("description_id", "description_en"):
        for row, text in enumerate(scheme.column(column)):
            for part in _SENTENCE.split(text or ""):
                if len(part) >= _SHORTEST:
                    yield row, part[:_LONGEST]
