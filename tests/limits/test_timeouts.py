"""What takes too long is stopped, told as TIMEOUT, and its connection serves the next request."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Action
from osit_graphql.http.rate_limit.concurrency import Places
from osit_graphql.server.app import build
from osit_graphql.settings import Settings
from tests.behind import Behind
from tests.client import Api
from tests.company import Company
from tests.desk import Desk

PAGE = "{ tickets { nodes { id } } viewer { id } }"
REPORT = """{ maintenanceCosts(period: {from: "2026-01-01", to: "2026-12-31"}) { rows { month } } viewer { id } }"""


@asynccontextmanager
async def held(database: Behind, statement: str) -> AsyncIterator[None]:
    """Keep a lock that others wait for."""
    async with database.transaction() as session:
        await session.execute(text(statement))
        yield


async def full(places: Places, taken: int) -> None:
    """Wait until so many requests are under way."""
    while sum(places._each.values()) < taken:  # noqa: ASYNC110 - nothing of the application tells it
        await asyncio.sleep(0.01)


@pytest.fixture
async def single(database_url: str, company: Company) -> AsyncIterator[Database]:
    """Give one connection, so that it is surely the same that is used again; a statement may take 0.3 s."""
    database = Database(database_url, pool=1, statement_timeout=0.3, lock_timeout=60)
    yield database
    await database.close()


async def test_a_statement_that_takes_too_long_takes_nothing_else_with_it(
    company: Company, settings: Settings, single: Database, admin: Behind
) -> None:
    async with Api(settings, single) as api:
        token = company.tokens["manager"]
        async with held(admin, "LOCK TABLE intervention, cost_cell IN ACCESS EXCLUSIVE MODE"):
            slow = await api.ask(token, REPORT)
        assert (slow.status, slow.codes) == (200, ["TIMEOUT"])
        assert slow.data["maintenanceCosts"] is None
        assert slow.data["viewer"]["id"], "a root that may be null leaves the others of the request standing"
        assert "too long" in slow.errors[0]["message"]
        assert (await api.read(token, REPORT))["maintenanceCosts"] == {"rows": []}


async def test_a_lock_that_is_not_had_in_time_is_told_as_before(
    company: Company, settings: Settings, database_url: str, admin: Behind
) -> None:
    impatient = Database(database_url, pool=1, statement_timeout=60, lock_timeout=0.2)
    async with Api(settings, impatient) as api:
        async with held(admin, "LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE"):
            refused = await api.ask(company.tokens["manager"], PAGE)
        assert refused.codes == ["UNAVAILABLE"]
        assert await api.read(company.tokens["manager"], PAGE)
    await impatient.close()


@pytest.mark.parametrize("where", ["reading", "writing"])
async def test_a_request_over_its_time_is_stopped_and_its_connection_goes_on(
    company: Company, settings: Settings, database_url: str, admin: Behind, where: str
) -> None:
    patient = Database(database_url, pool=1, statement_timeout=60, lock_timeout=60)
    number = await company.ticket()
    async with Api(settings.model_copy(update={"request_timeout": 1.0}), patient) as api:
        desk = Desk(company, api)
        async with held(admin, "LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE"):
            if where == "reading":
                slow = await api.ask(company.tokens["developer"], PAGE)
            else:
                slow = await desk.answer("developer", Action.COMMENT, number)
        assert (slow.status, slow.codes, slow.data) == (503, ["TIMEOUT"], None)
    async with Api(settings, patient) as api:  # with all the time it needs, on the same connection
        history = await Desk(company, api).history("developer", number)
        assert [row["kind"] for row in history] == ["OPENED"], "nothing of it was kept"
        assert patient.connections.lent == 0
    await patient.close()


async def test_requests_beyond_what_the_process_serves_are_told_to_come_back(
    company: Company, settings: Settings, admin: Behind
) -> None:
    few = settings.model_copy(update={"max_requests": 3, "max_requests_each": 2})
    application = build(few, company.database)
    places = application.state.admission.places
    async with Api(few, company.database, application) as api:

        async def send(who: str) -> httpx.Response:
            token = company.tokens[who]
            return await api.http.post("/graphql", json={"query": PAGE}, headers={"Authorization": f"Bearer {token}"})

        async with held(admin, "LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE"):
            waiting = []
            for taken, who in enumerate(("manager", "manager", "operator"), 1):
                waiting.append(asyncio.create_task(send(who)))
                await full(places, taken)
            beyond = await send("developer")
        await asyncio.gather(*waiting)
        assert (beyond.status_code, beyond.headers["Retry-After"]) == (503, "1")
        assert beyond.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        assert "RateLimit-Remaining" in beyond.headers
        async with held(admin, "LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE"):
            waiting = [asyncio.create_task(send("manager")) for _ in range(2)]
            await full(places, 2)
            third = await send("manager")
        await asyncio.gather(*waiting)
        assert (third.status_code, third.headers["Retry-After"]) == (429, "1")
        assert third.json()["errors"][0]["extensions"]["code"] == "THROTTLED"
        assert (places.taken, sum(places._each.values())) == (0, 0)
        assert (await send("manager")).status_code == 200
