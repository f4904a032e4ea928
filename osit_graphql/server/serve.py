"""Serves with uvicorn: the options of every server process, and its background tasks."""

import asyncio
import errno
import gc
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn
from starlette.applications import Starlette

from osit_graphql.db.engine import Database
from osit_graphql.db.fault_log import report_fault
from osit_graphql.domain.errors import Unavailable
from osit_graphql.http.graphiql import DemoAccount
from osit_graphql.server.app import build
from osit_graphql.server.monitoring import create_metrics, observing, serving_metrics
from osit_graphql.server.shutdown import Shutdown
from osit_graphql.server.tracing import flushed, start_tracing
from osit_graphql.services.background_jobs import (
    keep_flushing_search_index,
    keep_purging,
    keep_rebuilding_search_documents,
)
from osit_graphql.services.reports.rollup_jobs import keep_merging
from osit_graphql.settings import Settings

if TYPE_CHECKING:
    from osit_graphql.metrics import Metrics

log = structlog.get_logger()

GC_THRESHOLD_OBJECTS = 10_000  # a page allocates some thousands, hardly any in a cycle
GRACEFUL_SHUTDOWN_S = 20  # for requests under way; a process manager's usual 30 s leave 10 for closing


async def serve(
    settings: Settings,
    database: Database,
    listener: socket.socket,
    *,
    replica: Database | None = None,
    demo_accounts: Sequence[DemoAccount] = (),
    announce: Callable[[str], None],
) -> None:
    """Serve in this process until SIGINT or SIGTERM, then finish the requests under way."""
    shutdown, metrics = Shutdown(settings.drain_seconds, listener), create_metrics(settings)
    application = build_server_application(
        settings, database, shutdown, replica=replica, demo_accounts=demo_accounts, metrics=metrics
    )
    server = uvicorn.Server(uvicorn.Config(application, loop="none", **uvicorn_options(listener)))
    with serving_metrics(settings, metrics.registry()) if metrics else nullcontext():
        listener.listen()  # a client that reads the announcement waits for the server, and is not refused
        announce(url_of(listener))
        try:
            await server.serve()
        finally:
            if shutdown.forced:  # otherwise closing the database would wait for the requests under way
                for task in asyncio.all_tasks() - {asyncio.current_task()}:
                    task.cancel()


def uvicorn_options(listener: socket.socket) -> dict[str, Any]:
    """Return the options of `uvicorn.Config` and `uvicorn.run` for all server processes."""
    return {
        "fd": listener.fileno(),
        "lifespan": "on",
        "interface": "asgi3",
        "http": "httptools",
        "ws": "none",
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": GRACEFUL_SHUTDOWN_S,
    }


def url_of(listener: socket.socket) -> str:
    """Return the URL under which clients reach the listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def build_server_application(
    settings: Settings,
    database: Database,
    shutdown: Shutdown,
    *,
    replica: Database | None,
    demo_accounts: Sequence[DemoAccount],
    metrics: "Metrics | None",
    resources: AbstractAsyncContextManager[None] | None = None,
) -> Starlette:
    """Build the application with a lifespan: background jobs, garbage collection, and the handling of signals.

    `resources` are entered first and left last.
    """
    tracing = start_tracing(warn=settings.workers == 1)
    databases = {name: each for name, each in (("primary", database), ("replica", replica)) if each is not None}

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        shutdown.handle_signals()
        tune_garbage_collection()
        asyncio.get_running_loop().set_exception_handler(partial(report_loop_exception, shutdown))
        observed = observing(metrics, databases)
        async with flushed(tracing), resources or nullcontext(), observed, background_jobs(database, application):
            yield

    return build(
        settings,
        database,
        replica=replica,
        demo_accounts=demo_accounts,
        draining=lambda: shutdown.server_stops,
        closes_connections=lambda: shutdown.closes_connections,
        metrics=metrics,
        lifespan=lifespan,
        tracing=tracing,
    )


@asynccontextmanager
async def background_jobs(database: Database, application: Starlette) -> AsyncIterator[None]:
    """Run the background jobs during the block; then close the rate limiter."""
    jobs = (keep_merging, keep_flushing_search_index, keep_rebuilding_search_documents, keep_purging)
    tasks = [asyncio.create_task(job(database)) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, application.state.rate_limiter.close(), return_exceptions=True)


def report_loop_exception(shutdown: Shutdown, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an exception that no task awaited. asyncio's own message would quote arguments."""
    error = context.get("exception")
    if isinstance(error, Unavailable):  # of a batch whose fields have all been cancelled, by a timeout for example
        report_fault(error)
        return
    if shutdown.server_stops and isinstance(error, OSError) and error.errno == errno.EINVAL:
        return  # the event loop accepts connections from the port until uvicorn says otherwise; the port is closed
    log.error("fault", exc_info=error)


def tune_garbage_collection() -> None:
    """Exempt long-lived objects from garbage collection: a full collection takes a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD_OBJECTS)
