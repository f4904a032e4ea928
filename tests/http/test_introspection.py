"""With introspection off, no document reads the schema."""

from collections.abc import AsyncIterator

import httpx
import pytest

from osit_graphql.api.validation_rules import NoIntrospection
from tests.http.exchange import ask, codes
from tests.http.schema import make_app

TOP = "{ queryType { name } }"
PATHS = {
    "plain": f"{{ __schema {TOP} }}",
    "under an alias": f"{{ hello: __schema {TOP} }}",
    "in a fragment": f"{{ ...F }} fragment F on Query {{ __schema {TOP} }}",
    "in an inline fragment": f"{{ ... on Query {{ __schema {TOP} }} }}",
    "in a fragment of another": f"{{ ...F }} fragment F on Query {{ ...G }} fragment G on Query {{ __schema {TOP} }}",
    "in a mutation": f"mutation {{ __schema {TOP} }}",
    "in an operation that does not run": f"query A {{ hello }} query B {{ __schema {TOP} }}",
    "skipped by a variable": f"query A($s: Boolean = false) {{ __schema @skip(if: $s) {TOP} }}",
    "fields of a type": '{ __type(name: "Query") { fields { name type { fields { name } } } } }',
    "fields of a type, under an alias": '{ t: __type(name: "Query") { name: fields { name } } }',
    "fields of a type, in a fragment": '{ __type(name: "Query") { ...F } } fragment F on __Type { fields { name } }',
    "fields of an input": '{ __type(name: "Box") { inputFields { name } } }',
    "values of an enumeration": '{ __type(name: "__TypeKind") { enumValues { name } } }',
    "what implements it": '{ __type(name: "Query") { possibleTypes { name } interfaces { name } } }',
    "its description": '{ __type(name: "Query") { description } }',
}


@pytest.fixture(scope="module")
async def closed() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=make_app(rules=[NoIntrospection]))
    async with httpx.AsyncClient(transport=transport, base_url="http://osit.test") as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
async def test_no_document_reads_the_schema(closed: httpx.AsyncClient, path: str) -> None:
    response = await ask(closed, PATHS[path], accept_language="en")
    refused = [code for code in codes(response) if code == "INTROSPECTION_DISABLED"]
    assert (response.status_code, len(refused)) == (400, 1), response.text
    assert "data" not in response.json()


@pytest.mark.parametrize("path", PATHS)
async def test_each_document_is_valid_with_introspection_on(client: httpx.AsyncClient, path: str) -> None:
    """None of the documents is refused for another reason."""
    response = await ask(client, PATHS[path], accept_language="en")
    assert codes(response) in ([], ["OPERATION_RESOLUTION_FAILURE"], ["GRAPHQL_VALIDATION_FAILED"])
    assert ("mutation" in path) or codes(response) != ["GRAPHQL_VALIDATION_FAILED"], response.text


async def test_the_name_of_a_type_can_be_read(closed: httpx.AsyncClient) -> None:
    """Public audit tools send this to test variables."""
    response = await ask(closed, "query($n: String!) { __type(name: $n) { kind name __typename } }", {"n": "Query"})
    assert response.json() == {"data": {"__type": {"kind": "OBJECT", "name": "Query", "__typename": "__Type"}}}


async def test_typename_still_works(closed: httpx.AsyncClient) -> None:
    assert (await ask(closed, "{ __typename hello }")).json()["data"]["__typename"] == "Query"
