"""A change of a person that ends their credentials wins: nothing made meanwhile from the old state lives on.

Issue 17, lines 1 and 2. Each ordering is forced: the change is written and not committed while the other request runs.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select, text

from osit_graphql.db.engine import Session
from osit_graphql.db.models import ApiToken, Person, SessionToken
from osit_graphql.domain.enums import Role, Scope
from osit_graphql.domain.errors import Refused
from osit_graphql.domain.viewer import System
from osit_graphql.services.auth import api_tokens
from osit_graphql.services.auth.sessions import sign_in
from osit_graphql.services.directory.admin import reset_password
from osit_graphql.services.directory.people import PersonInput, create_person, update_person
from tests.auth.people import CREATE, PASSWORD, SIGN_IN, give_passwords, make_token
from tests.client import Api, ApiResponse
from tests.company import Company
from tests.directory.directory_calls import call
from tests.directory.test_people import requester_input
from tests.directory.test_races import wait_until_blocked
from tests.superuser import as_superuser

RESET = "a new password"
PROGRAM = {"name": "a program", "scopes": ["READ_TICKETS"]}
CHANGE = """mutation ($current: String!, $new: String!) {
  viewerPasswordChange(input: {currentPassword: $current, newPassword: $new}) { userErrors { code field } } }"""
UPDATE = """mutation ($id: ID!, $input: UserUpdateInput!) {
  userUpdate(id: $id, input: $input) { user { id } userErrors { code field } } }"""
Change = Callable[[Session, Company], Awaitable[object]]


def updated(**fields: Any) -> Change:
    """Return a change of the manager by the administrator."""

    async def change(session: Session, company: Company) -> object:
        key, admin = company.keys["manager"], company.viewers["admin"]
        return await update_person(session, admin, key, PersonInput(**fields))

    return change


async def reset_by_command(session: Session, company: Company) -> None:
    """Do as `osit user password`."""
    await reset_password(session, company.keys["manager"], RESET)


CHANGES: dict[str, Change] = {
    "a reset": updated(password=RESET),
    "a password that is removed": updated(password=None),
    "a deactivation": updated(active=False),
    "osit user password": reset_by_command,
}
RESETS = {name: CHANGES[name] for name in ("a reset", "osit user password")}


@pytest.fixture
async def signed(company: Company) -> Company:
    """Return the company, whose manager and administrator have a password."""
    await give_passwords(company, "manager", "admin")
    return company


@asynccontextmanager
async def uncommitted(company: Company, change: Change) -> AsyncIterator[None]:
    """Write the change; commit it at the end of the block."""
    viewer = System.DIRECTORY if change is reset_by_command else company.viewers["admin"]
    async with company.database.transaction(viewer) as session:
        await change(session, company)
        yield


async def run_during(company: Company, change: Change, request: Awaitable[Any]) -> Any:
    """Run the request until it ends or waits, before the change is committed; return its result."""
    async with uncommitted(company, change):
        task = asyncio.ensure_future(request)
        await wait_until_blocked(company, task)
    return await task


async def credentials(company: Company, name: str = "manager") -> tuple[int, int]:
    """Return how many sessions and API tokens a person has."""
    async with as_superuser(company.database).reading() as session:
        counts = [
            len((await session.execute(select(table).where(table.person_id == company.keys[name]))).all())
            for table in (SessionToken, ApiToken)
        ]
    return counts[0], counts[1]


async def can_sign_in(company: Company, password: str, name: str = "manager") -> bool:
    try:
        await sign_in(company.database, f"{name}@example.com", password, hours=1)
    except Refused:
        return False
    return True


def change_own(api: Api, token: str, current: str = PASSWORD, new: str = PASSWORD) -> Awaitable[ApiResponse]:
    return api.ask(token, CHANGE, {"current": current, "new": new})


def is_done(response: ApiResponse) -> bool:
    """Whether a mutation was done: neither an error nor a user error."""
    return not response.errors and not any(payload["userErrors"] for payload in response.data.values())


@pytest.mark.parametrize("change", CHANGES)
async def test_line_1_a_password_reset_is_not_undone_by_a_stolen_session(
    signed: Company, api: Api, change: str
) -> None:
    """Line 1: the stolen session verified P before the reset was committed."""
    response = await run_during(signed, CHANGES[change], change_own(api, signed.tokens["manager"]))
    assert response.codes == ["UNAUTHENTICATED"]
    assert not await can_sign_in(signed, PASSWORD)
    assert await credentials(signed) == (0, 0)
    assert await can_sign_in(signed, RESET) == (change in RESETS)


async def reset_beside_loops(
    company: Company, api: Api, send: Callable[[], Awaitable[Any]], *, loops: int, pause_s: float
) -> None:
    """Reset the manager's password as the administrator while `send` is called again and again."""

    async def loop(until: asyncio.Event) -> None:
        while not until.is_set():
            await send()

    over = asyncio.Event()
    tasks = [asyncio.create_task(loop(over)) for _ in range(loops)]
    await asyncio.sleep(pause_s)
    variables = {"id": company.ids["manager"], "input": {"password": RESET}}
    assert is_done(await api.ask(company.tokens["admin"], UPDATE, variables))
    over.set()
    await asyncio.gather(*tasks)


async def test_line_1_a_password_reset_wins_against_a_loop(signed: Company, api: Api) -> None:
    """Line 1, with concurrent requests: P never signs in after the reset."""
    await reset_beside_loops(signed, api, lambda: change_own(api, signed.tokens["manager"]), loops=2, pause_s=0.2)
    assert await credentials(signed) == (0, 0)
    assert [await can_sign_in(signed, password) for password in (PASSWORD, RESET)] == [False, True]


@pytest.mark.parametrize("sessions", ["one session", "two sessions"])
async def test_line_1_one_of_two_simultaneous_password_changes_is_refused(
    signed: Company, api: Api, sessions: str
) -> None:
    """Line 1, neighbour: both verified the same password."""
    first = signed.tokens["manager"]
    second = first
    if sessions == "two sessions":
        second = (await sign_in(signed.database, "manager@example.com", PASSWORD, hours=1)).token
    async with as_superuser(signed.database).transaction() as session:
        await session.execute(select(Person.id).where(Person.id == signed.keys["manager"]).with_for_update())
        tasks = [
            asyncio.ensure_future(change_own(api, token, new=f"password number {number}"))
            for number, token in enumerate((first, second))
        ]
        while await _waiting(signed) < len(tasks):
            pass
    responses = await asyncio.gather(*tasks)
    [winner] = [number for number, response in enumerate(responses) if is_done(response)]
    loser = responses[1 - winner]
    if sessions == "one session":
        assert loser.data["viewerPasswordChange"]["userErrors"] == [
            {"code": "INVALID_CREDENTIALS", "field": ["input", "currentPassword"]}
        ]
    else:
        assert loser.codes == ["UNAUTHENTICATED"]
    assert [await can_sign_in(signed, f"password number {number}") for number in (winner, 1 - winner)] == [True, False]


async def _waiting(company: Company) -> int:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    async with as_superuser(company.database).reading() as session:
        return int(await session.scalar(text(waiting)))


async def test_two_administrators_reset_each_other_without_a_deadlock(signed: Company, api: Api) -> None:
    """Line 1, neighbour: one of them loses their session, and no transaction waits for ever."""
    other = await call(
        signed, create_person, signed.viewers["admin"], requester_input(signed, roles=[Role.ADMIN], password=PASSWORD)
    )
    token = (await sign_in(signed.database, "new@example.com", PASSWORD, hours=1)).token
    other_id = (await api.read(token, "{ viewer { user { id } } }"))["viewer"]["user"]["id"]
    responses = await asyncio.gather(
        api.ask(signed.tokens["admin"], UPDATE, {"id": other_id, "input": {"password": RESET}}),
        api.ask(token, UPDATE, {"id": signed.ids["admin"], "input": {"password": RESET}}),
    )
    assert sorted(is_done(response) for response in responses) == [False, True]
    [codes] = [response.codes for response in responses if response.errors]
    assert codes == ["UNAUTHENTICATED"]
    signed.keys["new"] = other
    loser = "new" if is_done(responses[0]) else "admin"
    assert await credentials(signed, loser) == (0, 0)


@pytest.mark.parametrize("change", CHANGES)
async def test_line_2_no_api_token_survives_what_ends_the_tokens(signed: Company, api: Api, change: str) -> None:
    """Line 2: the session that creates the token ends before the token would be there."""
    old, _ = await make_token(api, signed.tokens["manager"], "READ_TICKETS")
    request = api.ask(signed.tokens["manager"], CREATE, {"input": PROGRAM})
    response = await run_during(signed, CHANGES[change], request)
    assert response.codes == ["UNAUTHENTICATED"]
    assert await credentials(signed) == (0, 0)
    assert (await api.ask(old, "{ viewer { id } }")).status == 401


async def test_line_2_no_api_token_survives_a_reset_beside_a_loop(signed: Company, api: Api) -> None:
    """Line 2, with concurrent requests."""
    request = signed.tokens["manager"], CREATE, {"input": PROGRAM}
    await reset_beside_loops(signed, api, lambda: api.ask(*request), loops=3, pause_s=0.05)
    assert await credentials(signed) == (0, 0)


async def test_line_2_no_token_for_another_person_survives_the_loss_of_the_role(signed: Company, api: Api) -> None:
    """Line 2: an administrator who loses the role meanwhile creates nothing."""
    await call(signed, update_person, signed.viewers["admin"], signed.keys["manager"], PersonInput(roles=[Role.ADMIN]))
    request = api.ask(signed.tokens["manager"], CREATE, {"input": PROGRAM | {"userId": signed.ids["operator"]}})
    response = await run_during(signed, updated(roles=[Role.MANAGER]), request)
    assert response.codes == ["FORBIDDEN"]
    assert await credentials(signed, "operator") == (1, 0)


@pytest.mark.parametrize("mutation", ["userCreate", "userUpdate"])
async def test_no_password_is_set_by_a_session_that_ended(signed: Company, api: Api, mutation: str) -> None:
    """Line 2, neighbour: a password is a credential too."""
    await call(signed, update_person, signed.viewers["admin"], signed.keys["manager"], PersonInput(roles=[Role.ADMIN]))
    if mutation == "userUpdate":
        variables = {"id": signed.ids["operator"], "input": {"password": PASSWORD}}
        request = api.ask(signed.tokens["manager"], UPDATE, variables)
    else:
        create = """mutation ($input: UserCreateInput!) {
          userCreate(input: $input) { user { id } userErrors { code } } }"""
        person = {"name": "Accomplice", "email": "accomplice@example.com", "roles": ["ADMIN"], "password": PASSWORD}
        request = api.ask(signed.tokens["manager"], create, {"input": person | {"siteId": signed.ids["Paris"]}})
    response = await run_during(signed, updated(password=RESET), request)
    assert response.codes == ["UNAUTHENTICATED"]
    assert not await can_sign_in(signed, PASSWORD, "operator" if mutation == "userUpdate" else "accomplice")


@pytest.mark.parametrize("change", CHANGES)
async def test_line_2_no_session_survives_that_was_opened_with_the_old_password(
    signed: Company, api: Api, change: str
) -> None:
    """Line 2: sign-in verified P before the change was committed."""
    variables = {"email": "manager@example.com", "password": PASSWORD}
    response = await run_during(signed, CHANGES[change], api.ask(None, SIGN_IN, variables))
    assert response.data["signIn"]["userErrors"] == [{"code": "INVALID_CREDENTIALS", "field": ["input"]}]
    assert await credentials(signed) == (0, 0)


async def test_a_session_that_is_opened_meanwhile_has_the_new_roles(signed: Company, api: Api) -> None:
    """Line 2, neighbour: a removed role ends no session; the new session has the person's present roles."""
    document = SIGN_IN.replace("viewer { id }", "viewer { roles }")
    variables = {"email": "manager@example.com", "password": PASSWORD}
    request = api.ask(None, document, variables)
    response = await run_during(signed, updated(roles=[Role.OPERATOR]), request)
    assert response.data["signIn"]["viewer"] == {"roles": ["OPERATOR"]}


async def test_an_api_token_creates_no_credential(signed: Company, api: Api) -> None:
    """Line 2: neither a token, nor a password, with any scope."""
    scopes = [str(scope) for scope in Scope]
    secret, _ = await make_token(api, signed.tokens["admin"], *scopes)
    before = await signed.snapshot()
    for document, variables in (
        (CREATE, {"input": PROGRAM}),
        (CHANGE, {"current": PASSWORD, "new": RESET}),
        (UPDATE, {"id": signed.ids["manager"], "input": {"password": RESET}}),
    ):
        assert (await api.ask(secret, document, variables)).codes == ["FORBIDDEN"]
    after = await signed.snapshot()
    assert {name: rows for name, rows in after.items() if name != "api_token"} == {
        name: rows for name, rows in before.items() if name != "api_token"
    }
    assert await credentials(signed, "admin") == (1, 1)


async def test_the_limit_of_tokens_holds_for_concurrent_requests(signed: Company, api: Api) -> None:
    """Line 2, neighbour: tokens are counted under the lock."""
    new = api_tokens.NewToken(signed.keys["manager"], "one of many", [Scope.READ_TICKETS])
    async with as_superuser(signed.database).transaction() as session:
        for _ in range(api_tokens.MAX_TOKENS_PER_PERSON - 1):
            await api_tokens.create_unchecked(session, new)
    responses = await asyncio.gather(*(api.ask(signed.tokens["manager"], CREATE, {"input": PROGRAM}) for _ in range(4)))
    assert sorted(is_done(response) for response in responses) == [False, False, False, True]
    assert await credentials(signed) == (1, api_tokens.MAX_TOKENS_PER_PERSON)
