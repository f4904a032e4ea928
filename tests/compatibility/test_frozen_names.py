"""Names stored in databases and by clients. They never change, even when Python's names do."""

import re
from typing import Any

import pytest
from sqlalchemy import literal, select, text

from osit_graphql.db import visibility
from osit_graphql.db.engine import Database
from osit_graphql.db.models import Base
from osit_graphql.db.rls import API_ROLE
from osit_graphql.db.schema import migrate
from osit_graphql.domain.enums import Decision, Role, Scope
from osit_graphql.domain.viewer import System, Viewer
from osit_graphql.http import redis_buckets
from osit_graphql.services import background_jobs
from osit_graphql.services.auth import login_throttling, opaque_tokens
from osit_graphql.services.directory import people
from tests.architecture.source import package
from tests.compatibility.records import load
from tests.superuser import as_superuser

SYSTEMS = {
    "system:health",
    "system:sign-in",
    "system:reports",
    "system:directory",
    "system:import",
    "system:demo",
    "system:audit",
    "system:purge",
}
SETTINGS = ("acting", "person", "reports", "roles", "service")
NAMES = load("names.json")
SETTING = re.compile(r"\bosit\.([a-z_]+)")
FUNCTION = re.compile(r"\b(?:func\.)?(osit_[a-z_]+)\(")


async def read_settings(session: Any) -> dict[str, str]:
    """Return the settings of a transaction that are set."""
    settings = {name: text(f"SELECT current_setting('osit.{name}', true)") for name in SETTINGS}
    values = {name: await session.scalar(statement) for name, statement in settings.items()}
    return {name: value for name, value in values.items() if value}


async def test_the_settings_of_a_viewer(database: Database) -> None:
    viewer = Viewer(7, frozenset({Role.TECHNICIAN, Role.OPERATOR}), 3)
    expected = {"person": "7", "roles": "OPERATOR,TECHNICIAN", "service": "3"}
    async with database.transaction(viewer) as session:
        assert await read_settings(session) == expected
        await session.execute(select(visibility.set_acting_ticket(literal(12))))
        assert await read_settings(session) == expected | {"acting": "12"}
    async with database.reading(viewer, reports=True) as session:
        assert await read_settings(session) == expected | {"reports": "on"}


async def test_the_settings_of_a_system_job(database: Database) -> None:
    roles = set()
    for system in System:
        async with database.reading(system) as session:
            settings = await read_settings(session)
            roles.add(settings.pop("roles"))
            assert settings == {}
    assert roles == SYSTEMS


async def test_postgresql_has_these_tables_functions_and_settings(database: Database) -> None:
    assert sorted(Base.metadata.tables) == NAMES["tables"]
    public = "pronamespace = 'public'::regnamespace AND proname LIKE 'osit%'"
    bodies = f"SELECT prosrc FROM pg_proc WHERE {public}"
    policies = "SELECT concat(qual, with_check) FROM pg_policies"
    async with as_superuser(database).reading() as session:
        functions = await session.scalars(text(f"SELECT DISTINCT proname FROM pg_proc WHERE {public} ORDER BY 1"))
        assert list(functions) == NAMES["functions"]
        sources = [*await session.scalars(text(bodies)), *await session.scalars(text(policies))]
    assert {name for source in sources for name in SETTING.findall(source)} == set(SETTINGS)


def test_the_package_calls_no_other_function() -> None:
    called = {name for module in package() for name in FUNCTION.findall(module.text)}
    assert called - set(NAMES["functions"]) == set()
    assert called != set()


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (Role, "REQUESTER OPERATOR TECHNICIAN MANAGER ADMIN"),
        (Scope, "READ_TICKETS WRITE_TICKETS READ_REPORTS MANAGE_DIRECTORY"),
        (Decision, "APPROVED REJECTED POSTPONED"),
    ],
)
def test_enumerations_in_rows_have_these_values(words: Any, values: str) -> None:
    assert [word.value for word in words] == values.split()


def test_tokens_have_these_prefixes() -> None:
    assert (opaque_tokens.SESSION_PREFIX, opaque_tokens.API_TOKEN_PREFIX) == ("osit_s_", "osit_t_")
    secret = "osit_s_" + "0" * 43
    assert opaque_tokens.digest(secret).hex() == "4b54446d86bea3d222d23cab23971dcc42eb1bfa1e0186c6859b946ebb6b3b6e"


def test_failed_sign_ins_are_counted_under_these_keys() -> None:
    """A process of another release counts on, under the same keys."""
    signing_in = login_throttling.sign_in_counters("ann@example.com", "192.0.2.7")
    assert {key.hex()[:16] for key in signing_in} == {"7e9c0d367af6fe11", "6aff545b713d0b26", "0940ae4e48a8ff6f"}
    nowhere = login_throttling.sign_in_counters("ann@example.com", None)
    assert {key.hex()[:16] for key in nowhere} == {"db8715872800f71c", "6aff545b713d0b26", "23458104671a0783"}
    changing = login_throttling.password_change_counters(b"\1" * 32, "2001:db8::1")
    assert {key.hex()[:16] for key in changing} == {"9ea56beb126ebb7a", "45e41eff67d76d38"}


def test_names_shared_by_processes_of_two_releases() -> None:
    assert API_ROLE == "osit_api"
    assert (migrate.MIGRATION_LOCK, background_jobs.PURGE_LOCK, people.LAST_PEOPLE) == (
        0x05174AB1E,
        0x05174AB3E,
        0x05174AD31,
    )
    assert redis_buckets.KEY_PREFIX == "osit:budget:"
