"""Text -> concepts of a scheme, ranked, with a decision or an abstention.

    linker = Linker(Library(home / "schemes"))
    linked = linker.link(["admin gudang", "tukang las"], to="isco08", k=5)
    linked[0].ranked      ("4321", …) ids, best first
    linked[0].decision    "4321", or None: not decided, for the review queue

Whatever schemes are installed help: KBJI titles and descriptions and ESCO labels lead to their ISCO unit
groups through the
crosswalks, the bilingual names of the starter pack lead to ESCO skills, and the unit group that a title
belongs to is a
prior for the KBJI and ESCO occupations inside it.

The score is a similarity, no probability. A decision is made where the score and its distance to the next
concept pass the
thresholds of calibration.yaml, fitted for a precision of 0.90 on the dev sets by bench/linking.py; where
nothing was fitted,
only an equal name decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import yaml

from padan.errors import InputError
from padan.linking.index import Encodes, Fusion, Index, Names
from padan.linking.normalise import clean_title
from padan.taxonomy import Library, Scheme, read_rows, starter_esco

__all__ = ["TARGETS", "Linked", "Linker", "Target", "training_names"]

Target = Literal["isco08", "kbji", "esco-occupation", "esco-skill", "skill"]
TARGETS: tuple[Target, ...] = ("isco08", "kbji", "esco-occupation", "esco-skill", "skill")

#: how much a name is worth by where it comes from: our own and official labels first, lay titles after
_WEIGHT = {"label": 1.0, "alias": 1.0, "noted": 0.93, "alternative": 0.98, "other-scheme": 0.97}


@dataclass(frozen=True, slots=True)
class Linked:
    """What a text was linked to. `exact` says that the text is a name of the first concept."""

    ranked: tuple[str, ...]
    scores: tuple[float, ...]  #: as many as ranked, descending
    decision: str | None
    exact: bool


@dataclass(frozen=True, slots=True)
class _Model:
    ids: list[str]
    index: Index
    fusion: Fusion
    prior: npt.NDArray[np.int32] | None  #: row of the unit group in the isco08 model, -1 where there is none
    prior_weight: float
    least: float
    margin: float


@cache
def _calibration() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(
        (files("padan.linking") / "calibration.yaml").read_text(encoding="utf-8")
    )
    return data


class Linker:
    """Links texts to the schemes of a library; builds the index of a scheme when it is first asked for.

    places    lower-case names of regions, taken out of titles
    encoder   trained vectors, see encoder.py; without them the words and characters decide alone
    """

    def __init__(
        self, library: Library, *, places: Iterable[str] = (), encoder: Encodes | None = None
    ) -> None:
        self.library = library
        self._encoder = encoder
        # "Batu" is a city and what a bricklayer lays: a place whose name is a word of a title stays in the
        # title
        used = {word for row in read_rows("titles") for word in row["title"].lower().split()}
        self._places = frozenset(p.lower() for p in places) - used
        self._models: dict[str, _Model] = {}

    def size_of(self, to: Target) -> dict[str, int]:
        """Build the index of a scheme and say how many concepts and names it holds."""
        model = self._model(to)
        return {"concepts": len(model.ids), "names": len(model.index.names.texts)}

    def link(self, texts: Sequence[str], *, to: Target, k: int = 10, lang: str = "auto") -> list[Linked]:
        """Rank the concepts of a scheme for each text.

        k      how many to keep, 1 to 1000. An empty text gets an empty ranking and no decision.
        lang   id, en or auto; names of both languages are searched in any case, so that mixed titles are
               found
        Equal texts are linked once. Raises NotFound where the scheme is not installed.
        """
        if to not in TARGETS:
            raise InputError(f"cannot link to {to!r}", hint=f"targets: {', '.join(TARGETS)}", field="to")
        if not 1 <= k <= 1000:
            raise InputError(f"k is {k}, not within 1 to 1000", field="k")
        unique = {text: position for position, text in enumerate(dict.fromkeys(texts))}
        model = self._model(to)
        found = self._rank(model, list(unique), k=k, clean=to not in ("esco-skill", "skill"))
        return [found[unique[text]] for text in texts]

    def rank_corpus(
        self, texts: Sequence[str], corpus: Sequence[tuple[str, str]], *, k: int = 10
    ) -> list[Linked]:
        """Rank any list of (id, text) for each text; an id may have several. Only an equal text decides.

        k      how many to keep, 1 to 1000. Ties go to the id that stands first in the corpus.
        """
        if not 1 <= k <= 1000:
            raise InputError(f"k is {k}, not within 1 to 1000", field="k")
        ids = list(dict.fromkeys(i for i, _ in corpus))
        row = {i: r for r, i in enumerate(ids)}
        index = Index(Names.of([(row[i], text, 1.0) for i, text in corpus]), len(ids), encoder=self._encoder)
        settings = _calibration()["corpus"]
        model = _Model(ids, index, Fusion(**settings["fusion"]), None, 0.0, float("inf"), 0.0)
        return self._rank(model, list(texts), k=k, clean=True)

    # -- ranking -------------------------------------------------------------------------------------------

    def _rank(self, model: _Model, texts: list[str], *, k: int, clean: bool) -> list[Linked]:
        queries = [clean_title(t, places=self._places) if clean else t for t in texts]
        k = min(k, len(model.ids))
        out: list[Linked] = []
        chunks = model.index.chunks(len(texts))
        for start in chunks:
            part = range(start, min(start + chunks.step, len(texts)))
            scores = self._scores(model, [queries[i] for i in part])
            for row, position in enumerate(part):
                exact = (
                    model.index.exact(texts[position], places=self._places) if texts[position].strip() else ()
                )
                out.append(self._best(model, scores[row], exact, k))
        return out

    def _scores(self, model: _Model, queries: list[str]) -> npt.NDArray[np.float32]:
        scores = model.index.scores(queries, model.fusion)
        if model.prior is not None and model.prior_weight:
            groups = self._model("isco08")
            above = groups.index.scores(queries, groups.fusion)
            for row, query in enumerate(queries):
                for concept, weight in groups.index.exact(query)[:1]:
                    above[row, concept] = weight
            known = model.prior >= 0
            scores[:, known] += model.prior_weight * above[:, model.prior[known]]
            scores /= 1 + model.prior_weight
        return scores

    def _best(
        self, model: _Model, scores: npt.NDArray[np.float32], exact: tuple[tuple[int, float], ...], k: int
    ) -> Linked:
        # the override: equal names on top, the usual meaning before one that is noted as less usual
        for concept, weight in exact:
            scores[concept] = 1.0 + weight + 1e-3 * min(float(scores[concept]), 1.0)
        take = min(len(scores), k + 1)
        top = np.argpartition(-scores, take - 1)[:take] if take < len(scores) else np.arange(len(scores))
        # ties are cut by argpartition anyhow: among equals at the edge the smaller row must win
        edge = scores[top].min() if len(top) else 0.0
        top = np.flatnonzero(scores >= edge) if edge > 0 else top[scores[top] > 0]
        order = top[np.lexsort((top, -scores[top]))]
        kept = order[:k]
        values = np.minimum(scores[kept], 1.0)
        if not len(kept):
            return Linked((), (), None, False)
        best = float(values[0])
        second = float(min(scores[order[1]], 1.0)) if len(order) > 1 else 0.0
        if exact:
            decided = len(exact) == 1 or exact[0][1] > exact[1][1]
        else:
            decided = best >= model.least and best - second >= model.margin
        return Linked(
            tuple(model.ids[c] for c in kept),
            tuple(round(float(v), 4) for v in values),
            model.ids[kept[0]] if decided else None,
            bool(exact),
        )

    # -- models --------------------------------------------------------------------------------------------

    def _model(self, to: str) -> _Model:
        model = self._models.get(to)
        if model is None:
            model = self._models[to] = self._build(to)
        return model

    def _build(self, to: str) -> _Model:
        scheme = self.library.get(to)
        settings = {**_calibration()["default"], **_calibration().get(to, {})}
        fusion = Fusion(**settings["fusion"])
        rows: list[tuple[int, str, float]]
        if to == "isco08":
            ids, rows, texts = self._unit_groups(scheme)
        else:
            keep = [i for i, is_leaf in enumerate(_leaves(scheme)) if is_leaf]
            ids = [scheme.ids[i] for i in keep]
            rows = _names_of(scheme, {i: r for r, i in enumerate(keep)})
            texts = _texts_of(scheme, keep)
            if to == "esco-skill":
                rows += self._bridge(ids)
        prior = None
        if to in ("kbji", "esco-occupation"):
            groups = {code: row for row, code in enumerate(self._model("isco08").ids)}
            above = dict(zip(scheme.ids, scheme.column("isco08"), strict=True))
            prior = np.array([groups.get((above[i] or [""])[0], -1) for i in ids], np.int32)
        index = Index(Names.of(rows), len(ids), texts=texts if fusion.text else None, encoder=self._encoder)
        return _Model(
            ids,
            index,
            fusion,
            prior,
            settings.get("prior", 0.0),
            settings["least"],
            settings.get("margin", 0.0),
        )

    def _unit_groups(self, scheme: Scheme) -> tuple[list[str], list[tuple[int, str, float]], list[str]]:
        """Names of the unit groups: the starter pack, then KBJI and ESCO through their crosswalks."""
        ids = [c for c in scheme.ids if len(c) == 4]
        row = {c: r for r, c in enumerate(ids)}
        noted = _noted_titles()
        rows: list[tuple[int, str, float]] = []
        labels = zip(scheme.ids, scheme.column("label_id"), scheme.column("label_en"), strict=True)
        rows += [
            (row[c], text, _WEIGHT["label"]) for c, a, b in labels if c in row for text in (a, b) if text
        ]
        aliases = zip(scheme.ids, scheme.column("alt_id"), scheme.column("alt_en"), strict=True)
        rows += [
            (row[c], text, _WEIGHT["noted" if (c, text) in noted else "alias"])
            for c, a, b in aliases
            if c in row
            for text in (*(a or ()), *(b or ()))
        ]
        described: list[list[str]] = [[] for _ in ids]
        for other in ("kbji", "esco-occupation"):
            if other not in self.library:
                continue
            found = self.library.get(other)
            names = _names_of(found, {i: i for i in range(len(found.ids))}, weight=_WEIGHT["other-scheme"])
            above = found.column("isco08")
            for concept, text, weight in names:
                rows += [(row[c], text, weight) for c in above[concept] or () if c in row]
            for codes, text in zip(above, _texts_of(found, range(len(found.ids))), strict=True):
                for code in codes or ():
                    if code in row:
                        described[row[code]].append(text)
        return ids, rows, [" ".join(parts) for parts in described]

    def _bridge(self, ids: list[str]) -> list[tuple[int, str, float]]:
        """Names of the starter skills, as names of the ESCO skills they correspond to: Indonesian reaches
        ESCO.
        """
        row = {uri: r for r, uri in enumerate(ids)}
        skills = self.library.get("skill")
        uri_of = starter_esco()
        out = []
        for concept, text, weight in _names_of(skills, {i: i for i in range(len(skills.ids))}):
            uri = uri_of.get(skills.ids[concept])
            if uri in row:
                out.append((row[uri], text, weight))
        return out


def training_names(library: Library) -> tuple[list[str], list[int]]:
    """All names of the schemes at hand and the number of the concept that each belongs to: what an encoder
    learns from.

    Unit groups of the starter pack, KBJI and ESCO occupations, and skills, whose starter and ESCO names are
    one concept where they
    correspond: that is what carries an Indonesian line to an English label.
    """
    names: list[str] = []
    concepts: list[int] = []
    number: dict[str, int] = {}
    same = starter_esco()
    for target in TARGETS:
        if target not in library:
            continue
        scheme = library.get(target)
        keep = {
            i: i
            for i, leaf in enumerate(_leaves(scheme))
            if leaf and (target != "isco08" or len(scheme.ids[i]) == 4)
        }
        for row, text, _ in _names_of(scheme, keep):
            concept = scheme.ids[row]
            key = same.get(concept, f"{target} {concept}") if target == "skill" else concept
            names.append(text)
            concepts.append(
                number.setdefault(
                    key if target in ("skill", "esco-skill") else f"{target} {concept}", len(number)
                )
            )
    return names, concepts


def _leaves(scheme: Scheme) -> list[bool]:
    if scheme.name != "kbji":
        return [True] * len(scheme.ids)
    return [level == 6 for level in scheme.column("level")]


def _names_of(
    scheme: Scheme, rows: dict[int, int], *, weight: float | None = None
) -> list[tuple[int, str, float]]:
    """(row, name, weight) of all labels and alternative labels of the concepts in `rows` (table row ->
    row).
    """
    out: list[tuple[int, str, float]] = []
    for column, kind in (
        ("label_id", "label"),
        ("label_en", "label"),
        ("alt_id", "alternative"),
        ("alt_en", "alternative"),
    ):
        for position, value in enumerate(scheme.column(column)):
            if value and position in rows:
                worth = weight if weight is not None else _WEIGHT[kind]
                for text in value if isinstance(value, list) else (value,):
                    out.append((rows[position], text, worth))
    return out


def _texts_of(scheme: Scheme, keep: Sequence[int]) -> list[str]:
    """What describes each concept: labels and descriptions in both languages, cut at 1,500 characters a
    part.
    """
    names = ("label_id", "label_en", "description_id", "description_en")
    columns = [scheme.column(name) for name in names]
    alternatives = [scheme.column(name) for name in ("alt_id", "alt_en")]
    return [
        " ".join(
            [(column[i] or "")[:1500] for column in columns]
            + [" ".join((column[i] or [])[:20]) for column in alternatives]
        )
        for i in keep
    ]


@cache
def _noted_titles() -> frozenset[tuple[str, str]]:
    return frozenset((r["isco08"], r["title"]) for r in read_rows("titles") if r["note"])
