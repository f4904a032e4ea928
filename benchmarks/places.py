"""Where generated databases live: one that OSIT_DATABASE_URL names, or several on an embedded PostgreSQL 18."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import make_url

from osit_graphql.embedded_postgres import EmbeddedServer

OWNER = "osit"
"""The embedded server's role that owns what is migrated."""
API = "osit_api"
"""Its role that the API connects as; another server's must have it too, able to log in."""


@contextmanager
def serving(data_dir: Path | None) -> Iterator[EmbeddedServer | None]:
    """Keep the embedded server of a directory running, unless OSIT_DATABASE_URL names another; main thread only."""
    if data_dir is None:
        if not os.environ.get("OSIT_DATABASE_URL"):
            raise SystemExit("Give --data-dir, or a superuser's OSIT_DATABASE_URL.")
        yield None
        return
    with EmbeddedServer.start(data_dir, durable=False) as server:
        yield server


def plain(url: str) -> str:
    """Return SQLAlchemy's address as asyncpg takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def admin_url(server: EmbeddedServer | None, name: str) -> str:
    """Return the superuser's address of a database, SQLAlchemy's."""
    if server is None:
        url = make_url(os.environ["OSIT_DATABASE_URL"])
        return url.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    return server.admin_url(name)


def owner_url(server: EmbeddedServer | None, name: str) -> str:
    """Return the address of whoever migrates, SQLAlchemy's."""
    url = make_url(admin_url(server, name))
    return (url if server is None else url.set(username=OWNER)).render_as_string(hide_password=False)


def api_url(server: EmbeddedServer | None, name: str) -> str:
    """Return the address that the API uses, SQLAlchemy's: row security holds it."""
    return make_url(admin_url(server, name)).set(username=API).render_as_string(hide_password=False)


async def make(server: EmbeddedServer | None, name: str) -> None:
    """Make the database anew on the embedded server; another server's must be there, and empty."""
    if server is None:
        return
    connection = await asyncpg.connect(plain(server.admin_url()))
    await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await connection.execute(f'CREATE DATABASE "{name}" OWNER {OWNER}')
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", API):
        await connection.execute(f"CREATE ROLE {API} LOGIN")
    await connection.close()
