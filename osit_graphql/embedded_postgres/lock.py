"""Lock of the data directory, held as long as one of its PostgreSQL processes runs."""

import fcntl
import os
import time
from pathlib import Path

from osit_graphql.domain.errors import SetupError

LOCK_TIMEOUT_S = 60.0
"""Timeout of waiting for PostgreSQL processes of an OSIT that was killed: a fast shutdown writes a checkpoint first."""


def take_lock(file: Path, data_dir: Path) -> int:
    """Lock the data directory and return the file's descriptor; closing it releases the lock.

    PostgreSQL inherits the file, so it is free only when no process has the data open. Waits for processes of a killed
    OSIT; raises `SetupError` if the other OSIT still runs.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + LOCK_TIMEOUT_S
    while not _try(descriptor):
        holder = os.pread(descriptor, 20, 0).decode("utf-8", "replace").strip()
        if _is_alive(holder) or time.monotonic() > end:
            os.close(descriptor)
            raise SetupError(
                f"The data in {data_dir} is already in use by process {holder or '(unknown)'}."
                " Stop that process, or choose another OSIT_DATA_DIR (DATA_DIR= with make)."
            )
        time.sleep(0.05)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(process: str) -> bool:
    """Whether the process runs. A zombie does not."""
    if not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return not Path("/proc/self/stat").exists()
