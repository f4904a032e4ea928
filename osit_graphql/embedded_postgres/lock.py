"""Two servers never share a data directory: a lock that lives as long as any process of PostgreSQL's does."""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

from osit_graphql.embedded_postgres.failure import EmbeddedError

PATIENCE = 60.0
"""Seconds to wait for the processes of an OSIT that is gone: a fast shutdown writes its checkpoint first."""


@dataclass(frozen=True)
class Lock:
    """An open, locked file; PostgreSQL inherits it, so that it is free only when nobody has the data open."""

    descriptor: int

    def release(self) -> None:
        """Give our share of the lock back."""
        os.close(self.descriptor)


def take_lock(file: Path, data_dir: Path) -> Lock:
    """Lock the data directory; wait while only leftovers of a killed OSIT hold it, refuse when it is alive."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + PATIENCE
    while not _try(descriptor):
        holder = os.pread(descriptor, 20, 0).decode("utf-8", "replace").strip()
        if _is_alive(holder) or time.monotonic() > end:
            os.close(descriptor)
            raise EmbeddedError(
                f"The data in {data_dir} is already in use by process {holder or '(unknown)'}:"
                " stop it, or choose another OSIT_DATA_DIR (DATA_DIR= with make)."
            )
        time.sleep(0.05)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return Lock(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(process: str) -> bool:
    """Tell whether the process runs; one that is dead and that nobody has waited for (a zombie) doesn't."""
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
