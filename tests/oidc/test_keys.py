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
UNAVAILABLE = (503, "UNAVAILABLE", "The service that signs you in does not answer; try again shortly.")
INVALID = (401, "UNAUTHENTICATED", "Sign in first.")


@contextmanager
def after(**duration: float) -> Iterator[int]:
    """Set the clock forward by a duration; yield the new time in seconds."""
    moment = datetime.now(UTC) + timedelta(**duration)
    with clock.at(moment):
        yield int(moment.timestamp())


def issue(issuer: FakeIssuer, now: int, kid: str = "one") -> str:
    """Return a token issued at `now` and signed by the key `kid`."""
    return issuer.issue(key=rsa(kid), header={"kid": kid}, iat=now, exp=now + 300)


async def test_keys_are_fetched_once_in_ten_minutes(linked_company: Company, issuer: FakeIssuer, api: Api) -> None:
    assert issuer.key_fetches == 0  # the API starts without its issuer
    for minutes, expected in ((0, 1), (5, 1), (9.9, 1), (10.1, 2), (15, 2)):
        with after(minutes=minutes) as now:
            assert await read_viewer(api, issue(issuer, now)) == OPERATOR
        assert issuer.key_fetches == expected


async def test_concurrent_requests_fetch_the_keys_once(linked_company: Company, issuer: FakeIssuer, api: Api) -> None:
    assert await asyncio.gather(*(read_viewer(api, issuer.issue()) for _ in range(5))) == [OPERATOR] * 5
    assert issuer.key_fetches == 1


async def test_a_token_with_a_new_key_fetches_the_keys_at_once(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    assert await read_viewer(api, issuer.issue()) == OPERATOR
    issuer.published = [rsa("two"), rsa("one")]
    with after(seconds=1) as now:
        tokens = [issue(issuer, now, kid) for kid in ("two", "one", "two", "two")]
        assert await asyncio.gather(*(read_viewer(api, token) for token in tokens)) == [OPERATOR] * 4
    assert issuer.key_fetches == 2


async def test_a_withdrawn_key_is_refused_after_ten_minutes(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    assert await read_viewer(api, issuer.issue()) == OPERATOR
    issuer.published = [rsa("two")]
    with after(minutes=10, seconds=1) as now:
        assert await read_refusal(api, issue(issuer, now)) == INVALID
        assert await read_viewer(api, issue(issuer, now, "two")) == OPERATOR


async def test_unknown_key_ids_cause_one_fetch_per_minute(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    assert await read_viewer(api, issuer.issue()) == OPERATOR
    for seconds, expected in ((1, 2), (2, 2), (59, 2), (62, 3), (63, 3)):
        with after(seconds=seconds) as now:
            for name in ("a", "b"):
                token = issuer.issue(header={"kid": f"{name}{seconds}"}, iat=now)
                assert await read_refusal(api, token) == INVALID
        assert issuer.key_fetches == expected


async def test_an_issuer_that_never_answered_is_unavailable(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    issuer.status = 500
    response = await api.http.post(
        "/graphql",
        json={"query": VIEWER_DOCUMENT},
        headers={"Authorization": f"Bearer {issuer.issue()}", "Accept-Language": "fr"},
    )
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert response.json()["errors"][0]["message"].startswith("Le service qui vous authentifie ne répond pas")
    assert await read_viewer(api, linked_company.tokens["operator"]) == OPERATOR  # our own sessions don't need it
    assert (await read_refusal(api, "a.b.c"))[0] == 401  # nor does a token in another form
    issuer.status = 200
    assert await read_refusal(api, issuer.issue()) == UNAVAILABLE  # not fetched again at once
    with after(seconds=16) as now:
        assert await read_viewer(api, issue(issuer, now)) == OPERATOR


async def test_cached_keys_serve_for_an_hour_of_an_outage(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    assert await read_viewer(api, issuer.issue()) == OPERATOR
    issuer.status = 502
    for minutes in (11, 30, 59):
        with after(minutes=minutes) as now:
            assert await read_viewer(api, issue(issuer, now)) == OPERATOR
            # The unknown key may be a new one of the issuer.
            assert await read_refusal(api, issue(issuer, now, "two")) == UNAVAILABLE
    with after(minutes=61) as now:
        assert await read_refusal(api, issue(issuer, now)) == UNAVAILABLE


async def test_keys_are_fetched_again_after_the_clock_is_set_back(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    with after(hours=2) as now:
        assert await read_viewer(api, issue(issuer, now)) == OPERATOR
    assert await read_viewer(api, issuer.issue()) == OPERATOR
    assert issuer.key_fetches == 2


async def test_an_unreachable_issuer_is_unavailable(company: Company, database: Database, issuer: FakeIssuer) -> None:
    settings = Settings(_env_file=None, oidc_issuer="http://127.0.0.1:1", oidc_audience="x")
    async with Api(settings, database) as api:
        assert await read_refusal(api, issuer.issue()) == UNAVAILABLE


async def test_without_an_issuer_a_jwt_is_an_invalid_token(
    company: Company, database: Database, issuer: FakeIssuer
) -> None:
    async with Api(Settings(_env_file=None), database) as api:
        assert await read_refusal(api, issuer.issue()) == INVALID
    assert issuer.key_fetches == 0
