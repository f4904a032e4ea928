"""`osit migrate` creates roles or names the missing privileges; `osit serve` refuses roles that bypass policies."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from osit_graphql.db.engine import Database
from osit_graphql.db.schema import migrate, roles
from osit_graphql.domain.errors import SetupError
from tests.superuser import Superuser
from tests.waiting import HANG_TIMEOUT_S

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Server:
    """An empty database with an owner and a serving role; `url` is for any role."""

    admin: Superuser
    name: str

    @property
    def owner(self) -> str:
        return f"{self.name}_owner"

    @property
    def serving(self) -> str:
        return f"{self.name}_serving"

    def url(self, role: str, password: str | None = None) -> str:
        """Return the database URL of a role."""
        url = self.admin.url.set(username=role, database=self.name, password=password)
        return url.render_as_string(hide_password=False)

    async def run(self, *statements: str, database: str | None = None) -> None:
        """Run statements as the superuser, here or in another database."""
        url = self.admin.url.set(database=database or self.name)
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))
        await engine.dispose()

    async def migrate(self, role: str | None = None) -> str | None:
        """Migrate as the owner; return the error."""
        owner = Database(self.url(role or self.owner), pool_size=1)
        try:
            await migrate.migrate(owner, serving=self.url(self.serving, "mot de passe"))
        except SetupError as error:
            return str(error)
        finally:
            await owner.close()
        return None

    async def check(self, role: str | None = None) -> str | None:
        """Check the role as at the start of the API; return the error."""
        database = Database(self.url(role or self.serving), pool_size=1)
        try:
            await roles.check_serving_role(database)
        except SetupError as error:
            return str(error)
        finally:
            await database.close()
        return None

    def osit(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Run the command; return its status and its error output."""
        done = subprocess.run(
            [sys.executable, "-m", "osit_graphql.cli", *arguments],
            env=os.environ | environment | {"COLUMNS": "500", "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, timeout=HANG_TIMEOUT_S, check=False,
        )  # fmt: skip
        return done.returncode, done.stderr


@pytest.fixture
async def server(admin: Superuser, worker_id: str) -> AsyncIterator[Server]:
    server = Server(admin, f"osit_roles_{worker_id}")
    here = str(admin.url.database)
    dropping = [f"DROP DATABASE IF EXISTS {server.name} WITH (FORCE)"]
    dropping += [f"DROP ROLE IF EXISTS {role}" for role in (server.serving, server.owner)]
    await server.run(*dropping, f"CREATE ROLE {server.owner} LOGIN", database=here)
    await server.run(f"CREATE DATABASE {server.name} OWNER {server.owner}", database=here)
    yield server
    await server.run(*dropping, database=here)


async def test_an_owner_with_createrole_creates_the_roles(server: Server) -> None:
    # The creator of osit_api may grant it; here that is another test.
    await server.run(f"ALTER ROLE {server.owner} CREATEROLE", f"GRANT osit_api TO {server.owner} WITH ADMIN OPTION")
    assert await server.migrate() is None
    assert await server.check() is None
    assert await server.migrate() is None
    async with server.admin.reading() as session:
        statement = text("SELECT rolpassword FROM pg_authid WHERE rolname = :role")
        password_hash = str(await session.scalar(statement, {"role": server.serving}))
    assert password_hash.startswith("SCRAM-SHA-256$4096:")
    assert "mot de passe" not in password_hash


async def test_existing_roles_are_sufficient(server: Server) -> None:
    await server.run(f"CREATE ROLE {server.serving} LOGIN IN ROLE osit_api")
    assert await server.migrate() is None
    assert await server.check() is None


async def test_missing_privileges_are_named_and_nothing_is_changed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await server.migrate() == (
        f"The role {server.serving} of OSIT_DATABASE_URL does not exist, and {server.owner} may not create it:"
        f" have a superuser run `CREATE ROLE {server.serving} LOGIN PASSWORD '…' IN ROLE osit_api`."
    )
    await server.run(f"CREATE ROLE {server.serving} LOGIN")
    assert await server.migrate() == (
        f"{server.serving} is not a member of osit_api: have a superuser run `GRANT osit_api TO {server.serving}`."
    )
    monkeypatch.setattr(roles, "API_ROLE", "osit_absent")
    await server.run(f"ALTER DATABASE {server.name} OWNER TO {server.serving}")
    assert str(await server.migrate()).splitlines() == [
        (
            f"There is no role osit_absent, and {server.owner} may not create it:"
            " have a superuser run `CREATE ROLE osit_absent NOLOGIN`."
        ),
        (
            f"{server.owner} may not create tables in the database {server.name}:"
            f" have its owner run `GRANT CREATE ON SCHEMA public TO {server.owner}`."
        ),
    ]
    there = Superuser(server.url(str(server.admin.url.username)), pool_size=1)
    async with there.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM pg_class WHERE relname = 'ticket'")) == 0
    await there.close()


async def test_tables_of_another_owner_are_not_migrated(server: Server) -> None:
    await server.run(f"CREATE ROLE {server.serving} LOGIN CREATEROLE IN ROLE osit_api")
    assert await server.migrate() is None
    await server.run(f"GRANT CREATE ON SCHEMA public TO {server.serving}")
    assert await server.migrate(server.serving) == (
        f"The tables in {server.name} belong to {server.owner}, not to {server.serving}: migrate as {server.owner}."
    )


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("ALTER ROLE {serving} BYPASSRLS", "{serving} has BYPASSRLS, so row-level security does not apply to it: set"),
        (
            "ALTER ROLE {serving} SUPERUSER",
            "{serving} is a superuser, so row-level security does not apply to it: set",
        ),
        ("GRANT {owner} TO {serving}", "{serving} owns the table activity, or is a member of its owner: set"),
        ("REVOKE osit_api FROM {serving}", "{serving} is not a member of osit_api: run `osit migrate` with"),
    ],
)
async def test_a_role_without_row_level_security_does_not_serve(server: Server, statement: str, message: str) -> None:
    await server.run(f"CREATE ROLE {server.serving} LOGIN IN ROLE osit_api")
    assert await server.migrate() is None
    assert await server.check() is None
    names = {"serving": server.serving, "owner": server.owner}
    await server.run(statement.format(**names))
    assert str(await server.check()).startswith(message.format(**names))


async def test_a_superuser_migrates_but_does_not_serve(server: Server) -> None:
    superuser = server.url(str(server.admin.url.username))
    status, output = server.osit("serve", OSIT_DATABASE_URL=superuser, OSIT_PORT="0")
    assert (status, output) == (
        1,
        "osit: The database does not have this version's schema: run `osit migrate` first.\n",
    )
    status, output = server.osit("migrate", OSIT_DATABASE_URL=superuser)
    assert (status, "CREATE ROLE … LOGIN PASSWORD '…' IN ROLE osit_api" in output) == (0, True), output
    status, output = server.osit("serve", OSIT_DATABASE_URL=superuser, OSIT_PORT="0")
    assert (status, "is a superuser, so row-level security does not apply to it" in output) == (1, True)
    assert "Traceback" not in output
    await server.run(f"CREATE ROLE {server.serving} LOGIN IN ROLE osit_api")
    status, output = server.osit("user", "list", OSIT_DATABASE_URL=server.url(server.serving))
    assert (status, output[:22]) == (0, "There are no people ye")
