"""Serving the application: one process, one event loop, a clean end when it is asked to stop. `workers` has several."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette

from osit_graphql.db.engine import Database
from osit_graphql.http.graphiql import DemoAccount
from osit_graphql.server.app import build
from osit_graphql.server.doorstep import address_of
from osit_graphql.server.wire import Wired
from osit_graphql.services.indexing import keep_tidying
from osit_graphql.services.purge import keep_clearing
from osit_graphql.services.reports.rollup_jobs import keep_merging
from osit_graphql.settings import Settings

YOUNG = 10_000  # objects made since the last look for garbage; a page makes some thousands, hardly any in a cycle
DRAIN = 20  # seconds for requests under way, once asked to stop; the rest of the thirty is for closing


async def serve(
    settings: Settings,
    database: Database,
    reserved: socket.socket,
    *,
    replica: Database | None = None,
    demo_accounts: Sequence[DemoAccount] = (),
    announce: Callable[[str], None],
) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are answered first. `announce` is told the address."""

    def draining() -> bool:
        return server.should_exit

    application = build(settings, database, replica=replica, demo_accounts=demo_accounts, draining=draining)
    server = uvicorn.Server(configure(Wired(application), loop="none", lifespan="off"))
    settle_in()
    announce(address_of(reserved))
    async with keeping(database, application):
        await server.serve(sockets=[reserved])


def configure(application: Any, **more: Any) -> uvicorn.Config:
    """Return how uvicorn serves it: what clients see of the server is the application's to say."""
    return uvicorn.Config(
        application,
        interface="asgi3",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN,
        **more,
    )


@asynccontextmanager
async def keeping(database: Database, application: Starlette) -> AsyncIterator[None]:
    """Keep figures merged, search tidy and what expired cleared while the block lasts; then let go of the budgets."""
    tasks = [asyncio.create_task(work(database)) for work in (keep_merging, keep_tidying, keep_clearing)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, application.state.admission.close(), return_exceptions=True)


def settle_in() -> None:
    """Spare requests the search for garbage among what stays: a full one takes a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
