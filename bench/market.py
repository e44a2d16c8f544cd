"""The whole market, measured: exact top-k against peers, one person against a million, the graph, a nation.

    python bench/market.py retrieval 300000x50000 --seeds 1,2,3,4,5    against sparse-dot-topn, one thread
    python bench/market.py retrieval 300000x50000 --order drawn        rows as drawn instead of sorted
    python bench/market.py retrieval 30000x6000 --methods skill,sparse-dot-topn,scipy,duckdb
    python bench/market.py growth 300000x50000 --steps 4               exponents, from halved sizes
    python bench/market.py limit 300000x50000                          the least that blocks can do
    python bench/market.py person 1000000                              one jobseeker after the other
    python bench/market.py graph 300000x50000                          candidates, 50 both ways
    python bench/market.py nation 1000000x100000 --each 20             rank, graph, allocation, two threads
    python bench/market.py nation 125000x12500 --engine spark          rows of Spark against local threads
    python bench/market.py fit nation.jsonl --to 10000000x1000000      growth of recorded runs, drawn on

The market is that of PADAN_SHARED/tools/market/synth_market.py. Sorted rows are by unit group, occupation and
region, on both sides, for us and for the peers. Every job runs in a process of its own; its peak memory is
VmHWM of that process, reset after the market is drawn, so it holds the input and what the job adds. CPU
seconds are those of all threads of the process; the build of an index is part of a ranking. With --out each
result is one line of JSON in a file; with --cache drawn markets are kept.

The policies are compared in bench/allocation.py, algmatch in bench/places.py.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from allocation import Drawn, drawn, propensities
from numba import njit
from scipy.optimize import nnls

from padan.matching.allocate import Allocation, allocate
from padan.matching.blocks import Blocks
from padan.matching.explain import rank_explained
from padan.matching.features import UNKNOWN, Side, SkillRows
from padan.matching.graph import candidates, rank_on
from padan.matching.index import Index, Weights
from padan.matching.kernels import bit_count
from padan.matching.rank import rank, rank_vacancies, terms_of
from padan.matching.rounds import spread_fills

K = 10
METHODS = ("skill", "composite", "sparse-dot-topn")
ALL = (*METHODS, "scipy", "duckdb")
CHECKED = 200  #: jobseekers whose composite ranking is held against every vacancy
ASKED = 2000  #: jobseekers who ask one by one
SKILLS_ONLY = Weights(1, 0, 0, 0, 0, 0)


# ---- jobs, each in a process of its own


def retrieve(job: dict[str, Any]) -> dict[str, Any]:
    """The top 10 of everybody by one method; the scores go into a file."""
    given = _given(job)
    s, v = (SkillRows(x.indptr, x.indices, x.data) for x in (given.people, given.posts))
    method: str = job["method"]
    if method in ("skill", "composite"):
        _warm(job)
    run: Callable[[], np.ndarray] = {
        "skill": lambda: rank_vacancies(s, v, k=K, threads=1).score,
        "composite": lambda: rank(given.seekers, given.vacancies, k=K, km=given.km, threads=1).score,
        "sparse-dot-topn": lambda: _sparse_dot_topn(given),
        "scipy": lambda: _scipy(given),
        "duckdb": lambda: _duckdb(given),
    }[method]
    with measured() as spent:
        score = run()
    np.save(job["scores"], score)
    missed = None
    if method == "composite":
        missed = _composite_missed(given, score)
    return {**spent, "missed": missed}


def limit(job: dict[str, Any]) -> dict[str, Any]:
    """What no search over these blocks can leave out: the bounds of every block for everybody, and the
    postings of those blocks whose bound reaches the score of the 10th, known beforehand.
    """
    given = _given(job)
    s, v = (SkillRows(x.indptr, x.indices, x.data) for x in (given.people, given.posts))
    _warm(job)
    with measured() as whole:
        kth = rank_vacancies(s, v, k=K, threads=1).score[:, -1].copy()
    b = Index.of(_bare(v), holds="vacancies", checked=True).segments[0].blocks
    out: dict[str, Any] = {"whole": whole["cpu"], "blocks": len(b)}
    never = np.full(len(s), np.inf, np.float32)
    for name, least in (("bounds", never), ("postings", kth)):
        _touched(s, b, least, 100)
        start = time.process_time()
        seen, opened = _touched(s, b, least, len(s))
        out[name] = time.process_time() - start
        out[f"{name}_seen"], out["opened"] = seen / len(s), opened / len(s)
    width = 1 + max(int(s.skill.max()), int(v.skill.max()))
    of_s, of_v = (np.bincount(x.skill, minlength=width).astype(np.float64) for x in (s, v))
    out["products"] = float((of_s * of_v).sum()) / len(s)
    return out


def person(job: dict[str, Any]) -> dict[str, Any]:
    """One jobseeker after the other against an index that is read from files."""
    n, m = ASKED, job["vacancies"]
    given = _given({**job, "size": [n, m], "order": "drawn"})
    out: dict[str, Any] = {}
    with measured() as spent:
        index = Index.of(given.vacancies, holds="vacancies", km=given.km)
    out["build"] = spent
    out["nbytes"] = index.nbytes
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        index.save(Path(folder) / "index")
        out["save_s"] = time.perf_counter() - start
        out["files"] = sum(f.stat().st_size for f in (Path(folder) / "index").iterdir())
        start = time.perf_counter()
        loaded = Index.load(Path(folder) / "index")
        out["load_ms"] = 1000 * (time.perf_counter() - start)
        names = pa.array([f"skill {i}" for i in range(20_000)])
        people = [given.seekers.take(np.array([i])) for i in range(n)]
        for kind, asked in (("built", index), ("mapped", loaded)):
            for who in people[:20]:
                rank_explained(asked, who, names, k=K)
            out[f"rank_{kind}"] = _each(lambda who, asked=asked: asked.rank(who, k=K, threads=1), people)
            out[f"explained_{kind}"] = _each(
                lambda who, asked=asked: rank_explained(asked, who, names, k=K), people
            )
        whole = index.rank(given.seekers, k=K, threads=1).best
        alone = np.concatenate([loaded.rank(who, k=K, threads=1).best for who in people[:200]])
        if not np.array_equal(whole[:200], alone):
            sys.exit("the mapped index ranks one by one otherwise than the built one all at once")
        out["change_ms"] = _changes(loaded, given.vacancies)
        out["rank_changed"] = _each(lambda who: loaded.rank(who, k=K, threads=1), people)
    return out


def graph(job: dict[str, Any]) -> dict[str, Any]:
    """The candidates of everybody on one thread."""
    given = _given(job)
    _warm(job)
    with measured() as spent:
        found = candidates(given.seekers, given.vacancies, each=job["each"], km=given.km, threads=1)
    return {**spent, "edges": len(found.vacancy) / len(found)}


def nation(job: dict[str, Any]) -> dict[str, Any]:
    """Ranking, graph and allocation of a whole market on all cores, step by step."""
    given = _given(job)
    _warm(job)
    out: dict[str, Any] = {"input": _peak()}
    with measured() as out["ranking"]:
        rank(given.seekers, given.vacancies, k=K, km=given.km)
    with measured() as out["graph"]:
        found = candidates(given.seekers, given.vacancies, each=job["each"], km=given.km)
    out["edges"] = len(found.vacancy) / len(found)
    edges, openings = propensities(found, given, job["seed"]), given.posts.cap.astype(np.int64)
    del found
    with measured() as out["allocation"]:
        plan = allocate(edges, openings)
    out["fills"] = float(plan.fills.sum())
    out["openings"] = int(openings.sum())
    out["gain"] = out["fills"] / float(allocate(edges, openings, policy="ranking").fills.sum())
    out["bound"] = out["fills"] / plan.bound if plan.bound else None
    out["gini"] = plan.figures.gini
    return out


def spark(job: dict[str, Any]) -> dict[str, Any]:
    """Ranking and allocation through Spark on this machine; every row held against local threads."""
    from padan.matching.spark import SparkEngine

    given = _given(job)
    _warm(job)
    out: dict[str, Any] = {}
    index = Index.of(given.vacancies, holds="vacancies", km=given.km)
    found = candidates(given.seekers, given.vacancies, each=job["each"], km=given.km)
    edges, openings = propensities(found, given, job["seed"]), given.posts.cap.astype(np.int64)
    out["edges"] = len(found.vacancy) / len(found)
    del found
    with measured() as out["ranking_local"]:
        best = index.rank(given.seekers, k=K)
    with measured() as out["allocation_local"]:
        plan = allocate(edges, openings)
    with SparkEngine(memory="4g") as engine:
        rank_on(engine, index, given.seekers.take(np.arange(100)), k=K)  # workers start before the clock
        with measured() as out["ranking_spark"]:
            other = rank_on(engine, index, given.seekers, k=K)
        with measured() as out["allocation_spark"]:
            spread = spread_fills(engine, edges, openings, batch_rows=25_000)
        out["spark_processes"] = _processes_below()
    out["same_ranking"] = bool(
        np.array_equal(best.best, other.best) and np.array_equal(best.score, other.score)
    )
    out["same_allocation"] = all(
        _same(getattr(plan, f.name), getattr(spread, f.name)) for f in dataclasses.fields(Allocation)
    )
    return out


JOBS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "retrieve": retrieve, "limit": limit, "person": person, "graph": graph, "nation": nation, "spark": spark,
}  # fmt: skip


# ---- peers


def _sparse_dot_topn(given: Drawn) -> np.ndarray:
    """Scores (n, 10), best first."""
    from sparse_dot_topn import sp_matmul_topn

    a, b = _matrices(given)
    found = sp_matmul_topn(a, b.T, top_n=K, sort=True, n_threads=1)
    return _padded(found.indptr, found.data)


def _scipy(given: Drawn) -> np.ndarray:
    """Blocks of 1,000 jobseekers as dense products, then the 10 largest by partition."""
    a, b = _matrices(given)
    b = b.T.tocsr()
    out = np.zeros((a.shape[0], K), np.float32)
    for first in range(0, a.shape[0], 1000):
        dense = (a[first : first + 1000] @ b).toarray()
        out[first : first + 1000] = -np.sort(np.partition(-dense, K - 1, axis=1)[:, :K], axis=1)
    return out


def _duckdb(given: Drawn) -> np.ndarray:
    """A join by skill, a sum by pair, the 10 largest by jobseeker; 5,000 jobseekers at a time."""
    import duckdb

    con = duckdb.connect(config={"threads": 1})
    sides = []
    for side in (given.people, given.posts):
        row = np.repeat(np.arange(len(side), dtype=np.int32), np.diff(side.indptr))
        sides.append(pa.table({"row": row, "skill": side.indices, "weight": side.data}))
    con.register("vacancy_rows", sides[1])
    con.execute("CREATE TABLE vacancy AS SELECT * FROM vacancy_rows")
    out = np.zeros((len(given.people), K), np.float32)
    for first in range(0, len(given.people), 5000):
        last = min(first + 5000, len(given.people))
        begin, end = given.people.indptr[first], given.people.indptr[last]
        con.register("jobseeker", sides[0].slice(begin, end - begin))
        rows = con.execute(
            f"""
            WITH pair AS (
                SELECT   s.row AS jobseeker, v.row AS vacancy, sum(s.weight * v.weight) AS score
                FROM     jobseeker AS s JOIN vacancy AS v USING (skill)
                GROUP BY ALL
            )
            SELECT   jobseeker, max(score, {K}) AS best
            FROM     pair
            GROUP BY jobseeker
            """
        ).fetchnumpy()
        for who, best in zip(rows["jobseeker"], rows["best"], strict=True):
            out[who, : len(best)] = best
    return out


def _matrices(given: Drawn) -> tuple[Any, Any]:
    from scipy import sparse

    width = 1 + max(int(x.indices.max()) for x in (given.people, given.posts))
    return tuple(
        sparse.csr_matrix((x.data, x.indices, x.indptr), shape=(len(x), width))
        for x in (given.people, given.posts)
    )


# ---- commands


def print_retrieval(args: argparse.Namespace) -> None:
    """Methods on one size, seed by seed, then the ratios and the recall."""
    methods = args.methods.split(",")
    strange = sorted(set(methods) - set(ALL))
    if strange:
        sys.exit(f"no method {', '.join(strange)}: {', '.join(ALL)}")
    results: dict[str, list[dict[str, Any]]] = {}
    for seed in args.seeds:
        with tempfile.TemporaryDirectory() as folder:
            for method in methods:
                scores = str(Path(folder) / f"{method}.npy")
                job = {"method": method, "scores": scores, **_market_of(args, seed)}
                found = run("retrieve", job, args)
                if method in ("scipy", "duckdb", "sparse-dot-topn") and "skill" in methods:
                    ours, theirs = (np.load(Path(folder) / f"{x}.npy") for x in ("skill", method))
                    found["recall"] = float((np.abs(ours - theirs) <= 1e-5).mean())
                results.setdefault(method, []).append(found)
    print(f"\n{args.size}, rows {args.order}, top {K}, seeds {', '.join(map(str, args.seeds))}\n")
    print("| method | CPU-s | range | wall s | peak MB | peer ÷ skill | peer ÷ composite | scores equal |")
    print(f"|---|{'--:|' * 7}")
    for method, rows in results.items():
        cpu = [row["cpu"] for row in rows]
        cells = [f"{statistics.fmean(cpu):.2f}", f"{min(cpu):.2f}–{max(cpu):.2f}"]
        cells += [f"{statistics.fmean(row['wall'] for row in rows):.2f}"]
        cells += [f"{max(row['peak'] for row in rows):,.0f}"]
        for ours in ("skill", "composite"):
            known = method not in ("skill", "composite") and ours in results
            ratio = [t / o["cpu"] for t, o in zip(cpu, results.get(ours, []), strict=False)] if known else []
            cells.append(_spread(ratio, "x"))
        recall = [row["recall"] for row in rows if "recall" in row]
        missed = [row["missed"] for row in rows if row["missed"] is not None]
        if missed:
            cells.append(f"{sum(missed)} of {CHECKED * K * len(missed)} differ from all pairs")
        else:
            cells.append(f"{min(recall):.6f}" if recall else "–")
        print(f"| {method} | {' | '.join(cells)} |")


def print_growth(args: argparse.Namespace) -> None:
    """CPU seconds of halved sizes and the exponent of n, both sides growing together."""
    n, m = _size(args.size)
    sizes = [(n >> step, m >> step) for step in reversed(range(args.steps))]
    methods = args.methods.split(",")
    print(f"| size | {' | '.join(methods)} |\n|---|{'--:|' * len(methods)}")
    table: dict[str, list[float]] = {method: [] for method in methods}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            for method in methods:
                cpu = []
                for seed in args.seeds:
                    job = {"method": method, "scores": str(Path(folder) / "x.npy"), **_market_of(args, seed)}
                    cpu.append(run("retrieve", {**job, "size": size}, args)["cpu"])
                table[method].append(statistics.fmean(cpu))
        cells = (f"{table[method][-1]:.2f}" for method in methods)
        print(f"| {size[0]:,} x {size[1]:,} | {' | '.join(cells)} |", flush=True)
    fits = (f"{_exponent([a for a, _ in sizes], table[method])[0]:.2f}" for method in methods)
    print(f"| exponent of n | {' | '.join(fits)} |")


def print_limit(args: argparse.Namespace) -> None:
    """The parts that cannot be left out."""
    print("| seed | whole, CPU-s | bounds alone | bounds and postings | blocks | opened a person ", end="")
    print("| sums a person: bounds | with postings | without blocks |")
    print(f"|--:|{'--:|' * 8}")
    for seed in args.seeds:
        f = run("limit", _market_of(args, seed), args)
        cells = [f"{f['whole']:.2f}", f"{f['bounds']:.2f}", f"{f['postings']:.2f}", f"{f['blocks']:,}"]
        cells += [f"{f['opened']:.1f}", f"{f['bounds_seen']:,.0f}", f"{f['postings_seen']:,.0f}"]
        print(f"| {seed} | {' | '.join(cells)} | {f['products']:,.0f} |", flush=True)


def print_person(args: argparse.Namespace) -> None:
    """Quantiles over the jobseekers, a line a seed and way of asking."""
    print("| seed | what | p50 ms | p95 | p99 | CPU p50 ms | p95 | p99 | mean CPU ms |")
    print(f"|--:|---|{'--:|' * 7}")
    tails = []
    for seed in args.seeds:
        f = run("person", {"vacancies": args.vacancies, **_market_of(args, seed)}, args)
        for name, words in (
            ("rank_built", "ranking, index as built"),
            ("explained_built", "ranking and explanation, index as built"),
            ("rank_mapped", "ranking, memory-mapped"),
            ("explained_mapped", "ranking and explanation, memory-mapped"),
            ("rank_changed", "ranking after add and close"),
        ):
            x = f[name]
            cells = (
                f"{x[name]:.3f}" for name in ("p50", "p95", "p99", "cpu_p50", "cpu_p95", "cpu_p99", "cpu")
            )
            print(f"| {seed} | {words} | {' | '.join(cells)} |")
        sys.stdout.flush()
        c = f["change_ms"]
        tails.append(
            f"seed {seed}: built in {f['build']['cpu']:.1f} CPU-s, {f['nbytes'] / 1e6:,.0f} MB, files "
            f"{f['files'] / 1e6:,.0f} MB, save {f['save_s']:.1f} s, load {f['load_ms']:.0f} ms; 1,000 added "
            f"{c['add_first']:.0f} ms first, then {c['add']:.0f} ms; 1,000 closed {c['close']:.1f} ms"
        )
    print("\n" + "\n".join(tails))


def print_graph(args: argparse.Namespace) -> None:
    """A line a seed."""
    print("| seed | CPU-s | wall s | peak MB | candidates a person |\n|--:|--:|--:|--:|--:|")
    spent = []
    for seed in args.seeds:
        f = run("graph", {"each": args.each, **_market_of(args, seed)}, args)
        spent.append(f["cpu"])
        print(
            f"| {seed} | {f['cpu']:.1f} | {f['wall']:.1f} | {f['peak']:,.0f} | {f['edges']:.1f} |", flush=True
        )
    print(f"| mean | {statistics.fmean(spent):.1f} | | | |")


def print_nation(args: argparse.Namespace) -> None:
    """A line a step."""
    (seed,) = args.seeds
    job = {"each": args.each, **_market_of(args, seed)}
    print("| step | wall s | CPU-s | peak MB |\n|---|--:|--:|--:|")
    f = run("spark" if args.engine == "spark" else "nation", job, args)
    for step, spent in f.items():
        if isinstance(spent, dict) and "wall" in spent:
            print(f"| {step} | {spent['wall']:.1f} | {spent['cpu']:.1f} | {spent['peak']:,.0f} |")
    print("\n" + ", ".join(f"{k} {v}" for k, v in f.items() if not isinstance(v, dict) or "wall" not in v))


def print_fit(args: argparse.Namespace) -> None:
    """Growth laws of the steps over the sizes in a file of results, and what they say of another size; the
    ratio of the sides as in the runs.

    CPU: a·n + b·n², both 0 or more, by least squares of relative errors: a person opens few blocks, but
    every block has a bound. The exponent of the largest two sizes shows how far the square has come. Memory:
    a + b·n.
    """
    lines = [json.loads(line) for line in Path(args.file).read_text().splitlines()]
    rows = sorted((x for x in lines if x["job"] == "nation"), key=lambda x: int(x["size"][0]))
    if len({tuple(x["size"]) for x in rows}) < 3:
        sys.exit(f"{args.file}: a law needs runs of three sizes or more")
    n = np.array([x["size"][0] for x in rows], np.float64)
    to, _ = _size(args.to)
    print(
        f"| step | exponent, all sizes | largest two | share of the square at {rows[-1]['size'][0]:,} ",
        end="",
    )
    print(f"| worst miss of the law | at {args.to}: CPU hours | by the exponent alone | peak GB | its miss |")
    print(f"|---|{'--:|' * 8}")
    for step in ("ranking", "graph", "allocation"):
        cpu, peak = (np.array([x[step][what] for x in rows]) for what in ("cpu", "peak"))
        exponent, scale = _exponent(n, cpu)
        last = math.log(cpu[-1] / cpu[-2]) / math.log(n[-1] / n[-2])
        (a, b), miss = _law(np.stack([n, n**2], axis=1), cpu)
        (c, d), missed = _law(np.stack([np.ones(len(n)), n], axis=1), peak)
        square = b * n[-1] ** 2 / (a * n[-1] + b * n[-1] ** 2)
        cells = [f"{exponent:.2f}", f"{last:.2f}", f"{square:.0%}", f"{miss:.0%}"]
        cells += [f"{(a * to + b * to**2) / 3600:.2f}", f"{scale * to**exponent / 3600:.2f}"]
        print(f"| {step} | {' | '.join(cells)} | {(c + d * to) / 1024:.1f} | {missed:.0%} |")


# ---- private


def run(job: str, given: dict[str, Any], args: argparse.Namespace) -> dict[str, Any]:
    """A job in a process of its own; its result, which is kept with --out."""
    one = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, __file__, "job", job, json.dumps(given)],
        env={**os.environ, **one},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{job} ended with {done.returncode}: {given}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if args.out:
        kept = {"job": job, **{k: v for k, v in given.items() if k not in ("cache", "scores")}, **found}
        with open(args.out, "a", encoding="utf-8") as file:
            file.write(json.dumps(kept) + "\n")
    return found


@contextmanager
def measured() -> Iterator[dict[str, float]]:
    """CPU and wall seconds and the peak memory (MB) of what is inside."""
    spent: dict[str, float] = {}
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")  # VmHWM starts anew
    wall, cpu = time.perf_counter(), time.process_time()
    yield spent
    spent["cpu"], spent["wall"] = time.process_time() - cpu, time.perf_counter() - wall
    spent["peak"] = _peak()


def _peak(process: str = "self") -> float:
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024


def _processes_below() -> list[tuple[str, float, float]]:
    """Name, peak MB and CPU seconds, with those of children that ended, of the processes below this one."""
    found: dict[int, list[str]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found[int(folder.name)] = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # ended meanwhile
    out = []
    for process, stat in found.items():
        at = process
        while at in found and at != os.getpid():
            at = int(found[at][1])
        if at == os.getpid() and process != os.getpid():
            try:
                name, peak = (Path("/proc") / str(process) / "comm").read_text().strip(), _peak(str(process))
            except (OSError, IndexError):
                continue
            ticks = sum(int(x) for x in stat[11:15])
            out.append((name, round(peak), ticks / os.sysconf("SC_CLK_TCK")))
    return sorted(out)


def _given(job: dict[str, Any]) -> Drawn:
    n, m = job["size"]
    cache = Path(job["cache"]) if job["cache"] else None
    return drawn(n, m, job["seed"], cache=cache, ordered=job["order"] == "sorted")


def _warm(job: dict[str, Any]) -> None:
    """Compile every part before it is timed."""
    few = _given({**job, "size": [500, 200], "cache": None})
    rank(few.seekers, few.vacancies, k=K, km=few.km)
    rank_vacancies(few.seekers.skills, few.vacancies.skills, k=K)
    found = candidates(few.seekers, few.vacancies, each=10, km=few.km)
    allocate(propensities(found, few, 1), few.posts.cap)
    allocate(propensities(found, few, 1), few.posts.cap, policy="ranking")


def _bare(rows: SkillRows) -> Side:
    """A side of skills alone."""
    n = len(rows)
    unknown = np.full(n, UNKNOWN, np.int32)
    return Side(
        ids=(),
        skills=rows,
        occupation=unknown[:, None],
        confidence=np.zeros((n, 1), np.float32),
        region=unknown,
        remote=np.zeros(n, bool),
        education=unknown,
        experience=unknown,
        pay=np.full(n, np.nan),
    )


def _composite_missed(given: Drawn, score: np.ndarray) -> int:
    """Of some jobseekers: scores that are not those of all pairs, computed one by one."""
    pick = np.linspace(0, len(given.seekers) - 1, CHECKED).astype(np.int64)
    m, missed = len(given.vacancies), 0
    for row in pick:
        pairs = np.stack([np.full(m, row), np.arange(m)], axis=1)
        terms = terms_of(given.seekers, given.vacancies, pairs, km=given.km)
        alike = np.where((terms[:, 0] > 0) | (terms[:, 1] > 0), terms @ Weights().array(), 0.0)
        missed += int((np.abs(-np.sort(-alike)[:K] - score[row]) > 1e-6).sum())
    return missed


def _each(ask: Callable[[Side], object], people: list[Side]) -> dict[str, float]:
    """Milliseconds for one person after the other: quantiles of wall time and of the thread's CPU time, which
    other work on the cores does not stretch; mean CPU time of the process.
    """
    wall, own = np.empty(len(people)), np.empty(len(people))
    cpu = time.process_time()
    for i, who in enumerate(people):
        start, begun = time.perf_counter(), time.thread_time()
        ask(who)
        own[i], wall[i] = time.thread_time() - begun, time.perf_counter() - start
    out = {"cpu": 1000 * (time.process_time() - cpu) / len(people)}
    for prefix, spent in (("", wall), ("cpu_", own)):
        for share in (50, 95, 99):
            out[f"{prefix}p{share}"] = float(1000 * np.quantile(spent, share / 100))
    return out


def _changes(index: Index, side: Side) -> dict[str, float]:
    """Milliseconds to add 1,000 vacancies (the first time numbers the ids of all) and to close 1,000."""
    out: dict[str, float] = {}
    for turn, name in enumerate(("add_first", "add")):
        new = side.take(np.arange(1000) + 1000 * turn)
        new = dataclasses.replace(new, ids=tuple(f"new {turn} {i}" for i in range(1000)))
        start = time.perf_counter()
        index.add(new)
        out[name] = 1000 * (time.perf_counter() - start)
    gone = [str(i) for i in range(0, len(side), len(side) // 1000)][:1000]
    start = time.perf_counter()
    index.close(gone)
    out["close"] = 1000 * (time.perf_counter() - start)
    return out


def _touched(s: SkillRows, b: Blocks, least: np.ndarray, n: int) -> tuple[int, int]:
    """Sums made and blocks opened for the first n jobseekers."""
    sums, opened, _ = _touch(
        n, s.indptr, s.skill, s.weight, b.by_skill, b.block, b.most, b.start, b.bits, b.before, b.base,
        b.first, b.local, b.weight, least,
    )  # fmt: skip
    return int(sums), int(opened)


@njit(nogil=True)
def _touch(
    n: Any,
    ptr: Any,
    skill: Any,
    weight: Any,
    by_skill: Any,
    block: Any,
    most: Any,
    start: Any,
    bits: Any,
    before: Any,
    base: Any,
    first: Any,
    local: Any,
    posting: Any,
    least: Any,
) -> Any:
    """Bounds of all blocks, then the postings of the blocks whose bound is at least `least`. The last number
    of the result keeps the compiler from leaving anything out.
    """
    count = len(start) - 1
    bound = np.zeros(count, np.float32)
    shared = np.zeros(64, np.float32)
    sums, opened, kept = 0, 0, 0.0
    for q in range(n):
        bound[:] = np.float32(0.0)
        for e in range(ptr[q], ptr[q + 1]):
            if skill[e] < len(by_skill) - 1:
                w = weight[e]
                for p in range(by_skill[skill[e]], by_skill[skill[e] + 1]):
                    bound[block[p]] += w * most[p]
                sums += by_skill[skill[e] + 1] - by_skill[skill[e]]
        for c in range(count):
            if bound[c] < least[q]:
                continue
            opened += 1
            for i in range(64):
                shared[i] = np.float32(0.0)
            for e in range(ptr[q], ptr[q + 1]):
                if skill[e] >= len(by_skill) - 1:
                    break
                word = bits[c, skill[e] >> 6]
                bit = np.uint64(1) << np.uint64(skill[e] & 63)
                if word & bit:
                    entry = (
                        base[c] + before[c, skill[e] >> 6] + np.int64(bit_count(word & (bit - np.uint64(1))))
                    )
                    for p in range(first[entry], first[entry + 1]):
                        shared[local[p]] += weight[e] * posting[p]
                    sums += first[entry + 1] - first[entry]
            kept += shared[0]
        kept += bound[0]
    return sums, opened, kept


def _padded(indptr: np.ndarray, data: np.ndarray) -> np.ndarray:
    """Rows of at most 10 values as (n, 10), 0 beyond."""
    n = len(indptr) - 1
    out = np.zeros((n, K), np.float32)
    row = np.repeat(np.arange(n), np.diff(indptr))
    out[row, np.arange(len(data)) - indptr[row]] = data
    return out


def _same(one: Any, other: Any) -> bool:
    """Equal to the last bit."""
    if isinstance(one, np.ndarray):
        return bool(np.array_equal(one, other))
    return bool(one == other)


def _exponent(n: Any, values: Any) -> tuple[float, float]:
    """e and a of values = a · n^e, by least squares of the logarithms."""
    e, a = np.polyfit(np.log(n), np.log(values), 1)
    return float(e), float(np.exp(a))


def _law(columns: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights ≥ 0 of the columns with the least relative errors, and the largest of these."""
    weights, _ = nnls(columns / values[:, None], np.ones(len(values)))
    return weights, float(np.abs(columns @ weights / values - 1).max())


def _spread(values: list[float], unit: str) -> str:
    if not values:
        return "–"
    sd = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.2f}{unit}{sd}"


def _size(words: str) -> tuple[int, int]:
    n, _, m = words.partition("x")
    return int(n), int(m)


def _market_of(args: argparse.Namespace, seed: int) -> dict[str, Any]:
    size = _size(args.size) if "size" in args else None
    return {"size": size, "seed": seed, "order": args.order, "cache": args.cache}


def _machine() -> str:
    name = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        name = next((key for key, _ in groupby(named)), name)
    return f"{name}, {os.cpu_count()} cores"


def main() -> None:
    if sys.argv[1:2] == ["job"]:
        print(json.dumps(JOBS[sys.argv[2]](json.loads(sys.argv[3]))))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    seeds = argparse.ArgumentParser(add_help=False)
    seeds.add_argument("--seeds", type=lambda x: [int(i) for i in x.split(",")], default=[1])
    seeds.add_argument("--order", choices=["sorted", "drawn"], default="sorted")
    seeds.add_argument("--cache", help="folder where drawn markets are kept")
    seeds.add_argument("--out", help="file that gets a line of JSON a result")
    for name, show in (
        ("retrieval", print_retrieval),
        ("growth", print_growth),
        ("limit", print_limit),
        ("graph", print_graph),
        ("nation", print_nation),
        ("person", print_person),
    ):
        command = commands.add_parser(name, parents=[seeds], help=show.__doc__)
        command.set_defaults(show=show)
        if name == "person":
            command.add_argument("vacancies", type=int)
        else:
            command.add_argument("size")
        if name in ("retrieval", "growth"):
            command.add_argument("--methods", default=",".join(METHODS))
        if name == "growth":
            command.add_argument("--steps", type=int, default=4)
        if name in ("graph", "nation"):
            command.add_argument("--each", type=int, default=50 if name == "graph" else 20)
        if name == "nation":
            command.add_argument("--engine", choices=["local", "spark"], default="local")
    fit = commands.add_parser("fit", help=print_fit.__doc__)
    fit.add_argument("file")
    fit.add_argument("--to", default="10000000x1000000")
    fit.set_defaults(show=print_fit)
    args = parser.parse_args()
    print(f"{_machine()}; {' '.join(sys.argv[1:])}", file=sys.stderr, flush=True)
    args.show(args)


if __name__ == "__main__":
    main()
