"""Trusted documents: asked for by their hash in every form in use, perhaps the only ones that run, checked at start."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from osit_graphql.domain.errors import SetupError
from osit_graphql.http import NoIntrospection, RequestLog, TrustedDocuments, endpoint, read_manifests
from tests.http.exchange import GRAPHQL, JSON, codes
from tests.http.schema import make_context, make_schema

NUMBER = "query Number($n: Int!) { number(n: $n) }"
TWO = "query One { hello } query Two { number(n: 2) }"
WRITE = "mutation Write { write }"
FREE = "{ hello }"


def digest(text: str, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, text.encode()).hexdigest()


MANIFEST = {
    f"sha256:{digest(NUMBER)}": NUMBER,  # graphql-codegen
    digest(WRITE): WRITE,
    digest(TWO, "md5"): TWO,  # Relay, as it comes
    digest(TWO, "sha1"): TWO,
}
VARIABLES = {"n": 7}
FORMS: dict[str, Callable[[str], dict[str, Any]]] = {
    "the draft's": lambda identifier: {"documentId": f"sha256:{identifier}"},
    "the draft's, bare": lambda identifier: {"documentId": identifier},
    "Relay's": lambda identifier: {"doc_id": identifier},
    "Apollo's": lambda identifier: {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": identifier}}},
    "urql's, with graphql-codegen's hash": lambda identifier: {
        "query": None,
        "extensions": {"persistedQuery": {"version": 1, "sha256Hash": f"sha256:{identifier}"}},
    },
}


@asynccontextmanager
async def serve(place: Path, manifest: Mapping[str, object], *, only: bool = False) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the little schema with this manifest."""
    file = place / "documents.json"
    file.write_text(json.dumps(manifest))
    schema = make_schema(rules=[NoIntrospection])
    trusted = TrustedDocuments(read_manifests([file], schema.documents), only=only)
    app = Starlette(routes=[endpoint(schema, make_context, trusted=trusted)], middleware=[Middleware(RequestLog)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://osit.test") as client:
        yield client


@pytest.fixture(params=[False, True], ids=["free", "only"])
async def client(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(tmp_path, MANIFEST, only=request.param) as client:
        yield client


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(tmp_path, MANIFEST, only=True) as client:
        yield client


@pytest.mark.parametrize("form", FORMS)
async def test_a_document_is_asked_for_by_its_hash(client: httpx.AsyncClient, form: str) -> None:
    asked = FORMS[form](digest(NUMBER))
    posted = await client.post("/graphql", json=asked | {"variables": VARIABLES, "operationName": "Number"})
    parameters = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in asked.items() if value
    }
    got = await client.get("/graphql", params=parameters | {"variables": json.dumps(VARIABLES)})
    assert posted.json() == got.json() == {"data": {"number": 7}}


@pytest.mark.parametrize("algorithm", ["md5", "sha1"])
async def test_by_whichever_hash_its_tool_gave_it(client: httpx.AsyncClient, algorithm: str) -> None:
    asked = {"doc_id": digest(TWO, algorithm), "operationName": "Two"}
    assert (await client.post("/graphql", json=asked)).json() == {"data": {"number": 2}}


async def test_a_mutation_by_its_hash_still_needs_a_post(client: httpx.AsyncClient) -> None:
    assert (await client.post("/graphql", json={"doc_id": digest(WRITE)})).json() == {"data": {"write": "written"}}
    assert (await client.get("/graphql", params={"doc_id": digest(WRITE)})).status_code == 405


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 400)])
@pytest.mark.parametrize("form", FORMS)
async def test_an_unknown_hash_is_said_as_apollo_says_it(
    client: httpx.AsyncClient, form: str, accept: str, status: int
) -> None:
    response = await client.post("/graphql", json=FORMS[form]("0" * 64), headers={"Accept": accept})
    assert (response.status_code, codes(response)) == (status, ["PERSISTED_QUERY_NOT_FOUND"])
    assert "data" not in response.json()
    assert response.headers["cache-control"] == "private, no-store"


async def test_nothing_is_registered_by_asking(tmp_path: Path) -> None:
    """What Apollo Client sends after a miss runs as the text that it is, and leaves nothing behind."""
    asked = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(FREE)}}}
    async with serve(tmp_path, MANIFEST) as client:
        assert codes(await client.post("/graphql", json=asked)) == ["PERSISTED_QUERY_NOT_FOUND"]
        assert (await client.post("/graphql", json=asked | {"query": FREE})).json() == {
            "data": {"hello": "bonjour monde"}
        }
        assert codes(await client.post("/graphql", json=asked)) == ["PERSISTED_QUERY_NOT_FOUND"]


@pytest.mark.parametrize("also", [{}, {"doc_id": digest(NUMBER)}, {"documentId": digest(NUMBER)}])
async def test_where_only_they_run_nothing_else_does(strict: httpx.AsyncClient, also: dict[str, str]) -> None:
    for text in (FREE, f"{NUMBER} ", "{ __typename }"):
        for asking in (strict.post("/graphql", json={"query": text, **also}),
                       strict.get("/graphql", params={"query": text, **also})):  # fmt: skip
            assert codes(await asking) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_their_very_text_is_as_good_as_their_hash(strict: httpx.AsyncClient) -> None:
    response = await strict.post("/graphql", json={"query": NUMBER, "variables": VARIABLES})
    assert response.json() == {"data": {"number": 7}}


@pytest.mark.parametrize(
    "asked",
    [{"documentId": 1}, {"doc_id": ["x"]}, {"extensions": {"persistedQuery": "x"}}, {"documentId": ""}, {},
     {"extensions": {"persistedQuery": {"sha256Hash": 1}}}, {"extensions": {"persistedQuery": {}}}],
)  # fmt: skip
async def test_a_hash_is_a_text(client: httpx.AsyncClient, asked: dict[str, Any]) -> None:
    response = await client.post("/graphql", json=asked)
    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


async def test_they_are_never_pushed_out_of_memory(tmp_path: Path) -> None:
    file = tmp_path / "documents.json"
    file.write_text(json.dumps(MANIFEST))
    documents = make_schema().documents
    read_manifests([file], documents)
    first = documents.prepare(NUMBER)
    for index in range(300):
        documents.prepare(f"{{ a{index}: hello }}")
    assert documents.prepare(NUMBER) is first


BAD: dict[str, tuple[str, str]] = {
    "can't be read": ("query {", "The document can't be read"),
    "isn't valid": ("{ nope }", "Cannot query field"),
    "is too long": ("{ " + "hello " * 5_000 + "}", "characters"),
    "introspects": ("{ __schema { queryType { name } } }", "Introspection is not offered"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_document_that_could_not_run_stops_the_start(tmp_path: Path, name: str) -> None:
    text, reason = BAD[name]
    with pytest.raises(SetupError) as refused:
        async with serve(tmp_path, MANIFEST | {digest(text): text}):
            pass
    assert digest(text) in str(refused.value)
    assert reason in str(refused.value)
    assert digest(NUMBER) not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        (digest(NUMBER), FREE, "is not the sha256 of its text"),
        (digest(NUMBER, "md5"), FREE, "is not the md5 of its text"),
        ("desk-42", FREE, "is no SHA-256, SHA-1 or MD5"),
        (digest(FREE).upper(), FREE, "is not the sha256 of its text"),
        (digest(FREE), {"text": FREE}, "it is no text"),
    ],
)
async def test_a_hash_that_is_not_its_documents_stops_the_start(
    tmp_path: Path, name: str, text: object, reason: str
) -> None:
    with pytest.raises(SetupError, match=reason):
        async with serve(tmp_path, {name: text}):
            pass


@pytest.mark.parametrize(
    ("content", "reason"), [("{", "is not JSON"), ("[]", "is not one JSON object"), (None, "read")]
)
def test_a_file_that_is_no_manifest_stops_the_start(tmp_path: Path, content: str | None, reason: str) -> None:
    file = tmp_path / "manifest.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SetupError, match=reason) as refused:
        read_manifests([file], make_schema().documents)
    assert str(file) in str(refused.value)
