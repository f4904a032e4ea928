"""Refused starts: each raises one sentence and changes nothing."""

import os
import threading
from pathlib import Path

import pytest

from osit_graphql.domain.errors import SetupError
from osit_graphql.embedded_postgres import EmbeddedServer
from tests.embedded_postgres.conftest import ROOT, Start
from tests.embedded_postgres.server_process import list_modes

as_root = pytest.mark.skipif(not ROOT, reason="an ordinary user's server is the same user")


@pytest.fixture
def user() -> None:
    """These tests do not depend on the user."""


def test_a_second_start_names_the_process_that_uses_the_data(start: Start, place: Path) -> None:
    first = start()
    expected = (
        f"The data in {place / 'data'} is already in use by process {first.process.pid}."
        " Stop that process, or choose another OSIT_DATA_DIR (DATA_DIR= with make)."
    )
    assert start().refused == expected
    assert first.ask("SELECT 1") == "1"


def test_data_of_another_version_is_refused(start: Start, place: Path) -> None:
    start().stop()
    cluster = place / "data/postgresql/cluster"
    (cluster / "global/pg_control").write_bytes(b"?" * 8192)
    assert "did not start: database files are incompatible with server (log: " in start().refused
    (cluster / "PG_VERSION").write_text("17\n")
    assert "was written by PostgreSQL 17, and this OSIT has PostgreSQL 18" in start().refused
    (cluster / "PG_VERSION").unlink()
    assert start().refused.startswith("There is no PostgreSQL data in ")


@as_root
@pytest.mark.parametrize("below", ["data", "home/data", "home/a/b"])
def test_a_directory_that_the_server_cannot_reach(place: Path, below: str) -> None:
    home = place / "home"
    home.mkdir(0o700)
    (home / "letter").touch()
    data_dir = home / below
    before = list_modes(home)
    with pytest.raises(SetupError, match=f"can't pass through {home} to {data_dir}: choose another OSIT_DATA_DIR"):
        EmbeddedServer.start(data_dir)
    assert list_modes(home) == before
    assert [entry.name for entry in home.iterdir()] == ["letter"]


@as_root
def test_a_home_is_not_used_as_a_data_directory(place: Path) -> None:
    place.chmod(0o700)
    (place / "letter").touch()
    with pytest.raises(SetupError, match=f"can't pass through {place}"):
        EmbeddedServer.start(place)
    assert place.stat().st_mode & 0o777 == 0o700


@as_root
def test_a_directory_that_others_can_write_is_refused(place: Path) -> None:
    place.chmod(0o777)
    with pytest.raises(SetupError, match="Users other than root may write"):
        EmbeddedServer.start(place)


@as_root
def test_data_of_another_user_is_refused(place: Path) -> None:
    (place / "postgresql").mkdir()
    os.chown(place / "postgresql", 65534, 65534)
    with pytest.raises(SetupError, match="belongs to another user"):
        EmbeddedServer.start(place)


def test_a_file_in_the_path_is_refused(place: Path) -> None:
    (place / "file").touch()
    with pytest.raises(SetupError, match="is not a directory"):
        EmbeddedServer.start(place / "file" / "data")


def test_a_path_with_unsupported_characters_is_refused(place: Path) -> None:
    with pytest.raises(SetupError, match="characters that PostgreSQL's programs do not accept"):
        EmbeddedServer.start(place / "$(reboot)")


def test_only_the_main_thread_starts_a_server(place: Path) -> None:
    raised: list[BaseException] = []

    def start() -> None:
        try:
            EmbeddedServer.start(place / "data")
        except RuntimeError as error:
            raised.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert raised
    assert not (place / "data").exists()
