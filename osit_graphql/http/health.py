"""`/healthz`: the process answers. `/readyz`: it can serve, so a load balancer may send it requests."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

DEADLINE = 0.5  # seconds for each check

log = structlog.get_logger()

Check = Callable[[], Awaitable[bool]]


def health_routes(*, database: Check, migrations: Check, draining: Callable[[], bool]) -> list[Route]:
    """The two routes.

    `database` tells whether PostgreSQL answers, `migrations` whether this code can serve its schema; what raises or
    takes longer than half a second counts as no. `draining` tells whether the server is on its way out.
    """

    async def healthz(_request: Request) -> Response:
        return _respond(200, {"status": "ok"})

    async def readyz(_request: Request) -> Response:
        checks = {
            "database": await _holds("database", database),
            "migrations": await _holds("migrations", migrations),
            "accepting": not draining(),
        }
        ready = all(checks.values())
        return _respond(200 if ready else 503, {"status": "ready" if ready else "not ready", "checks": checks})

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def _holds(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(DEADLINE):
            return await check()
    except Exception as error:  # noqa: BLE001 - whatever the driver raises, the answer is no
        log.warning("not ready", check=name, reason=type(error).__name__)
        return False


def _respond(status: int, body: object) -> Response:
    return Response(orjson.dumps(body), status, {"Cache-Control": "no-store"}, "application/json")
