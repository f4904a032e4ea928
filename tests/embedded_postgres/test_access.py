"""Access to the socket, and ownership of the programs and data of the system user."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from osit_graphql.embedded_postgres import EmbeddedServer
from osit_graphql.embedded_postgres.os_user import SYSTEM_USER
from tests.embedded_postgres.conftest import ROOT
from tests.embedded_postgres.server_process import list_modes

as_root = pytest.mark.skipif(not ROOT, reason="only root can switch users")

_CONNECT = """
import os, pwd, socket, sys
user = pwd.getpwnam(sys.argv[2])
os.setgroups([]); os.setgid(user.pw_gid); os.setuid(user.pw_uid)
client = socket.socket(socket.AF_UNIX)
try:
    client.connect(sys.argv[1] + "/.s.PGSQL.5432")
except OSError as error:
    print(error.strerror)
else:
    client.sendall(bytes.fromhex(sys.argv[3]))
    print(client.recv(999))
"""


# A start-up message of the protocol, as the superuser.
_STARTUP_MESSAGE = b"\x00\x03\x00\x00user\x00postgres\x00database\x00postgres\x00\x00"


def connect(server: EmbeddedServer, user: str) -> str:
    """Return the response to a user who connects to the socket: an error of the kernel, or PostgreSQL's."""
    message = ((len(_STARTUP_MESSAGE) + 4).to_bytes(4, "big") + _STARTUP_MESSAGE).hex()
    command = [sys.executable, "-c", _CONNECT, find_socket(server), user, message]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def find_socket(server: EmbeddedServer) -> str:
    return str(make_url(server.url).query["host"])


async def ask(url: str, statement: str) -> object:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return (await connection.execute(text(statement))).scalar_one()
    finally:
        await engine.dispose()


async def test_the_two_urls_have_two_roles(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "6543")  # another PostgreSQL
    data_dir = place / "été à l'OSIT %41"  # characters that a URL must quote
    identity = "SELECT current_user || ' in ' || current_database()"
    with EmbeddedServer.start(data_dir, durable=False) as server:
        assert find_socket(server).startswith(str(data_dir))
        assert await ask(server.url, identity) == "osit in osit"
        assert await ask(server.admin_url(), identity) == "postgres in postgres"
        assert await ask(server.admin_url("osit"), identity) == "postgres in osit"
        assert await ask(server.url, "SHOW fsync") == "off"


@as_root
def test_only_root_connects(place: Path) -> None:
    with EmbeddedServer.start(place / "data", durable=False) as server:
        assert connect(server, "root").startswith("b'R\\x00\\x00\\x00\\x08\\x00\\x00\\x00\\x00"), "not let in"
        assert connect(server, "nobody") == "Permission denied"
        # The system user reaches the socket, but pg_ident does not list it.
        assert "Peer authentication failed" in connect(server, SYSTEM_USER)


@as_root
def test_a_new_wheel_and_a_new_uid_of_the_system_user(place: Path) -> None:
    EmbeddedServer.start(place / "data", durable=False).stop()
    programs, cluster = place / "data/postgresql/programs", place / "data/postgresql/cluster"
    (library,) = programs.rglob("plpgsql.so")
    size = library.stat().st_size
    library.write_bytes(b"of another version")
    for each in (cluster, *cluster.rglob("*")):
        os.chown(each, 4242, 4242)
    with EmbeddedServer.start(place / "data", durable=False) as server:
        assert server.created is False
        assert library.stat().st_size == size
    assert {file.stat().st_uid for file in programs.rglob("*")} == {0}
    assert {file.stat().st_uid for file in cluster.rglob("*")} == {pwd.getpwnam(SYSTEM_USER).pw_uid}


@pytest.mark.parametrize("name", ["données de l'OSIT, 100 %41", "long" * 40])
async def test_a_path_that_a_socket_or_a_url_cannot_contain(place: Path, name: str) -> None:
    with EmbeddedServer.start(place / name, durable=False) as server:
        directory = find_socket(server)
        assert not directory.startswith(str(place))
        assert list_modes(Path(directory))[Path(directory)][0] & 0o777 == 0o700
        assert await ask(server.url, "SELECT 1") == 1
    assert not os.path.lexists(directory)  # noqa: ASYNC240 - nothing else runs on this loop
