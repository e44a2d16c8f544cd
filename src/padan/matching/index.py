"""The index of one side of the market: built once, asked often, kept up to date without a rebuild.

index = Index.of(vacancies, holds="vacancies", km=km)
index.rank(jobseekers, k=10)          the k best for each, exactly
index.add(new); index.close(ids)      a new segment of blocks; a mark on the rows that are gone
index.save(folder); Index.load(folder)   arrays as files, memory-mapped when read

Rows keep their number for good: a list that was made yesterday still means the same vacancies. `add` costs
what the new rows cost, `close` a mark; when segments become many or most rows are gone, `compacted` builds
the index of what is open anew (and numbers it anew).

Ties go to the smaller row. The result is the same on any number of threads and segments.

Source: own method, docs/matching.md; checked against brute force in tests/matching/test_index.py.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from padan.errors import Conflict, InputError, NotFound, ShapeError
from padan.matching.blocks import CODES, Blocks, blocks_of, order_of, region_bounds, search_order
from padan.matching.features import COLUMNS, UNKNOWN, Side, SkillRows
from padan.matching.kernels import search

__all__ = [
    "Holds",
    "Index",
    "Ranking",
    "Weights",
    "check_side",
    "check_together",
    "nearness_of",
    "nowhere",
]

Holds = Literal["vacancies", "seekers"]

REGION_SCALE_KM = 40.0  #: exp(-km / 40): 20 km counts .61, 100 km .08
_CHUNK = 512  #: rows a thread takes at a time
_FORMAT = 1  #: of a stored index


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each term counts; they are divided by their sum."""

    skills: float = 0.40
    occupation: float = 0.25
    region: float = 0.15
    education: float = 0.08
    experience: float = 0.07
    pay: float = 0.05

    def array(self) -> npt.NDArray[np.float64]:
        """The six shares, in the order of TERMS. Raises InputError for a negative weight or none at all."""
        values = np.array([getattr(self, f.name) for f in fields(self)], np.float64)
        if not np.all(np.isfinite(values)) or np.any(values < 0) or values.sum() <= 0:
            raise InputError("weights must be 0 or more, and one of them more", field="weights")
        return np.asarray(values / values.sum(), np.float64)


@dataclass(frozen=True, slots=True)
class Ranking:
    """For each of n rows the k best rows of the other side, best first.

    best    (n, k) int32 row of the other side, -1 where fewer than k matter
    score   (n, k) float32, descending, 0 where best is -1
    """

    best: npt.NDArray[np.int32]
    score: npt.NDArray[np.float32]


@dataclass(slots=True)
class _Segment:
    """Rows that were added together: their columns and blocks, where there are distances their region bounds.

    The columns stand in the order of the blocks, so that a block is read from one place: `order` (n,) int32
    says which row stands at a place, `place` (n,) int32 where a row stands.
    """

    side: Side
    order: npt.NDArray[np.int32]
    place: npt.NDArray[np.int32]
    blocks: Blocks
    reach: npt.NDArray[np.float32]
    offset: int
    shut: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        # built, loaded and received arrays are one type to the compiled search, so it is compiled once
        self.side = _read_only(self.side)
        self.order, self.place, self.reach = (_still(x) for x in (self.order, self.place, self.reach))
        self.blocks = Blocks(**{f.name: _still(getattr(self.blocks, f.name)) for f in fields(Blocks)})


@dataclass(slots=True)
class Index:
    """One side of the market, ready to be asked. `holds` says which side; `km` as in `rank`."""

    holds: Holds
    km: npt.NDArray[np.float32] | None
    scheme: str
    segments: list[_Segment] = field(default_factory=list)
    looked_into: int = 0  #: blocks that the last `rank` opened
    near: npt.NDArray[np.float32] = field(init=False)  #: (regions, regions) region term of two places
    _rows: dict[str, int] | None = None

    def __post_init__(self) -> None:
        self.near = nearness_of(self.km)

    @staticmethod
    def of(
        side: Side, *, holds: Holds, km: npt.NDArray[np.float32] | None = None, checked: bool = False
    ) -> Index:
        """Build the index of a side. Raises ShapeError where its columns do not fit together."""
        if holds not in get_args(Holds):
            raise InputError(f"holds is {holds!r}", hint="vacancies or seekers", field="holds")
        index = Index(holds, km, side.skills.scheme)
        index._append(side, checked=checked)
        return index

    def __len__(self) -> int:
        """Rows that have a number, open or closed."""
        return sum(len(s.shut) for s in self.segments)

    @property
    def open_rows(self) -> int:
        """Rows that can be found."""
        return sum(int(np.count_nonzero(~s.shut)) for s in self.segments)

    @property
    def nbytes(self) -> int:
        """Bytes of blocks and region bounds, without the columns of the side."""
        return sum(s.blocks.nbytes + int(s.reach.nbytes) for s in self.segments)

    def ids(self, rows: npt.NDArray[np.integer]) -> list[str | None]:
        """The ids of rows; None for -1. Raises ShapeError for a row that is not in the index."""
        self._need_ids()
        out: list[str | None] = []
        for row in rows:
            segment = self._segment(int(row)) if row != -1 else None
            out.append(
                None if segment is None else segment.side.ids[int(segment.place[row - segment.offset])]
            )
        return out

    def rank(
        self,
        query: Side,
        *,
        k: int = 10,
        weights: Weights | None = None,
        shares: npt.NDArray[np.float64] | None = None,
        limit: float = 1.0,
        threads: int = 0,
        checked: bool = False,
    ) -> Ranking:
        """Give each row of `query` the k best open rows of the index.

        query     jobseekers where the index holds vacancies, and the other way round; scheme and regions as
                  in the index
        shares    (6,) float64, instead of `weights`: as `Weights.array` gives them
        limit     most that the skill term counts
        threads   0 means all cores

        Raises ShapeError where the two sides do not fit together.
        """
        if not 1 <= k <= 1000:
            raise InputError(f"k is {k}, not within 1 to 1000", field="k")
        check_together(query.skills.scheme, self.scheme)
        if not checked:
            check_side("the query", query, self.km)
        if self.km is None:
            query = nowhere(query)
        query = _read_only(query)
        shares = _still((weights or Weights()).array() if shares is None else shares)
        n = len(query)
        best = np.full((n, k), -1, np.int32)
        score = np.zeros((n, k), np.float64)
        opened = np.zeros((max(1, -(-n // _CHUNK)), 1), np.int64)
        asked = search_order(query) if n > 1 else np.zeros(n, np.int64)
        places = shares[2] > 0 and self.km is not None
        rows = query.skills
        for s in self.segments:
            o, b = s.side, s.blocks
            reach = s.reach if places else s.reach[:0]

            def part(first: int, o: Side = o, b: Blocks = b, reach: Any = reach, s: _Segment = s) -> None:
                search(
                    asked[first : first + _CHUNK], self.holds == "vacancies",
                    rows.indptr, rows.skill, rows.weight, query.occupation, query.confidence,
                    query.region, query.remote, query.education, query.experience, query.pay,
                    s.order, b.start, b.bits, b.before, b.base, b.first, b.local, b.weight,
                    b.by_skill, b.block, b.most, b.level, b.sure, reach, o.occupation, o.confidence,
                    o.region, o.remote, o.education, o.experience, o.pay,
                    s.shut, s.offset, self.near, shares, limit, k, best, score, opened[first // _CHUNK],
                )  # fmt: skip

            _spread(part, n, threads)
        self.looked_into = int(opened.sum())
        return Ranking(best, score.astype(np.float32))

    def add(self, side: Side) -> range:
        """Add rows; their numbers. Raises Conflict, and changes nothing, for an id that is open already."""
        check_together(side.skills.scheme, self.scheme)
        rows = self._numbered()
        twice = next((i for i in side.ids if i in rows), None)
        if twice is not None:
            raise Conflict(f"{twice!r} is in the index and open", hint="close it first", field="id")
        if len(set(side.ids)) != len(side.ids):
            raise ShapeError("an id stands twice in what is added", field="id")
        return self._append(side)

    def close(self, ids: Sequence[str]) -> int:
        """Take rows out of every ranking from now on; how many. Raises NotFound, and changes nothing, where
        one is not open.
        """
        rows = self._numbered()
        strange = [i for i in ids if i not in rows]
        if strange:
            shown = ", ".join(map(repr, strange[:5]))
            raise NotFound(f"{len(strange)} of {len(ids)} ids are not open: {shown}", field="id")
        count = 0
        for i in dict.fromkeys(ids):
            row = rows.pop(i)
            segment = self._segment(row)
            segment.shut[segment.place[row - segment.offset]] = True
            count += 1
        return count

    def compacted(self) -> Index:
        """An index of the open rows alone, in one segment, with new numbers in the old order."""
        sides = [s.side.take(s.place[~s.shut[s.place]]) for s in self.segments]
        return Index.of(Side.joined(sides), holds=self.holds, km=self.km)

    def side(self, rows: npt.NDArray[np.int64]) -> Side:
        """These rows as a side, in their order. Raises ShapeError for a row that is not in the index."""
        outside = rows[(rows < 0) | (rows >= len(self))]
        if len(self.segments) == 1 and not len(outside):
            return self.segments[0].side.take(self.segments[0].place[rows])
        if not len(rows):
            return self.segments[0].side.take(rows)
        found = [(self._segment(int(row)), int(row)) for row in rows]
        return Side.joined([s.side.take(s.place[row - s.offset : row - s.offset + 1]) for s, row in found])

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything that `rank` reads, as named arrays, for workers elsewhere; ids are not among them."""
        head = [_FORMAT, self.holds == "vacancies", len(self.segments), self.km is not None]
        out: dict[str, npt.NDArray[Any]] = {"head": np.array(head, np.int64)}
        out["scheme"] = np.frombuffer(self.scheme.encode() or b" ", np.uint8)
        if self.km is not None:
            out["km"] = self.km
        for number, s in enumerate(self.segments):
            out |= {f"part{number}_{name}": array for name, array in _arrays(s).items()}
        return out

    @staticmethod
    def of_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> Index:
        """The index of `arrays`; its rows have no ids."""
        _, vacancies, segments, placed = (int(x) for x in arrays["head"])
        index = Index(
            "vacancies" if vacancies else "seekers",
            arrays["km"] if placed else None,
            bytes(arrays["scheme"]).decode().strip(),
        )
        for number in range(segments):
            index._attach({name: arrays[f"part{number}_{name}"] for name in _NAMES}, ())
        return index

    def save(self, folder: Path) -> None:
        """Write the index as files; a folder that is there is replaced when the new one is complete."""
        beside = folder.with_name(folder.name + ".new")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        about = {
            "format": _FORMAT,
            "holds": self.holds,
            "scheme": self.scheme,
            "segments": len(self.segments),
            "distances": self.km is not None,
        }
        for name, array in self.arrays().items():
            np.save(beside / f"{name}.npy", array)
        for number, s in enumerate(self.segments):
            ids = pa.table({"id": pa.array(s.side.ids, pa.string())})
            path = str(beside / f"part{number}_ids.arrow")
            with pa.OSFile(path, "wb") as sink, pa.ipc.new_file(sink, ids.schema) as writer:
                writer.write_table(ids)
        (beside / "index.json").write_text(json.dumps(about))
        old = _old(folder)
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
            os.replace(folder, old)
        os.replace(beside, folder)
        shutil.rmtree(old, ignore_errors=True)

    @staticmethod
    def load(folder: Path) -> Index:
        """Open a stored index; its arrays are memory-mapped, so several processes share one copy. Closing and
        adding change the index in memory, not the files.
        """
        if not folder.exists() and _old(folder).exists():
            folder = _old(folder)  # `save` was stopped between its two renames
        try:
            about = json.loads((folder / "index.json").read_text())
        except (OSError, ValueError) as error:
            raise NotFound(f"no index in {folder}", hint="write one with Index.save") from error
        known = about.get("format") if isinstance(about, dict) else None
        if known != _FORMAT:
            raise InputError(
                f"{folder}: an index of format {known}, this version reads {_FORMAT}", hint="build it anew"
            )
        try:
            km = np.load(folder / "km.npy") if about["distances"] else None
            index = Index(about["holds"], km, about["scheme"])
            for number in range(about["segments"]):
                with pa.memory_map(str(folder / f"part{number}_ids.arrow")) as source:
                    ids = pa.ipc.open_file(source).read_all().column("id")
                arrays = {name: _mapped(folder / f"part{number}_{name}.npy") for name in _NAMES}
                index._attach(arrays, _Ids(ids))
        except (OSError, ValueError, EOFError, KeyError) as error:
            raise InputError(f"{folder}: the index is damaged: {error}", hint="build it anew") from error
        return index

    def _attach(self, arrays: Mapping[str, npt.NDArray[Any]], ids: Sequence[str]) -> None:
        """Append a segment that is made already."""
        skills = SkillRows(arrays["side_indptr"], arrays["side_skill"], arrays["side_weight"], self.scheme)
        side = Side(ids=ids, skills=skills, **{name: arrays[f"side_{name}"] for name in COLUMNS})
        blocks = Blocks(**{f.name: arrays[f"blocks_{f.name}"] for f in fields(Blocks)})
        shut = np.array(arrays["shut"])
        self.segments.append(
            _Segment(side, arrays["order"], arrays["place"], blocks, arrays["reach"], len(self), shut)
        )

    def _append(self, side: Side, *, checked: bool = False) -> range:
        if not checked:
            check_side(self.holds, side, self.km)
        if self.km is None:
            side = nowhere(side)
        order = order_of(side)
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        side = side.take(order)
        blocks = blocks_of(side)
        reach = _NOWHERE
        if self.km is not None:
            near = self.near if self.holds == "vacancies" else np.ascontiguousarray(self.near.T)
            reach = region_bounds(blocks, side, near)
        offset = len(self)
        self.segments.append(
            _Segment(side, order, place, blocks, reach, offset, np.zeros(len(side), np.bool_))
        )
        if self._rows is not None:
            self._rows.update(zip(side.ids, (offset + order).tolist(), strict=True))
        return range(offset, offset + len(side))

    def _numbered(self) -> dict[str, int]:
        """Row of each open id."""
        if self._rows is None:
            self._need_ids()
            found = [
                (i, s.offset + row)
                for s in self.segments
                for i, row, shut in zip(s.side.ids, s.order.tolist(), s.shut.tolist(), strict=True)
                if not shut
            ]
            rows = dict(found)
            if len(rows) < len(found):
                twice = next(i for i, row in found if rows[i] != row)
                raise ShapeError(
                    f"an id stands twice in the index: {twice!r}",
                    hint="give every row its own id",
                    field="id",
                )
            self._rows = rows
        return self._rows

    def _need_ids(self) -> None:
        if any(len(s.side.ids) != len(s.shut) for s in self.segments):
            raise InputError("this index is made of arrays and has no ids", hint="ask the one it came from")

    def _segment(self, row: int) -> _Segment:
        for s in self.segments:
            if 0 <= row - s.offset < len(s.shut):
                return s
        raise ShapeError(f"row {row} is not in the index", field="row")


def nearness_of(km: npt.NDArray[np.float32] | None) -> npt.NDArray[np.float32]:
    """The region term of every two places: exp(-km / 40)."""
    if km is None:
        return np.ones((1, 1), np.float32)
    if not (np.isfinite(km).all() and (np.asarray(km) >= 0).all()):
        raise ShapeError("a distance is negative or no number", field="km")
    near: npt.NDArray[np.float32] = np.exp(
        -np.ascontiguousarray(km, np.float32) / np.float32(REGION_SCALE_KM)
    )
    return near


def nowhere(side: Side) -> Side:
    """The side without regions, for a ranking that has no distances."""
    if np.all(side.region == UNKNOWN):
        return side
    values = {f.name: getattr(side, f.name) for f in fields(side)}
    return Side(**{**values, "region": np.full(len(side), UNKNOWN, np.int32)})


def check_together(one: str, other: str) -> None:
    """Raise ShapeError where the skills of two sides are those of different schemes."""
    if one != other:
        raise ShapeError(
            f"one side numbers the skills of {one!r}, the other those of {other!r}",
            hint="build both sides from the same list of skills",
        )


def check_side(name: str, side: Side, km: npt.NDArray[np.float32] | None) -> None:
    """Raise ShapeError, with the column at fault, when the columns of a side do not fit together."""
    side.skills.check(name)
    if km is not None and (km.ndim != 2 or km.shape[0] != km.shape[1]):
        raise ShapeError(f"distances are {' by '.join(map(str, km.shape))}, not square", field="km")
    n = len(side)
    for column in ("ids", *COLUMNS):
        if len(getattr(side, column)) != n:
            raise ShapeError(
                f"{name}: {column} has {len(getattr(side, column))} rows, skills have {n}", field=column
            )
    if side.confidence.shape != side.occupation.shape:
        raise ShapeError(
            f"{name}: confidence is {side.confidence.shape}, occupation {side.occupation.shape}",
            field="confidence",
        )
    if side.occupation.size and int(side.occupation.max()) >= CODES:
        raise ShapeError(
            f"{name}: an occupation is {int(side.occupation.max())}, not a unit group of four digits",
            field="occupation",
        )
    if km is not None and n and int(side.region.max()) >= len(km):
        raise ShapeError(
            f"{name}: region {int(side.region.max())} is outside the {len(km)} distances", field="region"
        )
    if np.any(~np.isfinite(side.confidence)):
        raise ShapeError(f"{name}: a confidence is not a number", field="confidence")
    if np.any(side.confidence < 0):
        raise ShapeError(f"{name}: a confidence is negative", field="confidence")
    if np.any(side.pay < 0) or np.any(np.isinf(side.pay)):
        raise ShapeError(
            f"{name}: a pay is negative or infinite", hint="NaN where it is not known", field="pay"
        )


_NOWHERE: npt.NDArray[np.float32] = np.zeros((0, 0), np.float32)


class _Ids(Sequence[str]):
    """Ids that stay in the file until one is asked for."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        self.column = column

    def __len__(self) -> int:
        return len(self.column)

    def __getitem__(self, row: Any) -> Any:
        return self.column[row].as_py() if isinstance(row, int) else self.column.to_pylist()[row]

    def __iter__(self) -> Iterator[str]:
        return iter(self.column.to_pylist())


#: the arrays of a segment
_NAMES = (
    *(f"blocks_{f.name}" for f in fields(Blocks)),
    *(f"side_{name}" for name in (*COLUMNS, "indptr", "skill", "weight")),
    *("order", "place", "reach", "shut"),
)


def _old(folder: Path) -> Path:
    """Where `save` puts aside what it replaces."""
    return folder.with_name(folder.name + ".old")


def _still(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array, read-only."""
    view = array.view()
    view.flags.writeable = False
    return view


def _read_only(side: Side) -> Side:
    rows = side.skills
    skills = SkillRows(_still(rows.indptr), _still(rows.skill), _still(rows.weight), rows.scheme)
    return Side(ids=side.ids, skills=skills, **{name: _still(getattr(side, name)) for name in COLUMNS})


def _mapped(path: Path) -> npt.NDArray[Any]:
    # an empty file cannot be mapped, a small one need not be
    array: npt.NDArray[Any] = np.load(path, mmap_mode=None if path.stat().st_size < 4096 else "r")
    return array


def _arrays(s: _Segment) -> dict[str, npt.NDArray[Any]]:
    """All arrays of a segment by the name of their file."""
    out: dict[str, npt.NDArray[Any]] = {f"blocks_{f.name}": getattr(s.blocks, f.name) for f in fields(Blocks)}
    out |= {f"side_{name}": getattr(s.side, name) for name in COLUMNS}
    out |= {f"side_{name}": getattr(s.side.skills, name) for name in ("indptr", "skill", "weight")}
    return out | {"order": s.order, "place": s.place, "reach": s.reach, "shut": s.shut}


def _spread(part: Callable[[int], None], n: int, threads: int) -> None:
    starts = range(0, n, _CHUNK)
    workers = min(threads or os.cpu_count() or 1, len(starts))
    if workers <= 1:
        for first in starts:
            part(first)
        return
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(part, starts):
            pass
