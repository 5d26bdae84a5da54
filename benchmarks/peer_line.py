"""What a peer in a process of its own has in common: a line of JSON in, a line of JSON out; standard library only.

Started with the Python that has the peer's library, which need not be ours.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def timed(job: Callable[[], object]) -> dict[str, float]:
    """Return what a job takes of the processor, of all threads, and of the clock on the wall. [s]"""
    wall, cpu = time.perf_counter(), time.process_time()
    job()
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def serve(tasks: dict[str, Callable[..., Any]], name: str) -> None:
    """Answer until the input ends: ``{"do": task, …arguments}`` gives what the task returns."""
    print(json.dumps({"peer": name}), flush=True)  # noqa: T201  the answer
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(tasks[asked.pop("do")](**asked)), flush=True)  # noqa: T201
