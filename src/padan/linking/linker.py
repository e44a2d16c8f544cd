"""Text -> concepts of a scheme, ranked, with a decision or an abstention.

    linker = Linker(Library(home / "schemes"))
    linked = linker.link(["admin gudang", "tukang las"], to="isco08", k=5)
    linked[0].ranked      ("4321", …) ids, best first
    linked[0].decision    "4321", or None: not decided, for the review queue

A title may come with a text about the work: its duties re-rank what the title proposes (duties.py). A line
about skills is read whole and part by part, and a skill that it names outright counts more.

The score is a similarity, no probability. The confidence is one: how often a first proposal with such a score
and such a distance to the next is right, fitted by target and language on the dev sets (calibration.yaml,
made by bench/linking.py). From a confidence of 0.90 on the first proposal is a decision; where nothing was
fitted, only an equal name decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from padan.errors import InputError, ShapeError
from padan.linking.clauses import parts
from padan.linking.duties import Duties, split_long
from padan.linking.features import Floats, read
from padan.linking.index import Encodes, Head, Index
from padan.linking.normalise import clean_title, key
from padan.linking.review import masked
from padan.linking.survey import Status, lean, status_of
from padan.linking.targets import SKILLS, TARGETS, WORK, Example, Model, Target, Targets, settings_of
from padan.taxonomy import Library, read_rows

__all__ = ["Linked", "Linker"]


@dataclass(frozen=True, slots=True)
class Linked:
    """What a text was linked to. `exact` says that the text is a name of the first concept."""

    ranked: tuple[str, ...]
    scores: tuple[float, ...]  #: as many as ranked, descending
    decision: str | None
    exact: bool
    confidence: float | None = None  #: of the first one, 0 to 1; None where none was fitted
    status: Status | None = None  #: in employment, where a text about work states it


_DUTIES = 0.5  #: weight of the duties beside the title
_CODED = ("isco08", "kbji")  #: targets whose ids say which major group a concept is in
_TOLD = ("isco08", "esco-occupation")  #: targets whose concepts have skills, so that duties tell
_LETTERS = 3  #: letters that a text must have to be decided on what it is near to
_EQUAL = 0.85  #: confidence in equal names below which they do not decide: measured, clearly less than 0.90
_EVIDENCE, _EVIDENCE_SKILLS = 0.5, 0.25  #: weight of the votes of coded texts, for work and for skills
_WHOLE = 0.5  #: weight of the whole line beside its best part


class Linker:
    """Links texts to the schemes of a library; builds the index of a scheme when it is first asked for.

    places    lower-case names of regions, taken out of titles
    encoder   trained vectors, see encoder.py; without them the words and characters decide alone
    examples  target -> texts that somebody has coded, with the id of the concept: evidence, weaker than a
              name
    reviewed  what reviewers decided: (target, key of the text) -> id, or None where the text names no
              concept; it wins over everything and needs no training
    """

    def __init__(
        self,
        library: Library,
        *,
        places: Iterable[str] = (),
        encoder: Encodes | None = None,
        examples: Mapping[str, Sequence[Example]] | None = None,
        reviewed: Mapping[tuple[str, str], str | None] | None = None,
    ) -> None:
        self.library = library
        self._encoder = encoder
        self._duties: dict[str, Duties] = {}
        self._tongues: dict[str, int] = {}
        self._reviewed: Mapping[tuple[str, str], str | None] = reviewed or {}
        # "Batu" is a city and what a bricklayer lays: a place whose name is a word of a title stays in the
        # title
        used = {word for row in read_rows("titles") for word in row["title"].lower().split()}
        self._places = frozenset(p.lower() for p in places) - used
        coded = {
            to: [(clean_title(t, places=self._places) if to in WORK else t, i) for t, i in pairs]
            for to, pairs in (examples or {}).items()
        }
        self._targets = Targets(library, encoder, coded)

    def size_of(self, to: Target) -> dict[str, int]:
        """Build the index of a scheme and say how many concepts and names it holds."""
        model = self._targets.model(to)
        return {"concepts": len(model.ids), "names": len(model.entries)}

    def link(
        self,
        texts: Sequence[str],
        *,
        to: Target,
        k: int = 10,
        lang: str = "auto",
        duties: Sequence[str | None] | None = None,
    ) -> list[Linked]:
        """Rank the concepts of a scheme for each text.

        k       how many to keep, 1 to 1000. An empty text gets an empty ranking and no decision.
        lang    id, en or auto; names of both languages are searched in any case, so that mixed titles are
                found; the language says how sure a score is
        duties  texts about the work, one a title or None, for isco08 and esco-occupation; a text of more than
                200 characters that should be a title is its own
        Equal texts are linked once. Raises NotFound where the scheme is not installed.
        """
        if to not in TARGETS:
            raise InputError(f"cannot link to {to!r}", hint=f"targets: {', '.join(TARGETS)}", field="to")
        if not 1 <= k <= 1000:
            raise InputError(f"k is {k}, not within 1 to 1000", field="k")
        if lang not in ("auto", "id", "en"):
            raise InputError(f"the language {lang!r} is not known", hint="id, en or auto", field="lang")
        if duties is not None and len(duties) != len(texts):
            raise ShapeError(f"{len(texts)} texts, {len(duties)} duties", field="duties")
        asked = list(zip(texts, duties or [None] * len(texts), strict=True))
        unique = {pair: position for position, pair in enumerate(dict.fromkeys(asked))}
        model = self._targets.model(to)
        found = self._rank(model, list(unique), k=k, to=to, lang=lang)
        if self._reviewed:
            found = [self._review(to, text, one) for (text, _), one in zip(unique, found, strict=True)]
        return [found[unique[pair]] for pair in asked]

    def with_reviewed(self, reviewed: Mapping[tuple[str, str], str | None]) -> Linker:
        """This linker with other decisions of reviewers; the models are shared, nothing is built again."""
        other = copy(self)
        other._reviewed = reviewed
        return other

    def _review(self, to: str, text: str, found: Linked) -> Linked:
        """What a reviewer decided for an equal text, on top of the proposals; else the text as linked."""
        place = (to, key(masked(text)))
        if place not in self._reviewed:
            return found
        concept = self._reviewed[place]
        if concept is None:
            return replace(found, decision=None, exact=False)
        rest = [(i, s) for i, s in zip(found.ranked, found.scores, strict=True) if i != concept]
        rest = rest[: max(len(found.ranked) - 1, 0)]
        return Linked(
            (concept, *(i for i, _ in rest)),
            (1.0, *(s for _, s in rest)),
            concept,
            True,
            found.confidence if found.ranked[:1] == (concept,) else None,
            found.status,
        )

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
        names = list(dict.fromkeys(text for _, text in corpus))
        at = {text: r for r, text in enumerate(names)}
        placed = [(row[i], at[text], 1.0) for i, text in corpus]
        dense = settings_of("corpus")["dense"] if self._encoder is not None else 0.0
        entries: dict[int, list[tuple[int, float]]] = {}
        for concept, name, weight in placed:
            entries.setdefault(name, []).append((concept, weight))
        index = Index(names, encoder=self._encoder)
        model = Model(ids, index, Head.of(placed, dense=dense), entries, None, None)
        return self._rank(model, [(text, None) for text in texts], k=k, to="corpus", lang="auto")

    # -- ranking -------------------------------------------------------------------------------------------

    def _rank(
        self, model: Model, asked: list[tuple[str, str | None]], *, k: int, to: str, lang: str
    ) -> list[Linked]:
        """`link` for different pairs of text and duties; `to` says by which settings."""
        texts = [text for text, _ in asked]
        about = [duty for _, duty in asked]
        queries = texts
        if to in WORK:
            split = [split_long(text) for text in texts]
            about = [own if duty is None else duty for duty, (_, own) in zip(about, split, strict=True)]
            queries = [clean_title(title, places=self._places) for title, _ in split]
        elif to == "corpus":
            queries = [clean_title(text, places=self._places) for text in texts]
        settings = settings_of(to)
        k = min(k, len(model.ids))
        out: list[Linked] = []
        chunks = model.index.chunks(len(texts))
        for start in chunks:
            part = slice(start, start + chunks.step)
            words = read(queries[part])
            scores, above = model.index.scores(words, queries[part], model.heads)
            if model.descriptions is not None:
                model.descriptions[0].add(scores, words, model.descriptions[1])
            cleaned = model.index.equal(words, queries[part])
            written = cleaned
            if queries is not texts:
                written = model.index.equal(read(texts[part]), texts[part])
            names = [a or b for a, b in zip(written, cleaned, strict=True)]
            if model.above is not None:
                self._add_prior(model, scores, above, names)
            if to in SKILLS:
                _add_parts(model, scores, texts[part])
            told = to in _TOLD and any(about[part])
            plain = scores.copy() if told or model.evidence is not None else scores
            if model.evidence is not None:
                weight = _EVIDENCE_SKILLS if to in SKILLS else _EVIDENCE
                scores += np.float32(weight) * model.evidence.votes(words, queries[part])
            if told:
                scores += np.float32(_DUTIES) * self._duties_of(to).scores(about[part], len(model.ids))
            for row, equal in enumerate(names):
                tongue = self._language(texts[start + row]) if lang == "auto" else lang
                sure = settings["confidence"].get(tongue)
                if sum(map(str.isalpha, queries[start + row])) < _LETTERS:
                    sure = None  # "x" is no title, whatever it is near to
                status = status_of(texts[start + row]) if to in WORK else None
                if status is not None and to in _CODED:
                    lean(scores[row], model.ids, status)
                    if plain is not scores:
                        lean(plain[row], model.ids, status)
                    # the status is part of what was said: a name that is equal but for it does not override
                    equal = written[row]
                exact = _exact(model.entries, equal)
                found = _best(model, scores[row], exact, k, sure, None if plain is scores else plain[row])
                out.append(found if status is None else replace(found, status=status))
        return out

    def _duties_of(self, to: str) -> Duties:
        if to not in self._duties:
            self._duties[to] = Duties(self.library, self._targets, to)
        return self._duties[to]

    def _language(self, text: str) -> str:
        """The language of a short text, by the job titles of the starter pack that its words stand in."""
        if not self._tongues:
            counted: dict[str, int] = {}
            for row in read_rows("titles"):
                step = 1 if row["lang"] == "id" else -1
                for word in row["title"].lower().split():
                    counted[word] = counted.get(word, 0) + step
            self._tongues = counted  # whole at once: another thread never sees a part of it
        words = text[:300].lower().split()
        balance = sum(np.sign(self._tongues.get(w.strip(".,;:()/-"), 0)) for w in words)
        return "en" if balance < 0 else "id"

    def _add_prior(
        self,
        model: Model,
        scores: npt.NDArray[np.float32],
        above: npt.NDArray[np.float32],
        names: Sequence[Sequence[int]],
    ) -> None:
        """Mix the score of the unit group into those of the concepts inside it."""
        assert model.above is not None
        _, _, owner, share = model.above
        groups = self._targets.model("isco08").entries
        for row, equal in enumerate(names):
            for concept, weight in _exact(groups, equal)[:1]:
                above[row, concept] = weight
        known = owner >= 0
        scores[:, known] += np.float32(share) * above[:, owner[known]]
        scores /= np.float32(1 + share)


def _exact(
    entries: Mapping[int, Sequence[tuple[int, float]]], names: Sequence[int]
) -> tuple[tuple[int, float], ...]:
    """(concept, weight of the name) of the concepts that have one of these names, best first."""
    best: dict[int, float] = {}
    for name in names:
        for concept, weight in entries.get(name, ()):
            best[concept] = max(best.get(concept, 0.0), weight)
    return tuple(sorted(best.items(), key=lambda item: (-item[1], item[0])))


def _add_parts(model: Model, scores: Floats, texts: Sequence[str]) -> None:
    """Mix the best part of each line into its scores, and add to the skills that a line names outright."""
    pieces: list[str] = []
    owner: list[int] = []
    for row, text in enumerate(texts):
        found = [p for p in parts(text) if p.strip().lower() != text.strip().lower()]
        pieces += found
        owner += [row] * len(found)
    if pieces:
        best = np.zeros_like(scores)
        chunks = model.index.chunks(len(pieces))
        for start in chunks:
            batch = pieces[start : start + chunks.step]
            words = read(batch)
            partial, _ = model.index.scores(words, batch, model.heads)
            if model.descriptions is not None:
                model.descriptions[0].add(partial, words, model.descriptions[1])
            for row, values in zip(owner[start : start + chunks.step], partial, strict=True):
                np.maximum(best[row], values, out=best[row])
        parted = np.unique(owner)
        scores[parted] = np.float32(_WHOLE) * scores[parted] + np.float32(1 - _WHOLE) * best[parted]
    for finder, number, worth in model.finders:
        for row, text in enumerate(texts):
            for skill in {found.skill for found in finder.find(text)}:
                if skill in number:
                    scores[row, number[skill]] += np.float32(worth)


def _best(
    model: Model,
    scores: Floats,
    exact: tuple[tuple[int, float], ...],
    k: int,
    sure: Mapping[str, float] | None,
    plain: Floats | None,
) -> Linked:
    """The k best; `plain` are the scores without votes of coded texts and without duties, where there are
    some: the confidence was fitted on such scores, so these can change the proposal and cannot make it sure.
    """
    # the override: equal names on top, the usual meaning before one that is noted as less usual
    for concept, weight in exact:
        scores[concept] = 2.0 + weight + 1e-3 * min(float(scores[concept]), 1.0)
    take = min(len(scores), k + 1)
    top = np.argpartition(-scores, take - 1)[:take] if take < len(scores) else np.arange(len(scores))
    # ties are cut by argpartition anyhow: among equals at the edge the smaller row must win
    edge = scores[top].min() if len(top) else 0.0
    top = np.flatnonzero(scores >= edge) if edge > 0 else top[scores[top] > 0]
    order = top[np.lexsort((top, -scores[top]))]
    if not len(order):
        return Linked((), (), None, False)
    values = np.minimum(scores[order[: k + 1]], 1.0).astype(float).tolist()
    second = values[1] if len(values) > 1 else 0.0
    confidence = None
    if exact:
        alone = len(exact) == 1 or exact[0][1] > exact[1][1]
        decided = alone and (sure is None or sure["equal"] >= _EQUAL)
        confidence = None if sure is None else sure["equal"] if alone else sure["equal"] / 2
    else:
        decided = False
        if sure is not None:
            best, next_best = values[0], second
            if plain is not None:
                best = min(float(plain[order[0]]), 1.0)
                next_best = min(float(np.max(np.delete(plain, order[0]), initial=0.0)), 1.0)
            confidence = _confidence(sure, best, next_best)
            decided = confidence >= sure["least"]
    return Linked(
        tuple(model.ids[c] for c in order[:k]),
        tuple(round(v, 4) for v in values[:k]),
        model.ids[order[0]] if decided else None,
        bool(exact),
        None if confidence is None else round(confidence, 3),
    )


def _confidence(sure: Mapping[str, float], best: float, second: float) -> float:
    """Logistic in the best score and its distance to the next."""
    return 1 / (1 + math.exp(-(sure["base"] + sure["score"] * best + sure["gap"] * (best - second))))
