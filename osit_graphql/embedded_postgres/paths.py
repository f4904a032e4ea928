"""File paths of the embedded PostgreSQL and their permissions. Nothing outside the data directory changes."""

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket
from urllib.parse import quote

from osit_graphql.domain.errors import SetupError
from osit_graphql.embedded_postgres.os_user import OsUser

SOCKET_PATH_LIMIT = 107
_FORBIDDEN = frozenset('"$`\\')
"""initdb calls postgres through a shell, so these characters can't occur in a path."""
_SOCKET_NAME = ".s.PGSQL.5432"
_FIRST_INACCESSIBLE = 'for place do [ -x "$place" ] || { printf %s "$place"; exit 0; }; done'
_ADVICE = "choose another OSIT_DATA_DIR (DATA_DIR= with make), /var/lib/osit for instance."


def default_data_dir() -> Path:
    """Return the data directory if OSIT_DATA_DIR is unset: /var/lib/osit for root, else `osit` in XDG_DATA_HOME."""
    if os.geteuid() == 0:
        return Path("/var/lib/osit")
    chosen = os.environ.get("XDG_DATA_HOME", "")
    try:
        return (Path(chosen) if chosen.startswith("/") else Path.home() / ".local" / "share") / "osit"
    except RuntimeError:
        raise SetupError(
            "The user who runs OSIT has no home directory. Set OSIT_DATA_DIR to a directory for its data."
        ) from None


@dataclass(frozen=True)
class Paths:
    """The data directory and its subdirectories. The user who runs OSIT owns all but `cluster` and `socket`."""

    data_dir: Path
    socket: Path

    @property
    def root(self) -> Path:
        """PostgreSQL's part of the data directory."""
        return self.data_dir / "postgresql"

    @property
    def cluster(self) -> Path:
        """The PostgreSQL cluster (PGDATA)."""
        return self.root / "cluster"

    @property
    def settings(self) -> Path:
        """Configuration files, written at every start. The server can't change them."""
        return self.root / "settings"

    @property
    def log(self) -> Path:
        """The server log."""
        return self.root / "log"

    @property
    def programs(self) -> Path:
        """A copy of the binaries that the server's user can read, if OSIT runs as root."""
        return self.root / "programs"

    def url(self, role: str, database: str) -> str:
        """Return the SQLAlchemy URL of a database as a role, through the socket."""
        place = quote(str(self.socket), safe="/")
        return f"postgresql+asyncpg://{role}@/{quote(database, safe='')}?host={place}&port=5432"

    def accepts_connections(self) -> bool:
        """Whether a server accepts connections on the socket."""
        with socket(AF_UNIX, SOCK_STREAM) as line:
            return line.connect_ex(str(self.socket / _SOCKET_NAME)) == 0

    def prepare(self, os_user: OsUser) -> None:
        """Create missing directories and set permissions, so that the server's user can read its files."""
        me, group, passing = os.geteuid(), os_user.gid, os_user.separate
        _make(self.root, 0o710 if passing else 0o700, me, group)
        _make(self.settings, 0o750 if passing else 0o700, me, group)
        _make(self.log, 0o700, me, os.getegid())

    def open_socket(self, os_user: OsUser) -> None:
        """Create the socket's directory and remove files of a killed server; only under the lock."""
        _make(self.socket, 0o700, os_user.uid, os_user.gid)
        for leftover in (_SOCKET_NAME, f"{_SOCKET_NAME}.lock"):
            (self.socket / leftover).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove the socket's directory if it is outside the data directory."""
        if self.socket.parent != self.root:
            shutil.rmtree(self.socket, ignore_errors=True)


def choose_paths(data_dir: Path) -> Paths:
    """Return the paths. The socket moves to a runtime directory if its path is too long or contains a comma."""
    if not str(data_dir).isprintable() or set(str(data_dir)) & _FORBIDDEN:
        raise SetupError(
            f"The path {str(data_dir)!r} has characters that PostgreSQL's programs do not accept:"
            " choose another OSIT_DATA_DIR (DATA_DIR= with make)."
        )
    inside = data_dir / "postgresql" / "socket"
    if _fits(inside):
        return Paths(data_dir, inside)
    name = f"osit-{os.geteuid()}-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]}"
    runtime = "/run" if os.geteuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", "")
    candidates = [Path(parent, name) for parent in (runtime, tempfile.gettempdir(), "/tmp") if Path(parent).is_dir()]  # noqa: S108 - created 0700, the owner is checked
    for place in candidates:
        if place.is_absolute() and _fits(place):
            return Paths(data_dir, place)
    raise SetupError(
        f"The path {data_dir} is too long for a PostgreSQL socket, like the path of the temporary directory:"
        " choose a shorter OSIT_DATA_DIR (DATA_DIR= with make)."
    )


def _fits(place: Path) -> bool:
    return len(os.fsencode(place / _SOCKET_NAME)) <= SOCKET_PATH_LIMIT and "," not in str(place)


def _make(place: Path, mode: int, uid: int, gid: int) -> None:
    place.mkdir(mode=0o700, exist_ok=True)
    status = place.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {uid, os.geteuid()}:
        raise SetupError(
            f"{place} belongs to another user (uid {status.st_uid}):"
            " run OSIT as that user, or choose another OSIT_DATA_DIR (DATA_DIR= with make)."
        )
    if (status.st_uid, status.st_gid) != (uid, gid):
        os.chown(place, uid, gid)
    if stat.S_IMODE(status.st_mode) != mode:
        place.chmod(mode)


def create_data_dir(data_dir: Path, os_user: OsUser) -> None:
    """Create the data directory if missing. Refuse one that the server's user can't access, before creating it."""
    missing = [*takewhile(lambda place: not place.exists(), [data_dir, *data_dir.parents])]
    existing = [place for place in reversed([data_dir, *data_dir.parents]) if place not in missing]
    if not existing[-1].is_dir():
        raise SetupError(f"{existing[-1]} is not a directory: choose another OSIT_DATA_DIR (DATA_DIR= with make).")
    if os_user.separate:
        _require_access(data_dir, existing, os_user)
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)
        if os_user.separate:
            place.chmod(0o711)  # regardless of the umask: the server's user must traverse it


def _require_access(data_dir: Path, existing: list[Path], os_user: OsUser) -> None:
    inaccessible = _find_inaccessible(existing, os_user)
    if inaccessible == data_dir and _is_root_owned(data_dir):
        data_dir.chmod(stat.S_IMODE(data_dir.stat().st_mode) | stat.S_IXOTH)
        inaccessible = _find_inaccessible(existing, os_user)
    if inaccessible is not None:
        raise SetupError(
            f"PostgreSQL runs as the user {os_user.name}, who can't pass through {inaccessible} to {data_dir}:"
            f" {_ADVICE}"
        )
    if existing[-1] == data_dir:
        status = data_dir.stat()
        shared = status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX
        if status.st_uid != os.geteuid() or shared:
            raise SetupError(f"Users other than root may write to {data_dir}: {_ADVICE}")


def _is_root_owned(data_dir: Path) -> bool:
    """Whether root owns the directory and it contains nothing but `postgresql`. Others are not opened."""
    names = {entry.name for entry in data_dir.iterdir()}
    return data_dir.stat().st_uid == os.geteuid() and names <= {"postgresql"}


def _find_inaccessible(existing: list[Path], os_user: OsUser) -> Path | None:
    command = os_user.wrap("/bin/sh", "-c", _FIRST_INACCESSIBLE, "sh", *map(str, existing))
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")  # noqa: S603 - paths as arguments
    if done.returncode:
        raise SetupError(
            f"OSIT can't run programs as the user {os_user.name}: {done.stderr.strip() or done.returncode}"
        )
    return Path(done.stdout) if done.stdout else None
