"""Where a function over batches of rows runs: in this process or in several; Spark is in `spark`.

`map_batches` cuts a table into batches of `batch_rows` rows, gives each to a function and joins what comes
back, in the order of the input. The cuts do not depend on the engine, every batch reaches the function as the
same bytes and carries its number (`batch_number`), so a deterministic function gives the same rows
everywhere. Arrays that all batches read (an index, weights, slopes) go in a `Shared`: written once as .npy
files and memory-mapped read-only by every worker of a machine; threads get the arrays themselves.

`hold` keeps a table where the work is done, for functions that go over it many times. With `add_by` the rows
of all batches are added up by a whole-number key: what returns is one row a key.

An error of the function comes through as it was raised, from the first batch that failed. A worker that dies
is replaced and its batch done again, up to four times. Not here: reading tables from shared storage; the
whole table passes through the process that calls. See docs/engines.md.
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from padan.errors import EngineError, InputError, PadanError

__all__ = ["BATCH_ROWS", "Engine", "Function", "Held", "LocalEngine", "Shared", "batch_number"]

#: what runs on a batch; a function of a module, so that other processes find it
Function = Callable[[pa.RecordBatch, Mapping[str, npt.NDArray[Any]]], pa.RecordBatch]

BATCH_ROWS = 50_000  #: rows a batch where the caller names none
_ATTEMPTS = 4  #: deaths of workers until a job is given up, as Spark's spark.task.maxFailures
_FOLD = 4_000_000  #: rows of partial sums that are kept before they are added up
_NUMBER = b"padan.batch"


class Shared:
    """Named arrays that every batch reads and none changes.

    A name is an identifier; an array may have any shape and any type but objects. Files are written when a
    worker outside this process first needs them, and deleted by `close` or at the end of the `with` block.
    """

    def __init__(self, **arrays: npt.ArrayLike) -> None:
        self.token = secrets.token_hex(8)
        self.arrays: dict[str, npt.NDArray[Any]] = {}
        self._folder: Path | None = None
        for name, given in arrays.items():
            array = np.asarray(given).view()
            if array.dtype.hasobject:
                raise InputError(
                    f"the shared array {name!r} holds Python objects",
                    hint="share numbers; texts as bytes with offsets",
                    field=name,
                )
            array.flags.writeable = False
            self.arrays[name] = array

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def files(self) -> dict[str, Path]:
        """The array's files by name, written at the first call."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="padan-shared-"))
            for name, array in self.arrays.items():
                np.save(self._folder / f"{name}.npy", array, allow_pickle=False)
        return {name: self._folder / f"{name}.npy" for name in self.arrays}

    def close(self) -> None:
        """Delete the files; the arrays stay."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


class Held:
    """A table cut into batches and kept where its engine works; `close` lets go of it."""

    def __init__(self, owner: object, batches: int, place: Any, release: Callable[[], object]) -> None:
        self.batches = batches
        self._owner, self._place, self._release = owner, place, release

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the kept batches; a second call does nothing."""
        release, self._release = self._release, _nothing
        self._place = None
        release()

    def place_for(self, engine: object) -> Any:
        """What the engine that holds the table kept. Raises InputError for another one and after `close`."""
        if self._owner is not engine or self._place is None:
            raise InputError(
                "the table is not held by this engine" if self._place is not None else "the table was let go",
                hint="call hold on the engine that maps it, and map before close",
                field="table",
            )
        return self._place


class Engine(Protocol):
    """What runs functions over batches."""

    def hold(self, table: pa.Table, *, batch_rows: int = BATCH_ROWS) -> Held:
        """Cut a table and keep it where the work is done."""
        ...

    def map_batches(
        self,
        function: Function,
        table: pa.Table | Held,
        *,
        schema: pa.Schema,
        shared: Shared | None = None,
        batch_rows: int = BATCH_ROWS,
        add_by: str | None = None,
    ) -> pa.Table:
        """Run `function(batch, arrays)` over the table and join what it returns, in the order of the rows.

        function     of a module and deterministic; it may return any number of rows, in the columns of
                     `schema`
        batch_rows   rows a batch, the last one fewer; counts for a table, a held one is cut already
        add_by       a whole-number column of `schema`; the others are int64 and are added up over equal keys.
                     The result is then sorted by the key

        A table without rows gives none, and the function is not called. Raises what the function raised, from
        the first batch that failed; EngineError for an error that is no PadanError, for columns that are not
        those of `schema`, for a sum beyond int64, and when workers die four times.
        """
        ...


def batch_number(batch: pa.RecordBatch) -> int:
    """The place of a batch among the batches of its table, from 0."""
    return int((batch.schema.metadata or {})[_NUMBER])


class LocalEngine:
    """Threads of this process, or processes of their own.

    workers     0 means all cores
    processes   for functions in plain Python. They start empty and import the function by its name, so a
                script needs `if __name__ == "__main__":`

    Use it in a `with` block or `close` it when it has processes.
    """

    def __init__(self, *, workers: int = 0, processes: bool = False) -> None:
        if workers < 0:
            raise InputError(f"workers is {workers}, not 0 or more", field="workers")
        self.workers = workers or os.cpu_count() or 1
        self.processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)

    def hold(self, table: pa.Table, *, batch_rows: int = BATCH_ROWS) -> Held:
        """See `Engine.hold`. Threads keep the batches in memory, processes in files that they map."""
        count = count_batches(table, batch_rows)
        if not self.processes:
            return Held(self, count, [cut(table, number, batch_rows) for number in range(count)], _nothing)
        folder = Path(tempfile.mkdtemp(prefix="padan-held-"))
        for number in range(count):
            with pa.OSFile(str(folder / f"{number}.arrow"), "wb") as sink:
                sink.write(cut(table, number, batch_rows))
        return Held(self, count, folder, lambda: shutil.rmtree(folder, ignore_errors=True))

    def map_batches(
        self,
        function: Function,
        table: pa.Table | Held,
        *,
        schema: pa.Schema,
        shared: Shared | None = None,
        batch_rows: int = BATCH_ROWS,
        add_by: str | None = None,
    ) -> pa.Table:
        """See `Engine.map_batches`."""
        check_request(function, schema, add_by)
        if self.processes:
            held = table if isinstance(table, Held) else self.hold(table, batch_rows=batch_rows)
            try:
                found = self._in_processes(function, held, schema, shared)
                return _joined(found, schema, add_by)
            finally:
                if held is not table:
                    held.close()
        place = table.place_for(self) if isinstance(table, Held) else None
        count = len(place) if place is not None else count_batches(table, batch_rows)
        arrays = shared.arrays if shared else {}

        def one(number: int) -> pa.RecordBatch:
            message = place[number] if place is not None else cut(table, number, batch_rows)
            return apply(function, read_message(message), arrays, schema)

        if self.workers == 1 or count < 2:
            return _joined(map(one, range(count)), schema, add_by)
        pool = ThreadPoolExecutor(min(self.workers, count))
        try:
            return _joined(pool.map(one, range(count)), schema, add_by)
        finally:
            pool.shutdown(cancel_futures=True)

    def _in_processes(
        self, function: Function, held: Held, schema: pa.Schema, shared: Shared | None
    ) -> Iterator[pa.RecordBatch]:
        folder: Path = held.place_for(self)
        files = tuple((name, str(path)) for name, path in shared.files().items()) if shared else ()
        done: dict[int, pa.Buffer] = {}
        deaths = 0
        while len(done) < held.batches:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(self.workers, multiprocessing.get_context("spawn"))
            futures: dict[int, Future[pa.Buffer]] = {}
            try:
                for number in range(held.batches):
                    if number not in done:
                        path = str(folder / f"{number}.arrow")
                        futures[number] = self._pool.submit(_in_process, function, path, files, schema)
                for number, future in futures.items():
                    done[number] = future.result()
            except BrokenProcessPool:
                self.close()
                deaths += 1
                done |= {n: f.result() for n, f in futures.items() if f.done() and not f.exception()}
                if deaths == _ATTEMPTS:
                    raise EngineError(
                        f"worker processes died {deaths} times; "
                        f"{held.batches - len(done)} of {held.batches} batches are not done",
                        hint="most often memory: take fewer workers or a smaller batch_rows; in a script, "
                        'start under if __name__ == "__main__":',
                    ) from None
            except BaseException:
                for future in futures.values():
                    future.cancel()
                raise
        for number in range(held.batches):
            yield read_message(done.pop(number))


def _nothing() -> None:
    pass


def check_request(function: Function, schema: pa.Schema, add_by: str | None) -> None:
    name = getattr(function, "__qualname__", "")
    if not name or "<" in name:
        raise InputError(
            f"{name or function!r} is not a function of a module, so other processes cannot find it",
            hint="define it with def at the top of a module; give it what it needs through shared",
            field="function",
        )
    if not len(schema) or len(set(schema.names)) < len(schema):
        raise InputError("schema needs columns with names of their own", field="schema")
    if add_by is None:
        return
    if add_by not in schema.names or len(schema) < 2:
        raise InputError(
            f"add_by {add_by!r} must be a column of schema beside others: {', '.join(schema.names)}",
            field="add_by",
        )
    for field in schema:
        whole = pa.types.is_signed_integer(field.type) if field.name == add_by else field.type == pa.int64()
        if not whole:
            raise InputError(
                f"column {field.name!r} is {field.type}: the key is signed and whole, what is added int64",
                field=field.name,
            )


def count_batches(table: pa.Table, batch_rows: int) -> int:
    if batch_rows < 1:
        raise InputError(f"batch_rows is {batch_rows}, not 1 or more", field="batch_rows")
    if not table.num_columns:
        raise InputError("the table has no columns", field="table")
    return -(-len(table) // batch_rows)


def cut(table: pa.Table, number: int, batch_rows: int) -> pa.Buffer:
    """A batch as an Arrow message: the same bytes on every engine, whatever the table was a slice of."""
    piece = table.slice(number * batch_rows, batch_rows).combine_chunks().to_batches()
    if len(piece) != 1:
        raise InputError(
            f"batch {number} does not fit into one Arrow batch",
            hint=f"take a batch_rows below {batch_rows}",
            field="batch_rows",
        )
    metadata = {**(table.schema.metadata or {}), _NUMBER: str(number).encode()}
    return message_of(piece[0].replace_schema_metadata(metadata))


def message_of(batch: pa.RecordBatch) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def read_message(message: pa.Buffer) -> pa.RecordBatch:
    with pa.ipc.open_stream(message) as reader:
        return reader.read_next_batch()


def apply(
    function: Function, batch: pa.RecordBatch, arrays: Mapping[str, npt.NDArray[Any]], schema: pa.Schema
) -> pa.RecordBatch:
    """Call the function and hold its answer to the schema."""
    number = batch_number(batch)
    try:
        found = function(batch, arrays)
    except PadanError:
        raise
    except Exception as error:
        raise EngineError(f"batch {number}: {type(error).__name__}: {error}") from error
    said = f"batch {number}: {function.__qualname__} returned"
    if not isinstance(found, pa.RecordBatch):
        raise EngineError(f"{said} {type(found).__name__}, not a RecordBatch")
    if found.schema.names != schema.names:
        differ = [
            n
            for n in (*schema.names, *found.schema.names)
            if (n in schema.names) != (n in found.schema.names)
        ]
        raise EngineError(
            f"{said} the columns {', '.join(found.schema.names)}, not {', '.join(schema.names)}",
            field=differ[0] if differ else found.schema.names[0],
        )
    for field, column in zip(schema, found.columns, strict=True):
        if column.type != field.type:
            raise EngineError(
                f"{said} column {field.name!r} as {column.type}, not {field.type}", field=field.name
            )
        if column.null_count and not field.nullable:
            raise EngineError(f"{said} nulls in column {field.name!r}, which has none", field=field.name)
    return pa.record_batch(found.columns, schema=schema)


def _joined(batches: Iterator[pa.RecordBatch], schema: pa.Schema, add_by: str | None) -> pa.Table:
    if add_by is None:
        return pa.Table.from_batches(list(batches), schema=schema)
    parts: list[pa.Table] = []
    for batch in batches:
        parts.append(pa.Table.from_batches([batch], schema=schema))
        if len(parts) > 1 and sum(map(len, parts)) > _FOLD:
            parts = [_sums(pa.concat_tables(parts), add_by)]
    return sorted_sums(_sums(pa.concat_tables(parts), add_by), add_by) if parts else schema.empty_table()


def _sums(table: pa.Table, add_by: str) -> pa.Table:
    """One row a key. Sums in decimals, so that what int64 cannot hold is an error and not another number."""
    others = [name for name in table.column_names if name != add_by]
    wide = pa.table(
        {n: table[n] if n == add_by else table[n].cast(pa.decimal128(38)) for n in table.column_names}
    )
    added = wide.group_by(add_by).aggregate([(name, "sum") for name in others])
    columns = [added[f.name if f.name == add_by else f"{f.name}_sum"] for f in table.schema]
    try:
        return pa.table(
            [c.cast(f.type) for c, f in zip(columns, table.schema, strict=True)], schema=table.schema
        )
    except pa.ArrowInvalid as error:
        raise EngineError("a sum does not fit into int64") from error


def sorted_sums(table: pa.Table, add_by: str) -> pa.Table:
    return table.sort_by(add_by).combine_chunks()


@lru_cache(maxsize=8)
def mapped(files: tuple[tuple[str, str], ...]) -> dict[str, npt.NDArray[Any]]:
    """The arrays of files, mapped; a worker opens them once."""
    # as plain arrays: compiled functions know no other kind
    return {name: np.asarray(np.load(path, mmap_mode="r")) for name, path in files}


def _in_process(
    function: Function, path: str, files: tuple[tuple[str, str], ...], schema: pa.Schema
) -> pa.Buffer:
    with pa.memory_map(path) as source:
        return message_of(apply(function, read_message(source.read_buffer()), mapped(files), schema))
