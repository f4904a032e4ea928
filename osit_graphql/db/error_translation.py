"""Translates errors of asyncpg and of the network into the errors of the domain."""

from typing import NoReturn

import asyncpg  # type: ignore[import-untyped]

from osit_graphql.domain.errors import Contended, LockTimeout, Refused, RequestError, SetupError, TimedOut, Unavailable
from osit_graphql.domain.user_errors import AlreadyExists

DatabaseError = (asyncpg.PostgresError, asyncpg.InterfaceError)
"""The exceptions of asyncpg. One that `translate` does not know is a bug in OSIT."""

DRIVER_ERRORS = (*DatabaseError, OSError, TimeoutError)

# The argument that a unique index is about: a check beforehand misses a concurrent insertion.
UNIQUE_ARGUMENTS = {
    "person_email_key": ("input", "email"),
    "site_name_key": ("input", "name"),
    "service_name_key": ("input", "name"),
    "application_name_key": ("input", "name"),
    "cause_name_key": ("input", "name"),
}

# Nothing was committed in any of these cases.
ERRORS_BY_SQLSTATE: dict[str, type[RequestError]] = {
    "57014": TimedOut,  # cancelled by statement_timeout
    # A serialization failure, a deadlock, a lock not acquired in time: `db.engine.run_with_retry` tries again.
    **dict.fromkeys(("40001", "40P01"), Contended),
    "55P03": LockTimeout,
    # PostgreSQL shuts down, or has no connection left.
    **dict.fromkeys(("57P01", "57P02", "57P03", "53300"), Unavailable),
}


def is_closed(connection: asyncpg.Connection) -> bool:
    """Whether a connection is closed. `is_closed` raises if the pool has already released the connection."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


def raise_translated(error: BaseException, *, closed: bool) -> NoReturn:
    """Raise the domain's error for a driver's; any other error unchanged."""
    translated = translate(error, closed=closed)
    if translated is error:
        raise error
    raise translated from error


def translate(error: BaseException, *, closed: bool) -> BaseException:
    """Return the domain's error for a driver's; an unknown one is returned unchanged.

    `closed`: whether the connection is closed, so that the error means that PostgreSQL went away.
    """
    if isinstance(error, asyncpg.PostgresError):
        return _translate_postgres(error, closed=closed)
    if isinstance(error, (OSError, TimeoutError)) or (closed and isinstance(error, asyncpg.InterfaceError)):
        return Unavailable()
    return error


def _translate_postgres(error: asyncpg.PostgresError, *, closed: bool) -> BaseException:
    if isinstance(error, asyncpg.UniqueViolationError) and error.constraint_name in UNIQUE_ARGUMENTS:
        return Refused(AlreadyExists(UNIQUE_ARGUMENTS[error.constraint_name]))
    state = error.sqlstate or ""
    if state in ERRORS_BY_SQLSTATE:
        return ERRORS_BY_SQLSTATE[state]()
    if state.startswith("28") or state == "3D000":  # authentication failed, or no such database
        return SetupError(f"PostgreSQL refuses the connection: {error}.")
    return Unavailable() if closed or state.startswith("08") else error
