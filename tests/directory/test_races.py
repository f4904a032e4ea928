"""Two at the same moment: the last administrator stays, and what must be unique is so."""

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
from osit_graphql.services import directory
from osit_graphql.services.directory import PersonInput, create_person, update_person
from osit_graphql.services.directory.record_editor import DirectoryInput
from tests.company import Company
from tests.directory.doing import do, refusal, row_of
from tests.directory.test_people import newcomer
from tests.superuser import as_superuser

ADMIN, MANAGER = Role.ADMIN, Role.MANAGER
PARIS = ZoneInfo("Europe/Paris")
WAITING = text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@pytest.mark.parametrize(
    ("sheet", "arguments"),
    [
        (PersonInput(active=False), {"active"}),
        (PersonInput(roles=[MANAGER]), {"roles"}),
        (PersonInput(roles=[MANAGER], active=False), {"active", "roles"}),
        (PersonInput(roles=[ADMIN, MANAGER], active=False), {"active"}),
    ],
)
async def test_the_last_administrator_stays(company: Company, sheet: PersonInput, arguments: set[str]) -> None:
    closed = await do(company, create_person, company.viewers["admin"], newcomer(company, roles=[ADMIN], active=False))
    refused = await refusal(company, update_person, company.viewers["admin"], company.viewers["admin"].user_id, sheet)
    assert refused == {(f"input.{argument}", "INVALID") for argument in arguments}
    await do(company, update_person, company.viewers["admin"], closed, PersonInput(active=True))
    await do(company, update_person, company.viewers["admin"], company.viewers["admin"].user_id, sheet)


async def test_the_last_administrator_may_change_otherwise(company: Company) -> None:
    sheet = PersonInput(name="Renamed", roles=[ADMIN, MANAGER], active=True)
    await do(company, update_person, company.viewers["admin"], company.viewers["admin"].user_id, sheet)
    assert (await row_of(company, Person, company.viewers["admin"].user_id))["roles"] == ["MANAGER", "ADMIN"]


async def test_an_administrator_who_left_may_lose_the_role(company: Company) -> None:
    closed = await do(company, create_person, company.viewers["admin"], newcomer(company, roles=[ADMIN], active=False))
    await do(company, update_person, company.viewers["admin"], closed, PersonInput(roles=[MANAGER]))


@asynccontextmanager
async def held(company: Company, verb: Callable[..., Awaitable[int]], *arguments: Any) -> AsyncIterator[None]:
    """Do it in a transaction that commits only at the end of the block."""
    viewer = next(each for each in arguments if isinstance(each, Viewer))
    async with company.database.transaction(viewer) as session:
        await verb(session, *arguments)
        yield


async def wait_until_stuck(company: Company, task: asyncio.Task[Any]) -> None:
    """Come back once somebody waits for a lock in this database, or didn't need to."""
    found = None
    while found is None and not task.done():
        async with as_superuser(company.database).reading() as session:
            found = await session.scalar(WAITING)


async def refused_after(company: Company, first: tuple[Any, ...], second: tuple[Any, ...]) -> set[tuple[str, str]]:
    """Begin the first, then the second, which waits; keep the first; return why the second is refused."""
    async with held(company, *first):
        late = asyncio.create_task(do(company, *second))
        await wait_until_stuck(company, late)
    with pytest.raises(Refused) as caught:
        await late
    return {(".".join(error.field), str(error.code)) for error in caught.value.user_errors}


async def test_two_administrators_cannot_each_take_the_other_away(company: Company) -> None:
    first = company.viewers["admin"]
    second = await do(company, create_person, first, newcomer(company, roles=[ADMIN]))
    away = PersonInput(active=False)
    refused = await refused_after(
        company,
        (update_person, first, second, away),
        (update_person, Viewer(second, frozenset({ADMIN})), first.user_id, away),
    )
    assert refused == {("input.active", "INVALID")}
    assert (await row_of(company, Person, first.user_id))["active"]
    assert not (await row_of(company, Person, second))["active"]


async def test_two_people_cannot_take_one_address(company: Company) -> None:
    sheet = newcomer(company)
    add = (create_person, company.viewers["admin"], sheet)
    assert await refused_after(company, add, add) == {("input.email", "ALREADY_EXISTS")}
    change = (update_person, company.viewers["admin"], company.keys["manager"], PersonInput(email="b@example.com"))
    again = (create_person, company.viewers["admin"], newcomer(company, email="B@example.com"))
    assert await refused_after(company, change, again) == {("input.email", "ALREADY_EXISTS")}


@pytest.mark.parametrize(
    ("create", "sheet"),
    [
        (directory.create_site, directory.SiteInput),
        (directory.create_cause, directory.CauseInput),
        (directory.create_application, directory.ApplicationInput),
        (partial(directory.create_service, zone=PARIS), directory.ServiceInput),
    ],
)
async def test_two_entries_cannot_take_one_name(
    company: Company, create: Callable[..., Awaitable[int]], sheet: Callable[..., DirectoryInput]
) -> None:
    first, second = ((create, company.viewers["admin"], sheet(name=name)) for name in ("Électricité", "ELECTRICITE"))
    assert await refused_after(company, first, second) == {("input.name", "ALREADY_EXISTS")}
