"""Apprenticeship places as they were applied for, and what other ways of giving them would do.

    python bench/places.py                     counts of the files, then the policies on both, five seeds
    python bench/places.py --seeds 1,2 --file jateng
    python bench/places.py --speed             enrolment on 5 million pairs, and against the package algmatch

Real: the places of PADAN_SHARED/data/real/apprenticeship with openings, applications, province, programmes
of study and level, read by `padan.reading`. Not known: who applied. So each recorded application is taken
for one person whose first choice is that place; the person has one programme and one level, drawn from those
the place names. The alternatives are places in the same province that name both, a seeded sample of at most
20 of them, in the order of closeness: words of the title, programmes, same regency, a third each. All of
that is assumed, and so is who is willing to take an alternative: the table of shares shows what hangs on it.

Places keep people by a public lot alone: nothing is known of the people that could order them.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.sparse.csgraph import maximum_bipartite_matching

from padan.countries import load
from padan.matching.acceptance import enrol, lots
from padan.matching.allocate import Edges, allocate, exam_curve
from padan.model import Kind
from padan.reading import Account, read

SHARED = Path(os.environ.get("PADAN_SHARED") or Path(__file__).resolve().parents[2] / "shared")
FILES = {
    "2026": "maganghub_2026_sample.csv",
    "jateng": "maganghub_2025b2_jateng_diy.jsonl",
    "listing": "maganghub_2025b1_listing.jsonl",
}
COLUMNS = [
    "title",
    "province",
    "regency",
    "total_job_openings",
    "applications",
    "education_requirements",
    "fields_of_study",
]
MOST = 20  #: alternatives of a person
STEP = 0.02  #: by which the wish falls from one alternative to the next
POLICIES = ("first choice, lot", "enrolment", "own list", "quota", "fills")
SHARES = (0.25, 0.5, 1.0)  #: who is willing; nobody is the case without alternatives


@dataclass(frozen=True, slots=True)
class Places:
    """m places. `programmes` and `levels` are sets of words a place, `words` those of the title."""

    openings: np.ndarray
    applications: np.ndarray
    province: list[str | None]
    regency: list[str | None]
    programmes: list[frozenset[str]]
    levels: list[frozenset[str]]
    words: list[frozenset[str]]

    def __len__(self) -> int:
        return len(self.openings)


@dataclass(frozen=True, slots=True)
class Wishes:
    """n people: `first` (n,) place of the application, `other` (nnz,) alternatives as sampled, `near` (nnz,)
    their closeness, rows by `indptr` (n+1,); `mood` (n,) uniform, below the share the person is willing.
    """

    first: np.ndarray
    indptr: np.ndarray
    other: np.ndarray
    near: np.ndarray
    mood: np.ndarray


def places_of(table: pa.Table) -> tuple[Places, int]:
    """The places of a table of apprenticeships, and how many rows lack openings or applications."""
    counted = [
        row
        for row in table.select(COLUMNS).to_pylist()
        if row["total_job_openings"] is not None and row["applications"] is not None
    ]
    found = Places(
        openings=np.array([row["total_job_openings"] for row in counted], np.int64),
        applications=np.array([row["applications"] for row in counted], np.int64),
        province=[row["province"] for row in counted],
        regency=[row["regency"] for row in counted],
        programmes=[_folded(row["fields_of_study"]) for row in counted],
        levels=[_folded(row["education_requirements"]) for row in counted],
        words=[_folded(re.findall(r"\w+", row["title"])) for row in counted],
    )
    return found, len(table) - len(counted)


def wishes_of(places: Places, seed: int, *, most: int = MOST) -> Wishes:
    """Draw the people behind the applications and their alternatives."""
    g = np.random.default_rng([seed, 31])
    by_programme: dict[tuple[str, str], list[int]] = {}
    for v, (province, programmes) in enumerate(zip(places.province, places.programmes, strict=True)):
        if province is not None:
            for programme in programmes:
                by_programme.setdefault((province, programme), []).append(v)
    first = np.repeat(np.arange(len(places)), places.applications)
    rows: list[np.ndarray] = []
    for v in range(len(places)):
        fits: dict[tuple[str, str], np.ndarray] = {}
        programmes, levels = sorted(places.programmes[v]), sorted(places.levels[v])
        for _ in range(places.applications[v]):
            if not programmes or not levels or places.province[v] is None:
                rows.append(np.zeros(0, np.int64))
                continue
            own = programmes[g.integers(len(programmes))], levels[g.integers(len(levels))]
            if own not in fits:
                there = by_programme[str(places.province[v]), own[0]]
                fits[own] = np.array([w for w in there if w != v and own[1] in places.levels[w]], np.int64)
            rows.append(g.permutation(fits[own])[:most])
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    other = np.concatenate([np.zeros(0, np.int64), *rows])
    near = closeness(places, np.repeat(first, np.diff(indptr)), other)
    return Wishes(first, indptr, other, near, g.random(len(first)))


def closeness(places: Places, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """0–1 for each pair: mean of the shares of common title words and of common programmes, and 1 where the
    regency is the same.
    """
    regency = np.unique([r or "" for r in places.regency], return_inverse=True)[1]
    stated = np.array([r is not None for r in places.regency])
    same = (regency[one] == regency[other]) & stated[one]
    return (_common(places.words, one, other) + _common(places.programmes, one, other) + same) / 3.0


def market(wishes: Wishes, *, alternatives: int = MOST, willing: float = 1.0) -> Edges:
    """Everybody's wishes as candidates. p and score fall from 1, the first choice, by `STEP` a wish; q is 1.

    alternatives   the first so many that were sampled, in the order of closeness
    willing        share of people who have any; who they are stays as the share grows
    """
    n = len(wishes.first)
    row = np.repeat(np.arange(n), np.diff(wishes.indptr))
    place_in_row = np.arange(len(row)) - wishes.indptr[row]
    kept = (place_in_row < alternatives) & (wishes.mood[row] < willing)
    row, other, near = row[kept], wishes.other[kept], wishes.near[kept]
    order = np.lexsort((other, -near, row))
    row, other = row[order], other[order]
    count = np.bincount(row, minlength=n)
    rank = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 1
    people = np.concatenate([np.arange(n), row])
    vacancy = np.concatenate([wishes.first, other])
    wish = 1.0 - STEP * np.concatenate([np.zeros(n), rank])
    order = np.lexsort((vacancy, people))
    wish = wish[order].astype(np.float32)
    indptr = np.concatenate([[0], np.cumsum(count + 1)]).astype(np.int64)
    return Edges(indptr, vacancy[order].astype(np.int32), wish, np.ones(len(wish), np.float32), wish)


def act(edges: Edges, lists: np.ndarray, openings: np.ndarray, lot: np.ndarray, seed: int) -> np.ndarray:
    """People apply from lists (n, k) of places as in `simulate`; the place (n,) each gets, -1 for none.

    Here every one who applies fits, so q is 1. The chances belong to the pair, so all lists meet the same.
    """
    n, k = lists.shape
    row = np.repeat(np.arange(n), np.diff(edges.indptr))
    key = row * len(openings) + edges.vacancy
    listed = lists >= 0
    people = np.repeat(np.arange(n), k).reshape(n, k)
    at = np.searchsorted(key, (people * len(openings) + lists)[listed])
    chance = np.zeros(len(key))
    chance[at] = np.broadcast_to(exam_curve(k), (n, k))[listed]
    kept = np.random.default_rng([seed, 32]).random(len(key)) < chance * edges.p
    held = np.concatenate([[0], np.cumsum(kept)])[edges.indptr]
    vacancy = edges.vacancy[kept]
    seat = enrol(held, vacancy, edges.p[kept], edges.q[kept], lot, openings)
    return places_at(vacancy, seat)


def places_at(vacancy: np.ndarray, seat: np.ndarray) -> np.ndarray:
    """Positions of edges -> places, -1 kept."""
    return np.where(seat >= 0, vacancy[seat], -1) if len(vacancy) else np.full(len(seat), -1)


def blocking(edges: Edges, openings: np.ndarray, lot: np.ndarray, place: np.ndarray) -> tuple[int, int]:
    """Pairs that would both rather have each other: with a free opening, and with an opening that somebody
    with a larger lot has (envy). Every wish of everybody is looked at.
    """
    n, m = len(edges), len(openings)
    row = np.repeat(np.arange(n), np.diff(edges.indptr))
    own = np.full(n, -1.0)
    has = place[row] == edges.vacancy
    own[row[has]] = edges.score[has]
    rather = edges.score > own[row]
    placed = place >= 0
    held = np.bincount(place[placed], minlength=m)
    weakest = np.zeros(m, np.uint64)
    np.maximum.at(weakest, place[placed], lot[placed])
    free = (held < openings)[edges.vacancy]
    envied = ~free & (openings > 0)[edges.vacancy] & (weakest[edges.vacancy] > lot[row])
    return int((rather & free).sum()), int((rather & envied).sum())


def most_placed(edges: Edges, openings: np.ndarray) -> int:
    """The most people that any assignment along the wishes places: a largest matching, opening by opening."""
    start = np.concatenate([[0], np.cumsum(openings)])
    count = openings[edges.vacancy]
    end = np.cumsum(count)
    seats = (
        np.arange(int(count.sum())) - np.repeat(end - count, count) + np.repeat(start[edges.vacancy], count)
    )
    indptr = np.concatenate([[0], end])[edges.indptr]
    shape = (len(edges), max(int(openings.sum()), 1))
    graph = sparse.csr_matrix((np.ones(len(seats), np.int8), seats, indptr), shape=shape)
    return int((maximum_bipartite_matching(graph, perm_type="column") >= 0).sum())


def outcome(
    policy: str, edges: Edges, openings: np.ndarray, alone: Edges, *, seed: int, lot: np.ndarray
) -> tuple[np.ndarray, float]:
    """The place (n,) each person gets under a policy, -1 for none; and the CPU seconds of the policy.

    alone   the market of first choices
    """
    keys = np.arange(len(edges))
    start = time.process_time()
    if policy in ("first choice, lot", "enrolment"):
        wishes = alone if policy == "first choice, lot" else edges
        found = allocate(wishes, openings, policy="enrolment", k=1, seed=seed, keys=keys, threads=1)
        return found.vacancy[:, 0], time.process_time() - start
    name: Any = "ranking" if policy == "own list" else policy
    found = allocate(edges, openings, policy=name, k=10, seed=seed, keys=keys, threads=1)
    spent = time.process_time() - start
    return act(edges, found.vacancy, openings, lot, seed), spent


def gini(values: np.ndarray, weight: np.ndarray) -> float | None:
    """Gini of values, each counted `weight` times: 0 all equal, near 1 all with few. None where all are 0."""
    order = np.argsort(values, kind="stable")
    people = np.concatenate([[0.0], np.cumsum(weight[order])])
    held = np.concatenate([[0.0], np.cumsum((values * weight)[order])])
    if held[-1] == 0:
        return None
    return 1.0 - float((np.diff(people) * (held[1:] + held[:-1])).sum() / (people[-1] * held[-1]))


def counted(places: Places) -> dict[str, float | None]:
    """What the file says of applications and openings, no assumption in it."""
    a, c = places.applications, places.openings
    return {
        "places": len(places),
        "openings": int(c.sum()),
        "applications": int(a.sum()),
        "applications an opening": float(a.sum() / c.sum()) if c.sum() else None,
        "over-applied, share of places": float((a > c).mean()) if len(a) else None,
        "exactly full, share of places": float((a == c).mean()) if len(a) else None,
        "without an application, places": int((a == 0).sum()),
        "openings left empty if all stay": int(np.maximum(c - a, 0).sum()),
        "applications beyond the openings of their place": int(np.maximum(a - c, 0).sum()),
        "most applications for a place": int(a.max()) if len(a) else None,
        "most applications an opening": float((a[c > 0] / c[c > 0]).max()) if (c > 0).any() else None,
        "Gini of applications an opening": gini(a[c > 0] / c[c > 0], c[c > 0]) if (c > 0).any() else None,
    }


def _folded(words: list[str] | None) -> frozenset[str]:
    return frozenset(folded for word in words or () if (folded := " ".join(word.casefold().split())))


def _common(sets: list[frozenset[str]], one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Common members of two sets ÷ all members, 0 where both are empty."""
    names = {name: i for i, name in enumerate(sorted(set().union(*sets)))} if sets else {}
    indptr = np.concatenate([[0], np.cumsum([len(s) for s in sets])])
    indices = np.array([names[name] for s in sets for name in sorted(s)], np.int64)
    rows = sparse.csr_matrix((np.ones(len(indices)), indices, indptr), shape=(len(sets), max(len(names), 1)))
    size = np.diff(indptr)
    both = np.zeros(len(one))
    for begin in range(0, len(one), 200_000):
        part = slice(begin, begin + 200_000)
        both[part] = np.asarray(rows[one[part]].multiply(rows[other[part]]).sum(axis=1)).ravel()
    return both / np.maximum(size[one] + size[other] - both, 1)


# ---- printing


def load_places(name: str, shared: Path = SHARED) -> tuple[Places, Account, int]:
    """The places of one of `FILES`, the account of its rows, and how many records say too little."""
    path = shared / "data" / "real" / "apprenticeship" / FILES[name]
    result = read(path, Kind.APPRENTICESHIP, country=load())
    places, silent = places_of(result.table)
    account = result.account
    if account.rows_in != account.rows_out + account.rejected + account.repeated:
        sys.exit(f"{path.name}: rows do not reconcile: {account.as_dict()}")
    if len(places) + silent != account.rows_out:
        sys.exit(f"{path.name}: {len(places)} places and {silent} silent rows of {account.rows_out}")
    return places, account, silent


def print_counts(read_files: dict[str, tuple[Places, Account, int]]) -> None:
    """One column a file."""
    columns = []
    for places, account, silent in read_files.values():
        rows = {
            "rows in": account.rows_in,
            "rejected": account.rejected,
            "repeated": account.repeated,
            "rows out": account.rows_out,
            "without openings or applications": silent,
        }
        columns.append({**rows, **counted(places)})
    print(f"| | {' | '.join(read_files)} |\n|---|{'--:|' * len(columns)}")
    for name in columns[0]:
        print(f"| {name} | {' | '.join(_cell(column[name]) for column in columns)} |")
    print(f"\n| applications a place | {' | '.join(read_files)} |\n|---|{'--:|' * len(columns)}")
    for share in (0.1, 0.25, 0.5, 0.75, 0.9, 0.99):
        cells = (f"{np.quantile(p.applications, share):,.0f}" for p, _, _ in read_files.values())
        print(f"| {share:.0%} have at most | {' | '.join(cells)} |")


def print_policies(name: str, places: Places, seeds: list[int]) -> None:
    """The policies on one file, then what alternatives and willingness do."""
    table: dict[str, list[list[float]]] = {}
    shares: dict[tuple[int, float, str], list[list[float]]] = {}
    edge_counts, bare, ceiling = [], [], []
    for seed in seeds:
        wishes = wishes_of(places, seed)
        alone, edges = market(wishes, alternatives=0), market(wishes)
        edge_counts.append(len(edges.vacancy))
        bare.append(float((np.diff(wishes.indptr) == 0).mean()))
        keys = np.arange(len(edges))
        lot = lots(edges.indptr, edges.vacancy, edges.p, edges.q, edges.score, seed, keys)
        for policy in POLICIES:
            place, spent = outcome(policy, edges, places.openings, alone, seed=seed, lot=lot)
            table.setdefault(policy, []).append(
                [*_results(places, wishes, place), *blocking(edges, places.openings, lot, place), spent]
            )
        ceiling.append(most_placed(edges, places.openings))
        for alternatives in (0, 5, MOST):
            for willing in SHARES if alternatives else (1.0,):
                some = market(wishes, alternatives=alternatives, willing=willing)
                for policy in ("enrolment", "fills"):
                    place, _ = outcome(policy, some, places.openings, alone, seed=seed, lot=lot)
                    shares.setdefault((alternatives, willing, policy), []).append(
                        _results(places, wishes, place)
                    )
    people = int(places.applications.sum())
    print(
        f"\n{name}: {people:,} people, {len(places):,} places, {places.openings.sum():,} openings, "
        f"{statistics.fmean(edge_counts):,.0f} wishes, {statistics.fmean(bare):.1%} of people without an "
        f"alternative; seeds {', '.join(map(str, seeds))}\n"
    )
    print(
        "| policy | people placed | sd | openings empty | places filled | first choice | Gini | free pairs ",
        end="",
    )
    print(f"| envy | CPU-s |\n|---|{'--:|' * 9}")
    for policy, rows in table.items():
        print(f"| {policy} | {_means(rows)} |")
    print(f"\nno assignment along these wishes places more than {statistics.fmean(ceiling):,.0f}")
    print(
        "\n| alternatives | willing | policy | people placed | sd | openings empty | places filled ", end=""
    )
    print(f"| first choice | Gini |\n|--:|--:|---|{'--:|' * 6}")
    for (alternatives, willing, policy), rows in shares.items():
        who = f"{willing:.0%}" if alternatives else "–"
        print(f"| {alternatives} | {who} | {policy} | {_means(rows)} |")


def _warm_up() -> None:
    """Compile before anything is timed."""
    edges = Edges(np.array([0, 1]), np.zeros(1, np.int32), *(np.ones(1, np.float32) for _ in range(3)))
    lot = np.zeros(1, np.uint64)
    for policy in POLICIES:
        outcome(policy, edges, np.ones(1, np.int64), edges, seed=1, lot=lot)


def _results(places: Places, wishes: Wishes, place: np.ndarray) -> list[float]:
    """People placed, openings empty, share of places filled, share with the first choice, Gini of the filled
    share over openings.
    """
    c = places.openings
    held = np.bincount(place[place >= 0], minlength=len(c))
    if (held > c).any():
        sys.exit("a place holds more people than it has openings")
    some = c > 0
    spread = gini(held[some] / c[some], c[some].astype(np.float64))
    return [
        float(held.sum()),
        float((c - held).sum()),
        float((held[some] == c[some]).mean()),
        float((place == wishes.first).mean()),
        float("nan") if spread is None else spread,
    ]


def _means(rows: list[list[float]]) -> str:
    placed, empty, filled, first, spread, *rest = (statistics.fmean(c) for c in zip(*rows, strict=True))
    sd = statistics.stdev([row[0] for row in rows]) if len(rows) > 1 else float("nan")
    cells = [f"{placed:,.0f}", f"{sd:,.0f}", f"{empty:,.0f}", f"{filled:.3f}", f"{first:.3f}"]
    cells += [f"{spread:.3f}"]
    if rest:
        cells += [f"{rest[0]:,.0f}", f"{rest[1]:,.0f}", f"{rest[2]:.2f}"]
    return " | ".join(cells)


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.3f}" if isinstance(value, float) else f"{value:,}"


# ---- speed


def random_market(
    n: int, m: int, degree: int, seed: int, *, most: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What `enrol` takes: everybody has `degree` places drawn at random, wishes and claims without ties, 1 to
    `most` openings a place.
    """
    g = np.random.default_rng([seed, 33])
    rows = [np.sort(g.choice(m, degree, replace=False)) for _ in range(n)]
    vacancy = np.concatenate(rows).astype(np.int32)
    wanted, claim = (g.permutation(len(vacancy)).astype(np.float32) + 1 for _ in range(2))
    lot = g.integers(0, 2**63, n).astype(np.uint64)
    indptr = np.arange(n + 1, dtype=np.int64) * degree
    return indptr, vacancy, wanted, claim, lot, g.integers(1, most + 1, m)


def median_of(run: Callable[[], object], repeats: int) -> tuple[float, float, float]:
    """Median, least and most CPU seconds."""
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return statistics.median(spent), min(spent), max(spent)


def print_speed() -> None:
    """5 million pairs, then algmatch on 2,000 x 800 with lists of 20, 50 and 200."""
    enrol(*random_market(50, 20, 5, 1, most=2))
    print("| people x places | pairs | openings | placed | CPU-s, median of 5 | range |")
    print(f"|---|{'--:|' * 5}")
    for most in (3, 12):
        given = random_market(100_000, 20_000, 50, 1, most=most)
        middle, low, high = median_of(lambda given=given: enrol(*given), 5)
        placed = int((enrol(*given) >= 0).sum())
        print(
            f"| 100,000 x 20,000 | {len(given[1]):,} | {given[5].sum():,} | {placed:,} | {middle:.3f} "
            f"| {low:.3f}–{high:.3f} |"
        )
    print(
        "\n| 2,000 x 800, list | openings | enrol, ms | algmatch reads, s | solves, s | solves ÷ enrol ",
        end="",
    )
    print(f"| all ÷ enrol | placed |\n|--:|{'--:|' * 7}")
    for degree, most in ((20, 3), (20, 5), (50, 3), (50, 5), (200, 3), (200, 5)):
        given = random_market(2000, 800, degree, 1, most=most)
        ours, _, _ = median_of(lambda given=given: enrol(*given), 25)
        place = places_at(given[1], enrol(*given))
        theirs, reads, solves = _algmatch(*given)
        if not np.array_equal(place, theirs):
            sys.exit(f"algmatch gives another outcome on lists of {degree}")
        print(
            f"| {degree} | {given[5].sum():,} | {ours * 1000:.2f} | {reads:.1f} | {solves:.2f} "
            f"| {solves / ours:,.0f} | {(reads + solves) / ours:,.0f} | {(place >= 0).sum():,} |",
            flush=True,
        )


def _algmatch(
    indptr: np.ndarray,
    vacancy: np.ndarray,
    wanted: np.ndarray,
    claim: np.ndarray,
    lot: np.ndarray,
    openings: np.ndarray,
) -> tuple[np.ndarray, float, float]:
    """The place of each person by algmatch, and the CPU seconds it takes to read the lists and to solve."""
    from algmatch import HospitalResidentsProblem

    row = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    by_wish, by_claim = np.lexsort((vacancy, -wanted, row)), np.lexsort((lot[row], -claim, vacancy))
    wishes = {
        s + 1: (vacancy[by_wish[a:b]] + 1).tolist() for s, (a, b) in enumerate(pairwise(indptr.tolist()))
    }
    ends = np.concatenate([[0], np.cumsum(np.bincount(vacancy, minlength=len(openings)))])
    hosts = {
        v + 1: {"capacity": int(c), "preferences": (row[by_claim[ends[v] : ends[v + 1]]] + 1).tolist()}
        for v, c in enumerate(openings)
    }
    start = time.process_time()
    problem = HospitalResidentsProblem(dictionary={"residents": wishes, "hospitals": hosts})
    middle = time.process_time()
    found = problem.get_stable_matching()
    end = time.process_time()
    if found is None:
        sys.exit("algmatch finds its own outcome unstable")
    named = found["resident_sided"]
    place = [int(str(named[f"r{s + 1}"])[1:] or 0) - 1 for s in range(len(indptr) - 1)]
    return np.array(place), middle - start, end - middle


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--file", choices=["2026", "jateng"], help="policies on this file only")
    parser.add_argument("--speed", action="store_true")
    args = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, one thread", file=sys.stderr)
    if args.speed:
        print_speed()
        return
    if not (SHARED / "data").is_dir():
        sys.exit(f"no real data in {SHARED}: set PADAN_SHARED")
    start = time.process_time()
    files = {name: load_places(name) for name in FILES}
    print_counts(files)
    print(f"\nread in {time.process_time() - start:.0f} CPU-s", flush=True)
    _warm_up()
    start = time.process_time()
    for name in [args.file] if args.file else ["2026", "jateng"]:
        print_policies(name, files[name][0], [int(seed) for seed in args.seeds.split(",")])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{time.process_time() - start:.0f} CPU-s, peak memory {peak:,.0f} MB")


if __name__ == "__main__":
    main()
