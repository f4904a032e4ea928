"""Serving the application: one process, one event loop, a clean end when it is asked to stop."""

import signal
import sys
from collections.abc import Callable, Sequence

import uvicorn

from osit_graphql.app import build
from osit_graphql.database import Database
from osit_graphql.graphiql import DemoAccount
from osit_graphql.settings import Settings

DRAIN = 20  # seconds for requests under way, once asked to stop; the rest of the thirty is for closing


class Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[int], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Listen, then say on which port."""
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            self._listening(self.servers[0].sockets[0].getsockname()[1])


async def serve(
    settings: Settings, database: Database, demo_accounts: Sequence[DemoAccount], listening: Callable[[int], None]
) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are answered first."""

    def draining() -> bool:
        return server.should_exit

    application = build(settings, database, demo_accounts=demo_accounts, draining=draining)
    config = uvicorn.Config(
        application,
        host=settings.host,
        port=settings.port,
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
    server = Server(config, listening)
    await server.serve()


def end_cleanly() -> None:
    """Turn SIGTERM into an ordinary exit, so that everything opened is closed; uvicorn raises it again once drained."""
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
