"""Measure everything that has a budget: ``python -m benchmarks [--only NAME …] [--rounds N] [--keep FOLDER]``.

Exit code 1 when a budget was missed. Computing is judged by CPU time, so that
a busy machine does not change a verdict; saving by the clock on the wall,
because it waits for the disk.
"""

# ruff: noqa: T201  figures for the terminal
from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    bulk_bench,
    data_bench,
    exchange_bench,
    ledgers_bench,
    map_bench,
    map_core_bench,
    reports_bench,
    returns_bench,
    vault_bench,
    window_bench,
)
from benchmarks.ground import Ground, make_ground
from benchmarks.measure import Finding, table

SUBJECTS: dict[str, Callable[[Ground, int], list[Finding]]] = {
    "start": window_bench.start_times,
    "open": data_bench.open_times,
    "save": data_bench.save_times,
    "search": data_bench.search_times,
    "dashboard": data_bench.dashboard_times,
    "reports": reports_bench.roster_times,
    "returns": returns_bench.returns_times,
    "stalls": lambda ground, rounds: window_bench.stall_times(ground),
    "map": map_bench.map_times,
    "facts": exchange_bench.facts_times,
    "bulk": bulk_bench.bulk_times,
    "ledger": exchange_bench.ledger_times,
    "map-core": map_core_bench.map_core_times,
    "ledgers": ledgers_bench.ledgers_times,
    "encryption": vault_bench.encryption_times,
    "audit": vault_bench.audit_times,
}
CITY = "city"
"""Measured only when asked for: it needs a file of its own."""


def main() -> int:
    """Print the table; return 1 when a budget was missed or a subject could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what has a budget.")
    parser.add_argument("--only", nargs="+", choices=[*SUBJECTS, CITY], default=list(SUBJECTS), help="subjects")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each thing, taken in turn with its peer")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the invented places there for the next time")
    cities = "copies of cities, the smallest first, for --only city; a copy of one for --only stalls"
    cities += "; or the address of one on a PostgreSQL server"
    parser.add_argument("--city", nargs="+", metavar="FILE", help=cities)
    parser.add_argument("--views", metavar="PATTERN", help="of --only city the questions it fits")
    options = parser.parse_args()
    if CITY in options.only:
        if options.city is None:
            parser.error("--only city needs --city FILE, from: gridapp demo --size city")
        found = _of_city(options.city, max(15, options.rounds), options.views)
        print(table(found))
        return int(any(one.verdict == "over" for one in found))
    if options.city is not None:
        if options.only != ["stalls"]:
            parser.error("--city is for --only city and --only stalls")
        from benchmarks import city_bench

        found = city_bench.stalls(Path(options.city[-1]))
        print(table(found))
        return int(any(one.verdict == "over" for one in found))
    findings: list[Finding] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="gridapp-bench-") as folder:
        ground = make_ground((options.keep or Path(folder)).resolve())
        load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
        print(f"Python {platform.python_version()}, {os.cpu_count()} processors{load}; {options.rounds} rounds")
        for name in options.only:
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            try:
                findings += SUBJECTS[name](ground, options.rounds)
            except Exception as error:  # noqa: BLE001 - one subject that fails does not hide what was measured
                failed = True
                print(f"{name} could not be measured: {error}", file=sys.stderr)
    print(table(findings))
    return int(failed or any(found.verdict == "over" for found in findings))


def _of_city(places: list[str], rounds: int, views: str | None) -> list[Finding]:
    """Measure files of a city, or one on a server."""
    from benchmarks import city_bench, server_bench

    if "://" in places[0]:
        return server_bench.measure(places[0], rounds, views or "")
    paths = list(map(Path, places))
    return city_bench.measure(paths, rounds) if views is None else city_bench.reads(paths, rounds, views)


if __name__ == "__main__":
    sys.exit(main())
