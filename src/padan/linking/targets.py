"""What texts can be linked to: the concepts of a target, their names, and how they are scored.

Names come from all installed schemes. KBJI and ESCO titles lead to their ISCO unit groups through the
crosswalks; the bilingual names of the starter pack lead to ESCO skills; the unit group that a title belongs
to is a prior for the KBJI and ESCO occupations inside it. So there are two indexes: one of names of work, one
of names of skills, each built when it is first asked for and shared by its targets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import yaml

from padan.linking.clauses import cues
from padan.linking.index import Descriptions, Encodes, Evidence, Head, Index
from padan.linking.lesson import is_leaf, names_of
from padan.linking.skills import SkillFinder
from padan.taxonomy import Library, Scheme, read_rows, starter_esco

__all__ = ["SKILLS", "TARGETS", "WORK", "Example", "Model", "Target", "Targets", "calibration"]

Target = Literal["isco08", "kbji", "esco-occupation", "esco-skill", "skill"]
TARGETS: tuple[Target, ...] = ("isco08", "kbji", "esco-occupation", "esco-skill", "skill")
WORK = ("isco08", "kbji", "esco-occupation")
SKILLS = ("skill", "esco-skill")

#: how much a name is worth by where it comes from: our own and official labels first, lay titles after
_LABEL, _NOTED, _ALTERNATIVE, _OTHER = 1.0, 0.93, 0.98, 0.97
#: what it adds to the score of a skill that the text names it: the names of the starter pack are the surer
#: ones
_NAMED = {"skill": 0.2, "esco-skill": 0.1}
_EMPTY = Head.of([], dense=0.0)

Example = tuple[str, str]  #: a text and the id of the concept that somebody coded it to
Named = list[tuple[int, str, float]]  #: (concept, name, weight)


@cache
def calibration() -> dict[str, Any]:
    """calibration.yaml: weights of the views and what a score means, by target."""
    text = (files("padan.linking") / "calibration.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


@dataclass(frozen=True, slots=True)
class Model:
    """A target, ready to be asked.

    ids           (n,) of its concepts
    head          their names in `index`
    entries       name of the index -> concepts that have it, with the weight of the name
    above         the prior: head and number of the unit groups, the unit group of each concept (n,) or -1,
                  and its weight
    descriptions  of the concepts, with their weight in a score
    finders       of skills that a text names outright: with each, the row of a skill in `ids`, and what being
                  named adds to a score
    evidence      texts that somebody has coded
    """

    ids: Sequence[str]
    index: Index
    head: Head
    entries: dict[int, list[tuple[int, float]]]
    above: tuple[Head, int, npt.NDArray[np.int32], float] | None
    descriptions: tuple[Descriptions, float] | None
    finders: tuple[tuple[SkillFinder, dict[str, int], float], ...] = ()
    evidence: Evidence | None = None

    @property
    def heads(self) -> tuple[tuple[Head, int], tuple[Head, int]]:
        """The head of the target, and that of its prior."""
        prior = (_EMPTY, 0) if self.above is None else self.above[:2]
        return (self.head, len(self.ids)), prior


class Targets:
    """Models of the targets over the schemes of a library."""

    def __init__(
        self, library: Library, encoder: Encodes | None, examples: Mapping[str, Sequence[Example]]
    ) -> None:
        self.library = library
        self._encoder = encoder
        self._examples = examples
        self._models: dict[str, Model] = {}
        self._skill_finders: dict[str, SkillFinder] = {}

    def model(self, to: str) -> Model:
        """The model of a target; raises NotFound where its scheme is not installed."""
        if to not in self._models:
            self.library.get(to)
            self._models |= self._build(WORK if to in WORK else SKILLS)
        return self._models[to]

    def _build(self, targets: Sequence[str]) -> dict[str, Model]:
        named: dict[str, tuple[list[str], Named]] = {}
        for to in targets:
            if to in self.library:
                scheme = self.library.get(to)
                named[to] = self._unit_groups(scheme) if to == "isco08" else self._concepts(scheme)
        texts: dict[str, int] = {}
        for _, rows in named.values():
            for _, text, _ in rows:
                texts.setdefault(text, len(texts))
        index = Index(list(texts), encoder=self._encoder)
        out: dict[str, Model] = {}
        for to, (ids, rows) in named.items():
            settings = settings_of(to)
            placed = [(concept, texts[text], weight) for concept, text, weight in rows]
            dense = settings["dense"] if self._encoder is not None else 0.0
            head = Head.of(placed, dense=dense, vote=settings["vote"])
            entries: dict[int, list[tuple[int, float]]] = {}
            for concept, name, weight in placed:
                entries.setdefault(name, []).append((concept, weight))
            scheme = self.library.get(to)
            above = None
            if to in ("kbji", "esco-occupation"):
                groups = out["isco08"]
                number = {code: row for row, code in enumerate(groups.ids)}
                unit = dict(zip(scheme.ids, scheme.column("isco08"), strict=True))
                owner = np.array([number.get((unit[i] or [""])[0], -1) for i in ids], np.int32)
                above = (groups.head, len(groups.ids), owner, float(settings["prior"]))
            described = None
            if settings["text"]:
                described = (Descriptions(_texts_of(scheme, ids)), float(settings["text"]))
            out[to] = Model(
                ids, index, head, entries, above, described, self._finders(to, ids), self._evidence(to, ids)
            )
        return out

    def _evidence(self, to: str, ids: Sequence[str]) -> Evidence | None:
        number = {concept: n for n, concept in enumerate(ids)}
        coded = [
            (text, number[concept])
            for text, concept in self._examples.get(to, ())
            if concept in number and text.strip()
        ]
        return Evidence(coded, len(ids), encoder=self._encoder) if coded else None

    def _finders(self, to: str, ids: Sequence[str]) -> tuple[tuple[SkillFinder, dict[str, int], float], ...]:
        if to not in SKILLS:
            return ()
        number = {concept: n for n, concept in enumerate(ids)}
        own = (self._finder(to), number, _NAMED[to])
        if to == "skill":
            return (own,)
        met = {skill: number[uri] for skill, uri in _esco_of().items() if uri in number}
        return own, (self._finder("skill"), met, _NAMED["skill"])

    def _finder(self, scheme: str) -> SkillFinder:
        """Built once a scheme: both targets of skills use that of the starter pack."""
        if scheme not in self._skill_finders:
            self._skill_finders[scheme] = SkillFinder(self.library.get(scheme))
        return self._skill_finders[scheme]

    def _concepts(self, scheme: Scheme) -> tuple[list[str], Named]:
        keep = [row for row in range(len(scheme.ids)) if is_leaf(scheme, row)]
        ids = [scheme.ids[row] for row in keep]
        rows = _stripped(names_of(scheme, {row: n for n, row in enumerate(keep)}, _LABEL, _ALTERNATIVE))
        if scheme.name == "esco-skill":
            rows += self._bridge(ids)
        return ids, rows

    def _unit_groups(self, scheme: Scheme) -> tuple[list[str], Named]:
        """Names of the unit groups: the starter pack, then KBJI and ESCO through their crosswalks."""
        ids, rows = self._concepts(scheme)
        number = {c: n for n, c in enumerate(ids)}
        noted = {(number[r["isco08"]], r["title"]) for r in read_rows("titles") if r["note"]}
        rows = [(c, text, _NOTED if (c, text) in noted else _LABEL) for c, text, _ in rows]
        for other in ("kbji", "esco-occupation"):
            if other in self.library:
                found = self.library.get(other)
                groups = found.column("isco08")
                every = {row: row for row in range(len(found.ids))}
                for row, text, weight in _stripped(names_of(found, every, _OTHER, _OTHER)):
                    rows += [(number[c], text, weight) for c in groups[row] or () if c in number]
        return ids, rows

    def _bridge(self, ids: list[str]) -> Named:
        """Names of the starter skills, as names of the ESCO skills they correspond to: Indonesian reaches
        ESCO.
        """
        number = {uri: n for n, uri in enumerate(ids)}
        skills = self.library.get("skill")
        uri_of = _esco_of()
        at = {
            row: number[uri_of[concept]]
            for row, concept in enumerate(skills.ids)
            if uri_of.get(concept) in number
        }
        return _stripped(names_of(skills, at, _LABEL, _ALTERNATIVE))


def _esco_of() -> dict[str, str]:
    """Skill of the starter pack -> ESCO skill that it corresponds to, or that is asked for by it."""
    found = starter_esco()
    implied = {skill: found[other] for skill, other in cues()["implies"].items() if other in found}
    return {**implied, **found}


def settings_of(to: str) -> dict[str, Any]:
    """Calibration of a target, with what it does not say filled in."""
    return {**calibration()["default"], **calibration().get(to, {})}


def _stripped(rows: Iterator[tuple[int, str, float]]) -> Named:
    return [(concept, text.strip(), weight) for concept, text, weight in rows if text.strip()]


def _texts_of(scheme: Scheme, ids: Sequence[str]) -> list[str]:
    """What describes each concept: labels and descriptions in both languages, cut at 1,500 characters a
    part.
    """
    names = ("label_id", "label_en", "description_id", "description_en")
    columns = [scheme.column(name) for name in names]
    alternatives = [scheme.column(name) for name in ("alt_id", "alt_en")]
    return [
        " ".join(
            [(column[row] or "")[:1500] for column in columns]
            + [" ".join((column[row] or [])[:20]) for column in alternatives]
        )
        for row in (scheme.row_of[i] for i in ids)
    ]
