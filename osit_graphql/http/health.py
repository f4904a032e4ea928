"""Health checks: `/healthz` (the process responds) and `/readyz` (a load balancer may send it requests)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from osit_graphql.domain.errors import Unavailable

CHECK_TIMEOUT_S = 0.5
# The reason of a check that fails without one of its own.
REASONS: Final = {"database": "unreachable", "migrations": "schema", "writes": "no_writes", "accepting": "draining"}

log = structlog.get_logger()

Check = Callable[[], Awaitable[bool]]


def health_routes(*, database: Check, migrations: Check, writes: Check, draining: Callable[[], bool]) -> list[Route]:
    """Return the two routes.

    `database`: PostgreSQL responds. `migrations`: this release can serve its schema. `writes`: PostgreSQL accepts
    writes. A check that raises, or takes longer than half a second, has failed. `draining`: the server is shutting
    down.
    """

    async def healthz(_request: Request) -> Response:
        return _respond(200, {"status": "ok"})

    async def readyz(_request: Request) -> Response:
        faults = {
            "database": await _find_fault("database", database),
            "migrations": await _find_fault("migrations", migrations),
        }
        faults["writes"] = faults["database"] or await _find_fault("writes", writes)
        faults["accepting"] = REASONS["accepting"] if draining() else None
        checks = {name: fault is None for name, fault in faults.items()}
        if reason := next(filter(None, faults.values()), None):
            return _respond(503, {"status": "not ready", "reason": reason, "checks": checks})
        return _respond(200, {"status": "ready", "checks": checks})

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def _find_fault(name: str, check: Check) -> str | None:
    """Return the reason of a failed check in a word; None if it passes."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return None if await check() else REASONS[name]
    except Exception as error:  # noqa: BLE001 - whatever the driver raises, the check has failed
        reason = (error.fault if isinstance(error, Unavailable) else "") or REASONS[name]
        log.warning("not ready", check=name, reason=reason, error=type(error).__name__)
        return reason


def _respond(status: int, body: object) -> Response:
    return Response(orjson.dumps(body), status, {"Cache-Control": "no-store"}, "application/json")
