"""Statements of SQLAlchemy Core as asyncpg executes them: the SQL text, its arguments, the class of the rows.

A service's statement is compiled once per cache key. It is built from the permissions and the visibility of a viewer
whose id and service are bind parameters, so that all viewers with the same roles and scopes share it. A cache key names
everything on which the SQL text depends; all other values come with each execution.

It uses documented names of SQLAlchemy only, and `binds` and `positiontup` of a compiled statement (with docstrings).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import ARRAY, JSON, Dialect, TypeDecorator, bindparam, make_url

from osit_graphql.domain.viewer import Viewer

if TYPE_CHECKING:
    from osit_graphql.db.engine import Session

DIALECT: Final[Dialect] = make_url("postgresql+asyncpg://").get_dialect()()
CACHE_SIZE = 1000  # statements; clients choose the columns, so there may be any number of cache keys
CACHE_CHARACTERS = 8_000_000  # of SQL text: clients choose the conditions of a filter
VIEWER_ID, VIEWER_SERVICE_ID = "viewer_id", "viewer_service_id"
NEW = "new_"

Processor = Callable[[Any], Any]
Statement = Any
"""A statement of SQLAlchemy Core: SELECT, INSERT, UPDATE, DELETE or text."""
Build = Callable[[Viewer], Statement]
Values = Mapping[str, Any]
NO_VALUES: Final[Values] = MappingProxyType({})
Parameter = tuple[str | None, Any, Processor | None]
"""The parameter's name, or None and its constant value; and the function that converts values for asyncpg, if any."""


class Row(asyncpg.Record):  # type: ignore[misc]
    """A row, made by asyncpg itself (its argument `record_class`): columns are attributes too.

    An attribute returns a member of an enumeration; an index, a name and iteration return its text.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def mapping(self) -> Mapping[str, Any]:
        """The row's values by column name."""
        mapping: Mapping[str, Any] = self
        return mapping


def row_class(statement: Statement) -> type[Row]:
    """Return the class of a statement's rows, with a property for each column that SQLAlchemy knows."""
    columns: dict[str, Any] = {}
    for place, (name, type_) in enumerate(returned_columns(statement)):
        process = result_processor(type_)
        columns[name] = property(itemgetter(place) if process is None else partial(_processed, process, place))
    return type("Row", (Row,), {"__slots__": (), **columns}) if columns else Row


def _processed(process: Processor, place: int, row: Any) -> Any:
    return process(row[place])


class Result:
    """Fetched rows. `rowcount`: number of rows that the statement returned, or wrote if it returns none."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: Sequence[Any], rowcount: int) -> None:
        self._rows, self.rowcount = rows, rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        """Return every row."""
        return list(self._rows)

    def first(self) -> Any:
        """Return the first row, None when there is none."""
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        """Return the only row; raises `ValueError` for none or several."""
        if len(self._rows) != 1:
            raise ValueError(f"one row was expected, not {len(self._rows)}")
        return self._rows[0]

    def scalar(self) -> Any:
        """Return the first column of the first row, None when there is none."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """Return the first column of the only row."""
        return self.one()[0]

    def scalars(self) -> Result:
        """Return the first column of each row, in place of the rows."""
        return Result([row[0] for row in self._rows], self.rowcount)


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """SQL text, its parameters in their order, and the class of its rows."""

    text: str
    parameters: tuple[Parameter, ...]
    row: type[Row]
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


class StatementCache(OrderedDict[Hashable, CompiledStatement]):
    """The statements that were used last, at most `CACHE_SIZE` with `CACHE_CHARACTERS` of SQL text."""

    characters = 0

    def add(self, cache_key: Hashable, statement: CompiledStatement) -> None:
        """Add a statement; drop those that were not used for the longest time."""
        self[cache_key] = statement
        self.characters += len(statement.text)
        while len(self) > CACHE_SIZE or self.characters > CACHE_CHARACTERS:
            _, oldest = self.popitem(last=False)
            self.characters -= len(oldest.text)


_cache = StatementCache()


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
    session: Session, cache_key: Hashable, build: Callable[[], Statement], values: Values = NO_VALUES
) -> list[Any]:
    """Return a statement's rows: columns as attributes, and by name as asyncpg has them, with enumerations as text."""
    statement = get_or_compile(cache_key, build)
    return await session.fetch(statement.text, statement.arguments(values), statement.row)


def get_or_compile(cache_key: Hashable, build: Callable[[], Statement]) -> CompiledStatement:
    """Return the compiled statement of a cache key; it is built the first time."""
    statement = _cache.get(cache_key)
    if statement is None:
        _cache.add(cache_key, statement := compile_statement(build()))
    else:
        _cache.move_to_end(cache_key)
    return statement


def compile_statement(statement: Statement) -> CompiledStatement:
    """Compile a statement; refuse one whose text depends on its values, such as IN with a list."""
    compiled = statement.compile(dialect=DIALECT)
    if compiled.construct_expanded_state(dict.fromkeys(compiled.params)).statement != compiled.string:
        raise ValueError("a statement whose SQL text depends on its values can't have a cache key")
    parameters = tuple(_parameter(compiled.binds[name]) for name in compiled.positiontup or ())
    return CompiledStatement(compiled.string, parameters, row_class(statement))


def _parameter(bind: Any) -> Parameter:
    process = bind_processor(bind.type)
    if bind.required:
        return bind.key, None, process if needs_bind_processor(bind.type) else None
    value = bind.effective_value
    return None, value if process is None else process(value), None


def compile_once(statement: Any, parameters: Mapping[str, Any] | None = None) -> tuple[str, list[Any]]:
    """Return the SQL text and the arguments of a statement that is executed with these parameters."""
    compiled = statement.compile(dialect=DIALECT)
    state = compiled.construct_expanded_state(parameters or {})  # writes out the lists of IN
    arguments = []
    for name in state.positiontup or ():
        process = bind_processor(compiled.binds[name].type) if name in compiled.binds else state.processors.get(name)
        value = state.parameters[name]
        arguments.append(value if process is None else process(value))
    return state.statement, arguments


def compile_many(statement: Any, rows: Sequence[Mapping[str, Any]]) -> tuple[str, list[list[Any]]]:
    """Return the SQL text, and the arguments of each row; every row has the names of the first."""
    compiled = statement.compile(dialect=DIALECT, column_keys=list(rows[0]))
    binds = [compiled.binds[name] for name in compiled.positiontup or ()]
    arguments = [(bind.key, bind_processor(bind.type)) for bind in binds]
    return compiled.string, [
        [row[name] if process is None else process(row[name]) for name, process in arguments] for row in rows
    ]


def bind_processor(type_: Any) -> Processor | None:
    """Return the function that converts a value for asyncpg; None if asyncpg takes the value unchanged."""
    processor: Processor | None = type_.dialect_impl(DIALECT).bind_processor(DIALECT)
    return processor


def needs_bind_processor(type_: Any) -> bool:
    """Whether a value must be converted for asyncpg: JSON must, to text; an enumeration is text already."""
    return isinstance(type_, JSON)


def result_processor(type_: Any) -> Processor | None:
    """Return the function that decodes an enumeration, or a list of them; None for all other types."""
    if not isinstance(type_, (TypeDecorator, ARRAY)):
        return None
    processor: Processor | None = type_.dialect_impl(DIALECT).result_processor(DIALECT, None)
    return processor


def returned_columns(statement: Any) -> list[tuple[str, Any]]:
    """Return the name and type of each column that a statement returns; none for text and for DML without RETURNING."""
    columns = getattr(statement, "exported_columns", None)
    return [] if columns is None else [(name, column.type) for name, column in columns.items()]
