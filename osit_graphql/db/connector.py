"""Connects to PostgreSQL: the arguments of asyncpg for a URL, several hosts in turn, and the cause if none answers.

asyncpg tries several hosts by itself, but within one timeout: a host that hangs would hide the others.
"""

import os
import ssl
from collections import deque
from typing import Any, Final
from urllib.parse import urlencode

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import URL

from osit_graphql.db.error_translation import DRIVER_ERRORS, UNREACHABLE, translate
from osit_graphql.domain.errors import DatabaseMisconfigured, Unavailable

CONNECT_TIMEOUT_S: Final = 1.5
TIMEOUT_MARGIN_S: Final = 0.5
"""With it, the timeout of the last host comes before that of the whole attempt, so that the hosts are named."""
FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
IN_DSN: Final = ("sslmode", *FILES)
"""Parameters for which asyncpg has no argument."""
KEYWORDS: Final = ("target_session_attrs", "passfile")
PASSES: Final = {"prefer-standby": ("standby", "any")}
"""The attributes that are asked for in turn."""
STARTUP_PARAMETERS: Final = {"application_name": "osit", "timezone": "UTC"}
NOT_MATCHED: Final = asyncpg.exceptions.TargetServerAttributeNotMatched


class Connector:
    """Connects to one database, at the first of its hosts that answers. See `domain.postgres_url` for the URL."""

    def __init__(self, url: URL) -> None:
        self._parameters = {name: str(value) for name, value in url.query.items()}
        self._hosts = deque(_list_hosts(url))
        self._timeout = float(self._parameters.get("connect_timeout", CONNECT_TIMEOUT_S))
        self.arguments: dict[str, Any] = {
            "user": url.username,
            "password": url.password,
            "database": url.database,
            "server_settings": STARTUP_PARAMETERS,
            **{name: self._parameters[name] for name in KEYWORDS if name in self._parameters},
        }
        """Asyncpg's arguments apart from the host."""
        in_dsn: dict[str, str] = {name: self._parameters[name] for name in IN_DSN if name in self._parameters}
        if in_dsn:
            self.arguments["dsn"] = f"postgresql://?{urlencode(in_dsn)}"

    @property
    def timeout(self) -> float:
        """How long to wait for `connect`, in seconds; 0 if the URL does not say and has one host."""
        is_chosen = len(self._hosts) > 1 or "connect_timeout" in self._parameters
        return self._timeout * len(self._hosts) + TIMEOUT_MARGIN_S if is_chosen else 0.0

    async def connect(self, dsn: str | None = None, **arguments: Any) -> Any:
        """Connect with asyncpg's arguments, or raise `Unavailable` with the cause for each host."""
        connection, _ = await self._try_hosts({**arguments, "dsn": dsn or self.arguments.get("dsn")})
        return connection

    async def find_host(self) -> dict[str, Any]:
        """Return asyncpg's arguments for the first host that answers, or raise `Unavailable`."""
        connection, host = await self._try_hosts({**self.arguments, "statement_cache_size": 0})
        await connection.close()
        return host

    async def _try_hosts(self, arguments: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        self._check_files()
        faults: dict[str, str] = {}
        wanted = self._parameters.get("target_session_attrs", "any")
        for attribute in PASSES.get(wanted, (wanted,)):
            for host in [*self._hosts]:
                options = {**arguments, **host, "target_session_attrs": attribute, "timeout": self._timeout}
                try:
                    return await asyncpg.connect(**options), host
                except BaseException as error:
                    if self._hosts[0] is host:  # the next connection begins with another host, also if cancelled
                        self._hosts.rotate(-1)
                    if not isinstance(error, (*DRIVER_ERRORS, NOT_MATCHED)):
                        raise
                    translated = translate(error, closed=True)
                    if isinstance(translated, DatabaseMisconfigured):
                        raise translated from None
                    fault = translated.fault if isinstance(translated, Unavailable) else UNREACHABLE
                    faults[f"{_name(host)}: {self._explain(error, attribute)}"] = fault
        raise Unavailable(fault=[*faults.values()][-1], cause="; ".join(faults)) from None

    def _check_files(self) -> None:
        """Raise `DatabaseMisconfigured` for a file that can't be read: asyncpg's error does not name it."""
        for name in FILES:
            file = self._parameters.get(name) or os.environ.get(f"PG{name.upper()}")
            if file and not os.access(file, os.R_OK):
                raise DatabaseMisconfigured(f"The file {file} ({name} of PostgreSQL's URL) can't be read.")

    def _explain(self, error: BaseException, attribute: str) -> str:
        """Return the cause in a few words, without the values of the URL except its parameters."""
        match error:
            case NOT_MATCHED():
                cause = f"the server is not {attribute}"
            case TimeoutError():
                cause = f"no answer in {self._timeout:g} s"
            case ssl.SSLCertVerificationError():
                cause = f"its certificate is not accepted ({error.verify_message})"
            case ssl.SSLError():
                cause = f"TLS failed ({error.reason})"
            case OSError(errno=int(number)) if number > 0:
                cause = os.strerror(number)
            case ConnectionError() if type(error) is ConnectionError:  # asyncpg's own
                cause = f"the server does not support TLS (sslmode={self._parameters.get('sslmode')} needs it)"
            case OSError(strerror=str(reason)):
                cause = reason  # of a name that can't be resolved, for example
            case _:
                cause = str(error.args[0]) if error.args else type(error).__name__
        return cause


def _list_hosts(url: URL) -> list[dict[str, Any]]:
    """Return asyncpg's arguments `host` and `port` for each host; one without a host lets asyncpg choose."""
    names = str(url.query.get("host") or url.host or "").split(",")
    ports = str(url.query.get("port") or url.port or "").split(",")
    places = zip(names, ports if len(ports) == len(names) else ports * len(names), strict=True)
    return [{key: value for key, value in (("host", name), ("port", port)) if value} for name, port in places]


def _name(host: dict[str, Any]) -> str:
    return ":".join(str(part) for part in host.values()) or "the default host"
