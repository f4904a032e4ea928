"""Rate limiting: cost is charged before execution, reported in every response, and per principal."""

from typing import Any

import httpx
import pytest

from osit_graphql.api.context import Caller
from osit_graphql.api.query_cost import QueryCost
from osit_graphql.http.rate_limiting import RateLimit, RateLimiter, count_objects, rate_limit_headers
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company
from tests.limits.redis import RedisServer

HEADERS = ("RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
PAGE = "{ tickets(first: 50) { nodes { id } } }"  # 51 points; 1 when there is none


def bound(settings: Settings, **limits: Any) -> Settings:
    """Return settings with a small bucket that refills slowly."""
    small = {"budget_points": 1_000, "budget_rate": 1, "max_cost": 500, "max_requests": 100, "max_requests_each": 10}
    return settings.model_copy(update=small | limits)


async def send(api: Api, token: str | None, query: str = PAGE, **headers: str) -> httpx.Response:
    """Send a document and return the response."""
    defaults = {"Accept-Language": "en"} | ({"Authorization": f"Bearer {token}"} if token else {})
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.http.post("/graphql", json={"query": query}, headers=defaults | names)


def remaining(response: httpx.Response) -> int:
    """Return the remaining points in the headers of a response."""
    return int(response.headers["RateLimit-Remaining"])


def code(response: httpx.Response) -> str | None:
    """Return the code of the first error."""
    errors = response.json().get("errors")
    return errors[0]["extensions"]["code"] if errors else None


@pytest.mark.parametrize("where", ["memory", "redis"])
async def test_only_the_principal_with_an_empty_bucket_waits(
    company: Company, settings: Settings, redis: RedisServer, where: str
) -> None:
    limits = bound(settings, budget_points=500, redis_url=redis.url if where == "redis" else None)
    async with Api(limits, company.database) as api:
        manager, operator = company.tokens["manager"], company.tokens["operator"]
        expensive = "{ " + " ".join(f"a{n}: services {{ id }}" for n in range(9)) + " }"
        responses = [await send(api, manager, expensive) for _ in range(60)]
        assert [response.status_code for response in responses[:2]] == [200, 200]
        last = responses[-1]
        assert (last.status_code, code(last)) == (429, "THROTTLED")
        assert int(last.headers["Retry-After"]) >= 1
        assert "try again in" in last.json()["errors"][0]["message"]
        assert "data" not in last.json()
        assert (await send(api, operator)).status_code == 200
        await api.http._transport.app.state.rate_limiter.close()  # type: ignore[attr-defined]  # httpx keeps it there


async def test_the_difference_to_the_actual_cost_is_given_back(company: Company, settings: Settings) -> None:
    async with Api(bound(settings), company.database) as api:
        token = company.tokens["manager"]
        first = remaining(await send(api, token))
        for _ in range(30):
            await send(api, token)
        assert first - remaining(await send(api, token)) <= 31, "51 points each, and 30 pages of nothing cost 2"
        await company.ticket()
        cost = (await send(api, token, X_Query_Cost="1")).json()["extensions"]["cost"]
        assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (51, 2)
        status = cost["throttleStatus"]
        assert (status["maximumAvailable"], status["restoreRate"]) == (1_000, 1)
        assert 0 < status["currentlyAvailable"] < 1_000


async def test_every_response_has_rate_limit_headers(company: Company, settings: Settings) -> None:
    async with Api(bound(settings), company.database) as api:
        token = company.tokens["manager"]
        responses = [
            await send(api, token),
            await send(api, None),
            await send(api, "dead"),
            await send(api, token, "{"),
            await send(api, token, "{ nope }"),
            await api.http.put("/graphql"),
            await api.http.post("/graphql", content=b"["),
        ]
    for response in responses:
        assert set(HEADERS) <= {name for name in HEADERS if name in response.headers}
        assert response.headers["RateLimit-Policy"] == '"points";q=1000;w=1000'
        assert response.headers["RateLimit"].startswith(f'"points";r={remaining(response)};t=')
        assert "extensions" not in response.json()


async def test_failed_requests_are_charged_to_their_sender(company: Company, settings: Settings) -> None:
    async with Api(bound(settings), company.database) as api:
        token = company.tokens["manager"]
        anonymous = remaining(await send(api, None, "{ __typename }"))
        before = remaining(await send(api, token, "{ __typename }"))
        nonsense = "{ nope }" + " " * 992
        assert before - remaining(await send(api, token, nonsense)) >= 110 - 5, (
            "10, and a point for 10 characters to parse"
        )
        assert before - remaining(await send(api, token, nonsense)) >= 220 - 10, "invalid documents are not cached"
        assert remaining(await send(api, None, "{ __typename }")) >= anonymous - 3, "only the sender pays"
        for _ in range(20):
            last = await send(api, None, nonsense)
        assert (last.status_code, code(last)) == (429, "THROTTLED"), "anonymous clients are limited by address"
        assert (await send(api, token, "{ __typename }")).status_code == 200


async def test_an_invalid_variable_costs_a_failed_request(company: Company, settings: Settings) -> None:
    query = "query ($f: Int) { tickets(first: $f) { nodes { id } } }"
    async with Api(bound(settings), company.database) as api:
        token = company.tokens["manager"]
        first = remaining(await send(api, token, query))
        body = {"query": query, "variables": {"f": "x"}}
        response = await api.http.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
        assert code(response) == "BAD_USER_INPUT"
        assert 0 <= first - remaining(response) <= 10


async def test_the_bucket_holds_at_least_the_cost_limit() -> None:
    with pytest.raises(ValueError, match="OSIT_BUDGET_POINTS"):
        Settings(_env_file=None, budget_points=100)


@pytest.mark.parametrize(
    ("body", "objects"),
    [
        (b'{"data":{"a":1}}', 0),
        (b'{"data":{"a":{"b":1},"c":[{"d":2},{"d":"x"}]}}', 3),
        (b'{"data":{"a":"{","b":["{","}{"],"c":"{"}}', 0),
        (b'{"data":{"a":{"b":"{\\"x\\":{\\"y\\":"}}}', 1),
        (b'{"data":null}', 0),
    ],
)
def test_objects_in_a_response_are_counted(body: bytes, objects: int) -> None:
    assert count_objects(body) == objects


@pytest.mark.parametrize(("words", "actual"), [("", 2), ("{{{", 5), ("{" * 900, 2)])
def test_braces_in_strings_cost_at_most_the_estimate(words: str, actual: int) -> None:
    quota = RateLimiter.from_settings(Settings(_env_file=None)).quota_for(Caller(None, "fr", "id"))
    quota.cost = QueryCost(50, 0)
    quota.measure_response(f'{{"data":{{"a":{{"b":"{words}"}},"c":{{"d":1}}}}}}'.encode())
    assert quota.actual_points == actual


def test_rate_limit_headers_follow_the_drafts() -> None:
    assert dict(rate_limit_headers(RateLimit(1_000, 10), 249.5)) == {
        b"ratelimit-policy": b'"points";q=1000;w=100',
        b"ratelimit": b'"points";r=750;t=25',
        b"ratelimit-limit": b"1000",
        b"ratelimit-remaining": b"750",
        b"ratelimit-reset": b"25",
    }


async def test_fields_that_wait_for_a_batch_are_charged(company: Company, settings: Settings) -> None:
    query = "{ tickets(first: 5) { nodes { activities(first: 1) { nodes { id } } } } }"
    async with Api(bound(settings), company.database) as api:
        actual = []
        for _ in range(2):
            await company.ticket()
            response = await send(api, company.tokens["manager"], query, X_Query_Cost="1")
            actual.append(response.json()["extensions"]["cost"]["actualQueryCost"])
    assert actual == [4 + 8, 7 + 2 * 8], "a point for each object, 8 for each page of activities"


async def test_line_30_nested_statements_cost_more_than_quoted(company: Company, settings: Settings) -> None:
    """docs/clients.md gives this reason for an actual cost above the estimate, and refuses no request for it."""
    query = "{ tickets(first: 3) { nodes { activities(first: 1) { nodes { id } } } } }"
    limits = bound(settings, max_cost=10)
    async with Api(limits, company.database) as api:
        for _ in range(3):
            await company.ticket()
        response = await send(api, company.tokens["manager"], query, X_Query_Cost="1")
        cost = response.json()["extensions"]["cost"]
        assert len(response.json()["data"]["tickets"]["nodes"]) == 3
        assert cost["actualQueryCost"] == cost["requestedQueryCost"] + 3 * 8
        assert cost["actualQueryCost"] > limits.max_cost >= cost["requestedQueryCost"]
