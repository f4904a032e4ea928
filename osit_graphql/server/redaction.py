"""Redacts exceptions before they are printed: their texts may quote what users wrote.

Only texts without values stay: those of OSIT's own errors, of PostgreSQL's by SQLSTATE and of the system's by number.
Of any other exception the class and the traceback stay.
"""

import os
import sys

from osit_graphql.db.error_translation import DatabaseError, describe
from osit_graphql.domain.errors import OsitError


def redact(error: BaseException) -> BaseException:
    """Return a stand-in for an exception and those that it wraps: same class names and tracebacks, texts redacted."""
    return _stand_in(error, {})


def current_exception(exc_info: object) -> BaseException | None:
    """Return the exception that `exc_info` of a log call means: itself, a triple, or True for the current one."""
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None


def _stand_in(error: BaseException, seen: dict[int, BaseException]) -> BaseException:
    if id(error) in seen:
        return seen[id(error)]
    kind = type(error)
    base: type[Exception] = ExceptionGroup if isinstance(error, BaseExceptionGroup) else Exception
    stand_in_class = type(kind.__name__, (base,), {"__module__": kind.__module__, "__qualname__": kind.__qualname__})
    copy: BaseException
    if isinstance(error, BaseExceptionGroup):
        copy = stand_in_class(_text(error), [_stand_in(each, seen) for each in error.exceptions])
    else:
        copy = stand_in_class(*filter(None, [_text(error)]))
    seen[id(error)] = copy
    copy.__traceback__ = error.__traceback__
    copy.__suppress_context__ = error.__suppress_context__
    if error.__cause__ is not None:
        copy.__cause__ = _stand_in(error.__cause__, seen)
    if error.__context__ is not None and not error.__suppress_context__:
        copy.__context__ = _stand_in(error.__context__, seen)
    return copy


def _text(error: BaseException) -> str:
    if isinstance(error, OsitError):
        return str(error)
    if isinstance(error, DatabaseError):
        return describe(error)
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return ""
