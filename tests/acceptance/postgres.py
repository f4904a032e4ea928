"""A PostgreSQL of the distribution in a directory of its own, run by `postgres` when the tests run as root."""

import os
import shutil
from pathlib import Path

import pytest

from tests.private_cluster import PROGRAMS, run_program, start_server
from tests.waiting import find_free_port

USER = "postgres"
OWNER, SERVING = "osit_owner", "osit"
ROLES = (f"CREATE ROLE {OWNER} LOGIN CREATEROLE", f"CREATE DATABASE osit OWNER {OWNER}")

needs_postgres = pytest.mark.skipif(
    PROGRAMS is None or os.getuid() != 0, reason="needs the distribution's PostgreSQL, and root to become its user"
)


class PostgresServer:
    """One server: data, log and archive are folders of `folder`; `options` are added to postgresql.conf."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.data, self.port = folder, folder / "data", find_free_port()
        self.options = options
        folder.mkdir(exist_ok=True)
        shutil.chown(folder, USER)

    def run(self, program: str, *arguments: str | Path) -> str:
        """Run one of its programs as its user."""
        return run_program(self.folder, program, *arguments)

    def create(self) -> None:
        """Create it, start it, and create the database `osit` with its owner."""
        self.run("initdb", "-D", self.data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        self.start()
        for statement in ROLES:
            self.sql(statement, database="postgres")

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        options = [
            f"port = {self.port}",
            "listen_addresses = '127.0.0.1'",
            f"unix_socket_directories = '{self.folder}'",
        ]
        (self.data / "postgresql.auto.conf").write_text("\n".join([*options, *self.options, ""]))
        shutil.chown(self.data / "postgresql.auto.conf", USER, USER)
        start_server(self.data, self.folder / "log")

    def stop(self, mode: str = "fast") -> None:
        """Stop it if it runs."""
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "stop", "-D", self.data, "-w", "-t", "300", "-m", mode)

    def sql(self, statement: str, *, database: str = "osit") -> str:
        """Run one statement as the superuser; return its rows, columns separated by `|`."""
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database)
        return self.run("psql", *where, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement).strip()

    def url(self, role: str) -> str:
        """Return the URL of the database for a role."""
        return f"postgresql://{role}@127.0.0.1:{self.port}/osit"

    @property
    def settings(self) -> dict[str, str]:
        """The settings with which OSIT uses this database; `osit migrate` creates the role SERVING."""
        return {"OSIT_DATABASE_URL": self.url(SERVING), "OSIT_OWNER_URL": self.url(OWNER)}
