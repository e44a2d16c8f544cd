"""The engine seam: one conformance suite on threads, processes and Spark, and the rounds of `fills` over it.

Run as a script, this file is the check on a Spark of several executors (see `cluster`).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import types
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from padan.errors import EngineError, InputError, MissingPart, ShapeError
from padan.matching.acceptance import Edges
from padan.matching.allocate import Allocation, allocate
from padan.matching.engine import Engine, LocalEngine, Shared, batch_number
from padan.matching.features import SkillRows
from padan.matching.rank import rank_vacancies
from padan.matching.rounds import spread_fills
from padan.matching.spark import SparkEngine

ROOT = Path(__file__).resolve().parents[2]
SPARK = pytest.mark.xdist_group("spark")
KINDS = ["threads", "processes", pytest.param("spark", marks=SPARK)]
LISTS = pa.schema([("row", pa.int64()), ("best", pa.list_(pa.int32())), ("score", pa.list_(pa.float32()))])
SEEN = pa.schema([("batch", pa.int32()), ("first", pa.int64()), ("rows", pa.int64())])
SUMS = pa.schema([("key", pa.int32()), ("one", pa.int64()), ("two", pa.int64())])


# ---- what runs on batches


def same(batch, shared):
    return batch


def seen(batch, shared):
    """As many rows as the batch's number: none for the first."""
    n = batch_number(batch)
    return pa.record_batch([[n] * n, [batch["a"][0].as_py()] * n, [len(batch)] * n], schema=SEEN)


def top_skills(batch, shared):
    """The real work: best vacancies by shared skills, with Padan's kernel."""
    people = SkillRows(*(np.array(batch[c].values if c != "at" else batch["skill"].offsets) for c in
                         ("at", "skill", "weight")))  # fmt: skip
    people = SkillRows(people.indptr.astype(np.int64), people.skill, people.weight)
    posts = SkillRows(shared["indptr"], shared["skill"], shared["weight"])
    ranking = rank_vacancies(people, posts, k=int(shared["k"]), threads=1)
    kept = [row[row >= 0] for row in ranking.best]
    return pa.record_batch(
        [
            batch["row"],
            pa.array([row.tolist() for row in kept], pa.list_(pa.int32())),
            pa.array([s[: len(r)].tolist() for s, r in zip(ranking.score, kept, strict=True)],
                     pa.list_(pa.float32())),
        ],
        schema=LISTS,
    )  # fmt: skip


def counted(batch, shared):
    keys = batch["key"].to_numpy()
    return pa.record_batch([batch["key"], np.ones(len(keys), np.int64), batch["value"]], schema=SUMS)


def fails_late(batch, shared):
    if batch_number(batch) >= 2:
        raise ShapeError(f"batch {batch_number(batch)} is bad", hint="look at it", field="a")
    return batch


def divides(batch, shared):
    return 1 // 0


def writes(batch, shared):
    shared["x"][0] = 1
    return batch


def other_type(batch, shared):
    return pa.record_batch({"a": batch["a"].cast(pa.float64())})


def other_name(batch, shared):
    return pa.record_batch({"b": batch["a"]})


def with_nulls(batch, shared):
    return pa.record_batch({"a": pa.nulls(len(batch), pa.int64())})


def no_batch(batch, shared):
    return [1]


def dies_once(batch, shared):
    """Kills its own worker the first time that batch 1 runs."""
    if batch_number(batch) == 1:
        try:
            os.close(os.open(bytes(shared["marker"]).decode(), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return batch
        os.kill(os.getpid(), signal.SIGKILL)
    return batch


def dies_always(batch, shared):
    if batch_number(batch) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return batch


def meets(batch, shared):
    """Comes back when batches are at work in two processes at once; their numbers."""
    folder = Path(bytes(shared["folder"]).decode())
    (folder / str(os.getpid())).touch()
    late = time.monotonic() + 20
    while len(found := sorted(folder.iterdir())) < 2 and time.monotonic() < late:
        time.sleep(0.01)
    return pa.record_batch({"a": pa.array([int(path.name) for path in found], pa.int64())})


def kills_its_executor(batch, shared):
    """Ends the Java process that holds the batch: parent of the daemon that is this worker's parent."""
    if batch_number(batch) == 1:
        try:
            os.close(os.open(bytes(shared["marker"]).decode(), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return batch
        status = Path(f"/proc/{os.getppid()}/stat").read_text()
        os.kill(int(status.rsplit(")", 1)[1].split()[1]), signal.SIGKILL)
    return batch


# ---- engines and data


@pytest.fixture(scope="session")
def processes() -> Iterator[LocalEngine]:
    # a process finds the functions of this file by their module's name
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        with LocalEngine(workers=2, processes=True) as engine:
            yield engine


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Engine:
    kind = request.param
    return LocalEngine(workers=2) if kind == "threads" else request.getfixturevalue(kind)


each = pytest.mark.parametrize("engine", KINDS, indirect=True)


def market(n: int, m: int, seed: int, *, degree: int = 12) -> tuple[Edges, np.ndarray]:
    """People with 0 to `degree` candidates, on a few levels so that there are ties; openings 0 to 3."""
    g = np.random.default_rng(seed)
    counts = np.minimum(g.integers(0, degree + 1, n), m)
    rows = [np.sort(g.choice(m, c, replace=False)) for c in counts]
    vacancy = np.concatenate([np.zeros(0, np.int32), *rows]).astype(np.int32)
    values = (g.integers(0, 17, (3, len(vacancy))) / 16).astype(np.float32)
    return Edges(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), vacancy, *values), g.integers(
        0, 4, m
    )


def same_bits(one: Allocation, two: Allocation) -> None:
    for field in fields(Allocation):
        a, b = getattr(one, field.name), getattr(two, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype, field.name
            assert a.tobytes() == b.tobytes(), field.name
        else:
            assert a == b, field.name


def skill_table(n: int, m: int, skills: int, seed: int) -> tuple[pa.Table, dict[str, np.ndarray], list, list]:
    g = np.random.default_rng(seed)
    sides = []
    for size in (n, m):
        side = []
        for _ in range(size):
            found = np.sort(g.choice(skills, g.integers(0, 7), replace=False))
            side.append({int(s): float(g.integers(1, 9)) / 8 for s in found})
        sides.append(side)
    people, posts = sides
    table = pa.table(
        {
            "row": pa.array(range(n), pa.int64()),
            "skill": pa.array([list(p) for p in people], pa.list_(pa.int32())),
            "weight": pa.array([list(p.values()) for p in people], pa.list_(pa.float32())),
        }
    )
    shared = {
        "indptr": np.cumsum([0, *map(len, posts)]).astype(np.int64),
        "skill": np.array([s for p in posts for s in p], np.int32),
        "weight": np.array([w for p in posts for w in p.values()], np.float32),
        "k": np.array(4),
    }
    return table, shared, people, posts


def best_in_plain_python(people: list, posts: list, k: int) -> list[list[int]]:
    found = []
    for person in people:
        scores = {v: sum(w * person.get(s, 0) for s, w in post.items()) for v, post in enumerate(posts)}
        shares = {v for v, post in enumerate(posts) if person.keys() & post.keys()}
        found.append(sorted(shares, key=lambda v, scores=scores: (-scores[v], v))[:k])
    return found


# ---- the same rows on every engine


@each
def test_rows_come_in_the_order_of_the_input_and_batches_carry_their_number(engine):
    table = pa.table({"a": pa.array(range(10), pa.int64())})
    found = engine.map_batches(seen, table, schema=SEEN, batch_rows=3)
    expected = [(1, 3, 3), (2, 6, 3), (2, 6, 3), (3, 9, 1), (3, 9, 1), (3, 9, 1)]
    assert [tuple(row.values()) for row in found.to_pylist()] == expected
    with engine.hold(table.slice(1), batch_rows=4) as held:
        for _ in range(2):
            found = engine.map_batches(seen, held, schema=SEEN)
            assert [tuple(row.values()) for row in found.to_pylist()] == [(1, 5, 4), (2, 9, 1), (2, 9, 1)]


@each
def test_every_arrow_type_passes_unchanged(engine):
    table = pa.table(
        {
            "unsigned": pa.array([2**64 - 1, None, 0], pa.uint64()),
            "texts": pa.array(["é", "", None]).dictionary_encode(),
            "money": pa.array([Decimal("1.10"), None, Decimal("-3.25")], pa.decimal128(9, 2)),
            "when": pa.array([0, None, 1], pa.timestamp("ns", "Asia/Jakarta")),
            "pair": pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int8(), 2)),
            "inner": pa.array(
                [{"x": [1.5]}, {"x": None}, None], pa.struct([("x", pa.large_list(pa.float32()))])
            ),
        }
    ).replace_schema_metadata({"of": "the table"})
    found = engine.map_batches(same, table, schema=table.schema, batch_rows=2)
    assert found.equals(table)
    assert found.schema.equals(table.schema, check_metadata=True)


@each
def test_the_best_vacancies_by_skills_are_those_of_plain_python(engine):
    table, arrays, people, posts = skill_table(90, 40, 25, 5)
    with Shared(**arrays) as shared:
        found = engine.map_batches(top_skills, table, schema=LISTS, shared=shared, batch_rows=31)
        assert found["best"].to_pylist() == best_in_plain_python(people, posts, 4)
        assert found["row"].to_pylist() == list(range(90))
        local = LocalEngine(workers=1).map_batches(
            top_skills, table, schema=LISTS, shared=shared, batch_rows=90
        )
    assert found.equals(local)


@each
@pytest.mark.parametrize("sweeps", [True, False])
def test_the_rounds_over_an_engine_are_those_of_allocate_to_the_bit(engine, sweeps, monkeypatch):
    edges, openings = market(300, 80, 3)
    found = spread_fills(
        engine, edges, openings, k=5, rounds=4, trust=0.7, batch_rows=110, sweeps=sweeps, threads=1
    )
    if not sweeps:
        monkeypatch.setitem(allocate.__globals__, "_SWEEPS", 0)
    same_bits(found, allocate(edges, openings, k=5, rounds=4, trust=0.7, threads=1))


@each
def test_added_rows_are_the_sums_of_plain_python(engine):
    g = np.random.default_rng(4)
    keys, values = g.integers(-5, 30, 1000), g.integers(-(2**50), 2**50, 1000)
    table = pa.table({"key": pa.array(keys, pa.int32()), "value": pa.array(values, pa.int64())})
    found = engine.map_batches(counted, table, schema=SUMS, batch_rows=300, add_by="key")
    total: Counter[int] = Counter()
    for key, value in zip(keys.tolist(), values.tolist(), strict=True):
        total[key] += value
    assert found.schema == SUMS
    assert found.to_pylist() == [
        {"key": k, "one": int((keys == k).sum()), "two": total[k]} for k in sorted(set(keys.tolist()))
    ]


@each
def test_a_table_without_rows_gives_none_and_calls_nothing(engine):
    table = pa.table({"a": pa.array([], pa.int64())})
    assert engine.map_batches(divides, table, schema=SEEN).equals(SEEN.empty_table())
    with engine.hold(table) as held:
        assert engine.map_batches(divides, held, schema=SUMS, add_by="key").equals(SUMS.empty_table())


# ---- errors are the same on every engine

ONE = pa.schema([("a", pa.int64())])


@each
@pytest.mark.parametrize("add_by", [None, "key"])
def test_the_first_failing_batch_speaks_as_it_did(engine, add_by):
    schema = SUMS if add_by else ONE
    function = fails_from_two if add_by else fails_late
    with pytest.raises(ShapeError) as caught:
        engine.map_batches(function, KEYED, schema=schema, batch_rows=2, add_by=add_by)
    assert (caught.value.message, caught.value.hint, caught.value.field) == (
        "batch 2 is bad",
        "look at it",
        "a",
    )


KEYED = pa.table({"a": pa.array(range(9), pa.int64())})


def fails_from_two(batch, shared):
    fails_late(batch, shared)
    return pa.record_batch([np.zeros(1, np.int32), [1], [2]], schema=SUMS)


def largest(batch, shared):
    return pa.record_batch([[1], [1], [2**62]], schema=SUMS)


@each
def test_what_goes_wrong_is_named(engine):
    schema = pa.schema([pa.field("a", pa.int64(), nullable=False)])
    with Shared(x=np.zeros(2)) as shared:
        for function, message, field in [
            (divides, "batch 0: ZeroDivisionError: integer", None),
            (writes, "batch 0: ValueError: assignment destination is read-only", None),
            (other_type, "batch 0: other_type returned column 'a' as double, not int64", "a"),
            (other_name, "batch 0: other_name returned the columns b, not a", "a"),
            (with_nulls, "batch 0: with_nulls returned nulls in column 'a', which has none", "a"),
            (no_batch, "batch 0: no_batch returned list, not a RecordBatch", None),
        ]:
            with pytest.raises(EngineError) as caught:
                engine.map_batches(function, KEYED.slice(0, 2), schema=schema, shared=shared)
            assert caught.value.message.startswith(message)
            assert caught.value.field == field


@each
def test_a_sum_beyond_int64_is_an_error_and_no_other_number(engine):
    with pytest.raises(EngineError, match="does not fit into int64"):
        engine.map_batches(largest, KEYED, schema=SUMS, batch_rows=3, add_by="key")


# ---- workers that die


@pytest.mark.parametrize("engine", KINDS[1:], indirect=True)
def test_a_killed_worker_is_replaced_and_the_rows_are_the_same(engine, tmp_path):
    marker = tmp_path / "died"
    with Shared(marker=np.frombuffer(str(marker).encode(), np.uint8)) as shared:
        found = engine.map_batches(dies_once, KEYED, schema=ONE, shared=shared, batch_rows=3)
    assert marker.exists()
    assert found.equals(KEYED)


@pytest.mark.parametrize("engine", KINDS[1:], indirect=True)
def test_a_batch_that_kills_every_worker_ends_the_job_and_not_the_engine(engine):
    with pytest.raises(EngineError, match=r"died 4 times|exited unexpectedly") as caught:
        engine.map_batches(dies_always, KEYED, schema=ONE, batch_rows=3)
    assert "memory" in caught.value.hint
    assert engine.map_batches(same, KEYED, schema=ONE).equals(KEYED)


@pytest.mark.parametrize("engine", KINDS[1:], indirect=True)
def test_batches_are_at_work_in_several_processes_at_once(engine, tmp_path):
    with Shared(folder=np.frombuffer(str(tmp_path).encode(), np.uint8)) as shared:
        found = engine.map_batches(meets, KEYED, schema=ONE, shared=shared, batch_rows=5)["a"].to_pylist()
    assert len(found) == 4
    assert found[:2] == found[2:]
    assert os.getpid() not in found


# ---- Spark alone


@SPARK
def test_a_held_batch_is_one_partition_of_its_own_number(spark):
    from pyspark.sql.functions import spark_partition_id

    with spark.hold(KEYED, batch_rows=2) as held:
        frame = held.place_for(spark)
        rows = frame.select("batch", spark_partition_id().alias("partition")).collect()
        assert sorted((r.batch, r.partition) for r in rows) == [(i, i) for i in range(5)]


@SPARK
def test_a_batch_beyond_a_message_of_spark_is_named(spark, monkeypatch):
    monkeypatch.setattr("padan.matching.spark._LARGEST", 300)
    with pytest.raises(InputError, match="batch 0 is") as caught:
        spark.map_batches(same, KEYED, schema=ONE, batch_rows=9)
    assert caught.value.hint == "take a batch_rows below 9"


@SPARK
def test_a_session_of_the_caller_is_used_and_left_running(spark):
    session = spark._own
    before = session.conf.get("spark.sql.shuffle.partitions")
    with SparkEngine(session) as engine:
        assert engine.map_batches(same, KEYED, schema=ONE).equals(KEYED)
    assert session.conf.get("spark.sql.shuffle.partitions") == before
    assert session.range(3).count() == 3
    with pytest.raises(InputError, match="runs in this process already"):
        SparkEngine()


@SPARK
def test_an_own_session_listens_on_this_machine_and_writes_no_log(spark):
    conf = spark._context.getConf()
    assert conf.get("spark.driver.bindAddress") == conf.get("spark.driver.host") == "127.0.0.1"
    assert conf.get("spark.ui.enabled") == conf.get("spark.eventLog.enabled") == "false"


@SPARK
def test_a_worker_without_padan_is_named(spark, monkeypatch):
    # stands for a part of Padan that this process has and the workers have not
    elsewhere = types.ModuleType("padan.elsewhere")
    function = types.FunctionType(same.__code__, {"__name__": elsewhere.__name__}, "same")
    elsewhere.same = function
    monkeypatch.setitem(sys.modules, elsewhere.__name__, elsewhere)
    with pytest.raises(EngineError, match=r"No module named 'padan\.elsewhere'") as caught:
        spark.map_batches(function, KEYED, schema=ONE)
    assert "every executor" in caught.value.hint


def test_without_pyspark_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(MissingPart, match=r"pip install -r requirements/spark\.txt"):
        SparkEngine()


@SPARK
def test_without_java_the_error_says_what_to_install(spark, tmp_path):
    code = "from padan.matching.spark import SparkEngine\nSparkEngine()"
    environment = {**os.environ, "JAVA_HOME": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60
    )
    assert "padan.errors.MissingPart: Java does not start" in run.stderr
    assert "install Java 17" in run.stderr


def cluster(marker: str) -> dict[str, object]:
    """On two executors, with authentication and encryption, one of which is killed: the same rows."""
    options = {
        "spark.authenticate": "true",
        "spark.authenticate.secret": marker,
        "spark.network.crypto.enabled": "true",
        "spark.io.encryption.enabled": "true",
        "spark.executor.memory": "512m",
    }
    table, arrays, _, _ = skill_table(60, 30, 20, 6)
    edges, openings = market(200, 50, 7)
    local = LocalEngine(workers=1)
    found: dict[str, object] = {}
    with SparkEngine(master="local-cluster[2,1,512]", memory="1g", options=options) as engine:
        held = engine.hold(KEYED, batch_rows=1)
        folder = Path(marker + "-met")
        folder.mkdir()
        with Shared(folder=np.frombuffer(str(folder).encode(), np.uint8)) as shared:
            engine.map_batches(meets, KEYED, schema=ONE, shared=shared, batch_rows=5)
        found["workers"] = len(list(folder.iterdir()))
        with Shared(marker=np.frombuffer(marker.encode(), np.uint8)) as shared:
            found["killed"] = engine.map_batches(kills_its_executor, held, schema=ONE, shared=shared).equals(
                KEYED
            )
        found["died"] = Path(marker).exists()
        with Shared(**arrays) as shared:
            lists = [
                one.map_batches(top_skills, table, schema=LISTS, shared=shared, batch_rows=20)
                for one in (engine, local)
            ]
        found["lists"] = lists[0].equals(lists[1])
        plan = spread_fills(engine, edges, openings, k=3, rounds=2, batch_rows=70)
        same_bits(plan, allocate(edges, openings, k=3, rounds=2))
        found["rounds"] = True
    return found


@SPARK
@pytest.mark.slow
def test_two_executors_give_the_same_rows_and_one_may_die(spark, tmp_path):
    if os.environ.get("PADAN_REQUIRE") != "1":
        pytest.skip("starts a Spark of four Java processes: PADAN_REQUIRE=1 runs it")
    marker = str(tmp_path / "died")
    run = subprocess.run(
        [sys.executable, __file__, marker], cwd=ROOT, capture_output=True, text=True, timeout=110
    )
    assert run.returncode == 0, run.stderr[-2000:]
    found = json.loads(run.stdout.strip().splitlines()[-1])
    assert found == {"workers": 2, "killed": True, "died": True, "lists": True, "rounds": True}


# ---- properties, on threads


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 50), st.integers(1, 3))
def test_cuts_and_workers_change_nothing(values, batch_rows, workers):
    table = pa.table({"key": pa.array(values, pa.int32()), "value": pa.array(values, pa.int64())})
    engine = LocalEngine(workers=workers)
    assert engine.map_batches(same, table, schema=table.schema, batch_rows=batch_rows).equals(table)
    found = engine.map_batches(counted, table, schema=SUMS, batch_rows=batch_rows, add_by="key")
    count = Counter(values)
    assert [tuple(r.values()) for r in found.to_pylist()] == [
        (k, count[k], k * count[k]) for k in sorted(count)
    ]


@settings(max_examples=40)
@given(
    st.integers(0, 30), st.integers(1, 12), st.integers(0, 99), st.integers(1, 40), st.integers(1, 6),
    st.sampled_from([0.0, 0.3, 1.0]), st.booleans(),
)  # fmt: skip
def test_any_market_over_threads_is_that_of_allocate(n, m, seed, batch_rows, k, trust, keyed):
    edges, openings = market(n, m, seed, degree=6)
    keys = np.arange(n) if keyed else None
    found = spread_fills(
        LocalEngine(workers=2), edges, openings, k=k, rounds=3, seed=seed, trust=trust, keys=keys,
        batch_rows=batch_rows, threads=1, exam="reciprocal",
    )  # fmt: skip
    same_bits(
        found,
        allocate(
            edges, openings, k=k, rounds=3, seed=seed, trust=trust, keys=keys, threads=1, exam="reciprocal"
        ),
    )


def test_without_sweeps_fewer_openings_are_expected_to_fill_but_hardly():
    edges, openings = market(3000, 700, 8, degree=30)
    with_sweeps, without = (
        spread_fills(LocalEngine(workers=1), edges, openings, sweeps=s).fills.sum() for s in (True, False)
    )
    assert 0.97 * with_sweeps < without < with_sweeps


def test_partial_sums_are_folded_when_there_are_many(monkeypatch):
    monkeypatch.setattr("padan.matching.engine._FOLD", 5)
    table = pa.table({"key": pa.array([1, 2, 3] * 20, pa.int32()), "value": pa.array(range(60), pa.int64())})
    found = LocalEngine(workers=2).map_batches(counted, table, schema=SUMS, batch_rows=4, add_by="key")
    assert found.to_pylist() == [{"key": k, "one": 20, "two": sum(range(k - 1, 60, 3))} for k in (1, 2, 3)]


# ---- shared arrays and bad input


def test_shared_arrays_are_read_only_and_their_files_go():
    given_array = np.arange(6.0).reshape(2, 3)
    with Shared(one=given_array, empty=np.zeros((0, 4)), number=np.array(3)) as shared:
        files = shared.files()
        assert {n: np.load(p, mmap_mode="r").tolist() for n, p in files.items()} == {
            "one": given_array.tolist(),
            "empty": [],
            "number": 3,
        }
        assert shared.files() == files
    assert not any(p.exists() for p in files.values())
    given_array[0, 0] = 5
    with pytest.raises(ValueError, match="read-only"):
        shared.arrays["one"][0, 0] = 1
    with pytest.raises(InputError, match="'texts' holds Python objects"):
        Shared(texts=np.array(["a", None], object))


def test_bad_requests_are_named():
    def inner(batch, shared):
        return batch

    engine, other = LocalEngine(workers=1), LocalEngine(workers=1)
    for function in (inner, lambda batch, shared: batch):
        with pytest.raises(InputError, match="is not a function of a module") as caught:
            engine.map_batches(function, KEYED, schema=ONE)
        assert caught.value.field == "function"
    for arguments, message in [
        ({"batch_rows": 0}, "batch_rows is 0"),
        ({"schema": pa.schema([])}, "columns with names of their own"),
        ({"add_by": "b"}, "must be a column of schema"),
        ({"add_by": "a"}, "must be a column of schema beside others"),
        ({"schema": SUMS.set(0, pa.field("key", pa.string())), "add_by": "key"}, "column 'key' is string"),
        ({"schema": SUMS.set(2, pa.field("two", pa.float64())), "add_by": "key"}, "column 'two' is double"),
    ]:
        with pytest.raises(InputError, match=message):
            engine.map_batches(same, KEYED, **{"schema": ONE, **arguments})
    with pytest.raises(InputError, match="no columns"):
        engine.map_batches(same, pa.table({}), schema=ONE)
    with pytest.raises(InputError, match="workers is -1"):
        LocalEngine(workers=-1)
    held = engine.hold(KEYED)
    with pytest.raises(InputError, match="not held by this engine"):
        other.map_batches(same, held, schema=ONE)
    held.close()
    held.close()
    with pytest.raises(InputError, match="was let go"):
        engine.map_batches(same, held, schema=ONE)


def test_bad_markets_are_named_as_allocate_names_them():
    edges, openings = market(5, 4, 1)
    with pytest.raises(InputError, match="rounds is 0"):
        spread_fills(LocalEngine(), edges, openings, rounds=0)
    with pytest.raises(InputError, match="trust is 2"):
        spread_fills(LocalEngine(), edges, openings, trust=2)
    with pytest.raises(ShapeError, match="outside the 1 capacities"):
        spread_fills(LocalEngine(), edges, openings[:1])
    with pytest.raises(InputError, match="exam is 'deep'"):
        spread_fills(LocalEngine(), edges, openings, exam="deep")


if __name__ == "__main__":
    print(json.dumps(cluster(sys.argv[1])))
