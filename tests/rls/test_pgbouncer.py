"""Behind a real PgBouncer in transaction mode: no errors and no rows of others, few connections for many viewers."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest

from osit_graphql.db.engine import Database
from osit_graphql.db.schema.connection import schema_connection
from osit_graphql.domain.errors import SetupError
from osit_graphql.server.bootstrap import migrate, open_database
from osit_graphql.server.database_urls import DatabaseUrls
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company, create_company
from tests.private_cluster import PROGRAMS, PrivateCluster
from tests.rls.random_load import insert_tickets, run_load
from tests.superuser import OWNER, SERVING, Superuser, make_roles, register_superuser
from tests.waiting import HANG_TIMEOUT_S, find_free_port

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 3
max_client_conn = 100
"""
LISTS = "{ openTickets(first: 50) { totalCount nodes { number title requester { name } service { name } } } }"
pytestmark = pytest.mark.skipif(
    PGBOUNCER is None or PROGRAMS is None or os.getuid() != 0,
    reason="needs PgBouncer, the distribution's PostgreSQL, and root to become its user",
)


class Pooled:
    """A throwaway server, and a PgBouncer in front of it."""

    def __init__(self, folder: Path) -> None:
        self.cluster, self.port = PrivateCluster(folder), find_free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.cluster.create("primary")
        folder, port = self.cluster.folder, self.cluster.ports["primary"]
        (folder / "ini").write_text(CONFIGURATION.format(server=port, port=self.port, folder=folder))
        (folder / "users").write_text("".join(f'"{role}" ""\n' for role in (OWNER, SERVING, "postgres")))
        assert PGBOUNCER is not None
        command = [PGBOUNCER, "-q", str(folder / "ini")]
        self._process = subprocess.Popen(command, user="postgres", group="postgres", extra_groups=[], cwd=folder)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(HANG_TIMEOUT_S)
        self.cluster.close()

    def url(self, role: str = SERVING) -> str:
        """Return the address through PgBouncer."""
        return f"postgresql+asyncpg://{role}@127.0.0.1:{self.port}/osit"

    def direct_url(self, role: str, database: str = "osit") -> str:
        """Return the address past PgBouncer."""
        return self.cluster.url("primary", role).removesuffix("postgres") + database


@pytest.fixture(scope="module")
def pooled() -> Iterator[Pooled]:
    """Provide both servers."""
    folder = Path(tempfile.mkdtemp(prefix="osit-pgbouncer-"))
    shutil.chown(folder, "postgres")
    servers = Pooled(folder)
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
async def admin(pooled: Pooled) -> AsyncIterator[Superuser]:
    """Provide its superuser, once the schema was migrated through PgBouncer."""
    async with schema_connection(pooled.direct_url("postgres", "postgres")) as connection:
        await make_roles(connection)
    server = await asyncpg.connect(pooled.direct_url("postgres", "postgres").replace("+asyncpg", ""))
    await server.execute(f"CREATE DATABASE osit OWNER {OWNER}")
    await server.close()
    await migrate(DatabaseUrls(pooled.url(), pooled.url(OWNER)))
    superuser = Superuser(pooled.direct_url("postgres"), pool_size=2)
    yield superuser
    await superuser.close()


@pytest.fixture
async def database(pooled: Pooled, admin: Superuser) -> AsyncIterator[Database]:
    """Provide the API's database through PgBouncer, without prepared statements, with more clients than connections."""
    database = Database(pooled.url(), pool_size=12, prepared_statements=False)
    register_superuser(admin, database)
    async with admin.transaction() as session:
        await session.connection.execute(
            "SET LOCAL session_replication_role = replica; TRUNCATE person, ticket, activity, site, service,"
            " application, cause, session_token RESTART IDENTITY CASCADE"
        )
    yield database
    await database.close()


async def test_mixed_viewers_read_their_own_rows_only(database: Database) -> None:
    people = await insert_tickets(database)
    tally = await run_load(database, people, requests=300, cancelled=60, seed=7)
    assert (tally.foreign, tally.short, tally.unserved) == ([], [], 0)
    assert tally.rows > 300


async def test_requests_of_mixed_viewers_have_the_answers_that_they_have_without_it(
    pooled: Pooled, database: Database, settings: Settings, admin: Superuser
) -> None:
    company = await create_company(database)
    for service in ("Réseau", "Développement", "Postes") * 2:
        await company.ticket(f"Panne {service}", service=service)
    direct = Database(pooled.direct_url(SERVING), pool_size=4)
    register_superuser(admin, direct)
    expected = await answers(settings, direct, company)
    assert len({str(answer) for answer in expected.values()}) > 3, "they see different things"
    for _ in range(10):
        assert await answers(settings, database, company) == expected
    await direct.close()


async def answers(settings: Settings, database: Database, company: Company) -> dict[str, Any]:
    """Return the answer of each viewer, all of them asking at once."""
    async with Api(settings, database) as api:

        async def ask(name: str) -> tuple[str, Any]:
            answer = await api.ask(company.tokens[name], LISTS)
            assert answer.status == 200, answer.text
            return name, (answer.data, answer.errors)

        return dict(await asyncio.gather(*map(ask, company.tokens)))


@pytest.mark.parametrize("prepared", [True, False])
async def test_the_start_refuses_prepared_statements_that_it_mixes_up(
    pooled: Pooled, admin: Superuser, settings: Settings, prepared: bool
) -> None:
    chosen = settings.model_copy(update={"prepared_statements": prepared, "database_url": pooled.url()})

    async def start() -> None:
        async with open_database(chosen, DatabaseUrls(pooled.url(), pooled.url(OWNER))) as database:
            await database.ping()

    register_superuser(admin)
    if not prepared:
        await start()
        return
    with pytest.raises(SetupError, match="OSIT_PREPARED_STATEMENTS=false") as refused:
        await start()
    assert str(refused.value).count(".") == 2, "one sentence, with a version number"
