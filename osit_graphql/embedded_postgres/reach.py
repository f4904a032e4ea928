"""Whether PostgreSQL's user can get to the data directory; asked of the kernel, never forced."""

import os
import stat
import subprocess
from itertools import takewhile
from pathlib import Path

from osit_graphql.embedded_postgres.failure import EmbeddedError
from osit_graphql.embedded_postgres.os_user import Account

_FIRST_CLOSED = 'for place do [ -x "$place" ] || { printf %s "$place"; exit 0; }; done'
_ADVICE = "choose another OSIT_DATA_DIR (DATA_DIR= with make), /var/lib/osit for instance."


def open_data_dir(data_dir: Path, account: Account) -> None:
    """Create the data directory if need be; refuse, before anything is created, one that the server can't reach."""
    missing = [*takewhile(lambda place: not place.exists(), [data_dir, *data_dir.parents])]
    existing = [place for place in reversed([data_dir, *data_dir.parents]) if place not in missing]
    if not existing[-1].is_dir():
        raise EmbeddedError(f"{existing[-1]} is not a directory: choose another OSIT_DATA_DIR (DATA_DIR= with make).")
    if account.separate:
        _open_to_server(data_dir, existing, account)
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)
        if account.separate:
            place.chmod(0o711)  # whatever the umask: its user must pass, and nobody else needs to list


def _open_to_server(data_dir: Path, existing: list[Path], account: Account) -> None:
    closed = _find_closed(existing, account)
    if closed == data_dir and _is_ours(data_dir):
        data_dir.chmod(stat.S_IMODE(data_dir.stat().st_mode) | stat.S_IXOTH)
        closed = _find_closed(existing, account)
    if closed is not None:
        raise EmbeddedError(
            f"PostgreSQL runs as the user {account.name}, who can't pass through {closed} to {data_dir}: {_ADVICE}"
        )
    if existing[-1] == data_dir:
        found = data_dir.stat()
        shared = found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX
        if found.st_uid != os.geteuid() or shared:
            raise EmbeddedError(f"Other users than root may write in {data_dir}: {_ADVICE}")


def _is_ours(data_dir: Path) -> bool:
    """Tell whether the directory is root's and holds nothing but PostgreSQL's: a home is not ours to open."""
    names = {entry.name for entry in data_dir.iterdir()}
    return data_dir.stat().st_uid == os.geteuid() and names <= {"postgresql"}


def _find_closed(existing: list[Path], account: Account) -> Path | None:
    command = account.wrap("/bin/sh", "-c", _FIRST_CLOSED, "sh", *map(str, existing))
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")  # noqa: S603 - paths as arguments
    if done.returncode:
        raise EmbeddedError(f"Nothing can be run as the user {account.name}: {done.stderr.strip() or done.returncode}")
    return Path(done.stdout) if done.stdout else None
