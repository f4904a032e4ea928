"""Arbitrary input always gets a GraphQL response in JSON, and never an internal error."""

from typing import Any

import httpx
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.http.exchange import GRAPHQL, JSON
from tests.http.schema import make_app

QUERIES = ["{ hello }", "query A($n: Int!, $b: [Box!]) { number(n: $n) boxes(boxes: $b) }", "mutation B { write }", "{"]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
parameters = st.fixed_dictionaries(
    {"query": st.sampled_from(QUERIES) | st.text()},
    optional={
        "operationName": st.sampled_from(["A", "B", "", None]) | json_values,
        "variables": st.fixed_dictionaries({"n": json_values, "b": json_values}) | json_values,
        "extensions": json_values,
    },
)


def _encode(value: Any) -> bytes:
    """Encode as orjson does, or in Python's notation, which is no JSON."""
    try:
        return orjson.dumps(value)
    except (TypeError, ValueError):
        return repr(value).encode("utf-8", "surrogatepass")


bodies = st.binary() | json_values.map(_encode) | parameters.map(_encode)
media_types = st.sampled_from([JSON, GRAPHQL, "*/*", "text/html", f"{JSON};charset=utf-8", ""])
tokens = st.text(st.characters(min_codepoint=33, max_codepoint=126)).map(str.encode)


async def _send(method: str, content: bytes, headers: dict[str, bytes | str], path: str = "/graphql") -> httpx.Response:
    transport = httpx.ASGITransport(app=APP)
    async with httpx.AsyncClient(transport=transport, base_url="http://osit.test") as client:
        return await client.request(method, path, content=content, headers=headers)  # type: ignore[arg-type]


APP = make_app()


def _check(response: httpx.Response) -> None:
    assert response.status_code < 500
    body = response.json()
    assert body.keys() <= {"data", "errors", "extensions"}
    for error in body.get("errors", []):
        assert error["message"]
        assert error["extensions"]["code"] != "INTERNAL_SERVER_ERROR"
    if response.status_code != 200:
        assert "data" not in body


@settings(max_examples=300, deadline=None)
@given(content=bodies, content_type=media_types, accept=media_types, token=tokens)
async def test_no_body_causes_an_internal_error(content: bytes, content_type: str, accept: str, token: bytes) -> None:
    headers: dict[str, bytes | str] = {"Content-Type": content_type, "Accept": accept}
    _check(await _send("POST", content, headers))
    _check(await _send("POST", content, {**headers, "Authorization": token, "X-Request-Id": token}))


@settings(max_examples=200, deadline=None)
@given(content=parameters.map(_encode))
async def test_no_well_formed_body_causes_an_internal_error(content: bytes) -> None:
    _check(await _send("POST", content, {"Content-Type": JSON, "Accept": GRAPHQL}))


@settings(max_examples=200, deadline=None)
@given(values=st.dictionaries(st.sampled_from(["query", "variables", "operationName", "extensions"]), st.text()))
async def test_no_query_string_causes_an_internal_error(values: dict[str, str]) -> None:
    readable = {name: value.encode("utf-8", "replace").decode() for name, value in values.items()}
    _check(await _send("GET", b"", {}, f"/graphql?{httpx.QueryParams(readable)}"))
