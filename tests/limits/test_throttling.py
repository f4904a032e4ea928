"""A principal's share: paid before anything runs, told in every answer, and nobody else's."""

from typing import Any

import httpx
import pytest

from osit_graphql.api.caller import Caller
from osit_graphql.api.query_cost import Price
from osit_graphql.http.rate_limit.bucket import Budget
from osit_graphql.http.rate_limiting import Admission, count_objects, describe
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company
from tests.limits.redis import RedisServer

HEADERS = ("RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
PAGE = "{ tickets(first: 50) { nodes { id } } }"  # 51 points; 1 when there is none


def bound(settings: Settings, **limits: Any) -> Settings:
    """Return settings with a small budget that hardly comes back."""
    small = {"budget_points": 1_000, "budget_rate": 1, "max_cost": 500, "max_requests": 100, "max_requests_each": 10}
    return settings.model_copy(update=small | limits)


async def send(api: Api, token: str | None, query: str = PAGE, **headers: str) -> httpx.Response:
    """Send a document and return the whole answer."""
    said = {"Accept-Language": "en"} | ({"Authorization": f"Bearer {token}"} if token else {})
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.http.post("/graphql", json={"query": query}, headers=said | names)


def left(response: httpx.Response) -> int:
    """Return how many points an answer says are left."""
    return int(response.headers["RateLimit-Remaining"])


def code(response: httpx.Response) -> str | None:
    """Return the code of an answer's first error."""
    errors = response.json().get("errors")
    return errors[0]["extensions"]["code"] if errors else None


@pytest.mark.parametrize("where", ["memory", "redis"])
async def test_whoever_has_used_it_up_waits_and_nobody_else(
    company: Company, settings: Settings, redis: RedisServer, where: str
) -> None:
    limits = bound(settings, budget_points=500, redis_url=redis.url if where == "redis" else None)
    async with Api(limits, company.database) as api:
        manager, operator = company.tokens["manager"], company.tokens["operator"]
        dear = "{ " + " ".join(f"a{n}: services {{ id }}" for n in range(9)) + " }"
        answers = [await send(api, manager, dear) for _ in range(60)]
        assert [answer.status_code for answer in answers[:2]] == [200, 200]
        last = answers[-1]
        assert (last.status_code, code(last)) == (429, "THROTTLED")
        assert int(last.headers["Retry-After"]) >= 1
        assert "try again in" in last.json()["errors"][0]["message"]
        assert "data" not in last.json()
        assert (await send(api, operator)).status_code == 200
        await api.http._transport.app.state.admission.close()  # type: ignore[attr-defined]  # httpx keeps it there


async def test_the_difference_to_what_came_back_is_given_back(company: Company, settings: Settings) -> None:
    async with Api(bound(settings), company.database) as api:
        token = company.tokens["manager"]
        first = left(await send(api, token))
        for _ in range(30):
            await send(api, token)
        assert first - left(await send(api, token)) <= 31, "51 points each, and 30 pages of nothing cost 2"
        await company.ticket()
        cost = (await send(api, token, X_Query_Cost="1")).json()["extensions"]["cost"]
        assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (51, 2)
        status = cost["throttleStatus"]
        assert (status["maximumAvailable"], status["restoreRate"]) == (1_000, 1)
        assert 0 < status["currentlyAvailable"] < 1_000


async def test_every_answer_tells_what_is_left_and_costs_only_when_asked(company: Company, settings: Settings) -> None:
    async with Api(bound(settings), company.database) as api:
        token = company.tokens["manager"]
        answers = [
            await send(api, token),
            await send(api, None),
            await send(api, "dead"),
            await send(api, token, "{"),
            await send(api, token, "{ nope }"),
            await api.http.put("/graphql"),
            await api.http.post("/graphql", content=b"["),
        ]
    for answer in answers:
        assert set(HEADERS) <= {name for name in HEADERS if name in answer.headers}
        assert answer.headers["RateLimit-Policy"] == '"points";q=1000;w=1000'
        assert answer.headers["RateLimit"].startswith(f'"points";r={left(answer)};t=')
        assert "extensions" not in answer.json()


async def test_failures_before_anything_runs_count_for_whoever_sent_them(company: Company, settings: Settings) -> None:
    async with Api(bound(settings), company.database) as api:
        token = company.tokens["manager"]
        anonymous = left(await send(api, None, "{ __typename }"))
        before = left(await send(api, token, "{ __typename }"))
        nonsense = "{ nope }" + " " * 992
        assert before - left(await send(api, token, nonsense)) >= 110 - 5, "10, and a point for 10 characters to read"
        assert before - left(await send(api, token, nonsense)) >= 220 - 10, "nonsense is read each time"
        assert left(await send(api, None, "{ __typename }")) >= anonymous - 3, "and nobody else pays for it"
        for _ in range(20):
            last = await send(api, None, nonsense)
        assert (last.status_code, code(last)) == (429, "THROTTLED"), "by address, where nobody is signed in"
        assert (await send(api, token, "{ __typename }")).status_code == 200


async def test_a_variable_that_cannot_be_read_costs_a_failure(company: Company, settings: Settings) -> None:
    query = "query ($f: Int) { tickets(first: $f) { nodes { id } } }"
    async with Api(bound(settings), company.database) as api:
        token = company.tokens["manager"]
        first = left(await send(api, token, query))
        body = {"query": query, "variables": {"f": "x"}}
        answer = await api.http.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
        assert code(answer) == "BAD_USER_INPUT"
        assert 0 <= first - left(answer) <= 10


async def test_the_least_budget_serves_the_dearest_request() -> None:
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
def test_objects_are_counted_where_they_begin(body: bytes, objects: int) -> None:
    assert count_objects(body) == objects


@pytest.mark.parametrize(("words", "actual"), [("", 2), ("{{{", 5), ("{" * 900, 2)])
def test_peoples_braces_keep_at_most_what_was_paid(words: str, actual: int) -> None:
    visit = Admission().receive(Caller(None, "fr", "id"))
    visit.price = Price(50, 0)
    visit.receive(f'{{"data":{{"a":{{"b":"{words}"}},"c":{{"d":1}}}}}}'.encode())
    assert visit.actual == actual


def test_what_is_left_is_written_as_the_drafts_say() -> None:
    assert dict(describe(Budget(1_000, 10), 249.5)) == {
        b"ratelimit-policy": b'"points";q=1000;w=100',
        b"ratelimit": b'"points";r=750;t=25',
        b"ratelimit-limit": b"1000",
        b"ratelimit-remaining": b"750",
        b"ratelimit-reset": b"25",
    }
