"""Generated databases: the one of OSIT_DATABASE_URL, or several on an embedded PostgreSQL 18."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import make_url

from osit_graphql.embedded_postgres import EmbeddedServer

OWNER = "osit"
"""Owner of the tables on the embedded server."""
API = "osit_api"
"""Role of the API; on another server it must exist and have LOGIN."""


@contextmanager
def serving(data_dir: Path | None) -> Iterator[EmbeddedServer | None]:
    """Run the embedded server of a directory, unless OSIT_DATABASE_URL names another; main thread only."""
    if data_dir is None:
        if not os.environ.get("OSIT_DATABASE_URL"):
            raise SystemExit("Give --data-dir, or a superuser's OSIT_DATABASE_URL.")
        yield None
        return
    with EmbeddedServer.start(data_dir, durable=False) as server:
        yield server


def plain(url: str) -> str:
    """Return a URL of SQLAlchemy in the form that asyncpg accepts."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def admin_url(server: EmbeddedServer | None, name: str) -> str:
    """Return the URL of a database for the superuser."""
    if server is None:
        url = make_url(os.environ["OSIT_DATABASE_URL"])
        return url.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    return server.admin_url(name)


def owner_url(server: EmbeddedServer | None, name: str) -> str:
    """Return the URL of a database for the owner."""
    url = make_url(admin_url(server, name))
    return (url if server is None else url.set(username=OWNER)).render_as_string(hide_password=False)


def api_url(server: EmbeddedServer | None, name: str) -> str:
    """Return the URL of a database for the API, under row-level security."""
    return make_url(admin_url(server, name)).set(username=API).render_as_string(hide_password=False)


async def make(server: EmbeddedServer | None, name: str) -> None:
    """Create the database again on the embedded server; on another server it must exist and be empty."""
    if server is None:
        return
    connection = await asyncpg.connect(plain(server.admin_url()))
    await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await connection.execute(f'CREATE DATABASE "{name}" OWNER {OWNER}')
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", API):
        await connection.execute(f"CREATE ROLE {API} LOGIN")
    await connection.close()
