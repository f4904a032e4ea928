"""Clients that write to several servers and retry with the same idempotency key until a server acknowledges."""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from tests.waiting import HANG_TIMEOUT_S

DESK = """{ users(roles: [REQUESTER], first: 1) { nodes { id } } applications { id } services { id } }"""
CREATE = """mutation ($i: TicketCreateInput!) { ticketCreate(input: $i) {
    ticket { id number title } userErrors { code field message } } }"""
COMMENT = """mutation ($id: ID!, $i: TicketCommentInput!) { ticketComment(id: $id, input: $i) {
    activity { id } userErrors { code field message } } }"""
RETRIED = {"UNAVAILABLE", "IDEMPOTENCY_IN_PROGRESS"}
PAUSE_S = 0.05
Choose = Callable[[], str]
"""Returns the URL of a server for the next attempt."""


@dataclass
class Write:
    """An acknowledged write: its request, its first response, and the server that sent it."""

    document: str
    variables: dict[str, Any]
    payload: dict[str, Any]
    server: str


@dataclass
class Writers:
    """Several clients of one operator; `failures` counts attempts that were repeated, by server and reason."""

    token: str
    choose: Choose
    acknowledged: list[Write] = field(default_factory=list)
    failures: dict[tuple[str, str], int] = field(default_factory=dict)
    stopped: bool = False
    _desk: dict[str, Any] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    async def run(self, clients: int) -> None:
        """Write until `stopped`: each client creates a ticket and comments on it, again and again."""
        async with httpx.AsyncClient(trust_env=False, timeout=HANG_TIMEOUT_S) as http:
            self._desk = (await ask(http, self.choose(), self.token, DESK))["data"]
            async with asyncio.TaskGroup() as group:
                for _ in range(clients):
                    group.create_task(self._write(http))

    async def _write(self, http: httpx.AsyncClient) -> None:
        while not self.stopped:
            title = f"Essai {next(self._numbers)}"
            fields = {"title": title, "description": "Essai", "severity": "MINOR", "criticality": "BLOCKING"}
            places = {
                "requesterId": self._desk["users"]["nodes"][0]["id"],
                "applicationId": self._desk["applications"][0]["id"],
                "serviceId": self._desk["services"][0]["id"],
            }
            created = await self._until_acknowledged(http, CREATE, {"i": fields | places})
            variables = {"id": created["ticket"]["id"], "i": {"comment": f"Commentaire de {title}"}}
            await self._until_acknowledged(http, COMMENT, variables)

    async def _until_acknowledged(
        self, http: httpx.AsyncClient, document: str, variables: dict[str, Any]
    ) -> dict[str, Any]:
        variables["i"]["idempotencyKey"] = str(uuid.uuid4())
        while True:
            server = self.choose()
            try:
                answer = await ask(http, server, self.token, document, variables)
            except (httpx.TransportError, ValueError) as error:
                reason = type(error).__name__
            else:
                [payload] = (answer.get("data") or {"": None}).values()
                errors = answer.get("errors") or payload["userErrors"]
                if not errors:
                    self.acknowledged.append(Write(document, variables, payload, server))
                    return dict(payload)
                reason = errors[0].get("code") or errors[0]["extensions"]["code"]
                assert reason in RETRIED, answer
            self.failures[server, reason] = self.failures.get((server, reason), 0) + 1
            await asyncio.sleep(PAUSE_S)


async def ask(
    http: httpx.AsyncClient, server: str, token: str | None, document: str, variables: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Send one request; return the parsed response. Raises ValueError for a body that is no JSON."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"query": document, "variables": variables or {}}
    response = await http.post(f"{server}/graphql", json=body, headers=headers)
    return dict(response.json())
