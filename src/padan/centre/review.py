"""Review of undecided codings: write a queue, read back what was decided, undo, list, watch a new source.

    export   a file of titles -> CSV or XLSX with the texts that were not decided and five proposals each
    apply    the filled queue -> records in the list of decisions; in force for the next text that is linked
    undo     takes records back; what held before holds again
    log      the whole list, each record with what has become of it
    aliases  the texts decided for a concept of a scheme, with author and date
    drift    whether the titles of a new source are coded differently

A queue holds titles and nothing else of the rows; contact data and identity numbers in them are masked. Its
column `key` ties a row to its text, so the text itself is not needed to apply a decision. Cells that a
spreadsheet would take for a formula are written with an apostrophe in front (CSV) or as text (XLSX).
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from rapidfuzz import process

from padan.centre import decisions
from padan.centre.index import library, linker
from padan.errors import Conflict, InputError, NotFound, PadanError
from padan.linking import TARGETS, Linked, Target
from padan.linking.review import (
    LEAST_ROWS,
    Candidate,
    Decision,
    Drift,
    active,
    candidates,
    concepts_of,
    masked,
    review_key,
    standing,
    undone,
)
from padan.linking.review import drift as _drift
from padan.reading.formats import Row, open_rows
from padan.taxonomy import Scheme

__all__ = [
    "COLUMNS",
    "Alias",
    "Applied",
    "Exported",
    "Logged",
    "RowError",
    "Undone",
    "aliases",
    "apply",
    "drift",
    "export",
    "log",
    "now",
    "undo",
]

PROPOSALS = 5
COLUMNS = (
    "text",
    "count",
    *(f"proposed_{n}" for n in range(1, PROPOSALS + 1)),
    "score",
    "decision",
    "note",
    "key",
)
_WIDTHS = {"text": 48, "count": 8, "score": 8, "decision": 18, "note": 30, "key": 26}
_TEXT_COLUMNS = ("text", "title", "judul", "Title", "Job Title", "Nama Jabatan", "Jabatan")
_NONE = ("-", "–", "—")
_NUMBERS = tuple(str(n) for n in range(1, PROPOSALS + 1))
_LONGEST = 200  #: characters of a decision; no id is longer
_NEAR = 60  #: likeness of 100, below which a name is no suggestion
_SUGGESTED = 50  #: rows whose unknown code gets suggestions; they cost a search each

# where a cell begins, also for a program that parts the line at another mark; a formula begins with = + - @
_FORMULA = re.compile(r"((?:^|[;,\t|])\s*)('*)(?=[=+\-@])")
_GUARDED = re.compile(r"((?:^|[;,\t|])\s*)'('*)(?=[=+\-@])")
_KEY = re.compile(rf"({'|'.join(TARGETS)}):([0-9a-f]{{16}})")


def now() -> datetime:
    """This instant, UTC."""
    return datetime.now(UTC)


# -- export ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exported:
    """The account of an export: rows = decided + reviewed + empty + queued_rows + left_out + unreadable."""

    rows: int
    decided: int  #: rows that are coded, by the linker or a reviewer
    reviewed: int  #: rows that a reviewer said name no concept
    empty: int  #: rows without a word
    queued_texts: int
    queued_rows: int
    left_out: int  #: undecided rows of rarer texts, beyond `least` or `limit`
    unreadable: int
    masked: int  #: texts of the queue in which something was masked
    out: str


def export(
    file: Path,
    *,
    to: Target,
    out: Path,
    text: str | None = None,
    least: int = 1,
    limit: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Exported:
    """Link the titles of a file and write those that were not decided as a queue, the most frequent first.

    text    column with the titles; found by its name when not given
    out     .csv or .xlsx. A queue in which something is decided, and any other file, is never written over.
    least   texts that occur less often are left out; limit: at most so many texts
    """
    kind = _kind(out)
    _check_free(out)
    counts, unreadable = _counted(file, text)
    found = linker(progress)
    scheme = library().get(to)
    # what a reviewer decided is an answer too: what was said to name no concept is not asked again
    held = active(decisions.read().decisions)
    no_concept = {place[1] for place, concept in held.items() if place[0] == to and concept is None}
    linked = found.link(list(counts), to=to, k=PROPOSALS)
    rows = candidates(counts, linked, decided=no_concept)
    kept = [row for row in rows if row.count >= least][:limit]
    handles = _handles(scheme)
    cells = [_cells(row, to, scheme, handles) for row in kept]
    _write(out, kind, cells)
    decided = sum(c for (_, c), one in zip(counts.items(), linked, strict=True) if one.decision is not None)
    keys = {t: review_key(t) for t, one in zip(counts, linked, strict=True) if one.decision is None}
    return Exported(
        rows=counts.total() + unreadable,
        decided=decided,
        reviewed=sum(counts[t] for t, place in keys.items() if place in no_concept),
        empty=sum(counts[t] for t, place in keys.items() if not place),
        queued_texts=len(kept),
        queued_rows=sum(row.count for row in kept),
        left_out=sum(row.count for row in rows) - sum(row.count for row in kept),
        unreadable=unreadable,
        masked=sum(
            re.search(r"\[(?:email|nik|telepon|tautan|nomor)\]", row.text) is not None for row in kept
        ),
        out=str(out),
    )


def _counted(file: Path, column: str | None) -> tuple[Counter[str], int]:
    """How often each text of a column occurs, and the rows that cannot be read. Nothing else is kept."""
    counts: Counter[str] = Counter()
    unreadable = 0
    for row in open_rows(file):
        if not isinstance(row, Row):
            unreadable += 1
            continue
        if column is None:
            column = next((name for name in _TEXT_COLUMNS if name in row.values), None)
        if column is None or column not in row.values:
            raise InputError(
                f"{file.name} has no column {column!r}"
                if column
                else f"{file.name}: which column holds the text?",
                hint=f"--text COL, one of: {', '.join(map(str, row.values))}",
                field="text",
            )
        value = row.values[column]
        counts["" if value is None else str(value)] += 1
    return counts, unreadable


def _cells(row: Candidate, to: str, scheme: Scheme, handles: Mapping[str, str]) -> list[str | int | float]:
    proposed = [_shown(scheme, concept, handles) for concept in row.ranked[:PROPOSALS]]
    proposed += [""] * (PROPOSALS - len(proposed))
    score = round(row.scores[0], 3) if row.scores else ""
    return [row.text, row.count, *proposed, score, "", "", f"{to}:{row.key}"]


def _shown(scheme: Scheme, concept: str, handles: Mapping[str, str]) -> str:
    """A code with its labels: "7212 Tukang las / Welder"; the code is what stands before the first blank."""
    labels = dict.fromkeys((scheme.label(concept, lang="id"), scheme.label(concept, lang="en")))
    return f"{handles[concept]} {' / '.join(labels)}"


def _handles(scheme: Scheme) -> dict[str, str]:
    """What a concept is called in a queue: its code where that is its own alone, else its id."""
    ids = concepts_of(scheme)
    codes = scheme.column("code")
    shared = Counter(codes[scheme.row_of[i]] for i in ids)
    own = {i: codes[scheme.row_of[i]] for i in ids}
    return {i: code if code and shared[code] == 1 and " " not in code else i for i, code in own.items()}


def _kind(out: Path) -> str:
    kind = out.suffix.lower().lstrip(".")
    if kind not in ("csv", "xlsx"):
        raise InputError(
            f"{out.name}: a queue is CSV or XLSX", hint="name it QUEUE.csv or QUEUE.xlsx", field="out"
        )
    return kind


def _check_free(out: Path) -> None:
    """Raise Conflict where a file lies that is no queue, or one with somebody's work in it."""
    if not out.exists():
        return
    try:
        rows = [row.values for row in open_rows(out) if isinstance(row, Row)]
        is_queue = all({"key", "decision", "text"} <= row.keys() for row in rows) and bool(rows)
        is_filled = is_queue and any(_word(row["decision"]) or _word(row.get("note")) for row in rows)
    except PadanError:
        is_queue, is_filled = False, False
    if not is_queue or is_filled:
        what = "holds decisions" if is_filled else "is there already and is no queue"
        raise Conflict(f"{out.name} {what}: it is not written over", hint="name another file", field="out")


def _write(out: Path, kind: str, rows: Sequence[Sequence[str | int | float]]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f"{out.name}.part")
    if kind == "csv":
        # with the mark at its head office programs read the file as UTF-8
        with draft.open("w", encoding="utf-8-sig", errors="replace", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(COLUMNS)
            writer.writerows([_guard(c) if isinstance(c, str) else c for c in row] for row in rows)
    else:
        _write_workbook(draft, rows)
    draft.replace(out)


def _write_workbook(draft: Path, rows: Sequence[Sequence[str | int | float]]) -> None:
    from openpyxl import Workbook  # takes a while to load, and only workbooks need it
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = "review"
    sheet.append(list(COLUMNS))
    sheet.freeze_panes = "B2"
    for at, name in enumerate(COLUMNS, start=1):
        sheet.cell(1, at).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(at)].width = _WIDTHS.get(name, 40)
    for number, row in enumerate(rows, start=2):
        for at, value in enumerate(row, start=1):
            cell = sheet.cell(number, at)
            if isinstance(value, str):
                cell.value = value.encode("utf-8", "replace").decode()
                cell.data_type = "s"  # also what begins with "=": text, never a formula
                cell.number_format = "@"  # a code typed here stays as it is typed: 0110
            else:
                cell.value = value
    book.save(draft)


def _guard(cell: str) -> str:
    return _FORMULA.sub(r"\1'\2", cell)


def _unguard(cell: str) -> str:
    return _GUARDED.sub(r"\1\2", cell)


# -- apply -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowError:
    """A row of a queue that could not be applied: place, decision, why not, and codes near to it."""

    row: int
    decision: str
    reason: str
    near: tuple[str, ...] = ()

    def __str__(self) -> str:
        near = f"; nearest: {', '.join(self.near)}" if self.near else ""
        return f"row {self.row}: {self.reason}{near}"


@dataclass(frozen=True, slots=True)
class Applied:
    """The account of a filled queue: rows_in = applied + empty + rejected + unchanged."""

    rows_in: int
    applied: int
    empty: int  #: rows without a decision
    rejected: int
    unchanged: int  #: rows that say what holds already
    ids: tuple[str, ...]  #: of the records that were added, in the order of the file
    errors: tuple[RowError, ...]
    damaged_lines: tuple[int, ...]  #: of the list of decisions


@dataclass(frozen=True, slots=True)
class _Wish:
    """A decision that a row of the file asks for."""

    row: int
    target: str
    key: str
    text: str
    concept: str | None
    note: str
    said: str


class _Rejected(Exception):
    def __init__(self, reason: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.near = near


def apply(path: Path, *, author: str, at: datetime, to: Target | None = None) -> Applied:
    """Add what was decided in a filled queue to the list of decisions; good rows count, whatever others say.

    author   who decided; kept with each record, as is `at`, the instant (UTC)
    to       scheme of rows without a key, that somebody added by hand
    A decision is an id or code of the scheme, 1 to 5 for a proposal of the row, or "-" where the text names
    no concept. Rows that say what holds already change nothing, so the same file can be applied again. Rows
    that decide differently on one text are rejected.
    """
    author = _author(author)
    wishes: list[_Wish] = []
    errors: list[RowError] = []
    rows_in = empty = 0
    codes: dict[str, _Codes] = {}
    for row in open_rows(path):
        rows_in += 1
        if not isinstance(row, Row):
            errors.append(RowError(row.number, "", row.reason))
            continue
        values = {str(name).strip().lower(): value for name, value in row.values.items()}
        if rows_in == 1:
            _check_columns(path, values)
        said = _word(values.get("decision"))
        if not said:
            empty += 1
            continue
        try:
            wishes.append(_wish(row.number, said, values, to, codes))
        except _Rejected as error:
            errors.append(RowError(row.number, said[:_LONGEST], str(error), error.near))
    if rows_in == 0:
        raise InputError(f"{path.name} has no rows", hint="was the queue saved?")
    wishes, contradicting = _consistent(wishes)
    errors = sorted([*errors, *contradicting], key=lambda error: error.row)
    with decisions.adding() as (stored, add):
        held = standing(stored.decisions)
        new: list[Decision] = []
        ids = {decision.id for decision in stored.decisions}
        for wish in wishes:
            made = Decision(
                id="",
                at=at,
                author=author,
                target=wish.target,
                key=wish.key,
                text=wish.text,
                concept=wish.concept,
                note=wish.note,
                scheme_version=codes[wish.target].version,
            )
            before = held.get(made.place)
            if before is not None and before.concept == made.concept and made.note in ("", before.note):
                continue
            made = _numbered(made, ids)
            new.append(made)
            held[made.place] = made
        add(new)
    return Applied(
        rows_in=rows_in,
        applied=len(new),
        empty=empty,
        rejected=len(errors),
        unchanged=len(wishes) - len(new),
        ids=tuple(decision.id for decision in new),
        errors=tuple(errors),
        damaged_lines=stored.damaged,
    )


def _check_columns(path: Path, values: dict[str, Any]) -> None:
    if "decision" not in values or not {"key", "text"} & values.keys():
        raise InputError(
            f"{path.name} is no review queue: its columns are {', '.join(values)}",
            hint="a queue has decision, key and text: padan review export FILE --to isco08 --out QUEUE.csv",
        )


def _word(value: object) -> str:
    """A cell as text: 7212.0 of a spreadsheet is 7212."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else _unguard(" ".join(str(value).split()))


def _wish(
    number: int, said: str, values: dict[str, Any], to: Target | None, codes: dict[str, _Codes]
) -> _Wish:
    text = masked(_word(values.get("text")))
    handle = _word(values.get("key"))
    if handle:
        match = _KEY.fullmatch(handle.lower())
        if match is None:
            raise _Rejected(f"the key {handle[:_LONGEST]!r} is none that an export wrote: restore it")
        target, key = match.group(1), match.group(2)
        if text and review_key(text) != key:
            raise _Rejected(
                "text and key do not belong together: was one column sorted alone, or the text changed? "
                "Restore the text, or empty it to decide by the key"
            )
    elif text and to:
        target, key = to, review_key(text)
        if not key:
            raise _Rejected("the text has no word")
    else:
        raise _Rejected("the row has no key" if text else "the row has neither key nor text")
    proposed = [_word(values.get(f"proposed_{n}")) for n in range(1, PROPOSALS + 1)]
    if target not in codes:
        if target not in library():
            raise _Rejected(f"the scheme {target} is not installed")
        codes[target] = _Codes(library().get(target))
    concept = codes[target].read(said, proposed)
    note = masked(_word(values.get("note")))
    return _Wish(number, target, key, text, concept, note, said)


class _Codes:
    """What a reviewer may write for a concept of one scheme: id, code, or the number of a proposal."""

    def __init__(self, scheme: Scheme) -> None:
        self.version = scheme.info.version
        self._scheme = scheme
        self._handles = _handles(scheme)
        self._concepts = {handle: i for i, handle in self._handles.items()} | {i: i for i in self._handles}
        self._near: dict[str, tuple[str, ...]] = {}

    def read(self, said: str, proposed: Sequence[str]) -> str | None:
        """The concept that was meant; None for "-". Raises _Rejected with codes near to it."""
        name = self._scheme.name
        if said in _NONE:
            return None
        if said in _NUMBERS:
            said = proposed[_NUMBERS.index(said)]
            if not said:
                raise _Rejected("there is no such proposal in the row")
        if said in proposed:
            said = said.split(" ", 1)[0]
        for form in _forms(said, name):
            if form in self._concepts:
                return self._concepts[form]
        if said in self._scheme.row_of:
            inside = (self._shown(i) for i, handle in self._handles.items() if handle.startswith(said))
            raise _Rejected(f"{said!r} is a group of {name}: say one of its members", tuple(inside)[:5])
        raise _Rejected(f"{said[:_LONGEST]!r} is no concept of {name}", self._nearest(said[:_LONGEST]))

    def _nearest(self, said: str) -> tuple[str, ...]:
        """Concepts near to what was written: by the path of digits, else by id and names."""
        if said not in self._near and len(self._near) < _SUGGESTED:
            if re.fullmatch(r"[\d.]{1,12}", said):  # 7299 is a slip within 72
                shares = {i: _shared(handle, said) for i, handle in self._handles.items()}
                near = sorted((i for i in shares if shares[i]), key=lambda i: (-shares[i], self._handles[i]))
            else:
                found = process.extract(
                    said.lower(), [text for text, _ in self._names], limit=20, score_cutoff=_NEAR
                )
                near = list(dict.fromkeys(self._names[at][1] for _, _, at in found))
            self._near[said] = tuple(self._shown(i) for i in near[:5])
        return self._near.get(said, ())

    def _shown(self, concept: str) -> str:
        return f"{self._handles[concept]} {self._scheme.label(concept)}"

    @cached_property
    def _names(self) -> list[tuple[str, str]]:
        out = [(concept.lower(), concept) for concept in self._handles]
        for column in ("label_id", "label_en", "alt_id", "alt_en"):
            for concept, found in zip(self._scheme.ids, self._scheme.column(column), strict=True):
                if found and concept in self._handles:
                    texts = [found] if isinstance(found, str) else found
                    out += [(text.lower(), concept) for text in texts]
        return out


def _shared(a: str, b: str) -> int:
    """Characters that two codes share from their start."""
    return next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _forms(said: str, target: str) -> Iterator[str]:
    """A code as it was written, and as it was before a spreadsheet took it for a number: 110, 7212.1."""
    yield said
    if target in ("isco08", "kbji") and re.fullmatch(r"\d{3}(?:\.\d{1,2})?", said):
        said = f"0{said}"
        yield said
    if target == "kbji" and re.fullmatch(r"\d{4}\.\d", said):
        yield f"{said}0"


def _consistent(wishes: Sequence[_Wish]) -> tuple[list[_Wish], list[RowError]]:
    """Wishes of texts on which the file agrees with itself, and errors for the others."""
    by_place: dict[tuple[str, str], list[_Wish]] = defaultdict(list)
    for wish in wishes:
        by_place[wish.target, wish.key].append(wish)
    split = {place: m for place, m in by_place.items() if len({wish.concept for wish in m}) > 1}
    errors = [
        RowError(
            wish.row,
            wish.said,
            "the file decides differently on the same text in rows " + ", ".join(str(w.row) for w in members),
        )
        for members in split.values()
        for wish in members
    ]
    return [wish for wish in wishes if (wish.target, wish.key) not in split], errors


def _author(author: str) -> str:
    author = " ".join(author.split())
    if not author or len(author) > 100 or not author.isprintable():
        raise InputError(
            "who decided? The author is missing or is no name",
            hint="--author NAME, at most 100 characters",
            field="author",
        )
    return author


def _numbered(made: Decision, ids: set[str]) -> Decision:
    """The record with an id of eight digits that is not taken."""
    base = [made.at.isoformat(), made.author, made.target, made.key, str(made.concept), str(made.undoes)]
    trial = 0
    while True:
        data = "\n".join([*base, str(len(ids)), str(trial)]).encode("utf-8", "replace")
        found = hashlib.blake2b(data, digest_size=4).hexdigest()
        if found not in ids:
            ids.add(found)
            return Decision(**{**{n: getattr(made, n) for n in Decision.__slots__}, "id": found})
        trial += 1


# -- undo, log, aliases ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo has done: the new records, and ids that had been undone before."""

    undone: tuple[str, ...]
    unchanged: tuple[str, ...]
    ids: tuple[str, ...]


def undo(ids: Sequence[str], *, author: str, at: datetime) -> Undone:
    """Take records back; what held for their texts before holds again. An undoing can be undone too.

    Raises NotFound for an id that is not in the list; then nothing is done.
    """
    author = _author(author)
    wanted = tuple(dict.fromkeys(ids))
    with decisions.adding() as (stored, add):
        known = {decision.id: decision for decision in stored.decisions}
        for one in wanted:
            if one not in known:
                near = [name for name, _, _ in process.extract(one, list(known), limit=3)]
                hint = f"nearest: {', '.join(near)}; " if near else ""
                raise NotFound(
                    f"there is no decision {one!r}", hint=f"{hint}list them with: padan review log"
                )
        void = undone(stored.decisions)
        taken = set(known)
        new = [
            _numbered(Decision("", at, author, old.target, old.key, old.text, None, undoes=old.id), taken)
            for old in (known[one] for one in wanted if one not in void)
        ]
        add(new)
    return Undone(
        tuple(record.undoes or "" for record in new),
        tuple(one for one in wanted if one in void),
        tuple(record.id for record in new),
    )


@dataclass(frozen=True, slots=True)
class Logged:
    """The list of decisions, and what has become of each record.

    status   holds; replaced by a later decision on the text; undone; undoing (of another record);
             dropped: it would hold, and its concept is not in the scheme at hand
    """

    records: tuple[tuple[Decision, str], ...]
    damaged_lines: tuple[int, ...]


def log() -> Logged:
    """All records, oldest first."""
    stored = decisions.read()
    void = undone(stored.decisions)
    held = {decision.id for decision in standing(stored.decisions).values()}
    known: dict[str, frozenset[str]] = {}

    def status(decision: Decision) -> str:
        if decision.id in void:
            return "undone"
        if decision.undoes is not None:
            return "undoing"
        if decision.id not in held:
            return "replaced"
        if decision.target not in known:
            there = decision.target in library()
            known[decision.target] = frozenset(concepts_of(library().get(decision.target)) if there else ())
        there = decision.concept is None or decision.concept in known[decision.target]
        return "holds" if there else "dropped"

    return Logged(tuple((d, status(d)) for d in stored.decisions), stored.damaged)


@dataclass(frozen=True, slots=True)
class Alias:
    """A text that a reviewer decided for a concept."""

    text: str
    concept: str
    author: str
    at: datetime
    id: str


def aliases(target: Target) -> list[Alias]:
    """Texts that hold as names of a concept of a scheme, by concept; a row decided by its key has none."""
    found = [
        Alias(d.text, d.concept, d.author, d.at, d.id)
        for d, status in log().records
        if status == "holds" and d.target == target and d.concept is not None and d.text
    ]
    return sorted(found, key=lambda alias: (alias.concept, alias.text))


# -- drift -------------------------------------------------------------------------------------------------


def drift(
    reference: Path,
    new: Path,
    *,
    text: str | None = None,
    new_text: str | None = None,
    least: int = LEAST_ROWS,
    top: int = 10,
    progress: Callable[[str], None] = lambda _: None,
) -> Drift:
    """Code the titles of both files to ISCO-08 and compare; see padan.linking.review.drift.

    text, new_text   columns with the titles; found by their names when not given, and the same in both
    """
    counted = [_counted(reference, text)[0], _counted(new, new_text or text)[0]]
    texts = list(dict.fromkeys(t for counts in counted for t in counts))
    linked: dict[str, Linked] = dict(zip(texts, linker(progress).link(texts, to="isco08", k=1), strict=True))
    sources = [[(t, linked[t].decision) for t, n in counts.items() for _ in range(n)] for counts in counted]
    return _drift(sources[0], sources[1], least=least, top=top)
