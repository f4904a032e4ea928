"""The audit finds every edit of the directory's history, and of the directory past its triggers."""

import asyncio

import pytest
from sqlalchemy import text

from osit_graphql.db.engine import run_with_retry
from osit_graphql.domain.enums import Role
from osit_graphql.services import audit
from osit_graphql.services.directory.catalog import ServiceInput, update_entry
from osit_graphql.services.directory.people import PersonInput, update_person
from osit_graphql.settings import Settings
from tests.company import Company
from tests.directory.directory_calls import call
from tests.integrity.tampering import find_tampering
from tests.superuser import Superuser, audit_differences, rolled_back_connection

WITHOUT_TRIGGERS = "SET LOCAL session_replication_role = replica"
LAST = "(SELECT max(id) FROM directory_change WHERE object_kind = 'USER')"
FIRST = "(SELECT min(id) FROM directory_change)"
# Edits by a superuser without triggers, and the difference that must be reported.
EDITS = {
    "a role": ("UPDATE person SET roles = ARRAY['ADMIN'] WHERE id = 5", "OBJECT_ALTERED"),
    "an activation": ("UPDATE person SET active = false WHERE id = 6", "OBJECT_ALTERED"),
    "a first password": ("UPDATE person SET password_hash = 'x' WHERE id = 6", "OBJECT_ALTERED"),
    "an identity": ("INSERT INTO identity VALUES ('https://id.example', 'x', 8, now())", "OBJECT_ALTERED"),
    "a rate": ("UPDATE service_rate SET hourly_rate = 1 WHERE service_id = 2", "OBJECT_ALTERED"),
    "a service's name": ("UPDATE service SET name = 'x' WHERE id = 3", "OBJECT_ALTERED"),
    "a default service": ("UPDATE application SET default_service_id = 2 WHERE id = 1", "OBJECT_ALTERED"),
    "a site's city": ("UPDATE site SET city = 'x' WHERE id = 1", "OBJECT_ALTERED"),
    "a cause": ("DELETE FROM cause WHERE id = 1", "OBJECT_ALTERED"),
    "an actor": (f"UPDATE directory_change SET actor_id = 7 WHERE id = {LAST}", "CHANGE_ALTERED"),
    "a time": (f"UPDATE directory_change SET created_at = now() WHERE id = {FIRST}", "CHANGE_ALTERED"),
    "a new value": (
        f"UPDATE directory_change SET fields = replace(fields::text, 'MANAGER', 'ADMIN')::jsonb WHERE id = {LAST}",
        "CHANGE_TEXTS_ALTERED",
    ),
    "a name": (f"UPDATE directory_change SET object_name = 'x' WHERE id = {FIRST}", "CHANGE_TEXTS_ALTERED"),
    "a removed row": (f"DELETE FROM directory_change WHERE id = {FIRST}", "CHANGE_REMOVED"),
    "a removed seal": ("DELETE FROM directory_seal WHERE seq = 2", "CHANGE_SEAL_REMOVED"),
    "an inserted row": (
        (
            "INSERT INTO directory_change (created_at, kind, source, object_kind, object_id, object_name, fields) "
            "VALUES (now(), 'CREATED', 'DEMO', 'SITE', 1, 'x', '[]')"
        ),
        "CHANGE_NOT_SEALED",
    ),
    "a repeated seal": (
        (
            "INSERT INTO directory_seal SELECT seq + 1000, change_id, salt, texts, state, digest FROM directory_seal "
            "WHERE seq = 1"
        ),
        "CHANGE_SEALED_TWICE",
    ),
}


@pytest.fixture
async def changed(company: Company) -> Company:
    """Provide the company after three changes: a person twice, and a service's rate."""
    viewer = company.viewers["admin"]
    rate = ServiceInput(hourly_rate=None)
    await call(company, update_entry, viewer, company.keys["Réseau"], rate, zone=Settings(_env_file=None).zone)
    for roles in ((Role.OPERATOR,), (Role.OPERATOR, Role.MANAGER)):
        await call(company, update_person, viewer, company.keys["requester"], PersonInput(roles=roles))
    return company


async def test_what_the_api_writes_is_sealed(changed: Company) -> None:
    rows = await changed.rows()
    number, differences = await audit.verify_directory(changed.database)
    assert number == len(rows["directory_change"]) == len(rows["directory_seal"]) > 20
    assert differences == []
    [row] = [row for row in rows["directory_change"] if "MANAGER" in str(row) and "'old'" in str(row) and row[4]]
    assert row[4] == changed.keys["admin"]


@pytest.mark.parametrize("edit", EDITS)
async def test_edits_are_found(changed: Company, admin: Superuser, edit: str) -> None:
    statement, kind = EDITS[edit]
    async with rolled_back_connection(admin) as connection:
        await connection.execute(text(WITHOUT_TRIGGERS))
        assert (await connection.execute(text(statement))).rowcount, statement
        assert kind in await connection.run_sync(find_tampering)


async def test_the_last_change_of_a_person_is_not_removed_quietly(changed: Company, admin: Superuser) -> None:
    async with rolled_back_connection(admin) as connection:
        last = (await connection.execute(text(f"SELECT {LAST}"))).scalar_one()
        await connection.execute(text(WITHOUT_TRIGGERS))
        for table, column in (("directory_seal", "change_id"), ("directory_change", "id")):
            assert (await connection.execute(text(f"DELETE FROM {table} WHERE {column} = {last}"))).rowcount == 1
        assert await connection.run_sync(find_tampering) == ["OBJECT_ALTERED"]


async def test_a_superuser_s_change_through_the_triggers_is_recorded(changed: Company, admin: Superuser) -> None:
    async with rolled_back_connection(admin) as connection:
        await connection.execute(text("UPDATE person SET roles = ARRAY['ADMIN'] WHERE id = 5"))
        await connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        source = await connection.execute(text(f"SELECT source FROM directory_change WHERE id = {LAST}"))
        assert source.scalar_one() == "DATABASE"
        assert await connection.run_sync(find_tampering) == []


async def test_erasing_names_and_values_with_their_salt_keeps_the_seals_valid(
    changed: Company, admin: Superuser
) -> None:
    erased = "UPDATE directory_change SET object_name = '{}', fields = '[]' WHERE object_kind = 'USER'"
    salt = """UPDATE directory_seal SET salt = NULL
        WHERE change_id IN (SELECT id FROM directory_change WHERE object_kind = 'USER')"""
    for statements, differences in (
        ((erased.format("[…]"), salt), set()),
        ((erased.format("x"), salt), {"CHANGE_TEXTS_ALTERED"}),
        ((salt,), {"CHANGE_TEXTS_ALTERED"}),
    ):
        async with rolled_back_connection(admin) as connection:
            for statement in (WITHOUT_TRIGGERS, *statements):
                await connection.execute(text(statement))
            assert set(await connection.run_sync(find_tampering)) == differences


async def test_concurrent_changes_make_one_chain(company: Company) -> None:
    viewer, gate = company.viewers["admin"], asyncio.Semaphore(3)

    async def change(name: str, turn: int) -> None:
        fields = PersonInput(name=f"{name} {turn}")
        async with gate:
            await run_with_retry(
                company.database, viewer, lambda session: update_person(session, viewer, company.keys[name], fields)
            )

    names = ("requester", "colleague", "operator")
    await asyncio.gather(*(change(name, turn) for turn in range(3) for name in names))
    assert await audit_differences(company.database) == []
    seals = (await company.rows())["directory_seal"]
    assert sorted(row[0] for row in seals) == list(range(1, len(seals) + 1))


def test_every_difference_has_its_sentence() -> None:
    for kind in audit.DIRECTORY_SENTENCES:
        assert str(audit.DirectoryDifference(2, kind)).startswith("directory change 2: ")
    assert {kind for _, kind in EDITS.values()} == set(audit.DIRECTORY_SENTENCES)
