"""The main job on real input: real vacancies against demo jobseekers, top 10 both ways; time and memory of
the whole process.

    python bench/main_job.py [--seekers 20000] [--repeats 3]

Reads jobstreet_id_2024-03.csv, lokerid_2025-07.csv and karirhub_detail_2025-10.jsonl from PADAN_SHARED, makes
the jobseekers, codes both sides, ranks in both directions and explains every match. Each repeat is a process
of its own, so that nothing is warm but the files of the operating system and the compiled kernels. Prints
wall and CPU seconds (median, min–max) and peak memory.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

SHARED = Path(os.environ.get("PADAN_SHARED", Path(__file__).resolve().parents[2] / "shared"))
FILES = ("jobstreet_id_2024-03.csv", "lokerid_2025-07.csv", "karirhub_detail_2025-10.jsonl")


def once(seekers: int) -> None:
    """One run in this process; prints its figures as JSON."""
    start = time.perf_counter()
    import pyarrow as pa

    from padan.centre import demo, intake
    from padan.centre.main_job import match
    from padan.model import Kind

    people = demo.seekers_table(seekers, seed=1)
    made = time.perf_counter()
    results = intake.read_files([SHARED / "data/real/vacancies" / name for name in FILES], Kind.VACANCY)
    posts = pa.concat_tables([r.table for r in results])
    read = time.perf_counter()
    run = match(people, posts, k=10)
    end = time.perf_counter()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "jobseekers": len(people),
                "vacancies": len(posts),
                "making the jobseekers": made - start,
                "reading": read - made,
                **run.seconds,
                "main job": end - made,
                "cpu": used.ru_utime + used.ru_stime,
                "peak MB": used.ru_maxrss / 1024,
                "matches": len(run.for_seekers or ()) + len(run.for_vacancies or ()),
                "vacancies coded": run.coded_vacancies.decided,
            }
        )
    )


def main() -> None:
    """Run the repeats and print the spread."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seekers", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        once(options.seekers)
        return
    if not (SHARED / "data" / "real").is_dir():
        sys.exit(f"no real data in {SHARED}: set PADAN_SHARED")
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{options.repeats} runs"
    )
    runs = []
    for _ in range(options.repeats):
        command = [sys.executable, __file__, "--once", "--seekers", str(options.seekers)]
        runs.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    for name in runs[0]:
        values = [run[name] for run in runs]
        print(f"{name:24} {statistics.median(values):12,.1f}   ({min(values):,.1f}–{max(values):,.1f})")


if __name__ == "__main__":
    main()
