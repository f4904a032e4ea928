"""Clients that send each request, with its idempotency key, until it is answered, and sometimes again."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from osit_graphql.domain.enums import Action
from tests.company import Company
from tests.documents import DOCUMENTS, valid_input

RESPONSE_TIMEOUT_S = 5.0  # seconds for a response
RETRY_PAUSE_S = 0.03  # seconds before a request is sent again
REPEAT_SHARE = 0.6  # share of answered requests that are sent again


@dataclass
class Ledger:
    """The activity acknowledged for each key, numbers of requests, repeated requests with another response, errors."""

    rows: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    again: int = 0
    doubles: list[str] = field(default_factory=list)
    refused: list[Any] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)


@dataclass
class Client:
    """A client that works on a few tickets through servers that are sometimes down."""

    company: Company
    urls: Sequence[str]
    tickets: int
    ledger: Ledger
    chance: random.Random

    async def work(self, enough: Callable[[], bool]) -> None:
        """Send requests until `enough()`, each until it is answered."""
        async with httpx.AsyncClient(timeout=RESPONSE_TIMEOUT_S) as http:
            while not enough():
                await self._do(http)

    async def _do(self, http: httpx.AsyncClient) -> None:
        key = str(uuid.UUID(int=self.chance.getrandbits(128)))
        who, document, variables = self._choose(key)
        row = await self._send_until_answered(http, who, document, variables)
        if row is None:
            return
        self.ledger.rows[key] = row
        while self.chance.random() < REPEAT_SHARE:
            self.ledger.again += 1
            if await self._send_until_answered(http, who, document, variables) != row:
                self.ledger.doubles.append(key)

    def _choose(self, key: str) -> tuple[str, str, Mapping[str, Any]]:
        input_ = {"comment": key, "idempotencyKey": key}
        if self.chance.random() < 0.2:  # noqa: PLR2004 - one in five opens a ticket
            return "operator", DOCUMENTS[Action.CREATE], {"input": valid_input(self.company, Action.CREATE, **input_)}
        action = self.chance.choice((Action.COMMENT, Action.COMMENT, Action.LOG_INTERVENTION))
        variables = {"id": self.company.id(self.chance.randint(1, self.tickets))}
        return "developer", DOCUMENTS[action], {**variables, "input": valid_input(self.company, action, **input_)}

    async def _send_until_answered(
        self, http: httpx.AsyncClient, who: str, document: str, variables: Mapping[str, Any]
    ) -> str | None:
        """Return the acknowledged activity; None for a refusal, which is recorded."""
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
            await asyncio.sleep(RETRY_PAUSE_S)

    async def _send(self, http: httpx.AsyncClient, who: str, document: str, variables: Mapping[str, Any]) -> Any:
        """Return the data of the response, None if it got lost."""
        headers = {"Authorization": f"Bearer {self.company.tokens[who]}"}
        try:
            response = await http.post(
                self.chance.choice(self.urls), json={"query": document, "variables": variables}, headers=headers
            )
            body = response.json()
        except (httpx.HTTPError, ValueError):
            self.ledger.codes["no response"] += 1
            return None
        self.ledger.codes.update(error["extensions"]["code"] for error in body.get("errors", ()))
        return None if body.get("errors") else body.get("data")
