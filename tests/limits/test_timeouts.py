"""Timeouts and concurrency limits: slow requests are stopped with TIMEOUT, their connection is reused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Action
from osit_graphql.http.rate_limiting import ConcurrencyLimiter
from osit_graphql.server.app import build
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company
from tests.desk import Desk
from tests.superuser import Superuser

PAGE = "{ tickets { nodes { id } } viewer { id } }"
REPORT = """{ maintenanceCosts(period: {from: "2026-01-01", to: "2026-12-31"}) { rows { month } } viewer { id } }"""


@asynccontextmanager
async def locked(database: Superuser, statement: str) -> AsyncIterator[None]:
    """Hold a lock during the block."""
    async with database.transaction() as session:
        await session.execute(text(statement))
        yield


async def wait_for_active(limiter: ConcurrencyLimiter, active: int) -> None:
    """Wait until this many requests are active."""
    while sum(limiter.active_by_user.values()) < active:  # noqa: ASYNC110 - the application has no event for it
        await asyncio.sleep(0.01)


@pytest.fixture
async def single(database_url: str, company: Company) -> AsyncIterator[Database]:
    """Yield a database with one connection, which the next request reuses, and a statement timeout of 2 s."""
    database = Database(database_url, pool_size=1, statement_timeout=2, lock_timeout=60)
    yield database
    await database.close()


async def test_a_statement_timeout_affects_one_field(
    company: Company, settings: Settings, single: Database, admin: Superuser
) -> None:
    async with Api(settings, single) as api:
        token = company.tokens["manager"]
        async with locked(admin, "LOCK TABLE intervention, cost_cell IN ACCESS EXCLUSIVE MODE"):
            slow = await api.ask(token, REPORT)
        assert (slow.status, slow.codes) == (200, ["TIMEOUT"])
        assert slow.data["maintenanceCosts"] is None
        assert slow.data["viewer"]["id"], "the other root fields have data"
        assert "too long" in slow.errors[0]["message"]
        assert (await api.read(token, REPORT))["maintenanceCosts"] == {"rows": []}


async def test_a_lock_timeout_is_unavailable(
    company: Company, settings: Settings, database_url: str, admin: Superuser
) -> None:
    impatient = Database(database_url, pool_size=1, statement_timeout=60, lock_timeout=0.2)
    async with Api(settings, impatient) as api:
        async with locked(admin, "LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE"):
            refused = await api.ask(company.tokens["manager"], PAGE)
        assert refused.codes == ["UNAVAILABLE"]
        assert await api.read(company.tokens["manager"], PAGE)
    await impatient.close()


@pytest.mark.parametrize("where", ["reading", "writing"])
async def test_a_request_timeout_keeps_the_connection_usable(
    company: Company, settings: Settings, database_url: str, admin: Superuser, where: str
) -> None:
    patient = Database(database_url, pool_size=1, statement_timeout=60, lock_timeout=60)
    number = await company.ticket()
    async with Api(settings.model_copy(update={"request_timeout": 1.0}), patient) as api:
        desk = Desk(company, api)
        async with locked(admin, "LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE"):
            if where == "reading":
                slow = await api.ask(company.tokens["developer"], PAGE)
            else:
                slow = await desk.answer("developer", Action.COMMENT, number)
        assert (slow.status, slow.codes, slow.data) == (503, ["TIMEOUT"], None)
    async with Api(settings, patient) as api:  # without a short timeout, on the same connection
        history = await Desk(company, api).history("developer", number)
        assert [row["kind"] for row in history] == ["OPENED"], "the transaction was rolled back"
        assert patient.connections_in_use == 0
    await patient.close()


async def test_requests_above_the_concurrency_limits_are_refused(
    company: Company, settings: Settings, admin: Superuser
) -> None:
    few = settings.model_copy(update={"max_requests": 3, "max_requests_each": 2})
    application = build(few, company.database)
    limiter = application.state.rate_limiter.concurrency
    async with Api(few, company.database, application) as api:

        async def send(name: str) -> httpx.Response:
            token = company.tokens[name]
            return await api.http.post("/graphql", json={"query": PAGE}, headers={"Authorization": f"Bearer {token}"})

        async with locked(admin, "LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE"):
            waiting = []
            for active, name in enumerate(("manager", "manager", "operator"), 1):
                waiting.append(asyncio.create_task(send(name)))
                await wait_for_active(limiter, active)
            beyond = await send("developer")
        await asyncio.gather(*waiting)
        assert (beyond.status_code, beyond.headers["Retry-After"]) == (503, "1")
        assert beyond.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        assert "RateLimit-Remaining" in beyond.headers
        async with locked(admin, "LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE"):
            waiting = [asyncio.create_task(send("manager")) for _ in range(2)]
            await wait_for_active(limiter, 2)
            third = await send("manager")
        await asyncio.gather(*waiting)
        assert (third.status_code, third.headers["Retry-After"]) == (429, "1")
        assert third.json()["errors"][0]["extensions"]["code"] == "THROTTLED"
        assert (limiter.active, sum(limiter.active_by_user.values())) == (0, 0)
        assert (await send("manager")).status_code == 200
