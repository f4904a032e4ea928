"""Reports read from the replica, here a streaming one made by pg_basebackup of a temporary primary."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.db.schema.connection import schema_connection
from osit_graphql.db.schema.migrate import migrate
from osit_graphql.domain.enums import Action
from osit_graphql.domain.viewer import System
from osit_graphql.server.app import build
from osit_graphql.server.bootstrap import open_replica
from osit_graphql.services.reports import rollup_jobs
from osit_graphql.services.reports.rollup_check import check_rollups
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import create_company
from tests.desk import Desk
from tests.private_cluster import PrivateCluster, needs_cluster, private_cluster
from tests.reports.documents import COSTS
from tests.superuser import Superuser, as_superuser, make_roles, register_superuser
from tests.waiting import HANG_TIMEOUT_S

YEAR = {"period": {"from": "2026-01-01", "to": "2026-12-31"}, "by": ["APPLICATION"]}
pytestmark = needs_cluster


@pytest.fixture
def cluster() -> Iterator[PrivateCluster]:
    """Provide a primary and its streaming replica."""
    with private_cluster() as cluster:
        cluster.create("primary")
        cluster.create_replica("replica", "primary")
        yield cluster


async def caught_up(primary: Database, replica: Database) -> None:
    """Wait until the replica has replayed the primary's writes."""
    async with as_superuser(primary).reading() as session:
        written = await session.scalar(text("SELECT pg_current_wal_lsn()::text"))
    async with asyncio.timeout(HANG_TIMEOUT_S):
        while True:
            async with replica.reading(System.HEALTH) as session:
                if await session.scalar(text(f"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn")):
                    return
            await asyncio.sleep(0.1)


async def interventions(desk: Desk) -> int:
    total = (await desk.reads("manager", COSTS, **YEAR))["maintenanceCosts"]["total"]
    return int(total["interventions"])


async def test_reports_come_from_a_streaming_replica(cluster: PrivateCluster) -> None:
    admin = Superuser(cluster.url("primary", "postgres"), pool_size=2)
    register_superuser(admin)
    async with schema_connection(admin.url) as connection:
        await make_roles(connection)
    await migrate(admin, serving=cluster.url("primary"))
    primary, beside = (
        Database(cluster.url("primary"), pool_size=3),
        Superuser(cluster.url("replica", "postgres"), pool_size=1),
    )
    settings = Settings(_env_file=None, replica_url=cluster.url("replica"), database_pool=2)
    company = await create_company(primary)
    async with open_replica(settings) as replica:
        assert replica is not None
        async with Api(settings, primary, build(settings, primary, replica=replica)) as api:
            desk = Desk(company, api)
            number = await company.ticket()
            await desk.does("developer", Action.LOG_INTERVENTION, number)
            await rollup_jobs.merge(primary)
            await caught_up(primary, replica)
            assert await interventions(desk) == 1
            assert await check_rollups(replica, settings.zone) == []
            # The delayed replica returns old data, so the report comes from it.
            async with beside.reading() as session:
                await session.execute(text("SELECT pg_wal_replay_pause()"))
            await desk.does("developer", Action.LOG_INTERVENTION, number)
            assert await interventions(desk) == 1
            async with beside.reading() as session:
                await session.execute(text("SELECT pg_wal_replay_resume()"))
            await caught_up(primary, replica)
            assert await interventions(desk) == 2
            await replica.close()
            cluster.stop("replica")
            answer = await api.ask(desk.token("manager"), COSTS, YEAR)
            assert (answer.codes, answer.data) == (["UNAVAILABLE"], {"maintenanceCosts": None})
            assert await desk.numbers("manager") == [number]
    for database in (primary, beside, admin):
        await database.close()


async def test_without_a_replica_reports_use_the_primary() -> None:
    async with open_replica(Settings(_env_file=None)) as replica:
        assert replica is None
