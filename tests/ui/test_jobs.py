"""Jobs: nothing lost, nothing twice, nothing touched from another thread."""

from __future__ import annotations

import functools
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt, QThread, QTimer, Slot
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gridapp.errors import ValidationError
from gridapp.progress import Progress
from ui.jobs import DELIVERY_BUDGET_S, PROGRESS_INTERVAL_S, Job, JobRunner


def double(number: int) -> int:
    return number * 2


def fail(error: Exception) -> None:
    raise error


def wait_for(gate: threading.Event) -> str:
    assert gate.wait(60)
    return "through"


def count_until_stopped(started: threading.Event, progress: Progress) -> None:
    started.set()
    done = 0
    while True:
        done += 1
        progress.advance(done, 10**12, "counting")


def advance_often(progress: Progress) -> None:
    for done in range(20_000):
        progress.advance(done, 20_000)


class Listener(QObject):
    """Keeps what it heard, and on which thread."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Any] = []
        self.threads: set[QThread] = set()

    @Slot(object)
    def hear(self, what: Any) -> None:
        self.heard.append(what)
        self.threads.add(QThread.currentThread())

    @Slot(object, object, str)
    def hear_progress(self, done: int, total: int, message: str) -> None:
        self.heard.append((done, total, message))


def test_a_burst_of_500_jobs_delivers_every_answer_once_on_the_ui_thread(runner: JobRunner, qtbot: QtBot) -> None:
    listener = Listener()
    for number in range(500):
        runner.start(double, number).succeeded.connect(listener.hear)
    qtbot.waitUntil(lambda: runner.running == 0)
    assert sorted(listener.heard) == [2 * number for number in range(500)]
    assert listener.threads == {QThread.currentThread()}


def test_one_thread_is_a_queue_in_order(qapp: object, qtbot: QtBot) -> None:
    queue = JobRunner(1)
    listener = Listener()
    for number in range(50):
        queue.start(double, number).succeeded.connect(listener.hear)
    qtbot.waitUntil(lambda: queue.running == 0)
    assert listener.heard == [2 * number for number in range(50)]
    queue.shut_down()


def test_cancel_stops_at_the_next_progress_report(runner: JobRunner, qtbot: QtBot) -> None:
    started = threading.Event()
    job = runner.start(count_until_stopped, started=started, reports_progress=True)
    with qtbot.waitSignals([job.cancelled, job.finished], order="strict"):
        assert started.wait(60)
        job.cancel()
    assert job.is_finished


def test_a_job_cancelled_before_its_turn_never_runs(qapp: object, qtbot: QtBot) -> None:
    queue, gate, ran = JobRunner(1), threading.Event(), []
    queue.start(wait_for, gate)
    waiting = queue.start(ran.append, 1)
    waiting.cancel()
    with qtbot.waitSignal(waiting.cancelled):
        gate.set()
    assert ran == []
    queue.shut_down()


def test_a_save_asked_for_is_done_before_the_queue_closes(qapp: object) -> None:
    queue, gate, saved = JobRunner(1, finishes_queue=True), threading.Event(), []
    queue.start(wait_for, gate)
    queue.start(saved.append, 1)
    gate.set()
    queue.shut_down()
    assert saved == [1]


def test_a_save_that_can_be_stopped_is_begun_before_the_queue_closes(qapp: object) -> None:
    queue, gate, begun, heard = JobRunner(1, finishes_queue=True), threading.Event(), threading.Event(), Listener()
    queue.start(wait_for, gate)
    job = queue.start(count_until_stopped, begun, reports_progress=True, is_save=True)
    job.cancelled.connect(functools.partial(heard.hear, "stopped"))
    gate.set()
    queue.shut_down()
    assert begun.is_set() and heard.heard == ["stopped"]


def test_progress_comes_at_most_ten_times_a_second(runner: JobRunner, qtbot: QtBot) -> None:
    begun = time.monotonic()
    job = runner.start(advance_often, reports_progress=True)
    listener = Listener()
    job.progressed.connect(listener.hear_progress)
    with qtbot.waitSignal(job.finished):
        pass
    done = [report[0] for report in listener.heard]
    assert done == sorted(done)
    assert 1 <= len(done) <= 1 + (time.monotonic() - begun) / PROGRESS_INTERVAL_S


def test_an_expected_error_is_a_signal_and_no_log_line(runner: JobRunner, qtbot: QtBot) -> None:
    error = ValidationError("The name is empty.", "name")
    with qtbot.waitSignal(runner.start(fail, error).failed) as caught:
        pass
    assert caught.args == [error]


def test_a_bug_is_logged_without_its_text(
    runner: JobRunner, qtbot: QtBot, expect_log: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    expect_log("Job fail failed")
    with qtbot.waitSignal(runner.start(fail, KeyError("韩英强")).failed):
        pass
    assert "KeyError" in caplog.text
    assert "韩英强" not in caplog.text


@pytest.mark.parametrize("wrap", [
    lambda item: ((double, item), {}),
    lambda item: ((double, [item]), {}),
    lambda item: ((double,), {"number": {"a": item}}),
    lambda item: ((functools.partial(double, item),), {}),
    lambda item: ((item.parent,), {}),
    lambda item: ((lambda: item,), {}),
])
def test_a_job_refuses_to_carry_a_qobject(runner: JobRunner, wrap: Callable[[QObject], Any]) -> None:
    args, kwargs = wrap(QObject())
    with pytest.raises(TypeError, match="QObject"):
        runner.start(*args, **kwargs)
    assert runner.running == 0


def test_a_listener_that_dies_mid_job_is_not_called(runner: JobRunner, qtbot: QtBot) -> None:
    gate = threading.Event()
    page = QWidget()
    page.setObjectName("dying")
    job = runner.start(wait_for, gate)
    job.succeeded.connect(page.setWindowTitle)
    page.deleteLater()
    qtbot.waitSignal(page.destroyed).wait()
    with qtbot.waitSignal(job.finished):
        gate.set()


def test_shutting_down_answers_every_job(qapp: object) -> None:
    runner, gate = JobRunner(1), threading.Event()
    ended: list[Job] = []
    gate.set()
    for _number in range(20):
        job = runner.start(wait_for, gate)
        job.finished.connect(functools.partial(ended.append, job))
    runner.shut_down()
    assert len(ended) == 20
    late = runner.start(double, 1)
    assert late.is_finished
    assert runner.running == 0


def test_others_get_their_turn_during_a_burst(runner: JobRunner, qtbot: QtBot) -> None:
    heard: list[str] = []

    def take_half_a_budget(_answer: int) -> None:
        begun = time.monotonic()
        while time.monotonic() < begun + DELIVERY_BUDGET_S / 2:
            pass
        heard.append("letter")

    done: list[None] = []
    jobs = [runner.start(done.append, None) for _number in range(20)]
    for job in jobs:
        job.succeeded.connect(take_half_a_budget)
    other = QTimer(interval=1, timerType=Qt.TimerType.PreciseTimer)
    other.timeout.connect(functools.partial(heard.append, "turn"))
    other.start()
    while len(done) < len(jobs):  # all letters lie there before the first is read
        time.sleep(0.001)
    qtbot.waitUntil(lambda: runner.running == 0)
    other.stop()
    assert heard.count("letter") == 20
    assert max(len(list(run)) for what, run in itertools.groupby(heard) if what == "letter") <= 3
