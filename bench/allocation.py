"""Allocation policies on the synthetic market: simulated hires against plain ranking, and the spread.

    python bench/allocation.py                         20,000 jobseekers x 6,000 vacancies, five seeds
    python bench/allocation.py --size 5000x1500 --seeds 1,2,3 --policies fills,quota
    python bench/allocation.py --errors 0,0.5,1,2      p and q with logit errors of these sd, with the guard
    python bench/allocation.py --errors 2 --raw        the same without shrinking and without the guard
    python bench/allocation.py --exam reciprocal       people who look down the list less

The market is that of PADAN_SHARED/tools/market/synth_market.py. Candidates are the composite top 50 both
ways. True p and q are drawn here (constants invented): a person applies by distance, pay, nearness of the
occupation and taste; an employer accepts by skills, education, experience and judgement. Neither is a
function of the score. "reciprocal" ranks by p·q alone, without an eye on the others.

Hires are simulated on the true p and q, all policies with the same luck. The allocation sees them with the
error of the run, shrunk to their mean by `trust_of`, and with the trust that this gives; with --raw as they
are and with full trust.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import platform
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from padan.matching.allocate import Edges, allocate, simulate, trust_of
from padan.matching.features import Side, SkillRows
from padan.matching.rank import Weights, rank, terms_of

SHARED = Path(os.environ.get("PADAN_SHARED") or Path(__file__).resolve().parents[2] / "shared")
POLICIES = ("ranking", "reciprocal", "fills", "surplus", "quota")
TASTE_SD, JUDGEMENT_SD = 0.8, 0.8


def synth_market(shared: Path = SHARED) -> ModuleType:
    """The module that draws the market."""
    path = shared / "tools" / "market" / "synth_market.py"
    spec = importlib.util.spec_from_file_location("synth_market", path)
    if spec is None or spec.loader is None or not path.exists():
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["synth_market"] = module
    spec.loader.exec_module(module)
    return module


def market(n: int, m: int, seed: int, *, shared: Path = SHARED, each: int = 50) -> tuple[Edges, np.ndarray]:
    """Candidates with true p and q, and the openings of the vacancies."""
    people, posts, world = synth_market(shared).make_market(n, m, seed)
    seekers, vacancies = _side(people, world, vacancy=False), _side(posts, world, vacancy=True)
    km = (-40 * np.log(np.maximum(world.region_prox, 1e-12))).astype(np.float32)
    rows = []
    for asked in ("seekers", "vacancies"):
        best = rank(seekers, vacancies, k=each, asked=asked, km=km, threads=1).best
        own = np.repeat(np.arange(len(best)), best.shape[1])[best.ravel() >= 0]
        other = best.ravel()[best.ravel() >= 0]
        rows.append(np.stack([own, other] if asked == "seekers" else [other, own]))
    both = np.concatenate(rows, axis=1).astype(np.int64)
    pairs = np.unique(both[0] * m + both[1])
    s, v = pairs // m, pairs % m
    terms = terms_of(seekers, vacancies, np.stack([s, v], axis=1), km=km)
    g = np.random.default_rng([seed, 8])
    pay = (posts.logw[v] - people.logw[s]).astype(np.float64)
    p = -1.6 + 1.5 * terms[:, 2] + 4.0 * pay + 1.2 * terms[:, 1] + g.normal(0, TASTE_SD, len(s))
    skills = (terms[:, 0] - terms[:, 0].mean()) / terms[:, 0].std()
    years = np.minimum(people.exper[s] - posts.exper[v], 3.0) / 3.0
    q = -1.4 + 0.8 * skills + 0.8 * (terms[:, 3] - 0.7) + 0.4 * years + g.normal(0, JUDGEMENT_SD, len(s))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(s, minlength=n))]).astype(np.int64)
    score = (terms @ Weights().array()).astype(np.float32)
    return Edges(indptr, v.astype(np.int32), _share(p), _share(q), score), posts.cap.astype(np.int64)


def with_error(edges: Edges, sd: float, seed: int, *, raw: bool = False) -> tuple[Edges, float]:
    """p and q as a calibration with this error sees them, and the trust that it earns; raw without shrinking
    and fully trusted.
    """
    if sd == 0:
        return edges, 1.0
    g = np.random.default_rng([seed, 9])
    seen, trust = {}, []
    for name in ("p", "q"):
        true = np.clip(getattr(edges, name).astype(np.float64), 1e-6, 1 - 1e-6)
        logit = np.log(true / (1 - true)) + g.normal(0, sd, len(true))
        trust.append(1.0 if raw else trust_of(1 / (1 + np.exp(-logit)), sd))
        seen[name] = _share(logit.mean() + trust[-1] * (logit - logit.mean()))
    return replace(edges, **seen), float(np.mean(trust))


def _share(logit: np.ndarray) -> np.ndarray:
    return (1 / (1 + np.exp(-logit))).astype(np.float32)


def _side(side: Any, world: Any, *, vacancy: bool) -> Side:
    n = len(side)
    weight = side.data.astype(np.float64)
    row = np.repeat(np.arange(n), np.diff(side.indptr))
    if vacancy:
        weight = weight / np.bincount(row, weight, n)[row]
    else:
        weight = weight / np.maximum.reduceat(weight, side.indptr[:-1])[row]
    # units get numbers of four digits that share the first two within a sub-major group
    first = np.searchsorted(world.sub_of_unit, np.arange(world.sub_of_unit.max() + 1))
    code = (world.sub_of_unit + 10) * 100 + np.arange(len(world.sub_of_unit)) - first[world.sub_of_unit]
    return Side(
        ids=tuple(map(str, range(n))),
        skills=SkillRows(side.indptr, side.indices, weight.astype(np.float32)),
        occupation=code[side.unit].astype(np.int32)[:, None],
        confidence=np.ones((n, 1), np.float32),
        region=side.region.astype(np.int32),
        remote=np.zeros(n, bool),
        education=side.edu.astype(np.int32),
        experience=(side.exper * 12).astype(np.int32),
        pay=np.exp(side.logw.astype(np.float64)) * 1000,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", default="20000x6000")
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--policies", default=",".join(POLICIES))
    parser.add_argument("--errors", default="0")
    parser.add_argument(
        "--exam", default="log", choices=["log", "reciprocal"], help="of the people, not of the plan"
    )
    parser.add_argument("--raw", action="store_true", help="no shrinking, full trust")
    parser.add_argument("--trust", type=float, help="instead of what the error earns")
    parser.add_argument("--beta", type=float, default=3.0)
    parser.add_argument("--quota", type=float, default=1.25)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--draws", type=int, default=5)
    args = parser.parse_args()
    n, m = map(int, args.size.split("x"))
    edges, capacity = market(500, 150, 1)  # compiles before anything is timed
    for policy in ("fills", "surplus", "quota"):
        simulate(edges, capacity, allocate(edges, capacity, policy=policy, trust=0.5, threads=1).vacancy)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, one thread; {' '.join(sys.argv[1:])}", file=sys.stderr
    )
    table: dict[tuple[float, str], list[list[float]]] = {}
    for seed in map(int, args.seeds.split(",")):
        start = time.process_time()
        edges, capacity = market(n, m, seed)
        print(
            f"seed {seed}: {len(edges.vacancy) / n:.1f} candidates a person, {capacity.sum()} openings, "
            f"p {edges.p.mean():.2f} q {edges.q.mean():.2f}, graph {time.process_time() - start:.1f} CPU-s",
            file=sys.stderr,
        )
        for sd in map(float, args.errors.split(",")):
            seen, trust = with_error(edges, sd, seed, raw=args.raw)
            trust = trust if args.trust is None else args.trust
            base = 0.0
            for policy in dict.fromkeys(("ranking", *args.policies.split(","))):
                by_worth = policy == "reciprocal"
                start = time.process_time()
                found = allocate(
                    replace(seen, score=seen.p * seen.q) if by_worth else seen,
                    capacity,
                    policy="ranking" if by_worth else policy,
                    rounds=args.rounds,
                    beta=args.beta,
                    quota=args.quota,
                    trust=trust,
                    threads=1,
                )
                spent = time.process_time() - start
                done = simulate(edges, capacity, found.vacancy, seed=seed, draws=args.draws, exam=args.exam)
                hires = float(done.hires.mean())
                base = base or hires
                f = found.figures
                kept = math.nan if by_worth else f.score_kept
                bound = found.fills.sum() / found.bound if found.bound else math.nan
                table.setdefault((sd, policy), []).append(
                    [
                        hires / base,
                        hires,
                        f.gini,
                        f.gini_opening,
                        f.top_share,
                        f.coverage,
                        kept,
                        bound,
                        trust,
                        spent,
                    ]
                )
    heads = "error sd|policy|hires ÷ ranking|sd|hires|Gini|Gini an opening|top 1 %|coverage|score kept"
    print(f"|{heads}|fills ÷ bound|trust|CPU-s|\n|--:|---|{'--:|' * 11}")
    for (sd, policy), rows in table.items():
        gain, hires, *rest, spent = (statistics.fmean(column) for column in zip(*rows, strict=True))
        spread = statistics.stdev([r[0] for r in rows]) if len(rows) > 1 else math.nan
        cells = [f"{sd:g}", policy, f"{gain:.3f}", f"{spread:.3f}", f"{hires:,.0f}"]
        cells += ["–" if math.isnan(x) else f"{x:.3f}" for x in rest]
        print("|".join(["", *cells, f"{spent:.2f}", ""]))


if __name__ == "__main__":
    main()
