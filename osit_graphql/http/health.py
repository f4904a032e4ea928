"""Health checks: `/healthz` (the process responds) and `/readyz` (a load balancer may send it requests)."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

CHECK_TIMEOUT_S = 0.5

log = structlog.get_logger()

Check = Callable[[], Awaitable[bool]]


def health_routes(*, database: Check, migrations: Check, draining: Callable[[], bool]) -> list[Route]:
    """Return the two routes.

    `database`: PostgreSQL responds. `migrations`: this release can serve its schema. A check that raises, or takes
    longer than half a second, has failed. `draining`: the server is shutting down.
    """

    async def healthz(_request: Request) -> Response:
        return _respond(200, {"status": "ok"})

    async def readyz(_request: Request) -> Response:
        checks = {
            "database": await _passes("database", database),
            "migrations": await _passes("migrations", migrations),
            "accepting": not draining(),
        }
        ready = all(checks.values())
        return _respond(200 if ready else 503, {"status": "ready" if ready else "not ready", "checks": checks})

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await check()
    except Exception as error:  # noqa: BLE001 - whatever the driver raises, the check has failed
        log.warning("not ready", check=name, reason=type(error).__name__)
        return False


def _respond(status: int, body: object) -> Response:
    return Response(orjson.dumps(body), status, {"Cache-Control": "no-store"}, "application/json")
