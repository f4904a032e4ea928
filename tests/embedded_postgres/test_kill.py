import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.embedded_postgres.conftest import Start
from tests.embedded_postgres.server_process import OtherUser, ServerProcess, await_end


@pytest.fixture
def durable() -> bool:
    return True


def test_committed_rows_survive_kill_9(start: Start) -> None:
    osit = start()
    osit.ask("CREATE TABLE rounds (round int)")
    for number, victims in enumerate(["OSIT", "PostgreSQL", "both"] * 2):
        assert osit.ask(f"INSERT INTO rounds VALUES ({number})") == "INSERT 0 1"
        if victims != "OSIT":
            os.kill(osit.postgres, signal.SIGKILL)
        if victims == "PostgreSQL":
            osit.stop()
        else:
            osit.kill()
        osit = start()
        assert osit.ask("SELECT count(*) FROM rounds") == str(number + 1)


def test_postgres_ends_with_osit(start: Start) -> None:
    for number in (signal.SIGKILL, signal.SIGTERM):
        osit = start()
        osit.kill(number)
        await_end(osit.postgres)


def test_a_killed_start_does_not_prevent_the_next(start: Start, place: Path, user: OtherUser | None) -> None:
    chance = random.Random(7)
    for _ in range(4):
        osit = ServerProcess(place / "data", True, user)
        time.sleep(chance.uniform(0.2, 0.8))
        osit.kill()
    assert start().ask("SELECT 1") == "1"
