"""One generated database, used through the services and over GraphQL in process."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

import httpx
import orjson
from sqlalchemy import insert, text

from osit_graphql.api import global_ids
from osit_graphql.db.engine import Database
from osit_graphql.db.models import SessionToken
from osit_graphql.domain import clock
from osit_graphql.domain.enums import Role
from osit_graphql.domain.viewer import System, Viewer
from osit_graphql.server.app import build
from osit_graphql.services.auth import opaque_tokens
from osit_graphql.services.queries import tickets
from osit_graphql.services.queries.keyset_pagination import MAX_PAGE_SIZE, PageArgs
from osit_graphql.services.queries.ticket_ordering import Listing
from osit_graphql.settings import Settings

# The first person of each role (see sizes.Size).
PEOPLE = (
    "SELECT id, roles[1] AS role, service_id FROM person WHERE id IN (SELECT min(id) FROM person GROUP BY roles[1])"
)
LONG_HISTORY = "SELECT id FROM ticket WHERE version >= 20 ORDER BY hashint4(id) LIMIT 60"
OPEN = "SELECT id FROM ticket WHERE status = 'OPEN' AND service_id = 1 ORDER BY hashint4(id) LIMIT 400"
# Comments go to many tickets: each comment indexes the complete text of its ticket again.
COMMENTED_TICKETS = 4000
ORDINARY = f"SELECT id FROM ticket WHERE version BETWEEN 4 AND 12 ORDER BY hashint4(id) LIMIT {COMMENTED_TICKETS}"  # noqa: S608 - a number of ours
CALLERS = "SELECT name, phone FROM person WHERE roles = '{REQUESTER}' ORDER BY hashint8(id) LIMIT 60"
SAMPLES = {"long": LONG_HISTORY, "open": OPEN, "many": ORDINARY}


@dataclass
class Desk:
    """A database, a viewer of each role, samples of tickets, and the application."""

    name: str
    database: Database
    settings: Settings
    viewers: dict[Role, Viewer] = field(default_factory=dict)
    tokens: dict[Role, str] = field(default_factory=dict)
    samples: dict[str, list[int]] = field(default_factory=dict)
    callers: list[Any] = field(default_factory=list)
    size: int = 0
    keys: dict[str, list[int]] = field(default_factory=dict)
    cursors: dict[object, str | None] = field(default_factory=dict)
    http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        """Build the application."""
        transport = httpx.ASGITransport(app=build(self.settings, self.database))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://osit.bench")

    @classmethod
    async def open(cls, name: str, url: str, admin: str) -> Self:
        """Connect, find people and samples, create a session for each role; `admin` is a superuser's URL."""
        settings = Settings(_env_file=None, database_url=url, budget_points=1_000_000_000, budget_rate=1_000_000_000)
        desk = cls(name, Database(settings.database_url or url), settings)
        superuser = Database(admin, pool_size=1)
        async with superuser.transaction(System.HEALTH) as session:
            await session.execute(text("SET LOCAL statement_timeout = 0"))
            for row in await session.execute(text(PEOPLE)):
                desk.viewers[Role(row.role)] = Viewer(row.id, frozenset({Role(row.role)}), row.service_id)
            for sample, statement in SAMPLES.items():
                desk.samples[sample] = list((await session.execute(text(statement))).scalars())
            desk.callers = list(await session.execute(text(CALLERS)))
            desk.size = (await session.execute(text("SELECT max(id) FROM ticket"))).scalar_one()
            for role, viewer in desk.viewers.items():
                desk.tokens[role] = opaque_tokens.SESSION_PREFIX + secrets.token_urlsafe(32)
                await session.execute(insert(SessionToken).values(_session_row(viewer, desk.tokens[role])))
        await superuser.close()
        desk.keys = _keys(desk)
        return desk

    async def close(self) -> None:
        """Close all connections."""
        await self.http.aclose()
        await self.database.close()

    async def ask(self, role: Role, document: str, variables: Mapping[str, Any]) -> Any:
        """Send one GraphQL request as the role; raise on any error in the response."""
        headers = {"Authorization": f"Bearer {self.tokens[role]}", "Content-Type": "application/json"}
        body = orjson.dumps({"query": document, "variables": variables})
        response = await self.http.post("/graphql", content=body, headers=headers)
        answer = orjson.loads(response.content)
        payloads = [value for value in (answer.get("data") or {}).values() if isinstance(value, dict)]
        if answer.get("errors") or any(payload.get("userErrors") for payload in payloads):
            raise RuntimeError(f"{document}: {response.text[:1000]}")
        return answer["data"]

    async def cursor(self, role: Role, listing: Listing, position: int) -> str | None:
        """Return the cursor of the row at this position of a list; None if the list is shorter."""
        place = (role, listing, position)
        if place not in self.cursors:
            self.cursors[place] = await self._walk(role, listing, position)
        return self.cursors[place]

    async def _walk(self, role: Role, listing: Listing, position: int) -> str | None:
        cursor = None
        async with self.database.reading(self.viewers[role]) as session:
            for start in range(0, position, MAX_PAGE_SIZE):
                window = PageArgs(first=min(MAX_PAGE_SIZE, position - start), after=cursor)
                page = await tickets.page(session, self.viewers[role], listing, window, ())
                if not page.has_next:
                    return None
                cursor = page.cursor(page.rows[-1])
        return cursor


def _keys(desk: Desk) -> dict[str, list[int]]:
    """Return the keys for filters: the busiest ones and ordinary ones."""
    technician, requester = desk.viewers[Role.TECHNICIAN].user_id, desk.viewers[Role.REQUESTER].user_id
    return {
        "service": list(range(1, 13)),
        "application": list(range(4, 16)),
        "the busiest application": [1],
        "their application": [12, 24, 36],
        "requester": list(range(requester + 1, requester + 40)),
        "the busiest requester": [requester],
        # the second technician is the first of the busiest service
        "assignee": list(range(technician + 24, technician + 60)),
        "the busiest assignee": [technician + 1],
        "their busiest assignee": [technician],
    }


def _session_row(viewer: Viewer, token: str) -> dict[str, Any]:
    moment = clock.now()
    expires_at = moment + timedelta(hours=6)
    return {
        "digest": opaque_tokens.digest(token),
        "person_id": viewer.user_id,
        "created_at": moment,
        "expires_at": expires_at,
    }


def ticket_id(number: int) -> str:
    """Return the id of a ticket in the API."""
    return global_ids.encode(global_ids.Kind.TICKET, number)
