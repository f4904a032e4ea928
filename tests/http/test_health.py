"""`/healthz` and `/readyz`: the process responds, and can serve requests."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette

from osit_graphql.domain.errors import Unavailable
from osit_graphql.http.health import Check, health_routes


async def _yes() -> bool:
    return True


async def _no() -> bool:
    return False


async def _refuse() -> bool:
    raise ConnectionRefusedError("postgresql://user:hunter2@host")


async def _hang() -> bool:
    await asyncio.Event().wait()
    return True


async def _get(
    path: str, *, database: Check = _yes, migrations: Check = _yes, writes: Check = _yes, draining: bool = False
) -> httpx.Response:
    routes = health_routes(database=database, migrations=migrations, writes=writes, draining=lambda: draining)
    transport = httpx.ASGITransport(app=Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://osit.test") as client:
        return await client.get(path)


async def test_healthz_ignores_the_database() -> None:
    response = await _get("/healthz", database=_hang, migrations=_hang, draining=True)
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_readyz_passes() -> None:
    response = await _get("/readyz")
    checks = {"database": True, "migrations": True, "writes": True, "accepting": True}
    assert (response.status_code, response.json()) == (200, {"status": "ready", "checks": checks})


@pytest.mark.parametrize("database", [_no, _refuse, _hang])
async def test_readyz_fails_without_the_database(database: Check) -> None:
    response = await _get("/readyz", database=database)
    assert response.status_code == 503
    assert response.json()["checks"] == {"database": False, "migrations": True, "writes": False, "accepting": True}
    assert response.json()["reason"] == "unreachable"
    assert "hunter2" not in response.text


async def _read_only() -> bool:
    raise Unavailable(fault="read_only")


async def test_readyz_fails_while_nothing_can_be_written() -> None:
    response = await _get("/readyz", writes=_read_only)
    assert (response.status_code, response.json()["reason"]) == (503, "read_only")
    assert response.json()["checks"] == {"database": True, "migrations": True, "writes": False, "accepting": True}


async def test_readyz_fails_with_an_old_schema_or_during_shutdown() -> None:
    behind = await _get("/readyz", migrations=_no)
    leaving = await _get("/readyz", draining=True)
    assert (behind.status_code, behind.json()["checks"]["migrations"]) == (503, False)
    assert (leaving.status_code, leaving.json()["checks"]["accepting"]) == (503, False)
    assert (behind.json()["reason"], leaving.json()["reason"]) == ("schema", "draining")
