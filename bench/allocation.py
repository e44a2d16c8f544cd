"""Allocation policies on the synthetic market: simulated hires against plain ranking, and the spread.

    python bench/allocation.py                         20,000 jobseekers x 6,000 vacancies, five seeds
    python bench/allocation.py --size 5000x1500 --seeds 1,2,3 --policies fills,quota
    python bench/allocation.py --errors 0,0.5,1,2      p and q with logit errors of these sd, with the guard
    python bench/allocation.py --errors 2 --raw        the same without shrinking and without the guard
    python bench/allocation.py --exam log,reciprocal   the second: people who look down the list less
    python bench/allocation.py --taste 0               no taste and no judgement beyond what the records say
    python bench/allocation.py --world score           p and q rise with the score and hold nothing else
    python bench/allocation.py --size 2000x600 --policies fills,transport   entropic transport, package POT

The market is that of PADAN_SHARED/tools/market/synth_market.py. Candidates are the composite top 50 both
ways. True p and q are drawn here (constants invented): a person applies by distance, pay, nearness of the
occupation and taste; an employer accepts by skills, education, experience and judgement. Neither is a
function of the score. "reciprocal" ranks by p·q alone, without an eye on the others.

Hires are simulated on the true p and q, all policies with the same luck. The allocation sees them with the
error of the run, shrunk to their mean by `trust_of`, and with the trust that this gives; with --raw as they
are and with full trust.

Blocking pairs and envy are those of `blocking` and `envy` below, on the true p and q.
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
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from scipy import sparse

from padan.matching.acceptance import enrol, exam_curve, lots
from padan.matching.allocate import Allocation, Edges, allocate, expected_fills, simulate, trust_of
from padan.matching.features import Side, SkillRows
from padan.matching.graph import Candidates, candidates

SHARED = Path(os.environ.get("PADAN_SHARED") or Path(__file__).resolve().parents[2] / "shared")
POLICIES = ("ranking", "reciprocal", "fills", "surplus", "quota")
TASTE_SD, JUDGEMENT_SD = 0.8, 0.8
SAMPLE = 1000  #: people whose envy is looked at
#: entropic transport: balanced or not, how smooth, how dear a missed margin (None: margins are met)
TRANSPORT: tuple[tuple[float, float | None], ...] = tuple(
    (smooth, margin) for smooth in (0.02, 0.05, 0.1, 0.3) for margin in (None, 0.1, 1.0)
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A market: both sides as the ranking reads them, distances, and both as they were drawn."""

    seekers: Side
    vacancies: Side
    km: np.ndarray
    people: Any
    posts: Any


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


def drawn(
    n: int, m: int, seed: int, *, shared: Path = SHARED, cache: Path | None = None, ordered: bool = False
) -> Drawn:
    """Draw a market, or read it from the folder `cache`, where it is left; `ordered`: both sides by unit,
    occupation and region.
    """
    synth = synth_market(shared)
    world = synth.make_world()
    names = ("indptr", "indices", "data", "occ", "unit", "region", "edu", "exper", "logw", "cap")
    path = cache and cache / f"market-{n}-{m}-{seed}.npz"
    if path and path.exists():
        with np.load(path) as kept:
            people, posts = (synth.Side(*(kept[f"{side}_{x}"] for x in names)) for side in "sv")
    else:
        people, posts, _ = synth.make_market(n, m, seed, world)
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            arrays = {
                f"{side}_{x}": getattr(one, x)
                for side, one in zip("sv", (people, posts), strict=True)
                for x in names
            }
            np.savez(path, **arrays)
    if ordered:
        people, posts = (x.take(np.lexsort((x.region, x.occ, x.unit))) for x in (people, posts))
    km = (-40 * np.log(np.maximum(world.region_prox, 1e-12))).astype(np.float32)
    return Drawn(_side(people, world, vacancy=False), _side(posts, world, vacancy=True), km, people, posts)


def market(
    n: int,
    m: int,
    seed: int,
    *,
    shared: Path = SHARED,
    each: int = 50,
    taste: float = 1.0,
    world: str = "terms",
) -> tuple[Edges, np.ndarray]:
    """Candidates with true p and q, and the openings of the vacancies; `taste` and `world` as in
    `propensities`.
    """
    given = drawn(n, m, seed, shared=shared)
    graph = candidates(given.seekers, given.vacancies, each=each, km=given.km, threads=1)
    return propensities(graph, given, seed, taste=taste, world=world), given.posts.cap.astype(np.int64)


def propensities(
    graph: Candidates, given: Drawn, seed: int, *, taste: float = 1.0, world: str = "terms"
) -> Edges:
    """True p and q of the candidates.

    taste    times the spread of taste and judgement, which no record tells
    world    "terms", or "score": both rise with the score, so p·q orders the candidates as the score does
    """
    s, v, terms = graph.seeker, graph.vacancy, graph.terms
    g = np.random.default_rng([seed, 8])
    p, q = (g.normal(0, taste * sd, len(s)) for sd in (TASTE_SD, JUDGEMENT_SD))
    if world == "score":
        score = (graph.score - graph.score.mean(dtype=np.float64)) / graph.score.std(dtype=np.float64)
        p, q = score - 1.0, score - 1.4
    else:
        pay = given.posts.logw[v].astype(np.float64) - given.people.logw[s]
        p += -1.6 + 1.5 * terms[:, 2] + 4.0 * pay + 1.2 * terms[:, 1]
        skills = terms[:, 0].astype(np.float64)
        years = np.minimum(given.people.exper[s] - given.posts.exper[v], 3.0) / 3.0
        q += -1.4 + 0.8 * (skills - skills.mean()) / skills.std() + 0.8 * (terms[:, 3] - 0.7) + 0.4 * years
    return Edges(graph.indptr, v, _share(p), _share(q), graph.score)


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


def blocking(edges: Edges, openings: np.ndarray, lists: np.ndarray, seed: int) -> tuple[float, float]:
    """Pairs that would both rather have each other after people have acted on their lists: how many for 100
    people, and the share of people who are in one.

    Each candidate has two chances of its own, the same for all policies: the person would apply with p
    (from a list with exam·p) and fits with q. Of those who apply and fit a stable outcome comes about. A pair
    that would apply and fits blocks it when the person prefers it (by p) to what she got, and the vacancy has
    an opening free or prefers her (by q) to somebody it took.
    """
    n, m = len(edges), len(openings)
    row = np.repeat(np.arange(n), np.diff(edges.indptr))
    chance, fit = np.random.default_rng([seed, 10]).random((2, len(row)))
    exam = np.zeros(len(row))
    exam[_positions(edges, row, lists, m)] = np.broadcast_to(exam_curve(lists.shape[1]), lists.shape)[
        lists >= 0
    ]
    fits = fit < edges.q
    kept = np.flatnonzero(fits & (chance < exam * edges.p))
    lot = lots(edges.indptr, edges.vacancy, edges.p, edges.q, edges.score, seed, np.arange(n))
    held = np.searchsorted(kept, edges.indptr)
    seat = enrol(held, edges.vacancy[kept], edges.p[kept], edges.q[kept], lot, openings)
    got = seat >= 0
    edge = kept[seat[got]]
    own = np.full(n, -1.0)
    own[got] = edges.p[edge]
    weakest = np.full(m, np.inf)
    np.minimum.at(weakest, edges.vacancy[edge], edges.q[edge])
    free = np.bincount(edges.vacancy[edge], minlength=m) < openings
    v = edges.vacancy
    wanted = (free[v] | (edges.q > weakest[v])) & (openings > 0)[v]
    blocks = fits & (chance < edges.p) & (edges.p > own[row]) & wanted
    return 100.0 * float(blocks.sum()) / n, len(np.unique(row[blocks])) / n


def envy(edges: Edges, found: Allocation, true: Allocation, seed: int) -> tuple[float, float]:
    """Of a sample of people: the share to whom somebody else's list would be worth a tenth more than their
    own, and the mean of own ÷ best list.

    A list is worth Σ exam·p·q·(chance that an application to the vacancy fills an opening), of the vacancies
    in it that are candidates of the person. The chance is fills ÷ applications of `true`, the same lists
    under the true p and q. All lists are looked at.
    """
    n, m = len(edges), len(true.fills)
    chance = true.fills / np.where(true.applications > 0, true.applications, 1.0)
    listed = found.vacancy >= 0
    curve = np.broadcast_to(exam_curve(found.vacancy.shape[1]), listed.shape)[listed]
    lists = sparse.csc_matrix(
        (curve, found.vacancy[listed], np.concatenate([[0], np.cumsum(listed.sum(axis=1))])), shape=(m, n)
    )
    value = edges.p.astype(np.float64) * edges.q * chance[edges.vacancy]
    worth = sparse.csr_matrix((value, edges.vacancy, edges.indptr), shape=(n, m))
    asked = np.sort(np.random.default_rng([seed, 11]).choice(n, min(SAMPLE, n), replace=False))
    own = np.asarray(worth[asked].multiply(lists[:, asked].T).sum(axis=1)).ravel()
    best = np.concatenate(
        [
            (worth[asked[first : first + 100]] @ lists).max(axis=1).toarray().ravel()
            for first in range(0, len(asked), 100)
        ]
    )
    some = best > 0
    return float((best > 1.1 * own).mean()), float((own[some] / best[some]).mean())


def transport(edges: Edges, openings: np.ndarray, smooth: float, margin: float | None) -> np.ndarray:
    """Mass (nnz,) of entropic transport from people to openings at the cost 1 - p·q, by the package POT.

    smooth   of the entropy
    margin   how dear a missed margin is (unbalanced); None: people are spread over openings in full
    """
    import ot

    n, m = len(edges), len(openings)
    row = np.repeat(np.arange(n), np.diff(edges.indptr))
    # whoever is no candidate is too far
    cost = np.full((n, m), 10.0)
    cost[row, edges.vacancy] = 1.0 - edges.p.astype(np.float64) * edges.q
    people, places = np.ones(n), openings.astype(np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says so where it has not converged
        if margin is None:
            places *= people.sum() / places.sum()
            plan = ot.sinkhorn(people, places, cost, smooth, method="sinkhorn_stabilized")
        else:
            plan = ot.unbalanced.sinkhorn_unbalanced(
                people, places, cost, smooth, margin, method="sinkhorn_stabilized"
            )
    return np.nan_to_num(np.asarray(plan)[row, edges.vacancy])


def plan_of(
    policy: str, seen: Edges, openings: np.ndarray, given: argparse.Namespace, trust: float
) -> Allocation:
    """The lists of a policy."""
    name: Any = policy
    if policy == "reciprocal":
        seen, name = replace(seen, score=seen.p * seen.q), "ranking"
    if policy.startswith("transport"):
        _, smooth, margin = policy.split()
        mass = transport(seen, openings, float(smooth), None if margin == "full" else float(margin))
        # only the order within a person counts
        most = np.maximum.reduceat(mass, seen.indptr[:-1]) if len(mass) else mass
        mass /= np.repeat(np.maximum(most, 1e-300), np.diff(seen.indptr))
        seen, name = replace(seen, score=mass.astype(np.float32)), "ranking"
    return allocate(
        seen,
        openings,
        policy=name,
        rounds=given.rounds,
        beta=given.beta,
        quota=given.quota,
        trust=trust,
        threads=1,
    )


def _positions(edges: Edges, row: np.ndarray, lists: np.ndarray, m: int) -> np.ndarray:
    """Edge of each vacancy that is listed, row by row."""
    people = np.repeat(np.arange(len(lists)), lists.shape[1]).reshape(lists.shape)
    listed = lists >= 0
    return np.searchsorted(row * m + edges.vacancy, people[listed] * m + lists[listed])


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
    parser.add_argument("--exam", default="log", help="log, reciprocal: of the people, not of the plan")
    parser.add_argument("--raw", action="store_true", help="no shrinking, full trust")
    parser.add_argument("--trust", type=float, help="instead of what the error earns")
    parser.add_argument("--beta", type=float, default=3.0)
    parser.add_argument("--quota", type=float, default=1.25)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--taste", type=float, default=1.0, help="times the spread of taste and judgement")
    parser.add_argument("--world", default="terms", choices=["terms", "score"])
    args = parser.parse_args()
    n, m = map(int, args.size.split("x"))
    policies = list(dict.fromkeys(("ranking", *args.policies.split(","))))
    if "transport" in policies:
        if n * m > 4_000_000:
            parser.error(f"transport is dense: {args.size} is too large, take 2000x600")
        settings = (f"transport {smooth:g} {margin or 'full'}" for smooth, margin in TRANSPORT)
        policies = [p for p in policies if p != "transport"] + list(settings)
    edges, capacity = market(500, 150, 1)  # compiles before anything is timed
    for policy in ("fills", "surplus", "quota"):
        simulate(edges, capacity, allocate(edges, capacity, policy=policy, trust=0.5, threads=1).vacancy)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, one thread; {' '.join(sys.argv[1:])}", file=sys.stderr
    )
    table: dict[tuple[str, float, str], list[list[float]]] = {}
    for seed in map(int, args.seeds.split(",")):
        start = time.process_time()
        edges, capacity = market(n, m, seed, taste=args.taste, world=args.world)
        print(
            f"seed {seed}: {len(edges.vacancy) / n:.1f} candidates a person, {capacity.sum()} openings, "
            f"p {edges.p.mean():.2f} q {edges.q.mean():.2f}, graph {time.process_time() - start:.1f} CPU-s",
            file=sys.stderr,
        )
        for sd in map(float, args.errors.split(",")):
            seen, trust = with_error(edges, sd, seed, raw=args.raw)
            trust = trust if args.trust is None else args.trust
            base: dict[str, float] = {}
            for policy in policies:
                start = time.process_time()
                found = plan_of(policy, seen, capacity, args, trust)
                spent = time.process_time() - start
                # the same lists under the true p and q: an allocation that has no other candidates
                row = np.repeat(np.arange(n), np.diff(edges.indptr))
                at = _positions(edges, row, found.vacancy, m)
                count = (found.vacancy >= 0).sum(axis=1)
                place = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
                a = np.bincount(
                    edges.vacancy[at],
                    exam_curve(found.vacancy.shape[1])[place] * edges.p[at] * edges.q[at],
                    minlength=m,
                )
                true = replace(found, applications=a, fills=expected_fills(a, capacity))
                missed, envious = (
                    blocking(edges, capacity, found.vacancy, seed),
                    envy(edges, found, true, seed),
                )
                f = found.figures
                kept = f.score_kept if policy in ("ranking", "fills", "surplus", "quota") else None
                bound = found.fills.sum() / found.bound if found.bound else math.nan
                for exam in args.exam.split(","):
                    done = simulate(edges, capacity, found.vacancy, seed=seed, draws=args.draws, exam=exam)
                    hires, sent = float(done.hires.mean()), float(done.applications.mean())
                    base.setdefault(exam, hires)
                    row_of = [hires / base[exam], hires, f.gini, f.gini_opening, f.top_share, f.coverage]
                    row_of += [math.nan if kept is None else kept, hires / max(len(at), 1), sent / hires]
                    row_of += [*missed, *envious, bound, trust, spent]
                    table.setdefault((exam, sd, policy), []).append(row_of)
    heads = "exam|error sd|policy|hires ÷ ranking|sd|hires|Gini|Gini an opening|top 1 %|coverage|score kept"
    heads += "|hires a slot|applications a hire|blocking pairs per 100|people in one|envious|own ÷ best list"
    print(f"|{heads}|fills ÷ bound|trust|CPU-s|\n|---|--:|---|{'--:|' * 17}")
    for (exam, sd, policy), rows in table.items():
        gain, hires, *rest, spent = (statistics.fmean(column) for column in zip(*rows, strict=True))
        spread = statistics.stdev([r[0] for r in rows]) if len(rows) > 1 else math.nan
        cells = [exam, f"{sd:g}", policy, f"{gain:.3f}", f"{spread:.3f}", f"{hires:,.0f}"]
        cells += ["–" if math.isnan(x) else f"{x:.3f}" for x in rest]
        print("|".join(["", *cells, f"{spent:.2f}", ""]))


if __name__ == "__main__":
    main()
