"""Concurrent changes: an administrator remains, and unique values stay unique."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from osit_graphql.db.models import Person
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import Refused
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.directory import catalog
from osit_graphql.services.directory.people import PersonInput, create_person, update_person
from osit_graphql.services.directory.record_editor import DirectoryInput
from tests.company import Company
from tests.directory.directory_calls import call, refusal, row_of
from tests.directory.test_people import requester_input
from tests.superuser import as_superuser

ADMIN, MANAGER = Role.ADMIN, Role.MANAGER
PARIS = ZoneInfo("Europe/Paris")
WAITING = text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@pytest.mark.parametrize(
    ("input_", "arguments"),
    [
        (PersonInput(active=False), {"active"}),
        (PersonInput(roles=[MANAGER]), {"roles"}),
        (PersonInput(roles=[MANAGER], active=False), {"active", "roles"}),
        (PersonInput(roles=[ADMIN, MANAGER], active=False), {"active"}),
    ],
)
async def test_the_last_administrator_cannot_leave(company: Company, input_: PersonInput, arguments: set[str]) -> None:
    closed = await call(
        company, create_person, company.viewers["admin"], requester_input(company, roles=[ADMIN], active=False)
    )
    refused = await refusal(company, update_person, company.viewers["admin"], company.viewers["admin"].user_id, input_)
    assert refused == {(f"input.{argument}", "INVALID") for argument in arguments}
    await call(company, update_person, company.viewers["admin"], closed, PersonInput(active=True))
    await call(company, update_person, company.viewers["admin"], company.viewers["admin"].user_id, input_)


async def test_the_last_administrator_may_change_other_fields(company: Company) -> None:
    input_ = PersonInput(name="Renamed", roles=[ADMIN, MANAGER], active=True)
    await call(company, update_person, company.viewers["admin"], company.viewers["admin"].user_id, input_)
    assert (await row_of(company, Person, company.viewers["admin"].user_id))["roles"] == ["MANAGER", "ADMIN"]


async def test_an_inactive_administrator_may_lose_the_role(company: Company) -> None:
    closed = await call(
        company, create_person, company.viewers["admin"], requester_input(company, roles=[ADMIN], active=False)
    )
    await call(company, update_person, company.viewers["admin"], closed, PersonInput(roles=[MANAGER]))


@asynccontextmanager
async def delayed_commit(company: Company, verb: Callable[..., Awaitable[Any]], *arguments: Any) -> AsyncIterator[None]:
    """Run a call in a transaction that commits at the end of the block."""
    viewer = next(each for each in arguments if isinstance(each, Viewer))
    async with company.database.transaction(viewer) as session:
        await verb(session, *arguments)
        yield


async def wait_until_blocked(company: Company, task: asyncio.Task[Any]) -> None:
    """Return when a transaction of this database waits for a lock, or the task has ended."""
    waiting = None
    while waiting is None and not task.done():
        async with as_superuser(company.database).reading() as session:
            waiting = await session.scalar(WAITING)


async def refuse_second(company: Company, first: tuple[Any, ...], second: tuple[Any, ...]) -> set[tuple[str, str]]:
    """Begin both calls; the second waits for the first; return the errors of the second."""
    async with delayed_commit(company, *first):
        late = asyncio.create_task(call(company, *second))
        await wait_until_blocked(company, late)
    with pytest.raises(Refused) as caught:
        await late
    return {(".".join(error.field), str(error.code)) for error in caught.value.user_errors}


async def test_two_administrators_cannot_remove_each_other(company: Company) -> None:
    first = company.viewers["admin"]
    second = await call(company, create_person, first, requester_input(company, roles=[ADMIN]))
    away = PersonInput(active=False)
    refused = await refuse_second(
        company,
        (update_person, first, second, away),
        (update_person, Viewer(second, frozenset({ADMIN})), first.user_id, away),
    )
    assert refused == {("input.active", "INVALID")}
    assert (await row_of(company, Person, first.user_id))["active"]
    assert not (await row_of(company, Person, second))["active"]


async def test_concurrent_people_cannot_share_an_address(company: Company) -> None:
    input_ = requester_input(company)
    add_entry = (create_person, company.viewers["admin"], input_)
    assert await refuse_second(company, add_entry, add_entry) == {("input.email", "ALREADY_EXISTS")}
    change = (update_person, company.viewers["admin"], company.keys["manager"], PersonInput(email="b@example.com"))
    again = (create_person, company.viewers["admin"], requester_input(company, email="B@example.com"))
    assert await refuse_second(company, change, again) == {("input.email", "ALREADY_EXISTS")}


@pytest.mark.parametrize(
    "input_", [catalog.SiteInput, catalog.CauseInput, catalog.ApplicationInput, catalog.ServiceInput]
)
async def test_concurrent_entries_cannot_share_a_name(company: Company, input_: Callable[..., DirectoryInput]) -> None:
    create = partial(catalog.create_entry, zone=PARIS)
    first, second = ((create, company.viewers["admin"], input_(name=name)) for name in ("Électricité", "ELECTRICITE"))
    assert await refuse_second(company, first, second) == {("input.name", "ALREADY_EXISTS")}
