"""Many random edits of a city, then every figure compared with the facts.

Usage: python -m benchmarks.city_edits FILE.db [--operations 100000] [--seed 1]
       python -m benchmarks.city_edits ADDRESS --writers 4 [--operations 100000] [--minutes 60]

Works on the file or server itself: give it a copy. Edits go through the
services, as people make them; by one writer every tenth of the way some random
month is compared; at the end all are.
"""

# ruff: noqa: T201  figures for the terminal
from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
import time

from benchmarks import city_writers
from benchmarks.city_editor import CityEditor, compare, table
from gridapp import clock
from gridapp.db.figures import dues, verifying
from gridapp.services.projects import open_database


def main() -> int:
    """Edit and compare; return 1 when a cell is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", help="a copy of a city's file, or the address of one on a server")
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--today", type=dt.date.fromisoformat)
    parser.add_argument("--writers", type=int, default=1, help="programs that write at once, on a server")
    parser.add_argument("--minutes", type=float, default=10_000, help="stop several writers after so long")
    options = parser.parse_args()
    clock.set_today(options.today)
    database = open_database(options.file)
    clock.set_today(options.today or (database.fetch(dues.standing_day) or (0, clock.today()))[1])
    if options.writers > 1:
        database.close()
        shared = city_writers.Share(options.file, clock.today(), options.operations, options.seed, options.minutes)
        return city_writers.run(shared, options.writers)
    dice = random.Random(options.seed)
    editor = CityEditor(database, dice)
    began, wrong = time.perf_counter(), 0
    for place in range(options.operations):
        editor.edit_at(place)
        if place % max(1, options.operations // 10) == 0:
            month = dice.choice(database.fetch(verifying.kept_months)[-30:])
            found = database.fetch(verifying.compare_month, month)
            wrong += len(found)
            print(f"{place:,} edits, {time.perf_counter() - began:.0f} s, {month}: {len(found)} wrong", flush=True)
    found = compare(database)
    wrong += len(found)
    print(table(editor.seconds))
    print(f"{options.operations:,} edits in {time.perf_counter() - began:.0f} s; wrong cells: {wrong}", *found[:5])
    database.close()
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
