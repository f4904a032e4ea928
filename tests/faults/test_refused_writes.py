"""While PostgreSQL refuses writes: UNAVAILABLE, /readyz red with the reason, reads go on, one log line in 5 s."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from osit_graphql.db import fault_log, write_probe
from osit_graphql.db.engine import Database
from osit_graphql.db.write_probe import WriteProbe
from osit_graphql.domain.enums import Action
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.viewer import System
from osit_graphql.http.request import GRAPHQL, JSON
from osit_graphql.settings import Settings
from tests.auth import people
from tests.client import Api
from tests.company import Company
from tests.documents import action_request
from tests.faults.conftest import alter, fill
from tests.private_cluster import needs_cluster
from tests.superuser import Superuser
from tests.waiting import HANG_TIMEOUT_S

pytestmark = needs_cluster
PAGE = "{ tickets(first: 5) { nodes { title } } viewer { id } }"
RELOAD = "SELECT pg_reload_conf()"
PID = text("SELECT pg_backend_pid()")


@pytest.fixture(autouse=True)
def fresh_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first fault of each test write its line, and let each check of /readyz ask PostgreSQL."""
    monkeypatch.setattr(fault_log, "LIMIT", fault_log.LineLimit())
    monkeypatch.setattr(write_probe, "PROBE_INTERVAL_S", 0.0)


@pytest.fixture
async def desk(desk_company: Company, settings: Settings) -> AsyncIterator["Desk"]:
    async with Api(settings, desk_company.database) as api:
        yield Desk(desk_company, api)


class Desk:
    """Requests to the company's API, with the media type that tells faults by their status."""

    def __init__(self, company: Company, api: Api) -> None:
        self.company, self.http = company, api.http

    async def send(self, token: str, document: str, variables: Any = None, accept: str = GRAPHQL) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": accept}
        return await self.http.post("/graphql", json={"query": document, "variables": variables}, headers=headers)

    async def write(self, accept: str = GRAPHQL) -> httpx.Response:
        """Open a ticket."""
        document, variables = action_request(self.company, Action.CREATE, None, description="x" * 4_000)
        return await self.send(self.company.tokens["operator"], document, variables, accept)

    async def reads(self) -> bool:
        """Whether reads go on, with a cached viewer and with one that is read again."""
        self.company.database.revocation_count += 1
        answers = [await self.send(self.company.tokens["operator"], PAGE) for _ in "12"]
        return all(answer.status_code == 200 and "errors" not in answer.json() for answer in answers)

    async def readiness(self) -> tuple[int, str | None, bool]:
        """Return status, reason and the check of writes of /readyz."""
        answer = await self.http.get("/readyz")
        return answer.status_code, answer.json().get("reason"), answer.json()["checks"]["writes"]

    async def is_writable(self) -> None:
        """Wait until /readyz is green; the next write then succeeds."""
        async with asyncio.timeout(HANG_TIMEOUT_S):
            while await self.readiness() != (200, None, True):  # noqa: ASYNC110 - PostgreSQL has no event for it
                await asyncio.sleep(0.05)
        answer = await self.write()
        assert answer.json()["data"]["ticketCreate"]["userErrors"] == [], answer.text


def is_unavailable(answer: httpx.Response) -> bool:
    """Whether a write was refused as a whole."""
    body = answer.json()
    codes = [error["extensions"]["code"] for error in body["errors"]]
    return (answer.status_code, codes, "data" in body, answer.headers.get("Retry-After")) == (
        503,
        ["UNAVAILABLE"],
        False,
        "1",
    )


@pytest.fixture
async def read_only(desk_company: Company, superuser: Superuser) -> AsyncIterator[None]:
    """Make the server read-only during a test, for the connections that are open too."""
    async with desk_company.database.reading(System.HEALTH):  # one is open
        pass
    await alter(superuser, "ALTER SYSTEM SET default_transaction_read_only = on", RELOAD)
    async with asyncio.timeout(HANG_TIMEOUT_S):
        while await has_no_fault(desk_company.database):  # noqa: ASYNC110 - PostgreSQL has no event for it
            await asyncio.sleep(0.05)
    yield
    await alter(superuser, "ALTER SYSTEM RESET default_transaction_read_only", RELOAD)


async def has_no_fault(database: Database) -> bool:
    try:
        return await WriteProbe(database).check()
    except Unavailable:
        return False


async def test_a_read_only_server(desk: Desk, read_only: None, superuser: Superuser) -> None:
    before = await desk.company.snapshot()
    with capture_logs() as logs:
        answers = [await desk.write() for _ in range(5)]
        older = await desk.write(accept=JSON)
        assert await desk.reads()
        assert await desk.readiness() == (503, "read_only", False)
    assert all(map(is_unavailable, answers)), answers[0].text
    assert (older.status_code, older.json()["data"]) == (200, None)
    assert await desk.company.snapshot() == before
    lines = [entry for entry in logs if entry["event"] == "database fault"]
    assert [(line["fault"], line["log_level"], line["times"]) for line in lines] == [("read_only", "error", 1)]
    assert "SQLSTATE 25006: cannot execute" in lines[0]["cause"]
    assert not [entry for entry in logs if "exc_info" in entry]
    await alter(superuser, "ALTER SYSTEM RESET default_transaction_read_only", RELOAD)
    await desk.is_writable()


async def test_api_tokens_read_while_their_last_use_cannot_be_written(desk: Desk, superuser: Superuser) -> None:
    """Neighbour: the last use of an API token is written once a minute."""
    document, variables = people.CREATE, {"input": {"name": "report", "scopes": ["READ_TICKETS"]}}
    made = await desk.send(desk.company.tokens["operator"], document, variables)
    token = made.json()["data"]["apiTokenCreate"]["token"]
    await alter(superuser, "ALTER SYSTEM SET default_transaction_read_only = on", RELOAD)
    try:
        answer = await desk.send(token, "{ tickets(first: 1) { nodes { title } } }")
    finally:
        await alter(superuser, "ALTER SYSTEM RESET default_transaction_read_only", RELOAD)
    assert (answer.status_code, "errors" in answer.json()) == (200, False), answer.text


async def test_a_connection_that_refused_a_write_is_closed(
    desk_company: Company, superuser: Superuser, settings: Settings
) -> None:
    """A session keeps the default of its start: after a failover, old connections lead to a read-only server."""
    database = Database(desk_company.database.url.render_as_string(hide_password=False), pool_size=1)
    async with Api(settings, database) as api:
        desk = Desk(desk_company, api)
        await alter(superuser, "ALTER DATABASE desk SET default_transaction_read_only = on")
        assert await desk.reads()  # on the connection that stays read-only
        await alter(superuser, "ALTER DATABASE desk RESET default_transaction_read_only")
        assert is_unavailable(await desk.write())
        assert (await desk.write()).json()["data"]["ticketCreate"]["userErrors"] == []
    await database.close()


async def test_a_full_disk(desk: Desk, volume: Path | None) -> None:
    if volume is None:
        pytest.skip("no volume can be mounted here")
    filler = fill(volume)
    try:
        with capture_logs() as logs:
            written: list[httpx.Response] = []
            refused: list[httpx.Response] = []
            while len(refused) < 3:  # the first writes find free pages in the tables
                answer = await desk.write()
                (written if answer.status_code == 200 else refused).append(answer)
            assert all(map(is_unavailable, refused)), refused[0].text
            assert await desk.reads()
            assert await desk.readiness() == (503, "disk_full", False)
    finally:
        filler.unlink()
    lines = [entry for entry in logs if entry["event"] == "database fault"]
    assert {line["fault"] for line in lines} == {"disk_full"}
    assert "SQLSTATE 53100: could not " in lines[0]["cause"]
    assert not [entry for entry in logs if "exc_info" in entry]
    await desk.is_writable()
    for answer in written:
        ticket = answer.json()["data"]["ticketCreate"]["ticket"]["number"]
        shown = await desk.send(desk.company.tokens["operator"], f"{{ ticket(by: {{number: {ticket}}}) {{ title }} }}")
        assert shown.json()["data"]["ticket"]["title"], "an acknowledged write is kept"


@pytest.mark.parametrize(
    ("broken", "mended", "fault"),
    [("CONNECTION LIMIT 0", "CONNECTION LIMIT -1", "too_many_connections"), ("NOLOGIN", "LOGIN", "misconfigured")],
)
async def test_a_server_that_refuses_connections(
    desk_company: Company, superuser: Superuser, settings: Settings, broken: str, mended: str, fault: str
) -> None:
    database = Database(desk_company.database.url.render_as_string(hide_password=False), pool_size=2)
    async with Api(settings, database) as api:
        desk = Desk(desk_company, api)
        await alter(superuser, f"ALTER ROLE osit_test_api {broken}")
        try:
            with capture_logs() as logs:
                answers = [await desk.write() for _ in range(3)]
                readiness = await desk.readiness()
        finally:
            await alter(superuser, f"ALTER ROLE osit_test_api {mended}")
        assert all(map(is_unavailable, answers)), answers[0].text
        assert readiness == (503, fault, False)
        assert {entry["fault"] for entry in logs if entry["event"] == "database fault"} == {fault}
        await desk.is_writable()
    await database.close()


STATES = {
    "25006": "read_only",
    "53100": "disk_full",
    "53200": "out_of_memory",
    "53300": "too_many_connections",
    "53400": "limit_exceeded",
    "55000": "wrong_state",
    "57P01": "shutting_down",
    "57P02": "crashed",
    "57P03": "starting_up",
    "58030": "io_error",
    "08006": "unreachable",
    "08P01": "unreachable",
}


@pytest.mark.parametrize(("state", "fault"), STATES.items())
async def test_each_fault_is_unavailable_and_ends_its_connection(
    desk_company: Company, superuser: Superuser, state: str, fault: str
) -> None:
    single = Database(desk_company.database.url.render_as_string(hide_password=False), pool_size=1)

    async def fail() -> None:
        async with single.transaction(System.HEALTH) as session:
            pids.append(await session.scalar(PID))
            await session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'a secret' USING ERRCODE = '{state}'; END $$"))

    pids: list[int] = []
    with pytest.raises(Unavailable) as raised:
        await fail()
    assert (raised.value.fault, raised.value.cause) == (fault, f"SQLSTATE {state}")
    async with single.reading(System.HEALTH) as session:
        assert (await session.scalar(PID) != pids[0]) is (fault != "unreachable")
    await single.close()


def test_a_fault_writes_one_line_in_five_seconds() -> None:
    limit = fault_log.LineLimit()
    assert [limit.count("disk_full", now) for now in (100.0, 101.0, 104.9, 105.0)] == [1, 0, 0, 3]
    assert limit.count("read_only", 105.0) == 1
