"""A company on a PostgreSQL server of its own, whose faults concern no other test."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from osit_graphql.db.engine import Database
from osit_graphql.db.schema.connection import schema_connection
from osit_graphql.db.schema.migrate import migrate
from tests.company import Company, create_company
from tests.private_cluster import PrivateCluster, private_cluster
from tests.superuser import Superuser, make_roles, register_superuser

VOLUME_SIZE = "96m"


@pytest.fixture(scope="module")
def cluster() -> Iterator[PrivateCluster]:
    """Provide a server named `primary`."""
    with private_cluster() as cluster:
        cluster.create("primary")
        yield cluster


@pytest.fixture(scope="module")
def volume(cluster: PrivateCluster) -> Iterator[Path | None]:
    """Provide a small volume for the database's files; None where nothing may be mounted, as in a container."""
    place = cluster.folder / "volume"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={VOLUME_SIZE},mode=700", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        yield None
        return
    shutil.chown(place, "postgres")
    try:
        yield place
    finally:
        cluster.close()
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture(scope="module")
async def superuser(cluster: PrivateCluster, volume: Path | None) -> AsyncIterator[Superuser]:
    """Provide the database `desk`, on the small volume where there is one, as its superuser."""
    everything = Superuser(cluster.url("primary", "postgres"), pool_size=1)
    async with schema_connection(everything.url) as connection:
        await make_roles(connection)
    connection = await everything.acquire()
    place = ""
    if volume:
        await connection.execute(f"CREATE TABLESPACE small LOCATION '{volume}'")
        place = "TABLESPACE small"
    await connection.execute(f"CREATE DATABASE desk {place}")
    await everything.release(connection)
    await everything.close()
    superuser = Superuser(url_of(cluster, "postgres"), pool_size=2)
    register_superuser(superuser)
    await migrate(superuser, serving=url_of(cluster, "osit_test_api"))
    yield superuser
    await superuser.close()


@pytest.fixture(scope="module")
async def desk_company(cluster: PrivateCluster, superuser: Superuser) -> AsyncIterator[Company]:
    """Provide the company in that database."""
    database = Database(url_of(cluster, "osit_test_api"), pool_size=3)
    yield await create_company(database)
    await database.close()


def url_of(cluster: PrivateCluster, role: str) -> str:
    """Return the URL of the database `desk`."""
    return cluster.url("primary", role).removesuffix("postgres") + "desk"


async def alter(superuser: Superuser, *statements: str) -> None:
    """Execute statements that no transaction may contain."""
    connection = await superuser.acquire()
    try:
        # A reload reaches each connection at its own time.
        for statement in ("SET default_transaction_read_only = off", *statements):
            await connection.execute(statement)
    finally:
        await superuser.release(connection)


def fill(volume: Path) -> Path:
    """Fill the volume with one file; return it."""
    filler = volume / "filler"
    free = os.statvfs(volume)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize)
    return filler
