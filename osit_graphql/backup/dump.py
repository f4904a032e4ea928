"""Writes a backup: one snapshot of the database, while others write. Its file appears only when it is complete."""

import os
import subprocess
from pathlib import Path

from osit_graphql.backup.pg_tools import Progress, Tools, find_reason, libpq_environment
from osit_graphql.domain.errors import SetupError

TABLE = "dumping contents of table"
LOCK_WAIT_TIMEOUT_MS = "60000"  # milliseconds to wait for a table that a migration holds
# A policy lets the owner read every row; with `--enable-row-security` PostgreSQL applies it.
OPTIONS = (
    "--format=custom",
    "--compress=3",
    "--enable-row-security",
    "--no-publications",
    "--no-subscriptions",
    "--verbose",
)


def dump(tools: Tools, url: str, file: Path, *, tables: int, progress: Progress) -> None:
    """Write all rows of the database into `file`, readable by its owner only, or raise `SetupError`.

    The role of `url` must read every row (see `precheck.inspect_database`). An existing file is never overwritten.
    """
    if file.exists():
        raise SetupError(f"{file} exists already. A backup never overwrites a file.")
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)  # of a backup that was killed
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _run(tools, url, unfinished, tables, progress)
        os.link(unfinished, file)  # unlike a renaming, it fails if another process has created the file
    except OSError as error:
        raise SetupError(f"{file} can't be written ({error.strerror}).") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _run(tools: Tools, url: str, file: Path, tables: int, progress: Progress) -> None:
    command = [tools.find("pg_dump"), *OPTIONS, f"--lock-wait-timeout={LOCK_WAIT_TIMEOUT_MS}", f"--file={file}"]
    messages: list[str] = []
    done = 0
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
        command,
        env=libpq_environment(url),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stderr or ():
            done += TABLE in line
            progress(min(done, tables), tables)
            messages.append(line)
    if process.returncode:
        raise SetupError(f"The backup failed and left no file: {find_reason(messages)}")
