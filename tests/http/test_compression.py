"""Large responses are compressed for clients that accept gzip."""

import gzip
import json

import pytest

from osit_graphql.server.app import GZIP_MIN_BYTES
from tests.client import Api

LARGE = "{ __schema { types { name description } } }"
SMALL = "{ __typename }"


async def ask(api: Api, document: str, accepted: str) -> tuple[dict[str, str], bytes]:
    """Return the headers and the bytes of the response as sent."""
    headers = {"Accept-Encoding": accepted, "Content-Type": "application/json"}
    async with api.http.stream("POST", "/graphql", json={"query": document}, headers=headers) as response:
        assert response.status_code == 200
        return dict(response.headers), b"".join([part async for part in response.aiter_raw()])


async def test_large_responses_are_compressed(api: Api) -> None:
    headers, sent = await ask(api, LARGE, "gzip")
    plain_headers, plain = await ask(api, LARGE, "identity")
    assert headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(sent)) == json.loads(plain)
    assert len(sent) < len(plain) / 2
    assert int(headers["content-length"]) == len(sent)
    assert len(plain) > GZIP_MIN_BYTES
    assert "content-encoding" not in plain_headers


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
async def test_responses_vary_by_accept_encoding(api: Api, accepted: str) -> None:
    headers, _ = await ask(api, LARGE, accepted)
    assert {"accept-encoding", "accept", "accept-language", "authorization"} <= {
        name.strip().lower() for name in headers["vary"].split(",")
    }


async def test_small_responses_are_not_compressed(api: Api) -> None:
    headers, sent = await ask(api, SMALL, "gzip")
    assert "content-encoding" not in headers
    assert json.loads(sent)["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("accepted", ["", "br", "identity", "deflate;q=1"])
async def test_only_gzip_is_compressed(api: Api, accepted: str) -> None:
    headers, sent = await ask(api, LARGE, accepted)
    assert "content-encoding" not in headers
    assert int(headers["content-length"]) == len(sent)
