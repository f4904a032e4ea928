"""Content negotiation: the media type for each `Accept` header, or 406."""

import httpx
import pytest

from tests.http.exchange import GRAPHQL, JSON, codes


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (GRAPHQL.upper(), GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{JSON}, {GRAPHQL};q=0.9", JSON),
        (f"{GRAPHQL};q=0, */*", JSON),
        (f"{GRAPHQL};q=nonsense, {JSON};q=0.1", JSON),
        (f"{GRAPHQL}, */*;q=0.1", GRAPHQL),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        (f"{GRAPHQL}; charset=iso-8859-1, {JSON}", JSON),
    ],
)
async def test_the_media_type_with_the_highest_weight_is_chosen(
    client: httpx.AsyncClient, accept: str, media_type: str
) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == f"{media_type}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/html", "text/event-stream", "*/*;q=0", f"{JSON};q=0", "nonsense", ",", "a/*"])
async def test_not_acceptable_is_sent_as_json(client: httpx.AsyncClient, accept: str) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={"Accept": accept})
    assert (response.status_code, codes(response)) == (406, ["BAD_REQUEST"])
    assert response.headers["Content-Type"] == f"{JSON}; charset=utf-8"
