"""Logs each worker process that ends, with its exit status. uvicorn replaces it, but does not report how it ended.

A thread of the first process waits for the ends of its child processes.
"""

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from threading import Event, Thread

import structlog

NEW_WORKERS_INTERVAL_S = 0.2  # how often the thread looks for workers that uvicorn has started
REAP_TIMEOUT_S = 5
REQUESTED_EXITS = {0, -signal.SIGTERM, -signal.SIGINT}

log = structlog.get_logger()


@contextmanager
def worker_exit_log() -> Iterator[None]:
    """Log the ends of all child processes of this process until the block ends."""
    stopping = Event()
    thread = Thread(target=_log_exits, args=(stopping,), name="worker exits", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(REAP_TIMEOUT_S)


def _log_exits(stopping: Event) -> None:
    """Wait for workers until all have ended and no more are started."""
    workers: dict[object, BaseProcess] = {}
    while workers or not stopping.is_set():
        workers |= {each.sentinel: each for each in multiprocessing.active_children()}
        for sentinel in wait([each.sentinel for each in workers.values()], NEW_WORKERS_INTERVAL_S):
            worker = workers.pop(sentinel)
            worker.join(REAP_TIMEOUT_S)
            log_exit(worker.pid, worker.exitcode)


def log_exit(pid: int | None, exit_code: int | None) -> None:
    """Log one end: a signal by its name, any other exit by its status."""
    how: dict[str, object] = {"status": exit_code}
    if exit_code is not None and exit_code < 0:
        how = {"signal": _signal_name(-exit_code)}
    if exit_code in REQUESTED_EXITS:
        log.info("worker ended", pid=pid, **how)
    else:
        log.error("worker died", pid=pid, **how)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return str(number)
