"""API tokens: creation, list and revocation; `test_scopes` tests their permissions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from osit_graphql.db.models import ApiToken, Person
from osit_graphql.domain import clock
from osit_graphql.domain.enums import Scope
from osit_graphql.services.auth import api_tokens, opaque_tokens
from osit_graphql.services.directory.admin import reset_password
from osit_graphql.services.directory.people import PersonInput, update_person
from tests.auth.people import CREATE, REVOKE, make_token
from tests.client import Api
from tests.company import Company
from tests.directory.directory_calls import call
from tests.superuser import as_superuser
from tests.unit.statement_log import logged_statements

MINE = "{ viewer { apiTokens { id name scopes createdAt expiresAt lastUsedAt } } }"
WHO = "{ viewer { user { id } roles } }"


def after(**duration: int) -> str:
    return (datetime.now(UTC) + timedelta(**duration)).isoformat()


async def test_a_tokens_secret_is_shown_once_and_lasts_90_days(company: Company, api: Api) -> None:
    session = company.tokens["manager"]
    payload = await api.act(session, CREATE, input={"name": " Dashboard ", "scopes": ["READ_REPORTS", "READ_TICKETS"]})
    made, secret = payload["apiToken"], payload["token"]
    assert (made["name"], made["scopes"], made["lastUsedAt"]) == ("Dashboard", ["READ_TICKETS", "READ_REPORTS"], None)
    created, ends = (datetime.fromisoformat(made[name]) for name in ("createdAt", "expiresAt"))
    assert ends - created == timedelta(days=90)
    assert (len(secret), secret.startswith("osit_"), opaque_tokens.has_valid_checksum(secret)) == (56, True, True)
    listed = await api.read(session, MINE)
    assert listed == {"viewer": {"apiTokens": [made]}}
    assert secret not in str(listed)
    assert await api.read(secret, WHO) == {"viewer": {"user": {"id": company.ids["manager"]}, "roles": ["MANAGER"]}}


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"name": " "}, ("input.name", "REQUIRED")),
        ({"name": "x" * 201}, ("input.name", "TOO_LONG")),
        ({"scopes": []}, ("input.scopes", "REQUIRED")),
        ({"expiresAt": after(days=-1)}, ("input.expiresAt", "INVALID")),
        ({"expiresAt": after(days=367)}, ("input.expiresAt", "INVALID")),
    ],
)
async def test_an_invalid_token_input_is_refused(
    company: Company, api: Api, changes: dict[str, Any], refused: tuple[str, str]
) -> None:
    before = await company.snapshot()
    values = {"name": "a program", "scopes": ["READ_TICKETS"], **changes}
    assert await api.refusal(company.tokens["manager"], CREATE, input=values) == [refused]
    assert await company.snapshot() == before


async def test_a_token_lasts_at_most_a_year(company: Company, api: Api) -> None:
    secret, _ = await make_token(api, company.tokens["manager"], "READ_TICKETS", expiresAt=after(days=365))
    await api.read(secret, WHO)
    with clock.at(datetime.now(UTC) + timedelta(days=364)):
        await api.read(secret, WHO)
    with clock.at(datetime.now(UTC) + timedelta(days=366)):
        assert (await api.ask(secret, WHO)).status == 401


async def test_a_person_has_at_most_50_tokens(company: Company, api: Api) -> None:
    values = api_tokens.NewToken(company.keys["manager"], "one of many", [Scope.READ_TICKETS])
    async with as_superuser(company.database).transaction() as session:
        for _ in range(50):
            await api_tokens.create_unchecked(session, values)
    input_ = {"name": "a program", "scopes": ["READ_TICKETS"]}
    assert await api.refusal(company.tokens["manager"], CREATE, input=input_) == [("input", "INVALID")]
    with clock.at(datetime.now(UTC) + timedelta(days=91)):  # the first 50 have expired
        async with as_superuser(company.database).transaction() as session:
            await api_tokens.create_unchecked(session, values)


async def test_an_administrator_manages_tokens_of_others(company: Company, api: Api) -> None:
    admin, manager = company.tokens["admin"], company.ids["manager"]
    secret, made = await make_token(api, admin, "READ_REPORTS", userId=manager)
    assert (await api.read(secret, WHO))["viewer"] == {"user": {"id": manager}, "roles": ["MANAGER"]}
    document = "query ($id: ID!) { node(id: $id) { ... on User { apiTokens { id } } ... on ApiToken { name } } }"
    assert await api.read(admin, document, id=manager) == {"node": {"apiTokens": [{"id": made}]}}
    assert await api.read(company.tokens["manager"], document, id=made) == {"node": {"name": "a program"}}
    assert await api.read(company.tokens["operator"], document, id=manager) == {"node": {"apiTokens": None}}
    assert await api.read(company.tokens["operator"], document, id=made) == {"node": None}
    assert await api.refusal(company.tokens["operator"], REVOKE, id=made) == [("id", "NOT_FOUND")]
    await api.read(secret, WHO)
    revoked = await api.act(admin, REVOKE, id=made)
    assert revoked["apiToken"] == {"id": made, "name": "a program"}
    assert (await api.ask(secret, WHO)).codes == ["UNAUTHENTICATED"]
    assert await api.refusal(admin, REVOKE, id=made) == [("id", "NOT_FOUND")]


async def test_other_roles_create_no_tokens_of_others(company: Company, api: Api) -> None:
    before = await company.snapshot()
    values = {"name": "a program", "scopes": ["READ_TICKETS"]}
    for owner in (company.ids["manager"], "nonsense"):  # refused before the ID is read
        answer = await api.ask(company.tokens["operator"], CREATE, {"input": values | {"userId": owner}})
        assert answer.codes == ["FORBIDDEN"]
    assert await company.snapshot() == before
    secret, _ = await make_token(api, company.tokens["operator"], "READ_TICKETS", userId=company.ids["operator"])
    await api.read(secret, WHO)


async def test_an_inactive_person_gets_no_token(company: Company, api: Api) -> None:
    await call(company, update_person, company.viewers["admin"], company.keys["peer"], PersonInput(active=False))
    values = {"name": "a program", "scopes": ["READ_TICKETS"], "userId": company.ids["peer"]}
    assert await api.refusal(company.tokens["admin"], CREATE, input=values) == [("input.userId", "INACTIVE")]


@pytest.mark.parametrize("end", ["deactivated", "another password", "reset"])
async def test_ending_the_sessions_revokes_the_tokens(company: Company, api: Api, end: str) -> None:
    secret, _ = await make_token(api, company.tokens["manager"], "READ_TICKETS")
    others, _ = await make_token(api, company.tokens["operator"], "READ_TICKETS")
    key, admin = company.keys["manager"], company.viewers["admin"]
    match end:
        case "deactivated":
            await call(company, update_person, admin, key, PersonInput(active=False))
            await call(company, update_person, admin, key, PersonInput(active=True))
        case "another password":
            await call(company, update_person, admin, key, PersonInput(password="long enough"))
        case _:
            await call(company, reset_password, key, "long enough")
    assert (await api.ask(secret, WHO)).status == 401
    await api.read(others, WHO)


async def test_a_token_of_an_inactive_owner_is_invalid(company: Company, api: Api) -> None:
    secret, _ = await make_token(api, company.tokens["manager"], "READ_TICKETS")
    async with as_superuser(company.database).transaction() as session:
        await session.execute(update(Person).where(Person.id == company.keys["manager"]).values(active=False))
    assert (await api.ask(secret, WHO)).status == 401


async def test_the_last_use_is_written_once_a_minute(company: Company, api: Api) -> None:
    secret, _ = await make_token(api, company.tokens["manager"], "READ_TICKETS")
    start, statements = datetime.now(UTC), []
    for second in (0, 2, 58, 60, 62):  # a cached viewer needs no query
        with clock.at(start + timedelta(seconds=second)), logged_statements(company.database) as logged:
            await api.read(secret, "{ viewer { id } }")
        statements.append(len(logged))
    assert statements == [2, 1, 1, 2, 1]
    async with as_superuser(company.database).reading() as session:
        assert await session.scalar(select(ApiToken.last_used_at)) == start + timedelta(seconds=60)


@pytest.mark.parametrize(
    "damage", [lambda t: t[:-1], lambda t: t[:-1] + "é", lambda t: t.swapcase(), lambda t: t + "0"]
)
async def test_a_damaged_token_is_refused_without_a_query(company: Company, api: Api, damage: Any) -> None:
    secret, _ = await make_token(api, company.tokens["manager"], "READ_TICKETS")
    with logged_statements(company.database) as logged:
        assert await api_tokens.get_viewer(company.database, damage(secret)) is None
    assert logged == []
    assert await api_tokens.get_viewer(company.database, secret) is not None


def test_secrets_are_long_and_unique() -> None:
    made = {opaque_tokens.generate(opaque_tokens.API_TOKEN_PREFIX) for _ in range(1000)}
    assert len(made) == 1000
    assert {len(secret) for secret in made} == {56}
    assert len(set("".join(secret[7:50] for secret in made))) == 62
