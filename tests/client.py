"""A client of the API: GraphQL documents over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from starlette.applications import Starlette

from osit_graphql.db.engine import Database
from osit_graphql.server.app import build
from osit_graphql.settings import Settings


@dataclass(frozen=True)
class ApiResponse:
    """One response with its `data` and `errors`."""

    status: int
    data: Any
    errors: list[dict[str, Any]] = field(default_factory=list)
    text: str = ""

    @property
    def codes(self) -> list[str]:
        """The codes of the top-level errors."""
        return [error["extensions"]["code"] for error in self.errors]


class Api:
    """A client of the application in process."""

    def __init__(self, settings: Settings, database: Database, application: Starlette | None = None) -> None:
        transport = httpx.ASGITransport(app=application or build(settings, database))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://osit.test")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def ask(
        self, token: str | None, document: str, variables: Mapping[str, Any] | None = None, language: str = "en"
    ) -> ApiResponse:
        """Send a document with this token, or without one."""
        headers = {"Accept-Language": language} | ({"Authorization": f"Bearer {token}"} if token else {})
        response = await self.http.post(
            "/graphql", json={"query": document, "variables": dict(variables or {})}, headers=headers
        )
        body = response.json()
        return ApiResponse(response.status_code, body.get("data"), body.get("errors", []), response.text)

    async def read(self, token: str, document: str, **variables: Any) -> Any:
        """Send a query that must succeed; return its data."""
        answer = await self.ask(token, document, variables)
        assert answer.errors == [], answer.errors
        return answer.data

    async def act(self, token: str, document: str, **variables: Any) -> Any:
        """Send one mutation that must be accepted; return its payload."""
        payload = await self._payload(token, document, variables)
        assert payload["userErrors"] == [], payload["userErrors"]
        return payload

    async def refusal(self, token: str, document: str, **variables: Any) -> list[tuple[str, str]]:
        """Send one mutation that must be refused; return (path, code) of each user error."""
        payload = await self._payload(token, document, variables)
        assert payload["userErrors"], payload
        return [(".".join(error["field"]), error["code"]) for error in payload["userErrors"]]

    async def _payload(self, token: str, document: str, variables: Mapping[str, Any]) -> Any:
        answer = await self.ask(token, document, variables)
        assert answer.errors == [], answer.errors
        [payload] = answer.data.values()
        return payload
