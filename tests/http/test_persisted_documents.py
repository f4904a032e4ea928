"""Persisted documents: run by their hash in every form in use, optionally the only ones, and checked at start."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from osit_graphql.api.validation_rules import NoIntrospection
from osit_graphql.domain.errors import SetupError
from osit_graphql.http.persisted_documents import read_manifests
from osit_graphql.http.request import PersistedDocuments
from tests.http.exchange import GRAPHQL, JSON, codes
from tests.http.schema import make_app, make_schema

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
    """Serve the test schema with this manifest."""
    file = place / "documents.json"
    file.write_text(json.dumps(manifest))
    schema = make_schema(rules=[NoIntrospection])
    persisted_documents = PersistedDocuments(read_manifests([file], schema.documents), only=only)
    app = make_app(schema, persisted_documents)
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
async def test_a_document_runs_by_its_hash(client: httpx.AsyncClient, form: str) -> None:
    parameters_or_body = FORMS[form](digest(NUMBER))
    posted = await client.post(
        "/graphql", json=parameters_or_body | {"variables": VARIABLES, "operationName": "Number"}
    )
    parameters = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in parameters_or_body.items()
        if value
    }
    got = await client.get("/graphql", params=parameters | {"variables": json.dumps(VARIABLES)})
    assert posted.json() == got.json() == {"data": {"number": 7}}


@pytest.mark.parametrize("algorithm", ["md5", "sha1"])
async def test_each_hash_algorithm_is_accepted(client: httpx.AsyncClient, algorithm: str) -> None:
    parameters_or_body = {"doc_id": digest(TWO, algorithm), "operationName": "Two"}
    assert (await client.post("/graphql", json=parameters_or_body)).json() == {"data": {"number": 2}}


async def test_a_mutation_by_hash_needs_post(client: httpx.AsyncClient) -> None:
    assert (await client.post("/graphql", json={"doc_id": digest(WRITE)})).json() == {"data": {"write": "written"}}
    assert (await client.get("/graphql", params={"doc_id": digest(WRITE)})).status_code == 405


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 400)])
@pytest.mark.parametrize("form", FORMS)
async def test_an_unknown_hash_has_apollos_error_code(
    client: httpx.AsyncClient, form: str, accept: str, status: int
) -> None:
    response = await client.post("/graphql", json=FORMS[form]("0" * 64), headers={"Accept": accept})
    assert (response.status_code, codes(response)) == (status, ["PERSISTED_QUERY_NOT_FOUND"])
    assert "data" not in response.json()
    assert response.headers["cache-control"] == "private, no-store"


async def test_clients_cannot_register_documents(tmp_path: Path) -> None:
    """A text with its hash, which Apollo Client sends after a miss, runs as a text and is not stored."""
    parameters_or_body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(FREE)}}}
    async with serve(tmp_path, MANIFEST) as client:
        assert codes(await client.post("/graphql", json=parameters_or_body)) == ["PERSISTED_QUERY_NOT_FOUND"]
        assert (await client.post("/graphql", json=parameters_or_body | {"query": FREE})).json() == {
            "data": {"hello": "bonjour monde"}
        }
        assert codes(await client.post("/graphql", json=parameters_or_body)) == ["PERSISTED_QUERY_NOT_FOUND"]


@pytest.mark.parametrize("also", [{}, {"doc_id": digest(NUMBER)}, {"documentId": digest(NUMBER)}])
async def test_other_documents_can_be_refused(strict: httpx.AsyncClient, also: dict[str, str]) -> None:
    for text in (FREE, f"{NUMBER} ", "{ __typename }"):
        for asking in (strict.post("/graphql", json={"query": text, **also}),
                       strict.get("/graphql", params={"query": text, **also})):  # fmt: skip
            assert codes(await asking) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_the_text_of_a_persisted_document_runs_too(strict: httpx.AsyncClient) -> None:
    response = await strict.post("/graphql", json={"query": NUMBER, "variables": VARIABLES})
    assert response.json() == {"data": {"number": 7}}


@pytest.mark.parametrize(
    "parameters_or_body",
    [{"documentId": 1}, {"doc_id": ["x"]}, {"extensions": {"persistedQuery": "x"}}, {"documentId": ""}, {},
     {"extensions": {"persistedQuery": {"sha256Hash": 1}}}, {"extensions": {"persistedQuery": {}}}],
)  # fmt: skip
async def test_a_hash_must_be_a_string(client: httpx.AsyncClient, parameters_or_body: dict[str, Any]) -> None:
    response = await client.post("/graphql", json=parameters_or_body)
    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


async def test_persisted_documents_are_never_evicted(tmp_path: Path) -> None:
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
async def test_an_invalid_document_stops_the_start(tmp_path: Path, name: str) -> None:
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
        (digest(NUMBER), FREE, "is not the sha256 hash of its text"),
        (digest(NUMBER, "md5"), FREE, "is not the md5 hash of its text"),
        ("desk-42", FREE, "is not a SHA-256, SHA-1 or MD5 hash"),
        (digest(FREE).upper(), FREE, "is not the sha256 hash of its text"),
        (digest(FREE), {"text": FREE}, "it is not a string"),
    ],
)
async def test_a_wrong_hash_stops_the_start(tmp_path: Path, name: str, text: object, reason: str) -> None:
    with pytest.raises(SetupError, match=reason):
        async with serve(tmp_path, {name: text}):
            pass


@pytest.mark.parametrize(("content", "reason"), [("{", "is not JSON"), ("[]", "is not a JSON object"), (None, "read")])
def test_an_invalid_manifest_stops_the_start(tmp_path: Path, content: str | None, reason: str) -> None:
    file = tmp_path / "manifest.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SetupError, match=reason) as refused:
        read_manifests([file], make_schema().documents)
    assert str(file) in str(refused.value)
