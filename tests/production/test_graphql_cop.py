"""The probes of graphql-cop, a public audit tool, against the production profile, with its evaluation.

Its package on PyPI is an empty placeholder, so they are sent from here, each under its name there. The one finding
that is meant: queries by GET, which the specification of GraphQL over HTTP offers and which change nothing.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

Finds = Callable[[httpx.AsyncClient], Awaitable[bool]]
PAGES = ("/", "/graphiql", "/playground", "/console", "/graphql", "/v1/explorer", "/explore", "/altair")
MARKS = ("graphiql.min.css", "GraphQL Playground", "GraphiQL", "graphql-playground", "altair")


async def post(client: httpx.AsyncClient, document: str) -> Any:
    """Send a document as the tool does; return the response as JSON."""
    return (await client.post("/graphql", json={"query": document})).json()


def data_of(response: Any) -> Any:
    return (response.get("data") if isinstance(response, dict) else None) or {}


async def find_introspection(client: httpx.AsyncClient) -> bool:
    return "__schema" in data_of(await post(client, "query { __schema { types { name fields { name } } } }"))


async def find_circular_introspection(client: httpx.AsyncClient) -> bool:
    inner = "name"
    for _ in range(4):
        inner = f"fields {{ type {{ {inner} }} }}"
    return "__schema" in data_of(await post(client, f"query {{ __schema {{ types {{ {inner} }} }} }}"))


async def find_alias_overloading(client: httpx.AsyncClient) -> bool:
    aliases = " ".join(f"alias{index}:__typename" for index in range(101))
    return "alias100" in data_of(await post(client, f"query {{ {aliases} }}"))


async def find_array_batching(client: httpx.AsyncClient) -> bool:
    response = (await client.post("/graphql", json=[{"query": "query { __typename }"}] * 11)).json()
    return isinstance(response, list)


async def find_field_duplication(client: httpx.AsyncClient) -> bool:
    return "__typename" in data_of(await post(client, f"query {{ {'__typename ' * 500} }}"))


async def find_directive_overloading(client: httpx.AsyncClient) -> bool:
    response = await post(client, f"query {{ __typename {'@aa' * 10} }}")
    return len(response.get("errors", ())) == 10


async def find_circular_fragments(client: httpx.AsyncClient) -> bool:
    response = await post(client, "query { ...A } fragment A on Query { ...B } fragment B on Query { ...A }")
    return bool(data_of(response)) or not response.get("errors")


async def find_field_suggestions(client: httpx.AsyncClient) -> bool:
    responses = [
        await post(client, text) for text in ("query { __schema { directive } }", "query { tickts { nodes } }")
    ]
    return "did you mean" in str(responses).lower()


async def find_get_queries(client: httpx.AsyncClient) -> bool:
    response = await client.get("/graphql", params={"query": "{ __typename }"})
    return "__typename" in data_of(response.json())


async def find_get_mutations(client: httpx.AsyncClient) -> bool:
    response = await client.get("/graphql", params={"query": "mutation { __typename }"})
    return "__typename" in data_of(response.json())


async def find_post_of_a_form(client: httpx.AsyncClient) -> bool:
    parameters = {"query": "query { __typename }"}
    responses = [await client.post("/graphql", data=parameters), await client.post("/graphql", params=parameters)]
    return any(data_of(response.json()) for response in responses)


async def find_explorer(client: httpx.AsyncClient) -> bool:
    pages = [await client.get(path, headers={"Accept": "text/html"}, follow_redirects=True) for path in PAGES]
    return any(mark in page.text for page in pages for mark in MARKS)


async def find_tracing(client: httpx.AsyncClient) -> bool:
    response = await post(client, "query { __typename }")
    return "tracing" in str(response) or "stacktrace" in str(response).lower()


async def find_unhandled_errors(client: httpx.AsyncClient) -> bool:
    response = await post(client, "qwerty cop { abc }")
    return "exception" in response["errors"][0]["extensions"] or "traceback" in str(response).lower()


FINDINGS: dict[str, tuple[Finds, bool]] = {
    "introspection": (find_introspection, False),
    "introspection-based circular query": (find_circular_introspection, False),
    "alias overloading": (find_alias_overloading, False),
    "array-based query batching": (find_array_batching, False),
    "field duplication": (find_field_duplication, False),
    "directive overloading": (find_directive_overloading, False),
    "circular fragment": (find_circular_fragments, False),
    "field suggestions": (find_field_suggestions, False),
    "GET method query support": (find_get_queries, True),
    "mutation over GET": (find_get_mutations, False),
    "POST based url-encoded query": (find_post_of_a_form, False),
    "GraphQL IDE": (find_explorer, False),
    "trace mode": (find_tracing, False),
    "unhandled errors": (find_unhandled_errors, False),
}


@pytest.mark.parametrize("probe", FINDINGS)
async def test_the_probes_find_only_queries_by_get(client: httpx.AsyncClient, probe: str) -> None:
    find, meant = FINDINGS[probe]
    assert await find(client) is meant
