"""The issuer's keys: cached for ten minutes, fetched at most once a minute, used for an hour during an outage."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from osit_graphql.db.engine import Database
from osit_graphql.domain import clock
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company
from tests.oidc.fake_issuer import FakeIssuer, rsa
from tests.oidc.viewer_queries import VIEWER_DOCUMENT, read_refusal, read_viewer

OPERATOR = ("operator@example.com", ["OPERATOR"])
AWAY = (503, "UNAVAILABLE", "The service that signs you in does not answer; try again shortly.")
DEAD = (401, "UNAUTHENTICATED", "Sign in first.")


@contextmanager
def after(**span: float) -> Iterator[int]:
    """Let it be so much later; give the moment in seconds."""
    moment = datetime.now(UTC) + timedelta(**span)
    with clock.at(moment):
        yield int(moment.timestamp())


def issue(issuer: FakeIssuer, now: int, kid: str = "one") -> str:
    """Return a token made at this moment, by the key of this name."""
    return issuer.issue(key=rsa(kid), header={"kid": kid}, iat=now, exp=now + 300)


async def test_keys_are_fetched_once_in_ten_minutes(linked_company: Company, issuer: FakeIssuer, api: Api) -> None:
    assert issuer.key_fetches == 0  # the API starts without its issuer
    for minutes, expected in ((0, 1), (5, 1), (9.9, 1), (10.1, 2), (15, 2)):
        with after(minutes=minutes) as now:
            assert await read_viewer(api, issue(issuer, now)) == OPERATOR
        assert issuer.key_fetches == expected


async def test_many_at_once_fetch_once(linked_company: Company, issuer: FakeIssuer, api: Api) -> None:
    assert await asyncio.gather(*(read_viewer(api, issuer.issue()) for _ in range(5))) == [OPERATOR] * 5
    assert issuer.key_fetches == 1


async def test_a_new_key_is_taken_as_soon_as_a_token_names_it(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    assert await read_viewer(api, issuer.issue()) == OPERATOR
    issuer.published = [rsa("two"), rsa("one")]
    with after(seconds=1) as now:
        tokens = [issue(issuer, now, kid) for kid in ("two", "one", "two", "two")]
        assert await asyncio.gather(*(read_viewer(api, token) for token in tokens)) == [OPERATOR] * 4
    assert issuer.key_fetches == 2


async def test_a_key_that_is_withdrawn_is_dead_within_ten_minutes(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    assert await read_viewer(api, issuer.issue()) == OPERATOR
    issuer.published = [rsa("two")]
    with after(minutes=10, seconds=1) as now:
        assert await read_refusal(api, issue(issuer, now)) == DEAD
        assert await read_viewer(api, issue(issuer, now, "two")) == OPERATOR


async def test_names_that_somebody_invents_cost_one_fetch_a_minute(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    assert await read_viewer(api, issuer.issue()) == OPERATOR
    for seconds, expected in ((1, 2), (2, 2), (59, 2), (62, 3), (63, 3)):
        with after(seconds=seconds) as now:
            for name in ("a", "b"):
                token = issuer.issue(header={"kid": f"{name}{seconds}"}, iat=now)
                assert await read_refusal(api, token) == DEAD
        assert issuer.key_fetches == expected


async def test_an_issuer_that_is_away_from_the_start(linked_company: Company, issuer: FakeIssuer, api: Api) -> None:
    issuer.status = 500
    response = await api.http.post(
        "/graphql",
        json={"query": VIEWER_DOCUMENT},
        headers={"Authorization": f"Bearer {issuer.issue()}", "Accept-Language": "fr"},
    )
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert response.json()["errors"][0]["message"].startswith("Le service qui vous authentifie ne répond pas")
    assert await read_viewer(api, linked_company.tokens["operator"]) == OPERATOR  # our own sessions don't need it
    assert (await read_refusal(api, "a.b.c"))[0] == 401  # nor does what is none of its tokens
    issuer.status = 200
    assert await read_refusal(api, issuer.issue()) == AWAY  # it is not asked again at once
    with after(seconds=16) as now:
        assert await read_viewer(api, issue(issuer, now)) == OPERATOR


async def test_its_keys_serve_for_an_hour_when_it_goes_away(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    assert await read_viewer(api, issuer.issue()) == OPERATOR
    issuer.status = 502
    for minutes in (11, 30, 59):
        with after(minutes=minutes) as now:
            assert await read_viewer(api, issue(issuer, now)) == OPERATOR
            assert await read_refusal(api, issue(issuer, now, "two")) == AWAY  # it may be a new key of its own
    with after(minutes=61) as now:
        assert await read_refusal(api, issue(issuer, now)) == AWAY


async def test_a_clock_that_is_set_back_makes_no_key_young(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    with after(hours=2) as now:
        assert await read_viewer(api, issue(issuer, now)) == OPERATOR
    assert await read_viewer(api, issuer.issue()) == OPERATOR
    assert issuer.key_fetches == 2


async def test_nobody_there_at_all(company: Company, database: Database, issuer: FakeIssuer) -> None:
    settings = Settings(_env_file=None, oidc_issuer="http://127.0.0.1:1", oidc_audience="x")
    async with Api(settings, database) as api:
        assert await read_refusal(api, issuer.issue()) == AWAY


async def test_without_an_issuer_a_jwt_is_any_dead_token(
    company: Company, database: Database, issuer: FakeIssuer
) -> None:
    async with Api(Settings(_env_file=None), database) as api:
        assert await read_refusal(api, issuer.issue()) == DEAD
    assert issuer.key_fetches == 0
