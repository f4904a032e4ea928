"""Sends GraphQL requests over HTTP and reads the responses."""

from typing import Any

import httpx

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


async def ask(
    client: httpx.AsyncClient, query: str, variables: dict[str, Any] | None = None, **headers: str
) -> httpx.Response:
    """POST a document, asking for the GraphQL type; headers are written `accept_language=…`."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"query": query, "variables": variables}
    return await client.post("/graphql", json=body, headers={"accept": GRAPHQL, **names})


def codes(response: httpx.Response) -> list[str]:
    """The codes of an answer's errors."""
    return [error["extensions"]["code"] for error in response.json().get("errors", [])]


def messages(response: httpx.Response) -> list[str]:
    """The sentences of an answer's errors."""
    return [error["message"] for error in response.json().get("errors", [])]
