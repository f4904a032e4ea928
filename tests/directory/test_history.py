"""Every change of people, rights and the directory leaves a row of history, in the transaction of the change."""

from typing import Any

import pytest
from sqlalchemy import text

from osit_graphql.domain.enums import Scope
from osit_graphql.domain.viewer import System
from osit_graphql.services.auth import api_tokens, oidc
from osit_graphql.services.directory import admin
from osit_graphql.services.directory.people import create_person_unchecked
from tests.auth.people import CREATE, PASSWORD, REVOKE, SIGN_IN, give_passwords, make_token
from tests.client import Api
from tests.company import Company
from tests.directory.directory_calls import call
from tests.directory.documents import ENTRIES, change
from tests.directory.test_api import EXISTING, add_entry, change_entry, requester_input
from tests.directory.test_people import requester_input as new_requester
from tests.superuser import acting_as, as_superuser, rolled_back

CHANGES = """query ($objectId: ID, $actorId: ID, $period: Period, $first: Int, $after: String, $last: Int) {
  directoryChanges(objectId: $objectId, actorId: $actorId, period: $period, first: $first, after: $after, last: $last) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id createdAt kind source actor { name } objectId objectName fields { field old new } } } }"""
NEW_PASSWORD = '{currentPassword: "correct horse", newPassword: "another horse"}'
CHANGE_PASSWORD = f"mutation {{ viewerPasswordChange(input: {NEW_PASSWORD}) {{ userErrors {{ code }} }} }}"
SIGN_OUT = "mutation { signOut { userErrors { code } } }"


@pytest.fixture
async def company(company: Company) -> Company:
    """Provide the company without the history of its creation."""
    async with as_superuser(company.database).transaction() as session:
        for statement in (
            "SET LOCAL session_replication_role = replica",
            "DELETE FROM directory_seal",
            "DELETE FROM directory_change",
        ):
            await session.execute(text(statement))
    return company


async def read(api: Api, company: Company, **variables: Any) -> Any:
    """Return a page of the changes that the administrator reads, latest first."""
    return (await api.read(company.tokens["admin"], CHANGES, **variables))["directoryChanges"]


async def summarize(api: Api, company: Company, **variables: Any) -> list[tuple[Any, ...]]:
    """Return kind, actor or source, object's name, and old and new values by field of each change, latest first."""
    return [
        (
            node["kind"],
            node["actor"]["name"] if node["source"] == "API" else node["source"],
            node["objectName"],
            {each["field"]: (each["old"], each["new"]) for each in node["fields"]},
        )
        for node in (await read(api, company, **variables))["nodes"]
    ]


async def test_a_new_manager_is_recorded_with_the_actor_and_both_values(api: Api, company: Company) -> None:
    """Issue 18: who made whom MANAGER, when, from what to what."""
    before = await read(api, company)
    assert (before["totalCount"], before["nodes"]) == (0, [])
    await change_entry(api, company, "user", company.ids["requester"], roles=["REQUESTER", "MANAGER"])
    [node] = (await read(api, company))["nodes"]
    assert node.pop("createdAt") > "2026"
    assert node.pop("id").startswith("chg1_")
    assert node == {
        "kind": "UPDATED",
        "source": "API",
        "actor": {"name": "Admin"},
        "objectId": company.ids["requester"],
        "objectName": "Requester",
        "fields": [{"field": "roles", "old": ["REQUESTER"], "new": ["REQUESTER", "MANAGER"]}],
    }


async def test_a_person_s_fields_are_recorded_without_phone_numbers_and_passwords(api: Api, company: Company) -> None:
    fields = requester_input(company, roles=["TECHNICIAN"], serviceId=company.ids["Réseau"], phone="0612345678")
    user = await add_entry(api, company, "user", **fields, password="une phrase longue")
    changed = {"name": "Zoé Hiver", "email": "hiver@example.com", "phone": None, "roles": ["ADMIN"]}
    await change_entry(api, company, "user", user["id"], **changed, active=False, siteId=company.ids["Lyon"])
    updated, created = await summarize(api, company)
    assert created == (
        "CREATED", "Admin", "Zoé Été", {
            "name": ([], ["Zoé Été"]), "email": ([], ["zoe@example.com"]), "phone": ([], []),
            "roles": ([], ["TECHNICIAN"]), "service": ([], ["Réseau"]), "site": ([], ["Paris"]),
            "active": ([], ["true"]), "password": ([], []),
        },
    )  # fmt: skip
    assert updated == (
        "UPDATED", "Admin", "Zoé Hiver", {
            "name": (["Zoé Été"], ["Zoé Hiver"]), "email": (["zoe@example.com"], ["hiver@example.com"]),
            "phone": ([], []), "roles": (["TECHNICIAN"], ["ADMIN"]), "service": (["Réseau"], []),
            "site": (["Paris"], ["Lyon"]), "active": (["true"], ["false"]),
        },
    )  # fmt: skip
    rows = str((await company.snapshot())["directory_change"])
    assert "0612345678" not in rows
    assert "argon2" not in rows


@pytest.mark.parametrize("kind", sorted({*ENTRIES} - {"user"}))
async def test_entries_are_recorded(api: Api, company: Company, kind: str) -> None:
    await add_entry(api, company, kind, name="Nouveau")
    await change_entry(api, company, kind, company.ids[EXISTING[kind]], name="Renommé", active=False)
    updated, created = await summarize(api, company)
    assert created == ("CREATED", "Admin", "Nouveau", {"name": ([], ["Nouveau"]), "active": ([], ["true"])})
    fields = {"name": ([EXISTING[kind]], ["Renommé"]), "active": (["true"], ["false"])}
    assert updated == ("UPDATED", "Admin", "Renommé", fields)
    [only] = (await read(api, company, objectId=company.ids[EXISTING[kind]]))["nodes"]
    assert (only["objectId"], only["objectName"]) == (company.ids[EXISTING[kind]], "Renommé")


async def test_other_fields_of_entries_are_recorded(api: Api, company: Company) -> None:
    await change_entry(api, company, "application", company.ids["Portail"], defaultServiceId=company.ids["Réseau"])
    await change_entry(api, company, "service", company.ids["Réseau"], phone="01", email="r@example.com")
    await change_entry(api, company, "site", company.ids["Lyon"], city="Lyon")
    assert [each[3] for each in await summarize(api, company)] == [
        {"city": ([], ["Lyon"])},
        {"phone": ([], ["01"]), "email": ([], ["r@example.com"])},
        {"defaultService": ([], ["Réseau"])},
    ]


async def test_hourly_rates_are_recorded_with_the_rate_that_they_replace(api: Api, company: Company) -> None:
    key = company.ids["Réseau"]
    for rate in ("50.00", "51.50", None):
        await change_entry(api, company, "service", key, hourlyRate=rate, hourlyRateFrom="2026-03-01")
    day: Any = ([], ["2026-03-01"])
    assert await summarize(api, company) == [
        ("UPDATED", "Admin", "Réseau", {"hourlyRate": (["51.50"], []), "hourlyRateFrom": day}),
        ("UPDATED", "Admin", "Réseau", {"hourlyRate": (["50.00"], ["51.50"]), "hourlyRateFrom": day}),
        ("UPDATED", "Admin", "Réseau", {"hourlyRate": (["45.50"], ["50.00"]), "hourlyRateFrom": day}),
    ]


async def test_tokens_and_passwords_are_recorded(api: Api, company: Company) -> None:
    own, _ = await make_token(api, company.tokens["requester"], "READ_TICKETS", expiresAt="2026-12-24T12:00:00Z")
    _, other = await make_token(
        api, company.tokens["admin"], "READ_TICKETS", "READ_REPORTS",
        userId=company.ids["requester"], expiresAt="2026-12-24T12:00:00Z",
    )  # fmt: skip
    await api.act(company.tokens["admin"], REVOKE, id=other)
    await change_entry(api, company, "user", company.ids["requester"], password="une phrase longue")
    assert own.startswith("osit_t_")
    expiry: Any
    ended: Any
    expiry, ended = ([], ["2026-12-24T12:00:00Z"]), (["2026-12-24T12:00:00Z"], [])
    one, two = ["READ_TICKETS"], ["READ_TICKETS", "READ_REPORTS"]
    name = ["a program"]
    assert await summarize(api, company) == [
        ("API_TOKEN_REVOKED", "Admin", "Requester", {"apiToken": (name, []), "scopes": (one, []), "expiresAt": ended}),
        ("SESSIONS_ENDED", "Admin", "Requester", {"sessions": (["1"], [])}),
        ("UPDATED", "Admin", "Requester", {"password": ([], [])}),
        ("API_TOKEN_REVOKED", "Admin", "Requester", {"apiToken": (name, []), "scopes": (two, []), "expiresAt": ended}),
        ("API_TOKEN_CREATED", "Admin", "Requester", {"apiToken": ([], name), "scopes": ([], two), "expiresAt": expiry}),
        (
            "API_TOKEN_CREATED", "Requester", "Requester",
            {"apiToken": ([], name), "scopes": ([], one), "expiresAt": expiry},
        ),
    ]  # fmt: skip


async def test_signing_in_and_out_is_no_change_but_one_s_own_new_password_is(api: Api, company: Company) -> None:
    await give_passwords(company, "requester")
    signed_in = await api.act(company.tokens["admin"], SIGN_IN, email="requester@example.com", password=PASSWORD)
    await api.act(signed_in["token"], SIGN_OUT)
    await api.act(company.tokens["requester"], CHANGE_PASSWORD)
    assert await summarize(api, company) == [
        ("UPDATED", "Requester", "Requester", {"password": ([], [])}),
        ("UPDATED", "DATABASE", "Requester", {"password": ([], [])}),
    ]


async def test_the_command_line_is_recorded_as_such(api: Api, company: Company) -> None:
    key = await call(company, create_person_unchecked, new_requester(company))
    await call(company, admin.reset_password, key, "une phrase longue")
    await call(company, oidc.link, key, "https://id.example", "zoe")
    await call(company, oidc.link, key, "https://id.example", "zoe")  # exists already
    await call(company, oidc.unlink, key, "https://id.example")
    await call(company, api_tokens.create_unchecked, api_tokens.NewToken(key, "Export", [Scope.READ_REPORTS]))
    rows = await summarize(api, company)
    assert [(kind, source) for kind, source, *_ in rows] == [
        ("API_TOKEN_CREATED", "COMMAND_LINE"),
        ("IDENTITY_UNLINKED", "COMMAND_LINE"),
        ("IDENTITY_LINKED", "COMMAND_LINE"),
        ("UPDATED", "COMMAND_LINE"),
        ("CREATED", "COMMAND_LINE"),
    ]
    assert rows[2][3] == {"issuer": ([], ["https://id.example"]), "subject": ([], ["zoe"])}


@pytest.mark.parametrize(
    ("principal", "source"),
    [(System.IMPORT, "IMPORT"), (System.DEMO, "DEMO"), (System.DIRECTORY, "COMMAND_LINE"), (System.HEALTH, "DATABASE")],
)
async def test_every_source_has_its_word(api: Api, company: Company, principal: System, source: str) -> None:
    async with as_superuser(company.database).transaction(principal) as session:
        await session.execute(text("INSERT INTO cause (name, name_key) VALUES ('Choc', 'choc')"))
    assert [row[:3] for row in await summarize(api, company)] == [("CREATED", source, "Choc")]


async def test_nothing_is_recorded_when_nothing_changes_or_the_change_is_refused(api: Api, company: Company) -> None:
    admin_token = company.tokens["admin"]
    await change_entry(api, company, "user", company.ids["requester"], roles=["REQUESTER"], name="Requester")
    await change_entry(api, company, "service", company.ids["Réseau"], hourlyRate="45.50", hourlyRateFrom="2026-03-01")
    refused = {"id": company.ids["admin"], "input": {"name": "Autre", "active": False}}
    assert await api.refusal(admin_token, change("user"), **refused) == [("input.active", "INVALID")]
    forbidden = await api.ask(company.tokens["manager"], change("site"), {"id": company.ids["Lyon"], "input": {}})
    assert forbidden.codes == ["FORBIDDEN"]
    too_long = {"input": {"name": "x", "scopes": ["READ_TICKETS"], "expiresAt": "2199-01-01T00:00:00Z"}}
    assert await api.refusal(admin_token, CREATE, **too_long) == [("input.expiresAt", "INVALID")]
    async with as_superuser(company.database).transaction(System.PURGE) as session:  # sessions and tokens expire
        await session.execute(text("DELETE FROM session_token WHERE person_id <> :id"), {"id": company.keys["admin"]})
    assert await summarize(api, company) == []


async def test_the_list_is_filtered_by_object_actor_and_period(api: Api, company: Company) -> None:
    ids = company.ids
    await add_entry(api, company, "cause", name="Choc")
    await make_token(api, company.tokens["requester"], "READ_TICKETS")
    await change_entry(api, company, "site", ids["Lyon"], city="Lyon")
    names = ["Lyon", "Requester", "Choc"]
    for filter_, expected in (
        ({}, names),
        ({"objectId": ids["requester"]}, ["Requester"]),
        ({"objectId": ids["developer"]}, []),
        ({"actorId": ids["admin"]}, ["Lyon", "Choc"]),
        ({"actorId": ids["admin"], "objectId": ids["Lyon"]}, ["Lyon"]),
        ({"period": {"from": "2020-01-01", "to": "2199-12-31"}}, names),
        ({"period": {"from": "2020-01-01", "to": "2020-12-31"}}, []),
        ({"last": 1}, ["Choc"]),
    ):
        page = await read(api, company, **filter_)
        assert [node["objectName"] for node in page["nodes"]] == expected, filter_
        assert page["totalCount"] == (3 if "last" in filter_ else len(expected))
    first = await read(api, company, first=2)
    assert first["pageInfo"]["hasNextPage"]
    second = await read(api, company, first=2, after=first["pageInfo"]["endCursor"])
    assert [node["objectName"] for node in first["nodes"] + second["nodes"]] == names
    answer = await api.ask(company.tokens["admin"], CHANGES, {"objectId": company.id(1)})
    assert (answer.codes, answer.errors[0]["extensions"]["argument"]) == (["BAD_USER_INPUT"], ["objectId"])


@pytest.mark.parametrize("who", ["requester", "operator", "developer", "manager"])
async def test_only_administrators_read_it(api: Api, company: Company, who: str) -> None:
    await add_entry(api, company, "cause", name="Choc")
    [node] = (await read(api, company))["nodes"]
    assert (await api.ask(company.tokens[who], CHANGES)).codes == ["FORBIDDEN"]
    by_id = "query ($id: ID!) { node(id: $id) { id ... on DirectoryChange { objectName } } }"
    assert await api.read(company.tokens[who], by_id, id=node["id"]) == {"node": None}
    shown = await api.read(company.tokens["admin"], by_id, id=node["id"])
    assert shown == {"node": {"id": node["id"], "objectName": "Choc"}}


@pytest.mark.parametrize("table", ["directory_change", "directory_seal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
async def test_history_is_never_changed(company: Company, table: str, statement: str) -> None:
    if table == "directory_seal":
        statement = statement.replace("id", "seq")
    async with rolled_back(as_superuser(company.database)) as session:
        await session.execute(text("INSERT INTO cause (name, name_key) VALUES ('Choc', 'choc')"))
        await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        with pytest.raises(Exception, match="append-only"):
            await session.execute(text(statement.format(table)))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO directory_change SELECT * FROM directory_change",
        "SELECT osit_write_change('CREATED', 'SITE', 1, 'x', '[]')",
        "INSERT INTO directory_seal VALUES (1, 1, '', '', '', '')",
    ],
)
async def test_the_api_s_role_cannot_write_history(company: Company, statement: str) -> None:
    viewer = company.viewers["admin"]
    async with rolled_back(as_superuser(company.database)) as session, acting_as(session, viewer):
        with pytest.raises(Exception, match="42501"):
            await session.execute(text(statement))
        await session.connection.execute("ROLLBACK; BEGIN")  # for the statements that end `acting_as`
