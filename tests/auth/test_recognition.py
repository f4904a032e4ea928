"""The viewer cache: it holds viewers briefly, and never after a revocation."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from osit_graphql.db.engine import Database, Session
from osit_graphql.db.models import Person
from osit_graphql.domain import clock
from osit_graphql.domain.viewer import System, Viewer
from osit_graphql.services.auth import api_tokens, opaque_tokens, sessions, viewer_cache
from osit_graphql.services.auth.viewer_cache import VIEWER_TTL, ViewerCache
from osit_graphql.services.directory import admin, people
from tests.client import Api
from tests.company import Company
from tests.superuser import as_superuser

Work = Callable[[Session], Awaitable[object]]


class CountingCache(ViewerCache):
    """A viewer cache that counts its queries."""

    loads = 0

    async def _load(self, token: str) -> Viewer | None:
        self.loads += 1
        return await super()._load(token)


async def count_loads(company: Company, cache: CountingCache, who: str = "manager") -> int:
    """Return the number of queries to find a token's viewer."""
    before = cache.loads
    viewer = await cache.get_or_load(company.tokens[who])
    assert viewer is not None
    assert viewer.user_id == company.keys[who]
    return cache.loads - before


async def test_a_cached_viewer_expires_after_its_ttl(company: Company) -> None:
    cache, start = CountingCache(company.database), datetime.now(UTC)
    loads = []
    for moment in (
        timedelta(),
        VIEWER_TTL / 2,
        VIEWER_TTL,
        VIEWER_TTL + VIEWER_TTL / 2,
        -VIEWER_TTL,
    ):  # a clock set back does not extend the TTL
        with clock.at(start + moment):
            loads.append(await count_loads(company, cache))
    assert loads == [1, 0, 1, 0, 1]
    assert await count_loads(company, cache, "operator") == 1


async def test_an_unknown_token_is_not_cached(company: Company) -> None:
    cache = CountingCache(company.database)
    for _ in range(2):
        assert await cache.get_or_load(company.tokens["manager"] + "x") is None
    assert cache.loads == 2


async def count_of(database: Database, work: Work, *, fail: bool = False) -> int:
    """Return the change of the revocation counter by an operation, committed or not."""
    before = database.revocation_count
    with pytest.raises(ZeroDivisionError) if fail else nullcontext():
        async with database.transaction(System.IMPORT) as session:
            await work(session)
            assert database.revocation_count == before, "counted before the transaction ended"
            assert 1 / (not fail)
    return database.revocation_count - before


@pytest.mark.parametrize("fail", [False, True])
async def test_every_revocation_is_counted(company: Company, fail: bool) -> None:
    database, nobody = (
        Database(as_superuser(company.database).url.render_as_string(hide_password=False), pool_size=1),
        -1,
    )
    manager = company.viewers["manager"]

    async def read(session: Session) -> None:
        await session.execute(select(func.count()).select_from(Person))

    revocations: dict[str, Work] = {
        "sign-out": lambda session: sessions.sign_out(session, f"{opaque_tokens.SESSION_PREFIX}nobody"),
        "a person's sessions": lambda session: sessions.end_sessions(session, nobody),
        "a token": lambda session: api_tokens.revoke_unchecked(session, nobody),
        "a password": lambda session: admin.reset_password(session, company.keys["operator"], "un long secret"),
        "a person": lambda session: people.update_person(
            session, company.viewers["admin"], manager.user_id, people.PersonInput(phone="01")
        ),
    }
    try:
        for name, work in revocations.items():
            assert await count_of(database, work, fail=fail) == 1, name
        assert await count_of(database, read, fail=fail) == 0
    finally:
        await database.close()


async def test_a_viewer_read_before_a_revocation_is_not_cached(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, begun, go = CountingCache(company.database), asyncio.Event(), asyncio.Event()
    load = cache._load

    async def load_slowly(token: str) -> Any:
        viewer = await load(token)
        begun.set()
        await go.wait()
        return viewer

    monkeypatch.setattr(cache, "_load", load_slowly)
    request = asyncio.create_task(cache.get_or_load(company.tokens["manager"]))
    await begun.wait()
    async with as_superuser(company.database).transaction() as session:
        await session.execute(update(Person).where(Person.id == company.keys["manager"]).values(active=False))
    go.set()
    assert await request is not None, "the request began before the revocation"
    assert await cache.get_or_load(company.tokens["manager"]) is None


async def test_the_viewer_cache_has_a_maximum_size(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer_cache, "MAX_CACHED_VIEWERS", 2)
    cache = CountingCache(company.database)
    for who in ("manager", "operator", "requester", "network"):
        await count_loads(company, cache, who)
    assert len(cache._entries) <= 2


async def test_the_viewer_cache_contains_no_token(company: Company, api: Api) -> None:
    cache = CountingCache(company.database)
    await count_loads(company, cache)
    assert company.tokens["manager"] not in repr(vars(cache))
    assert await api.read(company.tokens["manager"], "{ viewer { roles } }") == {"viewer": {"roles": ["MANAGER"]}}
