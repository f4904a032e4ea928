import os
from pathlib import Path

import pytest

from osit_graphql.embedded_postgres import default_data_dir
from osit_graphql.embedded_postgres.server_log import LOG_FILE_BYTES, LOG_FILE_COUNT, MAX_LINE_CHARACTERS, ServerLog
from tests.embedded_postgres.conftest import ROOT


def fill(directory: Path, lines: list[str]) -> ServerLog:
    reading, writing = os.pipe()
    server_log = ServerLog(os.fdopen(reading, encoding="utf-8", errors="replace"), directory)
    with os.fdopen(writing, "w", encoding="utf-8") as server:
        server.writelines(f"{line}\n" for line in lines)
    server_log.close()
    return server_log


def test_log_files_have_a_maximum_size(tmp_path: Path) -> None:
    line = "x" * MAX_LINE_CHARACTERS * 2
    fill(tmp_path, [line] * (LOG_FILE_BYTES * (LOG_FILE_COUNT + 1) // MAX_LINE_CHARACTERS))
    files = list(tmp_path.iterdir())
    assert len(files) == LOG_FILE_COUNT
    assert all(file.stat().st_size <= LOG_FILE_BYTES for file in files)


def test_the_last_fatal_message_is_the_cause_of_a_stop(tmp_path: Path) -> None:
    server_log = fill(tmp_path, ["12:00 LOG:  starting", "12:01 FATAL:  no room left", "12:02 LOG:  shutting down"])
    assert server_log.find_fatal_message() == "no room left"
    assert (tmp_path / "postgresql.log").read_text("utf-8").splitlines()[1] == "12:01 FATAL:  no room left"


def test_the_default_data_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/home/somebody/data")
    assert default_data_dir() == Path("/var/lib/osit" if ROOT else "/home/somebody/data/osit")
