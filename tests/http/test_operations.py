"""The operation of a document that runs, its HTTP method, and the errors if none can run."""

from collections.abc import Iterator
from typing import Any, ClassVar

import httpx
import pytest
from graphql import DocumentNode
from strawberry.extensions import SchemaExtension
from strawberry.types.execution import PreExecutionError

from tests.http.exchange import GRAPHQL, JSON, ask, codes
from tests.http.schema import make_schema

TWO = "query A { hello } query B { number }"


@pytest.mark.parametrize("accept", [GRAPHQL, JSON, "*/*"])
@pytest.mark.parametrize(
    ("query", "name"),
    [(TWO, None), (TWO, ""), (TWO, "C"), ("{ hello }", "A"), ("query A { hello }", "a")],
)
async def test_an_ambiguous_operation_is_refused(
    client: httpx.AsyncClient, query: str, name: str | None, accept: str
) -> None:
    body = {"query": query, "operationName": name}
    response = await client.post("/graphql", json=body, headers={"Accept": accept})
    assert (response.status_code, codes(response)) == (400, ["OPERATION_RESOLUTION_FAILURE"])
    assert "data" not in response.json()


@pytest.mark.parametrize(
    ("query", "name", "data"),
    [
        (TWO, "A", {"hello": "bonjour monde"}),
        (TWO, "B", {"number": 1}),
        ("query A { number }", None, {"number": 1}),
        ("query A { number }", "", {"number": 1}),
        ("{ number }", "", {"number": 1}),
    ],
)
async def test_the_named_operation_runs(
    client: httpx.AsyncClient, query: str, name: str | None, data: dict[str, Any]
) -> None:
    response = await client.post("/graphql", json={"query": query, "operationName": name})
    assert (response.status_code, response.json()) == (200, {"data": data})


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_mutation_needs_post(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql", params={"query": "mutation { write }"})
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    if method == "GET":
        assert codes(response) == ["BAD_REQUEST"]


async def test_get_runs_a_query_of_a_document_with_a_mutation(client: httpx.AsyncClient) -> None:
    parameters = {"query": "query A { number } mutation B { write }", "operationName": "A"}
    response = await client.get("/graphql", params=parameters)
    assert (response.status_code, response.json()) == (200, {"data": {"number": 1}})


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_subscription_needs_a_websocket(client: httpx.AsyncClient, method: str) -> None:
    query = {"query": "subscription { ticks }"}
    response = await (client.get("/graphql", params=query) if method == "GET" else client.post("/graphql", json=query))
    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ hello ", "GRAPHQL_PARSE_FAILED"),
        ("\u0000", "GRAPHQL_PARSE_FAILED"),
        ("nonsense", "GRAPHQL_PARSE_FAILED"),
        ("# only a comment", "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ hello } { number }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ number(n: 99999999999) }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...Nowhere }", "GRAPHQL_VALIDATION_FAILED"),
        ("type Query { a: Int }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment F on Query { hello }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ find(by: {}) }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ find(by: {id: "1", number: 2}) }', "GRAPHQL_VALIDATION_FAILED"),
        ("{ find(by: {id: null}) }", "GRAPHQL_VALIDATION_FAILED"),
        ("{a" * 600, "OPERATION_TOO_COMPLEX"),
        ("{ hello " + "number " * 1_000 + "}", "OPERATION_TOO_COMPLEX"),
        ("#" * 20_001 + "\n{ hello }", "OPERATION_TOO_COMPLEX"),
        ("#\n" * 101 + "{ hello }", "OPERATION_TOO_COMPLEX"),
    ],
)
async def test_an_invalid_document_is_refused(client: httpx.AsyncClient, query: str, code: str) -> None:
    modern = await ask(client, query)
    assert (modern.status_code, set(codes(modern))) == (400, {code})
    assert "data" not in modern.json()
    older = await ask(client, query, accept=JSON)
    assert (older.status_code, set(codes(older))) == (200, {code})
    assert "data" not in older.json()


async def test_errors_are_limited_and_without_suggestions(client: httpx.AsyncClient) -> None:
    response = await ask(client, "{ " + " ".join(f"hell{index}" for index in range(15)) + " }")
    assert len(codes(response)) == 5
    assert "Did you mean" not in response.text
    variables = {"b": [{"widht": 1}] * 9}
    response = await ask(client, "query($b: [Box!]!) { boxes(boxes: $b) }", variables=variables)
    assert len(codes(response)) == 5
    assert "Did you mean" not in response.text


async def test_a_document_is_parsed_and_validated_once(client: httpx.AsyncClient) -> None:
    documents = make_schema().documents
    first = documents.prepare("{ hello }")
    assert documents.prepare("{ hello }") is first
    assert documents.prepare.cache_info().hits == 1


async def test_a_pinned_document_is_parsed_once_however_many_others_come() -> None:
    documents = make_schema().documents
    documents.pin(["{ hello }"])
    pinned = documents.prepare("{ hello }")
    documents.prepare.cache_clear()
    assert documents.prepare("{ hello }") is pinned
    assert documents.misses == 1  # the endpoint charges parsing for each miss


class Watching(SchemaExtension):
    seen: ClassVar[list[DocumentNode | None]] = []

    def on_execute(self) -> Iterator[None]:
        self.seen.append(self.execution_context.graphql_document)
        yield


async def test_strawberry_uses_the_cached_document() -> None:
    schema = make_schema(extensions=[Watching])
    result = await schema.execute("{ number }")
    assert result.data == {"number": 1}
    assert Watching.seen[-1] is schema.documents.prepare("{ number }").node
    assert schema.documents.prepare.cache_info().misses == 1
    for query in ("{ nope }", "{"):
        invalid = await schema.execute(query)
        assert invalid.errors
        assert invalid.data is None


async def test_a_subscription_uses_the_cached_document_too() -> None:
    schema = make_schema()
    assert [result.data async for result in await schema.subscribe("subscription { ticks }")] == [{"ticks": 1}]
    assert schema.documents.prepare.cache_info().misses == 1
    [invalid] = [result async for result in await schema.subscribe("subscription { nope { deeper } }")]
    assert isinstance(invalid, PreExecutionError)
    assert [error.message for error in invalid.errors or []] == ["Cannot query field 'nope' on type 'Subscription'."]
    [unreadable] = [result async for result in await schema.subscribe("subscription {")]
    assert isinstance(unreadable, PreExecutionError)
