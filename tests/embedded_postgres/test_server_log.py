import asyncio
import os
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest

from osit_graphql.embedded_postgres import EmbeddedServer, default_data_dir
from osit_graphql.embedded_postgres.server_log import LOG_FILE_BYTES, LOG_FILE_COUNT, MAX_LINE_CHARACTERS, ServerLog
from tests.embedded_postgres.conftest import ROOT, make_place


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


def test_failed_statements_leave_no_values_in_the_log() -> None:
    """Issue 17, line 0: PostgreSQL's own log would quote the message, the row and the statement."""

    async def fail(url: str) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE once (words text PRIMARY KEY, number bigint CHECK (number > 0))")
        insert = "INSERT INTO once VALUES ($1, $2)"
        await connection.execute(insert, "kq7391x", 1)
        for statement, values in (
            (insert, ("kq7391x", 1)),
            (insert, ("kq7391x again", -1)),
            ("SELECT CAST($1::text AS bigint)", ("kq7391x",)),
            ("SELECT 'kq7391x'::bigint", ()),
        ):
            with pytest.raises(asyncpg.PostgresError, match=r"kq7391x|check"):
                await connection.execute(statement, *values)
        await connection.close()

    with make_place() as place:
        with EmbeddedServer.start(place / "data", durable=False) as server:
            asyncio.run(fail(server.admin_url().replace("+asyncpg", "")))
        logs = [log.read_text("utf-8") for log in (place / "data").rglob("postgresql.log*")]
    assert "ready to accept connections" in "".join(logs)
    assert "kq7391x" not in "".join(logs)
