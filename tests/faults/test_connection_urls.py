"""OSIT_DATABASE_URL: what is supported connects, anything else gets one sentence without a password or traceback."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from osit_graphql import cli
from osit_graphql.backup.pg_tools import libpq_environment
from osit_graphql.db.engine import Database
from osit_graphql.db.schema.connection import schema_connection
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.postgres_url import normalize_url
from osit_graphql.domain.viewer import System
from osit_graphql.settings import Settings
from tests.private_cluster import PrivateCluster, needs_cluster, private_cluster
from tests.waiting import HANG_TIMEOUT_S, find_free_port

Osit = Callable[..., str]
ROOT = Path(__file__).parents[2]
SECRET = "hunter2kq"
PORT = text("SELECT inet_server_port()")
IS_TLS = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")

NORMALIZED = {
    "postgresql://u:p@db/osit": "postgresql+asyncpg://u:p@db/osit",
    "postgres://u@db:5433/osit?sslmode=verify-full": "postgresql+asyncpg://u@db:5433/osit?sslmode=verify-full",
    "postgresql://u@db/o?ssl=require": "postgresql+asyncpg://u@db/o?sslmode=require",
    "postgresql://u@[::1]:5433/o": "postgresql+asyncpg://u@[::1]:5433/o",
    "postgresql://u@a,b:5433/o?target_session_attrs=read-write": (
        "postgresql+asyncpg://u@/o?target_session_attrs=read-write&host=a,b&port=5432,5433"
    ),
    "postgresql://u@[::1]:1,[fe80::2]/o": "postgresql+asyncpg://u@/o?host=::1,fe80::2&port=1,5432",
    "postgresql://u@%2Frun%2Fpostgresql/o": "postgresql+asyncpg://u@/o?host=/run/postgresql&port=5432",
    "postgresql:///o?host=/run/pg&host=db.example": "postgresql+asyncpg:///o?host=/run/pg,db.example",
}
REFUSED = {
    "mysql://u:{}@db/osit": "a PostgreSQL URL starts with postgresql://",
    "postgresql://u:{}@db/o?application_name=x": "the parameter « application_name » is not supported",
    "postgresql://u:{}@db/o?sslmode=verify": "« sslmode » is not valid: disable, allow, prefer, require, verify-ca",
    "postgresql://u:{}@db/o?sslrootcert=system": "« sslrootcert » is not valid: the path of a file",
    "postgresql://u:{}@db/o?target_session_attrs=master": "« target_session_attrs » is not valid: any, read-write",
    "postgresql://u:{}@db/o?connect_timeout=0": "« connect_timeout » is not valid: 1 to 60, in seconds",
    "postgresql://u:{}@db:port/o": "its port is a number",
    "postgresql://u:{}@db/o?port=70000": "a port is a number from 1 to 65535",
    "postgresql://u:p@{}@db/o": "encode special characters of the password",
}


@pytest.mark.parametrize("url", NORMALIZED)
def test_urls_of_libpq_are_read(url: str) -> None:
    assert normalize_url(url) == NORMALIZED[url]
    assert normalize_url(NORMALIZED[url]) == NORMALIZED[url]
    make_url(NORMALIZED[url])


@pytest.mark.parametrize("url", REFUSED)
def test_a_wrong_url_gets_one_sentence_that_names_the_cause(url: str, osit: Osit) -> None:
    for name in ("OSIT_DATABASE_URL", "OSIT_OWNER_URL", "OSIT_REPLICA_URL"):
        sentence = osit("migrate", **{name: url.format(SECRET)})
        assert sentence.startswith(f"osit: {name}: ")
        assert REFUSED[url] in sentence


@pytest.fixture
def osit(monkeypatch: pytest.MonkeyPatch) -> Osit:
    """Run a command that must fail with one sentence; return it."""

    def run(*arguments: str, **environment: str) -> str:
        with monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith(("OSIT_", "PG"))]:
                patch.delenv(name)
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["osit", *arguments])
            with pytest.raises(SystemExit) as ended:
                cli.main()
        sentence = str(ended.value.code)
        assert sentence.startswith("osit: ")
        assert "\n" not in sentence
        assert SECRET not in sentence
        return sentence

    return run


@pytest.fixture(scope="module")
def cluster() -> Iterator[PrivateCluster]:
    """Provide a server without TLS, `plain`, and one with a certificate for 127.0.0.1, `tls`."""
    with private_cluster() as cluster:
        make_certificate(cluster.folder)
        cluster.create("plain")
        files = {"ssl_cert_file": f"{cluster.folder}/server.pem", "ssl_key_file": f"{cluster.folder}/server.key"}
        cluster.create("tls", ssl="on", **files)
        yield cluster


def make_certificate(folder: Path) -> None:
    """Create a self-signed certificate for 127.0.0.1, and another one for nobody."""
    for name in ("server", "other"):
        files = ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")]
        subject = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", *subject, *files],
            check=True,
            capture_output=True,
        )
        for suffix in ("key", "pem"):
            shutil.chown(folder / f"{name}.{suffix}", "postgres")


def url(cluster: PrivateCluster, name: str, parameters: str = "", *, password: str = SECRET) -> str:
    return f"postgresql://postgres:{password}@127.0.0.1:{cluster.ports[name]}/postgres{parameters}"


async def ask(address: str, statement: Any) -> Any:
    """Return the value of a statement through the pool, and through SQLAlchemy's connection for migrations."""
    database = Database(normalize_url(address))
    try:
        async with database.reading(System.HEALTH) as session:
            value = await session.scalar(statement)
    finally:
        await database.close()
    async with schema_connection(normalize_url(address)) as connection:
        assert await connection.scalar(statement) == value
    return value


@needs_cluster
async def test_tls_is_verified_with_the_files_of_the_url(cluster: PrivateCluster) -> None:
    for parameters in ("?sslmode=require", f"?sslmode=verify-full&sslrootcert={cluster.folder}/server.pem"):
        assert await ask(url(cluster, "tls", parameters), IS_TLS) is True
    assert await ask(url(cluster, "tls", "?sslmode=disable"), IS_TLS) is False
    assert await ask(url(cluster, "plain", "?sslmode=prefer"), IS_TLS) is False


FAILURES = {
    "a server without TLS": ("plain", "?sslmode=require", "the server does not support TLS (sslmode=require needs it)"),
    "no authority's file": ("tls", "?sslmode=verify-full&sslrootcert=/nowhere/ca.pem", "/nowhere/ca.pem (sslrootcert"),
    "no file of the client": ("tls", "?sslmode=require&sslcert=/nowhere/me.pem", "The file /nowhere/me.pem (sslcert"),
    "a file that is none": ("tls", f"?sslmode=verify-full&sslrootcert={__file__}", "TLS failed (NO_CERTIFICATE_OR"),
    "another authority": (
        "tls",
        "?sslmode=verify-ca&sslrootcert={folder}/other.pem",
        "its certificate is not accepted",
    ),
    "no such database": ("plain", "x", 'database "postgresx" does not exist'),
    "a standby is wanted": ("plain", "?target_session_attrs=standby", "the server is not standby"),
}


@needs_cluster
@pytest.mark.parametrize("name", FAILURES)
def test_a_connection_that_fails_gets_one_sentence(cluster: PrivateCluster, name: str, osit: Osit) -> None:
    server, parameters, sentence = FAILURES[name]
    address = url(cluster, server, parameters.format(folder=cluster.folder))
    for command in (("migrate",), ("user", "list")):
        assert sentence in osit(*command, OSIT_DATABASE_URL=address)


@needs_cluster
def test_a_lost_and_a_frozen_server_get_one_sentence(cluster: PrivateCluster, osit: Osit) -> None:
    closed = f"postgresql://postgres:{SECRET}@127.0.0.1:{find_free_port()}/postgres"
    for command in (("migrate",), ("audit", "verify"), ("reports", "check")):
        assert osit(*command, OSIT_DATABASE_URL=closed).endswith("Connection refused.")
    unknown = f"postgresql://postgres:{SECRET}@nowhere.invalid/postgres"
    assert "nowhere.invalid: " in osit("migrate", OSIT_DATABASE_URL=unknown)
    cluster.send_signal("plain", signal.SIGSTOP)
    try:
        sentence = osit("migrate", OSIT_DATABASE_URL=url(cluster, "plain", "?connect_timeout=1"))
    finally:
        cluster.send_signal("plain", signal.SIGCONT)
    assert f"127.0.0.1:{cluster.ports['plain']}: no answer in 1 s" in sentence


@needs_cluster
def test_serving_without_tls_where_it_is_required_prints_one_sentence(cluster: PrivateCluster) -> None:
    address = url(cluster, "plain", "?sslmode=require")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OSIT_", "PG"))}
    done = subprocess.run(
        [sys.executable, "-m", "osit_graphql.cli", "serve", "--port", "0"],
        env=inherited | {"PYTHONPATH": str(ROOT), "OSIT_DATABASE_URL": address},
        capture_output=True, text=True, check=False, timeout=HANG_TIMEOUT_S,
    )  # fmt: skip
    place = f"127.0.0.1:{cluster.ports['plain']}"
    sentence = f"{place}: the server does not support TLS (sslmode=require needs it)"
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"osit: PostgreSQL is not available: {sentence}.\n"


@needs_cluster
async def test_several_hosts_are_tried_in_turn(cluster: PrivateCluster) -> None:
    """A closed port, a host that hangs, a server."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        hosts = [f"127.0.0.1:{port}" for port in (find_free_port(), silent.getsockname()[1], cluster.ports["plain"])]
        address = f"postgresql://postgres@{','.join(hosts)}/postgres?target_session_attrs=read-write&connect_timeout=1"
        assert await ask(address, PORT) == cluster.ports["plain"]
        database = Database(normalize_url(address.replace("read-write", "standby")))
        with pytest.raises(Unavailable) as raised:
            await database.ping()
        await database.close()
        preferring = address.replace("read-write", "prefer-standby")
        assert await ask(preferring, PORT) == cluster.ports["plain"], "there is no standby"
    causes = [
        f"{hosts[0]}: Connection refused",
        f"{hosts[1]}: no answer in 1 s",
        f"{hosts[2]}: the server is not standby",
    ]
    assert str(raised.value) == "; ".join(causes)


@needs_cluster
async def test_a_frozen_server_is_unavailable_and_comes_back(cluster: PrivateCluster) -> None:
    """Neighbour: requests to a server that hangs end, and the same pool serves afterwards."""
    database = Database(normalize_url(url(cluster, "plain")), pool_size=2)
    await database.ping()
    await database.replace_connections()
    cluster.send_signal("plain", signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable):
            await database.ping()
    finally:
        cluster.send_signal("plain", signal.SIGCONT)
    async with asyncio.timeout(HANG_TIMEOUT_S):
        await database.ping()
    await database.close()


def test_postgresqls_programs_get_the_parameters() -> None:
    """`osit backup` runs pg_dump, which reads the same URL from its environment."""
    settings = Settings(
        _env_file=None,
        owner_url=f"postgresql://o:{SECRET}@a,b:5433/osit?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3"
        "&target_session_attrs=read-write",
    )
    assert settings.owner_url
    environment = libpq_environment(settings.owner_url)
    assert {name: value for name, value in environment.items() if name.startswith("PG")} == {
        "PGHOST": "a,b",
        "PGPORT": "5432,5433",
        "PGUSER": "o",
        "PGPASSWORD": SECRET,
        "PGDATABASE": "osit",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "/ca.pem",
        "PGCONNECT_TIMEOUT": "3",
        "PGTARGETSESSIONATTRS": "read-write",
        "PGAPPNAME": "osit",
        "PGCLIENTENCODING": "UTF8",
    }
