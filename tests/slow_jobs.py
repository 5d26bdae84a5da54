"""Background jobs that take their time, to show which test relies on luck.

``GRIDAPP_TEST_SLOW_JOBS=SEED python -m pytest tests/ui tests/end_to_end`` lets every
background job rest now and then, up to 0.3 s, as on a machine with other work. The
seed's remainder by four says where: 0 anywhere, 1 before each job, 2 before each of
its letters to the window, 3 nowhere: the window waits until the job is done, so
that the answer lies there before anything else can happen.
"""

from __future__ import annotations

import contextlib
import os
import random
import time
from concurrent.futures import Future, TimeoutError
from typing import Any

VARIABLE = "GRIDAPP_TEST_SLOW_JOBS"
LONGEST_S = 0.3
BURST = 100
"""Of so many jobs of one runner the others take no time: they are there for their number."""


def begin() -> None:
    """Slow the jobs of this process down, if the environment asks for it."""
    if seed := os.environ.get(VARIABLE):
        _slow_down(int(seed) % 4, random.Random(int(seed)))


def _slow_down(habit: int, draw: random.Random) -> None:
    from ui.jobs import JobRunner

    make, work, post = JobRunner.__init__, JobRunner._work, JobRunner._post

    def slow_work(runner: JobRunner, number: int, *args: Any) -> None:
        if number < BURST and (habit == 1 or (habit == 0 and draw.random() < 0.5)):
            time.sleep(draw.uniform(0, LONGEST_S))
        work(runner, number, *args)

    def slow_post(runner: JobRunner, number: int, signal: str, *args: Any) -> None:
        if number < BURST and (habit == 2 or (habit == 0 and draw.random() < 0.3)):
            time.sleep(draw.uniform(0, LONGEST_S))
        post(runner, number, signal, *args)

    def make_waiting(runner: JobRunner, *args: Any, **kwargs: Any) -> None:
        make(runner, *args, **kwargs)
        submit = runner._executor.submit

        def submit_and_wait(*work: Any) -> Future[Any]:
            future = submit(*work)
            with contextlib.suppress(TimeoutError):  # a job may wait for what the window does next
                future.result(LONGEST_S)
            return future

        runner._executor.submit = submit_and_wait  # type: ignore[method-assign, assignment]

    JobRunner._work, JobRunner._post = slow_work, slow_post  # type: ignore[method-assign]
    if habit == 3:
        JobRunner.__init__ = make_waiting  # type: ignore[method-assign]
