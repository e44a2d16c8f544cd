"""The engine seam on Apache Spark: PySpark's `mapInArrow` over batches, on this machine or on a cluster.

A batch is one row of a data frame, its number and its Arrow message, and one partition: so every Arrow type
passes, the cuts are those of `LocalEngine`, and nothing reorders the rows inside. `hold` shuffles the batches
to the executors once and keeps them there. With `add_by` the executors add up by key in one shuffle. Shared
arrays are files of the Spark context, one copy a machine, which the Python workers map.

What a function raises comes back as a row of the result and is raised here; Spark repeats only what died.
The table and the result pass through the calling process. Needs requirements/spark.txt and Java; nothing of
them is imported before the engine is made. Checked in tests/matching/test_engine.py; docs/engines.md.
"""

from __future__ import annotations

import atexit
import importlib
import os
import pickle
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa

from padan.errors import EngineError, InputError, MissingPart, PadanError
from padan.matching.engine import (
    BATCH_ROWS,
    Function,
    Held,
    Shared,
    apply,
    check_request,
    count_batches,
    cut,
    mapped,
    message_of,
    read_message,
    sorted_sums,
)

__all__ = ["SparkEngine"]

_LARGEST = 100 * 2**20  #: bytes a batch on Spark: a task must stay below its message of 128 MiB
# starting a JVM for a test or one machine: half the time with the first compiler alone
_LOCAL_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"
_QUIET = """status = error
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c{1}: %m%n
logger.off.name = org.apache.spark
logger.off.level = off
"""


class SparkEngine:
    """Apache Spark through PySpark: this machine, or a cluster by its session.

    session    a running classic session (not Connect); the engine leaves it running. Without one it starts
               its own and `close` stops it
    master     of an own session. local[N,4] is one process with N Python workers, where a dead one is
               replaced; local-cluster[N,cores,MB] has N executors
    memory     of an own session's driver, which holds the table while it is sent and the result
    options    Spark settings of an own session; they win over those that are set here

    An own local session listens on this machine only, writes no event log and opens no page. Batches are at
    most 100 MiB. Raises MissingPart without PySpark, pandas or Java.
    """

    def __init__(
        self,
        session: Any = None,
        *,
        master: str = "local[2,4]",
        memory: str = "2g",
        options: Mapping[str, str] | None = None,
    ) -> None:
        sql = _part("pyspark.sql")
        _part("pandas")  # PySpark asks for it in mapInArrow
        self._folder = Path(tempfile.mkdtemp(prefix="padan-spark-"))
        # files outlive the engine in a session of the caller: an executor that starts later fetches them
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        self._own = None if session is not None else self._start(sql, master, memory, options or {})
        session = session if session is not None else self._own
        try:
            self._context = session.sparkContext
            # settings of its own beside the caller's, in the same Spark
            self._session = session.newSession()
        except Exception as error:
            raise InputError(
                "the session has no SparkContext",
                hint="Spark Connect is not supported: pass a classic session",
                field="session",
            ) from error
        parallel = max(2, int(self._context.defaultParallelism))
        for name, value in {
            "spark.sql.execution.arrow.maxRecordsPerBatch": "1",  # a row is a batch: one partition each
            "spark.sql.execution.arrow.localRelationThreshold": "0",
            "spark.sql.adaptive.enabled": "false",
            "spark.sql.shuffle.partitions": str(parallel),
        }.items():
            self._session.conf.set(name, value)
        self._sent: dict[str, dict[str, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the session if it is the engine's own."""
        if self._own is not None:
            own, self._own = self._own, None
            own.stop()
            shutil.rmtree(self._folder, ignore_errors=True)

    def hold(self, table: pa.Table, *, batch_rows: int = BATCH_ROWS) -> Held:
        """See `Engine.hold`. One shuffle places the batches on the executors; a lost one is placed again."""
        count = count_batches(table, batch_rows)
        # without the shuffle each task of each later job would carry its batch again
        frame = self._frame(table, count, batch_rows).repartitionById(max(count, 1), "batch").persist()
        try:
            self._run(frame.count)
        except PadanError:
            frame.unpersist()
            raise
        return Held(self, count, frame, frame.unpersist)

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
        if isinstance(table, Held):
            frame, count = table.place_for(self), table.batches
        else:
            count = count_batches(table, batch_rows)
            frame = self._frame(table, count, batch_rows) if count else None
        if not count:
            return schema.empty_table()
        job = _carried(function), schema, self._send(shared), add_by
        if add_by is None:
            form = "batch int, error binary, rows binary"
            rows = self._run(frame.mapInArrow(_on_spark(job), form).toArrow)
        else:
            columns = [f"c{i}" for i in range(len(schema))]
            form = ", ".join(["batch int", "error binary", *(f"{name} bigint" for name in columns)])
            key = columns[schema.get_field_index(add_by)]
            sums = {name: "sum" for name in columns if name != key}
            frame = frame.mapInArrow(_on_spark(job), form).groupBy("batch", "error", key).agg(sums)
            rows = self._run(frame.toArrow)
        rows = rows.sort_by("batch")
        errors = rows.filter(rows["error"].is_valid())
        if len(errors):
            raise pickle.loads(errors["error"][0].as_py())
        if add_by is None:
            messages = (cell.as_buffer() for chunk in rows["rows"].chunks for cell in chunk)
            return pa.Table.from_batches([read_message(m) for m in messages], schema=schema)
        found = [rows[name if name == key else f"sum({name})"] for name in columns]
        return sorted_sums(
            pa.table([c.cast(f.type) for c, f in zip(found, schema, strict=True)], schema), add_by
        )

    def _frame(self, table: pa.Table, count: int, batch_rows: int) -> Any:
        """One row a batch: its number and its Arrow message; one partition each."""
        form = pa.schema([("batch", pa.int32()), ("rows", pa.binary())])
        parts = []
        for number in range(count):
            message = cut(table, number, batch_rows)
            if message.size > _LARGEST:
                raise InputError(
                    f"batch {number} is {message.size / 2**20:.0f} MiB, more than {_LARGEST // 2**20}",
                    hint=f"take a batch_rows below {batch_rows}",
                    field="batch_rows",
                )
            cell = pa.BinaryArray.from_buffers(
                pa.binary(), 1, [None, pa.py_buffer(np.array([0, message.size], np.int32)), message]
            )
            parts.append(pa.record_batch([pa.array([number], pa.int32()), cell], schema=form))
        return self._session.createDataFrame(pa.Table.from_batches(parts, schema=form))

    def _send(self, shared: Shared | None) -> dict[str, str]:
        """Give the files to Spark once; names under which the workers find them."""
        if shared is None:
            return {}
        if shared.token not in self._sent:
            names = {}
            for name, path in shared.files().items():
                copy = self._folder / f"padan-{shared.token}-{name}.npy"
                try:
                    os.link(path, copy)
                except OSError:
                    shutil.copyfile(path, copy)
                self._context.addFile(str(copy))
                names[name] = copy.name
            self._sent[shared.token] = names
        return self._sent[shared.token]

    def _run(self, action: Callable[[], Any]) -> Any:
        """Run a Spark job; what it cannot do in one line, without the Java that stands behind it."""
        try:
            return action()
        except Exception as error:
            said = str(error)
            if "ARITHMETIC_OVERFLOW" in said:
                raise EngineError("a sum does not fit into int64") from error
            death = re.search(r"Python worker exited unexpectedly[^\n]*|ExecutorLostFailure[^\n]*", said)
            lacking = re.search(r"ModuleNotFoundError: [^\n]*", said)
            hint = "see the driver's and the executors' logs"
            if lacking:
                hint = "install Padan and requirements/spark.txt for the Python of every executor"
            elif death:
                hint = "most often memory: see the executors' logs and docs/engines.md"
            found = lacking or death
            line = found.group(0) if found else said.strip().splitlines()[0][:300]
            raise EngineError(f"Spark gave the job up: {line}", hint=hint) from error

    def _start(self, sql: Any, master: str, memory: str, options: Mapping[str, str]) -> Any:
        if sql.SparkSession.getActiveSession() is not None:
            raise InputError(
                "a Spark session runs in this process already",
                hint="pass it: SparkEngine(session)",
                field="session",
            )
        here = {
            "spark.driver.memory": memory,
            "spark.driver.maxResultSize": memory,
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.eventLog.enabled": "false",
        }
        if local := master.startswith("local"):
            (self._folder / "log4j2.properties").write_text(_QUIET, encoding="utf-8")
            java = f"{_LOCAL_JAVA} -Dlog4j2.configurationFile=file:{self._folder / 'log4j2.properties'}"
            here |= {
                "spark.driver.host": "127.0.0.1",
                "spark.driver.bindAddress": "127.0.0.1",
                "spark.driver.extraJavaOptions": java,
                "spark.executor.extraJavaOptions": java,
            }
        builder = sql.SparkSession.builder.master(master).appName("padan")
        for name, value in {**here, **options}.items():
            builder = builder.config(name, value)
        try:
            session = builder.getOrCreate()
        except Exception as error:
            if "JAVA_GATEWAY_EXITED" in str(error):
                raise MissingPart(
                    "Java does not start, and Spark needs it",
                    hint="install Java 17 (openjdk-17-jre-headless) or set JAVA_HOME",
                ) from error
            raise EngineError(
                f"Spark does not start on {master!r}: {str(error).strip().splitlines()[0][:300]}"
            ) from error
        if local:
            # the workers of this machine run what this process runs
            session.sparkContext.pythonExec = sys.executable
        return session


def _part(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingPart(
            f"{module.split('.')[0]} is not installed, and the Spark engine needs it",
            hint="pip install -r requirements/spark.txt",
        ) from error


def _carried(function: Function) -> bytes:
    """The function for Spark's workers: Padan's own by name, another one whole, as they may not have it."""
    cloudpickle = importlib.import_module("pyspark.cloudpickle")
    module = sys.modules.get(function.__module__)
    whole = module is not None and function.__module__.split(".")[0] not in ("padan", "__main__", "builtins")
    if whole:
        cloudpickle.register_pickle_by_value(module)
    try:
        return bytes(cloudpickle.dumps(function))
    finally:
        if whole:
            cloudpickle.unregister_pickle_by_value(module)


def _on_spark(
    job: tuple[bytes, pa.Schema, dict[str, str], str | None],
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What `mapInArrow` runs. An error is a row of the result: Spark would repeat the batch and bury it."""

    def run(partition: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        packed, schema, names, add_by = job
        found = importlib.import_module("pyspark").SparkFiles
        files = tuple((name, found.get(file)) for name, file in names.items())
        function = pickle.loads(packed)
        for part in partition:
            for number, message in zip(part["batch"], part["rows"], strict=True):
                try:
                    result = apply(function, read_message(message.as_buffer()), mapped(files), schema)
                except PadanError as error:
                    yield _row(number.as_py(), pickle.dumps(error), None, schema, add_by)
                else:
                    yield _row(number.as_py(), None, result, schema, add_by)

    return run


def _row(
    number: int, error: bytes | None, result: pa.RecordBatch | None, schema: pa.Schema, add_by: str | None
) -> pa.RecordBatch:
    """A batch's answer in the form that Spark carries."""
    if add_by is None:
        rows = None if result is None else message_of(result).to_pybytes()
        columns = {"rows": pa.array([rows], pa.binary())}
        size = 1
    else:
        size = 1 if result is None else len(result)
        columns = {
            f"c{i}": pa.nulls(size, pa.int64()) if result is None else result.column(i).cast(pa.int64())
            for i in range(len(schema))
        }
    # rows to be added up must not differ by their batch
    marked = number if add_by is None or error is not None else None
    return pa.record_batch(
        {
            "batch": pa.array([marked] * size, pa.int32()),
            "error": pa.array([error] * size, pa.binary()),
            **columns,
        }
    )
