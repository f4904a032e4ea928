"""Serving the application: one process, one event loop, a clean end when it is asked to stop."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable, Sequence

import uvicorn

from osit_graphql.app import build
from osit_graphql.database import Database
from osit_graphql.errors import SetupError
from osit_graphql.graphiql import DemoAccount
from osit_graphql.services import durability
from osit_graphql.services.purge import keep_clearing
from osit_graphql.services.reports.upkeep import keep_merging
from osit_graphql.settings import Settings

YOUNG = 10_000  # objects made since the last look for garbage; a page makes some thousands, hardly any in a cycle
DRAIN = 20  # seconds for requests under way, once asked to stop; the rest of the thirty is for closing


def reserve(settings: Settings) -> socket.socket:
    """Take the port before anything else is done: whether it is free should not be learnt last."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    reserved = socket.socket(family, socket.SOCK_STREAM)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        reserved.bind((settings.host, settings.port))
    except OSError as error:
        reserved.close()
        raise SetupError(
            f"{settings.host}:{settings.port} can't be used ({error.strerror}): choose another with PORT= or OSIT_PORT."
        ) from error
    return reserved


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

    await durability.check(settings, database)
    application = build(settings, database, replica=replica, demo_accounts=demo_accounts, draining=draining)
    config = uvicorn.Config(
        application,
        loop="none",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN,
    )
    _settle_in()
    server = uvicorn.Server(config)
    host, port = reserved.getsockname()[:2]
    announce(f"http://{f'[{host}]' if ':' in host else host}:{port}")
    keeping = [asyncio.create_task(work(database)) for work in (keep_merging, keep_clearing)]
    try:
        await server.serve(sockets=[reserved])
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, application.state.admission.close(), return_exceptions=True)


def _settle_in() -> None:
    """Spare requests the search for garbage among what stays: a full one takes a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


def end_cleanly() -> None:
    """Turn SIGTERM and SIGINT into an ordinary exit that closes everything; uvicorn raises them again once drained."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: sys.exit(0))
