"""Weighted tables between two classifications, composed through ISCO-08 where there is no direct one.

    table = crosswalk(library, "kbji", "esco-occupation")
    table.column_names      source_id, target_id, weight, source

Up to ISCO-08: each concept of kbji, esco-occupation or onet names its unit groups (column `isco08`); where
it names several, each gets an equal share. Down from ISCO-08: a unit group is divided over the concepts that
lie in it, in proportion to the share with which they lie there, so equally where each lies in one unit
group. Everything between two of these is the product of the two steps. An equal share says that nothing
better is known; it is no probability.

    kbli -> isic            column `isic4`, or the ISIC code of the nearest group above
    skill <-> esco-skill    the correspondences of the starter pack

The weights of a source concept sum to 1. Concepts without a counterpart are not in the table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import pyarrow as pa

from padan.errors import InputError
from padan.taxonomy.scheme import Library, Scheme
from padan.taxonomy.starter_pack import starter_esco

__all__ = ["CROSSWALK", "compose", "crosswalk", "invert", "to_unit_groups"]

CROSSWALK = pa.schema(
    [
        pa.field("source_id", pa.string(), nullable=False),
        pa.field("target_id", pa.string(), nullable=False),
        pa.field("weight", pa.float64(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
    ]
)
#: concept -> counterparts with weights that sum to 1
Weights = Mapping[str, Mapping[str, float]]

_THROUGH_ISCO = ("isco08", "kbji", "esco-occupation", "onet")
_DIRECT = (("kbli", "isic"), ("skill", "esco-skill"), ("esco-skill", "skill"))


def crosswalk(library: Library, source: str, target: str) -> pa.Table:
    """The table between two schemes of a library: source_id, target_id, weight, source; sorted by both ids.

    Sources are concepts of every level that has a counterpart; targets are the finest: unit groups of isco08,
    jabatan with six digits of kbji, all occupations of ESCO and O*NET. The column `source` says where a row
    comes from. Raises InputError for two schemes that are not joined, NotFound for one that is not installed.
    """
    if source == target or not (
        (source in _THROUGH_ISCO and target in _THROUGH_ISCO) or (source, target) in _DIRECT
    ):
        raise InputError(
            f"there is no crosswalk from {source!r} to {target!r}",
            hint=f"between two of {', '.join(_THROUGH_ISCO)}; {', '.join(f'{a} to {b}' for a, b in _DIRECT)}",
            field="target",
        )
    first, last = library.get(source), library.get(target)
    if source == "kbli":
        return _table(_to_isic(first, last), f"ISIC codes of {_named(first)}")
    if source == "skill" or target == "skill":
        installed = library.get("esco-skill").row_of
        pairs = {skill: {uri: 1.0} for skill, uri in starter_esco().items() if uri in installed}
        words = f"starter pack, {_named(library.get('skill'))}"
        return _table(pairs if source == "skill" else invert(pairs), words)
    if target == "isco08":
        return _table(to_unit_groups(first), f"unit groups of {_named(first)}")
    down = invert(to_unit_groups(last, finest=True))
    if source == "isco08":
        return _table(down, f"unit groups of {_named(last)}")
    words = f"unit groups of {_named(first)} and of {_named(last)}"
    return _table(compose(to_unit_groups(first), down), words)


def to_unit_groups(scheme: Scheme, *, finest: bool = False) -> Weights:
    """Concept -> its ISCO-08 unit groups, equal shares; `finest` leaves out groups of the scheme itself."""
    rows = zip(scheme.ids, scheme.column("isco08"), scheme.column("level"), strict=True)
    return {
        concept: {code: 1 / len(codes) for code in codes}
        for concept, codes, level in rows
        if codes and not (finest and scheme.name == "kbji" and level != 6)
    }


def compose(first: Weights, second: Weights) -> Weights:
    """The product of two steps; what the second does not know is left out and the rest made to sum to 1."""
    out: dict[str, dict[str, float]] = {}
    for start, middles in first.items():
        ends: dict[str, float] = defaultdict(float)
        for middle, weight in middles.items():
            for end, share in second.get(middle, {}).items():
                ends[end] += weight * share
        if ends:
            out[start] = _shares(ends)
    return out


def invert(weights: Weights) -> Weights:
    """The same pairs the other way round; the weights of each new source are made to sum to 1."""
    turned: dict[str, dict[str, float]] = defaultdict(dict)
    for start, ends in weights.items():
        for end, weight in ends.items():
            turned[end][start] = weight
    return {end: _shares(starts) for end, starts in turned.items()}


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {key: value / total for key, value in weights.items()}


def _to_isic(kbli: Scheme, isic: Scheme) -> Weights:
    named = dict(zip(kbli.ids, kbli.column("isic4"), strict=True))
    parent = dict(zip(kbli.ids, kbli.column("parent"), strict=True))
    out: dict[str, dict[str, float]] = {}
    for code in kbli.ids:
        above: str | None = code
        while above is not None and named.get(above) not in isic.row_of:
            above = parent.get(above)
        if above is not None:
            out[code] = {named[above]: 1.0}
    return out


def _named(scheme: Scheme) -> str:
    return f"{scheme.name} {scheme.info.version}"


def _table(weights: Weights, words: str) -> pa.Table:
    rows = sorted((s, t, w) for s, ends in weights.items() for t, w in ends.items())
    columns = {
        "source_id": [r[0] for r in rows],
        "target_id": [r[1] for r in rows],
        "weight": [r[2] for r in rows],
        "source": [words] * len(rows),
    }
    return pa.Table.from_pydict(columns, schema=CROSSWALK)
