"""Large answers are compressed for whoever takes it; what they say is the same."""

import gzip
import json

import pytest

from osit_graphql.http import COMPRESSED, compression
from tests.client import Api

LARGE = "{ __schema { types { name description } } }"
SMALL = "{ __typename }"


async def ask(api: Api, document: str, accepted: str) -> tuple[dict[str, str], bytes]:
    """Return an answer's headers and its bytes as they were sent."""
    headers = {"Accept-Encoding": accepted, "Content-Type": "application/json"}
    async with api.http.stream("POST", "/graphql", json={"query": document}, headers=headers) as response:
        assert response.status_code == 200
        return dict(response.headers), b"".join([part async for part in response.aiter_raw()])


async def test_large_answers_are_compressed(api: Api) -> None:
    headers, sent = await ask(api, LARGE, "gzip")
    plain_headers, plain = await ask(api, LARGE, "identity")
    assert headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(sent)) == json.loads(plain)
    assert len(sent) < len(plain) / 2
    assert int(headers["content-length"]) == len(sent)
    assert len(plain) > COMPRESSED
    assert "content-encoding" not in plain_headers


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
async def test_whoever_may_be_served_either_is_told_so(api: Api, accepted: str) -> None:
    headers, _ = await ask(api, LARGE, accepted)
    assert {"accept-encoding", "accept", "accept-language", "authorization"} <= {
        name.strip().lower() for name in headers["vary"].split(",")
    }


async def test_small_answers_are_not(api: Api) -> None:
    headers, sent = await ask(api, SMALL, "gzip")
    assert "content-encoding" not in headers
    assert json.loads(sent)["data"] == {"__typename": "Query"}


async def test_the_largest_are_compressed_aside_and_say_the_same(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    _, sent = await ask(api, LARGE, "gzip, br")
    monkeypatch.setattr(compression, "ASIDE", COMPRESSED)
    headers, aside = await ask(api, LARGE, "gzip, br")
    assert aside == sent
    assert (headers["content-encoding"], int(headers["content-length"])) == ("gzip", len(aside))


@pytest.mark.parametrize("accepted", ["", "br", "identity", "deflate;q=1"])
async def test_nobody_is_sent_what_they_did_not_ask_for(api: Api, accepted: str) -> None:
    headers, sent = await ask(api, LARGE, accepted)
    assert "content-encoding" not in headers
    assert int(headers["content-length"]) == len(sent)
