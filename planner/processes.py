"""Tasks of one problem side by side in processes, with results in the order of the tasks.

The problem goes to every process once. What a task computes depends on its arguments alone, so the number of processes
changes how long it takes and nothing else.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from planner.facts.problem import Problem

Result = TypeVar("Result")

LISTEN_SECONDS: Final = 0.5
"""How often the caller is asked whether to go on."""

_shared: dict[str, Any] = {}
"""In a worker process: the problem, and the event that says stop."""


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(problem: Problem, stop: Any, parent: int) -> None:
    """Prepare a worker: an interruption is the business of the process that the user talks to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared["problem"], _shared["stop"], _shared["parent"] = problem, stop, parent


def _work(function: Callable[..., Result], arguments: tuple[Any, ...]) -> Result:
    return function(_shared["problem"], *arguments, keep_going=_goes_on)


def _goes_on(_: object) -> bool:
    """Whether nobody has said stop; a worker whose parent was killed works for nobody and ends."""
    if os.getppid() != _shared["parent"]:
        os._exit(1)
    return not _shared["stop"].is_set()


class Workers:
    """Runs functions ``function(problem, *arguments, keep_going=...)``; one worker means this process itself."""

    def __init__(self, problem: Problem, count: int, go_on: Callable[[float], bool]) -> None:
        """``go_on(share of the tasks done)`` is asked again and again; after it says no, tasks are told to be brief."""
        self._problem, self._count, self._go_on = problem, count, go_on
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
        if self._pool is None:
            return [function(self._problem, *task, keep_going=self._heard(number / max(1, len(tasks))))
                    for number, task in enumerate(tasks)]
        futures: list[Future[Result]] = [self._pool.submit(_work, function, task) for task in tasks]
        pending: set[Future[Result]] = set(futures)
        while pending:
            done, pending = wait(pending, LISTEN_SECONDS, FIRST_COMPLETED)
            for future in done:
                future.result()
            if not self._listen(1 - len(pending) / len(futures)):
                self._stop.set()
        return [future.result() for future in futures]

    def _heard(self, done: float) -> Callable[[Any], bool]:
        return lambda _: self._listen(done)

    def _listen(self, done: float) -> bool:
        self.stopped = self.stopped or not self._go_on(done)
        return not self.stopped
