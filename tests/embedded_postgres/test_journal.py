import os
from pathlib import Path

import pytest

from osit_graphql.embedded_postgres import default_data_dir
from osit_graphql.embedded_postgres.server_log import LINE_LENGTH, LOG_BYTES, LOG_FILES, Journal
from tests.embedded_postgres.conftest import ROOT


def fill(directory: Path, lines: list[str]) -> Journal:
    reading, writing = os.pipe()
    journal = Journal(os.fdopen(reading, encoding="utf-8", errors="replace"), directory)
    with os.fdopen(writing, "w", encoding="utf-8") as server:
        server.writelines(f"{line}\n" for line in lines)
    journal.close()
    return journal


def test_messages_never_take_more_than_their_files(tmp_path: Path) -> None:
    line = "x" * LINE_LENGTH * 2
    fill(tmp_path, [line] * (LOG_BYTES * (LOG_FILES + 1) // LINE_LENGTH))
    files = list(tmp_path.iterdir())
    assert len(files) == LOG_FILES
    assert all(file.stat().st_size <= LOG_BYTES for file in files)


def test_the_cause_of_a_stop_is_its_last_fatal_message(tmp_path: Path) -> None:
    journal = fill(tmp_path, ["12:00 LOG:  starting", "12:01 FATAL:  no room left", "12:02 LOG:  shutting down"])
    assert journal.find_cause() == "no room left"
    assert (tmp_path / "postgresql.log").read_text("utf-8").splitlines()[1] == "12:01 FATAL:  no room left"


def test_where_data_lives_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/home/somebody/data")
    assert default_data_dir() == Path("/var/lib/osit" if ROOT else "/home/somebody/data/osit")
