"""Translates errors of asyncpg and of the network into the errors of the domain.

The texts of the others may quote parameters and rows, as PostgreSQL's DETAIL does. They become texts without values.
"""

import re
from typing import Final, NoReturn

import asyncpg  # type: ignore[import-untyped]

from osit_graphql.domain.errors import (
    Contended,
    DatabaseMisconfigured,
    LockTimeout,
    Refused,
    RequestError,
    TimedOut,
    Unavailable,
)
from osit_graphql.domain.user_errors import AlreadyExists

DatabaseError = (asyncpg.PostgresError, asyncpg.InterfaceError)
"""The exceptions of asyncpg. One that `translate` does not know is a bug in OSIT."""

DRIVER_ERRORS = (*DatabaseError, asyncpg.InternalClientError, OSError, TimeoutError)

NAME: Final = r'"?[a-z_][a-z0-9_]*"?'
MESSAGES_WITHOUT_VALUES: Final = re.compile(
    "|".join(
        (
            "division by zero",
            "out of (?:shared )?memory",
            "current transaction is aborted, commands ignored until end of transaction block",
            "cached statement plan is invalid due to a database schema or configuration change",
            "cannot execute [A-Z ]+ in a read-only transaction",
            r'could not (?:extend|write to|read|open|fsync) file "[\w./]+"(?: with FileFallocate\(\))?: [A-Za-z ]+',
            r'could not extend file "[\w./]+": wrote only \d+ of \d+ bytes at block \d+',
            f"new row violates row-level security policy (?:{NAME} )?for table {NAME}",
            f"permission denied for (?:table|view|function|schema|sequence) {NAME}",
            f"relation {NAME} (?:already exists|does not exist)",
            f"osit: [A-Z]+ of {NAME} is refused: history is append-only, and no ticket is deleted",
        )
    )
)
"""PostgreSQL's messages that are kept: they contain names of the schema at most."""
UNUSABLE_CONNECTION: Final = re.compile("cannot switch to .* (?:state|in progress)$")
"""asyncpg's message if PostgreSQL ended a connection between two statements, and the socket is not closed yet."""
NAMED_PARTS: Final = ("table", "column", "constraint")

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
}
READ_ONLY: Final = "read_only"
UNREACHABLE: Final = "unreachable"
FAULTS_BY_SQLSTATE: Final = {
    "25006": READ_ONLY,
    "53100": "disk_full",
    "53200": "out_of_memory",
    "53300": "too_many_connections",
    "53400": "limit_exceeded",  # of temporary files, for example
    "55000": "wrong_state",  # no connections to this database, or a function that needs a primary
    "57P01": "shutting_down",
    "57P02": "crashed",
    "57P03": "starting_up",
    "58030": "io_error",
}
"""PostgreSQL's faults: it refuses because of its own state, not because of the statement. Nothing was committed."""


def is_server_fault(error: BaseException) -> bool:
    """Whether PostgreSQL refuses because of its own state, so that another connection may lead to a better server."""
    return getattr(error, "sqlstate", None) in FAULTS_BY_SQLSTATE


def is_closed(connection: asyncpg.Connection) -> bool:
    """Whether a connection is closed. `is_closed` raises if the pool has already released the connection."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


def raise_translated(error: BaseException, *, closed: bool) -> NoReturn:
    """Raise the domain's error for a driver's, without the driver's as its context; any other error unchanged."""
    translated = translate(error, closed=closed)
    if translated is error:
        raise error
    try:
        raise translated.with_traceback(error.__traceback__) from None
    finally:
        translated.__context__ = None


def translate(error: BaseException, *, closed: bool) -> BaseException:
    """Return the domain's error for a driver's, or the driver's without values; any other error unchanged.

    `closed`: whether the connection is closed, so that the error means that PostgreSQL went away.
    """
    if isinstance(error, asyncpg.PostgresError):
        return _translate_postgres(error, closed=closed)
    unusable = isinstance(error, asyncpg.InternalClientError) and UNUSABLE_CONNECTION.match(str(error))
    if unusable or isinstance(error, (OSError, TimeoutError)) or (closed and isinstance(error, asyncpg.InterfaceError)):
        return Unavailable(fault=UNREACHABLE, cause=type(error).__name__)
    return without_values(error) if isinstance(error, DatabaseError) else error


def without_values(error: BaseException) -> BaseException:
    """Return an error of asyncpg as one of the same class, with the text of `describe`."""
    copy: BaseException = type(error)(describe(error))
    for name in ("sqlstate", *(f"{part}_name" for part in NAMED_PARTS)):
        if (value := getattr(error, name, None)) is not None:
            setattr(copy, name, value)
    return copy


def describe(error: BaseException) -> str:
    """Describe an error of asyncpg by its SQLSTATE and the names of the schema: its own text may quote values."""
    names = [f"{part} {name}" for part in NAMED_PARTS if (name := getattr(error, f"{part}_name", None))]
    state = getattr(error, "sqlstate", None)
    message = keep_without_values(str(error.args[0])) if error.args else ""
    return ": ".join(filter(None, (", ".join([f"SQLSTATE {state}"] * bool(state) + names), message)))


def keep_without_values(message: str) -> str:
    """Return a message of PostgreSQL if it is known to contain no value, else nothing."""
    return message if MESSAGES_WITHOUT_VALUES.fullmatch(message) else ""


def _translate_postgres(error: asyncpg.PostgresError, *, closed: bool) -> BaseException:
    if isinstance(error, asyncpg.UniqueViolationError) and error.constraint_name in UNIQUE_ARGUMENTS:
        return Refused(AlreadyExists(UNIQUE_ARGUMENTS[error.constraint_name]))
    state = error.sqlstate or ""
    if state in ERRORS_BY_SQLSTATE:
        return ERRORS_BY_SQLSTATE[state]()
    if state in FAULTS_BY_SQLSTATE:
        return Unavailable(fault=FAULTS_BY_SQLSTATE[state], cause=describe(error))
    if state.startswith("28") or state == "3D000":  # authentication failed, or no such database
        return DatabaseMisconfigured(f"PostgreSQL refuses the connection: {error.args[0]}.")
    if closed or state.startswith("08"):
        return Unavailable(fault=UNREACHABLE, cause=describe(error))
    return without_values(error)
