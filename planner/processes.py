"""Tasks of one problem side by side in processes, with results in the order of the tasks.

The problem goes to every process once. What a task computes depends on its arguments alone, so the number of processes
changes how long it takes and nothing else.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from planner.facts.problem import Problem
from planner.finished_tasks import FinishedTasks

Result = TypeVar("Result")

LISTEN_SECONDS: Final = 0.5
"""How often the caller is asked whether to go on."""

LOOK_SECONDS: Final = 1.0
"""How often a worker looks whether its parent lives."""

_shared: dict[str, Any] = {}
"""In a worker process: the problem, and the event that says stop."""


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(problem: Problem, stop: Any, parent: int) -> None:
    """Prepare a worker: an interruption is the business of the process that the user talks to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared["problem"], _shared["stop"] = problem, stop
    gc.freeze()  # the problem is there to stay: a city's has millions of objects, which need not be looked through again and again
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """A worker whose parent was killed works for nobody, and ends."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)


def _work(function: Callable[..., Result], arguments: tuple[Any, ...]) -> tuple[Result, float]:
    """The result, and the CPU seconds that it took."""
    began = time.process_time()
    result = function(_shared["problem"], *arguments, keep_going=_goes_on)
    return result, time.process_time() - began


def _goes_on(_: object) -> bool:
    """Whether nobody has said stop."""
    return not _shared["stop"].is_set()


class Workers:
    """Runs functions ``function(problem, *arguments, keep_going=...)``; one worker means this process itself."""

    def __init__(self, problem: Problem, count: int, go_on: Callable[[float], bool], finished: FinishedTasks | None = None) -> None:
        """``go_on(share of the tasks done)`` is asked again and again; after it says no, tasks are told to be brief.

        Tasks that are in ``finished`` are not done again, and those done to their end are put there.
        """
        self._problem, self._count, self._go_on, self._finished = problem, count, go_on, finished
        self.stopped = False
        self._pool: ProcessPoolExecutor | None = None
        self._stop: Any = None

    def __enter__(self) -> Self:
        """Start the processes."""
        if self._count > 1:
            context = multiprocessing.get_context("spawn")
            self._stop = context.Event()
            bare = replace(self._problem, district=replace(self._problem.district))  # without what was cached on the way
            self._pool = ProcessPoolExecutor(self._count, context, _begin, (bare, self._stop, os.getpid()))
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        """End the processes; after an exception without waiting for tasks that have not begun."""
        if self._pool is not None:
            if kind is not None:
                self._stop.set()
            self._pool.shutdown(cancel_futures=kind is not None)

    def run(self, function: Callable[..., Result], tasks: Sequence[tuple[Any, ...]]) -> list[Result]:
        """Results of all tasks, in their order."""
        results: dict[int, Result] = {}
        if self._finished is not None:
            known = ((number, self._finished.find(function.__name__, task)) for number, task in enumerate(tasks))
            results = {number: result for number, result in known if result is not None}
        left = [number for number in range(len(tasks)) if number not in results]
        for number, result, seconds in self._done(function, {number: tasks[number] for number in left}, len(results)):
            results[number] = result
            if self._finished is not None and not self.stopped:
                self._finished.keep(function.__name__, tasks[number], result, seconds)
        return [results[number] for number in range(len(tasks))]

    def _done(self, function: Callable[..., Result], tasks: Mapping[int, tuple[Any, ...]],
              before: int) -> Iterator[tuple[int, Result, float]]:
        """The results of tasks by number and their CPU seconds, in any order, each as soon as it is there."""
        total = max(1, before + len(tasks))
        if self._pool is None:
            for done, (number, task) in enumerate(tasks.items(), start=before):
                began = time.process_time()
                result = function(self._problem, *task, keep_going=self._heard(done / total))
                yield number, result, time.process_time() - began
            return
        futures: dict[Future[tuple[Result, float]], int] = {
            self._pool.submit(_work, function, task): number for number, task in tasks.items()}
        pending = set(futures)
        while pending:
            done_now, pending = wait(pending, LISTEN_SECONDS, FIRST_COMPLETED)
            for future in done_now:
                yield futures[future], *future.result()
            if not self._listen(1 - len(pending) / total):
                self._stop.set()

    def _heard(self, done: float) -> Callable[[Any], bool]:
        return lambda _: self._listen(done)

    def _listen(self, done: float) -> bool:
        self.stopped = self.stopped or not self._go_on(done)
        return not self.stopped
