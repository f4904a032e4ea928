"""The probes of graphql-cop, the public auditor, in the production profile: its requests, its reading of the answers.

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
    """Send a document as the auditor does; its answer as JSON."""
    return (await client.post("/graphql", json={"query": document})).json()


def data_of(answer: Any) -> Any:
    return (answer.get("data") if isinstance(answer, dict) else None) or {}


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
    answer = (await client.post("/graphql", json=[{"query": "query { __typename }"}] * 11)).json()
    return isinstance(answer, list)


async def find_field_duplication(client: httpx.AsyncClient) -> bool:
    return "__typename" in data_of(await post(client, f"query {{ {'__typename ' * 500} }}"))


async def find_directive_overloading(client: httpx.AsyncClient) -> bool:
    answer = await post(client, f"query {{ __typename {'@aa' * 10} }}")
    return len(answer.get("errors", ())) == 10


async def find_circular_fragments(client: httpx.AsyncClient) -> bool:
    answer = await post(client, "query { ...A } fragment A on Query { ...B } fragment B on Query { ...A }")
    return bool(data_of(answer)) or not answer.get("errors")


async def find_field_suggestions(client: httpx.AsyncClient) -> bool:
    answers = [await post(client, text) for text in ("query { __schema { directive } }", "query { tickts { nodes } }")]
    return "did you mean" in str(answers).lower()


async def find_get_queries(client: httpx.AsyncClient) -> bool:
    answer = await client.get("/graphql", params={"query": "{ __typename }"})
    return "__typename" in data_of(answer.json())


async def find_get_mutations(client: httpx.AsyncClient) -> bool:
    answer = await client.get("/graphql", params={"query": "mutation { __typename }"})
    return "__typename" in data_of(answer.json())


async def find_post_of_a_form(client: httpx.AsyncClient) -> bool:
    asked = {"query": "query { __typename }"}
    answers = [await client.post("/graphql", data=asked), await client.post("/graphql", params=asked)]
    return any(data_of(answer.json()) for answer in answers)


async def find_explorer(client: httpx.AsyncClient) -> bool:
    pages = [await client.get(path, headers={"Accept": "text/html"}, follow_redirects=True) for path in PAGES]
    return any(mark in page.text for page in pages for mark in MARKS)


async def find_tracing(client: httpx.AsyncClient) -> bool:
    answer = await post(client, "query { __typename }")
    return "tracing" in str(answer) or "stacktrace" in str(answer).lower()


async def find_unhandled_errors(client: httpx.AsyncClient) -> bool:
    answer = await post(client, "qwerty cop { abc }")
    return "exception" in answer["errors"][0]["extensions"] or "traceback" in str(answer).lower()


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
async def test_the_auditor_finds_nothing_but_queries_by_get(client: httpx.AsyncClient, probe: str) -> None:
    find, meant = FINDINGS[probe]
    assert await find(client) is meant
