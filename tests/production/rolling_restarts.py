"""Clients that count failed requests, and restarts of the servers behind nginx under them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from osit_graphql.domain.enums import Action
from tests.auth.servers import Server
from tests.company import Company
from tests.documents import action_request
from tests.production.nginx import ADDRESS, Nginx
from tests.waiting import HANG_TIMEOUT_S

QUERY = "{ openTickets(first: 5) { nodes { number title } } }"
CLIENTS = 4
OPTIONS: dict[str, Any] = {
    "OSIT_TRUSTED_PROXIES": ADDRESS,
    "OSIT_BUDGET_POINTS": "1000000000",
    "OSIT_BUDGET_RATE": "1000000000",
}


@dataclass
class Load:
    """Clients on kept connections: each reads, then comments on its own ticket, until the block ends."""

    company: Company
    url: str
    answered: int = 0
    comments: int = 0
    failures: list[str] = field(default_factory=list)
    _enough: bool = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let the clients work during the block."""
        tickets = [self.company.id(await self.company.ticket()) for _ in range(CLIENTS)]
        async with asyncio.TaskGroup() as group:
            for ticket in tickets:
                group.create_task(self._work(ticket))
            yield
            self._enough = True

    async def _work(self, ticket: str) -> None:
        headers = {"Authorization": f"Bearer {self.company.tokens['developer']}"}
        async with httpx.AsyncClient(timeout=HANG_TIMEOUT_S, trust_env=False, headers=headers) as client:
            while not self._enough:
                comment, variables = action_request(self.company, Action.COMMENT, ticket, idempotencyKey=str(uuid4()))
                await self._send(client, {"query": QUERY})
                if await self._send(client, {"query": comment, "variables": variables}):
                    self.comments += 1

    async def _send(self, client: httpx.AsyncClient, body: dict[str, object]) -> bool:
        """Send one request, once; return whether it was answered."""
        try:
            response = await client.post(self.url, json=body)
        except httpx.TransportError as error:
            self.failures.append(repr(error))
            return False
        if response.status_code != httpx.codes.OK or "errors" in response.json():
            self.failures.append(f"{response.status_code} {response.text[:200]}")
            return False
        self.answered += 1
        return True


async def restart_each(company: Company, times: int, *, drain_seconds: str, changes: Mapping[str, str]) -> Load:
    """Restart two servers behind nginx so often, one after the other, under load; return what the clients count.

    `changes`: of examples/nginx.conf, other texts for texts.
    """

    def start(port: int = 0) -> Server:
        return Server(company.database, port, OSIT_DRAIN_SECONDS=drain_seconds, **OPTIONS)

    servers = [start(), start()]
    nginx = None
    try:
        for server in servers:
            await asyncio.to_thread(server.wait)
        nginx = await asyncio.to_thread(Nginx, *(server.port for server in servers), changes=changes)
        load = Load(company, nginx.url)
        async with load.running():
            for number in [0, 1] * times:
                await asyncio.to_thread(servers[number].end)
                servers[number] = start(servers[number].port)
                await asyncio.to_thread(servers[number].wait)
        return load
    finally:
        if nginx:
            nginx.stop()
        for server in servers:
            server.kill()
            server.end()
