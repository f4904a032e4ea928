"""Metrics for Prometheus, as OpenMetrics: the only module that uses prometheus_client.

A process keeps its metrics in memory. Workers keep them in files of a common directory (the library's multiprocess
mode), and any process can add up the files of all. The library chooses the mode when it is imported
(`server.monitoring`).

Labels have few values: no person, no ticket, no text that a client chose.
"""

import os
import platform
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

REQUEST_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)
STATEMENT_BUCKETS_S = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 2.5, 10)
REFUSAL_REASONS = ("rate_limit", "overload", "complexity")
SIGN_IN_OUTCOMES = ("succeeded", "failed", "throttled")
LIVE_GAUGE_FILE = re.compile(r"gauge_live[a-z]+_(\d+)\.db")

disable_created_metrics()


class Metrics:
    """The metrics of this process. Outcomes exist from the start with the value 0, so that the first one counts."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, workers_directory: str | None = None) -> None:
        self._registry, self._workers_directory = CollectorRegistry(), workers_directory
        self._add_requests()
        self._add_database()
        self._add_jobs()
        gauge = partial(Gauge, registry=self._registry)
        gauge("osit_workers", "Serving processes", multiprocess_mode="livesum").set(1)
        build = gauge("osit_build_info", "Always 1", ("version", "python"), multiprocess_mode="livemax")
        build.labels(version("osit-graphql"), platform.python_version()).set(1)

    def _add_requests(self) -> None:
        counter, operation = partial(Counter, registry=self._registry), ("operation", "type")
        self._requests = counter(
            "osit_requests",
            "GraphQL requests, by name of the registered operation, its type, and code of the worst error, or OK",
            (*operation, "code"),
        )
        self._request_durations = Histogram(
            "osit_request_duration_seconds",
            "Time from the first byte of a GraphQL request to the last of its response",
            operation,
            buckets=REQUEST_BUCKETS_S,
            registry=self._registry,
        )
        self._refusals = counter(
            "osit_refusals",
            "Requests refused: points or concurrent requests of a client used up (rate_limit), too many requests in"
            " the process (overload), document or cost above a limit (complexity)",
            ("reason",),
        )
        self._sign_ins = counter(
            "osit_sign_ins", "Sign-ins with a password; throttled: after too many failures", ("outcome",)
        )
        for reason in REFUSAL_REASONS:
            self._refusals.labels(reason)
        for outcome in SIGN_IN_OUTCOMES:
            self._sign_ins.labels(outcome)

    def _add_database(self) -> None:
        gauge = partial(Gauge, labelnames=("database",), registry=self._registry)
        statements = Histogram(
            "osit_statement_duration_seconds",
            "Time of an SQL statement with its rows (statement), and of a COMMIT (commit)",
            ("kind",),
            buckets=STATEMENT_BUCKETS_S,
            registry=self._registry,
        )
        self._statement, self._commit = statements.labels("statement"), statements.labels("commit")
        self._pool_size = gauge("osit_pool_size", "Most connections of all processes", multiprocess_mode="livesum")
        self._pool_in_use = gauge("osit_pool_in_use", "Connections with a transaction", multiprocess_mode="livesum")
        self._pool_waiting = gauge(
            "osit_pool_waiting", "Transactions that wait for a connection", multiprocess_mode="livesum"
        )
        self._database_up = gauge(
            "osit_database_up", "1 if PostgreSQL answers every process, else 0", multiprocess_mode="livemin"
        )

    def _add_jobs(self) -> None:
        counter = partial(Counter, labelnames=("name",), registry=self._registry)
        self._job_runs = counter("osit_job_runs", "Runs of a background job, including failures")
        self._job_failures = counter("osit_job_failures", "Runs of a background job that failed")
        self._job_successes = Gauge(
            "osit_job_last_success_timestamp_seconds",
            "Unix time of the last success of a background job in any process",
            ("name",),
            registry=self._registry,
            multiprocess_mode="max",
        )

    def observe_request(self, operation: str, type_: str, code: str, duration_s: float) -> None:
        """Count a GraphQL request."""
        self._requests.labels(operation, type_, code).inc()
        self._request_durations.labels(operation, type_).observe(duration_s)

    def count_refusal(self, reason: str) -> None:
        """Count a request refused for one of `REFUSAL_REASONS`."""
        self._refusals.labels(reason).inc()

    def count_sign_in(self, outcome: str) -> None:
        """Count a sign-in with one of `SIGN_IN_OUTCOMES`."""
        self._sign_ins.labels(outcome).inc()

    def observe_statement(self, text: str, duration_s: float, _error: str | None) -> None:
        """Count a statement or a COMMIT. BEGIN and ROLLBACK are not counted."""
        if text == "COMMIT":
            self._commit.observe(duration_s)
        elif not text.startswith(("BEGIN", "ROLLBACK")):
            self._statement.observe(duration_s)

    def set_database(self, database: str, *, pool_size: int, in_use: int, waiting: int, up: bool) -> None:
        """Set the state of a database and of its pool."""
        self._pool_size.labels(database).set(pool_size)
        self._pool_in_use.labels(database).set(in_use)
        self._pool_waiting.labels(database).set(waiting)
        self._database_up.labels(database).set(up)

    def observe_job(self, job: str, *, failed: bool) -> None:
        """Count a run of a background job."""
        self._job_runs.labels(job).inc()
        self._job_failures.labels(job).inc(failed)
        if not failed:
            self._job_successes.labels(job).set_to_current_time()

    def registry(self) -> CollectorRegistry:
        """Return the registry to serve: of all workers, if there are several."""
        return workers_registry(self._workers_directory) if self._workers_directory else self._registry

    def render(self) -> bytes:
        """Return the metrics of this process, or of all workers, as OpenMetrics."""
        content: bytes = generate_latest(self.registry())
        return content


class _LiveWorkers(Collector):
    """Adds up the files of all workers, without the gauges of those that have ended."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._files = MultiProcessCollector(None, directory)

    def collect(self) -> Iterable[Metric]:
        names = (LIVE_GAUGE_FILE.fullmatch(file.name) for file in Path(self._directory).iterdir())
        for process in {int(name[1]) for name in names if name}:
            if not _is_running(process):
                with suppress(FileNotFoundError):  # another scrape was first
                    mark_process_dead(process, self._directory)
        metrics: Iterable[Metric] = self._files.collect()
        return metrics


def workers_registry(directory: str) -> CollectorRegistry:
    """Return a registry with the sums of all workers whose files are in this directory."""
    registry = CollectorRegistry()
    registry.register(_LiveWorkers(directory))
    return registry


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's process has the number now
        return False
    return True
