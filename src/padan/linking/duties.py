"""Which occupations the duties in a text belong to, through the skills that they name.

A description glued to a title drowns it; read clause by clause it says which of the near occupations is
meant. Each clause about the work or its requirements is linked to its nearest skills; the skills of a whole
text, rarer ones weighing more, are compared with the essential and optional skills of every occupation
(cosine). The result re-ranks what the title proposes, it proposes nothing by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from scipy import sparse

from padan.linking.clauses import clauses
from padan.linking.features import Floats, read
from padan.linking.targets import Model, Targets
from padan.taxonomy import Library

__all__ = ["Duties", "split_long"]

_SHORTEST, _LONGEST = 15, 400  #: characters of a clause that is read
_READ = 20_000  #: characters of a text that are read
_MOST = 60  #: clauses of a text that are read
_NEAREST = 3  #: skills a clause
_LEAST = 0.5  #: similarity from which a clause is held to mean a skill
_OPTIONAL = 0.5  #: weight of a skill that is not essential
_LONG = 200  #: characters from which a text that should be a title is a description
_LABELLED = re.compile(
    r"\b(?:position|job title|title|vacancy|posisi|jabatan|judul|lowongan)(?: title)?\s*[:=]\s*"
    r"(.{3,80}?)(?=\s*(?:$|[\n;.|,]|\s[-–]\s|\b\w{3,20}(?:\s(?:of|kerja|status|type)\s?\w{0,20})?\s*:))",
    re.IGNORECASE,
)


def split_long(text: str) -> tuple[str, str | None]:
    """The title and the duties of a text that should be a title: all of it, unless it is a long description,
    whose title is what it calls so, or else its first clause.
    """
    if len(text) <= _LONG:
        return text, None
    labelled = _LABELLED.search(text[:2_000])
    if labelled:
        return labelled.group(1), text
    first = next((c for c in clauses(text[:5_000]) if c.kind != "company"), None)
    return (text[first.start : first.end][:_LONG] if first else text[:_LONG]), text


class Duties:
    """Scores of the concepts of a target by the duties of texts.

    Relations are those of the starter pack, and of ESCO where it is installed; a unit group has the best
    score of the ESCO occupations inside it when that is better than its own.
    """

    def __init__(self, library: Library, targets: Targets, to: str) -> None:
        self._sides: list[tuple[Model, sparse.csr_matrix, Floats]] = []
        model = targets.model(to)
        row = {concept: n for n, concept in enumerate(model.ids)}
        if to == "isco08":
            self._add(targets.model("skill"), library.get("isco08").relations.to_pydict(), row, len(row))
        if to in ("isco08", "esco-occupation") and "esco-occupation" in library:
            scheme = library.get("esco-occupation")
            inside = row
            if to == "isco08":
                groups = zip(scheme.ids, scheme.column("isco08"), strict=True)
                inside = {i: row[g[0]] for i, g in groups if g and g[0] in row}
            self._add(targets.model("esco-skill"), scheme.relations.to_pydict(), inside, len(row))

    def _add(self, skills: Model, relations: dict[str, list[str]], rows: dict[str, int], size: int) -> None:
        number = {skill: n for n, skill in enumerate(skills.ids)}
        best: dict[tuple[int, int], float] = {}
        columns = (relations[name] for name in ("source", "relation", "target"))
        for source, relation, target in zip(*columns, strict=True):
            at = rows.get(source)
            if at is not None and target in number and relation in ("essential", "useful", "optional"):
                place = (at, number[target])
                best[place] = max(best.get(place, 0.0), 1.0 if relation == "essential" else _OPTIONAL)
        places = np.array(list(best), np.int64).reshape(-1, 2)
        has = sparse.csr_matrix(
            (np.array(list(best.values()), np.float32), (places[:, 0], places[:, 1])),
            shape=(size, len(skills.ids)),
        )
        rare = np.log((1 + size) / (1 + has.getnnz(axis=0))).astype(np.float32)
        self._sides.append((skills, _unit(has @ sparse.diags(rare)), rare))

    def scores(self, texts: Sequence[str | None], size: int) -> Floats:
        """Cosines (q, size) of each text with the concepts; zeros for a text without duties."""
        out = np.zeros((len(texts), size), np.float32)
        lines: list[str] = []
        owner: list[int] = []
        for place, text in enumerate(texts):
            found = _duties(text or "")
            lines += found
            owner += [place] * len(found)
        if not lines:
            return out
        for skills, has, rare in self._sides:
            near, worth = _nearest(skills, lines)
            kept = worth >= _LEAST
            rows = np.repeat(np.array(owner), _NEAREST).reshape(-1, _NEAREST)[kept]
            said = sparse.csr_matrix((worth[kept], (rows, near[kept])), shape=(len(texts), len(rare)))
            found = _unit(said @ sparse.diags(rare)) @ has.T
            out = np.maximum(out, found.toarray().astype(np.float32))
        return out


def _duties(text: str) -> list[str]:
    out = []
    text = text[:_READ]
    for clause in clauses(text):
        if clause.kind in ("required", "wish") and _SHORTEST < clause.end - clause.start < _LONGEST:
            out.append(text[clause.start : clause.end])
            if len(out) == _MOST:
                break
    return out


def _nearest(skills: Model, lines: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The nearest skills of each line and their scores, (lines, 3) each."""
    near, worth = [], []
    chunks = skills.index.chunks(len(lines))
    for start in chunks:
        part = lines[start : start + chunks.step]
        scores, _ = skills.index.scores(read(part), part, skills.heads)
        # a stable sort of the few best: ties go to the smaller row
        top = np.sort(np.argpartition(-scores, _NEAREST, axis=1)[:, :_NEAREST], axis=1)
        near.append(top)
        worth.append(np.take_along_axis(scores, top, axis=1))
    return np.vstack(near), np.vstack(worth)


def _unit(rows: sparse.spmatrix) -> sparse.csr_matrix:
    found = rows.tocsr()
    length = np.sqrt(np.asarray(found.multiply(found).sum(axis=1))).ravel()
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(length, 1e-9)) @ found, dtype=np.float32)
