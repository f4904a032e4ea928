"""Where everything of the embedded PostgreSQL lies, and with which permissions; nothing outside the data changes."""

import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket
from urllib.parse import quote

from osit_graphql.embedded_postgres.failure import EmbeddedError
from osit_graphql.embedded_postgres.os_user import Account

SOCKET_PATH_LIMIT = 107
_FORBIDDEN = frozenset('"$`\\')
"""initdb calls postgres through a shell; and a line break would make postmaster.pid unreadable."""
_SOCKET_NAME = ".s.PGSQL.5432"


def default_data_dir() -> Path:
    """Return where the data lives when OSIT_DATA_DIR is unset: /var/lib/osit for root, `osit` in XDG's place else."""
    if os.geteuid() == 0:
        return Path("/var/lib/osit")
    chosen = os.environ.get("XDG_DATA_HOME", "")
    try:
        return (Path(chosen) if chosen.startswith("/") else Path.home() / ".local" / "share") / "osit"
    except RuntimeError:
        raise EmbeddedError("The user who runs OSIT has no home: say where its data goes in OSIT_DATA_DIR.") from None


@dataclass(frozen=True)
class Places:
    """The data directory and what is in it; all but `cluster` and `socket` belongs to the user who runs OSIT."""

    data_dir: Path
    socket: Path

    @property
    def root(self) -> Path:
        """Everything of PostgreSQL's: the rest of the data directory stays free for others."""
        return self.data_dir / "postgresql"

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data."""
        return self.root / "cluster"

    @property
    def settings(self) -> Path:
        """The configuration, written at every start, out of the server's reach."""
        return self.root / "settings"

    @property
    def log(self) -> Path:
        """The server's messages."""
        return self.root / "log"

    @property
    def programs(self) -> Path:
        """Root's copy of the programs, which the server's user can read."""
        return self.root / "programs"

    def address(self, role: str, database: str) -> str:
        """Return SQLAlchemy's address of a database as a role, through the socket."""
        place = quote(str(self.socket), safe="/")
        return f"postgresql+asyncpg://{role}@/{quote(database, safe='')}?host={place}&port=5432"

    def is_answered(self) -> bool:
        """Whether a server listens there, to us: the permissions on its directory let nobody else through."""
        with socket(AF_UNIX, SOCK_STREAM) as line:
            return line.connect_ex(str(self.socket / _SOCKET_NAME)) == 0

    def prepare(self, account: Account) -> None:
        """Create what is missing and set the permissions of what is ours; the server's user may pass and read."""
        me, group, passing = os.geteuid(), account.gid, account.separate
        _make(self.root, 0o710 if passing else 0o700, me, group)
        _make(self.settings, 0o750 if passing else 0o700, me, group)
        _make(self.log, 0o700, me, os.getegid())

    def open_socket(self, account: Account) -> None:
        """Create the socket's directory, without what a killed server left there; only under the lock."""
        _make(self.socket, 0o700, account.uid, account.gid)
        for leftover in (_SOCKET_NAME, f"{_SOCKET_NAME}.lock"):
            (self.socket / leftover).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove the socket's directory if it had to lie outside the data."""
        if self.socket.parent != self.root:
            shutil.rmtree(self.socket, ignore_errors=True)


def choose_places(data_dir: Path) -> Places:
    """Lay the places out; the socket lies elsewhere if its path would be too long or has a comma: URLs split there."""
    if not str(data_dir).isprintable() or set(str(data_dir)) & _FORBIDDEN:
        raise EmbeddedError(
            f"The path {str(data_dir)!r} has characters that PostgreSQL's programs can't take:"
            " choose another OSIT_DATA_DIR (DATA_DIR= with make)."
        )
    inside = data_dir / "postgresql" / "socket"
    if _fits(inside):
        return Places(data_dir, inside)
    name = f"osit-{os.geteuid()}-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]}"
    runtime = "/run" if os.geteuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", "")
    candidates = [Path(parent, name) for parent in (runtime, tempfile.gettempdir(), "/tmp") if Path(parent).is_dir()]  # noqa: S108 - created 0700, the owner is checked
    for place in candidates:
        if place.is_absolute() and _fits(place):
            return Places(data_dir, place)
    raise EmbeddedError(
        f"The path {data_dir} is too long for a PostgreSQL socket, and so is the temporary directory's:"
        " choose a shorter OSIT_DATA_DIR (DATA_DIR= with make)."
    )


def _fits(place: Path) -> bool:
    return len(os.fsencode(place / _SOCKET_NAME)) <= SOCKET_PATH_LIMIT and "," not in str(place)


def _make(place: Path, mode: int, uid: int, gid: int) -> None:
    place.mkdir(mode=0o700, exist_ok=True)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {uid, os.geteuid()}:
        raise EmbeddedError(
            f"{place} belongs to another user (number {found.st_uid}):"
            " run OSIT as that user, or choose another OSIT_DATA_DIR (DATA_DIR= with make)."
        )
    if (found.st_uid, found.st_gid) != (uid, gid):
        os.chown(place, uid, gid)
    if stat.S_IMODE(found.st_mode) != mode:
        place.chmod(mode)
