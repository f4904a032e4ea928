"""Statements that are compiled once per cache key.

A statement is built from the permissions and the visibility of a viewer whose id and service are bind parameters, so
that all viewers with the same roles and scopes share it. A cache key names all that the SQL text depends on; everything
else is a value that comes with each execution.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import bindparam

from osit_graphql.db.compilation import (
    DIALECT,
    Processor,
    bind_processor,
    needs_bind_processor,
    result_processor,
    returned_columns,
)
from osit_graphql.db.session import Session
from osit_graphql.domain.viewer import Viewer

CACHE_SIZE = 1000  # statements; clients choose the columns, so there may be any number of cache keys
VIEWER_ID, VIEWER_SERVICE_ID = "viewer_id", "viewer_service_id"
NEW = "new_"

Statement = Any
"""A statement of SQLAlchemy Core: SELECT, INSERT, UPDATE, DELETE or text."""
Build = Callable[[Viewer], Statement]
Values = Mapping[str, Any]
Parameter = tuple[str | None, Any, Processor | None]
"""The parameter's name, or None and its constant value; and the function that converts values for asyncpg, if any."""


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """SQL text, its parameters in their order, and the class of its rows."""

    text: str
    parameters: tuple[Parameter, ...]
    row: type[Any]
    arguments: Callable[[Values], tuple[Any, ...]] = field(init=False)
    """Returns the arguments in their order; a missing value is a `KeyError`."""

    def __post_init__(self) -> None:
        """Prepare `arguments`: one lookup picks all values, the constant ones among them."""
        constants = {f"constant {place}": value for place, (name, value, _) in enumerate(self.parameters) if not name}
        names = [name or f"constant {place}" for place, (name, _, _) in enumerate(self.parameters)]
        pick = itemgetter(*names) if len(names) > 1 else lambda values: tuple([values[name] for name in names])
        processed = {name: process for name, _, process in self.parameters if name and process}
        arguments = pick
        if constants or processed:

            def arguments(values: Values) -> tuple[Any, ...]:
                sent = {name: process(values[name]) for name, process in processed.items()}
                return pick({**values, **constants, **sent})

        object.__setattr__(self, "arguments", arguments)


_cache: OrderedDict[Hashable, CompiledStatement] = OrderedDict()


def param(name: str, type_: Any = None) -> Any:
    """Return a bind parameter whose value comes with each execution."""
    return bindparam(name, type_=type_)


def column_params(columns: Iterable[str]) -> dict[str, Any]:
    """Return a parameter for each column that is written; `param_values` gives their values."""
    return {name: param(f"{NEW}{name}") for name in columns}


def param_values(row: Values, prefix: str = NEW) -> dict[str, Any]:
    """Return the values of a row's `column_params`, or of parameters with another prefix."""
    return dict(zip(_prefixed(prefix, *row), row.values(), strict=True))


@lru_cache(CACHE_SIZE)
def _prefixed(prefix: str, *columns: str) -> list[str]:
    return [f"{prefix}{column}" for column in columns]


def parameterized(viewer: Viewer) -> Viewer:
    """Return a viewer with the same roles and scopes whose id and service are parameters."""
    service: Any = None if viewer.service_id is None else param(VIEWER_SERVICE_ID)
    return replace(viewer, user_id=param(VIEWER_ID), service_id=service)


async def fetch_as(session: Session, viewer: Viewer, cache_key: Hashable, build: Build, values: Values) -> list[Any]:
    """Return the rows of a statement for a viewer. Its text may depend only on the cache key, roles and scopes."""
    statement = get_or_compile((cache_key, viewer.permission_key), lambda: build(parameterized(viewer)))
    mine = {**values, VIEWER_ID: viewer.user_id, VIEWER_SERVICE_ID: viewer.service_id}
    return await session.fetch(statement.text, statement.arguments(mine), statement.row)


async def fetch(
    session: Session, cache_key: Hashable, build: Callable[[], Statement], values: Values | None = None
) -> list[Any]:
    """Return a statement's rows: columns as attributes, and by name as asyncpg has them, with enumerations as text."""
    statement = get_or_compile(cache_key, build)
    return await session.fetch(statement.text, statement.arguments(values or {}), statement.row)


def get_or_compile(cache_key: Hashable, build: Callable[[], Statement]) -> CompiledStatement:
    """Return the compiled statement of a cache key; it is built the first time."""
    statement = _cache.get(cache_key)
    if statement is None:
        statement = _cache[cache_key] = compile_statement(build())
        if len(_cache) > CACHE_SIZE:
            _cache.popitem(last=False)
    else:
        _cache.move_to_end(cache_key)
    return statement


def compile_statement(statement: Statement) -> CompiledStatement:
    """Compile a statement; refuse one whose text depends on its values, such as IN with a list."""
    compiled = statement.compile(dialect=DIALECT)
    if compiled.construct_expanded_state(dict.fromkeys(compiled.params)).statement != compiled.string:
        raise ValueError("a statement whose SQL text depends on its values can't have a cache key")
    parameters = tuple(_parameter(compiled.binds[name]) for name in compiled.positiontup or ())
    columns = returned_columns(statement)
    return CompiledStatement(compiled.string, parameters, _row_class(columns) if columns else TextRecord)


def _parameter(bind: Any) -> Parameter:
    process = bind_processor(bind.type)
    if bind.required:
        return bind.key, None, process if needs_bind_processor(bind.type) else None
    value = bind.effective_value
    return None, value if process is None else process(value), None


class TextRecord(asyncpg.Record):  # type: ignore[misc]
    """A row of a textual statement: its columns are attributes."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def _row_class(columns: list[tuple[str, Any]]) -> type[Any]:
    """Make the class of a statement's rows: asyncpg's record, with columns as attributes and enumerations decoded."""
    attributes: dict[str, Any] = {name: property(itemgetter(place)) for place, (name, _) in enumerate(columns)}
    for place, (name, type_) in enumerate(columns):
        if (process := result_processor(type_)) is not None:
            attributes[name] = property(partial(_processed, process, place))
    mapping = property(lambda row: row)
    names = tuple(name for name, _ in columns)
    return type("Row", (asyncpg.Record,), {"__slots__": (), "mapping": mapping, "column_names": names, **attributes})


def _processed(process: Processor, place: int, row: Any) -> Any:
    return process(row[place])
