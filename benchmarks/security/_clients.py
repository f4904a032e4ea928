"""Clients that never give up: each request has its key, and is sent until it is answered, and then sometimes again."""

import asyncio
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from osit_graphql.domain.enums import Action
from tests.company import Company
from tests.documents import DOCUMENTS, valid_input

PATIENCE = 5.0  # seconds for an answer
PAUSE = 0.03  # seconds before a request is sent again
AGAIN = 0.6  # of what was answered is sent once more


@dataclass
class Ledger:
    """The history row that each key was acknowledged with, how much was sent, and what was answered otherwise later."""

    rows: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    again: int = 0
    doubles: list[str] = field(default_factory=list)
    refused: list[Any] = field(default_factory=list)


@dataclass
class Client:
    """Somebody at work on a few tickets, through an API that comes and goes."""

    company: Company
    url: str
    tickets: int
    ledger: Ledger
    chance: random.Random

    async def work(self, enough: Callable[[], bool]) -> None:
        """Send requests until it is enough, and each until it is answered."""
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            while not enough():
                await self._do(http)

    async def _do(self, http: httpx.AsyncClient) -> None:
        key = str(uuid.UUID(int=self.chance.getrandbits(128)))
        who, document, variables = self._choose(key)
        row = await self._insist(http, who, document, variables)
        if row is None:
            return
        self.ledger.rows[key] = row
        while self.chance.random() < AGAIN:
            self.ledger.again += 1
            if await self._insist(http, who, document, variables) != row:
                self.ledger.doubles.append(key)

    def _choose(self, key: str) -> tuple[str, str, Mapping[str, Any]]:
        said = {"comment": key, "idempotencyKey": key}
        if self.chance.random() < 0.2:  # noqa: PLR2004 - one in five opens a ticket
            return "operator", DOCUMENTS[Action.CREATE], {"input": valid_input(self.company, Action.CREATE, **said)}
        action = self.chance.choice((Action.COMMENT, Action.COMMENT, Action.LOG_INTERVENTION))
        variables = {"id": self.company.id(self.chance.randint(1, self.tickets))}
        return "developer", DOCUMENTS[action], {**variables, "input": valid_input(self.company, action, **said)}

    async def _insist(
        self, http: httpx.AsyncClient, who: str, document: str, variables: Mapping[str, Any]
    ) -> str | None:
        """Return the history row that was acknowledged; None for a refusal, which is noted."""
        while True:
            self.ledger.sent += 1
            answer = await self._send(http, who, document, variables)
            if answer is not None:
                [payload] = answer.values()
                if payload["userErrors"] == []:
                    return str(payload["activity"]["id"])
                if payload["userErrors"][0]["code"] != "IDEMPOTENCY_IN_PROGRESS":
                    self.ledger.refused.append(payload["userErrors"])
                    return None
            self.ledger.again += 1
            await asyncio.sleep(PAUSE)

    async def _send(self, http: httpx.AsyncClient, who: str, document: str, variables: Mapping[str, Any]) -> Any:
        """Return the data, None when nobody knows what became of it."""
        headers = {"Authorization": f"Bearer {self.company.tokens[who]}"}
        try:
            response = await http.post(self.url, json={"query": document, "variables": variables}, headers=headers)
            body = response.json()
        except (httpx.HTTPError, ValueError):
            return None
        return None if body.get("errors") else body.get("data")
