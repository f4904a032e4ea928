"""Serves the metrics, and observes the databases: their pools, and whether PostgreSQL answers."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from osit_graphql.db.engine import Database
from osit_graphql.domain.errors import SetupError
from osit_graphql.http.health import CHECK_TIMEOUT_S
from osit_graphql.settings import Settings

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from osit_graphql.metrics import Metrics

DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client's environment variable: the directory of the workers' files."""
OBSERVATION_INTERVAL_S = 2.0


def create_metrics(settings: Settings) -> "Metrics | None":
    """Return the metrics of this process; None without a port and a token to read them."""
    if not settings.serves_metrics:
        return None
    if settings.workers == 1:
        os.environ.pop(DIRECTORY_VARIABLE, None)
    from osit_graphql.metrics import Metrics  # noqa: PLC0415 - prometheus_client is slow to import

    return Metrics(os.environ.get(DIRECTORY_VARIABLE))


@contextmanager
def serving_workers_metrics(settings: Settings) -> Iterator[None]:
    """Provide a new directory for the workers' files, and serve their sums on OSIT_METRICS_PORT."""
    if not settings.serves_metrics:
        yield
        return
    from osit_graphql.metrics import workers_registry  # noqa: PLC0415 - prometheus_client is slow to import

    try:
        directory = TemporaryDirectory(prefix="osit-metrics-")
    except OSError as error:
        raise SetupError(
            f"The metrics of several workers need a temporary directory ({error.strerror}): set TMPDIR."
        ) from error
    with directory as path:
        os.environ[DIRECTORY_VARIABLE] = path
        with serving_metrics(settings, workers_registry(path)):
            yield


@contextmanager
def serving_metrics(settings: Settings, registry: "CollectorRegistry") -> Iterator[None]:
    """Serve a registry on OSIT_METRICS_PORT, if it is set, by threads of this process."""
    if settings.metrics_port is None:
        yield
        return
    from prometheus_client import start_http_server  # noqa: PLC0415 - slow to import

    try:
        server, thread = start_http_server(settings.metrics_port, settings.host, registry)
    except OSError as error:
        raise SetupError(
            f"OSIT_METRICS_PORT: {settings.host}:{settings.metrics_port} can't be used ({error.strerror})."
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@asynccontextmanager
async def observing(metrics: "Metrics | None", databases: Mapping[str, Database]) -> AsyncIterator[None]:
    """Observe the databases during the block, if there are metrics."""
    if metrics is None:
        yield
        return
    for database in databases.values():
        database.metrics = metrics
        database.observers.append(metrics.observe_statement)
    task = asyncio.create_task(_keep_observing(metrics, databases))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep_observing(metrics: "Metrics", databases: Mapping[str, Database]) -> None:
    while True:
        await asyncio.gather(*(_observe(metrics, name, database) for name, database in databases.items()))
        await asyncio.sleep(OBSERVATION_INTERVAL_S)


async def _observe(metrics: "Metrics", name: str, database: Database) -> None:
    in_use, waiting = database.connections_in_use, database.waiting  # before the ping uses one
    up = await _answers(database)
    metrics.set_database(name, pool_size=database.pool_size, in_use=in_use, waiting=waiting, up=up)


async def _answers(database: Database) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await database.ping()
    except Exception:  # noqa: BLE001 - whatever the driver raises, PostgreSQL does not answer
        return False
    return True
