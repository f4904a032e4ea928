"""Errors in responses: codes, masked internal errors, and messages in the language of the client."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from graphql import ExecutionResult, GraphQLError
from strawberry.extensions import SchemaExtension
from structlog.testing import capture_logs

from tests.http.exchange import JSON, ask, codes, messages
from tests.http.schema import SECRET, make_app


@pytest.mark.parametrize("query", ["{ broken }", "{ brokenRequired }", "{ notANumber }", "{ absent }"])
async def test_an_internal_error_is_masked_and_logged(client: httpx.AsyncClient, query: str) -> None:
    with capture_logs() as logs:
        response = await ask(client, query, x_request_id="fault-1")
    assert (response.status_code, codes(response)) == (200, ["INTERNAL_SERVER_ERROR"])
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "fault-1"}
    assert error["path"] == [query.strip("{ }")]
    assert error["locations"] == [{"line": 1, "column": 3}]
    assert "data" in response.json()
    assert not any(word in response.text for word in (SECRET, "RuntimeError", "None"))
    faults = [entry for entry in logs if entry["log_level"] == "error"]
    assert [entry["event"] for entry in faults] == ["fault"]
    assert isinstance(faults[0]["exc_info"], Exception)


@pytest.mark.parametrize(
    ("query", "code", "extensions"),
    [
        ("{ forbidden }", "FORBIDDEN", {}),
        ("{ refused(first: 1) }", "BAD_USER_INPUT", {"argument": ["first"]}),
    ],
)
async def test_a_request_error_keeps_its_code(
    client: httpx.AsyncClient, query: str, code: str, extensions: dict[str, Any]
) -> None:
    with capture_logs() as logs:
        response = await ask(client, query)
    assert response.status_code == 200
    assert response.json()["errors"][0]["extensions"] == {"code": code, **extensions}
    assert {entry["log_level"] for entry in logs} == {"info"}


VARIABLES: list[tuple[str, dict[str, Any], str]] = [
    ("query($n: Int!) { number(n: $n) }", {}, "$n manque : Int! est attendu"),
    ("query($n: Int!) { number(n: $n) }", {"n": None}, "$n ne peut pas être null"),
    ("query($n: Int! = 3, $m: Int!) { number(n: $n) m: number(n: $m) }", {}, "$m manque : Int! est attendu"),
    ("query($n: Int) { number(n: $n) }", {"n": "a"}, "$n n'est pas valable : Int est attendu"),
    ("query($n: Int) { number(n: $n) }", {"n": 2**40}, "$n n'est pas valable : Int est attendu"),
    ("query($on: Date!) { day(on: $on) }", {"on": "2026-02-30"}, "$on n'est pas valable : Date est attendu"),
    ("query($on: Date!) { day(on: $on) }", {"on": 5}, "$on n'est pas valable : Date est attendu"),
    ("query($v: Fragile!) { fragile(value: $v) }", {"v": "x"}, "$v n'est pas valable : Fragile est attendu"),
    ("query($b: [Box!]!) { boxes(boxes: $b) }", {"b": [{"width": 1}, {"width": "x"}]}, "$b.1.width n'est pas valable"),
    ("query($b: [Box!]!) { boxes(boxes: $b) }", {"b": {}}, "$b.width manque : Int! est attendu"),
    ("query($b: [Box!]!) { boxes(boxes: $b) }", {"b": 1}, "$b n'est pas valable : Box est attendu"),
    ("query($b: [Box!]!) { boxes(boxes: $b) }", {"b": {"width": 1, "depth": 2}}, "a un champ que Box ne connaît pas"),
    ("query($by: By!) { find(by: $by) }", {"by": {}}, "$by a exactement un champ de By"),
    ("query($by: By!) { find(by: $by) }", {"by": {"id": "1", "number": 2}}, "$by a exactement un champ de By"),
    ("query($by: By!) { find(by: $by) }", {"by": {"id": None}}, "$by a exactement un champ de By"),
]


@pytest.mark.parametrize(("query", "variables", "sentence"), VARIABLES)
async def test_an_invalid_variable_is_named(
    client: httpx.AsyncClient, query: str, variables: dict[str, Any], sentence: str
) -> None:
    with capture_logs() as logs:
        response = await ask(client, query, variables)
        older = await ask(client, query, variables, accept=JSON)
    assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])
    assert (older.status_code, older.json()) == (200, response.json())
    assert sentence in messages(response)[0]
    assert response.json()["errors"][0]["locations"]
    assert "data" not in response.json()
    assert SECRET not in response.text
    assert {entry["log_level"] for entry in logs} == {"info"}


async def test_a_scalar_can_raise_a_request_error(client: httpx.AsyncClient) -> None:
    for response in (
        await ask(client, "query($v: Careful!) { careful(value: $v) }", {"v": "x"}),
        await ask(client, '{ careful(value: "x") }'),
    ):
        assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])
        assert messages(response) == ["Cette date ne peut pas être dans le futur."]
        assert response.json()["errors"][0]["extensions"]["argument"] == ["at"]


@pytest.mark.parametrize(
    "query",
    [
        '{ day(on: "2026-02-30") }',
        "{ day(on: 5) }",
        '{ fragile(value: "x") }',
    ],
)
async def test_an_invalid_literal_reveals_no_python(client: httpx.AsyncClient, query: str) -> None:
    response = await ask(client, query)
    assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])
    assert messages(response) == ["Cette valeur n'est pas valable."]


async def test_a_null_for_an_optional_field_is_named(client: httpx.AsyncClient) -> None:
    response = await ask(client, "{ boxes(boxes: [{width: 1, note: null}]) }")
    assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])
    assert messages(response) == ["« note » ne peut pas être null : ne le donnez pas."]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query($n: Int = 3) { number(n: $n) }", {"n": None}),
        ("query($b: [Box!]!) { boxes(boxes: $b) }", {"b": [{"width": 1, "note": None}]}),
        ("query($s: Boolean = true) { hello @skip(if: $s) }", {"s": None}),
        ("query($id: ID = 1) { find(by: {id: $id}) }", {"id": None}),
    ],
)
async def test_null_for_a_required_argument_is_a_client_error(
    client: httpx.AsyncClient, query: str, variables: dict[str, Any]
) -> None:
    with capture_logs() as logs:
        response = await ask(client, query, variables)
    assert response.status_code in {200, 400}
    assert set(codes(response)) <= {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}
    assert codes(response)
    assert not any(word in message for message in messages(response) for word in ("None", "Maybe["))
    assert {entry["log_level"] for entry in logs} == {"info"}


async def test_messages_are_french_unless_english_is_preferred(client: httpx.AsyncClient) -> None:
    french = await ask(client, "{ forbidden language }")
    english = await ask(client, "{ forbidden language }", accept_language="en-GB, fr;q=0.5")
    assert messages(french) == ["Vos rôles ne le permettent pas."]
    assert messages(english) == ["Your roles do not allow this."]
    assert codes(french) == codes(english)
    assert [answer.json()["data"]["language"] for answer in (french, english)] == ["fr", "en"]
    assert [answer.headers["Content-Language"] for answer in (french, english)] == ["fr", "en"]
    invalid = await ask(client, "{ nope }")
    assert messages(invalid) == ["La requête n'est pas valide : Cannot query field 'nope' on type 'Query'."]


class Raising(SchemaExtension):
    def on_execute(self) -> Iterator[None]:
        raise RuntimeError(SECRET)
        yield


class Failing(SchemaExtension):
    def on_execute(self) -> Iterator[None]:
        error = GraphQLError(SECRET, original_error=RuntimeError(SECRET))
        self.execution_context.result = ExecutionResult(data=None, errors=[error])
        yield


@pytest.mark.parametrize("extension", [Raising, Failing])
async def test_an_error_of_an_extension_is_500(extension: type[SchemaExtension]) -> None:
    transport = httpx.ASGITransport(app=make_app(extensions=[extension]))
    async with httpx.AsyncClient(transport=transport, base_url="http://osit.test") as client:
        with capture_logs() as logs:
            response = await ask(client, "{ hello }", x_request_id="fault-2")
    assert (response.status_code, codes(response)) == (500, ["INTERNAL_SERVER_ERROR"])
    assert response.json()["errors"][0]["extensions"]["requestId"] == "fault-2"
    assert SECRET not in response.text
    assert [entry["event"] for entry in logs] == ["fault", "request"]
